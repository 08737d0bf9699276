//! One sample of every event, refusal and command of credit. `journal` freezes their text and checks
//! that none is missing.

use super::super::world::*;
use super::decisions::facts;
use super::{TERMS, day, tranche};
use crate::command::Body;
use crate::credit::borrower::{Borrower, BorrowerEvent as BE, File, Notice, NoticeKind};
use crate::credit::command::{CreditCommand as C, DrawWish, RepayFrom, Wish};
use crate::credit::decision::{Decision, decide};
use crate::credit::facts::{Consent, Facts};
use crate::credit::quote::Until;
use crate::credit::{Event, Op};
use crate::effect::{Effect, Message};
use crate::refusal::CreditRefusal as R;
use crate::time::Instant;

const AT: Instant = Instant::from_micros(1_784_505_600_000_000);

fn notice(kind: NoticeKind) -> Notice {
    let due_on = day("2026-11-17");
    Notice { amount_minor: 83_156, due_on, kind, on: day("2026-11-03"), tranche: tranche(7) }
}

fn event(number: u32, op: Op) -> Event {
    let effective_on = day("2026-07-20");
    Event { effective_on, is_reversed: false, number, op, recorded_on: day("2026-07-21") }
}

fn ops() -> Vec<Op> {
    let (amount_minor, due_on, id) = (80_000, day("2026-11-17"), tranche(7));
    vec![
        Op::Draw { agent: Some(AGENT), amount_minor, due_on, terms: TERMS, tranche: id },
        Op::Repay { amount_minor, tranche: Some(id) },
        Op::GiveBack { tranche: id },
        Op::LowerRate { rate_ppm: 60_000, tranche: id },
        Op::Restructure { due_on, rate_ppm: 60_000, tranche: id },
        Op::WriteOff { tranche: id },
        Op::Recover { amount_minor, tranche: id },
    ]
}

fn decided(facts: &Facts) -> Decision {
    // The policy's own hash is no matter of this text.
    Decision { policy_hash: [7; 32], ..decide(facts, &shipped_policy()) }
}

fn declined() -> Facts {
    let mut facts = facts();
    facts.consent = Consent::Withdrawn;
    facts.fund_minor = 20_500;
    facts.enterprise = shipped_policy().credit.enterprises.first().cloned();
    facts.until = Until::Harvest(day("2026-09-01"));
    facts
}

/// Every event, with every kind of value in it.
pub(in crate::tests) fn effects() -> Vec<Effect> {
    let borrower = |event| Effect::Credit { borrower: HOUSE, event };
    let mut row = Borrower::new(HOUSE, VILLAGE, day("2026-07-20"));
    let opened = Box::new(row.clone());
    let until = Some(AT.plus_seconds(60));
    for (number, op) in (0..).zip(ops().into_iter().take(2)) {
        let cooling_off_until = if number == 0 { until } else { None };
        row.apply(&BE::Recorded { cooling_off_until, event: event(number, op) });
    }
    row.apply(&BE::Told(notice(NoticeKind::DueIn(14))));
    let (facts, declined) = (facts(), declined());
    let file = File { disputes_open: 1, other_debt_minor: 5, ..File::default() };
    let mut effects = vec![
        borrower(BE::Opened(opened)),
        borrower(BE::Opened(Box::new(row))),
        borrower(BE::Filed(file)),
        borrower(BE::Decided {
            decision: Box::new(decided(&facts)),
            facts: Box::new(facts),
            tranche: tranche(7),
        }),
        borrower(BE::Reversed { number: 1, on: day("2026-07-22") }),
        borrower(BE::Counted { on: day("2026-07-22") }),
        borrower(BE::DueSet { due_at: Some(AT) }),
        borrower(BE::DueSet { due_at: None }),
        borrower(BE::SweepSet { share_bps: 3_000 }),
        borrower(BE::Noticed { on: day("2026-07-22") }),
        Effect::CreditOffered {
            borrower: HOUSE,
            decision: Box::new(decided(&declined)),
            facts: Box::new(declined),
        },
    ];
    let recorded = ops().into_iter().zip(0..).map(|(op, number)| {
        let cooling_off_until = if number == 0 { until } else { None };
        borrower(BE::Recorded { cooling_off_until, event: event(number, op) })
    });
    effects.extend(recorded);
    let kinds = [
        NoticeKind::DueIn(14),
        NoticeKind::Due,
        NoticeKind::PlanOffered,
        NoticeKind::PenaltyStarts,
    ];
    effects.extend(kinds.map(|kind| borrower(BE::Told(notice(kind)))));
    let (notice, to_village) = (notice(NoticeKind::Due), VILLAGE);
    effects.push(Effect::MessageQueued(Message::Notice { borrower: HOUSE, notice, to_village }));
    effects
}

