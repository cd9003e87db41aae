//! What stands behind the marks.

use serde_json::Value;
use serin_engine::explain::{FlagPart, Leaf, Outcome, Serve, SharePart, SplitPart, TargetStep};

/// A text in quotes, with control characters escaped.
pub(in super::super) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

pub(super) fn required(part: &FlagPart) -> String {
    let flag = quoted(&part.flag);
    let served = match (&part.served, part.reason) {
        (Some(served), _) => format!("serves {}", quoted(served)),
        (None, Some(reason)) => format!("serves no variation ({})", reason.as_str()),
        (None, None) => "serves no variation".to_owned(),
    };
    let wanted: Vec<String> = part.wanted.iter().map(|key| quoted(key)).collect();
    format!(
        "{flag} {served}; asked for {}{}",
        wanted.join(" or "),
        more(part.left_out)
    )
}

pub(super) fn target(step: &TargetStep) -> String {
    let TargetStep {
        variation,
        attribute,
        listed,
        ..
    } = step;
    let list = format!("the {listed} listed for {}", quoted(variation));
    match (&step.seen, step.outcome) {
        (None, _) => format!("target: {attribute} is missing; {list}"),
        (Some(seen), Outcome::Decided) => format!("target: {attribute} {seen} is among {list}"),
        (Some(seen), Outcome::NotReached) => format!("target: {attribute} {seen}; {list}"),
        (Some(seen), _) => format!("target: {attribute} {seen} is not among {list}"),
    }
}

pub(super) fn leaf(part: &Leaf) -> String {
    let wanted: Vec<String> = part.wanted.iter().map(Value::to_string).collect();
    let mut text = format!("{} {}", part.attribute, part.operator);
    if part.operator != "exists" {
        let (wanted, more) = (wanted.join(", "), more(part.left_out));
        text = format!("{text} [{wanted}{more}]");
    }
    if part.ignore_case {
        text.push_str(" ignoring case");
    }
    match &part.seen {
        None => format!("{text}: it is missing"),
        Some(seen) if part.unfit => format!("{text}: it is {seen}, which this cannot compare"),
        Some(seen) => format!("{text}: it is {seen}"),
    }
}

pub(super) fn share(part: &SharePart) -> String {
    let SharePart { by, below, .. } = part;
    let text = format!("share of {} by {by}", percent(*below));
    match (&part.seen, part.slot) {
        (None, _) => format!("{text}: it is missing"),
        (Some(seen), None) => format!("{text}: {seen} is no unit"),
        (Some(seen), Some(slot)) => {
            let compared = if slot < *below { "below" } else { "not below" };
            format!("{text}: {seen} is in slot {slot}, {compared} {below}")
        }
    }
}

pub(super) fn serve(serve: &Serve) -> String {
    match serve {
        Serve::Variation(variation) => format!("serve {}", quoted(variation)),
        Serve::Split(split) => split_text(split),
    }
}

fn split_text(split: &SplitPart) -> String {
    let text = format!("split by {}", split.by);
    let Some(slot) = split.slot else {
        return match &split.seen {
            None => format!("{text}, which is missing"),
            Some(seen) => format!("{text}, but {seen} is no unit"),
        };
    };
    let seen = split.seen.as_ref().map(Value::to_string);
    let variation = quoted(split.variation.as_deref().unwrap_or_default());
    let (from, to) = (split.from.unwrap_or(0), split.to.unwrap_or(0));
    format!(
        "{text}: {} is in slot {slot}, which is {variation} ({from} to {})",
        seen.unwrap_or_default(),
        to.saturating_sub(1)
    )
}

/// A number of slots as a share of all.
fn percent(slots: u32) -> String {
    let (whole, rest) = (slots / 1000, slots % 1000);
    let digits = format!("{rest:03}");
    match digits.trim_end_matches('0') {
        "" => format!("{whole} %"),
        digits => format!("{whole}.{digits} %"),
    }
}

fn more(left_out: usize) -> String {
    match left_out {
        0 => String::new(),
        more => format!(", … and {more} more"),
    }
}
