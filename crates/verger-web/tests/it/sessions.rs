//! Signing in and out, and who may open which page: row by row of the table.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Request;
use verger_app::Role;
use verger_domain::id::PartyId;
use verger_domain::party::{Duty, Office, PartyKind, Scope};
use verger_domain::{Actor, Body as Wish};
use verger_sim::village;
use verger_web::access::{Gate, PAGES};

use crate::rig::{TestApp, V1};

const PASSWORD: &str = "a long password";

pub(crate) fn office(rig: &TestApp, code: &str, office: Office) -> PartyId {
    let mut command = village::register_party(V1, PartyKind::Staff, code, None);
    if let Wish::RegisterParty { party, .. } = &mut command.body {
        party.duty = Duty { office: Some(office), ..Duty::default() };
    }
    village::accept(&rig.app, command).unwrap();
    village::party_id(V1, code)
}

/// Everybody who can sign in, with his cookie.
fn everybody(rig: &TestApp) -> Vec<(Role, String)> {
    let auditor = office(rig, "AU", Office::Auditor);
    let programme = office(rig, "PR", Office::Programme);
    let people = [
        (Role::Member, rig.cast.members[1], "M002", "135790"),
        (Role::Agent, rig.cast.agent, "A1", "135790"),
        (Role::Cooperative, rig.cast.cooperative, "COOP", PASSWORD),
        (Role::Supplier, rig.cast.supplier, "S1", PASSWORD),
        (Role::Carrier, rig.cast.carrier, "C1", PASSWORD),
        (Role::Operator, rig.cast.staff[0], "ST1", PASSWORD),
        (Role::Auditor, auditor, "AU", PASSWORD),
        (Role::Programme, programme, "PR", PASSWORD),
    ];
    let signed = people.map(|(role, id, code, secret)| (role, rig.sign_in(id, code, secret)));
    assert_eq!(signed.len(), Role::ALL.len());
    signed.to_vec()
}

/// A path of the table with something in its parameters.
fn concrete(path: &str) -> String {
    let order = format!("order_{:032x}", 7);
    let table = [
        ("{lang}", "en"),
        ("{village}", "1"),
        ("{seq}", "1"),
        ("{order}", &order),
        ("{name}", "season"),
        ("{party}", "M001"),
        ("{card}", "x"),
        ("{code}", "2010"),
        ("{account}", "1010"),
        ("{pool}", "x"),
        ("{household}", "H001"),
        ("{dispute}", "x"),
        ("{label}", "x"),
        ("{listing}", "x"),
        ("{till}", "x"),
        ("{good}", "box-hujing"),
        ("{family}", "H001"),
        ("{lot}", "L1"),
        ("{digest}", "x"),
        ("{size}", "small"),
    ];
    table.iter().fold(path.to_owned(), |path, (name, value)| path.replace(name, value))
}

/// Goal: each page is open to whom its row says and to nobody else; who did not sign in is led to
/// the sign-in and back. Method: every row of the table by every role and by nobody.
#[test]
fn every_page_has_its_people() {
    let rig = TestApp::new();
    let people = everybody(&rig);
    for row in PAGES {
        let path = concrete(row.path);
        let ask = |cookies: &str| match row.method {
            "GET" => rig.page_as(&path, cookies),
            _ => rig.form(&path, cookies, &[]),
        };
        let nobody = ask("");
        let is_led = nobody.status == 303 && nobody.header("location").contains("/sign-in?next=");
        assert_eq!(is_led, row.gate != Gate::Open, "{} {path}", row.method);
        if is_led && row.method == "GET" {
            assert!(nobody.header("location").ends_with(&path), "{path}");
        }
        // Signing out ends the session that the next rows need.
        for (role, cookies) in people.iter().filter(|_| !row.path.ends_with("/sign-out")) {
            rig.clock.advance_seconds(1);
            let answer = ask(cookies);
            let is_refused = answer.status == 403;
            let wanted = match row.gate {
                Gate::Open => true,
                Gate::Seat(roles) => roles.contains(role),
            };
            assert_eq!(!is_refused, wanted, "{role:?} {} {path} {}", row.method, answer.status);
            assert!(answer.status < 500, "{role:?} {path} {}", answer.text());
        }
    }
}

/// Goal: no page is served without a row in the table. Method: the routes in the source.
#[test]
fn every_route_has_its_row() {
    let mut found = BTreeSet::new();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/page");
    let mut folders = vec![root];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let source = std::fs::read_to_string(&path).unwrap();
            for route in source.split(".route(").skip(1) {
                let path = route.split('"').nth(1).unwrap().to_owned();
                let handlers = route.split(".route(").next().unwrap();
                for (method, word) in [("GET", "get("), ("POST", "post(")] {
                    if handlers.split(';').next().unwrap().contains(word) {
                        found.insert((method, path.clone()));
                    }
                }
            }
        }
    }
    let rows: BTreeSet<(&str, String)> =
        PAGES.iter().map(|row| (row.method, row.path.to_owned())).collect();
    assert_eq!(rows.len(), PAGES.len(), "no row stands there twice");
    assert_eq!(found, rows);
}

