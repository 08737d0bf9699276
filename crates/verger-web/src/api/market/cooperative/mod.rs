//! The cooperative over the API: season windows, boxes ordered ahead, lots, pools, members and votes,
//! and what everybody may know of a box. Owns the forms; the rules are the domain's.

mod boxes;
mod lots;
mod members;
mod pools;
mod preorders;
mod seasons;
mod statement;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use verger_domain::id::LotId;
use verger_domain::market::lot::Grade;
use verger_domain::party::CodeOf;

use super::wished;
use crate::Web;
use crate::fault::Fault;
use crate::input::Desk;

pub(crate) use statement::{StatementShape, statement_for, statement_of};

/// The cooperative's routes with their description.
pub(super) fn routes() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(seasons::list))
        .routes(routes!(seasons::one, seasons::act))
        .routes(routes!(seasons::notices))
        .routes(routes!(preorders::list))
        .routes(routes!(preorders::one, preorders::act))
        .routes(routes!(preorders::place))
        .routes(routes!(lots::list))
        .routes(routes!(lots::one, lots::act))
        .routes(routes!(lots::trace))
        .routes(routes!(lots::label))
        .routes(routes!(pools::list))
        .routes(routes!(pools::one, pools::act))
        .routes(routes!(pools::plan))
        .routes(routes!(pools::statement))
        .routes(routes!(members::one, members::act))
        .routes(routes!(members::list_votes))
        .routes(routes!(members::one_vote, members::act_on_vote))
        .routes(routes!(boxes::one))
        .routes(routes!(boxes::fair_price))
}

/// A grade in a field of the request.
fn grade(field: &str, name: &str) -> Result<Grade, Fault> {
    Grade::by_name(name).ok_or_else(|| Fault::field(field, "word"))
}

/// The lot that an id or a code of this village stands for.
async fn lot<S>(desk: &Desk<S>, field: &str, text: &str) -> Result<LotId, Fault> {
    wished(desk, (CodeOf::Lot, "lot"), text).await.map_err(|fault| fault.about(field))
}
