//! Unsaved edits in words, and saving them with a reason.

mod review;

use leptos::prelude::*;
use serin_api::{
    change::{AppliedChange, Change, ChangeSet, NewChangeSet},
    entity::EntityKind,
    error::codes,
};
use serin_engine::{
    flag::{FlagConfig, FlagDefinition},
    json::read,
};

use super::{
    conflict::ConflictDialog,
    editor::{Editor, Standing},
    impact::ImpactLine,
    problems::sentence,
};
use crate::{
    client::{self, Error},
    components::{
        badge::Tone,
        button::{Button, Look},
        icon::{Glyph, Icon},
        show::Show,
        toast::Toasts,
    },
    pages::toggle::{Toggler, Unsaved},
    query::Query,
    shell::{ProjectFlags, account::author},
};
use review::ReviewDialog;

/// What saving needs, beside the edits.
#[derive(Clone, Copy)]
pub(crate) struct Saving {
    editor: Editor,
    standing: Query<Standing>,
    flags: ProjectFlags,
    toasts: Toasts,
    pub(crate) busy: RwSignal<bool>,
    pub(crate) error: RwSignal<Option<Error>>,
    pub(crate) reason: RwSignal<String>,
    /// The review of the edits.
    pub(crate) reviewing: RwSignal<bool>,
    /// What stands on the server, where it overtook the edits.
    pub(crate) conflict: RwSignal<Option<Standing>>,
}

impl Saving {
    /// Saves changes; a conflict opens its dialog, and no edit is lost whatever happens.
    pub(crate) fn save(self, changes: Vec<Change>) {
        let project = self.editor.place.project.get_untracked();
        let reason = self.reason.get_untracked().trim().to_owned();
        let reason = Some(reason).filter(|reason| !reason.is_empty());
        self.busy.set(true);
        self.error.set(None);
        crate::reactive::spawn(async move {
            match client::apply(NewChangeSet {
                project,
                reason,
                changes,
                dry_run: false,
            })
            .await
            {
                Ok(applied) => self.saved(&applied),
                Err(error) if error.code == codes::VERSION_CONFLICT => self.overtaken().await,
                Err(error) => self.error.set(Some(error)),
            }
            self.busy.set(false);
        });
    }

    /// Shows what the edits do, to be saved; where somebody else saved the same parts, that
    /// is to be settled first.
    pub(crate) fn review(self) {
        match self.editor.overtaken.get_untracked() {
            Some(theirs) => self.conflict.set(Some(theirs)),
            None => self.reviewing.set(true),
        }
    }

    /// Goes on to the review with what was chosen in a conflict.
    pub(crate) fn settle(self, theirs: Standing, chosen: (FlagDefinition, FlagConfig)) {
        self.editor.base.set(theirs);
        self.editor.overtaken.set(None);
        self.editor.show(chosen.0, chosen.1);
        self.conflict.set(None);
        // All of theirs was chosen, or there are edits left.
        if untrack(|| self.editor.is_edited()) {
            self.reviewing.set(true);
        } else {
            self.editor.views.return_focus();
        }
    }

    fn saved(self, applied: &ChangeSet) {
        let mut standing = self.editor.base.get_untracked();
        for change in &applied.changes {
            take(&mut standing, change, applied);
        }
        self.editor.show(
            standing.definition.document.clone(),
            standing.config.document.clone(),
        );
        self.editor.base.set(standing);
        self.editor.overtaken.set(None);
        self.reviewing.set(false);
        self.editor.views.return_focus();
        self.reason.set(String::new());
        self.standing.refetch();
        self.flags.0.refetch();
        let revision = applied
            .revisions
            .get(&self.editor.place.environment.get_untracked());
        let at = revision
            .map(|revision| format!(" in revision {revision}"))
            .unwrap_or_default();
        self.toasts.say(Tone::Good, format!("Saved{at}."));
    }

    /// Reads what stands now and shows both sides.
    pub(crate) async fn overtaken(self) {
        let place = self.editor.place;
        let (project, environment, key) = (
            place.project.get_untracked(),
            place.environment.get_untracked(),
            untrack(|| self.editor.key()),
        );
        let definition = client::flag(&project, &key).await;
        let config = client::flag_config(&project, &environment, &key).await;
        match (definition, config) {
            (Ok(definition), Ok(config)) => {
                self.reviewing.set(false);
                let theirs = Standing { definition, config };
                self.editor.overtaken.set(Some(theirs.clone()));
                self.conflict.set(Some(theirs));
            }
            (Err(error), _) | (_, Err(error)) => self.error.set(Some(error)),
        }
    }
}