/// Goal: a session is a cookie that scripts and other sites cannot have, and ends when it should.
/// Method: sign in as an agent; look at the cookie; sign out; wait.
#[test]
fn a_session_begins_and_ends() {
    let rig = TestApp::new();
    rig.give_secret(rig.cast.agent, "135790");
    let fields = [("code", "A1"), ("secret", "135790"), ("next", "/fr/session")];
    let answer = rig.form("/en/sign-in", "", &fields).expect(303);
    assert_eq!(answer.header("location"), "/fr/session");
    let cookie = answer.header("set-cookie").to_owned();
    assert!(cookie.starts_with("__Host-verger=vgr_1_"), "{cookie}");
    for part in ["Path=/", "Secure", "HttpOnly", "SameSite=Lax", "Max-Age=43200"] {
        assert!(cookie.split("; ").any(|found| found == part), "{cookie}");
    }
    assert!(!cookie.contains("Domain"));
    let cookie = cookie.split(';').next().unwrap();
    let page = rig.page_as("/en/session", cookie).expect(200);
    assert!(page.text().contains("Agent at the counter"));
    assert_eq!(page.header("cache-control"), "private, no-store");
    // An address elsewhere is not where a sign-in leads.
    let away = [("code", "A1"), ("secret", "135790"), ("next", "//evil.example/en/")];
    let answer = rig.form("/en/sign-in", "", &away).expect(303);
    assert!(answer.header("location").starts_with("/en/"), "{}", answer.header("location"));
    let out = rig.form("/en/sign-out", cookie, &[("who", "agent")]).expect(303);
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    rig.page_as("/en/session", cookie).expect(303);
    let second = rig.sign_in(rig.cast.agent, "A1", "135790");
    rig.clock.advance_seconds(12 * 3_600 - 1);
    rig.page_as("/en/session", &second).expect(200);
    rig.clock.advance_seconds(1);
    rig.page_as("/en/session", &second).expect(303);
}

/// Goal: staff needs both the password and a code, a code serves once, and guessing locks.
/// Method: right and wrong pairs; the same code twice; five wrong tries.
#[test]
fn staff_signs_in_with_two_proofs() {
    let rig = TestApp::new();
    let staff = rig.cast.staff[0];
    rig.give_secret(staff, PASSWORD);
    let code = rig.one_time(staff);
    let send = |secret: &str, one_time: &str| {
        let fields = [("code", "ST1"), ("secret", secret), ("one_time", one_time)];
        let answer = rig.form("/en/sign-in", "", &fields);
        (answer.status, answer.text())
    };
    assert_eq!(send(PASSWORD, &code).0, 303);
    let (status, text) = send(PASSWORD, &code);
    assert_eq!(status, 401);
    assert!(text.contains("A one-time code serves once"), "{text}");
    rig.clock.advance_seconds(60);
    assert_ne!(rig.one_time(staff), code);
    for (secret, one_time, left) in [(PASSWORD, "", 4), (PASSWORD, &code, 3), ("wrong", "", 2)] {
        let (status, text) = send(secret, one_time);
        assert_eq!(status, 422);
        assert!(text.contains(&format!("{left} tries are left")), "{left} {text}");
    }
    // The right pair clears the count.
    assert_eq!(send(PASSWORD, &rig.one_time(staff)).0, 303);
    for _ in 0..5 {
        send("wrong", "");
    }
    let (status, text) = send(PASSWORD, &rig.one_time(staff));
    assert!(status == 422 && text.contains("locked until"), "{text}");
    rig.clock.advance_seconds(900);
    assert_eq!(send(PASSWORD, &rig.one_time(staff)).0, 303);
    let unknown = [("code", "NOBODY"), ("secret", "x")];
    rig.form("/en/sign-in", "", &unknown).expect(401);
    // A household has no sign-in, and a village without a number does not exist.
    rig.form("/en/sign-in", "", &[("code", "H001"), ("secret", "x")]).expect(401);
    let elsewhere = [("village", "9"), ("code", "A1"), ("secret", "x")];
    rig.form("/en/sign-in", "", &elsewhere).expect(404);
}

/// Goal: a form from another site does nothing. Method: what browsers send, and what they do not.
#[test]
fn forms_of_other_sites_do_nothing() {
    let rig = TestApp::new();
    let cookie = rig.sign_in(rig.cast.agent, "A1", "135790");
    let send = |headers: &[(&str, &str)]| {
        let mut request = Request::post("/en/sign-out")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("cookie", &cookie)
            .header("host", "verger.example");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        rig.send(request.body(Body::from("who=agent")).unwrap()).status
    };
    let foreign: [&[(&str, &str)]; 6] = [
        &[],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "none")],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
    ];
    for headers in foreign {
        assert_eq!(send(headers), 403, "{headers:?}");
        rig.page_as("/en/session", &cookie).expect(200);
    }
    assert_eq!(send(&[("origin", "https://verger.example")]), 303);
    rig.page_as("/en/session", &cookie).expect(303);
    let next = rig.sign_in(rig.cast.agent, "A1", "135790");
    let both = [("sec-fetch-site", "same-origin"), ("origin", "https://verger.example")];
    assert_eq!(send(&both), 303);
    rig.page_as("/en/session", &next).expect(200);
}

