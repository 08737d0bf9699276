//! Rules of the sale order, village to outside, and of what both flows share: stock, cancelling,
//! confirming, completing. Source: `30-market` 2.2.

use std::collections::BTreeMap;

use super::listing::{listing, proceeds};
use super::{
    Desk, check_count, check_range, check_text, check_version, escrow, exists, illegal, is_of,
    not_allowed, unknown,
};
use crate::command::{Actor, EvidenceKind};
use crate::effect::{Effect, Timer};
use crate::id::{ListingId, OrderId, PartyId};
use crate::ledger::{AccountKey, Code};
use crate::market::command::{Boxed, Guest, OrderCommand as C, makers};
use crate::market::order::{LineState, PayBy};
use crate::market::review::STARS_MAX;
use crate::market::split::{Released, total};
use crate::market::{
    Flow, LINES_MAX, Listing, ListingEvent, ListingPhase, Order, OrderEvent, OrderLine,
    OrderPhase as P, Parcel, ParcelEvent, ParcelPhase, QUANTITY_MAX, ReturnClass,
};
use crate::party::{CodeOf, Module, Party, PartyKind};
use crate::refusal::{MarketRefusal, PartyRefusal, Refusal};

/// The heaviest box, in grams: what one person can lift twice over.
const BOX_G_MAX: i64 = 100_000;

/// Whether the order goes to the outside.
pub(super) fn is_sale(order: &Order) -> bool {
    order.flow == Flow::Sale
}

/// What can be asked of an order where it is.
pub(super) fn allowed(order: &Order) -> &'static [&'static str] {
    match order.phase {
        P::Placed => &["pay_cash", "cancel"], // Its stock is held for it (M-20).
        P::Paid => &["accept", "cancel"],
        P::Accepted => &["pack", "cancel"], // To break this promise may be a mark (M-24).
        P::Packed => &["ship"],             // The boxes are closed, so it cannot be cancelled.
        P::Shipped => &["deliver", "confirm", "dispute"],
        P::Delivered => &["confirm", "extend", "dispute"],
        P::Requested => &["quote", "decline", "cancel"],
        P::Quoted => &["quote", "consent", "decline", "cancel"],
        P::Consented => &["fund", "decline", "cancel"],
        P::Funded => &["send", "cancel"], // The whole price is in escrow (M-31).
        P::Ordered => &["supplier_accept", "supplier_reject", "cancel"],
        P::Confirmed if order.parcels.is_empty() => &["pack", "cancel"],
        P::Confirmed => &["ship", "cancel"],
        P::InTransit => &["arrive", "cancel", "dispute"],
        P::AtShop => &["pick_up", "dispute"], // Unclaimed goods go back (M-33).
        P::PickedUp => &["dispute"],          // Otherwise the clock releases it (M-34).
        P::Completed if order.can_be_reviewed() => &["goodwill", "review"],
        P::Completed => &["goodwill"],
        P::Expired | P::Declined | P::Cancelled | P::Refunded => &[],
    }
}

/// Refuses what cannot be done where the order is.
pub(super) fn check_allowed(order: &Order, name: &str) -> Result<(), Refusal> {
    if allowed(order).contains(&name) {
        return Ok(());
    }
    Err(illegal(order.phase.name(), allowed(order)))
}

/// Decides a command about one sale, and what both flows share. Whether the actor may know and do
/// it is asked before version and phase, so that a refusal tells a stranger nothing (M-2).
pub(super) fn decide(
    desk: &mut Desk<'_>,
    id: OrderId,
    version: Option<u32>,
    command: &C,
) -> Result<(), Refusal> {
    if let C::Place { agent, buyer, lines, pay_by, .. } = command {
        return place(desk, command, (id, *agent, *buyer, *pay_by), lines);
    }
    let mut order = desk.order(id)?.clone();
    check_actor(desk, &order, command)?;
    check_version(order.version, version)?;
    let name = command.kind().strip_prefix("order.").unwrap_or_default();
    check_allowed(&order, name)?;
    match command {
        C::PayCash { amount_minor, shop } => pay_cash(desk, order, *amount_minor, *shop),
        C::Accept => {
            accept(desk, order);
            Ok(())
        }
        C::Cancel { is_force_majeure, reason } => {
            check_text("reason", reason)?;
            cancel_by_person(desk, order, *is_force_majeure)
        }
        C::Pack { boxes, by_surface } => pack(desk, order, boxes, *by_surface),
        C::Confirm => escrow::release(desk, &mut order),
        C::Extend => extend(desk, order),
        C::Goodwill { amount_minor, reason } => {
            check_text("reason", reason)?;
            escrow::goodwill(desk, &mut order, *amount_minor)
        }
        C::Review { review } => {
            check_range("stars", i64::from(review.stars), 1, i64::from(STARS_MAX))?;
            desk.tell_order(&mut order, OrderEvent::Reviewed(review.clone()));
            Ok(())
        }
        _ => Err(not_allowed(desk.command)),
    }
}

