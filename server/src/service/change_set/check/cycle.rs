//! Cycles among flags and segments, looked for only where a touched configuration
//! names something: along what it names, however far that leads.

use std::collections::{BTreeMap, BTreeSet};

use serin_api::entity::EntityKind;
use serin_documents::references::{self, References};
use serin_engine::{flag::FlagConfig, segment::SegmentConfig, validate};

use crate::service::{
    Result,
    change_set::{
        mistakes::Mistakes,
        state::{Name, State, Typed},
    },
    writer::Work,
};

/// Refuses cycles.
pub(super) async fn check(state: &mut State<'_>, work: &mut Work) -> Result<()> {
    let environments: Vec<String> = state.environments.iter().map(|e| e.key.clone()).collect();
    let mut mistakes = Mistakes::default();
    for environment in environments {
        let start = touched(state, &environment);
        if start.is_empty() {
            continue;
        }
        let (flags, segments) = reachable(state, work, &environment, start).await?;
        for cycle in validate::cycles(&flags, &segments) {
            let path = place(state, &environment, &cycle);
            mistakes.add(path, "cycle", references::circle(&cycle));
        }
    }
    mistakes.into_result()
}

/// The touched configurations of an environment that name something.
fn touched(state: &State<'_>, environment: &str) -> Vec<Name> {
    let in_environment = |name: &Name| name.environment.as_deref() == Some(environment);
    let names_something = |typed: &Option<Typed>| match typed {
        Some(Typed::FlagConfig(config)) => !References::of_flag(config).is_empty(),
        Some(Typed::SegmentConfig(config)) => !References::of_segment(config).is_empty(),
        _ => false,
    };
    let slots = state.slots.iter();
    slots
        .filter(|slot| in_environment(&slot.name) && names_something(&slot.typed))
        .map(|slot| slot.name.clone())
        .collect()
}

type Reached = (
    BTreeMap<String, FlagConfig>,
    BTreeMap<String, SegmentConfig>,
);

async fn reachable(
    state: &mut State<'_>,
    work: &mut Work,
    environment: &str,
    mut open: Vec<Name>,
) -> Result<Reached> {
    let (mut flags, mut segments) = (BTreeMap::new(), BTreeMap::new());
    let mut seen: BTreeSet<(EntityKind, String)> = BTreeSet::new();
    while let Some(name) = open.pop() {
        if !seen.insert((name.kind, name.key.clone())) {
            continue;
        }
        state.know(work, [name.clone()]).await?;
        let references = if name.kind == EntityKind::FlagConfig {
            let Some(config) = state.flag_config(environment, &name.key)? else {
                continue;
            };
            let references = References::of_flag(&config);
            flags.insert(name.key, config);
            references
        } else {
            let Some(config) = state.segment_config(environment, &name.key)? else {
                continue;
            };
            let references = References::of_segment(&config);
            segments.insert(name.key, config);
            references
        };
        let named = |kind, keys: BTreeSet<String>| {
            let name = move |key: String| Name::of_environment(kind, environment, &key);
            keys.into_iter().map(name).collect::<Vec<_>>()
        };
        open.extend(named(EntityKind::FlagConfig, references.flags));
        open.extend(named(EntityKind::SegmentConfig, references.segments));
    }
    Ok((flags, segments))
}

/// The document to blame: a touched one on the cycle, or else the first touched one.
fn place(state: &State<'_>, environment: &str, cycle: &[String]) -> String {
    let mut slots = state.slots.iter().filter(|slot| {
        slot.name.environment.as_deref() == Some(environment) && slot.change.is_some()
    });
    let on_cycle = |slot: &&super::Slot| {
        let kind = match slot.name.kind {
            EntityKind::FlagConfig => "flag",
            _ => "segment",
        };
        cycle.contains(&format!("{kind}:{}", slot.name.key))
    };
    let first = slots.clone().next();
    slots
        .find(on_cycle)
        .or(first)
        .map(super::Slot::path)
        .unwrap_or_default()
}
