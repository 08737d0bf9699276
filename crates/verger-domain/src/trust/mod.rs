//! The trust index in the state machine: its commands. Owns them alone; the index itself is
//! `verger-rules`, offered here under the same name, and `decide/market/trust.rs` feeds it.

mod command;

pub use command::{FactProof, TrustCommand};
pub use verger_rules::trust::*;
