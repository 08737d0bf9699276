//! Rules about the agent's standing: modules, probation, suspension, review, his own sources of
//! payment. Moves no money.

use std::collections::BTreeSet;

use super::Desk;
use crate::codec::Hash;
use crate::effect::Effect;
use crate::id::PartyId;
use crate::party::{Duty, Module, PartyKind};
use crate::refusal::{MarketRefusal, PartyRefusal, Refusal};

/// Says what an agent may do, or which post a person of the staff has. Only the staff may: never the
/// agent, nor who recruited him; and nobody gives himself a post.
pub(super) fn certify(
    desk: &mut Desk<'_>,
    agent: PartyId,
    certified: &BTreeSet<Module>,
    duty: Duty,
) -> Result<(), Refusal> {
    let by = desk.staff()?;
    let person = desk.party(agent)?;
    if person.kind == PartyKind::Staff && certified.is_empty() {
        if by.id == agent {
            return Err(super::not_allowed(desk.command));
        }
    } else if person.kind != PartyKind::Agent || duty.office.is_some() {
        let expected = PartyKind::Agent;
        return Err(PartyRefusal::WrongKind { expected, party: agent }.into());
    }
    desk.effects.push(Effect::Certified { agent, certified: certified.clone(), duty });
    Ok(())
}

/// Says whose a source of payment is. Whoever used it first is known already and stays.
pub(super) fn register_payer(
    desk: &mut Desk<'_>,
    party: PartyId,
    payer: Hash,
) -> Result<(), Refusal> {
    desk.staff()?;
    desk.party(party)?;
    if desk.state.payer.get(&(desk.command.village, payer)).is_some() {
        let subject = crate::codec::to_hex(&payer);
        return Err(MarketRefusal::SubjectExists { subject }.into());
    }
    desk.effects.push(Effect::PayerKnown { party, payer });
    Ok(())
}
