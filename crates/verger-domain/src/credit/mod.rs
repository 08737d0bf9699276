//! Credit in the state machine: its commands, and what the ledger must say about a borrower's line.
//! Owns both, and which decisions a record holds; the arithmetic is `verger-rules`, offered here
//! under the same name. Must not count interest itself.

pub mod books;
pub mod command;

pub use command::CreditCommand;
pub use verger_rules::credit::*;

use crate::effect::{Effect, Record};
use crate::refusal::{CreditRefusal, Refusal};
use decision::Decision;
use facts::Facts;

/// The decisions that a record of the journal holds, each with its facts: offered, made or declined.
/// Deciding again on the facts under the policy of that version must give the same (CR-44).
pub fn stored_in(record: &Record) -> Vec<(&Decision, &Facts)> {
    let effects = record.effects.iter().filter_map(|effect| match effect {
        Effect::CreditOffered { decision, facts, .. }
        | Effect::Credit { event: BorrowerEvent::Decided { decision, facts, .. }, .. } => {
            Some((&**decision, &**facts))
        }
        _ => None,
    });
    let refused = match &record.refusal {
        Some(Refusal::Credit(CreditRefusal::Declined { decision, facts, .. })) => {
            Some((&**decision, &**facts))
        }
        _ => None,
    };
    effects.chain(refused).collect()
}
