//! Trial balance, month and year close. Must not change a balance by itself: a year's close is a
//! posting like any other. Source: `50-credit` 4.11, golden vector X03.

use std::collections::BTreeMap;

use serde::Serialize;

use super::account::AccountKey;
use super::chart::{Class, Code};
use super::posting::Line;
use crate::codec::{self, Hash};
use crate::id::VillageId;
use crate::time::Month;

/// The posted balances of one village by code, debit positive, zeros left out.
pub type TrialBalance = BTreeMap<Code, i64>;

/// Sums balances (debit positive, in minor units) by code.
pub fn trial_balance(balances: impl IntoIterator<Item = (AccountKey, i64)>) -> TrialBalance {
    let mut sums = TrialBalance::new();
    for (key, balance_minor) in balances {
        let sum = sums.entry(key.code).or_insert(0);
        // Beyond 63 bits the sum stands still: it is for people, the books are summed apart.
        *sum = sum.saturating_add(balance_minor);
    }
    sums.retain(|_, balance_minor| *balance_minor != 0);
    sums
}

/// How far balances are from zero together, in minor units: always zero in sound books.
pub fn off_by_minor(balances: impl IntoIterator<Item = i64>) -> i128 {
    balances.into_iter().map(i128::from).sum()
}

/// The lines that move the year's income and expense to retained earnings: each result account
/// with its opposite, then 3900 with the net. Empty when there is nothing to move; `None` when the
/// year's result does not fit in 63 bits.
pub fn year_closing_lines(balances: &[(AccountKey, i64)]) -> Option<Vec<Line>> {
    let is_result = |key: AccountKey| key.code.row().class.is_result();
    let mut lines: Vec<Line> = balances
        .iter()
        .filter(|(key, minor)| is_result(*key) && *minor != 0)
        .map(|&(key, minor)| Line(key, minor.checked_neg().expect("balances are within 63 bits")))
        .collect();
    let net = lines.iter().map(|line| i128::from(line.1)).sum::<i128>();
    if net != 0 {
        let retained = i64::try_from(net).ok()?.checked_neg()?;
        lines.push(Line(AccountKey::village(Code::RETAINED), retained));
    }
    Some(lines)
}

/// Operational self-sufficiency in basis points: income over all expense; `None` without expense.
pub fn self_sufficiency_bps(balance: &TrialBalance) -> Option<i64> {
    let sum = |class: Class| -> i128 {
        let of_class = balance.iter().filter(|(code, _)| code.row().class == class);
        of_class.map(|(_, minor)| i128::from(*minor)).sum()
    };
    let income = sum(Class::Income).checked_neg()?;
    let bps = income.checked_mul(10_000)?.checked_div(sum(Class::Expense))?;
    i64::try_from(bps).ok()
}

/// The money that is owed to people and firms, and what stands for it (invariant I-3). Minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Safeguarding {
    /// At the bank, kept apart (1010).
    pub bank_minor: i64,
    /// On its way at the payment processor (1030).
    pub processor_minor: i64,
    /// Cash in the drawers (1110).
    pub drawers_minor: i64,
    /// Claims and advances (1200 to 1299).
    pub claims_minor: i64,
    /// What is owed (2010 to 2150).
    pub owed_minor: i64,
}

impl Safeguarding {
    /// The figures of a trial balance.
    pub fn of(balance: &TrialBalance) -> Self {
        let sum = |from: u16, to: u16| {
            let within = balance.iter().filter(|(code, _)| (from..=to).contains(&code.number()));
            within.fold(0_i64, |sum, (_, minor)| sum.saturating_add(*minor))
        };
        Self {
            bank_minor: sum(1010, 1010),
            processor_minor: sum(1030, 1030),
            drawers_minor: sum(1110, 1110),
            claims_minor: sum(1200, 1299),
            owed_minor: sum(2010, 2150).saturating_neg(),
        }
    }

    /// The sum of what stands for the money that is owed.
    pub fn assets_minor(&self) -> i64 {
        let all = [self.bank_minor, self.processor_minor, self.drawers_minor, self.claims_minor];
        all.into_iter().fold(0, i64::saturating_add)
    }

    /// Whether all that is owed is there.
    pub fn is_covered(&self) -> bool {
        self.assets_minor() >= self.owed_minor
    }
}

/// The hash that seals a month: of the village, the month and its trial balance.
pub fn closing_hash(village: VillageId, month: Month, balance: &TrialBalance) -> Hash {
    #[derive(Serialize)]
    struct Sealed<'a> {
        balance: &'a TrialBalance,
        month: Month,
        village: VillageId,
    }
    codec::sha256(&codec::to_bytes(&Sealed { balance, month, village }))
}
