//! Month and year close: the order of months, the seal, and the golden vector X03.

use super::world::*;
use super::{Row, assert_refused};
use crate::command::{Actor, Body, Command};
use crate::effect::Effect;
use crate::id::{CommandId, VillageId};
use crate::ledger::period::{
    closing_hash, off_by_minor, self_sufficiency_bps, trial_balance, year_closing_lines,
};
use crate::ledger::{AccountKey, Code, Leg, Line};
use crate::refusal::LedgerRefusal as L;

fn close(text: &str) -> Body {
    Body::CloseMonth { month: month(text) }
}

/// Closes every month from July 2026 to November.
fn closed_to_november(world: &mut World) {
    world.wait_until("2026-12-05");
    for text in ["2026-07", "2026-08", "2026-09", "2026-10", "2026-11"] {
        world.staff(close(text));
    }
}

fn hash_of(world: &mut World, text: &str) -> [u8; 32] {
    let record = world.staff(close(text));
    match record.effects.last() {
        Some(Effect::MonthClosed { closing_hash, .. }) => *closing_hash,
        other => panic!("a close ends with its seal, not {other:?}"),
    }
}

pub(super) fn rows() -> Vec<Row> {
    let staff = |body, refusal| Row::of(by(STAFF), body, refusal);
    let next = |text| L::MonthNotNext { next: month(text) };
    let not_over = |text| L::MonthNotOver { month: month(text) };
    let august: fn(&mut World) = |world| world.wait_until("2026-08-01");
    vec![
        staff(close("2026-06"), next("2026-07")),
        staff(close("2026-08"), next("2026-07")).given(|world| world.wait_until("2026-12-05")),
        staff(close("2026-07"), next("2026-08")).given(|world| {
            world.wait_until("2026-09-01");
            world.staff(close("2026-07"));
        }),
        staff(close("2026-07"), not_over("2026-07")),
        staff(close("2026-07"), not_over("2026-07")).given(|world| world.wait_until("2026-07-31")),
        staff(close("2026-12"), not_over("2026-12")).given(closed_to_november),
        // The order of the months comes before the calendar.
        staff(close("2200-12"), next("2026-07")).given(august),
        staff(close("2026-07"), L::HoldOverdue { hold: hold(1) }).given(|world| {
            world.fund(WALLET, 500);
            world.reserve(1, 300, 60);
            world.wait_until("2026-08-01");
        }),
    ]
}

/// Goal: months close in order, once over, and not over a hold that should have ended.
/// Method: one row per refusal.
#[test]
fn refusals() {
    assert_refused(rows());
}

/// Goal: a month closes on the first day after it, and then the next one is due.
/// Method: July and August from the day the village joined.
#[test]
fn months_close_one_after_the_other() {
    let mut world = World::new();
    world.fund(WALLET, 500);
    world.wait_until("2026-08-01");
    let record = world.staff(close("2026-07"));
    assert_eq!(record.effects.len(), 1);
    assert_eq!(world.state.village(VILLAGE).closed_through, Some(month("2026-07")));
    let seal = world.state.closing.get(&(VILLAGE, "2026-07".to_owned())).copied().unwrap();
    assert_eq!(
        record.effects[0],
        Effect::MonthClosed { closing_hash: seal, month: month("2026-07") }
    );
    world.wait_until("2026-09-01");
    assert_ne!(hash_of(&mut world, "2026-08"), seal, "the same books in another month");
    assert_eq!(world.state.village(ELSEWHERE).closed_through, None);
}

/// Goal: an overdue hold stops the close only until the clock has swept; a live one never does.
/// Method: one hold that ends in July and one that ends in August.
#[test]
fn a_close_waits_for_the_sweep() {
    let mut world = World::new();
    world.fund(WALLET, 500);
    world.reserve(1, 300, 60);
    world.reserve(2, 100, 2_000_000);
    world.wait_until("2026-08-01");
    let answer = world.submit(by(STAFF), close("2026-07"));
    assert_eq!(answer, Err(L::HoldOverdue { hold: hold(1) }.into()));
    world.run_timers();
    world.staff(close("2026-07"));
}

