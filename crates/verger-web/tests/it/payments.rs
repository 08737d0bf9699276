//! What the payment processor tells: signatures, repeats in any order, too little, too late; money
//! to the bank and out of it.

use serde_json::json;
use verger_domain::market::Order;

use crate::rig::{TestApp, V1};
use crate::stage::{BOX_MINOR, Stage};

fn told(rig: &TestApp) -> usize {
    let rows = rig.app.ask_blocking(V1, |reader, cell| reader.journal(cell, 0, 100_000)).unwrap();
    rows.iter().filter(|row| row.kind == "receive_payment").count()
}

/// Goal: nobody but the processor can tell of money. Method: no signature, a wrong one, an old one,
/// one of the future, one over another body, one for another village.
#[test]
fn only_the_processor_is_believed() {
    let rig = TestApp::new();
    let stage = Stage::new(&rig);
    let bought = stage.buy();
    let body = Stage::payment(&bought.order, "pay_1", BOX_MINOR);
    let now = rig.app.now().at.millis_since_epoch() / 1_000;
    for at in [now - 301, now + 301, 0] {
        let answer = rig.tell_at(at, &body);
        assert_eq!(answer.outcome(), (401, "unauthenticated".to_owned()), "{at}");
    }
    let post = |path: &str, signature: String| {
        let request = axum::http::Request::post(format!("/api/v1/villages/{path}/payments"))
            .header("verger-signature", signature);
        rig.send(request.body(axum::body::Body::from(body.to_string())).unwrap())
    };
    let zero = "0".repeat(64);
    let signatures = [
        String::new(),
        "v1=".to_owned(),
        format!("t={now}"),
        format!("t={now},v1={zero}"),
        format!("t=x,v1={zero}"),
        format!("t={now},v1=é"),
    ];
    for signature in signatures {
        assert_eq!(post("1", signature.clone()).status, 401, "{signature}");
    }
    assert_eq!(post("2", format!("t={now},v1={zero}")).status, 401);
    assert_eq!(post("x", format!("t={now},v1={zero}")).status, 404);
    assert_eq!(told(&rig), 0);
    rig.tell_at(now - 299, &body).expect(200);
    assert_eq!(told(&rig), 1);
}

/// Goal: each payment counts once, however often and in whatever order it is told, before or after
/// the order is there. Method: three payments, fifty times each, shuffled, the order in between.
#[test]
fn repeats_count_once() {
    let rig = TestApp::new();
    let stage = Stage::new(&rig);
    let order = stage.new_order();
    let payments = [("pay_a", BOX_MINOR), ("pay_b", 700), ("pay_c", 1)];
    let mut answers = std::collections::BTreeMap::new();
    for step in 0..150_usize {
        if step == 60 {
            stage.buy_as(&order);
        }
        // Seven is prime to three, so that the first payment is told first and all take turns.
        let index = if step == 0 { 0 } else { step * 7 / 2 % 3 };
        // The order comes between the first payment and the others.
        let index = if step < 60 { 0 } else { index };
        let (payment, amount) = payments[index];
        let answer = rig.tell(&Stage::payment(&order, payment, amount)).expect(200);
        let first = answers.entry(payment).or_insert_with(|| answer.json());
        assert_eq!(&answer.json(), first, "{step}");
    }
    let outcome = |payment: &str| answers[payment]["outcome"].clone();
    assert_eq!(outcome("pay_a"), "waiting");
    assert_eq!((outcome("pay_b"), outcome("pay_c")), ("late".into(), "late".into()));
    assert_eq!(told(&rig), 3);
    let bits = order.parse::<verger_domain::id::OrderId>().unwrap().bits();
    let row =
        rig.app.ask_blocking(V1, move |reader, cell| reader.document::<Order>(cell, V1, bits));
    let row = row.unwrap().unwrap();
    assert_eq!((row.paid_minor, row.phase.name()), (BOX_MINOR, "paid"));
    let balance = rig.get(&rig.reader, "/trial-balance").expect(200).json();
    assert_eq!(balance["off_by_minor"], 0);
    let clearing = balance["lines"].as_array().unwrap().iter().find(|line| line["code"] == 1030);
    assert_eq!(clearing.unwrap()["balance_minor"], BOX_MINOR + 701);
    let other = rig.tell(&Stage::payment(&order, "pay_a", 5));
    assert_eq!(other.outcome(), (422, "key_reused".to_owned()));
}