/// Takes an applied change for what stands, ahead of the server's next answer.
fn take(standing: &mut Standing, change: &AppliedChange, applied: &ChangeSet) {
    let Some(after) = change.after.clone() else {
        return;
    };
    match change.kind {
        EntityKind::Flag => {
            if let Ok(document) = read(after) {
                standing.definition.document = document;
            }
            standing.definition.version = change.version;
            standing.definition.updated_at = applied.applied_at;
            standing.definition.updated_by.clone_from(&applied.author);
        }
        EntityKind::FlagConfig => {
            if let Ok(document) = read(after) {
                standing.config.document = document;
            }
            standing.config.version = change.version;
            standing.config.updated_at = applied.applied_at;
            standing.config.updated_by.clone_from(&applied.author);
        }
        _ => {}
    }
}

/// The bar; it is there only while there are edits.
#[component]
pub(crate) fn SaveBar(standing: Query<Standing>) -> impl IntoView {
    let editor = expect_context::<Editor>();
    let saving = Saving {
        editor,
        standing,
        flags: expect_context(),
        toasts: Toasts::current(),
        busy: RwSignal::new(false),
        error: RwSignal::new(None),
        reason: RwSignal::new(String::new()),
        reviewing: RwSignal::new(false),
        conflict: RwSignal::new(None),
    };
    let edited = Memo::new(move |_| editor.is_edited());
    let turn = move |enabled: bool| {
        editor.config.update(|config| config.enabled = enabled);
        saving.review();
    };
    expect_context::<Toggler>().knows_edits(Unsaved {
        edited: edited.into(),
        ready: Signal::derive(move || editor.problems().is_empty()),
        turn: Callback::new(turn),
    });
    view! {
        <Show when=move || edited.get()>
            <Bar saving />
        </Show>
        <ReviewDialog saving />
        <ConflictDialog saving />
    }
}

#[component]
fn Bar(saving: Saving) -> impl IntoView {
    let editor = saving.editor;
    let said = Memo::new(move |_| editor.sentences());
    let problems = Memo::new(move |_| editor.problems());
    let words = move || match said.with(Vec::len) {
        0 => "an unfinished edit".to_owned(),
        1 | 2 => said.get().join(" · "),
        count => format!(
            "{} · and {} more",
            said.with(|said| said[..2].join(" · ")),
            count - 2
        ),
    };
    let go = move |_| {
        if let Some(first) = problems.with_untracked(|problems| problems.first().cloned()) {
            let rules = editor.config.with_untracked(|config| {
                config
                    .rules
                    .iter()
                    .map(|rule| rule.id.clone())
                    .collect::<Vec<_>>()
            });
            editor.views.go(&first, &rules);
        }
    };
    let problem = move || {
        let (first, more) =
            problems.with(|all| (all.first().map(sentence), all.len().saturating_sub(1)));
        first.map(|first| {
            let more = (more > 0).then(|| format!(" And {more} more."));
            view! {
                <p class="tiny save-problem" role="status">
                    <Icon glyph=Glyph::Warning size=12 />
                    <button type="button" class="link" data-testid="save-problem" on:click=go>{first}</button>
                    {more}
                </p>
            }
        })
    };
    let compare = move |_| saving.review();
    let drop_edits = move |()| {
        editor.drop_edits(saving.toasts);
        editor.views.return_focus();
    };
    let others = move || {
        let theirs = editor.overtaken.get()?;
        let who = author(&theirs.last_change().0);
        Some(view! {
            <p class="tiny save-problem" role="status">
                <Icon glyph=Glyph::User size=12 />
                {format!("{who} changed the same meanwhile.")}
                " "
                <button type="button" class="link" on:click=compare>"Compare"</button>
            </p>
        })
    };
    view! {
        <div class="save-bar" role="region" aria-label="Unsaved edits" data-testid="save-bar">
            <div class="save-words">
                <p class="small"><span class="strong">"Not saved: "</span>{words}</p>
                <ImpactLine />
                {problem}
                {others}
            </div>
            <div class="row">
                <Button look=Look::Quiet on_click=drop_edits testid="cancel-edits">"Cancel"</Button>
                <Button
                    look=Look::Primary
                    on_click=move |()| saving.review()
                    disabled=Signal::derive(move || problems.with(|problems| !problems.is_empty()))
                    testid="save-review"
                >
                    "Review and save"
                </Button>
            </div>
        </div>
    }
}
