//! The golden vectors of loans and provisions: events go through the engine, and what the engine says
//! of the books is posted by commands and read back from the store. Must not compute interest.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use verger_domain::credit::books::{Balances, balances, difference, top_up_minor};
use verger_domain::credit::portfolio::{Exposure, Matrix, Measures, share_bps};
use verger_domain::credit::quote::Quote;
use verger_domain::credit::sweep::Sweep;
use verger_domain::credit::terms::{GENTLE_ORDER, USUAL_ORDER};
use verger_domain::credit::{Event, Line, Op, Outcome, Part, Terms, Tranche, fold};
use verger_domain::id::{OrderId, TrancheId};
use verger_domain::ledger::chart::OwnedBy;
use verger_domain::ledger::{AccountKey, Code, Line as LedgerLine};
use verger_domain::policy::{DayCount, ProvisionStep};
use verger_domain::time::{Date, Instant};
use verger_domain::{Actor, Body};

use super::stage::{Engine, Stage};
use super::{Verdict, field, int, list, same, text};
use crate::village::named;

/// A borrower of a vector: events, and the books of his village.
struct Borrower {
    stage: Stage,
    product: Terms,
    /// Events with the name that the vector gives each of them.
    events: Vec<(String, Event)>,
    /// The line as of the last event, kept step by step.
    line: Line,
    /// How many events are in it.
    folded: usize,
    /// What the engine has had posted.
    posted: Balances,
    /// Every account that was touched.
    touched: BTreeMap<AccountKey, String>,
    /// The names of the tranches.
    names: BTreeMap<TrancheId, String>,
}

/// What the wallet has before the vector begins, so that it can repay: vectors do not look at where
/// a borrower has his money from.
const PURSE_MINOR: i64 = 2_000_000_000_000_000;

/// C01 to C22: a loan's life.
pub(super) fn loan(engine: Engine<'_>, vector: &Value) -> Verdict {
    let mut borrower = Borrower::new(engine, field(vector, "product")?)?;
    let expected = list(vector, "expect")?;
    let events = list(vector, "events")?;
    same("the number of checkpoints", &events.len(), &expected.len())?;
    for (event, expect) in events.iter().zip(expected) {
        let place = format!("{} of {}", text(event, "id")?, text(event, "date")?);
        let result = borrower.play(event).map_err(|error| format!("{place}: {error}"))?;
        borrower.check(expect, &result).map_err(|error| format!("{place}: {error}"))?;
    }
    disclosure(vector, &borrower.product)
}

fn date(value: &Value, name: &str) -> Result<Date, String> {
    text(value, name)?.parse().map_err(|_| format!("the field {name} is not a day"))
}

fn opt_date(value: &Value, name: &str) -> Result<Option<Date>, String> {
    value.get(name).map(|_| date(value, name)).transpose()
}

fn ppm(value: &Value, name: &str) -> Result<u32, String> {
    u32::try_from(int(value, name)?).map_err(|_| format!("the field {name} is out of range"))
}

fn product(value: &Value) -> Result<Terms, String> {
    for (name, order) in [("allocation", USUAL_ORDER), ("nonaccrual_allocation", GENTLE_ORDER)] {
        let wanted: Vec<&str> = list(value, name)?.iter().filter_map(Value::as_str).collect();
        same(name, &order.map(Part::name).to_vec(), &wanted)?;
    }
    let day_count = match text(value, "day_count")? {
        "ACT/360" => DayCount::Act360,
        "ACT/365F" => DayCount::Act365F,
        "ACT/ACT" => DayCount::ActAct,
        other => return Err(format!("the day count {other} is unknown")),
    };
    Ok(Terms {
        day_count,
        fee_ppm: ppm(value, "fee_ppm")?,
        grace_days: ppm(value, "grace_days")?,
        non_accrual_days: ppm(value, "nonaccrual_dpd")?,
        penalty_rate_ppm: ppm(value, "penalty_rate_ppm")?,
        rate_ppm: ppm(value, "rate_ppm")?,
        total_cost_cap_ppm: ppm(value, "total_cost_cap_ppm")?,
    })
}

