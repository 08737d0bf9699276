//! The command path: lock a cell, load what commands read, write back what they changed, commit.
//! Owns the order of statements; must not decide anything.

mod trust_selects;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use trust_selects::trust_selects;
use verger_domain::Reads;
use verger_domain::codec::{self, Hash};
use verger_domain::credit::Borrower;
use verger_domain::effect::{Record, Timer};
use verger_domain::id::{CellId, CommandId, VillageId};
use verger_domain::market::{
    Cooperative, Dispute, Group, Listing, Lot, Order, Parcel, Pool, Preorder, SeasonWindow, Shelf,
    Till, Trip, Vote,
};
use verger_domain::policy::Policy;
use verger_domain::state::{OutboxRow, State, Table as Rows};
use verger_domain::time::Instant;
use verger_domain::trust::LineRow;

use crate::document;
use crate::engine::{Engine, Head, Mode, Select, Write};
use crate::error::StoreError;
use crate::loan_rows;
use crate::reader::PictureSize;
use crate::rows;
use crate::table::{self, Row, Table, Value};

/// A record as it is stored: with its canonical bytes and its place in the chain.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// The record.
    pub record: Record,
    /// Its canonical JSON.
    pub payload: Vec<u8>,
    /// SHA-256 of the payload.
    pub payload_hash: Hash,
    /// The chain after this record.
    pub chain: Hash,
}

impl Sealed {
    /// Seals a record after the given chain head.
    pub fn new(record: Record, previous: &Hash) -> Self {
        let payload = codec::to_bytes(&record);
        let payload_hash = codec::sha256(&payload);
        let chain = codec::chain(previous, &payload_hash);
        Self { record, payload, payload_hash, chain }
    }
}

/// A writing connection. One lane owns it; a cell is written by one process at a time.
pub struct Writer {
    engine: Box<dyn Engine>,
    epochs: BTreeMap<CellId, i64>,
    policies: BTreeMap<(VillageId, u32), Arc<Policy>>,
    statements: usize,
    /// Cells into which a village has moved; only their keys can be there from before.
    moved_into: BTreeSet<CellId>,
}

/// How long a claim lasts without being renewed, in seconds.
pub const LEASE_SECONDS: u32 = 10;

impl Writer {
    pub(crate) fn new(engine: Box<dyn Engine>) -> Self {
        let (epochs, policies) = (BTreeMap::new(), BTreeMap::new());
        Self { engine, epochs, policies, statements: 0, moved_into: BTreeSet::new() }
    }

    /// Takes the cells over: from now on a former owner's batches fail.
    ///
    /// # Errors
    /// [`StoreError::Leased`] while another owner's lease runs.
    pub fn claim(&mut self, cells: &[CellId], owner: &str, now: Instant) -> Result<(), StoreError> {
        self.engine.script("begin")?;
        let claimed = self.claim_in_transaction(cells, owner, now);
        match claimed {
            Ok(()) => {
                self.moved_into = self.cells_moved_into()?;
                self.engine.script("commit")
            }
            Err(error) => {
                self.engine.rollback()?;
                Err(error)
            }
        }
    }

    fn claim_in_transaction(
        &mut self,
        cells: &[CellId],
        owner: &str,
        now: Instant,
    ) -> Result<(), StoreError> {
        const TAKE: &str = "update cell set epoch = epoch + 1, owner = ?2, lease_until = ?3
            where cell_id = ?1 and (lease_until <= ?4 or owner = ?2)";
        let until = now.plus_seconds(LEASE_SECONDS).micros();
        for cell in cells {
            let number = i64::from(cell.number());
            let params = [number.into(), owner.into(), until.into(), now.micros().into()];
            if self.engine.execute(TAKE, &params)? != 1 {
                return Err(self.leased(number, now)?);
            }
            let epoch = "select epoch from cell where cell_id = ?1";
            let rows = self.engine.query(epoch, &[number.into()])?;
            if let Some(Value::Int(epoch)) = rows.into_iter().flatten().next() {
                self.epochs.insert(*cell, epoch);
            }
        }
        Ok(())
    }

    // A village moves only while no lane runs, so what is there at the claim is all there is.
    fn cells_moved_into(&mut self) -> Result<BTreeSet<CellId>, StoreError> {
        let rows = self.engine.query("select distinct cell_id from moved_key", &[])?;
        let mut cells = BTreeSet::new();
        for row in rows {
            cells.extend(CellId::new(table::Fields::new("moved_key", row).num()?));
        }
        Ok(cells)
    }

