//! Live releases own their sites: asks them before anything is written.

use std::collections::HashSet;

use serin_api::entity::EntityKind;
use serin_engine::flag::{FlagConfig, FlagDefinition};
use uuid::Uuid;

use super::{
    Stop,
    state::{Reach, Slot, State, Typed, typed},
};
use crate::service::{
    Actor, Result,
    release::{guard, transition::Place},
    writer::Work,
};

/// Refuses what a live release protects; where a flag is turned off, its releases are
/// cancelled and may change the configuration. That is not for a group to do.
pub(super) async fn guard(
    state: &mut State<'_>,
    work: &mut Work,
    author: &Actor,
) -> std::result::Result<(), Stop> {
    if state.reach == Reach::Group {
        let live = state.live(&mut work.tx).await?;
        let concerned = state.slots.iter().any(|slot| concerned(state, slot, &live));
        return if concerned { Err(Stop::Alone) } else { Ok(()) };
    }
    for at in 0..state.slots.len() {
        let slot = &state.slots[at];
        let (key, path) = (slot.name.key.clone(), slot.path());
        match &slot.typed {
            Some(Typed::FlagConfig(after)) => {
                let Some(before) = slot.typed_before::<FlagConfig>()? else {
                    continue;
                };
                let environment = slot.name.environment.clone().unwrap_or_default();
                let mut after = after.clone();
                let place = place(state, &environment)?;
                let name = &author.username;
                guard::config(work, &place, name, &key, &before, &mut after)
                    .await
                    .map_err(|error| error.within(&path))?;
                state.slots[at].typed = Some(Typed::FlagConfig(after));
            }
            Some(Typed::Flag(after)) => {
                if let Some(before) = slot.typed_before::<FlagDefinition>()? {
                    let id = state.project.project_id;
                    guard::definition(&mut work.tx, id, &key, &before, Some(after))
                        .await
                        .map_err(|error| error.within(&path))?;
                }
            }
            None => {
                let flag = slot.name.kind == EntityKind::Flag;
                if let (true, Some(before)) = (flag, &slot.before) {
                    let before: FlagDefinition = typed(before)?;
                    let id = state.project.project_id;
                    let path = path.strip_suffix("/document").unwrap_or(&path);
                    guard::definition(&mut work.tx, id, &key, &before, None)
                        .await
                        .map_err(|error| error.within(path))?;
                }
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// Whether a live release may have to do with a slot.
fn concerned(state: &State<'_>, slot: &Slot, live: &HashSet<(Uuid, String)>) -> bool {
    let environment = slot.name.environment.as_ref();
    let here = |id: Uuid| {
        environment.is_none_or(|key| {
            let mut environments = state.environments.iter();
            environments.any(|it| it.key == *key && it.environment_id == id)
        })
    };
    let flag = matches!(slot.name.kind, EntityKind::Flag | EntityKind::FlagConfig);
    live.iter()
        .any(|(id, key)| here(*id) && (!flag || *key == slot.name.key))
}

fn place(state: &State<'_>, environment: &str) -> Result<Place> {
    let row = state.environment(environment)?;
    Ok(Place {
        project_id: state.project.project_id,
        project: state.project.key.clone(),
        environment_id: row.environment_id,
        environment: row.key.clone(),
    })
}
