//! Rulesets that mostly compile: evaluation is total, answers the same twice, does not
//! depend on the others, and is what the explanation says.

#![no_main]

use arbitrary::Unstructured;
use libfuzzer_sys::fuzz_target;
use serin_engine::{
    explain::{Explanation, Outcome, Serve, Step, explain},
    ruleset::Document,
};
use serin_engine_fuzz::{compiled, context, document, entries, shown};

fuzz_target!(|bytes: &[u8]| {
    let mut bytes = Unstructured::new(bytes);
    let Ok((flags, segments)) = entries(&mut bytes) else {
        return;
    };
    let Ok(context) = context(&mut bytes) else {
        return;
    };
    let written = document(1, &flags, &segments);
    let ruleset = compiled(&written);
    let source = Document::from_json(written).expect("the document is well formed");
    let mut more = flags.clone();
    more.insert(
        "unrelated".to_owned(),
        serde_json::json!({ "type": "no type" }),
    );
    let among_others = compiled(&document(1, &more, &segments));
    for key in flags.keys() {
        let evaluation = shown(&ruleset.evaluate(key, &context));
        assert_eq!(evaluation, shown(&ruleset.evaluate(key, &context)));
        assert_eq!(evaluation, shown(&among_others.evaluate(key, &context)));
        check(&explain(&ruleset, &source, key, &context));
    }
});

/// The step that decided serves what is served.
fn check(explanation: &Explanation) {
    let Some(decided) = explanation
        .steps
        .iter()
        .find(|step| outcome(step) == Outcome::Decided)
    else {
        assert!(explanation.cut || explanation.error.is_some());
        return;
    };
    let serve = match decided {
        Step::Rule(rule) => rule.serve.as_ref(),
        Step::Default { serve, .. } => Some(serve),
        _ => None,
    };
    let variation = match serve {
        Some(Serve::Variation(variation)) => Some(variation),
        Some(Serve::Split(split)) => split.variation.as_ref(),
        None => return,
    };
    assert_eq!(variation, explanation.variation.as_ref());
}

fn outcome(step: &Step) -> Outcome {
    match step {
        Step::Enabled { outcome } | Step::Default { outcome, .. } => *outcome,
        Step::Prerequisite(step) => step.outcome,
        Step::Target(step) => step.outcome,
        Step::Rule(step) => step.outcome,
    }
}
