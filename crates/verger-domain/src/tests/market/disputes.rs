//! Complaints: every step with its money, its facts, its people, its phases and its clock; who may
//! sit on a panel, and who bears what.

use std::collections::BTreeMap;

use super::super::world::*;
use super::super::{Row, assert_refused};
use super::stage::*;
use super::{assert_actors, assert_phase};
use crate::command::{Actor, Body};
use crate::effect::{Record, TimerKind};
use crate::id::{DisputeId, ListingId, OrderId, PartyId};
use crate::ledger::{AccountKey, Code};
use crate::market::command::{DisputeCommand as C, OrderCommand};
use crate::market::dispute::{Dispute, DisputeReason as Why, Fault, Settlement};
use crate::market::order::{LineNo, LineState};
use crate::market::{DisputePhase, OrderPhase as P};
use crate::party::PartyKind;
use crate::refusal::{MarketRefusal as M, PartyRefusal, Refusal, TillRefusal};

const ORDER: OrderId = OrderId::from_bits(1);
const CLAIM: DisputeId = DisputeId::from_bits(5);
const ESCROW_1: AccountKey = AccountKey { code: Code::ESCROW, owner: 1 };
const GOODWILL: AccountKey = AccountKey::village(Code::GOODWILL);
const HOUR: u32 = 3_600;
const DAY: u32 = 24 * HOUR;

/// So much of the first line, borne by this side.
fn of_first(fault: Fault, minor: i64) -> Settlement {
    Settlement { fault, freight_minor: 0, lines: BTreeMap::from([(LineNo(0), minor)]) }
}

fn open_with(claim: Settlement, reason: Why, pictures: &[u8]) -> C {
    let photos = pictures.iter().map(|number| photo(*number)).collect();
    C::Open { claim, order: ORDER, photos, reason }
}

/// The opener's complaint of `minor` about the first line, with picture 20.
fn opening(minor: i64) -> Body {
    dispute(open_with(of_first(Fault::Seller, minor), Why::Damaged, &[20]), CLAIM)
}

fn refuse() -> C {
    C::Refuse { photos: vec![photo(21)] }
}

fn offer(minor: i64) -> C {
    C::Offer { settlement: of_first(Fault::Seller, minor) }
}

fn rule_by(panelist: PartyId, settlement: Settlement, dishonest: Option<PartyId>) -> C {
    C::Rule { cites: vec![photo(20)], dishonest, proof: proof(panelist), settlement }
}

fn rule(minor: i64) -> C {
    rule_by(NEIGHBOUR_MEMBER, of_first(Fault::Seller, minor), None)
}

/// A sale of these lines, delivered, of which the buyer complains for `minor`.
fn complained(lines: &[(ListingId, u32)], minor: i64) -> World {
    let mut world = stage();
    sale(&mut world, 1, lines, P::Delivered);
    world.submit(by(BUYER), opening(minor)).unwrap();
    world
}

/// The sale of one box with a complaint of 10.00, in this phase.
fn at(phase: DisputePhase) -> World {
    let mut world = complained(&[(FRUIT, 1)], 1_000);
    match phase {
        DisputePhase::Opened => {}
        DisputePhase::Offered => drop(tell(&mut world, COOPERATIVE, offer(500))),
        DisputePhase::Escalated => drop(tell(&mut world, COOPERATIVE, refuse())),
        DisputePhase::Ruled => {
            tell(&mut world, COOPERATIVE, refuse());
            tell(&mut world, STAFF, rule(800));
        }
        DisputePhase::Executed => drop(tell(&mut world, COOPERATIVE, C::Accept)),
        DisputePhase::Withdrawn => drop(tell(&mut world, BUYER, C::Withdraw)),
        DisputePhase::Returning => {
            world = stage();
            purchase(&mut world, 1, &[(FEED, 1)], P::PickedUp);
            let body = open_with(of_first(Fault::Seller, 12_000), Why::ChangeOfMind, &[]);
            world.submit(by(MEMBER), dispute(body, CLAIM)).unwrap();
        }
    }
    assert_eq!(claim(&world).phase, phase);
    world
}

