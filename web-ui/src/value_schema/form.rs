//! The form that a schema makes for an object: which inputs, in which order.

use std::cell::Cell;

use serde_json::{Map, Value};

use super::place::{Path, inside, pointer};

/// Deeper objects are edited as JSON.
const DEEPEST: usize = 6;
/// More inputs than this help nobody; the rest is edited as JSON.
const MOST: u32 = 200;

/// How a part of a value is edited.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape {
    /// Text.
    Text,
    /// A number; a whole one where so.
    Number {
        /// Only whole ones.
        whole: bool,
    },
    /// Yes or no.
    Boolean,
    /// One of these.
    Choice(Vec<Value>),
    /// Members, each with an input of its own.
    Object(Vec<Member>),
    /// A list of texts, numbers, booleans or choices.
    List(Box<Self>),
    /// Everything else: as JSON.
    Json,
}

/// A member of an object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Member {
    /// Its name.
    pub(crate) name: String,
    /// What the schema calls it, where that is something else.
    pub(crate) title: Option<String>,
    /// What the schema says about it.
    pub(crate) description: Option<String>,
    /// It must be there.
    pub(crate) required: bool,
    /// How it is edited.
    pub(crate) shape: Shape,
}

/// The members of the form that a schema makes; absent where it makes none.
pub(crate) fn members(schema: &Value) -> Option<Vec<Member>> {
    let reading = Reading {
        root: schema,
        left: Cell::new(MOST),
    };
    match reading.shape(schema, 0) {
        Shape::Object(members) if !members.is_empty() => Some(members),
        _ => None,
    }
}

/// A look at a schema, with an end: schemas may name themselves.
struct Reading<'s> {
    root: &'s Value,
    /// How many inputs there may still be.
    left: Cell<u32>,
}

impl<'s> Reading<'s> {
    fn shape(&self, schema: &'s Value, depth: usize) -> Shape {
        let Some(schema) = self.resolved(schema) else {
            return Shape::Json;
        };
        let choices = match (schema.get("const"), schema.get("enum")) {
            (Some(only), _) => vec![only.clone()],
            (None, Some(Value::Array(choices))) => choices.clone(),
            _ => Vec::new(),
        };
        if !choices.is_empty() {
            return match choices.iter().all(is_scalar) {
                true => Shape::Choice(choices),
                false => Shape::Json,
            };
        }
        let properties = schema.get("properties").and_then(Value::as_object);
        match (schema.get("type"), properties) {
            (Some(Value::String(kind)), _) => match (kind.as_str(), properties) {
                ("string", _) => Shape::Text,
                ("number", _) => Shape::Number { whole: false },
                ("integer", _) => Shape::Number { whole: true },
                ("boolean", _) => Shape::Boolean,
                ("object", Some(properties)) => self.object(schema, properties, depth),
                ("array", _) => self.list(schema, depth),
                _ => Shape::Json,
            },
            (None, Some(properties)) => self.object(schema, properties, depth),
            _ => Shape::Json,
        }
    }

