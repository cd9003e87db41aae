//! Anything at all as targeting: refused or compiled, never a panic.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{answer, translate};

const OPERATORS: [&str; 22] = [
    "var",
    "if",
    "and",
    "or",
    "!",
    "!!",
    "==",
    "!=",
    "===",
    "!==",
    "<",
    "<=",
    ">",
    ">=",
    "in",
    "starts_with",
    "ends_with",
    "sem_ver",
    "fractional",
    "$ref",
    "cat",
    "?:",
];

fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        prop::sample::select(vec![
            json!(null),
            json!(true),
            json!(false),
            json!(0),
            json!(-0.0),
            json!(1e300),
            json!("x"),
            json!("y"),
            json!(""),
            json!("a"),
            json!("a.b"),
            json!(".."),
            json!("/~"),
            json!("$flagd"),
            json!("^"),
            json!("1.2.3"),
            json!("18446744073709551615.0.0"),
            json!("1.2.3-rc.1+b"),
            json!("é🙂"),
            json!([]),
            json!({}),
        ]),
        any::<f64>().prop_map(|number| json!(number)),
        any::<String>().prop_map(|text| json!(text)),
    ];
    leaf.prop_recursive(5, 48, 4, |inner| {
        let operation = |arguments: BoxedStrategy<Value>| {
            (prop::sample::select(&OPERATORS[..]), arguments)
                .prop_map(|(operator, arguments)| json!({operator: arguments}))
        };
        let list = prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from);
        prop_oneof![
            4 => operation(list.clone().boxed()),
            1 => operation(inner.clone().boxed()),
            1 => list,
            1 => (inner.clone(), inner).prop_map(|(a, b)| json!({"==": a, "!=": b})),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn anything_is_refused_or_compiles(targeting in anything(), wrapped in any::<bool>()) {
        let targeting = if wrapped { json!({"if": [targeting, "y"]}) } else { targeting };
        if let Ok(translated) = translate(&targeting) {
            // Compiling is checked on the way.
            let (variant, _) = answer(&translated, &json!({"a": {"b": "x"}}));
            prop_assert!(variant.is_some());
        }
    }
}
