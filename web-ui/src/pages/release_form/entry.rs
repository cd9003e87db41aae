//! Labelled fields of the form, each bound to a place of the draft: what it shows, what typing
//! changes, and what is wrong there.

use leptos::prelude::*;
use serin_engine::release::Metric;

use super::{draft::Draft, form::Form};
use crate::{
    components::{combobox::Combobox, field::Field, select::Select},
    typed::at as wrong_at,
};

/// What a field shows; the number is the row's, where it is in one.
pub(super) type Of = fn(&Draft, u32) -> String;
/// What typing changes.
pub(super) type Put = fn(&mut Draft, u32, String);

/// What is wrong at a place of the document, tracked.
pub(super) fn problem(form: Form, at: Signal<String>) -> Signal<Option<String>> {
    Signal::derive(move || form.mistakes.with(|mistakes| wrong_at(mistakes, &at.get())))
}

/// A line of text, or one of a few choices, with its label.
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
    /// The only values that there are, with their words; any text where absent.
    #[prop(optional)]
    options: Option<Signal<Vec<(String, String)>>>,
    /// What stands behind the text.
    #[prop(optional)]
    unit: Option<&'static str>,
    /// An example.
    #[prop(optional, into)]
    placeholder: Signal<&'static str>,
    /// Cannot be edited.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// For browser tests.
    #[prop(optional)]
    testid: Option<&'static str>,
) -> impl IntoView {
    let error = problem(form, at);
    let value = Signal::derive(move || form.draft.with(|draft| of(draft, id)));
    let change = move |text: String| form.edit(|draft| put(draft, id, text));
    let line = move || {
        view! {
            <span class="with-unit" data-wide=unit.map(|unit| if unit.len() > 2 { "true" } else { "false" })>
                <input
                    class="input number"
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    placeholder=move || Some(placeholder.get()).filter(|text| !text.is_empty())
                    data-at=move || at.get()
                    data-testid=testid
                    aria-invalid=move || error.get().map(|_| "true")
                    disabled=move || disabled.get()
                    prop:value=move || value.get()
                    on:input:target=move |event| change(event.target().value())
                />
                {unit.map(|unit| view! { <span class="unit">{unit}</span> })}
            </span>
        }
        .into_any()
    };
    let choice = move |options| {
        view! { <Select options value on_change=change disabled at testid=testid.unwrap_or_default() /> }
            .into_any()
    };
    view! {
        <Field label hint=hint.unwrap_or_default() error>
            {options.map_or_else(line, choice)}
        </Field>
    }
}

/// A metric of the project, by a few letters of its key.
#[component]
pub(super) fn MetricEntry(
    form: Form,
    /// Its label.
    #[prop(into)]
    label: String,
    /// What it is for.
    #[prop(optional, into)]
    hint: Option<String>,
    /// The metric's key.
    #[prop(into)]
    value: Signal<String>,
    /// Another one was chosen.
    #[prop(into)]
    on_change: Callback<String>,
    /// Which of the metrics will do; tracked.
    #[prop(into)]
    fits: Callback<Metric, bool>,
    /// Its place in the document.
    #[prop(into)]
    at: Signal<String>,
    /// An example.
    placeholder: &'static str,
    /// Cannot be edited.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// For browser tests.
    #[prop(optional)]
    testid: Option<&'static str>,
) -> impl IntoView {
    let known = Signal::derive(move || {
        let all = form.metrics.data().unwrap_or_default().into_iter();
        let fitting = all.filter(|metric| fits.run(metric.document.clone()));
        fitting
            .map(|metric| (metric.key, metric.document.name.unwrap_or_default()))
            .collect::<Vec<_>>()
    });
    let mistake = problem(form, at);
    let create = move || form.place.path("metrics?new=1");
    view! {
        <div class="field">
            <Field label=label.clone() hint=hint.unwrap_or_default() error=mistake>
                <Combobox label value on_change options=known disabled mistake at placeholder testid=testid.unwrap_or_default() />
            </Field>
            <a class="link tiny" href=create target="_blank">"Create a metric"</a>
        </div>
    }
}

/// Values and words as [`Entry`] takes them.
pub(super) fn options(all: &[(&str, &str)]) -> Signal<Vec<(String, String)>> {
    let all: Vec<(String, String)> = all
        .iter()
        .map(|(value, words)| ((*value).to_owned(), (*words).to_owned()))
        .collect();
    Signal::stored(all)
}
