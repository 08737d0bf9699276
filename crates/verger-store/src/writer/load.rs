//! What commands read: the look-ups of a batch, and the found rows as domain values. Owns their order,
//! which both halves of this file must keep alike; must not write.

use std::collections::BTreeSet;
use std::sync::Arc;

use verger_domain::Reads;
use verger_domain::credit::Borrower;
use verger_domain::effect::Record;
use verger_domain::id::{PartyId, VillageId};
use verger_domain::market::{
    Cooperative, Dispute, Group, Listing, Lot, Order, Parcel, Pool, Preorder, SeasonWindow, Shelf,
    Till, Trip, Vote,
};
use verger_domain::state::{State, Table as Rows};
use verger_domain::trust::LineRow;

use crate::document;
use crate::engine::Select;
use crate::error::StoreError;
use crate::loan_rows;
use crate::rows;
use crate::table::{self, Row, Table, Value};

/// The look-ups of a list of reads, in a fixed order that [`fill_state`] follows.
pub(super) fn selects_for(reads: &Reads) -> impl Iterator<Item = Select> {
    let village = |village: VillageId| Value::from(village.number());
    let numbered = |(v, seq): &(VillageId, u64)| vec![village(*v), (*seq).into()];
    let list: [(&'static Table, &'static [&'static str], Vec<Row>); 12] = [
        (
            &table::VILLAGE,
            &["village_id"],
            reads.villages.iter().map(|v| vec![village(*v)]).collect(),
        ),
        (
            &table::POLICY,
            &["village_id", "version"],
            reads.policies.iter().map(|(v, n)| vec![village(*v), (*n).into()]).collect(),
        ),
        (&table::PARTY, &["party_id"], by_bits(reads.parties.iter().map(|id| id.bits()))),
        (
            &table::CODE,
            &["village_id", "noun", "code"],
            reads
                .codes
                .iter()
                .map(|(v, noun, code)| vec![village(*v), noun.name().into(), code.as_str().into()])
                .collect(),
        ),
        (&table::TOKEN, &["token_id"], by_bits(reads.tokens.iter().map(|id| id.bits()))),
        (&table::PIN, &["party_id"], by_bits(reads.pins.iter().map(|id| id.bits()))),
        (
            &table::ACCOUNT,
            &["village_id", "code", "owner"],
            reads.accounts.iter().map(|id| rows::account_key_row(*id)).collect(),
        ),
        (&table::HOLD, &["hold_id"], by_bits(reads.holds.iter().map(|id| id.bits()))),
        (
            &table::HOLD,
            &["village_id", "status"],
            reads.pending_holds.iter().map(|v| vec![village(*v), "pending".into()]).collect(),
        ),
        (&table::STANDING, &["party_id"], by_bits(reads.standings.iter().map(|id| id.bits()))),
        (&table::REVERSAL, &["village_id", "seq"], reads.reversals.iter().map(numbered).collect()),
        (&table::JOURNAL, &["seq"], reads.records.iter().map(|seq| vec![(*seq).into()]).collect()),
    ];
    let list = list.into_iter().chain(trust_selects(reads)).chain(market_selects_for(reads));
    list.filter(|(_, _, keys)| !keys.is_empty()).map(|(table, by, keys)| Select { table, by, keys })
}

/// The market's part of [`selects_for`].
fn market_selects_for(reads: &Reads) -> [(&'static Table, &'static [&'static str], Vec<Row>); 22] {
    let village = |village: VillageId| Value::from(village.number());
    [
        (&table::LISTING, &["listing_id"], by_bits(reads.listings.iter().map(|id| id.bits()))),
        (&table::MARKET_ORDER, &["order_id"], by_bits(reads.orders.iter().map(|id| id.bits()))),
        (&table::PARCEL, &["parcel_id"], by_bits(reads.parcels.iter().map(|id| id.bits()))),
        (&table::TRIP, &["trip_id"], by_bits(reads.trips.iter().map(|id| id.bits()))),
        (&table::DISPUTE, &["dispute_id"], by_bits(reads.disputes.iter().map(|id| id.bits()))),
        (&table::GROUP_PURCHASE, &["group_id"], by_bits(reads.groups.iter().map(|id| id.bits()))),
        (&table::LOT, &["lot_id"], by_bits(reads.lots.iter().map(|id| id.bits()))),
        (&table::POOL, &["pool_id"], by_bits(reads.pools.iter().map(|id| id.bits()))),
        (&table::BORROWER, &["household"], by_bits(reads.borrowers.iter().map(|id| id.bits()))),
        (&table::TRANCHE, &["tranche_id"], by_bits(reads.tranches.iter().map(|id| id.bits()))),
        (
            &table::LOAN_BOOK,
            &["village_id"],
            reads.loan_books.iter().map(|v| vec![village(*v)]).collect(),
        ),
        (&table::SHELF, &["pool_id"], by_bits(reads.shelves.iter().map(|id| id.bits()))),
        (&table::SEASON, &["season_id"], by_bits(reads.seasons.iter().map(|id| id.bits()))),
        (&table::PREORDER, &["order_id"], by_bits(reads.preorders.iter().map(|id| id.bits()))),
        (
            &table::COOPERATIVE,
            &["party_id"],
            by_bits(reads.cooperatives.iter().map(|id| id.bits())),
        ),
        (&table::VOTE, &["vote_id"], by_bits(reads.votes.iter().map(|id| id.bits()))),
        (&table::TILL, &["till_id"], by_bits(reads.tills.iter().map(|id| id.bits()))),
        (&table::DRAWER, &["shop"], by_bits(reads.drawers.iter().map(|id| id.bits()))),
        (&table::RECEIPT, &["order_id"], by_bits(reads.receipts.iter().map(|id| id.bits()))),
        (
            &table::PAYER,
            &["village_id", "payer"],
            reads.payers.iter().map(|(v, payer)| vec![village(*v), (*payer).into()]).collect(),
        ),
        (
            &table::PHOTO,
            &["village_id", "photo"],
            reads.photos.iter().map(|(v, photo)| vec![village(*v), photo.0.into()]).collect(),
        ),
        (
            &table::TIMER,
            &["due_at", "kind", "subject"],
            reads
                .timers
                .iter()
                .map(|t| vec![t.due_at.micros().into(), t.kind.name().into(), t.subject.into()])
                .collect(),
        ),
    ]
}

fn by_bits(bits: impl Iterator<Item = u128>) -> Vec<Row> {
    bits.map(|bits| vec![bits.into()]).collect()
}

/// Puts the found rows, and the absence of the others, into the state.
pub(super) fn fill_state(
    reads: &Reads,
    state: &mut State,
    mut found: impl Iterator<Item = Vec<Row>>,
) -> Result<(), StoreError> {
    let mut next =
        |is_wanted: bool| if is_wanted { found.next().unwrap_or_default() } else { Vec::new() };
    fill(&mut state.villages, &reads.villages, next(!reads.villages.is_empty()), |row| {
        rows::village_from(row).map(|village| (village.id, village))
    })?;
    fill(&mut state.policies, &reads.policies, next(!reads.policies.is_empty()), |row| {
        rows::policy_from(row).map(|(key, policy)| (key, Arc::new(policy)))
    })?;
    fill(&mut state.party, &reads.parties, next(!reads.parties.is_empty()), |row| {
        rows::party_from(row).map(|party| (party.id, party))
    })?;
    fill(&mut state.code, &reads.codes, next(!reads.codes.is_empty()), rows::code_from)?;
    fill(&mut state.token, &reads.tokens, next(!reads.tokens.is_empty()), |row| {
        rows::token_from(row).map(|token| (token.id, (token.village, token)))
    })?;
    fill(&mut state.pin, &reads.pins, next(!reads.pins.is_empty()), rows::pin_from)?;
    fill(&mut state.account, &reads.accounts, next(!reads.accounts.is_empty()), |row| {
        rows::account_from(row).map(|account| (account.id, account))
    })?;
    let mut holds = next(!reads.holds.is_empty());
    holds.extend(next(!reads.pending_holds.is_empty()));
    fill(&mut state.hold, &reads.holds, holds, |row| rows::hold_from(row).map(|h| (h.id, h)))?;
    state.holds_loaded.extend(&reads.pending_holds);
    fill(
        &mut state.standing,
        &reads.standings,
        next(!reads.standings.is_empty()),
        rows::standing_from,
    )?;
    let reversals = next(!reads.reversals.is_empty());
    fill(&mut state.reversal, &reads.reversals, reversals, rows::reversal_from)?;
    fill(&mut state.record, &reads.records, next(!reads.records.is_empty()), |row| {
        journal_record(row).map(|record| (record.seq, record))
    })?;
    let found = next(!reads.trust.is_empty());
    fill(&mut state.trust, &reads.trust, found, rows::trust::trust_from)?;
    let found = next(!reads.trust_pairs.is_empty());
    fill(&mut state.trust_pair, &reads.trust_pairs, found, rows::trust::pair_from)?;
    let mut found = next(!reads.trust_counted.is_empty());
    found.extend(next(!reads.counted_with.is_empty()));
    let lines = found.into_iter().map(rows::trust::line_from).collect::<Result<Vec<_>, _>>()?;
    for (key, row) in LineRow::counted(lines) {
        state.trust_counted.load(key, Some(row));
    }
    state.counted_loaded.extend(&reads.trust_counted);
    state.counted_with_loaded.extend(&reads.counted_with);
    let found = next(!reads.trust_batches.is_empty());
    fill(&mut state.trust_batch, &reads.trust_batches, found, rows::trust::batch_from)?;
    fill_market(reads, state, next)
}

/// The market's part of [`fill_state`].
fn fill_market(
    reads: &Reads,
    state: &mut State,
    mut next: impl FnMut(bool) -> Vec<Row>,
) -> Result<(), StoreError> {
    let found = next(!reads.listings.is_empty());
    fill(&mut state.listing, &reads.listings, found, |row| {
        document::from::<Listing>(row).map(|listing| (listing.id, listing))
    })?;
    let found = next(!reads.orders.is_empty());
    fill(&mut state.order, &reads.orders, found, |row| {
        document::from::<Order>(row).map(|order| (order.id, order))
    })?;
    let found = next(!reads.parcels.is_empty());
    fill(&mut state.parcel, &reads.parcels, found, |row| {
        document::from::<Parcel>(row).map(|parcel| (parcel.id, parcel))
    })?;
    let found = next(!reads.trips.is_empty());
    fill(&mut state.trip, &reads.trips, found, |row| {
        document::from::<Trip>(row).map(|trip| (trip.id, trip))
    })?;
    let found = next(!reads.disputes.is_empty());
    fill(&mut state.dispute, &reads.disputes, found, |row| {
        document::from::<Dispute>(row).map(|dispute| (dispute.id, dispute))
    })?;
    let found = next(!reads.groups.is_empty());
    fill(&mut state.group, &reads.groups, found, |row| {
        document::from::<Group>(row).map(|group| (group.id, group))
    })?;
    let found = next(!reads.lots.is_empty());
    fill(&mut state.lot, &reads.lots, found, |row| {
        document::from::<Lot>(row).map(|lot| (lot.id, lot))
    })?;
    let found = next(!reads.pools.is_empty());
    fill(&mut state.pool, &reads.pools, found, |row| {
        document::from::<Pool>(row).map(|pool| (pool.id, pool))
    })?;
    let found = next(!reads.borrowers.is_empty());
    fill(&mut state.borrower, &reads.borrowers, found, |row| {
        document::from::<Borrower>(row).map(|borrower| (borrower.id, borrower))
    })?;
    let found = next(!reads.tranches.is_empty());
    fill(&mut state.tranche, &reads.tranches, found, loan_rows::tranche_from)?;
    let found = next(!reads.loan_books.is_empty());
    fill(&mut state.loan_book, &reads.loan_books, found, loan_rows::loan_book_from)?;
    fill_cooperative(reads, state, &mut next)?;
    let found = next(!reads.tills.is_empty());
    fill(&mut state.till, &reads.tills, found, |row| {
        document::from::<Till>(row).map(|till| (till.id, till))
    })?;
    let found = next(!reads.drawers.is_empty());
    fill(&mut state.drawer, &reads.drawers, found, rows::drawer_from)?;
    let found = next(!reads.receipts.is_empty());
    fill(&mut state.receipt, &reads.receipts, found, rows::receipt_from)?;
    let found = next(!reads.payers.is_empty());
    fill(&mut state.payer, &reads.payers, found, rows::payer_from)?;
    let found = next(!reads.photos.is_empty());
    fill(&mut state.photo, &reads.photos, found, rows::photo_from)?;
    let found = next(!reads.timers.is_empty());
    fill(&mut state.timer, &reads.timers, found, rows::timer_from)
}

/// The cooperative's part of [`fill_state`].
fn fill_cooperative(
    reads: &Reads,
    state: &mut State,
    next: &mut impl FnMut(bool) -> Vec<Row>,
) -> Result<(), StoreError> {
    let found = next(!reads.shelves.is_empty());
    fill(&mut state.shelf, &reads.shelves, found, |row| {
        document::from::<Shelf>(row).map(|shelf| (shelf.id, shelf))
    })?;
    let found = next(!reads.seasons.is_empty());
    fill(&mut state.season, &reads.seasons, found, |row| {
        document::from::<SeasonWindow>(row).map(|season| (season.id, season))
    })?;
    let found = next(!reads.preorders.is_empty());
    fill(&mut state.preorder, &reads.preorders, found, |row| {
        document::from::<Preorder>(row).map(|preorder| (preorder.id, preorder))
    })?;
    let found = next(!reads.cooperatives.is_empty());
    fill(&mut state.cooperative, &reads.cooperatives, found, |row| {
        document::from::<Cooperative>(row).map(|row| (row.id, row))
    })?;
    let found = next(!reads.votes.is_empty());
    fill(&mut state.vote, &reads.votes, found, |row| {
        document::from::<Vote>(row).map(|vote| (vote.id, vote))
    })?;
    Ok(())
}

fn fill<K: Ord + Clone + std::fmt::Debug, V>(
    table: &mut Rows<K, V>,
    wanted: &BTreeSet<K>,
    found: Vec<Row>,
    read: impl Fn(Row) -> Result<(K, V), StoreError>,
) -> Result<(), StoreError> {
    for row in found {
        let (key, value) = read(row)?;
        table.load(key, Some(value));
    }
    for key in wanted {
        table.load(key.clone(), None);
    }
    Ok(())
}

pub(super) fn journal_record(row: Row) -> Result<Record, StoreError> {
    match row.into_iter().nth(7) {
        Some(Value::Bytes(payload)) => rows::record_from(&payload),
        other => Err(StoreError::Decode { table: "journal", what: format!("payload {other:?}") }),
    }
}

/// The rows of trust that commands read, by table and key.
fn trust_selects(reads: &Reads) -> [(&'static Table, &'static [&'static str], Vec<Row>); 5] {
    use table::trust as t;
    let pair = |(a, b): &(PartyId, PartyId)| vec![a.bits().into(), b.bits().into()];
    let counted_with = by_bits(reads.counted_with.iter().map(|id| id.bits()));
    let batches = reads.trust_batches.iter().map(|v| vec![v.number().into()]).collect();
    [
        (&t::TRUST, &["party_id"], by_bits(reads.trust.iter().map(|id| id.bits()))),
        (&t::PAIR, &["household", "counterparty"], reads.trust_pairs.iter().map(pair).collect()),
        (&t::LINE, &["order_id"], by_bits(reads.trust_counted.iter().map(|id| id.bits()))),
        (&t::LINE, &["counterparty"], counted_with),
        (&t::BATCH, &["village_id"], batches),
    ]
}
