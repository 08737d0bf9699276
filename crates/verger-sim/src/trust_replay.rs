//! Replays a file of operations through the trust index, with batches of weights on schedule: what
//! points and limits would households have? Owns the file's form; the formula is the domain's.
//!
//! The first line is a header, every other one an operation, in order of their days:
//!
//! ```json
//! {"unit_minor":10000,"seeds":["coop0"],"members":["m0"],"batch_every_days":7,"horizon_day":400}
//! {"day":8,"op":"coop","member":"m0","counterparty":"coop0","value":20000}
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufRead;

use serde::{Deserialize, Serialize};
use verger_domain::policy::Policy;
use verger_domain::time::Date;
use verger_domain::trust::weights::{Crew, Network, Role, WINDOW_DAYS, WeightRules};
use verger_domain::trust::{self, Brakes, MemberTrust, Operation, PairTrust, Rules, Weight};

/// The longest line that is read, in bytes: no name is a book.
const LINE_MAX: usize = 64 * 1024;

/// The first line.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    unit_minor: i64,
    seeds: BTreeSet<String>,
    members: BTreeSet<String>,
    batch_every_days: i32,
    horizon_day: i32,
}

/// Every other line.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    day: i32,
    op: String,
    member: String,
    #[serde(default)]
    counterparty: String,
    #[serde(default)]
    value: i64,
    days_held: Option<i64>,
}

/// Where a household stands at the horizon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Its points.
    pub points: i64,
    /// Its level.
    pub level: u8,
    /// Its limit, in minor units.
    pub limit_minor: i64,
    /// Which number the limit is, or what closed it.
    pub reason: &'static str,
}

/// Why a file cannot be replayed: which line, and what is wrong with it.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct ReplayError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong, and what to do.
    pub problem: String,
}

/// Replays a file; `policy` gives every number but the unit, which the header gives.
///
/// # Errors
/// The first line that is not what it should be.
pub fn run(
    policy: &Policy,
    input: impl BufRead,
    crew: &Crew<'_>,
) -> Result<BTreeMap<String, Outcome>, ReplayError> {
    let mut lines = (1..).zip(input.lines());
    let (number, first) = next_line(&mut lines)?.ok_or_else(|| wrong(1, "there is no header"))?;
    let header: Header = parse(number, &first)?;
    let mut replay =
        Replay::new(policy, header, crew).map_err(|problem| wrong(number, &problem))?;
    while let Some((number, text)) = next_line(&mut lines)? {
        let line: Line = parse(number, &text)?;
        replay.apply(&line).map_err(|problem| wrong(number, &problem))?;
    }
    Ok(replay.outcomes())
}

fn wrong(line: usize, problem: &str) -> ReplayError {
    ReplayError { line, problem: problem.to_owned() }
}

fn parse<T: serde::de::DeserializeOwned>(number: usize, text: &str) -> Result<T, ReplayError> {
    serde_json::from_str(text).map_err(|error| wrong(number, &error.to_string()))
}

/// The next line that is not blank.
fn next_line(
    lines: &mut impl Iterator<Item = (usize, std::io::Result<String>)>,
) -> Result<Option<(usize, String)>, ReplayError> {
    for (number, line) in lines {
        let line = line.map_err(|error| wrong(number, &error.to_string()))?;
        if line.len() > LINE_MAX {
            return Err(wrong(number, "the line is longer than 64 KiB"));
        }
        if !line.trim().is_empty() {
            return Ok(Some((number, line)));
        }
    }
    Ok(None)
}

#[derive(Default)]
struct Household {
    member: MemberTrust,
    pairs: BTreeMap<String, PairTrust>,
    /// What outside payers paid, by payer: the day and the amount.
    paid: BTreeMap<String, Vec<(i32, i64)>>,
}

struct Replay<'a> {
    rules: Rules,
    weighing: WeightRules,
    prior: u16,
    crew: &'a Crew<'a>,
    header: Header,
    horizon: Date,
    households: BTreeMap<String, Household>,
    network: Network<String>,
    weights: BTreeMap<String, u16>,
    /// The day on whose morning the next batch runs.
    next_batch: i32,
    today: i32,
}

