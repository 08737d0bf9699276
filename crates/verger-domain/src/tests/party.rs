//! Villages, parties, PINs, tokens and policy versions: who exists, and who may do what.

use std::collections::BTreeSet;

use iso_currency::Currency;

use super::world::*;
use super::{Row, assert_refused, samples};
use crate::command::{Actor, Body, Proof};
use crate::effect::Effect;
use crate::id::{PartyId, TokenId};
use crate::ledger::chart::OwnedBy;
use crate::ledger::{AccountId, AccountKey, Code};
use crate::party::{CodeOf, Duty, Module, Office, Party, PartyKind, PinTries, Profile};
use crate::policy::Policy;
use crate::refusal::{LedgerRefusal, PartyRefusal as P, Refusal, TillRefusal as T};
use crate::state::Standing;

const NEW: PartyId = PartyId::from_bits(0x77);

fn register(party: Party, profile: Profile) -> Body {
    Body::RegisterParty { party, profile }
}

/// A registration that goes through unless one thing about it is wrong.
fn newcomer(kind: PartyKind, household: Option<PartyId>) -> Body {
    register(party(NEW, "N01", kind, household), profile("新"))
}

fn set_pin(member: PartyId, proof: Option<Proof>) -> Body {
    Body::SetPin { pin: pin(), member, proof }
}

fn adopt(approved_by: PartyId, version: u32) -> Body {
    let policy = Box::new(Policy { version, ..shipped_policy() });
    Body::AdoptPolicy { approved_by, policy }
}

fn staff(body: Body, refusal: impl Into<Refusal>) -> Row {
    Row::of(by(STAFF), body, refusal)
}

fn invalid(field: &str, problem: &str) -> P {
    P::PolicyInvalid { field: field.to_owned(), problem: problem.to_owned() }
}

fn not_allowed(actor: Actor) -> P {
    P::NotAllowed { actor: actor.to_string() }
}

fn with_token(world: &mut World) {
    world.staff(Body::IssueToken { token: token(1) });
}

/// Five wrong PINs of the member in a row.
pub(super) fn lock_pin(world: &mut World) {
    for _ in 0..5 {
        world.system(Body::ReportWrongPin { member: MEMBER });
    }
}

pub(super) fn rows() -> Vec<Row> {
    let party = [party_rows(), pin_rows(), token_rows()];
    let village = [village_rows(), two_person_rows(), move_rows()];
    village.into_iter().chain(party).flatten().collect()
}

fn village_rows() -> Vec<Row> {
    let third = crate::id::VillageId::new(3);
    let open = |change: fn(&mut crate::party::Village)| {
        let (policy, mut village) = (Box::new(shipped_policy()), village_row(third, "XYZ"));
        change(&mut village);
        Body::RegisterVillage { policy, village }
    };
    let system = |body, refusal: Refusal| Row::of(Actor::System, body, refusal).in_village(third);
    let (expected, given) = ("CNY".to_owned(), "EUR".to_owned());
    let mismatch = LedgerRefusal::CurrencyMismatch { expected, given };
    let exists = P::VillageExists { village: VILLAGE };
    let unknown = P::VillageUnknown { village: third };
    let zero = crate::id::VillageId::new(0);
    let range = P::NumberRange { field: "village".to_owned(), max: i64::from(u32::MAX) };
    let broken = |change: fn(&mut Policy), name: &str| {
        let (mut policy, mut village) = (Box::new(shipped_policy()), village_row(third, "XYZ"));
        change(&mut policy);
        village.name = name.to_owned();
        Body::RegisterVillage { policy, village }
    };
    let no_version = invalid("version", "is 0, should be 1 or more");
    let no_currency = invalid("programme.currency", "is not an ISO 4217 code such as CNY");
    let mut rows = vec![
        Row::of(Actor::System, open(|_| ()), exists.clone()),
        Row::of(Actor::System, open(|v| v.name.clear()), exists),
        // The number of the command counts, not that of the row, and comes before all else.
        Row::of(Actor::System, open(|_| ()), range.clone()).in_village(zero),
        Row::of(Actor::System, open(|v| v.name.clear()), range).in_village(zero),
        system(broken(|p| p.version = 0, "桃家庄"), no_version.into()),
        // A name comes before the policy, the policy before the currency.
        system(broken(|p| p.version = 0, ""), P::NameLength.into()),
        system(broken(|p| p.programme.currency = "XX".to_owned(), "桃家庄"), no_currency.into()),
        system(open(|v| v.name = "  ".to_owned()), P::NameLength.into()),
        system(open(|v| v.name_latin = "x".repeat(201)), P::NameLength.into()),
        system(open(|v| v.currency = Currency::EUR), mismatch.into()),
        Row::of(by(STAFF), open(|_| ()), P::PartyUnknown { party: STAFF }).in_village(third),
        Row::of(by(STAFF), open(|_| ()), not_allowed(by(STAFF))),
    ];
    // Where there is no village nothing else is looked at.
    rows.extend(samples::bodies().into_iter().filter_map(|body| {
        let is_first = matches!(body, Body::RegisterVillage { .. });
        (!is_first).then(|| Row::of(by(NOBODY), body, unknown.clone()).in_village(third))
    }));
    rows
}

