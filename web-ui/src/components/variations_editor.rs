//! The variations of a flag, edited.

use crate::components::show::Show;
use leptos::prelude::*;
use serin_engine::flag::FlagType;

use super::{
    button::{Button, IconButton, Look},
    field::{TextArea, TextInput},
    icon::Glyph,
    segmented::Segmented,
    select::Select,
    value_form::Form,
};
use crate::{
    engine::Mistake,
    value_schema::{self, form},
    variations::{self, VariationDraft},
};
use serde_json::Value;

/// What a value schema means for the values.
#[derive(Clone, Copy, Default)]
pub(crate) struct Schema {
    /// The schema; absent where there is none.
    pub(crate) schema: Signal<Option<Value>>,
    /// What is wrong in the flag.
    pub(crate) mistakes: Signal<Vec<Mistake>>,
}

/// One line a variation: key, value and name; boolean flags keep their two. Objects whose
/// schema makes a form are edited by it, or as JSON.
#[component]
pub(crate) fn VariationsEditor(
    /// The type of all values.
    #[prop(into)]
    kind: Signal<FlagType>,
    /// The drafts.
    drafts: RwSignal<Vec<VariationDraft>>,
    /// The names of the drafts' colours, in their order.
    #[prop(into)]
    colors: Signal<Vec<String>>,
    /// How many of the first drafts exist already: their keys stay, since configurations name them.
    #[prop(optional)]
    existing: u32,
    /// What the values' schema says.
    #[prop(optional)]
    schema: Schema,
    /// Cannot be edited.
    #[prop(optional, into)]
    disabled: Signal<bool>,
) -> impl IntoView {
    let add = move || {
        drafts.update(|drafts| {
            let id = drafts.iter().map(|draft| draft.id + 1).max().unwrap_or(0);
            let value = match kind.get_untracked() {
                FlagType::Boolean => "true",
                FlagType::String => "",
                FlagType::Number => "0",
                FlagType::Object => "{}",
            };
            drafts.push(VariationDraft {
                id,
                value: value.to_owned(),
                ..VariationDraft::default()
            });
        });
    };
    let fixed = move || kind.get() == FlagType::Boolean;
    let problems =
        Memo::new(move |_| drafts.with(|drafts| variations::problems(kind.get(), drafts)));
    let plan = Memo::new(move |_| match kind.get() {
        FlagType::Object => schema.schema.with(|schema| form::members(schema.as_ref()?)),
        FlagType::Boolean | FlagType::String | FlagType::Number => None,
    });
    let as_json = RwSignal::new(false);
    let view_name = Signal::derive(move || if as_json.get() { "json" } else { "form" }.to_owned());
    let choose = move || {
        let options = vec![("form", "Form"), ("json", "JSON")];
        view! {
            <div class="variations-view">
                <Segmented label="Edit values as" options value=view_name on_change=move |name: String| as_json.set(name == "json") />
            </div>
        }
    };
    let values = Values {
        kind,
        drafts,
        plan,
        as_json,
        mistakes: schema.mistakes,
        disabled,
    };
    // Rows are built anew with the type, since a boolean's value is chosen and others typed.
    let key = move |draft: &VariationDraft| (draft.id, kind.get_untracked());
    view! {
        <div class="variations-editor">
            <Show when=move || plan.with(Option::is_some)>{choose()}</Show>
            <For each=move || { kind.track(); drafts.get() } key=key let:draft>
                <Line id=draft.id values problems colors existing />
            </For>
            <Show when=move || !fixed() && !disabled.get()>
                <div>
                    <Button look=Look::Quiet glyph=Glyph::Plus on_click=move |()| add() small=true>"Add variation"</Button>
                </div>
            </Show>
        </div>
    }
}

/// What the values of all lines share.
#[derive(Clone, Copy)]
struct Values {
    kind: Signal<FlagType>,
    drafts: RwSignal<Vec<VariationDraft>>,
    /// The form that the schema makes.
    plan: Memo<Option<Vec<form::Member>>>,
    as_json: RwSignal<bool>,
    mistakes: Signal<Vec<Mistake>>,
    disabled: Signal<bool>,
}

impl Values {
    fn draft(self, id: u32) -> Memo<VariationDraft> {
        Memo::new(move |_| {
            self.drafts.with(|drafts| {
                let mine = drafts.iter().find(|draft| draft.id == id);
                mine.cloned().unwrap_or_default()
            })
        })
    }

    /// What is wrong in a value, by places inside it.
    fn found(self, id: u32) -> Signal<Vec<(String, String)>> {
        Signal::derive(move || {
            let at = self
                .drafts
                .with(|drafts| drafts.iter().position(|draft| draft.id == id));
            let mine = |mistake: &Mistake| {
                let (index, place, words) =
                    value_schema::about_value(&mistake.path, &mistake.message)?;
                (Some(index) == at).then(|| (place.to_owned(), words.to_owned()))
            };
            self.mistakes
                .with(|mistakes| mistakes.iter().filter_map(mine).collect())
        })
    }

