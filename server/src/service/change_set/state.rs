//! What a change set works on: the entities that it touches, before and after, and the
//! neighbours that they name.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    sync::Arc,
};

use serde_json::Value;
use serin_api::entity::EntityKind;
use serin_engine::{
    flag::{FlagConfig, FlagDefinition},
    release::{Metric, Template},
    segment::{SegmentConfig, SegmentDefinition},
};
use uuid::Uuid;

use super::known::Known;
use crate::{
    service::{Error, Result, document, writer::Work},
    store::{
        self, Tx,
        entity::{Address, Entity},
        environment::Environment,
        project::Project,
    },
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
    Metric(Metric),
}

/// An entity that the change set touches.
pub(super) struct Slot {
    pub(super) name: Name,
    /// As it is stored before; `None` where it does not exist.
    pub(super) before: Option<Arc<Entity>>,
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
        self.before.as_deref().map(typed).transpose()
    }
}

/// The document of a row.
pub(super) fn typed<T: serde::de::DeserializeOwned>(row: &Entity) -> Result<T> {
    T::deserialize(&row.document)
        .map_err(|error| Error::Store(store::Error::json("entities", &error)))
}

/// Where an entity is; nothing where there is no such environment.
pub(super) fn address(
    project: &Project,
    environments: &[Environment],
    name: &Name,
) -> Option<Address> {
    let environment_id = match &name.environment {
        None => None,
        Some(key) => {
            let mut found = environments.iter();
            Some(
                found
                    .find(|environment| environment.key == *key)?
                    .environment_id,
            )
        }
    };
    Some(Address {
        project_id: project.project_id,
        environment_id,
        kind: Cow::Borrowed(document::kind_name(name.kind)),
        key: name.key.clone(),
    })
}

/// How much of the database a change set may look at and change while it is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// What the group knows. Others of the group are decided and not written yet.
    Group,
    /// All: whatever was decided before is written.
    Database,
}

/// What a change set works on.
pub(super) struct State<'k> {
    pub(super) project: Project,
    pub(super) environments: Vec<Environment>,
    /// In the order in which they were first touched.
    pub(super) slots: Vec<Slot>,
    index: HashMap<Name, usize>,
    /// What was read, as it was before.
    known: &'k mut Known,
    pub(super) reach: Reach,
    /// Flags whose new definition cannot be read, so that they have no configurations.
    pub(super) unreadable: HashSet<String>,
}

impl<'k> State<'k> {
    pub(super) async fn load(
        tx: &mut Tx,
        known: &'k mut Known,
        project: Project,
        reach: Reach,
    ) -> Result<Self> {
        let environments = known.environments(tx, project.project_id).await?;
        Ok(Self {
            project,
            environments,
            slots: Vec::new(),
            index: HashMap::new(),
            known,
            reach,
            unreadable: HashSet::new(),
        })
    }

    /// The flags that live releases move, each with its environment.
    pub(super) async fn live(&mut self, tx: &mut Tx) -> Result<Arc<HashSet<(Uuid, String)>>> {
        self.known.live(tx, self.project.project_id).await
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
        self.know(work, [name.clone()]).await?;
        let before = self.known(name).cloned();
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

    fn address(&self, name: &Name) -> Result<Address> {
        address(&self.project, &self.environments, name).ok_or(Error::NotFound)
    }

    /// Reads entities, so that [`Self::flag`] and the like find them.
    pub(super) async fn know(
        &mut self,
        work: &mut Work,
        names: impl IntoIterator<Item = Name>,
    ) -> Result<()> {
        let names = names.into_iter();
        let addresses: Result<Vec<Address>> = names.map(|name| self.address(&name)).collect();
        self.known.fetch(&mut work.tx, addresses?).await
    }

    /// The slot of an entity that is touched.
    pub(super) fn slot(&self, name: &Name) -> Option<&Slot> {
        self.index.get(name).map(|index| &self.slots[*index])
    }

    /// An entity that is known to be there, as it was before.
    pub(super) fn known(&self, name: &Name) -> Option<&Arc<Entity>> {
        self.known.entity(&self.address(name).ok()?)
    }

    /// Whether an entity that is known is there after the change set.
    pub(super) fn exists(&self, name: &Name) -> bool {
        match self.slot(name) {
            Some(slot) => slot.document.is_some(),
            None => self.known(name).is_some(),
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
        self.known(name).map(|row| typed(row)).transpose()
    }
}
