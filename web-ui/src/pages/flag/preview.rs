//! What one user would get, and why.

use crate::components::show::Show;
use leptos::prelude::*;
use serin_api::evaluate::{EvaluateRequest, EvaluateResponse};

use super::{
    context,
    editor::{Editor, Rung},
};
use crate::{
    client,
    components::{
        button::Look,
        button::SubmitButton,
        error_view::ErrorNotice,
        field::{Field, TextArea, TextInput},
        icon::{Glyph, Icon},
        segmented::Segmented,
        variation::{VariationName, color, name},
    },
    weights::percent_number,
};

/// Evaluates the flag for a context that is typed, as it is saved now.
#[component]
pub(crate) fn Preview() -> impl IntoView {
    let editor = expect_context::<Editor>();
    let mode = RwSignal::new("fields".to_owned());
    let targeting_key = RwSignal::new("user-1".to_owned());
    let lines = RwSignal::new(String::new());
    let json = RwSignal::new("{\n  \"targetingKey\": \"user-1\"\n}".to_owned());
    let context = Memo::new(move |_| {
        if mode.get() == "json" {
            json.with(|json| context::from_json(json))
        } else {
            context::from_lines(&targeting_key.get(), &lines.get())
        }
    });
    let answer = RwSignal::new(None::<EvaluateResponse>);
    let (busy, error) = (RwSignal::new(false), RwSignal::new(None));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Ok(context) = context.get_untracked() else {
            return;
        };
        let flag = untrack(|| editor.key());
        let (project, environment) = (
            editor.place.project.get_untracked(),
            editor.place.environment.get_untracked(),
        );
        busy.set(true);
        crate::reactive::spawn(async move {
            match client::evaluate(&project, &environment, EvaluateRequest { flag, context }).await
            {
                Ok(response) => {
                    editor.lit.set(rung(&response));
                    answer.set(Some(response));
                    error.set(None);
                }
                Err(failed) => error.set(Some(failed)),
            }
            busy.set(false);
        });
    };
    let problem = Signal::derive(move || context.with(|context| context.as_ref().err().cloned()));
    let fields = move || {
        view! {
            <Field label="Targeting key">
                <TextInput value=targeting_key on_input=move |text| targeting_key.set(text) mono=true testid="preview-key" />
            </Field>
            <Field label="Attributes, one a line" error=problem>
                <TextArea value=lines on_input=move |text| lines.set(text) mono=true rows=2 placeholder="country = DE" />
            </Field>
        }
    };
    let raw = move || {
        view! {
            <Field label="Context" error=problem>
                <TextArea value=json on_input=move |text| json.set(text) mono=true rows=4 />
            </Field>
        }
    };
    view! {
        <section class="card" aria-labelledby="preview-title">
            <div class="card-head">
                <h2 id="preview-title">"Preview"</h2>
                <span class="push">
                    <Segmented label="How the context is typed" options=vec![("fields", "Fields"), ("json", "JSON")] value=mode on_change=move |chosen| mode.set(chosen) />
                </span>
            </div>
            <form class="card-body stack" on:submit=submit>
                <Show when=move || mode.get() == "json" fallback=fields>{raw}</Show>
                <div>
                    <SubmitButton look=Look::Plain busy=busy disabled=Signal::derive(move || problem.get().is_some()) testid="preview-evaluate">"Evaluate"</SubmitButton>
                </div>
                <ErrorNotice error=error />
                <div role="status">{move || answer.get().map(|answer| view! { <Answer answer /> })}</div>
            </form>
        </section>
    }
}

