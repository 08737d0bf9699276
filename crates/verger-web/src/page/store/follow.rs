//! An order as its buyer sees it: where it is, what he can do now, what is in the box and whose it
//! is, and where the money goes, to the fen. Without the buyer's link it shows no personal data and
//! offers nothing to do.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use verger_app::{OrderLink, Reader, Split, StoreError};
use verger_domain::id::{CellId, CommandKind, DisputeId, ListingId, OrderId, PartyId, VillageId};
use verger_domain::market::command::{DisputeCommand, OrderCommand};
use verger_domain::market::{
    Dispute, DisputePhase, Listing, Lot, Order, OrderPhase, Parcel, Review, ReviewWord,
};
use verger_domain::party::{CodeOf, ShortCode, Village};
use verger_domain::{Actor, Body, Command};

use super::product::word_key;
use super::split::{Bar, bars, state};
use super::timeline::{Station, next_key, stations};
use super::{People, family_name, good_name, public_name, see, weight};
use crate::Web;
use crate::fault::Fault;
use crate::form::Fields;
use crate::input::{Asked, village_of};
use crate::page::{Alert, Frame, html, lang_of};
use crate::text::Lang;

/// What stands behind the question mark.
#[derive(Deserialize)]
pub(super) struct Key {
    /// The secret of the buyer's link.
    pub(super) key: Option<String>,
}

#[derive(Template)]
#[template(path = "store/follow.html")]
struct FollowPage {
    f: Frame,
    css: &'static str,
    number: String,
    phase: String,
    next: String,
    total: String,
    lines: Vec<LineRow>,
    stations: Vec<Station>,
    parcels: Vec<ParcelRow>,
    /// The sentence above the bars.
    state: &'static str,
    bars: Vec<Bar>,
    sum: String,
    goodwill: Option<String>,
    said: Option<(String, String, Vec<String>)>,
    own: Option<Own>,
    alert: Option<Alert>,
    village: u32,
}

struct LineRow {
    name: String,
    code: Option<String>,
    pieces: u32,
    amount: String,
}

/// A box on its way.
struct ParcelRow {
    label: String,
    weight: String,
    phase: String,
    hops: Vec<(String, String)>,
    contents: Vec<ContentRow>,
}

/// What is in a box, and whose it is.
struct ContentRow {
    family: String,
    id: String,
    weight: String,
    picked: Option<String>,
}

/// What only the buyer sees, and what he can do.
struct Own {
    app: verger_app::App,
    buyer: String,
    address: String,
    pay_until: Option<String>,
    /// Where the forms go to.
    here: String,
    pay: Option<String>,
    claim: Option<String>,
    /// What he can do with the order, by the names of the buttons.
    can: Vec<&'static str>,
    words: Vec<(&'static str, String)>,
    disputes: Vec<DisputeRow>,
}

impl Own {
    fn may(&self, wish: &str) -> bool {
        self.can.contains(&wish)
    }

