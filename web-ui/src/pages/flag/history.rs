//! Who changed what, when and why; and going back.

use crate::components::each::{Each, entry};
use crate::components::show::Show;
use leptos::prelude::*;
use serin_api::{
    change::{AppliedChange, ChangeSet},
    entity::EntityKind,
    page::Page,
};
use serin_engine::json::read;

use super::{KINDS, editor::Editor};
use crate::{
    client,
    components::{
        badge::Tone,
        button::{Button, Look},
        icon::{Glyph, Icon},
        loaded::loaded,
        skeleton::SkeletonRows,
        time::Time,
        toast::Toasts,
    },
    describe::change::sentences,
    live::Live,
    query::Query,
    shell::account::{Avatar, author},
};

/// The newest changes first.
#[component]
pub(crate) fn History() -> impl IntoView {
    let editor = expect_context::<Editor>();
    let key = untrack(|| editor.key());
    let at = {
        let key = key.clone();
        move || Some((editor.place.project.get(), key.clone()))
    };
    let history = Query::new(at, |(project, key)| async move {
        client::key_history(&project, &key, None).await
    });
    expect_context::<Live>()
        .on_entities(KINDS, Some(Signal::stored(key)), move |_| history.refetch());
    crate::reactive::effect(move || {
        // A save of this page is in the history before its echo is heard.
        editor.base.track();
        history.refetch();
    });
    let ready = move |page: RwSignal<Page<ChangeSet>>| view! { <Entries page /> }.into_any();
    view! {
        <section class="card" aria-labelledby="history-title">
            <div class="card-head"><h2 id="history-title">"History"</h2></div>
            <div class="card-body">{loaded(history, || view! { <SkeletonRows count=3 /> }.into_any(), ready)}</div>
        </section>
    }
}

#[component]
fn Entries(page: RwSignal<Page<ChangeSet>>) -> impl IntoView {
    let editor = expect_context::<Editor>();
    let older = RwSignal::new(Vec::<ChangeSet>::new());
    let next = RwSignal::new(None::<Option<String>>);
    let toasts = Toasts::current();
    let cursor = move || {
        next.get()
            .unwrap_or_else(|| page.with(|page| page.next_cursor.clone()))
    };
    let more = move |()| {
        let Some(cursor) = untrack(cursor) else {
            return;
        };
        let (project, key) = (
            editor.place.project.get_untracked(),
            untrack(|| editor.key()),
        );
        crate::reactive::spawn(async move {
            match client::key_history(&project, &key, Some(&cursor)).await {
                Ok(page) => {
                    older.update(|older| older.extend(page.items));
                    next.set(Some(page.next_cursor));
                }
                Err(error) => toasts.fail("Older changes could not be read", &error),
            }
        });
    };
    let entries = move || {
        let mut all = page.with(|page| page.items.clone());
        let known: Vec<_> = all.iter().map(|set| set.id).collect();
        all.extend(
            older
                .get()
                .into_iter()
                .filter(|set| !known.contains(&set.id)),
        );
        let key = untrack(|| editor.key());
        all.retain(|set| set.changes.iter().any(|change| is_about(change, &key)));
        all
    };
    let rows = move || {
        let sets = entries().into_iter();
        sets.map(|set| entry(set.id, move || view! { <Entry set /> }.into_any()))
            .collect()
    };
    view! {
        <ol class="flag-history">
            <Each of=rows />
        </ol>
        <Show when=move || page.with(|page| page.items.is_empty())>
            <p class="small faint">"No change yet."</p>
        </Show>
        <Show when=move || cursor().is_some()>
            <Button look=Look::Quiet small=true on_click=more>"Show older changes"</Button>
        </Show>
    }
}

#[component]
fn Entry(set: ChangeSet) -> impl IntoView {
    let editor = expect_context::<Editor>();
    let toasts = Toasts::current();
    let (key, environment) = (
        untrack(|| editor.key()),
        editor.place.environment.get_untracked(),
    );
    let about: Vec<AppliedChange> = set
        .changes
        .iter()
        .filter(|change| is_about(change, &key))
        .cloned()
        .collect();
    let elsewhere = |change: &AppliedChange| {
        change
            .environment
            .clone()
            .filter(|other| *other != environment)
    };
    let said: Vec<(Option<String>, String)> = about
        .iter()
        .flat_map(|change| {
            sentences(change)
                .into_iter()
                .map(|sentence| (elsewhere(change), sentence))
        })
        .collect();
    let more = set.changes.len() - about.len();
    let concerned: Vec<AppliedChange> = about
        .into_iter()
        .filter(|change| elsewhere(change).is_none())
        .collect();
    let revertible = concerned.iter().any(|change| change.before.is_some());
    let json = concerned
        .iter()
        .map(|change| {
            let pretty = |value: &Option<serde_json::Value>| value.as_ref().and_then(|value| serde_json::to_string_pretty(value).ok()).unwrap_or_else(|| "nothing".to_owned());
            view! {
                <div class="flag-history-json">
                    <div><span class="tiny faint">"before"</span><pre tabindex="0">{pretty(&change.before)}</pre></div>
                    <div><span class="tiny faint">"after"</span><pre tabindex="0">{pretty(&change.after)}</pre></div>
                </div>
            }
        })
        .collect_view();
    let restore = move |()| {
        restore(editor, &concerned);
        toasts.say(
            Tone::Neutral,
            "The earlier state is in the editor. Review it and save.",
        );
    };
    let who = author(&set.author);
    view! {
        <li class="flag-history-entry" data-testid="history-entry">
            <Avatar name=who.clone() tiny=true />
            <div class="stack-s grow">
                <p class="small">
                    <span class="strong">{who}</span>
                    " "
                    <span class="faint tiny"><Time at=set.applied_at /></span>
                </p>
                <ul class="small flag-history-said">
                    {said.into_iter().map(sentence_line).collect_view()}
                </ul>
                {set.reason.map(|reason| view! { <p class="flag-history-reason small">{reason}</p> })}
                {(more > 0).then(|| view! { <p class="tiny faint">{format!("and {more} more in the same change")}</p> })}
                <details class="flag-history-details">
                    <summary class="tiny faint">
                        <Icon glyph=Glyph::ChevronRight size=10 />
                        "Details"
                    </summary>
                    {json}
                    <Show when=move || revertible && !editor.locked()>
                        <Button look=Look::Plain small=true glyph=Glyph::Undo on_click=restore.clone() testid="revert">"Restore what was before"</Button>
                    </Show>
                </details>
            </div>
        </li>
    }
}

/// Whether a change is one of the flag's, in whatever environment.
fn is_about(change: &AppliedChange, key: &str) -> bool {
    change.key == key && KINDS.contains(&change.kind)
}

/// A sentence, with the environment before it where it is another one.
fn sentence_line((elsewhere, sentence): (Option<String>, String)) -> impl IntoView {
    view! {
        <li>
            {elsewhere.map(|environment| view! { <span class="tag">{environment}</span> " " })}
            {sentence}
        </li>
    }
}

/// Puts what was before into the editor, as edits to be reviewed.
fn restore(editor: Editor, changes: &[AppliedChange]) {
    let (mut definition, mut config) = (
        editor.definition.get_untracked(),
        editor.config.get_untracked(),
    );
    for change in changes {
        let Some(before) = change.before.clone() else {
            continue;
        };
        match change.kind {
            EntityKind::Flag => {
                if let Ok(before) = read(before) {
                    definition = before;
                }
            }
            EntityKind::FlagConfig => {
                if let Ok(before) = read(before) {
                    config = before;
                }
            }
            _ => {}
        }
    }
    editor.show(definition, config);
}
