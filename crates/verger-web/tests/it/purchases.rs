//! The assisted purchase over HTTP: proofs, cash and till, the pick-up code, trips, groups, agents.

use serde_json::{Value, json};

use crate::rig::TestApp;
use crate::stage::Stage;

/// A quoted purchase of one sack for the first household.
fn quoted(stage: &Stage<'_>) -> String {
    let (rig, order) = (stage.rig, stage.new_order());
    let lines = json!([{"listing": "feed-40", "quantity": 1}]);
    let request = json!({"request": {"household": "H001", "lines": lines}});
    let made = stage.order(&rig.agent, &order, &request).expect(201).json();
    assert_eq!(made["phase"], "requested");
    let due_on = rig.app.now().today.to_string();
    let quote = json!({"version": 0, "quote": {"due_on": due_on, "freight_minor": 600}});
    assert_eq!(stage.order(&rig.agent, &order, &quote).expect(200).json()["phase"], "quoted");
    order
}

fn basket(orders: &[&str], command: &str, body: Value) -> Value {
    let mut ask = json!({"orders": orders});
    ask[command] = body;
    ask
}

/// A purchase whose money is in escrow and that waits for its supplier.
pub(crate) fn ordered(stage: &Stage<'_>) -> String {
    let (rig, order) = (stage.rig, quoted(stage));
    let proof = json!({"member": "M001", "pin": "482915"});
    rig.post(&rig.agent, "/orders", &basket(&[&order], "consent", proof)).expect(200);
    let cash = json!({"cash_minor": 12_600, "shop": "SHOP"});
    let funded = rig.post(&rig.agent, "/orders", &basket(&[&order], "fund", cash)).expect(200);
    assert_eq!(funded.json()["orders"][0]["phase"], "funded");
    rig.post(&rig.agent, "/orders", &basket(&[&order], "send", json!({}))).expect(200);
    order
}

/// A funded purchase that the carrier has; its parcel.
fn with_carrier(stage: &Stage<'_>) -> (String, String) {
    let order = ordered(stage);
    stage.order(&stage.supplier, &order, &json!({"supplier_accept": {}})).expect(200);
    let parcel = stage.new_parcel();
    let label = format!("P-{}", &parcel[30..]);
    let packed = json!({"parcel": parcel, "label": label, "weight_g": 40_000});
    let pack = json!({"pack": {"boxes": [packed]}});
    stage.order(&stage.supplier, &order, &pack).expect(200);
    stage.hand_over(&parcel, (&stage.supplier, "S1"), (&stage.carrier, "C1"));
    (order, parcel)
}

/// A funded purchase, brought to the shop; its parcel.
fn at_shop(stage: &Stage<'_>) -> (String, String) {
    let (order, parcel) = with_carrier(stage);
    stage.hand_over(&parcel, (&stage.carrier, "C1"), (&stage.rig.agent, "SHOP"));
    (order, parcel)
}

