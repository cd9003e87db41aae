//! Leaves of conditions, prepared: an operator with its values read once.

use std::cmp::Ordering;
use std::net::IpAddr;

use regex::Regex;
use serde_json::Value;

use crate::fold::with_folded;
use crate::instant::Instant;
use crate::network::Network;
use crate::version::Version;

mod prepare;
mod sets;

pub(crate) use prepare::{check_value, folds_case, prepare, takes};
use sets::NumberSet;
pub(crate) use sets::TextSet;

/// A prepared operator.
#[derive(Clone, Debug)]
pub(crate) enum Matcher {
    In(Box<Alternatives>),
    Text(TextTest),
    Pattern(Box<[Regex]>),
    Number(NumberTest, f64),
    Time(Sooner, Box<[Instant<'static>]>),
    Version(VersionTest, Box<[Version<Box<str>>]>),
    Network(Box<[Network]>),
    Exists,
    /// No values: nothing matches.
    Never,
}

/// The values of `in`, by type.
#[derive(Clone, Debug)]
pub(crate) struct Alternatives {
    texts: TextSet,
    fold: bool,
    numbers: NumberSet,
    /// Whether `false` and `true` are in.
    booleans: [bool; 2],
}

/// `starts_with`, `ends_with` and `contains`.
#[derive(Clone, Debug)]
pub(crate) struct TextTest {
    place: Place,
    values: Box<[Box<str>]>,
    fold: bool,
}

#[derive(Clone, Copy, Debug)]
enum Place {
    Start,
    End,
    Anywhere,
}

/// How a number compares with the only value that can decide: any alternative will
/// do, so that the largest (or smallest) stands for all.
#[derive(Clone, Copy, Debug)]
pub(crate) enum NumberTest {
    Below,
    AtMost,
    Above,
    AtLeast,
}

/// Which of two times must be the sooner one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sooner {
    Attribute,
    Value,
}

/// The orders that satisfy a version operator.
#[derive(Clone, Copy, Debug)]
pub(crate) struct VersionTest {
    less: bool,
    equal: bool,
    greater: bool,
}

impl Matcher {
    /// Whether a present attribute matches: itself, or any element where it is an array.
    pub(crate) fn matches(&self, attribute: &Value) -> bool {
        match (self, attribute) {
            (Self::Exists, _) => true,
            (_, Value::Array(elements)) => elements.iter().any(|one| self.matches_one(one)),
            (_, one) => self.matches_one(one),
        }
    }

    fn matches_one(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::In(values), value) => values.contain(value),
            (Self::Text(test), Value::String(text)) => test.matches(text),
            (Self::Pattern(patterns), Value::String(text)) => {
                patterns.iter().any(|pattern| pattern.is_match(text))
            }
            (Self::Number(test, bound), Value::Number(number)) => number
                .as_f64()
                .is_some_and(|number| test.matches(number, *bound)),
            (Self::Time(sooner, values), value) => {
                instant(value).is_some_and(|time| sooner.matches(&time, values))
            }
            (Self::Version(test, values), Value::String(text)) => {
                Version::parse(text).is_some_and(|version| test.matches(&version, values))
            }
            (Self::Network(networks), Value::String(text)) => text
                .parse::<IpAddr>()
                .is_ok_and(|address| networks.iter().any(|network| network.contains(address))),
            _ => false,
        }
    }
}

impl Alternatives {
    fn contain(&self, value: &Value) -> bool {
        match value {
            Value::String(text) if self.fold => {
                !self.texts.is_empty() && with_folded(text, |text| self.texts.contains(text))
            }
            Value::String(text) => self.texts.contains(text),
            Value::Number(number) => number
                .as_f64()
                .is_some_and(|number| self.numbers.contains(number)),
            Value::Bool(value) => self.booleans[usize::from(*value)],
            _ => false,
        }
    }
}

impl TextTest {
    fn matches(&self, text: &str) -> bool {
        if self.fold {
            with_folded(text, |text| self.matches_folded(text))
        } else {
            self.matches_folded(text)
        }
    }

    fn matches_folded(&self, text: &str) -> bool {
        let mut values = self.values.iter();
        match self.place {
            Place::Start => values.any(|value| text.starts_with(&**value)),
            Place::End => values.any(|value| text.ends_with(&**value)),
            Place::Anywhere => values.any(|value| text.contains(&**value)),
        }
    }
}

impl NumberTest {
    fn matches(self, number: f64, bound: f64) -> bool {
        match self {
            Self::Below => number < bound,
            Self::AtMost => number <= bound,
            Self::Above => number > bound,
            Self::AtLeast => number >= bound,
        }
    }
}

impl Sooner {
    fn matches(self, time: &Instant<'_>, values: &[Instant<'_>]) -> bool {
        let wanted = match self {
            Self::Attribute => Ordering::Less,
            Self::Value => Ordering::Greater,
        };
        values.iter().any(|value| time.compare(value) == wanted)
    }
}

impl VersionTest {
    fn matches(self, version: &Version<&str>, values: &[Version<Box<str>>]) -> bool {
        values.iter().any(|value| match version.precedence(value) {
            Ordering::Less => self.less,
            Ordering::Equal => self.equal,
            Ordering::Greater => self.greater,
        })
    }
}

/// A time: an RFC 3339 string, or milliseconds since 1970.
fn instant(value: &Value) -> Option<Instant<'_>> {
    match value {
        Value::String(text) => Instant::parse(text),
        Value::Number(number) => number.as_f64().map(Instant::from_millis),
        _ => None,
    }
}
