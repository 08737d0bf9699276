//! Why credit refuses. Owns the variants in the order of the checks; whether a draw is made at all is
//! a decision with its own reasons, see `credit::decision`.

use serde::{Deserialize, Serialize};

use crate::credit::decision::Decision;
use crate::credit::facts::Facts;
use crate::id::{PartyId, TrancheId};
use crate::time::Date;

/// Why credit refuses, in order of precedence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum CreditRefusal {
    /// Draws are whole steps.
    #[error("{amount_minor} is not a multiple of {step_minor}")]
    NotWholeSteps {
        /// The amount.
        amount_minor: i64,
        /// The step.
        step_minor: i64,
    },
    /// There is nothing to pay.
    #[error("nothing is owed here")]
    NothingOwed,
    /// The draw that is named is on another line.
    #[error("{tranche} is another household's loan")]
    AnothersLoan {
        /// The draw.
        tranche: TrancheId,
    },
    /// The draw has ended.
    #[error("{tranche} is {status}")]
    TrancheOver {
        /// How it ended.
        status: String,
        /// The draw.
        tranche: TrancheId,
    },
    /// A rate may only fall.
    #[error("the rate is {now_ppm} ppm and may only fall, not become {rate_ppm}")]
    RateNotLower {
        /// The rate now.
        now_ppm: u32,
        /// The rate that was asked.
        rate_ppm: u32,
    },
    /// A new due date lies after the old one.
    #[error("{due_on} is not after {than}")]
    DueNotLater {
        /// The day given.
        due_on: Date,
        /// The day it must lie after.
        than: Date,
    },
    /// A new due date lies within the longest term.
    #[error("{due_on} is after {last}")]
    DueTooLate {
        /// The day given.
        due_on: Date,
        /// The last day there can be.
        last: Date,
    },
    /// It is not late enough to be given up.
    #[error("it is {days_past_due} days late, {days_min} are needed")]
    NotLateEnough {
        /// How many days are needed.
        days_min: u32,
        /// How late it is.
        days_past_due: u32,
    },
    /// There is no such event, or none that can be taken back.
    #[error("event {number} of this line cannot be taken back")]
    EventNotReversible {
        /// Its number.
        number: u32,
    },
    /// The draw is declined; everything that was looked at is kept.
    #[error("the draw is declined")]
    Declined {
        /// Whose.
        borrower: PartyId,
        /// The decision, with its reasons.
        decision: Box<Decision>,
        /// What was looked at.
        facts: Box<Facts>,
    },
}

/// The field of the request that a refusal is about.
pub(super) const fn field(refusal: &CreditRefusal) -> Option<&'static str> {
    use CreditRefusal as R;
    match refusal {
        R::NotWholeSteps { .. } | R::Declined { .. } => Some("amount_minor"),
        R::AnothersLoan { .. } | R::TrancheOver { .. } => Some("tranche"),
        R::RateNotLower { .. } => Some("rate_ppm"),
        R::DueNotLater { .. } | R::DueTooLate { .. } => Some("due_on"),
        R::EventNotReversible { .. } => Some("number"),
        R::NothingOwed | R::NotLateEnough { .. } => None,
    }
}
