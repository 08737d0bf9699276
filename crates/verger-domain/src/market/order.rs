//! An order: a sale to the outside or an assisted purchase for a household, with its lines and the
//! money in its escrow. Owns how an event changes it and how its phase follows from its facts; must
//! not know who may do what.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::listing::ReturnClass;
use super::review::Review;
use super::split::{self, Released, Share};
use crate::codec::{self, Hash};
use crate::command::Proof;
use crate::id::{ListingId, LotId, OrderId, ParcelId, PartyId, PoolId, TripId, VillageId};
use crate::ledger::{AccountKey, Code};
use crate::time::{Date, Instant};

/// Which way an order goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flow {
    /// Village goods to an outside buyer.
    Sale,
    /// Outside goods to a household of the village.
    Purchase,
}

impl Flow {
    /// The name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sale => "sale",
            Self::Purchase => "purchase",
        }
    }
}

/// Where an order is. The same word means the same in both flows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderPhase {
    /// Sale: stock is held, money is awaited.
    Placed,
    /// Sale: the money is in escrow.
    Paid,
    /// Sale: the seller will deliver.
    Accepted,
    /// Sale: the boxes are closed.
    Packed,
    /// Sale: the carrier has them.
    Shipped,
    /// Sale: the buyer has them.
    Delivered,
    /// Purchase: somebody of the household asked for it.
    Requested,
    /// Purchase: the all-in price is known.
    Quoted,
    /// Purchase: the household agreed, by its own proof.
    Consented,
    /// Purchase: the money is in escrow.
    Funded,
    /// Purchase: the supplier has the order.
    Ordered,
    /// Purchase: the supplier will deliver.
    Confirmed,
    /// Purchase: the carrier has it.
    InTransit,
    /// Purchase: it waits at the shop.
    AtShop,
    /// Purchase: the household has it.
    PickedUp,
    /// The money went where it belongs.
    Completed,
    /// The time to pay or to agree ran out.
    Expired,
    /// The household did not want it.
    Declined,
    /// It was called off.
    Cancelled,
    /// All money went back.
    Refunded,
}

impl OrderPhase {
    /// All phases.
    pub const ALL: [Self; 20] = [
        Self::Placed,
        Self::Paid,
        Self::Accepted,
        Self::Packed,
        Self::Shipped,
        Self::Delivered,
        Self::Requested,
        Self::Quoted,
        Self::Consented,
        Self::Funded,
        Self::Ordered,
        Self::Confirmed,
        Self::InTransit,
        Self::AtShop,
        Self::PickedUp,
        Self::Completed,
        Self::Expired,
        Self::Declined,
        Self::Cancelled,
        Self::Refunded,
    ];

    /// The name in the API and the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Placed => "placed",
            Self::Paid => "paid",
            Self::Accepted => "accepted",
            Self::Packed => "packed",
            Self::Shipped => "shipped",
            Self::Delivered => "delivered",
            Self::Requested => "requested",
            Self::Quoted => "quoted",
            Self::Consented => "consented",
            Self::Funded => "funded",
            Self::Ordered => "ordered",
            Self::Confirmed => "confirmed",
            Self::InTransit => "in_transit",
            Self::AtShop => "at_shop",
            Self::PickedUp => "picked_up",
            Self::Completed => "completed",
            Self::Expired => "expired",
            Self::Declined => "declined",
            Self::Cancelled => "cancelled",
            Self::Refunded => "refunded",
        }
    }

    /// The phase with this name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.name() == name)
    }

    /// Whether nothing can happen to the order any more.
    pub const fn is_end(self) -> bool {
        matches!(
            self,
            Self::Completed | Self::Expired | Self::Declined | Self::Cancelled | Self::Refunded
        )
    }
}

/// How the buyer of a sale pays, which says how long stock is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayBy {
    /// At once, by the payment provider.
    Online,
    /// By bank transfer.
    Transfer,
    /// In cash at the counter.
    Cash,
}

/// Where a line's money is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineState {
    /// In escrow.
    Open,
    /// In escrow, disputed: not released before that is settled.
    Frozen,
    /// With the seller's side.
    Released,
}

