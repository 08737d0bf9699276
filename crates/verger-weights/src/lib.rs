//! Backing weights: how much of the money that somebody pays comes, hop by hop, from proven buyers.
//! Owns the measure, its fixed point and its window of 364 days (40-trust section 3). Must not know
//! points or limits, start threads, or count in anything but integers.
//!
//! A weight is a share of money, not popularity: 256 is a proven buyer, 32 an outside buyer of whom
//! nothing is known, 0 a member. Each hop keeps half at most, so a ring that nobody proven pays into
//! has no source, and the weights in it are 0.
//!
//! [`Network`] holds the payments of the window and answers with a [`Batch`]. Below it [`Graph`] and
//! [`solve()`] do the counting on dense numbers; they offer their work in parts ([`Crew`]), so that an
//! outer crate may use several threads. Each part writes its own places only, so the number of parts
//! never changes a result.
#![warn(missing_docs)]
#![warn(clippy::arithmetic_side_effects, clippy::float_arithmetic)]

mod graph;
mod network;
mod solve;
#[cfg(test)]
mod tests;

pub use graph::{Graph, GraphError};
pub use network::{Batch, Network, Standing};
pub use solve::{Solution, solve};

use serde::{Deserialize, Serialize};

/// The weight of a proven buyer: all of its money backs.
pub const WEIGHT_ONE: u16 = 256;

/// The fixed point is given up here: the same start and the same last round give the same weights.
pub const ROUNDS_MAX: u8 = 16;

/// Payments older than this many days back nothing.
pub const WINDOW_DAYS: i32 = 364;

/// What a node of the payment graph is to the programme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Somebody of the village: vouches only with the backed money that went through his hands.
    Member,
    /// An outside buyer of whom nothing is proven.
    Outside,
    /// A contract buyer, a supplier, or a consumer whom the payment provider proved.
    Seed,
    /// A cooperative: weighs what share of its payouts came in as backed money from outside.
    Cooperative,
}

/// What one node paid another within the window, in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Payment {
    /// The number of the node that paid.
    pub payer: u32,
    /// The number of the node that was paid.
    pub payee: u32,
    /// How much, in minor units.
    pub amount_minor: i64,
}

/// The numbers of the measure. Source: 40-trust sections 2 and 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeightRules {
    /// DELTA: what one hop keeps, of 256.
    pub damping: u16,
    /// The weight of an outside buyer of whom nothing is known, of 256.
    pub prior: u16,
    /// `W_BACK`: the most that an unproven payer's money backs, of 256.
    pub unproven_max: u16,
    /// Of what one unproven payer pays one payee, only this much can back, in minor units.
    pub payer_cap_minor: u64,
}

impl WeightRules {
    /// Where every batch starts. From here weights only rise, round by round.
    fn first_weight(&self, role: Role) -> u16 {
        match role {
            Role::Seed => WEIGHT_ONE,
            Role::Outside => self.prior,
            Role::Member | Role::Cooperative => 0,
        }
    }

    /// What share of a payer's money backs the limit of whom it pays, of 256. A member's backs
    /// nothing: village trade earns points, never a limit (40-trust 2.4).
    fn backing(&self, role: Role, weight: u16) -> u16 {
        match role {
            Role::Seed | Role::Cooperative => weight,
            Role::Outside => weight.min(self.unproven_max),
            Role::Member => 0,
        }
    }
}

/// A piece of work that touches nothing which another piece touches.
pub type Task<'t> = Box<dyn FnOnce() + Send + 't>;

/// Who counts: into how many parts a pass is cut, and what runs them.
///
/// The domain starts no threads; a crate above it may hand over a crew that does.
#[derive(Clone, Copy)]
pub struct Crew<'c> {
    /// Into how many parts a pass is cut, at least 1.
    pub parts: usize,
    /// Runs all tasks and returns when the last is done, in any order or at the same time.
    pub run: &'c dyn for<'t> Fn(Vec<Task<'t>>),
}

impl Crew<'static> {
    /// One part after the other, on the caller's thread.
    pub const ALONE: Self = Self { parts: 1, run: &in_order };
}

/// Runs tasks one after the other.
fn in_order(tasks: Vec<Task<'_>>) {
    for task in tasks {
        task();
    }
}

/// The place of a node in an array. A `u32` always fits on the machines that Verger runs on; were it
/// not so, the place is one that no array has.
fn place(node: u32) -> usize {
    usize::try_from(node).unwrap_or(usize::MAX)
}
