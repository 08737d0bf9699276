//! The journal's text: canonical, readable back, and sealed by a chain; refusals and their codes.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;

use super::samples;
use super::world::*;
use crate::codec::{self, GENESIS, Hash};
use crate::command::{Actor, Body, Command, PinSecret};
use crate::credit::BorrowerEvent;
use crate::effect::{Effect, Message, Record};
use crate::id::{CellId, CommandId, VillageId};
use crate::ledger::Leg;
use crate::market::{
    CooperativeEvent, DisputeEvent, GroupEvent, ListingEvent, LotEvent, OrderEvent, ParcelEvent,
    PoolEvent, PreorderEvent, SeasonEvent, ShelfEvent, TillEvent, TripEvent, VoteEvent,
};
use crate::refusal::{
    CreditRefusal, LedgerRefusal, MarketRefusal, PartyRefusal, Refusal, TillRefusal,
};
use crate::time::Instant;
use crate::trust::TrustEvent;

/// The names of all variants of an enum, as its reader lists them when it meets a strange one.
fn variants<T: DeserializeOwned>() -> BTreeSet<String> {
    let Err(error) = serde_json::from_str::<T>("\"no_such_variant\"") else {
        panic!("there is such a variant");
    };
    let text = error.to_string();
    let (_, list) = text.split_once("expected").unwrap();
    let names: BTreeSet<_> = list.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    assert!(!names.is_empty(), "{text}");
    names
}

fn record(effects: Vec<Effect>, refusal: Option<Refusal>, actor: Actor) -> Record {
    Record {
        actor,
        at: Instant::from_micros(1_784_505_600_000_000),
        body_hash: [0xcd; 32],
        cell: CellId::new(3).unwrap(),
        effects,
        key: CommandId::from_bits(0xabc),
        kind: "test".to_owned(),
        refusal,
        seq: u64::MAX,
        village: VILLAGE,
    }
}

/// The variant's name, which is the only key of its JSON.
fn tag(effect: &Effect) -> String {
    let value = serde_json::to_value(effect).unwrap();
    value.as_object().unwrap().keys().next().unwrap().clone()
}

/// The names of all sampled events of one of the market's machines.
fn events(machine: &str) -> BTreeSet<String> {
    let name = |effect: Effect| {
        let value = serde_json::to_value(effect).unwrap();
        let event = value.get(machine)?.get("event")?.clone();
        match event {
            serde_json::Value::String(name) => Some(name),
            event => event.as_object()?.keys().next().cloned(),
        }
    };
    samples::effects().into_iter().filter_map(name).collect()
}

/// Goal: everything the journal can hold is canonical as it is written, and reads back the same.
/// Method: a sample of every effect, refusal and actor; a new variant without a sample fails here.
#[test]
fn payloads_are_canonical() {
    let sampled: BTreeSet<String> = samples::effects().iter().map(tag).collect();
    assert_eq!(sampled, variants::<Effect>());
    let messages = ["notice", "receive_money", "season_delayed"].map(str::to_owned);
    assert_eq!(variants::<Message>(), BTreeSet::from(messages));
    assert_eq!(events("listing"), variants::<ListingEvent>());
    assert_eq!(events("order"), variants::<OrderEvent>());
    assert_eq!(events("parcel"), variants::<ParcelEvent>());
    assert_eq!(events("trip"), variants::<TripEvent>());
    assert_eq!(events("dispute"), variants::<DisputeEvent>());
    assert_eq!(events("group"), variants::<GroupEvent>());
    assert_eq!(events("till"), variants::<TillEvent>());
    assert_eq!(events("lot"), variants::<LotEvent>());
    assert_eq!(events("pool"), variants::<PoolEvent>());
    assert_eq!(events("trust"), variants::<TrustEvent>());
    assert_eq!(events("credit"), variants::<BorrowerEvent>());
    assert_eq!(events("shelf"), variants::<ShelfEvent>());
    assert_eq!(events("season"), variants::<SeasonEvent>());
    assert_eq!(events("preorder"), variants::<PreorderEvent>());
    assert_eq!(events("cooperative"), variants::<CooperativeEvent>());
    assert_eq!(events("vote"), variants::<VoteEvent>());

    let mut records: Vec<Record> = samples::effects()
        .into_iter()
        .map(|effect| record(vec![effect], None, by(STAFF)))
        .collect();
    let refused = samples::refusals().into_iter();
    records.extend(refused.map(|refusal| record(Vec::new(), Some(refusal), Actor::Clock)));
    records.push(record(samples::effects(), None, Actor::System));
    assert_journal_is_sound(&records);
    assert_journal_is_sound(&World::new().records);
}

