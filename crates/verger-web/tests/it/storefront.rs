//! The shop window as a buyer meets it: without script, without an account, from the shop to the
//! last fen. The browser's own view of it is tested with the program.

use std::io::Cursor;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use verger_words::text::Lang;

use crate::pages::compressed;
use crate::rig::{Answer, TestApp, multipart};
use crate::stage::{BOX_MINOR, Stage};

/// A browser without script: it keeps one cookie and sends forms.
struct Buyer<'a> {
    rig: &'a TestApp,
    cookie: String,
}

impl<'a> Buyer<'a> {
    fn new(rig: &'a TestApp) -> Self {
        Self { rig, cookie: String::new() }
    }

    fn get(&self, path: &str) -> Answer {
        let request = Request::get(path).header("cookie", &self.cookie);
        self.rig.send(request.body(Body::empty()).unwrap())
    }

    fn post(&mut self, path: &str, kind: &str, body: Vec<u8>) -> Answer {
        let request = Request::post(path)
            .header("cookie", &self.cookie)
            .header("host", "localhost")
            .header("sec-fetch-site", "same-origin")
            .header("content-type", kind);
        let answer = self.rig.send(request.body(Body::from(body)).unwrap());
        if let Some((cookie, _)) = answer.header("set-cookie").split_once(';') {
            cookie.clone_into(&mut self.cookie);
        }
        answer
    }

    fn form(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let coded = |text: &str| {
            text.bytes().fold(String::new(), |coded, byte| format!("{coded}%{byte:02X}"))
        };
        let pairs: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{}={}", coded(name), coded(value)))
            .collect();
        self.post(path, "application/x-www-form-urlencoded", pairs.join("&").into_bytes())
    }

    /// A basket with this many boxes, and its page.
    fn fill(&mut self, pieces: u32) -> String {
        let set = format!("box-hujing*{pieces}");
        self.form("/en/v/1/basket", &[("set", &set)]).expect(303);
        self.get("/en/v/1/basket").expect(200).text()
    }

    /// The form of a basket's page, with an address.
    fn order(&mut self, page: &str, change: &[(&str, &str)]) -> Answer {
        let hidden = ["key", "lines", "total"].map(|name| (name, hidden(page, name)));
        let mut fields: Vec<(&str, &str)> =
            hidden.iter().map(|(name, value)| (*name, value.as_str())).collect();
        fields.extend([
            ("name", "陈静"),
            ("phone", "138"),
            ("address", "示例路 1 号"),
            ("pay", "online"),
        ]);
        for (name, value) in change {
            fields.retain(|(field, _)| field != name);
            fields.push((name, value));
        }
        self.form("/en/v/1/basket/order", &fields)
    }

    /// Orders one box and pays it; gives the page of the order, and the order.
    fn buy(&mut self) -> (String, String) {
        let page = self.fill(1);
        let pay = self.order(&page, &[]).expect(303).header("location").to_owned();
        let place = self.form(&pay, &[]).expect(303).header("location").to_owned();
        let order = place.split("/orders/").nth(1).unwrap().split('?').next().unwrap().to_owned();
        (place, order)
    }

    /// One of the buttons of an order's page.
    fn press(&mut self, place: &str, wish: &str, more: &[(&str, &str)]) -> Answer {
        let key = self.rig.key();
        let mut fields = vec![("key", key.as_str()), ("do", wish)];
        fields.extend(more);
        self.form(place, &fields)
    }
}

/// The value of a hidden field of a page.
fn hidden(page: &str, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    let value = page.split(&start).nth(1).unwrap().split('"').next();
    value.unwrap().to_owned()
}

fn split_of(stage: &Stage<'_>, order: &str) -> Value {
    stage.rig.get(&stage.rig.staff, &format!("/orders/{order}/split")).expect(200).json()
}

fn off_by(rig: &TestApp) -> Value {
    rig.get(&rig.reader, "/trial-balance").expect(200).json()["off_by_minor"].clone()
}

