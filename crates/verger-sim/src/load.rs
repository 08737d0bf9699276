//! Load: commands of the shape of a settled order, and closed-loop clients that measure. Owns the
//! workload of the benches and crash tests.
//!
//! A settled order has one idempotency key, five accounts, six entries, two member rows, two pieces
//! of evidence and one journal record.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant as Moment};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::Serialize;
use verger_app::{App, AppError};
use verger_domain::command::{Evidence, EvidenceKind};
use verger_domain::id::{CommandId, VillageId};
use verger_domain::ledger::{AccountKey, Code, Line};
use verger_domain::{Actor, Body, Command};

use crate::village::{Cast, accept, command, named, settle};

/// Villages with funded escrow accounts, ready to settle orders.
#[derive(Clone, Debug)]
pub struct Yard {
    /// The villages, in order.
    pub casts: Vec<Cast>,
    escrows: u64,
}

/// How large a yard is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// How many counties; each is a cell.
    pub counties: u32,
    /// Villages in each county.
    pub villages: u32,
    /// Households in each village.
    pub households: usize,
    /// Escrow accounts in each village.
    pub escrows: u64,
}

/// Counties whose cells alternate between two lanes.
const COUNTIES: [&str; 2] = ["county-1", "county-2"];

impl Yard {
    /// Registers the villages and funds their escrow accounts.
    ///
    /// # Errors
    /// When a command is not answered or is refused.
    pub fn build(app: &App, size: Size) -> Result<Self, AppError> {
        let mut casts = Vec::new();
        for (number, county) in (0..size.counties).zip(COUNTIES.iter().cycle()) {
            for village in 0..size.villages {
                let id = VillageId::new(number * 100 + village + 1);
                casts.push(settle(app, id, county, size.households)?);
            }
        }
        for cast in &casts {
            fund(app, cast, size.escrows)?;
        }
        Ok(Self { casts, escrows: size.escrows })
    }

    /// The yard of a store that [`Yard::build`] made before.
    pub fn known(size: Size) -> Self {
        let mut casts = Vec::new();
        for number in 0..size.counties {
            for village in 0..size.villages {
                let id = VillageId::new(number * 100 + village + 1);
                casts.push(Cast::known(id, size.households));
            }
        }
        Self { casts, escrows: size.escrows }
    }

    /// The command that settles the order with this number.
    pub fn settle_order(&self, order: u64, random: u64) -> Command {
        let cast = self.cast(order);
        let member = pick(&cast.households, random);
        let escrow = escrow_key(random % self.escrows);
        let body = Body::Post {
            effective_on: None,
            evidence: vec![
                fact(member, cast.cooperative, EvidenceKind::Sale, 3143),
                fact(cast.agent, member, EvidenceKind::Purchase, 4990),
            ],
            lines: vec![
                Line::debit(escrow, 3990),
                Line::debit(escrow, 1000),
                Line::credit(AccountKey::party(Code::PAYABLE_CARRIER, cast.carrier), 1000),
                Line::credit(AccountKey::village(Code::new(4210).expect("in the chart")), 39),
                Line::credit(AccountKey::party(Code::COMMISSION_PENDING, cast.agent), 199),
                Line::credit(AccountKey::party(Code::WALLET, member), 3752),
            ],
            purpose: "order.completed".to_owned(),
        };
        Command { id: key(order, random), village: cast.village, actor: Actor::System, body }
    }

    /// A transfer of one fen between two wallets; with `hot`, always the same two.
    pub fn transfer(&self, order: u64, random: u64, hot: bool) -> Command {
        let cast = self.cast(order);
        let (from, to) = if hot {
            (escrow_key(0), escrow_key(1))
        } else {
            let from = random % self.escrows;
            (escrow_key(from), escrow_key((from + 1) % self.escrows))
        };
        let body = Body::Post {
            effective_on: None,
            evidence: Vec::new(),
            lines: vec![Line::debit(from, 1), Line::credit(to, 1)],
            purpose: "transfer".to_owned(),
        };
        Command { id: key(order, random), village: cast.village, actor: Actor::System, body }
    }

    fn cast(&self, order: u64) -> &Cast {
        let count = u64::try_from(self.casts.len()).unwrap_or(1);
        let index = usize::try_from(order % count).unwrap_or(0);
        self.casts.get(index).expect("a yard has villages")
    }
}

fn pick<T: Copy>(of: &[T], random: u64) -> T {
    let count = u64::try_from(of.len()).unwrap_or(1);
    let index = usize::try_from((random >> 20) % count).unwrap_or(0);
    *of.get(index).expect("a village has households")
}

/// A time-ordered key: orders are numbered as they come.
fn key(order: u64, random: u64) -> CommandId {
    CommandId::from_bits((u128::from(order) << 64) | u128::from(random))
}

