//! Accounts, holds, postings, closes, the journal.

use serde_json::{Value, json};
use verger_domain::codec;
use verger_domain::ledger::{AccountKey, Code};

use crate::rig::TestApp;

fn wallet(rig: &TestApp) -> String {
    rig.cast.wallet(0).to_string()
}

fn payable(rig: &TestApp) -> String {
    AccountKey::party(Code::PAYABLE_SUPPLIER, rig.cast.supplier).to_string()
}

fn hold(rig: &TestApp, amount_minor: i64, seconds: u32) -> Value {
    json!({
        "debit": wallet(rig), "credit": payable(rig), "amount_minor": amount_minor,
        "currency": "CNY", "expires_in_seconds": seconds
    })
}

/// Goal: a hold reserves, moves a part, and is then over; a repeat is the same hold, however late.
/// Method: place twice, also after a day; read; post; post and void again.
#[test]
fn holds_live_once() {
    let rig = TestApp::new();
    rig.fund(10_000);
    let (key, wish) = (rig.key(), hold(&rig, 4_000, 7_200));
    let made = rig.repeat(&rig.staff, "/holds", &wish, &key).expect(201);
    rig.clock.advance_seconds(60);
    let again = rig.repeat(&rig.staff, "/holds", &wish, &key).expect(201);
    assert_eq!(
        (again.body, again.headers["idempotency-replayed"].as_bytes()),
        (made.body.clone(), &b"true"[..])
    );
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let shown = rig.get(&rig.reader, &format!("/holds/{id}")).expect(200).json();
    assert_eq!((&shown["status"], &shown["amount_minor"]), (&"pending".into(), &4_000.into()));
    let account = rig.get(&rig.reader, &format!("/accounts/{}", wallet(&rig))).expect(200).json();
    assert_eq!(
        (&account["available_minor"], &account["reserved_minor"]),
        (&6_000.into(), &4_000.into())
    );
    let too_much =
        rig.post(&rig.staff, &format!("/holds/{id}/post"), &json!({"amount_minor": 4_001}));
    assert_eq!(too_much.outcome(), (422, "exceeds_pending".to_owned()));
    let posted =
        rig.post(&rig.staff, &format!("/holds/{id}/post"), &json!({"amount_minor": 3_000}));
    assert_eq!(posted.expect(200).json()["wallet_balance_minor"], 7_000);
    for action in ["post", "void"] {
        let answer = rig.post(&rig.staff, &format!("/holds/{id}/{action}"), &json!({}));
        assert_eq!(answer.outcome(), (409, "already_posted".to_owned()));
    }
    rig.clock.advance_seconds(86_400);
    rig.repeat(&rig.staff, "/holds", &wish, &key).expect(201);
}

/// Goal: a hold's time counts from its key, which must be a fresh UUID of version 7; once over, it
/// reserves nothing. Method: stale key, plain key, void, expiry.
#[test]
fn holds_end_by_their_keys_time() {
    let rig = TestApp::new();
    rig.fund(10_000);
    let stale = rig.key();
    rig.clock.advance_seconds(3_700);
    for key in [stale.as_str(), "cmd_00000000000000000000000000000001"] {
        let answer = rig.repeat(&rig.staff, "/holds", &hold(&rig, 1, 60), key);
        assert_eq!(answer.outcome(), (422, "key_malformed".to_owned()), "{key}");
    }
    let made = rig.post(&rig.staff, "/holds", &hold(&rig, 4_000, 60)).expect(201).json();
    let path = format!("/holds/{}", made["id"].as_str().unwrap());
    rig.clock.advance_seconds(61);
    assert_eq!(rig.get(&rig.reader, &path).json()["status"], "expired");
    let party = rig.get(&rig.reader, "/parties/H001").expect(200).json();
    assert_eq!(party["accounts"][0]["available_minor"], 10_000);
    let second = rig.post(&rig.staff, "/holds", &hold(&rig, 4_000, 60)).expect(201).json();
    let path = format!("/holds/{}", second["id"].as_str().unwrap());
    rig.post(&rig.staff, &format!("{path}/void"), &json!({})).expect(200);
    assert_eq!(rig.get(&rig.reader, &path).json()["status"], "voided");
    assert_eq!(rig.get(&rig.reader, "/holds/hold_1").outcome(), (404, "not_found".to_owned()));
    let unknown = "/holds/hold_00000000000000000000000000000001";
    assert_eq!(rig.get(&rig.reader, unknown).outcome(), (404, "not_found".to_owned()));
    let answer = rig.post(&rig.staff, &format!("{unknown}/post"), &json!({}));
    assert_eq!(answer.outcome(), (404, "hold_unknown".to_owned()));
}

