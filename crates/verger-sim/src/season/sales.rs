//! What is sold: boxes of peaches and things of the household, from the order to the last word of
//! the buyer. Owns the trade's ordinary course and its mishaps; fruit comes from `harvest`.
#![expect(
    clippy::indexing_slicing,
    reason = "a crop or a good is its place in the season's own lists"
)]

use std::collections::BTreeMap;

use verger_domain::codec;
use verger_domain::command::{Proof, ProofBy};
use verger_domain::id::{DisputeId, ListingId, OrderId, ParcelId, PartyId};
use verger_domain::market::command::{Boxed, DisputeCommand, Guest, OrderCommand, ParcelCommand};
use verger_domain::market::dispute::{DisputeReason, Fault, Settlement};
use verger_domain::market::listing::Photo;
use verger_domain::market::order::{LineNo, PayBy};
use verger_domain::market::parcel::Content;
use verger_domain::market::{Review, ReviewWord};
use verger_domain::party::{Duty, Party, PartyKind, Profile};
use verger_domain::time::Date;
use verger_domain::{Actor, Body};

use super::calendar::later;
use super::{Season, calendar, code, day, photo};
use crate::demo::{BOX_FREIGHT_FEN, DemoError, VILLAGE, listing_id, party_id};

/// Who packs and sends for the village.
pub(super) const AGENT: &str = "A1";
/// Who carries to the cities.
const CARRIER: &str = "C2";
/// A thing that costs more is bought one time in four, in minor units.
const DEAR_MINOR: i64 = 20_000;
/// What a box of 2.5 kg holds at the least, and what is packed into it, in grams.
const PACKED_G: i64 = 2_510;

/// What an order is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Boxes of a crop, by its place in the list.
    Boxes(usize),
    /// One thing that a household made, by its place in the list of products.
    Product(usize),
}

/// An order on its way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sold {
    pub(super) order: OrderId,
    pub(super) parcel: ParcelId,
    pub(super) buyer: PartyId,
    pub(super) wanted: Wanted,
    pub(super) quantity: u32,
    pub(super) goods_minor: i64,
}

/// What is to be done about an order on a later day.
#[derive(Clone, Copy, Debug)]
pub(super) enum Errand {
    Pack(Sold),
    Deliver(Sold),
    Confirm(Sold),
    Claim(Sold),
    Rule(DisputeId, Sold),
    Lose(Sold),
}

