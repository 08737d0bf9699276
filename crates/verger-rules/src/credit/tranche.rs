//! One draw and what became of it. Owns accrual in closed form, lateness and the use of a payment
//! within the draw; must not know other draws, wallets or the ledger. Source: `50-credit` 4.3 to 4.7.

use serde::{Deserialize, Serialize};

use super::atoms::{ATOMS_PER_MINOR, ATOMS_PER_PPM, Counter, day_atoms, plus_days, spans};
use super::terms::{GENTLE_ORDER, Part, Terms, USUAL_ORDER};
use crate::id::{PartyId, TrancheId};
use crate::time::Date;

/// Clean days after which a restructured loan is a normal one again (CR-21).
pub const CURE_DAYS: u32 = 90;
/// Steps paid on time that do the same.
pub const CURE_STEPS: u8 = 3;

/// A charge that grows with time: what it came to, and how much of it is paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// What it came to.
    pub counter: Counter,
    /// What is paid of it, in minor units.
    pub paid_minor: i64,
}

impl Charge {
    /// What is billed and not yet paid, in minor units: the floor of the sum, less what was paid.
    pub const fn due_minor(&self) -> i64 {
        self.counter.whole_minor.saturating_sub(self.paid_minor)
    }
}

/// The charge that is known from the first day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fee {
    /// What it came to, in minor units.
    pub billed_minor: i64,
    /// What is paid of it, in minor units.
    pub paid_minor: i64,
}

impl Fee {
    /// What is not yet paid, in minor units.
    pub const fn due_minor(&self) -> i64 {
        self.billed_minor.saturating_sub(self.paid_minor)
    }
}

/// A new agreement about an old debt, until the borrower has shown that he can keep it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The day of the agreement.
    pub agreed_on: Date,
    /// The day of the last step that counted.
    pub last_step_on: Option<Date>,
    /// A payment from this size on counts as a step: a tenth of the principal, in minor units.
    pub step_minor: i64,
    /// Steps paid on time so far.
    pub steps: u8,
}

/// How a tranche ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// Everything was paid.
    Repaid,
    /// The principal went back within the cooling-off; it cost nothing.
    Returned,
    /// The lender gave it up in its books; the claim stays.
    WrittenOff,
}

/// What a tranche is on a given day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Not yet due.
    Current,
    /// Past due, at normal interest.
    InGrace,
    /// Past due and grace.
    Overdue,
    /// Agreed anew and not yet proved.
    Restructured,
    /// So late that its interest is not income.
    NonAccrual,
    /// Nothing is owed.
    Closed,
    /// Given up in the books.
    WrittenOff,
}

impl Status {
    /// The name in the API, the database and the vectors.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::InGrace => "in_grace",
            Self::Overdue => "overdue",
            Self::Restructured => "restructured",
            Self::NonAccrual => "non_accrual",
            Self::Closed => "closed",
            Self::WrittenOff => "written_off",
        }
    }
}

/// One draw: its terms, and its state as it was on the day [`Tranche::through`].
///
/// The state of a later day follows from it in closed form, however long ago the last event was:
/// no nightly job makes it true (CR-4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tranche {
    /// The agent who assisted the draw, whose portfolio it is in.
    pub agent: Option<PartyId>,
    /// What is still claimed after a write-off, in minor units.
    pub claim_minor: i64,
    /// What was drawn, in minor units.
    pub drawn_minor: i64,
    /// The first day that counts.
    pub drawn_on: Date,
    /// The day it is to be paid by.
    pub due_on: Date,
    /// How it ended, if it did.
    pub end: Option<End>,
    /// The day it ended.
    pub ended_on: Option<Date>,
    /// The fee.
    pub fee: Fee,
    /// Its id, which also names its accounts.
    pub id: TrancheId,
    /// Interest.
    pub interest: Charge,
    /// Whether uncollected charges are kept out of income.
    pub is_suspended: bool,
    /// Penalty.
    pub penalty: Charge,
    /// The agreement it is under, if it was restructured and is not yet cured.
    pub plan: Option<Plan>,
    /// What is owed of the money itself, in minor units.
    pub principal_minor: i64,
    /// What came in after the write-off, in minor units.
    pub recovered_minor: i64,
    /// The terms agreed.
    pub terms: Terms,
    /// Every day before this one is counted.
    pub through: Date,
    /// The principal that was written off, in minor units.
    pub written_off_minor: i64,
}

