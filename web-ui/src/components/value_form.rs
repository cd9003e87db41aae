//! The form that a schema makes of an object value. The value itself is the text of a
//! variation's draft; what is half typed is kept beside it.

use leptos::prelude::*;
use serde_json::Value;

use super::{
    button::{Button, IconButton, Look},
    each::{Each, entry},
    field::Field,
    icon::Glyph,
    select::Select,
    show::Show,
};
use crate::{
    value_schema::{
        form::{Member, Shape, others},
        place::{Path, inside, pointer, put},
    },
    variations::VariationDraft,
};

/// What the inputs of a form share.
#[derive(Clone, Copy)]
pub(crate) struct Form {
    /// The variation's.
    pub(crate) id: u32,
    /// All variations.
    pub(crate) drafts: RwSignal<Vec<VariationDraft>>,
    /// The draft's value, read.
    pub(crate) value: Memo<Value>,
    /// What is wrong, by places inside the value.
    pub(crate) mistakes: Signal<Vec<(String, String)>>,
    /// Cannot be edited.
    pub(crate) disabled: Signal<bool>,
}

/// How somebody sees a member: its words, and its way.
#[derive(Clone)]
struct Spot {
    label: String,
    hint: Option<String>,
    path: Path,
    required: bool,
    /// An item of a list, and no member.
    item: bool,
}

impl Form {
    /// The form.
    pub(crate) fn view(self, members: Vec<Member>) -> AnyView {
        view! { <div class="value-form" data-testid="value-form">{self.members(Path::new(), members)}</div> }
            .into_any()
    }

