//! What can go wrong below the rules, and what the lane does about it.

use std::path::PathBuf;

/// A failure of the machine, the database or the data; never a "no" of a rule.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite failed.
    #[error("the SQLite database failed")]
    Sqlite(#[from] rusqlite::Error),
    /// PostgreSQL failed.
    #[error("the PostgreSQL database failed")]
    Postgres(#[from] tokio_postgres::Error),
    /// PostgreSQL committed without its standby, so the outcome is not certain.
    #[error("the commit was not confirmed by the standby")]
    Unconfirmed,
    /// A row holds something it cannot hold.
    #[error("table {table} holds a wrong value: {what}")]
    Decode {
        /// The table.
        table: &'static str,
        /// What is wrong.
        what: String,
    },
    /// A statement changed another number of rows than it must.
    #[error("table {table}: {changed} rows changed, {expected} expected")]
    RowCount {
        /// The table.
        table: &'static str,
        /// How many were changed.
        changed: u64,
        /// How many should have been.
        expected: u64,
    },
    /// Another process owns the cell now.
    #[error("cell {cell} belongs to another process now")]
    Fenced {
        /// The cell.
        cell: u16,
    },
    /// Another process owns the database.
    #[error(
        "{owner} is using this database; stop it first, or wait {seconds} seconds if it crashed"
    )]
    Leased {
        /// Who.
        owner: String,
        /// For how long at most.
        seconds: i64,
    },
    /// Another process uses the data folder.
    #[error("another verger is using the data folder {}; stop it first", .0.display())]
    Locked(PathBuf),
    /// The data folder or a file in it cannot be used.
    #[error("{} cannot be used", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The schema is of a newer program.
    #[error(
        "the database has schema version {found}, this program knows {known}: use a newer program"
    )]
    SchemaNewer {
        /// The database's version.
        found: i64,
        /// The newest version this program knows.
        known: i64,
    },
    /// The schema is missing or old.
    #[error(
        "the database has schema version {found}, this program needs {needed}: run `verger migrate`"
    )]
    SchemaOlder {
        /// The database's version.
        found: i64,
        /// The version this program needs.
        needed: i64,
    },
    /// A migration that was applied is not the one this program has.
    #[error(
        "migration {version} was applied with another text: this database is of another program"
    )]
    SchemaChanged {
        /// The migration.
        version: i64,
    },
    /// An archive is not what it should be.
    #[error("{} is not a sound archive: {what}", .path.display())]
    Archive {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
}

/// What to do about a failure. Source: `15-storage` 6.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Nothing happened: the same batch may be tried again.
    Retry,
    /// It may or may not have happened: reconnect and run the same commands, whose keys make it
    /// exact.
    Unknown,
    /// The batch breaks a rule of the database: find the command that does.
    Bug,
    /// Writing must stop: the disk is full or gone, or another process has taken over.
    Stop,
}

impl StoreError {
    /// What to do about it.
    pub fn class(&self) -> Class {
        match self {
            Self::Sqlite(error) => sqlite_class(error),
            Self::Postgres(error) => postgres_class(error),
            Self::Unconfirmed => Class::Unknown,
            Self::Decode { .. } | Self::RowCount { .. } => Class::Bug,
            Self::Fenced { .. }
            | Self::Leased { .. }
            | Self::Locked(_)
            | Self::Io { .. }
            | Self::SchemaNewer { .. }
            | Self::SchemaOlder { .. }
            | Self::SchemaChanged { .. }
            | Self::Archive { .. } => Class::Stop,
        }
    }
}

fn sqlite_class(error: &rusqlite::Error) -> Class {
    use rusqlite::ErrorCode as Code;
    match error.sqlite_error_code() {
        Some(Code::DatabaseBusy | Code::DatabaseLocked) => Class::Retry,
        Some(
            Code::DiskFull
            | Code::SystemIoFailure
            | Code::ReadOnly
            | Code::CannotOpen
            | Code::DatabaseCorrupt
            | Code::NotADatabase
            | Code::OutOfMemory,
        ) => Class::Stop,
        _ => Class::Bug,
    }
}

fn postgres_class(error: &tokio_postgres::Error) -> Class {
    let Some(code) = error.code().map(tokio_postgres::error::SqlState::code) else {
        return Class::Unknown;
    };
    match code {
        "40001" | "40P01" | "55P03" => Class::Retry,
        // Disk full and read-only transactions: nothing is stored, and nothing will be.
        "53100" | "25006" => Class::Stop,
        code if code.starts_with("08") || code.starts_with("57P") => Class::Unknown,
        _ => Class::Bug,
    }
}

/// The error and its causes in one line, for logs and the command line.
pub fn chain_text(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}
