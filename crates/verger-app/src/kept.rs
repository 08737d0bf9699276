//! What takes many rows to answer, kept until something is written: pages of a village that rests are
//! asked for again and again. Owns what is kept and until when; what it says is the store's.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use verger_domain::id::{CellId, PartyId, VillageId};
use verger_domain::ledger::Code;
use verger_domain::market::{Listing, ListingPhase, OrderPhase, Pool, PoolPhase};
use verger_domain::time::{Date, Instant};
use verger_store::report::{Place, SeasonRow};
use verger_store::{Reader, StoreError};

use crate::App;
use crate::credit::Loans;
use crate::error::AppError;
use crate::trust::{Trust, TrustBoard};

/// Sums of a kind that are kept at once; beyond it all are made anew.
const KEPT_MAX: usize = 64;

/// Sums of one kind by what was asked, each with the number of the last record that it saw.
pub(crate) struct Kept<K, V> {
    sums: Mutex<BTreeMap<K, (u64, Arc<V>)>>,
}

impl<K, V> Default for Kept<K, V> {
    fn default() -> Self {
        Self { sums: Mutex::default() }
    }
}

impl<K: Ord, V> Kept<K, V> {
    /// What is kept, or what is made now if a record came since.
    pub(crate) fn get(
        &self,
        (reader, cell): (&mut Reader, CellId),
        key: K,
        make: impl FnOnce(&mut Reader, &K) -> Result<V, StoreError>,
    ) -> Result<Arc<V>, StoreError> {
        // Read before the sums: at worst they have seen more, and are made anew too early.
        let seq = reader.head(cell)?.seq;
        let all = || self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, sum)) = all().get(&key).filter(|(seen, _)| *seen == seq) {
            return Ok(Arc::clone(sum));
        }
        let sum = Arc::new(make(reader, &key)?);
        let mut sums = all();
        if sums.len() >= KEPT_MAX {
            sums.clear();
        }
        sums.insert(key, (seq, Arc::clone(&sum)));
        Ok(sum)
    }
}

/// Everything that is kept.
#[derive(Default)]
pub(crate) struct AllKept {
    seasons: Kept<(VillageId, Vec<Instant>), Vec<SeasonRow>>,
    balances: Kept<VillageId, BTreeMap<Code, i64>>,
    orders: Kept<VillageId, BTreeMap<OrderPhase, i64>>,
    listings: Kept<VillageId, Vec<Listing>>,
    pools: Kept<VillageId, Vec<Pool>>,
    /// By the day they are worth something on.
    pub(crate) loans: Kept<(VillageId, Date), Loans>,
    /// By the household and the day they are of; none without the village's policy.
    pub(crate) trust: Kept<(PartyId, Date), Option<Arc<Trust>>>,
    /// By the day they are of.
    pub(crate) boards: Kept<(VillageId, Date), TrustBoard>,
}

impl AllKept {
    /// The posted balances of a village by code, within a question.
    pub(crate) fn balance(
        &self,
        (reader, cell): (&mut Reader, CellId),
        village: VillageId,
    ) -> Result<Arc<BTreeMap<Code, i64>>, StoreError> {
        self.balances
            .get((reader, cell), village, |reader, village| reader.trial_balance(cell, *village))
    }
}

impl App {
    /// What was placed between each two of these moments, as [`Reader::season`] says it.
    ///
    /// # Errors
    /// As [`App::ask`].
    pub async fn season(
        &self,
        village: VillageId,
        edges: Vec<Instant>,
    ) -> Result<Arc<Vec<SeasonRow>>, AppError> {
        let kept = Arc::clone(&self.inner.kept);
        let asked = self.ask(village, move |reader, cell| {
            kept.seasons.get((reader, cell), (village, edges), |reader, (village, edges)| {
                reader.season(Place { cell, village: *village }, edges)
            })
        });
        asked.await
    }

    /// How many orders of a village are in each phase, as [`Reader::orders_by_phase`] says it.
    ///
    /// # Errors
    /// As [`App::ask`].
    pub async fn orders_by_phase(
        &self,
        village: VillageId,
    ) -> Result<Arc<BTreeMap<OrderPhase, i64>>, AppError> {
        let kept = Arc::clone(&self.inner.kept);
        let asked = self.ask(village, move |reader, cell| {
            kept.orders.get((reader, cell), village, |reader, village| {
                reader.orders_by_phase(cell, *village)
            })
        });
        asked.await
    }

    /// The posted balances of a village by code, as [`Reader::trial_balance`] says them.
    ///
    /// # Errors
    /// As [`App::ask`].
    pub async fn trial_balance(
        &self,
        village: VillageId,
    ) -> Result<Arc<BTreeMap<Code, i64>>, AppError> {
        let kept = Arc::clone(&self.inner.kept);
        let asked = self.ask(village, move |reader, cell| kept.balance((reader, cell), village));
        asked.await
    }

    /// What a village sells or has sold, as strangers may see it; at most some hundreds.
    ///
    /// # Errors
    /// As [`App::ask`].
    pub async fn public_listings(&self, village: VillageId) -> Result<Arc<Vec<Listing>>, AppError> {
        const LISTINGS_MAX: u32 = 500;
        const PHASES: [ListingPhase; 3] =
            [ListingPhase::Live, ListingPhase::Paused, ListingPhase::Ended];
        let kept = Arc::clone(&self.inner.kept);
        let asked = self.ask(village, move |reader, cell| {
            kept.listings.get((reader, cell), village, |reader, village| {
                reader.documents(cell, *village, &PHASES.map(ListingPhase::name), LISTINGS_MAX)
            })
        });
        asked.await
    }

    /// The pools of a village, at most some hundreds.
    ///
    /// # Errors
    /// As [`App::ask`].
    pub async fn pools(&self, village: VillageId) -> Result<Arc<Vec<Pool>>, AppError> {
        const POOLS_MAX: u32 = 200;
        let kept = Arc::clone(&self.inner.kept);
        let asked = self.ask(village, move |reader, cell| {
            kept.pools.get((reader, cell), village, |reader, village| {
                reader.documents(cell, *village, &PoolPhase::ALL.map(PoolPhase::name), POOLS_MAX)
            })
        });
        asked.await
    }
}
