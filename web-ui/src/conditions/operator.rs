//! How the values of each operator are typed, shown and read.

use serde_json::Value;
use serin_engine::condition::Operator;

use crate::describe::condition::verb;

/// What is typed for an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// A list of words.
    Tags,
    /// Numbers.
    Numbers,
    /// Dates with a time.
    Dates,
    /// Versions.
    Versions,
    /// Regular expressions.
    Patterns,
    /// Nothing.
    Nothing,
}

/// The operators by what they compare, in the order in which they are offered.
pub(crate) const GROUPS: [(&str, &[Operator]); 6] = [
    ("Any value", &[Operator::In, Operator::Exists]),
    (
        "Text",
        &[
            Operator::StartsWith,
            Operator::EndsWith,
            Operator::Contains,
            Operator::Matches,
        ],
    ),
    (
        "Number",
        &[Operator::Lt, Operator::Lte, Operator::Gt, Operator::Gte],
    ),
    ("Date and time", &[Operator::Before, Operator::After]),
    (
        "Version",
        &[
            Operator::SemverEq,
            Operator::SemverLt,
            Operator::SemverLte,
            Operator::SemverGt,
            Operator::SemverGte,
        ],
    ),
    ("Network", &[Operator::InCidr]),
];

/// What is typed for an operator.
pub(crate) fn input(op: Operator) -> Input {
    match op {
        Operator::Lt | Operator::Lte | Operator::Gt | Operator::Gte => Input::Numbers,
        Operator::Before | Operator::After => Input::Dates,
        Operator::SemverEq
        | Operator::SemverLt
        | Operator::SemverLte
        | Operator::SemverGt
        | Operator::SemverGte => Input::Versions,
        Operator::Matches => Input::Patterns,
        Operator::Exists => Input::Nothing,
        Operator::In
        | Operator::StartsWith
        | Operator::EndsWith
        | Operator::Contains
        | Operator::InCidr => Input::Tags,
    }
}

/// An example of a value.
pub(crate) fn example(op: Operator) -> &'static str {
    match op {
        Operator::InCidr => "10.0.0.0/8, Enter",
        Operator::Before | Operator::After => "2027-01-31T09:00:00Z",
        Operator::Matches => "^beta-[0-9]+$",
        _ => match input(op) {
            Input::Numbers => "18",
            Input::Versions => "2.4.0",
            _ => "value, Enter",
        },
    }
}

/// Whether letters of either case can be the same for it.
pub(crate) fn folds(op: Operator) -> bool {
    matches!(
        op,
        Operator::In
            | Operator::StartsWith
            | Operator::EndsWith
            | Operator::Contains
            | Operator::Matches
    )
}

/// The name of an operator in a list of choices; a turned one begins with `!`.
pub(crate) fn choice(op: Operator, negated: bool) -> String {
    format!("{}{}", if negated { "!" } else { "" }, op.as_str())
}

/// The words of a choice. `is not at least` would be `is less than` again, were it not true
/// of a missing attribute as well.
pub(crate) fn words(op: Operator, negated: bool) -> String {
    let words = verb(op, 2, negated);
    let ordered = matches!(input(op), Input::Numbers | Input::Dates | Input::Versions);
    if negated && ordered {
        format!("{words} (or missing)")
    } else {
        words.to_owned()
    }
}

/// The operator of a choice.
pub(crate) fn chosen(choice: &str) -> Option<(Operator, bool)> {
    let (negated, name) = match choice.strip_prefix('!') {
        Some(name) => (true, name),
        None => (false, choice),
    };
    Some((Operator::parse(name)?, negated))
}

/// A value as it is typed: text stands bare where it would be read as the same text, and
/// in quotes elsewhere.
pub(crate) fn text(op: Operator, value: &Value) -> String {
    match value {
        Value::String(text) if stands_bare(op, text) => text.clone(),
        other => other.to_string(),
    }
}

fn stands_bare(op: Operator, text: &str) -> bool {
    let whole = input(op) != Input::Tags || !text.contains([',', '\n', '\t']);
    whole && text.trim() == text && !text.is_empty() && read(op, text) == *text
}

/// Reads what was typed: numbers and `true` and `false` are what they look like where the
/// operator takes them, text in quotes is always text, and all else is text too, so that
/// nothing half-typed is lost.
pub(crate) fn read(op: Operator, text: &str) -> Value {
    let number = matches!(input(op), Input::Numbers | Input::Dates) || op == Operator::In;
    let literal = serde_json::from_str::<Value>(text).ok();
    let fits = |value: &Value| match value {
        // A pattern may well begin and end with quotes.
        Value::String(_) => op != Operator::Matches,
        Value::Number(_) => number,
        Value::Bool(_) => op == Operator::In,
        _ => false,
    };
    literal
        .filter(fits)
        .unwrap_or_else(|| Value::String(text.to_owned()))
}

/// A value as another operator takes it, where it can: text is read as a number, and
/// numbers are written as text.
pub(crate) fn fit(op: Operator, value: Value) -> Value {
    match value {
        Value::String(text) if matches!(input(op), Input::Numbers | Input::Dates) => {
            read(op, &text)
        }
        Value::String(_) => value,
        Value::Number(_) if matches!(input(op), Input::Numbers | Input::Dates) => value,
        _ if op == Operator::In => value,
        other => Value::String(other.to_string()),
    }
}

/// Reads a list; what was there under the same text stays what it was. Lists keep their
/// order through an edit, so that what was there is found by walking along.
pub(crate) fn read_all(op: Operator, texts: &[String], before: &[Value]) -> Vec<Value> {
    let mut at = 0;
    let mut read_one = |text: &String| {
        let known = (at..before.len())
            .take(2)
            .find(|&known| self::text(op, &before[known]) == *text);
        match known {
            Some(known) => {
                at = known + 1;
                before[known].clone()
            }
            None => read(op, text),
        }
    };
    texts.iter().map(&mut read_one).collect()
}

/// A date that is typed short, made whole: at midnight, UTC, where that is not said.
pub(crate) fn whole_date(text: &str) -> String {
    let text = text.trim();
    let day = |part: &str| {
        let shape: Vec<usize> = part.split('-').map(str::len).collect();
        shape == [4, 2, 2] && part.bytes().all(|b| b.is_ascii_digit() || b == b'-')
    };
    let (date, time) = match text.find([' ', 'T', 't']) {
        Some(at) => (&text[..at], text[at + 1..].trim()),
        None => (text, ""),
    };
    if !day(date) {
        return text.to_owned();
    }
    let zoned = time.contains(['Z', 'z', '+', '-']);
    let clock = match time.len() {
        0 => "00:00:00".to_owned(),
        5 => format!("{time}:00"),
        _ => time.to_owned(),
    };
    format!("{date}T{clock}{}", if zoned { "" } else { "Z" })
}
