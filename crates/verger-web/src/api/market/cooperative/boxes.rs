//! What everybody may know: whose fruit is in a box, and what of a price reaches the orchard. No
//! token is needed, and no buyer is named.

use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;
use verger_domain::market::fair::FairPrice;

use crate::Web;
use crate::fault::{Fault, Problem};
use crate::input::{listing_in, village_of};

/// What of a price reaches the orchard, beside what the trader paid there.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FairShape {
    /// What the buyer pays for the fruit, without freight, in minor units.
    price_minor: i64,
    /// What reaches the orchard, in minor units.
    farm_gate_minor: i64,
    /// The same as a part of the price, in hundredths of a percent.
    farm_gate_bps: i64,
    /// The same for a kilogram, in minor units.
    farm_gate_minor_per_kg: i64,
    /// What the trader paid for a kilogram, in minor units, where known.
    trader_minor_per_kg: Option<i64>,
    /// The day on which that was heard.
    trader_on: Option<String>,
    /// How much more a kilogram brings than the trader would have paid; negative when less.
    more_minor_per_kg: Option<i64>,
}

impl From<&FairPrice> for FairShape {
    fn from(fair: &FairPrice) -> Self {
        Self {
            price_minor: fair.price_minor,
            farm_gate_minor: fair.farm_gate_minor,
            farm_gate_bps: fair.farm_gate_bps(),
            farm_gate_minor_per_kg: fair.farm_gate_minor_per_kg(),
            trader_minor_per_kg: fair.trader.map(|(_, minor)| minor),
            trader_on: fair.trader.map(|(day, _)| day.to_string()),
            more_minor_per_kg: fair.more_than_trader_minor(),
        }
    }
}

/// One lot of a box.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BoxLotShape {
    /// What is written on the lot.
    lot: String,
    /// The household's short code.
    household: String,
    /// How much of it is in the box, in grams.
    grams: i64,
    /// The variety.
    variety: Option<String>,
    /// The day it was picked.
    picked_on: Option<String>,
}

/// The story of a box.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BoxShape {
    /// What is written on it.
    label: String,
    /// Where it is.
    phase: &'static str,
    /// What it weighs, in grams, box and all.
    weight_g: i64,
    /// Whose fruit is in it.
    lots: Vec<BoxLotShape>,
    /// What of its order's price reaches the orchard.
    fair_price: Option<FairShape>,
}

/// Tells the story of a box: whose fruit it is, when it was picked, and what reaches the orchard.
#[utoipa::path(get, path = "/api/v1/villages/{village}/boxes/{label}", tag = "Cooperative",
    security(()),
    params(("village" = u32, Path, description = "The village's number"),
        ("label" = String, Path, description = "What is written on the box")), responses(
    (status = 200, description = "The box", body = BoxShape),
    (status = 404, description = "`not_found`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn one(
    State(web): State<Web>,
    Path((village, label)): Path<(String, String)>,
) -> Result<Json<BoxShape>, Fault> {
    let village = village_of(&village)?;
    let story = web.app().box_story(village, label).await?;
    let story = story.ok_or_else(|| Fault::not_found("box"))?;
    let lots = story.sheet.lots.iter().map(|lot| BoxLotShape {
        lot: lot.lot.to_string(),
        household: lot.household.clone(),
        grams: lot.grams,
        variety: lot.row.as_ref().map(|row| row.variety.clone()),
        picked_on: lot.row.as_ref().map(|row| row.picked_on.to_string()),
    });
    Ok(Json(BoxShape {
        label: story.sheet.parcel.label.to_string(),
        phase: story.sheet.parcel.phase.name(),
        weight_g: story.sheet.parcel.weight_g,
        lots: lots.collect(),
        fair_price: story.fair.as_ref().map(FairShape::from),
    }))
}

/// Says what of a listing's price reaches the orchard, beside the trader's price of today.
#[utoipa::path(get, path = "/api/v1/villages/{village}/listings/{listing}/fair-price",
    tag = "Cooperative", security(()),
    params(("village" = u32, Path, description = "The village's number"),
        ("listing" = String, Path, description = "The listing's id or code")), responses(
    (status = 200, description = "The price and its parts", body = FairShape),
    (status = 404, description = "`not_found`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn fair_price(
    State(web): State<Web>,
    Path((village, listing)): Path<(String, String)>,
) -> Result<Json<FairShape>, Fault> {
    let village = village_of(&village)?;
    let listing = listing_in(web.app(), village, &listing).await?;
    let fair = web.app().fair_price(village, listing).await?;
    let fair = fair.ok_or_else(|| Fault::not_found("listing"))?;
    Ok(Json(FairShape::from(&fair)))
}
