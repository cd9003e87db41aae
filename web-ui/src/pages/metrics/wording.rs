//! Metrics in words.

use serin_api::metric::MetricUse;
use serin_engine::release::{Direction, Metric, MetricKind};

use crate::describe::count;

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

/// How a program reports it, for those who have to.
pub(super) fn call(key: &str, kind: MetricKind) -> String {
    let key = if key.is_empty() { "…" } else { key };
    match kind {
        MetricKind::Count => format!("client.track(\"{key}\", &context)"),
        MetricKind::Value => format!("client.record(\"{key}\", &context, 153.0)"),
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
        assert_eq!(call("", MetricKind::Count), "client.track(\"…\", &context)");
    }
}
