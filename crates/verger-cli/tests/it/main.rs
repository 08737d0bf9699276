//! The program as people and crashes meet it: its commands, and kill -9 under load.
#![expect(clippy::indexing_slicing, reason = "a test that indexes wrongly fails, as it should")]

mod browser;
mod commands;
mod crash;
mod process;
