//! A small season of the demo village on both engines: what it brings about, and that it is the same
//! everywhere.

use std::sync::Arc;

use verger_app::Config;
use verger_app::clock::ManualClock;
use verger_domain::credit::Borrower;
use verger_domain::time::Instant;
use verger_sim::season::{Plan, Told, play};
use verger_sim::temp::TempFolder;
use verger_sim::villages::Lists;
use verger_sim::{demo, village, villages};
use verger_store::{Location, Store};

use super::engines::Engines;

/// Plays a season and gives what was told and the chain of its journal. Its books must be green.
fn played(store: &Store, plan: Plan) -> (Told, [u8; 32]) {
    let clock = Arc::new(ManualClock::new(Instant::from_micros(village::START_MICROS)));
    let app = village::open_app_at(store.clone(), &clock, |config| config).unwrap();
    let told = play(&app, &clock, plan, &mut |_| {}).unwrap();
    app.close();
    let report = verger_app::check::run(store, &mut |_| {}).unwrap();
    assert!(report.is_green(), "{:?}", report.differences);
    let mut reader = store.reader().unwrap();
    let cell = reader.routes().unwrap()[&demo::VILLAGE];
    (told, reader.head(cell).unwrap().chain)
}

/// Goal: a season has everything in it, its books are sound, and a seed is a season on any engine.
/// Method: one plan on both engines.
#[test]
fn a_seed_is_a_season() {
    let plan = Plan { orders: 150, ..Plan::default() };
    let mut engines = Engines::start();
    let stores = engines.stores();
    let runs: Vec<_> = stores.iter().map(|(name, store)| (name, played(store, plan))).collect();
    let (told, chain) = runs[0].1;
    assert_eq!((told.sales, told.pools), (150, 4));
    assert!(told.trips > 20 && told.lots > 5 && told.purchases > 30, "{told:?}");
    assert_eq!((told.facts, told.forged_grains), (400, 0), "{told:?}");
    assert!(told.proven_buyers > 20 && told.forged == 57, "{told:?}");
    for (name, run) in &runs {
        assert_eq!(*run, (told, chain), "{name}");
    }
}

/// Goal: honest trade opens a loan for fifty chicks, sales repay it, and points rise; who is late gets a
/// plan. Method: a season large enough, in which one family borrows step by step; its own events.
#[test]
fn chicks_are_bought_on_credit_and_repaid_by_sales() {
    let folder = TempFolder::new().unwrap();
    let store = Store::new(Location::Folder(folder.path().to_owned()));
    let (told, _) = played(&store, Plan { orders: 3_000, ..Plan::default() });
    let family = told.chicks_for.unwrap_or_else(|| panic!("nobody borrowed for chicks: {told:?}"));
    assert!(told.loans > 4 && told.repaid > 2 && told.plans > 0, "{told:?}");
    let mut reader = store.reader().unwrap();
    let cell = reader.routes().unwrap()[&demo::VILLAGE];
    let row: Borrower =
        reader.document(cell, demo::VILLAGE, family.bits()).unwrap().expect("the family borrowed");
    let chicks = row.line.tranches.values().find(|tranche| tranche.drawn_minor == 80_000).unwrap();
    assert!(chicks.paid_minor() > 0, "nothing was swept: {chicks:?}");
    // Each loan before it was repaid and counted, so that the next could be half as large again.
    let lines = reader.trust_lines(cell, family, None, u32::MAX).unwrap();
    let repaid: Vec<i64> =
        lines.iter().filter(|row| row.kind == "repaid").map(|row| row.line.grains).collect();
    assert!(repaid.len() >= 3 && repaid.iter().all(|grains| *grains > 0), "{repaid:?}");
}

/// Goal: villages from lists trade along their ties and with the outside, and their books are sound.
/// Method: two villages of four households with three ties, one day; one lane, whose queue takes less than
/// the day brings.
#[test]
fn villages_trade_along_their_ties() {
    let ties = [("1001", "1002"), ("1002", "1003"), ("2001", "2004"), ("1001", "2001")];
    let ties = ties.map(|(one, other)| (one.to_owned(), other.to_owned())).into();
    let rows = "hh,village\n1001,1\n1002,1\n1003,1\n1004,1\n2001,2\n2002,2\n2003,2\n2004,2\n";
    let lists = Lists { households: rows.into(), ties };
    let mut engines = Engines::start();
    for (name, store) in engines.stores() {
        let clock = Arc::new(ManualClock::new(Instant::from_micros(village::START_MICROS)));
        let narrow = |config| Config { queue_max: 16, ..config };
        let app = village::open_app_at(store.clone(), &clock, narrow).unwrap();
        let plan = villages::Plan { days: 1, ..villages::Plan::default() };
        let told = villages::play(&app, &clock, (&lists, plan), &mut |_| {}).unwrap();
        app.close();
        assert_eq!((told.villages.len(), told.households, told.ties), (2, 8, 3), "{name}");
        assert_eq!((told.tied_orders, told.outside_orders), (3, 2));
        let report = verger_app::check::run(&store, &mut |_| {}).unwrap();
        assert!(report.is_green(), "{:?}", report.differences);
    }
}

/// Goal: in an imported village honest trade opens loans, and they are repaid out of what it earns.
/// Method: twelve households that all know each other, ten weeks.
#[test]
fn an_imported_village_borrows_and_repays() {
    let codes: Vec<String> = (1001..1013).map(|code| code.to_string()).collect();
    let pairs = codes.iter().enumerate().flat_map(|(place, one)| {
        let others = codes.iter().skip(place + 1);
        others.map(|other| (one.clone(), other.clone()))
    });
    let ties = pairs.collect();
    let rows: Vec<String> = codes.iter().map(|code| format!("{code},1\n")).collect();
    let households = format!("hh,village\n{}", rows.concat()).into();
    let folder = TempFolder::new().unwrap();
    let store = Store::new(Location::Folder(folder.path().to_owned()));
    let clock = Arc::new(ManualClock::new(Instant::from_micros(village::START_MICROS)));
    let app = village::open_app_at(store.clone(), &clock, |config| config).unwrap();
    let plan = villages::Plan { days: 99, ..villages::Plan::default() };
    let lists = Lists { households, ties };
    let told = villages::play(&app, &clock, (&lists, plan), &mut |_| {}).unwrap();
    app.close();
    assert!(told.loans > 0 && told.lent_minor >= 5_000 && told.repaid > 0, "{told:?}");
    let report = verger_app::check::run(&store, &mut |_| {}).unwrap();
    assert!(report.is_green(), "{:?}", report.differences);
}
