//! Patches one after another lead to the ruleset that is compiled from scratch.

#![no_main]

use std::collections::BTreeMap;

use arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};
use serin_engine::{
    context::Context,
    ruleset::{Patch, Ruleset},
};
use serin_engine_fuzz::{
    FLAGS, SEGMENTS, compiled, context, document, entries, flag, segment, shown,
};

fuzz_target!(|bytes: &[u8]| {
    let mut bytes = Unstructured::new(bytes);
    // Bytes that run out end the story.
    let _ = story(&mut bytes);
});

fn story(u: &mut Unstructured<'_>) -> Result<()> {
    let (mut flags, mut segments) = entries(u)?;
    let mut ruleset = compiled(&document(1, &flags, &segments));
    let context = context(u)?;
    for _ in 0..4 {
        if u.is_empty() {
            break;
        }
        let mut patch = Patch {
            from: ruleset.revision(),
            to: ruleset.revision() + u.int_in_range(1..=3)?,
            flags: BTreeMap::new(),
            segments: BTreeMap::new(),
            releases: Vec::new(),
            fingerprint: String::new(),
        };
        change(u, &FLAGS, flag, &mut flags, &mut patch.flags)?;
        change(u, &SEGMENTS, segment, &mut segments, &mut patch.segments)?;
        let fresh = compiled(&document(patch.to, &flags, &segments));
        patch.fingerprint = fresh.fingerprint().to_owned();
        ruleset = match ruleset.apply(&patch) {
            Ok((patched, _)) => patched,
            Err(error) => panic!("{error}"),
        };
        assert_same(&ruleset, &fresh, &context);
    }
    Ok(())
}

/// Sets and removes some entries, in what stands and in the patch.
fn change(
    u: &mut Unstructured<'_>,
    keys: &[&str],
    make: impl Fn(&mut Unstructured<'_>) -> Result<Value>,
    standing: &mut Map<String, Value>,
    patch: &mut BTreeMap<String, Option<Value>>,
) -> Result<()> {
    for key in keys {
        match u.int_in_range(0..=3)? {
            0 => {
                let made = make(u)?;
                standing.insert((*key).to_owned(), made.clone());
                patch.insert((*key).to_owned(), Some(made));
            }
            1 => {
                standing.remove(*key);
                patch.insert((*key).to_owned(), None);
            }
            _ => {}
        }
    }
    Ok(())
}

fn assert_same(patched: &Ruleset, fresh: &Ruleset, context: &Context) {
    assert_eq!(patched.fingerprint(), fresh.fingerprint());
    assert_eq!(patched.warnings(), fresh.warnings());
    let all = |ruleset: &Ruleset| {
        ruleset
            .evaluate_all(context)
            .map(|(flag, evaluation)| (format!("{flag:?}"), shown(&evaluation)))
            .collect::<Vec<_>>()
    };
    assert_eq!(all(patched), all(fresh));
}
