//! Questions about loans. Owns their statements; what a loan is worth is the domain's to say.

use verger_domain::credit::{LoanBook, Tranche};
use verger_domain::id::{CellId, PartyId, TrancheId, VillageId};

use crate::error::StoreError;
use crate::loan_rows;
use crate::reader::Reader;
use crate::table::{self, Row};

/// A draw with its village and household.
pub type Loan = (TrancheId, (VillageId, PartyId, Tranche));

impl Reader {
    /// All draws of a cell.
    ///
    /// # Errors
    /// When the database fails or a row is broken.
    pub fn all_tranches(&mut self, cell: CellId) -> Result<Vec<Loan>, StoreError> {
        self.all(&table::TRANCHE, cell)?.into_iter().map(loan_rows::tranche_from).collect()
    }

    /// All loan books of a cell.
    ///
    /// # Errors
    /// As [`Reader::all_tranches`].
    pub fn all_loan_books(
        &mut self,
        cell: CellId,
    ) -> Result<Vec<(VillageId, LoanBook)>, StoreError> {
        self.all(&table::LOAN_BOOK, cell)?.into_iter().map(loan_rows::loan_book_from).collect()
    }

    /// What a village has lent.
    ///
    /// # Errors
    /// As [`Reader::all_tranches`].
    pub fn loan_book(&mut self, cell: CellId, village: VillageId) -> Result<LoanBook, StoreError> {
        let by = [("village_id", village.number().into())];
        let found = self.by(&table::LOAN_BOOK, cell, &by)?.into_iter().next();
        let found = found.map(loan_rows::loan_book_from).transpose()?;
        Ok(found.map(|(_, book)| book).unwrap_or_default())
    }

    /// The draws of a village of which something is out, those due first in front.
    ///
    /// # Errors
    /// As [`Reader::all_tranches`].
    pub fn open_loans(
        &mut self,
        cell: CellId,
        village: VillageId,
    ) -> Result<Vec<Loan>, StoreError> {
        let columns = table::TRANCHE.column_list();
        let sql = format!(
            "select {columns} from tranche
             where cell_id = ?1 and village_id = ?2 and ended_on is null order by due_on, tranche_id"
        );
        let params = [i64::from(cell.number()).into(), village.number().into()];
        let rows = self.engine().query(&sql, &params)?;
        rows.into_iter().map(loan_rows::tranche_from).collect()
    }

    /// The draws of a village that are over, the latest first.
    ///
    /// # Errors
    /// As [`Reader::all_tranches`].
    pub fn ended_loans(
        &mut self,
        cell: CellId,
        village: VillageId,
        limit: u32,
    ) -> Result<Vec<Loan>, StoreError> {
        let columns = table::TRANCHE.column_list();
        let sql = format!(
            "select {columns} from tranche where cell_id = ?1 and village_id = ?2
             and ended_on is not null order by ended_on desc, tranche_id desc limit ?3"
        );
        let params = [i64::from(cell.number()).into(), village.number().into(), limit.into()];
        let rows = self.engine().query(&sql, &params)?;
        rows.into_iter().map(loan_rows::tranche_from).collect()
    }

    /// Shows every draw of a village, or of a whole cell, to `look`, page by page, so that a million
    /// of them need no memory.
    ///
    /// # Errors
    /// As [`Reader::all_tranches`].
    pub fn each_loan(
        &mut self,
        cell: CellId,
        village: Option<VillageId>,
        look: &mut dyn FnMut(VillageId, &Tranche),
    ) -> Result<(), StoreError> {
        let mut after: Option<Row> = None;
        loop {
            let rows = self.page(&table::TRANCHE, cell, after.as_deref(), PAGE)?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = Some(table::TRANCHE.page_key(last));
            for row in rows {
                let (_, (of, _, tranche)) = loan_rows::tranche_from(row)?;
                if village.is_none_or(|village| village == of) {
                    look(of, &tranche);
                }
            }
        }
    }
}

/// So many draws are read at a time.
const PAGE: u32 = 4_000;
