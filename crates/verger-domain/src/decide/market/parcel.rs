//! Rules of custody: two scans for each change of hands, codes, damage, loss, claims. Source:
//! `30-market` 2.5.

use super::{
    Desk, check_count, check_version, escrow, illegal, is_of, not_allowed, purchase, sale, unknown,
};
use crate::command::{Actor, EvidenceKind};
use crate::effect::Timer;
use crate::id::{ParcelId, PartyId};
use crate::ledger::{AccountKey, Code};
use crate::market::command::{CodeDigest, ParcelCommand as C};
use crate::market::listing::Photo;
use crate::market::parcel::{CarrierClaim, PickupCode};
use crate::market::{Flow, Order, OrderEvent, OrderPhase, Parcel, ParcelEvent, ParcelPhase as P};
use crate::party::{Module, Party, PartyKind, PinTries};
use crate::refusal::{MarketRefusal, Refusal, TillRefusal};
use crate::time::Instant;

/// The most pictures of one report.
const PHOTOS_MAX: usize = 8;

/// What can be asked of a parcel where it is.
pub(super) const fn allowed(phase: P) -> &'static [&'static str] {
    match phase {
        P::Labelled => &["give", "take", "report_damage", "declare_lost"],
        P::HandedOver => {
            &["give", "take", "deliver", "load", "report_damage", "declare_lost", "accept_claim"]
        }
        P::OnTrip | P::Missing => {
            &["give", "take", "report_damage", "declare_lost", "accept_claim"]
        }
        P::AtShop => {
            &["give", "take", "name_proxy", "pick_up", "report_wrong_code", "report_damage"]
        }
        P::PickedUp | P::Delivered => {
            &["give", "take", "report_damage", "accept_claim", "pay_claim"]
        }
        P::Lost => &["take", "accept_claim", "pay_claim"], // Whoever finds it scans it.
        P::Returning => &["give", "take", "report_damage", "declare_lost"],
        P::Returned => &[],
    }
}

/// Decides a command about one box. Who has it follows from the scans, not from what is said (M-41).
pub(super) fn decide(
    desk: &mut Desk<'_>,
    id: ParcelId,
    version: Option<u32>,
    command: &C,
) -> Result<(), Refusal> {
    let row = parcel(desk, id)?.clone();
    let order = desk.order(row.order)?.clone();
    check_actor(desk, &row, &order, command)?;
    check_version(row.version, version)?;
    let name = command.kind().strip_prefix("parcel.").unwrap_or_default();
    if !allowed(row.phase).contains(&name) {
        return Err(illegal(row.phase.name(), allowed(row.phase)));
    }
    match command {
        C::Give { taker } => give(desk, row, order, *taker),
        C::Take { code_digest, giver, taker } => {
            take(desk, row, order, (*giver, *taker), *code_digest)
        }
        // Until the giver has scanned it too, it is not proved that the carrier had it.
        C::Deliver if row.open_hop().is_some() => Err(illegal(row.phase.name(), &["give"])),
        C::Deliver => {
            deliver(desk, row, order);
            Ok(())
        }
        C::NameProxy { proof, proxy } => {
            let person = desk.party_of_kind(*proxy, PartyKind::Member)?;
            if is_of(person, order.buyer) {
                return Err(MarketRefusal::NotIndependent { party: *proxy }.into());
            }
            purchase::prove(desk, order.buyer, proof)?;
            let mut row = row;
            desk.tell_parcel(&mut row, ParcelEvent::ProxyNamed { proxy: *proxy });
            Ok(())
        }
        C::PickUp { code_digest, proxy } => pick_up(desk, row, order, *code_digest, *proxy),
        C::ReportWrongCode => wrong_code(desk, row),
        C::ReportDamage { photos } => damage(desk, row, photos),
        C::DeclareLost => lost(desk, row, order),
        C::AcceptClaim { amount_minor } => accept_claim(desk, row, &order, *amount_minor),
        C::PayClaim => pay_claim(desk, row),
    }
}

/// The parcel with this id in the command's village.
pub(super) fn parcel<'a>(desk: &Desk<'a>, id: ParcelId) -> Result<&'a Parcel, Refusal> {
    let known = desk.state.parcel.get(&id).filter(|row| row.village == desk.command.village);
    known.ok_or_else(|| unknown(id))
}

