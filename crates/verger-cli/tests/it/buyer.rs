//! The outside buyer in a real Chromium, on a phone: from the shop to the money, with the seller's
//! side played over the API. Skipped, with a line that says so, where Chromium is not installed.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use verger_sim::http::Client;
use verger_sim::temp::TempFolder;

use crate::browser::{Browser, DRIVER};
use crate::process::{Server, is_quick, run, text};

impl Browser {
    async fn element(&mut self, css: &str) -> String {
        let found = self.post("/element", &json!({"using": "css selector", "value": css})).await;
        let id = found.as_object().and_then(|object| object.values().next());
        id.and_then(Value::as_str).unwrap_or_else(|| panic!("no {css}: {found}")).to_owned()
    }

    /// Touches what the selector finds first, as a finger does.
    pub(crate) async fn tick(&mut self, css: &str) {
        let element = self.element(css).await;
        self.post(&format!("/element/{element}/click"), &json!({})).await;
    }

    /// Touches a button or a link and waits for the page it leads to.
    pub(crate) async fn press(&mut self, css: &str) {
        self.ask("document.documentElement.id = 'before'").await;
        self.tick(css).await;
        let mut tries = 0;
        let is_new = "return document.documentElement.id != 'before' && \
                      document.readyState == 'complete'";
        while self.ask(is_new).await != true {
            assert!(tries < 500, "{css} leads nowhere");
            tries += 1;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Types into a field; into one for files, the name of a file.
    pub(crate) async fn fill(&mut self, css: &str, text: &str) {
        let element = self.element(css).await;
        self.post(&format!("/element/{element}/value"), &json!({ "text": text })).await;
    }

    /// What the page says, checked on the way: it is no wider than a small phone, and what can be
    /// pressed is large enough for a thumb.
    pub(crate) async fn read(&mut self) -> String {
        let page = self
            .ask(
                "const large = 'button, .btn, .pick, summary, textarea, footer a, .more, \
                 input:not([type=hidden]):not([type=radio]):not([type=checkbox])'; \
                 return {wide: document.documentElement.scrollWidth - innerWidth, \
                 text: document.body.innerText, at: location.pathname, \
                 small: Array.from(document.querySelectorAll(large), a => \
                   [a.getBoundingClientRect().height, a.outerHTML.slice(0, 80)]) \
                   .filter(([height]) => height > 0 && height < 48)}",
            )
            .await;
        assert!(page["wide"].as_i64().unwrap() <= 0, "sideways: {page}");
        assert_eq!(page["small"], json!([]), "too small for a thumb: {page}");
        page["text"].as_str().unwrap().to_owned()
    }
}

/// The village's side, over the API.
struct Village {
    client: Client,
    agent: String,
    carrier: String,
    keys: u32,
}

impl Village {
    async fn post(&mut self, token: &str, path: &str, body: &Value) -> Value {
        self.keys += 1;
        let key = format!("cmd_{:032x}", 0xb0b0_0000_u32 + self.keys);
        self.client.use_token(token);
        let path = format!("/api/v1/villages/1{path}");
        let answer = self.client.post(&path, &key, body.to_string().as_bytes()).await.unwrap();
        assert!(answer.status < 300, "{path}: {}", String::from_utf8_lossy(&answer.body));
        answer.json()
    }

    async fn get(&mut self, path: &str) -> Value {
        let token = self.agent.clone();
        self.client.use_token(&token);
        let answer = self.client.get(&format!("/api/v1/villages/1{path}")).await.unwrap();
        assert_eq!(answer.status, 200, "{path}: {}", String::from_utf8_lossy(&answer.body));
        answer.json()
    }

    /// Carries a paid order to the buyer's door.
    async fn deliver(&mut self, order: &str) {
        let (agent, carrier) = (self.agent.clone(), self.carrier.clone());
        let path = format!("/orders/{order}");
        let shown = self.get(&path).await;
        let lines = shown["lines"].as_array().unwrap();
        let grams: i64 = lines.iter().map(|line| line["weight_g"].as_i64().unwrap()).sum();
        self.post(&agent, &path, &json!({"accept": {}})).await;
        let parcel = format!("parcel_{:032x}", 0x5eed_u32);
        let contents = json!([{"maker": "H001", "lot": "piece-1", "grams": grams.max(1)}]);
        let packed = json!({"parcel": parcel, "label": "K-BROWSER", "weight_g": grams + 400,
            "contents": contents});
        self.post(&agent, &path, &json!({"pack": {"boxes": [packed]}})).await;
        let path = format!("/parcels/{parcel}");
        let giver = self.get(&path).await["holder"].clone();
        self.post(&agent, &path, &json!({"give": {"taker": "C2"}})).await;
        let take = json!({"take": {"giver": giver, "taker": "C2"}});
        self.post(&carrier, &path, &take).await;
        self.post(&carrier, &path, &json!({"deliver": {}})).await;
    }
}

/// A picture as a phone takes one.
fn photo(folder: &TempFolder) -> String {
    let picture = image::RgbImage::from_fn(320, 240, |x, y| {
        let tone = u8::try_from((x * 3 + y * 2) % 200).unwrap();
        image::Rgb([tone, 120, 200 - tone])
    });
    let path = folder.path().join("peach.jpg");
    picture.save(&path).unwrap();
    path.display().to_string()
}

/// Goal: an outside buyer finds, pays, follows, complains of and confirms his order on a small phone,
/// by what is on the page alone, and the books say the same as his page.
/// Method: the demo village in Chromium at 320 px; the village's side and the check over the API.
#[test]
fn a_buyer_walks_from_the_shop_to_the_money() {
    if is_quick() {
        return;
    }
    if !std::path::Path::new(DRIVER).exists() {
        println!("skipped in the browser: Chromium is not installed (package chromium-driver)");
        return;
    }
    let folder = TempFolder::new().unwrap();
    let data = folder.path().display().to_string();
    let played = run(&["demo", "--orders", "60", "--no-serve", "--data", &data]);
    assert!(played.status.success());
    let token = |party: &str| {
        let scopes = ["--scope", "read", "--scope", "market.write"];
        let mut args = vec!["token", "issue", "--data", &data, "--village", "1", "--party", party];
        args.extend(scopes);
        text(&run(&args)).lines().last().unwrap().trim().to_owned()
    };
    let (agent, carrier) = (token("A1"), token("C2"));
    let server = Server::start_as("demo", folder.path(), None);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = Client::connect(server.address, "").await.unwrap();
        let village = Village { client, agent, carrier, keys: 0 };
        walk(server.address, village, &photo(&folder)).await;
    });
}

