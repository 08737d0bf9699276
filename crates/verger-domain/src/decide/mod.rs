//! The one door to every rule: which rows a command reads, and what it does with them. Owns the
//! dispatch and the question who may act; the rules themselves are in the submodules.

mod ledger;
mod market;
mod party;
mod reads;
mod till;

pub use reads::{Reads, reads};

use crate::command::{Actor, Body, Command};
use crate::effect::Effect;
use crate::id::PartyId;
use crate::party::{Party, PartyKind};
use crate::refusal::{PartyRefusal, Refusal};
use crate::state::State;
use crate::time::Now;

/// Decides one command: what it does, or why not. Reads only rows that [`reads()`] named.
///
/// # Errors
/// The first rule that says no, in the order in which the refusal enums list them.
pub fn decide(state: &State, command: &Command, now: Now) -> Result<Vec<Effect>, Refusal> {
    let village = command.village;
    if !matches!(command.body, Body::RegisterVillage { .. })
        && state.villages.get(&village).is_none()
    {
        return Err(PartyRefusal::VillageUnknown { village }.into());
    }
    check_actor(state, command)?;
    match &command.body {
        Body::RegisterVillage { .. }
        | Body::AdoptPolicy { .. }
        | Body::RegisterParty { .. }
        | Body::SetPin { .. }
        | Body::ReportWrongPin { .. }
        | Body::SignIn { .. }
        | Body::IssueToken { .. }
        | Body::RevokeToken { .. }
        | Body::LeaveCell { .. }
        | Body::EnterCell { .. } => party::decide(state, command, now),
        Body::OpenAccount { .. }
        | Body::Post { .. }
        | Body::PlaceHold { .. }
        | Body::PostHold { .. }
        | Body::VoidHold { .. }
        | Body::ExpireHold { .. }
        | Body::Reverse { .. }
        | Body::CloseMonth { .. } => ledger::decide(state, command, now),
        Body::CashIn { .. }
        | Body::CashOut { .. }
        | Body::SendMoney { .. }
        | Body::ReceiveMoney { .. } => till::decide(state, command, now),
        _ => market::decide(state, command, now),
    }
}

/// Who may send which command: the domain's half of the access table. The app's half says which
/// token may act for whom.
fn check_actor(state: &State, command: &Command) -> Result<(), Refusal> {
    use PartyKind::{Agent, Staff};
    let has_pin = |member: &PartyId| state.pin.get(member).is_some();
    // Whoever proved the old one may set himself a new one.
    if let Body::SetPin { member, proof: Some(_), .. } = &command.body
        && command.actor == Actor::Party(*member)
        && has_pin(member)
    {
        return Ok(());
    }
    if let Actor::Party(id) = command.actor
        && only_looks(party_in(state, command, id)?)
    {
        return Err(not_allowed(command));
    }
    let allowed: &[PartyKind] = match &command.body {
        Body::RegisterVillage { .. }
        | Body::ReportWrongPin { .. }
        | Body::SignIn { .. }
        | Body::ReceiveMoney { .. }
        | Body::LeaveCell { .. }
        | Body::EnterCell { .. } => &[],
        Body::ExpireHold { .. } => return only(command, Actor::Clock),
        Body::AdoptPolicy { .. } | Body::Reverse { .. } => return two_staff(state, command),
        Body::IssueToken { .. }
        | Body::RevokeToken { .. }
        | Body::OpenAccount { .. }
        | Body::Post { .. }
        | Body::PlaceHold { .. }
        | Body::PostHold { .. }
        | Body::VoidHold { .. }
        | Body::CloseMonth { .. }
        // Whoever sets a first PIN could consent in the member's name: never the agent (I-11).
        | Body::SetPin { proof: None, .. } => &[Staff],
        Body::SetPin { member, .. } if !has_pin(member) => &[Staff],
        Body::SetPin { proof: Some(_), .. } | Body::RegisterParty { .. } => &[Staff, Agent],
        Body::CashIn { .. } | Body::CashOut { .. } | Body::SendMoney { .. } => {
            return till::check_agent(state, command);
        }
        // Who may do what in the market depends on the subject: the market's rules say it.
        _ => return Ok(()),
    };
    match command.actor {
        Actor::System => Ok(()),
        Actor::Party(id) if allowed.contains(&party_in(state, command, id)?.kind) => Ok(()),
        Actor::Party(_) | Actor::Clock => Err(not_allowed(command)),
    }
}

fn only(command: &Command, actor: Actor) -> Result<(), Refusal> {
    if command.actor == actor { Ok(()) } else { Err(not_allowed(command)) }
}

fn not_allowed(command: &Command) -> Refusal {
    PartyRefusal::NotAllowed { actor: command.actor.to_string() }.into()
}

/// An auditor and a programme officer look at everything and change nothing, and so does whoever of
/// the staff is suspended. What a suspended agent may do depends on the command.
fn only_looks(party: &Party) -> bool {
    let duty = party.duty;
    duty.office.is_some() || (party.kind == PartyKind::Staff && duty.is_suspended)
}

/// Four eyes: the actor and the second person are two different people of the staff.
fn two_staff(state: &State, command: &Command) -> Result<(), Refusal> {
    let (Body::AdoptPolicy { approved_by, .. } | Body::Reverse { approved_by, .. }) = &command.body
    else {
        return Err(not_allowed(command));
    };
    let Actor::Party(actor) = command.actor else {
        return Err(PartyRefusal::SecondPersonNeeded.into());
    };
    if party_in(state, command, actor)?.kind != PartyKind::Staff {
        return Err(not_allowed(command));
    }
    let second = party_in(state, command, *approved_by)?;
    // Who only looks does not agree to a change either.
    let may_agree = second.kind == PartyKind::Staff && !only_looks(second);
    if actor == *approved_by || !may_agree {
        return Err(PartyRefusal::SecondPersonNeeded.into());
    }
    Ok(())
}

/// The party with this id, if it is of the command's village; another village's is unknown here.
fn party_in<'a>(state: &'a State, command: &Command, id: PartyId) -> Result<&'a Party, Refusal> {
    let party = state.party.get(&id).filter(|party| party.village == command.village);
    party.ok_or_else(|| PartyRefusal::PartyUnknown { party: id }.into())
}
