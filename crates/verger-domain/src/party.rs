//! Villages, people and firms, tokens and PINs as plain values. Owns who exists and which
//! accounts each kind has; must not keep personal data in anything that reaches the journal.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use iso_currency::Currency;
use serde::{Deserialize, Serialize};

use crate::codec::{self, Hash};
use crate::id::{PartyId, TokenId, VillageId};
use crate::ledger::{AccountKey, Code};
use crate::time::{Date, Instant, Month};

/// A village: the place whose books these are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Village {
    /// Metres above the sea.
    pub altitude_m: i32,
    /// The last month whose books are closed; nothing may take effect in it any more.
    pub closed_through: Option<Month>,
    /// The short code people use, such as `TJZ`.
    pub code: ShortCode,
    /// The county, in the local script.
    pub county: String,
    /// The one currency of its books.
    pub currency: Currency,
    /// Its number in the programme.
    pub id: VillageId,
    /// Its name in the local script.
    pub name: String,
    /// Its name in Latin letters.
    pub name_latin: String,
    /// The version of the programme policy in force here.
    pub policy_version: u32,
    /// The day it joined, the first day of its books.
    pub registered_on: Date,
}

/// What a party is. It fixes which accounts it has and what it may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartyKind {
    /// The village's contact point, with a cash drawer.
    Shop,
    /// A family: the unit that sells, buys, is trusted and borrows.
    Household,
    /// One person of a household, who can prove consent.
    Member,
    /// A trained person who works at the shop.
    Agent,
    /// The growers' cooperative.
    Cooperative,
    /// Someone outside who buys the village's goods.
    Buyer,
    /// Someone outside who sells goods to the village.
    Supplier,
    /// Someone who carries parcels.
    Carrier,
    /// A person of the operator.
    Staff,
}

impl PartyKind {
    /// All kinds.
    pub const ALL: [Self; 9] = [
        Self::Shop,
        Self::Household,
        Self::Member,
        Self::Agent,
        Self::Cooperative,
        Self::Buyer,
        Self::Supplier,
        Self::Carrier,
        Self::Staff,
    ];

    /// The name in the API, the journal and the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Shop => "shop",
            Self::Household => "household",
            Self::Member => "member",
            Self::Agent => "agent",
            Self::Cooperative => "cooperative",
            Self::Buyer => "buyer",
            Self::Supplier => "supplier",
            Self::Carrier => "carrier",
            Self::Staff => "staff",
        }
    }

    /// The kind with this name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The accounts that open when such a party is registered.
    pub const fn accounts(self) -> &'static [Code] {
        match self {
            Self::Shop => &[Code::DRAWER],
            Self::Household | Self::Member | Self::Buyer => &[Code::WALLET],
            Self::Agent => {
                &[Code::RECEIVABLE_AGENT, Code::WALLET, Code::FLOAT_AGENT, Code::COMMISSION_PENDING]
            }
            Self::Cooperative => &[
                Code::WALLET_COOPERATIVE,
                Code::COOPERATIVE_FEES,
                Code::COOPERATIVE_PACKAGING,
                Code::COOPERATIVE_RESERVE,
                Code::COOPERATIVE_CAPITAL,
            ],
            Self::Supplier => &[Code::CLAIM_SUPPLIER, Code::PAYABLE_SUPPLIER],
            Self::Carrier => &[Code::CLAIM_CARRIER, Code::PAYABLE_CARRIER],
            Self::Staff => &[],
        }
    }
}

/// A module of an agent's training; each gates the commands it teaches. Source: `30-market` 2.9.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Module {
    /// Counter and cash.
    M1,
    /// Assisted purchase.
    M2,
    /// Parcels.
    M3,
    /// Weighing.
    M4,
    /// Listings and photographs.
    M5,
    /// Credit and trust, explained to people.
    M6,
}

impl Module {
    /// All modules.
    pub const ALL: [Self; 6] = [Self::M1, Self::M2, Self::M3, Self::M4, Self::M5, Self::M6];
}

/// A post of the staff that only looks. Who has none is an operator and may do what staff may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Office {
    /// Walks from any figure to the raw record of the journal.
    Auditor,
    /// Reads and exports the indicators of the programme.
    Programme,
}

impl Office {
    /// All posts.
    pub const ALL: [Self; 2] = [Self::Auditor, Self::Programme];

    /// The name in the API and the journal.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auditor => "auditor",
            Self::Programme => "programme",
        }
    }
}

/// What an agent's modules alone do not say, and the post of a person of the staff. Source:
/// `30-market` 2.8, 2.9.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duty {
    /// Whether he may not serve; commission waits, his wallet does not.
    pub is_suspended: bool,
    /// A post that only looks; staff only. Left out of the journal where there is none, so that
    /// records of before this field keep their bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub office: Option<Office>,
    /// Until when smaller limits hold for him.
    pub probation_until: Option<Date>,
    /// Until when a review holds his commission back.
    pub review_until: Option<Instant>,
}

