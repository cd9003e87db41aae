//! A variation: its colour, always with its name.

use leptos::prelude::*;
use serde_json::Value;
use serin_engine::flag::{FlagDefinition, FlagType, Variation};

const COLORS: usize = 7;

/// The name of a variation's colour (`data-variation-color`), the same wherever it appears.
/// `false` and whatever is called `off` are grey.
pub(crate) fn color(definition: &FlagDefinition, key: &str) -> String {
    let off = |variation: &Variation| {
        variation.key == "off"
            || definition.kind == FlagType::Boolean && variation.value == Value::Bool(false)
    };
    let mut position = 0;
    for variation in &definition.variations {
        if variation.key == key {
            return if off(variation) {
                "off".to_owned()
            } else {
                (position % COLORS).to_string()
            };
        }
        position += usize::from(!off(variation));
    }
    "off".to_owned()
}

/// What people call a variation.
pub(crate) fn name(definition: &FlagDefinition, key: &str) -> String {
    definition
        .variations
        .iter()
        .find(|variation| variation.key == key)
        .and_then(|variation| variation.name.clone())
        .unwrap_or_else(|| key.to_owned())
}

/// A variation's dot and name.
#[component]
pub(crate) fn VariationName(
    /// The name of its colour.
    #[prop(into)]
    color: Signal<String>,
    /// What people call it.
    #[prop(into)]
    name: Signal<String>,
) -> impl IntoView {
    view! {
        <span class="variation" data-variation-color=move || color.get()>
            <span class="variation-dot" aria-hidden="true"></span>
            <span class="truncate">{move || name.get()}</span>
        </span>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definition(kind: FlagType, values: &[(&str, Value)]) -> FlagDefinition {
        let variations: Vec<_> = values
            .iter()
            .map(|(key, value)| serde_json::json!({ "key": key, "value": value }))
            .collect();
        serde_json::from_value(serde_json::json!({ "type": kind, "variations": variations }))
            .unwrap()
    }

    #[test]
    fn false_is_grey_and_takes_no_colour_from_the_others() {
        let flag = definition(
            FlagType::Boolean,
            &[("off", false.into()), ("on", true.into())],
        );
        assert_eq!([color(&flag, "off"), color(&flag, "on")], ["off", "0"]);
    }

    #[test]
    fn colours_go_by_position_and_come_round() {
        let values: Vec<_> = (0..9).map(|i| (format!("v{i}"), Value::from(i))).collect();
        let values: Vec<_> = values
            .iter()
            .map(|(k, v)| (k.as_str(), v.clone()))
            .collect();
        let flag = definition(FlagType::Number, &values);
        assert_eq!(
            [color(&flag, "v0"), color(&flag, "v6"), color(&flag, "v7")],
            ["0", "6", "0"]
        );
        assert_eq!(color(&flag, "gone"), "off");
    }
}
