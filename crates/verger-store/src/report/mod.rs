//! Reports: what the shop packs and hands out, what is owed to whom, how a season went. Owns their
//! queries and shapes; must not change anything, and decides nothing: what is late is for the
//! caller to say.
//!
//! Each report is one or a few questions over an index, and reads of a document only the fields it
//! needs, so that a window of thousands of orders takes milliseconds. Rows come in an order that
//! does not depend on the engine.

mod cooperative;
mod packing;
mod season;
mod settlement;
#[cfg(test)]
mod tests;
mod till;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use verger_domain::id::{CellId, ListingId, OrderId, PartyId, VillageId};
use verger_domain::ledger::Code;
use verger_domain::market::OrderPhase;
use verger_domain::party::PartyKind;
use verger_domain::time::Instant;

use crate::error::StoreError;
use crate::reader::Reader;
use crate::table::{Fields, Row, Value};

pub use cooperative::{BoxLot, BoxSheet, LotBoxLine, PoolLotLine, PoolSheet};
pub use packing::{
    Manifest as TripManifest, ManifestLine, MemberPacking, OneSided, PackingLine, Waiting,
};
pub use season::{SeasonRow, SeasonSums};
pub use settlement::{
    AgentLedger, AgentLine, CarrierSettlement, CommissionSource, Side, SupplierLine,
    SupplierSettlement,
};
pub use till::{IdleOrder, Matching, MatchingAccount, TillSheet, WaitingReceipt};

type Result<T> = std::result::Result<T, StoreError>;

/// A span of time: from its first moment up to, but not with, its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first moment in it.
    pub from: Instant,
    /// The first moment after it.
    pub to: Instant,
}

impl Window {
    /// All of time.
    pub const ALL: Self =
        Self { from: Instant::from_micros(0), to: Instant::from_micros(i64::MAX) };

    /// Whether a moment lies in it.
    pub fn contains(self, at: Instant) -> bool {
        (self.from..self.to).contains(&at)
    }
}

/// A village and the cell that keeps its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The cell.
    pub cell: CellId,
    /// The village.
    pub village: VillageId,
}

impl Place {
    /// The first two parameters of every question here.
    fn params(self) -> [Value; 2] {
        [i64::from(self.cell.number()).into(), self.village.number().into()]
    }
}

/// What people call something of the catalogue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GoodName {
    /// Its short code.
    pub code: String,
    /// Its name in the local script.
    pub name: String,
    /// Its name in English.
    pub name_latin: String,
}

/// The phases of a purchase between its money and its end: what a supplier has to do with.
const PURCHASE_PAID: [OrderPhase; 7] = [
    OrderPhase::Funded,
    OrderPhase::Ordered,
    OrderPhase::Confirmed,
    OrderPhase::InTransit,
    OrderPhase::AtShop,
    OrderPhase::PickedUp,
    OrderPhase::Completed,
];

/// A part of a document: of the rest only the end is looked for.
fn part_of<T: DeserializeOwned>(table: &'static str, text: &str) -> Result<T> {
    serde_json::from_str(text)
        .map_err(|error| StoreError::Decode { table, what: error.to_string() })
}

fn order_id(fields: &mut Fields) -> Result<OrderId> {
    fields.bits().map(OrderId::from_bits)
}

fn party_id(fields: &mut Fields) -> Result<PartyId> {
    fields.bits().map(PartyId::from_bits)
}

fn moment(fields: &mut Fields) -> Result<Instant> {
    fields.int().map(Instant::from_micros)
}

/// The number of an account's code as a parameter.
fn number(code: Code) -> Value {
    u32::from(code.number()).into()
}

/// Somebody who can sell: the cooperative, a household or a supplier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seller {
    /// The short code.
    pub code: String,
    /// Which of the three.
    pub kind: PartyKind,
    /// The id.
    pub party: PartyId,
}

impl Reader {
    /// Who can sell in a village, by kind and code.
    ///
    /// # Errors
    /// When the database fails.
    pub fn sellers(&mut self, place: Place) -> Result<Vec<Seller>> {
        const SQL: &str = "select party_id, code from party
            where cell_id = ?1 and village_id = ?2 and kind = ?3";
        let mut sellers = Vec::new();
        for kind in [PartyKind::Household, PartyKind::Cooperative, PartyKind::Supplier] {
            for row in self.rows_of(place, SQL, vec![kind.name().into()])? {
                let mut f = Fields::new("party", row);
                sellers.push(Seller { party: party_id(&mut f)?, code: f.text()?, kind });
            }
        }
        sellers.sort_by(|a, b| (a.kind, &a.code).cmp(&(b.kind, &b.code)));
        Ok(sellers)
    }

    /// The rows of a question about a village: its own parameters start at `?3`.
    fn rows_of(&mut self, place: Place, sql: &str, own: Vec<Value>) -> Result<Vec<Row>> {
        let mut params = Vec::from(place.params());
        params.extend(own);
        self.engine().query(sql, &params)
    }

    /// The short codes of those of a village who are not buyers: there are few of them.
    fn codes_of_people(&mut self, place: Place) -> Result<BTreeMap<PartyId, String>> {
        const SQL: &str = "select party_id, code from party
            where cell_id = ?1 and village_id = ?2 and kind in ('shop', 'household', 'member',
            'agent', 'cooperative', 'supplier', 'carrier', 'staff')";
        let mut codes = BTreeMap::new();
        for row in self.rows_of(place, SQL, Vec::new())? {
            let mut f = Fields::new("party", row);
            codes.insert(party_id(&mut f)?, f.text()?);
        }
        Ok(codes)
    }

    /// What the goods of a village are called.
    fn names_of_goods(&mut self, place: Place) -> Result<BTreeMap<ListingId, GoodName>> {
        #[derive(Deserialize)]
        struct Named {
            text: Text,
        }
        #[derive(Deserialize)]
        struct Text {
            name: String,
            name_latin: String,
        }
        const SQL: &str = "select listing_id, code, document from listing
            where cell_id = ?1 and village_id = ?2";
        let mut names = BTreeMap::new();
        for row in self.rows_of(place, SQL, Vec::new())? {
            let mut f = Fields::new("listing", row);
            let (id, code) = (ListingId::from_bits(f.bits()?), f.text()?);
            let Text { name, name_latin } = part_of::<Named>("listing", &f.text()?)?.text;
            names.insert(id, GoodName { code, name, name_latin });
        }
        Ok(names)
    }
}

/// What is known under a key; what its id reads as where nothing is.
fn code_or_id(codes: &BTreeMap<PartyId, String>, party: PartyId) -> String {
    codes.get(&party).cloned().unwrap_or_else(|| party.to_string())
}

fn name_or_id(names: &BTreeMap<ListingId, GoodName>, listing: ListingId) -> GoodName {
    let unknown = || GoodName { code: listing.to_string(), ..GoodName::default() };
    names.get(&listing).cloned().unwrap_or_else(unknown)
}
