//! The pages in a real Chromium: each role's way from the sign-in to its result, and what every page
//! must keep: words, contrast, targets, width, one request, nothing from elsewhere.

use std::net::TcpListener;
use std::sync::Arc;

use verger_app::App;
use verger_app::clock::ManualClock;
use verger_domain::ledger::{AccountId, AccountKey, Code};
use verger_domain::time::Instant;
use verger_sim::browser::Browser;
use verger_sim::temp::TempFolder;
use verger_sim::village::open_app_at;
use verger_sim::{crawl, demo};
use verger_store::{Location, Store};
use verger_web::{Door, Settings};
use verger_words::text::Lang;

use crate::rig;

const AXE: &str = include_str!("../axe/axe.min.js");

/// The demo village behind a real server, and a browser.
pub(crate) struct Stand {
    pub(crate) app: App,
    pub(crate) browser: Browser,
    pub(crate) base: String,
    _runtime: tokio::runtime::Runtime,
    _folder: Option<TempFolder>,
}

impl Stand {
    /// Nothing where there is no browser; the test says so and ends.
    pub(crate) fn new() -> Option<Self> {
        Self::with_policy(|_| ())
    }

    /// The same under a changed policy.
    pub(crate) fn with_policy(change: fn(&mut verger_domain::policy::Policy)) -> Option<Self> {
        let Some(program) = Browser::program() else {
            rig::say("skipped: there is no Chromium on this machine");
            return None;
        };
        let folder = TempFolder::new().unwrap();
        let store = Store::new(Location::Folder(folder.path().to_owned()));
        let clock = Arc::new(ManualClock::new(Instant::from_micros(0)));
        let app = open_app_at(store, &clock, |mut config| {
            change(&mut config.policy);
            config
        })
        .unwrap();
        demo::load_journals(&app, &clock, &mut |_| {}).unwrap();
        let door = |(code, secret): (&str, &str)| Door {
            village: demo::VILLAGE,
            code: code.to_owned(),
            secret: secret.to_owned(),
        };
        let doors = demo::DOORS.map(door).to_vec();
        let folder = Some(folder);
        Some(Self { _folder: folder, ..Self::serve(&program, app, doors) })
    }

    /// The village of a test behind a real server.
    pub(crate) fn of(rig: &rig::TestApp) -> Option<Self> {
        let Some(program) = Browser::program() else {
            rig::say("skipped: there is no Chromium on this machine");
            return None;
        };
        Some(Self::serve(&program, rig.app.clone(), Vec::new()))
    }

    fn serve(program: &std::path::Path, app: App, doors: Vec<Door>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let listen = listener.local_addr().unwrap();
        let settings = Settings { listen, demo: true, version: "0.1.0", doors };
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let server = app.clone();
        runtime.spawn(verger_web::serve_on(listener, server, settings, std::future::pending()));
        let browser = Browser::launch(program).unwrap();
        let base = format!("http://{listen}");
        Self { app, browser, base, _runtime: runtime, _folder: None }
    }

    /// Signs in by typing what somebody knows; his one-time code where his role needs one.
    pub(crate) fn sign_in_as(&mut self, code: &str, secret: &str, one_time: &str) {
        self.browser.clear_cookies().unwrap();
        self.open("/en/sign-in");
        for (field, text) in [("#code", code), ("#secret", secret), ("#one_time", one_time)] {
            self.browser.write(field, text).unwrap();
        }
        self.browser.follow("main form button").unwrap();
    }

    pub(crate) fn open(&mut self, path: &str) {
        self.browser.open(&format!("{}{path}", self.base)).unwrap();
    }

    /// Signs in as one of the demo's people, by typing.
    pub(crate) fn sign_in(&mut self, code: &str) {
        self.browser.clear_cookies().unwrap();
        self.open("/en/sign-in");
        self.browser.follow(&format!("form:has([value={code}]) button")).unwrap();
    }

