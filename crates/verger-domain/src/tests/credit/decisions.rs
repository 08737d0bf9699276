//! Decisions: every reason, its numbers, and its next step. Owns the table of situations; taking the
//! step that a refusal names must flip it.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::super::world::shipped_policy;
use super::{Dice, after, day};
use crate::credit::Terms;
use crate::credit::decision::{Code, Decision, REASONS_MAX, Step, decide};
use crate::credit::enterprise::sensible_minor;
use crate::credit::facts::{AgentFacts, Consent, Facts, Holds, LimitFacts, PlanFacts};
use crate::credit::quote::{Quote, Until};
use crate::policy::{Enterprise, Policy};
use crate::time::Instant;

/// A household of level 2 that asks 800 yuan for chicks and feed and may have it.
pub(super) fn facts() -> Facts {
    Facts {
        agent: Some(AgentFacts { bond_minor: 0, exposure_minor: 100_000, is_own_household: false }),
        amount_minor: 80_000,
        at: Instant::from_micros(1_780_000_000_000_000),
        consent: Consent::Given,
        cooling_off_until: None,
        disputes_open: 0,
        enterprise: None,
        fund_minor: 5_000_000,
        holds: Holds::default(),
        identity_until: Some(day("2030-01-01")),
        limit: LimitFacts {
            backing_minor: 120_000,
            is_frozen: false,
            level: 2,
            level_minor: 80_000,
            limit_minor: 80_000,
            lost: vec![("proven_sales".to_owned(), 300)],
            next_points: Some(700),
            points: 380,
            reason: "level".to_owned(),
            step_up_minor: 90_000,
        },
        other_debt_minor: 0,
        outstanding_minor: 0,
        overdue_days: 0,
        overdue_minor: 0,
        par30_bps: 0,
        plan: None,
        purpose: "livestock".to_owned(),
        registered_on: day("2025-01-01"),
        today: day("2026-05-28"),
        until: Until::Days(120),
        written_off_on: None,
    }
}

fn policy() -> Policy {
    shipped_policy()
}

fn codes(decision: &Decision) -> Vec<Code> {
    decision.reasons.iter().map(|reason| reason.code).collect()
}

/// What makes a draw impossible, the reason, what was found and what it should have been.
type Row = (fn(&mut Facts), Code, i64, i64);

