//! Commands of the ledger: accounts, postings, holds, reversals, period closes. Knows nothing of
//! orders, loans or cash.

use super::not_allowed;
use crate::command::{Body, Command, Evidence};
use crate::effect::{Effect, Timer, TimerKind};
use crate::id::HoldId;
use crate::ledger::chart::OwnedBy;
use crate::ledger::period::{closing_hash, off_by_minor, trial_balance, year_closing_lines};
use crate::ledger::posting::{check, check_amount, check_effective, clamp};
use crate::ledger::{AccountId, AccountKey, Code, Hold, HoldStatus, Line, hold};
use crate::refusal::{LedgerRefusal, PartyRefusal, Refusal};
use crate::state::State;
use crate::time::{Date, Instant, Month, Now};

/// Decides commands of the books themselves. They know no order and no loan, so only the staff, the
/// machine and the clock may send them; villagers' money moves by the rules of the market.
pub(super) fn decide(state: &State, command: &Command, now: Now) -> Result<Vec<Effect>, Refusal> {
    match &command.body {
        Body::OpenAccount { account, label } => open_account(state, command, *account, label),
        Body::Post { effective_on, evidence, lines, purpose } => {
            let effective_on = effective_on.unwrap_or(now.today);
            check_effective(state, command.village, effective_on, now)?;
            let policy = state.policy(command.village);
            lines.iter().try_for_each(|line| check_amount(policy, line.1))?;
            check_evidence(state, command, evidence)?;
            let mut effects = vec![posted(state, command, lines, (effective_on, purpose))?];
            effects.extend(evidence.iter().copied().map(Effect::EvidenceWritten));
            Ok(effects)
        }
        Body::PlaceHold { amount_minor, credit, debit, expires_at, hold } => {
            let (amount_minor, expires_at) = (*amount_minor, *expires_at);
            let (debit, credit, id) = (*debit, *credit, *hold);
            let (village, status) = (command.village, HoldStatus::Pending);
            let row = Hold { id, village, debit, credit, amount_minor, expires_at, status };
            hold::place(state, &row, now)?;
            let placed = Effect::HoldPlaced { amount_minor, credit, debit, expires_at, hold: id };
            Ok(vec![placed, Effect::TimerSet(expiry_timer(id, expires_at))])
        }
        Body::PostHold { amount_minor, hold } => {
            post_hold(state, command, *hold, *amount_minor, now)
        }
        Body::VoidHold { hold } => {
            let row = hold::pending(state, command.village, *hold, now.at)?;
            let timer = expiry_timer(*hold, row.expires_at);
            Ok(vec![Effect::HoldVoided { hold: *hold }, Effect::TimerCleared(timer)])
        }
        Body::ExpireHold { due_at, hold } => Ok(expire_hold(state, command, (*hold, *due_at), now)),
        Body::Reverse { reason, seq, .. } => reverse(state, command, *seq, reason, now),
        Body::CloseMonth { month } => close_month(state, command, *month, now),
        _ => Err(not_allowed(command)),
    }
}

/// The effect of a checked posting.
pub(super) fn posted(
    state: &State,
    command: &Command,
    lines: &[Line],
    (effective_on, purpose): (Date, &str),
) -> Result<Effect, Refusal> {
    let legs = check(state, command.village, lines)?;
    Ok(Effect::Posted { effective_on, legs, purpose: purpose.to_owned() })
}

/// Only what belongs to a subject (an escrow, a pool, a loan) is opened alone; the accounts of
/// parties and of the village come with their owner.
fn open_account(
    state: &State,
    command: &Command,
    account: AccountKey,
    label: &str,
) -> Result<Vec<Effect>, Refusal> {
    let opens_alone = account.code.row().owner == OwnedBy::Subject;
    if !opens_alone || !account.is_well_formed() || label.chars().count() > 64 {
        return Err(LedgerRefusal::AccountNotOpenable { account }.into());
    }
    if state.account.get(&AccountId { village: command.village, key: account }).is_some() {
        return Err(LedgerRefusal::AccountExists { account }.into());
    }
    let currency = state.village(command.village).currency;
    Ok(vec![Effect::AccountOpened { account, currency, label: label.to_owned() }])
}

/// A fact is about two parties of this village, and its value in minor units is not negative.
fn check_evidence(state: &State, command: &Command, evidence: &[Evidence]) -> Result<(), Refusal> {
    for fact in evidence {
        for party in [fact.member, fact.counterparty] {
            let here =
                state.standing.get(&party).filter(|(village, _)| *village == command.village);
            here.ok_or(PartyRefusal::PartyUnknown { party })?;
        }
        if fact.value_minor < 0 {
            return Err(LedgerRefusal::AmountNegative { amount_minor: fact.value_minor }.into());
        }
    }
    Ok(())
}

/// Moves a part or all of what was held, in minor units; what is not moved is free again.
fn post_hold(
    state: &State,
    command: &Command,
    id: HoldId,
    amount_minor: Option<i64>,
    now: Now,
) -> Result<Vec<Effect>, Refusal> {
    let row = hold::pending(state, command.village, id, now.at)?;
    let amount_minor = amount_minor.unwrap_or(row.amount_minor);
    let legs = hold::post(state, row, amount_minor)?;
    let purpose = "hold.posted".to_owned();
    Ok(vec![
        Effect::HoldPosted { amount_minor, hold: id },
        Effect::Posted { effective_on: now.today, legs, purpose },
        Effect::TimerCleared(expiry_timer(id, row.expires_at)),
    ])
}

