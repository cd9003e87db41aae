//! `serin release replay`: what another policy would have made of a release.

mod pass;
mod recording;
mod words;

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use serin_engine::release::Policy;

use super::{
    document::{self, Written},
    input, refused,
    remote::Remote,
    warn,
};
use pass::Replayed;
use recording::Recording;

/// The two ways: of a server, or of a file.
const USAGE: &str = "serin release replay <ID> --server <URL> --token <TOKEN> --project <KEY> --environment <KEY> [--policy <FILE>] [--json]
       serin release replay [ID] --windows <FILE> --policy <FILE> [--json]";

/// Run a release's recorded windows through another policy, and say what it would have done
///
/// The release is read from a server, or its windows from a file as `GET …/releases/{id}/windows`
/// gives them, one JSON object a line. What the file with the policy does not say (policy, guards)
/// is taken from the release where it comes from a server. The traffic is what it was: what other
/// stages would have brought nobody knows. Guards of objectives ("slo") are not judged.
///
/// The exit status is 0 whatever is found, and 2 where something cannot be read or there is no window.
#[derive(Args, Clone, Debug)]
#[command(override_usage = USAGE)]
pub(super) struct ReplayOptions {
    /// The release's id; with --windows, which of the file's releases (all where absent)
    #[arg(value_name = "ID", required_unless_present = "windows")]
    release: Option<String>,

    /// A release document, in YAML or JSON: its policy and guards are what counts. Without it the
    /// release's own are replayed
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,

    /// Windows in a file, in place of a server, to be judged by --policy; - for standard input
    #[arg(long, value_name = "FILE", requires = "policy")]
    windows: Option<PathBuf>,

    #[command(flatten)]
    remote: Remote,

    /// Write a JSON object for each release
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(super) fn run(options: &ReplayOptions) -> ExitCode {
    match replayed(options).and_then(|replayed| print(&replayed, options.json)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => refused(&message),
    }
}

fn replayed(options: &ReplayOptions) -> Result<Vec<Replayed>, String> {
    let files = [&options.policy, &options.windows];
    if files
        .iter()
        .all(|file| file.as_deref().is_some_and(input::is_standard))
    {
        return Err("standard input is either the policy or the windows".to_owned());
    }
    let of = |path: &Path, error: String| format!("{}: {error}", input::name(path));
    let written = match &options.policy {
        Some(path) => document::written(path).map_err(|error| of(path, error))?,
        None => Written::default(),
    };
    let recordings = match (&options.windows, &options.release) {
        (Some(path), id) => {
            recording::read(path, id.as_deref()).map_err(|error| of(path, error))?
        }
        (None, Some(id)) => {
            let (release, history, windows) = options.remote.read(id)?;
            if windows.is_empty() {
                return Err(format!(
                    "nothing is recorded of the release {id}: it has no windows"
                ));
            }
            vec![Recording::of(release, &history, windows)]
        }
        (None, None) => Vec::new(),
    };
    let mut warned = Vec::new();
    let replayed = recordings.into_iter().map(|recording| {
        let (policy, guards) = match &recording.told {
            Some(told) => (told.document.policy.clone(), &*told.document.guards),
            None => (Policy::default(), &[][..]),
        };
        let (standards, warnings) = written.clone().or(&policy, guards);
        // Of each the same.
        if warned.is_empty() {
            warn(&warnings);
            warned = warnings;
        }
        pass::run(&recording, &standards)
    });
    Ok(replayed.collect())
}

fn print(replayed: &[Replayed], json: bool) -> Result<(), String> {
    let mut text = String::new();
    for release in replayed {
        if json {
            text += &serde_json::to_string(release).map_err(|error| error.to_string())?;
            text.push('\n');
        } else {
            text += &words::of(release);
        }
    }
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.to_string()),
        _ => Ok(()),
    }
}
