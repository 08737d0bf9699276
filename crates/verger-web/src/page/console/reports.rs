//! The reports for who signed in, as pages and as files for spreadsheets.

use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use rust_xlsxwriter::{Format, Workbook, XlsxError};
use verger_app::Role;
use verger_domain::id::{OrderId, PoolId};
use verger_domain::money::Currency;

use super::grid::{Grid, Page, Td};
use super::{TRADE, market};
use crate::api::reports::table::{Cell, CsvFile, Table};
use crate::api::reports::{Report, ReportQuery, table_for};
use crate::fault::Fault;
use crate::input::Asked;
use crate::page::reports::Looks;
use crate::session::Seat;

/// Rows of a report that a page shows; its file has them all.
const SHOWN_MAX: usize = 100;

/// The reports of a role: who reads indicators reads nobody's own.
fn of_role(role: Role) -> impl Iterator<Item = Report> {
    let all = Report::ALL.iter().copied();
    all.filter(move |report| match role {
        Role::Programme => *report == Report::Season,
        // He has no page of pools and trips to name one on.
        Role::Agent => report.subject().is_none(),
        _ => true,
    })
}

/// `GET /{lang}/console/reports`
pub(super) async fn list(seat: Seat) -> Result<Html<String>, Fault> {
    let mut page = Page::new(&seat, "reports", "reports");
    // What is about one pool or trip is found there.
    let place = |report: Report| match report.subject() {
        Some("pool") => "console/pools".to_owned(),
        Some(_) => "console/parcels".to_owned(),
        None => format!("console/reports/{}", report.name()),
    };
    let row = |report: Report| {
        let key = format!("report-{}", report.name());
        vec![
            Td::text(seat.lang.t(&key)).to(seat.to(&place(report))),
            Td::text(seat.lang.t(&format!("{key}.lead"))),
        ]
    };
    let rows = of_role(seat.role).map(row).collect();
    page.grids.push(Grid::new(&seat, "", &["reports-report", "reports-says"], rows));
    page.show()
}

/// `GET /{lang}/console/reports/{name}`: one report, or its file.
pub(super) async fn one(seat: Seat, Asked(query): Asked<ReportQuery>) -> Result<Response, Fault> {
    let name = seat.param("name").to_owned();
    let report = of_role(seat.role).find(|report| report.name() == name);
    let report = report.ok_or_else(|| Fault::not_found("report"))?;
    let (table, (from, to)) = table_for(&seat, report, &query).await?;
    let file = format!("{name}-{from}-{to}");
    if let Some(format @ ("csv" | "xlsx")) = query.format.as_deref() {
        return self::file(&seat, &table, &file, format);
    }
    let key = format!("report-{name}");
    let part = |name: &str, value: Option<String>| {
        value.map(|value| format!("&{name}={value}")).unwrap_or_default()
    };
    let about = [("trip", query.trip), ("pool", query.pool), ("by", query.by)];
    let about: String = about.into_iter().map(|(name, value)| part(name, value)).collect();
    let about = format!("reports/{name}?from={from}&to={to}{about}");
    let mut page = Page::new(&seat, "reports", &about);
    page.title(seat.lang.t(&key));
    page.lead = format!("{} – {}", seat.lang.date(from), seat.lang.date(to));
    let file = |format: &str| {
        (format.to_uppercase(), seat.to(&format!("console/{about}&format={format}")))
    };
    page.tools = ["csv", "xlsx"].map(file).to_vec();
    let looks = Looks { web: &seat.web, lang: seat.lang, currency: seat.place.currency };
    let row = |row: &Vec<Cell>| {
        let cells = table.columns.iter().zip(row);
        cells.map(|(column, cell)| shown(&seat, &looks, column, cell)).collect()
    };
    let mut rows: Vec<Vec<Td>> = table.rows.iter().take(SHOWN_MAX).map(row).collect();
    let more = table.rows.len().saturating_sub(SHOWN_MAX);
    if more > 0 {
        let count = i64::try_from(table.rows.len()).unwrap_or(i64::MAX);
        let values = [("count", seat.lang.number(count).into())];
        page.lead = format!("{} · {}", page.lead, seat.lang.with("reports-more", &values));
    }
    rows.extend(table.totals.as_ref().map(row));
    let heads: Vec<String> = table
        .columns
        .iter()
        .map(|column| format!("report-column-{}", column.replace('_', "-")))
        .collect();
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    page.grids.push(Grid::new(&seat, "", &heads, rows));
    Ok(page.show()?.into_response())
}

