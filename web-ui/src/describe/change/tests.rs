use serde_json::json;

use super::*;

fn change(kind: EntityKind, before: Option<Value>, after: Option<Value>) -> AppliedChange {
    let environment = matches!(kind, EntityKind::FlagConfig | EntityKind::SegmentConfig)
        .then(|| "production".to_owned());
    AppliedChange {
        kind,
        environment,
        key: "checkout".to_owned(),
        before,
        after,
        members: Vec::new(),
        version: 2,
    }
}

fn check(kind: EntityKind, before: Value, after: Value, expected: &[&str]) {
    let said: Vec<String> = sentences(&change(kind, Some(before), Some(after)))
        .into_iter()
        .map(|sentence| sentence.replace('\u{202f}', " "))
        .collect();
    assert_eq!(said, expected);
}

#[test]
fn making_and_removing() {
    let document = json!({"name": "Beta"});
    let made = change(EntityKind::Segment, None, Some(document.clone()));
    assert_eq!(sentences(&made), ["segment checkout created"]);
    let removed = change(EntityKind::SegmentConfig, Some(document), None);
    assert_eq!(
        sentences(&removed),
        ["segment checkout in production deleted"]
    );
}

#[test]
fn a_rollout_says_who_moves() {
    let split = |on: u32| json!({"enabled": true, "default": {"split": {"weights": {"on": on, "off": 100_000 - on}}}});
    check(
        EntityKind::FlagConfig,
        split(10_000),
        split(25_000),
        &["default: on for 10 % → on for 25 % · 15 % of units move from off to on"],
    );
    check(
        EntityKind::FlagConfig,
        json!({"enabled": true, "default": {"variation": "off"}}),
        split(500),
        &["default: off → on for 0.5 % · 0.5 % of units move from off to on"],
    );
}

#[test]
fn nobody_moves_while_a_flag_is_off() {
    let split = |enabled: bool, on: u32| json!({"enabled": enabled, "default": {"split": {"weights": {"on": on, "off": 100_000 - on}}}});
    check(
        EntityKind::FlagConfig,
        split(false, 10_000),
        split(false, 25_000),
        &["default: on for 10 % → on for 25 % · once it is on, 15 % of units move from off to on"],
    );
    check(
        EntityKind::FlagConfig,
        split(false, 10_000),
        split(true, 25_000),
        &["turned on", "default: on for 10 % → on for 25 %"],
    );
}

#[test]
fn a_new_unit_says_nothing_of_who_moves() {
    let by = |by: &str| json!({"enabled": true, "default": {"split": {"by": by, "weights": {"on": 50_000, "off": 50_000}}}});
    check(
        EntityKind::FlagConfig,
        by("org.id"),
        by("device.id"),
        &["default: on for 50 % by org.id → on for 50 % by device.id"],
    );
}

#[test]
fn a_configuration_from_top_to_bottom() {
    let rule = |id: &str, name: &str, country: &str| {
        json!({"id": id, "name": name, "serve": {"variation": "on"},
               "when": {"attribute": "country", "op": "in", "values": [country]}})
    };
    check(
        EntityKind::FlagConfig,
        json!({"enabled": false, "off": "off", "default": {"variation": "off"},
               "targets": [{"variation": "on", "values": ["alice"]}],
               "rules": [rule("a", "", "DE"), rule("b", "French", "FR")]}),
        json!({"enabled": true, "off": "on", "default": {"variation": "off"},
               "prerequisites": [{"flag": "payments", "variations": ["on"]}],
               "targets": [{"variation": "on", "values": ["bob"]}],
               "rules": [rule("b", "French", "BE"), rule("a", "", "DE"), rule("c", "", "IT")]}),
        &[
            "turned on",
            "when off: off → on",
            "prerequisite added: payments serves on",
            "targets of on: bob added",
            "targets of on: alice removed",
            "rule “French”: if country is FR → if country is BE",
            "rule 3 added: if country is IT, serve on",
            "rules reordered",
        ],
    );
}

#[test]
fn a_definition() {
    let flag = |extra: Value| {
        let mut flag = json!({"type": "boolean", "variations": [
            {"key": "on", "value": true}, {"key": "off", "value": false}]});
        flag.as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        flag
    };
    check(
        EntityKind::Flag,
        flag(json!({"tags": ["a"], "owner": "ann"})),
        flag(
            json!({"tags": ["b"], "description": "New", "archived": true, "client_visible": true}),
        ),
        &[
            "archived",
            "description set to New",
            "owner removed",
            "tagged b",
            "no longer tagged a",
            "made visible to client keys",
        ],
    );
}

#[test]
fn a_segment() {
    check(
        EntityKind::SegmentConfig,
        json!({"included": [{"values": ["a", "b"]}]}),
        json!({"included": [{"values": ["b", "c"]}], "excluded": [{"values": ["1", "2", "3", "4", "5"]}]}),
        &[
            "included: c added",
            "included: a removed",
            "excluded: 5 units added",
        ],
    );
    check(
        EntityKind::Segment,
        json!({"name": "Beta", "tags": ["old"]}),
        json!({"name": "Testers", "description": "who asked", "tags": ["new"]}),
        &[
            "name: Beta → Testers",
            "description set to who asked",
            "tagged new",
            "no longer tagged old",
        ],
    );
}

#[test]
fn what_this_page_does_not_know_is_named_by_member() {
    check(
        EntityKind::FlagConfig,
        json!({"enabled": true, "default": {"of": "the future"}}),
        json!({"enabled": true, "default": {"of": "the present"}}),
        &["default changed"],
    );
    check(
        EntityKind::ReleaseTemplate,
        json!({"name": "Canary", "stages": []}),
        json!({"name": "Careful", "stages": []}),
        &["name changed"],
    );
}

#[test]
fn long_lists_are_told_by_what_came_and_went() {
    let mut change = change(
        EntityKind::SegmentConfig,
        Some(json!({"included": [{"units": 100_000}]})),
        Some(json!({"included": [{"units": 99_999}]})),
    );
    change.members = serde_json::from_value(json!([
        {"list": "included", "added": 2, "removed": 3000, "added_units": ["a", "b"], "removed_units": ["c"], "digest": ""},
    ]))
    .unwrap();
    assert_eq!(
        sentences(&change),
        ["included: a, b added", "included: 3000 units removed"]
    );
}
