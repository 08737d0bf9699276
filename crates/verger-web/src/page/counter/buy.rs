//! Buying for a family: tile, member, good, record; then the family's own yes and its money. A basket
//! has one order for each supplier.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;
use verger_domain::Body;
use verger_domain::id::{ListingId, OrderId, PartyId};
use verger_domain::market::command::{OrderCommand, OrdersCommand};
use verger_domain::market::{Listing, Order, OrderPhase};
use verger_domain::party::PartyKind;
use verger_domain::time::Date;

use super::{Who, again, alert, done, drawer, family, frame, names, recent, step};
use crate::api::on_sale;
use crate::fault::Fault;
use crate::form::Fields;
use crate::input::{Asked, Key};
use crate::page::store::good_name;
use crate::page::{Alert, Frame, html};
use crate::session::{Seat, see};

/// Days until the goods are wanted at the shop, unless the agent says otherwise.
const DUE_DAYS: i32 = 7;

#[derive(Template)]
#[template(path = "counter/buy.html")]
struct BuyPage {
    f: Frame,
    alert: Option<Alert>,
    key: String,
    recent: Vec<Who>,
    who: String,
    goods: Vec<Good>,
    due_on: String,
    freight: String,
}

/// Something to be ordered.
struct Good {
    code: String,
    name: String,
    price: String,
    saving: Option<String>,
    quantity: String,
}

/// What the village buys from outside: live listings of suppliers.
async fn outside(seat: &Seat) -> Result<Vec<Listing>, Fault> {
    let village = seat.village;
    let found = seat.app().ask(village, move |reader, cell| {
        let mut kinds: BTreeMap<PartyId, bool> = BTreeMap::new();
        let mut goods = Vec::new();
        for listing in on_sale(reader, cell, village)? {
            let seller = listing.text.seller;
            let is_outside = if let Some(known) = kinds.get(&seller) {
                *known
            } else {
                let party = reader.party(cell, seller)?;
                party.is_some_and(|view| view.party.kind == PartyKind::Supplier)
            };
            kinds.insert(seller, is_outside);
            if is_outside {
                goods.push(listing);
            }
        }
        Ok(goods)
    });
    Ok(found.await?)
}

async fn page(seat: &Seat, typed: &Fields) -> Result<BuyPage, Fault> {
    let lang = seat.lang;
    let good = |listing: Listing| {
        let code = listing.code.to_string();
        let there = listing.text.township_price_minor;
        let saved = there.map(|there| there.saturating_sub(listing.price_minor));
        Good {
            quantity: typed.text(&format!("n-{code}")).to_owned(),
            name: good_name(lang, &listing.text),
            price: seat.money(listing.price_minor),
            saving: saved.filter(|minor| *minor > 0).map(|minor| seat.money(minor)),
            code,
        }
    };
    let due_on = in_days(seat);
    Ok(BuyPage {
        f: frame(seat, "buy-title", "buy"),
        alert: None,
        key: seat.new_key(),
        recent: recent(seat).await?,
        who: typed.text("who").to_owned(),
        goods: outside(seat).await?.into_iter().map(good).collect(),
        due_on: due_on.map(|day| day.to_string()).unwrap_or_default(),
        freight: typed.text("freight").to_owned(),
    })
}

fn in_days(seat: &Seat) -> Option<Date> {
    Date::from_days(seat.app().now().today.days().saturating_add(DUE_DAYS))
}

/// `GET /{lang}/counter/buy`
pub(super) async fn show(seat: Seat) -> Result<Html<String>, Fault> {
    html(&page(&seat, &Fields::default()).await?)
}

/// `POST /{lang}/counter/buy`
pub(super) async fn record(seat: Seat, fields: Fields) -> Result<Response, Fault> {
    match recorded(&seat, &fields).await {
        Err(fault) if fault.status.is_client_error() => {
            let mut page = page(&seat, &fields).await?;
            page.alert = Some(alert(&seat, &fault));
            again(&fault, &page)
        }
        other => other,
    }
}

