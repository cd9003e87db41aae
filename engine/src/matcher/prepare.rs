//! Reading an operator's values.

use std::net::IpAddr;

use regex::Regex;
use serde_json::Value;

use super::sets::{NumberSet, TextSet};
use super::{Alternatives, Matcher, NumberTest, Place, Sooner, VersionTest};
use crate::condition::Operator;
use crate::fold::folded;
use crate::instant::Instant;
use crate::json::{Elements, Node as Json, Tape};
use crate::network::Network;
use crate::version::Bound;

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
    values: &Elements<'_>,
    ignore_case: bool,
) -> Result<Matcher, UnfitValue> {
    if values.len() == 0 && op != Operator::Exists {
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
        Ok(Matcher::Text {
            place,
            fold: ignore_case,
            values,
        })
    };
    let numbers = || each(values, number);
    let times = || each(values, |value| time(value).map(Instant::into_owned));
    let versions = || each(values, version);
    let least = |numbers: &[f64]| numbers.iter().copied().fold(f64::INFINITY, f64::min);
    let most = |numbers: &[f64]| numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Ok(match op {
        Operator::In => among(values, ignore_case)?,
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
    let list = Value::Array(vec![value.clone()]);
    let tape = Tape::of(&list);
    prepare(op, &tape.root().elements().unwrap_or_default(), ignore_case)
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
    values: &Elements<'v>,
    read: impl Fn(Json<'v>) -> Result<T, String>,
) -> Result<Box<[T]>, UnfitValue> {
    let mut all = Vec::with_capacity(values.len());
    for (index, value) in values.clone().enumerate() {
        all.push(read(value).map_err(|message| UnfitValue { index, message })?);
    }
    Ok(all.into())
}

fn among(values: &Elements<'_>, fold: bool) -> Result<Matcher, UnfitValue> {
    let readable = |value: Json<'_>| {
        value.as_str().is_some() || value.as_number().is_some() || value.as_bool().is_some()
    };
    each(values, |value| match readable(value) {
        true => Ok(()),
        false => Err(format!(
            "expected a string, a number or a boolean, found {}",
            value.type_name()
        )),
    })?;
    let texts = values.clone().filter_map(Json::as_str);
    if !fold && values.clone().all(|value| value.as_str().is_some()) {
        return Ok(Matcher::Texts(TextSet::new(texts)));
    }
    Ok(Matcher::In(Box::new(Alternatives {
        texts: if fold {
            TextSet::new(texts.map(folded))
        } else {
            TextSet::new(texts)
        },
        fold,
        numbers: NumberSet::new(values.clone().filter_map(Json::as_f64).collect()),
        booleans: [false, true].map(|one| values.clone().any(|value| value.as_bool() == Some(one))),
    })))
}

fn text(value: Json<'_>) -> Result<&str, String> {
    value
        .as_str()
        .ok_or_else(|| format!("expected a string, found {}", value.type_name()))
}

fn number(value: Json<'_>) -> Result<f64, String> {
    value
        .as_f64()
        .ok_or_else(|| format!("expected a number, found {}", value.type_name()))
}

fn time(value: Json<'_>) -> Result<Instant<'_>, String> {
    let time = match (value.as_str(), value.as_f64()) {
        (Some(text), _) => Instant::parse(text),
        (_, Some(millis)) => Some(Instant::from_millis(millis)),
        _ => None,
    };
    time.ok_or_else(|| {
        format!(
            "expected an RFC 3339 date-time or a number of epoch milliseconds, found {}",
            value.to_value()
        )
    })
}

fn version(value: Json<'_>) -> Result<Bound, String> {
    Bound::parse(text(value)?).ok_or_else(|| {
        format!(
            "expected a semantic version such as 1.2.3-rc.1, found {}",
            value.to_value()
        )
    })
}

fn network(value: Json<'_>) -> Result<Network, String> {
    Network::parse(text(value)?).ok_or_else(|| {
        format!(
            "expected a network such as 10.0.0.0/8, found {}",
            value.to_value()
        )
    })
}

fn pattern(value: Json<'_>, ignore_case: bool) -> Result<Regex, String> {
    crate::pattern::compile(text(value)?, ignore_case).map_err(|reason| {
        format!(
            "expected a regular expression, found {}: {reason}",
            value.to_value()
        )
    })
}
