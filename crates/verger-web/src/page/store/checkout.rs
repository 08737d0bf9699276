//! From the basket to the order, on one page: what is in it, who gets it, how it is paid. Owns the
//! form; a guest's order is the same command here and over the API.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use verger_app::{PartyFilter, Reader};
use verger_domain::codec::Hash;
use verger_domain::id::{CommandKind, OrderId, VillageId};
use verger_domain::market::listing::Stock;
use verger_domain::market::{Order, split};
use verger_domain::money::Currency;
use verger_domain::party::{CodeOf, PartyKind, ShortCode};
use verger_domain::time::Date;

use super::basket::{Basket, PIECES_MAX};
use super::product::listing_of;
use super::{Good, Sale, dress, see, shop};
use crate::Web;
use crate::api::{GuestOrder, GuestPay, place_guest};
use crate::fault::Fault;
use crate::form::Fields;
use crate::input::{Key, village_of};
use crate::page::{Alert, Frame, html, lang_of};
use crate::text::Lang;

/// The text fields of the form, as their browsers know them: so the device fills them in.
const FIELDS: [(&str, &str, &str); 3] =
    [("name", "name", "text"), ("phone", "tel", "tel"), ("address", "street-address", "text")];

/// What a buyer typed, and what is wrong with it.
#[derive(Default)]
pub(super) struct Typed {
    name: String,
    phone: String,
    address: String,
    pay: String,
    alert: Option<Alert>,
    /// The field that is wrong.
    wrong: Option<String>,
}

#[derive(Template)]
#[template(path = "store/basket.html")]
struct BasketPage {
    f: Frame,
    css: &'static str,
    village: u32,
    key: String,
    /// What the form orders, and what it shows as the price.
    text: String,
    total_minor: i64,
    lines: Vec<LineRow>,
    goods: String,
    freight: Option<String>,
    total: String,
    /// Whether everything in it can be bought today.
    is_open: bool,
    fields: Vec<Field>,
    ways: Vec<Way>,
    alert: Option<Alert>,
}

/// A text field of the form.
struct Field {
    name: &'static str,
    /// What the browser fills in.
    auto: &'static str,
    kind: &'static str,
    label: String,
    value: String,
    is_wrong: bool,
}

/// A way to pay.
struct Way {
    name: &'static str,
    label: String,
    hint: String,
    is_chosen: bool,
}

struct LineRow {
    code: String,
    name: String,
    picture: String,
    pieces: u32,
    less: String,
    more: Option<String>,
    each: String,
    sum: String,
    closed: Option<String>,
}

/// What the page reads.
struct Facts {
    goods: Vec<(Good, u32)>,
    gone: Vec<ShortCode>,
    /// Where a transfer goes to: the cooperative's own words.
    account: Option<String>,
}

fn facts(
    reader: &mut Reader,
    (cell, village): (verger_domain::id::CellId, VillageId),
    basket: &Basket,
) -> Result<Facts, verger_app::StoreError> {
    let (mut listings, mut gone) = (Vec::new(), Vec::new());
    for code in basket.0.keys() {
        match listing_of(reader, (cell, village), code.as_str())? {
            Some(listing) => listings.push(listing),
            None => gone.push(code.clone()),
        }
    }
    let pieces = |good: &Good| basket.0.get(&good.listing.code).copied().unwrap_or(0);
    let goods = dress(reader, (cell, village), listings)?.into_iter();
    let goods = goods.map(|good| {
        let pieces = pieces(&good);
        (good, pieces)
    });
    let kind = Some(PartyKind::Cooperative);
    let filter = PartyFilter { kind, ..PartyFilter::default() };
    let cooperative = reader.parties(cell, village, &filter, 1)?.pop();
    let facts = cooperative.and_then(|view| view.profile).map(|profile| profile.facts);
    let account = facts.and_then(|mut facts| facts.remove("account"));
    Ok(Facts { goods: goods.collect(), gone, account })
}

