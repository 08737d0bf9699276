//! The language files: complete, alike, and every refusal renders.

use std::collections::{BTreeMap, BTreeSet};

use verger_domain::Refusal;
use verger_domain::id::{
    HoldId, ListingId, LotId, PartyId, PoolId, SeasonId, TokenId, TrancheId, VillageId, VoteId,
};
use verger_domain::ledger::{AccountKey, Code};
use verger_domain::market::listing::Photo;
use verger_domain::party::{Module, PartyKind, Scope};
use verger_domain::refusal::{
    CreditRefusal as C, LedgerRefusal as L, MarketRefusal as M, PartyRefusal as P, TillRefusal as T,
};
use verger_domain::time::{Date, Instant, Month};
use verger_words::text::Lang;

/// The messages of a file: key, with `.hint` for the attribute, and the variables in it.
fn messages(lang: Lang) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let (mut message, mut key) = (String::new(), String::new());
    for line in lang.source().lines().filter(|line| !line.starts_with('#')) {
        if let Some((name, _)) = line.split_once(" =") {
            if line.starts_with(|c: char| c.is_ascii_lowercase()) {
                name.clone_into(&mut message);
                name.clone_into(&mut key);
            } else if let Some(attribute) = name.trim_start().strip_prefix('.') {
                key = format!("{message}.{attribute}");
            }
        }
        let variables = found.entry(key.clone()).or_default();
        let names = line.split('$').skip(1);
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        variables.extend(names.map(|rest| {
            let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            rest[..end].to_owned()
        }));
    }
    found.remove("");
    found
}

/// Goal: the three files have the same messages with the same variables. Method: compare.
#[test]
fn languages_are_alike() {
    let wanted = messages(Lang::En);
    assert!(wanted.len() > 250, "{}", wanted.len());
    for lang in [Lang::ZhCn, Lang::Fr] {
        let found = messages(lang);
        for (key, variables) in &wanted {
            assert_eq!(found.get(key), Some(variables), "{} {key}", lang.tag());
        }
        assert_eq!(found.len(), wanted.len(), "{}", lang.tag());
    }
}

fn ledger_samples() -> Vec<L> {
    let account = AccountKey::village(Code::BANK_ESCROW);
    let hold = HoldId::from_bits(1);
    let (day, month): (Date, Month) = ("2026-07-20".parse().unwrap(), "2026-07".parse().unwrap());
    vec![
        L::LineCount { count: 1, max: 4096 },
        L::AmountZero,
        L::AmountNegative { amount_minor: -5 },
        L::AmountTooLarge { amount_minor: 50, max_minor: 5 },
        L::NotBalanced { off_by_minor: 5 },
        L::SameAccount { account },
        L::AccountUnknown { account },
        L::AccountExists { account },
        L::AccountNotOpenable { account },
        L::CurrencyMismatch { expected: "CNY".to_owned(), given: "EUR".to_owned() },
        L::EffectiveInFuture { effective_on: day, today: day },
        L::PeriodClosed { closed_through: month, effective_on: day },
        L::EffectiveTooOld { days_max: 90, effective_on: day },
        L::InsufficientAvailable { account, available_minor: 1_250 },
        L::OutOfRange { account },
        L::HoldExists { hold },
        L::HoldTime { seconds_max: 60 },
        L::HoldUnknown { hold },
        L::AlreadyPosted { hold },
        L::AlreadyVoided { hold },
        L::AlreadyExpired { hold },
        L::ExceedsPending { held_minor: 5, hold },
        L::RecordUnknown { seq: 5 },
        L::AlreadyReversed { by_seq: 6, seq: 5 },
        L::MonthNotNext { next: month },
        L::MonthNotOver { month },
        L::HoldOverdue { hold },
        L::TrialBalanceOff { off_by_minor: 5 },
    ]
}

fn other_samples() -> Vec<Refusal> {
    let (party, village) = (PartyId::from_bits(1), VillageId::new(1));
    let token = TokenId::from_bits(1);
    let parties = [
        P::VillageUnknown { village },
        P::VillageExists { village },
        P::PolicyNotNewer { current: 2, version: 1 },
        P::PolicyInvalid { field: "till.mode".to_owned(), problem: "is wrong".to_owned() },
        P::SecondPersonNeeded,
        P::NotAllowed { actor: "system".to_owned() },
        P::PartyUnknown { party },
        P::PartyExists { party },
        P::CodeTaken { taken: "H001".to_owned() },
        P::WrongKind { expected: PartyKind::Shop, party },
        P::HouseholdNeeded,
        P::NameLength,
        P::NumberRange { field: "weight_g".to_owned(), max: 5 },
        P::TokenUnknown { token },
        P::TokenExists { token },
        P::TokenUseless,
        P::WrongCell,
    ];
    let till = [
        T::NeedsModule { module: Module::M1 },
        T::OwnHousehold,
        T::ProofNotTheirs,
        T::PinLocked { locked_until: Instant::from_micros(1) },
        T::OldPinNeeded,
        T::WrongPin { tries_left: 1 },
    ];
    parties.into_iter().map(Refusal::from).chain(till.into_iter().map(Refusal::from)).collect()
}