    /// Follows references within the schema.
    fn resolved(&self, schema: &'s Value) -> Option<&'s Map<String, Value>> {
        let mut schema = schema.as_object()?;
        for _ in 0..DEEPEST {
            let Some(target) = schema.get("$ref").and_then(Value::as_str) else {
                return Some(schema);
            };
            schema = self.root.pointer(target.strip_prefix('#')?)?.as_object()?;
        }
        None
    }

    fn object(
        &self,
        schema: &'s Map<String, Value>,
        all: &'s Map<String, Value>,
        depth: usize,
    ) -> Shape {
        let Some(left) = self.left.get().checked_sub(all.len() as u32) else {
            return Shape::Json;
        };
        self.left.set(left);
        if depth >= DEEPEST {
            return Shape::Json;
        }
        let required = |name: &str| {
            let names = schema.get("required").and_then(Value::as_array);
            names.is_some_and(|names| names.iter().any(|other| other == name))
        };
        let member = |(name, part): (&String, &'s Value)| {
            let said = |keyword: &str| {
                let part = self.resolved(part)?;
                let text = part.get(keyword)?.as_str()?;
                Some(text.to_owned()).filter(|text| !text.is_empty() && text != name)
            };
            Member {
                name: name.clone(),
                title: said("title"),
                description: said("description"),
                required: required(name),
                shape: self.shape(part, depth + 1),
            }
        };
        Shape::Object(all.iter().map(member).collect())
    }

    fn list(&self, schema: &'s Map<String, Value>, depth: usize) -> Shape {
        let plain = !schema.contains_key("prefixItems");
        match schema
            .get("items")
            .map(|items| self.shape(items, depth + 1))
        {
            Some(Shape::Object(_) | Shape::List(_) | Shape::Json) | None => Shape::Json,
            Some(item) if plain => Shape::List(Box::new(item)),
            Some(_) => Shape::Json,
        }
    }
}

fn is_scalar(value: &Value) -> bool {
    !matches!(value, Value::Array(_) | Value::Object(_))
}

impl Shape {
    /// Whether its input shows all of a value: what does not fit is edited as JSON, so that
    /// nothing is lost.
    pub(crate) fn shows(&self, value: &Value) -> bool {
        match self {
            // What browsers make of other line ends is not what was there.
            Self::Text => value.as_str().is_some_and(|text| !text.contains('\r')),
            Self::Number { .. } => value.is_number(),
            Self::Boolean => value.is_boolean(),
            Self::Choice(_) => is_scalar(value),
            Self::Object(_) => value.is_object(),
            Self::List(item) => value
                .as_array()
                .is_some_and(|items| items.iter().all(|value| item.shows(value))),
            Self::Json => true,
        }
    }

    /// Reads what was typed into a line of text.
    pub(crate) fn read(&self, text: &str) -> Result<Value, &'static str> {
        match self {
            Self::Text => Ok(Value::String(text.to_owned())),
            Self::Number { whole } => {
                let number = serde_json::from_str(text.trim()).ok();
                let number = number.filter(|value: &Value| {
                    value.is_number()
                        && !(*whole && value.as_f64().is_none_or(|it| it.fract() != 0.0))
                });
                number.ok_or(if *whole {
                    "a whole number, such as 12"
                } else {
                    "a number, such as 12 or 0.5"
                })
            }
            _ => crate::json_text::parse(text).map_err(|_| "no JSON yet"),
        }
    }

    /// What a new item of a list begins with.
    pub(crate) fn first(&self) -> Value {
        match self {
            Self::Number { .. } => Value::from(0),
            Self::Boolean => Value::Bool(false),
            Self::Choice(choices) => choices.first().cloned().unwrap_or_default(),
            Self::Text | Self::Object(_) | Self::List(_) | Self::Json => {
                Value::String(String::new())
            }
        }
    }
}

