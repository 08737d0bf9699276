//! What people do with boxes, trips, listings, groups, tills and the bank.

use std::collections::BTreeSet;

use super::moves::Move;
use super::*;
use crate::id::PartyId;
use crate::ledger::{AccountKey, Code};
use crate::market::command::{
    GroupCommand as G, ListingCommand as L, ParcelCommand as C, TillCommand as K, TripCommand as T,
};
use crate::market::group::Tier;
use crate::market::listing::Stock;
use crate::market::{Flow, GroupPhase, ListingPhase, Parcel, ParcelPhase as P, TillPhase};
use crate::market::{OrderPhase, TripPhase};
use crate::party::Duty;

/// All that is sold and bought.
const CATALOGUE: &[ListingId] = &[BOX, SMALL_BOX, BASKET, CRAFT, FRUIT, CHICKS, FEED, PHONE, RADIO];

/// Who scans for a holder.
fn scanner(holder: PartyId) -> Actor {
    let agents = [(SHOP, AGENT), (SECOND_SHOP, SECOND_AGENT)];
    by(agents.into_iter().find(|(shop, _)| *shop == holder).map_or(holder, |(_, agent)| agent))
}

impl Model {
    /// Something that is not about one order.
    pub(super) fn goods_move(&mut self) -> Option<Move> {
        let state = &self.world.state;
        let drawer = |shop| state.drawer.get(shop).is_some();
        if !(drawer(&SHOP) && drawer(&SECOND_SHOP)) && self.dice.percent(50) {
            return self.till_move();
        }
        let is_suspended = |agent| state.party.get(agent).unwrap().duty.is_suspended;
        if (is_suspended(&AGENT) || is_suspended(&SECOND_AGENT)) && self.dice.percent(30) {
            return Some(self.duty_move());
        }
        match self.dice.weighted(&[
            (22, "listing"),
            (20, "cash"),
            (16, "trip"),
            (16, "group"),
            (14, "till"),
            (8, "bank"),
            (4, "duty"),
        ]) {
            "listing" => self.listing_move(),
            "cash" => Some(self.cash_move()),
            "trip" => self.trip_move(),
            "group" => self.group_move(),
            "till" => self.till_move(),
            "bank" => Some(self.bank_move()),
            _ => Some(self.duty_move()),
        }
    }

    /// What happens to a box next.
    pub(super) fn parcel_move(&mut self, id: ParcelId) -> Option<Move> {
        let row = self.world.state.parcel.get(&id).unwrap().clone();
        if let Some(hop) = row.open_hop().copied()
            && self.dice.percent(75)
        {
            return Some(if hop.gave_at.is_some() {
                let (giver, taker) = (hop.giver, hop.taker);
                let code_digest = Some(CODE);
                (scanner(taker), parcel(C::Take { code_digest, giver, taker }, id))
            } else {
                (scanner(hop.giver), parcel(C::Give { taker: hop.taker }, id))
            });
        }
        match row.phase {
            P::Labelled => Some(self.labelled_move(&row)),
            P::HandedOver | P::OnTrip | P::Missing => self.road_move(&row),
            P::AtShop => self.counter_move(&row),
            P::PickedUp | P::Delivered => self.after_move(&row),
            P::Lost => Some(self.claim_move(&row)),
            P::Returning | P::Returned => Some(self.hand(&row, CARRIER)),
        }
    }

    /// One of the two scans of a change of hands.
    fn hand(&mut self, row: &Parcel, taker: PartyId) -> Move {
        let giver = if self.dice.percent(97) { row.holder } else { SECOND_CARRIER };
        let code_digest = self.dice.percent(95).then_some(CODE);
        if self.dice.percent(60) {
            (scanner(row.holder), parcel(C::Give { taker }, row.id))
        } else {
            (scanner(taker), parcel(C::Take { code_digest, giver, taker }, row.id))
        }
    }

    fn damage(&mut self, row: &Parcel) -> Move {
        let photos = vec![self.picture()];
        (scanner(row.holder), parcel(C::ReportDamage { photos }, row.id))
    }

    fn lose(row: &Parcel) -> Move {
        (by(STAFF), parcel(C::DeclareLost, row.id))
    }

    fn is_purchase(&self, row: &Parcel) -> bool {
        super::row(&self.world, row.order).flow == Flow::Purchase
    }

