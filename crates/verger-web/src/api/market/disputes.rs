//! Disputes: open, answer, agree, rule. The link of an order opens those of its order.

use std::collections::BTreeMap;

use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use verger_domain::Body;
use verger_domain::id::DisputeId;
use verger_domain::market::command::DisputeCommand;
use verger_domain::market::dispute::{DisputeReason, Fault as Bearer, Settlement};
use verger_domain::market::order::LineNo;
use verger_domain::market::{Dispute, DisputePhase};

use super::answer::{Acted, Of};
use super::proof::ProofShape;
use super::{Nothing, PhaseQuery, asks, digests, hex, id, subject, words};
use crate::api::Done;
use crate::fault::{Fault, Problem};
use crate::input::{Asked, Desk, Input, Key, OrderRead, OrderWrite, Read};
use crate::text::rfc3339;
use verger_shapes::Page;

words! {
    /// What is wrong.
    ReasonWord => DisputeReason {
        /// Bruised, broken or wet.
        Damaged,
        /// Rotten, dead or past its time.
        Spoiled,
        /// Less than was sold.
        Short,
        /// Not what was described.
        Different,
        /// It never came.
        NotReceived,
        /// Nothing is wrong: the household changed its mind.
        ChangeOfMind,
    }
}

words! {
    /// Who bears what goes back to the buyer.
    FaultWord => Bearer {
        /// The seller.
        Seller,
        /// The carrier.
        Carrier,
        /// The agent.
        Agent,
        /// The programme.
        Goodwill,
        /// The buyer, who changed his mind.
        Buyer,
    }
}

/// A part of one line's price.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinePart {
    /// Which line of the order, from 0.
    line: u8,
    /// How much of it, in minor units.
    amount_minor: i64,
}

/// What shall go back to the buyer.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"lines": [{"line": 0, "amount_minor": 997}], "freight_minor": 0}))]
pub(crate) struct BackShape {
    /// How much of which line.
    lines: Vec<LinePart>,
    /// How much of the freight, in minor units.
    #[serde(default)]
    freight_minor: i64,
}

impl BackShape {
    fn settlement(self, path: &str, fault: Bearer) -> Result<Settlement, Fault> {
        let mut lines = BTreeMap::new();
        for (index, part) in self.lines.into_iter().enumerate() {
            if lines.insert(LineNo(part.line), part.amount_minor).is_some() || part.line > 99 {
                return Err(Fault::field(format!("{path}.lines[{index}].line"), "line"));
            }
        }
        Ok(Settlement { fault, freight_minor: self.freight_minor, lines })
    }
}

impl From<&Settlement> for BackShape {
    fn from(settlement: &Settlement) -> Self {
        let lines = settlement.lines.iter();
        let lines = lines.map(|(line, minor)| LinePart { line: line.0, amount_minor: *minor });
        Self { lines: lines.collect(), freight_minor: settlement.freight_minor }
    }
}

/// A complaint.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OpenShape {
    /// The order.
    order: String,
    /// What is wrong.
    reason: ReasonWord,
    /// What its opener wants back.
    claim: BackShape,
    /// The hexadecimal SHA-256 digests of pictures, never used before.
    #[serde(default)]
    photos: Vec<String>,
}

/// An offer of the other side.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfferShape {
    /// What.
    settlement: BackShape,
}

/// A refusal of the other side.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefuseShape {
    /// The hexadecimal SHA-256 digests of pictures; at least one.
    photos: Vec<String>,
}

/// Goods that came back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReturnShape {
    /// Who carried them back, by id or code.
    carrier: String,
    /// What that costs the buyer, in minor units.
    freight_minor: i64,
}

/// A ruling by an operator of the county and a member of the cooperative.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleShape {
    /// What goes back to the buyer.
    settlement: BackShape,
    /// Who bears it.
    fault: FaultWord,
    /// The digests of the pictures it rests on.
    #[serde(default)]
    cites: Vec<String>,
    /// Whom the panel found dishonest, by id or code.
    dishonest: Option<String>,
    /// The member's own agreement to the ruling.
    proof: ProofShape,
}

