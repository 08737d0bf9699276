//! The check of the books: replays every chain, re-sums every account and compares every row with
//! what the journal says. Owns the comparison; prints nothing and mends nothing.

use std::collections::BTreeMap;

use verger_domain::codec::{self, GENESIS, Hash};
use verger_domain::credit::books::receivable;
use verger_domain::credit::{Borrower, Part, fold};
use verger_domain::effect::Effect;
use verger_domain::id::{CellId, OrderId, VillageId};
use verger_domain::ledger::{Account, AccountId, period};
use verger_domain::market::split::total;
use verger_domain::market::till::Receipt;
use verger_domain::market::{
    Cooperative, Dispute, Group, Listing, Lot, Order, Parcel, Pool, Preorder, SeasonWindow, Shelf,
    Till, Trip, Vote,
};
use verger_domain::state::Entry;
use verger_domain::{Record, State};
use verger_store::{Document, Head, JournalRow, Reader, Store, StoreError};

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Records replayed.
    pub records: u64,
    /// Entries compared.
    pub entries: u64,
    /// Accounts compared.
    pub accounts: u64,
    /// Villages.
    pub villages: u64,
    /// Every difference, the first of its kind in each cell; empty in sound books.
    pub differences: Vec<String>,
}

impl Report {
    /// Whether the books are sound.
    pub fn is_green(&self) -> bool {
        self.differences.is_empty()
    }
}

/// How far a check is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Records replayed so far.
    pub done: u64,
    /// Records in all.
    pub total: u64,
}

const PAGE: u32 = 4000;

/// One cell's replay.
struct Replay {
    cell: CellId,
    next_seq: u64,
    chain: Hash,
    is_done: bool,
}

/// What the journal says of an account's statement, in a form that needs no memory an entry: a
/// running digest, the count and the last place.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Statement {
    digest: u64,
    count: u64,
}

struct Check<'a> {
    reader: Reader,
    state: State,
    statements: BTreeMap<AccountId, Statement>,
    /// Villages that left a cell with a record, waiting for their arrival.
    departed: BTreeMap<(VillageId, CellId, u64), Hash>,
    cells: BTreeMap<VillageId, CellId>,
    report: Report,
    total: u64,
    progress: &'a mut dyn FnMut(Progress),
}

/// Checks all books of a store while it may be in use elsewhere.
///
/// # Errors
/// Only when the store cannot be read; what is wrong with the books is in the report.
pub fn run(store: &Store, progress: &mut dyn FnMut(Progress)) -> Result<Report, StoreError> {
    let (reader, mut statement_reader, heads) = frozen_readers(store)?;
    let mut total = 0_u64;
    let mut replays = Vec::new();
    for Head { cell, seq, .. } in heads {
        total = total.saturating_add(seq);
        replays.push(Replay { cell, next_seq: 1, chain: GENESIS, is_done: seq == 0 });
    }
    let mut check = Check {
        reader,
        state: State::whole(),
        statements: BTreeMap::new(),
        departed: BTreeMap::new(),
        cells: BTreeMap::new(),
        report: Report::default(),
        total,
        progress,
    };
    // Statements are read on a thread of their own: the journal keeps this one busy.
    let cells: Vec<CellId> = replays.iter().map(|replay| replay.cell).collect();
    let stored = std::thread::scope(|scope| -> Result<Vec<Stored>, StoreError> {
        let reading = scope.spawn(move || -> Result<Vec<Stored>, StoreError> {
            cells.iter().map(|cell| read_statements(&mut statement_reader, *cell)).collect()
        });
        check.replay_all(&mut replays)?;
        reading.join().expect("reading statements does not panic")
    })?;
    for (replay, stored) in replays.iter().zip(&stored) {
        check.compare_cell(replay, stored)?;
    }
    check.report.villages = u64::try_from(check.cells.len()).unwrap_or(0);
    Ok(check.report)
}

