//! The fields of projects and environments: how they are patched, and what may be in them.

use serde::de::DeserializeOwned;
use serde_json::Value;
use serin_api::error::Detail;

use super::{Error, Result, document, environment::COLORS};
use crate::shape;

/// Refuses to change what is not at the version that the caller saw.
pub(super) fn check_version(current: u64, seen: Option<u64>) -> Result<()> {
    match seen {
        Some(seen) if seen != current => Err(Error::VersionConflict {
            current,
            path: String::new(),
        }),
        _ => Ok(()),
    }
}

/// Merges a patch into fields and reads the result.
pub(super) fn patched<T: DeserializeOwned>(
    before: &Value,
    mut patch: Value,
    kept: &[&str],
) -> Result<T> {
    let Value::Object(members) = &mut patch else {
        let message = "a merge patch is a JSON object".to_owned();
        return Err(Error::BadRequest(message));
    };
    for name in kept {
        members.remove(*name);
    }
    let mut after = before.clone();
    document::merge(&mut after, &patch);
    shape::read(&after).map_err(|detail| Error::Invalid(vec![detail]))
}

/// Keys of projects and environments stand in addresses: they are plain.
pub(super) fn check_key(key: &str, path: &str, details: &mut Vec<Detail>) {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let fits = (1..=100).contains(&key.len())
        && key.chars().all(plain)
        && !key.starts_with('-')
        && !key.ends_with('-');
    if !fits {
        let message =
            "a key has 1 to 100 lower-case letters, digits and hyphens, no hyphen at its ends";
        details.push(detail(path, "key", message));
    }
}

/// Texts for people.
pub(super) fn check_text(text: Option<&str>, path: &str, details: &mut Vec<Detail>) {
    let Some(text) = text else { return };
    if text.chars().count() > 1000 {
        details.push(detail(path, "too_long", "at most 1000 characters"));
    }
    if text.contains('\0') {
        details.push(detail(
            path,
            "nul_character",
            "the character U+0000 is not taken",
        ));
    }
}

pub(super) fn check_color(color: Option<&str>, path: &str, details: &mut Vec<Detail>) {
    if color.is_some_and(|color| !COLORS.contains(&color)) {
        let message = format!("one of {}", COLORS.join(", "));
        details.push(detail(path, "color", &message));
    }
}

pub(super) fn check_origins(origins: &[String], path: &str, details: &mut Vec<Detail>) {
    if origins.len() > 100 {
        details.push(detail(path, "too_many", "at most 100 origins"));
    }
    for (index, origin) in origins.iter().enumerate() {
        let scheme = origin
            .strip_prefix("https://")
            .or(origin.strip_prefix("http://"));
        let host = scheme.is_some_and(|host| {
            !host.is_empty() && host.chars().all(|c| c.is_ascii_graphic() && c != '/')
        });
        if origin != "*" && !host {
            let message = "an origin is https://host, with a port where needed, or *";
            details.push(detail(&format!("{path}/{index}"), "origin", message));
        }
    }
}

fn detail(path: &str, code: &str, message: &str) -> Detail {
    Detail {
        path: path.to_owned(),
        code: code.to_owned(),
        message: message.to_owned(),
    }
}
