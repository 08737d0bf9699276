//! Reports: one address for each, as JSON or CSV. Owns who may read them and how a span of days is
//! asked for; what they say is the store's, and their columns are those of `verger-reports`.

use std::sync::Arc;

use axum::Json;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use verger_app::report::{Place, SeasonRow, Window};
use verger_domain::Refusal;
use verger_domain::id::VillageId;
use verger_domain::party::PartyKind;
use verger_domain::refusal::PartyRefusal;
use verger_domain::time::{Date, Instant};

use crate::Web;
use crate::fault::{Fault, Problem};
use crate::input::{Asked, Desk, Read};
use verger_reports::{Ask, Patience, Report, Table};

/// How many days a report looks back where it is not told.
const DAYS_BACK: i32 = 29;

/// The longest span of a report, in days: three years.
const DAYS_MAX: i32 = 1_100;

/// The routes of the reports with their description.
pub(super) fn routes() -> OpenApiRouter<Web> {
    OpenApiRouter::new().routes(routes!(one))
}

/// What a report is asked with; days are days of the programme's time zone.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReportQuery {
    /// The first day; 29 days before the last when absent.
    #[param(example = "2026-07-01")]
    pub(crate) from: Option<String>,
    /// The last day; today when absent.
    #[param(example = "2026-07-31")]
    pub(crate) to: Option<String>,
    /// `json` (when absent) or `csv`.
    pub(crate) format: Option<String>,
    /// `season` only: `day` or `week` (when absent).
    pub(crate) by: Option<String>,
    /// `manifest` and `supplier-totals`: the trip.
    pub(crate) trip: Option<String>,
    /// `agent` only: this agent alone, by id or code.
    pub(crate) agent: Option<String>,
    /// `pool-shares`, `pool-lots` and `pool-export`: the pool.
    pub(crate) pool: Option<String>,
}

/// A report.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReportShape {
    /// Its name.
    #[schema(example = "season")]
    name: &'static str,
    /// The first day.
    #[schema(example = "2026-07-01")]
    from: String,
    /// The last day.
    #[schema(example = "2026-07-31")]
    to: String,
    /// The names of its columns in their order; those of amounts end in `_minor`.
    columns: &'static [&'static str],
    /// Its rows: one member for each column.
    rows: Vec<Map<String, Value>>,
    /// The sums of its rows, where it has any.
    totals: Option<Map<String, Value>>,
}

