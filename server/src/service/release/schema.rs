//! Release documents as people send them: their JSON Schema, with every mistake by its
//! place.

use std::{fmt::Display, str::FromStr, sync::LazyLock};

use jsonschema::Validator;
use serde_json::Value;
use serin_api::error::Detail;
use serin_documents::schema;
use serin_engine::release::{Document, Period, Span, WallTime};

use crate::service::{Error, Result};

static RELEASE: LazyLock<std::result::Result<Validator, String>> =
    LazyLock::new(|| schema::compile(include_str!("release.json")));

/// Reads a document.
///
/// # Errors
/// [`Error::Invalid`] with every mistake in its shape.
pub(super) fn read(document: &Value) -> Result<Document> {
    let mistakes = mistakes(document)?;
    if !mistakes.is_empty() {
        return Err(Error::Invalid(mistakes));
    }
    serde_json::from_value(document.clone())
        .map_err(|error| Error::invalid("", "shape", error.to_string()))
}

/// Every mistake in a document's shape, by place.
///
/// # Errors
/// [`Error::Internal`] where the schema itself is none.
pub(crate) fn mistakes(document: &Value) -> Result<Vec<Detail>> {
    let validator = RELEASE
        .as_ref()
        .map_err(|error| Error::Internal(error.clone()))?;
    let mut mistakes = schema::limits(document);
    if mistakes.is_empty() {
        let errors = validator.iter_errors(document);
        mistakes = errors.flat_map(|error| schema::mistakes(&error)).collect();
        mistakes.extend(spans(document));
        mistakes.sort_by(|a, b| (&a.path, &a.code).cmp(&(&b.path, &b.code)));
        mistakes.dedup_by(|a, b| a.path == b.path);
    }
    Ok(mistakes)
}

/// Texts whose shape is right and whose meaning is not: `1m1h`, `Mon-`, `2026-02-30`.
fn spans(document: &Value) -> Vec<Detail> {
    let mut mistakes = Vec::new();
    let stages = document["stages"].as_array().into_iter().flatten();
    for (index, stage) in stages.enumerate() {
        for member in ["min_bake", "max_bake", "watch"] {
            let path = format!("/stages/{index}/{member}");
            mistakes.extend(unread::<Span>(&stage[member], path, "invalid_span"));
        }
    }
    let windows = &document["windows"];
    let periods = windows["allow"].as_array().into_iter().flatten();
    for (index, period) in periods.enumerate() {
        let path = format!("/windows/allow/{index}");
        mistakes.extend(unread::<Period>(period, path, "invalid_window"));
    }
    let freezes = windows["freezes"].as_array().into_iter().flatten();
    for (index, freeze) in freezes.enumerate() {
        for member in ["from", "to"] {
            let path = format!("/windows/freezes/{index}/{member}");
            mistakes.extend(unread::<WallTime>(&freeze[member], path, "invalid_date"));
        }
    }
    mistakes
}

fn unread<T>(text: &Value, path: String, code: &str) -> Option<Detail>
where
    T: FromStr,
    T::Err: Display,
{
    let why = text.as_str()?.parse::<T>().err()?;
    Some(Detail {
        path,
        code: code.to_owned(),
        message: why.to_string(),
    })
}
