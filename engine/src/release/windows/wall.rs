//! Time as the clock on the wall shows it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::instant;

/// Minutes of a day.
pub(super) const DAY: i64 = 24 * 60;

/// A time on the wall: whole minutes since the wall showed 1970-01-01 00:00.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Wall(pub i64);

impl Wall {
    /// The day of the week, from Monday as 0.
    pub fn weekday(self) -> u8 {
        // The first day of 1970 was a Thursday.
        let day = (self.0.div_euclid(DAY) + 3).rem_euclid(7);
        u8::try_from(day).unwrap_or(0)
    }

    /// Minutes since midnight.
    pub fn minute(self) -> u16 {
        u16::try_from(self.0.rem_euclid(DAY)).unwrap_or(0)
    }
}

/// A date, or a date with a time, as people write it: `2026-12-24` or
/// `2026-12-24T18:00`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WallTime {
    text: String,
    begin: Wall,
}

/// Why a text is no [`WallTime`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no date: write it like 2026-12-24 or 2026-12-24T18:00, in the time of the time zone"
)]
pub struct InvalidWallTime(pub String);

/// `YYYY-MM-DD`.
const DATE: usize = 10;

impl WallTime {
    /// Its moment; of a date alone, the first one.
    pub fn begin(&self) -> Wall {
        self.begin
    }

    /// Its moment; of a date alone, the one after the day.
    pub fn end(&self) -> Wall {
        if self.text.len() == DATE {
            Wall(self.begin.0 + DAY)
        } else {
            self.begin
        }
    }
}

impl FromStr for WallTime {
    type Err = InvalidWallTime;

    fn from_str(text: &str) -> Result<Self, InvalidWallTime> {
        let begin = read(text).ok_or_else(|| InvalidWallTime(text.to_owned()))?;
        Ok(Self {
            text: text.to_owned(),
            begin,
        })
    }
}

fn read(text: &str) -> Option<Wall> {
    let (date, time) = text.as_bytes().split_at_checked(DATE)?;
    let days = instant::date(date)?;
    let minutes = match time.split_first() {
        None => 0,
        Some((b'T', time)) => i64::from(clock(time)?),
        Some(_) => return None,
    };
    Some(Wall(days * DAY + minutes))
}

/// Minutes since midnight of `HH:MM`, up to `24:00`.
pub(super) fn clock(text: &[u8]) -> Option<u16> {
    let [h1, h2, b':', m1, m2] = *text else {
        return None;
    };
    let number = |tens: u8, ones: u8| {
        (tens.is_ascii_digit() && ones.is_ascii_digit())
            .then(|| u16::from(tens - b'0') * 10 + u16::from(ones - b'0'))
    };
    let (hours, minutes) = (number(h1, h2)?, number(m1, m2)?);
    (hours < 24 && minutes < 60 || hours == 24 && minutes == 0).then_some(hours * 60 + minutes)
}

impl fmt::Display for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for WallTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for WallTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}
