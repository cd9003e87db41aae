//! Putting a flag away, and taking it out again.

use leptos::prelude::*;
use serin_api::{
    change::{Action, Change, NewChangeSet},
    entity::EntityKind,
};

use super::editor::Editor;
use crate::{
    client,
    components::{
        badge::Tone,
        button::{Button, Look},
        dialog::Dialog,
        error_view::ErrorNotice,
        owners::ArchiveBlocked,
        toast::Toasts,
    },
    describe::in_use::owners,
    shell::ProjectFlags,
};

/// Names what archiving does, and does it.
#[component]
pub(crate) fn ArchiveDialog(open: RwSignal<bool>, archived: Memo<bool>) -> impl IntoView {
    let editor = expect_context::<Editor>();
    let (flags, toasts) = (expect_context::<ProjectFlags>(), Toasts::current());
    let (busy, error) = (RwSignal::new(false), RwSignal::new(None));
    let title = move || {
        let verb = if archived.get() {
            "Take out of the archive"
        } else {
            "Archive"
        };
        format!("{verb}: {}", editor.name())
    };
    let on_in = move || {
        let key = editor.key();
        flags
            .0
            .with(|flags| {
                let item = flags.iter().find(|item| item.flag.key == key)?;
                let on: Vec<_> = item
                    .environments
                    .iter()
                    .filter(|(_, config)| config.document.enabled)
                    .collect();
                Some(
                    on.into_iter()
                        .map(|(environment, _)| environment.clone())
                        .collect::<Vec<_>>(),
                )
            })
            .flatten()
            .unwrap_or_default()
    };
    let live = Memo::new(move |_| {
        let key = editor.key();
        let live = flags.0.with(|flags| owners(flags, &key, None));
        live.filter(|_| !archived.get()).unwrap_or_default()
    });
    let blocked = Memo::new(move |_| live.with(|live| !live.is_empty()));
    let in_the_way = move || {
        let live = live.get();
        (!live.is_empty()).then(|| view! { <ArchiveBlocked of=live /> })
    };
    let effect = move || {
        if archived.get() {
            return "Evaluators get it again in every environment, as it is configured there."
                .to_owned();
        }
        let on = on_in();
        let now = if on.is_empty() {
            "It is off everywhere now.".to_owned()
        } else {
            format!("It is on in {} now.", on.join(", "))
        };
        format!(
            "Evaluators no longer get it in any environment, so callers fall back to the defaults in their code. {now} Its history stays, and it can be taken out again."
        )
    };
    let confirm = move || {
        busy.set(true);
        let base = editor.base.get_untracked();
        let archive = !archived.get_untracked();
        let change = Change {
            kind: EntityKind::Flag,
            environment: None,
            key: base.definition.key.clone(),
            action: Action::Patch,
            document: Some(serde_json::json!({ "archived": archive })),
            version: Some(base.definition.version),
        };
        let project = editor.place.project.get_untracked();
        crate::reactive::spawn(async move {
            match client::apply(NewChangeSet {
                project,
                reason: None,
                changes: vec![change],
                dry_run: false,
            })
            .await
            {
                Ok(_) => {
                    open.set(false);
                    flags.0.refetch();
                    let done = if archive {
                        "archived"
                    } else {
                        "out of the archive"
                    };
                    toasts.say(Tone::Good, format!("{} is {done}.", base.definition.key));
                }
                Err(failed) => error.set(Some(failed)),
            }
            busy.set(false);
        });
    };
    view! {
        <Dialog open title=Signal::derive(title)>
            <div class="dialog-body">
                <ErrorNotice error=error />
                {in_the_way}
                <p>{effect}</p>
            </div>
            <div class="dialog-foot">
                <Button on_click=move |()| open.set(false) testid="dialog-cancel">"Cancel"</Button>
                <Button
                    look=if archived.get() { Look::Primary } else { Look::Danger }
                    on_click=move |()| confirm()
                    busy=busy
                    disabled=blocked
                    testid="dialog-confirm"
                >
                    {move || if archived.get() { "Take out" } else { "Archive flag" }}
                </Button>
            </div>
        </Dialog>
    }
}
