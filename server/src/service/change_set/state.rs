//! What a change set works on: the entities that it touches, before and after, and the
//! neighbours that they name.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use serin_api::{entity::EntityKind, error::Detail};
use serin_engine::{
    flag::{FlagConfig, FlagDefinition},
    release::Template,
    segment::{SegmentConfig, SegmentDefinition},
};

use crate::{
    service::{Error, Result, document, writer::Work},
    store::{self, entity::Entity, environment::Environment, project::Project},
};

/// Names an entity within its project.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Name {
    pub(super) kind: EntityKind,
    /// The environment's key, for configurations.
    pub(super) environment: Option<String>,
    pub(super) key: String,
}

impl Name {
    pub(super) fn of_project(kind: EntityKind, key: &str) -> Self {
        Self {
            kind,
            environment: None,
            key: key.to_owned(),
        }
    }

    pub(super) fn of_environment(kind: EntityKind, environment: &str, key: &str) -> Self {
        Self {
            kind,
            environment: Some(environment.to_owned()),
            key: key.to_owned(),
        }
    }
}

/// A document that was read.
#[derive(Clone, Debug)]
pub(super) enum Typed {
    Flag(FlagDefinition),
    FlagConfig(FlagConfig),
    Segment(SegmentDefinition),
    SegmentConfig(SegmentConfig),
    Template(Template),
}

/// An entity that the change set touches.
pub(super) struct Slot {
    pub(super) name: Name,
    /// As it is stored before; `None` where it does not exist.
    pub(super) before: Option<Entity>,
    /// As people write it, after the changes so far; `None` where it is gone.
    pub(super) document: Option<Value>,
    /// The last change that touched it; `None` where the server made it.
    pub(super) change: Option<usize>,
    /// The document, once it was read. A configuration has weights until it is allocated.
    pub(super) typed: Option<Typed>,
    /// What is going to be stored, once everything is checked.
    pub(super) stored: Option<Value>,
}

impl Slot {
    /// Where a mistake of this document is.
    pub(super) fn path(&self) -> String {
        self.change
            .map_or_else(String::new, |index| format!("/changes/{index}/document"))
    }

    /// The document before, where there was one.
    pub(super) fn typed_before<T: serde::de::DeserializeOwned>(&self) -> Result<Option<T>> {
        let row = self.before.as_ref();
        row.map(|row| T::deserialize(&row.document))
            .transpose()
            .map_err(|error| Error::Store(store::Error::json("entities", &error)))
    }
}

/// What a change set works on.
pub(super) struct State {
    pub(super) project: Project,
    pub(super) environments: Vec<Environment>,
    /// In the order in which they were first touched.
    pub(super) slots: Vec<Slot>,
    index: HashMap<Name, usize>,
    /// Read, not touched.
    neighbours: HashMap<Name, Option<Entity>>,
    /// Flags whose new definition cannot be read, so that they have no configurations.
    pub(super) unreadable: HashSet<String>,
}

impl State {
    pub(super) async fn load(work: &mut Work, project: Project) -> Result<Self> {
        let environments = store::environment::list(&mut work.tx, project.project_id).await?;
        Ok(Self {
            project,
            environments,
            slots: Vec::new(),
            index: HashMap::new(),
            neighbours: HashMap::new(),
            unreadable: HashSet::new(),
        })
    }

    pub(super) fn environment(&self, key: &str) -> Result<&Environment> {
        let mut environments = self.environments.iter();
        environments
            .find(|environment| environment.key == key)
            .ok_or(Error::NotFound)
    }

    /// The place of an entity among those that are touched; it is read where it is new here.
    pub(super) async fn touch(&mut self, work: &mut Work, name: &Name) -> Result<usize> {
        if let Some(index) = self.index.get(name) {
            return Ok(*index);
        }
        let before = match self.neighbours.remove(name) {
            Some(before) => before,
            None => self.read(work, name).await?,
        };
        let document = match &before {
            None => None,
            Some(row) => Some(document::shown(name.kind, row.document.clone())?),
        };
        let index = self.slots.len();
        self.index.insert(name.clone(), index);
        self.slots.push(Slot {
            name: name.clone(),
            before,
            document,
            change: None,
            typed: None,
            stored: None,
        });
        Ok(index)
    }

