//! Rules about the agent's standing: modules, probation, suspension, review. Moves no money.

use std::collections::BTreeSet;

use super::Desk;
use crate::effect::Effect;
use crate::id::PartyId;
use crate::party::{Duty, Module, PartyKind};
use crate::refusal::Refusal;

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
