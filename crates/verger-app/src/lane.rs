//! A lane: one thread, one writing connection, many commands a transaction ("group commit"). Owns
//! idempotency, batches, retries and the isolation of a poison command; decides nothing itself.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use verger_domain::codec::{self, Hash};
use verger_domain::effect::{Timer, TimerKind};
use verger_domain::id::{CellId, CommandId, HoldId, VillageId};
use verger_domain::time::{Instant, Now};
use verger_domain::{Actor, Body, Command, Effect, Reads, Record, State, decide, reads};
use verger_store::{Class, Head, Sealed, StoreError, Writer, chain_text};

use crate::clock::{Calendar, Clock};
use crate::error::AppError;
use crate::queue::{Queue, Taken};
use crate::stats::Stats;

/// The answer to a command: its record, which says what was done or why not.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// The record in the journal.
    pub record: Arc<Record>,
    /// Whether the command had been answered before; this is the same answer again.
    pub is_replay: bool,
}

impl Receipt {
    /// The record, if the command was accepted.
    ///
    /// # Errors
    /// [`AppError::Refused`] with the stored refusal.
    pub fn accepted(&self) -> Result<&Record, AppError> {
        match &self.record.refusal {
            None => Ok(&self.record),
            Some(refusal) => Err(AppError::Refused(refusal.clone())),
        }
    }
}

/// A command on its way through a lane.
pub(crate) struct Job {
    pub(crate) command: Command,
    pub(crate) body_hash: Hash,
    pub(crate) reply: Option<oneshot::Sender<Result<Receipt, AppError>>>,
}

impl Job {
    fn answer(&mut self, answer: Result<Receipt, AppError>) {
        if let Some(reply) = self.reply.take() {
            // The asker may have gone away; the answer stays in the journal.
            let _ = reply.send(answer);
        }
    }
}

/// What a lane shares with the app.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) queue: Arc<Queue<Job>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) calendar: Calendar,
    pub(crate) stats: Arc<Stats>,
    /// Wakes the relay after a commit that queued messages to other villages.
    pub(crate) relay: Arc<crate::relay::Bell>,
    /// The most commands in one transaction.
    pub(crate) batch_max: usize,
    /// The cells whose commands come to this lane.
    pub(crate) cells: BTreeSet<CellId>,
}

/// One lane. [`Lane::run`] is its thread.
pub(crate) struct Lane {
    shared: Shared,
    writer: Writer,
    next_due: BTreeMap<CellId, Instant>,
    is_dirty: bool,
}

/// Why an attempt at a batch stored nothing.
enum Failure {
    Store(StoreError),
    /// The command at this place broke an invariant while it was applied.
    Poison(usize),
    /// The lane's own code panicked.
    Panic,
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

const TIMERS_A_BATCH: u32 = 1024;
const TRIES_MAX: u32 = 10;
const QUIET: Duration = Duration::from_millis(200);

impl Lane {
    pub(crate) fn new(shared: Shared, writer: Writer) -> Self {
        Self { shared, writer, next_due: BTreeMap::new(), is_dirty: false }
    }

    /// Serves until the queue is closed and empty; gives the connection back.
    pub(crate) fn run(mut self) -> Writer {
        match self.writer.next_due() {
            Ok(mut due) => {
                due.retain(|cell, _| self.shared.cells.contains(cell));
                self.next_due = due;
            }
            Err(error) => tracing::error!(error = chain_text(&error), "timers cannot be read"),
        }
        loop {
            match self.shared.queue.take(self.shared.batch_max, self.patience()) {
                Taken::Batch(cell, mut jobs) => {
                    self.run_due(cell);
                    self.run_batch(cell, &mut jobs);
                }
                Taken::Quiet => self.quiet(),
                Taken::Closed => break,
            }
        }
        self.tidy_up();
        self.writer
    }

