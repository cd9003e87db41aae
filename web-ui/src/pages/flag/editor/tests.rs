use serde_json::json;

use super::{receive::together, typed::Half, *};
use crate::json_text::{Broken, Text};

fn standing(version: u64, definition: Value, config: Value) -> Standing {
    let entity = |document: Value| {
        let mut entity = json!({"key": "f", "version": version, "updated_at": "2026-01-01T00:00:00Z", "updated_by": "bob"});
        let members = document.as_object().unwrap().clone();
        entity.as_object_mut().unwrap().extend(members);
        entity
    };
    Standing {
        definition: serde_json::from_value(entity(definition)).unwrap(),
        config: serde_json::from_value(entity(config)).unwrap(),
    }
}

fn definition() -> Value {
    json!({"type": "object", "schema": {"type": "object"}, "variations": [
        {"key": "on", "value": {"a": 1}}, {"key": "off", "value": {"a": 2}}]})
}

fn config() -> Value {
    json!({"enabled": true, "off": "off", "default": {"split": {"weights": {"on": 5000, "off": 95_000}}},
        "rules": [{"id": "a", "when": {"segment": "beta"}, "serve": {"variation": "on"}}]})
}

fn with(mut document: Value, member: &str, value: Value) -> Value {
    document[member] = value;
    document
}

fn split(on: u32) -> Value {
    json!({"split": {"weights": {"on": on, "off": 100_000 - on}}})
}

/// A half-typed value and a half-typed schema.
fn half_typed(base: &Standing) -> Typed {
    let mut typed = Typed::of(&base.definition.document);
    typed.drafts[0].value = "{\"a\": ".to_owned();
    typed.schema = Some("{\"type\": \"obj".to_owned());
    typed
}

#[test]
fn what_is_typed_half_outlives_what_others_save() {
    let base = standing(1, definition(), config());
    let typed = half_typed(&base);
    let half = typed.half(base.definition.document.kind, &Vec::new());
    assert!(half.variations && half.schema);
    // Somebody changes the default's percentages, or the flag is switched.
    for theirs in [
        with(config(), "default", split(20_000)),
        with(config(), "enabled", json!(false)),
    ] {
        let theirs = standing(2, definition(), theirs);
        let mine = (
            base.definition.document.clone(),
            base.config.document.clone(),
        );
        let (definition, config) = together(&base, &mine, &theirs, &half).unwrap();
        assert_eq!(config, theirs.config.document);
        let mut shown = typed.clone();
        shown.show(&definition, &half);
        assert_eq!(shown, typed);
    }
    // Dropping the edits shows what stands.
    let mut shown = typed.clone();
    shown.show(&base.definition.document, &Half::default());
    assert_eq!(shown, Typed::of(&base.definition.document));
}

#[test]
fn what_is_typed_half_meets_those_who_change_the_same() {
    let base = standing(1, definition(), config());
    let kind = base.definition.document.kind;
    let overtaken = |half: &Half, theirs: &Standing| {
        let mine = (
            base.definition.document.clone(),
            base.config.document.clone(),
        );
        together(&base, &mine, theirs, half).is_none()
    };
    let variations = json!([{"key": "on", "value": {"a": 3}}, {"key": "off", "value": {"a": 2}}]);
    let values = standing(2, with(definition(), "variations", variations), config());
    let schema = standing(2, with(definition(), "schema", json!({})), config());
    let rules = standing(2, definition(), with(config(), "rules", json!([])));
    let half = half_typed(&base).half(kind, &Vec::new());
    assert!(overtaken(&half, &values) && overtaken(&half, &schema));
    assert!(!overtaken(&half, &rules));
    let text = Text {
        text: "{".to_owned(),
        broken: Some(Broken::whole("x")),
    };
    let typed = Typed::of(&base.definition.document);
    let half = typed.half(kind, &vec![("a".to_owned(), text)]);
    assert!(overtaken(&half, &rules) && !overtaken(&half, &values));
}

fn outcome(overtaken: Option<&Standing>, config: Value) -> Outcome {
    let base = standing(1, definition(), self::config());
    let edited = standing(1, definition(), config);
    Outcome::new(
        &base,
        overtaken,
        edited.definition.document,
        edited.config.document,
    )
}

#[test]
fn unfinished_rules_are_left_out_of_what_is_tried() {
    let unfinished = json!({"attribute": "", "op": "in", "values": []});
    let rule =
        |id: &str, when: &Value| json!({"id": id, "when": when, "serve": {"variation": "on"}});
    let beta = json!({"segment": "beta"});
    let edited = with(
        with(
            config(),
            "rules",
            json!([
                rule("a", &unfinished),
                rule("b", &unfinished),
                rule("c", &beta)
            ]),
        ),
        "default",
        split(50_000),
    );
    let whole = outcome(None, edited).without(&[]);
    // The one that stands stays as it stands, and a new one is not there yet.
    let wanted = with(
        with(
            config(),
            "rules",
            json!([rule("a", &beta), rule("c", &beta)]),
        ),
        "default",
        split(50_000),
    );
    assert_eq!(
        json(&whole.config),
        json(&standing(1, definition(), wanted.clone()).config.document)
    );

    let mistake = |path: &str| missing(path, "wrong");
    let rest =
        outcome(None, wanted.clone()).without(&[mistake("/default/split"), mistake("/rules/1")]);
    assert!(!rest.is_edit());
    // Whatever has no place leaves nothing to try.
    assert!(!outcome(None, wanted).without(&[mistake("")]).is_edit());
}

#[test]
fn what_saving_does_is_told_against_what_stands() {
    let theirs = standing(2, definition(), with(config(), "default", split(30_000)));
    let mine = with(config(), "default", split(20_000));
    let said = |outcome: Outcome| outcome.sentences().join("; ").replace('\u{202f}', " ");
    assert_eq!(
        said(outcome(None, mine.clone())),
        "default: on for 5 % → on for 20 % · 15 % of units move from off to on"
    );
    assert_eq!(
        said(outcome(Some(&theirs), mine)),
        "default: on for 30 % → on for 20 % · 10 % of units move from on to off"
    );
}

#[test]
fn a_flag_that_is_off_is_tried_as_if_it_were_on() {
    let off = outcome(None, config());
    assert!(off.drafts(false).flags.is_empty());
    let mut off = outcome(None, with(config(), "enabled", json!(false)));
    off.against.config.document.enabled = false;
    let enabled = |drafts: crate::engine::Drafts| drafts.flags[0].2["enabled"].clone();
    assert_eq!(enabled(off.drafts(true)), true);
    assert_eq!(enabled(off.before(true)), true);
    assert!(off.before(false).flags.is_empty());
}
