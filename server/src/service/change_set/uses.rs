//! What others use cannot be removed or archived.

use std::collections::{BTreeMap, BTreeSet};

use serin_api::entity::EntityKind;
use serin_documents::references::References;
use serin_engine::{
    flag::{FlagConfig, FlagDefinition},
    segment::SegmentConfig,
};

use super::state::{Name, State, Typed};
use crate::{
    service::{Error, Result, document, writer::Work},
    store,
};

/// Refuses to take away a flag or segment that another still names.
pub(super) async fn check(state: &mut State, work: &mut Work) -> Result<()> {
    let gone = gone(state)?;
    if gone.is_empty() {
        return Ok(());
    }
    let archived = archived(state, work).await?;
    let mut uses: BTreeMap<&(EntityKind, String), BTreeSet<String>> = BTreeMap::new();
    for (kind, environment, key, references) in references(state, work).await? {
        if kind == EntityKind::FlagConfig && archived.contains(&key) {
            continue;
        }
        for entity in &gone {
            let named = match entity.0 {
                EntityKind::Flag => &references.flags,
                _ => &references.segments,
            };
            if named.contains(&entity.1) {
                let what = if kind == EntityKind::FlagConfig {
                    "flag"
                } else {
                    "segment"
                };
                let place = format!("{what}:{key} in {environment}");
                uses.entry(entity).or_default().insert(place);
            }
        }
    }
    match uses.into_iter().next() {
        None => Ok(()),
        Some(((kind, key), uses)) => Err(Error::InUse {
            what: format!("the {} {key:?}", super::patch::spoken(*kind)),
            uses: uses.into_iter().collect(),
        }),
    }
}

/// Flags that are removed or newly archived, and segments that are removed.
fn gone(state: &State) -> Result<Vec<(EntityKind, String)>> {
    let mut gone = Vec::new();
    for slot in state.slots.iter().filter(|slot| slot.before.is_some()) {
        let kind = slot.name.kind;
        let removed = slot.document.is_none() && slot.name.environment.is_none();
        let archived = match &slot.typed {
            Some(Typed::Flag(after)) if after.archived => {
                let before = slot.typed_before::<FlagDefinition>()?;
                before.is_some_and(|before| !before.archived)
            }
            _ => false,
        };
        if archived || (removed && kind != EntityKind::ReleaseTemplate) {
            gone.push((kind, slot.name.key.clone()));
        }
    }
    Ok(gone)
}

/// The flags that are archived after the change set: what they name may go.
async fn archived(state: &State, work: &mut Work) -> Result<BTreeSet<String>> {
    let id = state.project.project_id;
    let mut archived = BTreeSet::new();
    for row in store::entity::all_in_project(&mut work.tx, id, "flag").await? {
        let name = Name::of_project(EntityKind::Flag, &row.key);
        let definition: Option<FlagDefinition> = match state.slot(&name) {
            Some(_) => state.flag(&row.key)?,
            None => Some(document::typed(row.document)?),
        };
        if definition.is_none_or(|definition| definition.archived) {
            archived.insert(row.key);
        }
    }
    Ok(archived)
}

type Named = (EntityKind, String, String, References);

/// What every configuration of the project names after the change set.
async fn references(state: &State, work: &mut Work) -> Result<Vec<Named>> {
    let mut all = Vec::new();
    for environment in &state.environments {
        let id = environment.environment_id;
        for kind in [EntityKind::FlagConfig, EntityKind::SegmentConfig] {
            let name = document::kind_name(kind);
            for row in store::entity::all_in_environment(&mut work.tx, id, name).await? {
                let name = Name::of_environment(kind, &environment.key, &row.key);
                let references = match state.slot(&name) {
                    Some(slot) => match &slot.typed {
                        Some(Typed::FlagConfig(config)) => References::of_flag(config),
                        Some(Typed::SegmentConfig(config)) => References::of_segment(config),
                        _ => continue,
                    },
                    None if kind == EntityKind::FlagConfig => {
                        References::of_flag(&document::typed::<FlagConfig>(row.document)?)
                    }
                    None => {
                        References::of_segment(&document::typed::<SegmentConfig>(row.document)?)
                    }
                };
                all.push((kind, environment.key.clone(), row.key, references));
            }
        }
    }
    Ok(all)
}
