//! The ruleset as text, entry by entry.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serin_engine::ruleset::{FORMAT, Ruleset};
use tokio::sync::Notify;

use crate::protocol;
use crate::sse::Event;

/// Follows the events that became rulesets.
#[derive(Debug, Default)]
pub(crate) struct Mirror {
    state: Mutex<State>,
    dirty: Notify,
    /// Held while it is written, so that the last write is that of the last state.
    writing: Mutex<()>,
}

#[derive(Debug, Default)]
struct State {
    /// Absent before the first whole ruleset, and where a change could not be followed.
    entries: Option<Entries>,
    /// Whether it changed since it was taken.
    changed: bool,
    head: Head,
}

/// What a ruleset and a change have in common.
#[derive(Debug, Default, Deserialize)]
struct Entries {
    #[serde(default)]
    flags: BTreeMap<Box<str>, Option<Box<RawValue>>>,
    #[serde(default)]
    segments: BTreeMap<Box<str>, Option<Box<RawValue>>>,
    #[serde(default)]
    releases: Option<Box<RawValue>>,
}

/// What is known of the compiled ruleset.
#[derive(Debug, Default)]
struct Head {
    project: String,
    environment: String,
    revision: u64,
    fingerprint: String,
}

/// A ruleset document.
#[derive(Serialize)]
struct Written<'e> {
    format: u32,
    project: &'e str,
    environment: &'e str,
    revision: u64,
    flags: &'e BTreeMap<Box<str>, Option<Box<RawValue>>>,
    segments: &'e BTreeMap<Box<str>, Option<Box<RawValue>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    releases: Option<&'e RawValue>,
    fingerprint: &'e str,
}

impl Mirror {
    /// Takes up an event that led to a ruleset.
    pub(crate) fn follow(&self, event: &Event, ruleset: &Ruleset) {
        let read = serde_json::from_str::<Entries>(&event.data);
        let mut state = self.state();
        state.entries = match (read, state.entries.take()) {
            (Ok(whole), _) if protocol::is_whole(event) => Some(whole),
            (Ok(change), Some(mut entries)) => {
                entries.apply(change);
                Some(entries)
            }
            // Nothing is written before the next whole ruleset.
            _ => None,
        };
        state.head = Head {
            project: ruleset.project().to_owned(),
            environment: ruleset.environment().to_owned(),
            revision: ruleset.revision(),
            fingerprint: ruleset.fingerprint().to_owned(),
        };
        state.changed = true;
        drop(state);
        self.dirty.notify_one();
    }

    /// Takes up the copy on the disk, which needs not be written again.
    pub(crate) fn begin(&self, text: &str) {
        self.state().entries = serde_json::from_str(text).ok();
    }

    /// Waits until it changed.
    pub(crate) async fn changed(&self) {
        self.dirty.notified().await;
    }

    /// Writes the document, where it changed since the last time. Whether it did.
    ///
    /// # Errors
    /// Those of `write`; then it counts as not written.
    pub(crate) fn write(&self, write: impl FnOnce(&str) -> io::Result<()>) -> io::Result<bool> {
        let _turn = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(text) = self.take() else {
            return Ok(false);
        };
        let written = write(&text);
        if written.is_err() {
            self.state().changed = true;
            self.dirty.notify_one();
        }
        written.map(|()| true)
    }

    fn take(&self) -> Option<String> {
        let mut state = self.state();
        if !std::mem::take(&mut state.changed) {
            return None;
        }
        let entries = state.entries.as_ref()?;
        let written = Written {
            format: FORMAT,
            project: &state.head.project,
            environment: &state.head.environment,
            revision: state.head.revision,
            flags: &entries.flags,
            segments: &entries.segments,
            releases: entries.releases.as_deref(),
            fingerprint: &state.head.fingerprint,
        };
        serde_json::to_string(&written).ok()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    fn apply(&mut self, change: Self) {
        merge(&mut self.flags, change.flags);
        merge(&mut self.segments, change.segments);
        self.releases = change.releases;
    }
}

fn merge(
    entries: &mut BTreeMap<Box<str>, Option<Box<RawValue>>>,
    changes: BTreeMap<Box<str>, Option<Box<RawValue>>>,
) {
    for (key, entry) in changes {
        match entry {
            Some(entry) => drop(entries.insert(key, Some(entry))),
            None => drop(entries.remove(&key)),
        }
    }
}

#[cfg(test)]
mod tests;
