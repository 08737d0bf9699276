//! The invariants of 40-trust section 4 as properties over random histories. A short run is part of
//! the tests; `cargo xtask bench trust-properties` asks for a long one.

use std::fmt::Debug;

use proptest::test_runner::{Config, TestCaseResult, TestRunner};

use super::*;
use crate::trust::{Brakes, Pool, limit};

/// The largest number of points there is: all pools full, no blame. 40-trust section 0, line 5.
const POINTS_MAX: i64 = 5_640;

/// Runs a property on as many cases as the variable says, or on `usual` many.
#[expect(clippy::disallowed_methods, reason = "a long run is told how long it shall be")]
pub(super) fn run<S>(
    variable: &str,
    usual: u32,
    strategy: &S,
    property: impl Fn(S::Value) -> TestCaseResult,
) where
    S: Strategy,
    S::Value: Debug,
{
    let cases = std::env::var(variable).ok().map_or(usual, |text| text.parse().unwrap());
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    if let Err(error) = TestRunner::new(config).run(strategy, property) {
        panic!("{error}");
    }
}

fn check<S>(strategy: &S, property: impl Fn(S::Value) -> TestCaseResult)
where
    S: Strategy,
    S::Value: Debug,
{
    run("VERGER_TRUST_CASES", 200, strategy, property);
}

/// The days on which two histories are compared: every day of either, and the periods after them.
fn days(ops: &[(i32, Op)]) -> Vec<i32> {
    let last = ops.last().unwrap().0;
    let mut days: Vec<i32> = ops.iter().map(|(on, _)| *on).collect();
    days.extend((0..14).map(|period| last + 28 * period));
    days.dedup();
    days
}

/// Points and limit at the end of each of these days.
fn timeline(rules: &Rules, ops: &[(i32, Op)], days: &[i32]) -> Vec<(i64, i64)> {
    let mut household = Household::default();
    let mut ops = ops.iter().peekable();
    days.iter()
        .map(|today| {
            while let Some((on, op)) = ops.next_if(|(on, _)| on <= today) {
                household.apply(rules, day(*on), *op).unwrap();
            }
            household.member.advance(rules, day(*today));
            let now = limit(rules, &household.member, day(*today), Brakes::default());
            (now.points, now.limit_minor)
        })
        .collect()
}

/// The history with one more operation at a place, on the day of what comes there.
fn with(ops: &[(i32, Op)], place: prop::sample::Index, op: Op) -> Vec<(i32, Op)> {
    let at = place.index(ops.len());
    let mut more = ops.to_vec();
    more.insert(at, (ops[at].0, op));
    more
}

/// Goal: invariant 1: the same journal gives the same points, byte for byte, also when the state
/// was stored and read again on the way.
#[test]
fn a_replay_gives_the_same() {
    check(&(history(any_op(), 40), any::<prop::sample::Index>()), |(ops, place)| {
        let rules = rules();
        let whole = Household::after(&rules, &ops);
        let (first, rest) = ops.split_at(place.index(ops.len()));
        let mut parts = Household::after(&rules, first);
        let stored = serde_json::to_string(&parts.member).unwrap();
        parts.member = serde_json::from_str(&stored).unwrap();
        for (on, op) in rest {
            parts.apply(&rules, day(*on), *op).unwrap();
        }
        prop_assert_eq!(parts, whole);
        Ok(())
    });
}

/// Goal: invariant 2: the order within a day, and of honest operations within a period, does not
/// matter. Purchases are halved one by one, which may leave a grain each.
#[test]
fn order_within_a_period_does_not_matter() {
    let shuffled =
        vec(honest(), 1..20).prop_flat_map(|ops| (Just(ops.clone()), Just(ops).prop_shuffle()));
    check(&(history(any_op(), 10), shuffled, 0_i32..20), |(before, (ops, others), wait)| {
        let rules = rules();
        let start = Household::after(&rules, &before);
        // The first day of a period, so that all of it lies ahead.
        let first = (before.last().unwrap().0 / 28 + 1) * 28;
        let after = |ops: &[Op]| {
            let mut household = start.clone();
            for (index, op) in (0..).zip(ops) {
                household.apply(&rules, day(first + index * wait / 20), *op).unwrap();
            }
            household.member.advance(&rules, day(first + 27));
            household.member
        };
        let (one, other) = (after(&ops), after(&others));
        for pool in Pool::ALL {
            let (a, b) = (one.gain[pool.index()], other.gain[pool.index()]);
            let slack = if pool == Pool::Purchases { 20 } else { 0 };
            prop_assert!((a - b).abs() <= slack, "{pool:?}: {a} and {b}");
        }
        prop_assert_eq!(one.acc, other.acc);
        prop_assert_eq!(one.penalty_grains, other.penalty_grains);
        prop_assert_eq!(one.largest_repaid_minor, other.largest_repaid_minor);
        Ok(())
    });
}