fn market_samples() -> Vec<M> {
    let (listing, party) = (ListingId::from_bits(1), PartyId::from_bits(1));
    let day: Date = "2026-07-20".parse().unwrap();
    let (at, field) = (Instant::from_micros(1), "quantity".to_owned());
    vec![
        M::SubjectUnknown { subject: "order_1".to_owned() },
        M::SubjectExists { subject: "order_1".to_owned() },
        M::Stale { version: 3 },
        M::IllegalTransition { allowed: vec!["accept".to_owned()], phase: "paid".to_owned() },
        M::AgentSuspended,
        M::ProbationLimit { max_minor: 5 },
        M::OutOfRangeNumber { field: field.clone(), max: 5, min: 1 },
        M::ListLength { field: field.clone(), max: 5 },
        M::TextLength { field, max: 5 },
        M::ListingIncomplete { missing: "photos".to_owned() },
        M::NotOnSale { listing },
        M::OutOfSeason { from: day, listing, to: day },
        M::SoldOut { available: 1, listing },
        M::MixedOrder,
        M::AmountNotDue { due_minor: 5 },
        M::MixedBatch,
        M::PackedWeight { max_g: 5, min_g: 4, packed_g: 3 },
        M::WindowOver { ended_at: at },
        M::DueInPast { due_on: day, today: day },
        M::NoChangeOfMind,
        M::PhotoNeeded,
        M::PhotoReused { photo: Photo([1; 32]) },
        M::ClaimTooLarge { max_minor: 5 },
        M::LineNotDisputable { line: 0 },
        M::NotIndependent { party },
        M::NotTheHolder { holder: party },
        M::WrongCode { tries_left: 1 },
        M::CodeLocked { locked_until: at },
        M::CountDiffers { counted: 1, expected: 2 },
        M::TillNotOpen,
        M::TillIsOpen,
        M::TierNotReached { needed: 5, quantity: 1 },
        M::ScaleNotCalibrated { calibrated_on: day },
        M::GradesDiffer { graded_g: 1, net_g: 2 },
        M::NotItsPool { pool: PoolId::from_bits(1) },
        M::NotPayable { account: AccountKey::village(Code::BANK_ESCROW) },
        M::LotContested { lot: LotId::from_bits(1) },
        M::LotTooSmall { left_g: 5, lot: LotId::from_bits(1) },
        M::NotOfLot { lot: LotId::from_bits(1), maker: party },
        M::NotFirstIn { day },
        M::OrdersOpen { count: 2 },
        M::PromisesTooFew { boxes_left: 3, season: SeasonId::from_bits(1) },
        M::SeasonRunning { season: SeasonId::from_bits(1) },
        M::NotMember { party },
        M::VoteNeeded { vote: VoteId::from_bits(1) },
        M::DecidedByVote { vote: VoteId::from_bits(1) },
        M::NothingToCover { carried_minor: 5 },
    ]
}

/// Goal: every refusal there can be has a sentence and a hint in three languages, and these use no
/// variable that the refusal does not bring. Method: one sample per variant; the count is checked
/// against the variants that the domain's source names.
#[test]
fn every_refusal_has_its_sentences() {
    let samples =
        ledger_samples().into_iter().map(Refusal::from).chain(other_samples()).collect::<Vec<_>>();
    let market = market_samples().into_iter().map(Refusal::from);
    let credit = credit_samples().into_iter().map(Refusal::from);
    let samples: Vec<Refusal> = samples.into_iter().chain(market).chain(credit).collect();
    let codes: BTreeSet<String> = samples.iter().map(Refusal::code).collect();
    assert_eq!(codes.len(), samples.len(), "codes are unique");
    let source = include_str!("../../../verger-domain/src/refusal.rs");
    let credit = include_str!("../../../verger-domain/src/refusal/credit.rs");
    let variants: usize =
        [source, credit].iter().map(|text| text.matches("    #[error(\"").count()).sum();
    // A draw that is declined holds a whole decision: its reasons have a test of their own.
    let variants = variants - 1;
    assert_eq!(samples.len(), variants, "a new refusal belongs into the samples");
    for lang in Lang::ALL {
        let messages = messages(lang);
        for refusal in &samples {
            let key = format!("refusal-{}", refusal.code().replace('_', "-"));
            let brought: BTreeSet<String> = refusal.details().keys().cloned().collect();
            for key in [key.clone(), format!("{key}.hint")] {
                let used = messages.get(&key).unwrap_or_else(|| panic!("{} {key}", lang.tag()));
                assert!(used.is_subset(&brought), "{} {key} {used:?}", lang.tag());
                let values: Vec<_> =
                    brought.iter().map(|name| (name.as_str(), "7".into())).collect();
                let text = lang.with(&key, &values);
                assert!(!text.is_empty() && !text.contains(['{', '[']), "{key} {text}");
            }
        }
    }
}

