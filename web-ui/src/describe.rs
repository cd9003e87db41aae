//! What documents say, in words: sentences for lists, ladders, histories and the bar of
//! unsaved edits. Pure; what is in the sentences is decided here, how it looks is not.

pub(crate) mod audit;
pub(crate) mod change;
pub(crate) mod condition;
pub(crate) mod in_use;
pub(crate) mod metric;
pub(crate) mod release;
pub(crate) mod serve;

/// `1 rule`, `2 rules`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// `a`, `a or b`, `a, b or c`; beyond `most` the rest is counted: `a, b or 3 more`.
pub(crate) fn alternatives(items: &[String], most: usize) -> String {
    match items {
        [] => "nothing".to_owned(),
        [only] => only.clone(),
        _ if items.len() > most && most > 0 => {
            let shown = items[..most].join(", ");
            format!("{shown} or {} more", items.len() - most)
        }
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}
