//! What is said of an edit.

use crate::{describe::count, engine::Failure, pages::flag::impact::run::why_not};

/// What is said of an edit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// Flags that serve somebody something else then, and to how many.
    pub(super) changed: Vec<(String, String)>,
    /// What is left to say.
    pub(super) rest: String,
}

impl Said {
    /// Of so many flags that lead to the segment, of which the first were looked at.
    pub(super) fn of(changed: Vec<(String, String)>, flags: usize, looked_at: usize) -> Self {
        const NOBODY: &str = "nobody of those looked at is served anything else";
        let unlooked = flags.saturating_sub(looked_at);
        let alike = flags - unlooked - changed.len();
        let more = if changed.is_empty() {
            "flag"
        } else {
            "more flag"
        };
        let mut rest = match (flags, alike) {
            (0, _) => "No flag leads to this segment.".to_owned(),
            (_, 0) => String::new(),
            (_, 1) => format!("1 {more} leads to this segment: {NOBODY}."),
            (_, alike) => format!("{} lead to this segment: {NOBODY}.", count(alike, more)),
        };
        match unlooked {
            0 => {}
            1 => rest += " 1 flag was not looked at.",
            unlooked => rest += &format!(" {unlooked} flags were not looked at."),
        }
        Self {
            changed,
            rest: rest.trim().to_owned(),
        }
    }

    pub(super) fn failed(failure: &Failure) -> Self {
        Self {
            changed: Vec::new(),
            rest: why_not(failure).to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_looked_at_is_said() {
        let rest = |changed: usize, flags, looked_at| {
            let one = ("f".to_owned(), "1 unit changes".to_owned());
            Said::of(vec![one; changed], flags, looked_at).rest
        };
        assert_eq!(rest(0, 0, 20), "No flag leads to this segment.");
        assert_eq!(rest(2, 2, 20), "");
        assert!(rest(0, 1, 20).starts_with("1 flag leads"));
        assert!(rest(0, 3, 20).starts_with("3 flags lead"));
        assert!(rest(1, 3, 20).starts_with("2 more flags lead"));
        assert!(rest(3, 5, 3).starts_with("2 flags were not looked at"));
    }
}
