//! Builds rulesets from documents and patches.

use std::sync::Arc;

use serde_json::Value;

use super::document::{Document, RulesetError, check_format};
use super::fingerprint::{Fingerprint, Kind};
use super::link;
use super::patch::{Patch, PatchError};
use super::{Ruleset, Warning};
use crate::compile::{self, Directory};
use crate::json::{Node, Tape};
#[cfg(test)]
use crate::plan::Link;
use crate::plan::{FlagEntry, FlagId, SegmentEntry, SegmentId};

pub(super) fn from_document(document: Document) -> Result<(Ruleset, Vec<Warning>), RulesetError> {
    check_format(Some(&document.format.into()))?;
    let mut draft = Draft::from(&Ruleset::empty(document.project, document.environment));
    for (key, json) in &document.segments {
        draft.set_segment(key, Some(json));
    }
    for (key, json) in &document.flags {
        draft.set_flag(key, Some(json));
    }
    let ruleset = draft.finish(document.revision, document.releases);
    match document.fingerprint {
        Some(found) if found != ruleset.fingerprint_text => Err(RulesetError::Fingerprint {
            expected: ruleset.fingerprint_text,
            found,
        }),
        _ => {
            let warnings = ruleset.warnings();
            Ok((ruleset, warnings))
        }
    }
}

pub(super) fn apply(base: &Ruleset, patch: &Patch) -> Result<(Ruleset, Vec<Warning>), PatchError> {
    let (have, from, to) = (base.revision, patch.from, patch.to);
    if from != have {
        return Err(PatchError::RevisionGap { have, from });
    }
    if to < from {
        return Err(PatchError::NotForward { from, to });
    }
    let mut draft = Draft::from(base);
    for (key, json) in &patch.segments {
        draft.set_segment(key, json.as_ref());
    }
    for (key, json) in &patch.flags {
        draft.set_flag(key, json.as_ref());
    }
    let expected = &patch.fingerprint;
    let found = draft.fingerprint.to_string();
    if *expected != found {
        return Err(PatchError::Fingerprint {
            expected: expected.clone(),
            found,
        });
    }
    let ruleset = draft.finish(to, patch.releases.clone());
    let warnings = news(base, &ruleset);
    Ok((ruleset, warnings))
}

pub(super) fn with_flag(
    base: &Ruleset,
    key: &str,
    json: Option<&Value>,
) -> (Ruleset, Vec<Warning>) {
    let mut draft = Draft::from(base);
    draft.set_flag(key, json);
    tried(base, draft)
}

pub(super) fn with_segment(
    base: &Ruleset,
    key: &str,
    json: Option<&Value>,
) -> (Ruleset, Vec<Warning>) {
    let mut draft = Draft::from(base);
    draft.set_segment(key, json);
    tried(base, draft)
}

fn tried(base: &Ruleset, draft: Draft) -> (Ruleset, Vec<Warning>) {
    let ruleset = draft.finish(base.revision, base.releases.to_vec());
    let warnings = news(base, &ruleset);
    (ruleset, warnings)
}

/// The flags that no longer compile, or for another reason than before.
fn news(base: &Ruleset, ruleset: &Ruleset) -> Vec<Warning> {
    let changed = ruleset.sorted.iter().filter(|id| {
        let index = **id as usize;
        match (base.flags.get(index), &ruleset.flags[index]) {
            (Some(Some(old)), Some(new)) => !Arc::ptr_eq(old, new),
            _ => true,
        }
    });
    changed
        .filter_map(|id| {
            let warning = ruleset.flag_entry(*id)?.warning()?;
            let before = base.flag_entry(*id).and_then(FlagEntry::warning);
            (before.as_ref() != Some(&warning)).then_some(warning)
        })
        .collect()
}

/// A ruleset in the making: all entries of the one that it starts from, shared.
#[derive(Default)]
pub(super) struct Draft {
    project: String,
    environment: String,
    fingerprint: Fingerprint,
    directory: Directory,
    flags: Vec<Option<Arc<FlagEntry>>>,
    segments: Vec<Option<Arc<SegmentEntry>>>,
    sorted: Arc<[FlagId]>,
    /// Whether flags came or went.
    resort: bool,
    /// Whether what the entries are to each other may have changed.
    relink: bool,
}

impl From<&Ruleset> for Draft {
    fn from(base: &Ruleset) -> Self {
        Self {
            project: base.project.clone(),
            environment: base.environment.clone(),
            fingerprint: base.fingerprint,
            directory: base.directory.clone(),
            flags: base.flags.clone(),
            segments: base.segments.clone(),
            sorted: Arc::clone(&base.sorted),
            resort: false,
            relink: false,
        }
    }
}

