//! The JSON Schemas of documents, in `schema/*.json`, and the limits that no schema can
//! state. They refuse what evaluators would ignore: unknown members everywhere.

use std::sync::LazyLock;

use jsonschema::{ValidationError, Validator, error::ValidationErrorKind};
use serde_json::Value;
use serin_api::{entity::EntityKind, error::Detail};

/// The largest document, in bytes of JSON without white space.
pub const MAX_DOCUMENT: usize = 1 << 20;
/// The largest configuration of a segment, likewise: a hundred thousand units of eighty bytes.
pub const MAX_SEGMENT: usize = 8 << 20;
/// The longest string, in bytes.
pub const MAX_STRING: usize = 1 << 16;
/// How deep a document's objects and lists nest.
pub const MAX_DEPTH: usize = 100;
/// More mistakes than this help nobody.
pub const MAX_MISTAKES: usize = 200;
/// Nor do more places than have this many bytes together.
const MAX_TOLD: usize = 1 << 18;

/// The shared parts of all schemas.
pub const DEFINITIONS: &str = include_str!("schema/definitions.json");

/// Each is compiled when it is first needed, which a browser feels.
static VALIDATORS: [LazyLock<Result<Validator, String>>; 6] = [
    LazyLock::new(|| compile(text(EntityKind::Flag))),
    LazyLock::new(|| compile(text(EntityKind::FlagConfig))),
    LazyLock::new(|| compile(text(EntityKind::Segment))),
    LazyLock::new(|| compile(text(EntityKind::SegmentConfig))),
    LazyLock::new(|| compile(text(EntityKind::ReleaseTemplate))),
    LazyLock::new(|| compile(text(EntityKind::Metric))),
];

/// The JSON Schema of a kind of document.
pub fn text(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::Flag => include_str!("schema/flag.json"),
        EntityKind::FlagConfig => include_str!("schema/flag_config.json"),
        EntityKind::Segment => include_str!("schema/segment.json"),
        EntityKind::SegmentConfig => include_str!("schema/segment_config.json"),
        EntityKind::ReleaseTemplate => include_str!("schema/release_template.json"),
        EntityKind::Metric => include_str!("schema/metric.json"),
    }
}

/// A validator of a schema that may use the shared definitions.
///
/// # Errors
/// Where the text is no JSON Schema.
pub fn compile(text: &str) -> Result<Validator, String> {
    let mut schema: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let definitions: Value =
        serde_json::from_str(DEFINITIONS).map_err(|error| error.to_string())?;
    schema["$defs"] = definitions;
    jsonschema::options()
        .offline()
        .build(&schema)
        .map_err(|error| error.to_string())
}

/// Every mistake of a document, by its place in it.
pub fn check(kind: EntityKind, document: &Value) -> Vec<Detail> {
    let too_far = match kind {
        EntityKind::SegmentConfig => limits_within(document, MAX_SEGMENT),
        _ => limits(document),
    };
    if !too_far.is_empty() {
        return too_far;
    }
    let index = match kind {
        EntityKind::Flag => 0,
        EntityKind::FlagConfig => 1,
        EntityKind::Segment => 2,
        EntityKind::SegmentConfig => 3,
        EntityKind::ReleaseTemplate => 4,
        EntityKind::Metric => 5,
    };
    let validator = match &*VALIDATORS[index] {
        Ok(validator) => validator,
        Err(error) => return vec![detail(String::new(), "schema", error.clone())],
    };
    let mut details: Vec<Detail> = validator
        .iter_errors(document)
        .flat_map(|error| mistakes(&error))
        .take(MAX_MISTAKES)
        .collect();
    details.sort_by(|a, b| (&a.path, &a.code).cmp(&(&b.path, &b.code)));
    details.dedup();
    details
}

