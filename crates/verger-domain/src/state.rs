//! The in-memory view that commands are decided on: the rows a batch touches, or a whole village.
//! Owns how an effect changes a row; must not decide whether it may.

pub(crate) mod cooperative;
mod credit;
mod trust;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::codec::Hash;
use crate::command::Evidence;
use crate::credit::{Borrower, LoanBook, Tranche};
use crate::effect::{Effect, Message, Record, Timer};
use crate::id::{
    DisputeId, GroupId, HoldId, ListingId, LotId, OrderId, ParcelId, PartyId, PoolId, SeasonId,
    TillId, TokenId, TrancheId, TripId, VillageId, VoteId,
};
use crate::ledger::hold::lines;
use crate::ledger::{Account, AccountId, AccountKey, Hold, HoldStatus, Leg, Line};
use crate::market::listing::{Photo, Stock};
use crate::market::review::{Review, ReviewRow};
use crate::market::till::Receipt;
use crate::market::{
    Cooperative, Dispute, DisputeEvent, Group, GroupEvent, Listing, ListingEvent, Lot, Order,
    OrderEvent, Parcel, ParcelEvent, Pool, Preorder, SeasonWindow, Shelf, Till, TillEvent,
    TillPhase, Trip, TripEvent, Vote,
};
use crate::party::{CodeOf, Party, PinTries, Profile, ShortCode, Token, Village};
use crate::policy::Policy;
use crate::time::{Date, Instant};
use crate::trust::{BatchRow, CountedRow, LineRow, NodeWeight, PairTrust, TrustRow};

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

    /// Adds a row, or replaces the one that was read, and marks it for writing.
    fn put(&mut self, key: K, row: V) {
        self.slots.insert(key, Slot { row: Some(row), is_changed: true });
    }

    /// Marks a row for deletion; from then on it is known to be absent.
    fn remove(&mut self, key: K) {
        self.slots.insert(key, Slot { row: None, is_changed: true });
    }

    /// The row, marked for writing. A row that is not there is a bug of the rules, so this panics
    /// rather than keep wrong books.
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
    /// Movements of stock.
    pub stock: Vec<StockEntry>,
    /// What buyers said.
    pub reviews: Vec<ReviewRow>,
    /// Lines of households' journals of points.
    pub trust_lines: Vec<LineRow>,
    /// Weights of a batch: the village, the batch, the party.
    pub trust_weights: Vec<(VillageId, u32, PartyId, NodeWeight)>,
    /// Lots in the boxes of orders.
    pub lot_orders: Vec<LotOrder>,
}

/// What of one lot is in the boxes of one order: the way from a household's fruit to whoever ate it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LotOrder {
    /// The village.
    pub village: VillageId,
    /// The lot.
    pub lot: LotId,
    /// The order.
    pub order: OrderId,
    /// How much of it, in grams.
    pub grams: i64,
}