fn tell(world: &mut World, actor: PartyId, command: C) -> Record {
    world.submit(by(actor), dispute(command, CLAIM)).unwrap()
}

fn claim(world: &World) -> &Dispute {
    world.state.dispute.get(&CLAIM).unwrap()
}

/// Waits until the complaint's timer is due and lets the clock run; the record that it made.
fn pass_claim(world: &mut World) -> Record {
    wait_to(world, claim(world).due_at.unwrap());
    let (timer, _) =
        world.state.timer.iter().find(|(timer, _)| timer.kind == TimerKind::Dispute).unwrap();
    let body = Body::TimeOut { timer: *timer };
    world.submit(Actor::Clock, body).unwrap()
}

/// Goal: a complaint freezes its line and nothing else happens to money until both agree; then the
/// buyer has what was agreed, and the order goes on with what is left.
/// Method: the ways to an agreement, each with its money, its line and its facts.
#[test]
fn every_step_moves_its_money() {
    let mut world = at(DisputePhase::Opened);
    assert_eq!(row(&world, ORDER).lines[0].state, LineState::Frozen);
    let offered = tell(&mut world, COOPERATIVE, offer(500));
    assert_moved(&offered, &[]);
    let agreed = tell(&mut world, BUYER, C::Agree);
    assert_moved(&agreed, &[(ESCROW_1, 500), (BUYER_WALLET, -500)]);
    assert_eq!(facts(&agreed), []);
    assert_eq!(row(&world, ORDER).lines[0].state, LineState::Open);
    let done = sale_step(&mut world, ORDER, P::Completed);
    let split = [
        (CARRIER_DUE, -1_000),
        (FEE, -34),
        (PENDING, -174),
        (COOP_FEES, -139),
        (COOP_PACKAGING, -450),
        (POOL, -2_693),
        (ESCROW_1, 4_490),
    ];
    assert_moved(&done, &split);

    let accepted = tell(&mut at(DisputePhase::Opened), COOPERATIVE, C::Accept);
    assert_moved(&accepted, &[(ESCROW_1, 1_000), (BUYER_WALLET, -1_000)]);
    assert_eq!((purpose(&accepted), facts(&accepted)), (Some("claim.accepted"), vec![]));

    let mut world = at(DisputePhase::Opened);
    let withdrawn = tell(&mut world, BUYER, C::Withdraw);
    assert_moved(&withdrawn, &[]);
    assert_eq!(row(&world, ORDER).lines[0].state, LineState::Open);
    sale_step(&mut world, ORDER, P::Completed);
}

/// Goal: each step is for its own people; strangers are not told that the complaint is there.
/// Method: everybody tries each step in the phase in which it can be done.
#[test]
fn every_step_has_its_people() {
    let strangers = "subject_unknown: other_buyer house member neighbour supplier other_supplier";
    let rest = format!("{strangers}; *: not_allowed");
    let mut world = stage();
    sale(&mut world, 1, &[(FRUIT, 1)], P::Delivered);
    assert_actors(&world, &opening(1_000), &format!("ok: buyer; {rest}"));
    let opened = at(DisputePhase::Opened);
    let buyer = format!("ok: buyer; {rest}");
    let seller = format!("ok: cooperative agent other_agent; {rest}");
    let both = format!("ok: buyer cooperative agent other_agent; {rest}");
    assert_actors(&opened, &dispute(C::Withdraw, CLAIM), &buyer);
    assert_actors(&opened, &dispute(C::Escalate, CLAIM), &both);
    for command in [C::Accept, offer(1), refuse()] {
        assert_actors(&opened, &dispute(command, CLAIM), &seller);
    }
    assert_actors(&at(DisputePhase::Offered), &dispute(C::Agree, CLAIM), &buyer);
    let staff = format!("ok: staff; {rest}");
    assert_actors(&at(DisputePhase::Escalated), &dispute(rule(800), CLAIM), &staff);
    assert_actors(&at(DisputePhase::Ruled), &dispute(C::Appeal, CLAIM), &both);
    let receive = C::ReceiveReturn { carrier: CARRIER, freight_minor: 0 };
    let strangers = "subject_unknown: buyer other_buyer neighbour other_supplier";
    let supplier = format!("ok: supplier staff; {strangers}; *: not_allowed");
    assert_actors(&at(DisputePhase::Returning), &dispute(receive, CLAIM), &supplier);
}

