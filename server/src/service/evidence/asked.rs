//! What live releases ask for, as their ruleset says it: so that a relay knows it as a server does.

use std::collections::HashMap;

use serde_json::Value;
use serin_api::evidence::{EvidenceWindow, WantedMetric};
use serin_engine::{
    release::{MetricKind, evidence::Tally},
    ruleset::Ruleset,
};
use uuid::Uuid;

/// By release, its metrics and their kinds.
#[derive(Debug, Default)]
pub(crate) struct Asked(HashMap<Uuid, HashMap<String, MetricKind>>);

/// Why a metric is left out of a window: where, a code, and for people.
pub(super) type LeftOut = (String, &'static str, String);

impl Asked {
    /// What a ruleset's releases ask for.
    pub(crate) fn by(ruleset: &Ruleset) -> Self {
        let asked = ruleset.releases().iter().filter_map(|release| {
            let id = release.get("id")?.as_str()?.parse().ok()?;
            let metrics = release.get("metrics").and_then(Value::as_array);
            let wanted = metrics.into_iter().flatten().filter_map(|metric| {
                let wanted: WantedMetric = serde_json::from_value(metric.clone()).ok()?;
                Some((wanted.key, wanted.kind))
            });
            Some((id, wanted.collect()))
        });
        Self(asked.collect())
    }

    /// Leaves out of a window what its release does not ask for. Of a release that is over, or
    /// that this node has not heard of, nothing is known.
    pub(super) fn narrow(&self, window: &mut EvidenceWindow) -> Vec<LeftOut> {
        let Some(wanted) = self.0.get(&window.release) else {
            return Vec::new();
        };
        let mut left_out = Vec::new();
        for (name, arm) in [
            ("baseline", &mut window.baseline),
            ("candidate", &mut window.candidate),
        ] {
            arm.metrics.retain(|key, tally| {
                let Some((code, message)) = misfit(wanted.get(key).copied(), tally) else {
                    return true;
                };
                let key = key.replace('~', "~0").replace('/', "~1");
                left_out.push((format!("/{name}/metrics/{key}"), code, message.to_owned()));
                false
            });
        }
        left_out
    }
}

/// What is wrong with what came of a metric.
fn misfit(wanted: Option<MetricKind>, tally: &Tally) -> Option<(&'static str, &'static str)> {
    match (wanted, tally) {
        (Some(MetricKind::Count), Tally::Events(_))
        | (Some(MetricKind::Value), Tally::Histogram(_)) => None,
        (Some(MetricKind::Count), _) => {
            Some(("wrong_kind", "the metric counts: it comes as events"))
        }
        (Some(MetricKind::Value), _) => Some((
            "wrong_kind",
            "the metric is of values: it comes as a histogram",
        )),
        (None, _) => Some(("unknown_metric", "the release does not ask programs for it")),
    }
}