    /// Everything that a page must keep, at the width of a small telephone.
    #[track_caller]
    pub(crate) fn check(&mut self, path: &str) {
        self.browser.resize(320, 640).unwrap();
        self.open(path);
        // Pictures come after the first paint.
        let is_picture = |at: &String| at.contains("/art/") || at.contains("/pictures/");
        let mut requests = self.browser.requests();
        requests.retain(|at| !is_picture(at));
        assert_eq!(requests.len(), 1, "{path} asks for more than itself: {requests:?}");
        let complaints = self.browser.complaints();
        assert!(complaints.is_empty(), "{path} {complaints:?}");
        let wide = self.browser.evaluate("document.documentElement.scrollWidth").unwrap();
        assert!(wide.as_i64().unwrap() <= 320, "{path} scrolls sideways: {wide}");
        let size = "performance.getEntriesByType('navigation')[0].encodedBodySize";
        let size = self.browser.evaluate(size).unwrap().as_u64().unwrap();
        assert!(size <= 8 * 1024, "{path} is {size} bytes compressed");
        let small = self.browser.evaluate(SMALL_TARGETS).unwrap();
        assert_eq!(small, serde_json::json!([]), "{path} has small targets");
        self.browser.evaluate(AXE).unwrap();
        let found = self.browser.evaluate(RUN_AXE).unwrap();
        assert_eq!(found, serde_json::json!([]), "{path}");
    }
}

/// What can be tapped and is less than 48 px in one direction; a link in running text may be.
const SMALL_TARGETS: &str =
    "[...document.querySelectorAll('a,button,input,select,textarea,summary')]
    .filter(e => {
        if (e.type === 'hidden' || e.closest('.skip,p,li.t')) return false;
        const label = e.type === 'checkbox' || e.type === 'radio' ? e.labels[0] : null;
        const r = (label || e).getBoundingClientRect();
        return r.width > 0 && (r.width < 47.5 || r.height < 47.5);
    }).map(e => e.outerHTML.slice(0, 120))";

const RUN_AXE: &str = "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa',
    'wcag22aa', 'best-practice']}).then(r => r.violations.map(v =>
    v.id + ': ' + v.nodes.map(n => n.html.slice(0, 160) + ' ' + n.failureSummary).join(' | ')))";

/// Follows every link that a role finds, from its home on: none leads nowhere. The first page of each
/// kind, by address.
#[track_caller]
fn walk(stand: &mut Stand, who: &str, others: &[&str]) -> Vec<String> {
    if who.is_empty() {
        stand.open("/en/");
    } else {
        stand.sign_in(who);
    }
    let home = stand.browser.address().unwrap();
    let mut start = vec![home.strip_prefix("/en/").unwrap()];
    start.extend(others);
    let visits = crawl::walk(&mut stand.browser, (&stand.base, "en"), &start, 1).unwrap();
    let broken: Vec<_> = visits.iter().filter(|visit| visit.status >= 400).collect();
    assert!(broken.is_empty(), "{broken:?}");
    visits.into_iter().map(|visit| visit.address).collect()
}

/// Walks, and checks that each kind of page keeps in three languages what every page must keep.
#[track_caller]
fn walk_and_check(who: &str, others: &[&str]) {
    let Some(mut stand) = Stand::new() else { return };
    let mut pages = walk(&mut stand, who, others);
    // The village's open pages are the passer-by's to check, and reports are all one table.
    pages.retain(|page| who.is_empty() || !page.starts_with("v/"));
    pages.retain(|page| {
        !page.starts_with("console/reports/") || page.starts_with("console/reports/season")
    });
    for tag in Lang::ALL.map(Lang::tag) {
        for page in &pages {
            stand.check(&format!("/{tag}/{page}"));
        }
    }
    stand.app.close();
}

/// Goal: whoever comes by finds no dead end. Method: every link from the first page on.
#[test]
fn a_passer_by_walks_everywhere() {
    walk_and_check("", &[]);
}

/// Goal: the same for an agent, with the screen turned to a member.
#[test]
fn an_agent_walks_everywhere() {
    walk_and_check("A1", &["counter/turn/M018", "counter/credit?who=H018", "counter/slip/400"]);
}

/// Goal: the same for the operator, who may look at everything.
#[test]
fn an_operator_walks_everywhere() {
    walk_and_check("ST1", &[]);
}

