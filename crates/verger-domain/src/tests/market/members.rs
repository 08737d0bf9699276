//! The cooperative's members: shares, votes and the year's surplus.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::super::Row;
use super::super::world::*;
use super::pools::{JULY, coop, orchard, register};
use super::samples::Sample;
use super::stage::*;
use crate::command::Body;
use crate::effect::Effect;
use crate::id::{PartyId, VoteId};
use crate::ledger::{AccountKey, Code};
use crate::market::command::{CooperativeCommand, VoteCommand};
use crate::market::cooperative::{Ballot, Motion, Register, Tally};
use crate::market::{Cooperative, CooperativeEvent, Vote, VoteEvent, VotePhase};
use crate::refusal::MarketRefusal as M;
use crate::time::Instant;

pub(super) const VOTE: VoteId = VoteId::from_bits(18);
const RESERVE: AccountKey = AccountKey::party(Code::COOPERATIVE_RESERVE, COOPERATIVE);

fn year(surplus_minor: i64) -> Motion {
    Motion::Year { surplus_minor, year: 2026 }
}

fn vote(command: VoteCommand) -> Body {
    Body::Vote { command, version: None, vote: VOTE }
}

fn call(motion: Motion) -> Body {
    vote(VoteCommand::Call { cooperative: COOPERATIVE, motion, text: "for all".to_owned() })
}

fn cast(member: PartyId, ballot: Ballot) -> Body {
    vote(VoteCommand::Cast { ballot, proof: proof(member) })
}

fn tally() -> Tally {
    Tally { abstain: 1, members: 5, no: 1, yes: 2 }
}

fn coop_row() -> Cooperative {
    let register = Register {
        board: BTreeSet::from([MEMBER]),
        closed_through: Some(2025),
        delivered: BTreeMap::from([(HOUSE, 7)]),
        shares: BTreeMap::from([(HOUSE, 2)]),
    };
    Cooperative { id: COOPERATIVE, register, version: 1, village: VILLAGE }
}

fn vote_row(motion: Motion) -> Vote {
    Vote {
        ballots: BTreeMap::from([(HOUSE, Ballot::Abstain)]),
        cooperative: COOPERATIVE,
        due_at: Some(Instant::from_micros(7)),
        id: VOTE,
        is_used: true,
        motion,
        phase: VotePhase::Open,
        tally: Some(tally()),
        text: "for all".to_owned(),
        version: 0,
        village: VILLAGE,
    }
}

/// Every event of cooperatives and votes.
pub(in crate::tests) fn effects() -> Vec<Effect> {
    let board = BTreeSet::from([MEMBER, NEIGHBOUR_MEMBER]);
    let empty = Cooperative { register: Register::default(), ..coop_row() };
    let coops = [
        CooperativeEvent::Founded(Box::new(coop_row())),
        CooperativeEvent::Founded(Box::new(empty)),
        CooperativeEvent::Elected { board: board.clone(), vote: VOTE },
        CooperativeEvent::Subscribed { household: HOUSE, shares: 2 },
        CooperativeEvent::Redeemed { household: HOUSE, shares: 1 },
        CooperativeEvent::Delivered { due: BTreeMap::from([(HOUSE, 7)]) },
        CooperativeEvent::YearClosed {
            members: BTreeMap::from([(HOUSE, 7)]),
            reserve_minor: 2,
            vote: VOTE,
            year: 2026,
        },
    ];
    let motions = [Motion::Board { board }, Motion::Pool { pool: JULY }, Motion::Rule, year(5)];
    let votes = motions.map(|motion| VoteEvent::Called(Box::new(vote_row(motion))));
    let votes = votes.into_iter().chain([
        VoteEvent::Cast { ballot: Ballot::Yes, household: HOUSE },
        VoteEvent::Cast { ballot: Ballot::No, household: HOUSE },
        VoteEvent::Counted { is_passed: true, tally: tally() },
        VoteEvent::Used,
    ]);
    let coops =
        coops.into_iter().map(|event| Effect::Cooperative { cooperative: COOPERATIVE, event });
    coops.chain(votes.map(|event| Effect::Vote { event, vote: VOTE })).collect()
}

/// Every refusal about members and votes.
pub(in crate::tests) fn refusals() -> Vec<Sample> {
    vec![
        (
            M::NotMember { party: HOUSE },
            "not_member",
            r#"{"party":"party_00000000000000000000000000000011"}"#,
            Some("member"),
        ),
        (
            M::VoteNeeded { vote: VOTE },
            "vote_needed",
            r#"{"vote":"vote_00000000000000000000000000000012"}"#,
            Some("vote"),
        ),
    ]
}