/// One line of a listing's stock ledger, in pieces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockEntry {
    /// The village.
    pub village: VillageId,
    /// The listing.
    pub listing: ListingId,
    /// The record that moved it.
    pub seq: u64,
    /// Which movement of the record.
    pub number: u32,
    /// How many more are promised.
    pub delta_held: i64,
    /// How many more are there.
    pub delta_on_hand: i64,
    /// What is there after it.
    pub stock: Stock,
    /// Why.
    pub reason: String,
    /// When it was recorded.
    pub at: Instant,
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
    /// Listings.
    pub listing: Table<ListingId, Listing>,
    /// Orders of both flows.
    pub order: Table<OrderId, Order>,
    /// Parcels.
    pub parcel: Table<ParcelId, Parcel>,
    /// Trips.
    pub trip: Table<TripId, Trip>,
    /// Disputes.
    pub dispute: Table<DisputeId, Dispute>,
    /// Group purchases.
    pub group: Table<GroupId, Group>,
    /// Lots.
    pub lot: Table<LotId, Lot>,
    /// Pools.
    pub pool: Table<PoolId, Pool>,
    /// Households as borrowers.
    pub borrower: Table<PartyId, Borrower>,
    /// Draws, each with its household.
    pub tranche: Table<TrancheId, (VillageId, PartyId, Tranche)>,
    /// What each village has lent.
    pub loan_book: Table<VillageId, LoanBook>,
    /// What of each pool lies in the store.
    pub shelf: Table<PoolId, Shelf>,
    /// Season windows.
    pub season: Table<SeasonId, SeasonWindow>,
    /// Boxes ordered ahead, by the order that they become.
    pub preorder: Table<OrderId, Preorder>,
    /// Cooperatives, by their party.
    pub cooperative: Table<PartyId, Cooperative>,
    /// Votes of their members.
    pub vote: Table<VoteId, Vote>,
    /// Till sessions.
    pub till: Table<TillId, Till>,
    /// Which session of a shop's drawer is open.
    pub drawer: Table<PartyId, (VillageId, TillId)>,
    /// What the processor told of each order.
    pub receipt: Table<OrderId, Vec<Receipt>>,
    /// Who used a source of payment first, by its keyed digest.
    pub payer: Table<(VillageId, Hash), PartyId>,
    /// Which record used a picture as proof.
    pub photo: Table<(VillageId, Photo), u64>,
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
    /// What trust keeps of a party; absent is nothing.
    pub trust: Table<PartyId, (VillageId, TrustRow)>,
    /// Trade of a household with a counterparty; absent is none.
    pub trust_pair: Table<(PartyId, PartyId), (VillageId, PairTrust)>,
    /// Operations that counted for a household, by order: what its lines say.
    pub trust_counted: Table<(OrderId, PartyId), CountedRow>,
    /// The last batch of weights.
    pub trust_batch: Table<VillageId, BatchRow>,
    /// Orders of which everything that counted is loaded.
    pub counted_loaded: BTreeSet<OrderId>,
    /// Counterparties of which everything that counted is loaded.
    pub counted_with_loaded: BTreeSet<PartyId>,
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
        state.listing.is_whole = true;
        state.order.is_whole = true;
        state.parcel.is_whole = true;
        state.trip.is_whole = true;
        state.dispute.is_whole = true;
        state.group.is_whole = true;
        state.lot.is_whole = true;
        state.pool.is_whole = true;
        state.borrower.is_whole = true;
        state.tranche.is_whole = true;
        state.loan_book.is_whole = true;
        state.shelf.is_whole = true;
        state.season.is_whole = true;
        state.preorder.is_whole = true;
        state.cooperative.is_whole = true;
        state.vote.is_whole = true;
        state.till.is_whole = true;
        state.drawer.is_whole = true;
        state.receipt.is_whole = true;
        state.payer.is_whole = true;
        state.photo.is_whole = true;
        state.code.is_whole = true;
        state.token.is_whole = true;
        state.pin.is_whole = true;
        state.pin_phc.is_whole = true;
        state.account.is_whole = true;
        state.hold.is_whole = true;
        state.timer.is_whole = true;
        state.standing.is_whole = true;
        state.trust.is_whole = true;
        state.trust_pair.is_whole = true;
        state.trust_counted.is_whole = true;
        state.trust_batch.is_whole = true;
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
        let mut moves = 0;
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
                Effect::Listing { listing, event } => {
                    self.apply_listing(record, moves, *listing, event);
                    moves = moves.saturating_add(1);
                }
                effect => self.apply_one(record, effect),
            }
        }
    }

    /// Changes a listing and keeps each movement of its stock as a line of its own (M-13).
    fn apply_listing(
        &mut self,
        record: &Record,
        number: u32,
        listing: ListingId,
        event: &ListingEvent,
    ) {
        let stock = if let ListingEvent::Drafted(row) = event {
            let key = (record.village, CodeOf::Listing, row.code.clone());
            self.code.put(key, listing.bits());
            self.listing.put(listing, (**row).clone());
            row.stock
        } else {
            let row = self.listing.change(&listing);
            row.apply(event);
            row.stock
        };
        let (delta_held, delta_on_hand, reason) = match event {
            ListingEvent::Stocked { delta_held, delta_on_hand, reason } => {
                (*delta_held, *delta_on_hand, reason.clone())
            }
            ListingEvent::Drafted(_) => {
                let Some(stock) = stock else { return };
                (stock.held, stock.on_hand, "listing.drafted".to_owned())
            }
            _ => return,
        };
        let (village, seq, at) = (record.village, record.seq, record.at);
        let stock = stock.unwrap_or_default();
        let entry = StockEntry {
            village,
            listing,
            seq,
            number,
            delta_held,
            delta_on_hand,
            stock,
            reason,
            at,
        };
        self.appended.stock.push(entry);
    }

    fn apply_parcel(&mut self, record: &Record, parcel: ParcelId, event: &ParcelEvent) {
        if let ParcelEvent::Labelled(row) = event {
            let key = (record.village, CodeOf::Parcel, row.label.clone());
            self.code.put(key, parcel.bits());
            self.parcel.put(parcel, (**row).clone());
        } else {
            self.parcel.change(&parcel).apply(event, record.at);
        }
    }

    /// An open session holds its shop's drawer, so that one agent at a time answers for it (M-62).
    fn apply_till(&mut self, record: &Record, till: TillId, event: &TillEvent) {
        if let TillEvent::Opened(row) = event {
            self.drawer.put(row.shop, (record.village, till));
            self.till.put(till, (**row).clone());
            return;
        }
        let row = self.till.change(&till);
        row.apply(event, record.at);
        if row.phase == TillPhase::Closed {
            let shop = row.shop;
            self.drawer.remove(shop);
        }
    }

    fn apply_receipt(&mut self, receipt: Receipt) {
        let mut list = self.receipt.get(&receipt.order).cloned().unwrap_or_default();
        match list.iter_mut().find(|known| known.id == receipt.id) {
            Some(known) => *known = receipt, // Its order has come.
            None => list.push(receipt),
        }
        self.receipt.put(receipt.order, list);
    }

    fn apply_one(&mut self, record: &Record, effect: &Effect) {
        let village = record.village;
        match effect {
            Effect::VillageRegistered(row) => self.villages.put(village, row.clone()),
            Effect::PolicyAdopted(policy) => self.apply_policy(village, policy),
            Effect::PartyRegistered { party, profile, .. } => {
                self.apply_party(party, profile.as_ref());
            }
            Effect::Certified { agent, certified, duty } => {
                let party = self.party.change(agent);
                party.certified.clone_from(certified);
                party.duty = *duty;
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
            Effect::Credit { borrower, event } => self.apply_credit(village, *borrower, event),
            // A proof is a fact of the journal alone; a move between cells changes keys, not rows.
            Effect::CreditOffered { .. }
            | Effect::ProofGiven(_)
            | Effect::CellLeft { .. }
            | Effect::CellEntered { .. } => {}
            Effect::Trust { event, party } => self.apply_trust(record, *party, event),
            Effect::WeightsAdopted(batch) => self.apply_weights(village, batch),
            effect => self.apply_market(record, effect),
        }
    }

    fn apply_market(&mut self, record: &Record, effect: &Effect) {
        let village = record.village;
        match effect {
            Effect::Order { order, event } => match event {
                OrderEvent::Boxed { lots, .. } => {
                    for (lot, part) in lots {
                        let (lot, order, grams) = (*lot, *order, part.grams);
                        self.appended.lot_orders.push(LotOrder { village, lot, order, grams });
                    }
                    self.order.change(order).apply(event, record.at);
                }
                OrderEvent::Placed(row) => self.order.put(*order, (**row).clone()),
                event => {
                    self.order.change(order).apply(event, record.at);
                    if let OrderEvent::Reviewed(review) = event {
                        self.apply_review(record, *order, review);
                    }
                }
            },
            Effect::Parcel { parcel, event } => self.apply_parcel(record, *parcel, event),
            Effect::Trip { trip, event } => match event {
                TripEvent::Planned(row) => self.trip.put(*trip, (**row).clone()),
                event => self.trip.change(trip).apply(event),
            },
            Effect::Dispute { dispute, event } => match event {
                DisputeEvent::Opened(row) => self.dispute.put(*dispute, (**row).clone()),
                event => self.dispute.change(dispute).apply(event),
            },
            Effect::Group { group, event } => match event {
                GroupEvent::Opened(row) => self.group.put(*group, (**row).clone()),
                event => self.group.change(group).apply(event),
            },
            Effect::Till { till, event } => self.apply_till(record, *till, event),
            Effect::ReceiptWritten(receipt) => self.apply_receipt(*receipt),
            Effect::PayerKnown { party, payer } => self.payer.put((village, *payer), *party),
            Effect::PhotoUsed(photo) => self.photo.put((village, *photo), record.seq),
            other => self.apply_cooperative(record, other),
        }
    }

    // A review stands with each listing and each household it is about, so that neither has to look
    // through orders.
    fn apply_review(&mut self, record: &Record, order: OrderId, review: &Review) {
        let Some(row) = self.order.get(&order) else { return };
        let (at, seq, village) = (record.at, record.seq, record.village);
        let about = row.reviewed().map(|subject| ReviewRow {
            at,
            order,
            review: review.clone(),
            seq,
            subject,
            village,
        });
        self.appended.reviews.extend(about);
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

    /// Counts a fact in the standing of its party; a counter fact takes it back, value too (M-29).
    fn apply_evidence(&mut self, record: &Record, number: u32, evidence: Evidence) {
        let (_, standing) = self.standing.change(&evidence.member);
        let sign = if evidence.is_counter { -1 } else { 1 };
        if evidence.good {
            let value = evidence.value_minor.saturating_mul(sign);
            standing.good_count = standing.good_count.saturating_add(sign);
            standing.good_minor = standing.good_minor.saturating_add(value);
        } else {
            standing.bad_count = standing.bad_count.saturating_add(sign);
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

    /// Books the legs of a posting. A balance that is not the record's, or below its floor, stops
    /// everything: nobody's money is safe in books that contradict themselves.
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

    /// Reserves or frees the money of a hold; what is posted of it moves by the effect beside it.
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
