//! The calls as pages make them.

use serde_json::{Value, json};

use crate::Session;

/// The example of the specification, with a segment that names another.
fn ruleset() -> Value {
    json!({
        "format": 1, "project": "shop", "environment": "production", "revision": 42,
        "flags": {
            "new-checkout": {
                "type": "boolean", "version": 7, "enabled": true, "salt": "new-checkout",
                "variations": [{"key": "on", "value": true}, {"key": "off", "value": false}],
                "off": "off",
                "targets": [{"variation": "on", "values": ["alice"]}],
                "rules": [{"id": "beta", "when": {"segment": "beta"}, "serve": {"variation": "on"}}],
                "default": {"split": {"allocation": [
                    {"variation": "on", "slots": 5000}, {"variation": "off", "slots": 95000}]}},
            },
            "other": {
                "type": "string", "version": 3, "enabled": true,
                "variations": [{"key": "a", "value": "A"}, {"key": "b", "value": "B"}],
                "prerequisites": [{"flag": "new-checkout", "variations": ["on"]}],
                "default": {"variation": "a"},
            },
        },
        "segments": {
            "beta": {"version": 2, "rules": [{"when": {"attribute": "plan", "op": "in", "values": ["beta"]}}]},
            "wide": {"version": 2, "rules": [{"when": {"segment": "beta"}}]},
        },
    })
}

fn session() -> Session {
    let mut session = Session::default();
    let answer = ask(&mut session, "load", &ruleset());
    assert_eq!(answer, json!({"revision": 42, "flags": 2, "warnings": []}));
    session
}

fn ask(session: &mut Session, call: &str, argument: &Value) -> Value {
    let answer = session.ask(call, &argument.to_string());
    let mut answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer.get("error"), None, "{call} {argument}");
    answer["ok"].take()
}

fn refusal(session: &mut Session, call: &str, argument: &str) -> String {
    let answer: Value = serde_json::from_str(&session.ask(call, argument)).unwrap();
    answer["error"].as_str().unwrap().to_owned()
}

fn definition() -> Value {
    json!({"type": "boolean", "salt": "new-checkout",
        "variations": [{"key": "on", "value": true}, {"key": "off", "value": false}]})
}

fn split(on: u32) -> Value {
    json!({"enabled": true, "off": "off",
        "targets": [{"variation": "on", "values": ["alice"]}],
        "rules": [{"id": "beta", "when": {"segment": "beta"}, "serve": {"variation": "on"}}],
        "default": {"split": {"weights": {"on": on, "off": 100_000 - on}}}})
}

fn drafts(config: &Value) -> Value {
    json!({"flags": {"new-checkout": {"definition": definition(), "config": config}}})
}

/// The places and codes of the mistakes.
fn mistakes(subject: &Value) -> Vec<(String, String)> {
    let answer = ask(&mut session(), "check", subject);
    let list = answer["mistakes"].as_array().unwrap().iter();
    list.map(|one| {
        let text = |name: &str| one[name].as_str().unwrap().to_owned();
        assert!(!text("message").is_empty());
        (text("path"), text("code"))
    })
    .collect()
}

fn found(path: &str, code: &str) -> Vec<(String, String)> {
    vec![(path.to_owned(), code.to_owned())]
}

fn config_with(when: Value) -> Value {
    let mut config = split(5000);
    config["rules"][0]["when"] = when;
    json!({"kind": "flag_config", "flag": "new-checkout", "definition": definition(), "config": config})
}

#[test]
fn a_right_configuration_has_no_mistakes() {
    let when = json!({"all": [{"segment": "wide"}, {"attribute": "a", "op": "matches", "values": ["^x"]}]});
    assert_eq!(mistakes(&config_with(when)), []);
}

#[test]
fn mistakes_have_the_place_in_the_document() {
    for (when, path, code) in [
        (json!({"segment": "gone"}), "/segment", "unknown_segment"),
        (
            json!({"any": [{"flag": "other", "variations": ["z"]}]}),
            "/any/0/variations/0",
            "unknown_variation",
        ),
        (
            json!({"attribute": "a", "op": "matches", "values": ["("]}),
            "/values/0",
            "unreadable_value",
        ),
        (
            json!({"attribute": "a", "op": "in", "values": [], "vlaues": []}),
            "/vlaues",
            "unknown_member",
        ),
        (json!({}), "", "condition"),
    ] {
        let wanted = found(&format!("/rules/0/when{path}"), code);
        assert_eq!(mistakes(&config_with(when.clone())), wanted, "{when}");
        let alone = json!({"kind": "condition", "condition": when});
        assert_eq!(mistakes(&alone), found(path, code), "{when}");
    }
}