impl Season<'_> {
    fn order(&mut self, actor: Actor, id: OrderId, command: OrderCommand) -> Result<(), DemoError> {
        self.drive.send(actor, Body::Order { command, order: id, version: None })
    }

    fn parcel(&mut self, who: &str, id: ParcelId, command: ParcelCommand) -> Result<(), DemoError> {
        self.drive.send_by(who, Body::Parcel { command, parcel: id, version: None })
    }

    /// The day's new orders, each paid at once and accepted by the agent.
    pub(super) fn sell(&mut self, counts: &[u64], things: u64) -> Result<(), DemoError> {
        for (crop, count) in counts.iter().enumerate() {
            for _ in 0..*count {
                // One in seven takes two boxes.
                let quantity = if self.drive.dice.below(7) == 0 { 2 } else { 1 };
                self.place(Wanted::Boxes(crop), quantity)?;
            }
        }
        // Crafts and dry goods are wanted all year.
        for _ in 0..things {
            let product = self.thing();
            self.place(Wanted::Product(product), 1)?;
        }
        Ok(())
    }

    /// One of the things that households make; what is dear is wanted seldom.
    fn thing(&mut self) -> usize {
        let count = u64::try_from(self.products.len()).unwrap_or(0);
        loop {
            let product = usize::try_from(self.drive.dice.below(count)).unwrap_or(0);
            let is_dear = self.products[product].price_fen > DEAR_MINOR;
            if !is_dear || self.drive.dice.below(4) == 0 {
                return product;
            }
        }
    }

    fn place(&mut self, wanted: Wanted, quantity: u32) -> Result<(), DemoError> {
        let who = self.buyer();
        let payer = codec::sha256(&who.0.to_bytes());
        self.told.sales = self.told.sales.saturating_add(1);
        self.place_by(who, payer, (wanted, quantity)).map(drop)
    }

    /// An order of this buyer, known or new, paid from this source.
    pub(super) fn place_by(
        &mut self,
        (buyer, guest): (PartyId, Option<Guest>),
        payer: codec::Hash,
        (wanted, quantity): (Wanted, u32),
    ) -> Result<OrderId, DemoError> {
        let (listing, price_minor, freight_minor) = self.price(wanted);
        let order: OrderId = self.drive.id();
        let actor = if guest.is_some() { Actor::System } else { Actor::Party(buyer) };
        let place = OrderCommand::Place {
            agent: Some(party_id(AGENT)),
            buyer,
            guest: guest.map(Box::new),
            lines: vec![(listing, quantity)],
            pay_by: PayBy::Online,
            secret_hash: codec::sha256(&order.to_bytes()),
        };
        self.order(actor, order, place)?;
        let goods_minor = price_minor.saturating_mul(i64::from(quantity));
        // The carrier asks for each box.
        let freight_minor = freight_minor.saturating_mul(i64::from(quantity));
        let amount_minor = goods_minor.saturating_add(freight_minor);
        self.receive(order, amount_minor, payer)?;
        self.order(Actor::Party(party_id(AGENT)), order, OrderCommand::Accept)?;
        let parcel = self.drive.id();
        let sold = Sold { order, parcel, buyer, wanted, quantity, goods_minor };
        self.note(1, Errand::Pack(sold));
        Ok(order)
    }

    fn price(&self, wanted: Wanted) -> (ListingId, i64, i64) {
        match wanted {
            Wanted::Boxes(crop) => {
                let crop = &self.crops[crop];
                let listing = listing_id(&format!("box-{}", crop.variety));
                (listing, crop.box_minor.saturating_sub(BOX_FREIGHT_FEN), BOX_FREIGHT_FEN)
            }
            Wanted::Product(product) => {
                let product = &self.products[product];
                (listing_id(&product.id), product.price_fen, 0)
            }
        }
    }

    /// Somebody who buys: every second time a new face.
    pub(super) fn buyer(&mut self) -> (PartyId, Option<Guest>) {
        if !self.buyers.is_empty() && !self.drive.dice.permille(480) {
            let known = *self.drive.dice.pick(&self.buyers).expect("there are buyers");
            return (known, None);
        }
        let (id, guest) = self.guest();
        self.buyers.push(id);
        self.loans.new_buyers.push(id);
        (id, guest)
    }

    /// A new face, registered with the order.
    pub(super) fn guest(&mut self) -> (PartyId, Option<Guest>) {
        self.guests = self.guests.saturating_add(1);
        let text = format!("G{:05}", self.guests.saturating_sub(1));
        let id: PartyId = self.drive.id();
        let towns =
            ["武汉 Wuhan", "长沙 Changsha", "重庆 Chongqing", "恩施 Enshi", "龙山 Longshan"];
        let town = self.drive.dice.pick(&towns).copied().unwrap_or_default();
        let (hanzi, latin) = super::names::invented(&mut self.drive.dice);
        let party = Party {
            certified: [].into(),
            code: code(&text),
            duty: Duty::default(),
            household: None,
            id,
            kind: PartyKind::Buyer,
            village: VILLAGE,
        };
        let profile = Profile {
            facts: BTreeMap::from([("town".to_owned(), town.to_owned())]),
            name: hanzi,
            name_latin: latin,
            salt: codec::sha256(text.as_bytes()),
        };
        (id, Some(Guest { party, profile }))
    }

    /// Closes the boxes that are due today and gives them to the carrier. On the day of the hail a
    /// part of the orders is called off, with all money back.
    pub(super) fn pack_all(&mut self, sold: Vec<Sold>, is_hail: bool) -> Result<(), DemoError> {
        for sold in sold {
            let is_fruit = matches!(sold.wanted, Wanted::Boxes(_));
            if is_hail && is_fruit && self.drive.dice.permille(350) {
                let reason = "hail on the orchard in the night".to_owned();
                let cancel = OrderCommand::Cancel { is_force_majeure: true, reason };
                self.order(Actor::Party(party_id("COOP")), sold.order, cancel)?;
                self.told.called_off = self.told.called_off.saturating_add(1);
                continue;
            }
            self.pack(sold)?;
            let (giver, taker) = (party_id(AGENT), party_id(CARRIER));
            self.parcel(AGENT, sold.parcel, ParcelCommand::Give { taker })?;
            let take = ParcelCommand::Take { code_digest: None, giver, taker };
            self.parcel(CARRIER, sold.parcel, take)?;
            if self.drive.dice.permille(3) {
                self.note(9, Errand::Lose(sold));
            } else {
                let days = i32::try_from(self.drive.dice.between(3, 5)).unwrap_or(4);
                self.note(days, Errand::Deliver(sold));
            }
        }
        Ok(())
    }

    fn pack(&mut self, sold: Sold) -> Result<(), DemoError> {
        self.labels = self.labels.saturating_add(1);
        let (contents, weight_g) = match sold.wanted {
            Wanted::Boxes(crop) => {
                let grams = PACKED_G.saturating_mul(i64::from(sold.quantity));
                (self.fruit(crop, grams), grams)
            }
            Wanted::Product(product) => {
                let product = &self.products[product];
                let maker = party_id(product.makers.first().map_or("COOP", String::as_str));
                let lot = code(&format!("M{}", self.labels));
                (vec![Content { grams: product.weight_g, lot, maker }], product.weight_g)
            }
        };
        let packed = Boxed {
            contents,
            label: code(&format!("K{}", self.labels)),
            parcel: sold.parcel,
            // Box, foam and paper.
            weight_g: weight_g.saturating_add(400),
        };
        let pack = OrderCommand::Pack { boxes: vec![packed], by_surface: false };
        self.order(Actor::Party(party_id(AGENT)), sold.order, pack)
    }

    /// What the carrier brings today, and what buyers say when they have it.
    pub(super) fn deliver_all(&mut self, sold: &[Sold]) -> Result<(), DemoError> {
        let is_last_day = self.drive.today() == day(calendar::LAST_DAY)?;
        for (number, sold) in sold.iter().enumerate() {
            self.parcel(CARRIER, sold.parcel, ParcelCommand::Deliver)?;
            let is_fruit = matches!(sold.wanted, Wanted::Boxes(_));
            // Whoever opens the demo finds somebody to answer.
            let is_wanted = is_last_day && number < 2;
            if is_fruit && (self.drive.dice.permille(13) || is_wanted) {
                self.note(0, Errand::Claim(*sold));
            } else if self.drive.dice.permille(640) {
                self.note(1, Errand::Confirm(*sold));
            }
        }
        Ok(())
    }

    pub(super) fn confirm_all(&mut self, sold: &[Sold]) -> Result<(), DemoError> {
        for sold in sold {
            self.order(Actor::Party(sold.buyer), sold.order, OrderCommand::Confirm)?;
            // One in five says how it was.
            if self.drive.dice.permille(200) {
                let review = self.review(sold.wanted);
                let command = OrderCommand::Review { review };
                self.order(Actor::Party(sold.buyer), sold.order, command)?;
            }
        }
        Ok(())
    }

    /// What a buyer says: mostly praise, now and then what was not so good, seldom that alone.
    fn review(&mut self, wanted: Wanted) -> Review {
        use ReviewWord as W;
        let stars = match self.drive.dice.below(20) {
            0 => 2,
            1 | 2 => 3,
            3..=7 => 4,
            _ => 5,
        };
        let praise = [W::Good, W::WellPacked, W::OnTime, W::AsDescribed];
        let blame: &[W] = match wanted {
            Wanted::Boxes(_) => &[W::Bruised, W::NotRipe, W::Small, W::Late],
            Wanted::Product(_) => &[W::Small, W::Late],
        };
        let mut words = std::collections::BTreeSet::new();
        if stars > 2 {
            words.extend(self.drive.dice.pick(&praise));
        }
        if stars > 4 && matches!(wanted, Wanted::Boxes(_)) {
            words.insert(W::Fresh);
        }
        if stars < 5 {
            words.extend(self.drive.dice.pick(blame));
        }
        Review { stars, words }
    }

    /// Bruised fruit: the cooperative pays, offers a half, says nothing, or asks for a panel.
    pub(super) fn claim(&mut self, sold: Sold) -> Result<(), DemoError> {
        let id: DisputeId = self.drive.id();
        let ask = |command| Body::Dispute { command, dispute: id, version: None };
        let minor = sold.goods_minor.saturating_mul(self.drive.dice.between(8, 30)) / 100;
        let picture = photo(&format!("claim {id}"));
        let open = DisputeCommand::Open {
            claim: part(minor),
            order: sold.order,
            photos: vec![picture],
            reason: DisputeReason::Damaged,
        };
        self.drive.send_alone(Actor::Party(sold.buyer), ask(open))?;
        self.told.claims = self.told.claims.saturating_add(1);
        let seller = Actor::Party(party_id("COOP"));
        // The last ones wait for an answer, on the pages of who has to give it.
        if later(self.drive.today(), 1) >= day(calendar::LAST_DAY)? {
            return Ok(());
        }
        match self.drive.dice.below(20) {
            0..12 => self.drive.send_alone(seller, ask(DisputeCommand::Accept)),
            12..16 => {
                let offer = DisputeCommand::Offer { settlement: part(minor / 2) };
                self.drive.send_alone(seller, ask(offer))?;
                self.drive.send_alone(Actor::Party(sold.buyer), ask(DisputeCommand::Agree))
            }
            // Silence: after two days the clock says yes for the cooperative.
            16..19 => Ok(()),
            _ => {
                let photos = vec![photo(&format!("answer {id}"))];
                self.drive.send_alone(seller, ask(DisputeCommand::Refuse { photos }))?;
                self.note(2, Errand::Rule(id, sold));
                Ok(())
            }
        }
    }

    /// A panel of the county and a member of the cooperative: honest bad luck, borne by nobody.
    pub(super) fn rule(&mut self, id: DisputeId, sold: Sold) -> Result<(), DemoError> {
        let minor = sold.goods_minor / 10;
        for member in super::BOARD {
            let rule = DisputeCommand::Rule {
                cites: vec![photo(&format!("claim {id}"))],
                dishonest: None,
                proof: Proof { by: ProofBy::Pin, member: party_id(member) },
                settlement: Settlement { fault: Fault::Goodwill, ..part(minor) },
            };
            let body = Body::Dispute { command: rule, dispute: id, version: None };
            // Whoever grew what is in the box may not sit on its panel: then another one does.
            if self.drive.attempt(Actor::Party(party_id("ST1")), body)? {
                self.told.rulings = self.told.rulings.saturating_add(1);
                return Ok(());
            }
        }
        Ok(())
    }

    /// Nobody has seen it for nine days: the buyer has his money back, the carrier pays.
    pub(super) fn lose(&mut self, sold: Sold) -> Result<(), DemoError> {
        let staff = Actor::Party(party_id("ST1"));
        let ask = |command| Body::Parcel { command, parcel: sold.parcel, version: None };
        self.drive.send_alone(staff, ask(ParcelCommand::DeclareLost))?;
        let amount_minor = sold.goods_minor;
        self.drive.send_alone(staff, ask(ParcelCommand::AcceptClaim { amount_minor }))?;
        self.drive.send_alone(staff, ask(ParcelCommand::PayClaim))?;
        self.told.lost = self.told.lost.saturating_add(1);
        Ok(())
    }

    /// Every week the processor pays out what it has received, less its fee.
    pub(super) fn settle_processor(&mut self) -> Result<(), DemoError> {
        let gross_minor = std::mem::take(&mut self.unsettled_minor);
        if gross_minor == 0 {
            return Ok(());
        }
        let fee_minor = gross_minor.saturating_mul(6) / 1_000;
        self.drive.send_by("ST1", Body::SettleProcessor { fee_minor, gross_minor })
    }

    /// Writes an errand into the diary.
    pub(super) fn note(&mut self, days: i32, errand: Errand) {
        let day: Date = later(self.drive.today(), days);
        self.diary.entry(day).or_default().push(errand);
    }
}

/// So much of the first line.
fn part(minor: i64) -> Settlement {
    let lines = BTreeMap::from([(LineNo(0), minor.max(1))]);
    Settlement { fault: Fault::Seller, freight_minor: 0, lines }
}

/// A picture of the demo, by what it shows.
pub(super) fn picture(name: &str) -> Photo {
    Photo(codec::sha256(format!("season {name}").as_bytes()))
}
