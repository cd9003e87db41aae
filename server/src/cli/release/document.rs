//! Release documents in files: what the judge takes of them.

use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value, json};
use serin_engine::{
    json::{self, read},
    release::{Guard, Policy, validate_guards, validate_policy},
};
use yaml_rust2::{Yaml, YamlLoader};

use super::input;
use crate::service::release::misshapen;

/// The members that a release document may have. The judge uses two of them.
const KNOWN: [&str; 13] = [
    "name",
    "description",
    "flag",
    "site",
    "baseline",
    "candidate",
    "unit",
    "policy",
    "guards",
    "stages",
    "windows",
    "then",
    "template",
];

/// What a release is judged by.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Standards {
    pub(super) policy: Policy,
    pub(super) guards: Vec<Guard>,
}

impl Standards {
    /// The objectives among the guards, by their keys. The judge knows nothing of them: how fast a
    /// budget burns is in no window.
    pub(super) fn objectives(&self) -> impl Iterator<Item = &str> {
        let guards = self.guards.iter().filter_map(Guard::slo);
        guards.map(|guard| guard.slo.as_str())
    }

    fn not_judged(&self) -> impl Iterator<Item = String> {
        self.objectives().map(|slo| {
            format!(
                "the objective {slo:?} is not judged: windows do not tell how fast its budget burns"
            )
        })
    }
}

/// The same as a file says it, which need not say both.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Written {
    pub(super) policy: Option<Policy>,
    pub(super) guards: Option<Vec<Guard>>,
    /// What nobody knows.
    pub(super) warnings: Vec<String>,
}

impl Written {
    /// With what it does not say from elsewhere; what that leaves to be warned of.
    pub(super) fn or(self, policy: &Policy, guards: &[Guard]) -> (Standards, Vec<String>) {
        let standards = Standards {
            policy: self.policy.unwrap_or_else(|| policy.clone()),
            guards: self.guards.unwrap_or_else(|| guards.to_vec()),
        };
        let mut warnings = self.warnings;
        if !standards
            .guards
            .iter()
            .any(|guard| guard.metric().is_some())
        {
            warnings.push("no metric is guarded: only the sample ratio is judged".to_owned());
        }
        warnings.extend(standards.not_judged());
        (standards, warnings)
    }
}

/// Reads a release document, in YAML or JSON. One that is not finished does as well: the judge
/// needs policy and guards. What nobody knows is a warning.
///
/// # Errors
/// What is wrong with it, with its place; a line for each mistake.
pub(super) fn load(path: &Path) -> Result<(Standards, Vec<String>), String> {
    Ok(written(path)?.or(&Policy::default(), &[]))
}

/// The same where what the file does not say comes from elsewhere.
///
/// # Errors
/// As [`load`].
pub(super) fn written(path: &Path) -> Result<Written, String> {
    parse(&input::text(path)?)
}

fn parse(text: &str) -> Result<Written, String> {
    let Value::Object(mut members) = value(text)? else {
        return Err("a release document is an object".to_owned());
    };
    let warnings: Vec<_> = members
        .keys()
        .filter(|name| !KNOWN.contains(&name.as_str()))
        .map(|name| format!("a release document has no member {name:?}"))
        .collect();
    check_shape(&members)?;
    let policy = members.remove("policy");
    let policy = policy.map(|policy| part::<Policy>(policy, "/policy"));
    let policy = policy.transpose()?;
    let guards = match members.remove("guards") {
        Some(Value::Array(guards)) => {
            let guards = (0..).zip(guards);
            let guards = guards.map(|(index, guard)| part(guard, &format!("/guards/{index}")));
            Some(guards.collect::<Result<Vec<Guard>, _>>()?)
        }
        _ => None,
    };
    let mistakes = [
        policy.as_ref().map_or_else(Vec::new, validate_policy),
        validate_guards(guards.as_deref().unwrap_or_default()),
    ]
    .concat();
    if !mistakes.is_empty() {
        let lines = mistakes
            .iter()
            .map(|mistake| format!("{}: {}", mistake.path, mistake.message));
        return Err(lines.collect::<Vec<_>>().join("\n"));
    }
    Ok(Written {
        policy,
        guards,
        warnings,
    })
}

/// Refuses what a server would refuse of policy and guards, with the same words.
fn check_shape(members: &Map<String, Value>) -> Result<(), String> {
    let mut document = json!({
        "flag": "flag", "baseline": "off", "candidate": "on", "stages": [{"weight": 100}],
    });
    for name in ["policy", "guards"] {
        if let Some(value) = members.get(name) {
            document[name] = value.clone();
        }
    }
    let mistakes = misshapen(&document).map_err(|error| error.to_string())?;
    if mistakes.is_empty() {
        return Ok(());
    }
    let lines = mistakes
        .iter()
        .map(|mistake| format!("{}: {}", mistake.path, mistake.message));
    Err(lines.collect::<Vec<_>>().join("\n"))
}

fn part<T: DeserializeOwned>(value: Value, place: &str) -> Result<T, String> {
    read(value).map_err(|error| format!("{place}: {error}"))
}

