//! What can happen to a member's trust, and the line that each operation leaves. Owns the shapes;
//! must not compute.

use serde::{Deserialize, Serialize};

use crate::time::Date;

/// Where a kind of merit is kept, each with a cap of its own. Source: 40-trust 2.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pool {
    /// Facts about the household that a second witness or a document confirmed.
    Facts,
    /// Sales to buyers whose money is proven, and deliveries to the cooperative.
    ProvenSales,
    /// Sales to buyers of whom nothing is proven.
    UnprovenSales,
    /// Purchases paid on time.
    Purchases,
    /// Sales to other members.
    VillageTrade,
    /// Loans repaid on time.
    Repaid,
}

impl Pool {
    /// All pools, in the order in which a member's grains are kept.
    pub const ALL: [Self; 6] = [
        Self::Facts,
        Self::ProvenSales,
        Self::UnprovenSales,
        Self::Purchases,
        Self::VillageTrade,
        Self::Repaid,
    ];

    /// The name in the journal, the database and the policy.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Facts => "facts",
            Self::ProvenSales => "proven_sales",
            Self::UnprovenSales => "unproven_sales",
            Self::Purchases => "purchases",
            Self::VillageTrade => "village_trade",
            Self::Repaid => "repaid",
        }
    }

    /// The place among a member's six numbers.
    pub const fn index(self) -> usize {
        match self {
            Self::Facts => 0,
            Self::ProvenSales => 1,
            Self::UnprovenSales => 2,
            Self::Purchases => 3,
            Self::VillageTrade => 4,
            Self::Repaid => 5,
        }
    }
}

/// How much a counterparty's word is worth: the share of its money that came from proven buyers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Weight {
    /// Whether it is an anchor: a contract buyer, the cooperative, a supplier or a proven consumer.
    pub is_seed: bool,
    /// Of 256.
    pub share: u16,
}

impl Weight {
    /// The whole share.
    pub const WHOLE: u16 = 256;

    /// An anchor of full weight.
    pub const SEED: Self = Self { is_seed: true, share: Self::WHOLE };

    /// Somebody with this share, of 256; more is cut to the whole.
    pub const fn of(share: u16) -> Self {
        let share = if share > Self::WHOLE { Self::WHOLE } else { share };
        Self { is_seed: false, share }
    }
}

/// One honest or dishonest operation of a member, after every rule about when it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// A fact about the household, confirmed by a second witness or a document.
    Fact {
        /// How many points it is worth.
        points: i64,
    },
    /// Something sold to the outside, settled, carried and no longer open to complaint.
    Sale {
        /// The price of the goods, in minor units.
        value_minor: i64,
        /// The buyer's weight in the last batch.
        weight: Weight,
    },
    /// Something bought and paid on time.
    Purchase {
        /// What was paid, in minor units.
        value_minor: i64,
        /// The vendor's weight.
        weight: Weight,
    },
    /// Something sold to another member, confirmed by both at the counter.
    VillageTrade {
        /// The price, in minor units.
        value_minor: i64,
        /// The payer's own backed share, halved.
        weight: Weight,
    },
    /// A loan repaid on time.
    Repaid {
        /// How many days it was held.
        days_held: i64,
        /// The principal, in minor units.
        principal_minor: i64,
    },
    /// A payment or a repayment up to 29 days late.
    Late,
    /// A dispute lost after review.
    DisputeLost,
    /// A repayment 30 days late or more: frozen until it is cured.
    Defaulted,
    /// What was in default is paid, or was decided to be settled.
    Cured,
}

impl Operation {
    /// The name in the journal of points.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Fact { .. } => "fact",
            Self::Sale { weight: Weight { is_seed: true, .. }, .. } => "sale_proven",
            Self::Sale { .. } => "sale",
            Self::Purchase { .. } => "purchase",
            Self::VillageTrade { .. } => "village_trade",
            Self::Repaid { .. } => "repaid",
            Self::Late => "late",
            Self::DisputeLost => "dispute_lost",
            Self::Defaulted => "defaulted",
            Self::Cured => "cured",
        }
    }
}

/// The line that an operation leaves in the member's journal of points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Where the pair stood before, in minor units; what a later refund is measured against.
    pub before_minor: i64,
    /// What it added or took, in grains; penalties and counter-entries are below zero.
    pub grains: i64,
    /// The day it counts on.
    pub on: Date,
    /// The pool, if it is not a penalty or a change of standing.
    pub pool: Option<Pool>,
    /// The value that counted, in minor units.
    pub value_minor: i64,
    /// The weight that it was locked at.
    pub weight: Weight,
}

/// Why an operation cannot be applied. Nothing has changed then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpError {
    /// A value, a number of points or of days below zero.
    #[error("an operation's numbers are not negative")]
    Negative,
    /// An operation of a day before one that is applied already: periods close only forwards.
    #[error(
        "an operation of {day} comes after one of {seen_on}; apply them in order of their days"
    )]
    OutOfOrder {
        /// Its day.
        day: Date,
        /// The latest day the state has seen.
        seen_on: Date,
    },
}
