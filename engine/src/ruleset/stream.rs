//! Compiles a document while it is read: flag by flag, so that there is never more of it
//! in memory than one flag.
//!
//! It takes the documents that evaluators get. Whatever is out of the ordinary (no JSON,
//! another format, a member twice or of another type) is left to the way that reads the
//! whole document first, which finds the words for what is wrong.

use std::borrow::Cow;

use serde_json::Value;

use super::Ruleset;
use super::build::Draft;
use super::document::FORMAT;
use super::fingerprint::Kind;
use crate::compile::integer;
use crate::json::{Lexer, MAX_DEPTH, Tape};

/// Reads and compiles a document; nothing where it is out of the ordinary.
pub(super) fn parse(text: &str) -> Option<Ruleset> {
    let mut lexer = Lexer::new(text);
    let mut found = Found::default();
    read(&mut lexer, &mut found)?;
    if lexer.is_at_end() {
        found.finish()
    } else {
        None
    }
}

/// What was read of a document.
#[derive(Default)]
struct Found {
    draft: Draft,
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

/// Reads the members of the document.
fn read<'t>(lexer: &mut Lexer<'t>, found: &mut Found) -> Option<()> {
    let mut seen: Vec<Cow<'t, str>> = Vec::new();
    let mut more = lexer.open_object()?;
    while more {
        let name = lexer.name()?;
        // It would be compiled twice.
        if seen.contains(&name) {
            return None;
        }
        match &*name {
            "flags" => entries(lexer, &mut found.draft, Kind::Flag)?,
            "segments" => entries(lexer, &mut found.draft, Kind::Segment)?,
            _ => {
                let mut tape = Tape::default();
                lexer.value(&mut tape, MAX_DEPTH - 1)?;
                if let Some(member) = found.member(&name) {
                    *member = tape.root().to_value();
                }
            }
        }
        seen.push(name);
        more = lexer.next_member()?;
    }
    Some(())
}

/// Reads and compiles the flags or the segments of a document, by key.
fn entries(lexer: &mut Lexer<'_>, draft: &mut Draft, kind: Kind) -> Option<()> {
    let mut tape = Tape::default();
    let mut more = lexer.open_object()?;
    while more {
        let key = lexer.name()?;
        tape.clear();
        lexer.value(&mut tape, MAX_DEPTH - 2)?;
        match kind {
            Kind::Flag => draft.put_flag(&key, Some(tape.root())),
            Kind::Segment => draft.put_segment(&key, Some(tape.root())),
        }
        more = lexer.next_member()?;
    }
    Some(())
}

#[cfg(test)]
mod tests;
