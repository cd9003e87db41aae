//! Buttons.

use leptos::prelude::*;

use super::icon::{Glyph, Icon};

/// How loud a button is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Look {
    /// The one thing to do.
    Primary,
    /// What else can be done.
    #[default]
    Plain,
    /// Without a frame.
    Quiet,
    /// Takes something away.
    Danger,
}

impl Look {
    fn name(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Plain => "plain",
            Self::Quiet => "quiet",
            Self::Danger => "danger",
        }
    }
}

/// A button with words, and an icon before them where given.
#[component]
pub(crate) fn Button(
    /// What happens.
    #[prop(into)]
    on_click: Callback<()>,
    /// How loud it is.
    #[prop(default = Look::Plain)]
    look: Look,
    /// Before the words.
    #[prop(optional)]
    glyph: Option<Glyph>,
    /// Cannot be pressed now.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// Works on it: disabled, and says so.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// Why it is as it is, on hover.
    #[prop(optional, into)]
    title: Option<String>,
    /// For browser tests.
    #[prop(optional, into)]
    testid: Option<&'static str>,
    /// Smaller, for rows and cards.
    #[prop(optional)]
    small: bool,
    /// The words.
    children: Children,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="button"
            class:small=small
            data-look=look.name()
            data-testid=testid
            title=title
            disabled=move || disabled.get() || busy.get()
            aria-busy=move || busy.get().then_some("true")
            on:click=move |_| on_click.run(())
        >
            {glyph.map(|glyph| view! { <Icon glyph /> })}
            {children()}
        </button>
    }
}

/// A button that submits the form around it.
#[component]
pub(crate) fn SubmitButton(
    /// Cannot be pressed now.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// Works on it.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// How loud it is.
    #[prop(default = Look::Primary)]
    look: Look,
    /// For browser tests.
    #[prop(optional, into)]
    testid: Option<&'static str>,
    /// The words.
    children: Children,
) -> impl IntoView {
    view! {
        <button
            type="submit"
            class="button"
            data-look=look.name()
            data-testid=testid
            disabled=move || disabled.get() || busy.get()
            aria-busy=move || busy.get().then_some("true")
        >
            {children()}
        </button>
    }
}

/// A button that is only an icon; its label is read out and shown on hover.
#[component]
pub(crate) fn IconButton(
    /// What it shows.
    glyph: Glyph,
    /// What it does.
    #[prop(into)]
    label: Signal<String>,
    /// What happens.
    #[prop(into)]
    on_click: Callback<()>,
    /// Cannot be pressed now.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// For browser tests.
    #[prop(optional, into)]
    testid: Option<&'static str>,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="icon-button"
            data-testid=testid
            aria-label=move || label.get()
            title=move || label.get()
            disabled=move || disabled.get()
            on:click=move |_| on_click.run(())
        >
            <Icon glyph />
        </button>
    }
}
