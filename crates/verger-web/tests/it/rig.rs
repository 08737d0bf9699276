//! A village behind a router, on a temporary folder, with a clock that stands. Owns requests and
//! answers as tests write them.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request};
use serde_json::{Value, json};
use tower::ServiceExt;
use verger_app::App;
use verger_app::clock::ManualClock;
use verger_domain::codec;
use verger_domain::id::{CommandId, CommandKind, PartyId, VillageId};
use verger_domain::party::Scope;
use verger_domain::time::Instant;
use verger_domain::{Actor, Body as Wish};
use verger_sim::temp::TempFolder;
use verger_sim::village::{self, Cast, START_MICROS};
use verger_store::{Location, Store};
use verger_web::Settings;

pub(crate) const V1: VillageId = VillageId::new(1);
pub(crate) const V2: VillageId = VillageId::new(2);

/// Two neighbouring villages, the first with people, tokens and a PIN.
pub(crate) struct TestApp {
    pub(crate) app: App,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) cast: Cast,
    pub(crate) agent: String,
    pub(crate) staff: String,
    pub(crate) reader: String,
    pub(crate) stranger: String,
    router: Router,
    runtime: tokio::runtime::Runtime,
    folder: TempFolder,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Status and problem code, for tables.
    pub(crate) fn outcome(&self) -> (u16, String) {
        (self.status, self.json()["code"].as_str().unwrap_or("").to_owned())
    }

    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }
}

