//! The metrics of the project: what is counted, and releases are judged by.

mod delete;
mod draft;
mod form;
mod source;
mod wording;

use leptos::prelude::*;
use serin_api::{
    entity::{Entity, EntityKind},
    metric::{MetricSources, MetricUse, MetricUses},
    paths,
};
use serin_engine::release::Metric;

use crate::{
    client,
    components::{
        badge::{Badge, Tone},
        button::{Button, IconButton, Look},
        each::{Each, entry},
        empty::Empty,
        icon::Glyph,
        loaded::loaded,
        show::Show,
        skeleton::SkeletonRows,
        time::Time,
    },
    live::{Live, News},
    place::{Place, address},
    query::Query,
    router::Router,
};
use delete::DeleteDialog;
use form::MetricDialog;

type Metrics = Vec<Entity<Metric>>;

/// What the page's parts share.
#[derive(Clone, Copy)]
pub(super) struct Shared {
    metrics: Query<Metrics>,
    uses: Query<MetricUses>,
    sources: Query<MetricSources>,
    /// The metric that is edited; a new one where there is none.
    edited: RwSignal<Option<Entity<Metric>>>,
    editing: RwSignal<bool>,
    /// The metric that is to go.
    doomed: RwSignal<Option<Entity<Metric>>>,
    deleting: RwSignal<bool>,
}

impl Shared {
    fn edit(self, metric: Option<Entity<Metric>>) {
        self.edited.set(metric);
        self.editing.set(true);
    }

    fn delete(self, metric: Entity<Metric>) {
        self.uses.refetch();
        self.doomed.set(Some(metric));
        self.deleting.set(true);
    }

    /// Whether the server knows a Prometheus, tracked.
    fn has_prometheus(self) -> Option<bool> {
        self.sources.with(|sources| sources.prometheus)
    }

    /// What is judged by a metric, tracked.
    fn uses_of(self, key: &str) -> Option<MetricUse> {
        self.uses
            .with(|uses| uses.metrics.get(key).cloned().unwrap_or_default())
    }
}

/// `/:project/:environment/metrics`; `?new=1` asks for a new one.
#[component]
pub(crate) fn MetricsPage() -> impl IntoView {
    let place = Place::current();
    let metrics = Query::new(
        move || Some(place.project.get()),
        |project| async move { client::metrics(&project).await },
    );
    let uses = Query::new(
        move || Some(place.project.get()),
        |project| async move { client::metric_uses(&project).await },
    );
    let sources = Query::new(
        move || Some(place.project.get()),
        |project| async move { client::metric_sources(&project).await },
    );
    let shared = Shared {
        metrics,
        uses,
        sources,
        edited: RwSignal::default(),
        editing: RwSignal::default(),
        doomed: RwSignal::default(),
        deleting: RwSignal::default(),
    };
    let live = expect_context::<Live>();
    live.on_entities(&[EntityKind::Metric], None, move |_| metrics.refetch());
    live.subscribe(move |news| {
        let concerned = match news {
            News::Missed => true,
            News::Changed(event) => {
                let template = |kind: EntityKind| kind == EntityKind::ReleaseTemplate;
                !event.releases.is_empty() || event.entities.iter().any(|it| template(it.kind))
            }
        };
        if concerned {
            uses.refetch();
        }
    });
    follow_address(place, shared);
    let ready = move |data: RwSignal<Metrics>| view! { <List data shared /> }.into_any();
    view! {
        <div class="page">
            <header class="page-head">
                <div class="stack-s">
                    <h1>"Metrics"</h1>
                    <p class="muted small">"What is counted, the same in all environments, and what releases are judged by."</p>
                </div>
                <div class="actions"><NewButton shared /></div>
            </header>
            {loaded(metrics, || view! { <SkeletonRows count=4 /> }.into_any(), ready)}
        </div>
        <MetricDialog shared />
        <DeleteDialog shared />
    }
}

/// Opens the dialog where the address asks for it, and cleans the address when it closes.
fn follow_address(place: Place, shared: Shared) {
    let router = Router::current();
    let wanted = Memo::new(move |_| router.query("new").is_some());
    crate::reactive::effect(move || {
        if wanted.get() && place.can_edit() {
            shared.edit(None);
        }
    });
    Effect::new(move |was_open: Option<bool>| {
        let open = shared.editing.get();
        if was_open == Some(true) && !open && wanted.get_untracked() {
            router.replace(&untrack(|| place.path("metrics")));
        }
        open
    });
}

#[component]
fn NewButton(shared: Shared) -> impl IntoView {
    let place = Place::current();
    let title = move || (!place.can_edit()).then_some("This takes the role editor");
    view! {
        <span title=title>
            <Button
                look=Look::Primary
                glyph=Glyph::Plus
                on_click=move |()| shared.edit(None)
                disabled=Signal::derive(move || !place.can_edit())
                testid="new-metric"
            >
                "New metric"
            </Button>
        </span>
    }
}

