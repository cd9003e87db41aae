//! The client: what a program holds.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use serin_engine::context::{Context, PreparedContext};
use serin_engine::evaluation::Evaluation;
use serin_engine::ruleset::{Document, Ruleset, RulesetError};
use tokio::sync::watch;

use crate::bootstrap::{Bootstrap, BootstrapError};
use crate::builder::{ClientBuilder, MAX_RULESET_BYTES};
use crate::change::{self, Changes};
use crate::detail::Detail;
use crate::metrics::Metrics;
use crate::protocol::Update;
use crate::shared::Shared;
use crate::snapshot::{FlagInfo, Snapshot};
use crate::status::{LastError, Mode, Source, Status};
use crate::typed::{Any, Bool, Number, Object, Text};

/// Evaluates the flags of one environment. Clones are cheap and share everything.
///
/// Getters serve the `default` that they are given where there is no ruleset yet, no such
/// flag, a flag of another type, or a flag in error; the `_detail` variants say which.
/// When the last clone is dropped the background task delivers what it counted and ends.
#[derive(Clone, Debug)]
pub struct Client {
    shared: Arc<Shared>,
    /// Absent offline. It ends the task when it is dropped, and when it says so.
    stop: Option<Arc<Stop>>,
}

/// How to end the background task.
#[derive(Debug)]
pub(crate) struct Stop {
    pub(crate) signal: watch::Sender<bool>,
    /// How long the task takes at most.
    pub(crate) limit: Duration,
}

/// Why a client is not ready.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotReady {
    /// No ruleset came in time.
    #[error("no ruleset within {waited:?}{}", because(.last_error.as_ref()))]
    Timeout {
        /// How long was waited.
        waited: Duration,
        /// What went wrong last, where anything did.
        last_error: Option<LastError>,
    },
    /// The client was shut down before a ruleset came.
    #[error("the client was shut down before a ruleset came")]
    ShutDown,
    /// The client is offline and was given no ruleset, so that none will ever come.
    #[error("the client is offline and has no ruleset")]
    Offline,
}

fn because(error: Option<&LastError>) -> String {
    error.map_or_else(String::new, |error| format!(": {}", error.problem))
}

impl Client {
    /// A client of the server at `url` with the server key of one environment.
    pub fn builder(url: impl Into<String>, key: impl Into<String>) -> ClientBuilder {
        ClientBuilder::new(url.into(), key.into())
    }

    /// A client without a server, which evaluates one ruleset for good.
    ///
    /// # Errors
    /// Where the document is no ruleset.
    pub fn offline(document: Document) -> Result<Self, RulesetError> {
        let (ruleset, warnings) = Ruleset::from_document(document)?;
        let client = Self::without_server(Arc::new(Shared::new(None, None)));
        let update = Update {
            changed: change::between(None, &ruleset),
            ruleset,
            warnings,
        };
        client.shared.install(update, Source::Bootstrap);
        Ok(client)
    }

    /// The same from a file, such as one that was downloaded from `/sdk/v1/ruleset`.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let path = std::env::temp_dir().join(format!("serin-doc-{}.json", std::process::id()));
    /// # std::fs::write(&path, r#"{"format": 1, "revision": 7}"#)?;
    /// let client = serin_sdk::Client::offline_from_file(&path)?;
    /// assert_eq!(client.status().revision, Some(7));
    /// # std::fs::remove_file(&path)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Where the file cannot be read or is no ruleset.
    pub fn offline_from_file(path: impl Into<PathBuf>) -> Result<Self, BootstrapError> {
        let beginning = Bootstrap::File(path.into()).read(MAX_RULESET_BYTES)?;
        let client = Self::without_server(Arc::new(Shared::new(None, None)));
        let (update, source) = beginning.update();
        client.shared.install(update, source);
        Ok(client)
    }

    pub(crate) fn new(shared: Arc<Shared>, stop: Stop) -> Self {
        Self {
            shared,
            stop: Some(Arc::new(stop)),
        }
    }

    pub(crate) fn without_server(shared: Arc<Shared>) -> Self {
        shared.standing.offline();
        Self { shared, stop: None }
    }

    /// The value of a boolean flag.
    #[must_use]
    pub fn bool(&self, flag: &str, context: &Context, default: bool) -> bool {
        self.shared.value::<Bool>(flag, context, || default)
    }

    /// The value of a boolean flag, and why.
    #[must_use]
    pub fn bool_detail(&self, flag: &str, context: &Context, default: bool) -> Detail<bool> {
        self.shared.detail::<Bool>(flag, context, || default)
    }

    /// The value of a string flag.
    #[must_use]
    pub fn string(&self, flag: &str, context: &Context, default: impl Into<String>) -> String {
        self.shared.value::<Text>(flag, context, || default.into())
    }

    /// The value of a string flag, and why.
    #[must_use]
    pub fn string_detail(
        &self,
        flag: &str,
        context: &Context,
        default: impl Into<String>,
    ) -> Detail<String> {
        self.shared.detail::<Text>(flag, context, || default.into())
    }

    /// The value of a number flag.
    #[must_use]
    pub fn number(&self, flag: &str, context: &Context, default: f64) -> f64 {
        self.shared.value::<Number>(flag, context, || default)
    }

    /// The value of a number flag, and why.
    #[must_use]
    pub fn number_detail(&self, flag: &str, context: &Context, default: f64) -> Detail<f64> {
        self.shared.detail::<Number>(flag, context, || default)
    }

