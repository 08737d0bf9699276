//! What the index keeps of a member and of a pair, and how time passes over it. Owns the closing of
//! periods; must not know operations.

use serde::{Deserialize, Serialize};

use super::op::Pool;
use super::rules::Rules;
use super::{GRAINS, faded};
use crate::time::Date;

/// Blame by its kind, in grains: only to explain it. What counts is the sum in
/// [`MemberTrust::penalty_grains`]; each part fades by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blame {
    /// Payments in default.
    pub default_grains: i64,
    /// Disputes lost.
    pub dispute_grains: i64,
    /// Payments late.
    pub late_grains: i64,
}

/// Outside money behind a member's limit, in minor units.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backing {
    /// Weighted money of the last twelve months: the last nightly figure, and what proven buyers
    /// paid since.
    pub backed_minor: i64,
    /// Money from proven buyers by day, for the last three months; older days are dropped.
    pub recent: Vec<(Date, i64)>,
}

/// Everything the index knows of a member. The default is a newcomer: no points, no limit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberTrust {
    /// Grains kept in each pool from closed periods, in the order of [`Pool::ALL`].
    pub acc: [i64; 6],
    /// Outside money.
    pub backing: Backing,
    /// Blame by its kind.
    pub blame: Blame,
    /// Since when a default freezes it.
    pub frozen_on: Option<Date>,
    /// Grains gained in the open period, with what the caps of earlier ones left waiting.
    pub gain: [i64; 6],
    /// Whether fraud was proven: it is out for ever.
    pub is_barred: bool,
    /// Whether a refund after a drawing holds further drawings back until something is repaid.
    pub is_draw_held: bool,
    /// The largest loan repaid on time and held long enough, since the last default.
    pub largest_repaid_minor: i64,
    /// The level at the end of the last day before `seen_on`.
    pub level_held: u8,
    /// Penalties, in grains.
    pub penalty_grains: i64,
    /// The day up to which time has passed here; none before the first operation.
    pub seen_on: Option<Date>,
}

impl MemberTrust {
    /// Lets time pass up to `day`: closes each period that ended, and settles the level that each
    /// day ended with. An earlier day changes nothing.
    ///
    /// Closing lazily, at the next operation or question, gives the same as closing every period
    /// on its first morning (rule T-4), and it is bounded: a state at rest is left at once.
    pub fn advance(&mut self, rules: &Rules, day: Date) {
        let Some(seen) = self.seen_on else {
            self.seen_on = Some(day);
            return;
        };
        if day <= seen {
            return;
        }
        // The day that was seen last is over now.
        self.level_held = self.level(rules);
        for period in rules.period(seen).saturating_add(1)..=rules.period(day) {
            let is_changed = self.close_period(rules);
            // A day that began with a close and saw nothing else ends with what the close left.
            if rules.first_day(period) != Some(day) {
                self.level_held = self.level(rules);
            }
            if !is_changed {
                break;
            }
        }
        self.seen_on = Some(day);
    }

    // Rule T-4. Answers whether anything changed: what is at rest stays at rest.
    fn close_period(&mut self, rules: &Rules) -> bool {
        let before = (self.acc, self.gain, self.penalty_grains, self.blame);
        for ((acc, gain), rule) in self.acc.iter_mut().zip(&mut self.gain).zip(&rules.pools) {
            let grown = acc.saturating_add((*gain).min(rule.period_cap));
            *acc = faded(grown, rules.decay_points_shift);
            // What the cap left waits for the next period and is not lost.
            *gain = gain.saturating_sub(rule.period_cap).max(0);
        }
        self.penalty_grains = faded(self.penalty_grains, rules.decay_penalty_shift);
        for part in self.blame.parts_mut() {
            *part = faded(*part, rules.decay_penalty_shift);
        }
        before != (self.acc, self.gain, self.penalty_grains, self.blame)
    }

    /// What a pool counts now, in grains, with the open period.
    pub fn pool_grains(&self, rules: &Rules, pool: Pool) -> i64 {
        let kept = |list: &[i64; 6]| list.get(pool.index()).copied().unwrap_or(0);
        let rule = rules.pool(pool);
        kept(&self.acc).saturating_add(kept(&self.gain).min(rule.period_cap)).min(rule.cap)
    }

    /// The points as of the day that was seen last; below zero when blame outweighs merit.
    pub fn points(&self, rules: &Rules) -> i64 {
        let sum = Pool::ALL
            .iter()
            .fold(0_i64, |sum, pool| sum.saturating_add(self.pool_grains(rules, *pool)));
        sum.saturating_sub(self.penalty_grains).div_euclid(GRAINS)
    }