    fn leased(&mut self, cell: i64, now: Instant) -> Result<StoreError, StoreError> {
        let sql = "select owner, lease_until from cell where cell_id = ?1";
        let row = self.engine.query(sql, &[cell.into()])?.into_iter().next().unwrap_or_default();
        let mut fields = table::Fields::new("cell", row);
        let (owner, until) = (fields.text()?, fields.int()?);
        let seconds = until.saturating_sub(now.micros()) / 1_000_000;
        Ok(StoreError::Leased { owner, seconds })
    }

    /// Takes over the ownership that another connection of this process has claimed.
    pub fn share_claim(&mut self, other: &Self) {
        self.epochs.clone_from(&other.epochs);
        self.moved_into.clone_from(&other.moved_into);
    }

    /// Prolongs the claim, or with `None` gives it up.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when another process has taken a cell over.
    pub fn renew(&mut self, now: Option<Instant>) -> Result<(), StoreError> {
        let until = now.map_or(0, |now| now.plus_seconds(LEASE_SECONDS).micros());
        for (cell, epoch) in &self.epochs {
            let number = i64::from(cell.number());
            let sql = "update cell set lease_until = ?2 where cell_id = ?1 and epoch = ?3";
            let params = [number.into(), until.into(), (*epoch).into()];
            if self.engine.execute(sql, &params)? != 1 {
                return Err(StoreError::Fenced { cell: cell.number() });
            }
        }
        Ok(())
    }

    /// Opens a batch: locks the cell, looks up which keys were used before, and loads rows.
    ///
    /// Returns the cell's head and the payloads stored under those keys.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when another process owns the cell now.
    pub fn begin(
        &mut self,
        cell: CellId,
        keys: &[CommandId],
        reads: &Reads,
        state: &mut State,
    ) -> Result<(Head, Vec<Record>), StoreError> {
        self.reuse_policies(state);
        let key_rows = || keys.iter().map(|key| vec![key.bits().into()]).collect::<Vec<Row>>();
        let mut selects = vec![Select { table: &table::JOURNAL, by: &["key"], keys: key_rows() }];
        let has_moved_keys = self.moved_into.contains(&cell);
        if has_moved_keys {
            selects.push(Select { table: &table::MOVED_KEY, by: &["key"], keys: key_rows() });
        }
        selects.extend(selects_for(reads));
        // The transaction itself, the cell's row, and one statement for each table.
        self.statements = selects.len().saturating_add(2);
        let (head, found) = self.engine.begin(cell, &selects)?;
        if self.epochs.get(&cell) != Some(&head.epoch) {
            return Err(StoreError::Fenced { cell: cell.number() });
        }
        let mut found = found.into_iter();
        let mut stored = Vec::new();
        for row in found.next().unwrap_or_default() {
            stored.push(journal_record(row)?);
        }
        let moved = if has_moved_keys { found.next() } else { None };
        for row in moved.unwrap_or_default() {
            let payload = row.into_iter().nth(3);
            if let Some(Value::Bytes(payload)) = payload {
                stored.push(rows::record_from(&payload)?);
            }
        }
        self.fill(cell, reads, state, found)?;
        Ok((head, stored))
    }

    /// Loads more rows in the open batch.
    ///
    /// # Errors
    /// When the database fails or a row is broken.
    pub fn load(
        &mut self,
        cell: CellId,
        reads: &Reads,
        state: &mut State,
    ) -> Result<(), StoreError> {
        let selects: Vec<Select> = selects_for(reads).collect();
        self.statements = self.statements.saturating_add(selects.len());
        let found = self.engine.select(cell, &selects)?;
        self.fill(cell, reads, state, found.into_iter())
    }

    /// Writes back everything that changed and the records, and commits.
    ///
    /// # Errors
    /// When the database fails; nothing is stored then, unless the class says "unknown".
    pub fn commit(
        &mut self,
        head: &Head,
        state: &State,
        records: &[Sealed],
    ) -> Result<(), StoreError> {
        let mut writes = state_writes(head.cell, state);
        writes.extend(append_writes(head.cell, state, records));
        writes.retain(|write| !write.rows.is_empty());
        self.statements = self.statements.saturating_add(writes.len()).saturating_add(2);
        self.engine.commit(head, &writes)?;
        for (key, policy) in state.policies.iter() {
            self.policies.entry(*key).or_insert_with(|| Arc::clone(policy));
        }
        Ok(())
    }

    /// How many statements the last batch took: one for each table that it read or wrote, for SQLite
    /// counts a prepared statement once however many rows it runs for.
    pub const fn statements(&self) -> usize {
        self.statements
    }

