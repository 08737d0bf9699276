//! Rules of pools: opened by the cooperative, closed by the clock, accounted, approved by two of the
//! board, open to every member's objection, then paid to the fen. Source: `30-market` 2.7.

use std::collections::{BTreeMap, BTreeSet};

use super::{Desk, check_range, check_text, check_version, exists, illegal, not_allowed, unknown};
use crate::command::Proof;
use crate::effect::{Effect, Timer, TimerKind};
use crate::id::{PartyId, PoolId};
use crate::market::command::PoolCommand as C;
use crate::market::lot::Grade;
use crate::market::{Pool, PoolEvent, PoolPhase as P};
use crate::party::PartyKind;
use crate::refusal::{MarketRefusal, Refusal};

/// The dearest kilogram, in minor units.
const FLOOR_MAX: i64 = 1_000_000;

/// What can be asked of a pool where it is.
pub(super) const fn allowed(phase: P) -> &'static [&'static str] {
    match phase {
        P::Open => &["close"],
        P::Closed => &["account"],
        P::Accounted => &["approve", "object"],
        P::Approved => &["object"],
        P::Paid => &[],
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
    match command {
        C::Approve { .. } | C::Object { .. } => {}
        _ => check_cooperative(desk)?,
    }
    check_version(row.version, version)?;
    let name = command.kind().strip_prefix("pool.").unwrap_or_default();
    if !allowed(row.phase).contains(&name) {
        return Err(illegal(row.phase.name(), allowed(row.phase)));
    }
    match command {
        C::Open { .. } => Ok(()),
        C::Close => {
            if desk.now.today <= row.to {
                return Err(illegal(row.phase.name(), &[]));
            }
            tell(desk, &mut row, PoolEvent::Closed);
            Ok(())
        }
        C::Account => {
            let net_minor = desk.available_minor(row.account());
            tell(desk, &mut row, PoolEvent::Accounted { net_minor });
            Ok(())
        }
        C::Approve { proof } => approve(desk, row, proof),
        C::Object { proof, reason } => {
            check_text("reason", reason)?;
            let home = board_member(desk, &row, proof)?;
            super::purchase::prove(desk, home, proof)?;
            let (by, reason) = (proof.member, reason.clone());
            tell(desk, &mut row, PoolEvent::Objected { by, reason });
            Ok(())
        }
    }
}

/// The pool with this id in the command's village.
pub(super) fn pool(desk: &Desk<'_>, id: PoolId) -> Result<Pool, Refusal> {
    let known = desk.state.pool.get(&id).filter(|row| row.village == desk.command.village);
    known.cloned().ok_or_else(|| unknown(id))
}

/// Writes an event of a pool and shows it in the given row.
pub(super) fn tell(desk: &mut Desk<'_>, row: &mut Pool, event: PoolEvent) {
    let before = row.due_at;
    row.apply(&event);
    desk.effects.push(Effect::Pool { event, pool: row.id });
    desk.retime(TimerKind::Pool, row.id.bits(), before, row.due_at);
}

fn check_cooperative(desk: &Desk<'_>) -> Result<(), Refusal> {
    let kind = desk.actor()?.kind;
    if matches!(kind, PartyKind::Cooperative | PartyKind::Staff) {
        return Ok(());
    }
    Err(not_allowed(desk.command))
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
    let row = Pool {
        approved_by: BTreeSet::new(),
        due_at: Some(due_at),
        floor_minor_per_kg: *floor_minor_per_kg,
        from: *from,
        grade: *grade,
        id,
        lots: BTreeSet::new(),
        net_minor: 0,
        phase: P::Open,
        shares: BTreeMap::new(),
        to: *to,
        variety: variety.clone(),
        version: 0,
        village: desk.command.village,
    };
    desk.retime(TimerKind::Pool, id.bits(), None, row.due_at);
    desk.effects.push(Effect::Pool { event: PoolEvent::Opened(Box::new(row)), pool: id });
    Ok(())
}

/// The household of a member who takes part by his own proof: any but that of whoever weighed.
fn board_member(desk: &Desk<'_>, row: &Pool, proof: &Proof) -> Result<PartyId, Refusal> {
    let member = desk.party_of_kind(proof.member, PartyKind::Member)?;
    let home = member.household.unwrap_or(member.id);
    let lots = row.lots.iter().filter_map(|lot| desk.state.lot.get(lot));
    let mut weighers = lots.filter_map(|lot| desk.party(lot.weigher).ok());
    if weighers.any(|weigher| weigher.household == Some(home)) {
        return Err(MarketRefusal::NotIndependent { party: member.id }.into());
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
        return Err(crate::refusal::PartyRefusal::SecondPersonNeeded.into());
    }
    super::purchase::prove(desk, home, proof)?;
    let is_second = !row.approved_by.is_empty();
    let hours = desk.policy().cooperative.objection_hours;
    let due_at = is_second.then(|| desk.in_hours(hours));
    tell(desk, &mut row, PoolEvent::Approved { by: proof.member, due_at });
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
            tell(desk, &mut row, PoolEvent::Closed);
            Ok(())
        }
        P::Approved => pay(desk, row),
        P::Closed | P::Accounted | P::Paid => Ok(()),
    }
}

/// Everybody gets his part of what was accounted. Where the advance was more than that, the pool
/// carries the rest: it is nobody's debt.
fn pay(desk: &mut Desk<'_>, mut row: Pool) -> Result<(), Refusal> {
    let dues = row.dues(row.net_minor);
    if dues.is_empty() {
        // Nothing was brought: there is nobody to pay, and what is there stays there.
        return Ok(());
    }
    desk.purpose("pool.closed");
    desk.debit(row.account(), row.net_minor);
    let settled = crate::market::split::total(dues.values().map(|due| due.settled_minor));
    desk.credit(row.advances(), settled);
    let mut paid = BTreeMap::new();
    for (household, due) in &dues {
        let wallet = desk.party(*household)?.wallet();
        desk.credit(wallet, due.pay_minor);
        super::credit::sweep(desk, *household, due.pay_minor);
        paid.insert(*household, due.pay_minor);
    }
    tell(desk, &mut row, PoolEvent::Paid { paid });
    Ok(())
}
