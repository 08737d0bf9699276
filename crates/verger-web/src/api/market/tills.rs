//! Till sessions: a drawer is counted when it opens and when it closes.

use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use verger_domain::Body;
use verger_domain::id::TillId;
use verger_domain::market::command::TillCommand;
use verger_domain::market::{Till, TillPhase};

use super::answer::{Acted, Of};
use super::{Nothing, PhaseQuery, asks, subject};
use crate::api::Done;
use crate::fault::{Fault, Problem};
use crate::input::{Asked, Desk, Input, Key, MarketWrite, Read};
use crate::text::rfc3339;
use verger_shapes::Page;

/// A drawer to be opened.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OpenTill {
    /// The shop, by id or code.
    shop: String,
    /// The cash in it, in minor units.
    counted_minor: i64,
}

/// Cash for the bank.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BankShape {
    /// How much, in minor units.
    amount_minor: i64,
}

/// A count.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CountShape {
    /// The cash in it, in minor units.
    counted_minor: i64,
}

asks! {
    /// One command about a till session.
    #[schema(example = json!({"open": {"shop": "SHOP", "counted_minor": 20000}}))]
    TillAsk => Wish {
        /// Opens the drawer with a count, under an id that the client makes.
        open Open(OpenTill),
        /// Takes cash to the bank.
        bank Bank(BankShape),
        /// Closes it with a count.
        close Close(CountShape),
        /// The staff has looked at it.
        reconcile Reconcile(Nothing),
    }
}

/// One session of a shop's drawer, from count to count.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TillShape {
    /// Its id.
    #[schema(example = "till_0199f0c2a8b47c0e8000000000000001")]
    id: String,
    /// `open`, `closed` or `reconciled`.
    #[schema(example = "open")]
    phase: &'static str,
    /// The version, for the next command.
    version: u32,
    /// The shop.
    shop: String,
    /// Who answers for the drawer.
    agent: String,
    /// When it was counted at the start (RFC 3339, UTC).
    opened_at: String,
    /// The count at the start, in minor units.
    opened_minor: i64,
    /// What was banked out of it, in minor units.
    banked_minor: i64,
    /// When it was counted at the end (RFC 3339, UTC).
    closed_at: Option<String>,
    /// The count at the end, in minor units.
    closed_minor: Option<i64>,
    /// What the count at the end was over (positive) or short (negative), in minor units.
    gap_minor: i64,
}

impl From<Till> for TillShape {
    fn from(row: Till) -> Self {
        Self {
            id: row.id.to_string(),
            phase: row.phase.name(),
            version: row.version,
            shop: row.shop.to_string(),
            agent: row.agent.to_string(),
            opened_at: rfc3339(row.opened_at),
            opened_minor: row.opened_minor,
            banked_minor: row.banked_minor,
            closed_at: row.closed_at.map(rfc3339),
            closed_minor: row.closed_minor,
            gap_minor: row.gap_minor,
        }
    }
}

const PHASES: [TillPhase; 3] = [TillPhase::Open, TillPhase::Closed, TillPhase::Reconciled];

/// Lists till sessions, oldest first, to people of the village platform.
#[utoipa::path(get, path = "/api/v1/villages/{village}/tills", tag = "Market",
    params(("village" = u32, Path, description = "The village's number"), PhaseQuery), responses(
    (status = 200, description = "The sessions", body = Page<TillShape>),
    (status = 422, description = "`invalid_field`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn list(
    desk: Desk<Read>,
    Asked(query): Asked<PhaseQuery>,
) -> Result<Json<Page<TillShape>>, Fault> {
    let is_end = |phase| phase == TillPhase::Reconciled;
    let wanted = query.wanted(PHASES.map(|phase| (phase.name(), is_end(phase))))?;
    let found = desk.app().subjects::<Till>(desk.village, desk.viewer(), wanted);
    let items = found.await?.0.into_iter().map(TillShape::from).collect();
    Ok(Json(Page { items, next: None }))
}

/// Shows a till session.
#[utoipa::path(get, path = "/api/v1/villages/{village}/tills/{till}", tag = "Market",
    params(("village" = u32, Path, description = "The village's number"),
        ("till" = String, Path, description = "The session's id")), responses(
    (status = 200, description = "The session", body = TillShape),
    (status = 404, description = "`not_found`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn one(desk: Desk<Read>) -> Result<Json<TillShape>, Fault> {
    let till: TillId = subject(&desk, "till")?;
    let found = desk.app().subject::<Till>(desk.village, desk.viewer(), till.bits()).await?;
    Ok(Json(found.ok_or_else(|| Fault::not_found("till"))?.0.into()))
}

/// Does something about a till session: exactly one of the commands.
#[utoipa::path(post, path = "/api/v1/villages/{village}/tills/{till}", tag = "Market",
    params(("village" = u32, Path, description = "The village's number"),
        ("till" = String, Path, description = "The session's id, made by the client")),
    request_body = TillAsk, responses(
    (status = 200, description = "Done", body = Acted),
    (status = 201, description = "Opened; `Location` is its address", body = Acted),
    (status = 409, description = "`illegal_transition` with `phase` and `allowed`, `stale` with \
        `version`, `till_is_open`", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn act(
    desk: Desk<MarketWrite>,
    key: Key,
    Input(ask): Input<TillAsk>,
) -> Result<Done<Acted>, Fault> {
    let till: TillId = subject(&desk, "till")?;
    let (version, wish) = ask.chosen()?;
    let command = match wish {
        Wish::Open(open) => {
            let shop = desk.party("open.shop", &open.shop).await?;
            TillCommand::Open { counted_minor: open.counted_minor, shop }
        }
        Wish::Bank(bank) => TillCommand::Bank { amount_minor: bank.amount_minor },
        Wish::Close(close) => TillCommand::Close { counted_minor: close.counted_minor },
        Wish::Reconcile(_) => TillCommand::Reconcile,
    };
    let receipt = desk.submit(key, Body::Till { command, till, version }).await?;
    Ok(Acted::done(&receipt, desk.village, (Of::Till(till), version)))
}
