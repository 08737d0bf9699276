//! Faults put in by hand: writes that fail, bytes that change, places that cannot be used. Each is
//! a clear answer, and nothing is half done.

use verger_app::{AppError, check};
use verger_domain::codec;
use verger_domain::command::{Evidence, EvidenceKind};
use verger_domain::id::{HoldId, VillageId};
use verger_domain::ledger::{AccountKey, Code, Line};
use verger_domain::{Body, Command};
use verger_sim::temp::TempFolder;
use verger_sim::village::{Cast, accept, named, open_app, settle};
use verger_store::{Location, Store, StoreError};

use crate::engines::Engines;

const VILLAGE: VillageId = VillageId::new(1);

/// A command that writes into every table of the ledger's command path, and one for holds.
fn commands(cast: &Cast) -> [Command; 2] {
    let fact = Evidence {
        counterparty: cast.supplier,
        good: true,
        is_counter: false,
        order: None,
        kind: EvidenceKind::Purchase,
        member: cast.households[0],
        value_minor: 100,
    };
    let (wallet, other) = (cast.wallet(0), AccountKey::party(Code::PAYABLE_CARRIER, cast.carrier));
    let post = Body::Post {
        effective_on: None,
        evidence: vec![fact],
        lines: vec![Line::debit(wallet, 100), Line::credit(other, 100)],
        purpose: "faulty".to_owned(),
    };
    let hold: HoldId = named("hold");
    let expires_at =
        verger_domain::time::Instant::from_micros(verger_sim::village::START_MICROS + 60_000_000);
    let place =
        Body::PlaceHold { amount_minor: 50, credit: other, debit: wallet, expires_at, hold };
    [cast.by_staff("faulty post", post), cast.by_staff("faulty hold", place)]
}

const TABLES: [&str; 8] =
    ["cell", "account", "entry", "standing", "evidence", "hold", "timer", "journal"];

fn break_table(engines: &Engines, store: &Store, table: &str) {
    let sqlite = ["insert", "update"].map(|verb| {
        format!(
            "create trigger broken_{verb} before {verb} on {table}
             begin select raise(abort, 'broken'); end;"
        )
    });
    let postgres = format!(
        "create or replace function broken() returns trigger language plpgsql
         as $$ begin raise exception 'broken'; end $$;
         create trigger broken before insert or update on {table}
         for each statement execute function broken();"
    );
    engines.sql(store, &sqlite.concat(), &postgres);
}

fn mend_table(engines: &Engines, store: &Store, table: &str) {
    let sqlite = "drop trigger broken_insert; drop trigger broken_update;";
    engines.sql(store, sqlite, &format!("drop trigger broken on {table}"));
}

/// Goal: whichever write fails, nothing of the command is stored, and the same command goes through
/// once the fault is gone.
/// Method: each table in turn refuses writes while two commands come that write into all of them;
/// then it is mended and the same commands come again; on both engines.
#[test]
fn each_write_fails_once_and_nothing_is_half_done() {
    let mut engines = Engines::start();
    for (name, store) in engines.stores() {
        let (app, _) = open_app(store.clone()).unwrap();
        let cast = settle(&app, VILLAGE, "county", 1).unwrap();
        accept(&app, cast.cash_in("in", 0, 10_000)).unwrap();
        let before = check::run(&store, &mut |_| {}).unwrap();
        let mut failed = 0;
        for table in TABLES {
            break_table(&engines, &store, table);
            for command in commands(&cast) {
                let writes_there = match command.body {
                    Body::Post { .. } => !["hold", "timer"].contains(&table),
                    _ => !["entry", "standing", "evidence"].contains(&table),
                };
                if writes_there {
                    let answer = app.submit_blocking(command);
                    assert!(
                        matches!(answer, Err(AppError::Incident { .. })),
                        "{name} {table}: {answer:?}"
                    );
                    failed += 1;
                }
            }
            mend_table(&engines, &store, table);
            let after = check::run(&store, &mut |_| {}).unwrap();
            assert_eq!(after, before, "{name}: a failed write on {table} left something");
        }
        assert_eq!(failed, 11, "{name}");
        for command in commands(&cast) {
            assert!(!accept(&app, command).unwrap().is_replay, "{name}");
        }
        app.close();
        let report = check::run(&store, &mut |_| {}).unwrap();
        assert!(report.is_green(), "{name}: {:?}", report.differences);
        assert_eq!(report.entries, before.entries + 2, "{name}");
    }
}

