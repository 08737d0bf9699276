//! Parcels and trips: every change of hands with its people, its phases, its money and its clock;
//! codes, damage, loss and claims; and what custody refuses.

use std::collections::BTreeMap;

use super::super::world::*;
use super::super::{Row, assert_refused};
use super::stage::*;
use super::{assert_actors, assert_phase};
use crate::command::{Actor, Body};
use crate::id::{DisputeId, OrderId, ParcelId, PartyId, TripId};
use crate::ledger::{AccountKey, Code};
use crate::market::command::{
    DisputeCommand, GroupCommand, OrderCommand, ParcelCommand, TripCommand,
};
use crate::market::dispute::{DisputeReason, Fault, Settlement};
use crate::market::group::Tier;
use crate::market::order::LineNo;
use crate::market::{OrderPhase as P, Parcel, ParcelPhase as On, TripPhase};
use crate::refusal::{MarketRefusal as M, Refusal};

const ORDER: OrderId = OrderId::from_bits(1);
const PARCEL: ParcelId = ParcelId::from_bits(16);
const TRIP: TripId = TripId::from_bits(2);
const ESCROW_1: AccountKey = AccountKey { code: Code::ESCROW, owner: 1 };
const TRIP_COST: AccountKey = AccountKey::village(Code::TRIP);
const HOUR: u32 = 3_600;
const DAY: u32 = 24 * HOUR;
const GROUP: crate::id::GroupId = crate::id::GroupId::from_bits(3);

fn box_of(world: &World) -> &Parcel {
    world.state.parcel.get(&PARCEL).unwrap()
}

/// A purchase of one sack of feed in a phase.
fn bought(phase: P) -> World {
    let mut world = stage();
    purchase(&mut world, 1, &[(FEED, 1)], phase);
    world
}

/// The same, packed by the supplier and still with him.
fn labelled() -> World {
    let mut world = bought(P::Confirmed);
    pack(&mut world, ORDER, 1);
    world
}

fn scan(world: &mut World, actor: PartyId, command: ParcelCommand) -> crate::effect::Record {
    world.submit(by(actor), parcel(command, PARCEL)).unwrap()
}

const fn take_from(giver: PartyId, taker: PartyId) -> ParcelCommand {
    ParcelCommand::Take { code_digest: Some(CODE), giver, taker }
}

fn on_trip() -> World {
    let mut world = World::new();
    loaded(&mut world);
    world
}

fn drive(world: &mut World, command: TripCommand) -> crate::effect::Record {
    world.submit(by(CARRIER), trip(command, TRIP)).unwrap()
}

fn lost() -> World {
    let mut world = bought(P::InTransit);
    world.staff(parcel(ParcelCommand::DeclareLost, PARCEL));
    world
}

/// Goal: a parcel is where both scans say, in whichever order they come; one scan alone moves
/// nothing but says who has it, and the same scan again changes nothing.
/// Method: supplier to carrier to shop to household, once with the giver's scan first and once
/// with the taker's, each scan twice.
#[test]
fn every_step_moves_its_parcel() {
    for giver_first in [true, false] {
        let mut world = labelled();
        let steps = [
            (SUPPLIER, CARRIER, CARRIER, On::HandedOver, P::InTransit),
            (CARRIER, SHOP, AGENT, On::AtShop, P::AtShop),
        ];
        for (giver, taker, scanner, after, phase) in steps {
            let before = (box_of(&world).phase, row(&world, ORDER).phase);
            let give = (giver, ParcelCommand::Give { taker });
            let take = (scanner, take_from(giver, taker));
            let scans = if giver_first { [give, take] } else { [take, give] };
            for (number, (actor, command)) in scans.into_iter().enumerate() {
                scan(&mut world, actor, command.clone());
                let now = (box_of(&world).phase, row(&world, ORDER).phase);
                assert_eq!(now, if number == 0 { before } else { (after, phase) });
                assert_eq!(box_of(&world).open_hop().is_some(), number == 0);
                let again = scan(&mut world, actor, command);
                assert_eq!(again.effects, [], "{giver_first} {number}");
            }
            assert_eq!(box_of(&world).holder, taker);
        }
        let pick_up = ParcelCommand::PickUp { code_digest: CODE, proxy: None };
        let record = scan(&mut world, AGENT, pick_up);
        assert_moved(&record, &[]);
        assert_eq!(facts(&record), [(HOUSE, "collection", true, 12_000)]);
        assert_eq!((box_of(&world).phase, row(&world, ORDER).phase), (On::PickedUp, P::PickedUp));
    }
}

