//! Serin, by its three ways in.

use anyhow::Result;
use serde_json::{Map, Value, json};
use serin_engine::context::{AttributeValue, Context, ContextRef, PreparedContext};
use serin_engine::evaluation::Evaluation;
use serin_engine::ruleset::Ruleset;

use super::{Engine, Served};
use crate::world::{Flag, Person, Serve, Test, World};

/// A context that is borrowed piece by piece, new for each evaluation.
pub struct Serin;
/// A context that is a JSON object.
pub struct SerinJson;
/// A context that was prepared.
pub struct SerinPrepared;

type Attributes = [(&'static str, AttributeValue<'static>); 6];

pub fn document(world: &World) -> String {
    let flags: Map<String, Value> = world
        .flags
        .iter()
        .map(|one| (one.key.clone(), flag(one)))
        .collect();
    json!({
        "format": 1, "project": "bench", "environment": "bench", "revision": 1,
        "flags": flags,
        "segments": {"big": {"version": 1, "included": [{"values": world.members}]}},
    })
    .to_string()
}

/// A flag as rulesets have it.
pub fn flag(flag: &Flag) -> Value {
    let rules = flag.rules.iter().enumerate().map(|(number, rule)| {
        let tests: Vec<Value> = rule.tests.iter().map(test).collect();
        json!({"id": format!("rule-{number}"), "when": {"all": tests}, "serve": {"variation": "on"}})
    });
    let names = variations(flag);
    let mut json = json!({
        "type": "string", "version": 1, "enabled": true, "off": "off",
        "variations": names.iter().map(|name| json!({"key": name, "value": name})).collect::<Vec<_>>(),
        "rules": rules.collect::<Vec<_>>(),
        "default": serve(flag.default),
    });
    if let Some(required) = flag.requires {
        json["prerequisites"] = json!([{"flag": required, "variations": ["on"]}]);
    }
    json
}

fn variations(flag: &Flag) -> &'static [&'static str] {
    match flag.default {
        Serve::FourWays => &["on", "off", "v0", "v1", "v2", "v3"],
        _ => &["on", "off"],
    }
}

fn serve(serve: Serve) -> Value {
    match serve {
        Serve::On => json!({"variation": "on"}),
        Serve::Off => json!({"variation": "off"}),
        Serve::FourWays => {
            let quarter = |name| json!({"variation": name, "slots": 25_000});
            json!({"split": {"allocation": (["v0", "v1", "v2", "v3"].map(quarter))}})
        }
    }
}

fn test(test: &Test) -> Value {
    match test {
        Test::In(attribute, values) => {
            json!({"attribute": attribute, "op": "in", "values": values})
        }
        Test::Prefix(attribute, prefix) => {
            json!({"attribute": attribute, "op": "starts_with", "values": [prefix]})
        }
        Test::Above(attribute, bound) => {
            json!({"attribute": attribute, "op": "gt", "values": [bound]})
        }
        Test::VersionAbove(attribute, version) => {
            json!({"attribute": attribute, "op": "semver_gt", "values": [version]})
        }
        Test::Segment => json!({"segment": "big"}),
    }
}

pub fn load(document: &str) -> Result<Ruleset> {
    let (ruleset, warnings) = Ruleset::parse(document)?;
    anyhow::ensure!(warnings.is_empty(), "{warnings:?}");
    Ok(ruleset)
}

pub fn served(evaluation: &Evaluation<'_>) -> Served {
    match evaluation.variation {
        Some("on") => Served::On,
        None | Some("off") => Served::Off,
        Some(_) => Served::Variation,
    }
}

fn attributes(person: &Person) -> Attributes {
    [
        ("targetingKey", person.key.into()),
        ("country", person.country.into()),
        ("plan", person.plan.into()),
        ("email", person.email.into()),
        ("version", person.version.into()),
        ("age", person.age.into()),
    ]
}

pub fn json(person: &Person) -> Context {
    Context::new(person.key)
        .with("country", person.country)
        .with("plan", person.plan)
        .with("email", person.email)
        .with("version", person.version)
        .with("age", person.age)
}

impl Engine for Serin {
    const NAME: &'static str = "serin (borrowed)";
    type Loaded = Ruleset;
    type Context<'l> = Attributes;

    fn expresses(_: &str) -> bool {
        true
    }

    fn document(world: &World) -> String {
        document(world)
    }

    fn load(document: &str) -> Result<Ruleset> {
        load(document)
    }

    fn context(_: &Ruleset, person: &Person) -> Attributes {
        attributes(person)
    }

    fn evaluate(loaded: &Ruleset, key: &str, context: &Attributes) -> Served {
        served(&loaded.evaluate_borrowed(key, ContextRef::new(context)))
    }
}

impl Engine for SerinJson {
    const NAME: &'static str = "serin (JSON)";
    type Loaded = Ruleset;
    type Context<'l> = Context;

    fn expresses(_: &str) -> bool {
        true
    }

    fn document(world: &World) -> String {
        document(world)
    }

    fn load(document: &str) -> Result<Ruleset> {
        load(document)
    }

    fn context(_: &Ruleset, person: &Person) -> Context {
        json(person)
    }

    fn evaluate(loaded: &Ruleset, key: &str, context: &Context) -> Served {
        served(&loaded.evaluate(key, context))
    }

    fn evaluate_all(loaded: &Ruleset, _: &[String], context: &Context) -> usize {
        let all = loaded.evaluate_all(context);
        all.filter(|(_, evaluation)| served(evaluation) != Served::Off)
            .count()
    }
}

impl Engine for SerinPrepared {
    const NAME: &'static str = "serin";
    type Loaded = Ruleset;
    type Context<'l> = PreparedContext<'static>;

    fn expresses(_: &str) -> bool {
        true
    }

    fn document(world: &World) -> String {
        document(world)
    }

    fn load(document: &str) -> Result<Ruleset> {
        load(document)
    }

    fn context(loaded: &Ruleset, person: &Person) -> PreparedContext<'static> {
        let attributes = Box::leak(Box::new(attributes(person)));
        loaded.prepare_borrowed(ContextRef::new(attributes))
    }

    fn evaluate(loaded: &Ruleset, key: &str, context: &PreparedContext<'static>) -> Served {
        served(&loaded.evaluate_prepared(key, context))
    }
}
