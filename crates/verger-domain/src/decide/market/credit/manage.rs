//! What becomes of a loan beside drawing and repaying: a lower rate, a new agreement, a write-off, a
//! correction, the borrower's file and choices. Owns who may do which.

use super::{
    BorrowerEvent, allowance_minor, borrower, check_later, check_served, known_borrower, open_row,
    open_tranche, retime, tell,
};
use crate::command::Actor;
use crate::credit::Op;
use crate::credit::atoms::plus_days;
use crate::credit::books::top_up_minor;
use crate::credit::command::CreditCommand as C;
use crate::decide::market::{Desk, check_range, check_text, not_allowed};
use crate::effect::Effect;
use crate::id::{PartyId, TrancheId};
use crate::ledger::{AccountKey, Code};
use crate::party::PartyKind;
use crate::refusal::{CreditRefusal, PartyRefusal, Refusal};

pub(super) fn decide(desk: &mut Desk<'_>, household: PartyId, command: &C) -> Result<(), Refusal> {
    match command {
        C::ChooseSweep { proof, share_bps } => {
            check_served(desk, household)?;
            let max = i64::from(desk.policy().credit.sweep_share_bps_max);
            check_range("share_bps", i64::from(*share_bps), 0, max)?;
            super::super::purchase::prove(desk, household, proof)?;
            let mut row = borrower(desk, household);
            open_row(desk, &row);
            tell(desk, &mut row, BorrowerEvent::SweepSet { share_bps: *share_bps });
            Ok(())
        }
        C::LowerRate { rate_ppm, tranche } => lower_rate(desk, household, *rate_ppm, *tranche),
        C::Restructure { .. } => restructure(desk, household, command),
        C::WriteOff { approved_by, reason, tranche } => {
            two_staff(desk, *approved_by)?;
            check_text("reason", reason)?;
            write_off(desk, household, *tranche)
        }
        C::Reverse { approved_by, number, reason } => {
            two_staff(desk, *approved_by)?;
            check_text("reason", reason)?;
            reverse(desk, household, *number)
        }
        C::SetFile { file, reason } => {
            desk.staff()?;
            check_text("reason", reason)?;
            let max = desk.policy().ledger.amount_minor_max;
            check_range("other_debt_minor", file.other_debt_minor, 0, max)?;
            let mut row = borrower(desk, household);
            open_row(desk, &row);
            tell(desk, &mut row, BorrowerEvent::Filed(file.clone()));
            Ok(())
        }
        C::Count => {
            if desk.command.actor != Actor::System {
                desk.staff()?;
            }
            let mut row = known_borrower(desk, household)?;
            desk.purpose("credit.counted");
            let on = desk.now.today;
            tell(desk, &mut row, BorrowerEvent::Counted { on });
            Ok(())
        }
        C::Tell(notice) if desk.command.actor == Actor::System => {
            let row = known_borrower(desk, household)?;
            let event = BorrowerEvent::Told(*notice);
            desk.effects.push(Effect::Credit { borrower: row.id, event });
            Ok(())
        }
        _ => Err(not_allowed(desk.command)),
    }
}

/// Four eyes: the actor and the second person are two different people of the staff.
fn two_staff(desk: &Desk<'_>, approved_by: PartyId) -> Result<(), Refusal> {
    let actor = desk.staff()?.id;
    desk.party_of_kind(approved_by, PartyKind::Staff)?;
    if actor == approved_by { Err(PartyRefusal::SecondPersonNeeded.into()) } else { Ok(()) }
}

// A rate that is told to rise is a mistake of somebody: it is refused, not ignored (CR-6).
fn lower_rate(
    desk: &mut Desk<'_>,
    household: PartyId,
    rate_ppm: u32,
    id: TrancheId,
) -> Result<(), Refusal> {
    desk.staff()?;
    let mut row = known_borrower(desk, household)?;
    let now_ppm = open_tranche(&row, id)?.terms.rate_ppm;
    if rate_ppm >= now_ppm {
        return Err(CreditRefusal::RateNotLower { now_ppm, rate_ppm }.into());
    }
    desk.purpose("credit.rate");
    let today = desk.now.today;
    let event = row.next_event(Op::LowerRate { rate_ppm, tranche: id }, today, today);
    tell(desk, &mut row, BorrowerEvent::Recorded { cooling_off_until: None, event });
    Ok(())
}

