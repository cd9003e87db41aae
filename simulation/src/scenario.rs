//! What is simulated, as people write it.

use std::{collections::BTreeMap, time::Duration};

use serde::Deserialize;
use serin_engine::release::{Document, Guard, MetricGuard, Span, Stage};

use crate::{Behaviour, Traffic};

/// The most units in a window: a simulation goes through them one by one.
const MOST_UNITS: f64 = 10_000_000.0;
/// The most runs.
const MOST_RUNS: u64 = 1_000_000;

/// A release, and the traffic that it is to meet.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The release.
    pub release: Document,
    /// How much there is.
    pub traffic: Traffic,
    /// What becomes of it, by metric.
    #[serde(default)]
    pub metrics: BTreeMap<String, Behaviour>,
    /// How often it is simulated.
    #[serde(default = "runs")]
    pub runs: u64,
    /// Another seed gives other runs.
    #[serde(default)]
    pub seed: u64,
    /// How long a window of evidence is.
    #[serde(default = "window")]
    pub window: Span,
    /// After so long a run is given up; a few times what its stages take where absent.
    #[serde(default)]
    pub limit: Option<Span>,
}

fn runs() -> u64 {
    200
}

fn window() -> Span {
    Span(Duration::from_secs(10))
}

impl Scenario {
    /// What keeps it from being simulated, with its place; each on its own.
    pub fn mistakes(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        let mut add = |wrong: bool, text: &str| {
            if wrong {
                mistakes.push(text.to_owned());
            }
        };
        add(
            !(1..=MOST_RUNS).contains(&self.runs),
            "/runs: between 1 and a million",
        );
        add(
            !(Duration::from_secs(1)..=Duration::from_secs(3600)).contains(&self.window.0),
            "/window: between 1s and 1h",
        );
        add(
            !self.traffic.units.is_count(MOST_UNITS),
            "/traffic/units: between 0 and ten million a minute",
        );
        add(
            !(0.0..1.0).contains(&self.traffic.lost),
            "/traffic/lost: a part, from 0 to less than 1",
        );
        add(
            self.release
                .stages
                .iter()
                .any(|stage| stage.shadow.is_some()),
            "/release/stages: comparisons are not simulated: leave shadow stages out",
        );
        let times = self.traffic.incident.map_or(1.0, |incident| incident.times);
        add(
            !(0.0..=1000.0).contains(&times),
            "/traffic/incident/times: between 0 and 1000",
        );
        for (metric, behaviour) in &self.metrics {
            let wrong = match behaviour {
                Behaviour::Events(events) => !events.rate.is_count(1.0),
                Behaviour::Values(values) => {
                    let is_size = values.median > 0.0 && values.median.is_finite();
                    !is_size || !(0.0..=10.0).contains(&values.spread)
                }
            };
            add(
                wrong,
                &format!(
                    "/metrics/{metric}: a rate is between 0 and 1, a median above 0, a spread between 0 and 10"
                ),
            );
            add(
                !(0.0..=1000.0).contains(&behaviour.ratio()) || behaviour.ratio() == 0.0,
                &format!("/metrics/{metric}/ratio: above 0 and at most 1000"),
            );
        }
        mistakes
    }

    /// The guards that nothing is simulated for: they see nothing.
    pub fn unfed(&self) -> impl Iterator<Item = &MetricGuard> {
        let guards = self.release.guards.iter().filter_map(Guard::metric);
        guards.filter(|guard| !self.metrics.contains_key(&guard.metric))
    }

    /// What can be simulated, and says less than one would think; each on its own.
    pub fn warnings(&self) -> Vec<String> {
        let unfed = self.unfed().map(|guard| {
            let metric = &guard.metric;
            format!("nothing is said of the metric {metric:?}: its guard sees nothing")
        });
        let objectives = self.release.guards.iter().filter_map(Guard::slo);
        let objectives = objectives.map(|guard| {
            let slo = &guard.slo;
            format!("the objective {slo:?} is not simulated: its guard sees nothing")
        });
        let silent =
            self.traffic.units.is_nothing().then(|| {
                "/traffic/units: there are none, so that nothing is ever measured".to_owned()
            });
        silent.into_iter().chain(unfed).chain(objectives).collect()
    }

    /// Whether the candidate differs from the baseline at all.
    pub fn has_harm(&self) -> bool {
        self.metrics
            .values()
            .any(|behaviour| behaviour.ratio() != 1.0)
    }

    /// The same with a candidate that is like the baseline.
    #[must_use]
    pub fn healthy(&self) -> Self {
        let metrics = self.metrics.iter();
        Self {
            metrics: metrics
                .map(|(metric, behaviour)| (metric.clone(), behaviour.healthy()))
                .collect(),
            ..self.clone()
        }
    }

    /// After how long a run is given up.
    pub fn limit(&self) -> Duration {
        let of_stage = |stage: &Stage| {
            let least = stage
                .min_bake
                .or(stage.watch)
                .map_or(Duration::from_secs(3600), |span| span.0);
            stage.max_bake.map_or(4 * least, |span| span.0 + least)
        };
        let stages: Duration = self.release.stages.iter().map(of_stage).sum();
        self.limit
            .map_or(stages.max(Duration::from_secs(3600)), |span| span.0)
    }
}
