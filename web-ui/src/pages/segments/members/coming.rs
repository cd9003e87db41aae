//! Who is still to come.

use leptos::prelude::*;

use super::{
    super::{draft::Draft, number},
    Looking,
};
use crate::components::{
    button::{Button, IconButton, Look},
    each::{Each, entry},
    icon::Glyph,
    show::Show,
};

/// How many units that are still to come are shown.
const SHOWN: usize = 50;

/// Who is to come with the next save.
#[component]
pub(super) fn Coming(draft: RwSignal<Draft>, looking: Looking) -> impl IntoView {
    let here = move || (looking.list.get(), looking.attribute.get());
    let coming = move || {
        let (list, attribute) = here();
        draft.with(|draft| {
            draft
                .list(list, &attribute)
                .map_or(0, |edits| edits.add.len())
        })
    };
    let any = Memo::new(move |_| coming() > 0);
    let rows = move || {
        let (list, attribute) = here();
        let units: Vec<String> = draft.with(|draft| {
            let units = draft
                .list(list, &attribute)
                .map(|edits| edits.add.iter().take(SHOWN));
            units.into_iter().flatten().cloned().collect()
        });
        let row = move |unit: String| {
            let (shown, label) = (unit.clone(), format!("Do not add {unit}"));
            entry(unit.clone(), move || {
                let back = move |()| {
                    let (list, attribute) = (
                        looking.list.get_untracked(),
                        looking.attribute.get_untracked(),
                    );
                    draft.update(|draft| draft.drop_addition(list, &attribute, &unit));
                };
                view! {
                    <li class="member" data-change="add">
                        <code class="truncate">{shown}</code>
                        <IconButton glyph=Glyph::Close label=Signal::derive(move || label.clone()) on_click=back />
                    </li>
                }
                .into_any()
            })
        };
        units.into_iter().map(row).collect()
    };
    let rest = move || match coming() {
        n if n > SHOWN => format!("and {} more", number(n - SHOWN)),
        _ => String::new(),
    };
    let none = move |()| {
        let (list, attribute) = (
            looking.list.get_untracked(),
            looking.attribute.get_untracked(),
        );
        draft.update(|draft| draft.drop_additions(list, &attribute));
    };
    view! {
        <Show when=move || any.get()>
            <div class="member-coming" data-testid="members-coming">
                <p class="row small">
                    <span class="strong">{move || number(coming())} " to be added on saving"</span>
                    <span class="push"></span>
                    <Button look=Look::Quiet small=true on_click=none>"Add none"</Button>
                </p>
                <ul class="member-rows"><Each of=rows /></ul>
                <p class="tiny muted">{rest}</p>
            </div>
        </Show>
    }
}
