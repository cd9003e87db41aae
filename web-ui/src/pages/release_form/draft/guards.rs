//! Guards as they are typed.

mod words;

use serin_api::error::Detail;
use serin_engine::release::{
    Action, Direction, Guard, Margin, Metric, MetricGuard, MetricKind, SloGuard, Test,
};

use super::{Draft, part_of, typed_of, unreadable};

pub(crate) use words::words;

const PERCENT: f64 = 100.0;
/// Absolute margins are differences of rates: so many more events in so many units.
pub(crate) const UNITS: f64 = 10_000.0;
/// What offers itself as a limit, in so many units: one in a thousand.
const LIMIT: &str = "10";

/// How a guard judges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Way {
    /// The candidate against the baseline.
    #[default]
    Compare,
    /// The candidate alone, against a limit.
    Limit,
    /// Both together, against an objective.
    Budget,
}

/// A guard as it is typed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct GuardDraft {
    /// Tells it from the others for as long as the form lives.
    pub(crate) id: u32,
    pub(crate) way: Way,
    /// The metric's key, of an objective too; empty where none is chosen.
    pub(crate) metric: String,
    /// Whether less of it is bad.
    pub(crate) down: bool,
    /// In percent of the baseline.
    pub(crate) relative: String,
    /// Events in ten thousand units.
    pub(crate) absolute: String,
    /// Events in ten thousand units, where it is held against a limit.
    pub(crate) limit: String,
    /// In percent; empty where no stage waits for it.
    pub(crate) require_safe: String,
    /// `rollback`, `hold`, `notify`, or empty for what the policy says.
    pub(crate) action: String,
    /// Whether each arm's own outcomes are compared, and not which arm events are of.
    pub(crate) block: bool,
}

impl Way {
    /// The name that choices know it by.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Compare => "compare",
            Self::Limit => "limit",
            Self::Budget => "budget",
        }
    }

    /// The way of such a name.
    pub(crate) fn of(name: &str) -> Self {
        match name {
            "limit" => Self::Limit,
            "budget" => Self::Budget,
            _ => Self::Compare,
        }
    }

    /// Whether a metric can be judged so.
    pub(crate) fn fits(self, metric: &Metric) -> bool {
        match self {
            Self::Compare => metric.compares(),
            Self::Limit => metric.kind == MetricKind::Count && metric.compares(),
            Self::Budget => metric.objective.is_some(),
        }
    }

    /// The member of a guard that names the metric.
    pub(crate) fn member(self) -> &'static str {
        match self {
            Self::Compare | Self::Limit => "metric",
            Self::Budget => "slo",
        }
    }
}

impl GuardDraft {
    pub(super) fn of(id: u32, guard: &Guard) -> Self {
        let part = |part: f64, of: f64| {
            if part > 0.0 {
                typed_of(part, of)
            } else {
                String::new()
            }
        };
        match guard {
            Guard::Slo(guard) => Self {
                id,
                way: Way::Budget,
                metric: guard.slo.clone(),
                action: action_name(guard.action),
                ..Self::default()
            },
            Guard::Metric(guard) => Self {
                id,
                way: match guard.limit {
                    Some(_) => Way::Limit,
                    None => Way::Compare,
                },
                metric: guard.metric.clone(),
                down: guard.bad == Direction::Down,
                relative: part(guard.margin.relative, PERCENT),
                absolute: part(guard.margin.absolute, UNITS),
                limit: part(guard.limit.unwrap_or_default(), UNITS),
                require_safe: part(guard.require_safe.unwrap_or_default(), PERCENT),
                action: guard.action.map_or_else(String::new, action_name),
                block: guard.test == Test::Block,
            },
        }
    }

    /// Takes another metric, with the way that is bad for it, and without what values have not.
    pub(crate) fn choose(&mut self, key: String, metric: Option<&Metric>) {
        self.metric = key;
        let Some(metric) = metric.filter(|_| self.way == Way::Compare) else {
            return;
        };
        self.down = metric.direction == Direction::Down;
        if metric.kind == MetricKind::Value {
            self.absolute.clear();
            self.require_safe.clear();
            self.block = false;
        }
    }

    /// Judges in another way, with what suits most there.
    pub(crate) fn judge(&mut self, way: Way) {
        if way == self.way {
            return;
        }
        let metric = std::mem::take(&mut self.metric);
        let action = std::mem::take(&mut self.action);
        let usual = Self {
            id: self.id,
            way,
            ..Self::default()
        };
        *self = match way {
            Way::Compare => Self {
                metric,
                action,
                ..Self::of(self.id, &Guard::Metric(usual_guard()))
            },
            Way::Limit => Self {
                metric,
                action,
                limit: LIMIT.to_owned(),
                require_safe: "100".to_owned(),
                ..usual
            },
            // Another kind of key, and nothing that the policy says.
            Way::Budget => Self {
                action: action_name(Action::Hold),
                ..usual
            },
        };
    }
}

/// A guard with margins that suit most: a twentieth more, or five in ten thousand units, is no
/// harm; each stage waits until less than half as much again is sure.
fn usual_guard() -> MetricGuard {
    MetricGuard {
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
    }
}

impl Draft {
    /// Adds a guard.
    pub(crate) fn add_guard(&mut self) {
        let id = self.id();
        self.guards
            .push(GuardDraft::of(id, &Guard::Metric(usual_guard())));
    }

    /// Has a guard limit a metric: of results that differ, the baseline has none.
    pub(super) fn limit(&mut self, metric: &str) {
        let known = self.guards.iter_mut().find(|guard| guard.metric == metric);
        if let Some(guard) = known {
            guard.judge(Way::Limit);
            return;
        }
        let mut guard = GuardDraft {
            id: self.id(),
            metric: metric.to_owned(),
            ..GuardDraft::default()
        };
        guard.judge(Way::Limit);
        self.guards.push(guard);
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
    match action {
        Action::Rollback => "rollback",
        Action::Hold => "hold",
        Action::Notify => "notify",
    }
    .to_owned()
}

pub(super) fn read(drafts: &[GuardDraft], mistakes: &mut Vec<Detail>) -> Vec<Guard> {
    let drafts = drafts.iter().enumerate();
    drafts
        .map(|(index, draft)| match draft.way {
            Way::Budget => Guard::Slo(SloGuard {
                slo: draft.metric.clone(),
                action: action(&draft.action).unwrap_or(Action::Hold),
            }),
            Way::Compare | Way::Limit => Guard::Metric(read_guard(index, draft, mistakes)),
        })
        .collect()
}

fn read_guard(index: usize, draft: &GuardDraft, mistakes: &mut Vec<Detail>) -> MetricGuard {
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
    let message = "A percentage, like 5.";
    let relative = part(&draft.relative, PERCENT, "margin/relative", message);
    let message = "A number of events in ten thousand units, like 5.";
    let absolute = part(&draft.absolute, UNITS, "margin/absolute", message);
    let limit = part(&draft.limit, UNITS, "limit", message);
    let message = "A percentage, like 50; empty not to wait for it.";
    let require_safe = part(&draft.require_safe, PERCENT, "require_safe", message);
    MetricGuard {
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
        // None at all is said to be out of range, where it is typed.
        limit: (draft.way == Way::Limit).then(|| limit.unwrap_or_default()),
        test: if draft.block {
            Test::Block
        } else {
            Test::Label
        },
    }
}

#[cfg(test)]
mod tests;