impl Borrower {
    fn new(engine: Engine<'_>, terms: &Value) -> Result<Self, String> {
        let start: Date = "2025-12-01".parse().map_err(|_| "a date")?;
        // Noon in any time zone of a programme lies on the same day.
        let start = Instant::from_micros(i64::from(start.days()) * 86_400_000_000 + 43_200_000_000);
        let mut borrower = Self {
            stage: Stage::at(engine, start)?,
            product: product(terms)?,
            events: Vec::new(),
            line: Line::default(),
            folded: 0,
            posted: Balances::new(),
            touched: BTreeMap::new(),
            names: BTreeMap::new(),
        };
        let wallet = borrower.wallet();
        let bank = AccountKey::village(Code::BANK_ESCROW);
        // The largest movement a policy allows is half of the purse.
        for _ in 0..2 {
            let half = PURSE_MINOR / 2;
            borrower.post(&[LedgerLine::debit(bank, half), LedgerLine::credit(wallet, half)])?;
        }
        Ok(borrower)
    }

    fn wallet(&self) -> AccountKey {
        self.stage.cast.wallet(0)
    }

    /// Plays one event of the vector and returns its result as the vector writes it.
    fn play(&mut self, event: &Value) -> Result<Value, String> {
        let today = date(event, "date")?;
        let calendar = self.stage.app.calendar().start_of(today);
        self.stage.clock.set(calendar);
        let amount = || int(event, "amount");
        let own = AccountKey::village;
        match text(event, "op")? {
            "observe" => self.settle(today).map(|()| json!({})),
            "capital" => {
                self.move_money(today, own(Code::BANK_ESCROW), own(Code::CAPITAL_FUND), amount()?)
            }
            "fund_wallet" => {
                self.move_money(today, own(Code::BANK_ESCROW), self.wallet(), amount()?)
            }
            "buyer_pays" => {
                let escrow = escrow(text(event, "order")?);
                self.move_money(today, own(Code::PSP_CLEARING), escrow, amount()?)
            }
            "sale_settled" => self.settle_sale(event, today),
            "provision" => self.provide(event, today),
            "reverse" => {
                let name = text(event, "reverses")?;
                let found = self.events.iter_mut().find(|(known, _)| known == name);
                found.ok_or("nothing of this name to reverse")?.1.is_reversed = true;
                self.settle(today).map(|()| json!({}))
            }
            "write_off" => self.write_off(event, today),
            op => {
                let op = self.op(op, event)?;
                let outcome = self.record(event, today, op.clone())?;
                Ok(self.result(&op, &outcome))
            }
        }
    }

    fn op(&mut self, op: &str, event: &Value) -> Result<Op, String> {
        let tranche = || text(event, "tranche").map(named::<_>);
        let rate =
            || event.get("rate_ppm").map_or(Ok(self.product.rate_ppm), |_| ppm(event, "rate_ppm"));
        Ok(match op {
            "draw" => {
                let tranche: TrancheId = tranche()?;
                let terms = Terms { rate_ppm: rate()?, ..self.product };
                self.names.insert(tranche, text(event, "tranche")?.to_owned());
                let (amount_minor, due_on) = (int(event, "amount")?, date(event, "due")?);
                Op::Draw { agent: None, amount_minor, due_on, terms, tranche }
            }
            "repay" => Op::Repay { amount_minor: int(event, "amount")?, tranche: None },
            "rate_change" => Op::LowerRate { rate_ppm: rate()?, tranche: tranche()? },
            "restructure" => {
                let due_on = date(event, "due")?;
                Op::Restructure { due_on, rate_ppm: rate()?, tranche: tranche()? }
            }
            "recover" => Op::Recover { amount_minor: int(event, "amount")?, tranche: tranche()? },
            other => return Err(format!("the operation {other} is unknown")),
        })
    }

