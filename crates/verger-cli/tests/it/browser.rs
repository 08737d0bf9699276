//! The pages in a real Chromium, through its WebDriver: what a person sees fits the screen and
//! leads somewhere. Skipped, with a line that says so, where Chromium is not installed.

use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use verger_sim::http::Client;
use verger_sim::temp::TempFolder;

use crate::process::{Server, is_quick, run};

pub(crate) const DRIVER: &str = "/usr/bin/chromedriver";

/// A browser window, ended with its owner.
pub(crate) struct Browser {
    driver: Child,
    client: Client,
    session: String,
    /// The browser's own process, which a killed driver would leave behind.
    process: Option<u64>,
    _profile: TempFolder,
}

impl Browser {
    pub(crate) async fn open() -> Self {
        let address: SocketAddr =
            TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
        let driver = Command::new(DRIVER)
            .arg(format!("--port={}", address.port()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut tries = 0;
        let client = loop {
            match Client::connect(address, "").await {
                Ok(client) => break client,
                Err(error) => assert!(tries < 500, "chromedriver does not listen: {error}"),
            }
            tries += 1;
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        let profile = TempFolder::new().unwrap();
        let folder = format!("--user-data-dir={}", profile.path().display());
        let args = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
            &folder,
        ];
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": {"args": args}, "goog:loggingPrefs": {"browser": "ALL"},
        }}});
        let mut browser =
            Self { driver, client, session: String::new(), process: None, _profile: profile };
        let made = browser.post("", &wanted).await;
        browser.session = format!("/{}", made["sessionId"].as_str().unwrap());
        browser.process = made["capabilities"]["goog:processID"].as_u64();
        browser
    }

    pub(crate) async fn post(&mut self, path: &str, body: &Value) -> Value {
        let path = format!("/session{}{path}", self.session);
        let answer = self.client.post(&path, "", body.to_string().as_bytes()).await.unwrap();
        assert_eq!(answer.status, 200, "{path}: {}", String::from_utf8_lossy(&answer.body));
        answer.json()["value"].clone()
    }

    pub(crate) async fn resize(&mut self, width: u32, height: u32) {
        let size = json!({"width": width, "height": height, "x": 0, "y": 0});
        // Headless windows have no frame, but Chromium keeps them at least 500 px wide: the screen
        // of a phone is emulated instead.
        self.post("/window/rect", &size).await;
        let metrics = json!({"cmd": "Emulation.setDeviceMetricsOverride", "params": {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": true,
        }});
        self.post("/goog/cdp/execute", &metrics).await;
    }

    pub(crate) async fn visit(&mut self, url: &str) {
        self.post("/url", &json!({ "url": url })).await;
    }

    pub(crate) async fn ask(&mut self, script: &str) -> Value {
        self.post("/execute/sync", &json!({"script": script, "args": []})).await
    }

    /// Complaints of the browser, such as a breach of the content security policy.
    pub(crate) async fn complaints(&mut self) -> Vec<String> {
        let log = self.post("/se/log", &json!({"type": "browser"})).await;
        let lines = log.as_array().cloned().unwrap_or_default();
        lines.iter().map(|line| line["message"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

impl Browser {
    /// Closes the window, so that nothing writes to its folder any more.
    pub(crate) async fn close(mut self) {
        let close = json!({"cmd": "Browser.close", "params": {}}).to_string();
        let path = format!("/session{}/goog/cdp/execute", self.session);
        // The browser may be gone before it answers.
        let _ = self.client.post(&path, "", close.as_bytes()).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // After a good end both are gone already, or about to be.
        let processes = self.process.into_iter().chain([u64::from(self.driver.id())]);
        for process in processes {
            let kill = Command::new("kill").arg(process.to_string()).stderr(Stdio::null()).status();
            assert!(kill.is_ok(), "processes can be ended");
        }
        let _ = self.driver.wait();
    }
}

/// Goal: every page of the demo village fits a phone and a desktop in three languages, has a title
/// and a language, complains of nothing, and each of its links leads to a page.
/// Method: walk all links from the three home pages at 320, 360 and 1280 px in Chromium.
#[test]
fn pages_fit_and_lead_somewhere() {
    if is_quick() {
        return;
    }
    if !std::path::Path::new(DRIVER).exists() {
        println!("skipped in the browser: Chromium is not installed (package chromium-driver)");
        return;
    }
    let folder = TempFolder::new().unwrap();
    let data = folder.path().display().to_string();
    assert!(run(&["demo", "--orders", "60", "--no-serve", "--data", &data]).status.success());
    let server = Server::start(folder.path(), None);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(walk(server.address));
}

/// Whether enough pages of a link's kind were seen: records, goods and families are all alike, and a
/// few stand for them.
fn has_enough(seen: &[String], link: &str) -> bool {
    let kinds = ["/journal/", "/poster", "/shop/", "/families/"];
    let Some(kind) = kinds.into_iter().find(|kind| link.contains(kind)) else { return false };
    seen.iter().filter(|path| path.contains(kind)).count() >= 6
}

async fn walk(address: SocketAddr) {
    let mut browser = Browser::open().await;
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
            browser.resize(width, 800).await;
            browser.visit(&format!("{home}{path}")).await;
            let page = browser
                .ask(
                    "return {wide: document.documentElement.scrollWidth - innerWidth, \
                     title: document.title, lang: document.documentElement.lang, \
                     links: Array.from(document.links, a => a.getAttribute('href')), \
                     small: Array.from(document.querySelectorAll('main a, main button, nav a'), a => \
                       [a.getBoundingClientRect(), a.textContent.trim()]) \
                       .filter(([r, t]) => r.height > 0 && r.height < 24).map(([r, t]) => t)}",
                )
                .await;
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
    let complaints = browser.complaints().await;
    assert!(complaints.is_empty(), "{complaints:?}");
    browser.close().await;
    let mut plain = Client::connect(address, "").await.unwrap();
    for path in &seen {
        let answer = plain.get(path).await.unwrap();
        // The bare address sends everyone to the page in his language.
        let wanted = if path == "/" { 303 } else { 200 };
        assert_eq!(answer.status, wanted, "{path} leads nowhere");
    }
}