    /// A place in the flag's definition.
    fn place(self, path: &[String]) -> impl Fn() -> Option<String> + Send + 'static {
        let inside = pointer(path);
        move || {
            let drafts = self.drafts;
            let at = drafts.with(|all| all.iter().position(|draft| draft.id == self.id))?;
            Some(format!("/variations/{at}/value{inside}"))
        }
    }

    fn at(self, path: &[String]) -> Option<Value> {
        self.value
            .with(|value| value.pointer(&pointer(path)).cloned())
    }

    /// Puts or takes out what was typed to its end.
    fn put(self, path: &[String], new: Option<Value>) {
        let mut value = self.value.get_untracked();
        put(&mut value, path, new);
        let text = serde_json::to_string_pretty(&value).unwrap_or_default();
        let (here, below) = (pointer(path), format!("{}/", pointer(path)));
        self.edit(move |draft| {
            draft.value.clone_from(&text);
            draft
                .unfinished
                .retain(|(at, _)| *at != here && !at.starts_with(&below));
        });
    }

    /// Keeps what is half typed.
    fn keep(self, path: &[String], text: String) {
        let here = pointer(path);
        self.edit(move |draft| {
            draft.unfinished.retain(|(at, _)| *at != here);
            draft.unfinished.push((here.clone(), text.clone()));
        });
    }

    fn edit(self, change: impl Fn(&mut VariationDraft)) {
        self.drafts.update(|drafts| {
            if let Some(draft) = drafts.iter_mut().find(|draft| draft.id == self.id) {
                change(draft);
            }
        });
    }

    fn unfinished(self, path: &[String]) -> Option<String> {
        let here = pointer(path);
        self.drafts.with(|drafts| {
            let draft = drafts.iter().find(|draft| draft.id == self.id)?;
            let found = draft.unfinished.iter().find(|(at, _)| *at == here)?;
            Some(found.1.clone())
        })
    }

    /// What is wrong at a place; inside of it too, where it has no inputs of its own.
    fn wrong(self, path: &[String], whole: bool) -> Option<String> {
        let (here, below) = (pointer(path), format!("{}/", pointer(path)));
        self.mistakes.with(|mistakes| {
            let mut mine = mistakes
                .iter()
                .filter(|(at, _)| *at == here || whole && at.starts_with(&below));
            mine.next().map(|(at, words)| match at.strip_prefix(&here) {
                Some("") | None => words.clone(),
                Some(rest) => format!("{rest}: {words}"),
            })
        })
    }

    fn members(self, path: Path, members: Vec<Member>) -> AnyView {
        let known = StoredValue::new(members.clone());
        let place = path.clone();
        let unknown = move || {
            let found = self
                .value
                .with(|value| known.with_value(|known| others(known, value, &place)));
            found
                .into_iter()
                .map(|path| {
                    entry(pointer(&path), move || {
                        let spot = Spot {
                            label: path.last().cloned().unwrap_or_default(),
                            hint: Some("not in the schema".to_owned()),
                            path,
                            required: false,
                            item: false,
                        };
                        self.part(spot, Shape::Json)
                    })
                })
                .collect::<Vec<_>>()
        };
        let inputs: Vec<AnyView> = members
            .into_iter()
            .map(|member| {
                let spot = Spot {
                    path: inside(&path, &member.name),
                    label: member.title.unwrap_or(member.name),
                    hint: member.description,
                    required: member.required,
                    item: false,
                };
                self.part(spot, member.shape)
            })
            .collect();
        view! {
            {inputs}
            <Each of=unknown />
        }
        .into_any()
    }

    /// One member or item, by the input of its shape; as JSON while that cannot show it.
    fn part(self, spot: Spot, shape: Shape) -> AnyView {
        let (path, mine) = (spot.path.clone(), shape.clone());
        let fits = Memo::new(move |_| {
            let value = self.value;
            value.with(|value| {
                value
                    .pointer(&pointer(&path))
                    .is_none_or(|it| mine.shows(it))
            })
        });
        let body = move || {
            let spot = spot.clone();
            match (&shape, fits.get()) {
                (Shape::Object(members), true) => self.group(spot, members.clone()),
                (Shape::List(item), true) => self.list(spot, (**item).clone()),
                (Shape::Choice(choices), true) => self.choice(spot, choices.clone()),
                (Shape::Boolean, true) => self.choice(spot, vec![true.into(), false.into()]),
                (Shape::Text | Shape::Number { .. }, true) => self.line(spot, shape.clone()),
                _ => self.line(spot, Shape::Json),
            }
        };
        body.into_any()
    }

    /// Takes an optional member out.
    fn leave_out(self, spot: &Spot) -> AnyView {
        if spot.required && !spot.item {
            return ().into_any();
        }
        let (there, path) = (spot.path.clone(), spot.path.clone());
        let there = Signal::derive(move || !self.disabled.get() && self.at(&there).is_some());
        let verb = if spot.item { "Remove" } else { "Leave out" };
        let label = StoredValue::new(format!("{verb} {}", spot.label));
        let item = spot.item;
        let out = Callback::new(move |()| {
            self.put(&path, None);
            if item {
                // Those behind it have other positions now.
                let list = pointer(path.split_last().map_or(&[][..], |(_, list)| list));
                self.edit(move |draft| draft.unfinished.retain(|(at, _)| !at.starts_with(&list)));
            }
        });
        view! {
            <Show when=there>
                <IconButton glyph=Glyph::Close label=label.get_value() on_click=out />
            </Show>
        }
        .into_any()
    }

    fn group(self, spot: Spot, members: Vec<Member>) -> AnyView {
        let path = spot.path.clone();
        let wrong = move || self.wrong(&path, false);
        let out = self.leave_out(&spot);
        view! {
            <fieldset class="value-group">
                <legend class="field-label">{words(&spot)}</legend>
                {out}
                {spot.hint.map(|hint| view! { <span class="field-hint">{hint}</span> })}
                <span class="field-error" role="status">{wrong}</span>
                {self.members(spot.path, members)}
            </fieldset>
        }
        .into_any()
    }

    fn list(self, spot: Spot, item: Shape) -> AnyView {
        let path = spot.path.clone();
        let count = Memo::new(move |_| {
            let value = self.value;
            value.with(|value| value.pointer(&pointer(&path))?.as_array().map(Vec::len))
        });
        let path = spot.path.clone();
        let wrong = move || self.wrong(&path, false);
        let (path, first) = (spot.path.clone(), item.first());
        let add = move |()| match count.get_untracked() {
            Some(count) => self.put(&inside(&path, count), Some(first.clone())),
            None => self.put(&path, Some(Value::Array(vec![first.clone()]))),
        };
        let (path, name) = (spot.path.clone(), spot.label.clone());
        let items = move || {
            let rows = 0..count.get().unwrap_or(0);
            rows.map(|at| {
                let (item, path, name) = (item.clone(), inside(&path, at), name.clone());
                entry(at, move || {
                    let spot = Spot {
                        label: format!("{name} {}", at + 1),
                        hint: None,
                        path,
                        required: true,
                        item: true,
                    };
                    self.part(spot, item)
                })
            })
            .collect::<Vec<_>>()
        };
        let out = self.leave_out(&spot);
        let disabled = self.disabled;
        view! {
            <fieldset class="value-group value-list">
                <legend class="field-label">{words(&spot)}</legend>
                {out}
                {spot.hint.map(|hint| view! { <span class="field-hint">{hint}</span> })}
                <span class="field-error" role="status">{wrong}</span>
                <Each of=items />
                <div>
                    <Button look=Look::Quiet small=true glyph=Glyph::Plus on_click=add disabled>"Add item"</Button>
                </div>
            </fieldset>
        }
        .into_any()
    }

    fn choice(self, spot: Spot, choices: Vec<Value>) -> AnyView {
        let (path, optional) = (spot.path.clone(), !spot.required);
        let options = Signal::derive(move || {
            let now = self.at(&path);
            let mut options = Vec::new();
            if now.is_none() || optional {
                options.push((String::new(), "not set".to_owned()));
            }
            options.extend(
                choices
                    .iter()
                    .map(|choice| (choice.to_string(), plain(choice))),
            );
            if let Some(odd) = now.filter(|now| !choices.contains(now)) {
                options.push((odd.to_string(), format!("{} (not allowed)", plain(&odd))));
            }
            options
        });
        let path = spot.path.clone();
        let value =
            Signal::derive(move || self.at(&path).map_or_else(String::new, |it| it.to_string()));
        let path = spot.path.clone();
        let choose = move |text: String| self.put(&path, serde_json::from_str(&text).ok());
        let (path, disabled) = (spot.path.clone(), self.disabled);
        let error = Signal::derive(move || self.wrong(&path, false));
        let out = if spot.item {
            self.leave_out(&spot)
        } else {
            ().into_any()
        };
        view! {
            <div class="value-part" data-at=self.place(&spot.path)>
                <Field label=words(&spot) hint=spot.hint.unwrap_or_default() error>
                    <Select options value on_change=choose disabled />
                </Field>
                {out}
            </div>
        }
        .into_any()
    }

    /// A text, a number or JSON. What was typed stays as it was typed for as long as it
    /// means the same.
    fn line(self, spot: Spot, shape: Shape) -> AnyView {
        let shape = StoredValue::new(shape);
        let typed = RwSignal::new(String::new());
        let path = StoredValue::new(spot.path.clone());
        let read = move |text: &str| shape.with_value(|shape| shape.read(text));
        let text = move || {
            if let Some(text) = path.with_value(|path| self.unfinished(path)) {
                return text;
            }
            match path.with_value(|path| self.at(path)) {
                None => String::new(),
                Some(value) if read(&typed.get()).as_ref() == Ok(&value) => typed.get(),
                Some(value) if shape.with_value(|shape| *shape == Shape::Json) => {
                    serde_json::to_string_pretty(&value).unwrap_or_default()
                }
                Some(value) => plain(&value),
            }
        };
        let item = spot.item;
        let on_input = move |text: String| {
            typed.set(text.clone());
            let path = path.get_value();
            match read(&text) {
                Ok(value) => self.put(&path, Some(value)),
                Err(_) if text.trim().is_empty() && !item => self.put(&path, None),
                Err(_) => self.keep(&path, text),
            }
        };
        let error = Signal::derive(move || {
            let half = path.with_value(|path| self.unfinished(path));
            match half.and_then(|text| read(&text).err()) {
                Some(wanted) => Some(format!("This is {wanted}.").replace("This is a ", "Type a ")),
                None => path.with_value(|path| self.wrong(path, true)),
            }
        });
        let nothing = move || {
            let there = path.with_value(|path| self.at(path).is_some());
            if there { "empty" } else { "not set" }
        };
        let mono = shape.with_value(|shape| *shape != Shape::Text);
        let disabled = self.disabled;
        let out = self.leave_out(&spot);
        view! {
            <div class="value-part" data-at=self.place(&spot.path)>
                <Field label=words(&spot) hint=spot.hint.unwrap_or_default() error>
                    <textarea
                        class="input"
                        class:mono=mono
                        rows="1"
                        spellcheck="false"
                        autocapitalize="off"
                        placeholder=nothing
                        aria-invalid=move || error.get().map(|_| "true")
                        disabled=move || disabled.get()
                        prop:value=text
                        on:input:target=move |event| on_input(event.target().value())
                    ></textarea>
                </Field>
                {out}
            </div>
        }
        .into_any()
    }
}

fn words(spot: &Spot) -> String {
    match (spot.required, spot.item) {
        (false, false) => format!("{} (optional)", spot.label),
        _ => spot.label.clone(),
    }
}

/// A value as it is read: text without quotes.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
