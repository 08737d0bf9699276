//! Tests of the trust index. Owns a small village of one member and his counterparties in which
//! operations are drawn at random; the tables and invariants are in the modules below.

mod counter;
mod explain;
mod invariants;
mod limits;
mod table;

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;

use super::shipped_policy;
use crate::time::Date;
use crate::trust::{self, Line, MemberTrust, OpError, Operation, PairTrust, Rules, Weight};

/// The unit of these tests, in minor units: 100 yuan.
const UNIT: i64 = 10_000;

fn rules() -> Rules {
    Rules::of(&shipped_policy())
}

fn day(days: i32) -> Date {
    Date::from_days(days).unwrap()
}

/// Whom a member deals with: each in one kind of trade, at a weight that stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum With {
    /// An anchor that buys: the cooperative or a contract buyer.
    Seed(u8),
    /// An outside buyer, by his weight.
    Buyer(u8, u16),
    /// A supplier.
    Vendor(u8),
    /// Another member, by his weight.
    Neighbour(u8, u16),
}

/// One operation as it is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Fact(i64),
    Trade(With, i64),
    Repaid { principal_minor: i64, days_held: i64 },
    Late,
    Dispute,
    Default,
}

impl Op {
    /// The operation and the counterparty whose pair it goes by.
    fn parts(self) -> (Operation, Option<With>) {
        match self {
            Self::Fact(points) => (Operation::Fact { points }, None),
            Self::Trade(with, value_minor) => {
                let operation = match with {
                    With::Seed(_) => Operation::Sale { value_minor, weight: Weight::SEED },
                    With::Buyer(_, share) => {
                        Operation::Sale { value_minor, weight: Weight::of(share) }
                    }
                    With::Vendor(_) => Operation::Purchase { value_minor, weight: Weight::SEED },
                    With::Neighbour(_, share) => {
                        Operation::VillageTrade { value_minor, weight: Weight::of(share) }
                    }
                };
                (operation, Some(with))
            }
            Self::Repaid { principal_minor, days_held } => {
                (Operation::Repaid { days_held, principal_minor }, None)
            }
            Self::Late => (Operation::Late, None),
            Self::Dispute => (Operation::DisputeLost, None),
            Self::Default => (Operation::Defaulted, None),
        }
    }
}

/// A member with all his pairs.
#[derive(Clone, Debug, Default, PartialEq)]
struct Household {
    member: MemberTrust,
    pairs: BTreeMap<With, PairTrust>,
}

impl Household {
    fn apply(&mut self, rules: &Rules, on: Date, op: Op) -> Result<Line, OpError> {
        let (operation, with) = op.parts();
        let mut nobody = PairTrust::default();
        let pair = match with {
            Some(with) => self.pairs.entry(with).or_default(),
            None => &mut nobody,
        };
        trust::apply(rules, &mut self.member, pair, on, operation)
    }

    /// A household after these operations, which are sorted by day.
    fn after(rules: &Rules, ops: &[(i32, Op)]) -> Self {
        let mut household = Self::default();
        for (on, op) in ops {
            household.apply(rules, day(*on), *op).unwrap();
        }
        household
    }
}

fn values() -> impl Strategy<Value = i64> {
    prop_oneof![
        Just(0),
        1_i64..200,
        1_000_i64..60_000,
        60_000_i64..3_000_000,
        Just(1_000_000 * UNIT),
    ]
}

fn seeds() -> impl Strategy<Value = With> {
    (0_u8..2).prop_map(With::Seed)
}

/// Buyers keep one weight each: who they are is in the number, how much they weigh follows.
fn buyers(weights: &'static [u16]) -> impl Strategy<Value = With> {
    (0..weights.len()).prop_map(|index| With::Buyer(u8::try_from(index).unwrap(), weights[index]))
}

fn neighbours() -> impl Strategy<Value = With> {
    const WEIGHTS: [u16; 3] = [0, 31, 128];
    (0..WEIGHTS.len())
        .prop_map(|index| With::Neighbour(u8::try_from(index).unwrap(), WEIGHTS[index]))
}

/// Operations that no outside money stands behind.
fn unbacked() -> impl Strategy<Value = Op> {
    let with =
        prop_oneof![buyers(&[0, 8, 31, 32]), (0_u8..3).prop_map(With::Vendor), neighbours(),];
    prop_oneof![
        1 => (0_i64..60).prop_map(Op::Fact),
        9 => (with, values()).prop_map(|(with, minor)| Op::Trade(with, minor)),
    ]
}

/// Honest operations of every kind.
fn honest() -> impl Strategy<Value = Op> {
    let backed = prop_oneof![seeds(), buyers(&[33, 48, 85, 200, 255])];
    prop_oneof![
        4 => unbacked(),
        4 => (backed, values()).prop_map(|(with, minor)| Op::Trade(with, minor)),
        1 => (values(), 0_i64..200)
            .prop_map(|(principal_minor, days_held)| Op::Repaid { principal_minor, days_held }),
    ]
}

fn dishonest() -> impl Strategy<Value = Op> {
    prop_oneof![3 => Just(Op::Late), 3 => Just(Op::Dispute), 1 => Just(Op::Default)]
}

fn any_op() -> impl Strategy<Value = Op> {
    prop_oneof![9 => honest(), 1 => dishonest()]
}

/// A history: operations with their days, some on one day, some after years.
fn history(ops: impl Strategy<Value = Op>, count: usize) -> impl Strategy<Value = Vec<(i32, Op)>> {
    let gap = prop_oneof![3 => Just(0), 6 => 1_i32..15, 2 => 15_i32..90, 1 => 90_i32..500];
    vec((gap, ops), 1..count).prop_map(|steps| {
        let mut today = 100;
        steps
            .into_iter()
            .map(|(gap, op)| {
                today += gap;
                (today, op)
            })
            .collect()
    })
}