#[component]
fn List(data: RwSignal<Metrics>, shared: Shared) -> impl IntoView {
    let none = Memo::new(move |_| data.with(Vec::is_empty));
    let empty = move || {
        view! {
            <div class="card">
                <Empty
                    glyph=Glyph::Metric
                    title="No metric yet"
                    text="A metric is what a release is judged by: errors, orders, milliseconds. Programs report it, or Prometheus is asked, and a guard compares it between candidate and baseline."
                >
                    <NewButton shared />
                </Empty>
            </div>
        }
        .into_any()
    };
    let rows = move || {
        let row = |metric: Entity<Metric>| {
            let key = format!("{} {}", metric.key, metric.version);
            entry(key, move || view! { <Row metric shared /> }.into_any())
        };
        data.get().into_iter().map(row).collect()
    };
    view! {
        <Show when=move || !none.get() fallback=empty>
            <ul class="card metric-list"><Each of=rows /></ul>
        </Show>
    }
}

#[component]
fn Row(metric: Entity<Metric>, shared: Shared) -> impl IntoView {
    let place = Place::current();
    let key = StoredValue::new(metric.key.clone());
    let stored = StoredValue::new(metric.clone());
    let Metric {
        name, description, ..
    } = metric.document.clone();
    let named = name.clone().unwrap_or_else(|| metric.key.clone());
    let cannot = Signal::derive(move || !place.can_edit());
    let (kind, direction) = (
        wording::kind(&metric.document),
        wording::direction(metric.document.direction),
    );
    let objective = wording::objective(&metric.document);
    let asked = metric.document.source.is_some();
    let labelled = |what: &str| Signal::stored(format!("{what} {}", metric.key));
    view! {
        <li class="metric-row" data-testid="metric-row" data-key=metric.key.clone()>
            <div class="r-what">
                <span class="strong truncate">{named}</span>
                <code class="tiny faint truncate">{metric.key.clone()}</code>
            </div>
            <span class="row wrap">
                <Badge>{kind}</Badge>
                {asked.then(|| view! { <Asked shared /> })}
                <span class="tiny muted">{direction}</span>
                <span class="tiny muted">{objective}</span>
            </span>
            <p class="small muted s-about">{description}</p>
            <Uses key shared />
            <span class="tiny muted m-when">{metric.updated_by.clone()} " · " <Time at=metric.updated_at /></span>
            <span class="row m-buttons">
                <IconButton glyph=Glyph::Edit label=labelled("Edit") on_click=move |()| shared.edit(Some(stored.get_value())) disabled=cannot testid="edit-metric" />
                <IconButton glyph=Glyph::Trash label=labelled("Delete") on_click=move |()| shared.delete(stored.get_value()) disabled=cannot testid="delete-metric" />
            </span>
        </li>
    }
}

/// That Prometheus counts it, and whether there is one.
#[component]
fn Asked(shared: Shared) -> impl IntoView {
    let nobody = move || shared.has_prometheus() == Some(false);
    let tone = Signal::derive(move || if nobody() { Tone::Warn } else { Tone::Accent });
    let title =
        move || nobody().then_some("This server does not know a Prometheus: nobody counts it");
    view! {
        <span title=title>
            <Badge tone>"Prometheus"{move || nobody().then_some(" · none here")}</Badge>
        </span>
    }
}

/// Where it is used, in a word.
#[component]
fn Uses(key: StoredValue<String>, shared: Shared) -> impl IntoView {
    let words = move || {
        let uses = shared.uses_of(&key.get_value());
        uses.map_or_else(String::new, |uses| wording::uses(&uses))
    };
    view! { <span class="small muted" data-testid="metric-uses">{words}</span> }
}

/// What is judged by a metric, each with a link.
#[component]
fn UseList(#[prop(into)] uses: Signal<MetricUse>) -> impl IntoView {
    let place = Place::current();
    let rows = move || {
        let MetricUse {
            mut releases,
            templates,
        } = uses.get();
        // What stands in the way comes first.
        crate::order::short(&mut releases, |release| !release.live);
        let releases = releases.into_iter().map(|used| {
            let page = format!("releases/{}", used.id);
            let href = address(&place.project.get(), &used.environment, &page);
            let about = if used.live { "live" } else { "not started" };
            view! {
                <li class="use small" data-testid="use">
                    <span class="tiny faint">"release"</span>
                    <span class="stack-s">
                        <a class="link" href=href>{used.flag.clone()}</a>
                        <span class="tiny muted">{format!("{about} · in {}", used.environment)}</span>
                    </span>
                </li>
            }
            .into_any()
        });
        let templates = templates.into_iter().map(|key| {
            let page = format!("releases/templates/{}", paths::encode(&key));
            view! {
                <li class="use small" data-testid="use">
                    <span class="tiny faint">"template"</span>
                    <a class="link" href=place.path(&page)>{key}</a>
                </li>
            }
            .into_any()
        });
        releases.chain(templates).collect::<Vec<_>>()
    };
    view! { <ul class="stack-s" data-testid="uses">{rows}</ul> }
}
