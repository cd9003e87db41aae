//! What a new flag does where nobody has said anything yet.

use serin_engine::flag::{FlagConfig, FlagDefinition, FlagType, Serve};

/// A new flag's configuration: off. Booleans serve what is false when off and what is
/// true by default; others the first variation.
pub(crate) fn flag_config(definition: &FlagDefinition) -> FlagConfig {
    let first = definition
        .variations
        .first()
        .map(|variation| &variation.key);
    let boolean = |value: bool| {
        let mut variations = definition.variations.iter();
        let found = variations.find(|variation| variation.value == value)?;
        Some(&found.key)
    };
    let (off, on) = match definition.kind {
        FlagType::Boolean => {
            let mut variations = definition.variations.iter().rev();
            let named = variations.find(|variation| variation.key == "off");
            let off = named.map(|variation| &variation.key);
            (
                off.or_else(|| boolean(false)).or(first),
                boolean(true).or(first),
            )
        }
        FlagType::String | FlagType::Number | FlagType::Object => (first, first),
    };
    FlagConfig {
        enabled: false,
        off: off.cloned(),
        prerequisites: Vec::new(),
        targets: Vec::new(),
        rules: Vec::new(),
        default: Serve::Variation(on.cloned().unwrap_or_default()),
    }
}
