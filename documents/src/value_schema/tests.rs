use serde_json::{Value, json};
use serin_api::error::Detail;

use super::{STACK, check};

/// What is said of an object flag with this schema and these values.
fn said(schema: &Value, values: &[Value]) -> Vec<Detail> {
    let variations: Vec<Value> = values
        .iter()
        .zip(["a", "b", "c"])
        .map(|(value, key)| json!({"key": key, "value": value}))
        .collect();
    let flag = json!({"type": "object", "variations": variations, "schema": schema});
    let definition = serde_json::from_value(flag).unwrap();
    let checker = std::thread::Builder::new().stack_size(STACK);
    let checker = checker.spawn(move || check(&definition)).unwrap();
    checker.join().unwrap()
}

fn paths(details: &[Detail]) -> Vec<&str> {
    details.iter().map(|detail| detail.path.as_str()).collect()
}

/// The one place and message of a schema that is refused whatever the values are.
fn refused(schema: &Value) -> (String, String) {
    let found = said(schema, &[json!({})]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].code, "invalid_schema", "{found:?}");
    (found[0].path.clone(), found[0].message.clone())
}

#[test]
fn messages_name_the_variation_and_the_place_in_its_value() {
    let schema = json!({
        "type": "object",
        "properties": {
            "limit": {"type": "integer", "maximum": 10},
            "hosts": {"type": "array", "items": {"type": "object", "required": ["na/me"]}},
            "mode": {"enum": ["fast", "safe"]},
            "size": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        },
        "additionalProperties": false,
    });
    let good = json!({"limit": 10, "hosts": [{"na/me": "x"}], "mode": "fast", "size": null});
    let bad = json!({"limit": 11, "hosts": [{"na/me": "x"}, {}], "mode": "slow", "size": 1, "more": true});
    let found = said(&schema, &[good, bad]);
    let mut found: Vec<(&str, &str)> = found
        .iter()
        .map(|detail| (detail.path.as_str(), detail.message.as_str()))
        .collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [
            (
                "/variations/1/value/hosts/1/na~1me",
                r#"variation "b", at "/hosts/1/na~1me": the member "na/me" is missing"#
            ),
            (
                "/variations/1/value/limit",
                r#"variation "b", at "/limit": value is greater than the maximum of 10"#
            ),
            (
                "/variations/1/value/mode",
                r#"variation "b", at "/mode": value is not one of "fast" or "safe""#
            ),
            (
                "/variations/1/value/more",
                r#"variation "b", at "/more": there is no member "more" here"#
            ),
            (
                "/variations/1/value/size",
                r#"variation "b", at "/size": it fits none of the schemas of anyOf"#
            ),
        ]
    );
}

#[test]
fn what_is_no_schema_is_named_by_its_place() {
    for (schema, place) in [
        (json!({"type": "no such type"}), "/schema/type"),
        (
            json!({"properties": {"a": {"minLength": -1}}}),
            "/schema/properties/a/minLength",
        ),
        (
            json!({"$schema": "https://example.com/own"}),
            "/schema/$schema",
        ),
        (json!({"required": "a"}), "/schema/required"),
    ] {
        assert_eq!(refused(&schema).0, place, "{schema}");
    }
}

#[test]
fn what_is_no_schema_is_told_with_its_keyword_and_what_it_takes() {
    for (schema, message) in [
        (
            json!({"type": "objekt"}),
            r#""type" takes "array", "boolean", "integer", "null", "number", "object", "string", or a list of some of them, and not "objekt""#,
        ),
        (
            json!({"properties": {"a": {"minLength": -1}}}),
            r#""minLength": -1 is less than the minimum of 0"#,
        ),
        (
            json!({"required": "a"}),
            r#""required": "a" is not of type "array""#,
        ),
        (
            json!({"required": [7]}),
            r#""required": 7 is not of type "string""#,
        ),
        (
            json!({"required": "x".repeat(41)}),
            r#""required": a long text is not of type "array""#,
        ),
        (
            json!({"$schema": "http://json-schema.org/draft-07/schema", "items": 7}),
            r#""items" takes a schema or a list of schemas, and not 7"#,
        ),
    ] {
        assert_eq!(refused(&schema).1, message, "{schema}");
    }
}

#[test]
fn nothing_outside_the_schema_is_fetched() {
    for target in [
        "https://example.com/schema.json",
        "other.json",
        "file:///etc/passwd",
        "#/$defs/none",
        "#nowhere",
        "",
    ] {
        let (place, message) = refused(&json!({"properties": {"a": {"$ref": target}}}));
        assert_eq!(place, "/schema/properties/a/$ref", "{target}");
        assert!(
            message.contains("leads to no part of this schema"),
            "{message}"
        );
    }
    let inner = json!({"$defs": {"a": {"$id": "https://example.com/a"}}});
    assert_eq!(refused(&inner).0, "/schema/$defs/a/$id");
    let dynamic = json!({"items": {"$dynamicRef": "#a"}});
    assert_eq!(refused(&dynamic).0, "/schema/items/$dynamicRef");
    // A member of this name is no reference.
    assert_eq!(
        said(
            &json!({"properties": {"$ref": {"type": "string"}}}),
            &[json!({"$ref": "x"})]
        ),
        []
    );
}