/// Goal: invariant 2, with blame: within a day nothing depends on the order but the ladder of
/// step-ups, which a default of the day may or may not send back.
#[test]
fn order_within_a_day_does_not_matter() {
    let blamed = vec(prop_oneof![honest(), Just(Op::Late), Just(Op::Dispute)], 1..20);
    let shuffled = blamed.prop_flat_map(|ops| (Just(ops.clone()), Just(ops).prop_shuffle()));
    check(&(history(any_op(), 10), shuffled), |(before, (ops, others))| {
        let rules = rules();
        let start = Household::after(&rules, &before);
        let today = day(before.last().unwrap().0 + 1);
        let after = |ops: &[Op]| {
            let mut household = start.clone();
            for op in ops {
                household.apply(&rules, today, *op).unwrap();
            }
            household.member
        };
        let (one, other) = (after(&ops), after(&others));
        let points = (one.points(&rules), other.points(&rules));
        prop_assert!((points.0 - points.1).abs() <= 1, "{points:?}");
        prop_assert_eq!(one.level_held, other.level_held);
        Ok(())
    });
}

/// Goal: invariant 3: one more honest operation never lowers points or limit on any later day, as
/// long as nothing waits for its turn under a period's cap.
/// Method: histories of a household's life; those in which a gain waits prove nothing here.
#[test]
fn honesty_never_lowers() {
    let lives = vec((0_i32..60, real_life()), 1..12).prop_map(|steps| {
        let mut today = 100;
        let mut add = |gap| {
            today += gap;
            today
        };
        steps.into_iter().map(|(gap, op)| (add(gap), op)).collect::<Vec<_>>()
    });
    check(&(lives, any::<prop::sample::Index>(), real_life()), |(ops, place, op)| {
        let rules = rules();
        let (days, more_ops) = (days(&ops), with(&ops, place, op));
        if something_waits(&rules, &ops) || something_waits(&rules, &more_ops) {
            return Ok(());
        }
        let without = timeline(&rules, &ops, &days);
        let with = timeline(&rules, &more_ops, &days);
        for (index, (more, less)) in with.iter().zip(&without).enumerate() {
            let today = days[index];
            prop_assert!(more.0 >= less.0, "day {today}: {more:?} with {op:?}, {less:?} without");
            prop_assert!(more.1 >= less.1, "day {today}: {more:?} with {op:?}, {less:?} without");
        }
        Ok(())
    });
}

/// Honest operations as a household does them: a tenth of a unit to five units.
fn real_life() -> impl Strategy<Value = Op> {
    honest().prop_map(|op| match op {
        Op::Trade(with, minor) => Op::Trade(with, UNIT / 10 + minor % (5 * UNIT)),
        op => op,
    })
}

/// Whether a gain ever stood above its period's cap.
fn something_waits(rules: &Rules, ops: &[(i32, Op)]) -> bool {
    let mut household = Household::default();
    ops.iter().any(|(on, op)| {
        household.apply(rules, day(*on), *op).unwrap();
        let caps = rules.pools.iter().map(|pool| pool.period_cap);
        household.member.gain.iter().zip(caps).any(|(gain, cap)| *gain > cap)
    })
}

/// Goal: the edge of invariant 3: where gains wait for their turn, an earlier operation may cost a
/// later one of the same pair more than has faded by then; never more than it gave itself.
#[test]
fn honesty_costs_no_more_than_it_gave() {
    check(&(history(any_op(), 30), any::<prop::sample::Index>(), honest()), |(ops, place, op)| {
        let rules = rules();
        let days = days(&ops);
        let mut household = Household::after(&rules, &ops[..place.index(ops.len())]);
        let gave = household.apply(&rules, day(ops[place.index(ops.len())].0), op).unwrap();
        let without = timeline(&rules, &ops, &days);
        let with = timeline(&rules, &with(&ops, place, op), &days);
        for (index, (more, less)) in with.iter().zip(&without).enumerate() {
            let today = days[index];
            let cost = less.0 - more.0;
            prop_assert!(
                cost <= gave.grains / 256 + 1,
                "day {today}: {more:?} with {op:?}, {less:?}"
            );
        }
        Ok(())
    });
}

