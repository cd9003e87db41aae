//! Hours that come again each week.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{
    Wall,
    wall::{DAY, clock},
};

/// Hours of some days of the week, as people write them: `Mon-Thu 09:00-16:00`,
/// `Sat,Sun 10:00-12:00`, `Fri` for the whole day, `22:00-06:00` for every day. What ends
/// before it begins goes on into the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// A bit for each day, from Monday.
    days: u8,
    /// Minutes since midnight.
    from: u16,
    /// The minute after it.
    to: u16,
}

/// Why a text is no [`Period`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no window: write it like Mon-Thu 09:00-16:00, Sat,Sun 10:00-12:00 or Fri")]
pub struct InvalidPeriod(pub String);

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const ALL_DAYS: u8 = 0b111_1111;
const WHOLE_DAY: (u16, u16) = (0, 24 * 60);

impl Period {
    /// Whether a time is in it.
    pub fn holds(self, now: Wall) -> bool {
        let minute = now.minute();
        let yesterday = Wall(now.0 - DAY);
        if self.from < self.to {
            self.is_on(now) && (self.from..self.to).contains(&minute)
        } else {
            self.is_on(now) && minute >= self.from || self.is_on(yesterday) && minute < self.to
        }
    }

    fn is_on(self, day: Wall) -> bool {
        self.days & (1 << day.weekday()) != 0
    }
}

impl FromStr for Period {
    type Err = InvalidPeriod;

    fn from_str(text: &str) -> Result<Self, InvalidPeriod> {
        read(text).ok_or_else(|| InvalidPeriod(text.to_owned()))
    }
}

fn read(text: &str) -> Option<Period> {
    let mut words = text.split_whitespace();
    let (first, second) = (words.next()?, words.next());
    if words.next().is_some() {
        return None;
    }
    let ((from, to), days) = match (hours(first), second) {
        (Some(hours), None) => (hours, ALL_DAYS),
        (Some(_), Some(_)) => return None,
        (None, None) => (WHOLE_DAY, days(first)?),
        (None, Some(second)) => (hours(second)?, days(first)?),
    };
    Some(Period { days, from, to })
}

fn hours(text: &str) -> Option<(u16, u16)> {
    let (from, to) = text.split_once('-')?;
    let (from, to) = (clock(from.as_bytes())?, clock(to.as_bytes())?);
    // A window of no time is a mistake, and one that begins at the day's end too.
    (from != to && from < WHOLE_DAY.1).then_some((from, to))
}

fn days(text: &str) -> Option<u8> {
    text.split(',').try_fold(0, |days, part| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (day(first)?, day(last)?);
        // `Fri-Mon` goes over the week's end.
        let count = (last + 7 - first) % 7 + 1;
        Some((first..first + count).fold(days, |days, day| days | (1 << (day % 7))))
    })
}

fn day(text: &str) -> Option<usize> {
    DAYS.iter().position(|day| text.eq_ignore_ascii_case(day))
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole_day = (self.from, self.to) == WHOLE_DAY;
        if self.days != ALL_DAYS || whole_day {
            fmt_days(self.days, f)?;
            if whole_day {
                return Ok(());
            }
            f.write_str(" ")?;
        }
        let clock = |minutes: u16| (minutes / 60, minutes % 60);
        let ((h, m), (to_h, to_m)) = (clock(self.from), clock(self.to));
        write!(f, "{h:02}:{m:02}-{to_h:02}:{to_m:02}")
    }
}

/// Neighbouring days as `Mon-Thu`, others by commas.
fn fmt_days(days: u8, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let is_on = |day: usize| days & (1 << day) != 0;
    let mut day = 0;
    let mut between = "";
    while day < DAYS.len() {
        if !is_on(day) {
            day += 1;
            continue;
        }
        let count = (day..DAYS.len()).take_while(|day| is_on(*day)).count();
        let last = day + count - 1;
        write!(f, "{between}{}", DAYS[day])?;
        if last > day {
            write!(f, "-{}", DAYS[last])?;
        }
        between = ",";
        day = last + 1;
    }
    Ok(())
}

impl Serialize for Period {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}
