//! The translation against tables, the real file and an interpreter of its own.

mod arbitrary;
mod golden;
mod oracle;
mod property;
mod refusals;
mod translations;

use serde_json::{Value, json};
use serin_engine::{
    context::Context,
    ruleset::{Document, FORMAT, Ruleset},
};

use super::{Import, Translated, import};

/// A file with one flag of text variants.
fn file(targeting: &Value, default: &Value) -> String {
    json!({"flags": {"f": {
        "state": "ENABLED",
        "variants": {"x": "X", "y": "Y", "true": "T", "false": "F"},
        "defaultVariant": default,
        "targeting": targeting,
    }}})
    .to_string()
}

fn translate(targeting: &Value) -> Result<Translated, String> {
    translate_with(targeting, &json!("x"))
}

fn translate_with(targeting: &Value, default: &Value) -> Result<Translated, String> {
    only(import(&file(targeting, default)).unwrap())
}

fn only(mut import: Import) -> Result<Translated, String> {
    assert_eq!(import.flags.len(), 1);
    import.flags.remove(0).outcome
}

/// A ruleset of translated flags.
fn ruleset<'t>(flags: impl IntoIterator<Item = (&'t str, &'t Translated)>) -> Ruleset {
    let merged = |(key, translated): (&str, &Translated)| {
        let mut flag = serde_json::to_value(&translated.definition).unwrap();
        let config = serde_json::to_value(&translated.config).unwrap();
        let members = flag.as_object_mut().unwrap();
        members.extend(config.as_object().unwrap().clone());
        members.insert("version".to_owned(), json!(1));
        (key.to_owned(), flag)
    };
    let (ruleset, warnings) = Ruleset::from_document(Document {
        format: FORMAT,
        project: "p".to_owned(),
        environment: "e".to_owned(),
        revision: 1,
        flags: flags.into_iter().map(merged).collect(),
        segments: Default::default(),
        releases: Vec::new(),
        fingerprint: None,
    })
    .unwrap();
    assert_eq!(warnings, []);
    ruleset
}

fn context(json: &Value) -> Context {
    Context::from_json(json.clone()).unwrap()
}

/// The variant and OpenFeature reason of the flag `f`.
fn answer(translated: &Translated, attributes: &Value) -> (Option<String>, &'static str) {
    let ruleset = ruleset([("f", translated)]);
    let evaluation = ruleset.evaluate("f", &context(attributes));
    (
        evaluation.variation.map(ToOwned::to_owned),
        evaluation.reason.openfeature(),
    )
}
