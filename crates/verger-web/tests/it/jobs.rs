//! Each role's main job in Chromium, from signing in to the result, with the ledger asked by the API
//! afterwards. The agent's day, the operator and the auditor are in `faces`, the outside buyer in the
//! command line's tests.

use serde_json::{Value, json};

use crate::credit::lending;
use crate::faces::Stand;
use crate::purchases::ordered;
use crate::rig::TestApp;
use crate::stage::Stage;

const PASSWORD: &str = "a long pass phrase";

/// Signs somebody in who has a password, by typing.
fn enter(stand: &mut Stand, rig: &TestApp, party: verger_domain::id::PartyId, code: &str) {
    rig.give_secret(party, PASSWORD);
    let one_time = rig.one_time(party);
    stand.sign_in_as(code, PASSWORD, &one_time);
}

/// Nothing was made or lost.
#[track_caller]
fn check_books(rig: &TestApp) {
    let off = rig.get(&rig.reader, "/trial-balance").expect(200).json()["off_by_minor"].clone();
    assert_eq!(off, 0);
}

/// Goal: a villager borrows with three touches and the PIN, and pays back on the same page.
/// Method: the smallest sum that is offered; the API says what is owed before, between and after.
#[test]
fn a_villager_borrows_and_pays_back() {
    let rig = lending();
    let Some(mut stand) = Stand::of(&rig) else { return };
    // Who never borrowed has no line yet.
    let owed = || rig.get(&rig.agent, "/credit/H001").json()["payoff_minor"].as_i64().unwrap_or(0);
    stand.sign_in_as("M001", "482915", "");
    let b = &mut stand.browser;
    assert_eq!(b.address().unwrap(), "/en/me");
    b.follow("a[href$='/en/me/credit']").unwrap();
    b.follow("#borrow .chips a").unwrap();
    b.follow("form.card .btn[value=ask]").unwrap();
    assert_eq!(owed(), 0, "a question is no loan");
    b.write("#pin", "482915").unwrap();
    b.follow(".btn[value=draw]").unwrap();
    let lent = owed();
    assert!(lent > 0 && b.text().unwrap().contains("CN¥"), "{}", b.text().unwrap());
    b.write("#pin-repay", "482915").unwrap();
    b.follow("#repay .btn").unwrap();
    assert_eq!(owed(), 0, "{}", b.text().unwrap());
    check_books(&rig);
}

/// Goal: a supplier says yes to what was ordered and packs it; the money stays in escrow until the
/// household has the goods.
/// Method: one order by its tick, its box; the API tells the order and the account.
#[test]
fn a_supplier_delivers() {
    let rig = TestApp::new();
    let stage = Stage::new(&rig);
    let order = ordered(&stage);
    let Some(mut stand) = Stand::of(&rig) else { return };
    let shown = || rig.get(&stage.supplier, &format!("/orders/{order}")).expect(200).json();
    enter(&mut stand, &rig, rig.cast.supplier, "S1");
    let b = &mut stand.browser;
    assert_eq!(b.address().unwrap(), "/en/supply");
    b.follow("form .btn").unwrap();
    assert!(b.evaluate(ALERT).unwrap() == true);
    assert_eq!(shown()["phase"], "ordered", "nothing was ticked");
    b.tap("label.tick").unwrap();
    b.follow("form .btn").unwrap();
    assert_eq!(shown()["phase"], "confirmed");
    b.follow("a[href*='/supply/order_']").unwrap();
    b.follow(".btn[value=pack]").unwrap();
    let after = shown();
    assert_eq!(after["parcels"].as_array().unwrap().len(), 1, "{after}");
    stand.open("/en/supply");
    let text = stand.browser.text().unwrap();
    let packed = text.split("Packed, for the carrier").nth(1).unwrap();
    assert!(packed.contains("1 × Feed"), "{text}");
    stand.open("/en/supply/account");
    assert!(stand.browser.text().unwrap().contains("CN¥0.00"), "nothing is owed before it arrives");
    check_books(&rig);
    // Another firm's order is not there, and a page of his own is nobody else's.
    let member = rig.sign_in(rig.cast.members[1], "M002", "135790");
    assert_eq!(rig.page_as("/en/supply", &member).status, 403);
}

