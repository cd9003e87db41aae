//! What users get now, and what happens next.

use crate::components::show::Show;
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use serin_api::{entity::FlagListItem, release::Release};
use serin_engine::release::{Stage, State};

use super::{arm::definition_of, ended};
use crate::{
    clock,
    components::{
        icon::{Glyph, Icon},
        owners::Owners,
        split_bar::{ShareView, SplitBar},
        variation,
    },
    describe::{
        in_use::owners,
        release::{
            self, remaining,
            track::{self, Due},
        },
    },
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
    let off = Memo::new(move |_| is_off_since(flags, data));
    let (serves, so) = so(data, off);
    let next = Memo::new(move |_| data.with(|release| release::next_at(release, now.get())));
    let phase = Memo::new(move |_| data.with(|release| release.state.name()));
    let taken = Memo::new(move |_| data.with(|release| release.in_the_way.is_some()));
    let progress = Memo::new(move |_| data.with(|release| track::progress(release, now.get())));
    let when = Memo::new(move |_| data.with(track::due));
    // Read out once a state, not once a second.
    let epoch = Memo::new(move |_| data.with(|release| release.epoch));
    let announced = move || {
        // Tracked alone, what nobody reads is never worked out, and so never changes.
        epoch.get();
        data.with_untracked(|release| match ended::ended(release) {
            Some(ended) => format!("{} by {}. {}", ended.what, ended.by, ended.why.join(" ")),
            None => release::next(release),
        })
    };
    let ended = Memo::new(move |_| data.with(ended::ended));
    let why = move || {
        let lines = ended.with(|it| it.as_ref().map(|it| it.why.clone()));
        let lines = lines.unwrap_or_default().into_iter();
        lines.map(|line| view! { <li>{line}</li> }).collect_view()
    };
    let get = move || match data.with(|release| release.state == State::Completed) {
        true => "got ",
        false => "get ",
    };
    let own = move || {
        view! {
            <div class="now-share">
                <span class="now-number number">{move || weights::percent(share.get())}</span>
                {move || {
                    candidate()
                        .map(|(name, color)| {
                            view! {
                                <span class="now-arm">
                                    {get} <variation::VariationName color name />
                                </span>
                            }
                        })
                }}
            </div>
        }
    };
    view! {
        <div class="now" data-state=move || phase.get() data-off=move || off.get().then_some("true")>
            <h2 id="release-now" class="visually-hidden">"Now"</h2>
            <Show when=move || !taken.get()>{own()}</Show>
            <div class="now-words stack">
                <Show when=move || !taken.get() fallback=move || view! { <Taken data /> }><SplitBar shares /></Show>
                <dl class="now-facts">
                    <Show when=move || ended.with(Option::is_some)>
                        <div>
                            <dt>{move || ended.with(|it| it.as_ref().map(|it| it.what))}</dt>
                            <dd data-testid="release-ended">
                                <span class="number">
                                    {move || ended.with(|it| it.as_ref().map(|it| clock::moment(it.at)))}
                                </span>
                                " by "
                                <span class="strong">{move || ended.with(|it| it.as_ref().map(|it| it.by.clone()))}</span>
                                <ul class="stack-s number">{why}</ul>
                            </dd>
                        </div>
                    </Show>
                    <div>
                        <dt>{move || so.get()}</dt>
                        <dd>{move || serves.get()}</dd>
                    </div>
                    <Show when=move || next.with(|next| !next.is_empty())>
                    <div>
                        <dt>"Next"</dt>
                        <dd class="number">{move || next.get()}</dd>
                    </div>
                    </Show>
                    <Show when=move || when.get().is_some()>
                        <div>
                            <dt>"When"</dt>
                            <dd class="number" data-testid="release-when">
                                {move || when.get().map(|due| when_words(due, now.get(), &clock::moment(due.at)))}
                            </dd>
                        </div>
                    </Show>
                </dl>
                <p class="visually-hidden" role="status">{announced}</p>
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

/// `in 8m12s at the earliest · 21:02:53`; `moment` is the time as the reader writes it.
fn when_words(due: Due, now: DateTime<Utc>, moment: &str) -> String {
    let left = due.at.signed_duration_since(now).to_std();
    let left = left.map_or_else(
        |_| "now".to_owned(),
        |left| format!("in {}", remaining(left)),
    );
    let earliest = if due.earliest { " at the earliest" } else { "" };
    format!("{left}{earliest} · {moment}")
}

/// The release that has the site, of one that has not started: what users get is its affair.
#[component]
fn Taken(data: RwSignal<Release>) -> impl IntoView {
    let flags = expect_context::<ProjectFlags>();
    let other = Memo::new(move |_| {
        data.with(|release| {
            let known = |all: &Vec<FlagListItem>| {
                let environment = Some(release.environment.as_str());
                owners(all, &release.document.flag, environment)
            };
            let id = release.in_the_way.as_ref()?.id;
            let known = flags.0.with(known).unwrap_or_default();
            known.into_iter().find(|owner| owner.id == id)
        })
    });
    view! {
        <div class="notice" data-tone="warn" data-testid="site-taken">
            <Icon glyph=Glyph::Release />
            <div class="stack-s">
                <p class="strong">"Another release has its place: this one cannot start beside it."</p>
                {move || view! { <Owners of=other.get().into_iter().collect() /> }}
                <p class="small">"Take it over, or roll that one back or promote it first."</p>
            </div>
        </div>
    }
}

/// What is so, and what that is called.
fn so(data: RwSignal<Release>, off: Memo<bool>) -> (Memo<String>, Memo<&'static str>) {
    let said = Memo::new(move |_| data.with(|release| told(release, off.get()).1));
    let name = Memo::new(move |_| data.with(|release| told(release, off.get()).0));
    (said, name)
}

/// What is so with its heading: of what is over, what it came to, unless its flag is off.
fn told(release: &Release, off: bool) -> (&'static str, String) {
    if off {
        let off = "The flag is off: nobody gets what its targeting says, whatever the release left there.";
        return ("Now", off.to_owned());
    }
    let heading = match release.state.is_over() {
        true => "Result",
        false => "Now",
    };
    (heading, release::serves(release))
}

/// Whether a release is over and its flag is off, as far as that is known.
fn is_off_since(flags: ProjectFlags, data: RwSignal<Release>) -> bool {
    data.with(|release| {
        let enabled = |all: &Vec<FlagListItem>| {
            let item = all
                .iter()
                .find(|item| item.flag.key == release.document.flag)?;
            let config = item.environments.get(&release.environment)?;
            Some(config.document.enabled)
        };
        let enabled = flags.0.with(enabled).flatten();
        is_off(&release.state, enabled.unwrap_or(true))
    })
}

fn is_off(state: &State, enabled: bool) -> bool {
    state.is_over() && *state != State::Superseded && !enabled
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
    }

    #[test]
    fn when_it_moves_is_said_to_the_second() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let due = |seconds, earliest| Due {
            at: now + chrono::TimeDelta::seconds(seconds),
            earliest,
        };
        let words = |due| when_words(due, now, "21:02:53");
        assert_eq!(words(due(492, true)), "in 8m12s at the earliest · 21:02:53");
        assert_eq!(words(due(35, false)), "in 35s · 21:02:53");
        assert_eq!(words(due(-3, false)), "now · 21:02:53");
    }

    #[test]
    fn a_flag_that_is_off_serves_nothing_that_a_release_left() {
        let of = |state: &str, enabled| {
            let release = release(json!({"state": state}));
            told(&release, is_off(&release.state, enabled))
        };
        let off = ("Now", "The flag is off: nobody gets what its targeting says, whatever the release left there.".to_owned());
        assert_eq!(of("cancelled", false), off);
        assert_eq!(of("completed", false), off);
        let left = ("Result", "All units got on at its end.".to_owned());
        assert_eq!(of("completed", true), left);
        assert_eq!(of("superseded", false).0, "Result");
        assert_eq!(of("draft", false).0, "Now");
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
