//! The in-memory view that commands are decided on: the rows a batch touches, or a whole village.
//! Owns how an effect changes a row; must not decide whether it may.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::codec::Hash;
use crate::command::Evidence;
use crate::effect::{Effect, Message, Record, Timer};
use crate::id::{GoodId, HoldId, PartyId, TokenId, VillageId};
use crate::ledger::hold::lines;
use crate::ledger::{Account, AccountId, AccountKey, Hold, HoldStatus, Leg, Line};
use crate::party::{CodeOf, Good, Party, PinTries, Profile, ShortCode, Token, Village};
use crate::policy::Policy;
use crate::time::{Date, Instant};

/// Rows of one kind, each loaded, absent or not loaded yet.
///
/// Reading a row that was not loaded is a bug of [`crate::reads`] and stops the command: a view
/// that treats "not loaded" as "absent" would decide wrongly in silence.
#[derive(Clone, Debug)]
pub struct Table<K, V> {
    slots: BTreeMap<K, Slot<V>>,
    is_whole: bool,
}

#[derive(Clone, Debug)]
struct Slot<V> {
    row: Option<V>,
    is_changed: bool,
}

impl<K: Ord, V> Default for Table<K, V> {
    fn default() -> Self {
        Self { slots: BTreeMap::new(), is_whole: false }
    }
}

impl<K: Ord + Clone + std::fmt::Debug, V> Table<K, V> {
    /// Puts a row, or its absence, as it is in the store.
    pub fn load(&mut self, key: K, row: Option<V>) {
        self.slots.entry(key).or_insert(Slot { row, is_changed: false });
    }

    /// Whether the row, or its absence, is known.
    pub fn is_loaded(&self, key: &K) -> bool {
        self.is_whole || self.slots.contains_key(key)
    }

    /// The row, if there is one.
    ///
    /// # Panics
    /// When the row was never loaded.
    pub fn get(&self, key: &K) -> Option<&V> {
        let slot = self.slots.get(key);
        assert!(slot.is_some() || self.is_whole, "{key:?} is read but was not loaded");
        slot.and_then(|slot| slot.row.as_ref())
    }

    /// All rows that are there, in order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.slots.iter().filter_map(|(key, slot)| slot.row.as_ref().map(|row| (key, row)))
    }

    /// The rows that changed since they were loaded, in order of their keys; `None` for a deletion.
    pub fn changes(&self) -> impl Iterator<Item = (&K, Option<&V>)> {
        let changed = self.slots.iter().filter(|(_, slot)| slot.is_changed);
        changed.map(|(key, slot)| (key, slot.row.as_ref()))
    }

    fn put(&mut self, key: K, row: V) {
        self.slots.insert(key, Slot { row: Some(row), is_changed: true });
    }

    fn remove(&mut self, key: K) {
        self.slots.insert(key, Slot { row: None, is_changed: true });
    }

    fn change(&mut self, key: &K) -> &mut V {
        let slot = self.slots.get_mut(key).expect("an effect changes only a row that was read");
        slot.is_changed = true;
        slot.row.as_mut().expect("an effect changes only a row that is there")
    }
}

/// A running count of the facts known about a party: what the trust index starts from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Facts that speak for it.
    pub good_count: i64,
    /// Facts that speak against it.
    pub bad_count: i64,
    /// The value of the good ones, in minor units.
    pub good_minor: i64,
}

/// One line of an account's statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The account.
    pub account: AccountId,
    /// The record that moved it.
    pub seq: u64,
    /// Which leg of the record.
    pub leg: u32,
    /// How much, debit positive, in minor units.
    pub amount_minor: i64,
    /// The balance after it, debit positive.
    pub balance_minor: i64,
    /// The day it takes effect.
    pub effective_on: Date,
    /// When it was recorded.
    pub at: Instant,
}

/// One fact of the evidence stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EvidenceRow {
    /// The village.
    pub village: VillageId,
    /// The record that wrote it.
    pub seq: u64,
    /// Which fact of the record.
    pub number: u32,
    /// The fact.
    pub evidence: Evidence,
    /// When it was recorded.
    pub at: Instant,
}

/// One message waiting for delivery to another village.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxRow {
    /// The village it comes from.
    pub village: VillageId,
    /// The record that queued it.
    pub seq: u64,
    /// Which message of the record.
    pub number: u32,
    /// The message.
    pub message: Message,
}

/// Rows that are only ever added, in the order in which they came.
#[derive(Clone, Debug, Default)]
pub struct Appended {
    /// Statement lines.
    pub entries: Vec<Entry>,
    /// Evidence.
    pub evidence: Vec<EvidenceRow>,
    /// Outgoing messages.
    pub messages: Vec<OutboxRow>,
}