    /// Writes an event down, folds again and posts the difference.
    fn record(&mut self, event: &Value, today: Date, op: Op) -> Result<Outcome, String> {
        let effective_on = opt_date(event, "effective")?.unwrap_or(today);
        let number = u32::try_from(self.events.len()).map_err(|_| "too many events")?;
        let event_row = Event { effective_on, is_reversed: false, number, op, recorded_on: today };
        self.events.push((text(event, "id")?.to_owned(), event_row));
        let all: Vec<Event> = self.events.iter().map(|(_, event)| event.clone()).collect();
        let outcome = fold(&all).1.remove(&number).ok_or("the event is not in the fold")?;
        // What was offered beyond the payoff is not offered again when something else is corrected.
        if let Some((_, Event { op: Op::Repay { amount_minor, .. }, .. })) = self.events.last_mut()
        {
            *amount_minor = outcome.taken_minor;
        }
        self.settle(today)?;
        Ok(outcome)
    }

    /// Folds every event, checks that the line kept step by step is the same, and posts what differs.
    fn settle(&mut self, today: Date) -> Verdict {
        let all: Vec<Event> = self.events.iter().map(|(_, event)| event.clone()).collect();
        let (mut line, _) = fold(&all);
        line.advance(today);
        let is_in_order = all.last().is_none_or(|last| last.effective_on == last.recorded_on)
            && all.iter().all(|event| !event.is_reversed);
        if is_in_order {
            // The short way, from the last event on, must come to the same as the fold.
            let mut stepped = self.line.clone();
            for event in all.iter().skip(self.folded) {
                stepped.apply(event);
            }
            stepped.advance(today);
            same("the line kept step by step", &stepped, &line)?;
        }
        let after = balances(&line, self.wallet());
        let lines = difference(&self.posted, &after);
        self.post(&lines)?;
        (self.posted, self.line, self.folded) = (after, line, all.len());
        Ok(())
    }

    /// Posts lines by a command, opening the accounts that open with their first use.
    fn post(&mut self, lines: &[LedgerLine]) -> Verdict {
        for LedgerLine(account, _) in lines {
            let opens = account.code.row().owner == OwnedBy::Subject;
            if self.touched.insert(*account, String::new()).is_none() && opens {
                let body = Body::OpenAccount { account: *account, label: "vector".to_owned() };
                same("an account", &self.stage.submit(Actor::System, body)?.as_str(), &"ok")?;
            }
        }
        if lines.is_empty() {
            return Ok(());
        }
        let body = Body::Post {
            effective_on: None,
            evidence: Vec::new(),
            lines: lines.to_vec(),
            purpose: "vector".to_owned(),
        };
        same("the posting", &self.stage.submit(Actor::System, body)?.as_str(), &"ok")
    }

    /// Money that moves outside of the loan.
    fn move_money(
        &mut self,
        today: Date,
        debit: AccountKey,
        credit: AccountKey,
        minor: i64,
    ) -> Result<Value, String> {
        self.settle(today)?;
        self.post(&[LedgerLine::debit(debit, minor), LedgerLine::credit(credit, minor)])?;
        Ok(json!({}))
    }

    /// A sale is released: fees, carrier, seller, and the sweep out of what the seller gets.
    fn settle_sale(&mut self, event: &Value, today: Date) -> Result<Value, String> {
        self.settle(today)?;
        let number = |name| int(event, name);
        let bps = |name| ppm(event, name);
        let (gross, courier) = (number("gross")?, number("courier")?);
        let commission = verger_domain::market::split::floor_bps(gross, bps("commission_bps")?);
        let net = gross - commission - courier;
        self.post(&[
            LedgerLine::debit(escrow(text(event, "order")?), gross),
            LedgerLine::credit(AccountKey::village(Code::PLATFORM_FEE), commission),
            LedgerLine::credit(self.courier(), courier),
            LedgerLine::credit(self.wallet(), net),
        ])?;
        let sweep = Sweep {
            floor_minor: number("protected_floor")?,
            overdue_bps: bps("sweep_overdue_bps")?,
            share_bps: bps("sweep_bps")?,
        };
        let swept = sweep.minor(&self.line, net);
        let op = Op::Repay { amount_minor: swept, tranche: None };
        let outcome = self.record(event, today, op.clone())?;
        let mut result = self.result(&op, &outcome);
        let extra = json!({
            "commission": commission, "courier": courier, "net": net, "sweep_wanted": swept,
            "swept": outcome.taken_minor, "seller_keeps": net - outcome.taken_minor,
        });
        if let (Value::Object(result), Value::Object(extra)) = (&mut result, extra) {
            result.extend(extra);
        }
        Ok(result)
    }

