//! Trust over the API: what a household has and why, as data, as a slip and as a card; the facts and
//! findings that people bring. What trade earns is counted by the trade's own commands.

use std::collections::BTreeMap;

use axum::Json;
use axum::http::{HeaderMap, header};
use axum::response::{Html, IntoResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use verger_app::Trust;
use verger_domain::Body;
use verger_domain::id::PartyId;
use verger_domain::trust::{Deed, FactKind, FactProof, TrustCommand};

use super::Done;
use super::market::digest;
use crate::fault::{Fault, Problem};
use crate::input::{Desk, Input, Key, MarketWrite, PartyWrite, Read};
use crate::preferred;
use crate::text::Lang;
use crate::trust::{Words, card, slip};
use verger_shapes::Recorded;

/// A household's trust as of today.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TrustShape {
    /// The household.
    household: String,
    /// Its short code.
    code: String,
    /// The sum of all parts; below zero when blame outweighs merit.
    points: i64,
    /// The level, from 0.
    level: u8,
    /// From how many points the next level begins; absent at the highest.
    next_level_points: Option<i64>,
    /// The limit with the numbers it is the smallest of.
    limit: LimitShape,
    /// What the points are the sum of.
    parts: Vec<PartShape>,
    /// Why it is not more, the weightiest first; at most four.
    reasons: Vec<ReasonShape>,
    /// What would raise it, the best first; at most four.
    raises: Vec<RaiseShape>,
    /// When each fact about the household was confirmed last.
    facts: BTreeMap<&'static str, String>,
}

/// The limit of a household, in minor units.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LimitShape {
    /// What may be owed in all.
    limit_minor: i64,
    /// By the level.
    level_minor: i64,
    /// By the largest loan repaid on time.
    step_up_minor: i64,
    /// By money that came from outside.
    backing_minor: i64,
    /// Which of them it is, or what closed it: `level`, `step-up`, `backing`, `frozen`, `barred`,
    /// `cohort` or `village-pause`.
    reason: &'static str,
}

/// One part of the points.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PartShape {
    /// The pool, or `penalties`.
    pool: &'static str,
    /// Whole points; all parts together are the points exactly.
    points: i64,
    /// The same exactly, of which 256 make a point.
    grains: i64,
    /// With whom, and how often; the three most frequent.
    with: Vec<WithShape>,
}

/// A counterparty and how often operations with it counted.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WithShape {
    /// Its id.
    party: String,
    /// How often.
    count: u32,
}

/// Why it is not more.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReasonShape {
    /// The stable code, such as `BACKING_LOW`.
    code: &'static str,
    /// The same as a sentence with its numbers, in the language asked for.
    says: String,
}

/// A way to raise it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RaiseShape {
    /// What to do: `sell_proven`, `sell_known`, `buy`, `repay`, `confirm` or `cure`.
    deed: &'static str,
    /// For how much, in minor units, where it is about money.
    value_minor: Option<i64>,
    /// How many points it would give today.
    points: i64,
    /// How much more limit, in minor units.
    limit_minor: i64,
    /// The same as a sentence, in the language asked for.
    says: String,
}

impl TrustShape {
    fn of(lang: Lang, trust: &Trust) -> Self {
        let explanation = &trust.explanation;
        let (limit, words) = (&explanation.limit, Words::of(lang, trust));
        let part = |part: &verger_domain::trust::Part| PartShape {
            pool: part.pool.map_or("penalties", verger_domain::trust::Pool::name),
            points: part.points,
            grains: part.grains,
            with: part
                .with
                .iter()
                .map(|(party, count)| WithShape { party: party.to_string(), count: *count })
                .collect(),
        };
        let reasons = explanation.reasons.iter().zip(words.reasons);
        let raises = explanation.raises.iter().zip(words.raises);
        Self {
            household: trust.household.id.to_string(),
            code: trust.household.code.to_string(),
            points: limit.points,
            level: limit.level,
            next_level_points: explanation.next_level.map(|(points, _)| points),
            limit: LimitShape {
                limit_minor: limit.limit_minor,
                level_minor: limit.level_limit_minor,
                step_up_minor: limit.step_up_minor,
                backing_minor: limit.backing_minor,
                reason: limit.reason.name(),
            },
            parts: explanation.parts.iter().map(part).collect(),
            reasons: reasons.map(|(r, says)| ReasonShape { code: r.code(), says }).collect(),
            raises: raises
                .map(|(raise, (what, gain))| RaiseShape {
                    deed: raise.deed.name(),
                    value_minor: value(&raise.deed),
                    points: raise.points,
                    limit_minor: raise.limit_minor,
                    says: format!("{what}: {gain}"),
                })
                .collect(),
            facts: trust.facts.iter().map(|(fact, on)| (fact.name(), on.to_string())).collect(),
        }
    }
}

