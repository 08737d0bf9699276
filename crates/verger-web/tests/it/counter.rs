//! Cash in, cash out, money to another village; keys, replays and wrong amounts.

use serde_json::{Value, json};

use crate::rig::TestApp;

fn cash(amount: &Value) -> Value {
    json!({"shop": "SHOP", "wallet": "H001", "amount_minor": amount, "currency": "CNY"})
}

fn paid(pin: &str) -> Value {
    let mut body = cash(&1_000.into());
    body["member"] = "M001".into();
    body["pin"] = pin.into();
    body
}

/// Goal: cash in moves the money once, however often it is sent.
/// Method: the same request twice, then another one under its key.
#[test]
fn cash_in_happens_once() {
    let rig = TestApp::new();
    let key = rig.key();
    let first = rig.repeat(&rig.agent, "/cash-in", &cash(&12_500.into()), &key).expect(200);
    assert_eq!(first.json()["wallet_balance_minor"], 12_500);
    assert_eq!(first.json()["entries"][1]["amount_minor"], -12_500);
    assert_eq!(first.json()["effective_on"], "2026-05-29", "the day in the programme's zone");
    assert_eq!(first.header("idempotency-replayed"), "");
    let again = rig.repeat(&rig.agent, "/cash-in", &cash(&12_500.into()), &key).expect(200);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.body, first.body);
    let other = rig.repeat(&rig.agent, "/cash-in", &cash(&12_501.into()), &key);
    assert_eq!(other.outcome(), (422, "key_reused".to_owned()));
    let uuid = format!("{:032x}", TestApp::id_of(&key).bits());
    let (a, b, c) = (&uuid[..8], &uuid[8..12], &uuid[12..16]);
    let uuid = format!("{a}-{b}-{c}-{}-{}", &uuid[16..20], &uuid[20..]);
    let again = rig.repeat(&rig.agent, "/cash-in", &cash(&12_500.into()), &uuid).expect(200);
    assert_eq!(again.body, first.body, "a UUID is the same key");
    let balance = rig.get(&rig.reader, "/parties/H001").expect(200).json();
    assert_eq!(balance["accounts"][0]["balance_minor"], 12_500);
}

