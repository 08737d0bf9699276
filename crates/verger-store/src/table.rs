//! Tables as data: names, columns and values that both engines turn into their own SQL. Owns the
//! list of tables; must not know what a row means, nor any engine.

mod cooperative;
mod credit;
pub(crate) mod trust;

pub(crate) use credit::{BORROWER, LOAN_BOOK, TRANCHE};

use crate::error::StoreError;

pub(crate) use cooperative::{COOPERATIVE, LOT_ORDER, PREORDER, SEASON, SHELF, VOTE};

/// The type of a column; every column may be null where the migration says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Int,
    Bytes,
    Text,
}

/// A column: its name and type.
#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
}

/// A table: its first `key` columns are the primary key.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) key: usize,
    pub(crate) columns: &'static [Column],
}

impl Table {
    /// The names of all columns, separated by commas.
    pub(crate) fn column_list(&self) -> String {
        names(self.columns.iter())
    }

    /// The columns of the primary key.
    pub(crate) fn key_columns(&self) -> impl Iterator<Item = &Column> + Clone {
        self.columns.iter().take(self.key)
    }

    /// The columns that are not in the primary key.
    pub(crate) fn rest_columns(&self) -> impl Iterator<Item = &Column> + Clone {
        self.columns.iter().skip(self.key)
    }

    /// The key columns beside the cell, by which pages of one cell are ordered.
    pub(crate) fn page_columns(&self) -> Vec<&'static str> {
        self.key_columns().map(|column| column.name).filter(|name| *name != "cell_id").collect()
    }

    /// The columns by which a list of one phase is ordered: orders by when they were placed, which
    /// their index has, everything else by its id.
    pub(crate) fn sequence(&self) -> String {
        let is_placed = self.columns.iter().any(|column| column.name == "placed_at");
        let first = if is_placed { "placed_at, " } else { "" };
        format!("{first}{}", self.page_columns().join(", "))
    }

    /// The values of [`Table::page_columns`] in a row.
    pub(crate) fn page_key(&self, row: &[Value]) -> Row {
        let is_page = |(column, _): &(&Column, &Value)| column.name != "cell_id";
        self.key_columns().zip(row).filter(is_page).map(|(_, value)| value.clone()).collect()
    }

    /// The column with this name.
    pub(crate) fn column(&self, name: &str) -> &Column {
        let column = self.columns.iter().find(|column| column.name == name);
        column.expect("a lookup names a column of its table")
    }

    /// What an upsert does when the key is there: replace the rest, or leave the row.
    pub(crate) fn on_conflict(&self) -> String {
        let sets: Vec<String> =
            self.rest_columns().map(|c| format!("{0} = excluded.{0}", c.name)).collect();
        let key = names(self.key_columns());
        if sets.is_empty() {
            return format!(" on conflict ({key}) do nothing");
        }
        format!(" on conflict ({key}) do update set {}", sets.join(", "))
    }
}

fn names<'a>(columns: impl Iterator<Item = &'a Column>) -> String {
    columns.map(|column| column.name).collect::<Vec<_>>().join(", ")
}

/// One value of a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Value {
    /// Nothing.
    Null,
    /// A whole number.
    Int(i64),
    /// Bytes: ids, hashes, payloads.
    Bytes(Vec<u8>),
    /// Text.
    Text(String),
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}
impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Int(i64::from(number))
    }
}
impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Int(i64::try_from(number).expect("counters stay below 2^63"))
    }
}
impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}
impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}
impl<const N: usize> From<[u8; N]> for Value {
    fn from(bytes: [u8; N]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}
impl From<u128> for Value {
    fn from(bits: u128) -> Self {
        Self::Bytes(bits.to_be_bytes().to_vec())
    }
}
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// One row, in the order of its columns.
pub(crate) type Row = Vec<Value>;

/// Takes a row apart, value by value, and says clearly when one is not what it should be.
pub(crate) struct Fields {
    table: &'static str,
    values: std::vec::IntoIter<Value>,
}

impl Fields {
    pub(crate) fn new(table: &'static str, row: Row) -> Self {
        Self { table, values: row.into_iter() }
    }

