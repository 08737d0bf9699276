//! Parties: list, show, register, PIN; tokens and scopes; public facts of villages.

use serde_json::{Value, json};

use crate::rig::TestApp;

/// Goal: a party is registered once under its key, found by id and by code, with its accounts.
/// Method: register twice, read both ways.
#[test]
fn parties_are_registered_and_found() {
    let rig = TestApp::new();
    let key = rig.key();
    let new = json!({
        "kind": "member", "code": "M900", "household": "H001", "name": "李桂花",
        "name_latin": "Li Guihua", "facts": {"phone": "feature"}
    });
    let made = rig.repeat(&rig.agent, "/parties", &new, &key).expect(201);
    let id = made.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(made.header("location"), format!("/api/v1/villages/1/parties/{id}"));
    let again = rig.repeat(&rig.agent, "/parties", &new, &key).expect(201);
    assert_eq!(
        (again.body, again.headers["idempotency-replayed"].as_bytes()),
        (made.body, &b"true"[..])
    );
    for text in [id.as_str(), "M900"] {
        let found = rig.get(&rig.reader, &format!("/parties/{text}")).expect(200).json();
        assert_eq!(found["name"], "李桂花");
        assert_eq!(found["facts"]["phone"], "feature");
        assert_eq!(found["accounts"][0]["name"], "wallet");
    }
    let taken = rig.post(&rig.agent, "/parties", &new);
    assert_eq!(taken.outcome(), (422, "code_taken".to_owned()));
}

/// Goal: each wrong field of a registration is named. Method: table of single changes.
#[test]
fn wrong_registrations_name_their_field() {
    let rig = TestApp::new();
    let table: [(&str, Value, &str, &str); 7] = [
        ("kind", "ghost".into(), "invalid_field", "kind"),
        ("kind", 7.into(), "invalid_field", "kind"),
        ("code", "a b".into(), "invalid_field", "code"),
        ("certified", json!(["M9"]), "invalid_field", "certified"),
        ("name", "".into(), "name_length", "name"),
        ("household", "H999".into(), "not_found", "household"),
        ("nickname", "x".into(), "invalid_field", "nickname"),
    ];
    for (field, value, code, named) in table {
        let mut body = json!({
            "kind": "member", "code": "M900", "household": "H001", "name": "a", "name_latin": "b"
        });
        body[field] = value;
        let answer = rig.post(&rig.agent, "/parties", &body);
        assert_eq!(answer.json()["code"], code, "{field} {}", answer.text());
        assert_eq!(answer.json()["field"], named, "{field}");
    }
    let answer = rig.post(&rig.agent, "/parties", &json!({"kind": "member"}));
    assert_eq!(answer.json()["field"], "code");
}

/// Goal: lists come in pages that join without gaps. Method: pages of four against one of all.
#[test]
fn lists_come_in_pages() {
    let rig = TestApp::new();
    let all = rig.get(&rig.reader, "/parties?limit=200").expect(200).json();
    let all = all["items"].as_array().unwrap().clone();
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = rig.get(&rig.reader, &format!("/parties?limit=4&after={after}")).json();
        seen.extend(page["items"].as_array().unwrap().clone());
        match page["next"].as_str() {
            Some(next) => next.clone_into(&mut after),
            None => break,
        }
    }
    assert_eq!(seen, all);
    let households = rig.get(&rig.reader, "/parties?kind=household").json();
    assert_eq!(households["items"].as_array().unwrap().len(), 3);
    for (query, field) in [
        ("kind=x", "kind"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=x", "limit"),
        ("page=2", "page"),
    ] {
        let answer = rig.get(&rig.reader, &format!("/parties?{query}"));
        assert_eq!(answer.outcome(), (422, "invalid_field".to_owned()), "{query}");
        assert_eq!(answer.json()["field"], field, "{query}");
    }
}

/// Goal: a PIN is set by its old one only. Method: form, need of the old, wrong old, right old.
#[test]
fn pins_change_with_the_old_one() {
    let rig = TestApp::new();
    let set = |body: Value| rig.post(&rig.staff, "/parties/M001/pin", &body);
    let answer = set(json!({"pin": "12345"}));
    assert_eq!(
        (answer.outcome().1.as_str(), &answer.json()["field"]),
        ("invalid_field", &"pin".into())
    );
    assert_eq!(set(json!({"pin": "111222"})).outcome(), (422, "old_pin_needed".to_owned()));
    let wrong = set(json!({"pin": "111222", "old_pin": "999999"}));
    assert_eq!(wrong.outcome(), (422, "wrong_pin".to_owned()));
    set(json!({"pin": "111222", "old_pin": "482915"})).expect(200);
    let household = rig.post(&rig.staff, "/parties/H001/pin", &json!({"pin": "111222"}));
    assert_eq!(household.outcome(), (422, "wrong_kind".to_owned()));
}

