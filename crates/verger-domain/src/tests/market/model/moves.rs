//! What people do with orders, payments and complaints: mostly the next step, sometimes a mistake.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::command::{Proof, ProofBy};
use crate::id::{PartyId, ReceiptId};
use crate::ledger::{AccountKey, Code};
use crate::market::command::{
    Boxed, DisputeCommand as D, Guest, OrderCommand as C, OrdersCommand as B,
};
use crate::market::dispute::{DisputeReason, Fault, Settlement};
use crate::market::order::{LineNo, PayBy};
use crate::market::parcel::Content;
use crate::market::{DisputePhase, Flow, Order, OrderPhase as P, Review, ReviewWord};
use crate::party::PartyKind;

/// A command and who sends it.
pub(super) type Move = (Actor, Body);

impl Model {
    /// What happens next.
    pub(super) fn choose(&mut self) -> Option<Move> {
        if self.dice.percent(6) {
            return self.nonsense();
        }
        if self.live.len() < LIVE_MAX && self.dice.percent(25) {
            return Some(if self.dice.percent(50) { self.place() } else { self.request() });
        }
        if self.dice.percent(22) {
            return self.goods_move();
        }
        if self.dice.percent(15) && !self.disputes.is_empty() {
            let id = self.dice.pick(&self.disputes.clone());
            return self.dispute_move(id);
        }
        let id = self.some_order()?;
        self.order_move(id)
    }

    /// A sensible step by the wrong person, of an old version, or about the wrong order.
    fn nonsense(&mut self) -> Option<Move> {
        let id = self.some_order()?;
        let (actor, body) = self.order_move(id)?;
        match self.dice.below(3) {
            0 => Some((self.dice.pick(super::super::EVERYBODY).1, body)),
            1 => {
                let other = self.some_order()?;
                let Body::Order { command, .. } = body else { return Some((actor, body)) };
                Some((actor, order(command, other)))
            }
            _ => {
                let is_seen = matches!(body, Body::Order { .. } | Body::Parcel { .. });
                Some((actor, if is_seen { seen(body, 1) } else { body }))
            }
        }
    }

    fn quantity(&mut self) -> u32 {
        match self.dice.below(60) {
            0 => 0,
            1 => 10_001,
            2..6 => 20,
            _ => u32::try_from(self.dice.between(1, 3)).unwrap(),
        }
    }

    fn wanted(&mut self, from: &[ListingId]) -> Vec<(ListingId, u32)> {
        let count = self.dice.between(1, 3);
        let mut lines: Vec<(ListingId, u32)> = Vec::new();
        for _ in 0..count {
            let listing = self.dice.pick(from);
            let is_new = lines.iter().all(|line| line.0 != listing);
            if is_new || self.dice.percent(3) {
                lines.push((listing, self.quantity()));
            }
        }
        lines
    }

    fn place(&mut self) -> Move {
        let lines = self.wanted(&[BOX, SMALL_BOX, BOX, CRAFT, BASKET, FRUIT]);
        let mut buyer = self.dice.pick(&[BUYER, SECOND_BUYER]);
        let (id, mut guest) = (self.fresh(), None);
        if self.dice.percent(3) {
            buyer = self.fresh();
            let code = format!("G{:X}", buyer.bits());
            let (party, profile) = (party(buyer, &code, PartyKind::Buyer, None), profile("客"));
            guest = Some(Box::new(Guest { party, profile }));
        }
        if self.dice.percent(5) {
            // The money is there before the order is.
            self.early.push(id);
            let amount = self.dice.pick(&[4_990, 9_980, 6_800, 100]);
            return (Actor::System, self.payment(id, amount));
        }
        if self.dice.percent(30)
            && let Some(early) = self.early.pop()
        {
            return self.place_as(early, buyer, lines, guest);
        }
        self.place_as(id, buyer, lines, guest)
    }

    fn place_as(
        &mut self,
        id: OrderId,
        buyer: PartyId,
        lines: Vec<(ListingId, u32)>,
        guest: Option<Box<Guest>>,
    ) -> Move {
        let agent = self.dice.pick(&[None, Some(AGENT), Some(AGENT), Some(SECOND_AGENT)]);
        let pay_by = self.dice.pick(&[PayBy::Online, PayBy::Transfer, PayBy::Cash]);
        let actor = if guest.is_some() { Actor::System } else { by(buyer) };
        let place = C::Place { agent, buyer, guest, lines, pay_by, secret_hash: [4; 32] };
        (actor, order(place, id))
    }

