//! What counts for trust. Owns the evidence rules of 40-trust 2.3 and the commands about trust that
//! are not trade; must not compute points: that is the index's.

use super::{Desk, check_text, illegal, is_of, unknown};
use crate::command::{Actor, ProofBy};
use crate::effect::Effect;
use crate::id::PartyId;
use crate::market::Order;

use crate::party::PartyKind;
use crate::refusal::{MarketRefusal, PartyRefusal, Refusal, TillRefusal};
use crate::trust::{
    CountedRow, FactKind, FactProof, Operation, TrustCommand, TrustEvent, WeightBatch, Whom,
    locked_weight,
};

/// The longest list of weights one batch of a village may have.
const WEIGHTS_MAX: usize = 20_000;

pub(super) fn decide(desk: &mut Desk<'_>, command: &TrustCommand) -> Result<(), Refusal> {
    match command {
        TrustCommand::AdoptWeights { batch } => adopt_weights(desk, batch),
        TrustCommand::ConfirmFact { by, fact, household } => {
            confirm_fact(desk, *household, *fact, *by)
        }
        TrustCommand::ProveBuyer { approved_by, buyer } => {
            two_staff(desk, *approved_by)?;
            let buyer = desk.party_of_kind(*buyer, PartyKind::Buyer)?.id;
            desk.tell_trust(buyer, TrustEvent::Proven);
            Ok(())
        }
        TrustCommand::Bar { approved_by, party, reason } => {
            two_staff(desk, *approved_by)?;
            bar(desk, *party, reason)
        }
    }
}

/// The weights of the night come from the machine alone: whoever could write them by hand could
/// mint trust (T-21). They come in order, each batch once.
fn adopt_weights(desk: &mut Desk<'_>, batch: &WeightBatch) -> Result<(), Refusal> {
    if !matches!(desk.command.actor, Actor::System | Actor::Clock) {
        return Err(super::not_allowed(desk.command));
    }
    let last = desk.state.trust_batch.get(&desk.command.village);
    let number = last.map_or(0, |row| row.number);
    let is_next = number.checked_add(1) == Some(batch.number);
    if !is_next || last.is_some_and(|row| row.on > batch.on) || batch.on > desk.now.today {
        return Err(MarketRefusal::Stale { version: number }.into());
    }
    super::check_range("weights", length(batch.weights.len()), 0, length(WEIGHTS_MAX))?;
    for party in batch.weights.keys() {
        desk.party(*party)?;
    }
    desk.effects.push(Effect::WeightsAdopted(Box::new(batch.clone())));
    Ok(())
}