/// The text of every sampled effect but the policy's, whose values are its own matter.
const FROZEN: &[&str] = &[
    r#"{"village_registered":{"altitude_m":3658,"closed_through":"2020-01","code":"TJZ","county":"涪城","currency":"CNY","id":1,"name":"桃家庄","name_latin":"Taojiazhuang","policy_version":0,"registered_on":"2020-01-01"}}"#,
    r#"{"party_registered":{"party":{"certified":[],"code":"H01","duty":{"is_suspended":false,"probation_until":null,"review_until":null},"household":null,"id":"party_00000000000000000000000000000011","kind":"household","village":1},"profile_digest":"f762746f5db5d41ea0b6765347c23d5a746d36527790918914302f6a5d15e0c7"}}"#,
    r#"{"party_registered":{"party":{"certified":["M1","M4","M6"],"code":"A01","duty":{"is_suspended":false,"probation_until":null,"review_until":null},"household":"party_00000000000000000000000000000014","id":"party_00000000000000000000000000000016","kind":"agent","village":1},"profile_digest":"f762746f5db5d41ea0b6765347c23d5a746d36527790918914302f6a5d15e0c7"}}"#,
    r#"{"pin_set":{"member":"party_00000000000000000000000000000012"}}"#,
    r#"{"pin_tried":{"member":"party_00000000000000000000000000000012","tries":{"locked_until":null,"wrong":4}}}"#,
    r#"{"pin_tried":{"member":"party_00000000000000000000000000000012","tries":{"locked_until":1784505600000000,"wrong":0}}}"#,
    r#"{"proof_given":{"by":"pin","member":"party_00000000000000000000000000000012"}}"#,
    r#"{"token_issued":{"expires_at":4102444800000000,"id":"token_00000000000000000000000000000001","party":"party_00000000000000000000000000000016","scopes":["read","cash.write"],"secret_hash":"0505050505050505050505050505050505050505050505050505050505050505","village":1}}"#,
    r#"{"token_revoked":{"token":"token_ffffffffffffffffffffffffffffffff"}}"#,
    r#"{"account_opened":{"account":"2040:00000000000000000000000000001001","currency":"CNY","label":"quote \" backslash \\ 桃 \u0007"}}"#,
    r#"{"posted":{"effective_on":"2026-07-20","legs":[["1010",9223372036854775807,9223372036854775807],["2010:00000000000000000000000000000011",-9223372036854775807,-9223372036854775808]],"purpose":"quote \" backslash \\ 桃 \u0007"}}"#,
    r#"{"evidence_written":{"counterparty":"party_00000000000000000000000000000014","good":true,"is_counter":false,"kind":"sale","member":"party_00000000000000000000000000000011","order":"order_00000000000000000000000000000007","value_minor":900}}"#,
    r#"{"evidence_written":{"counterparty":"party_00000000000000000000000000000014","good":false,"is_counter":true,"kind":"purchase","member":"party_00000000000000000000000000000011","order":null,"value_minor":900}}"#,
    r#"{"hold_placed":{"amount_minor":5,"credit":"2040:00000000000000000000000000001001","debit":"2010:00000000000000000000000000000011","expires_at":1784505600000000,"hold":"hold_00000000000000000000000000000001"}}"#,
    r#"{"hold_posted":{"amount_minor":5,"hold":"hold_00000000000000000000000000000001"}}"#,
    r#"{"hold_voided":{"hold":"hold_00000000000000000000000000000001"}}"#,
    r#"{"hold_expired":{"hold":"hold_00000000000000000000000000000001"}}"#,
    r#"{"timer_set":{"due_at":1784505600000000,"kind":"expire_hold","subject":"ffffffffffffffffffffffffffffffff"}}"#,
    r#"{"timer_cleared":{"due_at":1784505600000000,"kind":"expire_hold","subject":"ffffffffffffffffffffffffffffffff"}}"#,
    r#"{"reversed":{"reason":"quote \" backslash \\ 桃 \u0007","seq":18446744073709551615}}"#,
    r#"{"month_closed":{"closing_hash":"abababababababababababababababababababababababababababababababab","month":"2026-07"}}"#,
    r#"{"message_queued":{"receive_money":{"amount_minor":5,"from":"party_00000000000000000000000000000011","to":"party_00000000000000000000000000000021","to_village":2}}}"#,
    r#"{"cell_left":{"snapshot":"0101010101010101010101010101010101010101010101010101010101010101","to":31}}"#,
    r#"{"cell_entered":{"from":31,"left_at_seq":9,"snapshot":"0202020202020202020202020202020202020202020202020202020202020202"}}"#,
];

