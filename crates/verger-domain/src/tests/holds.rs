//! Two-phase holds: reserved once, ended once. Holds the golden vector H01 of the credit research.

use super::world::*;
use super::{Row, assert_refused};
use crate::command::{Actor, Body};
use crate::effect::{Effect, Timer, TimerKind};
use crate::id::HoldId;
use crate::ledger::{AccountKey, HoldStatus, Leg};
use crate::refusal::{LedgerRefusal as L, PartyRefusal, Refusal};
use crate::time::Instant;

/// The longest life of a hold in the shipped policy.
const LONGEST: u32 = 2_592_000;

fn place(number: u128, amount_minor: i64, expires_at: Instant) -> Body {
    let hold = hold(number);
    Body::PlaceHold { amount_minor, credit: ESCROW, debit: WALLET, expires_at, hold }
}

fn between(debit: AccountKey, credit: AccountKey, amount_minor: i64) -> Body {
    let expires_at = World::new().later(60);
    Body::PlaceHold { amount_minor, credit, debit, expires_at, hold: hold(1) }
}

fn post_part(number: u128, amount_minor: i64) -> Body {
    Body::PostHold { amount_minor: Some(amount_minor), hold: hold(number) }
}

fn post_all(number: u128) -> Body {
    Body::PostHold { amount_minor: None, hold: hold(number) }
}

fn void(number: u128) -> Body {
    Body::VoidHold { hold: hold(number) }
}

fn staff(body: Body, refusal: L) -> Row {
    Row::of(by(STAFF), body, refusal)
}

/// A wallet with 500, of which 300 are reserved by hold 1.
fn held(world: &mut World) {
    world.fund(WALLET, 500);
    world.reserve(1, 300, 60);
}

fn held_and_voided(world: &mut World) {
    held(world);
    world.staff(void(1));
}

fn held_and_posted(world: &mut World) {
    held(world);
    world.staff(post_all(1));
}

fn held_and_late(world: &mut World) {
    held(world);
    world.wait(60);
}

fn held_elsewhere(world: &mut World) {
    let (expires_at, hold) = (world.later(60), hold(1));
    let (debit, credit) = (BANK, ESCROW);
    let body = Body::PlaceHold { amount_minor: 300, credit, debit, expires_at, hold };
    world.submit_in(ELSEWHERE, by(FAR_STAFF), body).unwrap();
}

/// Counters that hold all they can: 1010 is debited and 1020 credited with the largest number.
fn full_bank(world: &mut World) {
    world.unlimit();
    world.staff(post(&[(BANK, i64::MAX), (own(1020), -i64::MAX)]));
}

pub(super) fn rows() -> Vec<Row> {
    place_rows().into_iter().chain(order_rows()).chain(end_rows()).collect()
}

fn place_rows() -> Vec<Row> {
    let world = World::new();
    let soon = world.later(60);
    let time = L::HoldTime { seconds_max: LONGEST };
    let exists = L::HoldExists { hold: hold(1) };
    let large = |amount_minor| L::AmountTooLarge { amount_minor, max_minor: LARGEST };
    let short = |available_minor| L::InsufficientAvailable { account: WALLET, available_minor };
    let past_longest = Instant::from_micros(world.later(LONGEST).micros() + 1);
    vec![
        staff(place(1, 5, soon), exists.clone()).given(held),
        staff(place(1, 5, soon), exists.clone()).given(held_and_voided),
        staff(place(1, 5, soon), exists.clone()).given(held_elsewhere),
        staff(place(1, 0, soon), L::AmountZero),
        staff(place(1, -1, soon), L::AmountNegative { amount_minor: -1 }),
        staff(place(1, i64::MIN, soon), L::AmountNegative { amount_minor: i64::MIN }),
        staff(place(1, LARGEST + 1, soon), large(LARGEST + 1)),
        staff(place(1, i64::MAX, soon), large(i64::MAX)),
        staff(place(1, 5, world.now().at), time.clone()),
        staff(place(1, 5, Instant::from_micros(0)), time.clone()),
        staff(place(1, 5, past_longest), time.clone()),
        staff(place(1, 5, Instant::from_micros(i64::MAX)), time),
        staff(between(WALLET, WALLET, 5), L::SameAccount { account: WALLET }),
        staff(between(UNOPENED, ESCROW, 5), L::AccountUnknown { account: UNOPENED }),
        staff(between(WALLET, UNOPENED, 5), L::AccountUnknown { account: UNOPENED })
            .given(|world| world.fund(WALLET, 500)),
        staff(place(1, 1, soon), short(0)),
        staff(place(2, 201, soon), short(200)).given(held),
        // The drawer is an asset: a hold that would credit it takes cash out of it.
        staff(
            between(BANK, DRAWER, 5),
            L::InsufficientAvailable { account: DRAWER, available_minor: 0 },
        ),
    ]
}

