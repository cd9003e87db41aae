//! From a JSON value to a type, as requests are read: what does not fit is named by its
//! place, and a list never passes for an object.
//!
//! `serde_json` alone says neither where in a value a mistake is, nor does it mind a
//! list of a structure's members in order.

use std::fmt;

use serde::{
    Deserializer,
    de::{
        self, DeserializeOwned, DeserializeSeed, EnumAccess, Error as _, IntoDeserializer as _,
        MapAccess, SeqAccess, VariantAccess, Visitor, value::StrDeserializer,
    },
    forward_to_deserialize_any,
};
use serde_json::{Map, Value};
use serin_api::error::Detail;

/// Reads a value.
///
/// # Errors
/// The first mistake, with a JSON pointer into the value.
pub(crate) fn read<T: DeserializeOwned>(value: &Value) -> Result<T, Detail> {
    T::deserialize(At(value)).map_err(|misfit| Detail {
        path: misfit
            .steps
            .iter()
            .rev()
            .map(|step| format!("/{}", step.replace('~', "~0").replace('/', "~1")))
            .collect(),
        code: misfit.code.to_owned(),
        message: misfit.message,
    })
}

/// What does not fit, and the way to it from the inside out.
#[derive(Debug)]
struct Misfit {
    steps: Vec<String>,
    code: &'static str,
    message: String,
}

impl Misfit {
    fn below(mut self, step: impl Into<String>) -> Self {
        self.steps.push(step.into());
        self
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Misfit {}

impl de::Error for Misfit {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self {
            steps: Vec::new(),
            code: "shape",
            message: message.to_string(),
        }
    }

    /// The member that is too many has a place like any other.
    fn unknown_field(name: &str, expected: &'static [&'static str]) -> Self {
        let known = expected.join(", ");
        Self {
            steps: vec![name.to_owned()],
            code: "unknown_member",
            message: format!("there is no member {name:?} here: it takes {known}"),
        }
    }

    /// So has the one that is not there.
    fn missing_field(name: &'static str) -> Self {
        Self {
            steps: vec![name.to_owned()],
            code: "required",
            message: format!("the member {name:?} is missing"),
        }
    }
}

/// The value that is being read.
struct At<'v>(&'v Value);

impl At<'_> {
    fn found(&self) -> &'static str {
        match self.0 {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        }
    }
}

impl<'de> Deserializer<'de> for At<'de> {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(value), ..) => visitor.visit_u64(value),
                (_, Some(value), _) => visitor.visit_i64(value),
                (.., Some(value)) => visitor.visit_f64(value),
                _ => Err(Misfit::custom("a number out of range")),
            },
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Array(items) => visitor.visit_seq(Items {
                items: items.iter().enumerate(),
            }),
            Value::Object(members) => visitor.visit_map(Members {
                members: members.iter(),
                value: None,
            }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        match self.0 {
            Value::Object(_) => self.deserialize_any(visitor),
            _ => {
                let found = self.found();
                Err(Misfit::custom(format!("expected an object, found {found}")))
            }
        }
    }

    /// The API's enumerations are words, or an object with the word as its only member.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        match self.0 {
            Value::String(word) => {
                let word: StrDeserializer<'_, Misfit> = word.as_str().into_deserializer();
                visitor.visit_enum(word)
            }
            Value::Object(members) => {
                let mut members = members.iter();
                match (members.next(), members.next()) {
                    (Some((word, value)), None) => visitor.visit_enum(Variant { word, value }),
                    _ => Err(Misfit::custom("expected an object with one member")),
                }
            }
            _ => {
                let found = self.found();
                Err(Misfit::custom(format!("expected a string, found {found}")))
            }
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct seq tuple tuple_struct map identifier ignored_any
    }
}

