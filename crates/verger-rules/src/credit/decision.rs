//! The decision about a draw: one pure function over a snapshot. Owns the reasons, their order and
//! the next step of each; must not read anything but its arguments. Source: `50-credit` 4.1, 4.2;
//! rules CR-36 to CR-45.

use serde::{Deserialize, Serialize};

use super::atoms::plus_days;
use super::enterprise::sensible_minor;
use super::facts::{Consent, Facts};
use super::quote::{Quote, Until, due_on};
use super::terms::Terms;
use crate::codec::{self, Hash};
use crate::policy::{CreditPolicy, Policy};
use crate::share::floor_bps;
use crate::time::{Date, Instant};

/// At most so many reasons are told: more would help nobody.
pub const REASONS_MAX: usize = 4;

/// Why a draw is declined. The numbers are those of `50-credit` 4.2 and never change their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Code {
    /// Trust is below the first level.
    A01,
    /// The borrower is known for too short a time.
    A02,
    /// More than the limit has left.
    A03,
    /// More than one borrower may owe.
    A04,
    /// The village is late with too much.
    A05,
    /// Debt elsewhere.
    A06,
    /// The fund is lent out.
    A07,
    /// Something on this line is overdue.
    A08,
    /// A loan was written off not long ago.
    A09,
    /// A loan that was agreed anew has not proved itself.
    A10,
    /// The identity is not verified, or no longer.
    A11,
    /// The same person may be registered twice.
    A12,
    /// The trade of the household's circle is under review.
    A13,
    /// Complaints are open.
    A14,
    /// The cooling-off of the last draw runs.
    A15,
    /// Not of age and without a guardian.
    A16,
    /// No lawful price is left.
    A17,
    /// The member did not agree himself.
    A18,
    /// The agent would serve his own household.
    A19,
    /// The device or its clock cannot be trusted.
    A20,
    /// Compliance looks at it.
    A21,
    /// The season is over.
    A22,
    /// The programme does not lend for this.
    A23,
    /// A list of sanctions.
    A24,
    /// The system takes no new business.
    A25,
    /// The agent's cohort owes as much as he answers for.
    A26,
    /// The term is not one of the programme's.
    A27,
    /// More than the enterprise can carry.
    A28,
}

/// What the borrower can do about a reason. Taking it flips the outcome, unless another reason
/// stands: tested for every reason that has one (CR-45).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Ask for no more than this, in minor units.
    AskAtMost(i64),
    /// Let another agent assist, or nobody.
    AskAnotherAgent,
    /// Take the term up to this day.
    ChooseDueDate(Date),
    /// Bring the points up to this number; what would bring the most, with its points.
    EarnPoints(i64, Vec<(String, i64)>),
    /// Agree by one's own PIN, voice or witness.
    GiveConsent,
    /// Name one of these purposes.
    NamePurpose(Vec<String>),
    /// Pay so much of what is overdue, in minor units.
    PayOverdue(i64),
    /// Pay so many steps of this size on time.
    PaySteps(u32, i64),
    /// Pay so much of what is out on this line, in minor units.
    Repay(i64),
    /// Pay so much of what is owed elsewhere, in minor units, and show it.
    RepayElsewhere(i64),
    /// Settle so many complaints.
    SettleDisputes(u32),
    /// Show the identity card at the shop.
    VerifyIdentity,
    /// Wait until this moment.
    WaitUntil(Instant),
    /// Wait until this day.
    WaitUntilDay(Date),
}

/// One reason, with the number that was looked at, the number it was held against, and what can be
/// done about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// What this reason alone would still allow, in minor units.
    pub allows_minor: i64,
    /// Which.
    pub code: Code,
    /// What was found.
    pub found: i64,
    /// What can be done; nothing where a person must look at it first.
    pub next: Option<Step>,
    /// What it should have been.
    pub threshold: i64,
}

/// A decision: the same facts and the same policy give the same one, to the bit, for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// What could be drawn now, in minor units.
    pub available_minor: i64,
    /// The hash of the facts.
    #[serde(with = "codec::hex_hash")]
    pub facts_hash: Hash,
    /// Whether the draw is made.
    pub is_granted: bool,
    /// The hash of the policy.
    #[serde(with = "codec::hex_hash")]
    pub policy_hash: Hash,
    /// The version of the policy.
    pub policy_version: u32,
    /// What it costs; absent where no price could be made.
    pub quote: Option<Quote>,
    /// Why not, the most limiting first; empty for a draw that is made.
    pub reasons: Vec<Reason>,
}