fn two_person_rows() -> Vec<Row> {
    let not_newer = |version| P::PolicyNotNewer { current: 1, version };
    let (expected, given) = ("CNY".to_owned(), "USD".to_owned());
    let mismatch = LedgerRefusal::CurrencyMismatch { expected, given };
    let changed = |change: fn(&mut Policy)| {
        let mut policy = Box::new(Policy { version: 2, ..shipped_policy() });
        change(&mut policy);
        Body::AdoptPolicy { approved_by: SECOND_STAFF, policy }
    };
    let dollars = changed(|p| p.programme.currency = "USD".to_owned());
    let too_much = changed(|p| p.ledger.amount_minor_max = 1_000_000_000_000_001);
    let limit = "is 1000000000000001, should be at most 1000000000000000";
    let strange = changed(|p| p.programme.currency = "XX".to_owned());
    let no_currency = invalid("programme.currency", "is not an ISO 4217 code such as CNY");
    let reverse = |approved_by| Body::Reverse { approved_by, reason: String::new(), seq: 1 };
    let far = P::PartyUnknown { party: FAR_STAFF };
    vec![
        staff(adopt(SECOND_STAFF, 1), not_newer(1)),
        staff(adopt(SECOND_STAFF, 0), not_newer(0)),
        staff(dollars, mismatch),
        staff(too_much.clone(), invalid("ledger.amount_minor_max", limit)),
        // A policy is checked only when it is newer, and before its currency is compared.
        staff(too_much, P::PolicyNotNewer { current: 2, version: 2 }).given(|world| {
            world.adopt(|_| ());
        }),
        staff(strange, no_currency),
        staff(adopt(STAFF, 2), P::SecondPersonNeeded),
        staff(reverse(STAFF), P::SecondPersonNeeded),
        Row::of(Actor::System, adopt(SECOND_STAFF, 2), P::SecondPersonNeeded),
        Row::of(Actor::System, reverse(SECOND_STAFF), P::SecondPersonNeeded),
        staff(adopt(AGENT, 2), P::SecondPersonNeeded),
        staff(reverse(MEMBER), P::SecondPersonNeeded),
        // Who only looks does not agree to a change either.
        staff(adopt(NEW, 2), P::SecondPersonNeeded).given(|world| {
            let mut auditor = party(NEW, "AU", PartyKind::Staff, None);
            auditor.duty.office = Some(Office::Auditor);
            world.staff(register(auditor, profile("查")));
        }),
        // Who is suspended decides nothing, and agrees to nothing.
        staff(adopt(SECOND_STAFF, 2), P::SecondPersonNeeded).given(|world| {
            let duty = Duty { is_suspended: true, ..Duty::default() };
            let certified = BTreeSet::new();
            world.staff(Body::Certify { agent: SECOND_STAFF, certified, duty });
        }),
        Row::of(by(SECOND_STAFF), adopt(STAFF, 2), not_allowed(by(SECOND_STAFF))).given(|world| {
            let duty = Duty { is_suspended: true, ..Duty::default() };
            let certified = BTreeSet::new();
            world.staff(Body::Certify { agent: SECOND_STAFF, certified, duty });
        }),
        Row::of(by(AGENT), adopt(STAFF, 2), not_allowed(by(AGENT))),
        staff(adopt(FAR_STAFF, 2), far.clone()),
        Row::of(by(FAR_STAFF), reverse(STAFF), far),
    ]
}

