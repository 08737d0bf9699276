//! Postings, accounts and reversals: what is refused, in which order, and what money does.

use super::world::*;
use super::{Row, assert_refused};
use crate::command::{Actor, Body, Command};
use crate::effect::{Effect, Message};
use crate::id::{CommandId, PartyId};
use crate::ledger::chart::{CHART, Class, Floor};
use crate::ledger::{AccountKey, Code, Leg, Line};
use crate::refusal::{LedgerRefusal as L, PartyRefusal};

/// An account without a floor that is the other side of `BANK` in these tests.
const OPERATING: u16 = 1020;

/// Keys whose owner does not fit the chart: an order's without one, a village's with one.
const NO_ORDER: AccountKey = AccountKey { code: Code::ESCROW, owner: 0 };
const A_PARTYS_BANK: AccountKey = AccountKey { code: Code::BANK_ESCROW, owner: u128::MAX };
const NOBODYS_WALLET: AccountKey = AccountKey::village(Code::WALLET);

fn pair(amount_minor: i64) -> Body {
    post(&[(BANK, amount_minor), (WALLET, amount_minor.saturating_neg())])
}

/// A posting between two accounts that may both pass zero.
fn outside(amount_minor: i64) -> Body {
    post(&[(BANK, amount_minor), (own(OPERATING), -amount_minor)])
}

fn staff(body: Body, refusal: L) -> Row {
    Row::of(by(STAFF), body, refusal)
}

fn open(account: AccountKey, label: &str) -> Body {
    Body::OpenAccount { account, label: label.to_owned() }
}

fn reverse(seq: u64) -> Body {
    Body::Reverse { approved_by: SECOND_STAFF, reason: "typing error".to_owned(), seq }
}

fn unlimited(world: &mut World) {
    world.unlimit();
}

/// The bank holds all that fits, the wallet nothing.
fn full_bank(world: &mut World) {
    unlimited(world);
    world.staff(outside(i64::MAX));
}

fn closed_july(world: &mut World) {
    world.wait_until("2026-08-29");
    world.staff(Body::CloseMonth { month: month("2026-07") });
}

pub(super) fn rows() -> Vec<Row> {
    [line_rows(), sum_rows(), account_rows(), day_rows(), evidence_rows(), reverse_rows()]
        .into_iter()
        .flatten()
        .collect()
}

fn line_rows() -> Vec<Row> {
    let count = |count| L::LineCount { count, max: 4096 };
    let large = |amount_minor| L::AmountTooLarge { amount_minor, max_minor: LARGEST };
    let mut many = vec![(BANK, 1); 4096];
    many.push((WALLET, -4096));
    vec![
        staff(post(&[]), count(0)),
        staff(post(&[(BANK, 1)]), count(1)),
        staff(post(&many), count(4097)),
        staff(pair(0), L::AmountZero),
        staff(pair(LARGEST + 1), large(LARGEST + 1)),
        staff(pair(-LARGEST - 1), large(-LARGEST - 1)),
        staff(pair(i64::MIN), large(i64::MIN)),
        staff(pair(i64::MAX), large(i64::MAX)),
        staff(pair(i64::MIN), L::AmountTooLarge { amount_minor: i64::MIN, max_minor: i64::MAX })
            .given(unlimited),
        // An amount is checked before the sum, the sum before the accounts.
        staff(post(&[(BANK, 1), (WALLET, 0)]), L::AmountZero),
        staff(post(&[(BANK, LARGEST + 1), (WALLET, -1)]), large(LARGEST + 1)),
        staff(post(&[(UNOPENED, 2), (WALLET, -1)]), L::NotBalanced { off_by_minor: 1 }),
    ]
}