/// Goal: what cannot be delivered goes back to the household, whole.
/// Method: the supplier calls it off with a reason; the household's wallet has the money.
#[test]
fn a_supplier_calls_off() {
    let rig = TestApp::new();
    let stage = Stage::new(&rig);
    let order = ordered(&stage);
    let cookie = rig.sign_in(rig.cast.supplier, "S1", PASSWORD);
    let path = format!("/en/supply/{order}");
    let key = rig.key();
    let none = [("key", key.as_str()), ("do", "cancel"), ("reason", "")];
    assert_eq!(rig.form(&path, &cookie, &none).status, 422);
    let off = [("key", key.as_str()), ("do", "cancel"), ("reason", "sold out")];
    rig.form(&path, &cookie, &off).expect(303);
    let shown = rig.get(&stage.supplier, &format!("/orders/{order}")).expect(200).json();
    assert_eq!(shown["phase"], "cancelled");
    assert_eq!(rig.form(&path, &cookie, &[("key", &rig.key()), ("do", "accept")]).status, 409);
    check_books(&rig);
}

const ALERT: &str = "!!document.querySelector('[role=alert]')";

/// A delivered box with a complaint of 9.97 about it: the complaint and the buyer's link.
fn complaint(stage: &Stage<'_>, number: u8) -> (String, String) {
    let bought = stage.buy();
    stage.deliver(&bought.order);
    let dispute = format!("dispute_0199f0c2a8b47c0e80000000000000{number:02}");
    let open = json!({"open": {
        "order": bought.order, "reason": "damaged", "photos": [format!("{number:02}").repeat(32)],
        "claim": {"lines": [{"line": 0, "amount_minor": 997}]}
    }});
    stage.rig.post(&bought.link, &format!("/disputes/{dispute}"), &open).expect(201);
    (dispute, bought.link)
}

fn case(rig: &TestApp, dispute: &str) -> Value {
    rig.get(&rig.staff, &format!("/disputes/{dispute}")).expect(200).json()
}

/// Goal: the cooperative lets something go on sale, and answers a complaint: gives all back, offers a
/// part. Method: its first page leads to each; the API says what came of it.
#[test]
fn a_cooperative_answers() {
    let rig = TestApp::new();
    let stage = Stage::new(&rig);
    let (all, _) = complaint(&stage, 11);
    let (part, link) = complaint(&stage, 12);
    let listing = "/listings/listing_0199f0c2a8b47c0e8000000000000015";
    let text = json!({
        "name": "桃干", "name_latin": "Dried peach", "category": "fruit", "class": "perishable",
        "unit": "250 g", "weight_g": 250, "seller": "COOP", "photos": ["33".repeat(32)]
    });
    let draft = json!({"code": "dried", "price_minor": 2_200, "stock": 5, "text": text});
    rig.post(&rig.agent, listing, &json!({"draft": draft})).expect(201);
    rig.post(&rig.agent, listing, &json!({"version": 0, "submit": {}})).expect(200);
    let Some(mut stand) = Stand::of(&rig) else { return };
    enter(&mut stand, &rig, rig.cast.cooperative, "COOP");
    let b = &mut stand.browser;
    b.follow(&format!("a[href$='/console{listing}']")).unwrap();
    b.follow("form.card .btn").unwrap();
    let shown = rig.get(&rig.staff, listing).expect(200).json();
    assert_eq!(shown["phase"], "live", "{}", b.text().unwrap());
    b.follow(&format!("a[href$='/console/disputes/{all}']")).unwrap();
    b.follow(".btn[value=accept]").unwrap();
    assert_eq!(case(&rig, &all)["phase"], "executed", "{}", b.text().unwrap());
    stand.open("/en/console");
    let b = &mut stand.browser;
    b.follow(&format!("a[href$='/console/disputes/{part}']")).unwrap();
    b.write("#o0", "5,00").unwrap();
    b.follow(".btn[value=offer]").unwrap();
    let offered = case(&rig, &part);
    assert_eq!(offered["phase"], "offered", "{}", b.text().unwrap());
    let agree = json!({"agree": {}});
    rig.post(&link, &format!("/disputes/{part}"), &agree).expect(200);
    let order = offered["order"].as_str().unwrap().to_owned();
    let split = rig.get(&link, &format!("/orders/{order}/split")).expect(200).json();
    assert_eq!(split["refunded_minor"], 500);
    check_books(&rig);
    for tag in ["zh-CN", "fr", "en"] {
        stand.check(&format!("/{tag}/console/disputes/{part}"));
    }
}