/// Goal: each phase allows what the table of 2.6 says, and names it when it refuses the rest.
/// Method: every command in every phase, by somebody who may send it.
#[test]
fn every_phase_allows_its_commands() {
    use DisputePhase as D;
    let receive = C::ReceiveReturn { carrier: CARRIER, freight_minor: 0 };
    let commands = [
        ("accept", COOPERATIVE, C::Accept),
        ("offer", COOPERATIVE, offer(1)),
        ("refuse", COOPERATIVE, C::Refuse { photos: vec![photo(30)] }),
        ("agree", BUYER, C::Agree),
        ("escalate", BUYER, C::Escalate),
        ("withdraw", BUYER, C::Withdraw),
        ("receive_return", STAFF, receive),
        ("rule", STAFF, rule(800)),
        ("appeal", BUYER, C::Appeal),
    ];
    // The one return is of a purchase, with the household and the supplier as its sides.
    let of_purchase = [(COOPERATIVE, SUPPLIER), (BUYER, MEMBER)];
    let side = |phase, actor: PartyId| {
        let other = of_purchase.iter().find(|(sale, _)| phase == D::Returning && *sale == actor);
        other.map_or(actor, |(_, purchase)| *purchase)
    };
    let rows: [(D, &[&str]); 7] = [
        (D::Opened, &["accept", "offer", "refuse", "escalate", "withdraw"]),
        (D::Offered, &["agree", "escalate", "withdraw"]),
        (D::Returning, &["receive_return", "escalate", "withdraw"]),
        (D::Escalated, &["rule", "withdraw"]),
        (D::Ruled, &["appeal"]),
        (D::Executed, &[]),
        (D::Withdrawn, &[]),
    ];
    for (phase, allowed) in rows {
        let tries: Vec<_> = commands
            .iter()
            .map(|(name, actor, command)| {
                (*name, by(side(phase, *actor)), dispute(command.clone(), CLAIM))
            })
            .collect();
        assert_phase(&at(phase), phase.name(), allowed, &tries);
    }
}

/// Goal: whoever acts on a complaint that has changed is told so.
/// Method: each answer with the version before and after the one that is there.
#[test]
fn a_stale_version_is_refused() {
    let world = at(DisputePhase::Opened);
    let version = claim(&world).version;
    for command in [C::Accept, offer(1), refuse()] {
        let body = dispute(command, CLAIM);
        for wrong in [version.wrapping_sub(1), version + 1] {
            let answer = world.clone().submit(by(COOPERATIVE), seen(body.clone(), wrong));
            assert_eq!(answer, Err(M::Stale { version }.into()));
        }
        world.clone().submit(by(COOPERATIVE), seen(body, version)).unwrap();
    }
}

/// Goal: a complaint keeps back its own lines only; the percentages of the order are still taken
/// once, however many times money leaves its escrow.
/// Method: feed at 120.00 and a phone at 299.00, the phone disputed: the feed is released in its
/// time, the phone when the complaint is withdrawn; together exactly what one release would be.
#[test]
fn only_the_disputed_lines_wait() {
    let both: &[_] = &[(FEED, 1), (PHONE, 1)];
    let accounts = [CARRIER_DUE, FEE, PENDING, SUPPLIER_DUE, ESCROW_1];
    let mut whole = stage();
    purchase(&mut whole, 1, both, P::Completed);
    let expected = balances(&whole, &accounts);

    let mut world = stage();
    purchase(&mut world, 1, both, P::PickedUp);
    let lines = BTreeMap::from([(LineNo(1), 29_900)]);
    let phone = Settlement { fault: Fault::Seller, freight_minor: 0, lines };
    let body = dispute(open_with(phone, Why::Different, &[20]), CLAIM);
    world.submit(by(MEMBER), body).unwrap();
    pass_time(&mut world, ORDER);
    let order = row(&world, ORDER);
    assert_eq!(order.phase, P::PickedUp);
    let states: Vec<_> = order.lines.iter().map(|line| line.state).collect();
    assert_eq!(states, [LineState::Released, LineState::Frozen]);
    assert_eq!(balances(&world, &[ESCROW_1]), [29_900]);
    let before = balances(&world, &accounts);
    assert!(before.iter().zip(&expected).take(4).all(|(part, all)| part <= all));
    world.submit(by(MEMBER), dispute(C::Withdraw, CLAIM)).unwrap();
    world.run_timers();
    assert_eq!(row(&world, ORDER).phase, P::Completed);
    assert_eq!(balances(&world, &accounts), expected);
}

