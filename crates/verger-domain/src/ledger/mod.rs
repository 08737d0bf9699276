//! Double entry: accounts, balanced postings, two-phase holds, reversals and period closes. Knows
//! nothing of orders, loans or trust: whoever moves money calls in here with lines that balance.

pub mod account;
pub mod chart;
pub mod hold;
pub mod period;
pub mod posting;

pub use account::{Account, AccountId, AccountKey};
pub use chart::Code;
pub use hold::{Hold, HoldStatus};
pub use posting::{Leg, Line};
