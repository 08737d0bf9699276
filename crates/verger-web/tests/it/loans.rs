//! Borrowing and paying back as people do it: on a household's own page and at the counter, over HTTP
//! and in Chromium, with what the books say afterwards.

use serde_json::json;
use verger_domain::command::Body;
use verger_domain::ledger::Code;
use verger_domain::market::listing::Photo;
use verger_domain::trust::{FactKind, FactProof, TrustCommand};
use verger_domain::{Actor, Command};
use verger_sim::demo;
use verger_words::text::Lang;

use crate::credit::lending;
use crate::faces::{Stand, owned};
use crate::rig::{Answer, TestApp, easy_credit};
use crate::trust::traded;

const PIN: &str = "482915";
const OWN: &str = "/en/me/credit";
const COUNTER: &str = "/en/counter/credit";

/// The cookie of the first member.
fn first_member(rig: &TestApp) -> String {
    let fields = [("village", "1"), ("code", "M001"), ("secret", PIN), ("one_time", "")];
    let answer = rig.form("/en/sign-in", "", &fields).expect(303);
    answer.header("set-cookie").split(';').next().unwrap().to_owned()
}

/// Asks for a sum on a page, with what stands chosen there.
fn ask(rig: &TestApp, path: &str, cookie: &str, sum: &str) -> Answer {
    let key = rig.key();
    let fields = [
        ("key", key.as_str()),
        ("who", "H001"),
        ("do", "ask"),
        ("sum", sum),
        ("purpose", "feed"),
        ("days", "90"),
        ("share", "2000"),
    ];
    rig.form(path, cookie, &fields)
}

/// The number behind a name in an address.
fn number(address: &str, name: &str) -> String {
    let rest = address.split(name).nth(1).unwrap();
    rest.split('&').next().unwrap().to_owned()
}