/// The rows that commands read and change.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Villages.
    pub villages: Table<VillageId, Village>,
    /// Policies by village and version.
    pub policies: Table<(VillageId, u32), Arc<Policy>>,
    /// Parties.
    pub party: Table<PartyId, Party>,
    /// Profiles, only when they change.
    pub profile: Table<PartyId, Profile>,
    /// Goods.
    pub good: Table<GoodId, Good>,
    /// Short codes, and the bits of the id each stands for.
    pub code: Table<(VillageId, CodeOf, ShortCode), u128>,
    /// Tokens.
    pub token: Table<TokenId, (VillageId, Token)>,
    /// Counts of wrong PINs; a row is there when the member has a PIN.
    pub pin: Table<PartyId, PinTries>,
    /// PIN hashes, only when they change.
    pub pin_phc: Table<PartyId, String>,
    /// Accounts.
    pub account: Table<AccountId, Account>,
    /// Holds.
    pub hold: Table<HoldId, Hold>,
    /// Timers by moment, kind and subject.
    pub timer: Table<Timer, VillageId>,
    /// Standings.
    pub standing: Table<PartyId, (VillageId, Standing)>,
    /// Which record took which one back.
    pub reversal: Table<(VillageId, u64), u64>,
    /// Records of the journal that a command refers to.
    pub record: Table<u64, Record>,
    /// Closing hashes by village and month, as text `2026-07`.
    pub closing: Table<(VillageId, String), Hash>,
    /// Balances at the end of a month, loaded for its close.
    pub month_end: Table<(VillageId, String), Vec<(AccountKey, i64)>>,
    /// Villages whose pending holds are all loaded.
    pub holds_loaded: BTreeSet<VillageId>,
    /// Rows to add.
    pub appended: Appended,
}

impl State {
    /// A state that holds everything there is: an absent row is absent. For replays and tests.
    pub fn whole() -> Self {
        let mut state = Self::default();
        state.villages.is_whole = true;
        state.policies.is_whole = true;
        state.party.is_whole = true;
        state.profile.is_whole = true;
        state.good.is_whole = true;
        state.code.is_whole = true;
        state.token.is_whole = true;
        state.pin.is_whole = true;
        state.pin_phc.is_whole = true;
        state.account.is_whole = true;
        state.hold.is_whole = true;
        state.timer.is_whole = true;
        state.standing.is_whole = true;
        state.reversal.is_whole = true;
        state.record.is_whole = true;
        state.closing.is_whole = true;
        state
    }

    /// The village, which the caller has checked to be there.
    pub(crate) fn village(&self, village: VillageId) -> &Village {
        self.villages.get(&village).expect("decide checks the village first")
    }

    /// The policy in force in a village that the caller has checked to be there.
    pub fn policy(&self, village: VillageId) -> &Policy {
        let version = self.village(village).policy_version;
        self.policies.get(&(village, version)).expect("a village's policy is stored with it")
    }

    /// Changes the rows as a record of the journal says. Every effect's meaning is here, once: the
    /// lane, the replay of `verger check` and the tests all go through it.
    pub fn apply(&mut self, record: &Record) {
        let mut facts = 0;
        let mut messages = 0;
        for effect in &record.effects {
            match effect {
                Effect::EvidenceWritten(evidence) => {
                    self.apply_evidence(record, facts, *evidence);
                    facts = facts.saturating_add(1);
                }
                Effect::MessageQueued(message) => {
                    self.appended.messages.push(OutboxRow {
                        village: record.village,
                        seq: record.seq,
                        number: messages,
                        message: message.clone(),
                    });
                    messages = messages.saturating_add(1);
                }
                effect => self.apply_one(record, effect),
            }
        }
    }

    fn apply_one(&mut self, record: &Record, effect: &Effect) {
        let village = record.village;
        match effect {
            Effect::VillageRegistered(row) => self.villages.put(village, row.clone()),
            Effect::PolicyAdopted(policy) => self.apply_policy(village, policy),
            Effect::PartyRegistered { party, profile, .. } => {
                self.apply_party(party, profile.as_ref());
            }
            Effect::GoodRegistered(good) => {
                self.code.put((village, CodeOf::Good, good.code.clone()), good.id.bits());
                self.good.put(good.id, good.clone());
            }
            Effect::PinSet { member, phc } => {
                self.pin.put(*member, PinTries::default());
                if let Some(phc) = phc {
                    self.pin_phc.put(*member, phc.clone());
                }
            }
            Effect::PinTried { member, tries } => *self.pin.change(member) = *tries,
            Effect::TokenIssued(token) => self.token.put(token.id, (village, token.clone())),
            Effect::TokenRevoked { token } => self.token.remove(*token),
            Effect::AccountOpened { account, currency, label } => {
                let id = AccountId { village, key: *account };
                self.account.put(id, Account::open(id, *currency, label.clone()));
            }
            Effect::Posted { legs, effective_on, .. } => {
                self.apply_legs(record, *effective_on, legs);
            }
            Effect::HoldPlaced { .. }
            | Effect::HoldPosted { .. }
            | Effect::HoldVoided { .. }
            | Effect::HoldExpired { .. } => self.apply_hold(village, effect),
            Effect::TimerSet(timer) => self.timer.put(*timer, village),
            Effect::TimerCleared(timer) => self.timer.remove(*timer),
            Effect::Reversed { seq, .. } => self.reversal.put((village, *seq), record.seq),
            Effect::MonthClosed { closing_hash, month } => {
                self.villages.change(&village).closed_through = Some(*month);
                self.closing.put((village, month.to_string()), *closing_hash);
            }
            // A proof is a fact of the journal alone; a move between cells changes keys, not rows.
            Effect::ProofGiven(_) | Effect::CellLeft { .. } | Effect::CellEntered { .. } => {}
            Effect::EvidenceWritten(_) | Effect::MessageQueued(_) => {
                unreachable!("numbered by apply")
            }
        }
    }

