//! The courier: posts what is in the webhooks' outbox, and notes what became of it.
//!
//! One node at a time does, by a lease. A node that is killed between posting and noting leads
//! to the same delivery being posted again: at least once, with an id to know it by.

mod address;
mod courier;
mod post;
mod signature;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{Mutex, watch},
    task::JoinHandle,
};

use crate::app::App;
pub use courier::Courier;
pub use signature::sign;

/// How often it looks for what is due; what this node commits wakes it at once.
const EVERY: Duration = Duration::from_secs(1);

/// How deliveries are made.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Nothing is posted to addresses that are not public: loopback, private networks,
    /// link-local ones and such.
    pub public_only: bool,
}

/// How much was sent since the start, and how much waits.
#[derive(Debug, Default)]
pub struct Counts {
    /// Times that something was posted and taken.
    pub delivered: AtomicU64,
    /// Times that something was posted in vain.
    pub failed: AtomicU64,
    /// Deliveries that were given up.
    pub dead: AtomicU64,
    /// Deliveries that wait, of all nodes, when this node looked last.
    pub waiting: AtomicU64,
}

impl Counts {
    fn add(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// The courier's task.
pub struct Task {
    stop: watch::Sender<bool>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Task {
    /// Starts it.
    pub fn start(app: &App, options: Options) -> Arc<Self> {
        let (stop, stopped) = watch::channel(false);
        let courier = Courier::new(app.clone(), options);
        let task = tokio::spawn(run(courier, app.clone(), stopped));
        Arc::new(Self {
            stop,
            task: Mutex::new(Some(task)),
        })
    }

    /// Ends it: what is on its way is waited for, as long as a delivery may take. To be called
    /// before the application is shut down.
    pub async fn stop(&self) {
        self.stop.send_replace(true);
        let task = self.task.lock().await.take();
        if let Some(task) = task
            && let Err(error) = task.await
        {
            tracing::error!(%error, "the courier of webhooks ended badly");
        }
    }
}

async fn run(mut courier: Courier, app: App, mut stopped: watch::Receiver<bool>) {
    let mut wait = Duration::ZERO;
    loop {
        let landed = tokio::select! {
            () = tokio::time::sleep(wait) => None,
            () = app.writer.outbox_filled() => None,
            Some(landed) = courier.landed() => Some(landed),
            _ = stopped.wait_for(|stopped| *stopped) => break,
        };
        wait = EVERY;
        if let Some(landed) = landed {
            courier.note(landed).await;
        }
        if let Err(error) = courier.send_off().await {
            tracing::warn!(%error, "could not look for what webhooks wait for");
        }
    }
    courier.retire().await;
}
