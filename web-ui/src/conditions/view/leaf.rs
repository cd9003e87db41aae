//! One row: what is compared, how, and with what.

use leptos::prelude::*;
use serin_engine::condition::Operator;

use super::{requirement::Requirement, share::share, tree::Tree, values::Values};
use crate::{
    components::{combobox::Combobox, select::Select, show::Show},
    conditions::{
        Vocabulary,
        draft::{Id, Kind, Part},
        operator,
    },
};

/// A leaf, by what it says.
pub(super) fn leaf(tree: Tree, id: Id) -> AnyView {
    let body = match tree.part(id, |part| part.kind.clone()) {
        Kind::Attribute(_) => attribute(tree, id),
        Kind::Segment => segment(tree, id),
        Kind::Flag => flag(tree, id),
        Kind::Share => share(tree, id),
        Kind::All | Kind::Any | Kind::Other(_) => other(tree, id),
    };
    let twice = Signal::derive(move || tree.part(id, |part| part.nots.len() > 1));
    view! {
        <div class="leaf">
            {body}
            <Show when=twice><span class="tiny muted">"(negated more than once)"</span></Show>
        </div>
        <Wrong tree id />
    }
    .into_any()
}

/// What is wrong with a row, in words below it.
#[component]
fn Wrong(tree: Tree, id: Id) -> impl IntoView {
    const MEMBERS: [&str; 7] = [
        "/attribute",
        "/segment",
        "/flag",
        "/variations",
        "/share/slots",
        "/share/by",
        "/share/salt",
    ];
    let own = MEMBERS.map(|member| tree.mistake(id, member)).to_vec();
    let values = tree.mistakes(id, "/values");
    let names = tree.mistakes(id, "/variations");
    let words = move || {
        let own = own.iter().find_map(|mistake| mistake.get());
        let listed = || {
            let all = values.get().into_iter().chain(names.get());
            all.map(|(_, message)| message).next()
        };
        own.or_else(listed)
    };
    view! { <p class="leaf-mistake tiny" role="status" data-testid="clause-mistake">{words}</p> }
}

fn attribute(tree: Tree, id: Id) -> AnyView {
    let vocabulary = Vocabulary::current();
    let op = Memo::new(move |_| {
        tree.part(id, |part| match part.kind {
            Kind::Attribute(op) => op,
            _ => Operator::In,
        })
    });
    let chosen = Memo::new(move |_| operator::choice(op.get(), tree.part(id, Part::is_negated)));
    let on_op = move |choice: String| {
        if let Some((op, negated)) = operator::chosen(&choice) {
            tree.change(id, &|part| {
                part.set_operator(op);
                part.negate(negated);
            });
        }
    };
    let options = operator::GROUPS.map(|(label, ops)| {
        let options = ops
            .iter()
            .flat_map(|op| [(*op, false), (*op, true)])
            .map(|(op, negated)| {
                let key = operator::choice(op, negated);
                let mine = key.clone();
                let is_mine = move || chosen.with(|chosen| *chosen == mine);
                let words = operator::words(op, negated);
                view! { <option value=key prop:selected=is_mine>{words}</option> }
            });
        view! { <optgroup label=label>{options.collect_view()}</optgroup> }
    });
    let folds = Signal::derive(move || operator::folds(op.get()));
    let pressed = move || tree.part(id, Part::ignores_case);
    view! {
        <span class="clause-attribute">
            <Combobox
                label="Attribute"
                value=tree.text(id, |part| part.text("attribute"))
                on_change=move |text: String| tree.change(id, &|part| part.set_text("attribute", text.trim()))
                options=vocabulary.attributes
                free=true
                placeholder="attribute, as org.plan"
                disabled=tree.locked
                mistake=tree.mistake(id, "/attribute")
                at=tree.pointer(id, "/attribute")
                testid="clause-attribute"
            />
        </span>
        <span class="clause-op">
            <select
                class="select"
                aria-label="Comparison"
                data-testid="clause-operator"
                disabled=move || tree.locked.get()
                on:change:target=move |event| on_op(event.target().value())
            >
                {options.into_iter().collect_view()}
            </select>
        </span>
        <Values tree id op />
        <Show when=folds>
            <button
                type="button"
                class="case-toggle"
                aria-pressed=move || if pressed() { "true" } else { "false" }
                aria-label="Aa: ignore upper and lower case"
                title=move || if pressed() { "Upper and lower case are the same" } else { "Upper and lower case differ" }
                data-testid="clause-ignore-case"
                disabled=move || tree.locked.get()
                on:click=move |_| tree.change(id, &|part| part.ignore_case(!part.ignores_case()))
            >
                "Aa"
            </button>
        </Show>
    }
    .into_any()
}

fn segment(tree: Tree, id: Id) -> AnyView {
    let vocabulary = Vocabulary::current();
    let value = tree.text(id, |part| part.text("segment"));
    let known = move || {
        let key = value.get();
        vocabulary.segments().iter().any(|(known, _)| *known == key)
    };
    view! {
        <span class="clause-op narrow">
            <Turn tree id words=["is in segment", "is not in segment"] label="In or not in the segment" />
        </span>
        <span class="clause-attribute">
            <Combobox
                label="Segment"
                value
                on_change=move |key: String| tree.change(id, &|part| part.set_text("segment", &key))
                options=Signal::derive(move || vocabulary.segments())
                placeholder="choose a segment"
                disabled=tree.locked
                mistake=tree.mistake(id, "/segment")
                at=tree.pointer(id, "/segment")
                testid="clause-segment"
            />
        </span>
        <Show when=Signal::derive(known)>
            <a class="link tiny" href=move || vocabulary.segment_path(&value.get())>"open"</a>
        </Show>
    }
    .into_any()
}

fn flag(tree: Tree, id: Id) -> AnyView {
    let on_change = move |(flag, variations): (String, Vec<String>)| {
        tree.change(id, &|part| {
            part.set_text("flag", &flag);
            part.set_variations(variations.clone());
        });
    };
    view! {
        <span class="keyword">"flag"</span>
        <Requirement
            flag=tree.text(id, |part| part.text("flag"))
            variations=Signal::derive(move || tree.part(id, Part::variations))
            on_change
            disabled=tree.locked
            at=tree.pointer(id, "")
            mistake=tree.mistake(id, "/flag")
        >
            <span class="clause-op narrow">
                <Turn tree id words=["serves", "does not serve"] label="Serves or does not serve" />
            </span>
        </Requirement>
    }
    .into_any()
}

/// A choice between a leaf and its contrary.
#[component]
pub(super) fn Turn(
    tree: Tree,
    id: Id,
    words: [&'static str; 2],
    label: &'static str,
) -> impl IntoView {
    let options = [("is", words[0]), ("not", words[1])]
        .map(|(key, words)| (key.to_owned(), words.to_owned()))
        .to_vec();
    let value = tree.text(id, |part| {
        if part.is_negated() { "not" } else { "is" }.to_owned()
    });
    let on_change = move |choice: String| tree.change(id, &|part| part.negate(choice == "not"));
    view! { <Select options value on_change label disabled=tree.locked testid="clause-turn" /> }
}

/// What this page does not know is shown as it is, and kept.
fn other(tree: Tree, id: Id) -> AnyView {
    let text = move || tree.part(id, Part::document).to_string();
    view! {
        <code class="small clause-other">{text}</code>
        <span class="tiny muted">"not known here: it is kept as it is, and edited as JSON"</span>
    }
    .into_any()
}
