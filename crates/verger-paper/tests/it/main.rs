//! The tests of this crate, as one program. Owns nothing itself.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "the helpers of tests fail loudly, like the tests"
)]

mod label;
mod picture;
mod upload;
