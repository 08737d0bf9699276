//! A villager's own pages over HTTP and in Chromium: his orders with his own agreement, what he sold,
//! his account, and nothing of anybody else.

use serde_json::json;
use verger_words::text::Lang;

use crate::faces::Stand;
use crate::pages::compressed;
use crate::rig::TestApp;
use crate::stage::Stage;

const PIN: &str = "482915";
/// A household's own pages.
const TAILS: [&str; 7] =
    ["me", "me/orders", "me/sales", "me/pools", "me/account", "me/credit", "me/trust"];

/// Signs in with the PIN that the first member has from the beginning.
fn first_member(rig: &TestApp) -> String {
    let fields = [("village", "1"), ("code", "M001"), ("secret", PIN), ("one_time", "")];
    let answer = rig.form("/en/sign-in", "", &fields).expect(303);
    assert_eq!(answer.header("location"), "/en/me");
    answer.header("set-cookie").split(';').next().unwrap().to_owned()
}

/// A quoted purchase of one sack for the first household.
fn quoted(stage: &Stage<'_>) -> String {
    let (rig, order) = (stage.rig, stage.new_order());
    let lines = json!([{"listing": "feed-40", "quantity": 1}]);
    let request = json!({"request": {"household": "H001", "lines": lines}});
    stage.order(&rig.agent, &order, &request).expect(201);
    let due_on = rig.app.now().today.to_string();
    let quote = json!({"version": 0, "quote": {"due_on": due_on, "freight_minor": 600}});
    stage.order(&rig.agent, &order, &quote).expect(200);
    order
}

/// Goal: a household sees the price that waits, agrees by its PIN and by nothing less, and sees what
/// came of it; another household sees nothing of it.
/// Method: a quote, a wrong PIN, no PIN, the right one, twice; then the pages of two households.
#[test]
fn a_household_agrees_on_its_own_page() {
    let rig = TestApp::new();
    let stage = Stage::new(&rig);
    let order = quoted(&stage);
    let own = first_member(&rig);
    rig.clock.advance_seconds(1);
    let other = rig.sign_in(rig.cast.members[1], "M002", "135790");
    let home = rig.page_as("/en/me", &own).expect(200).text();
    assert!(home.contains("A price waits for your answer: CN¥126.00"), "{home}");
    let path = format!("/en/me/orders/{order}");
    let page = rig.page_as(&path, &own).expect(200).text();
    assert!(page.contains("This is the whole price") && page.contains("name=\"pin\""), "{page}");
    assert!(page.contains("CN¥9.00"), "what it saves: 135.00 in the township less 126.00");
    assert_eq!(rig.page_as(&path, &other).status, 404);
    let say = |cookie: &str, wish: &str, pin: &str| {
        let key = rig.key();
        rig.form(&path, cookie, &[("key", &key), ("do", wish), ("pin", pin)])
    };
    assert_eq!(say(&other, "agree", "135790").status, 404, "another household's PIN");
    assert_eq!(say(&own, "agree", "").status, 422);
    let wrong = say(&own, "agree", "000000").expect(422).text();
    assert!(wrong.contains("role=\"alert\"") && wrong.contains("4 tries"), "{wrong}");
    let key = rig.key();
    for _ in 0..2 {
        let fields = [("key", key.as_str()), ("do", "agree"), ("pin", PIN)];
        rig.form(&path, &own, &fields).expect(303);
    }
    let shown = rig.get(&rig.agent, &format!("/orders/{order}")).expect(200).json();
    assert_eq!(shown["phase"], "consented");
    let page = rig.page_as(&path, &own).expect(200).text();
    assert!(page.contains("Pay at the counter") && !page.contains("name=\"pin\""), "{page}");
    say(&own, "decline", "").expect(303);
    assert!(rig.page_as("/en/me/orders", &own).text().contains("Declined"));
    let nothing = rig.page_as("/en/me/orders", &other).expect(200).text();
    assert!(nothing.contains("has not bought anything yet"), "{nothing}");
    assert_eq!(say(&own, "explode", "").status, 422);
}

