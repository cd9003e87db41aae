//! The cases of `testdata/evaluation.json` and the document of the specification.

use serde_json::{Value, json};

use super::compiled;
use crate::request::answer;
use crate::ruleset::Ruleset;

/// Compares an answer with what is expected. The text of an error is for people and
/// not compared, but it must be there.
fn check(ruleset: &Ruleset, request: &Value, expected: &Value, name: &str) {
    let line = match request {
        Value::String(line) => line.clone(),
        request => request.to_string(),
    };
    let mut answer = answer(ruleset, &line);
    let message = answer.as_object_mut().unwrap().remove("error");
    assert_eq!(answer, *expected, "{name}: {line} ({message:?})");
    assert_eq!(message.is_some(), expected.get("error_code").is_some());
    assert!(message.is_none_or(|message| !message.as_str().unwrap().is_empty()));
}

#[test]
fn every_case_is_answered_as_written() {
    let cases: Vec<Value> =
        serde_json::from_str(include_str!("../../testdata/evaluation.json")).unwrap();
    for case in &cases {
        let name = case["name"].as_str().unwrap();
        let (ruleset, warnings) = compiled(&case["flags"], &case["segments"]);
        for ask in case["asks"].as_array().unwrap() {
            check(&ruleset, &ask[0], &ask[1], name);
        }
        let mut expected: Vec<&str> = case["uncompilable"]
            .as_array()
            .map(|keys| keys.iter().filter_map(Value::as_str).collect())
            .unwrap_or_default();
        expected.sort_unstable();
        let found: Vec<&str> = warnings.iter().map(|warning| &*warning.flag).collect();
        assert_eq!(found, expected, "{name}: flags that do not compile");
    }
}

#[test]
fn the_messages_name_the_place() {
    let cases: Vec<Value> =
        serde_json::from_str(include_str!("../../testdata/evaluation.json")).unwrap();
    let warnings: Vec<String> = cases
        .iter()
        .flat_map(|case| compiled(&case["flags"], &case["segments"]).1)
        .map(|warning| format!("{}: {}", warning.flag, warning.message))
        .collect();
    insta::assert_snapshot!("warnings", warnings.join("\n"));
}

#[test]
fn the_document_of_the_specification() {
    let (ruleset, warnings) = Ruleset::parse(include_str!("../../testdata/document.json")).unwrap();
    assert_eq!(warnings, []);
    assert_eq!(ruleset.project(), "shop");
    assert_eq!(ruleset.environment(), "production");
    assert_eq!(ruleset.revision(), 42);
    let asks: Vec<Value> =
        serde_json::from_str(include_str!("../../testdata/document.answers.json")).unwrap();
    for ask in &asks {
        check(&ruleset, &ask[0], &ask[1], "document");
    }
    let views: Vec<_> = ruleset
        .flags()
        .map(|view| (view.key, view.version))
        .collect();
    assert_eq!(views, [("new-checkout", 7), ("payments-v2", 3)]);
    assert!(ruleset.flag("new-checkout").unwrap().client_visible);
    assert!(!ruleset.flag("payments-v2").unwrap().client_visible);
}

/// Every flag also serves the same where all that it leads to is remembered.
#[test]
fn remembering_changes_nothing() {
    let cases: Vec<Value> =
        serde_json::from_str(include_str!("../../testdata/evaluation.json")).unwrap();
    for case in &cases {
        let (ruleset, _) = compiled(&case["flags"], &case["segments"]);
        let ruleset = ruleset.with_all_heavy();
        for ask in case["asks"].as_array().unwrap() {
            check(&ruleset, &ask[0], &ask[1], "remembered");
        }
    }
}

#[test]
fn the_typed_model_writes_what_evaluators_read() {
    let document: Value =
        serde_json::from_str(include_str!("../../testdata/document.json")).unwrap();
    let flag: crate::flag::Flag =
        serde_json::from_value(document["flags"]["new-checkout"].clone()).unwrap();
    let segment: crate::segment::Segment =
        serde_json::from_value(document["segments"]["beta-orgs"].clone()).unwrap();
    let (ruleset, warnings) = compiled(
        &json!({"new-checkout": flag, "payments-v2": document["flags"]["payments-v2"]}),
        &json!({"beta-orgs": segment}),
    );
    assert_eq!(warnings, []);
    let asks: Vec<Value> =
        serde_json::from_str(include_str!("../../testdata/document.answers.json")).unwrap();
    for ask in &asks {
        check(&ruleset, &ask[0], &ask[1], "typed");
    }
}
