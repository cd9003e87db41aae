//! What others use cannot be removed or archived.

mod metric;

use std::collections::BTreeSet;

use serin_api::{
    entity::EntityKind,
    uses::{NodeKind, NodeRef},
};
use serin_engine::{
    flag::{FlagConfig, FlagDefinition},
    segment::SegmentConfig,
};

use super::{
    Stop, patch,
    state::{Name, Reach, Slot, State, Typed},
};
use crate::{
    service::{
        Error, Result, Use, document,
        release::{guard, unreadable},
        uses::places::{self, Named},
        writer::Work,
    },
    store,
};

/// A flag or segment that is to go, and the change that says so.
struct Gone {
    node: NodeRef,
    path: String,
}

/// Refuses to take away a flag or segment that another still names, or a flag that a
/// live release moves: with everything that does, in all environments.
pub(super) async fn check(state: &mut State<'_>, work: &mut Work) -> std::result::Result<(), Stop> {
    metric::check(state, work).await?;
    let gone = gone(state)?;
    if gone.is_empty() {
        return Ok(());
    }
    if state.reach == Reach::Group {
        // What others of the group name is not written yet.
        return Err(Stop::Alone);
    }
    let archived = archived(state, work).await?;
    let configurations = configurations(state, work).await?;
    let (mut what, mut uses) = (Vec::new(), Vec::new());
    for Gone { node, path } in gone {
        let before = uses.len();
        let used = |by| Use {
            path: path.clone(),
            by,
        };
        for (kind, environment, key, named) in &configurations {
            if *kind == NodeKind::Flag && archived.contains(key) {
                continue;
            }
            if let Some(places) = named.get(&node) {
                let places: Vec<String> = places.iter().map(places::words).collect();
                let places = places.join(", ");
                let kind = spoken(*kind);
                uses.push(used(format!("{kind}:{key} in {environment} ({places})")));
            }
        }
        if node.kind == NodeKind::Flag {
            let id = state.project.project_id;
            let live = store::release::live_of_flag(&mut work.tx, id, &node.key).await?;
            uses.extend(live.names().map(|(_, id)| used(guard::author_of(id))));
        }
        if node.kind == NodeKind::Segment {
            for environment in &state.environments {
                let live = store::release::live(&mut work.tx, environment.environment_id).await?;
                if let Some(held) = live.unread.into_iter().next() {
                    // Nobody knows what it names.
                    return Err(Stop::Refused(unreadable(held.unread)));
                }
                let named = live
                    .read
                    .iter()
                    .filter(|it| it.document.names_segment(&node.key));
                uses.extend(named.map(|it| used(guard::author_of(it.release_id))));
            }
        }
        if uses.len() > before {
            what.push(format!("the {} {:?}", spoken(node.kind), node.key));
        }
    }
    if uses.is_empty() {
        return Ok(());
    }
    Err(Stop::Refused(Error::InUse {
        what: what.join(", "),
        uses,
    }))
}

fn spoken(kind: NodeKind) -> &'static str {
    patch::spoken(match kind {
        NodeKind::Flag | NodeKind::Release => EntityKind::Flag,
        NodeKind::Segment => EntityKind::Segment,
    })
}

/// Flags that are removed or newly archived, and segments that are removed.
fn gone(state: &State<'_>) -> Result<Vec<Gone>> {
    let mut gone = Vec::new();
    for slot in state.slots.iter().filter(|slot| slot.before.is_some()) {
        let kind = match slot.name.kind {
            EntityKind::Flag => NodeKind::Flag,
            EntityKind::Segment => NodeKind::Segment,
            _ => continue,
        };
        if slot.document.is_none() || newly_archived(slot)? {
            let change = slot.change.map(|index| format!("/changes/{index}"));
            gone.push(Gone {
                node: NodeRef {
                    kind,
                    key: slot.name.key.clone(),
                },
                path: match (change, slot.document.is_some()) {
                    (Some(change), true) => format!("{change}/document/archived"),
                    (change, _) => change.unwrap_or_default(),
                },
            });
        }
    }
    Ok(gone)
}

fn newly_archived(slot: &Slot) -> Result<bool> {
    let Some(Typed::Flag(after)) = &slot.typed else {
        return Ok(false);
    };
    let before = slot.typed_before::<FlagDefinition>()?;
    Ok(after.archived && before.is_some_and(|before| !before.archived))
}

/// The flags that are archived after the change set: what they name may go.
async fn archived(state: &State<'_>, work: &mut Work) -> Result<BTreeSet<String>> {
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

type Configuration = (NodeKind, String, String, Named);

/// What every configuration of the project names after the change set, by environment,
/// kind and key.
async fn configurations(state: &State<'_>, work: &mut Work) -> Result<Vec<Configuration>> {
    let mut all = Vec::new();
    for environment in &state.environments {
        let id = environment.environment_id;
        for kind in [EntityKind::FlagConfig, EntityKind::SegmentConfig] {
            let name = document::kind_name(kind);
            for row in store::entity::all_in_environment(&mut work.tx, id, name).await? {
                let name = Name::of_environment(kind, &environment.key, &row.key);
                let (kind, named) = match (state.slot(&name).map(|slot| &slot.typed), kind) {
                    (Some(Some(Typed::FlagConfig(config))), _) => {
                        (NodeKind::Flag, places::of_flag(config))
                    }
                    (Some(Some(Typed::SegmentConfig(config))), _) => {
                        (NodeKind::Segment, places::of_segment(config))
                    }
                    (Some(_), _) => continue,
                    (None, EntityKind::FlagConfig) => {
                        let config: FlagConfig = document::typed(row.document)?;
                        (NodeKind::Flag, places::of_flag(&config))
                    }
                    (None, _) => {
                        let config: SegmentConfig = document::typed(row.document)?;
                        (NodeKind::Segment, places::of_segment(&config))
                    }
                };
                all.push((kind, environment.key.clone(), row.key, named));
            }
        }
    }
    Ok(all)
}
