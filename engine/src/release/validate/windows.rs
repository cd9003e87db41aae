//! Which windows make sense.

use super::violation;
use crate::{release::Windows, validate::Violation};

/// The most periods, and the most freezes.
const MAX: usize = 100;

/// Lists every mistake. Paths begin with `/windows`. Whether there is such a time zone is
/// for the caller to see.
pub(super) fn validate(windows: &Windows) -> Vec<Violation> {
    let mut mistakes = Vec::new();
    for (path, count) in [
        ("/windows/allow", windows.allow.len()),
        ("/windows/freezes", windows.freezes.len()),
    ] {
        if count > MAX {
            let message = format!("there are at most {MAX}");
            mistakes.push(violation(path, "too_many", message));
        }
    }
    for (index, freeze) in windows.freezes.iter().enumerate() {
        if freeze.to.end() <= freeze.from.begin() {
            let path = format!("/windows/freezes/{index}/to");
            let message = "a freeze ends after it begins";
            mistakes.push(violation(&path, "not_after", message));
        }
    }
    mistakes
}
