//! The segments of the project: groups of units that flags name.

mod draft;
mod editor;
mod new;
mod page;
mod save;
mod uses;

use crate::components::show::Show;
use leptos::prelude::*;
use serin_api::entity::{Entity, EntityKind};
use serin_engine::segment::{SegmentConfig, SegmentDefinition};

use crate::{
    client,
    components::{
        button::{Button, Look},
        empty::Empty,
        icon::Glyph,
        loaded::loaded,
        skeleton::SkeletonRows,
        time::Time,
    },
    describe::count,
    live::Live,
    place::Place,
    query::Query,
    shell::ProjectFlags,
};
use new::NewSegmentDialog;

pub(crate) use page::SegmentPage;

/// What a segment holds, in words: `3 included · 1 excluded · 2 rules`.
fn contents(config: &SegmentConfig) -> String {
    let members = |lists: &[serin_engine::segment::Members]| {
        lists
            .iter()
            .map(|members| members.values.len())
            .sum::<usize>()
    };
    let mut parts = Vec::new();
    for (number, words) in [
        (members(&config.included), "included"),
        (members(&config.excluded), "excluded"),
    ] {
        if number > 0 {
            parts.push(format!("{number} {words}"));
        }
    }
    if !config.rules.is_empty() {
        parts.push(count(config.rules.len(), "rule"));
    }
    if parts.is_empty() {
        "Nobody is in it here".to_owned()
    } else {
        parts.join(" · ")
    }
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
    let flags = expect_context::<ProjectFlags>();
    let key = StoredValue::new(segment.key.clone());
    let config = Query::new(
        move || Some((place.project.get(), place.environment.get())),
        move |(project, environment)| {
            let key = key.get_value();
            async move { client::segment_config(&project, &environment, &key).await }
        },
    );
    let mine = Signal::derive(move || key.get_value());
    expect_context::<Live>().on_entities(&[EntityKind::SegmentConfig], Some(mine), move |_| {
        config.refetch();
    });
    let holds = move || config.with(|config| contents(&config.document));
    let used = move || {
        let environment = place.environment.get();
        let uses = flags
            .0
            .with(|flags| key.with_value(|key| uses::flags(flags, &environment, key)));
        match uses.unwrap_or_default().len() {
            0 => "Used by no flag here".to_owned(),
            n => format!("Used by {}", count(n, "flag")),
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
        let of = |config| contents(&serde_json::from_value(config).unwrap());
        assert_eq!(of(json!({})), "Nobody is in it here");
        assert_eq!(
            of(
                json!({"included": [{"values": ["a", "b"]}, {"attribute": "org", "values": ["c"]}],
                      "rules": [{"when": {"all": []}}]})
            ),
            "3 included · 1 rule"
        );
    }
}