fn sum_rows() -> Vec<Row> {
    let off = |off_by_minor| L::NotBalanced { off_by_minor };
    let short = |account, available_minor| L::InsufficientAvailable { account, available_minor };
    let member_wallet = MEMBER_WALLET;
    vec![
        staff(post(&[(BANK, 5), (WALLET, -4)]), off(1)),
        staff(post(&[(BANK, 4), (WALLET, -5)]), off(-1)),
        staff(post(&[(BANK, 5), (WALLET, 5)]), off(10)),
        // A sum beyond 63 bits is told as the nearest number, with its sign.
        staff(post(&[(BANK, i64::MAX), (WALLET, i64::MAX)]), off(i64::MAX)).given(unlimited),
        staff(post(&[(BANK, -i64::MAX), (WALLET, -i64::MAX)]), off(i64::MIN)).given(unlimited),
        staff(post(&[(BANK, -i64::MAX), (WALLET, -1)]), off(i64::MIN)).given(unlimited),
        staff(pair(-1), short(WALLET, 0)),
        staff(pair(-501), short(WALLET, 500)).given(|world| world.fund(WALLET, 500)),
        staff(pair(-301), short(WALLET, 300)).given(|world| {
            world.fund(WALLET, 500);
            world.reserve(1, 200, 60);
        }),
        staff(post(&[(WALLET, 5), (DRAWER, -5)]), short(DRAWER, 0)),
        // One wallet is short though the other is not.
        staff(post(&[(WALLET, 5), (member_wallet, 5), (BANK, -10)]), short(member_wallet, 0))
            .given(|world| world.fund(WALLET, 500)),
        staff(outside(1), L::OutOfRange { account: BANK }).given(full_bank),
        // The range is checked line by line, before any floor.
        staff(
            post(&[(WALLET, 1), (BANK, 1), (own(OPERATING), -2)]),
            L::OutOfRange { account: BANK },
        )
        .given(full_bank),
        // Money in and out again in one posting still has to fit.
        staff(
            post(&[(BANK, i64::MAX), (BANK, 1), (BANK, -1), (own(OPERATING), -i64::MAX)]),
            L::OutOfRange { account: BANK },
        )
        .given(unlimited),
    ]
}

fn account_rows() -> Vec<Row> {
    let unknown = |account| L::AccountUnknown { account };
    let fixed = |account| L::AccountNotOpenable { account };
    let far = AccountKey::party(Code::WALLET, FAR_HOUSE);
    let unfunded = |key| post(&[(WALLET, 5), (key, -5)]);
    let long = "x".repeat(65);
    vec![
        staff(unfunded(UNOPENED), unknown(UNOPENED)),
        staff(unfunded(far), unknown(far)),
        staff(open(ESCROW, ""), L::AccountExists { account: ESCROW }),
        staff(open(BANK, ""), fixed(BANK)),
        staff(open(WALLET, ""), fixed(WALLET)),
        staff(open(UNOPENED, &long), fixed(UNOPENED)),
        // What cannot be opened is not asked whether it is open.
        staff(open(ESCROW, &long), fixed(ESCROW)),
        // A key whose owner does not fit the chart can be written, but is never open.
        staff(open(NO_ORDER, ""), fixed(NO_ORDER)),
        staff(open(A_PARTYS_BANK, ""), fixed(A_PARTYS_BANK)),
        staff(unfunded(NO_ORDER), unknown(NO_ORDER)),
        staff(unfunded(A_PARTYS_BANK), unknown(A_PARTYS_BANK)),
        staff(unfunded(NOBODYS_WALLET), unknown(NOBODYS_WALLET)),
    ]
}

fn day_rows() -> Vec<Row> {
    let day = |text: &str| text.parse().unwrap();
    let on = |text| post_on(Some(text), &[(BANK, 5), (WALLET, -5)]);
    let empty_on = |text| post_on(Some(text), &[]);
    let future = |text| L::EffectiveInFuture { effective_on: day(text), today: day("2026-07-20") };
    let closed = |text| {
        let (closed_through, effective_on) = (month("2026-07"), day(text));
        L::PeriodClosed { closed_through, effective_on }
    };
    let early = |days_max, text: &str| L::EffectiveTooOld { days_max, effective_on: day(text) };
    let old = early(30, "2026-07-29");
    vec![
        staff(on("2026-07-21"), future("2026-07-21")),
        staff(on("2200-12-31"), future("2200-12-31")),
        staff(on("2026-07-29"), old).given(|world| world.wait_until("2026-08-29")),
        // The books began on the day the village joined, 2026-07-20.
        staff(on("2026-07-19"), early(0, "2026-07-19")),
        staff(on("1970-01-01"), early(0, "1970-01-01")),
        staff(on("2026-07-19"), early(5, "2026-07-19"))
            .given(|world| world.wait_until("2026-07-25")),
        staff(on("2026-07-19"), early(30, "2026-07-19"))
            .given(|world| world.wait_until("2026-08-19")),
        staff(on("2026-07-31"), closed("2026-07-31")).given(closed_july),
        // Closed comes before too old, and the day before the lines.
        staff(on("2026-07-21"), closed("2026-07-21")).given(closed_july),
        staff(empty_on("2026-07-21"), future("2026-07-21")),
    ]
}