/// Carries a paid order to the buyer's door.
fn deliver(stage: &Stage<'_>, order: &str) {
    stage.order(&stage.cooperative, order, &json!({"accept": {}})).expect(200);
    let parcel = stage.new_parcel();
    let contents = json!([{"maker": "H001", "lot": "L0001", "grams": 2_510}]);
    let label = format!("K-{}", &parcel[30..]);
    let packed = json!({"parcel": parcel, "label": label, "weight_g": 2_900, "contents": contents});
    let pack = json!({"pack": {"boxes": [packed]}});
    stage.order(&stage.cooperative, order, &pack).expect(200);
    stage.hand_over(&parcel, (&stage.cooperative, "COOP"), (&stage.carrier, "C1"));
    stage.parcel(&stage.carrier, &parcel, &json!({"deliver": {}})).expect(200);
}

/// Goal: a buyer gets his peaches with four buttons and three fields, sees at each step what comes
/// next, and each fen goes where the page of the good said it would.
/// Method: shop, good, basket, order, play money, delivery, confirmation, review; then the API.
#[test]
fn a_buyer_gets_his_peaches() {
    let rig = TestApp::new();
    let stage = Stage::new(&rig);
    let mut buyer = Buyer::new(&rig);
    let shop = buyer.get("/en/v/1/shop").expect(200).text();
    assert!(shop.contains("Hujing peaches") && shop.contains("7.5\u{a0}kg left"), "{shop}");
    assert!(!shop.contains("Feed"), "what comes from outside is not for outside");
    let good = buyer.get("/en/v/1/shop/box-hujing").expect(200).text();
    for part in ["CN¥33.42", "CN¥1.59", "CN¥4.50", "CN¥10.00", "CN¥0.39", "CN¥49.90"] {
        assert!(good.contains(part), "{part}");
    }
    let added = buyer.form("/en/v/1/basket", &[("add", "box-hujing")]).expect(303);
    assert_eq!(added.header("location"), "/en/v/1/shop");
    assert!(buyer.get("/en/v/1/shop").text().contains("One piece in the basket"));
    let page = buyer.get("/en/v/1/basket").expect(200).text();
    assert_eq!(page.matches("required").count(), 3, "three fields to fill in");
    let placed = buyer.order(&page, &[]).expect(303);
    let pay = placed.header("location").to_owned();
    assert!(buyer.get("/en/v/1/basket").text().contains("Your basket is empty"));
    let provider = buyer.get(&pay).expect(200).text();
    assert!(provider.contains("Play money") && provider.contains("No real money moves"));
    let place = buyer.form(&pay, &[]).expect(303).header("location").to_owned();
    let order = place.split("/orders/").nth(1).unwrap().split('?').next().unwrap().to_owned();
    let paid = buyer.get(&place).expect(200).text();
    assert!(paid.contains("safe in escrow") && paid.contains("陈静"), "{paid}");
    let shown = rig.get(&rig.staff, &format!("/orders/{order}")).expect(200).json();
    assert_eq!((&shown["phase"], &shown["paid_minor"]), (&"paid".into(), &BOX_MINOR.into()));
    // Paying again, by impatience or the back button, pays nothing.
    buyer.form(&pay, &[]).expect(303);
    deliver(&stage, &order);
    let here = buyer.get(&place).expect(200).text();
    assert!(here.contains("I have it, all is well") && here.contains("K-"), "{here}");
    assert!(here.contains("/families/"), "whose fruit it is");
    buyer.press(&place, "confirm", &[]).expect(303);
    let done = buyer.get(&place).expect(200).text();
    assert!(done.contains("The money is where it belongs") && done.contains("How was it?"));
    let split = split_of(&stage, &order);
    let part = |name: &str| split[format!("{name}_minor")].as_i64().unwrap();
    let parts = ["seller", "cooperative", "agent", "box", "carrier", "platform"].map(part);
    assert_eq!(parts, [3_342, 159, 0, 450, 1_000, 39], "as the page of the good said");
    assert_eq!((parts.iter().sum::<i64>(), &split["is_settled"]), (BOX_MINOR, &true.into()));
    assert_eq!(off_by(&rig), 0);
    let review = [("stars", "4"), ("word", "fresh"), ("word", "late"), ("word", "rude")];
    buyer.press(&place, "review", &review).expect(303);
    assert!(buyer.press(&place, "review", &review).expect(409).text().contains("role=\"alert\""));
    let good = buyer.get("/fr/v/1/shop/box-hujing").expect(200).text();
    assert!(good.contains("★&nbsp;4,0") && good.contains("frais") && good.contains("en retard"));
    assert!(good.contains("\"reviewCount\":1"), "search engines read the same");
    let stars = rig.get(&rig.staff, &format!("/orders/{order}")).json()["stars"].clone();
    assert_eq!(stars, 4);
}

