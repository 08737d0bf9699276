//! Trips between the county's hub and the village: plan, load, depart, arrive, close.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use verger_domain::Body;
use verger_domain::id::{ParcelId, TripId};
use verger_domain::market::command::TripCommand;
use verger_domain::market::{Trip, TripPhase};

use super::answer::{Acted, Of};
use super::{PhaseQuery, asks, subject};
use crate::api::Done;
use crate::fault::{Fault, Problem};
use crate::input::{Asked, Desk, Input, Key, MarketWrite, Read};
use verger_shapes::Page;

/// A trip to be planned.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanShape {
    /// Who drives, by id or code.
    carrier: String,
}

/// Parcels for a manifest.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoadShape {
    /// Which, by id or label.
    parcels: Vec<String>,
}

/// A departure.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DepartShape {
    /// How many parcels were counted.
    counted: u32,
}

/// An arrival.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ArriveShape {
    /// The parcels that were there, by id or label.
    counted: Vec<String>,
}

/// The cost of a trip.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CostShape {
    /// How much, in minor units.
    cost_minor: i64,
}

asks! {
    /// One command about a trip.
    #[schema(example = json!({"plan": {"carrier": "C1"}}))]
    TripAsk => Wish {
        /// Plans it, under an id that the client makes.
        plan Plan(PlanShape),
        /// Puts parcels on its manifest.
        load Load(LoadShape),
        /// It leaves.
        depart Depart(DepartShape),
        /// It is there; what the manifest names and the count does not is missing.
        arrive Arrive(ArriveShape),
        /// Its cost is known.
        close Close(CostShape),
    }
}

/// A trip with its manifest.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TripShape {
    /// Its id.
    #[schema(example = "trip_0199f0c2a8b47c0e8000000000000001")]
    id: String,
    /// `planned`, `loading`, `departed`, `arrived` or `closed`.
    #[schema(example = "loading")]
    phase: &'static str,
    /// The version, for the next command.
    version: u32,
    /// Who drives.
    carrier: String,
    /// The parcels on it, with their grams.
    manifest: BTreeMap<String, i64>,
    /// The parcels that were counted at its end.
    arrived: Vec<String>,
    /// What it cost, in minor units; once it is closed.
    cost_minor: i64,
    /// Each parcel's part of the cost, in minor units.
    cost_shares_minor: BTreeMap<String, i64>,
}

impl From<Trip> for TripShape {
    fn from(row: Trip) -> Self {
        let shares = row.cost_shares().into_iter();
        Self {
            id: row.id.to_string(),
            phase: row.phase.name(),
            version: row.version,
            carrier: row.carrier.to_string(),
            manifest: row.manifest.iter().map(|(id, grams)| (id.to_string(), *grams)).collect(),
            arrived: row.arrived.iter().map(ToString::to_string).collect(),
            cost_minor: row.cost_minor,
            cost_shares_minor: shares.map(|(id, minor)| (id.to_string(), minor)).collect(),
        }
    }
}

const PHASES: [TripPhase; 5] = [
    TripPhase::Planned,
    TripPhase::Loading,
    TripPhase::Departed,
    TripPhase::Arrived,
    TripPhase::Closed,
];

/// Lists trips, oldest first, to people of the village platform.
#[utoipa::path(get, path = "/api/v1/villages/{village}/trips", tag = "Market",
    params(("village" = u32, Path, description = "The village's number"), PhaseQuery), responses(
    (status = 200, description = "The trips", body = Page<TripShape>),
    (status = 422, description = "`invalid_field`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn list(
    desk: Desk<Read>,
    Asked(query): Asked<PhaseQuery>,
) -> Result<Json<Page<TripShape>>, Fault> {
    let wanted = query.wanted(PHASES.map(|phase| (phase.name(), phase == TripPhase::Closed)))?;
    let found = desk.app().subjects::<Trip>(desk.village, desk.viewer(), wanted);
    let items = found.await?.0.into_iter().map(TripShape::from).collect();
    Ok(Json(Page { items, next: None }))
}

/// Shows a trip.
#[utoipa::path(get, path = "/api/v1/villages/{village}/trips/{trip}", tag = "Market",
    params(("village" = u32, Path, description = "The village's number"),
        ("trip" = String, Path, description = "The trip's id")), responses(
    (status = 200, description = "The trip", body = TripShape),
    (status = 404, description = "`not_found`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn one(desk: Desk<Read>) -> Result<Json<TripShape>, Fault> {
    let trip: TripId = subject(&desk, "trip")?;
    let found = desk.app().subject::<Trip>(desk.village, desk.viewer(), trip.bits()).await?;
    Ok(Json(found.ok_or_else(|| Fault::not_found("trip"))?.0.into()))
}

/// Does something about a trip: exactly one of the commands.
#[utoipa::path(post, path = "/api/v1/villages/{village}/trips/{trip}", tag = "Market",
    params(("village" = u32, Path, description = "The village's number"),
        ("trip" = String, Path, description = "The trip's id, made by the client")),
    request_body = TripAsk, responses(
    (status = 200, description = "Done", body = Acted),
    (status = 201, description = "Planned; `Location` is its address", body = Acted),
    (status = 409, description = "`illegal_transition` with `phase` and `allowed`, `stale` with \
        `version`", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn act(
    desk: Desk<MarketWrite>,
    key: Key,
    Input(ask): Input<TripAsk>,
) -> Result<Done<Acted>, Fault> {
    let trip: TripId = subject(&desk, "trip")?;
    let (version, wish) = ask.chosen()?;
    let command = command(&desk, wish).await?;
    let receipt = desk.submit(key, Body::Trip { command, trip, version }).await?;
    Ok(Acted::done(&receipt, desk.village, (Of::Trip(trip), version)))
}

async fn command<S>(desk: &Desk<S>, wish: Wish) -> Result<TripCommand, Fault> {
    use TripCommand as C;
    Ok(match wish {
        Wish::Plan(plan) => C::Plan { carrier: desk.party("plan.carrier", &plan.carrier).await? },
        Wish::Load(load) => {
            C::Load { parcels: parcels(desk, "load.parcels", &load.parcels).await? }
        }
        Wish::Depart(depart) => C::Depart { counted: depart.counted },
        Wish::Arrive(arrive) => {
            let counted = parcels(desk, "arrive.counted", &arrive.counted).await?;
            C::Arrive { counted: BTreeSet::from_iter(counted) }
        }
        Wish::Close(close) => C::Close { cost_minor: close.cost_minor },
    })
}

async fn parcels<S>(desk: &Desk<S>, path: &str, texts: &[String]) -> Result<Vec<ParcelId>, Fault> {
    let mut parcels = Vec::with_capacity(texts.len());
    for (index, text) in texts.iter().enumerate() {
        parcels.push(desk.parcel(&format!("{path}[{index}]"), text).await?);
    }
    Ok(parcels)
}
