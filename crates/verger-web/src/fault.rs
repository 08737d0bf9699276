//! Every answer that is not what was asked for: status, stable code, field, numbers. Owns the map
//! from errors to HTTP; the sentences are in the language files, and `edge` writes the body.

use std::borrow::Cow;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fluent_bundle::FluentValue;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use verger_app::AppError;
use verger_domain::Refusal;
use verger_domain::credit::decision::Reason;
use verger_domain::money::Currency;
use verger_domain::refusal::{
    CreditRefusal, LedgerRefusal, MarketRefusal, PartyRefusal, TillRefusal,
};
use verger_domain::time::Instant;

use crate::Web;
use crate::credit_text::Told;
use crate::text::{Lang, time_of_day};

/// What went wrong, before it is put into words.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) status: StatusCode,
    pub(crate) code: Cow<'static, str>,
    family: &'static str,
    pub(crate) field: Option<String>,
    details: Map<String, Value>,
    /// Why a draw is declined, to be put into words.
    reasons: Vec<Reason>,
}

/// An error as RFC 9457 describes it, with Verger's own members.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "type": "/problems/insufficient_available", "title": "This is not possible", "status": 422,
    "code": "insufficient_available", "detail": "There is only CN¥12.50 available.",
    "hint": "Take a smaller amount, or pay in first.", "field": "amount_minor",
    "request_id": "0199f0c2a8b47c0e", "available_minor": 1250
}))]
pub(crate) struct Problem {
    /// An address that names the kind of problem.
    #[serde(rename = "type")]
    kind: String,
    /// What class of problem it is, in the caller's language.
    title: String,
    /// The HTTP status.
    status: u16,
    /// The stable name to program against.
    code: String,
    /// What happened, with its numbers, in the caller's language.
    detail: String,
    /// What to do about it, in the caller's language.
    hint: String,
    /// The field of the request that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// The id to quote when asking for help.
    request_id: String,
    /// The numbers and names of the problem, one member each.
    #[serde(flatten)]
    numbers: Map<String, Value>,
}

impl Problem {
    pub(crate) fn title(&self) -> &str {
        &self.title
    }

    pub(crate) fn status(&self) -> u16 {
        self.status
    }

    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    pub(crate) fn hint(&self) -> &str {
        &self.hint
    }

    pub(crate) fn request_id(&self) -> &str {
        &self.request_id
    }
}

impl Fault {
    pub(crate) fn new(status: StatusCode, code: &'static str) -> Self {
        let (code, details) = (Cow::Borrowed(code), Map::new());
        Self { status, code, family: "problem", field: None, details, reasons: Vec::new() }
    }

    /// A field of the request that does not have the form it needs. `reason` picks the sentence.
    pub(crate) fn field(field: impl Into<String>, reason: &'static str) -> Self {
        let fault = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_field");
        fault.about(field).with("reason", reason)
    }

    /// Something that is not there, or that the caller may not know of.
    pub(crate) fn not_found(what: &'static str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found").with("what", what)
    }

