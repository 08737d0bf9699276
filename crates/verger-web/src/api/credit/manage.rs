//! What only people of the staff do about loans: rates, write-offs, corrections, the file.

use axum::Json;
use axum::http::HeaderMap;
use serde::Deserialize;
use utoipa::ToSchema;
use verger_domain::Body;
use verger_domain::credit::CreditCommand;
use verger_domain::credit::borrower::File;
use verger_domain::credit::facts::Holds;

use super::{household, lent, tranche};
use crate::api::Done;
use crate::api::market::day;
use crate::fault::{Fault, Problem};
use crate::input::{Desk, Input, Key, LedgerWrite, Read};
use verger_shapes::credit::{BookShape, EnterpriseShape, Lent, PortfolioShape};

/// A lower rate.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "tranche": "tranche_0199f0c2a8b47c0e8000000000000001", "rate_ppm": 100_000
}))]
pub(crate) struct RateShape {
    /// The loan.
    tranche: String,
    /// The new yearly rate, in ppm.
    rate_ppm: u32,
}

/// A loan that is given up in the books.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "tranche": "tranche_0199f0c2a8b47c0e8000000000000001", "approved_by": "ST2",
    "reason": "the household moved away"
}))]
pub(crate) struct LossShape {
    /// The loan.
    tranche: String,
    /// The second person of the staff, by id or code.
    approved_by: String,
    /// Why.
    reason: String,
}

/// An event that is taken back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"number": 3, "approved_by": "ST2", "reason": "keyed twice"}))]
pub(crate) struct ReverseShape {
    /// Its number on the line.
    number: u32,
    /// The second person of the staff, by id or code.
    approved_by: String,
    /// Why.
    reason: String,
}

/// A borrower's file as it shall be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "debt shown", "other_debt_minor": 50_000}))]
pub(crate) struct FileShape {
    /// Why it changes.
    reason: String,
    /// Debt elsewhere that is known, in minor units.
    #[serde(default)]
    other_debt_minor: i64,
    /// Complaints against the household that are not settled.
    #[serde(default)]
    disputes_open: u32,
    /// The day up to which the identity is verified; with registration when absent.
    identity_until: Option<String>,
    /// Whether the household took its agreement to new loans back.
    #[serde(default)]
    is_consent_withdrawn: bool,
    /// Marks that stop new loans: `duplicate`, `hold`, `read_only`, `sanctioned`, `under_age`,
    /// `review`, `untrusted_device`.
    #[serde(default)]
    marks: Vec<String>,
}

fn holds(marks: &[String]) -> Result<Holds, Fault> {
    let mut holds = Holds::default();
    for (index, mark) in marks.iter().enumerate() {
        let field = match mark.as_str() {
            "duplicate" => &mut holds.is_duplicate,
            "hold" => &mut holds.is_on_hold,
            "read_only" => &mut holds.is_read_only,
            "sanctioned" => &mut holds.is_sanctioned,
            "under_age" => &mut holds.is_under_age,
            "review" => &mut holds.is_under_review,
            "untrusted_device" => &mut holds.is_untrusted_device,
            _ => return Err(Fault::field(format!("marks[{index}]"), "word")),
        };
        *field = true;
    }
    Ok(holds)
}

async fn submit(
    desk: &Desk<LedgerWrite>,
    headers: &HeaderMap,
    key: Key,
    command: CreditCommand,
) -> Result<Done<Lent>, Fault> {
    let borrower = household(desk).await?;
    let receipt = desk.submit(key, Body::Credit { borrower, command }).await?;
    Ok(Done::new(&receipt, lent(desk, headers, &receipt).await?))
}

