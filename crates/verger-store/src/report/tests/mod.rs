//! Reports on both engines: what they say of a village whose every number is known, and how long
//! they take.

mod crowd;

use std::time::Instant as Clock;

use crowd::{AGENT, Crowd, DAY, HOUR, PLACE, START, at, placed};
use verger_domain::id::{PartyId, TripId};
use verger_domain::market::{Flow, Order, OrderPhase, ParcelPhase};
use verger_sim::postgres::{Durability, PostgresServer, ServerError};
use verger_sim::temp::TempFolder;

use super::{CommissionSource, SeasonSums, Side, Window};
use crate::{Location, Reader, Store};

/// So many orders that every kind of them is there.
const COUNT: i64 = 1_200;
const END: i64 = START + 180 * DAY;

/// Asks the same of a filled store on each engine.
fn on_both(check: impl Fn(&str, &mut Reader)) {
    let folder = TempFolder::new().unwrap();
    let server = match PostgresServer::start(Durability::None) {
        Ok(server) => Some(server),
        Err(ServerError::NotInstalled) => {
            println!("skipped on PostgreSQL: it is not installed (package postgresql)");
            None
        }
        Err(error) => panic!("PostgreSQL does not start: {error}"),
    };
    let mut places = vec![("sqlite", Location::Folder(folder.path().to_owned()))];
    if let Some(server) = &server {
        places.push(("postgres", Location::Postgres(server.database().unwrap())));
    }
    for (engine, location) in places {
        let store = Store::new(location);
        store.migrate().unwrap();
        Crowd::fill(&store, COUNT);
        check(engine, &mut store.reader().unwrap());
    }
}

fn orders() -> impl Iterator<Item = Order> {
    (0..COUNT).map(|number| crowd::order(number, COUNT))
}

/// Goal: each report says what follows from the rows, on both engines.
/// Method: a village of known orders; the expected numbers are counted out of the same orders.
#[test]
fn reports_say_what_the_rows_say() {
    on_both(|engine, reader| {
        packing(engine, reader);
        counter(engine, reader);
        owed(engine, reader);
        commissions(engine, reader);
        waiting(engine, reader);
        season(engine, reader);
        lists(engine, reader);
    });
}

fn packing(engine: &str, reader: &mut Reader) {
    let lines = reader.packing_by_buyer(PLACE, Window::ALL).unwrap();
    let is_open = |phase| matches!(phase, OrderPhase::Accepted | OrderPhase::Packed);
    let wanted: Vec<_> = orders().filter(|o| is_open(o.phase)).collect();
    assert_eq!(lines.len(), wanted.len(), "{engine}");
    for (line, order) in lines.iter().zip(&wanted) {
        assert_eq!((line.order, line.pieces, line.grams), (order.id, 2, 5_000), "{engine}");
        assert_eq!(line.is_packed, order.phase == OrderPhase::Packed);
        assert!(line.buyer.starts_with('B') && line.good.code.starts_with("good-"), "{line:?}");
        assert!(line.good.name.contains('桃') && line.good.name_latin.contains("peaches"));
    }
    // Half a window has half of them: the end itself is outside.
    let from = at(placed(COUNT - COUNT / 10, COUNT));
    let half = Window { from, to: at(placed(COUNT - COUNT / 20, COUNT)) };
    let in_half = wanted.iter().filter(|o| half.contains(*o.reached.values().min().unwrap()));
    assert_eq!(reader.packing_by_buyer(PLACE, half).unwrap().len(), in_half.count());

    let members = reader.packing_by_member(PLACE, Window::ALL).unwrap();
    let packed = wanted.iter().filter(|o| o.phase == OrderPhase::Packed).count();
    let boxes: u32 = members.iter().map(|member| member.boxes).sum();
    let grams: i64 = members.iter().map(|member| member.grams).sum();
    assert_eq!(usize::try_from(boxes).unwrap(), packed, "one lot of one member counts once a box");
    assert_eq!(grams, i64::from(boxes) * 5_000);
    assert!(members.is_sorted_by_key(|member| (member.member.clone(), member.lot.clone())));
}