    /// An error that names the table: the row holds something it cannot.
    pub(crate) fn wrong(&self, what: impl std::fmt::Display) -> StoreError {
        StoreError::Decode { table: self.table, what: what.to_string() }
    }

    pub(crate) fn int(&mut self) -> Result<i64, StoreError> {
        self.opt_int()?.ok_or_else(|| self.wrong("null instead of a number"))
    }

    pub(crate) fn opt_int(&mut self) -> Result<Option<i64>, StoreError> {
        match self.values.next() {
            Some(Value::Int(number)) => Ok(Some(number)),
            Some(Value::Null) => Ok(None),
            other => Err(self.wrong(format_args!("{other:?} instead of a number"))),
        }
    }

    /// A number of a narrower type.
    pub(crate) fn num<T: TryFrom<i64>>(&mut self) -> Result<T, StoreError> {
        let number = self.int()?;
        T::try_from(number).map_err(|_| self.wrong(format_args!("{number} is out of range")))
    }

    pub(crate) fn text(&mut self) -> Result<String, StoreError> {
        self.opt_text()?.ok_or_else(|| self.wrong("null instead of text"))
    }

    pub(crate) fn opt_text(&mut self) -> Result<Option<String>, StoreError> {
        match self.values.next() {
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(Value::Null) => Ok(None),
            other => Err(self.wrong(format_args!("{other:?} instead of text"))),
        }
    }

    /// Text that parses as a domain value.
    pub(crate) fn parse<T: std::str::FromStr>(&mut self) -> Result<T, StoreError> {
        let text = self.text()?;
        text.parse().map_err(|_| self.wrong(format_args!("{text:?} does not parse")))
    }

    pub(crate) fn bytes(&mut self) -> Result<Vec<u8>, StoreError> {
        match self.values.next() {
            Some(Value::Bytes(bytes)) => Ok(bytes),
            other => Err(self.wrong(format_args!("{other:?} instead of bytes"))),
        }
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], StoreError> {
        let bytes = self.bytes()?;
        let len = bytes.len();
        bytes.try_into().map_err(|_| self.wrong(format_args!("{len} bytes instead of {N}")))
    }

    /// The 128 bits of an id.
    pub(crate) fn bits(&mut self) -> Result<u128, StoreError> {
        Ok(u128::from_be_bytes(self.array()?))
    }

