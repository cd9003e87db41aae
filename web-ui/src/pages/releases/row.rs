//! A release in the list.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use serin_api::release::{GuardStanding, Release};
use serin_engine::release::{Phase, State};

use crate::{
    components::{
        badge::{Badge, Tone},
        icon::{Glyph, Icon},
        steps::{Step, Steps},
        time::Time,
    },
    describe::release::{self, track},
    pages::release::arm::{Arm, flag_name},
    place::{Place, address},
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
        State::Running(position) if position.phase == Phase::AwaitingApproval => Tone::Warn,
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
            shadow: stage.shadow.is_some(),
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
    match &release.moved {
        Some(moved) => (moved.actor.clone(), moved.at),
        None => (release.created_by.clone(), release.created_at),
    }
}

/// Who started it, the one whose it is; before that, who wrote it.
fn owner(release: &Release) -> (&'static str, String) {
    match &release.started {
        Some(started) => ("Started", started.actor.clone()),
        None => ("Written", release.created_by.clone()),
    }
}

/// When it started; before that, when it was written.
fn started(release: &Release) -> DateTime<Utc> {
    let started = release.started.as_ref();
    started.map_or(release.created_at, |started| started.at)
}

/// `1 harm · 2 safe`; nothing where nothing watches over it, or it never started.
pub(super) fn health(release: &Release) -> Option<String> {
    if release.state.is_ahead() || release.guards.is_empty() {
        return None;
    }
    let count = |standing: GuardStanding| {
        let guards = release.guards.iter();
        guards.filter(|guard| guard.standing == standing).count()
    };
    // What is over collects nothing any more; what goes on may still get its data.
    let (collecting, nothing) = match release.state.is_over() {
        true => ("undecided", "no data"),
        false => ("collecting", "no data yet"),
    };
    let parts = [
        (GuardStanding::Harm, "harm"),
        (GuardStanding::Safe, "safe"),
        (GuardStanding::Collecting, collecting),
        (GuardStanding::NoData, nothing),
    ];
    let parts = parts.into_iter().filter_map(|(standing, words)| {
        let number = count(standing);
        (number > 0).then(|| format!("{number} {words}"))
    });
    Some(parts.collect::<Vec<_>>().join(" · "))
}

/// What the worst of its guards looks like.
fn health_tone(release: &Release) -> Tone {
    let has = |standing| release.guards.iter().any(|it| it.standing == standing);
    if has(GuardStanding::Harm) {
        Tone::Bad
    } else if has(GuardStanding::NoData) || has(GuardStanding::Collecting) {
        Tone::Neutral
    } else {
        Tone::Good
    }
}

#[component]
pub(crate) fn Row(
    release: Release,
    now: Signal<DateTime<Utc>>,
    /// Whether those of other environments are beside it.
    everywhere: bool,
) -> impl IntoView {
    let place = Place::current();
    let flags = expect_context::<ProjectFlags>();
    let (id, key) = (release.id, release.document.flag.clone());
    let environment = StoredValue::new(release.environment.clone());
    let href = move || {
        environment.with_value(|environment| {
            address(&place.project.get(), environment, &format!("releases/{id}"))
        })
    };
    let within = move || {
        let known = place.environments().into_iter();
        let mut named = known.filter(|it| environment.with_value(|key| it.key == *key));
        named.next().map(|it| (it.name, it.color))
    };
    let within = move || {
        everywhere.then(within).flatten().map(|(name, color)| {
            view! { <span class="tiny r-environment" data-color=color><span class="env-dot" aria-hidden="true"></span>{name}</span> }
        })
    };
    let name = {
        let key = key.clone();
        move || flag_name(flags, &key)
    };
    let site = release::site(&release.document.site);
    let share = release.weight.map(release::weight);
    let (actor, at) = last_moved(&release);
    let since = started(&release);
    let health = health(&release).map(|said| (health_tone(&release), said));
    let stored = StoredValue::new(release.clone());
    let next = move || {
        stored.with_value(|release| {
            let next = release::next_at(release, now.get());
            // After the end nothing is next: what is left of it is what users get.
            if next.is_empty() {
                release::serves(release)
            } else {
                next
            }
        })
    };
    let (steps, stage, owner) = (steps(&release), stage_words(&release), owner(&release));
    let (tone, words, state) = (
        tone(&release.state),
        release::badge(&release),
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
                <span class="tiny faint truncate">{site} {within}</span>
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
            <span class="r-health small" data-testid="release-health">
                {health.map(|(worst, said)| view! { <span class="health" data-tone=worst.name()><span class="health-dot" aria-hidden="true"></span>{said}</span> })}
            </span>
            <span class="r-next small number">{next}</span>
            <span class="r-who tiny muted">
                <span class="truncate">{owner.0} " " <Time at=since /> " by " {owner.1}</span>
                <span class="faint truncate">"last " {actor} " · " <Time at /></span>
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
        assert_eq!(
            owner(&release(json!({"state": "draft"}))),
            ("Written", "ann".to_owned())
        );
    }

    #[test]
    fn the_worst_guard_comes_first() {
        let of = |standings: &[&str]| {
            let guards: Vec<_> = standings
                .iter()
                .map(|standing| json!({"metric": "m", "standing": standing}))
                .collect();
            release(json!({"state": "completed", "guards": guards}))
        };
        let harmed = of(&["safe", "harm", "safe", "no_data"]);
        assert_eq!(
            health(&harmed).as_deref(),
            Some("1 harm · 2 safe · 1 no data")
        );
        assert_eq!(health_tone(&harmed), Tone::Bad);
        assert_eq!(health(&of(&["collecting"])).as_deref(), Some("1 undecided"));
        let begun = release(
            json!({"state": "running", "stage": 0, "phase": "baking", "baked_ms": 0,
            "guards": [{"metric": "m", "standing": "no_data"}, {"metric": "n", "standing": "collecting"}]}),
        );
        assert_eq!(
            health(&begun).as_deref(),
            Some("1 collecting · 1 no data yet")
        );
        assert_eq!(health_tone(&of(&["safe"])), Tone::Good);
        assert_eq!(health_tone(&of(&["safe", "collecting"])), Tone::Neutral);
        assert_eq!(
            health(&release(
                json!({"state": "running", "stage": 0, "phase": "baking", "baked_ms": 0})
            )),
            None
        );
    }
}