/// One command of every kind about members and votes.
pub(in crate::tests) fn bodies() -> Vec<Body> {
    let (household, shares) = (HOUSE, 1);
    vec![
        coop(CooperativeCommand::Found { board: BTreeSet::from([MEMBER]) }),
        coop(CooperativeCommand::Elect { vote: VOTE }),
        coop(CooperativeCommand::Subscribe { household, proof: proof(MEMBER), shares }),
        coop(CooperativeCommand::Redeem { household, proof: proof(MEMBER), shares }),
        coop(CooperativeCommand::CloseYear { vote: VOTE }),
        call(Motion::Rule),
        cast(MEMBER, Ballot::Yes),
    ]
}

fn registered(world: &mut World) {
    *world = stage();
    register(world);
}

fn called(world: &mut World) {
    registered(world);
    world.submit(by(COOPERATIVE), call(year(1_000))).unwrap();
}

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::of(by(AGENT), cast(KIN, Ballot::Yes), M::NotMember { party: KIN }).given(called),
        Row::of(
            by(COOPERATIVE),
            coop(CooperativeCommand::CloseYear { vote: VOTE }),
            M::VoteNeeded { vote: VOTE },
        )
        .given(called),
    ]
}

/// Goal: who may not decide does not. Method: one row per refusal.
#[test]
fn refusals_of_members() {
    super::super::assert_refused(rows());
}

/// The members accept the account of the pool of July.
pub(super) fn ratify(world: &mut World) {
    world.submit(by(COOPERATIVE), call(Motion::Pool { pool: JULY })).unwrap();
    world.submit(by(AGENT), cast(MEMBER, Ballot::Yes)).unwrap();
    world.wait(168 * 3_600);
    world.run_timers();
}

fn decide(world: &mut World, motion: Motion, ballots: &[(PartyId, Ballot)]) -> VotePhase {
    world.submit(by(COOPERATIVE), call(motion)).unwrap();
    for (member, ballot) in ballots {
        world.submit(by(AGENT), cast(*member, *ballot)).unwrap();
    }
    world.wait(168 * 3_600);
    world.run_timers();
    world.state.vote.get(&VOTE).unwrap().phase
}

/// Goal: one member, one vote: shares add none, the last word of a house counts, enough must be
/// there, and the count is kept. Method: two houses, one with many shares, in every constellation.
#[test]
fn one_member_one_vote() {
    use Ballot::{Abstain, No, Yes};
    let mut world = World::new();
    registered(&mut world);
    world.fund(WALLET, 200_000);
    let more = CooperativeCommand::Subscribe { household: HOUSE, proof: proof(MEMBER), shares: 9 };
    world.submit(by(AGENT), coop(more)).unwrap();
    let table: &[(&[(PartyId, Ballot)], VotePhase)] = &[
        (&[(MEMBER, Yes), (NEIGHBOUR_MEMBER, No)], VotePhase::Failed),
        (&[(MEMBER, Yes), (NEIGHBOUR_MEMBER, Abstain)], VotePhase::Passed),
        (&[(MEMBER, Yes)], VotePhase::Passed),
        (&[], VotePhase::Failed),
        (&[(NEIGHBOUR_MEMBER, No), (NEIGHBOUR_SON, Yes)], VotePhase::Passed),
    ];
    for (ballots, phase) in table {
        let mut world = world.clone();
        assert_eq!(decide(&mut world, Motion::Rule, ballots), *phase, "{ballots:?}");
        let tally = world.state.vote.get(&VOTE).unwrap().tally.unwrap();
        assert_eq!(tally.members, 2);
        let late = world.submit(by(AGENT), cast(MEMBER, Yes));
        assert_eq!(code(&late), "illegal_transition");
    }
    // A third member: one of three is too few.
    world.fund(AccountKey::party(Code::WALLET, HOME), 20_000);
    let proof = proof(KIN);
    let third = CooperativeCommand::Subscribe { household: HOME, proof, shares: 1 };
    world.submit(by(SECOND_AGENT), coop(third)).unwrap();
    assert_eq!(decide(&mut world, Motion::Rule, &[(MEMBER, Yes)]), VotePhase::Failed);
}

