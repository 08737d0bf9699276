//! Postings by hand, closes, the trial balance.

use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use verger_domain::Body;
use verger_domain::command::{Evidence, EvidenceKind};
use verger_domain::id::OrderId;
use verger_domain::ledger::Line;
use verger_domain::ledger::chart::Class;
use verger_domain::ledger::period::{Safeguarding, off_by_minor};
use verger_domain::time::{Date, Month};

use super::Done;
use crate::fault::{Fault, Problem};
use crate::input::{Desk, Input, Key, LedgerWrite, Read, account};
use verger_shapes::{Moved, Recorded};

/// A fact for the trust index.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewEvidence {
    /// Whom it concerns, by id or code.
    member: String,
    /// With whom, by id or code.
    counterparty: String,
    /// `sale` or `purchase`.
    kind: String,
    /// Whether it speaks for the member.
    good: bool,
    /// Whether it takes back the same fact, which turned out otherwise.
    #[serde(default)]
    is_counter: bool,
    /// The order it comes from.
    order: Option<String>,
    /// The value of the operation, in minor units.
    value_minor: i64,
}

/// A posting.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "lines": [["1010", 12500], ["2010:0199f0c2a8b47c0e8000000000000001", -12500]],
    "currency": "CNY", "purpose": "order.completed", "effective_on": "2026-07-20", "evidence": []
}))]
pub(crate) struct NewEntries {
    /// The lines as `[account, amount_minor]`, debit positive; they sum to zero.
    #[schema(value_type = Vec<Vec<serde_json::Value>>)]
    lines: Vec<(String, i64)>,
    /// The currency of the village's books.
    currency: String,
    /// What it is for.
    purpose: String,
    /// The day it takes effect; today when absent.
    effective_on: Option<String>,
    /// The facts that come with it.
    #[serde(default)]
    evidence: Vec<NewEvidence>,
}

/// A line of the trial balance.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BalanceLine {
    /// The number of the chart.
    #[schema(example = 2010)]
    code: u16,
    /// The chart's name for it.
    #[schema(example = "wallet")]
    name: &'static str,
    /// `asset`, `liability`, `equity`, `income`, `expense` or `memorandum`.
    #[schema(example = "liability")]
    class: &'static str,
    /// The balance, debit positive, in minor units.
    #[schema(example = -12_500)]
    balance_minor: i64,
}

/// The trial balance of a village.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TrialBalanceShape {
    /// The currency of the books.
    #[schema(example = "CNY")]
    currency: String,
    /// The accounts with a balance, in order of their number.
    lines: Vec<BalanceLine>,
    /// How far it is from zero: always 0 in sound books.
    #[schema(example = 0)]
    off_by_minor: i64,
    /// Whether the money that is owed to people is there.
    safeguarding: Cover,
}

/// What is owed to people, and the assets that stand for it, in minor units.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
struct Cover {
    /// At the bank, kept apart (1010).
    bank_minor: i64,
    /// On its way at the payment processor (1030).
    processor_minor: i64,
    /// Cash in the drawers (1110).
    drawers_minor: i64,
    /// Claims and advances (12xx).
    claims_minor: i64,
    /// The sum of the four.
    assets_minor: i64,
    /// What is owed to people and firms (2010 to 2150).
    owed_minor: i64,
    /// Whether all that is owed is there.
    is_covered: bool,
}

impl From<Safeguarding> for Cover {
    fn from(money: Safeguarding) -> Self {
        Self {
            bank_minor: money.bank_minor,
            processor_minor: money.processor_minor,
            drawers_minor: money.drawers_minor,
            claims_minor: money.claims_minor,
            assets_minor: money.assets_minor(),
            owed_minor: money.owed_minor,
            is_covered: money.is_covered(),
        }
    }
}

/// The name of a class in the API and the language files.
pub(crate) fn class_name(class: Class) -> &'static str {
    match class {
        Class::Asset => "asset",
        Class::Liability => "liability",
        Class::Equity => "equity",
        Class::Income => "income",
        Class::Expense => "expense",
        Class::Memorandum => "memorandum",
    }
}

