//! What happened to a release, the newest first.

use leptos::prelude::*;
use serin_api::release::{Event, Release};

use crate::{
    components::{
        each::{Each, entry},
        time::Time,
    },
    describe::{release, serve},
    shell::account::Avatar,
};

#[derive(Clone, PartialEq)]
struct Line {
    epoch: u64,
    what: String,
    state: &'static str,
    event: Event,
}

fn lines(release: &Release) -> Vec<Line> {
    let lines = release.history.iter().rev();
    lines
        .map(|event| Line {
            epoch: event.epoch,
            what: release::event(release, event),
            state: event.state.name(),
            event: event.clone(),
        })
        .collect()
}

/// Every transition with who, when, what was served and why; at its end, who wrote it.
#[component]
pub(crate) fn History(data: RwSignal<Release>) -> impl IntoView {
    let entries = move || {
        let lines = data.with(lines).into_iter();
        lines
            .map(|line| entry(line.epoch, move || view! { <Entry line /> }.into_any()))
            .collect()
    };
    let (by, at) = data.with_untracked(|release| (release.created_by.clone(), release.created_at));
    view! {
        <ol class="history">
            <Each of=entries />
            <li class="history-entry" data-state="draft">
                <Avatar name=by.clone() tiny=true />
                <p><span class="strong">{by}</span> " wrote the draft"</p>
                <span class="history-when tiny faint"><Time at /></span>
            </li>
        </ol>
    }
}

#[component]
fn Entry(line: Line) -> impl IntoView {
    let Line {
        epoch,
        what,
        state,
        event,
    } = line;
    let served = event.serve.as_ref().map(serve::serve);
    view! {
        <li class="history-entry" data-testid="history-entry" data-state=state data-epoch=epoch>
            <Avatar name=event.actor.clone() tiny=true />
            <div class="stack-s">
                <p class="number">
                    <span class="strong">{event.actor.clone()}</span> " · " {what}
                </p>
                {event.reason.map(|reason| view! { <p class="small history-reason">{reason}</p> })}
                {served.map(|served| view! { <p class="tiny muted number">"Serves from then on: " {served}</p> })}
            </div>
            <span class="history-when tiny faint"><Time at=event.at /></span>
        </li>
    }
}
