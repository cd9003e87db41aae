//! Adding members: typed, pasted or from a file, with what was understood before anything
//! is taken. Long texts are read in steps between which the page lives on.

use leptos::prelude::*;
use serin_api::segment::{ListEdit, MemberList, MembersEdit};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

use super::{
    draft::Draft,
    intake::{Found, Intake, Layout, Take},
    members::Looking,
    number,
    page::Standing,
};
use crate::{
    client,
    components::{
        button::Button,
        dialog::Dialog,
        error_view::ErrorNotice,
        field::{Checkbox, Field, TextArea, TextInput},
        select::Select,
        show::Show,
    },
    place::Place,
    reactive::{Calm, effect, spawn},
};

/// Pasted text longer than this is treated as a file: a text field of it would be slow.
const LONG: usize = 20_000;
/// The largest file, in bytes.
const LARGEST: f64 = 50e6;
/// How many records are read before the page gets its turn.
const STEP: usize = 2000;

/// Where the units come from, and what is known of them.
#[derive(Clone, Copy)]
struct Job {
    /// What was typed.
    typed: RwSignal<String>,
    /// A file or a long paste, by its name.
    source: RwSignal<Option<String>>,
    /// Its text.
    text: StoredValue<String>,
    layout: RwSignal<Option<Layout>>,
    /// How much is read, in percent, while it is.
    reading: RwSignal<Option<usize>>,
    found: RwSignal<Option<Found>>,
    /// How many of them would be new; absent until the server said so.
    fresh: RwSignal<Option<usize>>,
    error: RwSignal<Option<client::Error>>,
    /// What is asked last wins.
    turn: StoredValue<u32>,
}

impl Job {
    fn new() -> Self {
        Self {
            typed: RwSignal::new(String::new()),
            source: RwSignal::new(None),
            text: StoredValue::new(String::new()),
            layout: RwSignal::new(None),
            reading: RwSignal::new(None),
            found: RwSignal::new(None),
            fresh: RwSignal::new(None),
            error: RwSignal::new(None),
            turn: StoredValue::new(0),
        }
    }

    fn begin(self) -> u32 {
        self.turn.update_value(|turn| *turn += 1);
        self.reading.set(None);
        self.found.set(None);
        self.fresh.set(None);
        self.error.set(None);
        self.turn.get_value()
    }

    fn is_mine(self, turn: u32) -> bool {
        self.turn.try_get_value() == Some(turn)
    }

    fn clear(self) {
        let _ = self.begin();
        self.typed.set(String::new());
        self.source.set(None);
        self.text.set_value(String::new());
        self.layout.set(None);
    }

    /// Another text is to be understood.
    fn take(self, text: String, name: Option<String>) {
        self.layout
            .set((!text.trim().is_empty()).then(|| Layout::of(&text)));
        self.text.set_value(text);
        self.source.set(name);
    }
}

/// Lets the page draw and take input.
async fn breathe() {
    let turn = js_sys::Promise::new(&mut |resolve, _| {
        // Where there is no timer, there is nobody to wait for either.
        let _ = window().set_timeout_with_callback(&resolve);
    });
    let _ = JsFuture::from(turn).await;
}

/// Reads the text of a job in the present layout, in steps.
async fn understand(job: Job, layout: Layout) -> Option<Found> {
    let turn = job.begin();
    let mut intake = job.text.with_value(|text| Intake::new(text, layout));
    loop {
        let more = job.text.try_with_value(|text| intake.read(text, STEP))?;
        if !more {
            break;
        }
        let percent = job.text.try_with_value(|text| intake.percent(text))?;
        job.reading.try_set(Some(percent));
        breathe().await;
        if !job.is_mine(turn) {
            return None;
        }
    }
    let found = intake.done();
    job.reading.try_set(None);
    job.found.try_set(Some(found.clone()));
    Some(found)
}

/// The file that was chosen, read.
async fn read_file(input: web_sys::HtmlInputElement) -> Option<Result<(String, String), String>> {
    let file = input.files()?.get(0)?;
    // So that the same file may be chosen again after it was changed.
    if file.size() > LARGEST {
        input.set_value("");
        return Some(Err(format!("{} has more than 50 MB.", file.name())));
    }
    let text = JsFuture::from(file.text()).await;
    input.set_value("");
    let text = text.ok().and_then(|text| text.as_string());
    Some(match text {
        Some(text) => Ok((file.name(), text)),
        None => Err(format!("{} cannot be read.", file.name())),
    })
}

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
        let edit = edit_of(list, &by.get_untracked(), found.units);
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
                Err(error) => drop(job.error.try_set(Some(error))),
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
        let present = found.units.len() - job.fresh.get_untracked().unwrap_or(found.units.len());
        let named = normal(&attribute.get_untracked());
        draft.update(|draft| draft.add(list, &named, found.units, present));
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
                    <div on:paste=move |event| on_paste(event.unchecked_into())>
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

