//! One log of commands on both engines: the same answers, the same bytes, the same chains, books
//! that the check finds sound.

use std::sync::Arc;

use verger_app::check;
use verger_app::{App, AppError};
use verger_domain::command::{Evidence, EvidenceKind, Proof, ProofBy};
use verger_domain::id::{CellId, HoldId, PartyId, VillageId};
use verger_domain::ledger::{AccountKey, Code, Line};
use verger_domain::party::PartyKind;
use verger_domain::{Actor, Body, Command};
use verger_sim::village::{Cast, command, named, open_app, register_party, settle};
use verger_store::Store;

use crate::engines::Engines;

/// Everything that ledger, till and parties can do once, in an order that works.
pub(crate) fn log(cast: &Cast, pin: verger_domain::command::PinSecret) -> Vec<Command> {
    let (village, wallet, other) = (cast.village, cast.wallet(0), cast.wallet(1));
    let member = cast.members[0];
    let hold = |name: &str| -> HoldId { named(name) };
    let place = |name: &str, amount_minor| Body::PlaceHold {
        amount_minor,
        credit: other,
        debit: wallet,
        expires_at: verger_domain::time::Instant::from_micros(
            verger_sim::village::START_MICROS + 60_000_000,
        ),
        hold: hold(name),
    };
    let escrow = AccountKey { code: Code::ESCROW, owner: 77 };
    let fact = Evidence {
        counterparty: cast.supplier,
        good: true,
        is_counter: false,
        order: None,
        kind: EvidenceKind::Purchase,
        member: cast.households[0],
        value_minor: 700,
    };
    let proof = Proof { by: ProofBy::Pin, member };
    let post = |lines: Vec<Line>, evidence| Body::Post {
        effective_on: None,
        evidence,
        lines,
        purpose: "test".to_owned(),
    };
    vec![
        cast.cash_in("in 1", 0, 10_000),
        cast.cash_in("in 0", 0, 0),
        cast.by_staff("pin", Body::SetPin { member, pin, proof: None }),
        command(village, Actor::System, "wrong pin", Body::ReportWrongPin { member }),
        cast.by_staff("open", Body::OpenAccount { account: escrow, label: "O-77".to_owned() }),
        cast.by_staff("open again", Body::OpenAccount { account: escrow, label: String::new() }),
        cast.by_staff(
            "pay",
            post(vec![Line::debit(wallet, 700), Line::credit(escrow, 700)], vec![fact]),
        ),
        cast.by_staff("off", post(vec![Line::debit(wallet, 7), Line::credit(escrow, 8)], vec![])),
        cast.by_staff("h1", place("h1", 1000)),
        cast.by_staff("h2", place("h2", 2000)),
        cast.by_staff("h3", place("h3", 3000)),
        cast.by_staff("h4", place("h4", 9000)),
        cast.by_staff("p1", Body::PostHold { amount_minor: Some(400), hold: hold("h1") }),
        cast.by_staff("p1b", Body::PostHold { amount_minor: None, hold: hold("h1") }),
        cast.by_staff("v2", Body::VoidHold { hold: hold("h2") }),
        cast.by_agent(
            "out",
            Body::CashOut { amount_minor: 500, proof, shop: cast.shop, wallet: cast.households[0] },
        ),
        command(village, Actor::Clock, "not the clock's", Body::VoidHold { hold: hold("h3") }),
        register_party(village, PartyKind::Buyer, "B01", None),
        Command { id: named("taken"), ..register_party(village, PartyKind::Buyer, "COOP", None) },
    ]
}

fn play(store: &Store) -> (Vec<String>, App, Cast) {
    let (app, clock) = open_app(store.clone()).unwrap();
    let cast = settle(&app, VillageId::new(1), "county", 3).unwrap();
    let mut pin = app.new_pin(cast.members[0], "246810").unwrap();
    // The salt of the real hash is random; the journal must not depend on it.
    "test".clone_into(&mut pin.phc);
    let mut answers = Vec::new();
    for command in log(&cast, pin) {
        let receipt = app.submit_blocking(command).unwrap();
        answers.push(serde_json::to_string(&*receipt.record).unwrap());
    }
    clock.advance_seconds(61);
    // The clock ends hold h3 by itself; the next command comes after it.
    app.submit_blocking(cast.cash_in("late", 1, 5)).unwrap().accepted().unwrap();
    (answers, app, cast)
}

fn chains(store: &Store) -> Vec<(u64, [u8; 32], Vec<u8>)> {
    let mut reader = store.reader().unwrap();
    let mut rows = Vec::new();
    for cell in CellId::all() {
        for row in reader.journal(cell, 0, 10_000).unwrap() {
            rows.push((row.seq, row.chain, row.payload));
        }
    }
    rows
}

