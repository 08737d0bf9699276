//! Credit through commands: a household's loans from the first question to the last fen, in one
//! village with its ledger. Owns the fixture of a household that trust lets borrow; what a loan costs
//! is tested on the engine.

use super::super::market::stage::{
    CHICKS, CRAFT, escrow, moved, orders, purchase, purpose, row as order_row, sale, stage,
};
use super::super::world::*;
use super::super::{Row, assert_refused};
use super::{after, day, tranche};
use crate::command::{Actor, Body, Proof};
use crate::credit::book::LoanBook;
use crate::credit::borrower::{File, Notice, NoticeKind};
use crate::credit::command::{CreditCommand as C, DrawWish, RepayFrom, Wish};
use crate::credit::decision::{Code as Reason, Decision, Step};
use crate::credit::quote::Until;
use crate::credit::{Borrower, BorrowerEvent, End, Status, books, fold};
use crate::effect::{Effect, Message};
use crate::id::{PartyId, TrancheId};
use crate::ledger::{AccountKey, Code};
use crate::market::OrderPhase as P;
use crate::market::command::OrdersCommand;
use crate::refusal::{
    CreditRefusal as R, LedgerRefusal as L, MarketRefusal as M, PartyRefusal as PR, Refusal,
    TillRefusal as T,
};
use crate::trust::{Backing, MemberTrust, Operation, TrustEvent, TrustRow};

const T1: TrancheId = TrancheId::from_bits(0x71);
const T2: TrancheId = TrancheId::from_bits(0x72);

/// The draw's own account of one kind.
const fn of(code: Code, id: TrancheId) -> AccountKey {
    AccountKey { code, owner: id.bits() }
}

/// A world with money to lend on 2026-08-20, in which `HOUSE` and `NEIGHBOUR` have 400 points and may owe 800 yuan.
pub(in crate::tests) fn lending(world: &mut World) {
    *world = stage();
    // The village is known for a month.
    world.wait_until("2026-08-20");
    world.fund(own(3010), 5_000_000);
    for household in [HOUSE, NEIGHBOUR] {
        trust(world, household);
    }
}

fn trust(world: &mut World, household: PartyId) {
    let member = MemberTrust {
        // Proven sales: 400 points in grains.
        acc: [0, 400 * 256, 0, 0, 0, 0],
        backing: Backing { backed_minor: 600_000, ..Backing::default() },
        largest_repaid_minor: 60_000,
        seen_on: Some(world.now().today),
        ..MemberTrust::default()
    };
    let row = TrustRow { member, ..TrustRow::default() };
    world.state.trust.load(household, Some((VILLAGE, row)));
}

fn lender() -> World {
    let mut world = World::new();
    lending(&mut world);
    world
}

fn credit(borrower: PartyId, command: C) -> Body {
    Body::Credit { borrower, command }
}

fn wish(amount_minor: i64) -> Wish {
    Wish {
        amount_minor,
        enterprise: None,
        purpose: "livestock".to_owned(),
        until: Until::Days(120),
    }
}

fn draw_wish(id: TrancheId, amount_minor: i64, proof: Proof) -> Box<DrawWish> {
    Box::new(DrawWish { proof, tranche: id, wish: wish(amount_minor) })
}

fn draw(id: TrancheId, amount_minor: i64) -> Body {
    credit(HOUSE, C::Draw(draw_wish(id, amount_minor, proof(MEMBER))))
}

fn repay(amount_minor: i64, from: RepayFrom) -> C {
    C::Repay { amount_minor, effective_on: None, from, tranche: None }
}

fn from_wallet(amount_minor: i64) -> Body {
    credit(HOUSE, repay(amount_minor, RepayFrom::Wallet(proof(MEMBER))))
}

fn cash(amount_minor: i64) -> Body {
    credit(HOUSE, repay(amount_minor, RepayFrom::Cash(SHOP)))
}

fn borrower(world: &World) -> &Borrower {
    world.state.borrower.get(&HOUSE).unwrap()
}

fn book(world: &World) -> LoanBook {
    world.state.loan_book.get(&VILLAGE).cloned().unwrap_or_default()
}

