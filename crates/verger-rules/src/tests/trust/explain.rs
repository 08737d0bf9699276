//! Explanations: the sample of the document, sums that are exact, and that every reason and way has
//! its case.

use std::collections::BTreeMap;

use super::*;
use crate::id::PartyId;
use crate::trust::{
    Brakes, Counterparty, Deed, Explanation, FactKind, Facts, Raise, Reason, Whom, explain,
};

const COOP: PartyId = PartyId::from_bits(1);

fn who(with: With) -> Counterparty {
    let (party, weight, whom) = match with {
        With::Seed(_) => (COOP, Weight::SEED, Whom::Cooperative),
        With::Buyer(n, share) => {
            (PartyId::from_bits(100 + u128::from(n)), Weight::of(share), Whom::Buyer)
        }
        With::Vendor(n) => (PartyId::from_bits(200 + u128::from(n)), Weight::SEED, Whom::Supplier),
        With::Neighbour(n, share) => {
            (PartyId::from_bits(300 + u128::from(n)), Weight::of(share), Whom::Household)
        }
    };
    Counterparty { party, pair: PairTrust::default(), weight, whom }
}

fn explained(household: &Household, on: i32, brakes: Brakes) -> Explanation {
    let with = |(with, pair): (&With, &PairTrust)| Counterparty { pair: *pair, ..who(*with) };
    let counterparties: Vec<_> = household.pairs.iter().map(with).collect();
    let confirmed = BTreeMap::from(FactKind::ALL.map(|fact| (fact, day(0))));
    let (facts, member) = (&confirmed, &household.member);
    let facts = Facts { brakes, facts, member, counterparties: &counterparties };
    explain(&rules(), facts, day(on))
}

/// The operations of table 2.5 up to day 40.
fn sample_ops() -> Vec<(i32, Op)> {
    let (seed, vendor) = (With::Seed(0), With::Vendor(1));
    let (known, unknown) = (With::Buyer(1, 85), With::Buyer(2, 32));
    vec![
        (0, Op::Fact(40)),
        (3, Op::Trade(vendor, 6_000)),
        (8, Op::Trade(seed, 20_000)),
        (15, Op::Trade(known, 10_000)),
        (20, Op::Trade(unknown, 5_000)),
        (25, Op::Trade(seed, 20_000)),
        (33, Op::Trade(known, 10_000)),
        (40, Op::Trade(vendor, 10_000)),
    ]
}

/// The member of table 2.5 on day 40.
fn sample() -> Household {
    Household::after(&rules(), &sample_ops())
}

/// Goal: the sample of the document comes out: its sum, its limit and what would raise it.
#[test]
fn the_sample_comes_out() {
    let explained = explained(&sample(), 40, Brakes::default());
    let points: Vec<i64> = explained.parts.iter().map(|part| part.points).collect();
    assert_eq!(points, [39, 96, 3, 25, 0, 0, 0], "facts, proven, unproven, bought, 0, 0, 0");
    assert_eq!((explained.level_points, explained.next_level), (Some(150), Some((350, 80_000))));
    let sold = &explained.parts[1].with;
    assert_eq!(sold[..], [(COOP, 2), (PartyId::from_bits(101), 2)]);
    let (recent_minor, backed_minor) = (40_000, 40_000);
    assert_eq!(explained.reasons[0], Reason::BackingLow { recent_minor, backed_minor });
    let raise = |deed, points, limit_minor| Raise { deed, points, limit_minor };
    let expected = [
        raise(Deed::SellProven { to: Some(COOP), value_minor: 20_000 }, 19, 10_000),
        raise(Deed::Repay { days_held: 28, principal_minor: 10_000 }, 20, 0),
        raise(Deed::SellKnown { to: None, value_minor: 10_000 }, 13, 0),
    ];
    assert_eq!(explained.raises[..3], expected);
}

