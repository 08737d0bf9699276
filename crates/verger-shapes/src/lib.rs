//! The JSON forms of domain values, as the programs' interface answers with them: general ones, and
//! those of orders and of credit. Owns names and units of their fields; must not ask the books or decide anything.

pub mod credit;
pub mod order;

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;
use verger_app::{PartyView, Receipt};
use verger_domain::Effect;
use verger_domain::ledger::Account;
use verger_domain::party::{Duty, Module, PartyKind, Village};

use verger_words::text::rfc3339;

/// The public facts of a village.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": 1, "code": "TJZ", "name": "涂家寨", "name_latin": "Tujiazhai", "county": "桃源县",
    "currency": "CNY", "altitude_m": 560, "registered_on": "2026-03-01", "closed_through": null
}))]
pub struct VillageShape {
    /// Its number in the programme.
    id: u32,
    /// The short code.
    code: String,
    /// The name in the local script.
    name: String,
    /// The name in Latin letters.
    name_latin: String,
    /// The county, in the local script.
    county: String,
    /// The one currency of its books (ISO 4217).
    currency: String,
    /// Metres above the sea.
    altitude_m: i32,
    /// The first day of its books.
    registered_on: String,
    /// The last closed month, such as `2026-07`.
    closed_through: Option<String>,
}

impl From<Village> for VillageShape {
    fn from(village: Village) -> Self {
        Self {
            id: village.id.number(),
            code: village.code.to_string(),
            name: village.name,
            name_latin: village.name_latin,
            county: village.county,
            currency: village.currency.code().to_owned(),
            altitude_m: village.altitude_m,
            registered_on: village.registered_on.to_string(),
            closed_through: village.closed_through.map(|month| month.to_string()),
        }
    }
}

/// A person, family or firm.
#[derive(Debug, Serialize, ToSchema)]
pub struct PartyShape {
    /// Its id.
    #[schema(example = "party_0199f0c2a8b47c0e8000000000000001")]
    id: String,
    /// The short code.
    #[schema(example = "H018")]
    code: String,
    /// What it is: `shop`, `household`, `member`, `agent`, `cooperative`, `buyer`, `supplier`,
    /// `carrier` or `staff`.
    #[schema(example = "household")]
    kind: String,
    /// The household it belongs to.
    household: Option<String>,
    /// The training modules passed; agents only.
    certified: Vec<String>,
    /// Probation, suspension and review; agents only.
    #[serde(skip_serializing_if = "Option::is_none")]
    duty: Option<DutyShape>,
    /// The name in the local script; absent once the person was forgotten.
    name: Option<String>,
    /// The name in Latin letters.
    name_latin: Option<String>,
    /// Descriptive lines.
    facts: BTreeMap<String, String>,
}

/// What an agent's modules alone do not say.
#[derive(Debug, Serialize, ToSchema)]
pub struct DutyShape {
    /// Whether he may not serve.
    is_suspended: bool,
    /// Until which day smaller limits hold for him.
    #[schema(example = "2026-08-31")]
    probation_until: Option<String>,
    /// Until when a review holds his commission back (RFC 3339, UTC).
    review_until: Option<String>,
}

impl From<Duty> for DutyShape {
    fn from(duty: Duty) -> Self {
        Self {
            is_suspended: duty.is_suspended,
            probation_until: duty.probation_until.map(|day| day.to_string()),
            review_until: duty.review_until.map(rfc3339),
        }
    }
}

/// The name of a training module.
pub fn module_name(module: Module) -> String {
    format!("{module:?}")
}

impl From<PartyView> for PartyShape {
    fn from(view: PartyView) -> Self {
        let PartyView { party, profile } = view;
        let (name, name_latin, facts) = match profile {
            Some(profile) => (Some(profile.name), Some(profile.name_latin), profile.facts),
            None => (None, None, BTreeMap::new()),
        };
        Self {
            id: party.id.to_string(),
            code: party.code.to_string(),
            kind: party.kind.name().to_owned(),
            household: party.household.map(|id| id.to_string()),
            certified: party.certified.iter().map(|module| module_name(*module)).collect(),
            duty: (party.kind == PartyKind::Agent).then(|| party.duty.into()),
            name,
            name_latin,
            facts,
        }
    }
}

