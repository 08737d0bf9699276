//! The part of the benchmark that trades: whole orders over HTTP with `verger serve` as a process of
//! its own, single commands at a steady pace, and a crowd that wants the last boxes.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant as Moment, SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail};
use serde_json::json;
use tokio::sync::Mutex;
use verger_app::{App, Secret, webhook_signature};
use verger_domain::codec::Hash;
use verger_domain::id::{PartyId, VillageId};
use verger_domain::market::Listing;
use verger_domain::party::Scope;
use verger_domain::{Actor, Body, Command};
use verger_sim::http::Client;
use verger_sim::load::run_clients;
use verger_sim::market_load::{FREIGHT_MINOR, GOODS_MINOR, STEPS, Stand, Whole};
use verger_sim::temp::TempFolder;
use verger_store::{Location, Store};

use super::http::Server;
use super::{Figure, open};
use crate::output;

const VILLAGE: VillageId = VillageId::new(1);

/// Buyers with a token each: as many as the most clients of a round.
const BUYERS: usize = 256;

/// The crowd and what it wants.
const CROWD: usize = 10_000;
const BOXES: i64 = 1_000;

/// Measures the parts that are wanted.
pub(super) fn run(seconds: f64, only: Option<&str>) -> anyhow::Result<Vec<Figure>> {
    let is_wanted = |part: &str| only.is_none_or(|only| only == part);
    let mut figures = Vec::new();
    if is_wanted("orders") || is_wanted("pace") {
        let folder = TempFolder::new()?;
        let market = Market::build(folder.path())?;
        let server = Server::start(folder.path())?;
        if is_wanted("orders") {
            for (round, clients) in [(1_u64, 1_usize), (2, 16), (3, 64), (4, 256)] {
                figures.push(market.whole_orders(&server, (round, clients), seconds)?);
            }
        }
        if is_wanted("pace") {
            figures.push(market.at_a_pace(&server, seconds)?);
        }
        let memory = server.memory_mb()?;
        figures.push(Figure::one("memory of the server, highest", "sqlite", memory, "MB"));
    }
    if is_wanted("crowd") {
        figures.extend(crowd()?);
    }
    Ok(figures)
}

/// A stand, and the tokens of those who trade there.
struct Market {
    stand: Stand,
    agent: String,
    carrier: String,
    buyers: Vec<String>,
    webhook_key: Hash,
}

impl Market {
    fn build(folder: &Path) -> anyhow::Result<Arc<Self>> {
        // The server finds this secret, so that the driver can sign as the payment provider.
        Secret::public_demo().write(&folder.join("secret.key"))?;
        let app = open(&Store::new(Location::Folder(folder.to_owned())), 1024)?;
        let stand = Stand::build(&app, VILLAGE, (BUYERS, 100_000_000))?;
        let agent = token(&app, stand.cast.agent)?;
        let carrier = token(&app, stand.cast.carrier)?;
        let buyers: anyhow::Result<_> = stand.buyers.iter().map(|id| token(&app, *id)).collect();
        let webhook_key = app.webhook_key(VILLAGE);
        app.close();
        Ok(Arc::new(Self { stand, agent, carrier, buyers: buyers?, webhook_key }))
    }

    fn whole_orders(
        self: &Arc<Self>,
        server: &Server,
        (round, clients): (u64, usize),
        seconds: f64,
    ) -> anyhow::Result<Figure> {
        let bar = output::progress_bar(&format!("http: whole orders, {clients}"));
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let measured = runtime.block_on(async {
            let connections = Arc::new(connect(server, clients).await?);
            let market = Arc::clone(self);
            let ask = move |client: usize, number: u64, _: u64| {
                let (market, connections) = (Arc::clone(&market), Arc::clone(&connections));
                async move {
                    let connection = connections.get(client).context("a connection a client")?;
                    let connection = &mut *connection.lock().await;
                    let whole = market.order(client, first_number(round) + number);
                    for step in 0..STEPS {
                        market.take_step(connection, (client, whole), step).await?;
                    }
                    Ok::<(), anyhow::Error>(())
                }
            };
            run_clients(clients, seconds, ask).await
        });
        bar.finish_and_clear();
        Ok(Figure::load("whole order over HTTP, 8 commands", "sqlite", measured?))
    }

