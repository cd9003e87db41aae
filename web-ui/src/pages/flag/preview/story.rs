//! An explanation of the engine as words: what each step came to, and what it saw.

use serde_json::Value;
use serin_engine::{condition::Operator, json::read};

use crate::{
    describe::{alternatives, condition},
    pages::flag::editor::Rung,
    weights::{ALL, percent, percent_number},
};

mod conditions;

/// How many values a line names before it counts the rest.
const VALUES: usize = 4;

/// What a line came to. Each has its own word and icon: none is told by colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// This is where the evaluation ends.
    Decides,
    /// It goes on here.
    Passes,
    /// This step is not for the context.
    Misses,
    /// The evaluation ended above.
    Unreached,
    /// A condition is true.
    True,
    /// A condition is false.
    False,
    /// A condition is false because what it looks at is not there.
    Missing,
}

impl Mark {
    /// The word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Decides => "decides",
            Self::Passes => "passes",
            Self::Misses => "no match",
            Self::Unreached => "not reached",
            Self::True => "true",
            Self::False => "false",
            Self::Missing => "missing",
        }
    }
}

/// Where a unit's slot fell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fall {
    /// The unit's slot.
    pub(crate) slot: u32,
    /// The variations with their slots, in the order of the slots; `None` is whatever
    /// the slot is not in.
    pub(crate) runs: Vec<(Option<String>, u32)>,
    /// In words.
    pub(crate) words: String,
}

/// A line of an explanation, with what it is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// What it came to.
    pub(crate) mark: Mark,
    /// What it asks.
    pub(crate) words: String,
    /// What it saw.
    pub(crate) seen: Option<String>,
    /// Where the slot fell, where one was asked for.
    pub(crate) fall: Option<Fall>,
    /// The evaluation did not need it.
    pub(crate) skipped: bool,
    /// What it is made of.
    pub(crate) parts: Vec<Self>,
    /// What it is made of is a detail.
    pub(crate) folded: bool,
}

impl Line {
    fn new(mark: Mark, words: impl Into<String>) -> Self {
        Self {
            mark,
            words: words.into(),
            seen: None,
            fall: None,
            skipped: false,
            parts: Vec::new(),
            folded: false,
        }
    }
}

/// An explanation, ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Story {
    /// The variation that is served.
    pub(crate) variation: Option<String>,
    /// What is served, as JSON.
    pub(crate) value: Option<String>,
    /// Why, as a sentence.
    pub(crate) why: String,
    /// Why, in a word or two.
    pub(crate) short: String,
    /// Where it was decided.
    pub(crate) rung: Option<Rung>,
    /// Step by step.
    pub(crate) steps: Vec<Line>,
}

/// Reads an explanation; what it does not know yet is left out.
pub(crate) fn story(explanation: &Value) -> Story {
    let steps = list(explanation, "steps");
    let mut lines = Vec::with_capacity(steps.len());
    let mut rules = 0;
    for step in steps {
        rules += usize::from(is(step, "step", "rule"));
        lines.extend(line(step, rules));
    }
    let number = |id: &str| {
        let mut rules = steps.iter().filter(|step| is(step, "step", "rule"));
        rules.position(|step| is(step, "rule", id)).map(|at| at + 1)
    };
    let (rung, short, why) = ending(explanation, &number);
    Story {
        variation: owned(explanation, "variation"),
        value: explanation.get("value").map(Value::to_string),
        why,
        short,
        rung,
        steps: lines,
    }
}