/// A cell as a page shows it: what has a page of its own leads there.
fn shown(seat: &Seat, looks: &Looks<'_>, column: &str, cell: &Cell) -> Td {
    let text = looks.text(cell);
    let Cell::Text(value) = cell else {
        let is_number = matches!(cell, Cell::Number(_) | Cell::Minor(_));
        return if is_number { Td::number(text) } else { Td::text(text) };
    };
    if let Ok(order) = value.parse::<OrderId>() {
        let link = seat.to(&format!("console/orders/{order}"));
        let number = Td::text(market::number(order));
        return if TRADE.contains(&seat.role) { number.to(link) } else { number };
    }
    if value.parse::<PoolId>().is_ok() {
        return Td::text(seat.lang.t("report-show")).to(seat.to(&format!("console/pools/{value}")));
    }
    match column {
        "agent" | "buyer" | "carrier" | "giver" | "household" | "member" | "receiver" | "shop"
        | "supplier" | "taker" => Td::party(seat, value, text),
        "lot" => Td::text(text).to(format!("/l/{}/{value}", seat.village)),
        _ => Td::text(text),
    }
}

/// A table as a file for spreadsheets: `xlsx`, or CSV.
pub(super) fn file(
    seat: &Seat,
    table: &Table,
    name: &str,
    format: &str,
) -> Result<Response, Fault> {
    if format != "xlsx" {
        let name = name.to_owned();
        return Ok(CsvFile { name, bytes: table.csv() }.into_response());
    }
    let bytes = sheet(table, name, seat.place.currency).map_err(|error| {
        tracing::error!(%error, "a spreadsheet could not be made");
        Fault::new(axum::http::StatusCode::INTERNAL_SERVER_ERROR, "incident")
    })?;
    Ok(attached(bytes, &format!("{name}.xlsx")))
}

fn attached(bytes: Vec<u8>, name: &str) -> Response {
    const KIND: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    let kept = format!("attachment; filename=\"{name}\"");
    ([(header::CONTENT_TYPE, KIND.to_owned()), (header::CONTENT_DISPOSITION, kept)], bytes)
        .into_response()
}

/// A report as a workbook: amounts are numbers in the currency's own unit, so that sums work.
fn sheet(table: &Table, name: &str, currency: Currency) -> Result<Vec<u8>, XlsxError> {
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
mod tests {
    use super::*;

    /// Goal: a workbook holds the report's numbers. Method: amounts to the fen, and that the file is
    /// a ZIP with a sheet in it.
    #[test]
    fn workbooks_hold_the_numbers() {
        for (minor, number) in [(0, 0.0), (-5, -0.05), (123_456, 1234.56), (100, 1.0)] {
            assert!((decimal(minor, 100) - number).abs() < 1e-9, "{minor}");
        }
        let rows = vec![vec![Cell::Text("=1+1".to_owned()), Cell::Minor(-5), Cell::Nothing]];
        let table = Table { columns: &["what", "amount_minor", "none"], rows, totals: None };
        let bytes =
            sheet(&table, "a-name-that-is-longer-than-a-sheet-may-have", Currency::CNY).unwrap();
        assert!(bytes.starts_with(b"PK") && bytes.len() > 2_000, "{}", bytes.len());
    }
}