const ROWS: &[Row] = &[
    (no_points, Code::A01, 90, 150),
    (|f| (f.limit.is_frozen, f.limit.next_points) = (true, Some(700)), Code::A01, 380, 700),
    (|f| f.registered_on = after(f.today, -27), Code::A02, 27, 28),
    (|f| f.amount_minor = 81_000, Code::A03, 80_000, 81_000),
    (|f| f.outstanding_minor = 10_000, Code::A03, 80_000, 80_000),
    (|f| f.outstanding_minor = 80_000, Code::A03, 80_000, 80_000),
    (rich, Code::A04, 1_000_000, 1_001_000),
    (|f| f.par30_bps = 1_001, Code::A05, 1_001, 80_000),
    (|f| f.par30_bps = 2_001, Code::A05, 2_001, 2_000),
    (|f| f.other_debt_minor = 1_000, Code::A06, 1_000, 80_000),
    (|f| f.other_debt_minor = 80_000, Code::A06, 80_000, 80_000),
    (|f| f.fund_minor = 79_999, Code::A07, 79_999, 80_000),
    (|f| f.fund_minor = -1, Code::A07, -1, 80_000),
    (|f| (f.overdue_days, f.overdue_minor) = (9, 4_321), Code::A08, 9, 0),
    (|f| f.written_off_on = Some(after(f.today, -179)), Code::A09, 179, 180),
    (|f| f.plan = Some(PlanFacts { step_minor: 5_000, steps_left: 2 }), Code::A10, 2, 0),
    (|f| f.identity_until = None, Code::A11, 0, 0),
    (|f| f.identity_until = Some(after(f.today, -3)), Code::A11, -3, 0),
    (|f| f.holds.is_duplicate = true, Code::A12, 1, 0),
    (|f| f.holds.is_under_review = true, Code::A13, 1, 0),
    (|f| f.disputes_open = 2, Code::A14, 2, 0),
    (|f| f.cooling_off_until = Some(f.at.plus_seconds(60)), Code::A15, 60, 0),
    (|f| f.holds.is_under_age = true, Code::A16, 1, 0),
    (|f| f.consent = Consent::Missing, Code::A18, 0, 1),
    (|f| f.consent = Consent::Withdrawn, Code::A18, 0, 1),
    (|f| f.agent.as_mut().unwrap().is_own_household = true, Code::A19, 1, 0),
    (|f| f.holds.is_untrusted_device = true, Code::A20, 1, 0),
    (|f| f.holds.is_on_hold = true, Code::A21, 1, 0),
    (|f| f.until = Until::Harvest(after(f.today, -1)), Code::A22, -1, 0),
    (|f| f.purpose = "a wedding".to_owned(), Code::A23, 0, 1),
    (|f| f.holds.is_sanctioned = true, Code::A24, 1, 0),
    (|f| f.holds.is_read_only = true, Code::A25, 1, 0),
    (|f| f.agent.as_mut().unwrap().exposure_minor = 1_990_000, Code::A26, 1_990_000, 80_000),
    (|f| f.agent.as_mut().unwrap().exposure_minor = 2_100_000, Code::A26, 2_100_000, 80_000),
    (|f| f.until = Until::Days(6), Code::A27, 6, 7),
    (|f| f.until = Until::Days(181), Code::A27, 181, 180),
    (|f| f.enterprise = Some(chicks(40_000)), Code::A28, 40_000, 80_000),
    (|f| f.enterprise = Some(chicks(0)), Code::A28, 0, 80_000),
];

/// Fifty chicks that bring so much.
fn chicks(sale_minor: i64) -> Enterprise {
    let policy = shipped_policy().credit;
    Enterprise { sale_minor, ..policy.enterprises[0].clone() }
}

fn no_points(facts: &mut Facts) {
    let limit = &mut facts.limit;
    (limit.level, limit.points, limit.next_points) = (0, 90, Some(150));
    (limit.level_minor, limit.limit_minor) = (0, 0);
}

fn rich(facts: &mut Facts) {
    facts.amount_minor = 1_001_000;
    facts.limit.limit_minor = 2_000_000;
}

/// Does what a step says.
fn take(facts: &mut Facts, step: &Step) {
    match step {
        Step::AskAtMost(minor) => facts.amount_minor = *minor,
        Step::AskAnotherAgent => facts.agent = None,
        Step::ChooseDueDate(on) => {
            let days = u32::try_from(on.days_since(facts.today)).unwrap();
            facts.until = Until::Days(days);
        }
        Step::EarnPoints(points, _) => {
            let limit = &mut facts.limit;
            (limit.points, limit.level) = (*points, limit.level + 1);
            // What the first level brings is the trust index's answer, not this function's.
            limit.limit_minor = facts.amount_minor;
        }
        Step::GiveConsent => facts.consent = Consent::Given,
        Step::NamePurpose(purposes) => facts.purpose.clone_from(&purposes[0]),
        Step::PayOverdue(_) => (facts.overdue_days, facts.overdue_minor) = (0, 0),
        Step::PaySteps(..) => facts.plan = None,
        Step::Repay(minor) => facts.outstanding_minor -= minor,
        Step::RepayElsewhere(minor) => facts.other_debt_minor -= minor,
        Step::SettleDisputes(count) => facts.disputes_open -= count,
        Step::VerifyIdentity => facts.identity_until = Some(facts.today),
        Step::WaitUntil(at) => facts.at = *at,
        Step::WaitUntilDay(on) => facts.today = *on,
    }
}

