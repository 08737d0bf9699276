//! What the outside has ordered: yes or no, and the boxes closed. Owns the way from a paid order to a
//! parcel that waits for its carrier; which fruit goes first is the pool's to say.

use std::collections::BTreeMap;

use askama::Template;
use axum::response::{Html, Response};
use verger_app::report::Place;
use verger_app::{Reader, StoreError};
use verger_domain::Body;
use verger_domain::id::{CellId, ListingId, OrderId, ParcelId, PartyId, PoolId};
use verger_domain::ledger::Code;
use verger_domain::market::command::{Boxed, OrderCommand};
use verger_domain::market::parcel::Content;
use verger_domain::market::{Flow, Listing, Order, OrderLine, OrderPhase};
use verger_domain::party::ShortCode;

use super::weigh::grams;
use super::{again, alert, frame, step};
use crate::fault::Fault;
use crate::form::Fields;
use crate::input::Key;
use crate::page::store::{good_name, number_of, weight};
use crate::page::{Alert, Frame, html, shown_name};
use crate::session::{Seat, see};

/// Orders shown at most; the oldest are the most urgent.
const SHOWN: usize = 50;
const LOOKED_AT: u32 = 2_000;
/// Box, foam and paper, as the form suggests it, in grams.
const BOX_G: i64 = 400;

#[derive(Template)]
#[template(path = "counter/sell.html")]
struct SellPage {
    f: Frame,
    sections: Vec<Section>,
}

/// The orders that wait for one thing.
struct Section {
    title: String,
    /// How many there are, where they are more than are shown.
    more: Option<String>,
    rows: Vec<Row>,
}

/// One order in the list.
struct Row {
    id: String,
    number: String,
    what: String,
    total: String,
    until: String,
}

#[derive(Template)]
#[template(path = "counter/pack.html")]
struct PackPage {
    f: Frame,
    alert: Option<Alert>,
    key: String,
    number: String,
    phase: String,
    is_paid: bool,
    is_accepted: bool,
    lines: Vec<(String, String)>,
    total: String,
    /// Who gets it, and where.
    address: String,
    needed: String,
    /// What is picked out of which lot, where fruit is sold for a pool.
    lots: Vec<LotRow>,
    label: String,
    weight: String,
    reason: String,
}

/// So much of a lot.
struct LotRow {
    code: String,
    household: String,
    kilograms: String,
}

/// An order with the goods in it.
struct Sale {
    order: Order,
    goods: BTreeMap<ListingId, Listing>,
}

impl Sale {
    fn read(reader: &mut Reader, (cell, order): (CellId, Order)) -> Result<Self, StoreError> {
        let mut goods = BTreeMap::new();
        for line in &order.lines {
            let listing = reader.document::<Listing>(cell, order.village, line.listing.bits())?;
            goods.extend(listing.map(|listing| (line.listing, listing)));
        }
        Ok(Self { order, goods })
    }

    fn named(&self, seat: &Seat, line: &OrderLine) -> String {
        let good = self.goods.get(&line.listing);
        let name = good.map(|good| good_name(seat.lang, &good.text)).unwrap_or_default();
        format!("{} × {name}", line.quantity)
    }

    fn row(&self, seat: &Seat) -> Row {
        let what: Vec<String> =
            self.order.lines.iter().map(|line| self.named(seat, line)).collect();
        Row {
            id: self.order.id.to_string(),
            number: number_of(&self.order),
            what: what.join(", "),
            total: seat.money(self.order.total_minor()),
            until: self.order.due_at.map(|at| seat.moment(at)).unwrap_or_default(),
        }
    }
}

/// `GET /{lang}/counter/sell`: what waits for a yes, and what is to be packed.
pub(super) async fn show(seat: Seat) -> Result<Html<String>, Fault> {
    let sections = vec![
        section(&seat, "sell-waiting", OrderPhase::Paid).await?,
        section(&seat, "sell-packing", OrderPhase::Accepted).await?,
    ];
    html(&SellPage { f: frame(&seat, "sell-title", "sell"), sections })
}