/// The text of every sampled effect of the market, one a line.
const FROZEN_MARKET: &str = include_str!("market/frozen.jsonl");

/// The text of every sampled effect of trust, one a line.
const FROZEN_TRUST: &str = include_str!("trust/frozen.jsonl");

/// The text of every sampled effect of credit, one a line.
const FROZEN_CREDIT: &str = include_str!("credit/frozen.jsonl");

/// Goal: the text of a record is frozen, for journals are kept for ever: names may only be added.
/// Method: every effect as literal text, then one record with money and one with a refusal.
#[test]
fn the_text_of_a_record_is_frozen() {
    let has_own_values = |effect: &Effect| matches!(effect, Effect::PolicyAdopted(_));
    let effects = samples::effects().into_iter().filter(|effect| !has_own_values(effect));
    let texts: Vec<_> = effects.map(|effect| serde_json::to_string(&effect).unwrap()).collect();
    let frozen = FROZEN.iter().copied().chain(FROZEN_MARKET.lines());
    let frozen = frozen.chain(FROZEN_TRUST.lines()).chain(FROZEN_CREDIT.lines());
    for (text, frozen) in texts.iter().zip(frozen.clone()) {
        assert_eq!(text, frozen);
    }
    assert_eq!(texts.len(), frozen.count());

    let posted = Effect::Posted {
        effective_on: "2026-07-20".parse().unwrap(),
        legs: vec![Leg(BANK, 5, 5), Leg(own(1020), -5, -5)],
        purpose: "test".to_owned(),
    };
    let record =
        |effects, refusal| serde_json::to_string(&record(effects, refusal, Actor::Clock)).unwrap();
    let head = concat!(
        r#"{"actor":"clock","at":1784505600000000,"body_hash":""#,
        "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
        r#"","cell":3,"effects":["#,
    );
    let middle = r#"],"key":"cmd_00000000000000000000000000000abc","kind":"test","#;
    let tail = r#""seq":18446744073709551615,"village":1}"#;
    let effect = concat!(
        r#"{"posted":{"effective_on":"2026-07-20","legs":[["1010",5,5],["1020",-5,-5]],"#,
        r#""purpose":"test"}}"#,
    );
    assert_eq!(record(vec![posted], None), format!("{head}{effect}{middle}{tail}"));
    let refusal = LedgerRefusal::AmountNegative { amount_minor: -5 }.into();
    let text = r#""refusal":{"ledger":{"amount_negative":{"amount_minor":-5}}},"#;
    assert_eq!(record(Vec::new(), Some(refusal)), format!("{head}{middle}{text}{tail}"));
}

/// Goal: what a policy names freely, such as categories, cannot break the order of the text.
/// Method: category names that sort differently by case, byte and quote.
#[test]
fn free_names_keep_the_text_canonical() {
    let mut policy = shipped_policy();
    for name in ["Z", "a", "\"", "é", "桃", " ", "\u{2028}", "\u{1f351}", "\u{ffff}"] {
        policy.commission.purchase_bps.insert(name.to_owned(), 1);
    }
    let effect = Effect::PolicyAdopted(Box::new(policy));
    assert_journal_is_sound(&[record(vec![effect], None, Actor::System)]);
}

/// Goal: every refusal has its own stable code, its numbers, and the field it is about.
/// Method: all of them, as literals; a new refusal without a line fails here.
#[test]
fn refusals_have_codes_details_and_fields() {
    let mut codes = BTreeSet::new();
    for (refusal, code, details, field) in samples::refusal_samples() {
        assert_eq!(refusal.code(), code);
        let text = serde_json::to_string(&refusal.details()).unwrap();
        assert_eq!((text.as_str(), refusal.field()), (details, field), "{code}");
        assert!(codes.insert(code.to_owned()), "{code} stands for two refusals");
        assert!(!refusal.to_string().is_empty());
    }
    let families =
        [variants::<LedgerRefusal>(), variants::<PartyRefusal>(), variants::<TillRefusal>()];
    let families =
        families.into_iter().chain([variants::<MarketRefusal>(), variants::<CreditRefusal>()]);
    // Its details are a whole decision: the journal's samples have it.
    codes.insert("declined".to_owned());
    assert_eq!(codes, families.flatten().collect());
    let names = ["credit", "ledger", "market", "party", "till"].map(str::to_owned);
    assert_eq!(variants::<Refusal>(), BTreeSet::from(names));
}

