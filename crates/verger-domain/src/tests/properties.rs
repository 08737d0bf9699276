//! What holds whatever happens: random histories of commands with hostile amounts. `PROPTEST_CASES`
//! sets how many; the invariants of `ARCHITECTURE.md` cite these tests by name.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};

use super::world::*;
use crate::codec::{self, Hash};
use crate::command::{Actor, Body, Evidence, EvidenceKind};
use crate::effect::{Effect, Record, Timer};
use crate::id::{HoldId, PartyId, VillageId};
use crate::ledger::chart::Floor;
use crate::ledger::hold::lines;
use crate::ledger::{Account, AccountId, AccountKey, Code, Hold, HoldStatus, Line};
use crate::party::PinTries;
use crate::refusal::Refusal;
use crate::state::{Entry, Standing, State};

/// The world of the histories, under the shipped limits.
static LIMITED: LazyLock<World> = LazyLock::new(|| with_money(World::new()));

/// The same with no limit but that of the counters, so that sums can overflow.
static UNLIMITED: LazyLock<World> = LazyLock::new(|| {
    let mut world = World::new();
    world.unlimit();
    with_money(world)
});

/// Some money, a result of the year, and January with December not yet closed.
fn with_money(mut world: World) -> World {
    world.fund(WALLET, 5_000);
    world.fund(MEMBER_WALLET, 500);
    world.staff(post(&[(DRAWER, 3_000), (BANK, -3_000)]));
    world.staff(post(&[(own(5120), 70), (BANK, -70)]));
    world.wait_until("2026-12-05");
    for text in ["2026-07", "2026-08", "2026-09", "2026-10", "2026-11"] {
        world.staff(Body::CloseMonth { month: month(text) });
    }
    world.wait_until("2027-01-12");
    world
}

/// The accounts that the histories move money between: with and without a floor, one that the
/// year's close empties, one not open.
fn accounts() -> impl Strategy<Value = AccountKey> {
    let agent = AccountKey::party(Code::WALLET, AGENT);
    prop_oneof![
        20 => select(vec![BANK, own(1020), DRAWER, WALLET, MEMBER_WALLET, agent, ESCROW]),
        4 => select(vec![own(2140), own(3900), own(4110)]),
        1 => Just(UNOPENED),
    ]
}

/// One thing that happens; a hold or a record that is there, by how far back it came.
#[derive(Clone, Debug)]
enum Event {
    Post { lines: Vec<(AccountKey, i64)>, balanced_by: AccountKey, off_by: i64, days_ago: i32 },
    Evidence { value_minor: i64, good: bool },
    Place { hold: u128, debit: AccountKey, credit: AccountKey, amount: i64, seconds: u32 },
    PostHold { back: usize, amount: Option<i64> },
    Void { back: usize },
    Expire { back: usize },
    Reverse { back: u64 },
    CashIn { amount: i64 },
    CashOut { amount: i64 },
    Send { amount: i64 },
    Receive { amount: i64 },
    WrongPin,
    Close,
    Wait { seconds: u32 },
}

fn amounts() -> impl Strategy<Value = i64> {
    prop_oneof![
        20 => 1..2_000_i64,
        2 => -50..=50_i64,
        1 => select(vec![LARGEST, LARGEST + 1, i64::MAX, i64::MAX - 1, i64::MIN, i64::MIN + 1]),
        1 => any::<i64>(),
    ]
}

fn posts() -> impl Strategy<Value = Event> {
    let lines = prop_oneof![9 => 1..4_usize, 1 => Just(0)];
    let lines = lines.prop_flat_map(|count| prop::collection::vec((accounts(), amounts()), count));
    let off_by = prop_oneof![15 => Just(0), 1 => amounts()];
    let days_ago = prop_oneof![7 => Just(0), 2 => -1..35_i32];
    (lines, accounts(), off_by, days_ago).prop_map(|(lines, balanced_by, off_by, days_ago)| {
        Event::Post { lines, balanced_by, off_by, days_ago }
    })
}

