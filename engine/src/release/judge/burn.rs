//! How fast an error budget burns.
//!
//! A service level objective of 99.9 % leaves 0.1 % for errors: at a rate of 1 they last exactly
//! as long as the objective's period. Two windows are asked at once: the long one says that it
//! matters, the short one that it still goes on. Unlike the other guards it looks at both arms
//! together, and so sees what harms both. (Google, The Site Reliability Workbook, chapter 5.)

use serde::{Deserialize, Serialize};

/// What was asked of a service in a window, and how much of it failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Totals {
    /// All requests.
    pub requests: f64,
    /// Those that broke the objective.
    pub failures: f64,
}

/// The windows that are looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BurnWindows {
    /// The last five minutes.
    pub five_minutes: Totals,
    /// The last half hour.
    pub half_hour: Totals,
    /// The last hour.
    pub hour: Totals,
    /// The last six hours.
    pub six_hours: Totals,
}

/// How fast the budget burns where it burns too fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Burn {
    /// At least 14.4 times too fast, for an hour and still: two percent of a month's budget.
    Fast,
    /// At least 6 times too fast, for six hours and still: five percent of it.
    Slow,
}

/// How many times faster than the objective allows (0.999: 99.9 % without failure). Nothing
/// without requests, or with an objective that leaves no budget.
pub fn burn_rate(objective: f64, totals: Totals) -> Option<f64> {
    let budget = 1.0 - objective;
    let rate = totals.failures / totals.requests / budget;
    (budget > 0.0 && totals.requests > 0.0).then_some(rate)
}

/// Whether the budget burns too fast, and how fast.
pub fn burn(objective: f64, windows: &BurnWindows) -> Option<Burn> {
    let burns = |limit: f64, long, short| {
        [long, short]
            .into_iter()
            .all(|totals| burn_rate(objective, totals).is_some_and(|rate| rate >= limit))
    };
    if burns(14.4, windows.hour, windows.five_minutes) {
        Some(Burn::Fast)
    } else if burns(6.0, windows.six_hours, windows.half_hour) {
        Some(Burn::Slow)
    } else {
        None
    }
}
