//! What is asked about evaluations.

use serde::Deserialize;
use serde_json::{Value, json};
use serin_engine::{
    attribute::AttributeRef,
    context::Context,
    explain::explain,
    impact::{Tally, Units, on_contexts},
    pattern,
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
}

impl Impact {
    pub(crate) fn answer(&self, loaded: &Loaded, drafted: &Drafted) -> Result<Value, Refusal> {
        let (before, after) = (&loaded.ruleset, &drafted.ruleset);
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
