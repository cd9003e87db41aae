//! What other systems count for releases: asked for by one node, beside the runner and off its way,
//! and added to the windows that the runner judges.
//!
//! A source that does not answer is asked again, and once that lasts it is a reason to hold, which
//! goes when it answers. What was counted meanwhile is not lost: counters tell it later.

mod ask;
mod keep;
mod plan;
mod tell;

use std::{collections::HashMap, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use futures_util::{StreamExt as _, stream};

use crate::{
    app::App, prometheus::Prometheus, service::Result, store::source::Name, tenure::Tenure,
};
pub(super) use tell::tell;

/// The lease's name.
const LEASE: &str = "sources";
/// How long another node waits after this one was killed; longer than a round takes.
const LEASE_FOR: Duration = Duration::from_secs(30);
/// How soon a source that did not answer is asked again.
const AGAIN: Duration = Duration::from_secs(5);
/// How many questions are asked at a time.
const AT_ONCE: usize = 8;

/// Asks sources, and remembers whom it asked in vain.
pub struct Sources {
    app: App,
    tenure: Tenure,
    /// When a source that did not answer is asked again, by this node's uptime.
    again: HashMap<Name, Duration>,
}

impl Sources {
    /// One that has asked nobody yet.
    pub fn new(app: App) -> Self {
        Self {
            tenure: Tenure::lasting(LEASE, LEASE_FOR, &app),
            app,
            again: HashMap::new(),
        }
    }

    /// Asks for what is due, and keeps what is answered. Does nothing while another node does.
    ///
    /// # Errors
    /// Where the database fails; what was answered is asked for again then.
    pub async fn tick(&mut self) -> Result<()> {
        let uptime = self.app.clock.uptime();
        self.again.retain(|_, at| *at > uptime);
        let mut tx = self.app.db.read().await?;
        let (mut due, unreadable) = plan::due(&mut tx, self.app.clock.now()).await?;
        drop(tx);
        self.app.unread.note(&unreadable);
        due.retain(|wanted| !self.again.contains_key(&wanted.name));
        if due.is_empty() || !self.hold().await? {
            return Ok(());
        }
        let (prometheus, now) = (self.app.prometheus.clone(), self.app.clock.now());
        let asked: Vec<_> = stream::iter(due)
            .map(|wanted| answered(prometheus.clone(), wanted, now))
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        for (wanted, answer) in &asked {
            if let Err(problem) = answer {
                self.again.insert(wanted.name.clone(), uptime + AGAIN);
                tracing::debug!(release.id = %wanted.name.release_id, metric = wanted.name.metric, problem, "a source does not answer");
            }
        }
        let keep = self
            .app
            .writer
            .run(move |work| Box::pin(keep::all(work, asked)));
        keep.await
    }

    /// Whether this node is the one that asks.
    async fn hold(&mut self) -> Result<bool> {
        let uptime = self.app.clock.uptime();
        let claim = self.tenure.claim(uptime);
        let take = self
            .app
            .writer
            .run(move |work| Box::pin(async move { claim.take(work).await }));
        let other = take.await?;
        let holds = other.is_none();
        self.tenure.learn(other, uptime);
        Ok(holds)
    }

    /// Gives the lease back, so that another node need not wait.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn retire(self) -> Result<()> {
        self.tenure.give_back(&self.app).await
    }
}

async fn answered(
    prometheus: Option<Arc<Prometheus>>,
    wanted: plan::Wanted,
    now: DateTime<Utc>,
) -> (plan::Wanted, std::result::Result<ask::Answer, String>) {
    let answer = ask::ask(prometheus.as_deref(), &wanted, now).await;
    (wanted, answer)
}
