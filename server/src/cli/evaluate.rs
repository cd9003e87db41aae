//! `serin evaluate`: one request a line in, one evaluation a line out.

use std::{
    fs,
    io::{self, BufRead, BufReader, BufWriter, Read, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use serde_json::{Value, json};
use serin_engine::{
    evaluation::{ErrorCode, Reason},
    request,
    ruleset::{Ruleset, Warning},
};

/// Room for the requests that wait, so that a long file is read in few pieces.
const BUFFER: usize = 64 * 1024;

/// Evaluate flags against a ruleset file: one JSON request a line on standard input,
/// one evaluation a line on standard output
///
/// A request is {"flag": "key", "context": {…}, "default": …}; context and default may be
/// left out. A line that is no request is answered with an error of its own. A flag that
/// does not compile is a warning on standard error, and evaluates to PARSE_ERROR.
/// The exit status is 2 where the ruleset is refused.
#[derive(Args, Clone, Debug)]
pub(super) struct Evaluate {
    /// The ruleset: a document as `GET /sdk/v1/ruleset` delivers it
    #[arg(long, value_name = "FILE")]
    ruleset: PathBuf,
}

/// Runs the command on standard input and output.
pub(super) fn run(arguments: &Evaluate) -> ExitCode {
    let mut errors = io::stderr().lock();
    let (ruleset, warnings) = match load(&arguments.ruleset) {
        Ok(loaded) => loaded,
        Err(refusal) => {
            let _ = writeln!(errors, "serin: {}: {refusal}", arguments.ruleset.display());
            return ExitCode::from(2);
        }
    };
    for warning in warnings {
        let _ = writeln!(errors, "warning: {warning}");
    }
    finished(answer_all(
        &ruleset,
        io::stdin().lock(),
        io::stdout().lock(),
    ))
}

/// The exit status of a command that answers lines.
pub(super) fn finished(result: io::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads has enough, as with `| head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "serin: {error}");
            ExitCode::FAILURE
        }
    }
}

fn load(path: &Path) -> Result<(Ruleset, Vec<Warning>), String> {
    Ruleset::parse(&read(path)?).map_err(|error| error.to_string())
}

/// The text of a ruleset file.
pub(super) fn read(path: &Path) -> Result<String, String> {
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|error| not_utf8(error.as_bytes(), error.utf8_error()))
}

fn not_utf8(bytes: &[u8], error: std::str::Utf8Error) -> String {
    let before = &bytes[..error.valid_up_to()];
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let column = before
        .iter()
        .rev()
        .take_while(|byte| **byte != b'\n')
        .count()
        + 1;
    format!("the ruleset is not UTF-8 at line {line} column {column}")
}

/// Answers every line with a line.
fn answer_all(ruleset: &Ruleset, input: impl Read, output: impl Write) -> io::Result<()> {
    each_line(input, output, |request, output| {
        let answer = match std::str::from_utf8(request) {
            Ok(request) => request::answer(ruleset, request),
            Err(_) => not_a_text(),
        };
        serde_json::to_writer(&mut *output, &answer)?;
        output.write_all(b"\n")
    })
}

/// Answers every line in the order read. Answers are written out as soon as no further
/// request waits, so that a program at the other end may ask and listen in turn.
pub(super) fn each_line(
    input: impl Read,
    output: impl Write,
    mut answer: impl FnMut(&[u8], &mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut input = BufReader::with_capacity(BUFFER, input);
    let mut output = BufWriter::with_capacity(BUFFER, output);
    let mut line = Vec::new();
    while input.read_until(b'\n', &mut line)? > 0 {
        answer(line.strip_suffix(b"\n").unwrap_or(&line), &mut output)?;
        if input.buffer().is_empty() {
            output.flush()?;
        }
        line.clear();
    }
    output.flush()
}

/// The answer to a line that is not UTF-8, and so not JSON.
pub(super) fn not_a_text() -> Value {
    json!({
        "reason": Reason::Error,
        "error_code": ErrorCode::General,
        "error": "the request is not UTF-8",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(input: &[u8]) -> Vec<Value> {
        let mut output = Vec::new();
        let ruleset = Ruleset::empty("p", "e");
        answer_all(&ruleset, input, &mut output).unwrap();
        let output = String::from_utf8(output).unwrap();
        output
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn every_line_gets_its_line() {
        let codes: Vec<_> =
            answers(b"{\"flag\":\"f\"}\n\n\xff\n{\"flag\":\"f\",\"context\":null}\r\n7")
                .iter()
                .map(|answer| answer["error_code"].as_str().unwrap().to_owned())
                .collect();
        assert_eq!(
            codes,
            [
                "FLAG_NOT_FOUND",
                "GENERAL",
                "GENERAL",
                "INVALID_CONTEXT",
                "GENERAL"
            ]
        );
        assert!(answers(b"").is_empty());
    }

    #[test]
    fn the_place_of_a_stray_byte_is_named() {
        let bytes = [b"{\n  \"a\": \"", &[0xff][..], b"\"}"].concat();
        let error = std::str::from_utf8(&bytes).unwrap_err();
        assert!(not_utf8(&bytes, error).ends_with("line 2 column 9"));
    }
}
