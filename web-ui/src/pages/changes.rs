//! What changed in this environment and its project, as sentences.

use crate::components::each::{Each, entry};
use crate::components::show::Show;
use leptos::prelude::*;
use serin_api::{
    change::{AppliedChange, ChangeSet},
    entity::EntityKind,
    paths::encode,
};

use crate::{
    client::{self, ChangeQuery},
    components::{
        button::Button, empty::Empty, field::TextInput, icon::Glyph, json_view::JsonFold,
        loaded::loaded, segmented::Segmented, skeleton::SkeletonRows, time::Time,
    },
    describe::{self, count},
    live::{Live, News},
    paging::{Listing, read_pages},
    place::Place,
    query::Query,
    router::Router,
    shell::account::Avatar,
};

/// How many changes of one set are told before the rest is folded away.
const SHOWN: usize = 6;

/// `/:project/:environment/changes`; `?key=` begins with a filter.
#[component]
pub(crate) fn Changes() -> impl IntoView {
    let place = Place::current();
    let key = RwSignal::new(untrack(|| Router::current().query("key")).unwrap_or_default());
    let scope = RwSignal::new("environment".to_owned());
    let pages = StoredValue::new(1_usize);
    let query = move || {
        let key = key.get().trim().to_owned();
        pages.set_value(1);
        Some(ChangeQuery {
            project: place.project.get(),
            environment: (scope.get() == "environment").then(|| place.environment.get()),
            key: (!key.is_empty()).then_some(key),
        })
    };
    let sets = Query::new(query, move |query: ChangeQuery| async move {
        read_pages(pages.get_value(), |cursor| {
            let query = query.clone();
            async move { client::change_sets(&query, cursor.as_deref()).await }
        })
        .await
    });
    expect_context::<Live>().subscribe(move |news| {
        if !matches!(news, News::Changed(event) if event.change_set.is_none()) {
            sets.refetch();
        }
    });
    let older = move |()| {
        pages.update_value(|pages| *pages += 1);
        sets.refetch();
    };
    let ready = move |data: RwSignal<Listing<ChangeSet>>| {
        let more = move || data.with(|data| data.more);
        view! {
            <List data key />
            <Show when=more>
                <div class="row"><Button on_click=older>"Show older"</Button></div>
            </Show>
        }
        .into_any()
    };
    let here = place.environment_details().map_or_else(
        || "This environment".to_owned(),
        |environment| environment.name,
    );
    view! {
        <div class="page changes-page">
            <header class="page-head">
                <div class="stack-s">
                    <h1>"Changes"</h1>
                    <p class="muted small">"What was changed, by whom and why. Changes of definitions count for every environment."</p>
                </div>
                <div class="actions wrap">
                    <span class="changes-filter">
                        <TextInput
                            value=key
                            on_input=move |text| key.set(text)
                            label="Only changes of this key"
                            placeholder="Key of a flag or segment"
                            kind="search"
                            testid="changes-key"
                        />
                    </span>
                    <Segmented
                        label="Where"
                        options=vec![("environment", "Here"), ("project", "All environments")]
                        value=scope
                        on_change=move |name| scope.set(name)
                    />
                    <span class="visually-hidden">{here}</span>
                </div>
            </header>
            {loaded(sets, || view! { <SkeletonRows count=8 height=64 /> }.into_any(), ready)}
        </div>
    }
}

#[component]
fn List(data: RwSignal<Listing<ChangeSet>>, key: RwSignal<String>) -> impl IntoView {
    let none = Memo::new(move |_| data.with(|data| data.items.is_empty()));
    let empty = move || {
        let filtered = !key.with(|key| key.trim().is_empty());
        let (title, text) = if filtered {
            (
                "No change of this key",
                "Nothing with exactly this key was changed here.",
            )
        } else {
            (
                "Nothing changed yet",
                "Every edit of a flag, a segment or a template will be here, with who made it and why.",
            )
        };
        let clear = filtered.then(|| {
            view! { <Button on_click=move |()| key.set(String::new())>"Show all changes"</Button> }.into_any()
        });
        view! { <div class="card"><Empty glyph=Glyph::Change title text>{clear}</Empty></div> }
            .into_any()
    };
    let rows = move || {
        let sets = data.with(|data| data.items.clone()).into_iter();
        sets.map(|set| entry(set.id, move || view! { <Set set /> }.into_any()))
            .collect()
    };
    view! {
        <Show when=move || !none.get() fallback=empty>
            <ol class="card log">
                <Each of=rows />
            </ol>
        </Show>
    }
}

