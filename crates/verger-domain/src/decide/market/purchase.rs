//! Rules of the assisted purchase, outside to village: asked, quoted, agreed by the household
//! alone, funded, ordered, delivered by the supplier. Source: `30-market` 2.3.

use std::collections::{BTreeMap, BTreeSet};

use super::sale::{self, check_allowed};
use super::{
    Desk, check_count, check_range, check_text, check_version, escrow, exists, is_of, not_allowed,
};
use crate::command::{EvidenceKind, Proof, ProofBy};
use crate::effect::Effect;
use crate::id::{OrderId, PartyId, TripId};
use crate::ledger::posting::check_amount;
use crate::ledger::{AccountKey, Code};
use crate::market::command::{OrderCommand as C, OrdersCommand};
use crate::market::split::total;
use crate::market::{Flow, LINES_MAX, Order, OrderEvent, OrderPhase as P, TripPhase};
use crate::party::{Module, PartyKind};
use crate::refusal::{LedgerRefusal, MarketRefusal, PartyRefusal, Refusal, TillRefusal};

/// Decides a command about one purchase. Consent and payment are not here: they are given for a
/// whole basket, see [`decide_all`] (M-31).
pub(super) fn decide(
    desk: &mut Desk<'_>,
    id: OrderId,
    version: Option<u32>,
    command: &C,
) -> Result<(), Refusal> {
    if let C::Request { agent, household, lines } = command {
        return request(desk, id, (*agent, *household), lines);
    }
    let mut order = desk.order(id)?.clone();
    check_actor(desk, &order, command)?;
    check_version(order.version, version)?;
    let name = command.kind().strip_prefix("order.").unwrap_or_default();
    check_allowed(&order, name)?;
    match command {
        C::Quote { due_on, freight_minor } => {
            // More freight than goods is a typing error for which the household would pay.
            check_range("freight_minor", *freight_minor, 0, order.goods_minor())?;
            if *due_on < desk.now.today {
                let (effective_on, today) = (*due_on, desk.now.today);
                return Err(MarketRefusal::DueInPast { due_on: effective_on, today }.into());
            }
            let event = OrderEvent::Quoted { due_on: *due_on, freight_minor: *freight_minor };
            desk.tell_order(&mut order, event);
            let due_at = Some(desk.in_hours(desk.policy().purchase.quote_hours));
            desk.tell_order(&mut order, OrderEvent::Reached { due_at, phase: P::Quoted });
            Ok(())
        }
        C::Decline => sale::cancel(desk, &mut order, P::Declined),
        C::SupplierAccept => {
            desk.tell_order(&mut order, OrderEvent::Reached { due_at: None, phase: P::Confirmed });
            if let Some(supplier) = desk.actor_id() {
                let about = (Some(order.id), order.goods_minor());
                desk.fact((EvidenceKind::Acceptance, true), supplier, order.buyer, about);
            }
            Ok(())
        }
        C::SupplierReject { reason } => {
            check_text("reason", reason)?;
            sale::cancel(desk, &mut order, P::Cancelled)
        }
        C::Pack { boxes, .. } => {
            sale::label(desk, &order, boxes)?;
            sale::move_stock(desk, &order, sale::Stock::Take);
            let parcels = boxes.iter().map(|packed| packed.parcel).collect();
            // Who made outside goods is not known; their facts go to the supplier.
            let makers = BTreeMap::new();
            let lots = BTreeMap::new();
            let event = OrderEvent::Boxed { by_surface: false, lots, makers, parcels };
            desk.tell_order(&mut order, event);
            Ok(())
        }
        _ => Err(not_allowed(desk.command)),
    }
}

/// The agent quotes, he or the household declines, and the supplier alone says what he delivers;
/// the staff speaks for one without a screen, never the agent.
fn check_actor(desk: &Desk<'_>, order: &Order, command: &C) -> Result<(), Refusal> {
    if sale::is_sale(order) {
        return Err(super::illegal(order.phase.name(), sale::allowed(order)));
    }
    match command {
        C::Decline => desk.agent_or(Module::M2, desk.is_household(order.buyer)),
        C::Quote { .. } => desk.agent(Module::M2).map(drop),
        // The supplier's own word: the agent cannot give it for him.
        _ if desk.is_seller(order) || desk.is_actor(PartyKind::Staff) => Ok(()),
        _ => Err(not_allowed(desk.command)),
    }
}

