//! A report as a table: columns with names for programs, cells that know what they are. Owns the
//! JSON and the CSV that come of it; pages make their own of it.

use csv::{Terminator, WriterBuilder};
use rust_xlsxwriter::{Format, Workbook, XlsxError};
use serde_json::{Map, Value};
use verger_domain::money::Currency;
use verger_domain::time::{Date, Instant};

use verger_words::text::rfc3339;

/// One value of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
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
    pub fn minor(minor: Option<i64>) -> Self {
        minor.map_or(Self::Nothing, Self::Minor)
    }

    /// A moment, or nothing.
    pub fn at(at: Option<Instant>) -> Self {
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
    pub fn csv(&self) -> String {
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
pub struct Table {
    /// The names of the columns, for programs.
    pub columns: &'static [&'static str],
    /// As many cells in each as there are columns.
    pub rows: Vec<Vec<Cell>>,
    /// The sums under them, where the report has any.
    pub totals: Option<Vec<Cell>>,
}

impl Table {
    /// The rows as objects.
    pub fn objects(&self) -> Vec<Map<String, Value>> {
        self.rows.iter().map(|row| self.object(row)).collect()
    }

    /// The totals as an object.
    pub fn totals(&self) -> Option<Map<String, Value>> {
        self.totals.as_ref().map(|row| self.object(row))
    }

    fn object(&self, row: &[Cell]) -> Map<String, Value> {
        let cells = self.columns.iter().zip(row);
        cells.map(|(column, cell)| ((*column).to_owned(), cell.json())).collect()
    }

    /// The rows as a CSV file (RFC 4180): UTF-8 without a mark, the names first, no totals.
    pub fn csv(&self) -> Vec<u8> {
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

/// A report as a workbook: amounts are numbers in the currency's own unit, so that sums work.
///
/// # Errors
/// When the workbook cannot be made.
pub fn sheet(table: &Table, name: &str, currency: Currency) -> Result<Vec<u8>, XlsxError> {
    let places = u32::from(currency.exponent().unwrap_or(0));
    let unit = 10_i64.pow(places.min(6));
    let (bold, money) = (Format::new().set_bold(), Format::new().set_num_format("#,##0.00"));
    let mut book = Workbook::new();
    let page = book.add_worksheet();
    page.set_name(name.get(..31).unwrap_or(name))?;
    page.set_freeze_panes(1, 0)?;
    for (column, head) in (0_u16..).zip(table.columns) {
        page.write_with_format(0, column, head.trim_end_matches("_minor"), &bold)?;
    }
    for (row, cells) in (1_u32..).zip(table.rows.iter().chain(&table.totals)) {
        for (column, cell) in (0_u16..).zip(cells) {
            match cell {
                Cell::Minor(minor) => {
                    page.write_with_format(row, column, decimal(*minor, unit), &money)?;
                }
                Cell::Number(number) => {
                    page.write(row, column, decimal(*number, 1))?;
                }
                Cell::Text(text) => {
                    page.write_string(row, column, text)?;
                }
                other => {
                    page.write_string(row, column, other.csv())?;
                }
            }
        }
    }
    page.autofit();
    book.save_to_buffer()
}

/// A whole number of minor units as spreadsheets keep numbers: exact up to 2^53 of them.
fn decimal(minor: i64, unit: i64) -> f64 {
    // The text is exact, and its nearest double is what a spreadsheet would make of it too.
    let sign = if minor < 0 { "-" } else { "" };
    let (whole, part) =
        (minor.unsigned_abs() / unit.unsigned_abs(), minor.unsigned_abs() % unit.unsigned_abs());
    let width = unit.to_string().len().saturating_sub(1);
    format!("{sign}{whole}.{part:0>width$}0").parse().unwrap_or(0.0)
}

#[cfg(test)]
mod tests;
