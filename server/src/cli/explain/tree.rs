//! An explanation for people to read.

use std::io::{self, Write};

use serde_json::Value;
use serin_engine::explain::{
    Because, Condition, Construct, Explanation, Outcome, Parts, Step, Truth,
};

mod words;

pub(super) use words::quoted;
use words::{leaf, required, serve, share, target};

/// How explanations are written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    /// For programs.
    pub(super) json: bool,
    /// For terminals.
    pub(super) color: bool,
}

/// Where lines go.
struct Lines<'o> {
    output: &'o mut dyn Write,
    color: bool,
}

/// What a line begins with: a sign, and the same as a word.
#[derive(Clone, Copy)]
struct Mark {
    sign: char,
    word: &'static str,
    /// The number of a terminal's colour.
    color: u8,
}

const GREEN: u8 = 32;
const RED: u8 = 31;
const YELLOW: u8 = 33;
const GREY: u8 = 90;

/// Writes an explanation, and an empty line behind it.
pub(super) fn write(
    explanation: &Explanation,
    style: Style,
    output: &mut dyn Write,
) -> io::Result<()> {
    let mut lines = Lines {
        output,
        color: style.color,
    };
    lines.head(explanation)?;
    for step in &explanation.steps {
        lines.step(step)?;
    }
    if explanation.cut {
        lines.plain(1, "Something is left out here, because it is too much.")?;
    }
    writeln!(lines.output)
}

impl Lines<'_> {
    fn head(&mut self, explanation: &Explanation) -> io::Result<()> {
        let flag = quoted(&explanation.flag);
        let served = match (&explanation.value, &explanation.variation) {
            (Some(value), Some(key)) => format!("{value}, variation {}", quoted(key)),
            (Some(value), None) => format!("the caller's default {value}"),
            (None, _) => "the caller's default".to_owned(),
        };
        let reason = explanation.reason.as_str();
        writeln!(self.output, "{flag} serves {served} ({reason})")?;
        match (&explanation.error, explanation.error_code) {
            (Some(error), Some(code)) => self.plain(1, &format!("{}: {error}", code.as_str())),
            _ => Ok(()),
        }
    }

    fn step(&mut self, step: &Step) -> io::Result<()> {
        let mark = outcome(step.outcome());
        match step {
            Step::Enabled { outcome } => {
                let on = match outcome {
                    Outcome::Decided => "off",
                    _ => "on",
                };
                self.line(1, mark, &format!("the flag is {on}"))
            }
            Step::Prerequisite(step) => {
                let text = format!("prerequisite {}", required(&step.required));
                self.line(1, mark, &text)
            }
            Step::Target(step) => self.line(1, mark, &target(step)),
            Step::Rule(step) => {
                let name = step.name.as_deref().map(quoted).unwrap_or_default();
                let text = format!("rule {} {name}", quoted(&step.rule));
                let served = step.serve.as_ref().map(|one| format!(": {}", serve(one)));
                let text = format!("{}{}", text.trim_end(), served.unwrap_or_default());
                self.line(1, mark, &text)?;
                match &step.condition {
                    Some(condition) => self.condition(2, condition),
                    None => self.plain(2, "Its condition is left out."),
                }
            }
            Step::Default { serve: what, .. } => {
                self.line(1, mark, &format!("default: {}", serve(what)))
            }
        }
    }

    fn condition(&mut self, depth: usize, condition: &Condition) -> io::Result<()> {
        let mark = truth(condition);
        match &condition.construct {
            Construct::All(parts) => self.group(depth, mark, "all of", parts),
            Construct::Any(parts) => self.group(depth, mark, "any of", parts),
            Construct::Not(parts) => self.group(depth, mark, "not", parts),
            Construct::Attribute(part) => self.line(depth, mark, &leaf(part)),
            Construct::Flag(part) => self.line(depth, mark, &format!("flag {}", required(part))),
            Construct::Share(part) => self.line(depth, mark, &share(part)),
            Construct::Segment(part) => {
                let text = format!("segment {}", quoted(&part.segment));
                match part.because.as_deref() {
                    None => self.line(depth, mark, &text),
                    Some(because) => self.because(depth, mark, &text, because),
                }
            }
        }
    }

    fn group(&mut self, depth: usize, mark: Mark, word: &str, parts: &Parts) -> io::Result<()> {
        let none = parts.parts.is_empty() && parts.left_out == 0;
        let word = if none {
            format!("{word} nothing")
        } else {
            word.to_owned()
        };
        self.line(depth, mark, &word)?;
        self.parts(depth + 1, parts)
    }

    fn parts(&mut self, depth: usize, parts: &Parts) -> io::Result<()> {
        for part in &parts.parts {
            self.condition(depth, part)?;
        }
        match parts.left_out {
            0 => Ok(()),
            more => self.plain(depth, &format!("… and {more} more")),
        }
    }

    fn because(
        &mut self,
        depth: usize,
        mark: Mark,
        segment: &str,
        because: &Because,
    ) -> io::Result<()> {
        let listed = |list: &str, index: &usize, attribute: &str, seen: &Option<Value>| {
            let seen = seen.as_ref().map(Value::to_string).unwrap_or_default();
            format!(
                "{segment}: {attribute} {seen} is in its {list} list {}",
                index + 1
            )
        };
        match because {
            Because::Included {
                index,
                attribute,
                seen,
            } => self.line(depth, mark, &listed("included", index, attribute, seen)),
            Because::Excluded {
                index,
                attribute,
                seen,
            } => self.line(depth, mark, &listed("excluded", index, attribute, seen)),
            Because::Rule { index, condition } => {
                let text = format!("{segment}: its rule {} holds", index + 1);
                self.line(depth, mark, &text)?;
                match condition {
                    Some(condition) => self.condition(depth + 1, condition),
                    None => Ok(()),
                }
            }
            Because::Nothing(rules) => {
                let text = format!("{segment}: not listed, and no rule of it holds");
                self.line(depth, mark, &text)?;
                self.parts(depth + 1, rules)
            }
        }
    }

    fn line(&mut self, depth: usize, mark: Mark, text: &str) -> io::Result<()> {
        let Mark { sign, word, color } = mark;
        let (start, end) = match self.color {
            true => (format!("\x1b[{color}m"), "\x1b[0m"),
            false => (String::new(), ""),
        };
        let indent = "  ".repeat(depth);
        writeln!(self.output, "{indent}{start}{sign} {word}{end}  {text}")
    }

    fn plain(&mut self, depth: usize, text: &str) -> io::Result<()> {
        writeln!(self.output, "{}{text}", "  ".repeat(depth))
    }
}

fn outcome(outcome: Outcome) -> Mark {
    let (sign, word, color) = match outcome {
        Outcome::Passed => ('✓', "passed", GREEN),
        Outcome::NoMatch => ('✗', "no match", RED),
        Outcome::Decided => ('▶', "decided", YELLOW),
        Outcome::NotReached => ('·', "not reached", GREY),
    };
    Mark { sign, word, color }
}

fn truth(condition: &Condition) -> Mark {
    let (sign, word, color) = match (condition.result, condition.skipped) {
        (Truth::True, false) => ('✓', "true", GREEN),
        (Truth::False, false) => ('✗', "false", RED),
        (Truth::Missing, false) => ('✗', "missing", RED),
        (Truth::True, true) => ('✓', "true, not looked at", GREY),
        (Truth::False, true) => ('✗', "false, not looked at", GREY),
        (Truth::Missing, true) => ('✗', "missing, not looked at", GREY),
    };
    Mark { sign, word, color }
}