    fn labelled_move(&mut self, row: &Parcel) -> Move {
        match self.dice.below(40) {
            0 => self.damage(row),
            1 => Self::lose(row),
            2..5 if self.is_purchase(row) => self.hand(row, SHOP),
            5 => self.hand(row, SHOP),
            6..9 => self.hand(row, SECOND_CARRIER),
            _ => self.hand(row, CARRIER),
        }
    }

    fn road_move(&mut self, row: &Parcel) -> Option<Move> {
        let roll = self.dice.below(40);
        match roll {
            0 => Some(self.damage(row)),
            1..3 => Some(Self::lose(row)),
            3 => Some(self.claim_move(row)),
            4 => {
                let sender = super::row(&self.world, row.order).lines[0].seller;
                Some(self.hand(row, sender))
            }
            5..8 => Some(self.hand(row, SECOND_CARRIER)),
            8..10 => Some(self.hand(row, CARRIER)),
            10..15 => None,
            _ if self.is_purchase(row) => {
                let shop = if roll == 15 { AGENT } else { SHOP };
                Some(self.hand(row, shop))
            }
            _ => Some((by(row.holder), parcel(C::Deliver, row.id))),
        }
    }

    fn counter_move(&mut self, row: &Parcel) -> Option<Move> {
        let household = super::row(&self.world, row.order).buyer;
        let agent = if household == HOME { SECOND_AGENT } else { AGENT };
        match self.dice.below(20) {
            0 => Some((Actor::System, parcel(C::ReportWrongCode, row.id))),
            1 => {
                let code_digest = WRONG_CODE;
                Some((by(agent), parcel(C::PickUp { code_digest, proxy: None }, row.id)))
            }
            2 => {
                let proof = self.proof_of(household);
                let proxy = self.dice.pick(&[NEIGHBOUR_SON, MEMBER, KIN]);
                Some((by(agent), parcel(C::NameProxy { proof, proxy }, row.id)))
            }
            3 => Some(self.damage(row)),
            4 => Some(self.hand(row, CARRIER)),
            5 => {
                let (code_digest, proxy) = (CODE, row.proxy.or(Some(KIN)));
                Some((by(agent), parcel(C::PickUp { code_digest, proxy }, row.id)))
            }
            6..10 => None,
            _ => {
                let code_digest = CODE;
                Some((by(agent), parcel(C::PickUp { code_digest, proxy: None }, row.id)))
            }
        }
    }

    fn after_move(&mut self, row: &Parcel) -> Option<Move> {
        match self.dice.below(10) {
            0..3 => Some(self.damage(row)),
            3..6 => Some(self.claim_move(row)),
            6 => Some(self.hand(row, CARRIER)),
            _ => None,
        }
    }

    fn claim_move(&mut self, row: &Parcel) -> Move {
        let goods = super::row(&self.world, row.order).goods_minor();
        let command = if row.claim.is_some() && self.dice.percent(80) {
            C::PayClaim
        } else {
            C::AcceptClaim { amount_minor: self.dice.between(1, goods + 1) }
        };
        (by(STAFF), parcel(command, row.id))
    }

    fn listing_move(&mut self) -> Option<Move> {
        let state = &self.world.state;
        let phase = |id: &ListingId| state.listing.get(id).unwrap().phase;
        let is_off =
            |id: &&ListingId| !matches!(phase(id), ListingPhase::Live | ListingPhase::Ended);
        // What is off sale comes first, so that there is always something to buy.
        let off = CATALOGUE.iter().find(is_off).copied().filter(|_| self.dice.percent(85));
        let id = off.unwrap_or_else(|| self.dice.pick(CATALOGUE));
        let row = self.world.state.listing.get(&id).unwrap().clone();
        let (owner, reason) = (by(row.text.seller), "count".to_owned());
        let command = match row.phase {
            ListingPhase::Draft => L::Submit,
            ListingPhase::Review if self.dice.percent(15) => L::Edit { text: Box::new(row.text) },
            ListingPhase::Review => {
                let no = L::Reject { reason };
                let command = if self.dice.percent(80) { L::Approve } else { no };
                return Some((by(STAFF), listing(command, id)));
            }
            ListingPhase::Live => match self.dice.below(40) {
                0 => L::Pause,
                1 => L::Edit { text: Box::new(row.text) },
                2 if id == CRAFT || id == RADIO => {
                    return Some((by(STAFF), listing(L::TakeDown { reason }, id)));
                }
                3..8 => L::Price { price_minor: self.dice.between(901, 12_000) },
                8 => L::Stock { delta: self.dice.between(-10, 0), reason },
                _ => match row.stock.map_or(0, Stock::available) {
                    0..30 => L::Stock { delta: self.dice.between(1, 40), reason },
                    _ => return None,
                },
            },
            ListingPhase::Paused => L::Resume,
            ListingPhase::TakenDown if row.is_appealed => {
                let is_won = true;
                return Some((by(STAFF), listing(L::JudgeAppeal { is_won }, id)));
            }
            ListingPhase::TakenDown => L::Appeal,
            ListingPhase::Ended => return None,
        };
        Some((owner, listing(command, id)))
    }

