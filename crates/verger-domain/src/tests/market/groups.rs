//! The group purchase: households join at the list price, and have the difference back in the
//! second in which the tier is known.

use super::super::world::*;
use super::super::{Row, assert_refused};
use super::stage::*;
use super::{assert_actors, assert_phase};
use crate::command::{Actor, Body};
use crate::id::{GroupId, ListingId, PartyId};
use crate::ledger::{AccountKey, Code};
use crate::market::command::{GroupCommand as C, ListingCommand};
use crate::market::group::Tier;
use crate::market::{Group, GroupPhase as P};
use crate::party::{Duty, PartyKind};
use crate::refusal::{LedgerRefusal as L, MarketRefusal as M, PartyRefusal, Refusal, TillRefusal};

const GROUP: GroupId = GroupId::from_bits(0x77);
const ESCROW_G: AccountKey = AccountKey { code: Code::ESCROW, owner: 0x77 };
const HOUR: u32 = 3_600;
const DAY: u32 = 24 * HOUR;

fn open_of(listing: ListingId, tiers: &[(u32, i64)]) -> C {
    let tier = |&(from_quantity, price_minor)| Tier { from_quantity, price_minor };
    C::Open { hours: 48, listing, tiers: tiers.iter().map(tier).collect() }
}

/// Feed at 120.00: from five sacks on at 110.00, from ten on at 100.00.
fn open() -> C {
    open_of(FEED, &[(5, 11_000), (10, 10_000)])
}

fn join(household: PartyId, member: PartyId, quantity: u32) -> C {
    C::Join { household, proof: proof(member), quantity }
}

fn call_off() -> C {
    C::CallOff { reason: "no lorry".to_owned() }
}

fn row(world: &World) -> &Group {
    world.state.group.get(&GROUP).unwrap()
}

fn agent(world: &mut World, command: C) -> crate::effect::Record {
    world.submit(by(AGENT), group(command, GROUP)).unwrap()
}

/// Two households with 2,000.00 each, who have joined for so many sacks.
fn joined(quantities: [u32; 2]) -> World {
    let mut world = stage();
    world.fund(WALLET, 200_000);
    world.fund(NEIGHBOUR_WALLET, 200_000);
    agent(&mut world, open());
    let people = [(HOUSE, MEMBER), (NEIGHBOUR, NEIGHBOUR_MEMBER)];
    for ((household, member), quantity) in people.into_iter().zip(quantities) {
        if quantity > 0 {
            agent(&mut world, join(household, member, quantity));
        }
    }
    world
}

/// A group of six sacks in a phase.
fn at(phase: P) -> World {
    let mut world = joined([4, 2]);
    let way: &[C] = match phase {
        P::Open => &[],
        P::Closed => &[C::Close],
        P::Ordered => &[C::Close, C::Order],
        P::HandedOut | P::Settled => &[C::Close, C::Order, C::HandOut],
        P::Failed => &[C::CallOff { reason: "no".to_owned() }],
    };
    for command in way {
        agent(&mut world, command.clone());
    }
    if phase == P::Settled {
        world.wait(8 * DAY);
        world.run_timers();
    }
    assert_eq!(row(&world).phase, phase);
    world
}

/// Goal: each step of a group purchase moves exactly its money.
/// Method: six sacks of two households at the first tier, to the vested commission.
#[test]
fn every_step_moves_its_money() {
    let mut world = joined([0, 0]);
    let record = agent(&mut world, join(HOUSE, MEMBER, 4));
    assert_moved(&record, &[(WALLET, 48_000), (ESCROW_G, -48_000)]);
    let record = agent(&mut world, join(NEIGHBOUR, NEIGHBOUR_MEMBER, 2));
    assert_moved(&record, &[(NEIGHBOUR_WALLET, 24_000), (ESCROW_G, -24_000)]);
    let record = agent(&mut world, C::Close);
    let back = [(ESCROW_G, 6_000), (WALLET, -4_000), (NEIGHBOUR_WALLET, -2_000)];
    assert_moved(&record, &back);
    assert_moved(&agent(&mut world, C::Order), &[]);
    assert_moved(&agent(&mut world, C::HandOut), &[]);
    // Seven days, counted from the day after.
    assert_eq!(row(&world).due_at, Some(world.later(8 * DAY)));
    world.wait(8 * DAY);
    world.run_timers();
    let record = world.records.last().unwrap();
    let split = [(ESCROW_G, 66_000), (FEE, -660), (PENDING, -1_320), (SUPPLIER_DUE, -64_020)];
    assert_moved(record, &split);
    // Nobody but the agent says that the sacks were handed out: that proves nothing.
    assert_eq!(facts(record), []);
    world.wait(15 * DAY);
    world.run_timers();
    assert_moved(world.records.last().unwrap(), &[(PENDING, 1_320), (AGENT_WALLET, -1_320)]);
    assert_eq!((row(&world).is_vested, row(&world).due_at), (true, None));
}