/// A new agreement: by the household's own yes, at the counter or with the staff. A second one about
/// the same debt takes a person of the staff, who sees why the first was not kept.
fn restructure(desk: &mut Desk<'_>, household: PartyId, command: &C) -> Result<(), Refusal> {
    let C::Restructure { due_on, proof, rate_ppm, tranche } = command else {
        return Err(not_allowed(desk.command));
    };
    let mut row = known_borrower(desk, household)?;
    let known = open_tranche(&row, *tranche)?;
    let (has_plan, now_ppm, due_before) =
        (known.plan.is_some(), known.terms.rate_ppm, known.due_on);
    if !desk.is_actor(PartyKind::Staff) {
        check_served(desk, household)?;
        if has_plan {
            return Err(not_allowed(desk.command));
        }
    }
    if *rate_ppm > now_ppm {
        return Err(CreditRefusal::RateNotLower { now_ppm, rate_ppm: *rate_ppm }.into());
    }
    let today = desk.now.today;
    check_later(*due_on, today.max(due_before))?;
    let last = plus_days(today, desk.policy().credit.term_days_max);
    if *due_on > last {
        return Err(CreditRefusal::DueTooLate { due_on: *due_on, last }.into());
    }
    super::super::purchase::prove(desk, household, proof)?;
    desk.purpose("credit.restructured");
    let op = Op::Restructure { due_on: *due_on, rate_ppm: *rate_ppm, tranche: *tranche };
    let event = row.next_event(op, today, today);
    tell(desk, &mut row, BorrowerEvent::Recorded { cooling_off_until: None, event });
    retime(desk, &mut row);
    Ok(())
}

/// Gives a loan up in the books. The allowance bears it; what the allowance lacks is added first
/// (CR-23). The claim stays and stops growing.
fn write_off(desk: &mut Desk<'_>, household: PartyId, id: TrancheId) -> Result<(), Refusal> {
    let mut row = known_borrower(desk, household)?;
    let today = desk.now.today;
    let known = open_tranche(&row, id)?;
    let days_past_due = known.days_past_due(today);
    let days_min = desk.policy().credit.non_accrual_days;
    if days_past_due < days_min {
        return Err(CreditRefusal::NotLateEnough { days_min, days_past_due }.into());
    }
    desk.purpose("credit.written_off");
    let top_up = top_up_minor(allowance_minor(desk), known.principal_minor);
    desk.debit(AccountKey::village(Code::IMPAIRMENT), top_up);
    desk.credit(AccountKey::village(Code::LOAN_ALLOWANCE), top_up);
    let event = row.next_event(Op::WriteOff { tranche: id }, today, today);
    tell(desk, &mut row, BorrowerEvent::Recorded { cooling_off_until: None, event });
    retime(desk, &mut row);
    Ok(())
}

/// Takes a payment or an agreement back that was keyed wrongly. What was paid is in the wallet again;
/// everything since is as if it had never been (CR-26, vector C14).
fn reverse(desk: &mut Desk<'_>, household: PartyId, number: u32) -> Result<(), Refusal> {
    let mut row = known_borrower(desk, household)?;
    let known = row.events.iter().find(|event| event.number == number && !event.is_reversed);
    let can_be = known.is_some_and(|event| {
        matches!(event.op, Op::Repay { .. } | Op::Recover { .. } | Op::Restructure { .. })
    });
    let closed = desk.state.village(desk.command.village).closed_through;
    if !can_be {
        return Err(CreditRefusal::EventNotReversible { number }.into());
    }
    let month = known.map(|event| (event.effective_on, event.effective_on.month()));
    if let (Some((effective_on, month)), Some(closed_through)) = (month, closed)
        && month <= closed_through
    {
        let refusal = crate::refusal::LedgerRefusal::PeriodClosed { closed_through, effective_on };
        return Err(refusal.into());
    }
    desk.purpose("credit.reversed");
    let on = desk.now.today;
    tell(desk, &mut row, BorrowerEvent::Reversed { number, on });
    retime(desk, &mut row);
    Ok(())
}
