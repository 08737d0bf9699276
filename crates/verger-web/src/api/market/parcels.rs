//! Parcels: scans, the code with which a household collects, damage, loss, claims.

use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use verger_app::Eyes;
use verger_domain::id::ParcelId;
use verger_domain::market::command::ParcelCommand;
use verger_domain::market::parcel::Hop;
use verger_domain::market::{Order, Parcel, ParcelPhase};
use verger_domain::party::PartyKind;
use verger_domain::{Actor, Body, Command};

use super::answer::{Acted, Of};
use super::proof::ProofShape;
use super::{Nothing, PhaseQuery, asks, digests, hex};
use crate::api::Done;
use crate::fault::{Fault, Problem};
use crate::input::{Asked, Desk, Input, Key, MarketWrite, Read};
use crate::text::rfc3339;
use verger_shapes::Page;

/// A scan out of one's hands.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GiveShape {
    /// To whom, by id or code.
    taker: String,
}

/// A scan into one's hands.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TakeShape {
    /// From whom, by id or code.
    giver: String,
    /// Who takes it, by id or code: a shop, a carrier, a supplier or the cooperative.
    taker: String,
}

/// Somebody who may collect a parcel for its household.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProxyShape {
    /// Who: a member of another household, by id or code.
    proxy: String,
    /// The household's own agreement.
    proof: ProofShape,
}

/// A parcel to be handed out.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "123456", "proxy": null}))]
pub(crate) struct PickUpShape {
    /// The six digits that the household was told.
    code: String,
    /// Who collects, by id or code, if not the household itself.
    proxy: Option<String>,
}

impl std::fmt::Debug for PickUpShape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PickUpShape")
    }
}

/// Damage, with pictures.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DamageShape {
    /// The hexadecimal SHA-256 digests of the pictures; at least one.
    photos: Vec<String>,
}

/// What the carrier owes for a parcel.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClaimShape {
    /// How much, in minor units: at most what the goods were sold for.
    amount_minor: i64,
}

asks! {
    /// One command about a parcel.
    #[schema(example = json!({"pick_up": {"code": "123456", "proxy": null}}))]
    ParcelAsk => Wish {
        /// The holder scans it out of his hands.
        give Give(GiveShape),
        /// Somebody scans it into his hands.
        take Take(TakeShape),
        /// The carrier gave it to the buyer.
        deliver Deliver(Nothing),
        /// The household names somebody who may collect it.
        name_proxy NameProxy(ProxyShape),
        /// Hands it to the household, after count and damage were looked at.
        pick_up PickUp(PickUpShape),
        /// Reports damage with pictures.
        report_damage ReportDamage(DamageShape),
        /// Gives it up.
        declare_lost DeclareLost(Nothing),
        /// The carrier owes for it.
        accept_claim AcceptClaim(ClaimShape),
        /// The carrier paid what it owes for it.
        pay_claim PayClaim(Nothing),
    }
}

/// One change of hands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HopShape {
    /// Who gave it.
    giver: String,
    /// Who took it.
    taker: String,
    /// When the giver scanned it (RFC 3339, UTC).
    gave_at: Option<String>,
    /// When the receiver scanned it (RFC 3339, UTC).
    took_at: Option<String>,
}

impl From<&Hop> for HopShape {
    fn from(hop: &Hop) -> Self {
        Self {
            giver: hop.giver.to_string(),
            taker: hop.taker.to_string(),
            gave_at: hop.gave_at.map(rfc3339),
            took_at: hop.took_at.map(rfc3339),
        }
    }
}

/// A parcel.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ParcelShape {
    /// Its id.
    #[schema(example = "parcel_0199f0c2a8b47c0e8000000000000001")]
    id: String,
    /// What is written on it.
    label: String,
    /// The order it belongs to.
    order: String,
    /// Where it is.
    #[schema(example = "at_shop")]
    phase: &'static str,
    /// The version, for the next command.
    version: u32,
    /// Who has it.
    holder: String,
    /// The trip it is on.
    trip: Option<String>,
    /// Who may collect it beside the household.
    proxy: Option<String>,
    /// Its weight in grams.
    weight_g: i64,
    /// Whether there are animals in it.
    is_live: bool,
    /// Whether it can be collected with a code.
    has_code: bool,
    /// Until when its code is locked (RFC 3339, UTC).
    code_locked_until: Option<String>,
    /// When it counts as lost without another scan (RFC 3339, UTC).
    due_at: Option<String>,
    /// Its changes of hands, oldest first.
    hops: Vec<HopShape>,
    /// The digests of pictures of damage.
    damage: Vec<String>,
    /// What a carrier owes for it, in minor units.
    claim_minor: Option<i64>,
}

