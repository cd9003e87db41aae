//! What hangs together: where a flag or segment is used, in all environments, and what
//! it depends on and what depends on it in the one in view.

mod tree;

use leptos::prelude::*;
use serin_api::{
    entity::EntityKind,
    paths::encode,
    uses::{Graph, NodeKind, Place as Spot, Use, Uses},
};

use crate::{
    client,
    components::{
        icon::{Glyph, Icon},
        loaded::loaded,
        show::Show,
        skeleton::SkeletonRows,
    },
    describe::in_use::find,
    live::Live,
    place::{Place, address},
    query::Query,
    shell::ProjectFlags,
};
use tree::{Branch, Direction, branches};

/// Where a page of the node is, below an environment.
fn page_of(kind: NodeKind, key: &str) -> String {
    let pages = match kind {
        NodeKind::Flag => "flags",
        NodeKind::Segment => "segments",
        NodeKind::Release => "releases",
    };
    format!("{pages}/{}", encode(key))
}

fn spoken(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::Flag => "flag",
        NodeKind::Segment => "segment",
        NodeKind::Release => "release",
    }
}

/// A place in words: `a prerequisite`, `rule Beta`, `rule 2`.
fn spot(place: &Spot) -> String {
    let Some(index) = place.path.strip_prefix("/rules/") else {
        return "a prerequisite".to_owned();
    };
    match &place.name {
        Some(name) => format!("rule “{name}”"),
        None => format!(
            "rule {}",
            index.parse::<usize>().map_or(1, |index| index + 1)
        ),
    }
}

/// The cards of a flag or segment: `node` is what it is, with its key.
#[component]
pub(crate) fn Connections(node: Signal<(NodeKind, String)>) -> impl IntoView {
    let place = Place::current();
    let uses = Query::new(
        move || Some((place.project.get(), node.get())),
        |(project, (kind, key))| async move { client::uses(kind, &project, &key).await },
    );
    let graph = Query::new(
        move || Some((place.project.get(), place.environment.get())),
        |(project, environment)| async move { client::graph(&project, &environment).await },
    );
    let kinds = &[
        EntityKind::FlagConfig,
        EntityKind::SegmentConfig,
        EntityKind::Flag,
    ];
    expect_context::<Live>().on_entities(kinds, None, move |_| {
        uses.refetch();
        graph.refetch();
    });
    let skeleton = || view! { <SkeletonRows count=2 height=28 /> }.into_any();
    let none = move |data: RwSignal<Uses>| data.with(|uses| uses.items.is_empty());
    let used = move |data: RwSignal<Uses>| {
        view! {
            <Show when=move || none(data)><p class="small muted">"Nothing names it."</p></Show>
            <UseList uses />
        }
        .into_any()
    };
    let shown = move |data: RwSignal<Graph>| view! { <Trees data node /> }.into_any();
    view! {
        <section class="card connections" aria-label="Where it is used" data-testid="where-used">
            <header class="card-head">
                <h2>"Where it is used"</h2>
                <span class="tiny muted">"in all environments"</span>
            </header>
            <div class="card-body stack-s">{loaded(uses, skeleton, used)}</div>
        </section>
        <section class="card connections" aria-label="Dependencies" data-testid="dependencies">
            <header class="card-head">
                <h2>"Dependencies"</h2>
                <span class="tiny muted">{move || place.environment_details().map(|it| it.name)}</span>
            </header>
            <div class="card-body stack">{loaded(graph, skeleton, shown)}</div>
        </section>
    }
}

