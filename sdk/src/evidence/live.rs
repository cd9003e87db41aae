//! One release in one of its stages.

use chrono::{DateTime, Utc};
use serde_json::Value;
use serin_api::evidence::{EvidenceWindow, WantedMetric, WantedShadow};
use serin_engine::attribute::AttributeRef;
use serin_engine::context::Context;
use serin_engine::evaluation::{Evaluation, Reason};
use serin_engine::release::{MetricKind, Site};
use serin_engine::slots::SLOTS;
use uuid::Uuid;

use super::Compared;
use super::arm::Arm;
use super::filter::{self, Filter, Rotating};

/// Words of the filter for a stage, of which there are two: a quarter of a million units and
/// events in 512 KiB each.
const STAGE_WORDS: usize = 1 << 16;
/// Words of the filter for a window: 130 000 units and values in 256 KiB.
const WINDOW_WORDS: usize = 1 << 15;
/// What a unit is remembered for beside its metrics.
const SEEN: usize = 0;
/// By what it is drawn for comparisons: beyond all metrics.
const DRAWN: usize = 1 << 16;

/// A release in one of its stages, and what was counted for it.
#[derive(Debug)]
pub(super) struct Live {
    release: Uuid,
    stage: usize,
    /// The transition that led to the stage: a stage may be entered again.
    epoch: u64,
    pub(super) flag: Box<str>,
    site: Site,
    /// Baseline and candidate.
    variations: [Box<str>; 2],
    unit: AttributeRef,
    pub(super) metrics: Vec<WantedMetric>,
    shadow: Option<WantedShadow>,
    /// Both arms share the filters, so that these err in both alike.
    in_stage: Rotating,
    in_window: Filter,
    arms: [Arm; 2],
}

/// An arm of a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Baseline,
    Candidate,
}

/// What the ruleset says of a live release.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) release: Uuid,
    pub(super) stage: usize,
    pub(super) epoch: u64,
    pub(super) flag: Box<str>,
    pub(super) site: Site,
    pub(super) variations: [Box<str>; 2],
    pub(super) unit: AttributeRef,
    pub(super) metrics: Vec<WantedMetric>,
    pub(super) shadow: Option<WantedShadow>,
}

impl Live {
    pub(super) fn new(entry: Entry) -> Self {
        Self {
            arms: [Arm::new(&entry.metrics), Arm::new(&entry.metrics)],
            in_stage: Rotating::new(STAGE_WORDS),
            in_window: Filter::new(WINDOW_WORDS),
            release: entry.release,
            stage: entry.stage,
            epoch: entry.epoch,
            flag: entry.flag,
            site: entry.site,
            variations: entry.variations,
            unit: entry.unit,
            metrics: entry.metrics,
            shadow: entry.shadow,
        }
    }

    /// Whether it is of the same stage, and counts the same.
    pub(super) fn is(&self, entry: &Entry) -> bool {
        (self.release, self.stage, self.epoch) == (entry.release, entry.stage, entry.epoch)
            && self.flag == entry.flag
            && self.site == entry.site
            && self.variations == entry.variations
            && self.unit == entry.unit
            && self.metrics == entry.metrics
            && self.shadow == entry.shadow
    }

    /// The arm that an evaluation of the flag is of; none where something else than the
    /// release's site decided, and in a shadow stage, which only comparisons are counted in.
    pub(super) fn arm(&self, evaluation: &Evaluation<'_>) -> Option<Side> {
        match self.shadow {
            Some(_) => None,
            None => self.at_site(evaluation),
        }
    }

    /// Whether the results for a unit are to be compared: the same units as long as the stage.
    pub(super) fn is_shadowed(&self, evaluation: &Evaluation<'_>, unit: u64) -> bool {
        let slots = self
            .shadow
            .as_ref()
            .map_or(0, |shadow| u64::from(shadow.slots));
        let drawn = filter::for_purpose(unit, DRAWN) % u64::from(SLOTS);
        self.at_site(evaluation) == Some(Side::Baseline) && drawn < slots
    }

