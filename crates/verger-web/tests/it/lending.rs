//! What the staff sees of loans and trust, and what people see of pools and boxes: over HTTP on a
//! real store, each figure held against what was done, and in Chromium with something on each page.

use serde_json::json;
use verger_domain::id::LotId;
use verger_domain::party::CodeOf;
use verger_words::text::Lang;

use crate::cooperative::{POOL, accounted};
use crate::credit::{draw, lending};
use crate::faces::Stand;
use crate::pages::compressed;
use crate::rig::{TestApp, V1};

const DAY_SECONDS: u32 = 86_400;
const PASSWORD: &str = "a long pass phrase";

fn operator(rig: &TestApp) -> String {
    rig.sign_in(rig.cast.staff[0], "ST1", PASSWORD)
}

/// A loan of 100 yuan that is 40 days late, after one that was paid back in time and a question that
/// was answered with no.
fn late_loan() -> TestApp {
    let rig = lending();
    draw(&rig, 5_000).expect(201);
    rig.clock.advance_seconds(10 * DAY_SECONDS);
    rig.fund(10_000);
    let back = json!({"amount_minor": 9_000, "proof": {"member": "M001", "pin": "482915"}});
    rig.post(&rig.agent, "/credit/H001/repayments", &back).expect(200);
    draw(&rig, 10_000).expect(201);
    let more = json!({"amount_minor": 90_000, "purpose": "feed", "days": 90});
    rig.post(&rig.agent, "/credit/H001/questions", &more).expect(200);
    rig.clock.advance_seconds(130 * DAY_SECONDS);
    rig
}

/// Goal: the portfolio's page says what the books say, and each figure leads to what it is made of.
/// Method: one late loan and one that is over; the page, its lists, its files, and the ledger.
#[test]
fn the_staff_sees_the_portfolio() {
    let rig = late_loan();
    let staff = operator(&rig);
    let page = rig.page_as("/en/console/loans", &staff).expect(200).text();
    for said in ["CN¥100.00", "100.0\u{a0}%", "1\u{2013}30", "31\u{2013}60", "no expense yet"] {
        assert!(page.contains(said), "{said}: {page}");
    }
    for link in ["console/ledger/1310", "loans?show=par30", "loans?show=ended", "ledger/1390"] {
        assert!(page.contains(link), "{link}");
    }
    let late = rig.page_as("/en/console/loans?show=par30", &staff).expect(200).text();
    assert!(late.contains("console/loans/H001") && late.contains(">40<"), "{late}");
    let later = rig.page_as("/en/console/loans?show=par90", &staff).expect(200).text();
    assert!(!later.contains("console/loans/H001"), "40 days are not 90: {later}");
    let over = rig.page_as("/en/console/loans?show=ended", &staff).expect(200).text();
    assert!(over.contains("CN¥50.00") && over.contains("paid back"), "{over}");
    let csv = rig.page_as("/en/console/loans?format=csv", &staff).expect(200);
    assert!(csv.header("content-type").starts_with("text/csv"));
    let csv = csv.text();
    assert_eq!(csv.lines().count(), 2, "{csv}");
    assert!(csv.contains(",H001,A1,") && csv.contains(",overdue,40,false,10000,10000,"), "{csv}");
    let book = rig.page_as("/en/console/loans?format=xlsx&show=ended", &staff).expect(200);
    assert!(book.body.starts_with(b"PK"));
    let api = rig.get(&rig.staff, "/credit-portfolio").expect(200).json();
    assert_eq!(
        (&api["all"]["olb_minor"], &api["all"]["par30_bps"]),
        (&10_000.into(), &10_000.into())
    );
    let set_aside = api["all"]["provision_minor"].as_i64().unwrap();
    assert!(page.contains(&Lang::En.money(set_aside, "CNY".parse().unwrap())), "{set_aside}");
}

/// Goal: a borrower's page leads from each event and each decision to its record, and says why not.
/// Method: follow the links; a household that never borrowed; one that is not there; wrong roles.
#[test]
fn a_borrowers_page_leads_to_the_records() {
    let rig = late_loan();
    let staff = operator(&rig);
    let page = rig.page_as("/en/console/loans/H001", &staff).expect(200).text();
    for said in ["Money drawn", "Payment", "Granted", "Declined", "A03 ", "CN¥900.00 was asked"] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let records: Vec<&str> = page.split("href=\"/en/v/1/journal/").skip(1).collect();
    let seqs: Vec<&str> = records.iter().map(|rest| rest.split('"').next().unwrap()).collect();
    // Three events, two draws that were decided and one question.
    assert_eq!(seqs.len(), 6, "{seqs:?}");
    for seq in seqs {
        let record = rig.page(&format!("/en/v/1/journal/{seq}")).expect(200).text();
        assert!(record.contains("credit."), "{record}");
    }
    for link in page.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        if link.starts_with("/en/console/accounts/") {
            rig.page_as(link, &staff).expect(200);
        }
    }
    let new = rig.page_as("/fr/console/loans/H002", &staff).expect(200).text();
    assert!(new.contains("Rien ici pour le moment"), "{new}");
    assert_eq!(rig.page_as("/en/console/loans/A1", &staff).status, 404);
    assert_eq!(rig.page_as("/en/console/loans/H999", &staff).status, 404);
    let agent = rig.sign_in(rig.cast.agent, "A1", "135790");
    for tail in ["loans", "loans/H001", "trust", "trust/H001"] {
        assert_eq!(rig.page_as(&format!("/en/console/{tail}"), &agent).status, 403, "{tail}");
        assert_eq!(rig.page(&format!("/en/console/{tail}")).status, 303, "{tail}");
    }
}

