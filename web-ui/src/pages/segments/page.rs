//! One segment in the environment in view.

use leptos::prelude::*;
use serin_api::{
    change::{Action, Change, NewChangeSet},
    entity::{Entity, EntityKind},
    paths::encode,
};
use serin_engine::segment::{SegmentConfig, SegmentDefinition};

use super::{draft::Draft, editor::Editor, save::SaveBar, uses};
use crate::{
    client,
    components::{
        badge::Tone, button::Button, confirm::ConfirmDialog, icon::Glyph, loaded::loaded,
        skeleton::SkeletonRows, time::Time, toast::Toasts,
    },
    live::{Live, News, from_elsewhere},
    place::Place,
    query::Query,
    router::{Router, page::KEY},
    shell::ProjectFlags,
};

/// A segment and its configuration, as the server has them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Standing {
    pub(super) definition: Entity<SegmentDefinition>,
    pub(super) config: Entity<SegmentConfig>,
}

/// `/:project/:environment/segments/:key`
#[component]
pub(crate) fn SegmentPage() -> impl IntoView {
    let place = Place::current();
    let key = Router::current().segment(KEY);
    let query = Query::new(
        move || Some((place.project.get(), place.environment.get(), key.get())),
        |(project, environment, key)| async move {
            let definition = client::segment(&project, &key).await?;
            let config = client::segment_config(&project, &environment, &key).await?;
            Ok(Standing { definition, config })
        },
    );
    let kinds = &[EntityKind::Segment, EntityKind::SegmentConfig];
    let toasts = Toasts::current();
    expect_context::<Live>().on_entities(kinds, Some(key.into()), move |news| {
        if let News::Changed(event) = news
            && from_elsewhere(event)
        {
            toasts.say(
                Tone::Neutral,
                format!("{} changed this segment.", event.author),
            );
        }
        query.refetch();
    });
    let ready = move |data: RwSignal<Standing>| view! { <View data query /> }.into_any();
    view! { <div class="page segment-page">{loaded(query, || view! { <SkeletonRows count=4 height=120 /> }.into_any(), ready)}</div> }
}

#[component]
fn View(data: RwSignal<Standing>, query: Query<Standing>) -> impl IntoView {
    let place = Place::current();
    let flags = expect_context::<ProjectFlags>();
    // What the edits began with: it follows the server for as long as there are none.
    let base = RwSignal::new(data.get_untracked());
    let draft = RwSignal::new(Draft::of(
        &base.with_untracked(|base| base.config.document.clone()),
    ));
    let edited = Memo::new(move |_| {
        base.with(|base| draft.with(|draft| draft.config() != base.config.document))
    });
    crate::reactive::effect(move || {
        let fresh = data.get();
        if !edited.get_untracked() && base.with_untracked(|base| *base != fresh) {
            if base.with_untracked(|base| base.config.document != fresh.config.document) {
                draft.set(Draft::of(&fresh.config.document));
            }
            base.set(fresh);
        }
    });
    let deleting = RwSignal::new(false);
    let name = move || {
        data.with(|it| {
            it.definition
                .document
                .name
                .clone()
                .unwrap_or_else(|| it.definition.key.clone())
        })
    };
    let key = move || data.with(|it| it.definition.key.clone());
    let about = move || data.with(|it| it.definition.document.description.clone());
    let by = move || data.with(|it| it.config.updated_by.clone());
    let used = move || {
        let environment = place.environment.get();
        let uses = flags
            .0
            .with(|flags| uses::flags(flags, &environment, &key()))
            .unwrap_or_default();
        if uses.is_empty() {
            return "Used by no flag here.".into_any();
        }
        let links = uses
            .into_iter()
            .map(|flag| {
                let href = place.flag_path(&flag);
                view! { <a class="link mono" href=href>{flag}</a> " " }.into_any()
            })
            .collect::<Vec<_>>();
        view! { <span>"Used by " {links}</span> }.into_any()
    };
    view! {
        <header class="page-head">
            <div class="stack-s grow">
                <nav class="small muted" aria-label="Where this is">
                    <a class="link" href=move || place.path("segments")>"Segments"</a>
                </nav>
                <h1>{name}</h1>
                <p class="row wrap small muted">
                    <code>{key}</code>
                    <span>{about}</span>
                </p>
                <p class="row wrap small muted">
                    <span>{used}</span>
                    <span class="faint">
                        "last changed here by " {by} " "
                        <Time at=Signal::derive(move || data.with(|it| it.config.updated_at)) />
                    </span>
                </p>
            </div>
            <div class="actions">
                <Button
                    glyph=Glyph::Trash
                    on_click=move |()| deleting.set(true)
                    disabled=Signal::derive(move || !place.can_edit())
                    testid="delete-segment"
                >
                    "Delete"
                </Button>
            </div>
        </header>
        <Editor draft locked=Signal::derive(move || !place.can_edit()) />
        <SaveBar base data draft edited query />
        <DeleteDialog open=deleting data />
    }
}

#[component]
fn DeleteDialog(open: RwSignal<bool>, data: RwSignal<Standing>) -> impl IntoView {
    let place = Place::current();
    let toasts = Toasts::current();
    let router = Router::current();
    let (busy, error) = (RwSignal::new(false), RwSignal::new(None));
    crate::reactive::effect(move || {
        if open.get() {
            error.set(None);
        }
    });
    let key = move || data.with(|it| it.definition.key.clone());
    let confirm = move |()| {
        let (key, version) =
            data.with_untracked(|it| (it.definition.key.clone(), it.definition.version));
        let change = Change {
            kind: EntityKind::Segment,
            environment: None,
            key: key.clone(),
            action: Action::Delete,
            document: None,
            version: Some(version),
        };
        let set = NewChangeSet {
            project: place.project.get_untracked(),
            reason: None,
            changes: vec![change],
            dry_run: false,
        };
        busy.set(true);
        crate::reactive::spawn(async move {
            match client::apply(set).await {
                Ok(_) => {
                    open.try_set(false);
                    toasts.say(Tone::Good, format!("{key} is gone."));
                    router.go(&untrack(|| place.path("segments")));
                }
                Err(failed) => {
                    error.try_set(Some(failed));
                }
            }
            busy.try_set(false);
        });
    };
    view! {
        <ConfirmDialog
            open
            title=Signal::derive(move || format!("Delete {}?", key()))
            effect="It goes from all environments, with its members and rules. While a flag or another segment names it, that is refused, and what names it is listed here."
            verb="Delete segment"
            on_confirm=confirm
            busy=busy
            error=error
        />
    }
}

/// The change set that puts a configuration in force.
pub(super) fn saving(
    place: Place,
    standing: &Standing,
    config: &SegmentConfig,
    reason: &str,
) -> NewChangeSet {
    let reason = reason.trim();
    NewChangeSet {
        project: place.project.get_untracked(),
        reason: (!reason.is_empty()).then(|| reason.to_owned()),
        changes: vec![Change {
            kind: EntityKind::SegmentConfig,
            environment: Some(place.environment.get_untracked()),
            key: standing.definition.key.clone(),
            action: Action::Put,
            document: serde_json::to_value(config).ok(),
            version: Some(standing.config.version),
        }],
        dry_run: false,
    }
}

/// The address of a segment's history.
pub(super) fn history(place: Place, key: &str) -> String {
    place.path(&format!("changes?key={}", encode(key)))
}
