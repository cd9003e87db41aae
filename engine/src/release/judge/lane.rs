//! A number for each point of a grid.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// As an array, but serde takes it at any length.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Lane<const N: usize>(pub(super) [f64; N]);

impl<const N: usize> Lane<N> {
    pub(super) const ZERO: Self = Self([0.0; N]);

    /// Adds the logarithms of likelihoods.
    #[inline]
    pub(super) fn add(&mut self, gains: &[f64; N]) {
        for (sum, gain) in self.0.iter_mut().zip(gains) {
            *sum += gain;
        }
    }
}

impl<const N: usize> Serialize for Lane<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.as_slice().serialize(serializer)
    }
}

impl<'de, const N: usize> Deserialize<'de> for Lane<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let numbers = Vec::<f64>::deserialize(deserializer)?;
        let length = numbers.len();
        let numbers = numbers.try_into();
        numbers
            .map(Self)
            .map_err(|_| D::Error::custom(format_args!("{length} numbers where {N} belong")))
    }
}
