//! The tables of `testdata/operators.json` and `testdata/unreadable.json`.

use serde_json::{Map, Value, json};

use super::{compiled, ruled};
use crate::condition::Operator;
use crate::context::Context;

#[test]
fn operators_say_what_the_table_says() {
    let rows: Vec<Map<String, Value>> =
        serde_json::from_str(include_str!("../../testdata/operators.json")).unwrap();
    for row in &rows {
        let mut leaf = row.clone();
        leaf.insert("attribute".to_owned(), "a".into());
        let expectations = ["true", "false"].map(|name| leaf.remove(name).unwrap());
        let (ruleset, warnings) = compiled(&json!({"f": ruled(&leaf.into())}), &json!({}));
        assert_eq!(warnings, [], "{row:?}");
        for (attributes, expected) in expectations.iter().zip(["on", "off"]) {
            for attribute in attributes.as_array().unwrap() {
                let context = Context::default().with("a", attribute.clone());
                let evaluation = ruleset.evaluate("f", &context);
                assert_eq!(
                    evaluation.variation,
                    Some(expected),
                    "{attribute} in {row:?}"
                );
            }
        }
        // Missing and null are the same, and match nothing.
        for context in [
            Context::default(),
            Context::default().with("a", Value::Null),
        ] {
            assert_eq!(ruleset.evaluate("f", &context).variation, Some("off"));
        }
    }
    for op in Operator::ALL {
        assert!(
            rows.iter().any(|row| row["op"] == op.as_str()),
            "{op:?} is in the table"
        );
    }
}

#[test]
fn unreadable_values_make_a_flag_uncompilable() {
    let table: Map<String, Value> =
        serde_json::from_str(include_str!("../../testdata/unreadable.json")).unwrap();
    for (op, values) in &table {
        for value in values.as_array().unwrap() {
            let leaf = json!({"attribute": "a", "op": op, "values": [value]});
            let (_, warnings) = compiled(&json!({"f": ruled(&leaf)}), &json!({}));
            assert_eq!(warnings.len(), 1, "{op} reads {value}");
            let message = &warnings[0].message;
            assert!(
                message.starts_with("/rules/0/when/values/0: expected"),
                "{message}"
            );
        }
    }
    let exists = |op: &&Operator| **op != Operator::Exists;
    for op in Operator::ALL.iter().filter(exists) {
        assert!(table.contains_key(op.as_str()), "{op:?} is in the table");
    }
}

#[test]
fn names_of_operators_round_trip() {
    for op in Operator::ALL {
        assert_eq!(Operator::parse(op.as_str()), Some(op));
        assert_eq!(serde_json::to_value(op).unwrap(), op.as_str());
    }
    assert_eq!(Operator::parse("IN"), None);
}
