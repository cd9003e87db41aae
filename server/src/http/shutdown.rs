//! The end of the server, as streams and probes learn of it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::watch;

/// Tells everything that waits that the server goes away.
pub(crate) struct Shutdown {
    draining: AtomicBool,
    begun: watch::Sender<bool>,
    farewells: AtomicU64,
}

impl Shutdown {
    /// Not yet.
    pub(crate) fn new() -> Self {
        Self {
            draining: AtomicBool::new(false),
            begun: watch::Sender::new(false),
            farewells: AtomicU64::new(0),
        }
    }

    /// Soon: the server answers on, but it is no longer ready, and keeps no connection open.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Whether load balancers should send requests elsewhere.
    pub(crate) fn draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// Now: streams say goodbye and end.
    pub(crate) fn begin(&self) {
        self.begun.send_replace(true);
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