    /// A thousand commands a second, however long each takes: what a waiting person feels.
    fn at_a_pace(self: &Arc<Self>, server: &Server, seconds: f64) -> anyhow::Result<Figure> {
        const PER_SECOND: u32 = 1_000;
        const CLIENTS: usize = 32;
        let bar = output::progress_bar("http: 1,000 commands a second");
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let times = runtime.block_on(async {
            let connections = Arc::new(connect(server, CLIENTS).await?);
            let each = Duration::from_secs(1) * u32::try_from(CLIENTS)? / PER_SECOND;
            let end = Moment::now() + Duration::from_secs_f64(seconds);
            let mut tasks = Vec::new();
            for client in 0..CLIENTS {
                let (market, connections) = (Arc::clone(self), Arc::clone(&connections));
                tasks.push(tokio::spawn(async move {
                    let connection = connections.get(client).context("a connection a client")?;
                    let connection = &mut *connection.lock().await;
                    // Clients start one after the other within their common beat.
                    let mut next = Moment::now() + each * u32::try_from(client)? / 32;
                    let mut times = Vec::new();
                    let mut number = first_number(9) + u64::try_from(client)? * 1_000_000;
                    while next < end {
                        let whole = market.order(client, number);
                        for step in 0..STEPS {
                            tokio::time::sleep_until(next.into()).await;
                            market.take_step(connection, (client, whole), step).await?;
                            // From the moment at which it should have begun: a late start counts.
                            times.push(next.elapsed().as_secs_f64() * 1_000.0);
                            next += each;
                        }
                        number += 1;
                    }
                    Ok::<_, anyhow::Error>(times)
                }));
            }
            let mut times = Vec::new();
            for task in tasks {
                times.extend(task.await??);
            }
            Ok::<_, anyhow::Error>(times)
        });
        bar.finish_and_clear();
        let mut times = times?;
        times.sort_by(f64::total_cmp);
        let p99 = times.get(times.len() * 99 / 100).copied().unwrap_or_default();
        Ok(Figure::one("single command at 1,000 a second, p99", "sqlite", p99, "ms"))
    }

    /// The order with this number, of the buyer behind this client.
    fn order(&self, client: usize, number: u64) -> Whole {
        let buyer = self.stand.buyers.get(client % BUYERS).copied();
        Whole { buyer: buyer.unwrap_or(self.stand.cast.buyer), ..self.stand.whole(number) }
    }

    /// One step of an order as its person's program would send it.
    async fn take_step(
        &self,
        client: &mut Client,
        (number, whole): (usize, Whole),
        step: usize,
    ) -> anyhow::Result<()> {
        let (agent, carrier) = (self.stand.cast.agent, self.stand.cast.carrier);
        let maker = self.stand.cast.households.first().context("a household")?;
        let buyer = self.buyers.get(number % BUYERS).context("a buyer")?;
        let (token, subject, body) = match step {
            0 => {
                let lines = json!([{"listing": self.stand.listing.to_string(), "quantity": 1}]);
                let place = json!({"buyer": whole.buyer.to_string(), "agent": agent.to_string(),
                    "lines": lines, "pay_by": "online"});
                (buyer, "orders", json!({"place": place}))
            }
            1 => return self.pay(client, whole).await,
            2 => (&self.agent, "orders", json!({"accept": {}})),
            3 => {
                let content = json!({"maker": maker.to_string(), "lot": "L0001", "grams": 2_510});
                let packed = json!({"parcel": whole.parcel.to_string(), "weight_g": 2_900,
                    "label": format!("P{:x}", whole.number), "contents": [content]});
                (&self.agent, "orders", json!({"pack": {"boxes": [packed]}}))
            }
            4 => (&self.agent, "parcels", json!({"give": {"taker": carrier.to_string()}})),
            5 => {
                let take = json!({"giver": agent.to_string(), "taker": carrier.to_string()});
                (&self.carrier, "parcels", json!({"take": take}))
            }
            6 => (&self.carrier, "parcels", json!({"deliver": {}})),
            _ => (buyer, "orders", json!({"confirm": {}})),
        };
        let id =
            if subject == "orders" { whole.order.to_string() } else { whole.parcel.to_string() };
        let path = format!("/api/v1/villages/{VILLAGE}/{subject}/{id}");
        let key = self.stand.command(whole, step).id.to_string();
        client.use_token(token);
        let answer = client.post(&path, &key, &serde_json::to_vec(&body)?).await?;
        if answer.status >= 300 {
            bail!("step {step}: {} {}", answer.status, String::from_utf8_lossy(&answer.body));
        }
        Ok(())
    }