pub(crate) fn photo(seed: u8) -> Vec<u8> {
    let picture = image::RgbImage::from_fn(64, 64, |x, y| {
        let tone = u8::try_from((x * 3 + y * 2) % 200).unwrap();
        image::Rgb([tone, seed, 200 - tone])
    });
    let mut bytes = Vec::new();
    picture.write_to(&mut Cursor::new(&mut bytes), image::ImageFormat::Png).unwrap();
    bytes
}

fn claim(buyer: &mut Buyer<'_>, place: &str, fields: &[(&str, &str)], file: &[u8]) -> Answer {
    let key = buyer.rig.key();
    let fields: Vec<(&str, &str)> = fields.iter().copied().chain([("key", key.as_str())]).collect();
    let body = multipart(&fields, file);
    let (path, key) = place.split_once('?').unwrap();
    buyer.post(&format!("{path}/claim?{key}"), "multipart/form-data; boundary=edge", body)
}

/// What a form says, its file, and what its refusal names.
type Lack<'a> = (&'a [(&'a str, &'a str)], &'a [u8], &'a str);

/// Goal: who has a bad peach says so with a photo, without script, and gets his money; what the form
/// lacks is said; the same photo does not count twice.
/// Method: forms that lack something, a claim for a quarter, its acceptance; then the books.
#[test]
fn a_bad_peach_is_paid_back() {
    let rig = TestApp::new();
    let stage = Stage::new(&rig);
    let mut buyer = Buyer::new(&rig);
    let (place, order) = buyer.buy();
    deliver(&stage, &order);
    let (path, key) = place.split_once('?').unwrap();
    let form = buyer.get(&format!("{path}/claim?{key}")).expect(200).text();
    assert!(form.contains("1 × Hujing peaches · CN¥39.90"), "{form}");
    let whole = [("reason", "damaged"), ("line", "0"), ("share", "quarter")];
    let lacks: [Lack<'_>; 4] = [
        (&whole[1..], &photo(1), "reason"),
        (&whole[..2], &photo(1), "share"),
        (&whole, b"", "photo"),
        (&whole, b"not a picture", "JPEG"),
    ];
    for (fields, file, named) in lacks {
        let answer = claim(&mut buyer, &place, fields, file);
        assert!((400..500).contains(&answer.status), "{named}");
        assert!(
            answer.text().contains("role=\"alert\"") && answer.text().contains(named),
            "{named}"
        );
    }
    claim(&mut buyer, &place, &whole, &photo(1)).expect(303);
    let open = buyer.get(&place).expect(200).text();
    assert!(open.contains("You asked for CN¥9.98"), "a quarter, rounded up: {open}");
    assert!(!open.contains("all is well</button>"), "it is not confirmed while it is disputed");
    let disputes = rig.get(&rig.staff, "/disputes").expect(200).json();
    let dispute = disputes["items"][0]["id"].as_str().unwrap().to_owned();
    let accept = json!({"accept": {}});
    rig.post(&stage.cooperative, &format!("/disputes/{dispute}"), &accept).expect(200);
    let settled = buyer.get(&place).expect(200).text();
    assert!(settled.contains("Settled: CN¥9.98 went back to you"), "{settled}");
    buyer.press(&place, "confirm", &[]).expect(303);
    let split = split_of(&stage, &order);
    assert_eq!((&split["refunded_minor"], &split["is_settled"]), (&998.into(), &true.into()));
    assert_eq!(off_by(&rig), 0);
    let mut other = Buyer::new(&rig);
    let (place, order) = other.buy();
    deliver(&stage, &order);
    let again = claim(&mut other, &place, &whole, &photo(1)).expect(422).text();
    assert!(again.contains("role=\"alert\""), "the photo was used before");
    // Another's complaint is nothing to this link.
    other.press(&place, "withdraw", &[("dispute", &dispute)]).expect(404);
    // Nothing came: all of it, freight and all, and no photo.
    claim(&mut other, &place, &[("reason", "not_received")], b"").expect(303);
    assert!(other.get(&place).text().contains("You asked for CN¥49.90"));
}

