//! The benchmarks: durable commands a second and answer times, in process and over HTTP, on
//! both engines, with the disk's own cost beside them. Owns the measuring; the load is the
//! simulator's.
#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]

mod cooperative;
mod credit;
mod http;
mod market;
mod pages;
mod trust;
mod trust_points;

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant as Moment;

use anyhow::Context;
use serde::Serialize;
use verger_app::clock::{Clock, SystemClock};
use verger_app::{App, AppError, Config, Secret, check, policy_file};
use verger_sim::load::{Measured, Size, Yard, run_clients};
use verger_sim::postgres::{Durability, PostgresServer, ServerError};
use verger_sim::temp::TempFolder;
use verger_store::{Location, Store};

use crate::args::{BenchCommand, Format};
use crate::output;

/// The villages that the benchmark trades in.
pub(crate) const YARD: Size = Size { counties: 2, villages: 2, households: 500, escrows: 2000 };

/// One figure.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figure {
    what: String,
    engine: String,
    #[serde(flatten)]
    measured: Option<Measured>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<&'static str>,
}

impl Figure {
    fn load(what: &str, engine: &str, measured: Measured) -> Self {
        let (what, engine) = (what.to_owned(), engine.to_owned());
        Self { what, engine, measured: Some(measured), value: None, unit: None }
    }

    pub(crate) fn one(what: &str, engine: &str, value: f64, unit: &'static str) -> Self {
        let (what, engine) = (what.to_owned(), engine.to_owned());
        Self { what, engine, measured: None, value: Some(value), unit: Some(unit) }
    }
}

/// Measures and prints.
pub(crate) fn run(command: &BenchCommand, format: Format) -> anyhow::Result<ExitCode> {
    let (figures, out) = match command {
        BenchCommand::Ledger { seconds, only, out } => (ledger(*seconds, only.as_deref())?, out),
        BenchCommand::Cooperative { out } => (cooperative::run()?, out),
        BenchCommand::Market { seconds, only, out } => {
            (market::run(*seconds, only.as_deref())?, out)
        }
        BenchCommand::Pages { seconds, orders, out } => (pages::run(*seconds, *orders)?, out),
        BenchCommand::Credit { seconds, loans, only, out } => {
            (credit::run(*seconds, *loans, only.as_deref())?, out)
        }
        BenchCommand::Trust { only, out } => (trust::run(only.as_deref())?, out),
    };
    if let Some(out) = out {
        let text = serde_json::to_string_pretty(&figures)?;
        std::fs::write(out, text)
            .with_context(|| format!("{} cannot be written", out.display()))?;
    }
    if format == Format::Json {
        output::print_json(&figures)?;
    } else {
        print(&figures);
    }
    Ok(ExitCode::SUCCESS)
}

fn ledger(seconds: f64, only: Option<&str>) -> anyhow::Result<Vec<Figure>> {
    let is_wanted = |part: &str| only.is_none_or(|only| only == part);
    let mut figures = vec![fsync()?];
    if is_wanted("sqlite") || is_wanted("start") || is_wanted("http") {
        let folder = TempFolder::new()?;
        let store = Store::new(Location::Folder(folder.path().to_owned()));
        build(&store)?;
        if is_wanted("sqlite") {
            figures.extend(in_process(&store, "sqlite", (seconds, &PLAN))?);
        }
        if is_wanted("http") {
            figures.extend(http::run(folder.path(), seconds)?);
        }
        if is_wanted("start") {
            figures.push(http::start(folder.path())?);
        }
    }
    if is_wanted("check") {
        // Books of their own, which hold settled orders and little else.
        let folder = TempFolder::new()?;
        let store = Store::new(Location::Folder(folder.path().to_owned()));
        build(&store)?;
        let plan = [("settle order, before the check", Workload::Settle, 256, 1024)];
        figures.extend(in_process(&store, "sqlite", (seconds, &plan))?);
        figures.push(check_rate(&store, "sqlite")?);
    }
    if is_wanted("postgres") {
        match PostgresServer::start(Durability::Full) {
            Err(ServerError::NotInstalled) => {
                output::say("skipped on PostgreSQL: it is not installed (package postgresql)");
            }
            Err(error) => return Err(error.into()),
            Ok(server) => {
                let store = Store::new(Location::Postgres(server.database()?));
                build(&store)?;
                figures.extend(in_process(&store, "postgres", (seconds, &PLAN))?);
            }
        }
    }
    Ok(figures)
}

