//! Follows what others commit: other nodes, and the command line.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{Mutex, watch},
    task::JoinHandle,
    time::MissedTickBehavior,
};
use uuid::Uuid;

use super::Commits;
use crate::store::{Db, Listener};

/// How often the database is asked, whatever was heard: a notification can be lost.
const EVERY: Duration = Duration::from_secs(1);

/// The task that follows.
pub struct Follower {
    stop: watch::Sender<bool>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Follower {
    /// Starts it.
    /// What `node`, which is this one, says that it committed is passed over: its writer publishes
    /// that itself.
    pub fn start(db: Db, commits: Arc<Commits>, node: Uuid) -> Self {
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(follow(db, commits, node, stopped));
        Self {
            stop,
            task: Mutex::new(Some(task)),
        }
    }

    /// Ends it.
    pub async fn stop(&self) {
        self.stop.send_replace(true);
        if let Some(task) = self.task.lock().await.take() {
            drop(task.await);
        }
    }
}

async fn follow(db: Db, commits: Arc<Commits>, node: Uuid, mut stopped: watch::Receiver<bool>) {
    let mut listener = None;
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let work = async {
            tokio::select! {
                _ = ticks.tick() => {
                    if listener.is_none() {
                        listener = listen(&db).await;
                    }
                }
                () = heard(&mut listener, node) => {}
            }
            if let Err(error) = commits.refresh().await {
                tracing::warn!(%error, "could not ask the database for news");
                // Where the way to the database broke without a word, nothing will be heard
                // on the old one.
                listener = None;
            }
        };
        tokio::select! {
            () = work => {}
            _ = stopped.wait_for(|stopped| *stopped) => return,
        }
    }
}

async fn listen(db: &Db) -> Option<Listener> {
    match db.listen().await {
        Ok(listener) => listener,
        Err(error) => {
            tracing::warn!(%error, "could not listen to the database");
            None
        }
    }
}

/// Waits for a notification; for ever where there is nothing to listen to.
async fn heard(listener: &mut Option<Listener>, node: Uuid) {
    let Some(live) = listener else {
        return std::future::pending().await;
    };
    if let Err(error) = live.heard(node).await {
        tracing::warn!(%error, "lost the connection that listens to the database");
        *listener = None;
    }
}

impl Commits {
    /// Publishes what others committed since the last time.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn refresh(&self) -> crate::store::Result<()> {
        let mut sequence = self.sequence.lock().await;
        self.catch_up_from_database(&mut sequence).await
    }
}
