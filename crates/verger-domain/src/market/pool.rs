//! A pool of the cooperative: one variety and grade of a window, sold together and shared out by
//! grams. Owns the arithmetic of the shares and how an event changes it; must not move money.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::lot::Grade;
use super::split::largest_remainder;
use crate::id::{LotId, PartyId, PoolId, VillageId};
use crate::ledger::{AccountKey, Code};
use crate::time::{Date, Instant};

/// Where a pool is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PoolPhase {
    /// Lots come in, boxes go out.
    Open,
    /// Its window and the time for claims are over.
    Closed,
    /// The bookkeeper says what there is to share.
    Accounted,
    /// Two members of the board agree; any member may object.
    Approved,
    /// Everybody has his share.
    Paid,
}

impl PoolPhase {
    /// All phases.
    pub const ALL: [Self; 5] =
        [Self::Open, Self::Closed, Self::Accounted, Self::Approved, Self::Paid];

    /// The name in the API and the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Accounted => "accounted",
            Self::Approved => "approved",
            Self::Paid => "paid",
        }
    }
}

/// What a household brought into a pool, and what it got for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolShare {
    /// What it got when it brought it.
    pub advance_minor: i64,
    /// How much, in grams.
    pub grams: i64,
    /// What it got at the end.
    pub paid_minor: i64,
}

/// A pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pool {
    /// Who of the board agrees to the account.
    pub approved_by: BTreeSet<PartyId>,
    /// When its timer is due: it closes, or it pays.
    pub due_at: Option<Instant>,
    /// The floor price of a kilogram, of which the advance is a part, in minor units.
    pub floor_minor_per_kg: i64,
    /// The first day of its lots.
    pub from: Date,
    /// The grade.
    pub grade: Grade,
    /// Its id.
    pub id: PoolId,
    /// The lots in it.
    pub lots: BTreeSet<LotId>,
    /// What there is to share, once it is accounted.
    pub net_minor: i64,
    /// Where it is.
    pub phase: PoolPhase,
    /// What each household brought.
    pub shares: BTreeMap<PartyId, PoolShare>,
    /// The last day of its lots.
    pub to: Date,
    /// The variety.
    pub variety: String,
    /// How many events it has seen.
    pub version: u32,
    /// Its village.
    pub village: VillageId,
}

/// What the end of a pool means for one household.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// Its part of the net, by grams.
    pub due_minor: i64,
    /// What it still gets.
    pub pay_minor: i64,
    /// How much of its advance is settled; the rest is carried by the pool, never a debt.
    pub settled_minor: i64,
}

impl Pool {
    /// The key of the account that holds what it sold.
    pub const fn account(&self) -> AccountKey {
        AccountKey { code: Code::POOL, owner: self.id.bits() }
    }

    /// The key of the account of its advances.
    pub const fn advances(&self) -> AccountKey {
        AccountKey { code: Code::POOL_ADVANCES, owner: self.id.bits() }
    }

    /// The advance for grams of its grade: a part of the floor price, floored once.
    pub fn advance_minor(&self, grams: i64, advance_bps: u32) -> i64 {
        let value = i128::from(grams)
            .saturating_mul(self.floor_minor_per_kg.into())
            .saturating_mul(advance_bps.into());
        i64::try_from(value.div_euclid(10_000_000)).unwrap_or(i64::MAX)
    }

    /// What each household is due of `net_minor`: by grams, largest remainder, ties by household.
    pub fn dues(&self, net_minor: i64) -> BTreeMap<PartyId, Due> {
        let weights: Vec<_> = self.shares.iter().map(|(who, share)| (*who, share.grams)).collect();
        let dues = largest_remainder(net_minor, &weights).into_iter();
        dues.map(|(who, due_minor)| {
            let advance = self.shares.get(&who).map_or(0, |share| share.advance_minor);
            let settled_minor = due_minor.min(advance);
            let pay_minor = due_minor.saturating_sub(settled_minor);
            (who, Due { due_minor, pay_minor, settled_minor })
        })
        .collect()
    }

    /// Changes the pool as the event says.
    pub fn apply(&mut self, event: &PoolEvent) {
        self.version = self.version.saturating_add(1);
        match event {
            PoolEvent::Opened(_) => {}
            PoolEvent::Received { advance_minor, grams, household, lot } => {
                let share = self.shares.entry(*household).or_default();
                share.grams = share.grams.saturating_add(*grams);
                share.advance_minor = share.advance_minor.saturating_add(*advance_minor);
                self.lots.insert(*lot);
            }
            PoolEvent::Closed => {
                self.phase = PoolPhase::Closed;
                self.due_at = None;
            }
            PoolEvent::Accounted { net_minor } => {
                self.phase = PoolPhase::Accounted;
                self.net_minor = *net_minor;
            }
            PoolEvent::Approved { by, due_at } => {
                self.approved_by.insert(*by);
                if due_at.is_some() {
                    self.phase = PoolPhase::Approved;
                    self.due_at = *due_at;
                }
            }
            PoolEvent::Objected { .. } => {
                self.phase = PoolPhase::Closed;
                self.approved_by.clear();
                self.due_at = None;
            }
            PoolEvent::Paid { paid } => {
                self.phase = PoolPhase::Paid;
                self.due_at = None;
                for (household, minor) in paid {
                    self.shares.entry(*household).or_default().paid_minor = *minor;
                }
            }
        }
    }
}

/// Something that happened to a pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PoolEvent {
    /// It was opened.
    Opened(Box<Pool>),
    /// A lot came in.
    Received {
        /// What was paid for it at once.
        advance_minor: i64,
        /// The grams of the pool's grade in it.
        grams: i64,
        /// Whose it is.
        household: PartyId,
        /// Which.
        lot: LotId,
    },
    /// Its window and the time for claims are over.
    Closed,
    /// The bookkeeper said what there is to share.
    Accounted {
        /// How much.
        net_minor: i64,
    },
    /// A member of the board agreed; the second one starts the time for objections.
    Approved {
        /// Who.
        by: PartyId,
        /// When it pays, once two agree.
        due_at: Option<Instant>,
    },
    /// A member objected; the bookkeeper has to account again.
    Objected {
        /// Who.
        by: PartyId,
        /// Why.
        reason: String,
    },
    /// Everybody has his share.
    Paid {
        /// What each household got at the end.
        paid: BTreeMap<PartyId, i64>,
    },
}
