//! Rows of the market that are one domain value each: the value as canonical JSON, and beside it the
//! columns that questions ask by. Owns those columns; must not know what a value means.

use serde::Serialize;
use serde::de::DeserializeOwned;
use verger_domain::credit::Borrower;
use verger_domain::id::{CellId, PartyId, VillageId};
use verger_domain::market::{
    Cooperative, Dispute, Group, Listing, Lot, Order, OrderPhase, Parcel, Pool, Preorder,
    SeasonWindow, Shelf, Till, Trip, Vote,
};

use crate::error::StoreError;
use crate::table::{self, Row, Table, Value};

/// A domain value that is stored as one document.
pub trait Document: Serialize + DeserializeOwned + Send + 'static {
    /// The bits of its id.
    fn bits(&self) -> u128;
    /// The village whose it is.
    fn village(&self) -> VillageId;
    /// Its table, and the columns between the village and the document.
    #[doc(hidden)]
    fn place() -> Place;
    /// The values of those columns.
    #[doc(hidden)]
    fn columns(&self) -> Columns;
}

/// Where documents of a kind are stored. Only this crate can look into it.
#[derive(Clone, Copy)]
pub struct Place(pub(crate) &'static Table);

/// The values of a document's columns. Only this crate can look into it.
pub struct Columns(pub(crate) Vec<Value>);

/// The row of a document.
pub(crate) fn row<D: Document>(cell: CellId, document: &D) -> Row {
    let mut row: Row = vec![
        i64::from(cell.number()).into(),
        document.bits().into(),
        document.village().number().into(),
    ];
    row.extend(document.columns().0);
    let text = serde_json::to_string(document).expect("domain values are plain data");
    row.push(text.into());
    row
}

/// The document of a row: its last column.
pub(crate) fn from<D: Document>(row: Row) -> Result<D, StoreError> {
    let table = D::place().0.name;
    match row.into_iter().next_back() {
        Some(Value::Text(text)) => serde_json::from_str(&text)
            .map_err(|error| StoreError::Decode { table, what: error.to_string() }),
        other => Err(StoreError::Decode { table, what: format!("document {other:?}") }),
    }
}

/// Says of a kind of document where it is stored and by what it is asked for.
macro_rules! documents {
    ($($kind:ident in $table:ident: |$value:ident| [$($column:expr),* $(,)?];)*) => {$(
        impl Document for $kind {
            fn bits(&self) -> u128 {
                self.id.bits()
            }
            fn village(&self) -> VillageId {
                self.village
            }
            fn place() -> Place {
                Place(&table::$table)
            }
            fn columns(&self) -> Columns {
                let $value = self;
                Columns(vec![$($column.into()),*])
            }
        }
    )*};
}

documents! {
    Listing in LISTING: |row| [row.code.as_str(), row.phase.name()];
    Order in MARKET_ORDER: |row| [
        row.flow.name(),
        row.phase.name(),
        placed_at(row),
        row.buyer.bits(),
        row.agent.map(PartyId::bits),
        row.lines.first().map_or(0, |line| line.seller.bits()),
        row.goods_minor(),
        row.freight_minor,
        row.refunded_minor(),
        row.released.platform_minor,
        row.released.commission_minor.saturating_sub(row.commission_reversed_minor),
        row.released.cooperative_minor,
        row.released.packaging_minor,
        row.released.rest_minor,
        row.in_escrow_minor(),
        row.saved_minor(),
        row.at(OrderPhase::Completed).map(verger_domain::time::Instant::micros),
    ];
    Parcel in PARCEL: |row| [
        row.order.bits(),
        row.phase.name(),
        row.holder.bits(),
        row.trip.map(verger_domain::id::TripId::bits),
    ];
    Trip in TRIP: |row| [row.phase.name()];
    Dispute in DISPUTE: |row| [row.order.bits(), row.phase.name()];
    Group in GROUP_PURCHASE: |row| [row.phase.name()];
    Lot in LOT: |row| [
        row.household.bits(),
        i64::from(row.picked_on.days()),
        row.phase.name(),
    ];
    Pool in POOL: |row| [row.phase.name()];
    Borrower in BORROWER: |_row| [];
    Shelf in SHELF: |row| [if row.is_open { "open" } else { "closed" }];
    SeasonWindow in SEASON: |row| [row.phase.name()];
    Preorder in PREORDER: |row| [row.season.bits(), row.phase.name(), row.buyer.bits()];
    Cooperative in COOPERATIVE: |_row| ["founded"];
    Vote in VOTE: |row| [row.phase.name()];
    Till in TILL: |row| [row.shop.bits(), row.phase.name(), row.opened_at.micros()];
}

fn placed_at(order: &Order) -> i64 {
    order.reached.values().min().map_or(0, |at| at.micros())
}
