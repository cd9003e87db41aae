//! Where a unit's slot fell among all slots.

use leptos::prelude::*;

use super::story::Fall;
use crate::{components::variation::color, pages::flag::editor::Editor, weights::percent_number};

/// All slots from left to right, with a mark at the unit's.
#[component]
pub(super) fn SlotBar(fall: Fall) -> impl IntoView {
    let editor = expect_context::<Editor>();
    let runs = editor.definition.with_untracked(|definition| {
        fall.runs
            .into_iter()
            .filter(|(_, slots)| *slots > 0)
            .map(|(variation, slots)| {
                // A share's slots are of no variation, and neither is what the slot is not in.
                let tone = variation
                    .as_deref()
                    .filter(|key| !key.is_empty())
                    .map(|key| color(definition, key));
                let within = variation.is_some();
                view! {
                    <span
                        class="slot-run"
                        class:within=within
                        data-variation-color=tone
                        style=format!("flex-grow:{slots}")
                    ></span>
                }
            })
            .collect_view()
    });
    view! {
        <div class="slot">
            <div class="slot-bar" aria-hidden="true">
                {runs}
                <span class="slot-mark" style=format!("left:{}%", percent_number(fall.slot))></span>
            </div>
            <p class="tiny muted number">{fall.words}</p>
        </div>
    }
}
