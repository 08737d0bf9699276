//! Trust and credit of imported villages: the agent sees who lives where, buyers' money is proven,
//! a batch of weights every two weeks, and then whoever may borrow and wants to comes to the shop. Owns
//! who asks for what and when; whether it is granted is the domain's to say.

use std::collections::BTreeMap;

use verger_domain::codec;
use verger_domain::command::{Proof, ProofBy};
use verger_domain::credit::Borrower;
use verger_domain::credit::command::{CreditCommand, DrawWish, RepayFrom, Wish};
use verger_domain::credit::quote::Until;
use verger_domain::id::PartyId;
use verger_domain::ledger::{AccountId, AccountKey, Code, Line};
use verger_domain::market::listing::Photo;
use verger_domain::time::Date;
use verger_domain::trust::{self, Brakes, FactKind, FactProof, Rules, TrustCommand, TrustRow};
use verger_domain::{Actor, Body};

use super::trade::{Hamlet, Household};
use crate::demo::DemoError;

/// Every household has been visited after so many days.
const VISITED_DAYS: usize = 28;
/// So many days lie between two days on which people borrow and repay.
const BANK_DAYS: usize = 14;
/// The fund that a village lends from, for each household, in minor units.
const FUND_MINOR: i64 = 30_000;
/// The smallest loan that anybody asks for, in minor units.
const LEAST_MINOR: i64 = 5_000;
/// Whoever has the money repays after so many days: a loan that was held less opens no larger one.
const HELD_DAYS: i32 = 28;

/// What was lent and repaid.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lent {
    pub(super) loans: u64,
    pub(super) minor: i64,
    pub(super) repaid: u64,
}

/// What is known of everybody on a bank day.
struct Known {
    today: Date,
    rows: BTreeMap<PartyId, TrustRow>,
    borrowers: BTreeMap<PartyId, Borrower>,
    wallets: BTreeMap<PartyId, i64>,
}

/// What a picture or a recording shows stands for it.
fn shown(what: &str) -> Photo {
    Photo(codec::sha256(format!("villages {what}").as_bytes()))
}

