//! The runner: looks at every live release once a second and lets time move it.
//!
//! The loop here is thin; [`Runner::tick`] does the work and is what tests call. One
//! node at a time runs, by a lease; where two think that they do, the epoch lets only
//! one of them move a release.

pub(crate) mod judging;
mod runner;
mod sources;

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{Mutex, watch},
    task::JoinHandle,
};

use crate::app::App;
pub use runner::Runner;
pub use sources::Sources;

/// How often it looks; the engine counts no gap of several times this.
const EVERY: Duration = Duration::from_secs(1);
/// How soon it looks again at the earliest, where a stage is about to be over.
const SOON: Duration = Duration::from_millis(10);

/// The runner's task, and beside it that of the sources.
pub struct Task {
    stop: watch::Sender<bool>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl Task {
    /// Starts it.
    pub fn start(app: &App) -> Arc<Self> {
        let (stop, stopped) = watch::channel(false);
        let asking = tokio::spawn(ask(Sources::new(app.clone()), stopped.clone()));
        let running = tokio::spawn(run(Runner::new(app.clone()), stopped));
        Arc::new(Self {
            stop,
            tasks: Mutex::new(vec![running, asking]),
        })
    }

    /// Ends it after the tick that it is in, and gives the lease back. To be called
    /// before the application is shut down.
    pub async fn stop(&self) {
        self.stop.send_replace(true);
        for task in self.tasks.lock().await.drain(..) {
            if let Err(error) = task.await {
                tracing::error!(%error, "the release runner ended badly");
            }
        }
    }
}

async fn run(mut runner: Runner, mut stopped: watch::Receiver<bool>) {
    let mut pause = Duration::ZERO;
    while sleep(pause, &mut stopped).await {
        pause = match runner.tick().await {
            Ok(Some(left)) => left.clamp(SOON, EVERY),
            Ok(None) => EVERY,
            Err(error) => {
                tracing::warn!(%error, "could not look at the releases");
                EVERY
            }
        };
    }
    if let Err(error) = runner.retire().await {
        tracing::warn!(%error, "could not give back the lease on the releases");
    }
}

/// Asks sources, as often as the runner looks. A question that is under way when it is to end is
/// given up: nothing of it is kept.
async fn ask(mut sources: Sources, mut stopped: watch::Receiver<bool>) {
    while sleep(EVERY, &mut stopped).await {
        let asked = tokio::select! {
            asked = sources.tick() => asked,
            _ = stopped.wait_for(|stopped| *stopped) => break,
        };
        if let Err(error) = asked {
            tracing::warn!(%error, "could not ask the sources of releases");
        }
    }
    if let Err(error) = sources.retire().await {
        tracing::warn!(%error, "could not give back the lease on the sources");
    }
}

/// False where it is to end.
async fn sleep(pause: Duration, stopped: &mut watch::Receiver<bool>) -> bool {
    tokio::select! {
        () = tokio::time::sleep(pause) => true,
        _ = stopped.wait_for(|stopped| *stopped) => false,
    }
}
