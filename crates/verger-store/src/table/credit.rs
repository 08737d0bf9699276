//! The tables of credit. Owns their columns; must not know what a row means.

use super::{Table, bytes, int, text};

/// Households as borrowers: files, events and lines.
pub(crate) static BORROWER: Table = Table {
    name: "borrower",
    key: 2,
    columns: &[int("cell_id"), bytes("household"), int("village_id"), text("document")],
};

/// Draws with their state on a day, by columns: a million of them are summed up without a document.
pub(crate) static TRANCHE: Table = Table {
    name: "tranche",
    key: 2,
    columns: &[
        int("cell_id"),
        bytes("tranche_id"),
        int("village_id"),
        bytes("household"),
        bytes("agent"),
        int("drawn_minor"),
        int("drawn_on"),
        int("due_on"),
        int("principal_minor"),
        int("rate_ppm"),
        int("penalty_rate_ppm"),
        int("fee_ppm"),
        int("grace_days"),
        int("non_accrual_days"),
        int("cap_ppm"),
        int("day_count"),
        int("fee_billed"),
        int("fee_paid"),
        int("interest_whole"),
        int("interest_remainder"),
        int("interest_paid"),
        int("penalty_whole"),
        int("penalty_remainder"),
        int("penalty_paid"),
        int("is_suspended"),
        int("through"),
        int("ended_on"),
        text("ended_as"),
        int("claim_minor"),
        int("recovered_minor"),
        int("written_off_minor"),
        int("plan_on"),
        int("plan_last_on"),
        int("plan_step_minor"),
        int("plan_steps"),
    ],
};

/// What each village has lent, by due date and agent.
pub(crate) static LOAN_BOOK: Table = Table {
    name: "loan_book",
    key: 2,
    columns: &[int("cell_id"), int("village_id"), text("document")],
};
