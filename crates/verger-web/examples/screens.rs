//! Takes pictures of the pages: each face as its role sees it, in three languages, on a telephone and
//! on a desk's screen. Owns which pages are pictured; `cargo xtask screens` runs it.
#![expect(clippy::print_stdout, reason = "this tool answers on the terminal of a developer")]

use std::error::Error;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;

use verger_app::clock::ManualClock;
use verger_sim::browser::Browser;
use verger_sim::demo;
use verger_sim::temp::TempFolder;
use verger_sim::village::open_app_at;
use verger_store::{Location, Store};
use verger_web::{Door, Settings};

/// Who looks, and at which pages: addresses below the language.
const FACES: &[(&str, &[&str])] = &[
    ("", &["", "v/1/books", "v/1/goods", "v/1/journal", "sign-in", "nowhere"]),
    (
        "A1",
        &[
            "counter",
            "counter/buy",
            "counter/cash",
            "counter/weigh",
            "counter/parcels",
            "counter/day",
            "counter/members",
            "counter/slip/400",
            "counter/turn/M018",
            "session",
            "session/pin",
        ],
    ),
    (
        "ST1",
        &[
            "console",
            "console/orders",
            "console/orders?phase=completed",
            "console/parcels",
            "console/pools",
            "console/counters",
            "console/ledger",
            "console/ledger/2010",
            "console/reports",
            "console/reports/season",
            "console/users",
            "console/users/A1",
            "console/policy",
            "session",
        ],
    ),
];

/// A telephone and a desk's screen.
const SIZES: [(&str, u32, u32); 2] = [("phone", 360, 800), ("desk", 1280, 800)];

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let out = PathBuf::from(args.next().unwrap_or_else(|| "target/screens".to_owned()));
    let only = args.next().unwrap_or_default();
    let Some(program) = Browser::program() else {
        println!("skipped: there is no Chromium on this machine");
        return Ok(());
    };
    std::fs::create_dir_all(&out)?;
    let folder = TempFolder::new()?;
    let store = Store::new(Location::Folder(folder.path().to_owned()));
    let clock = Arc::new(ManualClock::new(verger_domain::time::Instant::from_micros(0)));
    let app = open_app_at(store, &clock, |config| config)?;
    demo::load_journals(&app, &clock, &mut |_| {})?;
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let listen = listener.local_addr()?;
    let doors = demo::DOORS.map(|(code, secret)| Door {
        village: demo::VILLAGE,
        code: code.to_owned(),
        secret: secret.to_owned(),
    });
    let settings = Settings { listen, demo: true, version: "0.1.0", doors: doors.to_vec() };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let server = app.clone();
    runtime.spawn(async move {
        let for_ever = std::future::pending();
        verger_web::serve_on(listener, server, settings, for_ever).await
    });
    let base = format!("http://{listen}");
    let mut browser = Browser::launch(&program)?;
    let mut count = 0;
    for (who, pages) in FACES {
        browser.clear_cookies()?;
        if !who.is_empty() {
            browser.open(&format!("{base}/en/sign-in"))?;
            browser.follow(&format!("form:has([value={who}]) button"))?;
        }
        for page in pages.iter().filter(|page| page.contains(&only)) {
            for tag in ["zh-CN", "fr", "en"] {
                for (name, width, height) in SIZES {
                    browser.resize(width, height)?;
                    browser.open(&format!("{base}/{tag}/{page}"))?;
                    let face = if who.is_empty() { "public" } else { who };
                    let page = page.replace(['/', '?', '&', '='], "-");
                    let file = out.join(format!("{face}-{page}-{tag}-{name}.png"));
                    std::fs::write(&file, browser.picture()?)?;
                    count += 1;
                    clock.advance_seconds(1);
                }
            }
        }
    }
    println!("{count} pictures in {}", out.display());
    drop(browser);
    app.close();
    Ok(())
}
