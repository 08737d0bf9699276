//! Fresh stores on both engines for a test. PostgreSQL is skipped, with a line that says so, where
//! it is not installed.

use verger_sim::postgres::{Durability, PostgresServer, ServerError};
use verger_sim::temp::TempFolder;
use verger_store::{Location, Store};

/// Stores of both engines, alive as long as this.
pub(crate) struct Engines {
    folders: Vec<TempFolder>,
    server: Option<PostgresServer>,
}

impl Engines {
    pub(crate) fn start() -> Self {
        let server = match PostgresServer::start(Durability::None) {
            Ok(server) => Some(server),
            Err(ServerError::NotInstalled) => {
                println!("skipped on PostgreSQL: it is not installed (package postgresql)");
                None
            }
            Err(error) => panic!("PostgreSQL does not start: {error}"),
        };
        Self { folders: Vec::new(), server }
    }

    /// A new, empty store on each engine, with its name.
    pub(crate) fn stores(&mut self) -> Vec<(&'static str, Store)> {
        let mut stores = vec![("sqlite", self.sqlite())];
        if let Some(server) = &self.server {
            let url = server.database().unwrap();
            stores.push(("postgres", Store::new(Location::Postgres(url))));
        }
        stores
    }

    /// Runs statements in a store's database, beside the program: the faults that tests put in.
    pub(crate) fn sql(&self, store: &Store, sqlite: &str, postgres: &str) {
        match store.location() {
            Location::Folder(folder) => {
                let file = rusqlite::Connection::open(folder.join("verger.sqlite")).unwrap();
                file.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
                file.execute_batch(sqlite).unwrap();
            }
            Location::Postgres(url) => self.server.as_ref().unwrap().sql(url, postgres).unwrap(),
            Location::Archive(_) => panic!("archives are read only"),
        }
    }

    /// A new, empty store on SQLite.
    pub(crate) fn sqlite(&mut self) -> Store {
        let folder = TempFolder::new().unwrap();
        let store = Store::new(Location::Folder(folder.path().to_owned()));
        self.folders.push(folder);
        store
    }
}