type Sample = (R, &'static str, &'static str, Option<&'static str>);

/// Every refusal but `declined`, whose details are a whole decision.
pub(in crate::tests) fn refusals() -> Vec<Sample> {
    let id = tranche(7);
    let on = day("2026-07-20");
    vec![
        (
            R::NotWholeSteps { amount_minor: 1_500, step_minor: 1_000 },
            "not_whole_steps",
            r#"{"amount_minor":1500,"step_minor":1000}"#,
            Some("amount_minor"),
        ),
        (R::NothingOwed, "nothing_owed", "{}", None),
        (
            R::AnothersLoan { tranche: id },
            "anothers_loan",
            r#"{"tranche":"tranche_00000000000000000000000000000007"}"#,
            Some("tranche"),
        ),
        (
            R::TrancheOver { status: "closed".to_owned(), tranche: id },
            "tranche_over",
            r#"{"status":"closed","tranche":"tranche_00000000000000000000000000000007"}"#,
            Some("tranche"),
        ),
        (
            R::RateNotLower { now_ppm: 5, rate_ppm: 6 },
            "rate_not_lower",
            r#"{"now_ppm":5,"rate_ppm":6}"#,
            Some("rate_ppm"),
        ),
        (
            R::DueNotLater { due_on: on, than: on },
            "due_not_later",
            r#"{"due_on":"2026-07-20","than":"2026-07-20"}"#,
            Some("due_on"),
        ),
        (
            R::DueTooLate { due_on: on, last: on },
            "due_too_late",
            r#"{"due_on":"2026-07-20","last":"2026-07-20"}"#,
            Some("due_on"),
        ),
        (
            R::NotLateEnough { days_min: 90, days_past_due: 3 },
            "not_late_enough",
            r#"{"days_min":90,"days_past_due":3}"#,
            None,
        ),
        (
            R::EventNotReversible { number: 3 },
            "event_not_reversible",
            r#"{"number":3}"#,
            Some("number"),
        ),
    ]
}

/// The one refusal that holds a decision.
pub(in crate::tests) fn declined_refusal() -> R {
    let facts = declined();
    let decision = Box::new(decided(&facts));
    R::Declined { borrower: HOUSE, decision, facts: Box::new(facts) }
}

/// One command of every kind.
pub(in crate::tests) fn bodies() -> Vec<Body> {
    let wish = || Wish {
        amount_minor: 80_000,
        enterprise: Some("feed for a season".to_owned()),
        purpose: "feed".to_owned(),
        until: Until::Harvest(day("2026-09-01")),
    };
    let (proof, id, reason) = (proof(MEMBER), tranche(7), || "test".to_owned());
    let draw = Box::new(DrawWish { proof, tranche: id, wish: wish() });
    let repay = |from| C::Repay {
        amount_minor: 5,
        effective_on: Some(day("2026-07-20")),
        from,
        tranche: Some(id),
    };
    let (approved_by, due_on, rate_ppm) = (SECOND_STAFF, day("2026-12-17"), 60_000);
    let commands = vec![
        C::Ask(wish()),
        C::Draw(draw),
        repay(RepayFrom::Cash(SHOP)),
        repay(RepayFrom::Wallet(proof)),
        C::ChooseSweep { proof, share_bps: 5 },
        C::LowerRate { rate_ppm, tranche: id },
        C::Restructure { due_on, proof, rate_ppm, tranche: id },
        C::WriteOff { approved_by, reason: reason(), tranche: id },
        C::Reverse { approved_by, number: 3, reason: reason() },
        C::SetFile { file: File::default(), reason: reason() },
        C::Count,
        C::Tell(notice(NoticeKind::Due)),
    ];
    let commands = commands.into_iter().map(|command| Body::Credit { borrower: HOUSE, command });
    commands.chain([Body::Provide { target_minor: 5 }]).collect()
}
