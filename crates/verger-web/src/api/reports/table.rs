//! A report as a table: columns with names for programs, cells that know what they are. Owns the
//! JSON and the CSV that come of it; pages make their own of it.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use csv::{Terminator, WriterBuilder};
use serde_json::{Map, Value};
use verger_domain::time::{Date, Instant};

use crate::text::rfc3339;

/// One value of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cell {
    /// A code, a name, an id: somebody wrote it.
    Text(String),
    /// One of a few words that programs know and pages translate.
    Word(&'static str),
    /// A count or a weight.
    Number(i64),
    /// An amount of money.
    Minor(i64),
    /// A moment.
    At(Instant),
    /// A day.
    Day(Date),
    /// Yes or no.
    Flag(bool),
    /// Nothing is known.
    Nothing,
}

impl Cell {
    /// An amount, or nothing.
    pub(crate) fn minor(minor: Option<i64>) -> Self {
        minor.map_or(Self::Nothing, Self::Minor)
    }

    /// A moment, or nothing.
    pub(crate) fn at(at: Option<Instant>) -> Self {
        at.map_or(Self::Nothing, Self::At)
    }

    fn json(&self) -> Value {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::Word(word) => (*word).into(),
            Self::Number(number) | Self::Minor(number) => (*number).into(),
            Self::At(at) => rfc3339(*at).into(),
            Self::Day(day) => day.to_string().into(),
            Self::Flag(flag) => (*flag).into(),
            Self::Nothing => Value::Null,
        }
    }

    /// The cell in a CSV file. What people wrote must not be taken for a formula.
    pub(crate) fn csv(&self) -> String {
        match self {
            Self::Text(text) => disarmed(text),
            Self::Nothing => String::new(),
            other => match other.json() {
                Value::String(text) => text,
                plain => plain.to_string(),
            },
        }
    }
}

/// The text with a sign before it that keeps spreadsheets from running it. Source: OWASP, "CSV
/// Injection".
fn disarmed(text: &str) -> String {
    let is_armed = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if is_armed { format!("'{text}") } else { text.to_owned() }
}

/// The rows of a report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Table {
    /// The names of the columns, for programs.
    pub(crate) columns: &'static [&'static str],
    /// As many cells in each as there are columns.
    pub(crate) rows: Vec<Vec<Cell>>,
    /// The sums under them, where the report has any.
    pub(crate) totals: Option<Vec<Cell>>,
}

impl Table {
    /// The rows as objects.
    pub(crate) fn objects(&self) -> Vec<Map<String, Value>> {
        self.rows.iter().map(|row| self.object(row)).collect()
    }

    /// The totals as an object.
    pub(crate) fn totals(&self) -> Option<Map<String, Value>> {
        self.totals.as_ref().map(|row| self.object(row))
    }

    fn object(&self, row: &[Cell]) -> Map<String, Value> {
        let cells = self.columns.iter().zip(row);
        cells.map(|(column, cell)| ((*column).to_owned(), cell.json())).collect()
    }

    /// The rows as a CSV file (RFC 4180): UTF-8 without a mark, the names first, no totals.
    pub(crate) fn csv(&self) -> Vec<u8> {
        let mut builder = WriterBuilder::new();
        let mut writer = builder.terminator(Terminator::CRLF).from_writer(Vec::new());
        // Writing to memory does not fail, and all rows are of one length.
        let mut is_written = writer.write_record(self.columns).is_ok();
        for row in &self.rows {
            is_written &= writer.write_record(row.iter().map(Cell::csv)).is_ok();
        }
        debug_assert!(is_written, "rows have as many cells as there are columns");
        writer.into_inner().unwrap_or_default()
    }
}

/// A CSV file to be kept under a name.
pub(crate) struct CsvFile {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

impl IntoResponse for CsvFile {
    fn into_response(self) -> Response {
        let mut response = self.bytes.into_response();
        let kind = HeaderValue::from_static("text/csv; charset=utf-8; header=present");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        let kept = format!("attachment; filename=\"{}.csv\"", self.name);
        if let Ok(kept) = HeaderValue::from_str(&kept) {
            response.headers_mut().insert(header::CONTENT_DISPOSITION, kept);
        }
        response
    }
}

#[cfg(test)]
mod tests;
