//! Who sits at a page: the cookie, the seat with its role, and whether a form came from our own
//! pages. Owns the cookies and the fetch-metadata rule; who may open which page is `access`'s table.

use std::collections::BTreeMap;
use std::ops::Deref;

use axum::extract::{FromRequestParts, MatchedPath, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use verger_app::sign_in::Session;
use verger_app::{AppError, Role, Seated};
use verger_domain::party::Village;

use crate::Web;
use crate::access::{Gate, gate_of};
use crate::fault::Fault;
use crate::input::{Desk, Read, params_of};
use crate::page::lang_of;
use crate::text::Lang;

/// The cookie of who works here.
const WORK: &str = "__Host-verger";
/// The cookie of a villager, beside the agent's on the same screen.
const OWN: &str = "__Host-verger-own";

/// The cookie of a role.
const fn cookie_of(role: Role) -> &'static str {
    match role {
        Role::Member => OWN,
        _ => WORK,
    }
}

/// A person who signed in and may open this page. What a bearer may ask by the API his session may
/// ask by its pages, so that it has a desk.
pub(crate) struct Seat {
    pub(crate) lang: Lang,
    pub(crate) role: Role,
    /// His name, as his session's pages show it.
    pub(crate) name: String,
    pub(crate) place: Village,
    desk: Desk<Read>,
}

impl Deref for Seat {
    type Target = Desk<Read>;

    fn deref(&self) -> &Desk<Read> {
        &self.desk
    }
}

/// Why somebody has no seat.
pub(crate) enum NoSeat {
    /// He has to sign in first; afterwards he comes back to this address.
    SignIn { lang: Lang, next: String },
    /// He may not, or something else is wrong.
    Fault(Fault),
}

impl From<Fault> for NoSeat {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl IntoResponse for NoSeat {
    fn into_response(self) -> Response {
        match self {
            Self::Fault(fault) => fault.into_response(),
            Self::SignIn { lang, next } => {
                let next = crate::text::percent_encoded(&next);
                see(&format!("/{}/sign-in?next={next}", lang.tag()))
            }
        }
    }
}

impl FromRequestParts<Web> for Seat {
    type Rejection = NoSeat;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, NoSeat> {
        let params = params_of(parts, web).await?;
        let lang = lang_of(params.get("lang").map_or("", String::as_str))?;
        let path = parts.extensions.get::<MatchedPath>().map(|path| path.as_str().to_owned());
        // A page without a row in the table is nobody's.
        let gate = path.and_then(|path| gate_of(&parts.method, &path));
        let Some(Gate::Seat(roles)) = gate else { return Err(Fault::not_found("page").into()) };
        let mut lacks = false;
        for text in sessions(&parts.headers) {
            match web.app().seat(&text).await {
                Ok(seated) if roles.contains(&seated.role) => {
                    return Ok(Self::new(web, lang, seated, params));
                }
                Ok(_) => lacks = true,
                Err(AppError::Unauthenticated) => {}
                Err(error) => return Err(Fault::from(error).into()),
            }
        }
        if lacks {
            return Err(Fault::new(StatusCode::FORBIDDEN, "role_missing").into());
        }
        // A form is not sent again after signing in: its page is.
        let is_get = parts.method == Method::GET;
        let next = parts.uri.path_and_query().filter(|_| is_get).map(ToString::to_string);
        Err(NoSeat::SignIn { lang, next: next.unwrap_or_default() })
    }
}

impl Seat {
    fn new(web: &Web, lang: Lang, seated: Seated, params: BTreeMap<String, String>) -> Self {
        let Seated { caller, view, role, village } = seated;
        let name = view.profile.as_ref().map_or_else(
            || view.party.code.to_string(),
            |profile| if lang == Lang::ZhCn { &profile.name } else { &profile.name_latin }.clone(),
        );
        let desk = Desk::seated(web, (caller.village, caller.party), params);
        Self { lang, role, name, place: village, desk }
    }

    /// A fresh key for a form of the page.
    pub(crate) fn new_key(&self) -> String {
        self.app().new_id::<verger_domain::id::CommandKind>().to_string()
    }

    /// An amount in the currency of the village's books.
    pub(crate) fn money(&self, minor: i64) -> String {
        self.lang.money(minor, self.place.currency)
    }

    /// A moment in the programme's time zone.
    pub(crate) fn moment(&self, at: verger_domain::time::Instant) -> String {
        self.lang.moment(at, self.app().calendar())
    }

    /// The address of a page in the same language.
    pub(crate) fn to(&self, tail: &str) -> String {
        format!("/{}/{tail}", self.lang.tag())
    }
}

/// The sessions a browser brings, the villager's first: on a turned screen it is his.
pub(crate) fn sessions(headers: &HeaderMap) -> Vec<String> {
    [OWN, WORK].into_iter().filter_map(|name| cookie(headers, name)).collect()
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|value| value.split(';')).filter_map(|pair| pair.split_once('='));
    pairs.find(|(found, _)| found.trim() == name).map(|(_, text)| text.trim().to_owned())
}

/// Goes to a page with `GET`.
pub(crate) fn see(address: &str) -> Response {
    let place = HeaderValue::from_str(address).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, place)]).into_response()
}

/// Goes to a page with a session.
pub(crate) fn see_as(session: &Session, address: &str) -> Response {
    let (name, seconds) = (cookie_of(session.role), session.role.session_seconds());
    with_cookie(see(address), name, &session.text, seconds)
}

/// Goes to a page without the session of a role.
pub(crate) fn see_without(role: Role, address: &str) -> Response {
    with_cookie(see(address), cookie_of(role), "", 0)
}

fn with_cookie(mut response: Response, name: &str, text: &str, seconds: u32) -> Response {
    let cookie =
        format!("{name}={text}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={seconds}");
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}

/// Refuses a form that another site's page sent with our cookie. Browsers say where a request
/// started (fetch metadata), older ones and plain HTTP at least the origin.
pub(crate) fn check_own_form(request: &Request) -> Result<(), Fault> {
    let is_question = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    // The API takes no cookie: its callers prove themselves in each request.
    if is_question || request.uri().path().starts_with("/api/") {
        return Ok(());
    }
    let text = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let is_own = match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => {
            let host = origin.split_once("://").map(|(_, host)| host);
            host.is_some() && host == text("host")
        }
        (None, None) => false,
    };
    if is_own { Ok(()) } else { Err(Fault::new(StatusCode::FORBIDDEN, "foreign_form")) }
}
