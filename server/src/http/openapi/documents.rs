//! The schemas of documents. Those of entities are the ones that are enforced when they
//! are saved; those of releases, which are the engine's types, stand in `documents.json`.

use serde_json::{Map, Value, json};
use serin_api::entity::EntityKind;
use serin_documents::schema::{self, DEFINITIONS};

use super::schemas::{Schemas, reference};

/// The documents of entities, by name.
const ENTITIES: [(&str, EntityKind); 6] = [
    ("FlagDefinition", EntityKind::Flag),
    ("FlagConfig", EntityKind::FlagConfig),
    ("SegmentDefinition", EntityKind::Segment),
    ("SegmentConfig", EntityKind::SegmentConfig),
    ("ReleaseTemplate", EntityKind::ReleaseTemplate),
    ("Metric", EntityKind::Metric),
];
/// What the server keeps beside a document.
const KEPT: [&str; 4] = ["key", "version", "updated_at", "updated_by"];

/// Adds them: a document `X`, what is answered of it as `XEntity`, and `NewX`, which has its key.
pub(super) fn add(schemas: &mut Schemas) {
    for (name, schema) in read(DEFINITIONS)
        .into_iter()
        .chain(read(include_str!("documents.json")))
    {
        schemas.named(&name, schema);
    }
    for (name, kind) in ENTITIES {
        let document = Value::Object(read(schema::text(kind)));
        schemas.named(&format!("New{name}"), with_kept(&document, &KEPT[..1]));
        schemas.named(&format!("{name}Entity"), with_kept(&document, &KEPT));
        schemas.named(name, document);
    }
    schemas.named("FlagListItem", flag_list_item());
}

/// Reads schemas, whose shared parts become components.
fn read(text: &str) -> Map<String, Value> {
    serde_json::from_str(&text.replace("#/$defs/", "#/components/schemas/")).unwrap_or_default()
}

/// A document with some of the members that the server keeps.
fn with_kept(document: &Value, kept: &[&str]) -> Value {
    let mut schema = document.clone();
    for name in kept {
        schema["properties"][*name] = match *name {
            "key" => reference("key"),
            "version" => json!({"type": "integer", "minimum": 1, "description": "For `If-Match`."}),
            "updated_at" => json!({"type": "string", "format": "date-time"}),
            _ => json!({"type": "string"}),
        };
    }
    let mut required: Vec<Value> = schema["required"].as_array().cloned().unwrap_or_default();
    required.extend(kept.iter().map(|name| json!(name)));
    schema["required"] = Value::Array(required);
    schema
}

/// A row of a flag list.
fn flag_list_item() -> Value {
    let mut item = with_kept(&Value::Object(read(schema::text(EntityKind::Flag))), &KEPT);
    item["properties"]["environments"] =
        json!({"type": "object", "additionalProperties": reference("FlagConfigEntity")});
    item["properties"]["releases"] = json!({"type": "object",
        "additionalProperties": {"type": "array", "items": reference("LiveRelease")}});
    item
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_files_can_be_read() {
        for (name, kind) in ENTITIES {
            assert!(
                read(schema::text(kind)).contains_key("properties"),
                "{name}"
            );
        }
        assert!(read(DEFINITIONS).contains_key("condition"));
        assert!(read(include_str!("documents.json")).contains_key("Release"));
    }
}
