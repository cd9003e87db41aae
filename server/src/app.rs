//! The application: everything that the use cases need.

use std::sync::Arc;

use chrono::TimeDelta;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

use crate::{
    clock::Clock,
    front::{Front, Health},
    ids::Random,
    prometheus::{self, Prometheus},
    publish::{Commits, Publisher, follow},
    service::{self, key, release, usage::Recorder, user::first_start, writer::Writer},
    store::{self, Db},
    webhook,
};

pub use crate::service::user::FirstStart;

/// How the application is opened.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `sqlite://path` or `postgres://…`
    pub database_url: String,
    /// The admin's password on first start.
    pub admin_password: Option<String>,
    /// An API token of the admin's on first start; at least 20 characters.
    pub admin_token: Option<String>,
    /// Which Prometheus metrics with a source are asked of.
    pub prometheus: prometheus::Settings,
    /// How long after its end a window of evidence is judged; [`store::evidence::GRACE`]
    /// where absent.
    pub evidence_grace: Option<TimeDelta>,
}

/// Everything that the use cases need. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The database, for reading.
    pub db: Db,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness, fit for secrets.
    pub random: Arc<dyn Random>,
    /// The one door for writing.
    pub writer: Writer,
    /// What evaluators get.
    pub publisher: Arc<Publisher>,
    /// What fills it.
    pub commits: Arc<Commits>,
    /// Evaluation counts.
    pub usage: Arc<Recorder>,
    /// What became of webhooks' deliveries.
    pub deliveries: Arc<webhook::Counts>,
    /// What other systems counted; nothing where the server was set up without.
    pub prometheus: Option<Arc<Prometheus>>,
    /// Which releases were logged as unreadable.
    pub unread: Arc<release::Unread>,
    /// How long after its end a window of evidence is judged.
    pub evidence_grace: TimeDelta,
    follower: Arc<follow::Follower>,
}

/// Why the application could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// An option that cannot be used.
    #[error("{0}")]
    Option(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// Making the first admin.
    #[error("making the first admin: {0}")]
    Service(#[from] service::Error),
}

impl OpenError {
    /// Whether other options are needed, rather than another try.
    pub fn by_options(&self) -> bool {
        matches!(
            self,
            Self::Option(_) | Self::Store(store::Error::Address(_))
        )
    }
}

impl App {
    /// Brings the database to this version, makes the admin on first start, loads what
    /// evaluators get and starts the writer, the follower and the usage recorder.
    ///
    /// # Errors
    /// Where the database cannot be used, or an option is no good.
    pub async fn open(
        options: Options,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<(Self, FirstStart), OpenError> {
        first_start::check(&options)?;
        let prometheus = Prometheus::open(&options.prometheus).map_err(OpenError::Option)?;
        let db = Db::open(&options.database_url).await?;
        db.require_writable().await?;
        let commits = Arc::new(Commits::load(db.clone()).await?);
        let publisher = Arc::clone(commits.publisher());
        let writer = Writer::start(
            db.clone(),
            Arc::clone(&clock),
            Arc::clone(&random),
            Arc::clone(&commits),
        );
        let unread = Arc::<release::Unread>::default();
        let usage = Recorder::start(
            writer.clone(),
            Arc::clone(&publisher),
            Arc::clone(&clock),
            Arc::clone(&unread),
        );
        let follower = follow::Follower::start(db.clone(), Arc::clone(&commits), writer.node());
        let app = Self {
            db,
            clock,
            random,
            writer,
            publisher,
            commits,
            usage,
            deliveries: Arc::default(),
            prometheus: prometheus.map(Arc::new),
            unread,
            evidence_grace: options.evidence_grace.unwrap_or(store::evidence::GRACE),
            follower: Arc::new(follower),
        };
        let first_start = first_start::run(&app, options).await?;
        Ok((app, first_start))
    }

    /// The keys of SDKs, from memory.
    pub fn keys(&self) -> Arc<key::Cache> {
        self.publisher.keys()
    }

    /// What answers SDKs.
    pub fn front(&self) -> Front {
        Front {
            clock: Arc::clone(&self.clock),
            random: Arc::clone(&self.random),
            publisher: Arc::clone(&self.publisher),
            usage: Arc::clone(&self.usage) as _,
            health: Arc::new(DatabaseAnswers(self.db.clone())),
        }
    }

    /// Flushes the usage counts, does the writes that wait and closes the database.
    pub async fn shutdown(&self) {
        self.follower.stop().await;
        self.usage.stop().await;
        self.writer.stop().await;
        self.db.close().await;
    }
}

/// A server is ready while its database answers. Evaluation goes on without it all the same.
struct DatabaseAnswers(Db);

impl Health for DatabaseAnswers {
    fn ready(&self) -> BoxFuture<'_, Result<Value, String>> {
        Box::pin(async {
            self.0.read().await.map(drop).map_err(|error| {
                tracing::warn!(%error, "not ready: the database does not answer");
                "the database does not answer".to_owned()
            })?;
            Ok(json!({}))
        })
    }
}
