//! How events of borrowers change their rows. Owns the rows that follow from a line: its draws and the
//! village's loan book; must not decide anything.

use super::State;
use crate::credit::Line;
use crate::credit::borrower::BorrowerEvent;
use crate::id::{PartyId, VillageId};

impl State {
    pub(super) fn apply_credit(
        &mut self,
        village: VillageId,
        borrower: PartyId,
        event: &BorrowerEvent,
    ) {
        if let BorrowerEvent::Opened(row) = event {
            self.borrower.put(borrower, (**row).clone());
            return;
        }
        let row = self.borrower.change(&borrower);
        let before = row.line.clone();
        row.apply(event);
        let after = row.line.clone();
        if before != after {
            self.apply_line(village, borrower, &before, &after);
        }
    }

    // A draw has a row of its own, so that questions about a million of them read columns and no
    // documents; the village's sums are kept beside them.
    fn apply_line(&mut self, village: VillageId, borrower: PartyId, before: &Line, after: &Line) {
        for (id, tranche) in &after.tranches {
            if before.tranches.get(id) != Some(tranche) {
                self.tranche.put(*id, (village, borrower, tranche.clone()));
            }
        }
        let mut book = self.loan_book.get(&village).cloned().unwrap_or_default();
        book.replace(before, after);
        self.loan_book.put(village, book);
    }
}