fn counter(engine: &str, reader: &mut Reader) {
    let waiting = reader.pickup_list(PLACE).unwrap();
    let wanted = orders().filter(|o| o.phase == OrderPhase::AtShop).count();
    assert_eq!(waiting.len(), wanted, "{engine}");
    assert!(waiting.is_sorted_by_key(|parcel| parcel.since));
    assert!(waiting.iter().all(|parcel| parcel.household.starts_with('H')));
    let first = &waiting[0];
    let order = orders().find(|order| order.id == first.order).unwrap();
    let since = order.reached.values().min().unwrap().micros() + 14 * HOUR;
    assert_eq!(first.since, Some(at(since)), "the shop's scan, not the carrier's");

    let late = reader.one_sided_hops(PLACE, at(END)).unwrap();
    let packed = orders().filter(|o| o.phase == OrderPhase::Packed).count();
    assert_eq!(late.len(), packed, "{engine}");
    let first = &late[0];
    assert_eq!((first.giver.as_str(), first.taker.as_str()), ("A1", "C1"));
    assert_eq!((first.phase, first.is_giver), (ParcelPhase::Labelled, true));
    assert_eq!(reader.one_sided_hops(PLACE, first.scanned_at).unwrap(), []);

    let manifest = reader.manifest(PLACE, TripId::from_bits(9)).unwrap().unwrap();
    assert_eq!((manifest.carrier.as_str(), manifest.lines.len()), ("C1", 3));
    let shares: Vec<i64> = manifest.lines.iter().map(|line| line.cost_minor).collect();
    assert_eq!(shares, [333, 333, 334], "by weight, to the last fen");
    let arrived: Vec<bool> = manifest.lines.iter().map(|line| line.is_arrived).collect();
    assert_eq!(arrived, [true, true, false]);
    assert_eq!(manifest.lines[0].label, "P000000");
    assert_eq!(manifest.lines[0].receiver, "B0000");
    assert_eq!(reader.manifest(PLACE, TripId::from_bits(8)).unwrap(), None);
}

fn owed(engine: &str, reader: &mut Reader) {
    let totals = reader.supplier_totals(PLACE, Window::ALL, None).unwrap();
    let is_paid = |o: &Order| {
        o.flow == Flow::Purchase && !matches!(o.phase, OrderPhase::Refunded | OrderPhase::Expired)
    };
    let wanted = orders().filter(is_paid).count();
    let found: u32 = totals.iter().map(|line| line.orders).sum();
    assert_eq!(usize::try_from(found).unwrap(), wanted, "{engine}");
    let goods: i64 = totals.iter().map(|line| line.goods_minor).sum();
    assert_eq!(goods, i64::try_from(wanted).unwrap() * 7_980);
    assert!(totals.is_sorted_by_key(|l| (l.supplier.clone(), l.good.code.clone())));
    let trip = reader.supplier_totals(PLACE, Window::ALL, Some(TripId::from_bits(9))).unwrap();
    let found: u32 = trip.iter().map(|line| line.orders).sum();
    let on_trip = |o: &Order| is_paid(o) && o.trip.is_some();
    assert_eq!(usize::try_from(found).unwrap(), orders().filter(on_trip).count());

    let settled = reader.supplier_settlement(PLACE, Window { from: at(END), to: at(END + DAY) });
    let settled = settled.unwrap();
    let first = &settled[0];
    assert_eq!((settled.len(), first.supplier.as_str()), (10, "S0"), "{engine}");
    let of_first = |o: &Order| {
        o.phase == OrderPhase::Completed && o.lines[0].seller == PartyId::from_bits(100)
    };
    let earned: i64 = orders().filter(of_first).map(|o| o.released.rest_minor).sum();
    let payable = Side { before_minor: earned, more_minor: 0, less_minor: 5_000 };
    assert_eq!((first.payable, first.payable.after_minor()), (payable, earned - 5_000));
    assert_eq!(first.claims, Side { before_minor: 0, more_minor: 300, less_minor: 0 });

    let carriers = reader.carrier_settlement(PLACE, Window::ALL).unwrap();
    let [carrier] = carriers.as_slice() else { panic!("{engine}: one carrier") };
    let done = orders().filter(|o| o.phase == OrderPhase::Completed).count();
    assert_eq!((carrier.trips, carrier.trips_minor), (1, 1_000));
    assert_eq!(carrier.freight_minor(), i64::try_from(done).unwrap() * 1_000);
    assert_eq!(carrier.claims, Side { before_minor: 0, more_minor: 700, less_minor: 200 });
    assert_eq!(carrier.payable.before_minor, 0);
}

fn commissions(engine: &str, reader: &mut Reader) {
    let lines = reader.agent_statement(PLACE, Window::ALL, None).unwrap();
    let ledger = reader.agent_ledger(PLACE, Window::ALL).unwrap();
    let [ledger] = ledger.as_slice() else { panic!("{engine}: one agent") };
    let sum = |part: fn(&super::AgentLine) -> i64| -> i64 { lines.iter().map(part).sum() };
    assert_eq!(sum(super::AgentLine::pending_minor), ledger.pending.after_minor(), "{engine}");
    assert_eq!(sum(super::AgentLine::vested_minor), ledger.vested_minor, "{engine}");
    assert_eq!(sum(|line| line.earned_minor), ledger.pending.more_minor, "{engine}");
    let groups = lines.iter().filter(|line| line.source == CommissionSource::Group);
    assert_eq!(groups.map(|line| line.earned_minor).collect::<Vec<_>>(), [120]);
    let agent = Some(PartyId::from_bits(AGENT));
    assert_eq!(reader.agent_statement(PLACE, Window::ALL, agent).unwrap(), lines);
    let other = Some(PartyId::from_bits(99));
    assert_eq!(reader.agent_statement(PLACE, Window::ALL, other).unwrap(), []);
}

