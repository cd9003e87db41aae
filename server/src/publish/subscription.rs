//! A stream's view of an environment.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::broadcast::{self, error::RecvError};

use super::channel::{Channel, Feed, Publication};

/// What one who comes (back) misses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CatchUp {
    /// Nothing.
    UpToDate,
    /// The event `patch`, made of all patches that were missed.
    Patch(Bytes),
    /// The event `put`: the patches are gone, or there is no telling what the other has.
    Put(Bytes),
}

/// The frames of one stream, without gaps and without repetition.
pub struct Subscription {
    feed: Arc<Feed>,
    receiver: broadcast::Receiver<Arc<Publication>>,
    /// What was missed, until it is taken.
    first: Option<Bytes>,
    /// What the other side has once it took all that was given out.
    revision: u64,
}

impl Subscription {
    pub(super) fn new(channel: &Channel, last_event_id: Option<u64>) -> Self {
        // First the receiver: what is published in between is in both, and skipped below.
        let receiver = channel.subscribe();
        let (missed, revision) = channel.feed.catch_up(last_event_id);
        Self {
            feed: Arc::clone(&channel.feed),
            receiver,
            first: match missed {
                CatchUp::UpToDate => None,
                CatchUp::Patch(frame) | CatchUp::Put(frame) => Some(frame),
            },
            revision,
        }
    }

    /// The next frame; `None` where the environment is gone. Dropping the future loses nothing.
    ///
    /// One who did not read while several were published gets them as one patch: a burst,
    /// or a slow reader, costs one frame and not many.
    pub async fn next(&mut self) -> Option<Bytes> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        loop {
            match self.receiver.recv().await {
                Ok(publication) if publication.revision <= self.revision => continue,
                Ok(publication) if self.receiver.is_empty() && self.fits(&publication) => {
                    self.revision = publication.revision;
                    return Some(publication.frame.clone());
                }
                Ok(_) => {}
                // What is still in the queue is older than what is caught up with.
                Err(RecvError::Lagged(_)) => self.receiver = self.receiver.resubscribe(),
                Err(RecvError::Closed) => return None,
            }
            let (missed, revision) = self.feed.catch_up(Some(self.revision));
            self.revision = revision;
            if let CatchUp::Patch(frame) | CatchUp::Put(frame) = missed {
                return Some(frame);
            }
        }
    }

    /// The revision of the last frame given out.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    fn fits(&self, publication: &Publication) -> bool {
        publication
            .patch
            .as_ref()
            .is_none_or(|patch| patch.from == self.revision)
    }
}