#[test]
fn circles_through_what_is_stored_are_found() {
    // `other` needs new-checkout.
    let when = json!({"not": {"flag": "other", "variations": ["a"]}});
    assert_eq!(mistakes(&config_with(when)), found("", "cycle"));
    let config = json!({"rules": [{"when": {"segment": "wide"}}]});
    let subject = json!({"kind": "segment_config", "segment": "beta", "config": config});
    assert_eq!(mistakes(&subject), found("", "cycle"));
}

#[test]
fn a_definition_is_checked_with_its_own_schema() {
    let definition = json!({"type": "number", "schema": {"maximum": 5},
        "variations": [{"key": "a", "value": 4}, {"key": "b", "value": 6}]});
    let subject = json!({"kind": "flag", "definition": definition});
    assert_eq!(mistakes(&subject), found("/variations/1/value", "schema"));
}

#[test]
fn a_draft_moves_as_few_slots_as_the_server_would() {
    let argument =
        json!({"flag": "new-checkout", "definition": definition(), "config": split(7000)});
    let answer = ask(&mut session(), "draft", &argument);
    let flag = &answer["flag"];
    assert_eq!(flag["version"], 43);
    let allocation = json!([{"variation": "on", "slots": 5000}, {"variation": "off", "slots": 93000},
        {"variation": "on", "slots": 2000}]);
    assert_eq!(flag["default"]["split"]["allocation"], allocation);
}

#[test]
fn explanations_see_the_drafts_and_only_them() {
    let mut session = session();
    let mut config = split(5000);
    config["targets"] = json!([]);
    config["rules"] = json!([]);
    let context = json!({"targetingKey": "alice"});
    let question = json!({"flag": "new-checkout", "context": context, "drafts": drafts(&config)});
    for _ in 0..2 {
        let answer = ask(&mut session, "explain", &question);
        assert_eq!(answer["reason"], "SPLIT");
        assert_eq!(answer["flag_version"], 43);
    }
    let question = json!({"flag": "new-checkout", "context": context});
    let answer = ask(&mut session, "explain", &question);
    assert_eq!(answer["reason"], "TARGET_MATCH");
    assert_eq!(answer["flag_version"], 7);
}

#[test]
fn a_drafted_segment_counts_for_the_flags_that_name_it() {
    let segments = json!({"segments": {"beta": {"included": [{"values": ["bob"]}]}}});
    let question =
        json!({"flag": "new-checkout", "context": {"targetingKey": "bob"}, "drafts": segments});
    let answer = ask(&mut session(), "explain", &question);
    assert_eq!(
        (&answer["reason"], &answer["rule"]),
        (&json!("RULE_MATCH"), &json!("beta"))
    );
}

#[test]
fn an_impact_moves_exactly_the_share_that_grew() {
    let mut session = session();
    let whole = json!({"flag": "new-checkout", "drafts": drafts(&split(25_000)), "units": 10_000});
    let whole = ask(&mut session, "impact", &whole);
    assert_eq!(whole["contexts"], 10_000);
    let moved = whole["changed"].as_u64().unwrap();
    assert!((1850..2150).contains(&moved), "{moved} of 10 000 for 20 %");
    let moves = whole["moves"].as_array().unwrap();
    assert_eq!(moves.len(), 1);
    assert_eq!(
        (&moves[0]["from"], &moves[0]["to"]),
        (&json!("off"), &json!("on"))
    );
    // In portions it is the same.
    let mut sum = 0;
    for from in [0, 4000, 8000] {
        let units = if from == 8000 { 2000 } else { 4000 };
        let part = json!({"flag": "new-checkout", "drafts": drafts(&split(25_000)), "units": units, "from": from});
        sum += ask(&mut session, "impact", &part)["changed"]
            .as_u64()
            .unwrap();
    }
    assert_eq!(sum, moved);
}

#[test]
fn an_impact_can_be_told_as_if_the_flag_were_on() {
    let mut off = ruleset();
    off["flags"]["new-checkout"]["enabled"] = json!(false);
    let mut session = Session::default();
    ask(&mut session, "load", &off);
    let mut question =
        json!({"flag": "new-checkout", "drafts": drafts(&split(25_000)), "units": 10_000});
    // To who gets off now, nearly everything is a change.
    let all = ask(&mut session, "impact", &question)["changed"].clone();
    question["as_if_on"] = json!(true);
    let moved = ask(&mut session, "impact", &question)["changed"].clone();
    assert!(all.as_u64().unwrap() > 2400, "{all}");
    assert!((1850..2150).contains(&moved.as_u64().unwrap()), "{moved}");
}