async fn recorded(seat: &Seat, fields: &Fields) -> Result<Response, Fault> {
    let key = fields.key()?;
    let who = match fields.text("pick") {
        "" => fields.needed("who")?,
        picked => picked,
    };
    let household = family(seat, "who", who).await?.household;
    let wanted: BTreeMap<&str, &str> = fields.each("n-").collect();
    let mut by_seller: BTreeMap<PartyId, Vec<(ListingId, u32)>> = BTreeMap::new();
    for listing in outside(seat).await? {
        let Some(text) = wanted.get(listing.code.as_str()) else { continue };
        let pieces: u32 = text.parse().map_err(|_| Fault::field("pieces", "whole"))?;
        if pieces > 0 {
            by_seller.entry(listing.text.seller).or_default().push((listing.id, pieces));
        }
    }
    if by_seller.is_empty() {
        return Err(Fault::field("pieces", "missing"));
    }
    let due_on = match fields.text("due_on") {
        "" => in_days(seat),
        text => Some(text.parse().map_err(|_| Fault::field("due_on", "date"))?),
    };
    let due_on = due_on.ok_or_else(|| Fault::field("due_on", "date"))?;
    let freight_minor = match fields.text("freight") {
        "" => 0,
        _ => fields.money("freight", seat.place.currency)?,
    };
    let mut orders = Vec::new();
    for (number, lines) in by_seller.into_values().enumerate() {
        // The carrier's part comes once, with the first supplier's order.
        let freight_minor = if number == 0 { freight_minor } else { 0 };
        let order = OrderId::from_bits(step(seat, key, &format!("order {number}")).0.bits());
        let asked = step(seat, key, &format!("request {number}"));
        let request = OrderCommand::Request { agent: None, household, lines };
        let body = |command| Body::Order { command, order, version: None };
        seat.submit(asked, body(request)).await?;
        let quoted = step(seat, key, &format!("quote {number}"));
        seat.submit(quoted, body(OrderCommand::Quote { due_on, freight_minor })).await?;
        orders.push(order.to_string());
    }
    Ok(see(&seat.to(&format!("counter/basket?orders={}", orders.join(",")))))
}

/// What stands behind the question mark.
#[derive(Default, Deserialize)]
pub(super) struct BasketQuery {
    #[serde(default)]
    orders: String,
}

#[derive(Template)]
#[template(path = "counter/basket.html")]
struct BasketPage {
    f: Frame,
    alert: Option<Alert>,
    key: String,
    orders: String,
    who: String,
    rows: Vec<Line>,
    sum: String,
    wallet: String,
    /// What comes next: `consent`, `fund`, `send`, or nothing.
    next: &'static str,
    phases: Vec<(String, String)>,
}

/// One line of a basket.
struct Line {
    name: String,
    quantity: u32,
    amount: String,
}

async fn orders_of(seat: &Seat, text: &str) -> Result<Vec<Order>, Fault> {
    const ORDERS_MAX: usize = 20;
    let ids = text.split(',').take(ORDERS_MAX).map(str::parse::<OrderId>);
    let ids = ids.collect::<Result<BTreeSet<_>, _>>().map_err(|_| Fault::not_found("order"))?;
    let mut orders = Vec::new();
    for id in ids {
        let found = seat.app().subject::<Order>(seat.village, seat.viewer(), id.bits()).await?;
        orders.push(found.ok_or_else(|| Fault::not_found("order"))?.0);
    }
    if orders.is_empty() { Err(Fault::not_found("order")) } else { Ok(orders) }
}

fn next_of(orders: &[Order]) -> &'static str {
    let is_any = |phase| orders.iter().any(|order| order.phase == phase);
    if is_any(OrderPhase::Quoted) {
        "consent"
    } else if is_any(OrderPhase::Consented) {
        "fund"
    } else if is_any(OrderPhase::Funded) {
        "send"
    } else {
        ""
    }
}

