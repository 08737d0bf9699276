//! The policy of the trust index in the units that the formula computes in. Owns the curve of a
//! pair and the thresholds of levels; must not hold state. The values come from the programme
//! policy, which is checked when it is loaded.

use super::op::{Pool, Weight};
use super::{GRAINS, faded};
use crate::policy::{Policy, TrustPool};
use crate::time::Date;

/// How much a pool may hold and grow, in grains.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PoolRule {
    pub(super) cap: i64,
    pub(crate) period_cap: i64,
}

/// A level: from how many points, and up to which limit.
#[derive(Clone, Copy, Debug)]
pub(super) struct LevelRule {
    pub(super) points: i64,
    /// Points below which a member who had the level loses it.
    pub(super) points_kept: i64,
    pub(super) limit_minor: i64,
}

/// The trust section of a policy, ready to compute with: points as grains, units as money.
#[derive(Clone, Debug)]
pub struct Rules {
    pub(super) unit_minor: i64,
    pub(super) period_days: i32,
    pub(crate) pools: [PoolRule; 6],
    pub(super) levels: Vec<LevelRule>,
    pub(super) decay_pair_shift: u32,
    pub(super) decay_penalty_shift: u32,
    pub(super) decay_points_shift: u32,
    pub(super) default_grains: i64,
    pub(super) dispute_grains: i64,
    pub(super) late_grains: i64,
    pub(super) penalty_grains_max: i64,
    pub(super) operation_minor_max: i64,
    pub(super) weight_prior: u16,
    pub(super) repaid_days_full: i32,
    pub(super) repaid_days_min: i32,
    pub(super) step_base_minor: i64,
    pub(super) step_days_min: i32,
    pub(super) step_percent: i64,
    pub(super) backing_divisor: i64,
    pub(super) backing_first_days: i32,
    pub(super) backing_first_divisor: i64,
    pub(super) backing_first_minor: i64,
    pub(super) backing_floor_minor: i64,
    ordinary: Curve,
    seed: Curve,
    /// Grains squared for each unit of money: what the root is taken of.
    grains_squared: i64,
}

/// Where the curve of a counterparty ends.
#[derive(Clone, Copy, Debug)]
struct Curve {
    cap_grains: i64,
    /// The trade from which it is flat.
    saturated_minor: i64,
}

impl Rules {
    /// The rules of a programme policy. Numbers that no sound policy has are cut to what can be
    /// computed with: see [`Policy::validate`].
    pub fn of(policy: &Policy) -> Self {
        let (trust, unit_minor) = (&policy.trust, policy.programme.unit_minor.max(1));
        let units = |units: i64| unit_minor.saturating_mul(units);
        let per_unit = trust.pair_unit_points.max(1);
        let curve = |points: i64| {
            let roots = points.checked_div(per_unit).unwrap_or(0);
            Curve {
                cap_grains: grains(points),
                saturated_minor: units(roots.saturating_mul(roots)),
            }
        };
        let pool = |pool: TrustPool| PoolRule {
            cap: grains(pool.cap),
            period_cap: grains(pool.period_cap),
        };
        let pools = &trust.pools;
        let level = |level: &crate::policy::TrustLevel| LevelRule {
            points: level.points,
            points_kept: kept(level.points, trust.hysteresis_divisor),
            limit_minor: units(level.limit_units),
        };
        Self {
            unit_minor,
            period_days: days(trust.period_days).max(1),
            pools: [
                pool(pools.facts),
                pool(pools.proven_sales),
                pool(pools.unproven_sales),
                pool(pools.purchases),
                pool(pools.village_trade),
                pool(pools.repaid),
            ],
            levels: trust.levels.iter().map(level).collect(),
            decay_pair_shift: trust.decay_pair_shift,
            decay_penalty_shift: trust.decay_penalty_shift,
            decay_points_shift: trust.decay_points_shift,
            default_grains: grains(trust.default_points),
            dispute_grains: grains(trust.dispute_points),
            late_grains: grains(trust.late_points),
            penalty_grains_max: grains(trust.penalty_points_max),
            operation_minor_max: units(trust.operation_units_max),
            weight_prior: u16::try_from(trust.weight_prior).unwrap_or(Weight::WHOLE),
            repaid_days_full: days(trust.repaid_days_full).max(1),
            repaid_days_min: days(trust.repaid_days_min),
            step_base_minor: units(trust.step_base_units),
            step_days_min: days(trust.step_days_min),
            step_percent: trust.step_percent,
            backing_divisor: trust.backing_divisor.max(1),
            backing_first_days: days(trust.backing_first_days),
            backing_first_divisor: trust.backing_first_divisor.max(1),
            backing_first_minor: units(trust.backing_first_units),
            backing_floor_minor: units(trust.backing_floor_units),
            ordinary: curve(trust.pair_cap_points),
            seed: curve(trust.pair_cap_seed_points),
            grains_squared: grains(per_unit).saturating_mul(grains(per_unit)),
        }
    }

