//! Rules of the counter: cash into a wallet, cash out of it, money to another village. Owns who may
//! serve whom; every movement goes through the ledger's own checks.

use std::collections::BTreeMap;

use super::ledger::posted;
use super::party::check_unlocked;
use super::{not_allowed, party_in};
use crate::command::{Actor, Body, Command, Proof};
use crate::effect::{Effect, Message};
use crate::id::PartyId;
use crate::ledger::posting::{check_from, check_positive};
use crate::ledger::{Account, AccountId, AccountKey, Code, Line};
use crate::party::{Module, Party, PartyKind, PinTries};
use crate::policy::TillMode;
use crate::refusal::{LedgerRefusal, MarketRefusal, PartyRefusal, Refusal, TillRefusal};
use crate::state::State;
use crate::time::Now;

/// The counter is served by an agent of the village who passed its module.
pub(super) fn check_agent(state: &State, command: &Command) -> Result<(), Refusal> {
    let Actor::Party(actor) = command.actor else { return Err(not_allowed(command)) };
    let agent = party_in(state, command, actor)?;
    if agent.kind != PartyKind::Agent {
        return Err(not_allowed(command));
    }
    if !agent.certified.contains(&Module::M1) {
        return Err(TillRefusal::NeedsModule { module: Module::M1 }.into());
    }
    if agent.duty.is_suspended {
        return Err(MarketRefusal::AgentSuspended.into());
    }
    Ok(())
}

/// Cash in debits the drawer and credits the wallet; cash out does the reverse, and only by the
/// owner's own proof (M-63). Where agents prepay, their float stands for the drawer.
pub(super) fn decide(state: &State, command: &Command, now: Now) -> Result<Vec<Effect>, Refusal> {
    match &command.body {
        Body::CashIn { amount_minor, shop, wallet } => {
            let (wallet, counter) = counter_pair(state, command, *wallet, *shop)?;
            check_positive(state.policy(command.village), *amount_minor)?;
            check_drawer(state, command, counter, *amount_minor, now)?;
            let lines = [Line::debit(counter, *amount_minor), Line::credit(wallet, *amount_minor)];
            Ok(vec![posted(state, command, &lines, (now.today, "cash.in"))?])
        }
        Body::CashOut { amount_minor, proof, shop, wallet } => {
            let owner = *wallet;
            let (wallet, counter) = counter_pair(state, command, owner, *shop)?;
            let mut effects = prove(state, command, owner, proof, now)?;
            check_positive(state.policy(command.village), *amount_minor)?;
            let lines = [Line::debit(wallet, *amount_minor), Line::credit(counter, *amount_minor)];
            effects.push(posted(state, command, &lines, (now.today, "cash.out"))?);
            Ok(effects)
        }
        Body::SendMoney { .. } => send_money(state, command, now),
        Body::ReceiveMoney { .. } => receive_money(state, command, now),
        _ => Err(not_allowed(command)),
    }
}

/// An agent on probation keeps little cash in the drawer.
pub(super) fn check_drawer(
    state: &State,
    command: &Command,
    counter: AccountKey,
    amount_minor: i64,
    now: Now,
) -> Result<(), Refusal> {
    let Actor::Party(actor) = command.actor else { return Err(not_allowed(command)) };
    let until = party_in(state, command, actor)?.duty.probation_until;
    let max_minor = state.policy(command.village).till.drawer_probation_minor_max;
    let account = state.account.get(&AccountId { village: command.village, key: counter });
    let after = account.map_or(0, Account::owned_minor).saturating_add(amount_minor);
    if until.is_some_and(|until| now.today <= until) && after > max_minor {
        return Err(MarketRefusal::ProbationLimit { max_minor }.into());
    }
    Ok(())
}

/// The wallet and the account behind the counter, if this agent may serve this wallet here.
pub(super) fn counter_pair(
    state: &State,
    command: &Command,
    wallet: PartyId,
    shop: PartyId,
) -> Result<(AccountKey, AccountKey), Refusal> {
    let owner = party_in(state, command, wallet)?;
    if party_in(state, command, shop)?.kind != PartyKind::Shop {
        return Err(PartyRefusal::WrongKind { expected: PartyKind::Shop, party: shop }.into());
    }
    check_not_own(state, command, owner)?;
    let Actor::Party(agent) = command.actor else { return Err(not_allowed(command)) };
    let counter = match state.policy(command.village).till.mode {
        TillMode::Custodial => {
            check_open(state, command, shop)?;
            AccountKey::party(Code::DRAWER, shop)
        }
        TillMode::PrepaidFloat => AccountKey::party(Code::FLOAT_AGENT, agent),
    };
    Ok((owner.wallet(), counter))
}

/// Refuses cash while this agent has not counted the drawer: a gap would be nobody's.
pub(super) fn check_open(state: &State, command: &Command, shop: PartyId) -> Result<(), Refusal> {
    if party_in(state, command, shop)?.kind != PartyKind::Shop {
        return Err(PartyRefusal::WrongKind { expected: PartyKind::Shop, party: shop }.into());
    }
    let open = state.drawer.get(&shop).and_then(|(_, till)| state.till.get(till));
    let is_his = open.is_some_and(|till| Actor::Party(till.agent) == command.actor);
    if is_his { Ok(()) } else { Err(MarketRefusal::TillNotOpen.into()) }
}