/// A draw of 800 yuan in the wallet of `HOUSE`, past its cooling-off.
fn drawn(world: &mut World) {
    lending(world);
    world.submit(by(AGENT), draw(T1, 80_000)).unwrap();
    world.wait(4 * 86_400);
}

/// The books say of every draw what its line says, and the line is the fold of its events.
fn assert_sound(world: &World) {
    let row = borrower(world);
    let mut folded = fold(&row.events).0;
    folded.advance(row.counted_on);
    assert_eq!(row.line, folded, "the line is the fold of its events");
    for (key, minor) in books::balances(&row.line, WALLET) {
        if (1310..1350).contains(&key.code.number()) {
            assert_eq!(world.account(key).balance_minor(), minor, "{key}");
        }
    }
    for (id, tranche) in &row.line.tranches {
        let stored = world.state.tranche.get(id).unwrap();
        assert_eq!(stored, &(VILLAGE, HOUSE, tranche.clone()));
    }
    assert_eq!(book(world).olb_minor(), row.line.principal_minor());
    let sum: i64 = world.state.account.iter().map(|(_, account)| account.balance_minor()).sum();
    assert_eq!(sum, 0);
}

/// Goal: a household asks, agrees and has the money in the same record, with the decision and its
/// facts; nothing was asked of anybody else.
#[test]
fn a_draw_is_one_record() {
    let mut world = lender();
    let asked = world.submit(by(AGENT), credit(HOUSE, C::Ask(wish(80_000)))).unwrap();
    let Effect::CreditOffered { decision: offered, .. } = &asked.effects[0] else { panic!() };
    assert!(offered.is_granted, "{:?}", offered.reasons);
    assert!(world.state.borrower.get(&HOUSE).is_none(), "a question changes nothing");

    let record = world.submit(by(AGENT), draw(T1, 80_000)).unwrap();
    assert_eq!(moved(&record), [(of(Code::LOAN_PRINCIPAL, T1), 80_000), (WALLET, -80_000)]);
    assert_eq!(purpose(&record), Some("credit.draw"));
    let decided = record.effects.iter().find_map(|effect| match effect {
        Effect::Credit { event: BorrowerEvent::Decided { decision, .. }, .. } => Some(decision),
        _ => None,
    });
    assert_eq!(decided.unwrap().quote, offered.quote, "the offer is what was agreed to");
    assert_eq!(borrower(&world).tranche(T1).unwrap().agent, Some(AGENT));
    assert_eq!(book(&world).of_agent_minor(AGENT), 80_000);
    assert_sound(&world);
    // A member may draw by his own hand: then no agent stands behind it.
    let wish = draw_wish(T2, 10_000, proof(NEIGHBOUR_MEMBER));
    world.submit(by(NEIGHBOUR_MEMBER), credit(NEIGHBOUR, C::Draw(wish))).unwrap();
    assert_eq!(world.state.tranche.get(&T2).unwrap().2.agent, None);
}

/// Goal: money comes back over the counter and out of the wallet, in parts, at any time; the books
/// follow to the fen and the household owes nothing in the end.
#[test]
fn a_loan_is_repaid_in_parts() {
    let mut world = World::new();
    drawn(&mut world);
    world.wait(26 * 86_400);
    // 30 days of 80,000 at 12 % are 789.04 fen.
    let record = world.submit(by(AGENT), cash(20_000)).unwrap();
    assert_eq!(world.owned(DRAWER), 20_000);
    assert_eq!(purpose(&record), Some("credit.repaid"));
    assert_eq!(borrower(&world).tranche(T1).unwrap().principal_minor, 60_789);
    assert_eq!(world.owned(own(4110)), 789);
    assert_sound(&world);
    world.wait(30 * 86_400);
    // The remainder of 0.04 fen was carried: 599.56 + 0.04.
    world.submit(by(MEMBER), from_wallet(30_000)).unwrap();
    assert_eq!(world.owned(own(4110)), 1_388);
    world.submit(by(AGENT), from_wallet(40_000)).unwrap();
    let row = borrower(&world).tranche(T1).unwrap();
    assert_eq!((row.end, row.payoff_minor()), (Some(End::Repaid), 0));
    assert_eq!(world.owned(WALLET), 80_000 + 20_000 - 80_000 - 1_388);
    assert_sound(&world);
    assert!(borrower(&world).due_at.is_none(), "the clock has nothing more to do");
}