/// Holds stock for what a household wishes. Nothing is paid and no timer runs; its members ask by
/// themselves, an agent needs M2 (M-61).
fn request(
    desk: &mut Desk<'_>,
    id: OrderId,
    (agent, household): (Option<PartyId>, PartyId),
    wanted: &[(crate::id::ListingId, u32)],
) -> Result<(), Refusal> {
    desk.party_of_kind(household, PartyKind::Household)?;
    let is_own = desk.actor()?.kind != PartyKind::Agent && desk.is_household(household);
    desk.agent_or(Module::M2, is_own)?;
    if desk.state.order.get(&id).is_some() || id.bits() == 0 {
        return Err(exists(id));
    }
    // An agent who writes the request serves it himself: he cannot put another one in his place.
    let agent = if is_own { agent } else { desk.actor_id() };
    let serving = agent.map(|agent| desk.party_of_kind(agent, PartyKind::Agent)).transpose()?;
    let lines = sale::lines_of(desk, wanted, Flow::Purchase)?;
    if let Some(serving) = serving {
        let goods = total(lines.iter().map(crate::market::OrderLine::goods_minor));
        let max = desk.policy().till.order_probation_minor_max;
        desk.check_probation(serving, goods, max)?;
    }
    let parts = (id, agent, household, 0);
    let mut order = sale::new_order(desk, Flow::Purchase, parts, lines);
    // He may serve his own house, but earns nothing by it (M-60).
    order.is_self_dealing = serving.is_some_and(|agent| is_of(agent, household));
    sale::move_stock(desk, &order, sale::Stock::Hold);
    sale::start(desk, &order);
    Ok(())
}

/// Commands about a basket: all of its orders, or none.
pub(super) fn decide_all(
    desk: &mut Desk<'_>,
    ids: &BTreeSet<OrderId>,
    command: &OrdersCommand,
) -> Result<(), Refusal> {
    check_count("orders", ids.len(), LINES_MAX)?;
    let found: Result<Vec<_>, _> = ids.iter().map(|id| desk.order(*id).cloned()).collect();
    let orders = found?;
    let name = command.kind().strip_prefix("orders.").unwrap_or_default();
    match command {
        OrdersCommand::Consent { proof } => consent(desk, orders, proof, name),
        OrdersCommand::Fund { cash_minor, shop } => fund(desk, orders, (*cash_minor, *shop), name),
        OrdersCommand::Borrow { cash_minor, draw, shop } => {
            let household = household_of(&orders)?;
            super::credit::draw(desk, household, draw)?;
            fund(desk, orders, (*cash_minor, *shop), "fund")
        }
        OrdersCommand::Send { trip } => send(desk, orders, *trip, name),
    }
}

/// The household of a basket.
fn household_of(orders: &[Order]) -> Result<PartyId, Refusal> {
    let first = orders.first().map(|order| order.buyer);
    let household = first.filter(|buyer| orders.iter().all(|order| order.buyer == *buyer));
    household.ok_or_else(|| MarketRefusal::MixedBatch.into())
}

// Whoever carries the words to the machine, the yes is the household's own (I-11).
fn consent(
    desk: &mut Desk<'_>,
    orders: Vec<Order>,
    proof: &Proof,
    name: &str,
) -> Result<(), Refusal> {
    let household = household_of(&orders)?;
    desk.agent_or(Module::M2, desk.is_household(household) && !desk.is_actor(PartyKind::Agent))?;
    orders.iter().try_for_each(|order| check_allowed(order, name))?;
    prove(desk, household, proof)?;
    for mut order in orders {
        // Agreeing buys no time: the quote ends when it was to end.
        let due_at = order.due_at;
        desk.tell_order(&mut order, OrderEvent::Agreed { proof: *proof });
        desk.tell_order(&mut order, OrderEvent::Reached { due_at, phase: P::Consented });
    }
    Ok(())
}

/// Checks a household's own agreement: a member of it, by the PIN, by a recorded yes that serves
/// once, or by the thumb before a witness who is neither of the household nor of the agent's.
pub(super) fn prove(desk: &mut Desk<'_>, household: PartyId, proof: &Proof) -> Result<(), Refusal> {
    let member = desk.party(proof.member)?;
    let is_theirs = member.kind == PartyKind::Member && is_of(member, household);
    if !is_theirs {
        return Err(TillRefusal::ProofNotTheirs.into());
    }
    match proof.by {
        ProofBy::Pin => {
            let effects =
                super::super::till::prove(desk.state, desk.command, household, proof, desk.now)?;
            desk.effects.extend(effects);
            return Ok(());
        }
        ProofBy::Voice(recording) => desk.use_photos(&[recording])?,
        ProofBy::Witness(witness) => check_witness(desk, household, witness)?,
    }
    desk.effects.push(Effect::ProofGiven(*proof));
    Ok(())
}