// A village never enters or leaves a cell through a lane, not even by the system.
fn move_rows() -> Vec<Row> {
    let is_move = |body: &Body| matches!(body, Body::LeaveCell { .. } | Body::EnterCell { .. });
    let moves = samples::bodies().into_iter().filter(is_move);
    moves.map(|body| Row::of(Actor::System, body, P::WrongCell)).collect()
}

fn party_rows() -> Vec<Row> {
    let exists = |party| P::PartyExists { party };
    let taken = |taken: &str| P::CodeTaken { taken: taken.to_owned() };
    let kind = |expected, party| P::WrongKind { expected, party };
    let with_code = |id, code| register(party(id, code, PartyKind::Household, None), profile("新"));
    let named = |name: &str, latin: &str| {
        let name_latin = latin.to_owned();
        let profile = Profile { name_latin, ..profile(name) };
        register(party(NEW, "N01", PartyKind::Household, None), profile)
    };
    let mut trained = party(NEW, "N01", PartyKind::Member, None);
    trained.certified.insert(Module::M1);
    let zero = PartyId::from_bits(0);
    vec![
        staff(with_code(HOUSE, "N01"), exists(HOUSE)),
        staff(with_code(FAR_HOUSE, "N01"), exists(FAR_HOUSE)),
        staff(with_code(zero, "N01"), exists(zero)),
        staff(with_code(HOUSE, "H02"), exists(HOUSE)),
        staff(with_code(NEW, "H01"), taken("H01")),
        // The training comes before the household that is missing too.
        staff(register(trained, profile("新")), kind(PartyKind::Agent, NEW)),
        staff(newcomer(PartyKind::Member, None), P::HouseholdNeeded),
        staff(newcomer(PartyKind::Shop, Some(HOUSE)), P::HouseholdNeeded),
        staff(newcomer(PartyKind::Household, Some(HOUSE)), P::HouseholdNeeded),
        staff(newcomer(PartyKind::Member, Some(SHOP)), kind(PartyKind::Household, SHOP)),
        staff(newcomer(PartyKind::Agent, Some(MEMBER)), kind(PartyKind::Household, MEMBER)),
        staff(newcomer(PartyKind::Member, Some(NOBODY)), P::PartyUnknown { party: NOBODY }),
        staff(newcomer(PartyKind::Member, Some(FAR_HOUSE)), P::PartyUnknown { party: FAR_HOUSE }),
        staff(named("", "Latin"), P::NameLength),
        staff(named(" \u{3000}\t", "Latin"), P::NameLength),
        staff(named(&"桃".repeat(201), "Latin"), P::NameLength),
        staff(named("新", ""), P::NameLength),
    ]
}

