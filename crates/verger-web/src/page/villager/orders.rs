//! What my household bought: where each order is, what was saved, and what it can still say about it.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;
use verger_app::{Reader, Split};
use verger_domain::Body;
use verger_domain::id::{CommandKind, ListingId, OrderId};
use verger_domain::market::command::{OrderCommand, OrdersCommand};
use verger_domain::market::{Listing, Order, OrderPhase, Parcel, ParcelPhase};
use verger_domain::{Actor, Command};

use super::super::store::{Bar, Station, bars, good_name, purchase_stations};
use super::{Home, ROWS_MAX, ask};
use crate::fault::Fault;
use crate::form::Fields;
use crate::input::Asked;
use crate::page::{Alert, Frame, html};
use crate::session::{Seat, see};

#[derive(Template)]
#[template(path = "villager/orders.html")]
struct OrdersPage {
    f: Frame,
    css: &'static str,
    rows: Vec<Row>,
    saved: Option<String>,
    /// The order after which the list goes on.
    next: Option<String>,
}

/// Which part of the list is asked for.
#[derive(Default, Deserialize)]
pub(super) struct OrdersQuery {
    /// Only what is older than this order.
    before: Option<String>,
}

/// An order in the list.
struct Row {
    id: String,
    what: String,
    phase: String,
    is_open: bool,
    total: String,
    day: String,
}

#[derive(Template)]
#[template(path = "villager/order.html")]
struct OrderPage {
    f: Frame,
    css: &'static str,
    id: String,
    key: String,
    phase: String,
    next: String,
    lines: Vec<(String, String)>,
    total: String,
    saved: Option<String>,
    due: Option<String>,
    codes: Vec<(String, String)>,
    stations: Vec<Station>,
    bars: Vec<Bar>,
    can_agree: bool,
    can_decline: bool,
    can_cancel: bool,
    alert: Option<Alert>,
}

type Goods = BTreeMap<ListingId, Listing>;

/// The listings of some orders.
fn goods_of(
    reader: &mut Reader,
    cell: verger_domain::id::CellId,
    orders: &[Order],
) -> Result<Goods, verger_app::StoreError> {
    let mut goods = Goods::new();
    for order in orders {
        for line in &order.lines {
            if !goods.contains_key(&line.listing)
                && let Some(row) =
                    reader.document::<Listing>(cell, order.village, line.listing.bits())?
            {
                goods.insert(line.listing, row);
            }
        }
    }
    Ok(goods)
}

/// `GET /{lang}/me/orders`
pub(super) async fn list(
    seat: Seat,
    Asked(query): Asked<OrdersQuery>,
) -> Result<Html<String>, Fault> {
    let home = Home::of(&seat).await?;
    let before = query.before.as_deref().map(str::parse::<OrderId>).transpose();
    let before = before.map_err(|_| Fault::field("before", "id"))?;
    let (orders, goods, saved_minor) = ask(&seat, home, move |reader, cell, home| {
        let place = (cell, home.village);
        let orders = reader.orders_of(place, home.household, before, ROWS_MAX)?;
        let goods = goods_of(reader, cell, &orders)?;
        Ok((orders, goods, reader.saved_by(place, home.household)?))
    })
    .await?;
    let is_full = orders.len() == usize::try_from(ROWS_MAX).unwrap_or(usize::MAX);
    let last = orders.last().filter(|_| is_full);
    html(&OrdersPage {
        f: Frame::seated(&seat, "me-orders", "me/orders"),
        css: super::super::store::STYLE,
        rows: orders.iter().map(|order| row(&seat, order, &goods)).collect(),
        saved: (saved_minor > 0).then(|| seat.money(saved_minor)),
        next: last.map(|order| order.id.to_string()),
    })
}

fn names(seat: &Seat, order: &Order, goods: &Goods) -> Vec<String> {
    let name = |line: &verger_domain::market::OrderLine| {
        let good = goods.get(&line.listing).map(|row| good_name(seat.lang, &row.text));
        format!("{} × {}", line.quantity, good.unwrap_or_default())
    };
    order.lines.iter().map(name).collect()
}

fn row(seat: &Seat, order: &Order, goods: &Goods) -> Row {
    let first = order.reached.values().min().copied();
    let day = first.map(|at| seat.lang.date(seat.app().calendar().at(at).today));
    Row {
        id: order.id.to_string(),
        what: names(seat, order, goods).join(", "),
        phase: seat.lang.phase(order.phase.name()),
        is_open: !order.phase.is_end(),
        total: seat.money(order.total_minor()),
        day: day.unwrap_or_default(),
    }
}

