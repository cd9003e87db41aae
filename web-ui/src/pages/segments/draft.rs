//! A segment's configuration as it is edited: who comes, who goes, and the rules. Those
//! who stay are the server's, and never all here.

use std::collections::BTreeSet;

use serin_api::segment::{ListEdit, MemberList, MembersEdit};
use serin_engine::{condition::Condition, segment::SegmentRule};

use super::{number, wording::rule_changes};

/// How many units are named in a sentence.
const NAMED: usize = 3;

/// Who comes to a list, and who goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ListDraft {
    pub(super) list: MemberList,
    /// Empty for the targeting key.
    pub(super) attribute: String,
    pub(super) add: BTreeSet<String>,
    pub(super) remove: BTreeSet<String>,
    /// How many of those who come are there already, where that is known.
    pub(super) present: Option<usize>,
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
    pub(super) lists: Vec<ListDraft>,
    pub(super) rules: Vec<RuleDraft>,
    next: u32,
}

/// A list in words.
pub(super) fn words(list: MemberList) -> &'static str {
    match list {
        MemberList::Included => "included",
        MemberList::Excluded => "excluded",
    }
}

impl Draft {
    /// No edits over the rules that stand.
    pub(super) fn of(rules: &[SegmentRule]) -> Self {
        let mut draft = Self {
            lists: Vec::new(),
            rules: Vec::new(),
            next: 0,
        };
        for rule in rules {
            let id = draft.fresh();
            let rule = rule.clone();
            draft.rules.push(RuleDraft { id, rule });
        }
        draft
    }

    fn fresh(&mut self) -> u32 {
        self.next += 1;
        self.next
    }

    /// The edits of one list.
    pub(super) fn list(&self, list: MemberList, attribute: &str) -> Option<&ListDraft> {
        let mut lists = self.lists.iter();
        lists.find(|draft| draft.list == list && draft.attribute == attribute)
    }

    fn edit(&mut self, list: MemberList, attribute: &str, edit: impl FnOnce(&mut ListDraft)) {
        let mut known = self.lists.iter();
        let at = known.position(|draft| draft.list == list && draft.attribute == attribute);
        let at = at.unwrap_or_else(|| {
            self.lists.push(ListDraft {
                list,
                attribute: attribute.to_owned(),
                add: BTreeSet::new(),
                remove: BTreeSet::new(),
                present: Some(0),
            });
            self.lists.len() - 1
        });
        edit(&mut self.lists[at]);
        if self.lists[at].add.is_empty() && self.lists[at].remove.is_empty() {
            self.lists.remove(at);
        }
    }

    /// These come; of those who were not to come before, `present` are there already.
    pub(super) fn add(
        &mut self,
        list: MemberList,
        attribute: &str,
        units: Vec<String>,
        present: usize,
    ) {
        self.edit(list, attribute, |draft| {
            for unit in &units {
                draft.remove.remove(unit);
            }
            draft.add.extend(units);
            draft.present = draft.present.map(|before| before + present);
        });
    }

    /// This one, who is there, goes.
    pub(super) fn remove(&mut self, list: MemberList, attribute: &str, unit: &str) {
        self.edit(list, attribute, |draft| {
            if draft.add.remove(unit) {
                draft.present = draft.present.map(|before| before.saturating_sub(1));
            }
            draft.remove.insert(unit.to_owned());
        });
    }

    /// This one does not come after all.
    pub(super) fn drop_addition(&mut self, list: MemberList, attribute: &str, unit: &str) {
        self.edit(list, attribute, |draft| {
            let all = Some(draft.add.len());
            if draft.add.remove(unit) && draft.present != Some(0) {
                // Whether this was one of those who are there is known only where all are.
                draft.present = (draft.present == all).then_some(draft.add.len());
            }
        });
    }

    /// Whether this one is to come.
    pub(super) fn adds(&self, list: MemberList, attribute: &str, unit: &str) -> bool {
        let edits = self.list(list, attribute);
        edits.is_some_and(|edits| edits.add.contains(unit))
    }

    /// This one stays after all.
    pub(super) fn keep(&mut self, list: MemberList, attribute: &str, unit: &str) {
        self.edit(list, attribute, |draft| {
            let _ = draft.remove.remove(unit);
        });
    }

