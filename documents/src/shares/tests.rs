use std::collections::BTreeMap;

use serde_json::{Value, json};
use serin_engine::flag::{FlagConfig, FlagDefinition, Serve, Shares};

use super::{allocate, show};

fn definition() -> FlagDefinition {
    let json = json!({
        "type": "boolean",
        "variations": [{"key": "on", "value": true}, {"key": "off", "value": false}],
    });
    serde_json::from_value(json).unwrap()
}

fn config(serve: Value, rules: &[(&str, Value)]) -> FlagConfig {
    let rules: Vec<Value> = rules
        .iter()
        .map(|(id, serve)| json!({"id": id, "when": {"all": []}, "serve": serve}))
        .collect();
    let json = json!({"enabled": true, "default": serve, "rules": rules});
    serde_json::from_value(json).unwrap()
}

fn split(on: u32) -> Value {
    json!({"split": {"weights": {"on": on, "off": 100_000 - on}}})
}

fn runs(serve: &Serve) -> Vec<(String, u32)> {
    match serve {
        Serve::Split(split) => match &split.shares {
            Shares::Allocation(runs) => runs
                .iter()
                .map(|run| (run.variation.clone(), run.slots))
                .collect(),
            Shares::Weights(weights) => panic!("not allocated: {weights:?}"),
        },
        Serve::Variation(variation) => panic!("no split: {variation}"),
    }
}

/// How many slots two allocations give to different variations.
fn moved(a: &[(String, u32)], b: &[(String, u32)]) -> usize {
    let slots = |runs: &[(String, u32)]| -> Vec<String> {
        let run = |(key, slots): &(String, u32)| vec![key.clone(); *slots as usize];
        runs.iter().flat_map(run).collect()
    };
    slots(a)
        .iter()
        .zip(slots(b))
        .filter(|(a, b)| *a != b)
        .count()
}

#[test]
fn a_site_keeps_its_slots_wherever_its_rule_goes() {
    let mut before = config(split(10_000), &[("a", split(20_000)), ("b", split(30_000))]);
    allocate(&definition(), &mut before, None);
    let mut after = config(split(15_000), &[("b", split(30_000)), ("a", split(25_000))]);
    allocate(&definition(), &mut after, Some(&before));
    assert_eq!(moved(&runs(&before.default), &runs(&after.default)), 5_000);
    assert_eq!(
        moved(&runs(&before.rules[0].serve), &runs(&after.rules[1].serve)),
        5_000
    );
    assert_eq!(runs(&before.rules[1].serve), runs(&after.rules[0].serve));
}

#[test]
fn what_is_shown_has_the_weights_that_were_written() {
    let mut stored = config(split(12_345), &[]);
    allocate(&definition(), &mut stored, None);
    show(&mut stored);
    let Serve::Split(split) = &stored.default else {
        panic!("no split");
    };
    let weights = BTreeMap::from([("off".to_owned(), 87_655), ("on".to_owned(), 12_345)]);
    assert_eq!(split.shares, Shares::Weights(weights));
}
