//! Who gets what of a payment, to the fen. Owns the arithmetic of fees and shares; must not know
//! orders, accounts or time.

use crate::id::PartyId;

pub use verger_rules::share::{floor_bps, floor_parts, largest_remainder};

/// The running totals of what an order has already given out, so that percentages are taken once
/// per order however often money leaves it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Released {
    /// The agent's commission.
    pub commission_minor: i64,
    /// The cooperative's fee.
    pub cooperative_minor: i64,
    /// The carrier's freight.
    pub freight_minor: i64,
    /// The goods that were released, before any fee.
    pub goods_minor: i64,
    /// Box and foam.
    pub packaging_minor: i64,
    /// The platform's fee.
    pub platform_minor: i64,
    /// What the sellers got.
    pub rest_minor: i64,
}

impl Released {
    /// Everything that has left the escrow towards the seller's side.
    pub fn total_minor(&self) -> i64 {
        self.goods_minor.saturating_add(self.freight_minor)
    }

    /// The same totals, reached from `before` without taking anything back: what the goods of this
    /// step cannot bear of the fees is cut, in the order of [`released`].
    #[must_use]
    pub fn after(&self, before: &Self) -> Self {
        let step = self.since(before);
        let mut left = step.goods_minor;
        let mut add = |before: i64, wanted: i64| {
            let taken = wanted.max(0).min(left);
            left = left.saturating_sub(taken);
            before.saturating_add(taken)
        };
        let platform_minor = add(before.platform_minor, step.platform_minor);
        let commission_minor = add(before.commission_minor, step.commission_minor);
        let cooperative_minor = add(before.cooperative_minor, step.cooperative_minor);
        let packaging_minor = add(before.packaging_minor, step.packaging_minor);
        let rest_minor = before.rest_minor.saturating_add(left);
        let (freight_minor, goods_minor) = (self.freight_minor, self.goods_minor);
        Self {
            commission_minor,
            cooperative_minor,
            freight_minor,
            goods_minor,
            packaging_minor,
            platform_minor,
            rest_minor,
        }
    }

    /// What was added since `before`, field by field.
    #[must_use]
    pub fn since(&self, before: &Self) -> Self {
        let minus = i64::saturating_sub;
        Self {
            commission_minor: minus(self.commission_minor, before.commission_minor),
            cooperative_minor: minus(self.cooperative_minor, before.cooperative_minor),
            freight_minor: minus(self.freight_minor, before.freight_minor),
            goods_minor: minus(self.goods_minor, before.goods_minor),
            packaging_minor: minus(self.packaging_minor, before.packaging_minor),
            platform_minor: minus(self.platform_minor, before.platform_minor),
            rest_minor: minus(self.rest_minor, before.rest_minor),
        }
    }
}

/// One line of an order as the split sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// The agent's commission on it.
    pub commission_bps: u32,
    /// The cooperative's fee on it.
    pub cooperative_bps: u32,
    /// What is left of its price after refunds.
    pub goods_minor: i64,
    /// Its box and foam.
    pub packaging_minor: i64,
    /// The platform's fee on it.
    pub platform_bps: u32,
}

/// The totals after these lines, of all that are released so far, and this freight.
///
/// Each percentage is one floor over all lines. Where refunds left less than the fees take, they
/// are cut in this order: packaging, the cooperative, the commission, the platform.
pub fn released(lines: &[Share], freight_minor: i64) -> Released {
    let sum_bps = |bps: fn(&Share) -> u32| {
        let part = |line: &Share| i128::from(line.goods_minor).saturating_mul(bps(line).into());
        floor_parts(lines.iter().map(part).sum())
    };
    let goods_minor = total(lines.iter().map(|line| line.goods_minor));
    let mut left = goods_minor;
    let mut take = |wanted: i64| {
        let taken = wanted.min(left);
        left = left.saturating_sub(taken);
        taken
    };
    let platform_minor = take(sum_bps(|line| line.platform_bps));
    let commission_minor = take(sum_bps(|line| line.commission_bps));
    let cooperative_minor = take(sum_bps(|line| line.cooperative_bps));
    // A box whose goods were refunded whole is no longer paid for.
    let boxed = lines.iter().filter(|line| line.goods_minor > 0);
    let packaging_minor = take(total(boxed.map(|line| line.packaging_minor)));
    Released {
        commission_minor,
        cooperative_minor,
        freight_minor,
        goods_minor,
        packaging_minor,
        platform_minor,
        rest_minor: left,
    }
}

/// A sum that saturates: amounts are bounded by the policy long before.
pub fn total(amounts: impl Iterator<Item = i64>) -> i64 {
    amounts.fold(0, i64::saturating_add)
}

/// Divides a value among households by their grams, so that it sums exactly.
pub fn by_grams(value_minor: i64, grams: &[(PartyId, i64)]) -> Vec<(PartyId, i64)> {
    largest_remainder(value_minor, grams)
}
