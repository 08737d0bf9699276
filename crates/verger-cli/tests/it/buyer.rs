//! The outside buyer in a real Chromium, on a phone: from the shop to the money, with the seller's
//! side played over the API. Skipped, with a line that says so, where Chromium is not installed.

use std::net::SocketAddr;

use serde_json::{Value, json};
use tokio::runtime::Runtime;
use verger_sim::browser::Browser;
use verger_sim::http::Client;
use verger_sim::temp::TempFolder;

use crate::browser::open_browser;
use crate::process::{Server, run, text};

/// What is read of a page, with what is too wide or too small for a thumb.
const PAGE: &str = "(() => { const large = 'button, .btn, .pick, summary, textarea, footer a, .more, \
    input:not([type=hidden]):not([type=radio]):not([type=checkbox])'; \
    return {wide: document.documentElement.scrollWidth - innerWidth, \
      text: document.body.innerText, \
      small: Array.from(document.querySelectorAll(large), a => \
        [a.getBoundingClientRect().height, a.outerHTML.slice(0, 80)]) \
        .filter(([height]) => height > 0 && height < 48)}; })()";

/// What the page says, checked on the way: it is no wider than a small phone, what can be pressed is
/// large enough for a thumb, and the browser complains of nothing.
fn read(browser: &mut Browser) -> String {
    let page = browser.evaluate(PAGE).unwrap();
    assert!(page["wide"].as_i64().unwrap() <= 0, "sideways: {page}");
    assert_eq!(page["small"], json!([]), "too small for a thumb: {page}");
    assert_eq!(browser.complaints(), Vec::<String>::new());
    page["text"].as_str().unwrap().to_owned()
}

/// The village's side, over the API.
struct Village {
    runtime: Runtime,
    client: Client,
    agent: String,
    carrier: String,
    keys: u32,
}

impl Village {
    fn post(&mut self, token: &str, path: &str, body: &Value) -> Value {
        self.keys += 1;
        let key = format!("cmd_{:032x}", 0xb0b0_0000_u32 + self.keys);
        self.client.use_token(token);
        let path = format!("/api/v1/villages/1{path}");
        let answer = self
            .runtime
            .block_on(self.client.post(&path, &key, body.to_string().as_bytes()))
            .unwrap();
        assert!(answer.status < 300, "{path}: {}", String::from_utf8_lossy(&answer.body));
        answer.json()
    }

    fn get(&mut self, path: &str) -> Value {
        let token = self.agent.clone();
        self.client.use_token(&token);
        let answer =
            self.runtime.block_on(self.client.get(&format!("/api/v1/villages/1{path}"))).unwrap();
        assert_eq!(answer.status, 200, "{path}: {}", String::from_utf8_lossy(&answer.body));
        answer.json()
    }