/// Goal: the overdue hold of one village does not stop the close of another.
/// Method: a hold elsewhere, overdue, in the same cell.
#[test]
fn a_close_looks_at_its_own_village() {
    let mut world = World::new();
    let (expires_at, hold) = (world.later(60), hold(1));
    let (debit, credit) = (BANK, ESCROW);
    let body = Body::PlaceHold { amount_minor: 300, credit, debit, expires_at, hold };
    world.submit_in(ELSEWHERE, by(FAR_STAFF), body).unwrap();
    world.wait_until("2026-08-01");
    world.staff(close("2026-07"));
}

/// Goal: the seal covers every balance at the month's end, and nothing after it.
/// Method: equal books give equal seals; one fen more in July another; one in August the same.
#[test]
fn the_seal_depends_on_the_months_balances() {
    let seal = |july: i64, august: i64| {
        let mut world = World::new();
        world.fund(WALLET, july);
        world.wait_until("2026-08-01");
        if august > 0 {
            world.fund(WALLET, august);
        }
        hash_of(&mut world, "2026-07")
    };
    assert_eq!(seal(500, 0), seal(500, 0));
    assert_ne!(seal(500, 0), seal(501, 0));
    assert_eq!(seal(500, 0), seal(500, 77));

    let balance = |minor: i64| trial_balance([(BANK, minor), (WALLET, -minor)]);
    let sealed = |village, text, minor| closing_hash(village, month(text), &balance(minor));
    let first = sealed(VILLAGE, "2026-07", 5);
    assert_eq!(first, sealed(VILLAGE, "2026-07", 5));
    assert_ne!(first, sealed(VILLAGE, "2026-07", 6));
    assert_ne!(first, sealed(VILLAGE, "2026-08", 5));
    assert_ne!(first, sealed(ELSEWHERE, "2026-07", 5));
}

/// Goal: books that are off are never sealed.
/// Method: a month's end that lost a fen, which no command can make.
#[test]
fn broken_books_do_not_close() {
    let mut world = World::new();
    world.wait_until("2026-08-01");
    let (most, least) = (i64::MAX, -i64::MAX);
    for (off_by_minor, balances) in [
        (1, vec![(BANK, 6), (WALLET, -5)]),
        (-1, vec![(BANK, 4), (WALLET, -5)]),
        // Beyond 63 bits the nearest number is told, with its sign.
        (i64::MAX, vec![(BANK, most), (WALLET, most)]),
        (i64::MIN, vec![(BANK, least), (WALLET, least)]),
    ] {
        let id = CommandId::from_bits(1);
        let command =
            Command { id, village: VILLAGE, actor: Actor::System, body: close("2026-07") };
        let mut view = world.state.clone();
        view.month_end.load((VILLAGE, "2026-07".to_owned()), Some(balances));
        let decided = crate::decide(&view, &command, world.now());
        assert_eq!(decided, Err(L::TrialBalanceOff { off_by_minor }.into()));
    }
}

/// Goal: December moves income and expense to retained earnings, on its last day, in the books as
/// they are when it is closed; January's money stays where it is.
/// Method: income and expense in 2026, more income in 2027, then the close of December.
#[test]
fn december_closes_the_year() {
    let mut world = World::new();
    closed_to_november(&mut world);
    let (income, expense, retained) = (own(4110), own(5120), own(3900));
    world.staff(post(&[(BANK, 900), (income, -900)]));
    world.staff(post(&[(expense, 250), (BANK, -250)]));
    world.wait_until("2027-01-02");
    world.staff(post(&[(BANK, 40), (income, -40)]));

    let record = world.staff(close("2026-12"));
    let legs = vec![Leg(income, 900, -40), Leg(expense, -250, 0), Leg(retained, -650, -650)];
    let (effective_on, purpose) = ("2026-12-31".parse().unwrap(), "year.closed".to_owned());
    assert_eq!(record.effects[0], Effect::Posted { effective_on, legs, purpose });
    let after = trial_balance(world.month_end(VILLAGE, month("2026-12")));
    let codes: Vec<_> = after.iter().map(|(code, minor)| (code.number(), *minor)).collect();
    assert_eq!(codes, [(1010, 650), (3900, -650)]);
    let closing_hash = closing_hash(VILLAGE, month("2026-12"), &after);
    assert_eq!(record.effects[1], Effect::MonthClosed { closing_hash, month: month("2026-12") });

    world.wait_until("2027-02-01");
    world.staff(close("2027-01"));
    assert_eq!((world.owned(income), world.owned(retained)), (40, 650));
}