/// Where it ended: the rung, a word or two, a sentence.
fn ending(
    explanation: &Value,
    number: &dyn Fn(&str) -> Option<usize>,
) -> (Option<Rung>, String, String) {
    let rule = text(explanation, "rule");
    // The share of units at and below this one's slot, so that it can be held against a rollout.
    let slot = slot_of(explanation)
        .map(|slot| format!(" This unit stands at {} of 100 %.", percent_number(slot)))
        .unwrap_or_default();
    match (text(explanation, "reason").unwrap_or_default(), rule) {
        ("DISABLED", _) => (Some(Rung::Off), "off".into(), "The flag is off.".into()),
        ("PREREQUISITE_FAILED", _) => {
            let flag = text(explanation, "prerequisite").unwrap_or("of another flag");
            let why = format!("The prerequisite {flag} does not hold.");
            let rung = Rung::Prerequisite(flag.to_owned());
            (Some(rung), "prerequisite".into(), why)
        }
        ("TARGET_MATCH", _) => {
            let why = "It is targeted by name.".to_owned();
            (Some(Rung::Targets), "target".into(), why)
        }
        ("RULE_MATCH" | "SPLIT", Some(id)) => {
            let short =
                number(id).map_or_else(|| "a rule".into(), |number| format!("rule {number}"));
            let mut why = format!("{}{} matches", short[..1].to_uppercase(), &short[1..]);
            if slot.is_empty() {
                why.push('.');
            } else {
                why.push_str(", and its rollout decides.");
                why.push_str(&slot);
            }
            (Some(Rung::Rule(id.to_owned())), short, why)
        }
        ("SPLIT", None) => {
            let why = format!("Nothing above matches, and the default's rollout decides.{slot}");
            (Some(Rung::Default), "default".into(), why)
        }
        ("STATIC", _) => {
            let why = "Everyone gets this.".to_owned();
            (Some(Rung::Default), "everyone".into(), why)
        }
        ("DEFAULT", _) => {
            let why = "Nothing above matches: the default.".to_owned();
            (Some(Rung::Default), "default".into(), why)
        }
        _ => (None, "error".into(), failure(explanation)),
    }
}

fn failure(explanation: &Value) -> String {
    let words = match text(explanation, "error_code") {
        Some("TARGETING_KEY_MISSING") => "The rollout needs a targeting key",
        Some("FLAG_NOT_FOUND") => "This environment has no such flag yet",
        _ => "It cannot be evaluated, and every caller gets its own default",
    };
    match text(explanation, "error") {
        Some(message) => format!("{words}: {}.", without_pointer(message)),
        None => format!("{words}."),
    }
}

/// A message without the JSON pointer before it, which is for programs.
fn without_pointer(message: &str) -> &str {
    let pointed = message.strip_prefix('/').and_then(|it| it.split_once(": "));
    pointed.map_or(message, |(_, words)| words)
}

fn line(step: &Value, rule: usize) -> Option<Line> {
    let mark = match text(step, "outcome")? {
        "passed" => Mark::Passes,
        "decided" => Mark::Decides,
        "not_reached" => Mark::Unreached,
        _ => Mark::Misses,
    };
    Some(match text(step, "step")? {
        "enabled" if mark == Mark::Decides => Line::new(mark, "The flag is off"),
        "enabled" => Line::new(mark, "The flag is on"),
        "prerequisite" => prerequisite(step, mark),
        "target" => target(step, mark),
        "rule" => {
            let mut line = Line::new(mark, format!("Rule {rule}"));
            if let Some(name) = text(step, "name").filter(|name| !name.is_empty()) {
                line.words = format!("Rule {rule}: {name}");
            }
            line.parts
                .extend(step.get("condition").and_then(conditions::line));
            line.fall = step.get("serve").and_then(fall);
            // One at 3 a.m. wants to see why a rule did not match as well: not folded.
            line.folded = mark == Mark::Unreached;
            line
        }
        "default" => {
            let mut line = Line::new(mark, "Default");
            line.fall = step.get("serve").and_then(fall);
            if mark == Mark::Unreached {
                line.fall = None;
            }
            line
        }
        _ => return None,
    })
}

fn prerequisite(step: &Value, mark: Mark) -> Line {
    let flag = text(step, "flag").unwrap_or_default();
    let mut line = Line::new(mark, format!("Flag {flag} serves {}", wanted(step)));
    if mark != Mark::Unreached {
        line.seen = Some(served(step));
    }
    line
}

