//! The editor of a condition: groups of rows, each a leaf or a group again.

mod leaf;
mod part;
pub(crate) mod requirement;
mod share;
mod tools;
mod tree;
mod try_out;
mod values;

use leptos::prelude::*;
use serin_engine::condition::Condition;

use super::{
    Vocabulary,
    draft::{Kind, Part},
};
use crate::reactive::effect;
use part::group;
use tree::Tree;

/// A condition, edited in place: the same for rules of flags and of segments.
///
/// What the edits come to is handed on with each of them, finished or not; whether
/// something is missing, [`super::incomplete`] knows.
#[component]
pub(crate) fn ConditionEditor(
    /// The condition; absent where what it belongs to just went.
    condition: Signal<Option<Condition>>,
    /// The condition after an edit.
    #[prop(into)]
    on_change: Callback<Condition>,
    /// Cannot be edited.
    locked: Signal<bool>,
    /// Its JSON pointer in the document that is edited.
    at: Signal<String>,
) -> impl IntoView {
    Vocabulary::provide();
    let part = |condition: &Option<Condition>| {
        let document = serde_json::to_value(condition).ok();
        document
            .filter(|document| !document.is_null())
            .map_or_else(|| Part::group(Kind::All, Vec::new()), |it| Part::of(&it))
    };
    let root = RwSignal::new(condition.with_untracked(part));
    let tree = Tree::new(root, on_change, locked, at);
    effect(move || {
        condition.with(|condition| {
            // What was typed here is there already, in the same parts.
            let mine = root.with_untracked(Part::condition);
            if condition.is_some() && mine != *condition {
                root.set(part(condition));
            }
        });
    });
    view! {
        <div class="condition" data-testid="condition">
            {group(tree, None)}
            <p class="visually-hidden" role="status" aria-live="polite">{move || tree.said.get()}</p>
        </div>
    }
}
