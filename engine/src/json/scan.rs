//! Steps over JSON text: each begins at a place and says at which it ended.
//!
//! So the place stays in a register from one step to the next. In a struct that is borrowed
//! it is written to memory and read again with every token, and nothing goes on before that.

use serde_json::Number;

/// So many digits are below every bound of an integer.
const PLAIN_DIGITS: usize = 18;

/// A text. Everything is `None` where it is no JSON.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scan<'t>(&'t str);

impl<'t> Scan<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self(text)
    }

    /// The text from here on.
    pub(super) fn rest(self, at: usize) -> &'t str {
        self.0.get(at..).unwrap_or_default()
    }

    /// The byte at this place, of which none is behind the end.
    #[inline(always)]
    pub(super) fn byte(self, at: usize) -> Option<u8> {
        self.0.as_bytes().get(at).copied()
    }

    /// Passes this byte.
    #[inline(always)]
    pub(super) fn one(self, at: usize, byte: u8) -> Option<usize> {
        (self.byte(at) == Some(byte)).then_some(at + 1)
    }

    /// Passes what space there is.
    #[inline(always)]
    pub(super) fn space(self, mut at: usize) -> usize {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.byte(at) {
            at += 1;
        }
        at
    }

    /// Passes these bytes.
    #[inline]
    pub(super) fn word(self, at: usize, word: &str) -> Option<usize> {
        let rest = self.0.as_bytes().get(at..)?;
        rest.starts_with(word.as_bytes()).then(|| at + word.len())
    }

    /// Passes what an array or object opens with, and what it closes with where nothing is in it;
    /// whether something is.
    #[inline(always)]
    pub(super) fn opens(self, at: usize, open: u8, close: u8) -> Option<(bool, usize)> {
        let at = self.space(self.one(at, open)?);
        Some(match self.one(at, close) {
            Some(behind) => (false, behind),
            None => (true, at),
        })
    }

    /// Passes a comma, or the end; whether it was a comma.
    #[inline(always)]
    pub(super) fn goes_on(self, at: usize, end: u8) -> Option<(bool, usize)> {
        let at = self.space(at);
        match self.byte(at)? {
            b',' => Some((true, at + 1)),
            byte => (byte == end).then_some((false, at + 1)),
        }
    }

    /// A string without escapes.
    #[inline(always)]
    pub(super) fn plain_string(self, at: usize) -> Option<(&'t str, usize)> {
        let begin = self.one(at, b'"')?;
        let end = self.end_of_plain(begin);
        let behind = self.one(end, b'"')?;
        Some((self.0.get(begin..end)?, behind))
    }

    /// Any string.
    #[inline(never)]
    pub(super) fn string(self, at: usize) -> Option<(String, usize)> {
        let begin = self.one(at, b'"')?;
        let mut end = self.end_of_plain(begin);
        // A character that is not plain: an escape, or none that may be there.
        while self.byte(end)? != b'"' {
            let escaped = self.one(end, b'\\')?;
            self.byte(escaped)?;
            end = self.end_of_plain(escaped + 1);
        }
        let quoted = self.0.get(at..=end)?;
        Some((serde_json::from_str(quoted).ok()?, end + 1))
    }

    /// A number of a few digits and nothing else.
    #[inline(always)]
    pub(super) fn integer(self, at: usize) -> Option<(u64, usize)> {
        let (mut end, mut sum) = (at, 0_u64);
        while let Some(digit @ b'0'..=b'9') = self.byte(end) {
            // Where it overflows there are too many digits.
            sum = sum.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
            end += 1;
        }
        let digits = end - at;
        let is_integer = !matches!(self.byte(end), Some(b'.' | b'e' | b'E'));
        let is_plain = digits <= PLAIN_DIGITS && self.byte(at) != Some(b'0') || digits == 1;
        (digits > 0 && is_integer && is_plain).then_some((sum, end))
    }

    /// Any number.
    #[inline(never)]
    pub(super) fn number(self, at: usize) -> Option<(Number, usize)> {
        let rest = self.0.as_bytes().get(at..)?;
        let part = |byte: &&u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        let end = at + rest.iter().take_while(part).count();
        let number = serde_json::from_str(self.0.get(at..end)?).ok()?;
        Some((number, end))
    }

    /// Where the first quotation mark, backslash or control character from here on is, or the end.
    #[inline(always)]
    fn end_of_plain(self, from: usize) -> usize {
        let bytes = self.0.as_bytes();
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