    fn request(&mut self) -> Move {
        let supplier = self.dice.percent(75);
        let from: &[ListingId] = if supplier { &[CHICKS, FEED, PHONE] } else { &[RADIO] };
        let lines = self.wanted(from);
        let household = self.dice.pick(&[HOUSE, HOUSE, NEIGHBOUR, NEIGHBOUR, HOME]);
        let id = self.fresh();
        if self.dice.percent(15) {
            let agent = self.dice.pick(&[None, Some(AGENT)]);
            return (by(household), order(C::Request { agent, household, lines }, id));
        }
        let actor = by(self.dice.pick(&[AGENT, AGENT, SECOND_AGENT]));
        (actor, order(C::Request { agent: None, household, lines }, id))
    }

    /// What the processor tells, now and then of a source it has told of before.
    pub(super) fn payment(&mut self, order: OrderId, amount_minor: i64) -> Body {
        let receipt: ReceiptId = self.fresh();
        let source = self.dice.below(12);
        let payer = (source < 6).then(|| [u8::try_from(source).unwrap(); 32]);
        let currency = "CNY".to_owned();
        let told = Body::ReceivePayment { amount_minor, currency, order, payer, receipt };
        self.told = Some(told.clone());
        told
    }

    /// The next step of an order, or what else may happen to it.
    pub(super) fn order_move(&mut self, id: OrderId) -> Option<Move> {
        let row = row(&self.world, id).clone();
        match row.phase {
            P::Placed => self.placed_move(&row),
            P::Paid => Some(self.seller_move(&row, C::Accept, 80)),
            P::Accepted => {
                let boxes = self.boxes(&row);
                let by_surface = self.dice.percent(10);
                Some(self.seller_move(&row, C::Pack { boxes, by_surface }, 85))
            }
            P::Packed => self.box_move(&row),
            P::Shipped | P::Delivered => self.sale_move(&row),
            P::Requested | P::Quoted => self.quote_move(&row),
            P::Consented => Some(self.fund_move(&row)),
            P::Funded => {
                let supplier = row.lines[0].seller;
                let batch = self.batch(&row, |other| other.lines[0].seller == supplier);
                let trip = self.trips.last().copied().filter(|_| self.dice.percent(30));
                let send = Body::Orders { command: B::Send { trip }, orders: batch };
                let cancel = self.cancel(&row);
                Some(if self.dice.percent(85) { (by(AGENT), send) } else { cancel })
            }
            P::Ordered => {
                let reason = "none left".to_owned();
                let command = match self.dice.below(10) {
                    0 => C::SupplierReject { reason },
                    1 => return Some(self.cancel(&row)),
                    _ => C::SupplierAccept,
                };
                Some((by(row.lines[0].seller), order(command, id)))
            }
            P::Confirmed if row.parcels.is_empty() => {
                let mut boxes = self.boxes(&row);
                for packed in &mut boxes {
                    packed.contents.clear();
                }
                Some(self.seller_move(&row, C::Pack { boxes, by_surface: false }, 90))
            }
            P::Confirmed | P::InTransit | P::AtShop | P::PickedUp => self.purchase_move(&row),
            P::Completed => self.completed_move(&row),
            P::Expired | P::Declined | P::Cancelled | P::Refunded => self.ended_move(&row),
        }
    }

    fn cancel(&mut self, row: &Order) -> Move {
        let is_force_majeure = self.dice.percent(30);
        let command = C::Cancel { is_force_majeure, reason: "frost".to_owned() };
        let who = [row.buyer, row.lines[0].seller, AGENT];
        (by(self.dice.pick(&who)), order(command, row.id))
    }

    fn seller_move(&mut self, row: &Order, command: C, percent: u64) -> Move {
        if self.dice.percent(percent) {
            let sellers: Vec<_> = row.lines.iter().map(|line| line.seller).collect();
            let seller = self.dice.pick(&sellers);
            let seller = if self.dice.percent(90) { seller } else { AGENT };
            return (by(seller), order(command, row.id));
        }
        if self.dice.percent(40) {
            let again = self.payment(row.id, row.total_minor());
            return (Actor::System, again);
        }
        self.cancel(row)
    }