// The timer may meet a hold that ended otherwise at the same moment: then it just goes away. It
// never touches a hold whose time has not come, nor one of another village.
fn expire_hold(
    state: &State,
    command: &Command,
    (id, due_at): (HoldId, Instant),
    now: Now,
) -> Vec<Effect> {
    let cleared = Effect::TimerCleared(expiry_timer(id, due_at));
    let Some(hold) = state.hold.get(&id) else { return vec![cleared] };
    let is_pending = hold.status == HoldStatus::Pending && hold.expires_at == due_at;
    if hold.village != command.village || (is_pending && !is_overdue(hold, now.at)) {
        return Vec::new();
    }
    let expired = is_pending.then_some(Effect::HoldExpired { hold: id });
    expired.into_iter().chain([cleared]).collect()
}

fn expiry_timer(id: HoldId, due_at: Instant) -> Timer {
    Timer { due_at, kind: TimerKind::ExpireHold, subject: id.bits() }
}

/// Books the opposite of a record, whole and today. Both stay in the journal: a mistake is mended
/// in the open, and two people of the staff answer for it.
fn reverse(
    state: &State,
    command: &Command,
    seq: u64,
    reason: &str,
    now: Now,
) -> Result<Vec<Effect>, Refusal> {
    let unknown = LedgerRefusal::RecordUnknown { seq };
    let known = state.record.get(&seq).filter(|record| record.village == command.village);
    let record = known.ok_or_else(|| unknown.clone())?;
    // What went on to another village, sealed a period, wrote evidence or is itself a reversal has
    // consequences that an opposite posting would not undo.
    let is_final = record.effects.iter().any(|effect| {
        matches!(
            effect,
            Effect::Reversed { .. }
                | Effect::MessageQueued(_)
                | Effect::MonthClosed { .. }
                | Effect::EvidenceWritten(_)
                | Effect::Credit { .. }
        )
    });
    let is_clearing = record.legs().iter().any(|leg| leg.account().code == Code::CLEARING);
    if record.legs().is_empty() || is_final || is_clearing {
        return Err(unknown.into());
    }
    if let Some(&by_seq) = state.reversal.get(&(command.village, seq)) {
        return Err(LedgerRefusal::AlreadyReversed { by_seq, seq }.into());
    }
    let back = |amount_minor: i64| amount_minor.saturating_neg();
    let lines: Vec<Line> =
        record.legs().iter().map(|leg| Line(leg.account(), back(leg.amount_minor()))).collect();
    let posted = posted(state, command, &lines, (now.today, "reversal"))?;
    Ok(vec![posted, Effect::Reversed { reason: reason.to_owned(), seq }])
}

/// Closes months one after the other: each is over, no hold in it is overdue, and its balances sum
/// to zero. The last month of a year also moves the year's result to 3900.
fn close_month(
    state: &State,
    command: &Command,
    month: Month,
    now: Now,
) -> Result<Vec<Effect>, Refusal> {
    let village = state.village(command.village);
    let next = village.closed_through.map_or(Some(village.registered_on.month()), Month::next);
    let next = next.unwrap_or(month);
    if month != next {
        return Err(LedgerRefusal::MonthNotNext { next }.into());
    }
    if month.next().is_none_or(|after| now.today < after.first_day()) {
        return Err(LedgerRefusal::MonthNotOver { month }.into());
    }
    let overdue = |hold: &&Hold| hold.village == command.village && is_overdue(hold, now.at);
    if let Some(hold) = state.hold.iter().map(|(_, hold)| hold).find(overdue) {
        return Err(LedgerRefusal::HoldOverdue { hold: hold.id }.into());
    }
    let key = (command.village, month.to_string());
    let balances = state.month_end.get(&key).map_or(&[][..], Vec::as_slice);
    let mut balance = trial_balance(balances.iter().copied());
    let off_by = off_by_minor(balances.iter().map(|(_, minor)| *minor));
    if off_by != 0 {
        let off_by_minor = clamp(off_by);
        return Err(LedgerRefusal::TrialBalanceOff { off_by_minor }.into());
    }
    let mut effects = Vec::new();
    let lines = if month.is_last_of_year() {
        let account = AccountKey::village(Code::RETAINED);
        year_closing_lines(balances).ok_or(LedgerRefusal::OutOfRange { account })?
    } else {
        Vec::new()
    };
    if !lines.is_empty() {
        let last_day = month.next().map(Month::first_day).map(|day| day.days().saturating_sub(1));
        let last_day = last_day.and_then(Date::from_days).unwrap_or(now.today);
        effects.push(posted(state, command, &lines, (last_day, "year.closed"))?);
        let moved = balances.iter().copied().chain(lines.iter().map(|line| (line.0, line.1)));
        balance = trial_balance(moved);
    }
    let closing_hash = closing_hash(command.village, month, &balance);
    effects.push(Effect::MonthClosed { closing_hash, month });
    Ok(effects)
}

fn is_overdue(hold: &Hold, at: Instant) -> bool {
    hold.status == HoldStatus::Pending && hold.expires_at <= at
}
