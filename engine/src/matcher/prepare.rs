//! Reading an operator's values.

use std::net::IpAddr;

use regex::Regex;
use serde_json::Value;

use super::sets::{NumberSet, TextSet};
use super::{Alternatives, Matcher, NumberTest, Place, Sooner, TextTest, VersionTest, instant};
use crate::condition::Operator;
use crate::fold::folded;
use crate::instant::Instant;
use crate::json::type_name;
use crate::network::Network;
use crate::version::Version;

/// A value that its operator cannot read.
#[derive(Clone, Debug)]
pub(crate) struct UnfitValue {
    /// Its index in the list.
    pub(crate) index: usize,
    pub(crate) message: String,
}

/// Whether `ignore_case` means something to an operator.
pub(crate) fn folds_case(op: Operator) -> bool {
    use Operator::{Contains, EndsWith, In, Matches, StartsWith};
    matches!(op, In | StartsWith | EndsWith | Contains | Matches)
}

/// Prepares an operator.
pub(crate) fn prepare(
    op: Operator,
    values: &[Value],
    ignore_case: bool,
) -> Result<Matcher, UnfitValue> {
    if values.is_empty() && op != Operator::Exists {
        return Ok(Matcher::Never);
    }
    let text_test = |place| -> Result<Matcher, UnfitValue> {
        let values = each(values, |value| {
            let text = text(value)?;
            Ok(if ignore_case {
                folded(text).into()
            } else {
                text.into()
            })
        })?;
        Ok(Matcher::Text(TextTest {
            place,
            values,
            fold: ignore_case,
        }))
    };
    let numbers = || each(values, number);
    let times = || each(values, |value| time(value).map(Instant::into_owned));
    let versions = || each(values, |value| Ok(version(value)?.to_owned()));
    let least = |numbers: &[f64]| numbers.iter().copied().fold(f64::INFINITY, f64::min);
    let most = |numbers: &[f64]| numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Ok(match op {
        Operator::In => Matcher::In(Box::new(alternatives(values, ignore_case)?)),
        Operator::StartsWith => text_test(Place::Start)?,
        Operator::EndsWith => text_test(Place::End)?,
        Operator::Contains => text_test(Place::Anywhere)?,
        Operator::Matches => Matcher::Pattern(each(values, |value| pattern(value, ignore_case))?),
        Operator::Lt => Matcher::Number(NumberTest::Below, most(&numbers()?)),
        Operator::Lte => Matcher::Number(NumberTest::AtMost, most(&numbers()?)),
        Operator::Gt => Matcher::Number(NumberTest::Above, least(&numbers()?)),
        Operator::Gte => Matcher::Number(NumberTest::AtLeast, least(&numbers()?)),
        Operator::Before => Matcher::Time(Sooner::Attribute, times()?),
        Operator::After => Matcher::Time(Sooner::Value, times()?),
        Operator::SemverEq => Matcher::Version(orders(false, true, false), versions()?),
        Operator::SemverLt => Matcher::Version(orders(true, false, false), versions()?),
        Operator::SemverLte => Matcher::Version(orders(true, true, false), versions()?),
        Operator::SemverGt => Matcher::Version(orders(false, false, true), versions()?),
        Operator::SemverGte => Matcher::Version(orders(false, true, true), versions()?),
        Operator::InCidr => Matcher::Network(each(values, network)?),
        Operator::Exists => Matcher::Exists,
    })
}

/// Checks one value of an operator.
pub(crate) fn check_value(op: Operator, value: &Value, ignore_case: bool) -> Result<(), String> {
    prepare(op, std::slice::from_ref(value), ignore_case)
        .map(drop)
        .map_err(|unfit| unfit.message)
}

/// Whether an operator can read an attribute, or any element where it is an array: where
/// it cannot, no alternative would match.
pub(crate) fn takes(op: Operator, attribute: &Value) -> bool {
    match attribute {
        _ if op == Operator::Exists => true,
        Value::Array(elements) => elements.iter().any(|one| takes_one(op, one)),
        one => takes_one(op, one),
    }
}

fn takes_one(op: Operator, attribute: &Value) -> bool {
    match op {
        Operator::Matches => attribute.is_string(),
        Operator::InCidr => attribute
            .as_str()
            .is_some_and(|text| text.parse::<IpAddr>().is_ok()),
        // The others read attributes as they read their values.
        _ => check_value(op, attribute, false).is_ok(),
    }
}

fn orders(less: bool, equal: bool, greater: bool) -> VersionTest {
    VersionTest {
        less,
        equal,
        greater,
    }
}

fn each<'v, T>(
    values: &'v [Value],
    read: impl Fn(&'v Value) -> Result<T, String>,
) -> Result<Box<[T]>, UnfitValue> {
    values
        .iter()
        .enumerate()
        .map(|(index, value)| read(value).map_err(|message| UnfitValue { index, message }))
        .collect()
}

fn alternatives(values: &[Value], fold: bool) -> Result<Alternatives, UnfitValue> {
    each(values, |value| match value {
        Value::String(_) | Value::Number(_) | Value::Bool(_) => Ok(()),
        other => Err(format!(
            "expected a string, a number or a boolean, found {}",
            type_name(other)
        )),
    })?;
    let texts = values.iter().filter_map(Value::as_str);
    Ok(Alternatives {
        texts: TextSet::new(texts.map(|text| {
            if fold {
                folded(text).into()
            } else {
                text.into()
            }
        })),
        fold,
        numbers: NumberSet::new(values.iter().filter_map(Value::as_f64).collect()),
        booleans: [false, true].map(|one| values.iter().any(|value| *value == one)),
    })
}

fn text(value: &Value) -> Result<&str, String> {
    value
        .as_str()
        .ok_or_else(|| format!("expected a string, found {}", type_name(value)))
}

fn number(value: &Value) -> Result<f64, String> {
    value
        .as_f64()
        .ok_or_else(|| format!("expected a number, found {}", type_name(value)))
}

fn time(value: &Value) -> Result<Instant<'_>, String> {
    instant(value).ok_or_else(|| {
        format!("expected an RFC 3339 date-time or a number of epoch milliseconds, found {value}")
    })
}

fn version(value: &Value) -> Result<Version<&str>, String> {
    Version::parse(text(value)?)
        .ok_or_else(|| format!("expected a semantic version such as 1.2.3-rc.1, found {value}"))
}

fn network(value: &Value) -> Result<Network, String> {
    Network::parse(text(value)?)
        .ok_or_else(|| format!("expected a network such as 10.0.0.0/8, found {value}"))
}

fn pattern(value: &Value, ignore_case: bool) -> Result<Regex, String> {
    crate::pattern::compile(text(value)?, ignore_case)
        .map_err(|reason| format!("expected a regular expression, found {value}: {reason}"))
}
