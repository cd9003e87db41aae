//! Checks documents by themselves, and then what they mean next to their neighbours
//! in the state after the whole change set. Every mistake is listed by its place.

mod cycle;
mod template;
mod value_schema;

use serin_api::entity::EntityKind;
use serin_documents::{references::References, schema, zeros};
use serin_engine::{
    flag::{FlagConfig, FlagDefinition},
    release,
    segment::SegmentConfig,
    validate::{self, Neighbours},
};

use super::{
    members,
    mistakes::Mistakes,
    state::{Name, Slot, State, Typed},
};
use crate::service::{Result, writer::Work};

/// Checks every document against its schema, and reads it.
pub(super) fn documents(state: &mut State<'_>) -> Result<()> {
    let mut mistakes = Mistakes::default();
    for slot in &mut state.slots {
        let Some(document) = &mut slot.document else {
            continue;
        };
        zeros::settle(document);
        let found = schema::check(slot.name.kind, document);
        if !found.is_empty() {
            mistakes.details(&slot.path(), found);
            continue;
        }
        match read(slot.name.kind, document) {
            Ok(typed) => slot.typed = Some(typed),
            Err(error) => mistakes.add(slot.path(), "shape", error.to_string()),
        }
    }
    mistakes.into_result()
}

fn read(kind: EntityKind, document: &serde_json::Value) -> serde_json::Result<Typed> {
    use serde::Deserialize as _;
    Ok(match kind {
        EntityKind::Flag => Typed::Flag(FlagDefinition::deserialize(document)?),
        EntityKind::FlagConfig => Typed::FlagConfig(FlagConfig::deserialize(document)?),
        EntityKind::Segment => Typed::Segment(serde::Deserialize::deserialize(document)?),
        EntityKind::SegmentConfig => {
            let mut config = SegmentConfig::deserialize(document)?;
            members::settle(&mut config);
            Typed::SegmentConfig(config)
        }
        EntityKind::ReleaseTemplate => Typed::Template(release::Template::deserialize(document)?),
        EntityKind::Metric => Typed::Metric(release::Metric::deserialize(document)?),
    })
}

/// Checks what the documents mean.
pub(super) async fn meaning(state: &mut State<'_>, work: &mut Work) -> Result<()> {
    learn_neighbours(state, work).await?;
    let mut mistakes = Mistakes::default();
    for slot in &state.slots {
        slot_meaning(state, slot, &mut mistakes)?;
    }
    dependants(state, work, &mut mistakes).await?;
    mistakes.into_result()?;
    cycle::check(state, work).await
}

/// Reads what the touched configurations name, and the flags that they are of.
async fn learn_neighbours(state: &mut State<'_>, work: &mut Work) -> Result<()> {
    let mut names = Vec::new();
    for slot in &state.slots {
        if let Some(Typed::Template(template)) = &slot.typed {
            names.extend(template::names(template));
        }
        let Some(environment) = &slot.name.environment else {
            continue;
        };
        let references = match &slot.typed {
            Some(Typed::FlagConfig(config)) => References::of_flag(config),
            Some(Typed::SegmentConfig(config)) => References::of_segment(config),
            _ => continue,
        };
        if slot.name.kind == EntityKind::FlagConfig {
            names.push(Name::of_project(EntityKind::Flag, &slot.name.key));
        }
        names.extend(of(&references, environment));
    }
    state.know(work, names).await
}

/// The entities that have to be known to check references.
fn of(references: &References, environment: &str) -> Vec<Name> {
    let flags = references.flags.iter();
    let segments = references.segments.iter();
    flags
        .map(|key| Name::of_project(EntityKind::Flag, key))
        .chain(
            segments.map(|key| Name::of_environment(EntityKind::SegmentConfig, environment, key)),
        )
        .collect()
}

fn slot_meaning(state: &State<'_>, slot: &Slot, mistakes: &mut Mistakes) -> Result<()> {
    let path = slot.path();
    match &slot.typed {
        Some(Typed::Flag(definition)) => {
            mistakes.violations(&path, validate::flag_definition(definition));
            mistakes.details(&path, value_schema::check(definition));
        }
        Some(Typed::FlagConfig(config)) => {
            // Where there is no flag, it goes, and its configuration with it.
            if let Some(definition) = state.flag(&slot.name.key)? {
                let near = Near::of(state, slot);
                let found = validate::flag_config(&definition, config, &near);
                mistakes.violations(&path, found);
            }
        }
        Some(Typed::SegmentConfig(config)) => {
            let near = Near::of(state, slot);
            mistakes.violations(&path, validate::segment_config(config, &near));
        }
        Some(Typed::Template(template)) => {
            mistakes.violations(
                &path,
                release::validate_plan(&release::Plan::of_template(template)),
            );
            template::check(state, slot, template, mistakes)?;
        }
        Some(Typed::Metric(metric)) => {
            mistakes.violations(&path, release::validate_metric(metric));
        }
        Some(Typed::Segment(_)) | None => {}
    }
    Ok(())
}

/// Checks the configurations that a changed definition must still fit.
async fn dependants(state: &mut State<'_>, work: &mut Work, mistakes: &mut Mistakes) -> Result<()> {
    let mut changed = Vec::new();
    for slot in &state.slots {
        if let (Some(Typed::Flag(after)), Some(_)) = (&slot.typed, &slot.before)
            && let Some(before) = slot.typed_before::<FlagDefinition>()?
            && (before.kind, &before.variations, before.archived)
                != (after.kind, &after.variations, after.archived)
        {
            changed.push((slot.name.key.clone(), slot.path(), after.clone()));
        }
    }
    let environments: Vec<String> = state.environments.iter().map(|e| e.key.clone()).collect();
    let configs = |key: &str| -> Vec<Name> {
        let kind = EntityKind::FlagConfig;
        let environments = environments.iter();
        environments
            .map(|environment| Name::of_environment(kind, environment, key))
            .collect()
    };
    let names: Vec<Name> = changed.iter().flat_map(|(key, ..)| configs(key)).collect();
    state.know(work, names).await?;
    for (key, path, definition) in changed {
        for environment in &environments {
            let name = Name::of_environment(EntityKind::FlagConfig, environment, &key);
            if state.slot(&name).is_some() {
                continue;
            }
            let Some(config) = state.flag_config(environment, &key)? else {
                continue;
            };
            let named = of(&References::of_flag(&config), environment);
            state.know(work, named).await?;
            let near = Near { state, environment };
            for found in validate::flag_config(&definition, &config, &near) {
                let message = format!(
                    "the configuration in {environment:?} does not fit, at {:?}: {}",
                    found.path, found.message
                );
                mistakes.add(format!("{path}/variations"), found.code, message);
            }
        }
    }
    Ok(())
}

/// What a configuration may refer to.
struct Near<'s> {
    state: &'s State<'s>,
    environment: &'s str,
}

impl<'s> Near<'s> {
    fn of(state: &'s State<'s>, slot: &'s Slot) -> Self {
        let environment = slot.name.environment.as_deref().unwrap_or_default();
        Self { state, environment }
    }
}

impl Neighbours for Near<'_> {
    fn flag_variations(&self, key: &str) -> Option<Vec<String>> {
        let definition = self.state.flag(key).ok()??;
        let variations = definition.variations.into_iter();
        (!definition.archived).then(|| variations.map(|variation| variation.key).collect())
    }

    fn segment_exists(&self, key: &str) -> bool {
        let kind = EntityKind::SegmentConfig;
        let name = Name::of_environment(kind, self.environment, key);
        self.state.exists(&name)
    }
}