impl From<Parcel> for ParcelShape {
    fn from(row: Parcel) -> Self {
        Self {
            id: row.id.to_string(),
            label: row.label.to_string(),
            order: row.order.to_string(),
            phase: row.phase.name(),
            version: row.version,
            holder: row.holder.to_string(),
            trip: row.trip.map(|trip| trip.to_string()),
            proxy: row.proxy.map(|proxy| proxy.to_string()),
            weight_g: row.weight_g,
            is_live: row.is_live,
            has_code: row.code.is_some(),
            code_locked_until: row.code.and_then(|code| code.tries.locked_until).map(rfc3339),
            due_at: row.due_at.map(rfc3339),
            hops: row.hops.iter().map(HopShape::from).collect(),
            damage: hex(&row.damage),
            claim_minor: row.claim.map(|claim| claim.amount_minor),
        }
    }
}

/// The six digits with which a household collects its parcel.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CodeShape {
    /// The parcel.
    parcel: String,
    /// The digits.
    #[schema(example = "123456")]
    code: String,
}

async fn seen(desk: &Desk<Read>) -> Result<(Parcel, Eyes), Fault> {
    let parcel = desk.parcel("parcel", desk.param("parcel")).await?;
    let found = desk.app().subject::<Parcel>(desk.village, desk.viewer(), parcel.bits()).await?;
    found.ok_or_else(|| Fault::not_found("parcel"))
}

