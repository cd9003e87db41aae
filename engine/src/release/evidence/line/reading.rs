//! What a line is made of: members, each once, numbers and texts. What is wrong is told by the member
//! that it is at.

use std::borrow::Cow;

use crate::{
    json::{Lexer, MAX_DEPTH, Tape},
    release::evidence::{BadWindow, histogram::whole},
};

/// Why reading stopped.
pub(super) enum Stop {
    /// It is no JSON; where is looked for by whoever tells.
    NoJson,
    /// It is no window.
    Wrong(Box<BadWindow>),
}

pub(super) type Read<T> = Result<T, Stop>;

pub(super) fn wrong(reason: impl Into<String>) -> Stop {
    Stop::Wrong(Box::new(BadWindow {
        place: String::new(),
        reason: reason.into(),
    }))
}

impl Stop {
    /// The same as seen from the object around it.
    #[cold]
    pub(super) fn within(mut self, name: &str) -> Self {
        if let Self::Wrong(wrong) = &mut self {
            wrong.place = match wrong.place.as_str() {
                "" => name.to_owned(),
                place => format!("{name}.{place}"),
            };
        }
        self
    }
}

/// Reads an object: what is wrong with a member is told with its name.
#[inline]
pub(super) fn members<'t>(
    lexer: &mut Lexer<'t>,
    mut read: impl FnMut(&str, &mut Lexer<'t>) -> Read<()>,
) -> Read<()> {
    if lexer.next_byte() != Some(b'{') {
        return Err(expected(lexer, "an object"));
    }
    let mut more = lexer.open_object().ok_or(Stop::NoJson)?;
    while more {
        let name = lexer.name().ok_or(Stop::NoJson)?;
        read(&name, lexer).map_err(|stop| stop.within(&name))?;
        more = lexer.next_member().ok_or(Stop::NoJson)?;
    }
    Ok(())
}

#[inline]
pub(super) fn once<T>(place: &mut Option<T>, value: T) -> Read<()> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(twice()),
    }
}

#[inline]
pub(super) fn there<T>(value: Option<T>, name: &str) -> Read<T> {
    value.ok_or_else(|| wrong("it is missing").within(name))
}

/// Null is as good as absent where something may be absent.
#[inline]
pub(super) fn maybe<'t, T>(
    lexer: &mut Lexer<'t>,
    read: impl FnOnce(&mut Lexer<'t>) -> Read<T>,
) -> Read<Option<T>> {
    if lexer.next_byte() == Some(b'n') {
        return skip(lexer).map(|()| None);
    }
    read(lexer).map(Some)
}

pub(super) fn text<'t>(lexer: &mut Lexer<'t>) -> Read<Cow<'t, str>> {
    match lexer.next_byte() {
        Some(b'"') => lexer.text().ok_or(Stop::NoJson),
        _ => Err(expected(lexer, "a string")),
    }
}

#[inline]
pub(super) fn number(lexer: &mut Lexer<'_>) -> Read<f64> {
    written(lexer).map(|(number, _)| number)
}

/// How many values there are: whole, however that is written (12, 12.0, 1.2e1).
#[inline]
pub(super) fn count(lexer: &mut Lexer<'_>) -> Read<u64> {
    let (number, exact) = written(lexer)?;
    exact.or_else(|| whole(number)).ok_or_else(|| {
        let reason = format!("{number} is no whole number from 0 to 2^53");
        wrong(reason)
    })
}

pub(super) fn index(lexer: &mut Lexer<'_>) -> Read<usize> {
    let index = usize::try_from(count(lexer)?);
    index.map_err(|_| wrong("no release has so many stages"))
}

/// A number, and the same as an integer where it is written as one.
#[inline]
fn written(lexer: &mut Lexer<'_>) -> Read<(f64, Option<u64>)> {
    if !matches!(lexer.next_byte(), Some(b'0'..=b'9' | b'-')) {
        return Err(expected(lexer, "a number"));
    }
    let rest = lexer.rest();
    let number = lexer.number();
    match number
        .as_ref()
        .and_then(|number| Some((number.as_f64()?, number.as_u64())))
    {
        Some(read) => Ok(read),
        None => {
            let part = |c: char| !matches!(c, ',' | '}' | ']') && !c.is_whitespace();
            let end = rest.find(|c| !part(c)).unwrap_or(rest.len());
            let reason = format!("{} is no number, or one that is too large", &rest[..end]);
            Err(wrong(reason))
        }
    }
}

#[cold]
pub(super) fn twice() -> Stop {
    wrong("it comes twice")
}

/// What is there in place of what belongs there.
#[cold]
fn expected(lexer: &mut Lexer<'_>, what: &str) -> Stop {
    let found = match lexer.next_byte() {
        Some(b'{') => "an object",
        Some(b'[') => "a list",
        Some(b'"') => "a string",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        Some(_) => "a number",
        None => return Stop::NoJson,
    };
    match skip(lexer) {
        Ok(()) => wrong(format!("{what} belongs here, and not {found}")),
        Err(stop) => stop,
    }
}

/// Leaves a value out.
pub(super) fn skip(lexer: &mut Lexer<'_>) -> Read<()> {
    let read = lexer.value(&mut Tape::default(), MAX_DEPTH);
    read.ok_or(Stop::NoJson)
}
