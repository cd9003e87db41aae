//! What saving would do: to what stands, and as far as the edits are finished.

use std::collections::BTreeMap;

use serin_engine::flag::{FlagConfig, FlagDefinition};

use super::{Standing, chosen, json};
use crate::{
    describe::change::{config_changes, definition_changes},
    engine::{Drafts, Mistake, Subject},
    pages::flag::problems::unfinished,
};

/// Documents, and what they are to take the place of.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Outcome {
    /// What stands: what the edits began with, or what somebody saved meanwhile.
    pub(crate) against: Standing,
    /// The definition after saving.
    pub(crate) definition: FlagDefinition,
    /// The configuration after saving.
    pub(crate) config: FlagConfig,
}

impl Outcome {
    /// The edits over what stands: where somebody changed the same parts, mine are taken.
    pub(super) fn new(
        base: &Standing,
        overtaken: Option<&Standing>,
        definition: FlagDefinition,
        config: FlagConfig,
    ) -> Self {
        let Some(theirs) = overtaken else {
            return Self {
                against: base.clone(),
                definition,
                config,
            };
        };
        let (was, then) = (&base.definition.document, &theirs.definition.document);
        let of_flag = chosen(was, &definition, then, &BTreeMap::new());
        let (was, then) = (&base.config.document, &theirs.config.document);
        let of_config = chosen(was, &config, then, &BTreeMap::new());
        Self {
            against: theirs.clone(),
            definition: of_flag.unwrap_or(definition),
            config: of_config.unwrap_or(config),
        }
    }

    /// Whether anything differs from what stands.
    pub(crate) fn is_edit(&self) -> bool {
        self.definition != self.against.definition.document
            || self.config != self.against.config.document
    }

    /// What saving does, in sentences.
    pub(crate) fn sentences(&self) -> Vec<String> {
        let mut said = config_changes(&self.against.config.document, &self.config);
        said.extend(definition_changes(
            &self.against.definition.document,
            &self.definition,
        ));
        said
    }

    /// For the engine's checks.
    pub(crate) fn subject(&self) -> Subject {
        Subject::FlagConfig {
            flag: self.against.definition.key.clone(),
            definition: json(&self.definition),
            config: json(&self.config),
        }
    }

    /// Without what is not finished or has a mistake: such a rule is as it stands, and one
    /// that does not stand yet is not there.
    pub(crate) fn without(mut self, mistakes: &[Mistake]) -> Self {
        let stands = &self.against.config.document;
        let found = unfinished(stands, &self.config);
        let (mut rules, mut required) = (Vec::new(), Vec::new());
        for mistake in found.iter().chain(mistakes) {
            let mut steps = mistake.path.split('/').skip(1);
            let part = steps.next().unwrap_or_default();
            let index = steps.next().and_then(|step| step.parse::<usize>().ok());
            match (part, index) {
                ("rules", Some(index)) => rules.push(index),
                ("prerequisites", Some(index)) => required.push(index),
                ("targets", _) => self.config.targets.clone_from(&stands.targets),
                ("default", _) => self.config.default.clone_from(&stands.default),
                ("off", _) => self.config.off.clone_from(&stands.off),
                // The definition is the old one where the new one cannot be read.
                ("variations" | "schema", _) => {}
                _ => {
                    self.config.clone_from(stands);
                    return self;
                }
            }
        }
        let config = &mut self.config;
        config.rules = whole(&config.rules, &rules, &stands.rules, |a, b| a.id == b.id);
        config.prerequisites = whole(
            &config.prerequisites,
            &required,
            &stands.prerequisites,
            |a, b| a.flag == b.flag,
        );
        self
    }

    /// The documents for the engine; nothing where there is no edit and nothing to imagine.
    pub(crate) fn drafts(&self, as_if_on: bool) -> Drafts {
        if !as_if_on && !self.is_edit() {
            return Drafts::default();
        }
        self.drafted(&self.definition, &self.config, as_if_on)
    }

    /// What stands, for the engine; nothing is what it knows already.
    pub(crate) fn before(&self, as_if_on: bool) -> Drafts {
        if !as_if_on {
            return Drafts::default();
        }
        let Standing { definition, config } = &self.against;
        self.drafted(&definition.document, &config.document, true)
    }

    fn drafted(&self, definition: &FlagDefinition, config: &FlagConfig, as_if_on: bool) -> Drafts {
        let mut config = config.clone();
        config.enabled |= as_if_on;
        let key = self.against.definition.key.clone();
        Drafts {
            flags: vec![(key, json(definition), json(&config))],
            as_if_on,
            ..Drafts::default()
        }
    }
}

/// A list with those that stand in the place of wrong ones, or nothing.
fn whole<T: Clone>(
    edited: &[T],
    wrong: &[usize],
    stands: &[T],
    same: impl Fn(&T, &T) -> bool,
) -> Vec<T> {
    let take = |(index, one): (usize, &T)| {
        if wrong.contains(&index) {
            stands.iter().find(|known| same(known, one)).cloned()
        } else {
            Some(one.clone())
        }
    };
    edited.iter().enumerate().filter_map(take).collect()
}