asks! {
    /// One command about a dispute. The link of an order gives `open`, `withdraw`, `agree`,
    /// `escalate` and `appeal`.
    #[schema(example = json!({"open": {"order": "order_0199f0c2a8b47c0e8000000000000001",
        "reason": "damaged", "claim": {"lines": [{"line": 0, "amount_minor": 997}]},
        "photos": ["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"]}}))]
    DisputeAsk => Wish {
        /// Opens it and freezes its lines, under an id that the client makes.
        open Open(OpenShape),
        /// Takes it back.
        withdraw Withdraw(Nothing),
        /// Gives the opener what he wants.
        accept Accept(Nothing),
        /// Offers a part of it.
        offer Offer(OfferShape),
        /// Refuses, with proof.
        refuse Refuse(RefuseShape),
        /// The opener takes the offer.
        agree Agree(Nothing),
        /// Asks for a panel.
        escalate Escalate(Nothing),
        /// The goods of a return came back to the seller.
        receive_return ReceiveReturn(ReturnShape),
        /// Rules.
        rule Rule(Box<RuleShape>),
        /// Asks for another panel, once.
        appeal Appeal(Nothing),
    }
}

/// A dispute.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DisputeShape {
    /// Its id.
    #[schema(example = "dispute_0199f0c2a8b47c0e8000000000000001")]
    id: String,
    /// The order it is about.
    order: String,
    /// Where it is.
    #[schema(example = "opened")]
    phase: &'static str,
    /// The version, for the next command.
    version: u32,
    /// Who opened it.
    opener: String,
    /// What is wrong.
    #[schema(example = "damaged")]
    reason: &'static str,
    /// What the opener wants back.
    claim: BackShape,
    /// What is to be carried out: the offer, the agreement or the ruling.
    settlement: Option<BackShape>,
    /// The digests of the pictures of all sides.
    photos: Vec<String>,
    /// Whether one side has appealed already.
    is_appealed: bool,
    /// When something happens by itself (RFC 3339, UTC).
    due_at: Option<String>,
}

impl From<Dispute> for DisputeShape {
    fn from(row: Dispute) -> Self {
        Self {
            id: row.id.to_string(),
            order: row.order.to_string(),
            phase: row.phase.name(),
            version: row.version,
            opener: row.opener.to_string(),
            reason: match row.reason {
                DisputeReason::Damaged => "damaged",
                DisputeReason::Spoiled => "spoiled",
                DisputeReason::Short => "short",
                DisputeReason::Different => "different",
                DisputeReason::NotReceived => "not_received",
                DisputeReason::ChangeOfMind => "change_of_mind",
            },
            claim: BackShape::from(&row.claim),
            settlement: row.settlement.as_ref().map(BackShape::from),
            photos: hex(&row.photos),
            is_appealed: row.is_appealed,
            due_at: row.due_at.map(rfc3339),
        }
    }
}

