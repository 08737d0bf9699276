//! What a small enterprise can carry. Owns the largest sensible loan for it; the figures are the
//! programme's, the limit is the household's. Source: `50-credit` 4.2; rule CR-47.

use super::quote::Quote;
use super::terms::Terms;
use crate::credit::atoms::plus_days;
use crate::policy::{CreditPolicy, Enterprise};
use crate::share::floor_bps;
use crate::time::Date;

/// The largest loan that makes sense for an enterprise, in minor units: no more than it takes, and so
/// much that paying it back with its whole cost leaves the household its share of the sale.
///
/// Whoever borrows more than an enterprise brings works for the lender; so it is declined, with the
/// sum that would make sense.
pub fn sensible_minor(policy: &CreditPolicy, enterprise: &Enterprise, today: Date) -> i64 {
    let step = policy.draw_step_minor.max(1);
    let due_on =
        plus_days(today, enterprise.days.clamp(policy.term_days_min, policy.term_days_max));
    let carried = floor_bps(enterprise.sale_minor, policy.enterprise_share_bps);
    // What a yuan costs over the whole time says how much of the carried sum can be money.
    let unit = 1_000_000;
    let costs = Quote::of(unit, (today, due_on), Terms::of(policy)).payoff_minor.max(1);
    let most = i128::from(carried).saturating_mul(i128::from(unit));
    let most = most.checked_div(i128::from(costs)).unwrap_or(0);
    let most = i64::try_from(most).unwrap_or(i64::MAX).min(enterprise.outlay_minor);
    most.checked_div(step).unwrap_or(0).saturating_mul(step)
}

/// The enterprise with this name.
pub fn by_name<'a>(policy: &'a CreditPolicy, name: &str) -> Option<&'a Enterprise> {
    policy.enterprises.iter().find(|enterprise| enterprise.name == name)
}
