//! The last publications of an environment, for those who come back.

use std::{collections::VecDeque, sync::Arc};

use bytes::Bytes;
use serin_api::sdk::stream;
use serin_engine::ruleset::Patch;

use super::{Publication, frame};

/// How many publications are kept at most.
const PUBLICATIONS: usize = 1000;
/// How many bytes of frames are kept at most: patches carry whole flags and segments,
/// and a segment may list a hundred thousand units.
const BYTES: usize = 16 << 20;

/// How many merged patches are kept at most until the next publication.
const MERGED: usize = 16;

/// The last publications, oldest first, each of which continues the one before.
#[derive(Default)]
pub(super) struct Ring {
    publications: VecDeque<Arc<Publication>>,
    bytes: usize,
    /// From where merged patches lead to the last publication, with their frames: those
    /// who fall behind together, or come back together, share one.
    merged: VecDeque<(u64, Bytes)>,
}

impl Ring {
    /// Adds the next one, and forgets the oldest where there are too many.
    pub(super) fn push(&mut self, publication: Arc<Publication>) {
        self.merged.clear();
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

    /// All patches since a revision in one, as an event; `None` where the first of them is gone.
    pub(super) fn frame_since(&mut self, revision: u64) -> Option<Bytes> {
        if let Some((_, frame)) = self.merged.iter().find(|(from, _)| *from == revision) {
            return Some(frame.clone());
        }
        let last = self.publications.back()?;
        let frame = match &last.patch {
            Some(patch) if patch.from == revision => last.frame.clone(),
            _ => {
                let patch = self.since(revision)?;
                let text = serde_json::to_string(&patch).ok()?;
                frame::event(stream::PATCH, patch.to, &text)
            }
        };
        self.merged.truncate(MERGED - 1);
        self.merged.push_front((revision, frame.clone()));
        Some(frame)
    }

    /// All patches since a revision in one; `None` where the first of them is gone.
    fn since(&self, revision: u64) -> Option<Patch> {
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
    fn makes_the_bytes_of_a_merged_patch_once() {
        let mut ring = Ring::default();
        (1..=5).for_each(|to| ring.push(publication(to, 1)));
        let (one, other) = (ring.frame_since(2).unwrap(), ring.frame_since(2).unwrap());
        assert_eq!(one.as_ptr(), other.as_ptr());
        // The last alone has its bytes already.
        assert_eq!(ring.frame_since(4).unwrap(), "x");
        ring.push(publication(6, 1));
        let text = String::from_utf8(ring.frame_since(2).unwrap().to_vec()).unwrap();
        assert!(
            text.contains(r#""from":2"#) && text.contains(r#""to":6"#),
            "{text}"
        );
        (0..6).for_each(|from| drop(ring.frame_since(from)));
        assert!(ring.merged.len() <= MERGED);
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
