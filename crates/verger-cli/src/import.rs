//! Bringing a village in from spreadsheets: households and goods, a dry run first where it is asked
//! for. Owns the wiring and the wording; what a list may hold is the app's.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use serde::Serialize;
use verger_app::App;
use verger_app::catalogue::{self, Change};
use verger_app::clock::SystemClock;
use verger_app::households::{Column, Import, Reading};
use verger_domain::id::{PartyId, VillageId};
use verger_domain::party::CodeOf;

use crate::args::{Format, ImportCommand};
use crate::output;
use crate::settings::Settings;

/// Problems that are printed; a list with more is wrong as a whole.
const SHOWN_MAX: usize = 50;

/// What an import did, for people and for programs.
#[derive(Debug, Default, Serialize)]
struct Outcome {
    dry_run: bool,
    villages_new: usize,
    new: usize,
    changed: usize,
    unchanged: usize,
    problems: Vec<Line>,
}

/// Something that is wrong with a row.
#[derive(Debug, Serialize)]
struct Line {
    row: u64,
    column: String,
    value: String,
    problem: String,
}

/// Imports what is asked for. Exit code 1 when a row is wrong.
pub(crate) fn run(
    settings: &Settings,
    command: &ImportCommand,
    format: Format,
) -> anyhow::Result<ExitCode> {
    settings.make_folder()?;
    let app = settings.open_app(Arc::new(SystemClock), settings.secret()?)?;
    let outcome = import(&app, command);
    app.close();
    print(&outcome?, format)
}

fn import(app: &App, command: &ImportCommand) -> anyhow::Result<Outcome> {
    match command {
        ImportCommand::Households { file, village, county, column, dry_run } => {
            let reading = Reading {
                village: village.map(VillageId::new),
                county: county.clone(),
                headers: headers(column)?,
            };
            households(app, &read(file)?, &reading, *dry_run)
        }
        ImportCommand::Goods { file, village, party, dry_run } => {
            goods(app, &read(file)?, (VillageId::new(*village), party), *dry_run)
        }
    }
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))
}

/// `code=hh` and the like: what columns are called in this list.
fn headers(columns: &[String]) -> anyhow::Result<BTreeMap<Column, String>> {
    let mut headers = BTreeMap::new();
    for told in columns {
        let known = || Column::ALL.map(Column::name).join(", ");
        let pair = told.split_once('=');
        let (name, header) = pair.with_context(|| format!("{told} is not COLUMN=HEADER"))?;
        let column = Column::ALL.into_iter().find(|column| column.name() == name);
        let column = column
            .with_context(|| format!("there is no column {name}; the columns are {}", known()))?;
        headers.insert(column, header.to_owned());
    }
    Ok(headers)
}

fn households(
    app: &App,
    list: &[u8],
    reading: &Reading,
    is_dry_run: bool,
) -> anyhow::Result<Outcome> {
    let bar = output::progress_bar("households");
    let import = app.import_households(list, reading, is_dry_run, &mut |done, total| {
        bar.set_length(u64::try_from(total).unwrap_or(0));
        bar.set_position(u64::try_from(done).unwrap_or(0));
    });
    bar.finish_and_clear();
    let Import { villages, new, unchanged, refused, problems } = import?;
    let problems = problems.into_iter().map(|problem| Line {
        row: problem.row,
        column: problem.column.unwrap_or_default().to_owned(),
        value: problem.value,
        problem: problem.wrong.to_string(),
    });
    let refused = refused.into_iter().map(|(row, refusal)| Line {
        row,
        column: String::new(),
        value: String::new(),
        problem: refusal.to_string(),
    });
    Ok(Outcome {
        dry_run: is_dry_run,
        villages_new: villages.len(),
        new,
        changed: 0,
        unchanged,
        problems: problems.chain(refused).collect(),
    })
}

fn goods(
    app: &App,
    sheet: &[u8],
    (village, code): (VillageId, &str),
    is_dry_run: bool,
) -> anyhow::Result<Outcome> {
    if sheet.len() > catalogue::SHEET_BYTES_MAX {
        bail!("the list is larger than {} bytes; divide it", catalogue::SHEET_BYTES_MAX);
    }
    let wanted = code.to_owned();
    let found = app.ask_blocking(village, move |reader, cell| {
        reader.subject_of(cell, village, CodeOf::Party, &wanted)
    })?;
    let actor = found.with_context(|| format!("the village has nobody with the code {code}"))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let who = (village, PartyId::from_bits(actor));
    let import = runtime.block_on(app.import_catalogue(who, sheet, is_dry_run))?;
    let problems = import.problems.iter().map(|problem| Line {
        row: problem.row,
        column: problem.column.clone(),
        value: problem.value.clone(),
        problem: match &problem.nearest {
            Some(nearest) => format!("{}, the nearest is {nearest}", problem.what.code()),
            None => problem.what.code().to_owned(),
        },
    });
    let refused = import.rows.iter().filter_map(|row| {
        let problem = row.refusal.as_ref()?.to_string();
        Some(Line { row: row.row, column: String::new(), value: row.code.clone(), problem })
    });
    let changes = [Change::Price, Change::Text, Change::PriceAndText];
    Ok(Outcome {
        dry_run: is_dry_run,
        villages_new: 0,
        new: import.count(Change::New),
        changed: changes.into_iter().map(|change| import.count(change)).sum(),
        unchanged: import.count(Change::Unchanged),
        problems: problems.chain(refused).collect(),
    })
}

fn print(outcome: &Outcome, format: Format) -> anyhow::Result<ExitCode> {
    let is_good = outcome.problems.is_empty();
    if format == Format::Json {
        output::print_json(outcome)?;
    } else if is_good {
        let verb = if outcome.dry_run { "would be" } else { "are" };
        output::say(&format!(
            "{} {verb} new, {} {verb} changed, {} are there already; villages new: {}.",
            outcome.new, outcome.changed, outcome.unchanged, outcome.villages_new
        ));
    } else {
        let rows = outcome.problems.iter().take(SHOWN_MAX).map(|line| {
            let Line { row, column, value, problem } = line;
            vec![row.to_string(), column.clone(), value.clone(), problem.clone()]
        });
        output::print_table(&["row", "column", "value", "problem"], rows.collect());
        let more = outcome.problems.len().saturating_sub(SHOWN_MAX);
        if more > 0 {
            output::say(&format!("and {more} more"));
        }
        output::say(
            "Nothing of a list is imported while anything can be seen to be wrong with it.",
        );
    }
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