/// Goal: within the cooling-off the principal goes back and nothing is paid for it; there is no second
/// draw in that time.
#[test]
fn cooling_off_costs_nothing() {
    let mut world = lender();
    world.submit(by(AGENT), draw(T1, 40_000)).unwrap();
    world.wait(2 * 86_400);
    let again = world.submit(by(AGENT), draw(T2, 10_000)).unwrap_err();
    assert_eq!(reasons(&again), [Reason::A15]);
    world.submit(by(AGENT), from_wallet(40_000)).unwrap();
    let row = borrower(&world).tranche(T1).unwrap();
    assert_eq!((row.end, row.cost_minor()), (Some(End::Returned), 0));
    assert_eq!((world.owned(WALLET), world.owned(own(4110))), (0, 0));
    assert_sound(&world);
    world.submit(by(AGENT), draw(T2, 10_000)).unwrap();
}

fn reasons(refusal: &Refusal) -> Vec<Reason> {
    decision(refusal).reasons.iter().map(|reason| reason.code).collect()
}

fn decision(refusal: &Refusal) -> &Decision {
    match refusal {
        Refusal::Credit(R::Declined { decision, .. }) => decision,
        other => panic!("{other:?}"),
    }
}

/// Goal: a draw above the limit is declined with its numbers, and the sum that is offered instead is
/// granted.
#[test]
fn a_declined_draw_says_what_is_possible() {
    let mut world = lender();
    let refusal = world.submit(by(AGENT), draw(T1, 90_000)).unwrap_err();
    assert_eq!(reasons(&refusal), [Reason::A03]);
    let Some(Step::AskAtMost(minor)) = decision(&refusal).reasons[0].next else { panic!() };
    assert_eq!(minor, 80_000);
    assert!(world.state.borrower.get(&HOUSE).is_none(), "nothing is stored but the answer");
    world.submit(by(AGENT), draw(T1, minor)).unwrap();
}

/// Goal: what a household sells repays its loan in the very posting of the sale, by the share it chose.
#[test]
fn a_sale_repays() {
    let mut world = World::new();
    drawn(&mut world);
    world.adopt(|policy| policy.credit.sweep_floor_minor = 5_000);
    let choose = C::ChooseSweep { proof: proof(MEMBER), share_bps: 3_000 };
    world.submit(by(MEMBER), credit(HOUSE, choose)).unwrap();
    // Four baskets at 60.00; the seller's net is what is left after fees.
    let before = world.owned(WALLET);
    let record = sale(&mut world, 1, &[(CRAFT, 4)], P::Completed);
    let paid: i64 =
        -moved(&record).iter().filter(|(key, _)| *key == WALLET).map(|m| m.1).sum::<i64>();
    let swept = borrower(&world).events.last().unwrap().clone();
    let crate::credit::Op::Repay { amount_minor, .. } = swept.op else { panic!("{swept:?}") };
    let net = paid + amount_minor;
    assert_eq!(amount_minor, net * 3_000 / 10_000);
    assert_eq!(world.owned(WALLET), before + paid);
    assert_eq!(world.owned(escrow(order_row(&world, crate::id::OrderId::from_bits(1)).id)), 0);
    assert_sound(&world);
}

/// Goal: chicks are bought on credit in one command: draw, wallet and escrow in one record; a draw
/// that is declined leaves the purchase as it was.
#[test]
fn a_purchase_on_credit_is_one_command() {
    let mut world = lender();
    purchase(&mut world, 1, &[(CHICKS, 20)], P::Consented);
    let id = crate::id::OrderId::from_bits(1);
    let price = order_row(&world, id).total_minor();
    assert_eq!(price, 30_600);
    let borrow = |amount_minor| {
        let draw = draw_wish(T1, amount_minor, proof(MEMBER));
        orders(OrdersCommand::Borrow { cash_minor: 0, draw, shop: None }, &[id])
    };
    let too_much = world.submit(by(AGENT), borrow(90_000)).unwrap_err();
    assert_eq!(reasons(&too_much), [Reason::A03]);
    let too_little = world.submit(by(AGENT), borrow(30_000)).unwrap_err();
    assert_eq!(
        too_little,
        L::InsufficientAvailable { account: WALLET, available_minor: 30_000 }.into()
    );
    assert_eq!(order_row(&world, id).phase, P::Consented);
    world.submit(by(AGENT), borrow(31_000)).unwrap();
    assert_eq!((world.owned(escrow(id)), world.owned(WALLET)), (30_600, 400));
    assert_eq!(order_row(&world, id).phase, P::Funded);
    assert_sound(&world);
}

