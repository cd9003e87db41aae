//! Random targeting and contexts: the translation decides as the interpreter does,
//! except where it said that it would not.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use serin_engine::attribute::AttributeRef;

use super::{
    super::{Note, NoteKind},
    answer, context, oracle, translate_with,
};

fn any_of(values: Vec<Value>) -> impl Strategy<Value = Value> + Clone {
    prop::sample::select(values)
}

fn variable() -> impl Strategy<Value = Value> + Clone {
    let default = any_of(vec![
        json!("x"),
        json!(0),
        json!(5),
        json!(""),
        json!("5"),
        json!(true),
    ]);
    prop_oneof![
        4 => any_of(vec![json!({"var": "a"}), json!({"var": ["b"]}), json!({"var": "c.d"}), json!({"var": "c.0"})]),
        1 => default.prop_map(|default| json!({"var": ["a", default]})),
    ]
}

fn scalar() -> impl Strategy<Value = Value> + Clone {
    any_of(vec![
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(1),
        json!(5),
        json!(-1.5),
        json!(""),
        json!("x"),
        json!("xy"),
        json!("5"),
        json!("1"),
        json!("5.0"),
        json!("0"),
        json!("-1.5"),
    ])
}

fn leaf() -> impl Strategy<Value = Value> {
    let op = |ops: &'static [&'static str]| prop::sample::select(ops);
    let number = || any_of(vec![json!(0), json!(1), json!(5), json!(-1.5), json!(7)]);
    let text = || any_of(vec![json!(""), json!("x"), json!("xy"), json!("5")]);
    let version = any_of(vec![
        json!("1.2.0"),
        json!("2.0.0"),
        json!("1.2"),
        json!("v1.2.3"),
        json!("2.0.0-beta"),
    ]);
    let plain = scalar().prop_filter("null is refused", |value| !value.is_null());
    prop_oneof![
        3 => (op(&["==", "!=", "===", "!=="]), variable(), scalar()).prop_map(|(op, v, s)| json!({op: [v, s]})),
        1 => (op(&["==", "!==", "!="]), scalar(), variable()).prop_map(|(op, s, v)| json!({op: [s, v]})),
        1 => (op(&["==", "!=", "==="]), scalar(), scalar()).prop_map(|(op, l, r)| json!({op: [l, r]})),
        3 => (op(&["<", "<=", ">", ">="]), variable(), number()).prop_map(|(op, v, n)| json!({op: [v, n]})),
        1 => (op(&["<", "<=", ">", ">="]), number(), variable()).prop_map(|(op, n, v)| json!({op: [n, v]})),
        1 => (op(&["<", "<="]), number(), variable(), number()).prop_map(|(op, l, v, h)| json!({op: [l, v, h]})),
        2 => (variable(), prop::collection::vec(plain, 0..4)).prop_map(|(v, list)| json!({"in": [v, list]})),
        1 => (text(), variable()).prop_map(|(t, v)| json!({"in": [t, v]})),
        1 => (op(&["starts_with", "ends_with"]), variable(), text()).prop_map(|(op, v, t)| json!({op: [v, t]})),
        2 => (any_of(vec![json!({"var": "a"}), json!({"var": "b"})]),
              op(&["=", "!=", "<", "<=", ">", ">=", "^", "~"]), version)
            .prop_map(|(v, op, version)| json!({"sem_ver": [v, op, version]})),
        1 => variable(),
        1 => scalar(),
    ]
}

fn condition() -> BoxedStrategy<Value> {
    leaf()
        .prop_recursive(4, 24, 4, |inner| {
            let several = prop::collection::vec(inner.clone(), 1..4);
            prop_oneof![
                several.clone().prop_map(|parts| json!({"and": parts})),
                several.clone().prop_map(|parts| json!({"or": parts})),
                prop::collection::vec(inner.clone(), 0..6).prop_map(|parts| json!({"if": parts})),
                inner.clone().prop_map(|part| json!({"!": [part]})),
                inner.prop_map(|part| json!({"!!": [part]})),
            ]
        })
        .boxed()
}