/// Lists parcels, oldest first: to people of the village platform all, to others their own.
#[utoipa::path(get, path = "/api/v1/villages/{village}/parcels", tag = "Market",
    params(("village" = u32, Path, description = "The village's number"), PhaseQuery), responses(
    (status = 200, description = "The parcels", body = Page<ParcelShape>),
    (status = 422, description = "`invalid_field`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn list(
    desk: Desk<Read>,
    Asked(query): Asked<PhaseQuery>,
) -> Result<Json<Page<ParcelShape>>, Fault> {
    let wanted = query.wanted(ParcelPhase::ALL.map(|phase| (phase.name(), phase.is_end())))?;
    let found = desk.app().subjects::<Parcel>(desk.village, desk.viewer(), wanted);
    let items = found.await?.0.into_iter().map(ParcelShape::from).collect();
    Ok(Json(Page { items, next: None }))
}

/// Shows a parcel.
#[utoipa::path(get, path = "/api/v1/villages/{village}/parcels/{parcel}", tag = "Market",
    params(("village" = u32, Path, description = "The village's number"),
        ("parcel" = String, Path, description = "The parcel's id or label")), responses(
    (status = 200, description = "The parcel", body = ParcelShape),
    (status = 404, description = "`not_found`, also for another's parcel", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn one(desk: Desk<Read>) -> Result<Json<ParcelShape>, Fault> {
    Ok(Json(seen(&desk).await?.0.into()))
}

/// Shows the code of a parcel that waits at the shop, to its household or the staff who tells it.
///
/// Never to an agent: who knows the code can collect in the household's place.
#[utoipa::path(get, path = "/api/v1/villages/{village}/parcels/{parcel}/code", tag = "Market",
    params(("village" = u32, Path, description = "The village's number"),
        ("parcel" = String, Path, description = "The parcel's id or label")), responses(
    (status = 200, description = "The code", body = CodeShape),
    (status = 403, description = "`not_allowed`", body = Problem,
        content_type = "application/problem+json"),
    (status = 404, description = "`not_found`, also when it does not wait at the shop",
        body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn code(desk: Desk<Read>) -> Result<Json<CodeShape>, Fault> {
    let (parcel, eyes) = seen(&desk).await?;
    let order = parcel.order.bits();
    let order = desk.app().subject::<Order>(desk.village, desk.viewer(), order).await?;
    let buyer = order.map(|(order, _)| order.buyer).ok_or_else(|| Fault::not_found("parcel"))?;
    let is_theirs = eyes.is_of(buyer) && !eyes.is(PartyKind::Agent);
    if !is_theirs && !eyes.is(PartyKind::Staff) {
        let actor = desk.party.to_string();
        let refusal = verger_domain::refusal::PartyRefusal::NotAllowed { actor };
        return Err(verger_domain::Refusal::from(refusal).into());
    }
    if parcel.code.is_none() || parcel.phase != ParcelPhase::AtShop {
        return Err(Fault::not_found("code"));
    }
    let code = desk.app().pickup_code(desk.village, parcel.id);
    Ok(Json(CodeShape { parcel: parcel.id.to_string(), code }))
}

/// Does something about a parcel: exactly one of the commands.
#[utoipa::path(post, path = "/api/v1/villages/{village}/parcels/{parcel}", tag = "Market",
    params(("village" = u32, Path, description = "The village's number"),
        ("parcel" = String, Path, description = "The parcel's id or label")),
    request_body = ParcelAsk, responses(
    (status = 200, description = "Done", body = Acted),
    (status = 409, description = "`illegal_transition` with `phase` and `allowed`, `stale` with \
        `version`", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "A field or a rule, such as `wrong_code` with `tries_left`, \
        `code_locked`", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn act(
    desk: Desk<MarketWrite>,
    key: Key,
    Input(ask): Input<ParcelAsk>,
) -> Result<Done<Acted>, Fault> {
    let parcel = desk.parcel("parcel", desk.param("parcel")).await?;
    let (version, wish) = ask.chosen()?;
    let body = |command| Body::Parcel { command, parcel, version };
    let receipt = match wish {
        Wish::NameProxy(named) => {
            let proxy = desk.party("name_proxy.proxy", &named.proxy).await?;
            let given = named.proof.given(&desk, "name_proxy.proof").await?;
            let name = |proof| body(ParcelCommand::NameProxy { proof, proxy });
            desk.submit_proved(key, given, name).await?
        }
        Wish::PickUp(pick_up) => {
            let command = picked_up(&desk, parcel, pick_up).await?;
            let (village, actor) = (desk.village, Actor::Party(desk.party));
            let command = Command { id: key.0, village, actor, body: body(command) };
            let receipt = desk.app().pick_up(command).await?;
            receipt.accepted()?;
            receipt
        }
        wish => desk.submit(key, body(command(&desk, parcel, wish).await?)).await?,
    };
    Ok(Acted::done(&receipt, desk.village, (Of::Parcel(parcel), version)))
}

async fn picked_up<S>(
    desk: &Desk<S>,
    parcel: ParcelId,
    wish: PickUpShape,
) -> Result<ParcelCommand, Fault> {
    let is_code = wish.code.len() == 6 && wish.code.bytes().all(|byte| byte.is_ascii_digit());
    if !is_code {
        return Err(Fault::field("pick_up.code", "pickup_code"));
    }
    let proxy = match &wish.proxy {
        Some(proxy) => Some(desk.party("pick_up.proxy", proxy).await?),
        None => None,
    };
    let code_digest = desk.app().pickup_digest(parcel, &wish.code);
    Ok(ParcelCommand::PickUp { code_digest, proxy })
}

async fn command<S>(desk: &Desk<S>, parcel: ParcelId, wish: Wish) -> Result<ParcelCommand, Fault> {
    use ParcelCommand as C;
    Ok(match wish {
        Wish::Give(give) => C::Give { taker: desk.party("give.taker", &give.taker).await? },
        Wish::Take(take) => {
            let giver = desk.party("take.giver", &take.giver).await?;
            let taker = desk.party("take.taker", &take.taker).await?;
            // The domain keeps it only where a household's parcel came to the shop.
            let code = desk.app().pickup_code(desk.village, parcel);
            let code_digest = Some(desk.app().pickup_digest(parcel, &code));
            C::Take { code_digest, giver, taker }
        }
        Wish::Deliver(_) => C::Deliver,
        Wish::ReportDamage(damage) => {
            C::ReportDamage { photos: digests("report_damage.photos", &damage.photos)? }
        }
        Wish::DeclareLost(_) => C::DeclareLost,
        Wish::AcceptClaim(claim) => C::AcceptClaim { amount_minor: claim.amount_minor },
        Wish::PayClaim(_) => C::PayClaim,
        // Both are sent before this is asked.
        Wish::NameProxy(_) | Wish::PickUp(_) => return Err(Fault::field("body", "one_command")),
    })
}