/// Two houses that gain nothing by it: neither the household's nor the agent's (M-30). Without a
/// PIN that is set and not locked, a person cannot be a witness.
pub(super) fn check_witness(
    desk: &Desk<'_>,
    household: PartyId,
    witness: PartyId,
) -> Result<(), Refusal> {
    let person = desk.party_of_kind(witness, PartyKind::Member)?;
    let home = desk.actor().ok().and_then(|actor| actor.household);
    let is_near = is_of(person, household) || home.is_some_and(|home| is_of(person, home));
    if is_near {
        return Err(MarketRefusal::NotIndependent { party: witness }.into());
    }
    let tries = desk.state.pin.get(&witness).ok_or(TillRefusal::ProofNotTheirs)?;
    super::super::party::check_unlocked(tries, desk.now)
}

/// Debits the drawer with the cash and the household's wallet with the rest, credits one escrow
/// for each order. Too little refuses the whole basket: no order is half paid (M-31).
fn fund(
    desk: &mut Desk<'_>,
    orders: Vec<Order>,
    (cash_minor, shop): (i64, Option<PartyId>),
    name: &str,
) -> Result<(), Refusal> {
    let household = household_of(&orders)?;
    desk.agent_or(Module::M2, desk.is_household(household) && !desk.is_actor(PartyKind::Agent))?;
    orders.iter().try_for_each(|order| check_allowed(order, name))?;
    orders.iter().try_for_each(|order| sale::check_not_taken_down(desk, order))?;
    let sum = total(orders.iter().map(Order::total_minor));
    check_amount(desk.policy(), sum)?;
    check_range("cash_minor", cash_minor, 0, sum)?;
    let wallet = desk.party(household)?.wallet();
    desk.purpose("order.paid");
    if cash_minor > 0 {
        let unknown = PartyRefusal::WrongKind { expected: PartyKind::Shop, party: household };
        let shop = shop.ok_or(unknown)?;
        desk.agent(Module::M1)?;
        super::super::till::check_open(desk.state, desk.command, shop)?;
        let drawer = AccountKey::party(Code::DRAWER, shop);
        super::super::till::check_drawer(desk.state, desk.command, drawer, cash_minor, desk.now)?;
        desk.debit(drawer, cash_minor);
        desk.credit(wallet, cash_minor);
    }
    // What this very command puts into the wallet counts: cash, and a draw on credit.
    let put_minor = desk.credited_minor(wallet);
    let available_minor = desk.available_minor(wallet).saturating_add(put_minor);
    if available_minor < sum {
        let account = wallet;
        return Err(LedgerRefusal::InsufficientAvailable { account, available_minor }.into());
    }
    desk.debit(wallet, sum);
    for mut order in orders {
        escrow::open_escrow(desk, &order);
        let mut lines = order.lines.clone();
        sale::freeze_fees(desk, &order, &mut lines, false);
        let (is_self_dealing, paid_minor, payer) = (false, order.total_minor(), None);
        let paid = OrderEvent::Paid { is_self_dealing, lines, paid_minor, payer };
        desk.tell_order(&mut order, paid);
        desk.tell_order(&mut order, OrderEvent::Reached { due_at: None, phase: P::Funded });
    }
    Ok(())
}

/// Orders of one supplier go to it together, with a trip if one is planned.
fn send(
    desk: &mut Desk<'_>,
    orders: Vec<Order>,
    trip: Option<TripId>,
    name: &str,
) -> Result<(), Refusal> {
    let agent = desk.agent(Module::M2)?.id;
    orders.iter().try_for_each(|order| check_allowed(order, name))?;
    let mut sellers = orders.iter().flat_map(|order| &order.lines).map(|line| line.seller);
    let first = sellers.next();
    if sellers.any(|seller| Some(seller) != first) {
        return Err(MarketRefusal::MixedOrder.into());
    }
    if let Some(id) = trip {
        let trip = super::trip::trip(desk, id)?;
        if !matches!(trip.phase, TripPhase::Planned | TripPhase::Loading) {
            return Err(super::illegal(trip.phase.name(), super::trip::allowed(trip.phase)));
        }
    }
    let hours = desk.policy().purchase.order_hours;
    for mut order in orders {
        if trip.is_some() {
            desk.tell_order(&mut order, OrderEvent::BatchedInto { trip });
        }
        let funded_at = order.at(P::Funded).unwrap_or(desk.now.at);
        // The household's money waits from the moment it paid: a slow agent answers for it.
        let is_prompt = desk.now.at <= funded_at.plus_seconds(hours.saturating_mul(3_600));
        let due_at = Some(desk.in_hours(desk.policy().purchase.supplier_accept_hours));
        desk.tell_order(&mut order, OrderEvent::Reached { due_at, phase: P::Ordered });
        let about = (Some(order.id), order.goods_minor());
        desk.fact((EvidenceKind::Acceptance, is_prompt), agent, order.buyer, about);
    }
    Ok(())
}