/// The page, with what was typed before and what was wrong with it.
pub(super) async fn page(
    web: &Web,
    (lang, id): (Lang, VillageId),
    basket: &Basket,
    typed: &Typed,
) -> Result<Html<String>, Fault> {
    let village = web.village(id).await?;
    let wanted = basket.clone();
    let facts = web.app().ask(id, move |reader, cell| facts(reader, (cell, id), &wanted)).await?;
    let (currency, today) = (village.currency, web.app().now().today);
    let place = (id, currency);
    let mut lines: Vec<LineRow> =
        facts.goods.iter().map(|(good, n)| line(lang, (good, *n), place, today)).collect();
    lines.extend(facts.gone.iter().map(|code| gone_line(lang, code)));
    let is_open = !lines.is_empty() && lines.iter().all(|line| line.closed.is_none());
    let (goods_minor, freight_minor) = sums(&facts.goods);
    let total_minor = goods_minor.saturating_add(freight_minor);
    let money = |minor| lang.money(minor, currency);
    let is_wrong = |name: &str| typed.wrong.as_deref() == Some(name);
    let value = |name| match name {
        "name" => typed.name.clone(),
        "phone" => typed.phone.clone(),
        _ => typed.address.clone(),
    };
    let fields = FIELDS.map(|(name, auto, kind)| Field {
        name,
        auto,
        kind,
        label: lang.t(&format!("basket-{name}")),
        value: value(name),
        is_wrong: is_wrong(name),
    });
    html(&BasketPage {
        f: Frame::of(web, lang, &village, ("basket-title", "basket")),
        css: super::STYLE,
        village: id.number(),
        key: web.app().new_id::<CommandKind>().to_string(),
        text: basket.text(),
        total_minor,
        lines,
        goods: money(goods_minor),
        freight: (freight_minor > 0).then(|| money(freight_minor)),
        total: money(total_minor),
        is_open,
        fields: fields.into(),
        ways: ways(web, lang, facts.account.as_deref(), &typed.pay),
        alert: typed.alert.clone(),
    })
}

fn sums(goods: &[(Good, u32)]) -> (i64, i64) {
    let times = |minor: i64, pieces: u32| minor.saturating_mul(i64::from(pieces));
    let goods_minor = goods.iter().map(|(good, n)| times(good.listing.price_minor, *n));
    let freight_minor = goods.iter().map(|(good, n)| times(good.listing.text.freight_minor, *n));
    (split::total(goods_minor), split::total(freight_minor))
}

fn line(
    lang: Lang,
    (good, pieces): (&Good, u32),
    (village, currency): (VillageId, Currency),
    today: Date,
) -> LineRow {
    let code = good.code();
    let available = good.listing.stock.map_or(i64::from(PIECES_MAX), Stock::available);
    let sale = good.sale(today);
    let too_many = i64::from(pieces) > available && sale == Sale::Now;
    let closed = if too_many {
        Some(lang.with("basket-too-many", &[("count", available.into())]))
    } else {
        shop::closed(lang, sale)
    };
    let set = |pieces: u32| format!("{code}*{pieces}");
    let can_more = pieces < PIECES_MAX && i64::from(pieces) < available;
    let less = if too_many {
        u32::try_from(available.max(0)).unwrap_or(0)
    } else {
        pieces.saturating_sub(1)
    };
    LineRow {
        code: code.to_owned(),
        name: good.name(lang),
        picture: good.picture(village, "thumb"),
        pieces,
        less: set(less),
        more: can_more.then(|| set(pieces.saturating_add(1))),
        each: lang.money(good.listing.price_minor, currency),
        sum: lang.money(good.listing.price_minor.saturating_mul(i64::from(pieces)), currency),
        closed,
    }
}

/// A good that is no longer shown to strangers.
fn gone_line(lang: Lang, code: &ShortCode) -> LineRow {
    LineRow {
        code: code.to_string(),
        name: code.to_string(),
        picture: "/art/box.svg".to_owned(),
        pieces: 0,
        less: format!("{code}*0"),
        more: None,
        each: String::new(),
        sum: String::new(),
        closed: Some(lang.t("store-over")),
    }
}

/// How one can pay here. Play money is for invented villages alone; a transfer needs an account.
fn ways(web: &Web, lang: Lang, account: Option<&str>, chosen: &str) -> Vec<Way> {
    let offered =
        [("online", web.settings().demo), ("transfer", account.is_some()), ("cash", true)];
    let offered = offered.into_iter().filter(|(_, is_offered)| *is_offered).map(|(name, _)| name);
    let names: Vec<&'static str> = offered.collect();
    let chosen = names.iter().copied().find(|name| *name == chosen).or(names.first().copied());
    let way = |name: &'static str| Way {
        name,
        label: lang.t(&format!("basket-pay-{name}")),
        hint: lang.t(&format!("basket-pay-{name}-hint")),
        is_chosen: chosen == Some(name),
    };
    names.into_iter().map(way).collect()
}