/// One line of an order. Prices and fees are those of the moment of payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    /// How long it lasts, and which returns there are.
    pub class: ReturnClass,
    /// The agent's commission.
    pub commission_bps: u32,
    /// The cooperative's fee, where it is the seller.
    pub cooperative_bps: u32,
    /// What was ordered.
    pub listing: ListingId,
    /// Box and foam for all its pieces.
    pub packaging_minor: i64,
    /// The platform's fee.
    pub platform_bps: u32,
    /// The price of one.
    pub price_minor: i64,
    /// Which price of the listing that was.
    pub price_version: u32,
    /// Where its proceeds go.
    pub proceeds: AccountKey,
    /// How many.
    pub quantity: u32,
    /// What was refunded of it.
    pub refunded_minor: i64,
    /// Who sells it.
    pub seller: PartyId,
    /// Where its money is.
    pub state: LineState,
    /// What the township shop asks for all its pieces, where known.
    pub township_minor: Option<i64>,
    /// The weight of all its pieces, in grams.
    pub weight_g: i64,
}

impl OrderLine {
    /// Its price before refunds.
    pub fn goods_minor(&self) -> i64 {
        self.price_minor.saturating_mul(i64::from(self.quantity))
    }

    /// What is left of its price after refunds.
    pub fn left_minor(&self) -> i64 {
        self.goods_minor().saturating_sub(self.refunded_minor)
    }

    /// What the split sees of the line: refunds make it smaller, and every fee with it (M-4).
    fn share(&self) -> Share {
        Share {
            commission_bps: self.commission_bps,
            cooperative_bps: self.cooperative_bps,
            goods_minor: self.left_minor(),
            packaging_minor: self.packaging_minor,
            platform_bps: self.platform_bps,
        }
    }
}

/// Which stations an order has passed, and when. Its phase follows from these and its money.
pub type Reached = BTreeMap<OrderPhase, Instant>;

/// The number of a line in its order, from 0. As a key it has two digits, so that the canonical
/// order of keys is the order of the lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineNo(pub u8);

impl LineNo {
    /// The numbers of `count` lines.
    pub fn first(count: usize) -> impl Iterator<Item = Self> {
        (0..=u8::MAX).map(Self).take(count)
    }
}

impl fmt::Display for LineNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}", self.0)
    }
}
impl Serialize for LineNo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for LineNo {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        let wrong = || serde::de::Error::custom("a line reads as a number from 00 to 99");
        text.parse().ok().filter(|number| *number < 100).map(Self).ok_or_else(wrong)
    }
}

/// What of one lot of a pool is in the boxes of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LotPart {
    /// How much, in grams.
    pub grams: i64,
    /// Whose fruit it is.
    pub household: PartyId,
    /// The pool it was taken out of.
    pub pool: PoolId,
}

/// An order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, not a state")]
pub struct Order {
    /// Who earns the commission: the agent who sells or who serves the household.
    pub agent: Option<PartyId>,
    /// The outside buyer, or the household.
    pub buyer: PartyId,
    /// Whether it goes by surface post.
    pub by_surface: bool,
    /// Who carries it.
    pub carrier: Option<PartyId>,
    /// What refunds took back of the commission after it was released.
    pub commission_reversed_minor: i64,
    /// How many disputes about it are open.
    pub disputes_open: u32,
    /// When its timer is due, if one is set or waits for a dispute to end.
    pub due_at: Option<Instant>,
    /// Purchase: the day on which it shall be at the shop.
    pub due_on: Option<Date>,
    /// Which way it goes.
    pub flow: Flow,
    /// What the carrier is promised.
    pub freight_minor: i64,
    /// What was refunded of the freight.
    pub freight_refunded_minor: i64,
    /// What the seller gave back after the money had been released.
    pub goodwill_minor: i64,
    /// Its id.
    pub id: OrderId,
    /// Whether its pools still wait for its money.
    #[serde(default, skip_serializing_if = "codec::is_default")]
    pub is_awaited: bool,
    /// Whether a panel found one of its sides dishonest: then it proves nothing.
    pub is_dishonest: bool,
    /// Whether its buyer has used the one extension.
    pub is_extended: bool,
    /// Whether the agent is too close to one of the sides to earn or to prove anything by it.
    pub is_self_dealing: bool,
    /// Whether the commission went into the agent's wallet.
    pub is_vested: bool,
    /// Its lines.
    pub lines: Vec<OrderLine>,
    /// Which lots of a pool are in its boxes.
    #[serde(default, skip_serializing_if = "codec::is_default")]
    pub lots: BTreeMap<LotId, LotPart>,
    /// Who made what is in its boxes, in grams.
    pub makers: BTreeMap<PartyId, i64>,
    /// What the escrow received.
    pub paid_minor: i64,
    /// Its boxes, and whether each has passed on towards the next station.
    pub parcels: BTreeMap<ParcelId, bool>,
    /// How the buyer of a sale pays.
    pub pay_by: PayBy,
    /// Who used the source it was paid from first, where that was not the buyer himself; the
    /// household, where it was one of its members.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer: Option<PartyId>,
    /// Where it is: what follows from the other fields, kept to be asked for.
    pub phase: OrderPhase,
    /// The household's own agreement to the quote.
    pub proof: Option<Proof>,
    /// The stations it has passed.
    pub reached: Reached,
    /// What has left the escrow towards the seller's side.
    pub released: Released,
    /// What its buyer said of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Review>,
    /// SHA-256 of the secret in the buyer's link; absent for purchases.
    #[serde(with = "codec::opt_hex_hash")]
    pub secret_hash: Option<Hash>,
    /// What arrived for it but not in its escrow: too little, kept in the buyer's wallet.
    pub short_minor: i64,
    /// Purchase: the trip it is ordered for.
    pub trip: Option<TripId>,
    /// How many events it has seen.
    pub version: u32,
    /// Its village.
    pub village: VillageId,
}

