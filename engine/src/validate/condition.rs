//! Checks conditions.

use super::{MAX_CONDITIONS, MAX_NESTING, MAX_VALUES, Neighbours, Report};
use crate::condition::{Comparison, Condition, Operator, Share};
use crate::matcher::{check_value, folds_case};
use crate::slots::SLOTS;

pub(super) fn condition(
    report: &mut Report,
    path: &str,
    condition: &Condition,
    neighbours: &dyn Neighbours,
) {
    let mut check = Check {
        report,
        neighbours,
        count: 0,
    };
    check.nested(path, condition, 1);
    let count = check.count;
    report.count(path, count, MAX_CONDITIONS);
}

/// Checks `{"flag", "variations"}`, of a condition or a prerequisite.
pub(super) fn requirement(
    report: &mut Report,
    path: &str,
    flag: &str,
    variations: &[String],
    neighbours: &dyn Neighbours,
) {
    let Some(known) = neighbours.flag_variations(flag) else {
        let message = format!("there is no flag {flag:?}");
        report.add(format!("{path}/flag"), "unknown_flag", message);
        return;
    };
    if variations.is_empty() {
        let message = format!("expected at least one variation of flag {flag:?}");
        report.add(format!("{path}/variations"), "empty", message);
    }
    for (index, name) in variations.iter().enumerate() {
        if !known.contains(name) {
            let message = format!(
                "flag {flag:?} has no variation {name:?}; it has {}",
                known.join(", ")
            );
            let path = format!("{path}/variations/{index}");
            report.add(path, "unknown_variation", message);
        }
    }
}

struct Check<'c> {
    report: &'c mut Report,
    neighbours: &'c dyn Neighbours,
    count: usize,
}

impl Check<'_> {
    fn nested(&mut self, path: &str, condition: &Condition, depth: usize) {
        if depth > MAX_NESTING {
            let message = format!("expected at most {MAX_NESTING} conditions inside each other");
            self.report.add(path, "too_deep", message);
            return;
        }
        self.count += 1;
        match condition {
            Condition::All { all } => self.parts(&format!("{path}/all"), all, depth),
            Condition::Any { any } => self.parts(&format!("{path}/any"), any, depth),
            Condition::Not { not } => self.nested(&format!("{path}/not"), not, depth + 1),
            Condition::Segment { segment } => {
                if !self.neighbours.segment_exists(segment) {
                    let message = format!("there is no segment {segment:?}");
                    let path = format!("{path}/segment");
                    self.report.add(path, "unknown_segment", message);
                }
            }
            Condition::Flag { flag, variations } => {
                requirement(self.report, path, flag, variations, self.neighbours);
            }
            Condition::Share { share } => self.share(&format!("{path}/share"), share),
            Condition::Attribute(comparison) => self.comparison(path, comparison),
        }
    }

    fn parts(&mut self, path: &str, parts: &[Condition], depth: usize) {
        for (index, part) in parts.iter().enumerate() {
            self.nested(&format!("{path}/{index}"), part, depth + 1);
        }
    }

    fn share(&mut self, path: &str, share: &Share) {
        if share.slots > SLOTS {
            let message = format!("expected at most {SLOTS} slots, found {}", share.slots);
            let path = format!("{path}/slots");
            self.report.add(path, "out_of_range", message);
        }
        let path = format!("{path}/by");
        self.report.attribute(&path, share.by.as_deref());
    }

    fn comparison(&mut self, path: &str, comparison: &Comparison) {
        let Comparison {
            attribute,
            op,
            values,
            ignore_case,
        } = comparison;
        let reference = format!("{path}/attribute");
        self.report.attribute(&reference, Some(attribute));
        self.report
            .count(&format!("{path}/values"), values.len(), MAX_VALUES);
        if *op == Operator::Exists {
            return;
        }
        let ignore_case = *ignore_case && folds_case(*op);
        for (index, value) in values.iter().enumerate() {
            if *op == Operator::Matches && !self.report.pattern(path, value, ignore_case) {
                return;
            }
            if let Err(message) = check_value(*op, value, ignore_case) {
                let path = format!("{path}/values/{index}");
                self.report.add(path, "unreadable_value", message);
            }
        }
    }
}
