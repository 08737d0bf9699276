//! An order as its buyer sees it: where it is, and where the money goes, to the fen. Shows no
//! personal data without the buyer's link.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse;
use serde::Deserialize;
use verger_app::{OrderLink, Split};
use verger_domain::id::{OrderId, VillageId};
use verger_domain::market::{Order, OrderPhase};
use verger_domain::money::Currency;

use super::{Frame, html, lang_of};
use crate::Web;
use crate::fault::Fault;
use crate::input::{Asked, village_of};
use crate::text::Lang;

/// What stands behind the question mark.
#[derive(Deserialize)]
pub(super) struct OrderQuery {
    /// The secret of the buyer's link.
    key: Option<String>,
}

#[derive(Template)]
#[template(path = "order.html")]
struct OrderPage {
    f: Frame,
    number: String,
    phase: String,
    total: String,
    /// The sentence above the bars.
    state: &'static str,
    bars: Vec<Bar>,
    sum: String,
    goodwill: Option<String>,
    own: Option<Own>,
}

/// One part of the price; `width` of 1000.
struct Bar {
    name: String,
    amount: String,
    share: String,
    width: i64,
}

/// What only the buyer sees.
struct Own {
    buyer: String,
    pay_until: Option<String>,
}

/// `GET /{lang}/villages/{village}/orders/{order}`
pub(super) async fn show(
    State(web): State<Web>,
    Path((tag, number, order)): Path<(String, String, String)>,
    Asked(query): Asked<OrderQuery>,
) -> Result<impl IntoResponse, Fault> {
    let (lang, id) = (lang_of(&tag)?, village_of(&number)?);
    let order: OrderId = order.parse().map_err(|_| Fault::not_found("order"))?;
    let village = web.village(id).await?;
    let (order, own) = match query.key.as_deref() {
        Some(key) => {
            let link = OrderLink::with_key(id, order, key);
            let row = web.app().open_link(&link.ok_or_else(|| Fault::not_found("order"))?).await?;
            let own = own(&web, lang, &row).await?;
            (row, Some(own))
        }
        None => (known(&web, id, order).await?, None),
    };
    let split = Split::of(&order);
    let currency = village.currency;
    // The switch of languages keeps the buyer's link.
    let key = query.key.map(|key| format!("?key={key}")).unwrap_or_default();
    let mut f = Frame::of(&web, lang, &village, ("order-title", ""));
    f.tail = format!("villages/{id}/orders/{}{key}", order.id);
    let goodwill = (split.goodwill_minor > 0).then(|| lang.money(split.goodwill_minor, currency));
    let page = html(&OrderPage {
        f,
        number: format!("O-{:08X}", order.id.bits() & 0xffff_ffff),
        phase: lang.phase(order.phase.name()),
        total: lang.money(order.total_minor(), currency),
        state: state(&split),
        bars: bars(lang, &split, currency),
        sum: lang.money(split.of_minor, currency),
        goodwill,
        own,
    })?;
    // Whoever shares the device must not find the buyer's name in what the browser kept.
    Ok(([(header::CACHE_CONTROL, "private, no-store")], page))
}

async fn known(web: &Web, village: VillageId, order: OrderId) -> Result<Order, Fault> {
    let bits = order.bits();
    let found = web.app().ask(village, move |reader, cell| reader.document(cell, village, bits));
    found.await?.ok_or_else(|| Fault::not_found("order"))
}

async fn own(web: &Web, lang: Lang, order: &Order) -> Result<Own, Fault> {
    let (village, buyer) = (order.village, order.buyer);
    let party = web.app().ask(village, move |reader, cell| reader.party(cell, buyer)).await?;
    let profile = party.and_then(|view| view.profile);
    let is_waiting = order.phase == OrderPhase::Placed;
    let pay_until = order.due_at.filter(|_| is_waiting);
    Ok(Own {
        buyer: profile.map(|profile| profile.name).unwrap_or_default(),
        pay_until: pay_until.map(|at| lang.moment(at, web.app().calendar())),
    })
}

fn state(split: &Split) -> &'static str {
    match (split.of_minor, split.is_settled, split.is_paid) {
        (0, _, _) => "split-void",
        (_, true, _) => "split-settled",
        (_, _, true) => "split-held",
        _ => "split-unpaid",
    }
}

fn bars(lang: Lang, split: &Split, currency: Currency) -> Vec<Bar> {
    let parts = split.parts().into_iter().filter(|(_, minor)| *minor > 0);
    let of = |minor: i64, whole: i64| {
        // In 128 bits: an order's money times a million does not fit in 64.
        let share = i128::from(minor) * i128::from(whole) / i128::from(split.of_minor.max(1));
        i64::try_from(share).unwrap_or(0)
    };
    let bar = |(part, minor): (&str, i64)| {
        let key = match part {
            "seller" => format!("split-seller-{}", split.seller.name()),
            part => format!("split-{part}"),
        };
        Bar {
            name: lang.t(&key),
            amount: lang.money(minor, currency),
            share: lang.percent(of(minor, 1_000_000)),
            width: of(minor, 1_000),
        }
    };
    parts.map(bar).collect()
}
