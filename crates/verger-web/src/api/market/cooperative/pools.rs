//! Pools: open, sell what is left, pay late claims, close, account, approve, object; what to pack
//! next; and each member's statement.

use std::collections::BTreeMap;

use axum::Json;
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use verger_app::Eyes;
use verger_app::report::Place;
use verger_domain::Body;
use verger_domain::id::PoolId;
use verger_domain::market::command::PoolCommand;
use verger_domain::market::pool::PoolShare;
use verger_domain::market::share::Statement;
use verger_domain::market::{Pool, PoolPhase};

use super::super::answer::{Acted, Of};
use super::super::proof::ProofShape;
use super::super::{Nothing, PhaseQuery, asks, day, digests, id, subject};
use super::{StatementShape, grade, statement_of};
use crate::api::Done;
use crate::fault::{Fault, Problem};
use crate::input::{Asked, Desk, Input, Key, MarketWrite, Read};
use crate::preferred;
use crate::text::rfc3339;
use verger_shapes::Page;

/// A pool to be opened.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OpenPool {
    /// The variety.
    variety: String,
    /// The grade: `A`, `B` or `C`.
    grade: String,
    /// The first day of its lots.
    from: String,
    /// The last day of its lots.
    to: String,
    /// The floor price of a kilogram, of which the advance is a part, in minor units.
    floor_minor_per_kg: i64,
}

/// A sale of what is left.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LocalSale {
    /// What it brought, in minor units.
    amount_minor: i64,
    /// How much, in grams.
    grams: i64,
    /// The shop whose drawer the cash goes into, by id or code; the bank when absent.
    shop: Option<String>,
}

/// A complaint that came after the money.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClaimShape {
    /// How much goes back, in minor units.
    amount_minor: i64,
    /// Whose fruit it was: the lot's id or code.
    lot: String,
    /// The order.
    order: String,
    /// The SHA-256 of each picture.
    photos: Vec<String>,
    /// Why, in at most 500 characters.
    reason: String,
}

/// A member's agreement.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApproveShape {
    /// The member's own agreement.
    proof: ProofShape,
}

/// A member's objection.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ObjectShape {
    /// The member's own agreement.
    proof: ProofShape,
    /// Why, in at most 500 characters.
    reason: String,
}

asks! {
    /// One command about a pool.
    #[schema(example = json!({"approve": {"proof": {"member": "M018", "pin": "482915"}}}))]
    PoolAsk => Wish {
        /// Opens it, under an id that the client makes.
        open Open(OpenPool),
        /// Sells what is left, or by the truck.
        sell_locally SellLocally(LocalSale),
        /// Gives a buyer money back for fruit of a lot, after the order's money had come.
        claim Claim(ClaimShape),
        /// Closes it after its window.
        close Close(Nothing),
        /// Says what there is to share.
        account Account(Nothing),
        /// A member of the board agrees.
        approve Approve(ApproveShape),
        /// A member objects.
        object Object(ObjectShape),
        /// Covers what it carries out of the reserve.
        cover Cover(Nothing),
    }
}

/// What a household brought and got.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ShareShape {
    /// How much, in grams.
    grams: i64,
    /// What it got when it brought it, in minor units.
    advance_minor: i64,
    /// What it got at the end.
    paid_minor: i64,
}

impl From<&PoolShare> for ShareShape {
    fn from(share: &PoolShare) -> Self {
        let PoolShare { advance_minor, grams, paid_minor } = *share;
        Self { grams, advance_minor, paid_minor }
    }
}

/// The account of a pool, line by line, in minor units. What comes in less what goes out is
/// `net_minor`.
#[expect(clippy::struct_field_names, reason = "the unit is part of the API's names")]
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccountShape {
    /// What buyers were asked for the fruit.
    goods_minor: i64,
    /// What was sold otherwise.
    local_minor: i64,
    /// What a carrier, the agent or the programme paid for lost or spoilt fruit.
    compensated_minor: i64,
    /// What moved the account otherwise.
    other_minor: i64,
    /// What went back to buyers before the money came.
    refunded_minor: i64,
    /// What went back to buyers later.
    claims_minor: i64,
    /// The platform's fee.
    platform_minor: i64,
    /// The agents' commission.
    commission_minor: i64,
    /// The cooperative's fee.
    cooperative_minor: i64,
    /// Box and foam.
    packaging_minor: i64,
    /// What there is to share.
    net_minor: i64,
}

impl AccountShape {
    fn new(statement: &Statement, net_minor: i64) -> Self {
        let sales = statement.sales;
        Self {
            goods_minor: sales.goods_minor,
            local_minor: sales.local_minor,
            compensated_minor: sales.compensated_minor,
            other_minor: statement.other_minor,
            refunded_minor: sales.refunded_minor,
            claims_minor: sales.claims_minor,
            platform_minor: sales.platform_minor,
            commission_minor: sales.commission_minor,
            cooperative_minor: sales.cooperative_minor,
            packaging_minor: sales.packaging_minor,
            net_minor,
        }
    }
}

