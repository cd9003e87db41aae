//! Reading types of the model out of values: as `serde_json` does it.

use std::collections::BTreeMap;
use std::fmt::Debug;

use proptest::prelude::*;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::condition::Operator;
use crate::json::{parse, read};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct All {
    signed: i64,
    small: i8,
    unsigned: u32,
    float: f64,
    truth: bool,
    text: String,
    nothing: (),
    maybe: Option<u64>,
    list: Vec<i64>,
    pair: (u8, String),
    map: BTreeMap<String, f64>,
    any: Value,
    choice: Choice,
    wrapped: Wrapped,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Wrapped(u64);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Unit;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Choice {
    Plain,
    One(i64),
    Two(i64, String),
    Named { a: bool, b: Option<i64> },
}

fn same<T: DeserializeOwned + Debug + PartialEq>(value: &Value) {
    let expected: Result<T, _> = serde_json::from_value(value.clone());
    let found: Result<T, _> = read(value.clone());
    match (found, expected) {
        (Ok(found), Ok(expected)) => assert_eq!(found, expected),
        (found, expected) => assert_eq!(found.is_ok(), expected.is_ok(), "{value}"),
    }
}

fn all() -> Value {
    json!({
        "signed": -5, "small": -128, "unsigned": 4_000_000_000_u32, "float": -2.5, "truth": true,
        "text": "é", "nothing": null, "maybe": null, "list": [1, -2, 3], "pair": [255, "x"],
        "map": {"a": 1.5, "b": 2.5}, "any": [null, {"x": [1, -1, 0.5, "t", false]}],
        "choice": {"named": {"a": false, "b": -1}}, "wrapped": 7,
    })
}

#[test]
fn a_value_of_each_kind_is_read() {
    let read_all: All = read(all()).unwrap();
    assert_eq!(read_all, serde_json::from_value(all()).unwrap());
    assert_eq!(serde_json::to_value(&read_all).unwrap(), all().clone());
    for (member, value) in [
        ("maybe", json!(3)),
        ("signed", json!(i64::MIN)),
        ("float", json!(1e300)),
        ("any", json!(null)),
        ("choice", json!("plain")),
        ("choice", json!({"plain": null})),
        ("choice", json!({"one": -3})),
        ("choice", json!({"two": [1, "b"]})),
        ("choice", json!({"named": {"a": true}})),
    ] {
        let mut changed = all();
        changed[member] = value;
        let read_changed: All = read(changed.clone()).unwrap();
        assert_eq!(read_changed, serde_json::from_value(changed).unwrap());
    }
    assert_eq!(read::<Unit>(json!(null)).unwrap(), Unit);
    assert!(read::<Unit>(json!(0)).is_err());
}

#[test]
fn what_does_not_fit_is_refused() {
    for member in all().as_object().unwrap().keys() {
        for value in [
            json!(null),
            json!(true),
            json!(1),
            json!(-1),
            json!(300),
            json!(0.5),
            json!("x"),
            json!([]),
            json!({}),
            json!(u64::MAX),
            json!([1]),
            json!({"plain": 1}),
            json!({"one": 1, "two": 2}),
            json!({"two": [1]}),
            json!({"one": null}),
            json!("one"),
            json!({"none": 1}),
            json!({"x": 1}),
        ] {
            let mut changed = all();
            changed[member.as_str()] = value;
            same::<All>(&changed);
        }
        let mut without = all();
        without.as_object_mut().unwrap().remove(member);
        same::<All>(&without);
    }
    for (value, message) in [
        (json!(5), "invalid type: integer `5`"),
        (json!(-5), "invalid type: integer `-5`"),
        (
            json!(u64::MAX),
            "invalid type: integer `18446744073709551615`",
        ),
        (json!(0.5), "invalid type: floating point `0.5`"),
        (json!(true), "invalid type: boolean `true`"),
        (json!([]), "invalid type: sequence"),
        (json!({"a": 1}), "invalid type: map"),
    ] {
        let found = read::<String>(value).unwrap_err().to_string();
        assert_eq!(found, format!("{message}, expected a string"));
    }
    assert!(read::<Operator>(json!({"in": 5})).is_err());
    assert!(read::<Operator>(json!({"in": null, "lt": null})).is_err());
    assert_eq!(read::<Operator>(json!("in")).unwrap(), Operator::In);
    // What it reads otherwise than serde_json: no struct out of an array.
    assert!(read::<Wrapped>(json!([7])).is_err());
}

#[test]
fn the_size_of_a_list_is_known_before() {
    /// Takes what the reader says of the size.
    struct Told(Option<usize>);
    impl<'de> Deserialize<'de> for Told {
        fn deserialize<D: serde::Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
            struct Ask;
            impl<'de> serde::de::Visitor<'de> for Ask {
                type Value = Told;
                fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str("a list")
                }
                fn visit_seq<A: serde::de::SeqAccess<'de>>(
                    self,
                    mut list: A,
                ) -> Result<Told, A::Error> {
                    let told = list.size_hint();
                    while list.next_element::<Value>()?.is_some() {}
                    assert_eq!(list.size_hint(), Some(0));
                    Ok(Told(told))
                }
            }
            reader.deserialize_seq(Ask)
        }
    }
    for length in [0, 1, 2, 100] {
        let told: Told = read(json!(vec![1; length])).unwrap();
        assert_eq!(told.0, Some(length));
    }
}

#[test]
fn brackets_in_texts_are_no_levels() {
    let brackets = "[{".repeat(200);
    for text in [
        format!(r#""{brackets}""#),
        format!(r#""\"{brackets}""#),
        format!(r#"["\\\"{brackets}", "{brackets}"]"#),
        format!(r#"["\\", "{brackets}\"{brackets}\\\\"]"#),
    ] {
        assert_eq!(
            parse(&text).unwrap(),
            serde_json::from_str::<Value>(&text).unwrap()
        );
    }
    // A text that ends behind an escaped backslash is over.
    let deep = format!(r#"["\\", {}{}]"#, "[".repeat(128), "]".repeat(128));
    let place = parse(&deep).unwrap_err().to_string();
    assert_eq!(place, "nesting beyond 128 levels at line 1 column 135");
    let deep = format!("[\n\"\\\"\",\n  {}{}]", "[".repeat(128), "]".repeat(128));
    let place = parse(&deep).unwrap_err().to_string();
    assert_eq!(place, "nesting beyond 128 levels at line 3 column 130");
    // Levels that were left do not count.
    let wide = format!("[{}[]]", "[[]],".repeat(500));
    assert!(parse(&wide).is_ok());
}

proptest! {
    #[test]
    fn any_value_is_read_as_it_is(number in any::<f64>(), signed in any::<i64>(), unsigned in any::<u64>(), text in ".*") {
        let value = json!([number, signed, unsigned, text, null, {text.as_str(): [true, number]}]);
        prop_assert_eq!(read::<Value>(value.clone()).unwrap(), value.clone());
        prop_assert_eq!(read::<(Value, i64, u64, String, Option<i8>, Value)>(value.clone()).unwrap().1, signed);
        let floats: Vec<f64> = read(json!([signed, unsigned, 0.5])).unwrap();
        prop_assert_eq!(floats, [signed as f64, unsigned as f64, 0.5]);
    }
}
