//! Use cases on real stores: one suite on SQLite and on PostgreSQL. Owns nothing but checks.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that meets something else fails, as it should"
)]

mod both_engines;
mod catalogue;
mod cooperative;
mod engines;
mod faults;
mod households;
mod lanes;
mod market;
mod moves;
mod pictures;
mod proofs;
mod properties;
mod season;
mod trust;
