//! The command path: lock a cell, load what commands read, write back what they changed, commit.
//! Owns the order of statements; must not decide anything.

mod load;
mod save;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use load::{fill_state, journal_record, selects_for};
pub(crate) use save::journal_row;
use save::{append_writes, state_writes};
use verger_domain::Reads;
use verger_domain::codec::{self, Hash};
use verger_domain::effect::{Record, Timer};
use verger_domain::id::{CellId, CommandId, VillageId};
use verger_domain::policy::Policy;
use verger_domain::state::{OutboxRow, State};
use verger_domain::time::Instant;

use crate::engine::{Engine, Head, Select};
use crate::error::StoreError;
use crate::reader::PictureSize;
use crate::rows;
use crate::table::{self, Row, Value};

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
