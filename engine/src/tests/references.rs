//! Attribute references, keys and contexts by themselves.

use serde_json::{Value, json};

use crate::attribute::{AttributeRef, InvalidAttributeRef};
use crate::context::Context;
use crate::key::{self, InvalidKey, Key};

fn context() -> Context {
    let json = json!({
        "targetingKey": "u1",
        "org": {"id": "o7", "plan": null, "": "nameless", "a.b": 1, "a/b": 2, "~": 3},
        "list": ["zero", {"deep": ["x"]}, null],
        "org.id": "dotted",
        "": "empty",
    });
    Context::from_json(json).unwrap()
}

#[test]
fn references_name_values() {
    for (reference, expected) in [
        ("targetingKey", json!("u1")),
        ("/targetingKey", json!("u1")),
        ("org.id", json!("o7")),
        ("/org/id", json!("o7")),
        ("/org.id", json!("dotted")),
        ("/org/a.b", json!(1)),
        ("/org/a~1b", json!(2)),
        ("/org/~0", json!(3)),
        ("/org/", json!("nameless")),
        ("/", json!("empty")),
        ("/list/0", json!("zero")),
        ("/list/1/deep/0", json!("x")),
        ("list", json!(["zero", {"deep": ["x"]}, null])),
    ] {
        let read = AttributeRef::parse(reference).unwrap();
        assert_eq!(read.resolve(&context()), Some(&expected), "{reference}");
        assert_eq!((read.as_str(), &*read.to_string()), (reference, reference));
        assert_eq!(AttributeRef::validate(reference), Ok(()));
    }
    // An index has no sign, no leading zero, and is there; a dotted path has none at all.
    for missing in [
        "gone",
        "org.gone",
        "org.plan",
        "org.id.x",
        "list.0",
        "/list/2",
        "/list/3",
        "/list/-",
        "/list/",
        "/list/+0",
        "/list/00",
        "/list/01",
        "/list/0x",
        "/list/x",
        "/list/99999999999999999999",
    ] {
        let read = AttributeRef::parse(missing).unwrap();
        assert_eq!(read.resolve(&context()), None, "{missing}");
    }
}

#[test]
fn what_is_no_reference_is_refused() {
    let empty_step = |text: &str| InvalidAttributeRef::EmptyStep(text.to_owned());
    let escape = |text: &str| InvalidAttributeRef::Escape(text.to_owned());
    for (text, expected) in [
        ("", InvalidAttributeRef::Empty),
        (".", empty_step(".")),
        ("a.", empty_step("a.")),
        (".a", empty_step(".a")),
        ("a..b", empty_step("a..b")),
        ("/~", escape("/~")),
        ("/a~2", escape("/a~2")),
        ("/ok/~/x", escape("/ok/~/x")),
    ] {
        assert_eq!(AttributeRef::parse(text), Err(expected.clone()), "{text}");
        assert_eq!(AttributeRef::validate(text), Err(expected), "{text}");
    }
}

#[test]
fn the_targeting_key_has_two_spellings() {
    for (reference, expected) in [
        ("targetingKey", true),
        ("/targetingKey", true),
        ("targetingKey.x", false),
        ("/targetingKey/0", false),
        ("country", false),
        ("/org/targetingKey", false),
    ] {
        let read = AttributeRef::parse(reference).unwrap();
        assert_eq!(read.is_targeting_key(), expected, "{reference}");
    }
    assert_eq!(
        AttributeRef::targeting_key(),
        AttributeRef::parse("targetingKey").unwrap()
    );
}