/// Goal: the trust page counts every household once, and a household's page shows the lines that its
/// points are the sum of. Method: a confirmed fact; the sum of the levels; the record of the line.
#[test]
fn the_staff_sees_trust() {
    let rig = late_loan();
    let staff = operator(&rig);
    let page = rig.page_as("/en/console/trust", &staff).expect(200).text();
    assert!(page.contains("console/trust/H001") && page.contains("none yet"), "{page}");
    let board = rig.app.clone();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let board = runtime.block_on(board.trust_board(V1)).unwrap();
    assert_eq!(board.households.len(), 3);
    let mut on_levels = 0;
    for level in 0..=board.levels.len() {
        let path = format!("/en/console/trust?level={level}");
        let page = rig.page_as(&path, &staff).expect(200).text();
        on_levels += page.matches("href=\"/en/console/trust/H").count();
    }
    assert_eq!(on_levels, 3);
    let one = rig.page_as("/en/console/trust/H001", &staff).expect(200).text();
    assert!(one.contains("class=\"tree\"") && one.contains("Fact confirmed"), "{one}");
    assert!(one.contains("Loan repaid on time") && one.contains("+20.00"), "{one}");
    let seq = one.rsplit("/en/v/1/journal/").next().unwrap().split('"').next().unwrap();
    rig.page(&format!("/en/v/1/journal/{seq}")).expect(200);
    assert_eq!(rig.page_as("/en/console/trust/COOP", &staff).status, 404);
    assert_eq!(rig.page_as("/en/console/trust?level=x", &staff).status, 422);
}

/// Signs in as a member who has a PIN already.
fn member(rig: &TestApp, code: &str) -> String {
    rig.clock.advance_seconds(1);
    let fields = [("village", "1"), ("code", code), ("secret", "482915"), ("one_time", "")];
    let answer = rig.form("/en/sign-in", "", &fields).expect(303);
    answer.header("set-cookie").split(';').next().unwrap().to_owned()
}

/// Goal: a household reads its statement to the fen in its language, and nobody its neighbour's.
/// Method: the same pool by two members and by one who brought nothing.
#[test]
fn a_household_reads_its_statement() {
    let rig = TestApp::new();
    accounted(&rig);
    let own = member(&rig, "M001");
    let path = format!("me/pools/{POOL}");
    for (lang, word) in [("en", "Due to you"), ("fr", "Votre dû"), ("zh-CN", "应得")] {
        let page = rig.page_as(&format!("/{lang}/{path}"), &own).expect(200);
        assert_eq!(page.header("cache-control"), "private, no-store");
        let page = page.text();
        assert!(page.contains(word) && page.contains("L0001"), "{page}");
        assert!(page.contains("241.35") || page.contains("241,35"), "{page}");
        assert!(!page.contains("L0002") && !page.contains("H002"), "{page}");
    }
    let list = rig.page_as("/en/me/pools", &own).expect(200).text();
    assert!(list.contains(&format!("/en/{path}")), "{list}");
    let sales = rig.page_as("/en/me/sales", &own).expect(200).text();
    assert!(sales.contains(&format!("/en/{path}")) && sales.contains("id=\"L0001\""), "{sales}");
    // Where the list goes on: there is nothing older than the only lot.
    let lot =
        rig.app.ask_blocking(V1, |reader, cell| reader.subject_of(cell, V1, CodeOf::Lot, "L0001"));
    let lot = LotId::from_bits(lot.unwrap().unwrap());
    let older = rig.page_as(&format!("/en/me/sales?lot={lot}"), &own).expect(200).text();
    assert!(!older.contains("id=\"L0001\"") && older.contains("/en/me/orders"), "{older}");
    assert_eq!(rig.page_as("/en/me/sales?order=x", &own).status, 422);
    let neighbour = member(&rig, "M002");
    let page = rig.page_as(&format!("/en/{path}"), &neighbour).expect(200).text();
    assert!(page.contains("L0002") && !page.contains("L0001"), "{page}");
    let other = rig.sign_in(rig.cast.members[2], "M003", "246802");
    assert_eq!(rig.page_as(&format!("/en/{path}"), &other).status, 404);
    let empty = rig.page_as("/en/me/pools", &other).expect(200).text();
    assert!(empty.contains("has not brought fruit"), "{empty}");
    assert_eq!(rig.page_as("/en/me/pools/x", &own).status, 404);
}