/// JSON where it begins like JSON, else YAML: both have one value.
///
/// # Errors
/// Where it is neither, in words.
pub(super) fn value(text: &str) -> Result<Value, String> {
    if text.trim_start().starts_with('{') {
        // YAML has maps in braces too; what is neither is told as JSON, which it looks like.
        return json::parse(text).or_else(|error| yaml(text).map_err(|_| error.to_string()));
    }
    yaml(text)
}

fn yaml(text: &str) -> Result<Value, String> {
    let documents = YamlLoader::load_from_str(text).map_err(|error| error.to_string())?;
    match documents.as_slice() {
        [document] => from_yaml(document),
        documents => Err(format!(
            "one release document belongs here, and {} are",
            documents.len()
        )),
    }
}

fn from_yaml(yaml: &Yaml) -> Result<Value, String> {
    match yaml {
        Yaml::String(text) => Ok(Value::String(text.clone())),
        Yaml::Integer(number) => Ok(Value::from(*number)),
        Yaml::Real(text) => real(yaml, text),
        Yaml::Boolean(value) => Ok(Value::Bool(*value)),
        Yaml::Null => Ok(Value::Null),
        Yaml::Array(elements) => elements.iter().map(from_yaml).collect(),
        Yaml::Hash(members) => members
            .iter()
            .map(|(name, value)| match name {
                Yaml::String(name) => Ok((name.clone(), from_yaml(value)?)),
                name => Err(format!(
                    "{name:?} is no name of a member: write it in quotes"
                )),
            })
            .collect::<Result<Map<_, _>, _>>()
            .map(Value::Object),
        Yaml::Alias(_) | Yaml::BadValue => Err("there is a value that cannot be read".to_owned()),
    }
}

fn real(yaml: &Yaml, text: &str) -> Result<Value, String> {
    let number = yaml.as_f64().and_then(Number::from_f64);
    number
        .map(Value::Number)
        .ok_or_else(|| format!("{text} is no finite number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standards(text: &str) -> Result<(Standards, Vec<String>), String> {
        Ok(parse(text)?.or(&Policy::default(), &[]))
    }

    const YAML: &str = r#"
flag: new-checkout            # with project and environment from the path
site: default
baseline: "off"
candidate: "on"
policy: {alpha: 0.001, max_excess_events: 200}
guards:
  - {metric: checkout-errors, bad: up, margin: {relative: 0.05, absolute: 0.0005}, require_safe: 0.5}
  - {slo: checkout-availability, action: hold}
stages:
  - {name: staff, segment: staff, weight: 100, min_bake: 30m}
windows: {time_zone: Europe/Berlin, allow: ["Mon-Thu 09:00-16:00"]}
"#;

    const JSON: &str = r#"{"policy": {"alpha": 1e-3, "max_excess_events": 2e2}, "guards": [
        {"metric": "checkout-errors", "margin": {"relative": 0.05, "absolute": 0.0005}, "require_safe": 0.5},
        {"slo": "checkout-availability"}]}"#;

    #[test]
    fn yaml_and_json_say_the_same() {
        let (yaml, warnings) = standards(YAML).unwrap();
        let [objective] = &warnings[..] else {
            panic!("{warnings:?}")
        };
        assert!(objective.contains("checkout-availability"), "{objective}");
        assert_eq!(yaml.policy.alpha, 0.001);
        assert_eq!(yaml.guards.len(), 2);
        assert_eq!(standards(JSON).unwrap().0, yaml);
        let flow = "{policy: {alpha: 0.001}, guards: [{metric: a}]}";
        assert_eq!(standards(flow).unwrap().0.policy.alpha, 0.001);
    }

    #[test]
    fn what_is_no_document_is_refused_in_words() {
        for (text, word) in [
            ("[1]", "object"),
            ("", "one release"),
            ("a: 1\n---\na: 1", "one release"),
            ("guards: 3", "/guards"),
            ("guards: [{metric: a, bad: sideways}]", "/guards/0"),
            ("guards: [{metric: a}, {metric: a}]", "twice"),
            ("policy: {alpha: 2}", "/policy/alpha"),
            ("policy: {alpha: .nan}", "finite"),
            ("policy: {alfa: 0.1}", "/policy/alfa: there is no member"),
            (
                "policy: {alpha: much}",
                "/policy/alpha: value is not of type",
            ),
            ("guards: [{metric: 7}]\npolicy: {beta: x}", "/policy/beta"),
            (
                "guards: [{metric: a, colour: red}]",
                "/guards/0/colour: there is no",
            ),
            ("1: 2", "quotes"),
            ("{\"policy\": ", "line 1"),
            ("a: b: c", "mapping"),
        ] {
            let error = standards(text).unwrap_err();
            assert!(error.contains(word), "{text:?}: {error}");
        }
    }

    #[test]
    fn what_nobody_knows_is_a_warning() {
        let (_, warnings) = standards("{guard: []}").unwrap();
        assert_eq!(warnings.len(), 2);
        assert!(warnings[0].contains("guard"));
        assert!(warnings[1].contains("sample ratio"));
    }
}
