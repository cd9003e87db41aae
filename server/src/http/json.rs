//! Reading JSON strictly: what `serde_json` lets pass (a key twice) and what it names
//! badly (too deep) is refused here, with the place.

use std::{
    cell::{Cell, RefCell},
    fmt,
};

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use serin_api::error::Detail;

/// How deep a body may be nested.
///
/// Evaluators read rulesets of up to 128 levels; a document stands deeper in a ruleset
/// than in a request.
pub(crate) const MAX_DEPTH: usize = 100;
/// Mistakes are told as long as they and their places have fewer bytes than this, and not
/// one by one for as long as a body has any.
const TOLD: usize = 1 << 16;

/// Why a body is no JSON that we take.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// Not JSON; the message has line and column.
    Syntax(String),
    /// JSON with mistakes, by place.
    Mistakes(Vec<Detail>),
}

/// Reads JSON; a duplicate key and nesting beyond [`MAX_DEPTH`] are refused.
pub(crate) fn parse(bytes: &[u8]) -> Result<Value, Refusal> {
    let scan = Scan::default();
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Node {
        scan: &scan,
        depth: 0,
    }
    .deserialize(&mut reader)
    .and_then(|value| reader.end().map(|()| value));
    let mistakes = scan.mistakes.into_inner();
    match value {
        _ if !mistakes.is_empty() => Err(Refusal::Mistakes(mistakes)),
        Ok(value) => Ok(value),
        Err(error) => Err(Refusal::Syntax(error.to_string())),
    }
}

/// What a walk through the body knows: where it is, and what it found.
#[derive(Default)]
struct Scan {
    path: RefCell<Vec<String>>,
    mistakes: RefCell<Vec<Detail>>,
    told: Cell<usize>,
}

impl Scan {
    /// Notes a mistake; false where no more are noted, and reading on is in vain.
    fn report(&self, code: &str, message: String) -> bool {
        if self.told.get() > TOLD {
            return false;
        }
        let path = self
            .path
            .borrow()
            .iter()
            .fold(String::new(), |mut path, step| {
                path.push('/');
                path.push_str(&step.replace('~', "~0").replace('/', "~1"));
                path
            });
        self.told
            .set(self.told.get() + path.len() + message.len() + 50);
        self.mistakes.borrow_mut().push(Detail {
            path,
            code: code.to_owned(),
            message,
        });
        true
    }
}

/// One value of the body.
#[derive(Clone, Copy)]
struct Node<'s> {
    scan: &'s Scan,
    depth: usize,
}

impl Node<'_> {
    /// One level further in.
    fn inner<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth >= MAX_DEPTH {
            self.scan.report(
                "too_deep",
                format!("nested more than {MAX_DEPTH} levels deep"),
            );
            return Err(E::custom("too deep"));
        }
        Ok(Self {
            depth: self.depth + 1,
            ..self
        })
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("a number beyond a double"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut list = Vec::new();
        loop {
            self.scan.path.borrow_mut().push(list.len().to_string());
            let element = elements.next_element_seed(inner)?;
            self.scan.path.borrow_mut().pop();
            match element {
                Some(element) => list.push(element),
                None => return Ok(Value::Array(list)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut map = Map::new();
        while let Some(key) = members.next_key::<String>()? {
            self.scan.path.borrow_mut().push(key.clone());
            if map.contains_key(&key) {
                let message = format!("the key {key:?} stands here twice");
                if !self.scan.report("duplicate_key", message) {
                    return Err(serde::de::Error::custom("too many mistakes"));
                }
            }
            let value = members.next_value_seed(inner)?;
            self.scan.path.borrow_mut().pop();
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(text: &str) -> Vec<(String, String)> {
        match parse(text.as_bytes()) {
            Err(Refusal::Mistakes(details)) => details
                .into_iter()
                .map(|detail| (detail.path, detail.code))
                .collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn keeps_numbers_as_they_were_written() {
        let value = parse(br#"{"a":7,"b":7.0,"c":-3,"d":0.1}"#).unwrap();
        assert_eq!(value.to_string(), r#"{"a":7,"b":7.0,"c":-3,"d":0.1}"#);
    }

    #[test]
    fn names_each_duplicate_by_its_place() {
        let found = mistakes(r#"{"a":{"x/y":1,"x/y":2},"b":[{"k":1,"k":1}]}"#);
        assert_eq!(
            found,
            [
                ("/a/x~1y".to_owned(), "duplicate_key".to_owned()),
                ("/b/0/k".to_owned(), "duplicate_key".to_owned())
            ]
        );
    }

    #[test]
    fn refuses_what_is_too_deep() {
        let at = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse(at(MAX_DEPTH).as_bytes()).is_ok());
        let found = mistakes(&at(MAX_DEPTH + 1));
        assert_eq!(found[0].1, "too_deep");
        assert_eq!(found[0].0.matches('/').count(), MAX_DEPTH);
    }

    #[test]
    fn names_line_and_column_of_what_is_no_json() {
        let Err(Refusal::Syntax(message)) = parse(b"{\"a\":\n 1,}") else {
            panic!("parsed")
        };
        assert!(message.contains("line 2 column"), "{message}");
        assert!(parse(b"1 2").is_err());
        assert!(parse(b"1e999").is_err());
    }
}