/// Goal: invariant 4: one more dispute, delay or default never raises points or limit.
#[test]
fn dishonesty_never_raises() {
    check(
        &(history(any_op(), 30), any::<prop::sample::Index>(), dishonest()),
        |(ops, place, op)| {
            let rules = rules();
            let days = days(&ops);
            let without = timeline(&rules, &ops, &days);
            let with = timeline(&rules, &with(&ops, place, op), &days);
            for (index, (more, less)) in with.iter().zip(&without).enumerate() {
                let today = days[index];
                prop_assert!(
                    more.0 <= less.0,
                    "day {today}: {more:?} with {op:?}, {less:?} without"
                );
                prop_assert!(
                    more.1 <= less.1,
                    "day {today}: {more:?} with {op:?}, {less:?} without"
                );
            }
            Ok(())
        },
    );
}

/// Goal: invariant 5: points have an upper and a lower bound, whatever happens.
#[test]
fn points_are_bounded() {
    check(&history(any_op(), 120), |ops| {
        let rules = rules();
        for (points, _) in timeline(&rules, &ops, &days(&ops)) {
            prop_assert!((-2_000..=POINTS_MAX).contains(&points), "{points}");
        }
        Ok(())
    });
}

/// Goal: invariant 6: without money that came from outside nobody reaches level 1.
#[test]
fn nothing_unbacked_reaches_a_level() {
    check(&history(unbacked(), 120), |ops| {
        let rules = rules();
        for (points, limit_minor) in timeline(&rules, &ops, &days(&ops)) {
            prop_assert!(points <= 140, "{points}");
            prop_assert_eq!(limit_minor, 0);
        }
        Ok(())
    });
}

/// Goal: invariant 7: whatever policy is accepted, a forged unit of trade unlocks no more credit
/// than the fee it costs for ever. Method: random numbers of the rule, weighed as exact fractions.
#[test]
fn no_policy_gives_a_free_lunch() {
    let numbers = (1_i64..20, 1_u32..120, 1_u32..1_000, 1_000_i64..1_000_000_000);
    check(&numbers, |(divisor, weight, fee_bps, forged_minor)| {
        let mut policy = shipped_policy();
        policy.trust.backing_divisor = divisor;
        policy.trust.weight_unproven_max = weight;
        policy.trust.weight_prior = weight.min(policy.trust.weight_prior);
        policy.trust.fee_irrecoverable_bps = fee_bps;
        policy.trust.surplus_bps_assumed = 10_000;
        let is_sound = policy.validate().is_ok();
        let unlocked = i128::from(forged_minor) * i128::from(weight) * 10_000;
        let cost = i128::from(forged_minor) * i128::from(fee_bps) * 256 * i128::from(divisor);
        prop_assert_eq!(is_sound, unlocked <= cost);
        Ok(())
    });
}

/// Goal: invariant 9: many small operations with one counterparty in a period are worth what one
/// large one is; for purchases, which are halved one by one, at most a grain each less.
#[test]
fn splitting_gains_nothing() {
    let whom = prop_oneof![
        seeds(),
        buyers(&[8, 32, 48, 85, 255]),
        (0_u8..2).prop_map(With::Vendor),
        neighbours()
    ];
    check(&(history(any_op(), 15), whom, vec(0_i64..90_000, 1..30)), |(ops, whom, parts)| {
        let rules = rules();
        let start = Household::after(&rules, &ops);
        let first = (ops.last().unwrap().0 / 28 + 1) * 28;
        let (mut split, mut whole) = (start.clone(), start);
        let mut gained = 0;
        for (index, minor) in (0..).zip(&parts) {
            let on = day(first + index * 27 / 30);
            gained += split.apply(&rules, on, Op::Trade(whom, *minor)).unwrap().grains;
        }
        let sum = Op::Trade(whom, parts.iter().sum());
        let line = whole.apply(&rules, day(first), sum).unwrap();
        let slack =
            if matches!(whom, With::Vendor(_)) { i64::try_from(parts.len()).unwrap() } else { 0 };
        prop_assert!(gained <= line.grains, "{gained} in parts, {} at once", line.grains);
        prop_assert!(gained + slack >= line.grains, "{gained} in parts, {} at once", line.grains);
        prop_assert_eq!(split.pairs[&whom].sum_minor, whole.pairs[&whom].sum_minor);
        Ok(())
    });
}

