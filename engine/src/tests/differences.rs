//! Which flags a newer ruleset may decide otherwise.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{compiled, ruled};
use crate::ruleset::Ruleset;

/// A flag of a version, with a condition.
fn flag(version: u64, when: &Value) -> Value {
    let mut flag = ruled(when);
    flag["version"] = version.into();
    flag
}

fn requires(version: u64, other: &str) -> Value {
    let mut flag = flag(version, &json!({"any": []}));
    flag["prerequisites"] = json!([{"flag": other, "variations": ["on"]}]);
    flag
}

/// `a` is asked for by `pre` and `asks`; `pre` by `far`; `s` by `in-s` and, through `t`, by
/// `in-t`; `alone` by nobody.
fn flags() -> Value {
    json!({
        "a": flag(1, &json!({"all": []})),
        "pre": requires(1, "a"),
        "far": requires(1, "pre"),
        "asks": flag(1, &json!({"any": [{"not": {"flag": "a", "variations": []}}]})),
        "in-s": flag(1, &json!({"segment": "s"})),
        "in-t": flag(1, &json!({"segment": "t"})),
        "alone": flag(1, &json!({"all": []})),
    })
}

fn segments() -> Value {
    json!({"s": {"version": 1}, "t": {"version": 1, "rules": [{"when": {"segment": "s"}}]}})
}

fn changed(after: &Ruleset, before: &Ruleset) -> Vec<String> {
    after.changed_since(before).into_iter().collect()
}

/// What changes with an edit, be the later ruleset made from the earlier one or read anew.
fn check(edit: impl Fn(&mut Value, &mut Value), expected: &[&str]) {
    let (mut flags, mut segments) = (flags(), segments());
    let (before, _) = compiled(&flags, &segments);
    let entries =
        |json: &Value| -> BTreeMap<String, Value> { serde_json::from_value(json.clone()).unwrap() };
    let (old_flags, old_segments) = (entries(&flags), entries(&segments));
    edit(&mut flags, &mut segments);
    let (read, _) = compiled(&flags, &segments);
    assert_eq!(changed(&read, &before), expected, "read anew");

    let mut made = before.clone();
    for key in old_flags.keys().chain(entries(&flags).keys()) {
        if old_flags.get(key) != flags.get(key) {
            made = made.with_flag(key, flags.get(key)).0;
        }
    }
    for key in old_segments.keys().chain(entries(&segments).keys()) {
        if old_segments.get(key) != segments.get(key) {
            made = made.with_segment(key, segments.get(key)).0;
        }
    }
    assert_eq!(changed(&made, &before), expected, "made");
}

#[test]
fn an_edit_changes_all_that_lead_to_it() {
    check(|_, _| {}, &[]);
    check(|flags, _| flags["alone"]["version"] = 2.into(), &["alone"]);
    check(
        |flags, _| flags["a"]["version"] = 2.into(),
        &["a", "asks", "far", "pre"],
    );
    check(
        |flags, _| flags["pre"]["version"] = 2.into(),
        &["far", "pre"],
    );
    check(
        |_, segments| segments["s"]["version"] = 2.into(),
        &["in-s", "in-t"],
    );
    check(|_, segments| segments["t"]["version"] = 2.into(), &["in-t"]);
}

#[test]
fn what_comes_and_goes_changes_those_that_name_it() {
    let without = |key: &'static str| {
        move |flags: &mut Value, segments: &mut Value| {
            flags.as_object_mut().unwrap().remove(key);
            segments.as_object_mut().unwrap().remove(key);
        }
    };
    check(without("alone"), &["alone"]);
    check(without("a"), &["a", "asks", "far", "pre"]);
    check(without("t"), &["in-t"]);
    check(without("s"), &["in-s", "in-t"]);
    check(
        |flags, _| flags["new"] = flag(0, &json!({"flag": "gone", "variations": []})),
        &["new"],
    );
}

#[test]
fn those_on_a_cycle_change_together() {
    let ring = |version: u64| {
        let flags = json!({"a": requires(version, "b"), "b": requires(1, "c"), "c": requires(1, "a"), "into": requires(1, "b"), "out": requires(1, "x")});
        compiled(&flags, &json!({})).0
    };
    assert_eq!(changed(&ring(2), &ring(1)), ["a", "b", "c", "into"]);
    assert_eq!(changed(&ring(1), &ring(1)), [""; 0]);
}

#[test]
fn the_order_of_the_documents_is_irrelevant() {
    let read = |flags: &[(&str, u64)]| {
        let flags = flags.iter().map(|(key, version)| {
            format!(
                r#""{key}": {}"#,
                flag(*version, &json!({"segment": format!("s-{key}")}))
            )
        });
        let segments = flags.clone().count();
        let flags = flags.collect::<Vec<_>>().join(", ");
        assert_eq!(segments, 3);
        let text = format!(
            r#"{{"format": 1, "segments": {{"s-x": {{"version": 3}}, "s-y": {{"version": 4}}, "s-z": {{"version": 5}}}}, "flags": {{{flags}}}}}"#
        );
        Ruleset::parse(&text).unwrap().0
    };
    let before = read(&[("x", 1), ("y", 2), ("z", 3)]);
    assert_eq!(
        changed(&read(&[("z", 3), ("x", 1), ("y", 2)]), &before),
        [""; 0]
    );
    assert_eq!(
        changed(&read(&[("z", 3), ("y", 1), ("x", 2)]), &before),
        ["x", "y"]
    );
    assert_eq!(
        changed(&read(&[("z", 3), ("y", 2), ("w", 1)]), &before),
        ["w", "x"]
    );
}