fn escrow_key(number: u64) -> AccountKey {
    let owner = named::<verger_domain::id::PartyKind>(&format!("escrow {number}")).bits();
    AccountKey { code: Code::ESCROW, owner }
}

fn fact(
    member: verger_domain::id::PartyId,
    counterparty: verger_domain::id::PartyId,
    kind: EvidenceKind,
    value_minor: i64,
) -> Evidence {
    let (is_counter, order) = (false, None);
    Evidence { counterparty, good: true, is_counter, kind, member, order, value_minor }
}

/// Opens the escrow accounts and fills them from the bank.
fn fund(app: &App, cast: &Cast, escrows: u64) -> Result<(), AppError> {
    const AMOUNT: i64 = 1_000_000_000;
    let mut waiting = Vec::new();
    for number in 0..escrows {
        let account = escrow_key(number);
        let body = Body::OpenAccount { account, label: format!("O-{number}") };
        let name = format!("open {number}");
        waiting.push(app.send(command(cast.village, Actor::System, &name, body))?);
        if waiting.len() > 1000 {
            for pending in waiting.drain(..) {
                pending.wait()?.accepted()?;
            }
        }
    }
    for pending in waiting {
        pending.wait()?.accepted()?;
    }
    let numbers: Vec<u64> = (0..escrows).collect();
    for (chunk, numbers) in numbers.chunks(1000).enumerate() {
        let mut lines: Vec<Line> =
            numbers.iter().map(|number| Line::credit(escrow_key(*number), AMOUNT)).collect();
        let count = i64::try_from(numbers.len()).unwrap_or(0);
        lines.push(Line::debit(AccountKey::village(Code::BANK_ESCROW), AMOUNT * count));
        let purpose = "bench.fund".to_owned();
        let body = Body::Post { effective_on: None, evidence: Vec::new(), lines, purpose };
        let name = format!("fund {chunk}");
        accept(app, command(cast.village, Actor::System, &name, body))?;
    }
    Ok(())
}

/// What a run of clients measured.
#[derive(Clone, Debug, Serialize)]
pub struct Measured {
    /// Clients at once.
    pub clients: usize,
    /// Commands answered.
    pub commands: u64,
    /// Commands a second.
    pub per_second: f64,
    /// The median answer time, in milliseconds.
    pub p50_ms: f64,
    /// The 99th percentile of answer times, in milliseconds.
    pub p99_ms: f64,
}

/// Runs closed-loop clients against a function that answers one command, for some seconds.
///
/// # Errors
/// The first error that a client met.
#[expect(clippy::disallowed_methods, reason = "a load generator measures real time")]
pub async fn run_clients<F, R, E>(clients: usize, seconds: f64, ask: F) -> Result<Measured, E>
where
    F: Fn(usize, u64, u64) -> R + Clone + Send + 'static,
    R: Future<Output = Result<(), E>> + Send,
    E: Send + 'static,
{
    let counter = Arc::new(AtomicU64::new(0));
    let start = Moment::now();
    let end = start + Duration::from_secs_f64(seconds);
    let mut tasks = Vec::new();
    for client in 0..clients {
        let (ask, counter) = (ask.clone(), Arc::clone(&counter));
        tasks.push(tokio::spawn(async move {
            let mut random = ChaCha8Rng::seed_from_u64(u64::try_from(client).unwrap_or(0));
            let mut times: BTreeMap<u32, u64> = BTreeMap::new();
            while Moment::now() < end {
                let order = counter.fetch_add(1, Ordering::Relaxed);
                let asked = Moment::now();
                ask(client, order, random.next_u64()).await?;
                let micros = u32::try_from(asked.elapsed().as_micros()).unwrap_or(u32::MAX);
                // Buckets of one percent keep the memory of a long run small.
                *times.entry(bucket(micros)).or_insert(0) += 1;
            }
            Ok::<_, E>(times)
        }));
    }
    let mut times: BTreeMap<u32, u64> = BTreeMap::new();
    for task in tasks {
        for (micros, count) in task.await.expect("a client does not panic")? {
            *times.entry(micros).or_insert(0) += count;
        }
    }
    let took = start.elapsed().as_secs_f64();
    Ok(measured(clients, took, &times))
}

fn bucket(micros: u32) -> u32 {
    let step = (micros / 100).max(1);
    micros / step * step
}

#[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "figures for people")]
fn measured(clients: usize, seconds: f64, times: &BTreeMap<u32, u64>) -> Measured {
    let commands: u64 = times.values().sum();
    let at = |share: f64| -> f64 {
        let wanted = commands as f64 * share;
        let mut seen = 0;
        for (micros, count) in times {
            seen += count;
            if seen as f64 >= wanted {
                return f64::from(*micros) / 1000.0;
            }
        }
        0.0
    };
    let per_second = commands as f64 / seconds;
    Measured { clients, commands, per_second, p50_ms: at(0.5), p99_ms: at(0.99) }
}
