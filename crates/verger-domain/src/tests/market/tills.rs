//! The till: counted when it opens and when it closes; whoever opened it answers for the gap. What
//! the processor pays out, and what is paid out to people.

use super::super::world::*;
use super::super::{Row, assert_refused};
use super::stage::*;
use super::{assert_actors, assert_phase};
use crate::command::Body;
use crate::effect::Record;
use crate::id::TillId;
use crate::ledger::{AccountKey, Code};
use crate::market::TillPhase;
use crate::market::command::TillCommand as C;
use crate::party::{Duty, PartyKind};
use crate::refusal::{LedgerRefusal as L, MarketRefusal as M, PartyRefusal, Refusal};

const SECOND: TillId = TillId::from_bits(0x20);
const OVER_SHORT: AccountKey = AccountKey::village(Code::CASH_OVER_SHORT);

/// The shop's drawer, open by `AGENT` with 1,000.00 in it.
fn with_cash(world: &mut World) {
    world.submit(by(AGENT), cash_in(HOUSE, 100_000)).unwrap();
}

fn close(counted_minor: i64) -> Body {
    till(C::Close { counted_minor }, TILL)
}

fn bank(amount_minor: i64) -> Body {
    till(C::Bank { amount_minor }, TILL)
}

fn closed(counted_minor: i64) -> (World, Record) {
    let mut world = World::new();
    with_cash(&mut world);
    let record = world.submit(by(AGENT), close(counted_minor)).unwrap();
    (world, record)
}

fn is_suspended(world: &World) -> bool {
    world.state.party.get(&AGENT).unwrap().duty.is_suspended
}

