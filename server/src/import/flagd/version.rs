//! `sem_ver` as ranges of versions.

use serde_json::json;
use serin_engine::condition::Operator;

use super::{logic::Logic, refusal::Refusal};

/// The condition that `sem_ver` is, on an attribute with a fixed operator and version.
pub(crate) fn compare(attribute: &str, operator: &str, version: &str) -> Result<Logic, Refusal> {
    let version = version.strip_prefix('v').unwrap_or(version);
    let core = core(version).ok_or_else(|| {
        Refusal::arguments("sem_ver", format!("with {version:?}, which is no version"))
    })?;
    let is = |op, bound: &str| Logic::leaf(attribute, op, vec![json!(bound)]);
    // The lowest pre-release of a version bounds it from below, and is itself outside
    // of what comes before.
    let between = |from: String, to: String| {
        Logic::all([
            is(Operator::SemverGte, &format!("{from}-0")),
            is(Operator::SemverLt, &format!("{to}-0")),
        ])
    };
    Ok(match operator {
        "=" => is(Operator::SemverEq, version),
        // Not the negation: what is no version is not unequal either.
        "!=" => Logic::any([
            is(Operator::SemverLt, version),
            is(Operator::SemverGt, version),
        ]),
        "<" => is(Operator::SemverLt, version),
        "<=" => is(Operator::SemverLte, version),
        ">" => is(Operator::SemverGt, version),
        ">=" => is(Operator::SemverGte, version),
        "^" => between(
            format!("{}.0.0", core.major),
            format!("{}.0.0", core.major + 1),
        ),
        "~" => between(
            format!("{}.{}.0", core.major, core.minor),
            format!("{}.{}.0", core.major, core.minor + 1),
        ),
        other => {
            return Err(Refusal::arguments(
                "sem_ver",
                format!("with {other:?}, which is none of its operators"),
            ));
        }
    })
}

struct Core {
    major: u64,
    minor: u64,
}

/// The numbers of a version that flagd and Serin both read.
fn core(version: &str) -> Option<Core> {
    let (rest, build) = cut(version, '+');
    let (numbers, pre_release) = cut(rest, '-');
    let parts: Vec<u64> = numbers.split('.').map(component).collect::<Option<_>>()?;
    let suffix = build.is_some() || pre_release.is_some();
    let shape = (1..=3).contains(&parts.len()) && (!suffix || parts.len() == 3);
    let identifiers = build.is_none_or(|build| build.split('.').all(is_identifier))
        && pre_release.is_none_or(|pre| pre.split('.').all(is_pre_release));
    (shape && identifiers).then(|| Core {
        major: parts[0],
        minor: parts.get(1).copied().unwrap_or(0),
    })
}

fn cut(text: &str, mark: char) -> (&str, Option<&str>) {
    match text.split_once(mark) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

/// A number without leading zeros, and with room for one more.
fn component(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let canonical = text == "0" || !text.starts_with('0');
    if !digits || !canonical {
        return None;
    }
    text.parse().ok().filter(|number| *number < u64::MAX)
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn is_pre_release(text: &str) -> bool {
    let number = text.bytes().all(|byte| byte.is_ascii_digit());
    is_identifier(text) && (!number || text == "0" || !text.starts_with('0'))
}
