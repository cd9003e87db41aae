//! What happened to a client so far, in numbers.

use std::sync::atomic::{AtomicU64, Ordering};

/// Declares the counters once, and their snapshot with the same names.
macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// What happened to a client since it was built: counts that only grow, to be
        /// exported as a program exports its own. See [`Client::metrics`].
        ///
        /// [`Client::metrics`]: crate::Client::metrics
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct Metrics {
            $($(#[$doc])* pub $name: u64,)*
        }

        /// What [`Metrics`] are taken from.
        #[derive(Debug, Default)]
        pub(crate) struct Recorder {
            $(pub(crate) $name: Count,)*
        }

        impl Recorder {
            pub(crate) fn metrics(&self) -> Metrics {
                Metrics { $($name: self.$name.get(),)* }
            }
        }

        impl Metrics {
            /// All counts with their names, in the order of the fields.
            pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
                [$((stringify!($name), self.$name),)*].into_iter()
            }
        }
    };
}

counters! {
    /// Streams that the server opened.
    streams_opened,
    /// Streams that ended, and attempts to open one that failed, for whatever reason.
    failures,
    /// Times that the server refused the key.
    unauthorized,
    /// Times that another address answered than before.
    failovers,
    /// Times that the client left for an address that it prefers.
    failbacks,
    /// Whole rulesets that were fetched or found unchanged, where streams are blocked.
    polls,
    /// Whole rulesets that evaluations came to use.
    puts,
    /// Changes of a ruleset that evaluations came to use.
    patches,
    /// Times that what came made no sense, so that a whole ruleset was asked for.
    resyncs,
    /// Bytes of streams and rulesets.
    bytes_received,
    /// Copies of the ruleset that were written to the disk.
    cache_writes,
    /// Copies that could not be written.
    cache_failures,
    /// Batches of telemetry that the server took.
    batches_delivered,
    /// Attempts to deliver a batch that failed and are repeated.
    batch_failures,
    /// Batches that the server refused for good.
    batches_refused,
    /// Values that cannot be measured, and reports of a metric of the other kind, by
    /// [`Client::record`](crate::Client::record) and [`Client::track`](crate::Client::track).
    reports_refused,
    /// Comparisons of [`Client::shadow`](crate::Client::shadow) that were left out, since too many
    /// waited.
    shadows_dropped,
    /// Windows of evidence that were dropped, since the server was away for too long.
    windows_dropped,
}

/// One of the counters.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    pub(crate) fn one(&self) {
        self.add(1);
    }

    pub(crate) fn add(&self, number: usize) {
        self.0.fetch_add(number as u64, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