/// Goal: a token is good for its village and its scopes only. Method: no token, wrong tokens, a
/// reader who writes, a neighbour who reads.
#[test]
fn tokens_are_good_for_their_village_and_scopes() {
    let rig = TestApp::new();
    for token in ["", "vgr_1_2_3", "nonsense"] {
        let answer = rig.get(token, "/parties");
        assert_eq!(answer.outcome(), (401, "unauthenticated".to_owned()));
        assert_eq!(answer.header("www-authenticate"), "Bearer");
    }
    let routes = [
        ("/parties", "party.write"),
        ("/parties/M001/pin", "party.write"),
        ("/cash-in", "cash.write"),
        ("/cash-out", "cash.write"),
        ("/send", "cash.write"),
        ("/holds", "hold.write"),
        ("/holds/hold_00000000000000000000000000000001/post", "hold.write"),
        ("/holds/hold_00000000000000000000000000000001/void", "hold.write"),
        ("/entries", "ledger.write"),
        ("/accounts", "ledger.write"),
        ("/months/2026-05/close", "ledger.write"),
        ("/settlements", "ledger.write"),
        ("/payouts", "ledger.write"),
        ("/agents/A1/certification", "party.write"),
        ("/orders", "market.write"),
        ("/listings/listing_00000000000000000000000000000001", "market.write"),
        ("/orders/order_00000000000000000000000000000001", "market.write"),
        ("/parcels/parcel_00000000000000000000000000000001", "market.write"),
        ("/trips/trip_00000000000000000000000000000001", "market.write"),
        ("/disputes/dispute_00000000000000000000000000000001", "market.write"),
        ("/groups/group_00000000000000000000000000000001", "market.write"),
        ("/tills/till_00000000000000000000000000000001", "market.write"),
    ];
    for (path, scope) in routes {
        let answer = rig.post(&rig.reader, path, &json!({}));
        assert_eq!(answer.outcome(), (403, "scope_missing".to_owned()), "{path}");
        assert_eq!(answer.json()["scope"], scope, "{path}");
        let answer = rig.post(&rig.stranger, path, &json!({}));
        assert_eq!(answer.outcome(), (404, "not_found".to_owned()), "{path}");
    }
    let reads = [
        "/parties",
        "/parties/M001",
        "/accounts",
        "/accounts/1010",
        "/trial-balance",
        "/journal/1",
        "/orders",
        "/parcels",
        "/trips",
        "/disputes",
        "/groups",
        "/tills",
    ];
    for path in reads {
        rig.get(&rig.reader, path).expect(200);
        let answer = rig.get(&rig.stranger, path);
        assert_eq!(answer.outcome(), (404, "not_found".to_owned()), "{path}");
    }
    rig.clock.advance_seconds(361 * 86_400);
    assert_eq!(rig.get(&rig.reader, "/parties").status, 401, "expired");
}

/// Goal: another village's party is not to be seen, though it lies in the same cell.
/// Method: the neighbour's id under one's own address.
#[test]
fn neighbours_are_not_to_be_seen() {
    let rig = TestApp::new();
    let neighbour = verger_sim::village::party_id(crate::rig::V2, "H001");
    let answer = rig.get(&rig.reader, &format!("/parties/{neighbour}"));
    assert_eq!(answer.outcome(), (404, "not_found".to_owned()));
}

/// Goal: a village's public facts need no token. Method: list, one, none, listings.
#[test]
fn villages_are_public() {
    let rig = TestApp::new();
    let villages = rig.page("/api/v1/villages").expect(200).json();
    assert_eq!(villages["items"].as_array().unwrap().len(), 2);
    let one = rig.page("/api/v1/villages/1").expect(200).json();
    assert_eq!((&one["currency"], &one["code"]), (&"CNY".into(), &"V1".into()));
    assert_eq!(rig.page("/api/v1/villages/9").outcome(), (404, "village_unknown".to_owned()));
    assert_eq!(rig.page("/api/v1/villages/x").outcome(), (404, "not_found".to_owned()));
    let listings = rig.page("/api/v1/villages/1/listings").expect(200).json();
    assert_eq!(listings, json!({"items": []}));
}
