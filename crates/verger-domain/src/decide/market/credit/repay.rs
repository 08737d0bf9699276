//! Money that comes back: over the counter, out of the wallet, out of a sale. Owns where it comes from
//! and which event it becomes; must not say how it is used: that is the engine's.

use super::{Borrower, BorrowerEvent, borrower, check_served, known_borrower, retime, tell};
use crate::credit::command::{CreditCommand, RepayFrom};
use crate::credit::sweep::Sweep;
use crate::credit::{End, Op};
use crate::decide::market::{Desk, not_allowed, unknown};
use crate::decide::till;
use crate::id::{PartyId, TrancheId};
use crate::ledger::posting::{check_effective, check_positive};
use crate::refusal::{CreditRefusal, Refusal};
use crate::time::Date;

pub(super) fn decide(
    desk: &mut Desk<'_>,
    household: PartyId,
    command: &CreditCommand,
) -> Result<(), Refusal> {
    let CreditCommand::Repay { amount_minor, effective_on, from, tranche } = command else {
        return Err(not_allowed(desk.command));
    };
    let amount_minor = *amount_minor;
    let mut row = known_borrower(desk, household)?;
    check_positive(desk.policy(), amount_minor)?;
    let today = desk.now.today;
    let on = effective_on.unwrap_or(today);
    check_effective(desk.state, desk.command.village, on, desk.now)?;
    check_named(desk, &row, *tranche)?;
    match from {
        RepayFrom::Cash(shop) => {
            till::check_agent(desk.state, desk.command)?;
            let pair = till::counter_pair(desk.state, desk.command, household, *shop)?;
            let (wallet, counter) = pair;
            let (state, command) = (desk.state, desk.command);
            till::check_drawer(state, command, counter, amount_minor, desk.now)?;
            desk.debit(counter, amount_minor);
            desk.credit(wallet, amount_minor);
        }
        RepayFrom::Wallet(proof) => {
            check_served(desk, household)?;
            super::super::purchase::prove(desk, household, proof)?;
        }
    }
    let op = op_for(desk, &row, amount_minor, (*tranche, on));
    desk.purpose("credit.repaid");
    record(desk, &mut row, op, on)
}

/// A draw that is named must be one of this line: nobody pays another's loan by a slip of the pen.
fn check_named(desk: &Desk<'_>, row: &Borrower, named: Option<TrancheId>) -> Result<(), Refusal> {
    let Some(id) = named.filter(|id| row.tranche(*id).is_none()) else { return Ok(()) };
    let other = desk.state.tranche.get(&id).filter(|(village, ..)| *village == row.village);
    if other.is_some() {
        return Err(CreditRefusal::AnothersLoan { tranche: id }.into());
    }
    Err(unknown(id))
}

/// Which event a payment is: within the cooling-off the whole principal takes the loan back, a claim
/// that was written off is recovered, anything else repays.
fn op_for(
    desk: &Desk<'_>,
    row: &Borrower,
    amount_minor: i64,
    (named, on): (Option<TrancheId>, Date),
) -> Op {
    let line = row.line_on(desk.now.today);
    let open = line.open();
    let single = open.first().filter(|_| open.len() == 1).map(|tranche| tranche.id);
    let returned = named.or(single).filter(|id| {
        let left = row.tranche(*id).map(|row| row.drawn_minor.saturating_sub(row.paid_minor()));
        let is_cooling = row.cooling_off_until(*id, desk.now.at).is_some();
        is_cooling && on == desk.now.today && left.is_some_and(|left| amount_minor >= left)
    });
    if let Some(tranche) = returned {
        return Op::GiveBack { tranche };
    }
    let is_claim = |id: &TrancheId| {
        row.tranche(*id).is_some_and(|row| row.end == Some(End::WrittenOff) && row.claim_minor > 0)
    };
    let mut claims = line.tranches.keys().copied().filter(is_claim);
    let claim = match named {
        Some(named) => Some(named).filter(is_claim),
        None if open.is_empty() => claims.next(),
        None => None,
    };
    match claim {
        Some(tranche) => Op::Recover { amount_minor, tranche },
        None => Op::Repay { amount_minor, tranche: named },
    }
}

/// Writes a payment down with what it really took: a later correction of something else can then
/// take less of it, but never more (CR-26).
fn record(desk: &mut Desk<'_>, row: &mut Borrower, op: Op, on: Date) -> Result<(), Refusal> {
    let mut event = row.next_event(op, on, desk.now.today);
    let taken_minor = row.outcome_of(&event).taken_minor;
    match &mut event.op {
        Op::Repay { amount_minor, .. } | Op::Recover { amount_minor, .. } => {
            *amount_minor = taken_minor;
        }
        _ => {}
    }
    if taken_minor == 0 && !matches!(event.op, Op::GiveBack { .. }) {
        return Err(CreditRefusal::NothingOwed.into());
    }
    tell(desk, row, BorrowerEvent::Recorded { cooling_off_until: None, event });
    retime(desk, row);
    Ok(())
}

/// The part of a sale that repays the seller's loan, in the same posting as the sale itself (CR-19).
/// It can never stop the sale: what cannot be swept is the seller's.
pub(in crate::decide::market) fn sweep(desk: &mut Desk<'_>, seller: PartyId, net_minor: i64) {
    let is_borrower = desk.state.borrower.get(&seller).is_some_and(|row| !row.events.is_empty());
    if !is_borrower {
        return;
    }
    let mut row = borrower(desk, seller);
    let rules = Sweep::of(&desk.policy().credit, row.sweep_share_bps);
    let amount_minor = rules.minor(&row.line_on(desk.now.today), net_minor);
    if amount_minor > 0 {
        let op = Op::Repay { amount_minor, tranche: None };
        let today = desk.now.today;
        let swept = record(desk, &mut row, op, today);
        debug_assert!(swept.is_ok(), "a sweep takes no more than is owed: {swept:?}");
    }
}
