//! Unleash's evaluator.

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use unleash_types::client_features::{ClientFeatures, Context};
use unleash_yggdrasil::{EngineState, UpdateMessage, state::EnrichedContext};

use super::{Engine, Served};
use crate::world::{Flag, Person, Serve, Test, World};

pub struct Yggdrasil;

fn feature(flag: &Flag) -> Value {
    let mut strategies: Vec<Value> = flag
        .rules
        .iter()
        .map(|rule| {
            let segments: Vec<i32> = rule
                .tests
                .iter()
                .filter(|test| matches!(test, Test::Segment))
                .map(|_| 1)
                .collect();
            let constraints: Vec<Value> = rule.tests.iter().filter_map(constraint).collect();
            json!({"name": "default", "parameters": {}, "constraints": constraints, "segments": segments})
        })
        .collect();
    if flag.default != Serve::Off {
        strategies.push(json!({"name": "default", "parameters": {}, "constraints": []}));
    }
    let variant = |number: usize| json!({"name": format!("v{number}"), "weight": 250, "weightType": "fix", "stickiness": "userId"});
    let variants = match flag.default {
        Serve::FourWays => (0..4).map(variant).collect(),
        _ => Vec::new(),
    };
    let dependencies: Vec<Value> = flag
        .requires
        .iter()
        .map(|key| json!({"feature": key, "enabled": true}))
        .collect();
    json!({
        "name": flag.key, "type": "release", "enabled": true, "project": "default",
        "strategies": strategies, "variants": variants, "dependencies": dependencies,
    })
}

fn constraint(test: &Test) -> Option<Value> {
    Some(match test {
        Test::In(attribute, values) => {
            json!({"contextName": attribute, "operator": "IN", "values": values})
        }
        Test::Prefix(attribute, prefix) => {
            json!({"contextName": attribute, "operator": "STR_STARTS_WITH", "values": [prefix]})
        }
        Test::Above(attribute, bound) => {
            json!({"contextName": attribute, "operator": "NUM_GT", "value": bound.to_string()})
        }
        Test::VersionAbove(attribute, version) => {
            json!({"contextName": attribute, "operator": "SEMVER_GT", "value": version})
        }
        Test::Segment => return None,
    })
}

impl Engine for Yggdrasil {
    const NAME: &'static str = "yggdrasil";
    type Loaded = EngineState;
    type Context<'l> = Context;

    fn expresses(_: &str) -> bool {
        true
    }

    fn document(world: &World) -> String {
        let features: Vec<Value> = world.flags.iter().map(feature).collect();
        let constraint =
            json!({"contextName": "userId", "operator": "IN", "values": world.members});
        json!({
            "version": 2, "features": features,
            "segments": [{"id": 1, "constraints": [constraint]}],
        })
        .to_string()
    }

    fn load(document: &str) -> Result<EngineState> {
        let features: ClientFeatures = serde_json::from_str(document)?;
        let engine = EngineState::default();
        let warnings = engine.take_state(UpdateMessage::FullResponse(features));
        ensure!(
            warnings.is_none(),
            "{} warnings",
            warnings.map_or(0, |all| all.len())
        );
        Ok(engine)
    }

    fn context(_: &EngineState, person: &Person) -> Context {
        let properties = [
            ("country", person.country.to_owned()),
            ("plan", person.plan.to_owned()),
            ("email", person.email.to_owned()),
            ("version", person.version.to_owned()),
            ("age", person.age.to_string()),
        ];
        Context {
            user_id: Some(person.key.to_owned()),
            properties: Some(
                properties
                    .map(|(name, value)| (name.to_owned(), value))
                    .into(),
            ),
            ..Context::default()
        }
    }

    fn evaluate(loaded: &EngineState, key: &str, context: &Context) -> Served {
        let context = EnrichedContext::from(context, key, None);
        // Variants are a question of their own there; flag C is the one that has them.
        if key == "flag-c" {
            return match loaded.check_variant(&context) {
                Some(_) => Served::Variation,
                None => Served::Off,
            };
        }
        match loaded.check_enabled(&context) {
            Some(true) => Served::On,
            _ => Served::Off,
        }
    }
}
