//! Rules of pools: opened by the cooperative, closed by the clock, accounted, approved by two of the
//! board, open to every member's objection, then paid to the fen. Source: `30-market` 2.7, rules
//! C-30 to C-49.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Desk, check_count, check_range, check_text, check_version, exists, illegal, not_allowed,
    unknown,
};
use crate::command::{EvidenceKind, Proof};
use crate::effect::{Effect, Timer, TimerKind};
use crate::id::{LotId, OrderId, PartyId, PoolId};
use crate::ledger::posting::check_positive;
use crate::ledger::{AccountKey, Code};
use crate::market::command::PoolCommand as C;
use crate::market::listing::Photo;
use crate::market::lot::Grade;
use crate::market::pool::LotClaim;
use crate::market::share::{Due, Statement};
use crate::market::shelf::PoolSales;
use crate::market::split::{largest_remainder, total};
use crate::market::{
    CooperativeEvent, LINES_MAX, OrderEvent, OrderPhase, Pool, PoolEvent, PoolPhase as P, Shelf,
    ShelfEvent,
};
use crate::party::{Module, PartyKind};
use crate::refusal::{MarketRefusal, PartyRefusal, Refusal};
use crate::time::Date;

/// The dearest kilogram, in minor units.
const FLOOR_MAX: i64 = 1_000_000;

/// What can be asked of a pool where it is.
pub(super) const fn allowed(phase: P) -> &'static [&'static str] {
    match phase {
        P::Open => &["close", "sell_locally", "claim"],
        P::Closed => &["account", "sell_locally", "claim"],
        P::Accounted => &["approve", "object"],
        P::Approved => &["object"],
        P::Paid => &["cover"],
    }
}

pub(super) fn decide(
    desk: &mut Desk<'_>,
    id: PoolId,
    version: Option<u32>,
    command: &C,
) -> Result<(), Refusal> {
    if let C::Open { .. } = command {
        return open(desk, id, command);
    }
    let mut row = pool(desk, id)?;
    check_actor(desk, command)?;
    check_version(row.version, version)?;
    let name = command.kind().strip_prefix("pool.").unwrap_or_default();
    if !allowed(row.phase).contains(&name) {
        return Err(illegal(row.phase.name(), allowed(row.phase)));
    }
    match command {
        C::Open { .. } => Ok(()),
        C::SellLocally { amount_minor, grams, shop } => {
            sell_locally(desk, &row, (*amount_minor, *grams), *shop)
        }
        C::Claim { amount_minor, lot, order, photos, reason } => {
            check_text("reason", reason)?;
            claim(desk, &row, (*lot, *order, *amount_minor), photos)
        }
        C::Close => {
            if desk.now.today <= row.to {
                return Err(illegal(row.phase.name(), &[]));
            }
            check_clear(desk, &row)?;
            close(desk, row);
            Ok(())
        }
        C::Account => {
            let net_minor = desk.available_minor(row.account());
            let shared_bps = desk.policy().cooperative.claim_shared_bps;
            let sales = shelf(desk, id).map(|shelf| shelf.sales).unwrap_or_default();
            let statement = Some(Statement::of(&row, sales, net_minor, shared_bps));
            tell(desk, &mut row, PoolEvent::Accounted { net_minor, statement });
            Ok(())
        }
        C::Approve { proof } => approve(desk, row, proof),
        C::Object { proof, reason } => {
            check_text("reason", reason)?;
            object(desk, row, proof, reason)
        }
        C::Cover => cover(desk, row),
    }
}

// Members approve and object by their own proof, whoever holds the device; cash is taken by whoever
// answers for the drawer; everything else is the bookkeeper's.
fn check_actor(desk: &Desk<'_>, command: &C) -> Result<(), Refusal> {
    match command {
        C::Approve { .. } | C::Object { .. } => Ok(()),
        C::SellLocally { shop: Some(_), .. } => desk.agent(Module::M1).map(drop),
        C::SellLocally { shop: None, .. } => desk.staff().map(drop),
        _ => check_cooperative(desk),
    }
}

