//! What the ledger must say about a line. Owns the balances that follow from a line's state and the
//! one posting that leads there; must not change a line. Source: `50-credit` 4.7, 4.9; CR-27 to CR-30.

use std::collections::BTreeMap;

use super::line::Line;
use super::terms::Part;
use super::tranche::{End, Tranche};
use crate::ledger::{AccountKey, Code, Line as LedgerLine};

/// Balances by account, debit positive, in minor units; zero balances are left out.
pub type Balances = BTreeMap<AccountKey, i64>;

/// The balances that a line in this state must have in the books, its part of shared accounts
/// included. They depend on the state alone, not on how or when it was reached, so posting daily,
/// monthly or on touch comes to the same (CR-27).
pub fn balances(line: &Line, wallet: AccountKey) -> Balances {
    let mut sums = Balances::new();
    add(&mut sums, wallet, line.wallet_minor.saturating_neg());
    for tranche in line.tranches.values() {
        add_tranche(&mut sums, tranche);
    }
    sums.retain(|_, minor| *minor != 0);
    sums
}

/// The lines that lead from one set of balances to another: the one adjusting posting (CR-25).
pub fn difference(before: &Balances, after: &Balances) -> Vec<LedgerLine> {
    let mut sums = after.clone();
    for (account, minor) in before {
        add(&mut sums, *account, minor.saturating_neg());
    }
    sums.into_iter()
        .filter(|(_, minor)| *minor != 0)
        .map(|(account, minor)| LedgerLine(account, minor))
        .collect()
}

fn add(sums: &mut Balances, account: AccountKey, minor: i64) {
    let sum = sums.entry(account).or_default();
    *sum = sum.saturating_add(minor);
}

/// The account of one kind of what a tranche owes.
pub const fn receivable(tranche: &Tranche, part: Part) -> AccountKey {
    let code = match part {
        Part::Principal => Code::LOAN_PRINCIPAL,
        Part::Interest => Code::LOAN_INTEREST,
        Part::Penalty => Code::LOAN_PENALTY,
        Part::Fee => Code::LOAN_FEE,
    };
    AccountKey { code, owner: tranche.id.bits() }
}

fn add_tranche(sums: &mut Balances, tranche: &Tranche) {
    let own = AccountKey::village;
    add(sums, receivable(tranche, Part::Principal), tranche.principal_minor);
    for (part, income, paid_minor) in [
        (Part::Fee, Code::INCOME_FEE, tranche.fee.paid_minor),
        (Part::Interest, Code::INCOME_INTEREST, tranche.interest.paid_minor),
        (Part::Penalty, Code::INCOME_PENALTY, tranche.penalty.paid_minor),
    ] {
        let due_minor = tranche.due_minor(part);
        if tranche.is_suspended {
            // Uncollected charges leave income and wait as a memorandum; what is collected of them
            // later is income of that day (CR-22, vectors C12 and C22).
            add(sums, own(Code::MEMO_SUSPENDED), due_minor);
            add(sums, own(Code::MEMO_SUSPENDED_CONTRA), due_minor.saturating_neg());
            add(sums, own(income), paid_minor.saturating_neg());
        } else {
            add(sums, receivable(tranche, part), due_minor);
            add(sums, own(income), paid_minor.saturating_add(due_minor).saturating_neg());
        }
    }
    if tranche.end == Some(End::WrittenOff) {
        // The loss is borne by the allowance; the claim lives on outside the balance sheet (CR-23).
        add(sums, own(Code::LOAN_ALLOWANCE), tranche.written_off_minor);
        add(sums, own(Code::MEMO_WRITTEN_OFF), tranche.claim_minor);
        add(sums, own(Code::MEMO_WRITTEN_OFF_CONTRA), tranche.claim_minor.saturating_neg());
        add(sums, own(Code::INCOME_RECOVERY), tranche.recovered_minor.saturating_neg());
    }
}

/// What the allowance lacks to bear a write-off, in minor units: it is topped up first.
pub const fn top_up_minor(allowance_minor: i64, principal_minor: i64) -> i64 {
    let lacking = principal_minor.saturating_sub(allowance_minor);
    if lacking > 0 { lacking } else { 0 }
}
