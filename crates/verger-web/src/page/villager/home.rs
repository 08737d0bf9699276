//! My first page: my tree with its points, why they are what they are and what would raise them; what
//! waits for me, what is mine, and where the rest is.

use askama::Template;
use axum::response::Html;
use verger_domain::ledger::{AccountId, AccountKey, Code};
use verger_domain::market::{Order, OrderPhase, Parcel, ParcelPhase};

use super::{Home, ROWS_MAX, ask};
use crate::fault::Fault;
use crate::page::{Frame, html};
use crate::session::Seat;

#[derive(Template)]
#[template(path = "villager/home.html")]
struct HomePage {
    f: Frame,
    css: &'static str,
    name: String,
    balance: String,
    /// What waits for the household: an address below `me`, and the words.
    waiting: Vec<(String, String)>,
    /// The tree with the sum, the reasons and what would raise it.
    tree: String,
}

/// `GET /{lang}/me`
pub(super) async fn show(seat: Seat) -> Result<Html<String>, Fault> {
    let home = Home::of(&seat).await?;
    let now = seat.app().now().at;
    let (account, orders, parcels) = ask(&seat, home, move |reader, cell, home| {
        let key = AccountKey::party(Code::WALLET, home.household);
        let account = reader.account_at(cell, AccountId { village: home.village, key }, now)?;
        let mut orders = reader.orders_of((cell, home.village), home.household, ROWS_MAX)?;
        orders.retain(|order| !order.phase.is_end());
        let mut parcels: Vec<Parcel> = Vec::new();
        for order in &orders {
            parcels.extend(reader.of_order::<Parcel>((cell, home.village), order.id)?);
        }
        Ok((account, orders, parcels))
    })
    .await?;
    let balance_minor = account.map_or(0, |account| account.balance_minor().saturating_neg());
    let trust = seat.app().trust(home.village, home.household).await?;
    html(&HomePage {
        tree: tree(&seat, &trust)?,
        f: Frame::seated(&seat, "me-title", "me"),
        css: super::super::store::STYLE,
        name: seat.name.clone(),
        balance: seat.money(balance_minor),
        waiting: waiting(&seat, &orders, &parcels),
    })
}

/// The tree as a part of the page.
fn tree(seat: &Seat, trust: &verger_app::Trust) -> Result<String, Fault> {
    crate::trust::card(seat.lang, trust).map_err(|error| {
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
