//! Season windows: open, promise, the trader's price, delay; and the news for everybody.

use std::collections::BTreeMap;

use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use verger_app::Eyes;
use verger_app::report::Place;
use verger_domain::Body;
use verger_domain::effect::Message;
use verger_domain::id::SeasonId;
use verger_domain::market::command::SeasonCommand;
use verger_domain::market::group::Tier;
use verger_domain::market::season::{Presale, Promise};
use verger_domain::market::{SeasonPhase, SeasonWindow};

use super::super::answer::{Acted, Of};
use super::super::groups::TierShape;
use super::super::proof::ProofShape;
use super::super::{PhaseQuery, Reason, asks, day, subject};
use super::grade;
use crate::api::Done;
use crate::fault::{Fault, Problem};
use crate::input::{Asked, Desk, Input, Key, MarketWrite, Read};
use crate::text::rfc3339;
use verger_shapes::Page;

/// What buyers can order ahead.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PresaleShape {
    /// Which part of what is promised may be ordered ahead, in hundredths of a percent.
    #[schema(example = 4_500)]
    cap_bps: u32,
    /// The last day on which boxes can be ordered ahead.
    #[schema(example = "2026-07-14")]
    closes_on: String,
    /// What a box is, by id or code.
    listing: String,
    /// The price of one before any tier, in minor units.
    price_minor: i64,
    /// Prices by the boxes of all buyers together, by rising quantity.
    #[serde(default)]
    tiers: Vec<TierShape>,
    /// The fruit in one box, in grams.
    weight_g: i64,
}

/// A season window to be opened.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OpenSeason {
    /// The variety.
    variety: String,
    /// The first day of picking.
    from: String,
    /// The last day of picking.
    to: String,
    /// What can be ordered ahead, if anything.
    presale: Option<PresaleShape>,
}

/// What a household will bring.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PromiseShape {
    /// Which household, by id or code.
    household: String,
    /// Grams by day; zero takes a day back.
    days: BTreeMap<String, i64>,
    /// Its own agreement, where an agent asks for it.
    proof: Option<ProofShape>,
}

/// What the trader pays at the orchard.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PriceNote {
    /// On which day, at most seven days ago.
    day: String,
    /// For which grade: `A`, `B` or `C`.
    grade: String,
    /// For a kilogram, in minor units.
    minor_per_kg: i64,
}

/// A delay by the weather.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DelayShape {
    /// By how many days.
    days: u32,
    /// Why, in at most 500 characters.
    reason: String,
}

asks! {
    /// One command about a season window.
    #[schema(example = json!({"promise": {"household": "H018", "days": {"2026-07-20": 60000},
        "proof": {"member": "M018", "pin": "482915"}}}))]
    SeasonAsk => Wish {
        /// Opens it, under an id that the client makes.
        open Open(OpenSeason),
        /// A household says what it will bring.
        promise Promise(PromiseShape),
        /// Notes what the trader pays at the orchard.
        note_price NotePrice(PriceNote),
        /// Announces a delay by the weather, once to all.
        delay Delay(DelayShape),
        /// Says that what is missing is nobody's fault.
        forgive Forgive(Reason),
        /// Calls it off.
        cancel Cancel(Reason),
    }
}

/// What a household promised and brought.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PromisedShape {
    /// Grams by day.
    days: BTreeMap<String, i64>,
    /// What it brought that can be sold, in grams.
    delivered_g: i64,
}

impl From<&Promise> for PromisedShape {
    fn from(promise: &Promise) -> Self {
        let days = promise.days.iter().map(|(day, grams)| (day.to_string(), *grams));
        Self { days: days.collect(), delivered_g: promise.delivered_g }
    }
}

/// A delay that was announced.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DelayedShape {
    /// When it was announced (RFC 3339, UTC).
    at: String,
    /// By how many days.
    days: u32,
    /// Why.
    reason: String,
}

