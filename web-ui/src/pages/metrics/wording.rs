//! Metrics in words.

use serin_api::metric::MetricUse;
use serin_engine::release::{Direction, Metric, MetricKind, Placeholder, Prometheus};

use crate::{describe::count, typed::typed_of};

/// `Count`, `Values in ms`
pub(super) fn kind(metric: &Metric) -> String {
    match (metric.kind, &metric.unit) {
        (MetricKind::Count, _) => "Count".to_owned(),
        (MetricKind::Value, Some(unit)) => format!("Values in {unit}"),
        (MetricKind::Value, None) => "Values".to_owned(),
    }
}

pub(super) fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Up => "more is bad",
        Direction::Down => "less is bad",
    }
}

/// `judges 2 live releases, 1 draft and 1 template`
pub(super) fn uses(uses: &MetricUse) -> String {
    let live = uses.releases.iter().filter(|used| used.live).count();
    let ahead = uses.releases.len() - live;
    let mut parts = Vec::new();
    for (number, what) in [
        (live, "live release"),
        (ahead, "draft"),
        (uses.templates.len(), "template"),
    ] {
        if number > 0 {
            parts.push(count(number, what));
        }
    }
    match parts.split_last() {
        None => "Judges nothing now".to_owned(),
        Some((one, [])) => format!("Judges {one}"),
        Some((last, rest)) => format!("Judges {} and {last}", rest.join(", ")),
    }
}

/// `objective 99.9 %`
pub(super) fn objective(metric: &Metric) -> Option<String> {
    let part = metric.objective?;
    Some(format!("objective {}\u{202f}%", typed_of(part, 100.0)))
}

/// What becomes of queries as they are.
pub(super) fn queries(queries: &Prometheus) -> String {
    let gives = if queries.gives_increases() {
        "They give increases, over a window."
    } else {
        "They give counters, whose increase is worked out series by series: leave out sum and rate."
    };
    let apart = if queries.tells_arms_apart() {
        "Both name {{variation}}, so that the arms can be compared."
    } else {
        "They look at both arms together: guards can watch the objective, and compare nothing."
    };
    format!("{gives} {apart}")
}

/// What a placeholder stands for.
pub(super) fn placeholder(placeholder: Placeholder) -> &'static str {
    match placeholder {
        Placeholder::Variation => "the key of the arm's variation; both queries name it, or none",
        Placeholder::Window => {
            "how long the window is, as in 60s: with it queries give increases, without it counters"
        }
        Placeholder::Flag => "the flag's key",
        Placeholder::Project => "the project's key",
        Placeholder::Environment => "the environment's key",
        Placeholder::Release => "the release's id",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn uses_in_words() {
        let used = |live: bool| json!({"id": "00000000-0000-0000-0000-000000000001", "environment": "e", "flag": "f", "live": live});
        let said = |releases: serde_json::Value, templates: serde_json::Value| {
            let all = json!({"releases": releases, "templates": templates});
            uses(&serde_json::from_value(all).unwrap())
        };
        assert_eq!(said(json!([]), json!([])), "Judges nothing now");
        assert_eq!(
            said(json!([used(true)]), json!([])),
            "Judges 1 live release"
        );
        assert_eq!(
            said(
                json!([used(true), used(true), used(false)]),
                json!(["canary"])
            ),
            "Judges 2 live releases, 1 draft and 1 template"
        );
    }

    #[test]
    fn kinds_have_units() {
        let metric = |json| serde_json::from_value::<Metric>(json).unwrap();
        assert_eq!(
            kind(&metric(json!({"kind": "value", "unit": "ms"}))),
            "Values in ms"
        );
        assert_eq!(kind(&metric(json!({"kind": "count"}))), "Count");
        let objective = objective(&metric(json!({"kind": "count", "objective": 0.9995})));
        assert_eq!(objective.as_deref(), Some("objective 99.95\u{202f}%"));
    }

    #[test]
    fn queries_say_what_becomes_of_them() {
        let said = |query: &str| {
            queries(&Prometheus {
                exposures: query.to_owned(),
                events: query.to_owned(),
                window: None,
            })
        };
        let counters = said("a{v=\"{{variation}}\"}");
        assert!(counters.starts_with("They give counters") && counters.contains("compared"));
        let increases = said("sum(increase(a[{{window}}]))");
        assert!(increases.starts_with("They give increases") && increases.contains("together"));
    }
}
