//! Cash and payments: the sheet of a shop's day, and money that waits for somebody to look at it.
//! Owns those sums; must not say what is late.

use verger_domain::id::OrderId;
use verger_domain::ledger::{AccountId, AccountKey, Code};
use verger_domain::market::Till;
use verger_domain::market::till::Receipt;
use verger_domain::time::Instant;

use super::{Place, Result, Window, code_or_id, moment, number, order_id};
use crate::reader::Reader;
use crate::table::{Fields, Row, Value};
use crate::{document, rows};

/// One session of a shop's drawer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TillSheet {
    /// The session.
    pub till: Till,
    /// The shop's short code.
    pub shop: String,
    /// The short code of who answers for it.
    pub agent: String,
    /// What came in between the two counts, or until now.
    pub in_minor: i64,
    /// What was paid out to people.
    pub out_minor: i64,
    /// What went to the bank.
    pub banked_minor: i64,
}

impl TillSheet {
    /// What there should be at the end: the first count with what came and went.
    pub const fn expected_minor(&self) -> i64 {
        let came = self.till.opened_minor.saturating_add(self.in_minor);
        came.saturating_sub(self.out_minor).saturating_sub(self.banked_minor)
    }
}

/// Money that waits for a person or for the processor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matching {
    /// What the processor holds for the village.
    pub clearing: MatchingAccount,
    /// Money whose owner is not found.
    pub unapplied: MatchingAccount,
    /// What was told of orders that are not there: the oldest first.
    pub receipts: Vec<WaitingReceipt>,
    /// Orders whose escrow has not moved for long: the oldest first.
    pub idle: Vec<IdleOrder>,
}

/// An account that should become empty again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MatchingAccount {
    /// What is on it, on its own side.
    pub balance_minor: i64,
    /// How much of that is older than it should be: what came first, goes first.
    pub old_minor: i64,
}

/// Money for an order that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitingReceipt {
    /// What the processor told.
    pub receipt: Receipt,
    /// Whether it is older than it should be.
    pub is_old: bool,
}

/// An order with money in escrow that nothing happens to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdleOrder {
    /// The order.
    pub order: OrderId,
    /// What is in its escrow.
    pub in_escrow_minor: i64,
    /// When its escrow moved last; when it was placed, where that is not known.
    pub moved_at: Instant,
}

// The count at the start comes after the gap it found, and the gap at the end is in the last
// moment, so that the first moment is outside and the last one inside.
const DRAWER: &str = "select
    cast(sum(case when d.amount_minor > 0 then d.amount_minor end) as bigint),
    cast(sum(case when d.amount_minor < 0 and b.seq is null then d.amount_minor end) as bigint),
    cast(sum(case when d.amount_minor < 0 and b.seq is not null then d.amount_minor end) as bigint)
    from entry d left join entry b on b.cell_id = d.cell_id and b.village_id = d.village_id
    and b.code = ?5 and b.owner = ?6 and b.seq = d.seq
    where d.cell_id = ?1 and d.village_id = ?2 and d.code = ?3 and d.owner = ?4
    and d.at > ?7 and d.at <= ?8";

impl Reader {
    /// The sessions that were opened in a window, oldest first, with what moved between their two
    /// counts.
    ///
    /// # Errors
    /// When the database fails.
    pub fn till_sheets(&mut self, place: Place, window: Window) -> Result<Vec<TillSheet>> {
        const SQL: &str = "select document from till where cell_id = ?1 and village_id = ?2
            and opened_at >= ?3 and opened_at < ?4";
        let codes = self.codes_of_people(place)?;
        let own = vec![window.from.micros().into(), window.to.micros().into()];
        let mut sheets = Vec::new();
        for row in self.rows_of(place, SQL, own)? {
            let till: Till = document::from(row)?;
            let (came, paid, banked_minor) = self.drawer_moved(place, &till)?;
            // What the last count found is neither income nor payment.
            let (over, short) = (till.gap_minor.max(0), till.gap_minor.saturating_neg().max(0));
            sheets.push(TillSheet {
                shop: code_or_id(&codes, till.shop),
                agent: code_or_id(&codes, till.agent),
                in_minor: came.saturating_sub(over),
                out_minor: paid.saturating_sub(short),
                banked_minor,
                till,
            });
        }
        sheets.sort_by_key(|sheet| (sheet.till.opened_at, sheet.till.id));
        Ok(sheets)
    }

