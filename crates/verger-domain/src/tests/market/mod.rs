//! Tests of the market's machines, one file for each; the fixture is in `stage`. Owns the list of
//! their tables of refusals.

use super::Row;
use super::world::*;
use crate::command::{Actor, Body};
use crate::refusal::{MarketRefusal, Refusal};

mod agents;
mod custody;
mod disputes;
mod groups;
mod listings;
mod lots;
mod members;
mod model;
mod orders;
mod pools;
mod purchases;
mod sales;
pub(super) mod samples;
mod seasons;
mod shares;
mod splits;
pub(super) mod stage;
mod tills;

/// Every table of refusals of the market.
pub(super) fn rows() -> Vec<Row> {
    let tables = [
        agents::rows(),
        custody::rows(),
        disputes::rows(),
        lots::rows(),
        pools::rows(),
        seasons::rows(),
        members::rows(),
        groups::rows(),
        tills::rows(),
        listings::rows(),
        orders::rows(),
        purchases::rows(),
        sales::rows(),
    ];
    tables.into_iter().flatten().collect()
}

/// Everybody who may try something, by the name that the tables use.
const EVERYBODY: &[(&str, Actor)] = &[
    ("buyer", Actor::Party(BUYER)),
    ("other_buyer", Actor::Party(SECOND_BUYER)),
    ("house", Actor::Party(HOUSE)),
    ("member", Actor::Party(MEMBER)),
    ("neighbour", Actor::Party(NEIGHBOUR)),
    ("agent", Actor::Party(AGENT)),
    ("other_agent", Actor::Party(SECOND_AGENT)),
    ("lodger", Actor::Party(LODGER)),
    ("novice", Actor::Party(NOVICE)),
    ("cooperative", Actor::Party(COOPERATIVE)),
    ("supplier", Actor::Party(SUPPLIER)),
    ("other_supplier", Actor::Party(SECOND_SUPPLIER)),
    ("carrier", Actor::Party(CARRIER)),
    ("shop", Actor::Party(SHOP)),
    ("staff", Actor::Party(STAFF)),
    ("clock", Actor::Clock),
    ("system", Actor::System),
];

/// Checks who may do something: `"ok: agent staff; needs_module: novice; *: not_allowed"` names
/// those who get each answer, and what all others get.
fn assert_actors(world: &World, body: &Body, expected: &str) {
    let answer = |name: &str| {
        let groups = expected.split(';').map(|group| group.split_once(':').unwrap());
        let groups = groups.map(|(code, names)| (code.trim(), names.trim()));
        let found = groups.clone().find(|(_, names)| names.split(' ').any(|other| other == name));
        let rest = groups.clone().find(|(code, _)| *code == "*").map(|(_, code)| code);
        found.map(|(code, _)| code).or(rest).unwrap()
    };
    for (name, actor) in EVERYBODY {
        let given = stage::code(&world.clone().submit(*actor, body.clone()));
        assert_eq!(given, answer(name), "{name} tries {body:?}");
    }
}

/// Checks what can be done in a phase: commands that are named meet no objection to the phase,
/// all others are refused with the phase and with what is allowed.
fn assert_phase(world: &World, phase: &str, allowed: &[&str], tries: &[(&str, Actor, Body)]) {
    for (name, actor, body) in tries {
        let answer = world.clone().submit(*actor, body.clone());
        let is_illegal =
            matches!(answer, Err(Refusal::Market(MarketRefusal::IllegalTransition { .. })));
        if allowed.contains(name) {
            assert!(!is_illegal, "{name} in {phase}: {answer:?}");
            continue;
        }
        let allowed = allowed.iter().map(|name| (*name).to_owned()).collect();
        let no = MarketRefusal::IllegalTransition { allowed, phase: phase.to_owned() };
        assert_eq!(answer, Err(no.into()), "{name} in {phase}");
    }
}

/// Goal: the fixture's plain ways lead where they should.
/// Method: a sale and a purchase to their ends.
#[test]
fn the_plain_ways_lead_to_their_ends() {
    use stage::*;

    use crate::market::OrderPhase;
    let mut world = stage();
    sale(&mut world, 1, &[(FRUIT, 1)], OrderPhase::Completed);
    purchase(&mut world, 2, &[(FEED, 1)], OrderPhase::Completed);
    purchase(&mut world, 3, &[(CHICKS, 10)], OrderPhase::Completed);
    sale(&mut world, 4, &[(CRAFT, 1)], OrderPhase::Completed);
}
