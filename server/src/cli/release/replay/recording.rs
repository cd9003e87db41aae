//! What is replayed: windows, and what a server tells of the release beside them.

use std::{collections::BTreeMap, fs, io::Read as _, path::Path};

use chrono::{DateTime, Utc};
use serde::Serialize;
use serin_api::release::{Event, Release};
use serin_engine::release::{Document, State, evidence::Window, retries};

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
        let told = Told {
            began: began.map(|event| event.at),
            fresh: retries(history.iter().map(|event| (event.at, &event.state))),
            did: history
                .last()
                .filter(|_| release.state.is_over())
                .map(Did::of),
            document: release.document,
        };
        Self {
            release: Some(release.id.to_string()),
            windows,
            told: Some(told),
        }
    }
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
    let text = if path.as_os_str() == "-" {
        let mut text = String::new();
        std::io::stdin()
            .read_to_string(&mut text)
            .map_err(|error| error.to_string())?;
        text
    } else {
        fs::read_to_string(path).map_err(|error| error.to_string())?
    };
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
        let mut window: Window = serde_json::from_str(line)
            .map_err(|error| format!("line {} is no window: {error}", index + 1))?;
        let release = window.release.take();
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
