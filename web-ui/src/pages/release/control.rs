//! Telling a release what to do: asked first where it matters, and never twice.

use chrono::{DateTime, TimeDelta, Utc};
use leptos::prelude::*;
use serin_api::{error::codes, release::Release};
use serin_engine::release::Signal as Word;

use crate::{
    client, clock,
    components::{
        badge::Tone,
        button::Button,
        dialog::Dialog,
        field::{Field, TextInput},
        icon::{Glyph, Icon},
        show::Show,
        toast::Toasts,
    },
    describe::release,
    place::Place,
};

const AN_HOUR: TimeDelta = TimeDelta::hours(1);

/// What the buttons of the page share, as a context.
#[derive(Clone, Copy)]
pub(crate) struct Control {
    pub(crate) data: RwSignal<Release>,
    /// What was sent and not yet answered.
    pub(crate) busy: RwSignal<Option<Word>>,
    asking: RwSignal<Option<Word>>,
    open: RwSignal<bool>,
    reason: RwSignal<String>,
    /// When a scheduled release is to start, by the clock on the browser's wall.
    start_at: RwSignal<String>,
    /// The last epoch that this page caused itself.
    own: StoredValue<u64>,
    place: Place,
    toasts: Toasts,
}

/// Whether a signal is asked about: everything in production, and elsewhere what ends a
/// release that lives, what goes past all evidence, and what needs a time.
fn asks(production: bool, release: &Release, signal: Word) -> bool {
    let ends = matches!(signal, Word::Rollback | Word::Reject | Word::Cancel);
    production
        || release.state.is_live() && ends
        || matches!(signal, Word::Promote | Word::Supersede | Word::Schedule)
}

impl Control {
    pub(crate) fn provide(data: RwSignal<Release>) -> Self {
        let control = Self {
            data,
            busy: RwSignal::default(),
            asking: RwSignal::default(),
            open: RwSignal::default(),
            reason: RwSignal::default(),
            start_at: RwSignal::default(),
            own: StoredValue::new(0),
            place: Place::current(),
            toasts: Toasts::current(),
        };
        provide_context(control);
        control
    }

    /// Whether this page led to an epoch, or is about to.
    pub(crate) fn is_own(self, epoch: u64) -> bool {
        self.own.get_value() >= epoch || self.busy.get_untracked().is_some()
    }

    /// Does it, or asks first.
    pub(crate) fn wish(self, signal: Word) {
        let production = untrack(|| self.place.production());
        if self
            .data
            .with_untracked(|release| asks(production, release, signal))
        {
            self.asking.set(Some(signal));
            self.reason.set(String::new());
            self.start_at.set(clock::local_text(clock::now() + AN_HOUR));
            self.open.set(true);
        } else {
            self.send(signal, None, None);
        }
    }

    fn send(self, signal: Word, reason: Option<String>, start_at: Option<DateTime<Utc>>) {
        if self.busy.get_untracked().is_some() {
            return;
        }
        self.busy.set(Some(signal));
        let seen = self.data.get_untracked();
        crate::reactive::spawn(async move {
            match deliver(&seen, signal, reason, start_at).await {
                Ok(release) => self.done(release),
                Err(error) => self.failed(&seen, signal, &error).await,
            }
            self.busy.try_set(None);
        });
    }

    fn done(self, release: Release) {
        let _ = self.own.try_update_value(|own| *own = release.epoch);
        if let Some(event) = release.history.last() {
            self.toasts
                .say(Tone::Good, format!("{}.", release::event(&release, event)));
        }
        self.data.try_set(release);
    }

    async fn failed(self, seen: &Release, signal: Word, error: &client::Error) {
        let id = seen.id.to_string();
        let standing = client::release(&seen.project, &seen.environment, &id)
            .await
            .ok();
        let moved = standing
            .as_ref()
            .map(|release| release::since(release, seen.epoch));
        match moved {
            Some(moved) if error.code == codes::EPOCH_CONFLICT => {
                let text = format!(
                    "It moved on before this arrived ({moved}), so nothing was done. Look again, then decide."
                );
                self.toasts.say(Tone::Warn, text);
            }
            _ => {
                let what = format!("Not done ({})", release::verb(signal));
                self.toasts.fail(&what, error);
            }
        }
        if let Some(release) = standing {
            let _ = self.own.try_update_value(|own| *own = release.epoch);
            self.data.try_set(release);
        }
    }
}

