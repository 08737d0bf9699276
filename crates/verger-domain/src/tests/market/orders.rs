//! What people and the processor send wrongly about sales: quantities, seasons, the last box, money
//! that is short, late, double or early. Nothing is ever lost, and nothing is sold twice.

use super::super::world::*;
use super::super::{Row, assert_refused};
use super::stage::*;
use crate::command::{Actor, Body};
use crate::id::{ListingId, OrderId, PartyId};
use crate::ledger::AccountKey;
use crate::market::OrderPhase as P;
use crate::market::command::{Guest, ListingCommand, OrderCommand as C};
use crate::market::order::PayBy;
use crate::party::PartyKind;
use crate::refusal::{LedgerRefusal as L, MarketRefusal as M, PartyRefusal, Refusal};

const ORDER: OrderId = OrderId::from_bits(1);
const ESCROW_1: AccountKey = AccountKey { code: crate::ledger::Code::ESCROW, owner: 1 };
const ONE_BOX: &[(ListingId, u32)] = &[(FRUIT, 1)];
const NOTHING: ListingId = ListingId::from_bits(0xee);

fn placed(world: &mut World) {
    *world = stage();
    sale(world, 1, ONE_BOX, P::Placed);
}

fn ordered(lines: &[(ListingId, u32)], refusal: impl Into<Refusal>) -> Row {
    Row::of(by(BUYER), order(place(lines), ORDER), refusal).given(staged)
}

fn placing(buyer: PartyId, agent: Option<PartyId>, refusal: impl Into<Refusal>) -> Row {
    let body = order(place_by(buyer, agent, PayBy::Online, ONE_BOX), ORDER);
    Row::of(Actor::System, body, refusal).given(staged)
}

/// An order of somebody who buys for the first time.
fn guest(id: PartyId, kind: PartyKind, code: &str) -> Body {
    let known = Guest { party: party(id, code, kind, None), profile: profile("客") };
    let (lines, secret_hash) = (ONE_BOX.to_vec(), [4; 32]);
    let (guest, pay_by) = (Some(Box::new(known)), PayBy::Online);
    order(C::Place { agent: None, buyer: NOBODY, guest, lines, pay_by, secret_hash }, ORDER)
}

fn line_rows() -> Vec<Row> {
    let quantity = || M::OutOfRangeNumber { field: "quantity".to_owned(), max: 10_000, min: 1 };
    let list = || M::ListLength { field: "lines".to_owned(), max: 64 };
    let sold_out = |available| M::SoldOut { available, listing: FRUIT };
    let not_on_sale = |listing| M::NotOnSale { listing };
    let paused: fn(&mut World) = |world| {
        staged(world);
        world.submit(by(HOUSE), listing(ListingCommand::Pause, CRAFT)).unwrap();
    };
    let (from, to) = ("2026-07-01".parse().unwrap(), "2026-09-30".parse().unwrap());
    let autumn: fn(&mut World) = |world| {
        staged(world);
        world.wait_until("2026-10-01");
    };
    let too_dear: fn(&mut World) = |world| {
        staged(world);
        world.adopt(|policy| policy.ledger.amount_minor_max = 3_989);
    };
    let large = L::AmountTooLarge { amount_minor: 3_990, max_minor: 3_989 };
    vec![
        ordered(&[], list()),
        ordered(&vec![(FRUIT, 1); 65], list()),
        ordered(&[(FRUIT, 0)], quantity()),
        ordered(&[(FRUIT, 1_000_000_000)], quantity()),
        ordered(&[(NOTHING, 1)], M::SubjectUnknown { subject: NOTHING.to_string() }),
        ordered(&[(FRUIT, 41)], sold_out(40)),
        ordered(&[(FRUIT, 1), (FRUIT, 1)], M::MixedOrder),
        ordered(&[(FEED, 1)], M::MixedOrder),
        ordered(&[(FRUIT, 1), (FEED, 1)], M::MixedOrder),
        ordered(&[(CRAFT, 1)], not_on_sale(CRAFT)).given(paused),
        ordered(ONE_BOX, M::OutOfSeason { from, listing: FRUIT, to }).given(autumn),
        ordered(ONE_BOX, large).given(too_dear),
        // The season is over before the clock has said so.
        ordered(&[(FRUIT, 41)], M::OutOfSeason { from, listing: FRUIT, to }).given(autumn),
    ]
}

