//! What explanations leave out, and that they count it.

use serde_json::{Value, json};

use super::super::ruled;
use super::{chain, explained};
use crate::evaluation::Reason;
use crate::explain::{Because, Construct, Explanation, FlagPart, SegmentPart, Step};

/// The first rule's condition: a segment.
fn segment(explanation: &Explanation) -> &SegmentPart {
    let rule = explanation.steps.iter().find_map(|step| match step {
        Step::Rule(rule) => rule.condition.as_ref(),
        _ => None,
    });
    let Some(Construct::Segment(part)) = rule.map(|condition| &condition.construct) else {
        panic!("{explanation:#?}");
    };
    part
}

#[test]
fn rules_of_a_segment_are_counted_where_they_are_not_shown() {
    let rule = json!({"when": {"attribute": "x", "op": "exists"}});
    for (rules, left_out) in [(1999, 0), (2005, 6)] {
        let explanation = explained(
            json!({"f": ruled(&json!({"segment": "s"}))}),
            json!({"s": {"rules": vec![rule.clone(); rules]}}),
            "f",
            json!({}),
        );
        let Some(Because::Nothing(parts)) = segment(&explanation).because.as_deref() else {
            panic!("{explanation:#?}");
        };
        assert_eq!((parts.parts.len(), parts.left_out), (1999, left_out));
        assert_eq!(explanation.cut, left_out > 0);
    }
}

#[test]
fn segments_in_segments_are_looked_into_up_to_a_depth() {
    for (length, cut) in [(28, false), (29, true)] {
        let segments = (0..length).map(|index| {
            let when = match index + 1 == length {
                true => json!({"all": []}),
                false => json!({"segment": format!("s{}", index + 1)}),
            };
            (format!("s{index}"), json!({"rules": [{"when": when}]}))
        });
        let explanation = explained(
            json!({"f": ruled(&json!({"segment": "s0"}))}),
            Value::Object(segments.collect()),
            "f",
            json!({}),
        );
        assert_eq!(explanation.reason, Reason::RuleMatch);
        let (mut part, mut depth) = (segment(&explanation), 0);
        while let Some(Because::Rule { condition, .. }) = part.because.as_deref() {
            depth += 1;
            match condition.as_ref().map(|condition| &condition.construct) {
                Some(Construct::Segment(inner)) => part = inner,
                _ => break,
            }
        }
        assert_eq!((depth, explanation.cut), (28, cut), "{length} segments");
    }
}

fn required(explanation: &Explanation) -> &FlagPart {
    let Some(Step::Prerequisite(step)) = explanation.steps.get(1) else {
        panic!("{explanation:#?}");
    };
    &step.required
}

fn requires(flag: &str) -> Value {
    let mut json = ruled(&json!({"all": []}));
    json["prerequisites"] = json!([{"flag": flag, "variations": ["on"]}]);
    json
}

/// Of a flag that leads to very many others it is known what these serve, but not why.
#[test]
fn why_another_flag_serves_something_is_told_where_that_is_cheap() {
    for (length, reason) in [(3, Some(Reason::RuleMatch)), (200, None)] {
        let mut flags = chain(length, |index| requires(&format!("f{}", index + 1)));
        flags.insert(format!("f{length}"), ruled(&json!({"all": []})));
        let explanation = explained(flags.into(), json!({}), "f0", json!({}));
        let required = required(&explanation);
        assert_eq!(required.served.as_deref(), Some("on"));
        assert_eq!(required.reason, reason, "a chain of {length}");
    }
}

#[test]
fn a_flag_that_is_off_or_in_error_serves_nothing_to_those_that_ask() {
    let mut off = ruled(&json!({"all": []}));
    off["enabled"] = false.into();
    let mut undivided = ruled(&json!({"any": []}));
    undivided["default"] =
        json!({"split": {"allocation": [{"variation": "on", "slots": 100_000}]}});
    for (flag, reason) in [(off, Reason::Disabled), (undivided, Reason::Error)] {
        let flags = json!({"f": requires("other"), "other": flag});
        let explanation = explained(flags, json!({}), "f", json!({}));
        let required = required(&explanation);
        assert_eq!(
            (required.served.as_deref(), required.reason),
            (None, Some(reason))
        );
        assert_eq!(explanation.prerequisite.as_deref(), Some("other"));
    }
}
