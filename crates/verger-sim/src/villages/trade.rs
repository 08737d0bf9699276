//! What a village trades: each household sells one thing that it makes, at the counter to those it
//! is tied with and by parcel to buyers outside. Owns the ordinary course of these orders.

use std::sync::Arc;

use verger_app::App;
use verger_app::clock::ManualClock;
use verger_app::weigher::Weigher;
use verger_domain::codec;
use verger_domain::id::{ListingId, OrderId, ParcelId, PartyId, VillageId};
use verger_domain::market::ReturnClass;
use verger_domain::market::command::{
    Boxed, ListingCommand, OrderCommand, ParcelCommand, TillCommand,
};
use verger_domain::market::listing::{ListingText, Photo};
use verger_domain::market::order::PayBy;
use verger_domain::market::parcel::Content;
use verger_domain::party::PartyKind;
use verger_domain::{Actor, Body};

use super::loans::Lent;
use super::{Home, Told};
use crate::demo::DemoError;
use crate::season::driver::Driver;
use crate::village::{Cast, named, register_party};

/// What households make: name, price, weight in grams.
const GOODS: [(&str, i64, i64); 8] = [
    ("eggs, 30", 4_500, 2_100),
    ("honey, 500 g", 5_800, 780),
    ("basket", 8_800, 1_600),
    ("oil, 1 l", 7_800, 1_050),
    ("ginger pickle", 1_880, 780),
    ("noodles, 500 g", 1_280, 530),
    ("tea, 250 g", 6_800, 290),
    ("scarf", 16_800, 180),
];

/// What a parcel costs, in minor units; neighbours pay the carrier a little, too.
const FREIGHT_MINOR: i64 = 300;

/// Buyers outside, for each village.
const BUYERS: usize = 40;

/// A household that trades.
#[derive(Debug)]
pub(super) struct Household {
    pub(super) code: String,
    pub(super) party: PartyId,
    /// Who heads it.
    pub(super) member: Option<PartyId>,
    listing: ListingId,
    good: usize,
}

/// An order on its way.
#[derive(Clone, Copy, Debug)]
struct Sold {
    order: OrderId,
    parcel: ParcelId,
    buyer: PartyId,
}

/// A village with its shop and its trade.
pub(super) struct Hamlet<'a> {
    pub(super) drive: Driver<'a>,
    pub(super) cast: Cast,
    pub(super) households: Vec<Household>,
    pub(super) buyers: Vec<PartyId>,
    pub(super) weigher: Weigher,
    pub(super) lent: Lent,
    /// Orders between the tied, those of each pair once, in the order in which they come.
    pairs: Vec<(usize, usize)>,
    sent: Vec<Sold>,
    delivered: Vec<Sold>,
    labels: u64,
    tied_orders: u64,
    outside_orders: u64,
}

impl<'a> Hamlet<'a> {
    /// Opens the shop of a village and puts on sale what its households make.
    pub(super) fn found(
        (app, clock): (&'a App, &'a Arc<ManualClock>),
        (village, drivers): (VillageId, usize),
        seed: u64,
        homes: Vec<Home>,
    ) -> Result<Self, DemoError> {
        let seed = seed.wrapping_mul(1_000).wrapping_add(u64::from(village.number()));
        let household = |(place, home): (usize, Home)| Household {
            listing: named(&format!("{village} goods of {}", home.code)),
            good: place % GOODS.len(),
            code: home.code,
            member: home.member,
            party: home.party,
        };
        let mut hamlet = Self {
            drive: Driver::new(app, clock, (village, drivers), seed),
            cast: Cast::known(village, 0),
            households: homes.into_iter().enumerate().map(household).collect(),
            buyers: Vec::new(),
            weigher: Weigher::default(),
            lent: Lent::default(),
            pairs: Vec::new(),
            sent: Vec::new(),
            delivered: Vec::new(),
            labels: 0,
            tied_orders: 0,
            outside_orders: 0,
        };
        hamlet.people()?;
        hamlet.pay_in_fund()?;
        for place in 0..hamlet.households.len() {
            hamlet.put_on_sale(place)?;
        }
        let till = hamlet.drive.id();
        let command = TillCommand::Open { counted_minor: 0, shop: hamlet.cast.shop };
        hamlet.by(hamlet.cast.agent, Body::Till { command, till, version: None })?;
        hamlet.settle()?;
        Ok(hamlet)
    }

