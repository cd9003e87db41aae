//! Labelled fields of the form, each bound to a place of the draft: what it shows, what typing
//! changes, and what is wrong there.

use leptos::prelude::*;

use super::{
    draft::{Draft, at as wrong_at},
    form::Form,
};
use crate::components::{field::Field, select::Select};

/// What a field shows; the number is the row's, where it is in one.
pub(super) type Of = fn(&Draft, u32) -> String;
/// What typing changes.
pub(super) type Put = fn(&mut Draft, u32, String);

/// What is wrong at a place of the document, tracked.
pub(super) fn problem(form: Form, at: Signal<String>) -> Signal<Option<String>> {
    Signal::derive(move || form.mistakes.with(|mistakes| wrong_at(mistakes, &at.get())))
}

/// A line of text with its label.
#[component]
pub(super) fn Entry(
    form: Form,
    /// Its label.
    #[prop(into)]
    label: String,
    /// What it is for.
    #[prop(optional, into)]
    hint: Option<String>,
    /// Its row.
    #[prop(optional)]
    id: u32,
    of: Of,
    put: Put,
    /// Its place in the document.
    #[prop(into)]
    at: Signal<String>,
    /// What stands behind the number.
    #[prop(optional)]
    unit: Option<&'static str>,
    /// An example.
    #[prop(optional)]
    placeholder: Option<&'static str>,
    /// Cannot be edited.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// For browser tests.
    #[prop(optional)]
    testid: Option<&'static str>,
) -> impl IntoView {
    let error = problem(form, at);
    let value = move || form.draft.with(|draft| of(draft, id));
    view! {
        <Field label hint=hint.unwrap_or_default() error>
            <span class="with-unit" data-wide=unit.map(|unit| if unit.len() > 2 { "true" } else { "false" })>
                <input
                    class="input number"
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    placeholder=placeholder
                    data-at=move || at.get()
                    data-testid=testid
                    aria-invalid=move || error.get().map(|_| "true")
                    disabled=move || disabled.get()
                    prop:value=value
                    on:input:target=move |event| {
                        let text = event.target().value();
                        form.edit(|draft| put(draft, id, text));
                    }
                />
                {unit.map(|unit| view! { <span class="unit">{unit}</span> })}
            </span>
        </Field>
    }
}

/// One of a few, with its label.
#[component]
pub(super) fn Choice(
    form: Form,
    /// Its label.
    #[prop(into)]
    label: String,
    /// What it is for.
    #[prop(optional, into)]
    hint: Option<String>,
    /// Its row.
    #[prop(optional)]
    id: u32,
    of: Of,
    put: Put,
    /// Its place in the document.
    #[prop(into)]
    at: Signal<String>,
    /// The values with their words.
    #[prop(into)]
    options: Signal<Vec<(String, String)>>,
    /// Cannot be changed.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// For browser tests.
    #[prop(optional)]
    testid: Option<&'static str>,
) -> impl IntoView {
    let value = Signal::derive(move || form.draft.with(|draft| of(draft, id)));
    let on_change = move |text: String| form.edit(|draft| put(draft, id, text));
    view! {
        <Field label hint=hint.unwrap_or_default() error=problem(form, at)>
            <Select options value on_change disabled testid=testid.unwrap_or_default() />
        </Field>
    }
}

/// Values and words as [`Choice`] takes them.
pub(super) fn options(all: &[(&str, &str)]) -> Signal<Vec<(String, String)>> {
    let all: Vec<(String, String)> = all
        .iter()
        .map(|(value, words)| ((*value).to_owned(), (*words).to_owned()))
        .collect();
    Signal::stored(all)
}
