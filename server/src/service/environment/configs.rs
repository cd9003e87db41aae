//! What a new environment begins with.

use std::collections::HashMap;

use serde_json::Value;
use serin_engine::{
    flag::FlagDefinition,
    ruleset::{Kind, fingerprint},
    segment::SegmentConfig,
};

use crate::{
    service::{Actor, Result, change_set::defaults, document, writer::Work},
    store,
};

/// The configurations that a new environment begins with.
pub(super) async fn make(
    work: &mut Work,
    actor: &Actor,
    row: &store::environment::Environment,
    source: Option<&store::environment::Environment>,
) -> Result<Vec<store::entity::Entity>> {
    let mut entities = Vec::new();
    for (identity, kind) in [("flag", "flag_config"), ("segment", "segment_config")] {
        let mut copied: HashMap<String, Value> = HashMap::new();
        if let Some(source) = source {
            let id = source.environment_id;
            let rows = store::entity::all_in_environment(&mut work.tx, id, kind).await?;
            copied.extend(rows.into_iter().map(|row| (row.key, row.document)));
        }
        for of in store::entity::all_in_project(&mut work.tx, row.project_id, identity).await? {
            let document = match copied.remove(&of.key) {
                Some(document) => document,
                None if identity == "flag" => {
                    let definition: FlagDefinition = document::typed(of.document)?;
                    document::value(&defaults::flag_config(&definition))?
                }
                None => document::value(&SegmentConfig::default())?,
            };
            entities.push(store::entity::Entity {
                entity_id: work.id(),
                kind: kind.to_owned(),
                project_id: row.project_id,
                environment_id: Some(row.environment_id),
                key: of.key,
                version: 1,
                document,
                changed_revision: 1,
                updated_at: work.now(),
                updated_by: actor.username.clone(),
            });
        }
    }
    Ok(entities)
}

/// The fingerprint of the ruleset that they make.
pub(super) async fn fingerprint_of(
    work: &mut Work,
    row: &store::environment::Environment,
    entities: &[store::entity::Entity],
) -> Result<String> {
    let flags = store::entity::all_in_project(&mut work.tx, row.project_id, "flag").await?;
    let mut definitions: HashMap<String, FlagDefinition> = HashMap::new();
    for flag in flags {
        definitions.insert(flag.key, document::typed(flag.document)?);
    }
    let mut published = Vec::new();
    for entity in entities {
        if entity.kind == "segment_config" {
            published.push((Kind::Segment, entity.key.as_str(), 1));
        } else if definitions
            .get(&entity.key)
            .is_some_and(|flag| !flag.archived)
        {
            published.push((Kind::Flag, entity.key.as_str(), 1));
        }
    }
    Ok(fingerprint(published.into_iter()))
}