fn evidence_rows() -> Vec<Row> {
    let unknown = |party| PartyRefusal::PartyUnknown { party };
    let negative = L::AmountNegative { amount_minor: -1 };
    let fact = |member, with| post_fact(member, with, 1);
    vec![
        Row::of(by(STAFF), fact(NOBODY, HOUSE), unknown(NOBODY)),
        Row::of(by(STAFF), fact(HOUSE, NOBODY), unknown(NOBODY)),
        // Whoever lives elsewhere is unknown here, though the cell has his standing.
        Row::of(by(STAFF), fact(FAR_HOUSE, HOUSE), unknown(FAR_HOUSE)),
        Row::of(by(STAFF), fact(HOUSE, FAR_HOUSE), unknown(FAR_HOUSE)),
        staff(post_fact(HOUSE, HOME, -1), negative),
    ]
}

fn reverse_rows() -> Vec<Row> {
    let unknown = |seq| L::RecordUnknown { seq };
    let first = u64::try_from(World::new().records.len()).unwrap() + 1;
    let twice: fn(&mut World) = |world| {
        world.fund(WALLET, 500);
        let seq = world.last_seq();
        world.staff(reverse(seq));
    };
    let spent: fn(&mut World) = |world| {
        world.fund(WALLET, 500);
        world.staff(pair(-200));
    };
    vec![
        staff(reverse(0), unknown(0)),
        staff(reverse(u64::MAX), unknown(u64::MAX)),
        // The first record opened the village and moved no money.
        staff(reverse(1), unknown(1)),
        staff(reverse(first), unknown(first)).given(|world| {
            let lines = [(BANK, 5), (own(OPERATING), -5)];
            world.submit_in(ELSEWHERE, by(FAR_STAFF), post(&lines)).unwrap();
        }),
        staff(reverse(first), L::AlreadyReversed { by_seq: first + 1, seq: first }).given(twice),
        staff(reverse(first + 1), unknown(first + 1)).given(twice),
        staff(reverse(first), L::InsufficientAvailable { account: WALLET, available_minor: 300 })
            .given(spent),
        // What an opposite posting would not undo: a fact, a seal, money between villages.
        staff(reverse(first), unknown(first)).given(|world| {
            world.staff(post_fact(HOUSE, HOME, 1));
        }),
        staff(reverse(first + 2), unknown(first + 2)).given(|world| {
            world.wait_until("2026-08-29");
            closed_year(world);
        }),
        staff(reverse(first + 1), unknown(first + 1)).given(|world| {
            world.fund(WALLET, 500);
            world.submit(by(AGENT), send(HOUSE, 5, ELSEWHERE)).unwrap();
        }),
        staff(reverse(first), unknown(first)).given(|world| {
            let (effective_on, purpose) = (world.now().today, "test".to_owned());
            let legs = vec![Leg(BANK, 5, 5), Leg(own(OPERATING), -5, -5)];
            let (from, to, to_village) = (HOUSE, FAR_HOUSE, ELSEWHERE);
            let sent = Message::ReceiveMoney { amount_minor: 5, from, to, to_village };
            let posted = Effect::Posted { effective_on, legs, purpose };
            world.has_happened(vec![posted, Effect::MessageQueued(sent)]);
        }),
        staff(reverse(first), unknown(first)).given(|world| {
            let (from, from_village) = (FAR_HOUSE, ELSEWHERE);
            world.system(Body::ReceiveMoney { amount_minor: 5, from, from_village, to: HOUSE });
        }),
        staff(reverse(first + 1), unknown(first + 1)).given(|world| {
            let village_9 = AccountKey { code: Code::CLEARING, owner: 9 };
            world.staff(open(village_9, "village 9"));
            world.fund(village_9, 5);
        }),
    ]
}

/// A year's close with a result, as the third record from here.
fn closed_year(world: &mut World) {
    let closed = Effect::MonthClosed { closing_hash: [0; 32], month: month("2026-11") };
    world.has_happened(vec![closed]);
    world.wait_until("2027-01-02");
    world.staff(post_on(Some("2026-12-31"), &[(BANK, 5), (own(4110), -5)]));
    let record = world.staff(Body::CloseMonth { month: month("2026-12") });
    assert_eq!(record.legs().len(), 2);
}

