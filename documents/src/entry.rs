//! Flags and segments as evaluators get them: what is for people is left out.

use serde_json::Value;
use serin_engine::{
    flag::{Flag, FlagConfig, FlagDefinition, Rule, Variation},
    segment::{Segment, SegmentConfig, SegmentRule},
};

/// A flag of a ruleset; `None` where it is archived, and so in no ruleset.
pub fn flag(definition: &FlagDefinition, config: &FlagConfig, version: u64) -> Option<Value> {
    if definition.archived {
        return None;
    }
    let variations = definition.variations.iter().map(|variation| Variation {
        key: variation.key.clone(),
        value: variation.value.clone(),
        name: None,
        description: None,
    });
    let rules = config.rules.iter().map(|rule| Rule {
        description: None,
        ..rule.clone()
    });
    let flag = Flag {
        kind: definition.kind,
        version,
        enabled: config.enabled,
        salt: definition.salt.clone(),
        client_visible: definition.client_visible,
        variations: variations.collect(),
        off: config.off.clone(),
        prerequisites: config.prerequisites.clone(),
        targets: config.targets.clone(),
        rules: rules.collect(),
        default: config.default.clone(),
    };
    serde_json::to_value(flag).ok()
}

/// A segment of a ruleset.
pub fn segment(config: &SegmentConfig, version: u64) -> Option<Value> {
    let rules = config.rules.iter().map(|rule| SegmentRule {
        when: rule.when.clone(),
        description: None,
    });
    let segment = Segment {
        version,
        config: SegmentConfig {
            included: config.included.clone(),
            excluded: config.excluded.clone(),
            rules: rules.collect(),
        },
    };
    serde_json::to_value(segment).ok()
}