    fn placed_move(&mut self, row: &Order) -> Option<Move> {
        let total = row.total_minor();
        let due = (total - row.short_minor).max(1);
        let amount_minor = match self.dice.below(100) {
            0..50 => due,
            50..60 => self.dice.between(1, total),
            60..65 => total,
            65..70 => total + self.dice.between(1, 500),
            70..73 => due - 1,
            73..76 => return self.told.clone().map(|told| (Actor::System, told)),
            76..88 => {
                let amount_minor = if self.dice.percent(85) { total } else { total - 1 };
                let cash = C::PayCash { amount_minor, shop: SHOP };
                return Some((by(AGENT), order(cash, row.id)));
            }
            88..92 => return Some(self.cancel(row)),
            _ => return None,
        };
        Some((Actor::System, self.payment(row.id, amount_minor)))
    }

    /// Boxes of the order's weight, now and then too heavy or too light.
    fn boxes(&mut self, row: &Order) -> Vec<Boxed> {
        let count = self.dice.pick(&[1, 1, 2, 3]);
        let weight = match self.dice.below(20) {
            0 => row.weight_g() - 1,
            1 => row.weight_g() * 2,
            2 => row.weight_g() + row.weight_g() / 50,
            _ => row.weight_g(),
        };
        let mut left = weight;
        let mut boxes = Vec::new();
        for number in 0..count {
            let grams = if number + 1 == count { left } else { left / 2 };
            left -= grams;
            let parcel: ParcelId = self.fresh();
            let code = format!("K{:X}", parcel.bits());
            let maker = self.dice.pick(&[HOUSE, NEIGHBOUR]);
            let contents = vec![Content { grams, lot: code.parse().unwrap(), maker }];
            let weight_g = grams.max(1) + 200;
            boxes.push(Boxed { contents, label: code.parse().unwrap(), parcel, weight_g });
        }
        boxes
    }

    fn box_move(&mut self, row: &Order) -> Option<Move> {
        let boxes = self.parcels_of(row.id);
        let id = self.dice.pick(&boxes);
        self.parcel_move(id)
    }

    fn sale_move(&mut self, row: &Order) -> Option<Move> {
        let weights: &[_] = if row.phase == P::Shipped {
            &[(70, "box"), (6, "confirm"), (8, "dispute"), (16, "wait")]
        } else {
            &[(5, "box"), (40, "confirm"), (10, "extend"), (30, "dispute"), (15, "wait")]
        };
        match self.dice.weighted(weights) {
            "box" => self.box_move(row),
            "confirm" => Some((by(row.buyer), order(C::Confirm, row.id))),
            "extend" => Some((by(row.buyer), order(C::Extend, row.id))),
            "dispute" => Some(self.complain(row)),
            _ => None,
        }
    }

    fn purchase_move(&mut self, row: &Order) -> Option<Move> {
        let weights: &[_] = match row.phase {
            P::PickedUp => &[(5, "box"), (60, "dispute"), (35, "wait")],
            _ => &[(85, "box"), (5, "dispute"), (5, "cancel"), (5, "wait")],
        };
        match self.dice.weighted(weights) {
            "box" => self.box_move(row),
            "dispute" => Some(self.complain(row)),
            "cancel" => Some(self.cancel(row)),
            _ => None,
        }
    }

    fn completed_move(&mut self, row: &Order) -> Option<Move> {
        match self.dice.below(20) {
            0..6 => {
                let left = row.released.goods_minor - row.goodwill_minor;
                let amount_minor = match self.dice.below(4) {
                    0 => left,
                    1 => left + 1,
                    2 => left / 2,
                    _ => self.dice.between(1, 300),
                };
                let reason = "bruised".to_owned();
                let who = self.dice.pick(&[STAFF, STAFF, row.lines[0].seller]);
                Some((by(who), order(C::Goodwill { amount_minor, reason }, row.id)))
            }
            6 => Some((Actor::System, self.payment(row.id, row.total_minor()))),
            7..10 if !row.parcels.is_empty() => self.box_move(row),
            10 => Some(self.complain(row)),
            11..13 => {
                let stars = u8::try_from(self.dice.below(7)).unwrap();
                let words = ReviewWord::ALL.into_iter().take(usize::from(stars)).collect();
                let review = Review { stars, words };
                Some((by(row.buyer), order(C::Review { review }, row.id)))
            }
            _ => None,
        }
    }

