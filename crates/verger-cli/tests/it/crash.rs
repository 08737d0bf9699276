//! Kill -9 under load: nothing that was acknowledged is lost, nothing happens twice (I-6).

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use verger_app::clock::{Clock, SystemClock};
use verger_app::weigher::Weigher;
use verger_app::{App, Config, Secret, check, policy_file};
use verger_domain::party::Scope;
use verger_domain::{Actor, Body, Command};
use verger_sim::http::Client;
use verger_sim::load::{Size, Yard};
use verger_sim::postgres::{Durability, PostgresServer, ServerError};
use verger_sim::temp::TempFolder;
use verger_store::{Location, Store, StoreError};

use crate::process::{Server, is_quick};

const YARD: Size = Size { counties: 2, villages: 1, households: 10, escrows: 40 };
const CLIENTS: u64 = 8;

/// What a client knows of one command.
#[derive(Clone, Copy, Debug)]
struct Sent {
    order: u64,
    random: u64,
    /// The record's number, when the server acknowledged it.
    seq: Option<u64>,
}

fn open(store: &Store) -> App {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    for _ in 0..300 {
        let policy = policy_file::load(None).unwrap();
        let config = Config::new(store.clone(), Arc::clone(&clock), policy, Secret::public_demo());
        match App::open(config) {
            Ok(app) => return app,
            // The killed process still has its lease for some seconds.
            Err(StoreError::Leased { .. }) => {
                std::thread::park_timeout(Duration::from_millis(100));
            }
            Err(error) => panic!("the books do not open: {error}"),
        }
    }
    panic!("the lease of a killed process does not end");
}

/// Builds the villages and a token for each.
fn prepare(store: &Store) -> (Yard, Vec<String>) {
    let app = open(store);
    let yard = Yard::build(&app, YARD).unwrap();
    let mut tokens = Vec::new();
    for cast in &yard.casts {
        let expires_at = app.now().at.plus_seconds(86_400);
        let new = app.new_token(cast.village, cast.staff[0], Scope::ALL.into(), expires_at);
        let body = Body::IssueToken { token: new.token };
        let (id, village, actor) = (app.new_id(), cast.village, Actor::System);
        let command = Command { id, village, actor, body };
        app.submit_blocking(command).unwrap().accepted().unwrap();
        tokens.push(new.text);
    }
    // The program does so at its start; done here, every record after this one is an order.
    Weigher::default().run_due(&app);
    app.close();
    (yard, tokens)
}

/// One attempt to post an order; the record's number when it was acknowledged.
async fn post(client: &mut Client, yard: &Yard, tokens: &[String], sent: Sent) -> Option<u64> {
    let command = yard.settle_order(sent.order, sent.random);
    let Body::Post { evidence, lines, purpose, .. } = &command.body else { panic!("a posting") };
    let body = serde_json::json!({
        "lines": lines, "currency": "CNY", "purpose": purpose, "evidence": evidence,
    });
    let place = yard.casts.iter().position(|cast| cast.village == command.village).unwrap();
    client.use_token(&tokens[place]);
    let path = format!("/api/v1/villages/{}/entries", command.village);
    let key = command.id.to_string();
    let answer = client.post(&path, &key, body.to_string().as_bytes()).await.ok()?;
    match answer.status {
        200 | 201 => answer.json().get("seq").and_then(serde_json::Value::as_u64),
        500..=599 => None,
        other => panic!("{other}: {}", String::from_utf8_lossy(&answer.body)),
    }
}

/// What the clients of a round and the one who kills the server tell each other.
#[derive(Default)]
struct Watch {
    acknowledged: AtomicUsize,
    is_over: AtomicBool,
}

/// Clients that post until told to stop; an unanswered order is tried again with its key on a new
/// connection, as long as there is a server.
async fn load(
    address: std::net::SocketAddr,
    (yard, tokens): (Arc<Yard>, Arc<Vec<String>>),
    (round, watch): (u64, Arc<Watch>),
) -> Vec<Sent> {
    let mut tasks = Vec::new();
    for client in 0..CLIENTS {
        let (yard, tokens) = (Arc::clone(&yard), Arc::clone(&tokens));
        let watch = Arc::clone(&watch);
        tasks.push(tokio::spawn(async move {
            let mut random = ChaCha8Rng::seed_from_u64(round * 100 + client);
            let mut all = Vec::new();
            for number in 0_u64.. {
                let order = round * 1_000_000 + client * 100_000 + number;
                let mut sent = Sent { order, random: random.next_u64(), seq: None };
                while sent.seq.is_none() && !watch.is_over.load(Ordering::SeqCst) {
                    if let Ok(mut connection) = Client::connect(address, "").await {
                        sent.seq = post(&mut connection, &yard, &tokens, sent).await;
                        watch.acknowledged.fetch_add(sent.seq.is_some().into(), Ordering::SeqCst);
                    }
                    tokio::task::yield_now().await;
                }
                all.push(sent);
                if watch.is_over.load(Ordering::SeqCst) {
                    break;
                }
            }
            all
        }));
    }
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await.unwrap());
    }
    all
}

