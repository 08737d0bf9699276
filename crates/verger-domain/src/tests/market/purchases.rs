//! The assisted purchase, outside to village: every step with its money, its facts, its actors, its
//! phases and its clock; what the household alone may say.

use super::super::world::*;
use super::super::{Row, assert_refused};
use super::stage::*;
use super::{assert_actors, assert_phase};
use crate::command::{Actor, Body, Proof, ProofBy};
use crate::effect::Effect;
use crate::id::{ListingId, OrderId, PartyId, TripId};
use crate::ledger::{AccountKey, Code};
use crate::market::OrderPhase as P;
use crate::market::command::{OrderCommand as C, OrdersCommand, ParcelCommand, TripCommand};
use crate::party::{Duty, Module, PartyKind};
use crate::refusal::{LedgerRefusal as L, MarketRefusal as M, PartyRefusal, Refusal, TillRefusal};

const ORDER: OrderId = OrderId::from_bits(1);
const ESCROW_1: AccountKey = AccountKey { code: Code::ESCROW, owner: 1 };
const TRIP: TripId = TripId::from_bits(3);
const ONE_SACK: &[(ListingId, u32)] = &[(FEED, 1)];
const HOUR: u32 = 3_600;
const DAY: u32 = 24 * HOUR;

fn at(phase: P) -> World {
    let mut world = stage();
    purchase(&mut world, 1, ONE_SACK, phase);
    world
}

fn request(household: PartyId, lines: &[(ListingId, u32)]) -> C {
    C::Request { agent: None, household, lines: lines.to_vec() }
}

fn quote(world: &World) -> C {
    C::Quote { due_on: in_three_days(world), freight_minor: QUOTED_FREIGHT }
}

fn cancel() -> C {
    C::Cancel { is_force_majeure: false, reason: "no more".to_owned() }
}

fn consent(by: ProofBy) -> Body {
    orders(OrdersCommand::Consent { proof: Proof { by, member: MEMBER } }, &[ORDER])
}

fn fund(cash_minor: i64, shop: Option<PartyId>) -> Body {
    orders(OrdersCommand::Fund { cash_minor, shop }, &[ORDER])
}

const SEND: OrdersCommand = OrdersCommand::Send { trip: None };

fn reject() -> C {
    C::SupplierReject { reason: "none left".to_owned() }
}

