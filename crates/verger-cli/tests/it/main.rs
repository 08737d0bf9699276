//! The program as people and crashes meet it: its commands, and kill -9 under load.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that meets something else fails, as it should"
)]

mod browser;
mod buyer;
mod commands;
mod crash;
mod guides;
mod process;