/// Goal: a payment that the counter took without network counts from its day; one that was keyed twice
/// is taken back by two people, as if it had never been.
#[test]
fn late_and_reversed_payments_are_refolded() {
    let mut world = World::new();
    drawn(&mut world);
    world.wait(20 * 86_400);
    world.submit(by(AGENT), cash(10_000)).unwrap();
    let paid_on = after(world.now().today, -9);
    let late = C::Repay {
        amount_minor: 20_000,
        effective_on: Some(paid_on),
        from: RepayFrom::Cash(SHOP),
        tranche: Some(T1),
    };
    world.submit(by(AGENT), credit(HOUSE, late.clone())).unwrap();
    assert_sound(&world);
    let in_time = borrower(&world).line.clone();
    world.submit(by(AGENT), credit(HOUSE, late)).unwrap();
    let reverse = |approved_by| {
        let reason = "keyed twice".to_owned();
        credit(HOUSE, C::Reverse { approved_by, number: 3, reason })
    };
    assert_eq!(world.submit(by(STAFF), reverse(STAFF)), Err(PR::SecondPersonNeeded.into()));
    world.submit(by(STAFF), reverse(SECOND_STAFF)).unwrap();
    assert_eq!(borrower(&world).line, in_time);
    assert_sound(&world);
    // The journal's plain reversal cannot take a payment back: the line would not know.
    let seq = world.last_seq();
    let plain = Body::Reverse { approved_by: SECOND_STAFF, reason: "no".to_owned(), seq };
    assert_eq!(world.submit(by(STAFF), plain), Err(L::RecordUnknown { seq }.into()));
}

/// Goal: the clock reminds before the due date, offers a plan before any penalty, and nobody but the
/// household hears of it.
#[test]
fn the_clock_reminds_kindly() {
    let mut world = World::new();
    drawn(&mut world);
    let due_on = borrower(&world).tranche(T1).unwrap().due_on;
    let mut told: Vec<Notice> = Vec::new();
    while world.now().today < after(due_on, 10) {
        let before = world.records.len();
        world.run_timers();
        for record in &world.records[before..] {
            told.extend(record.effects.iter().filter_map(notice_of));
        }
        world.wait(86_400);
    }
    let days: Vec<(i32, NoticeKind)> =
        told.iter().map(|notice| (notice.on.days_since(due_on), notice.kind)).collect();
    assert_eq!(
        days,
        [
            (-14, NoticeKind::DueIn(14)),
            (-7, NoticeKind::DueIn(7)),
            (-1, NoticeKind::DueIn(1)),
            (0, NoticeKind::Due),
            (1, NoticeKind::PlanOffered),
            (5, NoticeKind::PenaltyStarts),
        ]
    );
    // A notice that the relay delivers stands where the household reads it.
    world.system(credit(HOUSE, C::Tell(told[0])));
    assert_eq!(borrower(&world).notices, [told[0]]);
    assert_sound(&world);
}

fn notice_of(effect: &Effect) -> Option<Notice> {
    match effect {
        Effect::MessageQueued(Message::Notice { notice, .. }) => Some(*notice),
        _ => None,
    }
}

