//! The environment's ruleset: as it is written, and compiled.

use std::collections::BTreeMap;

use serde_json::Value;
use serin_engine::{
    flag::FlagConfig,
    json,
    ruleset::{Document, Ruleset},
    segment::SegmentConfig,
    validate::Neighbours,
};

use crate::session::Refusal;

/// A ruleset at one revision.
pub(crate) struct Loaded {
    pub(crate) document: Document,
    pub(crate) ruleset: Ruleset,
}

impl Loaded {
    /// Reads a document and compiles it.
    pub(crate) fn read(text: &str) -> Result<Self, Refusal> {
        let value = json::parse(text).map_err(|error| error.to_string())?;
        let document = Document::from_json(value).map_err(|error| error.to_string())?;
        let (ruleset, _) =
            Ruleset::from_document(document.clone()).map_err(|error| error.to_string())?;
        Ok(Self { document, ruleset })
    }

    pub(crate) fn revision(&self) -> u64 {
        self.document.revision
    }

    pub(crate) fn is_of_the_same_place(&self, other: &Self) -> bool {
        let place = |loaded: &Self| {
            let Document {
                project,
                environment,
                ..
            } = &loaded.document;
            (project.clone(), environment.clone())
        };
        place(self) == place(other)
    }

    /// A flag's configuration as it is stored, with its allocations.
    pub(crate) fn flag_config(&self, key: &str) -> Option<FlagConfig> {
        serde_json::from_value(self.document.flags.get(key)?.clone()).ok()
    }

    /// A segment's configuration as it is stored.
    pub(crate) fn segment_config(&self, key: &str) -> Option<SegmentConfig> {
        serde_json::from_value(self.document.segments.get(key)?.clone()).ok()
    }
}

/// What an edited configuration may refer to: the ruleset, with the variations of the
/// flag that is being edited.
pub(crate) struct Near<'l> {
    pub(crate) loaded: &'l Loaded,
    pub(crate) variations: BTreeMap<&'l str, Vec<String>>,
}

impl Neighbours for Near<'_> {
    fn flag_variations(&self, key: &str) -> Option<Vec<String>> {
        if let Some(variations) = self.variations.get(key) {
            return Some(variations.clone());
        }
        let variations = self.loaded.document.flags.get(key)?["variations"].as_array()?;
        let keys = variations.iter().filter_map(|one| one["key"].as_str());
        Some(keys.map(str::to_owned).collect())
    }

    fn segment_exists(&self, key: &str) -> bool {
        self.loaded.document.segments.contains_key(key)
    }
}

/// The name of a JSON value's member that is an object or absent.
pub(crate) fn object(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten()
}