/// A pool.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PoolShape {
    /// Its id.
    #[schema(example = "pool_0199f0c2a8b47c0e8000000000000001")]
    id: String,
    /// `open`, `closed`, `accounted`, `approved` or `paid`.
    phase: &'static str,
    /// The version, for the next command.
    version: u32,
    /// The variety.
    variety: String,
    /// The grade.
    grade: &'static str,
    /// The first day of its lots.
    from: String,
    /// The last day of its lots.
    to: String,
    /// The floor price of a kilogram, in minor units.
    floor_minor_per_kg: i64,
    /// How many lots are in it.
    lot_count: usize,
    /// Lots in doubt, which keep it open.
    contested: Vec<String>,
    /// The account, once it is drawn up.
    account: Option<AccountShape>,
    /// Who of the board agreed.
    approved_by: Vec<String>,
    /// The vote by which the members accepted the account.
    ratified: Option<String>,
    /// Advances that nobody owes and the reserve has not covered, in minor units.
    carried_minor: i64,
    /// When it closes or pays by itself (RFC 3339, UTC).
    due_at: Option<String>,
    /// What each household brought and got; to others than the shop's people only their own.
    shares: BTreeMap<String, ShareShape>,
}

impl PoolShape {
    fn new(row: &Pool, eyes: &Eyes) -> Self {
        let seen = row.shares.iter().filter(|(who, _)| eyes.is_inner() || eyes.is_of(**who));
        let statement = row.statement.as_ref();
        Self {
            id: row.id.to_string(),
            phase: row.phase.name(),
            version: row.version,
            variety: row.variety.clone(),
            grade: row.grade.name(),
            from: row.from.to_string(),
            to: row.to.to_string(),
            floor_minor_per_kg: row.floor_minor_per_kg,
            lot_count: row.lots.len(),
            contested: row.contested.iter().map(ToString::to_string).collect(),
            account: statement.map(|statement| AccountShape::new(statement, row.net_minor)),
            approved_by: row.approved_by.iter().map(ToString::to_string).collect(),
            ratified: row.ratified.map(|vote| vote.to_string()),
            carried_minor: row.carried_minor,
            due_at: row.due_at.map(rfc3339),
            shares: seen.map(|(who, share)| (who.to_string(), share.into())).collect(),
        }
    }
}

