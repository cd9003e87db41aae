//! Reads JSON text onto a tape.
//!
//! It takes what serde_json takes and reads the same values from it, but says only that a
//! text is none: the words for what is wrong are found by reading once more with
//! serde_json. What is rare (escapes, fractions, very long numbers) is left to that too.

use std::borrow::Cow;

use serde_json::Number;

use super::tape::{Item, Names, Tape};

/// So many digits are below every bound of an integer.
const PLAIN_DIGITS: usize = 18;

/// The text that is not read yet. Everything is `None` where the text is no JSON.
#[derive(Debug)]
pub(crate) struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    /// Reads one value onto the tape; none that nests deeper than this many levels.
    pub(crate) fn value(&mut self, tape: &mut Tape<'t>, levels: usize) -> Option<()> {
        self.skip_space();
        let item = match self.peek()? {
            b'"' => Item::Text(self.text()?),
            b'{' => return self.object(tape, levels.checked_sub(1)?),
            b'[' => return self.array(tape, levels.checked_sub(1)?),
            b't' => self.word("true", Item::Bool(true))?,
            b'f' => self.word("false", Item::Bool(false))?,
            b'n' => self.word("null", Item::Null)?,
            _ => Item::Number(self.number()?),
        };
        tape.push(item);
        Some(())
    }

    /// Enters an object; whether there is a member.
    pub(crate) fn open_object(&mut self) -> Option<bool> {
        self.skip_space();
        self.take(b'{')?;
        self.skip_space();
        Some(!self.takes(b'}'))
    }

    /// Reads a member's name and the colon behind it.
    pub(crate) fn name(&mut self) -> Option<Cow<'t, str>> {
        self.skip_space();
        let name = self.text()?;
        self.skip_space();
        self.take(b':')?;
        Some(name)
    }

    /// The byte that the next value begins with; nothing is read.
    #[inline]
    pub(crate) fn next_byte(&mut self) -> Option<u8> {
        self.skip_space();
        self.peek()
    }

    /// What is not read yet.
    pub(crate) fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Reads a string.
    #[inline]
    pub(crate) fn text(&mut self) -> Option<Cow<'t, str>> {
        match self.plain_string() {
            Some(text) => Some(Cow::Borrowed(text)),
            None => self.string(),
        }
    }

    /// Goes on behind a member; whether there is another one.
    pub(crate) fn next_member(&mut self) -> Option<bool> {
        self.goes_on(b'}')
    }

    /// Whether nothing but space is left.
    pub(crate) fn is_at_end(&mut self) -> bool {
        self.skip_space();
        self.at == self.text.len()
    }

    fn object(&mut self, tape: &mut Tape<'t>, levels: usize) -> Option<()> {
        let place = tape.push(Item::Object(0, Names::Any));
        let mut more = self.open_object()?;
        let (mut last, mut ascending) = ("", true);
        let mut is_first = true;
        while more {
            let name = self.name()?;
            // Names in order are all different, which is how most documents are written.
            ascending &= match &name {
                Cow::Borrowed(name) => {
                    let before = std::mem::replace(&mut last, name);
                    is_first || before < *name
                }
                Cow::Owned(_) => false,
            };
            is_first = false;
            tape.push(Item::Text(name));
            self.value(tape, levels)?;
            more = self.next_member()?;
        }
        let names = if ascending {
            Names::Ascending
        } else {
            Names::Any
        };
        tape.close_object(place, names);
        Some(())
    }

    fn array(&mut self, tape: &mut Tape<'t>, levels: usize) -> Option<()> {
        let place = tape.push(Item::Array(0, 0));
        self.take(b'[')?;
        self.skip_space();
        let mut count = 0;
        let mut more = !self.takes(b']');
        while more {
            self.value(tape, levels)?;
            count += 1;
            more = self.goes_on(b']')?;
        }
        tape.close_array(place, count);
        Some(())
    }

    /// A string without escapes; where it is something else nothing is read.
    #[inline]
    fn plain_string(&mut self) -> Option<&'t str> {
        let begin = self.at + 1;
        let end = match self.peek()? {
            b'"' => self.end_of_plain(begin),
            _ => return None,
        };
        if self.text.as_bytes().get(end) != Some(&b'"') {
            return None;
        }
        self.at = end + 1;
        self.text.get(begin..end)
    }

    #[inline(never)]
    fn string(&mut self) -> Option<Cow<'t, str>> {
        self.take(b'"')?;
        let begin = self.at;
        self.skip_plain();
        // A character that is not plain: an escape, or none that may be there.
        while !self.takes(b'"') {
            self.take(b'\\')?;
            self.peek()?;
            self.at += 1;
            self.skip_plain();
        }
        let quoted = self.text.get(begin - 1..self.at)?;
        serde_json::from_str(quoted).ok().map(Cow::Owned)
    }

    /// Reads a number.
    pub(crate) fn number(&mut self) -> Option<Number> {
        let begin = self.at;
        let rest = self.text.as_bytes().get(begin..)?;
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let behind = rest.get(digits);
        let is_integer = !matches!(behind, Some(b'.' | b'e' | b'E'));
        if is_integer && (digits == 1 || (1..=PLAIN_DIGITS).contains(&digits) && rest[0] != b'0') {
            self.at += digits;
            let add = |sum: u64, digit: &u8| sum * 10 + u64::from(digit - b'0');
            return Some(rest[..digits].iter().fold(0, add).into());
        }
        let part = |byte: &&u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        self.at += rest.iter().take_while(part).count();
        serde_json::from_str(self.text.get(begin..self.at)?).ok()
    }

    fn word(&mut self, word: &str, item: Item<'t>) -> Option<Item<'t>> {
        let rest = self.text.as_bytes().get(self.at..)?;
        rest.starts_with(word.as_bytes()).then(|| {
            self.at += word.len();
            item
        })
    }

    /// A comma, or the end.
    #[inline]
    fn goes_on(&mut self, end: u8) -> Option<bool> {
        self.skip_space();
        if self.takes(b',') {
            return Some(true);
        }
        self.take(end).map(|()| false)
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    #[inline]
    fn takes(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    #[inline]
    fn take(&mut self, byte: u8) -> Option<()> {
        self.takes(byte).then_some(())
    }

    #[inline]
    fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    /// Goes on to a quotation mark, a backslash, a control character or the end.
    #[inline]
    fn skip_plain(&mut self) {
        self.at = self.end_of_plain(self.at);
    }

    /// Where the first quotation mark, backslash or control character from here on is, or the end.
    #[inline]
    fn end_of_plain(&self, from: usize) -> usize {
        let bytes = self.text.as_bytes();
        let mut at = from;
        while let Some(eight) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
            let found = not_plain(u64::from_le_bytes(*eight));
            if found != 0 {
                return at + found.trailing_zeros() as usize / 8;
            }
            at += 8;
        }
        let is_plain = |byte: &u8| !matches!(byte, b'"' | b'\\' | 0..0x20);
        while bytes.get(at).is_some_and(is_plain) {
            at += 1;
        }
        at
    }
}

/// Marks the bytes that are no plain characters: the lowest mark is right, those above it
/// may be wrong.
#[inline]
fn not_plain(eight: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let is = |byte: u8| {
        let zero = eight ^ (ONES * u64::from(byte));
        zero.wrapping_sub(ONES) & !zero
    };
    let control = eight.wrapping_sub(ONES * 0x20) & !eight;
    (is(b'"') | is(b'\\') | control) & HIGH
}
