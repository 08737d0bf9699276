//! What people and programs see of a command: tables, JSON, progress, log and errors. Owns the
//! terminal; decides nothing.
#![expect(clippy::print_stderr, reason = "errors and hints go to standard error")]

use std::io::{IsTerminal, Write};
use std::time::Duration;

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Logs to standard error: text on a terminal, JSON lines elsewhere.
pub(crate) fn start_log() {
    let targets = Targets::new().with_default(LevelFilter::INFO);
    let registry = tracing_subscriber::registry().with(targets);
    if std::io::stderr().is_terminal() {
        let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
        registry.with(layer.with_target(false)).init();
    } else {
        let layer = tracing_subscriber::fmt::layer().json().with_writer(std::io::stderr);
        registry.with(layer.flatten_event(true)).init();
    }
}

/// One line for people.
pub(crate) fn say(line: &str) {
    // A closed pipe is noticed by the next fallible write; a hint may be lost.
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// A value for programs.
pub(crate) fn print_json<T: Serialize>(value: &T) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, value)?;
    writeln!(out)?;
    Ok(())
}

/// Rows for people; columns of numbers are set to the right.
pub(crate) fn print_table(headers: &[&str], rows: Vec<Vec<String>>) {
    let is_number = |index: usize| {
        let numeric = |text: &String| {
            text.chars().all(|c| c.is_ascii_digit() || " .,-%<>".contains(c)) && !text.is_empty()
        };
        !rows.is_empty() && rows.iter().all(|row| row.get(index).is_none_or(numeric))
    };
    let numbers: Vec<usize> = (0..headers.len()).filter(|index| is_number(*index)).collect();
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header(headers);
    table.add_rows(rows);
    for index in numbers {
        if let Some(column) = table.column_mut(index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    say(&table.to_string());
}

/// A bar for work that takes a while; hidden where there is no terminal.
pub(crate) fn progress_bar(what: &str) -> ProgressBar {
    let bar = ProgressBar::new(0);
    let style = ProgressStyle::with_template("{msg:24} {bar:30} {human_pos}/{human_len} {eta}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_message(what.to_owned());
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// An error with its causes, for people.
pub(crate) fn print_error(error: &anyhow::Error) {
    let mut text = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        if !text.contains(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
    }
    eprintln!("verger: {text}");
}

/// Whether the error only says that nobody reads any more.
pub(crate) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let is_pipe = |io: &std::io::Error| io.kind() == std::io::ErrorKind::BrokenPipe;
    error.chain().any(|cause| match cause.downcast_ref::<std::io::Error>() {
        Some(io) => is_pipe(io),
        None => cause
            .downcast_ref::<serde_json::Error>()
            .is_some_and(|json| json.io_error_kind() == Some(std::io::ErrorKind::BrokenPipe)),
    })
}
