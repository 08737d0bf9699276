//! Parts of an amount: basis points floored, and the largest remainder. Owns the two ways in which
//! an amount is divided without losing a fen; must not know what is divided or among whom.

/// Ten thousand basis points are the whole.
const WHOLE_BPS: i128 = 10_000;

/// A share of an amount in basis points, floored: what remains stays with the seller.
pub fn floor_bps(amount_minor: i64, bps: u32) -> i64 {
    floor_parts(i128::from(amount_minor).saturating_mul(i128::from(bps)))
}

/// The floor of a sum of amounts, each already multiplied by its basis points.
pub fn floor_parts(minor_bps: i128) -> i64 {
    i64::try_from(minor_bps.div_euclid(WHOLE_BPS)).unwrap_or(i64::MAX)
}

/// Divides `total_minor` among the weights so that the parts sum to it exactly: floors first, then
/// one more for the largest remainders, ties to the smaller key. Weights are not negative.
///
/// An empty list or weights that are all zero give all parts zero.
pub fn largest_remainder<K: Ord + Copy>(total_minor: i64, weights: &[(K, i64)]) -> Vec<(K, i64)> {
    let sum: i128 = weights.iter().map(|(_, weight)| i128::from(*weight)).sum();
    let mut parts: Vec<(K, i64)> = weights.iter().map(|(key, _)| (*key, 0)).collect();
    if sum <= 0 {
        return parts;
    }
    let mut order = Vec::with_capacity(weights.len());
    let mut left = total_minor;
    for (index, (key, weight)) in weights.iter().enumerate() {
        let share = i128::from(total_minor).saturating_mul(i128::from(*weight));
        let floor = i64::try_from(share.div_euclid(sum)).unwrap_or(0);
        if let Some(part) = parts.get_mut(index) {
            part.1 = floor;
        }
        left = left.saturating_sub(floor);
        order.push((std::cmp::Reverse(share.rem_euclid(sum)), *key, index));
    }
    order.sort_unstable();
    let extra = usize::try_from(left).unwrap_or(0);
    for (_, _, index) in order.into_iter().take(extra) {
        if let Some(part) = parts.get_mut(index) {
            part.1 = part.1.saturating_add(1);
        }
    }
    parts
}
