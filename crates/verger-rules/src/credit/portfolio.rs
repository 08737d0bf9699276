//! What a set of loans is worth and how much of it is at risk. Owns the measures and the provision;
//! must not know whose loans they are. Source: `50-credit` 4.8; rules CR-31 to CR-35, vector P01.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::atoms::plus_days;
use super::terms::Part;
use super::tranche::{End, Tranche};
use crate::id::PartyId;
use crate::policy::{CreditPolicy, ProvisionStep};
use crate::time::{Date, Month};

/// Days past due above which a loan is in PAR30 and stage 2.
pub const PAR30_DAYS: u32 = 30;
/// Days past due above which a loan is in PAR90 and stage 3.
pub const PAR90_DAYS: u32 = 90;

/// One loan as the measures see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exposure {
    /// Days past due.
    pub days_past_due: u32,
    /// Interest that counts as income and is not yet paid, in minor units.
    pub interest_minor: i64,
    /// Whether it was agreed anew and has not proved itself.
    pub is_restructured: bool,
    /// Principal, in minor units.
    pub principal_minor: i64,
}

impl Exposure {
    /// A draw as the measures see it on a day, if anything of it is out.
    pub fn of(tranche: &Tranche, on: Date) -> Option<Self> {
        if tranche.end.is_some() || tranche.drawn_on > on {
            return None;
        }
        let mut then = tranche.clone();
        then.advance(on);
        let interest_minor = if then.is_suspended { 0 } else { then.due_minor(Part::Interest) };
        Some(Self {
            days_past_due: then.days_past_due(on),
            interest_minor,
            is_restructured: then.plan.is_some(),
            principal_minor: then.principal_minor,
        })
    }
}

/// How much is set aside for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matrix {
    /// The steps, rising in days.
    pub steps: Vec<ProvisionStep>,
    /// At least this for a loan that was agreed anew, in ppm.
    pub restructured_ppm: u32,
}

impl Matrix {
    /// The matrix of a programme.
    pub fn of(policy: &CreditPolicy) -> Self {
        let restructured_ppm = policy.provision_restructured_ppm;
        Self { steps: policy.provision.clone(), restructured_ppm }
    }

    /// The rate for one loan, in ppm of principal and accrued interest.
    pub fn rate_ppm(&self, loan: &Exposure) -> u32 {
        let reached = |step: &&ProvisionStep| loan.days_past_due <= step.up_to_days;
        let step = self.steps.iter().find(reached).or(self.steps.last());
        let rate_ppm = step.map_or(0, |step| step.rate_ppm);
        if loan.is_restructured { rate_ppm.max(self.restructured_ppm) } else { rate_ppm }
    }
}

/// The measures of a set of loans; built by adding one loan after the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measures {
    /// Loans with something out.
    pub loans: u64,
    /// The gross portfolio: all principal that is out, in minor units.
    pub olb_minor: i64,
    /// Principal more than 30 days late, or agreed anew, in minor units.
    pub par30_minor: i64,
    /// Principal more than 90 days late, or agreed anew, in minor units.
    pub par90_minor: i64,
    /// What is to be set aside, in millionths of a minor unit: exact.
    pub provision_micro: i128,
    /// Principal in stages 1, 2 and 3 of IFRS 9, in minor units.
    pub stages_minor: [i64; 3],
}

impl Measures {
    /// Adds one loan.
    pub fn add(&mut self, loan: &Exposure, matrix: &Matrix) {
        let (days, principal) = (loan.days_past_due, loan.principal_minor);
        let put = |sum: &mut i64| *sum = sum.saturating_add(principal);
        self.loans = self.loans.saturating_add(1);
        put(&mut self.olb_minor);
        // A loan that was agreed anew stays at risk until it has proved itself (CR-32): otherwise a
        // bad portfolio would look good on the day its loans are renewed.
        if days > PAR30_DAYS || loan.is_restructured {
            put(&mut self.par30_minor);
        }
        if days > PAR90_DAYS || loan.is_restructured {
            put(&mut self.par90_minor);
        }
        let [one, two, three] = &mut self.stages_minor;
        put(match days {
            _ if days > PAR90_DAYS => three,
            _ if days > PAR30_DAYS || loan.is_restructured => two,
            _ => one,
        });
        let base = i128::from(principal).saturating_add(i128::from(loan.interest_minor));
        let micro = base.saturating_mul(i128::from(matrix.rate_ppm(loan)));
        self.provision_micro = self.provision_micro.saturating_add(micro);
    }

    /// What is to be set aside, in minor units: the exact sum, rounded up once (CR-34).
    pub fn provision_minor(&self) -> i64 {
        let up = self.provision_micro.saturating_add(999_999);
        i64::try_from(up.div_euclid(1_000_000)).unwrap_or(i64::MAX)
    }