/// The pool with this id in the command's village.
pub(super) fn pool(desk: &Desk<'_>, id: PoolId) -> Result<Pool, Refusal> {
    let known = desk.state.pool.get(&id).filter(|row| row.village == desk.command.village);
    known.cloned().ok_or_else(|| unknown(id))
}

/// The store of the pool behind an account, where there is one: goods may have an account alone.
pub(super) fn behind<'a>(desk: &Desk<'a>, account: AccountKey) -> Option<&'a Shelf> {
    if account.code != Code::POOL {
        return None;
    }
    shelf(desk, PoolId::from_bits(account.owner))
}

/// The store of a pool.
fn shelf<'a>(desk: &Desk<'a>, id: PoolId) -> Option<&'a Shelf> {
    desk.state.shelf.get(&id).filter(|row| row.village == desk.command.village)
}

/// Writes an event of a pool and shows it in the given row.
pub(super) fn tell(desk: &mut Desk<'_>, row: &mut Pool, event: PoolEvent) {
    let before = row.due_at;
    row.apply(&event);
    desk.effects.push(Effect::Pool { event, pool: row.id });
    desk.retime(TimerKind::Pool, row.id.bits(), before, row.due_at);
}

/// Fruit that left a pool's store, and money that came or went for it.
#[derive(Default)]
pub(super) struct Booking {
    /// What left it, by the day it was picked, in grams.
    pub(super) packed: BTreeMap<Date, i64>,
    /// How many more orders are on their way.
    pub(super) pending: i32,
    /// What was earned and what it cost.
    pub(super) sales: PoolSales,
}

/// Notes it in the pool's store, beside whatever else happens to the pool.
pub(super) fn book(desk: &mut Desk<'_>, pool: PoolId, booking: Booking) {
    let Booking { packed, pending, sales } = booking;
    if !packed.is_empty() || pending != 0 || sales != PoolSales::default() {
        let event = ShelfEvent::Booked { packed, pending, sales };
        desk.effects.push(Effect::Shelf { event, pool });
    }
}

/// Charges what went back to buyers to the lots whose fruit it was.
pub(super) fn charge(desk: &mut Desk<'_>, pool: PoolId, claims: BTreeMap<LotId, LotClaim>) {
    desk.effects.push(Effect::Pool { event: PoolEvent::Claimed { claims }, pool });
}

fn check_cooperative(desk: &Desk<'_>) -> Result<(), Refusal> {
    let kind = desk.actor()?.kind;
    if matches!(kind, PartyKind::Cooperative | PartyKind::Staff) {
        return Ok(());
    }
    Err(not_allowed(desk.command))
}

/// Neither a doubt nor an order may be open: what they bring would be shared with nobody.
fn check_clear(desk: &Desk<'_>, row: &Pool) -> Result<(), Refusal> {
    if let Some(lot) = row.contested.first() {
        return Err(MarketRefusal::LotContested { lot: *lot }.into());
    }
    match shelf(desk, row.id).map_or(0, |shelf| shelf.pending) {
        0 => Ok(()),
        count => Err(MarketRefusal::OrdersOpen { count }.into()),
    }
}

fn close(desk: &mut Desk<'_>, mut row: Pool) {
    tell(desk, &mut row, PoolEvent::Closed);
    if shelf(desk, row.id).is_some() {
        desk.effects.push(Effect::Shelf { event: ShelfEvent::Closed, pool: row.id });
    }
}

