//! What a season's households earn and borrow: facts confirmed at the door, buyers whose money is
//! proven, the week's weights, loans for chicks and feed, what is paid back, one loan that is late and
//! gets a plan, and one household that buys from itself. Owns who asks for what and when; whether it
//! is granted is the domain's to say.

use std::collections::{BTreeMap, VecDeque};

use verger_app::weigher::Weigher;
use verger_domain::codec;
use verger_domain::command::{Proof, ProofBy};
use verger_domain::credit::command::{CreditCommand, DrawWish, RepayFrom, Wish};
use verger_domain::credit::quote::Until;
use verger_domain::credit::{Borrower, Status, Tranche};
use verger_domain::id::{OrderId, PartyId, TrancheId};
use verger_domain::ledger::{AccountKey, Code};
use verger_domain::time::Date;
use verger_domain::trust::{self, Brakes, FactKind, FactProof, Rules, TrustCommand, TrustRow};
use verger_domain::{Actor, Body};

use super::sales::Wanted;
use super::shop::SHOP;
use super::{Season, photo};
use crate::demo::{DemoError, VILLAGE, member_code, party_id};

/// Who explains trust and credit; and who takes cash.
const ADVISER: &str = "A1";
const CASHIER: &str = "A2";

/// A family of weavers that keeps chickens too: it borrows step by step, up to fifty chicks with
/// their feed, and lets its sales repay.
const WEAVERS: &str = "H005";
/// The outlay for fifty chicks, as the programme's template has it, in minor units.
const CHICKS_MINOR: i64 = 80_000;
/// A household that buys its own straw shoes through three names, with one card.
const CHEAT: &str = "H012";
const CHEATS_PRODUCT: &str = "straw-shoes";
/// Households that the agent visits on a day.
const VISITS: usize = 4;
/// The smallest loan that anybody asks for, in minor units.
const LEAST_MINOR: i64 = 10_000;

/// Where trust and credit of the season stand.
#[derive(Default)]
pub(super) struct Loans {
    weigher: Weigher,
    to_visit: VecDeque<String>,
    /// Buyers who paid for the first time since the last week began.
    pub(super) new_buyers: Vec<PartyId>,
    /// The household that will be late.
    late: Option<String>,
    cheats: Vec<PartyId>,
    /// The orders of the cheat.
    forged: Vec<OrderId>,
}

/// What is known of everybody when a week begins.
struct Week {
    today: Date,
    rows: BTreeMap<PartyId, TrustRow>,
    borrowers: BTreeMap<PartyId, Borrower>,
    wallets: BTreeMap<PartyId, i64>,
}