impl<'a> Replay<'a> {
    fn new(policy: &Policy, header: Header, crew: &'a Crew<'a>) -> Result<Self, String> {
        let mut policy = policy.clone();
        policy.programme.unit_minor = header.unit_minor;
        policy.validate().map_err(|error| error.to_string())?;
        if header.batch_every_days < 1 {
            return Err("batch_every_days is below 1".to_owned());
        }
        let horizon = Date::from_days(header.horizon_day);
        let horizon = horizon.ok_or("horizon_day is outside the calendar")?;
        if let Some(both) = header.members.intersection(&header.seeds).next() {
            return Err(format!("{both} is both a member and a seed"));
        }
        let mut network = Network::default();
        header.members.iter().for_each(|name| network.set_role(name, Role::Member));
        header.seeds.iter().for_each(|name| network.set_role(name, Role::Seed));
        let households =
            header.members.iter().map(|name| (name.clone(), Household::default())).collect();
        Ok(Self {
            rules: Rules::of(&policy),
            weighing: policy.trust.weight_rules(policy.programme.unit_minor),
            prior: u16::try_from(policy.trust.weight_prior).map_err(|error| error.to_string())?,
            crew,
            next_batch: header.batch_every_days,
            header,
            horizon,
            households,
            network,
            weights: BTreeMap::new(),
            today: 0,
        })
    }

    fn apply(&mut self, line: &Line) -> Result<(), String> {
        let day = Date::from_days(line.day).ok_or("the day is outside the calendar")?;
        if line.day < self.today {
            return Err(format!("day {} comes after day {}", line.day, self.today));
        }
        if day > self.horizon {
            return Ok(());
        }
        if !self.households.contains_key(&line.member) {
            return Err(format!("{} is not a member of the header", line.member));
        }
        self.today = line.day;
        self.batch(line.day)?;
        let operation = self.operation(line)?;
        let household = self.households.entry(line.member.clone()).or_default();
        let mut nobody = PairTrust::default();
        let pair = match operation {
            Operation::Sale { .. }
            | Operation::Purchase { .. }
            | Operation::VillageTrade { .. } => {
                household.pairs.entry(line.counterparty.clone()).or_default()
            }
            _ => &mut nobody,
        };
        let counted = trust::apply(&self.rules, &mut household.member, pair, day, operation);
        let counted = counted.map_err(|error| error.to_string())?;
        self.settle(line, operation, counted.value_minor);
        Ok(())
    }

    fn operation(&self, line: &Line) -> Result<Operation, String> {
        let value_minor = line.value;
        let weight = |unknown| self.weight(&line.counterparty, unknown);
        if matches!(line.op.as_str(), "sale" | "coop" | "buy" | "internal") {
            if line.counterparty.is_empty() {
                return Err(format!("a {} needs a counterparty", line.op));
            }
            if line.counterparty == line.member {
                return Err(format!("{} deals with itself", line.member));
            }
        }
        Ok(match line.op.as_str() {
            "fact" => Operation::Fact { points: value_minor },
            "sale" | "coop" => Operation::Sale { value_minor, weight: weight(self.prior) },
            "buy" => Operation::Purchase { value_minor, weight: weight(0) },
            "internal" => Operation::VillageTrade { value_minor, weight: weight(0) },
            "repay" => {
                let days_held = line.days_held.ok_or("a repay needs days_held")?;
                Operation::Repaid { days_held, principal_minor: value_minor }
            }
            "late" => Operation::Late,
            "dispute" => Operation::DisputeLost,
            "default" => Operation::Defaulted,
            "cure" => Operation::Cured,
            other => return Err(format!("the operation {other} is unknown")),
        })
    }

    /// A seed weighs everything, others what the last batch found, strangers what `unknown` says.
    fn weight(&self, name: &str, unknown: u16) -> Weight {
        if self.header.seeds.contains(name) {
            return Weight::SEED;
        }
        Weight::of(self.weights.get(name).copied().unwrap_or(unknown))
    }

    /// What was paid is a payment of the graph, and where it came from outside, it backs a limit.
    fn settle(&mut self, line: &Line, operation: Operation, value_minor: i64) {
        let both = (&line.counterparty, &line.member);
        match operation {
            Operation::Sale { .. } => {
                self.network.settle(line.day, both, value_minor);
                if self.header.members.contains(&line.counterparty) {
                    return;
                }
                let household = self.households.entry(line.member.clone()).or_default();
                let paid = household.paid.entry(line.counterparty.clone()).or_default();
                paid.push((line.day, value_minor));
            }
            Operation::VillageTrade { .. } => {
                self.network.settle(line.day, both, value_minor);
            }
            Operation::Purchase { .. } => {
                self.network.settle(line.day, (both.1, both.0), value_minor);
            }
            _ => {}
        }
    }