/// Decides. The order of the questions is that of `50-credit` 4.1: who, then how much, then at what
/// price; the reasons are told in the order of how little each would allow.
pub fn decide(facts: &Facts, policy: &Policy) -> Decision {
    let credit = &policy.credit;
    let mut reasons = blocks(facts, credit);
    let rooms = rooms(facts, credit);
    let least = rooms.iter().map(|room| room.allows_minor).min().unwrap_or(0).max(0);
    let whole_steps = least.checked_div(credit.draw_step_minor).unwrap_or(0);
    let available = whole_steps.saturating_mul(credit.draw_step_minor);
    for room in rooms.into_iter().filter(|room| room.allows_minor < facts.amount_minor) {
        reasons.push(explain(facts, &room, available));
    }
    let due = due_on(credit, facts.today, facts.until);
    let quote =
        due.ok().map(|due| Quote::of(facts.amount_minor, (facts.today, due), Terms::of(credit)));
    if let Err(nearest) = due {
        reasons.push(
            block(Code::A27, term_days(facts), days_between(facts.today, nearest))
                .then(Step::ChooseDueDate(nearest)),
        );
    }
    if let Some(quote) = quote.filter(|quote| quote.simple_ppm > i64::from(credit.rate_cap_ppm)) {
        reasons.push(block(Code::A17, quote.simple_ppm, i64::from(credit.rate_cap_ppm)));
    }
    let is_blocked = reasons.iter().any(|reason| reason.allows_minor == 0);
    // What allows the least is told first; among equals the order of the questions stays.
    reasons.sort_by_key(|reason| reason.allows_minor.max(0));
    reasons.truncate(REASONS_MAX);
    Decision {
        available_minor: if is_blocked { 0 } else { available },
        facts_hash: facts.hash(),
        is_granted: reasons.is_empty(),
        policy_hash: codec::sha256(&codec::to_bytes(policy)),
        policy_version: policy.version,
        quote,
        reasons,
    }
}

impl Reason {
    fn then(self, step: Step) -> Self {
        Self { next: Some(step), ..self }
    }
}

// A reason that allows nothing at all.
const fn block(code: Code, found: i64, threshold: i64) -> Reason {
    Reason { allows_minor: 0, code, found, next: None, threshold }
}

fn days_between(from: Date, to: Date) -> i64 {
    i64::from(to.days_since(from))
}

fn term_days(facts: &Facts) -> i64 {
    match facts.until {
        Until::Days(days) => i64::from(days),
        Until::Harvest(ends_on) => days_between(facts.today, ends_on),
    }
}

/// Reasons that stop a draw of any size.
fn blocks(facts: &Facts, policy: &CreditPolicy) -> Vec<Reason> {
    let mut reasons = of_the_file(facts);
    reasons.extend(of_the_moment(facts, policy));
    reasons.extend(of_the_history(facts, policy));
    reasons
}

// Marks that only a person can clear: there is no step a borrower could take, and none is invented.
fn of_the_file(facts: &Facts) -> Vec<Reason> {
    let holds = facts.holds;
    let marks = [
        (holds.is_read_only, Code::A25),
        (holds.is_sanctioned, Code::A24),
        (holds.is_on_hold, Code::A21),
        (holds.is_duplicate, Code::A12),
        (holds.is_under_review, Code::A13),
        (holds.is_under_age, Code::A16),
        (holds.is_untrusted_device, Code::A20),
    ];
    let set = marks.into_iter().filter(|(is_set, _)| *is_set);
    set.map(|(_, code)| block(code, 1, 0)).collect()
}

// What concerns this request: who agrees, who assists, what for, for how long.
fn of_the_moment(facts: &Facts, policy: &CreditPolicy) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if facts.consent != Consent::Given {
        reasons.push(block(Code::A18, 0, 1).then(Step::GiveConsent));
    }
    if facts.agent.is_some_and(|agent| agent.is_own_household) {
        reasons.push(block(Code::A19, 1, 0).then(Step::AskAnotherAgent));
    }
    if !policy.purposes.contains(&facts.purpose) {
        let step = Step::NamePurpose(policy.purposes.clone());
        reasons.push(block(Code::A23, 0, 1).then(step));
    }
    if let Until::Harvest(ends_on) = facts.until
        && ends_on < facts.today
    {
        let step = Step::ChooseDueDate(plus_days(facts.today, policy.term_days_max));
        reasons.push(block(Code::A22, days_between(facts.today, ends_on), 0).then(step));
    }
    if let Some(until) = facts.cooling_off_until.filter(|until| facts.at < *until) {
        let left_s = until.micros().saturating_sub(facts.at.micros()) / 1_000_000;
        reasons.push(block(Code::A15, left_s, 0).then(Step::WaitUntil(until)));
    }
    if facts.identity_until.is_none_or(|until| until < facts.today) {
        let left = facts.identity_until.map_or(0, |until| days_between(facts.today, until));
        reasons.push(block(Code::A11, left, 0).then(Step::VerifyIdentity));
    }
    reasons
}

