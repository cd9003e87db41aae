//! Reading documents: what is refused as a whole, and how it says where.

use serde_json::json;

use super::{compiled, ruled};
use crate::ruleset::{Document, Kind, Ruleset, RulesetError, fingerprint};

fn refused(text: &str) -> String {
    Ruleset::parse(text).unwrap_err().to_string()
}

#[test]
fn what_is_no_ruleset_is_refused_with_its_place() {
    let deep = format!(
        "{{\"format\": 1,\n \"x\": {}{}}}",
        "[".repeat(128),
        "]".repeat(128)
    );
    let found = [
        "",
        "{\"format\": 1,\n  \"flags\": }",
        "{\"format\": 1, \"revision\": 1e999}",
        "{\"format\": 1, \"project\": \"\\ud800\"}",
        &deep,
        "{\"format\": 1} {}",
        "[]",
        "{}",
        "{\"format\": 2}",
        "{\"format\": \"1\"}",
        "{\"format\": null}",
        "{\"format\": 1, \"flags\": []}",
        "{\"format\": 1, \"segments\": 5}",
        "{\"format\": 1, \"revision\": -1}",
        "{\"format\": 1, \"releases\": {}}",
        "{\"format\": 1, \"environment\": 7}",
    ]
    .map(refused);
    insta::assert_snapshot!("refusals", found.join("\n"));
}

#[test]
fn a_hundred_and_twenty_eight_levels_are_read() {
    let nested = |levels| {
        format!(
            "{{\"format\":1,\"x\":{}{}}}",
            "[".repeat(levels),
            "]".repeat(levels)
        )
    };
    assert!(Ruleset::parse(&nested(127)).is_ok());
    assert!(Ruleset::parse(&nested(128)).is_err());
    assert!(Ruleset::parse(&nested(1_000_000)).is_err());
    let brackets_in_text = format!("{{\"format\":1,\"x\":\"\\\"{}\"}}", "[".repeat(500));
    assert!(Ruleset::parse(&brackets_in_text).is_ok());
}

#[test]
fn documents_are_read_leniently() {
    let text = r#"{"format": 1.0, "flags": null, "segments": null, "releases": null,
        "revision": 7.0, "project": null, "flags": {"a": null}, "more": [], "revision": 8}"#;
    let (ruleset, warnings) = Ruleset::parse(text).unwrap();
    assert_eq!(warnings, []);
    assert_eq!((ruleset.revision(), ruleset.project()), (8, ""));
    assert_eq!(ruleset.flags().count(), 0);
    assert_eq!(ruleset.fingerprint(), "0000000000000000");
    let empty = Ruleset::empty("shop", "production");
    assert_eq!(
        (empty.revision(), empty.fingerprint()),
        (0, ruleset.fingerprint())
    );
}

#[test]
fn views_tell_what_can_be_told() {
    let (ruleset, _) = compiled(
        &json!({"z": ruled(&json!({"all": []})), "a": {"type": "string", "enabled": true, "version": 3, "client_visible": true}, "m": 5}),
        &json!({}),
    );
    let views: Vec<_> = ruleset
        .flags()
        .map(|view| {
            (
                view.key,
                view.version,
                view.enabled,
                view.client_visible,
                view.kind.is_some(),
            )
        })
        .collect();
    let expected = [
        ("a", 3, true, true, true),
        ("m", 0, false, false, false),
        ("z", 0, true, false, true),
    ];
    assert_eq!(views, expected);
    assert_eq!(ruleset.flag("nope"), None);
}

#[test]
fn a_fingerprint_is_compared_where_it_counts() {
    let mut document: Document =
        serde_json::from_str(include_str!("../../testdata/document.json")).unwrap();
    let entries = [
        (Kind::Flag, "new-checkout", 7),
        (Kind::Flag, "payments-v2", 3),
        (Kind::Segment, "beta-orgs", 2),
    ];
    let expected = fingerprint(entries.into_iter());
    assert_eq!(fingerprint(entries.into_iter().rev()), expected);
    assert_eq!(expected.len(), 16);
    document.fingerprint = Some(expected.clone());
    let (ruleset, _) = Ruleset::from_document(document.clone()).unwrap();
    assert_eq!(ruleset.fingerprint(), expected);

    document.fingerprint = Some("0123456789abcdef".to_owned());
    let text = serde_json::to_string(&document).unwrap();
    assert!(matches!(
        Ruleset::from_document(document),
        Err(RulesetError::Fingerprint { .. })
    ));
    // People may edit a file.
    assert!(Ruleset::parse(&text).is_ok());
}

#[test]
fn fingerprints_tell_kind_key_and_version_apart() {
    let all = [
        (Kind::Flag, "a", 1),
        (Kind::Segment, "a", 1),
        (Kind::Flag, "b", 1),
        (Kind::Flag, "a", 2),
        (Kind::Flag, "a1", 1),
        (Kind::Flag, "a", 11),
    ];
    let mut found: Vec<String> = all
        .iter()
        .map(|one| fingerprint([*one].into_iter()))
        .collect();
    // Clients of all versions compute it: it must never change.
    assert_eq!(found[0], FINGERPRINT_OF_FLAG_A_1);
    found.sort();
    found.dedup();
    assert_eq!(found.len(), all.len());
}

const FINGERPRINT_OF_FLAG_A_1: &str = "e0548ed0d4774a3f";
