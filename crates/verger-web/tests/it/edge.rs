//! What happens around every request; the operators' addresses; the description of the API.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::rig::TestApp;
use crate::stage::Stage;

/// Goal: operators see life, readiness and counters. Method: ask each, after one of each outcome.
#[test]
fn operators_see_the_server() {
    let rig = TestApp::new();
    assert_eq!(rig.page("/healthz").expect(200).text(), "ok\n");
    rig.page("/readyz").expect(200);
    rig.fund(5);
    rig.page("/nowhere").expect(404);
    let metrics = rig.page("/metrics").expect(200);
    assert!(metrics.header("content-type").starts_with("application/openmetrics-text"));
    let text = metrics.text();
    let cash = r#"verger_http_requests_total{method="POST",route="/api/v1/villages/{village}/cash-in",status="200"} 1"#;
    for line in [cash, "verger_commands_waiting 0", "verger_commands_accepted_total", "# EOF"] {
        assert!(text.contains(line), "{line} in {text}");
    }
    assert!(!text.contains("/nowhere"), "no series for made-up addresses");
}

/// Goal: an id comes back as it was sent, or new. Method: given, unfit, none.
#[test]
fn requests_have_ids() {
    let rig = TestApp::new();
    let ask = |id: &str| {
        let request = Request::get("/api/v1/villages/9").header("x-request-id", id);
        rig.send(request.body(Body::empty()).unwrap())
    };
    let answer = ask("abc-1.2");
    assert_eq!(
        (answer.header("x-request-id"), &answer.json()["request_id"]),
        ("abc-1.2", &"abc-1.2".into())
    );
    for unfit in ["", "a b", "<script>", "x".repeat(65).as_str()] {
        let answer = ask(unfit);
        assert_eq!(answer.header("x-request-id").len(), 32);
    }
}

/// Goal: what is not JSON, too large or the wrong way is refused by its own code. Method: table.
#[test]
fn bodies_and_methods_are_checked() {
    let rig = TestApp::new();
    let post = |body: String, kind: &str| {
        let request = Request::post("/api/v1/villages/1/cash-in")
            .header("authorization", format!("Bearer {}", rig.agent))
            .header("idempotency-key", rig.key())
            .header("content-type", kind);
        rig.send(request.body(Body::from(body)).unwrap())
    };
    let json = "application/json; charset=utf-8";
    assert_eq!(post("{".to_owned(), json).outcome(), (400, "malformed_json".to_owned()));
    let large = format!("\"{}\"", "x".repeat(70_000));
    assert_eq!(post(large, json).outcome(), (413, "body_too_large".to_owned()));
    let form = post("a=b".to_owned(), "application/x-www-form-urlencoded");
    assert_eq!(form.outcome(), (415, "unsupported_media_type".to_owned()));
    let request = Request::delete("/api/v1/villages/1/cash-in").body(Body::empty()).unwrap();
    let answer = rig.send(request);
    assert_eq!(answer.outcome(), (405, "method_not_allowed".to_owned()));
    assert_eq!(answer.header("allow"), "POST");
    let answer = rig.page("/api/v1/nothing");
    assert_eq!(answer.outcome(), (404, "not_found".to_owned()));
    assert_eq!(answer.json()["type"], "/problems/not_found");
}

/// Goal: problems speak the caller's language. Method: one problem in three.
#[test]
fn problems_are_translated() {
    let rig = TestApp::new();
    for (wish, word) in [("zh-CN", "没有"), ("fr-FR", "Il n’y a pas"), ("de", "There is no")] {
        let request = Request::get("/api/v1/villages/9").header("accept-language", wish);
        let answer = rig.send(request.body(Body::empty()).unwrap()).json();
        assert!(answer["detail"].as_str().unwrap().contains(word), "{answer}");
        assert!(!answer["hint"].as_str().unwrap().is_empty());
    }
}

/// Goal: the description has every operation, with token, key and problems, and resolves.
/// Method: walk the document; ask each address of it.
#[test]
fn description_is_complete() {
    let rig = TestApp::new();
    let stage = Stage::new(&rig);
    let (sold, order) = (stage.fruit.clone(), stage.new_order());
    let document = rig.page("/api/openapi.json").expect(200);
    assert_eq!(document.text(), verger_web::openapi());
    let document = document.json();
    assert_eq!(document["openapi"], "3.1.0");
    let mut ids = BTreeSet::new();
    let (mut operations, mut wrong) = (0, Vec::new());
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            operations += 1;
            assert!(ids.insert(operation["operationId"].to_string()), "{path} {method}");
            assert!(operation["summary"].is_string(), "{path} {method}");
            let has_key = operation["parameters"].to_string().contains("IdempotencyKey");
            let is_signed = operation["security"][0]["signature"].is_array();
            assert_eq!(has_key, method == "post" && !is_signed, "{path} {method}");
            let address = path.replace("{village}", "1").replace("{party}", "M001");
            let address = address.replace("{hold}", "x").replace("{account}", "1010");
            let address = address.replace("{month}", "2026-05").replace("{seq}", "1");
            let address = address.replace("{listing}", &sold).replace("{order}", &order);
            let request = Request::builder().method(method.to_uppercase().as_str()).uri(address);
            let status = rig.send(request.body(Body::empty()).unwrap()).status;
            let is_open = operation["security"] == json!([{}]);
            // An open `POST` gets as far as its missing key, an open search as its missing question.
            let open_status = match (method.as_str(), path.ends_with("/search")) {
                ("post", _) => 400,
                (_, true) => 422,
                // No box carries such a label, and who asks need not sign in to be told so.
                _ if path.ends_with("{label}") => 404,
                _ => 200,
            };
            let wanted = if is_open { open_status } else { 401 };
            if status != wanted {
                wrong.push(format!("{method} {path}: {status}, not {wanted}"));
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
    assert_eq!(operations, 98, "a new route belongs into this count");
    references(&document, &document);
}

fn references(document: &Value, value: &Value) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get("$ref") {
                let target = document.pointer(reference.trim_start_matches('#'));
                assert!(target.is_some(), "{reference}");
            }
            fields.values().for_each(|field| references(document, field));
        }
        Value::Array(items) => items.iter().for_each(|item| references(document, item)),
        _ => {}
    }
}