    /// Gives the open batch up.
    ///
    /// # Errors
    /// When the connection cannot be had again.
    pub fn rollback(&mut self) -> Result<(), StoreError> {
        self.engine.rollback()
    }

    /// The timers of a cell that are due, in their order.
    ///
    /// # Errors
    /// When the database fails or a row is broken.
    pub fn due_timers(
        &mut self,
        cell: CellId,
        until: Instant,
        limit: u32,
    ) -> Result<Vec<(Timer, VillageId)>, StoreError> {
        const SQL: &str = "select cell_id, due_at, kind, subject, village_id from timer
            where cell_id = ?1 and due_at <= ?2 order by due_at, kind, subject limit ?3";
        let params =
            [i64::from(cell.number()).into(), until.micros().into(), i64::from(limit).into()];
        self.engine.query(SQL, &params)?.into_iter().map(rows::timer_from).collect()
    }

    /// When the next timer of each cell is due.
    ///
    /// # Errors
    /// When the database fails.
    pub fn next_due(&mut self) -> Result<BTreeMap<CellId, Instant>, StoreError> {
        const SQL: &str = "select cell_id, min(due_at) from timer group by cell_id";
        let mut due = BTreeMap::new();
        for row in self.engine.query(SQL, &[])? {
            let mut fields = table::Fields::new("timer", row);
            if let Some(cell) = CellId::new(fields.num()?) {
                due.insert(cell, Instant::from_micros(fields.int()?));
            }
        }
        Ok(due)
    }

    /// Messages that wait for delivery to another village, oldest first, with their cell.
    ///
    /// # Errors
    /// When the database fails or a row is broken.
    pub fn outbox_waiting(&mut self, limit: u32) -> Result<Vec<(CellId, OutboxRow)>, StoreError> {
        const SQL: &str = "select cell_id, seq, number, village_id, message, done_at from outbox
            where done_at is null order by cell_id, seq, number limit ?1";
        let mut waiting = Vec::new();
        for row in self.engine.query(SQL, &[i64::from(limit).into()])? {
            let cell = match row.first() {
                Some(Value::Int(number)) => u16::try_from(*number).ok().and_then(CellId::new),
                _ => None,
            };
            let wrong = || StoreError::Decode { table: "outbox", what: "cell".to_owned() };
            waiting.push((cell.ok_or_else(wrong)?, rows::outbox_from(row)?));
        }
        Ok(waiting)
    }

    /// Marks a message as delivered; doing so twice changes nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub fn outbox_done(
        &mut self,
        cell: CellId,
        row: &OutboxRow,
        at: Instant,
    ) -> Result<(), StoreError> {
        const SQL: &str = "update outbox set done_at = ?4
            where cell_id = ?1 and seq = ?2 and number = ?3 and done_at is null";
        let cell = i64::from(cell.number());
        let params = [cell.into(), row.seq.into(), row.number.into(), at.micros().into()];
        self.engine.execute(SQL, &params)?;
        Ok(())
    }

    /// Stores a picture in its sizes, in one statement beside the lanes; storing it again changes
    /// nothing.
    ///
    /// # Errors
    /// When the database fails; of [`crate::Class::Retry`] while another connection writes for long.
    pub fn store_picture(
        &mut self,
        (cell, village): (CellId, VillageId),
        digest: &Hash,
        sizes: &[(PictureSize, &[u8])],
    ) -> Result<(), StoreError> {
        let mut params: Row =
            vec![i64::from(cell.number()).into(), village.number().into(), (*digest).into()];
        let mut rows = Vec::with_capacity(sizes.len());
        for (size, bytes) in sizes {
            let next = params.len();
            rows.push(format!("(?1, ?2, ?3, ?{}, ?{})", next + 1, next + 2));
            params.extend([size.name().into(), Value::Bytes(bytes.to_vec())]);
        }
        let (columns, rows) = (table::PICTURE.column_list(), rows.join(", "));
        let sql = format!("insert into picture ({columns}) values {rows} on conflict do nothing");
        self.engine.execute(&sql, &params)?;
        Ok(())
    }

    /// Work for a quiet moment.
    ///
    /// # Errors
    /// When the database fails.
    pub fn idle(&mut self) -> Result<(), StoreError> {
        self.engine.idle()
    }

    /// Where a cell stands, outside a batch.
    ///
    /// # Errors
    /// When the database fails.
    pub fn head(&mut self, cell: CellId) -> Result<Head, StoreError> {
        let params = [i64::from(cell.number()).into()];
        crate::engine::head_from(cell, self.engine.query(crate::engine::HEAD_SELECT, &params)?)
    }

    pub(crate) fn engine(&mut self) -> &mut dyn Engine {
        self.engine.as_mut()
    }

    // Policies never change once stored, so the writer keeps those it has met.
    fn reuse_policies(&self, state: &mut State) {
        for (key, policy) in &self.policies {
            state.policies.load(*key, Some(Arc::clone(policy)));
        }
    }

    fn fill(
        &mut self,
        cell: CellId,
        reads: &Reads,
        state: &mut State,
        found: impl Iterator<Item = Vec<Row>>,
    ) -> Result<(), StoreError> {
        fill_state(reads, state, found)?;
        for (key, policy) in state.policies.iter() {
            self.policies.entry(*key).or_insert_with(|| Arc::clone(policy));
        }
        for (village, month) in &reads.month_ends {
            let key = (*village, month.clone());
            let balances = crate::reader::month_end(self.engine.as_mut(), cell, &key)?;
            state.month_end.load(key, Some(balances));
        }
        Ok(())
    }
}

