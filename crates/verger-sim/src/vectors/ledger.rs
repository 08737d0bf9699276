//! The ledger's golden vectors: holds, hash chain, idempotency, period close. Every step that moves
//! money is a command through a lane.

use std::collections::BTreeMap;

use serde_json::Value;
use verger_domain::codec::{self, GENESIS};
use verger_domain::id::HoldId;
use verger_domain::ledger::chart::OwnedBy;
use verger_domain::ledger::{AccountKey, Code, Line, period};
use verger_domain::time::{Date, Instant, Month};
use verger_domain::{Actor, Body, Effect};

use super::stage::{Engine, Stage};
use super::{Verdict, field, int, list, same, text};
use crate::village::{command, named};

/// H01: two-phase holds on a wallet.
pub(super) fn holds(engine: Engine<'_>, vector: &Value) -> Verdict {
    let mut stage = Stage::new(engine)?;
    for (index, step) in list(vector, "steps")?.iter().enumerate() {
        let event = list(step, "event")?;
        let place = format!("step {} {event:?}", index + 1);
        let found = hold_step(&mut stage, event)?;
        same(&format!("{place}: the result"), &found.as_str(), &text(step, "result")?)?;
        let wanted = (int(step, "posted")?, int(step, "pending")?, int(step, "available")?);
        let what = format!("{place}: (posted, pending, available)");
        same(&what, &stage.wallet()?, &wanted)?;
    }
    Ok(())
}

fn hold_step(stage: &mut Stage, event: &[Value]) -> Result<String, String> {
    let word = |index: usize| event.get(index).and_then(Value::as_str).unwrap_or_default();
    let number = |index: usize| event.get(index).and_then(Value::as_i64).unwrap_or_default();
    let hold: HoldId = named(word(1));
    let [staff, _] = stage.cast.staff;
    let body = match word(0) {
        "tick" => {
            stage.clock.advance_seconds(u32::try_from(number(1)).unwrap_or(0));
            return Ok("ok".to_owned());
        }
        "deposit" => {
            let wallet = stage.cast.households.first().copied().ok_or("no household")?;
            let body = Body::CashIn { amount_minor: number(1), shop: stage.cast.shop, wallet };
            return stage.submit(Actor::Party(stage.cast.agent), body);
        }
        "hold" => Body::PlaceHold {
            amount_minor: number(2),
            credit: AccountKey::party(Code::PAYABLE_SUPPLIER, stage.cast.supplier),
            debit: stage.cast.wallet(0),
            expires_at: stage.app.now().at.plus_seconds(u32::try_from(number(3)).unwrap_or(0)),
            hold,
        },
        "post" => Body::PostHold { amount_minor: Some(number(2)), hold },
        "void" => Body::VoidHold { hold },
        other => return Err(format!("the event {other} is unknown")),
    };
    stage.submit(Actor::Party(staff), body)
}

/// X01: canonical bytes and the chain over them.
pub(super) fn hash_chain(vector: &Value) -> Verdict {
    let mut chain = GENESIS;
    for step in list(vector, "steps")? {
        let payload = codec::canonical(field(step, "entry")?);
        let seq = int(field(step, "entry")?, "seq")?;
        let canonical = String::from_utf8_lossy(&payload).into_owned();
        same(&format!("entry {seq}: canonical"), &canonical.as_str(), &text(step, "canonical")?)?;
        let previous = codec::to_hex(&chain);
        same(&format!("entry {seq}: prev"), &previous.as_str(), &text(step, "prev")?)?;
        let payload_hash = codec::sha256(&payload);
        let hex = codec::to_hex(&payload_hash);
        same(&format!("entry {seq}: payload_hash"), &hex.as_str(), &text(step, "payload_hash")?)?;
        chain = codec::chain(&chain, &payload_hash);
        let hex = codec::to_hex(&chain);
        same(&format!("entry {seq}: hash"), &hex.as_str(), &text(step, "hash")?)?;
    }
    Ok(())
}

/// X02: a key and its body, for ever.
pub(super) fn idempotency(engine: Engine<'_>, vector: &Value) -> Verdict {
    let mut stage = Stage::new(engine)?;
    let wallet = stage.cast.households.first().copied().ok_or("no household")?;
    let amount_minor = int(field(vector, "given")?, "wallet")?;
    let given = Body::CashIn { amount_minor, shop: stage.cast.shop, wallet };
    same(
        "the given wallet",
        &stage.submit(Actor::Party(stage.cast.agent), given)?.as_str(),
        &"ok",
    )?;
    for (index, step) in list(vector, "steps")?.iter().enumerate() {
        let amount = int(field(step, "body")?, "amount")?;
        let unapplied = AccountKey::village(Code::new(2140).ok_or("no account 2140")?);
        let body = Body::Post {
            effective_on: None,
            evidence: Vec::new(),
            lines: vec![Line::debit(stage.cast.wallet(0), amount), Line::credit(unapplied, amount)],
            purpose: text(field(step, "body")?, "op")?.to_owned(),
        };
        let key = text(step, "key")?;
        let found = match stage.submit_as(key, Actor::System, body)? {
            (code, false) if code == "ok" => "applied",
            (code, true) if code == "ok" => "replayed",
            (code, _) if code == "key_reused" => "conflict_422",
            (code, false) if code == "insufficient_available" => "refused_insufficient_funds",
            (code, true) if code == "insufficient_available" => "replayed_refusal",
            (code, _) => return Err(format!("step {}: an unexpected {code}", index + 1)),
        };
        let place = format!("step {} {key}", index + 1);
        same(&format!("{place}: the result"), &found, &text(step, "result")?)?;
        let after = int(step, "wallet_after")?;
        same(&format!("{place}: the wallet"), &stage.wallet()?.0, &after)?;
    }
    Ok(())
}

