//! What an edit moves, added up over slices of many contexts.

use serde_json::Value;

use crate::{
    components::sparkline::grouped,
    describe::count,
    order,
    weights::{ALL, percent},
};

/// How many of those who move are named.
const EXAMPLES: usize = 5;

/// Contexts that go from one variation to another; the empty name is the caller's default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Move {
    /// What they are served now.
    pub(crate) from: String,
    /// What they will be.
    pub(crate) to: String,
    /// How many.
    pub(crate) count: u64,
    /// The first few, by their targeting keys.
    pub(crate) examples: Vec<String>,
}

/// The whole so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// How many contexts were looked at.
    pub(crate) contexts: u64,
    /// How many of them get something else.
    pub(crate) changed: u64,
    /// Contexts by what they get now.
    pub(crate) before: Vec<(String, u64)>,
    /// Contexts by what they will get.
    pub(crate) after: Vec<(String, u64)>,
    /// The largest first.
    pub(crate) moves: Vec<Move>,
    /// Contexts that can no longer be evaluated.
    pub(crate) errors: u64,
}

impl Tally {
    /// Adds what the engine says of a slice.
    pub(crate) fn add(&mut self, impact: &Value) {
        self.contexts += number(impact, "contexts");
        self.changed += number(impact, "changed");
        let errors = number(impact, "errors_after");
        self.errors += errors.saturating_sub(number(impact, "errors_before"));
        merge(&mut self.before, &impact["before"]);
        merge(&mut self.after, &impact["after"]);
        for moved in impact["moves"].as_array().into_iter().flatten() {
            self.add_move(moved);
        }
        order::short(&mut self.moves, |moved| std::cmp::Reverse(moved.count));
    }

    fn add_move(&mut self, moved: &Value) {
        let text = |member: &str| moved[member].as_str().unwrap_or_default();
        let (from, to) = (text("from"), text("to"));
        let known = self
            .moves
            .iter()
            .position(|known| known.from == from && known.to == to);
        let at = known.unwrap_or_else(|| {
            self.moves.push(Move {
                from: from.to_owned(),
                to: to.to_owned(),
                count: 0,
                examples: Vec::new(),
            });
            self.moves.len() - 1
        });
        let into = &mut self.moves[at];
        into.count += number(moved, "count");
        let examples = moved["examples"].as_array().into_iter().flatten();
        let room = EXAMPLES - into.examples.len().min(EXAMPLES);
        into.examples.extend(
            examples
                .filter_map(Value::as_str)
                .take(room)
                .map(str::to_owned),
        );
    }

    /// `4.2 % of 100 000 units change: off → on`; `what` is the noun. `name` is what people
    /// call a variation.
    pub(crate) fn words(&self, what: &str, name: &dyn Fn(&str) -> String) -> String {
        let plural = if self.contexts == 1 { "" } else { "s" };
        let all = format!("{} {what}{plural}", grouped(self.contexts));
        let changed = match (self.changed, self.contexts) {
            (0, 1) => return format!("The {what} does not change"),
            (0, _) => return format!("None of {all} changes"),
            (1, 1) => format!("The {what}"),
            (changed, _) => format!("{} of {all}", self.part(changed)),
        };
        let verb = if self.changed == 1 && self.contexts < 1000 {
            "changes"
        } else {
            "change"
        };
        let several = self.moves.len() > 1;
        let moves: Vec<String> = self
            .moves
            .iter()
            .take(3)
            .map(|moved| {
                let words = format!("{} → {}", name(&moved.from), name(&moved.to));
                if several {
                    format!("{} {words}", self.part(moved.count))
                } else {
                    words
                }
            })
            .collect();
        let more = match self.moves.len().saturating_sub(3) {
            0 => String::new(),
            more => format!(", {}", count(more, "other move")),
        };
        format!("{changed} {verb}: {}{more}", moves.join(", "))
    }

