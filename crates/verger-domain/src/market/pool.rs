//! A pool of the cooperative: one variety and grade of a window, sold together and shared out by
//! grams. Owns what is in it and how an event changes it; must not move money. The arithmetic of
//! the shares is in `share`.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::lot::Grade;
use super::share::{Due, Statement};
use crate::codec::is_default;
use crate::id::{LotId, PartyId, PoolId, VillageId, VoteId};
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

/// What went back to buyers for the fruit of one lot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LotClaim {
    /// How much of the pool's grade the lot brought, in grams.
    pub grams: i64,
    /// Whose it is.
    pub household: PartyId,
    /// How much went back, in minor units.
    pub minor: i64,
}

/// A pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pool {
    /// Who of the board agrees to the account.
    pub approved_by: BTreeSet<PartyId>,
    /// Advances that the pool did not earn and the reserve did not cover: nobody's debt.
    #[serde(default, skip_serializing_if = "is_default")]
    pub carried_minor: i64,
    /// What went back to buyers, by the lot whose fruit it was.
    #[serde(default, skip_serializing_if = "is_default")]
    pub claims: BTreeMap<LotId, LotClaim>,
    /// The lots whose weight or grades are in doubt: the pool does not close before they are clear.
    #[serde(default, skip_serializing_if = "is_default")]
    pub contested: BTreeSet<LotId>,
    /// Whose it is; none where the staff opened it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub cooperative: Option<PartyId>,
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
    /// The vote by which the members accepted the account: then no single one can stop it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ratified: Option<VoteId>,
    /// What each household brought.
    pub shares: BTreeMap<PartyId, PoolShare>,
    /// The account that members agree to, once it is drawn up.
    #[serde(default, skip_serializing_if = "is_default")]
    pub statement: Option<Statement>,
    /// The last day of its lots.
    pub to: Date,
    /// The variety.
    pub variety: String,
    /// How many events it has seen.
    pub version: u32,
    /// Its village.
    pub village: VillageId,
    /// Who weighed its lots: they and their houses do not approve it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub weighers: BTreeSet<PartyId>,
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

    /// What each household is due of `net_minor`; see [`super::share::dues`].
    pub fn dues(&self, net_minor: i64, shared_bps: u32) -> BTreeMap<PartyId, Due> {
        super::share::dues(&self.shares, &self.claims, net_minor, shared_bps)
    }

    /// Changes the pool as the event says.
    pub fn apply(&mut self, event: &PoolEvent) {
        self.version = self.version.saturating_add(1);
        match event {
            PoolEvent::Opened(_) => {}
            PoolEvent::Received { advance_minor, grams, household, lot, weigher } => {
                let share = self.shares.entry(*household).or_default();
                share.grams = share.grams.saturating_add(*grams);
                share.advance_minor = share.advance_minor.saturating_add(*advance_minor);
                self.lots.insert(*lot);
                self.weighers.extend(weigher);
            }
            PoolEvent::Corrected { advance_minor, grams, household, lot, weigher } => {
                let share = self.shares.entry(*household).or_default();
                share.grams = share.grams.saturating_add(*grams);
                share.advance_minor = share.advance_minor.saturating_add(*advance_minor);
                if let Some(claim) = self.claims.get_mut(lot) {
                    claim.grams = claim.grams.saturating_add(*grams);
                }
                self.contested.remove(lot);
                self.weighers.insert(*weigher);
            }
            PoolEvent::Claimed { claims } => {
                for (lot, more) in claims {
                    let claim = self.claims.entry(*lot).or_insert(LotClaim { minor: 0, ..*more });
                    claim.minor = claim.minor.saturating_add(more.minor);
                }
            }
            PoolEvent::Doubted { lot } => {
                self.contested.insert(*lot);
            }
            PoolEvent::Cleared { lot } => {
                self.contested.remove(lot);
            }
            event => self.settle(event),
        }
    }

    fn settle(&mut self, event: &PoolEvent) {
        match event {
            PoolEvent::Closed => {
                self.phase = PoolPhase::Closed;
                self.due_at = None;
            }
            PoolEvent::Deferred { due_at } => self.due_at = Some(*due_at),
            PoolEvent::Accounted { net_minor, statement } => {
                self.phase = PoolPhase::Accounted;
                self.net_minor = *net_minor;
                self.statement = *statement;
                self.ratified = None;
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
            PoolEvent::Ratified { vote } => self.ratified = Some(*vote),
            PoolEvent::Paid { carried_minor, paid } => {
                self.phase = PoolPhase::Paid;
                self.due_at = None;
                self.carried_minor = *carried_minor;
                for (household, minor) in paid {
                    self.shares.entry(*household).or_default().paid_minor = *minor;
                }
            }
            PoolEvent::Covered { minor } => {
                self.carried_minor = self.carried_minor.saturating_sub(*minor);
            }
            _ => {}
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
        /// Who weighed it.
        #[serde(default, skip_serializing_if = "is_default")]
        weigher: Option<PartyId>,
    },
    /// A lot was weighed again.
    Corrected {
        /// What was paid for it on top of the first advance; what was too much stays paid.
        advance_minor: i64,
        /// How much more of the pool's grade it brought, in grams; negative when less.
        grams: i64,
        /// Whose it is.
        household: PartyId,
        /// Which.
        lot: LotId,
        /// Who weighed it again.
        weigher: PartyId,
    },
    /// The weight or the grades of a lot are in doubt.
    Doubted {
        /// Which.
        lot: LotId,
    },
    /// They are in doubt no more, as they were.
    Cleared {
        /// Which.
        lot: LotId,
    },
    /// Money went back to buyers for its fruit.
    Claimed {
        /// By lot.
        claims: BTreeMap<LotId, LotClaim>,
    },
    /// It could not close: a lot is in doubt, or an order is not over.
    Deferred {
        /// When it is tried again.
        due_at: Instant,
    },
    /// Its window and the time for claims are over.
    Closed,
    /// The bookkeeper said what there is to share.
    Accounted {
        /// How much.
        net_minor: i64,
        /// Line by line.
        #[serde(default, skip_serializing_if = "is_default")]
        statement: Option<Statement>,
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
    /// The members accepted the account by a vote.
    Ratified {
        /// Which.
        vote: VoteId,
    },
    /// Everybody has his share.
    Paid {
        /// Advances that were neither earned nor covered by the reserve.
        #[serde(default, skip_serializing_if = "is_default")]
        carried_minor: i64,
        /// What each household got at the end.
        paid: BTreeMap<PartyId, i64>,
    },
    /// The reserve covered advances that the pool had carried.
    Covered {
        /// How much.
        minor: i64,
    },
}