/// Money at the counter needs M1, accepting M5, packing M3, unless the seller acts himself (M-61).
/// Of people only the buyer's own side confirms or takes more time: nobody releases his money in
/// his name.
fn check_actor(desk: &Desk<'_>, order: &Order, command: &C) -> Result<(), Refusal> {
    let refuse_unless =
        |is_allowed| if is_allowed { Ok(()) } else { Err(not_allowed(desk.command)) };
    let is_buyer = desk.actor().is_ok_and(|actor| is_of(actor, order.buyer));
    match command {
        C::PayCash { .. } => desk.agent(Module::M1).map(drop),
        C::Accept => desk.agent_or(Module::M5, desk.is_seller(order)),
        C::Pack { .. } => desk.agent_or(Module::M3, desk.is_seller(order)),
        C::Cancel { .. } if is_buyer || desk.is_seller(order) => Ok(()),
        C::Cancel { .. } if is_sale(order) => desk.agent(Module::M5).map(drop),
        C::Cancel { .. } => desk.agent(Module::M2).map(drop),
        C::Confirm | C::Extend | C::Review { .. } => refuse_unless(is_buyer && is_sale(order)),
        C::Goodwill { .. } => {
            refuse_unless(desk.is_actor(PartyKind::Staff) || desk.is_seller(order))
        }
        _ => Err(not_allowed(desk.command)),
    }
}

/// Holds stock first and awaits money second (M-20), so that the last box is never promised twice.
/// The only money it moves is what came before the order and waited for it (M-21).
fn place(
    desk: &mut Desk<'_>,
    command: &C,
    (id, agent, buyer, pay_by): (OrderId, Option<PartyId>, PartyId, PayBy),
    wanted: &[(ListingId, u32)],
) -> Result<(), Refusal> {
    let C::Place { guest, secret_hash, .. } = command else {
        return Err(not_allowed(desk.command));
    };
    check_placer(desk, buyer)?;
    if desk.state.order.get(&id).is_some() || id.bits() == 0 {
        return Err(exists(id));
    }
    meet_guest(desk, buyer, guest.as_deref())?;
    // Where no agent is named, one who writes the order down for a buyer is the one who sells.
    let agent = agent.or_else(|| desk.agent(Module::M5).ok().map(|agent| agent.id));
    agent.map(|agent| desk.party_of_kind(agent, PartyKind::Agent)).transpose()?;
    let lines = lines_of(desk, wanted, Flow::Sale)?;
    let is_self_dealing = is_self_dealing(desk, agent, buyer, &lines);
    let sale = &desk.policy().sale;
    let due_at = match pay_by {
        PayBy::Online => desk.now.at.plus_seconds(sale.unpaid_online_minutes.saturating_mul(60)),
        PayBy::Transfer | PayBy::Cash => desk.in_hours(sale.unpaid_transfer_hours),
    };
    let freight_minor = freight(desk, wanted);
    let parts = (id, agent, buyer, freight_minor);
    let mut order = new_order(desk, Flow::Sale, parts, lines);
    order.pay_by = pay_by;
    order.secret_hash = Some(*secret_hash);
    order.is_self_dealing = is_self_dealing;
    order.due_at = Some(due_at);
    // These fees only show what it would cost today; those at payment count (M-23).
    let mut fees = order.lines.clone();
    freeze_fees(desk, &order, &mut fees, false);
    order.lines = fees;
    move_stock(desk, &order, Stock::Hold);
    start(desk, &order);
    escrow::apply_waiting(desk, &mut order)
}

