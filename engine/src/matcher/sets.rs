//! Sets of values: short ones are scanned, long ones hashed.

use crate::hash::Set;

/// Up to this many values a scan is faster than a hash.
const SCANNED: usize = 6;

/// A set of texts.
#[derive(Clone, Debug)]
pub(crate) enum TextSet {
    Few(Box<[Box<str>]>),
    Many(Set<Box<str>>),
}

impl TextSet {
    pub(crate) fn new(texts: impl Iterator<Item = Box<str>>) -> Self {
        let set: Set<Box<str>> = texts.collect();
        if set.len() > SCANNED {
            Self::Many(set)
        } else {
            Self::Few(set.into_iter().collect())
        }
    }

    pub(crate) fn contains(&self, text: &str) -> bool {
        match self {
            Self::Few(texts) => texts.iter().any(|one| **one == *text),
            Self::Many(texts) => texts.contains(text),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Few(texts) if texts.is_empty())
    }
}

/// A set of numbers, equal by value.
#[derive(Clone, Debug)]
pub(super) enum NumberSet {
    Few(Box<[f64]>),
    Many(Set<u64>),
}

impl NumberSet {
    pub(super) fn new(numbers: Vec<f64>) -> Self {
        if numbers.len() > SCANNED {
            Self::Many(numbers.into_iter().map(bits).collect())
        } else {
            Self::Few(numbers.into())
        }
    }

    pub(super) fn contains(&self, number: f64) -> bool {
        match self {
            Self::Few(numbers) => numbers.contains(&number),
            Self::Many(numbers) => numbers.contains(&bits(number)),
        }
    }
}

/// The number's bits, with one zero: adding 0 turns −0 into 0.
fn bits(number: f64) -> u64 {
    (number + 0.0).to_bits()
}
