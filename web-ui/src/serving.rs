//! What users get, in a few words and as shares.

use std::collections::BTreeMap;

use serin_engine::flag::{FlagConfig, FlagDefinition, Serve, Shares, Split};

use crate::{
    components::{
        split_bar::ShareView,
        variation::{color, name},
    },
    weights,
};

/// The weights of a split, by variation key.
pub(crate) fn weights_of(split: &Split) -> BTreeMap<String, u32> {
    match &split.shares {
        Shares::Weights(weights) => weights.clone(),
        Shares::Allocation(runs) => {
            let mut weights = BTreeMap::new();
            for run in runs {
                *weights.entry(run.variation.clone()).or_default() += run.slots;
            }
            weights
        }
    }
}

/// A serve as shares, one for each of the flag's variations, in their order.
pub(crate) fn shares(definition: &FlagDefinition, serve: &Serve) -> Vec<ShareView> {
    let slots: BTreeMap<String, u32> = match serve {
        Serve::Variation(key) => {
            let mut whole = BTreeMap::new();
            whole.insert(key.clone(), weights::ALL);
            whole
        }
        Serve::Split(split) => weights_of(split),
    };
    definition
        .variations
        .iter()
        .map(|variation| ShareView {
            name: name(definition, &variation.key),
            color: color(definition, &variation.key),
            slots: slots.get(&variation.key).copied().unwrap_or(0),
        })
        .collect()
}

/// What the flag serves where no target or rule decides: `off` while it is off.
pub(crate) fn default_shares(definition: &FlagDefinition, config: &FlagConfig) -> Vec<ShareView> {
    if config.enabled {
        return shares(definition, &config.default);
    }
    config.off.as_ref().map_or_else(Vec::new, |off| {
        shares(definition, &Serve::Variation(off.clone()))
    })
}

/// A serve in words: `on`, `on for 25 %`, `a 50 %, b 30 %, c 20 %`.
pub(crate) fn serve_words(definition: &FlagDefinition, serve: &Serve) -> String {
    let served: Vec<ShareView> = shares(definition, serve)
        .into_iter()
        .filter(|share| share.slots > 0)
        .collect();
    match served.as_slice() {
        [] => "nothing".to_owned(),
        [only] => only.name.clone(),
        // Two variations of a boolean: the share of the one that is not grey says it all.
        [a, b] if (a.color == "off") != (b.color == "off") => {
            let lit = if a.color == "off" { b } else { a };
            format!("{} for {}", lit.name, weights::percent(lit.slots))
        }
        many => {
            let parts: Vec<_> = many
                .iter()
                .map(|share| format!("{} {}", share.name, weights::percent(share.slots)))
                .collect();
            parts.join(", ")
        }
    }
}

/// A configuration in a few words: `on for 25 % · 2 rules`, `off`, `off · serves blue`.
pub(crate) fn summary(definition: &FlagDefinition, config: &FlagConfig) -> String {
    if !config.enabled {
        return match &config.off {
            Some(off) if color(definition, off) != "off" => {
                format!("off · {}", name(definition, off))
            }
            _ => "off".to_owned(),
        };
    }
    let mut parts = vec![serve_words(definition, &config.default)];
    let mut count = |count: usize, one: &str, more: &str| {
        if count > 0 {
            parts.push(format!("{count} {}", if count == 1 { one } else { more }));
        }
    };
    count(config.rules.len(), "rule", "rules");
    count(
        config
            .targets
            .iter()
            .map(|target| target.values.len())
            .sum(),
        "target",
        "targets",
    );
    count(config.prerequisites.len(), "prerequisite", "prerequisites");
    parts.join(" · ")
}

/// What users get once a configuration is in force, as a sentence.
pub(crate) fn effect(definition: &FlagDefinition, config: &FlagConfig) -> String {
    if !config.enabled {
        return match &config.off {
            Some(off) => format!("Everyone gets {}.", name(definition, off)),
            None => "Every caller gets its own default.".to_owned(),
        };
    }
    let everyone =
        config.rules.is_empty() && config.targets.is_empty() && config.prerequisites.is_empty();
    let served = serve_words(definition, &config.default);
    if everyone {
        format!("Everyone gets {served}.")
    } else {
        format!("Targets and rules decide first; all others get {served}.")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn flag() -> FlagDefinition {
        serde_json::from_value(json!({"type": "boolean", "variations": [
            {"key": "on", "value": true}, {"key": "off", "value": false, "name": "Old"},
        ]}))
        .unwrap()
    }

    fn config(json: serde_json::Value) -> FlagConfig {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn a_split_is_said_by_its_lit_share() {
        let config = config(json!({"enabled": true, "rules": [
            {"id": "a", "when": {"all": []}, "serve": {"variation": "on"}},
        ], "default": {"split": {"weights": {"on": 25_000, "off": 75_000}}}}));
        assert_eq!(summary(&flag(), &config), "on for 25\u{202f}% · 1 rule");
        let slots: Vec<_> = default_shares(&flag(), &config)
            .iter()
            .map(|share| share.slots)
            .collect();
        assert_eq!(slots, [25_000, 75_000]);
    }

    #[test]
    fn off_is_off_and_says_what_it_serves_if_that_surprises() {
        let mut config =
            config(json!({"enabled": false, "off": "off", "default": {"variation": "on"}}));
        assert_eq!(summary(&flag(), &config), "off");
        assert_eq!(effect(&flag(), &config), "Everyone gets Old.");
        config.off = Some("on".to_owned());
        assert_eq!(summary(&flag(), &config), "off · on");
        config.off = None;
        assert_eq!(
            effect(&flag(), &config),
            "Every caller gets its own default."
        );
        assert_eq!(default_shares(&flag(), &config), []);
    }

    #[test]
    fn an_allocation_counts_its_runs_together() {
        let config = config(
            json!({"enabled": true, "default": {"split": {"allocation": [
                {"variation": "on", "slots": 10_000}, {"variation": "off", "slots": 80_000}, {"variation": "on", "slots": 10_000},
            ]}}}),
        );
        assert_eq!(
            effect(&flag(), &config),
            "Everyone gets on for 20\u{202f}%."
        );
    }
}