    fn apply_policy(&mut self, village: VillageId, policy: &Policy) {
        self.policies.put((village, policy.version), Arc::new(policy.clone()));
        let row = self.villages.change(&village);
        row.policy_version = policy.version;
    }

    fn apply_party(&mut self, party: &Party, profile: Option<&Profile>) {
        self.code.put((party.village, CodeOf::Party, party.code.clone()), party.id.bits());
        self.standing.put(party.id, (party.village, Standing::default()));
        self.party.put(party.id, party.clone());
        if let Some(profile) = profile {
            self.profile.put(party.id, profile.clone());
        }
    }

    fn apply_evidence(&mut self, record: &Record, number: u32, evidence: Evidence) {
        let (_, standing) = self.standing.change(&evidence.member);
        if evidence.good {
            standing.good_count = standing.good_count.saturating_add(1);
            standing.good_minor = standing.good_minor.saturating_add(evidence.value_minor);
        } else {
            standing.bad_count = standing.bad_count.saturating_add(1);
        }
        let (village, seq, at) = (record.village, record.seq, record.at);
        self.appended.evidence.push(EvidenceRow { village, seq, number, evidence, at });
    }

    // A month's close later in the same batch must see what this record posts.
    fn apply_to_month_ends(&mut self, village: VillageId, effective_on: Date, legs: &[Leg]) {
        let month = effective_on.month().to_string();
        for (key, slot) in &mut self.month_end.slots {
            let Some(balances) = slot.row.as_mut().filter(|_| key.0 == village && key.1 >= month)
            else {
                continue;
            };
            for leg in legs {
                match balances.iter_mut().find(|(account, _)| *account == leg.account()) {
                    Some((_, minor)) => *minor = minor.saturating_add(leg.amount_minor()),
                    None => balances.push((leg.account(), leg.amount_minor())),
                }
            }
        }
    }

    fn apply_legs(&mut self, record: &Record, effective_on: Date, legs: &[Leg]) {
        self.apply_to_month_ends(record.village, effective_on, legs);
        for (number, leg) in (0..).zip(legs) {
            let id = AccountId { village: record.village, key: leg.account() };
            let account = self.account.change(&id);
            account.post(leg.amount_minor()).expect("decide checked the range");
            assert!(
                account.balance_minor() == leg.balance_minor(),
                "the record says {} for {id:?}, the books {}",
                leg.balance_minor(),
                account.balance_minor()
            );
            self.appended.entries.push(Entry {
                account: id,
                seq: record.seq,
                leg: number,
                amount_minor: leg.amount_minor(),
                balance_minor: leg.balance_minor(),
                effective_on,
                at: record.at,
            });
        }
        for leg in legs {
            let id = AccountId { village: record.village, key: leg.account() };
            let account = self.account.get(&id).expect("it was just changed");
            assert!(account.keeps_floor(), "I-2: {id:?} is below its floor");
        }
    }

    fn apply_hold(&mut self, village: VillageId, effect: &Effect) {
        let (id, status) = match effect {
            Effect::HoldPlaced { amount_minor, credit, debit, expires_at, hold } => {
                let status = HoldStatus::Pending;
                let (amount_minor, expires_at) = (*amount_minor, *expires_at);
                let (debit, credit, id) = (*debit, *credit, *hold);
                let hold = Hold { id, village, debit, credit, amount_minor, expires_at, status };
                for Line(key, minor) in lines(&hold, amount_minor) {
                    let account = self.account.change(&AccountId { village, key });
                    account.reserve(minor).expect("decide checked the range");
                }
                self.hold.put(id, hold);
                return;
            }
            Effect::HoldPosted { amount_minor, hold } => (hold, HoldStatus::Posted(*amount_minor)),
            Effect::HoldVoided { hold } => (hold, HoldStatus::Voided),
            Effect::HoldExpired { hold } => (hold, HoldStatus::Expired),
            other => unreachable!("{other:?} is not about a hold"),
        };
        let hold = self.hold.change(id);
        assert!(hold.status == HoldStatus::Pending, "{id} ends exactly once");
        hold.status = status;
        for Line(key, minor) in lines(hold, hold.amount_minor) {
            self.account.change(&AccountId { village, key }).free(minor);
        }
    }
}
