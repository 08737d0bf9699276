//! Which rows a command of credit reads. Owns that list alone.

use super::Want;
use crate::credit::Tranche;
use crate::credit::command::{CreditCommand, DrawWish, RepayFrom};
use crate::id::{PartyId, TrancheId};
use crate::ledger::{AccountKey, Code};

/// Accounts of the village that a line can touch.
const SHARED: [Code; 10] = [
    Code::LOAN_ALLOWANCE,
    Code::INCOME_INTEREST,
    Code::INCOME_PENALTY,
    Code::INCOME_FEE,
    Code::INCOME_RECOVERY,
    Code::IMPAIRMENT,
    Code::MEMO_SUSPENDED,
    Code::MEMO_SUSPENDED_CONTRA,
    Code::MEMO_WRITTEN_OFF,
    Code::MEMO_WRITTEN_OFF_CONTRA,
];

/// Accounts that a draw has of its own.
const OWN: [Code; 4] =
    [Code::LOAN_PRINCIPAL, Code::LOAN_INTEREST, Code::LOAN_PENALTY, Code::LOAN_FEE];

impl Want<'_> {
    pub(super) fn credit_command(&mut self, household: PartyId, command: &CreditCommand) {
        self.wallet(household);
        // Whoever takes an event back folds everything again: draws that are over may open again.
        let with_ended =
            matches!(command, CreditCommand::Reverse { .. } | CreditCommand::Repay { .. });
        self.line(household, with_ended);
        match command {
            CreditCommand::Ask(_) => self.lending(),
            CreditCommand::Draw(wish) => self.draw(household, wish),
            CreditCommand::Repay { from, tranche, .. } => {
                if let Some(tranche) = tranche {
                    self.tranche(*tranche);
                }
                match from {
                    RepayFrom::Cash(shop) => {
                        self.till_of(*shop);
                        if let Some(agent) = self.actor {
                            self.account(AccountKey::party(Code::FLOAT_AGENT, agent));
                        }
                    }
                    RepayFrom::Wallet(proof) => self.proof(proof),
                }
            }
            CreditCommand::ChooseSweep { proof, .. } | CreditCommand::Restructure { proof, .. } => {
                self.proof(proof);
            }
            CreditCommand::WriteOff { approved_by, .. }
            | CreditCommand::Reverse { approved_by, .. } => {
                self.party(*approved_by);
            }
            CreditCommand::LowerRate { .. }
            | CreditCommand::SetFile { .. }
            | CreditCommand::Count
            | CreditCommand::Tell(_) => {}
        }
    }

    /// Everything a draw looks at and touches.
    pub(super) fn draw(&mut self, household: PartyId, wish: &DrawWish) {
        self.wallet(household);
        self.line(household, false);
        self.lending();
        self.proof(&wish.proof);
        self.tranche(wish.tranche);
        self.accounts_of(wish.tranche);
    }

    /// What the decision about a draw looks at beside the line.
    fn lending(&mut self) {
        self.own(&[Code::CAPITAL_FUND, Code::FUND_PROGRAMME]);
        if let Some(agent) = self.actor {
            self.account(AccountKey::party(Code::FLOAT_AGENT, agent));
            self.account(AccountKey::party(Code::COMMISSION_PENDING, agent));
        }
    }

    /// A household's line with the accounts that any event on it can touch.
    pub(super) fn line(&mut self, household: PartyId, with_ended: bool) {
        // A loan that ends well or badly counts for trust.
        self.trust_row(household);
        if !self.state.loan_book.is_loaded(&self.village) {
            self.reads.loan_books.insert(self.village);
        }
        if !self.state.borrower.is_loaded(&household) {
            self.reads.borrowers.insert(household);
            return;
        }
        let Some(row) = self.state.borrower.get(&household) else { return };
        let touched = |tranche: &&Tranche| with_ended || tranche.end.is_none();
        let ids: Vec<TrancheId> =
            row.line.tranches.values().filter(touched).map(|tranche| tranche.id).collect();
        if !row.line.tranches.is_empty() {
            self.own(&SHARED);
        }
        for id in ids {
            self.accounts_of(id);
        }
    }

    fn tranche(&mut self, id: TrancheId) {
        if !self.state.tranche.is_loaded(&id) {
            self.reads.tranches.insert(id);
        }
    }

    fn accounts_of(&mut self, tranche: TrancheId) {
        self.own(&SHARED);
        for code in OWN {
            self.account(AccountKey { code, owner: tranche.bits() });
        }
    }
}
