use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};
use serin_engine::context::Context;
use serin_engine::ruleset::{Kind, fingerprint};

use super::*;
use crate::protocol::Step;

fn event(name: &str, data: impl ToString) -> Event {
    Event {
        name: name.to_owned(),
        data: data.to_string(),
    }
}

fn flag(version: u64, value: u8) -> Value {
    json!({
        "type": "number", "version": version, "enabled": true,
        "variations": [{"key": "a", "value": value}], "default": {"variation": "a"},
    })
}

fn print(flags: &BTreeMap<String, Value>) -> String {
    fingerprint(flags.iter().map(|(key, flag)| {
        (
            Kind::Flag,
            key,
            flag["version"].as_u64().unwrap_or_default(),
        )
    }))
}

#[track_caller]
fn follow(mirror: &Mirror, current: Option<&Ruleset>, event: &Event) -> Ruleset {
    match protocol::read(current, event) {
        Step::Install(update) => {
            mirror.follow(event, &update.ruleset);
            update.ruleset
        }
        other => panic!("{event:?} gave {other:?}"),
    }
}

proptest! {
    /// Whatever comes, the copy is the ruleset that evaluations use.
    #[test]
    fn a_copy_evaluates_like_what_it_is_a_copy_of(
        first in prop::collection::btree_map("[a-d]", 0_u8..9, 0..4),
        changes in prop::collection::vec(prop::collection::btree_map("[a-d]", prop::option::of(0_u8..9), 0..3), 0..8),
    ) {
        let mirror = Mirror::default();
        let mut flags: BTreeMap<String, Value> = first
            .into_iter()
            .map(|(key, value)| (key, flag(1, value)))
            .collect();
        let put = json!({
            "format": 1, "project": "p", "environment": "e", "revision": 1, "flags": flags,
            "fingerprint": print(&flags),
        });
        let mut ruleset = follow(&mirror, None, &event("put", put));
        for (change, revision) in changes.into_iter().zip(1..) {
            let mut patch = serde_json::Map::new();
            for (key, value) in change {
                match value {
                    Some(value) => drop(flags.insert(key.clone(), flag(revision + 1, value))),
                    None => drop(flags.remove(&key)),
                }
                patch.insert(key.clone(), flags.get(&key).cloned().unwrap_or_default());
            }
            let patch = json!({
                "from": revision, "to": revision + 1, "flags": patch, "releases": [revision],
                "fingerprint": print(&flags),
            });
            ruleset = follow(&mirror, Some(&ruleset), &event("patch", patch));
        }
        let text = mirror.take().unwrap();
        prop_assert!(mirror.take().is_none(), "it did not change since");
        let (copy, _) = Ruleset::parse(&text).unwrap();
        prop_assert_eq!(copy.revision(), ruleset.revision());
        prop_assert_eq!(copy.fingerprint(), ruleset.fingerprint());
        prop_assert_eq!(copy.project(), "p");
        let whole: Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&whole["fingerprint"], ruleset.fingerprint());
        for key in ["a", "b", "c", "d"] {
            let context = Context::new("u");
            prop_assert_eq!(copy.evaluate(key, &context).value, ruleset.evaluate(key, &context).value);
        }
    }
}

#[test]
fn a_change_of_nothing_known_waits_for_the_next_whole_ruleset() {
    let mirror = Mirror::default();
    let whole = event("put", json!({"format": 1, "revision": 3}));
    let (ruleset, _) = Ruleset::parse(&whole.data).unwrap();
    mirror.follow(
        &event("patch", json!({"flags": {"a": flag(4, 1)}})),
        &ruleset,
    );
    assert!(mirror.take().is_none());
    mirror.follow(&whole, &ruleset);
    assert!(mirror.take().is_some());
}

#[test]
fn what_could_not_be_written_is_written_again() {
    let mirror = Mirror::default();
    let whole = event("put", json!({"format": 1, "revision": 3}));
    let (ruleset, _) = Ruleset::parse(&whole.data).unwrap();
    mirror.follow(&whole, &ruleset);
    assert!(mirror.write(|_| Err(io::Error::other("full"))).is_err());
    assert!(mirror.write(|_| Ok(())).unwrap());
    assert!(!mirror.write(|_| panic!("it did not change")).unwrap());
}
