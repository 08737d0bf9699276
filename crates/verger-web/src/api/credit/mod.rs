//! Credit over the API: ask, draw, repay, choose, agree anew; and what only the staff may do. Owns the
//! forms of its requests; whether a draw is made is the domain's to say.

mod manage;

use axum::Json;
use axum::http::HeaderMap;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use verger_app::Receipt;
use verger_domain::Body;
use verger_domain::credit::CreditCommand;
use verger_domain::credit::command::{DrawWish, RepayFrom, Wish};
use verger_domain::credit::quote::Until;
use verger_domain::id::{PartyId, TrancheId};

use super::Done;
use super::market::day;
use super::market::proof::ProofShape;
use crate::Web;
use crate::fault::{Fault, Problem};
use crate::input::{Desk, Input, Key, MarketWrite, Read};
use crate::preferred;
use verger_shapes::credit::{BorrowerShape, Lent};

/// The routes of credit with their description.
pub(super) fn routes() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(one))
        .routes(routes!(ask))
        .routes(routes!(draw))
        .routes(routes!(repay))
        .routes(routes!(choose_sweep))
        .routes(routes!(restructure))
        .routes(routes!(manage::lower_rate))
        .routes(routes!(manage::write_off))
        .routes(routes!(manage::reverse))
        .routes(routes!(manage::set_file))
        .routes(routes!(manage::book))
        .routes(routes!(manage::portfolio))
        .routes(routes!(manage::enterprises))
}

/// What a household would like to borrow.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"amount_minor": 80_000, "purpose": "livestock", "days": 120}))]
pub(crate) struct WishShape {
    /// How much, in minor units: whole steps of the programme.
    amount_minor: i64,
    /// The enterprise it is for, if it is one of the programme's: then no more is lent than it carries.
    enterprise: Option<String>,
    /// What it is for, as the programme names it.
    purpose: String,
    /// For how many days.
    days: Option<u32>,
    /// Or until the harvest that ends on this day is sold.
    harvest_ends_on: Option<String>,
}

impl WishShape {
    pub(crate) fn wish(self, path: &str) -> Result<Wish, Fault> {
        let until = match (self.days, self.harvest_ends_on) {
            (Some(days), None) => Until::Days(days),
            (None, Some(ends_on)) => {
                Until::Harvest(day(&format!("{path}harvest_ends_on"), &ends_on)?)
            }
            _ => return Err(Fault::field(format!("{path}days"), "days_or_harvest")),
        };
        let (amount_minor, enterprise) = (self.amount_minor, self.enterprise);
        Ok(Wish { amount_minor, enterprise, purpose: self.purpose, until })
    }
}

/// A draw, with the member's own agreement.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "loan": {"amount_minor": 80_000, "purpose": "livestock", "days": 120},
    "proof": {"member": "M018", "pin": "482915"}
}))]
pub(crate) struct DrawShape {
    /// What is drawn.
    loan: WishShape,
    /// The member's own agreement; nobody else can give it.
    proof: ProofShape,
}

/// Money that comes back: cash at the counter, or out of the household's wallet.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"amount_minor": 20_000, "shop": "SHOP"}))]
pub(crate) struct RepayShape {
    /// How much is offered, in minor units; what is not owed stays in the wallet.
    amount_minor: i64,
    /// Cash: the shop whose drawer it goes into, by id or code.
    shop: Option<String>,
    /// Wallet: the member's own agreement.
    proof: Option<ProofShape>,
    /// The draw it is for; the one due first when absent.
    tranche: Option<String>,
    /// The day it was paid, when the counter had no network; today when absent.
    effective_on: Option<String>,
}

/// The share of its sales that repays, as the household chooses.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"share_bps": 3_000, "proof": {"member": "M018", "pin": "482915"}}))]
pub(crate) struct SweepShape {
    /// The share, in basis points; 0 for none.
    share_bps: u32,
    /// The member's own agreement.
    proof: ProofShape,
}

/// A new agreement about a loan.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "tranche": "tranche_0199f0c2a8b47c0e8000000000000001", "due_on": "2026-12-01",
    "rate_ppm": 60_000, "proof": {"member": "M018", "pin": "482915"}
}))]
pub(crate) struct PlanShape {
    /// The loan.
    tranche: String,
    /// The new due date.
    due_on: String,
    /// The new yearly rate, in ppm; at most the old one.
    rate_ppm: u32,
    /// The member's own agreement.
    proof: ProofShape,
}