    // Sleeps no longer than until the next timer.
    fn patience(&self) -> Duration {
        let now = self.shared.clock.now().micros();
        let next = self.next_due.values().min().map(|due| due.micros().saturating_sub(now));
        let micros = next.and_then(|micros| u64::try_from(micros).ok());
        micros.map_or(QUIET, |micros| Duration::from_micros(micros.max(1000))).min(QUIET)
    }

    fn quiet(&mut self) {
        let cells: Vec<CellId> = self.next_due.keys().copied().collect();
        for cell in cells {
            self.run_due(cell);
        }
        self.tidy_up();
    }

    fn tidy_up(&mut self) {
        if std::mem::take(&mut self.is_dirty)
            && let Err(error) = self.writer.idle()
        {
            tracing::warn!(error = chain_text(&error), "the quiet moment's work failed");
        }
    }

    /// Runs every timer of the cell that is due, in its order, before anything else may happen.
    fn run_due(&mut self, cell: CellId) {
        while self.next_due.get(&cell).is_some_and(|due| *due <= self.shared.clock.now()) {
            let now = self.shared.clock.now();
            let timers = match self.writer.due_timers(cell, now, TIMERS_A_BATCH) {
                Ok(timers) => timers,
                Err(error) => {
                    tracing::error!(error = chain_text(&error), "timers cannot be read");
                    return self.wait_for_timers(cell);
                }
            };
            let is_last = timers.len() < usize::try_from(TIMERS_A_BATCH).unwrap_or(0);
            let mut jobs: Vec<Job> = timers.into_iter().map(timer_job).collect();
            let count = jobs.len();
            if !jobs.is_empty() && !self.run_batch(cell, &mut jobs) {
                return self.wait_for_timers(cell);
            }
            if is_last || count == 0 {
                self.refresh_due(cell);
                return;
            }
        }
    }

    /// Looks at the cell's timers again in a second, on a connection that works by then.
    fn wait_for_timers(&mut self, cell: CellId) {
        if let Err(error) = self.writer.rollback() {
            tracing::warn!(error = chain_text(&error), "the database does not answer yet");
        }
        self.next_due.insert(cell, self.shared.clock.now().plus_seconds(1));
    }

    fn refresh_due(&mut self, cell: CellId) {
        match self.writer.next_due() {
            Ok(mut due) => match due.remove(&cell) {
                // A timer that is due and did not run is tried again in a second, not at once.
                Some(at) => {
                    let now = self.shared.clock.now();
                    let next = if at <= now { now.plus_seconds(1) } else { at };
                    self.next_due.insert(cell, next);
                }
                None => drop(self.next_due.remove(&cell)),
            },
            Err(error) => tracing::error!(error = chain_text(&error), "timers cannot be read"),
        }
    }

    /// Runs a batch to its answers, whatever it takes. Returns whether all of it was committed.
    fn run_batch(&mut self, cell: CellId, jobs: &mut [Job]) -> bool {
        let mut tries = 0_u32;
        loop {
            // Whatever panics outside the rules is found like a breach of the database: by halving.
            let attempted = catch_unwind(AssertUnwindSafe(|| self.attempt(cell, jobs)));
            let failure = match attempted.unwrap_or(Err(Failure::Panic)) {
                Ok(answers) => {
                    for (job, answer) in jobs.iter_mut().zip(answers) {
                        job.answer(answer);
                    }
                    return true;
                }
                Err(failure) => failure,
            };
            let undone = self.writer.rollback();
            tries = tries.saturating_add(1);
            match failure {
                Failure::Poison(index) => return self.set_aside(cell, jobs, index),
                Failure::Panic => return self.bisect(cell, jobs, "the lane panicked"),
                Failure::Store(error) => match error.class() {
                    Class::Retry | Class::Unknown if tries <= TRIES_MAX => {
                        tracing::warn!(error = chain_text(&error), tries, "a batch is tried again");
                        self.shared.stats.retries.add(1);
                        back_off(tries);
                    }
                    Class::Bug => return self.bisect(cell, jobs, &chain_text(&error)),
                    Class::Retry | Class::Unknown | Class::Stop => {
                        let reason = chain_text(undone.as_ref().err().unwrap_or(&error));
                        return self.give_up(jobs, &reason);
                    }
                },
            }
        }
    }

