//! The table, and what becomes of it.

use serde_json::{Value, json};

/// One figure, and what it is held against.
#[derive(Clone, Debug)]
pub struct Row {
    pub name: String,
    pub measured: f64,
    pub unit: &'static str,
    /// What the target is a part or a multiple of: a peer, or the floor.
    pub reference: Option<(String, f64)>,
    /// The most that it may be; nothing where the figure only informs.
    pub limit: Option<f64>,
    /// More is better: the limit is the least that it may be.
    pub more: bool,
    /// The target in words.
    pub target: String,
}

impl Row {
    pub fn info(name: impl Into<String>, measured: f64, unit: &'static str) -> Self {
        Self {
            name: name.into(),
            measured,
            unit,
            reference: None,
            limit: None,
            more: false,
            target: String::new(),
        }
    }

    /// At most this.
    pub fn at_most(name: impl Into<String>, measured: f64, unit: &'static str, limit: f64) -> Self {
        Self {
            limit: Some(limit),
            target: format!("≤ {limit} {unit}"),
            ..Self::info(name, measured, unit)
        }
    }

    /// At most this many times another figure.
    pub fn at_most_times(
        name: impl Into<String>,
        measured: f64,
        unit: &'static str,
        (times, other, figure): (f64, &str, f64),
    ) -> Self {
        Self {
            reference: Some((other.to_owned(), figure)),
            limit: Some(times * figure),
            target: format!("≤ {times} × {other}"),
            ..Self::info(name, measured, unit)
        }
    }

    /// So many times faster than another.
    pub fn faster(
        name: impl Into<String>,
        measured: f64,
        unit: &'static str,
        (times, other, figure): (f64, &str, f64),
    ) -> Self {
        Self {
            target: format!("≥ {times} × faster than {other}"),
            ..Self::at_most_times(name, measured, unit, (1.0 / times, other, figure))
        }
    }

    /// At least this.
    pub fn at_least(
        name: impl Into<String>,
        measured: f64,
        unit: &'static str,
        limit: f64,
    ) -> Self {
        Self {
            limit: Some(limit),
            more: true,
            target: format!("at least {limit} {unit}"),
            ..Self::info(name, measured, unit)
        }
    }

    /// At least this many times another figure.
    pub fn at_least_times(
        name: impl Into<String>,
        measured: f64,
        unit: &'static str,
        (times, other, figure): (f64, &str, f64),
    ) -> Self {
        Self {
            limit: Some(times * figure),
            target: format!("at least {times} × {other}"),
            ..Self::at_least(name, measured, unit, 0.0).beside(other, figure)
        }
    }

    /// With another figure, to compare by eye.
    pub fn beside(self, other: &str, figure: f64) -> Self {
        Self {
            reference: Some((other.to_owned(), figure)),
            ..self
        }
    }

    pub fn holds(&self) -> bool {
        self.limit.is_none_or(|limit| match self.more {
            true => self.measured >= limit,
            false => self.measured <= limit,
        })
    }

    /// How this figure compares with the one that it is held against.
    fn ratio(&self) -> String {
        match &self.reference {
            Some((_, figure)) if self.target.starts_with('≥') => {
                format!("{:.1} × faster", figure / self.measured)
            }
            Some((_, figure)) => format!("{:.2} ×", self.measured / figure),
            None => String::new(),
        }
    }

    pub fn print(&self) {
        let against = match &self.reference {
            Some((name, figure)) => format!("{name} {figure:.1}"),
            None => String::new(),
        };
        let verdict = match (self.limit, self.holds()) {
            (None, _) => "",
            (_, true) => "ok",
            (_, false) => "MISSED",
        };
        println!(
            "{:<44} {:>11.1} {:<12} {:<24} {:>14}  {:<34} {}",
            self.name,
            self.measured,
            self.unit,
            against,
            self.ratio(),
            self.target,
            verdict
        );
    }

    pub fn json(&self) -> Value {
        json!({
            "name": self.name, "measured": self.measured, "unit": self.unit,
            "reference": self.reference.as_ref().map(|(name, figure)| json!({"name": name, "measured": figure})),
            "limit": self.limit, "target": self.target, "holds": self.holds(),
        })
    }
}
