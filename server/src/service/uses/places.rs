//! Where a configuration names flags and segments.

use std::collections::BTreeMap;

use serin_api::uses::{NodeKind, NodeRef, Place};
use serin_engine::{condition::Condition, flag::FlagConfig, segment::SegmentConfig};

/// What a configuration names, with every place that names it.
pub(crate) type Named = BTreeMap<NodeRef, Vec<Place>>;

/// What a flag's configuration names.
pub(crate) fn of_flag(config: &FlagConfig) -> Named {
    let mut named = Named::new();
    for (index, prerequisite) in config.prerequisites.iter().enumerate() {
        let place = Place {
            path: format!("/prerequisites/{index}"),
            rule: None,
            name: None,
        };
        note(&mut named, flag(&prerequisite.flag), &place);
    }
    for (index, rule) in config.rules.iter().enumerate() {
        let place = Place {
            path: format!("/rules/{index}"),
            rule: Some(rule.id.clone()),
            name: rule.name.clone().or_else(|| rule.description.clone()),
        };
        condition(&mut named, &rule.when, &place);
    }
    named
}

/// What a segment's configuration names.
pub(crate) fn of_segment(config: &SegmentConfig) -> Named {
    let mut named = Named::new();
    for (index, rule) in config.rules.iter().enumerate() {
        let place = Place {
            path: format!("/rules/{index}"),
            rule: None,
            name: rule.description.clone(),
        };
        condition(&mut named, &rule.when, &place);
    }
    named
}

/// A place in words.
pub(crate) fn words(place: &Place) -> String {
    match (&place.rule, place.path.strip_prefix("/rules/")) {
        (Some(rule), _) => format!("rule {rule:?}"),
        (None, Some(index)) => {
            let number = index.parse::<usize>().map_or(0, |index| index + 1);
            format!("rule {number}")
        }
        (None, None) => "a prerequisite".to_owned(),
    }
}

fn flag(key: &str) -> NodeRef {
    NodeRef {
        kind: NodeKind::Flag,
        key: key.to_owned(),
    }
}

/// A rule that names another several times does so in one place.
fn note(named: &mut Named, node: NodeRef, place: &Place) {
    let places = named.entry(node).or_default();
    if places.last() != Some(place) {
        places.push(place.clone());
    }
}

fn condition(named: &mut Named, when: &Condition, place: &Place) {
    match when {
        Condition::All { all: parts } | Condition::Any { any: parts } => {
            parts.iter().for_each(|part| condition(named, part, place));
        }
        Condition::Not { not } => condition(named, not, place),
        Condition::Segment { segment } => {
            let node = NodeRef {
                kind: NodeKind::Segment,
                key: segment.clone(),
            };
            note(named, node, place);
        }
        Condition::Flag { flag: key, .. } => note(named, flag(key), place),
        Condition::Share { .. } | Condition::Attribute(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_place_is_found_once() {
        let config: FlagConfig = serde_json::from_value(json!({
            "enabled": true,
            "prerequisites": [{"flag": "base", "variations": ["on"]}],
            "rules": [
                {"id": "r1", "name": "Beta", "when": {"any": [{"not": {"segment": "beta"}}, {"segment": "beta"}]}, "serve": {"variation": "on"}},
                {"id": "r2", "when": {"all": [{"segment": "beta"}, {"flag": "base", "variations": ["on"]}]}, "serve": {"variation": "on"}},
            ],
            "default": {"variation": "on"},
        }))
        .unwrap();
        let said: Vec<(String, Vec<String>)> = of_flag(&config)
            .into_iter()
            .map(|(node, places)| (node.key, places.iter().map(words).collect()))
            .collect();
        let expected = [
            ("base", vec!["a prerequisite", "rule \"r2\""]),
            ("beta", vec!["rule \"r1\"", "rule \"r2\""]),
        ];
        let expected = expected.map(|(key, places)| {
            let places: Vec<String> = places.into_iter().map(str::to_owned).collect();
            (key.to_owned(), places)
        });
        assert_eq!(said, expected);
    }

    #[test]
    fn rules_of_segments_have_numbers() {
        let config = json!({"rules": [{"when": {"all": []}}, {"when": {"segment": "a"}, "description": "The others"}]});
        let named = of_segment(&serde_json::from_value(config).unwrap());
        let place = &named.values().next().unwrap()[0];
        assert_eq!(
            (words(place).as_str(), place.name.as_deref()),
            ("rule 2", Some("The others"))
        );
    }
}
