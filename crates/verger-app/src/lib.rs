//! Use cases: a command goes to the lane of its cell and comes back answered; questions go to the
//! readers. Owns lanes, idempotency, proofs, tokens, timers, the relay and the check of the books.
//! Must not see axum, HTML or SQL text.
#![warn(missing_docs)]
#![warn(clippy::arithmetic_side_effects, clippy::float_arithmetic)]

mod access;
pub mod catalogue;
pub mod check;
pub mod clock;
mod cooperative;
pub mod credit;
pub mod crew;
mod error;
pub mod households;
mod kept;
mod lane;
mod market;
pub mod pictures;
mod pin;
pub mod policy_file;
mod queue;
mod readers;
mod relay;
pub mod search;
mod secret;
pub mod sign_in;
mod stats;
mod trust;
pub mod weigher;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Condvar, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::oneshot;
use verger_domain::id::{CellId, CommandId, PartyId, VillageId};
use verger_domain::policy::Policy;
use verger_domain::time::Now;
use verger_domain::{Body, Command, Refusal, codec};
use verger_store::{FolderLock, Location, Store, Writer, chain_text};

pub use access::{Caller, NewToken, Role, Seated};
pub use cooperative::BoxStory;
pub use credit::{DecisionTold, LoanHistory, Loans};
pub use error::AppError;
pub use lane::Receipt;
pub use market::{Eyes, OrderLink, SellerSide, Sight, Split, Subject, Viewer};
pub use secret::{Secret, SecretError, webhook_signature};
pub use stats::{Counter, Stats};
pub use trust::{Trust, TrustBoard, Weights};
pub use verger_paper::label::{LotLabel, lot_label};
pub use verger_paper::{card, qr};
pub use verger_store::report;
pub use verger_store::{
    Document, EntryCursor, JournalRow, Named, PartyFilter, PartyView, PictureSize, Reader, Stars,
    StoreError,
};

use clock::{Calendar, Clock};
use lane::{Job, Lane, Shared};
use queue::Queue;
use readers::Readers;

/// What an app is made of.
pub struct Config {
    /// Where the books are.
    pub store: Store,
    /// Where moments come from.
    pub clock: Arc<dyn Clock>,
    /// The programme policy that new villages start under.
    pub policy: Policy,
    /// The deployment's secret.
    pub secret: Secret,
    /// The most commands in one transaction.
    pub batch_max: usize,
    /// The most commands waiting for one lane.
    pub queue_max: usize,
    /// Reading connections.
    pub readers: usize,
}

impl Config {
    /// The usual sizes, measured in `15-storage` 6.2.
    pub fn new(store: Store, clock: Arc<dyn Clock>, policy: Policy, secret: Secret) -> Self {
        Self { store, clock, policy, secret, batch_max: 1024, queue_max: 4096, readers: 2 }
    }
}

/// The running application. Cheap to clone; the last clone to go should be closed.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    policy: Arc<Policy>,
    secret: Secret,
    shared: Shared,
    lanes: Vec<Arc<Queue<Job>>>,
    readers: Readers,
    kept: Arc<kept::AllKept>,
    routes: RwLock<BTreeMap<VillageId, CellId>>,
    pictures: pictures::Desk,
    pin_checks: Mutex<BTreeSet<PartyId>>,
    threads: Mutex<Threads>,
}

#[derive(Default)]
struct Threads {
    lanes: Vec<JoinHandle<Writer>>,
    relay: Option<JoinHandle<()>>,
    lease: Option<JoinHandle<()>>,
    lease_end: Arc<LeaseEnd>,
    /// Held until the app is closed.
    _lock: Option<FolderLock>,
}

#[derive(Default)]
struct LeaseEnd {
    is_over: Mutex<bool>,
    wake: Condvar,
}

/// A command on its way; wait for it in a task or on a thread.
pub struct Pending {
    answer: oneshot::Receiver<Result<Receipt, AppError>>,
    key: CommandId,
}

impl Pending {
    /// Waits in a task.
    ///
    /// # Errors
    /// What the lane answered instead of a receipt.
    pub async fn answer(self) -> Result<Receipt, AppError> {
        let key = self.key;
        self.answer.await.unwrap_or_else(|_| Err(lost(key)))
    }

