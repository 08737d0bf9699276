//! The cooperative on both engines: a small season from the scale to the payout, what readers see of
//! it, and sound books afterwards.

use std::sync::Arc;

use verger_app::check;
use verger_app::clock::ManualClock;
use verger_app::report::Place;
use verger_domain::id::VillageId;
use verger_domain::market::PoolPhase;
use verger_domain::market::command::PoolCommand;
use verger_domain::time::Instant;
use verger_sim::orchard::{Harvest, Orchard};
use verger_sim::village::open_app_at;

use crate::engines::Engines;

const VILLAGE: VillageId = VillageId::new(1);
const DAY_SECONDS: u32 = 86_400;

/// Goal: on both engines the same season gives every member the same fen, the way from a lot to its
/// box is found, and the books are sound. Method: three households, six lots, two pools, one doubt,
/// one late claim, to the payout; the payouts of both engines are compared.
#[test]
fn a_season_is_shared_out_alike_on_both_engines() {
    let mut engines = Engines::start();
    let mut outcomes = Vec::new();
    for (name, store) in engines.stores() {
        let clock = Arc::new(ManualClock::new(Instant::from_micros(1_784_505_600_000_000)));
        let app = open_app_at(store.clone(), &clock, |config| config).unwrap();
        let harvest = Harvest { households: 3, lots: 6, pools: 2 };
        let orchard = Orchard::build(&app, VILLAGE, harvest).unwrap();
        let accept = |command| app.submit_blocking(command).unwrap().accepted().map(drop).unwrap();
        (0..6).for_each(|number| accept(orchard.weigh(number)));
        (0..6).for_each(|number| accept(orchard.grade(number)));
        accept(orchard.contest(1));
        accept(orchard.reweigh(1));
        orchard.sell_and_claim(&app).unwrap();
        (0..2).for_each(|number| accept(orchard.sell_locally(number, 60_000)));
        clock.advance_seconds(2 * DAY_SECONDS);
        for (what, command) in [("close", PoolCommand::Close), ("account", PoolCommand::Account)] {
            for number in 0..2 {
                let body = orchard.of_pool(number, command.clone());
                accept(orchard.by_coop(&format!("{what} {number}"), body));
            }
        }
        (0..2).for_each(|pool| (0..2).for_each(|who| accept(orchard.approve(pool, who))));
        clock.advance_seconds(4 * DAY_SECONDS);
        accept(orchard.cast.by_staff("look", orchard.look()));
        let place = |cell| Place { cell, village: VILLAGE };
        let mut paid = Vec::new();
        for number in 0..2 {
            let pool = orchard.pool(number);
            let sheet =
                app.ask_blocking(VILLAGE, move |reader, cell| reader.pool_sheet(place(cell), pool));
            let sheet = sheet.unwrap().unwrap();
            assert_eq!(sheet.pool.phase, PoolPhase::Paid, "{name}");
            assert_eq!(sheet.lots.len(), 3, "{name}");
            paid.push((sheet.pool.net_minor, sheet.pool.shares));
        }
        let lot = orchard.lot(0);
        let boxes = app.ask_blocking(VILLAGE, move |reader, cell| {
            let (row, household, _) = reader.lot_sheet(place(cell), "L00000")?.expect("the lot");
            assert_eq!(household, "H001");
            reader.boxes_of_lot(place(cell), (lot, &row.code))
        });
        let boxes = boxes.unwrap();
        assert_eq!((boxes.len(), boxes[0].grams), (1, 2_510), "{name}");
        let sheet =
            app.ask_blocking(VILLAGE, move |reader, cell| reader.box_sheet(place(cell), "BOX-1"));
        assert_eq!(sheet.unwrap().unwrap().lots[0].household, "H001", "{name}");
        app.close();
        let report = check::run(&store, &mut |_| {}).unwrap();
        assert!(report.is_green(), "{name}: {:?}", report.differences);
        outcomes.push(paid);
    }
    assert!(outcomes.iter().all(|paid| *paid == outcomes[0]));
}
