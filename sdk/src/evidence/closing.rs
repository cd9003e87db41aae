//! Ends a window every ten seconds, whatever becomes of the delivery.

use std::sync::Arc;
use std::time::Duration;

use serin_api::evidence::WINDOW_SECS;

use crate::clock;
use crate::shared::Shared;

/// Closes windows where those of all instances end, at multiples of their length.
pub(crate) struct Closing(pub(crate) Arc<Shared>);

impl Closing {
    /// Runs until it is dropped.
    pub(crate) async fn run(&self) {
        let length = WINDOW_SECS * 1000;
        loop {
            let left = length - clock::now().timestamp_millis().rem_euclid(length);
            // One more, so that a timer that is early does not close the same window twice.
            tokio::time::sleep(Duration::from_millis(left.unsigned_abs() + 1)).await;
            self.0.evidence.close(clock::now());
        }
    }
}