/// `POST /{lang}/v/{village}/basket/order`: places the order and leads to paying it.
pub(super) async fn order(
    State(web): State<Web>,
    Path((tag, number)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Fault> {
    let (lang, id) = (lang_of(&tag)?, village_of(&number)?);
    web.app().cell_of(id)?;
    let basket = Basket::parse(fields.text("lines"));
    match place(&web, id, &basket, &fields).await {
        Ok(address) => {
            let next = see(&format!("/{}/villages/{id}/orders/{address}", lang.tag()));
            Ok(Basket::default().keep(id, next))
        }
        Err(fault) if fault.status.is_client_error() => {
            let typed = Typed {
                name: fields.text("name").to_owned(),
                phone: fields.text("phone").to_owned(),
                address: fields.text("address").to_owned(),
                pay: fields.text("pay").to_owned(),
                alert: Some(Alert::new(&web, lang, &fault)),
                wrong: fault.field_name().map(str::to_owned),
            };
            let page = page(&web, (lang, id), &basket, &typed).await?;
            let keep = [(header::CACHE_CONTROL, "private, no-store")];
            Ok((fault.status, keep, page).into_response())
        }
        Err(fault) => Err(fault),
    }
}

/// Places the order of a form. Order and secret follow from the form's own key, so that a form that is
/// sent twice is one order with one address. The address is what stands after `/orders/`.
async fn place(
    web: &Web,
    village: VillageId,
    basket: &Basket,
    fields: &Fields,
) -> Result<String, Fault> {
    let key: Key = fields.key()?;
    let number = village.number().to_be_bytes();
    let seed: Hash = web.app().secret().digest("shop.order", &[&number, &key.0.to_bytes()]);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(seed.split_at(16).0);
    let order = OrderId::from_bytes(bytes);
    check_total(web, village, order, (basket, fields)).await?;
    let pay =
        GuestPay::by_name(fields.text("pay")).ok_or_else(|| Fault::field("pay", "missing"))?;
    if pay == GuestPay::Online && !web.settings().demo {
        return Err(Fault::field("pay", "word"));
    }
    let lines = basket.0.iter().map(|(code, pieces)| (code.to_string(), *pieces)).collect();
    let wish = GuestOrder::new(
        [fields.text("name"), fields.text("address"), fields.text("phone")],
        lines,
        pay,
    );
    let (_, link) = place_guest(web, village, (order, key), &wish).await?;
    let tail = if pay == GuestPay::Online { "/pay" } else { "" };
    Ok(format!("{order}{tail}?key={}", link.key()))
}

/// Nobody pays another price than the one he saw. An order that is there already is a repeat.
async fn check_total(
    web: &Web,
    village: VillageId,
    order: OrderId,
    (basket, fields): (&Basket, &Fields),
) -> Result<(), Fault> {
    let shown = fields.whole("total")?;
    let wanted = basket.clone();
    let question = move |reader: &mut Reader, cell| {
        if reader.document::<Order>(cell, village, order.bits())?.is_some() {
            return Ok(None);
        }
        let mut lines = Vec::new();
        for (code, pieces) in &wanted.0 {
            let bits = reader.subject_of(cell, village, CodeOf::Listing, code.as_str())?;
            let Some(bits) = bits else { continue };
            if let Some(row) =
                reader.document::<verger_domain::market::Listing>(cell, village, bits)?
            {
                let each = row.price_minor.saturating_add(row.text.freight_minor);
                lines.push(each.saturating_mul(i64::from(*pieces)));
            }
        }
        Ok(Some(split::total(lines.into_iter())))
    };
    match web.app().ask(village, question).await? {
        Some(now_minor) if now_minor != shown => {
            let fault = Fault::new(StatusCode::CONFLICT, "price_changed");
            Err(fault.with("now_minor", now_minor).with("shown_minor", shown))
        }
        _ => Ok(()),
    }
}