#[test]
fn redacting_takes_out_what_is_named_and_nothing_else() {
    let json = || json!({"a": 1, "org": {"id": "o7", "more": {"x": 1}}, "list": ["p", {"q": "r", "s": "t"}, "u"]});
    for (reference, place, left) in [
        ("a", "/a", None),
        ("org", "/org", None),
        ("org.id", "/org", Some(json!({"more": {"x": 1}}))),
        ("/org/more/x", "/org/more", Some(json!({}))),
        // Those behind it keep their places.
        (
            "/list/0",
            "/list",
            Some(json!([null, {"q": "r", "s": "t"}, "u"])),
        ),
        ("/list/1/q", "/list/1", Some(json!({"s": "t"}))),
    ] {
        let mut redacted = json();
        AttributeRef::parse(reference)
            .unwrap()
            .redact(&mut redacted);
        assert_eq!(redacted.pointer(place), left.as_ref(), "{reference}");
        // All else is as it was.
        let mut others = json();
        match (left, others.pointer_mut(place)) {
            (Some(left), Some(here)) => *here = left,
            _ => drop(others.as_object_mut().unwrap().remove(reference)),
        }
        assert_eq!(redacted, others, "{reference}");
    }
    for nothing in [
        "b",
        "org.gone",
        "a.x",
        "/list/3",
        "/list/x",
        "list.0",
        "/list/0/x",
        "/org/gone/x",
    ] {
        let mut redacted = json();
        AttributeRef::parse(nothing).unwrap().redact(&mut redacted);
        assert_eq!(redacted, json(), "{nothing}");
    }
    let mut text = json!("a");
    AttributeRef::parse("a").unwrap().redact(&mut text);
    assert_eq!(text, json!("a"));
}

#[test]
fn contexts_are_objects() {
    let context = context();
    assert_eq!(context.targeting_key(), Some("u1"));
    assert_eq!(context.get("org.id"), Some(&json!("dotted")));
    assert_eq!(Context::new("u2").targeting_key(), Some("u2"));
    assert_eq!(Context::default().targeting_key(), None);
    assert_eq!(
        Context::default().with("targetingKey", 7).targeting_key(),
        None
    );

    let text = context.as_json().to_string();
    let read: Context = serde_json::from_str(&text).unwrap();
    assert_eq!(read, context);
    assert_eq!(
        serde_json::to_value(&read).unwrap(),
        context.clone().into_json()
    );
    assert_eq!(Context::try_from(context.as_json().clone()), Ok(context));
    for (no_object, name) in [
        (json!(null), "null"),
        (json!(true), "a boolean"),
        (json!(1), "a number"),
        (json!("{}"), "a string"),
        (json!([{}]), "an array"),
    ] {
        let expected = format!("a context is a JSON object, not {name}");
        let found = serde_json::from_value::<Context>(no_object.clone()).unwrap_err();
        assert_eq!(found.to_string(), expected);
        assert_eq!(
            Context::from_json(no_object).unwrap_err().to_string(),
            expected
        );
    }
}

#[test]
fn keys_keep_the_rules() {
    let long = "é".repeat(key::MAX_CHARS);
    for legal in ["a", "a.b/c", "two words", "🚀", "-", &long] {
        let key = Key::parse(legal).unwrap();
        assert_eq!(
            (key.as_str(), key.as_ref(), &*key.to_string()),
            (legal, legal, legal)
        );
    }
    for (text, expected) in [
        (String::new(), InvalidKey::Empty),
        (" a".to_owned(), InvalidKey::SpaceAround),
        ("a\u{a0}".to_owned(), InvalidKey::SpaceAround),
        ("a\tb".to_owned(), InvalidKey::ControlCharacter),
        ("a\u{85}".to_owned(), InvalidKey::ControlCharacter),
        (format!("{long}é"), InvalidKey::TooLong),
    ] {
        assert_eq!(Key::parse(&text), Err(expected), "{text:?}");
        assert_eq!(key::check(&text), Err(expected), "{text:?}");
    }
}

#[test]
fn a_member_of_the_context_that_is_null_is_missing() {
    let null = Context::default().with("a", Value::Null);
    assert_eq!(AttributeRef::parse("a").unwrap().resolve(&null), None);
}
