//! The configuration in the order of evaluation: off, prerequisites, targets, rules, default.

use crate::components::show::Show;
use leptos::prelude::*;
use serde_json::Value;
use serin_api::release::Release;
use serin_engine::{
    flag::{FlagConfig, Serve},
    release::{Site, State},
};

use super::{
    LiveReleases,
    editor::{Editor, Rung, json},
    prerequisites::Prerequisites,
    problems::sentence,
    rules::Rules,
    serve_editor::{ServeEditor, ServeWords},
    targets::Targets,
    views::WHOLE,
};
use crate::{
    components::{
        icon::{Glyph, Icon},
        json_editor::JsonEditor,
        owners::Owners,
        segmented::Segmented,
        select::Select,
        variation::name,
    },
    describe::in_use::{ADVICE, owners},
    json_text::typed,
    shell::{ProjectFlags, account::author},
    weights::percent,
};

/// The rungs, from the first that can decide to the last.
#[component]
pub(crate) fn Ladder(arrived: RwSignal<Option<String>>) -> impl IntoView {
    let editor = expect_context::<Editor>();
    let enabled = move || editor.base.with(|base| base.config.document.enabled);
    let raw = Signal::derive(move || editor.views.is_raw(WHOLE));
    let shown = Signal::derive(move || if raw.get() { "json" } else { "form" }.to_owned());
    let show = move |chosen: String| editor.views.show_raw(WHOLE, chosen == "json");
    let rungs = || view! { <Rungs /> }.into_any();
    let dismiss = move |_| arrived.set(None);
    let news = move || {
        arrived.get().map(|who| {
            view! {
                <div class="notice small arrived" role="status">
                    <Icon glyph=Glyph::User />
                    <p class="grow">{format!("{} just changed this flag. You see it as it is now; your own edits are kept.", author(&who))}</p>
                    <button type="button" class="link" on:click=dismiss>"OK"</button>
                </div>
            }
        })
    };
    view! {
        <section class="card ladder" class:resting=move || !enabled() aria-label="Targeting, in order of evaluation">
            {news}
            <header class="ladder-head">
                <span class="tiny muted">"Asked from top to bottom; the first that fits decides."</span>
                <span class="push"><Segmented label="How the targeting is shown" options=vec![("form", "Form"), ("json", "JSON")] value=shown on_change=show /></span>
            </header>
            <Show when=raw fallback=rungs><WholeJson /></Show>
        </section>
    }
}

/// The configuration as a form.
#[component]
fn Rungs() -> impl IntoView {
    let editor = expect_context::<Editor>();
    let enabled = move || editor.base.with(|base| base.config.document.enabled);
    let prerequisites = Memo::new(move |_| {
        editor
            .config
            .with(|config| !config.prerequisites.is_empty())
    });
    view! {
        <ol class="rungs">
            <RungFrame rung=Signal::stored(Rung::Off) title="When off" active=Signal::derive(move || !enabled())>
                <OffRung />
            </RungFrame>
            <RungFrame rung=Signal::stored(Rung::Prerequisite(String::new())) title="Prerequisites" quiet=Signal::derive(move || !prerequisites.get())>
                <Prerequisites />
            </RungFrame>
            <RungFrame rung=Signal::stored(Rung::Targets) title="Targets" quiet=Signal::derive(move || editor.config.with(|config| config.targets.is_empty()))>
                <Targets />
            </RungFrame>
            <Rules />
            <RungFrame rung=Signal::stored(Rung::Default) title="Default" active=Signal::derive(enabled)>
                <DefaultRung />
            </RungFrame>
        </ol>
    }
}

/// The configuration as JSON.
#[component]
fn WholeJson() -> impl IntoView {
    let editor = expect_context::<Editor>();
    let on_change = move |value: Value| {
        let config: FlagConfig = typed(&value)?;
        editor.config.set(config);
        Ok(())
    };
    let mistakes = Signal::derive(move || {
        let problems = editor.problems().into_iter();
        let known = problems.filter(|problem| !problem.path.is_empty());
        known.map(|it| sentence(&it)).collect::<Vec<_>>()
    });
    let flags = expect_context::<ProjectFlags>();
    let moved = move || {
        let (key, environment) = (editor.key(), editor.place.environment.get());
        let live = flags
            .0
            .with(|flags| owners(flags, &key, Some(&environment)));
        let live = live.filter(|live| !live.is_empty())?;
        Some(view! {
            <div class="notice small" data-tone="accent" data-testid="json-moved">
                <Icon glyph=Glyph::Release />
                <div class="stack-s">
                    <p>"A release moves a part of this. An edit of what it serves there is refused:"</p>
                    <Owners of=live />
                    <p>{ADVICE}</p>
                </div>
            </div>
        })
    };
    view! {
        <div class="ladder-json stack">
            {moved}
            <JsonEditor
                label="Targeting as JSON"
                value=Signal::derive(move || editor.config.with(json))
                on_change
                texts=editor.views.texts
                name=WHOLE
                mistakes
                at="/"
                disabled=Signal::derive(move || editor.locked())
            />
        </div>
    }
}