    /// Runs the batch that was due last before or on the morning of a day; those between it and
    /// the one before it would find weights that nobody used.
    fn batch(&mut self, today: i32) -> Result<(), String> {
        if today < self.next_batch {
            return Ok(());
        }
        let every = self.header.batch_every_days;
        let due = today - today % every;
        self.next_batch = due.saturating_add(every);
        // On the morning of a day the last that is over is the day before.
        let batch = self.network.batch(due.saturating_sub(1), &self.weighing, self.crew);
        let batch = batch.map_err(|error| error.to_string())?;
        self.weights = batch.standings.into_iter().map(|(name, s)| (name, s.weight)).collect();
        Ok(())
    }

    fn outcomes(mut self) -> BTreeMap<String, Outcome> {
        // A batch that is due at the horizon weighs the money that backs limits there.
        let _ = self.batch(self.header.horizon_day);
        let mut outcomes = BTreeMap::new();
        for (name, household) in &self.households {
            let mut member = household.member.clone();
            member.backing.backed_minor = self.backed_minor(household);
            let limit = trust::limit(&self.rules, &member, self.horizon, Brakes::default());
            let (points, level, limit_minor) = (limit.points, limit.level, limit.limit_minor);
            let reason = limit.reason.name();
            outcomes.insert(name.clone(), Outcome { points, level, limit_minor, reason });
        }
        outcomes
    }