fn credit_samples() -> Vec<C> {
    let tranche = TrancheId::from_bits(1);
    let on: Date = "2026-07-20".parse().unwrap();
    vec![
        C::NotWholeSteps { amount_minor: 1_500, step_minor: 1_000 },
        C::NothingOwed,
        C::AnothersLoan { tranche },
        C::TrancheOver { status: "closed".to_owned(), tranche },
        C::RateNotLower { now_ppm: 5, rate_ppm: 6 },
        C::DueNotLater { due_on: on, than: on },
        C::DueTooLate { due_on: on, last: on },
        C::NotLateEnough { days_min: 90, days_past_due: 3 },
        C::EventNotReversible { number: 3 },
    ]
}

/// Goal: every reason of a decision, every step and every line of the key-fact statement is there in
/// three languages. Method: walk their keys; that they are alike is tested above.
#[test]
fn every_word_of_credit_is_there() {
    let reasons = (1..=28).map(|number| format!("reason-a{number:02}"));
    let steps = [
        "person-looks",
        "ask-at-most",
        "ask-another-agent",
        "choose-due-date",
        "earn-points",
        "give-consent",
        "name-purpose",
        "pay-overdue",
        "pay-steps",
        "repay",
        "repay-elsewhere",
        "settle-disputes",
        "verify-identity",
        "wait-until",
        "wait-until-day",
    ];
    let facts = ["amount", "due", "day", "rate", "early", "late", "worst"];
    let notices = ["due-in", "due", "plan-offered", "penalty-starts"];
    let keys: Vec<String> = reasons
        .chain(steps.map(|name| format!("step-{name}")))
        .chain(facts.map(|name| format!("keyfact-{name}")))
        .chain(notices.map(|name| format!("notice-{name}")))
        .chain(["refusal-declined".to_owned(), "refusal-declined.hint".to_owned()])
        .collect();
    for lang in Lang::ALL {
        let messages = messages(lang);
        for key in &keys {
            assert!(messages.contains_key(key), "{} {key}", lang.tag());
        }
    }
}

/// Goal: every command is called something in three languages, for journals and accounts list them.
/// Method: walk the names of all.
#[test]
fn every_command_has_its_name() {
    use verger_domain::credit::command::CreditCommand;
    use verger_domain::market::command as market;
    use verger_domain::trust::TrustCommand;
    // The names of the commands that are no command of a subject stand in a `match` alone.
    let own = "register_village adopt_policy register_party certify set_pin report_wrong_pin sign_in
        issue_token revoke_token open_account post place_hold post_hold void_hold expire_hold reverse
        close_month cash_in cash_out send_money receive_money receive_payment register_payer
        settle_processor pay_out credit.provide time_out leave_cell enter_cell";
    let of_subjects = [
        market::ListingCommand::KINDS,
        market::OrderCommand::KINDS,
        market::OrdersCommand::KINDS,
        market::ParcelCommand::KINDS,
        market::TripCommand::KINDS,
        market::DisputeCommand::KINDS,
        market::GroupCommand::KINDS,
        market::LotCommand::KINDS,
        market::PoolCommand::KINDS,
        market::SeasonCommand::KINDS,
        market::PreorderCommand::KINDS,
        market::CooperativeCommand::KINDS,
        market::VoteCommand::KINDS,
        market::TillCommand::KINDS,
        TrustCommand::KINDS,
        CreditCommand::KINDS,
    ];
    for kind in own.split_whitespace().chain(of_subjects.concat()) {
        let key = format!("kind-{}", kind.replace(['_', '.'], "-"));
        for lang in Lang::ALL {
            assert!(lang.has(&key), "{} {key}", lang.tag());
        }
    }
}

/// Goal: every account of the chart has a name in three languages. Method: walk the chart.
#[test]
fn every_account_has_its_name() {
    for lang in Lang::ALL {
        for code in Code::all() {
            assert!(lang.has(&format!("chart-{code}")), "{} {code}", lang.tag());
        }
    }
}