/// What is ordered, what is claimed, and what the clock makes of silence.
type Silence<'a> = (&'a [(ListingId, u32)], i64, DisputePhase);

/// Goal: silence has a meaning: up to 50.00 of fresh goods it is a yes, above or of other goods it
/// goes to a panel; an offer lapses and escalates; both are the late side's weak mark.
/// Method: each with its amount, a second early and on time.
#[test]
fn silence_has_a_meaning() {
    let rows: [Silence<'_>; 3] = [
        (&[(FRUIT, 2)], 5_000, DisputePhase::Executed),
        (&[(FRUIT, 2)], 5_001, DisputePhase::Escalated),
        (&[(CRAFT, 1)], 1_000, DisputePhase::Escalated),
    ];
    for (lines, minor, after) in rows {
        let mut world = complained(lines, minor);
        let seller = row(&world, ORDER).lines[0].seller;
        assert_eq!(claim(&world).due_at, Some(world.later(48 * HOUR)));
        world.wait(48 * HOUR - 1);
        world.run_timers();
        assert_eq!(claim(&world).phase, DisputePhase::Opened);
        let record = pass_claim(&mut world);
        assert_eq!(claim(&world).phase, after, "{minor} of {lines:?}");
        assert_eq!(facts(&record), [(seller, "answer", false, minor)]);
        let back = if after == DisputePhase::Executed { minor } else { 0 };
        assert_eq!(balances(&world, &[BUYER_WALLET]), [back]);
    }
    let mut world = at(DisputePhase::Offered);
    assert_eq!(claim(&world).due_at, Some(world.later(72 * HOUR)));
    let record = pass_claim(&mut world);
    assert_eq!((claim(&world).phase, facts(&record)), (DisputePhase::Escalated, vec![]));
    // A late panel is reminded once, and the money stays where it is.
    assert_eq!(claim(&world).due_at, Some(world.later(5 * DAY)));
    pass_claim(&mut world);
    assert_eq!((claim(&world).phase, claim(&world).due_at), (DisputePhase::Escalated, None));
    assert_eq!(row(&world, ORDER).lines[0].state, LineState::Frozen);
}

/// Goal: a panel is a person of the county and a member of a house that has nothing to do with the
/// order, by his own proof; he cites what was shown; an appeal goes to another member, once.
/// Method: rulings by near and by distant members, an appeal, a second ruling, a second appeal.
#[test]
fn a_panel_is_independent() {
    let mut world = at(DisputePhase::Escalated);
    for near in [MEMBER, KIN] {
        let body = dispute(rule_by(near, of_first(Fault::Seller, 1), None), CLAIM);
        let answer = world.clone().submit(by(STAFF), body);
        assert_eq!(answer, Err(M::NotIndependent { party: near }.into()));
    }
    let ruled = tell(&mut world, STAFF, rule(800));
    assert_moved(&ruled, &[]);
    assert_eq!(claim(&world).due_at, Some(world.later(7 * DAY)));
    tell(&mut world, COOPERATIVE, C::Appeal);
    let again = world.clone().submit(by(STAFF), dispute(rule(700), CLAIM));
    assert_eq!(again, Err(M::NotIndependent { party: NEIGHBOUR_MEMBER }.into()));
    tell(&mut world, STAFF, rule_by(NEIGHBOUR_SON, of_first(Fault::Seller, 700), None));
    let second = world.clone().submit(by(BUYER), dispute(C::Appeal, CLAIM));
    let no = M::IllegalTransition { allowed: vec![], phase: "ruled".to_owned() };
    assert_eq!(second, Err(no.into()));
    let done = pass_claim(&mut world);
    assert_moved(&done, &[(ESCROW_1, 700), (BUYER_WALLET, -700)]);
    assert_eq!((purpose(&done), facts(&done)), (Some("claim.ruled"), vec![]));
}