async fn section(seat: &Seat, title: &str, phase: OrderPhase) -> Result<Section, Fault> {
    let village = seat.village;
    let found = seat.app().ask(village, move |reader, cell| {
        let mut orders = reader.documents::<Order>(cell, village, &[phase.name()], LOOKED_AT)?;
        orders.retain(|order| order.flow == Flow::Sale);
        let count = orders.len();
        let shown = orders.into_iter().take(SHOWN).map(|order| Sale::read(reader, (cell, order)));
        Ok((shown.collect::<Result<Vec<Sale>, StoreError>>()?, count))
    });
    let (sales, count) = found.await?;
    let all = i64::try_from(count).unwrap_or(i64::MAX);
    Ok(Section {
        title: seat.lang.t(title),
        more: (count > SHOWN).then(|| seat.lang.with("sell-more", &[("count", all.into())])),
        rows: sales.iter().map(|sale| sale.row(seat)).collect(),
    })
}

/// The order of the address, and what its pools would have packed next.
async fn asked(seat: &Seat) -> Result<(Sale, Vec<LotRow>), Fault> {
    let order: OrderId = seat.param("order").parse().map_err(|_| Fault::not_found("order"))?;
    let village = seat.village;
    let found = seat.app().ask(village, move |reader, cell| {
        let row = reader.document::<Order>(cell, village, order.bits())?;
        let Some(row) = row.filter(|row| row.flow == Flow::Sale) else { return Ok(None) };
        let mut plan = Vec::new();
        if row.phase == OrderPhase::Accepted {
            for (pool, grams) in pooled(&row) {
                let place = Place { cell, village };
                plan.extend(reader.packing_plan(place, pool, grams)?.unwrap_or_default());
            }
        }
        Ok(Some((Sale::read(reader, (cell, row))?, plan)))
    });
    let (sale, plan) = found.await?.ok_or_else(|| Fault::not_found("order"))?;
    let lots = plan.into_iter().map(|line| LotRow {
        code: line.lot.to_string(),
        household: line.household,
        kilograms: kilograms(line.grams),
    });
    Ok((sale, lots.collect()))
}

/// The pools that an order's fruit comes out of, and how many grams of each.
fn pooled(order: &Order) -> BTreeMap<PoolId, i64> {
    let mut pools = BTreeMap::new();
    for line in order.lines.iter().filter(|line| line.proceeds.code == Code::POOL) {
        let grams: &mut i64 = pools.entry(PoolId::from_bits(line.proceeds.owner)).or_default();
        *grams = grams.saturating_add(line.weight_g);
    }
    pools
}

/// Grams as the scale shows them, for a form.
fn kilograms(grams: i64) -> String {
    format!("{}.{:03}", grams / 1_000, grams.rem_euclid(1_000))
}

async fn page(seat: &Seat, typed: &Fields) -> Result<PackPage, Fault> {
    let (sale, mut lots) = asked(seat).await?;
    let address = address(seat, sale.order.buyer).await?;
    for lot in &mut lots {
        let text = typed.text(&format!("lot-{}", lot.code));
        if !text.is_empty() {
            text.clone_into(&mut lot.kilograms);
        }
    }
    let order = &sale.order;
    let of_form = |name: &str, else_wise: String| match typed.text(name) {
        "" => else_wise,
        text => text.to_owned(),
    };
    let key = seat.new_key();
    let needed_g = order.weight_g();
    let line = |line: &OrderLine| (sale.named(seat, line), weight(seat.lang, line.weight_g));
    let mut f = frame(seat, "sell-order", &format!("sell/{}", order.id));
    f.back = Some("counter/sell".to_owned());
    Ok(PackPage {
        f,
        alert: None,
        number: number_of(order),
        phase: seat.lang.phase(order.phase.name()),
        is_paid: order.phase == OrderPhase::Paid,
        is_accepted: order.phase == OrderPhase::Accepted,
        lines: order.lines.iter().map(line).collect(),
        total: seat.money(order.total_minor()),
        address,
        needed: weight(seat.lang, needed_g),
        lots,
        label: of_form("label", label_of(&key)),
        weight: of_form("weight", kilograms(needed_g.saturating_add(BOX_G))),
        reason: typed.text("reason").to_owned(),
        key,
    })
}