/// Goal: a panel of an operator and a member of another house decides, and nobody alone.
/// Method: refused with a photo; a wrong PIN, the house that grew the fruit, then another house.
#[test]
fn a_panel_decides() {
    let rig = TestApp::new();
    let stage = Stage::new(&rig);
    let (dispute, link) = complaint(&stage, 13);
    rig.post(&link, &format!("/disputes/{dispute}"), &json!({"escalate": {}})).expect(200);
    rig.give_secret(rig.cast.members[1], "135790");
    let Some(mut stand) = Stand::of(&rig) else { return };
    enter(&mut stand, &rig, rig.cast.staff[0], "ST1");
    let b = &mut stand.browser;
    b.follow(&format!("a[href$='/console/disputes/{dispute}']")).unwrap();
    let rule = |b: &mut verger_sim::browser::Browser, member: &str, pin: &str| {
        b.write("#r0", "4.00").unwrap();
        b.write("#member", member).unwrap();
        b.write("#pin", pin).unwrap();
        b.follow(".btn[value=rule]").unwrap();
    };
    rule(b, "M002", "000000");
    assert!(b.text().unwrap().contains("4 tries are left"), "{}", b.text().unwrap());
    let kept = "[...document.querySelectorAll('#r0,#member')].map(e => e.value)";
    assert_eq!(b.evaluate(kept).unwrap(), json!(["4.00", "M002"]), "what was typed is there");
    // The first household's fruit is in the box.
    rule(b, "M001", "482915");
    assert!(b.evaluate(ALERT).unwrap() == true, "{}", b.text().unwrap());
    assert_eq!(case(&rig, &dispute)["phase"], "escalated");
    rule(b, "m002", "135790");
    let ruled = case(&rig, &dispute);
    assert_eq!(ruled["phase"], "ruled", "{}", b.text().unwrap());
    check_books(&rig);
    for tag in ["zh-CN", "fr", "en"] {
        stand.check(&format!("/{tag}/console/disputes/{dispute}"));
    }
}

/// Goal: who sells answers for it, and nobody else: the form is not there for him, and not his to send.
/// Method: an auditor, a villager, a supplier, the agent who sells for families.
#[test]
fn only_the_side_that_sold_answers() {
    let rig = TestApp::new();
    let stage = Stage::new(&rig);
    let (dispute, _) = complaint(&stage, 14);
    let path = format!("/en/console/disputes/{dispute}");
    let agent = rig.sign_in(rig.cast.agent, "A1", "246813");
    let sell = rig.page_as("/en/counter/sell", &agent).expect(200).text();
    assert!(sell.contains(&format!("/en/console/disputes/{dispute}")), "{sell}");
    let page = rig.page_as(&path, &agent).expect(200).text();
    assert!(page.contains("value=\"accept\"") && !page.contains("value=\"rule\""), "{page}");
    let supplier = rig.sign_in(rig.cast.supplier, "S1", PASSWORD);
    assert_eq!(rig.page_as(&path, &supplier).status, 403);
    let member = rig.sign_in(rig.cast.members[1], "M002", "135790");
    assert_eq!(rig.page_as(&path, &member).status, 403);
    let operator = rig.sign_in(rig.cast.staff[0], "ST1", PASSWORD);
    let page = rig.page_as(&path, &operator).expect(200).text();
    assert!(!page.contains("value=\"accept\""), "the county does not answer for the seller");
    let missing = rig.page_as("/en/console/disputes/dispute_1", &operator);
    assert_eq!(missing.status, 404);
}

