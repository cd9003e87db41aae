//! What is refused, and by what name.

use serde_json::json;

use super::{import, only, translate, translate_with};

#[test]
fn what_has_no_native_form_is_refused_by_name() {
    let var = json!({"var": "a"});
    for (targeting, name) in [
        (
            json!({"fractional": [{"var": "a"}, ["x", 50], ["y", 50]]}),
            "fractional",
        ),
        (
            json!({"if": [true, {"fractional": [["x", 50], ["y", 50]]}]}),
            "fractional",
        ),
        (json!({"if": [{"missing": ["a"]}, "x", "y"]}), "missing"),
        (json!({"if": [{"some": [var, true]}, "x", "y"]}), "some"),
        (
            json!({"if": [{"==": [{"cat": [var, "b"]}, "ab"]}, "x"]}),
            "cat",
        ),
        (json!({"if": [{"<": [{"%": [var, 2]}, 1]}, "x"]}), "%"),
        (json!({"if": [{"?:": [true, 1, 2]}, "x"]}), "?:"),
        (
            json!({"if": [{"==": [{"var": "$flagd.flagKey"}, "f"]}, "x"]}),
            "$flagd.flagKey",
        ),
        (
            json!({"if": [{"<": [{"var": "$flagd.timestamp"}, 5]}, "x"]}),
            "$flagd.timestamp",
        ),
        (json!({"if": [{"==": [var, {"var": "b"}]}, "x"]}), "=="),
        (json!({"if": [{"<": [var, "b"]}, "x"]}), "<"),
        (json!({"if": [{">": [9, var, 1]}, "x"]}), ">"),
        (json!({"if": [{"in": [var, "text"]}, "x"]}), "in"),
        (json!({"if": [{"in": [var, [["a"]]]}, "x"]}), "in"),
        (json!({"if": [{"in": [5, var]}, "x"]}), "in"),
        (
            json!({"if": [{"sem_ver": [var, ">=", "one"]}, "x"]}),
            "sem_ver",
        ),
        (
            json!({"if": [{"sem_ver": [var, "=>", "1.0.0"]}, "x"]}),
            "sem_ver",
        ),
        (
            json!({"if": [{"starts_with": ["a", var]}, "x"]}),
            "starts_with",
        ),
        (json!({"ends_with": [var, "b"]}), "ends_with"),
        (json!({"if": [{"var": ""}, "x"]}), "var"),
        (json!({"if": [{"var": "a..b"}, "x"]}), "var"),
        (json!({"if": [{"$ref": "nowhere"}, "x"]}), "nowhere"),
        (json!({"if": [true, "z"]}), "z"),
        (json!({"if": [true, 1]}), "1"),
        (json!({"var": "a"}), "var"),
        (json!({"and": [true, "x"]}), "and"),
        (json!({"if": [{"a": 1, "b": 2}, "x"]}), "2 members"),
        (json!("x"), "no operation"),
    ] {
        let refusal = translate(&targeting).unwrap_err();
        assert!(refusal.contains(name), "{targeting}: {refusal}");
    }
}

#[test]
fn a_circle_of_references_is_refused() {
    let flag = json!({"state": "ENABLED", "variants": {"true": true, "false": false},
        "defaultVariant": "false", "targeting": {"$ref": "a"}});
    for evaluators in [
        json!({"a": {"$ref": "a"}}),
        json!({"a": {"and": [{"$ref": "b"}, true]}, "b": {"!": [{"$ref": "a"}]}}),
        json!({"a": {"if": [true, {"$ref": "a"}]}}),
    ] {
        let text = json!({"flags": {"f": flag.clone()}, "$evaluators": evaluators}).to_string();
        let refusal = only(import(&text).unwrap()).unwrap_err();
        assert!(refusal.contains("$ref"), "{refusal}");
    }
}

#[test]
fn references_that_multiply_are_refused() {
    let mut evaluators = serde_json::Map::new();
    for level in 0..40 {
        let below = json!({"$ref": format!("e{}", level + 1)});
        evaluators.insert(format!("e{level}"), json!({"and": [below, below]}));
    }
    evaluators.insert("e40".to_owned(), json!({"var": "a"}));
    let text = json!({"flags": {"f": {"state": "ENABLED", "variants": {"x": 1, "y": 2},
        "defaultVariant": "x", "targeting": {"if": [{"$ref": "e0"}, "y"]}}},
        "$evaluators": evaluators});
    let refusal = only(import(&text.to_string()).unwrap()).unwrap_err();
    assert!(refusal.contains("too large"), "{refusal}");
}

#[test]
fn targeting_beyond_the_limits_is_refused_and_the_limit_is_named() {
    let mut deep = json!({"var": "a"});
    for _ in 0..20 {
        deep = json!({"or": [{"var": "b"}, {"and": [{"var": "c"}, deep]}]});
    }
    let refusal = translate(&json!({"if": [deep, "x"]})).unwrap_err();
    assert!(refusal.contains("Serin cannot keep it"), "{refusal}");
}

#[test]
fn flags_that_cannot_be_kept_are_refused_alone() {
    let good = json!({"state": "ENABLED", "variants": {"on": true}, "defaultVariant": "on"});
    for (member, value, name) in [
        ("state", json!("MAYBE"), "MAYBE"),
        ("state", json!(null), "state"),
        ("variants", json!({}), "no variants"),
        (
            "variants",
            json!({"on": true, "off": "false"}),
            "different types",
        ),
        ("variants", json!({"on": [1]}), "on"),
        ("variants", json!({"on": null}), "on"),
        ("variants", json!({"on": true, " ": false}), "\" \""),
        ("variants", json!([true]), "variants"),
        ("defaultVariant", json!("of"), "of"),
        ("defaultVariant", json!(null), "defaultVariant"),
        ("defaultVariant", json!(7), "defaultVariant"),
    ] {
        let mut bad = good.clone();
        bad[member] = value;
        let text = json!({"flags": {"a": bad, "b": good.clone()}}).to_string();
        let import = import(&text).unwrap();
        let refusal = import.flags[0].outcome.as_ref().unwrap_err();
        assert!(refusal.contains(name), "{refusal}");
        assert!(import.flags[1].outcome.is_ok());
    }
}

#[test]
fn without_a_default_variant_targeting_has_to_decide_for_everyone() {
    let refusal = translate_with(&json!({"if": [{"var": "a"}, "x"]}), &json!(null)).unwrap_err();
    assert!(refusal.contains("defaultVariant"));
    let total = json!({"if": [{"var": "a"}, "x", "y"]});
    assert!(translate_with(&total, &json!(null)).is_ok());
}

#[test]
fn a_file_that_is_no_flagd_file_is_unusable_and_the_place_is_named() {
    for (text, place) in [
        ("{\n  \"flags\": {,}\n}", "line 2 column 13"),
        ("[]", "line 1"),
        ("{}", "/flags"),
        (r#"{"flags": []}"#, "/flags"),
        (r#"{"flags": 7}"#, "/flags"),
        (r#"{"flags": {"a": {}, "a": {}}}"#, "/flags"),
        (r#"{"flags": {}, "flags": {}}"#, "line 1"),
        (r#"{"flags": {}, "$evaluators": 1}"#, "/$evaluators"),
    ] {
        let unusable = import(text).unwrap_err();
        assert!(unusable.place.starts_with(place), "{text}: {unusable}");
    }
}