/// Makes a guest known with his first order, or checks that the buyer is one.
pub(super) fn meet_guest(
    desk: &mut Desk<'_>,
    buyer: PartyId,
    guest: Option<&Guest>,
) -> Result<(), Refusal> {
    let Some(guest) = guest else {
        return check_buyer(desk.party(buyer)?);
    };
    if guest.party.id != buyer || guest.party.kind != PartyKind::Buyer {
        let expected = PartyKind::Buyer;
        return Err(PartyRefusal::WrongKind { expected, party: guest.party.id }.into());
    }
    let (state, command) = (desk.state, desk.command);
    let known = super::super::party::register_party(state, command, &guest.party, &guest.profile)?;
    for effect in known {
        match effect {
            // Money that came before the order goes to it in this very command.
            Effect::AccountOpened { account, label, .. } => desk.open(account, label),
            effect => desk.effects.push(effect),
        }
    }
    Ok(())
}

/// Writes a new order and sets its first timer.
pub(super) fn start(desk: &mut Desk<'_>, order: &Order) {
    let event = OrderEvent::Placed(Box::new(order.clone()));
    desk.effects.push(Effect::Order { event, order: order.id });
    desk.retime(crate::effect::TimerKind::Order, order.id.bits(), None, order.due_at);
}

/// The outside buys, and so do neighbours: what a household sells at the counter another household
/// may need (M-20). Nobody else has a wallet for money that comes back.
fn check_buyer(buyer: &Party) -> Result<(), Refusal> {
    if matches!(buyer.kind, PartyKind::Buyer | PartyKind::Household) {
        return Ok(());
    }
    Err(PartyRefusal::WrongKind { expected: PartyKind::Buyer, party: buyer.id }.into())
}

// A guest's order comes through the operator's own storefront; nobody else acts for him.
pub(super) fn check_placer(desk: &Desk<'_>, buyer: PartyId) -> Result<(), Refusal> {
    if desk.command.actor == Actor::System || desk.is_household(buyer) {
        return Ok(());
    }
    desk.agent(Module::M5).map(drop)
}

/// Whether the agent is close to the buyer or to a seller: then he earns nothing by the order, and
/// it proves nothing: nobody makes commission or trust by trading with himself (M-28, M-60).
pub(super) fn is_self_dealing(
    desk: &Desk<'_>,
    agent: Option<PartyId>,
    buyer: PartyId,
    lines: &[OrderLine],
) -> bool {
    let agent = agent.and_then(|agent| desk.party(agent).ok());
    let is_near = |party: PartyId| agent.is_some_and(|agent| is_of(agent, party));
    let is_own = |line: &OrderLine| line.seller == buyer || is_near(line.seller);
    is_near(buyer) || lines.iter().any(is_own)
}

/// An order with nothing paid and nothing packed.
pub(super) fn new_order(
    desk: &Desk<'_>,
    flow: Flow,
    (id, agent, buyer, freight_minor): (OrderId, Option<PartyId>, PartyId, i64),
    lines: Vec<OrderLine>,
) -> Order {
    let phase = if flow == Flow::Sale { P::Placed } else { P::Requested };
    Order {
        agent,
        buyer,
        by_surface: false,
        carrier: None,
        commission_reversed_minor: 0,
        disputes_open: 0,
        due_at: None,
        due_on: None,
        flow,
        freight_minor,
        freight_refunded_minor: 0,
        goodwill_minor: 0,
        id,
        is_awaited: false,
        is_dishonest: false,
        is_extended: false,
        is_self_dealing: false,
        is_vested: false,
        lines,
        lots: BTreeMap::new(),
        makers: BTreeMap::new(),
        paid_minor: 0,
        parcels: BTreeMap::new(),
        pay_by: PayBy::Online,
        payer: None,
        phase,
        proof: None,
        reached: BTreeMap::from([(phase, desk.now.at)]),
        released: Released::default(),
        review: None,
        secret_hash: None,
        short_minor: 0,
        trip: None,
        version: 0,
        village: desk.command.village,
    }
}

