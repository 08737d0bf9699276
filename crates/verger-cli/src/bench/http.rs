//! The part of the benchmark that runs `verger serve` as a process of its own: commands over HTTP,
//! its memory, and how long it takes to start.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Instant as Moment;

use anyhow::{Context, bail};
use tokio::sync::Mutex;
use verger_domain::party::Scope;
use verger_domain::{Actor, Body, Command as DomainCommand};
use verger_sim::http::Client;
use verger_sim::load::{Yard, run_clients};
use verger_store::{Location, Store};

use super::{Figure, YARD, first_order, open, text_of};
use crate::output;

/// A running `verger serve`, ended with its owner.
pub(super) struct Server {
    child: Child,
    pub(super) address: SocketAddr,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It is a measurement; the books were durable at every answer.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// Starts the program and waits until it says that it serves.
    pub(super) fn start(folder: &Path) -> anyhow::Result<Self> {
        Self::start_as("serve", folder)
    }

    /// The same with another command that serves.
    pub(super) fn start_as(command: &str, folder: &Path) -> anyhow::Result<Self> {
        let address = free_address()?;
        let mut child = Command::new(std::env::current_exe()?)
            .args([command, "--data", &text_of(folder), "--listen", &address.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()?;
        let output = child.stdout.take().context("the server has no output")?;
        for line in BufReader::new(output).lines() {
            if line?.starts_with("Serving ") {
                wait_for(address)?;
                return Ok(Self { child, address });
            }
        }
        bail!("the server ended before it served")
    }

    /// The most memory it ever used, in megabytes.
    pub(super) fn memory_mb(&self) -> anyhow::Result<f64> {
        peak_memory_mb(self.child.id())
    }
}

/// The most memory that a process ever used, in megabytes.
pub(super) fn peak_memory_mb(process: u32) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next());
    let kilobytes: u32 = kilobytes.context("no memory figure")?.parse()?;
    Ok(f64::from(kilobytes) / 1024.0)
}

/// An address that nobody listens on right now.
fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?)
}

fn wait_for(address: SocketAddr) -> anyhow::Result<()> {
    let start = Moment::now();
    loop {
        if std::net::TcpStream::connect(address).is_ok() {
            return Ok(());
        }
        if start.elapsed().as_secs() > 10 {
            bail!("the server does not listen on {address}");
        }
        std::thread::yield_now();
    }
}

/// How long an existing village takes from the command to the first connection.
pub(super) fn start(folder: &Path) -> anyhow::Result<Figure> {
    let begun = Moment::now();
    let server = Server::start(folder)?;
    let seconds = begun.elapsed().as_secs_f64();
    drop(server);
    Ok(Figure::one("start of serve on existing villages", "sqlite", seconds, "s"))
}

/// Settled orders over HTTP.
pub(super) fn run(folder: &Path, seconds: f64) -> anyhow::Result<Vec<Figure>> {
    let yard = Arc::new(Yard::known(YARD));
    let tokens = Arc::new(tokens(folder, &yard)?);
    let server = Server::start(folder)?;
    let address = server.address;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let mut figures = Vec::new();
    for (round, clients) in [(11_u64, 1_usize), (12, 16), (13, 256)] {
        let bar = output::progress_bar(&format!("http: settle order, {clients}"));
        let measured = runtime.block_on(async {
            let mut connections = Vec::new();
            for _ in 0..clients {
                connections.push(Mutex::new(Client::connect(address, "").await?));
            }
            let (connections, yard, tokens) =
                (Arc::new(connections), Arc::clone(&yard), Arc::clone(&tokens));
            let ask = move |client: usize, order: u64, random: u64| {
                let order = (first_order() + round) * 1_000_000_000 + order;
                let command = yard.settle_order(order, random);
                let token = tokens.iter().find(|(v, _)| *v == command.village.number());
                let token = token.map(|(_, token)| token.clone()).unwrap_or_default();
                let connections = Arc::clone(&connections);
                async move {
                    let connection = connections.get(client).context("a connection a client")?;
                    settle(&mut *connection.lock().await, &command, &token).await
                }
            };
            run_clients(clients, seconds, ask).await
        });
        bar.finish_and_clear();
        figures.push(Figure::load("settle order over HTTP", "sqlite", measured?));
    }
    figures.push(Figure::one("memory of the server, highest", "sqlite", server.memory_mb()?, "MB"));
    Ok(figures)
}

async fn settle(client: &mut Client, command: &DomainCommand, token: &str) -> anyhow::Result<()> {
    let Body::Post { evidence, lines, purpose, .. } = &command.body else {
        bail!("the load posts entries")
    };
    let body = serde_json::json!({
        "lines": lines, "currency": "CNY", "purpose": purpose, "evidence": evidence,
    });
    let path = format!("/api/v1/villages/{}/entries", command.village);
    client.use_token(token);
    let answer = client.post(&path, &command.id.to_string(), &serde_json::to_vec(&body)?).await?;
    if answer.status != 201 {
        bail!("{} {}", answer.status, String::from_utf8_lossy(&answer.body));
    }
    Ok(())
}

/// A token of the staff of each village, made before the server starts.
fn tokens(folder: &Path, yard: &Yard) -> anyhow::Result<Vec<(u32, String)>> {
    // The server makes its own secret; tokens do not depend on it.
    let app = open(&Store::new(Location::Folder(folder.to_owned())), 1024)?;
    let mut tokens = Vec::new();
    for cast in &yard.casts {
        let [staff, _] = cast.staff;
        let expires_at = app.now().at.plus_seconds(86_400);
        let new = app.new_token(cast.village, staff, Scope::ALL.into(), expires_at);
        let body = Body::IssueToken { token: new.token };
        let (id, village, actor) = (app.new_id(), cast.village, Actor::System);
        let command = DomainCommand { id, village, actor, body };
        app.submit_blocking(command)?.accepted()?;
        tokens.push((cast.village.number(), new.text));
    }
    app.close();
    Ok(tokens)
}
