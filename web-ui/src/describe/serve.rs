//! What is served.

use std::cmp::Reverse;

use serin_engine::flag::{Serve, Shares, Split};

use crate::{
    order,
    weights::{ALL, percent},
};

/// `on`, `on for 25 %`, `25 % red, 25 % blue, 50 % green`.
pub(crate) fn serve(serve: &Serve) -> String {
    match serve {
        Serve::Variation(variation) => variation.clone(),
        Serve::Split(split) => shares(split),
    }
}

fn shares(split: &Split) -> String {
    let by = match split.by.as_deref() {
        None | Some("targetingKey" | "/targetingKey") => String::new(),
        Some(by) => format!(" by {by}"),
    };
    let mut shares: Vec<(String, u32)> = weights(split)
        .into_iter()
        .filter(|(_, slots)| *slots > 0)
        .collect();
    order::short(&mut shares, |(_, slots)| Reverse(*slots));
    let words = match shares.as_slice() {
        [(only, slots)] if *slots == ALL => format!("{only} for {}", percent(ALL)),
        // Two shares say each other: the one that is not being rolled out goes without saying.
        [(large, _), (small, slots)] if is_resting(large) && !is_resting(small) => {
            format!("{small} for {}", percent(*slots))
        }
        [(large, slots), (small, _)] if is_resting(small) && !is_resting(large) => {
            format!("{large} for {}", percent(*slots))
        }
        _ => shares
            .iter()
            .map(|(variation, slots)| format!("{} {variation}", percent(*slots)))
            .collect::<Vec<_>>()
            .join(", "),
    };
    format!("{words}{by}")
}

/// Whether a variation's name says that nothing happens.
fn is_resting(variation: &str) -> bool {
    matches!(
        variation,
        "off" | "false" | "disabled" | "control" | "none" | "no"
    )
}

/// Slots by variation, whichever way the split is written.
pub(crate) fn weights(split: &Split) -> Vec<(String, u32)> {
    match &split.shares {
        Shares::Weights(weights) => weights
            .iter()
            .map(|(variation, slots)| (variation.clone(), *slots))
            .collect(),
        Shares::Allocation(runs) => {
            let mut weights: Vec<(String, u32)> = Vec::new();
            for run in runs {
                match weights.iter_mut().find(|(name, _)| *name == run.variation) {
                    Some((_, slots)) => *slots = slots.saturating_add(run.slots),
                    None => weights.push((run.variation.clone(), run.slots)),
                }
            }
            weights
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn check(document: Value, expected: &str) {
        let document: Serve = serde_json::from_value(document).unwrap();
        assert_eq!(serve(&document).replace('\u{202f}', " "), expected);
    }

    #[test]
    fn a_serve_in_words() {
        let split = |weights: Value| json!({"split": {"weights": weights}});
        check(json!({"variation": "on"}), "on");
        check(split(json!({"on": 25_000, "off": 75_000})), "on for 25 %");
        check(split(json!({"on": 99_500, "off": 500})), "on for 99.5 %");
        check(split(json!({"on": 100_000, "off": 0})), "on for 100 %");
        check(
            split(json!({"red": 25_000, "blue": 25_000, "green": 50_000})),
            "50 % green, 25 % blue, 25 % red",
        );
        check(
            json!({"split": {"by": "org.id", "weights": {"on": 1000, "off": 99_000}}}),
            "on for 1 % by org.id",
        );
    }
}