fn open(desk: &mut Desk<'_>, id: PoolId, command: &C) -> Result<(), Refusal> {
    let C::Open { floor_minor_per_kg, from, grade, to, variety } = command else {
        return Err(not_allowed(desk.command));
    };
    check_cooperative(desk)?;
    if desk.state.pool.get(&id).is_some() || id.bits() == 0 {
        return Err(exists(id));
    }
    check_text("variety", variety)?;
    check_range("floor_minor_per_kg", *floor_minor_per_kg, 0, FLOOR_MAX)?;
    if to < from || *grade == Grade::Cull {
        let missing = "to".to_owned();
        return Err(MarketRefusal::ListingIncomplete { missing }.into());
    }
    let days = to.days_since(desk.now.today).max(0);
    let days = u32::try_from(days).unwrap_or(0).saturating_add(1);
    let due_at = desk.in_days(days.saturating_add(desk.policy().cooperative.claims_close_days));
    let actor = desk.actor()?;
    let row = Pool {
        approved_by: BTreeSet::new(),
        carried_minor: 0,
        claims: BTreeMap::new(),
        contested: BTreeSet::new(),
        cooperative: (actor.kind == PartyKind::Cooperative).then_some(actor.id),
        due_at: Some(due_at),
        floor_minor_per_kg: *floor_minor_per_kg,
        from: *from,
        grade: *grade,
        id,
        lots: BTreeSet::new(),
        net_minor: 0,
        phase: P::Open,
        ratified: None,
        shares: BTreeMap::new(),
        statement: None,
        to: *to,
        variety: variety.clone(),
        version: 0,
        village: desk.command.village,
        weighers: BTreeSet::new(),
    };
    desk.retime(TimerKind::Pool, id.bits(), None, row.due_at);
    desk.effects.push(Effect::Pool { event: PoolEvent::Opened(Box::new(row)), pool: id });
    let event = ShelfEvent::Opened(Box::new(Shelf::new(id, desk.command.village)));
    desk.effects.push(Effect::Shelf { event, pool: id });
    Ok(())
}

/// Sells what is left, or by the truck: cash into a counted drawer, or what the staff sees at the
/// bank.
fn sell_locally(
    desk: &mut Desk<'_>,
    row: &Pool,
    (amount_minor, grams): (i64, i64),
    shop: Option<PartyId>,
) -> Result<(), Refusal> {
    check_positive(desk.policy(), amount_minor)?;
    let there = shelf(desk, row.id).ok_or_else(|| unknown(row.id))?;
    check_range("grams", grams, 1, there.left_g())?;
    let packed = there.first_in(grams);
    let till = match shop {
        Some(shop) => {
            let drawer = AccountKey::party(Code::DRAWER, shop);
            super::super::till::check_open(desk.state, desk.command, shop)?;
            let (state, command, now) = (desk.state, desk.command, desk.now);
            super::super::till::check_drawer(state, command, drawer, amount_minor, now)?;
            drawer
        }
        None => AccountKey::village(Code::BANK_ESCROW),
    };
    desk.purpose("pool.sold_locally");
    desk.debit(till, amount_minor);
    open_account(desk, row.account());
    desk.credit(row.account(), amount_minor);
    let sales = PoolSales { local_g: grams, local_minor: amount_minor, ..PoolSales::default() };
    book(desk, row.id, Booking { packed, sales, ..Booking::default() });
    Ok(())
}

/// A pool's account opens with its first proceeds.
pub(super) fn open_account(desk: &mut Desk<'_>, account: AccountKey) {
    if account.code == Code::POOL {
        desk.open(account, format!("P-{:08X}", account.owner & 0xffff_ffff));
    }
}

/// A complaint that came after the order's money had: the pool pays it, and it is the lot's.
fn claim(
    desk: &mut Desk<'_>,
    row: &Pool,
    (lot, order, amount_minor): (LotId, OrderId, i64),
    photos: &[Photo],
) -> Result<(), Refusal> {
    check_positive(desk.policy(), amount_minor)?;
    check_count("photos", photos.len(), LINES_MAX)?;
    let mut order = desk.order(order)?.clone();
    if order.phase != OrderPhase::Completed {
        return Err(illegal(order.phase.name(), super::sale::allowed(&order)));
    }
    let brought = desk.state.lot.get(&lot).and_then(|lot| lot.grams_in(row.id));
    let part = order.lots.get(&lot).filter(|part| part.pool == row.id);
    let (Some(grams), Some(part)) = (brought, part.copied()) else {
        return Err(MarketRefusal::NotItsPool { pool: row.id }.into());
    };
    let max_minor = order.released.goods_minor.saturating_sub(order.goodwill_minor);
    if amount_minor > max_minor {
        return Err(MarketRefusal::ClaimTooLarge { max_minor }.into());
    }
    desk.use_photos(photos)?;
    desk.purpose("pool.claim");
    let wallet = desk.party(order.buyer)?.wallet();
    desk.debit(row.account(), amount_minor);
    desk.credit(wallet, amount_minor);
    let event = OrderEvent::GoodwillGiven { amount_minor, commission_minor: 0 };
    desk.tell_order(&mut order, event);
    let sales = PoolSales { claims_minor: amount_minor, ..PoolSales::default() };
    let claim = LotClaim { grams, household: part.household, minor: amount_minor };
    charge(desk, row.id, BTreeMap::from([(lot, claim)]));
    book(desk, row.id, Booking { sales, ..Booking::default() });
    Ok(())
}

