//! A small interpreter of JsonLogic with flagd's operators, written apart from the
//! translation and by JavaScript's rules, to compare with.

use std::cmp::Ordering;

use serde_json::{Map, Value};

/// What targeting gives for a context.
pub(super) fn apply(logic: &Value, data: &Value) -> Value {
    let Some((operator, argument)) = logic.as_object().and_then(|members| members.iter().next())
    else {
        return logic.clone();
    };
    let arguments = match argument {
        Value::Array(arguments) => arguments.clone(),
        single => vec![single.clone()],
    };
    let value = |index: usize| {
        arguments
            .get(index)
            .map_or(Value::Null, |part| apply(part, data))
    };
    match operator.as_str() {
        "var" => lookup(data, &arguments),
        "if" => choose(&arguments, data),
        "and" => last_or(&arguments, data, |value| !truthy(value)),
        "or" => last_or(&arguments, data, truthy),
        "!" => Value::Bool(!truthy(&value(0))),
        "!!" => Value::Bool(truthy(&value(0))),
        "==" => Value::Bool(loose(&value(0), &value(1))),
        "!=" => Value::Bool(!loose(&value(0), &value(1))),
        "===" => Value::Bool(strict(&value(0), &value(1))),
        "!==" => Value::Bool(!strict(&value(0), &value(1))),
        "<" | "<=" | ">" | ">=" => {
            let values: Vec<Value> = (0..arguments.len()).map(value).collect();
            Value::Bool(
                values
                    .windows(2)
                    .all(|pair| ordered(operator, &pair[0], &pair[1])),
            )
        }
        "in" => Value::Bool(match (value(0), value(1)) {
            (Value::String(part), Value::String(text)) => text.contains(&part),
            (needle, Value::Array(elements)) => elements.iter().any(|e| strict(e, &needle)),
            _ => false,
        }),
        "starts_with" => affix(value(0), value(1), |text, part| text.starts_with(part)),
        "ends_with" => affix(value(0), value(1), |text, part| text.ends_with(part)),
        "sem_ver" => Value::Bool(versions(&value(0), value(1).as_str().unwrap(), &value(2))),
        other => panic!("{other} is not in the test"),
    }
}

fn lookup(data: &Value, arguments: &[Value]) -> Value {
    let mut found = Some(data);
    for step in arguments[0].as_str().unwrap().split('.') {
        found = match found {
            Some(Value::Array(elements)) => step.parse().ok().and_then(|i: usize| elements.get(i)),
            Some(Value::Object(members)) => members.get(step),
            _ => None,
        };
    }
    match found {
        None | Some(Value::Null) => arguments.get(1).cloned().unwrap_or(Value::Null),
        Some(value) => value.clone(),
    }
}

fn choose(parts: &[Value], data: &Value) -> Value {
    match parts {
        [] => Value::Null,
        [otherwise] => apply(otherwise, data),
        [condition, result, rest @ ..] => {
            if truthy(&apply(condition, data)) {
                apply(result, data)
            } else {
                choose(rest, data)
            }
        }
    }
}

fn last_or(parts: &[Value], data: &Value, stop: impl Fn(&Value) -> bool) -> Value {
    let mut last = Value::Null;
    for part in parts {
        last = apply(part, data);
        if stop(&last) {
            break;
        }
    }
    last
}

fn truthy(value: &Value) -> bool {
    !(value.is_null()
        || value == &Value::Bool(false)
        || value.as_f64() == Some(0.0)
        || value == &Value::from("")
        || value.as_array().is_some_and(Vec::is_empty))
}

fn to_number(value: &Value) -> f64 {
    match value {
        Value::Null | Value::Bool(false) => 0.0,
        Value::Bool(true) => 1.0,
        Value::Number(number) => number.as_f64().unwrap(),
        Value::String(text) if text.trim().is_empty() => 0.0,
        Value::String(text) => text.trim().parse().unwrap_or(f64::NAN),
        _ => f64::NAN,
    }
}

fn loose(left: &Value, right: &Value) -> bool {
    if left.is_null() || right.is_null() {
        left.is_null() && right.is_null()
    } else if left.is_string() && right.is_string() {
        left == right
    } else {
        to_number(left) == to_number(right)
    }
}

fn strict(left: &Value, right: &Value) -> bool {
    match (left.as_f64(), right.as_f64()) {
        (Some(left), Some(right)) => left == right,
        _ => left == right && !left.is_array() && !left.is_object(),
    }
}

fn ordered(operator: &str, left: &Value, right: &Value) -> bool {
    let order = match (left, right) {
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        _ => to_number(left).partial_cmp(&to_number(right)),
    };
    match operator {
        "<" => order == Some(Ordering::Less),
        "<=" => order.is_some_and(Ordering::is_le),
        ">" => order == Some(Ordering::Greater),
        _ => order.is_some_and(Ordering::is_ge),
    }
}

fn affix(text: Value, part: Value, holds: impl Fn(&str, &str) -> bool) -> Value {
    match (text, part) {
        (Value::String(text), Value::String(part)) => Value::Bool(holds(&text, &part)),
        _ => Value::Null,
    }
}

type Version = ([u64; 3], bool, String);

/// Only as much as the test's versions need: a release follows its pre-releases.
fn version(value: &Value) -> Option<Version> {
    let text = value.as_str()?;
    let text = text.strip_prefix('v').unwrap_or(text);
    let (numbers, pre) = text.split_once('-').unwrap_or((text, ""));
    let parts: Vec<u64> = numbers
        .split('.')
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    let mut core = [0; 3];
    core.get_mut(..parts.len())?.copy_from_slice(&parts);
    Some((core, pre.is_empty(), pre.to_owned()))
}

fn versions(value: &Value, operator: &str, target: &Value) -> bool {
    let (Some(value), Some(target)) = (version(value), version(target)) else {
        return false;
    };
    match operator {
        "=" => value == target,
        "!=" => value != target,
        "<" => value < target,
        "<=" => value <= target,
        ">" => value > target,
        ">=" => value >= target,
        "^" => value.0[0] == target.0[0],
        "~" => value.0[..2] == target.0[..2],
        other => panic!("{other} is no operator"),
    }
}

#[test]
fn the_oracle_knows_flagd_documentation() {
    let data = Value::Object(Map::new());
    for (logic, expected) in [
        (
            r#"{"if": [false, "yes", false, "no", "maybe"]}"#,
            r#""maybe""#,
        ),
        (r#"{"==": [1, "1"]}"#, "true"),
        (r#"{"===": [1, "1"]}"#, "false"),
        (r#"{"!!": [""]}"#, "false"),
        (r#"{"<": [1, 11, 10]}"#, "false"),
        (r#"{"in": ["Spring", "Springfield"]}"#, "true"),
        (r#"{"!": {"in": ["Todd", ["Bob", "Mike"]]}}"#, "true"),
        (r#"{"sem_ver": ["1.1.2", ">=", "1.0.0"]}"#, "true"),
        (r#"{"starts_with": ["192.168.0.1", "192.168"]}"#, "true"),
    ] {
        let logic: Value = serde_json::from_str(logic).unwrap();
        assert_eq!(apply(&logic, &data).to_string(), expected, "{logic}");
    }
}