/// Goal: who sees a part of it is led nowhere he may not go: the auditor, the programme officer and the
/// cooperative.
#[test]
fn an_auditor_and_a_cooperative_walk_everywhere() {
    let Some(mut stand) = Stand::new() else { return };
    for (who, least) in [("ST3", 10), ("ST4", 5), ("COOP", 10)] {
        let pages = walk(&mut stand, who, &[]);
        assert!(pages.len() > least, "{who}: {pages:?}");
        stand.check("/fr/console");
    }
    stand.app.close();
}

/// Goal: the same for a supplier.
#[test]
fn a_supplier_walks_everywhere() {
    walk_and_check("S8", &[]);
}

/// Goal: the same for a villager.
#[test]
fn a_villager_walks_everywhere() {
    walk_and_check("M018", &[]);
}

/// Goal: a page that is not there says so as well as any other. Method: as above.
#[test]
fn a_wrong_address_is_a_page_too() {
    let Some(mut stand) = Stand::new() else { return };
    for tag in Lang::ALL.map(Lang::tag) {
        stand.check(&format!("/{tag}/no"));
    }
    stand.app.close();
}

/// What an account of the demo owns now, in minor units.
pub(crate) fn owned(stand: &Stand, code: Code, party: &str) -> i64 {
    let key = AccountKey::party(code, demo::party_id(party));
    let id = AccountId { village: demo::VILLAGE, key };
    let found = stand.app.ask_blocking(demo::VILLAGE, move |reader, cell| reader.account(cell, id));
    found.unwrap().unwrap().owned_minor()
}

/// Goal: an agent does his day at the counter, in as many taps as promised, and the books say so.
/// Method: open the day, cash in, buy for a family in four taps, its yes by PIN, close with a gap.
#[test]
fn an_agent_does_his_day() {
    let Some(mut stand) = Stand::new() else { return };
    let before = owned(&stand, Code::WALLET, "H018");
    stand.sign_in("A1");
    assert_eq!(stand.browser.address().unwrap(), "/en/counter");
    let b = &mut stand.browser;
    // Cash before the drawer was counted is refused, with what was typed still there.
    b.follow("a[href$='/counter/cash']").unwrap();
    b.write("#who", "h018").unwrap();
    b.write("#amount", "500.00").unwrap();
    b.follow(".act button").unwrap();
    assert!(b.evaluate("!!document.querySelector('[role=alert]')").unwrap().as_bool().unwrap());
    assert_eq!(b.evaluate("document.querySelector('#amount').value").unwrap(), "500.00");
    b.follow(".bar a").unwrap();
    b.follow("a[href$='/counter/day']").unwrap();
    b.write("#amount", "200").unwrap();
    b.follow("form.card .btn").unwrap();
    assert!(b.text().unwrap().contains("Recorded. Do not enter it again."));
    b.follow(".n1 a.btn").unwrap();
    b.follow("a[href$='/counter/cash']").unwrap();
    b.write("#who", "H018").unwrap();
    b.write("#amount", "500.00").unwrap();
    b.follow(".act button").unwrap();
    assert!(b.text().unwrap().contains("CN¥500.00"), "{}", b.text().unwrap());
    assert_eq!(owned(&stand, Code::WALLET, "H018"), before + 50_000);
    assert_eq!(owned(&stand, Code::DRAWER, "SHOP-TJZ"), 70_000);
    // Four taps: the tile, the family, the good, record.
    let b = &mut stand.browser;
    b.follow(".n1 a.btn").unwrap();
    b.follow("a[href$='/counter/buy']").unwrap();
    b.tap("label[for='p-H018']").unwrap();
    b.write(".wares li:nth-child(2) input", "2").unwrap();
    b.follow(".act button").unwrap();
    assert!(b.address().unwrap().starts_with("/en/counter/basket?orders=order_"));
    b.write("#pin", "000000").unwrap();
    b.tap("label[for='pay-wallet']").unwrap();
    b.follow("form.card .btn").unwrap();
    assert!(b.text().unwrap().contains("4 tries are left"));
    b.write("#pin", demo::DEMO_PIN).unwrap();
    b.tap("label[for='pay-wallet']").unwrap();
    b.follow("form.card .btn").unwrap();
    assert!(b.address().unwrap().contains("/counter/slip/"), "{}", b.text().unwrap());
    let paid = before + 50_000 - owned(&stand, Code::WALLET, "H018");
    assert!(paid > 0, "{paid}");
    let b = &mut stand.browser;
    b.follow("a[href*='/journal/']").unwrap();
    assert!(b.text().unwrap().contains("orders.send") || b.text().unwrap().contains("chain"));
    stand.open("/en/counter/day");
    let b = &mut stand.browser;
    b.write("#amount", "699.50").unwrap();
    b.follow("form.card .btn").unwrap();
    assert!(b.address().unwrap().contains("/counter/slip/"), "{}", b.text().unwrap());
    assert_eq!(owned(&stand, Code::DRAWER, "SHOP-TJZ"), 69_950);
    assert_eq!(owned(&stand, Code::RECEIVABLE_AGENT, "A1").abs(), 50);
    stand.app.close();
    assert!(verger_app::check::run(stand.app.store(), &mut |_| {}).unwrap().is_green());
}

