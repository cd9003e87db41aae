//! All that an evaluator needs of one environment, at one revision.
//!
//! A [`Document`] is what crosses the wire; a [`Ruleset`] is what it is compiled into,
//! once. Rulesets never change: a [`Patch`] makes a new one, which shares with the old
//! one every flag and segment that the patch leaves alone.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::attribute::{AttributeId, AttributeRef};
use crate::compile::Directory;
use crate::context::{Context, ContextRef, OneShot, Origin, PreparedContext};
use crate::evaluate;
use crate::evaluation::Evaluation;
use crate::flag::FlagType;
use crate::hash;
use crate::json;
use crate::plan::{Dependency, FlagEntry, FlagId, SegmentEntry, SegmentId};

mod build;
mod closure;
mod difference;
mod document;
mod fingerprint;
mod found;
mod link;
mod patch;
mod stream;

pub use document::{Document, FORMAT, RulesetError};
pub use fingerprint::{Kind, fingerprint};
pub use found::{Found, SameFlag, Settled};
pub use patch::{Patch, PatchError};

use fingerprint::Fingerprint;

/// A compiled, immutable ruleset.
///
/// It is `Send` and `Sync`; share it in an `Arc`.
#[derive(Clone)]
pub struct Ruleset {
    project: String,
    environment: String,
    revision: u64,
    fingerprint: Fingerprint,
    fingerprint_text: String,
    directory: Directory,
    /// By number; a number that is named but not there is `None`, or beyond the end.
    flags: Vec<Option<Arc<FlagEntry>>>,
    segments: Vec<Option<Arc<SegmentEntry>>>,
    /// The numbers of the flags that are there, by their keys.
    sorted: Arc<[FlagId]>,
    releases: Arc<[Value]>,
}

/// A flag that does not compile; the others of its ruleset are fine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The flag's key.
    pub flag: String,
    /// What is wrong, with a JSON pointer into the flag where it can be told.
    pub message: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "flag {:?} does not compile: {}", self.flag, self.message)
    }
}

/// What can be told of a flag without evaluating it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlagView<'r> {
    /// The flag's key.
    pub key: &'r str,
    /// The revision at which it last changed.
    pub version: u64,
    /// Whether it is on; false where that cannot be read.
    pub enabled: bool,
    /// Whether client keys may evaluate it; false where that cannot be read.
    pub client_visible: bool,
    /// The type of its values; absent where that cannot be read.
    pub kind: Option<FlagType>,
}

impl Ruleset {
    /// Reads and compiles a ruleset document. The warnings name the flags that do not
    /// compile; these evaluate to
    /// [`ErrorCode::ParseError`](crate::evaluation::ErrorCode::ParseError). A fingerprint in the
    /// document is not compared: people may edit such files.
    ///
    /// # Errors
    /// Where the text is not JSON, or no document of format 1; the message names the place.
    pub fn parse(text: &str) -> Result<(Self, Vec<Warning>), RulesetError> {
        if let Some(ruleset) = stream::parse(text) {
            let warnings = ruleset.warnings();
            return Ok((ruleset, warnings));
        }
        let json = json::parse(text).map_err(RulesetError::Json)?;
        let document = Document::from_json(json)?;
        Self::from_document(Document {
            fingerprint: None,
            ..document
        })
    }

    /// Compiles a document.
    ///
    /// # Errors
    /// Where it is not of format 1, or has a fingerprint that does not fit.
    pub fn from_document(document: Document) -> Result<(Self, Vec<Warning>), RulesetError> {
        build::from_document(document)
    }

    /// The ruleset that a patch makes of this one. What the patch leaves alone is
    /// shared. The warnings name only the flags whose state is news: those that no
    /// longer compile, or for another reason than before.
    ///
    /// # Errors
    /// Where the patch starts from another revision or does not lead forward, or where
    /// the result has another fingerprint than it says.
    pub fn apply(&self, patch: &Patch) -> Result<(Self, Vec<Warning>), PatchError> {
        build::apply(self, patch)
    }

    /// The ruleset with one flag in another's place, or without it where that is absent
    /// or null: for trying an edit out. Everything else is shared, and the revision
    /// stays. The warnings are as those of [`Self::apply`].
    pub fn with_flag(&self, key: &str, flag: Option<&Value>) -> (Self, Vec<Warning>) {
        build::with_flag(self, key, flag)
    }

    /// The same for a segment.
    pub fn with_segment(&self, key: &str, segment: Option<&Value>) -> (Self, Vec<Warning>) {
        build::with_segment(self, key, segment)
    }

    /// A ruleset of revision 0 without flags.
    pub fn empty(project: impl Into<String>, environment: impl Into<String>) -> Self {
        let fingerprint = Fingerprint::default();
        Self {
            project: project.into(),
            environment: environment.into(),
            revision: 0,
            fingerprint,
            fingerprint_text: fingerprint.to_string(),
            directory: Directory::default(),
            flags: Vec::new(),
            segments: Vec::new(),
            sorted: Arc::default(),
            releases: Arc::default(),
        }
    }

    /// The project's key.
    pub fn project(&self) -> &str {
        &self.project
    }

    /// The environment's key.
    pub fn environment(&self) -> &str {
        &self.environment
    }