/// Goal: the account shows each line with the record behind it, page by page, and its balance is the
/// ledger's. Method: thirty payments into one wallet, the pages, and the API beside them.
#[test]
fn the_account_is_the_ledgers() {
    let rig = TestApp::new();
    let own = first_member(&rig);
    let empty = rig.page_as("/en/me/account", &own).expect(200).text();
    assert!(empty.contains("Nothing has moved yet"), "{empty}");
    for amount in 1..=30 {
        rig.fund(amount * 100);
    }
    let first = rig.page_as("/en/me/account", &own).expect(200).text();
    assert!(first.contains("CN¥465.00"), "the sum of 1 to 30: {first}");
    assert_eq!(first.matches("/journal/").count(), 20);
    let next = first.split("?before=").nth(1).unwrap().split('"').next().unwrap();
    let second = rig.page_as(&format!("/en/me/account?before={next}"), &own).expect(200).text();
    assert_eq!(second.matches("/journal/").count(), 10);
    assert!(second.contains("+CN¥1.00") && !second.contains("?before="), "{second}");
    let record = first.split("/v/1/journal/").nth(1).unwrap().split('"').next().unwrap();
    let record = rig.page(&format!("/en/v/1/journal/{record}")).expect(200).text();
    assert!(record.contains("cash_in"), "{record}");
    let party = rig.get(&rig.staff, "/parties/H001").expect(200).json();
    assert_eq!(party["accounts"][0]["balance_minor"], 46_500);
    assert_eq!(rig.page_as("/en/me/account?before=x", &own).status, 422);
}

/// Goal: the villager's pages are small and whole in three languages, also when there is nothing yet.
/// Method: each page of a household with an order and of one without, in each language.
#[test]
fn villagers_pages_keep_their_promises() {
    let rig = TestApp::new();
    let stage = Stage::new(&rig);
    let order = quoted(&stage);
    let own = first_member(&rig);
    rig.clock.advance_seconds(1);
    let other = rig.sign_in(rig.cast.members[1], "M002", "135790");
    let one = format!("me/orders/{order}");
    for lang in Lang::ALL {
        for (cookie, tail) in [(&own, one.as_str())]
            .into_iter()
            .chain(TAILS.map(|tail| (&own, tail)))
            .chain(TAILS.map(|tail| (&other, tail)))
        {
            let path = format!("/{}/{tail}", lang.tag());
            let answer = rig.page_as(&path, cookie).expect(200);
            let size = compressed(&answer.body);
            assert!(size <= 8 * 1024, "{path} is {size}");
            let html = answer.text();
            let shown = html.rsplit("</style>").next().unwrap();
            let is_key = |rest: &str| rest.starts_with(|c: char| c.is_ascii_lowercase());
            let keys = shown.replace("[0-9]", "");
            assert!(!keys.split('[').skip(1).any(is_key), "{path} {shown}");
            for banned in ["<script", "style=", "onclick"] {
                assert!(!shown.contains(banned), "{path} {banned}");
            }
        }
    }
}

/// Goal: shop and villager's pages keep in a real browser what every page must keep.
/// Method: each page in three languages at 320 px with axe, empty and filled, on the demo village.
#[test]
fn shop_and_villagers_pages_in_chromium() {
    let Some(mut stand) = Stand::new() else { return };
    let goods = ["box-hujing", "honey"];
    stand.open("/en/v/1/shop/box-hujing");
    let family = "document.querySelector('.links a').getAttribute('href').slice(4)";
    let family = stand.browser.evaluate(family).unwrap().as_str().unwrap().to_owned();
    stand.open("/en/v/1/shop/honey");
    stand.browser.follow("button[name=add]").unwrap();
    let tags = Lang::ALL.map(Lang::tag);
    for tag in tags {
        for tail in ["v/1/shop", "v/1/basket", family.as_str()] {
            stand.check(&format!("/{tag}/{tail}"));
        }
        for good in goods {
            stand.check(&format!("/{tag}/v/1/shop/{good}"));
            stand.check(&format!("/{tag}/v/1/shop/{good}/poster"));
        }
    }
    stand.open("/en/v/1/basket");
    for (field, text) in [("name", "Chen Jing"), ("phone", "138"), ("address", "1 Example Road")] {
        stand.browser.write(&format!("[name={field}]"), text).unwrap();
    }
    stand.browser.follow("form.card .btn").unwrap();
    let pay = stand.browser.address().unwrap();
    let place = pay.replace("/pay?", "?");
    let tail = |path: &str, tag: &str| path.replacen("/en/", &format!("/{tag}/"), 1);
    for tag in tags {
        stand.check(&tail(&pay, tag));
        stand.check(&tail(&place, tag));
    }
    stand.open(&pay);
    stand.browser.follow("form .btn").unwrap();
    for tag in tags {
        stand.check(&tail(&place, tag));
        stand.check(&tail(place.split('?').next().unwrap(), tag));
        stand.check(&tail(&place.replace('?', "/claim?"), tag));
        stand.check(&format!("/{tag}/v/1/basket"));
    }
    stand.sign_in("M018");
    assert_eq!(stand.browser.address().unwrap(), "/en/me");
    for tag in tags {
        for tail in TAILS {
            stand.check(&format!("/{tag}/{tail}"));
        }
    }
    stand.app.close();
}