/// The lines of a new order at today's prices, if each can be had today.
pub(super) fn lines_of(
    desk: &Desk<'_>,
    wanted: &[(ListingId, u32)],
    flow: Flow,
) -> Result<Vec<OrderLine>, Refusal> {
    check_count("lines", wanted.len(), LINES_MAX)?;
    let mut lines: Vec<OrderLine> = Vec::with_capacity(wanted.len());
    for (id, quantity) in wanted {
        check_range("quantity", i64::from(*quantity), 1, i64::from(QUANTITY_MAX))?;
        let row = listing(desk, *id)?;
        let seller = desk.party(row.text.seller)?;
        // One order goes one way; a purchase has one supplier, who answers for all of it.
        let is_outside = seller.kind == PartyKind::Supplier;
        let is_other_supplier = lines.iter().any(|line| is_outside && line.seller != seller.id);
        let is_twice = lines.iter().any(|line| line.listing == *id);
        if is_outside != (flow == Flow::Purchase) || is_other_supplier || is_twice {
            return Err(MarketRefusal::MixedOrder.into());
        }
        if row.phase != ListingPhase::Live {
            return Err(MarketRefusal::NotOnSale { listing: *id }.into());
        }
        if let Some(season) = row.text.season.filter(|season| !season.contains(desk.now.today)) {
            let (from, to) = (season.from, season.to);
            return Err(MarketRefusal::OutOfSeason { from, listing: *id, to }.into());
        }
        if let Some(stock) = row.stock.filter(|stock| stock.available() < i64::from(*quantity)) {
            let available = stock.available();
            return Err(MarketRefusal::SoldOut { available, listing: *id }.into());
        }
        lines.push(line_of(row, seller, *quantity));
    }
    let sum = total(lines.iter().map(OrderLine::goods_minor));
    crate::ledger::posting::check_positive(desk.policy(), sum)?;
    Ok(lines)
}

/// Copies what was promised: a later price or text does not change this order (M-12). The fees are
/// zero until [`freeze_fees`] writes them.
fn line_of(row: &Listing, seller: &Party, quantity: u32) -> OrderLine {
    let pieces = i64::from(quantity);
    OrderLine {
        class: row.text.class,
        commission_bps: 0,
        cooperative_bps: 0,
        listing: row.id,
        packaging_minor: row.text.packaging_minor.saturating_mul(pieces),
        platform_bps: 0,
        price_minor: row.price_minor,
        price_version: row.price_version,
        proceeds: proceeds(seller, &row.text),
        quantity,
        refunded_minor: 0,
        seller: seller.id,
        state: LineState::Open,
        township_minor: row.text.township_price_minor.map(|minor| minor.saturating_mul(pieces)),
        weight_g: row.text.weight_g.saturating_mul(pieces),
    }
}

/// The carrier's part for all pieces, in minor units, as the listings say today.
pub(super) fn freight(desk: &Desk<'_>, wanted: &[(ListingId, u32)]) -> i64 {
    let of = |(id, quantity): &(ListingId, u32)| {
        let each = desk.state.listing.get(id).map_or(0, |row| row.text.freight_minor);
        each.saturating_mul(i64::from(*quantity))
    };
    total(wanted.iter().map(of))
}

/// Writes the fees of the policy in force into the lines. An agent who is not certified, or who
/// deals with himself, earns nothing.
pub(super) fn freeze_fees(
    desk: &Desk<'_>,
    order: &Order,
    lines: &mut [OrderLine],
    is_self_dealing: bool,
) {
    let policy = desk.policy();
    let module = if is_sale(order) { Module::M5 } else { Module::M2 };
    let agent = order.agent.and_then(|agent| desk.party(agent).ok());
    let earns = agent
        .is_some_and(|agent| agent.certified.contains(&module) && !agent.duty.is_suspended)
        && !is_self_dealing
        && !order.is_self_dealing;
    for line in lines {
        let seller = desk.party(line.seller).map(|party| party.kind);
        let is_cooperative = matches!(seller, Ok(PartyKind::Cooperative));
        line.platform_bps = policy.fees.platform_bps;
        line.cooperative_bps = if is_cooperative { policy.fees.cooperative_bps } else { 0 };
        line.commission_bps = match (earns, is_sale(order)) {
            (false, _) => 0,
            (true, true) => policy.commission.sale_bps,
            (true, false) => purchase_bps(desk, line.listing),
        };
    }
}

/// The commission of a purchase, by the category of the good.
pub(super) fn purchase_bps(desk: &Desk<'_>, listing: ListingId) -> u32 {
    let category = desk.state.listing.get(&listing).map(|row| row.text.category.as_str());
    let bps = category.and_then(|name| desk.policy().commission.purchase_bps.get(name));
    bps.copied().unwrap_or(0)
}

/// Whether a listing of the order was taken down: then late money goes back.
pub(super) fn is_taken_down(desk: &Desk<'_>, order: &Order) -> bool {
    check_not_taken_down(desk, order).is_err()
}

