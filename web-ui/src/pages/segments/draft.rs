//! A segment's configuration as it is edited.

use serin_engine::{
    condition::Condition,
    segment::{Members, SegmentConfig, SegmentRule},
};

/// Units listed by an attribute, as they are typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ListDraft {
    /// Tells it from the others for as long as the page lives.
    pub(super) id: u32,
    /// Empty for the targeting key.
    pub(super) attribute: String,
    /// One unit a line.
    pub(super) text: String,
}

/// A rule, as it is edited.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RuleDraft {
    /// Tells it from the others for as long as the page lives.
    pub(super) id: u32,
    pub(super) rule: SegmentRule,
}

/// All of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Draft {
    pub(super) included: Vec<ListDraft>,
    pub(super) excluded: Vec<ListDraft>,
    pub(super) rules: Vec<RuleDraft>,
    next: u32,
}

/// Which of the lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Included,
    Excluded,
}

impl Draft {
    /// What stands, to be edited.
    pub(super) fn of(config: &SegmentConfig) -> Self {
        let mut draft = Self {
            included: Vec::new(),
            excluded: Vec::new(),
            rules: Vec::new(),
            next: 0,
        };
        for (side, lists) in [
            (Side::Included, &config.included),
            (Side::Excluded, &config.excluded),
        ] {
            for members in lists {
                let id = draft.fresh();
                draft.lists_mut(side).push(ListDraft {
                    id,
                    attribute: members.attribute.clone().unwrap_or_default(),
                    text: members.values.join("\n"),
                });
            }
            if lists.is_empty() {
                draft.add_list(side);
            }
        }
        for rule in &config.rules {
            let id = draft.fresh();
            draft.rules.push(RuleDraft {
                id,
                rule: rule.clone(),
            });
        }
        draft
    }

    fn fresh(&mut self) -> u32 {
        self.next += 1;
        self.next
    }

    pub(super) fn lists(&self, side: Side) -> &Vec<ListDraft> {
        match side {
            Side::Included => &self.included,
            Side::Excluded => &self.excluded,
        }
    }

    pub(super) fn lists_mut(&mut self, side: Side) -> &mut Vec<ListDraft> {
        match side {
            Side::Included => &mut self.included,
            Side::Excluded => &mut self.excluded,
        }
    }

    /// One more list, by an attribute to be named.
    pub(super) fn add_list(&mut self, side: Side) {
        let id = self.fresh();
        self.lists_mut(side).push(ListDraft {
            id,
            attribute: String::new(),
            text: String::new(),
        });
    }

    /// One more rule.
    pub(super) fn add_rule(&mut self, when: Condition) {
        let id = self.fresh();
        self.rules.push(RuleDraft {
            id,
            rule: SegmentRule {
                when,
                description: None,
            },
        });
    }

    /// The configuration; lists without units are left out.
    pub(super) fn config(&self) -> SegmentConfig {
        let read =
            |lists: &[ListDraft]| -> Vec<Members> { lists.iter().filter_map(members).collect() };
        SegmentConfig {
            included: read(&self.included),
            excluded: read(&self.excluded),
            rules: self.rules.iter().map(|draft| draft.rule.clone()).collect(),
        }
    }
}

fn members(list: &ListDraft) -> Option<Members> {
    let values = units(&list.text);
    let attribute = list.attribute.trim();
    (!values.is_empty()).then(|| Members {
        attribute: (!attribute.is_empty()).then(|| attribute.to_owned()),
        values,
    })
}

/// The units of a pasted text: by lines, commas or tabs, each once.
pub(super) fn units(text: &str) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    text.split(['\n', ',', '\t'])
        .map(str::trim)
        .filter(|unit| !unit.is_empty() && seen.insert(*unit))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_stands_survives_the_form() {
        let config: SegmentConfig = serde_json::from_value(json!({
            "included": [{"attribute": "org.id", "values": ["a", "b"]}, {"values": ["u1"]}],
            "rules": [{"when": {"segment": "x"}, "description": "Others"}]}))
        .unwrap();
        let draft = Draft::of(&config);
        assert_eq!(draft.config(), config);
        assert_eq!(
            draft.lists(Side::Excluded).len(),
            1,
            "an empty list to type into"
        );
    }

    #[test]
    fn pasted_lists_are_taken_apart() {
        assert_eq!(units("a, b\n\nb\tc\r\n"), ["a", "b", "c"]);
        assert!(units(" \n").is_empty());
    }
}
