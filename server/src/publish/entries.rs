//! A ruleset document's parts, as texts: what they are compiled from and served as.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value;
use serin_engine::ruleset::{Document, Patch};

/// The document's parts as JSON texts, shared between revisions.
#[derive(Clone, Default)]
pub(super) struct Entries {
    pub(super) flags: BTreeMap<Arc<str>, Arc<str>>,
    pub(super) segments: BTreeMap<Arc<str>, Arc<str>>,
    releases: Arc<str>,
}

impl Entries {
    /// Those of a document.
    pub(super) fn of(document: &Document) -> Self {
        Self {
            flags: texts(&document.flags),
            segments: texts(&document.segments),
            releases: text(&document.releases),
        }
    }

    /// Those that a patch makes of these. What it leaves alone is shared.
    pub(super) fn patched(&self, patch: &Patch) -> Self {
        let mut entries = self.clone();
        replace(&mut entries.flags, &patch.flags);
        replace(&mut entries.segments, &patch.segments);
        entries.releases = text(&patch.releases);
        entries
    }

    /// Adds a flag of a ruleset.
    pub(super) fn add_flag(&mut self, key: &str, flag: &Value) {
        self.flags.insert(key.into(), flag.to_string().into());
    }

    /// Adds a segment of a ruleset.
    pub(super) fn add_segment(&mut self, key: &str, segment: &Value) {
        self.segments.insert(key.into(), segment.to_string().into());
    }

    /// Takes the live releases.
    pub(super) fn set_releases(&mut self, releases: &[Value]) {
        self.releases = text(releases);
    }

    /// The document's members from `flags` to `releases`.
    pub(super) fn write(&self, json: &mut String) {
        json.push_str(r#""flags":"#);
        object(json, &self.flags);
        json.push_str(r#","segments":"#);
        object(json, &self.segments);
        json.push_str(r#","releases":"#);
        json.push_str(&self.releases);
    }

    /// The flags that are others in `next`, and those that are gone.
    pub(super) fn flags_to(&self, next: &Self) -> BTreeMap<String, Option<Value>> {
        changes(&self.flags, &next.flags)
    }

    /// The same of segments.
    pub(super) fn segments_to(&self, next: &Self) -> BTreeMap<String, Option<Value>> {
        changes(&self.segments, &next.segments)
    }
}

fn text(values: &[Value]) -> Arc<str> {
    Value::from(values.to_vec()).to_string().into()
}

fn texts(entries: &BTreeMap<String, Value>) -> BTreeMap<Arc<str>, Arc<str>> {
    let pair = |(key, value): (&String, &Value)| (key.as_str().into(), value.to_string().into());
    entries.iter().map(pair).collect()
}

fn replace(texts: &mut BTreeMap<Arc<str>, Arc<str>>, patch: &BTreeMap<String, Option<Value>>) {
    for (key, value) in patch {
        match value {
            Some(value) => {
                texts.insert(key.as_str().into(), value.to_string().into());
            }
            None => {
                texts.remove(key.as_str());
            }
        }
    }
}

fn changes(
    before: &BTreeMap<Arc<str>, Arc<str>>,
    after: &BTreeMap<Arc<str>, Arc<str>>,
) -> BTreeMap<String, Option<Value>> {
    let gone = before
        .keys()
        .filter(|key| !after.contains_key(*key))
        .map(|key| (key.to_string(), None));
    let changed = after
        .iter()
        .filter(|(key, text)| before.get(*key) != Some(*text))
        .filter_map(|(key, text)| Some((key.to_string(), Some(serde_json::from_str(text).ok()?))));
    gone.chain(changed).collect()
}

fn object(json: &mut String, entries: &BTreeMap<Arc<str>, Arc<str>>) {
    json.push('{');
    for (index, (key, value)) in entries.iter().enumerate() {
        if index > 0 {
            json.push(',');
        }
        json.push_str(&Value::from(&**key).to_string());
        json.push(':');
        json.push_str(value);
    }
    json.push('}');
}
