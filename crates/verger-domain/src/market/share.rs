//! How a pool's money is shared out: by grams, with each lot's own claims. Owns that arithmetic, for
//! the payout, the statements and whoever checks them; must not know accounts or time.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::pool::{LotClaim, Pool, PoolShare};
use super::shelf::PoolSales;
use super::split::{floor_bps, largest_remainder, total};
use crate::codec::is_default;
use crate::id::{LotId, PartyId};

/// What the end of a pool means for one household. All amounts are minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// What went back to buyers for its own lots beyond what all bear together.
    pub claims_minor: i64,
    /// What it is due: its part less its own claims, never below zero.
    pub due_minor: i64,
    /// What it still gets.
    pub pay_minor: i64,
    /// How much of its advance is settled; the rest is carried by the pool, never a debt.
    pub settled_minor: i64,
    /// Its part by grams, before its own claims.
    pub share_minor: i64,
}

/// What each household is due of `net_minor`. The dues sum to it exactly, and do not depend on the
/// order in which anything came.
///
/// Claims up to `shared_bps` of a lot's value are borne by all, the rest by the household of the lot.
/// A lot's value is its part by grams of what there would be without any claim. Whoever's own claims
/// exceed his part gets nothing and owes nothing: what is left of them is borne by the others.
///
/// Source: rules C-40 to C-42; demo village `quality_claim_rule` and `sample_pool.rule`.
pub fn dues(
    shares: &BTreeMap<PartyId, PoolShare>,
    claims: &BTreeMap<LotId, LotClaim>,
    net_minor: i64,
    shared_bps: u32,
) -> BTreeMap<PartyId, Due> {
    let mut own = own_claims(shares, claims, net_minor, shared_bps);
    let mut out: BTreeSet<PartyId> = BTreeSet::new();
    // Each round but the last takes at least one household out, so it ends; it cannot take out all,
    // for the parts together are never less than the claims together.
    let parts = loop {
        let inside = |who: &PartyId| !out.contains(who);
        let weights: Vec<_> = shares
            .iter()
            .filter(|(who, _)| inside(who))
            .map(|(who, share)| (*who, share.grams))
            .collect();
        let claims = total(own.iter().filter(|(who, _)| inside(who)).map(|(_, minor)| *minor));
        let parts = largest_remainder(net_minor.saturating_add(claims), &weights);
        let over = parts.iter().filter(|(who, part)| own.get(who).is_some_and(|own| own > part));
        let over: Vec<PartyId> = over.map(|(who, _)| *who).collect();
        if over.is_empty() {
            break parts;
        }
        out.extend(over);
    };
    let mut dues: BTreeMap<PartyId, Due> =
        shares.keys().map(|who| (*who, Due::default())).collect();
    for (who, share_minor) in parts {
        let claims_minor = own.remove(&who).unwrap_or(0);
        let due_minor = share_minor.saturating_sub(claims_minor);
        let advance = shares.get(&who).map_or(0, |share| share.advance_minor);
        let settled_minor = due_minor.min(advance);
        let pay_minor = due_minor.saturating_sub(settled_minor);
        let due = Due { claims_minor, due_minor, pay_minor, settled_minor, share_minor };
        dues.insert(who, due);
    }
    dues
}

/// What each household bears of the claims about its own lots.
fn own_claims(
    shares: &BTreeMap<PartyId, PoolShare>,
    claims: &BTreeMap<LotId, LotClaim>,
    net_minor: i64,
    shared_bps: u32,
) -> BTreeMap<PartyId, i64> {
    let sum = total(claims.values().map(|claim| claim.minor));
    let whole = i128::from(net_minor.saturating_add(sum));
    let grams: i128 = shares.values().map(|share| i128::from(share.grams)).sum();
    let mut own: BTreeMap<PartyId, i64> = BTreeMap::new();
    for claim in claims.values() {
        let value = whole.saturating_mul(claim.grams.into()).checked_div(grams).unwrap_or(0);
        let free = floor_bps(i64::try_from(value).unwrap_or(i64::MAX), shared_bps);
        let sum = own.entry(claim.household).or_default();
        *sum = sum.saturating_add(claim.minor.saturating_sub(free).max(0));
    }
    own
}

/// The account of a pool, line by line, as its members agree to it. All amounts are minor units;
/// what the sales brought and `other_minor` are what there is to share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// What all members brought, in grams.
    pub grams: i64,
    /// What moved the pool's account otherwise, such as a correction by the staff.
    #[serde(default, skip_serializing_if = "is_default")]
    pub other_minor: i64,
    /// What its fruit earned and what that cost.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sales: PoolSales,
    /// Which part of a lot's value in claims all bear together.
    pub shared_bps: u32,
}

impl Statement {
    /// The account of a pool that has `net_minor` to share.
    pub fn of(pool: &Pool, sales: PoolSales, net_minor: i64, shared_bps: u32) -> Self {
        let grams = total(pool.shares.values().map(|share| share.grams));
        let other_minor = net_minor.saturating_sub(sales.net_minor());
        Self { grams, other_minor, sales, shared_bps }
    }
}
