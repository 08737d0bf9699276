//! People, families and firms: list, show, register, PIN.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use verger_app::{AppError, PartyFilter};
use verger_domain::Body;
use verger_domain::id::PartyId;
use verger_domain::ledger::{AccountId, AccountKey};
use verger_domain::party::{Duty, Module, Party, PartyKind, Profile};

use super::Done;
use crate::fault::{Fault, Problem};
use crate::input::{Asked, Desk, Input, Key, PartyWrite, Read, page_size};
use verger_shapes::{AccountShape, Page, PartyShape, Recorded};

/// Which parties to list.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct PartyQuery {
    /// Only this kind, such as `household`.
    kind: Option<String>,
    /// Only codes after this one: the `next` of the page before.
    after: Option<String>,
    /// How many items at most, 1 to 200; 50 when absent.
    limit: Option<u32>,
}

/// A party to be registered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "member", "code": "M018", "household": "H018", "name": "李桂花",
    "name_latin": "Li Guihua", "facts": {"phone": "feature"}
}))]
pub(crate) struct NewParty {
    /// What it is, such as `household`, `member` or `agent`.
    kind: String,
    /// The short code people use, unique in the village.
    code: String,
    /// The household it belongs to, by id or code; needed for members.
    household: Option<String>,
    /// The training modules passed (`M1` to `M6`); agents only.
    #[serde(default)]
    certified: Vec<String>,
    /// The name in the local script.
    name: String,
    /// The name in Latin letters.
    name_latin: String,
    /// Descriptive lines, shown as they are.
    #[serde(default)]
    facts: BTreeMap<String, String>,
}

/// What is known of a party's honest and dishonest operations.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StandingShape {
    /// Facts that speak for it.
    good_count: i64,
    /// Facts that speak against it.
    bad_count: i64,
    /// The value of the good ones, in minor units.
    good_minor: i64,
}

/// A party with its money and its standing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PartyDetail {
    #[serde(flatten)]
    party: PartyShape,
    /// The accounts of its kind.
    accounts: Vec<AccountShape>,
    /// What the evidence says; absent where there is none.
    standing: Option<StandingShape>,
}

/// A member's new PIN.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"pin": "482915", "old_pin": "111111"}))]
pub(crate) struct NewPin {
    /// Six digits, typed by the member.
    pin: String,
    /// The PIN so far; needed when there is one.
    old_pin: Option<String>,
}

