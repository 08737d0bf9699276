//! A group purchase: households join at the list price, and the more pieces, the less each pays.
//! Owns tiers and how an event changes it; must not move money.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::split::{self, Released, Share};
use crate::id::{GroupId, ListingId, PartyId, VillageId};
use crate::ledger::{AccountKey, Code};
use crate::time::Instant;

/// Where a group purchase is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupPhase {
    /// Households join.
    Open,
    /// A tier was reached, and the difference was refunded.
    Closed,
    /// The supplier has the order.
    Ordered,
    /// It was handed out.
    HandedOut,
    /// The money went where it belongs.
    Settled,
    /// Too few joined, or it was called off: all money went back.
    Failed,
}

impl GroupPhase {
    /// All phases.
    pub const ALL: [Self; 6] =
        [Self::Open, Self::Closed, Self::Ordered, Self::HandedOut, Self::Settled, Self::Failed];

    /// The name in the API and the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Ordered => "ordered",
            Self::HandedOut => "handed_out",
            Self::Settled => "settled",
            Self::Failed => "failed",
        }
    }
}

/// A price from a number of pieces on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tier {
    /// From so many pieces of all households together.
    pub from_quantity: u32,
    /// One costs this.
    pub price_minor: i64,
}

/// What a household ordered and paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joined {
    /// Whether it is the agent's own household, on which he earns nothing.
    pub is_own: bool,
    /// What it paid at the list price, less what came back.
    pub paid_minor: i64,
    /// How many pieces.
    pub quantity: u32,
}

/// A group purchase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Who runs it and earns the commission.
    pub agent: PartyId,
    /// The agent's commission.
    pub commission_bps: u32,
    /// When its timer is due: it closes, or it settles.
    pub due_at: Option<Instant>,
    /// Its id.
    pub id: GroupId,
    /// Whether the commission went into the agent's wallet.
    pub is_vested: bool,
    /// Which households joined.
    pub joined: BTreeMap<PartyId, Joined>,
    /// The price before any tier.
    pub list_price_minor: i64,
    /// What is bought.
    pub listing: ListingId,
    /// Where it is.
    pub phase: GroupPhase,
    /// The platform's fee.
    pub platform_bps: u32,
    /// What has left the escrow towards the supplier's side.
    pub released: Released,
    /// The supplier.
    pub supplier: PartyId,
    /// The tiers, by rising quantity and falling price.
    pub tiers: Vec<Tier>,
    /// How many events it has seen.
    pub version: u32,
    /// Its village.
    pub village: VillageId,
}

impl Group {
    /// The key of its escrow account.
    pub const fn escrow(&self) -> AccountKey {
        AccountKey { code: Code::ESCROW, owner: self.id.bits() }
    }

    /// All pieces together.
    pub fn quantity(&self) -> u32 {
        self.joined.values().fold(0, |sum, joined| sum.saturating_add(joined.quantity))
    }

    /// What all households have in escrow.
    pub fn paid_minor(&self) -> i64 {
        split::total(self.joined.values().map(|joined| joined.paid_minor))
    }

    /// The tier that the pieces reach.
    pub fn tier(&self) -> Option<Tier> {
        let quantity = self.quantity();
        self.tiers.iter().rev().find(|tier| quantity >= tier.from_quantity).copied()
    }

    /// What each household gets back at this price.
    pub fn refunds(&self, price_minor: i64) -> BTreeMap<PartyId, i64> {
        let back = |joined: &Joined| {
            let price = price_minor.saturating_mul(i64::from(joined.quantity));
            joined.paid_minor.saturating_sub(price)
        };
        self.joined.iter().map(|(household, joined)| (*household, back(joined))).collect()
    }

    /// The totals at the release.
    /// The agent earns nothing on what his own household bought (M-60).
    pub fn release(&self) -> Released {
        let share = |joined: &Joined| Share {
            commission_bps: if joined.is_own { 0 } else { self.commission_bps },
            cooperative_bps: 0,
            goods_minor: joined.paid_minor,
            packaging_minor: 0,
            platform_bps: self.platform_bps,
        };
        let shares: Vec<Share> = self.joined.values().map(share).collect();
        split::released(&shares, 0)
    }

    /// Changes the group purchase as the event says.
    pub fn apply(&mut self, event: &GroupEvent) {
        self.version = self.version.saturating_add(1);
        match event {
            GroupEvent::Opened(_) => {}
            GroupEvent::Joined { household, is_own, paid_minor, quantity } => {
                let joined = self.joined.entry(*household).or_default();
                joined.is_own = *is_own;
                joined.paid_minor = joined.paid_minor.saturating_add(*paid_minor);
                joined.quantity = joined.quantity.saturating_add(*quantity);
            }
            GroupEvent::Closed { refunds } => {
                self.phase = GroupPhase::Closed;
                self.due_at = None;
                self.take_back(refunds);
            }
            GroupEvent::Failed { refunds } => {
                self.phase = GroupPhase::Failed;
                self.due_at = None;
                self.take_back(refunds);
            }
            GroupEvent::Ordered => self.phase = GroupPhase::Ordered,
            GroupEvent::HandedOut { due_at } => {
                self.phase = GroupPhase::HandedOut;
                self.due_at = Some(*due_at);
            }
            GroupEvent::Settled { due_at, released } => {
                self.phase = GroupPhase::Settled;
                self.released = *released;
                self.due_at = *due_at;
            }
            GroupEvent::Vested => {
                self.is_vested = true;
                self.due_at = None;
            }
        }
    }

    /// What went back is no longer paid, so that the release shares only what is left.
    fn take_back(&mut self, refunds: &BTreeMap<PartyId, i64>) {
        for (household, minor) in refunds {
            if let Some(joined) = self.joined.get_mut(household) {
                joined.paid_minor = joined.paid_minor.saturating_sub(*minor);
            }
        }
    }
}

/// Something that happened to a group purchase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupEvent {
    /// It was opened.
    Opened(Box<Group>),
    /// A household joined, or took more.
    Joined {
        /// Which.
        household: PartyId,
        /// Whether it is the agent's own.
        is_own: bool,
        /// What it paid.
        paid_minor: i64,
        /// How many pieces.
        quantity: u32,
    },
    /// A tier was reached.
    Closed {
        /// What each household got back.
        refunds: BTreeMap<PartyId, i64>,
    },
    /// Too few joined, or it was called off.
    Failed {
        /// What each household got back: everything.
        refunds: BTreeMap<PartyId, i64>,
    },
    /// The supplier has the order.
    Ordered,
    /// It was handed out.
    HandedOut {
        /// When it settles, if no one complains.
        due_at: Instant,
    },
    /// The money went where it belongs.
    Settled {
        /// When the commission vests.
        due_at: Option<Instant>,
        /// The totals.
        released: Released,
    },
    /// The commission is the agent's for good.
    Vested,
}