fn targeting() -> impl Strategy<Value = Value> {
    let result = any_of(vec![
        json!("x"),
        json!("y"),
        json!(null),
        json!(true),
        json!(false),
    ]);
    let boolean = condition().prop_map(|part| json!({"!": [part]})).boxed();
    let both = (boolean.clone(), boolean.clone()).prop_map(|(l, r)| json!({"and": [l, r]}));
    let result = prop_oneof![4 => result, 1 => boolean, 1 => both];
    let chain = result.prop_recursive(3, 16, 5, |inner| {
        prop::collection::vec((condition(), inner.clone()), 0..3).prop_flat_map(move |pairs| {
            prop::option::of(inner.clone()).prop_map(move |otherwise| {
                let mut parts = Vec::new();
                for (condition, result) in &pairs {
                    parts.extend([condition.clone(), result.clone()]);
                }
                parts.extend(otherwise);
                json!({"if": parts})
            })
        })
    });
    chain.prop_map(|chain| {
        if chain.is_object() {
            chain
        } else {
            json!({"if": [chain]})
        }
    })
}

fn attribute() -> impl Strategy<Value = Option<Value>> {
    let version = any_of(vec![
        json!("1.2.3"),
        json!("1.2"),
        json!("2.0.0-rc.1"),
        json!("v1.2.3"),
        json!("10.0.0"),
        json!("1.x"),
    ]);
    let other = any_of(vec![
        json!(["x"]),
        json!([5]),
        json!([]),
        json!([null, "x"]),
        json!({"d": "x"}),
        json!({}),
    ]);
    prop::option::weighted(
        0.85,
        prop_oneof![
            5 => scalar(),
            1 => any_of(vec![json!(" 5"), json!("xyx"), json!("true"), json!(2), json!(" ")]),
            2 => version,
            1 => other,
        ],
    )
}

fn attributes() -> impl Strategy<Value = Value> {
    let inner = prop_oneof![
        2 => attribute().prop_map(|d| d.map(|d| json!({"d": d}))),
        1 => attribute().prop_map(|d| d.map(|d| json!([d, 1]))),
        1 => attribute(),
    ];
    (attribute(), attribute(), inner).prop_map(|(a, b, c)| {
        let named = [("a", a), ("b", b), ("c", c)];
        let present = named
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Value::Object(present.collect::<Map<_, _>>())
    })
}

/// Whether a note said that this context may be decided otherwise.
fn excepted(notes: &[Note], attributes: &Value) -> bool {
    let context = context(attributes);
    notes.iter().any(|note| {
        let Some(attribute) = &note.attribute else {
            return false;
        };
        let reference = AttributeRef::parse(attribute).unwrap();
        let Some(value) = reference.resolve(&context) else {
            return false;
        };
        let text = value.as_str();
        let numeric =
            text.is_some_and(|text| text.trim().is_empty() || text.trim().parse::<f64>().is_ok());
        match note.kind {
            NoteKind::List => value.is_array(),
            NoteKind::LooseEquality => numeric,
            NoteKind::LooseOrder => numeric || value.is_boolean(),
            NoteKind::Version => text.is_some_and(|text| text.starts_with('v')),
            NoteKind::LeftOut => false,
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_translation_decides_as_flagd_does(
        targeting in targeting(),
        contexts in prop::collection::vec(attributes(), 6),
    ) {
        let translated = translate_with(&targeting, &json!("x")).unwrap();
        for attributes in contexts {
            if excepted(&translated.notes, &attributes) {
                continue;
            }
            let expected = match oracle::apply(&targeting, &attributes) {
                Value::Null => (Some("x".to_owned()), "DEFAULT"),
                Value::Bool(bool) => (Some(bool.to_string()), "TARGETING_MATCH"),
                Value::String(variant) => (Some(variant), "TARGETING_MATCH"),
                other => panic!("{other} is no variant"),
            };
            let (variant, reason) = answer(&translated, &attributes);
            // A flag whose targeting never decides has no rules left, which Serin calls static.
            let reason = if translated.config.rules.is_empty() { "DEFAULT" } else { reason };
            prop_assert_eq!((variant, reason), expected, "{} for {}", targeting, attributes);
        }
    }
}
