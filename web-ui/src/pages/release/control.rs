//! Telling a release what to do: asked first where it matters, and never twice.

use chrono::{DateTime, TimeDelta, Utc};
use leptos::prelude::*;
use serin_api::{entity::FlagListItem, error::codes, release::Release};
use serin_engine::release::{Hold, Signal as Word, State};
use wasm_bindgen::JsCast as _;

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
    describe::{in_use, release},
    place::Place,
    shell::ProjectFlags,
};

const AN_HOUR: TimeDelta = TimeDelta::hours(1);

/// What the buttons of the page share, as a context.
#[derive(Clone, Copy)]
pub(crate) struct Control {
    pub(crate) data: RwSignal<Release>,
    /// What was sent and not yet answered.
    pub(crate) busy: RwSignal<Option<Word>>,
    asking: RwSignal<Option<Asked>>,
    open: RwSignal<bool>,
    reason: RwSignal<String>,
    /// When a scheduled release is to start, by the clock on the browser's wall.
    start_at: RwSignal<String>,
    /// The last epoch that this page caused itself.
    own: StoredValue<u64>,
    place: Place,
    toasts: Toasts,
    flags: ProjectFlags,
}

/// What a dialog asks about, in the words of the release as it stood when it was opened.
#[derive(Clone, Debug, PartialEq)]
struct Asked {
    signal: Word,
    epoch: u64,
    verb: String,
    effect: String,
    /// What was against going on.
    against: Against,
}

/// What somebody weighs who lets a release go on: how it stands, and what is held against it.
/// Neither the phase nor the minutes: those come and go while one reads.
#[derive(Clone, Debug, PartialEq)]
struct Against {
    state: &'static str,
    stage: Option<usize>,
    noted: bool,
    holds: Vec<Hold>,
}

impl Against {
    fn of(state: &State) -> Self {
        let position = state.position();
        Self {
            state: state.name(),
            stage: position.map(|position| position.stage),
            noted: position.is_some_and(|position| position.noted),
            holds: position.map_or_else(Vec::new, |position| position.holds.clone()),
        }
    }
}

/// Whether a signal leads to more people with the candidate.
fn leads_on(signal: Word) -> bool {
    matches!(
        signal,
        Word::Start
            | Word::Approve
            | Word::Advance
            | Word::Promote
            | Word::Resume
            | Word::Supersede
    )
}

impl Asked {
    fn of(release: &Release, signal: Word) -> Self {
        Self {
            signal,
            epoch: release.epoch,
            // The dots say that something is asked, which is what happens here.
            verb: release::button(release, signal)
                .trim_end_matches('…')
                .to_owned(),
            effect: release::effect(release, signal),
            against: Against::of(&release.state),
        }
    }

