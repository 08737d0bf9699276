//! The pages in a real Chromium: what a person sees fits the screen and leads somewhere. Skipped, with
//! a line that says so, where Chromium is not installed.

use std::net::SocketAddr;

use serde_json::Value;
use verger_sim::browser::Browser;
use verger_sim::http::Client;
use verger_sim::temp::TempFolder;

use crate::process::{Server, is_quick, run};

/// A browser, or nothing where the test cannot run here.
pub(crate) fn open_browser() -> Option<Browser> {
    if is_quick() {
        return None;
    }
    let Some(program) = Browser::program() else {
        println!("skipped in the browser: Chromium is not installed (package chromium)");
        return None;
    };
    Some(Browser::launch(&program).unwrap())
}

/// What is measured of a page.
const MEASURES: &str = "({wide: document.documentElement.scrollWidth - innerWidth, \
    title: document.title, lang: document.documentElement.lang, \
    links: Array.from(document.links, a => a.getAttribute('href')), \
    small: Array.from(document.querySelectorAll('main a, main button, nav a'), a => \
      [a.getBoundingClientRect(), a.textContent.trim()]) \
      .filter(([r, t]) => r.height > 0 && r.height < 24).map(([r, t]) => t)})";

/// Goal: every page of the demo village fits a phone and a desktop in three languages, has a title
/// and a language, complains of nothing, and each of its links leads to a page.
/// Method: walk all links from the three home pages at 320, 360 and 1280 px in Chromium.
#[test]
fn pages_fit_and_lead_somewhere() {
    let Some(browser) = open_browser() else { return };
    let folder = TempFolder::new().unwrap();
    let data = folder.path().display().to_string();
    assert!(run(&["demo", "--orders", "60", "--no-serve", "--data", &data]).status.success());
    let server = Server::start(folder.path(), None);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let seen = walk(browser, server.address);
    runtime.block_on(lead_somewhere(server.address, &seen));
}

/// Whether enough pages of a link's kind were seen: records, goods and families are all alike, and a
/// few stand for them.
fn has_enough(seen: &[String], link: &str) -> bool {
    let kinds = ["/journal/", "/poster", "/shop/", "/families/"];
    let Some(kind) = kinds.into_iter().find(|kind| link.contains(kind)) else { return false };
    seen.iter().filter(|path| path.contains(kind)).count() >= 6
}

/// Walks all links and gives the addresses that were met.
fn walk(mut browser: Browser, address: SocketAddr) -> Vec<String> {
    let home = format!("http://{address}");
    let mut seen: Vec<String> = ["en", "fr", "zh-CN"].map(|tag| format!("/{tag}/")).to_vec();
    let mut next = 0;
    while let Some(path) = seen.get(next).cloned() {
        next += 1;
        // A document for programs is not a page; that it is there is asked at the end.
        if path.contains("openapi") {
            continue;
        }
        for width in [320, 360, 1280] {
            browser.resize(width, 800).unwrap();
            browser.open(&format!("{home}{path}")).unwrap();
            let complaints = browser.complaints();
            assert!(complaints.is_empty(), "{path}: {complaints:?}");
            let page: Value = browser.evaluate(MEASURES).unwrap();
            assert!(page["wide"].as_i64().unwrap() <= 0, "{path} at {width}: {page}");
            assert!(!page["title"].as_str().unwrap().is_empty(), "{path} has no title");
            assert!(!page["lang"].as_str().unwrap().is_empty(), "{path} has no language");
            assert_eq!(page["small"].as_array().unwrap().len(), 0, "{path}: small targets {page}");
            for link in page["links"].as_array().unwrap() {
                let link = link.as_str().unwrap().split('#').next().unwrap_or_default().to_owned();
                let is_new = link.starts_with('/') && !seen.contains(&link);
                if is_new && !has_enough(&seen, &link) {
                    seen.push(link);
                }
            }
        }
    }
    assert!(seen.len() >= 16, "only {seen:?}");
    seen
}

async fn lead_somewhere(address: SocketAddr, seen: &[String]) {
    let mut plain = Client::connect(address, "").await.unwrap();
    for path in seen {
        let answer = plain.get(path).await.unwrap();
        // The bare address sends everyone to the page in his language.
        let wanted = if path == "/" { 303 } else { 200 };
        assert_eq!(answer.status, wanted, "{path} leads nowhere");
    }
}