fn pasted(event: &leptos::ev::Event) -> String {
    // By name: the typed way would link the whole clipboard.
    let get = |of: &wasm_bindgen::JsValue, name: &str| js_sys::Reflect::get(of, &name.into()).ok();
    let data = get(event, "clipboardData");
    let text = data.as_ref().and_then(|data| {
        let get_data: js_sys::Function = get(data, "getData")?.dyn_into().ok()?;
        get_data.call1(data, &"text/plain".into()).ok()?.as_string()
    });
    text.unwrap_or_default()
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

/// What was understood, in words: `99 990 new · 8 there already · 2 twice · 3 invalid`.
fn said(found: &Found, fresh: Option<usize>) -> String {
    let mut parts = match fresh {
        Some(fresh) => vec![
            format!("{} new", number(fresh)),
            format!(
                "{} there already",
                number(found.units.len().saturating_sub(fresh))
            ),
        ],
        None => vec![format!("{} found", number(found.units.len()))],
    };
    if found.twice > 0 {
        parts.push(format!("{} more than once", number(found.twice)));
    }
    parts.push(format!("{} invalid", number(found.invalid)));
    parts.join(" · ")
}

/// The preview: columns to choose from, counts, the first units and every mistake's line.
#[component]
fn Understood(job: Job) -> impl IntoView {
    let columns = Signal::derive(move || {
        let columns = job
            .layout
            .with(|layout| layout.as_ref().map(|it| it.columns.clone()));
        let columns = columns.unwrap_or_default().into_iter().enumerate();
        let mut options: Vec<(String, String)> = columns
            .map(|(index, name)| (index.to_string(), name))
            .collect();
        options.push(("all".to_owned(), "every value".to_owned()));
        options
    });
    let chosen = Signal::derive(move || {
        let take = job
            .layout
            .with(|layout| layout.as_ref().map(|layout| layout.take));
        match take {
            Some(Take::Column(index)) => index.to_string(),
            _ => "all".to_owned(),
        }
    });
    let choose = move |name: String| {
        let take = name.parse().map_or(Take::All, Take::Column);
        job.layout.update(|layout| {
            if let Some(layout) = layout {
                layout.take = take;
            }
        });
    };
    let header = Signal::derive(move || {
        job.layout
            .with(|it| it.as_ref().is_some_and(|it| it.header))
    });
    let on_header = move |on: bool| {
        job.layout.update(|layout| {
            if let Some(layout) = layout {
                layout.header = on;
            }
        });
    };
    let table = move || columns.with(|columns| columns.len() > 2);
    let words = move || match (job.reading.get(), job.found.get()) {
        (Some(percent), _) => format!("Reading, {percent} %"),
        (None, Some(found)) => said(&found, job.fresh.get()),
        (None, None) => String::new(),
    };
    let sample = move || {
        let first = job.found.with(|found| {
            let units = found.iter().flat_map(|found| found.units.iter().take(4));
            units.cloned().collect::<Vec<_>>()
        });
        let codes = first.into_iter();
        codes
            .map(|unit| view! { <code class="truncate">{unit}</code> }.into_any())
            .collect::<Vec<_>>()
    };
    let mistakes = move || {
        let mistakes = job
            .found
            .with(|found| found.as_ref().map(|found| found.mistakes.clone()));
        let rows = mistakes.unwrap_or_default().into_iter();
        rows.map(|mistake| {
            let line = format!("Line {}: {}", mistake.line, mistake.why);
            view! { <li>{line}</li> }.into_any()
        })
        .collect::<Vec<_>>()
    };
    let any = move || {
        job.found
            .with(|found| found.as_ref().is_some_and(|it| it.invalid > 0))
    };
    view! {
        <div class="stack import-preview">
            <Show when=table>
                <div class="row wrap">
                    <Field label="What to take">
                        <Select options=columns value=chosen on_change=choose testid="import-column" />
                    </Field>
                    <Checkbox checked=header on_change=on_header label="The first line names the columns" />
                </div>
            </Show>
            <p class="strong number" role="status" data-testid="import-said">{words}</p>
            <p class="row wrap tiny import-sample">{sample}</p>
            <Show when=any>
                <details class="small" open=true>
                    <summary>"What gave no unit"</summary>
                    <ul class="stack-s tiny import-mistakes" data-testid="import-mistakes">{mistakes}</ul>
                </details>
            </Show>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_understood_in_words() {
        let mut found = Found {
            units: vec!["a".to_owned(); 10],
            ..Found::default()
        };
        assert_eq!(said(&found, None), "10 found · 0 invalid");
        found.twice = 2;
        found.invalid = 3;
        assert_eq!(
            said(&found, Some(8)),
            "8 new · 2 there already · 2 more than once · 3 invalid"
        );
    }

    #[test]
    fn the_targeting_key_has_one_name() {
        assert_eq!(
            (normal(" targetingKey ").as_str(), normal("org.id").as_str()),
            ("", "org.id")
        );
        let edit = edit_of(MemberList::Excluded, "targetingKey", vec!["a".to_owned()]);
        assert_eq!(edit.excluded[0].attribute, None);
    }
}