/// Goal: a loan paid in time counts for trust, one in default against it, and paying cures.
/// Method: what the index is told, and where it leaves the household.
#[test]
fn the_end_of_a_loan_counts_for_trust() {
    let told = |world: &World, from: usize| -> Vec<Operation> {
        let effects = world.records[from..].iter().flat_map(|record| &record.effects);
        let counted = effects.filter_map(|effect| match effect {
            Effect::Trust { event: TrustEvent::Counted { operation, .. }, .. } => Some(*operation),
            _ => None,
        });
        counted.collect()
    };
    let mut world = World::new();
    drawn(&mut world);
    world.wait(20 * 86_400);
    let from = world.records.len();
    world.submit(by(AGENT), cash(100_000)).unwrap();
    let repaid = Operation::Repaid { days_held: 24, principal_minor: 80_000 };
    assert_eq!(told(&world, from), [repaid]);

    drawn(&mut world);
    let due_on = borrower(&world).tranche(T1).unwrap().due_on;
    let from = world.records.len();
    while world.now().today < after(due_on, 40) {
        world.wait(86_400);
        world.run_timers();
    }
    assert_eq!(told(&world, from), [Operation::Defaulted]);
    let frozen = |world: &World| world.state.trust_row(HOUSE).member.frozen_on.is_some();
    assert!(frozen(&world));
    let refused = world.submit(by(AGENT), draw(T2, 1_000)).unwrap_err();
    assert!(reasons(&refused).contains(&Reason::A01) && reasons(&refused).contains(&Reason::A08));
    let from = world.records.len();
    world.submit(by(AGENT), cash(100_000)).unwrap();
    assert_eq!(told(&world, from), [Operation::Late, Operation::Cured]);
    assert!(!frozen(&world));
}

/// Goal: a household that cannot pay agrees anew by its own yes; after three steps in time it is as
/// good as any other.
#[test]
fn a_plan_is_agreed_and_kept() {
    let mut world = World::new();
    drawn(&mut world);
    let due_on = borrower(&world).tranche(T1).unwrap().due_on;
    world.wait_until(&after(due_on, 3).to_string());
    let plan = |due_on, rate_ppm| {
        credit(HOUSE, C::Restructure { due_on, proof: proof(MEMBER), rate_ppm, tranche: T1 })
    };
    let later = after(due_on, 100);
    world.submit(by(AGENT), plan(later, 60_000)).unwrap();
    let row = borrower(&world).tranche(T1).unwrap();
    assert_eq!(
        (row.status(), row.terms.rate_ppm, row.due_on),
        (Status::Restructured, 60_000, later)
    );
    assert_eq!(book(&world).restructured_minor, 80_000);
    assert_eq!(book(&world).par30_bps(world.now().today), 10_000);
    // A second agreement about the same debt is for the staff to make.
    let not_allowed = PR::NotAllowed { actor: by(AGENT).to_string() };
    assert_eq!(world.submit(by(AGENT), plan(after(due_on, 110), 60_000)), Err(not_allowed.into()));
    let refused = world.submit(by(AGENT), draw(T2, 1_000)).unwrap_err();
    assert!(reasons(&refused).contains(&Reason::A10));
    for _ in 0..3 {
        world.wait(86_400);
        world.submit(by(AGENT), cash(8_000)).unwrap();
    }
    assert_eq!(borrower(&world).tranche(T1).unwrap().status(), Status::Current);
    assert_eq!(book(&world).par30_bps(world.now().today), 0);
    assert_sound(&world);
}

/// Goal: a loss is borne by the allowance, topped up first; the claim stays, stops growing, and what
/// comes in later is income. The household cannot draw for a while.
#[test]
fn a_loss_is_written_off_and_recovered() {
    let mut world = World::new();
    drawn(&mut world);
    let due_on = borrower(&world).tranche(T1).unwrap().due_on;
    world.wait_until(&after(due_on, 90).to_string());
    world.run_timers();
    assert_eq!(world.owned(own(4110)), 0, "charges of a lost loan are no income");
    assert!(world.account(own(9110)).balance_minor() > 0);
    world.system(Body::Provide { target_minor: 40_000 });
    assert_eq!(
        (world.owned(own(5110)), world.account(own(1390)).balance_minor()),
        (40_000, -40_000)
    );
    world.wait(91 * 86_400);
    let reason = "moved away".to_owned();
    let lost = C::WriteOff { approved_by: SECOND_STAFF, reason, tranche: T1 };
    world.submit(by(STAFF), credit(HOUSE, lost)).unwrap();
    assert_eq!((world.owned(own(5110)), world.owned(own(1390))), (80_000, 0));
    let claim = borrower(&world).tranche(T1).unwrap().claim_minor;
    assert_eq!(world.account(own(9210)).balance_minor(), claim);
    assert_eq!(world.account(own(9110)).balance_minor(), 0);
    world.wait(100 * 86_400);
    world.submit(by(AGENT), cash(30_000)).unwrap();
    let row = borrower(&world).tranche(T1).unwrap();
    assert_eq!((row.claim_minor, row.recovered_minor), (claim - 30_000, 30_000));
    assert_eq!(world.owned(own(4910)), 30_000);
    let refused = world.submit(by(AGENT), draw(T2, 1_000)).unwrap_err();
    assert!(reasons(&refused).contains(&Reason::A09), "{:?}", reasons(&refused));
    assert_sound(&world);
}