fn people_rows() -> Vec<Row> {
    let kind = |expected, party| PartyRefusal::WrongKind { expected, party };
    let exists = |id: OrderId| M::SubjectExists { subject: id.to_string() };
    let zero = OrderId::from_bits(0);
    vec![
        placing(MEMBER, None, kind(PartyKind::Buyer, MEMBER)),
        placing(NOBODY, None, PartyRefusal::PartyUnknown { party: NOBODY }),
        placing(BUYER, Some(SHOP), kind(PartyKind::Agent, SHOP)),
        ordered(ONE_BOX, exists(ORDER)).given(placed),
        Row::of(by(BUYER), order(place(ONE_BOX), zero), exists(zero)).given(staged),
        Row::of(
            Actor::System,
            guest(NOBODY, PartyKind::Household, "B9"),
            kind(PartyKind::Buyer, NOBODY),
        )
        .given(staged),
        Row::of(Actor::System, guest(BUYER, PartyKind::Buyer, "B9"), kind(PartyKind::Buyer, BUYER))
            .given(staged),
        Row::of(
            Actor::System,
            guest(NOBODY, PartyKind::Buyer, "B01"),
            PartyRefusal::CodeTaken { taken: "B01".to_owned() },
        )
        .given(staged),
    ]
}

fn payment_rows() -> Vec<Row> {
    let pay = |amount_minor| payment(ORDER, 1, amount_minor);
    let mut euros = pay(4_990);
    if let Body::ReceivePayment { currency, .. } = &mut euros {
        "EUR".clone_into(currency);
    }
    let (expected, given) = ("CNY".to_owned(), "EUR".to_owned());
    let told: fn(&mut World) = |world| {
        placed(world);
        world.system(payment(ORDER, 1, 4_989));
    };
    let Body::ReceivePayment { receipt, .. } = pay(1) else { unreachable!() };
    let system = |body, refusal: Refusal| Row::of(Actor::System, body, refusal).given(placed);
    let large = L::AmountTooLarge { amount_minor: LARGEST + 1, max_minor: LARGEST };
    vec![
        system(pay(0), L::AmountZero.into()),
        system(pay(-1), L::AmountNegative { amount_minor: -1 }.into()),
        system(pay(LARGEST + 1), large.into()),
        system(euros, L::CurrencyMismatch { expected, given }.into()),
        // Each payment counts once, whatever else is told of it.
        system(pay(1), M::SubjectExists { subject: receipt.to_string() }.into()).given(told),
    ]
}

pub(super) fn rows() -> Vec<Row> {
    [line_rows(), people_rows(), payment_rows()].into_iter().flatten().collect()
}

/// Goal: what cannot be sold is refused before any money moves.
/// Method: one row per bad input.
#[test]
fn refusals() {
    assert_refused(rows());
}

