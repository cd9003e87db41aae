//! flagd's flag files (the v0 schema), translated.
//!
//! Targeting is JsonLogic. It becomes rules that give the same variant for the same
//! context, and the same OpenFeature reason: what targeting names is a rule, even where
//! it names the default variant; where it gives null, the flag's default decides.

mod condition;
mod file;
mod javascript;
mod logic;
mod note;
mod operand;
mod refusal;
mod targeting;
mod version;

#[cfg(test)]
mod tests;

use serin_engine::{
    flag::{FlagConfig, FlagDefinition, FlagType, Lifetime, Rule, Serve, Variation},
    key,
    validate::{self, Neighbours},
};

pub use self::{
    file::Unusable,
    note::{Note, NoteKind},
};
use self::{
    file::{Evaluators, File, Source},
    note::Notes,
    targeting::Decisions,
};

/// A flagd file, translated flag by flag.
#[derive(Clone, Debug)]
pub struct Import {
    /// One for each flag, in the file's order.
    pub flags: Vec<ImportedFlag>,
    /// What concerns the file as a whole.
    pub remarks: Vec<String>,
}

/// One flag of the file.
#[derive(Clone, Debug)]
pub struct ImportedFlag {
    /// Its key.
    pub key: String,
    /// The documents, or why there are none.
    pub outcome: Result<Translated, String>,
}

/// A flag that has an exact native form.
#[derive(Clone, Debug, PartialEq)]
pub struct Translated {
    /// The flag.
    pub definition: FlagDefinition,
    /// The flag in the environment that the file is for.
    pub config: FlagConfig,
    /// Where Serin decides otherwise than flagd, and what was left out.
    pub notes: Vec<Note>,
}

/// Translates a file.
///
/// # Errors
/// Where it is no flagd file: not JSON, or without flags. One bad flag is refused in
/// its own outcome.
pub fn import(text: &str) -> Result<Import, Unusable> {
    let file = File::read(text)?;
    let flags = file
        .flags
        .into_iter()
        .map(|(key, source)| ImportedFlag {
            outcome: source.and_then(|source| translate(&key, source, &file.evaluators)),
            key,
        })
        .collect();
    Ok(Import {
        flags,
        remarks: file.remarks,
    })
}

fn translate(
    flag_key: &str,
    source: Source,
    evaluators: &Evaluators,
) -> Result<Translated, String> {
    key::check(flag_key).map_err(|error| format!("its key cannot be kept: {error}"))?;
    let kind = kind_of(&source)?;
    if let Some(default) = source.default.as_deref()
        && !source.has_variant(default)
    {
        return Err(format!(
            "defaultVariant {default:?} is none of its variants"
        ));
    }
    let mut notes = Notes::default();
    for left_out in &source.left_out {
        notes.left_out(left_out);
    }
    let decisions = match &source.targeting {
        Some(targeting) => targeting::decide(targeting, &source, evaluators, &mut notes)
            .map_err(|refusal| refusal.to_string())?,
        None => Decisions::default(),
    };
    let config = FlagConfig {
        enabled: source.enabled,
        // A disabled flag is the caller's default in flagd.
        off: None,
        prerequisites: Vec::new(),
        targets: Vec::new(),
        default: Serve::Variation(default_variation(&source, &decisions)?),
        rules: decisions.rules.into_iter().enumerate().map(rule).collect(),
    };
    let definition = definition(kind, source);
    check(&definition, &config)?;
    Ok(Translated {
        definition,
        config,
        notes: notes.into_vec(),
    })
}

/// Refuses what is beyond Serin's limits here, where it costs one flag and not the whole import.
fn check(definition: &FlagDefinition, config: &FlagConfig) -> Result<(), String> {
    let mut mistakes = validate::flag_definition(definition);
    mistakes.extend(validate::flag_config(definition, config, &Alone));
    match mistakes.first() {
        None => Ok(()),
        Some(mistake) => Err(format!(
            "Serin cannot keep it: {}: {}",
            mistake.path, mistake.message
        )),
    }
}

/// Translated flags name no other flags or segments.
struct Alone;

impl Neighbours for Alone {
    fn flag_variations(&self, _: &str) -> Option<Vec<String>> {
        None
    }

    fn segment_exists(&self, _: &str) -> bool {
        false
    }
}

fn rule((index, decision): (usize, targeting::Decision)) -> Rule {
    Rule {
        id: format!("flagd-{}", index + 1),
        name: decision.catches_all.then(|| "Everyone else".to_owned()),
        description: None,
        when: decision.when,
        serve: Serve::Variation(decision.variant),
    }
}

fn definition(kind: FlagType, source: Source) -> FlagDefinition {
    FlagDefinition {
        kind,
        variations: source
            .variants
            .into_iter()
            .map(|(key, value)| Variation {
                key,
                value,
                name: None,
                description: None,
            })
            .collect(),
        name: None,
        description: source.description,
        schema: None,
        tags: Vec::new(),
        owner: None,
        lifetime: Lifetime::default(),
        client_visible: false,
        salt: None,
        archived: false,
    }
}

/// What is served where no rule decides.
fn default_variation(source: &Source, decisions: &Decisions) -> Result<String, String> {
    if let Some(default) = &source.default {
        return Ok(default.clone());
    }
    let never_served = !source.enabled || decisions.total();
    match source.variants.first() {
        Some((first, _)) if never_served => {
            Ok(decisions.last_variant().unwrap_or(first).to_owned())
        }
        _ => Err(
            "it has no defaultVariant: flagd then leaves the value to the caller, for which an \
             enabled flag has no native form (a disabled one does the same)"
                .to_owned(),
        ),
    }
}

fn kind_of(source: &Source) -> Result<FlagType, String> {
    let mut kinds = Vec::new();
    for (variant, value) in &source.variants {
        key::check(variant)
            .map_err(|error| format!("the name of variant {variant:?} cannot be kept: {error}"))?;
        let kind = match value {
            serde_json::Value::Bool(_) => FlagType::Boolean,
            serde_json::Value::String(_) => FlagType::String,
            serde_json::Value::Number(_) => FlagType::Number,
            serde_json::Value::Object(_) => FlagType::Object,
            serde_json::Value::Null | serde_json::Value::Array(_) => {
                return Err(format!(
                    "variant {variant:?} is neither a boolean, text, a number nor an object"
                ));
            }
        };
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    match kinds[..] {
        [kind] => Ok(kind),
        [] => Err("it has no variants".to_owned()),
        _ => Err("its variants are of different types".to_owned()),
    }
}