/// Goal: nothing is ordered twice, dearer or beyond what is there, and the page says why and keeps
/// what was typed. Method: the same form twice, a new price, too many, a changed form, empty fields.
#[test]
fn an_order_is_what_its_page_showed() {
    let rig = TestApp::new();
    let stage = Stage::new(&rig);
    let mut buyer = Buyer::new(&rig);
    let page = buyer.fill(1);
    let first = buyer.order(&page, &[]).expect(303).header("location").to_owned();
    let again = buyer.order(&page, &[]).expect(303).header("location").to_owned();
    assert_eq!(first, again, "one form is one order");
    let other = buyer.order(&page, &[("name", "somebody")]);
    assert_eq!(other.status, 422, "another wish under the same key");
    let stock = || rig.get(&rig.staff, "/listings/box-hujing").json()["available_pieces"].clone();
    assert_eq!(stock(), 2);
    let page = buyer.fill(1);
    let price = json!({"price": {"price_minor": 4_290}});
    rig.post(&rig.agent, &format!("/listings/{}", stage.fruit), &price).expect(200);
    let dearer = buyer.order(&page, &[]).expect(409).text();
    assert!(dearer.contains("CN¥52.90") && dearer.contains("示例路 1 号"), "{dearer}");
    assert_eq!(hidden(&dearer, "total"), "5290", "the new form shows the new price");
    // The old form stays what it was: repeated, it is the order that was placed.
    let full = buyer.fill(9);
    assert!(full.contains("Only 2 are left") && !full.contains("basket/order"), "{full}");
    let page = buyer.fill(2);
    for field in ["name", "phone", "address"] {
        let answer = buyer.order(&page, &[(field, " ")]).expect(422).text();
        assert!(answer.contains("aria-invalid") && answer.contains("role=\"alert\""), "{field}");
    }
    assert_eq!(buyer.order(&page, &[("pay", "shells")]).status, 422);
    assert_eq!(buyer.order(&page, &[("key", "x")]).status, 422);
    assert_eq!(buyer.order(&page, &[("lines", "")]).status, 409);
    assert_eq!(stock(), 2, "a refusal holds nothing");
}

/// Goal: where several sell in one order, the page says so, and the parts are the whole.
/// Method: a box of the cooperative and a basket of a household in one order.
#[test]
fn several_sellers_are_said_to_be_several() {
    let rig = TestApp::new();
    let stage = Stage::new(&rig);
    let listing: verger_domain::id::ListingId = rig.app.new_id();
    let text = json!({
        "name": "竹篮", "name_latin": "Bamboo basket", "category": "craft", "class": "7d",
        "unit": "one", "weight_g": 900, "seller": "H002", "photos": ["33".repeat(32)]
    });
    let path = format!("/listings/{listing}");
    let draft = json!({"code": "basket", "price_minor": 8_800, "stock": 5, "text": text});
    rig.post(&rig.agent, &path, &json!({ "draft": draft })).expect(201);
    rig.post(&rig.agent, &path, &json!({"submit": {}})).expect(200);
    rig.post(&rig.staff, &path, &json!({"approve": {}})).expect(200);
    let mut buyer = Buyer::new(&rig);
    buyer.form("/en/v/1/basket", &[("add", "basket")]).expect(303);
    let page = buyer.fill(1);
    let pay = buyer.order(&page, &[]).expect(303).header("location").to_owned();
    let place = buyer.form(&pay, &[]).expect(303).header("location").to_owned();
    let paid = buyer.get(&place).expect(200).text();
    assert!(paid.contains("Those who made it, each his part"), "{paid}");
    let order = place.split("/orders/").nth(1).unwrap().split('?').next().unwrap();
    let split = split_of(&stage, order);
    assert_eq!((&split["seller"], &split["of_minor"]), (&"several".into(), &13_790.into()));
    let alone = buyer.get("/en/v/1/shop/basket").expect(200).text();
    assert!(alone.contains("The family that made it"), "{alone}");
}

