//! The JSON API, version 1. Owns its routes and shapes; each handler parses, calls the app and
//! answers, nothing else.

mod accounts;
mod cash;
mod catalogue;
mod credit;
mod holds;
pub(crate) mod journal;
mod ledger;
mod market;
mod parties;
pub(crate) mod reports;
mod trust;
mod villages;

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use verger_app::Receipt;

use crate::Web;

pub(crate) use catalogue::upload_fault;
pub(crate) use ledger::class_name;
pub(crate) use market::cooperative::{StatementShape, statement_for};
pub(crate) use market::listings::on_sale;
pub(crate) use market::orders::PayWord as GuestPay;
pub(crate) use market::payments::receive as receive_payment;
pub(crate) use market::shop::{GuestOrder, place_guest};

/// All routes of the API with their description.
pub(crate) fn routes() -> OpenApiRouter<Web> {
    OpenApiRouter::with_openapi(crate::openapi::Frame::openapi())
        .routes(routes!(villages::list))
        .routes(routes!(villages::one))
        .routes(routes!(parties::list, parties::register))
        .routes(routes!(parties::one))
        .routes(routes!(parties::set_pin))
        .routes(routes!(trust::one))
        .routes(routes!(trust::paper))
        .routes(routes!(trust::part))
        .routes(routes!(trust::confirm))
        .routes(routes!(trust::prove))
        .routes(routes!(trust::bar))
        .routes(routes!(accounts::list, accounts::open))
        .routes(routes!(accounts::one))
        .routes(routes!(accounts::statement))
        .routes(routes!(cash::cash_in))
        .routes(routes!(cash::cash_out))
        .routes(routes!(cash::send))
        .routes(routes!(holds::place))
        .routes(routes!(holds::one))
        .routes(routes!(holds::post))
        .routes(routes!(holds::void))
        .routes(routes!(ledger::post))
        .routes(routes!(ledger::close_month))
        .routes(routes!(ledger::trial_balance))
        .routes(routes!(journal::one))
        .merge(market::routes())
        .merge(catalogue::routes())
        .merge(credit::routes())
        .merge(reports::routes())
}

const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The answer to a command: the same body for the same key, and a header that says so.
pub(crate) struct Done<T> {
    is_replay: bool,
    location: Option<String>,
    body: T,
}

impl<T> Done<T> {
    /// Something was done.
    pub(crate) fn new(receipt: &Receipt, body: T) -> Self {
        Self { is_replay: receipt.is_replay, location: None, body }
    }

    /// Something was made, and is to be found at an address.
    pub(crate) fn created(receipt: &Receipt, location: String, body: T) -> Self {
        Self { is_replay: receipt.is_replay, location: Some(location), body }
    }
}

impl<T: Serialize> IntoResponse for Done<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.body).into_response();
        if self.is_replay {
            response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
        }
        if let Some(location) = self.location.and_then(|text| HeaderValue::from_str(&text).ok()) {
            *response.status_mut() = StatusCode::CREATED;
            response.headers_mut().insert(header::LOCATION, location);
        }
        response
    }
}