/// Goal: every stored decision can be made again from its facts and its policy, to the bit, also
/// those that were declined.
#[test]
fn decisions_replay() {
    let mut world = lender();
    world.submit(by(AGENT), credit(HOUSE, C::Ask(wish(50_000)))).unwrap();
    world.submit(by(AGENT), draw(T1, 90_000)).unwrap_err();
    world.submit(by(AGENT), draw(T1, 40_000)).unwrap();
    world.adopt(|policy| policy.credit.rate_ppm = 100_000);
    world.wait(4 * 86_400);
    world.submit(by(AGENT), draw(T2, 10_000)).unwrap();
    let mut replayed = 0;
    for record in &world.records {
        for (stored, facts) in crate::credit::stored_in(record) {
            let key = (VILLAGE, stored.policy_version);
            let policy = world.state.policies.get(&key).unwrap();
            assert_eq!(&crate::credit::decision::decide(facts, policy), stored);
            replayed += 1;
        }
    }
    assert_eq!(replayed, 4);
}

/// Goal: a whole line of events on random days keeps the books and the rows in step.
/// Method: seeds; each step is a command, and what is refused changes nothing.
#[test]
fn random_lives_keep_the_books() {
    for seed in 0..12 {
        let mut dice = super::Dice::new(seed);
        let mut world = lender();
        world.fund(WALLET, 500_000);
        let mut next = 0x100_u128;
        for _ in 0..40 {
            world.wait(u32::try_from(dice.between(1, 20)).unwrap() * 86_400);
            world.run_timers();
            next += 1;
            let amount = dice.between(1, 60) * 1_000;
            let body = match dice.below(8) {
                0 | 1 => draw(tranche(next), amount),
                2 | 3 => from_wallet(amount),
                4 => cash(amount),
                5 => {
                    let paid_on = after(world.now().today, -dice.days(0, 25));
                    let from = RepayFrom::Cash(SHOP);
                    let effective_on = Some(paid_on);
                    let tranche = None;
                    credit(HOUSE, C::Repay { amount_minor: amount, effective_on, from, tranche })
                }
                6 => {
                    let number = u32::try_from(dice.below(12)).unwrap();
                    let reason = "test".to_owned();
                    let reverse = C::Reverse { approved_by: SECOND_STAFF, number, reason };
                    drop(world.submit(by(STAFF), credit(HOUSE, reverse)));
                    credit(HOUSE, C::Count)
                }
                _ => sale_body(&mut world, &mut dice),
            };
            let actor = if matches!(body, Body::Credit { command: C::Count, .. }) {
                Actor::System
            } else {
                by(AGENT)
            };
            drop(world.submit(actor, body));
            if world.state.borrower.get(&HOUSE).is_some() {
                assert_sound(&world);
            }
        }
    }
}

fn sale_body(world: &mut World, dice: &mut super::Dice) -> Body {
    let share_bps = dice.ppm(5_000);
    let choose = C::ChooseSweep { proof: proof(MEMBER), share_bps };
    world.submit(by(MEMBER), credit(HOUSE, choose)).unwrap();
    credit(HOUSE, C::Ask(wish(1_000)))
}

/// Every refusal that a command of credit can meet.
pub(in crate::tests) fn rows() -> Vec<Row> {
    draw_rows().into_iter().chain(repay_rows()).chain(manage_rows()).collect()
}

fn agent(body: Body, refusal: impl Into<Refusal>) -> Row {
    Row::of(by(AGENT), body, refusal)
}

