//! Rows and domain values on two engines: SQLite, embedded, by default, and PostgreSQL.
//!
//! Owns schemas, statements, transactions, archives and moves between cells. Must not decide
//! anything: an `if` on a business state belongs to the domain.
#![warn(missing_docs)]

mod archive;
mod cell_move;
mod document;
mod engine;
mod error;
mod loan_rows;
mod loans;
mod migrate;
mod postgres;
mod reader;
pub mod report;
mod rows;
mod sqlite;
mod storefront;
mod table;
#[cfg(test)]
mod tests;
mod writer;

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

pub use archive::{Manifest, Progress};
pub use cell_move::CellMove;
pub use document::Document;
pub use engine::Head;
pub use error::{Class, StoreError, chain_text};
pub use loans::Loan;
pub use migrate::{SCHEMA_VERSION, Step};
pub use reader::{
    EntryCursor, JournalRow, PartyFilter, PartyView, Payment, PictureSize, Reader, TrustView,
};
pub use storefront::{Named, Stars};
pub use writer::{LEASE_SECONDS, Sealed, Writer};

use engine::Engine;
use migrate::Dialect;
use postgres::Postgres;
use sqlite::{Access, Sqlite};

/// Where the data is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A folder with an SQLite file in it.
    Folder(PathBuf),
    /// One SQLite file, read only: an archive.
    Archive(PathBuf),
    /// A PostgreSQL server: `postgres://user:password@host/database` or `host=... dbname=...`.
    Postgres(String),
}

/// The database file in a data folder.
const FILE_NAME: &str = "verger.sqlite";

/// A place to keep books. Cheap to clone; connections are opened from it.
#[derive(Clone, Debug)]
pub struct Store {
    location: Location,
}

/// Keeps other processes from writing to a data folder until it is dropped.
#[derive(Debug)]
pub struct FolderLock {
    _file: Option<File>,
}

impl Store {
    /// The store at this place, which need not exist yet.
    pub fn new(location: Location) -> Self {
        Self { location }
    }

    /// Where it is.
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// Whether there is a database with a schema, of whatever version.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub fn exists(&self) -> Result<bool, StoreError> {
        if let Location::Folder(folder) = &self.location
            && !folder.join(FILE_NAME).exists()
        {
            return Ok(false);
        }
        Ok(self.version()? > 0)
    }

    /// The version of its schema; 0 for an empty database.
    ///
    /// # Errors
    /// [`StoreError::SchemaNewer`] or [`StoreError::SchemaChanged`] for a database of another
    /// program.
    pub fn version(&self) -> Result<i64, StoreError> {
        migrate::version(self.connect(Access::Read)?.as_mut(), self.dialect())
    }

    /// The steps that [`Store::migrate`] would apply.
    ///
    /// # Errors
    /// As [`Store::version`].
    pub fn pending(&self) -> Result<Vec<Step>, StoreError> {
        let is_new = matches!(&self.location, Location::Folder(f) if !f.join(FILE_NAME).exists());
        Ok(migrate::pending(if is_new { 0 } else { self.version()? }))
    }

    /// Creates the folder and brings the schema up to date. An SQLite file with data is copied
    /// first, to `verger.sqlite.before-<version>`.
    ///
    /// # Errors
    /// When the place cannot be used or is of another program.
    pub fn migrate(&self) -> Result<Vec<Step>, StoreError> {
        if let Location::Folder(folder) = &self.location {
            let io = |source| StoreError::Io { path: folder.clone(), source };
            std::fs::create_dir_all(folder).map_err(io)?;
            let pending = self.pending()?;
            let file = folder.join(FILE_NAME);
            if let Some(step) = pending.first().filter(|_| file.exists()) {
                let copy = folder.join(format!("{FILE_NAME}.before-{}", step.version));
                archive::copy_sqlite(&file, &copy, &mut |_| {})?;
            }
        }
        migrate::apply(self.connect(Access::Write)?.as_mut(), self.dialect())
    }

    /// Makes the folder and takes its lock; on PostgreSQL the lease of the cells serves instead.
    ///
    /// # Errors
    /// [`StoreError::Locked`] while another process has it, [`StoreError::Io`] without a folder.
    pub fn lock(&self) -> Result<FolderLock, StoreError> {
        let Location::Folder(folder) = &self.location else {
            return Ok(FolderLock { _file: None });
        };
        let io = |source| StoreError::Io { path: folder.clone(), source };
        std::fs::create_dir_all(folder).map_err(io)?;
        let path = folder.join("lock");
        let io = |source| StoreError::Io { path: path.clone(), source };
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(io)?;
        match file.try_lock() {
            Ok(()) => Ok(FolderLock { _file: Some(file) }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Locked(folder.clone())),
            Err(TryLockError::Error(source)) => Err(StoreError::Io { path, source }),
        }
    }

    /// A writing connection to a database of the current schema.
    ///
    /// # Errors
    /// When the schema is old or new, or the database fails.
    pub fn writer(&self) -> Result<Writer, StoreError> {
        self.check_version()?;
        Ok(Writer::new(self.connect(Access::Write)?))
    }

    /// A reading connection to a database of the current schema.
    ///
    /// # Errors
    /// As [`Store::writer`].
    pub fn reader(&self) -> Result<Reader, StoreError> {
        self.check_version()?;
        Ok(Reader::new(self.connect(Access::Read)?))
    }

    fn check_version(&self) -> Result<(), StoreError> {
        let found = self.version()?;
        if found < SCHEMA_VERSION {
            return Err(StoreError::SchemaOlder { found, needed: SCHEMA_VERSION });
        }
        Ok(())
    }

    fn dialect(&self) -> Dialect {
        match self.location {
            Location::Folder(_) | Location::Archive(_) => Dialect::Sqlite,
            Location::Postgres(_) => Dialect::Postgres,
        }
    }

    fn connect(&self, access: Access) -> Result<Box<dyn Engine>, StoreError> {
        Ok(match &self.location {
            Location::Folder(folder) => Box::new(Sqlite::open(&file_in(folder, access)?, access)?),
            Location::Archive(file) => Box::new(Sqlite::open(file, Access::Read)?),
            Location::Postgres(url) => Box::new(Postgres::open(url, access)?),
        })
    }
}

fn file_in(folder: &Path, access: Access) -> Result<PathBuf, StoreError> {
    let file = folder.join(FILE_NAME);
    if access == Access::Read && !file.exists() {
        let source = std::io::Error::from(std::io::ErrorKind::NotFound);
        return Err(StoreError::Io { path: file, source });
    }
    Ok(file)
}
