use std::collections::BTreeSet;

use serde_json::json;

use super::*;

fn unit(number: u32) -> Context {
    Context::new(format!("user-{number}"))
}

#[test]
fn few_contexts_are_all_kept_and_taken_once() {
    let samples = Samples::new(ContextSampling::new());
    for number in 0..5 {
        samples.offer(&unit(number));
    }
    let taken = samples.take();
    assert_eq!(taken.len(), 5);
    assert_eq!(taken[0], json!({ "targetingKey": "user-0" }));
    assert!(samples.take().is_empty());
}

#[test]
fn of_many_contexts_late_ones_have_their_chance() {
    let mut late = 0;
    for _ in 0..50 {
        let samples = Samples::new(ContextSampling::new());
        for number in 0..20_000 {
            samples.offer(&unit(number));
        }
        let taken = samples.take();
        assert_eq!(taken.len(), ROOM);
        let keys: BTreeSet<_> = taken.iter().map(|it| it["targetingKey"].as_str()).collect();
        assert_eq!(keys.len(), ROOM);
        let number = |it: &Value| {
            it["targetingKey"]
                .as_str()?
                .strip_prefix("user-")?
                .parse::<u32>()
                .ok()
        };
        late += taken
            .iter()
            .filter_map(number)
            .filter(|number| *number >= 10_000)
            .count();
    }
    // The thinning favours early ones a little; of fifty times twenty far more than a few are late.
    assert!(late > 50, "{late} of 1000");
}

#[test]
fn what_is_redacted_never_leaves() {
    let sampling = ContextSampling::new()
        .redact("email")
        .and_then(|it| it.redact("org.owner.name"))
        .and_then(|it| it.redact("/phones/1"))
        .unwrap();
    let samples = Samples::new(sampling);
    let context = json!({
        "targetingKey": "u", "email": "a@b", "org": { "id": "o7", "owner": { "name": "Ada", "id": 1 } }, "phones": ["1", "2", "3"],
    });
    samples.offer(&Context::from_json(context).unwrap());
    samples.offer(&unit(1));
    let taken = samples.take();
    let left = json!({
        "targetingKey": "u", "org": { "id": "o7", "owner": { "id": 1 } }, "phones": ["1", null, "3"],
    });
    assert_eq!(taken, [left, json!({ "targetingKey": "user-1" })]);
    assert!(ContextSampling::new().redact("a..b").is_err());
}

#[test]
fn what_is_too_long_is_not_sent() {
    let samples = Samples::new(ContextSampling::new());
    samples.offer(&Context::new("u").with("essay", "x".repeat(LONGEST)));
    assert!(samples.take().is_empty());
}