fn draw_rows() -> Vec<Row> {
    let not_allowed = |actor: Actor| PR::NotAllowed { actor: actor.to_string() };
    let by_proof = |proof| credit(HOUSE, C::Draw(draw_wish(T1, 10_000, proof)));
    let no_house = PR::WrongKind { expected: crate::party::PartyKind::Household, party: MEMBER };
    let steps = |amount_minor| R::NotWholeSteps { amount_minor, step_minor: 1_000 };
    let needs = T::NeedsModule { module: crate::party::Module::M6 };
    vec![
        agent(draw(T1, 0), L::AmountZero).given(lending),
        agent(draw(T1, -1_000), L::AmountNegative { amount_minor: -1_000 }).given(lending),
        agent(draw(T1, 1_500), steps(1_500)).given(lending),
        agent(credit(HOUSE, C::Ask(wish(999))), steps(999)).given(lending),
        // The yes is a member's of this household: neither the agent's nor a neighbour's.
        agent(by_proof(proof(AGENT)), T::ProofNotTheirs).given(lending),
        agent(by_proof(proof(NEIGHBOUR_MEMBER)), T::ProofNotTheirs).given(lending),
        agent(by_proof(proof(CHILD)), T::ProofNotTheirs).given(lending),
        agent(credit(MEMBER, C::Ask(wish(1_000))), no_house).given(lending),
        Row::of(by(STAFF), draw(T1, 1_000), not_allowed(by(STAFF))).given(lending),
        Row::of(by(NEIGHBOUR_MEMBER), draw(T1, 1_000), not_allowed(by(NEIGHBOUR_MEMBER)))
            .given(lending),
        Row::of(by(LODGER), draw(T1, 1_000), needs).given(lending),
        agent(
            credit(HOUSE, C::Ask(Wish { enterprise: Some("a casino".to_owned()), ..wish(1_000) })),
            M::SubjectUnknown { subject: "a casino".to_owned() },
        )
        .given(lending),
        agent(draw(T1, 1_000), M::SubjectExists { subject: T1.to_string() }).given(drawn),
    ]
}

fn repay_rows() -> Vec<Row> {
    let named = |id| C::Repay {
        amount_minor: 5,
        effective_on: None,
        from: RepayFrom::Wallet(proof(MEMBER)),
        tranche: Some(id),
    };
    let on = |text: &str| C::Repay {
        amount_minor: 5,
        effective_on: Some(day(text)),
        from: RepayFrom::Cash(SHOP),
        tranche: None,
    };
    let closed_through = month("2026-07");
    let closed = |world: &mut World| {
        drawn(world);
        world.has_happened(vec![Effect::MonthClosed {
            closing_hash: [0; 32],
            month: month("2026-07"),
        }]);
    };
    let today = day("2026-08-24");
    let broke = L::InsufficientAvailable { account: WALLET, available_minor: 80_000 };
    vec![
        agent(cash(5), R::NothingOwed).given(lending),
        agent(cash(0), L::AmountZero).given(drawn),
        agent(credit(HOUSE, named(T2)), R::AnothersLoan { tranche: T2 }).given(neighbour_drew),
        agent(credit(HOUSE, named(T2)), M::SubjectUnknown { subject: T2.to_string() }).given(drawn),
        agent(
            credit(HOUSE, on("2026-08-25")),
            L::EffectiveInFuture { effective_on: day("2026-08-25"), today },
        )
        .given(drawn),
        agent(
            credit(HOUSE, on("2026-07-24")),
            L::EffectiveTooOld { days_max: 30, effective_on: day("2026-07-24") },
        )
        .given(drawn),
        agent(
            credit(HOUSE, on("2026-07-28")),
            L::PeriodClosed { closed_through, effective_on: day("2026-07-28") },
        )
        .given(closed),
        // A payment before the money was drawn pays nothing.
        agent(credit(HOUSE, on("2026-08-10")), R::NothingOwed).given(drawn),
        agent(from_wallet(80_105), broke).given(drawn),
        agent(credit(HOUSE, repay(5, RepayFrom::Wallet(proof(KIN)))), T::ProofNotTheirs)
            .given(drawn),
    ]
}

