//! Eppo's evaluator. It has no segments (a list in the rule stands for one) and no
//! prerequisites.

use std::sync::Arc;

use anyhow::{Result, anyhow};
use chrono::{DateTime, Utc};
use eppo_core::eval::get_assignment;
use eppo_core::ufc::{AssignmentValue, UniversalFlagConfig};
use eppo_core::{AttributeValue, Attributes, Configuration, SdkMetadata, Str};
use serde_json::{Map, Value, json};

use super::{Engine, Served};
use crate::world::{Flag, Person, Serve, Test, World};

pub struct Eppo;

fn flag(flag: &Flag, members: &[String]) -> Value {
    let mut allocations: Vec<Value> = flag
        .rules
        .iter()
        .enumerate()
        .map(|(number, rule)| {
            let conditions: Vec<Value> = rule
                .tests
                .iter()
                .map(|test| condition(test, members))
                .collect();
            json!({
                "key": format!("rule-{number}"), "doLog": false,
                "rules": [{"conditions": conditions}],
                "splits": [{"variationKey": "on", "shards": []}],
            })
        })
        .collect();
    let whole = |name: &str| vec![json!({"variationKey": name, "shards": []})];
    let quarter = |number: u32| {
        let ranges = json!([{"start": number * 2500, "end": (number + 1) * 2500}]);
        json!({"variationKey": format!("v{number}"), "shards": [{"salt": flag.key, "ranges": ranges}]})
    };
    let splits = match flag.default {
        Serve::On => whole("on"),
        Serve::Off => whole("off"),
        Serve::FourWays => (0..4).map(quarter).collect(),
    };
    allocations.push(json!({"key": "default", "doLog": false, "rules": [], "splits": splits}));
    let variations: Map<String, Value> = ["on", "off", "v0", "v1", "v2", "v3"]
        .map(|name| (name.to_owned(), json!({"key": name, "value": name})))
        .into_iter()
        .collect();
    json!({
        "key": flag.key, "enabled": true, "variationType": "STRING", "totalShards": 10_000,
        "variations": variations, "allocations": allocations,
    })
}

fn condition(test: &Test, members: &[String]) -> Value {
    let (attribute, operator, value) = match test {
        Test::In(attribute, values) => (*attribute, "ONE_OF", json!(values)),
        Test::Prefix(attribute, prefix) => (*attribute, "MATCHES", json!(format!("^{prefix}"))),
        Test::Above(attribute, bound) => (*attribute, "GT", json!(bound)),
        Test::VersionAbove(attribute, version) => (*attribute, "GT", json!(version)),
        Test::Segment => ("id", "ONE_OF", json!(members)),
    };
    json!({"attribute": attribute, "operator": operator, "value": value})
}

/// A key and attributes.
pub struct Subject(Str, Arc<Attributes>);

impl Engine for Eppo {
    const NAME: &'static str = "eppo";
    type Loaded = Configuration;
    type Context<'l> = Subject;

    fn expresses(case: &str) -> bool {
        case != "F"
    }

    fn document(world: &World) -> String {
        let flags: Map<String, Value> = world
            .flags
            .iter()
            .map(|one| (one.key.clone(), flag(one, &world.members)))
            .collect();
        json!({
            "createdAt": "2026-01-01T00:00:00.000Z", "format": "SERVER",
            "environment": {"name": "bench"}, "flags": flags,
        })
        .to_string()
    }

    fn load(document: &str) -> Result<Configuration> {
        let sdk = SdkMetadata {
            name: "bench",
            version: "1",
        };
        let flags = UniversalFlagConfig::from_json(sdk, document.as_bytes().to_vec())
            .map_err(|error| anyhow!("{error}"))?;
        Ok(Configuration::from_server_response(flags, None))
    }

    fn context(_: &Configuration, person: &Person) -> Subject {
        let text = |text: &str| AttributeValue::categorical(text);
        let attributes = [
            ("country", text(person.country)),
            ("plan", text(person.plan)),
            ("email", text(person.email)),
            ("version", text(person.version)),
            ("age", AttributeValue::numeric(f64::from(person.age))),
        ];
        let attributes = attributes.map(|(name, value)| (Str::from(name), value));
        Subject(
            Str::from(person.key),
            Arc::new(attributes.into_iter().collect()),
        )
    }

    fn evaluate(loaded: &Configuration, key: &str, context: &Subject) -> Served {
        let Subject(subject, attributes) = context;
        let now = DateTime::<Utc>::UNIX_EPOCH;
        match get_assignment(Some(loaded), key, subject, attributes, None, now) {
            Ok(Some(assignment)) => match &assignment.value {
                AssignmentValue::String(value) => match value.as_str() {
                    "on" => Served::On,
                    "off" => Served::Off,
                    _ => Served::Variation,
                },
                _ => Served::Off,
            },
            _ => Served::Off,
        }
    }
}
