//! Writes what was decided: the entities, the revisions, the change sets and their audit entries.

use std::{collections::BTreeMap, sync::Arc};

use serin_api::{
    change::{AppliedChange, ChangeSet, ChangeSetState},
    entity::EntityKind,
};
use uuid::Uuid;

use super::{
    decided::{Decided, Fate, Written, together},
    effects::Published,
    members::{self, Short},
    state::{Slot, State},
};
use crate::{
    publish::commit::{Effect, Revision, Told},
    service::{Actor, Error, Result, audit, document, webhook::outbox, writer::Work},
    store::{self, Script, change_set::Touched, entity::Entity},
};

/// How many patches at least are kept for nodes that fell behind; one that lacks more loads the
/// whole. A patch has whole segments in it, which may be long.
const KEPT: u64 = 100;
/// At every so many revisions those before are forgotten.
const PRUNED: u64 = 20;

/// What is to be written; where nothing changed, nothing.
pub(super) fn decide(
    state: &State<'_>,
    work: &mut Work,
    actor: &Actor,
    reason: Option<String>,
    published: Published,
) -> Result<Decided> {
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
    let mut entities = Vec::new();
    for slot in &state.slots {
        if let Some((written, change)) = entity(state, work, &set, slot, &published)? {
            entities.push(written);
            set.changes.push(change);
        }
    }
    let kept = match set.changes.is_empty() && set.revisions.is_empty() {
        true => None,
        false => Some(kept(state, &set)?),
    };
    members::brief(&mut set);
    entities.extend(published.seen);
    Ok(Decided {
        answer: set,
        kept,
        entities,
        revisions: published.made,
    })
}

/// What becomes of one entity; `None` where it stays as it is.
fn entity(
    state: &State<'_>,
    work: &mut Work,
    set: &ChangeSet,
    slot: &Slot,
    published: &Published,
) -> Result<Option<(Written, AppliedChange)>> {
    let before = slot.before.as_ref();
    let written = match (before, &slot.stored) {
        (None, None) => return Ok(None),
        (Some(before), Some(after)) if before.document == *after => return Ok(None),
        (Some(before), None) => Written {
            fate: Fate::Delete,
            row: Arc::clone(before),
        },
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
            let from = |row: &Arc<Entity>| Fate::Update {
                from_version: row.version,
            };
            Written {
                fate: before.map_or(Fate::Insert, from),
                row: Arc::new(row),
            }
        }
    };
    let change = applied(slot, written.row.version)?;
    Ok(Some((written, change)))
}

/// What histories have of a change to one entity.
fn applied(slot: &Slot, version: u64) -> Result<AppliedChange> {
    let before = slot.before.as_ref().map(|row| &row.document);
    let after = slot.stored.as_ref();
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
    Ok(AppliedChange {
        kind: slot.name.kind,
        environment: slot.name.environment.clone(),
        key: slot.name.key.clone(),
        before: shown.before,
        after: shown.after,
        members: shown.members,
        version,
    })
}

fn kept(
    state: &State<'_>,
    set: &ChangeSet,
) -> Result<(store::change_set::ChangeSet, Vec<Touched>)> {
    let touched = set.changes.iter().map(|change| Touched {
        kind: document::kind_name(change.kind),
        environment: change.environment.clone(),
        key: change.key.clone(),
    });
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
    Ok((row, touched.collect()))
}

/// Writes change sets that were decided one after the other. Where it fails, some of it may be
/// written: the caller undoes that.
pub(super) async fn all(work: &mut Work, mut decided: Vec<Decided>) -> Result<Vec<ChangeSet>> {
    let kept: Vec<_> = decided.iter_mut().filter_map(|it| it.kept.take()).collect();
    rows(work, &decided, &kept).await?;
    let mut answers = Vec::with_capacity(decided.len());
    for Decided {
        answer: set,
        revisions,
        ..
    } in decided
    {
        for made in revisions {
            work.committed.effects.push(Effect::Revision(Revision {
                environment_id: made.row.environment_id,
                patch: made.patch,
                text: made.row.patch,
            }));
        }
        if !(set.changes.is_empty() && set.revisions.is_empty()) {
            let action = "change_set.applied";
            audit::append(work, &set.author, action, Some(&set.project), &set).await?;
            outbox::change_set(work, &set).await?;
            let told = Told::change_set(&set);
            work.committed.effects.push(Effect::Told(told));
        }
        answers.push(set);
    }
    Ok(answers)
}

/// Writes all rows at once.
async fn rows(
    work: &mut Work,
    decided: &[Decided],
    kept: &[(store::change_set::ChangeSet, Vec<Touched>)],
) -> Result<()> {
    let entities = together(decided);
    let (mut new, mut changed) = (Vec::new(), Vec::new());
    for Written { fate, row } in &entities {
        match fate {
            Fate::Insert => new.push(&**row),
            Fate::Update { from_version } => changed.push((&**row, *from_version)),
            Fate::Delete => store::entity::delete(&mut work.tx, row.entity_id).await?,
        }
    }
    let made = decided.iter().flat_map(|decided| &decided.revisions);
    let revisions: Vec<&store::revision::New> = made.map(|made| &made.row).collect();
    let mut latest: BTreeMap<Uuid, &store::revision::New> = BTreeMap::new();
    for row in &revisions {
        latest.insert(row.environment_id, row);
        if row.revision.is_multiple_of(PRUNED) {
            let last = row.revision.saturating_sub(KEPT);
            store::revision::prune(&mut work.tx, row.environment_id, last).await?;
        }
    }
    let mut script = Script::default();
    store::entity::insert(&mut script, new);
    store::entity::update(&mut script, changed);
    store::revision::insert(&mut script, &revisions);
    store::environment::advance(&mut script, latest.into_values());
    store::change_set::insert(&mut script, kept);
    if script.run(&mut work.tx).await? {
        return Ok(());
    }
    // All writers wait for each other at the end of the audit chain, so that an entity is at
    // the version that was read; were it not, nothing is lost.
    let before = entities.iter().find_map(|written| match written.fate {
        Fate::Update { from_version } => Some(from_version),
        Fate::Insert | Fate::Delete => None,
    });
    Err(Error::VersionConflict {
        current: before.map_or(0, |version| version + 1),
        path: String::new(),
    })
}
