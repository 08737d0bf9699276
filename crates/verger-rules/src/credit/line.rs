//! All draws of one borrower, folded from their events. Owns the order of the fold and of payments
//! across draws; must not post to a ledger. Source: `50-credit` 4.5, 4.11; rules CR-15 to CR-19.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::event::{Event, Op, Outcome};
use super::tranche::{End, Tranche};
use crate::id::TrancheId;
use crate::time::Date;

/// The draws of one borrower as they stand on a day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The draws by id.
    pub tranches: BTreeMap<TrancheId, Tranche>,
    /// What credit has put into the borrower's wallet, less what it took, in minor units.
    pub wallet_minor: i64,
}

impl Line {
    /// Counts every draw up to, not including, `to`.
    pub fn advance(&mut self, to: Date) {
        for tranche in self.tranches.values_mut() {
            tranche.advance(to);
        }
    }

    /// The line as it stands on a later day.
    #[must_use]
    pub fn on(&self, day: Date) -> Self {
        let mut line = self.clone();
        line.advance(day);
        line
    }

    /// What would settle everything on the day it is counted through, in minor units.
    pub fn payoff_minor(&self) -> i64 {
        self.tranches.values().fold(0, |sum, tranche| sum.saturating_add(tranche.payoff_minor()))
    }

    /// The principal that is out, in minor units.
    pub fn principal_minor(&self) -> i64 {
        self.tranches.values().fold(0, |sum, tranche| sum.saturating_add(tranche.principal_minor))
    }

    /// The draws that are not over, in the order in which payments reach them: the earliest due,
    /// then the earliest drawn, then by id (CR-15, vector C15).
    pub fn open(&self) -> Vec<&Tranche> {
        let mut open: Vec<&Tranche> =
            self.tranches.values().filter(|tranche| tranche.end.is_none()).collect();
        open.sort_by_key(|tranche| (tranche.due_on, tranche.drawn_on, tranche.id));
        open
    }

    /// Applies one event on its effective day. The fold may meet an event whose reason is gone, such
    /// as a new agreement about a loan that a late payment has since settled: it then does nothing.
    pub fn apply(&mut self, event: &Event) -> Outcome {
        self.advance(event.effective_on);
        match event.op {
            Op::Draw { agent, amount_minor, due_on, terms, tranche } => {
                let days = (event.effective_on, due_on);
                let mut drawn = Tranche::draw(tranche, amount_minor, days, terms);
                drawn.agent = agent;
                self.tranches.insert(tranche, drawn);
                self.wallet_minor = self.wallet_minor.saturating_add(amount_minor);
                Outcome::default()
            }
            Op::Repay { amount_minor, tranche } => self.repay(amount_minor, tranche),
            Op::GiveBack { tranche } => {
                let taken_minor = self.open_mut(tranche).map_or(0, Tranche::give_back);
                self.take(taken_minor)
            }
            Op::LowerRate { rate_ppm, tranche } => {
                self.change(tranche, |row| row.lower_rate(rate_ppm))
            }
            Op::Restructure { due_on, rate_ppm, tranche } => {
                self.change(tranche, |row| row.restructure(due_on, rate_ppm))
            }
            Op::WriteOff { tranche } => self.change(tranche, Tranche::write_off),
            Op::Recover { amount_minor, tranche } => {
                let row = self.tranches.get_mut(&tranche);
                let row = row.filter(|row| row.end == Some(End::WrittenOff));
                let taken_minor = row.map_or(0, |row| row.recover(amount_minor));
                let excess_minor = amount_minor.saturating_sub(taken_minor);
                Outcome { excess_minor, ..self.take(taken_minor) }
            }
        }
    }

    fn open_mut(&mut self, id: TrancheId) -> Option<&mut Tranche> {
        self.tranches.get_mut(&id).filter(|tranche| tranche.end.is_none())
    }

    // Changes a draw that is not over; moves no money.
    fn change(&mut self, id: TrancheId, change: impl FnOnce(&mut Tranche)) -> Outcome {
        if let Some(tranche) = self.open_mut(id) {
            change(tranche);
        }
        Outcome::default()
    }

    fn take(&mut self, taken_minor: i64) -> Outcome {
        self.wallet_minor = self.wallet_minor.saturating_sub(taken_minor);
        Outcome { taken_minor, ..Outcome::default() }
    }

    // Never more than the payoff is taken; what is left stays in the wallet (CR-18, vector C05).
    fn repay(&mut self, amount_minor: i64, named: Option<TrancheId>) -> Outcome {
        let order: Vec<TrancheId> = self.open().into_iter().map(|tranche| tranche.id).collect();
        let reached = order.into_iter().filter(|id| named.is_none_or(|named| named == *id));
        let mut left = amount_minor;
        let mut allocated = Vec::new();
        for id in reached {
            let Some(tranche) = self.open_mut(id) else { continue };
            for (part, minor) in tranche.pay(left) {
                left = left.saturating_sub(minor);
                allocated.push((id, part, minor));
            }
        }
        let taken = self.take(amount_minor.saturating_sub(left));
        Outcome { allocated, excess_minor: left, ..taken }
    }
}

/// Folds events into the line they make and what each of them came to, by its number.
///
/// The order is the effective day, then the order of recording; reversed events are left out. The
/// same events give the same line whatever the order in which they arrived (CR-24, C13 and C14).
pub fn fold(events: &[Event]) -> (Line, BTreeMap<u32, Outcome>) {
    let mut order: Vec<&Event> = events.iter().filter(|event| !event.is_reversed).collect();
    order.sort_by_key(|event| (event.effective_on, event.number));
    let mut line = Line::default();
    let mut outcomes = BTreeMap::new();
    for event in order {
        outcomes.insert(event.number, line.apply(event));
    }
    (line, outcomes)
}
