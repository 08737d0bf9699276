//! The place on which vectors are played: one household in a village, on a store of its own and an
//! engine of the caller's choice. Owns nothing but that; must not know any vector.

use std::sync::Arc;

use verger_app::clock::ManualClock;
use verger_app::{App, AppError};
use verger_domain::id::VillageId;
use verger_domain::ledger::{AccountId, AccountKey};
use verger_domain::time::Instant;
use verger_domain::{Actor, Body};
use verger_store::{Location, Store};

use crate::postgres::PostgresServer;
use crate::temp::TempFolder;
use crate::village::{Cast, START_MICROS, command, open_app_at, settle};

/// The largest amount that any policy allows.
const AMOUNT_MINOR_MAX: i64 = 1_000_000_000_000_000;

/// The engine that keeps the books of a vector.
#[derive(Clone, Copy, Debug)]
pub enum Engine<'a> {
    /// An SQLite file in a temporary folder.
    Sqlite,
    /// A new database of this server.
    Postgres(&'a PostgresServer),
}

/// A village of one household, on a store of its own.
pub(super) struct Stage {
    pub(super) app: App,
    pub(super) clock: Arc<ManualClock>,
    pub(super) cast: Cast,
    steps: u32,
    _folder: TempFolder,
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.app.close();
    }
}

impl Stage {
    pub(super) fn new(engine: Engine<'_>) -> Result<Self, String> {
        Self::at(engine, Instant::from_micros(START_MICROS))
    }

    /// A stage whose village begins at this moment. Its policy allows the largest amounts there can
    /// be: a vector looks for the last bit.
    pub(super) fn at(engine: Engine<'_>, start: Instant) -> Result<Self, String> {
        let folder = TempFolder::new().map_err(|error| error.to_string())?;
        let location = match engine {
            Engine::Sqlite => Location::Folder(folder.path().to_owned()),
            Engine::Postgres(server) => {
                Location::Postgres(server.database().map_err(|error| error.to_string())?)
            }
        };
        let clock = Arc::new(ManualClock::new(start));
        let app = open_app_at(Store::new(location), &clock, |mut config| {
            config.policy.ledger.amount_minor_max = AMOUNT_MINOR_MAX;
            config
        });
        let app = app.map_err(|error| error.to_string())?;
        let cast = settle(&app, VillageId::new(1), "vectors", 1).map_err(|e| e.to_string())?;
        Ok(Self { app, clock, cast, steps: 0, _folder: folder })
    }

    /// Submits under a fresh name and returns `ok` or the refusal's code.
    pub(super) fn submit(&mut self, actor: Actor, body: Body) -> Result<String, String> {
        self.steps += 1;
        let name = format!("step {}", self.steps);
        self.submit_as(&name, actor, body).map(|(code, _)| code)
    }

    /// Submits under this name and returns the code and whether it was a repeat.
    pub(super) fn submit_as(
        &self,
        name: &str,
        actor: Actor,
        body: Body,
    ) -> Result<(String, bool), String> {
        match self.app.submit_blocking(command(self.cast.village, actor, name, body)) {
            Ok(receipt) => {
                let refusal = receipt.record.refusal.as_ref();
                let code = refusal.map_or("ok".to_owned(), verger_domain::Refusal::code);
                Ok((code, receipt.is_replay))
            }
            Err(AppError::KeyReused { .. }) => Ok(("key_reused".to_owned(), false)),
            Err(error) => Err(error.to_string()),
        }
    }

    /// The posted balance of an account, debit positive; nothing where there is none.
    pub(super) fn balance_minor(&self, key: AccountKey) -> Result<i64, String> {
        let id = AccountId { village: self.cast.village, key };
        let question = self.app.ask_blocking(id.village, move |r, cell| r.account(cell, id));
        let account = question.map_err(|error| error.to_string())?;
        Ok(account.map_or(0, |account| account.balance_minor()))
    }

    /// What the wallet has posted, pending and available right now.
    pub(super) fn wallet(&self) -> Result<(i64, i64, i64), String> {
        let id = AccountId { village: self.cast.village, key: self.cast.wallet(0) };
        let at = self.app.now().at;
        let question = self.app.ask_blocking(id.village, move |r, cell| r.account_at(cell, id, at));
        let account = question.map_err(|error| error.to_string())?;
        let account = account.ok_or("the wallet is missing")?;
        Ok((account.owned_minor(), account.reserved_minor(), account.available_minor()))
    }
}
