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
        mistakes.0.set(found.with(|found| match found {
            Some(Ok(mistakes)) => mistakes.clone(),
            _ => Vec::new(),
        }));
    });
    Memo::new(move |_| {
        let mut all = draft.with(unfinished);
        all.extend(mistakes.0.get());
        all
    })
}

fn unfinished(draft: &Draft) -> Vec<Mistake> {
    let rules = draft.rules.iter().enumerate();
    rules
        .flat_map(|(index, known)| incomplete(&known.rule.when, &format!("/rules/{index}/when")))
        .collect()
}