impl Draft {
    /// Says which environment it is for.
    pub(super) fn name(&mut self, project: String, environment: String) {
        (self.project, self.environment) = (project, environment);
    }

    /// Puts a flag in place, or takes it away; null is as if absent.
    fn set_flag(&mut self, key: &str, json: Option<&Value>) {
        match json {
            Some(json) => self.put_flag(key, Some(Tape::of(json).root())),
            None => self.put_flag(key, None),
        }
    }

    /// The same for a flag on a tape.
    pub(super) fn put_flag(&mut self, key: &str, json: Option<Node<'_>>) {
        let json = json.filter(|json| !json.is_null());
        let Some(id) = self.flag_id(key, json.is_some()) else {
            return;
        };
        let place = id as usize;
        self.flags.resize(self.flags.len().max(place + 1), None);
        let old = self.flags[place].take();
        if let Some(old) = &old {
            self.fingerprint.remove(Kind::Flag, key, old.node.version);
        }
        self.resort |= old.is_some() != json.is_some();
        let Some(json) = json else {
            self.relink |= old.is_some();
            return;
        };
        let mut new = compile::flag(id, json, &mut self.directory);
        self.fingerprint.add(Kind::Flag, key, new.node.version);
        match old {
            // Only the segments that a flag names can break it, and it breaks no others.
            Some(old) if link::stays_linked(&old.node, &new.node) => {
                new.settle(old.node.link.clone());
            }
            _ => self.relink = true,
        }
        self.flags[place] = Some(Arc::new(new));
    }

    /// Puts a segment in place, or takes it away; null is as if absent.
    fn set_segment(&mut self, key: &str, json: Option<&Value>) {
        match json {
            Some(json) => self.put_segment(key, Some(Tape::of(json).root())),
            None => self.put_segment(key, None),
        }
    }

    /// The same for a segment on a tape.
    pub(super) fn put_segment(&mut self, key: &str, json: Option<Node<'_>>) {
        let json = json.filter(|json| !json.is_null());
        let Some(id) = self.segment_id(key, json.is_some()) else {
            return;
        };
        let place = id as usize;
        self.segments
            .resize(self.segments.len().max(place + 1), None);
        let old = self.segments[place].take();
        if let Some(old) = &old {
            self.fingerprint
                .remove(Kind::Segment, key, old.node.version);
        }
        let Some(json) = json else {
            self.relink |= old.is_some();
            return;
        };
        let mut new = compile::segment(id, json, &mut self.directory);
        self.fingerprint.add(Kind::Segment, key, new.node.version);
        match old {
            Some(old)
                if link::stays_linked(&old.node, &new.node)
                    && old.plan.as_ref().err() == new.plan.as_ref().err() =>
            {
                new.node.link = old.node.link.clone();
            }
            _ => self.relink = true,
        }
        self.segments[place] = Some(Arc::new(new));
    }

    /// A flag's number; a new one only where the flag is to be there.
    fn flag_id(&mut self, key: &str, create: bool) -> Option<FlagId> {
        match self.directory.flags.find(key) {
            None if create => Some(self.directory.flag(key)),
            known => known,
        }
    }

    fn segment_id(&mut self, key: &str, create: bool) -> Option<SegmentId> {
        match self.directory.segments.find(key) {
            None if create => Some(self.directory.segment(key)),
            known => known,
        }
    }

    pub(super) fn finish(mut self, revision: u64, releases: Vec<Value>) -> Ruleset {
        self.directory.pool.clear();
        self.flags.resize(self.directory.flags.len(), None);
        self.segments.resize(self.directory.segments.len(), None);
        if self.relink {
            link::link(&mut self.flags, &mut self.segments, &self.directory);
        }
        if self.resort {
            let mut there: Vec<&FlagEntry> = self.flags.iter().flatten().map(|e| &**e).collect();
            there.sort_unstable_by(|left, right| left.node.key.cmp(&right.node.key));
            let number = |entry: &FlagEntry| self.directory.flags.find(&entry.node.key);
            self.sorted = there.into_iter().filter_map(number).collect();
        }
        Ruleset {
            project: self.project,
            environment: self.environment,
            revision,
            fingerprint_text: self.fingerprint.to_string(),
            fingerprint: self.fingerprint,
            directory: self.directory,
            flags: self.flags,
            segments: self.segments,
            sorted: self.sorted,
            releases: releases.into(),
        }
    }
}

#[cfg(test)]
impl Ruleset {
    /// The same ruleset, evaluated as if each flag led to very many others.
    pub(crate) fn with_all_heavy(mut self) -> Self {
        for entry in self.flags.iter_mut().flatten() {
            let entry = Arc::make_mut(entry);
            let link = entry.node.link.clone();
            entry.settle(Link {
                heavy: true,
                ..link
            });
        }
        self
    }
}
