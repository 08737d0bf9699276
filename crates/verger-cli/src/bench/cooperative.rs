//! The part of the benchmark that shares out: two hundred families, ten thousand lots, twenty-four
//! pools, one doubted lot and one late claim. Weigh-in one command at a time, then the end of all
//! pools with every member's statement.

use std::sync::Arc;
use std::time::Instant as Moment;

use verger_app::clock::ManualClock;
use verger_app::report::Place;
use verger_app::{App, Config, Secret, policy_file};
use verger_domain::id::VillageId;
use verger_domain::market::PoolPhase;
use verger_domain::market::command::PoolCommand;
use verger_domain::time::Instant;
use verger_sim::orchard::{Harvest, Orchard};
use verger_sim::temp::TempFolder;
use verger_store::{Location, Store};

use super::Figure;
use crate::output;

const VILLAGE: VillageId = VillageId::new(1);

/// The season that the issue asks for.
const HARVEST: Harvest = Harvest { households: 200, lots: 10_000, pools: 24 };

/// A summer morning.
const START_MICROS: i64 = 1_784_505_600_000_000;

const DAY_SECONDS: u32 = 86_400;

/// Measures on SQLite with full durability.
pub(super) fn run() -> anyhow::Result<Vec<Figure>> {
    let bar = output::progress_bar("the cooperative's season");
    let folder = TempFolder::new()?;
    let clock = Arc::new(ManualClock::new(Instant::from_micros(START_MICROS)));
    let shared: Arc<dyn verger_app::clock::Clock> = Arc::<ManualClock>::clone(&clock);
    let store = Store::new(Location::Folder(folder.path().to_owned()));
    let policy = policy_file::load(None)?;
    let app = App::open(Config::new(store, shared, policy, Secret::public_demo()))?;
    let orchard = Orchard::build(&app, VILLAGE, HARVEST)?;
    let mut figures = weigh_in(&app, &orchard)?;
    grade(&app, &orchard)?;
    for command in [orchard.contest(1), orchard.reweigh(1)] {
        app.submit_blocking(command)?.accepted()?;
    }
    orchard.sell_and_claim(&app)?;
    for number in 0..HARVEST.pools {
        app.submit_blocking(orchard.sell_locally(number, 9_000_000))?.accepted()?;
    }
    clock.advance_seconds(2 * DAY_SECONDS);
    figures.extend(share_out(&app, &orchard, &clock)?);
    app.close();
    bar.finish_and_clear();
    Ok(figures)
}

/// Each lot is a command of its own that waits for the disk: what the people at the scale feel.
fn weigh_in(app: &App, orchard: &Orchard) -> anyhow::Result<Vec<Figure>> {
    let mut times = Vec::with_capacity(HARVEST.lots);
    let begun = Moment::now();
    for number in 0..HARVEST.lots {
        let command = orchard.weigh(number);
        let asked = Moment::now();
        app.submit_blocking(command)?.accepted()?;
        times.push(asked.elapsed().as_secs_f64() * 1_000.0);
    }
    let per_second = f64::from(u32::try_from(HARVEST.lots)?) / begun.elapsed().as_secs_f64();
    times.sort_by(f64::total_cmp);
    let at = |percent: usize| times.get(times.len() * percent / 100).copied().unwrap_or_default();
    Ok(vec![
        Figure::one("weigh-in, one at a time", "sqlite", per_second, "/s"),
        Figure::one("weigh-in, p50", "sqlite", at(50), "ms"),
        Figure::one("weigh-in, p99", "sqlite", at(99), "ms"),
    ])
}

/// Grades come from the sorter as fast as they can be written.
fn grade(app: &App, orchard: &Orchard) -> anyhow::Result<()> {
    let numbers: Vec<usize> = (0..HARVEST.lots).collect();
    for some in numbers.chunks(1_000) {
        let sent: Result<Vec<_>, _> = some.iter().map(|n| app.send(orchard.grade(*n))).collect();
        for pending in sent? {
            pending.wait()?.accepted()?;
        }
    }
    Ok(())
}

/// Closes and accounts every pool, tells every member his part, lets the board agree and pays.
fn share_out(app: &App, orchard: &Orchard, clock: &ManualClock) -> anyhow::Result<Vec<Figure>> {
    let begun = Moment::now();
    for (name, command) in [("close", PoolCommand::Close), ("account", PoolCommand::Account)] {
        for number in 0..HARVEST.pools {
            let body = orchard.of_pool(number, command.clone());
            let command = orchard.by_coop(&format!("{name} {number}"), body);
            app.submit_blocking(command)?.accepted()?;
        }
    }
    let closed = begun.elapsed().as_secs_f64() * 1_000.0;
    let statements = statements(app, orchard)?;
    let told = begun.elapsed().as_secs_f64() * 1_000.0;
    for number in 0..HARVEST.pools {
        for member in 0..2 {
            app.submit_blocking(orchard.approve(number, member))?.accepted()?;
        }
    }
    clock.advance_seconds(4 * DAY_SECONDS);
    let begun = Moment::now();
    // The clock's own work: whatever comes next finds it done.
    app.submit_blocking(orchard.cast.by_staff("look", orchard.look()))?.accepted()?;
    let paid = begun.elapsed().as_secs_f64() * 1_000.0;
    for number in 0..HARVEST.pools {
        let bits = orchard.pool(number).bits();
        let pool: Option<verger_domain::market::Pool> =
            app.ask_blocking(VILLAGE, move |reader, cell| reader.document(cell, VILLAGE, bits))?;
        anyhow::ensure!(pool.is_some_and(|pool| pool.phase == PoolPhase::Paid), "pool {number}");
    }
    Ok(vec![
        Figure::one("close and account 24 pools", "sqlite", closed, "ms"),
        Figure::one("the same and all statements", "sqlite", told, "ms"),
        Figure::one("statements told", "sqlite", f64::from(statements), "statements"),
        Figure::one("pay 24 pools after the objections", "sqlite", paid, "ms"),
    ])
}

/// Every member's statement of every pool: his lots, his part, his claims, what is still paid.
fn statements(app: &App, orchard: &Orchard) -> anyhow::Result<u32> {
    let mut told = 0_u32;
    for number in 0..HARVEST.pools {
        let pool = orchard.pool(number);
        let sheet = app.ask_blocking(VILLAGE, move |reader, cell| {
            reader.pool_sheet(Place { cell, village: VILLAGE }, pool)
        })?;
        let sheet = sheet.ok_or_else(|| anyhow::anyhow!("pool {number} is not there"))?;
        let shared = sheet.pool.statement.map_or(0, |statement| statement.shared_bps);
        let dues = sheet.pool.dues(sheet.pool.net_minor, shared);
        let sum: i64 = dues.values().map(|due| due.due_minor).sum();
        anyhow::ensure!(sum == sheet.pool.net_minor, "pool {number}: {sum}");
        for code in sheet.codes.values() {
            let own = sheet.lots.iter().filter(|line| line.household == *code);
            told += u32::from(own.map(|line| line.grams).sum::<i64>() > 0);
        }
    }
    Ok(told)
}
