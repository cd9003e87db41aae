//! Round trips: no condition loses anything in the editor.

use serde_json::{Value, json};
use serin_engine::condition::{Condition, Operator};

use super::{
    draft::{Kind, Part},
    edit::{self, Way},
    incomplete, operator,
};

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) % bound
    }

    fn text(&mut self) -> String {
        const TEXTS: [&str; 12] = [
            "DE",
            "",
            "42",
            "true",
            "a, b",
            "\"quoted\"",
            " edge ",
            "null",
            "1e3",
            "ü🐦",
            "[1]",
            "a\nb",
        ];
        TEXTS[self.below(12) as usize].to_owned()
    }

    fn value(&mut self) -> Value {
        match self.below(4) {
            0 => json!(self.below(100)),
            1 => json!(self.below(100) as f64 / 8.0 - 3.0),
            2 => json!(self.below(2) == 0),
            _ => json!(self.text()),
        }
    }

    fn condition(&mut self, depth: u32) -> Value {
        let mut document = match self.below(if depth == 0 { 4 } else { 7 }) {
            0 => json!({"segment": self.text()}),
            1 => json!({"flag": self.text(), "variations": [self.text(), "on"]}),
            2 => {
                json!({"share": {"slots": self.below(100_001), "salt": self.text(), "by": "org.id", "later": 1}})
            }
            3 => {
                let op = Operator::ALL[self.below(18) as usize];
                let values: Vec<Value> = (0..self.below(4)).map(|_| self.value()).collect();
                json!({"attribute": self.text(), "op": op, "values": values, "ignore_case": self.below(2) == 0})
            }
            4 => json!({"not": self.condition(depth - 1)}),
            kind => {
                let parts: Vec<Value> = (0..self.below(4))
                    .map(|_| self.condition(depth - 1))
                    .collect();
                if kind == 5 {
                    json!({ "all": parts })
                } else {
                    json!({ "any": parts })
                }
            }
        };
        if self.below(4) == 0 {
            document["some_day"] = json!({"from": [self.value()]});
        }
        document
    }
}

/// A part of a condition, whichever.
fn any_id(root: &Part, dice: &mut Dice) -> u32 {
    let mut ids = Vec::new();
    let mut open = vec![root];
    while let Some(part) = open.pop() {
        ids.push(part.id);
        open.extend(&part.parts);
    }
    ids[dice.below(ids.len() as u64) as usize]
}

/// The leaves' documents, sorted: what moving must keep.
fn leaves(part: &Part) -> Vec<String> {
    let mut found = Vec::new();
    if part.is_group() {
        part.parts
            .iter()
            .for_each(|part| found.extend(leaves(part)));
    } else {
        found.push(part.document().to_string());
    }
    found.sort();
    found
}

#[test]
fn every_document_comes_back_as_it_was() {
    let mut dice = Dice(1);
    for _ in 0..5000 {
        let document = dice.condition(4);
        assert_eq!(Part::of(&document).document(), document);
        // As the model reads it, too.
        let condition: Condition = serde_json::from_value(document.clone()).unwrap();
        assert_eq!(Part::of(&document).condition(), Some(condition));
    }
}

#[test]
fn what_is_not_known_stays_as_it_is() {
    for odd in [
        json!({"weather": "rainy"}),
        json!({"all": "of them"}),
        json!({"attribute": "a", "op": "resembles", "values": []}),
        json!({"all": null, "segment": "a"}),
        json!({"not": {"not": {"someday": true}, "a": 1}, "b": 2}),
        json!({"share": {"percent": 5}}),
        json!([1, 2]),
        json!(null),
    ] {
        assert_eq!(Part::of(&odd).document(), odd);
        let mut around = Part::of(&json!({"all": [odd, {"segment": "x"}]}));
        let segment = around.parts[1].id;
        edit::shift(&mut around, segment, Way::Up);
        assert_eq!(around.document(), json!({"all": [{"segment": "x"}, odd]}));
    }
}