#[test]
fn an_impact_on_given_contexts_names_them() {
    let mut config = split(5000);
    config["targets"] = json!([]);
    config["rules"][0]["serve"] = json!({"variation": "off"});
    let contexts = json!([{"targetingKey": "a", "plan": "beta"}, {"targetingKey": "b"}]);
    let question = json!({"flag": "new-checkout", "drafts": drafts(&config), "contexts": contexts});
    let answer = ask(&mut session(), "impact", &question);
    assert_eq!(answer["changed"], 1);
    assert_eq!(answer["moves"][0]["examples"], json!(["a"]));
}

#[test]
fn a_segments_edit_is_weighed_by_the_flags_that_lead_to_it() {
    let mut session = session();
    let members = json!({"included": [{"add": ["bob"]}], "excluded": [{"attribute": "plan", "add": ["gone"]}]});
    let drafts = json!({"segment_edits": {"beta": {"members": members}}});
    let found = ask(&mut session, "affected", &json!({"drafts": drafts}));
    assert_eq!(found, json!({"flags": ["new-checkout", "other"]}));
    let contexts = json!([{"targetingKey": "bob"}, {"targetingKey": "carl", "plan": "beta"}, {"targetingKey": "dora"}]);
    let impact = |session: &mut Session, drafts: &Value| {
        let question = json!({"flag": "new-checkout", "drafts": drafts, "contexts": contexts});
        ask(session, "impact", &question)["changed"].clone()
    };
    // Bob comes; the rules stay.
    assert_eq!(impact(&mut session, &drafts), 1);
    // Now Carl goes as well.
    let drafts = json!({"segment_edits": {"beta": {"members": members, "rules": []}}});
    assert_eq!(impact(&mut session, &drafts), 2);
    let drafts = json!({"segment_edits": {"wide": {"rules": []}}});
    let found = ask(&mut session, "affected", &json!({"drafts": drafts}));
    assert_eq!(found, json!({"flags": []}));
    let found = ask(&mut session, "affected", &json!({}));
    assert_eq!(found, json!({"flags": []}));
}

#[test]
fn an_older_ruleset_of_the_same_place_is_not_taken() {
    let mut session = session();
    let mut older = ruleset();
    older["revision"] = 41.into();
    assert_eq!(ask(&mut session, "load", &older)["revision"], 42);
    older["environment"] = "staging".into();
    assert_eq!(ask(&mut session, "load", &older)["revision"], 41);
}

#[test]
fn expressions_are_tried_out() {
    let mut session = session();
    let try_out = json!({"pattern": "É+", "text": "caféé", "ignore_case": true});
    assert_eq!(
        ask(&mut session, "try_regex", &try_out),
        json!({"matches": [[3, 7]]})
    );
    let broken = json!({"pattern": "[a", "text": ""});
    let answer = ask(&mut session, "try_regex", &broken);
    assert_eq!(answer, json!({"error": "unclosed character class"}));
    let huge = json!({"pattern": r"(\w{99}){99}", "text": "x"});
    let answer = ask(&mut session, "try_regex", &huge);
    assert!(
        answer["error"].as_str().unwrap().contains("too large"),
        "{answer}"
    );
}

#[test]
fn what_cannot_be_answered_is_refused_and_changes_nothing() {
    let mut fresh = Session::default();
    let nothing = r#"{"kind": "condition", "condition": {}}"#;
    assert_eq!(
        refusal(&mut fresh, "check", nothing),
        "there is no ruleset yet"
    );
    let mut session = session();
    for (call, argument) in [
        ("fly", "{}"),
        ("load", "{\"format\": 2}"),
        ("load", "nonsense"),
        ("check", "{}"),
        ("explain", "[]"),
        ("explain", r#"{"flag": "other", "context": 7}"#),
        (
            "explain",
            r#"{"flag": "other", "drafts": {"flags": {"other": {}}}}"#,
        ),
        ("impact", r#"{"flag": "other", "units": 4000000000}"#),
        ("impact", r#"{"flag": "other", "units": 1, "by": ".."}"#),
        (
            "check",
            &format!("{}{}", "[".repeat(9000), "]".repeat(9000)),
        ),
    ] {
        assert!(
            !refusal(&mut session, call, argument).is_empty(),
            "{call} {argument}"
        );
    }
    let evaluated = json!({"flag": "other", "context": {"targetingKey": "alice"}});
    assert_eq!(ask(&mut session, "evaluate", &evaluated)["value"], "A");
}
