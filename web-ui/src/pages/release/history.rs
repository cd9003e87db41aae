//! What happened to a release, the newest first.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use serin_api::release::{Event, Release};

use super::{decision::Decision, evidence::Spot};
use crate::{
    client, clock,
    components::{
        badge::Tone,
        button::Button,
        each::{Each, entry},
        show::Show,
        time::Time,
        toast::Toasts,
    },
    describe::{release, serve},
    reactive::spawn,
    shell::account::Avatar,
};

#[derive(Clone, PartialEq)]
struct Line {
    epoch: u64,
    what: String,
    state: &'static str,
    event: Event,
    /// What it put into force, in words.
    served: Option<String>,
    /// What it was decided on, and the moment that this is of.
    decided: Vec<String>,
    at: Option<i64>,
}

fn line(release: &Release, event: &Event, before: Option<&Event>) -> Line {
    let decision = Decision::of(event.evidence.as_ref());
    Line {
        epoch: event.epoch,
        what: release::event_after(release, event, before),
        state: event.state.name(),
        event: event.clone(),
        served: event
            .serve
            .as_ref()
            .map(|served| serve::towards(served, &release.document.candidate)),
        at: decision.as_ref().and_then(Decision::at),
        decided: decision
            .map(|decision| decision.lines(&release.document))
            .unwrap_or_default(),
    }
}

/// What is known of a history, the newest first: what came with the release, and what was read
/// of before, as far as it joins on.
fn known<'k>(newest: &'k [Event], read: &'k BTreeMap<u64, Event>) -> Vec<&'k Event> {
    let mut known: Vec<&Event> = newest.iter().rev().collect();
    while let Some(before) = known.last().and_then(|last| read.get(&(last.epoch - 1))) {
        known.push(before);
    }
    known
}

/// The lines of what is known, the newest first.
fn lines(release: &Release, read: &BTreeMap<u64, Event>) -> Vec<Line> {
    let known = known(&release.history, read);
    let before = known.iter().skip(1).copied().map(Some).chain([None]);
    let lines = known.iter().zip(before);
    lines
        .map(|(event, before)| line(release, event, before))
        .collect()
}

/// What happened before what is shown, read as somebody asks for it.
#[derive(Clone, Copy)]
struct Before {
    data: RwSignal<Release>,
    read: RwSignal<BTreeMap<u64, Event>>,
    busy: RwSignal<bool>,
    toasts: Toasts,
}

impl Before {
    fn of(data: RwSignal<Release>) -> Self {
        Self {
            data,
            read: RwSignal::default(),
            busy: RwSignal::default(),
            toasts: Toasts::current(),
        }
    }

    /// The lines that are shown, tracked.
    fn lines(self) -> Vec<Line> {
        self.data
            .with(|release| self.read.with(|read| lines(release, read)))
    }

    /// The number of the oldest transition that is shown, tracked; the first is number one.
    fn oldest(self) -> u64 {
        self.data.with(|release| {
            let oldest = |read: &_| {
                known(&release.history, read)
                    .last()
                    .map_or(1, |it| it.epoch)
            };
            self.read.with(oldest)
        })
    }

    fn show(self) {
        let oldest = untrack(|| self.oldest());
        let seen = self.data.get_untracked();
        self.busy.set(true);
        spawn(async move {
            let id = seen.id.to_string();
            let page = client::release_events(&seen.project, &seen.environment, &id, oldest).await;
            match page {
                Ok(page) => {
                    let all = seen.history.into_iter().chain(page.items);
                    let all = all.map(|event| (event.epoch, event));
                    let _ = self.read.try_update(|read| read.extend(all));
                }
                Err(error) => self.toasts.say(Tone::Bad, error.message),
            }
            self.busy.try_set(false);
        });
    }
}