/// Goal: each scan is for whoever has or takes the parcel, the agents scan for the shop, the code
/// is asked by an agent who is not of the house, and loss and claims are the county's.
/// Method: everybody tries each step where it can be done.
#[test]
fn every_step_has_its_people() {
    let strangers = "subject_unknown: buyer other_buyer neighbour other_supplier";
    let give = parcel(ParcelCommand::Give { taker: CARRIER }, PARCEL);
    let rest = format!("{strangers}; *: not_allowed");
    assert_actors(&labelled(), &give, &format!("ok: supplier; {rest}"));
    let take = parcel(take_from(SUPPLIER, CARRIER), PARCEL);
    assert_actors(&labelled(), &take, &format!("ok: carrier; {rest}"));
    let learn = "needs_module: lodger novice";
    let at_shop = parcel(take_from(CARRIER, SHOP), PARCEL);
    let shop = format!("ok: shop agent other_agent; {learn}; {rest}");
    assert_actors(&bought(P::InTransit), &at_shop, &shop);
    let pick_up = parcel(ParcelCommand::PickUp { code_digest: CODE, proxy: None }, PARCEL);
    let agents = format!("ok: agent other_agent; {learn}; {rest}");
    assert_actors(&bought(P::AtShop), &pick_up, &agents);
    let report = parcel(ParcelCommand::ReportDamage { photos: vec![photo(20)] }, PARCEL);
    let damage = format!("ok: shop house member agent other_agent; {learn}; {rest}");
    assert_actors(&bought(P::AtShop), &report, &damage);
    let staff = format!("ok: staff; {rest}");
    let lose = parcel(ParcelCommand::DeclareLost, PARCEL);
    assert_actors(&bought(P::InTransit), &lose, &staff);
    let claim = parcel(ParcelCommand::AcceptClaim { amount_minor: 12_000 }, PARCEL);
    assert_actors(&lost(), &claim, &staff);
    let mut accepted = lost();
    accepted.staff(claim);
    assert_actors(&accepted, &parcel(ParcelCommand::PayClaim, PARCEL), &staff);
    let wrong = parcel(ParcelCommand::ReportWrongCode, PARCEL);
    assert_actors(&bought(P::AtShop), &wrong, &format!("ok: system; {rest}"));
    let mut sold = World::new();
    delivered(&mut sold);
    let mut shipped = stage();
    sale(&mut shipped, 1, &[(FRUIT, 1)], P::Shipped);
    let strangers = "subject_unknown: other_buyer house member neighbour supplier other_supplier";
    let deliver = parcel(ParcelCommand::Deliver, PARCEL);
    assert_actors(&shipped, &deliver, &format!("ok: carrier; {strangers}; *: not_allowed"));
}

/// Goal: each phase of a parcel allows what the table of 2.5 says, and names it otherwise.
/// Method: every command in every phase, by somebody who may send it.
#[test]
fn every_phase_allows_its_commands() {
    let missing = {
        let mut world = on_trip();
        drive(&mut world, TripCommand::Depart { counted: 1 });
        drive(&mut world, TripCommand::Arrive { counted: [].into() });
        world
    };
    let mut returned = labelled();
    let back = |world: &mut World, giver, taker| {
        scan(world, giver, ParcelCommand::Give { taker });
        scan(world, taker, take_from(giver, taker));
    };
    back(&mut returned, SUPPLIER, CARRIER);
    back(&mut returned, CARRIER, SUPPLIER);
    let rows: [(World, &str, &[&str]); 8] = [
        (labelled(), "labelled", &["give", "take", "report_damage", "declare_lost"]),
        (
            bought(P::InTransit),
            "handed_over",
            &["give", "take", "deliver", "load", "report_damage", "declare_lost", "accept_claim"],
        ),
        (on_trip(), "on_trip", &["give", "take", "report_damage", "declare_lost", "accept_claim"]),
        (missing, "missing", &["give", "take", "report_damage", "declare_lost", "accept_claim"]),
        (
            bought(P::AtShop),
            "at_shop",
            &["give", "take", "name_proxy", "pick_up", "report_wrong_code", "report_damage"],
        ),
        (
            bought(P::PickedUp),
            "picked_up",
            &["give", "take", "report_damage", "accept_claim", "pay_claim"],
        ),
        (lost(), "lost", &["take", "accept_claim", "pay_claim"]),
        (returned, "returned", &[]),
    ];
    for (world, phase, allowed) in rows {
        assert_eq!(box_of(&world).phase.name(), phase);
        let holder = box_of(&world).holder;
        let taker = if holder == CARRIER { SECOND_CARRIER } else { CARRIER };
        let scanner = if holder == SHOP { AGENT } else { holder };
        let tries = [
            ("give", by(scanner), ParcelCommand::Give { taker }),
            ("take", by(taker), take_from(holder, taker)),
            ("pick_up", by(AGENT), ParcelCommand::PickUp { code_digest: CODE, proxy: None }),
            (
                "name_proxy",
                by(MEMBER),
                ParcelCommand::NameProxy { proof: proof(MEMBER), proxy: NEIGHBOUR_MEMBER },
            ),
            ("report_wrong_code", Actor::System, ParcelCommand::ReportWrongCode),
            ("report_damage", by(AGENT), ParcelCommand::ReportDamage { photos: vec![photo(20)] }),
            ("declare_lost", by(STAFF), ParcelCommand::DeclareLost),
        ];
        let tries: Vec<_> = tries
            .into_iter()
            .map(|(name, actor, command)| (name, actor, parcel(command, PARCEL)))
            .collect();
        assert_phase(&world, phase, allowed, &tries);
    }
}

