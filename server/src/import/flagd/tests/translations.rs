//! What targeting becomes, and what it answers.

use serde_json::{Value, json};
use serin_engine::flag::Serve;

use super::{super::NoteKind, Translated, answer, import, only, translate, translate_with};

/// `targeting` as the condition of the first rule.
fn condition(condition: &Value) -> Value {
    let translated = translate(&json!({"if": [condition, "y"]})).unwrap();
    serde_json::to_value(&translated.config.rules[0].when).unwrap()
}

#[test]
fn conditions_become_native_ones() {
    let leaf = |op: &str, values: Value| json!({"attribute": "a", "op": op, "values": values});
    let missing = json!({"not": {"attribute": "a", "op": "exists"}});
    let var = json!({"var": "a"});
    for (logic, native) in [
        (json!({"==": [var, "v"]}), leaf("in", json!(["v"]))),
        (json!({"==": ["v", var]}), leaf("in", json!(["v"]))),
        (json!({"==": [var, "5"]}), leaf("in", json!(["5", 5]))),
        (json!({"==": [var, 5]}), leaf("in", json!([5, "5"]))),
        (json!({"===": [var, 5]}), leaf("in", json!([5]))),
        (
            json!({"==": [var, true]}),
            leaf("in", json!([true, 1, "1"])),
        ),
        (json!({"==": [var, null]}), missing.clone()),
        (
            json!({"!=": [var, "v"]}),
            json!({"not": leaf("in", json!(["v"]))}),
        ),
        (
            json!({"!==": [var, null]}),
            json!({"attribute": "a", "op": "exists"}),
        ),
        (
            json!({"!": {"==": [var, "v"]}}),
            json!({"not": leaf("in", json!(["v"]))}),
        ),
        (json!({"in": [var, ["v", 1]]}), leaf("in", json!(["v", 1]))),
        (json!({"in": ["v", var]}), leaf("contains", json!(["v"]))),
        (
            json!({"starts_with": [var, "v"]}),
            leaf("starts_with", json!(["v"])),
        ),
        (
            json!({"ends_with": [var, "v"]}),
            leaf("ends_with", json!(["v"])),
        ),
        (json!({">": [var, 5]}), leaf("gt", json!([5]))),
        (
            json!({">": [5, var]}),
            json!({"any": [leaf("lt", json!([5])), missing]}),
        ),
        (
            json!({"<": [1, var, 9]}),
            json!({"all": [leaf("gt", json!([1])), {"any": [leaf("lt", json!([9])), missing]}]}),
        ),
        (
            json!({"sem_ver": [var, ">=", "v1.2.3"]}),
            leaf("semver_gte", json!(["1.2.3"])),
        ),
        (
            json!({"sem_ver": [var, "^", "1.2.3"]}),
            json!({"all": [leaf("semver_gte", json!(["1.0.0-0"])), leaf("semver_lt", json!(["2.0.0-0"]))]}),
        ),
        (
            json!({"sem_ver": [var, "~", "1.2.3"]}),
            json!({"all": [leaf("semver_gte", json!(["1.2.0-0"])), leaf("semver_lt", json!(["1.3.0-0"]))]}),
        ),
        (
            json!({"sem_ver": [var, "!=", "1.2.3"]}),
            json!({"any": [leaf("semver_lt", json!(["1.2.3"])), leaf("semver_gt", json!(["1.2.3"]))]}),
        ),
        (
            json!({"==": [{"var": ["a", "v"]}, "v"]}),
            json!({"any": [leaf("in", json!(["v"])), missing]}),
        ),
        (
            json!({"==": [{"var": ["a", "w"]}, "v"]}),
            leaf("in", json!(["v"])),
        ),
        (
            json!({"!!": [var]}),
            json!({"all": [{"attribute": "a", "op": "exists"}, {"not": leaf("in", json!([false, 0, ""]))}]}),
        ),
        (
            json!({"and": [{"==": [var, "v"]}, {"in": ["w", var]}, true]}),
            json!({"all": [leaf("in", json!(["v"])), leaf("contains", json!(["w"]))]}),
        ),
        (
            json!({"==": [{"var": "b.c"}, "v"]}),
            json!({"attribute": "b.c", "op": "in", "values": ["v"]}),
        ),
        (
            json!({"==": [{"var": "b.0.c/d"}, "v"]}),
            json!({"attribute": "/b/0/c~1d", "op": "in", "values": ["v"]}),
        ),
    ] {
        assert_eq!(condition(&logic), native, "{logic}");
    }
}

/// The rules as pairs of condition and variant.
fn rules(translated: &Translated) -> Vec<(Value, String)> {
    let pair = |rule: &serin_engine::flag::Rule| {
        let Serve::Variation(variant) = &rule.serve else {
            panic!("a split: {rule:?}");
        };
        (serde_json::to_value(&rule.when).unwrap(), variant.clone())
    };
    translated.config.rules.iter().map(pair).collect()
}

