//! Checks what people write, and names the place of every mistake.
//!
//! Evaluators take what they get, and warn; the management side refuses. The shapes are
//! checked by a JSON Schema before, so that here only the meaning is.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use crate::attribute::AttributeRef;
use crate::flag::{FlagConfig, FlagDefinition, Rule, Target};
use crate::key;
use crate::pattern;
use crate::segment::{Members, SegmentConfig};

mod condition;
mod cycles;
mod serve;

pub use cycles::{Cycle, cycles};

use condition::condition;
use serve::serve;

/// The most variations that a flag has.
pub const MAX_VARIATIONS: usize = 256;
/// The most prerequisites, targets or rules that a flag, and the most entries or rules
/// that a segment has.
pub const MAX_ENTRIES: usize = 1000;
/// The most values in one list, and the most units that a segment includes or excludes in all.
pub const MAX_VALUES: usize = 100_000;
/// The most conditions in one rule, those inside others counted too.
pub const MAX_CONDITIONS: usize = 1000;
/// The most units of all regular expressions of a document; see [`crate::pattern`].
pub const MAX_PATTERN_UNITS: u64 = 4 * pattern::MAX_UNITS;
/// How deep conditions nest at most; the whole document then stays well below the
/// limit of [`crate::json::MAX_DEPTH`] levels.
pub const MAX_NESTING: usize = 32;

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// A JSON pointer into the document checked.
    pub path: String,
    /// A code for programs.
    pub code: &'static str,
    /// What is there and what is expected, for people.
    pub message: String,
}

/// What a configuration may refer to.
pub trait Neighbours {
    /// The keys of a flag's variations, where there is such a flag.
    fn flag_variations(&self, key: &str) -> Option<Vec<String>>;
    /// Whether there is such a segment.
    fn segment_exists(&self, key: &str) -> bool;
}

/// Checks a flag's identity.
pub fn flag_definition(definition: &FlagDefinition) -> Vec<Violation> {
    let mut report = Report::default();
    let variations = &definition.variations;
    if variations.is_empty() {
        report.add("/variations", "empty", "a flag has at least one variation");
    }
    report.count("/variations", variations.len(), MAX_VARIATIONS);
    let mut seen = BTreeSet::new();
    for (index, variation) in variations.iter().enumerate() {
        let path = format!("/variations/{index}");
        let name = &variation.key;
        report.key(&format!("{path}/key"), name);
        if !seen.insert(name) {
            let message = format!("variation key {name:?} occurs twice");
            report.add(format!("{path}/key"), "duplicate", message);
        }
        if !definition.kind.admits(&variation.value) {
            let message = format!(
                "expected {} as the flag is of type {}, found {}",
                definition.kind.described(),
                definition.kind.as_str(),
                crate::json::type_name(&variation.value)
            );
            report.add(format!("{path}/value"), "wrong_type", message);
        }
    }
    report.violations
}

/// Checks a flag's configuration in one environment.
pub fn flag_config(
    definition: &FlagDefinition,
    config: &FlagConfig,
    neighbours: &dyn Neighbours,
) -> Vec<Violation> {
    let mut report = Report::default();
    let variations: Vec<&str> = definition
        .variations
        .iter()
        .map(|variation| variation.key.as_str())
        .collect();
    if let Some(off) = &config.off {
        report.variation("/off", off, &variations);
    }
    report.count("/prerequisites", config.prerequisites.len(), MAX_ENTRIES);
    for (index, prerequisite) in config.prerequisites.iter().enumerate() {
        let path = format!("/prerequisites/{index}");
        let (flag, names) = (&prerequisite.flag, &prerequisite.variations);
        condition::requirement(&mut report, &path, flag, names, neighbours);
    }
    targets(&mut report, &config.targets, &variations);
    rules(&mut report, &config.rules, &variations, neighbours);
    serve(&mut report, "/default", &config.default, &variations);
    report.violations
}

