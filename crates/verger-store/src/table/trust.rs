//! The tables of trust. Owns their columns; must not know what they mean.

use super::{Table, bytes, int, text};

/// What is kept of each party.
pub(crate) static TRUST: Table = Table {
    name: "trust",
    key: 2,
    columns: &[
        int("cell_id"),
        bytes("party_id"),
        int("village_id"),
        int("batch"),
        text("document"),
    ],
};

/// The trade of a household with a counterparty.
pub(crate) static PAIR: Table = Table {
    name: "trust_pair",
    key: 3,
    columns: &[
        int("cell_id"),
        bytes("household"),
        bytes("counterparty"),
        int("village_id"),
        int("period"),
        int("sum_minor"),
        text("counts"),
    ],
};

/// The journal of points.
pub(crate) static LINE: Table = Table {
    name: "trust_line",
    key: 4,
    columns: &[
        int("cell_id"),
        bytes("household"),
        int("seq"),
        int("number"),
        int("village_id"),
        int("on_day"),
        text("kind"),
        text("pool"),
        int("grains"),
        int("value_minor"),
        int("share"),
        int("is_seed"),
        int("before_minor"),
        int("batch"),
        int("policy_version"),
        bytes("counterparty"),
        bytes("order_id"),
    ],
};

/// The last batch of each village.
pub(crate) static BATCH: Table = Table {
    name: "trust_batch",
    key: 2,
    columns: &[int("cell_id"), int("village_id"), int("number"), int("on_day"), int("rounds")],
};

/// The weights of every batch.
pub(crate) static WEIGHT: Table = Table {
    name: "trust_weight",
    key: 4,
    columns: &[
        int("cell_id"),
        int("village_id"),
        int("batch"),
        bytes("party_id"),
        int("weight"),
        int("backed_share"),
        int("backed_minor"),
    ],
};
