//! Another flag and the variations that it must serve: a condition, or a prerequisite.

use leptos::prelude::*;

use crate::{
    components::combobox::Combobox,
    conditions::{Mistakes, Vocabulary},
};

/// A flag, what stands between, and its variations.
#[component]
pub(crate) fn Requirement(
    /// The flag's key.
    #[prop(into)]
    flag: Signal<String>,
    /// Any of these will do.
    #[prop(into)]
    variations: Signal<Vec<String>>,
    /// Both after an edit.
    #[prop(into)]
    on_change: Callback<(String, Vec<String>)>,
    /// A flag that cannot be chosen: the one that is edited.
    #[prop(optional, into)]
    but: Signal<String>,
    /// Cannot be edited.
    disabled: Signal<bool>,
    /// The JSON pointer of what has both as members.
    at: Signal<String>,
    /// What is wrong with the flag.
    #[prop(optional, into)]
    mistake: Signal<Option<String>>,
    /// Between flag and variations: "serves".
    children: Children,
) -> impl IntoView {
    let vocabulary = Vocabulary::current();
    let mistakes = Mistakes::current();
    let options = Signal::derive(move || {
        let own = but.get();
        let all = vocabulary.flags().into_iter();
        all.filter(|(key, _)| *key != own).collect::<Vec<_>>()
    });
    let choose = move |key: String| {
        // What both flags have stays chosen.
        let theirs = untrack(|| vocabulary.variations(&key));
        let mut chosen = variations.get_untracked();
        chosen.retain(|name| theirs.contains(name));
        on_change.run((key, chosen));
    };
    let wrong = Signal::derive(move || {
        let at = format!("{}/variations", at.get());
        mistakes.at(&at).is_some() || !mistakes.within(&at).is_empty()
    });
    let choices = move || {
        let known = vocabulary.variations(&flag.get());
        let chosen = variations.get();
        // What is chosen is there before the list has come, and after a variation went.
        let gone = chosen
            .into_iter()
            .filter(|name| !known.contains(name))
            .collect::<Vec<_>>();
        let chip = |name: String| {
            let (shown, mine) = (name.clone(), name.clone());
            let pressed = move || variations.with(|all| all.contains(&mine));
            let also_pressed = pressed.clone();
            let toggle = move |_| {
                let mut all = variations.get_untracked();
                match all.iter().position(|other| *other == name) {
                    Some(at) => drop(all.remove(at)),
                    None => all.push(name.clone()),
                }
                on_change.run((flag.get_untracked(), all));
            };
            view! {
                <button
                    type="button"
                    class="filter-chip"
                    class:active=pressed
                    aria-pressed=move || if also_pressed() { "true" } else { "false" }
                    data-testid="required-variation"
                    disabled=move || disabled.get()
                    on:click=toggle
                >
                    {shown}
                </button>
            }
        };
        known.iter().cloned().chain(gone).map(chip).collect_view()
    };
    view! {
        <span class="clause-attribute">
            <Combobox
                label="Flag"
                value=flag
                on_change=choose
                options
                placeholder="choose a flag"
                disabled
                mistake
                at=Signal::derive(move || format!("{}/flag", at.get()))
                testid="required-flag"
            />
        </span>
        {children()}
        <span
            class="chips"
            class:wrong=wrong
            role="group"
            aria-label="Any of these variations"
            data-at=move || format!("{}/variations", at.get())
        >
            {choices}
        </span>
    }
}
