//! Use cases on real stores: one suite on SQLite and on PostgreSQL. Owns nothing but checks.

mod both_engines;
mod engines;
mod faults;
mod lanes;
mod moves;
mod proofs;
