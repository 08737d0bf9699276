//! The web crate from outside: requests go in, answers come out. One binary, no network.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "the helpers of tests fail loudly, like the tests"
)]

mod catalogue;
mod cooperative;
mod counter;
mod credit;
mod doors;
mod edge;
mod faces;
mod jobs;
mod ledger;
mod lending;
mod loans;
mod pages;
mod parties;
mod payments;
mod people;
mod policy;
mod purchases;
mod reports;
mod rig;
mod sales;
mod screens;
mod selling;
mod sessions;
mod stage;
mod storefront;
mod texts;
mod trust;
mod villager;