/// The supplier said nothing in time: the household has its money back.
/// The silence is a fact against the supplier, who could have refused in time (M-32).
pub(super) fn silent_supplier(desk: &mut Desk<'_>, mut order: Order) -> Result<(), Refusal> {
    if let Some(supplier) = order.lines.first().map(|line| line.seller) {
        let about = (Some(order.id), order.goods_minor());
        desk.fact((EvidenceKind::Acceptance, false), supplier, order.buyer, about);
    }
    sale::cancel(desk, &mut order, P::Cancelled)
}

/// Nobody came for it: first a reminder, then it goes back, and the carrier has his freight.
pub(super) fn unclaimed(desk: &mut Desk<'_>, mut order: Order) -> Result<(), Refusal> {
    let policy = &desk.policy().purchase;
    let arrived_at = order.at(P::AtShop).unwrap_or(desk.now.at);
    let ends_at = arrived_at.plus_seconds(policy.unclaimed_return_days.saturating_mul(86_400));
    // The first time was the reminder: the goods still wait for their household (M-33).
    if desk.now.at < ends_at {
        desk.tell_order(&mut order, OrderEvent::DueSet { due_at: Some(ends_at) });
        return Ok(());
    }
    let about = (Some(order.id), order.goods_minor());
    if let Some(seller) = order.lines.first().map(|line| line.seller) {
        desk.fact((EvidenceKind::Collection, false), order.buyer, seller, about);
    }
    desk.purpose("order.unclaimed");
    let numbers = crate::market::order::LineNo::first(order.lines.len());
    let lines = order.lines.iter().zip(numbers).map(|(line, no)| (no, line.left_minor())).collect();
    let fault = crate::market::dispute::Fault::Buyer;
    let all = crate::market::dispute::Settlement { fault, freight_minor: 0, lines };
    escrow::refund(desk, &mut order, &all)?;
    escrow::release_freight(desk, &mut order);
    desk.tell_order(&mut order, OrderEvent::DueSet { due_at: None });
    Ok(())
}

/// All boxes wait at the shop.
pub(super) fn arrived(desk: &mut Desk<'_>, order: &mut Order) {
    let due_at = Some(desk.in_days(desk.policy().purchase.unclaimed_reminder_days));
    desk.tell_order(order, OrderEvent::Reached { due_at, phase: P::AtShop });
    if let Some(carrier) = order.carrier {
        let in_time = order.due_on.is_none_or(|due_on| desk.now.today <= due_on);
        let about = (Some(order.id), order.freight_minor);
        desk.fact((EvidenceKind::Carriage, in_time), carrier, order.buyer, about);
    }
}

/// The household has all boxes: it may complain, or change its mind, for as long as the goods allow.
pub(super) fn picked_up(desk: &mut Desk<'_>, order: &mut Order) {
    use crate::market::ReturnClass as R;
    let policy = &desk.policy().purchase;
    let due_at = match order.class() {
        R::Live => desk.in_hours(policy.live_hours),
        R::Perishable | R::Food => desk.in_hours(policy.perishable_hours),
        // The days run from the day after pick-up, so the day of pick-up comes on top.
        R::Days7 | R::Days7Unopened => desk.in_days(policy.change_of_mind_days.saturating_add(1)),
        R::Virtual => desk.now.at, // There is nothing to look at (M-34).
    };
    let arrived_at = order.at(P::AtShop).unwrap_or(desk.now.at);
    let reminder = policy.unclaimed_reminder_days.saturating_mul(86_400);
    let in_time = desk.now.at <= arrived_at.plus_seconds(reminder);
    desk.tell_order(order, OrderEvent::Reached { due_at: Some(due_at), phase: P::PickedUp });
    let about = (Some(order.id), order.goods_minor());
    if let Some(agent) = order.agent.filter(|_| in_time) {
        desk.fact((EvidenceKind::Collection, true), order.buyer, agent, about);
    }
}
