//! A small season of the demo village on both engines: what it brings about, and that it is the same
//! everywhere.

use std::sync::Arc;

use verger_app::clock::ManualClock;
use verger_domain::time::Instant;
use verger_sim::season::{Plan, Told, play};
use verger_sim::{demo, village};
use verger_store::Store;

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
    for (name, run) in &runs {
        assert_eq!(*run, (told, chain), "{name}");
    }
}
