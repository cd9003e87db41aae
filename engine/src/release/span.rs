//! Lengths of time as people write them.

use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A length of time, written as `90s`, `30m`, `2h`, `1d` or `1h30m`: whole numbers,
/// each with its unit (`d`, `h`, `m`, `s`, `ms`), the larger units first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(pub Duration);

/// Why a text is no [`Span`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no length of time: write it like 90s, 30m, 2h, 1d or 1h30m")]
pub struct InvalidSpan(pub String);

/// The units with their milliseconds, the larger first.
const UNITS: [(&str, u64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1000),
    ("ms", 1),
];

impl Span {
    /// A span of whole milliseconds.
    pub const fn from_millis(millis: u64) -> Self {
        Self(Duration::from_millis(millis))
    }

    /// Its length in whole milliseconds.
    pub fn as_millis(self) -> u64 {
        u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX)
    }
}

impl FromStr for Span {
    type Err = InvalidSpan;

    fn from_str(text: &str) -> Result<Self, InvalidSpan> {
        read(text).ok_or_else(|| InvalidSpan(text.to_owned()))
    }
}

fn read(text: &str) -> Option<Span> {
    if text.is_empty() {
        return None;
    }
    let mut rest = text;
    let mut units = UNITS.iter();
    let mut total = 0_u64;
    while !rest.is_empty() {
        let (number, after) = take(rest, |byte| byte.is_ascii_digit())?;
        let (unit, after) = take(after, |byte| byte.is_ascii_alphabetic())?;
        // Looking on from where the last unit was found keeps them in order, and single.
        let (_, millis) = units.find(|(name, _)| *name == unit)?;
        let part = number.parse::<u64>().ok()?.checked_mul(*millis)?;
        total = total.checked_add(part)?;
        rest = after;
    }
    Some(Span::from_millis(total))
}

/// The longest non-empty beginning of bytes (ASCII ones) that fit, and what follows it.
fn take(text: &str, fits: impl Fn(u8) -> bool) -> Option<(&str, &str)> {
    let end = text
        .bytes()
        .position(|byte| !fits(byte))
        .unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.as_millis();
        if rest == 0 {
            return f.write_str("0s");
        }
        for (unit, millis) in UNITS {
            if rest >= millis {
                write!(f, "{}{unit}", rest / millis)?;
                rest %= millis;
            }
        }
        Ok(())
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}