/// Goal: a year's surplus goes 60 : 20 : 20 to deliveries, reserve and shares, to the fen, once, and
/// only as the members agreed. Method: 10,007 of fees, deliveries 3 : 1, shares 1 : 1.
#[test]
fn a_years_surplus_is_divided_as_agreed() {
    let mut world = World::new();
    registered(&mut world);
    world.fund(COOP_FEES, 10_007);
    let delivered = BTreeMap::from([(HOUSE, 30_000), (NEIGHBOUR, 10_000)]);
    let event = CooperativeEvent::Delivered { due: delivered };
    world.has_happened(vec![Effect::Cooperative { cooperative: COOPERATIVE, event }]);
    let close = coop(CooperativeCommand::CloseYear { vote: VOTE });
    let mut greedy = world.clone();
    decide(&mut greedy, year(10_008), &[(MEMBER, Ballot::Yes)]);
    assert_eq!(code(&greedy.submit(by(COOPERATIVE), close.clone())), "insufficient_available");
    assert_eq!(decide(&mut world, year(10_007), &[(MEMBER, Ballot::Yes)]), VotePhase::Passed);
    let elect = coop(CooperativeCommand::Elect { vote: VOTE });
    assert_eq!(code(&world.submit(by(COOPERATIVE), elect)), "vote_needed", "about something else");
    let record = world.submit(by(COOPERATIVE), close.clone()).unwrap();
    // 6,004 by 3 : 1 and 2,001 by 1 : 1; the reserve has 2,000 and both floors.
    assert_moved(
        &record,
        &[
            (COOP_FEES, 10_007),
            (WALLET, -(4_503 + 1_001)),
            (NEIGHBOUR_WALLET, -(1_501 + 1_000)),
            (RESERVE, -2_002),
        ],
    );
    assert_eq!(code(&world.submit(by(COOPERATIVE), close)), "vote_needed", "decides once");
    let register = &world.state.cooperative.get(&COOPERATIVE).unwrap().register;
    assert_eq!((register.closed_through, register.delivered.len()), (Some(2026), 0));
}

/// Goal: the board is whom the members chose. Method: a vote for the neighbour's son, carried out.
#[test]
fn the_board_is_chosen_by_vote() {
    let mut world = World::new();
    registered(&mut world);
    let board = BTreeSet::from([MEMBER, NEIGHBOUR_SON]);
    let motion = Motion::Board { board: board.clone() };
    decide(&mut world, motion, &[(MEMBER, Ballot::Yes), (NEIGHBOUR_MEMBER, Ballot::Yes)]);
    let elect = coop(CooperativeCommand::Elect { vote: VOTE });
    let stranger = world.clone().submit(by(AGENT), elect.clone());
    assert_eq!(code(&stranger), "not_allowed");
    world.submit(by(COOPERATIVE), elect).unwrap();
    assert_eq!(world.state.cooperative.get(&COOPERATIVE).unwrap().register.board, board);
    let same_house = BTreeSet::from([NEIGHBOUR_MEMBER, NEIGHBOUR_SON]);
    let answer = orchard().submit(by(COOPERATIVE), call(Motion::Board { board: same_house }));
    assert_eq!(code(&answer), "not_independent");
}

/// Goal: capital comes and goes at its price, by the household's own word. Method: buy, give back
/// too many, give back.
#[test]
fn shares_cost_what_they_cost() {
    let mut world = World::new();
    registered(&mut world);
    let capital = AccountKey::party(Code::COOPERATIVE_CAPITAL, COOPERATIVE);
    assert_eq!(balances(&world, &[WALLET, capital]), [0, 40_000]);
    let redeem = |shares, member| {
        coop(CooperativeCommand::Redeem { household: HOUSE, proof: proof(member), shares })
    };
    assert_eq!(code(&world.submit(by(AGENT), redeem(2, MEMBER))), "out_of_range_number");
    assert_eq!(code(&world.submit(by(AGENT), redeem(1, NEIGHBOUR_MEMBER))), "proof_not_theirs");
    let record = world.submit(by(HOUSE), redeem(1, MEMBER)).unwrap();
    assert_moved(&record, &[(capital, 20_000), (WALLET, -20_000)]);
    assert_eq!(world.state.cooperative.get(&COOPERATIVE).unwrap().member_count(), 1);
}

proptest! {
    /// Goal: a surplus is divided whole, whatever the register. Method: random registers.
    #[test]
    fn a_surplus_is_divided_whole(
        delivered in prop::collection::btree_map(1_u128..20, 0_i64..1_000_000, 0..10),
        shares in prop::collection::btree_map(1_u128..20, 1_u32..50, 0..10),
        minor in 0_i64..10_000_000,
        patronage_bps in 0_u32..8_001,
    ) {
        let mut row = coop_row();
        let id = PartyId::from_bits;
        row.register.delivered = delivered.into_iter().map(|(who, n)| (id(who), n)).collect();
        row.register.shares = shares.into_iter().map(|(who, n)| (id(who), n)).collect();
        let surplus = row.surplus(minor, patronage_bps, 2_000);
        let members: i64 = surplus.members.values().sum();
        prop_assert_eq!(members + surplus.reserve_minor, minor);
        prop_assert!(surplus.reserve_minor >= 0 && surplus.members.values().all(|n| *n > 0));
    }
}