    /// The points of a later day on which nothing more has happened.
    pub fn points_on(&self, rules: &Rules, day: Date) -> i64 {
        let mut later = self.clone();
        later.advance(rules, day);
        later.points(rules)
    }

    /// The level as of the day that was seen last (rule T-9).
    pub fn level(&self, rules: &Rules) -> u8 {
        rules.level(self.points(rules), self.level_held)
    }

    /// The step-up limit, in minor units (rule T-11).
    pub fn step_up_minor(&self, rules: &Rules) -> i64 {
        let product =
            i128::from(self.largest_repaid_minor).saturating_mul(i128::from(rules.step_percent));
        let step = product.checked_div(100).unwrap_or(0);
        i64::try_from(step).unwrap_or(i64::MAX).max(rules.step_base_minor)
    }

    pub(super) fn gain_mut(&mut self, pool: Pool) -> &mut i64 {
        let [facts, proven, unproven, purchases, village, repaid] = &mut self.gain;
        pick(pool, [facts, proven, unproven, purchases, village, repaid])
    }

    pub(super) fn acc_mut(&mut self, pool: Pool) -> &mut i64 {
        let [facts, proven, unproven, purchases, village, repaid] = &mut self.acc;
        pick(pool, [facts, proven, unproven, purchases, village, repaid])
    }
}

fn pick(pool: Pool, places: [&mut i64; 6]) -> &mut i64 {
    let [facts, proven, unproven, purchases, village, repaid] = places;
    match pool {
        Pool::Facts => facts,
        Pool::ProvenSales => proven,
        Pool::UnprovenSales => unproven,
        Pool::Purchases => purchases,
        Pool::VillageTrade => village,
        Pool::Repaid => repaid,
    }
}

impl Blame {
    fn parts_mut(&mut self) -> [&mut i64; 3] {
        [&mut self.default_grains, &mut self.dispute_grains, &mut self.late_grains]
    }
}

impl Backing {
    /// Takes note of money from a proven buyer; days older than `days` are dropped.
    pub(super) fn receive(&mut self, on: Date, minor: i64, days: i32) {
        self.backed_minor = self.backed_minor.saturating_add(minor);
        self.recent.retain(|(day, _)| on.days_since(*day) < days);
        match self.recent.last_mut().filter(|(day, _)| *day == on) {
            Some((_, sum)) => *sum = sum.saturating_add(minor),
            None => self.recent.push((on, minor)),
        }
    }

    /// Takes the figure of a batch whose window ended with `on`; what came later is added.
    pub fn weigh(&mut self, backed_minor: i64, on: Date) {
        let since = self.recent.iter().filter(|(day, _)| *day > on);
        self.backed_minor = since.fold(backed_minor, |sum, (_, minor)| sum.saturating_add(*minor));
    }

    /// Takes money back that came on a day and went again.
    pub(super) fn give_back(&mut self, on: Date, minor: i64) {
        self.backed_minor = self.backed_minor.saturating_sub(minor).max(0);
        if let Some((_, sum)) = self.recent.iter_mut().find(|(day, _)| *day == on) {
            *sum = sum.saturating_sub(minor).max(0);
        }
    }

    /// Money from proven buyers in the `days` days up to and with `today`, in minor units.
    pub fn recent_minor(&self, today: Date, days: i32) -> i64 {
        let is_recent = |day: Date| day <= today && today.days_since(day) < days;
        let days = self.recent.iter().filter(|(day, _)| is_recent(*day));
        days.fold(0, |sum, (_, minor)| sum.saturating_add(*minor))
    }
}

/// The trade of a member with one counterparty. The default is a pair that never met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairTrust {
    /// How many operations counted, by pool, in the order of [`Pool::ALL`].
    pub counts: [u32; 6],
    /// The period it stands in; it fades with each one that ends.
    pub period: i32,
    /// The trade it remembers, in minor units.
    pub sum_minor: i64,
}

impl PairTrust {
    /// Lets time pass up to a period; an earlier one changes nothing.
    pub(crate) fn advance(&mut self, rules: &Rules, period: i32) {
        let elapsed = period.saturating_sub(self.period).max(0);
        self.sum_minor = rules.pair_faded(self.sum_minor, elapsed);
        self.period = self.period.max(period);
    }

    pub(super) fn count(&mut self, pool: Pool) {
        if let Some(count) = self.counts.get_mut(pool.index()) {
            *count = count.saturating_add(1);
        }
    }
}
