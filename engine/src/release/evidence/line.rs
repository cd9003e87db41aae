//! Windows as lines of text: what `serin release judge` and `serin release replay` take.
//!
//! A line is read in one pass, by the lexer that reads rulesets, and straight into a window. So it
//! is known at which member a line stopped to make sense, and people are told that and not what
//! a program expected. Stricter than serde in one thing: nothing may come twice, and a list of
//! an object's members in their order is no object.

mod reading;

use std::{borrow::Cow, collections::BTreeMap};

use super::{
    Arm, At, BadWindow, Counter, Histogram, Tally, Window,
    histogram::{NoBucket, named},
};
use crate::json::{Lexer, parse};
use reading::{
    Read, Stop, count, index, maybe, members, number, once, skip, text, there, twice, wrong,
};

/// What an arm may have of a metric.
const FORMS: &str = "one of \"events\", \"histogram\" and \"counter\" belongs here";

/// A line that is a window. Whether what it says is possible is for [`Window::check`] to say.
#[derive(Clone, Debug, PartialEq)]
pub struct Line<'t> {
    /// Tells streams apart where several come in one file.
    pub release: Option<Cow<'t, str>>,
    /// When it began, as it is written.
    pub at: Cow<'t, str>,
    /// The window, without its release.
    pub window: Window,
}

impl<'t> Line<'t> {
    /// Reads a line. Members that nobody knows are left out.
    ///
    /// # Errors
    /// The first member that makes no sense, in words for people.
    pub fn read(line: &'t [u8]) -> Result<Self, BadWindow> {
        let text = std::str::from_utf8(line).map_err(|error| BadWindow {
            place: String::new(),
            reason: format!("no UTF-8 behind byte {}", error.valid_up_to()),
        })?;
        let mut lexer = Lexer::new(text);
        let read = window(&mut lexer).and_then(|line| match lexer.is_at_end() {
            true => Ok(line),
            false => Err(Stop::NoJson),
        });
        read.map_err(|stop| match stop {
            Stop::Wrong(wrong) => *wrong,
            Stop::NoJson => no_json(text),
        })
    }
}

/// What is found by reading it once more.
fn no_json(text: &str) -> BadWindow {
    let reason = match parse(text) {
        _ if text.trim().is_empty() => "there is nothing on the line".to_owned(),
        Ok(_) => "it cannot be read".to_owned(),
        Err(error) => {
            let words = error
                .to_string()
                .replace(" at line 1 column ", " at column ")
                .replace("expected ident", "expected true, false or null");
            match words.strip_prefix("EOF while parsing ") {
                Some(what) => format!("no JSON: the line ends within {what}"),
                None => format!("no JSON: {words}"),
            }
        }
    };
    BadWindow {
        place: String::new(),
        reason,
    }
}

fn window<'t>(lexer: &mut Lexer<'t>) -> Read<Line<'t>> {
    let (mut release, mut at, mut stage, mut weight) = (None, None, None, None);
    let (mut baseline, mut candidate) = (None, None);
    members(lexer, |name, lexer| match name {
        "release" => once(&mut release, maybe(lexer, text)?),
        "at" => once(&mut at, text(lexer)?),
        "stage" => once(&mut stage, index(lexer)?),
        "weight" => once(&mut weight, number(lexer)?),
        "baseline" => once(&mut baseline, arm(lexer)?),
        "candidate" => once(&mut candidate, arm(lexer)?),
        _ => skip(lexer),
    })?;
    let at = there(at, "at")?;
    let began: At = at
        .parse()
        .map_err(|error: super::InvalidAt| wrong(error.to_string()).within("at"))?;
    Ok(Line {
        release: release.flatten(),
        at,
        window: Window {
            release: None,
            at: began,
            stage: there(stage, "stage")?,
            weight: there(weight, "weight")?,
            baseline: there(baseline, "baseline")?,
            candidate: there(candidate, "candidate")?,
        },
    })
}

fn arm(lexer: &mut Lexer<'_>) -> Read<Arm> {
    let (mut exposed, mut first, mut metrics) = (None, None, None);
    members(lexer, |name, lexer| match name {
        "exposed" => once(&mut exposed, number(lexer)?),
        "first" => once(&mut first, maybe(lexer, number)?),
        "metrics" => once(&mut metrics, tallies(lexer)?),
        _ => skip(lexer),
    })?;
    Ok(Arm {
        exposed: there(exposed, "exposed")?,
        first: first.flatten(),
        metrics: metrics.unwrap_or_default(),
    })
}

fn tallies(lexer: &mut Lexer<'_>) -> Read<BTreeMap<String, Tally>> {
    let mut tallies = BTreeMap::new();
    members(lexer, |name, lexer| {
        let tally = tally(lexer)?;
        match tallies.insert(name.to_owned(), tally) {
            None => Ok(()),
            Some(_) => Err(twice()),
        }
    })?;
    Ok(tallies)
}

fn tally(lexer: &mut Lexer<'_>) -> Read<Tally> {
    let mut found = None;
    members(lexer, |name, lexer| {
        let tally = match name {
            "events" => Tally::Events(number(lexer)?),
            "histogram" => Tally::Histogram(histogram(lexer)?),
            "counter" => Tally::Counter(counter(lexer)?),
            _ => return Err(wrong(FORMS)),
        };
        match found.replace(tally) {
            None => Ok(()),
            Some(_) => Err(wrong(format!("{FORMS}, and no more than one"))),
        }
    })?;
    found.ok_or_else(|| wrong(FORMS))
}

fn histogram(lexer: &mut Lexer<'_>) -> Read<Histogram> {
    let mut histogram = Histogram::EMPTY;
    members(lexer, |name, lexer| {
        let bucket = named(name).ok_or_else(|| wrong(NoBucket(name).to_string()))?;
        match histogram.0.insert(bucket, count(lexer)?) {
            None => Ok(()),
            Some(_) => Err(twice()),
        }
    })?;
    Ok(histogram)
}

fn counter(lexer: &mut Lexer<'_>) -> Read<Counter> {
    let (mut exposed, mut events, mut seconds) = (None, None, None);
    members(lexer, |name, lexer| match name {
        "exposed" => once(&mut exposed, number(lexer)?),
        "events" => once(&mut events, number(lexer)?),
        "seconds" => once(&mut seconds, count(lexer)?),
        _ => skip(lexer),
    })?;
    let seconds = u32::try_from(seconds.unwrap_or_default());
    Ok(Counter {
        exposed: there(exposed, "exposed")?,
        events: there(events, "events")?,
        seconds: seconds.map_err(|_| wrong("no window is as long as that").within("seconds"))?,
    })
}

#[cfg(test)]
mod tests;