impl Hamlet<'_> {
    /// The programme pays in what the village lends.
    pub(super) fn pay_in_fund(&mut self) -> Result<(), DemoError> {
        let households = i64::try_from(self.households.len()).unwrap_or(0);
        let minor = FUND_MINOR.saturating_mul(households);
        let lines = vec![
            Line::debit(AccountKey::village(Code::BANK_ESCROW), minor),
            Line::credit(AccountKey::village(Code::CAPITAL_FUND), minor),
        ];
        let purpose = "opening.fund".to_owned();
        let body = Body::Post { effective_on: None, evidence: Vec::new(), lines, purpose };
        self.by(self.cast.staff[0], body)
    }

    /// The agent sees identity card and plot of the day's part of the households.
    pub(super) fn visit(&mut self, day: usize) -> Result<(), DemoError> {
        let part = self.households.len().div_ceil(VISITED_DAYS);
        let first = part.saturating_mul(day);
        let seen = self.households.iter().skip(first).take(part);
        let seen: Vec<(String, PartyId)> =
            seen.map(|household| (household.code.clone(), household.party)).collect();
        for (code, household) in seen {
            for fact in [FactKind::Identity, FactKind::Plot] {
                let by = FactProof::Document(shown(&format!("{} of {code}", fact.name())));
                let command = TrustCommand::ConfirmFact { by, fact, household };
                self.by(self.cast.agent, Body::Trust { command })?;
            }
        }
        Ok(())
    }

    /// Every second week: weights, repayments, and new loans.
    pub(super) fn bank(&mut self, day: usize) -> Result<(), DemoError> {
        if day == 0 || !day.is_multiple_of(BANK_DAYS) {
            return Ok(());
        }
        if day == BANK_DAYS {
            self.prove_buyers()?;
        }
        self.settle()?;
        let weighed = self.weigher.run(self.drive.app, self.cast.village);
        weighed.map_err(|source| DemoError::Command { name: "weights".to_owned(), source })?;
        let known = self.look()?;
        self.pay_back(&known)?;
        let known = self.look()?;
        self.lend(&known)
    }

    /// The payment provider knows two of three buyers by their real name.
    fn prove_buyers(&mut self) -> Result<(), DemoError> {
        let [staff, approved_by] = self.cast.staff;
        for buyer in self.buyers.clone() {
            if self.drive.dice.permille(667) {
                let command = TrustCommand::ProveBuyer { approved_by, buyer };
                self.by(staff, Body::Trust { command })?;
            }
        }
        Ok(())
    }

    fn look(&self) -> Result<Known, DemoError> {
        let village = self.cast.village;
        let parties: Vec<PartyId> = self.households.iter().map(|home| home.party).collect();
        let asked = self.drive.app.ask_blocking(village, move |reader, cell| {
            let rows = reader.trust_of_village(cell, village)?.into_iter().collect();
            let mut borrowers = BTreeMap::new();
            let mut wallets = BTreeMap::new();
            for party in parties {
                let borrower: Option<Borrower> = reader.document(cell, village, party.bits())?;
                borrowers.extend(borrower.map(|row| (party, row)));
                let key = AccountKey::party(Code::WALLET, party);
                let account = reader.account(cell, AccountId { village, key })?;
                wallets.insert(party, account.map_or(0, |account| account.owned_minor()));
            }
            Ok((rows, borrowers, wallets))
        });
        let name = "trust".to_owned();
        let (rows, borrowers, wallets) =
            asked.map_err(|source| DemoError::Command { name, source })?;
        Ok(Known { today: self.drive.today(), rows, borrowers, wallets })
    }

    fn credit(&mut self, household: PartyId, command: CreditCommand) -> Result<bool, DemoError> {
        let body = Body::Credit { borrower: household, command };
        self.drive.attempt(Actor::Party(self.cast.agent), body)
    }

    /// Whoever has the money repays, most of them.
    fn pay_back(&mut self, known: &Known) -> Result<(), DemoError> {
        for place in 0..self.households.len() {
            let Some((party, yes)) = self.home(place, "repay") else { continue };
            let Some(row) = known.borrowers.get(&party) else { continue };
            let line = row.line_on(known.today);
            let Some(drawn_on) = line.open().first().map(|tranche| tranche.drawn_on) else {
                continue;
            };
            let amount_minor = line.payoff_minor();
            let wallet = known.wallets.get(&party).copied().unwrap_or(0);
            let is_ripe = known.today.days_since(drawn_on) >= HELD_DAYS;
            if is_ripe && wallet >= amount_minor && self.drive.dice.permille(800) {
                let from = RepayFrom::Wallet(yes);
                let repay =
                    CreditCommand::Repay { amount_minor, effective_on: None, from, tranche: None };
                let is_done = self.credit(party, repay)?;
                self.lent.repaid = self.lent.repaid.saturating_add(u64::from(is_done));
            }
        }
        Ok(())
    }

    /// Two in five of those who may borrow want to; most let their sales repay.
    fn lend(&mut self, known: &Known) -> Result<(), DemoError> {
        let rules = Rules::of(self.drive.app.policy());
        for place in 0..self.households.len() {
            let Some((party, proof)) = self.home(place, "borrow") else { continue };
            let borrower = known.borrowers.get(&party);
            let is_free = borrower.is_none_or(|row| row.line_on(known.today).open().is_empty());
            let Some(row) = known.rows.get(&party).filter(|_| is_free) else { continue };
            let limit = trust::limit(&rules, &row.member, known.today, Brakes::default());
            let amount_minor = limit.limit_minor / 1_000 * 1_000;
            if amount_minor < LEAST_MINOR || !self.drive.dice.permille(400) {
                continue;
            }
            let wish = Wish {
                amount_minor,
                enterprise: None,
                purpose: "feed".to_owned(),
                until: Until::Days(60),
            };
            let tranche = self.drive.id();
            let draw = DrawWish { proof, tranche, wish };
            if !self.credit(party, CreditCommand::Draw(Box::new(draw)))? {
                continue;
            }
            self.lent.loans = self.lent.loans.saturating_add(1);
            self.lent.minor = self.lent.minor.saturating_add(amount_minor);
            if self.drive.dice.permille(700)
                && let Some((_, proof)) = self.home(place, "sweep")
            {
                self.credit(party, CreditCommand::ChooseSweep { proof, share_bps: 3_000 })?;
            }
        }
        Ok(())
    }

    /// A household and its spoken and recorded yes, if somebody of it is known.
    fn home(&self, place: usize, what: &str) -> Option<(PartyId, Proof)> {
        let Household { code, member, party, .. } = self.households.get(place)?;
        let recording = shown(&format!("{what} {code} {}", self.drive.today()));
        Some((*party, Proof { by: ProofBy::Voice(recording), member: (*member)? }))
    }
}
