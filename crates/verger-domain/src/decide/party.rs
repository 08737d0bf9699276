//! Rules about who exists: villages and their policy, parties, PINs, tokens. Moves no money.

use super::{not_allowed, party_in};
use crate::command::{Actor, Body, Command, PinSecret, Proof};
use crate::effect::Effect;
use crate::id::{PartyId, TokenId};
use crate::ledger::chart::OwnedBy;
use crate::ledger::{AccountKey, Code};
use crate::party::{CodeOf, Party, PartyKind, PinTries, Profile, Token, Village};
use crate::policy::Policy;
use crate::refusal::{LedgerRefusal, PartyRefusal, Refusal, TillRefusal};
use crate::state::State;
use crate::time::Now;

/// The longest name, in characters.
const NAME_CHARS_MAX: usize = 200;

pub(super) fn decide(state: &State, command: &Command, now: Now) -> Result<Vec<Effect>, Refusal> {
    match &command.body {
        Body::RegisterVillage { policy, village } => {
            register_village(state, command, village, policy, now)
        }
        Body::AdoptPolicy { policy, .. } => adopt_policy(state, command, policy),
        Body::RegisterParty { party, profile } => register_party(state, command, party, profile),
        Body::SetPin { member, pin, proof } => {
            let proof = proof.as_ref();
            set_pin(state, command, (*member, pin, proof), now)
        }
        Body::ReportWrongPin { member } => report_wrong_pin(state, command, *member, now),
        Body::SignIn { token } => sign_in(state, command, token, now),
        Body::IssueToken { token } => issue_token(state, command, token, now),
        Body::RevokeToken { token } => revoke_token(state, command, *token),
        Body::LeaveCell { .. } | Body::EnterCell { .. } => {
            // A move rewrites keys of the store; it never comes through a lane.
            Err(PartyRefusal::WrongCell.into())
        }
        _ => Err(not_allowed(command)),
    }
}

/// Opens a village's books with its policy and every account that the village itself owns. They
/// hold one currency for ever.
fn register_village(
    state: &State,
    command: &Command,
    village: &Village,
    policy: &Policy,
    now: Now,
) -> Result<Vec<Effect>, Refusal> {
    if command.village.number() == 0 {
        let (field, max) = ("village".to_owned(), i64::from(u32::MAX));
        return Err(PartyRefusal::NumberRange { field, max }.into());
    }
    if state.villages.get(&command.village).is_some() {
        return Err(PartyRefusal::VillageExists { village: command.village }.into());
    }
    check_name(&village.name)?;
    check_name(&village.name_latin)?;
    check_policy(policy)?;
    if policy.currency() != Some(village.currency) {
        let expected = policy.programme.currency.clone();
        let given = village.currency.code().to_owned();
        return Err(LedgerRefusal::CurrencyMismatch { expected, given }.into());
    }
    let row = Village {
        id: command.village,
        closed_through: None,
        policy_version: policy.version,
        registered_on: now.today,
        ..village.clone()
    };
    let mut effects =
        vec![Effect::VillageRegistered(row), Effect::PolicyAdopted(Box::new(policy.clone()))];
    let own = Code::all().filter(|code| code.row().owner == OwnedBy::Village);
    effects.extend(own.map(|code| Effect::AccountOpened {
        account: AccountKey::village(code),
        currency: village.currency,
        label: String::new(),
    }));
    Ok(effects)
}

/// A new policy has a higher version and the same currency. Paid orders keep their fees (M-23).
fn adopt_policy(state: &State, command: &Command, policy: &Policy) -> Result<Vec<Effect>, Refusal> {
    let current = state.village(command.village).policy_version;
    if policy.version <= current {
        let version = policy.version;
        return Err(PartyRefusal::PolicyNotNewer { current, version }.into());
    }
    check_policy(policy)?;
    let currency = state.village(command.village).currency;
    if policy.currency() != Some(currency) {
        let expected = currency.code().to_owned();
        let given = policy.programme.currency.clone();
        return Err(LedgerRefusal::CurrencyMismatch { expected, given }.into());
    }
    Ok(vec![Effect::PolicyAdopted(Box::new(policy.clone()))])
}

/// Makes a party known, with the accounts of its kind. Its name stays beside the journal, which
/// keeps a digest alone, so that a person can be forgotten.
pub(super) fn register_party(
    state: &State,
    command: &Command,
    party: &Party,
    profile: &Profile,
) -> Result<Vec<Effect>, Refusal> {
    if state.party.get(&party.id).is_some() || party.id.bits() == 0 {
        return Err(PartyRefusal::PartyExists { party: party.id }.into());
    }
    let code = (command.village, CodeOf::Party, party.code.clone());
    if state.code.get(&code).is_some() {
        return Err(PartyRefusal::CodeTaken { taken: party.code.to_string() }.into());
    }
    if !party.certified.is_empty() && party.kind != PartyKind::Agent {
        let expected = PartyKind::Agent;
        return Err(PartyRefusal::WrongKind { expected, party: party.id }.into());
    }
    check_household(state, command, party)?;
    check_name(&profile.name)?;
    check_name(&profile.name_latin)?;
    let currency = state.village(command.village).currency;
    let mut effects = vec![Effect::PartyRegistered {
        party: Party { village: command.village, ..party.clone() },
        profile: Some(profile.clone()),
        profile_digest: profile.digest(),
    }];
    effects.extend(party.kind.accounts().iter().map(|code| Effect::AccountOpened {
        account: AccountKey::party(*code, party.id),
        currency,
        label: party.code.to_string(),
    }));
    Ok(effects)
}

