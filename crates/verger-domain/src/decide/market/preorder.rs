//! Rules of boxes ordered ahead: promises back them, a deposit waits in escrow, the difference to the
//! final price goes back at once, and whoever is not served chooses. No deposit is ever lost.
//! Source: `30-market` 2.10, rules C-4 to C-8.

use super::sale::{self, lines_of, new_order};
use super::season::season;
use super::{Desk, check_range, check_text, check_version, exists, illegal, is_of, not_allowed};
use crate::effect::{Effect, Timer, TimerKind};
use crate::id::{OrderId, SeasonId};
use crate::ledger::AccountKey;
use crate::market::command::PreorderCommand as C;
use crate::market::order::PayBy;
use crate::market::preorder::Choice;
use crate::market::{
    Flow, OrderEvent, Preorder, PreorderEvent, PreorderPhase as P, QUANTITY_MAX, SeasonEvent,
    SeasonPhase, SeasonWindow,
};
use crate::party::{Module, PartyKind};
use crate::refusal::{MarketRefusal, Refusal};
use crate::time::Instant;

/// What can be asked of an order ahead where it is.
pub(super) const fn allowed(phase: P) -> &'static [&'static str] {
    match phase {
        P::Placed => &["deposit", "cancel"],
        P::Reserved => &["ask", "cancel"],
        P::Fixed => &["call", "ask", "cancel"],
        P::Short => &["choose", "cancel"],
        P::Called | P::Refunded | P::Expired => &[],
    }
}

pub(super) fn decide(
    desk: &mut Desk<'_>,
    id: OrderId,
    version: Option<u32>,
    command: &C,
) -> Result<(), Refusal> {
    if let C::Place { .. } = command {
        return place(desk, id, command);
    }
    let known = desk.state.preorder.get(&id).filter(|row| row.village == desk.command.village);
    let mut row = known.ok_or_else(|| super::unknown(id))?.clone();
    check_actor(desk, &row, command)?;
    check_version(row.version, version)?;
    let name = command.kind().strip_prefix("preorder.").unwrap_or_default();
    if !allowed(row.phase).contains(&name) {
        return Err(illegal(row.phase.name(), allowed(row.phase)));
    }
    match command {
        C::Place { .. } => Ok(()),
        C::Deposit => {
            let wallet = desk.party(row.buyer)?.wallet();
            reserve(desk, row, wallet)
        }
        C::Call => call(desk, row),
        C::Ask { reason } => {
            check_text("reason", reason)?;
            let due_at = desk.in_hours(desk.policy().cooperative.choice_hours);
            tell(desk, &mut row, PreorderEvent::Asked { due_at, reason: reason.clone() });
            Ok(())
        }
        C::Choose { choice } => choose(desk, row, *choice),
        C::Cancel => refund(desk, row, P::Refunded),
    }
}

fn tell(desk: &mut Desk<'_>, row: &mut Preorder, event: PreorderEvent) {
    let before = row.due_at;
    row.apply(&event);
    desk.effects.push(Effect::Preorder { event, preorder: row.id });
    desk.retime(TimerKind::Preorder, row.id.bits(), before, row.due_at);
}

// The buyer decides about his money, the seller's side about the fruit.
fn check_actor(desk: &Desk<'_>, row: &Preorder, command: &C) -> Result<(), Refusal> {
    let actor = desk.actor()?;
    let is_buyer = is_of(actor, row.buyer);
    let is_over = matches!(actor.kind, PartyKind::Cooperative | PartyKind::Staff);
    match command {
        C::Call | C::Ask { .. } => desk.agent_or(Module::M5, is_over),
        C::Cancel if is_over => Ok(()),
        _ if is_buyer && actor.kind != PartyKind::Agent => Ok(()),
        _ => Err(not_allowed(desk.command)),
    }
}