impl Tranche {
    /// A draw of this day. The fee is rounded down and stays within the cap of the cost.
    pub fn draw(id: TrancheId, drawn_minor: i64, (on, due_on): (Date, Date), terms: Terms) -> Self {
        let share = |ppm: u32| {
            let part = i128::from(drawn_minor).saturating_mul(i128::from(ppm)) / 1_000_000;
            i64::try_from(part).unwrap_or(0)
        };
        let billed_minor = share(terms.fee_ppm).min(share(terms.total_cost_cap_ppm));
        Self {
            agent: None,
            claim_minor: 0,
            drawn_minor,
            drawn_on: on,
            due_on,
            end: None,
            ended_on: None,
            fee: Fee { billed_minor, paid_minor: 0 },
            id,
            interest: Charge::default(),
            is_suspended: false,
            penalty: Charge::default(),
            plan: None,
            principal_minor: drawn_minor,
            recovered_minor: 0,
            terms,
            through: on,
            written_off_minor: 0,
        }
    }

    /// Counts every day before `to`. Going there in one step or in many gives the same to the atom
    /// (CR-5, vector C21).
    pub fn advance(&mut self, to: Date) {
        if to <= self.through {
            return;
        }
        if self.end.is_none() {
            // From the due date on, the days of grace cost no more than any other day (CR-8).
            let penalised = plus_days(self.due_on, self.terms.grace_days).clamp(self.through, to);
            self.accrue(self.through, penalised, 0);
            self.accrue(penalised, to, self.terms.penalty_rate_ppm);
            self.cure(to);
            self.is_suspended |= self.days_past_due(to) >= self.terms.non_accrual_days;
        }
        self.through = to;
    }

    // One stretch of days at one pair of rates. The cap of the total cost is kept to the atom:
    // accrual simply stops, in the middle of a day if need be, interest before penalty (vector C16).
    fn accrue(&mut self, from: Date, to: Date, penalty_rate_ppm: u32) {
        for (days, factor) in spans(self.terms.day_count, from, to) {
            let interest = day_atoms(self.principal_minor, self.terms.rate_ppm, factor);
            let penalty = day_atoms(self.principal_minor, penalty_rate_ppm, factor);
            let room = self.room_atoms();
            let daily = interest.saturating_add(penalty);
            let full_days = room.checked_div(daily).unwrap_or(i128::MAX).min(i128::from(days));
            self.interest.counter.add(interest.saturating_mul(full_days));
            self.penalty.counter.add(penalty.saturating_mul(full_days));
            if full_days < i128::from(days) {
                let rest = interest.min(self.room_atoms());
                self.interest.counter.add(rest);
                let rest = penalty.min(self.room_atoms());
                self.penalty.counter.add(rest);
            }
        }
    }

    // What may still be charged under the cap, in atoms. Paid charges count: the cap is for ever.
    fn room_atoms(&self) -> i128 {
        let cap_ppm = i128::from(self.terms.total_cost_cap_ppm).saturating_mul(ATOMS_PER_PPM);
        let cap = i128::from(self.drawn_minor).saturating_mul(cap_ppm);
        let fee = i128::from(self.fee.billed_minor).saturating_mul(ATOMS_PER_MINOR);
        cap.saturating_sub(fee)
            .saturating_sub(self.interest.counter.atoms())
            .saturating_sub(self.penalty.counter.atoms())
            .max(0)
    }

    // Ninety days without being late, all before the new due date, and the plan has done its work.
    fn cure(&mut self, to: Date) {
        let Some(plan) = self.plan else { return };
        let proved_on = plus_days(plan.agreed_on, CURE_DAYS);
        if proved_on <= to && proved_on <= self.due_on && self.principal_minor > 0 {
            self.end_plan();
        }
    }

    fn end_plan(&mut self) {
        self.plan = None;
        self.is_suspended = false;
    }

    /// Days past due on a day, while principal is owed.
    pub fn days_past_due(&self, on: Date) -> u32 {
        if self.principal_minor == 0 || self.end.is_some() {
            return 0;
        }
        u32::try_from(on.days_since(self.due_on)).unwrap_or(0)
    }

    /// What it is on the day it is counted through.
    pub fn status(&self) -> Status {
        let late = self.days_past_due(self.through);
        match self.end {
            Some(End::WrittenOff) => Status::WrittenOff,
            Some(End::Repaid | End::Returned) => Status::Closed,
            None if late >= self.terms.non_accrual_days => Status::NonAccrual,
            None if late > self.terms.grace_days => Status::Overdue,
            None if late > 0 => Status::InGrace,
            None if self.plan.is_some() => Status::Restructured,
            None if self.is_suspended => Status::NonAccrual,
            None => Status::Current,
        }
    }

    /// What is due of one kind, in minor units.
    pub const fn due_minor(&self, part: Part) -> i64 {
        match part {
            _ if self.end.is_some() => 0,
            Part::Fee => self.fee.due_minor(),
            Part::Penalty => self.penalty.due_minor(),
            Part::Interest => self.interest.due_minor(),
            Part::Principal => self.principal_minor,
        }
    }

    /// Everything charged on top of the principal and not yet paid, in minor units.
    pub const fn charges_due_minor(&self) -> i64 {
        self.due_minor(Part::Fee)
            .saturating_add(self.due_minor(Part::Penalty))
            .saturating_add(self.due_minor(Part::Interest))
    }

