//! Unicode simple case folding: one character to one character, so that `İ` and `ı`
//! are not `i` and `ß` is not `ss`.

use icu_casemap::{CaseMapper, CaseMapperBorrowed};

const MAPPER: CaseMapperBorrowed<'static> = CaseMapper::new();

/// Longer texts are folded on the heap.
const STACK_BYTES: usize = 256;

/// A text folded for keeping.
pub(crate) fn folded(text: &str) -> String {
    text.chars().map(fold_char).collect()
}

/// Folds a text for the time of one call, without touching the heap where it is short.
pub(crate) fn with_folded<T>(text: &str, then: impl FnOnce(&str) -> T) -> T {
    let mut buffer = [0_u8; STACK_BYTES];
    let mut length = 0;
    for char in text.chars().map(fold_char) {
        let next = length + char.len_utf8();
        if next > STACK_BYTES {
            return then(&folded(text));
        }
        char.encode_utf8(&mut buffer[length..next]);
        length = next;
    }
    match std::str::from_utf8(&buffer[..length]) {
        Ok(text) => then(text),
        Err(_) => then(&folded(text)),
    }
}

pub(crate) fn fold_char(char: char) -> char {
    if char.is_ascii() {
        char.to_ascii_lowercase()
    } else {
        MAPPER.simple_fold(char)
    }
}
