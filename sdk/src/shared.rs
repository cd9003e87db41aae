//! What the background task writes and evaluations read.

use std::sync::Arc;

use serde_json::Value;
use serin_engine::context::Context;
use serin_engine::evaluation::{ErrorCode as EngineCode, Evaluation};
use serin_engine::ruleset::{Found, Ruleset};

use crate::change::{Change, Subscribers};
use crate::clock;
use crate::current::Current;
use crate::detail::{Detail, ErrorCode};
use crate::evidence::Evidence;
use crate::metrics::Recorder;
use crate::protocol::Update;
use crate::shadow::Aside;
use crate::status::{Source, Standing};
use crate::telemetry::{Counters, Samples};
use crate::traces;
use crate::typed::{self, Typed};

/// The state that a client, its clones, its snapshots and its task share.
#[derive(Debug)]
pub(crate) struct Shared {
    ruleset: Current,
    /// Absent where telemetry is off.
    counters: Option<Counters>,
    /// Absent where contexts stay in the program.
    samples: Option<Samples>,
    /// Counts nothing where telemetry is off.
    pub(crate) evidence: Evidence,
    pub(crate) standing: Standing,
    pub(crate) subscribers: Subscribers,
    pub(crate) metrics: Recorder,
    /// Where candidates of shadow stages run.
    pub(crate) aside: Aside,
}

impl Shared {
    pub(crate) fn new(counters: Option<Counters>, samples: Option<Samples>) -> Self {
        Self {
            ruleset: Current::empty(),
            evidence: Evidence::new(counters.is_some()),
            counters,
            samples,
            standing: Standing::default(),
            subscribers: Subscribers::default(),
            metrics: Recorder::default(),
            aside: Aside::default(),
        }
    }

    pub(crate) fn ruleset(&self) -> Option<Arc<Ruleset>> {
        self.ruleset.load_full()
    }

    /// The revision of the ruleset in use.
    pub(crate) fn revision(&self) -> Option<u64> {
        self.ruleset().map(|ruleset| ruleset.revision())
    }

    pub(crate) fn counters(&self) -> Option<&Counters> {
        self.counters.as_ref()
    }

    /// The contexts that were sampled since the last time.
    pub(crate) fn take_samples(&self) -> Vec<Value> {
        self.samples.as_ref().map(Samples::take).unwrap_or_default()
    }

    /// Offers a context to be sampled, where that is asked for.
    #[inline]
    pub(crate) fn sample(&self, context: &Context) {
        if let Some(samples) = &self.samples {
            samples.offer(context);
        }
    }

    /// Makes evaluations use a ruleset, and says so. Only one task does this.
    pub(crate) fn install(&self, update: Update, source: Source) {
        for warning in &update.warnings {
            tracing::warn!(flag.key = %warning.flag, "flag {} does not compile: {}", warning.flag, warning.message);
        }
        let to = update.ruleset.revision();
        let ruleset = Arc::new(update.ruleset);
        let before = self.ruleset.replace(Arc::clone(&ruleset));
        self.evidence.follow(&ruleset, clock::now());
        let from = before.map(|ruleset| ruleset.revision());
        self.standing.installed(to, source);
        tracing::debug!("evaluations use revision {to}");
        // A ruleset that came again after a reconnect is no news.
        if from != Some(to) || !update.changed.is_empty() {
            self.subscribers.publish(&Change {
                from,
                to,
                flags: update.changed,
            });
        }
    }

    /// Nothing comes any more; evaluation goes on.
    pub(crate) fn end(&self) {
        self.standing.shut_down();
        self.subscribers.close();
    }

    /// A value from the ruleset of this moment.
    pub(crate) fn value<T: Typed>(
        &self,
        flag: &str,
        context: &Context,
        default: impl FnOnce() -> T::Out,
    ) -> T::Out {
        self.ruleset.with(|ruleset| {
            let Some(ruleset) = ruleset else {
                traces::tell(None, flag, Some(context), &no_ruleset());
                return default();
            };
            self.sample(context);
            let Some(found) = ruleset.find(flag) else {
                self.not_found(ruleset, flag, Some(context));
                return default();
            };
            let evaluation = found.evaluate(context);
            match evaluation.value.and_then(T::read) {
                Some(value) => {
                    self.count(found, &evaluation);
                    self.expose(found, context, &evaluation);
                    traces::tell(Some(ruleset), flag, Some(context), &evaluation);
                    value
                }
                None => {
                    self.count_default(flag);
                    traces::tell_default(ruleset, flag, context, &evaluation);
                    default()
                }
            }
        })
    }

    /// The same with all that is known about it.
    pub(crate) fn detail<T: Typed>(
        &self,
        flag: &str,
        context: &Context,
        default: impl FnOnce() -> T::Out,
    ) -> Detail<T::Out> {
        self.ruleset
            .with(|ruleset| self.detail_from::<T>(ruleset, flag, context, default))
    }

