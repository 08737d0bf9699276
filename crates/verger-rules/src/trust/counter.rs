//! Counter-entries: a refund, a reversal or a proven fraud takes back what an operation gave. Owns
//! how much that is by now; must not look anything up: the counted operation comes in.

use serde::{Deserialize, Serialize};

use super::faded;
use super::member::{MemberTrust, PairTrust};
use super::op::{Line, OpError, Pool, Weight};
use super::rules::Rules;
use crate::time::Date;

/// What is left of an operation that counted, kept for as long as it can be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// Where the pair stood before it, in minor units.
    pub before_minor: i64,
    /// What of its value still counts, in minor units.
    pub left_minor: i64,
    /// The day it counted on.
    pub on: Date,
    /// The pool it counted in.
    pub pool: Pool,
    /// The weight it was locked at.
    pub weight: Weight,
}

impl Counted {
    /// What an operation's line leaves to be taken back, if it counted with a counterparty.
    pub fn of(line: &Line) -> Option<Self> {
        let pool = line.pool.filter(|pool| !matches!(pool, Pool::Facts | Pool::Repaid))?;
        Some(Self {
            before_minor: line.before_minor,
            left_minor: line.value_minor,
            on: line.on,
            pool,
            weight: line.weight,
        })
    }
}

/// Takes `value_minor` of a counted operation back: the top of what it gave, as it would stand by
/// now had it been alone in its pool, leaves the pool; the pair forgets it too. Never raises
/// points (rule T-8). Answers the line, with grains at or below zero.
///
/// # Errors
/// [`OpError`]: a value below zero, or a day before the last one. Nothing has changed then.
pub fn take_back(
    rules: &Rules,
    (member, pair): (&mut MemberTrust, &mut PairTrust),
    day: Date,
    counted: &mut Counted,
    value_minor: i64,
) -> Result<Line, OpError> {
    if value_minor < 0 {
        return Err(OpError::Negative);
    }
    if let Some(seen_on) = member.seen_on.filter(|seen_on| day < *seen_on) {
        return Err(OpError::OutOfOrder { day, seen_on });
    }
    member.advance(rules, day);
    pair.advance(rules, rules.period(day));
    let taken = value_minor.min(counted.left_minor);
    let rest = counted.left_minor.saturating_sub(taken);
    let worth = |minor| rules.gain(counted.pool, counted.weight, counted.before_minor, minor);
    let grains = worth(counted.left_minor).saturating_sub(worth(rest));
    let periods = rules.period(day).saturating_sub(rules.period(counted.on)).max(0);
    let gone = withdraw(rules, member, counted.pool, (grains, periods));
    let saturated = rules.saturated_minor(counted.weight);
    let stood = |minor: i64| counted.before_minor.saturating_add(minor).min(saturated);
    let memory = stood(counted.left_minor).saturating_sub(stood(rest)).max(0);
    let memory = rules.pair_faded(memory, periods);
    pair.sum_minor = pair.sum_minor.saturating_sub(memory).max(0);
    if counted.weight.is_seed && counted.pool == Pool::ProvenSales {
        let backed = super::apply::weighted(taken, counted.weight);
        member.backing.give_back(counted.on, backed);
    }
    counted.left_minor = rest;
    Ok(Line {
        before_minor: pair.sum_minor,
        grains: gone.saturating_neg(),
        on: day,
        pool: Some(counted.pool),
        value_minor: taken,
        weight: counted.weight,
    })
}

// Follows the grains through the periods since, as if they had been alone: a part may still wait
// for its turn, the rest was counted and has faded. What is not where it should be is taken from
// the other place, and no place goes below zero.
fn withdraw(
    rules: &Rules,
    member: &mut MemberTrust,
    pool: Pool,
    (grains, periods): (i64, i32),
) -> i64 {
    let cap = rules.pool(pool).period_cap;
    let (mut kept, mut waiting) = (0_i64, grains);
    for _ in 0..periods {
        let next = faded(kept.saturating_add(waiting.min(cap)), rules.decay_points_shift);
        if next == kept && waiting == 0 {
            break;
        }
        kept = next;
        waiting = waiting.saturating_sub(cap).max(0);
    }
    let wanted = kept.saturating_add(waiting);
    let from_gain = waiting.min(*member.gain_mut(pool));
    let from_acc = wanted.saturating_sub(from_gain).min(*member.acc_mut(pool));
    let short = wanted.saturating_sub(from_gain).saturating_sub(from_acc);
    let gain = member.gain_mut(pool);
    let from_gain = from_gain.saturating_add(short.min(gain.saturating_sub(from_gain)));
    *gain = gain.saturating_sub(from_gain);
    let acc = member.acc_mut(pool);
    *acc = acc.saturating_sub(from_acc);
    from_gain.saturating_add(from_acc)
}

/// Voids everything a member earned and bars it for ever: fraud was proven by two persons. Blame
/// stays. Answers nothing to hope for: no operation gives a barred member a limit again.
pub fn void(rules: &Rules, member: &mut MemberTrust, day: Date) {
    member.advance(rules, day);
    member.acc = [0; 6];
    member.gain = [0; 6];
    member.largest_repaid_minor = 0;
    member.level_held = 0;
    member.is_barred = true;
}
