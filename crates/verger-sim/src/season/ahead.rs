//! Boxes ordered ahead: the window opens weeks before the fruit is ripe, buyers leave a deposit that
//! members' promises back, the price falls with what all of them order, and when picking begins each
//! becomes an order. Owns who orders ahead and when; what is kept and given back is the domain's.
#![expect(clippy::indexing_slicing, reason = "a crop is its place in the season's own list")]

use verger_domain::codec;
use verger_domain::id::{OrderId, PartyId};
use verger_domain::market::Preorder;
use verger_domain::market::command::{OrderCommand, PreorderCommand};
use verger_domain::market::group::Tier;
use verger_domain::market::order::PayBy;
use verger_domain::market::season::Presale;
use verger_domain::time::Date;
use verger_domain::{Actor, Body};

use super::Season;
use super::calendar::{Crop, later};
use super::sales::{AGENT, Errand, Sold, Wanted};
use crate::demo::{BOX_FREIGHT_FEN, DemoError, listing_id, party_id};

/// Ordering ahead begins so many days before the first picking, and ends so many before it.
const OPENS_DAYS: i32 = 21;
const CLOSES_DAYS: i32 = 3;
/// The fruit in a box, in grams.
const BOX_G: i64 = 2_500;
/// How much of what is promised may be sold ahead: the rest is no box fruit.
const CAP_BPS: u32 = 5_000;
/// What all pay less from so many boxes on, of 10,000.
const TIER_BOXES: u32 = 12;
const TIER_BPS: i64 = 9_500;

/// A box that somebody ordered ahead.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ahead {
    id: OrderId,
    buyer: PartyId,
    payer: codec::Hash,
    boxes: u32,
}

/// The day on which the window of a crop opens: some weeks before the picking, but not before the
/// story begins.
pub(super) fn opens_on(crop: &Crop, first: Date) -> Date {
    later(crop.from, -OPENS_DAYS).max(first)
}

/// What can be ordered ahead of a crop.
pub(super) fn presale(crop: &Crop) -> Presale {
    let price_minor = price(crop);
    Presale {
        cap_bps: CAP_BPS,
        closes_on: later(crop.from, -CLOSES_DAYS),
        listing: listing_id(&format!("box-{}", crop.variety)),
        price_minor,
        tiers: vec![Tier { from_quantity: TIER_BOXES, price_minor: lower(price_minor) }],
        weight_g: BOX_G,
    }
}

/// A box without its freight.
const fn price(crop: &Crop) -> i64 {
    crop.box_minor.saturating_sub(BOX_FREIGHT_FEN)
}

/// The price when many order, in whole tenths of a yuan.
const fn lower(price_minor: i64) -> i64 {
    price_minor.saturating_mul(TIER_BPS) / 10_000 / 10 * 10
}

