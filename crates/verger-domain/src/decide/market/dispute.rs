//! Rules of complaints: only the disputed lines freeze, silence has a meaning, two panels at most,
//! and a settled complaint is no mark against anybody. Source: `30-market` 2.6.

use super::{
    Desk, check_count, check_version, escrow, exists, illegal, not_allowed, purchase, unknown,
};
use crate::command::{EvidenceKind, Proof};
use crate::effect::{Effect, Timer, TimerKind};
use crate::id::{DisputeId, OrderId, PartyId};
use crate::market::command::DisputeCommand as C;
use crate::market::dispute::{DisputeReason, Fault, Settlement};
use crate::market::listing::Photo;
use crate::market::order::LineState;
use crate::market::{
    Dispute, DisputeEvent, DisputePhase as P, Flow, Order, OrderEvent, OrderPhase, ReturnClass,
};
use crate::party::{Module, PartyKind};
use crate::refusal::{MarketRefusal, PartyRefusal, Refusal};

/// The most pictures of one side.
const PHOTOS_MAX: usize = 8;

/// Days after which a person looks for goods that were to come back.
const RETURN_DAYS: u32 = 14;

/// What can be asked of a dispute where it is.
pub(super) const fn allowed(phase: P) -> &'static [&'static str] {
    match phase {
        P::Opened => &["accept", "offer", "refuse", "escalate", "withdraw"],
        P::Offered => &["agree", "escalate", "withdraw"],
        P::Returning => &["receive_return", "escalate", "withdraw"],
        P::Escalated => &["rule", "withdraw"], // Only a panel rules (M-52).
        P::Ruled => &["appeal"],               // There is one appeal (M-52).
        P::Executed | P::Withdrawn => &[],
    }
}

/// Decides a command about a complaint. Who may not know the order is told that there is no such
/// dispute, as for any unknown id (M-2).
pub(super) fn decide(
    desk: &mut Desk<'_>,
    id: DisputeId,
    version: Option<u32>,
    command: &C,
) -> Result<(), Refusal> {
    if let C::Open { claim, order, photos, reason } = command {
        return open(desk, id, (*order, *reason), claim, photos);
    }
    let known = desk.state.dispute.get(&id).filter(|row| row.village == desk.command.village);
    let mut row = known.ok_or_else(|| unknown(id))?.clone();
    let order = desk.order(row.order).map_err(|_| unknown(id))?.clone();
    check_actor(desk, &order, command)?;
    check_version(row.version, version)?;
    let name = command.kind().strip_prefix("dispute.").unwrap_or_default();
    if !allowed(row.phase).contains(&name) {
        return Err(illegal(row.phase.name(), allowed(row.phase)));
    }
    match command {
        C::Open { .. } => Ok(()),
        C::Withdraw => {
            tell(desk, &mut row, DisputeEvent::Withdrawn);
            thaw(desk, &row, order)
        }
        C::Accept => {
            let settlement = row.claim.clone();
            desk.purpose("claim.accepted");
            execute(desk, row, order, &settlement)
        }
        C::Offer { settlement } => offer(desk, row, &order, settlement),
        C::Refuse { photos } => {
            // Word against word leaves a panel nothing to rule on: who refuses shows why.
            take_photos(desk, photos, true)?;
            tell(desk, &mut row, DisputeEvent::Refused { photos: photos.clone() });
            escalate(desk, &mut row);
            Ok(())
        }
        C::Agree => {
            let settlement = row.settlement.clone().unwrap_or_else(|| row.claim.clone());
            desk.purpose("claim.agreed");
            execute(desk, row, order, &settlement)
        }
        C::Escalate => {
            escalate(desk, &mut row);
            Ok(())
        }
        C::ReceiveReturn { carrier, freight_minor } => {
            receive_return(desk, row, order, (*carrier, *freight_minor))
        }
        C::Rule { cites, dishonest, proof, settlement } => {
            rule(desk, row, &order, (cites, *dishonest), (proof, settlement))
        }
        C::Appeal => appeal(desk, row),
    }
}

fn tell(desk: &mut Desk<'_>, row: &mut Dispute, event: DisputeEvent) {
    let before = row.due_at;
    row.apply(&event);
    desk.effects.push(Effect::Dispute { dispute: row.id, event });
    desk.retime(TimerKind::Dispute, row.id.bits(), before, row.due_at);
}

/// The opener's side: the buyer, a member of the household, or the agent who serves it.
fn is_opener(desk: &Desk<'_>, order: &Order) -> bool {
    desk.is_household(order.buyer)
        || (order.flow == Flow::Purchase && desk.agent(Module::M2).is_ok())
}

