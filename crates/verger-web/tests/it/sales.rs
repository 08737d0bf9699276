//! The sale order over HTTP: a guest from the shop window to the split, links, versions, phases.

use serde_json::{Value, json};
use verger_words::text::Lang;

use crate::rig::TestApp;
use crate::stage::{BOX_MINOR, Stage};

fn parts(split: &Value) -> i64 {
    let names =
        ["seller", "cooperative", "agent", "box", "carrier", "platform", "refunded", "disputed"];
    names.iter().map(|name| split[format!("{name}_minor")].as_i64().unwrap()).sum()
}

/// Goal: a guest buys without an account, and every fen of what he paid can be followed.
/// Method: from the shop window to the split, as JSON and as a page in three languages.
#[test]
fn a_guest_buys_a_box() {
    let rig = TestApp::new();
    let stage = Stage::new(&rig);
    let bought = stage.buy();
    let path = format!("/orders/{}", bought.order);
    let shown = rig.get(&bought.link, &path).expect(200).json();
    assert_eq!((&shown["phase"], &shown["total_minor"]), (&"placed".into(), &BOX_MINOR.into()));
    assert!(!shown.to_string().contains("secret"));
    let unpaid = rig.get(&bought.link, &format!("{path}/split")).expect(200).json();
    assert_eq!((parts(&unpaid), &unpaid["is_paid"]), (BOX_MINOR, &false.into()));
    let told = rig.tell(&Stage::payment(&bought.order, "pay_1", BOX_MINOR)).expect(200).json();
    assert_eq!(told["outcome"], "funded");
    stage.deliver(&bought.order);
    let confirm = json!({"confirm": {}});
    let done = stage.order(&bought.link, &bought.order, &confirm).expect(200).json();
    assert_eq!(done["phase"], "completed");
    assert!(!done["entries"].as_array().unwrap().is_empty());
    let split = rig.get(&rig.staff, &format!("{path}/split")).expect(200).json();
    assert_eq!((parts(&split), &split["of_minor"]), (BOX_MINOR, &BOX_MINOR.into()));
    // 39.90 of goods: 1 % platform, 4 % cooperative, no agent, 4.50 box; all floored once.
    let wanted = json!([3_990 - 39 - 159 - 450, 159, 0, 450, 1_000, 39, true]);
    let found = json!([
        split["seller_minor"],
        split["cooperative_minor"],
        split["agent_minor"],
        split["box_minor"],
        split["carrier_minor"],
        split["platform_minor"],
        split["is_settled"]
    ]);
    assert_eq!((found, &split["seller"]), (wanted, &"pool".into()));
    for lang in Lang::ALL {
        let page = bought.page.replacen("/zh-CN/", &format!("/{}/", lang.tag()), 1);
        let own = rig.page(&page).expect(200);
        assert_eq!(own.header("cache-control"), "private, no-store");
        assert!(crate::pages::compressed(&own.body) <= 8 * 1024);
        let own = own.text();
        assert!(own.contains("陈静") && own.contains("<rect width="), "{own}");
        for banned in ["<script", "style=", "[split", "[phase", "[order"] {
            let shown = own.split("</style>").nth(1).unwrap();
            assert!(!shown.contains(banned), "{banned}");
        }
        let public = rig.page(page.split('?').next().unwrap()).expect(200).text();
        assert!(public.contains("<rect width=") && !public.contains("陈静"), "{public}");
        assert!(!public.contains("示例路"));
    }
    let wrong = format!("{}?key={}", bought.page.split('?').next().unwrap(), "0".repeat(64));
    rig.page(&wrong).expect(404);
}

