//! Loans without collateral: exact interest, caps that cannot be passed, decisions that explain
//! themselves. Owns every rule of `docs/rules/credit.md`; must not read rows or post money itself.
//!
//! [`tranche`] is one draw, [`line`](mod@line) all draws of a borrower folded from their [`event`]s,
//! [`quote`] what a draw will cost, [`decision`] whether it is made,
//! [`caps`] which policies are refused, [`portfolio`] what all loans together are worth.

pub mod atoms;
pub mod book;
pub mod borrower;
pub mod caps;
pub mod decision;
pub mod enterprise;
pub mod event;
pub mod facts;
pub mod line;
pub mod portfolio;
pub mod quote;
pub mod sweep;
pub mod terms;
pub mod tranche;

pub use book::LoanBook;
pub use borrower::{Borrower, BorrowerEvent};
pub use event::{Event, Op, Outcome};
pub use line::{Line, fold};
pub use terms::{Part, Terms};
pub use tranche::{End, Status, Tranche};
