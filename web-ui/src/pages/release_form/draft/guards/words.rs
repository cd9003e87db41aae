//! Guards in words.

use super::{GuardDraft, PERCENT, UNITS, Way};
use crate::typed::part_of;

/// What a guard does, in a sentence.
pub(crate) fn words(draft: &GuardDraft) -> String {
    match draft.way {
        Way::Budget => budget(draft),
        Way::Limit => {
            let limit = draft.limit.trim();
            let harm = format!(
                "More than {limit} in 10\u{202f}000 units is harm, whatever the baseline does"
            );
            waiting(draft, harm, "more")
        }
        Way::Compare => compare(draft),
    }
}

fn budget(draft: &GuardDraft) -> String {
    let burns = match draft.metric.as_str() {
        "" => "the error budget of an objective burns too fast".to_owned(),
        slo => format!("the error budget of {slo} burns too fast"),
    };
    match draft.action.as_str() {
        "rollback" => format!("It is harm when {burns}, in both arms together."),
        "notify" => format!("It is told once when {burns}, in both arms together."),
        _ => format!("The release is held while {burns}, in both arms together."),
    }
}

fn compare(draft: &GuardDraft) -> String {
    let (way, side) = if draft.down {
        ("less", "below")
    } else {
        ("more", "above")
    };
    let mut margins = Vec::new();
    if part_of(&draft.relative, PERCENT).is_some_and(|part| part > 0.0) {
        margins.push(format!("{}\u{202f}%", draft.relative.trim()));
    }
    if part_of(&draft.absolute, UNITS).is_some_and(|part| part > 0.0) {
        margins.push(format!("{} in 10\u{202f}000 units", draft.absolute.trim()));
    }
    let harm = match margins.as_slice() {
        [] => format!("Anything that is surely {side} the baseline is harm"),
        margins => format!(
            "More than {} {side} the baseline is harm",
            margins.join(" and ")
        ),
    };
    waiting(draft, harm, way)
}

fn waiting(draft: &GuardDraft, harm: String, way: &str) -> String {
    let safe = draft.require_safe.trim();
    match part_of(safe, PERCENT).filter(|part| *part > 0.0) {
        Some(_) => {
            format!("{harm}; a stage waits until {safe}\u{202f}% {way} can be ruled out.")
        }
        None => format!("{harm}; no stage waits for it."),
    }
}
