//! Batches of counts: numbered once, and sent until the server has them.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};
use serde_json::Value;
use serin_api::sdk::{EvaluationCount, Telemetry};
use uuid::Uuid;

use super::counters::Taken;

/// Counts that a batch holds at most: with the longest keys there are, it stays below
/// the 1 MiB that the server takes.
pub(super) const COUNTS: usize = 400;

/// What waits for delivery.
///
/// New counts are put in only when it is empty: while the server is away they gather
/// in the counters, where they take no more memory however long it lasts.
#[derive(Debug)]
pub(super) struct Outbox {
    instance: Uuid,
    sequence: u64,
    /// When the counts began that were not put in yet.
    since: DateTime<Utc>,
    waiting: VecDeque<Telemetry>,
}

impl Outbox {
    pub(super) fn new(instance: Uuid, now: DateTime<Utc>) -> Self {
        Self {
            instance,
            sequence: 0,
            since: now,
            waiting: VecDeque::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The next batch to send, the same until it is removed.
    pub(super) fn first(&self) -> Option<&Telemetry> {
        self.waiting.front()
    }

    /// The first batch is delivered, or will never be.
    pub(super) fn remove_first(&mut self) {
        self.waiting.pop_front();
    }

    /// Makes batches of what was counted until now.
    pub(super) fn put(
        &mut self,
        taken: Taken,
        mut contexts: Vec<Value>,
        revision: u64,
        now: DateTime<Utc>,
    ) {
        let from = self.since;
        // A clock that was set back makes no period of negative length.
        let to = now.max(from);
        self.since = now;
        let counts: Vec<_> = taken.evaluations.into_iter().collect();
        let mut unknown_flags: Vec<_> = taken.unknown.into_iter().map(Into::into).collect();
        let mut parts = counts.chunks(COUNTS);
        loop {
            let part = parts.next().unwrap_or_default();
            if part.is_empty() && unknown_flags.is_empty() && contexts.is_empty() {
                return;
            }
            self.sequence += 1;
            self.waiting.push_back(Telemetry {
                instance: self.instance,
                sequence: self.sequence,
                revision,
                from,
                to,
                evaluations: part.iter().map(count).collect(),
                unknown_flags: std::mem::take(&mut unknown_flags),
                contexts: std::mem::take(&mut contexts),
            });
        }
    }
}

fn count(((flag, variation), count): &((Box<str>, Option<Box<str>>), u64)) -> EvaluationCount {
    EvaluationCount {
        flag: flag.to_string(),
        variation: variation.as_deref().map(str::to_owned),
        count: *count,
    }
}

#[cfg(test)]
mod tests;