/// Goal: the tier follows from all pieces together, at its very number.
/// Method: what one household has paid in the end, by the pieces of both, by hand and by the clock.
#[test]
fn the_tier_follows_the_pieces() {
    for (quantities, price) in [([4, 1], 11_000), ([4, 5], 11_000), ([4, 6], 10_000)] {
        for by_clock in [false, true] {
            let mut world = joined(quantities);
            if by_clock {
                world.wait(48 * HOUR);
                world.run_timers();
            } else {
                agent(&mut world, C::Close);
            }
            assert_eq!(row(&world).phase, P::Closed);
            assert_eq!(balances(&world, &[WALLET]), [200_000 - 4 * price], "{quantities:?}");
        }
    }
}

/// Goal: a group that reaches no tier fails: everybody has everything back, and proves nothing.
/// Method: four sacks closed by hand, then by the clock; a group of nobody; one called off in each
/// phase in which it can be.
#[test]
fn a_failed_group_gives_everything_back() {
    let mut world = joined([3, 1]);
    let answer = world.submit(by(AGENT), group(C::Close, GROUP));
    assert_eq!(answer, Err(M::TierNotReached { needed: 5, quantity: 4 }.into()));
    world.wait(48 * HOUR - 1);
    world.run_timers();
    assert_eq!(row(&world).phase, P::Open);
    world.wait(1);
    world.run_timers();
    let record = world.records.last().unwrap();
    let back = [(ESCROW_G, 48_000), (WALLET, -36_000), (NEIGHBOUR_WALLET, -12_000)];
    assert_moved(record, &back);
    assert_eq!((row(&world).phase, facts(record)), (P::Failed, Vec::new()));

    let mut world = joined([0, 0]);
    world.wait(48 * HOUR);
    world.run_timers();
    assert_eq!(row(&world).phase, P::Failed);
    for phase in [P::Open, P::Closed, P::Ordered] {
        let mut world = at(phase);
        agent(&mut world, call_off());
        let all = balances(&world, &[WALLET, NEIGHBOUR_WALLET, ESCROW_G]);
        assert_eq!((row(&world).phase, all), (P::Failed, vec![200_000, 200_000, 0]));
    }
}

/// Goal: the agent who opened it runs it; a household joins by its own proof, through any agent or
/// by itself.
/// Method: everybody tries each command.
#[test]
fn every_step_has_its_people() {
    let learn = "needs_module: lodger novice; *: not_allowed";
    let agents = format!("ok: agent other_agent; {learn}");
    assert_actors(&stage(), &group(open(), GROUP), &agents);
    let served = format!("ok: agent other_agent house member; {learn}");
    assert_actors(&joined([0, 0]), &group(join(HOUSE, MEMBER, 1), GROUP), &served);
    let his = format!("ok: agent; {learn}");
    let rows = [
        (P::Open, C::Close),
        (P::Closed, C::Order),
        (P::Ordered, C::HandOut),
        (P::Open, call_off()),
    ];
    for (phase, command) in rows {
        assert_actors(&at(phase), &group(command, GROUP), &his);
    }
}

/// Goal: each phase allows what it should, and names it when it refuses the rest.
/// Method: every command in every phase, and a stale one.
#[test]
fn every_phase_allows_its_commands() {
    let commands = [
        ("join", join(HOUSE, MEMBER, 1)),
        ("close", C::Close),
        ("order", C::Order),
        ("hand_out", C::HandOut),
        ("call_off", call_off()),
    ];
    let tries = commands.map(|(name, command)| (name, by(AGENT), group(command, GROUP)));
    let rows: [(P, &[&str]); 6] = [
        (P::Open, &["join", "close", "call_off"]),
        (P::Closed, &["order", "call_off"]),
        (P::Ordered, &["hand_out", "call_off"]),
        (P::HandedOut, &[]),
        (P::Settled, &[]),
        (P::Failed, &[]),
    ];
    for (phase, allowed) in rows {
        assert_phase(&at(phase), phase.name(), allowed, &tries);
    }
    let mut world = at(P::Open);
    let version = row(&world).version;
    let answer = world.submit(by(AGENT), seen(group(C::Close, GROUP), version + 1));
    assert_eq!(answer, Err(M::Stale { version }.into()));
}

