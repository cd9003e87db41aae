//! The edits of one flag in one environment, gathered until they are saved.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use serin_api::{
    change::{Action, Change},
    entity::{Entity, EntityKind},
};
use serin_engine::{
    flag::{FlagConfig, FlagDefinition},
    json::read,
};

use super::{
    merge::{self, Whose},
    problems::{broken, unfinished},
    views::Views,
};
use crate::{
    conditions::missing,
    describe::change::{config_changes, definition_changes},
    engine::{Drafts, Mistake},
    place::Place,
    value_schema,
    variations::{self, VariationDraft},
};

/// A flag and its configuration, as the server has them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Standing {
    /// The same in all environments.
    pub(crate) definition: Entity<FlagDefinition>,
    /// What this environment does with it.
    pub(crate) config: Entity<FlagConfig>,
}

impl Standing {
    /// Who changed it last, and when.
    pub(crate) fn last_change(&self) -> (String, DateTime<Utc>) {
        if self.config.updated_at >= self.definition.updated_at {
            (self.config.updated_by.clone(), self.config.updated_at)
        } else {
            (
                self.definition.updated_by.clone(),
                self.definition.updated_at,
            )
        }
    }
}

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
    /// Who changed the same parts meanwhile.
    pub(crate) overtaken: RwSignal<Option<String>>,
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
        let drafts = RwSignal::new(variations::drafts(&standing.definition.document.variations));
        let schema = RwSignal::new(schema_text(&standing.definition.document));
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
        Self {
            place: Place::current(),
            base,
            fields,
            drafts,
            schema,
            mistakes: RwSignal::new(Vec::new()),
            config: RwSignal::new(standing.config.document),
            definition,
            overtaken: RwSignal::new(None),
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

    /// What the edits will do, in sentences.
    pub(crate) fn sentences(self) -> Vec<String> {
        self.base.with(|base| {
            let mut said = self
                .config
                .with(|config| config_changes(&base.config.document, config));
            said.extend(
                self.definition
                    .with(|definition| definition_changes(&base.definition.document, definition)),
            );
            said
        })
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
        if self.drafts_have_problems() {
            problems.push(missing("", "A variation has a mistake"));
        }
        if self.schema_is_broken() {
            problems.push(missing("/schema", "The value schema cannot be read"));
        }
        problems.extend(self.mistakes.get());
        problems
    }

    /// The edits for the engine, tracked; none while nothing differs.
    pub(crate) fn unsaved(self) -> Drafts {
        let edit = self.base.with(|base| {
            let (definition, config) = (self.definition.get(), self.config.get());
            let edited = definition != base.definition.document || config != base.config.document;
            edited.then(|| {
                (
                    base.definition.key.clone(),
                    json(&definition),
                    json(&config),
                )
            })
        });
        Drafts {
            flags: edit.into_iter().collect(),
            ..Drafts::default()
        }
    }

    /// Drops all edits.
    pub(crate) fn reset(self) {
        let base = self.base.get_untracked();
        self.show(base.definition.document, base.config.document);
        self.views.forget();
        self.overtaken.set(None);
    }

    /// Replaces the edited documents.
    pub(crate) fn show(self, definition: FlagDefinition, config: FlagConfig) {
        let shown = self
            .drafts
            .with_untracked(|drafts| variations::read(definition.kind, drafts));
        if shown.as_ref() != Some(&definition.variations) {
            self.drafts.set(variations::drafts(&definition.variations));
        }
        let typed = self
            .schema
            .with_untracked(|text| text.as_deref().map(value_schema::read).transpose().ok());
        if typed.as_ref() != Some(&definition.schema) {
            self.schema.set(schema_text(&definition));
        }
        if self.fields.with_untracked(|fields| *fields != definition) {
            self.fields.set(definition);
        }
        if self.config.with_untracked(|now| *now != config) {
            self.config.set(config);
        }
    }

    /// Takes in what stands now: edits of other parts stay, and where the same parts
    /// were changed nothing moves but the warning.
    pub(crate) fn receive(self, standing: Standing) {
        let base = self.base.get_untracked();
        if standing.definition.version <= base.definition.version
            && standing.config.version <= base.config.version
        {
            return;
        }
        let definition = merged(
            &base.definition.document,
            &self.definition.get_untracked(),
            &standing.definition.document,
        );
        let config = merged(
            &base.config.document,
            &self.config.get_untracked(),
            &standing.config.document,
        );
        match (definition, config) {
            (Some(definition), Some(config)) => {
                self.base.set(standing);
                self.show(definition, config);
                self.overtaken.set(None);
            }
            _ => self.overtaken.set(Some(standing.last_change().0)),
        }
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

/// What differs from `base`, as changes at its versions.
pub(crate) fn changes(
    base: &Standing,
    definition: &FlagDefinition,
    config: &FlagConfig,
    environment: String,
) -> Vec<Change> {
    let key = &base.definition.key;
    let put = |kind, environment, document: Value, version| Change {
        kind,
        environment,
        key: key.clone(),
        action: Action::Put,
        document: Some(document),
        version: Some(version),
    };
    let mut changes = Vec::new();
    if *definition != base.definition.document {
        changes.push(put(
            EntityKind::Flag,
            None,
            json(definition),
            base.definition.version,
        ));
    }
    if *config != base.config.document {
        changes.push(put(
            EntityKind::FlagConfig,
            Some(environment),
            json(config),
            base.config.version,
        ));
    }
    changes
}

fn schema_text(definition: &FlagDefinition) -> Option<String> {
    definition.schema.as_ref().map(value_schema::text)
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
