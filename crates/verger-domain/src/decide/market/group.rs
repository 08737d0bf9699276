//! Rules of the group purchase: everybody pays the list price into escrow, and has the difference
//! back in the second in which the tier is known. Source: `30-market` 2.10.

use std::collections::BTreeMap;

use super::{
    Desk, check_count, check_range, check_text, check_version, exists, illegal, is_of, not_allowed,
    unknown,
};
use crate::command::Proof;
use crate::effect::{Effect, Timer, TimerKind};
use crate::id::{GroupId, ListingId, PartyId};
use crate::ledger::{AccountKey, Code};
use crate::market::command::GroupCommand as C;
use crate::market::group::Tier;
use crate::market::{Group, GroupEvent, GroupPhase as P, ListingPhase, QUANTITY_MAX, ReturnClass};
use crate::party::{Module, PartyKind};
use crate::refusal::{MarketRefusal, Refusal};

/// The longest time in which households may join, in hours: thirty days.
const HOURS_MAX: i64 = 720;

/// What can be asked of a group purchase where it is.
pub(super) const fn allowed(phase: P) -> &'static [&'static str] {
    match phase {
        P::Open => &["join", "close", "call_off"],
        P::Closed => &["order", "call_off"],
        P::Ordered => &["hand_out", "call_off"],
        P::HandedOut | P::Settled | P::Failed => &[],
    }
}

pub(super) fn decide(
    desk: &mut Desk<'_>,
    id: GroupId,
    version: Option<u32>,
    command: &C,
) -> Result<(), Refusal> {
    if let C::Open { hours, listing, tiers } = command {
        return open(desk, id, *hours, *listing, tiers);
    }
    let mut row = group(desk, id)?;
    match command {
        C::Join { household, .. } => {
            let is_own = desk.is_household(*household) && !desk.is_actor(PartyKind::Agent);
            desk.agent_or(Module::M2, is_own)?;
        }
        _ => {
            let agent = desk.agent(Module::M2)?;
            if agent.id != row.agent {
                return Err(not_allowed(desk.command));
            }
        }
    }
    check_version(row.version, version)?;
    let name = command.kind().strip_prefix("group.").unwrap_or_default();
    if !allowed(row.phase).contains(&name) {
        return Err(illegal(row.phase.name(), allowed(row.phase)));
    }
    match command {
        C::Open { .. } => Ok(()),
        C::Join { household, proof, quantity } => join(desk, row, *household, proof, *quantity),
        C::Close => match row.tier() {
            Some(tier) => close(desk, row, tier),
            None => {
                let needed = row.tiers.first().map_or(0, |tier| tier.from_quantity);
                Err(MarketRefusal::TierNotReached { needed, quantity: row.quantity() }.into())
            }
        },
        C::Order => {
            tell(desk, &mut row, GroupEvent::Ordered);
            Ok(())
        }
        C::HandOut => {
            let listing = super::listing::listing(desk, row.listing)?;
            let policy = &desk.policy().purchase;
            let due_at = match listing.text.class {
                ReturnClass::Live => desk.in_hours(policy.live_hours),
                ReturnClass::Perishable | ReturnClass::Food => {
                    desk.in_hours(policy.perishable_hours)
                }
                _ => desk.in_days(policy.change_of_mind_days.saturating_add(1)),
            };
            tell(desk, &mut row, GroupEvent::HandedOut { due_at });
            Ok(())
        }
        C::CallOff { reason } => {
            check_text("reason", reason)?;
            fail(desk, row)
        }
    }
}

fn group(desk: &Desk<'_>, id: GroupId) -> Result<Group, Refusal> {
    let known = desk.state.group.get(&id).filter(|row| row.village == desk.command.village);
    known.cloned().ok_or_else(|| unknown(id))
}

fn tell(desk: &mut Desk<'_>, row: &mut Group, event: GroupEvent) {
    let before = row.due_at;
    row.apply(&event);
    desk.effects.push(Effect::Group { event, group: row.id });
    desk.retime(TimerKind::Group, row.id.bits(), before, row.due_at);
}

/// Each tier needs more pieces than the one before it and costs less, beginning below the list
/// price: nobody who joins can make it dearer for the others (M-35).
fn open(
    desk: &mut Desk<'_>,
    id: GroupId,
    hours: u32,
    listing: ListingId,
    tiers: &[Tier],
) -> Result<(), Refusal> {
    let agent = desk.agent(Module::M2)?.id;
    if desk.state.group.get(&id).is_some() || id.bits() == 0 {
        return Err(exists(id));
    }
    check_range("hours", i64::from(hours), 1, HOURS_MAX)?;
    let good = super::listing::listing(desk, listing)?;
    desk.party_of_kind(good.text.seller, PartyKind::Supplier)?;
    if good.phase != ListingPhase::Live {
        return Err(MarketRefusal::NotOnSale { listing }.into());
    }
    check_count("tiers", tiers.len(), 8)?;
    let mut before = Tier { from_quantity: 1, price_minor: good.price_minor };
    for tier in tiers {
        let least = i64::from(before.from_quantity).saturating_add(1);
        check_range("from_quantity", i64::from(tier.from_quantity), least, 1_000_000)?;
        let most = before.price_minor.saturating_sub(1);
        check_range("price_minor", tier.price_minor, 1, most)?;
        before = *tier;
    }
    let due_at = Some(desk.in_hours(hours));
    let row = Group {
        agent,
        commission_bps: super::sale::purchase_bps(desk, listing),
        due_at,
        id,
        is_vested: false,
        joined: BTreeMap::new(),
        list_price_minor: good.price_minor,
        listing,
        phase: P::Open,
        platform_bps: desk.policy().fees.platform_bps,
        released: crate::market::split::Released::default(),
        supplier: good.text.seller,
        tiers: tiers.to_vec(),
        version: 0,
        village: desk.command.village,
    };
    desk.effects.push(Effect::Group { event: GroupEvent::Opened(Box::new(row)), group: id });
    desk.retime(TimerKind::Group, id.bits(), None, due_at);
    Ok(())
}