/// The other side: who sold it, the agent who sells for it, the staff for a supplier without a
/// screen.
fn is_answerer(desk: &Desk<'_>, order: &Order) -> bool {
    let for_it = match order.flow {
        Flow::Sale => desk.agent(Module::M5).is_ok(),
        Flow::Purchase => desk.is_actor(PartyKind::Staff),
    };
    desk.is_seller(order) || for_it
}

fn check_actor(desk: &Desk<'_>, order: &Order, command: &C) -> Result<(), Refusal> {
    let is_allowed = match command {
        C::Open { .. } | C::Withdraw | C::Agree => is_opener(desk, order),
        C::Accept | C::Offer { .. } | C::Refuse { .. } => is_answerer(desk, order),
        C::Escalate | C::Appeal => is_opener(desk, order) || is_answerer(desk, order),
        C::ReceiveReturn { .. } => desk.is_seller(order) || desk.is_actor(PartyKind::Staff),
        C::Rule { .. } => desk.is_actor(PartyKind::Staff),
    };
    if is_allowed { Ok(()) } else { Err(not_allowed(desk.command)) }
}

/// Freezes only the lines that are claimed, so that the seller's other money is not held up (M-50).
/// A change of mind needs no answer of the seller, but the goods go back first (M-56).
fn open(
    desk: &mut Desk<'_>,
    id: DisputeId,
    (order, reason): (OrderId, DisputeReason),
    claim: &Settlement,
    photos: &[Photo],
) -> Result<(), Refusal> {
    let order = desk.order(order)?.clone();
    if !is_opener(desk, &order) {
        return Err(not_allowed(desk.command));
    }
    if desk.state.dispute.get(&id).is_some() {
        return Err(exists(id));
    }
    super::sale::check_allowed(&order, "dispute")?;
    check_window(desk, &order)?;
    let is_change_of_mind = reason == DisputeReason::ChangeOfMind;
    if is_change_of_mind {
        check_change_of_mind(&order)?;
    }
    check_claim(&order, claim)?;
    let needs_photo = !matches!(reason, DisputeReason::NotReceived | DisputeReason::ChangeOfMind);
    take_photos(desk, photos, needs_photo)?;
    // Who bears it beside the two sides is for a panel to say.
    let fault = if is_change_of_mind { Fault::Buyer } else { Fault::Seller };
    let claim = Settlement { fault, ..claim.clone() };
    let hours = desk.policy().dispute.answer_hours;
    let due_at = if is_change_of_mind { desk.in_days(RETURN_DAYS) } else { desk.in_hours(hours) };
    let mut row = Dispute {
        claim: claim.clone(),
        dishonest: None,
        due_at: Some(due_at),
        id,
        is_appealed: false,
        opener: order.buyer,
        order: order.id,
        panelist: None,
        phase: P::Opened,
        photos: photos.to_vec(),
        reason,
        settlement: None,
        version: 0,
        village: desk.command.village,
    };
    let lines = row.lines();
    let event = DisputeEvent::Opened(Box::new(row.clone()));
    desk.effects.push(Effect::Dispute { dispute: id, event });
    desk.retime(TimerKind::Dispute, id.bits(), None, row.due_at);
    if is_change_of_mind {
        tell(desk, &mut row, DisputeEvent::Agreed { settlement: claim });
        tell(desk, &mut row, DisputeEvent::ReturnApproved { due_at });
    }
    let mut order = order;
    desk.tell_order(&mut order, OrderEvent::Frozen { lines });
    Ok(())
}

/// Delicate goods are complained of soon after they came, others until the money is released.
fn check_window(desk: &Desk<'_>, order: &Order) -> Result<(), Refusal> {
    let policy = &desk.policy().dispute;
    let hours = match order.class() {
        ReturnClass::Live => policy.open_live_hours,
        ReturnClass::Perishable | ReturnClass::Food => policy.open_fresh_hours,
        _ => return Ok(()),
    };
    let came = order.at(OrderPhase::Delivered).or_else(|| order.at(OrderPhase::PickedUp));
    let ended_at = came.map(|at| at.plus_seconds(hours.saturating_mul(3_600)));
    match ended_at.filter(|end| desk.now.at > *end) {
        Some(ended_at) => Err(MarketRefusal::WindowOver { ended_at }.into()),
        None => Ok(()),
    }
}

/// Only after pick-up, and only where every line is of a 7-day class (M-56).
fn check_change_of_mind(order: &Order) -> Result<(), Refusal> {
    let may = order.lines.iter().all(|line| line.class.allows_change_of_mind());
    if order.phase == OrderPhase::PickedUp && may {
        return Ok(());
    }
    Err(MarketRefusal::NoChangeOfMind.into())
}