/// The household of a member who takes part by his own proof, if he belongs to the cooperative.
fn home_of(desk: &Desk<'_>, row: &Pool, proof: &Proof) -> Result<PartyId, Refusal> {
    let member = desk.party_of_kind(proof.member, PartyKind::Member)?;
    let home = member.household.unwrap_or(member.id);
    let register = row.cooperative.and_then(|id| desk.state.cooperative.get(&id));
    if register.is_some_and(|cooperative| !cooperative.is_member(home)) {
        return Err(MarketRefusal::NotMember { party: member.id }.into());
    }
    Ok(home)
}

/// The same, if he may approve: he is of the board, and no one of his house weighed.
fn board_member(desk: &Desk<'_>, row: &Pool, proof: &Proof) -> Result<PartyId, Refusal> {
    let home = home_of(desk, row, proof)?;
    let register = row.cooperative.and_then(|id| desk.state.cooperative.get(&id));
    let is_of_board =
        register.is_none_or(|cooperative| cooperative.register.board.contains(&proof.member));
    if !is_of_board {
        return Err(MarketRefusal::NotMember { party: proof.member }.into());
    }
    let mut weighers = row.weighers.iter().filter_map(|weigher| desk.party(*weigher).ok());
    if weighers.any(|weigher| weigher.household == Some(home)) {
        return Err(MarketRefusal::NotIndependent { party: proof.member }.into());
    }
    Ok(home)
}

// Two members of two households, neither that of a weigher: only the second approval
// starts the time in which every member may object.
fn approve(desk: &mut Desk<'_>, mut row: Pool, proof: &Proof) -> Result<(), Refusal> {
    let home = board_member(desk, &row, proof)?;
    let same_home = row.approved_by.iter().any(|by| {
        *by == proof.member || desk.party(*by).is_ok_and(|party| party.household == Some(home))
    });
    if same_home {
        return Err(PartyRefusal::SecondPersonNeeded.into());
    }
    super::purchase::prove(desk, home, proof)?;
    let is_second = !row.approved_by.is_empty();
    let hours = desk.policy().cooperative.objection_hours;
    let due_at = is_second.then(|| desk.in_hours(hours));
    tell(desk, &mut row, PoolEvent::Approved { by: proof.member, due_at });
    Ok(())
}

fn object(desk: &mut Desk<'_>, mut row: Pool, proof: &Proof, reason: &str) -> Result<(), Refusal> {
    let home = home_of(desk, &row, proof)?;
    if let Some(vote) = row.ratified {
        return Err(MarketRefusal::DecidedByVote { vote }.into());
    }
    super::purchase::prove(desk, home, proof)?;
    let (by, reason) = (proof.member, reason.to_owned());
    tell(desk, &mut row, PoolEvent::Objected { by, reason });
    Ok(())
}

/// The time for claims is over, or nobody objected.
pub(super) fn time_out(desk: &mut Desk<'_>, timer: Timer) -> Result<(), Refusal> {
    let mut row = pool(desk, PoolId::from_bits(timer.subject))?;
    if row.due_at != Some(timer.due_at) {
        return Ok(());
    }
    match row.phase {
        P::Open => {
            // A doubt or an open order holds it a day at a time: each of them has an end.
            match check_clear(desk, &row) {
                Ok(()) => close(desk, row),
                Err(_) => {
                    let due_at = desk.in_days(1);
                    tell(desk, &mut row, PoolEvent::Deferred { due_at });
                }
            }
            Ok(())
        }
        P::Approved => pay(desk, row),
        P::Closed | P::Accounted | P::Paid => Ok(()),
    }
}