/// Goal: invariant 12: the lines of an explanation add up to the points, and to the grains, always;
/// there are at most four reasons and ways, and every way gives something.
#[test]
fn the_lines_are_the_points() {
    let brakes = || {
        prop_oneof![
            Just(Brakes::default()),
            Just(Brakes { is_village_paused: true, ..Brakes::default() }),
            (0_i64..50_000)
                .prop_map(|room| Brakes { cohort_room_minor: Some(room), ..Brakes::default() }),
        ]
    };
    let cases = (history(any_op(), 40), 0_i32..400, brakes());
    invariants::run("VERGER_TRUST_CASES", 200, &cases, |(ops, wait, brakes)| {
        let rules = rules();
        let household = Household::after(&rules, &ops);
        let on = ops.last().unwrap().0 + wait;
        let explained = explained(&household, on, brakes);
        let now = household.member.points_on(&rules, day(on));
        let points: i64 = explained.parts.iter().map(|part| part.points).sum();
        let grains: i64 = explained.parts.iter().map(|part| part.grains).sum();
        prop_assert_eq!((points, grains.div_euclid(256)), (now, now));
        prop_assert!(explained.parts.iter().all(|p| (p.points * 256 - p.grains).abs() < 256));
        prop_assert!(explained.reasons.len() <= 4 && explained.raises.len() <= 4);
        for raise in &explained.raises {
            prop_assert!(raise.points > 0 || raise.limit_minor > 0, "{raise:?}");
            prop_assert!(raise.points >= 0 && raise.limit_minor >= 0, "{raise:?}");
        }
        Ok(())
    });
}

/// A history, the brakes, and the code that must be among the reasons.
type Case<'a> = (&'a [(i32, Op)], Brakes, &'a str);

/// Goal: every reason is given where it is the case, the one that makes the limit first.
#[test]
fn every_reason_has_its_case() {
    let none = Brakes::default();
    let paused = Brakes { is_village_paused: true, ..none };
    let bond = Brakes { cohort_room_minor: Some(700), ..none };
    let trade = |with, minor| Op::Trade(with, minor);
    let (seed, stranger) = (With::Seed(0), With::Buyer(2, 32));
    let repaid = Op::Repaid { principal_minor: 30_000, days_held: 28 };
    let rich = [(0, Op::Fact(40)), (1, trade(seed, 400_000)), (30, trade(seed, 400_000))];
    let mut late = rich.to_vec();
    late.extend([(60, Op::Late), (60, Op::Dispute)]);
    let mut gone = rich.to_vec();
    gone.push((60, Op::Default));
    let mut large = rich.to_vec();
    large.extend([(60, repaid), (61, trade(seed, 9_000_000))]);
    let cases: [Case<'_>; 12] = [
        (&[(0, Op::Fact(40))], none, "LEVEL_LOW"),
        (&[(0, trade(stranger, 9_000))], none, "UNPROVEN_ONLY"),
        (&[(0, trade(seed, 9_000_000))], none, "PERIOD_CAP"),
        (&[(0, trade(seed, 9_000_000)), (28, trade(seed, 9_000_000))], none, "ONE_COUNTERPARTY"),
        (&rich, paused, "VILLAGE_PAUSE"),
        (&rich, bond, "COHORT_FULL"),
        (&late, none, "PENALTY_LATE"),
        (&late, none, "PENALTY_DISPUTE"),
        (&gone, none, "FROZEN_DEFAULT"),
        (&[(0, trade(seed, 20_000)), (0, Op::Fact(40)), (20, repaid)], none, "LEVEL_LOW"),
        (&large, none, "STEP_NOT_REPAID"),
        (&sample_ops(), none, "BACKING_LOW"),
    ];
    for (ops, brakes, code) in cases {
        let household = Household::after(&rules(), ops);
        let explained = explained(&household, ops.last().unwrap().0, brakes);
        let codes: Vec<_> = explained.reasons.iter().map(Reason::code).collect();
        assert!(codes.contains(&code), "{code} is not among {codes:?}");
    }
    let mut barred = Household::after(&rules(), &rich);
    trust::void(&rules(), &mut barred.member, day(60));
    assert_eq!(explained(&barred, 60, none).reasons[0], Reason::FraudBarred);
    // Facts that were confirmed a year ago are due again.
    let mut old = sample();
    old.member.advance(&rules(), day(364));
    let codes: Vec<_> = explained(&old, 364, none).reasons.iter().map(Reason::code).collect();
    assert!(codes.contains(&"IDENTITY_PENDING"), "{codes:?}");
}

/// Goal: who is frozen is told to pay first, and what that gives.
#[test]
fn who_is_frozen_is_told_to_pay() {
    let seed = With::Seed(0);
    let mut ops = Vec::new();
    for month in 0..10 {
        ops.push((28 * month, Op::Trade(seed, 900_000)));
    }
    ops.push((280, Op::Default));
    let household = Household::after(&rules(), &ops);
    let explained = explained(&household, 280, Brakes::default());
    assert_eq!(explained.limit.limit_minor, 0);
    let first = explained.raises.first().unwrap();
    assert_eq!((first.deed, first.limit_minor), (Deed::Cure, 30_000));
}