/// Goal: the same key gives the same answer, link and all; another body under it is refused; the
/// last box is sold once, before money moves. Method: repeats, and one box too many.
#[test]
fn a_guests_order_happens_once() {
    let rig = TestApp::new();
    let stage = Stage::new(&rig);
    let (order, key) = (stage.new_order(), rig.key());
    let path = format!("/shop/orders/{order}");
    let first = rig.open_post(&path, &Stage::guest(2), &key).expect(201);
    let again = rig.open_post(&path, &Stage::guest(2), &key).expect(201);
    assert_eq!(again.body, first.body);
    assert_eq!(again.header("idempotency-replayed"), "true");
    let other = rig.open_post(&path, &Stage::guest(1), &key);
    assert_eq!(other.outcome(), (422, "key_reused".to_owned()));
    let taken = rig.open_post(&path, &Stage::guest(1), &rig.key());
    assert_eq!(taken.outcome(), (409, "subject_exists".to_owned()));
    let path = format!("/shop/orders/{}", stage.new_order());
    let gone = rig.open_post(&path, &Stage::guest(2), &rig.key());
    assert_eq!((gone.outcome(), &gone.json()["available"]), ((409, "sold_out".into()), &1.into()));
    let table: [(&str, Value, &str, &str); 7] = [
        ("/address", " ".into(), "text_length", "address"),
        ("/name", "".into(), "name_length", "name"),
        ("/pay_by", "barter".into(), "invalid_field", "pay_by"),
        ("/lines/0/quantity", json!(0), "out_of_range_number", "quantity"),
        ("/lines/0/quantity", json!(1.5), "invalid_field", "lines[0].quantity"),
        ("/lines/0/listing", "nothing".into(), "not_found", "lines[0].listing"),
        ("/lines", json!([]), "list_length", "lines"),
    ];
    for (pointer, value, code, field) in table {
        let mut body = Stage::guest(1);
        *body.pointer_mut(pointer).unwrap() = value;
        let answer = rig.open_post(&path, &body, &rig.key()).json();
        assert_eq!((&answer["code"], &answer["field"]), (&code.into(), &field.into()), "{answer}");
    }
    let keyless = rig.raw("", &path, Stage::guest(1).to_string(), None);
    assert_eq!(keyless.outcome(), (400, "key_missing".to_owned()));
}

/// Goal: a link opens one order, for what its buyer may do, and nothing else.
/// Method: another's order and page, other commands, other routes, near misses of the secret.
#[test]
fn a_link_opens_one_order() {
    let rig = TestApp::new();
    let stage = Stage::new(&rig);
    let (own, other) = (stage.buy(), stage.buy());
    let unknown = |status: u16| assert_eq!(status, 404);
    for path in ["", "/split"] {
        unknown(rig.get(&own.link, &format!("/orders/{}{path}", other.order)).status);
    }
    let cancel = json!({"cancel": {"reason": "too late"}});
    unknown(stage.order(&own.link, &other.order, &cancel).status);
    for command in [json!({"accept": {}}), json!({"pay_cash": {"shop": "SHOP", "amount_minor": 1}})]
    {
        unknown(stage.order(&own.link, &own.order, &command).status);
    }
    for path in ["/orders", "/parties", "/tills", "/parcels", "/disputes"] {
        unknown(rig.get(&own.link, path).status);
    }
    unknown(rig.post(&own.link, "/cash-in", &json!({})).status);
    let mut wrong = own.link.clone();
    wrong.pop();
    let near = [wrong.clone(), format!("{wrong}x"), own.link.replacen("vgo_1", "vgo_2", 1)];
    for link in near {
        unknown(rig.get(&link, &format!("/orders/{}", own.order)).status);
    }
    let stranger = rig.get(&rig.stranger, &format!("/orders/{}", own.order));
    assert_eq!(stranger.outcome(), (404, "not_found".to_owned()));
    let none = rig.get("", &format!("/orders/{}", own.order));
    assert_eq!(none.outcome(), (401, "unauthenticated".to_owned()));
    // A household of the village sees its own orders only; the shop's people see all.
    assert_eq!(rig.get(&stage.member, &format!("/orders/{}", own.order)).status, 404);
    let seen = rig.get(&stage.member, "/orders").expect(200).json();
    assert_eq!(seen["items"], json!([]));
    let seen = rig.get(&rig.agent, "/orders?phase=placed").expect(200).json();
    assert_eq!(seen["items"].as_array().unwrap().len(), 2);
    stage.order(&own.link, &own.order, &cancel).expect(200);
    let again = stage.order(&own.link, &own.order, &cancel);
    assert_eq!(again.outcome(), (409, "illegal_transition".to_owned()));
}

