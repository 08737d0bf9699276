//! One sample of every effect, refusal and command. `journal` checks that none is missing.

use std::collections::BTreeSet;

use iso_currency::Currency;

use super::world::*;
use super::{credit, market};
use crate::command::{Body, Evidence, EvidenceKind};
use crate::effect::{Effect, Message, Timer, TimerKind};
use crate::id::{CellId, OrderId, TokenId, VillageId};
use crate::ledger::Leg;
use crate::party::{Module, PartyKind, PinTries};
use crate::refusal::{LedgerRefusal as L, PartyRefusal as P, Refusal, TillRefusal as T};
use crate::time::Instant;

fn cell() -> CellId {
    CellId::new(31).unwrap()
}

fn evidence(good: bool, kind: EvidenceKind) -> Evidence {
    let (is_counter, order) = (!good, good.then(|| OrderId::from_bits(7)));
    let (counterparty, member, value_minor) = (HOME, HOUSE, 900);
    Evidence { counterparty, good, is_counter, kind, member, order, value_minor }
}

/// At least one effect of every variant, with every kind of value in it.
pub(super) fn effects() -> Vec<Effect> {
    let at = Instant::from_micros(1_784_505_600_000_000);
    let timer = Timer { due_at: at, kind: TimerKind::ExpireHold, subject: u128::MAX };
    let mut agent = party(AGENT, "A01", PartyKind::Agent, Some(HOME));
    agent.certified = BTreeSet::from([Module::M6, Module::M1, Module::M4]);
    let registered = |party| Effect::PartyRegistered {
        party,
        profile: Some(profile("王")),
        profile_digest: profile("王").digest(),
    };
    let odd = "quote \" backslash \\ 桃 \u{7}".to_owned();
    vec![
        Effect::VillageRegistered(village_row(VILLAGE, "TJZ")),
        Effect::PolicyAdopted(Box::new(shipped_policy())),
        registered(party(HOUSE, "H01", PartyKind::Household, None)),
        registered(agent),
        Effect::PinSet { member: MEMBER, phc: Some(pin().phc) },
        Effect::PinTried { member: MEMBER, tries: PinTries { locked_until: None, wrong: 4 } },
        Effect::PinTried { member: MEMBER, tries: PinTries { locked_until: Some(at), wrong: 0 } },
        Effect::ProofGiven(proof(MEMBER)),
        Effect::TokenIssued(token(1)),
        Effect::TokenRevoked { token: TokenId::from_bits(u128::MAX) },
        Effect::AccountOpened { account: ESCROW, currency: Currency::CNY, label: odd.clone() },
        Effect::Posted {
            effective_on: "2026-07-20".parse().unwrap(),
            legs: vec![Leg(BANK, i64::MAX, i64::MAX), Leg(WALLET, -i64::MAX, i64::MIN)],
            purpose: odd.clone(),
        },
        Effect::EvidenceWritten(evidence(true, EvidenceKind::Sale)),
        Effect::EvidenceWritten(evidence(false, EvidenceKind::Purchase)),
        Effect::HoldPlaced {
            amount_minor: 5,
            credit: ESCROW,
            debit: WALLET,
            expires_at: at,
            hold: hold(1),
        },
        Effect::HoldPosted { amount_minor: 5, hold: hold(1) },
        Effect::HoldVoided { hold: hold(1) },
        Effect::HoldExpired { hold: hold(1) },
        Effect::TimerSet(timer),
        Effect::TimerCleared(timer),
        Effect::Reversed { reason: odd, seq: u64::MAX },
        Effect::MonthClosed { closing_hash: [0xab; 32], month: month("2026-07") },
        Effect::MessageQueued(Message::ReceiveMoney {
            amount_minor: 5,
            from: HOUSE,
            to: FAR_HOUSE,
            to_village: ELSEWHERE,
        }),
        Effect::CellLeft { snapshot: [1; 32], to: cell() },
        Effect::CellEntered { from: cell(), left_at_seq: 9, snapshot: [2; 32] },
    ]
    .into_iter()
    .chain(market::samples::effects())
    .chain(super::trust::samples::effects())
    .chain(credit::samples::effects())
    .collect()
}

