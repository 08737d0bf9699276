//! Archives: one SQLite file, whatever the engine, with a manifest beside it. Owns copying; whether
//! the books in a copy are sound is asked by the app's check.
//!
//! Because the file is the same on both engines, an archive of a village computer restores onto a
//! county's PostgreSQL server.

use std::path::{Path, PathBuf};

use rusqlite::backup::{Backup, StepResult};
use serde::{Deserialize, Serialize};
use verger_domain::codec;
use verger_domain::id::CellId;

use crate::engine::{Engine, Mode, Write};
use crate::error::StoreError;
use crate::migrate::{self, Dialect};
use crate::reader::Reader;
use crate::sqlite::{Access, Sqlite};
use crate::table::{self, Table, Value};
use crate::{FILE_NAME, Location, Store};

/// How far a copy is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Parts done: pages of a file or tables of a cell.
    pub done: u64,
    /// Parts in all.
    pub total: u64,
}

/// What an archive holds, written beside it as `<file>.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The number of records in each cell that has any.
    pub cells: std::collections::BTreeMap<CellId, u64>,
    /// The schema's version.
    pub schema_version: i64,
    /// SHA-256 of the file.
    #[serde(with = "codec::hex_hash")]
    pub sha256: codec::Hash,
}

const PAGES_A_STEP: i32 = 512;

/// Whoever owned the books that were copied does not own the copy.
const DISOWN: &str = "update cell set owner = '', lease_until = 0";

/// Copies an SQLite database while it is in use.
pub(crate) fn copy_sqlite(
    from: &Path,
    to: &Path,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), StoreError> {
    let source = Sqlite::open(from, Access::Read)?;
    remove_if_there(to)?;
    // A read transaction keeps the copy on one state of the books: without it every commit of the
    // program would make the copy start again.
    source.connection().execute_batch("begin")?;
    source.connection().query_row("select count(*) from sqlite_schema", [], |_| Ok(()))?;
    let mut target = rusqlite::Connection::open(to)?;
    {
        let backup = Backup::new(source.connection(), &mut target)?;
        while backup.step(PAGES_A_STEP)? != StepResult::Done {
            let pages = backup.progress();
            let part = |pages: i32| u64::try_from(pages).unwrap_or(0);
            let (total, left) = (part(pages.pagecount), part(pages.remaining));
            progress(Progress { done: total.saturating_sub(left), total });
        }
    }
    // The copy must be one file: without a log of its own beside it.
    target.execute_batch("pragma journal_mode = delete; pragma synchronous = full;")?;
    target.execute_batch(DISOWN)?;
    Ok(())
}