    /// Carries a paid order to the buyer's door.
    fn deliver(&mut self, order: &str) {
        let (agent, carrier) = (self.agent.clone(), self.carrier.clone());
        let path = format!("/orders/{order}");
        let shown = self.get(&path);
        let lines = shown["lines"].as_array().unwrap();
        let grams: i64 = lines.iter().map(|line| line["weight_g"].as_i64().unwrap()).sum();
        self.post(&agent, &path, &json!({"accept": {}}));
        let parcel = format!("parcel_{:032x}", 0x5eed_u32);
        let contents = json!([{"maker": "H001", "lot": "piece-1", "grams": grams.max(1)}]);
        let packed = json!({"parcel": parcel, "label": "K-BROWSER", "weight_g": grams + 400,
            "contents": contents});
        self.post(&agent, &path, &json!({"pack": {"boxes": [packed]}}));
        let path = format!("/parcels/{parcel}");
        let giver = self.get(&path)["holder"].clone();
        self.post(&agent, &path, &json!({"give": {"taker": "C2"}}));
        let take = json!({"take": {"giver": giver, "taker": "C2"}});
        self.post(&carrier, &path, &take);
        self.post(&carrier, &path, &json!({"deliver": {}}));
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
    let Some(browser) = open_browser() else { return };
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
    let client = runtime.block_on(Client::connect(server.address, "")).unwrap();
    let village = Village { runtime, client, agent, carrier, keys: 0 };
    walk(browser, server.address, village, &photo(&folder));
}

fn walk(mut browser: Browser, address: SocketAddr, mut village: Village, photo: &str) {
    browser.resize(320, 700).unwrap();
    browser.open(&format!("http://{address}/en/v/1/shop")).unwrap();
    assert!(read(&mut browser).contains("Money reaches the family"));
    // The four presses of the main job: add, basket, order, pay.
    browser.follow(".good form button").unwrap();
    assert!(read(&mut browser).contains("One piece in the basket"));
    browser.follow(".till a").unwrap();
    assert!(read(&mut browser).contains("Where shall it go?"));
    browser.write("[name=name]", "Chen Jing").unwrap();
    browser.write("[name=phone]", "138 0000 0000").unwrap();
    browser.write("[name=address]", "1 Example Road, Shanghai").unwrap();
    browser.follow("form.card .btn").unwrap();
    assert!(read(&mut browser).contains("No real money moves"));
    browser.follow("form .btn").unwrap();
    let paid = read(&mut browser);
    assert!(paid.contains("Your money is safe in escrow"), "{paid}");
    assert!(paid.contains("Chen Jing") && paid.contains("1 Example Road"), "{paid}");
    let place = browser.evaluate("location.href").unwrap().as_str().unwrap().to_owned();
    let order = place.split("/orders/").nth(1).unwrap().split('?').next().unwrap().to_owned();
    village.deliver(&order);
    browser.open(&place).unwrap();
    assert!(read(&mut browser).contains("I have it, all is well"));
    browser.follow("a.btn.q").unwrap();
    assert!(read(&mut browser).contains("What is it?"));
    browser.tap("[name=reason][value=damaged]").unwrap();
    browser.tap("[name=share][value=half]").unwrap();
    browser.choose_file("[name=photo]", photo).unwrap();
    browser.follow("form .btn").unwrap();
    assert!(read(&mut browser).contains("You asked for"));
    let dispute = village.get("/disputes")["items"].as_array().unwrap().clone();
    let own = dispute.iter().find(|row| row["order"] == order.as_str()).unwrap();
    let (agent, path) =
        (village.agent.clone(), format!("/disputes/{}", own["id"].as_str().unwrap()));
    village.post(&agent, &path, &json!({"accept": {}}));
    browser.open(&place).unwrap();
    assert!(read(&mut browser).contains("Settled"));
    browser.follow("[value=confirm]").unwrap();
    assert!(read(&mut browser).contains("The money is where it belongs"));
    browser.tap("[name=stars][value='4']").unwrap();
    browser.tap("[name=word][value=fresh]").unwrap();
    browser.follow("[value=review]").unwrap();
    assert!(read(&mut browser).contains("fresh"));
    check_books(&mut village, &order);
}

/// What the page said is what the ledger says, to the fen.
fn check_books(village: &mut Village, order: &str) {
    let shown = village.get(&format!("/orders/{order}"));
    assert_eq!((&shown["phase"], &shown["stars"]), (&"completed".into(), &4.into()));
    let split = village.get(&format!("/orders/{order}/split"));
    let part = |name: &str| split[format!("{name}_minor")].as_i64().unwrap();
    let parts =
        ["seller", "cooperative", "agent", "box", "carrier", "platform", "refunded", "disputed"];
    assert_eq!(parts.map(part).iter().sum::<i64>(), part("of"));
    let goods_minor = shown["goods_minor"].as_i64().unwrap();
    assert_eq!(part("refunded"), (goods_minor * 2 + 3) / 4, "half, rounded up");
    assert_eq!(shown["in_escrow_minor"], 0);
    assert_eq!(village.get("/trial-balance")["off_by_minor"], 0);
}