/// Goal: a code is tried five times, then waits a quarter of an hour; nothing else opens a parcel
/// but the household's named proxy with the code.
/// Method: wrong tries to the lock, the right code within it and after it; a proxy.
#[test]
fn a_wrong_code_locks() {
    let typed = |code_digest, proxy| parcel(ParcelCommand::PickUp { code_digest, proxy }, PARCEL);
    let mut world = bought(P::AtShop);
    for tries_left in (0..5).rev() {
        let answer = world.submit(by(AGENT), typed(WRONG_CODE, None));
        assert_eq!(answer, Err(M::WrongCode { tries_left }.into()));
        world.system(parcel(ParcelCommand::ReportWrongCode, PARCEL));
    }
    let locked_until = world.later(15 * 60);
    let no: Refusal = M::CodeLocked { locked_until }.into();
    assert_eq!(world.submit(by(AGENT), typed(CODE, None)), Err(no.clone()));
    world.wait(15 * 60 - 1);
    assert_eq!(world.submit(by(AGENT), typed(CODE, None)), Err(no));
    world.wait(1);
    let stranger = world.clone().submit(by(AGENT), typed(CODE, Some(NEIGHBOUR_MEMBER)));
    assert_eq!(code(&stranger), "not_allowed");
    let proxy = ParcelCommand::NameProxy { proof: proof(MEMBER), proxy: NEIGHBOUR_MEMBER };
    scan(&mut world, MEMBER, proxy);
    world.submit(by(AGENT), typed(CODE, Some(NEIGHBOUR_MEMBER))).unwrap();
    assert_eq!(row(&world, ORDER).phase, P::PickedUp);
}

/// Goal: a lost parcel costs its buyer nothing: he is made whole at once, the carrier has a mark
/// and owes, and when he pays, the bank has it.
/// Method: a sack of feed not scanned for seven days, chicks for one; then claim and payment.
#[test]
fn a_lost_parcel_is_paid_for() {
    for (listing, quantity, seconds) in [(FEED, 1, 7 * DAY), (CHICKS, 10, DAY)] {
        let mut world = stage();
        purchase(&mut world, 1, &[(listing, quantity)], P::InTransit);
        let (goods, total) = (row(&world, ORDER).goods_minor(), row(&world, ORDER).total_minor());
        assert_eq!(box_of(&world).due_at, Some(world.later(seconds)), "{listing}");
        world.wait(seconds - 1);
        world.run_timers();
        assert_eq!(box_of(&world).phase, On::HandedOver);
        world.wait(1);
        world.run_timers();
        let record = world.records.last().unwrap().clone();
        assert_eq!((box_of(&world).phase, row(&world, ORDER).phase), (On::Lost, P::Refunded));
        assert_moved(&record, &[(ESCROW_1, total), (WALLET, -total)]);
        assert_eq!(facts(&record), [(CARRIER, "carriage", false, goods)]);
        let accept = ParcelCommand::AcceptClaim { amount_minor: goods };
        let record = world.staff(parcel(accept, PARCEL));
        assert_moved(&record, &[(CARRIER_CLAIM, goods), (SUPPLIER_DUE, -goods)]);
        let record = world.staff(parcel(ParcelCommand::PayClaim, PARCEL));
        assert_moved(&record, &[(BANK, goods), (CARRIER_CLAIM, -goods)]);
        for again in [ParcelCommand::AcceptClaim { amount_minor: 1 }, ParcelCommand::PayClaim] {
            let answer = world.clone().submit(by(STAFF), parcel(again, PARCEL));
            assert_eq!(code(&answer), "illegal_transition");
        }
    }
}

