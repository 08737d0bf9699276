//! What comes in: who asks and what for, the idempotency key, the JSON body, the query. Owns the
//! forms and names the field that breaks one; must not know what any field means.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequest, FromRequestParts, Query, RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;
use verger_app::{App, AppError, OrderLink, Receipt, Viewer};
use verger_domain::Proof;
use verger_domain::id::{CommandId, ListingId, OrderId, ParcelId, PartyId, VillageId};
use verger_domain::ledger::AccountKey;
use verger_domain::party::{CodeOf, Scope};
use verger_domain::policy::Policy;
use verger_domain::refusal::LedgerRefusal;
use verger_domain::time::Instant;
use verger_domain::{Actor, Body, Command, Refusal};

use crate::Web;
use crate::fault::Fault;

/// The largest body that is read, in bytes.
const BODY_MAX: usize = 64 * 1024;

/// The scope that a route needs, as a type, so that it stands in the handler's signature.
pub(crate) trait Needs: Send + Sync {
    const SCOPE: Scope;
    /// Whether the link of one order opens the route as well; its handler says how far.
    const TAKES_LINK: bool = false;
}

macro_rules! needs {
    ($($name:ident)*) => {$(
        pub(crate) struct $name;
        impl Needs for $name {
            const SCOPE: Scope = Scope::$name;
        }
    )*};
}
needs!(Read PartyWrite CashWrite MarketWrite HoldWrite LedgerWrite);

/// Reads an order: by a token, or by the order's link.
pub(crate) struct OrderRead;

impl Needs for OrderRead {
    const SCOPE: Scope = Scope::Read;
    const TAKES_LINK: bool = true;
}

/// Acts on an order: by a token, or as its buyer by the order's link.
pub(crate) struct OrderWrite;

impl Needs for OrderWrite {
    const SCOPE: Scope = Scope::MarketWrite;
    const TAKES_LINK: bool = true;
}

/// A caller who may do what the route does, at the village of its address.
pub(crate) struct Desk<S> {
    pub(crate) web: Web,
    pub(crate) village: VillageId,
    /// In whose name it acts; the buyer for a link.
    pub(crate) party: PartyId,
    /// The order whose link opened the route.
    pub(crate) link: Option<OrderId>,
    params: BTreeMap<String, String>,
    scope: PhantomData<fn() -> S>,
}

impl<S: Needs> FromRequestParts<Web> for Desk<S> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Fault> {
        let token = bearer(&parts.headers).ok_or(AppError::Unauthenticated)?.to_owned();
        let params = params_of(parts, web).await?;
        let scope = PhantomData;
        if OrderLink::is_meant(&token) {
            // Whatever else is wrong with a link, there is nothing here for it.
            let unknown = || Fault::not_found("page");
            let link = OrderLink::parse(&token).filter(|_| S::TAKES_LINK).ok_or_else(unknown)?;
            if params.get("village") != Some(&link.village.to_string()) {
                return Err(unknown());
            }
            let party = web.app().buyer_of_link(&link).await?;
            let (web, village, link) = (web.clone(), link.village, Some(link.order));
            return Ok(Self { web, village, party, link, params, scope });
        }
        let caller = web.app().authenticate(&token).await?;
        let village = village_of(params.get("village").map_or("", String::as_str))?;
        caller.may(S::SCOPE, village)?;
        let (web, party, link) = (web.clone(), caller.party, None);
        Ok(Self { web, village, party, link, params, scope })
    }
}

/// The parts of the address by their names.
pub(crate) async fn params_of(
    parts: &mut Parts,
    web: &Web,
) -> Result<BTreeMap<String, String>, Fault> {
    match &RawPathParams::from_request_parts(parts, web).await {
        Ok(params) => Ok(params.iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect()),
        Err(_) => Err(Fault::not_found("page")),
    }
}

