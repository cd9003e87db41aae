//! LaunchDarkly's evaluator. Flags are looked up in a map beside the store, so that they
//! are not cloned where the evaluator does not ask for them itself.

use std::collections::HashMap;

use anyhow::Result;
use launchdarkly_server_sdk_evaluation::{
    Context, ContextBuilder, Flag as Toggle, FlagValue, Segment, Store, evaluate,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Engine, Served};
use crate::world::{Flag, Person, Serve, Test, World};

pub struct LaunchDarkly;

#[derive(Deserialize)]
pub struct Loaded {
    flags: HashMap<String, Toggle>,
    segments: HashMap<String, Segment>,
}

impl Store for Loaded {
    fn flag(&self, key: &str) -> Option<Toggle> {
        self.flags.get(key).cloned()
    }

    fn segment(&self, key: &str) -> Option<Segment> {
        self.segments.get(key).cloned()
    }
}

fn flag(flag: &Flag) -> Value {
    let rules = flag.rules.iter().enumerate().map(|(number, rule)| {
        let clauses: Vec<Value> = rule.tests.iter().map(clause).collect();
        json!({"id": format!("rule-{number}"), "clauses": clauses, "variation": 0, "trackEvents": false})
    });
    let weight = |variation: usize| json!({"variation": variation, "weight": 25_000});
    let default = match flag.default {
        Serve::On => json!({"variation": 0}),
        Serve::Off => json!({"variation": 1}),
        Serve::FourWays => {
            json!({"rollout": {"variations": ([2, 3, 4, 5].map(weight))}})
        }
    };
    let prerequisites: Vec<Value> = flag
        .requires
        .iter()
        .map(|key| json!({"key": key, "variation": 0}))
        .collect();
    json!({
        "key": flag.key, "version": 1, "on": true, "salt": flag.key,
        "targets": [], "contextTargets": [], "prerequisites": prerequisites,
        "rules": rules.collect::<Vec<_>>(), "fallthrough": default, "offVariation": 1,
        "variations": ["on", "off", "v0", "v1", "v2", "v3"],
        "clientSide": false, "trackEvents": false, "trackEventsFallthrough": false,
    })
}

fn clause(test: &Test) -> Value {
    let (attribute, op, values) = match test {
        Test::In(attribute, values) => (*attribute, "in", json!(values)),
        Test::Prefix(attribute, prefix) => (*attribute, "startsWith", json!([prefix])),
        Test::Above(attribute, bound) => (*attribute, "greaterThan", json!([bound])),
        Test::VersionAbove(attribute, version) => {
            (*attribute, "semVerGreaterThan", json!([version]))
        }
        Test::Segment => ("", "segmentMatch", json!(["big"])),
    };
    json!({"contextKind": "user", "attribute": attribute, "op": op, "values": values, "negate": false})
}

impl Engine for LaunchDarkly {
    const NAME: &'static str = "launchdarkly";
    type Loaded = Loaded;
    type Context<'l> = Context;

    fn expresses(_: &str) -> bool {
        true
    }

    fn document(world: &World) -> String {
        let flags: Map<String, Value> = world
            .flags
            .iter()
            .map(|one| (one.key.clone(), flag(one)))
            .collect();
        let big = json!({
            "key": "big", "version": 1, "salt": "big", "included": world.members,
            "excluded": [], "rules": [],
        });
        json!({"flags": flags, "segments": {"big": big}}).to_string()
    }

    fn load(document: &str) -> Result<Loaded> {
        Ok(serde_json::from_str(document)?)
    }

    fn context(_: &Loaded, person: &Person) -> Context {
        let mut builder = ContextBuilder::new(person.key);
        builder
            .set_string("country", person.country)
            .set_string("plan", person.plan)
            .set_string("email", person.email)
            .set_string("version", person.version)
            .set_float("age", f64::from(person.age));
        builder.build().expect("a good context")
    }

    fn evaluate(loaded: &Loaded, key: &str, context: &Context) -> Served {
        let Some(flag) = loaded.flags.get(key) else {
            return Served::Off;
        };
        match evaluate(loaded, flag, context, None).value {
            Some(FlagValue::Str(value)) => match &**value {
                "on" => Served::On,
                "off" => Served::Off,
                _ => Served::Variation,
            },
            _ => Served::Off,
        }
    }
}