/// Each side of a change of hands scans for itself, see [`speaks_for`]. An agent never hands a
/// parcel to his own house, and only the machine tells of wrong codes.
fn check_actor(desk: &Desk<'_>, row: &Parcel, order: &Order, command: &C) -> Result<(), Refusal> {
    let refuse_unless =
        |is_allowed| if is_allowed { Ok(()) } else { Err(not_allowed(desk.command)) };
    match command {
        // Where the receiver scanned first, the giver's scan is still to come; and a giver who scans
        // once more after both is told that all is well.
        C::Give { taker } => {
            let last = row.hops.last();
            let hop = last.filter(|hop| hop.gave_at.is_none() || hop.taker == *taker);
            speaks_for(desk, hop.map_or(row.holder, |hop| hop.giver))
        }
        C::Take { taker, .. } => speaks_for(desk, *taker),
        C::Deliver => {
            refuse_unless(desk.actor_id() == Some(row.holder) && desk.is_actor(PartyKind::Carrier))
        }
        C::NameProxy { .. } => {
            let is_own = desk.is_household(order.buyer) && !desk.is_actor(PartyKind::Agent);
            desk.agent_or(Module::M3, is_own)
        }
        C::PickUp { .. } => {
            let agent = desk.agent(Module::M3)?;
            if is_of(agent, order.buyer) {
                return Err(TillRefusal::OwnHousehold.into());
            }
            Ok(())
        }
        C::ReportWrongCode => refuse_unless(desk.command.actor == Actor::System),
        C::ReportDamage { .. } => {
            let is_theirs = desk.actor()?.id == row.holder || is_of(desk.actor()?, order.buyer);
            desk.agent_or(Module::M3, is_theirs)
        }
        C::DeclareLost | C::AcceptClaim { .. } | C::PayClaim => desk.staff().map(drop),
    }
}

/// Each scans for himself; the agents of the shop scan for each other and for the shop.
fn speaks_for(desk: &Desk<'_>, holder: PartyId) -> Result<(), Refusal> {
    let actor = desk.actor()?;
    if actor.id == holder {
        return Ok(());
    }
    let holder = desk.party(holder)?;
    if matches!(holder.kind, PartyKind::Shop | PartyKind::Agent) {
        return desk.agent(Module::M3).map(drop);
    }
    Err(not_allowed(desk.command))
}

/// The holder scans the box out of his hands. Whoever scans twice is told that all is well (M-40),
/// for a weak network makes people try again.
fn give(desk: &mut Desk<'_>, mut row: Parcel, order: Order, taker: PartyId) -> Result<(), Refusal> {
    check_taker(desk.party(taker)?)?;
    if let Some(hop) = row.open_hop() {
        if hop.gave_at.is_some() && hop.taker == taker {
            // Scanned twice: once is enough.
            return Ok(());
        }
        if hop.taker != taker {
            return Err(MarketRefusal::NotTheHolder { holder: row.holder }.into());
        }
    } else if row.hops.last().is_some_and(|hop| hop.taker == taker && row.holder == taker) {
        return Ok(());
    }
    desk.tell_parcel(&mut row, ParcelEvent::Gave { taker });
    changed_hands(desk, row, order)
}

/// The taker scans the box into his hands and answers for it from then on, even before the giver
/// has scanned: nobody can refuse to have what he holds (M-41).
fn take(
    desk: &mut Desk<'_>,
    mut row: Parcel,
    order: Order,
    (giver, taker): (PartyId, PartyId),
    code: Option<CodeDigest>,
) -> Result<(), Refusal> {
    check_taker(desk.party(taker)?)?;
    if row.holder == taker {
        return Ok(());
    }
    if row.holder != giver {
        return Err(MarketRefusal::NotTheHolder { holder: row.holder }.into());
    }
    if row.open_hop().is_some_and(|hop| hop.taker != taker) {
        return Err(MarketRefusal::NotTheHolder { holder: giver }.into());
    }
    desk.tell_parcel(&mut row, ParcelEvent::Took { giver, taker });
    // The code comes with the shop's own scan, also when the carrier's is still to come.
    if let Some(CodeDigest(digest)) = code.filter(|_| is_at_shop(desk, &order, taker)) {
        desk.tell_parcel(&mut row, ParcelEvent::CodeSet { digest });
    }
    changed_hands(desk, row, order)
}

