//! Where a translated flag decides otherwise than flagd does.

use std::collections::BTreeMap;

use serde::Serialize;

/// One difference, or one thing left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// What kind of difference.
    pub kind: NoteKind,
    /// The attribute reference on which it shows; absent where it shows on none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribute: Option<String>,
    /// For people.
    pub text: String,
}

/// The kinds of differences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NoteKind {
    /// An attribute that is a list.
    List,
    /// `==` between a number or boolean and text that spells it unusually.
    LooseEquality,
    /// `<` and its kin on text or booleans.
    LooseOrder,
    /// `sem_ver` on a version with a leading `v`.
    Version,
    /// A member of the file that Serin has no place for.
    LeftOut,
}

/// Collects notes, each once.
#[derive(Debug, Default)]
pub(crate) struct Notes(BTreeMap<(NoteKind, String), String>);

impl Notes {
    /// Notes how an attribute that is a list is compared.
    pub(crate) fn list(&mut self, attribute: &str) {
        self.add(NoteKind::List, attribute, || {
            format!(
                "where {attribute:?} is a list, Serin compares each of its elements and flagd the list as a whole"
            )
        });
    }

    /// Notes a loose equality that is not matched in every spelling.
    pub(crate) fn loose_equality(&mut self, attribute: &str) {
        self.add(NoteKind::LooseEquality, attribute, || {
            format!(
                "`==` on {attribute:?}: flagd also takes text that JavaScript reads as the same number (\"5.0\", \" 5\" for 5); Serin takes the value and its plain spelling"
            )
        });
    }

    /// Notes an order of numbers that flagd also sees in text and booleans.
    pub(crate) fn loose_order(&mut self, attribute: &str) {
        self.add(NoteKind::LooseOrder, attribute, || {
            format!(
                "order on {attribute:?}: flagd reads text and booleans as numbers; Serin compares numbers only (a missing one counts as 0, as in flagd)"
            )
        });
    }

    /// Notes which versions Serin does not read.
    pub(crate) fn version(&mut self, attribute: &str) {
        self.add(NoteKind::Version, attribute, || {
            format!(
                "`sem_ver` on {attribute:?}: flagd also reads a version with a leading v, which Serin does not"
            )
        });
    }

    /// Notes a member of the flag that is not kept.
    pub(crate) fn left_out(&mut self, member: &str) {
        self.0
            .entry((NoteKind::LeftOut, member.to_owned()))
            .or_insert_with(|| format!("{member:?} has no native form and was left out"));
    }

    fn add(&mut self, kind: NoteKind, attribute: &str, text: impl FnOnce() -> String) {
        self.0
            .entry((kind, attribute.to_owned()))
            .or_insert_with(text);
    }

    pub(crate) fn into_vec(self) -> Vec<Note> {
        let note = |((kind, subject), text)| Note {
            kind,
            attribute: (kind != NoteKind::LeftOut).then_some(subject),
            text,
        };
        self.0.into_iter().map(note).collect()
    }
}
