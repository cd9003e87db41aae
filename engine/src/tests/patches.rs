//! Patches: the ruleset that they lead to is the one compiled from scratch.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::arbitrary::{FLAGS, SEGMENTS, context, flag, ruleset, segment};
use super::{compiled, ruled};
use crate::context::Context;
use crate::evaluation::ErrorCode;
use crate::ruleset::{Patch, PatchError, Ruleset, SameFlag, Warning};

fn patch(from: u64, to: u64, fingerprint: &str) -> Patch {
    Patch {
        from,
        to,
        flags: BTreeMap::new(),
        segments: BTreeMap::new(),
        releases: Vec::new(),
        fingerprint: fingerprint.to_owned(),
    }
}

/// A patch that sets some entries of a ruleset, with the fingerprint that it leads to.
fn patch_of(
    base: &Ruleset,
    flags: &[(&str, Option<Value>)],
    segments: &[(&str, Option<Value>)],
) -> Patch {
    let own = |entries: &[(&str, Option<Value>)]| {
        entries
            .iter()
            .map(|(key, json)| ((*key).to_owned(), json.clone()))
            .collect()
    };
    let mut patch = Patch {
        flags: own(flags),
        segments: own(segments),
        ..patch(base.revision(), base.revision() + 1, "")
    };
    if let Err(PatchError::Fingerprint { found, .. }) = base.apply(&patch) {
        patch.fingerprint = found;
    }
    patch
}

#[test]
fn a_patch_must_fit() {
    let base = Ruleset::empty("shop", "production");
    let gap = base.apply(&patch(1, 2, base.fingerprint()));
    assert!(matches!(
        gap,
        Err(PatchError::RevisionGap { have: 0, from: 1 })
    ));
    let mut lying = patch(0, 1, base.fingerprint());
    lying
        .flags
        .insert("f".to_owned(), Some(json!("no flag at all")));
    assert!(matches!(
        base.apply(&lying),
        Err(PatchError::Fingerprint { .. })
    ));
    let (ruleset, _) = base.apply(&patch(0, 5, base.fingerprint())).unwrap();
    assert_eq!((ruleset.revision(), ruleset.project()), (5, "shop"));
    let backwards = ruleset.apply(&patch(5, 4, base.fingerprint()));
    assert!(matches!(
        backwards,
        Err(PatchError::NotForward { from: 5, to: 4 })
    ));
}

#[test]
fn a_patch_is_read_from_the_wire() {
    let text = r#"{"from": 1, "to": 2, "flags": {"gone": null}, "segments": {}, "releases": [{"id": "r"}], "fingerprint": "0000000000000000", "more": 1}"#;
    let patch: Patch = serde_json::from_str(text).unwrap();
    assert_eq!(patch.flags, BTreeMap::from([("gone".to_owned(), None)]));
    let (base, _) = compiled(&json!({}), &json!({}));
    let (ruleset, _) = base.apply(&patch).unwrap();
    assert_eq!(ruleset.releases(), [json!({"id": "r"})]);
    assert_eq!(ruleset.fingerprint(), base.fingerprint());
}

#[test]
fn warnings_of_a_patch_are_news() {
    let fine = json!({"all": []});
    let (base, warnings) = compiled(
        &json!({"in-s": ruled(&json!({"segment": "s"})), "bad": {"type": "x"}, "good": ruled(&fine)}),
        &json!({"s": {}}),
    );
    assert_eq!(warnings.len(), 1);
    let names = |warnings: &[Warning]| -> Vec<String> {
        warnings
            .iter()
            .map(|warning| warning.flag.clone())
            .collect()
    };

    let (next, warnings) = base
        .apply(&patch_of(
            &base,
            &[("good", Some(ruled(&json!({"not": fine}))))],
            &[],
        ))
        .unwrap();
    assert_eq!(names(&warnings), [""; 0]);
    let (gone, warnings) = next.apply(&patch_of(&next, &[], &[("s", None)])).unwrap();
    assert_eq!(names(&warnings), ["in-s"]);
    let code = |ruleset: &Ruleset| ruleset.evaluate("in-s", &Context::default()).error_code();
    assert_eq!(code(&gone), Some(ErrorCode::ParseError));
    let (back, warnings) = gone
        .apply(&patch_of(&gone, &[], &[("s", Some(json!({"version": 9})))]))
        .unwrap();
    assert_eq!(names(&warnings), [""; 0]);
    assert_eq!(code(&back), None);
    // The old one stands as it was.
    assert_eq!(code(&gone), Some(ErrorCode::ParseError));
}