/// Goal: both engines give byte-equal journals and chains for the same commands, and sound books.
/// Method: one log of accepted and refused commands on each; compare answers, payloads, chains;
/// then check both.
#[test]
fn journals_are_equal_to_the_byte() {
    let mut engines = Engines::start();
    let mut seen: Vec<(&str, Vec<String>, Vec<_>)> = Vec::new();
    for (name, store) in engines.stores() {
        let (answers, app, _) = play(&store);
        app.close();
        let report = check::run(&store, &mut |_| {}).unwrap();
        assert!(report.is_green(), "{name}: {:?}", report.differences);
        assert!(report.records > 20 && report.entries >= 8 && report.villages == 1, "{report:?}");
        let refused = answers.iter().filter(|answer| answer.contains("\"refusal\"")).count();
        assert_eq!(refused, 7, "{name}: {answers:#?}");
        seen.push((name, answers, chains(&store)));
    }
    for pair in seen.windows(2) {
        assert_eq!(pair[0].1, pair[1].1, "answers of {} and {}", pair[0].0, pair[1].0);
        assert_eq!(pair[0].2, pair[1].2, "journals of {} and {}", pair[0].0, pair[1].0);
    }
}

/// Goal: the same key and body give the same answer for ever, also a refusal; another body under
/// the key is refused and changes nothing (I-5).
/// Method: repeat the whole log, then after a restart, then with other bodies, on both engines.
#[test]
fn a_key_has_one_answer_for_ever() {
    let mut engines = Engines::start();
    for (name, store) in engines.stores() {
        let (answers, app, cast) = play(&store);
        let mut pin = app.new_pin(cast.members[0], "246810").unwrap();
        "another salt".clone_into(&mut pin.phc);
        let repeat = |app: &App| -> Vec<String> {
            let receipts = log(&cast, pin.clone()).into_iter().map(|command| {
                let receipt = app.submit_blocking(command).unwrap();
                assert!(receipt.is_replay, "{name}");
                serde_json::to_string(&*receipt.record).unwrap()
            });
            receipts.collect()
        };
        assert_eq!(repeat(&app), answers, "{name}");
        let before = chains(&store);
        app.close();
        let (app, _) = open_app(store.clone()).unwrap();
        assert_eq!(repeat(&app), answers, "{name} after a restart");
        let other = cast.cash_in("in 1", 0, 10_001);
        let answer = app.submit_blocking(other);
        assert!(matches!(answer, Err(AppError::KeyReused { .. })), "{name}: {answer:?}");
        let other_actor =
            Command { actor: Actor::Party(cast.staff[0]), ..cast.cash_in("in 1", 0, 10_000) };
        let answer = app.submit_blocking(other_actor);
        assert!(matches!(answer, Err(AppError::KeyReused { .. })), "{name}: {answer:?}");
        assert_eq!(chains(&store), before, "{name}: a repeat leaves nothing");
        app.close();
    }
}

/// Goal: repeats inside one batch are one command.
/// Method: send the same command a hundred times before waiting, on both engines.
#[test]
fn a_key_repeated_in_one_batch_happens_once() {
    let mut engines = Engines::start();
    for (name, store) in engines.stores() {
        let (app, _) = open_app(store.clone()).unwrap();
        let cast = Arc::new(settle(&app, VillageId::new(1), "county", 1).unwrap());
        let waiting: Vec<_> =
            (0..100).map(|_| app.send(cast.cash_in("once", 0, 100)).unwrap()).collect();
        let receipts: Vec<_> = waiting.into_iter().map(|p| p.wait().unwrap()).collect();
        let fresh = receipts.iter().filter(|receipt| !receipt.is_replay).count();
        assert_eq!(fresh, 1, "{name}");
        app.close();
        let report = check::run(&store, &mut |_| {}).unwrap();
        assert!(report.is_green(), "{name}: {:?}", report.differences);
        assert_eq!(report.entries, 2, "{name}");
    }
}

/// Goal: people are called what their profiles say, and who is not there is not called anything.
/// Method: two people of a village and an id that nobody has, on both engines.
#[test]
fn people_are_called_by_their_names() {
    let mut engines = Engines::start();
    for (name, store) in engines.stores() {
        let (app, _) = open_app(store).unwrap();
        let cast = settle(&app, VillageId::new(1), "county", 2).unwrap();
        let ids = [cast.agent, cast.supplier, PartyId::from_bits(1)];
        let named =
            app.ask_blocking(VillageId::new(1), move |reader, cell| reader.names(cell, &ids));
        let named = named.unwrap();
        assert_eq!(named.len(), 2, "{name}");
        let supplier = &named[&cast.supplier];
        let texts = [&supplier.code, &supplier.name, &supplier.name_latin];
        assert_eq!(texts, ["S1", "S1 某", "S1"], "{name}");
        app.close();
    }
}