    /// Waits on a thread that is not part of an async runtime.
    ///
    /// # Errors
    /// What the lane answered instead of a receipt.
    pub fn wait(self) -> Result<Receipt, AppError> {
        let key = self.key;
        self.answer.blocking_recv().unwrap_or_else(|_| Err(lost(key)))
    }
}

fn lost(key: CommandId) -> AppError {
    AppError::Unavailable { reason: format!("the lane of {key} has stopped") }
}

impl App {
    /// Opens the books for writing: takes the lock, brings the schema up to date, claims every
    /// cell, starts lanes, readers and the relay.
    ///
    /// # Errors
    /// When the place cannot be used, is of another program, or belongs to another process.
    pub fn open(config: Config) -> Result<Self, StoreError> {
        let Config { store, clock, policy, secret, batch_max, queue_max, readers } = config;
        let bad_zone = |error: jiff::Error| StoreError::Decode {
            table: "policy",
            what: format!("programme.time_zone: {error}"),
        };
        let calendar = Calendar::new(&policy.programme.time_zone).map_err(bad_zone)?;
        let lock = store.lock()?;
        store.migrate()?;
        // On PostgreSQL two executors keep two cores busy; SQLite has one writer by nature.
        let is_embedded = !matches!(store.location(), Location::Postgres(_));
        let lane_count = if is_embedded { 1 } else { 2 };
        let cells: Vec<CellId> = CellId::all().collect();
        let mut first = store.writer()?;
        let owner = if is_embedded { "embedded".to_owned() } else { secret::random_name() };
        first.claim(&cells, &owner, clock.now())?;
        let stats = Arc::new(Stats::default());
        let relay = Arc::new(relay::Bell::default());
        let queue = Arc::new(Queue::new(queue_max));
        let cells_of = |lane: usize| -> BTreeSet<CellId> {
            cells.iter().copied().filter(|cell| lane_of(*cell, lane_count) == lane).collect()
        };
        let cells = BTreeSet::new();
        let shared = Shared { queue, clock, calendar, stats, relay, batch_max, cells };
        let readers = Readers::open(&store, readers)?;
        let routes = RwLock::new(store.reader()?.routes()?);
        let mut threads = Threads { _lock: Some(lock), ..Threads::default() };
        let mut queues = Vec::with_capacity(lane_count);
        for lane in 0..lane_count {
            let queue = Arc::new(Queue::new(queue_max));
            let mut writer = store.writer()?;
            writer.share_claim(&first);
            let cells = cells_of(lane);
            let lane_shared = Shared { queue: Arc::clone(&queue), cells, ..shared.clone() };
            let lane = Lane::new(lane_shared, writer);
            threads.lanes.push(std::thread::spawn(move || lane.run()));
            queues.push(queue);
        }
        let mut relay_writer = store.writer()?;
        relay_writer.share_claim(&first);
        if !is_embedded {
            threads.lease = Some(keep_lease(first, &shared, &threads.lease_end));
        }
        let policy = Arc::new(policy);
        let (lanes, pin_checks) = (queues, Mutex::new(BTreeSet::new()));
        let (threads, pictures) = (Mutex::new(threads), pictures::Desk::default());
        let app = Self {
            inner: Arc::new(Inner {
                store,
                policy,
                secret,
                shared,
                lanes,
                readers,
                kept: Arc::default(),
                routes,
                pictures,
                pin_checks,
                threads,
            }),
        };
        let (relay_app, bell) = (app.clone(), Arc::clone(&app.inner.shared.relay));
        let relay = std::thread::spawn(move || relay::run(&relay_app, relay_writer, &bell));
        app.threads().relay = Some(relay);
        Ok(app)
    }

    /// Holds messages back until [`Self::deliver_messages`] asks for them, or lets them go by themselves
    /// again. Whoever replays a story to the byte decides when news arrives.
    pub fn hold_messages(&self, is_held: bool) {
        self.inner.shared.relay.hold(is_held);
        if is_held {
            self.deliver_messages();
        }
    }

    /// Delivers what waits for delivery, and comes back when that is done or has failed.
    pub fn deliver_messages(&self) {
        self.inner.shared.relay.deliver();
    }