#[test]
fn moving_and_grouping_keep_every_leaf() {
    let mut dice = Dice(2);
    for _ in 0..3000 {
        let mut root = Part::of(&dice.condition(4));
        let before = leaves(&root);
        for _ in 0..6 {
            let id = any_id(&root, &mut dice);
            match dice.below(6) {
                0 => drop(edit::shift(&mut root, id, Way::Up)),
                1 => drop(edit::shift(&mut root, id, Way::Down)),
                2 => drop(edit::shift(&mut root, id, Way::Out)),
                3 => drop(edit::shift(&mut root, id, Way::In)),
                4 => edit::wrap(&mut root, id, Kind::Any),
                // Of a negated group the negation goes to its only part.
                _ if root.find(id).unwrap().nots.is_empty() => edit::unwrap(&mut root, id),
                _ => {}
            }
            assert_eq!(leaves(&root), before);
            let pointer = root.pointer(id, "");
            if let Some(pointer) = pointer {
                let there = root.document().pointer(&pointer).cloned();
                assert!(there.is_some(), "{pointer} in {}", root.document());
            }
        }
    }
}

#[test]
fn parts_walk_through_groups_and_out_again() {
    let of = |name: &str| json!({ "segment": name });
    let mut root = Part::of(&json!({"all": [of("a"), {"any": [of("b")]}]}));
    let a = root.parts[0].id;
    let mut say = |way| {
        assert!(edit::shift(&mut root, a, way));
        root.document()
    };
    assert_eq!(
        say(Way::Down),
        json!({"all": [{"any": [of("a"), of("b")]}]})
    );
    assert_eq!(
        say(Way::Down),
        json!({"all": [{"any": [of("b"), of("a")]}]})
    );
    assert_eq!(
        say(Way::Down),
        json!({"all": [{"any": [of("b")]}, of("a")]})
    );
    assert_eq!(
        say(Way::In),
        json!({"all": [{"any": [of("b")]}, {"any": [of("a")]}]})
    );
    // A group that is left empty goes with its last part.
    assert_eq!(say(Way::Out), json!({"all": [{"any": [of("b")]}, of("a")]}));
    assert!(
        !edit::shift(&mut root, a, Way::Down),
        "it is the last one already"
    );
}

#[test]
fn a_lone_leaf_grows_into_a_group_and_back() {
    let mut root = Part::of(&json!({"segment": "a"}));
    let first = root.id;
    edit::add(&mut root, first, Part::of(&json!({"segment": "b"})));
    assert_eq!(
        root.document(),
        json!({"all": [{"segment": "a"}, {"segment": "b"}]})
    );
    edit::remove(&mut root, first);
    assert_eq!(root.document(), json!({"segment": "b"}));
    let last = root.id;
    edit::remove(&mut root, last);
    assert_eq!(root.document(), json!({"all": []}));
}

#[test]
fn ungrouping_keeps_a_negation_with_its_part() {
    let mut root = Part::of(
        &json!({"any": [{"not": {"all": [{"segment": "a"}]}}, {"not": {"any": [{"segment": "b"}, {"segment": "c"}]}}]}),
    );
    let (one, two) = (root.parts[0].id, root.parts[1].id);
    assert!(edit::can_unwrap(&root, one));
    assert!(
        !edit::can_unwrap(&root, two),
        "it says something of both together"
    );
    edit::unwrap(&mut root, one);
    assert_eq!(root.document()["any"][0], json!({"not": {"segment": "a"}}));
}

#[test]
fn another_operator_keeps_the_values() {
    let mut part = Part::of(
        &json!({"attribute": "age", "op": "in", "values": ["18", 21, "x"], "later": true}),
    );
    part.set_operator(Operator::Exists);
    assert_eq!(
        part.document(),
        json!({"attribute": "age", "op": "exists", "later": true})
    );
    part.set_operator(Operator::In);
    assert_eq!(part.values(), [json!("18"), json!(21), json!("x")]);
    part.set_operator(Operator::StartsWith);
    assert_eq!(part.values(), [json!("18"), json!("21"), json!("x")]);
    part.set_operator(Operator::Gte);
    assert_eq!(part.values(), [json!(18), json!(21), json!("x")]);
}