/// Whether a parcel in these hands waits for its household at the counter.
fn is_at_shop(desk: &Desk<'_>, order: &Order, holder: PartyId) -> bool {
    let kind = desk.party(holder).map(|party| party.kind);
    order.flow == Flow::Purchase && matches!(kind, Ok(PartyKind::Shop | PartyKind::Agent))
}

/// Parcels go from firm to firm; a person gets his by code or by the carrier's proof.
fn check_taker(taker: &Party) -> Result<(), Refusal> {
    let is_firm = matches!(
        taker.kind,
        PartyKind::Carrier
            | PartyKind::Shop
            | PartyKind::Agent
            | PartyKind::Cooperative
            | PartyKind::Supplier
    );
    if is_firm {
        return Ok(());
    }
    let expected = PartyKind::Carrier;
    Err(crate::refusal::PartyRefusal::WrongKind { expected, party: taker.id }.into())
}

/// After a scan: the clock for loss starts anew; with both scans the parcel is where it is, and the
/// order goes on when its last box does.
fn changed_hands(desk: &mut Desk<'_>, mut row: Parcel, mut order: Order) -> Result<(), Refusal> {
    let Some(hop) = row.hops.last().copied() else { return Ok(()) };
    if hop.is_one_sided() {
        // One scan alone does not bring a parcel back on the way that has arrived or is lost.
        if !row.phase.is_end() {
            let due_at = lost_at(desk, &row, &order);
            desk.tell_parcel(&mut row, ParcelEvent::DueSet { due_at });
        }
        return Ok(());
    }
    let taker = desk.party(hop.taker)?;
    let is_back = matches!(taker.kind, PartyKind::Cooperative | PartyKind::Supplier);
    let phase = if is_at_shop(desk, &order, taker.id) {
        P::AtShop
    } else if is_back {
        P::Returned
    } else {
        P::HandedOver
    };
    let due_at = lost_at(desk, &row, &order).filter(|_| phase == P::HandedOver);
    desk.tell_parcel(&mut row, ParcelEvent::Moved { due_at, phase });
    let is_carrier = taker.kind == PartyKind::Carrier;
    if is_carrier && order.carrier.is_none() && !order.phase.is_end() {
        desk.tell_order(&mut order, OrderEvent::Carried { carrier: taker.id });
    }
    let next = match (order.phase, phase) {
        (OrderPhase::Packed | OrderPhase::Confirmed, P::HandedOver) if is_carrier => true,
        (OrderPhase::Confirmed | OrderPhase::InTransit, P::AtShop) => true,
        _ => false,
    };
    if next {
        pass(desk, &mut order, &row);
    }
    Ok(())
}

/// One box has reached the next station; with the last one the order has. A box that was faster
/// than the others, or is lost, does not pass the stations after it once more.
fn pass(desk: &mut Desk<'_>, order: &mut Order, row: &Parcel) {
    let state = desk.state;
    let phase = |id: &ParcelId| {
        let other = state.parcel.get(id).filter(|other| other.id != row.id);
        other.map_or(row.phase, |other| other.phase)
    };
    desk.tell_order(order, OrderEvent::ParcelPassed { parcel: row.id });
    while order.parcels.values().all(|has_passed| *has_passed) {
        let all_there = order.parcels.keys().all(|id| is_past(OrderPhase::InTransit, phase(id)));
        match order.phase {
            OrderPhase::Packed => sale::shipped(desk, order),
            OrderPhase::Confirmed if !all_there => {
                let phase = OrderPhase::InTransit;
                desk.tell_order(order, OrderEvent::Reached { due_at: None, phase });
            }
            OrderPhase::Confirmed | OrderPhase::InTransit => purchase::arrived(desk, order),
            OrderPhase::Shipped => sale::delivered(desk, order),
            OrderPhase::AtShop => purchase::picked_up(desk, order),
            _ => return,
        }
        let ahead: Vec<ParcelId> =
            order.parcels.keys().filter(|id| is_past(order.phase, phase(id))).copied().collect();
        for parcel in ahead {
            desk.tell_order(order, OrderEvent::ParcelPassed { parcel });
        }
    }
}

