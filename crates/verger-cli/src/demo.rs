//! The demo: loads the village with a clock that stands in its season, checks the books, tells what
//! there is, and serves. A second start finds the data and serves at once.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::bail;
use serde::Serialize;
use verger_app::Secret;
use verger_app::check::Report;
use verger_app::clock::{Calendar, ManualClock, SystemClock};
use verger_domain::codec;
use verger_sim::demo::{self, Summary};

use crate::args::Format;
use crate::settings::Settings;
use crate::{EXIT_DIFFERENCES, books, output, serve};

/// Loads the demo village where there is none, and serves it.
pub(crate) fn run(settings: &Settings, no_serve: bool, format: Format) -> anyhow::Result<ExitCode> {
    let store = settings.store();
    settings.make_folder()?;
    let is_new = !store.exists()? || store.reader()?.routes()?.is_empty();
    if is_new {
        let (summary, report) = load(settings)?;
        print(settings, &summary, &report, format)?;
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
    let app = settings.open_app(Arc::new(SystemClock), settings.secret()?)?;
    let served = serve::serve(settings, &app, true);
    app.close();
    served?;
    Ok(ExitCode::SUCCESS)
}

fn load(settings: &Settings) -> anyhow::Result<(Summary, Report)> {
    // Everybody knows the demo's secret, so that the same data gives the same journal everywhere.
    Secret::public_demo().write(&settings.secret_path())?;
    let policy = settings.policy()?;
    let first = demo::first_moment(&Calendar::new(&policy.programme.time_zone)?);
    let clock = Arc::new(ManualClock::new(first));
    let shared: Arc<dyn verger_app::clock::Clock> = Arc::<ManualClock>::clone(&clock);
    let app = settings.open_app(shared, Secret::public_demo())?;
    let bar = output::progress_bar("the demo village");
    let loaded = demo::load(&app, &clock, &mut |progress| {
        bar.set_length(u64::try_from(progress.total).unwrap_or(0));
        bar.set_position(u64::try_from(progress.done).unwrap_or(0));
        bar.set_message(progress.what.to_owned());
    });
    bar.finish_and_clear();
    app.close();
    let report = books::check_with_bar(&settings.store(), "checking the books")?;
    Ok((loaded?, report))
}

fn print(
    settings: &Settings,
    summary: &Summary,
    report: &Report,
    format: Format,
) -> anyhow::Result<()> {
    let cell = settings.store().reader()?.routes()?.get(&demo::VILLAGE).copied();
    let chain = match cell {
        Some(cell) => codec::to_hex(&settings.store().reader()?.head(cell)?.chain),
        None => String::new(),
    };
    let parties = summary.parties.iter().map(|(kind, count)| (kind.name().to_owned(), *count));
    if format == Format::Json {
        #[derive(Serialize)]
        struct Loaded {
            parties: std::collections::BTreeMap<String, usize>,
            listings: usize,
            golden_journals: usize,
            golden_steps: usize,
            records: u64,
            entries: u64,
            chain: String,
            green: bool,
        }
        return output::print_json(&Loaded {
            parties: parties.collect(),
            listings: summary.listings,
            golden_journals: summary.journals,
            golden_steps: summary.steps,
            records: report.records,
            entries: report.entries,
            chain,
            green: report.is_green(),
        });
    }
    output::say("土家寨 Tujiazhai is loaded. All people are invented, all money is play money.\n");
    let mut rows: Vec<Vec<String>> =
        parties.map(|(kind, count)| vec![kind, count.to_string()]).collect();
    rows.push(vec!["listings".to_owned(), summary.listings.to_string()]);
    rows.push(vec!["golden journals".to_owned(), summary.journals.to_string()]);
    rows.push(vec!["their steps, equal to the fen".to_owned(), summary.steps.to_string()]);
    rows.push(vec!["ledger entries".to_owned(), report.entries.to_string()]);
    output::print_table(&["what", "count"], rows);
    output::say("");
    books::print_report(report);
    output::say(&format!("Journal chain {chain}\n"));
    Ok(())
}
