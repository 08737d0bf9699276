//! What a draw will cost, before it is made. Owns the figures of the key-fact statement; the bill is
//! made by [`Tranche`], and so is the quote, so that they cannot differ. Source: `50-credit` 4.2, 4.4;
//! rules CR-7, CR-9 to CR-12.

use serde::{Deserialize, Serialize};

use super::atoms::{ATOMS_PER_MINOR, day_atoms, plus_days, spans};
use super::terms::{Part, Terms};
use super::tranche::Tranche;
use crate::id::TrancheId;
use crate::policy::CreditPolicy;
use crate::time::Date;

/// Until when a borrower wants the money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Until {
    /// For so many days.
    Days(u32),
    /// Until the harvest that ends on this day is sold: the programme adds its days (CR-7).
    Harvest(Date),
}

/// The due date that follows, or the nearest the programme allows: the shortest or the longest term.
///
/// # Errors
/// The nearest due date that is allowed, when the wanted one is not.
pub fn due_on(policy: &CreditPolicy, today: Date, until: Until) -> Result<Date, Date> {
    let wanted = match until {
        Until::Days(days) => plus_days(today, days),
        Until::Harvest(ends_on) => plus_days(ends_on, policy.harvest_days),
    };
    let first = plus_days(today, policy.term_days_min);
    let last = plus_days(today, policy.term_days_max);
    // A harvest that is sold later than the longest term is a case for the longest term, which the
    // borrower is told; one that is nearly over still leaves the shortest term.
    let nearest = wanted.clamp(first, last);
    let is_harvest = matches!(until, Until::Harvest(_));
    if nearest == wanted || is_harvest { Ok(nearest) } else { Err(nearest) }
}

/// What a draw costs: the figures of the key-fact statement, all that a borrower must know before he
/// agrees (CR-12).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// The money, in minor units.
    pub amount_minor: i64,
    /// The cost of one day, in hundredths of a minor unit, rounded to the nearest.
    pub cost_a_day_centi: i64,
    /// Everything it can ever cost on top of the money, whatever happens, in minor units.
    pub cost_max_minor: i64,
    /// Everything it costs when paid on the due date, in minor units.
    pub cost_minor: i64,
    /// The day it is to be paid by.
    pub due_on: Date,
    /// The all-in yearly rate with the effect of compounding, in hundredths of a percent.
    pub effective_bps: i64,
    /// The fee, in minor units.
    pub fee_minor: i64,
    /// Days after the due date at the normal price.
    pub grace_days: u32,
    /// The interest when paid on the due date, in minor units.
    pub interest_minor: i64,
    /// The cost of one day once it is late, in hundredths of a minor unit.
    pub late_a_day_centi: i64,
    /// What is to be paid on the due date, in minor units.
    pub payoff_minor: i64,
    /// The all-in yearly rate without compounding, in hundredths of a percent.
    pub simple_bps: i64,
    /// The same in ppm and rounded up: what the legal cap is compared with.
    pub simple_ppm: i64,
    /// The terms.
    pub terms: Terms,
}

impl Quote {
    /// The quote of a draw made today and paid on its due date.
    pub fn of(amount_minor: i64, (today, due_on): (Date, Date), terms: Terms) -> Self {
        let mut tranche =
            Tranche::draw(TrancheId::from_bits(0), amount_minor, (today, due_on), terms);
        tranche.advance(due_on);
        let days = i128::from(due_on.days_since(today).max(1));
        let cost_minor = tranche.charges_due_minor();
        let yearly = yearly_ppm(amount_minor, cost_minor, days);
        let on_day = |rate_ppm| day_centi(amount_minor, rate_ppm, terms, today);
        Self {
            amount_minor,
            cost_a_day_centi: on_day(terms.rate_ppm),
            cost_max_minor: cap_minor(amount_minor, terms),
            cost_minor,
            due_on,
            effective_bps: effective_bps(amount_minor, cost_minor, days),
            fee_minor: tranche.due_minor(Part::Fee),
            grace_days: terms.grace_days,
            interest_minor: tranche.due_minor(Part::Interest),
            late_a_day_centi: on_day(terms.rate_ppm.saturating_add(terms.penalty_rate_ppm)),
            payoff_minor: tranche.payoff_minor(),
            simple_bps: nearest(yearly.0, yearly.1.saturating_mul(100)),
            simple_ppm: rounded_up(yearly.0, yearly.1),
            terms,
        }
    }
}