#[test]
fn negations_turn_round_and_back() {
    let mut part = Part::of(&json!({"segment": "a"}));
    part.negate(true);
    assert_eq!(part.document(), json!({"not": {"segment": "a"}}));
    part.negate(true);
    part.negate(false);
    assert_eq!(part.document(), json!({"segment": "a"}));
    let twice = Part::of(&json!({"not": {"not": {"segment": "a"}}}));
    assert!(!twice.is_negated());
}

#[test]
fn values_are_read_as_they_are_shown() {
    let mut dice = Dice(3);
    for _ in 0..5000 {
        let op = Operator::ALL[dice.below(18) as usize];
        let value = dice.value();
        let text = operator::text(op, &value);
        let (texts, values) = (vec![text.clone()], vec![value.clone()]);
        assert_eq!(operator::read_all(op, &texts, &values), values);
        if value.is_string() && op != Operator::Matches || op == Operator::In {
            assert_eq!(operator::read(op, &text), value, "{op:?} {text}");
        }
    }
    assert_eq!(operator::read(Operator::Gt, "4.5"), json!(4.5));
    assert_eq!(operator::read(Operator::Gt, "12a"), json!("12a"));
    assert_eq!(operator::read(Operator::SemverGte, "1.2"), json!("1.2"));
    assert_eq!(operator::read(Operator::Matches, "\"a\""), json!("\"a\""));
}

#[test]
fn lists_keep_what_an_edit_does_not_touch() {
    let before = [json!(1), json!("x"), json!(2)];
    let read = |texts: [&str; 2]| {
        operator::read_all(Operator::Contains, &texts.map(str::to_owned), &before)
    };
    assert_eq!(read(["1", "2"]), [json!(1), json!(2)]);
    assert_eq!(read(["x", "2"]), [json!("x"), json!(2)]);
}

#[test]
fn choices_name_every_operator_once() {
    let offered: Vec<Operator> = operator::GROUPS
        .iter()
        .flat_map(|(_, ops)| ops.iter().copied())
        .collect();
    assert_eq!(offered.len(), Operator::ALL.len());
    for op in Operator::ALL {
        assert!(offered.contains(&op));
        for negated in [false, true] {
            assert_eq!(
                operator::chosen(&operator::choice(op, negated)),
                Some((op, negated))
            );
        }
    }
    assert_eq!(operator::chosen("nonsense"), None);
}

#[test]
fn short_dates_are_made_whole() {
    for (typed, whole) in [
        ("2027-01-31", "2027-01-31T00:00:00Z"),
        (" 2027-01-31 09:30", "2027-01-31T09:30:00Z"),
        ("2027-01-31T09:30:15+01:00", "2027-01-31T09:30:15+01:00"),
        ("1760000000000", "1760000000000"),
        ("31.1.2027", "31.1.2027"),
    ] {
        assert_eq!(operator::whole_date(typed), whole);
    }
}

#[test]
fn what_is_missing_is_named_at_its_place() {
    let condition: Condition = serde_json::from_value(json!({"all": [
        {"segment": ""},
        {"not": {"attribute": " ", "op": "in"}},
        {"any": [{"flag": "", "variations": []}, {"flag": "f", "variations": []}]},
        {"attribute": "age", "op": "gte", "values": ["12a"]},
        {"attribute": "v", "op": "semver_eq", "values": [""]},
        {"attribute": "ok", "op": "exists"},
        {"attribute": "ok", "op": "in", "values": [""]},
        {"share": {"slots": 1, "salt": ""}},
    ]}))
    .unwrap();
    let found: Vec<String> = incomplete(&condition, "/rules/0/when")
        .into_iter()
        .map(|mistake| mistake.path)
        .collect();
    let paths = [
        "0/segment",
        "1/not/attribute",
        "1/not/values",
        "2/any/0/flag",
        "2/any/1/variations",
        "3/values/0",
        "4/values/0",
        "7/share/salt",
    ];
    assert_eq!(found, paths.map(|path| format!("/rules/0/when/all/{path}")));
}