fn length(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The agent sees it, and a document or a member of a third household says so too (T-5): neither
/// the agent nor the household can make it up alone. A document serves once, for one household.
fn confirm_fact(
    desk: &mut Desk<'_>,
    household: PartyId,
    fact: FactKind,
    by: FactProof,
) -> Result<(), Refusal> {
    let agent = desk.actor()?;
    if agent.kind != PartyKind::Agent {
        return Err(super::not_allowed(desk.command));
    }
    if agent.duty.is_suspended {
        return Err(MarketRefusal::AgentSuspended.into());
    }
    let home = desk.party_of_kind(household, PartyKind::Household)?.id;
    if is_of(agent, home) {
        return Err(MarketRefusal::NotIndependent { party: agent.id }.into());
    }
    let today = desk.now.today;
    let known = desk.state.trust_row(home).facts.get(&fact).copied();
    if known.is_some_and(|on| today.days_since(on) < FactKind::DAYS) {
        return Err(illegal("confirmed", &[]));
    }
    let (document, witness) = match by {
        FactProof::Document(document) => {
            desk.use_photos(&[document])?;
            (Some(document), None)
        }
        FactProof::Witness(proof) => {
            super::purchase::check_witness(desk, home, proof.member)?;
            if proof.by != ProofBy::Pin {
                return Err(TillRefusal::ProofNotTheirs.into());
            }
            desk.effects.push(Effect::ProofGiven(proof));
            (None, Some(proof.member))
        }
    };
    desk.tell_trust(home, TrustEvent::FactConfirmed { document, fact, on: today, witness });
    let operation = Operation::Fact { points: fact.points() };
    desk.tell_trust(home, counted(desk, None, operation, None));
    Ok(())
}

/// Two different people of the staff.
fn two_staff(desk: &Desk<'_>, approved_by: PartyId) -> Result<(), Refusal> {
    let first = desk.staff()?.id;
    let second = desk.party_of_kind(approved_by, PartyKind::Staff)?.id;
    if first == second {
        return Err(PartyRefusal::SecondPersonNeeded.into());
    }
    Ok(())
}

/// Proven fraud: its points are void, it is out for ever, and whatever counted with it for others
/// is taken back, by counter-entries (T-8).
fn bar(desk: &mut Desk<'_>, party: PartyId, reason: &str) -> Result<(), Refusal> {
    check_text("reason", reason)?;
    let (party, _) = node(desk, party).ok_or_else(|| unknown(party))?;
    let on = desk.now.today;
    let state = desk.state;
    let is_with = |row: &CountedRow| row.counterparty == party && row.counted.left_minor > 0;
    let with_it = state.trust_counted.iter().filter(|(_, row)| is_with(row));
    let with_it: Vec<_> = with_it.map(|(key, row)| (*key, row.counted.left_minor)).collect();
    for ((order, household), value_minor) in with_it {
        desk.tell_trust(household, TrustEvent::TakenBack { on, order, value_minor });
    }
    desk.tell_trust(party, TrustEvent::Barred { on, reason: reason.to_owned() });
    Ok(())
}

/// A part of a completed order was paid to a seller or maker: a payment of the graph, and where he
/// is a household, an operation (T-3). What a cooperative sold for its makers counts for each at
/// the weight of who bought it, not of the cooperative: else a clerk who names makers could turn
/// strangers' money into proven money.
pub(super) fn count_sale(desk: &mut Desk<'_>, order: &Order, seller: PartyId, value_minor: i64) {
    let (Some((payee, whom)), Some((payer, by))) = (node(desk, seller), payer(desk, order)) else {
        return;
    };
    if payee == payer || value_minor <= 0 {
        return;
    }
    if whom != Whom::Household {
        let on = desk.now.today;
        desk.tell_trust(payee, TrustEvent::Paid { amount_minor: value_minor, on, payer });
        return;
    }
    let weight = desk.weight(payer, by);
    let operation = match by {
        Whom::Household => Operation::VillageTrade { value_minor, weight },
        Whom::Buyer | Whom::Cooperative | Whom::Supplier => Operation::Sale { value_minor, weight },
    };
    desk.tell_trust(payee, counted(desk, Some(payer), operation, Some(order)));
}

/// A household paid for what it bought.
pub(super) fn count_purchase(
    desk: &mut Desk<'_>,
    order: &Order,
    seller: PartyId,
    value_minor: i64,
) {
    let (Some((buyer, Whom::Household)), Some((with, by))) =
        (node(desk, order.buyer), node(desk, seller))
    else {
        return;
    };
    if buyer == with || value_minor <= 0 {
        return;
    }
    let operation = Operation::Purchase { value_minor, weight: desk.weight(with, by) };
    desk.tell_trust(buyer, counted(desk, Some(with), operation, Some(order)));
}

/// A part of what counted for a party's order went back to the other side.
pub(super) fn take_back(desk: &mut Desk<'_>, order: &Order, party: PartyId, value_minor: i64) {
    let Some((party, _)) = node(desk, party) else { return };
    if value_minor > 0 && desk.state.has_counted(order.id, party) {
        let (on, order) = (desk.now.today, order.id);
        desk.tell_trust(party, TrustEvent::TakenBack { on, order, value_minor });
    }
}

/// A panel found a household dishonest: blame, and what counted of the order is taken back.
pub(super) fn lose(desk: &mut Desk<'_>, order: &Order, loser: PartyId) {
    let sellers = order.lines.iter().map(|line| line.seller);
    let sides: Vec<_> = sellers.chain(order.makers.keys().copied()).chain([order.buyer]).collect();
    let mut done = Vec::new();
    for side in sides {
        if !done.contains(&side) {
            take_back(desk, order, side, i64::MAX);
            done.push(side);
        }
    }
    if let Some((household, Whom::Household)) = node(desk, loser) {
        desk.tell_trust(household, counted(desk, None, Operation::DisputeLost, Some(order)));
    }
}

/// An operation of today, locked at the weight it has now: points never fall because somebody
/// else's weight does.
pub(super) fn counted(
    desk: &Desk<'_>,
    counterparty: Option<PartyId>,
    operation: Operation,
    order: Option<&Order>,
) -> TrustEvent {
    let batch = counterparty.map_or(0, |with| desk.state.trust_row(with).batch);
    let (on, order) = (desk.now.today, order.map(|order| order.id));
    TrustEvent::Counted { batch, counterparty, on, operation, order }
}

/// The household a party stands for, or the party itself where it stands for one outside. The
/// village's own people are none: an agent's or an officer's purchase proves nothing.
pub(super) fn node(desk: &Desk<'_>, party: PartyId) -> Option<(PartyId, Whom)> {
    let party = desk.party(party).ok()?;
    match party.kind {
        PartyKind::Household => Some((party.id, Whom::Household)),
        PartyKind::Member => party.household.map(|home| (home, Whom::Household)),
        PartyKind::Buyer => Some((party.id, Whom::Buyer)),
        PartyKind::Cooperative => Some((party.id, Whom::Cooperative)),
        PartyKind::Supplier => Some((party.id, Whom::Supplier)),
        PartyKind::Agent | PartyKind::Shop | PartyKind::Carrier | PartyKind::Staff => None,
    }
}

/// Who really paid: whoever used the source of payment first. Ten buyers with one card are one.
fn payer(desk: &Desk<'_>, order: &Order) -> Option<(PartyId, Whom)> {
    node(desk, order.payer.unwrap_or(order.buyer))
}

impl Desk<'_> {
    pub(super) fn tell_trust(&mut self, party: PartyId, event: TrustEvent) {
        self.effects.push(Effect::Trust { event, party });
    }

    /// The weight at which an operation with this party counts now.
    fn weight(&self, with: PartyId, whom: Whom) -> crate::trust::Weight {
        let prior = u16::try_from(self.policy().trust.weight_prior).unwrap_or(0);
        locked_weight(&self.state.trust_row(with), whom, prior)
    }
}
