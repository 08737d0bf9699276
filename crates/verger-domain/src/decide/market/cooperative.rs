//! Rules of the cooperative's members: shares at their price, one vote a member, a year's surplus
//! divided only as a vote agreed. Source: `30-market` features 29 and 31, rules C-50 to C-59.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Desk, check_count, check_range, check_text, check_version, exists, illegal, not_allowed,
    unknown,
};
use crate::command::Proof;
use crate::effect::{Effect, Timer, TimerKind};
use crate::id::{PartyId, VoteId};
use crate::ledger::posting::check_positive;
use crate::market::command::{CooperativeCommand as C, VoteCommand};
use crate::market::cooperative::{Ballot, Motion, Register};
use crate::market::{
    Cooperative, CooperativeEvent, LINES_MAX, PoolEvent, Vote, VoteEvent, VotePhase,
};
use crate::party::PartyKind;
use crate::refusal::{LedgerRefusal, MarketRefusal, PartyRefusal, Refusal};

/// The most shares of one movement.
const SHARES_MAX: i64 = 100_000;

pub(super) fn decide(
    desk: &mut Desk<'_>,
    id: PartyId,
    version: Option<u32>,
    command: &C,
) -> Result<(), Refusal> {
    if let C::Found { board } = command {
        return found(desk, id, board);
    }
    let row = cooperative(desk, id)?;
    check_version(row.version, version)?;
    match command {
        C::Found { .. } => Ok(()),
        C::Elect { vote } => elect(desk, row, *vote),
        C::Subscribe { household, proof, shares } => {
            subscribe(desk, row, (*household, *shares), proof)
        }
        C::Redeem { household, proof, shares } => redeem(desk, row, (*household, *shares), proof),
        C::CloseYear { vote } => close_year(desk, row, *vote),
    }
}

/// The cooperative with this party in the command's village.
fn cooperative(desk: &Desk<'_>, id: PartyId) -> Result<Cooperative, Refusal> {
    let known = desk.state.cooperative.get(&id).filter(|row| row.village == desk.command.village);
    known.cloned().ok_or_else(|| unknown(id))
}

fn tell(desk: &mut Desk<'_>, row: &mut Cooperative, event: CooperativeEvent) {
    row.apply(&event);
    desk.effects.push(Effect::Cooperative { cooperative: row.id, event });
}

/// The cooperative itself or the staff.
fn check_office(desk: &Desk<'_>, id: PartyId) -> Result<(), Refusal> {
    let actor = desk.actor()?;
    if actor.id == id || actor.kind == PartyKind::Staff {
        return Ok(());
    }
    Err(not_allowed(desk.command))
}

/// A board is of members of the village, of different households.
fn check_board(desk: &Desk<'_>, board: &BTreeSet<PartyId>) -> Result<(), Refusal> {
    check_count("board", board.len(), LINES_MAX)?;
    let mut homes = BTreeSet::new();
    for member in board {
        let party = desk.party_of_kind(*member, PartyKind::Member)?;
        if !homes.insert(party.household) {
            return Err(MarketRefusal::NotIndependent { party: *member }.into());
        }
    }
    Ok(())
}

fn found(desk: &mut Desk<'_>, id: PartyId, board: &BTreeSet<PartyId>) -> Result<(), Refusal> {
    desk.staff()?;
    desk.party_of_kind(id, PartyKind::Cooperative)?;
    if desk.state.cooperative.get(&id).is_some() {
        return Err(exists(id));
    }
    check_board(desk, board)?;
    let register = Register { board: board.clone(), ..Register::default() };
    let row = Cooperative { id, register, version: 0, village: desk.command.village };
    let event = CooperativeEvent::Founded(Box::new(row));
    desk.effects.push(Effect::Cooperative { cooperative: id, event });
    Ok(())
}

fn price(desk: &Desk<'_>, shares: u32) -> i64 {
    desk.policy().cooperative.share_minor.saturating_mul(i64::from(shares))
}