/// The household of the address, by id or code.
async fn household<S>(desk: &Desk<S>) -> Result<PartyId, Fault> {
    desk.party("household", desk.param("household")).await
}

fn tranche(field: &str, text: &str) -> Result<TrancheId, Fault> {
    text.parse().map_err(|_| Fault::field(field, "id"))
}

/// What a command did, in the language of whoever sent it.
async fn lent<S>(desk: &Desk<S>, headers: &HeaderMap, receipt: &Receipt) -> Result<Lent, Fault> {
    let hours = desk.policy().await?.credit.cooling_off_hours;
    Ok(Lent::new(receipt, hours, desk.web.words(preferred(headers))))
}

/// Shows a household's loans as they stand today, to itself, to agents and to the staff.
#[utoipa::path(get, path = "/api/v1/villages/{village}/credit/{household}", tag = "Credit",
    params(("village" = u32, Path, description = "The village's number"),
        ("household" = String, Path, description = "The household, by id or code")), responses(
    (status = 200, description = "Its loans", body = BorrowerShape),
    (status = 404, description = "`not_found`, also for another's loans", body = Problem,
        content_type = "application/problem+json"),
))]
async fn one(desk: Desk<Read>, headers: HeaderMap) -> Result<Json<BorrowerShape>, Fault> {
    let household = household(&desk).await?;
    let found = desk.app().borrower(desk.village, desk.party, household).await?;
    let row = found.ok_or_else(|| Fault::not_found("loan"))?;
    let words = desk.web.words(preferred(&headers));
    Ok(Json(BorrowerShape::new(&row, desk.app().now(), words)))
}

/// Says whether a draw would be made and what it would cost: the key-fact statement. Changes nothing.
#[utoipa::path(post, path = "/api/v1/villages/{village}/credit/{household}/questions",
    tag = "Credit", params(("village" = u32, Path, description = "The village's number"),
        ("household" = String, Path, description = "The household, by id or code")),
    request_body = WishShape, responses(
    (status = 200, description = "The decision with its reasons, and the statement", body = Lent),
    (status = 422, description = "A field or a rule", body = Problem,
        content_type = "application/problem+json"),
))]
async fn ask(
    desk: Desk<MarketWrite>,
    headers: HeaderMap,
    key: Key,
    Input(wish): Input<WishShape>,
) -> Result<Done<Lent>, Fault> {
    let borrower = household(&desk).await?;
    let command = CreditCommand::Ask(wish.wish("")?);
    let receipt = desk.submit(key, Body::Credit { borrower, command }).await?;
    Ok(Done::new(&receipt, lent(&desk, &headers, &receipt).await?))
}

/// Draws money into the household's wallet, with a member's own agreement.
#[utoipa::path(post, path = "/api/v1/villages/{village}/credit/{household}/draws",
    tag = "Credit", params(("village" = u32, Path, description = "The village's number"),
        ("household" = String, Path, description = "The household, by id or code")),
    request_body = DrawShape, responses(
    (status = 201, description = "The money is in the wallet", body = Lent),
    (status = 422, description = "`declined` with `reasons`, each with what can be done; \
        `wrong_pin`, `proof_not_theirs`", body = Problem, content_type = "application/problem+json"),
))]
async fn draw(
    desk: Desk<MarketWrite>,
    headers: HeaderMap,
    key: Key,
    Input(ask): Input<DrawShape>,
) -> Result<Done<Lent>, Fault> {
    let borrower = household(&desk).await?;
    let wish = ask.loan.wish("loan.")?;
    let tranche = TrancheId::from_bytes(desk.derived("tranche", key));
    let given = ask.proof.given(&desk, "proof").await?;
    let body = |proof| {
        let draw = DrawWish { proof, tranche, wish: wish.clone() };
        Body::Credit { borrower, command: CreditCommand::Draw(Box::new(draw)) }
    };
    let receipt = desk.submit_proved(key, given, body).await?;
    let location = format!("/api/v1/villages/{}/credit/{borrower}", desk.village);
    let lent = lent(&desk, &headers, &receipt).await?;
    Ok(Done::created(&receipt, location, lent))
}

