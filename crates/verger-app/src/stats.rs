//! Counters of the lanes, for metrics. Owns numbers since the start of the process.

use std::sync::atomic::{AtomicU64, Ordering};

/// One number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self, count: usize) {
        self.0.fetch_add(u64::try_from(count).unwrap_or(0), Ordering::Relaxed);
    }

    /// The number.
    pub fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What the lanes have done since the start.
#[derive(Debug, Default)]
pub struct Stats {
    /// Commands accepted and committed.
    pub accepted: Counter,
    /// Commands refused by a rule, with a stored refusal.
    pub refused: Counter,
    /// Transactions committed.
    pub batches: Counter,
    /// Statements of those transactions.
    pub statements: Counter,
    /// Batches tried again.
    pub retries: Counter,
    /// Batches given up because the database could not be written.
    pub unavailable: Counter,
    /// Commands turned away because the queue was full.
    pub busy: Counter,
    /// Commands set aside because they met a fault in the program.
    pub poison: Counter,
}
