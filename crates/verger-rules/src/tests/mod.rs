//! Tests of the trust index by itself. Owns the policy they run under; the engine of credit and
//! everything that a command does is tested in `verger-domain`, where the books are.
#![expect(clippy::arithmetic_side_effects, reason = "an overflow in a test fails the test")]

mod trust;

use crate::policy::{Policy, SHIPPED_TOML};

fn shipped_policy() -> Policy {
    toml::from_str(SHIPPED_TOML).unwrap()
}
