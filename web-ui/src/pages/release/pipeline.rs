//! The releases that come one after the other, from environment to environment.

use leptos::prelude::*;
use serin_api::release::{PipelineStep, Release};

use crate::{
    components::{
        badge::{Badge, Tone},
        icon::{Glyph, Icon},
    },
    place::{Place, address},
};

/// The chain, where the release is part of one: this release is marked, the others are links.
#[component]
pub(crate) fn Pipeline(data: RwSignal<Release>) -> impl IntoView {
    let place = Place::current();
    let steps = Memo::new(move |_| data.with(|release| (release.id, release.pipeline.clone())));
    move || {
        let (this, steps) = steps.get();
        (!steps.is_empty()).then(|| {
            let each = steps.into_iter();
            let items: Vec<AnyView> = each.map(|it| step(place, it, this)).collect();
            view! {
                <nav class="pipeline" aria-label="Pipeline" data-testid="pipeline"><ol>{items}</ol></nav>
            }
        })
    }
}

fn step(place: Place, step: PipelineStep, this: uuid::Uuid) -> AnyView {
    let (tone, words) = standing(&step);
    let environments = place.environments();
    let found = environments.iter().find(|it| it.key == step.environment);
    let name = found.map_or_else(|| step.environment.clone(), |it| it.name.clone());
    let color = found.map(|it| it.color.clone());
    let inside = view! {
        <span class="env-dot" data-color=color aria-hidden="true"></span>
        <span class="strong">{name}</span>
        <Badge tone>{words}</Badge>
    };
    let is_this = step.release == Some(this);
    let body = match step.release.filter(|_| !is_this) {
        Some(id) => {
            let project = place.project.get();
            let href = address(&project, &step.environment, &format!("releases/{id}"));
            view! { <a class="link row" href=href>{inside}</a> }.into_any()
        }
        None => view! {
            <span class="row" aria-current=is_this.then_some("step")>{inside}</span>
        }
        .into_any(),
    };
    view! {
        <li>
            <span class="pipeline-arrow faint"><Icon glyph=Glyph::Arrow size=12 /></span>
            {body}
        </li>
    }
    .into_any()
}

/// A step in a word: its state, or how it is going to begin.
fn standing(step: &PipelineStep) -> (Tone, String) {
    let Some(state) = &step.state else {
        let words = if step.automatic {
            "follows by itself"
        } else {
            "follows as a draft"
        };
        return (Tone::Neutral, words.to_owned());
    };
    let tone = match state.as_str() {
        "completed" => Tone::Good,
        "running" => Tone::Accent,
        "rolled_back" => Tone::Bad,
        "held" | "paused" | "awaiting_start" => Tone::Warn,
        _ => Tone::Neutral,
    };
    (tone, state.replace('_', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_say_where_they_stand() {
        let of = |state: Option<&str>, automatic| {
            standing(&PipelineStep {
                environment: "production".to_owned(),
                release: None,
                state: state.map(str::to_owned),
                automatic,
            })
        };
        assert_eq!(of(None, true).1, "follows by itself");
        assert_eq!(of(None, false).1, "follows as a draft");
        assert_eq!(
            of(Some("rolled_back"), true),
            (Tone::Bad, "rolled back".to_owned())
        );
        assert_eq!(of(Some("completed"), true).0, Tone::Good);
    }
}