/// Goal: every wrong amount is refused with its field, and nothing moves. Method: table.
#[test]
fn wrong_amounts_are_refused() {
    let rig = TestApp::new();
    let table = [
        ("0", "amount_zero"),
        ("-5", "amount_negative"),
        ("1.5", "invalid_field"),
        ("\"5\"", "invalid_field"),
        ("9223372036854775807", "amount_too_large"),
        ("9223372036854775808", "invalid_field"),
        ("1e400", "invalid_field"),
        ("null", "invalid_field"),
    ];
    for (amount, code) in table {
        let body = format!(
            r#"{{"shop":"SHOP","wallet":"H001","amount_minor":{amount},"currency":"CNY"}}"#
        );
        let answer = rig.raw(&rig.agent, "/cash-in", body, Some(&rig.key()));
        assert_eq!(answer.outcome(), (422, code.to_owned()), "{amount} {}", answer.text());
        assert_eq!(answer.json()["field"], "amount_minor", "{amount}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
    let mut euro = cash(&5.into());
    euro["currency"] = "EUR".into();
    let answer = rig.post(&rig.agent, "/cash-in", &euro);
    assert_eq!(answer.outcome(), (422, "currency_mismatch".to_owned()));
    assert_eq!(answer.json()["field"], "currency");
    let balance = rig.get(&rig.reader, "/trial-balance").expect(200).json();
    assert_eq!(balance["lines"], json!([]));
}

/// Goal: the refusal of a key is repeated too, and unknown parties are named.
/// Method: a refused key twice; unknown and other villages' parties.
#[test]
fn refusals_repeat_and_unknown_parties_are_named() {
    let rig = TestApp::new();
    let key = rig.key();
    let first = rig.repeat(&rig.agent, "/cash-in", &cash(&0.into()), &key);
    let again = rig.repeat(&rig.agent, "/cash-in", &cash(&0.into()), &key);
    assert_eq!(first.outcome(), again.outcome());
    let mut body = cash(&5.into());
    body["wallet"] = "H999".into();
    let answer = rig.post(&rig.agent, "/cash-in", &body);
    assert_eq!(answer.outcome(), (404, "not_found".to_owned()));
    assert_eq!(answer.json()["field"], "wallet");
    let neighbour = verger_sim::village::party_id(crate::rig::V2, "H001");
    body["wallet"] = neighbour.to_string().into();
    let answer = rig.post(&rig.agent, "/cash-in", &body);
    assert_eq!(answer.outcome(), (404, "party_unknown".to_owned()));
    body["wallet"] = "A1".into();
    let answer = rig.post(&rig.agent, "/cash-in", &body);
    assert_eq!(answer.outcome(), (403, "own_household".to_owned()));
    let answer = rig.post(&rig.staff, "/cash-in", &cash(&5.into()));
    assert_eq!(answer.outcome(), (403, "not_allowed".to_owned()));
}

/// Goal: cash goes out only with the member's PIN, which counts down and locks.
/// Method: right once, wrong until locked, right while locked, right after the lock.
#[test]
fn cash_out_needs_the_members_pin() {
    let rig = TestApp::new();
    rig.fund(5_000);
    let done = rig.post(&rig.agent, "/cash-out", &paid("482915")).expect(200);
    assert_eq!(done.json()["wallet_balance_minor"], 4_000);
    let tries = rig.app.policy().till.pin_tries_max;
    for left in (1..tries).rev() {
        let answer = rig.post(&rig.agent, "/cash-out", &paid("000000"));
        assert_eq!(answer.outcome(), (422, "wrong_pin".to_owned()));
        assert_eq!(answer.json()["tries_left"], left);
        assert_eq!(answer.json()["field"], "pin");
    }
    let locked = (422, "pin_locked".to_owned());
    assert_eq!(rig.post(&rig.agent, "/cash-out", &paid("000000")).outcome(), locked);
    assert_eq!(rig.post(&rig.agent, "/cash-out", &paid("482915")).outcome(), locked);
    rig.clock.advance_seconds(86_400);
    rig.post(&rig.agent, "/cash-out", &paid("482915")).expect(200);
    let mut body = paid("482915");
    body["amount_minor"] = 1_000_000.into();
    let answer = rig.post(&rig.agent, "/cash-out", &body);
    assert_eq!(answer.outcome(), (422, "insufficient_available".to_owned()));
    assert!(answer.json()["detail"].as_str().unwrap().contains("CN¥30.00"), "{}", answer.text());
    body["member"] = "M002".into();
    let answer = rig.post(&rig.agent, "/cash-out", &body);
    assert_eq!(answer.outcome(), (404, "not_found".to_owned()));
}

/// Goal: a repeat of an answered cash-out or PIN change gets its stored answer, whatever became of
/// the PIN since. Method: answer lost, then the PIN is locked; answer of a change lost, then again.
#[test]
fn repeats_do_not_need_the_pin_again() {
    let rig = TestApp::new();
    rig.post(&rig.agent, "/cash-in", &cash(&5_000.into())).expect(200);
    let key = rig.key();
    let first = rig.repeat(&rig.agent, "/cash-out", &paid("482915"), &key).expect(200);
    for _ in 0..5 {
        rig.post(&rig.agent, "/cash-out", &paid("000000")).expect(422);
    }
    let locked = rig.post(&rig.agent, "/cash-out", &paid("482915"));
    assert_eq!(locked.outcome(), (422, "pin_locked".to_owned()));
    let again = rig.repeat(&rig.agent, "/cash-out", &paid("482915"), &key).expect(200);
    assert_eq!((again.body, first.status), (first.body, 200));
    rig.clock.advance_seconds(16 * 60);
    let (key, change) = (rig.key(), json!({"pin": "111111", "old_pin": "482915"}));
    let first = rig.repeat(&rig.staff, "/parties/M001/pin", &change, &key).expect(200);
    let again = rig.repeat(&rig.staff, "/parties/M001/pin", &change, &key).expect(200);
    assert_eq!(again.body, first.body);
    assert_eq!(again.header("idempotency-replayed"), "true");
    rig.post(&rig.agent, "/cash-out", &paid("111111")).expect(200);
}

/// Goal: money reaches another village; a village that is not there is unknown.
/// Method: one of each.
#[test]
fn money_goes_to_known_villages_only() {
    let rig = TestApp::new();
    rig.fund(5_000);
    let mut body = json!({
        "from": "H001", "to": "H001", "to_village": 2, "amount_minor": 700, "currency": "CNY",
        "member": "M001", "pin": "482915"
    });
    let sent = rig.post(&rig.agent, "/send", &body).expect(200);
    assert_eq!(sent.json()["wallet_balance_minor"], 4_300);
    body["to_village"] = 77.into();
    let answer = rig.post(&rig.agent, "/send", &body);
    assert_eq!(answer.outcome(), (404, "village_unknown".to_owned()));
    assert_eq!(answer.json()["field"], "to_village");
    body["to_village"] = 1.into();
    let answer = rig.post(&rig.agent, "/send", &body);
    assert_eq!(answer.outcome(), (404, "village_unknown".to_owned()));
}

/// Goal: a POST needs a well-formed key. Method: none, and near misses.
#[test]
fn keys_are_needed_and_checked() {
    let rig = TestApp::new();
    let body = cash(&5.into()).to_string();
    let answer = rig.raw(&rig.agent, "/cash-in", body.clone(), None);
    assert_eq!(answer.outcome(), (400, "key_missing".to_owned()));
    for key in ["1", "cmd_1", "hold_0199f0c2a8b47c0e8000000000000001", "0199f0c2-a8b4"] {
        let answer = rig.raw(&rig.agent, "/cash-in", body.clone(), Some(key));
        assert_eq!(answer.outcome(), (422, "key_malformed".to_owned()), "{key}");
    }
}

/// Goal: a full queue turns work away at once and says when to come back. Method: a queue of none.
#[test]
fn full_queue_answers_busy() {
    let rig = TestApp::new().with_full_queue();
    let answer = rig.post(&rig.agent, "/cash-in", &cash(&5.into()));
    assert_eq!(answer.outcome(), (503, "busy".to_owned()));
    assert_eq!(answer.header("retry-after"), "1");
    let metrics = rig.page("/metrics").text();
    assert!(metrics.contains("verger_commands_busy_total 1"), "{metrics}");
}
