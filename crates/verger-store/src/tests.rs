//! The schema against the tables as data, on both engines: what the code writes is what there is.

use verger_sim::postgres::{Durability, PostgresServer, ServerError};
use verger_sim::temp::TempFolder;

use crate::sqlite::Access;
use crate::table::{self, Value};
use crate::{Location, Store};

fn texts(rows: Vec<Vec<Value>>) -> Vec<String> {
    let texts = rows.into_iter().flatten().filter_map(|value| match value {
        Value::Text(text) => Some(text),
        _ => None,
    });
    texts.collect()
}

/// Goal: the migrations of both engines make exactly the columns that the code reads and writes, in
/// its order. Method: migrate, ask each engine for its columns, compare with the list of tables.
#[test]
fn tables_are_as_the_migrations_make_them() {
    let folder = TempFolder::new().unwrap();
    let server = match PostgresServer::start(Durability::None) {
        Ok(server) => Some(server),
        Err(ServerError::NotInstalled) => {
            println!("skipped on PostgreSQL: it is not installed (package postgresql)");
            None
        }
        Err(error) => panic!("PostgreSQL does not start: {error}"),
    };
    let mut places = vec![(
        Location::Folder(folder.path().to_owned()),
        "select name from pragma_table_info(?1) order by cid",
    )];
    if let Some(server) = &server {
        places.push((
            Location::Postgres(server.database().unwrap()),
            "select cast(column_name as text) from information_schema.columns
             where table_name = ?1 order by ordinal_position",
        ));
    }
    for (location, columns_of) in places {
        let store = Store::new(location);
        let steps = store.migrate().unwrap().into_iter().map(|step| step.version);
        assert_eq!(steps.collect::<Vec<_>>(), (1..=crate::SCHEMA_VERSION).collect::<Vec<_>>());
        let mut engine = store.connect(Access::Read).unwrap();
        for table in table::ALL {
            let found = texts(engine.query(columns_of, &[table.name.into()]).unwrap());
            let wanted: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
            assert_eq!(found, wanted, "{} in {:?}", table.name, store.location());
        }
    }
}

/// Goal: no look-up of the command path reads a whole table, nor all of a cell's rows in it.
/// Method: SQLite's own plan for the look-up of every table by its key, and of the two others.
#[test]
fn every_look_up_uses_an_index() {
    let folder = TempFolder::new().unwrap();
    let store = Store::new(Location::Folder(folder.path().to_owned()));
    store.migrate().unwrap();
    let mut engine = store.connect(Access::Read).unwrap();
    let by_key = table::ALL.iter().map(|table| (*table, table.page_columns()));
    let others = [
        (&table::JOURNAL, vec!["key"]),
        (&table::HOLD, vec!["village_id"]),
        (&table::PARTY, vec!["village_id", "kind"]),
        (&table::LISTING, vec!["village_id", "phase"]),
        (&table::MARKET_ORDER, vec!["village_id", "flow"]),
        (&table::MARKET_ORDER, vec!["village_id", "phase"]),
        (&table::PARCEL, vec!["village_id", "phase"]),
        (&table::PARCEL, vec!["order_id"]),
        (&table::TRIP, vec!["village_id", "phase"]),
        (&table::DISPUTE, vec!["village_id", "phase"]),
        (&table::DISPUTE, vec!["order_id"]),
        (&table::GROUP_PURCHASE, vec!["village_id", "phase"]),
        (&table::TILL, vec!["village_id"]),
        (&table::LOT, vec!["household"]),
        (&table::MARKET_ORDER, vec!["buyer"]),
        (&table::MARKET_ORDER, vec!["seller"]),
        (&table::trust::LINE, vec!["order_id"]),
        (&table::trust::LINE, vec!["counterparty"]),
    ];
    for (table, columns) in by_key.chain(others) {
        let mut tests: Vec<String> = columns.iter().map(|name| format!("{name} = 1")).collect();
        if table.columns.iter().any(|column| column.name == "cell_id") {
            tests.push("cell_id = 1".to_owned());
        }
        if table.name == "hold" && columns == ["village_id"] {
            tests.push("status = 'pending'".to_owned());
        }
        let (name, tests) = (table.name, tests.join(" and "));
        let sql = format!("explain query plan select * from {name} where {tests}");
        let plan = texts(engine.query(&sql, &[]).unwrap()).join("; ");
        assert!(plan.contains("SEARCH") && !plan.contains("SCAN"), "{sql}: {plan}");
        // An index that is entered by the cell alone holds all of its rows.
        for name in columns {
            assert!(plan.contains(&format!("{name}=?")), "{sql}: {plan}");
        }
    }
}

/// Goal: a list of one phase is found by its phase, however few its rows and however small its page;
/// the key that would spare the sorting holds every row there is.
/// Method: the planner, told nothing but what every store is told.
#[test]
fn a_phase_is_found_by_its_index() {
    let folder = TempFolder::new().unwrap();
    let store = Store::new(Location::Folder(folder.path().to_owned()));
    store.migrate().unwrap();
    let mut engine = store.connect(Access::Read).unwrap();
    let has_phase = |table: &&&table::Table| table.columns.iter().any(|c| c.name == "phase");
    for table in table::ALL.iter().filter(has_phase) {
        let (name, order) = (table.name, table.sequence());
        // A village has a few dozen of these; who sees them sees them all.
        if ["listing", "till", "shelf"].contains(&name) {
            continue;
        }
        let sql = format!(
            "explain query plan select * from {name} where cell_id = 1 and village_id = 1
             and phase = 'x' order by {order} limit 50"
        );
        let plan = texts(engine.query(&sql, &[]).unwrap()).join("; ");
        assert!(plan.contains("phase=?"), "{sql}: {plan}");
    }
}

/// Goal: whoever adds an index tells the planner its shape, too; untold, the planner guesses wrong.
#[test]
fn every_index_is_described() {
    let folder = TempFolder::new().unwrap();
    let store = Store::new(Location::Folder(folder.path().to_owned()));
    store.migrate().unwrap();
    let mut engine = store.connect(Access::Read).unwrap();
    let untold = "select s.name || ': ' || l.name from sqlite_schema s, pragma_index_list(s.name) l
        where s.type = 'table' and s.name not like 'sqlite_%'
        and (select i.name from pragma_index_info(l.name) i where i.seqno = 0) = 'cell_id'
        and not exists (select 1 from sqlite_stat1 t
            where t.tbl = s.name and (t.idx = l.name or l.origin = 'pk' and t.idx = s.name))";
    assert_eq!(texts(engine.query(untold, &[]).unwrap()), Vec::<String>::new());
}

/// Goal: a statement is planned once, whatever its values are; told by its values, the planner plans
/// each statement on a table with a partial index anew for each of them.
/// Method: a text that could use such an index, asked with four values; how often it was prepared anew.
#[test]
fn a_statement_is_planned_once() {
    let folder = TempFolder::new().unwrap();
    let store = Store::new(Location::Folder(folder.path().to_owned()));
    store.migrate().unwrap();
    for access in [Access::Read, Access::Write] {
        let engine = crate::sqlite::Sqlite::open(&folder.path().join("verger.sqlite"), access);
        let engine = engine.unwrap();
        let sql = "select count(*) from hold where cell_id = 1 and village_id = 1 and status = ?1";
        let mut statement = engine.connection().prepare(sql).unwrap();
        for status in ["pending", "posted", "pending", "voided"] {
            statement.query_row([status], |row| row.get::<_, i64>(0)).unwrap();
        }
        let again = statement.get_status(rusqlite::StatementStatus::RePrepare);
        assert_eq!(again, 0);
    }
}
