//! The segments of the project: groups of units that flags name.

mod conflict;
mod delete;
mod details;
mod draft;
mod editor;
mod impact;
mod import;
mod intake;
mod members;
mod mistakes;
mod new;
mod page;
mod save;
mod wording;

use crate::components::show::Show;
use leptos::prelude::*;
use serin_api::{
    entity::{Entity, EntityKind},
    segment::{MemberList, SegmentOverview},
    uses::{Graph, NodeKind},
};
use serin_engine::segment::SegmentDefinition;

use crate::{
    client,
    components::{
        button::{Button, Look},
        empty::Empty,
        icon::Glyph,
        loaded::loaded,
        skeleton::SkeletonRows,
        sparkline::grouped,
        time::Time,
    },
    describe::count,
    live::Live,
    place::Place,
    query::Query,
};
use new::NewSegmentDialog;

pub(crate) use page::SegmentPage;

/// `100 000`
fn number(number: usize) -> String {
    grouped(number as u64)
}

/// What a segment holds, in words: `3 included · 1 excluded · 2 rules`.
fn contents(overview: &SegmentOverview) -> String {
    let mut parts = Vec::new();
    for list in [MemberList::Included, MemberList::Excluded] {
        let lists = overview.lists.iter().filter(|size| size.list == list);
        let units: usize = lists.map(|size| size.units).sum();
        if units > 0 {
            parts.push(format!("{} {}", number(units), draft::words(list)));
        }
    }
    if !overview.rules.is_empty() {
        parts.push(count(overview.rules.len(), "rule"));
    }
    if parts.is_empty() {
        "Nobody is in it here".to_owned()
    } else {
        parts.join(" · ")
    }
}

/// How many flags and segments name a segment.
fn users(graph: &Graph, key: &str) -> usize {
    let edges = graph.edges.iter();
    edges
        .filter(|edge| edge.to.kind == NodeKind::Segment && edge.to.key == key)
        .count()
}

/// What all rows of the list look at.
#[derive(Clone, Copy)]
struct Around {
    overviews: Query<Vec<Entity<SegmentOverview>>>,
    graph: Query<Graph>,
}

/// `/:project/:environment/segments`
#[component]
pub(crate) fn Segments() -> impl IntoView {
    let place = Place::current();
    let segments = Query::new(
        move || Some(place.project.get()),
        |project| async move { client::segments(&project).await },
    );
    expect_context::<Live>().on_entities(&[EntityKind::Segment], None, move |_| segments.refetch());
    let here = move || Some((place.project.get(), place.environment.get()));
    let overviews = Query::new(here, |(project, environment)| async move {
        client::segment_overviews(&project, &environment).await
    });
    let graph = Query::new(here, |(project, environment)| async move {
        client::graph(&project, &environment).await
    });
    provide_context(Around { overviews, graph });
    let kinds = &[EntityKind::SegmentConfig, EntityKind::FlagConfig];
    expect_context::<Live>().on_entities(kinds, None, move |_| {
        overviews.refetch();
        graph.refetch();
    });
    let creating = RwSignal::new(false);
    let ready = move |data: RwSignal<Vec<Entity<SegmentDefinition>>>| {
        view! { <List data creating /> }.into_any()
    };
    view! {
        <div class="page">
            <header class="page-head">
                <div class="stack-s">
                    <h1>"Segments"</h1>
                    <p class="muted small">"Groups of users or organisations, named once and used by any flag."</p>
                </div>
                <div class="actions"><NewButton creating /></div>
            </header>
            {loaded(segments, || view! { <SkeletonRows count=5 /> }.into_any(), ready)}
        </div>
        <NewSegmentDialog open=creating />
    }
}

#[component]
fn NewButton(creating: RwSignal<bool>) -> impl IntoView {
    let place = Place::current();
    view! {
        <Button
            look=Look::Primary
            glyph=Glyph::Plus
            on_click=move |()| creating.set(true)
            disabled=Signal::derive(move || !place.can_edit())
            testid="new-segment"
        >
            "New segment"
        </Button>
    }
}

#[component]
fn List(data: RwSignal<Vec<Entity<SegmentDefinition>>>, creating: RwSignal<bool>) -> impl IntoView {
    let none = Memo::new(move |_| data.with(Vec::is_empty));
    let empty = move || {
        view! {
            <div class="card">
                <Empty
                    glyph=Glyph::Segment
                    title="No segment yet"
                    text="A segment says once who the beta testers are, or the staff: by name or by rule, and differently in each environment. Rules of flags then just name it."
                >
                    <NewButton creating />
                </Empty>
            </div>
        }
        .into_any()
    };
    let rows = move || {
        data.get()
            .into_iter()
            .map(|segment| view! { <Row segment /> }.into_any())
            .collect::<Vec<_>>()
    };
    view! {
        <Show when=move || !none.get() fallback=empty>
            <ul class="card segment-list">{rows}</ul>
        </Show>
    }
}

#[component]
fn Row(segment: Entity<SegmentDefinition>) -> impl IntoView {
    let place = Place::current();
    let key = StoredValue::new(segment.key.clone());
    let around = expect_context::<Around>();
    let holds = move || {
        let found = around.overviews.with(|all| {
            let found = key.with_value(|key| {
                all.iter()
                    .find(|it| it.key == *key)
                    .map(|it| contents(&it.document))
            });
            found.unwrap_or_default()
        });
        found.unwrap_or_default()
    };
    let used = move || {
        let users = around
            .graph
            .with(|graph| key.with_value(|key| users(graph, key)));
        match users {
            None => String::new(),
            Some(0) => "Used by nothing here".to_owned(),
            Some(n) => format!("Used in {} here", count(n, "place")),
        }
    };
    let href = move || {
        place.path(&format!(
            "segments/{}",
            serin_api::paths::encode(&key.get_value())
        ))
    };
    let name = segment
        .document
        .name
        .clone()
        .unwrap_or_else(|| segment.key.clone());
    view! {
        <li class="segment-row" data-testid="segment-row" data-key=segment.key.clone()>
            <div class="r-what">
                <a class="release-link strong" href=href>{name}</a>
                <code class="tiny faint truncate">{key.get_value()}</code>
            </div>
            <p class="small muted s-about">{segment.document.description}</p>
            <span class="small number">{holds}</span>
            <span class="small muted">{used}</span>
            <span class="tiny muted s-when">{segment.updated_by} " · " <Time at=segment.updated_at /></span>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn contents_in_words() {
        let of = |overview| contents(&serde_json::from_value(overview).unwrap());
        assert_eq!(
            of(json!({"lists": [], "rules": []})),
            "Nobody is in it here"
        );
        assert_eq!(
            of(json!({
                "lists": [{"list": "included", "units": 99_999}, {"list": "included", "attribute": "org", "units": 1}],
                "rules": [{"when": {"all": []}}],
            })),
            "100\u{202f}000 included · 1 rule"
        );
    }

    #[test]
    fn users_are_counted() {
        let edge = |from: &str, to: &str| json!({"from": {"kind": "flag", "key": from}, "to": {"kind": "segment", "key": to}, "places": []});
        let graph = json!({"nodes": [], "edges": [edge("a", "x"), edge("b", "x"), edge("a", "y")]});
        assert_eq!(users(&serde_json::from_value(graph).unwrap(), "x"), 2);
    }
}
