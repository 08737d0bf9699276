//! The public pages: in three languages, small, without script, and without personal data.

use std::io::Write;

use axum::body::Body;
use axum::http::Request;
use serde_json::json;
use verger_domain::codec;
use verger_words::text::Lang;

use crate::rig::{self, TestApp};

fn pages(tag: &str) -> Vec<String> {
    let tails =
        ["", "v/1/books", "v/1/goods", "v/1/journal", "v/1/journal/1", "v/9/books", "nowhere"];
    tails.iter().map(|tail| format!("/{tag}/{tail}")).collect()
}

/// How large a page is on its way to a browser.
pub(crate) fn compressed(bytes: &[u8]) -> usize {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap().len()
}

/// Goal: `/` sends people to their language. Method: three headers.
#[test]
fn first_address_follows_the_language() {
    let rig = TestApp::new();
    for (wish, address) in [("zh", "/zh-CN/"), ("fr", "/fr/"), ("de", "/en/")] {
        let request = Request::get("/").header("accept-language", wish);
        let answer = rig.send(request.body(Body::empty()).unwrap()).expect(303);
        assert_eq!(answer.header("location"), address);
    }
}

/// Goal: every page is whole in every language: no missing text, no script, no style attribute,
/// the style's hash in the policy, at most 8 KB, the switch keeps the page, no name of a member.
/// Method: each page in each language.
#[test]
fn pages_keep_their_promises() {
    let rig = TestApp::new();
    rig.fund(123_450);
    let body = json!({
        "lines": [["1010", 2_500], [rig.cast.wallet(0).to_string(), -2_500]], "currency": "CNY",
        "purpose": "x"
    });
    rig.post(&rig.staff, "/entries", &body).expect(201);
    for lang in Lang::ALL {
        for path in pages(lang.tag()) {
            let answer = rig.page(&path);
            let html = answer.text();
            let is_there = !path.ends_with("v/9/books") && !path.ends_with("nowhere");
            assert_eq!(answer.status, if is_there { 200 } else { 404 }, "{path}");
            assert!(answer.header("content-type").starts_with("text/html"), "{path}");
            let style = html.split("<style>").nth(1).and_then(|s| s.split("</style>").next());
            let style = style.unwrap_or_default();
            let shown = html.replace(style, "");
            let is_key = |rest: &str| rest.starts_with(|c: char| c.is_ascii_lowercase());
            assert!(!shown.split('[').skip(1).any(is_key), "{path} {shown}");
            for banned in ["<script", "style=", "onclick", "javascript:"] {
                assert!(!shown.contains(banned), "{path} {banned}");
            }
            assert!(shown.contains(&format!("<html lang=\"{}\">", lang.tag())), "{path}");
            assert!(!shown.contains("M001") && !shown.contains("H001 某"), "{path}");
            let hash = base64(&codec::sha256(style.as_bytes()));
            let policy = answer.header("content-security-policy");
            assert!(policy.contains(&format!("'sha256-{hash}'")), "{path} {policy}");
            let size = compressed(&answer.body);
            assert!(size <= 8 * 1024, "{path} is {size}");
            eprintln!("{path} {} bytes, {size} compressed", answer.body.len());
            for other in Lang::ALL.iter().filter(|_| is_there) {
                let tail = path.strip_prefix(&format!("/{}/", lang.tag())).unwrap();
                let switch = format!("href=\"/{}/{tail}\"", other.tag());
                assert!(shown.contains(&switch), "{path} {switch}");
            }
            for (name, value) in
                [("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer")]
            {
                assert_eq!(answer.header(name), value, "{path}");
            }
        }
    }
}

fn base64(bytes: &[u8]) -> String {
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bit =
        |place: usize| bytes.get(place / 8).map_or(0, |b| usize::from(b >> (7 - place % 8) & 1));
    let mut text = String::new();
    for start in (0..bytes.len() * 8).step_by(6) {
        let index = (start..start + 6).fold(0, |sum, place| sum * 2 + bit(place));
        text.push(char::from(digits[index]));
    }
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}

/// Goal: money reads as each language writes it. Method: the books in three languages.
#[test]
fn money_is_written_per_language() {
    let rig = TestApp::new();
    rig.fund(123_450);
    for (tag, text) in
        [("zh-CN", "¥1,234.50"), ("en", "CN¥1,234.50"), ("fr", "1\u{202f}234,50\u{a0}CN¥")]
    {
        for page in ["", "v/1/books"] {
            let html = rig.page(&format!("/{tag}/{page}")).expect(200).text();
            assert!(html.contains(text), "{tag} {page}");
        }
    }
}

/// Goal: a server without a village says what to do. Method: an empty folder.
#[test]
fn empty_server_says_what_to_do() {
    let (router, _folder, app) = rig::empty();
    for lang in Lang::ALL {
        let request = Request::get(format!("/{}/", lang.tag())).body(Body::empty()).unwrap();
        let answer = rig::ask(&router, request).expect(200);
        assert!(answer.text().contains("verger demo"));
    }
    app.close();
}

/// Goal: the description for people has every operation and its curl line. Method: look.
#[test]
fn docs_are_readable() {
    let rig = TestApp::new();
    let answer = rig.page("/api/docs").expect(200);
    let html = answer.text();
    let document = rig.page("/api/openapi.json").expect(200).json();
    let paths = document["paths"].as_object().unwrap().values();
    let operations: usize = paths.map(|item| item.as_object().unwrap().len()).sum();
    assert_eq!(html.matches("<article").count(), operations);
    assert_eq!(html.matches("curl http").count(), operations);
    assert!(!html.contains("<script"));
    eprintln!("/api/docs {} bytes, {} compressed", html.len(), compressed(&answer.body));
}

/// Goal: answers come compressed to those who can read it. Method: ask as browsers do.
#[test]
fn answers_come_compressed() {
    let rig = TestApp::new();
    let request = Request::get("/en/").header("accept-encoding", "gzip, br");
    let answer = rig.send(request.body(Body::empty()).unwrap()).expect(200);
    assert_eq!(answer.header("content-encoding"), "gzip");
    assert_eq!(answer.body.len(), compressed(&rig.page("/en/").body));
    assert!(answer.body.len() <= 8 * 1024, "{}", answer.body.len());
}
