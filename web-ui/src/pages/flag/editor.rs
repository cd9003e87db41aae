//! The edits of one flag in one environment, gathered until they are saved.

mod outcome;
mod receive;
mod standing;
mod typed;

#[cfg(test)]
mod tests;

use leptos::prelude::*;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use serin_api::change::Change;
use serin_engine::{
    flag::{FlagConfig, FlagDefinition},
    json::read,
};

use super::{
    merge::{self, Whose},
    problems::{broken, unfinished},
    views::{Views, WHOLE},
};
use crate::{
    conditions::missing,
    engine::Mistake,
    place::Place,
    value_schema,
    variations::{self, VariationDraft},
};
pub(crate) use outcome::Outcome;
pub(crate) use standing::{Standing, changes};
use typed::Typed;

/// A step of the evaluation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Rung {
    /// It is off.
    Off,
    /// A prerequisite, by its flag's key.
    Prerequisite(String),
    /// The targets.
    Targets,
    /// A rule, by its id.
    Rule(String),
    /// The default.
    Default,
}

/// The edits, as a context of the flag's page.
#[derive(Clone, Copy)]
pub(crate) struct Editor {
    /// Where the flag is.
    pub(crate) place: Place,
    /// What the edits began with.
    pub(crate) base: RwSignal<Standing>,
    /// The definition with edits, but for its variations.
    pub(crate) fields: RwSignal<FlagDefinition>,
    /// The variations with edits.
    pub(crate) drafts: RwSignal<Vec<VariationDraft>>,
    /// The value schema as it is typed; absent where there is none.
    pub(crate) schema: RwSignal<Option<String>>,
    /// What is wrong in the definition, as far as that is known.
    pub(crate) mistakes: RwSignal<Vec<Mistake>>,
    /// The configuration with edits.
    pub(crate) config: RwSignal<FlagConfig>,
    /// The definition with edits; the old variations while the new ones have mistakes.
    pub(crate) definition: Memo<FlagDefinition>,
    /// What stands now, where somebody changed the same parts meanwhile.
    pub(crate) overtaken: RwSignal<Option<Standing>>,
    /// What saving would do.
    pub(crate) outcome: Memo<Outcome>,
    /// The same as far as it is finished: what the preview and the counts are about.
    pub(crate) whole: RwSignal<Outcome>,
    /// Whether a flag that is off is looked at as if it were on; as it seems best where
    /// nobody has said.
    pub(crate) imagine: RwSignal<Option<bool>>,
    /// What decides for the example that the preview shows.
    pub(crate) lit: RwSignal<Option<Rung>>,
    /// What that example is called.
    pub(crate) lit_for: RwSignal<String>,
    /// How the parts are looked at, and what is wrong with them.
    pub(crate) views: Views,
}

impl Editor {
    /// Begins with what stands.
    pub(crate) fn new(standing: Standing) -> Self {
        let base = RwSignal::new(standing.clone());
        let fields = RwSignal::new(standing.definition.document.clone());
        let Typed { drafts, schema } = Typed::of(&standing.definition.document);
        let (drafts, schema) = (RwSignal::new(drafts), RwSignal::new(schema));
        let config = RwSignal::new(standing.config.document.clone());
        let overtaken = RwSignal::new(None::<Standing>);
        let definition = Memo::new(move |_| {
            let fields = fields.get();
            let schema = schema.with(|text| text.as_deref().map(value_schema::read).transpose());
            let schema = schema
                .unwrap_or_else(|_| base.with(|base| base.definition.document.schema.clone()));
            let read = drafts.with(|drafts| variations::read(fields.kind, drafts));
            let variations = read
                .unwrap_or_else(|| base.with(|base| base.definition.document.variations.clone()));
            FlagDefinition {
                variations,
                schema,
                ..fields
            }
        });
        let outcome = Memo::new(move |_| {
            let (definition, config) = (definition.get(), config.get());
            overtaken.with(|theirs| {
                base.with(|base| Outcome::new(base, theirs.as_ref(), definition, config))
            })
        });
        Self {
            place: Place::current(),
            base,
            fields,
            drafts,
            schema,
            mistakes: RwSignal::new(Vec::new()),
            config,
            definition,
            overtaken,
            outcome,
            whole: RwSignal::new(outcome.get_untracked()),
            imagine: RwSignal::new(None),
            lit: RwSignal::new(None),
            lit_for: RwSignal::new(String::new()),
            views: Views::new(),
        }
    }

    /// The flag's key.
    pub(crate) fn key(self) -> String {
        self.base.with(|base| base.definition.key.clone())
    }

