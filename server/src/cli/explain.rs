//! `serin explain`: why a flag serves what it serves, step by step.

use std::{
    io::{self, IsTerminal as _, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use serde_json::{Value, json};
use serin_engine::{
    evaluation::ErrorCode,
    explain::explain,
    json,
    request::{self, Request},
    ruleset::{Document, Ruleset, Warning},
};

mod tree;

use super::evaluate::{each_line, finished, not_a_text, read};
use tree::Style;

/// Explain evaluations against a ruleset file: each step, condition and attribute, and
/// what it came to
///
/// Requests are those of `serin evaluate`, one a line on standard input:
/// {"flag": "key", "context": {…}}. Or name one with --flag and --context.
/// The exit status is 2 where the ruleset, or the one context, is refused.
#[derive(Args, Clone, Debug)]
pub(super) struct Explain {
    /// The ruleset: a document as `GET /sdk/v1/ruleset` delivers it
    #[arg(long, value_name = "FILE")]
    ruleset: PathBuf,
    /// Explain this flag, and read no requests
    #[arg(long, value_name = "KEY")]
    flag: Option<String>,
    /// The context for --flag: a JSON object
    #[arg(long, value_name = "JSON", requires = "flag", default_value = "{}")]
    context: String,
    /// Write explanations as JSON, one a line
    #[arg(long)]
    json: bool,
}

/// A ruleset, compiled and as it is written.
struct Loaded {
    ruleset: Ruleset,
    document: Document,
}

/// Runs the command on standard input and output.
pub(super) fn run(arguments: &Explain) -> ExitCode {
    let refused = |message: String| {
        let _ = writeln!(io::stderr(), "serin: {message}");
        ExitCode::from(2)
    };
    let (loaded, warnings) = match load(&arguments.ruleset) {
        Ok(loaded) => loaded,
        Err(refusal) => {
            return refused(format!("{}: {refusal}", arguments.ruleset.display()));
        }
    };
    for warning in warnings {
        let _ = writeln!(io::stderr(), "warning: {warning}");
    }
    let style = Style {
        json: arguments.json,
        color: io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
    };
    let output = io::stdout().lock();
    let Some(flag) = &arguments.flag else {
        let mut number = 0;
        return finished(each_line(io::stdin().lock(), output, |line, output| {
            number += 1;
            answer(&loaded, style, line, number, output)
        }));
    };
    let context = match json::parse(&arguments.context) {
        Ok(Value::Object(context)) => context,
        Ok(_) => return refused("--context: a context is a JSON object".to_owned()),
        Err(error) => return refused(format!("--context: it is not JSON: {error}")),
    };
    let line = json!({"flag": flag, "context": context}).to_string();
    let mut output = output;
    let result = answer(&loaded, style, line.as_bytes(), 1, &mut output);
    finished(result.and_then(|()| output.flush()))
}

fn load(path: &Path) -> Result<(Loaded, Vec<Warning>), String> {
    let text = read(path)?;
    // Once more than needed, so that a refusal reads as it does with `evaluate`.
    let (ruleset, warnings) = Ruleset::parse(&text).map_err(|error| error.to_string())?;
    let document = json::parse(&text).map_err(|error| error.to_string())?;
    let document = Document::from_json(document).map_err(|error| error.to_string())?;
    Ok((Loaded { ruleset, document }, warnings))
}

/// Answers one line; `number` counts from 1.
fn answer(
    loaded: &Loaded,
    style: Style,
    line: &[u8],
    number: usize,
    output: &mut dyn Write,
) -> io::Result<()> {
    let read = std::str::from_utf8(line)
        .map_err(|_| (not_a_text(), "the request is not UTF-8".to_owned()))
        .and_then(|line| {
            Request::parse(line).map_err(|bad| {
                // As `evaluate` answers it.
                (request::answer(&loaded.ruleset, line), bad.message)
            })
        });
    let request = match read {
        Ok(request) => request,
        Err((answer, _)) if style.json => return writeln!(output, "{answer}"),
        Err((_, message)) => {
            return writeln!(output, "line {number} is no request: {message}\n");
        }
    };
    let mut explanation = explain(
        &loaded.ruleset,
        &loaded.document,
        &request.flag,
        &request.context,
    );
    if explanation.value.is_none() {
        explanation.value = request.default;
    }
    if style.json {
        serde_json::to_writer(&mut *output, &explanation)?;
        return writeln!(output);
    }
    if explanation.error_code == Some(ErrorCode::FlagNotFound) {
        let keys = loaded.ruleset.flags().map(|view| view.key);
        explanation.error = Some(not_found(&request.flag, keys));
    }
    tree::write(&explanation, style, output)
}

/// A misspelt key is the commonest mistake here: names those that come close.
fn not_found<'k>(flag: &str, keys: impl Iterator<Item = &'k str>) -> String {
    let wanted = flag.to_lowercase();
    let close: Vec<String> = keys
        .filter(|key| {
            let key = key.to_lowercase();
            !wanted.is_empty() && (key.contains(&wanted) || wanted.contains(&key))
        })
        .take(5)
        .map(tree::quoted)
        .collect();
    let mut message = format!("there is no flag {}", tree::quoted(flag));
    if !close.is_empty() {
        message = format!("{message}; did you mean {}?", close.join(" or "));
    }
    message
}
