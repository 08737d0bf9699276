//! Two-phase holds: money reserved now, then moved, freed or expired, exactly once. Must not know
//! what is being paid for. Source: `50-credit` 4.10, golden vector H01.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::account::AccountKey;
use super::posting::{Leg, Line, account_in, check_from, check_positive};
use crate::id::{HoldId, VillageId};
use crate::refusal::LedgerRefusal;
use crate::state::State;
use crate::time::{Instant, Now};

/// Money reserved on two accounts until it is posted, voided or expires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Its id, used once for ever.
    pub id: HoldId,
    /// The village whose books it is in.
    pub village: VillageId,
    /// The account to be debited.
    pub debit: AccountKey,
    /// The account to be credited.
    pub credit: AccountKey,
    /// How much is reserved, in minor units, above zero.
    pub amount_minor: i64,
    /// From this moment on it reserves nothing.
    pub expires_at: Instant,
    /// Whether it still reserves, and what became of it.
    pub status: HoldStatus,
}

/// What has become of a hold. Only [`HoldStatus::Pending`] can change, and only once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldStatus {
    /// It reserves its amount.
    Pending,
    /// This much of it was posted, the rest was freed.
    Posted(i64),
    /// It was given up.
    Voided,
    /// Its time ran out.
    Expired,
}

impl Hold {
    /// The status as of a moment: a hold past its time counts as expired before any sweep.
    pub fn status_at(&self, at: Instant) -> HoldStatus {
        if self.status == HoldStatus::Pending && self.expires_at <= at {
            return HoldStatus::Expired;
        }
        self.status
    }
}

/// Checks a new hold.
///
/// # Errors
/// In this order: the id, the amount, the time, each account, the funds.
pub(crate) fn place(state: &State, hold: &Hold, now: Now) -> Result<(), LedgerRefusal> {
    if state.hold.get(&hold.id).is_some() {
        return Err(LedgerRefusal::HoldExists { hold: hold.id });
    }
    let policy = state.policy(hold.village);
    check_positive(policy, hold.amount_minor)?;
    let last = now.at.plus_seconds(policy.ledger.hold_seconds_max);
    if hold.expires_at <= now.at || hold.expires_at > last {
        return Err(LedgerRefusal::HoldTime { seconds_max: policy.ledger.hold_seconds_max });
    }
    if hold.debit == hold.credit {
        return Err(LedgerRefusal::SameAccount { account: hold.debit });
    }
    for Line(key, amount_minor) in lines(hold, hold.amount_minor) {
        let mut account = account_in(state, hold.village, key)?.clone();
        let available_minor = account.available_minor();
        account.reserve(amount_minor).ok_or(LedgerRefusal::OutOfRange { account: key })?;
        if !account.keeps_floor() {
            return Err(LedgerRefusal::InsufficientAvailable { account: key, available_minor });
        }
    }
    Ok(())
}

/// The pending hold with this id.
///
/// # Errors
/// [`LedgerRefusal::HoldUnknown`], also for a hold of another village, or what became of it.
pub(crate) fn pending(
    state: &State,
    village: VillageId,
    id: HoldId,
    at: Instant,
) -> Result<&Hold, LedgerRefusal> {
    let known = state.hold.get(&id).filter(|hold| hold.village == village);
    let hold = known.ok_or(LedgerRefusal::HoldUnknown { hold: id })?;
    match hold.status_at(at) {
        HoldStatus::Pending => Ok(hold),
        HoldStatus::Posted(_) => Err(LedgerRefusal::AlreadyPosted { hold: id }),
        HoldStatus::Voided => Err(LedgerRefusal::AlreadyVoided { hold: id }),
        HoldStatus::Expired => Err(LedgerRefusal::AlreadyExpired { hold: id }),
    }
}

/// Checks the posting of a part or all of a pending hold and returns its legs.
///
/// # Errors
/// The amount, or [`LedgerRefusal::ExceedsPending`] above what is held.
pub(crate) fn post(
    state: &State,
    hold: &Hold,
    amount_minor: i64,
) -> Result<Vec<Leg>, LedgerRefusal> {
    if amount_minor < 0 {
        return Err(LedgerRefusal::AmountNegative { amount_minor });
    }
    if amount_minor > hold.amount_minor {
        return Err(LedgerRefusal::ExceedsPending { hold: hold.id, held_minor: hold.amount_minor });
    }
    // The legs are checked against the books without this hold: it pays from what it reserved.
    let mut freed = BTreeMap::new();
    for Line(key, reserved_minor) in lines(hold, hold.amount_minor) {
        let mut account = account_in(state, hold.village, key)?.clone();
        account.free(reserved_minor);
        freed.insert(key, account);
    }
    check_from(state, hold.village, &lines(hold, amount_minor), freed)
}

/// The two lines that move `amount_minor` as the hold says.
pub(crate) fn lines(hold: &Hold, amount_minor: i64) -> [Line; 2] {
    [Line::debit(hold.debit, amount_minor), Line::credit(hold.credit, amount_minor)]
}
