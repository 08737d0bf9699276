//! The demonstration's payment provider: play money, and every page of it says so. Its message is
//! signed and goes through the same inbox as a real provider's. Owns nothing of the order; is there
//! for invented villages alone.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use verger_app::{OrderLink, webhook_signature};
use verger_domain::id::VillageId;
use verger_domain::market::{Order, OrderPhase};

use super::follow::{Key, number_of};
use super::see;
use crate::Web;
use crate::api::receive_payment;
use crate::fault::Fault;
use crate::input::{Asked, Signed, village_of};
use crate::page::{Frame, html, lang_of};
use crate::text::Lang;

#[derive(Template)]
#[template(path = "store/pay.html")]
struct PayPage {
    f: Frame,
    css: &'static str,
    number: String,
    amount: String,
    until: Option<String>,
    /// Where the form goes to, and where the order is.
    address: String,
    order: String,
}

/// The order of an address with its key, as long as it can be paid with play money.
async fn order_of(
    web: &Web,
    (number, order): (&str, &str),
    query: &Key,
) -> Result<(VillageId, Order, String), Fault> {
    let unknown = || Fault::not_found("order");
    if !web.settings().demo {
        return Err(Fault::not_found("page"));
    }
    let id = village_of(number)?;
    let order = order.parse().map_err(|_| unknown())?;
    let key = query.key.clone().unwrap_or_default();
    let link = OrderLink::with_key(id, order, &key).ok_or_else(unknown)?;
    Ok((id, web.app().open_link(&link).await?, key))
}

fn address_of(lang: Lang, village: VillageId, order: &Order, (tail, key): (&str, &str)) -> String {
    format!("/{}/villages/{village}/orders/{}{tail}?key={key}", lang.tag(), order.id)
}

/// `GET /{lang}/villages/{village}/orders/{order}/pay`
pub(super) async fn show(
    State(web): State<Web>,
    Path((tag, number, order)): Path<(String, String, String)>,
    Asked(query): Asked<Key>,
) -> Result<Response, Fault> {
    let lang = lang_of(&tag)?;
    let (id, order, key) = order_of(&web, (&number, &order), &query).await?;
    if order.phase != OrderPhase::Placed {
        return Ok(see(&address_of(lang, id, &order, ("", &key))));
    }
    let village = web.village(id).await?;
    let mut f = Frame::of(&web, lang, &village, ("pay-title", ""));
    f.tail = format!("villages/{id}/orders/{}/pay?key={key}", order.id);
    let due_minor = order.total_minor().saturating_sub(order.short_minor);
    let page = html(&PayPage {
        f,
        css: super::STYLE,
        number: number_of(&order),
        amount: lang.money(due_minor, village.currency),
        until: order.due_at.map(|at| lang.moment(at, web.app().calendar())),
        address: address_of(lang, id, &order, ("/pay", &key)),
        order: address_of(lang, id, &order, ("", &key)),
    })?;
    Ok(([(header::CACHE_CONTROL, "private, no-store")], page).into_response())
}

/// `POST /{lang}/villages/{village}/orders/{order}/pay`: the provider tells that the money is there.
pub(super) async fn pay(
    State(web): State<Web>,
    Path((tag, number, order)): Path<(String, String, String)>,
    Asked(query): Asked<Key>,
) -> Result<Response, Fault> {
    let lang = lang_of(&tag)?;
    let (id, order, key) = order_of(&web, (&number, &order), &query).await?;
    if order.phase == OrderPhase::Placed {
        let currency = web.currency(id).await?.code();
        let due_minor = order.total_minor().saturating_sub(order.short_minor);
        let told = json!({
            // The amount is part of the payment's name: what is paid after a short one is another.
            "payment": format!("play-{}-{due_minor}", order.id),
            "order": order.id.to_string(),
            "amount_minor": due_minor,
            "currency": currency,
            "payer": format!("play-{}", order.buyer),
        });
        let bytes = told.to_string().into_bytes();
        let now = web.app().now().at.millis_since_epoch() / 1_000;
        let signature = webhook_signature(&web.app().webhook_key(id), now, &bytes);
        let signed = Signed::checked(&web, id, (&signature, &bytes))?;
        receive_payment(State(web.clone()), signed).await?;
    }
    Ok(see(&address_of(lang, id, &order, ("", &key))))
}