/// Lowers the rate of a loan from today on. A rate never rises.
#[utoipa::path(post, path = "/api/v1/villages/{village}/credit/{household}/rates",
    tag = "Credit", params(("village" = u32, Path, description = "The village's number"),
        ("household" = String, Path, description = "The household, by id or code")),
    request_body = RateShape, responses(
    (status = 200, description = "Lowered", body = Lent),
    (status = 422, description = "`rate_not_lower`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn lower_rate(
    desk: Desk<LedgerWrite>,
    headers: HeaderMap,
    key: Key,
    Input(ask): Input<RateShape>,
) -> Result<Done<Lent>, Fault> {
    let tranche = tranche("tranche", &ask.tranche)?;
    let command = CreditCommand::LowerRate { rate_ppm: ask.rate_ppm, tranche };
    submit(&desk, &headers, key, command).await
}

/// Gives a loan up in the books; the claim stays. Two persons of the staff.
#[utoipa::path(post, path = "/api/v1/villages/{village}/credit/{household}/write-offs",
    tag = "Credit", params(("village" = u32, Path, description = "The village's number"),
        ("household" = String, Path, description = "The household, by id or code")),
    request_body = LossShape, responses(
    (status = 200, description = "Written off", body = Lent),
    (status = 422, description = "`not_late_enough`, `second_person_needed`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn write_off(
    desk: Desk<LedgerWrite>,
    headers: HeaderMap,
    key: Key,
    Input(ask): Input<LossShape>,
) -> Result<Done<Lent>, Fault> {
    let tranche = tranche("tranche", &ask.tranche)?;
    let approved_by = desk.party("approved_by", &ask.approved_by).await?;
    let command = CreditCommand::WriteOff { approved_by, reason: ask.reason, tranche };
    submit(&desk, &headers, key, command).await
}

/// Takes a payment or an agreement back that was keyed wrongly. Two persons of the staff.
#[utoipa::path(post, path = "/api/v1/villages/{village}/credit/{household}/reversals",
    tag = "Credit", params(("village" = u32, Path, description = "The village's number"),
        ("household" = String, Path, description = "The household, by id or code")),
    request_body = ReverseShape, responses(
    (status = 200, description = "As if it had never been", body = Lent),
    (status = 422, description = "`event_not_reversible`, `period_closed`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn reverse(
    desk: Desk<LedgerWrite>,
    headers: HeaderMap,
    key: Key,
    Input(ask): Input<ReverseShape>,
) -> Result<Done<Lent>, Fault> {
    let approved_by = desk.party("approved_by", &ask.approved_by).await?;
    let command = CreditCommand::Reverse { approved_by, number: ask.number, reason: ask.reason };
    submit(&desk, &headers, key, command).await
}

/// Changes what a decision knows of a household beside its trade.
#[utoipa::path(post, path = "/api/v1/villages/{village}/credit/{household}/file",
    tag = "Credit", params(("village" = u32, Path, description = "The village's number"),
        ("household" = String, Path, description = "The household, by id or code")),
    request_body = FileShape, responses(
    (status = 200, description = "Changed", body = Lent),
    (status = 422, description = "A field or a rule", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn set_file(
    desk: Desk<LedgerWrite>,
    headers: HeaderMap,
    key: Key,
    Input(ask): Input<FileShape>,
) -> Result<Done<Lent>, Fault> {
    let identity = ask.identity_until.as_deref().map(|on| day("identity_until", on));
    let file = File {
        disputes_open: ask.disputes_open,
        holds: holds(&ask.marks)?,
        identity_until: identity.transpose()?,
        is_consent_withdrawn: ask.is_consent_withdrawn,
        other_debt_minor: ask.other_debt_minor,
    };
    submit(&desk, &headers, key, CreditCommand::SetFile { file, reason: ask.reason }).await
}

/// Shows what the village has lent and how much of it is at risk, today.
#[utoipa::path(get, path = "/api/v1/villages/{village}/credit", tag = "Credit",
    params(("village" = u32, Path, description = "The village's number")), responses(
    (status = 200, description = "The loan book", body = BookShape),
))]
pub(super) async fn book(desk: Desk<Read>) -> Result<Json<BookShape>, Fault> {
    let book = desk.app().loan_book(desk.village).await?;
    Ok(Json(BookShape::new(&book, desk.app().now().today)))
}

/// Shows what the loans are worth today: risk, provision, cohorts, agents. Live, from the loans
/// themselves; for people of the staff.
#[utoipa::path(get, path = "/api/v1/villages/{village}/credit-portfolio", tag = "Credit",
    params(("village" = u32, Path, description = "The village's number")), responses(
    (status = 200, description = "The portfolio", body = PortfolioShape),
))]
pub(super) async fn portfolio(desk: Desk<LedgerWrite>) -> Result<Json<PortfolioShape>, Fault> {
    let today = desk.app().now().today;
    let (report, sufficiency) = desk.app().portfolio(desk.village, today).await?;
    Ok(Json(PortfolioShape::new(&report, today, sufficiency)))
}

/// Lists small enterprises with their outlay, what they bring, and the largest loan that makes sense.
#[utoipa::path(get, path = "/api/v1/villages/{village}/enterprises", tag = "Credit",
    params(("village" = u32, Path, description = "The village's number")), responses(
    (status = 200, description = "The enterprises", body = [EnterpriseShape]),
))]
pub(super) async fn enterprises(desk: Desk<Read>) -> Result<Json<Vec<EnterpriseShape>>, Fault> {
    let today = desk.app().now().today;
    let policy = desk.policy().await?.credit;
    let shape = |row| EnterpriseShape::new(row, &policy, today);
    Ok(Json(policy.enterprises.iter().map(shape).collect()))
}
