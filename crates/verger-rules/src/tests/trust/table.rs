//! The table of the document, step by step, and what is refused.

use super::*;
use crate::trust::{Brakes, LimitReason, limit};

/// Goal: the worked example of 40-trust 2.5 comes out to the grain.
/// Method: its ten operations; points after each, grains of every pool at the end.
#[test]
fn the_worked_example_comes_out() {
    let rules = rules();
    let (seed, vendor) = (With::Seed(0), With::Vendor(1));
    let (known, unknown) = (With::Buyer(1, 85), With::Buyer(2, 32));
    let steps = [
        (0, Op::Fact(40), 40),
        (3, Op::Trade(vendor, 6_000), 55),
        (8, Op::Trade(seed, 20_000), 112),
        (15, Op::Trade(known, 10_000), 125),
        (20, Op::Trade(unknown, 5_000), 128),
        (25, Op::Trade(seed, 20_000), 152),
        (33, Op::Trade(known, 10_000), 153),
        (40, Op::Trade(vendor, 10_000), 163),
        (47, Op::Trade(With::Neighbour(1, 0), 5_000), 163),
        (55, Op::Trade(seed, 30_000), 190),
    ];
    let mut household = Household::default();
    for (on, op, points) in steps {
        if on == 33 {
            assert_eq!(household.member.points_on(&rules, day(on)), 147, "the period closed");
        }
        household.apply(&rules, day(on), op).unwrap();
        assert_eq!(household.member.points(&rules), points, "day {on}");
        if on == 40 {
            let now = limit(&rules, &household.member, day(on), Brakes::default());
            let parts = (now.level, now.level_limit_minor, now.step_up_minor, now.backing_minor);
            assert_eq!(parts, (1, 30_000, 30_000, 20_000));
            assert_eq!((now.limit_minor, now.reason), (20_000, LimitReason::Backing));
        }
    }
    assert_eq!(household.member.acc, [9_920, 23_134, 877, 3_842, 0, 0]);
    assert_eq!(household.member.gain, [0, 8_424, 0, 2_613, 0, 0]);
}

/// Goal: numbers below zero and days that went by are refused and change nothing; a huge value
/// counts as the largest the policy knows. Method: each once, on a member with a history.
#[test]
fn nonsense_is_refused() {
    let rules = rules();
    let trade = |minor| Op::Trade(With::Seed(0), minor);
    let before = Household::after(&rules, &[(100, trade(5_000)), (200, Op::Late)]);
    let repaid = |principal_minor, days_held| Op::Repaid { principal_minor, days_held };
    for op in [trade(-1), trade(i64::MIN), Op::Fact(-1), repaid(-1, 28), repaid(1, -1)] {
        let mut household = before.clone();
        assert_eq!(household.apply(&rules, day(200), op), Err(OpError::Negative), "{op:?}");
        assert_eq!(household, before, "{op:?}");
    }
    let mut household = before.clone();
    let error = OpError::OutOfOrder { day: day(199), seen_on: day(200) };
    assert_eq!(household.apply(&rules, day(199), Op::Late), Err(error));
    assert_eq!(household, before);
    for minor in [1_000_000 * UNIT, i64::MAX] {
        let mut household = before.clone();
        let line = household.apply(&rules, day(200), trade(minor)).unwrap();
        assert_eq!(line.value_minor, 1_000_000 * UNIT);
    }
}
