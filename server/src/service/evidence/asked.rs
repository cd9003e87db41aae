//! What live releases ask for, as their ruleset says it: so that a relay knows it as a server does.

use std::collections::HashMap;

use serde::Deserialize as _;
use serde_json::Value;
use serin_api::evidence::EvidenceWindow;
use serin_engine::{
    release::{MetricKind, evidence::Tally},
    ruleset::Ruleset,
};
use uuid::Uuid;

/// By release, its metrics and their kinds. A relay that is older than the server may know a kind
/// not: what comes of such a metric the server decides.
#[derive(Debug, Default)]
pub(crate) struct Asked(HashMap<Uuid, HashMap<String, Option<MetricKind>>>);

/// A metric that is left out of a window, and why: a code, and for people.
pub(super) struct Misfit {
    arm: &'static str,
    pub(super) metric: String,
    pub(super) code: &'static str,
    message: &'static str,
}

impl Misfit {
    /// Where it is in the window, the code, and for people.
    pub(super) fn told(self) -> (String, &'static str, String) {
        let metric = self.metric.replace('~', "~0").replace('/', "~1");
        let place = format!("/{}/metrics/{metric}", self.arm);
        (place, self.code, self.message.to_owned())
    }
}

impl Asked {
    /// What a ruleset's releases ask for.
    pub(crate) fn by(ruleset: &Ruleset) -> Self {
        let asked = ruleset.releases().iter().filter_map(|release| {
            let id = release.get("id")?.as_str()?.parse().ok()?;
            let metrics = release.get("metrics").and_then(Value::as_array);
            let wanted = metrics.into_iter().flatten().filter_map(|metric| {
                let key = metric.get("key")?.as_str()?.to_owned();
                let kind = metric.get("kind");
                Some((
                    key,
                    kind.and_then(|kind| MetricKind::deserialize(kind).ok()),
                ))
            });
            Some((id, wanted.collect()))
        });
        Self(asked.collect())
    }

    /// Leaves out of a window what its release does not ask for. Of a release that is over, or
    /// that this node has not heard of, nothing is known.
    pub(super) fn narrow(&self, window: &mut EvidenceWindow) -> Vec<Misfit> {
        let Some(wanted) = self.0.get(&window.release) else {
            return Vec::new();
        };
        let mut left_out = Vec::new();
        for (name, of) in [
            ("baseline", &mut window.baseline),
            ("candidate", &mut window.candidate),
        ] {
            of.metrics.retain(|key, tally| {
                let Some((code, message)) = misfit(wanted.get(key).copied(), tally) else {
                    return true;
                };
                left_out.push(Misfit {
                    arm: name,
                    metric: key.clone(),
                    code,
                    message,
                });
                false
            });
        }
        left_out
    }
}

/// What is wrong with what came of a metric.
fn misfit(
    wanted: Option<Option<MetricKind>>,
    tally: &Tally,
) -> Option<(&'static str, &'static str)> {
    match (wanted, tally) {
        (Some(None), _)
        | (Some(Some(MetricKind::Count)), Tally::Events(_))
        | (Some(Some(MetricKind::Value)), Tally::Histogram(_)) => None,
        (Some(Some(MetricKind::Count)), _) => {
            Some(("wrong_kind", "the metric counts: it comes as events"))
        }
        (Some(Some(MetricKind::Value)), _) => Some((
            "wrong_kind",
            "the metric is of values: it comes as a histogram",
        )),
        (None, _) => Some(("unknown_metric", "the release does not ask programs for it")),
    }
}