    async fn read(&self, work: &mut Work, name: &Name) -> Result<Option<Entity>> {
        let kind = document::kind_name(name.kind);
        Ok(match &name.environment {
            None => {
                let id = self.project.project_id;
                store::entity::in_project(&mut work.tx, id, kind, &name.key).await?
            }
            Some(environment) => {
                let id = self.environment(environment)?.environment_id;
                store::entity::in_environment(&mut work.tx, id, kind, &name.key).await?
            }
        })
    }

    /// Reads a neighbour, so that [`Self::flag`] and the like find it.
    pub(super) async fn know(&mut self, work: &mut Work, name: &Name) -> Result<()> {
        if !self.index.contains_key(name) && !self.neighbours.contains_key(name) {
            let row = self.read(work, name).await?;
            self.neighbours.insert(name.clone(), row);
        }
        Ok(())
    }

    /// The slot of an entity that is touched.
    pub(super) fn slot(&self, name: &Name) -> Option<&Slot> {
        self.index.get(name).map(|index| &self.slots[*index])
    }

    /// A neighbour that is known.
    pub(super) fn known(&self, name: &Name) -> Option<&Entity> {
        self.neighbours.get(name)?.as_ref()
    }

    /// Whether an entity that is known is there after the change set.
    pub(super) fn exists(&self, name: &Name) -> bool {
        match self.slot(name) {
            Some(slot) => slot.document.is_some(),
            None => matches!(self.neighbours.get(name), Some(Some(_))),
        }
    }

    /// A known flag's definition after the change set.
    pub(super) fn flag(&self, key: &str) -> Result<Option<FlagDefinition>> {
        let name = Name::of_project(EntityKind::Flag, key);
        match self.slot(&name).map(|slot| &slot.typed) {
            Some(Some(Typed::Flag(definition))) => Ok(Some(definition.clone())),
            Some(_) => Ok(None),
            None => self.neighbour(&name),
        }
    }

    /// A known flag's configuration after the change set.
    pub(super) fn flag_config(&self, environment: &str, key: &str) -> Result<Option<FlagConfig>> {
        let name = Name::of_environment(EntityKind::FlagConfig, environment, key);
        match self.slot(&name).map(|slot| &slot.typed) {
            Some(Some(Typed::FlagConfig(config))) => Ok(Some(config.clone())),
            Some(_) => Ok(None),
            None => self.neighbour(&name),
        }
    }

    /// A known segment's configuration after the change set.
    pub(super) fn segment_config(
        &self,
        environment: &str,
        key: &str,
    ) -> Result<Option<SegmentConfig>> {
        let name = Name::of_environment(EntityKind::SegmentConfig, environment, key);
        match self.slot(&name).map(|slot| &slot.typed) {
            Some(Some(Typed::SegmentConfig(config))) => Ok(Some(config.clone())),
            Some(_) => Ok(None),
            None => self.neighbour(&name),
        }
    }

    fn neighbour<T: serde::de::DeserializeOwned>(&self, name: &Name) -> Result<Option<T>> {
        match self.neighbours.get(name) {
            Some(Some(row)) => document::typed(row.document.clone()).map(Some),
            _ => Ok(None),
        }
    }
}

/// Gathers mistakes.
#[derive(Default)]
pub(super) struct Mistakes(Vec<Detail>);

impl Mistakes {
    pub(super) fn add(&mut self, path: String, code: &str, message: impl Into<String>) {
        self.0.push(Detail {
            path,
            code: code.to_owned(),
            message: message.into(),
        });
    }

    /// Adds what the engine found in a document at `path`.
    pub(super) fn violations(
        &mut self,
        path: &str,
        violations: Vec<serin_engine::validate::Violation>,
    ) {
        for violation in violations {
            self.add(
                format!("{path}{}", violation.path),
                violation.code,
                violation.message,
            );
        }
    }

    /// Adds what was found in a document at `path`.
    pub(super) fn details(&mut self, path: &str, details: Vec<Detail>) {
        self.0.extend(details.into_iter().map(|detail| Detail {
            path: format!("{path}{}", detail.path),
            ..detail
        }));
    }

    pub(super) fn into_result(self) -> Result<()> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(self.0))
        }
    }
}