    /// The same from a given ruleset.
    pub(crate) fn detail_from<T: Typed>(
        &self,
        ruleset: Option<&Ruleset>,
        flag: &str,
        context: &Context,
        default: impl FnOnce() -> T::Out,
    ) -> Detail<T::Out> {
        let Some(ruleset) = ruleset else {
            traces::tell(None, flag, Some(context), &no_ruleset());
            let message = "no ruleset came from the server yet";
            return Detail::failed(default(), ErrorCode::ProviderNotReady, message, None, None);
        };
        self.sample(context);
        let revision = ruleset.revision();
        let Some(found) = ruleset.find(flag) else {
            self.not_found(ruleset, flag, Some(context));
            return Detail::new(default(), &Evaluation::not_found(flag), revision);
        };
        let evaluation = found.evaluate(context);
        if let Some(value) = evaluation.value.and_then(T::read) {
            self.count(found, &evaluation);
            self.expose(found, context, &evaluation);
            traces::tell(Some(ruleset), flag, Some(context), &evaluation);
            return Detail::new(value, &evaluation, revision);
        }
        self.count_default(flag);
        traces::tell_default(ruleset, flag, context, &evaluation);
        match mismatch::<T>(ruleset, flag, &evaluation) {
            Some(message) => Detail::failed(
                default(),
                ErrorCode::TypeMismatch,
                message,
                evaluation.flag_version,
                Some(revision),
            ),
            None => Detail::new(default(), &evaluation, revision),
        }
    }

    /// An evaluation from the ruleset of this moment, counted and not copied.
    #[inline]
    pub(crate) fn evaluation<T>(
        &self,
        flag: &str,
        context: Option<&Context>,
        evaluate: impl for<'r> FnOnce(Found<'r>) -> Evaluation<'r>,
        then: impl FnOnce(&Evaluation<'_>) -> T,
    ) -> T {
        self.ruleset.with(|ruleset| {
            let Some(ruleset) = ruleset else {
                traces::tell(None, flag, context, &no_ruleset());
                return then(&no_ruleset());
            };
            if let Some(context) = context {
                self.sample(context);
            }
            let Some(found) = ruleset.find(flag) else {
                self.not_found(ruleset, flag, context);
                return then(&Evaluation::not_found(flag));
            };
            let evaluation = evaluate(found);
            self.count(found, &evaluation);
            if let Some(context) = context {
                self.expose(found, context, &evaluation);
            }
            traces::tell(Some(ruleset), flag, context, &evaluation);
            then(&evaluation)
        })
    }

    /// Counts an evaluation that served what it says, be it nothing.
    #[inline]
    pub(crate) fn count<'r>(&self, found: Found<'r>, evaluation: &Evaluation<'r>) {
        if let Some(counters) = &self.counters {
            counters.evaluated(found, evaluation);
        }
    }

    /// Counts a unit for the release on a flag, where one lives.
    #[inline]
    pub(crate) fn expose<'r>(
        &self,
        found: Found<'r>,
        context: &Context,
        evaluation: &Evaluation<'r>,
    ) {
        if self.evidence.is_live() {
            self.evidence.exposed(found, context, evaluation);
        }
    }

    /// Counts an event of a unit, or a value, for the releases that ask for the metric.
    pub(crate) fn report(&self, metric: &str, context: &Context, value: Option<f64>) {
        if value.is_some_and(|value| !value.is_finite() || value < 0.0) {
            self.metrics.reports_refused.one();
            return;
        }
        if !self.evidence.is_live() {
            return;
        }
        let is_taken = self.ruleset.with(|ruleset| {
            ruleset.is_none_or(|ruleset| self.evidence.report(ruleset, metric, context, value))
        });
        if !is_taken {
            self.metrics.reports_refused.one();
        }
    }

    /// Counts an evaluation of a flag that served the caller's default.
    fn count_default(&self, flag: &str) {
        if let Some(counters) = &self.counters {
            counters.served(flag, None);
        }
    }

    /// Counts that a flag was asked for that there is not.
    #[cold]
    pub(crate) fn not_found(&self, ruleset: &Ruleset, flag: &str, context: Option<&Context>) {
        traces::tell_not_found(ruleset, flag, context);
        if let Some(counters) = &self.counters {
            counters.unknown(flag);
        }
    }
}

/// What evaluations are before the first ruleset.
pub(crate) fn no_ruleset() -> Evaluation<'static> {
    Evaluation::failed(EngineCode::FlagNotFound, "no ruleset came yet")
}

/// Says that a flag is of another type, where it is. The flag's type decides and not
/// only the value's, so that a flag without a value for the moment is found out too.
fn mismatch<T: Typed>(
    ruleset: &Ruleset,
    flag: &str,
    evaluation: &Evaluation<'_>,
) -> Option<String> {
    if evaluation.error.is_some() {
        return None;
    }
    let asked = T::KIND?;
    let kind = ruleset.flag(flag)?.kind?;
    (kind != asked).then(|| {
        format!(
            "flag {flag} is {}, not {}",
            typed::name(kind),
            typed::name(asked)
        )
    })
}