/// Goal: what goes back to the buyer is borne by whom the panel found at fault, to the fen: the
/// seller gets less, or is made whole by the carrier, the agent or the programme.
/// Method: 8.00 of one box ruled against each, carried out after seven days without an appeal.
#[test]
fn each_fault_has_its_bearer() {
    let rows = [
        (Fault::Seller, None),
        (Fault::Carrier, Some(CARRIER_CLAIM)),
        (Fault::Agent, Some(AGENT_OWES)),
        (Fault::Goodwill, Some(GOODWILL)),
    ];
    for (fault, bearer) in rows {
        let mut world = at(DisputePhase::Escalated);
        tell(&mut world, STAFF, rule_by(NEIGHBOUR_MEMBER, of_first(fault, 800), None));
        world.wait(7 * DAY - 1);
        world.run_timers();
        assert_eq!(claim(&world).phase, DisputePhase::Ruled);
        let done = pass_claim(&mut world);
        let mut lines = vec![(ESCROW_1, 800), (BUYER_WALLET, -800)];
        if let Some(bearer) = bearer {
            lines.extend([(bearer, 800), (POOL, -800)]);
        }
        assert_moved(&done, &lines);
        world.run_timers();
        assert_eq!(row(&world, ORDER).phase, P::Completed, "{fault:?}");
        let left = balances(&world, &[ESCROW_1, POOL, FEE]);
        let of_pool = if bearer.is_some() { 800 } else { 0 };
        assert_eq!(left, [0, 2_423 + of_pool, 31], "{fault:?}");
    }
}

/// Goal: a settled complaint is nobody's mark; a ruling of dishonesty is one, against the side it
/// names, and the order then proves nothing for anybody.
/// Method: the facts of an order after an agreement, an honest ruling, and rulings against each
/// side; then its completion and the vesting.
#[test]
fn only_dishonesty_is_a_mark() {
    let rows = [(None, true), (Some(BUYER), false), (Some(COOPERATIVE), false)];
    for (dishonest, proves) in rows {
        let mut world = at(DisputePhase::Escalated);
        let before = world.records.len();
        tell(&mut world, STAFF, rule_by(NEIGHBOUR_MEMBER, of_first(Fault::Seller, 800), dishonest));
        pass_claim(&mut world);
        world.run_timers();
        assert_eq!(row(&world, ORDER).phase, P::Completed);
        pass_time(&mut world, ORDER);
        let all: Vec<Fact> = world.records[before..].iter().flat_map(facts).collect();
        let marks: Vec<_> = all.iter().filter(|fact| !fact.2).copied().collect();
        let expected: Vec<_> =
            dishonest.map(|loser| (loser, "ruling", false, 800)).into_iter().collect();
        assert_eq!(marks, expected);
        let proofs: Vec<_> = all.iter().filter(|fact| fact.2).map(|fact| fact.1).collect();
        let expected: &[_] = if proves { &["sale", "purchase", "service"] } else { &[] };
        assert_eq!(proofs, expected, "{dishonest:?}");
    }
}