/// Goal: a posting moves money by balanced lines and writes its facts. Method: one good, then
/// single faults.
#[test]
fn entries_are_posted() {
    let rig = TestApp::new();
    let good = json!({
        "lines": [["1010", 2_500], [wallet(&rig), -2_500]], "currency": "CNY",
        "purpose": "deposit.bank", "effective_on": "2026-05-29",
        "evidence": [{"member": "M001", "counterparty": "S1", "kind": "sale", "good": true,
            "value_minor": 2_500}]
    });
    let done = rig.post(&rig.staff, "/entries", &good).expect(201);
    let seq = done.json()["seq"].as_u64().unwrap();
    assert_eq!(done.header("location"), format!("/api/v1/villages/1/journal/{seq}"));
    let member = rig.get(&rig.reader, "/parties/M001").expect(200).json();
    assert_eq!(member["standing"]["good_minor"], 2_500);
    let table: [(&str, Value, &str, &str); 7] = [
        ("/lines/0/1", 2_501.into(), "not_balanced", "lines"),
        ("/lines/0/1", json!(0.5), "invalid_field", "lines[0][1]"),
        ("/lines/0/0", "1".into(), "invalid_field", "lines[0][0]"),
        ("/effective_on", "2026-13-01".into(), "invalid_field", "effective_on"),
        ("/effective_on", "2027-01-01".into(), "effective_in_future", "effective_on"),
        ("/evidence/0/kind", "gift".into(), "invalid_field", "evidence[0].kind"),
        ("/evidence/0/member", "M999".into(), "not_found", "evidence[0].member"),
    ];
    for (pointer, value, code, field) in table {
        let mut body = good.clone();
        *body.pointer_mut(pointer).unwrap() = value;
        let answer = rig.post(&rig.staff, "/entries", &body).json();
        assert_eq!((&answer["code"], &answer["field"]), (&code.into(), &field.into()), "{answer}");
    }
    let answer = rig.post(&rig.agent, "/entries", &good);
    assert_eq!(answer.outcome(), (403, "not_allowed".to_owned()));
}

/// Goal: accounts open once, and are listed in pages. Method: open twice; pages against one.
#[test]
fn accounts_open_once() {
    let rig = TestApp::new();
    let escrow = "2040:00000000000000000000000000000009";
    let new = json!({"account": escrow, "label": "O-1001"});
    let made = rig.post(&rig.staff, "/accounts", &new).expect(201);
    assert_eq!(made.header("location"), format!("/api/v1/villages/1/accounts/{escrow}"));
    let again = rig.post(&rig.staff, "/accounts", &new);
    assert_eq!(again.outcome(), (409, "account_exists".to_owned()));
    let wrong = rig.post(&rig.staff, "/accounts", &json!({"account": "9999", "label": ""}));
    assert_eq!(
        (wrong.outcome().1.as_str(), &wrong.json()["field"]),
        ("invalid_field", &"account".into())
    );
    let all = rig.get(&rig.reader, "/accounts?limit=200").expect(200).json();
    let first = rig.get(&rig.reader, "/accounts?limit=30").expect(200).json();
    let next = first["next"].as_str().unwrap();
    let second = rig.get(&rig.reader, &format!("/accounts?after={next}&limit=170")).json();
    let joined =
        [first["items"].as_array().unwrap().clone(), second["items"].as_array().unwrap().clone()];
    assert_eq!(&Value::from(joined.concat()), &all["items"]);
    for path in ["/accounts/2010", "/accounts/x", "/accounts/2040:00000000000000000000000000000001"]
    {
        assert_eq!(rig.get(&rig.reader, path).outcome(), (404, "not_found".to_owned()), "{path}");
    }
}

