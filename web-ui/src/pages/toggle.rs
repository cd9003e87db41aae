//! Turning flags on and off: at once, confirmed in production, taken back where the server
//! disagrees.

use std::collections::HashMap;

use leptos::prelude::*;
use serin_api::{entity::FlagListItem, error::codes};

use super::saving::Why;
use crate::{
    client,
    components::{
        badge::Tone,
        button::{Button, Look},
        dialog::Dialog,
        icon::{Glyph, Icon},
        owners::Owners,
        toast::Toasts,
    },
    describe::in_use::{Owner, owners},
    place::Place,
    shell::ProjectFlags,
};

/// A wish to turn a flag on or off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wish {
    /// The flag's key.
    pub(crate) key: String,
    /// What people call it.
    pub(crate) name: String,
    /// On or off.
    pub(crate) enabled: bool,
    /// The configuration's version that the person saw.
    pub(crate) version: u64,
    /// What users get after it, in words.
    pub(crate) effect: String,
}

/// Edits of the flag on the page that a switch is no part of.
#[derive(Clone, Copy)]
pub(crate) struct Unsaved {
    /// Whether there are any.
    pub(crate) edited: Signal<bool>,
    /// Whether they could be saved.
    pub(crate) ready: Signal<bool>,
    /// Makes the switch one of them and goes on to saving.
    pub(crate) turn: Callback<bool>,
}

/// The switches of a page, as a context.
#[derive(Clone, Copy)]
pub(crate) struct Toggler {
    place: Place,
    flags: ProjectFlags,
    toasts: Toasts,
    /// What is asked for and not yet answered, by flag.
    pending: RwSignal<HashMap<String, bool>>,
    /// What waits for a confirmation.
    asking: RwSignal<Option<Wish>>,
    open: RwSignal<bool>,
    /// The edits beside the switch, on a page that has some.
    unsaved: StoredValue<Option<Unsaved>>,
    /// Called after a wish came true, with the configuration's new version.
    done: StoredValue<Option<Callback<u64>>>,
}

impl Toggler {
    /// Makes it known to the page. Put a [`ToggleDialog`] into the page too.
    pub(crate) fn provide() -> Self {
        let toggler = Self {
            place: Place::current(),
            flags: expect_context(),
            toasts: Toasts::current(),
            pending: RwSignal::new(HashMap::new()),
            asking: RwSignal::new(None),
            open: RwSignal::new(false),
            unsaved: StoredValue::new(None),
            done: StoredValue::new(None),
        };
        provide_context(toggler);
        toggler
    }

    /// Calls `done` after each wish that came true.
    pub(crate) fn on_done(self, done: Callback<u64>) {
        self.done.set_value(Some(done));
    }

    /// Tells of edits for as long as the calling component lives.
    pub(crate) fn knows_edits(self, edits: Unsaved) {
        self.unsaved.set_value(Some(edits));
        on_cleanup(move || {
            self.unsaved.try_update_value(|unsaved| *unsaved = None);
        });
    }

    /// The edits that a wish is no part of, tracked.
    fn edits(self) -> Option<Unsaved> {
        let unsaved = self.unsaved.get_value();
        unsaved.filter(|unsaved| unsaved.edited.get())
    }

    /// The state to show for a flag: what was asked for, else what is.
    pub(crate) fn shown(self, key: &str, enabled: bool) -> bool {
        self.pending
            .with(|pending| pending.get(key).copied().unwrap_or(enabled))
    }

    /// Does it, or asks first: in production, and where somebody who turns a flag on may
    /// think that unsaved edits are then on as well.
    pub(crate) fn wish(self, wish: Wish) {
        let misleads = wish.enabled && untrack(|| self.edits()).is_some();
        let ends = !untrack(|| self.ended_by(&wish)).is_empty();
        if misleads || ends || untrack(|| self.place.production()) {
            self.asking.set(Some(wish));
            self.open.set(true);
        } else {
            self.carry_out(wish, None);
        }
    }

