//! From a parsed [`Value`] to a type of the model.
//!
//! serde_json can do this as well. But in the browser the code for reading is paid for
//! in bytes, once for each type and each way in: so this way is narrow. Objects come in
//! by [`Visitor::visit_map`] alone, and there is one kind of access to an object and one
//! to an array.

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error as _, Expected, MapAccess,
    SeqAccess, Unexpected, VariantAccess, Visitor,
};
use serde_json::{Error, Map, Value};

/// Reads a type out of a value. The same as `serde_json::from_value`, but that structs
/// are never read from arrays, and that keys of maps are text.
///
/// # Errors
/// What was expected and what was there instead.
pub fn read<T: DeserializeOwned>(value: Value) -> Result<T, Error> {
    T::deserialize(Reader(value))
}

struct Reader(Value);

impl Reader {
    #[inline(never)]
    fn unexpected(&self, expected: &dyn Expected) -> Error {
        let found = match &self.0 {
            Value::Null => Unexpected::Unit,
            Value::Bool(value) => Unexpected::Bool(*value),
            Value::Number(number) => match (number.as_u64(), number.as_i64()) {
                (Some(number), _) => Unexpected::Unsigned(number),
                (_, Some(number)) => Unexpected::Signed(number),
                _ => Unexpected::Float(number.as_f64().unwrap_or(f64::NAN)),
            },
            Value::String(text) => Unexpected::Str(text),
            Value::Array(_) => Unexpected::Seq,
            Value::Object(_) => Unexpected::Map,
        };
        Error::invalid_type(found, expected)
    }

    #[inline(never)]
    fn members(self, expected: &dyn Expected) -> Result<Entries, Error> {
        match self.0 {
            Value::Object(members) => Ok(Entries {
                rest: members.into_iter(),
                value: Value::Null,
            }),
            _ => Err(self.unexpected(expected)),
        }
    }

    #[inline(never)]
    fn elements(self, expected: &dyn Expected) -> Result<Elements, Error> {
        match self.0 {
            Value::Array(elements) => Ok(Elements(elements.into_iter())),
            _ => Err(self.unexpected(expected)),
        }
    }

    #[inline(never)]
    fn text(self, expected: &dyn Expected) -> Result<String, Error> {
        match self.0 {
            Value::String(text) => Ok(text),
            _ => Err(self.unexpected(expected)),
        }
    }

    #[inline(never)]
    fn unsigned(self, expected: &dyn Expected) -> Result<u64, Error> {
        self.0.as_u64().ok_or_else(|| self.unexpected(expected))
    }

    #[inline(never)]
    fn signed(self, expected: &dyn Expected) -> Result<i64, Error> {
        self.0.as_i64().ok_or_else(|| self.unexpected(expected))
    }

    #[inline(never)]
    fn float(self, expected: &dyn Expected) -> Result<f64, Error> {
        self.0.as_f64().ok_or_else(|| self.unexpected(expected))
    }

    /// A variant's name and what it holds.
    #[inline(never)]
    fn variant(self, expected: &dyn Expected) -> Result<Choice, Error> {
        match self.0 {
            Value::String(name) => Ok(Choice { name, held: None }),
            Value::Object(members) if members.len() == 1 => {
                one(members).ok_or_else(|| Error::custom("an object of one member has one"))
            }
            _ => Err(self.unexpected(expected)),
        }
    }
}

fn one(members: Map<String, Value>) -> Option<Choice> {
    let (name, held) = members.into_iter().next()?;
    Some(Choice {
        name,
        held: Some(held),
    })
}

/// Methods that read a number by one of the ways above.
macro_rules! numbers {
    ($($method:ident $way:ident $visit:ident,)+) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            let read = self.$way(&visitor)?;
            visitor.$visit(read)
        })+
    };
}

impl<'de> Deserializer<'de> for Reader {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Number(ref number) => match (number.as_u64(), number.as_i64()) {
                (Some(number), _) => visitor.visit_u64(number),
                (_, Some(number)) => visitor.visit_i64(number),
                _ => {
                    let read = self.float(&visitor)?;
                    visitor.visit_f64(read)
                }
            },
            Value::String(text) => visitor.visit_string(text),
            Value::Array(_) => {
                let read = self.elements(&visitor)?;
                visitor.visit_seq(read)
            }
            Value::Object(_) => {
                let read = self.members(&visitor)?;
                visitor.visit_map(read)
            }
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Bool(value) => visitor.visit_bool(value),
            _ => Err(self.unexpected(&visitor)),
        }
    }

    numbers! {
        deserialize_u8 unsigned visit_u64,
        deserialize_u16 unsigned visit_u64,
        deserialize_u32 unsigned visit_u64,
        deserialize_u64 unsigned visit_u64,
        deserialize_i8 signed visit_i64,
        deserialize_i16 signed visit_i64,
        deserialize_i32 signed visit_i64,
        deserialize_i64 signed visit_i64,
        deserialize_f32 float visit_f64,
        deserialize_f64 float visit_f64,
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let read = self.text(&visitor)?;
        visitor.visit_str(&read)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let read = self.text(&visitor)?;
        visitor.visit_string(read)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            _ => Err(self.unexpected(&visitor)),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let read = self.elements(&visitor)?;
        visitor.visit_seq(read)
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let read = self.members(&visitor)?;
        visitor.visit_map(read)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let read = self.members(&visitor)?;
        visitor.visit_map(read)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let read = self.variant(&visitor)?;
        visitor.visit_enum(read)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! { i128 u128 char bytes byte_buf }
}

/// What is left of an array.
struct Elements(std::vec::IntoIter<Value>);

impl<'de> SeqAccess<'de> for Elements {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Error> {
        match self.0.next() {
            Some(element) => seed.deserialize(Reader(element)).map(Some),
            None => Ok(None),
        }
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

/// What is left of an object, and the value of the key that was read last.
struct Entries {
    rest: serde_json::map::IntoIter,
    value: Value,
}

impl Entries {
    #[inline(never)]
    fn next(&mut self) -> Option<Reader> {
        let (key, value) = self.rest.next()?;
        self.value = value;
        Some(Reader(Value::String(key)))
    }
}

impl<'de> MapAccess<'de> for Entries {
    type Error = Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Error> {
        match self.next() {
            Some(key) => seed.deserialize(key).map(Some),
            None => Ok(None),
        }
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Error> {
        seed.deserialize(Reader(self.value.take()))
    }
}

/// A variant of an enum: its name alone, or with what it holds.
struct Choice {
    name: String,
    held: Option<Value>,
}

impl<'de> EnumAccess<'de> for Choice {
    type Error = Error;
    type Variant = Held;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Held), Error> {
        let variant = seed.deserialize(Reader(Value::String(self.name)))?;
        Ok((variant, Held(self.held)))
    }
}

struct Held(Option<Value>);

impl Held {
    #[inline(never)]
    fn reader(self) -> Result<Reader, Error> {
        self.0
            .map(Reader)
            .ok_or_else(|| Error::custom("a variant that holds something came without it"))
    }
}

impl<'de> VariantAccess<'de> for Held {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        match self.0 {
            None | Some(Value::Null) => Ok(()),
            Some(value) => Err(Reader(value).unexpected(&"nothing")),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Error> {
        seed.deserialize(self.reader()?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, Error> {
        self.reader()?.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.reader()?.deserialize_map(visitor)
    }
}