#[test]
fn a_patch_can_close_and_open_a_cycle() {
    let on = json!({"flag": "b", "variations": ["on"]});
    let (base, _) = compiled(
        &json!({"a": ruled(&on), "b": ruled(&json!({"segment": "s"}))}),
        &json!({"s": {"version": 1, "rules": [{"when": {"all": []}}]}}),
    );
    let variation = |ruleset: &Ruleset, flag: &str| {
        ruleset
            .evaluate(flag, &Context::default())
            .variation
            .map(str::to_owned)
    };
    assert_eq!(variation(&base, "a").as_deref(), Some("on"));
    let to_a = json!({"version": 2, "rules": [{"when": {"flag": "a", "variations": ["on"]}}]});
    let (closed, warnings) = base
        .apply(&patch_of(&base, &[], &[("s", Some(to_a))]))
        .unwrap();
    assert_eq!(warnings.len(), 2);
    assert_eq!(variation(&closed, "a"), None);
    let (open, _) = closed
        .apply(&patch_of(
            &closed,
            &[("a", Some(ruled(&json!({"not": on}))))],
            &[("s", None)],
        ))
        .unwrap();
    assert_eq!(variation(&open, "b"), None);
    assert_eq!(variation(&open, "a").as_deref(), Some("on"));
}

fn changes(
    pool: &'static [&'static str],
    entry: impl Strategy<Value = Value>,
) -> impl Strategy<Value = Vec<(&'static str, Option<Value>)>> {
    let change = (
        proptest::sample::select(pool),
        prop::option::weighted(0.8, entry),
    );
    prop::collection::vec(change, 0..3)
}

