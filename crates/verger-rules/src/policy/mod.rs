//! The programme policy: every time, rate, fee and cap, versioned and checked as a whole. Owns what
//! a sound policy is; must not be read from constants in code: the shipped values are in
//! `policy.toml`, and a village keeps the versions it lived under in its journal.

mod sections;
mod trust;

use std::collections::BTreeMap;

use iso_currency::Currency;
use serde::{Deserialize, Serialize};

use crate::credit::caps;
pub use sections::*;
pub use trust::{TrustLevel, TrustPolicy, TrustPool, TrustPools};

/// The shipped policy, as TOML: a starting point, complete and valid.
pub const SHIPPED_TOML: &str = include_str!("../../policy.toml");

/// No policy may allow larger amounts: thousands of them must still sum within 63 bits.
const AMOUNT_MINOR_LIMIT: i64 = 1_000_000_000_000_000;

/// Two days of rural wage are never more: a million of them must still sum within 63 bits.
const UNIT_MINOR_LIMIT: i64 = 1_000_000_000;

/// A complete policy of one version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Certification. Source: 30-market 2.9.
    pub agent: AgentPolicy,
    /// The agent's pay. Source: demo village, 30-market 2.8.
    pub commission: CommissionPolicy,
    /// Lots and pools. Source: 30-market 2.7, demo village.
    pub cooperative: CooperativePolicy,
    /// Loans without collateral. Source: 50-credit section 4.
    pub credit: CreditPolicy,
    /// Complaints. Source: 30-market 2.6.
    pub dispute: DisputePolicy,
    /// Money in between. Source: 30-market 2.4.
    pub escrow: EscrowPolicy,
    /// Shares of a sale, frozen into the order at payment. Source: demo village, 30-market 2.2.
    pub fees: FeePolicy,
    /// Limits of every movement of money. Source: 30-market 2.0, 50-credit 4.10, 4.11.
    pub ledger: LedgerPolicy,
    /// Custody. Source: 30-market 2.5.
    pub parcel: ParcelPolicy,
    /// The programme itself.
    pub programme: Programme,
    /// Outside to village. Source: 30-market 2.3.
    pub purchase: PurchasePolicy,
    /// Village to outside. Source: 30-market 2.1, 2.2.
    pub sale: SalePolicy,
    /// The counter. Source: 30-market 2.9, 2.10, 50-credit 4.9.
    pub till: TillPolicy,
    /// The trust index. Source: 40-trust section 2.
    pub trust: TrustPolicy,
    /// Its number: a change needs a higher one.
    pub version: u32,
}

/// What is wrong with a policy, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("policy field {field}: {problem}")]
pub struct PolicyError {
    /// The field, as in the file: `till.pin_tries_max`.
    pub field: String,
    /// What is wrong with it, with the numbers.
    pub problem: String,
}

impl Policy {
    /// The currency of the books; checked by [`Policy::validate`].
    pub fn currency(&self) -> Option<Currency> {
        Currency::from_code(&self.programme.currency)
    }

    /// Checks every field against its range and the rules that hold between fields.
    ///
    /// # Errors
    /// The first field that is wrong, with its value and what it should be.
    pub fn validate(&self) -> Result<(), PolicyError> {
        if self.version == 0 {
            return wrong("version", "is 0, should be 1 or more");
        }
        if self.currency().is_none() {
            return wrong("programme.currency", "is not an ISO 4217 code such as CNY");
        }
        if self.programme.languages.is_empty() {
            return wrong("programme.languages", "is empty, should name at least one");
        }
        self.validate_numbers()?;
        self.validate_sums()?;
        self.trust.validate()
    }

    // Walks the policy as plain data, so that no field can be forgotten: shares are at most the
    // whole, and no number is negative. What may be zero is named.
    fn validate_numbers(&self) -> Result<(), PolicyError> {
        let value = serde_json::to_value(self).expect("a policy is plain data");
        let mut numbers = BTreeMap::new();
        collect_numbers("", &value, &mut numbers);
        for (field, number) in numbers {
            let may_be_zero = ["_minor", "_days", "_shift", "_hours", "_bps"];
            let is_zero_allowed = field.starts_with("commission.")
                || field == "credit.fee_ppm"
                || may_be_zero.iter().any(|end| field.ends_with(end))
                    && field != "programme.unit_minor";
            if number < 0 || (number == 0 && !is_zero_allowed) {
                return wrong(&field, &format!("is {number}, should be above 0"));
            }
            if (field.ends_with("_bps")
                || field.ends_with("_bps_max")
                || field.contains("purchase_bps."))
                && number > 10_000
            {
                return wrong(&field, &format!("is {number}, should be at most 10000 (100 %)"));
            }
            if field == "ledger.amount_minor_max" && number > AMOUNT_MINOR_LIMIT {
                return wrong(
                    &field,
                    &format!("is {number}, should be at most {AMOUNT_MINOR_LIMIT}"),
                );
            }
            if field == "programme.unit_minor" && number > UNIT_MINOR_LIMIT {
                let problem = format!("is {number}, should be at most {UNIT_MINOR_LIMIT}");
                return wrong(&field, &problem);
            }
            if field.starts_with("trust.weight_") && number > 256 {
                return wrong(&field, &format!("is {number}, should be at most 256"));
            }
            if field.ends_with("_shift") && number > 62 {
                return wrong(&field, &format!("is {number}, should be at most 62"));
            }
        }
        Ok(())
    }

    fn validate_sums(&self) -> Result<(), PolicyError> {
        let coop = &self.cooperative;
        let shares = [coop.patronage_bps, coop.reserve_bps, coop.share_bps];
        let sum: u64 = shares.iter().map(|bps| u64::from(*bps)).sum();
        if sum != 10_000 {
            let field = "cooperative.patronage_bps";
            return wrong(
                field,
                &format!("with reserve_bps and share_bps sums to {sum}, not 10000"),
            );
        }
        let credit = &self.credit;
        if credit.sweep_share_bps > credit.sweep_share_bps_max {
            return wrong("credit.sweep_share_bps", "is above sweep_share_bps_max");
        }
        if credit.par_halve_bps > credit.par_stop_bps {
            return wrong("credit.par_halve_bps", "is above par_stop_bps");
        }
        if let Some((field, problem)) = caps::problem(credit) {
            return wrong(field, &problem);
        }
        Ok(())
    }
}

fn wrong<T>(field: &str, problem: &str) -> Result<T, PolicyError> {
    Err(PolicyError { field: field.to_owned(), problem: problem.to_owned() })
}

fn collect_numbers(path: &str, value: &serde_json::Value, out: &mut BTreeMap<String, i64>) {
    use serde_json::Value;
    let child =
        |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::Number(number) => {
            out.insert(path.to_owned(), number.as_i64().unwrap_or(i64::MAX));
        }
        Value::Object(map) => {
            for (name, field) in map {
                collect_numbers(&child(name), field, out);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect_numbers(&child(&index.to_string()), item, out);
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}
