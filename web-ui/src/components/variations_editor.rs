//! The variations of a flag, edited.

use crate::components::show::Show;
use leptos::prelude::*;
use serin_engine::flag::FlagType;

use super::{
    button::{Button, IconButton, Look},
    field::{TextArea, TextInput},
    icon::Glyph,
    select::Select,
};
use crate::variations::{self, VariationDraft};

/// One line a variation: key, value and name; boolean flags keep their two.
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
    // Rows are built anew with the type, since a boolean's value is chosen and others typed.
    let key = move |draft: &VariationDraft| (draft.id, kind.get_untracked());
    view! {
        <div class="variations-editor">
            <For each=move || { kind.track(); drafts.get() } key=key let:draft>
                <Line id=draft.id kind drafts problems colors existing disabled />
            </For>
            <Show when=move || !fixed() && !disabled.get()>
                <div>
                    <Button look=Look::Quiet glyph=Glyph::Plus on_click=move |()| add() small=true>"Add variation"</Button>
                </div>
            </Show>
        </div>
    }
}

#[component]
fn Line(
    id: u32,
    kind: Signal<FlagType>,
    drafts: RwSignal<Vec<VariationDraft>>,
    problems: Memo<Vec<Option<String>>>,
    colors: Signal<Vec<String>>,
    existing: u32,
    disabled: Signal<bool>,
) -> impl IntoView {
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
    let problem =
        move || at().and_then(|at| problems.with(|problems| problems.get(at).cloned().flatten()));
    // What was there before can be renamed for people, but its key stays.
    let key_fixed = Signal::derive(move || disabled.get() || id < existing);
    let removable =
        move || !disabled.get() && kind.get() != FlagType::Boolean && drafts.with(Vec::len) > 1;
    let on_value = move |text: String| edit(&|draft| draft.value.clone_from(&text));
    let value = Signal::derive(move || draft.with(|draft| draft.value.clone()));
    let value_input = move || {
        match kind.get() {
        FlagType::Boolean => {
            let options = ["true", "false"].map(|word| (word.to_owned(), word.to_owned())).to_vec();
            view! { <Select options value on_change=on_value label="Value" disabled /> }.into_any()
        }
        FlagType::Object => view! { <TextArea value on_input=on_value label="Value" mono=true rows=3 disabled /> }.into_any(),
        FlagType::String | FlagType::Number => {
            view! { <TextInput value on_input=on_value label="Value" placeholder="value" mono=true disabled /> }.into_any()
        }
    }
    };
    view! {
        <div class="variation-line" data-variation-color=color>
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