/// Each line may be claimed for at most what is left of it, and freight for what was neither
/// refunded nor released, in minor units: nobody can promise money that the escrow does not hold.
fn check_claim(order: &Order, claim: &Settlement) -> Result<(), Refusal> {
    check_count("claim", claim.lines.len(), crate::market::LINES_MAX)?;
    for (number, minor) in &claim.lines {
        let line = order.line(*number).filter(|line| line.state == LineState::Open);
        let line = line.ok_or(MarketRefusal::LineNotDisputable { line: number.0 })?;
        check_amount(*minor, 1, line.left_minor())?;
    }
    check_amount(claim.freight_minor, 0, order.freight_left_minor())
}

fn check_amount(minor: i64, min: i64, max_minor: i64) -> Result<(), Refusal> {
    if (min..=max_minor).contains(&minor) {
        return Ok(());
    }
    Err(MarketRefusal::ClaimTooLarge { max_minor }.into())
}

/// An offer or a ruling stays within the disputed lines and what is left of them.
fn check_settlement(row: &Dispute, order: &Order, settlement: &Settlement) -> Result<(), Refusal> {
    for (number, minor) in &settlement.lines {
        let claimed = row.claim.lines.get(number);
        claimed.ok_or(MarketRefusal::LineNotDisputable { line: number.0 })?;
        check_amount(
            *minor,
            0,
            order.line(*number).map_or(0, crate::market::OrderLine::left_minor),
        )?;
    }
    check_amount(settlement.freight_minor, 0, order.freight_left_minor())
}

/// A picture serves as proof once (M-55), or one rotten fruit would be paid for again and again.
fn take_photos(desk: &mut Desk<'_>, photos: &[Photo], is_needed: bool) -> Result<(), Refusal> {
    if is_needed && photos.is_empty() {
        return Err(MarketRefusal::PhotoNeeded.into());
    }
    check_count("photos", photos.len().max(1), PHOTOS_MAX)?;
    desk.use_photos(photos)
}

/// The other side offers an amount for the claimed lines. Without an answer the offer lapses after
/// the hours of the policy, and a panel is asked (M-51).
fn offer(
    desk: &mut Desk<'_>,
    mut row: Dispute,
    order: &Order,
    settlement: &Settlement,
) -> Result<(), Refusal> {
    check_settlement(&row, order, settlement)?;
    // The seller offers his own money, nobody else's.
    let settlement = Settlement { fault: Fault::Seller, ..settlement.clone() };
    let due_at = desk.in_hours(desk.policy().dispute.offer_hours);
    tell(desk, &mut row, DisputeEvent::Offered { due_at, settlement });
    Ok(())
}

/// Asks for a panel. Its time only reminds people; no clock ever rules on a villager's complaint.
fn escalate(desk: &mut Desk<'_>, row: &mut Dispute) {
    let due_at = Some(desk.in_days(desk.policy().dispute.rule_days));
    tell(desk, row, DisputeEvent::Escalated { due_at });
}

/// The goods are back with the seller, so the money follows, less the way back (M-56).
fn receive_return(
    desk: &mut Desk<'_>,
    mut row: Dispute,
    mut order: Order,
    (carrier, freight_minor): (PartyId, i64),
) -> Result<(), Refusal> {
    desk.party_of_kind(carrier, PartyKind::Carrier)?;
    let settlement = row.claim.clone();
    escrow::refund_return(desk, &mut order, &settlement, (carrier, freight_minor))?;
    tell(desk, &mut row, DisputeEvent::Executed);
    thaw(desk, &row, order)
}

// The county's operator and a member of the cooperative from another house; the second panel has
// another member than the first.
fn rule(
    desk: &mut Desk<'_>,
    mut row: Dispute,
    order: &Order,
    (cites, dishonest): (&[Photo], Option<PartyId>),
    (proof, settlement): (&Proof, &Settlement),
) -> Result<(), Refusal> {
    let panelist = desk.party_of_kind(proof.member, PartyKind::Member)?;
    let home = panelist.household.unwrap_or(panelist.id);
    let agent_home = order.agent.and_then(|agent| desk.party(agent).ok()?.household);
    let is_near = home == order.buyer
        || agent_home == Some(home)
        || order.makers.contains_key(&home)
        || order.lines.iter().any(|line| line.seller == home)
        || row.panelist == Some(panelist.id);
    // Nobody judges his own house, nor his own ruling when it is appealed against (M-52).
    if is_near {
        return Err(MarketRefusal::NotIndependent { party: panelist.id }.into());
    }
    check_settlement(&row, order, settlement)?;
    // A ruling rests on pictures of this dispute, where there are any: it must be explainable.
    let is_evidence = |cite: &Photo| row.photos.contains(cite);
    if cites.iter().any(|cite| !is_evidence(cite)) || (cites.is_empty() && !row.photos.is_empty()) {
        return Err(MarketRefusal::PhotoNeeded.into());
    }
    if let Some(party) = dishonest {
        let is_side = party == order.buyer
            || order.agent == Some(party)
            || order.carrier == Some(party)
            || order.makers.contains_key(&party)
            || order.lines.iter().any(|line| line.seller == party);
        if !is_side {
            return Err(PartyRefusal::PartyUnknown { party }.into());
        }
    }
    purchase::prove(desk, home, proof)?;
    let days = desk.policy().dispute.appeal_days;
    // A first ruling waits for an appeal; a second one is carried out at once.
    let due_at = if row.is_appealed { desk.now.at } else { desk.in_days(days) };
    let event = DisputeEvent::Ruled {
        cites: cites.to_vec(),
        dishonest,
        due_at,
        panelist: panelist.id,
        settlement: settlement.clone(),
    };
    tell(desk, &mut row, event);
    Ok(())
}

