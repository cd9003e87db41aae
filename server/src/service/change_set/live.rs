//! Live releases own their sites: asks them before anything is written.

use serin_engine::flag::{FlagConfig, FlagDefinition};

use super::state::{State, Typed};
use crate::service::{
    Actor, Result,
    release::{guard, transition::Place},
    writer::Work,
};

/// Refuses what a live release protects; where a flag is turned off, its releases are
/// cancelled and may change the configuration.
pub(super) async fn guard(state: &mut State, work: &mut Work, author: &Actor) -> Result<()> {
    for at in 0..state.slots.len() {
        let slot = &state.slots[at];
        let key = slot.name.key.clone();
        match &slot.typed {
            Some(Typed::FlagConfig(after)) => {
                let Some(before) = slot.typed_before::<FlagConfig>()? else {
                    continue;
                };
                let environment = slot.name.environment.clone().unwrap_or_default();
                let mut after = after.clone();
                let place = place(state, &environment)?;
                let name = &author.username;
                guard::config(work, &place, name, &key, &before, &mut after).await?;
                state.slots[at].typed = Some(Typed::FlagConfig(after));
            }
            Some(Typed::Flag(after)) => {
                if let Some(before) = slot.typed_before::<FlagDefinition>()? {
                    let id = state.project.project_id;
                    guard::definition(&mut work.tx, id, &key, &before, Some(after)).await?;
                }
            }
            None => {
                let flag = slot.name.kind == serin_api::entity::EntityKind::Flag;
                if let (true, Some(before)) = (flag, &slot.before) {
                    let before: FlagDefinition =
                        crate::service::document::typed(before.document.clone())?;
                    let id = state.project.project_id;
                    guard::definition(&mut work.tx, id, &key, &before, None).await?;
                }
            }
            Some(_) => {}
        }
    }
    Ok(())
}

fn place(state: &State, environment: &str) -> Result<Place> {
    let row = state.environment(environment)?;
    Ok(Place {
        project_id: state.project.project_id,
        project: state.project.key.clone(),
        environment_id: row.environment_id,
        environment: row.key.clone(),
    })
}