    pub(crate) fn opt_bits(&mut self) -> Result<Option<u128>, StoreError> {
        match self.values.as_slice().first() {
            Some(Value::Null) => {
                self.values.next();
                Ok(None)
            }
            _ => self.bits().map(Some),
        }
    }
}

const fn int(name: &'static str) -> Column {
    Column { name, kind: Kind::Int }
}
const fn bytes(name: &'static str) -> Column {
    Column { name, kind: Kind::Bytes }
}
const fn text(name: &'static str) -> Column {
    Column { name, kind: Kind::Text }
}

/// Every table of a village's rows, in an order in which they can be copied.
pub(crate) static ALL: &[&Table] = &[
    &CELL,
    &VILLAGE_ROUTE,
    &VILLAGE,
    &POLICY,
    &PARTY,
    &PROFILE,
    &CODE,
    &TOKEN,
    &PIN,
    &PIN_SECRET,
    &ACCOUNT,
    &ENTRY,
    &HOLD,
    &TIMER,
    &STANDING,
    &EVIDENCE,
    &REVERSAL,
    &CLOSING,
    &OUTBOX,
    &JOURNAL,
    &MOVED_KEY,
    &LISTING,
    &STOCK_ENTRY,
    &MARKET_ORDER,
    &PARCEL,
    &TRIP,
    &DISPUTE,
    &GROUP_PURCHASE,
    &LOT,
    &POOL,
    &BORROWER,
    &TRANCHE,
    &LOAN_BOOK,
    &SHELF,
    &SEASON,
    &PREORDER,
    &COOPERATIVE,
    &VOTE,
    &LOT_ORDER,
    &TILL,
    &DRAWER,
    &RECEIPT,
    &PAYER,
    &PHOTO,
    &PICTURE,
    &REVIEW,
    &trust::TRUST,
    &trust::PAIR,
    &trust::LINE,
    &trust::BATCH,
    &trust::WEIGHT,
];

/// One row a cell: the head of its chain and who owns it.
pub(crate) static CELL: Table = Table {
    name: "cell",
    key: 1,
    columns: &[
        int("cell_id"),
        int("seq"),
        bytes("chain"),
        int("at"),
        int("epoch"),
        text("owner"),
        int("lease_until"),
    ],
};

/// Which cell keeps which village. The one table without a leading cell: a reference table.
pub(crate) static VILLAGE_ROUTE: Table =
    Table { name: "village_route", key: 1, columns: &[int("village_id"), int("cell_id")] };

/// Villages.
pub(crate) static VILLAGE: Table = Table {
    name: "village",
    key: 2,
    columns: &[
        int("cell_id"),
        int("village_id"),
        text("code"),
        text("name"),
        text("name_latin"),
        text("county"),
        text("currency"),
        int("altitude_m"),
        text("closed_through"),
        int("policy_version"),
        int("registered_on"),
    ],
};

/// Every policy version a village lived under, as canonical JSON.
pub(crate) static POLICY: Table = Table {
    name: "policy",
    key: 3,
    columns: &[int("cell_id"), int("village_id"), int("version"), text("document")],
};

/// People, families and firms, without their names.
pub(crate) static PARTY: Table = Table {
    name: "party",
    key: 2,
    columns: &[
        int("cell_id"),
        bytes("party_id"),
        int("village_id"),
        text("kind"),
        text("code"),
        bytes("household"),
        text("certified"),
        text("duty"),
    ],
};

/// Names and descriptions: never in the journal, so that a person can be forgotten.
pub(crate) static PROFILE: Table = Table {
    name: "profile",
    key: 2,
    columns: &[
        int("cell_id"),
        bytes("party_id"),
        text("name"),
        text("name_latin"),
        text("facts"),
        bytes("salt"),
    ],
};

/// What a short code stands for.
pub(crate) static CODE: Table = Table {
    name: "code",
    key: 4,
    columns: &[int("cell_id"), int("village_id"), text("noun"), text("code"), bytes("subject")],
};

/// Bearer tokens, by the hash of their secret.
pub(crate) static TOKEN: Table = Table {
    name: "token",
    key: 2,
    columns: &[
        int("cell_id"),
        bytes("token_id"),
        int("village_id"),
        bytes("party_id"),
        text("scopes"),
        bytes("secret_hash"),
        int("expires_at"),
    ],
};

/// Counts of wrong PINs; a row is there when there is a PIN.
pub(crate) static PIN: Table = Table {
    name: "pin",
    key: 2,
    columns: &[int("cell_id"), bytes("party_id"), int("wrong"), int("locked_until")],
};

/// PIN hashes (argon2id, PHC form): never in the journal.
pub(crate) static PIN_SECRET: Table = Table {
    name: "pin_secret",
    key: 2,
    columns: &[int("cell_id"), bytes("party_id"), text("phc")],
};

/// Accounts with their four counters, in minor units.
pub(crate) static ACCOUNT: Table = Table {
    name: "account",
    key: 4,
    columns: &[
        int("cell_id"),
        int("village_id"),
        int("code"),
        bytes("owner"),
        text("currency"),
        text("label"),
        int("debits_posted"),
        int("credits_posted"),
        int("debits_pending"),
        int("credits_pending"),
    ],
};

/// Statement lines, clustered by account.
pub(crate) static ENTRY: Table = Table {
    name: "entry",
    key: 6,
    columns: &[
        int("cell_id"),
        int("village_id"),
        int("code"),
        bytes("owner"),
        int("seq"),
        int("leg"),
        int("amount_minor"),
        int("balance_minor"),
        int("effective_on"),
        int("at"),
    ],
};

/// Two-phase holds.
pub(crate) static HOLD: Table = Table {
    name: "hold",
    key: 2,
    columns: &[
        int("cell_id"),
        bytes("hold_id"),
        int("village_id"),
        int("debit_code"),
        bytes("debit_owner"),
        int("credit_code"),
        bytes("credit_owner"),
        int("amount_minor"),
        int("expires_at"),
        text("status"),
        int("posted_minor"),
    ],
};

/// What the clock has to do.
pub(crate) static TIMER: Table = Table {
    name: "timer",
    key: 4,
    columns: &[int("cell_id"), int("due_at"), text("kind"), bytes("subject"), int("village_id")],
};

/// A running count of the facts known about a party.
pub(crate) static STANDING: Table = Table {
    name: "standing",
    key: 2,
    columns: &[
        int("cell_id"),
        bytes("party_id"),
        int("village_id"),
        int("good_count"),
        int("bad_count"),
        int("good_minor"),
    ],
};

/// Facts for the trust index.
pub(crate) static EVIDENCE: Table = Table {
    name: "evidence",
    key: 4,
    columns: &[
        int("cell_id"),
        bytes("member"),
        int("seq"),
        int("number"),
        int("village_id"),
        text("kind"),
        int("good"),
        bytes("counterparty"),
        int("value_minor"),
        int("at"),
        int("is_counter"),
        bytes("order_id"),
    ],
};

/// Which record took which one back.
pub(crate) static REVERSAL: Table = Table {
    name: "reversal",
    key: 3,
    columns: &[int("cell_id"), int("village_id"), int("seq"), int("by_seq")],
};

/// The sealing hash of each closed month.
pub(crate) static CLOSING: Table = Table {
    name: "closing",
    key: 3,
    columns: &[int("cell_id"), int("village_id"), text("month"), bytes("hash")],
};

/// Messages to other villages; `done_at` is null until delivered.
pub(crate) static OUTBOX: Table = Table {
    name: "outbox",
    key: 3,
    columns: &[
        int("cell_id"),
        int("seq"),
        int("number"),
        int("village_id"),
        text("message"),
        int("done_at"),
    ],
};

/// One row a command: the idempotency key, the packed record and the chain.
pub(crate) static JOURNAL: Table = Table {
    name: "journal",
    key: 2,
    columns: &[
        int("cell_id"),
        int("seq"),
        bytes("key"),
        int("village_id"),
        text("kind"),
        text("actor"),
        int("at"),
        bytes("payload"),
        bytes("payload_hash"),
        bytes("chain"),
    ],
};

/// Idempotency keys that a village brought along from its former cell.
pub(crate) static MOVED_KEY: Table = Table {
    name: "moved_key",
    key: 2,
    columns: &[int("cell_id"), bytes("key"), int("village_id"), bytes("payload")],
};

/// Listings of the catalogue; the document is the listing, the columns are for questions.
pub(crate) static LISTING: Table = Table {
    name: "listing",
    key: 2,
    columns: &[
        int("cell_id"),
        bytes("listing_id"),
        int("village_id"),
        text("code"),
        text("phase"),
        text("document"),
    ],
};

/// The stock ledger: one row for each movement of a listing's pieces.
pub(crate) static STOCK_ENTRY: Table = Table {
    name: "stock_entry",
    key: 4,
    columns: &[
        int("cell_id"),
        bytes("listing_id"),
        int("seq"),
        int("number"),
        int("village_id"),
        int("delta_held"),
        int("delta_on_hand"),
        int("held"),
        int("on_hand"),
        text("reason"),
        int("at"),
    ],
};

/// Orders of both flows; the document is the order, the columns are for questions.
pub(crate) static MARKET_ORDER: Table = Table {
    name: "market_order",
    key: 2,
    columns: &[
        int("cell_id"),
        bytes("order_id"),
        int("village_id"),
        text("flow"),
        text("phase"),
        int("placed_at"),
        bytes("buyer"),
        bytes("agent"),
        bytes("seller"),
        int("goods_minor"),
        int("freight_minor"),
        int("refunded_minor"),
        int("platform_minor"),
        int("commission_minor"),
        int("cooperative_minor"),
        int("packaging_minor"),
        int("rest_minor"),
        int("in_escrow_minor"),
        int("saved_minor"),
        int("completed_at"),
        text("document"),
    ],
};

/// Parcels with their custody.
pub(crate) static PARCEL: Table = Table {
    name: "parcel",
    key: 2,
    columns: &[
        int("cell_id"),
        bytes("parcel_id"),
        int("village_id"),
        bytes("order_id"),
        text("phase"),
        bytes("holder"),
        bytes("trip_id"),
        text("document"),
    ],
};

/// Trips with their manifests.
pub(crate) static TRIP: Table = Table {
    name: "trip",
    key: 2,
    columns: &[
        int("cell_id"),
        bytes("trip_id"),
        int("village_id"),
        text("phase"),
        text("document"),
    ],
};

/// Disputes about orders.
pub(crate) static DISPUTE: Table = Table {
    name: "dispute",
    key: 2,
    columns: &[
        int("cell_id"),
        bytes("dispute_id"),
        int("village_id"),
        bytes("order_id"),
        text("phase"),
        text("document"),
    ],
};

/// Group purchases.
pub(crate) static GROUP_PURCHASE: Table = Table {
    name: "group_purchase",
    key: 2,
    columns: &[
        int("cell_id"),
        bytes("group_id"),
        int("village_id"),
        text("phase"),
        text("document"),
    ],
};

/// Sessions of a shop's drawer.
pub(crate) static TILL: Table = Table {
    name: "till",
    key: 2,
    columns: &[
        int("cell_id"),
        bytes("till_id"),
        int("village_id"),
        bytes("shop"),
        text("phase"),
        int("opened_at"),
        text("document"),
    ],
};

/// Which session of a shop's drawer is open.
pub(crate) static DRAWER: Table = Table {
    name: "drawer",
    key: 2,
    columns: &[int("cell_id"), bytes("shop"), int("village_id"), bytes("till_id")],
};

/// What the payment processor told of each order.
pub(crate) static RECEIPT: Table = Table {
    name: "receipt",
    key: 2,
    columns: &[
        int("cell_id"),
        bytes("order_id"),
        int("village_id"),
        int("is_waiting"),
        text("document"),
    ],
};

/// Who used a source of payment first, by its keyed digest.
pub(crate) static PAYER: Table = Table {
    name: "payer",
    key: 3,
    columns: &[int("cell_id"), int("village_id"), bytes("payer"), bytes("party_id")],
};

/// Which record used a picture as proof.
pub(crate) static PHOTO: Table = Table {
    name: "photo",
    key: 3,
    columns: &[int("cell_id"), int("village_id"), bytes("photo"), int("seq")],
};

/// Pictures by digest and size; never in the journal, which keeps the digest.
pub(crate) static PICTURE: Table = Table {
    name: "picture",
    key: 4,
    columns: &[int("cell_id"), int("village_id"), bytes("digest"), text("size"), bytes("bytes")],
};

/// Lots that households brought.
pub(crate) static LOT: Table = Table {
    name: "lot",
    key: 2,
    columns: &[
        int("cell_id"),
        bytes("lot_id"),
        int("village_id"),
        bytes("household"),
        int("picked_on"),
        text("phase"),
        text("document"),
    ],
};

/// What buyers said: one row for each listing and each household that a review is about.
pub(crate) static REVIEW: Table = Table {
    name: "review",
    key: 3,
    columns: &[
        int("cell_id"),
        bytes("subject"),
        int("seq"),
        int("village_id"),
        bytes("order_id"),
        int("stars"),
        text("words"),
        int("at"),
    ],
};

/// Pools of the cooperative.
pub(crate) static POOL: Table = Table {
    name: "pool",
    key: 2,
    columns: &[
        int("cell_id"),
        bytes("pool_id"),
        int("village_id"),
        text("phase"),
        text("document"),
    ],
};
