//! `serin release judge`: a window a line in, a judgement a line out.

use std::{
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use serin_engine::release::judge::Lines;

use super::{
    document::{self, Standards},
    input, refused, warn,
};
use crate::cli::evaluate::{each_line, finished};

/// Judge recorded windows by a release document: one JSON window a line on standard input, one
/// judgement a line on standard output
///
/// Windows with different "release" are judged apart, each release from a fresh start. A line
/// that is no window is answered with {"line": …, "member": …, "error": …} and changes nothing.
/// Guards of objectives ("slo") are not judged: each judgement says which under "not_judged".
///
/// The exit status is 0 whatever is found, and 2 where the document or the file cannot be used.
#[derive(Args, Clone, Debug)]
pub(super) struct JudgeOptions {
    /// The release document, in YAML or JSON; its policy and guards are what counts. - for standard
    /// input
    #[arg(long, value_name = "FILE")]
    release: PathBuf,
    /// The windows; standard input where absent, or -
    #[arg(value_name = "WINDOWS")]
    windows: Option<PathBuf>,
}

/// Runs the command.
pub(super) fn run(options: &JudgeOptions) -> ExitCode {
    let windows = options.windows.as_deref().unwrap_or(Path::new("-"));
    let told = |path: &Path, refusal: String| refused(&format!("{}: {refusal}", input::name(path)));
    if input::is_standard(&options.release) && input::is_standard(windows) {
        return refused("standard input is either the release document or the windows");
    }
    let standards = match document::load(&options.release) {
        Ok((standards, warnings)) => {
            warn(&warnings);
            standards
        }
        Err(refusal) => return told(&options.release, refusal),
    };
    match input::lines(windows) {
        Ok(input) => finished(judge_all(&standards, input, io::stdout().lock())),
        Err(refusal) => told(windows, refusal),
    }
}

fn judge_all(standards: &Standards, input: impl Read, output: impl Write) -> io::Result<()> {
    let mut lines = Lines::new(&standards.policy, &standards.guards);
    // Many small writes go to memory first: what is behind `output` is asked once a line.
    let mut answer = Vec::new();
    each_line(input, output, |line, output| {
        answer.clear();
        lines.answer(line, &mut answer)?;
        answer.push(b'\n');
        output.write_all(&answer)
    })
}
