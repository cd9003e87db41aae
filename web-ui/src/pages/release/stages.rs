//! The stages as a track.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use serin_api::release::Release;
use serin_engine::release::State;

use crate::{
    components::time::Time,
    describe::release::{
        self, remaining,
        track::{self, Standing},
    },
    weights::thousandths,
};

/// A stage for each step of the way; the present one breathes.
#[component]
pub(crate) fn Stages(data: RwSignal<Release>, now: Signal<DateTime<Utc>>) -> impl IntoView {
    let count = Memo::new(move |_| data.with(|release| release.document.stages.len()));
    let paused =
        move || data.with(|release| matches!(release.state, State::Paused(_) | State::Held(_)));
    let stages = move || {
        (0..count.get())
            .map(|index| view! { <Stage data now index /> })
            .collect_view()
    };
    view! {
        <ol
            class="track"
            class:paused=paused
            data-many=move || (count.get() > 7).then_some("true")
        >
            {stages}
        </ol>
    }
}

#[component]
fn Stage(data: RwSignal<Release>, now: Signal<DateTime<Utc>>, index: usize) -> impl IntoView {
    let standing = Memo::new(move |_| data.with(|release| track::standing(release, index)));
    let facts = Memo::new(move |_| {
        data.with(|release| {
            let stages = &release.document.stages;
            let last = index + 1 == stages.len();
            stages.get(index).map(|stage| {
                (
                    release::reach(stage),
                    release::stage(stage, index),
                    track::waits(stage, last, release.document.asks_for_evidence(stage)),
                )
            })
        })
    });
    let part = move |of: fn(&(String, String, String)) -> &String| {
        move || facts.with(|facts| facts.as_ref().map(|facts| of(facts).clone()))
    };
    let shadow = move || {
        let of = |release: &Release| {
            let stage = release.document.stages.get(index);
            stage.is_some_and(|stage| stage.shadow.is_some())
        };
        data.with(of).then_some("true")
    };
    let entered = Memo::new(move |_| data.with(|release| track::entered(release, index)));
    let filled = move || {
        let share = match standing.get() {
            Standing::Done => 1.0,
            Standing::Current => {
                data.with(|release| track::progress(release, now.get()).unwrap_or(0.5))
            }
            Standing::Upcoming | Standing::Stopped | Standing::Ended | Standing::Skipped => 0.0,
        };
        format!("--filled:{}%", thousandths(100.0 * share))
    };
    let waits = move || {
        let left = (standing.get() == Standing::Current)
            .then(|| data.with(|release| track::left(release, now.get())))
            .flatten();
        match left {
            Some(left) => {
                let held = data.with(|release| {
                    let stage = release.document.stages.get(index);
                    stage.and_then(release::held_back)
                });
                let held = held.map_or_else(String::new, |held| format!("{held}, "));
                Some(format!("{held}{} left", remaining(left)))
            }
            None => part(|(_, _, waits)| waits)(),
        }
    };
    view! {
        <li
            class="stage"
            data-testid="release-stage"
            data-stage=index
            data-state=move || standing.get().name()
            data-shadow=shadow
            aria-current=move || (standing.get() == Standing::Current).then_some("step")
            style=filled
        >
            <span class="stage-rail" aria-hidden="true"><span class="stage-node"></span></span>
            <span class="stage-weight number">{part(|(weight, _, _)| weight)}</span>
            <span class="stage-name small strong">{part(|(_, name, _)| name)}</span>
            <span class="stage-waits tiny muted number">{waits}</span>
            <span class="stage-entered tiny faint">
                {move || entered.get().map(|at| view! { "since " <Time at /> })}
            </span>
            <span class="visually-hidden">{move || standing.get().words()}</span>
        </li>
    }
}
