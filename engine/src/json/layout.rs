//! Lays JSON text out on a tape, from a place in the text to the place behind.
//!
//! Each item is pushed where it is read: one that is handed on is put together in memory, and
//! read from there before it has arrived.

use super::scan::Scan;
use super::tape::{Item, Names, Tape};

/// One value; none that nests deeper than this many levels.
pub(super) fn value<'t>(
    text: Scan<'t>,
    at: usize,
    tape: &mut Tape<'t>,
    levels: usize,
) -> Option<usize> {
    let at = text.space(at);
    match text.byte(at)? {
        b'"' => string(text, at, tape).map(|(_, behind)| behind),
        b'{' => object(text, at, tape, levels.checked_sub(1)?),
        b'[' => array(text, at, tape, levels.checked_sub(1)?),
        b't' => word(text, at, tape, "true", Item::Bool(true)),
        b'f' => word(text, at, tape, "false", Item::Bool(false)),
        b'n' => word(text, at, tape, "null", Item::Null),
        _ => number(text, at, tape),
    }
}

fn object<'t>(text: Scan<'t>, at: usize, tape: &mut Tape<'t>, levels: usize) -> Option<usize> {
    let place = tape.push(Item::Object(0, Names::Any));
    let (mut more, mut at) = text.opens(at, b'{', b'}')?;
    let (mut last, mut ascending) = (None, true);
    while more {
        let (name, behind) = string(text, text.space(at), tape)?;
        // Names in order are all different, which is how most documents are written.
        ascending &= match name {
            Some(name) => {
                let before: Option<&str> = last.replace(name);
                before.is_none_or(|last| is_before(last.as_bytes(), name.as_bytes()))
            }
            None => false,
        };
        at = text.one(text.space(behind), b':')?;
        at = value(text, at, tape, levels)?;
        (more, at) = text.goes_on(at, b'}')?;
    }
    let names = if ascending {
        Names::Ascending
    } else {
        Names::Any
    };
    tape.close_object(place, names);
    Some(at)
}

fn array<'t>(text: Scan<'t>, at: usize, tape: &mut Tape<'t>, levels: usize) -> Option<usize> {
    let place = tape.push(Item::Array(0, 0));
    let (mut more, mut at) = text.opens(at, b'[', b']')?;
    let mut count = 0;
    while more {
        at = value(text, at, tape, levels)?;
        count += 1;
        (more, at) = text.goes_on(at, b']')?;
    }
    tape.close_array(place, count);
    Some(at)
}

/// A string, and what it is where it has no escapes.
#[inline(always)]
fn string<'t>(text: Scan<'t>, at: usize, tape: &mut Tape<'t>) -> Option<(Option<&'t str>, usize)> {
    if let Some((plain, behind)) = text.plain_string(at) {
        tape.push(Item::Text(plain));
        return Some((Some(plain), behind));
    }
    let (escaped, behind) = text.string(at)?;
    tape.push_escaped(escaped);
    Some((None, behind))
}

#[inline(always)]
fn number<'t>(text: Scan<'t>, at: usize, tape: &mut Tape<'t>) -> Option<usize> {
    if let Some((integer, behind)) = text.integer(at) {
        tape.push(Item::Number(integer.into()));
        return Some(behind);
    }
    let (number, behind) = text.number(at)?;
    tape.push(Item::Number(number));
    Some(behind)
}

#[inline(always)]
fn word<'t>(
    text: Scan<'t>,
    at: usize,
    tape: &mut Tape<'t>,
    word: &str,
    item: Item<'t>,
) -> Option<usize> {
    let behind = text.word(at, word)?;
    tape.push(item);
    Some(behind)
}

/// Whether a name is before another; their first bytes tell most often.
#[inline(always)]
fn is_before(left: &[u8], right: &[u8]) -> bool {
    match (left.first(), right.first()) {
        (Some(left), Some(right)) if left != right => left < right,
        _ => left < right,
    }
}