    async fn pay(&self, client: &mut Client, whole: Whole) -> anyhow::Result<()> {
        let body = json!({"payment": format!("bench-{}", whole.number),
            "order": whole.order.to_string(), "amount_minor": GOODS_MINOR + FREIGHT_MINOR,
            "currency": "CNY"});
        let body = serde_json::to_vec(&body)?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        let signature = webhook_signature(&self.webhook_key, now, &body);
        let path = format!("/api/v1/villages/{VILLAGE}/payments");
        client.use_token("");
        let answer = client.post_signed(&path, ("verger-signature", &signature), &body).await?;
        if answer.status != 200 {
            bail!("payment: {} {}", answer.status, String::from_utf8_lossy(&answer.body));
        }
        Ok(())
    }
}

/// Each round numbers its orders apart, and later rounds come later in time.
fn first_number(round: u64) -> u64 {
    round * 1_000_000_000
}

async fn connect(server: &Server, clients: usize) -> anyhow::Result<Vec<Mutex<Client>>> {
    let mut connections = Vec::new();
    for _ in 0..clients {
        connections.push(Mutex::new(Client::connect(server.address, "").await?));
    }
    Ok(connections)
}

fn token(app: &App, party: PartyId) -> anyhow::Result<String> {
    let expires_at = app.now().at.plus_seconds(86_400);
    let new = app.new_token(VILLAGE, party, Scope::ALL.into(), expires_at);
    let body = Body::IssueToken { token: new.token };
    let command = Command { id: app.new_id(), village: VILLAGE, actor: Actor::System, body };
    app.submit_blocking(command)?.accepted()?;
    Ok(new.text)
}

/// Ten thousand buyers want one of a thousand boxes, all at once.
fn crowd() -> anyhow::Result<Vec<Figure>> {
    let bar = output::progress_bar("a crowd for the last boxes");
    let folder = TempFolder::new()?;
    let app = open(&Store::new(Location::Folder(folder.path().to_owned())), 1024)?;
    let stand = Stand::build(&app, VILLAGE, (CROWD, BOXES))?;
    let begun = Moment::now();
    let numbers: Vec<usize> = (0..CROWD).collect();
    let mut sold = 0_u32;
    // As many at once as the queue takes; a real crowd is told to come again.
    for some in numbers.chunks(4_000) {
        let sent: Result<Vec<_>, _> = some.iter().map(|n| app.send(stand.grab(*n))).collect();
        for pending in sent? {
            sold += u32::from(pending.wait()?.accepted().is_ok());
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    let id = stand.listing.bits();
    let listing: Option<Listing> =
        app.ask_blocking(VILLAGE, move |reader, cell| reader.document(cell, VILLAGE, id))?;
    let held = listing.and_then(|row| row.stock).map_or(0, |stock| stock.held);
    app.close();
    bar.finish_and_clear();
    anyhow::ensure!(i64::from(sold) == BOXES && held == BOXES, "{sold} sold, {held} held");
    let per_second = f64::from(u32::try_from(CROWD)?) / seconds;
    Ok(vec![
        Figure::one("boxes sold to 10,000 who wanted 1,000", "sqlite", f64::from(sold), "boxes"),
        Figure::one("of those, orders answered", "sqlite", per_second, "/s"),
    ])
}