fn pin_rows() -> Vec<Row> {
    let kind = |party| P::WrongKind { expected: PartyKind::Member, party };
    let unknown = |party| P::PartyUnknown { party };
    let locked_until = World::new().later(15 * 60);
    let locked = T::PinLocked { locked_until };
    let report =
        |member, refusal: Refusal| Row::of(Actor::System, Body::ReportWrongPin { member }, refusal);
    let own_proof = || set_pin(MEMBER, Some(proof(MEMBER)));
    let system = |body, refusal: T| Row::of(Actor::System, body, refusal);
    vec![
        staff(set_pin(NOBODY, None), unknown(NOBODY)),
        staff(set_pin(FAR_MEMBER, None), unknown(FAR_MEMBER)),
        staff(set_pin(HOUSE, None), kind(HOUSE)),
        staff(set_pin(SHOP, None), kind(SHOP)),
        staff(set_pin(MEMBER, None), T::OldPinNeeded),
        // Another member's proof is no proof, not even one of the same household.
        staff(set_pin(MEMBER, Some(proof(KIN))), T::OldPinNeeded),
        staff(set_pin(MEMBER, Some(proof(CHILD))), T::OldPinNeeded),
        // A locked PIN proves nothing to anyone, not even by its owner's proof.
        staff(own_proof(), locked.clone()).given(lock_pin),
        Row::of(by(AGENT), own_proof(), locked.clone()).given(lock_pin),
        system(own_proof(), locked.clone()).given(lock_pin),
        // The lock comes before the question whose proof it is.
        staff(set_pin(MEMBER, None), locked.clone()).given(lock_pin),
        staff(set_pin(MEMBER, Some(proof(KIN))), locked.clone()).given(lock_pin),
        // Who sets a PIN without proof is staff: the agent is told so before all else.
        Row::of(by(AGENT), set_pin(MEMBER, None), not_allowed(by(AGENT))),
        Row::of(by(AGENT), set_pin(CHILD, None), not_allowed(by(AGENT))),
        Row::of(by(AGENT), set_pin(NOBODY, None), not_allowed(by(AGENT))),
        report(NOBODY, unknown(NOBODY).into()),
        report(FAR_MEMBER, unknown(FAR_MEMBER).into()),
        report(CHILD, unknown(CHILD).into()),
        report(MEMBER, locked.into()).given(lock_pin),
    ]
}

fn token_rows() -> Vec<Row> {
    let first = TokenId::from_bits(1);
    let unknown = P::TokenUnknown { token: first };
    let revoke = Body::RevokeToken { token: first };
    let issue = |change: fn(&mut crate::party::Token)| {
        let mut token = token(1);
        change(&mut token);
        Body::IssueToken { token }
    };
    let now = issue(|token| token.expires_at = World::new().now().at);
    let far = P::PartyUnknown { party: FAR_STAFF };
    let exists = P::TokenExists { token: first };
    vec![
        staff(issue(|token| token.party = FAR_STAFF), far),
        staff(issue(|_| ()), exists.clone()).given(with_token),
        staff(issue(|token| token.scopes.clear()), exists).given(with_token),
        staff(now, P::TokenUseless),
        staff(issue(|token| token.scopes.clear()), P::TokenUseless),
        staff(revoke.clone(), unknown.clone()),
        staff(revoke.clone(), unknown.clone()).given(|world| {
            with_token(world);
            world.staff(Body::RevokeToken { token: TokenId::from_bits(1) });
        }),
        Row::of(by(FAR_STAFF), revoke, unknown).in_village(ELSEWHERE).given(with_token),
    ]
}

/// Goal: registrations refuse what they must; what is of another village is unknown here.
/// Method: one row per refusal and per pair of checks whose order matters.
#[test]
fn refusals() {
    assert_refused(rows());
}

/// Who may send a command at all, beside the system, in this order: staff, trained agent, new
/// agent, clock. No other kind of party may send anything.
fn may_send(body: &Body) -> [bool; 4] {
    const NOBODY_ELSE: [bool; 4] = [false; 4];
    const STAFF_ONLY: [bool; 4] = [true, false, false, false];
    const STAFF_AND_AGENTS: [bool; 4] = [true, true, true, false];
    match body {
        Body::RegisterVillage { .. }
        | Body::ReceiveMoney { .. }
        | Body::ReportWrongPin { .. }
        | Body::SignIn { .. }
        | Body::LeaveCell { .. }
        | Body::EnterCell { .. } => NOBODY_ELSE,
        Body::ExpireHold { .. } => [false, false, false, true],
        Body::AdoptPolicy { .. }
        | Body::Reverse { .. }
        | Body::IssueToken { .. }
        | Body::RevokeToken { .. }
        | Body::OpenAccount { .. }
        | Body::Post { .. }
        | Body::PlaceHold { .. }
        | Body::PostHold { .. }
        | Body::VoidHold { .. }
        | Body::SetPin { proof: None, .. }
        | Body::CloseMonth { .. } => STAFF_ONLY,
        // A child of the fixture has no PIN yet: then no proof makes an agent the one to set it.
        Body::SetPin { member, .. } if *member == CHILD => STAFF_ONLY,
        Body::RegisterParty { .. } | Body::SetPin { proof: Some(_), .. } => STAFF_AND_AGENTS,
        Body::CashIn { .. } | Body::CashOut { .. } | Body::SendMoney { .. } => {
            [false, true, true, false]
        }
        // Who may do what in the market depends on the subject: `market` has the rows.
        _ => unreachable!("a command of the market"),
    }
}

