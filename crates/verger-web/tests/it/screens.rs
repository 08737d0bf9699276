//! Takes pictures of the pages of a played season: each role follows every link, and each kind of
//! page is pictured in three languages, on a telephone and on a desk's screen. Owns the walk of the
//! roles and the pictures of the guides; `cargo xtask screens` runs it.

use std::error::Error;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use verger_app::clock::ManualClock;
use verger_sim::browser::Browser;
use verger_sim::season::{self, Plan};
use verger_sim::temp::TempFolder;
use verger_sim::village::open_app_at;
use verger_sim::{crawl, demo};
use verger_store::{Location, Store};
use verger_web::{Door, Settings};

/// The pictures of README and guides: file, who looks (nobody in particular for ""), the page with
/// its language, and whether on a telephone.
const OF_GUIDES: &[(&str, &str, &str, bool)] = &[
    ("home.png", "", "en/", false),
    ("counter.png", "A1", "zh-CN/counter", true),
    ("console.png", "ST1", "en/console", false),
    ("credit.png", "M005", "zh-CN/me/credit", true),
    ("trust.png", "M005", "fr/me/trust", true),
];

/// A telephone and a desk's screen.
const SIZES: [(&str, u32, u32); 2] = [("phone", 360, 800), ("desk", 1280, 800)];
const TAGS: [&str; 3] = ["zh-CN", "fr", "en"];

/// Goal: pictures to look at after a change that people see, and no link that leads nowhere.
/// Method: a whole season; every role from its first page on. It takes minutes and wants somebody who
/// looks, so that the usual run leaves it out; there `faces` walks a smaller village.
#[test]
fn every_role_is_pictured() -> Result<(), Box<dyn Error>> {
    let Some(out) = std::env::var_os("VERGER_SCREENS").map(PathBuf::from) else {
        crate::rig::say("skipped: VERGER_SCREENS does not say where pictures go");
        return Ok(());
    };
    let guides = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/pictures");
    let Some(program) = Browser::program() else {
        println!("skipped: there is no Chromium on this machine");
        return Ok(());
    };
    fs::create_dir_all(&out)?;
    let folder = TempFolder::new()?;
    let store = Store::new(Location::Folder(folder.path().to_owned()));
    let clock = Arc::new(ManualClock::new(verger_domain::time::Instant::from_micros(0)));
    let app = open_app_at(store, &clock, |config| config)?;
    season::play(&app, &clock, Plan::default(), &mut |_| {})?;
    println!("the season is played");
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let listen = listener.local_addr()?;
    let doors = demo::DOORS.map(|(code, secret)| Door {
        village: demo::VILLAGE,
        code: code.to_owned(),
        secret: secret.to_owned(),
    });
    let settings = Settings { listen, demo: true, version: "0.1.0", doors: doors.to_vec() };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.spawn(verger_web::serve_on(listener, app.clone(), settings, std::future::pending()));
    let base = format!("http://{listen}");
    let mut browser = Browser::launch(&program)?;
    // First, because the walk takes minutes.
    for (file, who, page, is_phone) in OF_GUIDES {
        sign_in(&mut browser, (&base, who), &clock)?;
        let (_, width, height) = if *is_phone { SIZES[0] } else { SIZES[1] };
        browser.resize(width, height)?;
        browser.open(&format!("{base}/{page}"))?;
        fs::write(guides.join(file), browser.view()?)?;
    }
    let (mut count, mut broken) = (0_u32, 0_u32);
    for who in ["", "A1", "COOP", "ST1", "ST3", "M005"] {
        sign_in(&mut browser, (&base, who), &clock)?;
        let home = browser.address()?;
        let home = home.strip_prefix("/en/").unwrap_or_default().to_owned();
        for visit in crawl::walk(&mut browser, (&base, "en"), &[&home], 1)? {
            if visit.status >= 400 {
                println!("{} on {} answers {}", visit.address, visit.from, visit.status);
                broken += 1;
            }
            count += picture(&mut browser, &base, (who, &visit.address), &out)?;
        }
        println!("{count} pictures");
    }
    println!("{count} pictures in {}, {broken} links that lead nowhere", out.display());
    drop(browser);
    app.close();
    if broken == 0 { Ok(()) } else { Err("a link leads nowhere".into()) }
}

/// Signs in by the demo's door; nobody in particular looks at the first page.
fn sign_in(
    browser: &mut Browser,
    (base, who): (&str, &str),
    clock: &ManualClock,
) -> Result<(), Box<dyn Error>> {
    // A one-time code opens one session for ever, so that the next one needs a later code.
    clock.advance_seconds(60);
    browser.clear_cookies()?;
    if who.is_empty() {
        return Ok(browser.open(&format!("{base}/en/"))?);
    }
    browser.open(&format!("{base}/en/sign-in"))?;
    browser.follow(&format!("form:has([value={who}]) button"))?;
    if browser.address()?.contains("sign-in") {
        return Err(format!("{who} is not let in").into());
    }
    Ok(())
}

fn picture(
    browser: &mut Browser,
    base: &str,
    (who, address): (&str, &str),
    out: &Path,
) -> Result<u32, Box<dyn Error>> {
    let mut count = 0;
    for tag in TAGS {
        for (size, width, height) in SIZES {
            browser.resize(width, height)?;
            browser.open(&format!("{base}/{tag}/{address}"))?;
            let face = if who.is_empty() { "public" } else { who };
            let page = crawl::kind(address).replace(['/', '?', '&', '='], "-").replace('*', "x");
            fs::write(out.join(format!("{face}-{page}-{tag}-{size}.png")), browser.picture()?)?;
            count += 1;
        }
    }
    Ok(count)
}
