//! Rules of credit: who may draw, repay, agree anew or give up, and what of it reaches the books.
//! Owns the door to the engine; what a loan costs and whether a draw is made is in `crate::credit`.

mod facts;
mod manage;
mod repay;
mod trust;

use super::{Desk, exists, not_allowed, unknown};
use crate::command::{Actor, Body};
use crate::credit::books::{balances, difference};
use crate::credit::borrower::{Borrower, BorrowerEvent};
use crate::credit::command::{CreditCommand, DrawWish, Wish};
use crate::credit::decision::decide as decide_draw;
use crate::credit::enterprise::by_name;
use crate::credit::facts::Consent;
use crate::credit::{Op, Terms, Tranche};
use crate::effect::{Effect, Message, Timer, TimerKind};
use crate::id::{PartyId, TrancheId};
use crate::ledger::chart::OwnedBy;
use crate::ledger::posting::check_positive;
use crate::ledger::{AccountKey, Code, Line};
use crate::party::{Module, PartyKind};
use crate::refusal::{CreditRefusal, MarketRefusal, Refusal};
use crate::time::Date;

pub(super) use repay::sweep;

pub(super) fn decide(
    desk: &mut Desk<'_>,
    household: PartyId,
    command: &CreditCommand,
) -> Result<(), Refusal> {
    // Households are trusted and borrow; nobody else has a line.
    desk.party_of_kind(household, PartyKind::Household)?;
    match command {
        CreditCommand::Ask(wish) => ask(desk, household, wish),
        CreditCommand::Draw(wish) => draw(desk, household, wish),
        CreditCommand::Repay { .. } => repay::decide(desk, household, command),
        command => manage::decide(desk, household, command),
    }
}

/// The borrower's row, or the one it would have.
fn borrower(desk: &Desk<'_>, household: PartyId) -> Borrower {
    let known = desk.state.borrower.get(&household);
    let known = known.filter(|row| row.village == desk.command.village);
    let new = || Borrower::new(household, desk.command.village, desk.now.today);
    known.cloned().unwrap_or_else(new)
}

/// The row of a household that has borrowed before.
fn known_borrower(desk: &Desk<'_>, household: PartyId) -> Result<Borrower, Refusal> {
    let row = borrower(desk, household);
    if row.events.is_empty() { Err(CreditRefusal::NothingOwed.into()) } else { Ok(row) }
}

/// A draw of this line that is not over.
fn open_tranche(row: &Borrower, id: TrancheId) -> Result<&Tranche, Refusal> {
    let tranche = row.tranche(id).ok_or_else(|| unknown(id))?;
    if tranche.end.is_none() {
        return Ok(tranche);
    }
    let status = tranche.status().name().to_owned();
    Err(CreditRefusal::TrancheOver { status, tranche: id }.into())
}

/// Credit is served by an agent who can explain it, or the household does it itself.
fn check_served(desk: &Desk<'_>, household: PartyId) -> Result<(), Refusal> {
    let is_own = desk.is_household(household) && !desk.is_actor(PartyKind::Agent);
    desk.agent_or(Module::M6, is_own)
}

/// Says what a draw would cost and whether it would be made, so that the household knows before it
/// agrees. Nothing changes; the answer stands in the journal and can be computed again (CR-44).
fn ask(desk: &mut Desk<'_>, household: PartyId, wish: &Wish) -> Result<(), Refusal> {
    check_served(desk, household)?;
    check_amount(desk, wish.amount_minor)?;
    check_enterprise(desk, wish)?;
    let row = borrower(desk, household);
    let facts = facts::of(desk, &row, wish, Consent::Given);
    let decision = decide_draw(&facts, desk.policy());
    desk.effects.push(Effect::CreditOffered {
        borrower: household,
        decision: Box::new(decision),
        facts: Box::new(facts),
    });
    Ok(())
}

/// An enterprise that is named must be one of the programme's.
fn check_enterprise(desk: &Desk<'_>, wish: &Wish) -> Result<(), Refusal> {
    let Some(name) = &wish.enterprise else { return Ok(()) };
    if by_name(&desk.policy().credit, name).is_some() {
        return Ok(());
    }
    Err(MarketRefusal::SubjectUnknown { subject: name.chars().take(64).collect() }.into())
}

fn check_amount(desk: &Desk<'_>, amount_minor: i64) -> Result<(), Refusal> {
    check_positive(desk.policy(), amount_minor)?;
    let step_minor = desk.policy().credit.draw_step_minor;
    if amount_minor.checked_rem(step_minor) == Some(0) {
        return Ok(());
    }
    Err(CreditRefusal::NotWholeSteps { amount_minor, step_minor }.into())
}

