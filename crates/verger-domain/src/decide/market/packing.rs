//! Rules of pooled fruit in boxes: which lots it may come from, and what its sale means for them.
//! Owns the way from an order's money to the pool's account and its lots; the money itself is moved
//! by `escrow`. Source: rules C-20 to C-23, C-31.

use std::collections::BTreeMap;

use super::pool::{self, Booking};
use super::{Desk, illegal};
use crate::effect::Effect;
use crate::id::{LotId, PartyId, PoolId};
use crate::ledger::AccountKey;
use crate::market::command::Boxed;
use crate::market::dispute::Fault;
use crate::market::order::{LineState, LotPart};
use crate::market::parcel::Content;
use crate::market::pool::LotClaim;
use crate::market::shelf::PoolSales;
use crate::market::split::{Released, largest_remainder, total};
use crate::market::{Lot, LotEvent, Order, OrderEvent, OrderLine, PoolPhase, Shelf};
use crate::party::{CodeOf, PartyKind};
use crate::refusal::{MarketRefusal, Refusal};
use crate::time::Date;

/// What is too little of a day's picking to look for it before a newer one, in grams: a few fruits.
const CRUMB_G: i64 = 1_000;

/// What of each lot is in the boxes.
type Taken = BTreeMap<LotId, LotPart>;

/// Takes the fruit in boxes out of the pools that the order's lines are sold for. Each box names
/// lots that are there, of the household that it names, what was picked first first.
pub(super) fn take(desk: &mut Desk<'_>, order: &Order, boxes: &[Boxed]) -> Result<Taken, Refusal> {
    let shelves = shelves_of(desk, order);
    if shelves.is_empty() {
        return Ok(Taken::new());
    }
    let closed = shelves.values().find(|shelf| !shelf.is_open);
    if closed.is_some() {
        let phase = PoolPhase::Closed;
        return Err(illegal(phase.name(), pool::allowed(phase)));
    }
    // What is not sold for a pool has marks of its own.
    let is_mixed = order.lines.iter().any(|line| pool::behind(desk, line.proceeds).is_none());
    let (mut taken, mut days) = (Taken::new(), BTreeMap::new());
    for content in boxes.iter().flat_map(|packed| &packed.contents) {
        match lot_of(desk, content, &shelves) {
            Some((lot, pool)) => add(&mut taken, &mut days, (lot, pool), content)?,
            None if is_mixed => {}
            None => {
                let subject = content.lot.to_string();
                return Err(MarketRefusal::SubjectUnknown { subject }.into());
            }
        }
    }
    for (lot, part) in &taken {
        check_left(desk, *lot, part)?;
        let event = LotEvent::Packed { grams: part.grams, pool: part.pool };
        desk.effects.push(Effect::Lot { event, lot: *lot });
    }
    for (id, packed) in days {
        if let Some(shelf) = shelves.get(&id) {
            check_first(desk, shelf, &packed, &taken)?;
        }
        pool::book(desk, id, Booking { packed, pending: 1, ..Booking::default() });
    }
    Ok(taken)
}

/// The stores of the pools that an order's lines are sold for.
fn shelves_of<'a>(desk: &Desk<'a>, order: &Order) -> BTreeMap<PoolId, &'a Shelf> {
    let shelves = order.lines.iter().filter_map(|line| pool::behind(desk, line.proceeds));
    shelves.map(|shelf| (shelf.id, shelf)).collect()
}

/// The lot that a box names, and which of the order's pools it is in.
fn lot_of<'a>(
    desk: &Desk<'a>,
    content: &Content,
    shelves: &BTreeMap<PoolId, &Shelf>,
) -> Option<(&'a Lot, PoolId)> {
    let key = (desk.command.village, CodeOf::Lot, content.lot.clone());
    let bits = desk.state.code.get(&key)?;
    let lot = desk.state.lot.get(&LotId::from_bits(*bits))?;
    let pool = lot.pools.values().find(|pool| shelves.contains_key(pool))?;
    Some((lot, *pool))
}

