//! What a batch writes: the rows that its commands changed and added, and the journal. Owns which row
//! goes to which table; must not read.

use verger_domain::id::CellId;
use verger_domain::state::{State, Table as Rows};

use super::Sealed;
use crate::document;
use crate::engine::{Mode, Write};
use crate::loan_rows;
use crate::rows;
use crate::table::{self, Row, Table, Value};

fn upsert<K: Ord + Clone + std::fmt::Debug, V>(
    table: &'static Table,
    rows: &Rows<K, V>,
    row: impl Fn(&K, &V) -> Row,
) -> Write {
    let changed = rows.changes().filter_map(|(key, value)| value.map(|value| row(key, value)));
    Write { table, rows: changed.collect(), mode: Mode::Upsert }
}
fn delete<K: Ord + Clone + std::fmt::Debug, V>(
    table: &'static Table,
    rows: &Rows<K, V>,
    key_row: impl Fn(&K) -> Row,
) -> Write {
    let gone = rows.changes().filter(|(_, value)| value.is_none());
    Write { table, rows: gone.map(|(key, _)| key_row(key)).collect(), mode: Mode::Delete }
}

/// The rows of the state that changed, table by table.
pub(super) fn state_writes(cell: CellId, state: &State) -> Vec<Write> {
    use table::trust as t;
    let token_key =
        |id: &verger_domain::id::TokenId| vec![i64::from(cell.number()).into(), id.bits().into()];
    let mut writes = vec![
        upsert(&table::VILLAGE, &state.villages, |_, v| rows::village_row(cell, v)),
        upsert(&table::POLICY, &state.policies, |key, p| rows::policy_row(cell, *key, p)),
        upsert(&table::PARTY, &state.party, |_, party| rows::party_row(cell, party)),
        upsert(&table::PROFILE, &state.profile, |id, p| rows::profile_row(cell, *id, p)),
        upsert(&table::CODE, &state.code, |key, subject| rows::code_row(cell, key, *subject)),
        upsert(&table::TOKEN, &state.token, |_, (v, token)| rows::token_row(cell, *v, token)),
        delete(&table::TOKEN, &state.token, token_key),
        upsert(&table::PIN, &state.pin, |id, tries| rows::pin_row(cell, *id, *tries)),
        upsert(&table::PIN_SECRET, &state.pin_phc, |id, phc| rows::pin_secret_row(cell, *id, phc)),
        upsert(&table::ACCOUNT, &state.account, |_, account| rows::account_row(cell, account)),
        upsert(&table::HOLD, &state.hold, |_, hold| rows::hold_row(cell, hold)),
        upsert(&table::TIMER, &state.timer, |timer, v| rows::timer_row(cell, *timer, *v)),
        delete(&table::TIMER, &state.timer, |timer| rows::timer_key(cell, *timer)),
        upsert(&table::STANDING, &state.standing, |id, row| rows::standing_row(cell, *id, *row)),
        upsert(&table::REVERSAL, &state.reversal, |key, by| rows::reversal_row(cell, *key, *by)),
        upsert(&table::CLOSING, &state.closing, |key, hash| rows::closing_row(cell, key, *hash)),
    ];
    writes.extend([
        upsert(&t::TRUST, &state.trust, |id, row| rows::trust::trust_row(cell, *id, row)),
        upsert(&t::PAIR, &state.trust_pair, |key, row| rows::trust::pair_row(cell, *key, *row)),
        upsert(&t::BATCH, &state.trust_batch, |v, row| rows::trust::batch_row(cell, *v, *row)),
    ]);
    writes.extend(market_writes(cell, state));
    writes
}