    fn ended_move(&mut self, row: &Order) -> Option<Move> {
        match self.dice.below(20) {
            0..3 => Some((Actor::System, self.payment(row.id, row.total_minor()))),
            3..8 if !row.parcels.is_empty() => self.box_move(row),
            8 => Some(self.cancel(row)),
            _ => None,
        }
    }

    fn quote_move(&mut self, row: &Order) -> Option<Move> {
        let is_quoted = row.phase == P::Quoted;
        match self.dice.below(20) {
            0 => Some((by(row.buyer), order(C::Decline, row.id))),
            1 => Some(self.cancel(row)),
            2..15 if is_quoted => {
                let household = row.buyer;
                let orders = self.batch(row, |other| other.buyer == household);
                let proof = self.proof_of(household);
                Some((by(AGENT), Body::Orders { command: B::Consent { proof }, orders }))
            }
            15..18 if is_quoted => None,
            _ => {
                let freight_minor = self.dice.between(0, 900);
                let due_on = in_three_days(&self.world);
                Some((by(AGENT), order(C::Quote { due_on, freight_minor }, row.id)))
            }
        }
    }

    /// This order and some more on the same station.
    fn batch(&mut self, row: &Order, is_like: impl Fn(&Order) -> bool) -> BTreeSet<OrderId> {
        let state = &self.world.state;
        let others = self.live.iter().filter_map(|id| state.order.get(id));
        let like = others.filter(|other| other.phase == row.phase && is_like(other));
        let mut batch: BTreeSet<OrderId> = like.map(|other| other.id).take(3).collect();
        batch.insert(row.id);
        if self.dice.percent(5) && !self.live.is_empty() {
            batch.insert(self.dice.pick(&self.live.clone()));
        }
        batch
    }

    /// The agreement of a household, by one of the three ways.
    pub(super) fn proof_of(&mut self, household: PartyId) -> Proof {
        let members: &[PartyId] = if household == HOUSE {
            &[MEMBER]
        } else if household == NEIGHBOUR {
            &[NEIGHBOUR_MEMBER, NEIGHBOUR_SON]
        } else {
            &[KIN]
        };
        let member = self.dice.pick(members);
        let member = if self.dice.percent(3) { KIN } else { member };
        self.proof_by(member)
    }

    fn proof_by(&mut self, member: PartyId) -> Proof {
        let by = match self.dice.below(4) {
            0 => ProofBy::Voice(self.picture()),
            1 => ProofBy::Witness(self.dice.pick(&[NEIGHBOUR_MEMBER, MEMBER, NEIGHBOUR_SON])),
            _ => ProofBy::Pin,
        };
        Proof { by, member }
    }

    fn fund_move(&mut self, row: &Order) -> Move {
        if self.dice.percent(6) {
            return (by(row.buyer), order(C::Decline, row.id));
        }
        let household = row.buyer;
        let orders = self.batch(row, |other| other.buyer == household);
        let total: i64 = orders.iter().map(|id| super::row(&self.world, *id).total_minor()).sum();
        let wallet = balances(&self.world, &[AccountKey::party(Code::WALLET, household)])[0];
        let cash_minor = match self.dice.below(5) {
            0 => total,
            1 => self.dice.between(0, total),
            2 => 0,
            _ => (total - wallet).clamp(0, total),
        };
        let shop = self.dice.pick(&[Some(SHOP), Some(SHOP), Some(SHOP), None]);
        (by(AGENT), Body::Orders { command: B::Fund { cash_minor, shop }, orders })
    }

    /// An amount of which the edges matter.
    fn part(&mut self, left: i64) -> i64 {
        match self.dice.below(8) {
            0..3 => left,
            3 => (left - self.dice.between(1, 4)).max(1),
            4 => 1,
            5 => left / 2,
            6 => left + self.dice.between(0, 1),
            _ => self.dice.between(1, left.max(1)),
        }
    }

