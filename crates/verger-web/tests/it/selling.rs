//! Selling for families at the counter, through its pages alone: an order from the outside becomes a
//! parcel, and something new comes on sale.

use axum::body::Body;
use axum::http::Request;
use verger_words::text::Lang;

use crate::cooperative::{bring, founded};
use crate::pages::compressed;
use crate::rig::{Answer, TestApp, multipart};
use crate::stage::{BOX_MINOR, Stage};
use crate::storefront::photo;

/// A file among the fields of a form of our own page.
fn send(rig: &TestApp, cookies: &str, fields: &[(&str, &str)], file: &[u8]) -> Answer {
    let request = Request::post("/en/counter/offer")
        .header("content-type", "multipart/form-data; boundary=edge")
        .header("sec-fetch-site", "same-origin")
        .header("cookie", cookies);
    rig.send(request.body(Body::from(multipart(fields, file))).unwrap())
}

/// Goal: an agent says yes to a paid order, packs it out of the lots that were picked first, and has
/// it among the parcels to give. Method: two lots, an order of two and a half kilograms; wrong
/// weights and lots are refused with their field and nothing moves; then the books of the lots.
#[test]
fn an_order_is_accepted_and_packed_at_the_counter() {
    let rig = TestApp::new();
    let stage = founded(&rig);
    let path = bring(&stage, "L0001", "H001", 1_500);
    bring(&stage, "lot-2", "H002", 20_000);
    let agent = rig.sign_in(rig.cast.agent, "A1", "737373");
    let empty = rig.page_as("/en/counter/sell", &agent).expect(200).text();
    assert_eq!(empty.matches("Nothing right now.").count(), 2, "{empty}");
    let bought = stage.buy();
    rig.tell(&Stage::payment(&bought.order, "pay 1", BOX_MINOR)).expect(200);
    let list = rig.page_as("/en/counter/sell", &agent).expect(200).text();
    assert!(list.contains("1 × Hujing peaches") && list.contains(&bought.order), "{list}");

    let page = format!("/en/counter/sell/{}", bought.order);
    let shown = rig.page_as(&page, &agent).expect(200).text();
    assert!(shown.contains("示例路 1 号") && shown.contains("value=\"accept\""), "{shown}");
    let key = rig.key();
    let accept = [("key", key.as_str()), ("do", "accept")];
    let done = rig.form(&page, &agent, &accept).expect(303);
    assert_eq!(done.header("location"), page);
    // Sent twice, it is done once.
    rig.form(&page, &agent, &accept).expect(303);
    let form = rig.page_as(&page, &agent).expect(200).text();
    for (lot, kilograms) in [("L0001", "1.500"), ("lot-2", "1.000")] {
        assert!(form.contains(&format!("name=\"lot-{lot}\" value=\"{kilograms}\"")), "{form}");
    }

    let key = rig.key();
    let pack = |first: &'static str, second: &'static str, weight: &'static str| {
        let fields = [
            ("key", key.as_str()),
            ("do", "pack"),
            ("lot-L0001", first),
            ("lot-lot-2", second),
            ("label", "K-1"),
            ("weight", weight),
        ];
        rig.form(&page, &agent, &fields)
    };
    for (first, second, weight, said) in
        [("1.5", "0.2", "2.9", "2.5"), ("1.5", "1,0x", "2.9", "Lot"), ("1.5", "1.0", "", "scale")]
    {
        let refused = pack(first, second, weight);
        assert_eq!(refused.status, 422, "{}", refused.text());
        assert!(refused.text().contains(said), "{said}: {}", refused.text());
    }
    // What a rule refused is not asked again under the same key.
    let key = rig.key();
    let fields = [
        ("key", key.as_str()),
        ("do", "pack"),
        ("lot-L0001", "1.5"),
        ("lot-lot-2", "1.01"),
        ("label", "K-1"),
        ("weight", "2.9"),
    ];
    let done = rig.form(&page, &agent, &fields).expect(303);
    assert_eq!(done.header("location"), "/en/counter/parcels");
    let parcels = rig.page_as("/en/counter/parcels", &agent).expect(200).text();
    assert!(parcels.contains("K-1 · 2.9"), "{parcels}");
    let lot = rig.get(&stage.member, &path).expect(200).json();
    assert_eq!(lot["packed_g"], 1_500);
    let sold = rig.get(&rig.staff, &format!("/orders/{}", bought.order)).expect(200).json();
    assert_eq!(sold["phase"], "packed");
    let over = rig.page_as(&page, &agent).expect(200).text();
    assert!(!over.contains("value=\"pack\""), "{over}");
}