/// Goal: a trip departs with what its manifest names; what the arrival does not count is missing,
/// and each is named; what the trip cost is the carrier's due and the programme's expense.
/// Method: two parcels loaded, one counted on arrival, the other scanned later at the shop.
#[test]
fn a_trip_counts_its_parcels() {
    let mut world = stage();
    let second = parcel_id(order_id(2), 0);
    for number in [1, 2] {
        purchase(&mut world, number, &[(FEED, 1)], P::InTransit);
    }
    drive(&mut world, TripCommand::Plan { carrier: CARRIER });
    drive(&mut world, TripCommand::Load { parcels: vec![PARCEL, second] });
    let row = |world: &World| world.state.trip.get(&TRIP).unwrap().clone();
    assert_eq!(row(&world).manifest.len(), 2);
    drive(&mut world, TripCommand::Depart { counted: 2 });
    drive(&mut world, TripCommand::Arrive { counted: [PARCEL].into() });
    assert_eq!((row(&world).phase, row(&world).missing()), (TripPhase::Arrived, vec![second]));
    let phase = |world: &World, id| world.state.parcel.get(&id).unwrap().phase;
    assert_eq!((phase(&world, PARCEL), phase(&world, second)), (On::OnTrip, On::Missing));
    let close = world.submit(by(CARRIER), trip(TripCommand::Close { cost_minor: 18_000 }, TRIP));
    assert_eq!(code(&close), "not_allowed");
    let record = world.staff(trip(TripCommand::Close { cost_minor: 18_000 }, TRIP));
    assert_moved(&record, &[(TRIP_COST, 18_000), (CARRIER_DUE, -18_000)]);
    // What is found goes on as if it had been counted.
    hand_over(&mut world, second, SHOP);
    assert_eq!(phase(&world, second), On::AtShop);
}

/// Goal: an arrival is a fact even when nobody told of the departure; each phase of a trip allows
/// its own commands.
/// Method: the commands of a trip in each of its phases.
#[test]
fn every_phase_of_a_trip_allows_its_commands() {
    let step = |world: &World, commands: &[TripCommand]| {
        let mut world = world.clone();
        for command in commands {
            let actor = if matches!(command, TripCommand::Close { .. }) { STAFF } else { CARRIER };
            world.submit(by(actor), trip(command.clone(), TRIP)).unwrap();
        }
        world
    };
    let mut planned = bought(P::InTransit);
    drive(&mut planned, TripCommand::Plan { carrier: CARRIER });
    let load = TripCommand::Load { parcels: vec![PARCEL] };
    let depart = TripCommand::Depart { counted: 1 };
    let arrive = TripCommand::Arrive { counted: [PARCEL].into() };
    let close = TripCommand::Close { cost_minor: 1 };
    let loading = step(&planned, std::slice::from_ref(&load));
    let departed = step(&loading, std::slice::from_ref(&depart));
    let arrived = step(&loading, std::slice::from_ref(&arrive));
    let closed = step(&arrived, std::slice::from_ref(&close));
    let tries: Vec<(&'static str, Actor, Body)> = vec![
        ("depart", by(CARRIER), trip(depart, TRIP)),
        ("arrive", by(CARRIER), trip(arrive, TRIP)),
        ("close", by(STAFF), trip(close, TRIP)),
    ];
    let rows: [(&World, &str, &[&str]); 5] = [
        (&planned, "planned", &["load"]),
        (&loading, "loading", &["load", "depart", "arrive"]),
        (&departed, "departed", &["arrive"]),
        (&arrived, "arrived", &["close"]),
        (&closed, "closed", &[]),
    ];
    for (world, phase, allowed) in rows {
        assert_phase(world, phase, allowed, &tries);
        if phase != "planned" && phase != "loading" {
            let answer = world.clone().submit(by(CARRIER), trip(load.clone(), TRIP));
            assert_eq!(code(&answer), "illegal_transition");
        }
    }
}

