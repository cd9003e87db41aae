//! Writes what was decided: the entities, the change set and its audit entry.

use serin_api::{
    change::{AppliedChange, ChangeSet, ChangeSetState},
    entity::EntityKind,
};

use super::{
    effects::Published,
    members::{self, Short},
    state::{Slot, State},
};
use crate::{
    publish::commit::{Effect, Told},
    service::{Actor, Error, Result, audit, document, writer::Work},
    store::{self, change_set::Touched, entity::Entity},
};

/// Writes everything; where nothing changed, nothing.
pub(super) async fn all(
    state: State,
    work: &mut Work,
    actor: &Actor,
    reason: Option<String>,
    published: Published,
) -> Result<ChangeSet> {
    let mut set = ChangeSet {
        id: work.id(),
        project: state.project.key.clone(),
        author: actor.username.clone(),
        reason,
        state: ChangeSetState::Applied,
        applied_at: work.now(),
        changes: Vec::new(),
        revisions: published.revisions.clone(),
    };
    for slot in &state.slots {
        if let Some(change) = entity(&state, work, &set, slot, &published).await? {
            set.changes.push(change);
        }
    }
    if set.changes.is_empty() && set.revisions.is_empty() {
        return Ok(set);
    }
    keep(&state, work, &set).await?;
    members::brief(&mut set);
    let action = "change_set.applied";
    audit::append(work, &set.author, action, Some(&set.project), &set).await?;
    let told = Told::change_set(&set);
    work.committed.effects.push(Effect::Told(told));
    Ok(set)
}

/// Writes one entity; `None` where it stays as it is.
async fn entity(
    state: &State,
    work: &mut Work,
    set: &ChangeSet,
    slot: &Slot,
    published: &Published,
) -> Result<Option<AppliedChange>> {
    let before = slot.before.as_ref();
    let version = match (before, &slot.stored) {
        (None, None) => return Ok(None),
        (Some(before), Some(after)) if before.document == *after => return Ok(None),
        (Some(before), None) => {
            store::entity::delete(&mut work.tx, before.entity_id).await?;
            before.version
        }
        (before, Some(after)) => {
            let changed = before.map_or(0, |row| row.changed_revision);
            let row = Entity {
                entity_id: before.map_or_else(|| work.id(), |row| row.entity_id),
                kind: document::kind_name(slot.name.kind).to_owned(),
                project_id: state.project.project_id,
                environment_id: match &slot.name.environment {
                    None => None,
                    Some(key) => Some(state.environment(key)?.environment_id),
                },
                key: slot.name.key.clone(),
                version: before.map_or(1, |row| row.version + 1),
                document: after.clone(),
                changed_revision: published.of(&slot.name).unwrap_or(changed),
                updated_at: set.applied_at,
                updated_by: set.author.clone(),
            };
            put(work, before, &row).await?;
            row.version
        }
    };
    let (before, after) = (before.map(|row| &row.document), slot.stored.as_ref());
    let shown = if slot.name.kind == EntityKind::SegmentConfig {
        members::shorten(before, after)
    } else {
        let shown = |stored: Option<&serde_json::Value>| {
            let shown = stored.map(|stored| document::shown(slot.name.kind, stored.clone()));
            shown.transpose()
        };
        Short {
            before: shown(before)?,
            after: shown(after)?,
            members: Vec::new(),
        }
    };
    Ok(Some(AppliedChange {
        kind: slot.name.kind,
        environment: slot.name.environment.clone(),
        key: slot.name.key.clone(),
        before: shown.before,
        after: shown.after,
        members: shown.members,
        version,
    }))
}

async fn put(work: &mut Work, before: Option<&Entity>, row: &Entity) -> Result<()> {
    let Some(before) = before else {
        return Ok(store::entity::insert(&mut work.tx, row).await?);
    };
    if store::entity::update(&mut work.tx, row, before.version).await? {
        return Ok(());
    }
    // All writers wait for each other at the end of the audit chain, so that this cannot
    // happen; were it to, nothing is lost.
    Err(Error::VersionConflict {
        current: before.version + 1,
        path: String::new(),
    })
}

async fn keep(state: &State, work: &mut Work, set: &ChangeSet) -> Result<()> {
    let touched: Vec<Touched> = set
        .changes
        .iter()
        .map(|change| Touched {
            kind: document::kind_name(change.kind),
            environment: change.environment.clone(),
            key: change.key.clone(),
        })
        .collect();
    let row = store::change_set::ChangeSet {
        change_set_id: set.id,
        project_id: state.project.project_id,
        author: set.author.clone(),
        reason: set.reason.clone(),
        state: "applied".to_owned(),
        applied_at: set.applied_at,
        changes: document::text(&set.changes)?,
        revisions: document::text(&set.revisions)?,
    };
    Ok(store::change_set::insert(&mut work.tx, &row, &touched).await?)
}