    fn courier(&self) -> AccountKey {
        AccountKey::party(Code::PAYABLE_CARRIER, self.stage.cast.carrier)
    }

    fn allowance_minor(&self) -> Result<i64, String> {
        let balance = self.stage.balance_minor(AccountKey::village(Code::LOAN_ALLOWANCE))?;
        Ok(-balance)
    }

    fn impair(&mut self, minor: i64) -> Verdict {
        if minor == 0 {
            return Ok(());
        }
        let own = AccountKey::village;
        self.post(&[
            LedgerLine::debit(own(Code::IMPAIRMENT), minor),
            LedgerLine::credit(own(Code::LOAN_ALLOWANCE), minor),
        ])
    }

    fn provide(&mut self, event: &Value, today: Date) -> Result<Value, String> {
        self.settle(today)?;
        let charge = int(event, "target")? - self.allowance_minor()?;
        self.impair(charge)?;
        Ok(json!({ "charge": charge }))
    }

    fn write_off(&mut self, event: &Value, today: Date) -> Result<Value, String> {
        self.settle(today)?;
        let tranche: TrancheId = named(text(event, "tranche")?);
        let row = self.line.tranches.get(&tranche).ok_or("no such tranche")?;
        let principal = row.principal_minor;
        let top_up = top_up_minor(self.allowance_minor()?, principal);
        self.impair(top_up)?;
        self.record(event, today, Op::WriteOff { tranche })?;
        let claim = self.line.tranches.get(&tranche).map_or(0, |row| row.claim_minor);
        Ok(json!({ "allowance_topup": top_up, "written_off_principal": principal, "claim": claim }))
    }

    fn result(&self, op: &Op, outcome: &Outcome) -> Value {
        let name = |id: &TrancheId| self.names.get(id).cloned().unwrap_or_default();
        match op {
            Op::Repay { .. } => {
                let allocated: Vec<Value> = outcome
                    .allocated
                    .iter()
                    .map(|(id, part, minor)| json!([name(id), part.name(), minor]))
                    .collect();
                json!({
                    "allocated": allocated,
                    "taken": outcome.taken_minor,
                    "excess_left_in_wallet": outcome.excess_minor,
                })
            }
            Op::Recover { tranche, .. } => {
                let left = self.line.tranches.get(tranche).map_or(0, |row| row.claim_minor);
                json!({ "recovered": outcome.taken_minor, "claim_left": left })
            }
            _ => json!({}),
        }
    }

    fn check(&self, expect: &Value, result: &Value) -> Verdict {
        same("the result", result, field(expect, "result")?)?;
        let as_of = date(expect, "as_of")?;
        let on = self.line.on(as_of);
        let found: Map<String, Value> = on
            .tranches
            .values()
            .map(|row| (self.names.get(&row.id).cloned().unwrap_or_default(), shown(row)))
            .collect();
        same("the tranches", &Value::Object(found), field(expect, "tranches")?)?;
        same("the balances", &self.shown_balances()?, field(expect, "balances")?)
    }

    /// The balances of every touched account, as the vector names them and without the purse.
    fn shown_balances(&self) -> Result<Value, String> {
        let mut shown = Map::new();
        for account in self.touched.keys() {
            let purse = match account.code {
                Code::BANK_ESCROW => PURSE_MINOR,
                Code::WALLET => -PURSE_MINOR,
                _ => 0,
            };
            let minor = self.stage.balance_minor(*account)? - purse;
            if minor != 0 {
                shown.insert(self.account_name(*account), minor.into());
            }
        }
        Ok(Value::Object(shown))
    }

    fn account_name(&self, account: AccountKey) -> String {
        let code = account.code;
        let tranche = TrancheId::from_bits(account.owner);
        match (code, self.names.get(&tranche)) {
            (Code::WALLET, _) => format!("{code}:M"),
            (_, Some(name)) => format!("{code}:{name}"),
            (Code::ESCROW, None) => {
                let mut known = ["O1", "O2"].into_iter();
                let found = known.find(|name| escrow(name).owner == account.owner);
                format!("{code}:{}", found.unwrap_or("?"))
            }
            _ => code.to_string(),
        }
    }
}

