//! What happens to a borrower's loans, as data: the events that the state is folded from. Owns their
//! shapes; must not say what they do. Source: `50-credit` 4.11; rules CR-24 to CR-26.

use serde::{Deserialize, Serialize};

use super::terms::{Part, Terms};
use crate::id::{PartyId, TrancheId};
use crate::time::Date;

/// One event of a borrower's line, with the two days it has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The day it counts from.
    pub effective_on: Date,
    /// Whether a later event took it back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_reversed: bool,
    /// Its number on this line, in the order of recording, from 0.
    pub number: u32,
    /// What happened.
    pub op: Op,
    /// The day it was written down.
    pub recorded_on: Date,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// Money was drawn.
    Draw {
        /// The agent who assisted.
        agent: Option<PartyId>,
        /// How much, in minor units.
        amount_minor: i64,
        /// The day it is to be paid by.
        due_on: Date,
        /// The terms agreed to.
        terms: Terms,
        /// The draw's id.
        tranche: TrancheId,
    },
    /// Money was paid.
    Repay {
        /// The most that may be taken, in minor units: what was taken when it was recorded, so that
        /// a later correction of another event never takes more of the borrower's money.
        amount_minor: i64,
        /// The tranche the borrower named, if he did.
        tranche: Option<TrancheId>,
    },
    /// A draw was taken back within the cooling-off.
    GiveBack {
        /// Which.
        tranche: TrancheId,
    },
    /// The rate fell.
    LowerRate {
        /// The new yearly rate, in ppm.
        rate_ppm: u32,
        /// Of which tranche.
        tranche: TrancheId,
    },
    /// A new agreement was made about an old debt.
    Restructure {
        /// The new day it is to be paid by.
        due_on: Date,
        /// The new yearly rate, in ppm; never above the old one.
        rate_ppm: u32,
        /// Which tranche.
        tranche: TrancheId,
    },
    /// The lender gave it up in the books.
    WriteOff {
        /// Which tranche.
        tranche: TrancheId,
    },
    /// Money came in for a claim that was written off.
    Recover {
        /// How much, in minor units.
        amount_minor: i64,
        /// Which tranche.
        tranche: TrancheId,
    },
}

/// What an event came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// What was used for what, in order: the tranche, the kind, minor units.
    pub allocated: Vec<(TrancheId, Part, i64)>,
    /// What was offered and not needed: it stays in the wallet, in minor units.
    pub excess_minor: i64,
    /// What left the borrower's wallet, in minor units.
    pub taken_minor: i64,
}