fn hash(village: VillageId, actor: Actor, body: Body) -> Hash {
    Command { id: CommandId::from_bits(1), village, actor, body }.body_hash()
}

/// Goal: a repeated command is known by its hash, and no other command has it.
/// Method: every kind of command, each in two villages by two actors; each hash is its own and
/// comes back the same, also under another key.
#[test]
fn the_body_hash_tells_commands_apart() {
    let mut seen = BTreeMap::new();
    for body in samples::bodies() {
        for village in [VILLAGE, ELSEWHERE] {
            for actor in [by(STAFF), Actor::Clock] {
                let first = hash(village, actor, body.clone());
                let name = format!("{body:?} by {actor} in {village}");
                assert_eq!(seen.insert(first, name.clone()), None, "{name}");
                let id = CommandId::from_bits(2);
                let again = Command { id, village, actor, body: body.clone() };
                assert_eq!(again.body_hash(), first, "{name}");
            }
        }
    }
    let staff = |body| hash(VILLAGE, by(STAFF), body);
    assert_ne!(staff(cash_in(HOUSE, 5)), staff(cash_in(HOUSE, 6)));
    assert_ne!(staff(cash_in(HOUSE, 5)), staff(cash_in(HOME, 5)));
    assert_ne!(staff(post(&[])), staff(post_on(Some("2026-07-20"), &[])));
}

/// Goal: a PIN never enters a hash by its stored form: the salt of that form is new every time.
/// Method: two stored forms of one PIN, then another PIN.
#[test]
fn a_repeated_pin_is_the_same_command() {
    let set = |pin| hash(VILLAGE, by(STAFF), Body::SetPin { pin, member: CHILD, proof: None });
    let other_salt = PinSecret { phc: "$argon2id$other".to_owned(), ..pin() };
    assert_eq!(set(pin()), set(other_salt.clone()));
    assert_ne!(set(pin()), set(PinSecret { fingerprint: [8; 32], ..pin() }));
    assert_eq!(format!("{other_salt:?}"), "PinSecret");
}

/// The canonical text, the hash of it, and the head of the chain after it, of golden vector X01.
const X01: [[&str; 3]; 3] = [
    [
        r#"{"code":"capital","date":"2026-01-01","lines":[["1010",100000000],["3010",-100000000]],"seq":1}"#,
        "fcf51a532e77e91572f061371dc97334f944652c0ea8f299a0d034d89a6766a4",
        "00aeedd4f42380698dec43ba95daebde701e9e94f0610f6e6c46d11fbf08b48a",
    ],
    [
        r#"{"code":"draw","date":"2026-03-01","lines":[["1310:T1",500000],["2010:M",-500000]],"seq":2}"#,
        "f586100c7bb23be254d33ef9e412ddb80bb3c9c47d8c58f4d99ed5b15125b454",
        "b0941d7ffc76fc1980a9e5bcd8f24235555be41925e413d655dd0eaf28889c36",
    ],
    [
        r#"{"code":"accrue","date":"2026-03-31","lines":[["1320:T1",4931],["4110",-4931]],"seq":3}"#,
        "79495be13bb6645e4d6d6a9c2039cdf53d42378407a0194e21c9332b8f73a2cf",
        "66b87e33af68a2f3d1aeeee1b152e049361f563fdcb557b2c8cc3146e2f05778",
    ],
];

/// Goal: the chain is the one of golden vector X01, so that others can verify it.
/// Method: the vector's three texts and hashes; then one changed byte changes every later head.
#[test]
fn golden_vector_x01() {
    let (mut head, mut forged) = (GENESIS, GENESIS);
    for (step, [text, payload_hash, expected]) in X01.into_iter().enumerate() {
        assert!(codec::is_canonical(text.as_bytes()));
        let payload = codec::sha256(text.as_bytes());
        assert_eq!(codec::to_hex(&payload), payload_hash);
        head = codec::chain(&head, &payload);
        assert_eq!(codec::to_hex(&head), expected);

        let text = if step == 0 { text.replace("100000000", "100000001") } else { text.to_owned() };
        forged = codec::chain(&forged, &codec::sha256(text.as_bytes()));
        assert_ne!(forged, head);
    }
}
