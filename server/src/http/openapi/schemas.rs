//! The schemas of the document: those of the wire types, collected as they are referred
//! to, and those of documents.

use serde_json::{Map, Value, json};
use utoipa::ToSchema;

/// Collects schemas.
#[derive(Default)]
pub(super) struct Schemas(Map<String, Value>);

impl Schemas {
    /// A reference to a wire type.
    pub(super) fn of<T: ToSchema>(&mut self) -> Value {
        let mut found = Vec::new();
        T::schemas(&mut found);
        found.push((T::name().into_owned(), T::schema()));
        for (name, schema) in found {
            let schema = serde_json::to_value(schema).unwrap_or_default();
            self.0.entry(name).or_insert(schema);
        }
        reference(&T::name())
    }

    /// A page of a wire type.
    pub(super) fn page_of<T: ToSchema>(&mut self) -> Value {
        let item = self.of::<T>();
        page(item)
    }

    /// A reference to a schema that is written here.
    pub(super) fn named(&mut self, name: &str, schema: Value) -> Value {
        self.0.entry(name.to_owned()).or_insert(schema);
        reference(name)
    }

    /// All that were collected.
    pub(super) fn into_components(self) -> Value {
        Value::Object(self.0)
    }
}

/// A page of some items.
pub(super) fn page(item: Value) -> Value {
    json!({
        "type": "object",
        "required": ["items"],
        "properties": {
            "items": {"type": "array", "items": item},
            "next_cursor": {"type": "string", "description": "Absent on the last page."}
        }
    })
}

/// A reference to a schema.
pub(super) fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}
