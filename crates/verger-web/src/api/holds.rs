//! Two-phase holds: money reserved now, then posted, voided or expired.

use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use verger_domain::Body;
use verger_domain::id::HoldId;
use verger_domain::ledger::{Hold, HoldStatus};
use verger_domain::time::Instant;

use super::Done;
use crate::fault::{Fault, Problem};
use crate::input::{Desk, HoldWrite, Input, Key, Read, account};
use crate::text::rfc3339;
use verger_shapes::{Moved, Recorded};

/// Money to be reserved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "debit": "2010:0199f0c2a8b47c0e8000000000000001", "credit": "2150:0199f0c2a8b47c0e8000000000000002",
    "amount_minor": 9800, "currency": "CNY", "expires_in_seconds": 86400
}))]
pub(crate) struct NewHold {
    /// The account to be debited.
    debit: String,
    /// The account to be credited.
    credit: String,
    /// How much, in minor units.
    amount_minor: i64,
    /// The currency of the village's books.
    currency: String,
    /// After how many seconds it ends by itself, counted from the time in the idempotency key.
    expires_in_seconds: u32,
}

/// How much of a hold to move.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"amount_minor": 9800}))]
pub(crate) struct PostHold {
    /// How much, in minor units; all of it when absent.
    amount_minor: Option<i64>,
}

/// A hold.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HoldShape {
    /// Its id.
    #[schema(example = "hold_0199f0c2a8b47c0e8000000000000001")]
    id: String,
    /// The account to be debited.
    debit: String,
    /// The account to be credited.
    credit: String,
    /// How much is or was reserved, in minor units.
    #[schema(example = 9_800)]
    amount_minor: i64,
    /// When it ends by itself (RFC 3339, UTC).
    expires_at: String,
    /// `pending`, `posted`, `voided` or `expired`.
    #[schema(example = "pending")]
    status: &'static str,
    /// How much of it was posted, in minor units; once it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    posted_minor: Option<i64>,
}

impl HoldShape {
    fn at(hold: &Hold, at: Instant) -> Self {
        let (status, posted_minor) = match hold.status_at(at) {
            HoldStatus::Pending => ("pending", None),
            HoldStatus::Posted(minor) => ("posted", Some(minor)),
            HoldStatus::Voided => ("voided", None),
            HoldStatus::Expired => ("expired", None),
        };
        Self {
            id: hold.id.to_string(),
            debit: hold.debit.to_string(),
            credit: hold.credit.to_string(),
            amount_minor: hold.amount_minor,
            expires_at: rfc3339(hold.expires_at),
            status,
            posted_minor,
        }
    }
}

/// Reserves money for a while.
#[utoipa::path(post, path = "/api/v1/villages/{village}/holds", tag = "Holds",
    params(("village" = u32, Path, description = "The village's number")),
    request_body = NewHold, responses(
    (status = 201, description = "Reserved; `Location` is its address", body = Recorded),
    (status = 422, description = "A field or a rule; `key_malformed` unless the key is a fresh \
        UUID of version 7", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn place(
    desk: Desk<HoldWrite>,
    key: Key,
    Input(new): Input<NewHold>,
) -> Result<Done<Recorded>, Fault> {
    desk.check_currency(&new.currency).await?;
    let hold = HoldId::from_bytes(desk.derived("hold", key));
    let made_at = made_at(&desk, key, hold).await?;
    let body = Body::PlaceHold {
        amount_minor: new.amount_minor,
        credit: account("credit", &new.credit)?,
        debit: account("debit", &new.debit)?,
        expires_at: made_at.plus_seconds(new.expires_in_seconds),
        hold,
    };
    let receipt = desk.submit(key, body).await?;
    let location = format!("/api/v1/villages/{}/holds/{hold}", desk.village);
    Ok(Done::created(&receipt, location, Recorded::new(&receipt, Some(hold.to_string()))))
}

/// The moment from which a hold's time counts: the one in the key itself, not the one at which the
/// server reads it. A repeated request must be the same command to the last bit, or its key would
/// count as used for something else. So the key must be a UUID of version 7 made within the hour,
/// except when the hold is there already: then this is a repeat, however late.
async fn made_at(desk: &Desk<HoldWrite>, key: Key, hold: HoldId) -> Result<Instant, Fault> {
    const HOUR: u64 = 3_600_000_000;
    let made_at = key.made_at().ok_or_else(Key::malformed)?;
    let now = desk.app().now().at;
    if made_at.micros().abs_diff(now.micros()) <= HOUR {
        return Ok(made_at);
    }
    let known = desk.app().ask(desk.village, move |reader, cell| reader.hold(cell, hold)).await?;
    if known.is_some() { Ok(made_at) } else { Err(Key::malformed()) }
}

fn hold_of<S>(desk: &Desk<S>) -> Result<HoldId, Fault> {
    desk.param("hold").parse().map_err(|_| Fault::not_found("hold"))
}

/// Shows a hold.
#[utoipa::path(get, path = "/api/v1/villages/{village}/holds/{hold}", tag = "Holds",
    params(("village" = u32, Path, description = "The village's number"),
        ("hold" = String, Path, description = "The hold's id")), responses(
    (status = 200, description = "The hold as of now", body = HoldShape),
    (status = 404, description = "`not_found`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn one(desk: Desk<Read>) -> Result<Json<HoldShape>, Fault> {
    let (id, village) = (hold_of(&desk)?, desk.village);
    let found = desk.app().ask(village, move |reader, cell| reader.hold(cell, id)).await?;
    let found = found.filter(|hold| hold.village == village);
    let hold = found.ok_or_else(|| Fault::not_found("hold"))?;
    Ok(Json(HoldShape::at(&hold, desk.app().now().at)))
}

/// Moves a part or all of a hold and frees the rest.
#[utoipa::path(post, path = "/api/v1/villages/{village}/holds/{hold}/post", tag = "Holds",
    params(("village" = u32, Path, description = "The village's number"),
        ("hold" = String, Path, description = "The hold's id")),
    request_body = PostHold, responses(
    (status = 200, description = "The money has moved", body = Moved),
    (status = 404, description = "`hold_unknown`", body = Problem,
        content_type = "application/problem+json"),
    (status = 409, description = "`already_posted`, `already_voided` or `already_expired`",
        body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn post(
    desk: Desk<HoldWrite>,
    key: Key,
    Input(wish): Input<PostHold>,
) -> Result<Done<Moved>, Fault> {
    let body = Body::PostHold { amount_minor: wish.amount_minor, hold: hold_of(&desk)? };
    let receipt = desk.submit(key, body).await?;
    Ok(Done::new(&receipt, Moved::from(&receipt)))
}

/// Gives a hold up.
#[utoipa::path(post, path = "/api/v1/villages/{village}/holds/{hold}/void", tag = "Holds",
    params(("village" = u32, Path, description = "The village's number"),
        ("hold" = String, Path, description = "The hold's id")), responses(
    (status = 200, description = "The money is free again", body = Recorded),
    (status = 404, description = "`hold_unknown`", body = Problem,
        content_type = "application/problem+json"),
    (status = 409, description = "`already_posted`, `already_voided` or `already_expired`",
        body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn void(desk: Desk<HoldWrite>, key: Key) -> Result<Done<Recorded>, Fault> {
    let hold = hold_of(&desk)?;
    let receipt = desk.submit(key, Body::VoidHold { hold }).await?;
    Ok(Done::new(&receipt, Recorded::new(&receipt, Some(hold.to_string()))))
}