/// Goal: who changed his mind sends the goods back first, and the way back is his.
/// Method: a sack of feed returned for 6.00; the carrier has both ways, the household the rest.
#[test]
fn a_return_is_paid_by_the_buyer() {
    let mut world = at(DisputePhase::Returning);
    assert_eq!(claim(&world).due_at, Some(world.later(14 * DAY)));
    let receive = C::ReceiveReturn { carrier: SECOND_CARRIER, freight_minor: 600 };
    let record = tell(&mut world, SUPPLIER, receive);
    let second = AccountKey::party(Code::PAYABLE_CARRIER, SECOND_CARRIER);
    let lines =
        [(ESCROW_1, 12_600), (WALLET, -11_400), (second, -600), (CARRIER_DUE, -QUOTED_FREIGHT)];
    assert_moved(&record, &lines);
    assert_eq!(row(&world, ORDER).phase, P::Refunded);
    // Nobody is worse off in the eyes of others for it, and nothing waits any more.
    assert_eq!(facts(&record), []);
    assert_eq!(world.state.timer.iter().filter(|(t, _)| t.kind == TimerKind::Order).count(), 0);

    let mut world = at(DisputePhase::Returning);
    pass_claim(&mut world);
    assert_eq!(claim(&world).phase, DisputePhase::Escalated);
}

/// A complaint about the first line of a purchase that was picked up.
fn of_purchase(world: &mut World) {
    *world = stage();
    purchase(world, 1, &[(FEED, 1)], P::PickedUp);
}

fn given(phase: DisputePhase) -> fn(&mut World) {
    match phase {
        DisputePhase::Opened => |world| *world = at(DisputePhase::Opened),
        DisputePhase::Escalated => |world| *world = at(DisputePhase::Escalated),
        DisputePhase::Returning => |world| *world = at(DisputePhase::Returning),
        other => panic!("no row begins in {other:?}"),
    }
}

fn ruling_rows() -> Vec<Row> {
    let staff = |command, no: Refusal| {
        let row = Row::of(by(STAFF), dispute(command, CLAIM), no);
        row.given(given(DisputePhase::Escalated))
    };
    let unseen = C::Rule {
        cites: vec![photo(99)],
        dishonest: None,
        proof: proof(NEIGHBOUR_MEMBER),
        settlement: of_first(Fault::Seller, 1),
    };
    let uncited = C::Rule {
        cites: Vec::new(),
        dishonest: None,
        proof: proof(NEIGHBOUR_MEMBER),
        settlement: of_first(Fault::Seller, 1),
    };
    let kind = PartyRefusal::WrongKind { expected: PartyKind::Member, party: NEIGHBOUR };
    let accused = |party| rule_by(NEIGHBOUR_MEMBER, of_first(Fault::Seller, 1), Some(party));
    let elsewhere = Settlement {
        fault: Fault::Seller,
        freight_minor: 0,
        lines: BTreeMap::from([(LineNo(1), 1)]),
    };
    vec![
        staff(rule(3_991), M::ClaimTooLarge { max_minor: 3_990 }.into()),
        staff(rule(-1), M::ClaimTooLarge { max_minor: 3_990 }.into()),
        staff(unseen, M::PhotoNeeded.into()),
        staff(uncited, M::PhotoNeeded.into()),
        staff(rule_by(NEIGHBOUR_MEMBER, elsewhere, None), M::LineNotDisputable { line: 1 }.into()),
        staff(rule_by(NEIGHBOUR, of_first(Fault::Seller, 1), None), kind.into()),
        staff(
            rule_by(MEMBER, of_first(Fault::Seller, 1), None),
            M::NotIndependent { party: MEMBER }.into(),
        ),
        staff(accused(SECOND_BUYER), PartyRefusal::PartyUnknown { party: SECOND_BUYER }.into()),
        staff(
            rule_by(CHILD, of_first(Fault::Seller, 1), None),
            M::NotIndependent { party: CHILD }.into(),
        ),
    ]
}