/// Everybody gets his part of what was accounted. Where the advance was more than that, the reserve
/// bears the rest, and what it cannot bear the pool carries: it is nobody's debt.
fn pay(desk: &mut Desk<'_>, mut row: Pool) -> Result<(), Refusal> {
    let policy_bps = desk.policy().cooperative.claim_shared_bps;
    let shared_bps = row.statement.map_or(policy_bps, |statement| statement.shared_bps);
    let dues = row.dues(row.net_minor, shared_bps);
    if total(dues.values().map(|due| due.due_minor)) != row.net_minor {
        // Money without fruit: there is nobody to pay, and what is there stays there.
        return Ok(());
    }
    desk.purpose("pool.closed");
    desk.debit(row.account(), row.net_minor);
    let settled = total(dues.values().map(|due| due.settled_minor));
    desk.credit(row.advances(), settled);
    let mut paid = BTreeMap::new();
    for (household, due) in &dues {
        let wallet = desk.party(*household)?.wallet();
        desk.credit(wallet, due.pay_minor);
        super::credit::sweep(desk, *household, due.pay_minor);
        paid.insert(*household, due.pay_minor);
    }
    let advanced = total(row.shares.values().map(|share| share.advance_minor));
    let short = advanced.saturating_sub(settled);
    let carried_minor = short.saturating_sub(cover_from_reserve(desk, &row, short, 0));
    tell(desk, &mut row, PoolEvent::Paid { carried_minor, paid });
    note_delivery(desk, &row, &dues);
    Ok(())
}

/// Covers advances that were not earned out of the reserve, which `more_minor` was just added to;
/// says how much.
fn cover_from_reserve(desk: &mut Desk<'_>, row: &Pool, short: i64, more_minor: i64) -> i64 {
    let Some(cooperative) = row.cooperative else { return 0 };
    let reserve = AccountKey::party(Code::COOPERATIVE_RESERVE, cooperative);
    let there = desk.available_minor(reserve).saturating_add(more_minor);
    let covered = short.min(there);
    if covered > 0 {
        desk.debit(reserve, covered);
        desk.credit(row.advances(), covered);
    }
    covered
}

/// What a payout says of its members: their patronage, and what they have proved. A delivery proves
/// something as far as the pool's own outside sales cover it: a clerk cannot mint it.
fn note_delivery(desk: &mut Desk<'_>, row: &Pool, dues: &BTreeMap<PartyId, Due>) {
    let Some(cooperative) = row.cooperative else { return };
    let due: BTreeMap<PartyId, i64> = dues
        .iter()
        .filter(|(_, due)| due.due_minor > 0)
        .map(|(household, due)| (*household, due.due_minor))
        .collect();
    let weights: Vec<_> = due.iter().map(|(household, minor)| (*household, *minor)).collect();
    let sales = row.statement.map(|statement| statement.sales).unwrap_or_default();
    let proven = row.net_minor.min(sales.proven_minor).max(0);
    for (household, value_minor) in largest_remainder(proven, &weights) {
        if value_minor > 0 {
            let about = (None, value_minor);
            desk.fact((EvidenceKind::Sale, true), household, cooperative, about);
        }
    }
    if desk.state.cooperative.get(&cooperative).is_some() && !due.is_empty() {
        let event = CooperativeEvent::Delivered { due };
        desk.effects.push(Effect::Cooperative { cooperative, event });
    }
}

/// What came to a pool after it was paid goes to the reserve, and the reserve bears what the pool
/// still carries.
fn cover(desk: &mut Desk<'_>, mut row: Pool) -> Result<(), Refusal> {
    let Some(cooperative) = row.cooperative else { return Err(not_allowed(desk.command)) };
    let reserve = AccountKey::party(Code::COOPERATIVE_RESERVE, cooperative);
    desk.purpose("pool.covered");
    let late = desk.available_minor(row.account());
    desk.open(reserve, "reserve".to_owned());
    desk.debit(row.account(), late);
    desk.credit(reserve, late);
    let minor = cover_from_reserve(desk, &row, row.carried_minor, late);
    if minor == 0 && late == 0 {
        return Err(MarketRefusal::NothingToCover { carried_minor: row.carried_minor }.into());
    }
    tell(desk, &mut row, PoolEvent::Covered { minor });
    Ok(())
}
