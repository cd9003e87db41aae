//! The background task around the stream, the telemetry and the copy on the disk.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::cache::Keeper;
use crate::clock;
use crate::connection::Connection;
use crate::evidence::Closing;
use crate::shared::Shared;
use crate::telemetry::Delivery;

/// All that runs in the background of one client.
pub(crate) struct Task {
    pub(crate) connection: Connection,
    /// Absent where telemetry is off.
    pub(crate) delivery: Option<Delivery>,
    pub(crate) closing: Closing,
    /// Absent where no copy is kept.
    pub(crate) keeper: Option<Keeper>,
    pub(crate) stopped: watch::Receiver<bool>,
    pub(crate) flush_timeout: Duration,
    pub(crate) end: EndWhenDropped,
}

impl Task {
    /// Follows the ruleset and sends telemetry until it is stopped, then writes and sends
    /// what is left.
    pub(crate) async fn run(self) {
        let Self {
            mut connection,
            mut delivery,
            closing,
            mut keeper,
            mut stopped,
            flush_timeout,
            end,
        } = self;
        let deliver = async {
            match &mut delivery {
                Some(delivery) => delivery.run().await,
                None => std::future::pending().await,
            }
        };
        let keep = async {
            match &mut keeper {
                Some(keeper) => keeper.run().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = connection.run() => {}
            () = deliver => {}
            () = keep => {}
            () = closing.run() => {}
            // An error means that all clients are gone, which stops it as well.
            _ = stopped.wait_for(|stop| *stop) => {}
        }
        let write = async {
            if let Some(keeper) = &mut keeper {
                keeper.write().await;
            }
        };
        closing.0.evidence.close(clock::now());
        let flush = async {
            match &mut delivery {
                Some(delivery) => delivery.flush().await.is_ok(),
                None => true,
            }
        };
        let (delivered, _) = tokio::join!(
            tokio::time::timeout(flush_timeout, flush),
            tokio::time::timeout(flush_timeout, write),
        );
        if !matches!(delivered, Ok(true)) {
            tracing::warn!("the last evaluation counts could not be delivered");
        }
        drop(end);
    }
}

/// Tells everybody who waits that the task has ended, also where its runtime was shut
/// down around it.
pub(crate) struct EndWhenDropped(pub(crate) Arc<Shared>);

impl Drop for EndWhenDropped {
    fn drop(&mut self) {
        self.0.end();
    }
}
