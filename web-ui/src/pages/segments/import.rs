//! Adding members: typed, pasted or from a file, with what was understood before anything
//! is taken.

mod job;
mod understood;

use leptos::prelude::*;
use serin_api::segment::{ListEdit, MemberList, MembersEdit};
use wasm_bindgen::JsCast;

use self::{
    job::{Job, pasted, read_file, understand},
    understood::Understood,
};
use super::{draft::Draft, intake::Found, members::Looking, number, page::Standing};
use crate::{
    client,
    components::{
        button::Button,
        dialog::Dialog,
        error_view::ErrorNotice,
        field::{Field, TextArea, TextInput},
        show::Show,
    },
    place::Place,
    reactive::{Calm, effect, spawn},
};

/// Pasted text longer than this is treated as a file: a text field of it would be slow.
const LONG: usize = 20_000;

#[component]
pub(super) fn ImportDialog(
    open: RwSignal<bool>,
    base: RwSignal<Standing>,
    draft: RwSignal<Draft>,
    looking: Looking,
) -> impl IntoView {
    let title = Signal::derive(move || {
        match looking.list.get() {
            MemberList::Included => "Add to those included",
            MemberList::Excluded => "Add to those excluded",
        }
        .to_owned()
    });
    view! {
        <Dialog open title wide=true>
            <Form open base draft looking />
        </Dialog>
    }
}

#[component]
fn Form(
    open: RwSignal<bool>,
    base: RwSignal<Standing>,
    draft: RwSignal<Draft>,
    looking: Looking,
) -> impl IntoView {
    let place = Place::current();
    let job = Job::new();
    let attribute = RwSignal::new(looking.attribute.get_untracked());
    let list = looking.list.get_untracked();
    let (calm, calm_name) = (Calm::new(), Calm::new());
    // As typed, and once the typing rests.
    let by = RwSignal::new(attribute.get_untracked());
    let on_attribute = move |text: String| {
        attribute.set(text);
        calm_name.after(400, move || by.set(attribute.get_untracked()));
    };
    let rehearse = move |found: Found| async move {
        if found.units.is_empty() {
            return;
        }
        let turn = job.turn.get_value();
        let attribute = by.get_untracked();
        // Those who are to come already are nothing new.
        let units = unplanned(&draft.get_untracked(), list, &attribute, found.units);
        if units.is_empty() {
            job.fresh.try_set(Some(0));
            return;
        }
        let edit = edit_of(list, &attribute, units);
        let (project, environment) = (
            place.project.get_untracked(),
            place.environment.get_untracked(),
        );
        let key = base.with_untracked(|base| base.definition.key.clone());
        let answer = client::rehearse_members(&project, &environment, &key, &edit).await;
        if job.is_mine(turn) {
            match answer {
                Ok(outcome) => drop(
                    job.fresh
                        .try_set(outcome.lists.first().map(|list| list.added)),
                ),
                Err(error) => drop(job.error.try_set(Some(plainly(error)))),
            }
        }
    };
    // Understood anew whenever the text, its layout or the attribute is another.
    effect(move || {
        by.track();
        match job.layout.get() {
            None => drop(job.begin()),
            Some(layout) => spawn(async move {
                if let Some(found) = understand(job, layout).await {
                    rehearse(found).await;
                }
            }),
        }
    });
    let on_type = move |text: String| {
        job.typed.set(text);
        calm.after(250, move || job.take(job.typed.get_untracked(), None));
    };
    let on_paste = move |event: leptos::ev::Event| {
        let text = pasted(&event);
        if text.len() > LONG {
            event.prevent_default();
            job.take(text, Some("The pasted text".to_owned()));
        }
    };
    let on_file = move |event: leptos::ev::Event| {
        let input: web_sys::HtmlInputElement = event_target(&event);
        spawn(async move {
            match read_file(input).await {
                Some(Ok((name, text))) => job.take(text, Some(name)),
                Some(Err(why)) => drop(job.error.try_set(Some(client::failed(why)))),
                None => {}
            }
        });
    };
    let take = move |()| {
        let Some(found) = job.found.get_untracked() else {
            return;
        };
        let named = normal(&attribute.get_untracked());
        let units = unplanned(&draft.get_untracked(), list, &named, found.units);
        let fresh = job.fresh.get_untracked().unwrap_or(units.len());
        let present = units.len().saturating_sub(fresh);
        draft.update(|draft| draft.add(list, &named, units, present));
        looking.attribute.set(named);
        open.set(false);
    };
    let verb = move || match job.fresh.get() {
        Some(fresh) => format!("Add {}", number(fresh)),
        None => "Add".to_owned(),
    };
    let useless = Signal::derive(move || job.fresh.get().is_none_or(|fresh| fresh == 0));
    let source = move || job.source.get();
    view! {
        <div class="dialog-body">
            <ErrorNotice error=job.error />
            <Field label="Listed by" hint="The attribute of the context that is compared; usually the targeting key.">
                <TextInput value=attribute on_input=on_attribute placeholder="targetingKey" mono=true testid="import-attribute" />
            </Field>
            <Show
                when=move || source().is_some()
                fallback=move || view! {
                    <div class="import-text" on:paste=move |event| on_paste(event.unchecked_into())>
                        <Field label="Units" hint="One a line, or separated by commas; a whole table may be pasted too.">
                            <TextArea value=job.typed on_input=on_type rows=6 mono=true testid="import-text" autofocus=true />
                        </Field>
                    </div>
                    <label class="field">
                        <span class="field-label">"Or from a file"</span>
                        <input type="file" class="file-input small" accept=".csv,.tsv,.txt,text/csv,text/plain" data-testid="import-file" on:change=on_file />
                        <span class="field-hint">"CSV, TSV or plain text. It is read in this browser."</span>
                    </label>
                }.into_any()
            >
                <p class="row small">
                    <span class="strong truncate">{move || source().unwrap_or_default()}</span>
                    <span class="push"></span>
                    <Button small=true on_click=move |()| job.clear()>"Take something else"</Button>
                </p>
            </Show>
            <Understood job />
        </div>
        <div class="dialog-foot">
            <Button on_click=move |()| open.set(false) testid="dialog-cancel">"Cancel"</Button>
            <button type="button" class="button" data-look="primary" data-testid="import-take" disabled=move || useless.get() on:click=move |_| take(())>
                {verb}
            </button>
        </div>
    }
}

