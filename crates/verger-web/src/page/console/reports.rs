//! The reports for who signed in, as pages and as files for spreadsheets.

use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use verger_app::Role;
use verger_domain::id::{OrderId, PoolId};
use verger_reports::{Cell, Report, Table, sheet};

use super::grid::{Grid, Page, Td};
use super::{TRADE, market};
use crate::api::reports::{CsvFile, ReportQuery, table_for};
use crate::fault::Fault;
use crate::input::Asked;
use crate::page::reports::Looks;
use crate::session::Seat;
use crate::text::Lang;

/// Rows of a report that a page shows; its file has them all.
const SHOWN_MAX: usize = 80;

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
    // The file has both names of a good; a reader reads one.
    let other = if seat.lang == Lang::ZhCn { "name_latin" } else { "name" };
    let is_shown = |column: &str| column != other || !table.columns.contains(&"name_latin");
    let row = |row: &Vec<Cell>| {
        let cells = table.columns.iter().zip(row).filter(|(column, _)| is_shown(column));
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
    let columns = table.columns.iter().filter(|column| is_shown(column));
    let head = |column: &&str| match *column {
        "name_latin" => "report-column-name".to_owned(),
        column => format!("report-column-{}", column.replace('_', "-")),
    };
    let heads: Vec<String> = columns.map(head).collect();
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
    if value.parse::<PoolId>().is_ok() && TRADE.contains(&seat.role) {
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
