//! What is wrong with a segment's rules as they are edited.

use leptos::prelude::*;
use serde_json::json;

use super::draft::Draft;
use crate::{
    conditions::{Mistakes, incomplete},
    engine::{Engine, Mistake, Subject},
    reactive::{Calm, effect},
};

/// Asks the engine, as one types, and tells the inputs; gives what keeps the rules from
/// being saved, what is half typed first. Members are checked where they are added.
pub(super) fn follow(
    draft: RwSignal<Draft>,
    edited: Memo<bool>,
    segment: impl Fn() -> String + 'static,
) -> Memo<Vec<Mistake>> {
    let (engine, calm) = (Engine::current(), Calm::new());
    let asked = RwSignal::new(None::<Subject>);
    effect(move || {
        let subject = edited.get().then(|| Subject::SegmentConfig {
            segment: segment(),
            config: json!({ "rules": draft.with(Draft::rules) }),
        });
        calm.after(200, move || asked.set(subject));
    });
    let found = engine.follow(
        move || asked.get(),
        |engine, subject| async move { engine.check(subject).await },
    );
    let mistakes = Mistakes::provide();
    effect(move || {
        // Where the engine cannot be had, the server checks.
        let found = found.with(|found| match found {
            Some(Ok(mistakes)) => mistakes.clone(),
            _ => Vec::new(),
        });
        mistakes.0.set(apart(found, &draft.with(unfinished)));
    });
    Memo::new(move |_| {
        let mut all = draft.with(unfinished);
        all.extend(mistakes.0.get());
        all
    })
}

/// Mistakes in what is finished: an input that nobody has filled in yet is not wrong.
fn apart(found: Vec<Mistake>, unfinished: &[Mistake]) -> Vec<Mistake> {
    let mut found = found;
    found.retain(|mistake| {
        let mut open = unfinished.iter();
        !open.any(|open| concerns(&open.path, &mistake.path))
    });
    found
}

/// Whether one of two places is the other or inside it.
fn concerns(open: &str, path: &str) -> bool {
    let within = |outer: &str, inner: &str| {
        let rest = inner.strip_prefix(outer);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    within(open, path) || within(path, open)
}

fn unfinished(draft: &Draft) -> Vec<Mistake> {
    let rules = draft.rules.iter().enumerate();
    rules
        .flat_map(|(index, known)| incomplete(&known.rule.when, &format!("/rules/{index}/when")))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn mistake(path: &str) -> Mistake {
        Mistake {
            path: path.to_owned(),
            code: "too_short".to_owned(),
            message: "value is shorter than 1 character".to_owned(),
        }
    }

    #[test]
    fn what_nobody_filled_in_yet_is_not_wrong() {
        let mut draft = Draft::of(&[]);
        let fresh = json!({"attribute": "", "op": "in", "values": []});
        draft.add_rule(serde_json::from_value(fresh).unwrap());
        let wrong = json!({"attribute": "age", "op": "matches", "values": ["("]});
        draft.add_rule(serde_json::from_value(wrong).unwrap());
        let found = [
            "/rules/0/when",
            "/rules/0/when/attribute",
            "/rules/1/when/values/0",
        ];
        let left = apart(found.map(mistake).to_vec(), &unfinished(&draft));
        assert_eq!(left, [mistake("/rules/1/when/values/0")]);
        assert_eq!(unfinished(&draft)[0].message, "an attribute is missing");
        assert!(!concerns("/rules/1", "/rules/10"));
    }
}
