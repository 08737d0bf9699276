//! What happens around every request: id, time limit, panic, counting, headers, and the body of a
//! fault in the caller's language. Must not know what the routes do.

use std::any::Any;
use std::sync::LazyLock;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::{CatchPanicLayer, ResponseForPanic};
use verger_domain::codec;

use crate::Web;
use crate::fault::Fault;
use crate::page;
use crate::preferred;
use crate::text::Lang;
use crate::{limits, session};

/// The longest a request may take.
const PATIENCE: Duration = Duration::from_secs(30);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The content security policy of every answer: no script at all, and only our own style.
pub static CONTENT_POLICY: LazyLock<String> = LazyLock::new(|| {
    let styles = [page::STYLE, page::STORE_STYLE];
    let hashes = styles.map(|css| format!("'sha256-{}'", base64(&codec::sha256(css.as_bytes()))));
    format!(
        "default-src 'none'; style-src {}; img-src 'self' data:; form-action 'self'; \
         base-uri 'none'; frame-ancestors 'none'",
        hashes.join(" ")
    )
});

pub(crate) async fn around(State(web): State<Web>, request: Request, next: Next) -> Response {
    let id = request_id(&web, request.headers());
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let route = route.unwrap_or_else(|| "(none)".to_owned());
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let lang = preferred(request.headers());
    let is_personal = !session::sessions(request.headers()).is_empty();
    let answered = match admit(&web, &request) {
        Ok(()) => tokio::time::timeout(PATIENCE, next.run(request)).await,
        Err(fault) => Ok(fault.into_response()),
    };
    let late = || Fault::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable").into_response();
    let mut response = answered.unwrap_or_else(|_| late());
    if let Some(fault) = response.extensions_mut().remove::<Fault>() {
        put_into_words(&web, (&path, lang, &id), &fault, &mut response);
    }
    web.metrics().count(&method, &route, response.status());
    tracing::debug!(id, %method, route, status = response.status().as_u16(), "answered");
    finish(response.headers_mut(), is_personal || path.starts_with("/api/v1"), &id);
    response
}

/// Whether a request may come in: forms from our own pages, and not too many of one address.
fn admit(web: &Web, request: &Request) -> Result<(), Fault> {
    session::check_own_form(request)?;
    if request.method() == axum::http::Method::POST && !request.uri().path().starts_with("/api/") {
        let (address, now) = (limits::address_of(request), web.app().now().at);
        web.limits().take(limits::Kind::Form, address, now).map_err(limits::too_many)?;
    }
    Ok(())
}

/// API clients get problem+json, people a page; both in their language.
fn put_into_words(
    web: &Web,
    (path, lang, id): (&str, Lang, &str),
    fault: &Fault,
    response: &mut Response,
) {
    let of_path = path.trim_start_matches('/').split('/').next().and_then(Lang::by_tag);
    let is_api = ["/api/v1", "/metrics", "/readyz", "/healthz"].iter().any(|p| path.starts_with(p));
    let problem = fault.problem(web, of_path.unwrap_or(lang), id);
    let (kind, body) = if is_api {
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        ("application/problem+json", body)
    } else {
        let html = page::fault_page(web, of_path.unwrap_or(lang), &problem);
        ("text/html; charset=utf-8", html.into_bytes())
    };
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().remove(header::CONTENT_LENGTH);
    *response.body_mut() = Body::from(body);
}

fn finish(headers: &mut HeaderMap, is_personal: bool, id: &str) {
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, CONTENT_POLICY.as_str()),
    ];
    for (name, value) in fixed {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    if let Ok(value) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, value);
    }
    // Accounts and people are nobody else's; the public pages may be kept, but are asked for anew.
    let keep = if is_personal { "private, no-store" } else { "no-cache" };
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static(keep));
    headers.append(header::VARY, HeaderValue::from_static("accept-language"));
}

/// The id of a request: the client's own, or a new one.
fn request_id(web: &Web, headers: &HeaderMap) -> String {
    let given = headers.get(&REQUEST_ID).and_then(|value| value.to_str().ok());
    let is_fit = |id: &&str| {
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        (1..=64).contains(&id.len()) && id.bytes().all(is_plain)
    };
    let fresh = || {
        let id = web.app().new_id::<verger_domain::id::CommandKind>();
        format!("{:032x}", id.bits())
    };
    given.filter(is_fit).map_or_else(fresh, str::to_owned)
}

/// There is nothing at this address.
pub(crate) async fn nowhere() -> Fault {
    Fault::not_found("page")
}

/// There is something, but not for this method.
pub(crate) async fn wrong_method() -> Fault {
    Fault::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed")
}

/// Turns a panic of a handler into an answer; the process lives on.
#[derive(Clone, Copy)]
pub(crate) struct Panics;

impl ResponseForPanic for Panics {
    type ResponseBody = Body;

    fn response_for_panic(&mut self, panic: Box<dyn Any + Send>) -> Response {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
        tracing::error!(text, "a handler panicked");
        Fault::new(StatusCode::INTERNAL_SERVER_ERROR, "incident").into_response()
    }
}

pub(crate) fn panics() -> CatchPanicLayer<Panics> {
    CatchPanicLayer::custom(Panics)
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let mut block = [0_u8; 4];
        for (place, byte) in block.iter_mut().skip(1).zip(group) {
            *place = *byte;
        }
        let bits = u32::from_be_bytes(block);
        for place in 0..4 {
            let index = usize::try_from((bits >> (18 - 6 * place)) & 63).unwrap_or(0);
            let digit = DIGITS.get(index).copied().unwrap_or(b'=');
            text.push(if place > group.len() { '=' } else { char::from(digit) });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use tower_http::catch_panic::ResponseForPanic;

    use super::{Panics, base64};
    use crate::fault::Fault;

    /// Goal: a panic becomes an answer. Method: the three kinds of what a panic carries.
    #[test]
    fn panics_become_answers() {
        let texts: [Box<dyn std::any::Any + Send>; 3] =
            [Box::new("text"), Box::new("text".to_owned()), Box::new(7)];
        for panic in texts {
            let answer = Panics.response_for_panic(panic);
            assert_eq!(answer.status(), 500);
            let fault = answer.extensions().get::<Fault>().unwrap();
            assert_eq!(fault.code, "incident");
        }
    }

    /// Goal: the hash in the policy reads as browsers read it. Method: the vectors of RFC 4648.
    #[test]
    fn base64_follows_the_rfc() {
        let table =
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")];
        for (plain, coded) in table {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }
}
