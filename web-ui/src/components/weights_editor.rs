//! A percentage rollout as sliders and numbers that always add up to 100 %.

use leptos::prelude::*;

use super::{
    split_bar::{ShareView, SplitBar},
    variation::VariationName,
};
use crate::weights;

/// Sliders and numbers, one of each a share. The others make room for the one that is moved,
/// in proportion to what they had when the movement began.
#[component]
pub(crate) fn WeightsEditor(
    /// The variations' keys, in order.
    keys: Vec<String>,
    /// The shares, in the same order.
    #[prop(into)]
    shares: Signal<Vec<ShareView>>,
    /// The weights after an edit, in the same order; they add up to all slots.
    #[prop(into)]
    on_change: Callback<Vec<u32>>,
    /// Cannot be edited.
    #[prop(optional, into)]
    disabled: Signal<bool>,
) -> impl IntoView {
    let weights_now =
        move || shares.with(|shares| shares.iter().map(|s| s.slots).collect::<Vec<_>>());
    // What the shares were when the hand came to a slider.
    let anchor = StoredValue::new(Vec::<u32>::new());
    let rows = keys
        .into_iter()
        .enumerate()
        .map(|(index, key)| {
            let share = Signal::derive(move || shares.with(|shares| shares.get(index).cloned()));
            let slots = Signal::derive(move || share.get().map_or(0, |share| share.slots));
            let name =
                Signal::derive(move || share.get().map_or_else(String::new, |share| share.name));
            let color =
                Signal::derive(move || share.get().map_or_else(String::new, |share| share.color));
            let begin = move || anchor.set_value(untrack(weights_now));
            let slide = move |text: String| {
                let Ok(slots) = text.parse::<u32>() else {
                    return;
                };
                let from = anchor.get_value();
                let from = if from.is_empty() {
                    untrack(weights_now)
                } else {
                    from
                };
                on_change.run(weights::with_share(&from, index, slots));
            };
            let type_in = move |text: String| {
                if let Some(slots) = weights::slots_of(&text) {
                    on_change.run(weights::with_share(&untrack(weights_now), index, slots));
                }
            };
            view! {
                <div class="weight" data-variation-color=move || color.get()>
                    <VariationName color name />
                    <input
                        type="range"
                        class="slider"
                        min="0"
                        max="100000"
                        step="1000"
                        data-testid="weight-slider"
                        data-variation=key.clone()
                        aria-label=move || format!("Share of {}", name.get())
                        aria-valuetext=move || weights::percent(slots.get())
                        style=move || format!("--at:{}%", weights::percent_number(slots.get()))
                        disabled=move || disabled.get()
                        prop:value=move || slots.get().to_string()
                        on:pointerdown=move |_| begin()
                        on:focus=move |_| begin()
                        on:input:target=move |event| slide(event.target().value())
                    />
                    <WeightNumber slots name key_name=key on_change=type_in disabled />
                </div>
            }
        })
        .collect_view();
    view! {
        <div class="weights">
            <SplitBar shares />
            {rows}
        </div>
    }
}

/// A percentage that is typed: it takes force as one types, and reads as it stands on leaving.
#[component]
fn WeightNumber(
    slots: Signal<u32>,
    name: Signal<String>,
    key_name: String,
    #[prop(into)] on_change: Callback<String>,
    disabled: Signal<bool>,
) -> impl IntoView {
    let typing = RwSignal::new(None::<String>);
    let shown = move || {
        typing
            .get()
            .unwrap_or_else(|| weights::percent_number(slots.get()))
    };
    let invalid = move || {
        typing
            .get()
            .is_some_and(|text| weights::slots_of(&text).is_none())
    };
    view! {
        <span class="weight-number">
            <input
                type="text"
                class="input number"
                inputmode="decimal"
                autocomplete="off"
                data-testid="weight-number"
                data-variation=key_name
                aria-label=move || format!("Percent for {}", name.get())
                aria-invalid=move || invalid().then_some("true")
                disabled=move || disabled.get()
                prop:value=shown
                on:input:target=move |event| {
                    let text = event.target().value();
                    typing.set(Some(text.clone()));
                    on_change.run(text);
                }
                on:blur=move |_| typing.set(None)
                on:keydown=move |event| if event.key() == "Enter" { typing.set(None) }
            />
            <span aria-hidden="true">"%"</span>
        </span>
    }
}