/// Goal: what is short at the close is owed by the agent, what is over is nobody's; every gap is a
/// mark, and one above 500.00 suspends.
/// Method: counts around what is booked and around the limit.
#[test]
fn whoever_opened_answers_for_the_gap() {
    let rows: [(i64, Lines<'_>, bool); 6] = [
        (0, &[], false),
        (-1, &[(AGENT_OWES, 1), (DRAWER, -1)], false),
        (1, &[(DRAWER, 1), (OVER_SHORT, -1)], false),
        (-50_000, &[(AGENT_OWES, 50_000), (DRAWER, -50_000)], false),
        (-50_001, &[(AGENT_OWES, 50_001), (DRAWER, -50_001)], true),
        (50_001, &[(DRAWER, 50_001), (OVER_SHORT, -50_001)], true),
    ];
    for (gap, lines, suspends) in rows {
        let (world, record) = closed(100_000 + gap);
        assert_moved(&record, lines);
        let expected = [(AGENT, "till", false, gap.abs())];
        assert_eq!(facts(&record), if gap == 0 { &[][..] } else { &expected }, "{gap}");
        assert_eq!(is_suspended(&world), suspends, "{gap}");
        let row = world.state.till.get(&TILL).unwrap();
        assert_eq!((row.gap_minor, row.phase), (gap, TillPhase::Closed));
        assert_eq!(row.closed_minor, Some(100_000 + gap));
        assert_eq!(world.state.drawer.get(&SHOP), None);
        assert_eq!(balances(&world, &[DRAWER]), [100_000 + gap]);
        let modules = &world.state.party.get(&AGENT).unwrap().certified;
        assert_eq!(modules.len(), 6, "what he learnt he keeps");
    }
}

/// Goal: what was too much or too little before somebody opened is not his.
/// Method: open the closed drawer with another count.
#[test]
fn a_gap_before_the_opening_is_nobodys() {
    let rows: [(i64, &[(AccountKey, i64)]); 3] = [
        (100_000, &[]),
        (99_990, &[(OVER_SHORT, 10), (DRAWER, -10)]),
        (100_010, &[(DRAWER, 10), (OVER_SHORT, -10)]),
    ];
    for (counted, lines) in rows {
        let (mut world, _) = closed(100_000);
        let record = world.submit(by(SECOND_AGENT), open_till(SECOND, SHOP, counted)).unwrap();
        assert_moved(&record, lines);
        assert_eq!(facts(&record), []);
        assert_eq!(balances(&world, &[DRAWER]), [counted]);
        // The drawer is his now, and no longer the first one's.
        let cash = cash_in(HOUSE, 5);
        assert_eq!(world.submit(by(AGENT), cash.clone()), Err(M::TillNotOpen.into()));
        world.submit(by(SECOND_AGENT), cash).unwrap();
    }
}

/// Goal: cash goes to the bank as it is told, during the session and after it.
/// Method: a bank drop in both phases; the drawer closes without a gap.
#[test]
fn cash_goes_to_the_bank() {
    let mut world = World::new();
    with_cash(&mut world);
    let record = world.submit(by(AGENT), bank(60_000)).unwrap();
    assert_moved(&record, &[(BANK, 60_000), (DRAWER, -60_000)]);
    let record = world.submit(by(AGENT), close(40_000)).unwrap();
    assert_moved(&record, &[]);
    world.staff(bank(40_000));
    assert_eq!(world.state.till.get(&TILL).unwrap().banked_minor, 100_000);
    world.staff(till(C::Reconcile, TILL));
    assert_eq!(world.state.till.get(&TILL).unwrap().phase, TillPhase::Reconciled);
}

/// Goal: whoever opened the drawer closes it; the staff may too, and alone reconciles.
/// Method: everybody tries each command; a suspended agent's drawer is closed by the staff.
#[test]
fn every_step_has_its_people() {
    let opened = {
        let mut world = World::new();
        with_cash(&mut world);
        world
    };
    let (closed, _) = closed(100_000);
    let learn = "needs_module: novice; *: not_allowed";
    let anybody = format!("ok: agent other_agent lodger; {learn}");
    assert_actors(&closed, &open_till(SECOND, SHOP, 100_000), &anybody);
    let his = format!("ok: agent staff; {learn}");
    assert_actors(&opened, &close(100_000), &his);
    assert_actors(&opened, &bank(5), &his);
    assert_actors(&closed, &bank(5), &his);
    let staff = format!("ok: staff; {learn}");
    assert_actors(&closed, &till(C::Reconcile, TILL), &staff);
    let mut suspended = opened;
    let duty = Duty { is_suspended: true, ..Duty::default() };
    suspended.staff(Body::Certify { agent: AGENT, certified: EVERY_MODULE.into(), duty });
    let expected = "ok: staff; agent_suspended: agent; needs_module: novice; *: not_allowed";
    assert_actors(&suspended, &close(100_000), expected);
}

/// Goal: each phase allows what it should, and names it when it refuses the rest.
/// Method: every command in every phase, and a stale one.
#[test]
fn every_phase_allows_its_commands() {
    let mut open = World::new();
    with_cash(&mut open);
    let (closed, _) = closed(100_000);
    let mut done = closed.clone();
    done.staff(till(C::Reconcile, TILL));
    let tries = [
        ("bank", by(AGENT), bank(5)),
        ("close", by(AGENT), close(100_000)),
        ("reconcile", by(STAFF), till(C::Reconcile, TILL)),
    ];
    assert_phase(&open, "open", &["bank", "close"], &tries);
    assert_phase(&closed, "closed", &["bank", "reconcile"], &tries);
    assert_phase(&done, "reconciled", &[], &tries);
    let version = open.state.till.get(&TILL).unwrap().version;
    let answer = open.submit(by(AGENT), seen(bank(5), version + 1));
    assert_eq!(answer, Err(M::Stale { version }.into()));
}

/// Goal: the processor's payout moves its clearing account to the bank, less its fee.
/// Method: a fee, no fee, and all of it a fee; by whom.
#[test]
fn the_processor_settles() {
    let settle = |fee_minor, gross_minor| Body::SettleProcessor { fee_minor, gross_minor };
    let psp_fee = AccountKey::village(Code::PSP_FEE);
    for fee in [0, 30, 5_000] {
        let record = World::new().system(settle(fee, 5_000));
        let lines = [(BANK, 5_000 - fee), (psp_fee, fee), (PSP, -5_000)];
        let lines: Vec<_> = lines.into_iter().filter(|line| line.1 != 0).collect();
        assert_moved(&record, &lines);
    }
    assert_actors(&World::new(), &settle(0, 5), "ok: staff system; *: not_allowed");
}

/// Goal: money leaves the bank only to those whom it is owed, up to what they have.
/// Method: every account that can be paid out, and a batch; by whom.
#[test]
fn only_what_is_owed_is_paid_out() {
    let coop = AccountKey::party(Code::WALLET_COOPERATIVE, COOPERATIVE);
    let accounts =
        [SUPPLIER_DUE, CARRIER_DUE, AGENT_WALLET, BUYER_WALLET, coop, COOP_FEES, COOP_PACKAGING];
    let mut world = World::new();
    for account in accounts {
        world.fund(account, 100);
    }
    let all = Body::PayOut { payees: accounts.map(|account| (account, 60)).into() };
    assert_actors(&world, &all, "ok: staff; *: not_allowed");
    let record = world.staff(all);
    let mut lines: Vec<_> = accounts.map(|account| (account, 60)).into();
    lines.push((BANK, -420));
    assert_moved(&record, &lines);
}

fn pay(account: AccountKey, amount_minor: i64) -> Body {
    Body::PayOut { payees: vec![(account, amount_minor)] }
}

fn on_probation(world: &mut World) {
    with_cash(world);
    world.submit(by(AGENT), close(100_000)).unwrap();
    let probation_until = Some(world.now().today);
    let duty = Duty { probation_until, ..Duty::default() };
    world.staff(Body::Certify { agent: AGENT, certified: EVERY_MODULE.into(), duty });
}

pub(super) fn rows() -> Vec<Row> {
    let range = |field: &str, max| M::OutOfRangeNumber { field: field.to_owned(), max, min: 0 };
    let not_payable = |account| M::NotPayable { account };
    let short = |account, available_minor| L::InsufficientAvailable { account, available_minor };
    let kind = PartyRefusal::WrongKind { expected: PartyKind::Shop, party: HOUSE };
    let agent = |body, refusal: Refusal| Row::of(by(AGENT), body, refusal);
    let staff = |body, refusal: Refusal| Row::of(by(STAFF), body, refusal);
    let unknown = M::SubjectUnknown { subject: SECOND.to_string() };
    let exists = M::SubjectExists { subject: TILL.to_string() };
    let limit = M::ProbationLimit { max_minor: 200_000 };
    let payees = M::ListLength { field: "payees".to_owned(), max: 64 };
    let float = AccountKey::party(Code::FLOAT_AGENT, AGENT);
    let settle = |fee_minor, gross_minor| Body::SettleProcessor { fee_minor, gross_minor };
    vec![
        agent(open_till(SECOND, SHOP, 0), M::TillIsOpen.into()),
        agent(open_till(TILL, SECOND_SHOP, 0), exists.into()),
        agent(open_till(SECOND, HOUSE, 0), kind.into()),
        agent(open_till(SECOND, SECOND_SHOP, -1), range("counted_minor", LARGEST).into()),
        agent(open_till(SECOND, SECOND_SHOP, LARGEST + 1), range("counted_minor", LARGEST).into()),
        agent(open_till(SECOND, SHOP, 200_001), limit.into()).given(on_probation),
        agent(till(C::Close { counted_minor: 0 }, SECOND), unknown.into()),
        agent(close(-1), range("counted_minor", LARGEST).into()),
        agent(bank(0), L::AmountZero.into()),
        agent(bank(-1), L::AmountNegative { amount_minor: -1 }.into()),
        agent(bank(100_001), short(DRAWER, 100_000).into()).given(with_cash),
        agent(
            Body::CashIn { amount_minor: 5, shop: SECOND_SHOP, wallet: HOUSE },
            M::TillNotOpen.into(),
        ),
        staff(settle(6, 5), range("fee_minor", 5).into()),
        staff(settle(-1, 5), range("fee_minor", 5).into()),
        staff(settle(0, 0), L::AmountZero.into()),
        staff(Body::PayOut { payees: Vec::new() }, payees.into()),
        staff(pay(SUPPLIER_DUE, 0), L::AmountZero.into()),
        staff(pay(SUPPLIER_DUE, 1), short(SUPPLIER_DUE, 0).into()),
        // A household's own money leaves only by its own proof; nothing else is anybody's to take.
        staff(pay(WALLET, 1), not_payable(WALLET).into()),
        staff(pay(MEMBER_WALLET, 1), not_payable(MEMBER_WALLET).into()),
        staff(pay(PENDING, 1), not_payable(PENDING).into()),
        staff(pay(float, 1), not_payable(float).into()),
        staff(pay(BANK, 1), not_payable(BANK).into()),
        staff(pay(CARRIER_CLAIM, 1), not_payable(CARRIER_CLAIM).into()),
        staff(pay(ESCROW, 1), not_payable(ESCROW).into()),
    ]
}

/// Goal: tills and payouts refuse what they must.
/// Method: one row per refusal.
#[test]
fn refusals() {
    assert_refused(rows());
}

/// Goal: nobody is paid twice out of one batch.
/// Method: the same account named twice, each time within what it has.
#[test]
fn a_batch_never_overdraws() {
    for (account, owner) in [(AGENT_WALLET, AGENT), (SUPPLIER_DUE, SUPPLIER)] {
        let mut world = World::new();
        world.fund(account, 100);
        let body = Body::PayOut { payees: vec![(account, 60), (account, 60)] };
        let answer = world.submit(by(STAFF), body);
        assert_eq!(code(&answer), "insufficient_available", "{owner}");
    }
}
