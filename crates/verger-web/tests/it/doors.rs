//! Every door of the API, tried by those who may not pass. Owns the walk over all routes as the API
//! describes them, so that a new route is tried from its first day.

use axum::body::Body;
use axum::http::Request;
use serde_json::Value;

use crate::rig::{Answer, TestApp};

/// The routes that need a token, by method and path, from the document that describes the API.
fn guarded() -> Vec<(String, String)> {
    let document: Value = serde_json::from_str(&verger_web::openapi()).unwrap();
    let mut routes = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            if operation.get("responses").is_some() && operation.get("security").is_none() {
                routes.push((method.to_uppercase(), path.clone()));
            }
        }
    }
    routes
}

/// The path with a village and things that are not there.
fn concrete(path: &str, village: &str) -> String {
    let mut parts = path.replace("{village}", village);
    while let (Some(start), Some(end)) = (parts.find('{'), parts.find('}')) {
        parts.replace_range(start..=end, "x");
    }
    parts
}

fn knock(rig: &TestApp, (method, path): (&str, &str), token: Option<&str>) -> Answer {
    let path = concrete(path, "1");
    at(rig, (method, &path), token)
}

fn at(rig: &TestApp, (method, path): (&str, &str), token: Option<&str>) -> Answer {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", "application/json")
        .header("idempotency-key", rig.key());
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    rig.send(request.body(Body::from("{}")).unwrap())
}

/// Goal: no route answers somebody who has no token, a made-up one, one of another village, or one
/// that may only read where something would be written; and none of them stores anything.
/// Method: every route of the document by each of them; the head of the journal before and after.
#[test]
fn no_door_opens_to_whom_it_should_not() {
    let rig = TestApp::new();
    let head =
        |rig: &TestApp| rig.app.ask_blocking(crate::rig::V1, verger_app::Reader::head).unwrap().seq;
    let before = head(&rig);
    let routes = guarded();
    assert!(routes.len() > 60, "{}", routes.len());
    let mut wrong = Vec::new();
    for (method, path) in &routes {
        let route = (method.as_str(), path.as_str());
        let mut expect = |who: &str, token: Option<&str>, status: u16| {
            let found = knock(&rig, route, token).status;
            if found != status {
                wrong.push(format!("{method} {path} to {who}: {found}, not {status}"));
            }
        };
        expect("nobody", None, 401);
        expect("a made-up token", Some("vgr_1_00_00"), 401);
        expect("a neighbour", Some(&rig.stranger), 404);
        if method != "GET" {
            expect("a reader", Some(&rig.reader), 403);
        }
        // A neighbour learns no more than of a village that is not there.
        let nowhere = at(&rig, (method, &concrete(path, "999")), Some(&rig.stranger));
        let here = knock(&rig, route, Some(&rig.stranger));
        assert_eq!(here.json()["detail"], nowhere.json()["detail"], "{method} {path}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(head(&rig), before, "whoever may not pass leaves no record");
}
