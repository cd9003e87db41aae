//! Documents as people write them and as they are stored: weights here, an allocation
//! there.

use std::collections::BTreeMap;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use serin_api::entity::EntityKind;
use serin_engine::{
    allocation,
    flag::{FlagConfig, FlagDefinition, Run, Serve, Shares},
    slots::SLOTS,
};

use super::{Error, Result};
use crate::store;

/// Members that the server keeps beside a document's own, and ignores where people send them.
pub(crate) const KEPT: [&str; 4] = ["key", "version", "updated_at", "updated_by"];

/// A kind's name in the database and in schemas.
pub(crate) fn kind_name(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::Flag => "flag",
        EntityKind::FlagConfig => "flag_config",
        EntityKind::Segment => "segment",
        EntityKind::SegmentConfig => "segment_config",
        EntityKind::ReleaseTemplate => "release_template",
    }
}

/// Whether entities of a kind belong to an environment.
pub(crate) fn in_environment(kind: EntityKind) -> bool {
    matches!(kind, EntityKind::FlagConfig | EntityKind::SegmentConfig)
}

/// A document as people see it, from how it is stored.
pub(crate) fn shown(kind: EntityKind, stored: Value) -> Result<Value> {
    if kind != EntityKind::FlagConfig {
        return Ok(stored);
    }
    let mut config: FlagConfig = typed(stored)?;
    show(&mut config);
    value(&config)
}

/// Gives every split its weights.
pub(crate) fn show(config: &mut FlagConfig) {
    for serve in serves(config) {
        weigh(serve);
    }
}

/// The same for one serve.
pub(crate) fn show_serve(mut serve: Serve) -> Serve {
    weigh(&mut serve);
    serve
}

fn weigh(serve: &mut Serve) {
    if let Serve::Split(split) = serve
        && let Shares::Allocation(runs) = &split.shares
    {
        split.shares = Shares::Weights(allocation::weights(runs));
    }
}

/// Gives every split its allocation: the one before at the same site, with as few slots
/// moved as possible. Weights must sum to all slots.
pub(crate) fn allocate(
    definition: &FlagDefinition,
    config: &mut FlagConfig,
    before: Option<&FlagConfig>,
) {
    let order: Vec<&str> = definition
        .variations
        .iter()
        .map(|v| v.key.as_str())
        .collect();
    let sites: BTreeMap<&str, &Serve> = before
        .iter()
        .flat_map(|before| &before.rules)
        .map(|rule| (rule.id.as_str(), &rule.serve))
        .collect();
    for rule in &mut config.rules {
        let before = sites.get(rule.id.as_str()).copied();
        allocate_serve(&order, &mut rule.serve, before);
    }
    allocate_serve(
        &order,
        &mut config.default,
        before.map(|before| &before.default),
    );
}

fn allocate_serve(order: &[&str], serve: &mut Serve, before: Option<&Serve>) {
    if let Serve::Split(split) = serve
        && let Shares::Weights(weights) = &split.shares
    {
        let runs = match before {
            None => allocation::from_weights(order, weights),
            Some(before) => allocation::reallocate(&runs_of(before), order, weights),
        };
        split.shares = Shares::Allocation(runs);
    }
}

/// What a serve gives to whom; a single variation gets all slots.
fn runs_of(serve: &Serve) -> Vec<Run> {
    match serve {
        Serve::Variation(variation) => vec![Run {
            variation: variation.clone(),
            slots: SLOTS,
        }],
        Serve::Split(split) => match &split.shares {
            Shares::Allocation(runs) => runs.clone(),
            Shares::Weights(_) => Vec::new(),
        },
    }
}

fn serves(config: &mut FlagConfig) -> impl Iterator<Item = &mut Serve> {
    let rules = config.rules.iter_mut().map(|rule| &mut rule.serve);
    rules.chain([&mut config.default])
}

/// RFC 7396.
pub(crate) fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    if let Value::Object(target) = target {
        for (name, value) in patch {
            if value.is_null() {
                target.remove(name);
            } else {
                merge(target.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
    }
}

/// Merges a patch into a configuration, with one thing more than RFC 7396 has: where
/// the patch gives `default` one of its two forms, the other form goes, since both
/// together are never right.
pub(crate) fn merge_config(target: &mut Value, patch: &Value) {
    merge(target, patch);
    let given = |form: &str| {
        patch["default"]
            .get(form)
            .is_some_and(|given| !given.is_null())
    };
    let other = match (given("variation"), given("split")) {
        (true, false) => "split",
        (false, true) => "variation",
        _ => return,
    };
    if let Some(default) = target.get_mut("default").and_then(Value::as_object_mut) {
        default.remove(other);
    }
}

/// Makes −0.0 to 0.0: PostgreSQL keeps no sign of zero, and nothing compares it.
pub(crate) fn settle_zeros(value: &mut Value) {
    match value {
        Value::Number(number) if number.as_f64() == Some(0.0) && number.is_f64() => {
            *value = 0.0.into();
        }
        Value::Array(items) => items.iter_mut().for_each(settle_zeros),
        Value::Object(members) => members.values_mut().for_each(settle_zeros),
        _ => {}
    }
}

/// Reads a stored document, which must have been written by us.
pub(crate) fn typed<T: DeserializeOwned>(stored: Value) -> Result<T> {
    serde_json::from_value(stored)
        .map_err(|error| Error::Store(store::Error::json("entities", &error)))
}

/// Writes a document.
pub(crate) fn value<T: Serialize>(document: &T) -> Result<Value> {
    serde_json::to_value(document).map_err(|error| Error::Internal(error.to_string()))
}

/// Writes JSON text.
pub(crate) fn text<T: Serialize>(document: &T) -> Result<String> {
    serde_json::to_string(document).map_err(|error| Error::Internal(error.to_string()))
}

#[cfg(test)]
mod tests;
