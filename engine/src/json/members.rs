//! The members of an object, taken out one by one.

use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error as _};
use serde_json::{Error, Map, Value};

use super::read;

/// The members of an object that are not read yet.
///
/// For types that share one object with another type, or that are told apart by which
/// member is there. serde's own `flatten` and `untagged` can do that too, at many times
/// the code, which the browser has to download.
#[derive(Debug)]
pub struct Members(Map<String, Value>);

impl Members {
    /// Reads a whole object.
    ///
    /// # Errors
    /// If it is none.
    pub fn of<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Map::deserialize(deserializer).map(Self)
    }

    /// Whether a member is left.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Takes a member.
    ///
    /// # Errors
    /// If it is not there, or is of another shape; names it.
    pub fn take<T: DeserializeOwned>(&mut self, name: &'static str) -> Result<T, Error> {
        match self.0.remove(name) {
            Some(value) => read(value).map_err(|error| within(name, &error)),
            None => Err(Error::missing_field(name)),
        }
    }

    /// Takes a member, or what stands for an absent one.
    ///
    /// # Errors
    /// If it is of another shape; names it.
    pub fn take_or_default<T: DeserializeOwned + Default>(
        &mut self,
        name: &'static str,
    ) -> Result<T, Error> {
        if self.has(name) {
            self.take(name)
        } else {
            Ok(T::default())
        }
    }

    /// Reads another type out of all members that are left.
    ///
    /// # Errors
    /// If they are of another shape.
    pub fn rest<T: DeserializeOwned>(self) -> Result<T, Error> {
        read(Value::Object(self.0))
    }
}

#[inline(never)]
fn within(name: &str, error: &Error) -> Error {
    Error::custom(format_args!("{name}: {error}"))
}