/// Goal: the last box is sold once: the second buyer hears it before he pays.
/// Method: two buyers for the last box; the first lets his time run out, and it is free again.
#[test]
fn the_last_box_is_sold_once() {
    let mut world = stage();
    sale(&mut world, 1, &[(FRUIT, 39)], P::Placed);
    let body = |number| order(place(ONE_BOX), order_id(number));
    world.submit(by(BUYER), body(2)).unwrap();
    let other = order(place_by(SECOND_BUYER, None, PayBy::Online, ONE_BOX), order_id(3));
    let no = M::SoldOut { available: 0, listing: FRUIT };
    assert_eq!(world.submit(by(SECOND_BUYER), other.clone()), Err(no.into()));
    assert!(world.state.listing.get(&FRUIT).unwrap().is_sold_out());
    pass_time(&mut world, order_id(2));
    world.submit(by(SECOND_BUYER), other).unwrap();
    // Both in one batch of the lane: still only one gets it.
    pass_time(&mut world, order_id(3));
    let mut world = stage();
    sale(&mut world, 1, &[(FRUIT, 39)], P::Placed);
    let both = [2, 3].map(|number| (VILLAGE, by(BUYER), body(number)));
    let answers = world.submit_batch(both.into());
    let codes: Vec<_> = answers.iter().map(code).collect();
    assert_eq!(codes, ["ok", "sold_out"]);
}

/// One payment: its amount, the phase after it, and then wallet, escrow and unapplied.
type Paid = (i64, P, [i64; 3]);

/// Goal: money that does not fit is the buyer's: it waits in his wallet, and counts towards the
/// price when the rest comes.
/// Method: short by one fen, then that fen; double; too much; short, then the whole price.
#[test]
fn money_that_does_not_fit_waits_in_the_wallet() {
    let cases: [&[Paid]; 4] = [
        &[(4_989, P::Placed, [4_989, 0, 0]), (1, P::Paid, [0, 4_990, 0])],
        &[(4_990, P::Paid, [0, 4_990, 0]), (4_990, P::Paid, [4_990, 4_990, 0])],
        &[(5_000, P::Paid, [10, 4_990, 0])],
        &[(1, P::Placed, [1, 0, 0]), (4_990, P::Paid, [1, 4_990, 0])],
    ];
    for payments in cases {
        let mut world = World::new();
        placed(&mut world);
        let mut told = 0;
        for (number, (amount, phase, expected)) in (0..).zip(payments) {
            let record = world.system(payment(ORDER, number, *amount));
            assert!(moved(&record).contains(&(PSP, *amount)));
            told += amount;
            assert_eq!(row(&world, ORDER).phase, *phase, "{payments:?}");
            let now = balances(&world, &[BUYER_WALLET, ESCROW_1, UNAPPLIED]);
            assert_eq!(now, expected, "{payments:?}");
        }
        assert_eq!(balances(&world, &[PSP]), [told]);
    }
}

/// Goal: what was kept for a short payment and then spent is asked for again.
/// Method: 49.89 kept, taken out by the staff, then one fen more: it is short again.
#[test]
fn what_was_kept_can_be_spent() {
    let mut world = World::new();
    placed(&mut world);
    world.system(payment(ORDER, 0, 4_989));
    world.staff(post(&[(BUYER_WALLET, 4_989), (BANK, -4_989)]));
    let record = world.system(payment(ORDER, 1, 1));
    assert_moved(&record, &[(PSP, 1), (BUYER_WALLET, -1)]);
    assert_eq!(row(&world, ORDER).phase, P::Placed);
}

/// Goal: money for an order that is over is the buyer's.
/// Method: after expiry, after a cancel, and for goods that were taken down meanwhile.
#[test]
fn late_money_is_the_buyers() {
    let taken_down: fn(&mut World) = |world| {
        let reason = "unsafe".to_owned();
        world.staff(listing(ListingCommand::TakeDown { reason }, FRUIT));
    };
    let expired: fn(&mut World) = |world| pass_time(world, ORDER);
    let cancelled: fn(&mut World) = |world| {
        let command = C::Cancel { is_force_majeure: false, reason: "no".to_owned() };
        world.submit(by(BUYER), order(command, ORDER)).unwrap();
    };
    for happens in [expired, cancelled, taken_down] {
        let mut world = World::new();
        placed(&mut world);
        happens(&mut world);
        let phase = row(&world, ORDER).phase;
        let record = world.system(payment(ORDER, 0, 4_990));
        assert_moved(&record, &[(PSP, 4_990), (BUYER_WALLET, -4_990)]);
        assert_eq!((purpose(&record), row(&world, ORDER).phase), (Some("payment.late"), phase));
    }
}