/// Goal: a household buys with its PIN and cash, collects with its code; guessing locks.
/// Method: from the request to the pick-up; the code five times wrong, locked, then right.
#[test]
fn a_household_buys_and_collects() {
    let rig = TestApp::new();
    let stage = Stage::new(&rig);
    let (order, parcel) = at_shop(&stage);
    let shown = rig.get(&stage.member, &format!("/orders/{order}")).expect(200).json();
    assert_eq!((&shown["phase"], &shown["flow"]), (&"at_shop".into(), &"purchase".into()));
    let path = format!("/parcels/{parcel}/code");
    assert_eq!(rig.get(&rig.agent, &path).outcome(), (403, "not_allowed".to_owned()));
    assert_eq!(rig.get(&stage.supplier, &path).outcome(), (403, "not_allowed".to_owned()));
    let code = rig.get(&stage.member, &path).expect(200).json()["code"].clone();
    assert_eq!(rig.get(&rig.staff, &path).expect(200).json()["code"], code);
    let right = code.as_str().unwrap().to_owned();
    let wrong = if right == "000000" { "000001" } else { "000000" };
    let pick = |code: &str| json!({"pick_up": {"code": code, "proxy": null}});
    let key = rig.key();
    for left in (1..5).rev() {
        let key = if left == 4 { key.clone() } else { rig.key() };
        let path = format!("/parcels/{parcel}");
        let answer = rig.repeat(&rig.agent, &path, &pick(wrong), &key);
        assert_eq!(answer.outcome(), (422, "wrong_code".to_owned()));
        assert_eq!(
            (&answer.json()["tries_left"], &answer.json()["field"]),
            (&left.into(), &"code".into())
        );
        if left == 4 {
            let again = rig.repeat(&rig.agent, &path, &pick(wrong), &key);
            assert_eq!(again.json()["tries_left"], 4, "a repeat counts once");
        }
    }
    let locked = (422, "code_locked".to_owned());
    assert_eq!(stage.parcel(&rig.agent, &parcel, &pick(wrong)).outcome(), locked);
    assert_eq!(stage.parcel(&rig.agent, &parcel, &pick(&right)).outcome(), locked);
    rig.clock.advance_seconds(16 * 60);
    let form = stage.parcel(&rig.agent, &parcel, &pick("12345")).json();
    assert_eq!((&form["code"], &form["field"]), (&"invalid_field".into(), &"pick_up.code".into()));
    let done = stage.parcel(&rig.agent, &parcel, &pick(&right)).expect(200).json();
    assert_eq!(done["phase"], "picked_up");
    assert_eq!(rig.get(&stage.member, &path).status, 404, "the code has served");
    let split = rig.get(&stage.member, &format!("/orders/{order}/split")).expect(200).json();
    assert_eq!((&split["seller"], &split["of_minor"]), (&"supplier".into(), &12_600.into()));
    rig.clock.advance_seconds(9 * 86_400);
    let parcels = rig.get(&rig.agent, "/parcels?phase=picked_up").expect(200).json();
    assert_eq!(parcels["items"][0]["id"], parcel);
}

/// Goal: only the household's own agreement counts, in one of three ways. Method: wrong PIN, nobody,
/// two at once, a member of another house; then a witness, and a recording that serves once.
#[test]
fn only_the_household_consents() {
    let rig = TestApp::new();
    let stage = Stage::new(&rig);
    let (first, second) = (quoted(&stage), quoted(&stage));
    rig.post(&rig.staff, "/parties/M002/pin", &json!({"pin": "111222"})).expect(200);
    let consent = |order: &str, proof: Value| {
        rig.post(&rig.agent, "/orders", &basket(&[order], "consent", proof))
    };
    let recording = "ab".repeat(32);
    let table = [
        (json!({"member": "M001", "pin": "000000"}), "wrong_pin"),
        (json!({"member": "M001"}), "invalid_field"),
        (json!({"member": "M001", "pin": "482915", "recording": recording}), "invalid_field"),
        (json!({"member": "M001", "witness": "M002"}), "invalid_field"),
        (json!({"member": "M002", "pin": "111222"}), "proof_not_theirs"),
        (json!({"member": "M001", "witness": "M002", "witness_pin": "999999"}), "wrong_pin"),
        (json!({"member": "M001", "recording": "ab"}), "invalid_field"),
        (json!({"member": "A1", "recording": recording}), "proof_not_theirs"),
    ];
    for (proof, code) in table {
        assert_eq!(consent(&first, proof.clone()).outcome().1, code, "{proof}");
    }
    let witness = json!({"member": "M001", "witness": "M002", "witness_pin": "111222"});
    let done = consent(&first, witness).expect(200).json();
    assert_eq!(done["orders"][0]["phase"], "consented");
    let voice = json!({"member": "M001", "recording": recording});
    consent(&second, voice.clone()).expect(200);
    let third = quoted(&stage);
    assert_eq!(consent(&third, voice).outcome(), (422, "photo_reused".to_owned()));
    let both = json!({"orders": [third], "fund": {}, "send": {}});
    assert_eq!(rig.post(&rig.agent, "/orders", &both).json()["reason"], "one_command");
}