/// Refuses money at the counter for what was taken down.
pub(super) fn check_not_taken_down(desk: &Desk<'_>, order: &Order) -> Result<(), Refusal> {
    let phase = |id| desk.state.listing.get(id).map(|row| row.phase);
    let mut listings = order.lines.iter().map(|line| &line.listing);
    match listings.find(|id| phase(id) == Some(ListingPhase::TakenDown)) {
        Some(listing) => Err(MarketRefusal::NotOnSale { listing: *listing }.into()),
        None => Ok(()),
    }
}

/// What an order does to the stock of its goods.
#[derive(Clone, Copy)]
pub(super) enum Stock {
    /// Promises it to the order.
    Hold,
    /// Gives the promise up.
    Free,
    /// Takes it away, promise and all.
    Take,
}

/// Moves the stock of the order's goods, where it is counted.
pub(super) fn move_stock(desk: &mut Desk<'_>, order: &Order, stock: Stock) {
    for line in &order.lines {
        let Some(row) = desk.state.listing.get(&line.listing) else { continue };
        if row.stock.is_none() {
            continue;
        }
        let pieces = i64::from(line.quantity);
        let gone = pieces.saturating_neg();
        let (delta_held, delta_on_hand, reason) = match stock {
            Stock::Hold => (pieces, 0, "order.placed"),
            Stock::Free => (gone, 0, "order.called_off"), // The pieces stay where they are.
            Stock::Take => (gone, gone, "order.packed"),  // Their promise goes with them.
        };
        let reason = reason.to_owned();
        let event = ListingEvent::Stocked { delta_held, delta_on_hand, reason };
        desk.effects.push(Effect::Listing { event, listing: line.listing });
    }
}

/// Debits the shop's drawer and credits the escrow with exactly what is due, in minor units. The
/// drawer must have been counted and opened by this very agent, who answers for it (M-62).
fn pay_cash(
    desk: &mut Desk<'_>,
    mut order: Order,
    amount_minor: i64,
    shop: PartyId,
) -> Result<(), Refusal> {
    let agent = desk.agent(Module::M1)?;
    super::super::till::check_open(desk.state, desk.command, shop)?;
    check_not_taken_down(desk, &order)?;
    let due_minor = order.total_minor();
    if amount_minor != due_minor {
        return Err(MarketRefusal::AmountNotDue { due_minor }.into());
    }
    let max = desk.policy().till.order_probation_minor_max;
    desk.check_probation(agent, amount_minor, max)?;
    let drawer = AccountKey::party(Code::DRAWER, shop);
    super::super::till::check_drawer(desk.state, desk.command, drawer, amount_minor, desk.now)?;
    desk.debit(drawer, amount_minor);
    escrow::fund(desk, &mut order, (false, None))
}

/// The seller's side promises to deliver. No timer runs from here: until the boxes are closed the
/// buyer may cancel with all his money (M-24).
fn accept(desk: &mut Desk<'_>, mut order: Order) {
    desk.tell_order(&mut order, OrderEvent::Reached { due_at: None, phase: P::Accepted });
    if let Some(actor) = desk.actor_id() {
        let about = (Some(order.id), order.goods_minor());
        desk.fact((EvidenceKind::Acceptance, true), actor, order.buyer, about);
    }
}

// The buyer's side until it is packed, the household until the supplier has agreed or when it is
// far too late; the seller's side with a reason, and against him once he had accepted.
fn cancel_by_person(
    desk: &mut Desk<'_>,
    mut order: Order,
    is_force_majeure: bool,
) -> Result<(), Refusal> {
    let is_buyer = desk.actor().is_ok_and(|actor| is_of(actor, order.buyer));
    if matches!(order.phase, P::Confirmed | P::InTransit) {
        check_late(desk, &order)?;
    }
    let is_broken_promise =
        is_sale(&order) && order.phase == P::Accepted && !is_buyer && !is_force_majeure;
    if is_broken_promise && let Some(actor) = desk.actor_id() {
        let about = (Some(order.id), order.goods_minor());
        desk.fact((EvidenceKind::Acceptance, false), actor, order.buyer, about);
    }
    cancel(desk, &mut order, P::Cancelled)
}