impl Order {
    /// The key of its escrow account.
    pub const fn escrow(&self) -> AccountKey {
        AccountKey { code: Code::ESCROW, owner: self.id.bits() }
    }

    /// The price of all its goods before refunds.
    pub fn goods_minor(&self) -> i64 {
        split::total(self.lines.iter().map(OrderLine::goods_minor))
    }

    /// All there is to pay.
    pub fn total_minor(&self) -> i64 {
        self.goods_minor().saturating_add(self.freight_minor)
    }

    /// What a household pays less than in the township, the way to the shop included: less than
    /// nothing where it pays more. Lines count whose price there is known.
    pub fn saved_minor(&self) -> i64 {
        let saved =
            |line: &OrderLine| Some(line.township_minor?.saturating_sub(line.goods_minor()));
        let saved: Vec<i64> = self.lines.iter().filter_map(saved).collect();
        if saved.is_empty() {
            return 0;
        }
        split::total(saved.into_iter()).saturating_sub(self.freight_minor)
    }

    /// All that went back to the buyer out of the escrow.
    pub fn refunded_minor(&self) -> i64 {
        let lines = self.lines.iter().map(|line| line.refunded_minor);
        split::total(lines).saturating_add(self.freight_refunded_minor)
    }

    /// Whether its buyer may say now how it was: once, and never of what he sold himself, or praise
    /// would be for sale (M-57).
    pub fn can_be_reviewed(&self) -> bool {
        let is_own = self.is_self_dealing || self.review.is_some();
        self.flow == Flow::Sale && self.phase == OrderPhase::Completed && !is_own
    }

    /// The freight that is still in escrow, in minor units: neither refunded nor released.
    pub fn freight_left_minor(&self) -> i64 {
        self.freight_minor
            .saturating_sub(self.freight_refunded_minor)
            .saturating_sub(self.released.freight_minor)
    }

    /// What its escrow account holds if the books are right.
    pub fn in_escrow_minor(&self) -> i64 {
        let gone = self.refunded_minor().saturating_add(self.released.total_minor());
        self.paid_minor.saturating_sub(gone)
    }

    /// The weight that was sold, in grams.
    pub fn weight_g(&self) -> i64 {
        split::total(self.lines.iter().map(|line| line.weight_g))
    }

    /// The most delicate of its lines, which sets its times.
    pub fn class(&self) -> ReturnClass {
        self.lines.iter().map(|line| line.class).min().unwrap_or(ReturnClass::Days7)
    }

    /// The bits of the ids of all that a review of it is about: its listings and the households that
    /// made what was in its boxes.
    pub fn reviewed(&self) -> impl Iterator<Item = u128> {
        let listings = self.lines.iter().map(|line| line.listing.bits());
        listings.chain(self.makers.keys().map(|maker| maker.bits()))
    }

    /// When it reached a station.
    pub fn at(&self, phase: OrderPhase) -> Option<Instant> {
        self.reached.get(&phase).copied()
    }

    /// The totals once the open lines are released beside those that are.
    pub fn released_next(&self) -> Released {
        let goes = |line: &&OrderLine| line.state != LineState::Frozen;
        let shares: Vec<Share> = self.lines.iter().filter(goes).map(OrderLine::share).collect();
        let freight_minor = self.freight_minor.saturating_sub(self.freight_refunded_minor);
        split::released(&shares, freight_minor).after(&self.released)
    }

    /// What the sellers of the lines that are released next get, account by account: the rest after
    /// all fees, in proportion to what is left of each line.
    pub fn rest_next(&self) -> Vec<(AccountKey, i64)> {
        let rest = self.released_next().since(&self.released).rest_minor;
        let mut weights: BTreeMap<AccountKey, i64> = BTreeMap::new();
        for line in self.lines.iter().filter(|line| line.state == LineState::Open) {
            let weight = weights.entry(line.proceeds).or_default();
            *weight = weight.saturating_add(line.left_minor());
        }
        let weights: Vec<_> = weights.into_iter().collect();
        split::largest_remainder(rest, &weights)
    }