    /// The money of twelve months that backs a limit at the horizon, each payer at his last weight.
    fn backed_minor(&self, household: &Household) -> i64 {
        let oldest = self.header.horizon_day.saturating_sub(WINDOW_DAYS);
        let sum = household.paid.iter().fold(0_i128, |sum, (payer, paid)| {
            let weight = self.weight(payer, self.prior);
            let recent = paid.iter().filter(|(day, _)| *day > oldest);
            let paid = recent.fold(0_i128, |sum, (_, minor)| sum + i128::from(*minor));
            let (share, paid) = if weight.is_seed {
                (i128::from(weight.share), paid)
            } else {
                let share = weight.share.min(self.weighing.unproven_max);
                (i128::from(share), paid.min(i128::from(self.weighing.payer_cap_minor)))
            };
            sum + share * paid / 256
        });
        i64::try_from(sum).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn replay(text: &str) -> Result<BTreeMap<String, Outcome>, ReplayError> {
        let policy = verger_app::policy_file::load(None).unwrap();
        run(&policy, text.as_bytes(), &Crew::ALONE)
    }

    const HEADER: &str = concat!(
        r#"{"unit_minor":10000,"seeds":["coop0","vendor1"],"members":["m0","m1"],"#,
        r#""batch_every_days":7,"horizon_day":40}"#
    );

    /// Goal: the worked example of the design comes out as a file, at its horizon.
    #[test]
    fn the_worked_example_is_replayed() {
        let ops = r#"
            {"day":0,"op":"fact","member":"m0","value":40}
            {"day":3,"op":"buy","member":"m0","counterparty":"vendor1","value":6000}
            {"day":8,"op":"coop","member":"m0","counterparty":"coop0","value":20000}
            {"day":25,"op":"coop","member":"m0","counterparty":"coop0","value":40000}
            {"day":40,"op":"buy","member":"m0","counterparty":"vendor1","value":10000}
            {"day":41,"op":"default","member":"m0"}
        "#;
        let found = replay(&format!("{HEADER}{ops}")).unwrap();
        let outcome = |points, level, limit_minor| {
            let reason = "level";
            Outcome { points, level, limit_minor, reason }
        };
        // Facts 9,920, sales 24,299, purchases 6,455 grains; what comes after the horizon is not seen.
        assert_eq!(found["m0"], outcome(158, 1, 30_000));
        assert_eq!(found["m1"], outcome(0, 0, 0), "a member without any operation is there too");
    }

    /// Goal: a buyer gains weight by what he pays to households of proven money, from the morning
    /// of the batch on and not before; the window forgets him again.
    #[test]
    fn batches_run_on_their_mornings() {
        let sales = |first: i32, second: i32| {
            format!(
                "{}\n{}\n{}\n{}",
                HEADER.replace("\"horizon_day\":40", "\"horizon_day\":600"),
                r#"{"day":1,"op":"coop","member":"m1","counterparty":"coop0","value":100000}"#,
                format_args!(
                    r#"{{"day":{first},"op":"sale","member":"m1","counterparty":"b","value":9000}}"#
                ),
                format_args!(
                    r#"{{"day":{second},"op":"sale","member":"m0","counterparty":"b","value":9000}}"#
                ),
            )
        };
        let points = |first, second| {
            let text = sales(first, second)
                .replace("\"horizon_day\":600", &format!("\"horizon_day\":{second}"));
            replay(&text).unwrap()["m0"].points
        };
        assert_eq!(points(2, 6), 4, "the first batch runs on day 7");
        let weighed = points(2, 7);
        assert!(weighed > 10, "{weighed}");
        assert_eq!(points(2, 600), 4, "a year later nothing of it is left");
    }

    /// Goal: a line that is not what it should be is named, and why.
    #[test]
    fn wrong_lines_are_named() {
        let op = |text: &str| format!("{HEADER}\n{text}");
        let cases = [
            (String::new(), 1, "no header"),
            ("{}".to_owned(), 1, "missing field"),
            (HEADER.replace(":7", ":0"), 1, "batch_every_days"),
            (HEADER.replace(":40", ":-1"), 1, "horizon_day"),
            (HEADER.replace("10000", "0"), 1, "unit_minor"),
            (HEADER.replace("\"m1\"", "\"coop0\""), 1, "both a member and a seed"),
            (op("nonsense"), 2, "expected"),
            (op(r#"{"day":1,"op":"dance","member":"m0"}"#), 2, "dance is unknown"),
            (op(r#"{"day":1,"op":"late","member":"x"}"#), 2, "x is not a member"),
            (op(r#"{"day":1,"op":"sale","member":"m0","value":5}"#), 2, "needs a counterparty"),
            (op(r#"{"day":1,"op":"fact","member":"m0","value":-5}"#), 2, "not negative"),
            (op(r#"{"day":1,"op":"repay","member":"m0","value":5}"#), 2, "days_held"),
            (
                op(
                    "{\"day\":5,\"op\":\"late\",\"member\":\"m0\"}\n{\"day\":4,\"op\":\"late\",\"member\":\"m0\"}",
                ),
                3,
                "day 4",
            ),
        ];
        for (text, line, problem) in cases {
            let error = replay(&text).unwrap_err();
            assert_eq!(error.line, line, "{error}");
            assert!(error.to_string().contains(problem), "{error}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        /// Goal: whatever a file holds, it is replayed or refused; nothing stops the program.
        /// Method: lines that are nearly right, with numbers from the whole range.
        #[test]
        fn no_file_stops_the_program(
            lines in proptest::collection::vec((any::<i16>(), 0_usize..11, 0_usize..4, any::<i64>(), any::<i64>()), 0..40),
            horizon in -5_i32..90_000,
            every in -1_i32..400,
            unit in prop_oneof![Just(10_000_i64), Just(1), any::<i64>()],
        ) {
            const OPS: [&str; 11] = ["fact", "sale", "coop", "buy", "internal", "repay", "late", "dispute", "default", "cure", "\u{0}"];
            const NAMES: [&str; 4] = ["m0", "m1", "coop0", "b"];
            let mut text = format!(
                r#"{{"unit_minor":{unit},"seeds":["coop0"],"members":["m0","m1"],"batch_every_days":{every},"horizon_day":{horizon}}}"#
            );
            let mut today = 0;
            for (gap, op, with, value, days) in lines {
                today += i32::from(gap).rem_euclid(90);
                let (op, with) = (OPS[op], NAMES[with]);
                let line = serde_json::json!({
                    "day": today, "op": op, "member": "m0", "counterparty": with, "value": value,
                    "days_held": days,
                });
                text.push('\n');
                text.push_str(&line.to_string());
            }
            if let Ok(found) = replay(&text) {
                for outcome in found.values() {
                    prop_assert!((-2_000..=5_640).contains(&outcome.points));
                    prop_assert!(outcome.limit_minor >= 0);
                }
            }
        }
    }
}
