use serde_json::json;

use super::*;

/// A story as indented text, with `▸` before what is folded.
fn told(story: &Story) -> String {
    let mut text = String::new();
    for line in &story.steps {
        tell(line, 0, &mut text);
    }
    text.replace('\u{202f}', " ")
}

fn tell(line: &Line, depth: usize, into: &mut String) {
    let seen = line.seen.as_ref().map(|seen| format!(" ({seen})"));
    let fall = line.fall.as_ref().map(|fall| format!(" [{}]", fall.words));
    into.push_str(&format!(
        "{}{}{}{}: {}{}{}\n",
        "  ".repeat(depth),
        if line.folded { "▸ " } else { "" },
        if line.skipped { "skipped, " } else { "" },
        line.mark.word(),
        line.words,
        seen.unwrap_or_default(),
        fall.unwrap_or_default()
    ));
    for part in &line.parts {
        tell(part, depth + 1, into);
    }
}

/// A German user in the beta segment, whom a target and a rule pass by.
fn german() -> Value {
    json!({
        "flag": "new-checkout", "value": false, "variation": "off", "reason": "SPLIT", "slot": 45_123,
        "steps": [
            {"step": "enabled", "outcome": "passed"},
            {"step": "prerequisite", "flag": "payments-v2", "wanted": ["on"], "served": "on", "reason": "STATIC", "outcome": "passed"},
            {"step": "target", "variation": "on", "attribute": "targetingKey", "listed": 2, "seen": "german", "outcome": "no_match"},
            {"step": "rule", "rule": "beta", "name": "Beta organisations", "outcome": "no_match", "serve": {"variation": "on"},
             "condition": {"kind": "all", "result": "false", "parts": [
                 {"kind": "segment", "segment": "beta-orgs", "result": "true", "because": {"part": "rule", "index": 0, "condition":
                     {"kind": "attribute", "attribute": "org.plan", "operator": "in", "wanted": ["beta"], "seen": "beta", "result": "true"}}},
                 {"kind": "not", "result": "false", "parts": [
                     {"kind": "attribute", "attribute": "country", "operator": "in", "wanted": ["DE", "FR"], "seen": "DE", "result": "true"}]},
                 {"kind": "attribute", "attribute": "age", "operator": "gte", "wanted": [18], "result": "missing", "skipped": true},
             ]}},
            {"step": "default", "outcome": "decided", "serve": {"split":
                {"by": "targetingKey", "seen": "german", "slot": 45_123, "variation": "off", "from": 5000, "to": 100_000}}},
        ],
    })
}

#[test]
fn every_step_says_what_it_saw() {
    assert_eq!(
        told(&story(&german())),
        "\
passes: The flag is on
passes: Flag payments-v2 serves on (it serves on, by default)
no match: Targets of on (targetingKey = german)
no match: Rule 1: Beta organisations
  false: all of
    ▸ true: in segment beta-orgs (its rule 1 holds)
      true: org.plan is beta (org.plan = beta)
    false: country is none of DE or FR (country = DE)
    skipped, missing: age is at least 18 (age is missing)
decides: Default [stands at 45.123 of 100 %: off]
"
    );
}

#[test]
fn the_end_is_said_in_a_sentence_and_lights_its_rung() {
    let story = story(&german());
    assert_eq!(story.rung, Some(Rung::Default));
    assert_eq!(story.short, "default");
    assert_eq!(
        story.why,
        "Nothing above matches, and the default's rollout decides. This unit stands at 45.123 of 100 %."
    );
    assert_eq!(
        (story.variation.as_deref(), story.value.as_deref()),
        (Some("off"), Some("false"))
    );
}

fn ends(explanation: Value) -> (Option<Rung>, String) {
    let story = story(&explanation);
    (story.rung, story.why)
}

#[test]
fn rules_are_counted_as_the_ladder_counts_them() {
    let rules = json!([
        {"step": "enabled", "outcome": "passed"},
        {"step": "rule", "rule": "a", "outcome": "no_match"},
        {"step": "rule", "rule": "b", "outcome": "decided"},
    ]);
    let matched = json!({"reason": "RULE_MATCH", "rule": "b", "steps": rules});
    let rung = Some(Rung::Rule("b".to_owned()));
    assert_eq!(ends(matched), (rung.clone(), "Rule 2 matches.".to_owned()));
    let split = json!({"reason": "SPLIT", "rule": "b", "slot": 12_250, "steps": rules});
    let why = "Rule 2 matches, and its rollout decides. This unit stands at 12.25 of 100 %.";
    assert_eq!(ends(split), (rung.clone(), why.to_owned()));
    let unknown = json!({"reason": "RULE_MATCH", "rule": "b"});
    assert_eq!(ends(unknown), (rung, "A rule matches.".to_owned()));
}

#[test]
fn errors_say_what_is_missing() {
    let (rung, why) = ends(
        json!({"reason": "ERROR", "error_code": "TARGETING_KEY_MISSING", "error": "/default/split/by: targetingKey is missing"}),
    );
    assert_eq!(rung, None);
    assert_eq!(
        why,
        "The rollout needs a targeting key: targetingKey is missing."
    );
    let prerequisite = json!({"reason": "PREREQUISITE_FAILED", "prerequisite": "pay", "steps": [
        {"step": "prerequisite", "flag": "pay", "wanted": ["on"], "reason": "DISABLED", "served": "off", "outcome": "decided"},
    ]});
    assert_eq!(
        told(&story(&prerequisite)),
        "decides: Flag pay serves on (it serves off, for it is off)\n"
    );
    assert_eq!(
        ends(prerequisite).0,
        Some(Rung::Prerequisite("pay".to_owned()))
    );
}

#[test]
fn a_share_shows_where_the_unit_stands_and_odd_values_are_said() {
    let line = conditions::line(
        &json!({"kind": "share", "by": "targetingKey", "slot": 30_000, "below": 25_000, "result": "false"}),
    );
    let line = line.unwrap();
    assert_eq!(
        line.words.replace('\u{202f}', " "),
        "within 25 % of targetingKey"
    );
    assert_eq!(
        line.fall.unwrap().runs,
        [(Some(String::new()), 25_000), (None, 75_000)]
    );
    let unfit = json!({"kind": "attribute", "attribute": "version", "operator": "semver_gte", "wanted": ["1.2.0"],
        "left_out": 3, "seen": "v2", "unfit": true, "result": "false"});
    let line = conditions::line(&unfit).unwrap();
    assert_eq!(line.words, "version is at least version 1.2.0 or 3 more");
    assert_eq!(
        line.seen.unwrap(),
        "version = v2, which this comparison cannot read"
    );
    assert_eq!(
        conditions::line(&json!({"kind": "moon", "result": "true"})),
        None
    );
}