fn order_rows() -> Vec<Row> {
    let world = World::new();
    let (soon, now) = (world.later(60), world.now().at);
    let operating = own(1020);
    let both = |hold| Body::PlaceHold {
        amount_minor: 1,
        credit: operating,
        debit: BANK,
        expires_at: World::new().later(60),
        hold,
    };
    vec![
        // The id, the amount, the time, the accounts, the funds: in this order.
        staff(place(1, 0, soon), L::HoldExists { hold: hold(1) }).given(held),
        staff(place(2, 0, now), L::AmountZero),
        staff(
            Body::PlaceHold {
                amount_minor: 5,
                credit: UNOPENED,
                debit: UNOPENED,
                expires_at: now,
                hold: hold(1),
            },
            L::HoldTime { seconds_max: LONGEST },
        ),
        staff(between(UNOPENED, UNOPENED, 5), L::SameAccount { account: UNOPENED }),
        staff(both(hold(2)), L::OutOfRange { account: BANK }).given(|world| {
            world.unlimit();
            world.staff(between(BANK, own(1020), i64::MAX));
        }),
        // What was reserved within the range may no longer fit once it is posted.
        staff(post_all(1), L::OutOfRange { account: BANK }).given(|world| {
            full_bank(world);
            world.staff(between(BANK, own(1020), 1));
        }),
    ]
}

fn end_rows() -> Vec<Row> {
    let unknown = || L::HoldUnknown { hold: hold(1) };
    let posted = || L::AlreadyPosted { hold: hold(1) };
    let voided = || L::AlreadyVoided { hold: hold(1) };
    let expired = || L::AlreadyExpired { hold: hold(1) };
    let exceeds = L::ExceedsPending { held_minor: 300, hold: hold(1) };
    let swept: fn(&mut World) = |world| {
        held_and_late(world);
        world.run_timers();
    };
    vec![
        staff(post_all(1), unknown()),
        staff(void(1), unknown()),
        staff(post_all(1), unknown()).given(held_elsewhere),
        staff(void(1), unknown()).given(held_elsewhere),
        staff(post_all(1), posted()).given(held_and_posted),
        staff(void(1), posted()).given(held_and_posted),
        staff(post_all(1), voided()).given(held_and_voided),
        staff(void(1), voided()).given(held_and_voided),
        // At its very moment a hold has ended, with or without the clock's command.
        staff(post_all(1), expired()).given(held_and_late),
        staff(void(1), expired()).given(held_and_late),
        staff(post_all(1), expired()).given(swept),
        staff(void(1), expired()).given(swept),
        staff(post_part(1, 301), exceeds.clone()).given(held),
        staff(post_part(1, 0), L::AmountZero).given(held),
        staff(post_part(1, -1), L::AmountNegative { amount_minor: -1 }).given(held),
        staff(post_part(1, i64::MIN), L::AmountNegative { amount_minor: i64::MIN }).given(held),
        // Only what is held limits the posting, not the largest amount of the policy.
        staff(post_part(1, LARGEST + 1), exceeds.clone()).given(held),
        staff(post_part(1, i64::MAX), exceeds).given(held),
        // What became of it comes before the amount.
        staff(post_part(1, 0), expired()).given(held_and_late),
        staff(post_part(1, 301), posted()).given(held_and_posted),
        Row::of(by(FAR_STAFF), void(1), PartyRefusal::PartyUnknown { party: FAR_STAFF })
            .given(held),
    ]
}

/// Goal: holds refuse what they must; another village's hold is unknown here.
/// Method: one row per refusal and per pair of checks whose order matters.
#[test]
fn refusals() {
    assert_refused(rows());
}