fn change(entries: &mut Map<String, Value>, changes: &[(&str, Option<Value>)]) {
    for (key, json) in changes {
        match json {
            Some(json) => entries.insert((*key).to_owned(), json.clone()),
            None => entries.remove(*key),
        };
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn patching_is_compiling_from_scratch(
        (mut flags, mut segments) in ruleset(),
        steps in prop::collection::vec((changes(&FLAGS, flag()), changes(&SEGMENTS, segment())), 1..4),
        context in context(),
    ) {
        let context = Context::from_json(context).unwrap();
        let (mut ruleset, _) = compiled(&flags.clone().into(), &segments.clone().into());
        for (flag_changes, segment_changes) in steps {
            change(&mut flags, &flag_changes);
            change(&mut segments, &segment_changes);
            let patch = patch_of(&ruleset, &flag_changes, &segment_changes);
            (ruleset, _) = ruleset.apply(&patch).unwrap();
            let (scratch, warnings) = compiled(&flags.clone().into(), &segments.clone().into());
            prop_assert_eq!(ruleset.fingerprint(), scratch.fingerprint());
            prop_assert_eq!(ruleset.warnings(), warnings);
            let views: Vec<_> = ruleset.flags().collect();
            prop_assert_eq!(views, scratch.flags().collect::<Vec<_>>());
            for key in FLAGS {
                prop_assert_eq!(ruleset.evaluate(key, &context), scratch.evaluate(key, &context));
            }
        }
    }
}

#[test]
fn links_follow_every_patch() {
    let requires = |flag: &str| {
        let mut json = ruled(&json!({"all": []}));
        json["prerequisites"] = json!([{"flag": flag, "variations": ["on"]}]);
        json
    };
    let told = |ruleset: &Ruleset, flag: &str| {
        let found = ruleset.evaluate(flag, &Context::default());
        (found.variation.map(str::to_owned), found.error_code())
    };
    let parse_error = (None, Some(ErrorCode::ParseError));
    let off = (Some("off".to_owned()), None);
    let on = (Some("on".to_owned()), None);

    // A cycle is gone with a flag of it.
    let (base, _) = compiled(&json!({"a": requires("b"), "b": requires("a")}), &json!({}));
    assert_eq!(told(&base, "a"), parse_error);
    let (open, warnings) = base.apply(&patch_of(&base, &[("b", None)], &[])).unwrap();
    assert_eq!((told(&open, "a"), warnings), (off, Vec::new()));
    // And is there again with it.
    let again = patch_of(&open, &[("b", Some(requires("a")))], &[]);
    let (closed, warnings) = open.apply(&again).unwrap();
    assert_eq!(
        (told(&closed, "a"), warnings.len()),
        (parse_error.clone(), 2)
    );
    let plain = patch_of(&closed, &[("b", Some(ruled(&json!({"all": []}))))], &[]);
    let (plain, _) = closed.apply(&plain).unwrap();
    assert_eq!(told(&plain, "a"), on);

    // A segment that no longer compiles breaks those that name it, and mends them again.
    let flags = json!({"f": ruled(&json!({"segment": "s"})), "g": ruled(&json!({"not": {"segment": "t"}}))});
    let leaf = |op: &str, version: u64| json!({"version": version, "rules": [{"when": {"attribute": "x", "op": op, "values": ["1"]}}]});
    let through = json!({"rules": [{"when": {"segment": "s"}}]});
    let (base, _) = compiled(&flags, &json!({"s": leaf("in", 1), "t": through}));
    assert_eq!(told(&base, "g"), on);
    let broken = patch_of(&base, &[], &[("s", Some(leaf("lt", 2)))]);
    let (broken, warnings) = base.apply(&broken).unwrap();
    assert_eq!(warnings.len(), 2);
    assert_eq!(
        (told(&broken, "f"), told(&broken, "g")),
        (parse_error.clone(), parse_error)
    );
    let otherwise = patch_of(&broken, &[], &[("s", Some(leaf("gt", 3)))]);
    let (otherwise, warnings) = broken.apply(&otherwise).unwrap();
    assert_eq!(warnings.len(), 0, "the reason is the same: {warnings:?}");
    let mended = patch_of(&otherwise, &[], &[("s", Some(leaf("in", 4)))]);
    let (mended, _) = otherwise.apply(&mended).unwrap();
    assert_eq!(told(&mended, "g"), on);
}

#[test]
fn a_patch_that_leads_nowhere_changes_nothing() {
    let (base, _) = compiled(&json!({"f": ruled(&json!({"all": []}))}), &json!({}));
    let gone = [("unknown".to_owned(), None)];
    let same = Patch {
        flags: gone.clone().into(),
        segments: gone.into(),
        ..patch(base.revision(), base.revision(), base.fingerprint())
    };
    let (next, warnings) = base.apply(&same).unwrap();
    assert_eq!(warnings, []);
    assert_eq!(
        (next.revision(), next.fingerprint()),
        (base.revision(), base.fingerprint())
    );
    assert_eq!(
        next.flags().collect::<Vec<_>>(),
        base.flags().collect::<Vec<_>>()
    );
}

#[test]
fn a_flag_that_a_patch_leaves_alone_is_known_again() {
    let (base, _) = compiled(
        &json!({"kept": ruled(&json!({"all": []})), "changed": ruled(&json!({"all": []}))}),
        &json!({}),
    );
    let mut other = ruled(&json!({"all": []}));
    other["enabled"] = json!(false);
    let patch = patch_of(&base, &[("changed", Some(other))], &[]);
    let (patched, _) = base.apply(&patch).unwrap();
    let of = |ruleset: &Ruleset, key: &str| ruleset.find(key).unwrap().same();
    let (kept, changed) = (of(&base, "kept"), of(&base, "changed"));
    assert!(kept.is(base.find("kept").unwrap()) && kept.is(patched.find("kept").unwrap()));
    assert!(changed.is(base.find("changed").unwrap()));
    assert!(!changed.is(patched.find("changed").unwrap()));
    assert!(!kept.is(base.find("changed").unwrap()));
    assert!(!SameFlag::default().is(base.find("kept").unwrap()));
    let address = base.find("kept").unwrap().address();
    assert!(kept.is_at(address) && !changed.is_at(address));
}