impl Desk<Read> {
    /// The desk of somebody who sits at a page.
    pub(crate) fn seated(
        web: &Web,
        (village, party): (VillageId, PartyId),
        params: BTreeMap<String, String>,
    ) -> Self {
        Self { web: web.clone(), village, party, link: None, params, scope: PhantomData }
    }
}

impl<S> Desk<S> {
    pub(crate) fn app(&self) -> &App {
        self.web.app()
    }

    /// The policy in force in the village.
    pub(crate) async fn policy(&self) -> Result<Policy, Fault> {
        Ok(self.app().policy_in_force(self.village).await?)
    }

    /// A part of the address, by its name.
    pub(crate) fn param(&self, name: &str) -> &str {
        self.params.get(name).map_or("", String::as_str)
    }

    /// Sends a command in the caller's name and waits for its answer.
    pub(crate) async fn submit(&self, key: Key, body: Body) -> Result<Receipt, Fault> {
        let actor = Actor::Party(self.party);
        let receipt = self.app().submit(Command { id: key.0, village: self.village, actor, body });
        let receipt = receipt.await?;
        receipt.accepted()?;
        Ok(receipt)
    }

    /// Who looks, for questions about the market.
    pub(crate) fn viewer(&self) -> Viewer {
        self.link.map_or(Viewer::Party(self.party), Viewer::Link)
    }

    /// Sends a command in the caller's name that needs a member's PIN.
    pub(crate) async fn submit_with_pin(
        &self,
        key: Key,
        (member, pin): (PartyId, &str),
        body: impl Fn(Proof) -> Body,
    ) -> Result<Receipt, Fault> {
        let (village, actor) = (self.village, Actor::Party(self.party));
        let command = |proof| Command { id: key.0, village, actor, body: body(proof) };
        let receipt = self.app().submit_with_pin((member, pin), command).await?;
        receipt.accepted()?;
        Ok(receipt)
    }

    /// The party that an id or a short code of this village stands for.
    pub(crate) async fn party(&self, field: &str, text: &str) -> Result<PartyId, Fault> {
        party_in(self.app(), self.village, text).await.map_err(|fault| fault.about(field))
    }

    /// The listing that an id or a short code of this village stands for. An id costs no look-up.
    pub(crate) async fn listing(&self, field: &str, text: &str) -> Result<ListingId, Fault> {
        listing_in(self.app(), self.village, text).await.map_err(|fault| fault.about(field))
    }

    /// The parcel that an id or a label of this village stands for. An id costs no look-up.
    pub(crate) async fn parcel(&self, field: &str, text: &str) -> Result<ParcelId, Fault> {
        if let Ok(id) = text.parse() {
            return Ok(id);
        }
        let found = coded(self.app(), (self.village, CodeOf::Parcel), text).await?;
        let found = found.map(ParcelId::from_bits);
        found.ok_or_else(|| Fault::not_found("parcel").about(field))
    }

    /// Checks that an amount is meant in the currency of the village's books.
    pub(crate) async fn check_currency(&self, given: &str) -> Result<(), Fault> {
        let expected = self.web.currency(self.village).await?.code().to_owned();
        if given == expected {
            return Ok(());
        }
        let given = given.chars().take(16).collect();
        Err(Refusal::from(LedgerRefusal::CurrencyMismatch { expected, given }).into())
    }

    /// The first bits of a keyed digest of the key: the same key names the same new thing, so that
    /// a repeated request is the same command.
    pub(crate) fn derived(&self, purpose: &str, key: Key) -> [u8; 16] {
        let digest = self.app().secret().digest(purpose, &[&key.0.to_bytes()]);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(digest.split_at(16).0);
        bytes
    }
}

/// The party that an id or a short code of a village stands for.
pub(crate) async fn party_in(app: &App, village: VillageId, text: &str) -> Result<PartyId, Fault> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let found = coded(app, (village, CodeOf::Party), text).await?;
    found.map(PartyId::from_bits).ok_or_else(|| Fault::not_found("party"))
}

