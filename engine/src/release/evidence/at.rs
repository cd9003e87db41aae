//! When a window began.

use std::{fmt, str::FromStr};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, Visitor},
};

use crate::instant::Instant;

const NANOS_PER_MILLI: i64 = 1_000_000;
const NANOS_PER_DAY: i64 = 86_400_000 * NANOS_PER_MILLI;

/// A point in time to the nanosecond, written as RFC 3339.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct At(i64);

/// Why a text is no [`At`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no time: write it like 2026-11-21T10:00:10Z, between 1678 and 2262")]
pub struct InvalidAt(pub String);

impl At {
    /// So many milliseconds after 1970; what is out of range becomes the nearest that is in it.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(NANOS_PER_MILLI))
    }

    /// Whole milliseconds since 1970, rounded towards the past.
    pub const fn as_millis(self) -> i64 {
        self.0.div_euclid(NANOS_PER_MILLI)
    }

    /// So many nanoseconds after 1970.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since 1970.
    pub const fn as_nanos(self) -> i64 {
        self.0
    }
}

impl FromStr for At {
    type Err = InvalidAt;

    fn from_str(text: &str) -> Result<Self, InvalidAt> {
        let nanos = Instant::parse(text).and_then(|instant| instant.nanos());
        nanos.map(Self).ok_or_else(|| InvalidAt(text.to_owned()))
    }
}

impl fmt::Display for At {
    /// RFC 3339 in UTC, with as many digits behind the second as it takes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = date(self.0.div_euclid(NANOS_PER_DAY));
        let within = self.0.rem_euclid(NANOS_PER_DAY);
        let (seconds, nanos) = (within / 1_000_000_000, within % 1_000_000_000);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
        )?;
        match nanos {
            0 => {}
            _ if nanos % 1_000_000 == 0 => write!(f, ".{:03}", nanos / 1_000_000)?,
            _ if nanos % 1000 == 0 => write!(f, ".{:06}", nanos / 1000)?,
            _ => write!(f, ".{nanos:09}")?,
        }
        f.write_str("Z")
    }
}

/// Year, month and day of days since 1970, by the Gregorian calendar.
fn date(days: i64) -> (i64, i64, i64) {
    // Counted from March of the year 0, a leap day is the last day of its year, and 400 years
    // are a whole number of days.
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let leap_days = day_of_era / 1460 - day_of_era / 36_524 + day_of_era / 146_096;
    let year_of_era = (day_of_era - leap_days) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let (month, later) = if from_march < 10 {
        (from_march + 3, 0)
    } else {
        (from_march - 9, 1)
    };
    (era * 400 + year_of_era + later, month, day)
}

impl Serialize for At {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for At {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = At;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time such as \"2026-11-21T10:00:10Z\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<At, E> {
                text.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_str(Text)
    }
}
