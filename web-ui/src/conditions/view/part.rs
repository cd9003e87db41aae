//! A group and its rows.

use leptos::{ev, prelude::*};

use super::{
    leaf::leaf,
    tools::Tools,
    tree::{JOINS, Tree, join_of, set_join},
};
use crate::{
    components::{
        button::{Button, Look},
        each::{Each, entry},
        icon::Glyph,
        select::Select,
        show::Show,
    },
    conditions::{
        draft::{Id, Kind, Part},
        edit::Way,
    },
};

/// A group; the whole condition where `id` is absent, which may be a lone leaf.
pub(super) fn group(tree: Tree, id: Option<Id>) -> AnyView {
    let look = move |look: fn(&Part) -> bool| {
        Signal::derive(move || match id {
            Some(id) => tree.part(id, look),
            None => tree.with(look),
        })
    };
    let ids = Memo::new(move |_| {
        let ids = |part: &Part| {
            if part.is_group() {
                part.parts.iter().map(|part| part.id).collect()
            } else {
                vec![part.id]
            }
        };
        match id {
            Some(id) => tree.part(id, ids),
            None => tree.with(ids),
        }
    });
    let rows = move || {
        let ids = ids.get().into_iter();
        ids.map(|id| entry(id, move || row(tree, id))).collect()
    };
    let empty = look(|part| part.is_group() && part.parts.is_empty());
    // Plain conditions joined by "and" read well without a heading.
    let headed = look(|part| {
        part.is_group() && (part.kind == Kind::Any || part.is_negated() || part.parts.len() > 1)
    });
    let root = id.is_none();
    let join = Signal::derive(move || match id {
        Some(id) => tree.part(id, join_of),
        None => tree.with(join_of),
    });
    let own = move || id.unwrap_or_else(|| untrack(|| tree.with(|root| root.id)));
    let joins = JOINS
        .map(|(key, words)| (key.to_owned(), words.to_owned()))
        .to_vec();
    let head = move || {
        view! {
            <div class="group-head">
                {root.then(|| view! { <span class="keyword">"if"</span> })}
                <span class="group-join">
                    <Select
                        options=joins.clone()
                        value=join
                        on_change=move |join: String| tree.change(own(), &|part| set_join(part, &join))
                        label="How the conditions of this group are joined"
                        disabled=tree.locked
                        testid="group-join"
                    />
                </span>
                <span class="keyword">"these"</span>
            </div>
        }
    };
    let nothing = move || {
        let all = matches!(join.get().as_str(), "all" | "none");
        if all {
            "No condition: it always holds."
        } else {
            "No condition: it never holds."
        }
    };
    view! {
        <div class="group" class:root=root role="group" aria-label=if root { "Condition" } else { "Group of conditions" }>
            <Show when=Signal::derive(move || headed.get() || !root)>{head.clone()}</Show>
            <ul class="clauses"><Each of=rows /></ul>
            <Show when=empty><p class="small muted" data-testid="condition-empty">{nothing}</p></Show>
            <Show when=Signal::derive(move || !tree.locked.get())>
                <Adding tree id />
            </Show>
        </div>
    }
    .into_any()
}

/// The buttons that add a part to a group.
#[component]
fn Adding(tree: Tree, id: Option<Id>) -> impl IntoView {
    let add = move |part: fn() -> Part| {
        let group = id.unwrap_or_else(|| untrack(|| tree.with(|root| root.id)));
        tree.add(group, part());
    };
    let new_group = move || {
        let group = id.unwrap_or_else(|| untrack(|| tree.with(|root| root.id)));
        let any = untrack(|| tree.part(group, |part| part.kind == Kind::Any));
        let kind = if any { Kind::All } else { Kind::Any };
        let first = Part::attribute();
        tree.add(group, Part::group(kind, vec![first]));
    };
    view! {
        <div class="adding" role="group" aria-label="Add a condition">
            <Button look=Look::Quiet small=true glyph=Glyph::Plus on_click=move |()| add(Part::attribute) testid="add-attribute">"Attribute"</Button>
            <Button look=Look::Quiet small=true on_click=move |()| add(Part::segment) testid="add-segment">"Segment"</Button>
            <Button look=Look::Quiet small=true on_click=move |()| add(Part::flag) testid="add-flag-condition">"Flag"</Button>
            <Button look=Look::Quiet small=true on_click=move |()| add(Part::share) testid="add-share">"Percentage"</Button>
            <Button look=Look::Quiet small=true on_click=move |()| new_group() testid="add-group">"Group"</Button>
        </div>
    }
}

/// A row: what joins it to the one before, the leaf or group, and what can be done to it.
fn row(tree: Tree, id: Id) -> AnyView {
    let word = move || {
        tree.with(|root| match root.place(id) {
            None => "if",
            Some(place) => match root.find(place.group) {
                Some(group) if place.index > 0 => {
                    if group.kind == Kind::Any {
                        "or"
                    } else {
                        "and"
                    }
                }
                _ => "",
            },
        })
    };
    let on_keydown = move |event: ev::KeyboardEvent| {
        if !event.alt_key() || tree.locked.get_untracked() {
            return;
        }
        let way = match event.key().as_str() {
            "ArrowUp" => Way::Up,
            "ArrowDown" => Way::Down,
            "ArrowRight" => Way::In,
            "ArrowLeft" => Way::Out,
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        tree.shift(id, way);
    };
    let is_group = tree.part(id, Part::is_group);
    let body = if is_group {
        group(tree, Some(id))
    } else {
        leaf(tree, id)
    };
    view! {
        <li class="clause" class:nested=is_group data-testid="clause" data-part=id.to_string() on:keydown=on_keydown>
            <span class="keyword">{word}</span>
            <div class="clause-body">{body}</div>
            <Show when=Signal::derive(move || !tree.locked.get())>
                <Tools tree id />
            </Show>
        </li>
    }
    .into_any()
}