/// Goal: a statement shows everything once, newest first. Method: five movements in pages of two.
#[test]
fn statements_come_in_pages() {
    let rig = TestApp::new();
    for amount in 1..=5 {
        rig.fund(amount);
    }
    let path = format!("/accounts/{}/statement", wallet(&rig));
    let (mut amounts, mut before) = (Vec::new(), String::new());
    loop {
        let page = rig.get(&rig.reader, &format!("{path}?limit=2{before}")).expect(200).json();
        let lines = page["items"].as_array().unwrap().clone();
        amounts.extend(lines.iter().map(|line| line["amount_minor"].as_i64().unwrap()));
        match page["next"].as_str() {
            Some(next) => before = format!("&before={next}"),
            None => break,
        }
    }
    assert_eq!(amounts, [-5, -4, -3, -2, -1]);
    let wrong = rig.get(&rig.reader, &format!("{path}?before=x")).json();
    assert_eq!((&wrong["code"], &wrong["field"]), (&"invalid_field".into(), &"before".into()));
}

/// Goal: the trial balance sums to zero and shows what stands for people's money.
/// Method: cash and bank money.
#[test]
fn trial_balance_shows_safeguarding() {
    let rig = TestApp::new();
    rig.fund(10_000);
    let body = json!({
        "lines": [["1010", 2_500], [wallet(&rig), -2_500]], "currency": "CNY", "purpose": "x"
    });
    rig.post(&rig.staff, "/entries", &body).expect(201);
    let balance = rig.get(&rig.reader, "/trial-balance").expect(200).json();
    assert_eq!(balance["off_by_minor"], 0);
    let expected = json!({
        "bank_minor": 2_500, "processor_minor": 0, "drawers_minor": 10_000, "claims_minor": 0,
        "assets_minor": 12_500, "owed_minor": 12_500, "is_covered": true
    });
    assert_eq!(balance["safeguarding"], expected);
    assert_eq!(balance["lines"][0]["name"], "bank.escrow");
}

/// Goal: months close one after the other. Method: a wrong text, one too early, then in order.
#[test]
fn months_close_in_order() {
    let rig = TestApp::new();
    let close = |month: &str| rig.post(&rig.staff, &format!("/months/{month}/close"), &json!({}));
    let wrong = close("2026-5");
    assert_eq!(
        (wrong.outcome().1.as_str(), &wrong.json()["field"]),
        ("invalid_field", &"month".into())
    );
    assert_eq!(close("2026-05").outcome(), (422, "month_not_over".to_owned()));
    rig.clock.advance_seconds(10 * 86_400);
    close("2026-05").expect(200);
    assert_eq!(rig.page("/api/v1/villages/1").json()["closed_through"], "2026-05");
    assert_eq!(close("2026-05").outcome(), (422, "month_not_next".to_owned()));
}

/// Goal: a record is sent to the byte and proves itself; a neighbour's is not there.
/// Method: hash the payload of each record of the cell.
#[test]
fn journal_is_verbatim() {
    let rig = TestApp::new();
    rig.fund(5);
    let mut own = 0;
    for seq in 1.. {
        let answer = rig.get(&rig.reader, &format!("/journal/{seq}"));
        if seq > 200 {
            break;
        }
        if answer.status == 404 {
            continue;
        }
        own += 1;
        let text = answer.expect(200).text();
        let start = text.find("\"payload\":").unwrap() + 10;
        let end = text.rfind(",\"payload_hash\":\"").unwrap();
        let hash = codec::to_hex(&codec::sha256(&text.as_bytes()[start..end]));
        assert!(text.contains(&format!("\"payload_hash\":\"{hash}\"")), "{text}");
        assert!(!text.contains('某'), "a name in the journal: {text}");
    }
    assert!(own > 10);
    let stranger = rig.page("/en/v/2/journal").text();
    let seq = stranger.split("/en/v/2/journal/").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(
        rig.get(&rig.reader, &format!("/journal/{seq}")).outcome(),
        (404, "not_found".to_owned())
    );
    assert_eq!(rig.page(&format!("/en/v/1/journal/{seq}")).status, 404);
    for seq in ["0", "x", "99999999999999999999"] {
        assert_eq!(rig.get(&rig.reader, &format!("/journal/{seq}")).outcome().1, "not_found");
    }
}
