//! A release in the list.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use serin_api::release::Release;
use serin_engine::release::State;

use crate::{
    components::{
        badge::{Badge, Tone},
        icon::{Glyph, Icon},
        steps::{Step, Steps},
        time::Time,
    },
    describe::release::{self, track},
    pages::release::arm::{Arm, flag_name},
    place::Place,
    shell::ProjectFlags,
};

/// What the colour of a state means.
pub(crate) fn tone(state: &State) -> Tone {
    match state {
        State::Draft
        | State::Scheduled
        | State::AwaitingStart { .. }
        | State::Cancelled
        | State::Superseded => Tone::Neutral,
        State::Running(_) => Tone::Accent,
        State::Paused(_) | State::Held(_) => Tone::Warn,
        State::Completed => Tone::Good,
        State::RolledBack => Tone::Bad,
    }
}

/// Its stages in small.
pub(crate) fn steps(release: &Release) -> Vec<Step> {
    let stages = release.document.stages.iter().enumerate();
    stages
        .map(|(index, stage)| Step {
            weight: stage.weight,
            state: track::standing(release, index).name(),
        })
        .collect()
}

/// `Stage 2 of 4: Quarter`, or its state.
fn stage_words(shown: &Release) -> String {
    let stages = &shown.document.stages;
    match shown.state.position() {
        Some(position) => {
            let at = position.stage;
            let name = stages.get(at).and_then(|stage| stage.name.as_deref());
            let name = name.map_or_else(String::new, |name| format!(": {name}"));
            format!("Stage {} of {}{name}", at + 1, stages.len())
        }
        None => format!("{}, {} stages", release::state(&shown.state), stages.len()),
    }
}

/// Who moved it last, and when.
fn last_moved(release: &Release) -> (String, DateTime<Utc>) {
    match release.history.last() {
        Some(event) => (event.actor.clone(), event.at),
        None => (release.created_by.clone(), release.created_at),
    }
}

/// Who started it: the one whose it is.
fn owner(release: &Release) -> String {
    match release.history.first() {
        Some(event) => format!("Started by {}", event.actor),
        None => format!("Written by {}", release.created_by),
    }
}

#[component]
pub(crate) fn Row(release: Release, now: Signal<DateTime<Utc>>) -> impl IntoView {
    let place = Place::current();
    let flags = expect_context::<ProjectFlags>();
    let (id, key) = (release.id, release.document.flag.clone());
    let href = move || place.path(&format!("releases/{id}"));
    let name = {
        let key = key.clone();
        move || flag_name(flags, &key)
    };
    let site = release::site(&release.document.site);
    let share = release.weight.map(release::weight);
    let (actor, at) = last_moved(&release);
    let stored = StoredValue::new(release.clone());
    let next = move || stored.with_value(|release| release::next_at(release, now.get()));
    let (steps, stage, owner) = (steps(&release), stage_words(&release), owner(&release));
    let (tone, words, state) = (
        tone(&release.state),
        release::state(&release.state),
        release.state.name(),
    );
    let (baseline, candidate) = (
        release.document.baseline.clone(),
        release.document.candidate.clone(),
    );
    view! {
        <li class="release-row" data-testid="release-row" data-state=state>
            <div class="r-what">
                <a class="release-link strong" href=href>{name}</a>
                <span class="tiny faint truncate">{site}</span>
            </div>
            <span class="r-arms small">
                <Arm flag=key.clone() variation=baseline />
                <span class="faint"><Icon glyph=Glyph::Arrow size=12 /></span>
                <span class="visually-hidden">"to"</span>
                <Arm flag=key variation=candidate />
            </span>
            <div class="r-track">
                <Steps steps label=stage />
                <span class="r-share number">{share}</span>
            </div>
            <span class="r-state"><Badge tone>{words}</Badge></span>
            <span class="r-next small number">{next}</span>
            <span class="r-who tiny muted">
                <span class="truncate">{owner}</span>
                <span class="faint truncate">{actor} " · " <Time at /></span>
            </span>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::describe::release::tests::release;

    #[test]
    fn a_row_says_where_it_is() {
        let at = |state| stage_words(&release(state));
        assert_eq!(
            at(json!({"state": "running", "stage": 1, "phase": "baking", "baked_ms": 0})),
            "Stage 2 of 3: Half"
        );
        assert_eq!(at(json!({"state": "completed"})), "Completed, 3 stages");
        assert_eq!(owner(&release(json!({"state": "draft"}))), "Written by ann");
    }
}
