//! Money as an exact count of minor units. Owns amounts and their sums; must not round, convert
//! currencies or use floating point.

pub use iso_currency::Currency;
use serde::{Deserialize, Serialize};

/// An exact amount: a count of the currency's minor unit (fen, centime). Never a float.
///
/// There is deliberately no `Add` or `Sub`: every sum can overflow or mix currencies, so every sum
/// is a `Result`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

impl Money {
    /// An amount of `minor` units of `currency`.
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// The count of minor units (fen).
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The sum of two amounts of one currency.
    ///
    /// # Errors
    /// [`MoneyError::CurrencyMismatch`], or [`MoneyError::OutOfRange`] above 63 bits.
    pub fn try_add(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::OutOfRange)?;
        Ok(Self { minor, ..self })
    }

    /// The difference of two amounts of one currency.
    ///
    /// # Errors
    /// As [`Money::try_add`].
    pub fn try_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = self.minor.checked_sub(other.minor).ok_or(MoneyError::OutOfRange)?;
        Ok(Self { minor, ..self })
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            return Ok(());
        }
        Err(MoneyError::CurrencyMismatch { left: self.currency, right: other.currency })
    }
}

/// The amount in the currency's usual form without a symbol: `-12.05`, `990` for a currency
/// without minor units. Languages add their own separators and symbols in the web crate.
impl std::fmt::Display for Money {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let digits = u32::from(self.currency.exponent().unwrap_or(0));
        let scale = 10_u64.checked_pow(digits).unwrap_or(1);
        let sign = if self.minor < 0 { "-" } else { "" };
        let (whole, part) = match self.minor.unsigned_abs().checked_div(scale) {
            Some(whole) => (whole, self.minor.unsigned_abs().checked_rem(scale).unwrap_or(0)),
            None => (self.minor.unsigned_abs(), 0),
        };
        if digits == 0 {
            return write!(f, "{sign}{whole}");
        }
        let width = usize::try_from(digits).unwrap_or(0);
        write!(f, "{sign}{whole}.{part:0width$}")
    }
}

/// Why two amounts have no sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The amounts are of two currencies.
    #[error("{left} and {right} cannot be summed")]
    CurrencyMismatch {
        /// The currency of the left operand.
        left: Currency,
        /// The currency of the right operand.
        right: Currency,
    },
    /// The sum does not fit in 63 bits.
    #[error("the amount is out of range")]
    OutOfRange,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a sum is exact or an error, never a wrapped number or a mix of currencies.
    /// Method: the table of edge cases.
    #[test]
    fn sums_are_exact_or_refused() {
        let yuan = |minor| Money::new(minor, Currency::CNY);
        assert_eq!(yuan(1).try_add(yuan(2)), Ok(yuan(3)));
        assert_eq!(yuan(1).try_sub(yuan(2)), Ok(yuan(-1)));
        assert_eq!(yuan(i64::MAX).try_add(yuan(1)), Err(MoneyError::OutOfRange));
        assert_eq!(yuan(i64::MIN).try_sub(yuan(1)), Err(MoneyError::OutOfRange));
        let mixed = yuan(1).try_add(Money::new(1, Currency::EUR));
        assert!(matches!(mixed, Err(MoneyError::CurrencyMismatch { .. })), "{mixed:?}");
    }

    /// Goal: the printed form shows every minor unit. Method: table, with a currency without any.
    #[test]
    fn printed_form_keeps_every_minor_unit() {
        let table =
            [(0, "0.00"), (5, "0.05"), (-1205, "-12.05"), (i64::MIN, "-92233720368547758.08")];
        for (minor, text) in table {
            assert_eq!(Money::new(minor, Currency::CNY).to_string(), text);
        }
        assert_eq!(Money::new(-990, Currency::JPY).to_string(), "-990");
    }
}
