//! How the parts of a configuration are looked at: read, edited, or as JSON.

use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast as _;

use crate::{
    conditions::{Mistakes, focus, focus_in},
    engine::Mistake,
    json_text::Texts,
};

/// The name of the whole configuration among the texts.
pub(crate) const WHOLE: &str = "";

/// What is open, by the ids of rules.
#[derive(Clone, Copy)]
pub(crate) struct Views {
    /// The rules that are edited.
    open: RwSignal<Vec<String>>,
    /// What is shown as JSON; [`WHOLE`] is everything.
    raw: RwSignal<Vec<String>>,
    /// What was typed as JSON.
    pub(crate) texts: RwSignal<Texts>,
    /// What the engine finds wrong.
    pub(crate) mistakes: Mistakes,
    /// The place in the document where somebody last was.
    last: StoredValue<String>,
}

impl Views {
    pub(crate) fn new() -> Self {
        Self {
            open: RwSignal::new(Vec::new()),
            raw: RwSignal::new(Vec::new()),
            texts: RwSignal::new(Vec::new()),
            mistakes: Mistakes::provide(),
            last: StoredValue::new(String::new()),
        }
    }

    /// Whether a rule is edited, tracked.
    pub(crate) fn is_open(self, rule: &str) -> bool {
        self.open.with(|open| open.iter().any(|id| id == rule))
    }

    /// Edits a rule, or reads it only.
    pub(crate) fn open(self, rule: &str, open: bool) {
        put(self.open, rule, open);
    }

    /// Whether something is shown as JSON, tracked.
    pub(crate) fn is_raw(self, name: &str) -> bool {
        self.raw.with(|raw| raw.iter().any(|other| other == name))
    }

    /// Shows it as JSON, or as a form again.
    pub(crate) fn show_raw(self, name: &str, raw: bool) {
        put(self.raw, name, raw);
    }

    /// Drops the texts, as when all edits are dropped.
    pub(crate) fn forget(self) {
        self.texts.set(Vec::new());
        self.mistakes.0.set(Vec::new());
    }

    /// Remembers where somebody is.
    pub(crate) fn remember(self, event: &ev::FocusEvent) {
        let at = event.target().and_then(|target| {
            let target = target.dyn_into::<web_sys::Element>().ok()?;
            let placed = target.closest("[data-at]").ok().flatten()?;
            placed.get_attribute("data-at")
        });
        self.last.set_value(at.unwrap_or_default());
    }

    /// Goes back there once what has the focus is gone, or else to the flag's name.
    pub(crate) fn return_focus(self) {
        let last = self.last.get_value();
        let there = move || {
            if !last.is_empty() {
                focus(&last);
            }
            let lost = document().active_element();
            if lost.is_none_or(|element| element.tag_name() == "BODY") {
                focus_in("[data-testid=flag-name]");
            }
        };
        // Once for a dialog to close, once for what it gave the focus back to, to go.
        request_animation_frame(move || request_animation_frame(there));
    }

    /// Shows the place of a problem and moves the focus there.
    pub(crate) fn go(self, problem: &Mistake, rules: &[String]) {
        let mut steps = problem.path.split('/').skip(1);
        if let (Some("rules"), Some(index)) = (steps.next(), steps.next())
            && let Some(rule) = index.parse::<usize>().ok().and_then(|at| rules.get(at))
        {
            self.open(rule, true);
            // A text that cannot be read is to be seen, whichever view is on.
            if problem.code == BROKEN {
                self.show_raw(rule, true);
            }
        }
        // The text of the whole stands where the form does.
        let whole = problem.path.is_empty() && problem.code == BROKEN;
        if whole || !problem.path.is_empty() {
            self.show_raw(WHOLE, whole);
        }
        let path = if whole { "/" } else { &problem.path }.to_owned();
        // Once for the view to open, once for what is in it.
        request_animation_frame(move || request_animation_frame(move || focus(&path)));
    }
}

/// The code of a text that cannot be read.
pub(crate) const BROKEN: &str = "broken";

fn put(list: RwSignal<Vec<String>>, name: &str, there: bool) {
    list.update(|list| {
        list.retain(|other| other != name);
        if there {
            list.push(name.to_owned());
        }
    });
}
