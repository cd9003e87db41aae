//! The keys that name flags, segments and variations.

use std::fmt;

/// The longest key, in characters.
pub const MAX_CHARS: usize = 255;

/// A key that keeps the rules: 1 to 255 characters, no control characters, no space
/// around it. Anything else is fine (other systems' keys have dots, slashes and emoji).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(String);

/// Why a text is no [`Key`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidKey {
    /// No characters at all.
    #[error("a key has at least one character")]
    Empty,
    /// More than [`MAX_CHARS`] characters.
    #[error("a key has at most {MAX_CHARS} characters")]
    TooLong,
    /// A control character somewhere.
    #[error("a key has no control characters")]
    ControlCharacter,
    /// White space at the start or at the end.
    #[error("a key neither starts nor ends with white space")]
    SpaceAround,
}

impl Key {
    /// Reads a key.
    ///
    /// # Errors
    /// The first rule that the text breaks.
    pub fn parse(text: &str) -> Result<Self, InvalidKey> {
        check(text).map(|()| Self(text.to_owned()))
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Checks a text against the rules without keeping it.
///
/// # Errors
/// The first rule that the text breaks.
pub fn check(text: &str) -> Result<(), InvalidKey> {
    if text.is_empty() {
        Err(InvalidKey::Empty)
    } else if text.chars().any(char::is_control) {
        Err(InvalidKey::ControlCharacter)
    } else if text.trim() != text {
        Err(InvalidKey::SpaceAround)
    } else if text.chars().count() > MAX_CHARS {
        Err(InvalidKey::TooLong)
    } else {
        Ok(())
    }
}

impl AsRef<str> for Key {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