/// Goal: a payment told fifty times counts once.
/// Method: the same payment fifty times.
#[test]
fn a_payment_told_fifty_times_counts_once() {
    let mut world = World::new();
    placed(&mut world);
    let answers = (0..50).map(|_| code(&world.submit(Actor::System, payment(ORDER, 0, 4_990))));
    let codes: Vec<_> = answers.collect();
    assert_eq!(codes[0], "ok");
    assert!(codes[1..].iter().all(|code| code == "subject_exists"));
    assert_eq!(balances(&world, &[PSP, ESCROW_1, BUYER_WALLET]), [4_990, 4_990, 0]);
}

/// Goal: money that comes before its order is counted at once and waits for it.
/// Method: payments of exactly, less and more than the price before the order; the order is paid
/// as it is placed, or not; a guest's too.
#[test]
fn early_money_waits_for_its_order() {
    let rows: [(&[i64], P, [i64; 3]); 4] = [
        (&[4_990], P::Paid, [0, 4_990, 0]),
        (&[4_989], P::Placed, [4_989, 0, 0]),
        (&[4_989, 1], P::Paid, [0, 4_990, 0]),
        (&[5_000, 4_990], P::Paid, [5_000, 4_990, 0]),
    ];
    for (amounts, phase, expected) in rows {
        for is_guest in [false, true] {
            let mut world = stage();
            for (number, amount) in (0..).zip(amounts) {
                let record = world.system(payment(ORDER, number, *amount));
                assert_moved(&record, &[(PSP, *amount), (UNAPPLIED, -amount)]);
            }
            let body = if is_guest {
                guest(NOBODY, PartyKind::Buyer, "B9")
            } else {
                order(place(ONE_BOX), ORDER)
            };
            let answer = world.submit(Actor::System, body);
            assert_eq!(code(&answer), "ok", "{amounts:?}, guest: {is_guest}");
            let buyer = if is_guest { NOBODY } else { BUYER };
            let wallet = AccountKey::party(crate::ledger::Code::WALLET, buyer);
            assert_eq!(row(&world, ORDER).phase, phase, "{amounts:?}, guest: {is_guest}");
            assert_eq!(balances(&world, &[wallet, ESCROW_1, UNAPPLIED]), expected, "{amounts:?}");
            assert!(world.state.receipt.get(&ORDER).unwrap().iter().all(|r| !r.is_waiting));
        }
    }
}

/// Goal: fees are those of the moment of payment, prices those of the moment of ordering.
/// Method: a new price and a new policy between placing and paying; then again after it.
#[test]
fn fees_freeze_at_payment() {
    let mut world = World::new();
    placed(&mut world);
    let dearer = listing(ListingCommand::Price { price_minor: 9_999 }, FRUIT);
    world.submit(by(COOPERATIVE), dearer).unwrap();
    world.adopt(|policy| policy.fees.platform_bps = 200);
    sale_step(&mut world, ORDER, P::Paid);
    world.adopt(|policy| policy.fees.platform_bps = 300);
    let line = &row(&world, ORDER).lines[0];
    assert_eq!((line.price_minor, line.price_version, line.platform_bps), (price(FRUIT), 1, 200));
}

/// Goal: cash at the counter pays a sale like any other money.
/// Method: the exact price into the open drawer.
#[test]
fn cash_pays_a_sale() {
    let mut world = World::new();
    placed(&mut world);
    let body = order(C::PayCash { amount_minor: 4_990, shop: SHOP }, ORDER);
    let record = world.submit(by(AGENT), body).unwrap();
    assert_moved(&record, &[(DRAWER, 4_990), (ESCROW_1, -4_990)]);
    assert_eq!(row(&world, ORDER).phase, P::Paid);
}
