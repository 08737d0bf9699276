//! The demo: plays a season of the village, checks its books, tells how it went, and serves it. A
//! second start finds the data and serves at once.

mod summary;

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::bail;
use verger_app::Secret;
use verger_app::check::Report;
use verger_app::clock::{Calendar, Clock, ManualClock, ShiftedClock, SystemClock};
use verger_sim::demo;
use verger_sim::season::{self, Plan, Told};

use crate::args::Format;
use crate::settings::Settings;
use crate::{EXIT_DIFFERENCES, books, output, serve};
use summary::Summary;

/// Plays the demo village's season where there is none, and serves it.
pub(crate) fn run(
    settings: &Settings,
    plan: Plan,
    no_serve: bool,
    format: Format,
) -> anyhow::Result<ExitCode> {
    let store = settings.store();
    settings.make_folder()?;
    let is_new = !store.exists()? || store.reader()?.routes()?.is_empty();
    if is_new {
        let started = SystemClock.now().micros();
        let (told, report) = play(settings, plan)?;
        let seconds = SystemClock.now().micros().saturating_sub(started) / 1_000_000;
        let summary = Summary::of(&mut store.reader()?, told, &report, seconds)?;
        summary.print(&report, format)?;
        if !report.is_green() {
            return Ok(ExitCode::from(EXIT_DIFFERENCES));
        }
    } else if !store.reader()?.routes()?.contains_key(&demo::VILLAGE) {
        bail!(
            "the data folder {} holds other villages; choose an empty one with --data",
            settings.data.display()
        );
    }
    if no_serve {
        return Ok(ExitCode::SUCCESS);
    }
    let app = settings.open_app(Arc::new(clock(settings)?), settings.secret()?)?;
    let served = serve::serve(settings, &app, true);
    app.close();
    served?;
    Ok(ExitCode::SUCCESS)
}

/// A clock by which the village's last evening has just passed, so that what it left undone is
/// neither late nor in the future.
fn clock(settings: &Settings) -> anyhow::Result<ShiftedClock> {
    let mut reader = settings.store().reader()?;
    let cell = reader.routes()?.get(&demo::VILLAGE).copied();
    let head = cell.map(|cell| reader.head(cell)).transpose()?;
    Ok(head.map_or_else(ShiftedClock::default, |head| ShiftedClock::at(head.at)))
}

fn play(settings: &Settings, plan: Plan) -> anyhow::Result<(Told, Report)> {
    // Everybody knows the demo's secret, so that the same plan gives the same journal everywhere.
    Secret::public_demo().write(&settings.secret_path())?;
    let policy = settings.policy()?;
    let first = demo::first_moment(&Calendar::new(&policy.programme.time_zone)?);
    let clock = Arc::new(ManualClock::new(first));
    let shared: Arc<dyn Clock> = Arc::<ManualClock>::clone(&clock);
    let app = settings.open_app(shared, Secret::public_demo())?;
    let bar = output::progress_bar("the demo village");
    let played = season::play(&app, &clock, plan, &mut |progress| {
        bar.set_length(u64::try_from(progress.total).unwrap_or(0));
        bar.set_position(u64::try_from(progress.done).unwrap_or(0));
        bar.set_message(progress.what.to_owned());
    });
    bar.finish_and_clear();
    app.close();
    let report = books::check_with_bar(&settings.store(), "checking the books")?;
    Ok((played?, report))
}