/// A supplier who agreed keeps the sale unless the goods are late by more than the days of the
/// policy, 7 by default; then the household need not wait for ever (M-32).
fn check_late(desk: &Desk<'_>, order: &Order) -> Result<(), Refusal> {
    let days = i32::try_from(desk.policy().purchase.late_cancel_days).unwrap_or(i32::MAX);
    let late_by = order.due_on.map_or(0, |due_on| desk.now.today.days_since(due_on));
    if late_by > days { Ok(()) } else { Err(illegal(order.phase.name(), &["ship", "arrive"])) }
}

/// Ends an order before it is packed, or one that never came: money back, stock free.
pub(super) fn cancel(desk: &mut Desk<'_>, order: &mut Order, end: P) -> Result<(), Refusal> {
    desk.purpose("order.cancelled");
    // Packing has taken the stock and its promise: only before it is there a promise to free.
    if order.parcels.is_empty() {
        move_stock(desk, order, Stock::Free);
    }
    if order.paid_minor > 0 {
        escrow::refund_all(desk, order)?;
    }
    desk.tell_order(order, OrderEvent::Reached { due_at: None, phase: end });
    super::packing::finish(desk, order);
    Ok(())
}

/// Closes the boxes. Stock leaves for good, and each maker's grams are kept, because they divide
/// the facts of the sale among those who grew it (M-28).
fn pack(
    desk: &mut Desk<'_>,
    mut order: Order,
    boxes: &[Boxed],
    by_surface: bool,
) -> Result<(), Refusal> {
    check_packed(desk, &order, boxes)?;
    label(desk, &order, boxes)?;
    let lots = super::packing::take(desk, &order, boxes)?;
    move_stock(desk, &order, Stock::Take);
    let parcels = boxes.iter().map(|packed| packed.parcel).collect();
    let event = OrderEvent::Boxed { by_surface, lots, makers: makers(boxes), parcels };
    desk.tell_order(&mut order, event);
    desk.tell_order(&mut order, OrderEvent::Reached { due_at: None, phase: P::Packed });
    Ok(())
}

/// What is in the boxes is what was sold: never less, and at most a little more; of known makers.
fn check_packed(desk: &Desk<'_>, order: &Order, boxes: &[Boxed]) -> Result<(), Refusal> {
    let contents = || boxes.iter().flat_map(|packed| &packed.contents);
    check_count("contents", contents().count(), LINES_MAX)?;
    for content in contents() {
        // What a pool sells is of its households, who are paid by the gram. What the cooperative
        // made itself, jam for instance, is its own.
        let is_own =
            |line: &OrderLine| line.seller == content.maker && line.proceeds.code != Code::POOL;
        if !order.lines.iter().any(is_own) {
            desk.party_of_kind(content.maker, PartyKind::Household)?;
        }
        check_range("grams", content.grams, 1, BOX_G_MAX)?;
    }
    let packed_g = total(contents().map(|content| content.grams));
    let min_g = order.weight_g();
    let tolerance = crate::market::split::floor_bps(min_g, desk.policy().sale.pack_tolerance_bps);
    let max_g = min_g.saturating_add(tolerance);
    if !(min_g..=max_g).contains(&packed_g) {
        return Err(MarketRefusal::PackedWeight { max_g, min_g, packed_g }.into());
    }
    Ok(())
}

/// Gives each box its label and its first holder: whoever packed it.
pub(super) fn label(desk: &mut Desk<'_>, order: &Order, boxes: &[Boxed]) -> Result<(), Refusal> {
    check_count("boxes", boxes.len(), LINES_MAX)?;
    let holder = desk.actor()?.id;
    for (index, packed) in boxes.iter().enumerate() {
        let is_twice = boxes
            .iter()
            .take(index)
            .any(|before| before.parcel == packed.parcel || before.label == packed.label);
        if is_twice || desk.state.parcel.get(&packed.parcel).is_some() {
            return Err(exists(packed.parcel));
        }
        let key = (desk.command.village, CodeOf::Parcel, packed.label.clone());
        if desk.state.code.get(&key).is_some() {
            return Err(PartyRefusal::CodeTaken { taken: packed.label.to_string() }.into());
        }
        let inside = total(packed.contents.iter().map(|content| content.grams)).max(1);
        check_range("weight_g", packed.weight_g, inside, inside.saturating_mul(10).max(BOX_G_MAX))?;
        let event = ParcelEvent::Labelled(Box::new(Parcel {
            claim: None,
            code: None,
            contents: packed.contents.clone(),
            damage: Vec::new(),
            due_at: None,
            holder,
            hops: Vec::new(),
            id: packed.parcel,
            is_live: order.class() == ReturnClass::Live,
            label: packed.label.clone(),
            order: order.id,
            phase: ParcelPhase::Labelled,
            proxy: None,
            trip: None,
            version: 0,
            village: desk.command.village,
            weight_g: packed.weight_g,
        }));
        desk.effects.push(Effect::Parcel { event, parcel: packed.parcel });
    }
    Ok(())
}

