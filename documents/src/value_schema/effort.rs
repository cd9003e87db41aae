//! What a schema costs, before it is run: its parts, and the steps that the values take.
//!
//! A few lines of JSON can ask for more work than a computer does in a year (each of
//! thirty definitions naming the next one twice), or for an endless one (a definition that
//! is itself). Both are found here by counting every pair of part and value once.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

/// The largest schema, in bytes of JSON.
const MAX_BYTES: usize = 1 << 16;
/// How many parts (schemas within the schema) there may be.
pub(super) const MAX_PARTS: usize = 1000;
/// How many regular expressions.
const MAX_PATTERNS: usize = 64;
/// How many steps the values of a flag may take together.
const MAX_STEPS: u64 = 1_000_000;
/// How many pairs of part and value are looked at to find that out.
const MAX_PAIRS: usize = 200_000;
/// How deep parts are inside each other while one value is looked at.
const MAX_DEPTH: usize = 500;

/// The dialects that are known: all that name a schema by `$id`.
const DIALECTS: [&str; 4] = [
    "https://json-schema.org/draft/2020-12/schema",
    "https://json-schema.org/draft/2019-09/schema",
    "http://json-schema.org/draft-07/schema",
    "http://json-schema.org/draft-06/schema",
];

/// Keywords with a schema for the same value.
const HERE: [&str; 4] = ["not", "if", "then", "else"];
/// Keywords with a list of schemas for the same value.
const HERE_LISTS: [&str; 3] = ["allOf", "anyOf", "oneOf"];
/// Keywords with schemas for the same value by the name of a member.
const HERE_MAPS: [&str; 2] = ["dependentSchemas", "dependencies"];
/// Keywords with a schema for what is inside the value.
const INSIDE: [&str; 8] = [
    "items",
    "additionalItems",
    "contains",
    "unevaluatedItems",
    "additionalProperties",
    "unevaluatedProperties",
    "propertyNames",
    "contentSchema",
];
/// Keywords with a list of schemas for what is inside the value.
const INSIDE_LISTS: [&str; 2] = ["items", "prefixItems"];
/// Keywords with schemas by name for what is inside the value.
const INSIDE_MAPS: [&str; 2] = ["properties", "patternProperties"];
/// Keywords with schemas that are only referred to.
const SHELVES: [&str; 2] = ["$defs", "definitions"];

/// Why a schema is refused.
#[derive(Debug)]
pub(super) struct Refusal {
    /// A JSON pointer into the schema.
    pub(super) place: String,
    /// For people.
    pub(super) message: String,
}

fn refuse<T>(place: &str, message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal {
        place: place.to_owned(),
        message: message.into(),
    })
}

/// A schema all of whose references lead to its own parts.
pub(super) struct Parts<'s> {
    root: &'s Value,
    anchors: HashMap<&'s str, &'s Value>,
}

impl<'s> Parts<'s> {
    /// Looks at every part.
    ///
    /// # Errors
    /// Where there are too many of them, or one refers to something that is not here.
    pub(super) fn of(root: &'s Value) -> Result<Self, Refusal> {
        if root.to_string().len() > MAX_BYTES {
            return refuse("", format!("a value schema has at most {MAX_BYTES} bytes"));
        }
        if let Some(dialect) = root.get("$schema") {
            let known = dialect.as_str().is_some_and(|text| {
                DIALECTS.contains(&text.strip_suffix('#').unwrap_or(text))
            });
            if !known {
                let message = format!(
                    "this dialect is not known; leave it out, or name one of {}",
                    DIALECTS.join(", ")
                );
                return refuse("/$schema", message);
            }
        }
        let mut parts = Self {
            root,
            anchors: HashMap::new(),
        };
        let mut references = Vec::new();
        let (mut seen, mut patterns) = (HashSet::new(), 0);
        parts.walk(root, String::new(), &mut seen, &mut references, &mut patterns)?;
        // Targets outside the usual places are parts as well, and may refer to more.
        while let Some((place, target)) = references.pop() {
            let Some(found) = parts.target(target) else {
                let message = format!(
                    "the reference {target:?} leads to no part of this schema; others are not fetched"
                );
                return refuse(&place, message);
            };
            parts.walk(found, place, &mut seen, &mut references, &mut patterns)?;
        }
        Ok(parts)
    }

