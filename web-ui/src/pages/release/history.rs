//! What happened to a release, the newest first.

use leptos::prelude::*;
use serin_api::release::{Event, Release};

use super::{decision::Decision, evidence::Spot};
use crate::{
    components::{
        button::{Button, Look},
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
    /// What it was decided on, and the moment that this is of.
    decided: Vec<String>,
    at: Option<i64>,
}

fn lines(release: &Release) -> Vec<Line> {
    let lines = release.history.iter().rev();
    lines
        .map(|event| {
            let decision = Decision::of(event.evidence.as_ref());
            Line {
                epoch: event.epoch,
                what: release::event(release, event),
                state: event.state.name(),
                event: event.clone(),
                at: decision.as_ref().and_then(Decision::at),
                decided: decision
                    .map(|decision| decision.lines(&release.document))
                    .unwrap_or_default(),
            }
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

/// What a transition was decided on, folded away, with the way to its moment in the charts.
#[component]
fn Decided(decided: Vec<String>, at: Option<i64>) -> impl IntoView {
    let spot = use_context::<Spot>();
    let lines = decided
        .into_iter()
        .map(|line| view! { <li>{line}</li> })
        .collect_view();
    let show = at.zip(spot).map(|(at, spot)| {
        let go = move |()| {
            spot.0.set(Some(at));
            if let Ok(Some(card)) = document().query_selector(".evidence-card") {
                card.scroll_into_view();
            }
        };
        view! { <Button look=Look::Quiet small=true on_click=go testid="show-evidence">"Show in the chart"</Button> }
    });
    view! {
        <details class="more decided" data-testid="decided">
            <summary class="tiny muted">"Decided on this evidence"</summary>
            <ul class="tiny muted number stack-s">{lines}</ul>
            {show}
        </details>
    }
}

#[component]
fn Entry(line: Line) -> impl IntoView {
    let Line {
        epoch,
        what,
        state,
        event,
        decided,
        at,
    } = line;
    let decided = (!decided.is_empty()).then(|| view! { <Decided decided at /> });
    let served = event.serve.as_ref().map(serve::serve);
    view! {
        <li class="history-entry" data-testid="history-entry" data-state=state data-epoch=epoch>
            <Avatar name=event.actor.clone() tiny=true />
            <div class="stack-s">
                <p class="number">
                    <span class="strong">{event.actor.clone()}</span> " · " {what}
                </p>
                {event.reason.map(|reason| view! { <p class="small history-reason">{reason}</p> })}
                {decided}
                {served.map(|served| view! { <p class="tiny muted number">"Serves from then on: " {served}</p> })}
            </div>
            <span class="history-when tiny faint"><Time at=event.at /></span>
        </li>
    }
}
