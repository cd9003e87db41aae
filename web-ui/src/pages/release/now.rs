//! What users get now, and what happens next.

use crate::components::show::Show;
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use serin_api::release::Release;
use serin_engine::release::{Phase, Stage, State};

use super::arm::definition_of;
use crate::{
    clock,
    components::{
        icon::{Glyph, Icon},
        split_bar::{ShareView, SplitBar},
        time::Time,
        variation,
    },
    describe::release::{self, track},
    shell::ProjectFlags,
    weights,
};

/// The slots that the candidate has because of the release.
fn slots(release: &Release) -> u32 {
    match &release.state {
        State::Draft
        | State::Scheduled
        | State::AwaitingStart { .. }
        | State::RolledBack
        | State::Cancelled
        | State::Superseded => 0,
        State::Completed => weights::ALL,
        State::Running(position) | State::Paused(position) | State::Held(position) => release
            .document
            .stages
            .get(position.stage)
            .map_or(0, Stage::slots),
    }
}

/// A large share, a bar, and two sentences.
#[component]
pub(crate) fn Now(data: RwSignal<Release>, now: Signal<DateTime<Utc>>) -> impl IntoView {
    let flags = expect_context::<ProjectFlags>();
    let share = Memo::new(move |_| data.with(slots));
    let shares = Signal::derive(move || {
        data.with(|release| {
            let document = &release.document;
            let definition = definition_of(flags, &document.flag);
            let part = |key: &String, slots: u32| ShareView {
                name: definition
                    .as_ref()
                    .map_or_else(|| key.clone(), |known| variation::name(known, key)),
                color: definition
                    .as_ref()
                    .map_or_else(|| "off".to_owned(), |known| variation::color(known, key)),
                slots,
            };
            let share = share.get();
            vec![
                part(&document.candidate, share),
                part(&document.baseline, weights::ALL - share),
            ]
        })
    });
    let candidate = move || {
        shares.with(|shares| {
            shares
                .first()
                .map(|share| (share.name.clone(), share.color.clone()))
        })
    };
    let serves = Memo::new(move |_| data.with(release::serves));
    let next = Memo::new(move |_| data.with(|release| release::next_at(release, now.get())));
    let phase = Memo::new(move |_| data.with(|release| release.state.name()));
    let progress = Memo::new(move |_| data.with(|release| track::progress(release, now.get())));
    let when = Memo::new(move |_| data.with(moves_at));
    // Read out once a state, not once a second.
    let epoch = Memo::new(move |_| data.with(|release| release.epoch));
    let announced = move || {
        // Tracked alone, what nobody reads is never worked out, and so never changes.
        epoch.get();
        data.with_untracked(release::next)
    };
    view! {
        <div class="now" data-state=move || phase.get()>
            <h2 id="release-now" class="visually-hidden">"Now"</h2>
            <div class="now-share">
                <span class="now-number number">{move || weights::percent(share.get())}</span>
                {move || {
                    candidate()
                        .map(|(name, color)| {
                            view! {
                                <span class="now-arm">
                                    "get " <variation::VariationName color name />
                                </span>
                            }
                        })
                }}
            </div>
            <div class="now-words stack">
                <SplitBar shares />
                <dl class="now-facts">
                    <div>
                        <dt>"Now"</dt>
                        <dd>{move || serves.get()}</dd>
                    </div>
                    <div>
                        <dt>"Next"</dt>
                        <dd class="number" aria-hidden="true">{move || next.get()}</dd>
                        <dd class="visually-hidden"><span role="status">{announced}</span></dd>
                    </div>
                    <Show when=move || when.get().is_some()>
                        <div>
                            <dt>"When"</dt>
                            <dd class="number" data-testid="release-when">
                                <Time at=Signal::derive(move || when.get().unwrap_or_default()) />
                                " · "
                                {move || when.get().map(|at| clock::local_text(at).replace('T', " "))}
                            </dd>
                        </div>
                    </Show>
                </dl>
                <Advice data />
                <Show when=move || progress.get().is_some()>
                    <span class="bake" aria-hidden="true">
                        <span
                            class="bake-done"
                            style=move || format!("width:{}%", weights::thousandths(100.0 * progress.get().unwrap_or_default()))
                        ></span>
                    </span>
                </Show>
            </div>
        </div>
    }
}

/// When it moves by itself, if nothing changes and nothing but time is waited for.
fn moves_at(release: &Release) -> Option<DateTime<Utc>> {
    match &release.state {
        State::Scheduled => release.start_at,
        State::Running(position) if position.phase == Phase::Baking => release.next_at,
        _ => None,
    }
}

/// What a hold means, and what to do about it.
#[component]
fn Advice(data: RwSignal<Release>) -> impl IntoView {
    let advice = Memo::new(move |_| data.with(|release| advice(&release.state)));
    let rows = move || {
        let all = advice.get().into_iter();
        all.map(|text| view! { <li class="small">{text}</li> })
            .collect_view()
    };
    view! {
        <Show when=move || advice.with(|all| !all.is_empty())>
            <div class="notice" data-tone="warn" data-testid="release-advice">
                <Icon glyph=Glyph::Warning />
                <ul class="stack-s">{rows()}</ul>
            </div>
        </Show>
    }
}

fn advice(state: &State) -> Vec<&'static str> {
    match state {
        State::Held(position) => {
            let holds = position.holds.iter();
            holds.map(|hold| release::hold_advice(*hold)).collect()
        }
        State::AwaitingStart { blocked } => {
            let blocked = blocked.iter();
            blocked.map(|it| release::block_advice(*it)).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::describe::release::tests::release;

    #[test]
    fn holds_come_with_advice_and_other_states_with_none() {
        let held = release(
            json!({"state": "held", "stage": 0, "phase": "baking", "baked_ms": 0, "holds": ["no_data", "sample_mismatch"]}),
        );
        assert_eq!(advice(&held.state).len(), 2);
        assert!(advice(&State::Draft).is_empty());
        let scheduled = release(json!({"state": "scheduled", "start_at": "2026-11-21T10:00:00Z"}));
        assert_eq!(moves_at(&scheduled), scheduled.start_at);
    }

    #[test]
    fn the_share_is_the_stages_own() {
        let of = |state| slots(&release(state));
        let paused = json!({"state": "paused", "stage": 1, "phase": "baking", "baked_ms": 0});
        assert_eq!(of(paused), 50_000);
        assert_eq!(of(json!({"state": "draft"})), 0);
        assert_eq!(of(json!({"state": "rolled_back"})), 0);
        assert_eq!(of(json!({"state": "completed"})), weights::ALL);
    }
}