/// Who made a change set, as people know them.
fn author(set: &ChangeSet) -> String {
    match set.author.strip_prefix("release:") {
        Some(_) => "serin".to_owned(),
        None => set.author.clone(),
    }
}

/// `3 environments at new revisions` and the like.
fn reach(set: &ChangeSet) -> String {
    let places: Vec<String> = set
        .revisions
        .iter()
        .map(|(environment, revision)| format!("{environment} → revision {revision}"))
        .collect();
    if places.is_empty() {
        "Nothing for evaluators".to_owned()
    } else {
        places.join(" · ")
    }
}

#[component]
fn Set(set: ChangeSet) -> impl IntoView {
    let place = Place::current();
    let release = set.author.strip_prefix("release:").map(|id| {
        let path = format!("releases/{}", encode(id));
        view! { <a class="link tiny" href=move || place.path(&path)>"its release"</a> }.into_any()
    });
    let by = author(&set);
    let raw = serde_json::to_value(&set).unwrap_or_default();
    let rest = set.changes.len().saturating_sub(SHOWN);
    let told: Vec<AnyView> = set
        .changes
        .iter()
        .take(SHOWN)
        .map(|change| told(place, change))
        .collect();
    let rest = (rest > 0).then(|| {
        view! { <li class="tiny faint">"and " {count(rest, "more change")}</li> }.into_any()
    });
    let reach = reach(&set);
    view! {
        <li class="log-row change-row" data-testid="change-row">
            <Avatar name=by.clone() tiny=true />
            <div class="log-what stack-s">
                <p class="small">
                    <span class="strong">{by}</span> " " {release} " "
                    {set.reason.map(|reason| view! { <span class="change-reason">{reason}</span> }.into_any())}
                </p>
                <ul class="stack-s small">{told}{rest}</ul>
                <div class="log-more">
                    <JsonFold label="JSON" value=raw />
                    <span class="tiny faint number">{reach}</span>
                </div>
            </div>
            <span class="log-when tiny muted"><Time at=set.applied_at /></span>
        </li>
    }
}

/// The thing that changed, as a link, and what became of it.
fn told(place: Place, change: &AppliedChange) -> AnyView {
    let subject = describe::change::subject(change);
    let sentences = describe::change::sentences(change)
        .into_iter()
        .map(|sentence| match sentence.strip_prefix(&subject) {
            Some(rest) => rest.trim_start().to_owned(),
            None => sentence,
        })
        .collect::<Vec<_>>()
        .join(" · ");
    let environment = change.environment.clone();
    let page = match change.kind {
        EntityKind::Flag | EntityKind::FlagConfig => Some("flags"),
        EntityKind::Segment | EntityKind::SegmentConfig => Some("segments"),
        EntityKind::ReleaseTemplate | EntityKind::Metric => None,
    };
    let (project, key) = (place.project, encode(&change.key));
    let named = match page {
        Some(page) => {
            let href = move || {
                let here = environment
                    .clone()
                    .unwrap_or_else(|| place.environment.get());
                crate::place::address(&project.get(), &here, &format!("{page}/{key}"))
            };
            view! { <a class="link" href=href>{subject}</a> }.into_any()
        }
        None => subject.into_any(),
    };
    view! { <li class="change-line">{named} ": " {sentences}</li> }.into_any()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn set(author: &str, revisions: serde_json::Value) -> ChangeSet {
        serde_json::from_value(json!({"id": "00000000-0000-0000-0000-000000000001", "project": "shop", "author": author,
            "state": "applied", "applied_at": "2026-11-21T10:00:00Z", "changes": [], "revisions": revisions}))
        .unwrap()
    }

    #[test]
    fn a_releases_own_steps_are_serins() {
        assert_eq!(author(&set("release:12", json!({}))), "serin");
        assert_eq!(author(&set("ann", json!({}))), "ann");
    }

    #[test]
    fn revisions_say_where_evaluators_hear_of_it() {
        assert_eq!(reach(&set("ann", json!({}))), "Nothing for evaluators");
        assert_eq!(
            reach(&set("ann", json!({"production": 7}))),
            "production → revision 7"
        );
    }
}
