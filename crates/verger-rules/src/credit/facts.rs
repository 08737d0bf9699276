//! Everything a decision about a draw looks at, as one plain snapshot. Owns the shape and its hash;
//! what is not in here cannot change a decision. Source: `50-credit` 4.2; rule CR-36.

use serde::{Deserialize, Serialize};

use super::quote::Until;
use crate::codec::{self, Hash};
use crate::policy::Enterprise;
use crate::time::{Date, Instant};

/// The snapshot. Fields stand in alphabetical order, so that its JSON is canonical as written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The agent who assists, if one does.
    pub agent: Option<AgentFacts>,
    /// What is asked, in minor units.
    pub amount_minor: i64,
    /// When it is asked.
    pub at: Instant,
    /// Whether the member himself agreed, by his own proof.
    pub consent: Consent,
    /// Until when a second draw waits for the cooling-off of the first.
    pub cooling_off_until: Option<Instant>,
    /// Complaints against the borrower that are not settled.
    pub disputes_open: u32,
    /// The enterprise it is for, if the household named one of the programme's.
    pub enterprise: Option<Enterprise>,
    /// What the programme's fund can still lend, in minor units.
    pub fund_minor: i64,
    /// Marks on the borrower's file.
    pub holds: Holds,
    /// The day up to which the borrower's identity is verified.
    pub identity_until: Option<Date>,
    /// What trust allows.
    pub limit: LimitFacts,
    /// Debt elsewhere that is known, in minor units.
    pub other_debt_minor: i64,
    /// Principal that is out, in minor units.
    pub outstanding_minor: i64,
    /// The worst lateness on this line, in days past due and beyond grace.
    pub overdue_days: u32,
    /// What would end that lateness, in minor units.
    pub overdue_minor: i64,
    /// PAR30 of the village, in hundredths of a percent.
    pub par30_bps: u32,
    /// The agreement about an old debt, if one has not proved itself.
    pub plan: Option<PlanFacts>,
    /// What it is for, as the programme names it.
    pub purpose: String,
    /// Since when the borrower is known.
    pub registered_on: Date,
    /// The business day.
    pub today: Date,
    /// Until when the money is wanted.
    pub until: Until,
    /// The last write-off, if there was one.
    pub written_off_on: Option<Date>,
}

impl Facts {
    /// The hash that the stored decision names them by.
    pub fn hash(&self) -> Hash {
        codec::sha256(&codec::to_bytes(self))
    }
}

/// The agent who assists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentFacts {
    /// His bond and retained commission, in minor units.
    pub bond_minor: i64,
    /// What the households he assisted owe, in minor units.
    pub exposure_minor: i64,
    /// Whether the borrower is his own household.
    pub is_own_household: bool,
}

/// Whether the member agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    /// By his own proof.
    Given,
    /// Not at all, or by somebody else.
    Missing,
    /// He took it back.
    Withdrawn,
}

/// Marks on a borrower's file; each is set and cleared by a person of the staff, with a reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each mark is independent of the others")]
pub struct Holds {
    /// The same person may be registered twice.
    pub is_duplicate: bool,
    /// Compliance looks at it.
    pub is_on_hold: bool,
    /// The system takes no new business.
    pub is_read_only: bool,
    /// The name is on a list of sanctions.
    pub is_sanctioned: bool,
    /// Not of age and without a guardian.
    pub is_under_age: bool,
    /// Trade of the household's circle is under review.
    pub is_under_review: bool,
    /// The device or its clock cannot be trusted.
    pub is_untrusted_device: bool,
}

/// What trust allows. The formula is `40-trust` 2.4 and belongs to the trust index; here its answer
/// is a fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitFacts {
    /// What the borrower's outside trade backs, in minor units.
    pub backing_minor: i64,
    /// Whether the index is frozen.
    pub is_frozen: bool,
    /// The level, from 0.
    pub level: u32,
    /// What the level allows, in minor units.
    pub level_minor: i64,
    /// The smallest of the three.
    pub limit_minor: i64,
    /// What cost the most points: what it is, and how many points it could still bring.
    pub lost: Vec<(String, i64)>,
    /// Points of the next level, if there is one.
    pub next_points: Option<i64>,
    /// The points.
    pub points: i64,
    /// Which of the three is the smallest: `level`, `step_up` or `backing`.
    pub reason: String,
    /// What the loans repaid so far allow as a next step, in minor units.
    pub step_up_minor: i64,
}

/// An agreement about an old debt that has not proved itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanFacts {
    /// What a payment needs to count as a step, in minor units.
    pub step_minor: i64,
    /// Steps still to be paid on time.
    pub steps_left: u32,
}
