//! `serin release judge`: a window a line in, a judgement a line out.

use std::{
    fs::File,
    io::{self, Read, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::Args;
use serin_engine::release::judge::Lines;

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
        Some(path) if path.is_dir() => return refused(&path.display(), &"a directory"),
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
