//! Segments, and the part of them that decided.

use serde_json::Value;

use super::condition::View;
use super::model::{Because, Construct, Parts, SegmentPart, Truth};
use super::{Explainer, list, member};
use crate::attribute::AttributeRef;

impl Explainer<'_> {
    /// Whether the context is in a segment, as the evaluator says it, and why, where
    /// there is room.
    pub(super) fn segment(&mut self, key: &str, view: View, shown: bool) -> (Truth, Construct) {
        let looked_into = match view.levels {
            0..8 => self.room.refuse(),
            _ => shown && self.room.has_work(),
        };
        let because = looked_into.then(|| self.because(key, view)).flatten();
        let part = SegmentPart {
            segment: self.room.text(key),
            because: because.map(Box::new),
        };
        (self.probe.is_in(key).into(), Construct::Segment(part))
    }

    fn because(&mut self, key: &str, view: View) -> Option<Because> {
        let source = self.source;
        let json = source.segment(key)?;
        if let Some((index, attribute, seen)) = self.listed(list(&json, "included")) {
            return Some(Because::Included {
                index,
                attribute,
                seen,
            });
        }
        if let Some((index, attribute, seen)) = self.listed(list(&json, "excluded")) {
            return Some(Because::Excluded {
                index,
                attribute,
                seen,
            });
        }
        // Behind this object there are the list of parts and the part.
        let view = View {
            levels: view.levels.saturating_sub(3),
            ..view
        };
        let mut parts = Parts::default();
        for (index, rule) in list(&json, "rules").iter().enumerate() {
            let when = member(rule, "when").unwrap_or(&Value::Null);
            let (result, condition) = self.condition(when, view);
            if result.holds() {
                return Some(Because::Rule { index, condition });
            }
            match condition {
                Some(condition) => parts.parts.push(condition),
                None => parts.left_out += 1,
            }
        }
        Some(Because::Nothing(parts))
    }

    /// The first entry that lists the context.
    fn listed(&mut self, entries: &[Value]) -> Option<(usize, String, Option<Value>)> {
        let index = entries.iter().position(|entry| {
            self.room.leaf();
            self.lists(entry)
        })?;
        let attribute = attribute(&entries[index])?;
        let seen = attribute.resolve(self.context);
        let seen = seen.map(|seen| self.room.value(seen));
        Some((index, self.room.text(attribute.as_str()), seen))
    }

    /// Whether an entry of a segment or a target lists the context: its attribute is a
    /// string among the values. A scan, since the evaluator's set would have to be built
    /// for this one question.
    pub(super) fn lists(&self, entry: &Value) -> bool {
        let attribute = attribute(entry);
        let seen = attribute.and_then(|attribute| attribute.resolve(self.context)?.as_str());
        seen.is_some_and(|seen| list(entry, "values").iter().any(|value| value == seen))
    }
}

/// What an entry compares.
pub(super) fn attribute(entry: &Value) -> Option<AttributeRef> {
    match member(entry, "attribute") {
        None => Some(AttributeRef::targeting_key()),
        Some(text) => AttributeRef::parse(text.as_str()?).ok(),
    }
}
