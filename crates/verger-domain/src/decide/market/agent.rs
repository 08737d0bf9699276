//! Rules about the agent's standing: modules, probation, suspension, review, his own sources of
//! payment. Moves no money.

use std::collections::BTreeSet;

use super::Desk;
use crate::codec::Hash;
use crate::effect::Effect;
use crate::id::PartyId;
use crate::party::{Duty, Module, PartyKind};
use crate::refusal::{MarketRefusal, Refusal};

/// Says what an agent may do. Only the staff may: never the agent, nor who recruited him.
pub(super) fn certify(
    desk: &mut Desk<'_>,
    agent: PartyId,
    certified: &BTreeSet<Module>,
    duty: Duty,
) -> Result<(), Refusal> {
    desk.staff()?;
    desk.party_of_kind(agent, PartyKind::Agent)?;
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
