//! What a schema costs, before it is run: its parts, and the steps that the values take.
//!
//! A few lines of JSON can ask for more work than a computer does in a year (each of
//! thirty definitions naming the next one twice), or for an endless one (a definition that
//! is itself). Both are found here by counting every pair of part and value once.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use serin_engine::pattern;

/// The largest schema, in bytes of JSON.
const MAX_BYTES: usize = 1 << 16;
/// How many parts (schemas within the schema) there may be.
const MAX_PARTS: usize = 1000;
/// How many regular expressions.
const MAX_PATTERNS: usize = 64;
/// How large each is at most; see [`pattern::units`].
const MAX_UNITS: u64 = 10_000;
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

/// Keywords with a schema, for the value itself or what is inside it.
const SINGLE: [&str; 12] = [
    "not",
    "if",
    "then",
    "else",
    "items",
    "additionalItems",
    "contains",
    "unevaluatedItems",
    "additionalProperties",
    "unevaluatedProperties",
    "propertyNames",
    "contentSchema",
];
/// Keywords with a list of schemas.
const LISTS: [&str; 5] = ["allOf", "anyOf", "oneOf", "items", "prefixItems"];
/// Keywords with schemas by name.
const MAPS: [&str; 6] = [
    "properties",
    "patternProperties",
    "dependentSchemas",
    "dependencies",
    "$defs",
    "definitions",
];

/// Why a schema is refused.
#[derive(Debug)]
pub(super) struct Refusal {
    /// A JSON pointer into the schema.
    pub(super) place: String,
    /// For people.
    pub(super) message: String,
}

impl Refusal {
    fn at(place: &str, message: impl Into<String>) -> Self {
        Self {
            place: place.to_owned(),
            message: message.into(),
        }
    }
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
            let message = format!("a value schema has at most {MAX_BYTES} bytes");
            return Err(Refusal::at("", message));
        }
        check_dialect(root)?;
        let mut parts = Self {
            root,
            anchors: HashMap::new(),
        };
        let mut walk = Walk::default();
        walk.from(root, String::new(), &mut parts)?;
        // Targets outside the usual places are parts as well, and may refer to more.
        while let Some((place, target)) = walk.references.pop() {
            let Some(found) = parts.target(target) else {
                let message = format!(
                    "the reference {target:?} leads to no part of this schema; others are not fetched"
                );
                return Err(Refusal::at(&place, message));
            };
            walk.from(found, place, &mut parts)?;
        }
        Ok(parts)
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
    pub(super) fn steps<'v>(&self, values: impl Iterator<Item = &'v Value>) -> Result<(), String> {
        let mut count = Count {
            parts: self,
            known: HashMap::new(),
        };
        let mut sum = 0_u64;
        for value in values {
            sum = sum.saturating_add(count.of(self.root, value, 0)?);
            if sum > MAX_STEPS {
                return Err(format!(
                    "checking the values by this schema takes more than {MAX_STEPS} steps: its parts repeat each other too often"
                ));
            }
        }
        Ok(())
    }
}

fn check_dialect(root: &Value) -> Result<(), Refusal> {
    let known = root.get("$schema").is_none_or(|dialect| {
        let text = dialect.as_str().unwrap_or_default();
        DIALECTS.contains(&text.strip_suffix('#').unwrap_or(text))
    });
    if known {
        return Ok(());
    }
    let message = format!(
        "this dialect is not known; leave it out, or name one of {}",
        DIALECTS.join(", ")
    );
    Err(Refusal::at("/$schema", message))
}

/// A look at every part, without recursion: they may be a thousand inside each other.
#[derive(Default)]
struct Walk<'s> {
    seen: HashSet<*const Value>,
    references: Vec<(String, &'s str)>,
    patterns: usize,
}

impl<'s> Walk<'s> {
    fn from(
        &mut self,
        part: &'s Value,
        place: String,
        parts: &mut Parts<'s>,
    ) -> Result<(), Refusal> {
        let mut todo = vec![(part, place)];
        while let Some((part, place)) = todo.pop() {
            if self.seen.insert(std::ptr::from_ref(part)) {
                self.look(part, &place, parts)?;
                todo.extend(children(part, &place));
            }
        }
        Ok(())
    }