/// Moves the end of the buyer's time by the days of the policy, once, and never for fresh goods:
/// nobody could tell any more what state they came in (M-26).
fn extend(desk: &mut Desk<'_>, mut order: Order) -> Result<(), Refusal> {
    let due_at = order.due_at.filter(|_| !order.is_extended && !order.class().is_fresh());
    let due_at = due_at.ok_or_else(|| illegal(order.phase.name(), &["confirm", "dispute"]))?;
    let seconds = desk.policy().sale.extend_days.saturating_mul(86_400);
    let due_at = due_at.plus_seconds(seconds);
    desk.tell_order(&mut order, OrderEvent::Extended { due_at });
    Ok(())
}

/// All boxes are with the carrier: in time or late, and the clock runs even without a last scan.
pub(super) fn shipped(desk: &mut Desk<'_>, order: &mut Order) {
    let sale = &desk.policy().sale;
    let days = if order.by_surface { sale.confirm_surface_days } else { sale.confirm_express_days };
    let due_at = Some(desk.in_days(days));
    let promised =
        order.at(P::Accepted).map(|at| at.plus_seconds(sale.ship_hours.saturating_mul(3_600)));
    let in_time = promised.is_none_or(|until| desk.now.at <= until);
    desk.tell_order(order, OrderEvent::Reached { due_at, phase: P::Shipped });
    let about = (Some(order.id), order.goods_minor());
    if let Some(seller) = order.lines.first().map(|line| line.seller) {
        desk.fact((EvidenceKind::Dispatch, in_time), seller, order.buyer, about);
    }
}

/// The buyer has all boxes: he has some days to look, by how delicate the goods are.
pub(super) fn delivered(desk: &mut Desk<'_>, order: &mut Order) {
    let policy = desk.policy();
    let due_at = match order.class() {
        ReturnClass::Live => desk.in_hours(policy.dispute.open_live_hours),
        ReturnClass::Perishable | ReturnClass::Food => {
            desk.in_hours(policy.sale.confirm_fresh_hours)
        }
        ReturnClass::Days7 | ReturnClass::Days7Unopened | ReturnClass::Virtual => {
            let days = policy.sale.confirm_craft_days;
            desk.in_days(days.saturating_add(policy.sale.confirm_craft_grace_days))
        }
    };
    desk.tell_order(order, OrderEvent::Reached { due_at: Some(due_at), phase: P::Delivered });
    if let Some(carrier) = order.carrier {
        let about = (Some(order.id), order.freight_minor);
        desk.fact((EvidenceKind::Carriage, true), carrier, order.buyer, about);
    }
}

/// What the clock does with an order whose time has come.
/// Nobody's silence locks money up: what was not paid, accepted or answered in time ends with all
/// money back (M-20, M-24, M-32); what was shipped or handed out is released (M-26, M-34).
pub(super) fn time_out(desk: &mut Desk<'_>, timer: Timer) -> Result<(), Refusal> {
    let id = OrderId::from_bits(timer.subject);
    let known = desk.state.order.get(&id).filter(|row| row.village == desk.command.village);
    let mut order = known.ok_or_else(|| unknown(id))?.clone();
    // The order has gone on since this timer was set (M-6).
    if order.due_at != Some(timer.due_at) {
        return Ok(());
    }
    match order.phase {
        P::Placed | P::Quoted | P::Consented => cancel(desk, &mut order, P::Expired),
        P::Paid => cancel(desk, &mut order, P::Cancelled), // The seller kept silent (M-24).
        P::Ordered => super::purchase::silent_supplier(desk, order), // No answer came (M-32).
        P::Shipped | P::Delivered | P::PickedUp => escrow::release(desk, &mut order),
        P::AtShop => super::purchase::unclaimed(desk, order), // Nobody has come for it (M-33).
        P::Completed => escrow::vest(desk, &mut order),       // The commission is due (M-60).
        _ => {
            desk.tell_order(&mut order, OrderEvent::DueSet { due_at: None });
            Ok(())
        }
    }
}
