//! What a release is going to do, before it starts.

use std::time::Duration;

use serin_api::forecast::ReleaseForecast;
use serin_engine::{
    flag::{FlagDefinition, FlagType, Serve},
    release::{Approver, Document, Site, Stage, Template},
};

use super::{capital, remaining, share};
use crate::{describe::serve, order};

/// `1 % → 10 % → 100 %. Complete by itself after 40m at the earliest; waits for proof of safety
/// on errors at 2 stages.` What the evidence is going to take counts as far as it is known.
pub(crate) fn sentence(document: &Document, forecast: Option<&ReleaseForecast>) -> String {
    let steps: Vec<String> = document.stages.iter().map(share).collect();
    format!(
        "{}. {}.",
        capital(&steps.join(" → ")),
        course(document, 0, forecast)
    )
}

/// The stages after one that it has come to, in the same way. What that one still takes is told
/// where the release is.
pub(crate) fn rest(document: &Document, present: usize) -> String {
    let coming = present + 1;
    let steps: Vec<String> = document.stages.iter().skip(coming).map(share).collect();
    if steps.is_empty() {
        return "It is in its last stage.".to_owned();
    }
    format!(
        "After this stage: {}. {}.",
        steps.join(" → "),
        course(document, coming, None)
    )
}

/// A template's plan as a document of no flag.
pub(crate) fn of_template(template: &Template) -> Document {
    Document {
        flag: String::new(),
        site: Site::Default,
        baseline: String::new(),
        candidate: String::new(),
        unit: None,
        policy: template.policy.clone(),
        guards: template.guards.clone(),
        stages: template.stages.clone(),
        windows: template.windows.clone(),
        then: None,
    }
}

/// Who moves it, how long it takes at the least and what it waits for, from a stage on: from the
/// first, or from one that is only come to after others.
fn course(document: &Document, from: usize, forecast: Option<&ReleaseForecast>) -> String {
    let people = people(document, from);
    let stages = || document.stages.iter().enumerate().skip(from);
    let bakes: Duration = stages()
        .map(|(index, stage)| least(document, index, stage, forecast))
        .sum();
    let proof = proof(document, from);
    let first = from == 0;
    let mut parts = match (people.is_empty(), bakes.is_zero()) {
        (true, true) if proof.is_none() && first => vec!["Complete at once".to_owned()],
        (true, true) if proof.is_none() => vec!["Then it is complete".to_owned()],
        (true, true) => vec!["Complete by itself".to_owned()],
        (true, false) if first => vec![format!(
            "Complete by itself after {} at the earliest",
            remaining(bakes)
        )],
        (true, false) => vec![format!(
            "Complete by itself {} later at the earliest",
            remaining(bakes)
        )],
        (false, true) => vec![capital(&people)],
        (false, false) => vec![
            capital(&people),
            format!("bakes for {} in all at the least", remaining(bakes)),
        ],
    };
    parts.extend(proof);
    if document.windows.is_some() {
        parts.push("goes on only within its hours".to_owned());
    }
    parts.join("; ")
}

/// `a person advances it once, an admin approves once`
fn people(document: &Document, from: usize) -> String {
    let times = |number: usize| match number {
        1 => "once".to_owned(),
        n => format!("{n} times"),
    };
    let approved = |role: Approver| {
        let stages = document.stages.iter().skip(from);
        let by = stages.filter(|stage| stage.approval.is_some_and(|it| it.role == role));
        by.count()
    };
    let by_hand = (from..document.stages.len())
        .filter(|index| document.is_by_hand(*index))
        .filter(|index| {
            let stage = document.stages.get(*index);
            stage.is_some_and(|stage| stage.approval.is_none())
        });
    let parts = [
        ("a person advances it", by_hand.count()),
        ("an editor approves", approved(Approver::Editor)),
        ("an admin approves", approved(Approver::Admin)),
    ];
    let parts = parts.into_iter().filter(|(_, number)| *number > 0);
    let parts: Vec<String> = parts
        .map(|(who, number)| format!("{who} {}", times(number)))
        .collect();
    parts.join(", ")
}