    pub(super) fn by(&mut self, party: PartyId, body: Body) -> Result<(), DemoError> {
        self.drive.send(Actor::Party(party), body)
    }

    fn people(&mut self) -> Result<(), DemoError> {
        let single = [
            (PartyKind::Shop, "SHOP"),
            (PartyKind::Agent, "A1"),
            (PartyKind::Staff, "ST1"),
            (PartyKind::Staff, "ST2"),
            (PartyKind::Carrier, "C1"),
        ];
        for (kind, code) in single {
            let body = register_party(self.cast.village, kind, code, None).body;
            self.drive.send(Actor::System, body)?;
        }
        for number in 0..BUYERS {
            let code = format!("B{number:02}");
            let command = register_party(self.cast.village, PartyKind::Buyer, &code, None);
            self.buyers.push(crate::village::party_id(self.cast.village, &code));
            self.drive.send(Actor::System, command.body)?;
        }
        Ok(())
    }

    fn put_on_sale(&mut self, place: usize) -> Result<(), DemoError> {
        let Some(household) = self.households.get(place) else { return Ok(()) };
        let Some((name, price_minor, weight_g)) = GOODS.get(household.good) else { return Ok(()) };
        let text = ListingText {
            category: "village".to_owned(),
            claims: [].into(),
            class: ReturnClass::Days7,
            freight_minor: FREIGHT_MINOR,
            grade: None,
            name: (*name).to_owned(),
            name_latin: (*name).to_owned(),
            names: [].into(),
            packaging_minor: 0,
            photos: vec![Photo(codec::sha256(household.code.as_bytes()))],
            pool: None,
            season: None,
            seller: household.party,
            township_price_minor: None,
            unit: "1".to_owned(),
            variety: None,
            weight_g: *weight_g,
        };
        let code = format!("G-{}", household.code).parse().expect("a short code");
        let (listing, price_minor) = (household.listing, *price_minor);
        let draft = ListingCommand::Draft { code, price_minor, stock: None, text: Box::new(text) };
        let (agent, staff) = (self.cast.agent, self.cast.staff[0]);
        let steps =
            [(agent, draft), (agent, ListingCommand::Submit), (staff, ListingCommand::Approve)];
        for (who, command) in steps {
            self.by(who, Body::Listing { command, listing, version: None })?;
        }
        Ok(())
    }

    /// The codes of the households, by their places.
    pub(super) fn codes(&self) -> impl Iterator<Item = &str> {
        self.households.iter().map(|household| household.code.as_str())
    }

    /// These two know each other.
    pub(super) fn tie(&mut self, one: usize, other: usize) {
        self.pairs.push((one, other));
    }

    /// One day: what was sold yesterday is delivered, what was delivered is confirmed, and the day's
    /// part of the season's orders is placed.
    pub(super) fn day(&mut self, (number, days): (usize, usize)) -> Result<(), DemoError> {
        for sold in std::mem::take(&mut self.delivered) {
            let body = order(OrderCommand::Confirm, sold.order);
            self.by(sold.buyer, body)?;
        }
        for sold in std::mem::take(&mut self.sent) {
            self.by(self.cast.carrier, parcel(ParcelCommand::Deliver, sold.parcel))?;
            self.delivered.push(sold);
        }
        let from = self.pairs.len().saturating_mul(number).checked_div(days).unwrap_or(0);
        let to = self.pairs.len().saturating_mul(number.saturating_add(1));
        let to = to.checked_div(days).unwrap_or(0);
        for place in from..to {
            let Some((one, other)) = self.pairs.get(place).copied() else { break };
            // Either may be the one who needs what the other makes.
            let (seller, buyer) =
                if self.drive.dice.permille(500) { (one, other) } else { (other, one) };
            self.sell_at_counter(seller, buyer)?;
        }
        // Every second tie brings a buyer from outside, to whom people know: who has more ties sells
        // more.
        for _ in 0..to.saturating_sub(from).div_ceil(2) {
            let Some((one, other)) = self.drive.dice.pick(&self.pairs).copied() else { break };
            let seller = if self.drive.dice.permille(500) { one } else { other };
            self.sell_outside(seller)?;
        }
        self.visit(number)?;
        self.bank(number)
    }

