//! The condition that is edited, as its rows see it.

use leptos::prelude::*;
use serin_engine::condition::Condition;

use crate::{
    components::toast::Toasts,
    conditions::{
        Mistakes,
        draft::{Id, Kind, Part},
        edit::{self, Way},
        surroundings::focus_in,
    },
};

/// The parts, and what happens when one changes.
#[derive(Clone, Copy)]
pub(super) struct Tree {
    root: RwSignal<Part>,
    on_change: Callback<Condition>,
    pub(super) locked: Signal<bool>,
    at: Signal<String>,
    /// What just happened, for those who do not see it.
    pub(super) said: RwSignal<String>,
    mistakes: Mistakes,
    toasts: Toasts,
}

impl Tree {
    pub(super) fn new(
        root: RwSignal<Part>,
        on_change: Callback<Condition>,
        locked: Signal<bool>,
        at: Signal<String>,
    ) -> Self {
        Self {
            root,
            on_change,
            locked,
            at,
            said: RwSignal::new(String::new()),
            mistakes: Mistakes::current(),
            toasts: Toasts::current(),
        }
    }

    /// Looks at all of it, tracked.
    pub(super) fn with<T>(self, look: impl FnOnce(&Part) -> T) -> T {
        self.root.with(look)
    }

    /// Looks at a part, tracked; what is gone looks like an empty group.
    pub(super) fn part<T>(self, id: Id, look: impl FnOnce(&Part) -> T) -> T {
        self.root.with(|root| match root.find(id) {
            Some(part) => look(part),
            None => look(&Part::group(Kind::All, Vec::new())),
        })
    }

    /// Changes the parts, and hands on what comes of it.
    pub(super) fn edit(self, change: &mut dyn FnMut(&mut Part)) {
        self.root.update(change);
        if let Some(condition) = self.root.with_untracked(Part::condition) {
            self.on_change.run(condition);
        }
    }

    /// Changes one part.
    pub(super) fn change(self, id: Id, change: &dyn Fn(&mut Part)) {
        self.edit(&mut |root| {
            if let Some(part) = root.find_mut(id) {
                change(part);
            }
        });
    }

    /// A text of a part.
    pub(super) fn text(self, id: Id, look: fn(&Part) -> String) -> Signal<String> {
        Signal::derive(move || self.part(id, look))
    }

    /// The JSON pointer of a member of a part.
    pub(super) fn pointer(self, id: Id, member: &'static str) -> Signal<String> {
        Signal::derive(move || {
            let at = self.at.get();
            let pointer = self.root.with(|root| root.pointer(id, &at));
            pointer.map_or_else(String::new, |pointer| format!("{pointer}{member}"))
        })
    }

    /// What is wrong with a member of a part.
    pub(super) fn mistake(self, id: Id, member: &'static str) -> Signal<Option<String>> {
        let pointer = self.pointer(id, member);
        Signal::derive(move || self.mistakes.at(&pointer.get()))
    }

    /// What is wrong with the entries of a list of a part.
    pub(super) fn mistakes(self, id: Id, member: &'static str) -> Signal<Vec<(usize, String)>> {
        let pointer = self.pointer(id, member);
        Signal::derive(move || self.mistakes.within(&pointer.get()))
    }

    /// Adds a part to a group, and goes there.
    pub(super) fn add(self, group: Id, part: Part) {
        let fresh = part.id;
        self.edit(&mut |root| edit::add(root, group, part.clone()));
        enter(fresh);
    }

    /// Takes a part out, with a way back where it held something.
    pub(super) fn remove(self, id: Id) {
        let before = self.root.get_untracked();
        let Some(place) = self.with_root(|root| {
            root.place(id).or(Some(edit::Place {
                group: root.id,
                index: 0,
            }))
        }) else {
            return;
        };
        let leaves = self.with_root(|root| root.find(id).map_or(0, Part::leaves));
        self.edit(&mut |root| {
            edit::remove(root, id);
        });
        let next = self.with_root(|root| {
            let group = root.find(place.group).unwrap_or(root);
            let last = group.parts.len().checked_sub(1)?;
            Some(group.parts[place.index.min(last)].id)
        });
        if let Some(next) = next {
            enter(next);
        }
        let words = match leaves {
            1 => "The condition is removed.".to_owned(),
            many => format!("A group of {many} conditions is removed."),
        };
        let back = move || {
            if self.root.try_get_untracked().is_some() {
                self.edit(&mut |root| root.clone_from(&before));
            }
        };
        self.toasts.undoable(words, Box::new(back));
    }

    /// The same again, behind it.
    pub(super) fn duplicate(self, id: Id) {
        let mut fresh = None;
        self.edit(&mut |root| fresh = edit::duplicate(root, id));
        if let Some(fresh) = fresh {
            enter(fresh);
        }
    }

    /// Puts a group's parts in its place.
    pub(super) fn unwrap(self, id: Id) {
        self.edit(&mut |root| edit::unwrap(root, id));
        self.said.set("The group is taken apart.".to_owned());
    }

    /// Moves a part, says where it is now, and keeps the focus with it.
    pub(super) fn shift(self, id: Id, way: Way) {
        let mut moved = false;
        let focused = document().active_element();
        self.edit(&mut |root| moved = edit::shift(root, id, way));
        let words = match self.with_root(|root| where_is(root, id)) {
            Some(words) if moved => format!("Moved: {words}."),
            _ => "It cannot go further.".to_owned(),
        };
        self.said.set(words);
        if !moved {
            return;
        }
        request_animation_frame(move || {
            use wasm_bindgen::JsCast as _;
            let same = focused.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok());
            let kept =
                same.is_some_and(|element| element.is_connected() && element.focus().is_ok());
            if !kept {
                focus_in(&selector(id));
            }
        });
    }

    fn with_root<T>(self, look: impl FnOnce(&Part) -> T) -> T {
        self.root.with_untracked(look)
    }
}

/// Moves the focus to the first text of a part once it is on the page.
fn enter(id: Id) {
    request_animation_frame(move || {
        focus_in(&format!("{} input", selector(id)));
    });
}

fn selector(id: Id) -> String {
    format!("[data-part=\"{id}\"] .clause-body")
}

/// Where a part is, in words: `2 of 3 in all of`.
fn where_is(root: &Part, id: Id) -> Option<String> {
    let place = root.place(id)?;
    let group = root.find(place.group)?;
    let words = join_words(&join_of(group));
    Some(format!(
        "{} of {} in “{words}”",
        place.index + 1,
        group.parts.len()
    ))
}

/// How a group joins its parts, as a choice.
pub(super) fn join_of(group: &Part) -> String {
    let join = match (&group.kind, group.is_negated()) {
        (Kind::Any, false) => "any",
        (Kind::Any, true) => "none",
        (_, false) => "all",
        (_, true) => "not-all",
    };
    join.to_owned()
}

/// Joins a group's parts in another way.
pub(super) fn set_join(group: &mut Part, join: &str) {
    let any = matches!(join, "any" | "none");
    group.kind = if any { Kind::Any } else { Kind::All };
    group.negate(matches!(join, "none" | "not-all"));
}

/// The ways to join, with their words.
pub(super) const JOINS: [(&str, &str); 4] = [
    ("all", "all of"),
    ("any", "any of"),
    ("none", "none of"),
    ("not-all", "not all of"),
];

fn join_words(join: &str) -> &'static str {
    let known = JOINS.iter().find(|(name, _)| *name == join);
    known.map_or("all of", |(_, words)| words)
}