/// Goal: a household goes from a sum to the money and back by its own PIN and by nothing less, and
/// what is agreed to is what was asked and shown.
/// Method: each step over HTTP with its wrong turns; then the API says what the books hold.
#[test]
fn a_household_borrows_on_its_own_page() {
    let rig = lending();
    let own = first_member(&rig);
    let home = rig.page_as("/en/me", &own).expect(200).text();
    assert!(home.contains("/en/me/credit") && home.contains("CN¥100.00"), "{home}");
    let page = rig.page_as(OWN, &own).expect(200).text();
    for part in ["CN¥100.00", "CN¥0.0329 a day", "by your level", "?sum=50.00", "?sum=100.00"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let choice = rig.page_as(&format!("{OWN}?sum=100.00"), &own).expect(200).text();
    assert!(choice.contains("value=\"feed\"") && choice.contains("90 days"), "{choice}");
    assert_eq!(rig.page_as(&format!("{OWN}?sum=many"), &own).status, 422);
    let zero = ask(&rig, OWN, &own, "0").expect(422).text();
    assert!(zero.contains("role=\"alert\"") && zero.contains("value=\"0\""), "{zero}");
    let steps = ask(&rig, OWN, &own, "15.00").expect(422).text();
    assert!(steps.contains("multiple of") && steps.contains("value=\"15.00\""), "{steps}");
    let asked = ask(&rig, OWN, &own, "100").expect(303).header("location").to_owned();
    let offer = rig.page_as(&asked, &own).expect(200).text();
    for part in [
        "CN¥102.95",
        "11.96",
        "it never costs more than",
        "If you are late",
        "share pays it back: 20\u{a0}%",
    ] {
        assert!(offer.contains(part), "{part}: {offer}");
    }
    let (asked, key) = (number(&asked, "asked="), rig.key());
    let draw = |key: &str, pin: &str| {
        let fields = [
            ("key", key),
            ("do", "draw"),
            ("asked", asked.as_str()),
            ("share", "2000"),
            ("pin", pin),
        ];
        rig.form(OWN, &own, &fields)
    };
    let wrong = draw(&rig.key(), "000000").expect(422).text();
    assert!(wrong.contains("4 tries") && wrong.contains("CN¥102.95"), "the offer stays: {wrong}");
    assert_eq!(draw(&rig.key(), "").status, 422);
    for _ in 0..2 {
        let done = draw(&key, PIN).expect(303).header("location").to_owned();
        let page = rig.page_as(&done, &own).expect(200).text();
        assert!(page.contains("Loan drawn") && page.contains("pay nothing"), "{page}");
    }
    let books = rig.get(&rig.agent, "/credit/H001").expect(200).json();
    assert_eq!(
        (&books["payoff_minor"], &books["sweep_share_bps"]),
        (&10_000.into(), &2_000.into())
    );
    assert_eq!(books["loans"].as_array().unwrap().len(), 1);
    // A second draw while the first can be given back: declined, with its reason and what to do.
    let again = ask(&rig, OWN, &own, "10").expect(303).header("location").to_owned();
    let declined = rig.page_as(&again, &own).expect(200).text();
    assert!(declined.contains("can still be given back") && !declined.contains("name=\"pin\""));
    pay_back(&rig, &own);
}

/// Ninety days later: a part from the wallet, then all of it.
fn pay_back(rig: &TestApp, own: &str) {
    rig.clock.advance_seconds(90 * 86_400);
    let own_again = first_member(rig);
    let own = if rig.page_as(OWN, own).status == 200 { own } else { own_again.as_str() };
    let repay = |amount: &str, pin: &str| {
        let key = rig.key();
        let fields = [("key", key.as_str()), ("do", "repay"), ("amount", amount), ("pin", pin)];
        rig.form(OWN, own, &fields)
    };
    let page = rig.page_as(OWN, own).expect(200).text();
    assert!(page.contains("CN¥102.95") && page.contains("in cash at the shop"), "{page}");
    assert!(repay("0", PIN).expect(422).text().contains("role=\"alert\""));
    let wrong = repay("40", "000000").expect(422).text();
    assert!(wrong.contains("value=\"40\""), "what was typed stays: {wrong}");
    repay("40.00", PIN).expect(303);
    rig.fund(1_000);
    repay("62.95", PIN).expect(303);
    let page = rig.page_as(OWN, own).expect(200).text();
    assert!(page.contains("paid back") && !page.contains("id=\"repay\""), "{page}");
    let books = rig.get(&rig.agent, "/credit/H001").expect(200).json();
    assert_eq!(
        (&books["payoff_minor"], &books["loans"][0]["status"]),
        (&0.into(), &"closed".into())
    );
}

/// Goal: nobody reads or takes another household's offer, and a wish that is too large is told kindly
/// with the sum that is possible. Method: the second member opens and sends what the first asked.
#[test]
fn an_offer_is_its_households_own() {
    let rig = lending();
    let own = first_member(&rig);
    let asked = ask(&rig, OWN, &own, "100").expect(303).header("location").to_owned();
    let large = ask(&rig, OWN, &own, "500").expect(303).header("location").to_owned();
    let declined = rig.page_as(&large, &own).expect(200).text();
    for part in ["Ask for up to CN¥100.00", "?sum=100.00", "Nothing is lost by asking"] {
        assert!(declined.contains(part), "{part}: {declined}");
    }
    rig.clock.advance_seconds(1);
    let other = rig.sign_in(rig.cast.members[1], "M002", "135790");
    let page = rig.page_as(&asked, &other).expect(200).text();
    assert!(!page.contains("CN¥102.95"), "{page}");
    assert!(page.contains("There is nothing to borrow at the moment"), "{page}");
    let (key, seq) = (rig.key(), number(&asked, "asked="));
    let fields = [("key", key.as_str()), ("do", "draw"), ("asked", &seq), ("pin", "135790")];
    assert_eq!(rig.form(OWN, &other, &fields).status, 404);
    assert_eq!(rig.get(&rig.agent, "/credit/H001").status, 404, "nothing was drawn");
    // A price is of its day: on the next one it is asked again.
    rig.clock.advance_seconds(86_400);
    let own = first_member(&rig);
    let stale = rig.page_as(&asked, &own).expect(200).text();
    assert!(!stale.contains("name=\"asked\""), "{stale}");
}

/// Goal: at the counter a family's loan needs its own member's PIN; the agent's and another family's
/// do not do. Method: each of them, then the right one; cash comes back over the till.
#[test]
fn no_agent_agrees_for_a_family() {
    let rig = lending();
    let agent = rig.sign_in(rig.cast.agent, "A1", "246813");
    rig.give_secret(rig.cast.members[1], "135790");
    let asked = ask(&rig, COUNTER, &agent, "100").expect(303).header("location").to_owned();
    let offer = rig.page_as(&asked, &agent).expect(200).text();
    assert!(offer.contains("You must not") && offer.contains("CN¥102.95"), "{offer}");
    let asked = number(&asked, "asked=");
    let draw = |member: &str, pin: &str| {
        let key = rig.key();
        let fields = [
            ("key", key.as_str()),
            ("who", "H001"),
            ("do", "draw"),
            ("asked", &asked),
            ("member", member),
            ("pin", pin),
        ];
        rig.form(COUNTER, &agent, &fields)
    };
    for (member, pin) in [("A1", "246813"), ("M002", "135790"), ("M001", "246813"), ("", "135790")]
    {
        let refused = draw(member, pin);
        assert!((400..500).contains(&refused.status), "{member} {}", refused.status);
        assert!(refused.text().contains("role=\"alert\""), "{}", refused.text());
    }
    assert_eq!(rig.get(&rig.agent, "/credit/H001").status, 404, "nothing was drawn");
    let slip = draw("m001", PIN).expect(303).header("location").to_owned();
    assert!(slip.contains("/counter/slip/"), "{slip}");
    assert!(rig.page_as(&slip, &agent).expect(200).text().contains("Loan drawn"));
    let nobody = rig.page_as(&format!("{COUNTER}?who=H999"), &agent);
    assert_eq!(nobody.status, 404);
    assert!(nobody.text().contains("role=\"alert\""), "{}", nobody.text());
    let key = rig.key();
    let fields = [("key", key.as_str()), ("who", "H001"), ("do", "repay"), ("amount", "100.00")];
    let paid = rig.form(COUNTER, &agent, &fields).expect(303);
    assert!(paid.header("location").contains("/counter/slip/"));
    let books = rig.get(&rig.agent, "/credit/H001").expect(200).json();
    assert_eq!(books["payoff_minor"], 0, "given back in time, it cost nothing: {books}");
}

/// Goal: the lines of a household's trust sum exactly to its points, and each deed leads to its order
/// and its record. Method: two sales and a fact; the page is read and its links are opened.
#[test]
fn trust_is_a_sum_that_can_be_followed() {
    let rig = TestApp::new();
    let empty = rig.page_as("/en/me/trust", &first_member(&rig)).expect(200).text();
    assert!(empty.contains("Nothing has counted yet"), "{empty}");
    traded(&rig);
    let fact = json!({"fact": "identity", "document": "77".repeat(32)});
    rig.post(&rig.agent, "/parties/H001/facts", &fact).expect(200);
    rig.clock.advance_seconds(1);
    let own = first_member(&rig);
    let page = rig.page_as("/en/me/trust", &own).expect(200).text();
    let sum = page.split("class=\"sum\"").nth(1).unwrap().split("</ul>").next().unwrap();
    let numbers = sum.split("<b>").skip(1).map(|rest| {
        let text = rest.split("</b>").next().unwrap().replace('\u{2212}', "-");
        text.trim_start_matches('+').parse::<i64>().unwrap()
    });
    let mut numbers: Vec<i64> = numbers.collect();
    let all = numbers.pop().unwrap();
    let points = rig.get(&rig.reader, "/parties/H001/trust").expect(200).json()["points"].clone();
    assert_eq!((numbers.iter().sum::<i64>(), points), (all, all.into()), "{sum}");
    assert!(page.contains("A fact about us was confirmed") && page.contains("+20.0"), "{page}");
    let lines = page.split("class=\"moves\"").nth(1).unwrap();
    let hrefs: Vec<&str> = lines
        .split("<li>")
        .skip(1)
        .flat_map(|line| line.split("href=\"").skip(1))
        .map(|rest| rest.split('"').next().unwrap())
        .filter(|href| href.contains("/orders/") || href.contains("/journal/"))
        .collect();
    assert!(hrefs.iter().any(|href| href.contains("/orders/")), "{lines}");
    for href in hrefs {
        rig.page_as(href, &own).expect(200);
    }
}

/// A demo in which the household H112 may owe 3,000 yuan: its identity is confirmed.
fn village() -> Option<Stand> {
    let stand = Stand::with_policy(easy_credit)?;
    let household = demo::party_id("H112");
    let by = FactProof::Document(Photo([0x77; 32]));
    let command = TrustCommand::ConfirmFact { by, fact: FactKind::Identity, household };
    let command = Command {
        id: stand.app.new_id(),
        village: demo::VILLAGE,
        actor: Actor::Party(demo::party_id("A1")),
        body: Body::Trust { command },
    };
    stand.app.submit_blocking(command).unwrap().accepted().unwrap();
    Some(stand)
}

/// What a household owes by the app's own books.
fn owed(stand: &Stand) -> i64 {
    let household = demo::party_id("H112");
    let question = move |reader: &mut verger_app::Reader, cell| {
        reader.document::<verger_domain::credit::Borrower>(cell, demo::VILLAGE, household.bits())
    };
    let found = stand.app.ask_blocking(demo::VILLAGE, question).unwrap();
    found.map_or(0, |row| row.line_on(stand.app.now().today).payoff_minor())
}

/// Goal: a member borrows a hundred yuan in three taps and pays it back, on a small telephone; the
/// ledger says so each time. Method: Chromium; wrong PIN first; a part, then the rest.
#[test]
fn a_member_borrows_and_pays_back_by_touch() {
    let Some(mut stand) = village() else { return };
    let (before, lent) = (owned(&stand, Code::WALLET, "H112"), owed(&stand));
    stand.browser.resize(360, 740).unwrap();
    stand.sign_in_as("M112", demo::DEMO_PIN, "");
    let b = &mut stand.browser;
    b.follow("a.btn[href$='/me/credit']").unwrap();
    assert!(b.text().unwrap().contains("I can borrow up to"), "{}", b.text().unwrap());
    b.follow(".chips a[href$='sum=100.00']").unwrap();
    b.tap("label[for=u2]").unwrap();
    b.follow("button[value=ask]").unwrap();
    let text = b.text().unwrap();
    assert!(text.contains("Feed") && text.contains("CN¥102.95"), "{text}");
    b.write("#pin", "000000").unwrap();
    b.follow("button[value=draw]").unwrap();
    assert!(b.text().unwrap().contains("4 tries are left"));
    b.write("#pin", demo::DEMO_PIN).unwrap();
    b.follow("button[value=draw]").unwrap();
    assert!(b.text().unwrap().contains("Loan drawn"), "{}", b.text().unwrap());
    assert_eq!(owned(&stand, Code::WALLET, "H112"), before + 10_000);
    assert_eq!(owed(&stand), lent + 10_000);
    for (amount, left) in [("40.00", 6_000), ("60.00", 0)] {
        let b = &mut stand.browser;
        b.write("#amount", amount).unwrap();
        b.write("#pin-repay", demo::DEMO_PIN).unwrap();
        b.follow("button[value=repay]").unwrap();
        assert!(b.text().unwrap().contains("Loan paid back"), "{}", b.text().unwrap());
        assert_eq!(owed(&stand), lent + left);
    }
    assert_eq!(owned(&stand, Code::WALLET, "H112"), before);
    let b = &mut stand.browser;
    b.follow(".alert a[href*='/journal/']").unwrap();
    assert!(b.text().unwrap().contains("credit.repay"));
    stand.app.close();
    assert!(verger_app::check::run(stand.app.store(), &mut |_| {}).unwrap().is_green());
}

/// Goal: the same at the counter: the agent asks, the family agrees by its own PIN on the turned
/// screen, and cash comes back into the drawer. Method: Chromium from the tile to the slip, twice.
#[test]
fn an_agent_lends_and_takes_cash_at_the_counter() {
    let Some(mut stand) = village() else { return };
    let (before, lent) = (owned(&stand, Code::WALLET, "H112"), owed(&stand));
    stand.browser.resize(360, 740).unwrap();
    stand.sign_in("A1");
    stand.open("/en/counter/day");
    let b = &mut stand.browser;
    b.write("#amount", "200").unwrap();
    b.follow("form.card .btn").unwrap();
    b.follow(".n1 a.btn").unwrap();
    b.follow("a[href$='/counter/credit']").unwrap();
    b.write("#who", "h112").unwrap();
    b.follow(".act button").unwrap();
    b.follow(".chips a[href$='sum=100.00']").unwrap();
    b.follow("button[value=ask]").unwrap();
    assert!(b.text().unwrap().contains("You must not"), "{}", b.text().unwrap());
    b.write("#pin", demo::DEMO_PIN).unwrap();
    b.follow("button[value=draw]").unwrap();
    assert!(b.address().unwrap().contains("/counter/slip/"), "{}", b.text().unwrap());
    assert_eq!(owned(&stand, Code::WALLET, "H112"), before + 10_000);
    assert_eq!(owed(&stand), lent + 10_000);
    stand.open("/en/counter/credit?who=H112");
    let b = &mut stand.browser;
    b.write("#amount", "0").unwrap();
    b.follow("button[value=repay]").unwrap();
    assert!(b.evaluate("!!document.querySelector('[role=alert]')").unwrap().as_bool().unwrap());
    b.write("#amount", "100.00").unwrap();
    b.follow("button[value=repay]").unwrap();
    assert!(b.address().unwrap().contains("/counter/slip/"), "{}", b.text().unwrap());
    assert_eq!(owed(&stand), lent);
    assert_eq!(owned(&stand, Code::DRAWER, "SHOP-TJZ"), 30_000);
    assert_eq!(
        owned(&stand, Code::WALLET, "H112"),
        before + 10_000,
        "the loan is still to be spent"
    );
    stand.app.close();
    assert!(verger_app::check::run(stand.app.store(), &mut |_| {}).unwrap().is_green());
}

/// Goal: each state of the pages of credit and trust keeps what every page must keep. Method: asked,
/// granted, declined, owing and without credit, in three languages, in Chromium with axe.
#[test]
fn every_state_of_credit_keeps_its_promises() {
    let Some(mut stand) = village() else { return };
    let ask = |stand: &mut Stand, path: &str, sum: &str| {
        stand.open(&format!("{path}sum={sum}"));
        stand.browser.follow("button[value=ask]").unwrap();
        let address = stand.browser.address().unwrap();
        address.strip_prefix("/en/").unwrap().to_owned()
    };
    stand.sign_in("A1");
    let counter = [
        ask(&mut stand, "/en/counter/credit?who=H112&", "100.00"),
        ask(&mut stand, "/en/counter/credit?who=H112&", "5000.00"),
        "counter/credit?who=H112&sum=100.00".to_owned(),
        "counter/credit?who=H112".to_owned(),
        "counter/credit?who=H003".to_owned(),
    ];
    check_all(&mut stand, &counter);
    stand.sign_in_as("M112", demo::DEMO_PIN, "");
    let mut own = vec![
        ask(&mut stand, "/en/me/credit?", "100.00"),
        ask(&mut stand, "/en/me/credit?", "5000.00"),
        "me/credit?sum=100.00".to_owned(),
        "me/trust".to_owned(),
        "me".to_owned(),
    ];
    stand.open(&format!("/en/{}", own[0]));
    stand.browser.write("#pin", demo::DEMO_PIN).unwrap();
    stand.browser.follow("button[value=draw]").unwrap();
    let done = stand.browser.address().unwrap();
    own.push(done.strip_prefix("/en/").unwrap().to_owned());
    check_all(&mut stand, &own);
    stand.sign_in("A1");
    check_all(&mut stand, &["counter/credit?who=H112".to_owned()]);
    stand.app.close();
}

fn check_all(stand: &mut Stand, tails: &[String]) {
    for tag in Lang::ALL.map(Lang::tag) {
        for tail in tails {
            stand.check(&format!("/{tag}/{tail}"));
        }
    }
}