/// Sends a signal at the epoch that was seen.
///
/// A rollback means the same wherever a release stands: somebody who wants out is not told
/// that it moved on meanwhile, but is taken out, as long as it lives.
async fn deliver(
    seen: &Release,
    signal: Word,
    reason: Option<String>,
    start_at: Option<DateTime<Utc>>,
) -> Result<Release, client::Error> {
    let refused = match client::send_signal(seen, signal, reason.clone(), start_at).await {
        Err(error) if signal == Word::Rollback && error.code == codes::EPOCH_CONFLICT => error,
        answer => return answer,
    };
    let id = seen.id.to_string();
    let standing = client::release(&seen.project, &seen.environment, &id).await?;
    if standing.state.is_live() {
        client::send_signal(&standing, signal, reason, start_at).await
    } else {
        Err(refused)
    }
}

/// Asks before a signal is sent.
#[component]
pub(crate) fn Confirmation(control: Control) -> impl IntoView {
    let place = control.place;
    let environment = move || {
        place
            .environment_details()
            .map_or_else(String::new, |it| it.name)
    };
    let words = move || {
        let signal = control.asking.get()?;
        Some(control.data.with(|release| {
            (
                release::button(release, signal),
                release::effect(release, signal),
            )
        }))
    };
    let title = Signal::derive(move || {
        let words = words().map_or_else(String::new, |(verb, _)| verb);
        format!("{words} in {}?", environment())
    });
    let confirm = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        control.open.set(false);
        if let Some(signal) = control.asking.get_untracked() {
            let reason = control.reason.get_untracked().trim().to_owned();
            let start_at = (signal == Word::Schedule).then(|| control.start_at.get_untracked());
            let start_at = start_at.and_then(|text| clock::read_local(&text));
            control.send(signal, (!reason.is_empty()).then_some(reason), start_at);
        }
    };
    let scheduling = move || control.asking.get() == Some(Word::Schedule);
    let undated = move || {
        scheduling()
            && control
                .start_at
                .with(|text| clock::read_local(text).is_none())
    };
    let look = move || match control.asking.get() {
        Some(Word::Rollback | Word::Reject | Word::Cancel) => "danger",
        _ => "primary",
    };
    view! {
        <Dialog open=control.open title>
            <form on:submit=confirm>
                <div class="dialog-body">
                    <div class="notice production-notice" data-color=move || place.environment_details().map(|it| it.color)>
                        <Icon glyph=Glyph::Shield />
                        <p class="strong">{move || words().map(|(_, effect)| effect)}</p>
                    </div>
                    <Show when=scheduling>
                        <Field label="Start at" hint="By the clock of this browser.">
                            <TextInput
                                kind="datetime-local"
                                value=control.start_at
                                on_input=move |text| control.start_at.set(text)
                                testid="release-start-at"
                            />
                        </Field>
                    </Show>
                    <Field label="Why (for the history, optional)">
                        <TextInput
                            value=control.reason
                            on_input=move |text| control.reason.set(text)
                            testid="release-reason"
                        />
                    </Field>
                </div>
                <div class="dialog-foot">
                    <Button on_click=move |()| control.open.set(false) testid="dialog-cancel">"Not now"</Button>
                    <button type="submit" class="button" autofocus data-look=look disabled=undated data-testid="dialog-confirm">
                        {move || words().map(|(verb, _)| verb)}
                    </button>
                </div>
            </form>
        </Dialog>
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::describe::release::tests::release;

    #[test]
    fn what_is_asked_about() {
        let running =
            release(json!({"state": "running", "stage": 0, "phase": "baking", "baked_ms": 0}));
        let draft = release(json!({"state": "draft"}));
        assert!(asks(true, &running, Word::Pause));
        assert!(!asks(false, &running, Word::Pause));
        assert!(asks(false, &running, Word::Rollback));
        assert!(!asks(false, &draft, Word::Cancel));
        assert!(asks(false, &draft, Word::Schedule) && asks(false, &running, Word::Promote));
    }
}
