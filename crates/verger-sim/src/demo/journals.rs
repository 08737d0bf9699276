//! The nine golden journals as they are written: names of the market documents to accounts of the
//! chart, and the opening balances that the journals take for granted. Must not play them.

use std::collections::BTreeMap;

use verger_domain::command::Command;
use verger_domain::ledger::chart::{Floor, OwnedBy};
use verger_domain::ledger::{AccountKey, Code, Line};
use verger_domain::{Actor, Body};

use super::data::{DemoVillage, Step};
use super::{DemoError, VILLAGE, party_id};
use crate::village::{command, named};

/// One step of a journal, with its lines on accounts of the chart.
pub(super) struct Planned {
    /// The journal, such as `SC1`.
    pub(super) journal: String,
    /// Its place there, from 1.
    pub(super) number: usize,
    /// What happened.
    pub(super) event: String,
    /// The lines.
    pub(super) lines: Vec<Line>,
}

/// The steps of all journals with their lines on accounts of the chart, by journal.
pub(super) fn planned(demo: &DemoVillage) -> Result<Vec<Planned>, DemoError> {
    let mut steps = Vec::new();
    for journal in &demo.golden_journals {
        for (number, step) in (1..).zip(&journal.steps) {
            let lines = lines_of(step)?;
            let (journal, event) = (journal.id.clone(), step.event.clone());
            steps.push(Planned { journal, number, event, lines });
        }
    }
    Ok(steps)
}

/// What the journals take for granted: opening balances, and the fund that credit is lent from.
pub(super) fn opening(demo: &DemoVillage) -> Result<Vec<Command>, DemoError> {
    let steps = planned(demo)?;
    let mut commands = Vec::new();
    let lines = opening_lines(&steps);
    for line in lines.iter().filter(|line| line.0.code.row().owner == OwnedBy::Subject) {
        let body = Body::OpenAccount { account: line.0, label: "opening".to_owned() };
        commands.push(command(VILLAGE, Actor::System, &format!("open {}", line.0), body));
    }
    if !lines.is_empty() {
        commands.push(post("golden opening", "opening.balance", lines));
    }
    commands.push(fund(JOURNALS_FUND_MINOR));
    Ok(commands)
}

/// The fund that the journals lend from, in minor units.
const JOURNALS_FUND_MINOR: i64 = 2_000_000;

/// The programme's loan fund is paid in.
pub(super) fn fund(minor: i64) -> Command {
    post("golden fund", "opening.fund", fund_lines(minor))
}

/// A posting by the staff, for what no machine does yet.
pub(super) fn post(name: &str, purpose: &str, lines: Vec<Line>) -> Command {
    let purpose = purpose.to_owned();
    let body = Body::Post { effective_on: None, evidence: Vec::new(), lines, purpose };
    command(VILLAGE, Actor::Party(party_id("ST1")), name, body)
}

/// The bits of the id of an order, a pool or a loan of the journals.
pub(super) fn subject(name: &str) -> u128 {
    named::<verger_domain::id::PartyKind>(&format!("{VILLAGE} demo subject {name}")).bits()
}

fn lines_of(step: &Step) -> Result<Vec<Line>, DemoError> {
    let mut lines = Vec::new();
    for posting in &step.postings {
        let key = account(&posting.account)?;
        lines.push(Line(key, posting.debit_fen - posting.credit_fen));
    }
    Ok(lines)
}

/// The account that a name such as `payable.carrier.C2` means.
fn account(name: &str) -> Result<AccountKey, DemoError> {
    let unknown = || DemoError::Data(format!("there is no account {name}"));
    if let Some(code) = Code::by_name(name) {
        return Ok(AccountKey::village(code));
    }
    // The cooperative's wallets and a pool's advances carry their purpose behind the owner.
    let (name, suffix) = match name.rsplit_once('.') {
        Some((front, "fees")) => (front, ".cooperative.fees"),
        Some((front, "packaging")) => (front, ".cooperative.packaging"),
        Some((front, "advances")) => (front, ".advances"),
        _ => (name, ""),
    };
    let (kind, owner) = name.rsplit_once('.').ok_or_else(unknown)?;
    let code = Code::by_name(&format!("{kind}{suffix}")).ok_or_else(unknown)?;
    let bits = match code.row().owner {
        OwnedBy::Village => return Err(unknown()),
        OwnedBy::Party if code == Code::DRAWER => party_id(&format!("SHOP-{owner}")).bits(),
        OwnedBy::Party => party_id(owner).bits(),
        OwnedBy::Subject => subject(owner),
    };
    Ok(AccountKey { code, owner: bits })
}

/// The programme's loan fund, which credit is lent from: without it the wallets that a loan fills
/// would not be covered (invariant I-3).
fn fund_lines(minor: i64) -> Vec<Line> {
    let capital = AccountKey::village(Code::CAPITAL_FUND);
    let bank = AccountKey::village(Code::BANK_ESCROW);
    vec![Line::debit(bank, minor), Line::credit(capital, minor)]
}

/// What earlier trade must have left on each account so that none passes its floor: paid in through
/// the bank, so that the books balance from the first line.
fn opening_lines(steps: &[Planned]) -> Vec<Line> {
    let mut balances: BTreeMap<AccountKey, (i64, i64)> = BTreeMap::new();
    for line in steps.iter().flat_map(|step| &step.lines) {
        let row = line.0.code.row();
        let sign = if row.class.is_credit_normal() { -1 } else { 1 };
        let (now, lowest) = balances.entry(line.0).or_insert((0, 0));
        *now += sign * line.1;
        *lowest = (*now).min(*lowest);
    }
    let short = balances
        .into_iter()
        .filter(|(key, (_, lowest))| key.code.row().floor == Floor::Zero && *lowest < 0);
    let mut lines: Vec<Line> = short
        .map(|(key, (_, lowest))| {
            let sign = if key.code.row().class.is_credit_normal() { 1 } else { -1 };
            Line(key, sign * lowest)
        })
        .collect();
    let total: i64 = lines.iter().map(|line| line.1).sum();
    if total != 0 {
        lines.push(Line(AccountKey::village(Code::BANK_ESCROW), -total));
    }
    lines
}