/// Everything that names it, by environment, each with a link.
#[component]
pub(crate) fn UseList(uses: Query<Uses>) -> impl IntoView {
    let place = Place::current();
    let flags = expect_context::<ProjectFlags>();
    let row = move |used: Use| {
        let href = address(
            &place.project.get(),
            &used.environment,
            &page_of(used.kind, &used.key),
        );
        let name = match used.kind {
            NodeKind::Release => {
                let find = |flags: &Vec<_>| find(flags, used.key.parse().ok()?);
                let known = flags.0.with(find).flatten();
                known.map_or_else(|| "A live release".to_owned(), |owner| owner.told())
            }
            _ => used.name.clone().unwrap_or_else(|| used.key.clone()),
        };
        let mut about = vec![format!("in {}", used.environment)];
        about.extend(used.archived.then(|| "archived".to_owned()));
        about.extend(used.places.iter().map(spot));
        let about = about.join(" · ");
        view! {
            <li class="use small" data-testid="use">
                <span class="tiny faint">{spoken(used.kind)}</span>
                <span class="stack-s">
                    <a class="link" href=href>{name}</a>
                    <span class="tiny muted">{about}</span>
                </span>
            </li>
        }
        .into_any()
    };
    let rows = move || {
        let items = uses.with(|uses| uses.items.clone()).unwrap_or_default();
        items.into_iter().map(row).collect::<Vec<_>>()
    };
    view! { <ul class="stack-s" data-testid="uses">{rows}</ul> }
}

#[component]
fn Trees(data: RwSignal<Graph>, node: Signal<(NodeKind, String)>) -> impl IntoView {
    let side = move |direction: Direction, title: &'static str, none: &'static str| {
        let list = move || {
            let (kind, key) = node.get();
            let branches = data.with(|graph| branches(graph, kind, &key, direction));
            if branches.is_empty() {
                return view! { <p class="tiny muted">{none}</p> }.into_any();
            }
            listed(branches)
        };
        view! {
            <div class="stack-s" data-testid=match direction { Direction::Needs => "needs", Direction::NeededBy => "needed-by" }>
                <h3 class="small">{title}</h3>
                {list}
            </div>
        }
        .into_any()
    };
    view! {
        {side(Direction::Needs, "It depends on", "Nothing else.")}
        {side(Direction::NeededBy, "What depends on it", "Nothing.")}
    }
}

/// An indented list of lists.
fn listed(branches: Vec<Branch>) -> AnyView {
    let place = Place::current();
    let row = |branch: Branch| {
        let path = page_of(branch.kind, &branch.key);
        let href = move || place.path(&path);
        let mut about: Vec<String> = branch.places.iter().map(spot).collect();
        about.extend(match (branch.archived, branch.enabled) {
            (true, _) => Some("archived".to_owned()),
            (_, Some(false)) => Some("off".to_owned()),
            _ => None,
        });
        about.extend(branch.again.then(|| "see above".to_owned()));
        let about = about.join(" · ");
        let below = (!branch.below.is_empty()).then(|| listed(branch.below));
        let glyph = match branch.kind {
            NodeKind::Segment => Glyph::Segment,
            _ => Glyph::Flag,
        };
        view! {
            <li>
                <span class="branch small">
                    <Icon glyph size=12 />
                    <span class="visually-hidden">{spoken(branch.kind)}</span>
                    <a class="link truncate" href=href>{branch.name.unwrap_or(branch.key)}</a>
                    <span class="tiny muted">{about}</span>
                </span>
                {below}
            </li>
        }
        .into_any()
    };
    let rows: Vec<AnyView> = branches.into_iter().map(row).collect();
    view! { <ul class="branches">{rows}</ul> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_in_words() {
        let place = |path: &str, name: Option<&str>| Spot {
            path: path.to_owned(),
            rule: None,
            name: name.map(str::to_owned),
        };
        let places = [
            place("/prerequisites/0", None),
            place("/rules/1", None),
            place("/rules/2", Some("Beta")),
        ];
        let said: Vec<String> = places.iter().map(spot).collect();
        assert_eq!(said, ["a prerequisite", "rule 2", "rule “Beta”"]);
        assert_eq!(page_of(NodeKind::Flag, "a/b"), "flags/a%2Fb");
    }
}
