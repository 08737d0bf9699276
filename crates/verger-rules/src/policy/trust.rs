//! The section of the policy that the trust index lives by, and what makes it sound. Owns the rule
//! that forged trade must cost more than the credit it can unlock; must not compute points.

use serde::{Deserialize, Serialize};
use verger_weights::{WEIGHT_ONE, WeightRules};

use super::{PolicyError, wrong};

/// No number of points or programme units of this section is larger: grains, which are 256 to a
/// point, and sums of several pools then stay far within 63 bits.
const NUMBER_MAX: i64 = 1_000_000;

/// A pool of positive evidence, in points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustPool {
    /// Whether its points stand for money that came from outside.
    pub backed: bool,
    /// The most it can hold.
    pub cap: i64,
    /// The most it can grow in a period; what is above waits for the next one.
    pub period_cap: i64,
}

/// The six pools. Source: 40-trust 2.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustPools {
    /// Facts about the household that a second witness or a document confirmed.
    pub facts: TrustPool,
    /// Sales to buyers whose money is proven, and deliveries to the cooperative.
    pub proven_sales: TrustPool,
    /// Purchases paid on time.
    pub purchases: TrustPool,
    /// Loans repaid on time.
    pub repaid: TrustPool,
    /// Sales to buyers of whom nothing is proven.
    pub unproven_sales: TrustPool,
    /// Sales to other members.
    pub village_trade: TrustPool,
}

impl TrustPools {
    /// All pools with their names in the policy file.
    pub const fn named(&self) -> [(&'static str, &TrustPool); 6] {
        [
            ("facts", &self.facts),
            ("proven_sales", &self.proven_sales),
            ("purchases", &self.purchases),
            ("repaid", &self.repaid),
            ("unproven_sales", &self.unproven_sales),
            ("village_trade", &self.village_trade),
        ]
    }
}

/// A level of trust.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustLevel {
    /// The level's credit limit, in programme units.
    pub limit_units: i64,
    /// From how many points.
    pub points: i64,
}

/// The trust index. Source: 40-trust section 2.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustPolicy {
    /// rho: 1 over this share of twelve months' outside money can be borrowed.
    pub backing_divisor: i64,
    /// Over how many days proven money backs a first loan.
    pub backing_first_days: u32,
    /// 1 over this share of it can be borrowed at first.
    pub backing_first_divisor: i64,
    /// That share reaches up to this many U.
    pub backing_first_units: i64,
    /// Backing is never below this many U: a level alone opens it.
    pub backing_floor_units: i64,
    /// A pair's memory loses 1/2^this a period.
    pub decay_pair_shift: u32,
    /// Penalties lose 1/2^this a period.
    pub decay_penalty_shift: u32,
    /// Points lose 1/2^this a period.
    pub decay_points_shift: u32,
    /// Taken for a default.
    pub default_points: i64,
    /// Taken for a dispute lost.
    pub dispute_points: i64,
    /// What a forged unit of trade costs at least.
    pub fee_irrecoverable_bps: u32,
    /// A level is lost 1 over this below its threshold.
    pub hysteresis_divisor: i64,
    /// Taken for a late payment.
    pub late_points: i64,
    /// Levels from 1, by points.
    pub levels: Vec<TrustLevel>,
    /// One operation counts up to this many U.
    pub operation_units_max: i64,
    /// What one counterparty can be worth, at full weight.
    pub pair_cap_points: i64,
    /// The same for a seed.
    pub pair_cap_seed_points: i64,
    /// Points of the first U with one counterparty, at full weight; four U give twice as many.
    pub pair_unit_points: i64,
    /// An unproven payer counts up to this many U.
    pub payer_unit_cap: i64,
    /// The most that penalties take.
    pub penalty_points_max: i64,
    /// Days of a period.
    pub period_days: u32,
    /// Pools of positive evidence, in points.
    pub pools: TrustPools,
    /// A loan held this long counts in full; a shorter one in proportion.
    pub repaid_days_full: u32,
    /// A loan held shorter than this does not count.
    pub repaid_days_min: u32,
    /// The step-up limit before any loan was repaid, in U.
    pub step_base_units: i64,
    /// A loan held shorter than this raises no step-up limit.
    pub step_days_min: u32,
    /// The step-up limit, in percent of the largest loan repaid on time.
    pub step_percent: i64,
    /// Income advantage of selling through the shop.
    pub surplus_bps_assumed: u32,
    /// DELTA: what one hop keeps of a weight, of 256.
    pub weight_damping: u32,
    /// Weight of an unproven outside buyer, of 256.
    pub weight_prior: u32,
    /// The most an unproven payer's money backs, of 256.
    pub weight_unproven_max: u32,
}

impl TrustPolicy {
    /// The measure of backing weights; `unit_minor` is the programme's unit U in minor units.
    pub fn weight_rules(&self, unit_minor: i64) -> WeightRules {
        // The policy's own check keeps all of these within 256; a value above it could only come
        // past that check, and then counts as the highest weight there is.
        let weight = |value: u32| u16::try_from(value).unwrap_or(WEIGHT_ONE).min(WEIGHT_ONE);
        let cap_minor = self.payer_unit_cap.saturating_mul(unit_minor);
        WeightRules {
            damping: weight(self.weight_damping),
            prior: weight(self.weight_prior),
            unproven_max: weight(self.weight_unproven_max),
            payer_cap_minor: u64::try_from(cap_minor).unwrap_or(0),
        }
    }

