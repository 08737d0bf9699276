//! The PostgreSQL adapter: set-based statements, sent in pipelines. Owns the PostgreSQL dialect.
//!
//! Isolation is READ COMMITTED with the cell's row locked first. A commit that waits for a standby
//! is never cancelled: see `15-storage` 5.3.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::join_all;
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{AsyncMessage, Client, NoTls, Statement};
use verger_domain::id::CellId;

use crate::engine::{Engine, HEAD_SELECT, HEAD_UPDATE, Head, Mode, Select, Write};
use crate::engine::{head_from, head_params};
use crate::error::{Class, StoreError};
use crate::sqlite::Access;
use crate::table::{Column, Kind, Row, Table, Value};

/// A connection to a PostgreSQL server, with the runtime that drives it.
pub(crate) struct Postgres {
    url: String,
    access: Access,
    runtime: Runtime,
    client: Client,
    statements: BTreeMap<String, Statement>,
    is_unconfirmed: Arc<AtomicBool>,
}

type Params = Vec<Box<dyn ToSql + Sync + Send>>;
type Reply<'a> = Pin<Box<dyn Future<Output = Result<Answer, tokio_postgres::Error>> + 'a>>;

/// What one statement of a pipeline returns.
enum Answer {
    Rows(Vec<tokio_postgres::Row>),
    Changed(u64),
    Done,
}

/// One statement of a pipeline.
enum Step {
    Script(&'static str),
    Query(Statement, Params),
    Execute(Statement, Params),
}

// Generic plans save a planning step a statement; with them the planner must not guess from the
// state of empty tables, so on this connection it may only walk indexes from a list of keys.
const WRITER_SESSION: &str = "
    set plan_cache_mode = force_generic_plan;
    set enable_seqscan = off;
    set enable_hashjoin = off;
    set enable_mergejoin = off;
    set enable_bitmapscan = off;
    set jit = off;
    set lock_timeout = '10s';
";
const READER_SESSION: &str = "
    set default_transaction_read_only = on;
    set default_transaction_isolation = 'repeatable read';
    set jit = off;
";

impl Postgres {
    /// Connects to the server that `url` names.
    pub(crate) fn open(url: &str, access: Access) -> Result<Self, StoreError> {
        let runtime = Builder::new_current_thread().enable_io().enable_time().build();
        let runtime = runtime.map_err(|source| StoreError::Io { path: url.into(), source })?;
        let is_unconfirmed = Arc::new(AtomicBool::new(false));
        let client = runtime.block_on(connect(url, access, Arc::clone(&is_unconfirmed)))?;
        let url = url.to_owned();
        Ok(Self { url, access, runtime, client, statements: BTreeMap::new(), is_unconfirmed })
    }

    fn prepare(&mut self, sql: &str) -> Result<Statement, StoreError> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.runtime.block_on(self.client.prepare(&placeholders(sql)))?;
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    /// Sends all steps at once and waits for all answers. The first real error wins: what follows
    /// it in the pipeline only says that the transaction is aborted (25P02).
    fn pipeline(&mut self, steps: &[Step]) -> Result<Vec<Answer>, StoreError> {
        let client = &self.client;
        let replies = steps.iter().map(|step| -> Reply<'_> {
            match step {
                Step::Script(sql) => {
                    Box::pin(async { client.batch_execute(sql).await.map(|()| Answer::Done) })
                }
                Step::Query(statement, params) => Box::pin(async move {
                    client.query(statement, &by_ref(params)).await.map(Answer::Rows)
                }),
                Step::Execute(statement, params) => Box::pin(async move {
                    client.execute(statement, &by_ref(params)).await.map(Answer::Changed)
                }),
            }
        });
        let answers = self.runtime.block_on(join_all(replies));
        let is_aborted =
            |error: &tokio_postgres::Error| error.code().is_some_and(|code| code.code() == "25P02");
        let errors = || answers.iter().filter_map(|answer| answer.as_ref().err());
        let position = match errors().position(|error| !is_aborted(error)) {
            Some(position) => Some(position),
            None => errors().next().map(|_| 0),
        };
        match position {
            None => Ok(answers.into_iter().filter_map(Result::ok).collect()),
            Some(position) => {
                let error = answers.into_iter().filter_map(Result::err).nth(position);
                Err(error.expect("the position was just found").into())
            }
        }
    }

    fn select_steps(&mut self, cell: CellId, selects: &[Select]) -> Result<Vec<Step>, StoreError> {
        let mut steps = Vec::with_capacity(selects.len());
        for select in selects {
            let statement = self.prepare(&select_sql(select.table, select.by))?;
            let mut params: Params = vec![Box::new(i64::from(cell.number()))];
            for (index, name) in select.by.iter().enumerate() {
                params.push(array(select.table.column(name).kind, &select.keys, index));
            }
            steps.push(Step::Query(statement, params));
        }
        Ok(steps)
    }

