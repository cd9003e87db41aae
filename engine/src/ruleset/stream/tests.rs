//! What is read in one pass, asked without the other way behind it.

use super::*;
use crate::context::Context;
use crate::json;
use crate::ruleset::{Document, build};

/// What can be told of a ruleset.
fn told(ruleset: &Ruleset) -> String {
    let context = Context::new("user-1").with("x", "y");
    let evaluations: Vec<_> = ruleset.evaluate_all(&context).collect();
    let (warnings, releases) = (ruleset.warnings(), ruleset.releases());
    format!("{ruleset:?} {warnings:?} {releases:?} {evaluations:?}")
}

/// The same by reading all of the document first.
fn read_whole(text: &str) -> Option<Ruleset> {
    let document = Document::from_json(json::parse(text).ok()?).ok()?;
    let whole = build::from_document(Document {
        fingerprint: None,
        ..document
    });
    whole.ok().map(|(ruleset, _)| ruleset)
}

#[test]
fn ordinary_documents_are_read_in_one_pass() {
    let flag = r#"{"type": "boolean", "version": 3, "enabled": true, "variations": [{"key": "on", "value": true}],
        "rules": [{"id": "r", "when": {"segment": "s"}, "serve": {"variation": "on"}}], "default": {"variation": "on"}}"#;
    let segment = r#"{"version": 2, "included": [{"attribute": "x", "values": ["y"]}]}"#;
    for text in [
        r#"{"format": 1}"#,
        r#" {"format": 1.0, "project": null, "environment": null, "revision": null, "releases": null, "fingerprint": null} "#,
        r#"{"format":1,"project":"shop","environment":"live","revision":7,"releases":[{"id":"r"}],"fingerprint":"12","more":[1,{"flags":{}}]}"#,
        r#"{"revision": 8.0, "\u0066ormat": 1, "flags": {}, "segments": {}}"#,
        &format!(
            r#"{{"format": 1, "segments": {{"s": {segment}}}, "flags": {{"a": {flag}, "b": 5, "\u0063": {flag}}}}}"#
        ),
        &format!(
            r#"{{"flags": {{"a": {flag}, "b": {flag}}}, "segments": {{"s": {segment}, "t": null}}, "format": 1}}"#
        ),
        // Names and values with escapes, in one flag after another.
        &format!(
            r#"{{ "format" : 1 , "segments" : {{
            }}, "flags": {{"a": {0}, "b": {0}, "c": {flag}}}}}"#,
            flag.replace("type", r"typ\u0065")
                .replace(r#""on""#, r#""\u006fn""#)
        ),
        // The last one counts.
        &format!(
            r#"{{"format": 1, "flags": {{"a": 5, "a": {flag}}}, "segments": {{"s": {segment}, "s": {{}}}}}}"#
        ),
    ] {
        let (read, whole) = (parse(text), read_whole(text));
        assert_eq!(read.as_ref().map(told), whole.as_ref().map(told), "{text}");
        assert!(read.is_some(), "{text}");
    }
}

#[test]
fn what_is_out_of_the_ordinary_is_left_to_the_other_way() {
    for text in [
        "",
        "{",
        "[]",
        "{}",
        "null",
        r#"{"format": 2}"#,
        r#"{"format": "1"}"#,
        r#"{"format": 1} {}"#,
        r#"{"format": 1,}"#,
        r#"{"format": 1 "revision": 2}"#,
        r#"{"format": 1, "format": 1}"#,
        r#"{"format": 1, "flags": {}, "flags": {}}"#,
        r#"{"format": 1, "flags": null}"#,
        r#"{"format": 1, "flags": []}"#,
        r#"{"format": 1, "flags": {"a" {}}}"#,
        r#"{"format": 1, "segments": {"a": {} "b": {}}}"#,
        r#"{"format": 1, "segments": 5}"#,
        r#"{"format": 1, "revision": -1}"#,
        r#"{"format": 1, "revision": "7"}"#,
        r#"{"format": 1, "releases": {}}"#,
        r#"{"format": 1, "project": 7}"#,
        r#"{"format": 1, "environment": []}"#,
        r#"{"format": 1, "fingerprint": 7}"#,
    ] {
        assert!(parse(text).is_none(), "{text}");
    }
}

/// As deep as the other way takes it: the document is one level, and its flags are another.
#[test]
fn documents_nest_as_deep_as_they_do_by_the_other_way() {
    let lists = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    for (levels, taken) in [(126, true), (127, false)] {
        for name in ["flags", "segments"] {
            let text = format!(r#"{{"format": 1, "{name}": {{"a": {}}}}}"#, lists(levels));
            assert_eq!(parse(&text).is_some(), taken, "{name}: {levels}");
            assert_eq!(read_whole(&text).is_some(), taken, "{name}: {levels}");
        }
        let text = format!(r#"{{"format": 1, "more": {}}}"#, lists(levels + 1));
        assert_eq!(parse(&text).is_some(), taken, "{levels}");
        assert_eq!(read_whole(&text).is_some(), taken, "{levels}");
    }
}