/// Goal: cash needs an open drawer; a drawer is opened, banked, closed and reconciled once.
/// Method: close the cast's till, cash without one, then a session of one's own with a gap.
#[test]
fn cash_needs_an_open_drawer() {
    let rig = TestApp::new();
    let open = rig.get(&rig.agent, "/tills").expect(200).json();
    let cast = open["items"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/tills/{cast}");
    rig.post(&rig.agent, &path, &json!({"close": {"counted_minor": 0}})).expect(200);
    let cash = json!({"shop": "SHOP", "wallet": "H001", "amount_minor": 500, "currency": "CNY"});
    assert_eq!(rig.post(&rig.agent, "/cash-in", &cash).outcome().1, "till_not_open");
    let path = "/tills/till_0199f0c2a8b47c0e8000000000000001";
    let start = json!({"open": {"shop": "SHOP", "counted_minor": 0}});
    rig.post(&rig.agent, path, &start).expect(201);
    let twice = "/tills/till_0199f0c2a8b47c0e8000000000000002";
    assert_eq!(rig.post(&rig.agent, twice, &start).outcome(), (409, "till_is_open".to_owned()));
    rig.post(&rig.agent, "/cash-in", &cash).expect(200);
    let close = json!({"version": 0, "close": {"counted_minor": 450}});
    let closed = rig.post(&rig.agent, path, &close).expect(200).json();
    assert_eq!((&closed["phase"], &closed["version"]), (&"closed".into(), &1.into()));
    rig.post(&rig.agent, path, &json!({"bank": {"amount_minor": 450}})).expect(200);
    let refused = rig.post(&rig.agent, path, &json!({"reconcile": {}}));
    assert_eq!(refused.outcome(), (403, "not_allowed".to_owned()));
    rig.post(&rig.staff, path, &json!({"reconcile": {}})).expect(200);
    let till = rig.get(&rig.reader, path).expect(200).json();
    assert_eq!((&till["gap_minor"], &till["phase"]), (&(-50).into(), &"reconciled".into()));
}

/// Goal: a trip is planned, loaded, counted, and its cost shared; who has nothing to do with it does
/// not know of it. Method: one parcel, named by its label; a miscount, an unknown label, a member.
#[test]
fn a_trip_carries_parcels() {
    let rig = TestApp::new();
    let stage = Stage::new(&rig);
    let (_, parcel) = with_carrier(&stage);
    let label = format!("P-{}", &parcel[30..]);
    let path = "/trips/trip_0199f0c2a8b47c0e8000000000000001";
    let act = |command: Value| rig.post(&stage.carrier, path, &command);
    act(json!({"plan": {"carrier": "C1"}})).expect(201);
    assert_eq!(act(json!({"depart": {"counted": 0}})).json()["allowed"], json!(["load"]));
    let unknown = act(json!({"load": {"parcels": [label, "K-none"]}}));
    assert_eq!(unknown.json()["field"], "load.parcels[1]");
    let loaded = act(json!({"version": 0, "load": {"parcels": [label]}})).expect(200).json();
    assert_eq!((&loaded["phase"], &loaded["version"]), (&"loading".into(), &1.into()));
    let miscount = act(json!({"depart": {"counted": 2}}));
    assert_eq!(
        (miscount.outcome().1.as_str(), &miscount.json()["expected"]),
        ("count_differs", &1.into())
    );
    act(json!({"depart": {"counted": 1}})).expect(200);
    act(json!({"arrive": {"counted": [parcel]}})).expect(200);
    let close = json!({"close": {"cost_minor": 900}});
    assert_eq!(act(close.clone()).outcome(), (403, "not_allowed".to_owned()));
    rig.post(&rig.staff, path, &close).expect(200);
    let trip = rig.get(&rig.agent, path).expect(200).json();
    assert_eq!(
        (&trip["phase"], &trip["cost_shares_minor"][&parcel]),
        (&"closed".into(), &900.into())
    );
    assert_eq!(rig.get(&stage.member, path).outcome(), (404, "not_found".to_owned()));
}

/// Goal: households join a group by their own PIN, and see their own part only.
/// Method: open, join, look as the household, as another and as the agent; too few to close.
#[test]
fn households_join_a_group() {
    let rig = TestApp::new();
    let stage = Stage::new(&rig);
    rig.fund(50_000);
    let path = "/groups/group_0199f0c2a8b47c0e8000000000000001";
    let open = json!({"open": {
        "listing": "feed-40", "hours": 48, "tiers": [{"from_quantity": 5, "price_minor": 11_000}]
    }});
    rig.post(&rig.agent, path, &open).expect(201);
    let join = |pin: &str| {
        let proof = json!({"member": "M001", "pin": pin});
        json!({"join": {"household": "H001", "quantity": 2, "proof": proof}})
    };
    assert_eq!(rig.post(&rig.agent, path, &join("000000")).outcome().1, "wrong_pin");
    rig.post(&rig.agent, path, &join("482915")).expect(200);
    let own = rig.get(&stage.member, path).expect(200).json();
    assert_eq!((&own["quantity"], own["joined"].as_object().unwrap().len()), (&2.into(), 1));
    let other = rig.get(&rig.token_of(rig.cast.members[1]), path).expect(200).json();
    assert_eq!(other["joined"], json!({}));
    let few = rig.post(&rig.agent, path, &json!({"close": {}}));
    assert_eq!((few.outcome().1.as_str(), &few.json()["needed"]), ("tier_not_reached", &5.into()));
    let off = json!({"call_off": {"reason": "no lorry"}});
    assert_eq!(rig.post(&rig.agent, path, &off).expect(200).json()["phase"], "failed");
}

/// Goal: the staff says what an agent may do, nobody else. Method: suspend, act, let him serve again.
#[test]
fn the_staff_certifies_agents() {
    let rig = TestApp::new();
    let stage = Stage::new(&rig);
    let path = "/agents/A1/certification";
    let all = json!(["M1", "M2", "M3", "M4", "M5", "M6"]);
    let suspend = json!({"certified": all, "is_suspended": true});
    assert_eq!(rig.post(&rig.agent, path, &suspend).outcome(), (403, "not_allowed".to_owned()));
    rig.post(&rig.staff, path, &suspend).expect(200);
    let shown = rig.get(&rig.reader, "/parties/A1").expect(200).json();
    assert_eq!(shown["duty"]["is_suspended"], true);
    let request = json!({"request": {
        "household": "H001", "lines": [{"listing": "feed-40", "quantity": 1}]
    }});
    let refused = stage.order(&rig.agent, &stage.new_order(), &request);
    assert_eq!(refused.outcome(), (403, "agent_suspended".to_owned()));
    let table = [("certified", json!(["M9"])), ("probation_until", "soon".into())];
    for (field, value) in table {
        let mut body = json!({"certified": all});
        body[field] = value;
        assert_eq!(rig.post(&rig.staff, path, &body).json()["field"], field);
    }
    let probation = json!({"certified": all, "probation_until": "2026-12-31"});
    rig.post(&rig.staff, path, &probation).expect(200);
    let mut large = request.clone();
    large["request"]["lines"][0]["quantity"] = 13.into();
    let refused = stage.order(&rig.agent, &stage.new_order(), &large);
    assert_eq!(refused.outcome(), (403, "probation_limit".to_owned()));
    stage.order(&rig.agent, &stage.new_order(), &request).expect(201);
}
