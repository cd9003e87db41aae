//! What evaluators get of a change set: for each environment whose flags, segments or
//! releases differ for them, one revision with its patch.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::Arc,
};

use serde_json::Value;
use serin_api::entity::EntityKind;
use serin_documents::entry;
use serin_engine::{
    flag::{FlagConfig, FlagDefinition},
    ruleset::{Kind, Patch, fingerprint},
    segment::SegmentConfig,
};

use super::{
    decided::{Fate, Made, Written},
    state::{Name, Reach, State, Typed, typed},
};
use crate::{
    service::{Error, Result, document, writer::Work},
    store::{self, entity::Entity, environment::Environment},
};

/// What becomes of the rulesets.
#[derive(Default)]
pub(super) struct Published {
    /// The revision that each environment comes to.
    pub(super) revisions: BTreeMap<String, u64>,
    pub(super) made: Vec<Made>,
    /// Configurations that the change set does not touch, though evaluators see them change.
    pub(super) seen: Vec<Written>,
    /// The configurations that evaluators saw change.
    changed: HashSet<Name>,
}

impl Published {
    /// The revision at which evaluators see a configuration change by this change set.
    pub(super) fn of(&self, name: &Name) -> Option<u64> {
        let revision = *self.revisions.get(name.environment.as_ref()?)?;
        self.changed.contains(name).then_some(revision)
    }
}

/// Makes the revisions. `moved` names environments whose list of releases changed.
pub(super) async fn publish(
    state: &mut State<'_>,
    work: &mut Work,
    moved: &[String],
) -> Result<Published> {
    learn_configs(state, work).await?;
    let mut published = Published::default();
    for environment in state.environments.clone() {
        let mut differences = differences(state, &environment)?;
        if differences.is_empty() && !moved.contains(&environment.key) {
            continue;
        }
        let id = environment.environment_id;
        let to = environment.revision + 1;
        let mut patch = patch(&environment, to, &mut differences)?;
        let releases = match state.reach {
            Reach::Group => environment.releases,
            // One that was cancelled just now is no longer among them.
            Reach::Database => store::environment::releases(&mut work.tx, id).await?,
        };
        patch.releases = serde_json::from_str(&releases)
            .map_err(|error| Error::Store(store::Error::json("environments", &error)))?;
        let row = store::revision::New {
            environment_id: id,
            revision: to,
            fingerprint: patch.fingerprint.clone(),
            patch: document::text(&patch)?,
            created_at: work.now(),
        };
        for difference in &differences {
            let kind = match difference.kind {
                Kind::Flag => EntityKind::FlagConfig,
                Kind::Segment => EntityKind::SegmentConfig,
            };
            let name = Name::of_environment(kind, &environment.key, &difference.key);
            published.changed.insert(name);
            if let Some(row) = &difference.untouched {
                published.seen.push(seen(row, to));
            }
        }
        published.revisions.insert(environment.key, to);
        let patch = Arc::new(patch);
        published.made.push(Made { row, patch });
    }
    Ok(published)
}

/// A configuration that evaluators see change, though its own document does not.
fn seen(row: &Entity, revision: u64) -> Written {
    Written {
        fate: Fate::Update {
            from_version: row.version,
        },
        row: Arc::new(Entity {
            changed_revision: revision,
            ..row.clone()
        }),
    }
}

/// Reads the configurations of touched flags, and the flags of touched configurations.
async fn learn_configs(state: &mut State<'_>, work: &mut Work) -> Result<()> {
    let mut names = Vec::new();
    for slot in &state.slots {
        match slot.name.kind {
            EntityKind::Flag => {
                names.extend(state.environments.iter().map(|environment| {
                    let kind = EntityKind::FlagConfig;
                    Name::of_environment(kind, &environment.key, &slot.name.key)
                }));
            }
            EntityKind::FlagConfig => {
                names.push(Name::of_project(EntityKind::Flag, &slot.name.key));
            }
            _ => {}
        }
    }
    state.know(work, names).await
}

/// An entry of the ruleset that differs.
struct Difference {
    kind: Kind,
    key: String,
    /// The version that it had; `None` where it was not in the ruleset.
    before: Option<u64>,
    /// As it is now, without a version; `None` where it is gone.
    after: Option<Value>,
    /// Its configuration, where the change set does not touch that.
    untouched: Option<Arc<Entity>>,
}