    fn write_step(&mut self, write: &Write) -> Result<Step, StoreError> {
        let statement = self.prepare(&write_sql(write.table, write.mode))?;
        let columns: Vec<&Column> = match write.mode {
            Mode::Delete => write.table.key_columns().collect(),
            Mode::Insert | Mode::Upsert => write.table.columns.iter().collect(),
        };
        let params = columns.iter().enumerate();
        let params = params.map(|(index, column)| array(column.kind, &write.rows, index)).collect();
        Ok(Step::Execute(statement, params))
    }

    fn check_confirmed(&self) -> Result<(), StoreError> {
        if self.is_unconfirmed.swap(false, Ordering::SeqCst) {
            return Err(StoreError::Unconfirmed);
        }
        Ok(())
    }
}

async fn connect(
    url: &str,
    access: Access,
    is_unconfirmed: Arc<AtomicBool>,
) -> Result<Client, StoreError> {
    let (client, mut connection) = tokio_postgres::connect(url, NoTls).await?;
    let mut messages =
        futures_util::stream::poll_fn(move |context| connection.poll_message(context));
    tokio::spawn(async move {
        use futures_util::StreamExt;
        while let Some(Ok(message)) = messages.next().await {
            // The server says so in a warning when a commit did not wait for its standby.
            if let AsyncMessage::Notice(notice) = message
                && notice.message().contains("synchronous replication")
            {
                is_unconfirmed.store(true, Ordering::SeqCst);
            }
        }
    });
    let session = match access {
        Access::Write => WRITER_SESSION,
        Access::Read => READER_SESSION,
    };
    client.batch_execute(session).await?;
    Ok(client)
}

fn by_ref(params: &Params) -> Vec<&(dyn ToSql + Sync)> {
    params.iter().map(|param| -> &(dyn ToSql + Sync) { param.as_ref() }).collect()
}

/// `?1` becomes `$1`: texts that both engines share are written with SQLite's numbered marks.
fn placeholders(sql: &str) -> String {
    sql.replace('?', "$")
}

fn type_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Int => "bigint",
        Kind::Bytes => "bytea",
        Kind::Text => "text",
    }
}

/// One column of many rows as one array parameter.
fn array(kind: Kind, rows: &[Row], index: usize) -> Box<dyn ToSql + Sync + Send> {
    let values = rows.iter().map(|row| row.get(index));
    match kind {
        Kind::Int => Box::new(
            values
                .map(
                    |value| if let Some(Value::Int(number)) = value { Some(*number) } else { None },
                )
                .collect::<Vec<Option<i64>>>(),
        ),
        Kind::Bytes => Box::new(
            values
                .map(|v| if let Some(Value::Bytes(bytes)) = v { Some(bytes.clone()) } else { None })
                .collect::<Vec<Option<Vec<u8>>>>(),
        ),
        Kind::Text => Box::new(
            values
                .map(|v| if let Some(Value::Text(text)) = v { Some(text.clone()) } else { None })
                .collect::<Vec<Option<String>>>(),
        ),
    }
}

fn one(value: &Value) -> Box<dyn ToSql + Sync + Send> {
    match value {
        Value::Null => Box::new(None::<i64>),
        Value::Int(number) => Box::new(*number),
        Value::Bytes(bytes) => Box::new(bytes.clone()),
        Value::Text(text) => Box::new(text.clone()),
    }
}

fn unnest<'a>(columns: impl Iterator<Item = &'a Column>, first: usize) -> String {
    let arrays = columns.zip(first..).map(|(c, n)| format!("?{n}::{}[]", type_name(c.kind)));
    format!("unnest({})", arrays.collect::<Vec<_>>().join(", "))
}

fn select_sql(table: &Table, by: &[&str]) -> String {
    let wanted: Vec<String> = table.columns.iter().map(|c| format!("t.{}", c.name)).collect();
    let wanted = wanted.join(", ");
    if by.is_empty() {
        return format!("select {wanted} from {} t where t.cell_id = ?1", table.name);
    }
    let keys = unnest(by.iter().map(|name| table.column(name)), 2);
    let names: Vec<String> = (0..by.len()).map(|n| format!("k{n}")).collect();
    let tests: Vec<String> = by.iter().zip(&names).map(|(c, k)| format!("t.{c} = k.{k}")).collect();
    format!(
        "select {wanted} from {keys} as k({}) join {} t on {} where t.cell_id = ?1",
        names.join(", "),
        table.name,
        tests.join(" and ")
    )
}

fn write_sql(table: &Table, mode: Mode) -> String {
    if mode == Mode::Delete {
        let keys = unnest(table.key_columns(), 1);
        let names: Vec<String> = (0..table.key).map(|n| format!("k{n}")).collect();
        let tests = table.key_columns().zip(&names).map(|(c, k)| format!("t.{} = k.{k}", c.name));
        let (names, tests) = (names.join(", "), tests.collect::<Vec<_>>().join(" and "));
        return format!("delete from {} t using {keys} as k({names}) where {tests}", table.name);
    }
    let (columns, rows) = (table.column_list(), unnest(table.columns.iter(), 1));
    let mut sql = format!("insert into {} ({columns}) select * from {rows}", table.name);
    if mode == Mode::Upsert {
        sql.push_str(&table.on_conflict());
    }
    sql
}

