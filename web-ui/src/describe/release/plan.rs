//! What a release is going to do, before it starts.

use std::time::Duration;

use serin_engine::{
    flag::{FlagDefinition, FlagType, Serve},
    release::Stage,
};

use super::{capital, remaining, share};
use crate::{describe::serve, order};

/// `1 % → 10 % → 100 %. By itself in 40m at the soonest.`
pub(crate) fn sentence(stages: &[Stage]) -> String {
    let steps: Vec<String> = stages.iter().map(share).collect();
    let by_hand = stages
        .iter()
        .rev()
        .skip(1)
        .filter(|stage| stage.min_bake.is_none() && stage.max_bake.is_none())
        .count();
    let bakes: Duration = stages
        .iter()
        .filter_map(|stage| stage.watch.or(stage.min_bake))
        .map(|span| span.0)
        .sum();
    let takes = match (by_hand, bakes.is_zero()) {
        (0, true) => "Complete at once".to_owned(),
        (0, false) => format!("Complete by itself after {}", remaining(bakes)),
        (1, true) => "A person advances it once".to_owned(),
        (n, true) => format!("A person advances it {n} times"),
        (1, false) => format!(
            "A person advances it once; bakes for {} in all",
            remaining(bakes)
        ),
        (n, false) => format!(
            "A person advances it {n} times; bakes for {} in all",
            remaining(bakes)
        ),
    };
    format!("{}. {takes}.", capital(&steps.join(" → ")))
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

    fn said(stages: Value) -> String {
        let stages: Vec<Stage> = serde_json::from_value(stages).unwrap();
        sentence(&stages).replace('\u{202f}', " ")
    }

    #[test]
    fn plans_say_how_long_and_who() {
        assert_eq!(
            said(
                json!([{"weight": 1, "min_bake": "10m"}, {"weight": 50, "min_bake": "1h"}, {"weight": 100}])
            ),
            "1 % → 50 % → 100 %. Complete by itself after 1h10m."
        );
        assert_eq!(
            said(json!([{"weight": 0.5}, {"weight": 25}, {"weight": 100}])),
            "0.5 % → 25 % → 100 %. A person advances it 2 times."
        );
        assert_eq!(
            said(json!([{"weight": 10, "min_bake": "30m"}, {"weight": 25}, {"weight": 100}])),
            "10 % → 25 % → 100 %. A person advances it once; bakes for 30m in all."
        );
        assert_eq!(
            said(json!([{"weight": 10, "shadow": {"mismatch": "m"}}, {"weight": 100}])),
            "A shadow of 10 % → 100 %. A person advances it once."
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