/// The listing that an id or a short code of a village stands for.
pub(crate) async fn listing_in(
    app: &App,
    village: VillageId,
    text: &str,
) -> Result<ListingId, Fault> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let found = coded(app, (village, CodeOf::Listing), text).await?;
    found.map(ListingId::from_bits).ok_or_else(|| Fault::not_found("listing"))
}

pub(crate) async fn coded(
    app: &App,
    (village, noun): (VillageId, CodeOf),
    code: &str,
) -> Result<Option<u128>, Fault> {
    let code = code.to_owned();
    let found = app.ask(village, move |reader, cell| reader.subject_of(cell, village, noun, &code));
    Ok(found.await?)
}

/// An account key in a field of the request.
pub(crate) fn account(field: &str, text: &str) -> Result<AccountKey, Fault> {
    text.parse().map_err(|_| Fault::field(field, "account"))
}

/// The village of an address.
pub(crate) fn village_of(text: &str) -> Result<VillageId, Fault> {
    text.parse().map(VillageId::new).map_err(|_| Fault::not_found("village"))
}

pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// The idempotency key of a POST: `cmd_<32 hexadecimal digits>` or a UUID.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key(pub(crate) CommandId);

impl Key {
    /// The moment that a UUID of version 7 carries, if the key is one.
    pub(crate) fn made_at(self) -> Option<Instant> {
        let bits = self.0.bits();
        let is_time_ordered = (bits >> 76) & 0xf == 7;
        let millis = i64::try_from(bits >> 80).ok().filter(|_| is_time_ordered)?;
        Some(Instant::from_micros(millis.saturating_mul(1000)))
    }

    pub(crate) fn malformed() -> Fault {
        Fault::new(StatusCode::UNPROCESSABLE_ENTITY, "key_malformed").about("Idempotency-Key")
    }
}

impl<S: Sync> FromRequestParts<S> for Key {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fault> {
        let missing =
            || Fault::new(StatusCode::BAD_REQUEST, "key_missing").about("Idempotency-Key");
        let value = parts.headers.get("idempotency-key").ok_or_else(missing)?;
        let text = value.to_str().map_err(|_| Self::malformed())?.trim().trim_matches('"');
        let id = text.parse().ok().or_else(|| from_uuid(text));
        id.map(Self).ok_or_else(Self::malformed)
    }
}

fn from_uuid(text: &str) -> Option<CommandId> {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    if lengths != [8, 4, 4, 4, 12] {
        return None;
    }
    let digits = text.replace('-', "").to_ascii_lowercase();
    format!("cmd_{digits}").parse().ok()
}

/// A JSON body. An empty one reads as `{}`.
pub(crate) struct Input<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for Input<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, _: &S) -> Result<Self, Fault> {
        let is_json = is_json(request.headers());
        let bytes = read(request).await?;
        if bytes.is_empty() {
            return parse(b"{}").map(Self);
        }
        if !is_json {
            let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            return Err(Fault::new(status, "unsupported_media_type"));
        }
        parse(&bytes).map(Self)
    }
}

pub(crate) async fn read(request: Request) -> Result<Vec<u8>, Fault> {
    let too_large =
        |_| Fault::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large").with("max_bytes", BODY_MAX);
    let bytes = axum::body::to_bytes(request.into_body(), BODY_MAX).await.map_err(too_large)?;
    Ok(bytes.to_vec())
}

/// A JSON body that the payment processor signed for the village of the address. Nobody else can
/// send one, so it needs no token.
pub(crate) struct Signed<T> {
    pub(crate) village: VillageId,
    pub(crate) told: T,
}

impl<T: DeserializeOwned> FromRequest<Web> for Signed<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Fault> {
        let (mut parts, body) = request.into_parts();
        let params = params_of(&mut parts, web).await?;
        let village = village_of(params.get("village").map_or("", String::as_str))?;
        let signature = parts.headers.get("verger-signature").and_then(|v| v.to_str().ok());
        let signature = signature.unwrap_or_default().to_owned();
        let bytes = read(Request::from_parts(parts, body)).await?;
        Self::checked(web, village, (&signature, &bytes))
    }
}