/// Goal: invariant 10: what others do never moves my points.
/// Method: two households in one sequence of operations, beside each of them alone.
#[test]
fn nobody_elses_operation_moves_mine() {
    check(&(history(any_op(), 40), vec(any::<bool>(), 40)), |(ops, mine)| {
        let rules = rules();
        let (mut me, mut other) = (Household::default(), Household::default());
        for ((on, op), is_mine) in ops.iter().zip(&mine) {
            let who = if *is_mine { &mut me } else { &mut other };
            who.apply(&rules, day(*on), *op).unwrap();
        }
        let own: Vec<_> = ops.iter().zip(&mine).filter(|(_, is_mine)| **is_mine).collect();
        let own: Vec<_> = own.into_iter().map(|(step, _)| *step).collect();
        prop_assert_eq!(me, Household::after(&rules, &own));
        Ok(())
    });
}

/// Goal: invariant 11: no number, however wild, overflows, wraps or stops the program; what is
/// refused changes nothing. Method: numbers from the whole range, policies at their bounds.
#[test]
fn wild_numbers_do_no_harm() {
    let number = || prop_oneof![any::<i64>(), Just(i64::MIN), Just(i64::MAX), -2_i64..1_000_000];
    let weight =
        || (any::<bool>(), any::<u16>()).prop_map(|(is_seed, share)| Weight { is_seed, share });
    let operation = prop_oneof![
        number().prop_map(|points| Operation::Fact { points }),
        (number(), weight())
            .prop_map(|(value_minor, weight)| Operation::Sale { value_minor, weight }),
        (number(), weight())
            .prop_map(|(value_minor, weight)| Operation::Purchase { value_minor, weight }),
        (number(), weight())
            .prop_map(|(value_minor, weight)| Operation::VillageTrade { value_minor, weight }),
        (number(), number()).prop_map(|(days_held, principal_minor)| Operation::Repaid {
            days_held,
            principal_minor
        }),
        Just(Operation::Late),
        Just(Operation::DisputeLost),
        Just(Operation::Defaulted),
        Just(Operation::Cured),
    ];
    let steps = vec((0_i32..84_370, operation), 1..60);
    check(&(steps, prop_oneof![Just(1), Just(UNIT), Just(1_000_000_000)]), |(steps, unit)| {
        let mut policy = shipped_policy();
        policy.programme.unit_minor = unit;
        policy.validate().unwrap();
        let rules = Rules::of(&policy);
        let (mut member, mut pair) = (MemberTrust::default(), PairTrust::default());
        for (on, operation) in steps {
            let before = (member.clone(), pair);
            if trust::apply(&rules, &mut member, &mut pair, day(on), operation).is_ok() {
                prop_assert_eq!(member.seen_on, Some(day(on)));
            } else {
                prop_assert_eq!(&(member.clone(), pair), &before);
            }
            let points = member.points(&rules);
            prop_assert!((-2_000..=POINTS_MAX).contains(&points), "{points}");
            let now = limit(&rules, &member, day(on), Brakes::default());
            prop_assert!((0..=100 * unit).contains(&now.limit_minor), "{now:?}");
        }
        Ok(())
    });
}

/// Goal: invariant 13: closing periods lazily gives what closing each day by day does.
#[test]
fn lazy_is_eager() {
    check(&history(any_op(), 25), |ops| {
        let rules = rules();
        let lazy = Household::after(&rules, &ops);
        let mut eager = Household::default();
        let mut today = ops[0].0;
        for (on, op) in &ops {
            while today < *on {
                today += 1;
                eager.member.advance(&rules, day(today));
                let period = rules.period(day(today));
                for pair in eager.pairs.values_mut() {
                    pair.advance(&rules, period);
                }
            }
            eager.apply(&rules, day(*on), *op).unwrap();
        }
        prop_assert_eq!(&eager.member, &lazy.member);
        let period = rules.period(day(today));
        for (with, pair) in &lazy.pairs {
            let mut pair = *pair;
            pair.advance(&rules, period);
            prop_assert_eq!(eager.pairs[with], pair);
        }
        Ok(())
    });
}
