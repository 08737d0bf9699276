//! Trade and moves between cells, archives, fencing: what concerns more than one lane.

use verger_app::clock::Clock;
use verger_app::{AppError, check};
use verger_domain::Body;
use verger_domain::command::{Proof, ProofBy};
use verger_domain::id::{CellId, VillageId};
use verger_domain::ledger::{AccountId, AccountKey, Code};
use verger_sim::temp::TempFolder;
use verger_sim::village::{accept, named, open_app, open_app_at, settle};
use verger_store::{CellMove, Location, Store, StoreError};

use crate::engines::Engines;

const HERE: VillageId = VillageId::new(1);
const THERE: VillageId = VillageId::new(2);

fn sound(name: &str, store: &Store) -> check::Report {
    let report = check::run(store, &mut |_| {}).unwrap();
    assert!(report.is_green(), "{name}: {:?}", report.differences);
    report
}

/// Goal: money sent to another village arrives exactly once, and the clearing accounts close.
/// Method: two villages in two cells; send to a known and to an unknown receiver; wait for the
/// relay; check wallets, clearing and the books on both engines.
#[test]
fn money_between_villages_arrives_once() {
    let mut engines = Engines::start();
    for (name, store) in engines.stores() {
        let (app, _) = open_app(store.clone()).unwrap();
        let here = settle(&app, HERE, "county-1", 1).unwrap();
        let there = settle(&app, THERE, "county-2", 1).unwrap();
        assert_ne!(app.cell_of(HERE).unwrap(), app.cell_of(THERE).unwrap());
        accept(&app, here.cash_in("in", 0, 1000)).unwrap();
        let member = here.members[0];
        let pin = app.new_pin(member, "246810").unwrap();
        accept(&app, here.by_staff("pin", Body::SetPin { member, pin, proof: None })).unwrap();
        let send = |key: &str, to, amount_minor, to_village| {
            let proof = Proof { by: ProofBy::Pin, member };
            let from = here.households[0];
            let body = Body::SendMoney { amount_minor, from, proof, to, to_village };
            here.by_agent(key, body)
        };
        let nowhere =
            app.submit_blocking(send("nowhere", there.households[0], 5, VillageId::new(9)));
        assert!(matches!(nowhere, Err(AppError::VillageUnknown { .. })), "{nowhere:?}");
        accept(&app, send("known", there.households[0], 300, THERE)).unwrap();
        accept(&app, send("unknown", named("nobody"), 50, THERE)).unwrap();
        // Closing waits for the relay's round; what is left waits for the next start.
        app.close();
        let (app, _) = open_app(store.clone()).unwrap();
        let owned = |village: VillageId, key: AccountKey| {
            let id = AccountId { village, key };
            let account = app.ask_blocking(village, move |r, cell| r.account(cell, id)).unwrap();
            account.map_or(0, |account| account.owned_minor())
        };
        let unapplied = AccountKey::village(Code::new(2140).unwrap());
        let clearing = |other: VillageId| AccountKey {
            code: Code::CLEARING,
            owner: u128::from(other.number()),
        };
        for _ in 0..200 {
            if owned(THERE, unapplied) == 50 {
                break;
            }
            std::thread::park_timeout(std::time::Duration::from_millis(10));
        }
        assert_eq!(owned(HERE, here.wallet(0)), 650, "{name}");
        assert_eq!(owned(THERE, there.wallet(0)), 300, "{name}");
        assert_eq!(owned(THERE, unapplied), 50, "{name}");
        assert_eq!(owned(HERE, clearing(THERE)) + owned(THERE, clearing(HERE)), 0, "{name}");
        app.close();
        sound(name, &store);
    }
}

/// Goal: a village moves to another cell with everything it has; keys keep their answers, balances
/// stay, both chains verify, and trade goes on.
/// Method: trade, move, repeat an old command, trade again, check; on both engines.
#[test]
fn a_village_moves_between_cells() {
    let mut engines = Engines::start();
    for (name, store) in engines.stores() {
        let (app, clock) = open_app(store.clone()).unwrap();
        let here = settle(&app, HERE, "county-1", 2).unwrap();
        let neighbour = settle(&app, THERE, "county-1", 1).unwrap();
        let first = accept(&app, here.cash_in("in", 0, 1000)).unwrap();
        accept(&app, neighbour.cash_in("in", 0, 70)).unwrap();
        let from = app.cell_of(HERE).unwrap();
        app.close();
        let to = CellId::all().find(|cell| *cell != from).unwrap();
        let mut writer = store.writer().unwrap();
        writer.claim(&[from, to], "embedded", clock.now()).unwrap();
        let keys = [named("leave"), named("enter")];
        let wanted = CellMove { village: HERE, from, to, keys, at: clock.now() };
        writer.move_village(wanted).unwrap();
        writer.renew(None).unwrap();
        drop(writer);
        let report = sound(name, &store);
        assert_eq!(report.villages, 2, "{name}");

        let app = open_app_at(store.clone(), &clock, |config| config).unwrap();
        assert_eq!(app.cell_of(HERE).unwrap(), to, "{name}");
        let again = accept(&app, here.cash_in("in", 0, 1000)).unwrap();
        assert!(again.is_replay, "{name}");
        assert_eq!(again.record, first.record, "{name}");
        let more = accept(&app, here.cash_in("more", 0, 11)).unwrap();
        let balances: Vec<i64> = more.record.legs().iter().map(|leg| leg.balance_minor()).collect();
        assert_eq!(balances, [1011, -1011], "{name}");
        accept(&app, neighbour.cash_in("more", 0, 7)).unwrap();
        app.close();
        sound(name, &store);
    }
}

