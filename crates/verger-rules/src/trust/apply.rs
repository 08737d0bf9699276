//! How an operation changes a member and a pair. Owns the evidence table of the formula; must not
//! decide whether an operation may count: that is for who calls.

use super::GRAINS;
use super::member::{MemberTrust, PairTrust};
use super::op::{Line, OpError, Operation, Pool, Weight};
use super::rules::Rules;
use crate::time::Date;

/// Applies one operation of a day and answers the line that it leaves. Costs the same whatever
/// came before; `pair` is the member's row with the counterparty and is left alone by operations
/// that have none.
///
/// # Errors
/// [`OpError`]: a number below zero, or a day before the last one. Nothing has changed then. A
/// value above the policy's largest counts as the largest.
pub fn apply(
    rules: &Rules,
    member: &mut MemberTrust,
    pair: &mut PairTrust,
    day: Date,
    operation: Operation,
) -> Result<Line, OpError> {
    check(member, day, operation)?;
    member.advance(rules, day);
    let mut line = Line {
        before_minor: 0,
        grains: 0,
        on: day,
        pool: None,
        value_minor: 0,
        weight: Weight::default(),
    };
    match operation {
        Operation::Fact { points } => {
            line.grains = points.saturating_mul(GRAINS).min(rules.pool(Pool::Facts).cap);
            line.pool = Some(Pool::Facts);
            add(member, Pool::Facts, line.grains);
        }
        Operation::Sale { value_minor, weight } => {
            // By its share alone: an anchor that pays out strangers' money is no better than they.
            let is_proven = weight.share > rules.weight_prior;
            let pool = if is_proven { Pool::ProvenSales } else { Pool::UnprovenSales };
            trade(rules, (member, pair), &mut line, (pool, value_minor, weight));
            if weight.is_seed {
                let backed = weighted(line.value_minor, weight);
                member.backing.receive(day, backed, rules.backing_first_days);
            }
        }
        Operation::Purchase { value_minor, weight } => {
            trade(rules, (member, pair), &mut line, (Pool::Purchases, value_minor, weight));
        }
        Operation::VillageTrade { value_minor, weight } => {
            trade(rules, (member, pair), &mut line, (Pool::VillageTrade, value_minor, weight));
        }
        Operation::Repaid { days_held, principal_minor } => {
            repaid(rules, member, &mut line, (days_held, principal_minor));
        }
        Operation::Late => {
            let taken = blame(rules, member, rules.late_grains);
            member.blame.late_grains = member.blame.late_grains.saturating_add(taken);
            line.grains = taken.saturating_neg();
        }
        Operation::DisputeLost => {
            let taken = blame(rules, member, rules.dispute_grains);
            member.blame.dispute_grains = member.blame.dispute_grains.saturating_add(taken);
            line.grains = taken.saturating_neg();
        }
        Operation::Defaulted => {
            let taken = blame(rules, member, rules.default_grains);
            member.blame.default_grains = member.blame.default_grains.saturating_add(taken);
            line.grains = taken.saturating_neg();
            // Rule T-7: the ladder of step-ups starts again at its foot.
            member.largest_repaid_minor = 0;
            member.frozen_on = member.frozen_on.or(Some(day));
        }
        Operation::Cured => member.frozen_on = None,
    }
    Ok(line)
}

fn check(member: &MemberTrust, day: Date, operation: Operation) -> Result<(), OpError> {
    let is_negative = match operation {
        Operation::Fact { points } => points < 0,
        Operation::Sale { value_minor, .. }
        | Operation::Purchase { value_minor, .. }
        | Operation::VillageTrade { value_minor, .. } => value_minor < 0,
        Operation::Repaid { days_held, principal_minor } => days_held < 0 || principal_minor < 0,
        Operation::Late | Operation::DisputeLost | Operation::Defaulted | Operation::Cured => false,
    };
    if is_negative {
        return Err(OpError::Negative);
    }
    match member.seen_on.filter(|seen_on| day < *seen_on) {
        Some(seen_on) => Err(OpError::OutOfOrder { day, seen_on }),
        None => Ok(()),
    }
}

/// The part of a value that a weight stands for.
pub(super) fn weighted(value_minor: i64, weight: Weight) -> i64 {
    let product = i128::from(value_minor).saturating_mul(i128::from(weight.share));
    i64::try_from(product >> 8).unwrap_or(i64::MAX)
}

fn add(member: &mut MemberTrust, pool: Pool, grains: i64) {
    let gain = member.gain_mut(pool);
    *gain = gain.saturating_add(grains);
}

// Rules T-2 and T-3: the pair's curve at the counterparty's weight.
fn trade(
    rules: &Rules,
    (member, pair): (&mut MemberTrust, &mut PairTrust),
    line: &mut Line,
    (pool, value_minor, weight): (Pool, i64, Weight),
) {
    pair.advance(rules, rules.period(line.on));
    line.pool = Some(pool);
    line.weight = weight;
    line.value_minor = value_minor.min(rules.operation_minor_max);
    line.before_minor = pair.sum_minor;
    line.grains = rules.gain(pool, weight, pair.sum_minor, line.value_minor);
    // Clamped where the curve ends: a larger sum would fade later than the points it stands for.
    let sum = pair.sum_minor.saturating_add(line.value_minor);
    pair.sum_minor = sum.min(rules.saturated_minor(weight)).max(0);
    pair.count(pool);
    add(member, pool, line.grains);
}

// Rule T-6: twenty points for a unit held for four weeks; a loan of a few days proves nothing.
fn repaid(
    rules: &Rules,
    member: &mut MemberTrust,
    line: &mut Line,
    (days_held, principal_minor): (i64, i64),
) {
    line.pool = Some(Pool::Repaid);
    line.value_minor = principal_minor.min(rules.operation_minor_max);
    let full = i64::from(rules.repaid_days_full);
    if days_held >= i64::from(rules.repaid_days_min) {
        let parts = rules.root_grains(line.value_minor).saturating_mul(days_held.min(full));
        line.grains = parts.checked_div(full.saturating_mul(2)).unwrap_or(0);
        add(member, Pool::Repaid, line.grains);
    }
    if days_held >= i64::from(rules.step_days_min) {
        member.largest_repaid_minor = member.largest_repaid_minor.max(line.value_minor);
    }
    member.is_draw_held = false;
}

/// Adds to the penalties, up to their cap, and answers how much.
fn blame(rules: &Rules, member: &mut MemberTrust, grains: i64) -> i64 {
    let before = member.penalty_grains;
    let after = before.saturating_add(grains).min(rules.penalty_grains_max);
    member.penalty_grains = after;
    after.saturating_sub(before)
}