/// Goal: the ledger refuses what it must, with the numbers that a person needs.
/// Method: one row per refusal and per pair of checks whose order matters.
#[test]
fn refusals() {
    assert_refused(rows());
}

/// Goal: a posting moves what it says, to the fen, and says what it did.
/// Method: three lines, one account twice; legs, balances and statement lines.
#[test]
fn a_posting_moves_what_it_says() {
    let mut world = World::new();
    let record = world.staff(post(&[(BANK, 700), (WALLET, -500), (ESCROW, -150), (ESCROW, -50)]));
    let legs = [
        Leg(BANK, 700, 700),
        Leg(WALLET, -500, -500),
        Leg(ESCROW, -150, -150),
        Leg(ESCROW, -50, -200),
    ];
    assert_eq!(record.legs(), legs);
    assert_eq!((world.owned(BANK), world.owned(WALLET), world.owned(ESCROW)), (700, 500, 200));
    let entries = &world.state.appended.entries;
    let lines: Vec<_> = entries.iter().map(|e| (e.account.key, e.leg, e.balance_minor)).collect();
    assert_eq!(lines, [(BANK, 0, 700), (WALLET, 1, -500), (ESCROW, 2, -150), (ESCROW, 3, -200)]);
    assert!(entries.iter().all(|e| e.seq == record.seq && e.at == record.at));
}

/// Goal: only the end of a posting must keep the floors, so that money can pass through.
/// Method: an empty wallet pays before it receives, in one posting.
#[test]
fn money_may_pass_through_an_empty_account() {
    let mut world = World::new();
    let record = world.staff(post(&[(WALLET, 300), (ESCROW, -300), (WALLET, -300), (BANK, 300)]));
    assert_eq!(record.legs()[0], Leg(WALLET, 300, 300));
    assert_eq!((world.owned(WALLET), world.owned(ESCROW)), (0, 300));
}

/// Goal: the limits themselves are allowed.
/// Method: the largest amount, the most lines, the last fen, the oldest day, the full counter.
#[test]
fn limits_are_inclusive() {
    let mut world = World::new();
    world.staff(pair(LARGEST));
    world.staff(pair(-LARGEST));
    let mut lines = vec![(BANK, 1); 4095];
    lines.push((WALLET, -4095));
    world.staff(post(&lines));
    assert_eq!(world.owned(WALLET), 4095);
    world.staff(pair(-4095));
    assert_eq!(world.account(WALLET).available_minor(), 0);
    world.wait_until("2026-08-29");
    world.staff(post_on(Some("2026-07-30"), &[(BANK, 5), (WALLET, -5)]));
    world.staff(open(UNOPENED, &"桃".repeat(64)));

    let mut world = World::new();
    world.wait_until("2026-07-25");
    world.staff(post_on(Some("2026-07-20"), &[(BANK, 5), (WALLET, -5)]));

    let mut world = World::new();
    full_bank(&mut world);
    assert_eq!(world.owned(BANK), i64::MAX);
    world.staff(outside(-1));
    assert_eq!(world.owned(BANK), i64::MAX - 1);
    world.staff(outside(1 - i64::MAX));
    assert_eq!((world.owned(BANK), world.owned(own(OPERATING))), (0, 0));
}

/// Goal: the largest amount catches typing errors where money first moves, and nothing later: what
/// was accepted can be posted, reversed and closed whatever the policy says by then.
/// Method: a hold, a posting and a year's income above a limit that was lowered meanwhile.
#[test]
fn a_lower_limit_stops_only_what_is_new() {
    let mut world = World::new();
    world.fund(WALLET, 900);
    world.reserve(1, 300, 60);
    world.staff(outside(700));
    let posted = world.last_seq();
    world.staff(post(&[(BANK, 800), (own(4110), -800)]));
    world.adopt(|policy| policy.ledger.amount_minor_max = 10);

    let large = |amount_minor| L::AmountTooLarge { amount_minor, max_minor: 10 };
    let (credit, debit) = (ESCROW, WALLET);
    let expires_at = world.later(60);
    let place = Body::PlaceHold { amount_minor: 11, credit, debit, expires_at, hold: hold(2) };
    assert_eq!(world.submit(by(STAFF), place), Err(large(11).into()));
    assert_eq!(world.submit(by(STAFF), pair(11)), Err(large(11).into()));
    for body in [cash_in(HOUSE, 11), cash_out(HOUSE, 11, MEMBER), send(HOUSE, 11, ELSEWHERE)] {
        assert_eq!(world.submit(by(AGENT), body), Err(large(11).into()));
    }

    world.staff(Body::PostHold { amount_minor: None, hold: hold(1) });
    assert_eq!((world.owned(WALLET), world.owned(ESCROW)), (600, 300));
    world.staff(reverse(posted));
    assert_eq!(world.owned(own(OPERATING)), 0);
    let closed = Effect::MonthClosed { closing_hash: [0; 32], month: month("2026-11") };
    world.has_happened(vec![closed]);
    world.wait_until("2027-01-02");
    world.staff(Body::CloseMonth { month: month("2026-12") });
    assert_eq!((world.owned(own(4110)), world.owned(own(3900))), (0, 800));
}

