//! From documents as people write them to documents as they are stored.

use serin_documents::shares;
use serin_engine::flag::FlagConfig;

use super::{
    Exact,
    state::{Name, State, Typed},
};
use crate::service::{Result, document};

/// Gives every split its allocation. `exact` is a configuration that has them already.
pub(super) fn all(state: &mut State<'_>, exact: Option<&Exact>) -> Result<()> {
    for at in 0..state.slots.len() {
        let slot = &state.slots[at];
        let Some(Typed::FlagConfig(config)) = &slot.typed else {
            continue;
        };
        let config = allocated(state, &slot.name, config.clone(), exact)?;
        state.slots[at].typed = Some(Typed::FlagConfig(config));
    }
    Ok(())
}

fn allocated(
    state: &State<'_>,
    name: &Name,
    mut config: FlagConfig,
    exact: Option<&Exact>,
) -> Result<FlagConfig> {
    let environment = name.environment.as_deref().unwrap_or_default();
    if let Some(exact) = exact
        && exact.flag == name.key
        && exact.environment == environment
    {
        return Ok(exact.config.clone());
    }
    let before = match state.slot(name) {
        Some(slot) => slot.typed_before::<FlagConfig>()?,
        None => None,
    };
    if let Some(definition) = state.flag(&name.key)? {
        shares::allocate(&definition, &mut config, before.as_ref());
    }
    Ok(config)
}

/// Notes what is going to be stored.
pub(super) fn settle(state: &mut State<'_>) -> Result<()> {
    for slot in &mut state.slots {
        slot.stored = match &slot.typed {
            None => None,
            Some(Typed::Flag(document)) => Some(document::value(document)?),
            Some(Typed::FlagConfig(document)) => Some(document::value(document)?),
            Some(Typed::Segment(document)) => Some(document::value(document)?),
            Some(Typed::SegmentConfig(document)) => Some(document::value(document)?),
            Some(Typed::Template(document)) => Some(document::value(document)?),
            Some(Typed::Metric(document)) => Some(document::value(document)?),
        };
    }
    Ok(())
}
