//! Release documents as people send them: their JSON Schema, with every mistake by its
//! place.

use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::Value;
use serin_api::error::Detail;
use serin_documents::schema;
use serin_engine::release::{Document, Span};

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

fn mistakes(document: &Value) -> Result<Vec<Detail>> {
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

/// Lengths of time that a pattern takes and a person would not: `1m1h`.
fn spans(document: &Value) -> impl Iterator<Item = Detail> {
    let stages = document["stages"].as_array().into_iter().flatten();
    stages.enumerate().filter_map(|(index, stage)| {
        let why = stage["min_bake"].as_str()?.parse::<Span>().err()?;
        Some(Detail {
            path: format!("/stages/{index}/min_bake"),
            code: "invalid_span".to_owned(),
            message: why.to_string(),
        })
    })
}
