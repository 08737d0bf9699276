//! A posting: two or more lines that sum to zero. Owns the checks every movement of money passes;
//! must not know why the money moves.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::account::{Account, AccountId, AccountKey};
use crate::id::VillageId;
use crate::policy::Policy;
use crate::refusal::LedgerRefusal;
use crate::state::State;
use crate::time::{Date, Now};

/// The most lines one posting may have: a payout to the members of a very large cooperative.
pub const LINES_MAX: usize = 4096;

/// What one account shall receive: `[account, amount]`, debit positive, in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line(pub AccountKey, pub i64);

impl Line {
    /// A debit of a positive amount.
    pub const fn debit(account: AccountKey, amount_minor: i64) -> Self {
        Self(account, amount_minor)
    }

    /// A credit of a positive amount.
    pub const fn credit(account: AccountKey, amount_minor: i64) -> Self {
        Self(account, amount_minor.saturating_neg())
    }
}

/// What one account received: `[account, amount, balance after]`, debit positive, in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leg(pub AccountKey, pub i64, pub i64);

impl Leg {
    /// The account.
    pub const fn account(self) -> AccountKey {
        self.0
    }

    /// The amount, debit positive.
    pub const fn amount_minor(self) -> i64 {
        self.1
    }

    /// The account's posted balance after this leg, debit positive.
    pub const fn balance_minor(self) -> i64 {
        self.2
    }
}

/// Checks the lines of one posting against the books and returns the legs they become.
///
/// # Errors
/// In this order: the number of lines, each amount, the sum, each account, the floors.
pub(crate) fn check(
    state: &State,
    village: VillageId,
    lines: &[Line],
) -> Result<Vec<Leg>, LedgerRefusal> {
    check_from(state, village, lines, BTreeMap::new())
}

/// As [`check`], on books in which the accounts of `after` already stand as given there.
pub(crate) fn check_from(
    state: &State,
    village: VillageId,
    lines: &[Line],
    mut after: BTreeMap<AccountKey, Account>,
) -> Result<Vec<Leg>, LedgerRefusal> {
    check_lines(lines)?;
    let mut legs = Vec::with_capacity(lines.len());
    for &Line(key, amount_minor) in lines {
        let account = match after.get_mut(&key) {
            Some(account) => account,
            None => after.entry(key).or_insert(account_in(state, village, key)?.clone()),
        };
        account.post(amount_minor).ok_or(LedgerRefusal::OutOfRange { account: key })?;
        legs.push(Leg(key, amount_minor, account.balance_minor()));
    }
    for (key, account) in &after {
        if !account.keeps_floor() {
            let before = account_in(state, village, *key)?;
            return Err(LedgerRefusal::InsufficientAvailable {
                account: *key,
                available_minor: before.available_minor(),
            });
        }
    }
    assert!(legs.iter().map(|leg| i128::from(leg.1)).sum::<i128>() == 0, "I-1: legs sum to zero");
    Ok(legs)
}

fn check_lines(lines: &[Line]) -> Result<(), LedgerRefusal> {
    if lines.len() < 2 || lines.len() > LINES_MAX {
        return Err(LedgerRefusal::LineCount { count: lines.len(), max: LINES_MAX });
    }
    if lines.iter().any(|line| line.1 == 0) {
        return Err(LedgerRefusal::AmountZero);
    }
    let off_by_minor = lines.iter().map(|line| i128::from(line.1)).sum::<i128>();
    if off_by_minor != 0 {
        let off_by_minor = clamp(off_by_minor);
        return Err(LedgerRefusal::NotBalanced { off_by_minor });
    }
    Ok(())
}

/// The nearest number of 63 bits, for messages about sums that are out of range.
pub(crate) fn clamp(minor: i128) -> i64 {
    let limit = if minor < 0 { i64::MIN } else { i64::MAX };
    i64::try_from(minor).unwrap_or(limit)
}

/// Refuses a zero amount and one above the programme's largest; the sign is the caller's matter.
/// The limit catches typing errors where money first moves: what follows from an accepted amount
/// (a hold posted, a reversal, a year's close) must go through whatever the policy says today.
pub(crate) fn check_amount(policy: &Policy, amount_minor: i64) -> Result<(), LedgerRefusal> {
    let max_minor = policy.ledger.amount_minor_max;
    if amount_minor == 0 {
        return Err(LedgerRefusal::AmountZero);
    }
    if amount_minor.unsigned_abs() > max_minor.unsigned_abs() {
        return Err(LedgerRefusal::AmountTooLarge { amount_minor, max_minor });
    }
    Ok(())
}

/// Refuses an amount that is not above zero, and one above the programme's largest.
pub(crate) fn check_positive(policy: &Policy, amount_minor: i64) -> Result<(), LedgerRefusal> {
    if amount_minor < 0 {
        return Err(LedgerRefusal::AmountNegative { amount_minor });
    }
    check_amount(policy, amount_minor)
}

/// The account with this key, which must be open.
pub(crate) fn account_in(
    state: &State,
    village: VillageId,
    key: AccountKey,
) -> Result<&Account, LedgerRefusal> {
    let unknown = LedgerRefusal::AccountUnknown { account: key };
    state.account.get(&AccountId { village, key }).ok_or(unknown)
}

/// Refuses an effective day that is in the future, in a closed month, before the books began, or
/// too long ago.
pub(crate) fn check_effective(
    state: &State,
    village: VillageId,
    effective_on: Date,
    now: Now,
) -> Result<(), LedgerRefusal> {
    if effective_on > now.today {
        return Err(LedgerRefusal::EffectiveInFuture { effective_on, today: now.today });
    }
    if let Some(closed_through) = state.village(village).closed_through
        && effective_on.month() <= closed_through
    {
        return Err(LedgerRefusal::PeriodClosed { effective_on, closed_through });
    }
    let since_start = now.today.days_since(state.village(village).registered_on);
    let since_start = u32::try_from(since_start).unwrap_or(0);
    let days_max = state.policy(village).ledger.late_days_max.min(since_start);
    let days = now.today.days_since(effective_on);
    if i64::from(days) > i64::from(days_max) {
        return Err(LedgerRefusal::EffectiveTooOld { effective_on, days_max });
    }
    Ok(())
}
