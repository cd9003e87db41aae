//! Regular expressions, of a size that is the same everywhere.
//!
//! The size of a compiled expression in bytes depends on the machine (a browser's
//! addresses are half as long as a server's), so that a limit in bytes would refuse here
//! what it takes there. What is limited is the expression as it is written: its units are
//! about the bytes that it has to tell apart, counted before anything is compiled.

use std::ops::Range;

use regex::{Regex, RegexBuilder};
use regex_syntax::hir::{Class, Hir, HirKind};
use regex_syntax::utf8::Utf8Sequences;

/// The most units of one expression: `\w` has some 3400, a letter 1.
pub const MAX_UNITS: u64 = 250_000;

/// More than [`MAX_UNITS`] come to on any machine, so that it never decides.
const BYTES: usize = 1 << 28;

/// The units of an expression; more than [`MAX_UNITS`] are not compiled.
///
/// # Errors
/// Where it is none; says why.
pub fn units(pattern: &str, ignore_case: bool) -> Result<u64, String> {
    let parsed = regex_syntax::ParserBuilder::new()
        .case_insensitive(ignore_case)
        .build()
        .parse(pattern)
        .map_err(|error| reason(&error.to_string()))?;
    Ok(count(&parsed))
}

/// Where an expression is found in a text, in bytes: the first places only.
///
/// # Errors
/// Where it is no expression; says why.
pub fn find(
    pattern: &str,
    text: &str,
    ignore_case: bool,
    most: usize,
) -> Result<Vec<Range<usize>>, String> {
    let regex = compile(pattern, ignore_case)?;
    let places = regex.find_iter(text).take(most);
    Ok(places.map(|place| place.range()).collect())
}

pub(crate) fn compile(pattern: &str, ignore_case: bool) -> Result<Regex, String> {
    let units = units(pattern, ignore_case)?;
    if units > MAX_UNITS {
        return Err(format!(
            "it is too large: repetitions are written out, and this makes {units} units where {MAX_UNITS} are taken"
        ));
    }
    RegexBuilder::new(pattern)
        .case_insensitive(ignore_case)
        .size_limit(BYTES)
        .build()
        .map_err(|error| reason(&error.to_string()))
}

/// The last line is what is wrong; those before draw the place.
fn reason(error: &str) -> String {
    let reason = error.lines().last().unwrap_or_default();
    reason.trim_start_matches("error: ").to_owned()
}

fn count(expression: &Hir) -> u64 {
    match expression.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(literal) => literal.0.len() as u64,
        HirKind::Class(class) => of_class(class),
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min).max(1);
            let once = count(&repetition.sub).saturating_add(1);
            once.saturating_mul(u64::from(times))
        }
        HirKind::Capture(capture) => count(&capture.sub).saturating_add(2),
        HirKind::Concat(parts) => parts.iter().map(count).fold(0, u64::saturating_add),
        HirKind::Alternation(parts) => parts
            .iter()
            .map(|part| count(part).saturating_add(1))
            .fold(1, u64::saturating_add),
    }
}

/// A class tells characters apart by their bytes in UTF-8.
fn of_class(class: &Class) -> u64 {
    match class {
        Class::Unicode(class) => class
            .iter()
            .flat_map(|range| Utf8Sequences::new(range.start(), range.end()))
            .map(|sequence| sequence.len() as u64)
            .fold(1, u64::saturating_add),
        Class::Bytes(class) => class.ranges().len() as u64 + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_do_not_depend_on_the_machine() {
        // Far more than any limit in bytes would take, and far less.
        for (pattern, fits) in [
            (r"^[\w.+-]{1,64}@example\.(com|org)$", true),
            (r"\d{500}", true),
            (r"\w{200}", false),
            (r"(a{1000}){1000}", false),
            (r"((((x{99}){99}){99}){99}){99}", false),
        ] {
            let compiled = compile(pattern, false);
            assert_eq!(compiled.is_ok(), fits, "{pattern}: {compiled:?}");
        }
    }

    #[test]
    fn the_largest_expressions_compile() {
        // The limit in bytes, which differs from machine to machine, never decides.
        for part in ["[a-z]", "a?", "(b)", r"\p{L}", ".", "(c|d)"] {
            let one = units(part, true).unwrap() + 1;
            let pattern = format!("(?:{part}){{{}}}", MAX_UNITS / one);
            assert!(compile(&pattern, true).is_ok(), "{part}");
        }
    }

    #[test]
    fn the_limit_is_the_largest_size_that_is_taken() {
        let largest = format!("a{{{}}}", MAX_UNITS / 2);
        assert_eq!(units(&largest, false), Ok(MAX_UNITS));
        assert!(compile(&largest, false).is_ok());
        assert!(compile(&format!("{largest}b"), false).is_err());
    }

    #[test]
    fn units_are_what_has_to_be_told_apart() {
        for (pattern, expected) in [
            ("", 1),
            ("a", 1),
            ("abc", 3),
            ("é", 2),
            ("^a$", 3),
            ("[a-z]", 2),
            ("(?-u:[a-z])", 2),
            ("(?-u:[a-z0-9])", 3),
            ("[a-z0-9]", 3),
            ("a{3}", 6),
            ("a{2,5}", 10),
            ("a*", 2),
            ("a{7,}", 14),
            ("(a)", 3),
            ("[a-z]|[0-9]+x|", 11),
        ] {
            assert_eq!(units(pattern, false), Ok(expected), "{pattern}");
        }
        assert_eq!(units("a", true), units("[aA]", false));
    }

    #[test]
    fn places_are_in_bytes_and_bounded() {
        assert_eq!(find("é+", "aéé é", false, 10), Ok(vec![1..5, 6..8]));
        assert_eq!(find("É", "é", true, 10).map(|places| places.len()), Ok(1));
        assert_eq!(
            find("", "abcdef", false, 3).map(|places| places.len()),
            Ok(3)
        );
        assert_eq!(find("(", "", false, 3), Err("unclosed group".to_owned()));
    }
}