/// Goal: a year without a result closes like any month, and one whose results cancel needs no
/// line for 3900.
/// Method: no posting at all; then income equal to expense.
#[test]
fn a_year_may_close_without_a_net_result() {
    let mut world = World::new();
    closed_to_november(&mut world);
    let mut even = world.clone();
    world.wait_until("2027-01-01");
    assert_eq!(world.staff(close("2026-12")).effects.len(), 1);

    even.staff(post(&[(own(5120), 250), (own(4110), -250)]));
    even.wait_until("2027-01-01");
    let record = even.staff(close("2026-12"));
    assert_eq!(record.legs(), [Leg(own(4110), 250, 0), Leg(own(5120), -250, 0)]);
    assert_eq!(even.owned(own(3900)), 0);
}

fn staff(body: Body) -> (VillageId, Actor, Body) {
    (VILLAGE, by(STAFF), body)
}

/// The seal of a month by the books as they stand now.
fn seal(world: &World, text: &str) -> Effect {
    let balance = trial_balance(world.month_end(VILLAGE, month(text)));
    let closing_hash = closing_hash(VILLAGE, month(text), &balance);
    Effect::MonthClosed { closing_hash, month: month(text) }
}

/// Goal: a close sees what was posted before it in its own batch, on balances loaded before that.
/// Method: income of December, then an account that opens within the batch, then the close; a
/// posting of January and one elsewhere belong to neither; December is shut for the last one.
#[test]
fn a_close_sees_its_own_batch() {
    let mut world = World::new();
    closed_to_november(&mut world);
    let (income, expense) = (own(4110), own(5120));
    world.staff(post(&[(expense, 250), (BANK, -250)]));
    world.wait_until("2027-01-02");
    let december = |lines: &[_]| staff(post_on(Some("2026-12-31"), lines));
    let answers = world.submit_batch(vec![
        december(&[(BANK, 900), (income, -900)]),
        staff(Body::OpenAccount { account: UNOPENED, label: String::new() }),
        december(&[(BANK, 30), (UNOPENED, -30)]),
        staff(post(&[(BANK, 40), (income, -40)])),
        (ELSEWHERE, by(FAR_STAFF), post_on(Some("2026-12-31"), &[(BANK, 7), (income, -7)])),
        staff(close("2026-12")),
        december(&[(BANK, 5), (income, -5)]),
    ]);
    let (closed_through, effective_on) = (month("2026-12"), "2026-12-31".parse().unwrap());
    let closed = L::PeriodClosed { closed_through, effective_on };
    assert_eq!(answers[6], Err(closed.into()));
    let record = answers[5].as_ref().unwrap();
    let legs = [Leg(income, 900, -40), Leg(expense, -250, 0), Leg(own(3900), -650, -650)];
    assert_eq!(record.legs(), legs);
    assert_eq!(record.effects[1], seal(&world, "2026-12"));
}

/// Goal: two closes in one batch seal what they would seal one after the other.
/// Method: December with a result and January with another, closed together in February.
#[test]
fn two_months_close_in_one_batch() {
    let mut world = World::new();
    closed_to_november(&mut world);
    let (income, retained) = (own(4110), own(3900));
    world.staff(post(&[(BANK, 900), (income, -900)]));
    world.wait_until("2027-01-12");
    world.staff(post(&[(BANK, 40), (income, -40)]));
    world.wait_until("2027-02-01");
    let batch = ["2026-12", "2027-01"].map(|text| staff(close(text)));
    let answers = world.submit_batch(batch.into());
    let effects: Vec<_> = answers.into_iter().map(|answer| answer.unwrap().effects).collect();
    assert_eq!(effects[0][1], seal(&world, "2026-12"));
    assert_eq!(effects[1], [seal(&world, "2027-01")]);
    assert_eq!((world.owned(income), world.owned(retained)), (40, 900));
}

