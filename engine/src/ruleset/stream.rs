//! Compiles a document while it is read: flag by flag, so that there is never more of it
//! in memory than one flag.
//!
//! It takes the documents that evaluators get. Whatever is out of the ordinary (no JSON,
//! another format, a member twice or of another type) is left to the way that reads the
//! whole document first, which finds the words for what is wrong.

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use serde_json::Value;

use super::Ruleset;
use super::build::Draft;
use super::document::FORMAT;
use super::fingerprint::Kind;
use crate::compile::integer;
use crate::json::{MAX_DEPTH, Tape};

/// Reads and compiles a document; nothing where it is out of the ordinary.
pub(super) fn parse(text: &str) -> Option<Ruleset> {
    let mut reader = serde_json::Deserializer::from_str(text);
    // The tape bounds the recursion.
    reader.disable_recursion_limit();
    let mut found = Found::default();
    Document(&mut found).deserialize(&mut reader).ok()?;
    reader.end().ok()?;
    found.finish()
}

/// What was read of a document.
#[derive(Default)]
struct Found {
    draft: Draft,
    seen: Vec<String>,
    format: Value,
    project: Value,
    environment: Value,
    revision: Value,
    releases: Value,
    fingerprint: Value,
}

impl Found {
    fn finish(self) -> Option<Ruleset> {
        if integer(&self.format) != Some(u64::from(FORMAT)) {
            return None;
        }
        let revision = match self.revision {
            Value::Null => 0,
            revision => integer(&revision)?,
        };
        let releases = match self.releases {
            Value::Null => Vec::new(),
            Value::Array(releases) => releases,
            _ => return None,
        };
        text(self.fingerprint)?;
        let mut draft = self.draft;
        draft.name(text(self.project)?, text(self.environment)?);
        Some(draft.finish(revision, releases))
    }

    fn member(&mut self, name: &str) -> Option<&mut Value> {
        Some(match name {
            "format" => &mut self.format,
            "project" => &mut self.project,
            "environment" => &mut self.environment,
            "revision" => &mut self.revision,
            "releases" => &mut self.releases,
            "fingerprint" => &mut self.fingerprint,
            _ => return None,
        })
    }
}

/// A string; empty where absent.
fn text(value: Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::String(text) => Some(text),
        _ => None,
    }
}

struct Document<'a>(&'a mut Found);

impl<'t> DeserializeSeed<'t> for Document<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'t>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'t> Visitor<'t> for Document<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a ruleset")
    }

    fn visit_map<A: MapAccess<'t>>(self, mut members: A) -> Result<(), A::Error> {
        let found = self.0;
        while let Some(name) = members.next_key::<String>()? {
            if found.seen.contains(&name) {
                return Err(A::Error::custom("a member is there twice"));
            }
            let draft = &mut found.draft;
            match &*name {
                "flags" => members.next_value_seed(Entries(draft, Kind::Flag))?,
                "segments" => members.next_value_seed(Entries(draft, Kind::Segment))?,
                _ => {
                    let mut tape = Tape::default();
                    members.next_value_seed(tape.reader(MAX_DEPTH - 1))?;
                    if let Some(member) = found.member(&name) {
                        *member = tape.root().to_value();
                    }
                }
            }
            found.seen.push(name);
        }
        Ok(())
    }
}

/// The flags or the segments of a document, by key.
struct Entries<'a>(&'a mut Draft, Kind);

impl<'t> DeserializeSeed<'t> for Entries<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'t>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'t> Visitor<'t> for Entries<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("flags or segments by key")
    }

    fn visit_map<A: MapAccess<'t>>(self, mut entries: A) -> Result<(), A::Error> {
        let Self(draft, kind) = self;
        let mut tape = Tape::default();
        while let Some(key) = entries.next_key::<String>()? {
            tape.clear();
            entries.next_value_seed(tape.reader(MAX_DEPTH - 2))?;
            match kind {
                Kind::Flag => draft.put_flag(&key, Some(tape.root())),
                Kind::Segment => draft.put_segment(&key, Some(tape.root())),
            }
        }
        Ok(())
    }
}
