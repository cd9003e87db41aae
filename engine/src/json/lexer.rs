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
    scan: Scan<'t>,
    at: usize,
}

impl<'t> Lexer<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self {
            scan: Scan::new(text),
            at: 0,
        }
    }

    /// Reads one value onto the tape; none that nests deeper than this many levels.
    pub(crate) fn value(&mut self, tape: &mut Tape<'t>, levels: usize) -> Option<()> {
        let behind = layout::value(self.scan, self.at, tape, levels)?;
        self.passed((), behind)
    }

    /// Enters an object; whether there is a member.
    pub(crate) fn open_object(&mut self) -> Option<bool> {
        let at = self.scan.space(self.at);
        let (more, behind) = self.scan.opens(at, b'{', b'}')?;
        self.passed(more, behind)
    }

    /// Reads a member's name and the colon behind it.
    pub(crate) fn name(&mut self) -> Option<Cow<'t, str>> {
        self.at = self.scan.space(self.at);
        let name = self.text()?;
        let at = self.scan.space(self.at);
        self.passed(name, self.scan.one(at, b':')?)
    }

    /// The byte that the next value begins with; nothing is read.
    #[inline]
    pub(crate) fn next_byte(&mut self) -> Option<u8> {
        self.at = self.scan.space(self.at);
        self.scan.byte(self.at)
    }

    /// What is not read yet.
    pub(crate) fn rest(&self) -> &'t str {
        self.scan.rest(self.at)
    }

    /// Reads a string.
    #[inline]
    pub(crate) fn text(&mut self) -> Option<Cow<'t, str>> {
        if let Some((text, behind)) = self.scan.plain_string(self.at) {
            return self.passed(Cow::Borrowed(text), behind);
        }
        let (text, behind) = self.scan.string(self.at)?;
        self.passed(Cow::Owned(text), behind)
    }

    /// Reads a number.
    #[inline]
    pub(crate) fn number(&mut self) -> Option<Number> {
        if let Some((integer, behind)) = self.scan.integer(self.at) {
            return self.passed(integer.into(), behind);
        }
        let (number, behind) = self.scan.number(self.at)?;
        self.passed(number, behind)
    }

    /// Goes on behind a member; whether there is another one.
    pub(crate) fn next_member(&mut self) -> Option<bool> {
        let (more, behind) = self.scan.goes_on(self.at, b'}')?;
        self.passed(more, behind)
    }

    /// Whether nothing but space is left.
    pub(crate) fn is_at_end(&mut self) -> bool {
        self.next_byte().is_none()
    }

    /// Goes on behind what was read.
    #[inline]
    fn passed<T>(&mut self, read: T, behind: usize) -> Option<T> {
        self.at = behind;
        Some(read)
    }
}
