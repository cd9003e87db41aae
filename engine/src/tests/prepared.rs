//! The fast ways in say what the plain one says.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::arbitrary::{FLAGS, context, ruleset};
use super::compiled;
use crate::context::{AttributeValue, Context, ContextRef};
use crate::evaluation::Reason;
use crate::hash;
use crate::matcher::TextSet;
use crate::ruleset::{Document, Patch, PatchError, Ruleset, Settled};
use crate::version::{Bound, Version};

fn borrowed(context: &Context) -> Vec<(&str, AttributeValue<'_>)> {
    let members = context.as_json().as_object().into_iter().flatten();
    members
        .map(|(name, value)| (&**name, piece(value)))
        .collect()
}

fn piece(value: &Value) -> AttributeValue<'_> {
    match value {
        Value::String(text) => text.into(),
        Value::Bool(value) => (*value).into(),
        Value::Number(number) => number.as_f64().unwrap_or(f64::NAN).into(),
        other => other.into(),
    }
}

/// The ruleset with one flag more, which asks for an attribute that no other asks for.
fn with_another_attribute(base: &Ruleset) -> Ruleset {
    let flag = json!({"type": "boolean", "enabled": true, "variations": [{"key": "on", "value": true}],
        "rules": [{"id": "r", "when": {"attribute": "new", "op": "exists"}, "serve": {"variation": "on"}}],
        "default": {"variation": "on"}});
    let mut patch = Patch {
        from: base.revision(),
        to: base.revision() + 1,
        flags: [("new".to_owned(), Some(flag))].into(),
        segments: [].into(),
        releases: Vec::new(),
        fingerprint: String::new(),
    };
    if let Err(PatchError::Fingerprint { found, .. }) = base.apply(&patch) {
        patch.fingerprint = found;
    }
    base.apply(&patch).unwrap().0
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn all_ways_in_say_the_same((flags, segments) in ruleset(), context in context()) {
        let (ruleset, _) = compiled(&flags.into(), &segments.into());
        let patched = with_another_attribute(&ruleset);
        let context = Context::from_json(context).unwrap();
        let pieces = borrowed(&context);
        let pieces = ContextRef::new(&pieces);
        for key in FLAGS {
            let plain = ruleset.evaluate(key, &context);
            let prepared = ruleset.prepare(&context);
            prop_assert_eq!(&plain, &ruleset.evaluate_prepared(key, &prepared));
            // The one that fits another ruleset goes the plain way.
            prop_assert_eq!(&plain, &patched.evaluate_prepared(key, &prepared));
            // A message shows a number as it is written.
            if plain.error.is_none() {
                prop_assert_eq!(&plain, &ruleset.evaluate_borrowed(key, pieces));
                let prepared = ruleset.prepare_borrowed(pieces);
                prop_assert_eq!(&plain, &ruleset.evaluate_prepared(key, &prepared));
            }
        }
    }

    #[test]
    fn what_is_known_before_there_is_a_context_is_true_for_each((flags, segments) in ruleset(), context in context()) {
        let (ruleset, _) = compiled(&flags.into(), &segments.into());
        let context = Context::from_json(context).unwrap();
        let mut found = ruleset.found();
        for (view, evaluation) in ruleset.evaluate_all(&context) {
            let flag = found.next().unwrap();
            prop_assert_eq!(flag.view(), view);
            prop_assert_eq!(ruleset.numbered(flag.number()).unwrap().key(), view.key);
            match flag.settled() {
                Settled::Alike(alike) => prop_assert_eq!(alike, evaluation.clone()),
                Settled::Divided => prop_assert!(matches!(evaluation.reason, Reason::Split | Reason::Error)),
                Settled::Open => {}
            }
            if let Some(place) = flag.variation(&evaluation) {
                let served = evaluation.variation.zip(evaluation.value);
                prop_assert_eq!(flag.variations().nth(place), served);
            }
        }
        prop_assert!(found.next().is_none());
    }

    #[test]
    fn reading_while_compiling_is_reading_and_then_compiling((flags, segments) in ruleset(), context in context()) {
        let document = json!({"format": 1, "project": "p", "environment": "e", "revision": 3.0,
            "flags": flags, "segments": segments, "releases": [{"id": 1}], "more": null});
        let (read, warnings) = Ruleset::parse(&document.to_string()).unwrap();
        let document = Document::from_json(document).unwrap();
        let (compiled, same) = Ruleset::from_document(document).unwrap();
        prop_assert_eq!(warnings, same);
        prop_assert_eq!(read.fingerprint(), compiled.fingerprint());
        prop_assert_eq!((read.revision(), read.releases()), (3, compiled.releases()));
        let context = Context::from_json(context).unwrap();
        let all = |ruleset: &Ruleset| -> Vec<String> {
            ruleset.evaluate_all(&context).map(|one| format!("{one:?}")).collect()
        };
        prop_assert_eq!(all(&read), all(&compiled));
    }

    #[test]
    fn versions_compare_as_they_are_written(left in version(), right in version()) {
        let (Some(whole), Some(other)) = (Version::parse(&left), Version::parse(&right)) else {
            prop_assert!(Bound::parse(&right).is_none() || Version::parse(&left).is_none());
            return Ok(());
        };
        let bounds = [Bound::parse(&right).unwrap()];
        let wanted = whole.precedence(&other);
        prop_assert!(Version::any(&left, &bounds, |order| order == wanted));
        prop_assert!(!Version::any(&left, &bounds, |order| order != wanted));
    }

    #[test]
    fn sets_have_what_was_put_in(texts in prop::collection::vec("[ab]{0,20}", 0..12), other in "[ab]{0,20}") {
        let set = <TextSet>::new(texts.iter());
        let has = |text: &str| set.contains(text, hash::of_text(text));
        prop_assert!(texts.iter().all(|text| has(text)));
        prop_assert_eq!(has(&other), texts.contains(&other));
        for text in &texts {
            prop_assert_eq!(hash::same(text.as_bytes(), other.as_bytes()), *text == other);
        }
    }
}

