//! The nine golden journals as ledger postings: names of the market documents to accounts of the
//! chart, and the opening balances that the journals take for granted.

use std::collections::BTreeMap;

use verger_domain::command::{Command, Evidence, EvidenceKind};
use verger_domain::ledger::chart::{Floor, OwnedBy};
use verger_domain::ledger::{AccountKey, Code, Line};
use verger_domain::{Actor, Body};

use super::data::{DemoVillage, Step};
use super::{DemoError, VILLAGE, party_id};
use crate::village::{command, named};

/// One step of a journal, with its lines on accounts of the chart.
struct Planned {
    name: String,
    event: String,
    lines: Vec<Line>,
}

/// The commands of all journals, in order: open accounts, opening balances, then each step.
pub(super) fn commands(demo: &DemoVillage) -> Result<Vec<Command>, DemoError> {
    let mut labels = BTreeMap::new();
    let mut steps = Vec::new();
    for journal in &demo.golden_journals {
        for (number, step) in (1..).zip(&journal.steps) {
            let lines = lines_of(step, &mut labels)?;
            let name = format!("golden {} step {number}", journal.id);
            steps.push(Planned { name, event: step.event.clone(), lines });
        }
    }
    let mut commands = Vec::new();
    for (account, label) in &labels {
        let body = Body::OpenAccount { account: *account, label: label.clone() };
        commands.push(command(VILLAGE, Actor::System, &format!("open {account}"), body));
    }
    let opening = opening_lines(&steps);
    if !opening.is_empty() {
        commands.push(post("golden opening", "opening.balance", opening, Vec::new()));
    }
    commands.push(post("golden fund", "opening.fund", fund_lines(), Vec::new()));
    commands.extend(steps.into_iter().map(step_command));
    Ok(commands)
}

/// Cash at the counter is the agent's command; the other steps are posted as they are written,
/// until the state machines of the market produce them.
fn step_command(step: Planned) -> Command {
    let drawer = step.lines.iter().find(|line| line.0.code == Code::DRAWER && line.1 > 0);
    let wallet = step.lines.iter().find(|line| line.0.code == Code::WALLET && line.1 < 0);
    if let (Some(drawer), Some(wallet), 2) = (drawer, wallet, step.lines.len())
        && let (Some(shop), Some(owner)) = (drawer.0.owner_party(), wallet.0.owner_party())
    {
        let body = Body::CashIn { amount_minor: drawer.1, shop, wallet: owner };
        return command(VILLAGE, Actor::Party(party_id("A2")), &step.name, body);
    }
    let evidence = evidence_of(&step);
    post(&step.name, &step.event, step.lines, evidence)
}

fn post(name: &str, purpose: &str, lines: Vec<Line>, evidence: Vec<Evidence>) -> Command {
    let purpose = purpose.to_owned();
    let body = Body::Post { effective_on: None, evidence, lines, purpose };
    command(VILLAGE, Actor::Party(party_id("ST1")), name, body)
}

/// A completed order at a supplier is an honest purchase of the household that paid it.
fn evidence_of(step: &Planned) -> Vec<Evidence> {
    let supplier = step.lines.iter().find(|line| line.0.code == Code::PAYABLE_SUPPLIER);
    let is_completed = step.event.starts_with("order.completed");
    let (Some(supplier), true, true) = (supplier, is_completed, step.name.contains("SC3")) else {
        return Vec::new();
    };
    let Some(counterparty) = supplier.0.owner_party() else { return Vec::new() };
    let value_minor = step.lines.iter().map(|line| line.1.max(0)).sum();
    let (member, kind) = (party_id("H018"), EvidenceKind::Purchase);
    vec![Evidence { counterparty, good: true, kind, member, value_minor }]
}

fn lines_of(
    step: &Step,
    labels: &mut BTreeMap<AccountKey, String>,
) -> Result<Vec<Line>, DemoError> {
    let mut lines = Vec::new();
    for posting in &step.postings {
        let (key, label) = account(&posting.account)?;
        if key.code.row().owner == OwnedBy::Subject {
            labels.insert(key, label);
        }
        lines.push(Line(key, posting.debit_fen - posting.credit_fen));
    }
    Ok(lines)
}

/// The account that a name such as `payable.carrier.C2` means, and its owner's code.
fn account(name: &str) -> Result<(AccountKey, String), DemoError> {
    let unknown = || DemoError::Data(format!("there is no account {name}"));
    if let Some(code) = Code::by_name(name) {
        return Ok((AccountKey::village(code), String::new()));
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
        OwnedBy::Subject => {
            named::<verger_domain::id::PartyKind>(&format!("{VILLAGE} demo subject {owner}")).bits()
        }
    };
    Ok((AccountKey { code, owner: bits }, owner.to_owned()))
}

/// The programme's loan fund, which credit is lent from: without it the wallets that a loan fills
/// would not be covered (invariant I-3).
fn fund_lines() -> Vec<Line> {
    const FUND_MINOR: i64 = 2_000_000;
    let capital = AccountKey::village(Code::new(3010).expect("3010 is in the chart"));
    let bank = AccountKey::village(Code::BANK_ESCROW);
    vec![Line::debit(bank, FUND_MINOR), Line::credit(capital, FUND_MINOR)]
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