    /// The phase that follows from the money and the stations: what `verger check` compares with
    /// the stored one.
    pub fn derived_phase(&self) -> OrderPhase {
        use OrderPhase as P;
        let called_off = [P::Expired, P::Declined, P::Cancelled];
        let end = called_off.into_iter().find(|end| self.reached.contains_key(end));
        if let Some(end) = end {
            return end;
        }
        if self.paid_minor > 0 && self.in_escrow_minor() == 0 {
            return if self.released.goods_minor > 0 { P::Completed } else { P::Refunded };
        }
        let unpaid: &[P] = match self.flow {
            Flow::Sale => &[P::Placed],
            Flow::Purchase => &[P::Consented, P::Quoted, P::Requested],
        };
        let paid: &[P] = match self.flow {
            Flow::Sale => &[P::Delivered, P::Shipped, P::Packed, P::Accepted, P::Paid],
            Flow::Purchase => {
                &[P::PickedUp, P::AtShop, P::InTransit, P::Confirmed, P::Ordered, P::Funded]
            }
        };
        let stations = if self.paid_minor > 0 { paid } else { unpaid };
        let latest = stations.iter().find(|phase| self.reached.contains_key(phase));
        latest.copied().unwrap_or(self.phase)
    }

    /// Changes the order as the event says.
    /// The phase is never set: it is derived anew from stations and money (M-5).
    pub fn apply(&mut self, event: &OrderEvent, at: Instant) {
        self.version = self.version.saturating_add(1);
        match event {
            OrderEvent::Frozen { .. }
            | OrderEvent::Thawed { .. }
            | OrderEvent::Refunded { .. }
            | OrderEvent::Released(_)
            | OrderEvent::GoodwillGiven { .. }
            | OrderEvent::Vested => self.apply_money(event),
            event => self.apply_step(event, at),
        }
        self.phase = self.derived_phase();
    }

    /// What moves the order on; no money leaves the escrow here.
    fn apply_step(&mut self, event: &OrderEvent, at: Instant) {
        match event {
            OrderEvent::Reached { due_at, phase } => {
                self.reached.insert(*phase, at);
                self.due_at = *due_at;
                // The boxes have to pass the next station one by one, too.
                self.parcels.values_mut().for_each(|has_passed| *has_passed = false);
            }
            OrderEvent::DueSet { due_at } => self.due_at = *due_at,
            OrderEvent::Extended { due_at } => {
                self.due_at = Some(*due_at);
                self.is_extended = true;
            }
            OrderEvent::Quoted { due_on, freight_minor } => {
                self.due_on = Some(*due_on);
                self.freight_minor = *freight_minor;
            }
            OrderEvent::Agreed { proof } => self.proof = Some(*proof),
            OrderEvent::PaidShort { amount_minor } => {
                self.short_minor = self.short_minor.saturating_add(*amount_minor);
            }
            OrderEvent::Paid { is_self_dealing, lines, paid_minor, payer } => {
                if !lines.is_empty() {
                    self.lines.clone_from(lines);
                }
                self.paid_minor = *paid_minor;
                self.payer = *payer;
                self.short_minor = 0;
                self.is_self_dealing = self.is_self_dealing || *is_self_dealing;
            }
            OrderEvent::BatchedInto { trip } => self.trip = *trip,
            OrderEvent::Boxed { by_surface, lots, makers, parcels } => {
                self.by_surface = *by_surface;
                self.lots.clone_from(lots);
                self.is_awaited = !lots.is_empty();
                self.makers.clone_from(makers);
                self.parcels = parcels.iter().map(|parcel| (*parcel, false)).collect();
            }
            OrderEvent::NoLongerAwaited => self.is_awaited = false,
            OrderEvent::Carried { carrier } => self.carrier = Some(*carrier),
            OrderEvent::Reviewed(review) => self.review = Some(review.clone()),
            OrderEvent::ParcelPassed { parcel } => {
                self.parcels.insert(*parcel, true);
            }
            _ => {}
        }
    }

