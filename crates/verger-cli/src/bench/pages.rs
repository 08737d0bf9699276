//! The part of the benchmark that reads: the pages of a played season at a steady pace, as everybody
//! in the village and outside opens them, with `verger demo` as a process of its own.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant as Moment};

use anyhow::{Context, bail};
use verger_app::clock::ManualClock;
use verger_app::{App, Role, Secret};
use verger_domain::time::Instant;
use verger_domain::{Actor, Body, Command};
use verger_sim::demo::{VILLAGE, party_id};
use verger_sim::http::Client;
use verger_sim::load::Measured;
use verger_sim::season::{self, Plan};
use verger_sim::temp::TempFolder;
use verger_sim::village::open_app_at;
use verger_store::{Location, Store};

use super::Figure;
use super::http::Server;
use crate::output;

/// Requests a second, and connections that send them.
const PACE: u32 = 200;
const CLIENTS: u32 = 16;

/// The pages that are read most, by who opens them (nobody in particular for "").
const PAGES: [(&str, &[&str]); 4] = [
    ("", &["", "v/1/shop", "v/1/shop/box-jinxiu", "v/1/season", "v/1/books", "v/1/journal"]),
    (
        "A1",
        &[
            "counter",
            "counter/buy",
            "counter/sell",
            "counter/weigh",
            "counter/parcels",
            "counter/day",
            "counter/credit?who=H005",
        ],
    ),
    ("M005", &["me", "me/credit", "me/trust", "me/sales", "me/orders", "me/pools", "me/account"]),
    (
        "ST1",
        &[
            "console",
            "console/orders",
            "console/parcels",
            "console/pools",
            "console/loans",
            "console/trust",
            "console/ledger",
            "console/users",
        ],
    ),
];

/// One request: the page, and the header lines of a browser that sits there.
#[derive(Clone)]
struct Ask {
    page: String,
    headers: String,
}

/// Measures every page at the pace, each in its turn.
pub(super) fn run(seconds: f64, orders: u64) -> anyhow::Result<Vec<Figure>> {
    let folder = TempFolder::new()?;
    let asks = build(folder.path(), orders)?;
    let server = Server::start_as("demo", folder.path())?;
    let bar = output::progress_bar(&format!("http: {PACE} pages a second"));
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let times = runtime.block_on(at_a_pace(&server, &asks, seconds));
    bar.finish_and_clear();
    let times = times?;
    let all: Vec<f64> = times.values().flatten().copied().collect();
    let mut figures = vec![figure("all pages", all, seconds)];
    figures.extend(times.into_iter().map(|(page, times)| figure(&page, times, seconds)));
    figures.push(Figure::one("memory of the server, highest", "sqlite", server.memory_mb()?, "MB"));
    Ok(figures)
}

/// Plays the season and signs everybody in.
fn build(folder: &Path, orders: u64) -> anyhow::Result<Vec<Ask>> {
    let bar = output::progress_bar("playing a season");
    Secret::public_demo().write(&folder.join("secret.key"))?;
    let clock = Arc::new(ManualClock::new(Instant::from_micros(0)));
    let store = Store::new(Location::Folder(folder.to_owned()));
    let app = open_app_at(store, &clock, |config| config)?;
    let plan = Plan { orders, ..Plan::default() };
    season::play(&app, &clock, plan, &mut |progress| {
        bar.set_length(u64::try_from(progress.total).unwrap_or(0));
        bar.set_position(u64::try_from(progress.done).unwrap_or(0));
    })?;
    let mut asks = Vec::new();
    for (who, pages) in PAGES {
        let cookie = match who {
            "" => String::new(),
            "M005" => format!("cookie: __Host-verger-own={}\r\n", session(&app, who)?),
            _ => format!("cookie: __Host-verger={}\r\n", session(&app, who)?),
        };
        let headers = format!("accept-encoding: gzip\r\n{cookie}");
        let ask = |page: &&str| Ask { page: (*page).to_owned(), headers: headers.clone() };
        asks.extend(pages.iter().map(ask));
    }
    app.close();
    bar.finish_and_clear();
    Ok(asks)
}

/// A session is a token with the scopes of its owner's role; the cookie holds its text.
fn session(app: &App, who: &str) -> anyhow::Result<String> {
    let expires_at = app.now().at.plus_seconds(86_400);
    let party = party_id(who);
    let view = app.ask_blocking(VILLAGE, move |reader, cell| reader.party(cell, party))?;
    let role = view.and_then(|view| Role::of(&view.party)).context("nobody who signs in")?;
    let new = app.new_token(VILLAGE, party, role.scopes(), expires_at);
    let body = Body::IssueToken { token: new.token };
    let command = Command { id: app.new_id(), village: VILLAGE, actor: Actor::System, body };
    app.submit_blocking(command)?.accepted()?;
    Ok(new.text)
}

async fn at_a_pace(
    server: &Server,
    asks: &[Ask],
    seconds: f64,
) -> anyhow::Result<BTreeMap<String, Vec<f64>>> {
    let each = Duration::from_secs(1) * CLIENTS / PACE;
    // The first round opens connections and warms what a server that runs has warm.
    let mut warm = Client::connect(server.address, "").await?;
    for ask in asks {
        read(&mut warm, ask).await?;
    }
    let begin = Moment::now();
    let end = begin + Duration::from_secs_f64(seconds);
    let mut tasks = Vec::new();
    for client in 0..CLIENTS {
        let mut connection = Client::connect(server.address, "").await?;
        // Each begins elsewhere, so that no two ask for the same page at once.
        let first = usize::try_from(client)?;
        let turn: Vec<Ask> =
            asks.iter().cycle().skip(first * 3).take(asks.len()).cloned().collect();
        tasks.push(tokio::spawn(async move {
            let mut next = begin + each * client / CLIENTS;
            let mut times = Vec::new();
            for ask in turn.iter().cycle() {
                if next >= end {
                    break;
                }
                tokio::time::sleep_until(next.into()).await;
                read(&mut connection, ask).await?;
                // From the moment at which it should have begun: a late start counts.
                times.push((ask.page.clone(), next.elapsed().as_secs_f64() * 1_000.0));
                next += each;
            }
            Ok::<_, anyhow::Error>(times)
        }));
    }
    let mut times: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for task in tasks {
        for (page, time) in task.await?? {
            times.entry(page).or_default().push(time);
        }
    }
    Ok(times)
}

async fn read(connection: &mut Client, ask: &Ask) -> anyhow::Result<()> {
    let path = format!("/zh-CN/{}", ask.page);
    let answer = connection.get_with(&path, &ask.headers).await?;
    if answer.status != 200 {
        bail!("{path} answered {}", answer.status);
    }
    Ok(())
}

fn figure(what: &str, mut times: Vec<f64>, seconds: f64) -> Figure {
    times.sort_by(f64::total_cmp);
    let at = |percent: usize| times.get(times.len() * percent / 100).copied().unwrap_or_default();
    let commands = u64::try_from(times.len()).unwrap_or_default();
    let measured = Measured {
        clients: usize::try_from(CLIENTS).unwrap_or_default(),
        commands,
        per_second: f64::from(u32::try_from(commands).unwrap_or(u32::MAX)) / seconds,
        p50_ms: at(50),
        p99_ms: at(99),
    };
    let what = if what.is_empty() { "the first page" } else { what };
    Figure::load(what, "sqlite", measured)
}