/// X03: a year's close through postings and month closes.
pub(super) fn period_close(engine: Engine<'_>, vector: &Value) -> Verdict {
    let mut stage = Stage::new(engine)?;
    // The village of the stage began earlier; its books are closed month by month up to December.
    let last_day: Date = "2026-12-20".parse().map_err(|_| "a date")?;
    stage.clock.set(Instant::from_micros(stage.app.calendar().start_of(last_day).micros()));
    let lines = opening_lines(&mut stage, vector)?;
    let body = Body::Post {
        effective_on: None,
        evidence: Vec::new(),
        lines,
        purpose: "opening".to_owned(),
    };
    same("the opening", &stage.submit(Actor::System, body)?.as_str(), &"ok")?;
    let new_year: Date = "2027-01-02".parse().map_err(|_| "a date")?;
    stage.clock.set(stage.app.calendar().start_of(new_year));
    let before = stage_balance(&stage)?;
    let expect = field(vector, "expect")?;
    same_self_sufficiency(&before, text(expect, "oss_pct")?)?;
    let closing = close_through_december(&mut stage)?;
    let wanted: Vec<(String, i64)> = list(expect, "closing_lines")?
        .iter()
        .filter_map(|line| Some((line.get(0)?.as_str()?.to_owned(), line.get(1)?.as_i64()?)))
        .collect();
    same("the closing lines", &closing, &wanted)?;
    let after: BTreeMap<String, i64> =
        stage_balance(&stage)?.into_iter().map(|(code, minor)| (code.to_string(), minor)).collect();
    let wanted: BTreeMap<String, i64> =
        serde_json::from_value(field(expect, "trial_balance_after")?.clone())
            .map_err(|error| error.to_string())?;
    same("the trial balance after", &after, &wanted)?;
    let net = closing.last().map_or(0, |(_, minor)| minor.saturating_neg());
    same("the net result", &net, &int(expect, "net_result")?)
}

/// The vector's trial balance as lines; accounts that belong to somebody get an owner.
fn opening_lines(stage: &mut Stage, vector: &Value) -> Result<Vec<Line>, String> {
    let balance: BTreeMap<Code, i64> =
        serde_json::from_value(field(vector, "trial_balance")?.clone())
            .map_err(|error| error.to_string())?;
    let mut lines = Vec::new();
    for (code, minor) in balance.into_iter().filter(|(_, minor)| *minor != 0) {
        let key = match code.row().owner {
            OwnedBy::Village => AccountKey::village(code),
            OwnedBy::Party if code == Code::WALLET => stage.cast.wallet(0),
            OwnedBy::Party => AccountKey::party(code, stage.cast.carrier),
            OwnedBy::Subject => {
                let account = AccountKey { code, owner: 1 };
                let body = Body::OpenAccount { account, label: "T1".to_owned() };
                same("an account", &stage.submit(Actor::System, body)?.as_str(), &"ok")?;
                account
            }
        };
        lines.push(Line(key, minor));
    }
    Ok(lines)
}

fn stage_balance(stage: &Stage) -> Result<BTreeMap<Code, i64>, String> {
    let village = stage.cast.village;
    let question = stage.app.ask_blocking(village, move |r, cell| r.trial_balance(cell, village));
    question.map_err(|error| error.to_string())
}

fn same_self_sufficiency(balance: &BTreeMap<Code, i64>, wanted: &str) -> Verdict {
    let bps = period::self_sufficiency_bps(balance).ok_or("there is no expense")?;
    same("the self-sufficiency", &format!("{}.{:02}", bps / 100, bps % 100).as_str(), &wanted)
}

/// Closes month after month and returns December's closing lines by code.
fn close_through_december(stage: &mut Stage) -> Result<Vec<(String, i64)>, String> {
    for _ in 0..24 {
        let village = stage.cast.village;
        let row = stage.app.ask_blocking(village, move |r, cell| r.village(cell, village));
        let row = row.map_err(|error| error.to_string())?.ok_or("the village is missing")?;
        let month = row.closed_through.map_or(Some(row.registered_on.month()), Month::next);
        let month = month.ok_or("no next month")?;
        let name = format!("close {month}");
        let body = Body::CloseMonth { month };
        let receipt = stage
            .app
            .submit_blocking(command(village, Actor::System, &name, body))
            .map_err(|error| error.to_string())?;
        let record = receipt.accepted().map_err(|error| error.to_string())?;
        if month.is_last_of_year() {
            let is_posted = |effect: &&Effect| matches!(effect, Effect::Posted { .. });
            same("a closing posting", &record.effects.iter().any(|e| is_posted(&e)), &true)?;
            let lines = record.legs().iter();
            return Ok(lines
                .map(|leg| (leg.account().code.to_string(), leg.amount_minor()))
                .collect());
        }
    }
    Err("December was not reached".to_owned())
}