/// Goal: a household in good order gets its draw, priced.
#[test]
fn a_good_request_is_granted() {
    let decision = decide(&facts(), &policy());
    assert!(decision.is_granted, "{:?}", decision.reasons);
    assert_eq!(decision.available_minor, 80_000);
    let quote = decision.quote.unwrap();
    assert_eq!((quote.cost_minor, quote.due_on), (3_156, day("2026-09-25")));
    // Nobody assists: then there is no agent to answer for anything.
    let alone = Facts { agent: None, ..facts() };
    assert!(decide(&alone, &policy()).is_granted);
}

/// Goal: each reason stands alone with its numbers, and the step it names flips the outcome.
/// Method: one thing wrong at a time; then the step is taken.
#[test]
fn every_reason_has_numbers_and_its_step_flips_it() {
    let mut seen = BTreeSet::new();
    let mut with_step = BTreeSet::new();
    for (row, (spoil, code, found, threshold)) in ROWS.iter().enumerate() {
        let mut facts = facts();
        spoil(&mut facts);
        let decision = decide(&facts, &policy());
        assert!(!decision.is_granted);
        let reason = decision.reasons.iter().find(|reason| reason.code == *code);
        let reason = reason.unwrap_or_else(|| panic!("row {row}: {:?}", decision.reasons));
        assert_eq!((reason.found, reason.threshold), (*found, *threshold), "row {row} {code:?}");
        seen.insert(*code);
        if let Some(step) = &reason.next {
            take(&mut facts, step);
            let then = decide(&facts, &policy());
            assert!(then.is_granted, "row {row} {code:?}: {:?}", then.reasons);
            with_step.insert(*code);
        }
    }
    // No valid policy leaves no lawful price (see `caps`): it has its own test below.
    assert_eq!(seen.len(), 27, "{seen:?}");
    assert_eq!(with_step.len(), 20, "{with_step:?}");
}

/// Goal: a price above the lawful one is never offered, whatever the policy says.
#[test]
fn no_unlawful_price_is_offered() {
    let mut policy = policy();
    policy.credit.rate_ppm = 160_000;
    let decision = decide(&facts(), &policy);
    assert_eq!(codes(&decision), [Code::A17]);
    // 4,208 fen for 120 days of 80,000 are 159,992 ppm a year.
    assert_eq!((decision.reasons[0].found, decision.reasons[0].threshold), (159_992, 154_000));
}

/// Goal: at most four reasons are told, those that allow nothing first and then the smallest sum.
#[test]
fn reasons_come_in_order() {
    let mut facts = facts();
    facts.fund_minor = 20_000;
    facts.other_debt_minor = 30_000;
    facts.limit.limit_minor = 70_000;
    let decision = decide(&facts, &policy());
    assert_eq!(codes(&decision), [Code::A07, Code::A06, Code::A03]);
    let allowed: Vec<i64> = decision.reasons.iter().map(|reason| reason.allows_minor).collect();
    assert_eq!(allowed, [20_000, 40_000, 70_000]);
    assert_eq!(decision.available_minor, 20_000);
    assert!(decision.reasons.iter().all(|reason| reason.next == Some(Step::AskAtMost(20_000))));
    facts.holds.is_sanctioned = true;
    facts.consent = Consent::Missing;
    facts.disputes_open = 1;
    let decision = decide(&facts, &policy());
    assert_eq!(codes(&decision), [Code::A24, Code::A18, Code::A14, Code::A07]);
    assert_eq!(decision.available_minor, 0);
}

/// Goal: too few points are never the whole answer: what would bring the most points is said.
#[test]
fn too_few_points_are_explained() {
    let mut facts = facts();
    no_points(&mut facts);
    facts.limit.lost = ["a", "b", "c", "d"].map(|name| (name.to_owned(), 9)).to_vec();
    let decision = decide(&facts, &policy());
    let Some(Step::EarnPoints(150, lost)) = &decision.reasons[0].next else {
        panic!("{:?}", decision.reasons)
    };
    assert_eq!(lost.len(), 3);
}