/// Goal: any changed byte of the journal is found (I-7).
/// Method: change single bytes of payloads, hashes and chains, one at a time, at seeded places; every
/// check must find it and name the record, and the unchanged books must be green again; on both
/// engines.
#[test]
fn a_changed_byte_of_the_journal_is_found() {
    let mut engines = Engines::start();
    for (name, store) in engines.stores() {
        let (app, _) = open_app(store.clone()).unwrap();
        let cast = settle(&app, VILLAGE, "county", 1).unwrap();
        for number in 0..3 {
            accept(&app, cast.cash_in(&format!("in {number}"), 0, 100)).unwrap();
        }
        let cell = app.cell_of(VILLAGE).unwrap();
        app.close();
        let rows = store.reader().unwrap().journal(cell, 0, 1000).unwrap();
        let mut seed = 7_usize;
        for row in &rows {
            for (column, bytes) in [
                ("payload", row.payload.clone()),
                ("payload_hash", row.payload_hash.to_vec()),
                ("chain", row.chain.to_vec()),
            ] {
                let mut changed = bytes.clone();
                seed = seed.wrapping_mul(25_214_903_917).wrapping_add(11);
                let place = (seed >> 16) % changed.len();
                changed[place] ^= 1 << (seed >> 8 & 7);
                set_bytes(&engines, &store, (row.seq, column), &changed);
                let report = check::run(&store, &mut |_| {}).unwrap();
                let what = format!("{name} record {} {column} byte {place}", row.seq);
                assert!(!report.is_green(), "{what}");
                let record = format!("record {}", row.seq);
                assert!(
                    report.differences[0].contains(&record),
                    "{what}: {:?}",
                    report.differences
                );
                set_bytes(&engines, &store, (row.seq, column), &bytes);
            }
        }
        assert!(rows.len() > 12, "{name}");
        assert!(check::run(&store, &mut |_| {}).unwrap().is_green(), "{name}");
    }
}

fn set_bytes(engines: &Engines, store: &Store, (seq, column): (u64, &str), bytes: &[u8]) {
    let hex = codec::to_hex(bytes);
    engines.sql(
        store,
        &format!("update journal set {column} = x'{hex}' where seq = {seq}"),
        &format!("update journal set {column} = decode('{hex}', 'hex') where seq = {seq}"),
    );
}

/// Goal: a row that does not follow from the journal is found and named.
/// Method: change one account, one entry, one hold by hand; on both engines.
#[test]
fn a_row_beside_the_journal_is_found() {
    let mut engines = Engines::start();
    for (name, store) in engines.stores() {
        let (app, _) = open_app(store.clone()).unwrap();
        let cast = settle(&app, VILLAGE, "county", 1).unwrap();
        accept(&app, cast.cash_in("in", 0, 10_000)).unwrap();
        let [post, hold] = commands(&cast);
        accept(&app, post).unwrap();
        accept(&app, hold).unwrap();
        app.close();
        assert!(check::run(&store, &mut |_| {}).unwrap().is_green(), "{name}");
        let set = |table: &str, what: &str| format!("update {table} set {what}");
        for (table, change, back) in [
            (
                "account",
                "credits_posted = credits_posted + 1",
                "credits_posted = credits_posted - 1",
            ),
            ("entry", "at = at + 1", "at = at - 1"),
            ("hold", "amount_minor = amount_minor + 1", "amount_minor = amount_minor - 1"),
            ("standing", "good_count = good_count + 1", "good_count = good_count - 1"),
        ] {
            engines.sql(&store, &set(table, change), &set(table, change));
            let report = check::run(&store, &mut |_| {}).unwrap();
            assert!(!report.is_green(), "{name} {table}");
            engines.sql(&store, &set(table, back), &set(table, back));
            assert!(check::run(&store, &mut |_| {}).unwrap().is_green(), "{name} {table}");
        }
    }
}

/// Goal: a place that cannot be used, a newer schema and another program's database are each told
/// clearly, and nothing is changed.
/// Method: a folder under a file, a higher version number, a changed migration hash.
#[test]
fn places_that_cannot_be_used_are_told() {
    let folder = TempFolder::new().unwrap();
    let blocked = folder.path().join("file");
    std::fs::write(&blocked, "not a folder").unwrap();
    let store = Store::new(Location::Folder(blocked.join("data")));
    let error = open_app(store).err().unwrap();
    assert!(matches!(error, StoreError::Io { .. }), "{error}");
    assert!(error.to_string().contains("data"), "{error}");

    let mut engines = Engines::start();
    for (name, store) in engines.stores() {
        store.migrate().unwrap();
        assert!(store.migrate().unwrap().is_empty(), "{name}: a second time changes nothing");
        let newer = "insert into schema_migration values (999, 'later', 'x')";
        engines.sql(&store, newer, newer);
        let error = open_app(store.clone()).err().unwrap();
        assert!(
            matches!(error, StoreError::SchemaNewer { found: 999, known } if known == verger_store::SCHEMA_VERSION),
            "{name}: {error}"
        );
        let other = "delete from schema_migration where version = 999";
        engines.sql(&store, other, other);
        let changed = "update schema_migration set hash = 'x'";
        engines.sql(&store, changed, changed);
        let error = open_app(store).err().unwrap();
        assert!(matches!(error, StoreError::SchemaChanged { version: 1 }), "{name}: {error}");
    }
    let old = Store::new(Location::Folder(folder.path().join("none")));
    assert!(old.reader().is_err(), "there is nothing to read");
}