fn remove_if_there(path: &Path) -> Result<(), StoreError> {
    match std::fs::remove_file(path) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(StoreError::Io { path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}

impl Store {
    /// Writes an archive of the store to a file while it is in use. An existing file is refused.
    ///
    /// # Errors
    /// When the database or the file fails.
    pub fn backup(
        &self,
        file: &Path,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Manifest, StoreError> {
        if file.exists() {
            return Err(archive_error(file, "it exists already; choose another name"));
        }
        match &self.location {
            Location::Folder(folder) => copy_sqlite(&folder.join(FILE_NAME), file, progress)?,
            Location::Archive(from) => copy_sqlite(from, file, progress)?,
            Location::Postgres(_) => {
                let mut target = Sqlite::open(file, Access::Write)?;
                migrate::apply(&mut target, Dialect::Sqlite)?;
                let mut source = self.reader()?;
                source.engine().script("begin isolation level repeatable read read only")?;
                copy_tables(&mut source, &mut target, progress)?;
                source.engine().script("commit")?;
                target.script("pragma journal_mode = delete")?;
                target.script(DISOWN)?;
            }
        }
        let manifest = Self::manifest_of(file)?;
        let text = serde_json::to_string_pretty(&manifest).expect("a manifest is plain data");
        let beside = manifest_path(file);
        let io = |source| StoreError::Io { path: beside.clone(), source };
        std::fs::write(&beside, text).map_err(io)?;
        Ok(manifest)
    }

    /// Brings an archive back. The store must be empty unless `overwrite`.
    ///
    /// # Errors
    /// When the archive does not match its manifest, or the store has data.
    pub fn restore(
        &self,
        file: &Path,
        overwrite: bool,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Manifest, StoreError> {
        let manifest = Self::verify_manifest(file)?;
        if self.exists()? && !overwrite {
            return Err(archive_error(
                file,
                "the store has data already; use --force to replace it",
            ));
        }
        match &self.location {
            Location::Archive(path) => return Err(archive_error(path, "an archive is read only")),
            Location::Folder(folder) => {
                let io = |source| StoreError::Io { path: folder.clone(), source };
                std::fs::create_dir_all(folder).map_err(io)?;
                // Copied beside and renamed, so that a crash leaves the old file or the new one.
                let (fresh, live) = (folder.join("restore.part"), folder.join(FILE_NAME));
                copy_sqlite(file, &fresh, progress)?;
                // What the old books still have in their log goes into their file first, so that they
                // are whole until the rename; broken ones cannot be helped and are replaced.
                if live.exists()
                    && let Ok(mut old) = Sqlite::open(&live, Access::Write)
                    && let Err(error) = old.idle()
                {
                    tracing::warn!(%error, "the books to be replaced are broken");
                }
                for leftover in ["-wal", "-shm"] {
                    remove_if_there(&folder.join(format!("{FILE_NAME}{leftover}")))?;
                }
                std::fs::rename(&fresh, &live).map_err(io)?;
            }
            Location::Postgres(_) => {
                self.migrate()?;
                let mut target = self.connect(Access::Write)?;
                let mut source = Store::new(Location::Archive(file.to_owned())).reader()?;
                target.script("begin")?;
                for table in table::ALL {
                    target.execute(&format!("delete from {}", table.name), &[])?;
                }
                copy_tables(&mut source, target.as_mut(), progress)?;
                target.script("commit")?;
            }
        }
        Ok(manifest)
    }

    fn verify_manifest(file: &Path) -> Result<Manifest, StoreError> {
        let beside = manifest_path(file);
        let io = |source| StoreError::Io { path: beside.clone(), source };
        let text = std::fs::read_to_string(&beside).map_err(io)?;
        let manifest: Manifest = serde_json::from_str(&text)
            .map_err(|error| archive_error(&beside, &format!("the manifest is broken: {error}")))?;
        if Self::manifest_of(file)? != manifest {
            return Err(archive_error(file, "the file does not match its manifest"));
        }
        Ok(manifest)
    }

    fn manifest_of(file: &Path) -> Result<Manifest, StoreError> {
        let io = |source| StoreError::Io { path: file.to_owned(), source };
        let sha256 = hash_file(file).map_err(io)?;
        let mut reader = Store::new(Location::Archive(file.to_owned())).reader()?;
        let mut cells = std::collections::BTreeMap::new();
        for cell in CellId::all() {
            let seq = reader.head(cell)?.seq;
            if seq > 0 {
                cells.insert(cell, seq);
            }
        }
        Ok(Manifest { cells, schema_version: migrate::SCHEMA_VERSION, sha256 })
    }
}

fn manifest_path(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".json");
    PathBuf::from(name)
}

fn archive_error(path: &Path, what: &str) -> StoreError {
    StoreError::Archive { path: path.to_owned(), what: what.to_owned() }
}

fn hash_file(path: &Path) -> std::io::Result<codec::Hash> {
    use sha2::{Digest, Sha256};
    use std::io::Read;
    let mut file = std::fs::File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let count = file.read(&mut buffer)?;
        match buffer.get(..count) {
            Some(bytes) if count > 0 => hasher.update(bytes),
            _ => return Ok(hasher.finalize().into()),
        }
    }
}

/// Copies every table, page by page.
fn copy_tables(
    source: &mut Reader,
    target: &mut dyn Engine,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), StoreError> {
    let tables = u64::try_from(table::ALL.len()).unwrap_or(0);
    let total = tables.saturating_mul(u64::from(CellId::COUNT));
    let mut done = 0;
    for cell in CellId::all() {
        for table in table::ALL {
            copy_table(source, target, (table, cell))?;
            done += 1;
            progress(Progress { done, total });
        }
    }
    Ok(())
}

fn copy_table(
    source: &mut Reader,
    target: &mut dyn Engine,
    (table, cell): (&'static Table, CellId),
) -> Result<(), StoreError> {
    const LIMIT: u32 = 1000;
    let mut after: Option<Vec<Value>> = None;
    loop {
        let rows = source.page(table, cell, after.as_deref(), LIMIT)?;
        let Some(last) = rows.last() else { return Ok(()) };
        let is_last = rows.len() < usize::try_from(LIMIT).unwrap_or(usize::MAX);
        after = Some(table.page_key(last));
        target.write(&Write { table, rows, mode: Mode::Upsert })?;
        if is_last {
            return Ok(());
        }
    }
}
