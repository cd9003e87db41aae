//! Figures, what they are held against, and how sure one can be of them.

use serde_json::{Value, json};
use serin_simulation::Share;

/// One figure.
#[derive(Clone, Debug)]
pub struct Figure {
    pub name: String,
    pub measured: f64,
    /// Where it lies with 95 %.
    pub interval: (f64, f64),
    pub unit: &'static str,
    /// The most that it may be; nothing where the figure only informs.
    pub limit: Option<f64>,
    /// More is better: the limit is the least that it may be.
    pub more: bool,
    /// What the model's page says of the same figure, to compare by eye.
    pub stated: Option<f64>,
}

impl Figure {
    /// The percentage of so many (Wilson's interval).
    pub fn percentage(name: impl Into<String>, events: usize, of: usize) -> Self {
        let share = Share::of(events, of);
        let interval = (100.0 * share.low, 100.0 * share.high);
        Self::new(name, 100.0 * share.share, interval, "%")
    }

    pub fn mean(name: impl Into<String>, samples: &[f64], unit: &'static str) -> Self {
        let n = samples.len() as f64;
        let mean = samples.iter().sum::<f64>() / n;
        let variance = samples.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0);
        let half = 1.96 * (variance / n).sqrt();
        Self::new(name, mean, (mean - half, mean + half), unit)
    }

    /// The middle one, between the two that bound it with 95 %.
    pub fn median(name: impl Into<String>, mut samples: Vec<f64>, unit: &'static str) -> Self {
        samples.sort_by(f64::total_cmp);
        let n = samples.len() as f64;
        let place = |share: f64| {
            samples
                .get(share.clamp(0.0, n - 1.0) as usize)
                .copied()
                .unwrap_or(f64::NAN)
        };
        let half = 0.98 * n.sqrt();
        let interval = (place(n / 2.0 - half), place(n / 2.0 + half));
        Self::new(name, place(n / 2.0), interval, unit)
    }

    pub fn new(
        name: impl Into<String>,
        measured: f64,
        interval: (f64, f64),
        unit: &'static str,
    ) -> Self {
        Self {
            name: name.into(),
            measured,
            interval,
            unit,
            limit: None,
            more: false,
            stated: None,
        }
    }

    pub fn at_most(self, limit: f64) -> Self {
        Self {
            limit: Some(limit),
            ..self
        }
    }

    pub fn at_least(self, limit: f64) -> Self {
        Self {
            limit: Some(limit),
            more: true,
            ..self
        }
    }

    pub fn stated(self, stated: f64) -> Self {
        Self {
            stated: Some(stated),
            ..self
        }
    }

    pub fn holds(&self) -> bool {
        // What is no number holds nothing.
        self.limit.is_none_or(|limit| match self.more {
            true => self.measured >= limit,
            false => self.measured <= limit,
        })
    }

    pub fn print(&self) {
        let sign = if self.more { '≥' } else { '≤' };
        let limit = self
            .limit
            .map_or(String::new(), |limit| format!("{sign} {limit}"));
        let stated = self
            .stated
            .map_or(String::new(), |stated| format!("stated {stated}"));
        let verdict = match (self.limit, self.holds()) {
            (None, _) => "",
            (_, true) => "ok",
            (_, false) => "MISSED",
        };
        let (low, high) = self.interval;
        println!(
            "{:<58} {:>9.3} {:<16} [{low:.3}, {high:.3}]  {limit:<9} {stated:<14} {verdict}",
            self.name, self.measured, self.unit
        );
    }

    pub fn json(&self) -> Value {
        json!({
            "name": self.name, "measured": self.measured, "unit": self.unit,
            "low": self.interval.0, "high": self.interval.1,
            "limit": self.limit, "stated": self.stated, "holds": self.holds(),
        })
    }
}