/// A season window.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SeasonShape {
    /// Its id.
    #[schema(example = "season_0199f0c2a8b47c0e8000000000000001")]
    id: String,
    /// `open`, `fixed`, `over` or `cancelled`.
    phase: &'static str,
    /// The version, for the next command.
    version: u32,
    /// The variety.
    variety: String,
    /// The first day of picking.
    from: String,
    /// The last day of picking.
    to: String,
    /// All that members promised, in grams.
    promised_g: i64,
    /// Boxes ordered ahead.
    preordered: u32,
    /// How many more boxes promises back.
    boxes_left: i64,
    /// What a box ordered ahead costs: in the end, or at so many boxes.
    box_price_minor: Option<i64>,
    /// What can be ordered ahead.
    presale: Option<PresaleShape>,
    /// Delays by the weather, oldest first.
    delays: Vec<DelayedShape>,
    /// The trader's price of a kilogram by day and grade, in minor units.
    trader: BTreeMap<String, BTreeMap<&'static str, i64>>,
    /// What each household promised; to others than the shop's people only their own.
    promises: BTreeMap<String, PromisedShape>,
}

impl SeasonShape {
    fn new(row: &SeasonWindow, eyes: &Eyes) -> Self {
        let seen = row.promises.iter().filter(|(who, _)| eyes.is_inner() || eyes.is_of(**who));
        let tier = |tier: &Tier| TierShape {
            from_quantity: tier.from_quantity,
            price_minor: tier.price_minor,
        };
        let presale = row.presale.as_ref().map(|presale| PresaleShape {
            cap_bps: presale.cap_bps,
            closes_on: presale.closes_on.to_string(),
            listing: presale.listing.to_string(),
            price_minor: presale.price_minor,
            tiers: presale.tiers.iter().map(tier).collect(),
            weight_g: presale.weight_g,
        });
        let so_far = row.presale.as_ref().map(|presale| presale.price_at(row.preordered));
        let trader = row.trader.iter().map(|(day, prices)| {
            let prices = prices.iter().map(|(grade, minor)| (grade.name(), *minor));
            (day.to_string(), prices.collect())
        });
        let delays = row.delays.iter().map(|delay| DelayedShape {
            at: rfc3339(delay.at),
            days: delay.days,
            reason: delay.reason.clone(),
        });
        Self {
            id: row.id.to_string(),
            phase: row.phase.name(),
            version: row.version,
            variety: row.variety.clone(),
            from: row.from.to_string(),
            to: row.to.to_string(),
            promised_g: row.promised_g(),
            preordered: row.preordered,
            boxes_left: row.boxes_left().max(0),
            box_price_minor: row.price_minor.or(so_far),
            presale,
            delays: delays.collect(),
            trader: trader.collect(),
            promises: seen.map(|(who, promise)| (who.to_string(), promise.into())).collect(),
        }
    }
}