    fn look(&mut self, part: &'s Value, place: &str, parts: &mut Parts<'s>) -> Result<(), Refusal> {
        let keyed = part.get("patternProperties").and_then(Value::as_object);
        self.patterns += keyed.map_or(0, serde_json::Map::len);
        self.patterns += usize::from(part.get("pattern").is_some());
        for (count, most, what) in [
            (self.seen.len(), MAX_PARTS, "parts"),
            (self.patterns, MAX_PATTERNS, "patterns"),
        ] {
            if count > most {
                let message = format!("a value schema has at most {most} {what}");
                return Err(Refusal::at("", message));
            }
        }
        let keyed = keyed.into_iter().flat_map(|schemas| {
            let place = format!("{place}/patternProperties");
            schemas
                .keys()
                .map(move |text| (text.as_str(), place.clone()))
        });
        let own = part.get("pattern").and_then(Value::as_str);
        let own = own.map(|text| (text, format!("{place}/pattern")));
        for (text, place) in keyed.chain(own) {
            // What cannot be read here may still be one in the words of JSON Schema.
            if pattern::units(text, false).is_ok_and(|units| units > MAX_UNITS) {
                let message = format!(
                    "this regular expression is too large: repetitions are written out, and it makes more than {MAX_UNITS} units"
                );
                return Err(Refusal::at(&place, message));
            }
        }
        for keyword in ["$dynamicRef", "$recursiveRef"] {
            if part.get(keyword).is_some() {
                let place = format!("{place}/{keyword}");
                return Err(Refusal::at(&place, "use $ref in its place"));
            }
        }
        if part.get("$id").is_some() && !std::ptr::eq(part, parts.root) {
            let place = format!("{place}/$id");
            return Err(Refusal::at(&place, "only the whole schema has an $id"));
        }
        if let Some(anchor) = part.get("$anchor").and_then(Value::as_str) {
            parts.anchors.insert(anchor, part);
        }
        if let Some(target) = part.get("$ref").and_then(Value::as_str) {
            self.references.push((format!("{place}/$ref"), target));
        }
        Ok(())
    }
}

/// The schemas right inside a schema, with their places.
fn children<'s>(part: &'s Value, place: &str) -> Vec<(&'s Value, String)> {
    let mut found = Vec::new();
    for (keyword, value) in part.as_object().into_iter().flatten() {
        let name = keyword.as_str();
        match value {
            Value::Array(items) if LISTS.contains(&name) => {
                let items = items.iter().enumerate();
                found.extend(items.map(|(n, item)| (item, format!("{place}/{keyword}/{n}"))));
            }
            Value::Object(members) if MAPS.contains(&name) => {
                found.extend(members.iter().map(|(name, member)| {
                    let step = name.replace('~', "~0").replace('/', "~1");
                    (member, format!("{place}/{keyword}/{step}"))
                }));
            }
            Value::Object(_) | Value::Bool(_) if SINGLE.contains(&name) => {
                found.push((value, format!("{place}/{keyword}")));
            }
            _ => {}
        }
    }
    found
}

/// Steps, or why they cannot be counted.
type Steps = Result<u64, String>;

struct Count<'p, 's> {
    parts: &'p Parts<'s>,
    /// By part and value; absent while it is being counted.
    known: HashMap<(*const Value, *const Value), Option<u64>>,
}

impl Count<'_, '_> {
    fn of(&mut self, part: &Value, value: &Value, depth: usize) -> Steps {
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

    fn keyword(&mut self, keyword: &str, inner: &Value, value: &Value, depth: usize) -> Steps {
        match (keyword, inner, value) {
            ("$ref", Value::String(target), _) => match self.parts.target(target) {
                Some(target) => self.of(target, value, depth),
                None => Ok(1),
            },
            ("not" | "if" | "then" | "else", ..) => self.of(inner, value, depth),
            ("allOf" | "anyOf" | "oneOf", Value::Array(schemas), _) => {
                self.sum(schemas.iter().map(|schema| (schema, value)), depth)
            }
            ("dependentSchemas" | "dependencies", Value::Object(schemas), _) => {
                self.sum(schemas.values().map(|schema| (schema, value)), depth)
            }
            ("enum", Value::Array(values), _) => Ok(values.len() as u64),
            (_, _, Value::Object(members)) => self.members(keyword, inner, members, depth),
            (_, _, Value::Array(items)) => self.items(keyword, inner, items, depth),
            _ => Ok(0),
        }
    }

    fn members(
        &mut self,
        keyword: &str,
        inner: &Value,
        members: &serde_json::Map<String, Value>,
        depth: usize,
    ) -> Steps {
        match (keyword, inner) {
            ("properties", Value::Object(schemas)) => {
                let both = schemas
                    .iter()
                    .filter_map(|(name, schema)| members.get(name).map(|member| (schema, member)));
                self.sum(both, depth)
            }
            ("patternProperties", Value::Object(schemas)) => {
                let each = members.values();
                let each =
                    each.flat_map(|member| schemas.values().map(move |schema| (schema, member)));
                self.sum(each, depth)
            }
            ("additionalProperties" | "unevaluatedProperties", _) => {
                self.sum(members.values().map(|member| (inner, member)), depth)
            }
            // Names are strings: whatever is said of them is said at once.
            ("propertyNames", _) => Ok(members.len() as u64),
            _ => Ok(0),
        }
    }

    fn items(&mut self, keyword: &str, inner: &Value, items: &[Value], depth: usize) -> Steps {
        match (keyword, inner) {
            ("items" | "prefixItems", Value::Array(schemas)) => {
                self.sum(schemas.iter().zip(items), depth)
            }
            ("items" | "additionalItems" | "contains" | "unevaluatedItems", _) => {
                self.sum(items.iter().map(|item| (inner, item)), depth)
            }
            ("uniqueItems", _) => Ok(items.len() as u64),
            _ => Ok(0),
        }
    }

    fn sum<'x>(
        &mut self,
        pairs: impl Iterator<Item = (&'x Value, &'x Value)>,
        depth: usize,
    ) -> Steps {
        let mut steps = 0_u64;
        for (schema, value) in pairs {
            steps = steps.saturating_add(self.of(schema, value, depth)?);
        }
        Ok(steps)
    }
}