/// Goal: several orders get their yes at once, each once, however often the form is sent.
/// Method: two of three are ticked; the same form again; one that is not this firm's.
#[test]
fn a_supplier_answers_several_at_once() {
    let rig = TestApp::new();
    let stage = Stage::new(&rig);
    let orders = [ordered(&stage), ordered(&stage), ordered(&stage)];
    let cookie = rig.sign_in(rig.cast.supplier, "S1", PASSWORD);
    let page = rig.page_as("/en/supply", &cookie).expect(200).text();
    let ticks: Vec<String> = orders.iter().map(|order| format!("order-{order}")).collect();
    assert!(ticks.iter().all(|tick| page.contains(&format!("name=\"{tick}\""))), "{page}");
    let key = rig.key();
    let form = [("key", key.as_str()), (&ticks[0], "yes"), (&ticks[2], "yes")];
    for _ in 0..2 {
        rig.form("/en/supply", &cookie, &form).expect(303);
    }
    let phase = |order: &String| {
        rig.get(&stage.supplier, &format!("/orders/{order}")).expect(200).json()["phase"].clone()
    };
    let phases: Vec<Value> = orders.iter().map(phase).collect();
    assert_eq!(phases, ["confirmed", "ordered", "confirmed"]);
    // A box of the cooperative is another seller's.
    let foreign = stage.buy().order;
    let tick = format!("order-{foreign}");
    let refused = rig.form("/en/supply", &cookie, &[("key", &rig.key()), (&tick, "yes")]);
    assert!(refused.status >= 400 && refused.text().contains("role=\"alert\""));
    assert_eq!(rig.page_as(&format!("/en/supply/{foreign}"), &cookie).status, 404);
    check_books(&rig);
}

/// Goal: what is kept between questions is never older than the last record.
/// Method: the staff's pages of loans and trust, and a household's own, before and after a record.
#[test]
fn pages_follow_the_last_record() {
    let rig = lending();
    let operator = rig.sign_in(rig.cast.staff[0], "ST1", PASSWORD);
    let fields = [("village", "1"), ("code", "M001"), ("secret", "482915"), ("one_time", "")];
    let own = rig.form("/en/sign-in", "", &fields).expect(303).header("set-cookie").to_owned();
    let own = own.split(';').next().unwrap().to_owned();
    let seen = |tail: &str, cookie: &str| {
        let page = rig.page_as(&format!("/en/{tail}"), cookie).expect(200).text();
        page.split_once("<main").map(|(_, main)| main.to_owned()).unwrap()
    };
    let pages = [("console/loans", &operator), ("console/trust", &operator), ("me/trust", &own)];
    let before = pages.map(|(tail, cookie)| seen(tail, cookie));
    assert_eq!(pages.map(|(tail, cookie)| seen(tail, cookie)), before, "nothing was written");
    let wish = json!({
        "loan": {"amount_minor": 5_000, "purpose": "feed", "days": 90},
        "proof": {"member": "M001", "pin": "482915"}
    });
    rig.post(&rig.agent, "/credit/H001/draws", &wish).expect(201);
    let fact = json!({"fact": "address", "document": "78".repeat(32)});
    rig.post(&rig.agent, "/parties/H001/facts", &fact).expect(200);
    for ((tail, cookie), old) in pages.iter().zip(before) {
        assert_ne!(seen(tail, cookie), old, "{tail}");
    }
}