/// Lists the parties of a village by code, with their names.
#[utoipa::path(get, path = "/api/v1/villages/{village}/parties", tag = "Parties",
    params(("village" = u32, Path, description = "The village's number"), PartyQuery), responses(
    (status = 200, description = "A page of parties", body = Page<PartyShape>),
    (status = 422, description = "`invalid_field`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn list(
    desk: Desk<Read>,
    Asked(query): Asked<PartyQuery>,
) -> Result<Json<Page<PartyShape>>, Fault> {
    let limit = page_size(query.limit)?;
    let kind = query.kind.as_deref().map(kind_of).transpose()?;
    let filter = PartyFilter { kind, after_code: query.after.unwrap_or_default() };
    let village = desk.village;
    let parties = desk
        .app()
        .ask(village, move |reader, cell| reader.parties(cell, village, &filter, limit))
        .await?;
    Ok(Json(Page::new(parties, limit, |view| view.party.code.to_string())))
}

/// The training modules with these names.
pub(super) fn modules(names: &[String]) -> Result<BTreeSet<Module>, Fault> {
    let wrong = || Fault::field("certified", "module");
    let module = |name: &String| serde_json::from_value(name.as_str().into()).ok();
    names.iter().map(|name| module(name).ok_or_else(wrong)).collect()
}

fn kind_of(name: &str) -> Result<PartyKind, Fault> {
    PartyKind::by_name(name).ok_or_else(|| Fault::field("kind", "party_kind"))
}

/// Registers a party and opens its accounts.
#[utoipa::path(post, path = "/api/v1/villages/{village}/parties", tag = "Parties",
    params(("village" = u32, Path, description = "The village's number")),
    request_body = NewParty, responses(
    (status = 201, description = "Registered; `Location` is its address", body = Recorded),
    (status = 422, description = "A field or a rule", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn register(
    desk: Desk<PartyWrite>,
    key: Key,
    Input(new): Input<NewParty>,
) -> Result<Done<Recorded>, Fault> {
    let id = PartyId::from_bytes(desk.derived("party", key));
    let household = match &new.household {
        Some(text) => Some(desk.party("household", text).await?),
        None => None,
    };
    let certified = modules(&new.certified)?;
    let party = Party {
        certified,
        code: new.code.parse().map_err(|_| Fault::field("code", "short_code"))?,
        duty: Duty::default(),
        household,
        id,
        kind: kind_of(&new.kind)?,
        village: desk.village,
    };
    // The salt comes from the key, so that a repeated request is the same command.
    let salt = desk.app().secret().digest("salt", &[&key.0.to_bytes()]);
    let profile = Profile { facts: new.facts, name: new.name, name_latin: new.name_latin, salt };
    let receipt = desk.submit(key, Body::RegisterParty { party, profile }).await?;
    let location = format!("/api/v1/villages/{}/parties/{id}", desk.village);
    Ok(Done::created(&receipt, location, Recorded::new(&receipt, Some(id.to_string()))))
}

/// Shows a party with its accounts and its standing.
#[utoipa::path(get, path = "/api/v1/villages/{village}/parties/{party}", tag = "Parties",
    params(("village" = u32, Path, description = "The village's number"),
        ("party" = String, Path, description = "The party's id or short code")), responses(
    (status = 200, description = "The party", body = PartyDetail),
    (status = 404, description = "`not_found`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn one(desk: Desk<Read>) -> Result<Json<PartyDetail>, Fault> {
    let id = desk.party("party", desk.param("party")).await?;
    let (village, at) = (desk.village, desk.app().now().at);
    let found = desk.app().ask(village, move |reader, cell| {
        let Some(view) = reader.party(cell, id)?.filter(|view| view.party.village == village)
        else {
            return Ok(None);
        };
        let mut accounts = Vec::new();
        for code in view.party.kind.accounts() {
            let account = AccountId { village, key: AccountKey::party(*code, id) };
            accounts.extend(reader.account_at(cell, account, at)?);
        }
        Ok(Some((view, accounts, reader.standing(cell, id)?)))
    });
    let found = found.await?.ok_or_else(|| Fault::not_found("party").about("party"))?;
    let (view, accounts, standing) = found;
    Ok(Json(PartyDetail {
        party: view.into(),
        accounts: accounts.into_iter().map(AccountShape::from).collect(),
        standing: standing.map(|standing| StandingShape {
            good_count: standing.good_count,
            bad_count: standing.bad_count,
            good_minor: standing.good_minor,
        }),
    }))
}

/// Gives a member a PIN, or a new one in exchange for the old.
#[utoipa::path(post, path = "/api/v1/villages/{village}/parties/{party}/pin", tag = "Parties",
    params(("village" = u32, Path, description = "The village's number"),
        ("party" = String, Path, description = "The member's id or short code")),
    request_body = NewPin, responses(
    (status = 200, description = "The PIN is set", body = Recorded),
    (status = 422, description = "`invalid_field`, `old_pin_needed`, `wrong_pin` or `pin_locked`",
        body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn set_pin(
    desk: Desk<PartyWrite>,
    key: Key,
    Input(new): Input<NewPin>,
) -> Result<Done<Recorded>, Fault> {
    let member = desk.party("party", desk.param("party")).await?;
    let (app, pin) = (desk.app().clone(), new.pin);
    // Hashing takes some milliseconds of pure work, which other requests must not wait for.
    let made = tokio::task::spawn_blocking(move || app.new_pin(member, &pin)).await;
    let pin = match made {
        Ok(Ok(pin)) => pin,
        Ok(Err(AppError::NotFound { .. })) => return Err(Fault::field("pin", "pin")),
        Ok(Err(error)) => return Err(error.into()),
        Err(_) => return Err(AppError::Incident { incident: key.0 }.into()),
    };
    let body = |proof| Body::SetPin { pin: pin.clone(), member, proof };
    let receipt = match &new.old_pin {
        Some(old) => desk.submit_with_pin(key, (member, old), |proof| body(Some(proof))).await?,
        None => desk.submit(key, body(None)).await?,
    };
    Ok(Done::new(&receipt, Recorded::new(&receipt, Some(member.to_string()))))
}