/// Makes a report: packing lists, pick-up list, manifest, settlements, till, commissions, payments
/// to match, the season. For staff, agents and the cooperative.
#[utoipa::path(get, path = "/api/v1/villages/{village}/reports/{name}", tag = "Reports",
    params(("village" = u32, Path, description = "The village's number"),
        ("name" = String, Path, description = "`packing-by-buyer`, `packing-by-member`, `pickup`, \
            `one-sided`, `manifest`, `supplier-totals`, `supplier-settlement`, \
            `carrier-settlement`, `till`, `agent`, `agent-ledger`, `payments`, `season`, \
            `promises`, `pools`, `pool-shares`, `pool-lots` or `pool-export`"),
        ReportQuery),
    responses(
    (status = 200, description = "The report, as JSON or CSV", body = ReportShape),
    (status = 403, description = "`not_allowed`", body = Problem,
        content_type = "application/problem+json"),
    (status = 404, description = "`not_found`", body = Problem,
        content_type = "application/problem+json"),
    (status = 422, description = "`invalid_field`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn one(
    desk: Desk<Read>,
    Asked(query): Asked<ReportQuery>,
) -> Result<Response, Fault> {
    let report = Report::by_name(desk.param("name")).ok_or_else(|| Fault::not_found("report"))?;
    let is_csv = match query.format.as_deref() {
        None | Some("json") => false,
        Some("csv") => true,
        Some(_) => return Err(Fault::field("format", "word")),
    };
    check_reader(&desk).await?;
    let (table, (from, to)) = table_for(&desk, report, &query).await?;
    if is_csv {
        let name = format!("{}-{from}-{to}", report.name());
        return Ok(CsvFile { name, bytes: table.csv() }.into_response());
    }
    let shape = ReportShape {
        name: report.name(),
        from: from.to_string(),
        to: to.to_string(),
        columns: table.columns,
        rows: table.objects(),
        totals: table.totals(),
    };
    Ok(Json(shape).into_response())
}

/// Refuses everybody but staff, agents and the cooperative.
pub(crate) async fn check_reader(desk: &Desk<Read>) -> Result<(), Fault> {
    let party = desk.party;
    let found = desk.app().ask(desk.village, move |reader, cell| reader.party(cell, party)).await?;
    let kind = found.map(|view| view.party.kind);
    let is_reader =
        matches!(kind, Some(PartyKind::Staff | PartyKind::Agent | PartyKind::Cooperative));
    if is_reader {
        return Ok(());
    }
    Err(Refusal::from(PartyRefusal::NotAllowed { actor: party.to_string() }).into())
}

/// The table of a report, with its first and last day.
pub(crate) async fn table_for(
    desk: &Desk<Read>,
    report: Report,
    query: &ReportQuery,
) -> Result<(Table, (Date, Date)), Fault> {
    let mut ask = ask_of(&desk.web, desk.village, query).await?;
    if let Some(agent) = &query.agent {
        ask.agent = Some(desk.party("agent", agent).await?);
    }
    let days = ask.days;
    Ok((ask_for(&desk.web, desk.village, report, ask).await?, days))
}

/// A season in spans, and the moments at which they begin and end.
pub(crate) struct Season {
    pub(crate) edges: Vec<Instant>,
    pub(crate) rows: Arc<Vec<SeasonRow>>,
    pub(crate) last: Date,
}

/// How a season went until today, by `day` or by `week` for so many days back. It shows nobody's own.
pub(crate) async fn season(
    web: &Web,
    village: VillageId,
    (by, days_back): (&str, i32),
) -> Result<Season, Fault> {
    let back = web.app().now().today.days().saturating_sub(days_back);
    let from = Date::from_days(back).map(|day| day.to_string());
    let query = ReportQuery { from, by: Some(by.to_owned()), ..ReportQuery::default() };
    let Ask { edges, days, .. } = ask_of(web, village, &query).await?;
    let rows = web.app().season(village, edges.clone()).await?;
    Ok(Season { edges, rows, last: days.1 })
}

async fn ask_for(web: &Web, village: VillageId, report: Report, ask: Ask) -> Result<Table, Fault> {
    let made = web.app().ask(village, move |reader, cell| {
        verger_reports::table(reader, Place { cell, village }, report, &ask)
    });
    made.await?.ok_or_else(|| Fault::not_found(report.subject().unwrap_or("trip")))
}

async fn ask_of(web: &Web, village: VillageId, query: &ReportQuery) -> Result<Ask, Fault> {
    let (now, calendar) = (web.app().now(), web.app().calendar().clone());
    let day = |field: &'static str, text: &Option<String>| {
        let parsed = text.as_deref().map(str::parse::<Date>).transpose();
        parsed.map_err(|_| Fault::field(field, "date"))
    };
    let to = day("to", &query.to)?.unwrap_or(now.today);
    let back = Date::from_days(to.days().saturating_sub(DAYS_BACK)).unwrap_or(to);
    let from = day("from", &query.from)?.unwrap_or(back);
    if !(0..DAYS_MAX).contains(&to.days_since(from)) {
        return Err(Fault::field("from", "date"));
    }
    let step = match query.by.as_deref() {
        None | Some("week") => 7,
        Some("day") => 1,
        Some(_) => return Err(Fault::field("by", "word")),
    };
    let policy = web.app().policy_in_force(village).await?;
    let trip = query.trip.as_deref().map(str::parse).transpose();
    let pool = query.pool.as_deref().map(str::parse).transpose();
    let starts = |day: i32| Date::from_days(day).map(|day| calendar.start_of(day));
    let end = starts(to.days().saturating_add(1)).unwrap_or(Instant::from_micros(i64::MAX));
    let mut edges: Vec<Instant> =
        (from.days()..=to.days()).step_by(step).filter_map(starts).collect();
    edges.push(end);
    Ok(Ask {
        agent: None,
        days: (from, to),
        edges,
        now: now.at,
        patience: Patience::of(&policy),
        pool: pool.map_err(|_| Fault::field("pool", "id"))?,
        shared_bps: policy.cooperative.claim_shared_bps,
        trip: trip.map_err(|_| Fault::field("trip", "id"))?,
        window: Window { from: calendar.start_of(from), to: end },
        calendar,
    })
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
