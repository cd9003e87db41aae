//! Leaves of conditions, prepared: an operator with its values read once.

use std::cmp::Ordering;
use std::net::IpAddr;

use regex::Regex;
use serde_json::Value;

use crate::context::Resolved;
use crate::fold::with_folded;
use crate::hash;
use crate::instant::Instant;
use crate::network::Network;
use crate::version::{self, Bound, Packed, Version};

mod prepare;
mod sets;

pub(crate) use prepare::{check_value, folds_case, prepare, takes};
use sets::NumberSet;
pub(crate) use sets::{Many, TextSet};

/// A prepared operator.
#[derive(Clone, Debug)]
pub(crate) enum Matcher {
    /// `in` with texts only, and without folding: what most leaves are.
    Texts(TextSet),
    In(Box<Alternatives>),
    Text {
        place: Place,
        fold: bool,
        values: Box<[Box<str>]>,
    },
    Pattern(Box<[Regex]>),
    Number(NumberTest, f64),
    Time(Sooner, Box<[Instant<'static>]>),
    Version(VersionTest, Box<[Bound]>),
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

/// Where `starts_with`, `ends_with` and `contains` look.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
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
        self.matches_resolved(attribute.into())
    }

    /// The same for an attribute that was looked up already, or is missing.
    #[inline(always)]
    pub(crate) fn matches_resolved(&self, attribute: Resolved<'_>) -> bool {
        match (self, attribute) {
            // What most leaves are, without going further.
            (Self::Texts(texts), Resolved::Text(text, hash)) => texts.contains(text, hash),
            (Self::Number(test, bound), Resolved::Number(number)) => test.matches(number, *bound),
            (_, Resolved::Missing) => false,
            (Self::Exists, _) => true,
            (_, Resolved::Text(text, hash)) => self.matches_text(text, hash),
            (_, Resolved::List(elements)) => self.matches_any(elements),
            (_, one) => self.matches_one(one),
        }
    }

    /// The first and the last version that match, where they are one run of versions that
    /// can be packed.
    pub(crate) fn versions(&self) -> Option<(Packed, Packed)> {
        let Self::Version(test, bounds) = self else {
            return None;
        };
        let bounds: Option<Vec<Packed>> = bounds.iter().map(Bound::packed).collect();
        test.run(&bounds?)
    }

    #[inline(never)]
    fn matches_any(&self, elements: &[Value]) -> bool {
        elements.iter().any(|one| match one {
            // One level only.
            Value::Array(_) => false,
            one => self.matches_one(one.into()),
        })
    }

    fn matches_one(&self, value: Resolved<'_>) -> bool {
        match (self, value) {
            (_, Resolved::Text(text, hash)) => self.matches_text(text, hash),
            (Self::In(values), value) => values.contain(value),
            (Self::Number(test, bound), Resolved::Number(number)) => test.matches(number, *bound),
            (Self::Time(sooner, values), Resolved::Number(millis)) => {
                sooner.matches(&Instant::from_millis(millis), values)
            }
            _ => false,
        }
    }

    fn matches_text(&self, text: &str, hash: u64) -> bool {
        match self {
            Self::Texts(texts) => texts.contains(text, hash),
            Self::In(values) => values.contain(Resolved::Text(text, hash)),
            Self::Text {
                place,
                fold,
                values,
            } => place.has(text, *fold, values),
            Self::Pattern(patterns) => patterns.iter().any(|pattern| pattern.is_match(text)),
            Self::Time(sooner, values) => {
                Instant::parse(text).is_some_and(|time| sooner.matches(&time, values))
            }
            Self::Version(test, values) => Version::any(text, values, |order| test.holds(order)),
            Self::Network(networks) => text
                .parse::<IpAddr>()
                .is_ok_and(|address| networks.iter().any(|network| network.contains(address))),
            Self::Number(..) | Self::Exists | Self::Never => false,
        }
    }
}

impl Alternatives {
    fn contain(&self, value: Resolved<'_>) -> bool {
        match value {
            Resolved::Text(text, _) if self.fold => {
                !self.texts.is_empty()
                    && with_folded(text, |text| self.texts.contains(text, hash::of_text(text)))
            }
            Resolved::Text(text, hash) => self.texts.contains(text, hash),
            Resolved::Number(number) => self.numbers.contains(number),
            Resolved::Bool(value) => self.booleans[usize::from(value)],
            _ => false,
        }
    }
}

impl Place {
    fn has(self, text: &str, fold: bool, values: &[Box<str>]) -> bool {
        if fold {
            with_folded(text, |text| self.has_folded(text, values))
        } else {
            self.has_folded(text, values)
        }
    }

    fn has_folded(self, text: &str, values: &[Box<str>]) -> bool {
        let mut values = values.iter();
        let bytes = text.as_bytes();
        match self {
            Self::Start => values.any(|value| {
                let start = bytes.get(..value.len());
                start.is_some_and(|start| hash::same(start, value.as_bytes()))
            }),
            Self::End => values.any(|value| {
                let start = bytes.len().checked_sub(value.len());
                start.is_some_and(|start| hash::same(&bytes[start..], value.as_bytes()))
            }),
            Self::Anywhere => values.any(|value| text.contains(&**value)),
        }
    }
}

impl NumberTest {
    #[inline]
    pub(crate) fn matches(self, number: f64, bound: f64) -> bool {
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
    /// The run of versions that satisfy it with any of some bounds, where they are one.
    fn run(self, bounds: &[Packed]) -> Option<(Packed, Packed)> {
        let (least, most) = (*bounds.iter().min()?, *bounds.iter().max()?);
        match (self.less, self.equal, self.greater) {
            (true, false, false) => Some((0, most.checked_sub(1)?)),
            (true, true, false) => Some((0, most)),
            // Nothing is above the last one; then the first one is above the last.
            (false, false, true) => Some((least + 1, version::LAST)),
            (false, true, true) => Some((least, version::LAST)),
            (false, true, false) if least == most => Some((least, most)),
            _ => None,
        }
    }

    fn holds(self, order: Ordering) -> bool {
        match order {
            Ordering::Less => self.less,
            Ordering::Equal => self.equal,
            Ordering::Greater => self.greater,
        }
    }
}