/// The household's own order of an address.
async fn own(seat: &Seat, home: Home) -> Result<Order, Fault> {
    let unknown = || Fault::not_found("order");
    let id: OrderId = seat.param("order").parse().map_err(|_| unknown())?;
    let found = ask(seat, home, move |reader, cell, home| {
        reader.document::<Order>(cell, home.village, id.bits())
    });
    let found = found.await?.filter(|order: &Order| order.buyer == home.household);
    found.ok_or_else(unknown)
}

/// `GET /{lang}/me/orders/{order}`
pub(super) async fn one(seat: Seat) -> Result<Response, Fault> {
    let home = Home::of(&seat).await?;
    let order = own(&seat, home).await?;
    let page = page(&seat, home, order, None).await?;
    Ok(([(header::CACHE_CONTROL, "private, no-store")], page).into_response())
}

async fn page(
    seat: &Seat,
    home: Home,
    order: Order,
    alert: Option<Alert>,
) -> Result<Html<String>, Fault> {
    let (order, goods, parcels) = ask(seat, home, move |reader, cell, home| {
        let goods = goods_of(reader, cell, std::slice::from_ref(&order))?;
        let parcels: Vec<Parcel> = reader.of_order((cell, home.village), order.id)?;
        Ok((order, goods, parcels))
    })
    .await?;
    let (lang, phase) = (seat.lang, order.phase);
    let line = |(line, name): (&verger_domain::market::OrderLine, String)| {
        (name, seat.money(line.goods_minor()))
    };
    let saved = order.saved_minor();
    let code = |parcel: &Parcel| {
        let code = seat.app().pickup_code(home.village, parcel.id);
        (parcel.label.to_string(), code)
    };
    let waiting = parcels.iter().filter(|parcel| parcel.phase == ParcelPhase::AtShop);
    let key = format!("mine-next-{}", phase.name().replace('_', "-"));
    let next = if lang.has(&key) { lang.t(&key) } else { lang.phase(phase.name()) };
    html(&OrderPage {
        f: Frame::seated(seat, "me-order", &format!("me/orders/{}", order.id)),
        css: super::super::store::STYLE,
        id: order.id.to_string(),
        key: seat.app().new_id::<CommandKind>().to_string(),
        phase: lang.phase(phase.name()),
        next,
        lines: order.lines.iter().zip(names(seat, &order, &goods)).map(line).collect(),
        total: seat.money(order.total_minor()),
        saved: (saved > 0).then(|| seat.money(saved)),
        due: order.due_on.map(|day| lang.date(day)),
        codes: waiting.map(code).collect(),
        stations: purchase_stations(lang, &order, seat.app().calendar()),
        bars: bars(lang, &Split::of(&order), seat.place.currency),
        can_agree: phase == OrderPhase::Quoted,
        can_decline: matches!(
            phase,
            OrderPhase::Quoted | OrderPhase::Requested | OrderPhase::Consented
        ),
        can_cancel: matches!(
            phase,
            OrderPhase::Funded | OrderPhase::Ordered | OrderPhase::Confirmed
        ),
        alert,
    })
}

/// `POST /{lang}/me/orders/{order}`: what the household says, by the button `do`.
pub(super) async fn act(seat: Seat, fields: Fields) -> Result<Response, Fault> {
    let home = Home::of(&seat).await?;
    let order = own(&seat, home).await?;
    match done(&seat, &order, &fields).await {
        Ok(()) => Ok(see(&seat.to(&format!("me/orders/{}", order.id)))),
        Err(fault) if fault.status.is_client_error() => {
            let alert = Alert::new(&seat.web, seat.lang, &fault);
            let status = fault.status;
            let page = page(&seat, home, order, Some(alert)).await?;
            Ok((status, [(header::CACHE_CONTROL, "private, no-store")], page).into_response())
        }
        Err(fault) => Err(fault),
    }
}

async fn done(seat: &Seat, order: &Order, fields: &Fields) -> Result<(), Fault> {
    let key = fields.key()?;
    let (village, member, id) = (seat.village, seat.party, order.id);
    let actor = Actor::Party(member);
    let command = |body: Body| Command { id: key.0, village, actor, body };
    let reason = "called off by the household on its own page".to_owned();
    let own = |command| Body::Order { command, order: id, version: None };
    let receipt = match fields.text("do") {
        "agree" => {
            // The PIN is the household's own agreement; a session alone is not (I-11).
            let pin = fields.needed("pin")?.to_owned();
            let body = |proof| Body::Orders {
                command: OrdersCommand::Consent { proof },
                orders: std::collections::BTreeSet::from([id]),
            };
            seat.app().submit_with_pin((member, &pin), |proof| command(body(proof))).await?
        }
        "decline" => seat.app().submit(command(own(OrderCommand::Decline))).await?,
        "cancel" => {
            let cancel = OrderCommand::Cancel { is_force_majeure: false, reason };
            seat.app().submit(command(own(cancel))).await?
        }
        _ => return Err(Fault::field("do", "word")),
    };
    receipt.accepted()?;
    Ok(())
}