fn events() -> impl Strategy<Value = Event> {
    let place = (1..60_u128, accounts(), accounts(), amounts(), 0..200_u32);
    let place = place.prop_map(|(hold, debit, credit, amount, seconds)| Event::Place {
        hold,
        debit,
        credit,
        amount,
        seconds,
    });
    let part = prop_oneof![3 => Just(None), 2 => (1..400_i64).prop_map(Some), 1 => amounts().prop_map(Some)];
    let part = (0..4_usize, part);
    let back = || 0..4_usize;
    prop_oneof![
        6 => posts(),
        4 => amounts().prop_map(|amount| Event::CashIn { amount }),
        2 => amounts().prop_map(|amount| Event::CashOut { amount }),
        1 => amounts().prop_map(|amount| Event::Send { amount }),
        1 => amounts().prop_map(|amount| Event::Receive { amount }),
        9 => place,
        3 => part.prop_map(|(back, amount)| Event::PostHold { back, amount }),
        1 => back().prop_map(|back| Event::Void { back }),
        2 => back().prop_map(|back| Event::Expire { back }),
        2 => (0..12_u64).prop_map(|back| Event::Reverse { back }),
        1 => (amounts(), any::<bool>())
            .prop_map(|(value_minor, good)| Event::Evidence { value_minor, good }),
        1 => Just(Event::WrongPin),
        2 => Just(Event::Close),
        4 => prop_oneof![9 => 0..120_u32, 1 => Just(20 * 86_400)]
            .prop_map(|seconds| Event::Wait { seconds }),
    ]
}

/// Lets one event happen; the answer of its command, if it is one.
fn happen(world: &mut World, event: &Event) -> Option<Result<Record, Refusal>> {
    if let Event::Wait { seconds } = event {
        world.wait(*seconds);
        return None;
    }
    let (actor, body) = command(world, event)?;
    Some(world.submit(actor, body))
}

/// Who asks for what when this happens; nobody for nothing when time just passes.
fn command(world: &World, event: &Event) -> Option<(Actor, Body)> {
    let (staff, agent) = (by(STAFF), by(AGENT));
    Some(match event {
        Event::Post { lines, balanced_by, off_by, days_ago } => {
            (staff, posting(world, lines, (*balanced_by, *off_by), *days_ago))
        }
        Event::Evidence { value_minor, good } => {
            let mut body = post_fact(HOUSE, HOME, *value_minor);
            if let Body::Post { evidence, .. } = &mut body {
                let kind = EvidenceKind::Purchase;
                evidence.push(Evidence { good: *good, kind, member: MEMBER, ..evidence[0] });
            }
            (staff, body)
        }
        &Event::Place { hold: number, debit, credit, amount: amount_minor, seconds } => {
            let (hold, expires_at) = (hold(number), world.later(seconds));
            (staff, Body::PlaceHold { amount_minor, credit, debit, expires_at, hold })
        }
        &Event::PostHold { back, amount: amount_minor } => {
            (staff, Body::PostHold { amount_minor, hold: known_hold(world, back) })
        }
        Event::Void { back } => (staff, Body::VoidHold { hold: known_hold(world, *back) }),
        Event::Expire { back } => {
            let hold = known_hold(world, *back);
            let row = world.state.hold.get(&hold);
            let due_at = row.map_or(world.now().at, |row| row.expires_at);
            (Actor::Clock, Body::ExpireHold { due_at, hold })
        }
        Event::Reverse { back } => {
            let (approved_by, reason) = (SECOND_STAFF, String::new());
            (staff, Body::Reverse { approved_by, reason, seq: world.last_seq() - back })
        }
        Event::CashIn { amount } => (agent, cash_in(HOUSE, *amount)),
        Event::CashOut { amount } => (agent, cash_out(HOUSE, *amount, MEMBER)),
        Event::Send { amount } => (agent, send(HOUSE, *amount, ELSEWHERE)),
        &Event::Receive { amount: amount_minor } => {
            let (from, from_village, to) = (FAR_HOUSE, ELSEWHERE, MEMBER);
            (Actor::System, Body::ReceiveMoney { amount_minor, from, from_village, to })
        }
        Event::WrongPin => (Actor::System, Body::ReportWrongPin { member: MEMBER }),
        Event::Close => {
            let closed = world.state.village(VILLAGE).closed_through.unwrap();
            (staff, Body::CloseMonth { month: closed.next().unwrap() })
        }
        Event::Wait { .. } => return None,
    })
}

