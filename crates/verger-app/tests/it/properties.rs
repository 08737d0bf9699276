//! Random logs of commands through real lanes on both engines: whatever comes, the engines agree to
//! the byte, repeats get their answer, the check finds the books sound, and finds a changed byte.

use std::cell::RefCell;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use verger_app::{App, AppError, check};
use verger_domain::command::{Evidence, EvidenceKind};
use verger_domain::id::{CellId, HoldId, VillageId};
use verger_domain::ledger::{AccountKey, Code, Line};
use verger_domain::time::Instant;
use verger_domain::{Body, Command, codec};
use verger_sim::village::{Cast, START_MICROS, named, open_app, settle};
use verger_store::Store;

use crate::engines::Engines;

/// One wish of a history: what, with which key, and some numbers to make it of.
#[derive(Clone, Copy, Debug)]
struct Wish {
    what: u8,
    key: u8,
    who: usize,
    amount_minor: i64,
}

fn wishes() -> impl Strategy<Value = Vec<Wish>> {
    let amount = prop_oneof![1_i64..500, Just(0), Just(-5), Just(i64::MAX), 100_000_i64..100_500];
    // Few keys, so that many are used twice, with the same body or with another.
    let wish = (0_u8..7, 0_u8..40, 0_usize..3, amount);
    let wish =
        wish.prop_map(|(what, key, who, amount_minor)| Wish { what, key, who, amount_minor });
    proptest::collection::vec(wish, 20..60)
}

fn command(cast: &Cast, wish: Wish) -> Command {
    let Wish { what, key, who, amount_minor } = wish;
    let (wallet, other) =
        (cast.wallet(who), AccountKey::party(Code::PAYABLE_CARRIER, cast.carrier));
    let hold: HoldId = named(&format!("hold {}", key % 6));
    let fact = Evidence {
        counterparty: cast.supplier,
        good: amount_minor % 2 == 0,
        is_counter: false,
        order: None,
        kind: EvidenceKind::Sale,
        member: cast.households[who],
        value_minor: amount_minor,
    };
    let body = match what {
        0 | 1 => return cast.cash_in(&format!("key {key}"), who, amount_minor),
        2 => Body::Post {
            effective_on: None,
            evidence: vec![fact],
            lines: vec![Line::debit(wallet, amount_minor), Line::credit(other, amount_minor)],
            purpose: "random".to_owned(),
        },
        3 => Body::PlaceHold {
            amount_minor,
            credit: other,
            debit: wallet,
            expires_at: Instant::from_micros(START_MICROS + 3_600_000_000),
            hold,
        },
        4 => Body::PostHold { amount_minor: Some(amount_minor / 2), hold },
        5 => Body::VoidHold { hold },
        _ => Body::Reverse {
            approved_by: cast.staff[1],
            reason: "random".to_owned(),
            seq: 15 + u64::from(key),
        },
    };
    cast.by_staff(&format!("key {key}"), body)
}

/// What the asker of a command saw.
fn answer(app: &App, command: Command) -> String {
    match app.submit_blocking(command) {
        Ok(receipt) => serde_json::to_string(&*receipt.record).unwrap(),
        Err(AppError::KeyReused { .. }) => "key reused".to_owned(),
        Err(error) => panic!("{error}"),
    }
}

/// The answers, and every payload and chain of the journal.
type Seen = (Vec<String>, Vec<(Vec<u8>, [u8; 32])>);

fn play(store: &Store, wishes: &[Wish]) -> Seen {
    let (app, _) = open_app(store.clone()).unwrap();
    let cast = settle(&app, VillageId::new(1), "county", 3).unwrap();
    let answers: Vec<String> =
        wishes.iter().map(|wish| answer(&app, command(&cast, *wish))).collect();
    // I-5: the same wishes again, all of them known by now, leave nothing and answer the same.
    let again: Vec<String> =
        wishes.iter().map(|wish| answer(&app, command(&cast, *wish))).collect();
    assert_eq!(again, answers);
    let cell = app.cell_of(VillageId::new(1)).unwrap();
    app.close();
    (answers, journal(store, cell))
}

fn journal(store: &Store, cell: CellId) -> Vec<(Vec<u8>, [u8; 32])> {
    let rows = store.reader().unwrap().journal(cell, 0, 10_000).unwrap();
    rows.into_iter().map(|row| (row.payload, row.chain)).collect()
}

/// I-1 and I-2 hold where the check is green: it re-sums every record, replays every effect through
/// the domain's own assertions, and compares every row.
fn is_sound(store: &Store) -> bool {
    let report = check::run(store, &mut |_| {}).unwrap();
    // Books whose very first record is broken are not empty books.
    report.is_green() && report.records > 0
}

/// Goal: any sequence of ledger commands keeps I-1, I-2, I-5 and I-7, on both engines alike.
/// Method: random logs with hostile amounts and keys that are used again, on fresh stores; answers
/// and journals are compared, books are checked, then one byte of one record is changed.
#[test]
fn random_logs_keep_the_invariants_on_both_engines() {
    const CASES: u32 = 8;
    let engines = RefCell::new(Engines::start());
    let mut runner =
        TestRunner::new(Config { cases: CASES, failure_persistence: None, ..Config::default() });
    let strategy = (wishes(), any::<usize>());
    let outcome = runner.run(&strategy, |(wishes, place)| {
        let mut seen: Vec<Seen> = Vec::new();
        let mut engines = engines.borrow_mut();
        for (name, store) in engines.stores() {
            let played = play(&store, &wishes);
            prop_assert!(is_sound(&store), "{name}");
            let (seq, offset) = (place % played.1.len(), place / 7);
            let mut bytes = played.1[seq].0.clone();
            let offset = offset % bytes.len();
            bytes[offset] ^= 1;
            let hex = codec::to_hex(&bytes);
            let number = seq + 1;
            engines.sql(
                &store,
                &format!("update journal set payload = x'{hex}' where seq = {number}"),
                &format!(
                    "update journal set payload = decode('{hex}', 'hex') where seq = {number}"
                ),
            );
            prop_assert!(!is_sound(&store), "{name}: record {number} byte {offset}");
            seen.push(played);
        }
        for pair in seen.windows(2) {
            prop_assert_eq!(&pair[0], &pair[1]);
        }
        Ok(())
    });
    outcome.unwrap();
}
