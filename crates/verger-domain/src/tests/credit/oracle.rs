//! Credit once more, as slowly and plainly as can be: day after day, in exact fractions. Owns an
//! oracle that shares no arithmetic with the engine, and the comparison of the two.

use std::collections::BTreeMap;

use super::{Dice, end_of, history};
use crate::credit::{Event, Op, Part, Terms, fold};
use crate::id::TrancheId;
use crate::policy::DayCount;
use crate::time::Date;

/// An exact fraction in lowest terms.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Ratio {
    over: i128,
    under: i128,
}

impl Ratio {
    const ZERO: Self = Self { over: 0, under: 1 };

    fn new(over: i128, under: i128) -> Self {
        let (mut a, mut b) = (over.abs().max(1), under);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        if over == 0 { Self::ZERO } else { Self { over: over / a, under: under / a } }
    }

    fn plus(self, other: Self) -> Self {
        Self::new(self.over * other.under + other.over * self.under, self.under * other.under)
    }

    fn minus(self, other: Self) -> Self {
        self.plus(Self { over: -other.over, under: other.under })
    }

    fn smaller(self, other: Self) -> Self {
        if self.over * other.under <= other.over * self.under { self } else { other }
    }

    fn floor(self) -> i64 {
        i64::try_from(self.over.div_euclid(self.under)).unwrap()
    }
}

/// A draw as the oracle keeps it.
#[derive(Clone, Debug)]
struct Loan {
    id: TrancheId,
    terms: Terms,
    drawn: i64,
    drawn_on: Date,
    due_on: Date,
    principal: i64,
    fee: i64,
    fee_paid: i64,
    interest: Ratio,
    interest_paid: i64,
    penalty: Ratio,
    penalty_paid: i64,
    claim: Option<i64>,
    is_over: bool,
    is_suspended: bool,
    /// The agreement: its day, the size of a step, steps paid, the last of them.
    plan: Option<(Date, i64, u8, Option<Date>)>,
}

impl Loan {
    fn new((id, terms): (TrancheId, Terms), drawn: i64, (drawn_on, due_on): (Date, Date)) -> Self {
        let part = |ppm: u32| Ratio::new(i128::from(drawn) * i128::from(ppm), 1_000_000);
        let fee = part(terms.fee_ppm).smaller(part(terms.total_cost_cap_ppm)).floor();
        Self {
            id,
            terms,
            drawn,
            drawn_on,
            due_on,
            principal: drawn,
            fee,
            fee_paid: 0,
            interest: Ratio::ZERO,
            interest_paid: 0,
            penalty: Ratio::ZERO,
            penalty_paid: 0,
            claim: None,
            is_over: false,
            is_suspended: false,
            plan: None,
        }
    }

    fn late_by(&self, today: Date) -> i32 {
        if self.principal > 0 && !self.is_over { today.days_since(self.due_on).max(0) } else { 0 }
    }

    /// What happens at the start of a day, before its events.
    fn wake(&mut self, today: Date) {
        if self.is_over {
            return;
        }
        if let Some((agreed_on, ..)) = self.plan
            && self.principal > 0
            && today.days_since(agreed_on) == 90
            && today <= self.due_on
        {
            self.plan = None;
            self.is_suspended = false;
        }
        if self.late_by(today) >= i32::try_from(self.terms.non_accrual_days).unwrap() {
            self.is_suspended = true;
        }
    }

    /// What a day costs that ends with this principal.
    fn sleep(&mut self, today: Date) {
        if self.is_over {
            return;
        }
        let year: i128 = match self.terms.day_count {
            DayCount::Act360 => 360,
            DayCount::Act365F => 365,
            DayCount::ActAct => {
                let year = i128::from(today.civil().year());
                let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
                if is_leap { 366 } else { 365 }
            }
        };
        let cost =
            |ppm: u32| Ratio::new(i128::from(self.principal) * i128::from(ppm), 1_000_000 * year);
        let (interest, penalty) = (cost(self.terms.rate_ppm), cost(self.terms.penalty_rate_ppm));
        self.interest = self.interest.plus(interest.smaller(self.room()));
        if today.days_since(self.due_on) >= i32::try_from(self.terms.grace_days).unwrap() {
            self.penalty = self.penalty.plus(penalty.smaller(self.room()));
        }
    }

    fn room(&self) -> Ratio {
        let cap = i128::from(self.drawn) * i128::from(self.terms.total_cost_cap_ppm);
        let used = self.interest.plus(self.penalty).plus(Ratio::new(self.fee.into(), 1));
        Ratio::new(cap, 1_000_000).minus(used)
    }

    fn due(&self, part: Part) -> i64 {
        match part {
            _ if self.is_over => 0,
            Part::Fee => self.fee - self.fee_paid,
            Part::Penalty => self.penalty.floor() - self.penalty_paid,
            Part::Interest => self.interest.floor() - self.interest_paid,
            Part::Principal => self.principal,
        }
    }

    fn payoff(&self) -> i64 {
        [Part::Fee, Part::Penalty, Part::Interest, Part::Principal]
            .map(|p| self.due(p))
            .iter()
            .sum()
    }

    fn pay(&mut self, money: i64, today: Date) -> i64 {
        let is_gentle = self.is_suspended || self.plan.is_some();
        let order = if is_gentle {
            [Part::Principal, Part::Fee, Part::Interest, Part::Penalty]
        } else {
            [Part::Fee, Part::Penalty, Part::Interest, Part::Principal]
        };
        let mut left = money;
        for part in order {
            let used = self.due(part).min(left);
            left -= used;
            match part {
                Part::Fee => self.fee_paid += used,
                Part::Penalty => self.penalty_paid += used,
                Part::Interest => self.interest_paid += used,
                Part::Principal => self.principal -= used,
            }
        }
        if let Some((_, step, steps, last)) = &mut self.plan
            && today <= self.due_on
            && money - left >= *step
            && *last != Some(today)
        {
            *last = Some(today);
            *steps += 1;
            if *steps == 3 {
                self.plan = None;
                self.is_suspended = false;
            }
        }
        self.is_over |= self.payoff() == 0;
        money - left
    }
}

