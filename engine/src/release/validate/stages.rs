//! Which stages make sense, one after the other.

use std::{collections::BTreeMap, time::Duration};

use super::violation;
use crate::{
    key,
    release::{Shadow, Span, Stage},
    slots::SLOTS,
    validate::Violation,
};

/// The most stages that a release has.
pub const MAX_STAGES: usize = 50;

/// The longest bake of one stage.
const MAX_BAKE: Duration = Duration::from_secs(365 * 86_400);

/// The longest name of a stage, in characters.
const MAX_NAME: usize = 255;

/// The most that may be held back, in percent: more than half would be no release.
const MAX_HOLDBACK: f64 = 50.0;

/// Lists every mistake. Paths begin with `/stages`.
pub(super) fn validate(stages: &[Stage]) -> Vec<Violation> {
    let mut mistakes = Mistakes(Vec::new());
    if stages.is_empty() {
        mistakes.add("/stages", "too_few", "a release has at least one stage");
    }
    if stages.len() > MAX_STAGES {
        let message = format!("a release has at most {MAX_STAGES} stages");
        mistakes.add("/stages", "too_many", message);
    }
    let mut before = Before::default();
    for (index, stage) in stages.iter().enumerate() {
        let path = format!("/stages/{index}");
        let last = index + 1 == stages.len();
        match &stage.shadow {
            Some(shadow) => {
                let first = stages
                    .iter()
                    .take(index)
                    .all(|stage| stage.shadow.is_some());
                check_shadow(stage, shadow, first && !last, &path, &mut mistakes);
            }
            None => {
                check_weight(stage, &before, last, &path, &mut mistakes);
                before.enter(stage);
            }
        }
        check_segment(stage, last, &path, &mut mistakes);
        check_times(stage, last, &path, &mut mistakes);
        check_name(stage, &path, &mut mistakes);
    }
    mistakes.0
}

struct Mistakes(Vec<Violation>);

impl Mistakes {
    fn add(&mut self, path: &str, code: &'static str, message: impl Into<String>) {
        self.0.push(violation(path, code, message));
    }
}

/// The slots that earlier stages gave the candidate.
#[derive(Default)]
struct Before<'s> {
    for_all: u32,
    segments: BTreeMap<&'s str, u32>,
}

impl<'s> Before<'s> {
    /// What a stage has to give more than.
    fn least(&self, stage: &Stage) -> u32 {
        let of_segment = stage
            .segment
            .as_deref()
            .and_then(|segment| self.segments.get(segment));
        self.for_all.max(of_segment.copied().unwrap_or(0))
    }

    fn enter(&mut self, stage: &'s Stage) {
        match &stage.segment {
            Some(segment) => self.segments.insert(segment, stage.slots()),
            None => Some(std::mem::replace(&mut self.for_all, stage.slots())),
        };
    }
}

fn check_weight(
    stage: &Stage,
    before: &Before<'_>,
    last: bool,
    path: &str,
    mistakes: &mut Mistakes,
) {
    let complete = stage.slots() + stage.held_back() == SLOTS;
    let mistake = if !(stage.weight > 0.0 && stage.weight <= 100.0) {
        ("out_of_range", "a weight is above 0 and at most 100")
    } else if is_too_fine(stage.weight) {
        ("too_fine", "weights have steps of 0.001")
    } else if stage.slots() <= before.least(stage) {
        (
            "not_growing",
            "each stage gives the candidate to more units than the one before",
        )
    } else if last && stage.segment.is_none() && !complete {
        ("not_complete", "the last stage has a weight of 100")
    } else {
        return check_holdback(stage, last, path, mistakes);
    };
    mistakes.add(&format!("{path}/weight"), mistake.0, mistake.1);
}

