//! One borrower as the staff sees him: his file, his loans, what happened to them and what was decided
//! about them, each with its record of the journal. Owns this page; changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use axum::response::Html;
use verger_app::DecisionTold;
use verger_domain::credit::event::{Event, Op};
use verger_domain::credit::tranche::Tranche;
use verger_domain::credit::{Borrower, Line};
use verger_domain::ledger::{AccountId, AccountKey, Code};
use verger_domain::party::PartyKind;

use super::ROWS_MAX;
use super::grid::{Grid, Page, Td};
use super::loans::{percent, state};
use crate::fault::Fault;
use crate::session::Seat;

/// `GET /{lang}/console/loans/{household}`
pub(super) async fn show(seat: Seat) -> Result<Html<String>, Fault> {
    let village = seat.village;
    let id = seat.party("household", seat.param("household")).await?;
    let found = seat.app().ask(village, move |reader, cell| reader.party(cell, id)).await?;
    let view = found.filter(|view| view.party.kind == PartyKind::Household);
    let view = view.ok_or_else(|| Fault::not_found("household"))?;
    let code = view.party.code.to_string();
    let mut page = Page::new(&seat, "loans", &format!("loans/{code}"));
    page.title(crate::page::shown_name(seat.lang, &view));
    page.lead = code.clone();
    page.tools.push((seat.lang.t("trust-title"), seat.to(&format!("console/trust/{code}"))));
    let trust = seat.app().trust(village, id).await?;
    let known = seat.app().borrower(village, seat.party, id).await?;
    let line = known.as_ref().map(|row| row.line_on(seat.app().now().today));
    let limit_minor = trust.explanation.limit.limit_minor;
    page.grids.push(facts(&seat, &code, limit_minor, known.as_ref().zip(line.as_ref())));
    page.grids.push(draws(&seat, line.as_ref()).await?);
    let history = seat.app().loan_history(village, id).await?;
    let events = known.map(|row| row.events).unwrap_or_default();
    page.grids.push(events_grid(&seat, &events, &history.seqs));
    page.grids.push(decisions(&seat, &history.decisions));
    page.show()
}

/// The file, and what the limit has left.
fn facts(seat: &Seat, code: &str, limit_minor: i64, known: Option<(&Borrower, &Line)>) -> Grid {
    let lang = seat.lang;
    let fact = |key: &str, value: String| vec![Td::text(lang.t(key)), Td::text(value)];
    let limit = Td::text(seat.money(limit_minor)).to(seat.to(&format!("console/trust/{code}")));
    let mut rows = vec![vec![Td::text(lang.t("loans-limit")), limit]];
    if let Some((row, line)) = known {
        let file = &row.file;
        rows.push(fact("loans-payoff", seat.money(line.payoff_minor())));
        rows.push(fact("loans-sweep", percent(seat, row.sweep_share_bps.into())));
        rows.push(fact("loans-other-debt", seat.money(file.other_debt_minor)));
        rows.push(fact("loans-disputes", lang.number(file.disputes_open.into())));
        rows.extend(file.identity_until.map(|on| fact("loans-identity", lang.date(on))));
        let holds = &file.holds;
        let marks = [
            (holds.is_duplicate, "reason-a12"),
            (holds.is_under_review, "reason-a13"),
            (holds.is_under_age, "reason-a16"),
            (file.is_consent_withdrawn, "reason-a18"),
            (holds.is_untrusted_device, "reason-a20"),
            (holds.is_on_hold, "reason-a21"),
            (holds.is_sanctioned, "reason-a24"),
            (holds.is_read_only, "reason-a25"),
        ];
        let marks = marks.into_iter().filter(|(is_set, _)| *is_set);
        rows.extend(
            marks.map(|(_, key)| vec![Td::text(lang.t("loans-mark")), Td::mark(lang.t(key), "no")]),
        );
    }
    Grid::new(seat, "", &["fact-name", "fact-value"], rows)
}

