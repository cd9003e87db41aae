//! What is typed and cannot always be read: values of variations, the value schema, JSON.

use serin_engine::flag::{FlagDefinition, FlagType};

use super::{Standing, WHOLE};
use crate::{
    json_text::Texts,
    value_schema,
    variations::{self, VariationDraft},
};

/// The parts of a definition that are typed as text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Typed {
    /// The variations.
    pub(crate) drafts: Vec<VariationDraft>,
    /// The value schema; absent where there is none.
    pub(crate) schema: Option<String>,
}

impl Typed {
    /// A definition's, as it is first shown.
    pub(crate) fn of(definition: &FlagDefinition) -> Self {
        Self {
            drafts: variations::drafts(&definition.variations),
            schema: definition.schema.as_ref().map(value_schema::text),
        }
    }

    /// What of it cannot be read.
    pub(crate) fn half(&self, kind: FlagType, texts: &Texts) -> Half {
        let schema = self.schema.as_deref().map(value_schema::read);
        let broken = texts.iter().filter(|(_, text)| text.broken.is_some());
        Half {
            variations: variations::read(kind, &self.drafts).is_none(),
            schema: schema.is_some_and(|read| read.is_err()),
            texts: broken.map(|(name, _)| name.clone()).collect(),
        }
    }

    /// Shows a definition. What says the same already stays as it is typed, and `keep` does
    /// too whatever it says.
    pub(crate) fn show(&mut self, definition: &FlagDefinition, keep: &Half) {
        let fresh = Self::of(definition);
        let read = variations::read(definition.kind, &self.drafts);
        if !keep.variations && read.as_ref() != Some(&definition.variations) {
            self.drafts = fresh.drafts;
        }
        let read = self.schema.as_deref().map(value_schema::read).transpose();
        if !keep.schema && read.as_ref().ok() != Some(&definition.schema) {
            self.schema = fresh.schema;
        }
    }
}

/// What is typed half: it is in no document, and still nobody's to throw away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Half {
    /// A variation.
    pub(crate) variations: bool,
    /// The value schema.
    pub(crate) schema: bool,
    /// JSON, by what it is the text of.
    texts: Vec<String>,
}

impl Half {
    /// Whether somebody else changed just that.
    pub(crate) fn is_in_the_way(&self, base: &Standing, theirs: &Standing) -> bool {
        let (was, is) = (&base.definition.document, &theirs.definition.document);
        let (before, after) = (&base.config.document, &theirs.config.document);
        let rule = |name: &String| {
            let find = |config: &serin_engine::flag::FlagConfig| {
                config.rules.iter().find(|rule| rule.id == *name).cloned()
            };
            if name == WHOLE {
                before != after
            } else {
                find(before) != find(after)
            }
        };
        self.variations && was.variations != is.variations
            || self.schema && was.schema != is.schema
            || self.texts.iter().any(rule)
    }
}
