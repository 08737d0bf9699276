//! Group purchases: open, join by the household's own proof, close, hand out.

use std::collections::BTreeMap;

use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use verger_app::Eyes;
use verger_domain::Body;
use verger_domain::id::GroupId;
use verger_domain::market::command::GroupCommand;
use verger_domain::market::group::Tier;
use verger_domain::market::{Group, GroupPhase};

use super::answer::{Acted, Of};
use super::proof::ProofShape;
use super::{Nothing, PhaseQuery, Reason, asks, subject};
use crate::api::Done;
use crate::fault::{Fault, Problem};
use crate::input::{Asked, Desk, Input, Key, MarketWrite, Read};
use crate::text::rfc3339;
use verger_shapes::Page;

/// A price from a number of pieces on.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TierShape {
    /// From so many pieces of all households together.
    pub(super) from_quantity: u32,
    /// One costs this, in minor units.
    pub(super) price_minor: i64,
}

/// A group purchase to be opened.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OpenGroup {
    /// What is bought, by id or code.
    listing: String,
    /// How long households may join, in hours.
    hours: u32,
    /// Prices by quantity, by rising quantity.
    tiers: Vec<TierShape>,
}

/// A household that joins.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct JoinShape {
    /// Which household, by id or code.
    household: String,
    /// How many pieces.
    quantity: u32,
    /// Its own agreement.
    proof: ProofShape,
}

asks! {
    /// One command about a group purchase.
    #[schema(example = json!({"join": {"household": "H018", "quantity": 4,
        "proof": {"member": "M018", "pin": "482915"}}}))]
    GroupAsk => Wish {
        /// Opens it, under an id that the client makes.
        open Open(OpenGroup),
        /// A household joins, by its own proof.
        join Join(JoinShape),
        /// Closes it before its time.
        close Close(Nothing),
        /// Goes to the supplier.
        order Order(Nothing),
        /// Everything was handed out.
        hand_out HandOut(Nothing),
        /// Calls it off: the supplier cannot deliver.
        call_off CallOff(Reason),
    }
}

/// What a household ordered and paid.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JoinedShape {
    /// What it paid, less what came back, in minor units.
    paid_minor: i64,
    /// How many pieces.
    quantity: u32,
}

/// A group purchase.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GroupShape {
    /// Its id.
    #[schema(example = "group_0199f0c2a8b47c0e8000000000000001")]
    id: String,
    /// `open`, `closed`, `ordered`, `handed_out`, `settled` or `failed`.
    #[schema(example = "open")]
    phase: &'static str,
    /// The version, for the next command.
    version: u32,
    /// Who runs it.
    agent: String,
    /// What is bought.
    listing: String,
    /// The supplier.
    supplier: String,
    /// The price before any tier, in minor units.
    list_price_minor: i64,
    /// The tiers.
    tiers: Vec<TierShape>,
    /// All pieces together.
    quantity: u32,
    /// How many households joined.
    household_count: usize,
    /// The households with what each ordered; to others than the shop's people only their own.
    joined: BTreeMap<String, JoinedShape>,
    /// When it closes or settles by itself (RFC 3339, UTC).
    due_at: Option<String>,
}

impl GroupShape {
    fn new(row: &Group, eyes: &Eyes) -> Self {
        let tier = |tier: &Tier| TierShape {
            from_quantity: tier.from_quantity,
            price_minor: tier.price_minor,
        };
        let joined = row.joined.iter().filter(|(who, _)| eyes.is_inner() || eyes.is_of(**who));
        let joined = joined.map(|(who, joined)| {
            let (paid_minor, quantity) = (joined.paid_minor, joined.quantity);
            (who.to_string(), JoinedShape { paid_minor, quantity })
        });
        Self {
            id: row.id.to_string(),
            phase: row.phase.name(),
            version: row.version,
            agent: row.agent.to_string(),
            listing: row.listing.to_string(),
            supplier: row.supplier.to_string(),
            list_price_minor: row.list_price_minor,
            tiers: row.tiers.iter().map(tier).collect(),
            quantity: row.quantity(),
            household_count: row.joined.len(),
            joined: joined.collect(),
            due_at: row.due_at.map(rfc3339),
        }
    }
}