fn add(
    taken: &mut Taken,
    days: &mut BTreeMap<PoolId, BTreeMap<Date, i64>>,
    (lot, pool): (&Lot, PoolId),
    content: &Content,
) -> Result<(), Refusal> {
    if lot.household != content.maker {
        return Err(MarketRefusal::NotOfLot { lot: lot.id, maker: content.maker }.into());
    }
    if lot.contest.is_some() {
        // What is doubted is kept apart: it could not be weighed again otherwise.
        return Err(MarketRefusal::LotContested { lot: lot.id }.into());
    }
    let household = lot.household;
    let part = taken.entry(lot.id).or_insert(LotPart { grams: 0, household, pool });
    part.grams = part.grams.saturating_add(content.grams);
    let day = days.entry(pool).or_default().entry(lot.picked_on).or_default();
    *day = day.saturating_add(content.grams);
    Ok(())
}

/// No lot gives more than it has.
fn check_left(desk: &Desk<'_>, lot: LotId, part: &LotPart) -> Result<(), Refusal> {
    let row = desk.state.lot.get(&lot);
    let there = row.and_then(|row| row.grams_in(part.pool)).unwrap_or(0);
    let left_g = there.saturating_sub(row.map_or(0, |row| row.packed_g(part.pool)));
    if part.grams > left_g {
        return Err(MarketRefusal::LotTooSmall { left_g, lot }.into());
    }
    Ok(())
}

/// What was picked first is packed first: before a day is touched, the days before it are empty but
/// for crumbs.
fn check_first(
    desk: &Desk<'_>,
    shelf: &Shelf,
    packed: &BTreeMap<Date, i64>,
    taken: &Taken,
) -> Result<(), Refusal> {
    let newest = packed.keys().next_back().copied();
    for (day, left_g) in &shelf.days {
        let rest = left_g.saturating_sub(packed.get(day).copied().unwrap_or(0));
        if Some(*day) < newest && rest >= CRUMB_G {
            return Err(MarketRefusal::NotFirstIn { day: *day }.into());
        }
    }
    for (day, grams) in packed {
        let left_g = shelf.days.get(day).copied().unwrap_or(0);
        if *grams > left_g {
            // The lot has it, but its day's fruit was sold otherwise.
            let picked = |lot: &LotId| desk.state.lot.get(lot).map(|row| row.picked_on);
            let lot = taken.keys().find(|lot| picked(lot) == Some(*day));
            let lot = lot.copied().unwrap_or_else(|| LotId::from_bits(0));
            return Err(MarketRefusal::LotTooSmall { left_g, lot }.into());
        }
    }
    Ok(())
}

/// Notes in the pools what a release of an order brought each of them, and what it cost: goods less
/// fees and box are what its account received.
pub(super) fn earn(
    desk: &mut Desk<'_>,
    order: &Order,
    step: &Released,
    rest: &[(AccountKey, i64)],
) {
    if shelves_of(desk, order).is_empty() {
        return;
    }
    let goods: BTreeMap<AccountKey, i64> = open_goods(order);
    let weights: Vec<_> = goods.iter().map(|(account, minor)| (*account, *minor)).collect();
    let parts =
        |minor: i64| largest_remainder(minor, &weights).into_iter().collect::<BTreeMap<_, _>>();
    let (platform, commission, fee) =
        (parts(step.platform_minor), parts(step.commission_minor), parts(step.cooperative_minor));
    // What neighbours buy is no outside money: it pays the members, but proves nothing.
    let is_outside = desk.party(order.buyer).is_ok_and(|buyer| buyer.kind == PartyKind::Buyer);
    let is_honest = !order.is_self_dealing && !order.is_dishonest;
    let is_proof = order.carrier.is_some() && is_honest && is_outside;
    for (account, minor) in rest {
        let Some(id) = pool::behind(desk, *account).map(|shelf| shelf.id) else { continue };
        let of = |parts: &BTreeMap<AccountKey, i64>| parts.get(account).copied().unwrap_or(0);
        let goods_minor = of(&goods);
        let fees = of(&platform).saturating_add(of(&commission)).saturating_add(of(&fee));
        let sales = PoolSales {
            commission_minor: of(&commission),
            cooperative_minor: of(&fee),
            goods_minor,
            // Where an order is of several pools, the odd fen of their shares stands here.
            packaging_minor: goods_minor.saturating_sub(*minor).saturating_sub(fees),
            platform_minor: of(&platform),
            proven_minor: if is_proof { *minor } else { 0 },
            ..PoolSales::default()
        };
        pool::book(desk, id, Booking { sales, ..Booking::default() });
    }
}

