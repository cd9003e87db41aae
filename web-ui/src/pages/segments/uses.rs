//! Which flags name a segment.

use serin_api::entity::FlagListItem;
use serin_engine::condition::Condition;

/// The keys of the flags whose rules in an environment name the segment.
pub(super) fn flags(flags: &[FlagListItem], environment: &str, segment: &str) -> Vec<String> {
    let names_it = |item: &&FlagListItem| {
        let config = item.environments.get(environment);
        !item.flag.document.archived
            && config.is_some_and(|config| {
                config
                    .document
                    .rules
                    .iter()
                    .any(|rule| names(&rule.when, segment))
            })
    };
    flags
        .iter()
        .filter(names_it)
        .map(|item| item.flag.key.clone())
        .collect()
}

fn names(condition: &Condition, key: &str) -> bool {
    match condition {
        Condition::All { all } => all.iter().any(|part| names(part, key)),
        Condition::Any { any } => any.iter().any(|part| names(part, key)),
        Condition::Not { not } => names(not, key),
        Condition::Segment { segment } => segment == key,
        Condition::Flag { .. } | Condition::Share { .. } | Condition::Attribute(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn segments_are_found_however_deep() {
        let deep: Condition =
            serde_json::from_value(json!({"all": [{"any": [{"not": {"segment": "beta"}}]}]}))
                .unwrap();
        assert!(names(&deep, "beta"));
        assert!(!names(&deep, "alpha"));
    }
}
