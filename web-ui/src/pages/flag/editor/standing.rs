//! A flag as the server has it.

use chrono::{DateTime, Utc};
use serde_json::Value;
use serin_api::{
    change::{Action, Change},
    entity::{Entity, EntityKind},
};
use serin_engine::flag::{FlagConfig, FlagDefinition};

use super::json;

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

    /// Whether it is of later versions than another.
    pub(super) fn is_newer_than(&self, other: &Self) -> bool {
        self.definition.version > other.definition.version
            || self.config.version > other.config.version
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
