//! The trust index: a journal of honest operations as points, and points as a credit limit. Owns
//! the formula, the state that it keeps of a member and of a pair, and the reasons it gives; must
//! not know of money's books, of orders or of loans: what happened comes in as an [`Operation`].
//!
//! Points are kept in *grains*, 256 to a point, and every number is an integer: the same operations
//! with the same weights give the same grains on every machine, for ever. One operation costs the
//! same whatever came before it. Source: `40-trust` sections 2 to 4; the rules are numbered in
//! `docs/rules/trust.md`.

mod apply;
mod book;
mod counter;
mod explain;
mod limit;
mod member;
mod op;
mod rules;

pub use apply::apply;
pub use book::{
    BatchRow, CountedRow, FactKind, LineRow, NodeWeight, TrustEvent, TrustRow, WeightBatch, Whom,
    locked_weight,
};
pub use counter::{Counted, take_back, void};
pub use explain::{Counterparty, Deed, Explanation, Facts, Part, Raise, Reason, explain};
pub use limit::{Brakes, Limit, LimitReason, limit};
pub use member::{Backing, Blame, MemberTrust, PairTrust};
pub use op::{Line, OpError, Operation, Pool, Weight};
pub use rules::Rules;
pub use verger_weights as weights;

/// Grains of one point.
pub const GRAINS: i64 = 256;

/// A part of a number that halves away: `number` less its 2^`shift`-th part.
const fn faded(number: i64, shift: u32) -> i64 {
    match number.checked_shr(shift) {
        Some(part) => number.saturating_sub(part),
        None => number,
    }
}
