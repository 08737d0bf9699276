//! What people see or hold: pictures, and later papers to print. Bytes go in and bytes come out.
//! Must not know HTTP, the database or any other crate of Verger.
#![warn(missing_docs)]
#![warn(clippy::arithmetic_side_effects)]

pub mod card;
pub mod label;
pub mod picture;
pub mod qr;
