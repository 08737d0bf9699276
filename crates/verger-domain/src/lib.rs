//! The rules of Verger: money, ledger, parties, policy, and every "no".
//!
//! Owns every decision. Must not read a clock, draw randomness, do I/O, use floating point, or
//! know SQL or HTTP: what it needs comes in as an argument, what it wants goes out as data.
//!
//! The shape of everything here is [`decide()`]: a state, a command and the time go in; effects or a
//! refusal come out. [`State::apply`] is the only place where an effect changes a state.
#![warn(missing_docs)]
#![warn(clippy::arithmetic_side_effects, clippy::float_arithmetic)]

pub mod command;
pub mod credit;
mod decide;
pub mod effect;
pub mod ledger;
pub mod market;
pub mod party;
pub mod refusal;
pub mod state;
#[cfg(test)]
mod tests;
pub mod trust;

pub use command::{Actor, Body, Command, Proof};
pub use decide::{Reads, decide, reads};
pub use effect::{Effect, Record};
pub use refusal::Refusal;
pub use state::State;
pub use verger_rules::{codec, id, money, policy, time};