/// The market's part of [`state_writes`].
fn market_writes(cell: CellId, state: &State) -> [Write; 22] {
    [
        upsert(&table::LISTING, &state.listing, |_, row| document::row(cell, row)),
        upsert(&table::MARKET_ORDER, &state.order, |_, row| document::row(cell, row)),
        upsert(&table::PARCEL, &state.parcel, |_, row| document::row(cell, row)),
        upsert(&table::TRIP, &state.trip, |_, row| document::row(cell, row)),
        upsert(&table::DISPUTE, &state.dispute, |_, row| document::row(cell, row)),
        upsert(&table::GROUP_PURCHASE, &state.group, |_, row| document::row(cell, row)),
        upsert(&table::LOT, &state.lot, |_, row| document::row(cell, row)),
        upsert(&table::POOL, &state.pool, |_, row| document::row(cell, row)),
        upsert(&table::BORROWER, &state.borrower, |_, row| document::row(cell, row)),
        upsert(&table::TRANCHE, &state.tranche, |_, (village, household, row)| {
            loan_rows::tranche_row(cell, (*village, *household), row)
        }),
        upsert(&table::LOAN_BOOK, &state.loan_book, |village, book| {
            loan_rows::loan_book_row(cell, *village, book)
        }),
        upsert(&table::SHELF, &state.shelf, |_, row| document::row(cell, row)),
        upsert(&table::SEASON, &state.season, |_, row| document::row(cell, row)),
        upsert(&table::PREORDER, &state.preorder, |_, row| document::row(cell, row)),
        upsert(&table::COOPERATIVE, &state.cooperative, |_, row| document::row(cell, row)),
        upsert(&table::VOTE, &state.vote, |_, row| document::row(cell, row)),
        upsert(&table::TILL, &state.till, |_, row| document::row(cell, row)),
        upsert(&table::DRAWER, &state.drawer, |shop, row| rows::drawer_row(cell, *shop, *row)),
        delete(&table::DRAWER, &state.drawer, |shop| rows::drawer_key(cell, *shop)),
        upsert(&table::RECEIPT, &state.receipt, |id, list| rows::receipt_row(cell, *id, list)),
        upsert(&table::PAYER, &state.payer, |key, by| rows::payer_row(cell, key, *by)),
        upsert(&table::PHOTO, &state.photo, |key, seq| rows::photo_row(cell, key, *seq)),
    ]
}

/// The rows that were added, and the journal.
pub(super) fn append_writes(cell: CellId, state: &State, records: &[Sealed]) -> Vec<Write> {
    let insert = |table, rows| Write { table, rows, mode: Mode::Insert };
    let appended = &state.appended;
    let routes = records.iter().filter(|sealed| {
        let registered =
            |e: &verger_domain::Effect| matches!(e, verger_domain::Effect::VillageRegistered(_));
        sealed.record.effects.iter().any(registered)
    });
    let cell_value = || Value::from(i64::from(cell.number()));
    let routes = routes.map(|sealed| vec![sealed.record.village.number().into(), cell_value()]);
    vec![
        insert(&table::VILLAGE_ROUTE, routes.collect()),
        insert(&table::ENTRY, appended.entries.iter().map(|e| rows::entry_row(cell, e)).collect()),
        insert(
            &table::EVIDENCE,
            appended.evidence.iter().map(|row| rows::evidence_row(cell, row)).collect(),
        ),
        insert(
            &table::STOCK_ENTRY,
            appended.stock.iter().map(|entry| rows::stock_entry_row(cell, entry)).collect(),
        ),
        insert(
            &table::REVIEW,
            appended.reviews.iter().map(|row| rows::review_row(cell, row)).collect(),
        ),
        insert(
            &table::LOT_ORDER,
            appended.lot_orders.iter().map(|row| rows::lot_order_row(cell, row)).collect(),
        ),
        insert(
            &table::OUTBOX,
            appended.messages.iter().map(|row| rows::outbox_row(cell, row)).collect(),
        ),
        insert(
            &table::trust::LINE,
            appended.trust_lines.iter().map(|row| rows::trust::line_row(cell, row)).collect(),
        ),
        insert(
            &table::trust::WEIGHT,
            appended.trust_weights.iter().map(|row| rows::trust::weight_row(cell, row)).collect(),
        ),
        insert(&table::JOURNAL, records.iter().map(|sealed| journal_row(cell, sealed)).collect()),
    ]
}

pub(crate) fn journal_row(cell: CellId, sealed: &Sealed) -> Row {
    let record = &sealed.record;
    vec![
        i64::from(cell.number()).into(),
        record.seq.into(),
        record.key.bits().into(),
        record.village.number().into(),
        record.kind.as_str().into(),
        record.actor.to_string().into(),
        record.at.micros().into(),
        Value::Bytes(sealed.payload.clone()),
        sealed.payload_hash.into(),
        sealed.chain.into(),
    ]
}