/// Goal: each command has its senders, and everyone else is told no before anything is looked at.
/// Method: every command by every kind of actor; only the answer "not for you" is looked for.
#[test]
fn every_command_has_its_senders() {
    let base = World::new();
    let first_pin = set_pin(CHILD, None);
    let others = [SHOP, HOUSE, MEMBER, COOPERATIVE, SUPPLIER].map(by);
    for body in samples::own_bodies().into_iter().chain([first_pin]) {
        let mut is_refused = |actor: Actor| {
            let answer = base.clone().submit(actor, body.clone());
            let no = Refusal::from(not_allowed(actor));
            // Two people are needed where the clock or the system has no second one.
            let alone = Refusal::from(P::SecondPersonNeeded);
            let is_person = matches!(actor, Actor::Party(_));
            answer == Err(no) || (!is_person && answer == Err(alone))
        };
        let senders = [by(STAFF), by(AGENT), by(NOVICE), Actor::Clock];
        let allowed = senders.map(|actor| !is_refused(actor));
        assert_eq!(allowed, may_send(&body), "{body:?}");
        assert!(others.into_iter().all(&mut is_refused), "{body:?}");
        let is_counter = matches!(body.kind(), "cash_in" | "cash_out" | "send_money");
        let is_for_people = is_counter || matches!(body.kind(), "adopt_policy" | "reverse");
        let is_for_clock = body.kind() == "expire_hold";
        assert_eq!(is_refused(Actor::System), is_for_people || is_for_clock, "{body:?}");
    }
}

/// Goal: a new village has its policy, all its own accounts and nothing else, whatever the
/// command claimed about its past.
/// Method: the row and the accounts after registration with a forged close and joining day.
#[test]
fn a_village_starts_with_its_own_accounts() {
    let world = World::new();
    let village = world.state.village(VILLAGE);
    assert_eq!((village.closed_through, village.policy_version), (None, 1));
    assert_eq!(village.registered_on.to_string(), "2026-07-20");
    let own = Code::all().filter(|code| code.row().owner == OwnedBy::Village);
    for code in own {
        let account = world.account(AccountKey::village(code));
        assert_eq!((account.balance_minor(), account.currency), (0, Currency::CNY), "{code}");
    }
    assert_eq!(world.state.policy(VILLAGE), &shipped_policy());
}

/// Goal: each kind of party gets exactly its accounts, a standing and its code.
/// Method: one new party of each kind; the accounts that its id owns.
#[test]
fn a_party_gets_the_accounts_of_its_kind() {
    for kind in PartyKind::ALL {
        let mut world = World::new();
        let household = (kind == PartyKind::Member).then_some(HOUSE);
        let record = world.staff(newcomer(kind, household));
        let is_new = |id: &AccountId| id.key.owner == NEW.bits() && id.village == VILLAGE;
        let accounts = world.state.account.iter().filter(|(id, _)| is_new(id));
        let opened: Vec<_> = accounts.map(|(id, account)| (id.key.code, &account.label)).collect();
        let label = "N01".to_owned();
        let mut expected: Vec<_> = kind.accounts().iter().map(|code| (*code, &label)).collect();
        expected.sort();
        assert_eq!(opened, expected, "{kind:?}");
        assert_eq!(record.effects.len(), 1 + opened.len());
        assert_eq!(world.state.standing.get(&NEW), Some(&(VILLAGE, Standing::default())));
        let code = (VILLAGE, CodeOf::Party, "N01".parse().unwrap());
        assert_eq!(world.state.code.get(&code), Some(&NEW.bits()));
    }
}

