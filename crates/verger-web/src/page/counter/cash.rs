//! Cash in and cash out. What leaves a wallet needs its member's own PIN, typed on the turned screen.

use askama::Template;
use axum::response::{Html, Response};
use verger_domain::Body;

use super::{Who, again, alert, done, drawer, family, frame, recent};
use crate::fault::Fault;
use crate::form::Fields;
use crate::page::{Alert, Frame, html};
use crate::session::Seat;

#[derive(Template)]
#[template(path = "counter/cash.html")]
struct CashPage {
    f: Frame,
    alert: Option<Alert>,
    key: String,
    recent: Vec<Who>,
    who: String,
    amount: String,
    is_out: bool,
    is_his: bool,
}

async fn page(seat: &Seat, typed: &Fields) -> Result<CashPage, Fault> {
    let drawer = drawer(seat).await?;
    Ok(CashPage {
        f: frame(seat, "cash-title", "cash"),
        alert: None,
        key: seat.new_key(),
        recent: recent(seat).await?,
        who: typed.text("who").to_owned(),
        amount: typed.text("amount").to_owned(),
        is_out: typed.text("way") == "out",
        is_his: drawer.is_his(seat),
    })
}

/// `GET /{lang}/counter/cash`
pub(super) async fn show(seat: Seat) -> Result<Html<String>, Fault> {
    html(&page(&seat, &Fields::default()).await?)
}

/// `POST /{lang}/counter/cash`
pub(super) async fn record(seat: Seat, fields: Fields) -> Result<Response, Fault> {
    match moved(&seat, &fields).await {
        Err(fault) if fault.status.is_client_error() => {
            let mut page = page(&seat, &fields).await?;
            page.alert = Some(alert(&seat, &fault));
            again(&fault, &page)
        }
        other => other,
    }
}

async fn moved(seat: &Seat, fields: &Fields) -> Result<Response, Fault> {
    let key = fields.key()?;
    let who = match fields.text("pick") {
        "" => fields.needed("who")?,
        picked => picked,
    };
    let family = family(seat, "who", who).await?;
    let amount_minor = fields.money("amount", seat.place.currency)?;
    let (shop, wallet) = (drawer(seat).await?.shop.party.id, family.household);
    if fields.text("way") == "in" {
        let receipt = seat.submit(key, Body::CashIn { amount_minor, shop, wallet }).await?;
        return Ok(done(seat, &receipt));
    }
    let pin = fields.needed("pin")?;
    let member = family.members.first().map(|view| view.party.id);
    let member = member.ok_or_else(|| Fault::not_found("pin").about("who"))?;
    let body = |proof| Body::CashOut { amount_minor, proof, shop, wallet };
    let receipt = seat.submit_with_pin(key, (member, pin), body).await?;
    Ok(done(seat, &receipt))
}
