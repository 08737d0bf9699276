//! A supplier's own pages: what the village has ordered and waits for his yes or his box, what he
//! sells, and what he is owed. Owns these steps; shows nothing of another firm and no account of a
//! household.

use askama::Template;
use axum::Router;
use axum::response::{Html, Response};
use axum::routing::get;
use verger_app::PartyFilter;
use verger_domain::Body;
use verger_domain::id::OrderId;
use verger_domain::ledger::{AccountId, AccountKey, Code};
use verger_domain::market::command::OrderCommand;
use verger_domain::market::{Listing, ListingPhase, OrderPhase};
use verger_domain::party::PartyKind;

use super::counter::{again, alert, step};
use super::packing::{PackPage, SHOWN, Section, Wanted, boxed};
use super::store::good_name;
use super::villager::account::{AccountQuery, Ledger, page as account_page};
use super::{Alert, Frame, html, shown_name};
use crate::Web;
use crate::fault::Fault;
use crate::form::Fields;
use crate::input::Asked;
use crate::session::{Seat, see};

/// The most orders of one state that are looked through: what is packed waits among what is not.
const LOOKED_AT: u32 = 500;
/// The most listings of a village that are looked through for a supplier's own.
const LISTINGS_MAX: u32 = 500;

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/{lang}/supply", get(show).post(accept))
        .route("/{lang}/supply/account", get(account))
        .route("/{lang}/supply/{order}", get(order).post(act))
}

#[derive(Template)]
#[template(path = "supply/home.html")]
struct SupplyPage {
    f: Frame,
    alert: Option<Alert>,
    key: String,
    owed: String,
    asked: Section,
    /// What is to be packed, and what the carrier fetches.
    promised: [Section; 2],
    goods: Vec<Good>,
}

/// Something that the supplier sells here.
struct Good {
    name: String,
    price: String,
    stock: String,
}

async fn page(seat: &Seat, fault: Option<&Fault>) -> Result<SupplyPage, Fault> {
    let (village, party) = (seat.village, seat.party);
    let found = seat.app().ask(village, move |reader, cell| {
        let place = (cell, village);
        let mut waiting = |phase| {
            let (orders, _) = reader.sold_in_phase(place, phase, party, LOOKED_AT)?;
            Wanted::read(reader, place, orders)
        };
        let waiting = [waiting(OrderPhase::Ordered)?, waiting(OrderPhase::Confirmed)?];
        let phases = [ListingPhase::Live, ListingPhase::Paused].map(ListingPhase::name);
        let mut goods = reader.documents::<Listing>(cell, village, &phases, LISTINGS_MAX)?;
        goods.retain(|good| good.text.seller == party);
        let key = AccountKey::party(Code::PAYABLE_SUPPLIER, party);
        let account = reader.account(cell, AccountId { village, key })?;
        Ok((waiting, goods, account.map_or(0, |account| account.owned_minor())))
    });
    let ([asked, promised], goods, owed_minor) = found.await?;
    let (packed, unpacked): (Vec<Wanted>, Vec<Wanted>) =
        promised.into_iter().partition(|wanted| !wanted.order.parcels.is_empty());
    let shown = usize::try_from(SHOWN).unwrap_or(usize::MAX);
    let section = |title: &str, orders: &[Wanted]| {
        let count = i64::try_from(orders.len()).unwrap_or(i64::MAX);
        let first = orders.get(..shown).unwrap_or(orders);
        Section::of(seat, title, "supply", (first, count))
    };
    let good = |good: &Listing| Good {
        name: good_name(seat.lang, &good.text),
        price: seat.money(good.price_minor),
        stock: good.stock.map(|stock| seat.lang.number(stock.available())).unwrap_or_default(),
    };
    Ok(SupplyPage {
        f: Frame::seated(seat, "supply-title", "supply"),
        alert: fault.map(|fault| alert(seat, fault)),
        key: seat.new_key(),
        owed: seat.money(owed_minor),
        asked: section("supply-asked", &asked),
        promised: [section("sell-packing", &unpacked), section("supply-packed", &packed)],
        goods: goods.iter().map(good).collect(),
    })
}

/// `GET /{lang}/supply`
async fn show(seat: Seat) -> Result<Html<String>, Fault> {
    html(&page(&seat, None).await?)
}

/// `POST /{lang}/supply`: a yes to every order that was ticked.
async fn accept(seat: Seat, fields: Fields) -> Result<Response, Fault> {
    match accepted(&seat, &fields).await {
        Err(fault) if fault.status.is_client_error() => {
            again(&fault, &page(&seat, Some(&fault)).await?)
        }
        other => other,
    }
}