    /// A number of contexts as a share of all, or where those are few as a number.
    pub(crate) fn part(&self, count: u64) -> String {
        if self.contexts < 1000 {
            grouped(count)
        } else {
            share(count, self.contexts)
        }
    }
}

fn number(of: &Value, member: &str) -> u64 {
    of[member].as_u64().unwrap_or(0)
}

fn merge(into: &mut Vec<(String, u64)>, from: &Value) {
    for (name, more) in from.as_object().into_iter().flatten() {
        let more = more.as_u64().unwrap_or(0);
        match into.iter_mut().find(|(known, _)| known == name) {
            Some((_, count)) => *count += more,
            None => into.push((name.clone(), more)),
        }
    }
}

/// A share in percent, to a thousandth: exact where 100 000 are counted. What is more
/// than nothing never reads as 0 %, and what is less than all never as 100 %.
pub(crate) fn share(part: u64, all: u64) -> String {
    if all == 0 {
        return percent(0);
    }
    let slots = (u128::from(part) * u128::from(ALL) * 2 + u128::from(all)) / (u128::from(all) * 2);
    // A part of all: no more than all slots.
    let slots = (slots as u32).min(ALL);
    match slots {
        0 if part > 0 => format!("under {}", percent(1)),
        ALL if part < all => format!("over {}", percent(ALL - 1)),
        _ => percent(slots),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn slice(contexts: u64, on: u64, examples: &[&str]) -> Value {
        json!({"contexts": contexts, "changed": on, "before": {"off": contexts}, "after": {"off": contexts - on, "on": on},
               "moves": if on == 0 { json!([]) } else { json!([{"from": "off", "to": "on", "count": on, "examples": examples}]) }})
    }

    fn said(tally: &Tally, what: &str) -> String {
        tally.words(what, &str::to_owned).replace('\u{202f}', " ")
    }

    #[test]
    fn slices_add_up() {
        let mut tally = Tally::default();
        tally.add(&slice(50_000, 4000, &["a", "b", "c"]));
        tally.add(&slice(50_000, 200, &["d", "e", "f"]));
        assert_eq!((tally.contexts, tally.changed), (100_000, 4200));
        assert_eq!(tally.before, [("off".to_owned(), 100_000)]);
        assert_eq!(
            tally.after,
            [("off".to_owned(), 95_800), ("on".to_owned(), 4200)]
        );
        assert_eq!(tally.moves[0].examples, ["a", "b", "c", "d", "e"]);
        assert_eq!(
            said(&tally, "unit"),
            "4.2 % of 100 000 units change: off → on"
        );
    }

    #[test]
    fn few_contexts_are_counted() {
        let mut tally = Tally::default();
        tally.add(&slice(1, 0, &[]));
        assert_eq!(said(&tally, "example"), "The example does not change");
        tally.add(&slice(1, 0, &[]));
        assert_eq!(said(&tally, "example"), "None of 2 examples changes");
        tally.add(&slice(1, 1, &["a"]));
        assert_eq!(said(&tally, "example"), "1 of 3 examples changes: off → on");
        tally.add(
            &json!({"contexts": 2, "changed": 2, "moves": [{"from": "on", "to": "", "count": 2}]}),
        );
        let name = |key: &str| if key.is_empty() { "default" } else { key }.to_owned();
        assert_eq!(
            tally.words("example", &name),
            "3 of 5 examples change: 2 on → default, 1 off → on"
        );
    }

    #[test]
    fn shares_never_round_to_nothing_or_to_all() {
        let said = |part, all| share(part, all).replace('\u{202f}', " ");
        assert_eq!(said(1, 1_000_000), "under 0.001 %");
        assert_eq!(said(999_999, 1_000_000), "over 99.999 %");
        assert_eq!(said(1, 3), "33.333 %");
        assert_eq!(
            [said(0, 7), said(7, 7), said(0, 0)],
            ["0 %", "100 %", "0 %"]
        );
    }
}
