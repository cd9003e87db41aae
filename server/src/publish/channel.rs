//! One environment's snapshot, its last patches and those who wait for the next.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use bytes::Bytes;
use serin_api::{event::ChangeEvent, sdk::stream};
use serin_engine::ruleset::Patch;
use tokio::sync::broadcast;

use super::{Snapshot, frame, ring::Ring, subscription::CatchUp};

/// How many publications wait for a slow subscriber; beyond that it is told what it missed.
const LAG: usize = 64;

/// A revision as it is published.
pub struct Publication {
    /// The revision that it leads to.
    pub revision: u64,
    /// The patch; absent where the whole ruleset was loaded anew.
    pub patch: Option<Arc<Patch>>,
    /// The patch as an event of a stream; the whole ruleset where it is absent.
    pub frame: Bytes,
}

/// One environment.
pub(super) struct Channel {
    pub(super) feed: Arc<Feed>,
    publications: broadcast::Sender<Arc<Publication>>,
    events: broadcast::Sender<Arc<ChangeEvent>>,
}

/// What subscribers hold on to. Not the senders: where the environment goes, the
/// streams end.
pub(super) struct Feed {
    pub(super) snapshot: ArcSwap<Snapshot>,
    ring: Mutex<Ring>,
}

impl Channel {
    pub(super) fn new(snapshot: Snapshot) -> Self {
        Self {
            feed: Arc::new(Feed {
                snapshot: ArcSwap::from_pointee(snapshot),
                ring: Mutex::default(),
            }),
            publications: broadcast::channel(LAG).0,
            events: broadcast::channel(LAG).0,
        }
    }

    pub(super) fn snapshot(&self) -> Arc<Snapshot> {
        self.feed.snapshot.load_full()
    }

    pub(super) fn subscribe(&self) -> broadcast::Receiver<Arc<Publication>> {
        self.publications.subscribe()
    }

    pub(super) fn events(&self) -> broadcast::Receiver<Arc<ChangeEvent>> {
        self.events.subscribe()
    }

    /// Swaps in what a patch made.
    pub(super) fn publish(&self, snapshot: Snapshot, patch: Arc<Patch>, text: &str) {
        let publication = Arc::new(Publication {
            revision: patch.to,
            frame: frame::event(stream::PATCH, patch.to, text),
            patch: Some(patch),
        });
        let mut ring = self.feed.ring();
        ring.push(Arc::clone(&publication));
        self.feed.snapshot.store(Arc::new(snapshot));
        drop(ring);
        // Nobody listening is no failure.
        drop(self.publications.send(publication));
    }

    /// Swaps in a ruleset that was loaded anew.
    pub(super) fn replace(&self, snapshot: Snapshot) {
        let publication = Arc::new(Publication {
            revision: snapshot.revision,
            patch: None,
            frame: snapshot.put_frame().clone(),
        });
        let mut ring = self.feed.ring();
        ring.clear();
        self.feed.snapshot.store(Arc::new(snapshot));
        drop(ring);
        drop(self.publications.send(publication));
    }

    pub(super) fn tell(&self, event: Arc<ChangeEvent>) {
        drop(self.events.send(event));
    }
}

impl Feed {
    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What one who has `last_event_id` misses, and the revision that it has then.
    pub(super) fn catch_up(&self, last_event_id: Option<u64>) -> (CatchUp, u64) {
        let mut ring = self.ring();
        let snapshot = self.snapshot.load_full();
        let to = snapshot.revision;
        if last_event_id == Some(to) {
            return (CatchUp::UpToDate, to);
        }
        let missed = last_event_id.and_then(|have| ring.frame_since(have));
        drop(ring);
        let missed = match missed {
            Some(frame) => CatchUp::Patch(frame),
            None => CatchUp::Put(snapshot.put_frame().clone()),
        };
        (missed, to)
    }
}