/// One step of H01: what happens, its result, then posted, pending and available.
type Step = (Event, &'static str, [i64; 3]);

enum Event {
    Deposit(i64),
    Hold(u128),
    Post(u128, i64),
    Void(u128),
    Tick(u32),
}

const H01: &[Step] = &[
    (Event::Deposit(5000), "ok", [5000, 0, 5000]),
    (Event::Hold(1), "ok", [5000, 1000, 4000]),
    (Event::Hold(2), "ok", [5000, 2000, 3000]),
    (Event::Hold(3), "ok", [5000, 3000, 2000]),
    (Event::Hold(4), "ok", [5000, 4000, 1000]),
    (Event::Hold(5), "ok", [5000, 5000, 0]),
    (Event::Hold(6), "insufficient_available", [5000, 5000, 0]),
    (Event::Post(1, 1000), "ok", [4000, 4000, 0]),
    (Event::Post(1, 1000), "already_posted", [4000, 4000, 0]),
    (Event::Post(2, 400), "ok", [3600, 3000, 600]),
    (Event::Void(3), "ok", [3600, 2000, 1600]),
    (Event::Post(3, 1000), "already_voided", [3600, 2000, 1600]),
    (Event::Tick(61), "ok", [3600, 0, 3600]),
    (Event::Post(4, 1000), "already_expired", [3600, 0, 3600]),
    (Event::Hold(6), "ok", [3600, 1000, 2600]),
    (Event::Post(6, 1001), "exceeds_pending", [3600, 1000, 2600]),
    (Event::Post(6, 1000), "ok", [2600, 0, 2600]),
];

/// Goal: the golden vector H01 holds through commands: over-reservation refused, part post, void,
/// expiry, no double end (blnk issues 181 and 182).
/// Method: every step of the vector, with its code and its three counters.
#[test]
fn golden_vector_h01() {
    let mut world = World::new();
    for (number, (event, result, counters)) in (1..).zip(H01) {
        let body = match *event {
            Event::Deposit(amount) => post(&[(BANK, amount), (WALLET, -amount)]),
            Event::Hold(id) => world.place(id, 1000, 60),
            Event::Post(id, amount) => post_part(id, amount),
            Event::Void(id) => void(id),
            Event::Tick(seconds) => {
                world.wait(seconds);
                world.run_timers();
                // A tick has no command of its own: any harmless one asks for the counters below.
                post(&[(BANK, 1), (own(1020), -1)])
            }
        };
        let code = world.submit(by(STAFF), body).map_or_else(|no| no.code(), |_| "ok".to_owned());
        let wallet = world.account(WALLET);
        let now = [wallet.owned_minor(), wallet.reserved_minor(), wallet.available_minor()];
        assert_eq!((code.as_str(), now), (*result, *counters), "step {number}");
    }
    assert_eq!(world.owned(ESCROW), 2400);
    assert_eq!(world.account(ESCROW).credits_pending, 0);
    assert_eq!(world.state.timer.iter().count(), 0, "every timer is cleared");
}

/// Goal: a hold past its time is over for everyone who reads it, though no sweep has run.
/// Method: one microsecond before its end it still posts; at its end it does not, the counters
/// are as they were, and the clock's command frees them.
#[test]
fn expiry_counts_at_the_read() {
    let mut world = World::new();
    held(&mut world);
    let row = world.state.hold.get(&hold(1)).unwrap().clone();
    let just_before = Instant::from_micros(row.expires_at.micros() - 1);
    assert_eq!(row.status_at(just_before), HoldStatus::Pending);
    assert_eq!(row.status_at(row.expires_at), HoldStatus::Expired);

    world.wait(60);
    let expired: Refusal = L::AlreadyExpired { hold: hold(1) }.into();
    for body in [post_all(1), post_part(1, 5), void(1)] {
        assert_eq!(world.submit(by(STAFF), body), Err(expired.clone()));
    }
    let wallet = world.account(WALLET);
    assert_eq!((wallet.reserved_minor(), wallet.available_minor()), (300, 200));

    world.run_timers();
    let wallet = world.account(WALLET);
    assert_eq!((wallet.reserved_minor(), wallet.available_minor()), (0, 500));
    assert_eq!(world.account(ESCROW).credits_pending, 0);
    assert_eq!(world.state.hold.get(&hold(1)).unwrap().status, HoldStatus::Expired);
    assert_eq!(world.submit(by(STAFF), void(1)), Err(expired));
}

/// Goal: a hold may be posted up to its last microsecond.
/// Method: wait to just before its end.
#[test]
fn a_hold_lives_to_its_last_moment() {
    let mut world = World::new();
    world.fund(WALLET, 500);
    let end = Instant::from_micros(world.later(60).micros() + 1);
    world.staff(place(1, 300, end));
    world.wait(60);
    world.staff(post_all(1));
    assert_eq!((world.owned(WALLET), world.owned(ESCROW)), (200, 300));
}

fn timer(number: u128, due_at: Instant) -> Timer {
    Timer { due_at, kind: TimerKind::ExpireHold, subject: hold(number).bits() }
}

/// Goal: each command about a hold says all it did: reserve and timer, end and timer.
/// Method: the effects of placing, part posting, voiding and expiring.
#[test]
fn effects_of_a_hold() {
    let mut world = World::new();
    world.fund(WALLET, 900);
    let expires_at = world.later(60);
    let placed = |hold: HoldId| Effect::HoldPlaced {
        amount_minor: 300,
        credit: ESCROW,
        debit: WALLET,
        expires_at,
        hold,
    };
    for number in 1..=3 {
        let effects = world.reserve(number, 300, 60).effects;
        let set = Effect::TimerSet(timer(number, expires_at));
        assert_eq!(effects, [placed(hold(number)), set]);
    }
    let cleared = |number| Effect::TimerCleared(timer(number, expires_at));

    let (effective_on, purpose) = (world.now().today, "hold.posted".to_owned());
    let legs = vec![Leg(WALLET, 100, -800), Leg(ESCROW, -100, -100)];
    let posted = Effect::Posted { effective_on, legs, purpose };
    let ended = Effect::HoldPosted { amount_minor: 100, hold: hold(1) };
    assert_eq!(world.staff(post_part(1, 100)).effects, [ended, posted, cleared(1)]);

    let ended = Effect::HoldVoided { hold: hold(2) };
    assert_eq!(world.staff(void(2)).effects, [ended, cleared(2)]);

    world.wait(60);
    let expire = Body::ExpireHold { due_at: expires_at, hold: hold(3) };
    let record = world.submit(Actor::Clock, expire).unwrap();
    assert_eq!(record.effects, [Effect::HoldExpired { hold: hold(3) }, cleared(3)]);
}

/// Goal: the clock's command for a hold that has ended otherwise only clears the timer, for ever.
/// Method: after post, void, expiry and for an unknown hold, each twice.
#[test]
fn expiring_an_ended_hold_only_clears_the_timer() {
    for ended in [held_and_posted, held_and_voided, never_held, swept_once] {
        let mut world = World::new();
        ended(&mut world);
        let due_at = world.now().at;
        let before = world.account(WALLET).clone();
        for _ in 0..2 {
            let body = Body::ExpireHold { due_at, hold: hold(1) };
            let record = world.submit(Actor::Clock, body).unwrap();
            assert_eq!(record.effects, [Effect::TimerCleared(timer(1, due_at))]);
        }
        assert_eq!(world.account(WALLET), &before);
    }
}

/// Goal: the clock ends a hold only where it is, at the moment it was due and not before.
/// Method: a live hold, then an overdue one, with the wrong moment, village and hour; then right.
#[test]
fn only_what_is_due_expires() {
    let expire = |due_at| Body::ExpireHold { due_at, hold: hold(1) };
    let mut early = World::new();
    held(&mut early);
    let due_at = early.later(60);
    let mut late = early.clone();
    early.wait(59);
    late.wait(60);
    let other = [1, 59, 61].map(|seconds| World::new().later(seconds));
    let cleared = |due_at| vec![Effect::TimerCleared(timer(1, due_at))];
    for due_at in other {
        let record = late.submit(Actor::Clock, expire(due_at)).unwrap();
        assert_eq!(record.effects, cleared(due_at));
    }
    for (world, village) in [(&mut late.clone(), ELSEWHERE), (&mut early, VILLAGE)] {
        let record = world.submit_in(village, Actor::Clock, expire(due_at)).unwrap();
        assert_eq!(record.effects, [], "neither the hold nor its timer is touched");
        assert_eq!(world.state.hold.get(&hold(1)).unwrap().status, HoldStatus::Pending);
        assert_eq!(world.account(WALLET).reserved_minor(), 300);
    }
    assert_eq!(late.account(WALLET).reserved_minor(), 300);
    late.submit(Actor::Clock, expire(due_at)).unwrap();
    assert_eq!(late.state.hold.get(&hold(1)).unwrap().status, HoldStatus::Expired);
    assert_eq!(late.account(WALLET).reserved_minor(), 0);
}

fn never_held(_: &mut World) {}

fn swept_once(world: &mut World) {
    held_and_late(world);
    world.run_timers();
}

/// Goal: a hold pays from what it reserved, even when nothing else is available.
/// Method: reserve the whole wallet, post all of it; then the id stays used.
#[test]
fn a_hold_pays_from_its_own_reserve() {
    let mut world = World::new();
    world.fund(WALLET, 300);
    world.reserve(1, 300, 60);
    assert_eq!(world.account(WALLET).available_minor(), 0);
    world.staff(post_all(1));
    let wallet = world.account(WALLET);
    assert_eq!((wallet.owned_minor(), wallet.available_minor()), (0, 0));
    assert_eq!(world.state.hold.get(&hold(1)).unwrap().status, HoldStatus::Posted(300));
}