    /// The number of the period that a day lies in.
    pub fn period(&self, day: Date) -> i32 {
        day.days().checked_div(self.period_days).unwrap_or(0)
    }

    /// The first day of a period, if it is a day of the calendar.
    pub fn first_day(&self, period: i32) -> Option<Date> {
        period.checked_mul(self.period_days).and_then(Date::from_days)
    }

    pub(super) fn pool(&self, pool: Pool) -> PoolRule {
        let [facts, proven, unproven, purchases, village, repaid] = self.pools;
        match pool {
            Pool::Facts => facts,
            Pool::ProvenSales => proven,
            Pool::UnprovenSales => unproven,
            Pool::Purchases => purchases,
            Pool::VillageTrade => village,
            Pool::Repaid => repaid,
        }
    }

    const fn curve(&self, weight: Weight) -> Curve {
        if weight.is_seed { self.seed } else { self.ordinary }
    }

    /// The trade with a counterparty from which more of it adds nothing, in minor units.
    pub(super) const fn saturated_minor(&self, weight: Weight) -> i64 {
        self.curve(weight).saturated_minor
    }

    // Rule T-2: concave, so that the tenth box for one buyer is worth less than the first for
    // another. `g(S) = min(cap, sqrt(S / U) x 40 points)`, in grains.
    fn pair_grains(&self, sum_minor: i64, weight: Weight) -> i64 {
        let curve = self.curve(weight);
        if sum_minor >= curve.saturated_minor {
            return curve.cap_grains;
        }
        self.root_grains(sum_minor).min(curve.cap_grains)
    }

    /// Grains of a sum of money under the root, without any cap: `sqrt(minor / U) x 40 points`.
    pub fn root_grains(&self, minor: i64) -> i64 {
        let product = i128::from(minor.max(0)).saturating_mul(i128::from(self.grains_squared));
        let under = product.checked_div(i128::from(self.unit_minor)).unwrap_or(0);
        // 63 bits of money and at most 2^57 grains squared: the root itself always fits.
        i64::try_from(under.checked_isqrt().unwrap_or(0)).unwrap_or(i64::MAX)
    }

    /// What `value_minor` more adds for a pair that stands at `before_minor`, in grains. One
    /// division per term, so that parts of one day add up to the whole exactly (rule T-2).
    pub(super) fn gain(
        &self,
        pool: Pool,
        weight: Weight,
        before_minor: i64,
        value_minor: i64,
    ) -> i64 {
        let weighted = |sum_minor: i64| {
            self.pair_grains(sum_minor, weight).saturating_mul(i64::from(weight.share)) >> 8
        };
        let after = weighted(before_minor.saturating_add(value_minor));
        let gain = after.saturating_sub(weighted(before_minor));
        // Rule T-5: who buys proves less than who sells.
        if pool == Pool::Purchases { gain >> 1 } else { gain }
    }

    /// A pair's trade after some periods without any.
    pub(super) fn pair_faded(&self, mut sum_minor: i64, periods: i32) -> i64 {
        for _ in 0..periods {
            let next = faded(sum_minor, self.decay_pair_shift);
            if next == sum_minor {
                break;
            }
            sum_minor = next;
        }
        sum_minor
    }

    /// The level of this many points for a member who held `held` (rule T-9: what was reached is
    /// lost only an eighth below its threshold).
    pub(super) fn level(&self, points: i64, held: u8) -> u8 {
        let reached = self.count(|level| points >= level.points);
        let kept = self.count(|level| points >= level.points_kept).min(held);
        reached.max(kept)
    }

    fn count(&self, is_met: impl Fn(&LevelRule) -> bool) -> u8 {
        let met = self.levels.iter().take_while(|level| is_met(level)).count();
        u8::try_from(met).unwrap_or(u8::MAX)
    }

    pub(super) fn level_rule(&self, level: u8) -> Option<&LevelRule> {
        usize::from(level).checked_sub(1).and_then(|index| self.levels.get(index))
    }
}

const fn grains(points: i64) -> i64 {
    points.saturating_mul(GRAINS)
}

// The least whole number of points that is not below the threshold less its eighth.
fn kept(points: i64, divisor: i64) -> i64 {
    points.saturating_sub(points.checked_div(divisor).unwrap_or(0))
}

fn days(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