/// Whether a box has passed what an order waits for after this station.
const fn is_past(station: OrderPhase, phase: P) -> bool {
    match station {
        OrderPhase::Shipped => matches!(phase, P::Delivered | P::Lost),
        OrderPhase::InTransit => matches!(phase, P::AtShop | P::PickedUp | P::Lost),
        OrderPhase::AtShop => matches!(phase, P::PickedUp | P::Lost),
        _ => false,
    }
}

/// When the clock gives a parcel up. Only for what comes to the village, and for animals: a box on
/// its way to a buyer is often delivered without a scan, and he can say so if it is not.
fn lost_at(desk: &Desk<'_>, row: &Parcel, order: &Order) -> Option<Instant> {
    let policy = &desk.policy().parcel;
    if row.is_live {
        return Some(desk.in_hours(policy.lost_live_hours));
    }
    (order.flow == Flow::Purchase).then(|| desk.in_days(policy.lost_days))
}

/// The carrier's word that the buyer has it. The buyer's days to look begin with the last box.
fn deliver(desk: &mut Desk<'_>, mut row: Parcel, mut order: Order) {
    let phase = P::Delivered;
    desk.tell_parcel(&mut row, ParcelEvent::Moved { due_at: None, phase });
    if order.phase == OrderPhase::Shipped {
        pass(desk, &mut order, &row);
    }
}

/// Hands the box over for the right code. A wrong one is only refused here and counted by a command
/// of its own, because a refusal changes nothing (M-3).
fn pick_up(
    desk: &mut Desk<'_>,
    mut row: Parcel,
    mut order: Order,
    typed: CodeDigest,
    proxy: Option<PartyId>,
) -> Result<(), Refusal> {
    // Only whom the household itself named may come in its place.
    if proxy.is_some() && proxy != row.proxy {
        return Err(not_allowed(desk.command));
    }
    let code = unlocked(desk, &row)?;
    if code.digest != typed.0 {
        let max = desk.policy().parcel.pickup_code_tries_max;
        let tries_left = max.saturating_sub(code.tries.wrong).saturating_sub(1);
        return Err(MarketRefusal::WrongCode { tries_left }.into());
    }
    let phase = P::PickedUp;
    desk.tell_parcel(&mut row, ParcelEvent::Moved { due_at: None, phase });
    if order.phase == OrderPhase::AtShop {
        pass(desk, &mut order, &row);
    }
    Ok(())
}

/// The pick-up code, unless too many wrong tries have locked it for now (M-42).
fn unlocked(desk: &Desk<'_>, row: &Parcel) -> Result<PickupCode, Refusal> {
    let code = row.code.ok_or_else(|| illegal(row.phase.name(), &["take"]))?;
    match code.tries.locked_until.filter(|until| *until > desk.now.at) {
        Some(locked_until) => Err(MarketRefusal::CodeLocked { locked_until }.into()),
        None => Ok(code),
    }
}

/// Counts a wrong try; at the policy's fifth the code locks for 15 minutes, so that six digits
/// cannot be guessed at the counter (M-42).
fn wrong_code(desk: &mut Desk<'_>, mut row: Parcel) -> Result<(), Refusal> {
    let code = unlocked(desk, &row)?;
    let policy = &desk.policy().parcel;
    let wrong = code.tries.wrong.saturating_add(1);
    let tries = if wrong >= policy.pickup_code_tries_max {
        let seconds = policy.pickup_lock_minutes.saturating_mul(60);
        PinTries { locked_until: Some(desk.now.at.plus_seconds(seconds)), wrong: 0 }
    } else {
        PinTries { locked_until: None, wrong }
    };
    desk.tell_parcel(&mut row, ParcelEvent::CodeTried { tries });
    Ok(())
}

