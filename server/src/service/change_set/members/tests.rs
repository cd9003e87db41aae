use serde_json::json;
use serin_api::segment::ListOutcome;
use serin_engine::{segment::SegmentConfig, validate::MAX_VALUES};

use super::*;

fn edited(document: Value, by: Value) -> (Value, Vec<ListOutcome>) {
    let mut document = document;
    let by = read(&by).unwrap();
    let outcomes = edit(&mut document, &by).unwrap();
    (document, outcomes)
}

fn places(by: &Value) -> Vec<(String, String)> {
    let mistakes = read(by).unwrap_err();
    mistakes.into_iter().map(|it| (it.path, it.code)).collect()
}

#[test]
fn units_come_and_go_by_attribute() {
    let (document, outcomes) = edited(
        json!({"included": [{"values": ["a", "b"]}, {"attribute": "org.id", "values": ["o1"]}]}),
        json!({"included": [
            {"add": ["b", "c", "c"], "remove": ["a", "x"]},
            {"attribute": "org.id", "remove": ["o1"]},
            {"attribute": "plan", "add": ["pro"]},
        ], "excluded": [{"attribute": "/targetingKey", "add": ["z"]}]}),
    );
    assert_eq!(
        document,
        json!({"included": [{"values": ["b", "c"]}, {"attribute": "plan", "values": ["pro"]}], "excluded": [{"values": ["z"]}]})
    );
    let counts: Vec<_> = outcomes
        .iter()
        .map(|it| (it.units, it.added, it.present, it.removed, it.absent))
        .collect();
    assert_eq!(
        counts,
        [
            (2, 1, 1, 1, 1),
            (0, 0, 0, 1, 0),
            (1, 1, 0, 0, 0),
            (1, 1, 0, 0, 0)
        ]
    );
}

#[test]
fn the_last_unit_takes_its_list_with_it() {
    let (document, _) = edited(
        json!({"excluded": [{"values": ["a"]}], "rules": []}),
        json!({"excluded": [{"remove": ["a"]}]}),
    );
    assert_eq!(document, json!({"rules": []}));
}

#[test]
fn mistakes_are_named_by_their_place_in_the_edit() {
    let by = json!({"included": [
        {"add": ["a", "b\0"], "remove": ["c", "a"]},
        {"attribute": "targetingKey", "add": ["d"]},
        {"attribute": "a..b"},
    ]});
    let expected = [
        ("/included/0/add/1", "nul_character"),
        ("/included/0/remove/1", "conflict"),
        ("/included/1", "duplicate"),
        ("/included/2/attribute", "invalid_attribute"),
    ];
    assert_eq!(
        places(&by),
        expected.map(|(path, code)| (path.to_owned(), code.to_owned()))
    );
    assert_eq!(
        places(&json!({"included": [{"add": [7]}]}))[0].0,
        "/included/0/add/0"
    );
    assert_eq!(places(&json!({"rules": []}))[0].1, "unknown_member");
}

#[test]
fn no_more_than_the_limit() {
    let many: Vec<String> = (0..MAX_VALUES).map(|n| n.to_string()).collect();
    let mut document = json!({"included": [{"values": many}]});
    let more = read(&json!({"included": [{"attribute": "org", "add": ["one"]}]})).unwrap();
    let mistakes = edit(&mut document, &more).unwrap_err();
    assert_eq!(
        (mistakes[0].path.as_str(), mistakes[0].code.as_str()),
        ("/included", "too_many")
    );
    assert_eq!(
        mistakes[0].message,
        "a segment lists at most 100\u{202f}000 units as included; with these it would be 100\u{202f}001"
    );
}

#[test]
fn a_list_is_a_set() {
    let mut config: SegmentConfig = serde_json::from_value(json!({
        "included": [{"values": ["a", "b", "a"]}, {"attribute": "targetingKey", "values": ["b", "c"]}, {"attribute": "org", "values": ["a"]}],
    }))
    .unwrap();
    settle(&mut config);
    let lists: Vec<_> = config
        .included
        .iter()
        .map(|it| it.values.join(""))
        .collect();
    assert_eq!(lists, ["ab", "c", "a"]);
}

#[test]
fn histories_keep_what_changed_in_long_lists() {
    let list =
        |from: usize, to: usize| -> Vec<String> { (from..to).map(|n| format!("{n:05}")).collect() };
    let of = |units: Vec<String>| json!({"included": [{"attribute": "org", "values": units}], "rules": []});
    let short = shorten(Some(&of(list(0, 999))), Some(&of(list(0, 1000))));
    assert!(short.members.is_empty() && short.after == Some(of(list(0, 1000))));

    let long = shorten(Some(&of(list(0, 1500))), Some(&of(list(1, 2000))));
    assert_eq!(
        long.after,
        Some(json!({"included": [{"attribute": "org", "units": 1999}], "rules": []}))
    );
    let [members] = long.members.as_slice() else {
        panic!("{:?}", long.members)
    };
    assert_eq!(
        (members.added, members.removed, members.added_units.len()),
        (500, 1, 500)
    );
    assert!(members.added_units.is_sorted());
    assert_eq!(
        (members.removed_units[0].as_str(), members.digest.len()),
        ("00000", 64)
    );
}
