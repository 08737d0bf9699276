//! What both databases can do, in six verbs over tables as data. Owns the contract; the two
//! adapters stand side by side in `sqlite.rs` and `postgres.rs` and pass one conformance suite.

use verger_domain::codec::Hash;
use verger_domain::id::CellId;
use verger_domain::time::Instant;

use crate::error::StoreError;
use crate::table::{Row, Table, Value};

/// Where a cell's chain stands, and under which ownership.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The cell.
    pub cell: CellId,
    /// The number of its last record.
    pub seq: u64,
    /// The chain after its last record.
    pub chain: Hash,
    /// When its last record was decided.
    pub at: Instant,
    /// How often the cell has changed hands.
    pub epoch: i64,
}

/// Rows of one table of one cell, looked up by the equality of some columns.
#[derive(Debug)]
pub(crate) struct Select {
    pub(crate) table: &'static Table,
    /// The columns that are compared, beside `cell_id`.
    pub(crate) by: &'static [&'static str],
    /// One list of values for each wanted key.
    pub(crate) keys: Vec<Row>,
}

/// Rows to write into one table.
#[derive(Debug)]
pub(crate) struct Write {
    pub(crate) table: &'static Table,
    pub(crate) rows: Vec<Row>,
    pub(crate) mode: Mode,
}

/// What writing does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Adds rows that must not be there.
    Insert,
    /// Adds or replaces rows.
    Upsert,
    /// Removes rows; only their keys are given. A row that is gone already is no error.
    Delete,
}

/// A connection to one of the two databases.
///
/// The trait is synchronous: a lane is a thread that owns its connection, and the PostgreSQL adapter
/// keeps a small runtime of its own for pipelining.
pub(crate) trait Engine: Send {
    /// Opens a transaction, locks the cell's row and looks rows up, in as few round trips as it
    /// takes.
    fn begin(
        &mut self,
        cell: CellId,
        selects: &[Select],
    ) -> Result<(Head, Vec<Vec<Row>>), StoreError>;

    /// Looks more rows up in the open transaction.
    fn select(&mut self, cell: CellId, selects: &[Select]) -> Result<Vec<Vec<Row>>, StoreError>;

    /// Writes everything and commits with full durability. Each write must change exactly the rows
    /// it names, and the cell must still be of the head's epoch.
    fn commit(&mut self, head: &Head, writes: &[Write]) -> Result<(), StoreError>;

    /// Gives the open transaction up. After an unknown outcome it also reconnects.
    fn rollback(&mut self) -> Result<(), StoreError>;

    /// Runs a query whose text both engines understand, with parameters written `?1`, `?2` ...
    fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, StoreError>;

    /// Runs a statement whose text both engines understand and returns how many rows it changed.
    fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, StoreError>;

    /// Runs statements without parameters, for migrations and transactions of the command line.
    fn script(&mut self, sql: &str) -> Result<(), StoreError>;

    /// Writes rows in the open transaction, without touching a cell's head. For archives and moves.
    fn write(&mut self, write: &Write) -> Result<(), StoreError>;

    /// Work for a quiet moment: SQLite empties its write-ahead log.
    fn idle(&mut self) -> Result<(), StoreError>;
}

/// The statement that moves a cell's head; its row count proves the ownership.
pub(crate) const HEAD_UPDATE: &str =
    "update cell set seq = ?2, chain = ?3, at = ?4 where cell_id = ?1 and epoch = ?5";

/// The parameters of [`HEAD_UPDATE`].
pub(crate) fn head_params(head: &Head) -> Row {
    vec![
        i64::from(head.cell.number()).into(),
        head.seq.into(),
        head.chain.into(),
        head.at.micros().into(),
        head.epoch.into(),
    ]
}

/// The query that reads a cell's head; PostgreSQL adds the lock.
pub(crate) const HEAD_SELECT: &str = "select seq, chain, at, epoch from cell where cell_id = ?1";

/// The head that [`HEAD_SELECT`] returned.
pub(crate) fn head_from(cell: CellId, rows: Vec<Row>) -> Result<Head, StoreError> {
    let row = rows.into_iter().next().ok_or(StoreError::RowCount {
        table: "cell",
        changed: 0,
        expected: 1,
    })?;
    let mut fields = crate::table::Fields::new("cell", row);
    let (seq, chain, at) = (fields.num()?, fields.array()?, fields.int()?);
    Ok(Head { cell, seq, chain, at: Instant::from_micros(at), epoch: fields.int()? })
}