    fn cash_move(&mut self) -> Move {
        let amount_minor = self.dice.between(1, 60_000);
        let (agent, shop, wallet) = self.dice.pick(&[
            (AGENT, SHOP, HOUSE),
            (AGENT, SHOP, NEIGHBOUR),
            (SECOND_AGENT, SECOND_SHOP, HOME),
            (AGENT, SHOP, BUYER),
        ]);
        let body = if self.dice.percent(75) {
            Body::CashIn { amount_minor, shop, wallet }
        } else {
            let proof = proof(self.proof_of(wallet).member);
            Body::CashOut { amount_minor, proof, shop, wallet }
        };
        (by(agent), body)
    }

    /// What the driver has in his hands for a trip.
    fn cargo(&self, carrier: PartyId) -> Vec<ParcelId> {
        let orders = self.live.iter().filter_map(|id| self.world.state.order.get(id));
        let all = orders.flat_map(|order| order.parcels.keys());
        let rows = all.filter_map(|id| self.world.state.parcel.get(id));
        let is_his = |row: &&Parcel| row.holder == carrier && row.phase == P::HandedOver;
        rows.filter(is_his).map(|row| row.id).take(4).collect()
    }

    fn trip_move(&mut self) -> Option<Move> {
        let carrier = self.dice.pick(&[CARRIER, CARRIER, SECOND_CARRIER]);
        let Some(id) = self.trips.last().copied().filter(|_| self.dice.percent(90)) else {
            let id = self.fresh();
            return Some((by(carrier), trip(T::Plan { carrier }, id)));
        };
        let row = self.world.state.trip.get(&id).unwrap().clone();
        let parcels = self.cargo(row.carrier);
        let command = match row.phase {
            TripPhase::Planned | TripPhase::Loading
                if !parcels.is_empty() && self.dice.percent(70) =>
            {
                T::Load { parcels }
            }
            TripPhase::Planned => return None,
            TripPhase::Loading if self.dice.percent(70) => {
                let counted = u32::try_from(row.manifest.len()).unwrap();
                T::Depart { counted: counted + u32::from(self.dice.percent(10)) }
            }
            TripPhase::Loading | TripPhase::Departed => {
                let mut counted: BTreeSet<ParcelId> = row.manifest.keys().copied().collect();
                if self.dice.percent(30) {
                    counted.pop_first();
                }
                T::Arrive { counted }
            }
            TripPhase::Arrived => {
                let close = T::Close { cost_minor: self.dice.between(0, 5_000) };
                return Some((by(STAFF), trip(close, id)));
            }
            TripPhase::Closed => {
                self.trips.pop();
                return None;
            }
        };
        Some((by(row.carrier), trip(command, id)))
    }

    fn group_move(&mut self) -> Option<Move> {
        if self.groups.len() < 2 || self.dice.percent(5) {
            let price = self.world.state.listing.get(&FEED).unwrap().price_minor;
            let tier = |from_quantity, price_minor| Tier { from_quantity, price_minor };
            let tiers = vec![tier(4, price * 9 / 10), tier(8, price * 8 / 10)];
            let hours = u32::try_from(self.dice.between(1, 200)).unwrap();
            let id = self.fresh();
            return Some((by(AGENT), group(G::Open { hours, listing: FEED, tiers }, id)));
        }
        let id = self.dice.pick(&self.groups.clone());
        let row = self.world.state.group.get(&id).unwrap().clone();
        let reason = "no lorry".to_owned();
        let command = match (row.phase, self.dice.below(20)) {
            (GroupPhase::Open | GroupPhase::Closed | GroupPhase::Ordered, 0) => {
                G::CallOff { reason }
            }
            (GroupPhase::Open, 1..4) => G::Close,
            (GroupPhase::Open, _) => {
                let household = self.dice.pick(&[HOUSE, NEIGHBOUR]);
                let quantity = u32::try_from(self.dice.between(1, 3)).unwrap();
                G::Join { household, proof: self.proof_of(household), quantity }
            }
            (GroupPhase::Closed, _) => G::Order,
            (GroupPhase::Ordered, _) => G::HandOut,
            _ => {
                self.groups.retain(|group| *group != id);
                return None;
            }
        };
        Some((by(AGENT), group(command, id)))
    }

