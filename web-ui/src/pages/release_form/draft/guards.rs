//! Guards as they are typed.

use serin_api::error::Detail;
use serin_engine::release::{
    Action, Direction, Guard, Margin, Metric, MetricGuard, MetricKind, Test,
};

use super::{Draft, part_of, typed_of, unreadable};

const PERCENT: f64 = 100.0;
/// Absolute margins are differences of rates: so many more events in so many units.
pub(crate) const UNITS: f64 = 10_000.0;

/// A guard as it is typed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct GuardDraft {
    /// Tells it from the others for as long as the form lives.
    pub(crate) id: u32,
    /// The metric's key; empty where none is chosen.
    pub(crate) metric: String,
    /// Whether less of it is bad.
    pub(crate) down: bool,
    /// In percent of the baseline.
    pub(crate) relative: String,
    /// Events in ten thousand units.
    pub(crate) absolute: String,
    /// In percent; empty where no stage waits for it.
    pub(crate) require_safe: String,
    /// `rollback`, `hold`, `notify`, or empty for what the policy says.
    pub(crate) action: String,
    test: Test,
    /// Of what results differ in, which the form does not edit.
    limit: Option<f64>,
    /// Of an objective, which the form shows and does not edit.
    pub(crate) other: Option<Guard>,
}

impl GuardDraft {
    pub(super) fn of(id: u32, guard: &Guard) -> Self {
        let blank = Self {
            id,
            metric: String::new(),
            down: false,
            relative: String::new(),
            absolute: String::new(),
            require_safe: String::new(),
            action: String::new(),
            test: Test::default(),
            limit: None,
            other: None,
        };
        let Some(guard) = guard.metric() else {
            return Self {
                other: Some(guard.clone()),
                ..blank
            };
        };
        let part = |part: f64, of: f64| {
            if part > 0.0 {
                typed_of(part, of)
            } else {
                String::new()
            }
        };
        Self {
            metric: guard.metric.clone(),
            down: guard.bad == Direction::Down,
            relative: part(guard.margin.relative, PERCENT),
            absolute: part(guard.margin.absolute, UNITS),
            require_safe: part(guard.require_safe.unwrap_or_default(), PERCENT),
            action: guard.action.map_or("", name).to_owned(),
            test: guard.test,
            limit: guard.limit,
            ..blank
        }
    }

    /// Takes another metric, with the way that is bad for it, and without what values have not.
    pub(crate) fn choose(&mut self, key: String, metric: Option<&Metric>) {
        self.metric = key;
        if let Some(metric) = metric {
            self.down = metric.direction == Direction::Down;
            if metric.kind == MetricKind::Value {
                self.absolute.clear();
                self.require_safe.clear();
            }
        }
    }
}

impl Draft {
    /// Adds a guard with margins that suit most: a twentieth more, or five in ten thousand
    /// units, is no harm; each stage waits until less than half as much again is sure.
    pub(crate) fn add_guard(&mut self) {
        let guard = MetricGuard {
            metric: String::new(),
            bad: Direction::Up,
            margin: Margin {
                relative: 0.05,
                absolute: 0.0005,
            },
            require_safe: Some(0.5),
            action: None,
            limit: None,
            test: Test::default(),
        };
        let id = self.id();
        self.guards.push(GuardDraft::of(id, &Guard::Metric(guard)));
    }
}

fn name(action: Action) -> &'static str {
    match action {
        Action::Rollback => "rollback",
        Action::Hold => "hold",
        Action::Notify => "notify",
    }
}

/// The action of such a name.
pub(super) fn action(name: &str) -> Option<Action> {
    match name {
        "rollback" => Some(Action::Rollback),
        "hold" => Some(Action::Hold),
        "notify" => Some(Action::Notify),
        _ => None,
    }
}

pub(super) fn action_name(action: Action) -> String {
    name(action).to_owned()
}

