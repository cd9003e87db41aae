//! The release templates of the project: what releases begin with.

use leptos::prelude::*;
use serin_api::{
    entity::{Entity, EntityKind},
    paths::encode,
};
use serin_engine::release::Template;

use crate::{
    client,
    components::{
        button::IconButton,
        dialog::Dialog,
        each::{Each, entry},
        empty::Empty,
        icon::Glyph,
        loaded::loaded,
        show::Show,
        skeleton::SkeletonRows,
        steps::{Step, Steps},
        time::Time,
    },
    describe::{count, release::plan},
    live::Live,
    pages::entity::{DeleteBody, Doomed, NewLink},
    place::Place,
    query::Query,
};

type Templates = Vec<Entity<Template>>;

/// `/:project/:environment/releases/templates`
#[component]
pub(crate) fn TemplatesPage() -> impl IntoView {
    let place = Place::current();
    let templates = Query::new(
        move || Some(place.project.get()),
        |project| async move { client::release_templates(&project).await },
    );
    let kinds = &[EntityKind::ReleaseTemplate];
    expect_context::<Live>().on_entities(kinds, None, move |_| templates.refetch());
    let (doomed, deleting) = (RwSignal::new(None::<Doomed>), RwSignal::new(false));
    let delete = Callback::new(move |it: Doomed| {
        doomed.set(Some(it));
        deleting.set(true);
    });
    let title = Signal::derive(move || {
        let key = doomed.get().map(|it| it.key);
        format!("Delete {}?", key.unwrap_or_default())
    });
    let body = move || {
        doomed.get_untracked().map(|doomed| {
            let again = move |()| templates.refetch();
            view! {
                <DeleteBody open=deleting doomed action="Delete template" free=Signal::stored(true) gone=again refused=again
                    effect=Signal::stored("Releases that were made from it keep what it said. A pipeline that names it for a release to come ends there.") />
            }
        })
    };
    let ready = move |data: RwSignal<Templates>| view! { <List data delete /> }.into_any();
    let up = move || place.path("releases");
    view! {
        <div class="page">
            <header class="page-head">
                <div class="stack-s">
                    <nav class="small muted" aria-label="Where this is"><a class="link" href=up>"Releases"</a></nav>
                    <h1>"Release templates"</h1>
                    <p class="muted small">"Stages, guards, policy and hours under a name, the same in all environments. A release begins with one, and keeps what it said."</p>
                </div>
                <div class="actions"><NewButton /></div>
            </header>
            {loaded(templates, || view! { <SkeletonRows count=4 height=72 /> }.into_any(), ready)}
        </div>
        <Dialog open=deleting title>{body()}</Dialog>
    }
}

#[component]
fn NewButton() -> impl IntoView {
    view! { <NewLink page="releases/new-template" words="New template" testid="new-template" /> }
}

#[component]
fn List(data: RwSignal<Templates>, delete: Callback<Doomed>) -> impl IntoView {
    let none = Memo::new(move |_| data.with(Vec::is_empty));
    let empty = move || {
        view! {
            <div class="card">
                <Empty
                    glyph=Glyph::Release
                    title="No template yet"
                    text="A template says how releases go on: in which stages, watched by what, at which hours. Whoever writes a release begins with one."
                >
                    <NewButton />
                </Empty>
            </div>
        }
        .into_any()
    };
    let rows = move || {
        let row = |template: Entity<Template>| {
            let key = format!("{} {}", template.key, template.version);
            entry(key, move || view! { <Row template delete /> }.into_any())
        };
        data.get().into_iter().map(row).collect()
    };
    view! {
        <Show when=move || !none.get() fallback=empty>
            <ul class="card template-list"><Each of=rows /></ul>
        </Show>
    }
}

#[component]
fn Row(template: Entity<Template>, delete: Callback<Doomed>) -> impl IntoView {
    let place = Place::current();
    let Entity {
        key,
        version,
        updated_at,
        updated_by,
        document,
        ..
    } = template;
    let steps = document.stages.iter().map(|stage| Step {
        weight: stage.weight,
        shadow: stage.shadow.is_some(),
        state: "planned",
    });
    let steps: Vec<Step> = steps.collect();
    let sentence = plan::sentence(&plan::of_template(&document), None);
    let watched = watched(&document);
    let href = {
        let page = format!("releases/templates/{}", encode(&key));
        move || place.path(&page)
    };
    let doomed = Doomed {
        kind: EntityKind::ReleaseTemplate,
        key: key.clone(),
        version,
    };
    let label = Signal::stored(format!("Delete {key}"));
    let named = key.clone();
    view! {
        <li class="template-line" data-testid="template-row" data-key=named>
            <Steps steps=Signal::stored(steps) label=Signal::stored(sentence.clone()) />
            <div class="r-what">
                <a class="link strong truncate" href=href>{document.name}</a>
                <code class="tiny faint truncate">{key}</code>
            </div>
            <div class="stack-s t-about">
                <p class="small muted">{document.description}</p>
                <p class="small number">{sentence}</p>
            </div>
            <span class="small muted t-watched">{watched}</span>
            <span class="tiny muted m-when">{updated_by} " · " <Time at=updated_at /></span>
            <IconButton
                glyph=Glyph::Trash
                label
                on_click=move |()| delete.run(doomed.clone())
                disabled=Signal::derive(move || !place.can_edit())
                testid="delete-template"
            />
        </li>
    }
}

/// `2 guards · at some hours`
fn watched(template: &Template) -> String {
    let guards = match template.guards.len() {
        0 => "no guards".to_owned(),
        number => count(number, "guard"),
    };
    match template.windows {
        Some(_) => format!("{guards} · at some hours"),
        None => guards,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_watches_is_said() {
        let said = |more: serde_json::Value| {
            let mut template = json!({"name": "T", "stages": [{"weight": 100}]});
            let members = template.as_object_mut().unwrap();
            members.extend(more.as_object().unwrap().clone());
            watched(&serde_json::from_value(template).unwrap())
        };
        assert_eq!(said(json!({})), "no guards");
        let guarded =
            json!({"guards": [{"metric": "a"}, {"slo": "b"}], "windows": {"time_zone": "UTC"}});
        assert_eq!(said(guarded), "2 guards · at some hours");
    }
}
