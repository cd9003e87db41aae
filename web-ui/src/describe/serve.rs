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

/// A serve between two variations with the one that is moved to first: `off for 5 %, on for 95 %`.
/// Any other as [`serve`] has it.
pub(crate) fn towards(served: &Serve, candidate: &str) -> String {
    let Serve::Split(split) = served else {
        return serve(served);
    };
    let mut shares = weights(split);
    shares.retain(|(_, slots)| *slots > 0);
    let position = shares.iter().position(|(key, _)| key == candidate);
    match (position, shares.as_slice()) {
        (Some(own), [_, _]) => {
            let part = |at: usize| {
                let share = shares.get(at);
                share.map_or_else(String::new, |(key, slots)| {
                    format!("{key} for {}", percent(*slots))
                })
            };
            format!("{}, {}{}", part(own), part(1 - own), by(split))
        }
        _ => serve(served),
    }
}

/// ` by org.id`; nothing where units are what they mostly are.
fn by(split: &Split) -> String {
    match split.by.as_deref() {
        None | Some("targetingKey" | "/targetingKey") => String::new(),
        Some(by) => format!(" by {by}"),
    }
}

fn shares(split: &Split) -> String {
    let by = by(split);
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
    fn what_is_moved_to_comes_first() {
        let split: Serve =
            serde_json::from_value(json!({"split": {"weights": {"on": 95_000, "off": 5_000}}}))
                .unwrap();
        let said = |candidate| towards(&split, candidate).replace('\u{202f}', " ");
        assert_eq!(said("off"), "off for 5 %, on for 95 %");
        assert_eq!(said("on"), "on for 95 %, off for 5 %");
        assert_eq!(said("blue"), serve(&split).replace('\u{202f}', " "));
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