const fn value(deed: &Deed) -> Option<i64> {
    match deed {
        Deed::SellProven { value_minor, .. }
        | Deed::SellKnown { value_minor, .. }
        | Deed::Buy { value_minor }
        | Deed::Repay { principal_minor: value_minor, .. } => Some(*value_minor),
        Deed::Confirm { .. } | Deed::Cure => None,
    }
}

async fn found(desk: &Desk<Read>) -> Result<std::sync::Arc<Trust>, Fault> {
    let party = desk.party("party", desk.param("party")).await?;
    let trust = desk.app().trust(desk.village, party).await;
    trust.map_err(|error| Fault::from(error).about("party"))
}

/// Shows a household's points and limit, and explains them.
#[utoipa::path(get, path = "/api/v1/villages/{village}/parties/{party}/trust", tag = "Trust",
    operation_id = "trust_one",
    params(("village" = u32, Path, description = "The village's number"),
        ("party" = String, Path, description = "A household or one of its members, by id or code")),
    responses(
    (status = 200, description = "Its trust as of today", body = TrustShape),
    (status = 404, description = "`not_found`: no household", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn one(desk: Desk<Read>, headers: HeaderMap) -> Result<Json<TrustShape>, Fault> {
    let trust = found(&desk).await?;
    Ok(Json(TrustShape::of(preferred(&headers), &trust)))
}

/// Prints the explanation for the counter's printer: 32 columns of plain text.
#[utoipa::path(get, path = "/api/v1/villages/{village}/parties/{party}/trust/slip", tag = "Trust",
    operation_id = "trust_slip",
    params(("village" = u32, Path, description = "The village's number"),
        ("party" = String, Path, description = "A household or one of its members, by id or code")),
    responses(
    (status = 200, description = "The slip, in the language asked for", body = String,
        content_type = "text/plain"),
    (status = 404, description = "`not_found`: no household", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn paper(
    desk: Desk<Read>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Fault> {
    let trust = found(&desk).await?;
    let text = slip(preferred(&headers), &trust);
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text))
}

/// Draws the explanation as a part of a page, with its tree.
#[utoipa::path(get, path = "/api/v1/villages/{village}/parties/{party}/trust/card", tag = "Trust",
    operation_id = "trust_card",
    params(("village" = u32, Path, description = "The village's number"),
        ("party" = String, Path, description = "A household or one of its members, by id or code")),
    responses(
    (status = 200, description = "A section of HTML, in the language asked for", body = String,
        content_type = "text/html"),
    (status = 404, description = "`not_found`: no household", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn part(desk: Desk<Read>, headers: HeaderMap) -> Result<Html<String>, Fault> {
    let trust = found(&desk).await?;
    let section = card(preferred(&headers), &trust);
    section.map(Html).map_err(|error| {
        tracing::error!(%error, "a card does not render");
        Fault::new(axum::http::StatusCode::INTERNAL_SERVER_ERROR, "incident")
    })
}

/// A fact about a household, and how it is proven beside the agent's own word: by a document or by
/// a member of a third household.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"fact": "identity", "witness": "M031", "witness_pin": "482915"}))]
pub(crate) struct NewFact {
    /// `identity`, `address` or `plot`.
    fact: String,
    /// The hexadecimal SHA-256 of a picture of the document; it serves once.
    document: Option<String>,
    /// The witness, by id or code.
    witness: Option<String>,
    /// The witness's own PIN, typed by him.
    witness_pin: Option<String>,
}

impl std::fmt::Debug for NewFact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewFact({})", self.fact)
    }
}

/// Confirms a fact about a household; once a year it counts.
#[utoipa::path(post, path = "/api/v1/villages/{village}/parties/{party}/facts", tag = "Trust",
    operation_id = "trust_confirm",
    params(("village" = u32, Path, description = "The village's number"),
        ("party" = String, Path, description = "The household, by id or code")),
    request_body = NewFact, responses(
    (status = 200, description = "It counts from now on", body = Recorded),
    (status = 403, description = "`not_allowed`: only an agent may", body = Problem,
        content_type = "application/problem+json"),
    (status = 422, description = "A field or a rule", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn confirm(
    desk: Desk<MarketWrite>,
    key: Key,
    Input(new): Input<NewFact>,
) -> Result<Done<Recorded>, Fault> {
    let household = desk.party("party", desk.param("party")).await?;
    let fact = FactKind::ALL.into_iter().find(|fact| fact.name() == new.fact);
    let fact = fact.ok_or_else(|| Fault::field("fact", "fact"))?;
    let body = |by| {
        let command = TrustCommand::ConfirmFact { by, fact, household };
        Body::Trust { command }
    };
    let receipt = match (new.document, new.witness, new.witness_pin) {
        (Some(document), None, None) => {
            let document = digest("document", &document)?;
            desk.submit(key, body(FactProof::Document(document))).await?
        }
        (None, Some(witness), Some(pin)) => {
            let witness = desk.party("witness", &witness).await?;
            let sworn = |proof| body(FactProof::Witness(proof));
            desk.submit_with_pin(key, (witness, &pin), sworn).await?
        }
        _ => return Err(Fault::field("document", "fact_proof")),
    };
    Ok(recorded(&receipt, household))
}

/// Who agrees to a finding of the staff.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"approved_by": "S02"}))]
pub(crate) struct Approval {
    /// The second person of the staff, by id or code.
    approved_by: String,
}

/// Says that an outside buyer's money is real; two persons of the staff must agree.
#[utoipa::path(post, path = "/api/v1/villages/{village}/buyers/{party}/proof", tag = "Trust",
    operation_id = "trust_prove",
    params(("village" = u32, Path, description = "The village's number"),
        ("party" = String, Path, description = "The buyer, by id or code")),
    request_body = Approval, responses(
    (status = 200, description = "Sales to it count in full from now on", body = Recorded),
    (status = 403, description = "`not_allowed` or `second_person_needed`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn prove(
    desk: Desk<PartyWrite>,
    key: Key,
    Input(new): Input<Approval>,
) -> Result<Done<Recorded>, Fault> {
    let buyer = desk.party("party", desk.param("party")).await?;
    let approved_by = desk.party("approved_by", &new.approved_by).await?;
    let command = TrustCommand::ProveBuyer { approved_by, buyer };
    let receipt = desk.submit(key, Body::Trust { command }).await?;
    Ok(recorded(&receipt, buyer))
}

/// A finding of fraud.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"approved_by": "S02", "reason": "forged parcels"}))]
pub(crate) struct Finding {
    /// The second person of the staff, by id or code.
    approved_by: String,
    /// Why, for the record.
    reason: String,
}

/// Bars a party for proven fraud and takes back what counted with it; two persons must agree.
#[utoipa::path(post, path = "/api/v1/villages/{village}/parties/{party}/bar", tag = "Trust",
    operation_id = "trust_bar",
    params(("village" = u32, Path, description = "The village's number"),
        ("party" = String, Path, description = "The party, by id or code")),
    request_body = Finding, responses(
    (status = 200, description = "It is out of lending for good", body = Recorded),
    (status = 403, description = "`not_allowed` or `second_person_needed`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn bar(
    desk: Desk<PartyWrite>,
    key: Key,
    Input(new): Input<Finding>,
) -> Result<Done<Recorded>, Fault> {
    let party = desk.party("party", desk.param("party")).await?;
    let approved_by = desk.party("approved_by", &new.approved_by).await?;
    let command = TrustCommand::Bar { approved_by, party, reason: new.reason };
    let receipt = desk.submit(key, Body::Trust { command }).await?;
    Ok(recorded(&receipt, party))
}

fn recorded(receipt: &verger_app::Receipt, party: PartyId) -> Done<Recorded> {
    Done::new(receipt, Recorded::new(receipt, Some(party.to_string())))
}
