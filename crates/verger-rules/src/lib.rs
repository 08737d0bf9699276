//! What Verger counts with, and how it counts trust and credit: units, policy, points, interest.
//!
//! Owns the arithmetic that the mission stands on: values go in, values come out. Must not know the
//! books, an order or a command, read a clock, draw randomness, do I/O or use floating point.
//!
//! [`trust`] turns honest operations into points and points into a limit; [`credit`] turns a draw
//! into interest that is never rounded against the borrower, and facts into a decision; [`policy`]
//! holds every number that a programme may choose. `verger-domain` keeps the state around them, and
//! its tests drive both through commands as well.
#![warn(missing_docs)]
#![warn(clippy::arithmetic_side_effects, clippy::float_arithmetic)]

pub mod codec;
pub mod credit;
pub mod id;
pub mod money;
pub mod policy;
pub mod share;
#[cfg(test)]
mod tests;
pub mod time;
pub mod trust;
