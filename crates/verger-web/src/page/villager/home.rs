//! My first page: what waits for me, what I can borrow and what a day of it costs, my tree with its
//! points, what is mine, and where the rest is. Owns this page alone; shows nothing of anybody else.

use askama::Template;
use axum::response::Html;
use verger_domain::market::{Order, OrderPhase, Parcel, ParcelPhase};

use super::{Home, ROWS_MAX, ask};
use crate::fault::Fault;
use crate::page::credit::{Card, Standing};
use crate::page::{Frame, html};
use crate::session::Seat;

#[derive(Template)]
#[template(path = "villager/home.html")]
struct HomePage {
    f: Frame,
    css: &'static str,
    name: String,
    /// What may be borrowed, what is owed, what is in the wallet.
    c: Card,
    /// What waits for the household: an address below `me`, and the words.
    waiting: Vec<(String, String)>,
    /// The tree with its points; the reasons have a page of their own.
    tree: String,
}

/// `GET /{lang}/me`
pub(super) async fn show(seat: Seat) -> Result<Html<String>, Fault> {
    let home = Home::of(&seat).await?;
    let (orders, parcels) = ask(&seat, home, move |reader, cell, home| {
        let mut orders = reader.orders_of((cell, home.village), home.household, None, ROWS_MAX)?;
        orders.retain(|order| !order.phase.is_end());
        let mut parcels: Vec<Parcel> = Vec::new();
        for order in &orders {
            parcels.extend(reader.of_order::<Parcel>((cell, home.village), order.id)?);
        }
        Ok((orders, parcels))
    })
    .await?;
    let standing = Standing::of(&seat, home.household).await?;
    html(&HomePage {
        tree: tree(crate::trust::short_card(seat.lang, &standing.trust))?,
        f: Frame::seated(&seat, "me-title", "me"),
        css: super::super::store::STYLE,
        name: seat.name.clone(),
        c: standing.card(&seat),
        waiting: waiting(&seat, &orders, &parcels),
    })
}

/// The tree as a part of a page.
pub(super) fn tree(rendered: Result<String, askama::Error>) -> Result<String, Fault> {
    rendered.map_err(|error| {
        tracing::error!(%error, "the tree does not render");
        Fault::new(axum::http::StatusCode::INTERNAL_SERVER_ERROR, "incident")
    })
}

/// What waits for the household to do something, the parcel at the shop first.
fn waiting(seat: &Seat, orders: &[Order], parcels: &[Parcel]) -> Vec<(String, String)> {
    let here = parcels.iter().filter(|parcel| parcel.phase == ParcelPhase::AtShop);
    let collect = here.map(|parcel| {
        let text = seat.lang.with("me-collect", &[("label", parcel.label.to_string().into())]);
        (format!("orders/{}", parcel.order), text)
    });
    let quoted = orders.iter().filter(|order| order.phase == OrderPhase::Quoted);
    let answer = quoted.map(|order| {
        let total = seat.money(order.total_minor());
        let text = seat.lang.with("me-answer", &[("total", total.into())]);
        (format!("orders/{}", order.id), text)
    });
    collect.chain(answer).collect()
}