/// One rung: its title beside what it holds; it lights up where a preview ends on it.
#[component]
pub(crate) fn RungFrame(
    rung: Signal<Rung>,
    #[prop(into)] title: String,
    /// Has a bearing on what is served now.
    #[prop(optional, into)]
    active: Signal<bool>,
    /// Holds nothing.
    #[prop(optional, into)]
    quiet: Signal<bool>,
    children: Children,
) -> impl IntoView {
    let editor = expect_context::<Editor>();
    let lit = move || {
        editor.lit.with(|lit| match (lit, rung.get()) {
            (Some(Rung::Prerequisite(_)), Rung::Prerequisite(_)) => true,
            (Some(lit), rung) => *lit == rung,
            (None, _) => false,
        })
    };
    view! {
        <li class="rung" class:lit=lit class:active=move || active.get() class:quiet=move || quiet.get()>
            <h2 class="rung-title">
                {title}
                {move || lit().then(|| {
                    let who = editor.lit_for.get();
                    view! { <span class="rung-here">{if who.is_empty() { "decides".to_owned() } else { format!("decides for {who}") }}</span> }
                })}
            </h2>
            <div class="rung-body">{children()}</div>
        </li>
    }
}

#[component]
fn OffRung() -> impl IntoView {
    let editor = expect_context::<Editor>();
    let options = Signal::derive(move || {
        editor.definition.with(|definition| {
            let variations = definition
                .variations
                .iter()
                .map(|v| (v.key.clone(), name(definition, &v.key)));
            variations
                .chain([(String::new(), "the caller's own default".to_owned())])
                .collect::<Vec<_>>()
        })
    });
    let value = Signal::derive(move || {
        editor
            .config
            .with(|config| config.off.clone().unwrap_or_default())
    });
    let choose = move |key: String| {
        editor
            .config
            .update(|config| config.off = Some(key).filter(|key| !key.is_empty()));
    };
    view! {
        <div class="sentence">
            <span>"everyone gets"</span>
            <span class="inline-select">
                <Select options value on_change=choose label="Served when off" disabled=Signal::derive(move || editor.locked()) testid="off-select" />
            </span>
        </div>
    }
}

#[component]
fn DefaultRung() -> impl IntoView {
    let editor = expect_context::<Editor>();
    let owner = release_of(Site::Default);
    let serve = Signal::derive(move || editor.config.with(|config| config.default.clone()));
    let on_change = move |serve: Serve| editor.config.update(|config| config.default = serve);
    view! {
        <div class="sentence"><span>"everyone else gets"</span></div>
        <OwnedServe label="Default serves" owner serve on_change at=Signal::stored("/default".to_owned()) />
    }
}

/// A serve that is edited, unless a live release owns it.
#[component]
pub(crate) fn OwnedServe(
    #[prop(into)] label: String,
    owner: Memo<Option<Release>>,
    serve: Signal<Serve>,
    #[prop(into)] on_change: Callback<Serve>,
    /// Its JSON pointer in the configuration.
    at: Signal<String>,
) -> impl IntoView {
    let editor = expect_context::<Editor>();
    let owned = Memo::new(move |_| owner.with(Option::is_some));
    let free = move || {
        view! { <ServeEditor label=label.clone() serve on_change at disabled=Signal::derive(move || editor.locked()) /> }
    };
    let notice = move || view! { <Moved owner /> <ServeWords serve /> };
    view! {
        <Show when=move || owned.get() fallback=free>{notice()}</Show>
    }
}

/// Says that a live release moves a serve, and how far it is.
#[component]
pub(crate) fn Moved(owner: Memo<Option<Release>>) -> impl IntoView {
    let editor = expect_context::<Editor>();
    move || {
        owner.get().map(|release| {
            let at = match &release.state {
                State::Running(position) | State::Paused(position) | State::Held(position) => {
                    position.stage + 1
                }
                _ => 0,
            };
            let share = release.weight.map(|weight| percent((weight * 1000.0).round() as u32)).unwrap_or_default();
            let candidate = editor.definition.with(|definition| name(definition, &release.document.candidate));
            let words = format!("A release moves this: stage {at} of {}, {share} get {candidate}.", release.document.stages.len());
            view! {
                <div class="notice small" data-tone="accent">
                    <Icon glyph=Glyph::Release />
                    <p class="grow">
                        {words}
                        " "
                        <a class="link" href=move || editor.place.path(&format!("releases/{}", release.id))>"Open the release"</a>
                    </p>
                </div>
            }
        })
    }
}

/// The live release that owns a serve.
pub(crate) fn release_of(site: Site) -> Memo<Option<Release>> {
    let releases = expect_context::<LiveReleases>().0;
    Memo::new(move |_| {
        releases
            .with(|releases| {
                let live = |release: &&Release| release.state.is_live();
                releases
                    .iter()
                    .filter(live)
                    .find(|release| release.document.site == site)
                    .cloned()
            })
            .flatten()
    })
}
