//! Conditions of an explanation.

use super::{
    ALL, Fall, Line, Mark, Operator, Value, condition, is, list, number, percent, percent_number,
    read, seen, served, slot_of, text, wanted,
};

/// A condition with what it saw and what it is made of.
pub(super) fn line(of: &Value) -> Option<Line> {
    let mark = match text(of, "result")? {
        "true" => Mark::True,
        "missing" => Mark::Missing,
        _ => Mark::False,
    };
    let parts = || list(of, "parts").iter().filter_map(line).collect();
    let mut line = match text(of, "kind")? {
        "all" if list(of, "parts").is_empty() => Line::new(mark, "always"),
        "any" if list(of, "parts").is_empty() => Line::new(mark, "never"),
        "all" => Line {
            parts: parts(),
            ..Line::new(mark, "all of")
        },
        "any" => Line {
            parts: parts(),
            ..Line::new(mark, "any of")
        },
        "not" => match list(of, "parts") {
            // As the editor says it: `is none of`, and not `not: is one of`.
            [one] if is(one, "kind", "attribute") => attribute(one, mark, true),
            [one] if is(one, "kind", "segment") => segment(one, mark, true),
            _ => Line {
                parts: parts(),
                ..Line::new(mark, "not")
            },
        },
        "attribute" => attribute(of, mark, false),
        "segment" => segment(of, mark, false),
        "flag" => flag(of, mark),
        "share" => share(of, mark),
        _ => return None,
    };
    line.skipped = of.get("skipped").and_then(Value::as_bool) == Some(true);
    Some(line)
}

fn attribute(of: &Value, mark: Mark, negated: bool) -> Line {
    let attribute = text(of, "attribute").unwrap_or_default();
    let operator = text(of, "operator").unwrap_or_default();
    let verb = read::<Operator>(Value::from(operator)).map_or_else(
        |_| format!("{}{operator}", if negated { "not " } else { "" }),
        |op| condition::verb(op, list(of, "wanted").len(), negated).to_owned(),
    );
    let mut words = format!("{attribute} {verb}");
    if !is(of, "operator", "exists") {
        words.push(' ');
        words.push_str(&wanted(of));
    }
    if of.get("ignore_case").and_then(Value::as_bool) == Some(true) {
        words.push_str(" (any case)");
    }
    Line {
        seen: Some(seen(of, attribute)),
        ..Line::new(mark, words)
    }
}

fn flag(of: &Value, mark: Mark) -> Line {
    let flag = text(of, "flag").unwrap_or_default();
    let words = format!("flag {flag} serves {}", wanted(of));
    Line {
        seen: Some(served(of)),
        ..Line::new(mark, words)
    }
}

fn segment(of: &Value, mark: Mark, negated: bool) -> Line {
    let segment = text(of, "segment").unwrap_or_default();
    let not = if negated { "not " } else { "" };
    let mut line = Line::new(mark, format!("{not}in segment {segment}"));
    let Some(because) = of.get("because").filter(|because| because.is_object()) else {
        return line;
    };
    let attribute = text(because, "attribute").unwrap_or("targetingKey");
    let nth = because.get("index").and_then(Value::as_u64).unwrap_or(0) + 1;
    match text(because, "part").unwrap_or_default() {
        "included" => line.seen = Some(format!("listed in it: {}", seen(because, attribute))),
        "excluded" => line.seen = Some(format!("excluded from it: {}", seen(because, attribute))),
        "rule" => {
            line.seen = Some(format!("its rule {nth} holds"));
            line.parts
                .extend(because.get("condition").and_then(self::line));
        }
        _ => {
            line.seen = Some("not listed, and no rule of it holds".to_owned());
            line.parts
                .extend(list(because, "parts").iter().filter_map(self::line));
        }
    }
    line.folded = true;
    line
}

fn share(of: &Value, mark: Mark) -> Line {
    let by = text(of, "by").unwrap_or("targetingKey");
    let below = number(of, "below").unwrap_or(0);
    let mut line = Line::new(mark, format!("within {} of {by}", percent(below)));
    match slot_of(of) {
        Some(slot) => {
            line.fall = Some(Fall {
                slot,
                runs: vec![
                    (Some(String::new()), below),
                    (None, ALL.saturating_sub(below)),
                ],
                words: format!("stands at {} of 100 %", percent_number(slot)),
            });
        }
        None => line.seen = Some(seen(of, by)),
    }
    line
}
