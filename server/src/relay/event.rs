//! What one event of the upstream's stream does, without I/O.
//!
//! Nothing is believed: a ruleset must be of the environment, carry the fingerprint of
//! what it holds, and not be older than what is served. Whatever does not fit changes
//! nothing and is asked for anew.

use std::{sync::Arc, time::Duration};

use serin_api::sdk::{Goodbye, stream};
use serin_engine::ruleset::{Document, Patch};
use serin_sdk::sse::Event;

use super::place::Place;
use crate::publish::{Publisher, Snapshot, commit::Revision};

/// Goodbyes of longer than this are a mistake.
const LONGEST_GOODBYE: Duration = Duration::from_secs(300);

/// What an event did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The upstream's ruleset is served.
    Served,
    /// Nothing that concerns us.
    Nothing,
    /// The upstream goes away: when to come again, where it says so.
    Leave(Option<Duration>),
    /// It makes no sense, for this reason: ask for all anew.
    Anew(String),
}

/// Does what an event says. It compiles rulesets, which takes tens of milliseconds for
/// thousands of flags.
pub(super) fn take(publisher: &Publisher, place: &Place, event: &Event) -> Step {
    let taken = match event.name.as_str() {
        stream::PUT => put(publisher, place, &event.data),
        stream::PATCH => patch(publisher, place, &event.data),
        stream::GOODBYE => return Step::Leave(goodbye(&event.data)),
        _ => return Step::Nothing,
    };
    match taken {
        Ok(()) => Step::Served,
        Err(reason) => Step::Anew(format!("{}: {reason}", event.name)),
    }
}

/// Compiles a ruleset of an environment, with all doubts.
pub(super) fn ruleset(place: &Place, text: &[u8]) -> Result<Snapshot, String> {
    let document: Document = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    if (&document.project, &document.environment) != (&place.project, &place.environment) {
        return Err(format!(
            "it is of {}/{}, not of {}/{}",
            document.project, document.environment, place.project, place.environment
        ));
    }
    if document.fingerprint.is_none() {
        return Err("it has no fingerprint".to_owned());
    }
    let (snapshot, warnings) =
        Snapshot::new(place.id, document).map_err(|error| error.to_string())?;
    for warning in warnings {
        tracing::warn!(
            project = place.project,
            environment = place.environment,
            %warning
        );
    }
    Ok(snapshot)
}

fn put(publisher: &Publisher, place: &Place, data: &str) -> Result<(), String> {
    let snapshot = ruleset(place, data.as_bytes())?;
    let Some(served) = publisher.snapshot(place.id) else {
        publisher.install(snapshot);
        return Ok(());
    };
    if snapshot.etag == served.etag {
        return Ok(());
    }
    if snapshot.revision <= served.revision {
        return Err(format!(
            "it goes back: revision {} (fingerprint {}) comes after {} ({})",
            snapshot.revision,
            snapshot.ruleset.fingerprint(),
            served.revision,
            served.ruleset.fingerprint()
        ));
    }
    publisher.install(snapshot);
    Ok(())
}

fn patch(publisher: &Publisher, place: &Place, data: &str) -> Result<(), String> {
    let patch: Patch = serde_json::from_str(data).map_err(|error| error.to_string())?;
    let served = publisher.snapshot(place.id).map(|served| served.revision);
    if served.is_some_and(|served| patch.to <= served) {
        return Err(format!("it goes back: to revision {}", patch.to));
    }
    // Written anew: what came may have line breaks in it, which would end our own frames.
    let text = serde_json::to_string(&patch).map_err(|error| error.to_string())?;
    let revision = Revision {
        environment_id: place.id,
        patch: Arc::new(patch),
        text,
    };
    match publisher.advance(&revision) {
        true => Ok(()),
        false => Err("it does not fit what is served".to_owned()),
    }
}

fn goodbye(data: &str) -> Option<Duration> {
    let goodbye: Goodbye = serde_json::from_str(data).ok()?;
    Some(Duration::from_millis(goodbye.retry_ms).min(LONGEST_GOODBYE))
}

#[cfg(test)]
mod tests;