fn row_values(row: &tokio_postgres::Row) -> Result<Row, StoreError> {
    let mut values = Vec::with_capacity(row.len());
    for (index, column) in row.columns().iter().enumerate() {
        let value: Value = match *column.type_() {
            Type::INT8 => row.try_get::<_, Option<i64>>(index)?.into(),
            Type::INT4 => row.try_get::<_, Option<i32>>(index)?.map(i64::from).into(),
            Type::BYTEA => {
                row.try_get::<_, Option<Vec<u8>>>(index)?.map_or(Value::Null, Value::Bytes)
            }
            Type::TEXT => row.try_get::<_, Option<String>>(index)?.into(),
            ref other => {
                let what = format!("a column of type {other}");
                return Err(StoreError::Decode { table: "a query", what });
            }
        };
        values.push(value);
    }
    Ok(values)
}

fn rows_of(answers: impl Iterator<Item = Answer>) -> Result<Vec<Vec<Row>>, StoreError> {
    let rows = answers.filter_map(|answer| match answer {
        Answer::Rows(rows) => Some(rows.iter().map(row_values).collect()),
        Answer::Changed(_) | Answer::Done => None,
    });
    rows.collect()
}

impl Engine for Postgres {
    fn begin(
        &mut self,
        cell: CellId,
        selects: &[Select],
    ) -> Result<(Head, Vec<Vec<Row>>), StoreError> {
        let lock = self.prepare(&format!("{HEAD_SELECT} for update"))?;
        let number: Params = vec![Box::new(i64::from(cell.number()))];
        let mut steps = vec![Step::Script("begin"), Step::Query(lock, number)];
        steps.extend(self.select_steps(cell, selects)?);
        let mut rows = rows_of(self.pipeline(&steps)?.into_iter())?.into_iter();
        let head = head_from(cell, rows.next().unwrap_or_default())?;
        Ok((head, rows.collect()))
    }

    fn select(&mut self, cell: CellId, selects: &[Select]) -> Result<Vec<Vec<Row>>, StoreError> {
        let steps = self.select_steps(cell, selects)?;
        rows_of(self.pipeline(&steps)?.into_iter())
    }

    fn commit(&mut self, head: &Head, writes: &[Write]) -> Result<(), StoreError> {
        let update = self.prepare(HEAD_UPDATE)?;
        let params = head_params(head).iter().map(one).collect();
        let mut steps = vec![Step::Execute(update, params)];
        for write in writes {
            steps.push(self.write_step(write)?);
        }
        // One round trip: a failed statement turns the commit into a rollback. The cell's row has
        // been locked since `begin`, where the lane checked its epoch.
        steps.push(Step::Script("commit"));
        let answers = self.pipeline(&steps)?;
        self.check_confirmed()?;
        let mut changed = answers.iter().map(|answer| match answer {
            Answer::Changed(changed) => *changed,
            Answer::Rows(_) | Answer::Done => 0,
        });
        if changed.next() != Some(1) {
            return Err(StoreError::Fenced { cell: head.cell.number() });
        }
        writes.iter().zip(changed).try_for_each(|(write, changed)| check_count(write, changed))
    }

    fn rollback(&mut self) -> Result<(), StoreError> {
        let undone = self.pipeline(&[Step::Script("rollback")]);
        if undone.as_ref().is_err_and(|error| error.class() == Class::Unknown)
            || self.client.is_closed()
        {
            let flag = Arc::clone(&self.is_unconfirmed);
            self.client = self.runtime.block_on(connect(&self.url, self.access, flag))?;
            self.statements.clear();
        }
        Ok(())
    }

    fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        let statement = self.prepare(sql)?;
        let params = params.iter().map(one).collect();
        let answers = self.pipeline(&[Step::Query(statement, params)])?;
        Ok(rows_of(answers.into_iter())?.pop().unwrap_or_default())
    }

    fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, StoreError> {
        let statement = self.prepare(sql)?;
        let params = params.iter().map(one).collect();
        match self.pipeline(&[Step::Execute(statement, params)])?.pop() {
            Some(Answer::Changed(changed)) => Ok(changed),
            _ => Ok(0),
        }
    }

    fn script(&mut self, sql: &str) -> Result<(), StoreError> {
        Ok(self.runtime.block_on(self.client.batch_execute(sql))?)
    }

    fn write(&mut self, write: &Write) -> Result<(), StoreError> {
        let step = self.write_step(write)?;
        match self.pipeline(&[step])?.pop() {
            Some(Answer::Changed(changed)) => check_count(write, changed),
            _ => Ok(()),
        }
    }

    fn idle(&mut self) -> Result<(), StoreError> {
        Ok(())
    }
}

fn check_count(write: &Write, changed: u64) -> Result<(), StoreError> {
    let expected = u64::try_from(write.rows.len()).unwrap_or(u64::MAX);
    if changed == expected || write.mode == Mode::Delete {
        return Ok(());
    }
    Err(StoreError::RowCount { table: write.table.name, changed, expected })
}