#[test]
fn chains_of_if_become_rules() {
    let is = |value: &str| json!({"===": [{"var": "a"}, value]});
    let native = |value: &str| json!({"attribute": "a", "op": "in", "values": [value]});
    let not = |value: &str| json!({"not": native(value)});
    let pairs = |pairs: &[(Value, &str)]| -> Vec<(Value, String)> {
        pairs
            .iter()
            .map(|(when, variant)| (when.clone(), (*variant).to_owned()))
            .collect()
    };
    let always = json!({"all": []});
    for (targeting, expected) in [
        (
            json!({"if": [is("1"), "y", null]}),
            pairs(&[(native("1"), "y")]),
        ),
        (json!({"if": [is("1"), "y"]}), pairs(&[(native("1"), "y")])),
        (
            json!({"if": [is("1"), "y", is("2"), "x", "true"]}),
            pairs(&[
                (native("1"), "y"),
                (native("2"), "x"),
                (always.clone(), "true"),
            ]),
        ),
        (
            json!({"if": [is("1"), "y", {"if": [is("2"), "x", "y"]}]}),
            pairs(&[
                (native("1"), "y"),
                (native("2"), "x"),
                (always.clone(), "y"),
            ]),
        ),
        (
            json!({"if": [is("1"), {"if": [is("2"), "x", "y"]}, "x"]}),
            pairs(&[
                (json!({"all": [native("1"), native("2")]}), "x"),
                (native("1"), "y"),
                (always.clone(), "x"),
            ]),
        ),
        (
            json!({"if": [is("1"), null, is("2"), "y"]}),
            pairs(&[(json!({"all": [not("1"), native("2")]}), "y")]),
        ),
        (is("1"), pairs(&[(native("1"), "true"), (always, "false")])),
        (json!({"if": [true, null, is("2"), "y"]}), pairs(&[])),
    ] {
        assert_eq!(
            rules(&translate(&targeting).unwrap()),
            expected,
            "{targeting}"
        );
    }
}

#[test]
fn the_reason_is_the_default_where_targeting_gives_null() {
    let translated = translate(&json!({"if": [{"==": [{"var": "a"}, "1"]}, "x"]})).unwrap();
    assert_eq!(
        answer(&translated, &json!({"a": "1"})),
        (Some("x".into()), "TARGETING_MATCH")
    );
    assert_eq!(
        answer(&translated, &json!({})),
        (Some("x".into()), "DEFAULT")
    );
    let none = translate(&json!({})).unwrap();
    assert_eq!(answer(&none, &json!({})), (Some("x".into()), "STATIC"));
}

#[test]
fn a_disabled_flag_leaves_the_value_to_the_caller() {
    let text = json!({"flags": {"f": {"state": "DISABLED", "variants": {"x": 1}}}}).to_string();
    let translated = only(import(&text).unwrap()).unwrap();
    assert_eq!(answer(&translated, &json!({})), (None, "DISABLED"));
}

#[test]
fn shared_evaluators_are_followed() {
    let text = json!({
        "flags": {"f": {"state": "ENABLED", "variants": {"x": 1, "y": 2}, "defaultVariant": "x",
            "targeting": {"if": [{"and": [{"$ref": "faas"}, {"$ref": "de"}]}, "y", null]}}},
        "$evaluators": {
            "faas": {"in": ["@faas.com", {"var": ["email"]}]},
            "de": {"==": [{"var": "country"}, "DE"]},
        },
    });
    let translated = only(import(&text.to_string()).unwrap()).unwrap();
    let inside = json!({"email": "me@faas.com", "country": "DE"});
    assert_eq!(
        answer(&translated, &inside),
        (Some("y".into()), "TARGETING_MATCH")
    );
    let outside = json!({"email": "me@faas.com", "country": "FR"});
    assert_eq!(answer(&translated, &outside), (Some("x".into()), "DEFAULT"));
}

#[test]
fn the_boolean_shorthand_is_followed() {
    let ends = json!({"ends_with": [{"var": "email"}, "@example.com"]});
    let translated = translate_with(&ends, &json!("false")).unwrap();
    let inside = json!({"email": "me@example.com"});
    assert_eq!(answer(&translated, &inside).0.as_deref(), Some("true"));
    assert_eq!(
        answer(&translated, &json!({"email": 5})).0.as_deref(),
        Some("false")
    );
}

#[test]
fn notes_say_where_and_only_where_it_differs() {
    let kinds = |condition: Value| -> Vec<NoteKind> {
        let translated = translate(&json!({"if": [condition, "y"]})).unwrap();
        translated.notes.iter().map(|note| note.kind).collect()
    };
    assert_eq!(kinds(json!({"==": [{"var": "a"}, null]})), []);
    assert_eq!(kinds(json!({"==": [{"var": "a"}, "v"]})), [NoteKind::List]);
    assert_eq!(
        kinds(json!({"==": [{"var": "a"}, 5]})),
        [NoteKind::List, NoteKind::LooseEquality]
    );
    assert_eq!(kinds(json!({"===": [{"var": "a"}, 5]})), [NoteKind::List]);
    assert_eq!(
        kinds(json!({"<": [{"var": "a"}, 5]})),
        [NoteKind::List, NoteKind::LooseOrder]
    );
    assert_eq!(
        kinds(json!({"sem_ver": [{"var": "a"}, "=", "1.0.0"]})),
        [NoteKind::List, NoteKind::Version]
    );
}

#[test]
fn what_is_left_out_is_noted_and_what_is_there_keeps_its_order() {
    let text = r#"{"$schema": "s", "metadata": {}, "flags": {"f": {
        "state": "ENABLED", "description": "d", "metadata": {"version": "17"},
        "variants": {"z": 1, "a": 2.5, "m": 3}, "defaultVariant": "m"}}}"#;
    let import = import(text).unwrap();
    assert_eq!(import.remarks.len(), 1);
    let translated = import.flags[0].outcome.as_ref().unwrap();
    let keys: Vec<_> = translated
        .definition
        .variations
        .iter()
        .map(|v| v.key.as_str())
        .collect();
    assert_eq!(keys, ["z", "a", "m"]);
    assert_eq!(translated.definition.description.as_deref(), Some("d"));
    assert_eq!(translated.notes[0].kind, NoteKind::LeftOut);
}
