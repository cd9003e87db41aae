//! The person, the theme and the way out.

use leptos::prelude::*;

use crate::{
    client,
    components::{
        icon::{Glyph, Icon},
        menu::Menu,
        toast::Toasts,
    },
    pages::flag::forget_examples,
    session::{CurrentSession, Known},
};

const THEME: &str = "serin.theme";

/// The account menu.
#[component]
pub(crate) fn Account() -> impl IntoView {
    let session = expect_context::<CurrentSession>();
    let toasts = Toasts::current();
    let name = Signal::derive(move || session.user().map_or_else(String::new, |user| user.name));
    let sign_out = move || {
        crate::reactive::spawn(async move {
            match client::sign_out().await {
                Ok(()) => {
                    forget_examples();
                    session.0.set(Known::Nobody);
                }
                Err(error) => toasts.fail("Signing out failed", &error),
            }
        });
    };
    let theme = RwSignal::new(chosen_theme());
    let choose = move |choice: &'static str| {
        theme.set(choice.to_owned());
        apply_theme(choice);
    };
    let themes = [
        ("system", "As the system", Glyph::Settings),
        ("light", "Light", Glyph::Sun),
        ("dark", "Dark", Glyph::Moon),
    ];
    let trigger = move || view! { <Avatar name /> };
    view! {
        <Menu trigger=ViewFn::from(trigger) label="Account" class="account-trigger" end=true>
            <p class="menu-heading">{move || format!("Signed in as {}", name.get())}</p>
            <hr class="menu-line" />
            <p class="menu-heading">"Appearance"</p>
            {themes
                .into_iter()
                .map(|(key, words, glyph)| {
                    let chosen = move || theme.get() == key;
                    view! {
                        <button
                            type="button"
                            class="menu-item"
                            aria-pressed=move || if chosen() { "true" } else { "false" }
                            on:click=move |_| choose(key)
                        >
                            <Icon glyph />
                            {words}
                            <span class="push">
                                {move || chosen().then(|| view! { <Icon glyph=Glyph::Check /> })}
                            </span>
                        </button>
                    }
                })
                .collect_view()}
            <hr class="menu-line" />
            <button type="button" class="menu-item" data-closes on:click=move |_| sign_out()>
                <Icon glyph=Glyph::SignOut />
                "Sign out"
            </button>
        </Menu>
    }
}

/// Who did something, for people: a release's own steps carry its id.
pub(crate) fn author(name: &str) -> String {
    match name.split_once(':') {
        Some(("release", _)) => "a release".to_owned(),
        _ => name.to_owned(),
    }
}

/// A person's first letters.
#[component]
pub(crate) fn Avatar(
    /// The person's name.
    #[prop(into)]
    name: Signal<String>,
    /// Beside a line of text.
    #[prop(optional)]
    tiny: bool,
) -> impl IntoView {
    view! { <span class="avatar" class:tiny=tiny aria-hidden="true">{move || initials(&name.get())}</span> }
}

/// One letter for one word, two for more.
fn initials(name: &str) -> String {
    let mut words = name
        .split([' ', '.', '-', '_'])
        .filter_map(|word| word.chars().next());
    words.next().into_iter().chain(words.next()).collect()
}

fn chosen_theme() -> String {
    let storage = window().local_storage().ok().flatten();
    storage
        .and_then(|storage| storage.get_item(THEME).ok().flatten())
        .unwrap_or_else(|| "system".to_owned())
}

/// Where storage is forbidden the choice lasts for this page.
fn apply_theme(theme: &str) {
    let storage = window().local_storage().ok().flatten();
    let Some(root) = document().document_element() else {
        return;
    };
    if theme == "system" {
        let _ = root.remove_attribute("data-theme");
        let _ = storage.map(|storage| storage.remove_item(THEME));
    } else {
        let _ = root.set_attribute("data-theme", theme);
        let _ = storage.map(|storage| storage.set_item(THEME, theme));
    }
}

#[cfg(test)]
mod tests {
    use super::{author, initials};

    #[test]
    fn releases_are_not_called_by_their_ids() {
        assert_eq!(["ada", "release:01a1"].map(author), ["ada", "a release"]);
    }

    #[test]
    fn first_letters() {
        assert_eq!(
            ["Ada Lovelace", "admin", "mary.ann-smith", ""].map(initials),
            ["AL", "a", "ma", ""]
        );
    }
}