    /// Finishes what waits, gives the lease and the lock back, and stops every thread.
    pub fn close(&self) {
        let mut threads = std::mem::take(&mut *self.threads());
        self.inner.shared.relay.close();
        join(threads.relay.take(), "relay");
        for queue in &self.inner.lanes {
            queue.close();
        }
        for lane in threads.lanes.drain(..) {
            join(Some(lane), "lane");
        }
        *threads.lease_end.is_over.lock().unwrap_or_else(PoisonError::into_inner) = true;
        threads.lease_end.wake.notify_all();
        join(threads.lease.take(), "lease");
    }

    /// Sends a command to its lane.
    ///
    /// # Errors
    /// [`AppError::Busy`] when the lane is full, [`AppError::VillageUnknown`] without a village.
    pub fn send(&self, command: Command) -> Result<Pending, AppError> {
        let village = command.village;
        let (cell, is_new) = self.route(&command)?;
        let (reply, answer) = oneshot::channel();
        let (key, body_hash) = (command.id, command.body_hash());
        let job = Job { command, body_hash, reply: Some(reply) };
        let lanes = &self.inner.lanes;
        let queue = lanes.get(lane_of(cell, lanes.len())).expect("an app has at least one lane");
        if queue.push(cell, job).is_err() {
            if is_new {
                self.forget_route(village);
            }
            self.inner.shared.stats.busy.add(1);
            return Err(AppError::Busy);
        }
        Ok(Pending { answer, key })
    }

    /// Sends a command and waits for its answer in a task.
    ///
    /// # Errors
    /// As [`App::send`] and [`Pending::answer`]. A refusal is a receipt, not an error: see
    /// [`Receipt::accepted`].
    pub async fn submit(&self, command: Command) -> Result<Receipt, AppError> {
        let is_registration = matches!(command.body, Body::RegisterVillage { .. });
        let village = command.village;
        let answer = self.send(command)?.answer().await;
        self.keep_or_forget(is_registration, village, &answer);
        answer
    }

    /// Sends a command and waits for its answer on this thread.
    ///
    /// # Errors
    /// As [`App::submit`].
    pub fn submit_blocking(&self, command: Command) -> Result<Receipt, AppError> {
        let is_registration = matches!(command.body, Body::RegisterVillage { .. });
        let village = command.village;
        let answer = self.send(command)?.wait();
        self.keep_or_forget(is_registration, village, &answer);
        answer
    }

    /// Asks a question about a village, in a task.
    ///
    /// # Errors
    /// When the village is not known or the store fails.
    pub async fn ask<T: Send + 'static>(
        &self,
        village: VillageId,
        question: impl FnOnce(&mut Reader, CellId) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, AppError> {
        let cell = self.cell_of(village)?;
        let answer = self.inner.readers.ask(move |reader| question(reader, cell));
        answer.await.unwrap_or_else(|_| Err(reader_gone()))
    }

    /// Asks a question about a village, on this thread.
    ///
    /// # Errors
    /// As [`App::ask`].
    pub fn ask_blocking<T: Send + 'static>(
        &self,
        village: VillageId,
        question: impl FnOnce(&mut Reader, CellId) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, AppError> {
        let cell = self.cell_of(village)?;
        let answer = self.inner.readers.ask(move |reader| question(reader, cell));
        answer.blocking_recv().unwrap_or_else(|_| Err(reader_gone()))
    }

    /// The villages this app knows, with their cells.
    pub fn villages(&self) -> BTreeMap<VillageId, CellId> {
        self.inner.routes.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The cell of a village.
    ///
    /// # Errors
    /// [`AppError::VillageUnknown`].
    pub fn cell_of(&self, village: VillageId) -> Result<CellId, AppError> {
        let routes = self.inner.routes.read().unwrap_or_else(PoisonError::into_inner);
        routes.get(&village).copied().ok_or(AppError::VillageUnknown { village })
    }

    /// Now, with the programme's business day.
    pub fn now(&self) -> Now {
        self.inner.shared.calendar.at(self.inner.shared.clock.now())
    }

    /// The programme's calendar.
    pub fn calendar(&self) -> &Calendar {
        &self.inner.shared.calendar
    }

    /// The policy that new villages start under.
    pub fn policy(&self) -> &Policy {
        &self.inner.policy
    }

    /// The policy in force in a village; the one that new villages start under where there is no such
    /// village.
    ///
    /// # Errors
    /// When the books cannot be read.
    pub async fn policy_in_force(&self, village: VillageId) -> Result<Policy, AppError> {
        let found = self.ask(village, move |reader, cell| reader.policy_in_force(cell, village));
        Ok(found.await?.unwrap_or_else(|| self.policy().clone()))
    }

    /// The deployment's secret.
    pub fn secret(&self) -> &Secret {
        &self.inner.secret
    }

    /// Counters since the start.
    pub fn stats(&self) -> &Stats {
        &self.inner.shared.stats
    }

    /// How many commands wait in all lanes.
    pub fn waiting(&self) -> usize {
        self.inner.lanes.iter().map(|queue| queue.len()).sum()
    }

    /// How many commands may wait in one lane; with more the answer is [`AppError::Busy`].
    pub fn queue_max(&self) -> usize {
        self.inner.shared.queue.capacity()
    }

    /// Where the books are.
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), AppError> {
        let answer = self.inner.readers.ask(Reader::ping);
        answer.await.unwrap_or_else(|_| Err(reader_gone()))
    }

