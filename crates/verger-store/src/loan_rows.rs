//! Rows of credit and domain values. Owns the mapping; must not compute anything.

use verger_domain::credit::atoms::Counter;
use verger_domain::credit::book::LoanBook;
use verger_domain::credit::tranche::{Charge, Fee, Plan};
use verger_domain::credit::{End, Terms, Tranche};
use verger_domain::id::{CellId, PartyId, TrancheId, VillageId};
use verger_domain::policy::DayCount;
use verger_domain::time::Date;

use crate::error::StoreError;
use crate::rows::{Read, fields};
use crate::table::{Fields, Row, Value};

fn number(cell: CellId) -> Value {
    i64::from(cell.number()).into()
}

fn day(date: Date) -> Value {
    i64::from(date.days()).into()
}

fn date_of(fields: &mut Fields) -> Read<Date> {
    let days = fields.num()?;
    Date::from_days(days).ok_or_else(|| fields.wrong(format_args!("day {days}")))
}

fn opt_date_of(fields: &mut Fields) -> Read<Option<Date>> {
    let Some(days) = fields.opt_int()? else { return Ok(None) };
    let date = i32::try_from(days).ok().and_then(Date::from_days);
    date.map(Some).ok_or_else(|| fields.wrong(format_args!("day {days}")))
}

const fn count_number(day_count: DayCount) -> u32 {
    match day_count {
        DayCount::Act360 => 0,
        DayCount::Act365F => 1,
        DayCount::ActAct => 2,
    }
}

fn count_of(fields: &mut Fields) -> Read<DayCount> {
    match fields.int()? {
        0 => Ok(DayCount::Act360),
        1 => Ok(DayCount::Act365F),
        2 => Ok(DayCount::ActAct),
        other => Err(fields.wrong(format_args!("day count {other}"))),
    }
}

const fn end_name(end: End) -> &'static str {
    match end {
        End::Repaid => "repaid",
        End::Returned => "returned",
        End::WrittenOff => "written_off",
    }
}

fn end_of(fields: &mut Fields) -> Read<Option<End>> {
    match fields.opt_text()?.as_deref() {
        None => Ok(None),
        Some("repaid") => Ok(Some(End::Repaid)),
        Some("returned") => Ok(Some(End::Returned)),
        Some("written_off") => Ok(Some(End::WrittenOff)),
        Some(other) => Err(fields.wrong(format_args!("end {other:?}"))),
    }
}

/// The row of a draw.
pub(crate) fn tranche_row(
    cell: CellId,
    (village, household): (VillageId, PartyId),
    row: &Tranche,
) -> Row {
    let Charge { counter: interest, paid_minor: interest_paid } = row.interest;
    let Charge { counter: penalty, paid_minor: penalty_paid } = row.penalty;
    let plan = row.plan;
    vec![
        number(cell),
        row.id.bits().into(),
        village.number().into(),
        household.bits().into(),
        row.agent.map(PartyId::bits).into(),
        row.drawn_minor.into(),
        day(row.drawn_on),
        day(row.due_on),
        row.principal_minor.into(),
        row.terms.rate_ppm.into(),
        row.terms.penalty_rate_ppm.into(),
        row.terms.fee_ppm.into(),
        row.terms.grace_days.into(),
        row.terms.non_accrual_days.into(),
        row.terms.total_cost_cap_ppm.into(),
        count_number(row.terms.day_count).into(),
        row.fee.billed_minor.into(),
        row.fee.paid_minor.into(),
        interest.whole_minor.into(),
        interest.remainder_atoms.into(),
        interest_paid.into(),
        penalty.whole_minor.into(),
        penalty.remainder_atoms.into(),
        penalty_paid.into(),
        u32::from(row.is_suspended).into(),
        day(row.through),
        row.ended_on.map(|on| i64::from(on.days())).into(),
        row.end.map(end_name).into(),
        row.claim_minor.into(),
        row.recovered_minor.into(),
        row.written_off_minor.into(),
        plan.map(|plan| i64::from(plan.agreed_on.days())).into(),
        plan.and_then(|plan| plan.last_step_on).map(|on| i64::from(on.days())).into(),
        plan.map_or(0, |plan| plan.step_minor).into(),
        plan.map_or(0, |plan| u32::from(plan.steps)).into(),
    ]
}

/// A draw with its village and household.
pub(crate) fn tranche_from(row: Row) -> Read<(TrancheId, (VillageId, PartyId, Tranche))> {
    let mut f = fields("tranche", row)?;
    let id = TrancheId::from_bits(f.bits()?);
    let village = VillageId::new(f.num()?);
    let household = PartyId::from_bits(f.bits()?);
    let agent = f.opt_bits()?.map(PartyId::from_bits);
    let (drawn_minor, drawn_on, due_on) = (f.int()?, date_of(&mut f)?, date_of(&mut f)?);
    let principal_minor = f.int()?;
    let (rate_ppm, penalty_rate_ppm, fee_ppm) = (f.num()?, f.num()?, f.num()?);
    let (grace_days, non_accrual_days) = (f.num()?, f.num()?);
    let (total_cost_cap_ppm, day_count) = (f.num()?, count_of(&mut f)?);
    let fee = Fee { billed_minor: f.int()?, paid_minor: f.int()? };
    let (interest, penalty) = (charge_of(&mut f)?, charge_of(&mut f)?);
    let (is_suspended, through) = (f.int()? != 0, date_of(&mut f)?);
    let (ended_on, end) = (opt_date_of(&mut f)?, end_of(&mut f)?);
    let (claim_minor, recovered_minor, written_off_minor) = (f.int()?, f.int()?, f.int()?);
    let (agreed_on, last_step_on) = (opt_date_of(&mut f)?, opt_date_of(&mut f)?);
    let (step_minor, steps) = (f.int()?, f.num()?);
    let plan = agreed_on.map(|agreed_on| Plan { agreed_on, last_step_on, step_minor, steps });
    let terms = Terms {
        day_count,
        fee_ppm,
        grace_days,
        non_accrual_days,
        penalty_rate_ppm,
        rate_ppm,
        total_cost_cap_ppm,
    };
    let tranche = Tranche {
        agent,
        claim_minor,
        drawn_minor,
        drawn_on,
        due_on,
        end,
        ended_on,
        fee,
        id,
        interest,
        is_suspended,
        penalty,
        plan,
        principal_minor,
        recovered_minor,
        terms,
        through,
        written_off_minor,
    };
    Ok((id, (village, household, tranche)))
}

fn charge_of(f: &mut Fields) -> Read<Charge> {
    let (whole_minor, remainder_atoms) = (f.int()?, f.int()?);
    let counter = Counter { remainder_atoms, whole_minor };
    Ok(Charge { counter, paid_minor: f.int()? })
}

/// The row of a village's loan book.
pub(crate) fn loan_book_row(cell: CellId, village: VillageId, book: &LoanBook) -> Row {
    let document = serde_json::to_string(book).expect("domain values are plain data");
    vec![number(cell), village.number().into(), document.into()]
}

/// A village's loan book.
pub(crate) fn loan_book_from(row: Row) -> Read<(VillageId, LoanBook)> {
    let mut f = fields("loan_book", row)?;
    let village = VillageId::new(f.num()?);
    let book = serde_json::from_str(&f.text()?);
    let wrong =
        |e: serde_json::Error| StoreError::Decode { table: "loan_book", what: e.to_string() };
    Ok((village, book.map_err(wrong)?))
}