fn neighbour_drew(world: &mut World) {
    drawn(world);
    let wish = draw_wish(T2, 10_000, proof(NEIGHBOUR_MEMBER));
    world.submit(by(AGENT), credit(NEIGHBOUR, C::Draw(wish))).unwrap();
}

fn returned(world: &mut World) {
    lending(world);
    world.submit(by(AGENT), draw(T1, 10_000)).unwrap();
    world.submit(by(AGENT), from_wallet(10_000)).unwrap();
}

fn manage_rows() -> Vec<Row> {
    let staff = |command, refusal: Refusal| Row::of(by(STAFF), credit(HOUSE, command), refusal);
    let rate = |rate_ppm| C::LowerRate { rate_ppm, tranche: T1 };
    let plan = |due_on: &str, rate_ppm| C::Restructure {
        due_on: day(due_on),
        proof: proof(MEMBER),
        rate_ppm,
        tranche: T1,
    };
    let reason = || "test".to_owned();
    let lost = C::WriteOff { approved_by: SECOND_STAFF, reason: reason(), tranche: T1 };
    let reverse = |number| C::Reverse { approved_by: SECOND_STAFF, number, reason: reason() };
    let over = R::TrancheOver { status: "closed".to_owned(), tranche: T1 };
    let last = day("2027-02-20");
    let not_higher = |rate_ppm| R::RateNotLower { now_ppm: 120_000, rate_ppm };
    let share = M::OutOfRangeNumber { field: "share_bps".to_owned(), max: 5_000, min: 0 };
    let not_allowed = |actor: Actor| PR::NotAllowed { actor: actor.to_string() };
    let (than, due_on) = (day("2026-12-18"), day("2026-12-18"));
    vec![
        staff(rate(120_000), not_higher(120_000).into()).given(drawn),
        staff(rate(1), over.clone().into()).given(returned),
        staff(rate(1), R::NothingOwed.into()).given(lending),
        Row::of(by(AGENT), credit(HOUSE, rate(1)), not_allowed(by(AGENT))).given(drawn),
        staff(plan("2026-12-17", 120_001), not_higher(120_001).into()).given(drawn),
        staff(plan("2026-12-18", 60_000), R::DueNotLater { due_on, than }.into()).given(drawn),
        staff(plan("2027-02-21", 60_000), R::DueTooLate { due_on: day("2027-02-21"), last }.into())
            .given(drawn),
        staff(lost.clone(), R::NotLateEnough { days_min: 90, days_past_due: 0 }.into())
            .given(drawn),
        Row::of(by(AGENT), credit(HOUSE, lost), not_allowed(by(AGENT))).given(drawn),
        // The draw itself is not taken back like a slip of the pen.
        staff(reverse(0), R::EventNotReversible { number: 0 }.into()).given(drawn),
        staff(reverse(9), R::EventNotReversible { number: 9 }.into()).given(drawn),
        agent(credit(HOUSE, C::ChooseSweep { proof: proof(MEMBER), share_bps: 5_001 }), share)
            .given(drawn),
        Row::of(
            by(AGENT),
            credit(HOUSE, C::SetFile { file: File::default(), reason: reason() }),
            not_allowed(by(AGENT)),
        )
        .given(drawn),
        Row::of(by(AGENT), credit(HOUSE, C::Count), not_allowed(by(AGENT))).given(drawn),
        Row::of(by(STAFF), credit(HOUSE, C::Tell(notice())), not_allowed(by(STAFF))).given(drawn),
        Row::of(by(AGENT), Body::Provide { target_minor: 1 }, not_allowed(by(AGENT))),
    ]
}

fn notice() -> Notice {
    let due_on = day("2026-11-17");
    Notice { amount_minor: 80_000, due_on, kind: NoticeKind::Due, on: due_on, tranche: T1 }
}

/// Goal: wrong and forbidden commands are refused with their numbers, and nothing else happens.
#[test]
fn what_is_wrong_is_refused() {
    assert_refused(rows());
    let declined = |world: &mut World| {
        lending(world);
        world.submit(by(AGENT), draw(T1, 90_000)).unwrap_err()
    };
    let (first, second) = (declined(&mut World::new()), declined(&mut World::new()));
    assert_eq!(first, second, "the same facts are declined in the same words");
}
