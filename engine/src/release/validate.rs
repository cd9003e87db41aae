//! What has to hold before a release may be written, and before it may start.

use std::time::Duration;

use super::{Document, Site, Stage, serve};
use crate::{
    attribute::AttributeRef,
    flag::{FlagConfig, FlagDefinition, Serve, Split},
    slots::SLOTS,
    validate::Violation,
};

/// The most stages that a release has.
pub const MAX_STAGES: usize = 50;

/// The longest bake of one stage.
const MAX_BAKE: Duration = Duration::from_secs(365 * 86_400);

/// The longest name of a stage, in characters.
const MAX_NAME: usize = 255;

/// Lists every mistake of a release document, as the flag stands now. Paths are JSON
/// pointers into the document. Whether another release has the site is for the caller
/// to see.
pub fn validate(
    document: &Document,
    definition: &FlagDefinition,
    config: &FlagConfig,
) -> Vec<Violation> {
    let mut mistakes = validate_stages(&document.stages);
    if definition.archived {
        let message = format!("flag {:?} is archived", document.flag);
        mistakes.push(violation("/flag", "archived", message));
    }
    check_arms(document, definition, &mut mistakes);
    let unit = document.unit.as_deref().unwrap_or("targetingKey");
    match AttributeRef::parse(unit) {
        Ok(unit) => check_site(document, config, &unit, &mut mistakes),
        Err(why) => mistakes.push(violation("/unit", "invalid_attribute", why.to_string())),
    }
    mistakes
}

/// As [`validate`], with what has to hold on top before it starts: on a flag that is
/// off, it would bake without anybody getting the candidate.
pub fn ready(
    document: &Document,
    definition: &FlagDefinition,
    config: &FlagConfig,
) -> Vec<Violation> {
    let mut mistakes = validate(document, definition, config);
    if !config.enabled {
        let message = format!("flag {:?} is off here: turn it on first", document.flag);
        mistakes.push(violation("/flag", "disabled", message));
    }
    mistakes
}

/// Lists every mistake of a release's (or a template's) stages. Paths begin with
/// `/stages`.
pub fn validate_stages(stages: &[Stage]) -> Vec<Violation> {
    let mut mistakes = Vec::new();
    if stages.is_empty() {
        mistakes.push(violation(
            "/stages",
            "too_few",
            "a release has at least one stage",
        ));
    }
    if stages.len() > MAX_STAGES {
        let message = format!("a release has at most {MAX_STAGES} stages");
        mistakes.push(violation("/stages", "too_many", message));
    }
    let mut before = 0;
    for (index, stage) in stages.iter().enumerate() {
        let last = index + 1 == stages.len();
        check_weight(
            stage,
            before,
            last,
            &format!("/stages/{index}/weight"),
            &mut mistakes,
        );
        before = stage.slots();
        check_words(stage, index, &mut mistakes);
    }
    mistakes
}

fn check_weight(stage: &Stage, before: u32, last: bool, path: &str, mistakes: &mut Vec<Violation>) {
    let thousandths = stage.weight * 1000.0;
    let mistake = if !(stage.weight > 0.0 && stage.weight <= 100.0) {
        ("out_of_range", "a weight is above 0 and at most 100")
    } else if (thousandths - thousandths.round()).abs() > 1e-6 {
        ("too_fine", "weights have steps of 0.001")
    } else if stage.slots() <= before {
        (
            "not_growing",
            "each stage has a larger weight than the one before",
        )
    } else if last && stage.slots() != SLOTS {
        ("not_complete", "the last stage has a weight of 100")
    } else {
        return;
    };
    mistakes.push(violation(path, mistake.0, mistake.1));
}

fn check_words(stage: &Stage, index: usize, mistakes: &mut Vec<Violation>) {
    if let Some(bake) = stage.min_bake
        && (bake.0.is_zero() || bake.0 > MAX_BAKE)
    {
        let path = format!("/stages/{index}/min_bake");
        let message =
            "a stage bakes for more than 0s and at most 365d; leave it out to advance by hand";
        mistakes.push(violation(&path, "out_of_range", message));
    }
    if let Some(name) = &stage.name
        && (name.trim().is_empty() || name.chars().count() > MAX_NAME)
    {
        let path = format!("/stages/{index}/name");
        let message = format!("a stage's name has 1 to {MAX_NAME} characters");
        mistakes.push(violation(&path, "invalid_name", message));
    }
}

fn check_arms(document: &Document, definition: &FlagDefinition, mistakes: &mut Vec<Violation>) {
    for (path, key) in [
        ("/baseline", &document.baseline),
        ("/candidate", &document.candidate),
    ] {
        if !definition
            .variations
            .iter()
            .any(|variation| variation.key == *key)
        {
            let message = format!("flag {:?} has no variation {key:?}", document.flag);
            mistakes.push(violation(path, "unknown_variation", message));
        }
    }
    if document.baseline == document.candidate {
        let message = "baseline and candidate are two different variations";
        mistakes.push(violation("/candidate", "same_as_baseline", message));
    }
}

/// The site has to serve the baseline alone, or a split over the two arms: anything
/// else the release would have to take from people who are in neither.
fn check_site(
    document: &Document,
    config: &FlagConfig,
    unit: &AttributeRef,
    mistakes: &mut Vec<Violation>,
) {
    let site = &document.site;
    match site.serve(config) {
        None => {
            let message = format!("flag {:?} has no {site} here", document.flag);
            let path = match site {
                Site::Default => "/site",
                Site::Rule(_) => "/site/rule",
            };
            mistakes.push(violation(path, "unknown_rule", message));
        }
        Some(Serve::Variation(key)) if *key == document.baseline => {}
        Some(Serve::Variation(key)) => {
            let message = format!(
                "the flag's {site} serves {key:?}; to start from, it has to serve the baseline {:?}, or a split over baseline and candidate",
                document.baseline,
            );
            mistakes.push(violation("/site", "unsuitable_site", message));
        }
        Some(Serve::Split(split)) => check_split(document, split, unit, mistakes),
    }
}

fn check_split(
    document: &Document,
    split: &Split,
    unit: &AttributeRef,
    mistakes: &mut Vec<Violation>,
) {
    let weights = serve::weights(split);
    let arms = [&document.baseline, &document.candidate];
    if let Some(other) = weights.keys().find(|key| !arms.contains(key)) {
        let message = format!(
            "the flag's {} gives a share to {other:?} too; it has to serve the baseline, or a split over baseline and candidate alone",
            document.site,
        );
        mistakes.push(violation("/site", "unsuitable_site", message));
    }
    let by = split.by.as_deref().unwrap_or("targetingKey");
    let same_unit = by == unit.as_str()
        || unit.is_targeting_key() && AttributeRef::parse(by).is_ok_and(|by| by.is_targeting_key());
    if !same_unit {
        let message = format!(
            "the flag's {} is split by {by:?}: by another unit, other people would get the candidate",
            document.site,
        );
        mistakes.push(violation("/unit", "other_unit", message));
    }
    let present = weights.get(&document.candidate).copied().unwrap_or(0);
    if document
        .stages
        .first()
        .is_some_and(|first| first.slots() < present)
    {
        let message = format!(
            "the candidate has {} % already: the first stage would take it from some",
            f64::from(present) / 1000.0,
        );
        mistakes.push(violation("/stages/0/weight", "below_present", message));
    }
}

fn violation(path: &str, code: &'static str, message: impl Into<String>) -> Violation {
    Violation {
        path: path.to_owned(),
        code,
        message: message.into(),
    }
}