fn differences(state: &State<'_>, environment: &Environment) -> Result<Vec<Difference>> {
    let mut flags = BTreeSet::new();
    let mut differences = Vec::new();
    for slot in &state.slots {
        let here = slot.name.environment.as_deref() == Some(&environment.key);
        match slot.name.kind {
            EntityKind::Flag => drop(flags.insert(&slot.name.key)),
            EntityKind::FlagConfig if here => drop(flags.insert(&slot.name.key)),
            EntityKind::SegmentConfig if here => {
                differences.extend(segment(slot)?);
            }
            _ => {}
        }
    }
    for key in flags {
        differences.extend(flag(state, environment, key)?);
    }
    Ok(differences)
}

fn segment(slot: &super::state::Slot) -> Result<Option<Difference>> {
    let before: Option<SegmentConfig> = slot.typed_before()?;
    let after = match &slot.typed {
        Some(Typed::SegmentConfig(config)) => Some(config),
        _ => None,
    };
    if let (Some(before), Some(after)) = (&before, after)
        && alike(before, after)
    {
        return Ok(None);
    }
    let after = after.and_then(|config| entry::segment(config, 0));
    let difference = Difference {
        kind: Kind::Segment,
        key: slot.name.key.clone(),
        before: before
            .as_ref()
            .and_then(|_| Some(slot.before.as_ref()?.changed_revision)),
        after,
        untouched: None,
    };
    Ok((before.is_some() || difference.after.is_some()).then_some(difference))
}

/// Whether evaluators cannot tell two configurations of a segment apart. Asked of the
/// configurations, and not of what evaluators get: that of long lists takes its time to make.
fn alike(one: &SegmentConfig, other: &SegmentConfig) -> bool {
    one.included == other.included
        && one.excluded == other.excluded
        && one.rules.len() == other.rules.len()
        && one
            .rules
            .iter()
            .zip(&other.rules)
            .all(|(a, b)| a.when == b.when)
}

fn flag(state: &State<'_>, environment: &Environment, key: &str) -> Result<Option<Difference>> {
    let definition_name = Name::of_project(EntityKind::Flag, key);
    let config_name = Name::of_environment(EntityKind::FlagConfig, &environment.key, key);
    let definition_before: Option<FlagDefinition> = match state.slot(&definition_name) {
        Some(slot) => slot.typed_before()?,
        None => state.flag(key)?,
    };
    let config_row = match state.slot(&config_name) {
        Some(slot) => slot.before.as_ref(),
        None => state.known(&config_name),
    };
    let config_before: Option<FlagConfig> = config_row.map(|row| typed(row)).transpose()?;
    let before = definition_before
        .zip(config_before)
        .and_then(|(definition, config)| entry::flag(&definition, &config, 0));
    let after = state
        .flag(key)?
        .zip(state.flag_config(&environment.key, key)?)
        .and_then(|(definition, config)| entry::flag(&definition, &config, 0));
    let difference = Difference {
        kind: Kind::Flag,
        key: key.to_owned(),
        before: before
            .as_ref()
            .and_then(|_| Some(config_row?.changed_revision)),
        untouched: match state.slot(&config_name) {
            Some(_) => None,
            None => config_row.cloned(),
        },
        after,
    };
    Ok((before != difference.after).then_some(difference))
}

fn patch(environment: &Environment, to: u64, differences: &mut [Difference]) -> Result<Patch> {
    let mut patch = Patch {
        from: environment.revision,
        to,
        flags: BTreeMap::new(),
        segments: BTreeMap::new(),
        releases: Vec::new(),
        fingerprint: String::new(),
    };
    let mut sum = number(&environment.fingerprint)?;
    for difference in differences {
        let key = difference.key.as_str();
        if let Some(version) = difference.before {
            sum = sum.wrapping_sub(hash(difference.kind, key, version)?);
        }
        let entry = difference.after.take().map(|mut entry| {
            entry["version"] = to.into();
            entry
        });
        if entry.is_some() {
            sum = sum.wrapping_add(hash(difference.kind, key, to)?);
        }
        let entries = match difference.kind {
            Kind::Flag => &mut patch.flags,
            Kind::Segment => &mut patch.segments,
        };
        entries.insert(key.to_owned(), entry);
    }
    patch.fingerprint = format!("{sum:016x}");
    Ok(patch)
}

/// One entry's part of the fingerprint, which is the sum of all.
fn hash(kind: Kind, key: &str, version: u64) -> Result<u64> {
    number(&fingerprint([(kind, key, version)].into_iter()))
}

fn number(fingerprint: &str) -> Result<u64> {
    u64::from_str_radix(fingerprint, 16).map_err(|error| {
        Error::Store(store::Error::Inconsistent {
            table: "environments",
            what: format!("fingerprint {fingerprint:?}: {error}"),
        })
    })
}