/// Goal: every phase, every kind of evidence and every scope has its words. Method: walk them.
#[test]
fn every_word_of_the_market_is_there() {
    use verger_domain::command::EvidenceKind as E;
    use verger_domain::market::{
        DisputePhase, GroupPhase, ListingPhase, LotPhase, OrderPhase, ParcelPhase, PoolPhase,
        PreorderPhase, SeasonPhase, VotePhase,
    };
    let mut keys: Vec<String> = Vec::new();
    let phase = |name: &str| format!("phase-{}", name.replace('_', "-"));
    keys.extend(OrderPhase::ALL.map(|p| phase(p.name())));
    keys.extend(ListingPhase::ALL.map(|p| phase(p.name())));
    keys.extend(ParcelPhase::ALL.map(|p| phase(p.name())));
    keys.extend(DisputePhase::ALL.map(|p| phase(p.name())));
    keys.extend(GroupPhase::ALL.map(|p| phase(p.name())));
    keys.extend(LotPhase::ALL.map(|p| phase(p.name())));
    keys.extend(PoolPhase::ALL.map(|p| phase(p.name())));
    keys.extend(SeasonPhase::ALL.map(|p| phase(p.name())));
    keys.extend(PreorderPhase::ALL.map(|p| phase(p.name())));
    keys.extend(VotePhase::ALL.map(|p| phase(p.name())));
    keys.extend(["pooled", "sold"].map(phase));
    let facts = [
        E::Sale,
        E::Purchase,
        E::Listing,
        E::Acceptance,
        E::Dispatch,
        E::Carriage,
        E::Collection,
        E::Service,
        E::Answer,
        E::Ruling,
        E::Till,
        E::Promise,
        E::Weighing,
    ];
    keys.extend(facts.map(|kind| format!("evidence-{}", kind.name())));
    keys.extend(Scope::ALL.map(|scope| format!("scope-{}", scope.name().replace('.', "-"))));
    for lang in Lang::ALL {
        for key in &keys {
            assert!(lang.has(key), "{} {key}", lang.tag());
        }
    }
}

/// Goal: nothing was left in another language. Method: Chinese has Chinese characters, the others have
/// none, and French differs from English except where the words are the same in both.
#[test]
fn nothing_is_left_untranslated() {
    let texts = |lang: Lang| -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        let mut key = String::new();
        for line in lang.source().lines().filter(|line| !line.starts_with('#')) {
            if let Some((name, _)) = line.split_once(" =") {
                name.trim().clone_into(&mut key);
            }
            let text: &mut String = found.entry(key.clone()).or_default();
            text.push_str(line.split_once(" = ").map_or(line, |(_, text)| text));
        }
        found
    };
    let is_han = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
    let has_words = |text: &str| text.split(|c: char| !c.is_alphabetic()).any(|w| w.len() > 4);
    let english = texts(Lang::En);
    for (key, text) in &english {
        assert!(!text.contains(is_han), "en {key} {text}");
    }
    for (key, text) in texts(Lang::Fr) {
        assert!(!text.contains(is_han), "fr {key} {text}");
        let is_same = english.get(&key) == Some(&text) && has_words(&text);
        assert!(!is_same || SAME_WORDS.contains(&text.as_str()), "fr {key} {text}");
    }
    for (key, text) in texts(Lang::ZhCn) {
        let plain = text
            .split('{')
            .map(|part| part.split('}').next_back().unwrap_or(""))
            .collect::<String>();
        assert!(!has_words(&plain) || plain.contains(is_han), "zh-CN {key} {text}");
    }
}

/// What French and English write alike.
const SAME_WORDS: [&str; 10] = [
    "+{ $points } points",
    "Agent",
    "Total",
    "Journal",
    "Commissions",
    "Service",
    "Objection",
    "Commission",
    "Village",
    "Version",
];

/// Goal: plurals and selections read well. Method: the sentences with a choice in them.
#[test]
fn choices_read_well() {
    let tries =
        |lang: Lang, left: i64| lang.with("refusal-wrong-pin", &[("tries_left", left.into())]);
    assert_eq!(tries(Lang::En, 1), "The PIN is not right; one try is left.");
    assert_eq!(tries(Lang::En, 3), "The PIN is not right; 3 tries are left.");
    assert!(tries(Lang::Fr, 1).ends_with("il reste 1 essai."), "{}", tries(Lang::Fr, 1));
    assert_eq!(tries(Lang::ZhCn, 2), "密码不对，还可以试 2 次。");
    let values = [("party", "x".into()), ("expected", "shop".into())];
    assert_eq!(Lang::Fr.with("refusal-wrong-kind", &values), "x doit être une boutique pour cela.");
}
