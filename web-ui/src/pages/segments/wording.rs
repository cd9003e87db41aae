//! Changes of a segment's rules in words.

use serin_engine::segment::SegmentRule;

use crate::describe::condition::sentence;

/// What makes the rules `after` of the rules `before`, a sentence each; none where they
/// are the same.
pub(super) fn rule_changes(before: &[SegmentRule], after: &[SegmentRule]) -> Vec<String> {
    if before == after {
        return Vec::new();
    }
    let gone = without(before, after);
    let new = without(after, before);
    let mut said = Vec::new();
    // As many come as go: they are taken for the same ones, changed.
    let changed = if gone.len() == new.len() {
        gone.len()
    } else {
        0
    };
    for (old, new) in gone.iter().zip(&new).take(changed) {
        said.push(match (sentence(&old.when), sentence(&new.when)) {
            (was, is) if was == is => match &new.description {
                Some(about) => format!("rule “{is}”: now said to be for “{about}”"),
                None => format!("rule “{is}”: no longer said what it is for"),
            },
            (was, is) => format!("rule “{was}” → “{is}”"),
        });
    }
    for rule in gone.iter().skip(changed) {
        said.push(format!("rule removed: “{}”", sentence(&rule.when)));
    }
    for rule in new.iter().skip(changed) {
        said.push(format!("rule added: “{}”", sentence(&rule.when)));
    }
    if said.is_empty() {
        // Any of them is enough to be in.
        said.push("rules in another order, which changes nothing for anybody".to_owned());
    }
    said
}

/// Those that are not among others, each as often as it is missing there.
fn without<'r>(all: &'r [SegmentRule], others: &[SegmentRule]) -> Vec<&'r SegmentRule> {
    let mut others: Vec<&SegmentRule> = others.iter().collect();
    all.iter()
        .filter(|rule| match others.iter().position(|other| other == rule) {
            Some(at) => {
                others.swap_remove(at);
                false
            }
            None => true,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn rules(rules: Value) -> Vec<SegmentRule> {
        serde_json::from_value(rules).unwrap()
    }

    #[test]
    fn rules_that_come_go_and_change_are_named() {
        let beta = json!({"when": {"segment": "beta"}});
        let german = json!({"when": {"attribute": "country", "op": "in", "values": ["DE"]}});
        let swiss = json!({"when": {"attribute": "country", "op": "in", "values": ["CH"]}});
        let said = |before: Value, after: Value| rule_changes(&rules(before), &rules(after));
        assert_eq!(said(json!([beta]), json!([beta])), [""; 0]);
        assert_eq!(
            said(json!([beta]), json!([beta, german])),
            ["rule added: “country is DE”"]
        );
        assert_eq!(
            said(json!([beta, beta]), json!([beta])),
            ["rule removed: “in segment beta”"]
        );
        assert_eq!(
            said(json!([beta, german]), json!([beta, swiss])),
            ["rule “country is DE” → “country is CH”"]
        );
        assert_eq!(
            said(json!([beta, german]), json!([german, beta])),
            ["rules in another order, which changes nothing for anybody"]
        );
        let named = json!({"when": {"segment": "beta"}, "description": "the brave"});
        assert_eq!(
            said(json!([beta]), json!([named])),
            ["rule “in segment beta”: now said to be for “the brave”"]
        );
        assert_eq!(
            said(json!([named]), json!([beta])),
            ["rule “in segment beta”: no longer said what it is for"]
        );
    }
}
