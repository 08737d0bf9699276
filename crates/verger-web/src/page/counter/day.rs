//! The day at the counter: count and open, bank, count and close; and everything that moved the
//! drawer since.

use askama::Template;
use axum::response::{Html, Response};
use verger_domain::Body;
use verger_domain::id::TillId;
use verger_domain::market::command::TillCommand;

use super::{again, alert, done, drawer, frame, step};
use crate::fault::Fault;
use crate::form::Fields;
use crate::page::{Alert, Frame, html};
use crate::session::Seat;
use crate::text::time_of_day;

#[derive(Template)]
#[template(path = "counter/day.html")]
struct DayPage {
    f: Frame,
    alert: Option<Alert>,
    key: String,
    drawer: String,
    is_open: bool,
    is_his: bool,
    opened_at: String,
    opened: String,
    banked: String,
    rows: Vec<Row>,
}

/// One movement of the drawer.
struct Row {
    seq: u64,
    at: String,
    amount: String,
    after: String,
}

async fn page(seat: &Seat) -> Result<DayPage, Fault> {
    let drawer = drawer(seat).await?;
    let row = |entry: &verger_domain::state::Entry| Row {
        seq: entry.seq,
        at: time_of_day(entry.at, seat.app().calendar()),
        amount: seat.money(entry.amount_minor),
        after: seat.money(entry.balance_minor),
    };
    let till = drawer.till.as_ref();
    Ok(DayPage {
        f: frame(seat, "day-title", "day"),
        alert: None,
        key: seat.new_key(),
        drawer: seat.money(drawer.owned_minor),
        is_open: till.is_some(),
        is_his: drawer.is_his(seat),
        opened_at: till.map(|till| seat.moment(till.opened_at)).unwrap_or_default(),
        opened: till.map(|till| seat.money(till.opened_minor)).unwrap_or_default(),
        banked: till.map(|till| seat.money(till.banked_minor)).unwrap_or_default(),
        rows: drawer.today.iter().map(row).collect(),
    })
}

/// `GET /{lang}/counter/day`
pub(super) async fn show(seat: Seat) -> Result<Html<String>, Fault> {
    html(&page(&seat).await?)
}

/// `POST /{lang}/counter/day`
pub(super) async fn act(seat: Seat, fields: Fields) -> Result<Response, Fault> {
    match acted(&seat, &fields).await {
        Err(fault) if fault.status.is_client_error() => {
            let mut page = page(&seat).await?;
            page.alert = Some(alert(&seat, &fault));
            again(&fault, &page)
        }
        other => other,
    }
}

async fn acted(seat: &Seat, fields: &Fields) -> Result<Response, Fault> {
    let key = fields.key()?;
    let drawer = drawer(seat).await?;
    let amount_minor = fields.money("amount", seat.place.currency)?;
    let open = drawer.till.as_ref().map(|till| till.id);
    let till = open.unwrap_or_else(|| TillId::from_bits(step(seat, key, "till").0.bits()));
    let command = match fields.text("do") {
        "open" => TillCommand::Open { counted_minor: amount_minor, shop: drawer.shop.party.id },
        "bank" => TillCommand::Bank { amount_minor },
        _ => TillCommand::Close { counted_minor: amount_minor },
    };
    let receipt = seat.submit(key, Body::Till { command, till, version: None }).await?;
    Ok(done(seat, &receipt))
}