fn open_goods(order: &Order) -> BTreeMap<AccountKey, i64> {
    let open = |line: &&OrderLine| line.state == LineState::Open;
    let mut goods: BTreeMap<AccountKey, i64> = BTreeMap::new();
    for line in order.lines.iter().filter(open) {
        let sum = goods.entry(line.proceeds).or_default();
        *sum = sum.saturating_add(line.left_minor());
    }
    goods
}

/// Notes what a settled complaint took from fruit of a pool: by the seller's fault it is a claim
/// about the lots in the boxes, by another's it was paid for by whoever bears it.
pub(super) fn settle(desk: &mut Desk<'_>, before: &Order, order: &Order, fault: Fault) {
    let mut back: BTreeMap<AccountKey, i64> = BTreeMap::new();
    for (old, new) in before.lines.iter().zip(&order.lines) {
        let sum = back.entry(new.proceeds).or_default();
        *sum = sum.saturating_add(new.refunded_minor.saturating_sub(old.refunded_minor));
    }
    for (account, minor) in back.into_iter().filter(|(_, minor)| *minor > 0) {
        match fault {
            Fault::Seller => bear(desk, order, account, minor),
            // Whoever changed his mind took the goods back; nothing is to be shared.
            Fault::Buyer => {}
            Fault::Carrier | Fault::Agent | Fault::Goodwill => compensate(desk, account, minor),
        }
    }
}

fn bear(desk: &mut Desk<'_>, order: &Order, account: AccountKey, minor: i64) {
    let Some(id) = pool::behind(desk, account).map(|shelf| shelf.id) else { return };
    let parts: Vec<_> = order.lots.iter().filter(|(_, part)| part.pool == id).collect();
    let weights: Vec<_> = parts.iter().map(|(lot, part)| (**lot, part.grams)).collect();
    if total(weights.iter().map(|(_, grams)| *grams)) == 0 {
        return;
    }
    let mut claims = BTreeMap::new();
    for (lot, minor) in largest_remainder(minor, &weights) {
        let grams = desk.state.lot.get(&lot).and_then(|row| row.grams_in(id)).unwrap_or(0);
        let household = order.lots.get(&lot).map(|part| part.household);
        if let Some(household) = household {
            claims.insert(lot, LotClaim { grams, household, minor });
        }
    }
    pool::charge(desk, id, claims);
    let sales = PoolSales { goods_minor: minor, refunded_minor: minor, ..PoolSales::default() };
    pool::book(desk, id, Booking { sales, ..Booking::default() });
}

/// Notes money that came to a pool from somebody else than a buyer.
pub(super) fn compensate(desk: &mut Desk<'_>, account: AccountKey, minor: i64) {
    if let Some(id) = pool::behind(desk, account).map(|shelf| shelf.id) {
        let sales = PoolSales { compensated_minor: minor, ..PoolSales::default() };
        pool::book(desk, id, Booking { sales, ..Booking::default() });
    }
}

/// An order is over: its pools wait for it no more.
pub(super) fn finish(desk: &mut Desk<'_>, order: &mut Order) {
    if !order.is_awaited {
        return;
    }
    let pools: std::collections::BTreeSet<PoolId> =
        order.lots.values().map(|part| part.pool).collect();
    for id in pools {
        pool::book(desk, id, Booking { pending: -1, ..Booking::default() });
    }
    desk.tell_order(order, OrderEvent::NoLongerAwaited);
}

/// Whether a household has fruit of a pool in the order: then the pool's payout proves its delivery,
/// and the order does not prove it a second time.
pub(super) fn is_pooled(order: &Order, household: PartyId) -> bool {
    order.lots.values().any(|part| part.household == household)
}