/// Who gets it: the name, and what else is known to write on the box.
async fn address(seat: &Seat, buyer: PartyId) -> Result<String, Fault> {
    let found = seat.app().ask(seat.village, move |reader, cell| reader.party(cell, buyer));
    let Some(view) = found.await? else { return Ok(String::new()) };
    let facts = view.profile.as_ref().map(|profile| &profile.facts);
    let known = ["address", "town", "phone"].iter().filter_map(|name| facts?.get(*name).cloned());
    let mut parts = vec![shown_name(seat.lang, &view)];
    parts.extend(known);
    Ok(parts.join(", "))
}

/// What a box is called when nobody wrote a label beforehand.
fn label_of(key: &str) -> String {
    let tail: String = key.chars().rev().take(6).collect();
    format!("K{}", tail.to_uppercase())
}

/// `GET /{lang}/counter/sell/{order}`
pub(super) async fn order(seat: Seat) -> Result<Html<String>, Fault> {
    html(&page(&seat, &Fields::default()).await?)
}

/// `POST /{lang}/counter/sell/{order}`: accepts, packs, or calls off.
pub(super) async fn act(seat: Seat, fields: Fields) -> Result<Response, Fault> {
    match acted(&seat, &fields).await {
        Err(fault) if fault.status.is_client_error() => {
            let mut page = page(&seat, &fields).await?;
            page.alert = Some(alert(&seat, &fault));
            again(&fault, &page)
        }
        other => other,
    }
}

async fn acted(seat: &Seat, fields: &Fields) -> Result<Response, Fault> {
    let key = fields.key()?;
    let (sale, _) = asked(seat).await?;
    let order = sale.order.id;
    let (command, next) = match fields.text("do") {
        "accept" => (OrderCommand::Accept, format!("counter/sell/{order}")),
        "cancel" => {
            let reason = fields.needed("reason")?.to_owned();
            let cancel = OrderCommand::Cancel { is_force_majeure: false, reason };
            (cancel, "counter/sell".to_owned())
        }
        _ => {
            let boxes = vec![boxed(seat, key, fields, &sale.order).await?];
            (OrderCommand::Pack { boxes, by_surface: false }, "counter/parcels".to_owned())
        }
    };
    seat.submit(key, Body::Order { command, order, version: None }).await?;
    Ok(see(&seat.to(&next)))
}

/// The box as it was packed: fruit out of the lots that were named, anything else by its own maker.
async fn boxed(seat: &Seat, key: Key, fields: &Fields, order: &Order) -> Result<Boxed, Fault> {
    let parcel = ParcelId::from_bits(step(seat, key, "parcel").0.bits());
    let label: ShortCode =
        fields.needed("label")?.parse().map_err(|_| Fault::field("label", "short_code"))?;
    let mut contents = Vec::new();
    for (code, text) in fields.each("lot-") {
        contents.extend(content(seat, code, grams("lot", text)?).await?);
    }
    let (code, text) = (fields.text("more-lot"), fields.text("more-grams"));
    if !code.is_empty() && !text.is_empty() {
        // Typed codes are upper case, whatever the keyboard made of them; the form's own are as they are.
        contents.extend(content(seat, &code.to_uppercase(), grams("lot", text)?).await?);
    }
    let own = order.lines.iter().filter(|line| line.proceeds.code != Code::POOL);
    for (index, line) in own.enumerate() {
        let lot =
            format!("{label}-{index}").parse().map_err(|_| Fault::field("label", "short_code"))?;
        contents.push(Content { grams: line.weight_g.max(1), lot, maker: line.seller });
    }
    let weight_g = grams("weight", fields.needed("weight")?)?;
    Ok(Boxed { contents, label, parcel, weight_g })
}

/// So many grams of a lot, of the family that brought it.
async fn content(seat: &Seat, code: &str, grams: i64) -> Result<Option<Content>, Fault> {
    if grams == 0 {
        return Ok(None);
    }
    let lot: ShortCode = code.parse().map_err(|_| Fault::field("lot", "code"))?;
    let (village, asked) = (seat.village, lot.clone());
    let found = seat.app().ask(village, move |reader, cell| {
        reader.lot_sheet(Place { cell, village }, asked.as_str())
    });
    let (row, ..) = found.await?.ok_or_else(|| Fault::not_found("lot").about("lot"))?;
    Ok(Some(Content { grams, lot, maker: row.household }))
}