    /// Whether a value is shown as a form now.
    fn in_form(self, id: u32) -> Memo<bool> {
        Memo::new(move |_| {
            let object = self.drafts.with(|drafts| {
                let mine = drafts.iter().find(|draft| draft.id == id);
                mine.is_some_and(|it| variations::read_value(FlagType::Object, &it.value).is_ok())
            });
            object && !self.as_json.get() && self.plan.with(Option::is_some)
        })
    }

    fn input(self, id: u32) -> impl Fn() -> AnyView {
        let (draft, in_form, found) = (self.draft(id), self.in_form(id), self.found(id));
        let on_value = move |text: String| {
            self.drafts.update(|drafts| {
                if let Some(draft) = drafts.iter_mut().find(|draft| draft.id == id) {
                    draft.value = text;
                    draft.unfinished.clear();
                }
            });
        };
        let value = Signal::derive(move || draft.with(|draft| draft.value.clone()));
        let disabled = self.disabled;
        let read = Memo::new(move |_| {
            let read = draft.with(|draft| variations::read_value(FlagType::Object, &draft.value));
            read.unwrap_or_default()
        });
        move || {
            match self.kind.get() {
            FlagType::Boolean => {
                let options = ["true", "false"].map(|word| (word.to_owned(), word.to_owned())).to_vec();
                view! { <Select options value on_change=on_value label="Value" disabled /> }.into_any()
            }
            FlagType::Object if in_form.get() => {
                let form = Form { id, drafts: self.drafts, value: read, mistakes: found, disabled };
                form.view(self.plan.get().unwrap_or_default())
            }
            FlagType::Object => view! { <TextArea value on_input=on_value label="Value" mono=true rows=3 disabled testid="variation-json" /> }.into_any(),
            FlagType::String | FlagType::Number => {
                view! { <TextInput value on_input=on_value label="Value" placeholder="value" mono=true disabled /> }.into_any()
            }
        }
        }
    }
}

/// What is said below a value: all that is wrong, but for what the form says at its place.
fn said(found: &[(String, String)], in_form: bool) -> Option<String> {
    let words: Vec<String> = found
        .iter()
        .filter(|(place, _)| !in_form || place.is_empty())
        .map(|(place, words)| match place.as_str() {
            "" => words.clone(),
            place => format!("at {place}: {words}"),
        })
        .collect();
    (!words.is_empty()).then(|| format!("Does not fit the schema: {}.", words.join("; ")))
}

#[component]
fn Line(
    id: u32,
    values: Values,
    problems: Memo<Vec<Option<String>>>,
    colors: Signal<Vec<String>>,
    existing: u32,
) -> impl IntoView {
    let Values {
        kind,
        drafts,
        disabled,
        ..
    } = values;
    let at = move || drafts.with(|drafts| drafts.iter().position(|draft| draft.id == id));
    let draft = Memo::new(move |_| {
        drafts.with(|drafts| {
            drafts
                .iter()
                .find(|draft| draft.id == id)
                .cloned()
                .unwrap_or_default()
        })
    });
    let edit = move |change: &dyn Fn(&mut VariationDraft)| {
        drafts.update(|drafts| {
            drafts
                .iter_mut()
                .filter(|draft| draft.id == id)
                .for_each(change);
        });
    };
    let color = move || at().and_then(|at| colors.with(|colors| colors.get(at).cloned()));
    let found = values.found(id);
    let in_form = values.in_form(id);
    let problem = move || {
        let typed = problems.with(|problems| problems.get(at()?).cloned().flatten());
        typed.or_else(|| said(&found.get(), in_form.get()))
    };
    // What was there before can be renamed for people, but its key stays.
    let key_fixed = Signal::derive(move || disabled.get() || id < existing);
    let removable =
        move || !disabled.get() && kind.get() != FlagType::Boolean && drafts.with(Vec::len) > 1;
    let value_input = values.input(id);
    let wide = move || kind.get() == FlagType::Object;
    view! {
        <div class="variation-line" class:wide=wide data-variation-color=color data-testid="variation-line" data-at=move || at().map(|at| format!("/variations/{at}"))>
            <span class="variation-dot" aria-hidden="true"></span>
            <TextInput
                value=Signal::derive(move || draft.with(|draft| draft.key.clone()))
                on_input=move |text: String| edit(&|draft| draft.key.clone_from(&text))
                label="Key"
                placeholder="key"
                mono=true
                disabled=key_fixed
            />
            <span class="variation-value">{value_input}</span>
            <TextInput
                value=Signal::derive(move || draft.with(|draft| draft.name.clone()))
                on_input=move |text: String| edit(&|draft| draft.name.clone_from(&text))
                label="Name"
                placeholder="name (optional)"
                disabled
            />
            <IconButton
                glyph=Glyph::Trash
                label="Remove variation"
                on_click=move |()| drafts.update(|drafts| drafts.retain(|draft| draft.id != id))
                disabled=Signal::derive(move || !removable())
            />
            <span class="field-error variation-problem" role="status">{problem}</span>
        </div>
    }
}