/// Every transition with who, when, what was served and why; at its end, who wrote it.
#[component]
pub(crate) fn History(data: RwSignal<Release>) -> impl IntoView {
    let before = Before::of(data);
    let entries = move || {
        let entry = |line: Line| {
            // The oldest is told anew once what was before it is known.
            let key = format!("{} {}", line.epoch, line.what);
            entry(key, move || view! { <Entry line /> }.into_any())
        };
        before.lines().into_iter().map(entry).collect()
    };
    let more = Memo::new(move |_| before.oldest() > 1);
    let (by, at) = data.with_untracked(|release| (release.created_by.clone(), release.created_at));
    let (by, at) = (StoredValue::new(by), StoredValue::new(at));
    let written = move || {
        view! {
            <li class="history-entry" data-state="draft">
                <Avatar name=by.get_value() tiny=true />
                <p><span class="strong">{by.get_value()}</span> " wrote the draft"</p>
                <When at=at.get_value() />
            </li>
        }
    };
    view! {
        <ol class="history">
            <Each of=entries />
            <Show when=move || !more.get()>{written()}</Show>
        </ol>
        <Show when=move || more.get()>
            <div class="row">
                <Button busy=before.busy on_click=move |()| before.show() testid="history-older">"Show older"</Button>
                <span class="tiny faint number">{move || format!("{} before these", before.oldest() - 1)}</span>
            </div>
        </Show>
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
        view! { <Button small=true on_click=go testid="show-evidence">"Show in the chart"</Button> }
    });
    view! {
        <details class="more decided" data-testid="decided">
            <summary class="tiny muted">"Decided on this evidence"</summary>
            <ul class="tiny muted number stack-s">{lines}</ul>
            {show}
        </details>
    }
}

/// To the second, as an incident is told, and how long ago.
#[component]
fn When(at: DateTime<Utc>) -> impl IntoView {
    view! {
        <span class="history-when tiny">
            <span class="number muted">{move || clock::moment(at)}</span>
            <span class="faint"><Time at /></span>
        </span>
    }
}

#[component]
fn Entry(line: Line) -> impl IntoView {
    let Line {
        epoch,
        what,
        state,
        event,
        served,
        decided,
        at,
    } = line;
    let decided = (!decided.is_empty()).then(|| view! { <Decided decided at /> });
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
            <When at=event.at />
        </li>
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_history_is_shown_as_far_as_it_joins_on() {
        let event = |epoch: u64| -> Event {
            serde_json::from_value(
                json!({"epoch": epoch, "at": "2026-11-21T10:00:00Z", "actor": "ann",
                "signal": "tick", "state": "completed"}),
            )
            .unwrap()
        };
        let shown = |newest: &[u64], read: &[u64]| -> Vec<u64> {
            let newest: Vec<Event> = newest.iter().map(|epoch| event(*epoch)).collect();
            let read = read.iter().map(|epoch| (*epoch, event(*epoch))).collect();
            known(&newest, &read)
                .iter()
                .map(|event| event.epoch)
                .collect()
        };
        assert_eq!(shown(&[], &[]), [0_u64; 0]);
        assert_eq!(shown(&[4, 5], &[]), [5, 4]);
        assert_eq!(shown(&[4, 5], &[1, 2, 3, 4]), [5, 4, 3, 2, 1]);
        assert_eq!(shown(&[8, 9], &[1, 2, 3, 4]), [9, 8], "others are between");
    }

    #[test]
    fn what_was_read_of_before_is_told_by_what_was_before_it() {
        let event = |epoch: u64, phase: &str, noted: bool| -> Event {
            serde_json::from_value(
                json!({"epoch": epoch, "at": "2026-11-21T10:00:00Z", "actor": "serin", "signal": "tick",
                "state": "running", "stage": 0, "phase": phase, "baked_ms": 0, "noted": noted}),
            )
            .unwrap()
        };
        let mut release = release::tests::release(json!({"state": "completed"}));
        release.history = vec![event(4, "awaiting_approval", true)];
        let told = |read: Vec<Event>| -> Vec<String> {
            let read = read.into_iter().map(|event| (event.epoch, event)).collect();
            let lines = lines(&release, &read).into_iter();
            lines.map(|line| line.what).collect()
        };
        let read = vec![
            event(1, "baking", false),
            event(2, "baking", true),
            event(3, "awaiting_window", true),
        ];
        assert_eq!(told(Vec::new()), ["Harm was seen"]);
        assert_eq!(
            told(read),
            [
                "Waits for a person",
                "Waits for its window",
                "Harm was seen",
                "Bakes"
            ]
        );
    }
}