/// One error of a JSON Schema in our words: one mistake for each member that it is about.
pub fn mistakes(error: &ValidationError<'_>) -> Vec<Detail> {
    let path = error.instance_path().as_str();
    let member = |name: &str| format!("{path}/{}", name.replace('~', "~0").replace('/', "~1"));
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => unexpected
            .iter()
            .map(|name| {
                let message = format!("there is no member {name:?} here");
                detail(member(name), "unknown_member", message)
            })
            .collect(),
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            let message = format!("the member {name:?} is missing");
            vec![detail(member(name), "required", message)]
        }
        ValidationErrorKind::AnyOf { .. } => {
            let message =
                "a condition has exactly one of all, any, not, segment, flag, share and attribute";
            vec![detail(path.to_owned(), "condition", message.to_owned())]
        }
        ValidationErrorKind::OneOfNotValid { .. } => {
            let message =
                "a guard is of a metric, or of an objective: \"slo\" and \"action\" alone";
            vec![detail(path.to_owned(), "schema", message.to_owned())]
        }
        kind => vec![detail(
            path.to_owned(),
            code(kind),
            error.masked().to_string(),
        )],
    }
}

fn code(kind: &ValidationErrorKind) -> &'static str {
    match kind.keyword() {
        "type" => "wrong_type",
        "enum" | "const" => "not_allowed",
        "maxLength" => "too_long",
        "minLength" => "too_short",
        "maxItems" | "maxProperties" => "too_many",
        "minItems" | "minProperties" => "too_few",
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" => "out_of_range",
        "pattern" => "pattern",
        _ => "schema",
    }
}

/// What is too large, too long or too deep, or cannot be stored.
pub fn limits(document: &Value) -> Vec<Detail> {
    limits_within(document, MAX_DOCUMENT)
}

/// The same for a document of at most so many bytes.
pub fn limits_within(document: &Value, most: usize) -> Vec<Detail> {
    let mut walk = Walk::default();
    walk.value(document, 1);
    if walk.details.is_empty() && walk.bytes > most {
        let message = format!("a document has at most {most} bytes");
        walk.add("too_large", message);
    }
    walk.details
}

#[derive(Default)]
struct Walk {
    path: String,
    /// About as many as the text has.
    bytes: usize,
    details: Vec<Detail>,
    /// How long their places are together.
    told: usize,
}

impl Walk {
    fn value(&mut self, value: &Value, depth: usize) {
        if depth > MAX_DEPTH {
            self.add(
                "too_deep",
                format!("at most {MAX_DEPTH} levels inside each other"),
            );
            return;
        }
        match value {
            Value::String(text) => self.text(text),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.within(&index.to_string(), |walk| walk.value(item, depth + 1));
                }
            }
            Value::Object(members) => {
                for (name, member) in members {
                    let step = name.replace('~', "~0").replace('/', "~1");
                    self.within(&step, |walk| {
                        walk.text(name);
                        walk.value(member, depth + 1);
                    });
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => self.bytes += 4,
        }
    }

    fn text(&mut self, text: &str) {
        self.bytes += text.len() + 3;
        if text.len() > MAX_STRING {
            self.add(
                "too_long",
                format!("a string has at most {MAX_STRING} bytes"),
            );
        }
        if text.contains('\0') {
            let message = "the character U+0000 is not taken".to_owned();
            self.add("nul_character", message);
        }
    }

    fn within(&mut self, step: &str, walk: impl FnOnce(&mut Self)) {
        let before = self.path.len();
        self.path.push('/');
        self.path.push_str(step);
        walk(self);
        self.path.truncate(before);
    }

    fn add(&mut self, code: &str, message: String) {
        if self.details.len() < MAX_MISTAKES && self.told < MAX_TOLD {
            self.told += self.path.len();
            self.details.push(detail(self.path.clone(), code, message));
        }
    }
}

fn detail(path: String, code: &str, message: String) -> Detail {
    Detail {
        path,
        code: code.to_owned(),
        message,
    }
}
