//! A policy as it is typed.

use serin_api::error::Detail;
use serin_engine::release::{OnInconclusive, Policy};

use super::{
    guards::{action, action_name},
    number, part_of, typed_of, unreadable,
};

/// A policy as it is typed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PolicyDraft {
    /// In percent.
    pub(crate) alpha: String,
    /// In percent.
    pub(crate) beta: String,
    /// `rollback`, `hold` or `notify`.
    pub(crate) on_harm: String,
    /// `hold`, `advance` or `rollback`.
    pub(crate) on_inconclusive: String,
    /// Empty for no cap.
    pub(crate) cap: String,
}

impl Default for PolicyDraft {
    fn default() -> Self {
        Self::of(&Policy::default())
    }
}

impl PolicyDraft {
    pub(super) fn of(policy: &Policy) -> Self {
        Self {
            alpha: typed_of(policy.alpha, 100.0),
            beta: typed_of(policy.beta, 100.0),
            on_harm: action_name(policy.on_harm),
            on_inconclusive: match policy.on_inconclusive {
                OnInconclusive::Hold => "hold",
                OnInconclusive::Advance => "advance",
                OnInconclusive::Rollback => "rollback",
            }
            .to_owned(),
            cap: policy
                .max_excess_events
                .map_or_else(String::new, |cap| typed_of(cap, 1.0)),
        }
    }

    pub(super) fn read(&self, mistakes: &mut Vec<Detail>) -> Policy {
        let mut probability = |text: &str, member: &str| {
            part_of(text, 100.0).unwrap_or_else(|| {
                let message = "A probability in percent, like 1.";
                mistakes.push(unreadable(format!("/policy/{member}"), message));
                0.0
            })
        };
        let (alpha, beta) = (
            probability(&self.alpha, "alpha"),
            probability(&self.beta, "beta"),
        );
        let cap = (!self.cap.trim().is_empty()).then(|| number(&self.cap));
        if cap == Some(None) {
            let message = "A number of events, like 200; empty for no cap.";
            mistakes.push(unreadable("/policy/max_excess_events".to_owned(), message));
        }
        let usual = Policy::default();
        Policy {
            alpha,
            beta,
            on_harm: action(&self.on_harm).unwrap_or(usual.on_harm),
            on_inconclusive: match self.on_inconclusive.as_str() {
                "advance" => OnInconclusive::Advance,
                "rollback" => OnInconclusive::Rollback,
                _ => OnInconclusive::Hold,
            },
            max_excess_events: cap.flatten(),
        }
    }
}

/// A policy in a sentence.
pub(crate) fn words(draft: &PolicyDraft) -> String {
    let harm = match draft.on_harm.as_str() {
        "hold" => "Harm holds it",
        "notify" => "Harm is told",
        _ => "Harm rolls it back",
    };
    let cap = match draft.cap.trim() {
        "" => String::new(),
        cap => format!(", and so do more than {cap} events too many"),
    };
    format!(
        "{harm}{cap}. A healthy release is taken for a harmful one in at most {}\u{202f}% of all.",
        draft.alpha.trim()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_in_words() {
        let mut draft = PolicyDraft::default();
        assert_eq!(
            words(&draft).replace('\u{202f}', " "),
            "Harm rolls it back. A healthy release is taken for a harmful one in at most 1 % of all."
        );
        draft.on_harm = "hold".to_owned();
        draft.cap = "200".to_owned();
        assert!(
            words(&draft).starts_with("Harm holds it, and so do more than 200 events too many.")
        );
    }
}