/// Goal: a buyer may call off what is not packed and gets all of it back; a link opens its own order
/// alone; where villages are real there is no play money.
/// Method: cancel a paid order; pages without and with wrong keys; a server that is no demo.
#[test]
fn an_order_can_be_called_off() {
    let rig = TestApp::new();
    let stage = Stage::new(&rig);
    let mut buyer = Buyer::new(&rig);
    let (place, order) = buyer.buy();
    let (path, key) = place.split_once('?').unwrap();
    for odd in ["", "?key=", "?key=00", &format!("?key={}", "0".repeat(64))] {
        for more in ["/pay", "/claim"] {
            assert_eq!(buyer.get(&format!("{path}{more}{odd}")).status, 404, "{more}{odd}");
        }
        assert_eq!(buyer.press(&format!("{path}{odd}"), "confirm", &[]).status, 404, "{odd}");
    }
    let public = buyer.get(path).expect(200).text();
    assert!(!public.contains("陈静") && !public.contains("<form"), "{public}");
    assert_eq!(buyer.press(&place, "confirm", &[]).status, 409, "it was not sent yet");
    assert_eq!(buyer.press(&place, "explode", &[]).status, 422);
    buyer.press(&place, "cancel", &[]).expect(303);
    let page = buyer.get(&place).expect(200).text();
    assert!(
        page.contains("called off") && !page.contains("<form method=\"post\" action"),
        "{page}"
    );
    assert_eq!(split_of(&stage, &order)["refunded_minor"], BOX_MINOR);
    assert_eq!(off_by(&rig), 0);
    let real = rig.without_demo();
    assert_eq!(real.page(&format!("{path}/pay?{key}")).status, 404);
    let mut buyer = Buyer::new(&real);
    let page = buyer.fill(1);
    assert!(!page.contains("Play money") && page.contains("Cash at the village shop"));
    assert_eq!(buyer.order(&page, &[]).status, 422, "online is not offered");
    let placed = buyer.order(&page, &[("pay", "cash")]).expect(303);
    let page = buyer.get(placed.header("location")).expect(200).text();
    assert!(page.contains("The goods are kept for you until"), "{page}");
}

/// Goal: every page of the shop window is whole in each language: no missing text, no script that
/// runs, no style attribute, both styles in the policy, at most 8 KB, the switch keeps the page.
/// Method: each page, filled and empty, in each language.
#[test]
fn shop_pages_keep_their_promises() {
    let rig = TestApp::new();
    let stage = Stage::new(&rig);
    let mut buyer = Buyer::new(&rig);
    let (place, order) = buyer.buy();
    deliver(&stage, &order);
    buyer.fill(2);
    let (path, key) = place.strip_prefix("/en/").unwrap().split_once('?').unwrap();
    let tails = [
        "v/1/shop".to_owned(),
        "v/2/shop".to_owned(),
        "v/1/shop/box-hujing".to_owned(),
        "v/1/shop/box-hujing/poster".to_owned(),
        "v/1/basket".to_owned(),
        "v/2/basket".to_owned(),
        format!("{path}?{key}"),
        path.to_owned(),
        format!("{path}/claim?{key}"),
    ];
    for lang in Lang::ALL {
        for tail in &tails {
            let path = format!("/{}/{tail}", lang.tag());
            let answer = buyer.get(&path).expect(200);
            let html = answer.text();
            let styles: Vec<&str> =
                html.split("<style>").skip(1).filter_map(|s| s.split("</style>").next()).collect();
            assert_eq!(styles.len(), 2, "{path}");
            let mut shown = html.replace("type=\"application/ld+json\"", "");
            for style in &styles {
                shown = shown.replace(style, "");
            }
            let data = html.split("ld+json\">").nth(1).and_then(|s| s.split("</script>").next());
            if let Some(data) = data {
                let data: Value = serde_json::from_str(data).unwrap();
                assert_eq!(data["offers"]["price"], "39.90");
            }
            let is_key = |rest: &str| rest.starts_with(|c: char| c.is_ascii_lowercase());
            let without_data = shown.replace(data.unwrap_or("\0"), "");
            assert!(!without_data.split('[').skip(1).any(is_key), "{path} {without_data}");
            for banned in ["<script src", "style=", "onclick", "javascript:", "<script>"] {
                assert!(!without_data.contains(banned), "{path} {banned}");
            }
            assert!(shown.contains(&format!("<html lang=\"{}\">", lang.tag())), "{path}");
            let size = compressed(&answer.body);
            assert!(size <= 8 * 1024, "{path} is {size}");
            eprintln!("{path} {} bytes, {size} compressed", answer.body.len());
            for other in Lang::ALL {
                let switch = format!("href=\"/{}/{}\"", other.tag(), tail.replace('&', "&amp;"));
                assert!(shown.contains(&switch), "{path} {switch}");
            }
        }
    }
    for nowhere in ["v/1/shop/feed-40", "v/1/shop/x", "v/1/families/00", "v/9/shop", "v/9/basket"] {
        assert_eq!(buyer.get(&format!("/en/{nowhere}")).status, 404, "{nowhere}");
    }
}