/// Goal: what cannot be delivered is called off with a reason, and all money is back.
/// Method: without and with a reason; the buyer's wallet.
#[test]
fn an_order_is_called_off_at_the_counter() {
    let rig = TestApp::new();
    let stage = Stage::new(&rig);
    let agent = rig.sign_in(rig.cast.agent, "A1", "737373");
    let bought = stage.buy();
    rig.tell(&Stage::payment(&bought.order, "pay 1", BOX_MINOR)).expect(200);
    let page = format!("/en/counter/sell/{}", bought.order);
    let key = rig.key();
    let refused = rig.form(&page, &agent, &[("key", &key), ("do", "cancel")]);
    assert_eq!(refused.status, 422);
    let reason = ("reason", "the hail took it");
    rig.form(&page, &agent, &[("key", &key), ("do", "cancel"), reason]).expect(303);
    let sold = rig.get(&rig.staff, &format!("/orders/{}", bought.order)).expect(200).json();
    assert_eq!((&sold["phase"], &sold["refunded_minor"]), (&"cancelled".into(), &BOX_MINOR.into()));
    assert_eq!(rig.page_as("/en/counter/sell/order_x", &agent).status, 404);
}

/// Goal: a family's new good comes on sale with its photo once a second person has looked at it.
/// Method: a form that lacks something in turn; the whole form; the county's yes; the shop window.
#[test]
fn something_new_comes_on_sale() {
    let rig = TestApp::new();
    let agent = rig.sign_in(rig.cast.agent, "A1", "737373");
    let key = rig.key();
    let whole = [
        ("key", key.as_str()),
        ("who", "h001"),
        ("name", "野蜂蜜"),
        ("name_latin", "Wild honey"),
        ("kind", "food"),
        ("price", "58.00"),
        ("unit", "500 g"),
        ("weight", "0.78"),
        ("stock", "4"),
    ];
    for lack in ["who", "name", "kind", "price", "unit", "weight"] {
        let fields: Vec<(&str, &str)> =
            whole.iter().copied().filter(|(name, _)| *name != lack).collect();
        let answer = send(&rig, &agent, &fields, &photo(1));
        assert_eq!(answer.status, 422, "{lack}");
        assert!(answer.text().contains("野蜂蜜") || lack == "name", "{lack}: {}", answer.text());
    }
    assert_eq!(send(&rig, &agent, &whole, b"").status, 422);
    assert_eq!(send(&rig, &agent, &whole, b"no picture").status, 415);
    let done = send(&rig, &agent, &whole, &photo(1)).expect(303);
    assert_eq!(done.header("location"), "/en/counter/offer");
    let waiting = rig.page_as("/en/counter/offer", &agent).expect(200).text();
    assert!(waiting.contains("Wild honey"), "{waiting}");
    assert!(!rig.page("/en/v/1/shop").expect(200).text().contains("Wild honey"));

    let staff = rig.sign_in(rig.cast.staff[0], "ST1", "a long password");
    let console = rig.page_as("/en/console", &staff).expect(200).text();
    let listing = console.split("/en/console/listings/").nth(1).unwrap();
    let listing = listing.split('"').next().unwrap();
    let address = format!("/en/console/listings/{listing}");
    let yes = rig.key();
    rig.form(&address, &staff, &[("key", &yes), ("do", "approve")]).expect(303);
    let shop = rig.page("/en/v/1/shop").expect(200).text();
    assert!(shop.contains("Wild honey") && shop.contains("/pictures/"), "{shop}");
}

/// Goal: these pages are whole and small in each language. Method: every state of them.
#[test]
fn selling_pages_keep_their_promises() {
    let rig = TestApp::new();
    let stage = founded(&rig);
    bring(&stage, "L0001", "H001", 20_000);
    let agent = rig.sign_in(rig.cast.agent, "A1", "737373");
    let (paid, accepted) = (stage.buy().order, stage.buy().order);
    for (order, payment) in [(&paid, "pay 1"), (&accepted, "pay 2")] {
        rig.tell(&Stage::payment(order, payment, BOX_MINOR)).expect(200);
    }
    let accept = serde_json::json!({"accept": {}});
    stage.order(&stage.cooperative, &accepted, &accept).expect(200);
    let tails = [
        "counter/sell".to_owned(),
        "counter/offer".to_owned(),
        format!("counter/sell/{paid}"),
        format!("counter/sell/{accepted}"),
    ];
    for lang in Lang::ALL.map(Lang::tag) {
        for tail in &tails {
            let answer = rig.page_as(&format!("/{lang}/{tail}"), &agent).expect(200);
            assert!(compressed(&answer.body) <= 8 * 1024, "{lang} {tail}");
            let html = answer.text();
            let shown = html.rsplit("</style>").next().unwrap();
            let is_key = |rest: &str| rest.starts_with(|c: char| c.is_ascii_lowercase());
            assert!(!shown.split('[').skip(1).any(is_key), "{lang} {tail}: {shown}");
            assert!(!shown.contains("style=") && !shown.contains("<script"), "{lang} {tail}");
        }
    }
}