pub(super) fn rows() -> Vec<Row> {
    let member = |body, no: Refusal| Row::of(by(MEMBER), body, no).given(of_purchase);
    let coop = |command, no: Refusal| {
        let row = Row::of(by(COOPERATIVE), dispute(command, CLAIM), no);
        row.given(given(DisputePhase::Opened))
    };
    let minor = |minor| open_with(of_first(Fault::Seller, minor), Why::Damaged, &[20]);
    let freight = Settlement { fault: Fault::Seller, freight_minor: 601, lines: BTreeMap::new() };
    let with_line = Settlement { freight_minor: 601, ..of_first(Fault::Seller, 1) };
    let pictures: Vec<u8> = (30..39).collect();
    let list = |field: &str, max| M::ListLength { field: field.to_owned(), max };
    let unknown = || M::SubjectUnknown { subject: CLAIM.to_string() };
    let return_of = |freight_minor| C::ReceiveReturn { carrier: CARRIER, freight_minor };
    let supplier = |command, no: Refusal| {
        let row = Row::of(by(SUPPLIER), dispute(command, CLAIM), no);
        row.given(given(DisputePhase::Returning))
    };
    let carrier = PartyRefusal::WrongKind { expected: PartyKind::Carrier, party: SHOP };
    let mut rows = vec![
        member(dispute(minor(0), CLAIM), M::ClaimTooLarge { max_minor: 12_000 }.into()),
        member(dispute(minor(12_001), CLAIM), M::ClaimTooLarge { max_minor: 12_000 }.into()),
        member(
            dispute(open_with(freight, Why::Damaged, &[20]), CLAIM),
            list("claim", crate::market::LINES_MAX).into(),
        ),
        member(
            dispute(open_with(with_line, Why::Damaged, &[20]), CLAIM),
            M::ClaimTooLarge { max_minor: 600 }.into(),
        ),
        member(
            dispute(open_with(of_first(Fault::Seller, 1), Why::Damaged, &pictures), CLAIM),
            list("photos", 8).into(),
        ),
        Row::of(by(BUYER), opening(1), M::SubjectExists { subject: CLAIM.to_string() })
            .given(given(DisputePhase::Opened)),
        coop(C::Refuse { photos: vec![photo(20)] }, M::PhotoReused { photo: photo(20) }.into()),
        coop(C::Refuse { photos: Vec::new() }, M::PhotoNeeded.into()),
        coop(offer(3_991), M::ClaimTooLarge { max_minor: 3_990 }.into()),
        supplier(return_of(12_001), M::ClaimTooLarge { max_minor: 12_000 }.into()),
        supplier(return_of(-1), M::ClaimTooLarge { max_minor: 12_000 }.into()),
        supplier(C::ReceiveReturn { carrier: SHOP, freight_minor: 0 }, carrier.into()),
        Row::of(by(COOPERATIVE), dispute(C::Accept, CLAIM), unknown()),
        Row::of(by(FAR_STAFF), dispute(rule(1), CLAIM), unknown())
            .given(given(DisputePhase::Escalated))
            .in_village(ELSEWHERE),
    ];
    rows.extend(ruling_rows());
    rows
}

/// Goal: complaints refuse what is out of range, shown before, of another order or village.
/// Method: one row per refusal.
#[test]
fn refusals() {
    assert_refused(rows());
}

/// Goal: a panelist's own proof is needed: without a PIN he cannot rule, however independent.
/// Method: a panelist of a distant house who locked himself out.
#[test]
fn a_panelist_proves_himself() {
    let mut world = at(DisputePhase::Escalated);
    for _ in 0..5 {
        world.system(Body::ReportWrongPin { member: NEIGHBOUR_MEMBER });
    }
    let locked_until = world.later(15 * 60);
    let answer = world.submit(by(STAFF), dispute(rule(800), CLAIM));
    assert_eq!(answer, Err(TillRefusal::PinLocked { locked_until }.into()));
}

/// Goal: while a complaint is open the buyer cannot confirm away what is disputed by mistake.
/// Method: confirming releases the lines that are not disputed, here none of the one there is.
#[test]
fn a_frozen_line_is_not_released() {
    let mut world = at(DisputePhase::Opened);
    let answer = world.submit(by(BUYER), order(OrderCommand::Confirm, ORDER));
    assert_eq!(row(&world, ORDER).lines[0].state, LineState::Frozen, "{answer:?}");
    assert!(balances(&world, &[ESCROW_1])[0] >= 3_990);
}