/// Goal: the last day of the calendar is a day like any other; its month just never ends.
/// Method: on 2200-12-31 a posting, and the close of its month after all before it.
#[test]
fn the_calendar_ends_with_2200() {
    let mut world = World::new();
    let closed = Effect::MonthClosed { closing_hash: [0; 32], month: month("2200-11") };
    world.has_happened(vec![closed]);
    world.wait_until("2200-12-31");
    let record = world.staff(post_on(Some("2200-12-31"), &[(BANK, 5), (WALLET, -5)]));
    assert_journal_is_sound(&[record]);
    let not_over = L::MonthNotOver { month: month("2200-12") };
    assert_eq!(world.submit(by(STAFF), close("2200-12")), Err(not_over.into()));
    assert_eq!(month("2200-12").next(), None);
    let last = "2200-12-31".parse::<crate::time::Date>().unwrap();
    assert_eq!(last.civil().to_string(), "2200-12-31");
    assert_eq!(crate::time::Date::from_days(last.days() + 1), None);
}

/// X03's trial balance; its subject accounts under one owner each.
const X03: &[(u16, i64)] = &[
    (1010, 100_000_000),
    (1310, 900_000),
    (1320, 9_000),
    (1390, -40_000),
    (2010, -820_000),
    (3010, -100_000_000),
    (4110, -131_000),
    (4130, -8_000),
    (4210, -12_345),
    (4910, -5_000),
    (5110, 40_000),
    (5120, 7_345),
    (2120, -1_000),
    (1030, 61_000),
    (3900, 0),
];

fn x03_key(number: u16) -> AccountKey {
    let code = Code::new(number).unwrap();
    let owner = u128::from(!AccountKey::village(code).is_well_formed());
    AccountKey { code, owner }
}

/// Goal: the golden vector X03: closing lines, books after the close, self-sufficiency 330.22 %.
/// Method: the vector's numbers through the functions that a close uses.
#[test]
fn golden_vector_x03() {
    let balances: Vec<_> = X03.iter().map(|&(code, minor)| (x03_key(code), minor)).collect();
    let before = trial_balance(balances.iter().copied());
    assert_eq!(off_by_minor(before.values().copied()), 0);
    assert!(!before.contains_key(&Code::RETAINED), "zeros are left out");
    assert_eq!(self_sufficiency_bps(&before), Some(33_022));

    let lines = year_closing_lines(&balances).unwrap();
    let expected = [
        (4110, 131_000),
        (4130, 8_000),
        (4210, 12_345),
        (4910, 5_000),
        (5110, -40_000),
        (5120, -7_345),
        (3900, -109_000),
    ];
    assert_eq!(lines, expected.map(|(code, minor)| Line(own(code), minor)));

    let moved = lines.iter().map(|line| (line.0, line.1));
    let after = trial_balance(balances.iter().copied().chain(moved));
    let expected = [
        (1010, 100_000_000),
        (1030, 61_000),
        (1310, 900_000),
        (1320, 9_000),
        (1390, -40_000),
        (2010, -820_000),
        (2120, -1_000),
        (3010, -100_000_000),
        (3900, -109_000),
    ];
    let after_codes: Vec<_> = after.iter().map(|(code, minor)| (code.number(), *minor)).collect();
    assert_eq!(after_codes, expected);
    assert_eq!(off_by_minor(after.values().copied()), 0);
    assert_eq!(self_sufficiency_bps(&after), None, "nothing was spent yet in the new year");
    let again: Vec<_> =
        after.iter().map(|(code, minor)| (x03_key(code.number()), *minor)).collect();
    assert_eq!(year_closing_lines(&again), Some(Vec::new()));
}