/// Checks a segment's configuration in one environment.
pub fn segment_config(config: &SegmentConfig, neighbours: &dyn Neighbours) -> Vec<Violation> {
    let mut report = Report::default();
    for (name, entries) in [
        ("included", &config.included),
        ("excluded", &config.excluded),
    ] {
        report.count(&format!("/{name}"), entries.len(), MAX_ENTRIES);
        for (index, Members { attribute, values }) in entries.iter().enumerate() {
            let path = format!("/{name}/{index}");
            report.attribute(&format!("{path}/attribute"), attribute.as_deref());
            report.count(&format!("{path}/values"), values.len(), MAX_VALUES);
        }
        let units = entries.iter().map(|entry| entry.values.len()).sum();
        report.count(&format!("/{name}"), units, MAX_VALUES);
    }
    report.count("/rules", config.rules.len(), MAX_ENTRIES);
    for (index, rule) in config.rules.iter().enumerate() {
        let path = format!("/rules/{index}/when");
        condition(&mut report, &path, &rule.when, neighbours);
    }
    report.violations
}

fn targets(report: &mut Report, targets: &[Target], variations: &[&str]) {
    report.count("/targets", targets.len(), MAX_ENTRIES);
    for (index, target) in targets.iter().enumerate() {
        let path = format!("/targets/{index}");
        report.variation(&format!("{path}/variation"), &target.variation, variations);
        report.attribute(&format!("{path}/attribute"), target.attribute.as_deref());
        report.count(&format!("{path}/values"), target.values.len(), MAX_VALUES);
    }
}

fn rules(report: &mut Report, rules: &[Rule], variations: &[&str], neighbours: &dyn Neighbours) {
    report.count("/rules", rules.len(), MAX_ENTRIES);
    let mut ids = BTreeSet::new();
    for (index, rule) in rules.iter().enumerate() {
        let path = format!("/rules/{index}");
        report.key(&format!("{path}/id"), &rule.id);
        if !ids.insert(&rule.id) {
            let message = format!("rule id {:?} occurs twice", rule.id);
            report.add(format!("{path}/id"), "duplicate", message);
        }
        condition(report, &format!("{path}/when"), &rule.when, neighbours);
        serve(report, &format!("{path}/serve"), &rule.serve, variations);
    }
}

/// Mistakes as they are found.
#[derive(Default)]
struct Report {
    violations: Vec<Violation>,
    /// The units of all regular expressions so far.
    pattern_units: u64,
}

impl Report {
    fn add(&mut self, path: impl Into<String>, code: &'static str, message: impl Into<String>) {
        self.violations.push(Violation {
            path: path.into(),
            code,
            message: message.into(),
        });
    }

    fn key(&mut self, path: &str, text: &str) {
        if let Err(error) = key::check(text) {
            self.add(path, "invalid_key", format!("{error}, found {text:?}"));
        }
    }

    fn variation(&mut self, path: &str, name: &str, variations: &[&str]) {
        if !variations.contains(&name) {
            let known = variations.join(", ");
            let message = format!("the flag has no variation {name:?}; it has {known}");
            self.add(path, "unknown_variation", message);
        }
    }

    fn attribute(&mut self, path: &str, reference: Option<&str>) {
        if let Some(Err(error)) = reference.map(AttributeRef::validate) {
            self.add(path, "invalid_attribute", error.to_string());
        }
    }

    /// Counts a regular expression in; false where they become too many, which is said once.
    fn pattern(&mut self, path: &str, value: &Value, ignore_case: bool) -> bool {
        let units = value.as_str().map(|text| pattern::units(text, ignore_case));
        let before = self.pattern_units;
        // What is too large by itself is not compiled, and said by itself.
        let units = units
            .and_then(Result::ok)
            .filter(|units| *units <= pattern::MAX_UNITS);
        self.pattern_units = before.saturating_add(units.unwrap_or(0));
        if before <= MAX_PATTERN_UNITS && self.pattern_units > MAX_PATTERN_UNITS {
            let message = format!(
                "the regular expressions of a document have at most {MAX_PATTERN_UNITS} units together"
            );
            self.add(format!("{path}/values"), "too_many", message);
        }
        self.pattern_units <= MAX_PATTERN_UNITS
    }

    fn count(&mut self, path: &str, found: usize, most: usize) {
        if found > most {
            self.add(
                path,
                "too_many",
                format!("expected at most {most}, found {found}"),
            );
        }
    }
}

/// A member's name or an element's index as a step of a JSON pointer.
fn step(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
