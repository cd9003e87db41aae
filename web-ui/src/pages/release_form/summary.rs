//! What the form comes to, beside it: the way, what to expect, what is wrong, and the button.

use leptos::prelude::*;
use serin_api::{error::Detail, forecast::ReleaseForecast};
use serin_engine::release::Document;
use wasm_bindgen::JsCast as _;

use super::form::Form;
use crate::{
    client,
    components::{
        button::SubmitButton,
        error_view::ErrorNotice,
        show::Show,
        steps::{Step, Steps},
    },
    describe::release::{capital_sentence, plan},
    pages::release::forecast::Forecasts,
    reactive::{Calm, spawn},
};

/// How long typing has to rest before the server is asked, in milliseconds.
const REST: u32 = 400;

/// The column beside the form.
#[component]
pub(super) fn Summary(
    form: Form,
    busy: RwSignal<bool>,
    error: RwSignal<Option<client::Error>>,
    /// What the button says.
    action: &'static str,
) -> impl IntoView {
    let stages = Memo::new(move |_| {
        let document = form.document.get();
        document.map(|document| document.stages).unwrap_or_default()
    });
    let steps = Signal::derive(move || {
        stages.with(|stages| {
            let step = |stage: &serin_engine::release::Stage| Step {
                weight: stage.weight,
                state: "planned",
            };
            stages.iter().map(step).collect::<Vec<_>>()
        })
    });
    let sentence = Signal::derive(move || stages.with(|stages| plan::sentence(stages)));
    let known = Signal::derive(move || stages.with(|stages| !stages.is_empty()));
    let incomplete = Signal::derive(move || {
        let chosen = form.fixed() || form.chosen().is_some();
        !chosen || form.document.with(Option::is_none) || form.mistakes.with(|all| !all.is_empty())
    });
    view! {
        <aside class="card form-summary" aria-labelledby="form-summary">
            <header class="card-head"><h2 id="form-summary">"What will happen"</h2></header>
            <div class="card-body stack">
                <Show when=move || known.get()>
                    <div class="plan" role="status">
                        <span class="plan-steps"><Steps steps label=sentence /></span>
                        <p class="small number">{move || sentence.get()}</p>
                    </div>
                </Show>
                <Expected form />
                <Mistakes form />
                <ErrorNotice error=Signal::derive(move || error.get().map(without_details)) />
                <SubmitButton busy=busy disabled=incomplete testid="release-save">{action}</SubmitButton>
                <p class="tiny muted">
                    {if form.fixed() {
                        "Only stages that it has not come to change."
                    } else {
                        "Nobody gets anything new before you start it."
                    }}
                </p>
            </div>
        </aside>
    }
}

/// Details are listed where they can be gone to.
fn without_details(error: client::Error) -> client::Error {
    client::Error {
        details: Vec::new(),
        ..error
    }
}

/// What the guards are going to take, asked for whenever typing rests.
#[component]
fn Expected(form: Form) -> impl IntoView {
    let shown = RwSignal::new(None::<(Document, ReleaseForecast)>);
    let calm = Calm::new();
    crate::reactive::effect(move || {
        // What has mistakes is not asked about: the last forecast stays.
        let whole = form.mistakes.with(Vec::is_empty);
        let asks =
            |document: &Document| whole && document.is_guarded() && !document.flag.is_empty();
        let Some(document) = form.document.get().filter(asks) else {
            return;
        };
        let place = (
            form.place.project.get_untracked(),
            form.place.environment.get_untracked(),
        );
        calm.after(REST, move || {
            spawn(async move {
                // A document that is not whole yet has no forecast; the last one stays.
                if let Ok(known) = client::plan_release(&place.0, &place.1, &document).await {
                    shown.try_set(Some((document, known)));
                }
            });
        });
    });
    let guarded = move || {
        form.document
            .with(|document| document.as_ref().is_none_or(Document::is_guarded))
    };
    view! {
        <Show when=move || guarded() && shown.with(Option::is_some)>
            <div data-testid="form-forecast"><Forecasts shown=shown.into() /></div>
        </Show>
    }
}

/// Every mistake with the way to it.
#[component]
fn Mistakes(form: Form) -> impl IntoView {
    let unchosen = move || form.draft.with(|draft| draft.flag.is_empty());
    let rows = move || {
        let all = form.mistakes.get().into_iter();
        // Before a flag is chosen, what is wrong with it is no news.
        all.filter(|detail| !(unchosen() && is_of_flag(detail)))
            .map(|detail| {
                let path = detail.path.clone();
                view! {
                    <li>
                        <button type="button" class="mistake" on:click=move |_| go(&path)>
                            <span class="tiny faint">{place(&detail.path)}</span>
                            <span class="small">{capital_sentence(&detail.message)}</span>
                        </button>
                    </li>
                }
                .into_any()
            })
            .collect::<Vec<_>>()
    };
    view! { <ul class="mistakes" role="status" aria-label="What is wrong">{rows}</ul> }
}

fn is_of_flag(detail: &Detail) -> bool {
    ["/flag", "/site", "/baseline", "/candidate"]
        .iter()
        .any(|part| detail.path.starts_with(part))
}

/// A place of the document in words: `Stage 2, weight`.
fn place(path: &str) -> String {
    let mut parts = path.trim_start_matches('/').split('/');
    let (first, second) = (parts.next().unwrap_or_default(), parts.next());
    let rest = parts.next_back().map(|last| last.replace('_', " "));
    let number = second.and_then(|text| text.parse::<usize>().ok());
    let head = match (first, number) {
        ("stages", Some(index)) => format!("Stage {}", index + 1),
        ("guards", Some(index)) => format!("Guard {}", index + 1),
        ("document", _) | ("", _) => "The document".to_owned(),
        (other, _) => capital_sentence(other).trim_end_matches('.').to_owned(),
    };
    match (number, second, rest) {
        (Some(_), _, Some(rest)) => format!("{head}, {rest}"),
        (None, Some(second), None) => format!("{head}, {}", second.replace('_', " ")),
        _ => head,
    }
}

/// Opens what hides a field and goes there.
fn go(path: &str) {
    let quoted = path.replace(['"', '\\'], "");
    let Some(field) = document()
        .query_selector(&format!("[data-at=\"{quoted}\"]"))
        .ok()
        .flatten()
    else {
        return;
    };
    if let Ok(Some(folded)) = field.closest("details") {
        // An attribute without a value: it is open.
        let _ = folded.set_attribute("open", "");
    }
    if let Ok(field) = field.dyn_into::<web_sys::HtmlElement>() {
        let _ = field.focus();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_in_words() {
        for (path, words) in [
            ("/stages/1/min_bake", "Stage 2, min bake"),
            ("/guards/0/margin/relative", "Guard 1, relative"),
            ("/policy/max_excess_events", "Policy, max excess events"),
            ("/flag", "Flag"),
            ("/stages", "Stages"),
            ("", "The document"),
        ] {
            assert_eq!(place(path), words, "{path}");
        }
    }
}