fn place(desk: &mut Desk<'_>, id: OrderId, command: &C) -> Result<(), Refusal> {
    let C::Place { agent, boxes, buyer, guest, pay_by, season: of, secret_hash } = command else {
        return Err(not_allowed(desk.command));
    };
    sale::check_placer(desk, *buyer)?;
    let is_used = desk.state.preorder.get(&id).is_some() || desk.state.order.get(&id).is_some();
    if is_used || id.bits() == 0 {
        return Err(exists(id));
    }
    sale::meet_guest(desk, *buyer, guest.as_deref())?;
    let agent = agent.or_else(|| desk.agent(Module::M5).ok().map(|agent| agent.id));
    agent.map(|agent| desk.party_of_kind(agent, PartyKind::Agent)).transpose()?;
    let window = season(desk, *of)?;
    check_range("boxes", i64::from(*boxes), 1, i64::from(QUANTITY_MAX))?;
    let price_minor = list_price(&window)?;
    check_backed(&window, *boxes)?;
    let bps = desk.policy().cooperative.preorder_deposit_bps;
    let deposit_minor = Preorder::deposit_at(*boxes, price_minor, bps);
    crate::ledger::posting::check_positive(desk.policy(), deposit_minor)?;
    let due_at = Some(unpaid_until(desk, *pay_by));
    let row = Preorder {
        agent,
        boxes: *boxes,
        buyer: *buyer,
        deposit_minor,
        due_at,
        held_minor: 0,
        id,
        pay_by: *pay_by,
        phase: P::Placed,
        price_minor,
        season: *of,
        secret_hash: Some(*secret_hash),
        version: 0,
        village: desk.command.village,
    };
    keep(desk, window.id, i64::from(*boxes));
    let event = PreorderEvent::Placed(Box::new(row));
    desk.effects.push(Effect::Preorder { event, preorder: id });
    desk.retime(TimerKind::Preorder, id.bits(), None, due_at);
    Ok(())
}

fn unpaid_until(desk: &Desk<'_>, pay_by: PayBy) -> Instant {
    let sale = &desk.policy().sale;
    match pay_by {
        PayBy::Online => desk.now.at.plus_seconds(sale.unpaid_online_minutes.saturating_mul(60)),
        PayBy::Transfer | PayBy::Cash => desk.in_hours(sale.unpaid_transfer_hours),
    }
}

/// The price of a box while it can be ordered ahead.
fn list_price(window: &SeasonWindow) -> Result<i64, Refusal> {
    let presale = window.presale.as_ref().filter(|_| window.phase == SeasonPhase::Open);
    let closed = || illegal(window.phase.name(), super::season::allowed(window.phase));
    presale.map(|presale| presale.price_minor).ok_or_else(closed)
}

/// A member's promise backs each box.
fn check_backed(window: &SeasonWindow, boxes: u32) -> Result<(), Refusal> {
    let boxes_left = window.boxes_left().max(0);
    if i64::from(boxes) > boxes_left {
        return Err(MarketRefusal::PromisesTooFew { boxes_left, season: window.id }.into());
    }
    Ok(())
}

/// Keeps boxes of a window, or gives them back to it.
fn keep(desk: &mut Desk<'_>, season: SeasonId, boxes: i64) {
    let boxes = i32::try_from(boxes).unwrap_or(0);
    desk.effects.push(Effect::Season { event: SeasonEvent::Ordered { boxes }, season });
}

/// Takes the deposit out of an account into escrow. A moment after ordering ahead is over the price
/// is known.
fn reserve(desk: &mut Desk<'_>, mut row: Preorder, from: AccountKey) -> Result<(), Refusal> {
    let window = season(desk, row.season)?;
    let minor = row.deposit_minor;
    desk.purpose("preorder.deposited");
    desk.debit(from, minor);
    desk.open(row.escrow(), format!("O-{:08X}", row.id.bits() & 0xffff_ffff));
    desk.credit(row.escrow(), minor);
    let due_at = window.due_at.map(|at| at.plus_seconds(1));
    tell(desk, &mut row, PreorderEvent::Deposited { due_at, minor });
    Ok(())
}

/// What the processor received for boxes ordered ahead: exactly the deposit goes into escrow,
/// anything else is the buyer's.
pub(super) fn receive(
    desk: &mut Desk<'_>,
    row: &Preorder,
    (amount_minor, source): (i64, AccountKey),
) -> Result<(), Refusal> {
    if row.phase == P::Placed && amount_minor == row.deposit_minor {
        return reserve(desk, row.clone(), source);
    }
    let wallet = desk.party(row.buyer)?.wallet();
    desk.purpose("payment.late");
    desk.debit(source, amount_minor);
    desk.credit(wallet, amount_minor);
    Ok(())
}

/// Gives back what is held, and the boxes to the window.
fn refund(desk: &mut Desk<'_>, mut row: Preorder, end: P) -> Result<(), Refusal> {
    desk.purpose("preorder.refunded");
    let wallet = desk.party(row.buyer)?.wallet();
    desk.debit(row.escrow(), row.held_minor);
    desk.credit(wallet, row.held_minor);
    keep(desk, row.season, i64::from(row.boxes).saturating_neg());
    let event = if end == P::Expired { PreorderEvent::Expired } else { PreorderEvent::Refunded };
    tell(desk, &mut row, event);
    Ok(())
}