/// Every acknowledged order is there under its number; the others happen now or happened then; the
/// books are sound and hold each exactly once.
fn verify(store: &Store, yard: &Yard, sent: &[Sent], setup: &check::Report) {
    let app = open(store);
    for sent in sent {
        let mut command = yard.settle_order(sent.order, sent.random);
        // Over HTTP the order came from the staff whose token it carried.
        let cast = yard.casts.iter().find(|cast| cast.village == command.village).unwrap();
        command.actor = Actor::Party(cast.staff[0]);
        let receipt = app.submit_blocking(command).unwrap();
        receipt.accepted().unwrap();
        if let Some(seq) = sent.seq {
            assert!(receipt.is_replay, "order {} was acknowledged and is lost", sent.order);
            assert_eq!(receipt.record.seq, seq, "order {}", sent.order);
        }
    }
    app.close();
    let report = check::run(store, &mut |_| {}).unwrap();
    assert!(report.is_green(), "{:?}", report.differences);
    let count = u64::try_from(sent.len()).unwrap();
    assert_eq!(report.records, setup.records + count, "each order is one record");
    assert_eq!(report.entries, setup.entries + 6 * count, "and six entries");
}

/// Rounds of load with a kill -9 of the program at a seeded moment of each.
fn kill_the_program(store: &Store, folder: &Path, url: Option<&str>) {
    let (yard, tokens) = prepare(store);
    let setup = check::run(store, &mut |_| {}).unwrap();
    let (yard, tokens) = (Arc::new(yard), Arc::new(tokens));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(6);
    let mut all = Vec::new();
    for round in 1..=2 {
        let server = Server::start(folder, url);
        let watch = Arc::new(Watch::default());
        let things = (Arc::clone(&yard), Arc::clone(&tokens));
        let sent = runtime.block_on(async {
            let clients = tokio::spawn(load(server.address, things, (round, Arc::clone(&watch))));
            // However busy the machine is, something must have been promised before the kill.
            while watch.acknowledged.load(Ordering::SeqCst) <= 20 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            tokio::time::sleep(Duration::from_millis(random.next_u64() % 400)).await;
            server.kill();
            watch.is_over.store(true, Ordering::SeqCst);
            clients.await.unwrap()
        });
        let acknowledged = sent.iter().filter(|sent| sent.seq.is_some()).count();
        assert!(acknowledged > 20, "round {round}: only {acknowledged} were acknowledged");
        all.extend(sent);
        // The next start must find the lease over; opening once waits for it.
        open(store).close();
    }
    verify(store, &yard, &all, &setup);
}

/// Goal: a killed program loses nothing that it acknowledged and does nothing twice, on SQLite.
/// Method: clients over HTTP, kill -9 at seeded moments, every order asked again, full check.
#[test]
fn a_killed_program_loses_nothing_on_sqlite() {
    if is_quick() {
        return;
    }
    let folder = TempFolder::new().unwrap();
    let store = Store::new(Location::Folder(folder.path().to_owned()));
    kill_the_program(&store, folder.path(), None);
}

pub(crate) fn server() -> Option<PostgresServer> {
    match PostgresServer::start(Durability::Full) {
        Ok(server) => Some(server),
        Err(ServerError::NotInstalled) => {
            println!("skipped on PostgreSQL: it is not installed (package postgresql)");
            None
        }
        Err(error) => panic!("PostgreSQL does not start: {error}"),
    }
}

/// Goal and method as on SQLite, with the books on PostgreSQL.
#[test]
fn a_killed_program_loses_nothing_on_postgres() {
    if is_quick() {
        return;
    }
    let Some(server) = server() else { return };
    let folder = TempFolder::new().unwrap();
    let url = server.database().unwrap();
    let store = Store::new(Location::Postgres(url.clone()));
    kill_the_program(&store, folder.path(), Some(&url));
}

/// Goal: a crash of the database server under load loses nothing either, and the program goes on by
/// itself when the server is back.
/// Method: the server is ended at once under load and started again; clients repeat with their keys.
#[test]
fn a_crashed_database_loses_nothing() {
    if is_quick() {
        return;
    }
    let Some(server) = server() else { return };
    let folder = TempFolder::new().unwrap();
    let url = server.database().unwrap();
    let store = Store::new(Location::Postgres(url.clone()));
    let (yard, tokens) = prepare(&store);
    let setup = check::run(&store, &mut |_| {}).unwrap();
    let (yard, tokens) = (Arc::new(yard), Arc::new(tokens));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let program = Server::start(folder.path(), Some(&url));
    let watch = Arc::new(Watch::default());
    let things = (Arc::clone(&yard), Arc::clone(&tokens));
    let sent = runtime.block_on(async {
        let clients = tokio::spawn(load(program.address, things, (1, Arc::clone(&watch))));
        tokio::time::sleep(Duration::from_millis(400)).await;
        server.kill().unwrap();
        server.boot().unwrap();
        tokio::time::sleep(Duration::from_millis(2500)).await;
        watch.is_over.store(true, Ordering::SeqCst);
        clients.await.unwrap()
    });
    assert!(program.stop(), "the program ends well after the crash of its database");
    let after = sent.iter().filter(|sent| sent.seq.is_some()).count();
    assert!(after > 40, "only {after} were acknowledged");
    verify(&store, &yard, &sent, &setup);
}
