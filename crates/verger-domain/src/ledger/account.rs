//! An account: its key, its four counters and what they allow. Must not decide who may use it.

use std::fmt;
use std::str::FromStr;

use iso_currency::Currency;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::chart::{Code, Floor, OwnedBy};
use crate::id::{PartyId, VillageId, hex_u128, parse_hex_u128};

/// Names an account within its village: a code of the chart, and whose it is.
///
/// Text form: `1010` for an account of the village, `2010:<32 hexadecimal digits>` for one of a
/// party or of a subject (an order, a pool, a loan).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountKey {
    /// The line of the chart.
    pub code: Code,
    /// The bits of the owner's id; zero for an account of the village itself.
    pub owner: u128,
}

impl AccountKey {
    /// The village's own account of this code.
    pub const fn village(code: Code) -> Self {
        Self { code, owner: 0 }
    }

    /// A party's account of this code.
    pub const fn party(code: Code, party: PartyId) -> Self {
        Self { code, owner: party.bits() }
    }

    /// The account that carries money to or from another village.
    pub fn clearing(other: VillageId) -> Self {
        Self { code: Code::CLEARING, owner: u128::from(other.number()) }
    }

    /// Whether the owner fits the chart: none for the village's accounts, one for the others.
    pub fn is_well_formed(self) -> bool {
        (self.code.row().owner == OwnedBy::Village) == (self.owner == 0)
    }

    /// The owning party, where the chart says that parties own this code.
    pub fn owner_party(self) -> Option<PartyId> {
        (self.code.row().owner == OwnedBy::Party).then(|| PartyId::from_bits(self.owner))
    }
}

impl fmt::Display for AccountKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.owner == 0 {
            return self.code.fmt(f);
        }
        self.code.fmt(f)?;
        f.write_str(":")?;
        f.write_str(std::str::from_utf8(&hex_u128(self.owner)).map_err(|_| fmt::Error)?)
    }
}
impl fmt::Debug for AccountKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a text is not an account key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an account reads as a number of the chart, with :<32 hexadecimal digits> when it has an owner"
)]
pub struct AccountKeyError;

impl FromStr for AccountKey {
    type Err = AccountKeyError;

    fn from_str(text: &str) -> Result<Self, AccountKeyError> {
        let (code, owner) = match text.split_once(':') {
            None => (text, 0),
            Some((code, owner)) => (code, parse_hex_u128(owner).ok_or(AccountKeyError)?),
        };
        let is_plain = code.len() == 4 && code.bytes().all(|b| b.is_ascii_digit());
        let number = code.parse().ok().filter(|_| is_plain).ok_or(AccountKeyError)?;
        // Whether the owner fits the chart is not asked here: whatever was written can be read
        // again, and an account that does not fit is simply not open.
        Ok(Self { code: Code::new(number).ok_or(AccountKeyError)?, owner })
    }
}

impl Serialize for AccountKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for AccountKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Names an account in the whole programme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId {
    /// The village whose books it is in.
    pub village: VillageId,
    /// Its key there.
    pub key: AccountKey,
}

/// An account with its four counters, all in minor units and never negative.
///
/// Posted counters hold what has moved, pending ones what two-phase holds reserve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Which account it is.
    pub id: AccountId,
    /// The one currency it holds.
    pub currency: Currency,
    /// What people call it, such as `O-1001`; may be empty.
    pub label: String,
    /// The sum of all debits.
    pub debits_posted: i64,
    /// The sum of all credits.
    pub credits_posted: i64,
    /// The sum of live holds that would debit it.
    pub debits_pending: i64,
    /// The sum of live holds that would credit it.
    pub credits_pending: i64,
}

impl Account {
    /// A new account with nothing on it.
    pub const fn open(id: AccountId, currency: Currency, label: String) -> Self {
        Self {
            id,
            currency,
            label,
            debits_posted: 0,
            credits_posted: 0,
            debits_pending: 0,
            credits_pending: 0,
        }
    }

    /// The posted balance, debit positive.
    pub const fn balance_minor(&self) -> i64 {
        self.debits_posted.saturating_sub(self.credits_posted)
    }

    /// The posted balance on the account's normal side: what a wallet shows its owner.
    pub fn owned_minor(&self) -> i64 {
        if self.is_credit_normal() {
            self.balance_minor().saturating_neg()
        } else {
            self.balance_minor()
        }
    }

    /// What can still be taken out: the normal balance less what holds already reserve.
    pub fn available_minor(&self) -> i64 {
        self.owned_minor().saturating_sub(self.reserved_minor())
    }

    /// What live holds reserve on the side that makes the account smaller.
    pub fn reserved_minor(&self) -> i64 {
        if self.is_credit_normal() { self.debits_pending } else { self.credits_pending }
    }

    /// Whether the account keeps its floor (invariant I-2).
    pub fn keeps_floor(&self) -> bool {
        self.id.key.code.row().floor == Floor::None || self.available_minor() >= 0
    }

    fn is_credit_normal(&self) -> bool {
        self.id.key.code.row().class.is_credit_normal()
    }

    /// Adds one signed amount (debit positive) to the posted counters, if they hold it.
    pub(crate) fn post(&mut self, amount_minor: i64) -> Option<()> {
        add_signed(&mut self.debits_posted, &mut self.credits_posted, amount_minor)
    }

    /// Reserves a signed amount (debit positive), if the counters hold it.
    pub(crate) fn reserve(&mut self, amount_minor: i64) -> Option<()> {
        add_signed(&mut self.debits_pending, &mut self.credits_pending, amount_minor)
    }

    /// Frees a signed amount (debit positive) that a hold had reserved.
    pub(crate) fn free(&mut self, amount_minor: i64) {
        let side =
            if amount_minor > 0 { &mut self.debits_pending } else { &mut self.credits_pending };
        let left =
            i64::try_from(amount_minor.unsigned_abs()).ok().and_then(|a| side.checked_sub(a));
        *side = left.filter(|left| *left >= 0).expect("a hold frees only what it reserved");
    }
}

fn add_signed(debits: &mut i64, credits: &mut i64, amount_minor: i64) -> Option<()> {
    let side = if amount_minor > 0 { debits } else { credits };
    let amount = i64::try_from(amount_minor.unsigned_abs()).ok()?;
    *side = side.checked_add(amount)?;
    Some(())
}