/// Two readers on one and the same state of the books, which may be in use: a commit between the
/// two would show as a difference that is none.
fn frozen_readers(store: &Store) -> Result<(Reader, Reader, Vec<Head>), StoreError> {
    let (mut first, mut second) = (store.reader()?, store.reader()?);
    loop {
        first.freeze()?;
        second.freeze()?;
        let heads = first.heads()?;
        if second.heads()? == heads {
            return Ok((first, second, heads));
        }
        first.thaw()?;
        second.thaw()?;
    }
}

impl Check<'_> {
    /// Replays every chain. A village that moved goes on in another one: cells take turns until all
    /// are at their end.
    fn replay_all(&mut self, replays: &mut [Replay]) -> Result<(), StoreError> {
        while replays.iter().any(|replay| !replay.is_done) {
            let mut has_moved = false;
            for replay in &mut *replays {
                has_moved |= self.replay_page(replay)?;
            }
            if !has_moved {
                self.differ("a village arrived in a cell without having left another".to_owned());
                return Ok(());
            }
        }
        Ok(())
    }

    fn differ(&mut self, what: String) {
        self.report.differences.push(what);
    }

    /// Replays the next records of a cell; false when it waits for another cell or is done.
    fn replay_page(&mut self, replay: &mut Replay) -> Result<bool, StoreError> {
        if replay.is_done {
            return Ok(false);
        }
        let rows = self.reader.journal(replay.cell, replay.next_seq.saturating_sub(1), PAGE)?;
        if rows.is_empty() {
            replay.is_done = true;
            return Ok(true);
        }
        let mut has_moved = false;
        for Read { row, record, wrong } in read_records(rows, replay.cell) {
            let place = format!("cell {} record {}", replay.cell, row.seq);
            let record = match record {
                Ok(record) if !self.may_enter(&record) => return Ok(has_moved),
                Ok(record) => record,
                Err(error) => {
                    self.differ(format!("{place}: the payload does not parse: {error}"));
                    replay.is_done = true;
                    return Ok(true);
                }
            };
            let chain = codec::chain(&replay.chain, &row.payload_hash);
            let is_arrival = matches!(record.effects.first(), Some(Effect::CellEntered { .. }));
            let wrong = if wrong.is_some() {
                wrong
            } else if chain != row.chain {
                Some("the chain is broken")
            } else if row.seq != replay.next_seq && !is_arrival {
                Some("a record before it is missing")
            } else {
                None
            };
            if let Some(wrong) = wrong {
                self.differ(format!("{place}: {wrong}"));
                replay.is_done = true;
                return Ok(true);
            }
            replay.chain = chain;
            replay.next_seq = row.seq.saturating_add(1);
            has_moved = true;
            if !self.apply(&record, &place) {
                replay.is_done = true;
                return Ok(true);
            }
        }
        Ok(true)
    }

    /// Whether a record may be replayed now: an arrival waits for its departure.
    fn may_enter(&mut self, record: &Record) -> bool {
        match record.effects.first() {
            Some(Effect::CellEntered { from, left_at_seq, snapshot }) => {
                self.departed.get(&(record.village, *from, *left_at_seq)) == Some(snapshot)
            }
            _ => true,
        }
    }

    fn apply(&mut self, record: &Record, place: &str) -> bool {
        let applied = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            self.state.apply(record);
        }));
        if applied.is_err() {
            self.differ(format!("{place}: its effects do not fit the books before it"));
            return false;
        }
        let sum: i128 = record.legs().iter().map(|leg| i128::from(leg.amount_minor())).sum();
        if sum != 0 {
            self.differ(format!("{place}: the legs are off by {sum}"));
        }
        match record.effects.first() {
            Some(Effect::CellLeft { snapshot, .. }) => {
                self.departed.insert((record.village, record.cell, record.seq), *snapshot);
            }
            Some(Effect::VillageRegistered(_) | Effect::CellEntered { .. }) => {
                self.cells.insert(record.village, record.cell);
            }
            _ => {}
        }
        let appended = std::mem::take(&mut self.state.appended);
        for entry in &appended.entries {
            let statement = self.statements.entry(entry.account).or_default();
            statement.add(entry);
        }
        self.report.records = self.report.records.saturating_add(1);
        if self.report.records.is_multiple_of(1024) || self.report.records == self.total {
            (self.progress)(Progress { done: self.report.records, total: self.total });
        }
        true
    }

    /// Compares the rows of a cell with the replayed state.
    fn compare_cell(&mut self, replay: &Replay, stored: &Stored) -> Result<(), StoreError> {
        let cell = replay.cell;
        let head = self.reader.head(cell)?;
        if (head.seq, head.chain) != (replay.next_seq.saturating_sub(1), replay.chain) {
            self.differ(format!("cell {cell}: the head is not where its journal ends"));
        }
        self.compare_statements(cell, stored);
        self.compare_accounts(cell)?;
        self.compare_parties(cell)?;
        let villages: BTreeMap<_, _> =
            self.reader.all_villages(cell)?.into_iter().map(|row| (row.id, row)).collect();
        self.compare(("village", cell), &villages, |state| &state.villages, |id, _| *id);
        let holds: BTreeMap<_, _> =
            self.reader.all_holds(cell)?.into_iter().map(|row| (row.id, row)).collect();
        self.compare(("hold", cell), &holds, |state| &state.hold, |_, row| row.village);
        let standings: BTreeMap<_, _> = self.reader.all_standings(cell)?.into_iter().collect();
        self.compare(("standing", cell), &standings, |state| &state.standing, |_, row| row.0);
        let timers: BTreeMap<_, _> = self.reader.all_timers(cell)?.into_iter().collect();
        self.compare(("timer", cell), &timers, |state| &state.timer, |_, village| *village);
        self.compare_market(cell)
    }

    /// Compares the market's rows, and each order with the money that it says it has.
    fn compare_market(&mut self, cell: CellId) -> Result<(), StoreError> {
        let orders = self.documents::<Order, _>(cell, |row| row.id)?;
        self.check_orders(&orders);
        self.compare(("order", cell), &orders, |state| &state.order, |_, row| row.village);
        let stored = self.documents::<Listing, _>(cell, |row| row.id)?;
        self.compare(("listing", cell), &stored, |state| &state.listing, |_, row| row.village);
        let stored = self.documents::<Parcel, _>(cell, |row| row.id)?;
        self.compare(("parcel", cell), &stored, |state| &state.parcel, |_, row| row.village);
        let stored = self.documents::<Trip, _>(cell, |row| row.id)?;
        self.compare(("trip", cell), &stored, |state| &state.trip, |_, row| row.village);
        let stored = self.documents::<Dispute, _>(cell, |row| row.id)?;
        self.compare(("dispute", cell), &stored, |state| &state.dispute, |_, row| row.village);
        let stored = self.documents::<Group, _>(cell, |row| row.id)?;
        self.compare(("group", cell), &stored, |state| &state.group, |_, row| row.village);
        let stored = self.documents::<Lot, _>(cell, |row| row.id)?;
        self.compare(("lot", cell), &stored, |state| &state.lot, |_, row| row.village);
        let stored = self.documents::<Shelf, _>(cell, |row| row.id)?;
        self.check_shelves(stored.values());
        self.compare(("shelf", cell), &stored, |state| &state.shelf, |_, row| row.village);
        let stored = self.documents::<SeasonWindow, _>(cell, |row| row.id)?;
        self.compare(("season", cell), &stored, |state| &state.season, |_, row| row.village);
        let stored = self.documents::<Preorder, _>(cell, |row| row.id)?;
        self.compare(("preorder", cell), &stored, |state| &state.preorder, |_, row| row.village);
        let stored = self.documents::<Cooperative, _>(cell, |row| row.id)?;
        self.compare(("cooperative", cell), &stored, |s| &s.cooperative, |_, row| row.village);
        let stored = self.documents::<Vote, _>(cell, |row| row.id)?;
        self.compare(("vote", cell), &stored, |state| &state.vote, |_, row| row.village);
        let stored = self.documents::<Pool, _>(cell, |row| row.id)?;
        self.compare(("pool", cell), &stored, |state| &state.pool, |_, row| row.village);
        self.compare_credit(cell)?;
        let stored = self.documents::<Till, _>(cell, |row| row.id)?;
        self.compare(("till", cell), &stored, |state| &state.till, |_, row| row.village);
        let stored = self.reader.all_drawers(cell)?.into_iter().collect();
        self.compare(("drawer", cell), &stored, |state| &state.drawer, |_, row| row.0);
        let stored = self.reader.all_receipts(cell)?.into_iter().collect();
        let village_of =
            |list: &Vec<Receipt>| list.first().map_or(VillageId::new(0), |receipt| receipt.village);
        self.compare(("receipt", cell), &stored, |state| &state.receipt, |_, l| village_of(l));
        let stored = self.reader.all_photos(cell)?.into_iter().collect();
        self.compare(("photo", cell), &stored, |state| &state.photo, |key, _| key.0);
        let stored = self.reader.all_payers(cell)?.into_iter().collect();
        self.compare(("payer", cell), &stored, |state| &state.payer, |key, _| key.0);
        self.compare_trust(cell)
    }

    /// Compares what trust keeps: points are what the journal says, to the grain.
    fn compare_trust(&mut self, cell: CellId) -> Result<(), StoreError> {
        let stored = self.reader.all_trust(cell)?.into_iter().collect();
        self.compare(("trust", cell), &stored, |state| &state.trust, |_, row| row.0);
        let stored = self.reader.all_trust_pairs(cell)?.into_iter().collect();
        self.compare(("trust pair", cell), &stored, |state| &state.trust_pair, |_, row| row.0);
        let stored = self.reader.all_trust_batches(cell)?.into_iter().collect();
        self.compare(("trust batch", cell), &stored, |state| &state.trust_batch, |id, _| *id);
        Ok(())
    }

    /// Compares the rows of credit, and each line with the fold of its events.
    fn compare_credit(&mut self, cell: CellId) -> Result<(), StoreError> {
        let stored = self.documents::<Borrower, _>(cell, |row| row.id)?;
        self.check_lines(&stored);
        self.compare(("borrower", cell), &stored, |state| &state.borrower, |_, row| row.village);
        let stored = self.reader.all_tranches(cell)?.into_iter().collect();
        self.compare(("tranche", cell), &stored, |state| &state.tranche, |_, row| row.0);
        let stored = self.reader.all_loan_books(cell)?.into_iter().collect();
        self.compare(("loan_book", cell), &stored, |state| &state.loan_book, |key, _| *key);
        Ok(())
    }

    /// A line is what its events make of it, and its accounts hold what it says.
    fn check_lines<K>(&mut self, borrowers: &BTreeMap<K, Borrower>) {
        let mut wrong = Vec::new();
        for row in borrowers.values() {
            let mut folded = fold(&row.events).0;
            folded.advance(row.counted_on);
            if folded != row.line {
                wrong.push(format!("the line of {} is not what its events make", row.id));
            }
            for tranche in row.line.tranches.values() {
                let key = receivable(tranche, Part::Principal);
                let id = AccountId { village: row.village, key };
                let held = self.state.account.get(&id).map_or(0, Account::balance_minor);
                if held != tranche.principal_minor {
                    let says = tranche.principal_minor;
                    wrong.push(format!("{} holds {held} and says {says}", tranche.id));
                }
            }
        }
        self.report.differences.extend(wrong.into_iter().take(1));
    }

    fn documents<D: Document, K: Ord>(
        &mut self,
        cell: CellId,
        key: impl Fn(&D) -> K,
    ) -> Result<BTreeMap<K, D>, StoreError> {
        let rows = self.reader.all_documents::<D>(cell)?;
        Ok(rows.into_iter().map(|row| (key(&row), row)).collect())
    }

    /// The order is its money: its phase follows from it, and its escrow holds what it says (I-4).
    fn check_orders(&mut self, orders: &BTreeMap<OrderId, Order>) {
        let mut wrong = Vec::new();
        for order in orders.values() {
            if order.derived_phase() != order.phase {
                let derived = order.derived_phase();
                wrong
                    .push(format!("{} is {:?}, its money says {derived:?}", order.id, order.phase));
            }
            let id = AccountId { village: order.village, key: order.escrow() };
            let held = self.state.account.get(&id).map_or(0, Account::owned_minor);
            if held != order.in_escrow_minor() {
                let says = order.in_escrow_minor();
                wrong.push(format!("{} has {held} in escrow and says {says}", order.id));
            }
        }
        self.report.differences.extend(wrong.into_iter().take(1));
    }

    /// What lies in the store is what was brought less what was packed and sold, and what its boxes
    /// earned is on the pool's account unless somebody moved that otherwise.
    fn check_shelves<'a>(&mut self, shelves: impl Iterator<Item = &'a Shelf>) {
        let mut wrong = Vec::new();
        for shelf in shelves {
            let Some(pool) = self.state.pool.get(&shelf.id) else { continue };
            let brought = total(pool.shares.values().map(|share| share.grams));
            let lots = pool.lots.iter().filter_map(|lot| self.state.lot.get(lot));
            let packed = total(lots.map(|lot| lot.packed_g(pool.id)));
            let left = brought.saturating_sub(packed).saturating_sub(shelf.sales.local_g);
            if left != shelf.left_g() {
                let says = shelf.left_g();
                wrong.push(format!("{} has {left} g unsold and says {says} g", shelf.id));
            }
        }
        self.report.differences.extend(wrong.into_iter().take(1));
    }

    /// Compares the stored rows of one kind with the replayed ones of the cell's villages.
    fn compare<K, V>(
        &mut self,
        (kind, cell): (&str, CellId),
        stored: &BTreeMap<K, V>,
        table: impl Fn(&State) -> &verger_domain::state::Table<K, V>,
        village_of: impl Fn(&K, &V) -> VillageId,
    ) where
        K: Ord + Clone + std::fmt::Debug,
        V: PartialEq + std::fmt::Debug,
    {
        let rows = table(&self.state).iter();
        let here = rows.filter(|(k, v)| self.cells.get(&village_of(k, v)) == Some(&cell));
        let mut expected: BTreeMap<&K, &V> = here.collect();
        let mut difference = None;
        for (key, row) in stored {
            let wanted = expected.remove(key);
            if wanted != Some(row) {
                difference = Some(format!(
                    "cell {cell} {kind} {key:?}: stored {row:?}, the journal {wanted:?}"
                ));
                break;
            }
        }
        if difference.is_none()
            && let Some((key, _)) = expected.into_iter().next()
        {
            difference = Some(format!("cell {cell} {kind} {key:?}: missing"));
        }
        self.report.differences.extend(difference);
    }

    fn compare_accounts(&mut self, cell: CellId) -> Result<(), StoreError> {
        let stored = self.reader.all_accounts(cell)?;
        let count = u64::try_from(stored.len()).unwrap_or(0);
        self.report.accounts = self.report.accounts.saturating_add(count);
        let mut by_village: BTreeMap<VillageId, Vec<_>> = BTreeMap::new();
        for account in &stored {
            by_village.entry(account.id.village).or_default().push(account.balance_minor());
        }
        for (village, balances) in by_village {
            let off_by = period::off_by_minor(balances);
            if off_by != 0 {
                self.differ(format!("village {village}: the trial balance is off by {off_by}"));
            }
        }
        let stored: BTreeMap<_, _> = stored.into_iter().map(|row| (row.id, row)).collect();
        self.compare(("account", cell), &stored, |state| &state.account, |id, _| id.village);
        Ok(())
    }

    fn compare_parties(&mut self, cell: CellId) -> Result<(), StoreError> {
        let mut stored = BTreeMap::new();
        for (party, _profile) in self.reader.all_parties(cell)? {
            stored.insert(party.id, party);
        }
        self.compare(("party", cell), &stored, |state| &state.party, |_, row| row.village);
        Ok(())
    }

    /// Compares what was read of a cell's statements with what its journal says.
    fn compare_statements(&mut self, cell: CellId, stored: &Stored) {
        self.report.entries = self.report.entries.saturating_add(stored.entries);
        self.report.differences.extend(stored.differences.iter().cloned());
        for (account, statement) in &stored.statements {
            if self.statements.remove(account) != Some(*statement) {
                self.differ(format!("the statement of {account:?} is not what the journal says"));
            }
        }
        let is_here = |account: &&AccountId| self.cells.get(&account.village) == Some(&cell);
        let missing: Vec<AccountId> = self.statements.keys().filter(is_here).copied().collect();
        for account in missing {
            self.differ(format!("cell {cell}: the statement of {account:?} is missing"));
        }
    }
}

