//! Villages: public facts, no token needed.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;

use crate::Web;
use crate::fault::{Fault, Problem};
use crate::input::village_of;
use verger_shapes::{Page, VillageShape};

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