/// A word of an enumeration, and what goes with it.
struct Variant<'v> {
    word: &'v str,
    value: &'v Value,
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Misfit;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Misfit> {
        let word: StrDeserializer<'_, Misfit> = self.word.into_deserializer();
        Ok((seed.deserialize(word)?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'de> {
    type Error = Misfit;

    fn unit_variant(self) -> Result<(), Misfit> {
        // A word that takes nothing stands by itself.
        Err(Misfit::custom("expected a string, found an object"))
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Misfit> {
        let read = seed.deserialize(At(self.value));
        read.map_err(|misfit| misfit.below(self.word))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Misfit> {
        let read = At(self.value).deserialize_any(visitor);
        read.map_err(|misfit| misfit.below(self.word))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        let read = At(self.value).deserialize_any(visitor);
        read.map_err(|misfit| misfit.below(self.word))
    }
}

struct Items<'v> {
    items: std::iter::Enumerate<std::slice::Iter<'v, Value>>,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Misfit;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Misfit> {
        let Some((index, item)) = self.items.next() else {
            return Ok(None);
        };
        let read = seed.deserialize(At(item));
        read.map(Some)
            .map_err(|misfit| misfit.below(index.to_string()))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

struct Members<'v> {
    members: <&'v Map<String, Value> as IntoIterator>::IntoIter,
    value: Option<(&'v String, &'v Value)>,
}

impl<'de> MapAccess<'de> for Members<'de> {
    type Error = Misfit;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Misfit> {
        self.value = self.members.next();
        let Some((name, _)) = self.value else {
            return Ok(None);
        };
        let name: StrDeserializer<'_, Misfit> = name.as_str().into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Misfit> {
        let Some((name, value)) = self.value.take() else {
            return Err(Misfit::custom("a value without a name"));
        };
        seed.deserialize(At(value))
            .map_err(|misfit| misfit.below(name))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;
    use serin_api::{change::Change, project::NewProject, session::SignIn};

    use super::*;

    fn place<T: DeserializeOwned>(value: &Value) -> (String, String) {
        let detail = read::<T>(value).err().unwrap();
        (detail.path, detail.message)
    }

    #[test]
    fn reads_what_fits_as_serde_json_does() {
        let project =
            json!({"key": "p", "name": null, "environments": [{"key": "e", "production": true}]});
        let read: NewProject = read(&project).unwrap();
        assert_eq!(read.environments.unwrap()[0].key, "e");
        let change = json!({"kind": "flag", "key": "f", "action": "put", "version": 7, "document": {"a": [1, 2.0, null]}});
        assert_eq!(
            super::read::<Change>(&change).unwrap(),
            Change::deserialize(&change).unwrap()
        );
    }

    #[test]
    fn names_the_place_of_a_mistake() {
        let project = json!({"key": "p", "environments": [{"key": "e"}, {"key": "f", "allowed_origins": [7]}]});
        let (path, message) = place::<NewProject>(&project);
        assert_eq!(path, "/environments/1/allowed_origins/0");
        assert!(message.contains("expected a string"), "{message}");
        let (path, message) = place::<NewProject>(&json!({"key": "p", "na/me": "P"}));
        assert_eq!(path, "/na~1me");
        assert!(message.contains("environments"), "{message}");
        let missing = json!({"key": "p", "environments": [{"production": true}]});
        let missing = read::<NewProject>(&missing).err().unwrap();
        assert_eq!(
            (missing.path.as_str(), missing.code.as_str()),
            ("/environments/0/key", "required")
        );
        let odd = place::<std::collections::BTreeMap<String, bool>>(&json!({"a/b~c": 1}));
        assert_eq!(odd.0, "/a~1b~0c");
    }

    #[test]
    fn a_list_is_no_object_and_an_object_no_word() {
        let (path, message) = place::<SignIn>(&json!(["admin", "password"]));
        assert_eq!(
            (path.as_str(), message.as_str()),
            ("", "expected an object, found a list")
        );
        let (path, _) = place::<NewProject>(&json!({"key": "p", "environments": [["e"]]}));
        assert_eq!(path, "/environments/0");
        let (path, message) =
            place::<Change>(&json!({"kind": {"flag": null}, "key": "f", "action": "put"}));
        assert_eq!(
            (path.as_str(), message.as_str()),
            ("/kind", "expected a string, found an object")
        );
    }
}