/// Goal: each step of a purchase moves exactly its money and writes exactly its facts.
/// Method: one sack of feed from its request to the vested commission.
#[test]
fn every_step_moves_its_money() {
    let mut world = stage();
    let record = purchase(&mut world, 1, ONE_SACK, P::Requested);
    assert_moved(&record, &[]);
    let split = [
        (CARRIER_DUE, -600),
        (FEE, -120),
        (PENDING, -240),
        (SUPPLIER_DUE, -11_640),
        (ESCROW_1, 12_600),
    ];
    let steps: [(P, Lines<'_>, &[Fact]); 9] = [
        (P::Quoted, &[], &[]),
        (P::Consented, &[], &[]),
        (P::Funded, &[(WALLET, 12_600), (ESCROW_1, -12_600)], &[]),
        (P::Ordered, &[], &[(AGENT, "acceptance", true, 12_000)]),
        (P::Confirmed, &[], &[(SUPPLIER, "acceptance", true, 12_000)]),
        (P::InTransit, &[], &[]),
        (P::AtShop, &[], &[(CARRIER, "carriage", true, 600)]),
        (P::PickedUp, &[], &[(HOUSE, "collection", true, 12_000)]),
        (
            P::Completed,
            &split,
            &[(SUPPLIER, "sale", true, 12_000), (HOUSE, "purchase", true, 12_000)],
        ),
    ];
    for (phase, lines, expected) in steps {
        let record = purchase_step(&mut world, ORDER, phase);
        assert_moved(&record, lines);
        assert_eq!(facts(&record), expected, "{phase:?}");
    }
    let stock = world.state.listing.get(&FEED).unwrap().stock.unwrap();
    assert_eq!((stock.held, stock.on_hand), (0, 19));
    pass_time(&mut world, ORDER);
    let vested = world.records.last().unwrap();
    assert_moved(vested, &[(PENDING, 240), (AGENT_WALLET, -240)]);
}

/// Goal: each step is for its own people; nobody but the household's own proof consents, nobody
/// but the supplier's side speaks for it, and strangers are not told that the order is there.
/// Method: everybody tries each step in the phase in which it can be done.
#[test]
fn every_step_has_its_people() {
    let learn = "needs_module: lodger novice";
    let strangers = "subject_unknown: buyer other_buyer neighbour other_supplier";
    let rest = format!("{strangers}; *: not_allowed");
    let ask = format!("ok: agent other_agent house member; {learn}; *: not_allowed");
    assert_actors(&stage(), &order(request(HOUSE, ONE_SACK), ORDER), &ask);
    let agents = format!("ok: agent other_agent; {learn}; {rest}");
    let served = format!("ok: agent other_agent house member; {learn}; {rest}");
    let world = at(P::Requested);
    assert_actors(&world, &order(quote(&world), ORDER), &agents);
    assert_actors(&world, &order(C::Decline, ORDER), &served);
    assert_actors(&at(P::Quoted), &consent(ProofBy::Pin), &served);
    let mut rich = at(P::Consented);
    rich.fund(WALLET, 12_600);
    assert_actors(&rich, &fund(0, None), &served);
    let cashier = format!(
        "ok: agent; till_not_open: other_agent; not_allowed: house member; {learn}; {rest}"
    );
    assert_actors(&rich, &fund(12_600, Some(SHOP)), &cashier);
    assert_actors(&at(P::Funded), &orders(SEND, &[ORDER]), &agents);
    let supplier = format!("ok: supplier staff; {rest}");
    assert_actors(&at(P::Ordered), &order(C::SupplierAccept, ORDER), &supplier);
    assert_actors(&at(P::Ordered), &order(reject(), ORDER), &supplier);
    let sides = format!("ok: agent other_agent house member supplier; {learn}; {rest}");
    for phase in [P::Requested, P::Quoted, P::Consented, P::Funded, P::Ordered] {
        assert_actors(&at(phase), &order(cancel(), ORDER), &sides);
    }
    let world = at(P::Confirmed);
    let mut boxes = boxes(row(&world, ORDER), 1);
    boxes[0].contents.clear();
    let pack = order(C::Pack { boxes, by_surface: false }, ORDER);
    assert_actors(&world, &pack, &supplier);
}

/// Every command about a purchase, by somebody who may send it.
fn tries(world: &World) -> Vec<(&'static str, Actor, Body)> {
    let (agent, supplier) = (by(AGENT), by(SUPPLIER));
    let boxes = boxes(row(world, ORDER), 1);
    let goodwill = C::Goodwill { amount_minor: 1, reason: "late".to_owned() };
    let single = [
        ("quote", agent, quote(world)),
        ("decline", by(HOUSE), C::Decline),
        ("cancel", by(HOUSE), cancel()),
        ("supplier_accept", supplier, C::SupplierAccept),
        ("supplier_reject", supplier, reject()),
        ("pack", supplier, C::Pack { boxes, by_surface: false }),
        ("goodwill", supplier, goodwill),
        ("accept", agent, C::Accept),
        ("pay_cash", agent, C::PayCash { amount_minor: 12_600, shop: SHOP }),
    ];
    let single = single.map(|(name, actor, command)| (name, actor, order(command, ORDER)));
    let batches = [
        ("consent", agent, consent(ProofBy::Pin)),
        ("fund", agent, fund(0, None)),
        ("send", agent, orders(SEND, &[ORDER])),
    ];
    single.into_iter().chain(batches).collect()
}

/// Goal: each phase allows what the table of 2.3 says, and names it when it refuses the rest.
/// Method: every command in every phase; a late cancel is looked at elsewhere.
#[test]
fn every_phase_allows_its_commands() {
    let mut packed = at(P::Confirmed);
    pack(&mut packed, ORDER, 1);
    let mut declined = at(P::Quoted);
    declined.submit(by(HOUSE), order(C::Decline, ORDER)).unwrap();
    let mut expired = at(P::Quoted);
    pass_time(&mut expired, ORDER);
    let mut unclaimed = at(P::AtShop);
    pass_time(&mut unclaimed, ORDER);
    pass_time(&mut unclaimed, ORDER);
    let rows: Vec<(World, &str, &[&str])> = vec![
        (at(P::Requested), "requested", &["quote", "decline", "cancel"]),
        (at(P::Quoted), "quoted", &["quote", "consent", "decline", "cancel"]),
        (at(P::Consented), "consented", &["fund", "decline", "cancel"]),
        (at(P::Funded), "funded", &["send", "cancel"]),
        (at(P::Ordered), "ordered", &["supplier_accept", "supplier_reject", "cancel"]),
        (at(P::Confirmed), "confirmed", &["pack", "cancel"]),
        (packed, "confirmed", &["ship", "cancel"]),
        (at(P::InTransit), "in_transit", &["arrive", "cancel", "dispute"]),
        (at(P::AtShop), "at_shop", &["pick_up", "dispute"]),
        (at(P::PickedUp), "picked_up", &["dispute"]),
        (at(P::Completed), "completed", &["goodwill"]),
        (declined, "declined", &[]),
        (expired, "expired", &[]),
        (unclaimed, "refunded", &[]),
    ];
    for (world, phase, allowed) in rows {
        assert_eq!(row(&world, ORDER).phase.name(), phase);
        let is_late = matches!(phase, "confirmed" | "in_transit");
        let tries = tries(&world).into_iter();
        let tries: Vec<_> = tries.filter(|(name, ..)| !is_late || *name != "cancel").collect();
        assert_phase(&world, phase, allowed, &tries);
    }
}

/// Goal: what has changed since it was seen is not acted on.
/// Method: a quote and a supplier's word about another version.
#[test]
fn a_stale_version_is_refused() {
    let world = at(P::Requested);
    let rows = [
        (at(P::Ordered), by(SUPPLIER), C::SupplierAccept),
        (world.clone(), by(AGENT), quote(&world)),
    ];
    for (mut world, actor, command) in rows {
        let version = row(&world, ORDER).version;
        let body = order(command, ORDER);
        let answer = world.submit(actor, seen(body.clone(), version + 1));
        assert_eq!(answer, Err(M::Stale { version }.into()));
        world.submit(actor, seen(body, version)).unwrap();
    }
}

/// Goal: until the supplier has agreed the household may go, and has everything back; afterwards
/// only when the goods are more than seven days late.
/// Method: cancel in each phase, and around the seventh day after the promise.
#[test]
fn the_household_may_go_until_the_supplier_agrees() {
    for phase in [P::Requested, P::Quoted, P::Consented, P::Funded, P::Ordered] {
        let mut world = at(phase);
        let record = world.submit(by(MEMBER), order(cancel(), ORDER)).unwrap();
        let back = if phase >= P::Funded { 12_600 } else { 0 };
        assert_eq!(balances(&world, &[WALLET, ESCROW_1]), [back, 0], "{phase:?}");
        assert_eq!((facts(&record), row(&world, ORDER).phase), (Vec::new(), P::Cancelled));
        assert_eq!(world.state.listing.get(&FEED).unwrap().stock.unwrap().held, 0);
    }
    for phase in [P::Confirmed, P::InTransit] {
        let mut world = at(phase);
        // The promise is the 23rd.
        world.wait_until("2026-07-30");
        let answer = world.submit(by(HOUSE), order(cancel(), ORDER));
        assert_eq!(code(&answer), "illegal_transition");
        world.wait_until("2026-07-31");
        world.submit(by(HOUSE), order(cancel(), ORDER)).unwrap();
        assert_eq!(balances(&world, &[WALLET, ESCROW_1]), [12_600, 0], "{phase:?}");
    }
}

/// Goal: a supplier who says no, or nothing for a day, leaves the household its money; silence is
/// a mark against him, a no is not.
/// Method: reject, and the clock at its second.
#[test]
fn a_supplier_may_say_no_but_not_nothing() {
    let mut world = at(P::Ordered);
    let record = world.submit(by(SUPPLIER), order(reject(), ORDER)).unwrap();
    assert_moved(&record, &[(ESCROW_1, 12_600), (WALLET, -12_600)]);
    assert_eq!(facts(&record), []);
    let mut world = at(P::Ordered);
    assert_eq!(row(&world, ORDER).due_at, Some(world.later(24 * HOUR)));
    pass_time(&mut world, ORDER);
    let record = world.records.last().unwrap();
    assert_moved(record, &[(ESCROW_1, 12_600), (WALLET, -12_600)]);
    assert_eq!(facts(record), [(SUPPLIER, "acceptance", false, 12_000)]);
    assert_eq!(row(&world, ORDER).phase, P::Cancelled);
}

/// Goal: what nobody does, the clock does, by how delicate the goods are.
/// Method: quotes that nobody answers or funds; goods that nobody complains of.
#[test]
fn the_clock_keeps_every_time() {
    let rows: [(ListingId, P, u32, P); 5] = [
        (FEED, P::Quoted, 72 * HOUR, P::Expired),
        (FEED, P::Consented, 72 * HOUR, P::Expired),
        (CHICKS, P::PickedUp, 24 * HOUR, P::Completed),
        // Seven days, counted from the day after the pick-up.
        (FEED, P::PickedUp, 8 * DAY, P::Completed),
        (RADIO, P::PickedUp, 8 * DAY, P::Completed),
    ];
    for (listing, phase, seconds, after) in rows {
        let mut world = stage();
        purchase(&mut world, 1, &[(listing, 1)], phase);
        assert_eq!(row(&world, ORDER).due_at, Some(world.later(seconds)), "{phase:?}");
        world.wait(seconds - 1);
        world.run_timers();
        assert_eq!(row(&world, ORDER).phase, phase);
        world.wait(1);
        world.run_timers();
        assert_eq!(row(&world, ORDER).phase, after);
    }
}

/// Goal: what nobody collects is reminded of after fourteen days and goes back after thirty: the
/// carrier has his freight, the household the rest, and a mark.
/// Method: both timers; then goods collected late, which prove nothing.
#[test]
fn unclaimed_goods_go_back() {
    let mut world = at(P::AtShop);
    let arrived = world.now().at;
    assert_eq!(row(&world, ORDER).due_at, Some(arrived.plus_seconds(14 * DAY)));
    pass_time(&mut world, ORDER);
    assert_eq!(world.records.last().unwrap().legs(), []);
    assert_eq!(row(&world, ORDER).due_at, Some(arrived.plus_seconds(30 * DAY)));
    let mut late = world.clone();
    let record = purchase_step(&mut late, ORDER, P::PickedUp);
    assert_eq!(facts(&record), [(HOUSE, "collection", true, 12_000)]);
    late = world.clone();
    late.wait(1);
    assert_eq!(facts(&purchase_step(&mut late, ORDER, P::PickedUp)), []);
    pass_time(&mut world, ORDER);
    let record = world.records.last().unwrap();
    let back = [(ESCROW_1, 12_600), (WALLET, -12_000), (CARRIER_DUE, -600)];
    assert_moved(record, &back);
    assert_eq!(facts(record), [(HOUSE, "collection", false, 12_000)]);
    assert_eq!(row(&world, ORDER).phase, P::Refunded);
}

/// Goal: cash at the counter and money of the wallet pay together; a basket is paid as one.
/// Method: 50.00 in cash and the rest from the wallet; two orders at once.
#[test]
fn cash_and_wallet_pay_together() {
    let mut world = at(P::Consented);
    world.fund(WALLET, 7_600);
    let record = world.submit(by(AGENT), fund(5_000, Some(SHOP))).unwrap();
    assert_moved(&record, &[(DRAWER, 5_000), (WALLET, 7_600), (ESCROW_1, -12_600)]);
    let mut world = at(P::Consented);
    purchase(&mut world, 2, &[(PHONE, 1)], P::Consented);
    let (cash_minor, shop) = (43_100, Some(SHOP));
    let both = orders(OrdersCommand::Fund { cash_minor, shop }, &[ORDER, order_id(2)]);
    let record = world.submit(by(AGENT), both).unwrap();
    let lines = [(DRAWER, 43_100), (ESCROW_1, -12_600), (escrow(order_id(2)), -30_500)];
    assert_moved(&record, &lines);
    let send = orders(SEND, &[ORDER, order_id(2)]);
    world.submit(by(AGENT), send).unwrap();
    assert_eq!([1, 2].map(|number| row(&world, order_id(number)).phase), [P::Ordered; 2]);
}

/// Goal: the yes is the household's own, however it is given; each recording serves once.
/// Method: by PIN, by voice, by thumb before a neighbour; the proof is in the record.
#[test]
fn consent_is_the_households_own() {
    for way in [ProofBy::Pin, ProofBy::Voice(photo(8)), ProofBy::Witness(NEIGHBOUR_MEMBER)] {
        let mut world = at(P::Quoted);
        let record = world.submit(by(AGENT), consent(way)).unwrap();
        let proof = Proof { by: way, member: MEMBER };
        assert!(record.effects.contains(&Effect::ProofGiven(proof)));
        assert_eq!(row(&world, ORDER).proof, Some(proof));
        let is_used = world.state.photo.get(&(VILLAGE, photo(8))).is_some();
        assert_eq!(is_used, way == ProofBy::Voice(photo(8)));
    }
}

/// Goal: facts need a third party's scan and two different sides.
/// Method: goods that the supplier brought to the shop himself; the agent's own household, where
/// the seller gets the commission too; an agent without the module at payment.
#[test]
fn no_scan_and_no_stranger_prove_nothing() {
    let mut world = at(P::Confirmed);
    pack(&mut world, ORDER, 1);
    hand_over(&mut world, parcel_id(ORDER, 0), SHOP);
    assert_eq!(row(&world, ORDER).phase, P::AtShop);
    purchase_step(&mut world, ORDER, P::PickedUp);
    let record = purchase_step(&mut world, ORDER, P::Completed);
    assert_eq!(facts(&record), []);
    // Without a carrier the supplier has the freight.
    let lines = [(ESCROW_1, 12_600), (FEE, -120), (PENDING, -240), (SUPPLIER_DUE, -12_240)];
    assert_moved(&record, &lines);

    let mut world = stage();
    world.submit(by(AGENT), order(request(HOME, ONE_SACK), ORDER)).unwrap();
    purchase_step(&mut world, ORDER, P::Quoted);
    let consent = OrdersCommand::Consent { proof: proof(KIN) };
    world.submit(by(AGENT), orders(consent, &[ORDER])).unwrap();
    world.fund(AccountKey::party(Code::WALLET, HOME), 12_600);
    world.submit(by(AGENT), fund(0, None)).unwrap();
    for phase in [P::Ordered, P::Confirmed, P::InTransit, P::AtShop] {
        purchase_step(&mut world, ORDER, phase);
    }
    let pick_up = ParcelCommand::PickUp { code_digest: CODE, proxy: None };
    let body = parcel(pick_up, parcel_id(ORDER, 0));
    assert_eq!(world.submit(by(AGENT), body.clone()), Err(TillRefusal::OwnHousehold.into()));
    world.submit(by(SECOND_AGENT), body).unwrap();
    let record = purchase_step(&mut world, ORDER, P::Completed);
    assert_eq!(facts(&record), []);
    let lines = [(ESCROW_1, 12_600), (CARRIER_DUE, -600), (FEE, -120), (SUPPLIER_DUE, -11_880)];
    assert_moved(&record, &lines);

    let mut world = at(P::Consented);
    let certified = [Module::M1].into();
    world.staff(Body::Certify { agent: AGENT, certified, duty: Duty::default() });
    world.fund(WALLET, 12_600);
    world.submit(by(SECOND_AGENT), fund(0, None)).unwrap();
    assert_eq!(row(&world, ORDER).lines[0].commission_bps, 0);
}

/// Goal: who buys late for the household has no prompt service to show.
/// Method: sent at the last second of the day after funding, and a second later.
#[test]
fn a_late_order_is_a_mark() {
    for (seconds, is_prompt) in [(24 * HOUR, true), (24 * HOUR + 1, false)] {
        let mut world = at(P::Funded);
        world.wait(seconds);
        let record = purchase_step(&mut world, ORDER, P::Ordered);
        assert_eq!(facts(&record), [(AGENT, "acceptance", is_prompt, 12_000)]);
    }
}

/// Goal: what a supplier gives back after the release he owes, and the agent loses his part.
/// Method: 10.00 of the sack's price.
#[test]
fn a_supplier_owes_what_he_gives_back() {
    let mut world = at(P::Completed);
    let goodwill = C::Goodwill { amount_minor: 1_000, reason: "wet".to_owned() };
    let record = world.submit(by(SUPPLIER), order(goodwill, ORDER)).unwrap();
    assert_moved(&record, &[(PENDING, 20), (SUPPLIER_CLAIM, 980), (WALLET, -1_000)]);
}

fn agent(body: Body, refusal: impl Into<Refusal>) -> Row {
    Row::of(by(AGENT), body, refusal)
}

fn given(phase: P) -> fn(&mut World) {
    match phase {
        P::Requested => |world| *world = at(P::Requested),
        P::Quoted => |world| *world = at(P::Quoted),
        P::Consented => |world| *world = at(P::Consented),
        P::Funded => |world| *world = at(P::Funded),
        P::Ordered => |world| *world = at(P::Ordered),
        other => panic!("no row begins in {other:?}"),
    }
}

/// Two funded orders of two suppliers.
fn of_two_suppliers(world: &mut World) {
    *world = at(P::Funded);
    purchase(world, 2, &[(RADIO, 1)], P::Funded);
}

/// A quoted order of `HOUSE`, and one of its neighbours.
fn of_two_households(world: &mut World) {
    *world = at(P::Quoted);
    world.submit(by(NEIGHBOUR), order(request(NEIGHBOUR, ONE_SACK), order_id(2))).unwrap();
    purchase_step(world, order_id(2), P::Quoted);
}

/// An order for a trip that is over.
fn with_a_late_trip(world: &mut World) {
    *world = at(P::Funded);
    purchase(world, 2, &[(RADIO, 1)], P::InTransit);
    world.submit(by(CARRIER), trip(TripCommand::Plan { carrier: CARRIER }, TRIP)).unwrap();
    let parcels = vec![parcel_id(order_id(2), 0)];
    world.submit(by(CARRIER), trip(TripCommand::Load { parcels }, TRIP)).unwrap();
    world.submit(by(CARRIER), trip(TripCommand::Depart { counted: 1 }, TRIP)).unwrap();
}

fn proof_rows() -> Vec<Row> {
    let near = |party| M::NotIndependent { party };
    let not_theirs = TillRefusal::ProofNotTheirs;
    let by_member = |member| orders(OrdersCommand::Consent { proof: proof(member) }, &[ORDER]);
    let locked: fn(&mut World) = |world| {
        *world = at(P::Quoted);
        super::super::party::lock_pin(world);
    };
    let used: fn(&mut World) = |world| {
        *world = at(P::Quoted);
        purchase(world, 2, &[(PHONE, 1)], P::Quoted);
        let voice = Proof { by: ProofBy::Voice(photo(8)), member: MEMBER };
        let body = orders(OrdersCommand::Consent { proof: voice }, &[order_id(2)]);
        world.submit(by(AGENT), body).unwrap();
    };
    let kind = PartyRefusal::WrongKind { expected: PartyKind::Member, party: STAFF };
    let locked_until = World::new().later(15 * 60);
    let quoted = given(P::Quoted);
    vec![
        agent(by_member(KIN), not_theirs.clone()).given(quoted),
        agent(by_member(CHILD), not_theirs.clone()).given(quoted),
        agent(by_member(HOUSE), not_theirs).given(quoted),
        agent(by_member(MEMBER), TillRefusal::PinLocked { locked_until }).given(locked),
        agent(consent(ProofBy::Voice(photo(8))), M::PhotoReused { photo: photo(8) }).given(used),
        // A witness is of another household, and not of the agent's.
        agent(consent(ProofBy::Witness(MEMBER)), near(MEMBER)).given(quoted),
        agent(consent(ProofBy::Witness(CHILD)), near(CHILD)).given(quoted),
        agent(consent(ProofBy::Witness(KIN)), near(KIN)).given(quoted),
        agent(consent(ProofBy::Witness(STAFF)), kind).given(quoted),
    ]
}

fn batch_rows() -> Vec<Row> {
    let short = |available_minor| L::InsufficientAvailable { account: WALLET, available_minor };
    let number = |field: &str, min, max| M::OutOfRangeNumber { field: field.to_owned(), max, min };
    let shop = |party| PartyRefusal::WrongKind { expected: PartyKind::Shop, party };
    let both = [ORDER, order_id(2)];
    let consent = OrdersCommand::Consent { proof: proof(MEMBER) };
    let send = |trip| orders(OrdersCommand::Send { trip: Some(trip) }, &[ORDER]);
    let none = TripId::from_bits(9);
    let allowed = vec!["arrive".to_owned()];
    let gone = M::IllegalTransition { allowed, phase: "departed".to_owned() };
    let list = M::ListLength { field: "orders".to_owned(), max: 64 };
    vec![
        agent(orders(SEND, &[]), list).given(given(P::Funded)),
        agent(fund(0, None), short(0)).given(given(P::Consented)),
        agent(fund(12_599, Some(SHOP)), short(12_599)).given(given(P::Consented)),
        agent(fund(12_601, Some(SHOP)), number("cash_minor", 0, 12_600)).given(given(P::Consented)),
        agent(fund(-1, Some(SHOP)), number("cash_minor", 0, 12_600)).given(given(P::Consented)),
        agent(fund(5, None), shop(HOUSE)).given(given(P::Consented)),
        agent(fund(5, Some(STAFF)), shop(STAFF)).given(given(P::Consented)),
        agent(fund(5, Some(SECOND_SHOP)), M::TillNotOpen).given(given(P::Consented)),
        agent(orders(consent, &both), M::MixedBatch).given(of_two_households),
        agent(orders(SEND, &both), M::MixedOrder).given(of_two_suppliers),
        agent(send(none), M::SubjectUnknown { subject: none.to_string() }).given(given(P::Funded)),
        agent(send(TRIP), gone).given(with_a_late_trip),
    ]
}

pub(super) fn rows() -> Vec<Row> {
    let number = |field: &str, min, max| M::OutOfRangeNumber { field: field.to_owned(), max, min };
    let (due_on, today) = ("2026-07-19".parse().unwrap(), "2026-07-20".parse().unwrap());
    let quoted = |due_on, freight_minor| order(C::Quote { due_on, freight_minor }, ORDER);
    let asked = |household, lines: &[_]| order(request(household, lines), ORDER);
    let household = PartyRefusal::WrongKind { expected: PartyKind::Household, party: MEMBER };
    let text = M::TextLength { field: "reason".to_owned(), max: 500 };
    let reject = C::SupplierReject { reason: String::new() };
    let new: fn(&mut World) = |world| {
        staged(world);
        let probation_until = Some(world.now().today);
        let duty = Duty { probation_until, ..Duty::default() };
        let certified = EVERY_MODULE.into();
        world.staff(Body::Certify { agent: AGENT, certified, duty });
    };
    let limit = M::ProbationLimit { max_minor: 150_000 };
    let mut rows = vec![
        agent(asked(MEMBER, ONE_SACK), household).given(staged),
        agent(asked(HOUSE, &[(FRUIT, 1)]), M::MixedOrder).given(staged),
        // One order is of one supplier.
        agent(asked(HOUSE, &[(FEED, 1), (RADIO, 1)]), M::MixedOrder).given(staged),
        agent(asked(HOUSE, &[(FEED, 21)]), M::SoldOut { available: 20, listing: FEED })
            .given(staged),
        agent(asked(HOUSE, &[(FEED, 0)]), number("quantity", 1, 10_000)).given(staged),
        agent(asked(HOUSE, ONE_SACK), M::SubjectExists { subject: ORDER.to_string() })
            .given(given(P::Requested)),
        agent(asked(HOUSE, &[(FEED, 13)]), limit).given(new),
        agent(quoted(due_on, 0), M::DueInPast { due_on, today }).given(given(P::Requested)),
        agent(quoted(today, 12_001), number("freight_minor", 0, 12_000)).given(given(P::Requested)),
        agent(quoted(today, -1), number("freight_minor", 0, 12_000)).given(given(P::Requested)),
        Row::of(by(SUPPLIER), order(reject, ORDER), text).given(given(P::Ordered)),
    ];
    rows.extend(proof_rows());
    rows.extend(batch_rows());
    rows
}

/// Goal: a purchase refuses what is out of range, mixed, late, or agreed by somebody else.
/// Method: one row per refusal.
#[test]
fn refusals() {
    assert_refused(rows());
}
