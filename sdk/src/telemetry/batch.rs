//! Batches of counts: numbered once, and sent until the server has them.

use std::collections::VecDeque;
use std::iter::Peekable;

use chrono::{DateTime, Utc};
use serde_json::Value;
use serin_api::evidence::EvidenceWindow;
use serin_api::sdk::{EvaluationCount, Telemetry};
use serin_engine::release::evidence::{Arm, Tally};
use uuid::Uuid;

use super::counters::Taken;

/// Counts that a batch holds at most: with the longest keys there are, it stays below
/// the 1 MiB that the server takes.
pub(super) const COUNTS: usize = 400;
/// Bytes of evidence that a batch holds, more or less, for the same reason.
const EVIDENCE: usize = 300_000;

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
    /// Whether the server wants to know the revision, though nothing was counted.
    is_asked: bool,
}

impl Outbox {
    pub(super) fn new(instance: Uuid, now: DateTime<Utc>) -> Self {
        Self {
            instance,
            sequence: 0,
            since: now,
            waiting: VecDeque::new(),
            is_asked: false,
        }
    }

    /// The next batches say which revision runs, even where they say nothing else.
    pub(super) fn acknowledge(&mut self) {
        self.is_asked = true;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The next batch to send, the same until it is removed.
    pub(super) fn first(&self) -> Option<&Telemetry> {
        self.waiting.front()
    }

    /// Notes when the next batch is sent, where that tells the server what time its windows
    /// mean.
    pub(super) fn date_first(&mut self, now: DateTime<Utc>) {
        if let Some(first) = self.waiting.front_mut()
            && !first.evidence.is_empty()
        {
            first.sent_at = Some(now);
        }
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
        evidence: Vec<EvidenceWindow>,
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
        let mut evidence = evidence.into_iter().peekable();
        loop {
            let part = parts.next().unwrap_or_default();
            let told = unknown_flags.is_empty() && contexts.is_empty();
            let asked = std::mem::take(&mut self.is_asked);
            if part.is_empty() && told && evidence.peek().is_none() && !asked {
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
                sent_at: None,
                evidence: portion(&mut evidence),
                running: None,
            });
        }
    }
}

/// As many windows as go with a batch, at least one where there is any.
fn portion(windows: &mut Peekable<impl Iterator<Item = EvidenceWindow>>) -> Vec<EvidenceWindow> {
    let mut room = EVIDENCE;
    let mut portion = Vec::new();
    while let Some(window) = windows.next_if(|_| room > 0) {
        room = room.saturating_sub(size(&window.baseline) + size(&window.candidate));
        portion.push(window);
    }
    portion
}

/// About how many bytes of JSON an arm takes.
fn size(arm: &Arm) -> usize {
    let metrics = arm.metrics.iter().map(|(key, tally)| match tally {
        Tally::Events(_) => key.len() + 40,
        Tally::Counter(_) => key.len() + 100,
        Tally::Histogram(histogram) => key.len() + 40 + 16 * histogram.0.len(),
    });
    metrics.sum::<usize>() + 200
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