    /// What would settle it on the day it is counted through, in minor units.
    pub const fn payoff_minor(&self) -> i64 {
        self.due_minor(Part::Principal).saturating_add(self.charges_due_minor())
    }

    /// Everything that was paid on it so far, in minor units.
    pub const fn paid_minor(&self) -> i64 {
        self.drawn_minor
            .saturating_sub(self.principal_minor)
            .saturating_sub(self.written_off_minor)
            .saturating_add(self.fee.paid_minor)
            .saturating_add(self.interest.paid_minor)
            .saturating_add(self.penalty.paid_minor)
    }

    /// All cost billed so far, paid or not, in minor units. Never above the cap (CR-14).
    pub const fn cost_minor(&self) -> i64 {
        self.fee
            .billed_minor
            .saturating_add(self.interest.counter.whole_minor)
            .saturating_add(self.penalty.counter.whole_minor)
    }

    /// Uses a payment, in the order that fits its state; never more than what is due. Returns what
    /// was used for what, without the kinds that took nothing.
    pub fn pay(&mut self, amount_minor: i64) -> Vec<(Part, i64)> {
        let is_gentle = self.is_suspended || self.plan.is_some();
        let order = if is_gentle { GENTLE_ORDER } else { USUAL_ORDER };
        let mut left = amount_minor;
        let mut used = Vec::new();
        for part in order {
            let taken = self.due_minor(part).min(left);
            if taken > 0 {
                self.settle(part, taken);
                left = left.saturating_sub(taken);
                used.push((part, taken));
            }
        }
        self.count_step(amount_minor.saturating_sub(left));
        if self.payoff_minor() == 0 {
            self.finish(End::Repaid);
        }
        used
    }

    fn settle(&mut self, part: Part, minor: i64) {
        match part {
            Part::Fee => self.fee.paid_minor = self.fee.paid_minor.saturating_add(minor),
            Part::Penalty => {
                self.penalty.paid_minor = self.penalty.paid_minor.saturating_add(minor);
            }
            Part::Interest => {
                self.interest.paid_minor = self.interest.paid_minor.saturating_add(minor);
            }
            Part::Principal => self.principal_minor = self.principal_minor.saturating_sub(minor),
        }
    }

    // A step of a plan counts once a day and only while nothing is late.
    fn count_step(&mut self, taken_minor: i64) {
        let today = self.through;
        let is_late = today > self.due_on;
        let Some(plan) = self.plan.as_mut() else { return };
        if is_late || taken_minor < plan.step_minor || plan.last_step_on == Some(today) {
            return;
        }
        plan.last_step_on = Some(today);
        plan.steps = plan.steps.saturating_add(1);
        if plan.steps >= CURE_STEPS {
            self.end_plan();
        }
    }

    fn finish(&mut self, end: End) {
        self.end = Some(end);
        self.ended_on = Some(self.through);
    }

    /// Takes the loan back within the cooling-off: the principal returns and every charge is as if
    /// it had never been. Returns what is still to be paid, in minor units (CR-13).
    pub fn give_back(&mut self) -> i64 {
        let left = self.drawn_minor.saturating_sub(self.paid_minor());
        self.principal_minor = 0;
        self.fee = Fee::default();
        self.interest = Charge::default();
        self.penalty = Charge::default();
        self.finish(End::Returned);
        left
    }

    /// Lowers the rate from this day on. A rate never rises (CR-6).
    pub fn lower_rate(&mut self, rate_ppm: u32) {
        self.terms = self.terms.at_rate(rate_ppm);
    }

    /// Agrees on a new due date and perhaps a lower rate. What is in arrears is kept, bears no
    /// interest, and penalty stops until the new date has passed (CR-20).
    pub fn restructure(&mut self, due_on: Date, rate_ppm: u32) {
        self.due_on = due_on;
        self.lower_rate(rate_ppm);
        self.plan = Some(Plan {
            agreed_on: self.through,
            last_step_on: None,
            step_minor: (self.principal_minor / 10).max(1),
            steps: 0,
        });
    }

    /// Gives it up in the books: the claim stays and stops growing (CR-23).
    pub fn write_off(&mut self) {
        self.claim_minor = self.payoff_minor();
        self.written_off_minor = self.principal_minor;
        self.principal_minor = 0;
        self.finish(End::WrittenOff);
    }

    /// Takes money for a claim that was written off; never more than is left of it. Returns what
    /// was taken, in minor units.
    pub fn recover(&mut self, amount_minor: i64) -> i64 {
        let taken = amount_minor.min(self.claim_minor);
        self.claim_minor = self.claim_minor.saturating_sub(taken);
        self.recovered_minor = self.recovered_minor.saturating_add(taken);
        taken
    }
}