fn escrow(order: &str) -> AccountKey {
    let order: OrderId = named(order);
    AccountKey { code: Code::ESCROW, owner: order.bits() }
}

fn shown(row: &Tranche) -> Value {
    json!({
        "principal": row.principal_minor,
        "interest_due": row.due_minor(Part::Interest),
        "penalty_due": row.due_minor(Part::Penalty),
        "fee_due": row.due_minor(Part::Fee),
        "payoff": row.payoff_minor(),
        "interest_atoms_cum": row.interest.counter.atoms().to_string(),
        "interest_remainder_atoms": row.interest.counter.remainder_atoms,
        "penalty_remainder_atoms": row.penalty.counter.remainder_atoms,
        "dpd": row.days_past_due(row.through),
        "status": row.status().name(),
    })
}

/// Hundredths as a number with two decimals.
fn percent(bps: i64) -> String {
    format!("{}.{:02}", bps / 100, bps % 100)
}

/// C20: the figures that a borrower is shown before he agrees.
fn disclosure(vector: &Value, product: &Terms) -> Verdict {
    let Some(wanted) = vector.get("disclosure") else { return Ok(()) };
    let draw = list(vector, "events")?.first().ok_or("no draw")?;
    let days = (date(draw, "date")?, date(draw, "due")?);
    let quote = Quote::of(int(draw, "amount")?, days, *product);
    let thousand = Quote::of(100_000, days, *product);
    let found = json!({
        "total_cost": quote.cost_minor,
        "nominal_rate_pct": percent(i64::from(product.rate_ppm) / 100),
        "annualised_simple_pct": percent(quote.simple_bps),
        "effective_annual_pct": percent(quote.effective_bps),
        "cost_per_1000_per_day_fen": percent(thousand.cost_a_day_centi),
    });
    same("the disclosure", &found, wanted)
}

/// P01: what is set aside, and what is at risk.
pub(super) fn provision(vector: &Value) -> Verdict {
    let steps = list(vector, "matrix_ppm")?.iter().filter_map(|step| {
        let number = |index: usize| u32::try_from(step.get(index)?.as_u64()?).ok();
        Some(ProvisionStep { rate_ppm: number(2)?, up_to_days: number(1)? })
    });
    let restructured_ppm = ppm(vector, "restructured_min_ppm")?;
    let matrix = Matrix { steps: steps.collect(), restructured_ppm };
    let mut measures = Measures::default();
    for loan in list(vector, "loans")? {
        let exposure = Exposure {
            days_past_due: ppm(loan, "dpd")?,
            interest_minor: int(loan, "interest_receivable")?,
            is_restructured: field(loan, "restructured")?.as_bool().unwrap_or_default(),
            principal_minor: int(loan, "principal")?,
        };
        let what = format!("the rate of loan {}", text(loan, "loan")?);
        same(&what, &matrix.rate_ppm(&exposure), &ppm(loan, "ppm")?)?;
        measures.add(&exposure, &matrix);
    }
    let [one, two, three] = measures.stages_minor;
    let target = measures.provision_minor();
    // The exact sum has more digits than the vector shows: it is cut after two.
    let cents = measures.provision_micro / 10_000;
    let found = json!({
        "gross_loan_portfolio": measures.olb_minor,
        "par30": measures.par30_minor,
        "par90": measures.par90_minor,
        "par30_pct": percent(measures.par30_bps().into()),
        "par90_pct": percent(measures.par90_bps().into()),
        "stage_principal": { "1": one, "2": two, "3": three },
        "provision_exact": format!("{}.{:02}", cents / 100, cents % 100),
        "provision_target": target,
        "risk_coverage_pct": percent(share_bps(target, measures.par30_minor).into()),
        "posting_if_allowance_is_150000": {
            "dr": Code::IMPAIRMENT.to_string(),
            "cr": Code::LOAN_ALLOWANCE.to_string(),
            "amount": target - 150_000,
        },
    });
    same("the portfolio", &found, field(vector, "expect")?)
}
