//! Edits on their way into a ruleset, as the server would take them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;
use serin_api::segment::MembersEdit;
use serin_documents::{entry, members, shares, zeros};
use serin_engine::{
    explain::Source,
    flag::{FlagConfig, FlagDefinition},
    ruleset::Ruleset,
    segment::SegmentConfig,
};

use crate::{
    loaded::{Loaded, object},
    session::{Refusal, typed, written},
};

/// An edited flag.
#[derive(Deserialize)]
pub(crate) struct Edit {
    pub(crate) flag: String,
    pub(crate) definition: Value,
    pub(crate) config: Value,
}

/// A flag's entry of the ruleset, with every split's allocation: the one that is stored,
/// with as few slots moved as possible. `None` where the flag is archived.
pub(crate) fn flag(
    loaded: &Loaded,
    key: &str,
    mut definition: Value,
    mut config: Value,
) -> Result<Option<Value>, Refusal> {
    zeros::settle(&mut definition);
    zeros::settle(&mut config);
    let definition: FlagDefinition = typed(definition)?;
    let mut config: FlagConfig = typed(config)?;
    let before = loaded.flag_config(key);
    shares::allocate(&definition, &mut config, before.as_ref());
    Ok(entry::flag(&definition, &config, loaded.revision() + 1))
}

fn segment(loaded: &Loaded, mut config: Value) -> Result<Option<Value>, Refusal> {
    zeros::settle(&mut config);
    let config: SegmentConfig = typed(config)?;
    Ok(entry::segment(&config, loaded.revision() + 1))
}

/// A stored segment, edited: of its lists the page knows only who comes and goes.
fn edited_segment(loaded: &Loaded, key: &str, edit: &Value) -> Result<Option<Value>, Refusal> {
    let stored = loaded.segment_config(key).unwrap_or_default();
    let mut config = written(&stored)?;
    if let Some(edit) = edit.get("members") {
        let edit: MembersEdit = typed(edit.clone())?;
        members::edit(&mut config, &edit).map_err(|mistakes| {
            let messages: Vec<String> = mistakes.into_iter().map(|it| it.message).collect();
            messages.join("; ")
        })?;
    }
    if let Some(rules) = edit.get("rules") {
        config["rules"] = rules.clone();
    }
    segment(loaded, config)
}

/// A ruleset with drafts in it.
pub(crate) struct Drafted {
    drafts: Value,
    pub(crate) ruleset: Ruleset,
    source: Drafts,
}

/// The entries that differ from the ruleset that is loaded.
#[derive(Default)]
pub(crate) struct Drafts {
    flags: BTreeMap<String, Option<Value>>,
    segments: BTreeMap<String, Option<Value>>,
}

impl Drafted {
    /// `drafts` are as [`Session::ask`](crate::Session::ask) takes them.
    pub(crate) fn new(loaded: &Loaded, drafts: Value) -> Result<Self, Refusal> {
        let mut source = Drafts::default();
        for (key, edit) in object(drafts.get("flags")) {
            let (definition, config) = (edit["definition"].clone(), edit["config"].clone());
            let entry = flag(loaded, key, definition, config)?;
            source.flags.insert(key.clone(), entry);
        }
        for (key, config) in object(drafts.get("segments")) {
            let entry = segment(loaded, config.clone())?;
            source.segments.insert(key.clone(), entry);
        }
        for (key, edit) in object(drafts.get("segment_edits")) {
            let entry = edited_segment(loaded, key, edit)?;
            source.segments.insert(key.clone(), entry);
        }
        let mut ruleset = loaded.ruleset.clone();
        for (key, segment) in &source.segments {
            ruleset = ruleset.with_segment(key, segment.as_ref()).0;
        }
        for (key, flag) in &source.flags {
            ruleset = ruleset.with_flag(key, flag.as_ref()).0;
        }
        Ok(Self {
            drafts,
            ruleset,
            source,
        })
    }

    /// The keys of the flags that may serve something else than those that are loaded do.
    pub(crate) fn affected(&self, loaded: &Loaded) -> BTreeSet<String> {
        self.ruleset.changed_since(&loaded.ruleset)
    }

    pub(crate) fn is_of(&self, drafts: &Value) -> bool {
        self.drafts == *drafts
    }

    /// The entries that the ruleset was compiled from.
    pub(crate) fn source<'d>(&'d self, loaded: &'d Loaded) -> Written<'d> {
        Written {
            drafts: &self.source,
            loaded,
        }
    }
}

/// Flags and segments as they are written, the drafts before the stored ones.
pub(crate) struct Written<'d> {
    drafts: &'d Drafts,
    loaded: &'d Loaded,
}

impl Source for Written<'_> {
    fn flag(&self, key: &str) -> Option<Cow<'_, Value>> {
        match self.drafts.flags.get(key) {
            Some(draft) => draft.as_ref().map(Cow::Borrowed),
            None => self.loaded.document.flag(key),
        }
    }

    fn segment(&self, key: &str) -> Option<Cow<'_, Value>> {
        match self.drafts.segments.get(key) {
            Some(draft) => draft.as_ref().map(Cow::Borrowed),
            None => self.loaded.document.segment(key),
        }
    }
}
