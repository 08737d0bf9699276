//! The credit limit that trust opens. Owns the smallest of three numbers and the sentence that says
//! which one it was; must not know what is drawn already.

use serde::{Deserialize, Serialize};

use super::member::MemberTrust;
use super::rules::Rules;
use crate::time::Date;

/// Brakes of the programme that lie outside the index. The default brakes nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Brakes {
    /// What this member may owe at most so that the exposure of his agent's cohort stays within
    /// the agent's bond and retained commission: what is free there and what he owes already, in
    /// minor units. None where no agent vouches.
    pub cohort_room_minor: Option<i64>,
    /// Whether lending pauses in the village because of its defaults.
    pub is_village_paused: bool,
}

/// Which number the limit is, or what closed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LimitReason {
    /// Fraud was proven.
    #[serde(rename = "barred")]
    Barred,
    /// A default is not cured yet.
    #[serde(rename = "frozen")]
    Frozen,
    /// The level's limit is the smallest; at level 0 it is nothing.
    #[serde(rename = "level")]
    Level,
    /// The largest loan repaid on time opens no more yet.
    #[serde(rename = "step-up")]
    StepUp,
    /// Money from outside backs no more.
    #[serde(rename = "backing")]
    Backing,
    /// The agent's bond covers no more.
    #[serde(rename = "cohort")]
    Cohort,
    /// Lending pauses in the village.
    #[serde(rename = "village-pause")]
    VillagePause,
}

impl LimitReason {
    /// The name in the API and in replays.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Barred => "barred",
            Self::Frozen => "frozen",
            Self::Level => "level",
            Self::StepUp => "step-up",
            Self::Backing => "backing",
            Self::Cohort => "cohort",
            Self::VillagePause => "village-pause",
        }
    }
}

/// A member's limit with the numbers that it is the smallest of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// What may be owed in all, in minor units.
    pub limit_minor: i64,
    /// The level, from 0.
    pub level: u8,
    /// The points.
    pub points: i64,
    /// The level's limit, in minor units.
    pub level_limit_minor: i64,
    /// The step-up limit, in minor units.
    pub step_up_minor: i64,
    /// What outside money backs, in minor units.
    pub backing_minor: i64,
    /// Which of them it is, or what closed it.
    pub reason: LimitReason,
}

/// The limit of a member on a day (rule T-10). A lower limit never touches money already drawn.
pub fn limit(rules: &Rules, member: &MemberTrust, day: Date, brakes: Brakes) -> Limit {
    let mut member = member.clone();
    member.advance(rules, day);
    let level = member.level(rules);
    let level_limit_minor = rules.level_rule(level).map_or(0, |rule| rule.limit_minor);
    let step_up_minor = member.step_up_minor(rules);
    let backing_minor = backing(rules, &member, day);
    let closed = if member.is_barred {
        Some(LimitReason::Barred)
    } else if member.frozen_on.is_some() {
        Some(LimitReason::Frozen)
    } else if level == 0 {
        Some(LimitReason::Level)
    } else if brakes.is_village_paused {
        Some(LimitReason::VillagePause)
    } else {
        None
    };
    let (limit_minor, reason) = match closed {
        Some(reason) => (0, reason),
        None => smallest(level_limit_minor, step_up_minor, backing_minor, brakes),
    };
    let points = member.points(rules);
    Limit { limit_minor, level, points, level_limit_minor, step_up_minor, backing_minor, reason }
}

// Among equals the first is named: the level, the step-up, the backing, the agent's bond.
fn smallest(level: i64, step_up: i64, backing: i64, brakes: Brakes) -> (i64, LimitReason) {
    let mut least = (level, LimitReason::Level);
    let cohort = brakes.cohort_room_minor.map(|room| (room.max(0), LimitReason::Cohort));
    let others = [(step_up, LimitReason::StepUp), (backing, LimitReason::Backing)];
    for other in others.into_iter().chain(cohort) {
        if other.0 < least.0 {
            least = other;
        }
    }
    least
}

// Rule T-12: a sixth of twelve months of money that really came from outside; before that a first
// loan of half of what proven buyers paid in three months, up to 3 U; and 1 U in any case.
fn backing(rules: &Rules, member: &MemberTrust, day: Date) -> i64 {
    let recent = member.backing.recent_minor(day, rules.backing_first_days);
    let first = recent.checked_div(rules.backing_first_divisor).unwrap_or(0);
    let year = member.backing.backed_minor.checked_div(rules.backing_divisor).unwrap_or(0);
    rules.backing_floor_minor.max(first.min(rules.backing_first_minor)).max(year)
}
