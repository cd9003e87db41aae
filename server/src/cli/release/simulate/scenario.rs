//! Scenarios as people write them: every mistake at once, each with its place.

use std::path::Path;

use serde_json::{Value, json};
use serin_api::error::Detail;
use serin_documents::schema;
use serin_engine::{
    json::read,
    release::{Document, Plan, Span, validate_plan},
};
use serin_simulation::Scenario;

use crate::{cli::release::document, service::release::misshapen, shape};

/// What a scenario is simulated by, where its own release makes no sense: the other mistakes are
/// told all the same.
fn any_release() -> Value {
    json!({"flag": "flag", "baseline": "off", "candidate": "on", "stages": [{"weight": 100}]})
}

/// Reads a scenario. The release may be in a file of its own in the folder.
///
/// # Errors
/// Every mistake, a line each.
pub(super) fn parse(text: &str, folder: &Path) -> Result<Scenario, String> {
    let mut value = document::value(text)?;
    let mut mistakes = Vec::new();
    let release = match value.get_mut("release") {
        None => None,
        Some(release) => read_release(release.take(), folder, &mut mistakes),
    };
    if value.get("release").is_some() {
        value["release"] = release.clone().unwrap_or_else(any_release);
    }
    let shape = misfits(&value)?;
    let scenario = if shape.is_empty() {
        shape::read::<Scenario>(&value).map_err(|misfit| told(&misfit))?
    } else {
        mistakes.extend(shape.iter().map(told));
        return Err(mistakes.join("\n"));
    };
    mistakes.extend(scenario.mistakes());
    if mistakes.is_empty() {
        Ok(scenario)
    } else {
        Err(mistakes.join("\n"))
    }
}

/// The release, where it makes sense; else what is wrong with it.
fn read_release(written: Value, folder: &Path, mistakes: &mut Vec<String>) -> Option<Value> {
    let (mut release, file) = match written {
        Value::String(file) => {
            let text = std::fs::read_to_string(folder.join(&file)).map_err(|e| e.to_string());
            match text.and_then(|text| document::value(&text)) {
                Ok(release) => (release, Some(file)),
                Err(error) => {
                    mistakes.push(format!("/release: {file}: {error}"));
                    return None;
                }
            }
        }
        release => (release, None),
    };
    complete(&mut release);
    let found = wrong_with(&release);
    let is_right = found.is_empty();
    let place = |path: String| match &file {
        Some(file) if path.is_empty() => file.clone(),
        Some(file) => format!("{file}: {path}"),
        None => format!("/release{path}"),
    };
    let found = found.into_iter();
    mistakes.extend(found.map(|(path, message)| format!("{}: {message}", place(path))));
    is_right.then_some(release)
}

/// What is wrong with a release, each with its path in it.
fn wrong_with(release: &Value) -> Vec<(String, String)> {
    let of_all = |message: String| vec![(String::new(), message)];
    let misshapen: Vec<_> = match misshapen(release) {
        Ok(details) => details
            .into_iter()
            .map(|it| (it.path, it.message))
            .collect(),
        Err(error) => of_all(error.to_string()),
    };
    if !misshapen.is_empty() {
        return misshapen;
    }
    match read::<Document>(release.clone()) {
        Ok(release) => validate_plan(&Plan::of(&release))
            .into_iter()
            .map(|mistake| (mistake.path, mistake.message))
            .collect(),
        Err(error) => of_all(error.to_string()),
    }
}

/// A plan will do: what it is for is not simulated.
fn complete(release: &mut Value) {
    if let Value::Object(release) = release {
        for (member, made_up) in [("flag", "flag"), ("baseline", "off"), ("candidate", "on")] {
            release.entry(member).or_insert_with(|| made_up.into());
        }
        // A template has them.
        release.remove("name");
        release.remove("description");
    }
}

/// What does not fit of all but the release.
fn misfits(scenario: &Value) -> Result<Vec<Detail>, String> {
    let validator = schema::compile(include_str!("scenario.json"))?;
    let errors = validator.iter_errors(scenario);
    let mut details: Vec<_> = errors.flat_map(|error| schema::mistakes(&error)).collect();
    let metrics = scenario["metrics"].as_object().into_iter().flatten();
    for (metric, behaviour) in metrics.filter(|(_, behaviour)| behaviour.is_object()) {
        let has = |member: &str| behaviour.get(member).is_some();
        if has("rate") == has("median") || has("rate") && has("spread") {
            details.push(Detail {
                path: format!("/metrics/{metric}"),
                code: "metric".to_owned(),
                message:
                    "either a rate of events belongs here, or a median of values and their spread"
                        .to_owned(),
            });
        }
    }
    // What does not look like a length of time is told to be none already.
    let mut spans = spans(scenario, String::new());
    spans.retain(|span| details.iter().all(|told| told.path != span.path));
    details.extend(spans);
    details.sort_by(|a, b| (&a.path, &a.code).cmp(&(&b.path, &b.code)));
    details.dedup();
    Ok(details)
}

/// Lengths of time whose shape is right and that are none: `1m1h`.
fn spans(value: &Value, path: String) -> Vec<Detail> {
    let Value::Object(members) = value else {
        return Vec::new();
    };
    let mut details = Vec::new();
    for (name, value) in members.iter().filter(|(name, _)| *name != "release") {
        let path = format!("{path}/{name}");
        let is_span = matches!(
            name.as_str(),
            "over" | "onset" | "from" | "for" | "window" | "limit"
        );
        match value {
            Value::String(text) if is_span => {
                details.extend(text.parse::<Span>().err().map(|error| Detail {
                    path,
                    code: "invalid_span".to_owned(),
                    message: error.to_string(),
                }));
            }
            value => details.extend(spans(value, path)),
        }
    }
    details
}

fn told(detail: &Detail) -> String {
    match detail.path.as_str() {
        "" => detail.message.clone(),
        path => format!("{path}: {}", detail.message),
    }
}