/// Goal: after a month is closed its days are shut and the next day is open.
/// Method: the last day of July and the first of August, once July is closed.
#[test]
fn the_open_month_takes_late_postings() {
    let mut world = World::new();
    closed_july(&mut world);
    let record = world.staff(post_on(Some("2026-08-01"), &[(BANK, 5), (WALLET, -5)]));
    assert!(matches!(&record.effects[0],
        Effect::Posted { effective_on, .. } if effective_on.to_string() == "2026-08-01"));
    let today = world.staff(pair(5));
    assert!(matches!(&today.effects[0],
        Effect::Posted { effective_on, .. } if effective_on.to_string() == "2026-08-29"));
}

/// Goal: facts are written with the money, numbered, and counted in the standing.
/// Method: two facts in one posting, one good and one bad.
#[test]
fn evidence_comes_with_the_money() {
    let mut world = World::new();
    let Body::Post { mut evidence, lines, purpose, .. } = post_fact(HOUSE, HOME, 900) else {
        panic!("it is a posting");
    };
    evidence.push(crate::command::Evidence { good: false, ..evidence[0] });
    let body = Body::Post { effective_on: None, evidence: evidence.clone(), lines, purpose };
    let record = world.staff(body);
    assert_eq!(record.effects[1..], [evidence[0], evidence[1]].map(Effect::EvidenceWritten));
    let rows = &world.state.appended.evidence;
    assert_eq!(rows.iter().map(|row| row.number).collect::<Vec<_>>(), [0, 1]);
    let standing = |id: PartyId| world.state.standing.get(&id).unwrap().1;
    let house = standing(HOUSE);
    assert_eq!((house.good_count, house.bad_count, house.good_minor), (1, 1, 900));
    assert_eq!(standing(HOME), crate::state::Standing::default());
}

/// Goal: a reversal is the exact opposite, today, and names what it takes back.
/// Method: a dated posting, reversed five days later.
#[test]
fn a_reversal_is_the_opposite_today() {
    let mut world = World::new();
    world.staff(post_on(Some("2026-07-20"), &[(BANK, 700), (WALLET, -500), (ESCROW, -200)]));
    let seq = world.last_seq();
    world.wait_until("2026-07-25");
    let record = world.staff(reverse(seq));
    let legs = vec![Leg(BANK, -700, 0), Leg(WALLET, 500, 0), Leg(ESCROW, 200, 0)];
    let (effective_on, purpose) = ("2026-07-25".parse().unwrap(), "reversal".to_owned());
    let reason = "typing error".to_owned();
    let effects =
        [Effect::Posted { effective_on, legs, purpose }, Effect::Reversed { reason, seq }];
    assert_eq!(record.effects, effects);
    assert_eq!(world.state.reversal.get(&(VILLAGE, seq)), Some(&record.seq));
}

/// Goal: a reversed hold posting gives the money back and leaves the hold as it ended.
/// Method: hold, part post, reverse.
#[test]
fn a_posted_hold_is_reversed_as_money() {
    let mut world = World::new();
    world.fund(WALLET, 500);
    world.reserve(1, 300, 60);
    world.staff(Body::PostHold { amount_minor: Some(200), hold: hold(1) });
    let seq = world.last_seq();
    world.staff(reverse(seq));
    assert_eq!((world.owned(WALLET), world.owned(ESCROW)), (500, 0));
    let again = world.submit(by(STAFF), Body::VoidHold { hold: hold(1) });
    assert_eq!(again, Err(L::AlreadyPosted { hold: hold(1) }.into()));
}