    /// Why it is not to be done any more as it was asked: what others did meanwhile. Where it
    /// means the same as before it goes on; a rollback does wherever a release lives.
    fn overtaken(&self, release: &Release) -> Option<String> {
        let same = if self.signal == Word::Rollback {
            release.state.is_live()
        } else {
            let mut actions = release.actions.iter();
            let refused = actions.any(|it| it.signal == self.signal && it.refused.is_some());
            let now = Self::of(release, self.signal);
            let weighs = !leads_on(self.signal) || now.against == self.against;
            !refused && weighs && now.verb == self.verb && now.effect == self.effect
        };
        if release.epoch <= self.epoch || same {
            return None;
        }
        let since = release::since(release, self.epoch);
        Some(format!(
            "It moved on meanwhile ({since}), so what is asked here is not so any more. Close this, look again, then decide."
        ))
    }
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
            flags: expect_context(),
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
            let asked = self
                .data
                .with_untracked(|release| Asked::of(release, signal));
            let before = self.asking.get_untracked().map(|before| before.signal);
            if before != Some(signal) {
                // A reason is kept for who closes the dialog to look again.
                self.reason.set(String::new());
            }
            self.asking.set(Some(asked));
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
                let told = |flags: &Vec<FlagListItem>| in_use::told(flags, error.clone());
                // None of them any more where somebody was signed out meanwhile.
                let known = untrack(|| self.flags.0.with(told));
                let error = known.unwrap_or_else(|| in_use::told(&[], error.clone()));
                self.toasts.fail(&what, &error);
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

/// Whether a dialog begins with the button that does it: of ways back, where every second
/// counts. What gives somebody the candidate takes more than the same key twice.
fn begins_at_once(signal: Word) -> bool {
    matches!(signal, Word::Rollback | Word::Reject | Word::Pause)
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
    let asked = move || control.asking.get();
    let signal = move || asked().map(|asked| asked.signal);
    let title = Signal::derive(move || {
        let verb = asked().map_or_else(String::new, |asked| asked.verb);
        format!("{verb} in {}?", environment())
    });
    let overtaken = Memo::new(move |_| {
        let asked = asked()?;
        control.data.with(|release| asked.overtaken(release))
    });
    let confirm = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if overtaken.get_untracked().is_some() {
            return;
        }
        control.open.set(false);
        if let Some(asked) = control.asking.get_untracked() {
            let reason = control.reason.get_untracked().trim().to_owned();
            control.reason.set(String::new());
            let start_at =
                (asked.signal == Word::Schedule).then(|| control.start_at.get_untracked());
            let start_at = start_at.and_then(|text| clock::read_local(&text));
            control.send(
                asked.signal,
                (!reason.is_empty()).then_some(reason),
                start_at,
            );
        }
    };
    // What leads on takes more than the same key twice, or a key that is held: Enter in a field
    // sends only what says why.
    let deliberate = move |event: leptos::ev::KeyboardEvent| {
        if event.key() != "Enter" {
            return;
        }
        let typing = event
            .target()
            .is_some_and(|at| at.has_type::<web_sys::HtmlInputElement>());
        let hasty = typing
            && control
                .reason
                .with_untracked(|reason| reason.trim().is_empty());
        let leads_on = untrack(signal).is_some_and(leads_on);
        if event.repeat() || leads_on && hasty {
            event.prevent_default();
        }
    };
    let scheduling = move || signal() == Some(Word::Schedule);
    let undated = move || {
        scheduling()
            && control
                .start_at
                .with(|text| clock::read_local(text).is_none())
    };
    let look = move || match signal() {
        Some(Word::Rollback | Word::Reject | Word::Cancel) => "danger",
        _ => "primary",
    };
    view! {
        <Dialog open=control.open title>
            <form on:submit=confirm on:keydown=deliberate>
                <div class="dialog-body">
                    <div class="notice production-notice" data-color=move || place.environment_details().map(|it| it.color)>
                        <Icon glyph=Glyph::Shield />
                        <p class="strong">{move || asked().map(|asked| asked.effect)}</p>
                    </div>
                    <Show when=move || overtaken.with(Option::is_some)>
                        <div class="notice" data-tone="warn" role="alert" data-testid="dialog-overtaken">
                            <Icon glyph=Glyph::Warning />
                            <p>{move || overtaken.get()}</p>
                        </div>
                    </Show>
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
                    <button type="submit" class="button" autofocus=move || signal().is_some_and(begins_at_once) data-look=look disabled=move || undated() || overtaken.with(Option::is_some) data-testid="dialog-confirm">
                        {move || asked().map(|asked| asked.verb)}
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
        assert!(begins_at_once(Word::Rollback) && begins_at_once(Word::Pause));
        assert!(
            ![Word::Start, Word::Approve, Word::Advance, Word::Promote]
                .into_iter()
                .any(begins_at_once)
        );
    }

    #[test]
    fn what_others_did_meanwhile_is_said_where_one_asks() {
        let at = |epoch: u64, state: &str| {
            let position = json!({"state": state, "stage": 0, "phase": "baking", "baked_ms": 0, "epoch": epoch});
            let mut history = position.clone();
            let said = json!({"at": "2026-11-21T10:00:00Z", "actor": "ann", "signal": "pause"});
            let members = history.as_object_mut().unwrap();
            members.extend(said.as_object().unwrap().clone());
            let mut release = release(position);
            release.history = vec![serde_json::from_value(history).unwrap()];
            release
        };
        let running = at(3, "running");
        let advance = Asked::of(&running, Word::Advance);
        assert_eq!(advance.overtaken(&running), None);
        let paused = at(4, "paused");
        let said = advance.overtaken(&paused).unwrap();
        assert!(
            said.starts_with("It moved on meanwhile (ann: Paused)"),
            "{said}"
        );
        assert_eq!(
            advance.overtaken(&at(4, "running")),
            None,
            "it means the same"
        );
        // The same stage, by the same words; but something is held against it now.
        let held = at(4, "held");
        assert!(advance.overtaken(&held).is_some());
        let mut noted = at(4, "running");
        if let State::Running(position) = &mut noted.state {
            position.noted = true;
        }
        assert!(advance.overtaken(&noted).is_some());
        let pause = Asked::of(&running, Word::Pause);
        assert_eq!(pause.overtaken(&noted), None, "a pause is all the wiser");
        let back = Asked::of(&running, Word::Rollback);
        assert_eq!(back.overtaken(&paused), None, "it means the same");
        assert!(back.overtaken(&at(4, "rolled_back")).is_some());
    }
}
