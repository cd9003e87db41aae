use proptest::prelude::*;
use serde_json::{Value, json};
use serin_engine::context::Context;
use serin_engine::ruleset::{Kind, fingerprint};

use super::*;

fn event(name: &str, data: impl ToString) -> Event {
    Event {
        name: name.to_owned(),
        data: data.to_string(),
    }
}

fn flag(version: u64, on: bool) -> Value {
    json!({
        "type": "boolean", "version": version, "enabled": on, "off": "off",
        "variations": [{"key": "on", "value": true}, {"key": "off", "value": false}],
        "default": {"variation": "on"},
    })
}

fn document(revision: u64, flags: Value) -> Value {
    json!({"format": 1, "project": "p", "environment": "e", "revision": revision, "flags": flags})
}

fn print_of(flags: &[(&str, u64)]) -> String {
    fingerprint(
        flags
            .iter()
            .map(|(key, version)| (Kind::Flag, *key, *version)),
    )
}

#[track_caller]
fn installed(step: Step) -> Update {
    match step {
        Step::Install(update) => *update,
        other => panic!("{other:?}"),
    }
}

fn base() -> Ruleset {
    let put = event(
        "put",
        document(4, json!({"a": flag(4, true), "b": flag(2, true)})),
    );
    installed(read(None, &put)).ruleset
}

#[track_caller]
fn resynchronises(current: Option<&Ruleset>, event: &Event) {
    match read(current, event) {
        Step::Resynchronise(Problem::Senseless(_)) => {}
        other => panic!("{event:?} gave {other:?}"),
    }
}

#[test]
fn a_put_is_the_whole_ruleset() {
    let base = base();
    assert_eq!(base.revision(), 4);
    let put = event(
        "put",
        document(9, json!({"b": flag(2, true), "c": flag(8, true)})),
    );
    let update = installed(read(Some(&base), &put));
    assert_eq!(update.ruleset.revision(), 9);
    assert!(update.changed.iter().eq(["a", "c"]));
}

#[test]
fn a_put_may_go_back() {
    let put = event("put", document(1, json!({})));
    let update = installed(read(Some(&base()), &put));
    assert_eq!(update.ruleset.revision(), 1);
    assert!(update.changed.iter().eq(["a", "b"]));
}

#[test]
fn a_patch_changes_what_it_names() {
    let base = base();
    let patch = json!({
        "from": 4, "to": 6, "flags": {"a": flag(6, false), "b": null},
        "fingerprint": print_of(&[("a", 6)]),
    });
    let update = installed(read(Some(&base), &event("patch", patch)));
    assert_eq!(update.ruleset.revision(), 6);
    assert!(update.changed.iter().eq(["a", "b"]));
    let evaluation = update.ruleset.evaluate("a", &Context::new("u"));
    assert_eq!(evaluation.value, Some(&json!(false)));
}

#[test]
fn a_segment_changes_the_flags_that_lead_to_it() {
    let rule = json!({"id": "r", "when": {"segment": "beta"}, "serve": {"variation": "on"}});
    let mut by_segment = flag(1, true);
    by_segment["rules"] = json!([rule]);
    let mut by_flag = flag(1, true);
    by_flag["prerequisites"] = json!([{"flag": "by-segment", "variations": ["on"]}]);
    let flags = json!({"by-segment": by_segment, "by-flag": by_flag, "other": flag(1, true)});
    let mut whole = document(1, flags);
    whole["segments"] = json!({"beta": {"version": 1, "rules": []}});
    let base = installed(read(None, &event("put", &whole))).ruleset;

    whole["revision"] = json!(2);
    whole["segments"]["beta"]["version"] = json!(2);
    let update = installed(read(Some(&base), &event("put", &whole)));
    assert!(update.changed.iter().eq(["by-flag", "by-segment"]));
}

#[test]
fn what_does_not_fit_asks_for_all_anew() {
    let base = base();
    let good =
        json!({"from": 4, "to": 5, "flags": {"b": null}, "fingerprint": print_of(&[("a", 4)])});
    installed(read(Some(&base), &event("patch", &good)));
    let broken = |member: &str, value: Value| {
        let mut patch = good.clone();
        patch[member] = value;
        event("patch", patch)
    };
    resynchronises(None, &event("patch", &good));
    for (member, value) in [
        ("from", json!(3)),
        ("to", json!(3)),
        ("to", json!("5")),
        ("flags", json!([])),
        ("flags", json!({})),
        ("fingerprint", json!("0000000000000000")),
        ("fingerprint", json!(null)),
    ] {
        resynchronises(Some(&base), &broken(member, value));
    }
    for garbage in [
        "",
        "{",
        "null",
        "[]",
        "42",
        "\"put\"",
        "{}",
        "{\"format\":2}",
    ] {
        resynchronises(Some(&base), &event("patch", garbage));
        resynchronises(Some(&base), &event("put", garbage));
    }
    let mut lying = document(5, json!({"a": flag(5, true)}));
    lying["fingerprint"] = json!("0000000000000000");
    resynchronises(Some(&base), &event("put", lying));
}

#[test]
fn nesting_without_end_is_refused_and_not_followed() {
    let deep = "[".repeat(200_000);
    resynchronises(None, &event("put", deep));
    let deep = format!(
        "{{\"format\":1,\"x\":{}{}}}",
        "[".repeat(5000),
        "]".repeat(5000)
    );
    resynchronises(None, &event("put", deep));
}

#[test]
fn one_bad_flag_is_a_warning() {
    let put = event(
        "put",
        document(1, json!({"a": {"type": "dream"}, "b": flag(1, true)})),
    );
    let update = installed(read(None, &put));
    assert_eq!(update.warnings.len(), 1);
    assert_eq!(update.warnings[0].flag, "a");
}

#[test]
fn a_goodbye_says_when_to_come_again() {
    let after = |data: &str| match read(None, &event("goodbye", data)) {
        Step::Leave(after) => after,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        after("{\"retry_ms\":250}"),
        Some(Duration::from_millis(250))
    );
    assert_eq!(after("{\"retry_ms\":99999999999}"), Some(LONGEST_GOODBYE));
    assert_eq!(after("soon"), None);
}

#[test]
fn later_kinds_of_event_are_passed_over() {
    assert!(matches!(read(None, &event("message", "{}")), Step::Ignore));
}

proptest! {
    /// Whatever is left of a good event after a few bytes were cut, changed or put in,
    /// it is read or refused: and a ruleset that it makes can be evaluated.
    #[test]
    fn a_mangled_event_does_no_harm(
        name in prop_oneof![Just("put"), Just("patch"), Just("goodbye")],
        edits in proptest::collection::vec((any::<proptest::sample::Index>(), any::<Option<char>>()), 1..6),
    ) {
        let base = base();
        let good = match name {
            "put" => document(5, json!({"a": flag(5, true), "c": flag(5, false)})),
            "patch" => json!({"from": 4, "to": 5, "flags": {"b": null}, "fingerprint": print_of(&[("a", 4)])}),
            _ => json!({"retry_ms": 5}),
        };
        let mut text: Vec<char> = good.to_string().chars().collect();
        for (place, edit) in edits {
            let place = place.index(text.len());
            match edit {
                Some(character) => text[place] = character,
                None => drop(text.remove(place)),
            }
        }
        let text: String = text.into_iter().collect();
        if let Step::Install(update) = read(Some(&base), &event(name, text)) {
            for key in ["a", "b", "c"] {
                let _ = update.ruleset.evaluate(key, &Context::new("u"));
            }
        }
    }
}
