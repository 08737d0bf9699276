//! Lanes under pressure: full queues, poison commands, clocks that step, timers after downtime.

use verger_app::clock::Clock;
use verger_app::{AppError, check};
use verger_domain::id::{HoldId, VillageId};
use verger_domain::ledger::AccountId;
use verger_domain::time::Instant;
use verger_domain::{Body, Effect};
use verger_sim::village::{Cast, accept, named, open_app, open_app_at, settle};

use crate::engines::Engines;

const VILLAGE: VillageId = VillageId::new(1);

fn hold_body(cast: &Cast, name: &str, amount_minor: i64, expires_at: Instant) -> Body {
    let hold: HoldId = named(name);
    let (debit, credit) = (cast.wallet(0), cast.wallet(1));
    Body::PlaceHold { amount_minor, credit, debit, expires_at, hold }
}

/// Goal: a full queue says so at once, does nothing, and the same command works later.
/// Method: a queue of size zero on a village that was registered before.
#[test]
fn a_full_queue_refuses_and_leaves_nothing() {
    let mut engines = Engines::start();
    let store = engines.sqlite();
    let (app, clock) = open_app(store.clone()).unwrap();
    let cast = settle(&app, VILLAGE, "county", 1).unwrap();
    app.close();
    let full =
        open_app_at(store.clone(), &clock, |config| verger_app::Config { queue_max: 0, ..config });
    let full = full.unwrap();
    let answer = full.submit_blocking(cast.cash_in("one", 0, 100));
    assert!(matches!(answer, Err(AppError::Busy)), "{answer:?}");
    assert_eq!(full.stats().busy.value(), 1);
    full.close();
    let (app, _) = open_app(store).unwrap();
    assert!(!app.submit_blocking(cast.cash_in("one", 0, 100)).unwrap().is_replay);
    app.close();
}

/// Goal: one command that the database refuses is set aside, the rest of its batch goes through,
/// and nothing of it stays.
/// Method: the database is told to refuse one amount; a hundred commands, one of them with it.
#[test]
fn a_poison_command_is_set_aside_alone() {
    let mut engines = Engines::start();
    for (name, store) in engines.stores() {
        let (app, _) = open_app(store.clone()).unwrap();
        let cast = settle(&app, VILLAGE, "county", 2).unwrap();
        engines.sql(
            &store,
            "create trigger poison before insert on entry when new.amount_minor = 666
             begin select raise(abort, 'poison'); end",
            "alter table entry add constraint poison check (amount_minor <> 666)",
        );
        let mut waiting = Vec::new();
        for number in 0..50 {
            waiting.push(app.send(cast.cash_in(&format!("before {number}"), 0, 10)).unwrap());
        }
        let poison = app.send(cast.cash_in("poison", 0, 666)).unwrap();
        for number in 0..50 {
            waiting.push(app.send(cast.cash_in(&format!("after {number}"), 1, 10)).unwrap());
        }
        let answer = poison.wait();
        assert!(matches!(answer, Err(AppError::Incident { .. })), "{name}: {answer:?}");
        for pending in waiting {
            pending.wait().unwrap().accepted().unwrap();
        }
        assert_eq!(app.stats().poison.value(), 1, "{name}");
        app.close();
        let report = check::run(&store, &mut |_| {}).unwrap();
        assert!(report.is_green(), "{name}: {:?}", report.differences);
        assert_eq!(report.entries, 200, "{name}");
    }
}

