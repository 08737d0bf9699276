//! The terms of one draw, pinned when it is made. Owns what a borrower agreed to; a policy that
//! changes later changes nothing here. Source: `50-credit` 4.3 to 4.5; rules CR-4 to CR-6.

use serde::{Deserialize, Serialize};

use crate::policy::{CreditPolicy, DayCount};

/// One kind of what a borrower owes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The fee of the draw.
    Fee,
    /// The uplift on overdue principal.
    Penalty,
    /// The price of the money for the days it was out.
    Interest,
    /// The money itself.
    Principal,
}

impl Part {
    /// The name in the API and in the vectors.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fee => "fee",
            Self::Penalty => "penalty",
            Self::Interest => "interest",
            Self::Principal => "principal",
        }
    }
}

/// The usual order in which a payment is used (CR-16).
pub const USUAL_ORDER: [Part; 4] = [Part::Fee, Part::Penalty, Part::Interest, Part::Principal];

/// The order for a loan in trouble: the debt itself first, so that a poor borrower's payment always
/// makes the debt smaller (CR-17, vector C22).
pub const GENTLE_ORDER: [Part; 4] = [Part::Principal, Part::Fee, Part::Interest, Part::Penalty];

/// What a draw costs and when it counts as late.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// How days become parts of a year.
    pub day_count: DayCount,
    /// Charged once with the draw, in ppm of the amount.
    pub fee_ppm: u32,
    /// Days after the due date on which only normal interest accrues.
    pub grace_days: u32,
    /// Days past due from which interest is no longer income.
    pub non_accrual_days: u32,
    /// Yearly uplift on overdue principal after the grace, in ppm.
    pub penalty_rate_ppm: u32,
    /// Yearly interest, in ppm.
    pub rate_ppm: u32,
    /// Interest, penalty and fee together, for ever, in ppm of the drawn amount.
    pub total_cost_cap_ppm: u32,
}

impl Terms {
    /// The terms of a draw made today under this policy.
    pub fn of(policy: &CreditPolicy) -> Self {
        Self {
            day_count: policy.day_count,
            fee_ppm: policy.fee_ppm,
            grace_days: policy.grace_days,
            non_accrual_days: policy.non_accrual_days,
            penalty_rate_ppm: penalty_rate_ppm(policy.rate_ppm, policy.penalty_uplift_bps),
            rate_ppm: policy.rate_ppm,
            // A basis point is a hundred ppm.
            total_cost_cap_ppm: policy.total_cost_bps_max.saturating_mul(100),
        }
    }

    /// The same terms at a lower rate; the uplift falls in proportion and never rises (CR-6).
    #[must_use]
    pub fn at_rate(self, rate_ppm: u32) -> Self {
        if rate_ppm >= self.rate_ppm {
            return self;
        }
        let uplift = u64::from(self.penalty_rate_ppm).saturating_mul(u64::from(rate_ppm));
        let uplift = uplift.checked_div(u64::from(self.rate_ppm)).unwrap_or(0);
        let penalty_rate_ppm = u32::try_from(uplift).unwrap_or(self.penalty_rate_ppm);
        Self { penalty_rate_ppm, rate_ppm, ..self }
    }
}

/// The uplift of a rate, rounded down.
pub(crate) fn penalty_rate_ppm(rate_ppm: u32, uplift_bps: u32) -> u32 {
    let uplift = u64::from(rate_ppm).saturating_mul(u64::from(uplift_bps)) / 10_000;
    u32::try_from(uplift).unwrap_or(u32::MAX)
}
