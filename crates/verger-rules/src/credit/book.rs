//! What a village has lent, kept so that its risk is known on any day without looking at a loan.
//! Owns the sums by due date and agent; must not know a single loan. Rule CR-31.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::atoms::plus_days;
use super::line::Line;
use super::portfolio::{PAR30_DAYS, PAR90_DAYS, share_bps};
use super::tranche::Tranche;
use crate::id::PartyId;
use crate::time::Date;

/// The sums of one village, in minor units. Days pass over them without a nightly job: a sum that is
/// kept by its due date says by itself how late it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoanBook {
    /// Principal by the agent who assisted.
    pub by_agent: BTreeMap<PartyId, i64>,
    /// Principal by due date, without what was agreed anew.
    pub by_due: BTreeMap<Date, i64>,
    /// Principal that was agreed anew and has not proved itself.
    pub restructured_minor: i64,
}

impl LoanBook {
    /// Takes a line out as it was and puts it in as it is.
    pub fn replace(&mut self, before: &Line, after: &Line) {
        for tranche in before.open() {
            self.add(tranche, tranche.principal_minor.saturating_neg());
        }
        for tranche in after.open() {
            self.add(tranche, tranche.principal_minor);
        }
        self.by_agent.retain(|_, minor| *minor != 0);
        self.by_due.retain(|_, minor| *minor != 0);
    }

    fn add(&mut self, tranche: &Tranche, minor: i64) {
        let sum = match tranche.plan {
            Some(_) => &mut self.restructured_minor,
            None => self.by_due.entry(tranche.due_on).or_default(),
        };
        *sum = sum.saturating_add(minor);
        if let Some(agent) = tranche.agent {
            let sum = self.by_agent.entry(agent).or_default();
            *sum = sum.saturating_add(minor);
        }
    }

    /// The gross portfolio.
    pub fn olb_minor(&self) -> i64 {
        let sum = |sum: i64, minor: &i64| sum.saturating_add(*minor);
        self.by_due.values().fold(self.restructured_minor, sum)
    }

    /// Principal more than so many days late on a day, with what was agreed anew.
    pub fn late_minor(&self, days: u32, today: Date) -> i64 {
        let late = self.by_due.iter().take_while(|(due, _)| plus_days(**due, days) < today);
        late.fold(self.restructured_minor, |sum, (_, minor)| sum.saturating_add(*minor))
    }

    /// PAR30, in hundredths of a percent.
    pub fn par30_bps(&self, today: Date) -> u32 {
        share_bps(self.late_minor(PAR30_DAYS, today), self.olb_minor())
    }

    /// PAR90, in hundredths of a percent.
    pub fn par90_bps(&self, today: Date) -> u32 {
        share_bps(self.late_minor(PAR90_DAYS, today), self.olb_minor())
    }

    /// What the households an agent assisted owe.
    pub fn of_agent_minor(&self, agent: PartyId) -> i64 {
        self.by_agent.get(&agent).copied().unwrap_or(0)
    }
}