    fn settlement(&mut self, row: &Order, among: &[LineNo]) -> Settlement {
        let freight = row.freight_minor - row.freight_refunded_minor - row.released.freight_minor;
        let freight_minor = self.dice.pick(&[0, 0, 0, freight, freight / 2]);
        let fault = self.dice.pick(&[
            Fault::Seller,
            Fault::Seller,
            Fault::Carrier,
            Fault::Agent,
            Fault::Goodwill,
            Fault::Buyer,
        ]);
        let mut lines = BTreeMap::new();
        for number in among {
            let left = row.line(*number).map_or(0, crate::market::OrderLine::left_minor);
            if self.dice.percent(60) {
                lines.insert(*number, self.part(left));
            }
        }
        Settlement { fault, freight_minor, lines }
    }

    fn complain(&mut self, row: &Order) -> Move {
        use DisputeReason as R;
        let numbers: Vec<LineNo> = LineNo::first(row.lines.len()).collect();
        let mut claim = self.settlement(row, &numbers);
        if claim.lines.is_empty() {
            claim.lines.insert(LineNo(0), self.part(row.lines[0].left_minor()));
        }
        let reason = self.dice.pick(&[
            R::Damaged,
            R::Spoiled,
            R::Short,
            R::Different,
            R::NotReceived,
            R::ChangeOfMind,
            R::ChangeOfMind,
        ]);
        let photos = match reason {
            R::NotReceived | R::ChangeOfMind => Vec::new(),
            _ if self.dice.percent(3) => vec![photo(1), photo(1)],
            _ => vec![self.picture()],
        };
        let open = D::Open { claim, order: row.id, photos, reason };
        let who =
            if row.flow == Flow::Purchase && self.dice.percent(40) { AGENT } else { row.buyer };
        let id = self.fresh();
        (by(who), dispute(open, id))
    }

    pub(super) fn dispute_move(&mut self, id: DisputeId) -> Option<Move> {
        let row = self.world.state.dispute.get(&id).unwrap().clone();
        let about = super::row(&self.world, row.order).clone();
        let (opener, seller) = (about.buyer, about.lines[0].seller);
        let answerer = if about.flow == Flow::Purchase { STAFF } else { AGENT };
        let answerer = self.dice.pick(&[seller, answerer]);
        let lines = row.lines();
        let weights: &[_] = match row.phase {
            DisputePhase::Opened => &[
                (25, "accept"),
                (25, "offer"),
                (15, "refuse"),
                (10, "escalate"),
                (5, "withdraw"),
                (20, "wait"),
            ],
            DisputePhase::Offered => {
                &[(50, "agree"), (15, "escalate"), (8, "withdraw"), (27, "wait")]
            }
            DisputePhase::Returning => {
                &[(70, "return"), (10, "escalate"), (5, "withdraw"), (15, "wait")]
            }
            DisputePhase::Escalated => &[(80, "rule"), (5, "withdraw"), (15, "wait")],
            _ => &[(35, "appeal"), (65, "wait")],
        };
        let (who, command) = match self.dice.weighted(weights) {
            "accept" => (answerer, D::Accept),
            "offer" => (answerer, D::Offer { settlement: self.settlement(&about, &lines) }),
            "refuse" => (answerer, D::Refuse { photos: vec![self.picture()] }),
            "escalate" => (self.dice.pick(&[opener, answerer]), D::Escalate),
            "withdraw" => (opener, D::Withdraw),
            "agree" => (opener, D::Agree),
            "return" => {
                let freight_minor = self.dice.between(0, 1_500);
                let carrier = self.dice.pick(&[CARRIER, SECOND_CARRIER]);
                (seller, D::ReceiveReturn { carrier, freight_minor })
            }
            "rule" => {
                let member = self.dice.pick(&[NEIGHBOUR_MEMBER, MEMBER, KIN, NEIGHBOUR_SON]);
                let proof = self.proof_by(member);
                let sides = [None, None, None, Some(opener), Some(seller), about.agent];
                let dishonest = self.dice.pick(&sides);
                let (cites, settlement) = (row.photos.clone(), self.settlement(&about, &lines));
                (STAFF, D::Rule { cites, dishonest, proof, settlement })
            }
            "appeal" => (self.dice.pick(&[opener, answerer]), D::Appeal),
            _ => return None,
        };
        Some((by(who), dispute(command, id)))
    }
}