    fn give_up(&self, jobs: &mut [Job], reason: &str) -> bool {
        tracing::error!(reason, commands = jobs.len(), "a batch cannot be written");
        self.shared.stats.unavailable.add(1);
        for job in jobs {
            job.answer(Err(AppError::Unavailable { reason: reason.to_owned() }));
        }
        false
    }

    fn set_aside(&mut self, cell: CellId, jobs: &mut [Job], index: usize) -> bool {
        let (before, rest) = jobs.split_at_mut(index);
        let Some((poison, after)) = rest.split_first_mut() else { return false };
        self.incident(poison, "it broke an invariant while it was applied");
        let is_done = before.is_empty() || self.run_batch(cell, before);
        (after.is_empty() || self.run_batch(cell, after)) && is_done
    }

    /// The database refused the batch: halves it until the command that breaks a rule is alone.
    fn bisect(&mut self, cell: CellId, jobs: &mut [Job], reason: &str) -> bool {
        if let [poison] = jobs {
            self.incident(poison, reason);
            return false;
        }
        let (left, right) = jobs.split_at_mut(jobs.len() / 2);
        let is_left_done = self.run_batch(cell, left);
        self.run_batch(cell, right) && is_left_done
    }

    fn incident(&self, job: &mut Job, reason: &str) {
        let (incident, kind) = (job.command.id, job.command.body.kind());
        tracing::error!(%incident, kind, reason, "a poison command was set aside");
        self.shared.stats.poison.add(1);
        job.answer(Err(AppError::Incident { incident }));
    }

    /// One transaction: lock, load, decide each in turn, write back, commit.
    fn attempt(
        &mut self,
        cell: CellId,
        jobs: &[Job],
    ) -> Result<Vec<Result<Receipt, AppError>>, Failure> {
        let mut state = State::default();
        let (mut head, stored) = self.load(cell, jobs, &mut state)?;
        let mut known: BTreeMap<CommandId, Arc<Record>> =
            stored.into_iter().map(|record| (record.key, Arc::new(record))).collect();
        let now = self.now(&head);
        let mut sealed = Vec::with_capacity(jobs.len());
        let mut answers = Vec::with_capacity(jobs.len());
        for (index, job) in jobs.iter().enumerate() {
            if let Some(record) = known.get(&job.command.id) {
                answers.push(repeat(&job.body_hash, record));
                continue;
            }
            // A command before it in the batch may have made what this one is about.
            self.load_more(cell, std::slice::from_ref(job), &mut state)?;
            let Some(record) = decide_one(&state, job, now, &head) else {
                answers.push(Err(AppError::Incident { incident: job.command.id }));
                self.shared.stats.poison.add(1);
                continue;
            };
            let applied = catch_unwind(AssertUnwindSafe(|| state.apply(&record)));
            applied.map_err(|_| Failure::Poison(index))?;
            let one = Sealed::new(record, &head.chain);
            head.seq = one.record.seq;
            head.chain = one.chain;
            head.at = now.at;
            let record = Arc::new(one.record.clone());
            known.insert(record.key, Arc::clone(&record));
            answers.push(Ok(Receipt { record, is_replay: false }));
            sealed.push(one);
        }
        if sealed.is_empty() {
            self.writer.rollback()?;
        } else {
            self.writer.commit(&head, &state, &sealed)?;
            self.shared.stats.statements.add(self.writer.statements());
            self.after_commit(cell, &state, &sealed);
        }
        Ok(answers)
    }

    fn load(
        &mut self,
        cell: CellId,
        jobs: &[Job],
        state: &mut State,
    ) -> Result<(Head, Vec<Record>), StoreError> {
        let keys: Vec<CommandId> = jobs.iter().map(|job| job.command.id).collect();
        let opened = self.writer.begin(cell, &keys, &wanted(jobs, state), state)?;
        self.load_more(cell, jobs, state)?;
        Ok(opened)
    }