/// The most that a draw can ever cost on top of the money, in minor units.
pub fn cap_minor(amount_minor: i64, terms: Terms) -> i64 {
    let cap = i128::from(amount_minor).saturating_mul(i128::from(terms.total_cost_cap_ppm));
    i64::try_from(cap / 1_000_000).unwrap_or(i64::MAX)
}

// Cost over money and days, as a fraction in ppm a year of 365 days.
fn yearly_ppm(amount_minor: i64, cost_minor: i64, days: i128) -> (i128, i128) {
    let year = i128::from(cost_minor).saturating_mul(365).saturating_mul(1_000_000);
    (year, i128::from(amount_minor).saturating_mul(days).max(1))
}

fn day_centi(amount_minor: i64, rate_ppm: u32, terms: Terms, today: Date) -> i64 {
    let factor =
        spans(terms.day_count, today, plus_days(today, 1)).first().map_or(0, |span| span.1);
    let atoms = day_atoms(amount_minor, rate_ppm, factor);
    nearest(atoms.saturating_mul(100), ATOMS_PER_MINOR)
}

/// A fraction of numbers that are not negative, to the nearest whole number, halves up.
fn nearest(numerator: i128, denominator: i128) -> i64 {
    let twice = numerator.saturating_mul(2).saturating_add(denominator);
    let rounded = twice.checked_div(denominator.saturating_mul(2)).unwrap_or(i128::MAX);
    i64::try_from(rounded).unwrap_or(i64::MAX)
}

fn rounded_up(numerator: i128, denominator: i128) -> i64 {
    let up = numerator.saturating_add(denominator.saturating_sub(1));
    i64::try_from(up.checked_div(denominator).unwrap_or(i128::MAX)).unwrap_or(i64::MAX)
}

/// The yearly rate r, in hundredths of a percent, with 1 + r = (1 + cost / money)^(365 / days).
///
/// The domain has no floating point: logarithm and power are series in fixed point with fifteen
/// digits, far finer than the two that are shown. Rates above a thousand times a year read as that.
pub fn effective_bps(amount_minor: i64, cost_minor: i64, days: i128) -> i64 {
    let (amount, cost) = (i128::from(amount_minor.max(1)), i128::from(cost_minor.max(0)));
    // ln(1 + c) = 2 artanh(c / (2 + c)); a cost is at most the money itself (CR-14), so that the
    // argument is at most a third and twenty terms are exact to the last digit.
    let twice = amount.saturating_mul(2).saturating_add(cost);
    let argument = cost.saturating_mul(ONE).checked_div(twice).unwrap_or(0);
    let logarithm = artanh(argument).saturating_mul(2).saturating_mul(365);
    let logarithm = logarithm.checked_div(days.max(1)).unwrap_or(0).min(LOGARITHM_MAX);
    nearest(exponential(logarithm).saturating_sub(ONE).saturating_mul(10_000), ONE)
}

/// One, in fixed point.
const ONE: i128 = 1_000_000_000_000_000;
/// The natural logarithm of 1,001, rounded down.
const LOGARITHM_MAX: i128 = 6_908_754_779_315_220;

fn times(a: i128, b: i128) -> i128 {
    a.saturating_mul(b) / ONE
}

// The sum of z^n / n over odd n.
fn artanh(z: i128) -> i128 {
    let square = times(z, z);
    let mut power = z;
    let mut sum = 0_i128;
    for odd in (1_i128..60).step_by(2) {
        sum = sum.saturating_add(power.checked_div(odd).unwrap_or(0));
        power = times(power, square);
    }
    sum
}

// A thousandth of the exponent by its series, then squared ten times.
fn exponential(exponent: i128) -> i128 {
    let small = exponent / 1_024;
    let mut term = ONE;
    let mut sum = ONE;
    for n in 1_i128..12 {
        term = times(term, small).checked_div(n).unwrap_or(0);
        sum = sum.saturating_add(term);
    }
    (0..10).fold(sum, |power, _| times(power, power))
}
