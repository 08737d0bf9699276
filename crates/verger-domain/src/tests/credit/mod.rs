//! Tests of credit: the engine against an exact oracle and its own laws, decisions with their next
//! steps, measures. Owns the random histories that several of them use.

pub(super) mod commands;
mod decisions;
mod engine;
mod laws;
mod oracle;
pub(super) mod samples;

use super::dice::Dice;
use crate::credit::{Event, Op, Terms};
use crate::id::TrancheId;
use crate::policy::DayCount;
use crate::time::Date;

/// The terms of the golden vectors: 12 %, half of it more when late, three days of grace.
const TERMS: Terms = Terms {
    day_count: DayCount::Act365F,
    fee_ppm: 0,
    grace_days: 3,
    non_accrual_days: 90,
    penalty_rate_ppm: 60_000,
    rate_ppm: 120_000,
    total_cost_cap_ppm: 1_000_000,
};

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn after(date: Date, days: i32) -> Date {
    Date::from_days(date.days() + days).unwrap()
}

const fn tranche(number: u128) -> TrancheId {
    TrancheId::from_bits(number)
}

impl Dice {
    fn days(&mut self, min: i32, max: i32) -> i32 {
        i32::try_from(self.between(min.into(), max.into())).unwrap()
    }

    fn ppm(&mut self, max: u32) -> u32 {
        u32::try_from(self.below(u64::from(max) + 1)).unwrap()
    }

    /// From a fen to millions of yuan, small sums as often as large ones.
    fn amount(&mut self) -> i64 {
        let digits = u32::try_from(self.below(9)).unwrap();
        self.between(1, 10_i64.pow(digits + 1))
    }

    fn terms(&mut self) -> Terms {
        let counts = [DayCount::Act360, DayCount::Act365F, DayCount::ActAct];
        let day_count = counts[usize::try_from(self.below(3)).unwrap()];
        let caps = [1_000_000, 100_000, 20_000, 0];
        let total_cost_cap_ppm = caps[usize::try_from(self.below(4)).unwrap()];
        let non_accrual_days = if self.below(2) == 0 { 90 } else { 20 };
        Terms {
            day_count,
            fee_ppm: if self.below(3) == 0 { self.ppm(30_000) } else { 0 },
            grace_days: self.ppm(7),
            non_accrual_days,
            penalty_rate_ppm: self.ppm(180_000),
            rate_ppm: self.ppm(360_000),
            total_cost_cap_ppm,
        }
    }
}

/// A borrower's life at random: several draws, payments of all sizes in time and late, lower rates,
/// new agreements, write-offs, recoveries, things taken back and things that arrive late.
fn history(dice: &mut Dice) -> Vec<Event> {
    let mut today = after(day("2027-11-01"), dice.days(0, 500));
    let mut events: Vec<Event> = Vec::new();
    let mut drawn = 0_u128;
    for number in 0..u32::try_from(dice.between(2, 14)).unwrap() {
        today = after(today, if dice.below(4) == 0 { 0 } else { dice.days(0, 45) });
        let some = tranche(u128::from(dice.below(3)) + 1);
        let op = match dice.below(12) {
            0 | 1 if drawn > 0 && drawn < 3 => draw(dice, today, &mut drawn),
            _ if drawn == 0 => draw(dice, today, &mut drawn),
            0..=6 => {
                let named = (dice.below(4) == 0).then_some(some);
                Op::Repay { amount_minor: dice.amount(), tranche: named }
            }
            7 => Op::LowerRate { rate_ppm: dice.ppm(360_000), tranche: some },
            8 => {
                let due_on = after(today, dice.days(1, 150));
                Op::Restructure { due_on, rate_ppm: dice.ppm(360_000), tranche: some }
            }
            9 if dice.below(3) == 0 => Op::WriteOff { tranche: some },
            10 if dice.below(3) == 0 => Op::GiveBack { tranche: some },
            _ => Op::Recover { amount_minor: dice.amount(), tranche: some },
        };
        let is_draw = matches!(op, Op::Draw { .. });
        let is_late = !is_draw && dice.below(5) == 0;
        let effective_on = if is_late { after(today, -dice.days(0, 30)) } else { today };
        let is_reversed = matches!(op, Op::Repay { .. }) && dice.below(8) == 0;
        events.push(Event { effective_on, is_reversed, number, op, recorded_on: today });
    }
    events
}

fn draw(dice: &mut Dice, today: Date, drawn: &mut u128) -> Op {
    *drawn += 1;
    let due_on = after(today, dice.days(0, 180));
    let (amount_minor, terms) = (dice.amount(), dice.terms());
    Op::Draw { agent: None, amount_minor, due_on, terms, tranche: tranche(*drawn) }
}

/// The last day that a history is looked at: long after its last event, or on that very day.
fn end_of(events: &[Event], dice: &mut Dice) -> Date {
    let last = events.iter().map(|event| event.recorded_on).max().unwrap();
    after(last, if dice.below(3) == 0 { 0 } else { dice.days(0, 400) })
}

/// How many histories a run looks at: what the variable says, else `usual`.
#[expect(clippy::disallowed_methods, reason = "a long run is told how long it shall be")]
fn histories(variable: &str, usual: u64) -> u64 {
    std::env::var(variable).ok().map_or(usual, |text| text.parse().unwrap())
}