fn subscribe(
    desk: &mut Desk<'_>,
    mut row: Cooperative,
    (household, shares): (PartyId, u32),
    proof: &Proof,
) -> Result<(), Refusal> {
    desk.agent_or(crate::party::Module::M1, desk.is_household(household))?;
    let wallet = desk.party_of_kind(household, PartyKind::Household)?.wallet();
    check_range("shares", i64::from(shares), 1, SHARES_MAX)?;
    super::purchase::prove(desk, household, proof)?;
    let minor = price(desk, shares);
    check_positive(desk.policy(), minor)?;
    desk.purpose("share.subscribed");
    desk.debit(wallet, minor);
    desk.open(row.capital(), "capital".to_owned());
    desk.credit(row.capital(), minor);
    tell(desk, &mut row, CooperativeEvent::Subscribed { household, shares });
    Ok(())
}

// Whoever leaves has his capital back at its price; what he delivered is still paid to him.
fn redeem(
    desk: &mut Desk<'_>,
    mut row: Cooperative,
    (household, shares): (PartyId, u32),
    proof: &Proof,
) -> Result<(), Refusal> {
    desk.agent_or(crate::party::Module::M1, desk.is_household(household))?;
    let wallet = desk.party_of_kind(household, PartyKind::Household)?.wallet();
    let held = row.register.shares.get(&household).copied().unwrap_or(0);
    check_range("shares", i64::from(shares), 1, i64::from(held))?;
    super::purchase::prove(desk, household, proof)?;
    let minor = price(desk, shares);
    desk.purpose("share.redeemed");
    desk.debit(row.capital(), minor);
    desk.credit(wallet, minor);
    tell(desk, &mut row, CooperativeEvent::Redeemed { household, shares });
    Ok(())
}

/// A vote of this cooperative that was carried, is about this, and was not carried out yet.
fn carried(desk: &Desk<'_>, row: &Cooperative, id: VoteId) -> Result<Vote, Refusal> {
    let known = desk.state.vote.get(&id).filter(|vote| vote.cooperative == row.id);
    let vote = known.ok_or_else(|| unknown(id))?;
    if vote.phase != VotePhase::Passed || vote.is_used {
        return Err(MarketRefusal::VoteNeeded { vote: id }.into());
    }
    Ok(vote.clone())
}

fn use_up(desk: &mut Desk<'_>, vote: VoteId) {
    desk.effects.push(Effect::Vote { event: VoteEvent::Used, vote });
}

fn elect(desk: &mut Desk<'_>, mut row: Cooperative, vote: VoteId) -> Result<(), Refusal> {
    check_office(desk, row.id)?;
    let Motion::Board { board } = carried(desk, &row, vote)?.motion else {
        return Err(MarketRefusal::VoteNeeded { vote }.into());
    };
    use_up(desk, vote);
    tell(desk, &mut row, CooperativeEvent::Elected { board, vote });
    Ok(())
}

fn close_year(desk: &mut Desk<'_>, mut row: Cooperative, vote: VoteId) -> Result<(), Refusal> {
    check_office(desk, row.id)?;
    let Motion::Year { surplus_minor, year } = carried(desk, &row, vote)?.motion else {
        return Err(MarketRefusal::VoteNeeded { vote }.into());
    };
    if row.register.closed_through.is_some_and(|closed| year <= closed) {
        return Err(MarketRefusal::VoteNeeded { vote }.into());
    }
    let available_minor = desk.available_minor(row.fees());
    if surplus_minor > available_minor {
        let account = row.fees();
        return Err(LedgerRefusal::InsufficientAvailable { account, available_minor }.into());
    }
    let policy = &desk.policy().cooperative;
    let surplus = row.surplus(surplus_minor, policy.patronage_bps, policy.share_bps);
    desk.purpose("year.closed");
    desk.debit(row.fees(), surplus_minor);
    for (household, minor) in &surplus.members {
        let wallet = desk.party(*household)?.wallet();
        desk.credit(wallet, *minor);
    }
    desk.open(row.reserve(), "reserve".to_owned());
    desk.credit(row.reserve(), surplus.reserve_minor);
    use_up(desk, vote);
    let (members, reserve_minor) = (surplus.members, surplus.reserve_minor);
    tell(desk, &mut row, CooperativeEvent::YearClosed { members, reserve_minor, vote, year });
    Ok(())
}