/// Goal: people's money, escrow and cash never pass zero, mirrors of the outside world may, and a
/// code's first digit says which statement it is on.
/// Method: the whole chart against the list of floors and the classes by digit.
#[test]
fn the_chart_has_its_floors_and_classes() {
    let floored = CHART.iter().filter(|row| row.floor == Floor::Zero).map(|row| row.code);
    let expected =
        [1110, 1260, 1310, 2010, 2020, 2030, 2031, 2032, 2033, 2034, 2040, 2050, 2060, 2110, 2210];
    assert_eq!(floored.collect::<Vec<_>>(), expected);
    assert!(CHART.is_sorted_by(|a, b| a.code < b.code));
    for row in CHART {
        let class = match row.code / 1000 {
            1 => Class::Asset,
            2 => Class::Liability,
            3 => Class::Equity,
            4 => Class::Income,
            5 => Class::Expense,
            _ => Class::Memorandum,
        };
        assert_eq!(row.class, class, "{}", row.name);
        assert_eq!(Code::by_name(row.name).map(Code::number), Some(row.code), "{}", row.name);
    }
    assert_eq!(Code::new(1000), None);
}

/// Goal: whatever key was written can be read again, also one whose owner does not fit the chart.
/// Method: every code without an owner and with the smallest and largest; then texts of no key.
#[test]
fn every_key_has_its_text() {
    for code in Code::all() {
        for owner in [0, 1, u128::MAX] {
            let key = AccountKey { code, owner };
            assert_eq!(key.to_string().parse(), Ok(key));
            let json = serde_json::to_string(&key).unwrap();
            assert_eq!(serde_json::from_str::<AccountKey>(&json).unwrap(), key);
        }
    }
    assert_eq!(NO_ORDER.to_string(), "2040");
    let digits = "0".repeat(31);
    for wrong in [
        String::new(),
        "1000".to_owned(),
        "+1010".to_owned(),
        "01010".to_owned(),
        "1010:".to_owned(),
        format!("2010:{digits}"),
        format!("2010:{digits}G"),
        format!("2010:{digits}A"),
        format!("2010:{digits}11"),
        format!("2010:{digits}1:1"),
    ] {
        assert!(wrong.parse::<AccountKey>().is_err(), "{wrong}");
    }
}

/// Goal: an opened account is empty, in the village's currency, under its label, and usable.
/// Method: open the escrow of an order and pay into it.
#[test]
fn an_opened_account_is_usable() {
    let mut world = World::new();
    world.staff(open(UNOPENED, "O-2002"));
    let account = world.account(UNOPENED);
    assert_eq!((account.label.as_str(), account.currency.code()), ("O-2002", "CNY"));
    assert_eq!((account.balance_minor(), account.available_minor()), (0, 0));
    world.fund(UNOPENED, 30);
    assert_eq!(world.owned(UNOPENED), 30);
}

/// Goal: the same account may have the same key in two villages without touching the other.
/// Method: post in both villages to 1010 and the order's escrow.
#[test]
fn villages_do_not_share_books() {
    let mut world = World::new();
    world.fund(ESCROW, 30);
    let lines = [(BANK, 7), (ESCROW, -7)];
    let record = world.submit_in(ELSEWHERE, by(FAR_STAFF), post(&lines)).unwrap();
    assert_eq!(record.legs(), [Leg(BANK, 7, 7), Leg(ESCROW, -7, -7)]);
    assert_eq!((world.owned(BANK), world.owned(ESCROW)), (30, 30));
}

/// Goal: reading a row that was not loaded stops the command, it never counts as absent.
/// Method: a view without the wallet; the decision must not come back.
#[test]
fn an_unloaded_row_is_never_absent() {
    let world = World::new();
    let id = CommandId::from_bits(1);
    let command = Command { id, village: VILLAGE, actor: Actor::System, body: pair(5) };
    let mut view = world.view(std::slice::from_ref(&command));
    assert!(crate::decide(&view, &command, world.now()).is_ok());
    view.account = crate::state::Table::default();
    let decided = std::panic::catch_unwind(|| crate::decide(&view, &command, world.now()));
    assert!(decided.is_err());
    assert!(matches!(&command.body, Body::Post { lines, .. } if lines[0] == Line(BANK, 5)));
}
