//! Which policies may lend at all: the worst case of every draw keeps both caps. Owns that check; a
//! policy that fails it is refused when it is loaded. Source: `50-credit` 4.4; rules CR-11, CR-14.

use super::atoms::{ATOMS_PER_MINOR, day_atoms, spans};
use super::terms::penalty_rate_ppm;
use crate::policy::{CreditPolicy, DayCount};
use crate::time::Date;

/// What a loan can cost in a year at worst, and of what that is made: all in ppm of the principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorstCase {
    /// The fee of the shortest term, taken as a yearly rate.
    pub fee_ppm: i64,
    /// The true yearly rate: more than the named one where a year has 360 days.
    pub interest_ppm: i64,
    /// The uplift once it is late, as a true yearly rate.
    pub penalty_ppm: i64,
    /// The dearer of "paid when due after the shortest term" and "paid ever later".
    pub total_ppm: i64,
}

/// The dearest a draw under this policy can become, as an all-in yearly rate.
///
/// With a fee f, a term T and L days late, the yearly cost is r + (365 f + p (L - g)) / (T + L).
/// That is monotone in L, so it is never above its value on the due date of the shortest term or its
/// limit for a loan that is never paid. Both are here, rounded up.
pub fn worst_case(policy: &CreditPolicy) -> WorstCase {
    let penalty = penalty_rate_ppm(policy.rate_ppm, policy.penalty_uplift_bps);
    let interest_ppm = true_yearly_ppm(policy.day_count, policy.rate_ppm);
    let penalty_ppm = true_yearly_ppm(policy.day_count, penalty);
    let term = i64::from(policy.term_days_min.max(1));
    let fee_ppm = i64::from(policy.fee_ppm).saturating_mul(365);
    let fee_ppm = fee_ppm.saturating_add(term.saturating_sub(1)).checked_div(term).unwrap_or(0);
    let dearest = fee_ppm.max(penalty_ppm);
    let total_ppm = interest_ppm.saturating_add(dearest);
    WorstCase { fee_ppm, interest_ppm, penalty_ppm, total_ppm }
}

/// What 365 days cost in ppm, rounded up.
fn true_yearly_ppm(day_count: DayCount, rate_ppm: u32) -> i64 {
    const MILLION: i64 = 1_000_000;
    let (Some(from), Some(to)) = (Date::from_days(0), Date::from_days(365)) else { return 0 };
    let atoms = spans(day_count, from, to).into_iter().fold(0_i128, |sum, (days, factor)| {
        let day = day_atoms(MILLION, rate_ppm, factor);
        sum.saturating_add(day.saturating_mul(i128::from(days)))
    });
    let up = atoms.saturating_add(ATOMS_PER_MINOR.saturating_sub(1));
    i64::try_from(up.div_euclid(ATOMS_PER_MINOR)).unwrap_or(i64::MAX)
}

/// Why a policy may not lend: the field, as in the file, and the figures.
pub fn problem(policy: &CreditPolicy) -> Option<(&'static str, String)> {
    let cap = i64::from(policy.rate_cap_ppm);
    let worst = worst_case(policy);
    if i64::from(policy.rate_ppm) > cap {
        let problem = format!("is {}, above rate_cap_ppm {cap}", policy.rate_ppm);
        return Some(("credit.rate_ppm", problem));
    }
    if worst.total_ppm > cap {
        let WorstCase { fee_ppm, interest_ppm, penalty_ppm, total_ppm } = worst;
        let problem = format!(
            "costs {total_ppm} ppm a year at worst, above rate_cap_ppm {cap}: interest \
             {interest_ppm}, and the dearer of penalty {penalty_ppm} and fee {fee_ppm} over \
             {} days",
            policy.term_days_min
        );
        return Some(("credit.rate_ppm", problem));
    }
    let cost_cap_ppm = policy.total_cost_bps_max.saturating_mul(100);
    if policy.fee_ppm > cost_cap_ppm {
        let problem = format!(
            "is {}, above total_cost_bps_max {}",
            policy.fee_ppm, policy.total_cost_bps_max
        );
        return Some(("credit.fee_ppm", problem));
    }
    problem_of_days(policy)
}

// The days of a loan's life stand in their order; a misprint would make somebody late too soon.
fn problem_of_days(policy: &CreditPolicy) -> Option<(&'static str, String)> {
    let pairs = [
        ("credit.term_days_min", policy.term_days_min, "term_days_max", policy.term_days_max),
        ("credit.grace_days", policy.grace_days, "non_accrual_days", policy.non_accrual_days),
        (
            "credit.non_accrual_days",
            policy.non_accrual_days,
            "write_off_days",
            policy.write_off_days,
        ),
    ];
    for (field, small, of, large) in pairs {
        if small > large {
            return Some((field, format!("is {small}, above {of} {large}")));
        }
    }
    let is_rising = policy
        .provision
        .is_sorted_by(|a, b| a.up_to_days < b.up_to_days && a.rate_ppm <= b.rate_ppm);
    let is_share = policy.provision.iter().all(|step| step.rate_ppm <= 1_000_000);
    if policy.provision.is_empty() || !is_rising || !is_share {
        let problem = "must rise in up_to_days and rate_ppm, which is at most 1000000";
        return Some(("credit.provision", problem.to_owned()));
    }
    None
}