/// One appeal, then it must end: a dispute without end wears out the poorer side (M-52).
fn appeal(desk: &mut Desk<'_>, mut row: Dispute) -> Result<(), Refusal> {
    if row.is_appealed {
        return Err(illegal(row.phase.name(), &[]));
    }
    let due_at = Some(desk.in_days(desk.policy().dispute.rule_days));
    tell(desk, &mut row, DisputeEvent::Appealed { due_at });
    Ok(())
}

/// Carries out what was agreed or ruled, and lets the order go on.
fn execute(
    desk: &mut Desk<'_>,
    mut row: Dispute,
    mut order: Order,
    settlement: &Settlement,
) -> Result<(), Refusal> {
    let before = order.clone();
    escrow::refund(desk, &mut order, settlement)?;
    super::packing::settle(desk, &before, &order, settlement.fault);
    tell(desk, &mut row, DisputeEvent::Executed);
    // Losing is no mark; only what a panel calls dishonest is one (M-54).
    if let Some(loser) = row.dishonest {
        let seller = order.lines.first().map_or(order.buyer, |line| line.seller);
        let other = if loser == order.buyer { seller } else { order.buyer };
        let about = (Some(order.id), settlement.total_minor());
        desk.fact((EvidenceKind::Ruling, false), loser, other, about);
        super::trust::lose(desk, &order, loser);
    }
    thaw(desk, &row, order)
}

/// Frees the disputed lines. Where the order only waited for them, the clock completes it now.
fn thaw(desk: &mut Desk<'_>, row: &Dispute, mut order: Order) -> Result<(), Refusal> {
    let is_dishonest = row.dishonest.is_some();
    desk.tell_order(&mut order, OrderEvent::Thawed { is_dishonest, lines: row.lines() });
    escrow::release_freight(desk, &mut order);
    escrow::complete_if_empty(desk, &mut order);
    let due_at = if order.phase == OrderPhase::Completed {
        // The commission of what was released before vests in its time.
        order.due_at
    } else if order.phase.is_end() {
        None
    } else if order.due_at.is_none()
        && matches!(order.phase, OrderPhase::Shipped | OrderPhase::Delivered | OrderPhase::PickedUp)
    {
        Some(desk.now.at)
    } else {
        order.due_at
    };
    if due_at != order.due_at {
        desk.tell_order(&mut order, OrderEvent::DueSet { due_at });
    }
    Ok(())
}

/// What silence means, and when what was ruled is carried out.
pub(super) fn time_out(desk: &mut Desk<'_>, timer: Timer) -> Result<(), Refusal> {
    let id = DisputeId::from_bits(timer.subject);
    let known = desk.state.dispute.get(&id).filter(|row| row.village == desk.command.village);
    let mut row = known.ok_or_else(|| unknown(id))?.clone();
    if row.due_at != Some(timer.due_at) {
        return Ok(());
    }
    let order = desk.order(row.order)?.clone();
    match row.phase {
        P::Opened => {
            let about = (Some(order.id), row.claim.total_minor());
            if let Some(seller) = order.lines.first().map(|line| line.seller) {
                desk.fact((EvidenceKind::Answer, false), seller, order.buyer, about);
            }
            let max = desk.policy().dispute.silence_accepts_minor_max;
            if order.class().is_fresh() && row.claim.total_minor() <= max {
                let settlement = row.claim.clone();
                desk.purpose("claim.accepted");
                return execute(desk, row, order, &settlement);
            }
            escalate(desk, &mut row);
            Ok(())
        }
        P::Offered | P::Returning => {
            escalate(desk, &mut row);
            Ok(())
        }
        P::Ruled => {
            let settlement = row.settlement.clone().unwrap_or_else(|| row.claim.clone());
            desk.purpose("claim.ruled");
            execute(desk, row, order, &settlement)
        }
        P::Escalated | P::Executed | P::Withdrawn => {
            tell(desk, &mut row, DisputeEvent::Reminded);
            Ok(())
        }
    }
}