    /// The live releases that a wish ends, tracked.
    fn ended_by(self, wish: &Wish) -> Vec<Owner> {
        let environment = self.place.environment.get();
        let live = |flags: &Vec<FlagListItem>| owners(flags, &wish.key, Some(&environment));
        let live = self.flags.0.with(live).filter(|_| !wish.enabled);
        live.unwrap_or_default()
    }

    fn carry_out(self, wish: Wish, reason: Option<String>) {
        let ends = untrack(|| self.ended_by(&wish)).len();
        let (project, environment) = (
            self.place.project.get_untracked(),
            self.place.environment.get_untracked(),
        );
        self.pending.update(|pending| {
            pending.insert(wish.key.clone(), wish.enabled);
        });
        crate::reactive::spawn(async move {
            let answer = client::set_enabled(
                &project,
                &environment,
                &wish.key,
                wish.enabled,
                wish.version,
                reason,
            )
            .await;
            match answer {
                Ok(applied) => {
                    let version = applied
                        .changes
                        .first()
                        .map_or(wish.version, |change| change.version);
                    self.settle(&environment, &wish, version, ends);
                }
                Err(error) if error.code == codes::VERSION_CONFLICT => {
                    self.flags.0.refetch();
                    let text = format!(
                        "{} was changed by someone else a moment ago. Look again, then switch.",
                        wish.name
                    );
                    self.toasts.say(Tone::Warn, text);
                }
                Err(error) => self
                    .toasts
                    .fail(&format!("{} was not switched", wish.name), &error),
            }
            self.pending.update(|pending| {
                pending.remove(&wish.key);
            });
        });
    }

    fn settle(self, environment: &str, wish: &Wish, version: u64, ended: usize) {
        self.flags.0.update(|flags| {
            let config = flags
                .iter_mut()
                .find(|item| item.flag.key == wish.key)
                .and_then(|item| item.environments.get_mut(environment));
            if let Some(config) = config {
                config.document.enabled = wish.enabled;
                config.version = version;
            }
        });
        if let Some(done) = self.done.get_value() {
            done.run(version);
        }
        let back = Wish {
            enabled: !wish.enabled,
            version,
            effect: String::new(),
            ..wish.clone()
        };
        let (text, back_words) = done(wish, ended);
        let undo = Callback::new(move |()| self.wish(back.clone()));
        self.toasts.offer(Tone::Good, text, back_words, undo);
    }
}

/// What is said of a wish that came true and cancelled so many releases, and the words for its
/// way back.
fn done(wish: &Wish, ended: usize) -> (String, &'static str) {
    let name = &wish.name;
    match (wish.enabled, ended) {
        (true, _) => (format!("{name} is on."), "Undo"),
        (false, 0) => (format!("{name} is off."), "Undo"),
        (false, 1) => (
            format!(
                "{name} is off, and its release was cancelled. Turning it on again does not bring the release back."
            ),
            "Turn on again",
        ),
        (false, ended) => (
            format!(
                "{name} is off, and its {ended} releases were cancelled. Turning it on again does not bring them back."
            ),
            "Turn on again",
        ),
    }
}

