//! The market on both engines: whole orders in one batch, a crowd for the last boxes, a processor
//! that tells everything fifty times.

use verger_app::{AppError, check};
use verger_domain::codec;
use verger_domain::id::VillageId;
use verger_domain::market::{Listing, Order, OrderPhase};
use verger_domain::refusal::MarketRefusal;
use verger_domain::{Command, Refusal};
use verger_sim::market_load::{STEPS, Stand};
use verger_sim::village::open_app;

use crate::engines::Engines;

const VILLAGE: VillageId = VillageId::new(1);

/// Goal: commands about one order may wait for each other in one batch; the books are sound, and
/// both engines write the same bytes. Method: forty whole orders, all sent before the first answer.
#[test]
fn whole_orders_fit_into_one_batch() {
    let mut engines = Engines::start();
    let mut chains = Vec::new();
    for (name, store) in engines.stores() {
        let (app, _clock) = open_app(store.clone()).unwrap();
        let stand = Stand::build(&app, VILLAGE, (7, 100)).unwrap();
        let mut waiting = Vec::new();
        for number in 1..=40 {
            for step in 0..STEPS {
                waiting.push(app.send(stand.command(stand.whole(number), step)).unwrap());
            }
        }
        for pending in waiting {
            let receipt = pending.wait().unwrap();
            receipt.accepted().unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        let orders: Vec<Order> =
            app.ask_blocking(VILLAGE, verger_app::Reader::all_documents).unwrap();
        assert_eq!(orders.len(), 40);
        assert!(orders.iter().all(|order| order.phase == OrderPhase::Completed), "{name}");
        let head = app.ask_blocking(VILLAGE, verger_app::Reader::head).unwrap();
        chains.push(codec::to_hex(&head.chain));
        app.close();
        let report = check::run(&store, &mut |_| {}).unwrap();
        assert!(report.is_green(), "{name}: {:?}", report.differences);
    }
    chains.dedup();
    assert_eq!(chains.len(), 1, "the engines differ: {chains:?}");
}

/// Goal: nobody pays for a box that another has, and no box stays unsold. Method: four hundred
/// buyers send at once for forty boxes.
#[test]
fn the_last_boxes_are_sold_once() {
    let mut engines = Engines::start();
    for (name, store) in engines.stores() {
        let (app, _clock) = open_app(store.clone()).unwrap();
        let stand = Stand::build(&app, VILLAGE, (400, 40)).unwrap();
        let sent: Vec<_> = (0..400).map(|n| app.send(stand.grab(n)).unwrap()).collect();
        let mut sold = 0;
        for pending in sent {
            match pending.wait().unwrap().accepted() {
                Ok(_) => sold += 1,
                Err(AppError::Refused(Refusal::Market(MarketRefusal::SoldOut {
                    available,
                    ..
                }))) => {
                    assert_eq!(available, 0);
                }
                Err(error) => panic!("{name}: {error}"),
            }
        }
        assert_eq!(sold, 40, "{name}");
        let id = stand.listing.bits();
        let listing: Option<Listing> = app
            .ask_blocking(VILLAGE, move |reader, cell| reader.document(cell, VILLAGE, id))
            .unwrap();
        let stock = listing.unwrap().stock.unwrap();
        assert_eq!((stock.on_hand, stock.held), (40, 40), "{name}");
        app.close();
    }
}

/// Goal: money is counted once, however often and early the processor tells of it. Method: each of
/// ten payments is told fifty times, mixed with the orders they are for.
#[test]
fn a_payment_told_fifty_times_counts_once() {
    let mut engines = Engines::start();
    for (name, store) in engines.stores() {
        let (app, _clock) = open_app(store.clone()).unwrap();
        let stand = Stand::build(&app, VILLAGE, (7, 100)).unwrap();
        let mut commands: Vec<Command> = Vec::new();
        for number in 1..=10 {
            let whole = stand.whole(number);
            commands.push(stand.command(whole, 0));
            commands.extend((0..50).map(|_| stand.command(whole, 1)));
        }
        // A fixed shuffle: by a digest of place and key.
        let mut keyed: Vec<_> = (0_u32..).zip(commands).collect();
        keyed.sort_by_key(|(place, command)| {
            codec::sha256(format!("{place} {}", command.id).as_bytes())
        });
        let sent: Vec<_> =
            keyed.into_iter().map(|(_, command)| app.send(command).unwrap()).collect();
        let replays = sent
            .into_iter()
            .map(|pending| pending.wait().unwrap())
            .filter(|receipt| {
                receipt.accepted().unwrap();
                receipt.is_replay
            })
            .count();
        assert_eq!(replays, 490, "{name}");
        let orders: Vec<Order> =
            app.ask_blocking(VILLAGE, verger_app::Reader::all_documents).unwrap();
        assert!(orders.iter().all(|order| order.phase == OrderPhase::Paid), "{name}");
        app.close();
        let report = check::run(&store, &mut |_| {}).unwrap();
        assert!(report.is_green(), "{name}: {:?}", report.differences);
    }
}

/// Goal: the commands of a sale take few statements, even alone in their transaction: up to twenty,
/// and the last, which pays everybody and counts everybody's trust, twenty-five. Method: one order.
#[test]
fn a_command_takes_few_statements() {
    let mut engines = Engines::start();
    for (name, store) in engines.stores() {
        let (app, _clock) = open_app(store.clone()).unwrap();
        let stand = Stand::build(&app, VILLAGE, (7, 100)).unwrap();
        let mut counts = Vec::new();
        for step in 0..STEPS {
            let before = app.stats().statements.value();
            app.submit_blocking(stand.command(stand.whole(1), step)).unwrap().accepted().unwrap();
            counts.push(app.stats().statements.value() - before);
        }
        app.close();
        println!("{name}: {counts:?} statements");
        let last = counts.pop().unwrap();
        assert!(
            counts.iter().all(|count| *count <= 20) && last <= 25,
            "{name}: {counts:?}, {last}"
        );
    }
}
