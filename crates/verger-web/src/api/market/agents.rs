//! An agent's standing: modules, probation, suspension, review.

use serde::Deserialize;
use utoipa::ToSchema;
use verger_domain::Body;
use verger_domain::party::{Duty, Office};

use super::day;
use crate::api::Done;
use crate::api::parties::modules;
use crate::fault::{Fault, Problem};
use crate::input::{Desk, Input, Key, PartyWrite};
use verger_shapes::Recorded;

/// What an agent may do from now on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"certified": ["M1", "M2", "M3"], "probation_until": "2026-08-31"}))]
pub(crate) struct Certification {
    /// The training modules passed, `M1` to `M6`.
    certified: Vec<String>,
    /// Whether he may not serve; his commission waits, his wallet does not.
    #[serde(default)]
    is_suspended: bool,
    /// A post of the staff that only looks: `auditor` or `programme`; for people of the staff.
    office: Option<String>,
    /// The last day on which smaller limits hold for him.
    probation_until: Option<String>,
    /// The day until whose beginning a review holds his commission back.
    review_until: Option<String>,
}

fn office(name: &str) -> Result<Office, Fault> {
    let known = Office::ALL.into_iter().find(|office| office.name() == name);
    known.ok_or_else(|| Fault::field("office", "word"))
}

/// Says what an agent may do, or which post a person of the staff has.
#[utoipa::path(post, path = "/api/v1/villages/{village}/agents/{party}/certification",
    tag = "Parties",
    params(("village" = u32, Path, description = "The village's number"),
        ("party" = String, Path, description = "The agent's id or short code")),
    request_body = Certification, responses(
    (status = 200, description = "It holds from now on", body = Recorded),
    (status = 403, description = "`not_allowed`: only the staff may", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn certify(
    desk: Desk<PartyWrite>,
    key: Key,
    Input(wish): Input<Certification>,
) -> Result<Done<Recorded>, Fault> {
    let agent = desk.party("party", desk.param("party")).await?;
    let probation = wish.probation_until.map(|text| day("probation_until", &text)).transpose()?;
    let review = wish.review_until.map(|text| day("review_until", &text)).transpose()?;
    let duty = Duty {
        is_suspended: wish.is_suspended,
        office: wish.office.as_deref().map(office).transpose()?,
        probation_until: probation,
        review_until: review.map(|day| desk.app().calendar().start_of(day)),
    };
    let body = Body::Certify { agent, certified: modules(&wish.certified)?, duty };
    let receipt = desk.submit(key, body).await?;
    Ok(Done::new(&receipt, Recorded::new(&receipt, Some(agent.to_string()))))
}
