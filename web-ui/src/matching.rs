//! Finding things by a few typed letters.

use crate::order;

/// How well a text answers to what was typed; smaller is better, absent is not at all.
/// Every word must occur, wherever: whole, at the start, at the start of a word, inside.
pub(crate) fn rank(typed: &str, text: &str) -> Option<u32> {
    let text = text.to_lowercase();
    let typed = typed.trim().to_lowercase();
    if text == typed {
        return Some(0);
    }
    typed.split_whitespace().try_fold(1, |sum, word| {
        let at = text.find(word)?;
        let starts_word = at == 0
            || text[..at]
                .chars()
                .next_back()
                .is_some_and(|before| !before.is_alphanumeric());
        Some(
            sum + match (at, starts_word) {
                (0, _) => 1,
                (_, true) => 2,
                _ => 4,
            },
        )
    })
}

/// The best answers among `all`, best first, otherwise in their order. An entry is as good
/// as its best text.
pub(crate) fn best<T>(
    typed: &str,
    all: impl IntoIterator<Item = T>,
    texts: impl Fn(&T) -> [&str; 2],
    most: usize,
) -> Vec<T> {
    let ranked: Vec<(u32, T)> = all
        .into_iter()
        .filter_map(|entry| {
            let best = texts(&entry)
                .into_iter()
                .filter_map(|text| rank(typed, text))
                .min()?;
            Some((best, entry))
        })
        .collect();
    order::long(ranked, |(rank, _)| (u64::from(*rank), String::new()))
        .into_iter()
        .take(most)
        .map(|(_, entry)| entry)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn better_answers_come_first() {
        let all = [
            "recheckout",
            "new-checkout",
            "checkout",
            "checkout-v2",
            "other",
        ];
        let found = best("checkout", all, |text| [text, text], 3);
        assert_eq!(found, ["checkout", "checkout-v2", "new-checkout"]);
    }

    #[test]
    fn every_word_must_occur_and_nothing_typed_finds_all() {
        assert!(rank("new check", "New checkout").is_some());
        assert_eq!(rank("new gone", "New checkout"), None);
        assert_eq!(best("", ["b", "a"], |text| [text, text], 5), ["b", "a"]);
    }
}
