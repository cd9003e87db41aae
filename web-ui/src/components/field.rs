//! Labelled inputs.

use std::cell::Cell;

use leptos::prelude::*;

thread_local! {
    static NEXT: Cell<u32> = const { Cell::new(0) };
}

/// An id that nothing else on the page has.
pub(crate) fn fresh_id(prefix: &str) -> String {
    let number = NEXT.replace(NEXT.get() + 1);
    format!("{prefix}-{number}")
}

/// A label, what it is for, and what is wrong with it, around an input that the label contains.
#[component]
pub(crate) fn Field(
    /// The label.
    #[prop(into)]
    label: String,
    /// What it is for.
    #[prop(optional, into)]
    hint: Option<String>,
    /// What is wrong with it now.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// The input.
    children: Children,
) -> impl IntoView {
    view! {
        <label class="field">
            <span class="field-label">{label}</span>
            {children()}
            {hint.map(|hint| view! { <span class="field-hint">{hint}</span> })}
            <span class="field-error" role="status">{move || error.get()}</span>
        </label>
    }
}

/// A line of text; put it into a [`Field`] or give it a label.
#[component]
pub(crate) fn TextInput(
    /// The text.
    #[prop(into)]
    value: Signal<String>,
    /// Every change of it.
    #[prop(into)]
    on_input: Callback<String>,
    /// The label where no [`Field`] is around it.
    #[prop(optional, into)]
    label: Option<String>,
    /// An example.
    #[prop(optional, into)]
    placeholder: Option<String>,
    /// `text`, `password`, `search`, …
    #[prop(default = "text")]
    kind: &'static str,
    /// What a browser may fill in.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// In the typeface of code.
    #[prop(optional)]
    mono: bool,
    /// Cannot be edited.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// For browser tests.
    #[prop(optional, into)]
    testid: Option<&'static str>,
    /// Takes the focus when it appears.
    #[prop(optional)]
    autofocus: bool,
    /// What is wrong with it.
    #[prop(optional, into)]
    mistake: Signal<Option<String>>,
    /// The place in the document that it is for.
    #[prop(optional, into)]
    at: Signal<String>,
) -> impl IntoView {
    view! {
        <input
            class="input"
            class:mono=mono
            type=kind
            autocomplete=autocomplete
            autocapitalize="off"
            spellcheck="false"
            autofocus=autofocus
            aria-label=label
            placeholder=placeholder
            data-testid=testid
            data-at=move || Some(at.get()).filter(|at| !at.is_empty())
            aria-invalid=move || mistake.get().map(|_| "true")
            title=move || mistake.get()
            disabled=move || disabled.get()
            prop:value=move || value.get()
            on:input:target=move |event| on_input.run(event.target().value())
        />
    }
}

/// A few lines of text.
#[component]
pub(crate) fn TextArea(
    /// The text.
    #[prop(into)]
    value: Signal<String>,
    /// Every change of it.
    #[prop(into)]
    on_input: Callback<String>,
    /// The label where no [`Field`] is around it.
    #[prop(optional, into)]
    label: Option<String>,
    /// An example.
    #[prop(optional, into)]
    placeholder: Option<String>,
    /// How many lines are visible.
    #[prop(default = 2)]
    rows: u8,
    /// In the typeface of code.
    #[prop(optional)]
    mono: bool,
    /// Cannot be edited.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// For browser tests.
    #[prop(optional, into)]
    testid: Option<&'static str>,
    /// Takes the focus when it appears.
    #[prop(optional)]
    autofocus: bool,
    /// What is wrong with it.
    #[prop(optional, into)]
    mistake: Signal<Option<String>>,
    /// The place in the document that it is for.
    #[prop(optional, into)]
    at: Signal<String>,
) -> impl IntoView {
    view! {
        <textarea
            class="input"
            class:mono=mono
            rows=rows
            autofocus=autofocus
            aria-label=label
            placeholder=placeholder
            data-testid=testid
            data-at=move || Some(at.get()).filter(|at| !at.is_empty())
            aria-invalid=move || mistake.get().map(|_| "true")
            disabled=move || disabled.get()
            prop:value=move || value.get()
            on:input:target=move |event| on_input.run(event.target().value())
        ></textarea>
    }
}

/// A box to tick, with its words.
#[component]
pub(crate) fn Checkbox(
    /// Whether it is ticked.
    #[prop(into)]
    checked: Signal<bool>,
    /// Every change of it.
    #[prop(into)]
    on_change: Callback<bool>,
    /// The words.
    #[prop(into)]
    label: String,
    /// What it means.
    #[prop(optional, into)]
    hint: Option<String>,
    /// Cannot be changed.
    #[prop(optional, into)]
    disabled: Signal<bool>,
) -> impl IntoView {
    view! {
        <label class="checkbox">
            <input
                type="checkbox"
                disabled=move || disabled.get()
                prop:checked=move || checked.get()
                on:change:target=move |event| on_change.run(event.target().checked())
            />
            <span class="stack-s">
                <span>{label}</span>
                {hint.map(|hint| view! { <span class="field-hint">{hint}</span> })}
            </span>
        </label>
    }
}