async fn walk(address: SocketAddr, mut village: Village, photo: &str) {
    let mut browser = Browser::open().await;
    browser.resize(320, 700).await;
    browser.visit(&format!("http://{address}/en/v/1/shop")).await;
    assert!(browser.read().await.contains("Money reaches the family"));
    // The four presses of the main job: add, basket, order, pay.
    browser.press(".good form button").await;
    assert!(browser.read().await.contains("One piece in the basket"));
    browser.press(".till a").await;
    assert!(browser.read().await.contains("Where shall it go?"));
    browser.fill("[name=name]", "Chen Jing").await;
    browser.fill("[name=phone]", "138 0000 0000").await;
    browser.fill("[name=address]", "1 Example Road, Shanghai").await;
    browser.press("form.card .btn").await;
    assert!(browser.read().await.contains("No real money moves"));
    browser.press("form .btn").await;
    let paid = browser.read().await;
    assert!(paid.contains("Your money is safe in escrow"), "{paid}");
    assert!(paid.contains("Chen Jing") && paid.contains("1 Example Road"), "{paid}");
    let place = browser.ask("return location.href").await.as_str().unwrap().to_owned();
    let order = place.split("/orders/").nth(1).unwrap().split('?').next().unwrap().to_owned();
    village.deliver(&order).await;
    browser.visit(&place).await;
    assert!(browser.read().await.contains("I have it, all is well"));
    browser.press("a.btn.q").await;
    assert!(browser.read().await.contains("What is it?"));
    browser.tick("[name=reason][value=damaged]").await;
    browser.tick("[name=share][value=half]").await;
    browser.fill("[name=photo]", photo).await;
    browser.press("form .btn").await;
    assert!(browser.read().await.contains("You asked for"));
    let dispute = village.get("/disputes").await["items"].as_array().unwrap().clone();
    let own = dispute.iter().find(|row| row["order"] == order.as_str()).unwrap();
    let (agent, path) =
        (village.agent.clone(), format!("/disputes/{}", own["id"].as_str().unwrap()));
    village.post(&agent, &path, &json!({"accept": {}})).await;
    browser.visit(&place).await;
    assert!(browser.read().await.contains("Settled"));
    browser.press("[value=confirm]").await;
    assert!(browser.read().await.contains("The money is where it belongs"));
    browser.tick("[name=stars][value='4']").await;
    browser.tick("[name=word][value=fresh]").await;
    browser.press("[value=review]").await;
    assert!(browser.read().await.contains("fresh"));
    check_books(&mut village, &order).await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
    browser.close().await;
}

/// What the page said is what the ledger says, to the fen.
async fn check_books(village: &mut Village, order: &str) {
    let shown = village.get(&format!("/orders/{order}")).await;
    assert_eq!((&shown["phase"], &shown["stars"]), (&"completed".into(), &4.into()));
    let split = village.get(&format!("/orders/{order}/split")).await;
    let part = |name: &str| split[format!("{name}_minor")].as_i64().unwrap();
    let parts =
        ["seller", "cooperative", "agent", "box", "carrier", "platform", "refunded", "disputed"];
    assert_eq!(parts.map(part).iter().sum::<i64>(), part("of"));
    let goods_minor = shown["goods_minor"].as_i64().unwrap();
    assert_eq!(part("refunded"), (goods_minor * 2 + 3) / 4, "half, rounded up");
    assert_eq!(shown["in_escrow_minor"], 0);
    assert_eq!(village.get("/trial-balance").await["off_by_minor"], 0);
}