/// Lists disputes, oldest first: to people of the village platform all, to others their own.
#[utoipa::path(get, path = "/api/v1/villages/{village}/disputes", tag = "Market",
    params(("village" = u32, Path, description = "The village's number"), PhaseQuery), responses(
    (status = 200, description = "The disputes", body = Page<DisputeShape>),
    (status = 422, description = "`invalid_field`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn list(
    desk: Desk<Read>,
    Asked(query): Asked<PhaseQuery>,
) -> Result<Json<Page<DisputeShape>>, Fault> {
    let wanted = query.wanted(DisputePhase::ALL.map(|phase| (phase.name(), phase.is_end())))?;
    let found = desk.app().subjects::<Dispute>(desk.village, desk.viewer(), wanted);
    let items = found.await?.0.into_iter().map(DisputeShape::from).collect();
    Ok(Json(Page { items, next: None }))
}

/// Shows a dispute.
#[utoipa::path(get, path = "/api/v1/villages/{village}/disputes/{dispute}", tag = "Market",
    params(("village" = u32, Path, description = "The village's number"),
        ("dispute" = String, Path, description = "The dispute's id")), responses(
    (status = 200, description = "The dispute", body = DisputeShape),
    (status = 404, description = "`not_found`, also about another's order", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn one(desk: Desk<OrderRead>) -> Result<Json<DisputeShape>, Fault> {
    let dispute: DisputeId = subject(&desk, "dispute")?;
    let found = desk.app().subject::<Dispute>(desk.village, desk.viewer(), dispute.bits()).await?;
    Ok(Json(found.ok_or_else(|| Fault::not_found("dispute"))?.0.into()))
}

/// Does something about a dispute: exactly one of the commands.
#[utoipa::path(post, path = "/api/v1/villages/{village}/disputes/{dispute}", tag = "Market",
    params(("village" = u32, Path, description = "The village's number"),
        ("dispute" = String, Path, description = "The dispute's id, made by the client")),
    request_body = DisputeAsk, responses(
    (status = 200, description = "Done", body = Acted),
    (status = 201, description = "Opened; `Location` is its address", body = Acted),
    (status = 409, description = "`illegal_transition` with `phase` and `allowed`, `stale` with \
        `version`", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn act(
    desk: Desk<OrderWrite>,
    key: Key,
    Input(ask): Input<DisputeAsk>,
) -> Result<Done<Acted>, Fault> {
    let dispute: DisputeId = subject(&desk, "dispute")?;
    let (version, wish) = ask.chosen()?;
    check_link(&desk, dispute, &wish).await?;
    let body = |command| Body::Dispute { command, dispute, version };
    let receipt = match wish {
        Wish::Rule(rule) => {
            let dishonest = match &rule.dishonest {
                Some(party) => Some(desk.party("rule.dishonest", party).await?),
                None => None,
            };
            let cites = digests("rule.cites", &rule.cites)?;
            let settlement = rule.settlement.settlement("rule.settlement", rule.fault.into())?;
            let given = rule.proof.given(&desk, "rule.proof").await?;
            let ruled = |proof| {
                let (cites, settlement) = (cites.clone(), settlement.clone());
                body(DisputeCommand::Rule { cites, dishonest, proof, settlement })
            };
            desk.submit_proved(key, given, ruled).await?
        }
        wish => desk.submit(key, body(command(&desk, wish).await?)).await?,
    };
    Ok(Acted::done(&receipt, desk.village, (Of::Dispute(dispute), version)))
}

/// With the link of one order, only what its buyer may do about disputes of this order.
async fn check_link(desk: &Desk<OrderWrite>, id: DisputeId, wish: &Wish) -> Result<(), Fault> {
    let Some(link) = desk.link else { return Ok(()) };
    let unknown = || Fault::not_found("dispute");
    match wish {
        Wish::Open(open) if open.order.parse() == Ok(link) => Ok(()),
        Wish::Withdraw(_) | Wish::Agree(_) | Wish::Escalate(_) | Wish::Appeal(_) => {
            let found = desk.app().subject::<Dispute>(desk.village, desk.viewer(), id.bits());
            found.await?.map(drop).ok_or_else(unknown)
        }
        _ => Err(unknown()),
    }
}

async fn command<S>(desk: &Desk<S>, wish: Wish) -> Result<DisputeCommand, Fault> {
    use DisputeCommand as C;
    Ok(match wish {
        Wish::Open(open) => C::Open {
            claim: open.claim.settlement("open.claim", Bearer::Seller)?,
            order: id("open.order", &open.order)?,
            photos: digests("open.photos", &open.photos)?,
            reason: open.reason.into(),
        },
        Wish::Withdraw(_) => C::Withdraw,
        Wish::Accept(_) => C::Accept,
        Wish::Offer(offer) => {
            let settlement = offer.settlement.settlement("offer.settlement", Bearer::Seller)?;
            C::Offer { settlement }
        }
        Wish::Refuse(refuse) => C::Refuse { photos: digests("refuse.photos", &refuse.photos)? },
        Wish::Agree(_) => C::Agree,
        Wish::Escalate(_) => C::Escalate,
        Wish::ReceiveReturn(back) => {
            let carrier = desk.party("receive_return.carrier", &back.carrier).await?;
            C::ReceiveReturn { carrier, freight_minor: back.freight_minor }
        }
        Wish::Appeal(_) => C::Appeal,
        // It is sent before this is asked.
        Wish::Rule(_) => return Err(Fault::field("body", "one_command")),
    })
}