/// Lists pools, oldest first.
#[utoipa::path(get, path = "/api/v1/villages/{village}/pools", tag = "Cooperative",
    params(("village" = u32, Path, description = "The village's number"), PhaseQuery), responses(
    (status = 200, description = "The pools", body = Page<PoolShape>),
    (status = 422, description = "`invalid_field`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn list(
    desk: Desk<Read>,
    Asked(query): Asked<PhaseQuery>,
) -> Result<Json<Page<PoolShape>>, Fault> {
    let is_end = |phase| phase == PoolPhase::Paid;
    let wanted = query.wanted(PoolPhase::ALL.map(|phase| (phase.name(), is_end(phase))))?;
    let (rows, eyes) = desk.app().subjects::<Pool>(desk.village, desk.viewer(), wanted).await?;
    let items = rows.iter().map(|row| PoolShape::new(row, &eyes)).collect();
    Ok(Json(Page { items, next: None }))
}

/// Shows a pool.
#[utoipa::path(get, path = "/api/v1/villages/{village}/pools/{pool}", tag = "Cooperative",
    params(("village" = u32, Path, description = "The village's number"),
        ("pool" = String, Path, description = "The pool's id")), responses(
    (status = 200, description = "The pool", body = PoolShape),
    (status = 404, description = "`not_found`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn one(desk: Desk<Read>) -> Result<Json<PoolShape>, Fault> {
    let pool: PoolId = subject(&desk, "pool")?;
    let found = desk.app().subject::<Pool>(desk.village, desk.viewer(), pool.bits()).await?;
    let (row, eyes) = found.ok_or_else(|| Fault::not_found("pool"))?;
    Ok(Json(PoolShape::new(&row, &eyes)))
}

/// Does something about a pool: exactly one of the commands.
#[utoipa::path(post, path = "/api/v1/villages/{village}/pools/{pool}", tag = "Cooperative",
    params(("village" = u32, Path, description = "The village's number"),
        ("pool" = String, Path, description = "The pool's id, made by the client")),
    request_body = PoolAsk, responses(
    (status = 200, description = "Done", body = Acted),
    (status = 201, description = "Opened; `Location` is its address", body = Acted),
    (status = 409, description = "`illegal_transition`, `stale`, `lot_contested`, `orders_open`",
        body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn act(
    desk: Desk<MarketWrite>,
    key: Key,
    Input(ask): Input<PoolAsk>,
) -> Result<Done<Acted>, Fault> {
    let pool: PoolId = subject(&desk, "pool")?;
    let (version, wish) = ask.chosen()?;
    let body = |command| Body::Pool { command, pool, version };
    let of = (Of::Pool(pool), version);
    let command = match wish {
        Wish::Open(open) => PoolCommand::Open {
            floor_minor_per_kg: open.floor_minor_per_kg,
            from: day("open.from", &open.from)?,
            grade: grade("open.grade", &open.grade)?,
            to: day("open.to", &open.to)?,
            variety: open.variety,
        },
        Wish::SellLocally(LocalSale { amount_minor, grams, shop }) => {
            let shop = match shop {
                Some(shop) => Some(desk.party("sell_locally.shop", &shop).await?),
                None => None,
            };
            PoolCommand::SellLocally { amount_minor, grams, shop }
        }
        Wish::Claim(claim) => PoolCommand::Claim {
            amount_minor: claim.amount_minor,
            lot: super::lot(&desk, "claim.lot", &claim.lot).await?,
            order: id("claim.order", &claim.order)?,
            photos: digests("claim.photos", &claim.photos)?,
            reason: claim.reason,
        },
        Wish::Close(_) => PoolCommand::Close,
        Wish::Account(_) => PoolCommand::Account,
        Wish::Approve(ApproveShape { proof }) => {
            let given = proof.given(&desk, "approve.proof").await?;
            let approved = |proof| body(PoolCommand::Approve { proof });
            let receipt = desk.submit_proved(key, given, approved).await?;
            return Ok(Acted::done(&receipt, desk.village, of));
        }
        Wish::Object(ObjectShape { proof, reason }) => {
            let given = proof.given(&desk, "object.proof").await?;
            let objected = |proof| body(PoolCommand::Object { proof, reason: reason.clone() });
            let receipt = desk.submit_proved(key, given, objected).await?;
            return Ok(Acted::done(&receipt, desk.village, of));
        }
        Wish::Cover(_) => PoolCommand::Cover,
    };
    let receipt = desk.submit(key, body(command)).await?;
    Ok(Acted::done(&receipt, desk.village, of))
}

/// How much is to be packed.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanQuery {
    /// How much, in grams.
    grams: i64,
}

/// What to take of one lot.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlanLine {
    /// The lot's code.
    lot: String,
    /// The household's code.
    household: String,
    /// The day it was picked.
    picked_on: String,
    /// How much to take, in grams.
    grams: i64,
}

/// Says which lots the next boxes come from: what was picked first goes first. For the shop's people.
#[utoipa::path(get, path = "/api/v1/villages/{village}/pools/{pool}/packing", tag = "Cooperative",
    params(("village" = u32, Path, description = "The village's number"),
        ("pool" = String, Path, description = "The pool's id"), PlanQuery), responses(
    (status = 200, description = "The lots, in the order in which they are packed",
        body = Page<PlanLine>),
    (status = 404, description = "`not_found`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn plan(
    desk: Desk<Read>,
    Asked(query): Asked<PlanQuery>,
) -> Result<Json<Page<PlanLine>>, Fault> {
    let (pool, village): (PoolId, _) = (subject(&desk, "pool")?, desk.village);
    let (_, eyes) = seen(&desk, pool).await?;
    if !eyes.is_inner() {
        return Err(Fault::not_found("pool"));
    }
    let grams = query.grams;
    let found = desk.app().ask(village, move |reader, cell| {
        reader.packing_plan(Place { cell, village }, pool, grams)
    });
    let lines = found.await?.ok_or_else(|| Fault::not_found("pool"))?.into_iter();
    let items = lines.map(|line| PlanLine {
        lot: line.lot.to_string(),
        household: line.household,
        picked_on: line.picked_on.to_string(),
        grams: line.grams,
    });
    Ok(Json(Page { items: items.collect(), next: None }))
}

async fn seen(desk: &Desk<Read>, pool: PoolId) -> Result<(Pool, Eyes), Fault> {
    let found = desk.app().subject::<Pool>(desk.village, desk.viewer(), pool.bits()).await?;
    found.ok_or_else(|| Fault::not_found("pool"))
}

/// Explains a household's part of a pool, line by line, in the language of `Accept-Language`: for
/// its own people and the shop's.
#[utoipa::path(get, path = "/api/v1/villages/{village}/pools/{pool}/statements/{party}",
    tag = "Cooperative",
    params(("village" = u32, Path, description = "The village's number"),
        ("pool" = String, Path, description = "The pool's id"),
        ("party" = String, Path, description = "The household, by id or code")), responses(
    (status = 200, description = "The statement", body = StatementShape),
    (status = 404, description = "`not_found`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn statement(
    desk: Desk<Read>,
    headers: HeaderMap,
) -> Result<Json<StatementShape>, Fault> {
    let pool: PoolId = subject(&desk, "pool")?;
    let shape = statement_of(&desk, pool, preferred(&headers)).await?;
    Ok(Json(shape))
}