/// Lives through the events day by day. Returns the loans and what credit did to the wallet.
fn live(events: &[Event], until: Date) -> (BTreeMap<TrancheId, Loan>, i64) {
    let mut loans: BTreeMap<TrancheId, Loan> = BTreeMap::new();
    let mut wallet = 0;
    let first = events.iter().map(|event| event.effective_on).min().unwrap();
    for number in first.days()..=until.days() {
        let today = Date::from_days(number).unwrap();
        for loan in loans.values_mut() {
            loan.wake(today);
        }
        let todays = |event: &&Event| event.effective_on == today && !event.is_reversed;
        for event in events.iter().filter(todays) {
            happen(&mut loans, &mut wallet, event);
        }
        if today < until {
            for loan in loans.values_mut() {
                loan.sleep(today);
            }
        }
    }
    (loans, wallet)
}

fn happen(loans: &mut BTreeMap<TrancheId, Loan>, wallet: &mut i64, event: &Event) {
    let today = event.effective_on;
    let open = |loan: &&mut Loan| !loan.is_over;
    match event.op {
        Op::Draw { amount_minor, due_on, terms, tranche, .. } => {
            *wallet += amount_minor;
            loans.insert(tranche, Loan::new((tranche, terms), amount_minor, (today, due_on)));
        }
        Op::Repay { amount_minor, tranche } => {
            let mut order: Vec<&mut Loan> = loans.values_mut().filter(open).collect();
            order.retain(|loan| tranche.is_none_or(|named| named == loan.id));
            order.sort_by_key(|loan| (loan.due_on, loan.drawn_on, loan.id));
            let mut left = amount_minor;
            for loan in order {
                left -= loan.pay(left, today);
            }
            *wallet -= amount_minor - left;
        }
        Op::GiveBack { tranche } => {
            if let Some(loan) = loans.get_mut(&tranche).filter(open) {
                let paid = loan.drawn - loan.principal
                    + loan.fee_paid
                    + loan.interest_paid
                    + loan.penalty_paid;
                *wallet -= loan.drawn - paid;
                (loan.principal, loan.is_over) = (0, true);
            }
        }
        Op::LowerRate { rate_ppm, tranche } => {
            if let Some(loan) = loans.get_mut(&tranche).filter(open) {
                lower(&mut loan.terms, rate_ppm);
            }
        }
        Op::Restructure { due_on, rate_ppm, tranche } => {
            if let Some(loan) = loans.get_mut(&tranche).filter(open) {
                loan.due_on = due_on;
                lower(&mut loan.terms, rate_ppm);
                loan.plan = Some((today, (loan.principal / 10).max(1), 0, None));
            }
        }
        Op::WriteOff { tranche } => {
            if let Some(loan) = loans.get_mut(&tranche).filter(open) {
                loan.claim = Some(loan.payoff());
                loan.is_over = true;
                loan.principal = 0;
            }
        }
        Op::Recover { amount_minor, tranche } => {
            if let Some(claim) = loans.get_mut(&tranche).and_then(|loan| loan.claim.as_mut()) {
                let taken = amount_minor.min(*claim);
                *claim -= taken;
                *wallet -= taken;
            }
        }
    }
}

fn lower(terms: &mut Terms, rate_ppm: u32) {
    if rate_ppm < terms.rate_ppm {
        let penalty = u64::from(terms.penalty_rate_ppm) * u64::from(rate_ppm);
        terms.penalty_rate_ppm = u32::try_from(penalty / u64::from(terms.rate_ppm)).unwrap();
        terms.rate_ppm = rate_ppm;
    }
}

fn assert_same(seed: u64) {
    let mut dice = Dice::new(seed);
    let events = history(&mut dice);
    let until = end_of(&events, &mut dice);
    let (mut line, _) = fold(&events);
    line.advance(until);
    let (loans, wallet) = live(&events, until);
    assert_eq!(line.wallet_minor, wallet, "the wallet, seed {seed}: {events:#?}");
    for (id, loan) in loans {
        let row = &line.tranches[&id];
        let found = [Part::Principal, Part::Interest, Part::Penalty, Part::Fee]
            .map(|part| row.due_minor(part));
        let wanted =
            [Part::Principal, Part::Interest, Part::Penalty, Part::Fee].map(|part| loan.due(part));
        assert_eq!(found, wanted, "what {id} owes, seed {seed}: {events:#?}");
        let late = i32::try_from(row.days_past_due(until)).unwrap();
        assert_eq!(late, loan.late_by(until), "how late {id} is, seed {seed}: {events:#?}");
        assert_eq!(row.claim_minor, loan.claim.unwrap_or(0), "the claim of {id}, seed {seed}");
        let (is_suspended, has_plan) = (loan.is_suspended, loan.plan.is_some());
        let found = (row.is_suspended, row.plan.is_some());
        assert_eq!(found, (is_suspended, has_plan), "the state of {id}, seed {seed}: {events:#?}");
    }
}

/// Goal: closed form, 128-bit atoms, fold and allocation come to exactly what plain days in exact
/// fractions come to, whatever a borrower's life was.
/// Method: random histories; `cargo xtask bench credit-oracle` runs a million.
#[test]
fn random_histories_match_exact_fractions() {
    let count = super::histories("VERGER_ORACLE_HISTORIES", 5_000);
    for seed in 0..count {
        assert_same(seed);
    }
    println!("{count} histories");
}
