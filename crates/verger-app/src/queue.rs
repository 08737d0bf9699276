//! The bounded queue in front of a lane. Owns order and fairness between cells; must not run
//! anything.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use verger_domain::id::CellId;

/// What a lane finds when it looks.
pub(crate) enum Taken<J> {
    /// Everything that waits for one cell, up to the limit.
    Batch(CellId, Vec<J>),
    /// Nothing came within the time.
    Quiet,
    /// The queue is closed and empty.
    Closed,
}

/// Jobs by cell; the cell that waits longest is served first.
pub(crate) struct Queue<J> {
    inner: Mutex<Inner<J>>,
    wake: Condvar,
    capacity: usize,
}

struct Inner<J> {
    jobs: BTreeMap<CellId, VecDeque<J>>,
    order: VecDeque<CellId>,
    count: usize,
    is_closed: bool,
}

impl<J> Queue<J> {
    pub(crate) fn new(capacity: usize) -> Self {
        let (jobs, order) = (BTreeMap::new(), VecDeque::new());
        let inner = Mutex::new(Inner { jobs, order, count: 0, is_closed: false });
        Self { inner, wake: Condvar::new(), capacity }
    }

    /// How many jobs it holds at most.
    pub(crate) const fn capacity(&self) -> usize {
        self.capacity
    }

    /// Adds a job, or gives it back when the queue is full or closed.
    pub(crate) fn push(&self, cell: CellId, job: J) -> Result<(), J> {
        let mut inner = self.lock();
        if inner.count >= self.capacity || inner.is_closed {
            return Err(job);
        }
        inner.count = inner.count.saturating_add(1);
        let waiting = inner.jobs.entry(cell).or_default();
        waiting.push_back(job);
        if waiting.len() == 1 {
            inner.order.push_back(cell);
        }
        drop(inner);
        self.wake.notify_one();
        Ok(())
    }

    /// Waits up to `patience` for jobs and takes what waits for one cell, at most `max`.
    pub(crate) fn take(&self, max: usize, patience: Duration) -> Taken<J> {
        let is_waiting = |inner: &mut Inner<J>| inner.order.is_empty() && !inner.is_closed;
        let waited = self.wake.wait_timeout_while(self.lock(), patience, is_waiting);
        let (mut inner, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let Some(cell) = inner.order.pop_front() else {
            return if inner.is_closed { Taken::Closed } else { Taken::Quiet };
        };
        let mut waiting = inner.jobs.remove(&cell).unwrap_or_default();
        let rest = waiting.split_off(max.min(waiting.len()));
        if !rest.is_empty() {
            inner.jobs.insert(cell, rest);
            inner.order.push_back(cell);
        }
        inner.count = inner.count.saturating_sub(waiting.len());
        Taken::Batch(cell, waiting.into())
    }

    /// Lets the lane finish what waits and then stop; nothing more is accepted.
    pub(crate) fn close(&self) {
        self.lock().is_closed = true;
        self.wake.notify_all();
    }

    /// How many jobs wait.
    pub(crate) fn len(&self) -> usize {
        self.lock().count
    }

    fn lock(&self) -> MutexGuard<'_, Inner<J>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
