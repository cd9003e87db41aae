//! What can be done to a row, beside typing in it.

use leptos::prelude::*;

use super::tree::Tree;
use crate::{
    components::{
        button::IconButton,
        icon::{Glyph, Icon},
        menu::{Menu, MenuItem},
        show::Show,
    },
    conditions::{
        draft::{Id, Part},
        edit::{Way, can_unwrap},
    },
};

/// A menu, and the button that takes the row out.
#[component]
pub(super) fn Tools(tree: Tree, id: Id) -> impl IntoView {
    let held = Signal::derive(move || tree.with(|root| root.place(id).is_some()));
    let inner = Signal::derive(move || {
        tree.with(|root| root.place(id).is_some_and(|place| place.group != root.id))
    });
    let unwraps = Signal::derive(move || tree.with(|root| can_unwrap(root, id)));
    let label = move || {
        if tree.part(id, Part::is_group) {
            "Remove group"
        } else {
            "Remove condition"
        }
        .to_owned()
    };
    view! {
        <span class="clause-tools">
            <Menu
                trigger=ViewFn::from(|| view! { <Icon glyph=Glyph::More /> })
                label="More for this condition"
                class="icon-button"
                end=true
                testid="clause-menu"
            >
                <MenuItem glyph=Glyph::Copy words="Duplicate" testid="clause-duplicate" run=move |()| tree.duplicate(id) />
                <Show when=held>
                    <MenuItem glyph=Glyph::ArrowUp words="Move up" keys="Alt ↑" testid="clause-up" run=move |()| tree.shift(id, Way::Up) />
                    <MenuItem glyph=Glyph::ArrowDown words="Move down" keys="Alt ↓" testid="clause-down" run=move |()| tree.shift(id, Way::Down) />
                    <MenuItem glyph=Glyph::ChevronRight words="Put into a group" keys="Alt →" testid="clause-in" run=move |()| tree.shift(id, Way::In) />
                </Show>
                <Show when=inner>
                    <MenuItem glyph=Glyph::Undo words="Take out of the group" keys="Alt ←" testid="clause-out" run=move |()| tree.shift(id, Way::Out) />
                </Show>
                <Show when=unwraps>
                    <MenuItem glyph=Glyph::Menu words="Ungroup" testid="clause-ungroup" run=move |()| tree.unwrap(id) />
                </Show>
            </Menu>
            <IconButton
                glyph=Glyph::Close
                label=Signal::derive(label)
                on_click=move |()| tree.remove(id)
                testid="clause-remove"
            />
        </span>
    }
}