/// How long a stage takes at the least: its bake, or the proof that it waits for where that is
/// known to take longer.
fn least(
    document: &Document,
    index: usize,
    stage: &Stage,
    forecast: Option<&ReleaseForecast>,
) -> Duration {
    let bake = stage.watch.or(stage.min_bake);
    let bake = bake.map_or(Duration::ZERO, |span| span.0);
    let Some(forecast) = forecast.filter(|_| document.asks_for_evidence(stage)) else {
        return bake;
    };
    let minutes = document.required(stage).filter_map(|guard| {
        let known = forecast
            .guards
            .iter()
            .find(|it| it.metric == guard.metric)?;
        known.stages.get(index)?.safe_in
    });
    // Whole minutes are more than a forecast knows, and years are no sum.
    minutes
        .filter(|minutes| (0.0..1e7).contains(minutes))
        .map(|minutes| Duration::from_secs(60 * minutes.ceil() as u64))
        .fold(bake, Duration::max)
}

/// `waits for proof of safety on errors at 2 stages`
fn proof(document: &Document, from: usize) -> Option<String> {
    let stages = document.stages.iter().skip(from);
    let asking: Vec<&Stage> = stages
        .filter(|stage| document.asks_for_evidence(stage))
        .collect();
    let mut metrics: Vec<&str> = Vec::new();
    for guard in asking.iter().flat_map(|stage| document.required(stage)) {
        if !metrics.contains(&guard.metric.as_str()) {
            metrics.push(&guard.metric);
        }
    }
    let at = match asking.len() {
        0 => return None,
        1 => "1 stage".to_owned(),
        n => format!("{n} stages"),
    };
    Some(format!(
        "waits for proof of safety on {} at {at}",
        metrics.join(", ")
    ))
}

/// The baseline and the candidate that offer themselves: what a site serves now, and what
/// it might serve.
pub(crate) fn arms(definition: &FlagDefinition, now: &Serve) -> (String, String) {
    let others_than = |baseline: &str| {
        let other = definition
            .variations
            .iter()
            .find(|variation| variation.key != baseline);
        other.map_or_else(String::new, |variation| variation.key.clone())
    };
    match now {
        Serve::Variation(baseline) => (baseline.clone(), others_than(baseline)),
        Serve::Split(split) => {
            let mut shares = serve::weights(split);
            shares.retain(|(_, slots)| *slots > 0);
            order::short(&mut shares, |(_, slots)| std::cmp::Reverse(*slots));
            let key = |index: usize| shares.get(index).map(|(key, _)| key.clone());
            let (first, second) = (key(0).unwrap_or_default(), key(1));
            match second {
                // A boolean flag goes to true, however far it is already.
                Some(second) if is_false(definition, &second) => (second, first),
                Some(second) => (first, second),
                None => (first.clone(), others_than(&first)),
            }
        }
    }
}