/// The members of an object that a form does not show, by their ways.
pub(crate) fn others(members: &[Member], value: &Value, path: &[String]) -> Vec<Path> {
    let Some(object) = value.pointer(&pointer(path)).and_then(Value::as_object) else {
        return Vec::new();
    };
    let known = |name: &String| members.iter().any(|member| member.name == *name);
    object
        .keys()
        .filter(|name| !known(name))
        .map(|name| inside(path, name))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shape_of(part: Value) -> Shape {
        let schema = json!({"properties": {"x": part}, "$defs": {
            "name": {"type": "string", "title": "Name"}, "loop": {"$ref": "#/$defs/loop"}}});
        members(&schema).unwrap().remove(0).shape
    }

    #[test]
    fn every_kind_of_part_has_its_input() {
        for (part, shape) in [
            (json!({"type": "string"}), Shape::Text),
            (
                json!({"type": "integer", "minimum": 1}),
                Shape::Number { whole: true },
            ),
            (json!({"type": "number"}), Shape::Number { whole: false }),
            (json!({"type": "boolean"}), Shape::Boolean),
            (
                json!({"enum": ["a", 1]}),
                Shape::Choice(vec![json!("a"), json!(1)]),
            ),
            (json!({"const": "a"}), Shape::Choice(vec![json!("a")])),
            (
                json!({"type": "array", "items": {"type": "string"}}),
                Shape::List(Box::new(Shape::Text)),
            ),
            (json!({"$ref": "#/$defs/name"}), Shape::Text),
            (json!({"$ref": "#/$defs/loop"}), Shape::Json),
            (json!({"$ref": "https://example.com"}), Shape::Json),
            (json!({"enum": [[1]]}), Shape::Json),
            (json!({"type": ["string", "null"]}), Shape::Json),
            (json!({"anyOf": [{"type": "string"}]}), Shape::Json),
            (json!({"type": "array"}), Shape::Json),
            (
                json!({"type": "array", "items": {"type": "object", "properties": {"a": {}}}}),
                Shape::Json,
            ),
            (json!({"type": "object"}), Shape::Json),
            (json!(true), Shape::Json),
        ] {
            assert_eq!(shape_of(part.clone()), shape, "{part}");
        }
    }

    #[test]
    fn members_have_their_words() {
        let schema = json!({
            "type": "object",
            "properties": {
                "limit": {"type": "object", "properties": {"upper": {"type": "integer", "title": "At most", "description": "Per minute."}}},
            },
            "required": ["limit"],
        });
        let members = members(&schema).unwrap();
        assert!(members[0].required);
        let Shape::Object(inner) = &members[0].shape else {
            panic!("{members:?}");
        };
        assert_eq!(inner[0].title.as_deref(), Some("At most"));
        assert_eq!(inner[0].description.as_deref(), Some("Per minute."));
        assert!(!inner[0].required);
    }

    #[test]
    fn schemas_without_members_make_no_form() {
        for schema in [
            json!(true),
            json!({}),
            json!({"type": "string"}),
            json!({"properties": {}}),
            json!({"$ref": "#"}),
        ] {
            assert_eq!(members(&schema), None, "{schema}");
        }
        // One without an end makes one that ends.
        let tree = json!({"properties": {"child": {"$ref": "#"}}});
        assert!(members(&tree).is_some());
    }

    #[test]
    fn what_an_input_cannot_show_is_left_to_json() {
        assert!(!Shape::Text.shows(&json!(1)));
        assert!(!Shape::Text.shows(&json!("a\r\nb")));
        assert!(Shape::Text.shows(&json!("a\nb")));
        assert!(!Shape::Number { whole: true }.shows(&json!("1")));
        assert!(Shape::Choice(Vec::new()).shows(&Value::Null));
        let list = Shape::List(Box::new(Shape::Text));
        assert!(list.shows(&json!(["a"])));
        assert!(!list.shows(&json!(["a", 1])));
    }

    #[test]
    fn half_typed_numbers_are_none() {
        let whole = Shape::Number { whole: true };
        assert_eq!(whole.read(" 12 "), Ok(json!(12)));
        assert_eq!(whole.read("1e3"), Ok(json!(1e3)));
        for text in ["", "1.", "-", "1.5", "\"1\"", "null"] {
            assert!(whole.read(text).is_err(), "{text}");
        }
        assert_eq!(Shape::Number { whole: false }.read("1.5"), Ok(json!(1.5)));
        assert_eq!(Shape::Text.read(" 12 "), Ok(json!(" 12 ")));
        assert!(Shape::Json.read("{").is_err());
    }

    #[test]
    fn what_the_schema_does_not_name_is_not_forgotten() {
        let schema = json!({"properties": {"a": {"type": "object", "properties": {"b": {}}}}});
        let members = members(&schema).unwrap();
        let value = json!({"a": {"b": 1, "c": 2}, "d": 3});
        assert_eq!(others(&members, &value, &[]), [["d"]]);
        let Shape::Object(inner) = &members[0].shape else {
            panic!("{members:?}");
        };
        assert_eq!(others(inner, &value, &["a".to_owned()]), [["a", "c"]]);
    }
}