    /// The field that it is about.
    pub(crate) fn field_name(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// Whether it is the one with this stable name.
    pub(crate) fn is(&self, code: &str) -> bool {
        self.code == code
    }

    pub(crate) fn about(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }

    /// The problem in words for whoever filled in a form of a page: fields by the names that stand
    /// beside them, and what to do. The second text is the hint.
    pub(crate) fn form_words(&self, web: &Web, lang: Lang) -> (String, String) {
        let field = self.field.as_deref().unwrap_or_default();
        let label = format!("field-{}", field.replace(['_', '.'], "-"));
        if self.code == "invalid_field" && lang.has(&label) {
            let reason = self.details.get("reason").and_then(Value::as_str).unwrap_or_default();
            let values = [("field", lang.t(&label).into()), ("reason", reason.to_owned().into())];
            return (lang.with("form-field", &values), lang.with("form-field.hint", &values));
        }
        let problem = self.problem(web, lang, "");
        (problem.detail, problem.hint)
    }

    /// The problem in words.
    pub(crate) fn problem(&self, web: &Web, lang: Lang, request_id: &str) -> Problem {
        let values = self.values(web, lang);
        let key = format!("{}-{}", self.family, self.code.replace('_', "-"));
        let mut numbers = self.details.clone();
        let field = match numbers.remove("field") {
            Some(Value::String(field)) if self.field.is_none() => Some(field),
            _ => self.field.clone(),
        };
        if !self.reasons.is_empty() {
            let words = web.words(lang);
            let told: Vec<Told> = self.reasons.iter().map(|r| Told::new(r, words)).collect();
            numbers.insert("reasons".to_owned(), serde_json::json!(told));
        }
        Problem {
            kind: format!("/problems/{}", self.code),
            title: lang.t(&format!("title-{}", self.status.as_u16())),
            status: self.status.as_u16(),
            code: self.code.to_string(),
            detail: lang.with(&key, &values),
            hint: lang.with(&format!("{key}.hint"), &values),
            field,
            request_id: request_id.to_owned(),
            numbers,
        }
    }

    /// The details as the sentences take them: money formatted, moments as a time of day.
    fn values(&self, web: &Web, lang: Lang) -> Vec<(&str, FluentValue<'static>)> {
        let currency = web.app().policy().currency().unwrap_or(Currency::CNY);
        let mut values: Vec<(&str, FluentValue<'static>)> = Vec::new();
        for (name, value) in &self.details {
            let text = match value {
                Value::Number(number) => {
                    let number = number.as_i64().unwrap_or(i64::MAX);
                    if name.ends_with("_minor") {
                        lang.money(number, currency).into()
                    } else if name.ends_with("_at") {
                        lang.moment(Instant::from_micros(number), web.app().calendar()).into()
                    } else if name.ends_with("_until") {
                        let at = Instant::from_micros(number);
                        time_of_day(at, web.app().calendar()).into()
                    } else {
                        number.into()
                    }
                }
                Value::String(phase) if name == "phase" => lang.phase(phase).into(),
                Value::String(text) => text.clone().into(),
                Value::Array(words) => {
                    let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
                    if words.is_empty() { "–".into() } else { words.join(", ").into() }
                }
                other => other.to_string().into(),
            };
            values.push((name, text));
        }
        // Some say more exactly than the request's field what is wrong, such as a rule of a policy.
        let field = self.field.as_ref().filter(|_| !self.details.contains_key("field"));
        if let Some(field) = field {
            values.push(("field", field.clone().into()));
        }
        values
    }
}

impl IntoResponse for Fault {
    /// The status and the fault itself, for `edge` to put into words.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        let headers = response.headers_mut();
        match self.code.as_ref() {
            "busy" => drop(headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"))),
            "too_many" => {
                let seconds = self.details.get("seconds").and_then(Value::as_i64).unwrap_or(60);
                headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            }
            "unauthenticated" => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            _ => {}
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl From<AppError> for Fault {
    fn from(error: AppError) -> Self {
        match error {
            AppError::Refused(refusal) => refusal.into(),
            AppError::KeyReused { key } => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "key_reused")
                    .about("Idempotency-Key")
                    .with("key", key.to_string())
            }
            AppError::NotFound { what: "member with a PIN" } => {
                Self::not_found("pin").about("member")
            }
            AppError::NotFound { what } => Self::not_found(what),
            AppError::VillageUnknown { village } => {
                Self::new(StatusCode::NOT_FOUND, "village_unknown")
                    .with("village", village.number())
            }
            AppError::Unauthenticated => Self::new(StatusCode::UNAUTHORIZED, "unauthenticated"),
            AppError::SignInWrong => Self::new(StatusCode::UNAUTHORIZED, "sign_in_wrong"),
            AppError::ScopeMissing { scope } => {
                Self::new(StatusCode::FORBIDDEN, "scope_missing").with("scope", scope.name())
            }
            AppError::Busy => Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy"),
            AppError::Unavailable { reason } => {
                tracing::error!(reason, "the books cannot be written");
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable")
            }
            AppError::Incident { incident } => {
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "incident")
                    .with("incident", incident.to_string())
            }
            AppError::Store(error) => {
                tracing::error!(?error, "the books cannot be read");
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable")
            }
        }
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        let mut details = refusal.details();
        let mut reasons = Vec::new();
        if let Refusal::Credit(CreditRefusal::Declined { decision, .. }) = &refusal {
            // The snapshot of facts is for the journal; the caller needs the reasons.
            details = Map::new();
            details.insert("available_minor".to_owned(), decision.available_minor.into());
            reasons.clone_from(&decision.reasons);
        }
        Self {
            status: status_of(&refusal),
            code: Cow::Owned(refusal.code()),
            family: "refusal",
            field: refusal.field().map(str::to_owned),
            details,
            reasons,
        }
    }
}

fn status_of(refusal: &Refusal) -> StatusCode {
    use LedgerRefusal as L;
    use PartyRefusal as P;
    use TillRefusal as T;
    match refusal {
        Refusal::Market(refusal) => market_status(refusal),
        Refusal::Party(P::NotAllowed { .. })
        | Refusal::Till(T::NeedsModule { .. } | T::OwnHousehold) => StatusCode::FORBIDDEN,
        Refusal::Ledger(
            L::AccountUnknown { .. } | L::HoldUnknown { .. } | L::RecordUnknown { .. },
        )
        | Refusal::Party(
            P::VillageUnknown { .. } | P::PartyUnknown { .. } | P::TokenUnknown { .. },
        ) => StatusCode::NOT_FOUND,
        Refusal::Credit(CreditRefusal::TrancheOver { .. })
        | Refusal::Ledger(
            L::AccountExists { .. }
            | L::HoldExists { .. }
            | L::AlreadyPosted { .. }
            | L::AlreadyVoided { .. }
            | L::AlreadyExpired { .. }
            | L::AlreadyReversed { .. },
        )
        | Refusal::Party(
            P::VillageExists { .. }
            | P::PolicyNotNewer { .. }
            | P::PartyExists { .. }
            | P::TokenExists { .. },
        ) => StatusCode::CONFLICT,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

fn market_status(refusal: &MarketRefusal) -> StatusCode {
    use MarketRefusal as M;
    match refusal {
        M::AgentSuspended | M::ProbationLimit { .. } => StatusCode::FORBIDDEN,
        M::SubjectUnknown { .. } => StatusCode::NOT_FOUND,
        M::SubjectExists { .. }
        | M::Stale { .. }
        | M::IllegalTransition { .. }
        | M::SoldOut { .. }
        | M::TillIsOpen => StatusCode::CONFLICT,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}