#[test]
fn references_to_its_own_parts_are_followed() {
    let schema = json!({
        "$id": "https://example.com/tree",
        "$defs": {
            "tree": {
                "type": "object",
                "properties": {"children": {"type": "array", "items": {"$ref": "#/$defs/tree"}}, "name": {"$ref": "#name"}},
                "required": ["name"],
            },
            "name": {"$anchor": "name", "type": "string", "minLength": 1},
        },
        "$ref": "#/$defs/tree",
    });
    let tree = |name: &str| json!({"name": "root", "children": [{"name": name, "children": []}]});
    let found = said(&schema, &[tree("leaf"), tree("")]);
    assert_eq!(paths(&found), ["/variations/1/value/children/0/name"]);
}

#[test]
fn regular_expressions_that_could_blow_up_are_refused() {
    for pattern in [
        "(a{1000}){1000}",
        r"(\w{1,200}){1,200}\p{L}{1000}",
        "(?=a)b",
        r"(a)\1",
        "(",
    ] {
        let schema = json!({"properties": {"a": {"pattern": pattern}}});
        let (place, _) = refused(&schema);
        assert_eq!(place, "/schema/properties/a/pattern", "{pattern}");
    }
    let slow = json!({"properties": {"a": {"pattern": "^(a+)+$"}}});
    let value = json!({"a": format!("{}b", "a".repeat(50_000))});
    assert_eq!(paths(&said(&slow, &[value])), ["/variations/0/value/a"]);
    let many: Vec<Value> = (0..65)
        .map(|n| json!({"pattern": format!("a{n}")}))
        .collect();
    assert!(refused(&json!({"anyOf": many})).1.contains("64 patterns"));
}

#[test]
fn schemas_that_ask_for_too_much_are_refused_at_once() {
    assert!(refused(&json!({"$ref": "#"})).1.contains("without end"));
    let round = json!({"$defs": {"a": {"allOf": [{"$ref": "#/$defs/b"}]}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"});
    assert!(refused(&round).1.contains("without end"));

    let mut doubling = json!({"$ref": "#/$defs/d0"});
    for n in 0..40 {
        let next = json!({"$ref": format!("#/$defs/d{}", n + 1)});
        doubling["$defs"][format!("d{n}")] = json!({"allOf": [next, next]});
    }
    doubling["$defs"]["d40"] = json!({"type": "object"});
    assert!(refused(&doubling).1.contains("steps"));

    let deep = (0..60).fold(json!({}), |inner, _| json!({"a": inner}));
    let twice = json!({"properties": {"a": {"allOf": [{"$ref": "#"}, {"$ref": "#"}]}}});
    let found = said(&twice, &[deep]);
    assert!(found[0].message.contains("steps"), "{found:?}");

    let parts: Vec<Value> = (0..1001).map(|_| json!({})).collect();
    assert!(refused(&json!({"allOf": parts})).1.contains("1000 parts"));
    let large = json!({"description": "x".repeat(70_000)});
    assert!(refused(&large).1.contains("65536 bytes"));
}

#[test]
fn the_longest_chain_that_is_taken_fits_on_the_stack() {
    let chain = |length: usize| {
        let mut schema = json!({"$ref": "#/$defs/d0"});
        for n in 0..length {
            schema["$defs"][format!("d{n}")] = json!({"$ref": format!("#/$defs/d{}", n + 1)});
        }
        schema["$defs"][format!("d{length}")] = json!({"required": ["x"]});
        schema
    };
    assert_eq!(
        paths(&said(&chain(490), &[json!({})])),
        ["/variations/0/value/x"]
    );
    assert!(refused(&chain(510)).1.contains("inside each other"));
    // A chain that no value leads into.
    let mut idle = chain(990);
    idle["properties"] = json!({"a": idle["$ref"].take()});
    idle["properties"]["a"] = json!({"$ref": "#/$defs/d0"});
    idle.as_object_mut().unwrap().remove("$ref");
    assert_eq!(said(&idle, &[json!({})]), []);
}

#[test]
fn a_schema_that_is_true_admits_all_and_one_that_is_false_nothing() {
    assert_eq!(said(&json!(true), &[json!({"a": 1})]), []);
    assert_eq!(
        paths(&said(&json!(false), &[json!({})])),
        ["/variations/0/value"]
    );
}
