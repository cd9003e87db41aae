//! Rules, edited in place.

use crate::components::show::Show;
use leptos::prelude::*;
use serin_engine::condition::{Comparison, Condition, Operator};

use super::draft::{Draft, RuleDraft};
use crate::{
    components::{
        button::{Button, IconButton},
        each::{Each, entry},
        field::TextInput,
        icon::Glyph,
        toast::Toasts,
    },
    conditions::{ConditionEditor, focus, focus_in},
};

/// The rules, for everybody who is not listed.
#[component]
pub(super) fn Rules(draft: RwSignal<Draft>, locked: Signal<bool>) -> impl IntoView {
    let ids = move || {
        let rule = |id: u32| entry(id, move || view! { <Rule draft id locked /> }.into_any());
        draft.with(|draft| draft.rules.iter().map(|known| rule(known.id)).collect())
    };
    let none = move || draft.with(|draft| draft.rules.is_empty());
    let add = move |()| {
        draft.update(|draft| draft.add_rule(comparison()));
        let last = draft
            .with_untracked(|draft| draft.rules.len())
            .saturating_sub(1);
        request_animation_frame(move || focus(&format!("/rules/{last}/when/attribute")));
    };
    view! {
        <section class="card" aria-label="Rules">
            <header class="card-head">
                <h2>"Rules"</h2>
                <span class="tiny muted">"Everybody else is in where any of these holds."</span>
            </header>
            <div class="card-body stack">
                <Show when=none><p class="small muted">"No rule: only those who are included are in."</p></Show>
                <ol class="stack"><Each of=ids /></ol>
                <Show when=move || !locked.get()>
                    <div><Button small=true glyph=Glyph::Plus on_click=add testid="add-segment-rule">"Add a rule"</Button></div>
                </Show>
            </div>
        </section>
    }
}

#[component]
fn Rule(draft: RwSignal<Draft>, id: u32, locked: Signal<bool>) -> impl IntoView {
    let find = move |draft: &Draft| draft.rules.iter().find(|rule| rule.id == id).cloned();
    let condition = Signal::derive(move || draft.with(find).map(|found| found.rule.when));
    let about = Signal::derive(move || {
        draft
            .with(find)
            .and_then(|found| found.rule.description)
            .unwrap_or_default()
    });
    let edit = move |change: &dyn Fn(&mut RuleDraft)| {
        draft.update(|draft| {
            draft
                .rules
                .iter_mut()
                .filter(|rule| rule.id == id)
                .for_each(change);
        });
    };
    let on_about = move |text: String| {
        edit(&|found| found.rule.description = Some(text.clone()).filter(|text| !text.is_empty()));
    };
    let on_change = move |when: Condition| edit(&|found| found.rule.when = when.clone());
    let at = Signal::derive(move || {
        let position = draft.with(|draft| draft.rules.iter().position(|rule| rule.id == id));
        format!("/rules/{}/when", position.unwrap_or_default())
    });
    let toasts = Toasts::current();
    let remove = move |()| {
        let at = draft.with_untracked(|draft| draft.rules.iter().position(|rule| rule.id == id));
        let Some(at) = at else { return };
        // Before the button goes, and the focus with it.
        focus_in("[data-testid=add-segment-rule]");
        let Some(gone) = draft.try_update(|draft| draft.rules.remove(at)) else {
            return;
        };
        let back = move || {
            draft.try_update(|draft| {
                let at = at.min(draft.rules.len());
                draft.rules.insert(at, gone.clone());
            });
        };
        toasts.undoable("The rule is taken out.", Box::new(back));
    };
    view! {
        <li class="rule" data-testid="segment-rule">
            <div class="rule-head">
                <span class="rule-name">
                    <TextInput value=about on_input=on_about label="What the rule is for" placeholder="What this rule is for" disabled=locked />
                </span>
                <Show when=move || !locked.get()>
                    <IconButton glyph=Glyph::Trash label="Delete rule" on_click=remove />
                </Show>
            </div>
            <ConditionEditor condition on_change locked at />
        </li>
    }
}

/// A comparison to be filled in.
fn comparison() -> Condition {
    Condition::Attribute(Comparison {
        attribute: String::new(),
        op: Operator::In,
        values: Vec::new(),
        ignore_case: false,
    })
}
