//! The audit log: who did what, and the chain that proves it.

use crate::components::show::Show;
use leptos::prelude::*;
use serin_api::audit::AuditEntry;

use crate::{
    client,
    components::{
        button::Button,
        each::{Each, entry},
        empty::Empty,
        icon::{Glyph, Icon},
        json_view::JsonFold,
        loaded::loaded,
        segmented::Segmented,
        skeleton::SkeletonRows,
        time::Time,
    },
    describe,
    live::Live,
    paging::{Listing, read_pages},
    place::{Place, address},
    query::Query,
    session::CurrentSession,
    shell::account::Avatar,
};

/// As much of a hash as one compares by eye.
fn short(hash: &str) -> String {
    hash.chars().take(10).collect()
}

/// `/:project/:environment/audit`
#[component]
pub(crate) fn Audit() -> impl IntoView {
    let place = Place::current();
    let session = expect_context::<CurrentSession>();
    let is_admin = move || session.user().is_some_and(|user| user.admin);
    let scope = RwSignal::new("project".to_owned());
    let pages = StoredValue::new(1_usize);
    let key = move || {
        let project = (scope.get() == "project").then(|| place.project.get());
        Some(project)
    };
    let entries = Query::new(key, move |project: Option<String>| async move {
        read_pages(pages.get_value(), |cursor| {
            let project = project.clone();
            async move { client::audit(project.as_deref(), cursor.as_deref()).await }
        })
        .await
    });
    expect_context::<Live>().subscribe(move |_| entries.refetch());
    let older = move |()| {
        pages.update_value(|pages| *pages += 1);
        entries.refetch();
    };
    let ready = move |data: RwSignal<Listing<AuditEntry>>| {
        let more = move || data.with(|data| data.more);
        view! {
            <List data />
            <Show when=more>
                <div class="row"><Button on_click=older>"Show older"</Button></div>
            </Show>
        }
        .into_any()
    };
    view! {
        <div class="page">
            <header class="page-head">
                <div class="stack-s">
                    <h1>"Audit"</h1>
                    <p class="muted small">"Every change and every event of security, in the order in which they happened."</p>
                </div>
                <Show when=is_admin>
                    <div class="actions">
                        <Segmented
                            label="Which entries"
                            options=vec![("project", "This project"), ("all", "Everything")]
                            value=scope
                            on_change=move |name| scope.set(name)
                        />
                    </div>
                </Show>
            </header>
            <details class="notice audit-proof">
                <summary class="row small"><Icon glyph=Glyph::Shield /> "Entries cannot be changed unnoticed: each carries the hash of the one before."</summary>
                <div class="small muted stack">
                    <p>
                        "On the machine that has the database, "<code>"serin audit verify"</code>
                        " walks the whole chain and names the first entry that does not fit. Keep the newest hash somewhere else to notice a chain that was cut off or written anew."
                    </p>
                </div>
            </details>
            {loaded(entries, || view! { <SkeletonRows count=10 /> }.into_any(), ready)}
        </div>
    }
}

#[component]
fn List(data: RwSignal<Listing<AuditEntry>>) -> impl IntoView {
    let none = Memo::new(move |_| data.with(|data| data.items.is_empty()));
    let empty = || {
        view! {
            <div class="card">
                <Empty glyph=Glyph::Audit title="Nothing happened yet" text="The first change in this project will be here, with who made it and what it was." />
            </div>
        }
        .into_any()
    };
    let rows = move || {
        let items = data.with(|data| data.items.clone()).into_iter();
        items
            .map(|item| {
                entry(item.sequence, move || {
                    view! { <Row entry=item /> }.into_any()
                })
            })
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

#[component]
fn Row(entry: AuditEntry) -> impl IntoView {
    let said = describe::audit::sentence(&entry);
    let failed = entry.action.ends_with(".failed");
    let place = Place::current();
    let link = describe::audit::release_of(&entry).map(|(environment, id)| {
        let within = entry.project.clone();
        let href = move || {
            let project = within.clone().unwrap_or_else(|| place.project.get());
            let environment = environment
                .clone()
                .unwrap_or_else(|| place.environment.get());
            address(&project, &environment, &format!("releases/{id}"))
        };
        view! { <a class="link tiny" data-testid="audit-release" href=href>"Open the release"</a> }
            .into_any()
    });
    let actor = describe::audit::actor(&entry).to_owned();
    let (project, action) = (entry.project.clone(), entry.action.clone());
    let hash = short(&entry.hash);
    let full = serde_json::json!({
        "details": entry.details, "previous_hash": entry.previous_hash, "hash": entry.hash,
    });
    view! {
        <li class="log-row audit-row" data-testid="audit-row" data-action=entry.action.clone() class:failed=failed>
            <span class="log-number number tiny faint">{entry.sequence}</span>
            <Avatar name=actor.clone() tiny=true />
            <div class="log-what">
                <p class="small"><span class="strong">{actor}</span> " " {said} " " {link}</p>
                <div class="log-more">
                    <JsonFold label="Details" value=full />
                    <code class="tiny faint">{action}</code>
                    {project.map(|project| view! { <span class="tiny faint">{project}</span> }.into_any())}
                </div>
            </div>
            <code class="log-hash tiny faint" title=entry.hash>{hash}</code>
            <span class="log-when tiny muted"><Time at=entry.at /></span>
        </li>
    }
}
