//! From an event to a ruleset in use.

use std::sync::Arc;

use serin_api::sdk::stream;
use tokio::time::Instant;

use super::{Connection, End, Next};
use crate::protocol::{self, Step, Update};
use crate::sse::Event;
use crate::status::{Problem, Source};

/// Events of more bytes are read on a thread for blocking work: compiling thousands of
/// flags takes longer than an async task may hold its thread.
const LARGE_EVENT: usize = 64 * 1024;

impl Connection {
    /// Does what an event says; an end where that is to leave.
    pub(super) async fn take(&mut self, at: usize, event: Event) -> Option<End> {
        let size = event.data.len();
        let whole = protocol::is_whole(&event);
        if !whole && self.holdings.outgrows(size, self.limits.frame) {
            let limit = self.limits.frame;
            let reason = format!("a ruleset and changes of more than twice {limit} bytes");
            return Some(End::senseless(reason));
        }
        if event.name == stream::PATCH && !self.holdings.trusted() {
            return Some(End::senseless("a change came before a whole ruleset"));
        }
        let event = Arc::new(event);
        match self.understand(&event).await {
            Step::Install(update) => self.install(at, &event, *update).await,
            Step::Ignore => None,
            Step::Leave(after) => Some(End {
                next: after.map_or(Next::Backoff, Next::After),
                ..End::new(Problem::Goodbye)
            }),
            Step::Resynchronise(problem) => Some(End {
                next: Next::Anew,
                ..End::new(problem)
            }),
        }
    }

    async fn understand(&self, event: &Arc<Event>) -> Step {
        let current = self.shared.ruleset();
        if event.data.len() < LARGE_EVENT {
            return protocol::read(current.as_deref(), event);
        }
        let event = Arc::clone(event);
        let reading = move || protocol::read(current.as_deref(), &event);
        match tokio::task::spawn_blocking(reading).await {
            Ok(step) => step,
            Err(error) => Step::Resynchronise(Problem::Senseless(error.to_string())),
        }
    }

    async fn install(&mut self, at: usize, event: &Arc<Event>, update: Update) -> Option<End> {
        let offered = update.ruleset.revision();
        if let Some(have) = self.shared.revision()
            && self.holdings.refuses(at, have, offered, Instant::now())
        {
            return Some(End::new(Problem::Behind { have, offered }));
        }
        let size = event.data.len();
        if protocol::is_whole(event) {
            self.shared.metrics.puts.one();
            self.holdings.replaced(at, size);
        } else {
            self.shared.metrics.patches.one();
            self.holdings.changed(at, size);
        }
        self.shared.install(update, Source::Network);
        self.mirror(event).await;
        None
    }

    /// Takes an event up into what is written to the disk.
    async fn mirror(&self, event: &Arc<Event>) {
        let (Some(mirror), Some(ruleset)) = (&self.holdings.mirror, self.shared.ruleset()) else {
            return;
        };
        if event.data.len() < LARGE_EVENT {
            return mirror.follow(event, &ruleset);
        }
        let (mirror, event) = (Arc::clone(mirror), Arc::clone(event));
        // Where the runtime ends, there is nothing to keep.
        let _ = tokio::task::spawn_blocking(move || mirror.follow(&event, &ruleset)).await;
    }
}