/// Goal: a suspension or a review holds the commission of a group back like any other.
/// Method: suspended when it would vest; tried again after fourteen days.
#[test]
fn a_suspension_holds_the_commission() {
    let mut world = at(P::Settled);
    let suspend = |world: &mut World, is_suspended| {
        let (certified, duty) = (EVERY_MODULE.into(), Duty { is_suspended, ..Duty::default() });
        world.staff(Body::Certify { agent: AGENT, certified, duty });
    };
    suspend(&mut world, true);
    world.wait(15 * DAY);
    world.run_timers();
    assert_eq!(balances(&world, &[PENDING, AGENT_WALLET]), [1_320, 0]);
    suspend(&mut world, false);
    world.wait(14 * DAY);
    world.run_timers();
    assert_eq!(balances(&world, &[PENDING, AGENT_WALLET]), [0, 1_320]);
}

fn refused(command: C, refusal: impl Into<Refusal>) -> Row {
    Row::of(by(AGENT), group(command, GROUP), refusal).given(staged)
}

pub(super) fn rows() -> Vec<Row> {
    let number = |field: &str, min, max| M::OutOfRangeNumber { field: field.to_owned(), max, min };
    let hours = |hours| C::Open { hours, listing: FEED, tiers: Vec::new() };
    let kind = |expected, party| PartyRefusal::WrongKind { expected, party };
    let opened: fn(&mut World) = |world| *world = joined([0, 0]);
    let paused: fn(&mut World) = |world| {
        staged(world);
        world.submit(by(SUPPLIER), listing(ListingCommand::Pause, FEED)).unwrap();
    };
    let unknown = M::SubjectUnknown { subject: GROUP.to_string() };
    let exists = M::SubjectExists { subject: GROUP.to_string() };
    let text = M::TextLength { field: "reason".to_owned(), max: 500 };
    let tiers = M::ListLength { field: "tiers".to_owned(), max: 8 };
    let short = L::InsufficientAvailable { account: WALLET, available_minor: 200_000 };
    let not_theirs = TillRefusal::ProofNotTheirs;
    vec![
        refused(open(), exists).given(opened),
        refused(hours(0), number("hours", 1, 720)),
        refused(hours(721), number("hours", 1, 720)),
        refused(open_of(FEED, &[]), tiers),
        refused(open_of(FRUIT, &[(5, 1)]), kind(PartyKind::Supplier, COOPERATIVE)),
        refused(open(), M::NotOnSale { listing: FEED }).given(paused),
        // Tiers rise in pieces and fall in price, from the list price on.
        refused(open_of(FEED, &[(1, 11_000)]), number("from_quantity", 2, 1_000_000)),
        refused(open_of(FEED, &[(5, 12_000)]), number("price_minor", 1, 11_999)),
        refused(open_of(FEED, &[(5, 11_000), (5, 10_000)]), number("from_quantity", 6, 1_000_000)),
        refused(open_of(FEED, &[(5, 11_000), (6, 11_000)]), number("price_minor", 1, 10_999)),
        refused(join(HOUSE, MEMBER, 1), unknown),
        refused(join(HOUSE, MEMBER, 0), number("quantity", 1, 10_000)).given(opened),
        refused(join(HOUSE, MEMBER, 17), short).given(opened),
        refused(join(HOUSE, KIN, 1), not_theirs).given(opened),
        refused(join(MEMBER, MEMBER, 1), kind(PartyKind::Household, MEMBER)).given(opened),
        refused(C::CallOff { reason: String::new() }, text).given(opened),
        Row::of(
            Actor::System,
            group(C::Close, GROUP),
            PartyRefusal::NotAllowed { actor: "system".to_owned() },
        )
        .given(opened),
    ]
}

/// Goal: a group purchase refuses what is out of range or agreed by somebody else.
/// Method: one row per refusal.
#[test]
fn refusals() {
    assert_refused(rows());
}
