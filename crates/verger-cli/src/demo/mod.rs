//! The demo: plays a season of the village, checks its books, tells how it went, and serves it. A
//! second start finds the data and serves at once.

mod lending;
mod summary;
mod villages;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::bail;
use verger_app::check::Report;
use verger_app::clock::{Calendar, Clock, ManualClock, ShiftedClock, SystemClock};
use verger_app::{App, Secret};
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
    if no_serve { Ok(ExitCode::SUCCESS) } else { serve_demo(settings) }
}

/// Imports villages from lists, plays a season in each, and serves them.
pub(crate) fn run_villages(
    settings: &Settings,
    (folder, seed): (&Path, u64),
    no_serve: bool,
    format: Format,
) -> anyhow::Result<ExitCode> {
    settings.make_folder()?;
    let store = settings.store();
    if store.exists()? && !store.reader()?.routes()?.is_empty() {
        bail!(
            "the data folder {} holds villages already; choose an empty one with --data",
            settings.data.display()
        );
    }
    if !villages::run(settings, (folder, seed), format)? {
        return Ok(ExitCode::from(EXIT_DIFFERENCES));
    }
    if no_serve { Ok(ExitCode::SUCCESS) } else { serve_demo(settings) }
}

fn serve_demo(settings: &Settings) -> anyhow::Result<ExitCode> {
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
    let last = reader.heads()?.into_iter().map(|head| head.at).max();
    Ok(last.map_or_else(ShiftedClock::default, ShiftedClock::at))
}

/// An app that is loaded with a clock of its own. Everybody knows its secret, so that the same plan
/// gives the same journal everywhere.
fn open(settings: &Settings) -> anyhow::Result<(App, Arc<ManualClock>)> {
    Secret::public_demo().write(&settings.secret_path())?;
    let policy = settings.policy()?;
    let first = demo::first_moment(&Calendar::new(&policy.programme.time_zone)?);
    let clock = Arc::new(ManualClock::new(first));
    let shared: Arc<dyn Clock> = Arc::<ManualClock>::clone(&clock);
    Ok((settings.open_app(shared, Secret::public_demo())?, clock))
}

fn play(settings: &Settings, plan: Plan) -> anyhow::Result<(Told, Report)> {
    let (app, clock) = open(settings)?;
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