pub(super) fn decide_vote(
    desk: &mut Desk<'_>,
    id: VoteId,
    version: Option<u32>,
    command: &VoteCommand,
) -> Result<(), Refusal> {
    match command {
        VoteCommand::Call { cooperative, motion, text } => {
            call(desk, id, (*cooperative, motion), text)
        }
        VoteCommand::Cast { ballot, proof } => {
            let row = vote(desk, id)?;
            check_version(row.version, version)?;
            cast(desk, &row, *ballot, proof)
        }
    }
}

fn vote(desk: &Desk<'_>, id: VoteId) -> Result<Vote, Refusal> {
    let known = desk.state.vote.get(&id).filter(|row| row.village == desk.command.village);
    known.cloned().ok_or_else(|| unknown(id))
}

fn call(
    desk: &mut Desk<'_>,
    id: VoteId,
    (of, motion): (PartyId, &Motion),
    text: &str,
) -> Result<(), Refusal> {
    check_office(desk, of)?;
    cooperative(desk, of)?;
    if desk.state.vote.get(&id).is_some() || id.bits() == 0 {
        return Err(exists(id));
    }
    check_text("text", text)?;
    match motion {
        Motion::Board { board } => check_board(desk, board)?,
        Motion::Pool { pool } => drop(super::pool::pool(desk, *pool)?),
        Motion::Rule => {}
        Motion::Year { surplus_minor, year } => {
            check_positive(desk.policy(), *surplus_minor)?;
            check_range("year", i64::from(*year), 2000, 2200)?;
        }
    }
    let due_at = Some(desk.in_hours(desk.policy().cooperative.vote_hours));
    let row = Vote {
        ballots: BTreeMap::new(),
        cooperative: of,
        due_at,
        id,
        is_used: false,
        motion: motion.clone(),
        phase: VotePhase::Open,
        tally: None,
        text: text.to_owned(),
        version: 0,
        village: desk.command.village,
    };
    desk.effects.push(Effect::Vote { event: VoteEvent::Called(Box::new(row)), vote: id });
    desk.retime(TimerKind::Vote, id.bits(), None, due_at);
    Ok(())
}

// One household, one vote, by a member's own proof: neither shares nor an agent's device add to it.
fn cast(desk: &mut Desk<'_>, row: &Vote, ballot: Ballot, proof: &Proof) -> Result<(), Refusal> {
    if row.phase != VotePhase::Open {
        return Err(illegal(row.phase.name(), &[]));
    }
    let member = desk.party_of_kind(proof.member, PartyKind::Member)?;
    let household = member.household.ok_or(PartyRefusal::HouseholdNeeded)?;
    if !cooperative(desk, row.cooperative)?.is_member(household) {
        return Err(MarketRefusal::NotMember { party: proof.member }.into());
    }
    super::purchase::prove(desk, household, proof)?;
    let event = VoteEvent::Cast { ballot, household };
    desk.effects.push(Effect::Vote { event, vote: row.id });
    Ok(())
}

/// Counts a vote. What it says of a pool counts at once; a board and a year are carried out by a
/// command of their own.
pub(super) fn time_out(desk: &mut Desk<'_>, timer: Timer) -> Result<(), Refusal> {
    let mut row = vote(desk, VoteId::from_bits(timer.subject))?;
    if row.due_at != Some(timer.due_at) {
        return Ok(());
    }
    let tally = row.tally(&cooperative(desk, row.cooperative)?);
    let is_passed = tally.is_passed(desk.policy().cooperative.vote_quorum_bps);
    let event = VoteEvent::Counted { is_passed, tally };
    let before = row.due_at;
    row.apply(&event);
    desk.effects.push(Effect::Vote { event, vote: row.id });
    desk.retime(TimerKind::Vote, row.id.bits(), before, row.due_at);
    if let Motion::Pool { pool } = row.motion
        && is_passed
    {
        let mut pool = super::pool::pool(desk, pool)?;
        super::pool::tell(desk, &mut pool, PoolEvent::Ratified { vote: row.id });
    }
    Ok(())
}