/// A person, family or firm that the ledger knows. No personal data: that is in [`Profile`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// The training modules passed; agents only.
    pub certified: BTreeSet<Module>,
    /// The short code people use, such as `H018`; unique among the parties of its village.
    pub code: ShortCode,
    /// Probation, suspension and review; agents only.
    pub duty: Duty,
    /// The household it belongs to: members always, agents where they live in the village.
    pub household: Option<PartyId>,
    /// Its id.
    pub id: PartyId,
    /// What it is.
    pub kind: PartyKind,
    /// The village it is registered in.
    pub village: VillageId,
}

impl Party {
    /// The key of the party's wallet.
    pub fn wallet(&self) -> AccountKey {
        let code = match self.kind {
            PartyKind::Cooperative => Code::WALLET_COOPERATIVE,
            _ => Code::WALLET,
        };
        AccountKey::party(code, self.id)
    }
}

/// Names and descriptions of a party: stored beside the journal, which keeps only a digest, so
/// that a person can be forgotten while every chain still verifies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Descriptive lines, such as `phone: feature`; shown as they are, never computed with.
    pub facts: BTreeMap<String, String>,
    /// The name in the local script.
    pub name: String,
    /// The name in Latin letters.
    pub name_latin: String,
    /// Secret bits that keep the digest in the journal from being guessed back to a name.
    #[serde(with = "codec::hex_hash")]
    pub salt: Hash,
}

impl Profile {
    /// What the journal keeps of the profile.
    pub fn digest(&self) -> Hash {
        codec::sha256(&codec::to_bytes(self))
    }
}

/// A bearer token as stored: what it may do, and the hash of its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// From this moment on it is worth nothing.
    pub expires_at: Instant,
    /// The token's public id.
    pub id: TokenId,
    /// In whose name it acts.
    pub party: PartyId,
    /// What it may do.
    pub scopes: BTreeSet<Scope>,
    /// SHA-256 of the secret, which has 256 random bits.
    #[serde(with = "codec::hex_hash")]
    pub secret_hash: Hash,
    /// The village it is good for.
    pub village: VillageId,
}

/// What a token may do. The table of who may have which is in the app's `access` module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Scope {
    /// Read parties, accounts, statements and the journal.
    #[serde(rename = "read")]
    Read,
    /// Register parties.
    #[serde(rename = "party.write")]
    PartyWrite,
    /// Take and pay out cash at the counter.
    #[serde(rename = "cash.write")]
    CashWrite,
    /// Act in the market: listings, orders, parcels, disputes, tills.
    #[serde(rename = "market.write")]
    MarketWrite,
    /// Place, post and void holds.
    #[serde(rename = "hold.write")]
    HoldWrite,
    /// Post to the ledger, close periods.
    #[serde(rename = "ledger.write")]
    LedgerWrite,
    /// See one's own pages, and nobody else's: what a member's card and sign-in give.
    #[serde(rename = "own")]
    Own,
}

impl Scope {
    /// All scopes.
    pub const ALL: [Self; 7] = [
        Self::Read,
        Self::PartyWrite,
        Self::CashWrite,
        Self::MarketWrite,
        Self::HoldWrite,
        Self::LedgerWrite,
        Self::Own,
    ];

    /// The name in the API and the journal.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::PartyWrite => "party.write",
            Self::CashWrite => "cash.write",
            Self::MarketWrite => "market.write",
            Self::HoldWrite => "hold.write",
            Self::LedgerWrite => "ledger.write",
            Self::Own => "own",
        }
    }

    /// The scope with this name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }
}

/// How often a person's PIN or password was wrong lately; the hash itself is kept beside the
/// journal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinTries {
    /// From this moment on the PIN may be tried again.
    pub locked_until: Option<Instant>,
    /// Wrong tries since the last right one or the last lock.
    pub wrong: u32,
}

/// A short code that people read, type and print: 1 to 32 of `A-Z a-z 0-9 - _ .`
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ShortCode(String);

impl ShortCode {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ShortCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why a text is not a short code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a code has 1 to 32 of the characters A-Z a-z 0-9 - _ .")]
pub struct ShortCodeError;

impl TryFrom<String> for ShortCode {
    type Error = ShortCodeError;

    fn try_from(text: String) -> Result<Self, ShortCodeError> {
        let is_allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        if (1..=32).contains(&text.len()) && text.bytes().all(is_allowed) {
            return Ok(Self(text));
        }
        Err(ShortCodeError)
    }
}
impl FromStr for ShortCode {
    type Err = ShortCodeError;

    fn from_str(text: &str) -> Result<Self, ShortCodeError> {
        Self::try_from(text.to_owned())
    }
}
impl From<ShortCode> for String {
    fn from(code: ShortCode) -> Self {
        code.0
    }
}

/// The nouns whose short codes are unique in a village.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CodeOf {
    /// A party.
    Party,
    /// Something of the catalogue.
    Listing,
    /// A parcel, by its label.
    Parcel,
    /// A lot.
    Lot,
    /// The season window of a variety that is not over: one at a time.
    Season,
}

impl CodeOf {
    /// The name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Party => "party",
            Self::Listing => "listing",
            Self::Parcel => "parcel",
            Self::Lot => "lot",
            Self::Season => "season",
        }
    }

    /// The noun with this name.
    pub fn by_name(name: &str) -> Option<Self> {
        [Self::Party, Self::Listing, Self::Parcel, Self::Lot, Self::Season]
            .into_iter()
            .find(|noun| noun.name() == name)
    }
}