async fn basket_page(seat: &Seat, text: &str) -> Result<BasketPage, Fault> {
    let orders = orders_of(seat, text).await?;
    let (lang, village) = (seat.lang, seat.village);
    let wanted: Vec<u128> =
        orders.iter().flat_map(|o| &o.lines).map(|line| line.listing.bits()).collect();
    let buyer = orders.first().map(|order| order.buyer);
    let buyer = buyer.ok_or_else(|| Fault::not_found("order"))?;
    let found = seat.app().ask(village, move |reader, cell| {
        let mut listings = BTreeMap::new();
        for bits in wanted {
            listings.insert(bits, reader.document::<Listing>(cell, village, bits)?);
        }
        let key =
            verger_domain::ledger::AccountKey::party(verger_domain::ledger::Code::WALLET, buyer);
        let id = verger_domain::ledger::AccountId { village, key };
        let wallet = reader.account(cell, id)?.map_or(0, |account| account.available_minor());
        Ok((listings, wallet))
    });
    let (listings, wallet) = found.await?;
    let line = |line: &verger_domain::market::OrderLine| Line {
        name: listings
            .get(&line.listing.bits())
            .and_then(Option::as_ref)
            .map(|listing| good_name(lang, &listing.text))
            .unwrap_or_default(),
        quantity: line.quantity,
        amount: seat.money(line.goods_minor()),
    };
    let known = names(seat, vec![buyer]).await?;
    let sum = orders.iter().fold(0_i64, |sum, order| sum.saturating_add(order.total_minor()));
    let number = |order: &Order| format!("O-{:08X}", order.id.bits() & 0xffff_ffff);
    Ok(BasketPage {
        f: frame(seat, "consent-title", &format!("basket?orders={text}")),
        alert: None,
        key: seat.new_key(),
        orders: text.to_owned(),
        who: known.get(&buyer).map_or_else(String::new, |who| format!("{} {}", who.name, who.code)),
        rows: orders.iter().flat_map(|order| &order.lines).map(line).collect(),
        sum: seat.money(sum),
        wallet: seat.money(wallet),
        next: next_of(&orders),
        phases: orders.iter().map(|o| (number(o), lang.phase(o.phase.name()))).collect(),
    })
}

/// `GET /{lang}/counter/basket`
pub(super) async fn basket(
    seat: Seat,
    Asked(query): Asked<BasketQuery>,
) -> Result<Html<String>, Fault> {
    html(&basket_page(&seat, &query.orders).await?)
}

/// `POST /{lang}/counter/basket`: the family's yes, its money, and off to the supplier; each step that
/// is still to come.
pub(super) async fn advance(seat: Seat, fields: Fields) -> Result<Response, Fault> {
    let orders = fields.text("orders").to_owned();
    match advanced(&seat, &fields, &orders).await {
        Err(fault) if fault.status.is_client_error() => {
            let mut page = basket_page(&seat, &orders).await?;
            page.alert = Some(alert(&seat, &fault));
            again(&fault, &page)
        }
        other => other.map(IntoResponse::into_response),
    }
}

async fn advanced(seat: &Seat, fields: &Fields, text: &str) -> Result<Response, Fault> {
    let key = fields.key()?;
    let orders = orders_of(seat, text).await?;
    let household = orders.first().map(|order| order.buyer);
    let household = household.ok_or_else(|| Fault::not_found("order"))?;
    let all: BTreeSet<OrderId> = orders.iter().map(|order| order.id).collect();
    let body = |command| Body::Orders { command, orders: all.clone() };
    let mut next = next_of(&orders);
    if next == "consent" {
        let pin = fields.needed("pin")?;
        let member = member_of(seat, household, fields.text("member")).await?;
        let consent = |proof| body(OrdersCommand::Consent { proof });
        seat.submit_with_pin(step(seat, key, "consent"), (member, pin), consent).await?;
        next = "fund";
    }
    if next == "fund" {
        let due = orders.iter().fold(0_i64, |sum, order| sum.saturating_add(order.total_minor()));
        let is_cash = fields.text("pay") == "cash";
        let shop = if is_cash { Some(drawer(seat).await?.shop.party.id) } else { None };
        let cash_minor = if is_cash { due } else { 0 };
        let fund = body(OrdersCommand::Fund { cash_minor, shop });
        seat.submit(step(seat, key, "fund"), fund).await?;
    }
    let mut last = None;
    let before = [OrderPhase::Quoted, OrderPhase::Consented, OrderPhase::Funded];
    let unsent = orders.iter().enumerate().filter(|(_, order)| before.contains(&order.phase));
    for (number, order) in unsent {
        let send = OrdersCommand::Send { trip: None };
        let send = Body::Orders { command: send, orders: [order.id].into() };
        last = Some(seat.submit(send_key(seat, key, number), send).await?);
    }
    Ok(last.map_or_else(|| see(&seat.to("counter")), |receipt| done(seat, &receipt)))
}

fn send_key(seat: &Seat, key: Key, number: usize) -> Key {
    step(seat, key, &format!("send {number}"))
}

/// The member who agrees: the one whose code was typed, or the first of the family.
async fn member_of(seat: &Seat, household: PartyId, typed: &str) -> Result<PartyId, Fault> {
    if !typed.is_empty() {
        return seat.party("member", &typed.to_uppercase()).await;
    }
    let family = family(seat, "who", &household.to_string()).await?;
    let first = family.members.first().map(|view| view.party.id);
    first.ok_or_else(|| Fault::not_found("pin").about("member"))
}