    fn threads(&self) -> std::sync::MutexGuard<'_, Threads> {
        self.inner.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The cell of a command's village. A village being registered gets the cell of its county, so
    /// that neighbours trade within one cell; the second value says that the route is new.
    fn route(&self, command: &Command) -> Result<(CellId, bool), AppError> {
        if let Body::SendMoney { to_village, .. } = &command.body {
            // Money for a village that is not there would wait for ever.
            self.cell_of(*to_village)?;
        }
        let Body::RegisterVillage { village, .. } = &command.body else {
            return Ok((self.cell_of(command.village)?, false));
        };
        let mut routes = self.inner.routes.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(cell) = routes.get(&command.village) {
            return Ok((*cell, false));
        }
        let [high, low, ..] = codec::sha256(village.county.as_bytes());
        let number = u16::from_be_bytes([high, low]).checked_rem(CellId::COUNT).unwrap_or(0);
        let cell = CellId::new(number).expect("a remainder is below the count");
        routes.insert(command.village, cell);
        Ok((cell, true))
    }

    fn keep_or_forget(
        &self,
        is_registration: bool,
        village: VillageId,
        answer: &Result<Receipt, AppError>,
    ) {
        // A village that exists already keeps its route as well.
        let is_kept = answer.as_ref().is_ok_and(|receipt| {
            use verger_domain::refusal::PartyRefusal::VillageExists;
            let refusal = receipt.record.refusal.as_ref();
            refusal.is_none_or(|refusal| matches!(refusal, Refusal::Party(VillageExists { .. })))
        });
        if is_registration && !is_kept {
            self.forget_route(village);
        }
    }

    fn forget_route(&self, village: VillageId) {
        let mut routes = self.inner.routes.write().unwrap_or_else(PoisonError::into_inner);
        routes.remove(&village);
    }
}

/// Which of `count` lanes serves a cell.
fn lane_of(cell: CellId, count: usize) -> usize {
    usize::from(cell.number()).checked_rem(count).unwrap_or(0)
}

fn reader_gone() -> AppError {
    AppError::Unavailable { reason: "the readers have stopped".to_owned() }
}

fn join<T>(thread: Option<JoinHandle<T>>, name: &str) {
    if let Some(thread) = thread
        && thread.join().is_err()
    {
        tracing::error!(name, "a thread panicked");
    }
}

/// Renews the claim on the cells until the app closes, then gives it up.
fn keep_lease(mut writer: Writer, shared: &Shared, end: &Arc<LeaseEnd>) -> JoinHandle<()> {
    const PAUSE: Duration = Duration::from_secs(3);
    let (clock, end) = (Arc::clone(&shared.clock), Arc::clone(end));
    std::thread::spawn(move || {
        loop {
            let over = end.is_over.lock().unwrap_or_else(PoisonError::into_inner);
            let waited = end.wake.wait_timeout_while(over, PAUSE, |is_over| !*is_over);
            let (over, _) = waited.unwrap_or_else(PoisonError::into_inner);
            let is_over = *over;
            drop(over);
            let now = (!is_over).then(|| clock.now());
            if let Err(error) = writer.renew(now) {
                tracing::error!(error = chain_text(&error), "the lease cannot be renewed");
                // A lost connection is had again for the next try.
                let _ = writer.rollback();
            }
            if is_over {
                return;
            }
        }
    })
}
