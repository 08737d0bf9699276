//! Trust over HTTP: what a sale earns, why it is not more, on a slip and on a card in three
//! languages; facts, proofs and findings that people bring.

use axum::body::Body;
use axum::http::Request;
use serde_json::json;

use crate::rig::{Answer, TestApp};
use crate::stage::Stage;

fn read(rig: &TestApp, path: &str, language: &str) -> Answer {
    let request = Request::get(format!("/api/v1/villages/1/parties/H001/trust{path}"))
        .header("authorization", format!("Bearer {}", rig.reader))
        .header("accept-language", language);
    rig.send(request.body(Body::empty()).unwrap())
}

/// A village in which a household sold two boxes, to a buyer who is proven for the second.
pub(crate) fn traded(rig: &TestApp) {
    let stage = Stage::new(rig);
    for round in 0..2 {
        let bought = stage.buy();
        stage.deliver(&bought.order);
        let confirm = json!({"confirm": {}});
        stage.order(&bought.link, &bought.order, &confirm).expect(200);
        if round == 0 {
            let order =
                rig.get(&rig.staff, &format!("/orders/{}", bought.order)).expect(200).json();
            let buyer = order["buyer"].as_str().unwrap().to_owned();
            let approved_by = rig.cast.staff[1].to_string();
            let proof = json!({"approved_by": approved_by});
            rig.post(&rig.staff, &format!("/buyers/{buyer}/proof"), &proof).expect(200);
            let alone = json!({"approved_by": rig.cast.staff[0].to_string()});
            let refused = rig.post(&rig.staff, &format!("/buyers/{buyer}/proof"), &alone);
            assert_eq!(refused.outcome().1, "second_person_needed");
        }
    }
}

/// Goal: a household reads its points, and they are the sum of their parts; a confirmed fact raises
/// them at once. Method: two sales and a fact, read before and after.
#[test]
fn a_household_reads_its_points() {
    let rig = TestApp::new();
    let newcomer = read(&rig, "", "en").expect(200).json();
    assert_eq!((&newcomer["points"], &newcomer["level"]), (&0.into(), &0.into()));
    assert_eq!(newcomer["reasons"][0]["code"], "LEVEL_LOW");
    traded(&rig);
    let before = read(&rig, "", "en").expect(200).json();
    let sum = |answer: &serde_json::Value| -> i64 {
        answer["parts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|part| part["points"].as_i64().unwrap())
            .sum()
    };
    assert!(before["points"].as_i64().unwrap() > 0, "{before}");
    assert_eq!(sum(&before), before["points"].as_i64().unwrap());
    let fact = json!({"fact": "identity", "document": "77".repeat(32)});
    rig.post(&rig.agent, "/parties/H001/facts", &fact).expect(200);
    let after = read(&rig, "", "en").expect(200).json();
    assert_eq!(after["points"].as_i64().unwrap(), before["points"].as_i64().unwrap() + 20);
    assert!(after["facts"]["identity"].is_string(), "{after}");
    assert_eq!(sum(&after), after["points"].as_i64().unwrap());
    let member = rig.get(&rig.reader, "/parties/M001/trust").expect(200).json();
    assert_eq!(member["points"], after["points"], "a member reads the household's");
    let nobody = rig.get(&rig.reader, "/parties/COOP/trust");
    assert_eq!(nobody.outcome(), (404, "not_found".to_owned()));
}

/// Goal: wrong facts name their field, and only the staff finds fraud.
#[test]
fn wrong_facts_are_refused() {
    let rig = TestApp::new();
    let document = "77".repeat(32);
    for (body, field) in [
        (json!({"fact": "beauty", "document": document}), "fact"),
        (json!({"fact": "plot"}), "document"),
        (json!({"fact": "plot", "document": "xyz"}), "document"),
        (json!({"fact": "plot", "document": document, "witness": "M001"}), "document"),
        (json!({"fact": "plot", "witness": "M999", "witness_pin": "123456"}), "witness"),
    ] {
        let answer = rig.post(&rig.agent, "/parties/H001/facts", &body);
        assert_eq!(answer.json()["field"], field, "{}", answer.text());
    }
    let finding = json!({"approved_by": rig.cast.staff[1].to_string(), "reason": "forged"});
    let denied = rig.post(&rig.agent, "/parties/H001/bar", &finding);
    assert_eq!(denied.status, 403, "{}", denied.text());
    rig.post(&rig.staff, "/parties/H001/bar", &finding).expect(200);
    let barred = read(&rig, "", "en").expect(200).json();
    assert_eq!(barred["limit"]["reason"], "barred");
    assert_eq!(barred["reasons"][0]["code"], "FRAUD_BARRED");
}

/// Goal: the slip and the card say the same in three languages, in words and not in codes; the slip
/// fits its paper, the card is a small, closed picture.
#[test]
fn trust_is_said_in_three_languages() {
    let rig = TestApp::new();
    traded(&rig);
    for (language, word) in [("zh-CN", "信任"), ("fr", "Confiance"), ("en", "Trust")] {
        let slip = read(&rig, "/slip", language).expect(200);
        assert_eq!(slip.header("content-type"), "text/plain; charset=utf-8");
        let slip = slip.text();
        println!("{slip}");
        assert!(slip.starts_with(word), "{slip}");
        let wide = |c: char| usize::from(!c.is_ascii() && c > '\u{2e80}') + 1;
        let columns = |line: &str| line.chars().map(wide).sum::<usize>();
        assert!(slip.lines().all(|line| columns(line) <= 32), "{slip}");
        assert!(!slip.contains('[') && !slip.contains('_'), "a text is missing: {slip}");
        let card = read(&rig, "/card", language).expect(200).text();
        assert!(card.contains("<svg") && card.contains(word), "{card}");
        assert!(card.len() < 8_000, "{} bytes", card.len());
        assert!(!card.contains("style="), "the pages' security policy forbids it");
    }
}