fn waiting(engine: &str, reader: &mut Reader) {
    let day = Window { from: at(END), to: at(END + DAY) };
    let sheets = reader.till_sheets(PLACE, day).unwrap();
    let [sheet] = sheets.as_slice() else { panic!("{engine}: one session") };
    assert_eq!((sheet.in_minor, sheet.out_minor, sheet.banked_minor), (4_000, 1_500, 8_000));
    assert_eq!(Some(sheet.expected_minor() + sheet.till.gap_minor), sheet.till.closed_minor);
    assert_eq!((sheet.shop.as_str(), sheet.agent.as_str()), ("SHOP", "A1"));

    let idle = at(END - 10 * DAY);
    let found = reader.matching(PLACE, at(END - 2 * DAY), idle).unwrap();
    assert_eq!(found.clearing.balance_minor, 7_990, "{engine}");
    assert_eq!(found.clearing.old_minor, 3_000, "{engine}: first in, first out");
    assert_eq!((found.unapplied.balance_minor, found.unapplied.old_minor), (4_990, 0));
    assert_eq!(found.receipts.len(), 1);
    assert!(!found.receipts[0].is_old);
    let is_idle = |o: &Order| {
        let moved = o.reached.get(&OrderPhase::Paid);
        o.in_escrow_minor() > 0 && moved.is_some_and(|at| *at < idle)
    };
    let wanted: Vec<_> = orders().filter(is_idle).map(|o| o.id).collect();
    assert!(!wanted.is_empty());
    assert_eq!(found.idle.iter().map(|o| o.order).collect::<Vec<_>>(), wanted, "{engine}");
}

fn season(engine: &str, reader: &mut Reader) {
    let edges: Vec<_> = (0..=26).map(|week| at(START + week * 7 * DAY)).collect();
    let rows = reader.season(PLACE, &edges).unwrap();
    let all = rows.iter().fold(SeasonSums::default(), |sum, row| sum.and(row.sums));
    assert_eq!(all.placed, COUNT, "{engine}");
    let count = |phase| i64::try_from(orders().filter(|o| o.phase == phase).count()).unwrap();
    assert_eq!(all.completed, count(OrderPhase::Completed));
    assert_eq!(
        (all.refunded, all.called_off),
        (count(OrderPhase::Refunded), count(OrderPhase::Expired))
    );
    assert_eq!(all.refunded_minor, all.refunded * 8_980);
    assert_eq!(all.mean_goods_minor(), Some(7_980));
    let shares = all.platform_minor
        + all.commission_minor
        + all.cooperative_minor
        + all.packaging_minor
        + all.rest_minor;
    assert_eq!(shares, all.goods_minor, "{engine}: every fen has its place");
    let bought = rows.iter().filter(|row| row.flow == Flow::Purchase);
    let (saved, done) =
        bought.fold((0, 0), |sum, row| (sum.0 + row.sums.saved_minor, sum.1 + row.sums.completed));
    assert_eq!(saved, done * (9_000 - 8_980), "less the way to the shop");
    assert_eq!(SeasonSums::default().mean_goods_minor(), None);
}

/// Page by page a list has everything once, the newest first.
fn lists(engine: &str, reader: &mut Reader) {
    let place = (PLACE.cell, PLACE.village);
    let key = |order: &Order| (order.reached.values().min().copied(), order.id);
    let newest = |mut all: Vec<Order>| {
        all.sort_by_key(|order| std::cmp::Reverse(key(order)));
        all
    };
    let phases = [OrderPhase::Completed, OrderPhase::Shipped, OrderPhase::Expired];
    let wanted = newest(orders().filter(|order| phases.contains(&order.phase)).collect());
    let (names, mut seen, mut before) = (phases.map(OrderPhase::name), Vec::new(), None);
    loop {
        let page = reader.latest::<Order>(place, &names, before, 50).unwrap();
        let Some(last) = page.last() else { break };
        before = Some(last.id.bits());
        seen.extend(page);
    }
    assert!(seen == wanted, "{engine}: {} of {}", seen.len(), wanted.len());

    let family = orders().find(|order| order.flow == Flow::Purchase).unwrap().buyer;
    let wanted = newest(orders().filter(|order| order.buyer == family).collect());
    let (mut seen, mut before) = (Vec::new(), None);
    loop {
        let page = reader.orders_of(place, family, before, 2).unwrap();
        let Some(last) = page.last() else { break };
        before = Some(last.id);
        seen.extend(page);
    }
    assert!(seen == wanted && seen.len() > 2, "{engine}: {} of {}", seen.len(), wanted.len());
    let done = wanted.iter().filter(|order| order.phase == OrderPhase::Completed);
    let saved: i64 = done.map(Order::saved_minor).sum();
    assert_eq!(reader.saved_by(place, family).unwrap(), saved, "{engine}");

    let mut late = |micros| -> Vec<_> {
        let found = reader.overdue(place, at(micros), 10).unwrap();
        found.iter().map(|order| order.id).collect()
    };
    let ids: Vec<_> = orders().take(2).map(|order| order.id).collect();
    assert_eq!(late(START), [], "{engine}: what is due now is not late");
    assert_eq!(late(START + 1), ids[..1], "{engine}");
    assert_eq!(late(END), ids, "{engine}");
}

