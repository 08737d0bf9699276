//! Rules of the till: a drawer is counted when it opens and when it closes, and whoever opened it
//! answers for the difference. Source: `30-market` 2.10, 2.9.

use super::{Desk, check_range, check_version, exists, illegal, not_allowed, unknown};
use crate::command::EvidenceKind;
use crate::effect::Effect;
use crate::id::{PartyId, TillId};
use crate::ledger::posting::check_positive;
use crate::ledger::{AccountKey, Code};
use crate::market::command::TillCommand as C;
use crate::market::{Till, TillEvent, TillPhase as P};
use crate::party::{Duty, Module, PartyKind};
use crate::refusal::{LedgerRefusal, MarketRefusal, Refusal};

/// What can be asked of a till session where it is.
pub(super) const fn allowed(phase: P) -> &'static [&'static str] {
    match phase {
        P::Open => &["bank", "close"],
        P::Closed => &["bank", "reconcile"], // The cash may still go to the bank.
        P::Reconciled => &[],
    }
}

/// Decides a command about one session of a drawer, from count to count (M-62).
pub(super) fn decide(
    desk: &mut Desk<'_>,
    id: TillId,
    version: Option<u32>,
    command: &C,
) -> Result<(), Refusal> {
    if let C::Open { counted_minor, shop } = command {
        return open(desk, id, *counted_minor, *shop);
    }
    let known = desk.state.till.get(&id).filter(|row| row.village == desk.command.village);
    let row = known.ok_or_else(|| unknown(id))?.clone();
    check_actor(desk, &row, command)?;
    check_version(row.version, version)?;
    let name = command.kind().strip_prefix("till.").unwrap_or_default();
    if !allowed(row.phase).contains(&name) {
        return Err(illegal(row.phase.name(), allowed(row.phase)));
    }
    match command {
        C::Open { .. } => Ok(()),
        C::Bank { amount_minor } => bank(desk, &row, *amount_minor),
        C::Close { counted_minor } => close(desk, &row, *counted_minor),
        C::Reconcile => {
            desk.effects.push(Effect::Till { event: TillEvent::Reconciled, till: row.id });
            Ok(())
        }
    }
}

/// Only the agent of the session acts on it; the staff may, too, and only the staff reconciles.
fn check_actor(desk: &Desk<'_>, row: &Till, command: &C) -> Result<(), Refusal> {
    if desk.is_actor(PartyKind::Staff) {
        return Ok(());
    }
    let is_his = desk.agent(Module::M1)?.id == row.agent && !matches!(command, C::Reconcile);
    if is_his { Ok(()) } else { Err(not_allowed(desk.command)) }
}

fn drawer(shop: PartyId) -> AccountKey {
    AccountKey::party(Code::DRAWER, shop)
}

/// What the books say is in the drawer, in minor units: what every count is compared with.
fn booked_minor(desk: &Desk<'_>, shop: PartyId) -> i64 {
    desk.account(drawer(shop)).map_or(0, crate::ledger::Account::owned_minor)
}

// What was too much or too little before he opened is not his.
fn open(desk: &mut Desk<'_>, id: TillId, counted_minor: i64, shop: PartyId) -> Result<(), Refusal> {
    let agent = desk.agent(Module::M1)?;
    desk.party_of_kind(shop, PartyKind::Shop)?;
    if desk.state.till.get(&id).is_some() {
        return Err(exists(id));
    }
    if desk.state.drawer.get(&shop).is_some() {
        return Err(MarketRefusal::TillIsOpen.into());
    }
    let max = desk.policy().ledger.amount_minor_max;
    check_range("counted_minor", counted_minor, 0, max)?;
    let max = desk.policy().till.drawer_probation_minor_max;
    desk.check_probation(agent, counted_minor, max)?;
    let gap = counted_minor.saturating_sub(booked_minor(desk, shop));
    post_gap(desk, shop, gap, None);
    let row = Till {
        agent: agent.id,
        banked_minor: 0,
        closed_at: None,
        closed_minor: None,
        gap_minor: 0,
        id,
        opened_at: desk.now.at,
        opened_minor: counted_minor,
        phase: P::Open,
        shop,
        version: 0,
        village: desk.command.village,
    };
    desk.effects.push(Effect::Till { event: TillEvent::Opened(Box::new(row)), till: id });
    Ok(())
}

/// Books a difference between drawer and count: what is short is owed by who answers for it.
fn post_gap(desk: &mut Desk<'_>, shop: PartyId, gap_minor: i64, agent: Option<PartyId>) {
    let nobody = AccountKey::village(Code::CASH_OVER_SHORT);
    let owed = agent.map_or(nobody, |agent| AccountKey::party(Code::RECEIVABLE_AGENT, agent));
    if gap_minor < 0 {
        desk.purpose("drawer.short");
        desk.debit(owed, gap_minor.saturating_neg());
        desk.credit(drawer(shop), gap_minor.saturating_neg());
    } else if gap_minor > 0 {
        desk.purpose("drawer.over");
        desk.debit(drawer(shop), gap_minor);
        desk.credit(nobody, gap_minor);
    }
}

/// Counts the drawer again. What is short is owed by the agent who opened it, a gap is a mark, and
/// one above the limit of the policy suspends him until people have looked (M-62).
fn close(desk: &mut Desk<'_>, row: &Till, counted_minor: i64) -> Result<(), Refusal> {
    let max = desk.policy().ledger.amount_minor_max;
    check_range("counted_minor", counted_minor, 0, max)?;
    let gap_minor = counted_minor.saturating_sub(booked_minor(desk, row.shop));
    post_gap(desk, row.shop, gap_minor, Some(row.agent));
    let event = TillEvent::Closed { counted_minor, gap_minor };
    desk.effects.push(Effect::Till { event, till: row.id });
    if gap_minor != 0 {
        desk.fact(
            (EvidenceKind::Till, false),
            row.agent,
            row.shop,
            (None, gap_minor.saturating_abs()),
        );
    }
    if gap_minor.saturating_abs() > desk.policy().till.gap_suspends_minor {
        let agent = desk.party(row.agent)?;
        let duty = Duty { is_suspended: true, ..agent.duty };
        let certified = agent.certified.clone();
        desk.effects.push(Effect::Certified { agent: row.agent, certified, duty });
    }
    Ok(())
}

/// Debits the bank (1010) and credits the drawer, with at most what the drawer holds.
fn bank(desk: &mut Desk<'_>, row: &Till, amount_minor: i64) -> Result<(), Refusal> {
    check_positive(desk.policy(), amount_minor)?;
    // What another session counts is that session's to bank.
    let is_other = desk.state.drawer.get(&row.shop).is_some_and(|(_, open)| *open != row.id);
    if is_other && !desk.is_actor(PartyKind::Staff) {
        return Err(MarketRefusal::TillNotOpen.into());
    }
    let available_minor = desk.available_minor(drawer(row.shop));
    if amount_minor > available_minor {
        let account = drawer(row.shop);
        return Err(LedgerRefusal::InsufficientAvailable { account, available_minor }.into());
    }
    desk.purpose("cash.banked");
    desk.debit(AccountKey::village(Code::BANK_ESCROW), amount_minor);
    desk.credit(drawer(row.shop), amount_minor);
    desk.effects.push(Effect::Till { event: TillEvent::Banked { amount_minor }, till: row.id });
    Ok(())
}
