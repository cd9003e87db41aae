//! When a release may go on by itself.
//!
//! Everything here is in the time on the wall of one time zone; what that time is at a
//! moment is for the caller to know.

mod period;
mod wall;

use serde::{Deserialize, Serialize};

pub use period::{InvalidPeriod, Period};
pub use wall::{InvalidWallTime, Wall, WallTime};

/// When a release may go on by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Windows {
    /// The IANA name of the time zone, such as `Europe/Berlin`.
    pub time_zone: String,
    /// The window is open in any of these; at all times where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<Period>,
    /// The window is closed in all of these, whatever is allowed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub freezes: Vec<Freeze>,
}

/// A time in which nothing goes on by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freeze {
    /// Its first moment.
    pub from: WallTime,
    /// The moment after it; a date alone is all of that day.
    pub to: WallTime,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Windows {
    /// Whether the window is open.
    pub fn is_open(&self, now: Wall) -> bool {
        self.freeze(now).is_none()
            && (self.allow.is_empty() || self.allow.iter().any(|period| period.holds(now)))
    }

    /// The freeze that one is in.
    pub fn freeze(&self, now: Wall) -> Option<&Freeze> {
        self.freezes.iter().find(|freeze| freeze.holds(now))
    }
}

impl Freeze {
    /// Whether a time is in it.
    pub fn holds(&self, now: Wall) -> bool {
        (self.from.begin()..self.to.end()).contains(&now)
    }
}