impl<T: DeserializeOwned> Signed<T> {
    /// What bytes with this signature say, if the processor signed them.
    pub(crate) fn checked(
        web: &Web,
        village: VillageId,
        (signature, bytes): (&str, &[u8]),
    ) -> Result<Self, Fault> {
        web.app().check_webhook(village, signature, bytes)?;
        Ok(Self { village, told: parse(bytes)? })
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default();
    kind.trim().eq_ignore_ascii_case("application/json")
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Fault> {
    // Serde also takes a list for a struct, by the order of its fields; a client's slip must not.
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        let any: Result<serde::de::IgnoredAny, _> = serde_json::from_slice(bytes);
        return Err(any.map_or_else(|e| malformed(&e), |_| Fault::field("body", "object")));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        let message = inner.to_string();
        // A number that no machine can hold is a wrong field, not a wrong document.
        let is_number = message.starts_with("number out of range");
        match inner.classify() {
            serde_json::error::Category::Data => wrong_field(&path, &message),
            _ if is_number => Fault::field(path, "minor"),
            _ => malformed(&inner),
        }
    })?;
    json.end().map_err(|error| malformed(&error))?;
    Ok(value)
}

fn malformed(error: &serde_json::Error) -> Fault {
    let fault = Fault::new(StatusCode::BAD_REQUEST, "malformed_json");
    fault.with("line", error.line()).with("column", error.column())
}

/// Reads serde's message: it is the only place that knows what was expected.
fn wrong_field(path: &str, message: &str) -> Fault {
    let named = |prefix: &str| {
        let rest = message.strip_prefix(prefix)?;
        rest.split('`').next().map(str::to_owned)
    };
    let within = |name: String| match path {
        "." | "" | "?" => name,
        path if path.ends_with(&name) => path.to_owned(),
        path => format!("{path}.{name}"),
    };
    if let Some(name) = named("missing field `") {
        return Fault::field(within(name), "missing");
    }
    if let Some(name) = named("unknown field `") {
        return Fault::field(within(name), "unknown");
    }
    if let Some(name) = named("duplicate field `") {
        return Fault::field(within(name), "duplicate");
    }
    if named("unknown variant `").is_some() {
        return Fault::field(path, "word");
    }
    let expected = message.split("expected ").nth(1).unwrap_or_default();
    let expected = expected.split(" at line").next().unwrap_or_default();
    let reason = match expected {
        "i64" => "minor",
        "u64" | "u32" | "u16" | "i32" => "whole",
        "a string" => "text",
        "a boolean" => "boolean",
        "a sequence" => "list",
        _ if expected.starts_with("a tuple") || expected.starts_with("tuple") => "list",
        _ => "other",
    };
    Fault::field(if path == "." { "body" } else { path }, reason)
}

/// The query of an address.
pub(crate) struct Asked<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fault> {
        let query = Query::<T>::from_request_parts(parts, state).await;
        query.map(|Query(asked)| Self(asked)).map_err(|rejection| wrong_query(&rejection))
    }
}

fn wrong_query(rejection: &QueryRejection) -> Fault {
    let message = rejection.body_text();
    let (_, rest) = message.split_once(": ").unwrap_or(("", "query"));
    if let Some(name) = rest.split("unknown field `").nth(1).and_then(|r| r.split('`').next()) {
        return Fault::field(name, "unknown");
    }
    Fault::field(rest.split(':').next().unwrap_or("query"), "whole")
}

/// How many items a page of a list has.
pub(crate) fn page_size(limit: Option<u32>) -> Result<u32, Fault> {
    const MOST: u32 = 200;
    let limit = limit.unwrap_or(50);
    if (1..=MOST).contains(&limit) { Ok(limit) } else { Err(Fault::field("limit", "limit")) }
}

#[cfg(test)]
mod tests;
