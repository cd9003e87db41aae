//! The end of the server, as streams and probes learn of it.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::watch;

/// Tells everything that waits that the server goes away.
pub(crate) struct Shutdown {
    begun: watch::Sender<bool>,
    farewells: AtomicU64,
}

impl Shutdown {
    /// Not yet.
    pub(crate) fn new() -> Self {
        Self {
            begun: watch::Sender::new(false),
            farewells: AtomicU64::new(0),
        }
    }

    /// Now: streams say goodbye and end, and the server is no longer ready.
    pub(crate) fn begin(&self) {
        self.begun.send_replace(true);
    }

    /// Whether it has begun.
    pub(crate) fn begun(&self) -> bool {
        *self.begun.borrow()
    }

    /// What tells a stream of it.
    pub(crate) fn watch(&self) -> watch::Receiver<bool> {
        self.begun.subscribe()
    }

    /// The number of a stream that says goodbye, from 0.
    pub(crate) fn farewell(&self) -> u64 {
        self.farewells.fetch_add(1, Ordering::Relaxed)
    }
}
