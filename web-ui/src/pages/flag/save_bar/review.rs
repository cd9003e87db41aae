//! The edits in words before they are saved, with the reason for them.

use leptos::{ev, prelude::*};

use super::Saving;
use crate::{
    components::{
        button::Button,
        dialog::Dialog,
        error_view::ErrorNotice,
        field::{Field, TextArea},
        show::Show,
    },
    describe::in_use::owners,
    pages::{flag::impact::panel::ImpactPanel, saving::ProductionNotice, toggle::Ends},
    serving,
};

/// Saves, or asks once more: the same button with other words, so that the focus stays.
#[component]
fn SaveButton(saving: Saving, sure: RwSignal<bool>, asks_again: Memo<bool>) -> impl IntoView {
    let words = move || match (sure.get(), asks_again.get()) {
        (true, _) => "Change production now",
        (false, true) => "Save…",
        (false, false) => "Save",
    };
    // The second click of a double one has read nothing.
    let once = move |event: ev::MouseEvent| {
        if event.detail() > 1 {
            event.prevent_default();
        }
    };
    view! {
        <button
            type="submit"
            class="button"
            data-look="primary"
            data-testid=move || if sure.get() { "dialog-confirm" } else { "save-confirm" }
            disabled=move || saving.busy.get()
            aria-busy=move || saving.busy.get().then_some("true")
            on:click=once
        >
            {words}
        </button>
    }
}

/// The review; it is open for as long as [`Saving::reviewing`] says.
#[component]
pub(super) fn ReviewDialog(saving: Saving) -> impl IntoView {
    let place = saving.editor.place;
    let title = move || {
        let environment = place
            .environment_details()
            .map_or_else(String::new, |environment| environment.name);
        format!("Save {} in {environment}", saving.editor.name())
    };
    view! {
        <Dialog open=saving.reviewing title=Signal::derive(title)>
            <Review saving />
        </Dialog>
    }
}

#[component]
fn Review(saving: Saving) -> impl IntoView {
    let (editor, place) = (saving.editor, saving.editor.place);
    saving.error.set(None);
    let sure = RwSignal::new(false);
    let said = move || {
        editor
            .sentences()
            .into_iter()
            .map(|sentence| view! { <li>{sentence}</li> })
            .collect_view()
    };
    let touches_all = move || {
        editor.definition.with(|definition| {
            editor
                .base
                .with(|base| *definition != base.definition.document)
        })
    };
    let ended = move || {
        let was_on = editor.base.with(|base| base.config.document.enabled);
        if !was_on || editor.config.with(|config| config.enabled) {
            return None;
        }
        let (key, environment) = (editor.key(), place.environment.get());
        let live = saving
            .flags
            .0
            .with(|flags| owners(flags, &key, Some(&environment)));
        let live = live.filter(|live| !live.is_empty())?;
        Some(view! { <Ends of=live /> })
    };
    let effect = move || {
        editor.definition.with(|definition| {
            editor
                .config
                .with(|config| serving::effect(definition, config))
        })
    };
    let asks_again = Memo::new(move |_| place.production());
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if asks_again.get_untracked() && !sure.get_untracked() {
            sure.set(true);
        } else {
            saving.save(editor.changes());
        }
    };
    let effect = Signal::derive(effect);
    view! {
        <form on:submit=submit>
            <div class="dialog-body">
                <ErrorNotice error=saving.error />
                <ul class="review-list">{said}</ul>
                {ended}
                <ImpactPanel />
                {move || touches_all().then(|| view! { <p class="tiny faint">"Variations and details change in all environments."</p> })}
                <Field label="Comment" hint="Why, for those who read the history.">
                    <TextArea value=saving.reason on_input=move |text| saving.reason.set(text) testid="save-comment" autofocus=true />
                </Field>
                <Show when=move || sure.get()><ProductionNotice effect /></Show>
            </div>
            <div class="dialog-foot">
                <Button on_click=move |()| saving.reviewing.set(false) testid="dialog-cancel">"Back to the edits"</Button>
                <SaveButton saving sure asks_again />
            </div>
        </form>
    }
}
