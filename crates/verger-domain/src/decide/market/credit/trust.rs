//! What a loan's end means for trust. Owns which operation it is; the points are the index's.
//! Source: `40-trust` 2.3; rule CR-48.

use super::Desk;
use crate::credit::borrower::{Borrower, DEFAULT_DAYS};
use crate::credit::tranche::End;
use crate::credit::{Line, Tranche};
use crate::decide::market::trust::counted;
use crate::id::TrancheId;
use crate::trust::Operation;

/// Counts what this command has ended: a loan paid by its due date and grace for the household, a late
/// one against it. Whoever has nothing in default any more is cured.
pub(super) fn count_ends(desk: &mut Desk<'_>, before: &Line, row: &Borrower) {
    let was_open =
        |id: &TrancheId| before.tranches.get(id).is_some_and(|tranche| tranche.end.is_none());
    let paid = |tranche: &&Tranche| tranche.end == Some(End::Repaid) && was_open(&tranche.id);
    let ended: Vec<Tranche> = row.line.tranches.values().filter(paid).cloned().collect();
    for tranche in &ended {
        let event = counted(desk, None, operation(tranche), None);
        desk.tell_trust(row.id, event);
    }
    let today = desk.now.today;
    let is_in_default = |tranche: &&Tranche| tranche.days_past_due(today) >= DEFAULT_DAYS;
    let is_frozen = desk.state.trust_row(row.id).member.frozen_on.is_some();
    if !ended.is_empty() && is_frozen && !row.line.open().iter().any(is_in_default) {
        let event = counted(desk, None, Operation::Cured, None);
        desk.tell_trust(row.id, event);
    }
}

fn operation(tranche: &Tranche) -> Operation {
    let ended_on = tranche.ended_on.unwrap_or(tranche.through);
    let late = ended_on.days_since(tranche.due_on);
    if i64::from(late) > i64::from(tranche.terms.grace_days) {
        return Operation::Late;
    }
    let days_held = i64::from(ended_on.days_since(tranche.drawn_on));
    Operation::Repaid { days_held, principal_minor: tranche.drawn_minor }
}

/// Counts the loans that have come into default since the clock last looked.
pub(super) fn count_defaults(desk: &mut Desk<'_>, row: &Borrower) {
    let today = desk.now.today;
    let is_new = |tranche: &&&Tranche| {
        let since = row.noticed_on.days_since(tranche.due_on);
        let days = i64::from(DEFAULT_DAYS);
        tranche.days_past_due(today) >= DEFAULT_DAYS && i64::from(since) < days
    };
    let count = row.line.open().iter().filter(is_new).count();
    for _ in 0..count {
        let event = counted(desk, None, Operation::Defaulted, None);
        desk.tell_trust(row.id, event);
    }
}