    /// Loads what the commands want as the state is now, until they want nothing more.
    fn load_more(
        &mut self,
        cell: CellId,
        jobs: &[Job],
        state: &mut State,
    ) -> Result<(), StoreError> {
        loop {
            let more = wanted(jobs, state);
            if more.is_empty() {
                return Ok(());
            }
            self.writer.load(cell, &more, state)?;
        }
    }

    // A cell's time never goes back, whatever the machine's clock does.
    fn now(&self, head: &Head) -> Now {
        self.shared.calendar.at(self.shared.clock.now().max(head.at))
    }

    fn after_commit(&mut self, cell: CellId, state: &State, sealed: &[Sealed]) {
        self.is_dirty = true;
        let new_timers = state.timer.changes().filter(|(_, row)| row.is_some());
        if let Some(first) = new_timers.map(|(timer, _)| timer.due_at).min() {
            let due = self.next_due.entry(cell).or_insert(first);
            *due = first.min(*due);
        }
        if !state.appended.messages.is_empty() {
            self.shared.relay.ring();
        }
        let stats = &self.shared.stats;
        let refused = sealed.iter().filter(|one| one.record.refusal.is_some()).count();
        stats.batches.add(1);
        stats.refused.add(refused);
        stats.accepted.add(sealed.len().saturating_sub(refused));
    }
}

// Waits longer after each try: ten tries take two seconds.
/// The rows that these commands want and the state does not have.
fn wanted(jobs: &[Job], state: &State) -> Reads {
    let mut wanted = Reads::default();
    for job in jobs {
        reads(&job.command, state, &mut wanted);
    }
    wanted
}

fn back_off(tries: u32) {
    let millis = 5_u64.saturating_mul(1 << tries.min(6)).min(200);
    std::thread::park_timeout(Duration::from_millis(millis));
}

/// The stored answer again, or the refusal of a key that was used for something else.
pub(crate) fn repeat(body_hash: &Hash, record: &Arc<Record>) -> Result<Receipt, AppError> {
    if record.body_hash == *body_hash {
        return Ok(Receipt { record: Arc::clone(record), is_replay: true });
    }
    Err(AppError::KeyReused { key: record.key })
}

/// Decides one command and makes its record; `None` when the rules themselves panicked.
fn decide_one(state: &State, job: &Job, now: Now, head: &Head) -> Option<Record> {
    let command = &job.command;
    let decided = catch_unwind(AssertUnwindSafe(|| decide(state, command, now)));
    let (effects, refusal): (Vec<Effect>, _) = match decided {
        Ok(Ok(effects)) => (effects, None),
        Ok(Err(refusal)) => (Vec::new(), Some(refusal)),
        Err(_) => {
            let (incident, kind) = (command.id, command.body.kind());
            tracing::error!(%incident, kind, "a command made the rules panic");
            return None;
        }
    };
    Some(Record {
        actor: command.actor,
        at: now.at,
        body_hash: job.body_hash,
        cell: head.cell,
        effects,
        key: command.id,
        kind: command.body.kind().to_owned(),
        refusal,
        seq: head.seq.checked_add(1)?,
        village: command.village,
    })
}

/// The clock's command for a timer. Its key is made of the timer, so that it happens once.
fn timer_job((timer, village): (Timer, VillageId)) -> Job {
    let name = codec::sha256(&codec::to_bytes(&timer));
    let mut bits = [0; 16];
    bits.copy_from_slice(name.split_at(16).0);
    let body = match timer.kind {
        TimerKind::ExpireHold => {
            Body::ExpireHold { due_at: timer.due_at, hold: HoldId::from_bits(timer.subject) }
        }
        _ => Body::TimeOut { timer },
    };
    let id = CommandId::from_bytes(bits);
    let command = Command { id, village, actor: Actor::Clock, body };
    Job { body_hash: command.body_hash(), command, reply: None }
}
