//! The background task around the stream and the telemetry.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::connection::Connection;
use crate::shared::Shared;
use crate::telemetry::Delivery;

/// All that runs in the background of one client.
pub(crate) struct Task {
    pub(crate) connection: Connection,
    /// Absent where telemetry is off.
    pub(crate) delivery: Option<Delivery>,
    pub(crate) stopped: watch::Receiver<bool>,
    pub(crate) flush_timeout: Duration,
    pub(crate) end: EndWhenDropped,
}

impl Task {
    /// Follows the stream and sends telemetry until it is stopped, then sends what is left.
    pub(crate) async fn run(self) {
        let Self {
            mut connection,
            mut delivery,
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
        tokio::select! {
            () = connection.run() => {}
            () = deliver => {}
            // An error means that all clients are gone, which stops it as well.
            _ = stopped.wait_for(|stop| *stop) => {}
        }
        if let Some(delivery) = &mut delivery {
            let flushed = tokio::time::timeout(flush_timeout, delivery.flush()).await;
            if !matches!(flushed, Ok(Ok(()))) {
                tracing::warn!("the last evaluation counts could not be delivered");
            }
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
