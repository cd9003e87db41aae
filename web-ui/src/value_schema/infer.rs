//! A first schema from the values that are there.

use serde_json::{Map, Value, json};

/// A schema that all the values satisfy: types, members, and which of them all have.
pub(crate) fn schema(values: &[Value]) -> Value {
    let all: Vec<&Value> = values.iter().collect();
    of(&all)
}

fn of(values: &[&Value]) -> Value {
    let mut types: Vec<&str> = Vec::new();
    for value in values {
        let name = type_name(value);
        // A number that is whole is a number as well.
        match (name, types.iter().position(|other| *other == "integer")) {
            _ if types.contains(&name) => {}
            ("number", Some(at)) => types[at] = "number",
            ("integer", _) if types.contains(&"number") => {}
            _ => types.push(name),
        }
    }
    let mut schema = match types.as_slice() {
        [] => return json!({}),
        [one] => json!({ "type": one }),
        several => json!({ "type": several }),
    };
    let objects: Vec<&Map<String, Value>> = values.iter().filter_map(|it| it.as_object()).collect();
    if !objects.is_empty() {
        members(&objects, &mut schema);
    }
    let items: Vec<&Value> = values
        .iter()
        .filter_map(|value| value.as_array())
        .flatten()
        .collect();
    if !items.is_empty() {
        schema["items"] = of(&items);
    }
    schema
}

fn members(objects: &[&Map<String, Value>], schema: &mut Value) {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (name, _) in objects.iter().flat_map(|object| object.iter()) {
        if properties.contains_key(name) {
            continue;
        }
        let values: Vec<&Value> = objects.iter().filter_map(|it| it.get(name)).collect();
        if values.len() == objects.len() {
            required.push(Value::String(name.clone()));
        }
        properties.insert(name.clone(), of(&values));
    }
    schema["properties"] = Value::Object(properties);
    if !required.is_empty() {
        schema["required"] = Value::Array(required);
    }
    schema["additionalProperties"] = Value::Bool(false);
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_all_have_is_required_and_what_differs_is_wider() {
        let found = schema(&[
            json!({"limit": 1, "host": "a", "tags": ["x"], "deep": {"a": true}}),
            json!({"limit": 1.5, "host": null, "tags": [], "deep": {"a": false, "b": 1}}),
        ]);
        assert_eq!(
            found,
            json!({
                "type": "object",
                "properties": {
                    "limit": {"type": "number"},
                    "host": {"type": ["string", "null"]},
                    "tags": {"type": "array", "items": {"type": "string"}},
                    "deep": {
                        "type": "object",
                        "properties": {"a": {"type": "boolean"}, "b": {"type": "integer"}},
                        "required": ["a"],
                        "additionalProperties": false,
                    },
                },
                "required": ["deep", "host", "limit", "tags"],
                "additionalProperties": false,
            })
        );
    }

    #[test]
    fn other_types_have_schemas_too() {
        assert_eq!(
            schema(&[json!(true), json!(false)]),
            json!({"type": "boolean"})
        );
        assert_eq!(schema(&[json!(1), json!(2)]), json!({"type": "integer"}));
        assert_eq!(schema(&[json!(1.5), json!(2)]), json!({"type": "number"}));
        assert_eq!(schema(&[json!("a")]), json!({"type": "string"}));
        assert_eq!(
            schema(&[json!({}), json!({})]),
            json!({"type": "object", "properties": {}, "additionalProperties": false})
        );
        assert_eq!(schema(&[]), json!({}));
    }
}