/// Goal: an archive is sound, restores on either engine, and a changed one is refused.
/// Method: back up each engine while it is open, restore onto each, compare chains; then change a
/// byte of the file.
#[test]
fn archives_restore_on_either_engine() {
    let mut engines = Engines::start();
    let folder = TempFolder::new().unwrap();
    for (name, store) in engines.stores() {
        let (app, _) = open_app(store.clone()).unwrap();
        let cast = settle(&app, HERE, "county-1", 5).unwrap();
        accept(&app, cast.cash_in("in", 0, 1000)).unwrap();
        let file = folder.path().join(format!("{name}.archive"));
        store.backup(&file, &mut |_| {}).unwrap();
        let again = store.backup(&file, &mut |_| {});
        assert!(matches!(again, Err(StoreError::Archive { .. })), "no archive is overwritten");
        let cell = app.cell_of(HERE).unwrap();
        app.close();
        let head = store.reader().unwrap().head(cell).unwrap();
        let archive = Store::new(Location::Archive(file.clone()));
        sound(name, &archive);
        for (target_name, target) in engines.stores() {
            target.restore(&file, false, &mut |_| {}).unwrap();
            let restored = target.reader().unwrap().head(cell).unwrap();
            let what = format!("{name} to {target_name}");
            assert_eq!((restored.seq, restored.chain), (head.seq, head.chain), "{what}");
            sound(&what, &target);
            let refused = target.restore(&file, false, &mut |_| {});
            assert!(matches!(refused, Err(StoreError::Archive { .. })), "{what}: {refused:?}");
            let (app, _) = open_app(target).unwrap();
            let repeated = accept(&app, cast.cash_in("in", 0, 1000)).unwrap();
            assert!(repeated.is_replay, "{what}");
            app.close();
        }
        let mut bytes = std::fs::read(&file).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(&file, bytes).unwrap();
        let broken = engines.sqlite().restore(&file, false, &mut |_| {});
        assert!(broken.is_err(), "{name}: a changed archive was restored");
    }
}

/// Goal: a process that was taken over cannot write any more.
/// Method: on PostgreSQL, a second owner claims the cells after the first one's lease is over; the
/// first gets an error for its next command and the books show only the second's.
#[test]
fn a_former_owner_is_fenced() {
    let mut engines = Engines::start();
    for (name, store) in engines.stores() {
        let (app, clock) = open_app(store.clone()).unwrap();
        let cast = settle(&app, HERE, "county-1", 1).unwrap();
        accept(&app, cast.cash_in("one", 0, 10)).unwrap();
        let cells: Vec<CellId> = CellId::all().collect();
        let mut second = store.writer().unwrap();
        let owner = if name == "sqlite" { "embedded" } else { "second" };
        if name != "sqlite" {
            let early = second.claim(&cells, owner, clock.now());
            assert!(matches!(early, Err(StoreError::Leased { .. })), "{name}: {early:?}");
        }
        let later = clock.now().plus_seconds(verger_store::LEASE_SECONDS + 5);
        second.claim(&cells, owner, later).unwrap();
        let answer = app.submit_blocking(cast.cash_in("two", 0, 10));
        assert!(matches!(answer, Err(AppError::Unavailable { .. })), "{name}: {answer:?}");
        app.close();
        let report = sound(name, &store);
        assert_eq!(report.entries, 2, "{name}");
    }
}

/// Goal: two programs cannot use one data folder.
/// Method: open the same folder twice.
#[test]
fn a_data_folder_has_one_user() {
    let mut engines = Engines::start();
    let store = engines.sqlite();
    let (app, _) = open_app(store.clone()).unwrap();
    let second = open_app(store.clone());
    assert!(matches!(second.err(), Some(StoreError::Locked(_))));
    app.close();
    let (app, _) = open_app(store).unwrap();
    app.close();
}

/// Goal: the check and the archive are right while the books are in use.
/// Method: a client posts without pause; check and back up beside it, several times; each check is
/// green and each archive is sound; on both engines.
#[test]
fn check_and_archive_while_in_use() {
    let mut engines = Engines::start();
    let folder = TempFolder::new().unwrap();
    for (name, store) in engines.stores() {
        let (app, _) = open_app(store.clone()).unwrap();
        let cast = settle(&app, HERE, "county-1", 2).unwrap();
        let is_over = std::sync::atomic::AtomicBool::new(false);
        let posted = std::thread::scope(|scope| {
            let client = scope.spawn(|| {
                let mut count = 0;
                while !is_over.load(std::sync::atomic::Ordering::SeqCst) {
                    accept(&app, cast.cash_in(&format!("in {count}"), 0, 1)).unwrap();
                    count += 1;
                }
                count
            });
            for round in 0..5 {
                sound(name, &store);
                let file = folder.path().join(format!("{name}.{round}"));
                store.backup(&file, &mut |_| {}).unwrap();
                sound(name, &Store::new(Location::Archive(file)));
            }
            is_over.store(true, std::sync::atomic::Ordering::SeqCst);
            client.join().unwrap()
        });
        app.close();
        let report = sound(name, &store);
        assert_eq!(report.entries, 2 * posted, "{name}");
        assert!(posted > 20, "{name}: only {posted} commands ran beside the checks");
    }
}