/// Goal: the largest sensible loan leaves the household its share of the sale, with every cost paid,
/// and is never more than the enterprise takes.
#[test]
fn an_enterprise_carries_its_loan() {
    let policy = shipped_policy().credit;
    let today = day("2026-05-28");
    for enterprise in &policy.enterprises {
        let sensible = sensible_minor(&policy, enterprise, today);
        assert!(sensible <= enterprise.outlay_minor && sensible % 1_000 == 0);
        let due_on = after(today, i32::try_from(enterprise.days).unwrap());
        let quote = Quote::of(sensible, (today, due_on), Terms::of(&policy));
        assert!(quote.payoff_minor * 10 <= enterprise.sale_minor * 7, "{}", enterprise.name);
    }
    // 40,000 of sale carry 28,000 with every cost: 26,937 of money, in whole steps 26,000.
    assert_eq!(sensible_minor(&policy, &chicks(40_000), today), 26_000);
    assert_eq!(sensible_minor(&policy, &chicks(1_000_000), today), 80_000);
}

/// Goal: a draw is rounded down to whole steps where a smaller one is offered.
#[test]
fn offers_are_whole_steps() {
    let facts = Facts { fund_minor: 12_345, ..facts() };
    let decision = decide(&facts, &policy());
    assert_eq!(decision.available_minor, 12_000);
    assert_eq!(decision.reasons[0].next, Some(Step::AskAtMost(12_000)));
    let facts = Facts { fund_minor: 999, ..facts };
    let decision = decide(&facts, &policy());
    assert_eq!((decision.available_minor, &decision.reasons[0].next), (0, &None));
}

/// Goal: the same facts and policy give the same bytes; another fact or policy gives another hash.
#[test]
fn decisions_are_reproducible() {
    let (facts, mut policy) = (facts(), policy());
    let first = decide(&facts, &policy);
    let text = serde_json::to_string(&facts).unwrap();
    let again = decide(&serde_json::from_str(&text).unwrap(), &policy);
    assert_eq!(serde_json::to_vec(&first).unwrap(), serde_json::to_vec(&again).unwrap());
    let other = decide(&Facts { fund_minor: 4_999_999, ..facts.clone() }, &policy);
    assert_ne!(first.facts_hash, other.facts_hash);
    policy.credit.grace_days = 6;
    assert_ne!(first.policy_hash, decide(&facts, &policy).policy_hash);
}

proptest! {
    /// Goal: when several things are wrong, taking every step that is named, again and again, leads to
    /// a draw, unless a person must look; and a draw is never above any limit.
    #[test]
    fn following_the_steps_leads_there(seed in any::<u64>(), amount in 1..150_i64) {
        let mut dice = Dice::new(seed);
        let mut facts = Facts { amount_minor: amount * 1_000, ..facts() };
        for _ in 0..dice.between(1, 4) {
            let row = usize::try_from(dice.below(u64::try_from(ROWS.len()).unwrap())).unwrap();
            ROWS[row].0(&mut facts);
        }
        for _ in 0..12 {
            let decision = decide(&facts, &policy());
            prop_assert!(decision.reasons.len() <= REASONS_MAX);
            if decision.is_granted {
                let owed = facts.outstanding_minor + facts.other_debt_minor + facts.amount_minor;
                prop_assert!(owed <= facts.limit.limit_minor);
                prop_assert!(facts.amount_minor <= facts.fund_minor);
                prop_assert!(facts.outstanding_minor + facts.amount_minor <= 1_000_000);
                return Ok(());
            }
            let steps: Vec<Step> = decision.reasons.iter().filter_map(|r| r.next.clone()).collect();
            if steps.is_empty() {
                return Ok(());
            }
            // A part of what is owed here may stand under two reasons; it is paid once.
            let mut paid = false;
            for step in &steps {
                if matches!(step, Step::Repay(_)) && std::mem::replace(&mut paid, true) {
                    continue;
                }
                take(&mut facts, step);
            }
        }
        let decision = decide(&facts, &policy());
        prop_assert!(decision.reasons.iter().all(|r| r.next.is_none()), "{:?}", decision.reasons);
    }
}