/// Goal: many tries from one address are slowed down. Method: tries until one is too many.
#[test]
fn many_tries_are_slowed_down() {
    let rig = TestApp::new();
    let fields = [("code", "NOBODY"), ("secret", "x")];
    for _ in 0..20 {
        rig.form("/en/sign-in", "", &fields).expect(401);
    }
    let answer = rig.form("/en/sign-in", "", &fields).expect(429);
    assert_eq!(answer.header("retry-after"), "4");
    assert!(answer.text().contains("Wait 4 seconds"), "{}", answer.text());
    rig.clock.advance_seconds(4);
    rig.form("/en/sign-in", "", &fields).expect(401);
}

/// Goal: a card opens its member's own pages and nothing of the API; a lost card opens nothing.
/// Method: a card as a token with one's own scope; the API with it; the card revoked.
#[test]
fn a_card_opens_ones_own_pages() {
    let rig = TestApp::new();
    let member = rig.cast.members[0];
    let ends = rig.app.now().at.plus_seconds(1_000_000);
    let card = rig.app.new_token(V1, member, [Scope::Own].into(), ends);
    let (text, token) = (card.text.clone(), card.token.id);
    let issue = Wish::IssueToken { token: card.token };
    village::accept(&rig.app, village::command(V1, Actor::System, "card", issue)).unwrap();
    let answer = rig.page(&format!("/en/card/{text}")).expect(303);
    let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
    assert!(cookie.starts_with("__Host-verger-own=") && !cookie.contains(&text), "{cookie}");
    rig.page_as("/en/session", &cookie).expect(200);
    let session = cookie.split('=').nth(1).unwrap();
    for bearer in [&text, session] {
        assert_eq!(rig.get(bearer, "/parties").outcome(), (403, "scope_missing".to_owned()));
    }
    let revoke = Wish::RevokeToken { token };
    village::accept(&rig.app, village::command(V1, Actor::System, "lost", revoke)).unwrap();
    rig.page(&format!("/en/card/{text}")).expect(401);
    for wrong in ["x", &rig.agent, &rig.reader] {
        rig.page(&format!("/en/card/{wrong}")).expect(401);
    }
}

/// Goal: an agent turns his screen to a member, who leaves him his own session.
/// Method: the member's PIN at the turned screen; both cookies; the member signs out.
#[test]
fn a_turned_screen_is_the_members() {
    let rig = TestApp::new();
    let agent = rig.sign_in(rig.cast.agent, "A1", "135790");
    rig.page_as("/en/counter/turn/M001", &agent).expect(200);
    rig.page_as("/en/counter/turn/H001", &agent).expect(404);
    let wrong = rig.form("/en/counter/turn/M001", &agent, &[("secret", "000000")]).expect(422);
    assert!(wrong.text().contains("4 tries are left"));
    let right = rig.form("/en/counter/turn/M001", &agent, &[("secret", "482915")]).expect(303);
    let own = right.header("set-cookie").split(';').next().unwrap().to_owned();
    let both = format!("{agent}; {own}");
    assert!(rig.page_as("/en/session", &both).expect(200).text().contains("Villager"));
    rig.form("/en/sign-out", &both, &[("who", "member")]).expect(303);
    assert!(rig.page_as("/en/session", &both).expect(200).text().contains("Agent at the counter"));
}

/// Goal: everybody changes his own PIN or password, and a new password brings a new key.
/// Method: an agent and an auditor, with the wrong old one first.
#[test]
fn people_change_their_own_secret() {
    let rig = TestApp::new();
    let auditor = office(&rig, "AU", Office::Auditor);
    let people =
        [(rig.cast.agent, "A1", "135790", "246813"), (auditor, "AU", PASSWORD, "another password")];
    for (id, code, old, new) in people {
        let cookie = rig.sign_in(id, code, old);
        let key = rig.key();
        let send = |old: &str, new: &str, again: &str| {
            let fields = [("key", key.as_str()), ("old", old), ("new", new), ("again", again)];
            rig.form("/en/session/pin", &cookie, &fields)
        };
        assert!(send(old, new, "other").expect(422).text().contains("differ"));
        assert!(
            send(old, "short", "short").expect(422).text().contains("exactly six digits")
                || send(old, "short", "short").text().contains("at least ten characters")
        );
        send("000000", new, new).expect(422);
        let done = send(old, new, new);
        if new.len() == 6 {
            assert_eq!(done.status, 303, "{}", done.text());
        } else {
            let text = done.expect(200).text();
            let found = rig.app.ask_blocking(V1, move |reader, cell| reader.pin(cell, id)).unwrap();
            assert!(text.contains(&rig.app.one_time_key(id, &found.unwrap().0)), "{text}");
        }
        let fields = [("code", code), ("secret", old), ("one_time", "")];
        rig.form("/en/sign-in", "", &fields).expect(422);
    }
}
