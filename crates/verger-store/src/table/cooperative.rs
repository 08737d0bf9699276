//! The tables of the cooperative, as data. Owns their list alone.

use super::{Table, bytes, int, text};

/// Season windows of a variety.
pub(crate) static SEASON: Table = Table {
    name: "season",
    key: 2,
    columns: &[
        int("cell_id"),
        bytes("season_id"),
        int("village_id"),
        text("phase"),
        text("document"),
    ],
};

/// What of each pool lies in the store, and what its fruit has earned.
pub(crate) static SHELF: Table = Table {
    name: "shelf",
    key: 2,
    columns: &[
        int("cell_id"),
        bytes("pool_id"),
        int("village_id"),
        text("phase"),
        text("document"),
    ],
};

/// Boxes ordered ahead, by the order that they become.
pub(crate) static PREORDER: Table = Table {
    name: "preorder",
    key: 2,
    columns: &[
        int("cell_id"),
        bytes("order_id"),
        int("village_id"),
        bytes("season_id"),
        text("phase"),
        bytes("buyer"),
        text("document"),
    ],
};

/// Registers of the cooperatives' members, by the cooperative's party.
pub(crate) static COOPERATIVE: Table = Table {
    name: "cooperative",
    key: 2,
    columns: &[
        int("cell_id"),
        bytes("party_id"),
        int("village_id"),
        text("phase"),
        text("document"),
    ],
};

/// Votes of the members.
pub(crate) static VOTE: Table = Table {
    name: "vote",
    key: 2,
    columns: &[
        int("cell_id"),
        bytes("vote_id"),
        int("village_id"),
        text("phase"),
        text("document"),
    ],
};

/// Which lots are in the boxes of which orders: one row for each lot of an order.
pub(crate) static LOT_ORDER: Table = Table {
    name: "lot_order",
    key: 4,
    columns: &[int("cell_id"), int("village_id"), bytes("lot_id"), bytes("order_id"), int("grams")],
};