// What the borrower's own past says.
fn of_the_history(facts: &Facts, policy: &CreditPolicy) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if facts.overdue_days > 0 {
        let step = Step::PayOverdue(facts.overdue_minor);
        reasons.push(block(Code::A08, facts.overdue_days.into(), 0).then(step));
    }
    if let Some(on) = facts.written_off_on {
        let again = plus_days(on, policy.cool_down_days);
        if facts.today < again {
            let (days, needed) = (days_between(on, facts.today), policy.cool_down_days.into());
            reasons.push(block(Code::A09, days, needed).then(Step::WaitUntilDay(again)));
        }
    }
    if let Some(plan) = facts.plan {
        let step = Step::PaySteps(plan.steps_left, plan.step_minor);
        reasons.push(block(Code::A10, plan.steps_left.into(), 0).then(step));
    }
    if facts.disputes_open > 0 {
        let step = Step::SettleDisputes(facts.disputes_open);
        reasons.push(block(Code::A14, facts.disputes_open.into(), 0).then(step));
    }
    let known_from = plus_days(facts.registered_on, policy.history_days);
    if facts.today < known_from {
        let days = days_between(facts.registered_on, facts.today);
        let step = Step::WaitUntilDay(known_from);
        reasons.push(block(Code::A02, days, policy.history_days.into()).then(step));
    }
    let limit = &facts.limit;
    if limit.is_frozen || limit.level == 0 {
        let needed = limit.next_points.unwrap_or(limit.points);
        let reason = block(Code::A01, limit.points, needed);
        // "Too few points" alone explains nothing: what would bring the most comes with it. A frozen
        // index thaws only when a person has looked.
        let step = Step::EarnPoints(needed, limit.lost.iter().take(3).cloned().collect());
        reasons.push(if limit.is_frozen { reason } else { reason.then(step) });
    }
    if policy.is_paused_at(facts.par30_bps) {
        reasons.push(block(Code::A05, facts.par30_bps.into(), policy.par_stop_bps.into()));
    }
    reasons
}

/// How much each rule about amounts leaves, in minor units.
struct Room {
    code: Code,
    allows_minor: i64,
    found: i64,
}

fn rooms(facts: &Facts, policy: &CreditPolicy) -> Vec<Room> {
    let owed = facts.outstanding_minor;
    let limit = facts.limit.limit_minor;
    let is_braked = policy.is_braked_at(facts.par30_bps);
    let braked = if is_braked { floor_bps(limit, 5_000) } else { limit };
    let room = |code, most: i64, found| {
        let allows_minor = most.saturating_sub(owed);
        Room { code, allows_minor, found }
    };
    let mut rooms = vec![
        room(Code::A03, limit, limit),
        room(Code::A04, policy.product_minor_max, policy.product_minor_max),
        Room { code: Code::A07, allows_minor: facts.fund_minor, found: facts.fund_minor },
    ];
    if is_braked {
        rooms.push(room(Code::A05, braked, facts.par30_bps.into()));
    }
    if facts.other_debt_minor > 0 {
        let most = braked.min(policy.product_minor_max).saturating_sub(facts.other_debt_minor);
        rooms.push(room(Code::A06, most, facts.other_debt_minor));
    }
    if let Some(agent) = facts.agent {
        let answers_for = policy.cohort_minor.saturating_add(agent.bond_minor);
        let allows_minor = answers_for.saturating_sub(agent.exposure_minor);
        rooms.push(Room { code: Code::A26, allows_minor, found: agent.exposure_minor });
    }
    if let Some(enterprise) = &facts.enterprise {
        let allows_minor = sensible_minor(policy, enterprise, facts.today);
        rooms.push(Room { code: Code::A28, allows_minor, found: enterprise.sale_minor });
    }
    // Above zero and in whole steps is a rule of the command; the room itself is cut to steps.
    rooms
}

/// A room that is too small, with the step that is nearest: a smaller sum where one is left, else
/// what would make room.
fn explain(facts: &Facts, room: &Room, available_minor: i64) -> Reason {
    let lacking = facts.amount_minor.saturating_sub(room.allows_minor);
    let next = match room.code {
        _ if available_minor > 0 => Some(Step::AskAtMost(available_minor)),
        Code::A03 | Code::A04 | Code::A05 if lacking <= facts.outstanding_minor => {
            Some(Step::Repay(lacking))
        }
        Code::A06 if lacking <= facts.other_debt_minor => Some(Step::RepayElsewhere(lacking)),
        Code::A26 => Some(Step::AskAnotherAgent),
        _ => None,
    };
    let Room { code, allows_minor, found } = *room;
    let allows_minor = allows_minor.max(0);
    Reason { allows_minor, code, found, next, threshold: facts.amount_minor }
}