fn is_false(definition: &FlagDefinition, key: &str) -> bool {
    definition.kind == FlagType::Boolean
        && definition.variations.iter().any(|variation| {
            variation.key == key && variation.value == serde_json::Value::Bool(false)
        })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn document(stages: Value, guards: Value) -> Document {
        serde_json::from_value(json!({"flag": "f", "baseline": "off", "candidate": "on",
            "stages": stages, "guards": guards}))
        .unwrap()
    }

    fn said(stages: Value) -> String {
        sentence(&document(stages, json!([])), None).replace('\u{202f}', " ")
    }

    #[test]
    fn plans_say_how_long_and_who() {
        assert_eq!(
            said(
                json!([{"weight": 1, "min_bake": "10m"}, {"weight": 50, "min_bake": "1h"}, {"weight": 100}])
            ),
            "1 % → 50 % → 100 %. Complete by itself after 1h10m at the earliest."
        );
        assert_eq!(
            said(json!([{"weight": 0.5}, {"weight": 25}, {"weight": 100}])),
            "0.5 % → 25 % → 100 %. A person advances it 2 times."
        );
        assert_eq!(
            said(json!([{"weight": 10, "min_bake": "30m"}, {"weight": 25}, {"weight": 100}])),
            "10 % → 25 % → 100 %. A person advances it once; bakes for 30m in all at the least."
        );
        assert_eq!(
            said(json!([{"weight": 10, "shadow": {"mismatch": "m"}}, {"weight": 100}])),
            "A shadow of 10 % → 100 %. A person advances it once."
        );
        assert_eq!(said(json!([{"weight": 100}])), "100 %. Complete at once.");
    }

    #[test]
    fn approvals_are_people_too() {
        let stages = json!([
            {"weight": 10, "min_bake": "30m", "approval": {"role": "admin"}},
            {"weight": 20, "approval": {"role": "editor"}}, {"weight": 50}, {"weight": 100}]);
        assert_eq!(
            said(stages.clone()),
            "10 % → 20 % → 50 % → 100 %. A person advances it once, an editor approves once, an admin approves once; bakes for 30m in all at the least."
        );
        assert_eq!(
            rest(&document(stages, json!([])), 1).replace('\u{202f}', " "),
            "After this stage: 50 % → 100 %. A person advances it once."
        );
    }

    #[test]
    fn what_is_still_to_come_does_not_begin_at_once() {
        let stages = json!([
            {"weight": 10, "min_bake": "1h", "approval": {"role": "admin"}},
            {"weight": 50, "min_bake": "30m"}, {"weight": 100}]);
        let document = document(stages, json!([]));
        let after = |present| rest(&document, present).replace('\u{202f}', " ");
        assert_eq!(
            after(0),
            "After this stage: 50 % → 100 %. Complete by itself 30m later at the earliest."
        );
        assert_eq!(after(1), "After this stage: 100 %. Then it is complete.");
        assert_eq!(after(2), "It is in its last stage.");
    }

    #[test]
    fn proof_is_waited_for_and_what_it_is_going_to_take_counts() {
        let document = document(
            json!([{"weight": 10, "min_bake": "10m"}, {"weight": 50, "min_bake": "1h"}, {"weight": 100}]),
            json!([{"metric": "errors", "require_safe": 0.5}, {"metric": "other"}]),
        );
        let said = |forecast: Option<&ReleaseForecast>| {
            let said = sentence(&document, forecast);
            said.split_once(". ").unwrap().1.to_owned()
        };
        assert_eq!(
            said(None),
            "Complete by itself after 1h10m at the earliest; waits for proof of safety on errors at 2 stages."
        );
        let forecast: ReleaseForecast =
            serde_json::from_value(json!({"guards": [{"metric": "errors",
            "stages": [{"safe_in": 12.6}, {"safe_in": 20.0}, {"unknown": "one_arm"}]}]}))
            .unwrap();
        assert!(
            said(Some(&forecast)).starts_with("Complete by itself after 1h13m at the earliest;")
        );
    }

    #[test]
    fn arms_come_from_what_is_served() {
        let flag: FlagDefinition =
            serde_json::from_value(json!({"type": "boolean", "variations": [
            {"key": "on", "value": true}, {"key": "off", "value": false}]}))
            .unwrap();
        let check = |serve: Value, baseline: &str, candidate: &str| {
            let serve: Serve = serde_json::from_value(serve).unwrap();
            assert_eq!(
                arms(&flag, &serve),
                (baseline.to_owned(), candidate.to_owned())
            );
        };
        check(json!({"variation": "off"}), "off", "on");
        check(json!({"variation": "on"}), "on", "off");
        check(
            json!({"split": {"weights": {"on": 10_000, "off": 90_000}}}),
            "off",
            "on",
        );
        check(
            json!({"split": {"weights": {"on": 90_000, "off": 10_000}}}),
            "off",
            "on",
        );
    }
}