/// No agent serves himself or his own household.
fn check_not_own(state: &State, command: &Command, owner: &Party) -> Result<(), Refusal> {
    let Actor::Party(actor) = command.actor else { return Ok(()) };
    let agent = party_in(state, command, actor)?;
    let households = [Some(owner.id), owner.household];
    let is_own = owner.id == agent.id
        || (agent.household.is_some() && households.contains(&agent.household));
    if is_own { Err(TillRefusal::OwnHousehold.into()) } else { Ok(()) }
}

/// Checks that the proof is by the wallet's own people and that its PIN is not locked; a right PIN
/// also clears the count of wrong ones.
pub(super) fn prove(
    state: &State,
    command: &Command,
    wallet: PartyId,
    proof: &Proof,
    now: Now,
) -> Result<Vec<Effect>, Refusal> {
    let member = party_in(state, command, proof.member)?;
    let is_theirs = member.kind == PartyKind::Member
        && (member.id == wallet || member.household == Some(wallet));
    if !is_theirs {
        return Err(TillRefusal::ProofNotTheirs.into());
    }
    let tries = state.pin.get(&member.id).copied().ok_or(TillRefusal::ProofNotTheirs)?;
    check_unlocked(&tries, now)?;
    let mut effects = vec![Effect::ProofGiven(*proof)];
    if tries != PinTries::default() {
        effects.push(Effect::PinTried { member: member.id, tries: PinTries::default() });
    }
    Ok(effects)
}

/// The first half of a payment to another village: debits the wallet, credits the clearing account
/// and leaves a message, which is applied there exactly once.
fn send_money(state: &State, command: &Command, now: Now) -> Result<Vec<Effect>, Refusal> {
    let Body::SendMoney { amount_minor, from, proof, to, to_village } = &command.body else {
        return Err(not_allowed(command));
    };
    let (amount_minor, to_village) = (*amount_minor, *to_village);
    if to_village == command.village || to_village.number() == 0 {
        return Err(PartyRefusal::VillageUnknown { village: to_village }.into());
    }
    let owner = party_in(state, command, *from)?;
    check_not_own(state, command, owner)?;
    let mut effects = prove(state, command, *from, proof, now)?;
    check_positive(state.policy(command.village), amount_minor)?;
    let clearing = AccountKey::clearing(to_village);
    let lines = [Line::debit(owner.wallet(), amount_minor), Line::credit(clearing, amount_minor)];
    effects.extend(moved(state, command, &lines, (clearing, "money.sent"), now)?);
    let (from, to) = (*from, *to);
    let message = Message::ReceiveMoney { amount_minor, from, to, to_village };
    effects.push(Effect::MessageQueued(message));
    Ok(effects)
}

// Money that has left the other village must arrive: when its receiver is not known here, it waits
// on the account of unapplied receipts until a person finds the owner.
fn receive_money(state: &State, command: &Command, now: Now) -> Result<Vec<Effect>, Refusal> {
    let Body::ReceiveMoney { amount_minor, from_village, to, .. } = &command.body else {
        return Err(not_allowed(command));
    };
    if *from_village == command.village || from_village.number() == 0 {
        return Err(PartyRefusal::VillageUnknown { village: *from_village }.into());
    }
    if *amount_minor < 0 {
        return Err(LedgerRefusal::AmountNegative { amount_minor: *amount_minor }.into());
    }
    let receiver = party_in(state, command, *to).ok().map(Party::wallet).filter(|key| {
        state.account.get(&AccountId { village: command.village, key: *key }).is_some()
    });
    let credit = receiver.unwrap_or(AccountKey::village(Code::UNAPPLIED));
    let clearing = AccountKey::clearing(*from_village);
    let lines = [Line::debit(clearing, *amount_minor), Line::credit(credit, *amount_minor)];
    moved(state, command, &lines, (clearing, "money.received"), now)
}

/// The posting over a clearing account, which opens with its first use.
fn moved(
    state: &State,
    command: &Command,
    lines: &[Line; 2],
    (clearing, purpose): (AccountKey, &str),
    now: Now,
) -> Result<Vec<Effect>, Refusal> {
    let village = command.village;
    let id = AccountId { village, key: clearing };
    if state.account.get(&id).is_some() {
        return Ok(vec![posted(state, command, lines, (now.today, purpose))?]);
    }
    let currency = state.village(village).currency;
    let label = format!("village {}", clearing.owner);
    let opened = Account::open(id, currency, label.clone());
    let legs = check_from(state, village, lines, BTreeMap::from([(clearing, opened)]))?;
    let purpose = purpose.to_owned();
    Ok(vec![
        Effect::AccountOpened { account: clearing, currency, label },
        Effect::Posted { effective_on: now.today, legs, purpose },
    ])
}