    /// What people call the flag, as saved.
    pub(crate) fn name(self) -> String {
        self.base.with(|base| {
            base.definition
                .document
                .name
                .clone()
                .unwrap_or_else(|| base.definition.key.clone())
        })
    }

    /// Whether nothing may be edited here, tracked.
    pub(crate) fn locked(self) -> bool {
        !self.place.can_edit() || self.base.with(|base| base.definition.document.archived)
    }

    /// What the edits will do to what stands, in sentences.
    pub(crate) fn sentences(self) -> Vec<String> {
        self.outcome.with(Outcome::sentences)
    }

    /// Whether the preview and the counts are to imagine the flag on, tracked.
    pub(crate) fn as_if_on(self) -> bool {
        let chosen = self.imagine.get();
        let asks = self.config.with(|config| {
            let plain = config.rules.is_empty()
                && config.targets.is_empty()
                && config.prerequisites.is_empty();
            (!config.enabled).then_some(!plain)
        });
        asks.is_some_and(|asks| chosen.unwrap_or_else(|| asks || self.is_edited()))
    }

    /// Whether what is not finished is left out of [`Self::whole`], tracked.
    pub(crate) fn left_out(self) -> Vec<Mistake> {
        let mut all = self.unread();
        all.extend(self.missing());
        all.extend(self.views.mistakes.0.get());
        all.extend(self.unread_definition());
        all
    }

    /// Whether there are edits.
    pub(crate) fn is_edited(self) -> bool {
        self.base.with(|base| {
            self.config.with(|config| *config != base.config.document)
                || self
                    .definition
                    .with(|definition| *definition != base.definition.document)
                || self.drafts_have_problems()
                || self.schema_is_broken()
        }) || !self.unread().is_empty()
    }

    /// Texts that cannot be read yet.
    fn unread(self) -> Vec<Mistake> {
        self.config
            .with(|config| self.views.texts.with(|texts| broken(config, texts)))
    }

    fn schema_is_broken(self) -> bool {
        self.schema.with(|text| {
            let text = text.as_deref();
            text.is_some_and(|text| value_schema::read(text).is_err())
        })
    }

    fn drafts_have_problems(self) -> bool {
        let kind = self.fields.with(|fields| fields.kind);
        self.drafts
            .with(|drafts| variations::read(kind, drafts).is_none())
    }

    /// What is still to be filled in, tracked.
    pub(crate) fn missing(self) -> Vec<Mistake> {
        self.base.with(|base| {
            self.config
                .with(|config| unfinished(&base.config.document, config))
        })
    }

    /// What is in the way of saving, with its place where it has one.
    pub(crate) fn problems(self) -> Vec<Mistake> {
        let mut problems = self.unread();
        problems.extend(self.missing());
        self.views.mistakes.0.with(|found| {
            for mistake in found {
                if problems.iter().all(|known| known.path != mistake.path) {
                    problems.push(mistake.clone());
                }
            }
        });
        problems.extend(self.unread_definition());
        problems.extend(self.mistakes.get());
        problems
    }

    fn unread_definition(self) -> Vec<Mistake> {
        let mut problems = Vec::new();
        if self.drafts_have_problems() {
            problems.push(missing("/variations", "A variation has a mistake"));
        }
        if self.schema_is_broken() {
            problems.push(missing("/schema", "The value schema cannot be read"));
        }
        problems
    }

    /// The edits as changes: what differs from the base, at the versions that were seen.
    pub(crate) fn changes(self) -> Vec<Change> {
        let base = self.base.get_untracked();
        let (definition, config) = (self.definition.get_untracked(), self.config.get_untracked());
        changes(
            &base,
            &definition,
            &config,
            untrack(|| self.place.environment.get()),
        )
    }
}

/// A document as JSON; documents of the model always are.
pub(crate) fn json(document: &impl Serialize) -> Value {
    serde_json::to_value(document).unwrap_or_default()
}

/// Both edits together; absent where they changed the same part.
fn merged<T: Serialize + DeserializeOwned>(base: &T, mine: &T, theirs: &T) -> Option<T> {
    let merge = merge::merge(&json(base), &json(mine), &json(theirs));
    if !merge.conflicts.is_empty() {
        return None;
    }
    read(merge.merged).ok()
}

/// Both edits together, with a choice for each part that both changed.
pub(crate) fn chosen<T: Serialize + DeserializeOwned>(
    base: &T,
    mine: &T,
    theirs: &T,
    choices: &std::collections::BTreeMap<String, Whose>,
) -> Option<T> {
    read(merge::choose(
        &json(base),
        &json(mine),
        &json(theirs),
        choices,
    ))
    .ok()
}