fn check_shadow(stage: &Stage, shadow: &Shadow, first: bool, path: &str, mistakes: &mut Mistakes) {
    if !(stage.weight > 0.0 && stage.weight <= 100.0) || is_too_fine(stage.weight) {
        let message = "a weight is above 0 and at most 100, in steps of 0.001";
        mistakes.add(&format!("{path}/weight"), "out_of_range", message);
    }
    let path = format!("{path}/shadow");
    if !first {
        let message = "shadow stages come before all others, and others come after them";
        mistakes.add(&path, "not_first", message);
    }
    if stage.segment.is_some() || stage.holdback.is_some() {
        let message =
            "a shadow stage has no segment and no holdback: nobody gets the candidate in it";
        mistakes.add(&path, "conflicting", message);
    }
    for (member, key) in [
        ("mismatch", Some(&shadow.mismatch)),
        ("latency", shadow.latency.as_ref()),
    ] {
        if let Some(Err(why)) = key.map(|key| key::check(key)) {
            mistakes.add(&format!("{path}/{member}"), "invalid_key", why.to_string());
        }
    }
}

fn check_holdback(stage: &Stage, last: bool, path: &str, mistakes: &mut Mistakes) {
    let Some(holdback) = stage.holdback else {
        return;
    };
    let mistake = if !last {
        (
            "not_last",
            "only the last stage holds some back: in the others, the weight says how many",
        )
    } else if !(holdback > 0.0 && holdback <= MAX_HOLDBACK) {
        ("out_of_range", "a holdback is above 0 and at most 50 %")
    } else if is_too_fine(holdback) {
        ("too_fine", "a holdback has steps of 0.001")
    } else {
        return;
    };
    mistakes.add(&format!("{path}/holdback"), mistake.0, mistake.1);
}

fn is_too_fine(percent: f64) -> bool {
    let thousandths = percent * 1000.0;
    (thousandths - thousandths.round()).abs() > 1e-6
}

fn check_segment(stage: &Stage, last: bool, path: &str, mistakes: &mut Mistakes) {
    let Some(segment) = &stage.segment else {
        return;
    };
    let path = format!("{path}/segment");
    if let Err(why) = key::check(segment) {
        mistakes.add(&path, "invalid_key", why.to_string());
    } else if last {
        let message = "the last stage is for everybody, and has no segment";
        mistakes.add(&path, "not_for_all", message);
    }
}

fn check_times(stage: &Stage, last: bool, path: &str, mistakes: &mut Mistakes) {
    for (member, span) in [
        ("min_bake", stage.min_bake),
        ("max_bake", stage.max_bake),
        ("watch", stage.watch),
    ] {
        if let Some(Span(span)) = span
            && (span.is_zero() || span > MAX_BAKE)
        {
            let message = match member {
                "min_bake" => {
                    "a stage bakes for more than 0s and at most 365d; leave it out to advance by hand"
                }
                _ => "it takes more than 0s and at most 365d",
            };
            mistakes.add(&format!("{path}/{member}"), "out_of_range", message);
        }
    }
    if let (Some(min), Some(max)) = (stage.min_bake, stage.max_bake)
        && max < min
    {
        let message = format!("it bakes for {min} at the least, so at the most for no less");
        mistakes.add(&format!("{path}/max_bake"), "below_min_bake", message);
    }
    if stage.watch.is_some() {
        let path = format!("{path}/watch");
        if !last {
            let message = "only the last stage is watched; the others bake";
            mistakes.add(&path, "not_last", message);
        } else if stage.min_bake.is_some() || stage.max_bake.is_some() {
            let message = "a stage is watched or it bakes: leave one of them out";
            mistakes.add(&path, "conflicting", message);
        }
    }
}

fn check_name(stage: &Stage, path: &str, mistakes: &mut Mistakes) {
    if let Some(name) = &stage.name
        && (name.trim().is_empty() || name.chars().count() > MAX_NAME)
    {
        let message = format!("a stage's name has 1 to {MAX_NAME} characters");
        mistakes.add(&format!("{path}/name"), "invalid_name", message);
    }
}
