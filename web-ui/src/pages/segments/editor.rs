//! Members and rules, edited in place.

use crate::components::show::Show;
use leptos::prelude::*;

use super::draft::{Draft, ListDraft, RuleDraft, Side, units};
use crate::{
    components::{
        button::{Button, IconButton, Look},
        each::{Each, entry},
        field::{TextArea, TextInput},
        icon::Glyph,
    },
    describe::count,
    pages::flag::{
        clauses::{Clause, condition_of},
        rule::ConditionEditor,
    },
};

/// From top to bottom in the order of evaluation: included, excluded, rules.
#[component]
pub(super) fn Editor(draft: RwSignal<Draft>, locked: Signal<bool>) -> impl IntoView {
    view! {
        <div class="segment-sides">
            <Lists draft side=Side::Included locked />
            <Lists draft side=Side::Excluded locked />
        </div>
        <Rules draft locked />
    }
}

#[component]
fn Lists(draft: RwSignal<Draft>, side: Side, locked: Signal<bool>) -> impl IntoView {
    let (title, about) = match side {
        Side::Included => ("Included", "Always in, whatever else holds."),
        Side::Excluded => ("Excluded", "Out, unless they are included."),
    };
    let ids = move || {
        let list = |id: u32| {
            entry(id, move || {
                view! { <MemberList draft side id locked /> }.into_any()
            })
        };
        draft.with(|draft| {
            draft
                .lists(side)
                .iter()
                .map(|known| list(known.id))
                .collect()
        })
    };
    view! {
        <section class="card" aria-label=title>
            <header class="card-head">
                <h2>{title}</h2>
                <span class="tiny muted">{about}</span>
            </header>
            <div class="card-body stack">
                <Each of=ids />
                <Show when=move || !locked.get()>
                    <div>
                        <Button look=Look::Quiet small=true glyph=Glyph::Plus on_click=move |()| draft.update(|draft| draft.add_list(side))>
                            "By another attribute"
                        </Button>
                    </div>
                </Show>
            </div>
        </section>
    }
}

#[component]
fn MemberList(draft: RwSignal<Draft>, side: Side, id: u32, locked: Signal<bool>) -> impl IntoView {
    let part = move |of: fn(&ListDraft) -> &String| {
        Signal::derive(move || {
            draft.with(|draft| {
                let list = draft.lists(side).iter().find(|list| list.id == id);
                list.map_or_else(String::new, |list| of(list).clone())
            })
        })
    };
    let edit = move |put: fn(&mut ListDraft, String), text: String| {
        draft.update(|draft| {
            if let Some(list) = draft.lists_mut(side).iter_mut().find(|list| list.id == id) {
                put(list, text);
            }
        });
    };
    let (attribute, text) = (part(|list| &list.attribute), part(|list| &list.text));
    let number = move || text.with(|text| count(units(text).len(), "unit"));
    let lone = Signal::derive(move || draft.with(|draft| draft.lists(side).len() < 2));
    let remove = move |()| draft.update(|draft| draft.lists_mut(side).retain(|list| list.id != id));
    view! {
        <div class="member-list" role="group" aria-label="Units by an attribute">
            <div class="row">
                <TextInput
                    value=attribute
                    on_input=move |text| edit(|list, text| list.attribute = text, text)
                    label="Attribute that is compared"
                    placeholder="targetingKey"
                    mono=true
                    disabled=locked
                />
                <span class="small muted number member-count">{number}</span>
                <Show when=move || !locked.get() && !lone.get()>
                    <IconButton glyph=Glyph::Trash label="Remove this list" on_click=remove />
                </Show>
            </div>
            <TextArea
                value=text
                on_input=move |text| edit(|list, text| list.text = text, text)
                label="Units, one a line"
                placeholder="One a line; pasted lists are taken apart."
                rows=4
                mono=true
                disabled=locked
            />
        </div>
    }
}

#[component]
fn Rules(draft: RwSignal<Draft>, locked: Signal<bool>) -> impl IntoView {
    let ids = move || {
        let rule = |id: u32| entry(id, move || view! { <Rule draft id locked /> }.into_any());
        draft.with(|draft| draft.rules.iter().map(|known| rule(known.id)).collect())
    };
    let none = move || draft.with(|draft| draft.rules.is_empty());
    let add = move |()| draft.update(|draft| draft.add_rule(condition_of(&[Clause::attribute()])));
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
                    <div><Button small=true glyph=Glyph::Plus on_click=add>"Add a rule"</Button></div>
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
    let on_change =
        move |clauses: Vec<Clause>| edit(&|found| found.rule.when = condition_of(&clauses));
    let remove = move |()| draft.update(|draft| draft.rules.retain(|rule| rule.id != id));
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
            <ConditionEditor condition on_change locked />
        </li>
    }
}