/// Goal: a hold ends at its time, before any later command, also when the program was down then.
/// Method: place holds that end at different times, close, move the clock, open again; the first
/// command finds the money free and the journal shows the ends in due order.
#[test]
fn timers_run_in_due_order_after_downtime() {
    let mut engines = Engines::start();
    for (name, store) in engines.stores() {
        let (app, clock) = open_app(store.clone()).unwrap();
        let cast = settle(&app, VILLAGE, "county", 2).unwrap();
        accept(&app, cast.cash_in("in", 0, 1000)).unwrap();
        for (hold, seconds) in [("late", 90), ("early", 30), ("middle", 60)] {
            let body = hold_body(&cast, hold, 300, clock.now().plus_seconds(seconds));
            accept(&app, cast.by_staff(hold, body)).unwrap();
        }
        app.close();
        clock.advance_seconds(3600);
        let app = open_app_at(store.clone(), &clock, |config| config).unwrap();
        let body = hold_body(&cast, "all of it", 1000, clock.now().plus_seconds(60));
        let receipt = accept(&app, cast.by_staff("all of it", body)).unwrap();
        let seq = receipt.record.seq;
        let ended = app.ask_blocking(VILLAGE, move |r, cell| r.journal(cell, seq - 4, 3)).unwrap();
        let ended: Vec<_> = ended
            .iter()
            .map(|row| match row.record().unwrap().effects.first() {
                Some(Effect::HoldExpired { hold }) => *hold,
                other => panic!("{name}: {other:?}"),
            })
            .collect();
        let wanted: Vec<HoldId> = ["early", "middle", "late"].map(named).to_vec();
        assert_eq!(ended, wanted, "{name}");
        app.close();
        let report = check::run(&store, &mut |_| {}).unwrap();
        assert!(report.is_green(), "{name}: {:?}", report.differences);
    }
}

/// Goal: a hold past its time reserves nothing for a reader, swept or not.
/// Method: read at the moment before and at the moment of its end, with a clock of the reader's.
#[test]
fn a_hold_ends_for_readers_at_its_time() {
    let mut engines = Engines::start();
    for (name, store) in engines.stores() {
        let (app, clock) = open_app(store).unwrap();
        let cast = settle(&app, VILLAGE, "county", 2).unwrap();
        accept(&app, cast.cash_in("in", 0, 1000)).unwrap();
        let end = clock.now().plus_seconds(60);
        accept(&app, cast.by_staff("h", hold_body(&cast, "h", 300, end))).unwrap();
        let id = AccountId { village: VILLAGE, key: cast.wallet(0) };
        let available = |at: Instant| {
            let account = app.ask_blocking(VILLAGE, move |r, cell| r.account_at(cell, id, at));
            account.unwrap().unwrap().available_minor()
        };
        assert_eq!(available(Instant::from_micros(end.micros() - 1)), 700, "{name}");
        assert_eq!(available(end), 1000, "{name}");
        app.close();
    }
}

/// Goal: a question is answered out of one state of the books, whatever is written meanwhile.
/// Method: a command is accepted in the midst of a question; it sees the same before and after, and
/// the next question sees the command. A question that fails leaves the connection of use.
#[test]
fn a_question_sees_one_state_of_the_books() {
    let mut engines = Engines::start();
    for (name, store) in engines.stores() {
        let clock = open_app(store.clone()).map(|(app, clock)| {
            app.close();
            clock
        });
        let one_reader = |config| verger_app::Config { readers: 1, ..config };
        let app = open_app_at(store, &clock.unwrap(), one_reader).unwrap();
        let cast = settle(&app, VILLAGE, "county", 1).unwrap();
        let (writer, command) = (app.clone(), cast.cash_in("meanwhile", 0, 10));
        let seen = app.ask_blocking(VILLAGE, move |reader, cell| {
            let before = reader.head(cell)?.seq;
            writer.submit_blocking(command).unwrap().accepted().unwrap();
            Ok((before, reader.head(cell)?.seq))
        });
        let (before, after) = seen.unwrap();
        assert_eq!(before, after, "{name}");
        let failed: Result<(), AppError> = app.ask_blocking(VILLAGE, |reader, cell| {
            reader.head(cell)?;
            Err(verger_app::StoreError::Fenced { cell: cell.number() })
        });
        assert!(failed.is_err(), "{name}");
        let next = app.ask_blocking(VILLAGE, |reader, cell| Ok(reader.head(cell)?.seq)).unwrap();
        assert_eq!(next, before + 1, "{name}");
        app.close();
    }
}

/// Goal: the books' time never goes back, whatever the machine's clock does.
/// Method: set the clock back by an hour between two commands.
#[test]
fn a_clock_that_steps_back_does_not_turn_the_books_back() {
    let mut engines = Engines::start();
    let (app, clock) = open_app(engines.sqlite()).unwrap();
    let cast = settle(&app, VILLAGE, "county", 1).unwrap();
    let first = accept(&app, cast.cash_in("one", 0, 10)).unwrap();
    clock.set(Instant::from_micros(clock.now().micros() - 3_600_000_000));
    let second = accept(&app, cast.cash_in("two", 0, 10)).unwrap();
    assert!(second.record.at >= first.record.at);
    app.close();
}
