//! The one place that reads the time. Owns moments and business days; everything else gets them as
//! arguments.

use std::sync::Mutex;

use jiff::tz::TimeZone;
use verger_domain::time::{Date, Instant, Now};

/// Where moments come from.
pub trait Clock: Send + Sync {
    /// The moment it is.
    fn now(&self) -> Instant;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the module that reads the clock")]
    fn now(&self) -> Instant {
        Instant::from_micros(jiff::Timestamp::now().as_microsecond())
    }
}

/// The machine's clock, moved to another time: for a demo that goes on where its season ended.
#[derive(Clone, Copy, Debug, Default)]
pub struct ShiftedClock {
    ahead_micros: i64,
}

impl ShiftedClock {
    /// A clock that shows this moment now.
    pub fn at(now: Instant) -> Self {
        Self { ahead_micros: now.micros().saturating_sub(SystemClock.now().micros()) }
    }
}

impl Clock for ShiftedClock {
    fn now(&self) -> Instant {
        Instant::from_micros(SystemClock.now().micros().saturating_add(self.ahead_micros))
    }
}

/// A clock that stands until it is moved: for tests, simulations and golden vectors.
#[derive(Debug)]
pub struct ManualClock {
    now: Mutex<Instant>,
}

impl ManualClock {
    /// A clock that stands at this moment.
    pub fn new(now: Instant) -> Self {
        Self { now: Mutex::new(now) }
    }

    /// Moves the clock to a moment, also backwards: real clocks do that too.
    pub fn set(&self, now: Instant) {
        *self.now.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = now;
    }

    /// Moves the clock forward.
    pub fn advance_seconds(&self, seconds: u32) {
        self.set(self.now().plus_seconds(seconds));
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Instant {
        *self.now.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// The programme's calendar: which business day a moment lies in.
#[derive(Clone, Debug)]
pub struct Calendar {
    zone: TimeZone,
}

impl Calendar {
    /// The calendar of an IANA time zone.
    ///
    /// # Errors
    /// When there is no such zone.
    pub fn new(zone: &str) -> Result<Self, jiff::Error> {
        Ok(Self { zone: TimeZone::get(zone)? })
    }

    /// A moment with its business day.
    pub fn at(&self, at: Instant) -> Now {
        let timestamp = jiff::Timestamp::from_microsecond(at.micros()).unwrap_or_default();
        let date = timestamp.to_zoned_datetime(self.zone.clone()).date();
        let today = Date::from_civil(date).expect("clocks stand between 1970 and 2200");
        Now { at, today }
    }

    /// The first moment of a day.
    pub fn start_of(&self, day: Date) -> Instant {
        let zoned = day.civil().to_zoned_datetime(self.zone.clone());
        Instant::from_micros(zoned.map_or(0, |zoned| zoned.timestamp().as_microsecond()))
    }
}
