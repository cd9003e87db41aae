//! Who changed what of a flag or segment, when and why; and going back.

use leptos::prelude::*;
use serin_api::{
    change::{AppliedChange, ChangeSet},
    entity::EntityKind,
    page::Page,
};

use crate::{
    client,
    components::{
        badge::Tone,
        button::{Button, Look},
        each::{Each, entry},
        icon::{Glyph, Icon},
        loaded::loaded,
        show::Show,
        skeleton::SkeletonRows,
        time::Time,
        toast::Toasts,
    },
    describe::change::sentences,
    live::Live,
    place::{Place, address},
    query::Query,
    shell::account::{Avatar, author},
};

/// Puts what was before the given changes back, as edits to be reviewed.
pub(crate) type Restore = Callback<Vec<AppliedChange>>;

/// What the entries of a history have in common.
#[derive(Clone, Copy)]
struct Subject {
    place: Place,
    key: StoredValue<String>,
    kinds: &'static [EntityKind],
    restore: Option<Restore>,
    locked: Signal<bool>,
}

/// The changes of what has a key, the newest first.
#[component]
pub(crate) fn History(
    /// The key that changes name.
    key: String,
    /// What kinds of entities with the key are meant.
    kinds: &'static [EntityKind],
    /// Tracked: what this page itself saved is in the history before its echo is heard.
    #[prop(into)]
    saved: Callback<()>,
    /// How to go back; where absent, it is not offered.
    #[prop(optional, into)]
    restore: Option<Restore>,
    /// Whether going back is not allowed now.
    #[prop(optional, into)]
    locked: Signal<bool>,
) -> impl IntoView {
    let place = Place::current();
    provide_context(Subject {
        place,
        key: StoredValue::new(key.clone()),
        kinds,
        restore,
        locked,
    });
    let at = {
        let key = key.clone();
        move || Some((place.project.get(), key.clone()))
    };
    let history = Query::new(at, |(project, key)| async move {
        client::key_history(&project, &key, None).await
    });
    expect_context::<Live>()
        .on_entities(kinds, Some(Signal::stored(key)), move |_| history.refetch());
    crate::reactive::effect(move || {
        saved.run(());
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
    let subject = expect_context::<Subject>();
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
            subject.place.project.get_untracked(),
            subject.key.get_value(),
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
        all.retain(|set| set.changes.iter().any(|change| subject.is_of(change)));
        all
    };
    let rows = move || {
        let sets = entries().into_iter();
        sets.map(|set| entry(set.id, move || view! { <Entry set /> }.into_any()))
            .collect()
    };
    view! {
        <ol class="key-history">
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
    let subject = expect_context::<Subject>();
    let toasts = Toasts::current();
    let environment = subject.place.environment.get_untracked();
    let about: Vec<AppliedChange> = set
        .changes
        .iter()
        .filter(|change| subject.is_of(change))
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
                <div class="key-history-json">
                    <div><span class="tiny faint">"before"</span><pre tabindex="0">{pretty(&change.before)}</pre></div>
                    <div><span class="tiny faint">"after"</span><pre tabindex="0">{pretty(&change.after)}</pre></div>
                </div>
            }
        })
        .collect_view();
    let revertible = revertible && subject.restore.is_some();
    let restore = move |()| {
        if let Some(restore) = subject.restore {
            restore.run(concerned.clone());
        }
        toasts.say(
            Tone::Neutral,
            "The earlier state is in the editor. Review it and save.",
        );
    };
    let who = author(&set.author);
    let release = set.author.strip_prefix("release:").map(|id| {
        let within = set
            .changes
            .iter()
            .find_map(|change| change.environment.clone());
        let within = within.unwrap_or_else(|| environment.clone());
        let project = subject.place.project.get_untracked();
        let href = address(&project, &within, &format!("releases/{id}"));
        view! { <a class="link tiny" href=href>"Open it"</a> " " }
    });
    view! {
        <li class="key-history-entry" data-testid="history-entry">
            <Avatar name=who.clone() tiny=true />
            <div class="stack-s grow">
                <p class="small">
                    <span class="strong">{who}</span>
                    " "
                    {release}
                    <span class="faint tiny"><Time at=set.applied_at /></span>
                </p>
                <ul class="small key-history-said">
                    {said.into_iter().map(sentence_line).collect_view()}
                </ul>
                {set.reason.map(|reason| view! { <p class="key-history-reason small">{reason}</p> })}
                {(more > 0).then(|| view! { <p class="tiny faint">{format!("and {more} more in the same change")}</p> })}
                <details class="key-history-details">
                    <summary class="tiny faint">
                        <Icon glyph=Glyph::ChevronRight size=10 />
                        "Details"
                    </summary>
                    {json}
                    <Show when=move || revertible && !subject.locked.get()>
                        <Button look=Look::Plain small=true glyph=Glyph::Undo on_click=restore.clone() testid="revert">"Restore what was before"</Button>
                    </Show>
                </details>
            </div>
        </li>
    }
}

impl Subject {
    /// Whether a change is of it, in whatever environment.
    fn is_of(&self, change: &AppliedChange) -> bool {
        self.kinds.contains(&change.kind) && self.key.with_value(|key| change.key == *key)
    }
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
