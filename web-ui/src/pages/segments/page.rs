//! One segment in the environment in view.

use leptos::prelude::*;
use serin_api::{
    change::{Action, Change, NewChangeSet},
    entity::{Entity, EntityKind},
    paths::encode,
    segment::SegmentOverview,
    uses::NodeKind,
};
use serin_engine::segment::SegmentDefinition;

use super::{
    conflict, delete::DeleteDialog, details::DetailsDialog, draft::Draft, editor::Rules,
    impact::Impact, members::Members, mistakes, save::SaveBar,
};
use crate::{
    client,
    components::{
        badge::Tone, button::Button, icon::Glyph, loaded::loaded, skeleton::SkeletonRows,
        time::Time, toast::Toasts,
    },
    conditions::Vocabulary,
    live::{Live, News, from_elsewhere},
    pages::{connections::Connections, history::History},
    place::Place,
    query::Query,
    router::{Router, page::KEY},
};

const KINDS: &[EntityKind] = &[EntityKind::Segment, EntityKind::SegmentConfig];

/// A segment and its configuration without its units, as the server has them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Standing {
    pub(super) definition: Entity<SegmentDefinition>,
    pub(super) overview: Entity<SegmentOverview>,
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
            let overview = client::segment_overview(&project, &environment, &key).await?;
            Ok(Standing {
                definition,
                overview,
            })
        },
    );
    let toasts = Toasts::current();
    expect_context::<Live>().on_entities(KINDS, Some(key.into()), move |news| {
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
    Vocabulary::provide();
    // What the edits are edits of: it follows the server wherever they fit on it.
    let base = RwSignal::new(data.get_untracked());
    let draft = RwSignal::new(base.with_untracked(|base| Draft::of(&base.overview.document.rules)));
    let edited = Memo::new(move |_| {
        base.with(|base| draft.with(|draft| draft.differs(&base.overview.document.rules)))
    });
    let theirs = conflict::follow(base, draft, data);
    Router::current().ask_before_leaving(edited.into());
    let (deleting, describing) = (RwSignal::new(false), RwSignal::new(false));
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
    let mistakes = mistakes::follow(draft, edited, key);
    let impact = Impact::follow(base, draft, edited, mistakes);
    let about = move || data.with(|it| it.definition.document.description.clone());
    let by = move || data.with(|it| it.overview.updated_by.clone());
    let node = Signal::derive(move || (NodeKind::Segment, key()));
    let locked = Signal::derive(move || !place.can_edit());
    view! {
        <header class="page-head">
            <div class="stack-s grow">
                <nav class="small muted" aria-label="Where this is">
                    <a class="link" href=move || place.path("segments")>"Segments"</a>
                </nav>
                <h1 tabindex="-1" data-testid="segment-name">{name}</h1>
                <p class="row wrap small muted">
                    <code>{key}</code>
                    <span>{about}</span>
                </p>
                <p class="row wrap small muted">
                    <span class="faint">
                        "last changed here by " {by} " "
                        <Time at=Signal::derive(move || data.with(|it| it.overview.updated_at)) />
                    </span>
                </p>
            </div>
            <div class="actions">
                <Button
                    on_click=move |()| describing.set(true)
                    disabled=locked
                    testid="edit-segment-details"
                >
                    "Edit details"
                </Button>
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
        <div class="segment-columns">
            <div class="stack">
                <Members base draft locked />
                <Rules draft locked />
            </div>
            <aside class="stack" aria-label="Connections and history">
                <Connections node />
                <History key=untrack(key) kinds=KINDS saved=move |()| base.track() />
            </aside>
        </div>
        <SaveBar mistakes impact base data draft edited theirs query />
        <DetailsDialog open=describing data query />
        <DeleteDialog open=deleting data />
    }
}

/// The change set that makes the edits of a draft of what stands.
pub(super) fn saving(
    (project, environment): (String, String),
    standing: &Standing,
    draft: &Draft,
    reason: &str,
) -> NewChangeSet {
    let reason = reason.trim();
    let change = |action: Action, document: Option<serde_json::Value>| Change {
        kind: EntityKind::SegmentConfig,
        environment: Some(environment.clone()),
        key: standing.definition.key.clone(),
        // Who comes and goes is that whatever others did meanwhile.
        version: (action != Action::Members).then_some(standing.overview.version),
        action,
        document,
    };
    let members = draft.members().map(|edit| serde_json::to_value(&edit).ok());
    let rules = draft.rules_differ(&standing.overview.document.rules);
    let rules = rules.then(|| Some(serde_json::json!({ "rules": draft.rules() })));
    NewChangeSet {
        project,
        reason: (!reason.is_empty()).then(|| reason.to_owned()),
        changes: members
            .map(|edit| change(Action::Members, edit))
            .into_iter()
            .chain(rules.map(|rules| change(Action::Patch, rules)))
            .collect(),
        dry_run: false,
    }
}

/// The address of a segment's history.
pub(super) fn history(place: Place, key: &str) -> String {
    place.path(&format!("changes?key={}", encode(key)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use serin_api::segment::MemberList;

    use super::*;

    #[test]
    fn rules_are_sent_only_where_they_were_edited() {
        let about = json!({"key": "s", "version": 4, "updated_at": "2026-01-01T00:00:00Z", "updated_by": "bob"});
        let mut overview = about.clone();
        overview["lists"] = json!([]);
        overview["rules"] = json!([{"when": {"segment": "beta"}}]);
        let standing = Standing {
            definition: serde_json::from_value(about).unwrap(),
            overview: serde_json::from_value(overview).unwrap(),
        };
        let here = || ("shop".to_owned(), "live".to_owned());
        let mut draft = Draft::of(&standing.overview.document.rules);
        draft.add(MemberList::Included, "", vec!["ada".to_owned()], 0);
        let set = saving(here(), &standing, &draft, " ");
        assert_eq!(set.changes.len(), 1);
        assert_eq!(
            (set.changes[0].action, set.changes[0].version),
            (Action::Members, None)
        );
        assert_eq!(set.reason, None);
        draft.rules.clear();
        let set = saving(here(), &standing, &draft, "why");
        assert_eq!(set.changes.len(), 2);
        assert_eq!(
            (set.changes[1].action, set.changes[1].version),
            (Action::Patch, Some(4))
        );
        assert_eq!(set.changes[1].document, Some(json!({"rules": []})));
    }
}