/// Goal: what is registered is of the village of the command, and the name stays out of the text.
/// Method: a party and a token that claim another village; the text of the record.
#[test]
fn registrations_belong_to_the_commands_village() {
    let mut world = World::new();
    let claimed = Party { village: ELSEWHERE, ..party(NEW, "N01", PartyKind::Buyer, None) };
    let record = world.staff(register(claimed, profile("王小桃")));
    assert_eq!(world.state.party.get(&NEW).unwrap().village, VILLAGE);
    assert_eq!(world.state.profile.get(&NEW).unwrap().name, "王小桃");
    let text = serde_json::to_string(&record).unwrap();
    assert!(!text.contains("王小桃") && text.contains("profile_digest"), "{text}");

    let mut claimed = token(1);
    claimed.village = ELSEWHERE;
    world.staff(Body::IssueToken { token: claimed });
    let (village, row) = world.state.token.get(&TokenId::from_bits(1)).unwrap();
    assert_eq!((*village, row.village), (VILLAGE, VILLAGE));
}

/// Goal: the limits themselves are allowed, and codes are unique per noun and village only.
/// Method: the longest name, and a party's code in another village.
#[test]
fn limits_are_inclusive() {
    let mut world = World::new();
    let long = profile(&"桃".repeat(200));
    world.staff(register(party(NEW, "N01", PartyKind::Buyer, None), long));
    let body =
        register(party(PartyId::from_bits(0x78), "N01", PartyKind::Buyer, None), profile("新"));
    world.submit_in(ELSEWHERE, by(FAR_STAFF), body).unwrap();
}

/// Goal: a newer policy rules from its record on, for its village alone.
/// Method: adopt a lower largest amount; a posting above it is refused here and not elsewhere.
#[test]
fn a_newer_policy_rules_at_once() {
    let mut world = World::new();
    world.fund(WALLET, 500);
    world.adopt(|policy| policy.ledger.amount_minor_max = 499);
    assert_eq!(world.state.village(VILLAGE).policy_version, 2);
    let large = LedgerRefusal::AmountTooLarge { amount_minor: 500, max_minor: 499 };
    let lines = [(BANK, 500), (ESCROW, -500)];
    assert_eq!(world.submit(by(STAFF), post(&lines)), Err(large.into()));
    world.submit_in(ELSEWHERE, by(FAR_STAFF), post(&lines)).unwrap();
}

/// Goal: guessing a PIN locks it at the fifth wrong try, for fifteen minutes and not longer.
/// Method: the count after each try, the lock to its last second, then a fresh count.
#[test]
fn wrong_pins_lock_for_a_while() {
    let mut world = World::new();
    let body = Body::ReportWrongPin { member: MEMBER };
    let tries = |world: &World| *world.state.pin.get(&MEMBER).unwrap();
    for wrong in 1..=4 {
        world.system(body.clone());
        assert_eq!(tries(&world), PinTries { locked_until: None, wrong });
    }
    let locked_until = world.later(900);
    let record = world.system(body.clone());
    let locked = PinTries { locked_until: Some(locked_until), wrong: 0 };
    assert_eq!(record.effects, [Effect::PinTried { member: MEMBER, tries: locked }]);

    world.wait(899);
    let answer = world.submit(Actor::System, body.clone());
    assert_eq!(answer, Err(T::PinLocked { locked_until }.into()));
    assert_eq!(tries(&world), locked);
    world.wait(1);
    world.system(body);
    assert_eq!(tries(&world), PinTries { locked_until: None, wrong: 1 });
    assert_eq!(*world.state.pin.get(&KIN).unwrap(), PinTries::default());
}