#[component]
fn Answer(answer: EvaluateResponse) -> impl IntoView {
    let editor = expect_context::<Editor>();
    let edited = Memo::new(move |_| editor.is_edited());
    let variation = answer.variation.clone().map(|key| {
        editor.definition.with_untracked(|definition| {
            view! { <VariationName color=color(definition, &key) name=name(definition, &key) /> }
        })
    });
    let value = answer
        .value
        .as_ref()
        .map(|value| value.to_string())
        .unwrap_or_else(|| "the caller's default".to_owned());
    let words = editor.config.with_untracked(|config| {
        let number = answer
            .rule
            .as_ref()
            .and_then(|id| config.rules.iter().position(|rule| rule.id == *id));
        reason(&answer, number.map(|number| number + 1))
    });
    view! {
        <div class="answer" data-testid="preview-answer">
            <div class="row wrap">
                {variation}
                <code class="answer-value">{value}</code>
            </div>
            <p class="small muted">{words}</p>
            <p class="tiny faint number">{format!("revision {}", answer.revision)}</p>
            {move || {
                edited.get().then(|| view! {
                    <p class="tiny row answer-note">
                        <Icon glyph=Glyph::Info size=12 />
                        "As it is saved; your edits are not in it yet."
                    </p>
                })
            }}
        </div>
    }
}

/// Where an evaluation ended.
fn rung(answer: &EvaluateResponse) -> Option<Rung> {
    match (answer.reason.as_str(), &answer.rule) {
        ("DISABLED", _) => Some(Rung::Off),
        ("PREREQUISITE_FAILED", _) => Some(Rung::Prerequisite(
            answer.prerequisite.clone().unwrap_or_default(),
        )),
        ("TARGET_MATCH", _) => Some(Rung::Targets),
        ("RULE_MATCH" | "SPLIT", Some(rule)) => Some(Rung::Rule(rule.clone())),
        ("SPLIT" | "STATIC" | "DEFAULT", _) => Some(Rung::Default),
        _ => None,
    }
}

/// Why, in words; `rule` counts from 1.
fn reason(answer: &EvaluateResponse, rule: Option<usize>) -> String {
    let rule = rule.map_or_else(
        || "A rule matches".to_owned(),
        |number| format!("Rule {number} matches"),
    );
    // The share of units at and below this one's slot, so that it can be held against a rollout.
    let slot = answer
        .slot
        .map(|slot| format!(" This unit stands at {} of 100 %.", percent_number(slot)))
        .unwrap_or_default();
    match answer.reason.as_str() {
        "DISABLED" => "The flag is off.".to_owned(),
        "PREREQUISITE_FAILED" => {
            format!(
                "The prerequisite {} does not hold.",
                answer.prerequisite.as_deref().unwrap_or("of another flag")
            )
        }
        "TARGET_MATCH" => "It is targeted by name.".to_owned(),
        "RULE_MATCH" => format!("{rule}."),
        "SPLIT" if answer.rule.is_some() => format!("{rule}, and its rollout decides.{slot}"),
        "SPLIT" => format!("Nothing above matches, and the default's rollout decides.{slot}"),
        "STATIC" => "Everyone gets this.".to_owned(),
        "DEFAULT" => "Nothing above matches: the default.".to_owned(),
        _ => format!(
            "It cannot be evaluated ({}): {}",
            answer.error_code.as_deref().unwrap_or("error"),
            answer.error.as_deref().unwrap_or("no more is known")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(reason: &str, rule: Option<&str>) -> EvaluateResponse {
        EvaluateResponse {
            reason: reason.to_owned(),
            rule: rule.map(str::to_owned),
            slot: Some(12_250),
            ..EvaluateResponse::default()
        }
    }

    #[test]
    fn a_split_lights_up_where_it_decided() {
        assert_eq!(
            rung(&answer("SPLIT", Some("beta"))),
            Some(Rung::Rule("beta".to_owned()))
        );
        assert_eq!(rung(&answer("SPLIT", None)), Some(Rung::Default));
        assert_eq!(rung(&answer("ERROR", None)), None);
    }

    #[test]
    fn reasons_in_words() {
        assert_eq!(
            reason(&answer("SPLIT", Some("beta")), Some(2)),
            "Rule 2 matches, and its rollout decides. This unit stands at 12.25 of 100 %."
        );
        assert_eq!(reason(&answer("DISABLED", None), None), "The flag is off.");
    }
}