/// Goal: too little stays the buyer's until the rest comes, too much and too late is his as well.
/// Method: 49.89 and a fen; a fen too much; after the order was called off.
#[test]
fn odd_amounts_are_never_lost() {
    let rig = TestApp::new();
    let stage = Stage::new(&rig);
    let (short, over, late) = (stage.buy(), stage.buy(), stage.buy());
    let answer = rig.tell(&Stage::payment(&short.order, "s1", BOX_MINOR - 1)).expect(200).json();
    assert_eq!((&answer["outcome"], &answer["missing_minor"]), (&"short".into(), &1.into()));
    let answer = rig.tell(&Stage::payment(&short.order, "s2", 1)).expect(200).json();
    assert_eq!(answer["outcome"], "funded");
    let answer = rig.tell(&Stage::payment(&over.order, "o1", BOX_MINOR + 1)).expect(200).json();
    assert_eq!(answer["outcome"], "funded");
    let cancel = json!({"cancel": {"reason": "a slip"}});
    stage.order(&late.link, &late.order, &cancel).expect(200);
    let answer = rig.tell(&Stage::payment(&late.order, "l1", BOX_MINOR)).expect(200).json();
    assert_eq!(answer["outcome"], "late");
    let wallet = |order: &str| {
        let buyer = rig.get(&rig.reader, &format!("/orders/{order}")).json()["buyer"].clone();
        let party = rig.get(&rig.reader, &format!("/parties/{}", buyer.as_str().unwrap())).json();
        party["accounts"][0]["balance_minor"].as_i64().unwrap()
    };
    assert_eq!((wallet(&short.order), wallet(&over.order)), (0, 1));
    assert_eq!(wallet(&late.order), BOX_MINOR);
    let void = rig.get(&late.link, &format!("/orders/{}/split", late.order)).json();
    assert_eq!(void["of_minor"], 0);
    let mut euro = Stage::payment(&short.order, "e1", 5);
    euro["currency"] = "EUR".into();
    assert_eq!(rig.tell(&euro).outcome(), (422, "currency_mismatch".to_owned()));
    for (field, value) in [("order", "x"), ("payment", "")] {
        let mut body = Stage::payment(&short.order, "e2", 5);
        body[field] = value.into();
        assert_eq!(rig.tell(&body).json()["field"], field);
    }
}

/// Goal: the processor's money reaches the bank, and goes on from there, by the staff alone.
/// Method: settle and pay out; an agent who tries; a household's wallet.
#[test]
fn money_goes_to_the_bank_and_on() {
    let rig = TestApp::new();
    let stage = Stage::new(&rig);
    let bought = stage.buy();
    stage.deliver(&bought.order);
    stage.order(&bought.link, &bought.order, &json!({"confirm": {}})).expect(200);
    let settle = json!({"gross_minor": BOX_MINOR, "fee_minor": 30, "currency": "CNY"});
    let refused = rig.post(&rig.agent, "/settlements", &settle);
    assert_eq!(refused.outcome(), (403, "not_allowed".to_owned()));
    rig.post(&rig.staff, "/settlements", &settle).expect(200);
    let account = |party: verger_domain::id::PartyId, code| {
        verger_domain::ledger::AccountKey::party(code, party).to_string()
    };
    let carrier = account(rig.cast.carrier, verger_domain::ledger::Code::PAYABLE_CARRIER);
    let pay = |account: &str| json!({"payees": [{"account": account, "amount_minor": 1_000}], "currency": "CNY"});
    let paid = rig.post(&rig.staff, "/payouts", &pay(&carrier)).expect(200).json();
    assert_eq!(paid["entries"].as_array().unwrap().len(), 2);
    let household = rig.cast.wallet(0).to_string();
    let refused = rig.post(&rig.staff, "/payouts", &pay(&household));
    assert_eq!(refused.outcome(), (422, "not_payable".to_owned()));
    let balance = rig.get(&rig.reader, "/trial-balance").expect(200).json();
    assert_eq!(balance["off_by_minor"], 0);
}