fn journal_record(row: Row) -> Result<Record, StoreError> {
    match row.into_iter().nth(7) {
        Some(Value::Bytes(payload)) => rows::record_from(&payload),
        other => Err(StoreError::Decode { table: "journal", what: format!("payload {other:?}") }),
    }
}

/// The look-ups of a list of reads, in a fixed order that [`fill_state`] follows.
fn selects_for(reads: &Reads) -> impl Iterator<Item = Select> {
    let village = |village: VillageId| Value::from(village.number());
    let numbered = |(v, seq): &(VillageId, u64)| vec![village(*v), (*seq).into()];
    let list: [(&'static Table, &'static [&'static str], Vec<Row>); 12] = [
        (
            &table::VILLAGE,
            &["village_id"],
            reads.villages.iter().map(|v| vec![village(*v)]).collect(),
        ),
        (
            &table::POLICY,
            &["village_id", "version"],
            reads.policies.iter().map(|(v, n)| vec![village(*v), (*n).into()]).collect(),
        ),
        (&table::PARTY, &["party_id"], by_bits(reads.parties.iter().map(|id| id.bits()))),
        (
            &table::CODE,
            &["village_id", "noun", "code"],
            reads
                .codes
                .iter()
                .map(|(v, noun, code)| vec![village(*v), noun.name().into(), code.as_str().into()])
                .collect(),
        ),
        (&table::TOKEN, &["token_id"], by_bits(reads.tokens.iter().map(|id| id.bits()))),
        (&table::PIN, &["party_id"], by_bits(reads.pins.iter().map(|id| id.bits()))),
        (
            &table::ACCOUNT,
            &["village_id", "code", "owner"],
            reads.accounts.iter().map(|id| rows::account_key_row(*id)).collect(),
        ),
        (&table::HOLD, &["hold_id"], by_bits(reads.holds.iter().map(|id| id.bits()))),
        (
            &table::HOLD,
            &["village_id", "status"],
            reads.pending_holds.iter().map(|v| vec![village(*v), "pending".into()]).collect(),
        ),
        (&table::STANDING, &["party_id"], by_bits(reads.standings.iter().map(|id| id.bits()))),
        (&table::REVERSAL, &["village_id", "seq"], reads.reversals.iter().map(numbered).collect()),
        (&table::JOURNAL, &["seq"], reads.records.iter().map(|seq| vec![(*seq).into()]).collect()),
    ];
    let list = list.into_iter().chain(trust_selects(reads)).chain(market_selects_for(reads));
    list.filter(|(_, _, keys)| !keys.is_empty()).map(|(table, by, keys)| Select { table, by, keys })
}

/// The market's part of [`selects_for`].
fn market_selects_for(reads: &Reads) -> [(&'static Table, &'static [&'static str], Vec<Row>); 22] {
    let village = |village: VillageId| Value::from(village.number());
    [
        (&table::LISTING, &["listing_id"], by_bits(reads.listings.iter().map(|id| id.bits()))),
        (&table::MARKET_ORDER, &["order_id"], by_bits(reads.orders.iter().map(|id| id.bits()))),
        (&table::PARCEL, &["parcel_id"], by_bits(reads.parcels.iter().map(|id| id.bits()))),
        (&table::TRIP, &["trip_id"], by_bits(reads.trips.iter().map(|id| id.bits()))),
        (&table::DISPUTE, &["dispute_id"], by_bits(reads.disputes.iter().map(|id| id.bits()))),
        (&table::GROUP_PURCHASE, &["group_id"], by_bits(reads.groups.iter().map(|id| id.bits()))),
        (&table::LOT, &["lot_id"], by_bits(reads.lots.iter().map(|id| id.bits()))),
        (&table::POOL, &["pool_id"], by_bits(reads.pools.iter().map(|id| id.bits()))),
        (&table::BORROWER, &["household"], by_bits(reads.borrowers.iter().map(|id| id.bits()))),
        (&table::TRANCHE, &["tranche_id"], by_bits(reads.tranches.iter().map(|id| id.bits()))),
        (
            &table::LOAN_BOOK,
            &["village_id"],
            reads.loan_books.iter().map(|v| vec![village(*v)]).collect(),
        ),
        (&table::SHELF, &["pool_id"], by_bits(reads.shelves.iter().map(|id| id.bits()))),
        (&table::SEASON, &["season_id"], by_bits(reads.seasons.iter().map(|id| id.bits()))),
        (&table::PREORDER, &["order_id"], by_bits(reads.preorders.iter().map(|id| id.bits()))),
        (
            &table::COOPERATIVE,
            &["party_id"],
            by_bits(reads.cooperatives.iter().map(|id| id.bits())),
        ),
        (&table::VOTE, &["vote_id"], by_bits(reads.votes.iter().map(|id| id.bits()))),
        (&table::TILL, &["till_id"], by_bits(reads.tills.iter().map(|id| id.bits()))),
        (&table::DRAWER, &["shop"], by_bits(reads.drawers.iter().map(|id| id.bits()))),
        (&table::RECEIPT, &["order_id"], by_bits(reads.receipts.iter().map(|id| id.bits()))),
        (
            &table::PAYER,
            &["village_id", "payer"],
            reads.payers.iter().map(|(v, payer)| vec![village(*v), (*payer).into()]).collect(),
        ),
        (
            &table::PHOTO,
            &["village_id", "photo"],
            reads.photos.iter().map(|(v, photo)| vec![village(*v), photo.0.into()]).collect(),
        ),
        (
            &table::TIMER,
            &["due_at", "kind", "subject"],
            reads
                .timers
                .iter()
                .map(|t| vec![t.due_at.micros().into(), t.kind.name().into(), t.subject.into()])
                .collect(),
        ),
    ]
}

fn by_bits(bits: impl Iterator<Item = u128>) -> Vec<Row> {
    bits.map(|bits| vec![bits.into()]).collect()
}

/// Puts the found rows, and the absence of the others, into the state.
fn fill_state(
    reads: &Reads,
    state: &mut State,
    mut found: impl Iterator<Item = Vec<Row>>,
) -> Result<(), StoreError> {
    let mut next =
        |is_wanted: bool| if is_wanted { found.next().unwrap_or_default() } else { Vec::new() };
    fill(&mut state.villages, &reads.villages, next(!reads.villages.is_empty()), |row| {
        rows::village_from(row).map(|village| (village.id, village))
    })?;
    fill(&mut state.policies, &reads.policies, next(!reads.policies.is_empty()), |row| {
        rows::policy_from(row).map(|(key, policy)| (key, Arc::new(policy)))
    })?;
    fill(&mut state.party, &reads.parties, next(!reads.parties.is_empty()), |row| {
        rows::party_from(row).map(|party| (party.id, party))
    })?;
    fill(&mut state.code, &reads.codes, next(!reads.codes.is_empty()), rows::code_from)?;
    fill(&mut state.token, &reads.tokens, next(!reads.tokens.is_empty()), |row| {
        rows::token_from(row).map(|token| (token.id, (token.village, token)))
    })?;
    fill(&mut state.pin, &reads.pins, next(!reads.pins.is_empty()), rows::pin_from)?;
    fill(&mut state.account, &reads.accounts, next(!reads.accounts.is_empty()), |row| {
        rows::account_from(row).map(|account| (account.id, account))
    })?;
    let mut holds = next(!reads.holds.is_empty());
    holds.extend(next(!reads.pending_holds.is_empty()));
    fill(&mut state.hold, &reads.holds, holds, |row| rows::hold_from(row).map(|h| (h.id, h)))?;
    state.holds_loaded.extend(&reads.pending_holds);
    fill(
        &mut state.standing,
        &reads.standings,
        next(!reads.standings.is_empty()),
        rows::standing_from,
    )?;
    let reversals = next(!reads.reversals.is_empty());
    fill(&mut state.reversal, &reads.reversals, reversals, rows::reversal_from)?;
    fill(&mut state.record, &reads.records, next(!reads.records.is_empty()), |row| {
        journal_record(row).map(|record| (record.seq, record))
    })?;
    let found = next(!reads.trust.is_empty());
    fill(&mut state.trust, &reads.trust, found, rows::trust::trust_from)?;
    let found = next(!reads.trust_pairs.is_empty());
    fill(&mut state.trust_pair, &reads.trust_pairs, found, rows::trust::pair_from)?;
    let mut found = next(!reads.trust_counted.is_empty());
    found.extend(next(!reads.counted_with.is_empty()));
    let lines = found.into_iter().map(rows::trust::line_from).collect::<Result<Vec<_>, _>>()?;
    for (key, row) in LineRow::counted(lines) {
        state.trust_counted.load(key, Some(row));
    }
    state.counted_loaded.extend(&reads.trust_counted);
    state.counted_with_loaded.extend(&reads.counted_with);
    let found = next(!reads.trust_batches.is_empty());
    fill(&mut state.trust_batch, &reads.trust_batches, found, rows::trust::batch_from)?;
    fill_market(reads, state, next)
}

/// The market's part of [`fill_state`].
fn fill_market(
    reads: &Reads,
    state: &mut State,
    mut next: impl FnMut(bool) -> Vec<Row>,
) -> Result<(), StoreError> {
    let found = next(!reads.listings.is_empty());
    fill(&mut state.listing, &reads.listings, found, |row| {
        document::from::<Listing>(row).map(|listing| (listing.id, listing))
    })?;
    let found = next(!reads.orders.is_empty());
    fill(&mut state.order, &reads.orders, found, |row| {
        document::from::<Order>(row).map(|order| (order.id, order))
    })?;
    let found = next(!reads.parcels.is_empty());
    fill(&mut state.parcel, &reads.parcels, found, |row| {
        document::from::<Parcel>(row).map(|parcel| (parcel.id, parcel))
    })?;
    let found = next(!reads.trips.is_empty());
    fill(&mut state.trip, &reads.trips, found, |row| {
        document::from::<Trip>(row).map(|trip| (trip.id, trip))
    })?;
    let found = next(!reads.disputes.is_empty());
    fill(&mut state.dispute, &reads.disputes, found, |row| {
        document::from::<Dispute>(row).map(|dispute| (dispute.id, dispute))
    })?;
    let found = next(!reads.groups.is_empty());
    fill(&mut state.group, &reads.groups, found, |row| {
        document::from::<Group>(row).map(|group| (group.id, group))
    })?;
    let found = next(!reads.lots.is_empty());
    fill(&mut state.lot, &reads.lots, found, |row| {
        document::from::<Lot>(row).map(|lot| (lot.id, lot))
    })?;
    let found = next(!reads.pools.is_empty());
    fill(&mut state.pool, &reads.pools, found, |row| {
        document::from::<Pool>(row).map(|pool| (pool.id, pool))
    })?;
    let found = next(!reads.borrowers.is_empty());
    fill(&mut state.borrower, &reads.borrowers, found, |row| {
        document::from::<Borrower>(row).map(|borrower| (borrower.id, borrower))
    })?;
    let found = next(!reads.tranches.is_empty());
    fill(&mut state.tranche, &reads.tranches, found, loan_rows::tranche_from)?;
    let found = next(!reads.loan_books.is_empty());
    fill(&mut state.loan_book, &reads.loan_books, found, loan_rows::loan_book_from)?;
    let found = next(!reads.shelves.is_empty());
    fill(&mut state.shelf, &reads.shelves, found, |row| {
        document::from::<Shelf>(row).map(|shelf| (shelf.id, shelf))
    })?;
    let found = next(!reads.seasons.is_empty());
    fill(&mut state.season, &reads.seasons, found, |row| {
        document::from::<SeasonWindow>(row).map(|season| (season.id, season))
    })?;
    let found = next(!reads.preorders.is_empty());
    fill(&mut state.preorder, &reads.preorders, found, |row| {
        document::from::<Preorder>(row).map(|preorder| (preorder.id, preorder))
    })?;
    let found = next(!reads.cooperatives.is_empty());
    fill(&mut state.cooperative, &reads.cooperatives, found, |row| {
        document::from::<Cooperative>(row).map(|row| (row.id, row))
    })?;
    let found = next(!reads.votes.is_empty());
    fill(&mut state.vote, &reads.votes, found, |row| {
        document::from::<Vote>(row).map(|vote| (vote.id, vote))
    })?;
    let found = next(!reads.tills.is_empty());
    fill(&mut state.till, &reads.tills, found, |row| {
        document::from::<Till>(row).map(|till| (till.id, till))
    })?;
    let found = next(!reads.drawers.is_empty());
    fill(&mut state.drawer, &reads.drawers, found, rows::drawer_from)?;
    let found = next(!reads.receipts.is_empty());
    fill(&mut state.receipt, &reads.receipts, found, rows::receipt_from)?;
    let found = next(!reads.payers.is_empty());
    fill(&mut state.payer, &reads.payers, found, rows::payer_from)?;
    let found = next(!reads.photos.is_empty());
    fill(&mut state.photo, &reads.photos, found, rows::photo_from)?;
    let found = next(!reads.timers.is_empty());
    fill(&mut state.timer, &reads.timers, found, rows::timer_from)
}

fn fill<K: Ord + Clone + std::fmt::Debug, V>(
    table: &mut Rows<K, V>,
    wanted: &BTreeSet<K>,
    found: Vec<Row>,
    read: impl Fn(Row) -> Result<(K, V), StoreError>,
) -> Result<(), StoreError> {
    for row in found {
        let (key, value) = read(row)?;
        table.load(key, Some(value));
    }
    for key in wanted {
        table.load(key.clone(), None);
    }
    Ok(())
}

/// The rows of the state that changed, table by table.
fn state_writes(cell: CellId, state: &State) -> Vec<Write> {
    fn upsert<K: Ord + Clone + std::fmt::Debug, V>(
        table: &'static Table,
        rows: &Rows<K, V>,
        row: impl Fn(&K, &V) -> Row,
    ) -> Write {
        let changed = rows.changes().filter_map(|(key, value)| value.map(|value| row(key, value)));
        Write { table, rows: changed.collect(), mode: Mode::Upsert }
    }
    fn delete<K: Ord + Clone + std::fmt::Debug, V>(
        table: &'static Table,
        rows: &Rows<K, V>,
        key_row: impl Fn(&K) -> Row,
    ) -> Write {
        let gone = rows.changes().filter(|(_, value)| value.is_none());
        Write { table, rows: gone.map(|(key, _)| key_row(key)).collect(), mode: Mode::Delete }
    }
    use table::trust as t;
    let token_key =
        |id: &verger_domain::id::TokenId| vec![i64::from(cell.number()).into(), id.bits().into()];
    let mut writes = vec![
        upsert(&table::VILLAGE, &state.villages, |_, v| rows::village_row(cell, v)),
        upsert(&table::POLICY, &state.policies, |key, p| rows::policy_row(cell, *key, p)),
        upsert(&table::PARTY, &state.party, |_, party| rows::party_row(cell, party)),
        upsert(&table::PROFILE, &state.profile, |id, p| rows::profile_row(cell, *id, p)),
        upsert(&table::CODE, &state.code, |key, subject| rows::code_row(cell, key, *subject)),
        upsert(&table::TOKEN, &state.token, |_, (v, token)| rows::token_row(cell, *v, token)),
        delete(&table::TOKEN, &state.token, token_key),
        upsert(&table::PIN, &state.pin, |id, tries| rows::pin_row(cell, *id, *tries)),
        upsert(&table::PIN_SECRET, &state.pin_phc, |id, phc| rows::pin_secret_row(cell, *id, phc)),
        upsert(&table::ACCOUNT, &state.account, |_, account| rows::account_row(cell, account)),
        upsert(&table::HOLD, &state.hold, |_, hold| rows::hold_row(cell, hold)),
        upsert(&table::TIMER, &state.timer, |timer, v| rows::timer_row(cell, *timer, *v)),
        delete(&table::TIMER, &state.timer, |timer| rows::timer_key(cell, *timer)),
        upsert(&table::STANDING, &state.standing, |id, row| rows::standing_row(cell, *id, *row)),
        upsert(&table::REVERSAL, &state.reversal, |key, by| rows::reversal_row(cell, *key, *by)),
        upsert(&table::CLOSING, &state.closing, |key, hash| rows::closing_row(cell, key, *hash)),
    ];
    writes.extend([
        upsert(&t::TRUST, &state.trust, |id, row| rows::trust::trust_row(cell, *id, row)),
        upsert(&t::PAIR, &state.trust_pair, |key, row| rows::trust::pair_row(cell, *key, *row)),
        upsert(&t::BATCH, &state.trust_batch, |v, row| rows::trust::batch_row(cell, *v, *row)),
    ]);
    writes.extend([
        upsert(&table::LISTING, &state.listing, |_, row| document::row(cell, row)),
        upsert(&table::MARKET_ORDER, &state.order, |_, row| document::row(cell, row)),
        upsert(&table::PARCEL, &state.parcel, |_, row| document::row(cell, row)),
        upsert(&table::TRIP, &state.trip, |_, row| document::row(cell, row)),
        upsert(&table::DISPUTE, &state.dispute, |_, row| document::row(cell, row)),
        upsert(&table::GROUP_PURCHASE, &state.group, |_, row| document::row(cell, row)),
        upsert(&table::LOT, &state.lot, |_, row| document::row(cell, row)),
        upsert(&table::POOL, &state.pool, |_, row| document::row(cell, row)),
        upsert(&table::BORROWER, &state.borrower, |_, row| document::row(cell, row)),
        upsert(&table::TRANCHE, &state.tranche, |_, (village, household, row)| {
            loan_rows::tranche_row(cell, (*village, *household), row)
        }),
        upsert(&table::LOAN_BOOK, &state.loan_book, |village, book| {
            loan_rows::loan_book_row(cell, *village, book)
        }),
        upsert(&table::SHELF, &state.shelf, |_, row| document::row(cell, row)),
        upsert(&table::SEASON, &state.season, |_, row| document::row(cell, row)),
        upsert(&table::PREORDER, &state.preorder, |_, row| document::row(cell, row)),
        upsert(&table::COOPERATIVE, &state.cooperative, |_, row| document::row(cell, row)),
        upsert(&table::VOTE, &state.vote, |_, row| document::row(cell, row)),
        upsert(&table::TILL, &state.till, |_, row| document::row(cell, row)),
        upsert(&table::DRAWER, &state.drawer, |shop, row| rows::drawer_row(cell, *shop, *row)),
        delete(&table::DRAWER, &state.drawer, |shop| rows::drawer_key(cell, *shop)),
        upsert(&table::RECEIPT, &state.receipt, |id, list| rows::receipt_row(cell, *id, list)),
        upsert(&table::PAYER, &state.payer, |key, by| rows::payer_row(cell, key, *by)),
        upsert(&table::PHOTO, &state.photo, |key, seq| rows::photo_row(cell, key, *seq)),
    ]);
    writes
}

/// The rows that were added, and the journal.
fn append_writes(cell: CellId, state: &State, records: &[Sealed]) -> Vec<Write> {
    let insert = |table, rows| Write { table, rows, mode: Mode::Insert };
    let appended = &state.appended;
    let routes = records.iter().filter(|sealed| {
        let registered =
            |e: &verger_domain::Effect| matches!(e, verger_domain::Effect::VillageRegistered(_));
        sealed.record.effects.iter().any(registered)
    });
    let cell_value = || Value::from(i64::from(cell.number()));
    let routes = routes.map(|sealed| vec![sealed.record.village.number().into(), cell_value()]);
    vec![
        insert(&table::VILLAGE_ROUTE, routes.collect()),
        insert(&table::ENTRY, appended.entries.iter().map(|e| rows::entry_row(cell, e)).collect()),
        insert(
            &table::EVIDENCE,
            appended.evidence.iter().map(|row| rows::evidence_row(cell, row)).collect(),
        ),
        insert(
            &table::STOCK_ENTRY,
            appended.stock.iter().map(|entry| rows::stock_entry_row(cell, entry)).collect(),
        ),
        insert(
            &table::REVIEW,
            appended.reviews.iter().map(|row| rows::review_row(cell, row)).collect(),
        ),
        insert(
            &table::LOT_ORDER,
            appended.lot_orders.iter().map(|row| rows::lot_order_row(cell, row)).collect(),
        ),
        insert(
            &table::OUTBOX,
            appended.messages.iter().map(|row| rows::outbox_row(cell, row)).collect(),
        ),
        insert(
            &table::trust::LINE,
            appended.trust_lines.iter().map(|row| rows::trust::line_row(cell, row)).collect(),
        ),
        insert(
            &table::trust::WEIGHT,
            appended.trust_weights.iter().map(|row| rows::trust::weight_row(cell, row)).collect(),
        ),
        insert(&table::JOURNAL, records.iter().map(|sealed| journal_row(cell, sealed)).collect()),
    ]
}

pub(crate) fn journal_row(cell: CellId, sealed: &Sealed) -> Row {
    let record = &sealed.record;
    vec![
        i64::from(cell.number()).into(),
        record.seq.into(),
        record.key.bits().into(),
        record.village.number().into(),
        record.kind.as_str().into(),
        record.actor.to_string().into(),
        record.at.micros().into(),
        Value::Bytes(sealed.payload.clone()),
        sealed.payload_hash.into(),
        sealed.chain.into(),
    ]
}
