//! Values by size, in buckets that grow, so that histograms can be summed.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error as _, MapAccess, Visitor},
};

use super::{BadWindow, MAX_COUNT, bad};

/// How much larger the values of a bucket are than those of the one before.
pub const GROWTH: f64 = 1.05;

/// How close to the bound of a bucket a value counts as on it. Logarithms are exact to about
/// 1e-13 of a bucket here; no measurement is.
const ROUNDING: f64 = 1e-9;

/// Beyond these lies the bucket of no value that a double can have.
const BUCKETS: std::ops::RangeInclusive<i32> = -16_000..=16_000;

/// Counts of values by [`bucket`]. Sums of histograms lose nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Histogram(pub BTreeMap<i32, u64>);

/// The bucket of a value: the `i` with 1.05^(i−1) < value ≤ 1.05^i. Nothing for values that
/// are not finite; zero and what is below it counts as the smallest positive number.
pub fn bucket(value: f64) -> Option<i32> {
    if !value.is_finite() {
        return None;
    }
    let place = value.max(f64::MIN_POSITIVE).ln() / GROWTH.ln();
    // Doubles span some 29 000 buckets: `as` neither saturates nor cuts anything off.
    Some((place - ROUNDING).ceil() as i32)
}

impl Histogram {
    /// Without values.
    pub const EMPTY: Self = Self(BTreeMap::new());

    /// Counts a value; those that are not finite are left out.
    pub fn record(&mut self, value: f64) {
        if let Some(bucket) = bucket(value) {
            self.add(bucket, 1);
        }
    }

    /// Counts values of one bucket.
    pub fn add(&mut self, bucket: i32, count: u64) {
        let held = self.0.entry(bucket).or_default();
        *held = held.saturating_add(count);
    }

    /// Takes in another histogram.
    pub fn merge(&mut self, other: &Self) {
        for (bucket, count) in &other.0 {
            self.add(*bucket, *count);
        }
    }

    /// How many values it has.
    pub fn total(&self) -> u64 {
        self.0
            .values()
            .fold(0, |total, count| total.saturating_add(*count))
    }

    /// The value that a percentage of the values does not exceed, to three digits: the middle of
    /// its bucket, and so off by 2.5 % at the most. Nothing where there are none.
    pub fn quantile(&self, percent: u64) -> Option<f64> {
        let total: u128 = self.0.values().map(|count| u128::from(*count)).sum();
        let mut reached = 0_u128;
        let within = self.0.iter().filter(|(_, count)| **count > 0);
        for (bucket, count) in within {
            reached += u128::from(*count);
            if reached * 100 >= u128::from(percent) * total {
                let middle = GROWTH.powf(f64::from(*bucket) - 0.5);
                // The last buckets reach further than doubles do.
                return format!("{:.2e}", middle.min(1e300)).parse().ok();
            }
        }
        None
    }

    /// Checks that values could have made it.
    pub(super) fn check(&self, place: impl FnOnce() -> String) -> Result<(), BadWindow> {
        let reason = match self.0.keys().find(|bucket| !BUCKETS.contains(bucket)) {
            Some(bucket) => format!("no value is of bucket {bucket}"),
            None if self.total() as f64 > MAX_COUNT => "more than 2^53 values".to_owned(),
            None => return Ok(()),
        };
        Err(bad(&place(), reason))
    }

    /// How many values lie above a bucket.
    pub fn above(&self, bucket: i32) -> u64 {
        let Some(next) = bucket.checked_add(1) else {
            return 0;
        };
        self.0
            .range(next..)
            .fold(0, |total, (_, count)| total.saturating_add(*count))
    }
}

impl<'de> Deserialize<'de> for Histogram {
    /// Buckets are names of members, and so text, in JSON.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Buckets;

        impl<'de> Visitor<'de> for Buckets {
            type Value = Histogram;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("counts by bucket")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Histogram, A::Error> {
                let mut histogram = Histogram::default();
                while let Some(Bucket(bucket)) = members.next_key()? {
                    let Count(count) = members.next_value()?;
                    if histogram.0.insert(bucket, count).is_some() {
                        let twice = format_args!("bucket {bucket} comes twice");
                        return Err(A::Error::custom(twice));
                    }
                }
                Ok(histogram)
            }
        }

        deserializer.deserialize_map(Buckets)
    }
}

/// The name of a member that is a bucket.
struct Bucket(i32);

impl<'de> Deserialize<'de> for Bucket {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;

        impl Visitor<'_> for Name {
            type Value = Bucket;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the number of a bucket")
            }

            fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Bucket, E> {
                let wrong = || E::custom(NoBucket(name));
                named(name).map(Bucket).ok_or_else(wrong)
            }
        }

        deserializer.deserialize_str(Name).map_err(D::Error::custom)
    }
}

/// The bucket that a member's name says. Each has one name: 5, and neither 05 nor +5.
pub(super) fn named(name: &str) -> Option<i32> {
    let digits = name.strip_prefix('-').unwrap_or(name);
    let is_plain = name == "0" || !digits.starts_with(['0', '+']);
    name.parse().ok().filter(|_| is_plain)
}

/// What is wrong with a member's name that is no bucket.
pub(super) struct NoBucket<'n>(pub(super) &'n str);

impl fmt::Display for NoBucket<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(name) = self;
        write!(
            f,
            "{name:?} is no bucket: those are whole numbers such as \"104\" or \"-3\""
        )
    }
}

/// How many values a bucket has: a whole number, however it is written.
struct Count(u64);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Whole;

        impl Visitor<'_> for Whole {
            type Value = Count;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number from 0 to 2^53")
            }

            fn visit_u64<E: serde::de::Error>(self, count: u64) -> Result<Count, E> {
                Ok(Count(count))
            }

            fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Count, E> {
                let wrong = || E::invalid_value(serde::de::Unexpected::Float(number), &self);
                whole(number).map(Count).ok_or_else(wrong)
            }
        }

        deserializer.deserialize_any(Whole)
    }
}

/// A number without a fraction that is a count.
pub(in crate::release::evidence) fn whole(number: f64) -> Option<u64> {
    let is_whole = number.fract() == 0.0 && (0.0..=MAX_COUNT).contains(&number);
    is_whole.then_some(number as u64)
}

impl FromIterator<(i32, u64)> for Histogram {
    fn from_iter<I: IntoIterator<Item = (i32, u64)>>(counts: I) -> Self {
        let mut histogram = Self::EMPTY;
        for (bucket, count) in counts {
            histogram.add(bucket, count);
        }
        histogram
    }
}