/// Goal: the numbers of the first page lead to what they are made of, and strangers read of families
/// no more than the name of those whose fruit is sold.
/// Method: the numbers of both pages, the families' links, no code of a household or member.
#[test]
fn numbers_of_people_lead_to_the_people() {
    let rig = TestApp::new();
    accounted(&rig);
    let first = rig.page("/en/").expect(200).text();
    // Four counts of people; the goods stand among them and have a tile.
    for (tail, count) in [("people", 4), ("goods", 2)] {
        let link = format!("href=\"/en/v/1/{tail}\"");
        assert_eq!(first.matches(&link).count(), count, "{first}");
    }
    let page = rig.page("/en/v/1/people").expect(200).text();
    let households = rig.cast.households.len();
    let total = format!("Total</td><td class=\"n\" data-l=\"Households\">{households}</td>");
    assert!(page.contains(&total), "{page}");
    let links: Vec<&str> =
        page.split("href=\"").skip(1).filter_map(|t| t.split('"').next()).collect();
    let families: Vec<_> = links.iter().filter(|link| link.contains("/families/")).collect();
    assert_eq!(families.len(), 2, "{page}");
    for family in families {
        rig.page(family).expect(200);
    }
    assert!(!page.contains("M001") && !page.contains("H003"), "{page}");
    let none = rig.page("/en/v/1/people?after=H999").expect(200).text();
    assert!(!none.contains("/families/"), "{none}");
}

/// What is written on the box that fruit of the first lot went into.
fn label(rig: &TestApp) -> String {
    let boxes = rig.get(&rig.agent, "/lots/L0001/boxes").expect(200).json();
    boxes["boxes"][0]["label"].as_str().unwrap().to_owned()
}

/// Goal: the code on a box leads to whose fruit it is and what of its price reaches the orchard, and
/// names no buyer. Method: a sold box, its page in three languages, an unknown label.
#[test]
fn a_boxs_label_tells_its_story() {
    let rig = TestApp::new();
    accounted(&rig);
    let label = label(&rig);
    let answer = rig.page(&format!("/l/1/{label}")).expect(303);
    assert_eq!(answer.header("location"), format!("/en/v/1/boxes/{label}"));
    for lang in Lang::ALL.map(Lang::tag) {
        let page = rig.page(&format!("/{lang}/v/1/boxes/{label}")).expect(200);
        assert!(compressed(&page.body) <= 8 * 1024);
        let page = page.text();
        assert!(page.contains("/families/") && page.contains("#L0001"), "{page}");
        for buyers in ["陈静", "138", "示例路"] {
            let shown = page.rsplit("</style>").next().unwrap();
            assert!(!shown.contains(buyers), "{buyers}: {shown}");
        }
        assert!(page.contains("33.42") || page.contains("33,42"), "{page}");
    }
    let page = rig.page(&format!("/en/v/1/boxes/{label}")).text();
    let family = page.split("href=\"/en/v/1/families/").nth(1).unwrap();
    let family = family.split('#').next().unwrap();
    rig.page(&format!("/en/v/1/families/{family}")).expect(200);
    let lot = rig.page("/l/1/L0001").expect(303);
    assert!(lot.header("location").ends_with("#L0001"));
    assert_eq!(rig.page("/l/1/NONE").status, 404);
    assert_eq!(rig.page("/en/v/1/boxes/NONE").status, 404);
}

/// Goal: the pages keep in a real browser what every page must keep, with something on them.
/// Method: each page in three languages at 320 px with axe, on a late loan.
#[test]
fn pages_of_loans_in_chromium() {
    let rig = late_loan();
    rig.give_secret(rig.cast.staff[0], PASSWORD);
    let Some(mut stand) = Stand::of(&rig) else { return };
    stand.sign_in_as("ST1", PASSWORD, &rig.one_time(rig.cast.staff[0]));
    assert_eq!(stand.browser.address().unwrap(), "/en/console");
    for tag in Lang::ALL.map(Lang::tag) {
        for tail in
            ["loans", "loans?show=par30", "loans?show=ended", "loans/H001", "trust", "trust/H001"]
        {
            stand.check(&format!("/{tag}/console/{tail}"));
        }
    }
}

/// Goal and method: the same for a household's statement and for the story of a box.
#[test]
fn pages_of_pools_in_chromium() {
    let rig = TestApp::new();
    accounted(&rig);
    let label = label(&rig);
    let Some(mut stand) = Stand::of(&rig) else { return };
    stand.sign_in_as("M001", "482915", "");
    assert_eq!(stand.browser.address().unwrap(), "/en/me");
    for tag in Lang::ALL.map(Lang::tag) {
        for tail in ["me/pools".to_owned(), format!("me/pools/{POOL}"), "me/sales".to_owned()] {
            stand.check(&format!("/{tag}/{tail}"));
        }
        stand.check(&format!("/{tag}/v/1/boxes/{label}"));
    }
}
