//! What has to hold before a release may be written, and before it may start.

mod stages;
mod windows;

use super::{
    Document, Guard, Policy, Site, Stage, Template, Windows, serve, validate_guards,
    validate_policy,
};
use crate::{
    attribute::AttributeRef,
    flag::{FlagConfig, FlagDefinition, Serve, Split},
    validate::Violation,
};

pub use stages::MAX_STAGES;

/// Lists every mistake of a release document, as the flag stands now. Paths are JSON
/// pointers into the document. Whether another release has the site is for the caller
/// to see.
pub fn validate(
    document: &Document,
    definition: &FlagDefinition,
    config: &FlagConfig,
) -> Vec<Violation> {
    let mut mistakes = validate_plan(&Plan::of(document));
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

/// What a release and a template have in common: what is to happen, wherever it does.
#[derive(Clone, Copy, Debug)]
pub struct Plan<'a> {
    /// How sure one wants to be.
    pub policy: &'a Policy,
    /// What is watched.
    pub guards: &'a [Guard],
    /// One after the other.
    pub stages: &'a [Stage],
    /// When it may go on by itself; always where absent.
    pub windows: Option<&'a Windows>,
}

impl<'a> Plan<'a> {
    /// A release's.
    pub fn of(document: &'a Document) -> Self {
        Self {
            policy: &document.policy,
            guards: &document.guards,
            stages: &document.stages,
            windows: document.windows.as_ref(),
        }
    }

    /// A template's.
    pub fn of_template(template: &'a Template) -> Self {
        Self {
            policy: &template.policy,
            guards: &template.guards,
            stages: &template.stages,
            windows: template.windows.as_ref(),
        }
    }
}

/// Lists every mistake of a plan. Whether there are such metrics, segments and time zones
/// is for the caller to see.
pub fn validate_plan(plan: &Plan<'_>) -> Vec<Violation> {
    let mut mistakes = validate_policy(plan.policy);
    mistakes.extend(validate_guards(plan.guards));
    mistakes.extend(stages::validate(plan.stages));
    mistakes.extend(shadows(plan));
    if let Some(windows) = plan.windows {
        mistakes.extend(windows::validate(windows));
    }
    mistakes
}

/// A shadow stage is left by what is known of results that differ, so a guard limits them.
fn shadows(plan: &Plan<'_>) -> Vec<Violation> {
    let is_limited = |metric: &str| {
        let guards = plan.guards.iter().filter_map(Guard::metric);
        guards
            .into_iter()
            .any(|guard| guard.metric == metric && guard.limit.is_some())
    };
    let stages = plan.stages.iter().enumerate();
    let unlimited = stages.filter_map(|(index, stage)| {
        let shadow = stage.shadow.as_ref()?;
        (!is_limited(&shadow.mismatch)).then(|| {
            let message = format!(
                "nothing limits {:?}: add a guard such as {{\"metric\": {:?}, \"limit\": 0.001, \"require_safe\": 1}}",
                shadow.mismatch, shadow.mismatch,
            );
            violation(&format!("/stages/{index}/shadow/mismatch"), "not_guarded", message)
        })
    });
    unlimited.collect()
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
    if let Some(index) = document
        .stages
        .iter()
        .position(|stage| stage.shadow.is_some())
    {
        let message =
            "nobody has the candidate in a shadow stage: the site has to serve the baseline alone";
        mistakes.push(violation(
            &format!("/stages/{index}/shadow"),
            "unsuitable_site",
            message,
        ));
        return;
    }
    let present = weights.get(&document.candidate).copied().unwrap_or(0);
    // What a segment gets ahead of the others takes nothing from anybody.
    let for_all = |(_, stage): &(usize, &Stage)| stage.segment.is_none();
    if let Some((index, first)) = document.stages.iter().enumerate().find(for_all)
        && first.slots() < present
    {
        let message = format!(
            "the candidate has {} % already: the first stage would take it from some",
            f64::from(present) / 1000.0,
        );
        let path = format!("/stages/{index}/weight");
        mistakes.push(violation(&path, "below_present", message));
    }
}

fn violation(path: &str, code: &'static str, message: impl Into<String>) -> Violation {
    Violation {
        path: path.to_owned(),
        code,
        message: message.into(),
    }
}
