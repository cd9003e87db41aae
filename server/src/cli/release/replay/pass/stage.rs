//! Stages as they were passed through.

use chrono::TimeDelta;
use serde::Serialize;
use serin_engine::release::{Document, MetricGuard, Stage, judge::Judgement};

use crate::{
    cli::release::document::Standards, release::judging::longest_silence, store::evidence,
};

/// A stage, or one more attempt at it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct StagePass {
    pub(crate) stage: usize,
    pub(crate) from_minute: f64,
    /// Whether a guard has to be safe before it is left.
    pub(crate) asks: bool,
    /// When every guard that has to be was safe, whatever else held the release.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) safe_at_minute: Option<f64>,
}

/// The stages until now.
pub(super) struct Stages {
    /// The release with what it is replayed by, where a server tells of it.
    document: Option<Document>,
    guards: Vec<MetricGuard>,
    passed: Vec<StagePass>,
    /// Where in those the present attempt begins.
    attempt: usize,
}

impl Stages {
    pub(super) fn new(document: Option<&Document>, standards: &Standards) -> Self {
        let judged_by = |document: &Document| Document {
            policy: standards.policy.clone(),
            guards: standards.guards.clone(),
            ..document.clone()
        };
        let guards = standards.guards.iter().filter_map(|guard| guard.metric());
        Self {
            document: document.map(judged_by),
            guards: guards.cloned().collect(),
            passed: Vec::new(),
            attempt: 0,
        }
    }

    /// What comes from now on is of another attempt.
    pub(super) fn begin_again(&mut self) {
        self.attempt = self.passed.len();
    }

    /// Something was measured in a stage; whether that is a new one.
    pub(super) fn enter(&mut self, stage: usize, minute: f64) -> bool {
        let of_attempt = self.passed.iter().skip(self.attempt);
        let is_new = of_attempt.clone().all(|passed| passed.stage != stage);
        if is_new {
            let asks = self.required(stage).next().is_some();
            self.passed.push(StagePass {
                stage,
                from_minute: minute,
                asks,
                safe_at_minute: None,
            });
        }
        is_new
    }

    /// Whether no later stage has begun.
    pub(super) fn is_present(&self, stage: usize) -> bool {
        let of_attempt = self.passed.iter().skip(self.attempt);
        of_attempt.map(|passed| passed.stage).max() <= Some(stage)
    }

    /// Notes what is known of a stage: as for the runner, every guard that has to be safe counts, and
    /// none that holds the release takes that back.
    pub(super) fn note(&mut self, stage: usize, judgement: &Judgement, minute: f64) {
        let is_safe = |guard: &MetricGuard| {
            let known = judgement.guards.get(guard.metric.as_str());
            known.is_some_and(|known| known.safe)
        };
        let is_safe = self.required(stage).all(is_safe);
        let mut of_attempt = self.passed.iter_mut().skip(self.attempt);
        let passed = of_attempt.find(|passed| passed.stage == stage);
        if let Some(passed) = passed.filter(|passed| passed.asks && is_safe) {
            passed.safe_at_minute.get_or_insert(minute);
        }
    }

    /// How long nobody may be seen in an arm before that holds the present stage.
    pub(super) fn longest_silence(&self) -> TimeDelta {
        longest_silence(self.present(), evidence::GRACE)
    }

    /// Whether the present stage has units in both arms.
    pub(super) fn compares(&self) -> bool {
        self.present().is_none_or(Stage::compares)
    }

    /// Nothing where nobody tells of the release.
    fn present(&self) -> Option<&Stage> {
        let of_attempt = self.passed.iter().skip(self.attempt);
        let present = of_attempt.map(|passed| passed.stage).max()?;
        self.document.as_ref()?.stage(present)
    }

    pub(super) fn passed(self) -> Vec<StagePass> {
        self.passed
    }

    /// The guards that have to be safe before a stage is left.
    fn required(&self, stage: usize) -> impl Iterator<Item = &MetricGuard> {
        let known = self.document.as_ref();
        let known = known.and_then(|document| Some((document, document.stage(stage)?)));
        let of_document = known
            .filter(|(document, stage)| document.asks_for_evidence(stage))
            .into_iter()
            .flat_map(|(document, stage)| document.required(stage));
        let of_all = self
            .guards
            .iter()
            .filter(|guard| guard.require_safe.is_some());
        of_document.chain(of_all.filter(move |_| known.is_none()))
    }
}
