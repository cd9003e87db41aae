//! Case folding comes from two tables, that of `icu_casemap` and that of `regex`.

use regex::{Regex, RegexBuilder};

use crate::fold::{fold_char, folded, with_folded};

fn matches(pattern: &Regex, char: char) -> bool {
    pattern.is_match(char.encode_utf8(&mut [0; 4]))
}

/// `in` and `matches` agree on each character that both tables know; one may be of a
/// later Unicode than the other.
#[test]
fn both_tables_fold_alike() {
    let known = Regex::new(r"\P{Unassigned}").unwrap();
    let is_cased = |char: &char| char.to_lowercase().ne([*char]) || fold_char(*char) != *char;
    let cased = ('\0'..=char::MAX).filter(|char| matches(&known, *char) && is_cased(char));
    let mut count = 0;
    for char in cased {
        let pattern = RegexBuilder::new(&format!("^{}$", regex::escape(&char.to_string())))
            .case_insensitive(true)
            .build()
            .unwrap();
        let folds = fold_char(char);
        for other in char
            .to_lowercase()
            .chain(char.to_uppercase())
            .chain([folds])
        {
            let same = fold_char(other) == folds;
            assert_eq!(matches(&pattern, other), same, "{char:?} and {other:?}");
        }
        count += 1;
    }
    assert!(count > 1400, "{count} characters have cases");
}

#[test]
fn folding_does_not_depend_on_the_length() {
    for (upper, lower) in [
        ("A", "a"),
        ("É", "é"),
        ("ẞ", "ß"),
        ("𐐀", "𐐨"),
        ("\u{212a}", "k"),
        ("Ａ", "ａ"),
        ("AÉ", "aé"),
    ] {
        for length in 60..260 {
            let (text, expected) = (upper.repeat(length), lower.repeat(length));
            assert_eq!(folded(&text), expected);
            with_folded(&text, |folded| assert_eq!(folded, expected));
        }
    }
}