/// The draws, each with the accounts that its figures are the balances of.
async fn draws(seat: &Seat, line: Option<&Line>) -> Result<Grid, Fault> {
    let mut rows: Vec<&Tranche> = line.iter().flat_map(|line| line.tranches.values()).collect();
    rows.sort_by_key(|row| (row.end.is_some(), row.due_on, row.drawn_on, row.id));
    let village = seat.village;
    let key = |row: &Tranche, code: Code| AccountKey { code, owner: row.id.bits() };
    let wanted: Vec<AccountKey> = rows.iter().map(|row| key(row, Code::LOAN_INTEREST)).collect();
    // Interest has an account only once the books were told of some that was not paid at once.
    let found = seat.app().ask(village, move |reader, cell| {
        let mut open = BTreeSet::new();
        for key in wanted {
            open.extend(reader.account(cell, AccountId { village, key })?.map(|_| key));
        }
        Ok(open)
    });
    let open = found.await?;
    let row = |row: &&Tranche| {
        let account = |key: AccountKey| seat.to(&format!("console/accounts/{key}"));
        let days = row.days_past_due(row.through);
        let charges = Td::number(seat.money(row.charges_due_minor()));
        let interest = key(row, Code::LOAN_INTEREST);
        vec![
            Td::text(seat.lang.date(row.drawn_on)),
            Td::text(seat.lang.date(row.due_on)),
            Td::number(seat.lang.number(days.into())),
            Td::number(seat.money(row.drawn_minor)),
            Td::number(seat.money(row.principal_minor)).to(account(key(row, Code::LOAN_PRINCIPAL))),
            if open.contains(&interest) { charges.to(account(interest)) } else { charges },
            Td::number(seat.money(row.payoff_minor())),
            state(seat, row),
        ]
    };
    let heads = [
        "loans-drawn-on",
        "loans-due-on",
        "loans-days-late",
        "loans-drawn",
        "loans-out",
        "loans-charges",
        "loans-payoff",
        "needs-state",
    ];
    Ok(Grid::new(seat, "loans-loans", &heads, rows.iter().map(row).collect()))
}

/// What happened, the latest first, each with its record.
fn events_grid(seat: &Seat, events: &[Event], seqs: &BTreeMap<u32, u64>) -> Grid {
    let row = |event: &Event| {
        let (name, minor) = told(&event.op);
        let what = Td::text(seat.lang.t(&format!("loans-event-{name}")));
        let record = |seq: &u64| seat.to(&format!("v/{}/journal/{seq}", seat.village));
        let what = match seqs.get(&event.number).map(record) {
            Some(link) => what.to(link),
            None => what,
        };
        let (key, mark) =
            if event.is_reversed { ("loans-reversed", "no") } else { ("loans-counts", "ok") };
        vec![
            what,
            Td::text(seat.lang.date(event.effective_on)),
            Td::text(seat.lang.date(event.recorded_on)),
            Td::number(minor.map(|minor| seat.money(minor)).unwrap_or_default()),
            Td::mark(seat.lang.t(key), mark),
        ]
    };
    let most = usize::try_from(ROWS_MAX).unwrap_or(usize::MAX);
    let rows = events.iter().rev().take(most).map(row).collect();
    let heads = ["loans-event", "loans-effective", "loans-recorded", "field-amount", "needs-state"];
    Grid::new(seat, "loans-events", &heads, rows)
}

/// The name of an event in texts, and what it moved.
const fn told(op: &Op) -> (&'static str, Option<i64>) {
    match op {
        Op::Draw { amount_minor, .. } => ("draw", Some(*amount_minor)),
        Op::Repay { amount_minor, .. } => ("repay", Some(*amount_minor)),
        Op::GiveBack { .. } => ("give-back", None),
        Op::LowerRate { .. } => ("lower-rate", None),
        Op::Restructure { .. } => ("restructure", None),
        Op::WriteOff { .. } => ("write-off", None),
        Op::Recover { amount_minor, .. } => ("recover", Some(*amount_minor)),
    }
}

/// What was decided and why, the latest first.
fn decisions(seat: &Seat, decisions: &[DecisionTold]) -> Grid {
    let words = seat.web.words(seat.lang);
    let row = |told: &DecisionTold| {
        let decision = &told.decision;
        let (key, mark) = match (decision.is_granted, told.is_question) {
            (true, true) => ("loans-offered", "ok"),
            (true, false) => ("loans-granted", "ok"),
            (false, _) => ("loans-declined", "no"),
        };
        let reason = |reason: &verger_domain::credit::decision::Reason| {
            let step = words.step(reason.next.as_ref());
            format!("{:?} {} {step}", reason.code, words.reason(reason))
        };
        let reasons: Vec<String> = decision.reasons.iter().map(reason).collect();
        let record = seat.to(&format!("v/{}/journal/{}", seat.village, told.seq));
        vec![
            Td::text(seat.moment(told.at)).to(record),
            Td::number(seat.money(told.asked_minor)),
            Td::mark(seat.lang.t(key), mark),
            Td::text(reasons.join(" ")),
        ]
    };
    let most = usize::try_from(ROWS_MAX / 3).unwrap_or(usize::MAX);
    let rows = decisions.iter().take(most).map(row).collect();
    let heads = ["journal-when", "loans-asked", "needs-state", "loans-reasons"];
    Grid::new(seat, "loans-decisions", &heads, rows)
}
