//! My first page: what I may borrow, what a day costs and why; what waits for me, and where the rest
//! is.

use askama::Template;
use axum::response::Html;
use verger_domain::ledger::{AccountId, AccountKey, Code};
use verger_domain::market::{Order, OrderPhase, Parcel, ParcelPhase};

use super::credit::Standing;
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
    free: String,
    /// What a day of the whole sum costs; nothing where there is nothing to borrow.
    a_day: Option<String>,
    owed: Option<String>,
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
    let standing = Standing::of(&seat, home).await?;
    let tree = crate::trust::card(seat.lang, &trust).map_err(|error| {
        tracing::error!(%error, "the tree does not render");
        Fault::new(axum::http::StatusCode::INTERNAL_SERVER_ERROR, "incident")
    })?;
    html(&HomePage {
        f: Frame::seated(&seat, "me-title", "me"),
        css: super::super::store::STYLE,
        name: seat.name.clone(),
        balance: seat.money(balance_minor),
        waiting: waiting(&seat, &orders, &parcels),
        free: seat.money(standing.free_minor),
        a_day: standing.a_day(&seat),
        owed: (standing.owed_minor > 0).then(|| seat.money(standing.owed_minor)),
        tree,
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