/// Asks before a switch in production, and before one that ends a release.
#[component]
pub(crate) fn ToggleDialog() -> impl IntoView {
    let toggler = expect_context::<Toggler>();
    let place = Place::current();
    let reason = RwSignal::new(String::new());
    let environment = move || {
        place
            .environment_details()
            .map_or_else(String::new, |environment| environment.name)
    };
    let verb = move || {
        toggler.asking.with(|wish| match wish {
            Some(wish) if wish.enabled => "Turn on",
            _ => "Turn off",
        })
    };
    let title = Signal::derive(move || {
        let name = toggler.asking.with(|wish| {
            wish.as_ref()
                .map_or_else(String::new, |wish| wish.name.clone())
        });
        format!("{} {name} in {}?", verb(), environment())
    });
    let effect = move || {
        toggler.asking.with(|wish| {
            wish.as_ref()
                .map_or_else(String::new, |wish| wish.effect.clone())
        })
    };
    let confirm = move || {
        toggler.open.set(false);
        if let Some(wish) = toggler.asking.get_untracked() {
            let text = reason.get_untracked().trim().to_owned();
            reason.set(String::new());
            toggler.carry_out(wish, Some(text).filter(|text| !text.is_empty()));
        }
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        confirm();
    };
    let apart = move || {
        toggler.edits().map(|_| view! {
            <p class="small" data-testid="toggle-unsaved">"Your unsaved edits are not part of it: what is saved is switched."</p>
        })
    };
    let ended = move || {
        let wish = toggler.asking.get()?;
        let ended = toggler.ended_by(&wish);
        (!ended.is_empty()).then(|| view! { <Ends of=ended /> })
    };
    let with_edits = move || {
        let edits = toggler.edits().filter(|edits| edits.ready.get())?;
        let enabled = toggler
            .asking
            .with(|wish| wish.as_ref().map(|wish| wish.enabled))?;
        let turn = move |()| {
            toggler.open.set(false);
            edits.turn.run(enabled);
        };
        let words = if enabled {
            "Save and turn on…"
        } else {
            "Save and turn off…"
        };
        Some(view! { <Button on_click=turn testid="toggle-with-edits">{words}</Button> })
    };
    view! {
        <Dialog open=toggler.open title>
            <form on:submit=submit>
                <div class="dialog-body">
                    <div
                        class="notice"
                        class:production-notice=move || place.production()
                        data-color=move || place.environment_details().map(|e| e.color)
                    >
                        <Icon glyph=Glyph::Shield />
                        <p>
                            {move || place.production().then_some("This is production: real users see it at once. ")}
                            <span class="strong">{effect}</span>
                        </p>
                    </div>
                    {ended}
                    {apart}
                    <Why reason />
                </div>
                <div class="dialog-foot">
                    <Button on_click=move |()| toggler.open.set(false) testid="dialog-cancel">"Cancel"</Button>
                    {with_edits}
                    <Button look=Look::Primary on_click=move |()| confirm() testid="dialog-confirm">
                        {move || format!("{} in {}", verb(), environment())}
                    </Button>
                </div>
            </form>
        </Dialog>
    }
}

/// Says that live releases end with a switch to off.
#[component]
pub(crate) fn Ends(
    /// The releases.
    of: Vec<Owner>,
) -> impl IntoView {
    let (what, after) = match of.len() {
        1 => (
            "Turning off cancels this release, for good:",
            "What the release moved is set back to what it was before. Turning on again does not bring the release back; to stop it for a while, pause it.",
        ),
        _ => (
            "Turning off cancels these releases, for good:",
            "What they moved is set back to what it was before. Turning on again does not bring them back; to stop one for a while, pause it.",
        ),
    };
    view! {
        <div class="notice" data-tone="warn" data-testid="toggle-ends-release">
            <Icon glyph=Glyph::Release />
            <div class="stack-s">
                <p class="strong">{what}</p>
                <Owners of />
                <p class="small">{after}</p>
            </div>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_ends_a_release_is_told_that_it_stays_so() {
        let wish = |enabled| Wish {
            key: "checkout".to_owned(),
            name: "Checkout".to_owned(),
            enabled,
            version: 1,
            effect: String::new(),
        };
        assert_eq!(
            done(&wish(false), 0),
            ("Checkout is off.".to_owned(), "Undo")
        );
        assert_eq!(done(&wish(true), 0).0, "Checkout is on.");
        let (said, back) = done(&wish(false), 1);
        assert!(
            said.contains("cancelled") && said.contains("does not bring"),
            "{said}"
        );
        assert_eq!(back, "Turn on again");
        assert!(done(&wish(false), 2).0.contains("2 releases were"));
    }
}
