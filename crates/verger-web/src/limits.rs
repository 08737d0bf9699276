//! How often somebody may ask. Owns the counts, in memory: they need not outlive the process, for
//! wrong PINs are counted durably by the app.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use axum::extract::ConnectInfo;
use axum::extract::Request;
use axum::http::StatusCode;
use verger_domain::time::Instant;

use crate::fault::Fault;

/// What is counted, each on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Tries to sign in.
    SignIn,
    /// Forms sent, by whoever it is.
    Form,
}

impl Kind {
    /// How many at once, and how many in a minute in the long run.
    const fn burst(self) -> i64 {
        match self {
            Self::SignIn => 20,
            Self::Form => 240,
        }
    }
}

const MINUTE_MICROS: i64 = 60_000_000;
/// Addresses that are remembered; a full table forgets everybody, which only helps them.
const ADDRESSES_MAX: usize = 50_000;

/// One address: how much of its burst is used, in parts of a minute, and since when it recovers.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    used_micros: i64,
    at: Instant,
}

/// The counts of all addresses.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    buckets: Mutex<BTreeMap<(Kind, IpAddr), Bucket>>,
}

impl Limits {
    /// Counts one try of an address.
    ///
    /// # Errors
    /// The seconds to wait, when it was one too many.
    pub(crate) fn take(&self, kind: Kind, address: IpAddr, now: Instant) -> Result<(), i64> {
        let cost = MINUTE_MICROS / kind.burst();
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= ADDRESSES_MAX {
            buckets.clear();
        }
        let bucket = buckets.entry((kind, address)).or_insert(Bucket { used_micros: 0, at: now });
        let passed = now.micros().saturating_sub(bucket.at.micros()).max(0);
        let used = bucket.used_micros.saturating_sub(passed).max(0);
        bucket.at = now;
        bucket.used_micros = used;
        if used + cost > MINUTE_MICROS {
            let over = used + cost - MINUTE_MICROS;
            return Err(over / 1_000_000 + 1);
        }
        bucket.used_micros = used + cost;
        Ok(())
    }
}

/// Where a request comes from; requests of tests come from nowhere.
pub(crate) fn address_of(request: &Request) -> IpAddr {
    let info = request.extensions().get::<ConnectInfo<std::net::SocketAddr>>();
    info.map_or(IpAddr::from([0, 0, 0, 0]), |info| info.0.ip())
}

/// The answer to one request too many.
pub(crate) fn too_many(seconds: i64) -> Fault {
    Fault::new(StatusCode::TOO_MANY_REQUESTS, "too_many").with("seconds", seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a burst passes, one more does not, and time gives it back; others are not touched.
    /// Method: the limit of sign-ins by two addresses with a clock that is moved.
    #[test]
    fn a_burst_passes_and_recovers() {
        let limits = Limits::default();
        let (here, there) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let start = Instant::from_micros(1_000_000_000);
        for _ in 0..20 {
            limits.take(Kind::SignIn, here, start).unwrap();
        }
        assert_eq!(limits.take(Kind::SignIn, here, start), Err(4));
        limits.take(Kind::SignIn, there, start).unwrap();
        limits.take(Kind::Form, here, start).unwrap();
        let later = start.plus_seconds(3);
        limits.take(Kind::SignIn, here, later).unwrap();
        assert!(limits.take(Kind::SignIn, here, later).is_err());
        // A clock that steps back neither frees nor blocks anybody for long.
        assert!(limits.take(Kind::SignIn, here, start).is_err());
    }
}
