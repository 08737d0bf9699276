//! The arithmetic of fees and shares, by random amounts: sums are exact, floors are floors.

use proptest::prelude::*;

use crate::market::split::{Released, Share, floor_bps, largest_remainder, released, total};

/// Amounts up to the largest of the shipped policy.
const LARGEST: i64 = 1_000_000_000_000;

prop_compose! {
    fn shares()(
        goods_minor in prop_oneof![0..10_000_i64, 0..LARGEST],
        packaging_minor in 0..1_000_i64,
        platform_bps in 0..=1_000_u32,
        commission_bps in 0..=1_000_u32,
        cooperative_bps in 0..=1_000_u32,
    ) -> Share {
        Share { commission_bps, cooperative_bps, goods_minor, packaging_minor, platform_bps }
    }
}

fn parts(of: &Released) -> [i64; 5] {
    let Released { commission_minor, cooperative_minor, packaging_minor, platform_minor, .. } = *of;
    [commission_minor, cooperative_minor, packaging_minor, platform_minor, of.rest_minor]
}

proptest! {
    /// Goal: a split gives out exactly the goods and the freight, and nobody less than nothing.
    /// Method: random lines; every percentage is one floor over all of them.
    #[test]
    fn a_split_gives_out_exactly_what_there_is(
        lines in prop::collection::vec(shares(), 0..8),
        freight in 0..100_000_i64,
    ) {
        let split = released(&lines, freight);
        let goods = total(lines.iter().map(|line| line.goods_minor));
        prop_assert_eq!(parts(&split).iter().sum::<i64>(), goods);
        prop_assert_eq!(split.total_minor(), goods + freight);
        prop_assert!(parts(&split).iter().all(|minor| *minor >= 0));
        let exact: i128 = lines
            .iter()
            .map(|line| i128::from(line.goods_minor) * i128::from(line.platform_bps))
            .sum();
        prop_assert_eq!(i128::from(split.platform_minor), exact / 10_000);
    }

    /// Goal: what is released in two steps is what is released in one: no fen is floored twice.
    /// Method: the first lines alone, then all; the steps sum to the whole.
    #[test]
    fn two_steps_are_one(
        lines in prop::collection::vec(shares(), 1..8),
        freight in 0..100_000_i64,
        first in 0..8_usize,
    ) {
        let first = released(&lines[..first.min(lines.len())], 0);
        let all = released(&lines, freight);
        let second = all.since(&first);
        let sum: Vec<_> = parts(&first).iter().zip(parts(&second)).map(|(a, b)| a + b).collect();
        prop_assert_eq!(sum, parts(&all));
        prop_assert_eq!(first.total_minor() + second.total_minor(), all.total_minor());
    }

    /// Goal: who sells more never gets less, and no fee shrinks when the goods grow.
    /// Method: one line, and the same with more goods.
    #[test]
    fn shares_grow_with_the_goods(line in shares(), more in 0..LARGEST) {
        let before = released(&[line], 0);
        let after = released(&[Share { goods_minor: line.goods_minor + more, ..line }], 0);
        let [commission, cooperative, packaging, platform, _] = parts(&before);
        let [commission_after, cooperative_after, packaging_after, platform_after, _] =
            parts(&after);
        prop_assert!(commission <= commission_after && cooperative <= cooperative_after);
        prop_assert!(packaging <= packaging_after && platform <= platform_after);
    }

    /// Goal: a percentage never rounds up and misses the exact value by less than one fen.
    /// Method: random amounts and rates.
    #[test]
    fn a_floor_is_a_floor(amount in 0..LARGEST, bps in 0..=10_000_u32) {
        let share = i128::from(floor_bps(amount, bps)) * 10_000;
        let exact = i128::from(amount) * i128::from(bps);
        prop_assert!(share <= exact && exact - share < 10_000);
    }

    /// Goal: a division among people is exact, and each part is its exact value rounded down or up.
    /// Method: random weights; the sum, each part's distance, and equal weights by their keys.
    #[test]
    fn a_division_is_exact(
        amount in 0..LARGEST,
        weights in prop::collection::vec(prop_oneof![4 => 0..1_000_000_i64, 1 => Just(7)], 1..12),
    ) {
        let weights: Vec<(usize, i64)> = weights.into_iter().enumerate().collect();
        let sum: i64 = weights.iter().map(|(_, weight)| weight).sum();
        let parts = largest_remainder(amount, &weights);
        prop_assert_eq!(parts.len(), weights.len());
        let given: i64 = parts.iter().map(|(_, minor)| minor).sum();
        prop_assert_eq!(given, if sum == 0 { 0 } else { amount });
        for ((key, minor), (_, weight)) in parts.iter().zip(&weights) {
            let exact = i128::from(amount) * i128::from(*weight);
            let distance = (i128::from(*minor) * i128::from(sum) - exact).abs();
            prop_assert!(sum == 0 || distance < i128::from(sum), "{key}: {minor}");
            for ((other, other_minor), (_, other_weight)) in parts.iter().zip(&weights) {
                // The heavier gets no less; of two equal ones the smaller key gets no less.
                let is_first = (std::cmp::Reverse(weight), key) < (std::cmp::Reverse(other_weight), other);
                prop_assert!(!is_first || minor >= other_minor, "{key} and {other}");
            }
        }
    }
}

/// Goal: ties go to the smaller key, whatever the order of the list.
/// Method: ten fen among three equal weights, in two orders.
#[test]
fn ties_go_to_the_smaller_key() {
    assert_eq!(largest_remainder(10, &[(3, 1), (1, 1), (2, 1)]), [(3, 3), (1, 4), (2, 3)]);
    assert_eq!(largest_remainder(11, &[(3, 1), (1, 1), (2, 1)]), [(3, 3), (1, 4), (2, 4)]);
    assert_eq!(largest_remainder(5, &[(1, 0), (2, 0)]), [(1, 0), (2, 0)]);
    assert_eq!(largest_remainder::<u8>(5, &[]), []);
}

/// Goal: where refunds left less than the fees take, they are cut in the order that is written.
/// Method: one box at falling values.
#[test]
fn fees_are_cut_in_their_order() {
    let at = |goods_minor| {
        let line = Share {
            commission_bps: 500,
            cooperative_bps: 400,
            goods_minor,
            packaging_minor: 450,
            platform_bps: 100,
        };
        parts(&released(&[line], 0))
    };
    // Commission, cooperative, packaging, platform, rest.
    assert_eq!(at(3_990), [199, 159, 450, 39, 3_143]);
    assert_eq!(at(500), [25, 20, 450, 5, 0]);
    assert_eq!(at(499), [24, 19, 450, 4, 2]);
    assert_eq!(at(100), [5, 4, 90, 1, 0]);
    assert_eq!(at(1), [0, 0, 1, 0, 0]);
    assert_eq!(at(0), [0; 5]);
}
