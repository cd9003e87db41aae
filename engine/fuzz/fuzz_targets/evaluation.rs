//! Rulesets that mostly compile: evaluation is total, answers the same twice, does not
//! depend on the others, and is what the explanation says.

#![no_main]

use arbitrary::Unstructured;
use libfuzzer_sys::fuzz_target;
use serin_engine_fuzz::{compiled, context, document, entries, shown};

fuzz_target!(|bytes: &[u8]| {
    let mut bytes = Unstructured::new(bytes);
    let Ok((flags, segments)) = entries(&mut bytes) else {
        return;
    };
    let Ok(context) = context(&mut bytes) else {
        return;
    };
    let ruleset = compiled(&document(1, &flags, &segments));
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
    }
});
