//! Several flags changed together: one change set, one entry of the history.

mod action;

use leptos::prelude::*;
use serin_api::{
    change::{ChangeSet, NewChangeSet},
    entity::FlagListItem,
    error::codes,
};

use super::{List, filter};
use crate::{
    client::{self, Error},
    components::{
        badge::Tone,
        button::{Button, Look, SubmitButton},
        dialog::Dialog,
        error_view::ErrorNotice,
        owners::ArchiveBlocked,
        show::Show,
        tag_input::TagInput,
        toast::Toasts,
    },
    describe::in_use::{Owner, owners},
    pages::{
        saving::{ProductionNotice, Why},
        toggle::Ends,
    },
    place::Place,
    shell::ProjectFlags,
};
use action::Action;

/// How many of the chosen flags are named one by one.
const NAMED: usize = 8;

/// What the bar and its dialog share.
#[derive(Clone, Copy)]
struct Bulk {
    list: List,
    place: Place,
    flags: ProjectFlags,
    toasts: Toasts,
    action: RwSignal<Action>,
    /// The tags that are added or taken away.
    tags: RwSignal<Vec<String>>,
    reason: RwSignal<String>,
    open: RwSignal<bool>,
    busy: RwSignal<bool>,
    error: RwSignal<Option<Error>>,
}

impl Bulk {
    fn ask(self, action: Action) {
        self.action.set(action);
        self.tags.set(Vec::new());
        self.error.set(None);
        self.open.set(true);
    }

    /// The chosen flags, by name.
    fn items(self) -> Vec<FlagListItem> {
        let chosen = self.list.chosen.get();
        self.list.items.with(|items| {
            let items = chosen.iter().filter_map(|key| items.get(key).cloned());
            crate::order::long(items.collect(), |item| {
                (0, format!("{}\n{}", filter::name(item), item.flag.key))
            })
        })
    }

    fn changes(self) -> Vec<serin_api::change::Change> {
        let action = self.action.get();
        let (environment, tags) = (self.place.environment.get(), self.tags.get());
        let items = self.items();
        let changes = items
            .iter()
            .filter_map(|item| action.change(item, &environment, &tags));
        changes.collect()
    }

    /// The live releases of the chosen flags that the action ends, or that stand in its way.
    fn releases(self) -> Vec<Owner> {
        let (action, environment) = (self.action.get(), self.place.environment.get());
        let items = self.items();
        let keys = items.iter().map(|item| item.flag.key.as_str());
        match action {
            Action::TurnOff => keys
                .flat_map(|key| owners(&items, key, Some(&environment)))
                .collect(),
            Action::Archive => keys.flat_map(|key| owners(&items, key, None)).collect(),
            _ => Vec::new(),
        }
    }

    fn apply(self) {
        let action = self.action.get_untracked();
        let (changes, releases) = untrack(|| (self.changes(), self.releases().len()));
        let reason = self.reason.get_untracked().trim().to_owned();
        self.busy.set(true);
        self.error.set(None);
        let set = NewChangeSet {
            project: self.place.project.get_untracked(),
            reason: Some(reason).filter(|reason| !reason.is_empty()),
            changes,
            dry_run: false,
        };
        crate::reactive::spawn(async move {
            match client::apply(set).await {
                Ok(applied) => {
                    self.open.set(false);
                    self.reason.set(String::new());
                    self.list.chosen.set(Vec::new());
                    self.flags.0.refetch();
                    self.offer_undo(action, &applied, releases);
                }
                Err(error) => {
                    if error.code == codes::VERSION_CONFLICT {
                        self.flags.0.refetch();
                    }
                    self.error.set(Some(error));
                }
            }
            self.busy.set(false);
        });
    }

    fn offer_undo(self, action: Action, applied: &ChangeSet, cancelled: usize) {
        let back = NewChangeSet {
            project: applied.project.clone(),
            reason: Some(format!("Undo of {}", action.title())),
            changes: action::back(applied),
            dry_run: false,
        };
        let text = done(action, back.changes.len(), cancelled);
        let undo = Callback::new(move |()| {
            let back = back.clone();
            crate::reactive::spawn(async move {
                match client::apply(back).await {
                    Ok(_) => self.flags.0.refetch(),
                    Err(error) => self.toasts.fail("It was not undone", &error),
                }
            });
        });
        self.toasts.offer(Tone::Good, text, "Undo", undo);
    }
}

/// What is said after it was done with so many flags, and cancelled so many releases.
fn done(action: Action, flags: usize, cancelled: usize) -> String {
    let said = format!("{}: {}.", action.done(), count(flags));
    match cancelled {
        0 => said,
        1 => format!("{said} 1 release was cancelled; Undo does not bring it back."),
        cancelled => {
            format!("{said} {cancelled} releases were cancelled; Undo does not bring them back.")
        }
    }
}

fn count(flags: usize) -> String {
    match flags {
        1 => "1 flag".to_owned(),
        flags => format!("{flags} flags"),
    }
}