async fn accepted(seat: &Seat, fields: &Fields) -> Result<Response, Fault> {
    let key = fields.key()?;
    let mut ticked = Vec::new();
    for (id, _) in fields.each("order-") {
        ticked.push(id.parse::<OrderId>().map_err(|_| Fault::field("order", "id"))?);
    }
    if ticked.is_empty() {
        return Err(Fault::field("order", "missing"));
    }
    for order in ticked {
        let command = OrderCommand::SupplierAccept;
        let body = Body::Order { command, order, version: None };
        seat.submit(step(seat, key, &order.to_string()), body).await?;
    }
    Ok(see(&seat.to("supply")))
}

/// The order of the address, if it is this supplier's.
async fn own(seat: &Seat) -> Result<(Wanted, String), Fault> {
    let order: OrderId = seat.param("order").parse().map_err(|_| Fault::not_found("order"))?;
    let (village, party, lang) = (seat.village, seat.party, seat.lang);
    let found = seat.app().ask(village, move |reader, cell| {
        let row = reader.document(cell, village, order.bits())?;
        let own = |row: &verger_domain::market::Order| {
            row.lines.first().is_some_and(|line| line.seller == party)
        };
        let Some(row) = row.filter(own) else { return Ok(None) };
        let shops = PartyFilter { kind: Some(PartyKind::Shop), ..PartyFilter::default() };
        let shop = reader.parties(cell, village, &shops, 1)?.pop();
        let wanted = Wanted::read(reader, (cell, village), vec![row])?.pop();
        // The goods go to the shop: who fetches them there is not the supplier's business.
        let address = shop.map(|shop| {
            let known = shop.profile.as_ref().and_then(|profile| profile.facts.get("address"));
            let mut parts = vec![shown_name(lang, &shop)];
            parts.extend(known.cloned());
            parts.join(", ")
        });
        Ok(wanted.map(|wanted| (wanted, address.unwrap_or_default())))
    });
    found.await?.ok_or_else(|| Fault::not_found("order"))
}

async fn order_page(seat: &Seat, typed: &Fields) -> Result<PackPage, Fault> {
    let (wanted, address) = own(seat).await?;
    let phase = wanted.order.phase;
    let mut f = Frame::seated(seat, "sell-order", &format!("supply/{}", wanted.order.id));
    f.back = Some("supply".to_owned());
    let mut page = wanted.page(seat, f, typed);
    page.is_asked = phase == OrderPhase::Ordered;
    page.is_promised = phase == OrderPhase::Confirmed && wanted.order.parcels.is_empty();
    page.address = address;
    page.next = (seat.to("supply"), seat.lang.t("supply-title"));
    Ok(page)
}

/// `GET /{lang}/supply/{order}`
async fn order(seat: Seat) -> Result<Html<String>, Fault> {
    html(&order_page(&seat, &Fields::default()).await?)
}

/// `POST /{lang}/supply/{order}`: delivers it, packs it, or cannot.
async fn act(seat: Seat, fields: Fields) -> Result<Response, Fault> {
    match acted(&seat, &fields).await {
        Err(fault) if fault.status.is_client_error() => {
            let mut page = order_page(&seat, &fields).await?;
            page.alert = Some(alert(&seat, &fault));
            again(&fault, &page)
        }
        other => other,
    }
}

async fn acted(seat: &Seat, fields: &Fields) -> Result<Response, Fault> {
    let key = fields.key()?;
    let (wanted, _) = own(seat).await?;
    let order = wanted.order.id;
    let (command, next) = match fields.text("do") {
        "accept" => (OrderCommand::SupplierAccept, format!("supply/{order}")),
        "cancel" => {
            let reason = fields.needed("reason")?.to_owned();
            (OrderCommand::SupplierReject { reason }, "supply".to_owned())
        }
        "pack" => {
            let boxes = vec![boxed(seat, (key, fields), &wanted.order, Vec::new())?];
            (OrderCommand::Pack { boxes, by_surface: false }, format!("supply/{order}"))
        }
        _ => return Err(Fault::field("do", "word")),
    };
    seat.submit(key, Body::Order { command, order, version: None }).await?;
    Ok(see(&seat.to(&next)))
}

/// `GET /{lang}/supply/account`: what the village owes, line by line.
async fn account(seat: Seat, Asked(query): Asked<AccountQuery>) -> Result<Html<String>, Fault> {
    let ledger = Ledger {
        key: AccountKey::party(Code::PAYABLE_SUPPLIER, seat.party),
        page: "supply/account",
        balance: "supply-owed",
        is_household: false,
    };
    account_page(&seat, &query, ledger).await
}
