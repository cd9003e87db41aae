//! The flag's name, its switch and what can be done with it as a whole.

use leptos::prelude::*;
use serin_engine::flag::FlagConfig;

use super::{archive::ArchiveDialog, editor::Editor};
use crate::{
    components::{
        badge::{Badge, Tone},
        copy::CopyButton,
        icon::{Glyph, Icon},
        menu::Menu,
        switch::Switch,
        time::Time,
    },
    pages::toggle::{Toggler, Wish},
    serving,
    shell::account::author,
    variations::kind_name,
};

/// The head of the page.
#[component]
pub(crate) fn Head(arrived: RwSignal<Option<String>>) -> impl IntoView {
    let editor = expect_context::<Editor>();
    let archiving = RwSignal::new(false);
    let archived = Memo::new(move |_| editor.base.with(|base| base.definition.document.archived));
    let changed = Memo::new(move |_| editor.base.with(|base| base.last_change()));
    let kind = move || {
        editor
            .base
            .with(|base| kind_name(base.definition.document.kind))
    };
    let client_visible = move || {
        editor
            .base
            .with(|base| base.definition.document.client_visible)
    };
    let description = move || {
        editor
            .base
            .with(|base| base.definition.document.description.clone())
    };
    // While projects load nobody knows.
    let only_looks = move || editor.place.project_details().is_some() && !editor.place.can_edit();
    let more = || view! { <Icon glyph=Glyph::More /> };
    view! {
        <header class="flag-top">
            <div class="stack-s grow">
                <div class="row wrap">
                    <h1 tabindex="-1" data-testid="flag-name">{move || editor.name()}</h1>
                    <Badge>{kind()}</Badge>
                    {move || client_visible().then(|| view! { <Badge>"client-visible"</Badge> })}
                    {move || archived.get().then(|| view! { <Badge tone=Tone::Warn>"archived"</Badge> })}
                </div>
                <div class="row small faint wrap">
                    <span class="mono">{editor.key()}</span>
                    <CopyButton text=Signal::derive(move || editor.key()) what="key" />
                    <span class="arrived-line" class:arrived=move || arrived.get().is_some()>
                        "changed by "
                        {move || by(editor, &changed.get().0)}
                        " "
                        <Time at=Signal::derive(move || changed.get().1) />
                    </span>
                </div>
                {move || description().map(|text| view! { <p class="muted flag-description">{text}</p> })}
                {move || only_looks().then(|| view! {
                    <p class="row small muted" data-testid="may-look">
                        <Icon glyph=Glyph::Eye />
                        "You may look at this flag. Editing it takes the role editor."
                    </p>
                })}
            </div>
            <MainSwitch />
            <Menu trigger=ViewFn::from(more) label="More" class="icon-button" end=true testid="flag-menu">
                <button
                    type="button"
                    class="menu-item"
                    class:bad=move || !archived.get()
                    data-closes
                    data-testid="archive-flag"
                    disabled=move || !editor.place.can_edit()
                    on:click=move |_| archiving.set(true)
                >
                    <Icon glyph=Glyph::Archive />
                    {move || if archived.get() { "Take out of the archive…" } else { "Archive…" }}
                </button>
            </Menu>
        </header>
        <ArchiveDialog open=archiving archived />
    }
}

/// Who changed it: a person's name, or the way to the release that did.
fn by(editor: Editor, who: &str) -> AnyView {
    match who.strip_prefix("release:") {
        Some(id) => {
            let page = format!("releases/{id}");
            view! { <a class="link" href=move || editor.place.path(&page)>{author(who)}</a> }
                .into_any()
        }
        None => view! { <span class="muted">{author(who)}</span> }.into_any(),
    }
}

#[component]
fn MainSwitch() -> impl IntoView {
    let editor = expect_context::<Editor>();
    let toggler = expect_context::<Toggler>();
    let shown = move || {
        toggler.shown(
            &editor.key(),
            editor.base.with(|base| base.config.document.enabled),
        )
    };
    let environment = move || {
        editor
            .place
            .environment_details()
            .map_or_else(String::new, |environment| environment.name)
    };
    let color = move || {
        editor
            .place
            .environment_details()
            .map(|environment| environment.color)
    };
    let toggle = move |enabled: bool| {
        let base = editor.base.get_untracked();
        let after = FlagConfig {
            enabled,
            ..base.config.document
        };
        toggler.wish(Wish {
            key: base.definition.key.clone(),
            name: untrack(|| editor.name()),
            enabled,
            version: base.config.version,
            effect: serving::effect(&base.definition.document, &after),
        });
    };
    view! {
        <div class="main-switch" data-color=color data-on=move || if shown() { "true" } else { "false" }>
            <span class="stack-s">
                <span class="strong">{move || if shown() { "On" } else { "Off" }}</span>
                <span class="tiny main-switch-place">{move || format!("in {}", environment())}</span>
            </span>
            <Switch
                checked=Signal::derive(shown)
                label=Signal::derive(move || format!("{} on in {}", editor.name(), environment()))
                on_change=toggle
                disabled=Signal::derive(move || editor.locked())
                testid="flag-toggle"
                large=true
            />
        </div>
    }
}
