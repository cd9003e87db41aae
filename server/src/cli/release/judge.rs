//! `serin release judge`: a window a line in, a judgement a line out.

use std::{
    borrow::Cow,
    collections::HashMap,
    fs::File,
    io::{self, Read, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::Args;
use serde::{Deserialize, Serialize};
use serin_engine::release::{
    evidence::{Arm, Window},
    judge::{Judge, Judgement},
};

use super::document::{self, Standards};
use crate::cli::evaluate::{each_line, finished};

/// Judge recorded windows by a release document: one JSON window a line on standard input, one
/// judgement a line on standard output
///
/// Windows with different "release" are judged apart, each release from a fresh start. A line
/// that is no window is answered with {"error": …} and changes nothing. The exit status is 0
/// whatever is found, and 2 where the document or the file cannot be used.
#[derive(Args, Clone, Debug)]
pub(super) struct JudgeOptions {
    /// The release document, in YAML or JSON; its policy and guards are what counts
    #[arg(long, value_name = "FILE")]
    release: PathBuf,
    /// The windows; standard input where absent
    #[arg(value_name = "WINDOWS")]
    windows: Option<PathBuf>,
}

/// Runs the command.
pub(super) fn run(options: &JudgeOptions) -> ExitCode {
    let standards = match document::load(&options.release) {
        Ok((standards, warnings)) => {
            for warning in warnings {
                let _ = writeln!(io::stderr(), "warning: {warning}");
            }
            standards
        }
        Err(refusal) => return refused(&options.release.display(), &refusal),
    };
    let input: Box<dyn Read> = match &options.windows {
        None => Box::new(io::stdin().lock()),
        Some(path) => match File::open(path) {
            Ok(file) => Box::new(file),
            Err(error) => return refused(&path.display(), &error),
        },
    };
    finished(judge_all(&standards, input, io::stdout().lock()))
}

fn refused(file: &dyn std::fmt::Display, why: &dyn std::fmt::Display) -> ExitCode {
    let _ = writeln!(io::stderr(), "serin: {file}: {why}");
    ExitCode::from(2)
}

/// A line that came in. The texts are taken as they are written: they are given back.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow, default)]
    release: Option<Cow<'a, str>>,
    #[serde(borrow)]
    at: Cow<'a, str>,
    stage: usize,
    weight: f64,
    baseline: Arm,
    candidate: Arm,
}

/// A line that goes out.
#[derive(Serialize)]
struct Answer<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    release: Option<&'a str>,
    at: &'a str,
    #[serde(flatten)]
    judgement: &'a Judgement,
}

#[derive(Serialize)]
struct Refusal<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    release: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<&'a str>,
    error: String,
}

/// The judges of the streams that have come up, by release.
struct Streams<'s> {
    standards: &'s Standards,
    /// By release; what comes without one is a release too.
    places: HashMap<Option<String>, usize>,
    judges: Vec<Judge>,
    /// Of the release that came last, which most often comes next.
    last: Option<(Option<String>, usize)>,
}

impl Streams<'_> {
    fn judge(&mut self, release: Option<&str>) -> &mut Judge {
        let place = match &self.last {
            Some((last, place)) if last.as_deref() == release => *place,
            _ => self.place(release.map(str::to_owned)),
        };
        &mut self.judges[place]
    }

    fn place(&mut self, release: Option<String>) -> usize {
        let place = match self.places.get(&release) {
            Some(place) => *place,
            None => {
                let judge = Judge::new(&self.standards.policy, &self.standards.guards);
                self.judges.push(judge);
                self.places.insert(release.clone(), self.judges.len() - 1);
                self.judges.len() - 1
            }
        };
        self.last = Some((release, place));
        place
    }
}

fn judge_all(standards: &Standards, input: impl Read, output: impl Write) -> io::Result<()> {
    let mut streams = Streams {
        standards,
        places: HashMap::new(),
        judges: Vec::new(),
        last: None,
    };
    // Many small writes go to memory first: what is behind `output` is asked once a line.
    let mut answers = Vec::new();
    each_line(input, output, |line, output| {
        answers.clear();
        answer(&mut streams, line, &mut answers)?;
        answers.push(b'\n');
        output.write_all(&answers)
    })
}

fn answer(streams: &mut Streams<'_>, line: &[u8], output: &mut Vec<u8>) -> serde_json::Result<()> {
    // Checked once for the whole line, and not for each text in it.
    let read = match std::str::from_utf8(line) {
        Ok(line) => serde_json::from_str::<Line<'_>>(line).map_err(|error| error.to_string()),
        Err(_) => Err("the line is not UTF-8".to_owned()),
    };
    let line = match read {
        Ok(line) => line,
        Err(error) => {
            let refusal = Refusal {
                release: None,
                at: None,
                error,
            };
            return serde_json::to_writer(output, &refusal);
        }
    };
    let (release, at) = (line.release.clone(), line.at.clone());
    let (release, at) = (release.as_deref(), &*at);
    match judged(streams, line) {
        Ok(judgement) => {
            let judgement = &judgement;
            let answer = Answer {
                release,
                at,
                judgement,
            };
            serde_json::to_writer(output, &answer)
        }
        Err(error) => {
            let refusal = Refusal {
                release,
                at: Some(at),
                error,
            };
            serde_json::to_writer(output, &refusal)
        }
    }
}

fn judged(streams: &mut Streams<'_>, line: Line<'_>) -> Result<Judgement, String> {
    let at = line.at.parse().map_err(|error| format!("at: {error}"))?;
    let window = Window {
        release: None,
        at,
        stage: line.stage,
        weight: line.weight,
        baseline: line.baseline,
        candidate: line.candidate,
    };
    let judge = streams.judge(line.release.as_deref());
    judge.enter(&window).map_err(|error| error.to_string())
}
