//! Reads JSON text, token by token or onto a tape.
//!
//! It takes what serde_json takes and reads the same values from it, but says only that a
//! text is none: the words for what is wrong are found by reading once more with
//! serde_json. What is rare (escapes, fractions, very long numbers) is left to that too.

use std::borrow::Cow;

use serde_json::Number;

use super::layout;
use super::scan::Scan;
use super::tape::Tape;

/// The text that is not read yet. Everything is `None` where the text is no JSON.
#[derive(Debug)]
pub(crate) struct Lexer<'t> {
    text: Scan<'t>,
    at: usize,
}

impl<'t> Lexer<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self {
            text: Scan(text),
            at: 0,
        }
    }

    /// Reads one value onto the tape; none that nests deeper than this many levels.
    pub(crate) fn value(&mut self, tape: &mut Tape<'t>, levels: usize) -> Option<()> {
        let behind = layout::value(self.text, self.at, tape, levels)?;
        self.read((), behind)
    }

    /// Enters an object; whether there is a member.
    pub(crate) fn open_object(&mut self) -> Option<bool> {
        let at = self.text.space(self.at);
        let at = self.text.space(self.text.one(at, b'{')?);
        let is_empty = self.text.byte(at) == Some(b'}');
        self.read(!is_empty, at + usize::from(is_empty))
    }

    /// Reads a member's name and the colon behind it.
    pub(crate) fn name(&mut self) -> Option<Cow<'t, str>> {
        self.at = self.text.space(self.at);
        let name = self.text()?;
        let at = self.text.space(self.at);
        self.read(name, self.text.one(at, b':')?)
    }

    /// The byte that the next value begins with; nothing is read.
    #[inline]
    pub(crate) fn next_byte(&mut self) -> Option<u8> {
        self.at = self.text.space(self.at);
        self.text.byte(self.at)
    }

    /// What is not read yet.
    pub(crate) fn rest(&self) -> &'t str {
        self.text.0.get(self.at..).unwrap_or_default()
    }

    /// Reads a string.
    #[inline]
    pub(crate) fn text(&mut self) -> Option<Cow<'t, str>> {
        if let Some((text, behind)) = self.text.plain_string(self.at) {
            return self.read(Cow::Borrowed(text), behind);
        }
        let (text, behind) = self.text.string(self.at)?;
        self.read(Cow::Owned(text), behind)
    }

    /// Reads a number.
    #[inline]
    pub(crate) fn number(&mut self) -> Option<Number> {
        if let Some((integer, behind)) = self.text.integer(self.at) {
            return self.read(integer.into(), behind);
        }
        let (number, behind) = self.text.number(self.at)?;
        self.read(number, behind)
    }

    /// Goes on behind a member; whether there is another one.
    pub(crate) fn next_member(&mut self) -> Option<bool> {
        let (more, behind) = self.text.goes_on(self.at, b'}')?;
        self.read(more, behind)
    }

    /// Whether nothing but space is left.
    pub(crate) fn is_at_end(&mut self) -> bool {
        self.next_byte().is_none()
    }

    /// Goes to the place behind what was read.
    #[inline]
    fn read<T>(&mut self, read: T, behind: usize) -> Option<T> {
        self.at = behind;
        Some(read)
    }
}