/// Goal: from any figure to the raw record of the journal in three taps; what needs a person is first
/// and goes away once he has looked.
/// Method: the auditor and the operator follow what is owed to members; then the operator reconciles a
/// till.
#[test]
fn an_operator_walks_to_the_record() {
    let Some(mut stand) = Stand::new() else { return };
    for who in ["ST3", "ST1"] {
        stand.sign_in(who);
        let b = &mut stand.browser;
        assert_eq!(b.address().unwrap(), "/en/console");
        b.follow("a[href$='/console/ledger/2010']").unwrap();
        b.follow("td a").unwrap();
        b.follow("td a").unwrap();
        let address = b.address().unwrap();
        assert!(address.starts_with("/en/v/1/journal/"), "{address}");
        assert!(b.text().unwrap().contains("\"effects\""));
    }
    stand.open("/en/console");
    let b = &mut stand.browser;
    let tills = "document.querySelectorAll('a[href*=\"/console/tills/\"]').length";
    let waiting = b.evaluate(tills).unwrap().as_u64().unwrap();
    if waiting > 0 {
        b.follow("a[href*='/console/tills/']").unwrap();
        b.follow("form.card .btn").unwrap();
        assert_eq!(b.address().unwrap(), "/en/console");
        assert_eq!(b.evaluate(tills).unwrap().as_u64().unwrap(), waiting - 1);
    }
    stand.app.close();
}

/// Goal: signing in works as people do it: typed, wrong once, then right; and out again.
/// Method: the operator's password with the code of now, in Chromium.
#[test]
fn people_sign_in_by_typing() {
    let Some(mut stand) = Stand::new() else { return };
    let id = demo::party_id("ST1");
    let found = stand.app.ask_blocking(demo::VILLAGE, move |reader, cell| reader.pin(cell, id));
    let phc = found.unwrap().unwrap().0;
    stand.open("/en/session");
    assert!(stand.browser.address().unwrap().starts_with("/en/sign-in?next="));
    let fill = |stand: &mut Stand, secret: &str, one_time: &str| {
        for (field, text) in [("#code", "ST1"), ("#secret", secret), ("#one_time", one_time)] {
            stand.browser.write(field, text).unwrap();
        }
        stand.browser.follow("main form button").unwrap();
    };
    fill(&mut stand, "wrong", "123456");
    assert!(stand.browser.text().unwrap().contains("4 tries are left"));
    let code = stand.app.one_time_code(id, &phc);
    fill(&mut stand, demo::DEMO_PASSWORD, &code);
    assert_eq!(stand.browser.address().unwrap(), "/en/session");
    assert!(stand.browser.text().unwrap().contains("Operator"));
    stand.browser.follow("form[action$=sign-out] button").unwrap();
    stand.open("/en/session");
    assert!(stand.browser.address().unwrap().starts_with("/en/sign-in"));
    stand.app.close();
}
