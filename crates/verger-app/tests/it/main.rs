//! Use cases on real stores: one suite on SQLite and on PostgreSQL. Owns nothing but checks.

#![expect(clippy::indexing_slicing, reason = "a test that indexes wrongly fails, as it should")]

mod both_engines;
mod engines;
mod faults;
mod lanes;
mod moves;
mod proofs;
