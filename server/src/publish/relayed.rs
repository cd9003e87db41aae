//! What comes over a stream from another publisher.

use std::sync::Arc;

use serin_engine::ruleset::Patch;

use super::{Channel, Directory, Publisher, Snapshot};

impl Publisher {
    /// Takes a whole ruleset. Streams get what changed where that says it shorter, so that
    /// an upstream which sends all does not make its relays do so.
    pub(crate) fn install(&self, snapshot: Snapshot) {
        let Some(channel) = self.channel(snapshot.environment_id) else {
            return self.add(snapshot);
        };
        let patch = channel.snapshot().difference(&snapshot);
        match serde_json::to_string(&patch) {
            Ok(text) if patch.from < patch.to && text.len() < snapshot.json().len() / 2 => {
                channel.publish(snapshot, Arc::new(patch), &text);
            }
            _ => channel.replace(snapshot),
        }
    }

    fn add(&self, snapshot: Snapshot) {
        let channel = Arc::new(Channel::new(snapshot));
        self.environments.rcu(|directory| {
            let channels = directory.by_id.values().chain([&channel]);
            Directory::of(channels.cloned())
        });
    }
}

impl Snapshot {
    /// What leads from this snapshot to another of the same environment.
    fn difference(&self, next: &Self) -> Patch {
        Patch {
            from: self.revision,
            to: next.revision,
            flags: self.entries.flags_to(&next.entries),
            segments: self.entries.segments_to(&next.entries),
            releases: next.ruleset.releases().to_vec(),
            fingerprint: next.ruleset.fingerprint().to_owned(),
        }
    }
}
