//! Golden vectors of the trust index. Owns reading them; what they hold is compared with the
//! domain, which the commands of a village go through as well.

use std::collections::BTreeMap;

use serde_json::Value;
use verger_domain::time::Date;
use verger_domain::trust::{self, Brakes, MemberTrust, Operation, PairTrust, Rules, Weight};

use super::{Verdict, field, int, list, same, text};

/// A member's operations, one after the other, and the limit at a later day.
struct Run {
    rules: Rules,
    prior: u16,
    seeds: Vec<String>,
    weights: BTreeMap<String, u16>,
    member: MemberTrust,
    pairs: BTreeMap<String, PairTrust>,
}

/// P00 and on: the state after every operation, to the grain.
pub(super) fn points(vector: &Value) -> Verdict {
    let mut run = Run::new(vector)?;
    for (index, step) in list(vector, "steps")?.iter().enumerate() {
        let place = format!("step {} {}", index + 1, text(step, "op")?);
        run.step(step).map_err(|problem| format!("{place}: {problem}"))?;
        run.compare(&place, field(step, "expect")?)?;
    }
    match vector.get("later").filter(|later| !later.is_null()) {
        Some(later) => run.later(later),
        None => Ok(()),
    }
}

impl Run {
    fn new(vector: &Value) -> Result<Self, String> {
        let mut policy = verger_app::policy_file::load(None).map_err(|error| error.to_string())?;
        policy.programme.unit_minor = int(vector, "unit_minor")?;
        policy.validate().map_err(|error| error.to_string())?;
        let parse = |name: &str| field(vector, name).cloned();
        let seeds = serde_json::from_value(parse("seeds")?).map_err(|error| error.to_string())?;
        let weights =
            serde_json::from_value(parse("weights")?).map_err(|error| error.to_string())?;
        Ok(Self {
            rules: Rules::of(&policy),
            prior: u16::try_from(policy.trust.weight_prior).map_err(|error| error.to_string())?,
            seeds,
            weights,
            member: MemberTrust::default(),
            pairs: BTreeMap::new(),
        })
    }

    /// The weight of a counterparty; one that no batch knows has the prior for a sale.
    fn weight(&self, counterparty: &str, unknown: u16) -> Weight {
        if self.seeds.iter().any(|seed| seed == counterparty) {
            return Weight::SEED;
        }
        Weight::of(self.weights.get(counterparty).copied().unwrap_or(unknown))
    }

    fn step(&mut self, step: &Value) -> Verdict {
        let counterparty = text(step, "counterparty")?;
        let value_minor = int(step, "value")?;
        let operation = match text(step, "op")? {
            "fact" => Operation::Fact { points: value_minor },
            "sale" | "coop" => {
                Operation::Sale { value_minor, weight: self.weight(counterparty, self.prior) }
            }
            "buy" => Operation::Purchase { value_minor, weight: self.weight(counterparty, 0) },
            "internal" => {
                Operation::VillageTrade { value_minor, weight: self.weight(counterparty, 0) }
            }
            "repay" => {
                let days_held = int(step, "days_held")?;
                Operation::Repaid { days_held, principal_minor: value_minor }
            }
            "late" => Operation::Late,
            "dispute" => Operation::DisputeLost,
            "default" => Operation::Defaulted,
            other => return Err(format!("the operation {other} is unknown")),
        };
        let pair = self.pairs.entry(counterparty.to_owned()).or_default();
        trust::apply(&self.rules, &mut self.member, pair, day(step)?, operation)
            .map_err(|error| error.to_string())?;
        Ok(())
    }

    fn compare(&self, place: &str, expect: &Value) -> Verdict {
        let (member, rules) = (&self.member, &self.rules);
        let grains = |name: &str| -> Result<Vec<i64>, String> {
            serde_json::from_value(field(expect, name)?.clone()).map_err(|error| error.to_string())
        };
        same(&format!("{place}: acc"), &member.acc.to_vec(), &grains("acc")?)?;
        same(&format!("{place}: gain"), &member.gain.to_vec(), &grains("gain")?)?;
        let penalty = int(expect, "penalty")?;
        same(&format!("{place}: penalty"), &member.penalty_grains, &penalty)?;
        let points = int(expect, "points")?;
        same(&format!("{place}: points"), &member.points(rules), &points)?;
        let period = member.seen_on.map(|day| i64::from(rules.period(day)));
        same(&format!("{place}: period"), &period, &Some(int(expect, "period")?))?;
        let step_minor = int(expect, "step_minor")?;
        same(&format!("{place}: step_minor"), &member.step_up_minor(rules), &step_minor)?;
        let is_frozen = field(expect, "frozen")?.as_bool();
        same(&format!("{place}: frozen"), &Some(member.frozen_on.is_some()), &is_frozen)
    }

    /// The limit at a day on which money from outside is as given.
    fn later(&mut self, later: &Value) -> Verdict {
        let day = day(later)?;
        self.member.backing.backed_minor = int(later, "backed_364d_minor")?;
        self.member.backing.recent = vec![(day, int(later, "seed_inflow_91d_minor")?)];
        let limit = trust::limit(&self.rules, &self.member, day, Brakes::default());
        let expect = field(later, "expect")?;
        same("later: points", &limit.points, &int(expect, "points")?)?;
        same("later: limit_minor", &limit.limit_minor, &int(expect, "limit_minor")?)?;
        same("later: reason", &limit.reason.name(), &text(expect, "reason")?)
    }
}

fn day(value: &Value) -> Result<Date, String> {
    let days = i32::try_from(int(value, "day")?).ok().and_then(Date::from_days);
    days.ok_or_else(|| "the day is outside the calendar".to_owned())
}