/// What another flag serves, and why.
fn served(of: &Value) -> String {
    let because = match text(of, "reason") {
        Some("DISABLED") => ", for it is off",
        Some("PREREQUISITE_FAILED") => ", for its own prerequisite fails",
        Some("TARGET_MATCH") => ", by a target",
        Some("RULE_MATCH") => ", by a rule",
        Some("SPLIT") => ", by a rollout",
        Some("STATIC" | "DEFAULT") => ", by default",
        Some("ERROR") => ": it cannot be evaluated",
        _ => "",
    };
    match text(of, "served") {
        Some(served) => format!("it serves {served}{because}"),
        None => format!("it serves nothing of its own{because}"),
    }
}

fn target(step: &Value, mark: Mark) -> Line {
    let attribute = text(step, "attribute").unwrap_or("targetingKey");
    let variation = text(step, "variation").unwrap_or_default();
    let words = match attribute {
        "targetingKey" => format!("Targets of {variation}"),
        other => format!("Targets of {variation}, by {other}"),
    };
    let mut line = Line::new(mark, words);
    if mark != Mark::Unreached {
        line.seen = Some(seen(step, attribute));
    }
    line
}

/// What an attribute was: `country = DE`, `country is missing`.
fn seen(of: &Value, attribute: &str) -> String {
    match of.get("seen") {
        None | Some(Value::Null) => format!("{attribute} is missing"),
        Some(value) if of.get("unfit").and_then(Value::as_bool) == Some(true) => {
            let value = short_value(value);
            format!("{attribute} = {value}, which this comparison cannot read")
        }
        Some(value) => format!("{attribute} = {}", short_value(value)),
    }
}

/// A value in a line's length.
fn short_value(value: &Value) -> String {
    const MOST: usize = 80;
    let words = condition::value(value);
    if words.chars().count() <= MOST {
        return words;
    }
    let begun: String = words.chars().take(MOST).collect();
    format!("{begun}…")
}

fn wanted(of: &Value) -> String {
    let mut values: Vec<String> = list(of, "wanted").iter().map(condition::value).collect();
    let more = of.get("left_out").and_then(Value::as_u64).unwrap_or(0);
    if more == 0 {
        return alternatives(&values, VALUES);
    }
    let more = more + values.len().saturating_sub(VALUES) as u64;
    values.truncate(VALUES);
    values.push(format!("{more} more"));
    alternatives(&values, 0)
}

/// Where a split's slot fell; absent where nothing was split.
fn fall(serve: &Value) -> Option<Fall> {
    let split = serve.get("split").filter(|split| split.is_object())?;
    let slot = slot_of(split)?;
    let served = owned(split, "variation");
    let runs = match (number(split, "from"), number(split, "to")) {
        (Some(from), Some(to)) if from <= slot && slot < to => {
            vec![(None, from), (served.clone(), to - from), (None, ALL - to)]
        }
        _ => vec![(None, ALL)],
    };
    let by = match text(split, "by") {
        None | Some("targetingKey" | "/targetingKey") => String::new(),
        Some(by) => format!(" by {by}"),
    };
    Some(Fall {
        slot,
        runs,
        words: format!(
            "stands at {} of 100 %{by}: {}",
            percent_number(slot),
            served.unwrap_or_default()
        ),
    })
}

fn slot_of(of: &Value) -> Option<u32> {
    number(of, "slot")
}

fn number(of: &Value, member: &str) -> Option<u32> {
    let number = of.get(member)?.as_u64()?;
    u32::try_from(number).ok().filter(|number| *number <= ALL)
}

fn text<'v>(of: &'v Value, member: &str) -> Option<&'v str> {
    of.get(member)?.as_str()
}

fn owned(of: &Value, member: &str) -> Option<String> {
    text(of, member).map(str::to_owned)
}

fn list<'v>(of: &'v Value, member: &str) -> &'v [Value] {
    of.get(member)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn is(of: &Value, member: &str, wanted: &str) -> bool {
    text(of, member) == Some(wanted)
}

#[cfg(test)]
mod tests;
