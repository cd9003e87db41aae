//! Metrics in words: who counts them.

use serin_engine::release::{Document, Metric, MetricKind, Span};

/// How a program reports it, for those who have to.
pub(crate) fn call(key: &str, kind: MetricKind) -> String {
    let key = if key.is_empty() { "…" } else { key };
    match kind {
        MetricKind::Count => format!("client.track(\"{key}\", &context)"),
        MetricKind::Value => format!("client.record(\"{key}\", &context, 153.0)"),
    }
}

/// Where the evidence of a release's metric comes from.
pub(crate) fn origin(document: &Document, key: &str, metric: Option<&Metric>) -> String {
    let mut shadows = document.stages.iter().filter_map(|it| it.shadow.as_ref());
    let compared = shadows.any(|it| it.mismatch == key || it.latency.as_deref() == Some(key));
    let Some(metric) = metric else {
        return "The project has no such metric any more: nobody counts it.".to_owned();
    };
    if let Some(queries) = metric.prometheus() {
        let every = Span(queries.window());
        return format!("Prometheus is asked for it, every {every}.");
    }
    if compared {
        return format!(
            "Programs report it by client.shadow({:?}, …).",
            document.flag
        );
    }
    format!(
        "Programs report it: {}, or POST /sdk/v1/events.",
        call(key, metric.kind)
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn each_metric_says_who_counts_it() {
        let document: Document = serde_json::from_value(json!({
            "flag": "f", "baseline": "off", "candidate": "on",
            "stages": [{"weight": 10, "shadow": {"mismatch": "differs"}}, {"weight": 100}],
        }))
        .unwrap();
        let said = |key: &str, metric: Value| {
            let metric: Option<Metric> = serde_json::from_value(metric).unwrap();
            origin(&document, key, metric.as_ref())
        };
        for (key, metric, expected) in [
            (
                "errors",
                json!({"kind": "count"}),
                "Programs report it: client.track(\"errors\", &context), or POST /sdk/v1/events.",
            ),
            (
                "latency",
                json!({"kind": "value"}),
                "Programs report it: client.record(\"latency\", &context, 153.0), or POST /sdk/v1/events.",
            ),
            (
                "differs",
                json!({"kind": "count"}),
                "Programs report it by client.shadow(\"f\", …).",
            ),
            (
                "failures",
                json!({"kind": "count", "source": {"prometheus": {"exposures": "a", "events": "b"}}}),
                "Prometheus is asked for it, every 1m.",
            ),
            (
                "gone",
                json!(null),
                "The project has no such metric any more: nobody counts it.",
            ),
        ] {
            assert_eq!(said(key, metric), expected);
        }
        assert_eq!(call("", MetricKind::Count), "client.track(\"…\", &context)");
    }
}
