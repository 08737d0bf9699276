//! Tests of the rules through their one door: commands go in, effects or refusals come out. Owns
//! the tables of refusals; the programme they run in is in `world`.
#![expect(clippy::arithmetic_side_effects, reason = "an overflow in a test fails the test")]

use std::collections::BTreeSet;

use crate::command::{Actor, Body};
use crate::id::VillageId;
use crate::refusal::Refusal;

mod credit;
mod dice;
mod holds;
mod journal;
mod ledger;
mod market;
mod party;
mod period;
mod policy;
mod properties;
mod samples;
mod till;
mod trust;
mod world;

use world::{VILLAGE, World, assert_journal_is_sound};

/// One line of a table: in this situation, this command gets this answer.
struct Row {
    given: fn(&mut World),
    village: VillageId,
    actor: Actor,
    body: Body,
    refusal: Refusal,
}

impl Row {
    /// A command of this actor in the first village, as the world stands at the start.
    fn of(actor: Actor, body: Body, refusal: impl Into<Refusal>) -> Self {
        let refusal = refusal.into();
        Self { given: |_| (), village: VILLAGE, actor, body, refusal }
    }

    /// The same after this has happened.
    fn given(self, given: fn(&mut World)) -> Self {
        Self { given, ..self }
    }

    /// The same in another village.
    fn in_village(self, village: VillageId) -> Self {
        Self { village, ..self }
    }
}

fn assert_refused(rows: Vec<Row>) {
    for row in rows {
        let mut world = World::new();
        (row.given)(&mut world);
        let name = format!("{:?} by {}", row.body, row.actor);
        let answer = world.submit_in(row.village, row.actor, row.body);
        assert_eq!(answer, Err(row.refusal), "{name}");
        // A refusal is kept for ever too, whatever nonsense it is about.
        assert_journal_is_sound(&world.records[world.records.len() - 1..]);
    }
}

/// Goal: every refusal that a command can meet has a row, so that none goes untested.
/// Method: the codes of all tables against the codes of all samples.
#[test]
fn every_refusal_has_a_row() {
    let tables = [
        ledger::rows(),
        holds::rows(),
        party::rows(),
        till::rows(),
        period::rows(),
        market::rows(),
        trust::market::rows(),
        credit::commands::rows(),
    ];
    let tested: BTreeSet<String> =
        tables.into_iter().flatten().map(|row| row.refusal.code()).collect();
    // The first takes books that are broken, see `period`; the second is told by the app alone; the
    // third holds a whole decision and has tests of its own.
    let elsewhere = ["trial_balance_off", "wrong_pin", "declined"];
    let all: BTreeSet<String> = samples::refusals().iter().map(Refusal::code).collect();
    let missing: Vec<_> =
        all.difference(&tested).filter(|code| !elsewhere.contains(&code.as_str())).collect();
    assert!(missing.is_empty(), "no row for {missing:?}");
}
