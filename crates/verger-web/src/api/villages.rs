//! Villages and their catalogues: public facts, no token needed.

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use verger_domain::party::Good;

use super::shape::{Page, VillageShape};
use crate::Web;
use crate::fault::{Fault, Problem};
use crate::input::{Asked, page_size, village_of};

/// A good of the catalogue.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GoodShape {
    /// Its id.
    #[schema(example = "good_0199f0c2a8b47c0e8000000000000001")]
    id: String,
    /// The short code.
    #[schema(example = "chick-feed-25kg")]
    code: String,
    /// What kind of good it is.
    #[schema(example = "feed")]
    category: String,
    /// The name in the local script.
    name: String,
    /// The name in English.
    name_latin: String,
    /// The price of one, in minor units.
    #[schema(example = 9_800)]
    price_minor: i64,
    /// What the township shop asks for it, in minor units, where known.
    #[schema(example = 11_500)]
    township_price_minor: Option<i64>,
    /// Who sells it.
    seller: String,
    /// The weight of one, in grams.
    #[schema(example = 25_000)]
    weight_g: i64,
}

impl From<Good> for GoodShape {
    fn from(good: Good) -> Self {
        Self {
            id: good.id.to_string(),
            code: good.code.to_string(),
            category: good.category,
            name: good.name,
            name_latin: good.name_latin,
            price_minor: good.price_minor,
            township_price_minor: good.township_price_minor,
            seller: good.seller.to_string(),
            weight_g: good.weight_g,
        }
    }
}

/// Where a page of a list starts and how long it is.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Paging {
    /// Only what comes after this one: the `next` of the page before.
    pub(crate) after: Option<String>,
    /// How many items at most, 1 to 200; 50 when absent.
    pub(crate) limit: Option<u32>,
}

/// Lists the villages.
#[utoipa::path(get, path = "/api/v1/villages", tag = "Villages", security(()), responses(
    (status = 200, description = "All villages of this server", body = Page<VillageShape>),
))]
pub(super) async fn list(State(web): State<Web>) -> Result<Json<Page<VillageShape>>, Fault> {
    let mut items = Vec::new();
    for id in web.app().villages().into_keys() {
        items.push(web.village(id).await?.into());
    }
    Ok(Json(Page { items, next: None }))
}

/// Shows a village.
#[utoipa::path(get, path = "/api/v1/villages/{village}", tag = "Villages", security(()),
    params(("village" = u32, Path, description = "The village's number")), responses(
    (status = 200, description = "The village", body = VillageShape),
    (status = 404, description = "`village_unknown`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn one(
    State(web): State<Web>,
    Path(village): Path<String>,
) -> Result<Json<VillageShape>, Fault> {
    Ok(Json(web.village(village_of(&village)?).await?.into()))
}

/// Lists the goods of a village's catalogue by code.
#[utoipa::path(get, path = "/api/v1/villages/{village}/goods", tag = "Villages", security(()),
    params(("village" = u32, Path, description = "The village's number"), Paging), responses(
    (status = 200, description = "A page of the catalogue", body = Page<GoodShape>),
    (status = 404, description = "`village_unknown`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn goods(
    State(web): State<Web>,
    Path(village): Path<String>,
    Asked(paging): Asked<Paging>,
) -> Result<Json<Page<GoodShape>>, Fault> {
    let (village, limit) = (village_of(&village)?, page_size(paging.limit)?);
    let after = paging.after.unwrap_or_default();
    let goods = web
        .app()
        .ask(village, move |reader, cell| reader.goods(cell, village, &after, limit))
        .await?;
    Ok(Json(Page::new(goods, limit, |good| good.code.to_string())))
}
