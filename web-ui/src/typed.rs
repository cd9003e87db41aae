//! What people type, read: numbers and parts of a whole, and mistakes by their place.

use serin_api::error::Detail;

use crate::describe::release::capital_sentence;

/// A mistake of the text itself.
pub(crate) fn unreadable(path: String, message: &str) -> Detail {
    Detail {
        path,
        code: "unreadable".to_owned(),
        message: message.to_owned(),
    }
}

/// What is wrong at a place, or below it.
pub(crate) fn at(mistakes: &[Detail], path: &str) -> Option<String> {
    let here = |detail: &&Detail| {
        let rest = detail.path.strip_prefix(path);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let messages: Vec<String> = mistakes
        .iter()
        .filter(here)
        .map(|detail| capital_sentence(&detail.message))
        .collect();
    (!messages.is_empty()).then(|| messages.join(" "))
}

/// A number as people type it: `5`, `0,05`, `12.5 %`.
pub(crate) fn number(text: &str) -> Option<f64> {
    let text = text.trim().trim_end_matches('%').trim_end();
    let number: f64 = text.replace(',', ".").parse().ok()?;
    (number.is_finite() && number >= 0.0).then_some(number)
}

/// A part of one from what is typed in so many parts: `5` of 100 is 0.05. Rounded far below
/// what anybody types, so that it is the number that one would write.
pub(crate) fn part_of(text: &str, of: f64) -> Option<f64> {
    Some((number(text)? / of * 1e9).round() / 1e9)
}

/// What is typed for such a part.
pub(crate) fn typed_of(part: f64, of: f64) -> String {
    let text = format!("{:.6}", part * of);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_what_one_would_write() {
        for (text, of, part) in [
            ("5", 100.0, 0.05),
            ("0,05 %", 100.0, 0.0005),
            ("5", 1e4, 0.0005),
            ("0", 100.0, 0.0),
        ] {
            assert_eq!(part_of(text, of), Some(part), "{text}");
        }
        for part in [0.05, 0.0005, 0.5, 1.0, 0.333_333_333] {
            assert!((part_of(&typed_of(part, 100.0), 100.0).unwrap() - part).abs() < 1e-8);
        }
        assert_eq!(typed_of(0.0005, 1e4), "5");
        for text in ["", "x", "-1", "NaN", "inf", "1 2"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
