//! Commands about the books as a whole: schema, check, archives, vectors.

use std::path::Path;
use std::process::ExitCode;

use serde::Serialize;
use verger_app::check::{self, Report};
use verger_sim::vectors;
use verger_store::{Location, Store};

use crate::args::{Family, Format};
use crate::settings::Settings;
use crate::{EXIT_DIFFERENCES, output};

/// Brings the schema up to date, or says what would be done.
pub(crate) fn migrate(settings: &Settings, dry_run: bool) -> anyhow::Result<ExitCode> {
    let store = settings.store();
    let steps = if dry_run {
        store.pending()?
    } else {
        settings.make_folder()?;
        let _lock = store.lock()?;
        store.migrate()?
    };
    let verb = if dry_run { "would be applied" } else { "applied" };
    for step in &steps {
        output::say(&format!("{:04} {} {verb}", step.version, step.name));
    }
    if steps.is_empty() {
        output::say("The schema is up to date.");
    }
    Ok(ExitCode::SUCCESS)
}

/// What `check` prints for programs.
#[derive(Serialize)]
struct Checked<'a> {
    green: bool,
    villages: u64,
    records: u64,
    entries: u64,
    accounts: u64,
    differences: &'a [String],
}

/// Checks a store with a progress bar.
pub(crate) fn check_with_bar(store: &Store, what: &str) -> anyhow::Result<Report> {
    let bar = output::progress_bar(what);
    let report = check::run(store, &mut |progress| {
        bar.set_length(progress.total);
        bar.set_position(progress.done);
    });
    bar.finish_and_clear();
    Ok(report?)
}

/// Checks the books.
pub(crate) fn check(settings: &Settings, format: Format) -> anyhow::Result<ExitCode> {
    let report = check_with_bar(&settings.store(), "checking the books")?;
    if format == Format::Json {
        output::print_json(&Checked {
            green: report.is_green(),
            villages: report.villages,
            records: report.records,
            entries: report.entries,
            accounts: report.accounts,
            differences: &report.differences,
        })?;
    } else {
        print_report(&report);
    }
    Ok(if report.is_green() { ExitCode::SUCCESS } else { ExitCode::from(EXIT_DIFFERENCES) })
}

/// One line when all is well, one line a difference when not.
pub(crate) fn print_report(report: &Report) {
    let Report { records, entries, accounts, villages, differences } = report;
    for difference in differences {
        output::say(&format!("DIFFERENT  {difference}"));
    }
    let verdict = if report.is_green() { "green" } else { "NOT SOUND" };
    output::say(&format!(
        "Books {verdict}: villages {villages}, records {records}, entries {entries}, accounts \
         {accounts}, differences {}.",
        differences.len()
    ));
}

/// Writes an archive and checks the copy.
pub(crate) fn backup(settings: &Settings, file: &Path) -> anyhow::Result<ExitCode> {
    let bar = output::progress_bar("writing the archive");
    let manifest = settings.store().backup(file, &mut |progress| {
        bar.set_length(progress.total);
        bar.set_position(progress.done);
    });
    bar.finish_and_clear();
    let manifest = manifest?;
    let report = check_with_bar(&archive(file), "checking the archive")?;
    print_report(&report);
    let hash = verger_domain::codec::to_hex(&manifest.sha256);
    output::say(&format!("Archive {}, SHA-256 {hash}.", file.display()));
    Ok(if report.is_green() { ExitCode::SUCCESS } else { ExitCode::from(EXIT_DIFFERENCES) })
}

/// Checks an archive and brings it back.
pub(crate) fn restore(settings: &Settings, file: &Path, force: bool) -> anyhow::Result<ExitCode> {
    let store = settings.store();
    settings.make_folder()?;
    let _lock = store.lock()?;
    let report = check_with_bar(&archive(file), "checking the archive")?;
    print_report(&report);
    if !report.is_green() {
        output::say("The archive is not sound and was not restored.");
        return Ok(ExitCode::from(EXIT_DIFFERENCES));
    }
    let bar = output::progress_bar("restoring");
    let restored = store.restore(file, force, &mut |progress| {
        bar.set_length(progress.total);
        bar.set_position(progress.done);
    });
    bar.finish_and_clear();
    restored?;
    output::say(&format!("Restored {}.", file.display()));
    Ok(ExitCode::SUCCESS)
}

fn archive(file: &Path) -> Store {
    Store::new(Location::Archive(file.to_owned()))
}

/// Runs golden vectors.
pub(crate) fn vectors(family: Family, file: &Path, format: Format) -> anyhow::Result<ExitCode> {
    let name = match family {
        Family::Credit => "credit vectors",
        Family::Trust => "trust vectors",
    };
    let bar = output::progress_bar(name);
    let outcome = vectors::run(vectors::Engine::Sqlite, file, &mut |done, total| {
        bar.set_length(u64::try_from(total).unwrap_or(0));
        bar.set_position(u64::try_from(done).unwrap_or(0));
    });
    bar.finish_and_clear();
    let outcome = outcome?;
    let (passed, failed) = (outcome.passed, outcome.failures.len());
    if format == Format::Json {
        #[derive(Serialize)]
        struct Ran<'a> {
            passed: usize,
            failed: usize,
            failures: &'a [String],
        }
        output::print_json(&Ran { passed, failed, failures: &outcome.failures })?;
    } else {
        for failure in &outcome.failures {
            output::say(failure);
        }
        output::say(&format!("{passed} passed, {failed} failed"));
    }
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