    fn till_move(&mut self) -> Option<Move> {
        let (agent, shop) = self.dice.pick(&[(AGENT, SHOP), (SECOND_AGENT, SECOND_SHOP)]);
        let drawer = AccountKey::party(Code::DRAWER, shop);
        let booked = balances(&self.world, &[drawer])[0];
        let counted_minor = match self.dice.below(30) {
            0..2 => booked + self.dice.between(1, 900),
            2..4 => (booked - self.dice.between(1, 900)).max(0),
            4 => (booked - 60_000).max(0),
            _ => booked,
        };
        let open = self.world.state.drawer.get(&shop).map(|(_, till)| *till);
        let Some(id) = open else {
            let id = self.fresh();
            return Some((by(agent), till(K::Open { counted_minor, shop }, id)));
        };
        let id = if self.dice.percent(25) { self.dice.pick(&self.tills.clone()) } else { id };
        let row = self.world.state.till.get(&id).unwrap().clone();
        let amount_minor = self.dice.between(1, booked.max(1));
        let (who, command) = match (row.phase, self.dice.below(10)) {
            (TillPhase::Open, 0..4) => (row.agent, K::Close { counted_minor }),
            (TillPhase::Closed, 0..8) => (STAFF, K::Reconcile),
            (TillPhase::Reconciled, _) => {
                self.tills.retain(|other| *other != id);
                return None;
            }
            _ => (row.agent, K::Bank { amount_minor }),
        };
        Some((by(who), till(command, id)))
    }

    fn bank_move(&mut self) -> Move {
        let clearing = balances(&self.world, &[PSP])[0];
        if self.dice.percent(40) && clearing > 0 {
            let gross_minor = self.dice.between(1, clearing);
            let fee_minor = gross_minor / 167;
            return (by(STAFF), Body::SettleProcessor { fee_minor, gross_minor });
        }
        let account = self.dice.pick(&[
            SUPPLIER_DUE,
            CARRIER_DUE,
            BUYER_WALLET,
            AGENT_WALLET,
            COOP_FEES,
            COOP_PACKAGING,
            AccountKey::party(Code::PAYABLE_SUPPLIER, SECOND_SUPPLIER),
            WALLET,
        ]);
        let there = balances(&self.world, &[account])[0];
        let minor = self.dice.pick(&[there, there, there / 2, there + 1]);
        let mut payees = vec![(account, minor)];
        if self.dice.percent(10) {
            payees.push((account, minor));
        }
        (by(STAFF), Body::PayOut { payees })
    }

    /// The county suspends an agent, has a look at one, or lets one serve again.
    fn duty_move(&mut self) -> Move {
        let agent = self.dice.pick(&[AGENT, SECOND_AGENT]);
        let days = i32::try_from(self.dice.between(1, 20)).unwrap();
        let today = self.world.now().today.days();
        let later = self.world.later(u32::try_from(days).unwrap() * DAY);
        let mut duty = Duty::default();
        match self.dice.below(12) {
            0 => duty.is_suspended = true,
            1 => duty.review_until = Some(later),
            2 => duty.probation_until = crate::time::Date::from_days(today + days),
            _ => {}
        }
        (by(STAFF), Body::Certify { agent, certified: EVERY_MODULE.into(), duty })
    }

    /// Everybody serves again, so that what waits for an agent goes on.
    pub(super) fn reinstate(&mut self) {
        for agent in [AGENT, SECOND_AGENT] {
            let (certified, duty) = (EVERY_MODULE.into(), Duty::default());
            self.submit(by(STAFF), Body::Certify { agent, certified, duty }).unwrap();
        }
    }

    /// Whether an order may stand still for ever, because a person must do something first.
    pub(super) fn waits_for_people(&self, id: OrderId) -> bool {
        let order = row(&self.world, id);
        let disputes = || self.disputes.iter().filter_map(|id| self.world.state.dispute.get(id));
        let in_dispute = disputes().any(|dispute| dispute.order == id);
        match order.phase {
            OrderPhase::Requested
            | OrderPhase::Funded
            | OrderPhase::Accepted
            | OrderPhase::Packed
            | OrderPhase::Confirmed
            | OrderPhase::InTransit => true,
            OrderPhase::Shipped | OrderPhase::Delivered | OrderPhase::PickedUp => in_dispute,
            _ => false,
        }
    }
}