fn settings() -> Settings {
    Settings { listen: ([127, 0, 0, 1], 0).into(), demo: true, version: "0.1.0", doors: Vec::new() }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn token(app: &App, village: VillageId, party: PartyId, scopes: &[Scope]) -> String {
    let ends = app.now().at.plus_seconds(360 * 86_400);
    let made = app.new_token(village, party, scopes.iter().copied().collect(), ends);
    let name = format!("token {}", made.token.id);
    let body = Wish::IssueToken { token: made.token };
    village::accept(app, village::command(village, Actor::System, &name, body)).unwrap();
    made.text
}

/// A router on an empty folder, without a village.
pub(crate) fn empty() -> (Router, TempFolder, App) {
    let folder = TempFolder::new().unwrap();
    let store = Store::new(Location::Folder(folder.path().to_owned()));
    let (app, _) = village::open_app(store).unwrap();
    (verger_web::router(app.clone(), settings()), folder, app)
}

pub(crate) fn ask(router: &Router, request: Request<Body>) -> Answer {
    runtime().block_on(answer(router, request))
}

async fn answer(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let (head, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec();
    Answer { status: head.status.as_u16(), headers: head.headers, body }
}

impl TestApp {
    pub(crate) fn new() -> Self {
        Self::with_policy(|_| ())
    }

    /// The same under a changed policy.
    pub(crate) fn with_policy(change: fn(&mut verger_domain::policy::Policy)) -> Self {
        let folder = TempFolder::new().unwrap();
        let clock = Arc::new(ManualClock::new(Instant::from_micros(START_MICROS)));
        let store = Store::new(Location::Folder(folder.path().to_owned()));
        let app = village::open_app_at(store, &clock, |mut config| {
            change(&mut config.policy);
            config
        });
        let app = app.unwrap();
        let cast = village::settle(&app, V1, "桃源县", 3).unwrap();
        let other = village::settle(&app, V2, "桃源县", 1).unwrap();
        assert_eq!(app.cell_of(V1).unwrap(), app.cell_of(V2).unwrap(), "neighbours share a cell");
        let agent = token(&app, V1, cast.agent, &Scope::ALL);
        let staff = token(&app, V1, cast.staff[0], &Scope::ALL);
        let reader = token(&app, V1, cast.staff[1], &[Scope::Read]);
        let stranger = token(&app, V2, other.agent, &Scope::ALL);
        let router = verger_web::router(app.clone(), settings());
        let runtime = runtime();
        let rig =
            Self { app, clock, cast, agent, staff, reader, stranger, router, runtime, folder };
        let pin = json!({"pin": "482915"});
        rig.post(&rig.staff, "/parties/M001/pin", &pin).expect(200);
        rig
    }

    /// The same books with a queue that holds nothing.
    pub(crate) fn with_full_queue(mut self) -> Self {
        self.app.close();
        let store = Store::new(Location::Folder(self.folder.path().to_owned()));
        let small = |config| verger_app::Config { queue_max: 0, ..config };
        self.app = village::open_app_at(store, &self.clock, small).unwrap();
        self.router = verger_web::router(self.app.clone(), settings());
        self
    }

    /// The same books served as those of a real village.
    pub(crate) fn without_demo(mut self) -> Self {
        self.router = verger_web::router(self.app.clone(), Settings { demo: false, ..settings() });
        self
    }

    /// A new key, as a client makes it.
    pub(crate) fn key(&self) -> String {
        self.app.new_id::<CommandKind>().to_string()
    }

    pub(crate) fn send(&self, request: Request<Body>) -> Answer {
        self.runtime.block_on(answer(&self.router, request))
    }

    /// A token of a party of the first village, with every scope.
    pub(crate) fn token_of(&self, party: PartyId) -> String {
        token(&self.app, V1, party, &Scope::ALL)
    }

    /// `POST` below the first village without a token.
    pub(crate) fn open_post(&self, path: &str, body: &Value, key: &str) -> Answer {
        let request = Request::post(format!("/api/v1/villages/1{path}"))
            .header("content-type", "application/json")
            .header("idempotency-key", key);
        self.send(request.body(Body::from(body.to_string())).unwrap())
    }

    /// What the processor tells of the first village, signed at a moment.
    pub(crate) fn tell_at(&self, at_seconds: u64, body: &Value) -> Answer {
        let body = body.to_string();
        let key = self.app.webhook_key(V1);
        let digest = hmac(&key, format!("{at_seconds}.{body}").as_bytes());
        let signature = format!("t={at_seconds},v1={}", codec::to_hex(&digest));
        let request = Request::post("/api/v1/villages/1/payments")
            .header("content-type", "application/json")
            .header("verger-signature", signature);
        self.send(request.body(Body::from(body)).unwrap())
    }

    /// What the processor tells now.
    pub(crate) fn tell(&self, body: &Value) -> Answer {
        self.tell_at(self.app.now().at.millis_since_epoch() / 1_000, body)
    }

    /// Sends a form as our own page does, with the cookies of a browser.
    pub(crate) fn form(&self, path: &str, cookies: &str, fields: &[(&str, &str)]) -> Answer {
        let pairs = fields.iter().map(|(name, value)| format!("{name}={}", escaped(value)));
        let request = Request::post(path)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .header("cookie", cookies);
        let body = pairs.collect::<Vec<_>>().join("&");
        self.send(request.body(Body::from(body)).unwrap())
    }

    /// A page with the cookies of a browser.
    pub(crate) fn page_as(&self, path: &str, cookies: &str) -> Answer {
        self.send(Request::get(path).header("cookie", cookies).body(Body::empty()).unwrap())
    }

    /// Gives somebody a PIN or a password, by the operator's machine.
    pub(crate) fn give_secret(&self, party: PartyId, secret: &str) {
        let is_pin = secret.len() == 6;
        let made = if is_pin {
            self.app.new_pin(party, secret)
        } else {
            self.app.new_password(party, secret)
        };
        let body = Wish::SetPin { pin: made.unwrap(), member: party, proof: None };
        let command = verger_domain::Command {
            id: self.app.new_id(),
            village: V1,
            actor: Actor::System,
            body,
        };
        village::accept(&self.app, command).unwrap();
    }

    /// The one-time code that somebody's app shows now.
    pub(crate) fn one_time(&self, party: PartyId) -> String {
        let found = self.app.ask_blocking(V1, move |reader, cell| reader.pin(cell, party)).unwrap();
        self.app.one_time_code(party, &found.unwrap().0)
    }

    /// Signs in at the page and answers with the cookie.
    pub(crate) fn sign_in(&self, party: PartyId, code: &str, secret: &str) -> String {
        self.give_secret(party, secret);
        let one_time = self.one_time(party);
        let one_time = if secret.len() == 6 { "" } else { &one_time };
        let fields = [("village", "1"), ("code", code), ("secret", secret), ("one_time", one_time)];
        let answer = self.form("/en/sign-in", "", &fields).expect(303);
        let cookie = answer.header("set-cookie");
        cookie.split(';').next().unwrap().to_owned()
    }

    /// A page or an open address.
    pub(crate) fn page(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap())
    }

    /// `GET` below the first village.
    pub(crate) fn get(&self, token: &str, path: &str) -> Answer {
        let request = Request::get(format!("/api/v1/villages/1{path}"))
            .header("authorization", format!("Bearer {token}"));
        self.send(request.body(Body::empty()).unwrap())
    }

    /// `POST` below the first village with a new key.
    pub(crate) fn post(&self, token: &str, path: &str, body: &Value) -> Answer {
        self.repeat(token, path, body, &self.key())
    }

    /// `POST` below the first village with a key of one's own.
    pub(crate) fn repeat(&self, token: &str, path: &str, body: &Value, key: &str) -> Answer {
        self.raw(token, path, body.to_string(), Some(key))
    }

    /// `POST` below the first village, body and key as they are.
    pub(crate) fn raw(&self, token: &str, path: &str, body: String, key: Option<&str>) -> Answer {
        let mut request = Request::post(format!("/api/v1/villages/1{path}"))
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json");
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        self.send(request.body(Body::from(body)).unwrap())
    }

    /// Cash for the wallet of the first household.
    pub(crate) fn fund(&self, amount_minor: i64) -> Answer {
        let body = json!({
            "shop": "SHOP", "wallet": "H001", "amount_minor": amount_minor, "currency": "CNY"
        });
        self.post(&self.agent, "/cash-in", &body).expect(200)
    }

    pub(crate) fn id_of(key: &str) -> CommandId {
        key.parse().unwrap()
    }
}

/// A form with a photo, as browsers send it; its boundary is `edge`.
pub(crate) fn multipart(fields: &[(&str, &str)], file: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let head = format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
        body.extend(format!("{head}{value}\r\n").bytes());
    }
    let head = "--edge\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"p.png\"\r\n";
    body.extend(format!("{head}Content-Type: image/png\r\n\r\n").bytes());
    body.extend(file);
    body.extend(b"\r\n--edge--\r\n");
    body
}