/// A refusal, its code, its details as text and the field it is about.
pub(super) type RefusalSample = (Refusal, &'static str, &'static str, Option<&'static str>);

/// Every refusal.
pub(super) fn refusals() -> Vec<Refusal> {
    let declined = credit::samples::declined_refusal().into();
    refusal_samples().into_iter().map(|(refusal, ..)| refusal).chain([declined]).collect()
}

/// Every refusal, with all that it says.
pub(super) fn refusal_samples() -> Vec<RefusalSample> {
    let ledger = amount_samples().into_iter().chain(book_samples());
    let ledger = ledger.map(|(no, code, details, field)| (no.into(), code, details, field));
    let party = party_samples().into_iter();
    let party = party.map(|(no, code, details, field)| (no.into(), code, details, field));
    let till = till_samples().into_iter();
    let till = till.map(|(no, code, details, field)| (no.into(), code, details, field));
    let market = market::samples::refusals().into_iter();
    let market = market.map(|(no, code, details, field)| (no.into(), code, details, field));
    let credit = credit::samples::refusals().into_iter();
    let credit = credit.map(|(no, code, details, field)| (no.into(), code, details, field));
    ledger.chain(party).chain(till).chain(market).chain(credit).collect()
}

type Sample<R> = (R, &'static str, &'static str, Option<&'static str>);

fn amount_samples() -> Vec<Sample<L>> {
    let hold = hold(1);
    let one = "amount_minor";
    vec![
        (
            L::LineCount { count: 1, max: 4096 },
            "line_count",
            r#"{"count":1,"max":4096}"#,
            Some("lines"),
        ),
        (L::AmountZero, "amount_zero", "{}", Some(one)),
        (
            L::AmountNegative { amount_minor: -5 },
            "amount_negative",
            r#"{"amount_minor":-5}"#,
            Some(one),
        ),
        (
            L::AmountTooLarge { amount_minor: 6, max_minor: 5 },
            "amount_too_large",
            r#"{"amount_minor":6,"max_minor":5}"#,
            Some(one),
        ),
        (
            L::NotBalanced { off_by_minor: 1 },
            "not_balanced",
            r#"{"off_by_minor":1}"#,
            Some("lines"),
        ),
        (
            L::SameAccount { account: BANK },
            "same_account",
            r#"{"account":"1010"}"#,
            Some("account"),
        ),
        (
            L::AccountUnknown { account: WALLET },
            "account_unknown",
            r#"{"account":"2010:00000000000000000000000000000011"}"#,
            Some("account"),
        ),
        (
            L::AccountExists { account: BANK },
            "account_exists",
            r#"{"account":"1010"}"#,
            Some("account"),
        ),
        (
            L::AccountNotOpenable { account: BANK },
            "account_not_openable",
            r#"{"account":"1010"}"#,
            Some("account"),
        ),
        (
            L::InsufficientAvailable { account: BANK, available_minor: 7 },
            "insufficient_available",
            r#"{"account":"1010","available_minor":7}"#,
            Some(one),
        ),
        (L::OutOfRange { account: BANK }, "out_of_range", r#"{"account":"1010"}"#, Some(one)),
        (
            L::ExceedsPending { held_minor: 5, hold },
            "exceeds_pending",
            r#"{"held_minor":5,"hold":"hold_00000000000000000000000000000001"}"#,
            Some(one),
        ),
    ]
}

const HOLD_1: &str = r#"{"hold":"hold_00000000000000000000000000000001"}"#;

fn book_samples() -> Vec<Sample<L>> {
    let hold = hold(1);
    let day = |text: &str| text.parse().unwrap();
    let (expected, given) = ("CNY".to_owned(), "EUR".to_owned());
    vec![
        (
            L::CurrencyMismatch { expected, given },
            "currency_mismatch",
            r#"{"expected":"CNY","given":"EUR"}"#,
            Some("currency"),
        ),
        (
            L::EffectiveInFuture { effective_on: day("2026-07-21"), today: day("2026-07-20") },
            "effective_in_future",
            r#"{"effective_on":"2026-07-21","today":"2026-07-20"}"#,
            Some("effective_on"),
        ),
        (
            L::PeriodClosed { closed_through: month("2026-07"), effective_on: day("2026-07-21") },
            "period_closed",
            r#"{"closed_through":"2026-07","effective_on":"2026-07-21"}"#,
            Some("effective_on"),
        ),
        (
            L::EffectiveTooOld { days_max: 30, effective_on: day("2026-07-21") },
            "effective_too_old",
            r#"{"days_max":30,"effective_on":"2026-07-21"}"#,
            Some("effective_on"),
        ),
        (L::HoldExists { hold }, "hold_exists", HOLD_1, Some("hold")),
        (L::HoldTime { seconds_max: 9 }, "hold_time", r#"{"seconds_max":9}"#, Some("expires_at")),
        (L::HoldUnknown { hold }, "hold_unknown", HOLD_1, Some("hold")),
        (L::AlreadyPosted { hold }, "already_posted", HOLD_1, None),
        (L::AlreadyVoided { hold }, "already_voided", HOLD_1, None),
        (L::AlreadyExpired { hold }, "already_expired", HOLD_1, None),
        (L::HoldOverdue { hold }, "hold_overdue", HOLD_1, None),
        (L::RecordUnknown { seq: 9 }, "record_unknown", r#"{"seq":9}"#, Some("seq")),
        (
            L::AlreadyReversed { by_seq: 10, seq: 9 },
            "already_reversed",
            r#"{"by_seq":10,"seq":9}"#,
            Some("seq"),
        ),
        (
            L::MonthNotNext { next: month("2026-07") },
            "month_not_next",
            r#"{"next":"2026-07"}"#,
            Some("month"),
        ),
        (
            L::MonthNotOver { month: month("2026-07") },
            "month_not_over",
            r#"{"month":"2026-07"}"#,
            Some("month"),
        ),
        (
            L::TrialBalanceOff { off_by_minor: -1 },
            "trial_balance_off",
            r#"{"off_by_minor":-1}"#,
            None,
        ),
    ]
}

const PARTY_17: &str = r#"{"party":"party_00000000000000000000000000000011"}"#;
const TOKEN_1: &str = r#"{"token":"token_00000000000000000000000000000001"}"#;

fn party_samples() -> Vec<Sample<P>> {
    let (party, village) = (HOUSE, VillageId::new(3));
    let token = TokenId::from_bits(1);
    let field = "price_minor".to_owned();
    vec![
        (P::VillageUnknown { village }, "village_unknown", r#"{"village":3}"#, Some("village")),
        (P::VillageExists { village }, "village_exists", r#"{"village":3}"#, Some("village")),
        (
            P::PolicyInvalid { field: "version".to_owned(), problem: "is 0".to_owned() },
            "policy_invalid",
            r#"{"field":"version","problem":"is 0"}"#,
            Some("policy"),
        ),
        (
            P::PolicyNotNewer { current: 2, version: 1 },
            "policy_not_newer",
            r#"{"current":2,"version":1}"#,
            Some("version"),
        ),
        (P::SecondPersonNeeded, "second_person_needed", "{}", Some("approved_by")),
        (P::NotAllowed { actor: "clock".to_owned() }, "not_allowed", r#"{"actor":"clock"}"#, None),
        (P::PartyUnknown { party }, "party_unknown", PARTY_17, Some("party")),
        (P::PartyExists { party }, "party_exists", PARTY_17, Some("party")),
        (
            P::CodeTaken { taken: "H01".to_owned() },
            "code_taken",
            r#"{"taken":"H01"}"#,
            Some("code"),
        ),
        (
            P::WrongKind { expected: PartyKind::Household, party },
            "wrong_kind",
            r#"{"expected":"household","party":"party_00000000000000000000000000000011"}"#,
            Some("party"),
        ),
        (P::HouseholdNeeded, "household_needed", "{}", Some("household")),
        (P::NameLength, "name_length", "{}", Some("name")),
        (
            P::NumberRange { field, max: 9 },
            "number_range",
            r#"{"field":"price_minor","max":9}"#,
            None,
        ),
        (P::TokenUnknown { token }, "token_unknown", TOKEN_1, Some("token")),
        (P::TokenExists { token }, "token_exists", TOKEN_1, Some("token")),
        (P::TokenUseless, "token_useless", "{}", Some("token")),
        (P::WrongCell, "wrong_cell", "{}", None),
    ]
}

fn till_samples() -> Vec<Sample<T>> {
    let locked_until = Instant::from_micros(7);
    let module = Module::M1;
    vec![
        (T::NeedsModule { module }, "needs_module", r#"{"module":"M1"}"#, None),
        (T::OwnHousehold, "own_household", "{}", None),
        (T::ProofNotTheirs, "proof_not_theirs", "{}", Some("member")),
        (T::PinLocked { locked_until }, "pin_locked", r#"{"locked_until":7}"#, Some("pin")),
        (T::OldPinNeeded, "old_pin_needed", "{}", None),
        (T::WrongPin { tries_left: 2 }, "wrong_pin", r#"{"tries_left":2}"#, Some("pin")),
    ]
}

/// One command of every kind.
pub(super) fn bodies() -> Vec<Body> {
    let own = own_bodies().into_iter().chain(market::samples::bodies());
    own.chain(super::trust::samples::bodies()).chain(credit::samples::bodies()).collect()
}

/// One command of every kind but the market's.
pub(super) fn own_bodies() -> Vec<Body> {
    let (policy, village) = (Box::new(shipped_policy()), village_row(VILLAGE, "TJZ"));
    let newcomer = party(NOBODY, "N01", PartyKind::Buyer, None);
    let expires_at = World::new().later(60);
    vec![
        Body::RegisterVillage { policy: policy.clone(), village },
        Body::AdoptPolicy { approved_by: SECOND_STAFF, policy },
        Body::RegisterParty { party: newcomer, profile: profile("新") },
        Body::SetPin { pin: pin(), member: CHILD, proof: Some(proof(CHILD)) },
        Body::ReportWrongPin { member: MEMBER },
        Body::SignIn { token: token(2) },
        Body::IssueToken { token: token(1) },
        Body::RevokeToken { token: TokenId::from_bits(1) },
        Body::OpenAccount { account: UNOPENED, label: "O-9".to_owned() },
        post_fact(HOUSE, HOME, 5),
        World::new().place(1, 5, 60),
        Body::PostHold { amount_minor: Some(5), hold: hold(1) },
        Body::VoidHold { hold: hold(1) },
        Body::ExpireHold { due_at: expires_at, hold: hold(1) },
        Body::Reverse { approved_by: SECOND_STAFF, reason: "error".to_owned(), seq: 1 },
        Body::CloseMonth { month: month("2026-07") },
        cash_in(HOUSE, 5),
        cash_out(HOUSE, 5, MEMBER),
        send(HOUSE, 5, ELSEWHERE),
        Body::ReceiveMoney { amount_minor: 5, from: FAR_HOUSE, from_village: ELSEWHERE, to: HOUSE },
        Body::LeaveCell { to: cell() },
        Body::EnterCell { from: cell(), left_at_seq: 9, snapshot: [3; 32] },
    ]
}
