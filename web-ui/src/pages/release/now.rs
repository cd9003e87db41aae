//! What users get now, and what happens next.

use crate::components::show::Show;
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use serin_api::release::Release;
use serin_engine::release::{Stage, State};

use super::arm::definition_of;
use crate::{
    components::{
        split_bar::{ShareView, SplitBar},
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
    // Read out once a state, not once a second.
    let epoch = Memo::new(move |_| data.with(|release| release.epoch));
    let announced = move || {
        epoch.track();
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
                </dl>
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::describe::release::tests::release;

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
