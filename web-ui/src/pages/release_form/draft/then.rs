//! What follows elsewhere, as it is typed.

use serin_api::error::Detail;
use serin_engine::release::{Start, Then};

use super::{Draft, unreadable};

/// A release that follows, as it is typed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ThenDraft {
    /// Tells it from the others for as long as the form lives.
    pub(crate) id: u32,
    /// The environment's key; empty where none is chosen.
    pub(crate) environment: String,
    /// The template's key; empty to go on as the release before.
    pub(crate) template: String,
    /// Whether a person starts it.
    pub(crate) by_hand: bool,
}

impl ThenDraft {
    pub(super) fn of(id: u32, then: &Then) -> Self {
        Self {
            id,
            environment: then.environment.clone(),
            template: then.template.clone().unwrap_or_default(),
            by_hand: then.start == Start::Manual,
        }
    }
}

impl Draft {
    /// Adds a release that follows the last one, in an environment.
    pub(crate) fn add_then(&mut self, environment: String) {
        let id = self.id();
        self.then.push(ThenDraft {
            id,
            environment,
            ..ThenDraft::default()
        });
    }
}

/// The place of a member in the document: each is within the one before.
pub(crate) fn place(index: usize, member: &str) -> String {
    format!("{}/{member}", "/then".repeat(index + 1))
}

pub(super) fn read(drafts: &[ThenDraft], mistakes: &mut Vec<Detail>) -> Option<Then> {
    let mut then = None;
    for (index, draft) in drafts.iter().enumerate().rev() {
        if draft.environment.is_empty() {
            let path = place(index, "environment");
            mistakes.push(unreadable(path, "Choose an environment."));
        }
        then = Some(Then {
            environment: draft.environment.clone(),
            template: Some(draft.template.clone()).filter(|key| !key.is_empty()),
            start: if draft.by_hand {
                Start::Manual
            } else {
                Start::Automatic
            },
            then: then.map(Box::new),
        });
    }
    then
}

/// What follows, in a sentence; `name` gives an environment's name.
pub(crate) fn words(drafts: &[ThenDraft], name: impl Fn(&str) -> String) -> String {
    let each = drafts.iter().map(|draft| {
        let start = if draft.by_hand {
            "as a draft"
        } else {
            "by itself"
        };
        format!("{} {start}", name(&draft.environment))
    });
    let each: Vec<String> = each.collect();
    if each.is_empty() {
        return "Nothing: it ends in this environment.".to_owned();
    }
    format!("When it is complete: {}.", each.join(", then "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipeline_in_words_and_in_places() {
        let mut draft = Draft::default();
        let said = |draft: &Draft| words(&draft.then, str::to_uppercase);
        assert_eq!(said(&draft), "Nothing: it ends in this environment.");
        draft.add_then("staging".to_owned());
        draft.add_then(String::new());
        draft.then[1].by_hand = true;
        let mut mistakes = Vec::new();
        let read = read(&draft.then, &mut mistakes).unwrap();
        assert_eq!(read.chain().count(), 2);
        assert_eq!(mistakes[0].path, "/then/then/environment");
        draft.then[1].environment = "production".to_owned();
        assert_eq!(
            said(&draft),
            "When it is complete: STAGING by itself, then PRODUCTION as a draft."
        );
    }
}
