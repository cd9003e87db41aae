//! The file's outer shape, read in its own order.

use std::{collections::BTreeMap, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, Visitor},
};
use serde_json::{Value, value::RawValue};

/// A flag by its key, or why it cannot be read.
type Entry = (String, Result<Source, String>);

/// Shared targeting by name.
pub(crate) type Evaluators = BTreeMap<String, Value>;

/// Why a text is no flagd file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {message}")]
pub struct Unusable {
    /// A JSON pointer, or line and column where it is not JSON.
    pub place: String,
    /// What is wrong there.
    pub message: String,
}

impl Unusable {
    fn at(place: &str, message: impl fmt::Display) -> Self {
        Self {
            place: place.to_owned(),
            message: message.to_string(),
        }
    }
}

/// A flagd file, with flags that are not looked into yet.
pub(crate) struct File {
    pub(crate) flags: Vec<Entry>,
    pub(crate) evaluators: Evaluators,
    pub(crate) remarks: Vec<String>,
}

/// One flag as the file has it.
pub(crate) struct Source {
    pub(crate) enabled: bool,
    pub(crate) variants: Vec<(String, Value)>,
    pub(crate) default: Option<String>,
    /// Absent where it is empty, which flagd takes for none.
    pub(crate) targeting: Option<Value>,
    pub(crate) description: Option<String>,
    /// Members that have no place in Serin.
    pub(crate) left_out: Vec<String>,
}

impl File {
    pub(crate) fn read(text: &str) -> Result<Self, Unusable> {
        let root: Members<Box<RawValue>> = serde_json::from_str(text).map_err(|error| {
            let place = format!("line {} column {}", error.line(), error.column());
            Unusable::at(&place, without_place(&error))
        })?;
        let mut flags = None;
        let mut evaluators = Evaluators::new();
        let mut remarks = Vec::new();
        for (name, value) in root.0 {
            match name.as_str() {
                "flags" => flags = Some(read_flags(&value)?),
                "$evaluators" => evaluators = part(&value, "/$evaluators")?,
                "$schema" => {}
                _ => remarks.push(format!(
                    "{name:?} of the file has no native form and was left out"
                )),
            }
        }
        let flags = flags.ok_or_else(|| Unusable::at("/flags", "a flagd file has flags"))?;
        Ok(Self {
            flags,
            evaluators,
            remarks,
        })
    }
}

fn read_flags(value: &RawValue) -> Result<Vec<Entry>, Unusable> {
    if value.get().starts_with('[') {
        return Err(Unusable::at(
            "/flags",
            "flags are read as an object, by key; not as a list",
        ));
    }
    let flags: Members<Box<RawValue>> = part(value, "/flags")?;
    let read = |(key, flag): (String, Box<RawValue>)| (key, Source::read(&flag));
    Ok(flags.0.into_iter().map(read).collect())
}

fn part<'de, T: Deserialize<'de>>(value: &'de RawValue, place: &str) -> Result<T, Unusable> {
    serde_json::from_str(value.get()).map_err(|error| Unusable::at(place, without_place(&error)))
}

/// The message alone: line and column would count from the part's own start.
fn without_place(error: &serde_json::Error) -> String {
    let message = error.to_string();
    match message.rfind(" at line ") {
        Some(end) => message[..end].to_owned(),
        None => message,
    }
}

impl Source {
    fn read(flag: &RawValue) -> Result<Self, String> {
        let members: Members<Box<RawValue>> = inside(flag, "the flag")?;
        let mut source = Self {
            enabled: true,
            variants: Vec::new(),
            default: None,
            targeting: None,
            description: None,
            left_out: Vec::new(),
        };
        let mut state = None;
        for (name, value) in members.0 {
            match name.as_str() {
                "state" => state = Some(inside::<String>(&value, "state")?),
                "variants" => source.variants = inside::<Members<Value>>(&value, "variants")?.0,
                "defaultVariant" => source.default = inside(&value, "defaultVariant")?,
                "targeting" => source.targeting = targeting(inside(&value, "targeting")?),
                "description" => source.description = inside(&value, "description")?,
                "$comment" => {}
                _ => source.left_out.push(name),
            }
        }
        source.enabled = match state.as_deref() {
            Some("ENABLED") => true,
            Some("DISABLED") => false,
            Some(other) => return Err(format!("state {other:?} is neither ENABLED nor DISABLED")),
            None => return Err("it has no state".to_owned()),
        };
        Ok(source)
    }

    pub(crate) fn has_variant(&self, name: &str) -> bool {
        self.variants.iter().any(|(variant, _)| variant == name)
    }
}

fn inside<'de, T: Deserialize<'de>>(value: &'de RawValue, what: &str) -> Result<T, String> {
    serde_json::from_str(value.get()).map_err(|error| format!("{what}: {}", without_place(&error)))
}

fn targeting(value: Value) -> Option<Value> {
    let empty = value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty);
    (!empty).then_some(value)
}

/// A JSON object's members in the file's order, each name once.
struct Members<T>(Vec<(String, T)>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Members<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InOrder(PhantomData))
    }
}

struct InOrder<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for InOrder<T> {
    type Value = Members<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut seen = std::collections::HashSet::new();
        let mut members = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, T>()? {
            if !seen.insert(name.clone()) {
                return Err(A::Error::custom(format!("{name:?} is there twice")));
            }
            members.push((name, value));
        }
        Ok(Members(members))
    }
}