    /// What changes where the order's money is, or who may have it.
    fn apply_money(&mut self, event: &OrderEvent) {
        match event {
            OrderEvent::Frozen { lines } => {
                self.set_lines(lines, LineState::Frozen);
                self.disputes_open = self.disputes_open.saturating_add(1);
            }
            OrderEvent::Thawed { is_dishonest, lines } => {
                self.is_dishonest = self.is_dishonest || *is_dishonest;
                self.set_lines(lines, LineState::Open);
                self.disputes_open = self.disputes_open.saturating_sub(1);
            }
            OrderEvent::Refunded { freight_minor, lines } => {
                for (index, minor) in lines {
                    if let Some(line) = self.line_mut(*index) {
                        line.refunded_minor = line.refunded_minor.saturating_add(*minor);
                    }
                }
                let freight = &mut self.freight_refunded_minor;
                *freight = freight.saturating_add(*freight_minor);
            }
            OrderEvent::Released(released) => {
                self.released = *released;
                for line in &mut self.lines {
                    if line.state == LineState::Open {
                        line.state = LineState::Released;
                    }
                }
            }
            OrderEvent::GoodwillGiven { amount_minor, commission_minor } => {
                self.goodwill_minor = self.goodwill_minor.saturating_add(*amount_minor);
                let reversed = &mut self.commission_reversed_minor;
                *reversed = reversed.saturating_add(*commission_minor);
            }
            OrderEvent::Vested => {
                self.is_vested = true;
                self.due_at = None;
            }
            _ => {}
        }
    }

    /// The line with this number.
    pub fn line(&self, number: LineNo) -> Option<&OrderLine> {
        self.lines.get(usize::from(number.0))
    }

    fn line_mut(&mut self, number: LineNo) -> Option<&mut OrderLine> {
        self.lines.get_mut(usize::from(number.0))
    }

    fn set_lines(&mut self, lines: &[LineNo], state: LineState) {
        for index in lines {
            if let Some(line) = self.line_mut(*index) {
                line.state = state;
            }
        }
    }
}

/// Something that happened to an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderEvent {
    /// It was placed or requested.
    Placed(Box<Order>),
    /// It passed a station.
    Reached {
        /// When its timer is due next.
        due_at: Option<Instant>,
        /// The station.
        phase: OrderPhase,
    },
    /// Its timer was set anew, or cleared.
    DueSet {
        /// When it is due.
        due_at: Option<Instant>,
    },
    /// Its buyer asked for more time, once.
    Extended {
        /// When it completes by itself now.
        due_at: Instant,
    },
    /// Its all-in price is known.
    Quoted {
        /// The day on which it shall be at the shop.
        due_on: Date,
        /// The carrier's part of the price.
        freight_minor: i64,
    },
    /// The household agreed.
    Agreed {
        /// How.
        proof: Proof,
    },
    /// Less than its price arrived; it is in the buyer's wallet.
    PaidShort {
        /// How much.
        amount_minor: i64,
    },
    /// Its price arrived in escrow; prices and fees are frozen.
    Paid {
        /// Whether the payment shows that the agent deals with himself.
        is_self_dealing: bool,
        /// The lines as they stay; empty when they are as they were placed.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        lines: Vec<OrderLine>,
        /// How much is in escrow.
        paid_minor: i64,
        /// Who used its source first, where that was not the buyer himself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        payer: Option<PartyId>,
    },
    /// It goes with a trip.
    BatchedInto {
        /// The trip.
        trip: Option<TripId>,
    },
    /// Its boxes are closed.
    Boxed {
        /// Whether they go by surface post.
        by_surface: bool,
        /// Which lots of a pool are in them.
        #[serde(default, skip_serializing_if = "codec::is_default")]
        lots: BTreeMap<LotId, LotPart>,
        /// Who made what is in them, in grams.
        makers: BTreeMap<PartyId, i64>,
        /// The boxes.
        parcels: Vec<ParcelId>,
    },
    /// Its pools have its money, or will have none.
    NoLongerAwaited,
    /// A carrier took it.
    Carried {
        /// Who.
        carrier: PartyId,
    },
    /// One of its boxes has reached the next station.
    ParcelPassed {
        /// Which.
        parcel: ParcelId,
    },
    /// Lines were disputed.
    Frozen {
        /// Which.
        lines: Vec<LineNo>,
    },
    /// A dispute about lines ended.
    Thawed {
        /// Whether a panel found somebody dishonest.
        is_dishonest: bool,
        /// Which.
        lines: Vec<LineNo>,
    },
    /// Money went back to the buyer.
    Refunded {
        /// How much of the freight.
        freight_minor: i64,
        /// How much of which line.
        lines: BTreeMap<LineNo, i64>,
    },
    /// The open lines were released; the totals after it.
    Released(Released),
    /// The seller gave money back after the release.
    GoodwillGiven {
        /// How much.
        amount_minor: i64,
        /// The agent's part of it.
        commission_minor: i64,
    },
    /// The commission is the agent's for good.
    Vested,
    /// Its buyer said how it was.
    Reviewed(Review),
}