fn print(figures: &[Figure]) {
    let rows = figures.iter().map(|figure| {
        let mut row = vec![figure.what.clone(), figure.engine.clone()];
        match (&figure.measured, figure.value) {
            (Some(m), _) => row.extend([
                m.clients.to_string(),
                format!("{:.0}", m.per_second),
                format!("{:.2}", m.p50_ms),
                format!("{:.2}", m.p99_ms),
            ]),
            (None, value) => {
                let unit = figure.unit.unwrap_or_default();
                let text = format!("{:.2} {unit}", value.unwrap_or_default());
                row.extend([String::new(), text, String::new(), String::new()]);
            }
        }
        row
    });
    output::print_table(
        &["what", "engine", "clients", "per second", "p50 ms", "p99 ms"],
        rows.collect(),
    );
}

/// What it costs the disk to keep four kilobytes for good.
fn fsync() -> anyhow::Result<Figure> {
    const COUNT: usize = 200;
    let folder = TempFolder::new()?;
    let mut file = std::fs::File::create(folder.path().join("fsync"))?;
    let mut times = Vec::with_capacity(COUNT);
    for _ in 0..COUNT {
        file.write_all(&[7; 4096])?;
        let start = Moment::now();
        file.sync_data()?;
        times.push(start.elapsed().as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    let median = times.get(COUNT / 2).copied().unwrap_or_default();
    Ok(Figure::one("fsync of 4 KiB, median", "disk", median, "ms"))
}

fn open(store: &Store, batch_max: usize) -> anyhow::Result<App> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let policy = policy_file::load(None)?;
    let config = Config::new(store.clone(), clock, policy, Secret::public_demo());
    Ok(App::open(Config { batch_max, ..config })?)
}

fn build(store: &Store) -> anyhow::Result<()> {
    let bar = output::progress_bar("building villages");
    let app = open(store, 1024)?;
    let built = Yard::build(&app, YARD);
    app.close();
    bar.finish_and_clear();
    built?;
    Ok(())
}

/// What the clients send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Workload {
    Settle,
    Transfer { hot: bool },
}

/// What is measured, what is sent, how many clients, and how many commands a transaction may hold.
type Plan = (&'static str, Workload, usize, usize);

const PLAN: [Plan; 6] = [
    ("settle order", Workload::Settle, 1, 1024),
    ("settle order", Workload::Settle, 16, 1024),
    ("settle order", Workload::Settle, 256, 1024),
    ("settle order, one transaction each", Workload::Settle, 256, 1),
    ("transfer, many accounts", Workload::Transfer { hot: false }, 256, 1024),
    ("transfer, one hot pair", Workload::Transfer { hot: true }, 256, 1024),
];

fn in_process(
    store: &Store,
    engine: &str,
    (seconds, plan): (f64, &[Plan]),
) -> anyhow::Result<Vec<Figure>> {
    use Workload::{Settle, Transfer};
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let yard = Arc::new(Yard::known(YARD));
    // Rounds of a shorter plan are numbered apart from those of the whole one.
    let offset = if plan.len() == PLAN.len() { 0 } else { 50 };
    let mut figures = Vec::new();
    for (round, &(what, workload, clients, batch_max)) in (1_u64..).zip(plan) {
        let bar = output::progress_bar(&format!("{engine}: {what}, {clients}"));
        let app = open(store, batch_max)?;
        let (asked, yard) = (app.clone(), Arc::clone(&yard));
        let ask = move |_: usize, order: u64, random: u64| {
            // Each round numbers its orders apart, so that no key is used twice.
            let order = (first_order() + round + offset) * 1_000_000_000 + order;
            let command = match workload {
                Settle => yard.settle_order(order, random),
                Transfer { hot } => yard.transfer(order, random, hot),
            };
            let app = asked.clone();
            async move {
                app.submit(command).await?.accepted()?;
                Ok::<(), AppError>(())
            }
        };
        let measured = runtime.block_on(run_clients(clients, seconds, ask));
        app.close();
        bar.finish_and_clear();
        figures.push(Figure::load(what, engine, measured?));
    }
    Ok(figures)
}

/// Numbers of orders start at the second of this process, so that a store can be measured again.
fn first_order() -> u64 {
    u64::from(std::process::id()) * 100
}

fn check_rate(store: &Store, engine: &str) -> anyhow::Result<Figure> {
    let bar = output::progress_bar("checking the books");
    let start = Moment::now();
    let report = check::run(store, &mut |_| {})?;
    let seconds = start.elapsed().as_secs_f64();
    bar.finish_and_clear();
    anyhow::ensure!(report.is_green(), "the books are not sound: {:?}", report.differences);
    #[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "a figure for people")]
    let rate = report.entries as f64 / seconds;
    Ok(Figure::one("check, entries a second", engine, rate, "/s"))
}

/// A folder's path as text for a command line.
pub(crate) fn text_of(path: &Path) -> String {
    path.display().to_string()
}
