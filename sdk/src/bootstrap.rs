//! The ruleset that a client begins with, before its server is heard of.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serin_engine::ruleset::{Document, Ruleset, RulesetError, Warning};

use crate::cache::{CacheFile, NoCopy};
use crate::change;
use crate::protocol::Update;
use crate::status::Source;

/// A ruleset to begin with, in the hands of the builder.
#[derive(Clone, Debug)]
pub(crate) enum Bootstrap {
    Document(Box<Document>),
    File(PathBuf),
}

/// Why a bootstrap cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BootstrapError {
    /// The file cannot be read.
    #[error("the file cannot be read")]
    File(#[source] std::io::Error),
    /// The file has more bytes than a ruleset may have.
    #[error("the file has more than {0} bytes")]
    TooLarge(usize),
    /// It is no ruleset.
    #[error(transparent)]
    Ruleset(#[from] RulesetError),
}

/// A ruleset and where it comes from.
pub(crate) struct Beginning {
    pub(crate) ruleset: Ruleset,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) source: Source,
    /// The text, where it is the copy on the disk.
    pub(crate) cached: Option<String>,
}

impl Beginning {
    pub(crate) fn update(self) -> (Update, Source) {
        let changed = change::between(None, &self.ruleset);
        let update = Update {
            ruleset: self.ruleset,
            warnings: self.warnings,
            changed,
        };
        (update, self.source)
    }
}

impl Bootstrap {
    /// Reads and compiles it.
    ///
    /// # Errors
    /// Where the file cannot be read, or it is no ruleset.
    pub(crate) fn read(self, limit: usize) -> Result<Beginning, BootstrapError> {
        let (ruleset, warnings) = match self {
            Self::Document(document) => Ruleset::from_document(*document)?,
            Self::File(path) => Ruleset::parse(&text(&path, limit)?)?,
        };
        Ok(Beginning {
            ruleset,
            warnings,
            source: Source::Bootstrap,
            cached: None,
        })
    }
}

fn text(path: &Path, limit: usize) -> Result<String, BootstrapError> {
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(limit as u64 + 1).read_to_string(&mut text))
        .map_err(BootstrapError::File)?;
    if text.len() > limit {
        return Err(BootstrapError::TooLarge(limit));
    }
    Ok(text)
}

/// The copy on the disk, where there is one; one that is bad is as good as none, and is
/// replaced by the next ruleset that comes.
pub(crate) fn cached(file: &CacheFile) -> Option<Beginning> {
    let path = file.path().display();
    let text = match file.read() {
        Ok(text) => text,
        Err(NoCopy::None) => return None,
        Err(reason) => {
            tracing::warn!("the copy of the ruleset at {path} is not used: {reason}");
            return None;
        }
    };
    let read = compile(&text);
    match read {
        Ok((ruleset, warnings)) => Some(Beginning {
            ruleset,
            warnings,
            source: Source::Cache,
            cached: Some(text),
        }),
        Err(reason) => {
            tracing::warn!("the copy of the ruleset at {path} is not used: {reason}");
            None
        }
    }
}

/// Compiles while it reads, and holds what comes out to the fingerprint that was written:
/// a copy that was not followed rightly is found out.
fn compile(text: &str) -> Result<(Ruleset, Vec<Warning>), String> {
    let (ruleset, warnings) = Ruleset::parse(text).map_err(|error| error.to_string())?;
    let head: Head = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if ruleset.fingerprint() == head.fingerprint {
        Ok((ruleset, warnings))
    } else {
        Err("it has another fingerprint than it says".to_owned())
    }
}

#[derive(Deserialize)]
struct Head {
    fingerprint: String,
}

/// The better of the two: the copy comes from the server itself. A bootstrap that is
/// newer, of the same environment, was made since.
pub(crate) fn better(cached: Option<Beginning>, given: Option<Beginning>) -> Option<Beginning> {
    match (cached, given) {
        (Some(cached), Some(given)) if is_newer(&given.ruleset, &cached.ruleset) => Some(given),
        (cached, given) => cached.or(given),
    }
}

fn is_newer(ruleset: &Ruleset, than: &Ruleset) -> bool {
    let place = |ruleset: &Ruleset| {
        (
            ruleset.project().to_owned(),
            ruleset.environment().to_owned(),
        )
    };
    place(ruleset) == place(than) && ruleset.revision() > than.revision()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_held_to_its_fingerprint() {
        let document = |fingerprint: &str| {
            format!(r#"{{"format": 1, "revision": 3, "fingerprint": "{fingerprint}"}}"#)
        };
        let none = Ruleset::empty("p", "e");
        assert!(compile(&document(none.fingerprint())).is_ok());
        assert!(compile(&document("0123456789abcdef")).is_err());
        assert!(compile(r#"{"format": 1, "revision": 3}"#).is_err());
    }
}