/// Debits the household's wallet and credits the group's escrow with the list price, by its own
/// proof (M-30): what the tier takes off comes back, so that it never has to pay more later.
fn join(
    desk: &mut Desk<'_>,
    mut row: Group,
    household: PartyId,
    proof: &Proof,
    quantity: u32,
) -> Result<(), Refusal> {
    let wallet = desk.party_of_kind(household, PartyKind::Household)?.wallet();
    check_range("quantity", i64::from(quantity), 1, i64::from(QUANTITY_MAX))?;
    super::purchase::prove(desk, household, proof)?;
    let paid_minor = row.list_price_minor.saturating_mul(i64::from(quantity));
    crate::ledger::posting::check_positive(desk.policy(), paid_minor)?;
    desk.purpose("group.joined");
    desk.debit(wallet, paid_minor);
    desk.open(row.escrow(), format!("G-{:08X}", row.id.bits() & 0xffff_ffff));
    desk.credit(row.escrow(), paid_minor);
    let is_own = is_of(desk.party(row.agent)?, household);
    tell(desk, &mut row, GroupEvent::Joined { household, is_own, paid_minor, quantity });
    Ok(())
}

/// Debits the escrow and credits the wallet of each household, in minor units.
fn give_back(
    desk: &mut Desk<'_>,
    row: &Group,
    refunds: &BTreeMap<PartyId, i64>,
) -> Result<(), Refusal> {
    desk.debit(row.escrow(), crate::market::split::total(refunds.values().copied()));
    for (household, minor) in refunds {
        let wallet = desk.party(*household)?.wallet();
        desk.credit(wallet, *minor);
    }
    Ok(())
}

/// Gives every household the difference to the tier's price, in one posting (M-35).
fn close(desk: &mut Desk<'_>, mut row: Group, tier: Tier) -> Result<(), Refusal> {
    let refunds = row.refunds(tier.price_minor);
    desk.purpose("group.closed");
    give_back(desk, &row, &refunds)?;
    tell(desk, &mut row, GroupEvent::Closed { refunds });
    Ok(())
}

/// Gives everything back (M-35).
fn fail(desk: &mut Desk<'_>, mut row: Group) -> Result<(), Refusal> {
    let refunds = row.refunds(0);
    desk.purpose("group.failed");
    give_back(desk, &row, &refunds)?;
    tell(desk, &mut row, GroupEvent::Failed { refunds });
    Ok(())
}

/// Debits the escrow and credits the platform, the agent's pending commission and the supplier.
fn settle(desk: &mut Desk<'_>, mut row: Group) -> Result<(), Refusal> {
    let released = row.release();
    desk.purpose("order.completed");
    desk.debit(row.escrow(), released.total_minor());
    desk.credit(AccountKey::village(Code::PLATFORM_FEE), released.platform_minor);
    let pending = AccountKey::party(Code::COMMISSION_PENDING, row.agent);
    desk.credit(pending, released.commission_minor);
    let payable = AccountKey::party(Code::PAYABLE_SUPPLIER, row.supplier);
    desk.credit(payable, released.rest_minor);
    // No fact is written: nobody but the agent says that the goods were handed out.
    let days = desk.policy().dispute.hidden_defect_days;
    let due_at = Some(desk.in_days(days));
    tell(desk, &mut row, GroupEvent::Settled { due_at, released });
    Ok(())
}

/// Moves the commission into the agent's wallet, unless a review or a suspension holds it (M-60).
fn vest(desk: &mut Desk<'_>, mut row: Group) -> Result<(), Refusal> {
    let due_at = super::escrow::held_until(desk, row.agent)?;
    if due_at.is_some() {
        let released = row.released;
        tell(desk, &mut row, GroupEvent::Settled { due_at, released });
        return Ok(());
    }
    let minor = row.released.commission_minor;
    desk.purpose("commission.vested");
    desk.debit(AccountKey::party(Code::COMMISSION_PENDING, row.agent), minor);
    desk.credit(AccountKey::party(Code::WALLET, row.agent), minor);
    tell(desk, &mut row, GroupEvent::Vested);
    Ok(())
}

/// The time to join is over, or nobody complained, or the commission vests.
pub(super) fn time_out(desk: &mut Desk<'_>, timer: Timer) -> Result<(), Refusal> {
    let row = group(desk, GroupId::from_bits(timer.subject))?;
    if row.due_at != Some(timer.due_at) {
        return Ok(());
    }
    match row.phase {
        P::Open => match row.tier() {
            Some(tier) => close(desk, row, tier),
            None => fail(desk, row), // Too few households joined (M-35).
        },
        P::HandedOut => settle(desk, row), // The days to look at the goods are over.
        P::Settled => vest(desk, row),     // So are those for hidden defects (M-60).
        P::Closed | P::Ordered | P::Failed => Ok(()), // No time runs here.
    }
}