fn delivered(world: &mut World) {
    *world = stage();
    sale(world, 1, &[(FRUIT, 1)], P::Delivered);
}

fn at_shop(world: &mut World) {
    *world = stage();
    purchase(world, 1, &[(FEED, 1)], P::AtShop);
}

fn locked(world: &mut World) {
    at_shop(world);
    for _ in 0..5 {
        world.system(parcel(ParcelCommand::ReportWrongCode, PARCEL));
    }
}

fn loaded(world: &mut World) {
    *world = stage();
    purchase(world, 1, &[(FEED, 1)], P::InTransit);
    world.submit(by(CARRIER), trip(TripCommand::Plan { carrier: CARRIER }, TRIP)).unwrap();
    let parcels = vec![PARCEL];
    world.submit(by(CARRIER), trip(TripCommand::Load { parcels }, TRIP)).unwrap();
}

fn joined_by_nobody(world: &mut World) {
    *world = stage();
    let tiers = vec![Tier { from_quantity: 5, price_minor: 1 }];
    let open = GroupCommand::Open { hours: 1, listing: FEED, tiers };
    world.submit(by(AGENT), group(open, GROUP)).unwrap();
}

/// A complaint of the buyer about a line, with this picture if any.
fn complaint(line: u8, pictures: &[u8], reason: DisputeReason) -> Body {
    let lines = BTreeMap::from([(LineNo(line), 100)]);
    let claim = Settlement { fault: Fault::Seller, freight_minor: 0, lines };
    let photos = pictures.iter().map(|number| photo(*number)).collect();
    let open = DisputeCommand::Open { claim, order: ORDER, photos, reason };
    dispute(open, DisputeId::from_bits(1))
}

pub(super) fn rows() -> Vec<Row> {
    use DisputeReason::{ChangeOfMind, Damaged};
    let buyer = |body, no: Refusal| Row::of(by(BUYER), body, no).given(delivered);
    let agent = |body, no: Refusal| Row::of(by(AGENT), body, no);
    let typed = |code_digest| parcel(ParcelCommand::PickUp { code_digest, proxy: None }, PARCEL);
    let take = ParcelCommand::Take { code_digest: None, giver: SUPPLIER, taker: SECOND_CARRIER };
    let in_15 = stage().later(15 * 60);
    let confirm = seen(order(OrderCommand::Confirm, ORDER), 0);
    let late: fn(&mut World) = |world| {
        delivered(world);
        // The clock has not come yet.
        world.wait(48 * 3_600 + 1);
    };
    let ended_at = stage().later(48 * 3_600);
    let version = {
        let mut world = World::new();
        delivered(&mut world);
        row(&world, ORDER).version
    };
    vec![
        buyer(confirm, M::Stale { version }.into()),
        buyer(complaint(0, &[], Damaged), M::PhotoNeeded.into()),
        buyer(complaint(9, &[1], Damaged), M::LineNotDisputable { line: 9 }.into()),
        buyer(complaint(0, &[], ChangeOfMind), M::NoChangeOfMind.into()),
        buyer(complaint(0, &[1], Damaged), M::WindowOver { ended_at }.into()).given(late),
        agent(typed(WRONG_CODE), M::WrongCode { tries_left: 4 }.into()).given(at_shop),
        agent(typed(CODE), M::CodeLocked { locked_until: in_15 }.into()).given(locked),
        Row::of(by(SECOND_CARRIER), parcel(take, PARCEL), M::NotTheHolder { holder: SHOP })
            .given(at_shop),
        Row::of(
            by(CARRIER),
            trip(TripCommand::Depart { counted: 2 }, TRIP),
            M::CountDiffers { counted: 2, expected: 1 },
        )
        .given(loaded),
        agent(
            group(GroupCommand::Close, GROUP),
            M::TierNotReached { needed: 5, quantity: 0 }.into(),
        )
        .given(joined_by_nobody),
        Row::of(
            Actor::System,
            parcel(ParcelCommand::ReportWrongCode, PARCEL),
            M::CodeLocked { locked_until: in_15 },
        )
        .given(locked),
    ]
}

/// Goal: parcels, trips and complaints refuse what they must.
/// Method: one row per refusal.
#[test]
fn refusals() {
    assert_refused(rows());
}