/// Goal: the figures of the documentation can be had again: how long each report takes.
/// Method: `VERGER_BENCH_ORDERS` orders (few by default, 120,000 by `cargo xtask bench reports`) on
/// SQLite; the best of five, printed. Time is for people to judge, so only the rows are asserted.
#[test]
#[expect(clippy::disallowed_methods, reason = "this is the one test that measures")]
fn reports_answer_for_many_orders() {
    let size = std::env::var("VERGER_BENCH_ORDERS").ok();
    let count: i64 = size.and_then(|size| size.parse().ok()).unwrap_or(600);
    let folder = TempFolder::new().unwrap();
    let store = Store::new(Location::Folder(folder.path().to_owned()));
    store.migrate().unwrap();
    let start = Clock::now();
    Crowd::fill(&store, count);
    println!("{count} orders written in {:?}", start.elapsed());
    let mut reader = store.reader().unwrap();
    let last = |orders: i64| Window {
        from: at(placed((count - orders).max(0), count)),
        to: at(END + DAY),
    };
    // Three of five orders are sales, so that these windows hold 5,000 of the kind in question.
    let (sales, purchases) = (last(8_334), last(12_500));
    let middle = placed(count / 2, count);
    let five = Window { from: at(middle), to: at(middle + 180 * DAY / count * 5_000) };
    let days: Vec<_> = (0..=180).map(|day| at(START + day * DAY)).collect();
    let weeks: Vec<_> = days.iter().step_by(7).copied().collect();
    let r = &mut reader;
    let mut took: Vec<(&str, usize)> = Vec::new();
    let mut measure = |name, report: &mut dyn FnMut() -> usize| {
        let runs = (0..5).map(|_| {
            let start = Clock::now();
            let rows = report();
            (start.elapsed(), rows)
        });
        let (best, rows) = runs.min().unwrap();
        println!("{name:>20} {rows:>6} rows {best:>12.2?}");
        took.push((name, rows));
    };
    measure("packing by buyer", &mut || r.packing_by_buyer(PLACE, sales).unwrap().len());
    measure("packing by member", &mut || r.packing_by_member(PLACE, sales).unwrap().len());
    measure("pickup", &mut || r.pickup_list(PLACE).unwrap().len());
    measure("one-sided", &mut || r.one_sided_hops(PLACE, at(END)).unwrap().len());
    let trip = TripId::from_bits(9);
    measure("manifest", &mut || r.manifest(PLACE, trip).unwrap().unwrap().lines.len());
    measure("supplier totals", &mut || r.supplier_totals(PLACE, purchases, None).unwrap().len());
    measure("supplier settlement", &mut || r.supplier_settlement(PLACE, five).unwrap().len());
    measure("carrier settlement", &mut || r.carrier_settlement(PLACE, five).unwrap().len());
    measure("till", &mut || r.till_sheets(PLACE, last(100)).unwrap().len());
    measure("agent statement", &mut || r.agent_statement(PLACE, five, None).unwrap().len());
    measure("agent ledger", &mut || r.agent_ledger(PLACE, five).unwrap().len());
    let (old, idle) = (at(END - 2 * DAY), at(END - 5 * DAY));
    measure("matching", &mut || r.matching(PLACE, old, idle).unwrap().idle.len());
    measure("season by day", &mut || r.season(PLACE, &days).unwrap().len());
    measure("season by week", &mut || r.season(PLACE, &weeks).unwrap().len());
    for (name, rows) in took {
        // Whether a scan is missing or money unmatched follows from the crowd; the others have rows.
        assert!(rows > 0 || ["one-sided", "matching"].contains(&name), "{name} is empty");
    }
}