impl Season<'_> {
    fn credit(&mut self, household: &str, command: CreditCommand) -> Result<bool, DemoError> {
        let who = match command {
            CreditCommand::Repay { from: RepayFrom::Cash(_), .. } => CASHIER.to_owned(),
            // With a telephone and a PIN of their own they need no agent, whose cohort fills up.
            _ if household == WEAVERS => member_code(household),
            _ => ADVISER.to_owned(),
        };
        let body = Body::Credit { borrower: party_id(household), command };
        self.drive.attempt(Actor::Party(party_id(&who)), body)
    }

    /// The agent sees identity card and plot of some households each day, until he has seen all.
    pub(super) fn visit(&mut self) -> Result<(), DemoError> {
        if self.told.days_begun == 0 {
            let weavers = std::iter::once(WEAVERS.to_owned());
            let others = self.households.iter().filter(|code| code.as_str() != WEAVERS).cloned();
            self.loans.to_visit = weavers.chain(others).collect();
        }
        self.told.days_begun = self.told.days_begun.saturating_add(1);
        for _ in 0..VISITS {
            let Some(code) = self.loans.to_visit.pop_front() else { return Ok(()) };
            for fact in [FactKind::Identity, FactKind::Plot] {
                let document = photo(&format!("{} of {code}", fact.name()));
                let by = FactProof::Document(document);
                let command = TrustCommand::ConfirmFact { by, fact, household: party_id(&code) };
                let body = Body::Trust { command };
                if self.drive.attempt(Actor::Party(party_id(ADVISER)), body)? {
                    self.told.facts = self.told.facts.saturating_add(1);
                }
            }
        }
        Ok(())
    }

    /// The first day of a week: what the night's batch found out counts, and who wants to borrow or
    /// to pay back comes to the shop.
    pub(super) fn bank_day(&mut self) -> Result<(), DemoError> {
        self.prove_buyers()?;
        let weighed = self.loans.weigher.run(self.drive.app, VILLAGE);
        weighed.map_err(|source| DemoError::Command { name: "weights".to_owned(), source })?;
        let week = self.look()?;
        self.pay_back(&week)?;
        // Who has just paid back may borrow again at once, and more.
        let week = self.look()?;
        self.lend(&week)?;
        self.buy_from_oneself()
    }

    /// The payment provider knows two of three new buyers by their real name.
    fn prove_buyers(&mut self) -> Result<(), DemoError> {
        for buyer in std::mem::take(&mut self.loans.new_buyers) {
            if !self.drive.dice.permille(667) {
                continue;
            }
            let approved_by = party_id("ST2");
            let command = TrustCommand::ProveBuyer { approved_by, buyer };
            self.drive.send_by("ST1", Body::Trust { command })?;
            self.told.proven_buyers = self.told.proven_buyers.saturating_add(1);
        }
        self.drive.settle()
    }

    fn look(&self) -> Result<Week, DemoError> {
        let asked = self.drive.app.ask_blocking(VILLAGE, |reader, cell| {
            let rows = reader.trust_of_village(cell, VILLAGE)?;
            Ok((rows, reader.all_documents::<Borrower>(cell)?))
        });
        let name = "trust".to_owned();
        let (rows, borrowers) = asked.map_err(|source| DemoError::Command { name, source })?;
        let of = |code: &String| AccountKey::party(Code::WALLET, party_id(code));
        let wallets = self.balances(self.households.iter().map(of).collect())?;
        let owner = |(key, minor): (AccountKey, i64)| key.owner_party().map(|id| (id, minor));
        Ok(Week {
            today: self.drive.today(),
            rows: rows.into_iter().collect(),
            borrowers: borrowers.into_iter().map(|row| (row.id, row)).collect(),
            wallets: wallets.into_iter().filter_map(owner).collect(),
        })
    }

    /// A member's yes: his PIN where he has one, else spoken and recorded.
    pub(super) fn yes(&mut self, code: &str, what: &str) -> Proof {
        if code == WEAVERS {
            return Proof { by: ProofBy::Pin, member: party_id(&member_code(code)) };
        }
        let recording = photo(&format!("{what} {code} {}", self.drive.today()));
        Proof { by: ProofBy::Voice(recording), member: party_id(&member_code(code)) }
    }

    /// Who has the money pays back out of his wallet, most of them before they must.
    fn pay_back(&mut self, week: &Week) -> Result<(), DemoError> {
        for code in self.households.clone() {
            let Some(row) = week.borrowers.get(&party_id(&code)) else { continue };
            let line = row.line_on(week.today);
            let Some(tranche) = line.open().first().map(|open| (*open).clone()) else { continue };
            if self.loans.late.as_ref() == Some(&code) {
                self.pay_late(&code, &tranche)?;
                continue;
            }
            // The weavers' last and largest loan is for their sales to repay.
            let is_theirs = code == WEAVERS;
            if is_theirs && tranche.drawn_minor >= CHICKS_MINOR {
                continue;
            }
            let held = week.today.days_since(tranche.drawn_on);
            let wallet = week.wallets.get(&party_id(&code)).copied().unwrap_or(0);
            let amount_minor = line.payoff_minor();
            let wants = is_theirs || (held >= 21 && self.drive.dice.permille(650));
            if held < 14 || wallet < amount_minor || !wants {
                continue;
            }
            let from = RepayFrom::Wallet(self.yes(&code, "repay"));
            let repay =
                CreditCommand::Repay { amount_minor, effective_on: None, from, tranche: None };
            if self.credit(&code, repay)? {
                self.told.repaid = self.told.repaid.saturating_add(1);
                // What was known of the wallet on the last pay day is less by this.
                let wallet = self.wallets.entry(party_id(&code)).or_default();
                *wallet = wallet.saturating_sub(amount_minor).max(0);
            }
        }
        Ok(())
    }

    /// The one who is late: a plan once the days of grace are over, then a little cash each week.
    fn pay_late(&mut self, code: &str, tranche: &Tranche) -> Result<(), DemoError> {
        match tranche.status() {
            Status::Overdue | Status::NonAccrual => {
                let proof = self.yes(code, "plan");
                let due_on = super::calendar::later(self.drive.today(), 60);
                let rate_ppm = tranche.terms.rate_ppm / 2;
                let tranche = tranche.id;
                let plan = CreditCommand::Restructure { due_on, proof, rate_ppm, tranche };
                if self.credit(code, plan)? {
                    self.told.plans = self.told.plans.saturating_add(1);
                }
                Ok(())
            }
            Status::Restructured => {
                let amount_minor = 2_500;
                let from = RepayFrom::Cash(party_id(SHOP));
                let repay =
                    CreditCommand::Repay { amount_minor, effective_on: None, from, tranche: None };
                if self.credit(code, repay)? {
                    self.drawer_minor = self.drawer_minor.saturating_add(amount_minor);
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Households without a loan that may borrow, and want to.
    fn lend(&mut self, week: &Week) -> Result<(), DemoError> {
        let rules = Rules::of(self.drive.app.policy());
        for code in self.households.clone() {
            let id = party_id(&code);
            let known = week.borrowers.get(&id);
            let is_free = known.is_none_or(|row| row.line_on(week.today).open().is_empty());
            let Some(row) = week.rows.get(&id).filter(|_| is_free) else { continue };
            let limit = trust::limit(&rules, &row.member, week.today, Brakes::default());
            let amount_minor = limit.limit_minor.min(CHICKS_MINOR) / 1_000 * 1_000;
            let often = if code == WEAVERS {
                1_000
            } else if known.is_some() {
                400
            } else {
                90
            };
            if amount_minor >= LEAST_MINOR && self.drive.dice.permille(often) {
                self.borrow(&code, amount_minor)?;
            }
        }
        Ok(())
    }

    fn borrow(&mut self, code: &str, amount_minor: i64) -> Result<(), DemoError> {
        let is_for_chicks = amount_minor >= CHICKS_MINOR;
        // One has bad luck, once so many have borrowed that it does not stop lending to everybody.
        let is_unlucky = self.loans.late.is_none() && self.told.loans > 19 && code != WEAVERS;
        let wish = Wish {
            amount_minor,
            enterprise: is_for_chicks.then(|| "fatten 50 chicks".to_owned()),
            purpose: if is_for_chicks { "livestock" } else { "feed" }.to_owned(),
            until: Until::Days(match (is_for_chicks, is_unlucky) {
                (true, _) => 120,
                (_, true) => 14,
                _ => 60,
            }),
        };
        let tranche: TrancheId = self.drive.id();
        let proof = self.yes(code, "borrow");
        let draw = DrawWish { proof, tranche, wish };
        if !self.credit(code, CreditCommand::Draw(Box::new(draw)))? {
            return Ok(());
        }
        self.told.loans = self.told.loans.saturating_add(1);
        self.told.lent_minor = self.told.lent_minor.saturating_add(amount_minor);
        let wallet = self.wallets.entry(party_id(code)).or_default();
        *wallet = wallet.saturating_add(amount_minor);
        if is_unlucky {
            self.loans.late = Some(code.to_owned());
            return Ok(());
        }
        // The weavers sell so much that a sweep would end their small loans before the days that a larger
        // one asks for; they choose it for the chicks alone.
        let wants_sweep =
            if code == WEAVERS { is_for_chicks } else { self.drive.dice.permille(700) };
        if wants_sweep {
            let proof = self.yes(code, "sweep");
            self.credit(code, CreditCommand::ChooseSweep { proof, share_bps: 3_000 })?;
        }
        if is_for_chicks {
            self.told.chicks_for.get_or_insert(party_id(code));
            self.buy_goods(code, &[("chick-day-old", 50)])?;
            return self.buy_goods(code, &[("feed-starter-40", 1), ("feed-grower-40", 2)]);
        }
        let bags = u32::try_from(amount_minor / 13_000).unwrap_or(0).clamp(1, 2);
        if amount_minor >= 13_000 {
            self.buy_goods(code, &[("feed-layer-40", bags)])
        } else {
            Ok(())
        }
    }

    /// A household of straw shoes pays itself through three made-up buyers with its own card, which the
    /// county knows: the orders are real, the points are none.
    fn buy_from_oneself(&mut self) -> Result<(), DemoError> {
        let product = self.products.iter().position(|product| product.id == CHEATS_PRODUCT);
        let Some(product) = product else { return Ok(()) };
        let payer = codec::sha256(b"the card of H012");
        if self.loans.cheats.is_empty() {
            let body = Body::RegisterPayer { party: party_id(CHEAT), payer };
            self.drive.send_by("ST1", body)?;
        }
        for number in 0..3 {
            let known = self.loans.cheats.get(number).copied();
            let (buyer, guest) = match known {
                Some(buyer) => (buyer, None),
                None => self.guest(),
            };
            if known.is_none() {
                self.loans.cheats.push(buyer);
            }
            let order = self.place_by((buyer, guest), payer, (Wanted::Product(product), 1))?;
            self.loans.forged.push(order);
            self.told.forged = self.told.forged.saturating_add(1);
        }
        self.drive.settle()
    }

    /// The grains that forged orders brought whoever ordered them.
    pub(super) fn forged_grains(&self) -> Result<i64, DemoError> {
        let asked = self.drive.app.ask_blocking(VILLAGE, |reader, cell| {
            reader.trust_lines(cell, party_id(CHEAT), None, u32::MAX)
        });
        let name = "trust lines".to_owned();
        let lines = asked.map_err(|source| DemoError::Command { name, source })?;
        let is_forged = |order: &OrderId| self.loans.forged.contains(order);
        let forged = lines.iter().filter(|row| row.order.as_ref().is_some_and(is_forged));
        Ok(forged.map(|row| row.line.grains).sum())
    }

    /// An assisted purchase of these goods, by their listings.
    fn buy_goods(&mut self, code: &str, wanted: &[(&str, u32)]) -> Result<(), DemoError> {
        let place = |good: &str| self.goods.iter().position(|known| known.id == good);
        let lines = wanted.iter().filter_map(|(good, count)| Some((place(good)?, *count)));
        let lines: Vec<(usize, u32)> = lines.collect();
        self.buy_lines(code, lines)
    }
}
