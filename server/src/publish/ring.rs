//! The last publications of an environment, for those who come back.

use std::{collections::VecDeque, sync::Arc};

use serin_engine::ruleset::Patch;

use super::Publication;

/// How many publications are kept at most.
const PUBLICATIONS: usize = 1000;
/// How many bytes of frames are kept at most: patches carry whole flags and segments,
/// and a segment may list a hundred thousand units.
const BYTES: usize = 16 << 20;

/// The last publications, oldest first, each of which continues the one before.
#[derive(Default)]
pub(super) struct Ring {
    publications: VecDeque<Arc<Publication>>,
    bytes: usize,
}

impl Ring {
    /// Adds the next one, and forgets the oldest where there are too many.
    pub(super) fn push(&mut self, publication: Arc<Publication>) {
        self.bytes += publication.frame.len();
        self.publications.push_back(publication);
        while self.publications.len() > PUBLICATIONS || self.bytes > BYTES {
            let Some(oldest) = self.publications.pop_front() else {
                return;
            };
            self.bytes -= oldest.frame.len();
        }
    }

    /// Forgets all: what comes next does not continue them.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// All patches since a revision in one; `None` where the first of them is gone.
    pub(super) fn since(&self, revision: u64) -> Option<Patch> {
        let first = self.publications.iter().position(|publication| {
            publication
                .patch
                .as_ref()
                .is_some_and(|patch| patch.from == revision)
        })?;
        let missed = self.publications.iter().skip(first);
        merge(missed.filter_map(|publication| publication.patch.as_deref().cloned()))
    }
}

/// Makes one patch of several that follow each other.
fn merge(patches: impl Iterator<Item = Patch>) -> Option<Patch> {
    patches.reduce(|mut merged, next| {
        merged.flags.extend(next.flags);
        merged.segments.extend(next.segments);
        Patch {
            from: merged.from,
            flags: merged.flags,
            segments: merged.segments,
            to: next.to,
            releases: next.releases,
            fingerprint: next.fingerprint,
        }
    })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use serde_json::json;

    use super::*;

    fn publication(to: u64, bytes: usize) -> Arc<Publication> {
        let patch = json!({"from": to - 1, "to": to, "flags": {}, "segments": {}, "releases": [], "fingerprint": "0"});
        Arc::new(Publication {
            revision: to,
            patch: Some(Arc::new(serde_json::from_value(patch).unwrap())),
            frame: Bytes::from(vec![b'x'; bytes]),
        })
    }

    #[test]
    fn keeps_so_many_and_no_more() {
        let mut ring = Ring::default();
        let last = PUBLICATIONS as u64 + 5;
        (1..=last).for_each(|to| ring.push(publication(to, 1)));
        assert!(ring.since(4).is_none());
        let patch = ring.since(5).unwrap();
        assert_eq!((patch.from, patch.to), (5, last));
        ring.clear();
        assert!(ring.since(last - 1).is_none());
    }

    #[test]
    fn keeps_so_many_bytes_and_no_more() {
        let mut ring = Ring::default();
        (1..=10).for_each(|to| ring.push(publication(to, BYTES / 4)));
        assert!(ring.since(5).is_none() && ring.since(6).is_some());
        // One that is too large by itself takes its place and is not kept either.
        ring.push(publication(11, BYTES + 1));
        assert!(ring.since(10).is_none() && ring.since(9).is_none());
        ring.push(publication(12, 1));
        assert_eq!(ring.since(11).unwrap().to, 12);
        assert_eq!(ring.bytes, 1);
    }
}