/// Goal: a sign-in makes a session and clears the count of wrong tries; a locked PIN lets nobody in.
/// Method: a wrong try before it, then a lock.
#[test]
fn a_sign_in_clears_wrong_tries() {
    let mut world = World::new();
    world.system(Body::ReportWrongPin { member: MEMBER });
    let mut session = token(1);
    session.party = MEMBER;
    let body = Body::SignIn { token: session.clone() };
    let record = world.system(body);
    let cleared = Effect::PinTried { member: MEMBER, tries: PinTries::default() };
    assert_eq!(record.effects, [Effect::TokenIssued(session), cleared]);
    let record = world.system(Body::SignIn { token: token(2) });
    assert_eq!(record.effects, [Effect::TokenIssued(token(2))]);
    lock_pin(&mut world);
    let mut session = token(3);
    session.party = MEMBER;
    let locked_until = world.later(15 * 60);
    let answer = world.submit(Actor::System, Body::SignIn { token: session });
    assert_eq!(answer, Err(T::PinLocked { locked_until }.into()));
}

/// Goal: whoever works here gets another PIN from the operator's machine; a member's consent is
/// nobody's to replace.
/// Method: a first and a second PIN of each by the system, without a proof.
#[test]
fn a_forgotten_password_is_replaced_by_the_operator() {
    let mut world = World::new();
    for person in [STAFF, AGENT, COOPERATIVE, SUPPLIER] {
        world.system(set_pin(person, None));
        let other = world.submit(by(STAFF), set_pin(person, None));
        assert_eq!(other, Err(T::OldPinNeeded.into()));
        world.system(set_pin(person, None));
    }
    let answer = world.submit(Actor::System, set_pin(MEMBER, None));
    assert_eq!(answer, Err(T::OldPinNeeded.into()));
}

/// Goal: the first PIN needs no proof, a new one needs the old; the hash stays out of the text.
/// Method: a first PIN by the staff, then another with the member's own proof by each who may.
#[test]
fn a_new_pin_needs_the_old() {
    let mut world = World::new();
    let phc = Some(pin().phc);
    let set = Effect::PinSet { member: CHILD, phc: phc.clone() };
    let first = world.staff(set_pin(CHILD, None));
    assert_eq!(first.effects, std::slice::from_ref(&set));
    assert_eq!(world.state.pin_phc.get(&CHILD), phc.as_ref());
    world.system(Body::ReportWrongPin { member: CHILD });
    let proved = set_pin(CHILD, Some(proof(CHILD)));
    let second = world.submit(by(AGENT), proved.clone()).unwrap();
    let again = [Effect::ProofGiven(proof(CHILD)), set];
    assert_eq!(second.effects, again);
    for actor in [by(STAFF), Actor::System] {
        assert_eq!(world.submit(actor, proved.clone()).unwrap().effects, again);
    }
    assert_eq!(*world.state.pin.get(&CHILD).unwrap(), PinTries::default());
    assert!(!serde_json::to_string(&second).unwrap().contains("argon2id"));
}

/// Goal: a token comes into force and ends. Method: issue, revoke, issue under a new id.
#[test]
fn tokens_come_and_go() {
    let mut world = World::new();
    with_token(&mut world);
    let id = TokenId::from_bits(1);
    assert_eq!(world.state.token.get(&id), Some(&(VILLAGE, token(1))));
    let record = world.staff(Body::RevokeToken { token: id });
    assert_eq!(record.effects, [Effect::TokenRevoked { token: id }]);
    assert_eq!(world.state.token.get(&id), None);
    world.staff(Body::IssueToken { token: token(2) });
}

/// Goal: no agent sets a first PIN, whatever proof he claims to have (I-11).
/// Method: an agent with a proof for a member who has no PIN yet; then the staff.
#[test]
fn no_agent_sets_a_first_pin() {
    let mut world = World::new();
    let claimed = proof(CHILD);
    let refused = world.submit(by(AGENT), set_pin(CHILD, Some(claimed))).unwrap_err();
    assert_eq!(refused.code(), "not_allowed");
    assert!(world.state.pin.get(&CHILD).is_none());
    world.staff(set_pin(CHILD, None));
    assert!(world.state.pin.get(&CHILD).is_some());
}