/// Lists group purchases, oldest first.
#[utoipa::path(get, path = "/api/v1/villages/{village}/groups", tag = "Market",
    params(("village" = u32, Path, description = "The village's number"), PhaseQuery), responses(
    (status = 200, description = "The group purchases", body = Page<GroupShape>),
    (status = 422, description = "`invalid_field`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn list(
    desk: Desk<Read>,
    Asked(query): Asked<PhaseQuery>,
) -> Result<Json<Page<GroupShape>>, Fault> {
    let is_end = |phase| matches!(phase, GroupPhase::Settled | GroupPhase::Failed);
    let wanted = query.wanted(GroupPhase::ALL.map(|phase| (phase.name(), is_end(phase))))?;
    let found = desk.app().subjects::<Group>(desk.village, desk.viewer(), wanted);
    let (rows, eyes) = found.await?;
    let items = rows.iter().map(|row| GroupShape::new(row, &eyes)).collect();
    Ok(Json(Page { items, next: None }))
}

/// Shows a group purchase.
#[utoipa::path(get, path = "/api/v1/villages/{village}/groups/{group}", tag = "Market",
    params(("village" = u32, Path, description = "The village's number"),
        ("group" = String, Path, description = "The group purchase's id")), responses(
    (status = 200, description = "The group purchase", body = GroupShape),
    (status = 404, description = "`not_found`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn one(desk: Desk<Read>) -> Result<Json<GroupShape>, Fault> {
    let group: GroupId = subject(&desk, "group")?;
    let found = desk.app().subject::<Group>(desk.village, desk.viewer(), group.bits()).await?;
    let (row, eyes) = found.ok_or_else(|| Fault::not_found("group"))?;
    Ok(Json(GroupShape::new(&row, &eyes)))
}

/// Does something about a group purchase: exactly one of the commands.
#[utoipa::path(post, path = "/api/v1/villages/{village}/groups/{group}", tag = "Market",
    params(("village" = u32, Path, description = "The village's number"),
        ("group" = String, Path, description = "The group purchase's id, made by the client")),
    request_body = GroupAsk, responses(
    (status = 200, description = "Done", body = Acted),
    (status = 201, description = "Opened; `Location` is its address", body = Acted),
    (status = 409, description = "`illegal_transition` with `phase` and `allowed`, `stale` with \
        `version`", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn act(
    desk: Desk<MarketWrite>,
    key: Key,
    Input(ask): Input<GroupAsk>,
) -> Result<Done<Acted>, Fault> {
    let group: GroupId = subject(&desk, "group")?;
    let (version, wish) = ask.chosen()?;
    let body = |command| Body::Group { command, group, version };
    let command = match wish {
        Wish::Join(join) => {
            let household = desk.party("join.household", &join.household).await?;
            let (given, quantity) = (join.proof.given(&desk, "join.proof").await?, join.quantity);
            let joined = |proof| body(GroupCommand::Join { household, proof, quantity });
            let receipt = desk.submit_proved(key, given, joined).await?;
            return Ok(Acted::done(&receipt, desk.village, (Of::Group(group), version)));
        }
        Wish::Open(open) => {
            let listing = desk.listing("open.listing", &open.listing).await?;
            let tiers = open.tiers.into_iter().map(|tier| Tier {
                from_quantity: tier.from_quantity,
                price_minor: tier.price_minor,
            });
            GroupCommand::Open { hours: open.hours, listing, tiers: tiers.collect() }
        }
        Wish::Close(_) => GroupCommand::Close,
        Wish::Order(_) => GroupCommand::Order,
        Wish::HandOut(_) => GroupCommand::HandOut,
        Wish::CallOff(Reason { reason }) => GroupCommand::CallOff { reason },
    };
    let receipt = desk.submit(key, body(command)).await?;
    Ok(Acted::done(&receipt, desk.village, (Of::Group(group), version)))
}