impl Season<'_> {
    fn preorder(
        &mut self,
        actor: Actor,
        id: OrderId,
        command: PreorderCommand,
    ) -> Result<(), DemoError> {
        self.drive.send_alone(actor, Body::Preorder { command, preorder: id, version: None })
    }

    /// An evening's orders ahead: one or two of each crop that can be ordered, as long as promises
    /// back them. One in twelve thinks better of it and has the deposit back.
    pub(super) fn sell_ahead(&mut self, today: Date) -> Result<(), DemoError> {
        for crop in 0..self.crops.len() {
            let closes_on = later(self.crops[crop].from, -CLOSES_DAYS);
            let is_open = self.windows[crop].is_some() && today < closes_on;
            // As many as have promised: what they bring of grade A fills more than one box each.
            let is_wanted = self.ahead[crop].len() < self.promises_max;
            if !is_open || !is_wanted {
                continue;
            }
            let placed = self.order_ahead(crop)?;
            if self.drive.dice.below(12) == 0 {
                let buyer = Actor::Party(placed.buyer);
                self.preorder(buyer, placed.id, PreorderCommand::Cancel)?;
                self.told.preorders_ended = self.told.preorders_ended.saturating_add(1);
            } else {
                self.ahead[crop].push(placed);
            }
        }
        Ok(())
    }

    fn order_ahead(&mut self, crop: usize) -> Result<Ahead, DemoError> {
        let (buyer, guest) = self.buyer();
        let payer = codec::sha256(&buyer.to_bytes());
        let (id, boxes): (OrderId, u32) =
            (self.drive.id(), if self.drive.dice.below(3) == 0 { 2 } else { 1 });
        let Some(season) = self.windows[crop] else {
            return Err(DemoError::Data("a crop without a window".to_owned()));
        };
        let actor = if guest.is_some() { Actor::System } else { Actor::Party(buyer) };
        let place = PreorderCommand::Place {
            agent: Some(party_id(AGENT)),
            boxes,
            buyer,
            guest: guest.map(Box::new),
            pay_by: PayBy::Online,
            season,
            secret_hash: codec::sha256(&id.to_bytes()),
        };
        self.preorder(actor, id, place)?;
        let price_minor = price(&self.crops[crop]);
        let deposit_minor = self.deposit(boxes, price_minor);
        self.receive(id, deposit_minor, payer)?;
        self.told.preorders = self.told.preorders.saturating_add(1);
        Ok(Ahead { id, buyer, payer, boxes })
    }

    /// On the evening of the first picking each order ahead becomes an order: the deposit counts,
    /// the rest is paid, and it is packed with the others.
    pub(super) fn call_ahead(&mut self, today: Date) -> Result<(), DemoError> {
        for crop in 0..self.crops.len() {
            if self.crops[crop].from != today {
                continue;
            }
            let waiting = std::mem::take(&mut self.ahead[crop]);
            let boxes: u32 = waiting.iter().map(|ahead| ahead.boxes).sum();
            let listed = price(&self.crops[crop]);
            let price_minor = if boxes >= TIER_BOXES { lower(listed) } else { listed };
            for ahead in waiting {
                let agent = Actor::Party(party_id(AGENT));
                self.preorder(agent, ahead.id, PreorderCommand::Call)?;
                let boxes = i64::from(ahead.boxes);
                let goods_minor = price_minor.saturating_mul(boxes);
                let deposit = self.deposit(ahead.boxes, price_minor);
                let whole = goods_minor.saturating_add(BOX_FREIGHT_FEN.saturating_mul(boxes));
                self.receive(ahead.id, whole.saturating_sub(deposit), ahead.payer)?;
                let accept =
                    Body::Order { command: OrderCommand::Accept, order: ahead.id, version: None };
                self.drive.send_alone(agent, accept)?;
                let (order, parcel, buyer) = (ahead.id, self.drive.id(), ahead.buyer);
                let (wanted, quantity) = (Wanted::Boxes(crop), ahead.boxes);
                let sold = Sold { order, parcel, buyer, wanted, quantity, goods_minor };
                self.told.sales = self.told.sales.saturating_add(1);
                self.note(1, Errand::Pack(sold));
            }
        }
        Ok(())
    }

    fn deposit(&self, boxes: u32, price_minor: i64) -> i64 {
        let bps = self.drive.app.policy().cooperative.preorder_deposit_bps;
        Preorder::deposit_at(boxes, price_minor, bps)
    }

    /// What the processor received for an order.
    pub(super) fn receive(
        &mut self,
        order: OrderId,
        amount_minor: i64,
        payer: codec::Hash,
    ) -> Result<(), DemoError> {
        let pay = Body::ReceivePayment {
            amount_minor,
            currency: "CNY".to_owned(),
            order,
            payer: Some(payer),
            receipt: self.drive.id(),
        };
        self.drive.send(Actor::System, pay)?;
        self.told.received_minor = self.told.received_minor.saturating_add(amount_minor);
        self.unsettled_minor = self.unsettled_minor.saturating_add(amount_minor);
        Ok(())
    }
}
