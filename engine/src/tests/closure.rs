//! What of a ruleset some flags lead to.

use serde_json::{Value, json};

use super::compiled;
use crate::ruleset::Ruleset;

/// A flag that clients may see leads to another one, and to a segment by way of a segment.
fn ruleset(change: impl FnOnce(&mut Value, &mut Value)) -> Ruleset {
    let boolean = |more: Value| {
        let mut flag = json!({
            "type": "boolean", "version": 1, "enabled": true, "default": {"variation": "on"},
            "variations": [{"key": "on", "value": true}, {"key": "off", "value": false}],
        });
        for (key, value) in more.as_object().unwrap() {
            flag[key] = value.clone();
        }
        flag
    };
    let in_segment =
        |key: &str| json!({"id": key, "when": {"segment": key}, "serve": {"variation": "off"}});
    let mut flags = json!({
        "seen": boolean(json!({
            "client_visible": true,
            "prerequisites": [{"flag": "named", "variations": ["on"]}],
            "rules": [in_segment("outer")],
        })),
        "named": boolean(json!({})),
        "other": boolean(json!({"rules": [in_segment("aside")]})),
    });
    let mut segments = json!({
        "outer": {"version": 1, "rules": [{"when": {"segment": "inner"}}]},
        "inner": {"version": 1, "included": [{"values": ["u"]}]},
        "aside": {"version": 1},
    });
    change(&mut flags, &mut segments);
    compiled(&flags, &segments).0
}

fn seen(change: impl FnOnce(&mut Value, &mut Value)) -> String {
    ruleset(change).fingerprint_of(|flag| flag.client_visible)
}

#[test]
fn a_part_has_another_fingerprint_where_what_it_leads_to_changed() {
    let before = seen(|_, _| {});
    for key in ["seen", "named"] {
        assert_ne!(
            before,
            seen(|flags, _| flags[key]["version"] = json!(2)),
            "{key}"
        );
    }
    for key in ["outer", "inner"] {
        assert_ne!(
            before,
            seen(|_, segments| segments[key]["version"] = json!(2)),
            "{key}"
        );
    }
    assert_ne!(
        before,
        seen(|flags, _| flags["other"]["client_visible"] = json!(true))
    );
    assert_ne!(
        before,
        seen(|flags, _| flags["seen"]["client_visible"] = json!(false))
    );
    assert_ne!(before, seen(|_, segments| segments["inner"] = Value::Null));
}

#[test]
fn a_part_keeps_its_fingerprint_where_something_else_changed() {
    let before = seen(|_, _| {});
    assert_eq!(
        before,
        seen(|flags, _| flags["other"]["version"] = json!(2))
    );
    assert_eq!(
        before,
        seen(|_, segments| segments["aside"]["version"] = json!(2))
    );
    assert_eq!(before, seen(|flags, _| flags["other"] = Value::Null));
    let whole = ruleset(|_, _| {});
    assert_eq!(whole.fingerprint_of(|_| true), whole.fingerprint());
}

#[test]
fn numbers_are_fractional_where_one_is_written_so() {
    let number = |values: Value| {
        let variations: Vec<Value> = values
            .as_array()
            .unwrap()
            .iter()
            .enumerate()
            .map(|(n, value)| json!({"key": format!("v{n}"), "value": value}))
            .collect();
        let flag = json!({"type": "number", "enabled": true, "variations": variations, "default": {"variation": "v0"}});
        compiled(&json!({"n": flag}), &json!({}))
            .0
            .is_fractional("n")
    };
    assert!(number(json!([1, 2.5])) && number(json!([7.0])));
    assert!(!number(json!([1, 2])) && !number(json!([9_007_199_254_740_993_u64])));
    assert!(!ruleset(|_, _| {}).is_fractional("seen"));
    assert!(!ruleset(|_, _| {}).is_fractional("missing"));
}