fn version() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[0-3](\\.[0-3]){0,3}",
        1 => "[0-2]\\.0\\.[01](-(rc|alpha)(\\.[01])?)?(\\+b)?",
        1 => Just("1.99999999999999999999.0".to_owned()),
        1 => Just("999999999999999999.1".to_owned()),
        1 => Just("1.18446744073709551615".to_owned()),
        1 => "[0-9.]{0,6}",
    ]
}

#[test]
fn a_number_that_is_not_finite_is_missing() {
    let (ruleset, _) = compiled(
        &json!({"f": {"type": "boolean", "enabled": true, "variations": [{"key": "on", "value": true}],
            "rules": [{"id": "r", "when": {"attribute": "n", "op": "exists"}, "serve": {"variation": "on"}}],
            "default": {"variation": "on"}}}),
        &json!({}),
    );
    let rule = |number: f64| {
        let pieces = [("n", AttributeValue::Number(number))];
        ruleset
            .evaluate_borrowed("f", ContextRef::new(&pieces))
            .rule
            .is_some()
    };
    assert!(rule(1.0) && !rule(f64::NAN) && !rule(f64::INFINITY));
}

#[test]
fn what_is_there_twice_counts_once() {
    let flag = |value: bool| {
        format!(
            r#"{{"type":"boolean","enabled":true,"enabled":{value},"variations":[{{"key":"on","value":true}}],"default":{{"variation":"on"}}}}"#
        )
    };
    let (off, on) = (flag(false), flag(true));
    let documents = [
        format!(r#"{{"format":1,"flags":{{"f":{off},"f":{on}}}}}"#),
        format!(r#"{{"format":2,"flags":{{"f":{off}}},"format":1,"flags":{{"f":{on}}}}}"#),
    ];
    for document in documents {
        let (ruleset, _) = Ruleset::parse(&document).unwrap();
        assert_eq!(ruleset.flags().count(), 1);
        assert!(ruleset.flag("f").unwrap().enabled, "{document}");
    }
}

#[test]
fn plain_versions_are_kept_as_numbers() {
    for (text, numbers) in [
        ("0", [0, 0, 0]),
        ("10.20.30", [10, 20, 30]),
        ("1.0.9", [1, 0, 9]),
        ("1.2", [1, 2, 0]),
        (
            "999999999999999999.0.999999999999999999",
            [999_999_999_999_999_999, 0, 999_999_999_999_999_999],
        ),
    ] {
        let Some(Bound::Plain(found)) = Bound::parse(text) else {
            panic!("{text} is plain");
        };
        assert_eq!(found, numbers, "{text}");
    }
    for text in [
        "1.2.3-rc",
        "1.2.3+b",
        "1000000000000000000",
        "1.9999999999999999999",
        "18446744073709551616.0.0",
    ] {
        assert!(matches!(Bound::parse(text), Some(Bound::Full(_))), "{text}");
    }
    for text in [
        "", ".", "1.", ".1", "1..2", "01", "00", "1.02", "1.2.3.4", "1.2.3.", "1a", "a", " 1",
        "1 ", "-1", "+1", "1-", "1+",
    ] {
        assert!(Bound::parse(text).is_none(), "{text}");
    }
}
