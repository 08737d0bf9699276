//! Counter-entries: what a refund takes back, and that nobody gains by being refunded.

use super::*;
use crate::trust::{Counted, take_back};

fn sale(household: &mut Household, on: i32, with: With, minor: i64) -> Counted {
    let line = household.apply(&rules(), day(on), Op::Trade(with, minor)).unwrap();
    Counted::of(&line).unwrap()
}

fn back(household: &mut Household, on: i32, with: With, counted: &mut Counted, minor: i64) -> Line {
    let pair = household.pairs.get_mut(&with).unwrap();
    take_back(&rules(), (&mut household.member, pair), day(on), counted, minor).unwrap()
}

/// Goal: a sale that is refunded whole, alone in its pool, leaves nothing behind, whenever that
/// happens: neither points nor a memory that would make the next sale worth less.
/// Method: sizes below and above the period's cap and the curve's end; refunds after 0 to 40 months.
#[test]
fn a_lone_sale_leaves_nothing() {
    let with = With::Seed(0);
    for minor in [1, 5_000, 20_000, 90_000, 1_440_000, 9_000_000] {
        for months in [0, 1, 2, 5, 12, 40] {
            let mut household = Household::default();
            let mut counted = sale(&mut household, 100, with, minor);
            let on = 100 + 28 * months;
            let line = back(&mut household, on, with, &mut counted, minor);
            let member = &household.member;
            assert_eq!((member.acc, member.gain), ([0; 6], [0; 6]), "{minor} after {months}");
            assert_eq!(household.pairs[&with].sum_minor, 0, "{minor} after {months}");
            assert_eq!(member.backing.recent_minor(day(on), 91), 0);
            assert!(line.grains <= 0);
            assert_eq!(counted.left_minor, 0);
        }
    }
}

/// Goal: parts taken back one after the other are the whole, and no more than the whole.
#[test]
fn parts_are_the_whole() {
    let with = With::Buyer(3, 85);
    let mut household = Household::default();
    sale(&mut household, 90, with, 7_000);
    let before = household.clone();
    let mut counted = sale(&mut household, 100, with, 20_000);
    for minor in [1, 4_999, 10_000, 5_000] {
        back(&mut household, 100, with, &mut counted, minor);
    }
    assert_eq!(household.member.gain, before.member.gain);
    assert_eq!(household.pairs[&with].sum_minor, before.pairs[&with].sum_minor);
    let nothing = back(&mut household, 110, with, &mut counted, i64::MAX);
    assert_eq!((nothing.grains, nothing.value_minor), (0, 0));
}

/// Goal: what comes out below zero or out of order is refused and changes nothing.
#[test]
fn nonsense_is_not_taken_back() {
    let with = With::Seed(0);
    let mut household = Household::default();
    let mut counted = sale(&mut household, 100, with, 5_000);
    let before = (household.clone(), counted);
    let pair = household.pairs.get_mut(&with).unwrap();
    let both = (&mut household.member, pair);
    assert_eq!(take_back(&rules(), both, day(100), &mut counted, -1), Err(OpError::Negative));
    let pair = household.pairs.get_mut(&with).unwrap();
    let both = (&mut household.member, pair);
    assert!(take_back(&rules(), both, day(99), &mut counted, 1).is_err());
    assert_eq!((household, counted), before);
}

/// Goal: to sell and be refunded, again and again, is worth nothing: points never rise by a refund,
/// and what stays is at most what honest trade gave, without the fading of the periods in which it
/// may have waited behind the refunded sale for its turn under the cap.
/// Method: random histories with refunds of random parts, beside the same without those sales.
#[test]
fn a_round_trip_gains_nothing() {
    let trips = vec((history(honest(), 12), 0_usize..2, values(), 0_i32..300), 1..4);
    invariants::run("VERGER_TRUST_CASES", 200, &trips, |trips| {
        let rules = rules();
        let (mut today, mut waited) = (0, 0);
        let (mut refunded, mut without) = (Household::default(), Household::default());
        for (ops, which, minor, wait) in trips {
            for (on, op) in &ops {
                refunded.apply(&rules, day(today + on), *op).unwrap();
                without.apply(&rules, day(today + on), *op).unwrap();
            }
            today += ops.last().unwrap().0;
            // A counterparty of its own, so that the other sales are the same on both sides.
            let with = [With::Seed(9), With::Buyer(9, 200)][which];
            let mut counted = sale(&mut refunded, today, with, minor);
            today += wait;
            waited += wait / 28 + 1;
            let before = refunded.member.points_on(&rules, day(today));
            back(&mut refunded, today, with, &mut counted, minor);
            let after = refunded.member.points(&rules);
            prop_assert!(after <= before, "{after} after a refund, {before} before");
            let honest = without.member.points_on(&rules, day(today));
            // The thirty-second part of each period that passed, and a point for the rounding.
            let unfaded = |points: i64| (0..waited).fold(points, |points, _| points * 32 / 31 + 1);
            prop_assert!(after <= unfaded(honest + 1), "{after} with a refund, {honest} without");
        }
        Ok(())
    });
}