/// Only within the hours of the policy after the last scan: later, nobody could tell in whose hands
/// it happened. Needs pictures that were never used before (M-55).
fn damage(desk: &mut Desk<'_>, mut row: Parcel, photos: &[Photo]) -> Result<(), Refusal> {
    if photos.is_empty() {
        return Err(MarketRefusal::PhotoNeeded.into());
    }
    check_count("photos", photos.len(), PHOTOS_MAX)?;
    let seconds = desk.policy().parcel.damage_hours.saturating_mul(3_600);
    let last_scan = row.hops.last().and_then(|hop| hop.took_at.max(hop.gave_at));
    if let Some(ended_at) = last_scan.map(|at| at.plus_seconds(seconds))
        && desk.now.at > ended_at
    {
        return Err(MarketRefusal::WindowOver { ended_at }.into());
    }
    desk.use_photos(photos)?;
    desk.tell_parcel(&mut row, ParcelEvent::Damaged { photos: photos.to_vec() });
    Ok(())
}

/// Nobody found it: the buyer is made whole first, whoever is liable.
fn lost(desk: &mut Desk<'_>, mut row: Parcel, mut order: Order) -> Result<(), Refusal> {
    let phase = P::Lost;
    desk.tell_parcel(&mut row, ParcelEvent::Moved { due_at: None, phase });
    // Only a carrier gets a mark for losing what he held.
    if desk.party(row.holder)?.kind == PartyKind::Carrier {
        let about = (Some(order.id), order.goods_minor());
        desk.fact((EvidenceKind::Carriage, false), row.holder, order.buyer, about);
    }
    if order.phase.is_end() || order.paid_minor == 0 {
        return Ok(());
    }
    let state = desk.state;
    let mut others = order.parcels.keys().filter(|id| **id != row.id);
    if others.any(|id| state.parcel.get(id).is_some_and(|other| other.phase != P::Lost)) {
        // Which of its goods were in it, the buyer says in a dispute; the other boxes go on.
        pass(desk, &mut order, &row);
        return Ok(());
    }
    desk.purpose("parcel.lost");
    escrow::refund_all(desk, &mut order)?;
    desk.tell_order(&mut order, OrderEvent::DueSet { due_at: None });
    escrow::complete_if_empty(desk, &mut order);
    Ok(())
}

/// The county notes that the carrier owes for the box, once for each box, in minor units. It makes
/// the seller's side whole before the carrier has paid (M-43).
fn accept_claim(
    desk: &mut Desk<'_>,
    mut row: Parcel,
    order: &Order,
    amount_minor: i64,
) -> Result<(), Refusal> {
    let carrier = order.carrier.filter(|_| row.claim.is_none());
    let carrier = carrier.ok_or_else(|| illegal(row.phase.name(), &["pay_claim"]))?;
    escrow::claim_carrier(desk, order, (carrier, amount_minor))?;
    let claim = CarrierClaim { amount_minor, carrier, is_paid: false };
    desk.tell_parcel(&mut row, ParcelEvent::ClaimAccepted(claim));
    Ok(())
}

/// The carrier's money came: debits the bank (1010), credits his claim (1210).
fn pay_claim(desk: &mut Desk<'_>, mut row: Parcel) -> Result<(), Refusal> {
    let claim = row.claim.filter(|claim| !claim.is_paid);
    let claim = claim.ok_or_else(|| illegal(row.phase.name(), &["accept_claim"]))?;
    desk.purpose("carrier.claim.paid");
    desk.debit(AccountKey::village(Code::BANK_ESCROW), claim.amount_minor);
    desk.credit(AccountKey::party(Code::CLAIM_CARRIER, claim.carrier), claim.amount_minor);
    desk.tell_parcel(&mut row, ParcelEvent::ClaimPaid);
    Ok(())
}

/// No scan for too long.
pub(super) fn time_out(desk: &mut Desk<'_>, timer: Timer) -> Result<(), Refusal> {
    let row = parcel(desk, ParcelId::from_bits(timer.subject))?.clone();
    if row.due_at != Some(timer.due_at) {
        return Ok(());
    }
    let order = desk.order(row.order)?.clone();
    if order.phase == OrderPhase::Completed {
        // Its buyer has it, though nobody scanned that.
        let mut row = row;
        desk.tell_parcel(&mut row, ParcelEvent::DueSet { due_at: None });
        return Ok(());
    }
    lost(desk, row, order)
}
