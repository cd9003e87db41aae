//! What a release's documents name, as people call it.

use leptos::prelude::*;
use serin_engine::flag::FlagDefinition;

use crate::{
    components::variation::{VariationName, color, name},
    shell::ProjectFlags,
};

/// A flag's definition, tracked; absent while flags load or where it is gone.
pub(crate) fn definition_of(flags: ProjectFlags, key: &str) -> Option<FlagDefinition> {
    let found = |flags: &Vec<serin_api::entity::FlagListItem>| {
        let item = flags.iter().find(|item| item.flag.key == key)?;
        Some(item.flag.document.clone())
    };
    flags.0.with(found).flatten()
}

/// What people call a flag, tracked.
pub(crate) fn flag_name(flags: ProjectFlags, key: &str) -> String {
    definition_of(flags, key)
        .and_then(|definition| definition.name)
        .unwrap_or_else(|| key.to_owned())
}

/// A variation of a flag, in its colour.
#[component]
pub(crate) fn Arm(
    /// The flag's key.
    #[prop(into)]
    flag: Signal<String>,
    /// The variation's key.
    #[prop(into)]
    variation: Signal<String>,
) -> impl IntoView {
    let flags = expect_context::<ProjectFlags>();
    let definition = Memo::new(move |_| definition_of(flags, &flag.get()));
    let color = Signal::derive(move || {
        let variation = variation.get();
        definition.with(|definition| {
            let known = definition.as_ref();
            known.map_or_else(
                || "off".to_owned(),
                |definition| color(definition, &variation),
            )
        })
    });
    let name = Signal::derive(move || {
        let variation = variation.get();
        definition.with(|definition| match definition {
            Some(definition) => name(definition, &variation),
            None => variation,
        })
    });
    view! { <VariationName color name /> }
}