/// Members have a household, agents may have one, nobody else has: it tells who is independent of
/// whom when somebody bears witness or judges (M-30, M-52).
fn check_household(state: &State, command: &Command, party: &Party) -> Result<(), Refusal> {
    let household = match (party.kind, party.household) {
        (PartyKind::Member | PartyKind::Agent, Some(household)) => household,
        (PartyKind::Member, None) | (_, Some(_)) => {
            return Err(PartyRefusal::HouseholdNeeded.into());
        }
        (_, None) => return Ok(()),
    };
    if party_in(state, command, household)?.kind != PartyKind::Household {
        let expected = PartyKind::Household;
        return Err(PartyRefusal::WrongKind { expected, party: household }.into());
    }
    Ok(())
}

/// A PIN that is there is changed only by proof of the old one, so that nobody can make himself the
/// voice of a member (I-11).
fn set_pin(
    state: &State,
    command: &Command,
    (member, pin, proof): (PartyId, &PinSecret, Option<&Proof>),
    now: Now,
) -> Result<Vec<Effect>, Refusal> {
    let kind = party_in(state, command, member)?.kind;
    if !signs_in(kind) {
        let expected = PartyKind::Member;
        return Err(PartyRefusal::WrongKind { expected, party: member }.into());
    }
    // Who forgot what he signs in with gets another on the operator's own machine; a member's PIN
    // is a consent, and nobody replaces that for him.
    let is_reset = kind != PartyKind::Member && command.actor == Actor::System;
    let mut effects = Vec::new();
    if let Some(tries) = state.pin.get(&member).filter(|_| !is_reset) {
        check_unlocked(tries, now)?;
        let proof = proof.filter(|proof| proof.member == member);
        effects.push(Effect::ProofGiven(*proof.ok_or(TillRefusal::OldPinNeeded)?));
    }
    effects.push(Effect::PinSet { member, phc: Some(pin.phc.clone()) });
    Ok(effects)
}

/// Whether parties of this kind sign in: people, and the firms that work with the village.
pub(super) const fn signs_in(kind: PartyKind) -> bool {
    match kind {
        PartyKind::Member
        | PartyKind::Agent
        | PartyKind::Cooperative
        | PartyKind::Supplier
        | PartyKind::Carrier
        | PartyKind::Staff => true,
        PartyKind::Shop | PartyKind::Household | PartyKind::Buyer => false,
    }
}

/// Counts a wrong try. At the last one of the policy, the fifth by default, the PIN locks for 15
/// minutes, and the count begins anew.
fn report_wrong_pin(
    state: &State,
    command: &Command,
    member: PartyId,
    now: Now,
) -> Result<Vec<Effect>, Refusal> {
    party_in(state, command, member)?;
    let unknown = PartyRefusal::PartyUnknown { party: member };
    let tries = state.pin.get(&member).ok_or(unknown)?;
    check_unlocked(tries, now)?;
    let till = &state.policy(command.village).till;
    let wrong = tries.wrong.saturating_add(1);
    let tries = if wrong >= till.pin_tries_max {
        let seconds = till.pin_lock_minutes.saturating_mul(60);
        PinTries { locked_until: Some(now.at.plus_seconds(seconds)), wrong: 0 }
    } else {
        PinTries { locked_until: None, wrong }
    };
    Ok(vec![Effect::PinTried { member, tries }])
}

/// A token that has ended already, or allows nothing, is refused: it would only mislead its owner.
fn issue_token(
    state: &State,
    command: &Command,
    token: &Token,
    now: Now,
) -> Result<Vec<Effect>, Refusal> {
    party_in(state, command, token.party)?;
    if state.token.get(&token.id).is_some() {
        return Err(PartyRefusal::TokenExists { token: token.id }.into());
    }
    if token.expires_at <= now.at || token.scopes.is_empty() {
        return Err(PartyRefusal::TokenUseless.into());
    }
    Ok(vec![Effect::TokenIssued(Token { village: command.village, ..token.clone() })])
}

/// The app has checked what the person typed or scanned. A right PIN clears the count of wrong
/// ones, as it does at the counter.
fn sign_in(
    state: &State,
    command: &Command,
    token: &Token,
    now: Now,
) -> Result<Vec<Effect>, Refusal> {
    let mut effects = issue_token(state, command, token, now)?;
    if let Some(tries) = state.pin.get(&token.party) {
        check_unlocked(tries, now)?;
        if *tries != PinTries::default() {
            let (member, tries) = (token.party, PinTries::default());
            effects.push(Effect::PinTried { member, tries });
        }
    }
    Ok(effects)
}

fn revoke_token(state: &State, command: &Command, token: TokenId) -> Result<Vec<Effect>, Refusal> {
    let known = state.token.get(&token).filter(|(village, _)| *village == command.village);
    known.ok_or(PartyRefusal::TokenUnknown { token })?;
    Ok(vec![Effect::TokenRevoked { token }])
}

/// Refuses while the PIN is locked.
pub(super) fn check_unlocked(tries: &PinTries, now: Now) -> Result<(), Refusal> {
    match tries.locked_until.filter(|until| *until > now.at) {
        Some(locked_until) => Err(TillRefusal::PinLocked { locked_until }.into()),
        None => Ok(()),
    }
}

fn check_policy(policy: &Policy) -> Result<(), Refusal> {
    policy.validate().map_err(|error| PartyRefusal::from(error).into())
}

fn check_name(name: &str) -> Result<(), Refusal> {
    let is_good = !name.trim().is_empty() && name.chars().count() <= NAME_CHARS_MAX;
    if is_good { Ok(()) } else { Err(PartyRefusal::NameLength.into()) }
}