    fn sell_at_counter(&mut self, seller: usize, buyer: usize) -> Result<(), DemoError> {
        let Some(buyer) = self.households.get(buyer).map(|household| household.party) else {
            return Ok(());
        };
        let order_id = self.place(seller, buyer, PayBy::Cash)?;
        let amount_minor = self.price(seller).saturating_add(FREIGHT_MINOR);
        let pay = OrderCommand::PayCash { amount_minor, shop: self.cast.shop };
        self.by(self.cast.agent, order(pay, order_id))?;
        self.tied_orders = self.tied_orders.saturating_add(1);
        self.send_off(seller, buyer, order_id)
    }

    fn sell_outside(&mut self, seller: usize) -> Result<(), DemoError> {
        let Some(buyer) = self.drive.dice.pick(&self.buyers).copied() else { return Ok(()) };
        let order_id = self.place(seller, buyer, PayBy::Online)?;
        let pay = Body::ReceivePayment {
            amount_minor: self.price(seller).saturating_add(FREIGHT_MINOR),
            currency: "CNY".to_owned(),
            order: order_id,
            payer: Some(codec::sha256(&buyer.to_bytes())),
            receipt: self.drive.id(),
        };
        self.drive.send(Actor::System, pay)?;
        self.outside_orders = self.outside_orders.saturating_add(1);
        self.send_off(seller, buyer, order_id)
    }

    fn price(&self, seller: usize) -> i64 {
        let good = self.households.get(seller).map_or(0, |household| household.good);
        GOODS.get(good).map_or(0, |good| good.1)
    }

    fn place(
        &mut self,
        seller: usize,
        buyer: PartyId,
        pay_by: PayBy,
    ) -> Result<OrderId, DemoError> {
        let id: OrderId = self.drive.id();
        let listing = self.households.get(seller).map(|household| household.listing);
        let place = OrderCommand::Place {
            agent: Some(self.cast.agent),
            buyer,
            guest: None,
            lines: listing.into_iter().map(|listing| (listing, 1)).collect(),
            pay_by,
            secret_hash: codec::sha256(&id.to_bytes()),
        };
        self.by(self.cast.agent, order(place, id))?;
        Ok(id)
    }

    /// Accepted, packed and given to the carrier at once.
    fn send_off(&mut self, seller: usize, buyer: PartyId, id: OrderId) -> Result<(), DemoError> {
        let Some(household) = self.households.get(seller) else { return Ok(()) };
        let (maker, good) = (household.party, household.good);
        let grams = GOODS.get(good).map_or(1, |good| good.2);
        self.labels = self.labels.saturating_add(1);
        let label = |kind: &str| format!("{kind}{}", self.labels).parse().expect("a short code");
        let (lot, label) = (label("L"), label("K"));
        let parcel_id: ParcelId = self.drive.id();
        let packed = Boxed {
            contents: vec![Content { grams, lot, maker }],
            label,
            parcel: parcel_id,
            weight_g: grams.saturating_add(100),
        };
        let (agent, carrier) = (self.cast.agent, self.cast.carrier);
        self.by(agent, order(OrderCommand::Accept, id))?;
        self.by(agent, order(OrderCommand::Pack { boxes: vec![packed], by_surface: false }, id))?;
        self.by(agent, parcel(ParcelCommand::Give { taker: carrier }, parcel_id))?;
        let take = ParcelCommand::Take { code_digest: None, giver: agent, taker: carrier };
        self.by(carrier, parcel(take, parcel_id))?;
        self.sent.push(Sold { order: id, parcel: parcel_id, buyer });
        Ok(())
    }

    /// Waits for every answer.
    pub(super) fn settle(&mut self) -> Result<(), DemoError> {
        self.drive.settle()
    }

    /// Adds what happened here.
    pub(super) fn tell(&self, told: &mut Told) {
        told.villages.push(self.cast.village);
        told.households = told.households.saturating_add(self.households.len());
        told.tied_orders = told.tied_orders.saturating_add(self.tied_orders);
        told.outside_orders = told.outside_orders.saturating_add(self.outside_orders);
        told.loans = told.loans.saturating_add(self.lent.loans);
        told.lent_minor = told.lent_minor.saturating_add(self.lent.minor);
        told.repaid = told.repaid.saturating_add(self.lent.repaid);
        told.commands = told.commands.saturating_add(self.drive.sent());
    }
}

fn order(command: OrderCommand, order: OrderId) -> Body {
    Body::Order { command, order, version: None }
}

fn parcel(command: ParcelCommand, parcel: ParcelId) -> Body {
    Body::Parcel { command, parcel, version: None }
}
