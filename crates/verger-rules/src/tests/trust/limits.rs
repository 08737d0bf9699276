//! Levels and limits: each reason, the eighth below a threshold, and what a default does.

use super::*;
use crate::trust::{Brakes, Limit, LimitReason, limit, void};
use verger_weights::WeightRules;

/// A member with this many points of sales and as much money behind them as he could want.
fn member(points: i64) -> MemberTrust {
    let mut member = MemberTrust { seen_on: Some(day(100)), ..MemberTrust::default() };
    member.acc[1] = points * 256;
    member.backing.backed_minor = i64::MAX;
    member.largest_repaid_minor = 1_000_000 * UNIT;
    member
}

fn today(member: &MemberTrust, brakes: Brakes) -> Limit {
    limit(&rules(), member, day(100), brakes)
}

/// Goal: each level opens its limit, from its points on.
#[test]
fn levels_open_limits() {
    let steps = [
        (149, 0, 0),
        (150, 1, 3),
        (349, 1, 3),
        (350, 2, 8),
        (700, 3, 20),
        (1_300, 4, 50),
        (2_199, 4, 50),
        (2_200, 5, 100),
        (4_000, 5, 100),
        (9_000, 5, 100),
    ];
    for (points, level, units) in steps {
        let now = today(&member(points), Brakes::default());
        assert_eq!((now.level, now.limit_minor), (level, units * UNIT), "{points}");
        assert_eq!(now.reason, LimitReason::Level, "{points}");
    }
}

/// Goal: a level that was held for a day is lost only an eighth below its threshold.
/// Method: take points from a member of level 2, over night and within the day.
#[test]
fn a_level_is_kept_an_eighth_below() {
    let rules = rules();
    for (points, level) in [(350, 2), (307, 2), (306, 1), (132, 1), (131, 0)] {
        let mut held = member(350);
        held.advance(&rules, day(101));
        held.acc[1] = points * 256;
        assert_eq!(held.level(&rules), level, "{points} after a night");
    }
    // What was reached and lost within one day was never held.
    let mut fleeting = member(360);
    fleeting.penalty_grains = 40 * 256;
    assert_eq!(fleeting.level(&rules), 1);
}

/// What is different about a member.
type Change = fn(&mut MemberTrust);

/// Goal: the smallest of the numbers is the limit and names itself; among equals the first does.
#[test]
fn the_smallest_number_names_itself() {
    let none = Brakes::default();
    let paused = Brakes { is_village_paused: true, ..none };
    let cohort = |room| Brakes { cohort_room_minor: Some(room), ..none };
    let rows: &[(Change, Brakes, i64, LimitReason)] = &[
        (|_| (), none, 8 * UNIT, LimitReason::Level),
        (|m| m.largest_repaid_minor = 40_001, none, 60_001, LimitReason::StepUp),
        (|m| m.largest_repaid_minor = 0, none, 3 * UNIT, LimitReason::StepUp),
        (|m| m.backing.backed_minor = 300_005, none, 50_000, LimitReason::Backing),
        (|m| m.backing.backed_minor = 0, none, UNIT, LimitReason::Backing),
        (|m| m.backing.backed_minor = 6 * 8 * UNIT, none, 8 * UNIT, LimitReason::Level),
        (|_| (), cohort(5_000), 5_000, LimitReason::Cohort),
        (|_| (), cohort(-1), 0, LimitReason::Cohort),
        (|_| (), cohort(8 * UNIT), 8 * UNIT, LimitReason::Level),
        (|_| (), paused, 0, LimitReason::VillagePause),
        (|m| m.frozen_on = Some(day(100)), paused, 0, LimitReason::Frozen),
        (|m| m.acc[1] = 0, paused, 0, LimitReason::Level),
        (|m| m.is_barred = true, none, 0, LimitReason::Barred),
    ];
    for (row, (change, brakes, minor, reason)) in rows.iter().enumerate() {
        let mut member = member(350);
        change(&mut member);
        let now = today(&member, *brakes);
        assert_eq!((now.limit_minor, now.reason), (*minor, *reason), "row {row}");
    }
}

/// Goal: a first loan rests on half of what proven buyers paid in 91 days, up to 3 U.
/// Method: deliveries at the ends of the window.
#[test]
fn proven_money_backs_a_first_loan() {
    let rules = rules();
    let sale = |minor| Op::Trade(With::Seed(0), minor);
    let mut household = Household::after(&rules, &[(100, sale(30_000)), (150, sale(20_000))]);
    let backing = |household: &Household, on| {
        limit(&rules, &household.member, day(on), Brakes::default()).backing_minor
    };
    assert_eq!(backing(&household, 150), 25_000);
    assert_eq!(backing(&household, 190), 25_000, "both are within 91 days");
    assert_eq!(backing(&household, 191), 10_000, "only the second is, and 1 U is there anyway");
    household.apply(&rules, day(192), sale(300_000)).unwrap();
    assert_eq!(backing(&household, 192), 350_000 / 6, "a year's money backs more");
    assert_eq!(household.member.backing.recent.len(), 2, "old days are dropped");
}

/// Goal: a default freezes and sends the step-up back to its base; paying it unfreezes. Loans held
/// for less than 14 days raise nothing.
#[test]
fn a_default_starts_the_ladder_again() {
    let rules = rules();
    let repaid = |principal_minor, days_held| Op::Repaid { principal_minor, days_held };
    let mut household = Household::default();
    household.apply(&rules, day(100), repaid(40_000, 13)).unwrap();
    assert_eq!(household.member.step_up_minor(&rules), 30_000);
    household.apply(&rules, day(130), repaid(40_000, 14)).unwrap();
    assert_eq!(household.member.step_up_minor(&rules), 60_000);
    household.apply(&rules, day(200), Op::Default).unwrap();
    assert_eq!(household.member.step_up_minor(&rules), 30_000);
    assert_eq!(household.member.frozen_on, Some(day(200)));
    let mut pair = PairTrust::default();
    trust::apply(&rules, &mut household.member, &mut pair, day(210), Operation::Cured).unwrap();
    assert_eq!(household.member.frozen_on, None);
}

/// Goal: proven fraud leaves nothing, for ever: no honest trade opens a limit again.
#[test]
fn fraud_bars_for_ever() {
    let rules = rules();
    let sale = Op::Trade(With::Seed(0), 500_000);
    let mut household = Household::after(&rules, &[(100, sale), (130, Op::Late)]);
    void(&rules, &mut household.member, day(140));
    assert!(household.member.points(&rules) < 0, "blame stays");
    for on in [200, 300, 400] {
        household.apply(&rules, day(on), sale).unwrap();
    }
    let now = limit(&rules, &household.member, day(400), Brakes::default());
    assert_eq!((now.limit_minor, now.reason), (0, LimitReason::Barred));
}

/// Goal: the shipped policy means the numbers of the document.
#[test]
fn the_shipped_policy_has_the_documents_numbers() {
    let unit_minor = shipped_policy().programme.unit_minor;
    let rules = shipped_policy().trust.weight_rules(unit_minor);
    let expected = WeightRules {
        damping: 128,
        prior: 32,
        unproven_max: 48,
        payer_cap_minor: 20 * u64::try_from(unit_minor).unwrap(),
    };
    assert_eq!(rules, expected);
}