/// The price is known: what the deposit has too much for it goes back in the same posting.
fn fix(desk: &mut Desk<'_>, mut row: Preorder, window: &SeasonWindow) -> Result<(), Refusal> {
    let price_minor = window.price_minor.unwrap_or(row.price_minor);
    let bps = desk.policy().cooperative.preorder_deposit_bps;
    let deposit = Preorder::deposit_at(row.boxes, price_minor, bps);
    let back_minor = row.held_minor.saturating_sub(deposit).max(0);
    desk.purpose("preorder.fixed");
    let wallet = desk.party(row.buyer)?.wallet();
    desk.debit(row.escrow(), back_minor);
    desk.credit(wallet, back_minor);
    tell(desk, &mut row, PreorderEvent::Fixed { back_minor, price_minor });
    Ok(())
}

// The deposit counts towards the order as money that came for it and is still too little.
fn call(desk: &mut Desk<'_>, mut row: Preorder) -> Result<(), Refusal> {
    let window = season(desk, row.season)?;
    let Some(presale) = &window.presale else {
        return Err(illegal(window.phase.name(), super::season::allowed(window.phase)));
    };
    let wanted = [(presale.listing, row.boxes)];
    let mut lines = lines_of(desk, &wanted, Flow::Sale)?;
    for line in &mut lines {
        line.price_minor = row.price_minor;
    }
    let is_self_dealing = sale::is_self_dealing(desk, row.agent, row.buyer, &lines);
    let freight_minor = sale::freight(desk, &wanted);
    let parts = (row.id, row.agent, row.buyer, freight_minor);
    let mut order = new_order(desk, Flow::Sale, parts, lines);
    order.pay_by = row.pay_by;
    order.secret_hash = row.secret_hash;
    order.is_self_dealing = is_self_dealing;
    order.due_at = Some(desk.in_hours(desk.policy().sale.unpaid_transfer_hours));
    let mut fees = order.lines.clone();
    sale::freeze_fees(desk, &order, &mut fees, false);
    order.lines = fees;
    sale::move_stock(desk, &order, sale::Stock::Hold);
    sale::start(desk, &order);
    desk.purpose("preorder.called");
    let (amount_minor, wallet) = (row.held_minor, desk.party(row.buyer)?.wallet());
    desk.debit(row.escrow(), amount_minor);
    desk.credit(wallet, amount_minor);
    tell(desk, &mut row, PreorderEvent::Called);
    desk.tell_order(&mut order, OrderEvent::PaidShort { amount_minor });
    Ok(())
}

/// Where an order ahead waits: for the price, or for its fruit.
fn waiting(window: &SeasonWindow) -> (Option<Instant>, P) {
    match window.phase {
        SeasonPhase::Open => (window.due_at.map(|at| at.plus_seconds(1)), P::Reserved),
        SeasonPhase::Fixed | SeasonPhase::Over | SeasonPhase::Cancelled => (None, P::Fixed),
    }
}

fn choose(desk: &mut Desk<'_>, mut row: Preorder, choice: Choice) -> Result<(), Refusal> {
    match choice {
        Choice::Refund => return refund(desk, row, P::Refunded),
        Choice::Wait => {
            let window = season(desk, row.season)?;
            if window.phase == SeasonPhase::Cancelled {
                return Err(illegal(window.phase.name(), &["choose"]));
            }
            let (due_at, phase) = waiting(&window);
            tell(desk, &mut row, PreorderEvent::Waiting { due_at, phase });
        }
        Choice::Switch(other) => {
            let window = season(desk, other)?;
            let fixed = window.price_minor.filter(|_| window.phase == SeasonPhase::Fixed);
            let price_minor = fixed.map_or_else(|| list_price(&window), Ok)?;
            check_backed(&window, row.boxes)?;
            keep(desk, row.season, i64::from(row.boxes).saturating_neg());
            keep(desk, other, i64::from(row.boxes));
            let (due_at, phase) = waiting(&window);
            let season = other;
            let event = PreorderEvent::Switched { due_at, phase, price_minor, season };
            tell(desk, &mut row, event);
        }
    }
    Ok(())
}

/// No deposit came, the price is known, or the buyer did not choose.
pub(super) fn time_out(desk: &mut Desk<'_>, timer: Timer) -> Result<(), Refusal> {
    let id = OrderId::from_bits(timer.subject);
    let known = desk.state.preorder.get(&id).filter(|row| row.village == desk.command.village);
    let row = known.ok_or_else(|| super::unknown(id))?.clone();
    if row.due_at != Some(timer.due_at) {
        return Ok(());
    }
    let window = season(desk, row.season)?;
    match row.phase {
        P::Placed => refund(desk, row, P::Expired),
        P::Reserved if window.phase == SeasonPhase::Cancelled => refund(desk, row, P::Refunded),
        P::Reserved => fix(desk, row, &window),
        P::Short => refund(desk, row, P::Refunded),
        P::Fixed | P::Called | P::Refunded | P::Expired => Ok(()),
    }
}
