//! What the form comes to, beside it: the way, what to expect, what is wrong, and the button.

use leptos::prelude::*;
use serin_api::{error::Detail, forecast::ReleaseForecast};
use serin_engine::release::Document;
use wasm_bindgen::JsCast as _;

use super::{
    Work,
    form::{Form, Subject},
};
use crate::{
    client,
    components::{
        button::SubmitButton,
        error_view::ErrorNotice,
        field::{Field, TextInput},
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
    work: Work,
    /// What the button says.
    action: &'static str,
    /// Whether it is asked why.
    why: bool,
    /// Whether it can be saved, as far as the form does not know.
    ready: Signal<bool>,
) -> impl IntoView {
    let stages = Memo::new(move |_| {
        let document = form.document.get();
        document.map(|document| document.stages).unwrap_or_default()
    });
    let shown = RwSignal::new(None::<(Document, ReleaseForecast)>);
    let steps = Signal::derive(move || {
        stages.with(|stages| {
            let step = |stage: &serin_engine::release::Stage| Step {
                weight: stage.weight,
                shadow: stage.shadow.is_some(),
                state: "planned",
            };
            stages.iter().map(step).collect::<Vec<_>>()
        })
    });
    let sentence = Signal::derive(move || {
        form.document
            .with(|document| match (document, form.subject) {
                (None, _) => String::new(),
                (Some(document), Subject::Live(present)) => plan::rest(document, present),
                (Some(document), _) => shown.with(|shown| {
                    // Of another plan it says nothing of this one.
                    let of_this = |known: &&(Document, ReleaseForecast)| {
                        known.0.stages == document.stages && known.0.guards == document.guards
                    };
                    let known = shown.as_ref().filter(of_this);
                    plan::sentence(document, known.map(|(_, forecast)| forecast))
                }),
            })
    });
    let known = Signal::derive(move || stages.with(|stages| !stages.is_empty()));
    let can = Signal::derive(move || form.place.can_edit());
    let incomplete = Signal::derive(move || {
        let chosen = match form.subject {
            Subject::Release => form.chosen().is_some(),
            Subject::Live(_) | Subject::Template => true,
        };
        let whole = form.document.with(Option::is_some) && form.mistakes.with(Vec::is_empty);
        !(can.get() && chosen && whole && ready.get()) || form.is_behind()
    });
    // What a closed button waits for, where no list of mistakes says so.
    let missing = move || {
        if form.is_behind() {
            return Some(
                "The JSON text cannot be read. What stands here is of the last text that could: mend the text, or drop it.",
            );
        }
        let unchosen = form.subject == Subject::Release && form.chosen().is_none();
        (can.get() && unchosen).then_some("Choose a flag first.")
    };
    let about = move || {
        if !can.get() {
            return "This takes the role editor.";
        }
        match form.subject {
            Subject::Release => "Nobody gets anything new before you start it.",
            Subject::Live(_) => "Only stages that it has not come to change, and what follows.",
            Subject::Template => {
                "Releases that were made from it keep what it said when they were written."
            }
        }
    };
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
                <Expected form shown />
                <Mistakes form />
                <p class="small strong" role="status" data-testid="form-missing">{missing}</p>
                {why.then(|| view! {
                    <Field label="Why (for the history, optional)">
                        <TextInput value=work.reason on_input=move |text| work.reason.set(text) testid="edit-reason" />
                    </Field>
                })}
                <ErrorNotice error=Signal::derive(move || work.error.get().map(without_details)) />
                <SubmitButton busy=work.busy disabled=incomplete testid="release-save">{action}</SubmitButton>
                <p class="tiny muted">{about}</p>
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
fn Expected(
    form: Form,
    /// What was answered, with what was asked about.
    shown: RwSignal<Option<(Document, ReleaseForecast)>>,
) -> impl IntoView {
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
    let unchosen =
        move || form.subject != Subject::Template && form.draft.with(|draft| draft.flag.is_empty());
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

/// A place of the document in words, as its field is called: `Stage 2, Bakes for`.
fn place(path: &str) -> String {
    let mut parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let last = parts.pop().unwrap_or_default();
    let of_stage = parts.first() == Some(&"stages");
    let last = labelled(last)
        .filter(|_| of_stage)
        .map_or_else(|| last.replace('_', " "), str::to_owned);
    let number = parts.get(1).and_then(|text| text.parse::<usize>().ok());
    let head = match (parts.first().copied(), number) {
        (Some("stages"), Some(index)) => format!("Stage {}", index + 1),
        (Some("guards"), Some(index)) => format!("Guard {}", index + 1),
        // Each of those that follow is within the one before.
        (Some("then"), _) => format!("What follows {}", parts.len()),
        (Some(other), _) => capital_sentence(other).trim_end_matches('.').to_owned(),
        (None, _) if last.is_empty() || last == "document" => "The document".to_owned(),
        (None, _) => return capital_sentence(&last).trim_end_matches('.').to_owned(),
    };
    if last.is_empty() || last == "document" || last.parse::<usize>().is_ok() {
        head
    } else {
        format!("{head}, {last}")
    }
}

/// What the field of a stage's member is called.
fn labelled(member: &str) -> Option<&'static str> {
    Some(match member {
        "weight" => "Share of units",
        "min_bake" => "Bakes for",
        "max_bake" => "At the most",
        "watch" => "Watched for",
        "holdback" => "Held back",
        "approval" => "Approves leaving it",
        "segment" => "For",
        _ => return None,
    })
}

/// Opens what hides a field and goes there: to the field of the place, else to the first one
/// below it.
fn go(path: &str) {
    let quoted = path.replace(['"', '\\'], "");
    let find = |selector: String| document().query_selector(&selector).ok().flatten();
    let exact = find(format!("[data-at=\"{quoted}\"]"));
    let Some(field) = exact.or_else(|| find(format!("[data-at^=\"{quoted}/\"]"))) else {
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
            ("/stages/1/min_bake", "Stage 2, Bakes for"),
            ("/stages/1/weight", "Stage 2, Share of units"),
            ("/guards/0/margin/relative", "Guard 1, relative"),
            ("/stages/0/shadow/mismatch", "Stage 1, mismatch"),
            ("/windows/allow/0", "Windows"),
            ("/then/environment", "What follows 1, environment"),
            ("/then/then/template", "What follows 2, template"),
            ("/policy/max_excess_events", "Policy, max excess events"),
            ("/flag", "Flag"),
            ("/stages", "Stages"),
            ("", "The document"),
        ] {
            assert_eq!(place(path), words, "{path}");
        }
    }
}