    /// Checks what must hold between the numbers of this section; that none is negative, and that
    /// no weight is above the whole, is checked for all sections together.
    ///
    /// # Errors
    /// The first field that is wrong, with its value and what it should be.
    pub(super) fn validate(&self) -> Result<(), PolicyError> {
        self.validate_sizes()?;
        self.validate_no_free_lunch()?;
        self.validate_curves()?;
        self.validate_levels()
    }

    fn validate_sizes(&self) -> Result<(), PolicyError> {
        let mut numbers = vec![
            ("trust.backing_first_units".to_owned(), self.backing_first_units),
            ("trust.backing_floor_units".to_owned(), self.backing_floor_units),
            ("trust.default_points".to_owned(), self.default_points),
            ("trust.dispute_points".to_owned(), self.dispute_points),
            ("trust.late_points".to_owned(), self.late_points),
            ("trust.operation_units_max".to_owned(), self.operation_units_max),
            ("trust.pair_cap_seed_points".to_owned(), self.pair_cap_seed_points),
            ("trust.payer_unit_cap".to_owned(), self.payer_unit_cap),
            ("trust.penalty_points_max".to_owned(), self.penalty_points_max),
            ("trust.step_base_units".to_owned(), self.step_base_units),
            ("trust.step_percent".to_owned(), self.step_percent),
        ];
        for (name, pool) in self.pools.named() {
            numbers.push((format!("trust.pools.{name}.cap"), pool.cap));
            numbers.push((format!("trust.pools.{name}.period_cap"), pool.period_cap));
        }
        for (index, level) in self.levels.iter().enumerate() {
            numbers.push((format!("trust.levels.{index}.limit_units"), level.limit_units));
            numbers.push((format!("trust.levels.{index}.points"), level.points));
        }
        match numbers.into_iter().find(|(_, number)| *number > NUMBER_MAX) {
            Some((field, number)) => {
                wrong(&field, &format!("is {number}, should be at most {NUMBER_MAX}"))
            }
            None => Ok(()),
        }
    }

    // Source: 40-trust 2.4, "policy validator".
    fn validate_no_free_lunch(&self) -> Result<(), PolicyError> {
        let backing = i128::from(self.backing_divisor);
        // rho x W_BACK <= fee  <=>  (1 / backing) x (w / 256) <= bps / 10000, without division.
        let unlocked = i128::from(self.weight_unproven_max).saturating_mul(10_000);
        let cost =
            i128::from(self.fee_irrecoverable_bps).saturating_mul(256).saturating_mul(backing);
        if unlocked > cost {
            let problem =
                "with backing_divisor unlocks more credit than fee_irrecoverable_bps costs";
            return wrong("trust.weight_unproven_max", problem);
        }
        let surplus = i128::from(self.surplus_bps_assumed).saturating_mul(backing);
        if surplus < 10_000 {
            return wrong("trust.backing_divisor", "lends more than surplus_bps_assumed repays");
        }
        if self.weight_damping > 128 {
            return wrong("trust.weight_damping", "is above 128");
        }
        if self.weight_prior > self.weight_unproven_max {
            return wrong("trust.weight_prior", "is above weight_unproven_max");
        }
        Ok(())
    }

    // Honest trade must never lower points at a later day: a pair forgets at least as fast as its
    // points fade, and blame fades no faster than merit. A curve ends exactly at its cap when the
    // cap is a whole multiple of what the first unit gives.
    fn validate_curves(&self) -> Result<(), PolicyError> {
        if self.decay_pair_shift > self.decay_points_shift {
            return wrong("trust.decay_pair_shift", "must fade no slower than points do");
        }
        if self.decay_penalty_shift < self.decay_points_shift {
            return wrong("trust.decay_penalty_shift", "must fade no faster than points do");
        }
        if self.pair_cap_points > self.pair_cap_seed_points {
            return wrong("trust.pair_cap_points", "is above pair_cap_seed_points");
        }
        let caps = [
            ("trust.pair_cap_points", self.pair_cap_points),
            ("trust.pair_cap_seed_points", self.pair_cap_seed_points),
        ];
        for (field, cap) in caps {
            if cap.checked_rem(self.pair_unit_points) != Some(0) {
                return wrong(field, "must be a whole multiple of pair_unit_points");
            }
        }
        if self.repaid_days_min > self.repaid_days_full || self.repaid_days_full == 0 {
            return wrong("trust.repaid_days_min", "is above repaid_days_full");
        }
        if self.step_percent < 100 {
            return wrong(
                "trust.step_percent",
                "should be at least 100: a loan repaid opens it again",
            );
        }
        Ok(())
    }

    fn validate_levels(&self) -> Result<(), PolicyError> {
        let is_rising = |of: fn(&TrustLevel) -> i64| self.levels.is_sorted_by(|a, b| of(a) < of(b));
        if self.levels.is_empty() || !is_rising(|l| l.points) || !is_rising(|l| l.limit_units) {
            return wrong("trust.levels", "must rise in points and in limit_units");
        }
        let pools = self.pools.named();
        let unbacked: i64 = pools
            .iter()
            .filter(|(_, pool)| !pool.backed)
            .fold(0, |sum, (_, pool)| sum.saturating_add(pool.cap));
        let first_level = self.levels.first().map_or(0, |level| level.points);
        if unbacked >= first_level {
            let problem =
                format!("unbacked pools hold {unbacked} points, level 1 starts at {first_level}");
            return wrong("trust.pools", &problem);
        }
        Ok(())
    }
}
