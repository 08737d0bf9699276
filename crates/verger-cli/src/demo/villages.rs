//! A season of imported villages: played, checked and told, with how long it took and how much
//! memory. Owns the selection and the wording.

use std::path::Path;

use serde::Serialize;
use verger_app::clock::{Clock, SystemClock};
use verger_sim::villages::{self, Plan, Told};

use super::lending::Lending;
use crate::args::Format;
use crate::settings::Settings;
use crate::{books, output};

/// What is told of the villages.
#[derive(Debug, Serialize)]
struct Summary {
    villages: usize,
    households: usize,
    ties: usize,
    tied_orders: u64,
    outside_orders: u64,
    #[serde(flatten)]
    lending: Lending,
    /// Loans that were repaid out of a wallet.
    repaid: u64,
    commands: u64,
    seconds: i64,
    check_seconds: i64,
    memory_mib: u64,
    records: u64,
    entries: u64,
    green: bool,
}

/// Imports and plays; whether the books are green.
pub(super) fn run(
    settings: &Settings,
    (folder, seed): (&Path, u64),
    format: Format,
) -> anyhow::Result<bool> {
    if !folder.exists() && format == Format::Table {
        output::say(&format!("There is no {}: villages are generated.", folder.display()));
    }
    let lists = villages::lists(folder, seed)?;
    let started = SystemClock.now().micros();
    let told = play(settings, &lists, seed)?;
    let played = SystemClock.now().micros();
    let report = books::check_with_bar(&settings.store(), "checking the books")?;
    let lending = lending(settings, &told)?;
    let seconds = |from: i64, to: i64| to.saturating_sub(from) / 1_000_000;
    let summary = Summary {
        villages: told.villages.len(),
        households: told.households,
        ties: told.ties,
        tied_orders: told.tied_orders,
        outside_orders: told.outside_orders,
        lending,
        repaid: told.repaid,
        commands: told.commands,
        seconds: seconds(started, played),
        check_seconds: seconds(played, SystemClock.now().micros()),
        memory_mib: memory_mib(),
        records: report.records,
        entries: report.entries,
        green: report.is_green(),
    };
    if format == Format::Json {
        output::print_json(&summary)?;
    } else {
        print(&summary);
        books::print_report(&report);
    }
    Ok(report.is_green())
}

/// Trust and credit of all the villages.
fn lending(settings: &Settings, told: &Told) -> anyhow::Result<Lending> {
    let mut reader = settings.store().reader()?;
    let routes = reader.routes()?;
    let mut lending = Lending::drawn(told.loans, told.lent_minor);
    for village in &told.villages {
        let cell = routes.get(village).copied();
        let cell = cell.ok_or_else(|| anyhow::anyhow!("village {village} is not there"))?;
        lending.add(&mut reader, (cell, *village))?;
    }
    Ok(lending)
}

fn play(settings: &Settings, lists: &villages::Lists, seed: u64) -> anyhow::Result<Told> {
    let (app, clock) = super::open(settings)?;
    let bar = output::progress_bar("villages");
    let plan = Plan { seed, ..Plan::default() };
    let played = villages::play(&app, &clock, (lists, plan), &mut |progress| {
        bar.set_length(u64::try_from(progress.total).unwrap_or(0));
        bar.set_position(u64::try_from(progress.done).unwrap_or(0));
        bar.set_message(progress.what.to_owned());
    });
    bar.finish_and_clear();
    app.close();
    Ok(played?)
}

fn print(summary: &Summary) {
    let per_second = summary.commands / u64::try_from(summary.seconds).unwrap_or(1).max(1);
    let of_the_village = [
        ("villages", summary.villages.to_string()),
        ("households", summary.households.to_string()),
        ("ties between them", summary.ties.to_string()),
        ("orders along ties", summary.tied_orders.to_string()),
        ("orders from outside", summary.outside_orders.to_string()),
    ];
    let of_the_program = [
        ("commands", format!("{}, {per_second} a second", summary.commands)),
        ("import and season", format!("{} s", summary.seconds)),
        ("check of the books", format!("{} s", summary.check_seconds)),
        ("memory, highest", format!("{} MiB", summary.memory_mib)),
    ];
    let rows = of_the_village.into_iter().chain(summary.lending.rows()).chain(of_the_program);
    let rows = rows.map(|(what, how)| vec![what.to_owned(), how]);
    output::print_table(&["the villages", ""], rows.collect());
}

/// The most memory that the program has had, as the system tells it; 0 where it does not.
fn memory_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) / 1_024
}