/// Goal: what cannot be done now says where the order is and what can be done; what was seen in an
/// older version says the new one. Method: one of each, in three languages.
#[test]
fn wrong_moments_say_what_is_possible() {
    let rig = TestApp::new();
    let stage = Stage::new(&rig);
    let bought = stage.buy();
    let early = stage.order(&stage.cooperative, &bought.order, &json!({"accept": {}}));
    assert_eq!(early.outcome(), (409, "illegal_transition".to_owned()));
    let problem = early.json();
    assert_eq!(problem["phase"], "placed");
    assert_eq!(problem["allowed"], json!(["pay_cash", "cancel"]));
    assert!(problem["hint"].as_str().unwrap().contains("pay_cash, cancel"), "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("Placed"), "{problem}");
    rig.tell(&Stage::payment(&bought.order, "p", BOX_MINOR)).expect(200);
    let stale = json!({"version": 0, "accept": {}});
    let stale = stage.order(&stage.cooperative, &bought.order, &stale);
    let now = rig.get(&rig.reader, &format!("/orders/{}", bought.order)).json()["version"].clone();
    assert_eq!((stale.outcome(), &stale.json()["version"]), ((409, "stale".into()), &now));
    let accept = json!({"version": now, "accept": {}});
    let done = stage.order(&stage.cooperative, &bought.order, &accept).expect(200).json();
    let after = rig.get(&rig.reader, &format!("/orders/{}", bought.order)).json();
    assert_eq!((&done["version"], &done["phase"]), (&after["version"], &after["phase"]));
    for body in [json!({}), json!({"accept": {}, "confirm": {}}), json!({"accept": null})] {
        let answer = stage.order(&stage.cooperative, &bought.order, &body).json();
        assert_eq!(
            (&answer["code"], &answer["reason"]),
            (&"invalid_field".into(), &"one_command".into())
        );
    }
    let unknown = json!({"accept": {"more": 1}});
    let answer = stage.order(&stage.cooperative, &bought.order, &unknown).json();
    assert_eq!(answer["field"], "accept.more");
    let none = stage.order(&stage.cooperative, &stage.new_order(), &json!({"accept": {}}));
    assert_eq!(none.outcome(), (404, "subject_unknown".to_owned()));
    let bad = stage.order(&stage.cooperative, "order_1", &json!({"accept": {}}));
    assert_eq!(bad.outcome(), (404, "not_found".to_owned()));
}

/// Goal: the buyer complains by link, the seller answers, and the split shows what came back.
/// Method: a claim of three bruised fruits, accepted; a picture twice; another's dispute.
#[test]
fn a_buyer_complains_by_link() {
    let rig = TestApp::new();
    let stage = Stage::new(&rig);
    let (bought, other) = (stage.buy(), stage.buy());
    stage.deliver(&bought.order);
    let dispute = "dispute_0199f0c2a8b47c0e8000000000000001";
    let path = format!("/disputes/{dispute}");
    let open = |order: &str| {
        json!({"open": {
            "order": order, "reason": "damaged", "photos": ["77".repeat(32)],
            "claim": {"lines": [{"line": 0, "amount_minor": 997}]}
        }})
    };
    let foreign = rig.post(&bought.link, &path, &open(&other.order));
    assert_eq!(foreign.outcome(), (404, "not_found".to_owned()));
    let opened = rig.post(&bought.link, &path, &open(&bought.order)).expect(201).json();
    assert_eq!((&opened["phase"], &opened["version"]), (&"opened".into(), &0.into()));
    let frozen = rig.get(&bought.link, &format!("/orders/{}/split", bought.order)).json();
    assert_eq!((parts(&frozen), &frozen["disputed_minor"]), (BOX_MINOR, &3_990.into()));
    rig.get(&bought.link, &path).expect(200);
    assert_eq!(rig.get(&other.link, &path).status, 404);
    assert_eq!(rig.post(&other.link, &path, &json!({"withdraw": {}})).status, 404);
    assert_eq!(rig.post(&bought.link, &path, &json!({"accept": {}})).status, 404);
    let done = rig.post(&stage.cooperative, &path, &json!({"version": 0, "accept": {}}));
    assert_eq!(done.expect(200).json()["phase"], "executed");
    stage.order(&bought.link, &bought.order, &json!({"confirm": {}})).expect(200);
    let split = rig.get(&bought.link, &format!("/orders/{}/split", bought.order)).json();
    assert_eq!((parts(&split), &split["refunded_minor"]), (BOX_MINOR, &997.into()));
    let list = rig.get(&rig.agent, "/disputes?phase=executed").expect(200).json();
    assert_eq!(list["items"][0]["id"], dispute);
    let wrong = rig.get(&rig.agent, "/disputes?phase=gone").json();
    assert_eq!((&wrong["code"], &wrong["field"]), (&"invalid_field".into(), &"phase".into()));
}

/// Goal: the agent who sells for a buyer does not get the buyer's link; the buyer himself does.
/// Method: both place an order by code.
#[test]
fn the_link_is_the_buyers_alone() {
    let rig = TestApp::new();
    let stage = Stage::new(&rig);
    let place = json!({"place": {
        "buyer": "B1", "lines": [{"listing": stage.fruit, "quantity": 1}], "pay_by": "online"
    }});
    let by_agent = stage.order(&rig.agent, &stage.new_order(), &place).expect(201).json();
    assert_eq!(by_agent["placed"]["total_minor"], BOX_MINOR);
    assert!(by_agent["placed"]["link"].is_null());
    let buyer = rig.token_of(rig.cast.buyer);
    let by_buyer = stage.order(&buyer, &stage.new_order(), &place).expect(201).json();
    let link = by_buyer["placed"]["link"].as_str().unwrap();
    let order = by_buyer["id"].as_str().unwrap();
    rig.get(link, &format!("/orders/{order}")).expect(200);
}

/// Goal: what is on sale is public by code, what is not needs a token. Method: lists and pages.
#[test]
fn listings_are_public_once_they_are_live() {
    let rig = TestApp::new();
    let stage = Stage::new(&rig);
    let live = rig.page("/api/v1/villages/1/listings?limit=1").expect(200).json();
    assert_eq!(
        (&live["items"][0]["code"], &live["next"]),
        (&"box-hujing".into(), &"box-hujing".into())
    );
    let rest = rig.page("/api/v1/villages/1/listings?after=box-hujing").expect(200).json();
    assert_eq!(rest["items"][0]["code"], "feed-40");
    let one = rig.page("/api/v1/villages/1/listings/box-hujing").expect(200).json();
    assert_eq!((&one["available_pieces"], &one["id"]), (&3.into(), &stage.fruit.clone().into()));
    rig.post(&stage.supplier, "/listings/feed-40", &json!({"end": {}})).expect(200);
    assert_eq!(rig.page("/api/v1/villages/1/listings/feed-40").status, 404);
    rig.get(&rig.reader, "/listings/feed-40").expect(200);
    let ended = "/api/v1/villages/1/listings?phase=ended";
    assert_eq!(rig.page(ended).outcome(), (401, "unauthenticated".to_owned()));
    let ended = rig.get(&rig.reader, "/listings?phase=ended").expect(200).json();
    assert_eq!(ended["items"].as_array().unwrap().len(), 1);
    let author =
        rig.post(&rig.agent, "/listings/box-hujing", &json!({"take_down": {"reason": "x"}}));
    assert_eq!(author.outcome(), (403, "not_allowed".to_owned()));
    let html = rig.page("/en/v/1/goods").expect(200).text();
    assert!(html.contains("Hujing peaches") && !html.contains("Feed"));
}
