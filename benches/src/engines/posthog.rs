//! PostHog's local evaluator.

use std::collections::HashMap;

use anyhow::Result;
use posthog_rs::{FlagCache, FlagValue, LocalEvaluationResponse, LocalEvaluator};
use serde_json::{Value, json};

use super::{Engine, Served};
use crate::world::{Flag, Person, Serve, Test, World};

pub struct PostHog;

fn flag(flag: &Flag, members: &[String]) -> Value {
    let mut groups: Vec<Value> = flag
        .rules
        .iter()
        .map(|rule| {
            let properties: Vec<Value> = rule
                .tests
                .iter()
                .map(|test| property(test, members))
                .collect();
            json!({"properties": properties, "rollout_percentage": 100})
        })
        .collect();
    if flag.default != Serve::Off {
        let required: Vec<Value> = flag
            .requires
            .iter()
            .map(|key| json!({"key": format!("$feature/{key}"), "value": true, "operator": "exact", "type": "flag"}))
            .collect();
        groups.push(json!({"properties": required, "rollout_percentage": 100}));
    }
    let variant = |number: usize| json!({"key": format!("v{number}"), "rollout_percentage": 25});
    let multivariate = match flag.default {
        Serve::FourWays => json!({"variants": (0..4).map(variant).collect::<Vec<_>>()}),
        _ => Value::Null,
    };
    json!({
        "key": flag.key, "active": true,
        "filters": {"groups": groups, "multivariate": multivariate, "payloads": {}},
    })
}

fn property(test: &Test, members: &[String]) -> Value {
    let (key, operator, value) = match test {
        Test::In(attribute, values) => (*attribute, "exact", json!(values)),
        Test::Prefix(attribute, prefix) => (*attribute, "starts_with", json!(prefix)),
        Test::Above(attribute, bound) => (*attribute, "gt", json!(bound)),
        Test::VersionAbove(attribute, version) => (*attribute, "semver_gt", json!(version)),
        Test::Segment => ("key", "exact", json!(members)),
    };
    json!({"key": key, "value": value, "operator": operator, "type": "person"})
}

/// A key and properties, and the groups that there are none of.
pub struct Subject {
    key: String,
    properties: HashMap<String, Value>,
    groups: HashMap<String, String>,
    group_properties: HashMap<String, HashMap<String, Value>>,
}

impl Engine for PostHog {
    const NAME: &'static str = "posthog";
    type Loaded = LocalEvaluator;
    type Context<'l> = Subject;

    fn expresses(_: &str) -> bool {
        true
    }

    fn document(world: &World) -> String {
        let flags: Vec<Value> = world
            .flags
            .iter()
            .map(|one| flag(one, &world.members))
            .collect();
        json!({"flags": flags, "group_type_mapping": {}, "cohorts": {}}).to_string()
    }

    fn load(document: &str) -> Result<LocalEvaluator> {
        let response: LocalEvaluationResponse = serde_json::from_str(document)?;
        let cache = FlagCache::new();
        cache.update(response);
        Ok(LocalEvaluator::new(cache))
    }

    fn context(_: &LocalEvaluator, person: &Person) -> Subject {
        let properties = [
            ("key", Value::from(person.key)),
            ("country", person.country.into()),
            ("plan", person.plan.into()),
            ("email", person.email.into()),
            ("version", person.version.into()),
            ("age", person.age.into()),
        ];
        Subject {
            key: person.key.to_owned(),
            properties: properties
                .map(|(name, value)| (name.to_owned(), value))
                .into(),
            groups: HashMap::new(),
            group_properties: HashMap::new(),
        }
    }

    fn evaluate(loaded: &LocalEvaluator, key: &str, context: &Subject) -> Served {
        let Subject {
            key: distinct_id,
            properties,
            groups,
            group_properties,
        } = context;
        // Flags that name others need the whole cache in view.
        let found = match key {
            "flag-f" => {
                loaded.evaluate_flag(key, distinct_id, properties, groups, group_properties)
            }
            _ => {
                loaded.evaluate_flag_simple(key, distinct_id, properties, groups, group_properties)
            }
        };
        match found {
            Ok(Some(FlagValue::Boolean(true))) => Served::On,
            Ok(Some(FlagValue::String(_))) => Served::Variation,
            _ => Served::Off,
        }
    }
}