/// Lists season windows, oldest first.
#[utoipa::path(get, path = "/api/v1/villages/{village}/seasons", tag = "Cooperative",
    params(("village" = u32, Path, description = "The village's number"), PhaseQuery), responses(
    (status = 200, description = "The season windows", body = Page<SeasonShape>),
    (status = 422, description = "`invalid_field`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn list(
    desk: Desk<Read>,
    Asked(query): Asked<PhaseQuery>,
) -> Result<Json<Page<SeasonShape>>, Fault> {
    let is_end = |phase| matches!(phase, SeasonPhase::Over | SeasonPhase::Cancelled);
    let wanted = query.wanted(SeasonPhase::ALL.map(|phase| (phase.name(), is_end(phase))))?;
    let found = desk.app().subjects::<SeasonWindow>(desk.village, desk.viewer(), wanted);
    let (rows, eyes) = found.await?;
    let items = rows.iter().map(|row| SeasonShape::new(row, &eyes)).collect();
    Ok(Json(Page { items, next: None }))
}

/// Shows a season window.
#[utoipa::path(get, path = "/api/v1/villages/{village}/seasons/{season}", tag = "Cooperative",
    params(("village" = u32, Path, description = "The village's number"),
        ("season" = String, Path, description = "The season window's id")), responses(
    (status = 200, description = "The season window", body = SeasonShape),
    (status = 404, description = "`not_found`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn one(desk: Desk<Read>) -> Result<Json<SeasonShape>, Fault> {
    let season: SeasonId = subject(&desk, "season")?;
    let found = desk.app().subject::<SeasonWindow>(desk.village, desk.viewer(), season.bits());
    let (row, eyes) = found.await?.ok_or_else(|| Fault::not_found("season"))?;
    Ok(Json(SeasonShape::new(&row, &eyes)))
}

/// Does something about a season window: exactly one of the commands.
#[utoipa::path(post, path = "/api/v1/villages/{village}/seasons/{season}", tag = "Cooperative",
    params(("village" = u32, Path, description = "The village's number"),
        ("season" = String, Path, description = "The season window's id, made by the client")),
    request_body = SeasonAsk, responses(
    (status = 200, description = "Done", body = Acted),
    (status = 201, description = "Opened; `Location` is its address", body = Acted),
    (status = 409, description = "`illegal_transition`, `stale`, `season_running`",
        body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn act(
    desk: Desk<MarketWrite>,
    key: Key,
    Input(ask): Input<SeasonAsk>,
) -> Result<Done<Acted>, Fault> {
    let season: SeasonId = subject(&desk, "season")?;
    let (version, wish) = ask.chosen()?;
    let body = |command| Body::Season { command, season, version };
    let command = match wish {
        Wish::Open(open) => opening(&desk, open).await?,
        Wish::Promise(wish) => {
            let household = desk.party("promise.household", &wish.household).await?;
            let days = wish.days.iter();
            let days = days.map(|(text, grams)| Ok((day("promise.days", text)?, *grams)));
            let days: BTreeMap<_, _> = days.collect::<Result<_, Fault>>()?;
            if let Some(proof) = wish.proof {
                let given = proof.given(&desk, "promise.proof").await?;
                let promised = |proof| {
                    let (days, proof) = (days.clone(), Some(proof));
                    body(SeasonCommand::Promise { days, household, proof })
                };
                let receipt = desk.submit_proved(key, given, promised).await?;
                return Ok(Acted::done(&receipt, desk.village, (Of::Season(season), version)));
            }
            SeasonCommand::Promise { days, household, proof: None }
        }
        Wish::NotePrice(note) => SeasonCommand::NotePrice {
            day: day("note_price.day", &note.day)?,
            grade: grade("note_price.grade", &note.grade)?,
            minor_per_kg: note.minor_per_kg,
        },
        Wish::Delay(DelayShape { days, reason }) => SeasonCommand::Delay { days, reason },
        Wish::Forgive(Reason { reason }) => SeasonCommand::Forgive { reason },
        Wish::Cancel(Reason { reason }) => SeasonCommand::Cancel { reason },
    };
    let receipt = desk.submit(key, body(command)).await?;
    Ok(Acted::done(&receipt, desk.village, (Of::Season(season), version)))
}

async fn opening(desk: &Desk<MarketWrite>, open: OpenSeason) -> Result<SeasonCommand, Fault> {
    let presale = match open.presale {
        None => None,
        Some(shape) => Some(Presale {
            cap_bps: shape.cap_bps,
            closes_on: day("open.presale.closes_on", &shape.closes_on)?,
            listing: desk.listing("open.presale.listing", &shape.listing).await?,
            price_minor: shape.price_minor,
            tiers: shape
                .tiers
                .into_iter()
                .map(|tier| Tier {
                    from_quantity: tier.from_quantity,
                    price_minor: tier.price_minor,
                })
                .collect(),
            weight_g: shape.weight_g,
        }),
    };
    let (from, to) = (day("open.from", &open.from)?, day("open.to", &open.to)?);
    Ok(SeasonCommand::Open { from, presale, to, variety: open.variety })
}

/// News of a village for everybody.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NoticeShape {
    /// When it was said (RFC 3339, UTC).
    at: String,
    /// What it is: `season_delayed`.
    kind: &'static str,
    /// Which season window.
    season: String,
    /// By how many days picking begins later.
    days: u32,
    /// The first day of picking now.
    from: String,
    /// Why.
    reason: String,
}

/// Lists the newest news, newest first: each was said once, to all.
#[utoipa::path(get, path = "/api/v1/villages/{village}/notices", tag = "Cooperative",
    params(("village" = u32, Path, description = "The village's number")), responses(
    (status = 200, description = "The news", body = Page<NoticeShape>),
))]
pub(super) async fn notices(desk: Desk<Read>) -> Result<Json<Page<NoticeShape>>, Fault> {
    let village = desk.village;
    let found =
        desk.app().ask(village, move |reader, cell| reader.notices(Place { cell, village }, 50));
    let shaped = found.await?.into_iter().filter_map(|(at, message)| match message {
        Message::SeasonDelayed { days, from, reason, season } => Some(NoticeShape {
            at: rfc3339(at),
            kind: "season_delayed",
            season: season.to_string(),
            days,
            from: from.to_string(),
            reason,
        }),
        Message::ReceiveMoney { .. } | Message::Notice { .. } => None,
    });
    Ok(Json(Page { items: shaped.collect(), next: None }))
}