/// Goal: what is printed and what messengers and search engines read leads to the good.
/// Method: the card, the poster's code, the short links, the map, the robots' file, the pictures.
#[test]
fn people_are_led_to_the_good() {
    let rig = TestApp::new();
    let stage = Stage::new(&rig);
    let card = rig.page("/v/1/shop/box-hujing/card.jpg").expect(200);
    assert_eq!(card.header("content-type"), "image/jpeg");
    let picture = image::load_from_memory(&card.body).unwrap();
    assert_eq!((picture.width(), picture.height()), (1200, 630));
    assert!(card.body.len() < 120 * 1024);
    let page = rig.page("/fr/v/1/shop/box-hujing").expect(200).text();
    assert!(page.contains("og:image\" content=\"http://localhost/v/1/shop/box-hujing/card.jpg\""));
    let poster = rig.page("/fr/v/1/shop/box-hujing/poster").expect(200).text();
    assert!(poster.contains("http://localhost/g/1/box-hujing") && poster.contains("<path d=\"M"));
    let short = Request::get("/g/1/box-hujing").header("accept-language", "fr");
    let short = rig.send(short.body(Body::empty()).unwrap()).expect(303);
    assert_eq!(short.header("location"), "/fr/v/1/shop/box-hujing");
    assert_eq!(rig.page("/g/1/nothing").status, 404);
    assert_eq!(rig.page("/l/1/L9").status, 404);
    let map = rig.page("/sitemap.xml").expect(200);
    assert!(map.header("content-type").starts_with("application/xml"));
    assert_eq!(map.text().matches("<loc>").count(), 3 * 4, "three languages, four pages");
    assert!(map.text().contains("<loc>http://localhost/zh-CN/v/1/shop/box-hujing</loc>"));
    assert!(rig.page("/robots.txt").expect(200).text().contains("Sitemap: http://localhost/"));
    let art = rig.page("/art/peach.svg").expect(200);
    assert_eq!(art.header("content-type"), "image/svg+xml");
    assert!(art.header("cache-control").contains("immutable"));
    for nowhere in ["/art/x.svg", "/art/peach", "/v/1/pictures/00/thumb", "/v/1/shop/x/card.jpg"] {
        assert_eq!(rig.page(nowhere).status, 404, "{nowhere}");
    }
    // A photo of the good takes the place of the drawing, on the page and on the card.
    let stored = Request::post("/api/v1/villages/1/pictures")
        .header("authorization", format!("Bearer {}", rig.agent))
        .header("content-type", "image/png");
    let stored = rig.send(stored.body(Body::from(photo(9))).unwrap()).expect(200).json();
    let name = stored["digest"].as_str().unwrap().to_owned();
    let listing = rig.get(&rig.staff, "/listings/box-hujing").expect(200).json();
    let mut text = listing.clone();
    for field in [
        "id",
        "code",
        "phase",
        "version",
        "price_minor",
        "price_version",
        "available_pieces",
        "on_hand_pieces",
        "is_sold_out",
    ] {
        text.as_object_mut().unwrap().remove(field);
    }
    text["photos"] = json!([name]);
    let path = format!("/listings/{}", stage.fruit);
    for (who, wish) in [
        (&rig.agent, json!({"edit": {"text": text}})),
        (&rig.agent, json!({"submit": {}})),
        (&rig.staff, json!({"approve": {}})),
    ] {
        rig.post(who, &path, &wish).expect(200);
    }
    let page = rig.page("/en/v/1/shop/box-hujing").expect(200).text();
    let address = format!("/v/1/pictures/{name}/page");
    assert!(page.contains(&address), "{page}");
    assert_eq!(rig.page(&address).expect(200).header("content-type"), "image/jpeg");
    let other = rig.page("/v/1/shop/box-hujing/card.jpg").expect(200);
    assert_ne!(other.body, card.body);
}