/// Posts lines that sum to zero.
#[utoipa::path(post, path = "/api/v1/villages/{village}/entries", tag = "Ledger",
    params(("village" = u32, Path, description = "The village's number")),
    request_body = NewEntries, responses(
    (status = 201, description = "Posted; `Location` is the record", body = Moved),
    (status = 422, description = "A field or a rule", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn post(
    desk: Desk<LedgerWrite>,
    key: Key,
    Input(new): Input<NewEntries>,
) -> Result<Done<Moved>, Fault> {
    desk.check_currency(&new.currency).await?;
    let mut lines = Vec::with_capacity(new.lines.len());
    for (index, (text, amount_minor)) in new.lines.iter().enumerate() {
        lines.push(Line(account(&format!("lines[{index}][0]"), text)?, *amount_minor));
    }
    let effective_on = match &new.effective_on {
        Some(text) => {
            let day: Result<Date, _> = text.parse();
            Some(day.map_err(|_| Fault::field("effective_on", "date"))?)
        }
        None => None,
    };
    let evidence = evidence(&desk, &new.evidence).await?;
    let body = Body::Post { effective_on, evidence, lines, purpose: new.purpose };
    let receipt = desk.submit(key, body).await?;
    let location = format!("/api/v1/villages/{}/journal/{}", desk.village, receipt.record.seq);
    Ok(Done::created(&receipt, location, Moved::from(&receipt)))
}

async fn evidence(desk: &Desk<LedgerWrite>, given: &[NewEvidence]) -> Result<Vec<Evidence>, Fault> {
    let mut evidence = Vec::with_capacity(given.len());
    for (index, fact) in given.iter().enumerate() {
        let field = |name: &str| format!("evidence[{index}].{name}");
        let kinds = [EvidenceKind::Sale, EvidenceKind::Purchase];
        let kind = kinds.into_iter().find(|kind| kind.name() == fact.kind);
        evidence.push(Evidence {
            counterparty: desk.party(&field("counterparty"), &fact.counterparty).await?,
            good: fact.good,
            is_counter: fact.is_counter,
            order: order(&field("order"), fact.order.as_deref())?,
            kind: kind.ok_or_else(|| Fault::field(field("kind"), "evidence_kind"))?,
            member: desk.party(&field("member"), &fact.member).await?,
            value_minor: fact.value_minor,
        });
    }
    Ok(evidence)
}

fn order(field: &str, text: Option<&str>) -> Result<Option<OrderId>, Fault> {
    let parsed = text.map(str::parse).transpose();
    parsed.map_err(|_| Fault::field(field, "id"))
}

/// Closes the next month; December also closes the year.
#[utoipa::path(post, path = "/api/v1/villages/{village}/months/{month}/close", tag = "Ledger",
    params(("village" = u32, Path, description = "The village's number"),
        ("month" = String, Path, description = "The month, such as `2026-07`")), responses(
    (status = 200, description = "Closed", body = Recorded),
    (status = 422, description = "`month_not_next`, `month_not_over`, `hold_overdue`",
        body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn close_month(
    desk: Desk<LedgerWrite>,
    key: Key,
) -> Result<Done<Recorded>, Fault> {
    let month: Result<Month, _> = desk.param("month").parse();
    let month = month.map_err(|_| Fault::field("month", "month"))?;
    let receipt = desk.submit(key, Body::CloseMonth { month }).await?;
    Ok(Done::new(&receipt, Recorded::new(&receipt, Some(month.to_string()))))
}

/// Shows the trial balance and whether the money owed to people is there.
#[utoipa::path(get, path = "/api/v1/villages/{village}/trial-balance", tag = "Ledger",
    params(("village" = u32, Path, description = "The village's number")), responses(
    (status = 200, description = "The trial balance as of now", body = TrialBalanceShape),
))]
pub(super) async fn trial_balance(desk: Desk<Read>) -> Result<Json<TrialBalanceShape>, Fault> {
    let village = desk.village;
    let currency = desk.web.currency(village).await?;
    let balance = desk.app().trial_balance(village).await?;
    let lines = balance.iter().map(|(code, minor)| {
        let row = code.row();
        let (code, name, class) = (row.code, row.name, class_name(row.class));
        BalanceLine { code, name, class, balance_minor: *minor }
    });
    Ok(Json(TrialBalanceShape {
        currency: currency.code().to_owned(),
        lines: lines.collect(),
        off_by_minor: i64::try_from(off_by_minor(balance.values().copied())).unwrap_or(i64::MAX),
        safeguarding: Safeguarding::of(&balance).into(),
    }))
}
