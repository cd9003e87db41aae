//! What is asked about evaluations.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Value, json};
use serin_engine::{
    attribute::AttributeRef,
    context::Context,
    explain::{Source as _, explain},
    impact::{Tally, Units, on_contexts},
    pattern,
    ruleset::Ruleset,
};

use crate::{
    draft::Drafted,
    loaded::Loaded,
    session::{Refusal, written},
};

/// The most units, or contexts, that an impact is counted over.
const MAX_UNITS: usize = 1_000_000;
/// The most places in a text that are told.
const MAX_MATCHES: usize = 1000;

/// Why a flag serves what it serves.
#[derive(Deserialize)]
pub(crate) struct Explain {
    flag: String,
    #[serde(default)]
    context: Context,
    #[serde(default)]
    pub(crate) drafts: Value,
}

impl Explain {
    pub(crate) fn answer(&self, loaded: &Loaded, drafted: &Drafted) -> Result<Value, Refusal> {
        let source = drafted.source(loaded);
        let explanation = explain(&drafted.ruleset, &source, &self.flag, &self.context);
        written(&explanation)
    }
}

/// What drafts would change.
#[derive(Deserialize)]
pub(crate) struct Impact {
    flag: String,
    #[serde(default)]
    pub(crate) drafts: Value,
    #[serde(default)]
    contexts: Vec<Context>,
    /// As many synthetic units, in place of contexts.
    #[serde(default)]
    units: Option<u32>,
    /// The number of the first of them, where they are counted in portions.
    #[serde(default)]
    from: u32,
    /// The attributes of all synthetic units.
    #[serde(default)]
    base: Context,
    /// What tells synthetic units apart.
    #[serde(default)]
    by: Option<String>,
    /// What stands is taken as if the flag were on.
    #[serde(default)]
    as_if_on: bool,
}

impl Impact {
    pub(crate) fn answer(&self, loaded: &Loaded, drafted: &Drafted) -> Result<Value, Refusal> {
        let switched = self.as_if_on.then(|| switched_on(loaded, &self.flag));
        let before = switched.as_ref().unwrap_or(&loaded.ruleset);
        let after = &drafted.ruleset;
        let count = self
            .units
            .map_or(self.contexts.len(), |units| units as usize);
        if count > MAX_UNITS {
            return Err(format!("at most {MAX_UNITS} are counted at a time"));
        }
        let impact = match self.units {
            None => on_contexts(before, after, &self.flag, &self.contexts),
            Some(units) => {
                let by = self.by.as_deref().unwrap_or(Context::TARGETING_KEY);
                let by = AttributeRef::parse(by).map_err(|error| error.to_string())?;
                let last = self.from.saturating_add(units);
                let mut units = Units::new(&self.base, &by, last).skip(self.from);
                let mut tally = Tally::new(before, after, &self.flag);
                while let Some((name, context)) = units.next() {
                    tally.add_named(name, context);
                }
                tally.finish()
            }
        };
        written(&impact)
    }
}

/// The ruleset with a flag of it on.
fn switched_on(loaded: &Loaded, flag: &str) -> Ruleset {
    let stored = loaded.document.flag(flag);
    let Some(mut entry) = stored.map(Cow::into_owned) else {
        return loaded.ruleset.clone();
    };
    entry["enabled"] = Value::Bool(true);
    loaded.ruleset.with_flag(flag, Some(&entry)).0
}

/// Where a regular expression is found in a text.
#[derive(Deserialize)]
pub(crate) struct TryRegex {
    pattern: String,
    text: String,
    #[serde(default)]
    ignore_case: bool,
}

impl TryRegex {
    pub(crate) fn answer(&self) -> Result<Value, Refusal> {
        let found = pattern::find(&self.pattern, &self.text, self.ignore_case, MAX_MATCHES);
        Ok(match found {
            Ok(places) => {
                let places: Vec<[usize; 2]> = places
                    .iter()
                    .map(|place| [place.start, place.end])
                    .collect();
                json!({ "matches": places })
            }
            Err(error) => json!({ "error": error }),
        })
    }
}
