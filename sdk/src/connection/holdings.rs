//! What the client has, and from whom.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::cache::Mirror;

/// For so long a ruleset is not exchanged for an older one from another address: a relay
/// that lost its own server must not take back what the server said. After that the older
/// one may be all that there is, as after a restored backup.
const LOYALTY: Duration = Duration::from_secs(3600);

/// What the client has, and from whom.
#[derive(Debug)]
pub(crate) struct Holdings {
    /// Whether the server may send what leads on from the ruleset in use. Not where that
    /// is a bootstrap, which people may have edited, or where a change did not fit.
    trusted: bool,
    /// The address that the ruleset in use came from.
    origin: Option<usize>,
    /// When that was last heard of.
    heard: Option<Instant>,
    /// The bytes that the ruleset in use was made of: the last whole one and all changes
    /// since.
    bytes: usize,
    /// The tag of the last ruleset that was fetched, and its revision.
    tag: Option<(String, u64)>,
    /// What is written to the disk, where that is wanted.
    pub(super) mirror: Option<Arc<Mirror>>,
}

impl Holdings {
    /// Of a client that has so many bytes of ruleset from the disk, or none.
    pub(crate) fn new(cached: Option<usize>, mirror: Option<Arc<Mirror>>) -> Self {
        Self {
            trusted: cached.is_some(),
            origin: None,
            heard: None,
            bytes: cached.unwrap_or_default(),
            tag: None,
            mirror,
        }
    }

    /// Whether the server may go on from the ruleset in use.
    pub(super) fn trusted(&self) -> bool {
        self.trusted
    }

    /// The whole ruleset is to be asked for.
    pub(super) fn distrust(&mut self) {
        self.trusted = false;
    }

    pub(super) fn heard(&mut self, at: usize) {
        if self.origin == Some(at) {
            self.heard = Some(Instant::now());
        }
    }

    /// Whether a ruleset is too old to be used: see [`LOYALTY`].
    pub(super) fn refuses(&self, at: usize, have: u64, offered: u64, now: Instant) -> bool {
        let elsewhere = self.origin.is_some_and(|origin| origin != at);
        let recent = self
            .heard
            .is_some_and(|heard| now.saturating_duration_since(heard) < LOYALTY);
        offered < have && elsewhere && recent
    }

    /// Whether a change of so many bytes is one too many: without end, changes that only
    /// add would make a ruleset without end. The next whole one is bounded by itself.
    pub(super) fn outgrows(&self, bytes: usize, limit: usize) -> bool {
        self.bytes.saturating_add(bytes) > limit.saturating_mul(2)
    }

    /// A whole ruleset came.
    pub(super) fn replaced(&mut self, at: usize, bytes: usize) {
        self.bytes = bytes;
        self.came_from(at);
    }

    /// A change came.
    pub(super) fn changed(&mut self, at: usize, bytes: usize) {
        self.bytes = self.bytes.saturating_add(bytes);
        self.came_from(at);
    }

    fn came_from(&mut self, at: usize) {
        self.trusted = true;
        self.origin = Some(at);
        self.heard = Some(Instant::now());
    }

    /// The tag of the ruleset in use, where it was fetched as it is.
    pub(super) fn tag(&self, revision: Option<u64>) -> Option<&str> {
        let (tag, tagged) = self.tag.as_ref()?;
        (self.trusted && revision == Some(*tagged)).then_some(tag)
    }

    pub(super) fn set_tag(&mut self, tag: Option<String>, revision: Option<u64>) {
        self.tag = tag.zip(revision);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_ruleset_from_elsewhere_is_refused_for_an_hour() {
        let mut holdings = Holdings::new(None, None);
        let now = Instant::now();
        // Nobody knows where a copy or a bootstrap came from.
        assert!(!holdings.refuses(1, 4, 3, now));
        holdings.replaced(0, 10);
        assert!(holdings.refuses(1, 4, 3, now));
        assert!(!holdings.refuses(0, 4, 3, now));
        assert!(!holdings.refuses(1, 4, 4, now));
        assert!(holdings.refuses(1, 4, 3, now + LOYALTY / 2));
        assert!(!holdings.refuses(1, 4, 3, now + LOYALTY * 2));
        holdings.changed(1, 10);
        assert!(!holdings.refuses(1, 4, 3, now));
    }

    #[test]
    fn changes_are_weighed_until_a_whole_ruleset_comes() {
        let mut holdings = Holdings::new(Some(50), None);
        assert!(holdings.trusted());
        assert!(!holdings.outgrows(150, 100));
        assert!(holdings.outgrows(151, 100));
        holdings.changed(0, 100);
        assert!(holdings.outgrows(51, 100));
        holdings.replaced(0, 100);
        assert!(!holdings.outgrows(51, 100));
        assert!(holdings.outgrows(usize::MAX, 100));
    }

    #[test]
    fn a_tag_is_of_the_ruleset_in_use() {
        let mut holdings = Holdings::new(None, None);
        holdings.replaced(0, 10);
        holdings.set_tag(Some("t".to_owned()), Some(4));
        assert_eq!(holdings.tag(Some(4)), Some("t"));
        assert_eq!(holdings.tag(Some(5)), None);
        holdings.distrust();
        assert_eq!(holdings.tag(Some(4)), None);
    }
}