    /// The environment's revision; it only grows.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The fingerprint of all flags and segments, 16 hex digits; see [`fingerprint`].
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint_text
    }

    /// Evaluates a flag for a context. It never fails and never panics: what goes wrong
    /// is in the evaluation.
    pub fn evaluate<'r>(&'r self, flag: &str, context: &Context) -> Evaluation<'r> {
        self.evaluate_once(flag, context.into())
    }

    /// The same for a context that is borrowed piece by piece, so that there need not be
    /// a JSON object.
    pub fn evaluate_borrowed<'r>(&'r self, flag: &str, context: ContextRef<'_>) -> Evaluation<'r> {
        self.evaluate_once(flag, context.into())
    }

    /// The same for a context that was prepared: the fastest way where several flags are
    /// evaluated for one unit.
    #[inline]
    pub fn evaluate_prepared<'r>(
        &'r self,
        flag: &str,
        context: &PreparedContext<'_>,
    ) -> Evaluation<'r> {
        match self.find(flag) {
            Some(found) => found.evaluate_prepared(context),
            None => Evaluation::not_found(flag),
        }
    }

    /// Looks a flag up, for those who need to know more of it than what it serves.
    #[inline(always)]
    pub fn find(&self, flag: &str) -> Option<Found<'_>> {
        let hash = hash::of_text(flag);
        self.directory.flags.find_map(hash, |number| {
            let entry = self.flag_entry(number)?;
            let same = entry.hash == hash
                && (hash::is_whole(hash) || hash::same_long(&entry.node.key, flag));
            same.then_some(Found {
                ruleset: self,
                entry,
                number,
            })
        })
    }

    /// Looks up all attributes that the flags of this ruleset ask for.
    pub fn prepare<'c>(&self, context: &'c Context) -> PreparedContext<'c> {
        PreparedContext::new(&self.directory.attributes, context.into())
    }

    /// The same for a context that is borrowed piece by piece.
    pub fn prepare_borrowed<'c>(&self, context: ContextRef<'c>) -> PreparedContext<'c> {
        PreparedContext::new(&self.directory.attributes, context.into())
    }

    fn evaluate_once<'r>(&'r self, flag: &str, context: Origin<'_>) -> Evaluation<'r> {
        match self.find(flag) {
            Some(found) => found.evaluate_once(context),
            None => Evaluation::not_found(flag),
        }
    }

    /// The attributes of a context that is not prepared.
    pub(crate) fn one_shot<'a>(&'a self, context: &'a Context) -> OneShot<'a, 'a> {
        OneShot::new(&self.directory.attributes, context.into())
    }

    /// Evaluates all flags for a context, sorted by key; those that do not compile too.
    pub fn evaluate_all<'r>(
        &'r self,
        context: &Context,
    ) -> impl Iterator<Item = (FlagView<'r>, Evaluation<'r>)> {
        let prepared = self.prepare(context);
        let entries = self.sorted.iter().filter_map(|id| self.flag_entry(*id));
        entries.map(move |entry| (entry.view(), evaluate::evaluate(self, entry, &prepared)))
    }

    /// All flags, sorted by key; those that do not compile too.
    pub fn flags(&self) -> impl Iterator<Item = FlagView<'_>> {
        self.sorted
            .iter()
            .filter_map(|id| self.flag_entry(*id))
            .map(FlagEntry::view)
    }

    /// One flag.
    pub fn flag(&self, key: &str) -> Option<FlagView<'_>> {
        let id = self.directory.flags.find(key)?;
        self.flag_entry(id).map(FlagEntry::view)
    }

    /// The live releases, as the document has them.
    pub fn releases(&self) -> &[Value] {
        &self.releases
    }

    /// The flags that do not compile, sorted by key.
    pub fn warnings(&self) -> Vec<Warning> {
        let entries = self.sorted.iter().filter_map(|id| self.flag_entry(*id));
        entries.filter_map(FlagEntry::warning).collect()
    }

    #[inline]
    pub(crate) fn flag_entry(&self, id: FlagId) -> Option<&FlagEntry> {
        self.flags.get(id as usize)?.as_deref()
    }

    #[inline]
    pub(crate) fn segment_entry(&self, id: SegmentId) -> Option<&SegmentEntry> {
        self.segments.get(id as usize)?.as_deref()
    }

    /// A flag's number; it may have one without being there.
    pub(crate) fn flag_id(&self, key: &str) -> Option<FlagId> {
        self.directory.flags.find(key)
    }

    /// A segment's number; it may have one without being there.
    pub(crate) fn segment_id(&self, key: &str) -> Option<SegmentId> {
        self.directory.segments.find(key)
    }

    pub(crate) fn attribute(&self, id: AttributeId) -> &AttributeRef {
        self.directory.attributes.reference(id)
    }

    pub(crate) fn flag_key(&self, id: FlagId) -> &str {
        self.directory.flags.name(id)
    }

    /// What a flag or segment names; nothing where there is none.
    pub(crate) fn names(&self, of: Dependency) -> &[Dependency] {
        match of {
            Dependency::Flag(id) => self.flag_entry(id).map(|entry| &entry.node),
            Dependency::Segment(id) => self.segment_entry(id).map(|entry| &entry.node),
        }
        .map_or(&[], |node| &node.names)
    }
}

impl FlagEntry {
    fn view(&self) -> FlagView<'_> {
        FlagView {
            key: &self.node.key,
            version: self.node.version,
            enabled: self.enabled,
            client_visible: self.client_visible,
            kind: self.kind,
        }
    }

    fn warning(&self) -> Option<Warning> {
        self.compiled().err().map(|message| Warning {
            flag: self.node.key.to_string(),
            message: message.to_owned(),
        })
    }
}

impl fmt::Debug for Ruleset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ruleset")
            .field("project", &self.project)
            .field("environment", &self.environment)
            .field("revision", &self.revision)
            .field("fingerprint", &self.fingerprint_text)
            .field("flags", &self.sorted.len())
            .finish_non_exhaustive()
    }
}