    /// PAR30 of the gross portfolio, in hundredths of a percent, to the nearest.
    pub fn par30_bps(&self) -> u32 {
        share_bps(self.par30_minor, self.olb_minor)
    }

    /// PAR90 of the gross portfolio, in hundredths of a percent, to the nearest.
    pub fn par90_bps(&self) -> u32 {
        share_bps(self.par90_minor, self.olb_minor)
    }
}

/// One amount as a share of another, in hundredths of a percent, to the nearest; nothing of nothing
/// is nothing.
pub fn share_bps(part_minor: i64, whole_minor: i64) -> u32 {
    let whole = i128::from(whole_minor);
    let twice = i128::from(part_minor).saturating_mul(20_000).saturating_add(whole);
    let bps = twice.checked_div(whole.saturating_mul(2)).unwrap_or(0);
    u32::try_from(bps).unwrap_or(u32::MAX)
}

/// What became of the draws of one month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cohort {
    /// Principal drawn, in minor units.
    pub drawn_minor: i64,
    /// How many draws.
    pub loans: u64,
    /// Principal written off, in minor units.
    pub lost_minor: i64,
    /// Principal that is out, in minor units.
    pub olb_minor: i64,
    /// Principal more than 30 days late, or agreed anew, in minor units.
    pub par30_minor: i64,
    /// Principal paid back, in minor units.
    pub repaid_minor: i64,
}

/// What all draws of a village, or of many, are worth on a day; built by adding one after the other.
///
/// Nothing in it is stored: it follows from the draws, so it is live and can be had for any day since
/// the last event (CR-35).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// All together.
    pub all: Measures,
    /// By the agent who assisted; draws without one under `None`.
    pub by_agent: BTreeMap<Option<PartyId>, Measures>,
    /// By the month of drawing.
    pub cohorts: BTreeMap<Month, Cohort>,
    /// Draws that ended, and those of them that were paid by their due date and grace.
    pub ended: (u64, u64),
    /// The same by what was drawn, in minor units.
    pub ended_minor: (i64, i64),
    /// Principal written off, in minor units.
    pub lost_minor: i64,
}

impl Report {
    /// Adds one draw as it stands on a day.
    pub fn add(&mut self, tranche: &Tranche, on: Date, matrix: &Matrix) {
        if tranche.drawn_on > on {
            return;
        }
        let exposure = Exposure::of(tranche, on);
        let cohort = self.cohorts.entry(tranche.drawn_on.month()).or_default();
        let put = |sum: &mut i64, minor: i64| *sum = sum.saturating_add(minor);
        cohort.loans = cohort.loans.saturating_add(1);
        put(&mut cohort.drawn_minor, tranche.drawn_minor);
        put(&mut cohort.lost_minor, tranche.written_off_minor);
        put(&mut self.lost_minor, tranche.written_off_minor);
        let gone = tranche.principal_minor.saturating_add(tranche.written_off_minor);
        put(&mut cohort.repaid_minor, tranche.drawn_minor.saturating_sub(gone));
        if let Some(loan) = &exposure {
            put(&mut cohort.olb_minor, loan.principal_minor);
            if loan.days_past_due > PAR30_DAYS || loan.is_restructured {
                put(&mut cohort.par30_minor, loan.principal_minor);
            }
            self.all.add(loan, matrix);
            self.by_agent.entry(tranche.agent).or_default().add(loan, matrix);
        }
        self.count_end(tranche);
    }

    // On time is by the due date and grace; what was taken back within the cooling-off was no loan.
    fn count_end(&mut self, tranche: &Tranche) {
        let (Some(end), Some(ended_on)) = (tranche.end, tranche.ended_on) else { return };
        if end == End::Returned {
            return;
        }
        let last = plus_days(tranche.due_on, tranche.terms.grace_days);
        let is_on_time = end == End::Repaid && ended_on <= last;
        let minor = tranche.drawn_minor;
        self.ended.0 = self.ended.0.saturating_add(1);
        self.ended_minor.0 = self.ended_minor.0.saturating_add(minor);
        if is_on_time {
            self.ended.1 = self.ended.1.saturating_add(1);
            self.ended_minor.1 = self.ended_minor.1.saturating_add(minor);
        }
    }

    /// What was written off of everything that was ever lent, in hundredths of a percent.
    pub fn lost_bps(&self) -> u32 {
        let drawn = self.cohorts.values().map(|cohort| cohort.drawn_minor);
        share_bps(self.lost_minor, drawn.fold(0, i64::saturating_add))
    }

    /// How many of the ended draws were paid in time, in hundredths of a percent.
    pub fn on_time_bps(&self) -> u32 {
        let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        share_bps(count(self.ended.1), count(self.ended.0))
    }

    /// The same by what was drawn.
    pub fn on_time_value_bps(&self) -> u32 {
        share_bps(self.ended_minor.1, self.ended_minor.0)
    }
}