/// What the statement rows of a cell say, read apart from the journal.
#[derive(Default)]
struct Stored {
    statements: BTreeMap<AccountId, Statement>,
    entries: u64,
    differences: Vec<String>,
}

/// Reads every statement of a cell: each entry's balance follows from the one before it.
fn read_statements(reader: &mut Reader, cell: CellId) -> Result<Stored, StoreError> {
    let mut stored = Stored::default();
    let mut last: Option<Entry> = None;
    let mut running = Statement::default();
    loop {
        let page = reader.entries(cell, last.as_ref(), PAGE)?;
        let is_last = page.len() < usize::try_from(PAGE).unwrap_or(usize::MAX);
        for entry in page {
            let before = match &last {
                Some(last) if last.account == entry.account => last.balance_minor,
                Some(last) => {
                    stored.statements.insert(last.account, std::mem::take(&mut running));
                    0
                }
                None => 0,
            };
            if before.checked_add(entry.amount_minor) != Some(entry.balance_minor) {
                let (account, seq) = (entry.account, entry.seq);
                let what = format!("cell {cell} entry of {account:?} at {seq}: wrong balance");
                stored.differences.push(what);
            }
            running.add(&entry);
            stored.entries = stored.entries.saturating_add(1);
            last = Some(entry);
        }
        if is_last {
            break;
        }
    }
    if let Some(last) = last {
        stored.statements.insert(last.account, running);
    }
    Ok(stored)
}

