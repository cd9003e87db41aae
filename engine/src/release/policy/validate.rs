//! Which policies and guards make sense.

use std::collections::BTreeSet;

use super::{Direction, Guard, Margin, MetricGuard, Policy, Test};
use crate::{key, validate::Violation};

/// The most guards that a release has.
pub const MAX_GUARDS: usize = 32;

/// The widest margin, and the widest `require_safe`: a hundred times as much.
const MAX_RELATIVE: f64 = 100.0;

/// The smallest probability of a mistake that one may ask for.
const MIN_ERROR: f64 = 1e-9;

/// Lists every mistake of a policy. Paths begin with `/policy`.
pub fn validate_policy(policy: &Policy) -> Vec<Violation> {
    let mut mistakes = Vec::new();
    for (path, probability) in [
        ("/policy/alpha", policy.alpha),
        ("/policy/beta", policy.beta),
    ] {
        if !(MIN_ERROR..=0.5).contains(&probability) {
            let message = format!(
                "{probability} is no probability of a mistake: between {MIN_ERROR} and 0.5, such as 0.01"
            );
            mistakes.push(violation(path, "out_of_range", message));
        }
    }
    if let Some(cap) = policy.max_excess_events
        && !(cap > 0.0 && cap.is_finite())
    {
        let message = "a cap is above 0; leave it out for none";
        mistakes.push(violation(
            "/policy/max_excess_events",
            "out_of_range",
            message,
        ));
    }
    mistakes
}

/// Lists every mistake of a release's guards. Paths begin with `/guards`. Whether there is
/// such a metric is for the caller to see.
pub fn validate_guards(guards: &[Guard]) -> Vec<Violation> {
    let mut mistakes = Vec::new();
    if guards.len() > MAX_GUARDS {
        let message = format!("a release has at most {MAX_GUARDS} guards");
        mistakes.push(violation("/guards", "too_many", message));
    }
    let mut seen = BTreeSet::new();
    for (index, guard) in guards.iter().enumerate() {
        let (member, watched) = match guard {
            Guard::Metric(guard) => ("metric", &guard.metric),
            Guard::Slo(guard) => ("slo", &guard.slo),
        };
        let path = format!("/guards/{index}/{member}");
        if let Err(why) = key::check(watched) {
            mistakes.push(violation(&path, "invalid_key", why.to_string()));
        }
        // Evidence is shown by metric: of two guards on one, nobody could tell which it is.
        if !seen.insert((member, watched)) {
            let message = format!("{watched:?} is guarded twice");
            mistakes.push(violation(&path, "duplicate", message));
        }
        if let Guard::Metric(guard) = guard {
            check_metric(guard, &format!("/guards/{index}"), &mut mistakes);
            check_limit(guard, &format!("/guards/{index}"), &mut mistakes);
        }
    }
    mistakes
}

fn check_metric(guard: &MetricGuard, path: &str, mistakes: &mut Vec<Violation>) {
    if !(0.0..=MAX_RELATIVE).contains(&guard.margin.relative) {
        let message = format!("a relative margin is between 0 and {MAX_RELATIVE}; 0.05 is 5 %");
        let path = format!("{path}/margin/relative");
        mistakes.push(violation(&path, "out_of_range", message));
    }
    if !(0.0..=1.0).contains(&guard.margin.absolute) {
        let message = "an absolute margin is between 0 and 1, in events a unit";
        let path = format!("{path}/margin/absolute");
        mistakes.push(violation(&path, "out_of_range", message));
    }
    if let Some(worse) = guard.require_safe
        && !(worse > 0.0 && worse <= MAX_RELATIVE)
    {
        let message = format!(
            "require_safe is above 0 and at most {MAX_RELATIVE}; 0.5 asks for less than half as much again"
        );
        let path = format!("{path}/require_safe");
        mistakes.push(violation(&path, "out_of_range", message));
    }
}

fn check_limit(guard: &MetricGuard, path: &str, mistakes: &mut Vec<Violation>) {
    let Some(limit) = guard.limit else {
        return;
    };
    let path = format!("{path}/limit");
    if !(limit > 0.0 && limit < 1.0) {
        let message = "a limit is between 0 and 1, in events a unit; 0.001 is one in a thousand";
        mistakes.push(violation(&path, "out_of_range", message));
    }
    if guard.margin != Margin::default()
        || guard.bad == Direction::Down
        || guard.test == Test::Block
    {
        let message = "a limit holds for the candidate alone, and up is bad: it goes with no margin and no other test";
        mistakes.push(violation(&path, "conflicting", message));
    }
}

fn violation(path: &str, code: &'static str, message: impl Into<String>) -> Violation {
    Violation {
        path: path.to_owned(),
        code,
        message: message.into(),
    }
}