/// One of the holds that were placed, counted from the newest; an unknown one where there is none.
fn known_hold(world: &World, back: usize) -> HoldId {
    let placed = world.records.iter().rev().filter_map(|record| match record.effects.first() {
        Some(Effect::HoldPlaced { hold, .. }) => Some(*hold),
        _ => None,
    });
    placed.skip(back).chain([hold(99)]).next().unwrap()
}

/// A posting of these lines and of the one that makes them balance, all but for a while.
fn posting(
    world: &World,
    lines: &[(AccountKey, i64)],
    (balanced_by, off_by): (AccountKey, i64),
    days_ago: i32,
) -> Body {
    let mut lines = lines.to_vec();
    let rest = lines.iter().fold(off_by, |sum, line| sum.wrapping_sub(line.1));
    lines.push((balanced_by, rest));
    let day = crate::time::Date::from_days(world.now().today.days() - days_ago).unwrap();
    post_on(Some(&day.to_string()), &lines)
}

/// Runs random histories, limited by the shipped policy or by the counters alone, and lets `check`
/// look at the world after each.
fn for_all_histories(check: impl Fn(&mut World, &[Event])) {
    let config = Config { failure_persistence: None, ..Config::default() };
    let histories = (any::<bool>(), prop::collection::vec(events(), 0..60));
    let result = TestRunner::new(config).run(&histories, |(is_limited, history)| {
        let world = if is_limited { &LIMITED } else { &UNLIMITED };
        check(&mut World::clone(world), &history);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

/// Everything a history can change, for comparing.
#[derive(Debug, PartialEq)]
struct Books {
    accounts: Vec<Account>,
    holds: Vec<Hold>,
    standings: Vec<(PartyId, (VillageId, Standing))>,
    timers: Vec<Timer>,
    reversals: Vec<((VillageId, u64), u64)>,
    pins: Vec<(PartyId, PinTries)>,
    closings: Vec<((VillageId, String), Hash)>,
    appended: [usize; 3],
}

fn books(state: &State) -> Books {
    let appended = &state.appended;
    Books {
        accounts: state.account.iter().map(|(_, row)| row.clone()).collect(),
        holds: state.hold.iter().map(|(_, row)| row.clone()).collect(),
        standings: state.standing.iter().map(|(id, row)| (*id, *row)).collect(),
        timers: state.timer.iter().map(|(timer, _)| *timer).collect(),
        reversals: state.reversal.iter().map(|(key, by)| (*key, *by)).collect(),
        pins: state.pin.iter().map(|(id, row)| (*id, *row)).collect(),
        closings: state.closing.iter().map(|(key, seal)| (key.clone(), *seal)).collect(),
        appended: [appended.entries.len(), appended.evidence.len(), appended.messages.len()],
    }
}

/// Goal: I-1, every record balances: its legs sum to zero, and so do all books together.
/// Method: random histories; after each command its legs and the sum of all posted balances.
#[test]
fn every_record_balances() {
    for_all_histories(|world, history| {
        for event in history {
            if let Some(Ok(record)) = happen(world, event) {
                let legs = record.legs().iter().map(|leg| i128::from(leg.amount_minor()));
                assert_eq!(legs.sum::<i128>(), 0, "{record:?}");
            }
            let all = world.state.account.iter();
            let sum: i128 = all.map(|(_, account)| i128::from(account.balance_minor())).sum();
            assert_eq!(sum, 0, "after {event:?}");
        }
    });
}

/// Goal: I-2, no floor is ever broken: what people own and have free is never below zero, and
/// what is reserved is exactly what live holds reserve.
/// Method: random histories; after each command every account with a floor, every pending counter.
#[test]
fn no_floor_is_ever_broken() {
    for_all_histories(|world, history| {
        for event in history {
            happen(world, event);
            let mut pending: BTreeMap<AccountId, [i64; 2]> = BTreeMap::new();
            let live = |hold: &&Hold| hold.status == HoldStatus::Pending;
            for hold in world.state.hold.iter().map(|(_, hold)| hold).filter(live) {
                let village = hold.village;
                let [Line(debit, amount), Line(credit, _)] = lines(hold, hold.amount_minor);
                pending.entry(AccountId { village, key: debit }).or_default()[0] += amount;
                pending.entry(AccountId { village, key: credit }).or_default()[1] += amount;
            }
            for (id, account) in world.state.account.iter() {
                if id.key.code.row().floor == Floor::Zero {
                    assert!(account.available_minor() >= 0, "{account:?} after {event:?}");
                    assert!(account.owned_minor() >= 0, "{account:?} after {event:?}");
                }
                let counted = [account.debits_pending, account.credits_pending];
                let expected = pending.remove(id).unwrap_or_default();
                assert_eq!(counted, expected, "{account:?} after {event:?}");
            }
            assert!(pending.is_empty(), "a hold reserves on an account that is not there");
        }
    });
}

/// Applies records to a state as the journal gives them back: through their text.
fn replay(state: &mut State, records: &[Record]) {
    for record in records {
        let bytes = codec::to_bytes(record);
        assert!(codec::is_canonical(&bytes), "{record:?}");
        let read: Record = serde_json::from_slice(&bytes).unwrap();
        state.apply(&read);
    }
}

/// Goal: the journal alone gives the same books again: accounts, holds, timers, standings, seals.
/// Method: random histories; their records through text into an empty state. What came before
/// each history is the same for all, and is replayed once.
#[test]
fn replay_gives_the_same_books() {
    let [limited, unlimited] = [&LIMITED, &UNLIMITED].map(|world| {
        let mut state = State::whole();
        replay(&mut state, &world.records);
        assert_eq!(books(&state), books(&world.state));
        state
    });
    for_all_histories(|world, history| {
        let start = world.records.len();
        for event in history {
            happen(world, event);
        }
        let is_limited = world.state.policy(VILLAGE).ledger.amount_minor_max == LARGEST;
        let mut replayed = if is_limited { limited.clone() } else { unlimited.clone() };
        replay(&mut replayed, &world.records[start..]);
        assert_eq!(books(&replayed), books(&world.state));
        assert_eq!(replayed.appended.entries, world.state.appended.entries);
        assert_eq!(replayed.appended.evidence, world.state.appended.evidence);
        assert_eq!(replayed.appended.messages, world.state.appended.messages);
    });
}

/// Goal: a refused command changes nothing but the journal.
/// Method: random histories; the books before and after each refusal.
#[test]
fn a_refusal_changes_nothing() {
    for_all_histories(|world, history| {
        let mut before = books(&world.state);
        for event in history {
            let answer = happen(world, event);
            let after = books(&world.state);
            match answer {
                Some(Err(refusal)) => assert_eq!(after, before, "{refusal} to {event:?}"),
                // Only a timer that comes too early is accepted and does nothing.
                Some(Ok(record)) => {
                    let is_idle = record.effects.is_empty();
                    assert!(!is_idle || record.actor == Actor::Clock, "{record:?}");
                    assert!(!is_idle || after == before, "{record:?}");
                }
                None => {}
            }
            before = after;
        }
    });
}

/// Goal: a statement adds up: line by line the balance is the sum of the lines before it, and the
/// last balance is the account's.
/// Method: random histories; the running sum of every account.
#[test]
fn statements_add_up() {
    for_all_histories(|world, history| {
        for event in history {
            happen(world, event);
        }
        let mut sums: BTreeMap<AccountId, i64> = BTreeMap::new();
        let mut last = (0, 0);
        for Entry { account, seq, leg, amount_minor, balance_minor, .. } in
            world.state.appended.entries.iter().copied()
        {
            assert!((seq, leg) > last, "lines come in order");
            last = (seq, leg);
            let sum = sums.entry(account).or_default();
            *sum += amount_minor;
            assert_eq!(*sum, balance_minor, "{account:?} at {seq}");
        }
        for (id, account) in world.state.account.iter() {
            assert_eq!(sums.remove(id).unwrap_or_default(), account.balance_minor(), "{id:?}");
        }
    });
}

/// Goal: a batch is decided as its commands would be one by one: what a command reads is either
/// loaded before the batch or changed within it.
/// Method: random histories in batches of five on one view each, against the whole books.
#[test]
fn a_batch_is_decided_like_its_commands() {
    for_all_histories(|world, history| {
        for batch in history.chunks(5) {
            let asked = batch.iter().filter_map(|event| command(world, event));
            let asked = asked.map(|(actor, body)| (VILLAGE, actor, body)).collect();
            world.submit_batch(asked);
            batch.iter().filter(|event| matches!(event, Event::Wait { .. })).for_each(|event| {
                happen(world, event);
            });
        }
    });
}