    /// Nobody comes to this list after all.
    pub(super) fn drop_additions(&mut self, list: MemberList, attribute: &str) {
        self.edit(list, attribute, |draft| {
            draft.add.clear();
            draft.present = Some(0);
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

    /// Puts the edits on other rules than those that they began with: takes theirs where
    /// only they changed them. False, and nothing is changed, where both did and not alike.
    pub(super) fn rebase(&mut self, base: &[SegmentRule], theirs: &[SegmentRule]) -> bool {
        if base == theirs || !self.rules_differ(theirs) {
            return true;
        }
        if self.rules_differ(base) {
            return false;
        }
        self.take_rules(theirs);
        true
    }

    /// These rules; those that were here stay the same on the page.
    pub(super) fn take_rules(&mut self, rules: &[SegmentRule]) {
        let mut here = std::mem::take(&mut self.rules);
        for rule in rules {
            let known = here.iter().position(|known| known.rule == *rule);
            let taken = match known {
                Some(at) => here.remove(at),
                None => RuleDraft {
                    id: self.fresh(),
                    rule: rule.clone(),
                },
            };
            self.rules.push(taken);
        }
    }

    /// The rules that are to be.
    pub(super) fn rules(&self) -> Vec<SegmentRule> {
        self.rules.iter().map(|draft| draft.rule.clone()).collect()
    }

    /// Whether anything is to change.
    pub(super) fn differs(&self, rules: &[SegmentRule]) -> bool {
        !self.lists.is_empty() || self.rules_differ(rules)
    }

    /// Whether the rules are to change.
    pub(super) fn rules_differ(&self, rules: &[SegmentRule]) -> bool {
        self.rules.len() != rules.len()
            || self
                .rules
                .iter()
                .zip(rules)
                .any(|(draft, rule)| draft.rule != *rule)
    }

    /// What is sent of the members; `None` where they stay as they are.
    pub(super) fn members(&self) -> Option<MembersEdit> {
        let of = |list: MemberList| -> Vec<ListEdit> {
            let lists = self.lists.iter().filter(|draft| draft.list == list);
            lists
                .map(|draft| ListEdit {
                    attribute: (!draft.attribute.is_empty()).then(|| draft.attribute.clone()),
                    add: draft.add.iter().cloned().collect(),
                    remove: draft.remove.iter().cloned().collect(),
                })
                .collect()
        };
        (!self.lists.is_empty()).then(|| MembersEdit {
            included: of(MemberList::Included),
            excluded: of(MemberList::Excluded),
        })
    }

    /// What will change, in words.
    pub(super) fn sentences(&self, rules: &[SegmentRule]) -> Vec<String> {
        let mut said = Vec::new();
        for draft in &self.lists {
            let mut name = words(draft.list).to_owned();
            if !draft.attribute.is_empty() {
                name += &format!(" by {}", draft.attribute);
            }
            if !draft.add.is_empty() {
                let mut sentence = format!("{name}: {} added", units(&draft.add));
                if let Some(present @ 1..) = draft.present {
                    sentence += &format!(" ({} there already)", number(present));
                }
                said.push(sentence);
            }
            if !draft.remove.is_empty() {
                said.push(format!("{name}: {} removed", units(&draft.remove)));
            }
        }
        said.extend(rule_changes(rules, &self.rules()));
        said
    }
}

fn units(units: &BTreeSet<String>) -> String {
    if units.len() > NAMED {
        return format!("{} units", number(units.len()));
    }
    let named: Vec<&str> = units.iter().map(String::as_str).collect();
    named.join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const IN: MemberList = MemberList::Included;

    #[test]
    fn who_comes_and_goes_is_sent_and_nobody_else() {
        let mut draft = Draft::of(&[]);
        assert!(!draft.differs(&[]) && draft.members().is_none());
        draft.add(IN, "", vec!["b".to_owned(), "a".to_owned()], 1);
        draft.remove(IN, "", "c");
        draft.remove(MemberList::Excluded, "org.id", "o1");
        let edit = serde_json::to_value(draft.members()).unwrap();
        assert_eq!(
            edit,
            json!({"included": [{"add": ["a", "b"], "remove": ["c"]}], "excluded": [{"attribute": "org.id", "remove": ["o1"]}]})
        );
        assert_eq!(
            draft.sentences(&[]),
            [
                "included: a, b added (1 there already)",
                "included: c removed",
                "excluded by org.id: o1 removed"
            ]
        );
    }

    #[test]
    fn what_is_taken_back_is_no_edit() {
        let mut draft = Draft::of(&[]);
        draft.add(IN, "", vec!["a".to_owned()], 0);
        draft.drop_addition(IN, "", "a");
        draft.remove(IN, "", "b");
        draft.keep(IN, "", "b");
        assert!(!draft.differs(&[]));
        draft.remove(IN, "", "c");
        draft.add(IN, "", vec!["c".to_owned(), "d".to_owned()], 1);
        assert_eq!(draft.list(IN, "").unwrap().remove.len(), 0);
        draft.drop_additions(IN, "");
        assert!(!draft.differs(&[]));
    }

    #[test]
    fn who_is_there_and_was_to_come_goes() {
        let mut draft = Draft::of(&[]);
        draft.add(IN, "", vec!["a".to_owned(), "b".to_owned()], 1);
        draft.remove(IN, "", "a");
        assert_eq!(
            draft.sentences(&[]),
            ["included: b added", "included: a removed"]
        );
    }

    #[test]
    fn those_there_already_are_counted_only_as_far_as_they_are_known() {
        let mut draft = Draft::of(&[]);
        draft.add(IN, "", vec!["a".to_owned(), "b".to_owned()], 2);
        draft.drop_addition(IN, "", "a");
        assert_eq!(
            draft.sentences(&[]),
            ["included: b added (1 there already)"]
        );
        draft.add(IN, "", vec!["c".to_owned()], 0);
        draft.drop_addition(IN, "", "c");
        assert_eq!(draft.sentences(&[]), ["included: b added"]);
    }

    #[test]
    fn rules_are_compared_with_those_that_stand() {
        let rules: Vec<SegmentRule> =
            serde_json::from_value(json!([{"when": {"segment": "x"}}])).unwrap();
        let mut draft = Draft::of(&rules);
        assert!(!draft.differs(&rules));
        draft.add_rule(rules[0].when.clone());
        assert_eq!(draft.sentences(&rules), ["rule added: “in segment x”"]);
        draft.rules.remove(0);
        assert!(!draft.rules_differ(&rules), "the same rule again");
    }
}