impl Statement {
    // Order matters and every field counts; FNV-1a over the numbers is enough to find accidents,
    // and wilful changes are found by the chain, which is SHA-256.
    fn add(&mut self, entry: &Entry) {
        let numbers = [
            i64::try_from(entry.seq).unwrap_or(i64::MAX),
            i64::from(entry.leg),
            entry.amount_minor,
            entry.balance_minor,
            i64::from(entry.effective_on.days()),
            entry.at.micros(),
        ];
        for number in numbers {
            self.digest ^= number.cast_unsigned();
            self.digest = self.digest.wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23);
        }
        self.count = self.count.saturating_add(1);
    }
}

/// A journal row with its record, and what is wrong with the row by itself.
struct Read {
    row: JournalRow,
    record: Result<Record, StoreError>,
    wrong: Option<&'static str>,
}

/// Parses and hashes the rows of a page: the larger half of the work, so both cores share it.
fn read_records(mut rows: Vec<JournalRow>, cell: CellId) -> Vec<Read> {
    let second = rows.split_off(rows.len().checked_div(2).unwrap_or(0));
    std::thread::scope(|scope| {
        let reading = scope.spawn(move || -> Vec<Read> {
            second.into_iter().map(|row| read_record(row, cell)).collect()
        });
        let mut all: Vec<Read> = rows.into_iter().map(|row| read_record(row, cell)).collect();
        all.extend(reading.join().expect("reading a record does not panic"));
        all
    })
}

fn read_record(row: JournalRow, cell: CellId) -> Read {
    let record = row.record();
    let wrong = match &record {
        _ if codec::sha256(&row.payload) != row.payload_hash => {
            Some("the payload does not match its hash")
        }
        Ok(record) if !columns_agree(&row, record, cell) => {
            Some("the columns do not match the payload")
        }
        // A record is written in canonical form, so its own form must be what is stored.
        Ok(record) if codec::to_bytes(record) != row.payload => {
            Some("the payload is not canonical")
        }
        _ => None,
    };
    Read { row, record, wrong }
}

fn columns_agree(row: &JournalRow, record: &Record, cell: CellId) -> bool {
    row.seq == record.seq
        && row.key == record.key.bits()
        && row.village == record.village
        && row.kind == record.kind
        && row.actor == record.actor.to_string()
        && row.at == record.at
        && record.cell == cell
}
