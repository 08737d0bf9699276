//! Schema versions: numbered SQL files per engine, forward only, each with its hash. Owns the list;
//! refuses a database of a newer or of another program.

use verger_domain::codec;

use crate::engine::Engine;
use crate::error::StoreError;
use crate::table::{Fields, Value};

/// One step of the schema.
struct Migration {
    version: i64,
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

static MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "foundation",
        sqlite: include_str!("../migrations/sqlite/0001_foundation.sql"),
        postgres: include_str!("../migrations/postgres/0001_foundation.sql"),
    },
    Migration {
        version: 2,
        name: "market",
        sqlite: include_str!("../migrations/sqlite/0002_market.sql"),
        postgres: include_str!("../migrations/postgres/0002_market.sql"),
    },
    Migration {
        version: 3,
        name: "reviews",
        sqlite: include_str!("../migrations/sqlite/0003_reviews.sql"),
        postgres: include_str!("../migrations/postgres/0003_reviews.sql"),
    },
    Migration {
        version: 4,
        name: "sellers",
        sqlite: include_str!("../migrations/sqlite/0004_sellers.sql"),
        postgres: include_str!("../migrations/postgres/0004_sellers.sql"),
    },
    Migration {
        version: 5,
        name: "trust",
        sqlite: include_str!("../migrations/sqlite/0005_trust.sql"),
        postgres: include_str!("../migrations/postgres/0005_trust.sql"),
    },
    Migration {
        version: 6,
        name: "credit",
        sqlite: include_str!("../migrations/sqlite/0006_credit.sql"),
        postgres: include_str!("../migrations/postgres/0006_credit.sql"),
    },
    Migration {
        version: 7,
        name: "cooperative",
        sqlite: include_str!("../migrations/sqlite/0007_cooperative.sql"),
        postgres: include_str!("../migrations/postgres/0007_cooperative.sql"),
    },
    Migration {
        version: 8,
        name: "statistics",
        sqlite: include_str!("../migrations/sqlite/0008_statistics.sql"),
        postgres: include_str!("../migrations/postgres/0008_statistics.sql"),
    },
    Migration {
        version: 9,
        name: "lists",
        sqlite: include_str!("../migrations/sqlite/0009_lists.sql"),
        postgres: include_str!("../migrations/postgres/0009_lists.sql"),
    },
    Migration {
        version: 10,
        name: "saved",
        sqlite: include_str!("../migrations/sqlite/0010_saved.sql"),
        postgres: include_str!("../migrations/postgres/0010_saved.sql"),
    },
];

/// Which SQL a migration takes its text from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

/// The newest version this program knows.
pub const SCHEMA_VERSION: i64 = 10;

/// What `migrate` did or would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The version.
    pub version: i64,
    /// Its name.
    pub name: &'static str,
}

fn text(migration: &Migration, dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => migration.sqlite,
        Dialect::Postgres => migration.postgres,
    }
}

/// The version of the database's schema, after checking that every applied step is ours.
pub(crate) fn version(engine: &mut dyn Engine, dialect: Dialect) -> Result<i64, StoreError> {
    let table = match dialect {
        Dialect::Sqlite => "select count(*) from sqlite_schema where name = 'schema_migration'",
        Dialect::Postgres => {
            "select count(*) from pg_tables where tablename = 'schema_migration'
             and schemaname = current_schema()"
        }
    };
    let rows = engine.query(table, &[])?;
    if rows.first().and_then(|row| row.first()) != Some(&Value::Int(1)) {
        return Ok(0);
    }
    let mut found = 0;
    for row in engine.query("select version, hash from schema_migration order by version", &[])? {
        let mut fields = Fields::new("schema_migration", row);
        let (version, hash) = (fields.int()?, fields.text()?);
        if version > SCHEMA_VERSION {
            return Err(StoreError::SchemaNewer { found: version, known: SCHEMA_VERSION });
        }
        let known = MIGRATIONS.iter().find(|migration| migration.version == version);
        if known.map(|migration| hash_of(text(migration, dialect))) != Some(hash) {
            return Err(StoreError::SchemaChanged { version });
        }
        found = version;
    }
    Ok(found)
}

/// The steps that a database of this version lacks.
pub(crate) fn pending(version: i64) -> Vec<Step> {
    let missing = MIGRATIONS.iter().filter(|migration| migration.version > version);
    missing.map(|migration| Step { version: migration.version, name: migration.name }).collect()
}

/// Applies the missing steps, each in a transaction of its own.
pub(crate) fn apply(engine: &mut dyn Engine, dialect: Dialect) -> Result<Vec<Step>, StoreError> {
    let steps = pending(version(engine, dialect)?);
    for step in &steps {
        let migration = MIGRATIONS.iter().find(|migration| migration.version == step.version);
        let migration = migration.expect("pending steps come from the list");
        let (sql, name) = (text(migration, dialect), migration.name);
        let hash = hash_of(sql);
        engine.script(&format!(
            "begin;
             create table if not exists schema_migration (
               version {int} not null primary key, name text not null, hash text not null
             );
             {sql}
             insert into schema_migration values ({version}, '{name}', '{hash}');
             commit;",
            int = if dialect == Dialect::Sqlite { "integer" } else { "bigint" },
            version = migration.version,
        ))?;
    }
    Ok(steps)
}

fn hash_of(sql: &str) -> String {
    codec::to_hex(&codec::sha256(sql.as_bytes()))
}
