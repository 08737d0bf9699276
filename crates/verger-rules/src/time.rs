//! Moments and days as plain numbers. Owns their text forms and the calendar; must not read a clock.

use std::fmt;
use std::str::FromStr;

use jiff::civil;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment: microseconds since 1970-01-01 UTC, never negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Instant(i64);

impl Instant {
    /// The moment this many microseconds after the epoch; before the epoch there is none.
    pub const fn from_micros(micros: i64) -> Self {
        Self(if micros < 0 { 0 } else { micros })
    }

    /// Microseconds since the epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole milliseconds since the epoch.
    pub fn millis_since_epoch(self) -> u64 {
        self.0.unsigned_abs() / 1000
    }

    /// The moment `seconds` later, or the last moment there is.
    #[must_use]
    pub const fn plus_seconds(self, seconds: u32) -> Self {
        // A u32 widened to i64 and multiplied by a million stays below 2^53.
        #[expect(clippy::as_conversions, reason = "u32 to i64 is lossless and this is a const fn")]
        let micros = (seconds as i64).saturating_mul(1_000_000);
        Self(self.0.saturating_add(micros))
    }
}

/// A day of the calendar, without a time zone: days since 1970-01-01.
///
/// Which day it is "today" depends on the programme's time zone, so a day always comes in as an
/// argument. Text form: `2026-07-20`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date(i32);

/// The last day the system accepts: far enough for any loan, near enough to catch a typing error.
const LAST_DAY: i32 = 84_370;

impl Date {
    /// The day this many days after the epoch, if it lies between 1970 and 2200.
    pub const fn from_days(days: i32) -> Option<Self> {
        if days < 0 || days > LAST_DAY { None } else { Some(Self(days)) }
    }

    /// Days since the epoch.
    pub const fn days(self) -> i32 {
        self.0
    }

    /// The month the day lies in.
    pub fn month(self) -> Month {
        let civil = self.civil();
        Month { year: civil.year(), month: civil.month() }
    }

    /// The day so many days later, if the calendar has it.
    pub fn plus_days(self, days: u32) -> Option<Self> {
        Self::from_days(self.days().checked_add_unsigned(days)?)
    }

    /// Whole days from `earlier` to this day; negative when `earlier` is later.
    pub const fn days_since(self, earlier: Self) -> i32 {
        self.0.saturating_sub(earlier.0)
    }

    /// The day as a civil date.
    pub fn civil(self) -> civil::Date {
        let epoch = civil::date(1970, 1, 1);
        epoch.checked_add(jiff::Span::new().days(self.0)).expect("days are within 1970 to 2200")
    }

    /// The day of a civil date, if it lies between 1970 and 2200.
    pub fn from_civil(date: civil::Date) -> Option<Self> {
        let days = civil::date(1970, 1, 1).until(date).ok()?.get_days();
        Self::from_days(days)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.civil().fmt(f)
    }
}
impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A calendar month, the period that is closed as one. Text form: `2026-07`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month {
    year: i16,
    month: i8,
}

impl Month {
    /// The month after this one, if it lies before 2200.
    pub fn next(self) -> Option<Self> {
        let (year, month) = if self.month == 12 {
            (self.year.checked_add(1)?, 1)
        } else {
            (self.year, self.month.checked_add(1)?)
        };
        civil::Date::new(year, month, 1).ok().and_then(Date::from_civil).map(Date::month)
    }

    /// The first day of the month.
    pub fn first_day(self) -> Date {
        Date::from_civil(civil::date(self.year, self.month, 1)).expect("a month is a real month")
    }

    /// The calendar year.
    pub const fn year(self) -> i16 {
        self.year
    }

    /// Whether this is December, whose close also closes the year.
    pub const fn is_last_of_year(self) -> bool {
        self.month == 12
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}
impl fmt::Debug for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a text is not a day or a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write a day between 1970 and 2200 as 2026-07-20 and a month as 2026-07")]
pub struct DateError;

impl FromStr for Date {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        if text.len() != 10 {
            return Err(DateError);
        }
        text.parse::<civil::Date>().ok().and_then(Self::from_civil).ok_or(DateError)
    }
}

impl FromStr for Month {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        if text.len() != 7 {
            return Err(DateError);
        }
        format!("{text}-01").parse::<Date>().map(Date::month)
    }
}

/// Serialises a type by its `Display` and `FromStr` forms.
macro_rules! serde_by_text {
    ($($type:ty),*) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}
serde_by_text!(Date, Month);

/// The time at which a command is decided: the moment and the programme's business day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// The moment, which never goes back within a cell.
    pub at: Instant,
    /// The day it is in the programme's time zone.
    pub today: Date,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: days and months go to text and back exactly, and wrong ones are refused.
    /// Method: table with leap days and the ends of the range.
    #[test]
    fn days_and_months_have_one_text() {
        for (text, days) in [("1970-01-01", 0), ("2026-07-20", 20_654), ("2024-02-29", 19_782)] {
            let date: Date = text.parse().unwrap();
            assert_eq!((date.days(), date.to_string().as_str()), (days, text));
        }
        assert_eq!(Date::from_days(LAST_DAY).unwrap().to_string(), "2200-12-31");
        for wrong in ["2026-02-30", "1969-12-31", "2201-01-01", "20260720", "2026-7-2", ""] {
            assert_eq!(wrong.parse::<Date>(), Err(DateError), "{wrong}");
        }
        let december: Month = "2026-12".parse().unwrap();
        assert!(december.is_last_of_year());
        assert_eq!(december.next().unwrap().to_string(), "2027-01");
        assert_eq!(december.first_day().to_string(), "2026-12-01");
        assert!("2026-13".parse::<Month>().is_err());
    }
}
