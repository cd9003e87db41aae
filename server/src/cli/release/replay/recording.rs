//! What is replayed: windows, and what a server tells of the release beside them.

use std::{borrow::Cow, collections::BTreeMap, path::Path};

use chrono::{DateTime, Utc};
use serde::Serialize;
use serin_api::release::{Event, Release};
use serin_engine::release::{
    Document, State,
    evidence::{Line, Window},
    retries,
};

use crate::cli::release::input;

/// What is replayed.
#[derive(Clone, Debug)]
pub(super) struct Recording {
    pub(super) release: Option<String>,
    pub(super) windows: Vec<Window>,
    /// Nothing where the windows come from a file.
    pub(super) told: Option<Told>,
}

/// What a server tells of a release.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) document: Document,
    /// When it started.
    pub(super) began: Option<DateTime<Utc>>,
    /// When a stage was begun again: from then on evidence is fresh.
    pub(super) fresh: Vec<DateTime<Utc>>,
    /// How it ended; nothing while it lives.
    pub(super) did: Option<Did>,
    /// The last window that the server judged, where it says so: what came when the release was
    /// over nobody acted on.
    pub(super) judged_until: Option<DateTime<Utc>>,
}

/// How a release ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Did {
    pub(super) state: &'static str,
    pub(super) at: DateTime<Utc>,
    pub(super) actor: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
}

impl Recording {
    /// A release of a server, with all that happened to it, the oldest first.
    pub(super) fn of(release: Release, history: &[Event], windows: Vec<Window>) -> Self {
        let began = history.iter().find(|event| event.state.is_live());
        let end = history.last().filter(|_| release.state.is_over());
        let told = Told {
            began: began.map(|event| event.at),
            fresh: retries(history.iter().map(|event| (event.at, &event.state))),
            did: end.map(Did::of),
            judged_until: end.and_then(judged_until),
            document: release.document,
        };
        Self {
            release: Some(release.id.to_string()),
            windows,
            told: Some(told),
        }
    }
}

/// Of an end that no person decided on: up to where the evidence that it was decided on goes.
fn judged_until(event: &Event) -> Option<DateTime<Utc>> {
    let until = event.evidence.as_ref()?.get("judged_until")?;
    until.as_str()?.parse().ok()
}

impl Did {
    fn of(event: &Event) -> Self {
        let state: &State = &event.state;
        Self {
            state: state.name(),
            at: event.at,
            actor: event.actor.clone(),
            reason: event.reason.clone(),
        }
    }
}

/// Reads windows, a JSON object a line, by release in the order in which each comes up.
///
/// # Errors
/// Where the file cannot be read, or a line is no window: its number, and why.
pub(super) fn read(path: &Path, only: Option<&str>) -> Result<Vec<Recording>, String> {
    let text = input::text(path)?;
    let recordings = parse(&text, only)?;
    match (recordings.is_empty(), only) {
        (false, _) => Ok(recordings),
        (true, Some(id)) => Err(format!("there is no window of a release {id:?}")),
        (true, None) => Err("there are no windows".to_owned()),
    }
}

fn parse(text: &str, only: Option<&str>) -> Result<Vec<Recording>, String> {
    let mut recordings: Vec<Recording> = Vec::new();
    let mut places: BTreeMap<Option<String>, usize> = BTreeMap::new();
    let lines = text.lines().enumerate();
    for (index, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
        let Line {
            release, window, ..
        } = Line::read(line.as_bytes())
            .map_err(|error| format!("line {} is no window: {error}", index + 1))?;
        let release = release.map(Cow::into_owned);
        if only.is_some() && release.as_deref() != only {
            continue;
        }
        let place = *places.entry(release.clone()).or_insert_with(|| {
            recordings.push(Recording {
                release,
                windows: Vec::new(),
                told: None,
            });
            recordings.len() - 1
        });
        recordings[place].windows.push(window);
    }
    Ok(recordings)
}
