//! The web crate from outside: requests go in, answers come out. One binary, no network.

mod counter;
mod edge;
mod ledger;
mod pages;
mod parties;
mod rig;
mod texts;
