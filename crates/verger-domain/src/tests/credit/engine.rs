//! The golden vectors of loans and small tables beside them, on the engine alone. Owns no figure of
//! its own where a vector has one: they are the same file that `verger vectors` runs on a store.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::world::shipped_policy;
use super::{TERMS, after, day, tranche};
use crate::credit::atoms::{ATOMS_PER_MINOR, spans};
use crate::credit::books::{balances, top_up_minor};
use crate::credit::portfolio::{Exposure, Matrix, Measures, Report};
use crate::credit::quote::{Quote, Until, due_on, effective_bps};
use crate::credit::sweep::Sweep;
use crate::credit::{Event, Line, Op, Part, Status, Terms, Tranche, fold};
use crate::id::{PartyId, TrancheId};
use crate::ledger::{AccountKey, Code};
use crate::policy::DayCount;

const VECTORS: &str = include_str!("../../../../verger-cli/tests/vectors/credit.json");

fn number(value: &Value) -> u32 {
    u32::try_from(value.as_u64().unwrap()).unwrap()
}

fn terms(product: &Value) -> Terms {
    let day_count = match product["day_count"].as_str().unwrap() {
        "ACT/360" => DayCount::Act360,
        "ACT/ACT" => DayCount::ActAct,
        _ => DayCount::Act365F,
    };
    Terms {
        day_count,
        fee_ppm: number(&product["fee_ppm"]),
        grace_days: number(&product["grace_days"]),
        non_accrual_days: number(&product["nonaccrual_dpd"]),
        penalty_rate_ppm: number(&product["penalty_rate_ppm"]),
        rate_ppm: number(&product["rate_ppm"]),
        total_cost_cap_ppm: number(&product["total_cost_cap_ppm"]),
    }
}

fn id(name: &Value) -> TrancheId {
    tranche(name.as_str().unwrap()[1..].parse().unwrap())
}