    /// The value of an object flag.
    #[must_use]
    pub fn json(&self, flag: &str, context: &Context, default: Value) -> Value {
        self.shared.value::<Object>(flag, context, || default)
    }

    /// The value of an object flag, and why.
    #[must_use]
    pub fn json_detail(&self, flag: &str, context: &Context, default: Value) -> Detail<Value> {
        self.shared.detail::<Object>(flag, context, || default)
    }

    /// The value of a flag of any type.
    #[must_use]
    pub fn value(&self, flag: &str, context: &Context, default: Value) -> Value {
        self.shared.value::<Any>(flag, context, || default)
    }

    /// The value of a flag of any type, and why.
    #[must_use]
    pub fn value_detail(&self, flag: &str, context: &Context, default: Value) -> Detail<Value> {
        self.shared.detail::<Any>(flag, context, || default)
    }

    /// Evaluates without copying anything, and gives the evaluation to `then`: the
    /// fastest way, and the engine's own words. It counts like a getter. Before the first
    /// ruleset it is `FLAG_NOT_FOUND`.
    #[inline]
    pub fn evaluate<T>(
        &self,
        flag: &str,
        context: &Context,
        then: impl FnOnce(&Evaluation<'_>) -> T,
    ) -> T {
        self.shared
            .evaluation(flag, Some(context), |found| found.evaluate(context), then)
    }

    /// The same for a context that [`Snapshot::prepare`] looked up once.
    #[inline]
    pub fn evaluate_prepared<T>(
        &self,
        flag: &str,
        context: &PreparedContext<'_>,
        then: impl FnOnce(&Evaluation<'_>) -> T,
    ) -> T {
        self.shared.evaluation(
            flag,
            context.json(),
            |found| found.evaluate_prepared(context),
            then,
        )
    }

    /// Says that something happened to a unit: a metric of the kind `count`. It counts for
    /// the live releases whose guards name the metric, for the arm that the unit is in,
    /// once for each unit in a stage. Where no release asks, nothing happens, and next to
    /// nothing is done. It never waits.
    ///
    /// ```
    /// # use serin_sdk::{Context, TestData};
    /// # let client = TestData::new().client();
    /// client.track("checkout-errors", &Context::new("user-1"));
    /// ```
    pub fn track(&self, metric: &str, context: &Context) {
        self.shared.report(metric, context, None);
    }

    /// Says how much of something there was for a unit, such as milliseconds: a metric of
    /// the kind `value`. It counts as [`Client::track`] does, with one value for each unit
    /// in ten seconds. What is negative or not finite is left out, and counted in
    /// [`Metrics::reports_refused`].
    pub fn record(&self, metric: &str, context: &Context, value: f64) {
        self.shared.report(metric, context, Some(value));
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// The ruleset of this moment, for several evaluations of one revision.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::new(Arc::clone(&self.shared))
    }

    /// The flags of the ruleset by key; none before the first one.
    #[must_use]
    pub fn flags(&self) -> Vec<FlagInfo> {
        self.snapshot().flags()
    }

    /// Waits for the first ruleset, however long it takes. One from the copy on the disk
    /// or from a bootstrap is one: with these a client is ready when it is built, and
    /// [`Status::source`] says where its ruleset came from. Wait with [`Client::when`]
    /// for [`Source::Network`] where that is not enough.
    ///
    /// # Errors
    /// Where the client is shut down before it comes, or is offline and has none.
    pub async fn ready(&self) -> Result<(), NotReady> {
        let status = self
            .when(|status| {
                status.revision.is_some() || status.shut_down || status.mode == Mode::Offline
            })
            .await;
        match (status.revision, status.mode) {
            (Some(_), _) => Ok(()),
            (None, Mode::Offline) => Err(NotReady::Offline),
            (None, _) => Err(NotReady::ShutDown),
        }
    }

    /// Waits for the first ruleset for so long.
    ///
    /// # Errors
    /// Where it does not come in time, or the client is shut down before it comes. The
    /// client goes on trying all the same.
    pub async fn ready_within(&self, limit: Duration) -> Result<(), NotReady> {
        match tokio::time::timeout(limit, self.ready()).await {
            Ok(ready) => ready,
            Err(_) => Err(NotReady::Timeout {
                waited: limit,
                last_error: self.status().last_error,
            }),
        }
    }

    /// How the client stands with its server.
    #[must_use]
    pub fn status(&self) -> Status {
        self.shared.standing.status()
    }

    /// Waits until the status is as wanted: looks at once, and again whenever something
    /// comes from the server or goes wrong.
    pub async fn when(&self, wanted: impl FnMut(&Status) -> bool) -> Status {
        self.shared.standing.when(wanted).await
    }

    /// What happened so far, in numbers.
    #[must_use]
    pub fn metrics(&self) -> Metrics {
        Metrics {
            windows_dropped: self.shared.evidence.dropped(),
            ..self.shared.metrics.metrics()
        }
    }

    /// The changes of the ruleset from now on.
    #[must_use]
    pub fn changes(&self) -> Changes {
        self.shared.subscribers.subscribe()
    }

    /// Closes the stream, delivers what was counted, and ends the background task: at
    /// the latest after the flush timeout. All clones evaluate on from the last ruleset.
    pub async fn shutdown(&self) {
        let Some(stop) = &self.stop else {
            self.shared.end();
            return;
        };
        stop.signal.send_replace(true);
        let ended = self.when(|status| status.shut_down);
        if tokio::time::timeout(stop.limit, ended).await.is_err() {
            tracing::warn!("the SDK's background task did not end in time");
        }
    }
}
