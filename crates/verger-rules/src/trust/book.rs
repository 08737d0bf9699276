//! What a village keeps of trust, and the events that change it. Owns the shapes of the rows; must
//! not know how they are stored, nor decide what counts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::counter::Counted;
use super::member::MemberTrust;
use super::op::{Line, Operation, Weight};
use crate::id::Photo;
use crate::id::{OrderId, PartyId, VillageId};
use crate::time::Date;

/// A fact about a household that the agent can confirm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactKind {
    /// Who they are.
    Identity,
    /// Where they live.
    Address,
    /// The plot they work.
    Plot,
}

impl FactKind {
    /// A fact may be confirmed again after this many days: nobody lives on what was true once.
    pub const DAYS: i32 = 364;

    /// All facts.
    pub const ALL: [Self; 3] = [Self::Identity, Self::Address, Self::Plot];

    /// The name in the API and the journal.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Address => "address",
            Self::Plot => "plot",
        }
    }

    /// What it is worth, in points: forty in all, as much as the pool holds.
    pub const fn points(self) -> i64 {
        match self {
            Self::Identity => 20,
            Self::Address | Self::Plot => 10,
        }
    }
}

/// What the last batch found out about a party as a payer and a payee.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeWeight {
    /// How much of what it was paid backs a limit, in minor units.
    pub backed_minor: i64,
    /// What share of what it was paid is backed, of 256.
    pub backed_share: u16,
    /// What share of what it pays backs others, of 256.
    pub weight: u16,
}

/// Everything that trust keeps of one party: a household has points, everybody has a weight. The
/// default is a party of whom nothing is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustRow {
    /// The last batch that weighed it, from 1; 0 before any.
    pub batch: u32,
    /// When each fact was confirmed last.
    pub facts: BTreeMap<FactKind, Date>,
    /// Whether it is an outside buyer whose money was proven: a seed of the graph.
    pub is_proven: bool,
    /// Points and limits; households only.
    pub member: MemberTrust,
    /// What the batch found out.
    pub node: NodeWeight,
}

/// An operation that counted with a counterparty, as long as it can be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountedRow {
    /// Whose pair it went by.
    pub counterparty: PartyId,
    /// What of it counts.
    pub counted: Counted,
}

/// One line of a household's journal of points, as kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineRow {
    /// The household.
    pub household: PartyId,
    /// The record that wrote it.
    pub seq: u64,
    /// Which line of the record.
    pub number: u32,
    /// The village.
    pub village: VillageId,
    /// The batch whose weight it was locked at.
    pub batch: u32,
    /// With whom, if with anybody.
    pub counterparty: Option<PartyId>,
    /// What it was: the name of the operation.
    pub kind: &'static str,
    /// What it added or took.
    pub line: Line,
    /// The order it comes from.
    pub order: Option<OrderId>,
    /// The version of the policy it was counted under.
    pub policy_version: u32,
}

impl LineRow {
    /// All names of lines.
    const KINDS: [&'static str; 12] = [
        "fact",
        "sale",
        "sale_proven",
        "purchase",
        "village_trade",
        "repaid",
        "late",
        "dispute_lost",
        "defaulted",
        "cured",
        "taken_back",
        "paid",
    ];

    /// What counted by these lines, by order and household, less what was taken back of it. Lines
    /// that come twice count once.
    pub fn counted(mut lines: Vec<Self>) -> BTreeMap<(OrderId, PartyId), CountedRow> {
        lines.sort_by_key(|row| (row.seq, row.household, row.number));
        lines.dedup_by_key(|row| (row.seq, row.household, row.number));
        let mut found: BTreeMap<(OrderId, PartyId), CountedRow> = BTreeMap::new();
        for row in lines {
            let (Some(order), Some(counterparty)) = (row.order, row.counterparty) else { continue };
            let key = (order, row.household);
            if row.kind == "taken_back" {
                if let Some(known) = found.get_mut(&key) {
                    let left = known.counted.left_minor.saturating_sub(row.line.value_minor);
                    known.counted.left_minor = left;
                }
            } else if let Some(counted) = Counted::of(&row.line) {
                found.insert(key, CountedRow { counterparty, counted });
            }
        }
        found
    }

    /// The name of a line as it is written here, for one that was read.
    pub fn kind_by_name(name: &str) -> Option<&'static str> {
        Self::KINDS.into_iter().find(|kind| *kind == name)
    }
}

/// The outcome of one batch over a village's payments: the weights that count from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeightBatch {
    /// Its number in the village, from 1.
    pub number: u32,
    /// The last day of its window.
    pub on: Date,
    /// How many rounds the fixed point took.
    pub rounds: u8,
    /// Every party that paid or was paid in the window, and those that the last batch still knew.
    pub weights: BTreeMap<PartyId, NodeWeight>,
}

/// What a village knows of its last batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchRow {
    /// Its number.
    pub number: u32,
    /// The last day of its window.
    pub on: Date,
    /// How many rounds it took.
    pub rounds: u8,
}

/// Something that changed what trust keeps of a party.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrustEvent {
    /// An operation counted.
    Counted {
        /// The batch whose weight it is locked at.
        batch: u32,
        /// With whom, if with anybody.
        counterparty: Option<PartyId>,
        /// The day.
        on: Date,
        /// What, with its weight.
        operation: Operation,
        /// The order it comes from.
        order: Option<OrderId>,
    },
    /// A part of what counted for an order was taken back.
    TakenBack {
        /// The day.
        on: Date,
        /// The order.
        order: OrderId,
        /// How much of its value, in minor units.
        value_minor: i64,
    },
    /// A party that has no points was paid for what was settled: a supplier, the cooperative.
    Paid {
        /// How much, in minor units.
        amount_minor: i64,
        /// The day it was settled.
        on: Date,
        /// Who paid.
        payer: PartyId,
    },
    /// A fact about it was confirmed; its points are in the operation beside.
    FactConfirmed {
        /// The document, if it was not a witness.
        document: Option<Photo>,
        /// Which.
        fact: FactKind,
        /// The day.
        on: Date,
        /// Who bore witness, if it was not a document.
        witness: Option<PartyId>,
    },
    /// Two persons found that its money is real: it is a seed from now on.
    Proven,
    /// Two persons found it fraudulent.
    Barred {
        /// The day.
        on: Date,
        /// Why, for the record.
        reason: String,
    },
}

/// The weight at which an operation with this party counts now. `prior` is that of an outside
/// buyer whom no batch knows.
pub const fn locked_weight(row: &TrustRow, whom: Whom, prior: u16) -> Weight {
    let known = row.batch > 0;
    match whom {
        Whom::Buyer if row.is_proven => Weight::SEED,
        Whom::Buyer | Whom::Household if known => Weight::of(row.node.weight),
        Whom::Buyer => Weight::of(prior),
        Whom::Cooperative => {
            // Until a batch has seen whose money it pays out, it is worth no more than a stranger.
            Weight { is_seed: true, share: if known { row.node.weight } else { prior } }
        }
        Whom::Supplier => Weight::SEED,
        Whom::Household => Weight::of(0),
    }
}

/// What a counterparty is to the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    /// Somebody outside who buys.
    Buyer,
    /// The growers' cooperative.
    Cooperative,
    /// Somebody outside who sells.
    Supplier,
    /// Another household.
    Household,
}