/// What can be done with the chosen flags; there only while some are chosen.
#[component]
pub(super) fn BulkBar(list: List, shown: Memo<Vec<String>>) -> impl IntoView {
    let bulk = Bulk {
        list,
        place: Place::current(),
        flags: expect_context(),
        toasts: Toasts::current(),
        action: RwSignal::new(Action::TurnOn),
        tags: RwSignal::new(Vec::new()),
        reason: RwSignal::new(String::new()),
        open: RwSignal::new(false),
        busy: RwSignal::new(false),
        error: RwSignal::new(None),
    };
    // What is not in view is not changed along.
    crate::reactive::effect(move || {
        let gone = shown.with(|shown| {
            let chosen = list.chosen.read_untracked();
            chosen.iter().any(|key| !shown.contains(key))
        });
        if gone {
            list.chosen.update(|chosen| {
                chosen.retain(|key| shown.with_untracked(|all| all.contains(key)));
            });
        }
    });
    let chosen = Memo::new(move |_| list.chosen.with(Vec::len));
    let buttons = move || {
        let archived = bulk.items().iter().all(|item| item.flag.document.archived);
        let button = |action: Action| {
            view! { <Button small=true on_click=move |()| bulk.ask(action) testid=action.name()>{action.title()}</Button> }
        };
        Action::of(archived)
            .iter()
            .copied()
            .map(button)
            .collect_view()
    };
    view! {
        <Show when=move || { chosen.get() > 0 }>
            <div class="bulk-bar" role="region" aria-label="Chosen flags" data-testid="bulk-bar">
                <span class="strong small number">{move || format!("{} chosen", count(chosen.get()))}</span>
                <span class="row wrap">{buttons}</span>
                <Button look=Look::Quiet small=true on_click=move |()| list.chosen.set(Vec::new())>"Choose none"</Button>
            </div>
        </Show>
        <Dialog open=bulk.open title=Signal::derive(move || title(bulk))>
            <Ask bulk />
        </Dialog>
    }
}

fn title(bulk: Bulk) -> String {
    let action = bulk.action.get();
    let flags = count(bulk.list.chosen.with(Vec::len));
    let place = match bulk.place.environment_details() {
        Some(environment) if action.is_of_environment() => format!(" in {}", environment.name),
        _ => String::new(),
    };
    match action {
        Action::AddTags => format!("Add tags to {flags}"),
        Action::RemoveTags => format!("Take tags off {flags}"),
        action => format!("{} {flags}{place}?", action.verb()),
    }
}

#[component]
fn Ask(bulk: Bulk) -> impl IntoView {
    let action = bulk.action.get_untracked();
    let changes = Memo::new(move |_| bulk.changes().len());
    let here = move || action.is_of_environment() && bulk.place.production();
    let names = move || {
        let items = bulk.items();
        let more = items.len().saturating_sub(NAMED);
        let environment = bulk.place.environment.get();
        let line = |item: FlagListItem| {
            let effect = action.effect(&item, &environment);
            view! {
                <li>
                    <span class="strong">{filter::name(&item).to_owned()}</span>
                    " "
                    <span class="muted">{effect}</span>
                </li>
            }
        };
        let lines = items.into_iter().take(NAMED).map(line).collect_view();
        view! {
            <ul class="bulk-names small">
                {lines}
                {(more > 0).then(|| view! { <li class="muted">{format!("and {more} more")}</li> })}
            </ul>
        }
    };
    let wide = move || {
        let words = if action.is_of_environment() {
            let skipped = bulk.list.chosen.with(Vec::len) - changes.get();
            let verb = if skipped == 1 { "is" } else { "are" };
            let state = if action == Action::TurnOn {
                "on"
            } else {
                "off"
            };
            (skipped > 0).then(|| format!("{} {verb} {state} already.", count(skipped)))
        } else {
            Some("This changes them in all environments.".to_owned())
        };
        words.map(|words| view! { <p class="tiny faint">{words}</p> })
    };
    let of = Memo::new(move |_| bulk.releases());
    let releases = move || {
        let of = of.get();
        match action {
            _ if of.is_empty() => None,
            Action::TurnOff => Some(view! { <Ends of /> }.into_any()),
            _ => Some(view! { <ArchiveBlocked of /> }.into_any()),
        }
    };
    // What is refused is not offered.
    let nothing = move || {
        let blocked = action == Action::Archive && of.with(|of| !of.is_empty());
        changes.get() == 0 || blocked
    };
    let warning = move || {
        here().then(|| {
            view! {
                <ProductionNotice effect="All of these flags together." />
            }
        })
    };
    let tags = move || {
        let placeholder = if action == Action::AddTags {
            "checkout, web"
        } else {
            ""
        };
        action.is_of_tags().then(|| {
            view! {
                <div class="field">
                    <span class="field-label">"Tags"</span>
                    <TagInput values=bulk.tags on_change=move |tags| bulk.tags.set(tags) label="tags" placeholder />
                </div>
            }
        })
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        bulk.apply();
    };
    view! {
        <form on:submit=submit>
            <div class="dialog-body">
                <ErrorNotice error=bulk.error />
                {warning}
                {releases}
                {names}
                {tags}
                {wide}
                <Why reason=bulk.reason />
            </div>
            <div class="dialog-foot">
                <Button on_click=move |()| bulk.open.set(false) testid="dialog-cancel">"Cancel"</Button>
                <SubmitButton busy=bulk.busy disabled=Signal::derive(nothing) testid="dialog-confirm">
                    {move || format!("{} {}", action.verb(), count(changes.get()))}
                </SubmitButton>
            </div>
        </form>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_bulk_switch_ended_is_told() {
        let off = |cancelled| done(Action::TurnOff, 20, cancelled);
        assert_eq!(off(0), "Turned off: 20 flags.");
        assert_eq!(
            off(1),
            "Turned off: 20 flags. 1 release was cancelled; Undo does not bring it back."
        );
        assert!(off(2).contains("2 releases were cancelled"));
    }
}
