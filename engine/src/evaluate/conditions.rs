//! Decides conditions: tests of attributes, segments, and what is made of them.

use serde_json::Value;

use super::Evaluator;
use crate::attribute::AttributeId;
use crate::context::{Attributes, Resolved};
use crate::hash;
use crate::matcher::Matcher;
use crate::plan::{SegmentEntry, SegmentId, SegmentPlan, Test, VersionLeaf};

impl<'r, A: Attributes> Evaluator<'r, '_, A> {
    // A loop of its own: what `Iterator::all` makes of it is a call for each part.
    #[inline(always)]
    pub(super) fn all_hold(self, parts: &'r [Test]) -> bool {
        for part in parts {
            if !self.holds(part) {
                return false;
            }
        }
        true
    }

    #[inline(always)]
    pub(super) fn holds(self, test: &'r Test) -> bool {
        match test {
            Test::Among { attribute, texts } => self.is_among(*attribute, texts),
            Test::Number {
                attribute,
                test,
                bound,
            } => match self.unit.attribute(*attribute) {
                Resolved::Number(number) => test.matches(number, *bound),
                Resolved::List(elements) => any(elements, || Matcher::Number(*test, *bound)),
                _ => false,
            },
            Test::Version(leaf) => self.is_version(leaf),
            Test::Starts {
                attribute,
                length,
                start,
                mask,
            } => match self.unit.attribute(*attribute) {
                Resolved::Text(text, hash) => starts(text, hash, *length, *start, *mask),
                Resolved::List(elements) => elements
                    .iter()
                    .filter_map(Value::as_str)
                    .any(|text| starts(text, hash::of_text(text), *length, *start, *mask)),
                _ => false,
            },
            test => self.holds_otherwise(test),
        }
    }

    #[inline(always)]
    fn is_version(self, leaf: &'r VersionLeaf) -> bool {
        match self.unit.version(leaf) {
            Some(version) => leaf.first <= version && version <= leaf.last,
            None => self.is_unpacked_version(leaf),
        }
    }

    #[cold]
    #[inline(never)]
    fn is_unpacked_version(self, leaf: &'r VersionLeaf) -> bool {
        let attribute = self.unit.attribute(leaf.attribute);
        leaf.matcher.matches_resolved(attribute)
    }

    #[inline(never)]
    fn holds_otherwise(self, test: &'r Test) -> bool {
        match test {
            Test::Leaf { attribute, matcher } => {
                matcher.matches_resolved(self.unit.attribute(*attribute))
            }
            Test::Segment(id) => self.is_in(*id),
            Test::All(parts) => self.all_hold(parts),
            Test::Any(parts) => parts.iter().any(|part| self.holds(part)),
            Test::Not(part) => !self.holds(part),
            Test::Flag(requirement) => self.meets(requirement),
            Test::Share(share) => {
                let slot = self.unit.slot(share.unit);
                slot.is_some_and(|slot| slot < share.slots)
            }
            Test::Among { .. } | Test::Number { .. } | Test::Version(_) | Test::Starts { .. } => {
                self.holds(test)
            }
        }
    }

    #[inline(always)]
    fn is_among(self, attribute: AttributeId, texts: &[u64; 3]) -> bool {
        let hash = self.unit.hash(attribute);
        // All three, without a branch for each.
        (hash == texts[0]) | (hash == texts[1]) | (hash == texts[2])
            || (hash == hash::A_LIST && self.has_one_among(attribute, texts))
    }

    #[cold]
    #[inline(never)]
    fn has_one_among(self, attribute: AttributeId, texts: &[u64; 3]) -> bool {
        let Resolved::List(elements) = self.unit.attribute(attribute) else {
            return false;
        };
        let mut elements = elements.iter().filter_map(Value::as_str);
        elements.any(|text| texts.contains(&hash::of_text(text)))
    }

    #[inline(always)]
    pub(super) fn is_in(self, id: SegmentId) -> bool {
        match self.memo.and_then(|memo| memo.segment(id)) {
            Some(known) => known,
            None => self.is_in_plan(id),
        }
    }

    // Inlined where it is asked for, so that a list is found by one call.
    #[inline(always)]
    pub(super) fn is_in_plan(self, id: SegmentId) -> bool {
        let compiled = self.ruleset.segment_entry(id).map(SegmentEntry::compiled);
        let Some(Ok(SegmentPlan {
            included,
            excluded,
            rules,
        })) = compiled
        else {
            return false;
        };
        included.have(self.unit)
            || (!rules.is_empty() && !excluded.have(self.unit) && self.any_holds(rules))
    }

    #[inline(never)]
    fn any_holds(self, rules: &'r [Test]) -> bool {
        rules.iter().any(|when| self.holds_otherwise(when))
    }
}

/// Whether any element of a list matches; rare, so that the matcher is made only then.
#[cold]
#[inline(never)]
fn any(elements: &[Value], matcher: impl FnOnce() -> Matcher) -> bool {
    matcher().matches_resolved(Resolved::List(elements))
}

/// Whether a text with this hash begins with a short one; see [`Test::Starts`].
#[inline(always)]
fn starts(text: &str, hash: u64, length: u32, start: u64, mask: u64) -> bool {
    // A short text is in its hash, from the lowest byte on.
    let head = if text.len() > hash::SHORT {
        hash::word(text.as_bytes())
    } else {
        hash
    };
    text.len() >= length as usize && (head ^ start) & mask == 0
}