/// Takes money back: cash at the counter, or out of the wallet; partly or whole, on any day.
#[utoipa::path(post, path = "/api/v1/villages/{village}/credit/{household}/repayments",
    tag = "Credit", params(("village" = u32, Path, description = "The village's number"),
        ("household" = String, Path, description = "The household, by id or code")),
    request_body = RepayShape, responses(
    (status = 200, description = "Paid; `taken_minor` says how much was needed", body = Lent),
    (status = 422, description = "`nothing_owed`, `anothers_loan`, `period_closed` ...",
        body = Problem, content_type = "application/problem+json"),
))]
async fn repay(
    desk: Desk<MarketWrite>,
    headers: HeaderMap,
    key: Key,
    Input(ask): Input<RepayShape>,
) -> Result<Done<Lent>, Fault> {
    let borrower = household(&desk).await?;
    let named = ask.tranche.as_deref().map(|text| tranche("tranche", text)).transpose()?;
    let effective_on = ask.effective_on.as_deref().map(|on| day("effective_on", on)).transpose()?;
    let amount_minor = ask.amount_minor;
    let body = |from| {
        let command = CreditCommand::Repay { amount_minor, effective_on, from, tranche: named };
        Body::Credit { borrower, command }
    };
    let receipt = match (ask.shop, ask.proof) {
        (Some(shop), None) => {
            let shop = desk.party("shop", &shop).await?;
            desk.submit(key, body(RepayFrom::Cash(shop))).await?
        }
        (None, Some(proof)) => {
            let given = proof.given(&desk, "proof").await?;
            desk.submit_proved(key, given, |proof| body(RepayFrom::Wallet(proof))).await?
        }
        _ => return Err(Fault::field("shop", "shop_or_proof")),
    };
    Ok(Done::new(&receipt, lent(&desk, &headers, &receipt).await?))
}

/// Chooses which share of the household's sales repays its loans.
#[utoipa::path(post, path = "/api/v1/villages/{village}/credit/{household}/sweep",
    tag = "Credit", params(("village" = u32, Path, description = "The village's number"),
        ("household" = String, Path, description = "The household, by id or code")),
    request_body = SweepShape, responses(
    (status = 200, description = "Chosen", body = Lent),
    (status = 422, description = "A field or a rule", body = Problem,
        content_type = "application/problem+json"),
))]
async fn choose_sweep(
    desk: Desk<MarketWrite>,
    headers: HeaderMap,
    key: Key,
    Input(ask): Input<SweepShape>,
) -> Result<Done<Lent>, Fault> {
    let borrower = household(&desk).await?;
    let given = ask.proof.given(&desk, "proof").await?;
    let share_bps = ask.share_bps;
    let body =
        |proof| Body::Credit { borrower, command: CreditCommand::ChooseSweep { proof, share_bps } };
    let receipt = desk.submit_proved(key, given, body).await?;
    Ok(Done::new(&receipt, lent(&desk, &headers, &receipt).await?))
}

/// Agrees on a later due date, with a member's own agreement. Penalty stops.
#[utoipa::path(post, path = "/api/v1/villages/{village}/credit/{household}/plans",
    tag = "Credit", params(("village" = u32, Path, description = "The village's number"),
        ("household" = String, Path, description = "The household, by id or code")),
    request_body = PlanShape, responses(
    (status = 200, description = "Agreed", body = Lent),
    (status = 422, description = "`due_not_later`, `due_too_late`, `rate_not_lower`",
        body = Problem, content_type = "application/problem+json"),
))]
async fn restructure(
    desk: Desk<MarketWrite>,
    headers: HeaderMap,
    key: Key,
    Input(ask): Input<PlanShape>,
) -> Result<Done<Lent>, Fault> {
    let borrower = household(&desk).await?;
    let (due_on, rate_ppm) = (day("due_on", &ask.due_on)?, ask.rate_ppm);
    let tranche = tranche("tranche", &ask.tranche)?;
    let given = ask.proof.given(&desk, "proof").await?;
    let body = |proof| {
        let command = CreditCommand::Restructure { due_on, proof, rate_ppm, tranche };
        Body::Credit { borrower, command }
    };
    let receipt = desk.submit_proved(key, given, body).await?;
    Ok(Done::new(&receipt, lent(&desk, &headers, &receipt).await?))
}