/// Decides a draw and makes it: decision, hold on the fund, loan and wallet are one record. Whoever
/// stands at the machine, the yes is the household's own (I-11).
pub(super) fn draw(
    desk: &mut Desk<'_>,
    household: PartyId,
    wish: &DrawWish,
) -> Result<(), Refusal> {
    check_served(desk, household)?;
    let id = wish.tranche;
    if id.bits() == 0 || desk.state.tranche.get(&id).is_some() {
        return Err(exists(id));
    }
    check_amount(desk, wish.wish.amount_minor)?;
    check_enterprise(desk, &wish.wish)?;
    super::purchase::prove(desk, household, &wish.proof)?;
    let mut row = borrower(desk, household);
    let facts = facts::of(desk, &row, &wish.wish, Consent::Given);
    let decision = decide_draw(&facts, desk.policy());
    // The quote is there whenever the draw is granted: both come from one decision.
    let Some(quote) = decision.quote.filter(|_| decision.is_granted) else {
        let (decision, facts) = (Box::new(decision), Box::new(facts));
        return Err(CreditRefusal::Declined { borrower: household, decision, facts }.into());
    };
    desk.purpose("credit.draw");
    open_row(desk, &row);
    let (decision, facts) = (Box::new(decision), Box::new(facts));
    tell(desk, &mut row, BorrowerEvent::Decided { decision, facts, tranche: id });
    let agent = desk.actor_id().filter(|_| desk.is_actor(PartyKind::Agent));
    let op = Op::Draw {
        agent,
        amount_minor: wish.wish.amount_minor,
        due_on: quote.due_on,
        terms: Terms::of(&desk.policy().credit),
        tranche: id,
    };
    let hours = desk.policy().credit.cooling_off_hours;
    let cooling_off_until = (hours > 0).then(|| desk.in_hours(hours));
    let event = row.next_event(op, desk.now.today, desk.now.today);
    tell(desk, &mut row, BorrowerEvent::Recorded { cooling_off_until, event });
    retime(desk, &mut row);
    Ok(())
}

/// The first event of a household makes its row.
fn open_row(desk: &mut Desk<'_>, row: &Borrower) {
    if desk.state.borrower.get(&row.id).is_none() {
        let event = BorrowerEvent::Opened(Box::new(row.clone()));
        desk.effects.push(Effect::Credit { borrower: row.id, event });
    }
}

/// Writes an event of a borrower, shows it in the given row, and puts what it changes in the books
/// on the desk: the difference between the balances before and after, whatever the event was.
fn tell(desk: &mut Desk<'_>, row: &mut Borrower, event: BorrowerEvent) {
    let wallet = AccountKey::party(Code::WALLET, row.id);
    let line = row.line.clone();
    let before = balances(&line, wallet);
    row.apply(&event);
    let after = balances(&row.line, wallet);
    for Line(account, minor) in difference(&before, &after) {
        if account.code.row().owner == OwnedBy::Subject {
            desk.open(account, label(account));
        }
        desk.lines.push(Line(account, minor));
    }
    desk.effects.push(Effect::Credit { borrower: row.id, event });
    trust::count_ends(desk, &line, row);
}

/// What people call the accounts of a draw: the last digits of its id, which are random.
fn label(account: AccountKey) -> String {
    format!("T-{:08X}", account.owner & 0xffff_ffff)
}

/// Lets the clock look at the borrower on the next day on which something is due.
fn retime(desk: &mut Desk<'_>, row: &mut Borrower) {
    let next = row.next_day(&desk.policy().credit, desk.now.today);
    let due_at = next.map(|day| {
        let days = day.days_since(desk.now.today).max(0);
        desk.in_days(u32::try_from(days).unwrap_or(0))
    });
    if due_at == row.due_at {
        return;
    }
    let before = row.due_at;
    tell(desk, row, BorrowerEvent::DueSet { due_at });
    desk.retime(TimerKind::Credit, row.id.bits(), before, due_at);
}

/// A day on which something of a borrower's loans is due: the books are told of its charges, and
/// notices go out. A plan is offered before any penalty (CR-46).
pub(super) fn time_out(desk: &mut Desk<'_>, timer: Timer) -> Result<(), Refusal> {
    let id = PartyId::from_bits(timer.subject);
    let known = desk.state.borrower.get(&id).filter(|row| row.due_at == Some(timer.due_at));
    let Some(mut row) = known.cloned() else { return Ok(()) };
    let today = desk.now.today;
    for notice in row.notices_until(&desk.policy().credit, today) {
        let to_village = row.village;
        let message = Message::Notice { borrower: id, notice, to_village };
        desk.effects.push(Effect::MessageQueued(message));
    }
    trust::count_defaults(desk, &row);
    desk.purpose("credit.counted");
    tell(desk, &mut row, BorrowerEvent::Noticed { on: today });
    tell(desk, &mut row, BorrowerEvent::Counted { on: today });
    retime(desk, &mut row);
    Ok(())
}

/// Sets aside what the loans of the village are not worth: the difference to what is there (CR-34).
pub(super) fn provide(desk: &mut Desk<'_>, target_minor: i64) -> Result<(), Refusal> {
    if desk.command.actor != Actor::System {
        desk.staff()?;
    }
    if target_minor != 0 {
        check_positive(desk.policy(), target_minor)?;
    }
    let Body::Provide { .. } = desk.command.body else { return Err(not_allowed(desk.command)) };
    let charge = target_minor.saturating_sub(allowance_minor(desk));
    desk.purpose("credit.provided");
    desk.debit(AccountKey::village(Code::IMPAIRMENT), charge);
    desk.credit(AccountKey::village(Code::LOAN_ALLOWANCE), charge);
    Ok(())
}

/// What is set aside, in minor units.
fn allowance_minor(desk: &Desk<'_>) -> i64 {
    let account = desk.account(AccountKey::village(Code::LOAN_ALLOWANCE));
    account.map_or(0, |account| account.balance_minor().saturating_neg())
}

/// Whether a day lies after another one that must come first.
fn check_later(due_on: Date, than: Date) -> Result<(), Refusal> {
    if due_on > than { Ok(()) } else { Err(CreditRefusal::DueNotLater { due_on, than }.into()) }
}