    fn walk(
        &mut self,
        part: &'s Value,
        place: String,
        seen: &mut HashSet<*const Value>,
        references: &mut Vec<(String, &'s str)>,
        patterns: &mut usize,
    ) -> Result<(), Refusal> {
        let mut todo = vec![(part, place)];
        while let Some((part, place)) = todo.pop() {
            if !seen.insert(std::ptr::from_ref(part)) {
                continue;
            }
            if seen.len() > MAX_PARTS {
                return refuse("", format!("a value schema has at most {MAX_PARTS} parts"));
            }
            *patterns += usize::from(part.get("pattern").is_some());
            let keyed = part.get("patternProperties").and_then(Value::as_object);
            *patterns += keyed.map_or(0, serde_json::Map::len);
            if *patterns > MAX_PATTERNS {
                let message = format!("a value schema has at most {MAX_PATTERNS} patterns");
                return refuse("", message);
            }
            for keyword in ["$dynamicRef", "$recursiveRef"] {
                if part.get(keyword).is_some() {
                    return refuse(&format!("{place}/{keyword}"), "use $ref in its place");
                }
            }
            if part.get("$id").is_some() && !std::ptr::eq(part, self.root) {
                return refuse(&format!("{place}/$id"), "only the whole schema has an $id");
            }
            if let Some(anchor) = part.get("$anchor").and_then(Value::as_str) {
                self.anchors.insert(anchor, part);
            }
            if let Some(target) = part.get("$ref").and_then(Value::as_str) {
                references.push((format!("{place}/$ref"), target));
            }
            todo.extend(children(part, &place));
        }
        Ok(())
    }

    fn target(&self, reference: &str) -> Option<&'s Value> {
        match reference.strip_prefix('#')? {
            "" => Some(self.root),
            pointer if pointer.starts_with('/') => self.root.pointer(pointer),
            anchor => self.anchors.get(anchor).copied(),
        }
    }

    /// Counts the steps that values take.
    ///
    /// # Errors
    /// Where they are too many, or without end.
    pub(super) fn steps<'v>(
        &self,
        values: impl Iterator<Item = &'v Value>,
    ) -> Result<(), String> {
        let mut count = Count {
            parts: self,
            known: HashMap::new(),
        };
        let mut sum = 0_u64;
        for value in values {
            sum = sum.saturating_add(count.of(self.root, value, 0)?);
            if sum > MAX_STEPS {
                return Err(format!(
                    "checking the values by this schema takes more than {MAX_STEPS} steps: parts of it repeat each other too often"
                ));
            }
        }
        Ok(())
    }
}

/// The schemas right inside a schema, with their places.
fn children<'s>(part: &'s Value, place: &str) -> Vec<(&'s Value, String)> {
    let Some(members) = part.as_object() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (keyword, value) in members {
        let name = keyword.as_str();
        let single = HERE.contains(&name) || INSIDE.contains(&name);
        let list = HERE_LISTS.contains(&name) || INSIDE_LISTS.contains(&name);
        let map = [&HERE_MAPS, &INSIDE_MAPS, &SHELVES]
            .iter()
            .any(|names| names.contains(&name));
        match value {
            Value::Array(items) if list => {
                let items = items.iter().enumerate();
                found.extend(items.map(|(n, item)| (item, format!("{place}/{keyword}/{n}"))));
            }
            Value::Object(members) if map => {
                found.extend(members.iter().map(|(name, member)| {
                    let step = name.replace('~', "~0").replace('/', "~1");
                    (member, format!("{place}/{keyword}/{step}"))
                }));
            }
            Value::Object(_) | Value::Bool(_) if single => {
                found.push((value, format!("{place}/{keyword}")));
            }
            _ => {}
        }
    }
    found
}

struct Count<'p, 's> {
    parts: &'p Parts<'s>,
    /// By part and value; absent while it is being counted.
    known: HashMap<(*const Value, *const Value), Option<u64>>,
}

