//! Exact fractions of a minor unit. Owns the atom and how days become atoms; must not round and
//! must not know what a loan is. Source: `50-credit` 4.3; rules CR-1 to CR-3 of `docs/rules/credit.md`.

use jiff::civil;
use serde::{Deserialize, Serialize};

use crate::policy::DayCount;
use crate::time::Date;

/// How many atoms make one minor unit: lcm(360, 365, 366) days times the million of the rate.
///
/// With this unit every day of every convention adds a whole number of atoms, so that interest is a
/// sum of integers and no rounding mode exists anywhere (CR-1).
pub const ATOMS_PER_MINOR: i128 = 1_603_080_000_000;

/// Atoms that one minor unit of cost is worth for each part per million of an amount: one
/// ppm-share of a minor unit.
pub const ATOMS_PER_PPM: i128 = 1_603_080;

// The year in days of the three conventions divides the atom: 1,603,080 / 360, / 365 and / 366.
const FACTOR_360: i128 = 4_453;
const FACTOR_365: i128 = 4_392;
const FACTOR_366: i128 = 4_380;

/// A growing sum of atoms, kept as whole minor units and a remainder below one of them.
///
/// Only the whole part is ever billed; the remainder is carried from part payment to part payment,
/// so a borrower never pays a minor unit that was not earned in full (CR-2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counter {
    /// What is carried, in atoms: from 0 to [`ATOMS_PER_MINOR`] - 1.
    pub remainder_atoms: i64,
    /// What can be billed, in minor units.
    pub whole_minor: i64,
}

impl Counter {
    /// Everything that was added so far, in atoms.
    pub fn atoms(self) -> i128 {
        // The product stays below 2^104, so it cannot saturate.
        let whole = i128::from(self.whole_minor).saturating_mul(ATOMS_PER_MINOR);
        whole.saturating_add(i128::from(self.remainder_atoms))
    }

    /// Adds atoms that are not negative.
    pub fn add(&mut self, atoms: i128) {
        let sum = self.atoms().saturating_add(atoms);
        // A cap of the total cost bounds every counter far below 63 bits of minor units (CR-14).
        self.whole_minor = i64::try_from(sum.div_euclid(ATOMS_PER_MINOR)).unwrap_or(i64::MAX);
        self.remainder_atoms = i64::try_from(sum.rem_euclid(ATOMS_PER_MINOR)).unwrap_or(0);
    }
}

/// A run of days on which one day adds the same: how many, and the factor of the convention.
pub type Span = (i64, i128);

/// The days from `from` up to and not including `to`, in runs of one factor each (CR-3).
///
/// The head counts and the tail does not: money drawn and repaid on one day costs nothing. Only the
/// convention over the real year has more than one run, one for each calendar year.
pub fn spans(day_count: DayCount, from: Date, to: Date) -> Vec<Span> {
    let days = i64::from(to.days_since(from));
    if days <= 0 {
        return Vec::new();
    }
    match day_count {
        DayCount::Act360 => vec![(days, FACTOR_360)],
        DayCount::Act365F => vec![(days, FACTOR_365)],
        DayCount::ActAct => year_spans(from, to),
    }
}

fn year_spans(from: Date, to: Date) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut start = from;
    while start < to {
        let year = start.civil().year();
        let next_year = civil::Date::new(year.saturating_add(1), 1, 1).ok();
        // After the last year of the calendar there is no boundary left to stop at.
        let end = next_year.and_then(Date::from_civil).map_or(to, |next| next.min(to));
        let factor = if start.civil().in_leap_year() { FACTOR_366 } else { FACTOR_365 };
        spans.push((i64::from(end.days_since(start)), factor));
        start = end;
    }
    spans
}

/// What one day adds for a principal at a yearly rate, in atoms.
///
/// At most 10^15 minor units, 10^6 ppm and a factor of 4,453: below 2^83, which is why atoms are
/// counted in 128 bits (vector C19).
pub fn day_atoms(principal_minor: i64, rate_ppm: u32, factor: i128) -> i128 {
    i128::from(principal_minor).saturating_mul(i128::from(rate_ppm)).saturating_mul(factor)
}

/// The day `days` after `date`, or the last day of the calendar.
pub fn plus_days(date: Date, days: u32) -> Date {
    let days = i32::try_from(days).unwrap_or(i32::MAX);
    Date::from_days(date.days().saturating_add(days)).unwrap_or(LAST_DATE)
}

/// The last day of the calendar of [`Date`].
const LAST_DATE: Date = match Date::from_days(84_370) {
    Some(date) => date,
    None => unreachable!(),
};