    /// Counts a comparison: the unit and how long it took once a window, in both arms; that
    /// results differ at the unit's first that do, once in the stage.
    pub(super) fn compare(&self, unit: u64, compared: Compared) {
        let Some(shadow) = &self.shadow else {
            return;
        };
        let place = |key: &str| self.metrics.iter().position(|metric| metric.key == key);
        let seen = filter::for_purpose(unit, SEEN);
        if self.in_window.insert(seen) {
            let first = self.in_stage.insert(seen);
            let latency = shadow.latency.as_deref().and_then(place);
            for (side, took) in [
                (Side::Baseline, compared.control),
                (Side::Candidate, compared.candidate),
            ] {
                self.of(side).expose(first);
                if let Some(latency) = latency {
                    self.of(side).value(latency, took.as_secs_f64() * 1000.0);
                }
            }
        }
        if let (false, Some(mismatch)) = (compared.agreed, place(&shadow.mismatch))
            && self
                .in_stage
                .insert(filter::for_purpose(unit, SEEN + 1 + mismatch))
        {
            self.of(Side::Candidate).event(mismatch);
        }
    }

    /// The arm of an evaluation that the release's site decided.
    fn at_site(&self, evaluation: &Evaluation<'_>) -> Option<Side> {
        let here = match &self.site {
            Site::Default => {
                let by_default = [Reason::Split, Reason::Static, Reason::Default];
                evaluation.rule.is_none() && by_default.contains(&evaluation.reason)
            }
            Site::Rule(id) => evaluation.rule == Some(id.as_str()),
        };
        let variation = evaluation.variation.filter(|_| here)?;
        let [baseline, candidate] = &self.variations;
        if variation == &**candidate {
            Some(Side::Candidate)
        } else if variation == &**baseline {
            Some(Side::Baseline)
        } else {
            None
        }
    }

    /// The unit of a context, as a hash.
    pub(super) fn unit(&self, context: &Context) -> Option<u64> {
        match self.unit.resolve(context)? {
            Value::String(unit) => Some(filter::hash(unit.as_bytes())),
            Value::Number(unit) => Some(filter::hash(unit.to_string().as_bytes())),
            _ => None,
        }
    }

    /// Counts a unit that was seen, once a window.
    pub(super) fn expose(&self, side: Side, unit: u64) {
        let unit = filter::for_purpose(unit, SEEN);
        if self.in_window.insert(unit) {
            self.of(side).expose(self.in_stage.insert(unit));
        }
    }

    /// Counts an event of a unit, once in the stage, or a value, once a window. The unit is
    /// among those that were seen. False where the metric is of the other kind.
    pub(super) fn report(&self, side: Side, unit: u64, metric: usize, value: Option<f64>) -> bool {
        let Some(wanted) = self.metrics.get(metric) else {
            return false;
        };
        let purpose = filter::for_purpose(unit, SEEN + 1 + metric);
        match (wanted.kind, value) {
            (MetricKind::Count, None) => {
                if self.in_stage.insert(purpose) {
                    self.expose(side, unit);
                    self.of(side).event(metric);
                }
                true
            }
            (MetricKind::Value, Some(value)) => {
                if self.in_window.insert(purpose) {
                    self.expose(side, unit);
                    self.of(side).value(metric, value);
                }
                true
            }
            (MetricKind::Count, Some(_)) | (MetricKind::Value, None) => false,
        }
    }

    /// Takes what was counted; nothing where nobody was seen.
    pub(super) fn take(&self, at: DateTime<Utc>) -> Option<EvidenceWindow> {
        let [baseline, candidate] = &self.arms;
        let window = EvidenceWindow {
            release: self.release,
            stage: self.stage,
            at,
            baseline: baseline.take(&self.metrics),
            candidate: candidate.take(&self.metrics),
        };
        let seen = window.baseline.exposed + window.candidate.exposed;
        (seen > 0.0).then_some(window)
    }

    /// Forgets who was seen in the window that is over.
    pub(super) fn begin_window(&self) {
        if !self.in_window.is_empty() {
            self.in_window.clear();
        }
        self.in_stage.rotate();
    }

    fn of(&self, side: Side) -> &Arm {
        let [baseline, candidate] = &self.arms;
        match side {
            Side::Baseline => baseline,
            Side::Candidate => candidate,
        }
    }
}