impl Count<'_, '_> {
    fn of(&mut self, part: &Value, value: &Value, depth: usize) -> Result<u64, String> {
        let Some(members) = part.as_object() else {
            return Ok(1);
        };
        let pair = (std::ptr::from_ref(part), std::ptr::from_ref(value));
        match self.known.get(&pair) {
            Some(Some(steps)) => return Ok(*steps),
            Some(None) => {
                return Err("a part of this schema refers to itself without end".to_owned());
            }
            None => {}
        }
        if depth > MAX_DEPTH {
            return Err(format!(
                "at most {MAX_DEPTH} parts of a schema may be inside each other"
            ));
        }
        if self.known.len() >= MAX_PAIRS {
            return Err(format!(
                "checking the values by this schema takes more than {MAX_PAIRS} looks"
            ));
        }
        self.known.insert(pair, None);
        let mut steps = 1_u64;
        for (keyword, inner) in members {
            let more = self.keyword(keyword, inner, value, depth + 1)?;
            steps = steps.saturating_add(more);
        }
        self.known.insert(pair, Some(steps));
        Ok(steps)
    }

    fn keyword(
        &mut self,
        keyword: &str,
        inner: &Value,
        value: &Value,
        depth: usize,
    ) -> Result<u64, String> {
        if keyword == "$ref" {
            let target = inner.as_str().and_then(|text| self.parts.target(text));
            return target.map_or(Ok(1), |target| self.of(target, value, depth));
        }
        if HERE.contains(&keyword) {
            return self.of(inner, value, depth);
        }
        if HERE_LISTS.contains(&keyword) {
            return self.sum(inner.as_array().into_iter().flatten(), value, depth);
        }
        if HERE_MAPS.contains(&keyword) {
            let schemas = inner.as_object().into_iter().flat_map(|map| map.values());
            return self.sum(schemas, value, depth);
        }
        self.inside(keyword, inner, value, depth)
    }

    fn inside(
        &mut self,
        keyword: &str,
        inner: &Value,
        value: &Value,
        depth: usize,
    ) -> Result<u64, String> {
        let mut steps = 0_u64;
        match (keyword, inner, value) {
            ("properties", Value::Object(schemas), Value::Object(members)) => {
                for (name, schema) in schemas {
                    if let Some(member) = members.get(name) {
                        steps = steps.saturating_add(self.of(schema, member, depth)?);
                    }
                }
            }
            ("patternProperties", Value::Object(schemas), Value::Object(members)) => {
                for member in members.values() {
                    let more = self.sum(schemas.values(), member, depth)?;
                    steps = steps.saturating_add(more);
                }
            }
            // Names are strings: whatever is said of them is said at once.
            ("propertyNames", _, Value::Object(members)) => steps = members.len() as u64,
            ("items" | "prefixItems", Value::Array(schemas), Value::Array(items)) => {
                for (schema, item) in schemas.iter().zip(items) {
                    steps = steps.saturating_add(self.of(schema, item, depth)?);
                }
            }
            (
                "items" | "additionalItems" | "contains" | "unevaluatedItems",
                schema,
                Value::Array(items),
            ) => {
                for item in items {
                    steps = steps.saturating_add(self.of(schema, item, depth)?);
                }
            }
            (
                "additionalProperties" | "unevaluatedProperties",
                schema,
                Value::Object(members),
            ) => {
                for member in members.values() {
                    steps = steps.saturating_add(self.of(schema, member, depth)?);
                }
            }
            ("uniqueItems", _, Value::Array(items)) => steps = items.len() as u64,
            ("enum", Value::Array(values), _) => steps = values.len() as u64,
            _ => {}
        }
        Ok(steps)
    }

    fn sum<'x>(
        &mut self,
        schemas: impl Iterator<Item = &'x Value>,
        value: &Value,
        depth: usize,
    ) -> Result<u64, String> {
        let mut steps = 0_u64;
        for schema in schemas {
            steps = steps.saturating_add(self.of(schema, value, depth)?);
        }
        Ok(steps)
    }
}
