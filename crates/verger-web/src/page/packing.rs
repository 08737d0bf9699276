//! What an order looks like to who delivers it: in the list of those that wait, and on the page where
//! it gets a yes, a box, or is called off. Owns what the counter and the supplier's pages share; who
//! may do what is the domain's to say.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use askama::Template;
use verger_app::{Reader, StoreError};
use verger_domain::id::{CellId, ParcelId, VillageId};
use verger_domain::ledger::Code;
use verger_domain::market::command::Boxed;
use verger_domain::market::parcel::Content;
use verger_domain::market::{Listing, Order, OrderLine};
use verger_domain::party::ShortCode;

use super::counter::{grams, step};
use super::store::{good_name, number_of, weight};
use super::{Alert, Frame};
use crate::fault::Fault;
use crate::form::Fields;
use crate::input::Key;
use crate::session::Seat;

/// Orders shown at most; the oldest are the most urgent.
pub(super) const SHOWN: u32 = 50;
/// Box, foam and paper, as the form suggests it, in grams.
const BOX_G: i64 = 400;

/// An order with the goods in it.
pub(super) struct Wanted {
    pub(super) order: Order,
    /// By the bits of their ids; those of the other orders of the list, too.
    goods: Arc<BTreeMap<u128, Listing>>,
}

/// The orders that wait for one thing.
pub(super) struct Section {
    pub(super) title: String,
    /// How many there are, where they are more than are shown.
    pub(super) more: Option<String>,
    pub(super) rows: Vec<Row>,
}

/// One order in the list.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) link: String,
    pub(super) number: String,
    pub(super) what: String,
    pub(super) total: String,
    pub(super) until: String,
}

#[derive(Template)]
#[template(path = "pack.html")]
pub(super) struct PackPage {
    pub(super) f: Frame,
    pub(super) alert: Option<Alert>,
    pub(super) key: String,
    pub(super) number: String,
    pub(super) phase: String,
    /// Whether it waits for a yes.
    pub(super) is_asked: bool,
    /// Whether it can be packed.
    pub(super) is_promised: bool,
    pub(super) lines: Vec<(String, String)>,
    pub(super) total: String,
    /// Who gets it, and where.
    pub(super) address: String,
    pub(super) needed: String,
    /// What is picked out of which lot, where fruit is sold for a pool.
    pub(super) lots: Vec<LotRow>,
    pub(super) label: String,
    pub(super) weight: String,
    pub(super) reason: String,
    /// Where one goes from here when there is nothing left to do: the address and its name.
    pub(super) next: (String, String),
}

/// So much of a lot.
pub(super) struct LotRow {
    pub(super) code: String,
    pub(super) household: String,
    pub(super) kilograms: String,
}

impl Wanted {
    /// Orders of one village with their goods, in their order.
    pub(super) fn read(
        reader: &mut Reader,
        place: (CellId, VillageId),
        orders: Vec<Order>,
    ) -> Result<Vec<Self>, StoreError> {
        let lines = orders.iter().flat_map(|order| &order.lines);
        let ids: BTreeSet<u128> = lines.map(|line| line.listing.bits()).collect();
        let ids: Vec<u128> = ids.into_iter().collect();
        let goods = Arc::new(reader.documents_named::<Listing>(place, &ids)?);
        Ok(orders.into_iter().map(|order| Self { order, goods: Arc::clone(&goods) }).collect())
    }

    fn named(&self, seat: &Seat, line: &OrderLine) -> String {
        let good = self.goods.get(&line.listing.bits());
        let name = good.map(|good| good_name(seat.lang, &good.text)).unwrap_or_default();
        format!("{} × {name}", line.quantity)
    }

    fn row(&self, seat: &Seat, page: &str) -> Row {
        let what: Vec<String> =
            self.order.lines.iter().map(|line| self.named(seat, line)).collect();
        Row {
            id: self.order.id.to_string(),
            link: seat.to(&format!("{page}/{}", self.order.id)),
            number: number_of(&self.order),
            what: what.join(", "),
            total: seat.money(self.order.total_minor()),
            until: self.order.due_at.map(|at| seat.moment(at)).unwrap_or_default(),
        }
    }

    /// The page of this order, with what was typed on it before.
    pub(super) fn page(&self, seat: &Seat, f: Frame, typed: &Fields) -> PackPage {
        let order = &self.order;
        let of_form = |name: &str, else_wise: String| match typed.text(name) {
            "" => else_wise,
            text => text.to_owned(),
        };
        let (key, needed_g) = (seat.new_key(), order.weight_g());
        let line = |line: &OrderLine| (self.named(seat, line), weight(seat.lang, line.weight_g));
        PackPage {
            f,
            alert: None,
            number: number_of(order),
            phase: seat.lang.phase(order.phase.name()),
            is_asked: false,
            is_promised: false,
            lines: order.lines.iter().map(line).collect(),
            total: seat.money(order.total_minor()),
            address: String::new(),
            needed: weight(seat.lang, needed_g),
            lots: Vec::new(),
            label: of_form("label", label_of(&key)),
            weight: of_form("weight", kilograms(needed_g.saturating_add(BOX_G))),
            reason: typed.text("reason").to_owned(),
            key,
            next: (String::new(), String::new()),
        }
    }
}

impl Section {
    /// Orders that wait, of so many in all; each leads to its page below `page`.
    pub(super) fn of(
        seat: &Seat,
        title: &str,
        page: &str,
        (orders, count): (&[Wanted], i64),
    ) -> Self {
        let more = || seat.lang.with("sell-more", &[("count", count.into())]);
        Self {
            title: seat.lang.t(title),
            more: (count > SHOWN.into()).then(more),
            rows: orders.iter().map(|wanted| wanted.row(seat, page)).collect(),
        }
    }
}

/// Grams as the scale shows them, for a form.
pub(super) fn kilograms(grams: i64) -> String {
    format!("{}.{:03}", grams / 1_000, grams.rem_euclid(1_000))
}

/// What a box is called when nobody wrote a label beforehand.
fn label_of(key: &str) -> String {
    let tail: String = key.chars().rev().take(6).collect();
    format!("K{}", tail.to_uppercase())
}

/// The box as it was packed: what came out of lots, and everything else by who sells it.
pub(super) fn boxed(
    seat: &Seat,
    (key, fields): (Key, &Fields),
    order: &Order,
    mut contents: Vec<Content>,
) -> Result<Boxed, Fault> {
    let wrong = || Fault::field("label", "short_code");
    let parcel = ParcelId::from_bits(step(seat, key, "parcel").0.bits());
    let label: ShortCode = fields.needed("label")?.parse().map_err(|_| wrong())?;
    let own = order.lines.iter().filter(|line| line.proceeds.code != Code::POOL);
    for (index, line) in own.enumerate() {
        let lot = format!("{label}-{index}").parse().map_err(|_| wrong())?;
        contents.push(Content { grams: line.weight_g.max(1), lot, maker: line.seller });
    }
    let weight_g = grams("weight", fields.needed("weight")?)?;
    Ok(Boxed { contents, label, parcel, weight_g })
}