/// What the engine makes of an event of a vector; nothing for what is not the engine's matter.
fn op(event: &Value, product: &Terms) -> Option<Op> {
    let rate_ppm = event.get("rate_ppm").map_or(product.rate_ppm, number);
    let amount_minor = event.get("amount").map_or(0, |amount| amount.as_i64().unwrap());
    let due_on = || day(event["due"].as_str().unwrap());
    Some(match event["op"].as_str().unwrap() {
        "draw" => {
            let (terms, tranche) = (Terms { rate_ppm, ..*product }, id(&event["tranche"]));
            Op::Draw { agent: None, amount_minor, due_on: due_on(), terms, tranche }
        }
        "repay" => Op::Repay { amount_minor, tranche: None },
        "rate_change" => Op::LowerRate { rate_ppm, tranche: id(&event["tranche"]) },
        "restructure" => {
            Op::Restructure { due_on: due_on(), rate_ppm, tranche: id(&event["tranche"]) }
        }
        "write_off" => Op::WriteOff { tranche: id(&event["tranche"]) },
        "recover" => Op::Recover { amount_minor, tranche: id(&event["tranche"]) },
        _ => return None,
    })
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

/// The part of a vector's balances that follows from the loan alone: its own accounts, income and
/// memoranda.
fn of_the_loan(code: &str) -> bool {
    ["131", "132", "133", "134", "411", "412", "413", "49", "9"].iter().any(|p| code.starts_with(p))
}

/// Goal: every golden vector of a loan comes out as written, event by event.
/// Method: the file itself; each event through the fold, sweeps as the repayments they are.
#[test]
fn the_golden_loans_come_out() {
    let file: Value = serde_json::from_str(VECTORS).unwrap();
    let loans = file["vectors"].as_array().unwrap().iter().filter(|v| v["kind"] == "loan");
    let mut played = 0;
    for vector in loans {
        play(vector);
        played += 1;
    }
    assert_eq!(played, 24);
}

fn play(vector: &Value) {
    let product = terms(&vector["product"]);
    let mut events: Vec<Event> = Vec::new();
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    let expected = vector["expect"].as_array().unwrap();
    for (event, expect) in vector["events"].as_array().unwrap().iter().zip(expected) {
        let name = format!("{} {}", vector["id"], event["id"]);
        let today = day(event["date"].as_str().unwrap());
        if event["op"] == "reverse" {
            events[names[event["reverses"].as_str().unwrap()]].is_reversed = true;
        }
        let swept = || swept(&events, event, today);
        let sale = (event["op"] == "sale_settled").then(swept);
        let sale = sale.map(|amount_minor| Op::Repay { amount_minor, tranche: None });
        if let Some(op) = sale.or_else(|| op(event, &product)) {
            let effective_on = event.get("effective").map_or(today, |on| day(on.as_str().unwrap()));
            let number = u32::try_from(events.len()).unwrap();
            names.insert(event["id"].as_str().unwrap().to_owned(), events.len());
            events.push(Event { effective_on, is_reversed: false, number, op, recorded_on: today });
            let outcome = fold(&events).1.remove(&number).unwrap();
            if let Some(taken) = expect["result"].get("taken").or(expect["result"].get("recovered"))
            {
                assert_eq!(outcome.taken_minor, taken.as_i64().unwrap(), "{name}: taken");
            }
        }
        let (mut line, _) = fold(&events);
        line.advance(today);
        let found: Map<String, Value> =
            line.tranches.iter().map(|(id, row)| (format!("T{}", id.bits()), shown(row))).collect();
        assert_eq!(Value::Object(found), expect["tranches"], "{name}");
        let books: BTreeMap<String, i64> = balances(&line, AccountKey::village(Code::UNAPPLIED))
            .into_iter()
            .map(|(key, minor)| match key.owner {
                0 => (key.code.to_string(), minor),
                owner => (format!("{}:T{owner}", key.code), minor),
            })
            .filter(|(code, _)| of_the_loan(code))
            .collect();
        let wanted: BTreeMap<String, i64> =
            serde_json::from_value(expect["balances"].clone()).unwrap();
        let wanted = wanted.into_iter().filter(|(code, _)| of_the_loan(code)).collect();
        assert_eq!(books, wanted, "{name}: the books");
    }
}

fn swept(events: &[Event], sale: &Value, today: crate::time::Date) -> i64 {
    let minor = |name: &str| sale[name].as_i64().unwrap();
    let net = minor("gross") - minor("gross") * minor("commission_bps") / 10_000 - minor("courier");
    let sweep = Sweep {
        floor_minor: minor("protected_floor"),
        overdue_bps: number(&sale["sweep_overdue_bps"]),
        share_bps: number(&sale["sweep_bps"]),
    };
    sweep.minor(&fold(events).0.on(today), net)
}

/// Goal: the measures and the provision are those of vector P01.
#[test]
fn the_golden_portfolio_comes_out() {
    let file: Value = serde_json::from_str(VECTORS).unwrap();
    let vectors = file["vectors"].as_array().unwrap();
    let vector = vectors.iter().find(|vector| vector["id"] == "P01").unwrap();
    let matrix = Matrix::of(&shipped_policy().credit);
    let mut measures = Measures::default();
    for loan in vector["loans"].as_array().unwrap() {
        let exposure = Exposure {
            days_past_due: number(&loan["dpd"]),
            interest_minor: loan["interest_receivable"].as_i64().unwrap(),
            is_restructured: loan["restructured"].as_bool().unwrap(),
            principal_minor: loan["principal"].as_i64().unwrap(),
        };
        assert_eq!(matrix.rate_ppm(&exposure), number(&loan["ppm"]), "{loan}");
        measures.add(&exposure, &matrix);
    }
    let expect = &vector["expect"];
    let found = (measures.olb_minor, measures.par30_minor, measures.par90_minor);
    let wanted = ["gross_loan_portfolio", "par30", "par90"].map(|n| expect[n].as_i64().unwrap());
    assert_eq!(found, wanted.into());
    assert_eq!(measures.stages_minor, [770_001, 249_999, 85_555]);
    assert_eq!((measures.par30_bps(), measures.par90_bps()), (3_035, 1_407));
    assert_eq!(measures.provision_minor(), 164_574);
    assert_eq!(measures.provision_micro, 164_573_090_000);
}

/// Goal: each convention adds a whole number of atoms a day, which in a year of its own length come
/// to the rate exactly; the head counts and the tail does not.
#[test]
fn a_year_is_a_year() {
    let table = [
        (DayCount::Act360, "2026-01-01", 360),
        (DayCount::Act365F, "2026-01-01", 365),
        (DayCount::ActAct, "2026-01-01", 365),
        (DayCount::ActAct, "2028-01-01", 366),
    ];
    for (day_count, from, days) in table {
        let from = day(from);
        let sum: i128 = spans(day_count, from, after(from, days))
            .into_iter()
            .map(|(days, factor)| i128::from(days) * factor * 1_000_000)
            .sum();
        assert_eq!(sum, ATOMS_PER_MINOR, "{day_count:?}");
        assert!(spans(day_count, from, from).is_empty());
    }
    // A year that ends in a leap year is counted in two runs.
    assert_eq!(
        spans(DayCount::ActAct, day("2027-12-31"), day("2028-01-03")),
        vec![(1, 4_392), (2, 4_380)]
    );
}

/// Goal: the due date follows from days or from a harvest, and stays within the shortest and the
/// longest term.
#[test]
fn due_dates_stay_within_the_terms() {
    let policy = shipped_policy().credit;
    let today = day("2026-03-01");
    let due = |until| due_on(&policy, today, until);
    assert_eq!(due(Until::Days(7)), Ok(day("2026-03-08")));
    assert_eq!(due(Until::Days(180)), Ok(day("2026-08-28")));
    assert_eq!(due(Until::Days(6)), Err(day("2026-03-08")));
    assert_eq!(due(Until::Days(181)), Err(day("2026-08-28")));
    assert_eq!(due(Until::Harvest(day("2026-07-20"))), Ok(day("2026-08-19")));
    assert_eq!(due(Until::Harvest(day("2026-10-01"))), Ok(day("2026-08-28")));
}

/// Goal: penalty starts after the days of grace and never reaches back; the claim of a written-off
/// loan stops growing. Method: the days around each border.
#[test]
fn borders_are_where_they_should_be() {
    let on = day("2026-01-01");
    let row = Tranche::draw(tranche(1), 100_000, (on, after(on, 90)), TERMS);
    let at = |days| {
        let mut row = row.clone();
        row.advance(after(on, days));
        (row.status(), row.penalty.counter.atoms() > 0, row.is_suspended)
    };
    assert_eq!(at(90), (Status::Current, false, false));
    assert_eq!(at(91), (Status::InGrace, false, false));
    assert_eq!(at(93), (Status::InGrace, false, false));
    assert_eq!(at(94), (Status::Overdue, true, false));
    assert_eq!(at(179), (Status::Overdue, true, false));
    assert_eq!(at(180), (Status::NonAccrual, true, true));
    let mut lost = row;
    lost.advance(after(on, 270));
    lost.write_off();
    let claim = lost.claim_minor;
    lost.advance(after(on, 1_000));
    assert_eq!((lost.claim_minor, lost.payoff_minor()), (claim, 0));
    assert_eq!((lost.recover(claim + 5), lost.claim_minor), (claim, 0));
}

/// Goal: a new agreement is over after ninety days in good order or three steps paid in time, one a
/// day and none while it is late.
#[test]
fn agreements_are_cured() {
    let on = day("2026-01-01");
    let agreed = |due| {
        let mut row = Tranche::draw(tranche(1), 100_000, (on, after(on, 10)), TERMS);
        row.advance(after(on, 120));
        row.restructure(after(on, 120 + due), 60_000);
        row
    };
    let mut waits = agreed(200);
    assert_eq!((waits.status(), waits.is_suspended), (Status::Restructured, true));
    waits.advance(after(on, 209));
    assert!(waits.plan.is_some());
    waits.advance(after(on, 210));
    assert_eq!((waits.plan, waits.is_suspended, waits.status()), (None, false, Status::Current));

    let mut late = agreed(89);
    late.advance(after(on, 300));
    assert!(late.plan.is_some(), "it was late before ninety days were over");

    let mut pays = agreed(80);
    for (days, minor, steps) in [(5, 9_999, 0), (5, 10_000, 1), (5, 10_000, 1), (20, 10_000, 2)] {
        pays.advance(after(on, 120 + days));
        pays.pay(minor);
        assert_eq!(pays.plan.unwrap().steps, steps, "day {days}");
    }
    pays.advance(after(on, 120 + 81));
    pays.pay(10_000);
    assert_eq!(pays.plan.unwrap().steps, 2, "too late to count");
    let mut pays = agreed(80);
    for days in 1..=3 {
        pays.advance(after(on, 120 + days));
        pays.pay(10_000);
    }
    assert_eq!((pays.plan, pays.is_suspended), (None, false));
}

/// Goal: a payment reaches draws by due date, then day of drawing, then id, or the one that is named,
/// and never more is taken than is owed.
#[test]
fn payments_reach_draws_in_order() {
    let on = day("2026-01-01");
    let draw = |number: u32, due: i32, id: u128| Event {
        effective_on: after(on, i32::try_from(number).unwrap() / 2),
        is_reversed: false,
        number,
        op: Op::Draw {
            agent: None,
            amount_minor: 1_000,
            due_on: after(on, due),
            terms: Terms { rate_ppm: 0, ..TERMS },
            tranche: tranche(id),
        },
        recorded_on: on,
    };
    // Ids 3 and 2 are drawn on the first day, 1 and 4 on the next; 4 is due first.
    let draws = [draw(0, 50, 3), draw(1, 50, 2), draw(2, 50, 1), draw(3, 40, 4)];
    let repay = |amount_minor, named: Option<u128>| {
        let mut events = draws.to_vec();
        let op = Op::Repay { amount_minor, tranche: named.map(tranche) };
        let (effective_on, recorded_on) = (after(on, 9), after(on, 9));
        events.push(Event { effective_on, is_reversed: false, number: 4, op, recorded_on });
        let outcome = fold(&events).1.remove(&4).unwrap();
        let reached: Vec<_> =
            outcome.allocated.iter().map(|(id, _, minor)| (id.bits(), *minor)).collect();
        (reached, outcome.taken_minor, outcome.excess_minor)
    };
    assert_eq!(repay(2_500, None), (vec![(4, 1_000), (2, 1_000), (3, 500)], 2_500, 0));
    assert_eq!(repay(1_500, Some(1)), (vec![(1, 1_000)], 1_000, 500));
    assert_eq!(repay(9_000, None).1, 4_000);
}

/// Goal: a sweep takes the share, spares the floor, and never takes more than is owed.
#[test]
fn sweeps_spare_the_floor() {
    let on = day("2026-01-01");
    let mut line = Line::default();
    let op = Op::Draw {
        agent: None,
        amount_minor: 100_000,
        due_on: after(on, 30),
        terms: Terms { rate_ppm: 0, penalty_rate_ppm: 0, ..TERMS },
        tranche: tranche(1),
    };
    line.apply(&Event { effective_on: on, is_reversed: false, number: 0, op, recorded_on: on });
    let sweep = Sweep { floor_minor: 50_000, overdue_bps: 10_000, share_bps: 3_000 };
    let at = |days, net| sweep.minor(&line.on(after(on, days)), net);
    assert_eq!(at(10, 100_001), 30_000);
    assert_eq!(at(10, 60_000), 10_000);
    assert_eq!(at(10, 49_999), 0);
    assert_eq!(at(10, 10_000_000), 100_000);
    // In grace the member's own choice still holds.
    assert_eq!((at(33, 100_000), at(34, 100_000)), (30_000, 50_000));
    let none = Sweep { share_bps: 0, ..sweep };
    assert_eq!(none.minor(&line.on(after(on, 10)), 1_000_000), 0);
}

/// Goal: yearly rates are right to the last shown digit where they are known otherwise.
#[test]
fn yearly_rates_are_exact() {
    // One percent in thirty days compounds to 12.87 %; a year's cost is itself; half in half a year.
    let table = [(100, 1, 30, 1_287), (10_000, 1_200, 365, 1_200), (100, 50, 183, 12_450)];
    for (amount, cost, days, bps) in table {
        assert_eq!(effective_bps(amount, cost, days), bps, "{cost} of {amount} in {days} days");
    }
    assert_eq!(effective_bps(100, 100, 7), 10_000_000, "more than a thousand times a year");
    assert_eq!(effective_bps(100, 0, 7), 0);
    let on = day("2026-03-01");
    let quote =
        Quote::of(80_000, (on, after(on, 120)), Terms { penalty_rate_ppm: 30_000, ..TERMS });
    assert_eq!((quote.cost_minor, quote.payoff_minor), (3_156, 83_156));
    assert_eq!((quote.cost_a_day_centi, quote.late_a_day_centi), (2_630, 3_288));
    assert_eq!(
        (quote.simple_bps, quote.simple_ppm, quote.cost_max_minor),
        (1_200, 119_994, 80_000)
    );
}

/// Goal: the allowance bears a write-off, and only what it lacks is added.
#[test]
fn the_allowance_is_topped_up() {
    assert_eq!(top_up_minor(100_000, 200_000), 100_000);
    assert_eq!(top_up_minor(200_000, 200_000), 0);
    assert_eq!(top_up_minor(300_000, 200_000), 0);
}

/// Goal: a report counts every draw once, by month and agent, and what ended well.
/// Method: five draws of two months with the five ends there are.
#[test]
fn a_report_counts_every_draw() {
    let on = day("2026-01-10");
    let draw = |id: u128, days: i32| {
        let on = after(on, days);
        let mut row = Tranche::draw(tranche(id), 100_000, (on, after(on, 60)), TERMS);
        row.agent = (id < 3).then(|| PartyId::from_bits(9));
        row
    };
    let mut in_time = draw(1, 0);
    in_time.advance(after(on, 63));
    in_time.pay(200_000);
    let mut late = draw(2, 0);
    late.advance(after(on, 64));
    late.pay(200_000);
    let mut lost = draw(3, 0);
    lost.advance(after(on, 300));
    lost.write_off();
    let mut back = draw(4, 40);
    back.give_back();
    let mut open = draw(5, 40);
    open.advance(after(on, 100));
    open.pay(50_000);
    let matrix = Matrix::of(&shipped_policy().credit);
    let mut report = Report::default();
    for row in [&in_time, &late, &lost, &back, &open] {
        report.add(row, after(on, 100 + 35), &matrix);
    }
    let (first, second) = (day("2026-01-01").month(), day("2026-02-01").month());
    let (january, february) = (report.cohorts[&first], report.cohorts[&second]);
    assert_eq!((january.loans, january.lost_minor, january.repaid_minor), (3, 100_000, 200_000));
    assert_eq!((february.loans, february.olb_minor), (2, open.principal_minor));
    // 135 days after the first draw, the last one is 35 days late.
    assert_eq!(february.par30_minor, open.principal_minor);
    assert_eq!((report.ended, report.ended_minor), ((3, 1), (300_000, 100_000)));
    assert_eq!((report.on_time_bps(), report.lost_bps()), (3_333, 2_000));
    assert_eq!(report.all.olb_minor, open.principal_minor);
    assert_eq!(report.by_agent[&None].loans, 1);
}
