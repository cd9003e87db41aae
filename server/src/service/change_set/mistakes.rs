//! Every mistake of a change set, by its place.

use serin_api::error::Detail;

use crate::service::{Error, Result};

/// Gathers mistakes.
#[derive(Default)]
pub(super) struct Mistakes(Vec<Detail>);

impl Mistakes {
    pub(super) fn add(&mut self, path: String, code: &str, message: impl Into<String>) {
        self.0.push(Detail {
            path,
            code: code.to_owned(),
            message: message.into(),
        });
    }

    /// Adds what the engine found in a document at `path`.
    pub(super) fn violations(
        &mut self,
        path: &str,
        violations: Vec<serin_engine::validate::Violation>,
    ) {
        for violation in violations {
            self.add(
                format!("{path}{}", violation.path),
                violation.code,
                violation.message,
            );
        }
    }

    /// Adds what was found in a document at `path`.
    pub(super) fn details(&mut self, path: &str, details: Vec<Detail>) {
        self.0.extend(details.into_iter().map(|detail| Detail {
            path: format!("{path}{}", detail.path),
            ..detail
        }));
    }

    pub(super) fn into_result(self) -> Result<()> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(self.0))
        }
    }
}