/// An account with its balance.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountShape {
    /// Its key: a number of the chart, and the owner where it has one.
    #[schema(example = "2010:0199f0c2a8b47c0e8000000000000001")]
    account: String,
    /// The number of the chart.
    #[schema(example = 2010)]
    code: u16,
    /// The chart's name for it.
    #[schema(example = "wallet")]
    name: String,
    /// What people call it.
    label: String,
    /// The currency (ISO 4217).
    #[schema(example = "CNY")]
    currency: String,
    /// The posted balance on its normal side, in minor units.
    #[schema(example = 12_500)]
    balance_minor: i64,
    /// What can still be taken out, in minor units: the balance less what live holds reserve.
    #[schema(example = 12_500)]
    available_minor: i64,
    /// What live holds reserve, in minor units.
    #[schema(example = 0)]
    reserved_minor: i64,
}

impl From<Account> for AccountShape {
    fn from(account: Account) -> Self {
        let row = account.id.key.code.row();
        Self {
            account: account.id.key.to_string(),
            code: row.code,
            name: row.name.to_owned(),
            balance_minor: account.owned_minor(),
            available_minor: account.available_minor(),
            reserved_minor: account.reserved_minor(),
            currency: account.currency.code().to_owned(),
            label: account.label,
        }
    }
}

/// What one account received.
#[derive(Debug, Serialize, ToSchema)]
pub struct EntryShape {
    /// The account's key.
    #[schema(example = "2010:0199f0c2a8b47c0e8000000000000001")]
    account: String,
    /// How much, debit positive, in minor units.
    #[schema(example = -12_500)]
    amount_minor: i64,
    /// The balance after it, debit positive, in minor units.
    #[schema(example = -12_500)]
    balance_minor: i64,
}

/// What a command posted, account by account.
pub fn entries(receipt: &Receipt) -> Vec<EntryShape> {
    let legs = receipt.record.legs().iter();
    let entry = |leg: &verger_domain::ledger::Leg| EntryShape {
        account: leg.0.to_string(),
        amount_minor: leg.1,
        balance_minor: leg.2,
    };
    legs.map(entry).collect()
}

/// A movement of money, as the journal has it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Moved {
    /// The number of the record in the journal of the village's cell.
    #[schema(example = 42)]
    seq: u64,
    /// When it was decided (RFC 3339, UTC).
    #[schema(example = "2026-07-20T06:30:00.000000Z")]
    at: String,
    /// The day it takes effect.
    #[schema(example = "2026-07-20")]
    effective_on: String,
    /// What each account received.
    entries: Vec<EntryShape>,
    /// What the wallet holds after it, in minor units; where a wallet took part.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 12_500)]
    wallet_balance_minor: Option<i64>,
}

impl From<&Receipt> for Moved {
    fn from(receipt: &Receipt) -> Self {
        let record = &receipt.record;
        let effective_on = record.effects.iter().find_map(|effect| match effect {
            Effect::Posted { effective_on, .. } => Some(effective_on.to_string()),
            _ => None,
        });
        let is_wallet = |code: u16| matches!(code, 2010 | 2030);
        let wallet = record.legs().iter().find(|leg| is_wallet(leg.0.code.number()));
        Self {
            seq: record.seq,
            at: rfc3339(record.at),
            effective_on: effective_on.unwrap_or_default(),
            entries: entries(receipt),
            wallet_balance_minor: wallet.map(|leg| leg.2.saturating_neg()),
        }
    }
}

/// Something written to the journal that moved no money.
#[derive(Debug, Serialize, ToSchema)]
pub struct Recorded {
    /// The number of the record in the journal of the village's cell.
    #[schema(example = 42)]
    seq: u64,
    /// When it was decided (RFC 3339, UTC).
    #[schema(example = "2026-07-20T06:30:00.000000Z")]
    at: String,
    /// The id of what was made or changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "party_0199f0c2a8b47c0e8000000000000001")]
    id: Option<String>,
}

impl Recorded {
    pub fn new(receipt: &Receipt, id: Option<String>) -> Self {
        Self { seq: receipt.record.seq, at: rfc3339(receipt.record.at), id }
    }
}

/// The items of a page and where the next one starts.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// What to send back for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// A page of at most `limit` items; a full one may have a next.
    pub fn new<I>(items: Vec<I>, limit: u32, cursor: impl Fn(&I) -> String) -> Self
    where
        T: From<I>,
    {
        let is_full = u32::try_from(items.len()).is_ok_and(|count| count >= limit);
        let next = items.last().filter(|_| is_full).map(cursor);
        Self { items: items.into_iter().map(T::from).collect(), next }
    }
}
