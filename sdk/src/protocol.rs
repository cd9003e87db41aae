//! What an event of the stream means, without I/O.

use std::collections::BTreeSet;
use std::time::Duration;

use serin_api::sdk::{Goodbye, stream};
use serin_engine::ruleset::{Document, Patch, Ruleset, Warning};

use crate::change;
use crate::sse::Event;
use crate::status::Problem;

/// What to do about an event.
#[derive(Debug)]
pub(crate) enum Step {
    /// Evaluate from this ruleset from now on.
    Install(Box<Update>),
    /// Close the stream and come again: after so long, where the server said.
    Leave(Option<Duration>),
    /// The event is not for this version of the SDK.
    Ignore,
    /// What the client has and what the server sends no longer fit: ask for all anew.
    Resynchronise(Problem),
}

/// A ruleset that came over the stream.
#[derive(Debug)]
pub(crate) struct Update {
    pub(crate) ruleset: Ruleset,
    /// Flags that do not compile, among those that came.
    pub(crate) warnings: Vec<Warning>,
    /// Flags that may now be evaluated otherwise.
    pub(crate) changed: BTreeSet<String>,
}

/// Goodbyes of longer than this are a mistake.
const LONGEST_GOODBYE: Duration = Duration::from_secs(300);

/// Reads one event against the ruleset that the client has.
///
/// It compiles what it reads, which takes tens of milliseconds for thousands of flags.
pub(crate) fn read(current: Option<&Ruleset>, event: &Event) -> Step {
    let update = match event.name.as_str() {
        stream::PUT => put(current, &event.data),
        stream::PATCH => patch(current, &event.data),
        stream::GOODBYE => return Step::Leave(goodbye(&event.data)),
        _ => return Step::Ignore,
    };
    match update {
        Ok(update) => Step::Install(Box::new(update)),
        Err(reason) => Step::Resynchronise(Problem::Senseless(format!("{}: {reason}", event.name))),
    }
}

/// Whether an event brings a whole ruleset, and not what changed of it.
pub(crate) fn is_whole(event: &Event) -> bool {
    event.name == stream::PUT
}

fn put(current: Option<&Ruleset>, data: &str) -> Result<Update, String> {
    let document: Document = serde_json::from_str(data).map_err(|error| error.to_string())?;
    let (ruleset, warnings) =
        Ruleset::from_document(document).map_err(|error| error.to_string())?;
    let changed = change::between(current, &ruleset);
    Ok(Update {
        ruleset,
        warnings,
        changed,
    })
}

fn patch(current: Option<&Ruleset>, data: &str) -> Result<Update, String> {
    let current = current.ok_or("there is no ruleset to change")?;
    let patch: Patch = serde_json::from_str(data).map_err(|error| error.to_string())?;
    let (ruleset, warnings) = current.apply(&patch).map_err(|error| error.to_string())?;
    let changed = change::between(Some(current), &ruleset);
    Ok(Update {
        ruleset,
        warnings,
        changed,
    })
}

fn goodbye(data: &str) -> Option<Duration> {
    let goodbye: Goodbye = serde_json::from_str(data).ok()?;
    Some(Duration::from_millis(goodbye.retry_ms).min(LONGEST_GOODBYE))
}

#[cfg(test)]
mod tests;