/// HMAC-SHA-256 as RFC 2104 describes it, apart from the library that the program uses.
fn hmac(key: &codec::Hash, message: &[u8]) -> codec::Hash {
    let pad = |with: u8| -> Vec<u8> {
        let padded = key.iter().copied().chain(std::iter::repeat(0)).take(64);
        padded.map(|byte| byte ^ with).collect()
    };
    let inner = codec::sha256(&[pad(0x36), message.to_vec()].concat());
    codec::sha256(&[pad(0x5c), inner.to_vec()].concat())
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.app.close();
    }
}

/// Tells whoever runs the tests that something was skipped.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
pub(crate) fn say(text: &str) {
    eprintln!("{text}");
}

/// A text as a form sends it.
fn escaped(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let coded = |byte: u8| {
        if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    text.bytes().map(coded).collect()
}

/// A policy under which one confirmed fact opens credit, so that a test of credit need not trade for
/// months first.
pub(crate) fn easy_credit(policy: &mut verger_domain::policy::Policy) {
    let pools = &mut policy.trust.pools;
    pools.facts.backed = true;
    for pool in [&mut pools.unproven_sales, &mut pools.purchases, &mut pools.village_trade] {
        (pool.cap, pool.period_cap) = (1, 1);
    }
    if let Some(level) = policy.trust.levels.first_mut() {
        (level.points, level.limit_units) = (5, 7);
    }
    policy.credit.history_days = 0;
}
