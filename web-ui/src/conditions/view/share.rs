//! A percentage as a condition.

use leptos::prelude::*;
use serde_json::Value;

use super::{leaf::Turn, tree::Tree};
use crate::{
    components::{combobox::Combobox, field::TextInput},
    conditions::{
        Vocabulary,
        draft::{Id, Part},
    },
    weights,
};

/// How much, of what, and what makes it independent of other percentages.
pub(super) fn share(tree: Tree, id: Id) -> AnyView {
    let vocabulary = Vocabulary::current();
    let slots = Signal::derive(move || tree.part(id, Part::slots));
    let typing = RwSignal::new(None::<String>);
    let shown = Signal::derive(move || {
        typing
            .get()
            .unwrap_or_else(|| weights::percent_number(slots.get()))
    });
    let wrong = move || {
        let readable = typing.with(|typing| {
            let text = typing.as_deref();
            text.is_none_or(|text| weights::slots_of(text).is_some())
        });
        let said = || Some("From 0 to 100, to a thousandth.".to_owned());
        if readable {
            tree.mistake(id, "/share/slots").get()
        } else {
            said()
        }
    };
    let wrong = Signal::derive(wrong);
    let on_percent = move |text: String| {
        if let Some(slots) = weights::slots_of(&text) {
            tree.change(id, &|part| {
                part.set_share("slots", Some(Value::from(slots)));
            });
        }
        typing.set(Some(text));
    };
    let on_by = move |text: String| {
        let by = Some(text.trim()).filter(|by| !by.is_empty() && *by != "targetingKey");
        tree.change(id, &|part| part.set_share("by", by.map(Value::from)));
    };
    let on_salt = move |text: String| {
        tree.change(id, &|part| {
            part.set_share("salt", Some(Value::from(text.as_str())));
        });
    };
    view! {
        <span class="clause-op narrow">
            <Turn tree id words=["is within", "is not within"] label="Within or not within the percentage" />
        </span>
        <span class="share-percent" on:focusout=move |_| drop(typing.try_set(None))>
            <TextInput
                value=shown
                on_input=on_percent
                label="Percent"
                disabled=tree.locked
                mistake=wrong
                at=tree.pointer(id, "/share/slots")
                testid="clause-percent"
            />
            <span class="muted" aria-hidden="true">"%"</span>
        </span>
        <span class="keyword">"of"</span>
        <span class="clause-attribute">
            <Combobox
                label="Attribute that names the unit"
                value=tree.text(id, |part| part.share_text("by"))
                on_change=on_by
                options=vocabulary.attributes
                free=true
                placeholder="targetingKey"
                disabled=tree.locked
                mistake=tree.mistake(id, "/share/by")
                at=tree.pointer(id, "/share/by")
                testid="clause-by"
            />
        </span>
        <span class="keyword" title="Percentages with the same seed take the same units; with another, independent ones.">"seed"</span>
        <span class="clause-seed">
            <TextInput
                value=tree.text(id, |part| part.share_text("salt"))
                on_input=on_salt
                label="Seed: percentages with the same one take the same units"
                mono=true
                disabled=tree.locked
                mistake=tree.mistake(id, "/share/salt")
                at=tree.pointer(id, "/share/salt")
                testid="clause-seed"
            />
        </span>
    }
    .into_any()
}