pub(super) fn read(drafts: &[GuardDraft], mistakes: &mut Vec<Detail>) -> Vec<Guard> {
    let drafts = drafts.iter().enumerate();
    drafts
        .map(|(index, draft)| read_guard(index, draft, mistakes))
        .collect()
}

fn read_guard(index: usize, draft: &GuardDraft, mistakes: &mut Vec<Detail>) -> Guard {
    if let Some(other) = &draft.other {
        return other.clone();
    }
    let mut part = |text: &str, of: f64, member: &str, message: &str| {
        if text.trim().is_empty() {
            return None;
        }
        let read = part_of(text, of);
        if read.is_none() {
            mistakes.push(unreadable(format!("/guards/{index}/{member}"), message));
        }
        read
    };
    let relative = part(
        &draft.relative,
        PERCENT,
        "margin/relative",
        "A percentage, like 5.",
    );
    let message = "A number of events in ten thousand units, like 5.";
    let absolute = part(&draft.absolute, UNITS, "margin/absolute", message);
    let message = "A percentage, like 50; empty not to wait for it.";
    let require_safe = part(&draft.require_safe, PERCENT, "require_safe", message);
    Guard::Metric(MetricGuard {
        metric: draft.metric.clone(),
        bad: if draft.down {
            Direction::Down
        } else {
            Direction::Up
        },
        margin: Margin {
            relative: relative.unwrap_or_default(),
            absolute: absolute.unwrap_or_default(),
        },
        require_safe,
        action: action(&draft.action),
        limit: draft.limit,
        test: draft.test,
    })
}

/// What a guard does, in a sentence.
pub(crate) fn words(draft: &GuardDraft) -> String {
    if let Some(Guard::Slo(guard)) = &draft.other {
        return format!("Watches how fast the error budget of {} burns.", guard.slo);
    }
    let (way, side) = if draft.down {
        ("less", "below")
    } else {
        ("more", "above")
    };
    let mut margins = Vec::new();
    if part_of(&draft.relative, PERCENT).is_some_and(|part| part > 0.0) {
        margins.push(format!("{}\u{202f}%", draft.relative.trim()));
    }
    if part_of(&draft.absolute, UNITS).is_some_and(|part| part > 0.0) {
        margins.push(format!("{} in 10\u{202f}000 units", draft.absolute.trim()));
    }
    let harm = match margins.as_slice() {
        [] => format!("Anything that is surely {side} the baseline is harm"),
        margins => format!(
            "More than {} {side} the baseline is harm",
            margins.join(" and ")
        ),
    };
    let waits = part_of(&draft.require_safe, PERCENT).filter(|part| *part > 0.0);
    match waits {
        Some(_) => format!(
            "{harm}; a stage waits until {}\u{202f}% {way} can be ruled out.",
            draft.require_safe.trim()
        ),
        None => format!("{harm}; no stage waits for it."),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_new_guard_has_margins_and_says_what_they_mean() {
        let mut draft = Draft::default();
        draft.add_guard();
        let guard = &draft.guards[0];
        assert_eq!(
            words(guard).replace('\u{202f}', " "),
            "More than 5 % and 5 in 10 000 units above the baseline is harm; \
             a stage waits until 50 % more can be ruled out."
        );
    }

    #[test]
    fn values_have_neither_an_absolute_margin_nor_safety() {
        let mut draft = Draft::default();
        draft.add_guard();
        let guard = &mut draft.guards[0];
        let metric = |kind: &str, direction: &str| -> Metric {
            serde_json::from_value(json!({"kind": kind, "direction": direction})).unwrap()
        };
        guard.choose("orders".to_owned(), Some(&metric("count", "down")));
        assert!(guard.down && !guard.require_safe.is_empty());
        guard.choose("latency".to_owned(), Some(&metric("value", "up")));
        assert_eq!(
            words(guard).replace('\u{202f}', " "),
            "More than 5 % above the baseline is harm; no stage waits for it."
        );
    }
}