    /// A key for one form: each is a wish of its own.
    fn new_key(&self) -> String {
        self.app.new_id::<CommandKind>().to_string()
    }
}

/// A complaint as its opener sees it.
struct DisputeRow {
    id: String,
    phase: String,
    text: String,
    /// What he can do about it, with the words on the button.
    actions: Vec<(&'static str, String)>,
}

/// What the page reads beside the order.
struct Facts {
    order: Order,
    parcels: Vec<Parcel>,
    disputes: Vec<Dispute>,
    people: People,
    goods: BTreeMap<ListingId, Listing>,
    picked: BTreeMap<ShortCode, verger_domain::time::Date>,
}

fn facts(
    reader: &mut Reader,
    place: (CellId, VillageId),
    order: Order,
) -> Result<Facts, StoreError> {
    let (cell, village) = place;
    let parcels: Vec<Parcel> = reader.of_order(place, order.id)?;
    let disputes: Vec<Dispute> = reader.of_order(place, order.id)?;
    let mut ids = BTreeSet::from([order.buyer]);
    ids.extend(order.lines.iter().map(|line| line.seller));
    let (mut lots, mut picked) = (BTreeSet::new(), BTreeMap::new());
    for parcel in &parcels {
        ids.extend(parcel.hops.iter().flat_map(|hop| [hop.giver, hop.taker]));
        ids.extend(parcel.contents.iter().map(|content| content.maker));
        lots.extend(parcel.contents.iter().map(|content| content.lot.clone()));
    }
    for code in lots {
        let Some(bits) = reader.subject_of(cell, village, CodeOf::Lot, code.as_str())? else {
            continue;
        };
        if let Some(lot) = reader.document::<Lot>(cell, village, bits)? {
            picked.insert(code, lot.picked_on);
        }
    }
    let mut goods = BTreeMap::new();
    for line in &order.lines {
        if let Some(row) = reader.document::<Listing>(cell, village, line.listing.bits())? {
            goods.insert(line.listing, row);
        }
    }
    let ids: Vec<PartyId> = ids.into_iter().collect();
    let people = reader.people(cell, &ids)?;
    Ok(Facts { order, parcels, disputes, people, goods, picked })
}

/// What people call an order.
pub(in crate::page) fn number_of(order: &Order) -> String {
    format!("O-{:08X}", order.id.bits() & 0xffff_ffff)
}

/// The address of an order's page below the language, with the buyer's key where he has it.
pub(super) fn tail_of(order: &Order, (more, key): (&str, Option<&str>)) -> String {
    let key = key.map(|key| format!("?key={key}")).unwrap_or_default();
    format!("villages/{}/orders/{}{more}{key}", order.village, order.id)
}

/// The order of an address, and the buyer's key if it opens it.
pub(super) async fn opened(
    web: &Web,
    (number, order): (&str, &str),
    query: Key,
) -> Result<(Village, Order, Option<String>), Fault> {
    let id = village_of(number)?;
    let order: OrderId = order.parse().map_err(|_| Fault::not_found("order"))?;
    let village = web.village(id).await?;
    let row = if let Some(key) = query.key.as_deref() {
        let link = OrderLink::with_key(id, order, key);
        web.app().open_link(&link.ok_or_else(|| Fault::not_found("order"))?).await?
    } else {
        let bits = order.bits();
        let found = web.app().ask(id, move |reader, cell| reader.document(cell, id, bits));
        found.await?.ok_or_else(|| Fault::not_found("order"))?
    };
    Ok((village, row, query.key))
}

/// `GET /{lang}/villages/{village}/orders/{order}`
pub(super) async fn show(
    State(web): State<Web>,
    Path((tag, number, order)): Path<(String, String, String)>,
    Asked(query): Asked<Key>,
) -> Result<Response, Fault> {
    let lang = lang_of(&tag)?;
    let opened = opened(&web, (&number, &order), query).await?;
    let page = page(&web, lang, opened, None).await?;
    // Whoever shares the device must not find the buyer's name in what the browser kept.
    Ok(([(header::CACHE_CONTROL, "private, no-store")], page).into_response())
}

/// `POST /{lang}/villages/{village}/orders/{order}`: what the buyer does, by the button `do`.
pub(super) async fn act(
    State(web): State<Web>,
    Path((tag, number, order)): Path<(String, String, String)>,
    Asked(query): Asked<Key>,
    fields: Fields,
) -> Result<Response, Fault> {
    let lang = lang_of(&tag)?;
    if query.key.is_none() {
        return Err(Fault::not_found("order"));
    }
    let (village, order, key) = opened(&web, (&number, &order), query).await?;
    match done(&web, &order, &fields).await {
        Ok(()) => Ok(see(&format!("/{}/{}", lang.tag(), tail_of(&order, ("", key.as_deref()))))),
        Err(fault) if fault.status.is_client_error() => {
            let alert = Alert::new(&web, lang, &fault);
            let page = page(&web, lang, (village, order, key), Some(alert)).await?;
            let keep = [(header::CACHE_CONTROL, "private, no-store")];
            Ok((fault.status, keep, page).into_response())
        }
        Err(fault) => Err(fault),
    }
}

async fn done(web: &Web, order: &Order, fields: &Fields) -> Result<(), Fault> {
    let key = fields.key()?;
    let (wish, version) = (fields.text("do"), None);
    let body = if let Some(command) = dispute_command(wish) {
        let text = fields.needed("dispute")?;
        let dispute: DisputeId = text.parse().map_err(|_| Fault::field("dispute", "id"))?;
        is_about(web, order, dispute).await?;
        Body::Dispute { command, dispute, version }
    } else {
        let command = order_command(wish, fields)?;
        Body::Order { command, order: order.id, version }
    };
    let (village, actor) = (order.village, Actor::Party(order.buyer));
    web.app().submit(Command { id: key.0, village, actor, body }).await?.accepted()?;
    Ok(())
}

/// A link opens the disputes of its own order alone.
async fn is_about(web: &Web, order: &Order, dispute: DisputeId) -> Result<(), Fault> {
    let (village, id) = (order.village, order.id);
    let question =
        move |reader: &mut Reader, cell| reader.document::<Dispute>(cell, village, dispute.bits());
    let found = web.app().ask(village, question).await?;
    let is_its = found.is_some_and(|row| row.order == id);
    if is_its { Ok(()) } else { Err(Fault::not_found("dispute")) }
}

fn dispute_command(wish: &str) -> Option<DisputeCommand> {
    match wish {
        "withdraw" => Some(DisputeCommand::Withdraw),
        "agree" => Some(DisputeCommand::Agree),
        "escalate" => Some(DisputeCommand::Escalate),
        "appeal" => Some(DisputeCommand::Appeal),
        _ => None,
    }
}

fn order_command(wish: &str, fields: &Fields) -> Result<OrderCommand, Fault> {
    match wish {
        "confirm" => Ok(OrderCommand::Confirm),
        "extend" => Ok(OrderCommand::Extend),
        "cancel" => {
            let reason = "called off by the buyer on the page of the order".to_owned();
            Ok(OrderCommand::Cancel { is_force_majeure: false, reason })
        }
        "review" => {
            let stars = u8::try_from(fields.whole("stars")?).unwrap_or(u8::MAX);
            let said = fields.all("word").iter().filter_map(|word| ReviewWord::by_name(word));
            Ok(OrderCommand::Review { review: Review { stars, words: said.collect() } })
        }
        _ => Err(Fault::field("do", "word")),
    }
}

async fn page(
    web: &Web,
    lang: Lang,
    (village, order, key): (Village, Order, Option<String>),
    alert: Option<Alert>,
) -> Result<axum::response::Html<String>, Fault> {
    let id = village.id;
    let facts = web.app().ask(id, move |reader, cell| facts(reader, (cell, id), order)).await?;
    let order = &facts.order;
    let (split, currency) = (Split::of(order), village.currency);
    let money = |minor| lang.money(minor, currency);
    let mut f = Frame::of(web, lang, &village, ("follow-title", ""));
    // The switch of languages keeps the buyer's link.
    f.tail = tail_of(order, ("", key.as_deref()));
    let due = order.due_at.map(|at| lang.moment(at, web.app().calendar())).unwrap_or_default();
    let next = lang.with(
        next_key(order.phase),
        &[("due", due.into()), ("total", money(order.total_minor()).into())],
    );
    html(&FollowPage {
        css: super::STYLE,
        number: number_of(order),
        phase: lang.phase(order.phase.name()),
        next,
        total: money(order.total_minor()),
        lines: lines(lang, &facts, currency),
        stations: stations(lang, order, web.app().calendar()),
        parcels: facts.parcels.iter().map(|parcel| parcel_row(web, lang, &facts, parcel)).collect(),
        state: state(&split),
        bars: bars(lang, &split, currency),
        sum: money(split.of_minor),
        goodwill: (split.goodwill_minor > 0).then(|| money(split.goodwill_minor)),
        said: order.review.as_ref().map(|review| said(lang, review)),
        own: key.as_deref().map(|key| own(web, lang, &facts, (&village, key))),
        alert,
        village: id.number(),
        f,
    })
}

fn said(lang: Lang, review: &Review) -> (String, String, Vec<String>) {
    let stars = "★".repeat(usize::from(review.stars));
    let label = lang.with("store-stars", &[("count", i64::from(review.stars).into())]);
    (stars, label, review.words.iter().map(|word| lang.t(&word_key(word.name()))).collect())
}

fn lines(lang: Lang, facts: &Facts, currency: verger_domain::money::Currency) -> Vec<LineRow> {
    let row = |line: &verger_domain::market::OrderLine| {
        let good = facts.goods.get(&line.listing);
        let name = good.map(|row| good_name(lang, &row.text));
        LineRow {
            name: name.unwrap_or_default(),
            code: good.map(|row| row.code.to_string()),
            pieces: line.quantity,
            amount: lang.money(line.goods_minor(), currency),
        }
    };
    facts.order.lines.iter().map(row).collect()
}

fn parcel_row(web: &Web, lang: Lang, facts: &Facts, parcel: &Parcel) -> ParcelRow {
    let name = |id: &PartyId| facts.people.get(id).map(|view| public_name(lang, view));
    let hops = parcel.hops.iter().filter_map(|hop| {
        let at = hop.took_at.or(hop.gave_at)?;
        let taker = name(&hop.taker)?;
        Some((taker, lang.moment(at, web.app().calendar())))
    });
    let content = |content: &verger_domain::market::parcel::Content| ContentRow {
        family: family_name(lang, facts.people.get(&content.maker)),
        id: format!("{:032x}", content.maker.bits()),
        weight: weight(lang, content.grams),
        picked: facts.picked.get(&content.lot).map(|day| lang.date(*day)),
    };
    ParcelRow {
        label: parcel.label.to_string(),
        weight: weight(lang, parcel.weight_g),
        phase: lang.phase(parcel.phase.name()),
        hops: hops.collect(),
        contents: parcel.contents.iter().map(content).collect(),
    }
}

fn own(web: &Web, lang: Lang, facts: &Facts, (village, key): (&Village, &str)) -> Own {
    use OrderPhase as P;
    let order = &facts.order;
    let phase = order.phase;
    let profile = facts.people.get(&order.buyer).and_then(|view| view.profile.as_ref());
    let fact = |name| profile.and_then(|p| p.facts.get(name)).cloned().unwrap_or_default();
    let to = |more| format!("/{}/{}", lang.tag(), tail_of(order, (more, Some(key))));
    let is_waiting = phase == P::Placed;
    let is_here = matches!(phase, P::Shipped | P::Delivered);
    let words = ReviewWord::ALL.map(|word| (word.name(), lang.t(&word_key(word.name()))));
    Own {
        app: web.app().clone(),
        buyer: profile.map(|profile| profile.name.clone()).unwrap_or_default(),
        address: fact("address"),
        pay_until: order
            .due_at
            .filter(|_| is_waiting)
            .map(|at| lang.moment(at, web.app().calendar())),
        here: to(""),
        pay: (is_waiting && web.settings().demo).then(|| to("/pay")),
        claim: is_here.then(|| to("/claim")),
        can: can(order),
        words: words.into(),
        disputes: facts.disputes.iter().map(|row| dispute_row(lang, row, village)).collect(),
    }
}

/// What the buyer can do now.
fn can(order: &Order) -> Vec<&'static str> {
    use OrderPhase as P;
    let phase = order.phase;
    let is_here = matches!(phase, P::Shipped | P::Delivered);
    let is_slow = phase == P::Delivered && !order.is_extended && !order.class().is_fresh();
    let wishes = [
        ("confirm", is_here && order.disputes_open == 0),
        ("extend", is_slow),
        ("cancel", matches!(phase, P::Placed | P::Paid | P::Accepted)),
        ("review", order.can_be_reviewed()),
    ];
    wishes.into_iter().filter(|(_, is_open)| *is_open).map(|(wish, _)| wish).collect()
}

fn dispute_row(lang: Lang, row: &Dispute, village: &Village) -> DisputeRow {
    use DisputePhase as P;
    let wishes: &[&'static str] = match row.phase {
        P::Offered => &["agree", "escalate", "withdraw"],
        P::Ruled if !row.is_appealed => &["appeal"],
        P::Opened | P::Returning | P::Escalated => &["withdraw"],
        P::Ruled | P::Executed | P::Withdrawn => &[],
    };
    let settlement = row.settlement.as_ref().unwrap_or(&row.claim);
    let amount = lang.money(settlement.total_minor(), village.currency);
    let asked = lang.money(row.claim.total_minor(), village.currency);
    let key = format!("claim-{}", row.phase.name());
    let values = [("amount", amount.into()), ("asked", asked.into())];
    let button = |wish: &&'static str| (*wish, lang.t(&format!("claim-do-{wish}")));
    DisputeRow {
        id: row.id.to_string(),
        phase: lang.phase(row.phase.name()),
        text: lang.with(&key, &values),
        actions: wishes.iter().map(button).collect(),
    }
}
