//! Which metrics make sense.

use std::time::Duration;

use super::{Metric, MetricKind, Placeholder, Prometheus, placeholders};
use crate::validate::Violation;

/// How often a source may be asked, and how seldom: minutes in which nothing is seen do not bake.
const SHORTEST: Duration = Duration::from_secs(5);
const LONGEST: Duration = Duration::from_secs(600);

/// Lists every mistake. Paths are JSON pointers into the metric.
pub fn validate_metric(metric: &Metric) -> Vec<Violation> {
    let mut mistakes = Vec::new();
    if metric.kind == MetricKind::Value {
        let what = [
            (
                "/source",
                metric.source.is_some(),
                "values are reported: a source gives counts",
            ),
            (
                "/objective",
                metric.objective.is_some(),
                "an objective is of counts: what part of units has no event",
            ),
        ];
        for (path, is_there, message) in what {
            if is_there {
                mistakes.push(violation(path, "not_with_values", message));
            }
        }
    }
    if let Some(objective) = metric.objective
        && !(objective > 0.0 && objective < 1.0)
    {
        let message = "an objective is between 0 and 1, such as 0.999";
        mistakes.push(violation("/objective", "out_of_range", message));
    }
    if let Some(queries) = metric.prometheus() {
        check_queries(queries, metric.objective.is_some(), &mut mistakes);
    }
    mistakes
}

fn check_queries(queries: &Prometheus, is_objective: bool, mistakes: &mut Vec<Violation>) {
    let path = |member: &str| format!("/source/prometheus/{member}");
    let mut read = Vec::new();
    for (member, query) in [
        ("exposures", &queries.exposures),
        ("events", &queries.events),
    ] {
        match placeholders(query) {
            Ok(names) => read.push(names),
            Err(name) => {
                let known: Vec<_> = Placeholder::ALL.iter().map(|known| known.name()).collect();
                let message = format!("there is no placeholder {name:?}: {}", known.join(", "));
                mistakes.push(violation(&path(member), "unknown_placeholder", message));
            }
        }
    }
    if let [exposures, events] = &read[..] {
        for placeholder in [Placeholder::Variation, Placeholder::Window] {
            if exposures.contains(&placeholder) != events.contains(&placeholder) {
                let name = placeholder.name();
                let message = format!("{{{{{name}}}}} is in one query and not in the other");
                mistakes.push(violation(&path("events"), "one_sided", message));
            }
        }
        let tells_apart = exposures.contains(&Placeholder::Variation);
        if !tells_apart && !events.contains(&Placeholder::Variation) && !is_objective {
            let message = "without {{variation}} nobody can tell the arms apart; only an objective does without";
            mistakes.push(violation(&path("exposures"), "no_variation", message));
        }
    }
    if let Some(window) = queries.window
        && !(SHORTEST..=LONGEST).contains(&window.0)
    {
        let message = "a source is asked each 5s to 10m";
        mistakes.push(violation(&path("window"), "out_of_range", message));
    }
}

fn violation(path: &str, code: &'static str, message: impl Into<String>) -> Violation {
    Violation {
        path: path.to_owned(),
        code,
        message: message.into(),
    }
}