/// Those of some units who are not to come already.
fn unplanned(draft: &Draft, list: MemberList, attribute: &str, units: Vec<String>) -> Vec<String> {
    let attribute = normal(attribute);
    let mut units = units;
    units.retain(|unit| !draft.adds(list, &attribute, unit));
    units
}

/// What is wrong with the units, said once and without the places of a document that
/// nobody sees.
fn plainly(error: client::Error) -> client::Error {
    let mut details = error.details.iter();
    let Some(first) = details.next() else {
        return error;
    };
    let mut message = first.message.clone();
    if let Some(letter) = message.get_mut(..1) {
        letter.make_ascii_uppercase();
    }
    message.push('.');
    client::Error {
        message,
        details: Vec::new(),
        ..error
    }
}

/// The attribute as lists are known by it.
fn normal(attribute: &str) -> String {
    match attribute.trim() {
        "targetingKey" | "/targetingKey" => String::new(),
        named => named.to_owned(),
    }
}

fn edit_of(list: MemberList, attribute: &str, add: Vec<String>) -> MembersEdit {
    let attribute = normal(attribute);
    let edit = ListEdit {
        attribute: (!attribute.is_empty()).then_some(attribute),
        add,
        remove: Vec::new(),
    };
    match list {
        MemberList::Included => MembersEdit {
            included: vec![edit],
            ..MembersEdit::default()
        },
        MemberList::Excluded => MembersEdit {
            excluded: vec![edit],
            ..MembersEdit::default()
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_targeting_key_has_one_name() {
        assert_eq!(
            (normal(" targetingKey ").as_str(), normal("org.id").as_str()),
            ("", "org.id")
        );
        let edit = edit_of(MemberList::Excluded, "targetingKey", vec!["a".to_owned()]);
        assert_eq!(edit.excluded[0].attribute, None);
    }

    #[test]
    fn who_comes_already_does_not_come_twice() {
        let mut draft = Draft::of(&[]);
        draft.add(MemberList::Included, "", vec!["a".to_owned()], 1);
        let units = || vec!["a".to_owned(), "b".to_owned()];
        let new = |list, attribute: &str| unplanned(&draft, list, attribute, units());
        assert_eq!(new(MemberList::Included, "targetingKey"), ["b"]);
        assert_eq!(new(MemberList::Included, "org.id"), ["a", "b"]);
        assert_eq!(new(MemberList::Excluded, ""), ["a", "b"]);
    }

    #[test]
    fn a_refusal_is_said_once() {
        let mut error = client::failed("the request has mistakes".to_owned());
        error.details = vec![serin_api::error::Detail {
            path: "/included".to_owned(),
            code: "too_many".to_owned(),
            message: "a segment lists at most 100 000 units".to_owned(),
        }];
        let plain = plainly(error);
        assert_eq!(plain.message, "A segment lists at most 100 000 units.");
        assert_eq!(plain.details, []);
    }
}
