//! Where evaluation begins to take care of the stack, and of time.

use serde_json::{Value, json};

use super::{compiled, ruled};
use crate::ruleset::Ruleset;

/// A condition that nests so many levels deep, which is always true or always false.
fn nested(levels: usize) -> Value {
    (1..levels).fold(json!({"all": []}), |inside, _| json!({"not": inside}))
}

fn requires(flags: &[&str], when: &Value) -> Value {
    let mut json = ruled(when);
    let one = |flag: &&str| json!({"flag": flag, "variations": ["on"]});
    json["prerequisites"] = flags.iter().map(one).collect();
    json
}

/// Whether a flag is evaluated with care.
fn is_heavy(ruleset: &Ruleset, flag: &str) -> bool {
    let entry = ruleset.flag_id(flag).and_then(|id| ruleset.flag_entry(id));
    entry.unwrap().node.link.heavy
}

/// Each flag and segment takes two levels more than its conditions nest.
#[test]
fn a_hundred_and_fifty_levels_are_evaluated_plainly() {
    for (levels, heavy) in [(45, false), (46, true)] {
        let flags =
            json!({"top": requires(&["deep"], &nested(levels)), "deep": ruled(&nested(101))});
        let (ruleset, warnings) = compiled(&flags, &json!({}));
        assert_eq!(warnings, []);
        assert_eq!(is_heavy(&ruleset, "top"), heavy, "{levels} levels");
        assert!(!is_heavy(&ruleset, "deep"));
    }
}

#[test]
fn two_thousand_evaluations_are_done_plainly() {
    for (times, heavy) in [(1999, false), (2000, true)] {
        let flags =
            json!({"top": requires(&vec!["one"; times], &nested(1)), "one": ruled(&nested(1))});
        let (ruleset, _) = compiled(&flags, &json!({}));
        assert_eq!(is_heavy(&ruleset, "top"), heavy, "{times} times");
    }
}

/// An edit of what it leads to is enough, be it that nobody begins to name anything else.
#[test]
fn what_begins_to_nest_deeper_is_linked_anew() {
    let by_flag =
        |levels| json!({"top": requires(&["deep"], &nested(45)), "deep": ruled(&nested(levels))});
    let (before, _) = compiled(&by_flag(101), &json!({}));
    let (deeper, _) = before.with_flag("deep", Some(&ruled(&nested(102))));
    let (back, _) = deeper.with_flag("deep", Some(&ruled(&nested(101))));
    assert_eq!(
        [&before, &deeper, &back].map(|ruleset| is_heavy(ruleset, "top")),
        [false, true, false]
    );

    let segment = |levels| json!({"rules": [{"when": nested(levels)}]});
    let when = (1..45).fold(json!({"segment": "s"}), |inside, _| json!({"not": inside}));
    let (before, _) = compiled(&json!({"top": ruled(&when)}), &json!({"s": segment(101)}));
    let (deeper, _) = before.with_segment("s", Some(&segment(102)));
    assert_eq!(
        [&before, &deeper].map(|ruleset| is_heavy(ruleset, "top")),
        [false, true]
    );
}