    /// What came into a drawer during a session, what went out, and what of it went to the bank.
    fn drawer_moved(&mut self, place: Place, till: &Till) -> Result<(i64, i64, i64)> {
        let own = vec![
            number(Code::DRAWER),
            till.shop.bits().into(),
            number(Code::BANK_ESCROW),
            0_u128.into(),
            till.opened_at.micros().into(),
            till.closed_at.map_or(i64::MAX, Instant::micros).into(),
        ];
        let row = self.rows_of(place, DRAWER, own)?.into_iter().next().unwrap_or_default();
        let mut f = Fields::new("entry", row);
        let mut next = || f.opt_int().map(Option::unwrap_or_default);
        Ok((next()?, next()?.saturating_neg(), next()?.saturating_neg()))
    }

    /// Money that waits: what is older than `old` is told apart, and escrow counts as idle that has
    /// not moved since `idle`.
    ///
    /// # Errors
    /// When the database fails.
    pub fn matching(&mut self, place: Place, old: Instant, idle: Instant) -> Result<Matching> {
        Ok(Matching {
            clearing: self.matching_account(place, Code::PSP_CLEARING, old)?,
            unapplied: self.matching_account(place, Code::UNAPPLIED, old)?,
            receipts: self.waiting_receipts(place, old)?,
            idle: self.idle_orders(place, idle)?,
        })
    }

    /// What is on an account, and how much of it came before a moment.
    fn matching_account(
        &mut self,
        place: Place,
        code: Code,
        old: Instant,
    ) -> Result<MatchingAccount> {
        const SINCE: &str = "select
            cast(sum(case when amount_minor > 0 then amount_minor end) as bigint),
            cast(sum(case when amount_minor < 0 then amount_minor end) as bigint) from entry
            where cell_id = ?1 and village_id = ?2 and code = ?3 and owner = ?4 and at >= ?5";
        let id = AccountId { village: place.village, key: AccountKey::village(code) };
        let Some(account) = self.account(place.cell, id)? else {
            return Ok(MatchingAccount::default());
        };
        let own = vec![number(code), 0_u128.into(), old.micros().into()];
        let row = self.rows_of(place, SINCE, own)?.into_iter().next().unwrap_or_default();
        let mut f = Fields::new("entry", row);
        let (debits, credits) = (f.opt_int()?.unwrap_or(0), f.opt_int()?.unwrap_or(0));
        let is_credit = code.row().class.is_credit_normal();
        let came = if is_credit { credits.saturating_neg() } else { debits };
        let balance_minor = account.owned_minor();
        let old_minor = balance_minor.saturating_sub(came).max(0);
        Ok(MatchingAccount { balance_minor, old_minor })
    }

    fn waiting_receipts(&mut self, place: Place, old: Instant) -> Result<Vec<WaitingReceipt>> {
        const SQL: &str = "select cell_id, order_id, village_id, is_waiting, document from receipt
            where cell_id = ?1 and village_id = ?2 and is_waiting = 1";
        let mut waiting = Vec::new();
        for row in self.rows_of(place, SQL, Vec::new())? {
            let (_, told) = rows::receipt_from(row)?;
            let told = told.into_iter().filter(|receipt| receipt.is_waiting);
            waiting
                .extend(told.map(|receipt| WaitingReceipt { receipt, is_old: receipt.at < old }));
        }
        waiting.sort_by_key(|waiting| (waiting.receipt.at, waiting.receipt.id));
        Ok(waiting)
    }

    fn idle_orders(&mut self, place: Place, since: Instant) -> Result<Vec<IdleOrder>> {
        // What was placed later cannot have stood still for so long.
        const SQL: &str = "select o.order_id, o.in_escrow_minor, o.placed_at,
            (select max(e.at) from entry e where e.cell_id = o.cell_id
            and e.village_id = o.village_id and e.code = ?3 and e.owner = o.order_id)
            from market_order o where o.cell_id = ?1 and o.village_id = ?2
            and o.in_escrow_minor > 0 and o.placed_at < ?4";
        let own: Vec<Value> = vec![number(Code::ESCROW), since.micros().into()];
        let found: Result<Vec<IdleOrder>> =
            self.rows_of(place, SQL, own)?.into_iter().map(idle_from).collect();
        let mut idle = found?;
        idle.retain(|order| order.moved_at < since);
        idle.sort_by_key(|order| (order.moved_at, order.order));
        Ok(idle)
    }
}

fn idle_from(row: Row) -> Result<IdleOrder> {
    let mut f = Fields::new("market_order", row);
    let (order, in_escrow_minor, placed_at) = (order_id(&mut f)?, f.int()?, moment(&mut f)?);
    let moved_at = f.opt_int()?.map_or(placed_at, Instant::from_micros);
    Ok(IdleOrder { order, in_escrow_minor, moved_at })
}
