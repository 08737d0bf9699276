//! How much of a sale repays a loan. Owns the share and the protected floor; must not release money.
//! Source: `50-credit` 4.6; rule CR-19, vectors C10 and C11.

use serde::{Deserialize, Serialize};

use super::line::Line;
use super::tranche::Status;
use crate::policy::CreditPolicy;
use crate::share::floor_bps;

/// What the borrower chose: his share of a sale, and the programme's rules around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sweep {
    /// What a sale leaves the seller at least, in minor units.
    pub floor_minor: i64,
    /// The share while something is overdue.
    pub overdue_bps: u32,
    /// The share the member chose; nothing is swept of a loan in good order without his choice.
    pub share_bps: u32,
}

impl Sweep {
    /// The rules of a programme with a member's own share.
    pub const fn of(policy: &CreditPolicy, share_bps: u32) -> Self {
        Self {
            floor_minor: policy.sweep_floor_minor,
            overdue_bps: policy.sweep_overdue_bps,
            share_bps,
        }
    }

    /// What a sale's net proceeds repay, in minor units: never more than is owed, never so much that
    /// the seller keeps less than the floor.
    ///
    /// The days of grace are the borrower's: only a loan that is past them counts as overdue here.
    pub fn minor(&self, line: &Line, net_minor: i64) -> i64 {
        let is_late = |status| matches!(status, Status::Overdue | Status::NonAccrual);
        let is_overdue = line.open().iter().any(|tranche| is_late(tranche.status()));
        let share_bps =
            if is_overdue { self.overdue_bps.max(self.share_bps) } else { self.share_bps };
        let spared = net_minor.saturating_sub(self.floor_minor);
        floor_bps(net_minor, share_bps).min(spared).max(0).min(line.payoff_minor())
    }
}
