//! `serin evaluate`: section 6 of the specification, and the examples of the others.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::Stdio,
};

use serde_json::{Value, json};

use super::{Ran, run, serin, write};

/// The document of section 2, with the flag that it leaves out.
fn example() -> Value {
    json!({ "format": 1, "project": "shop", "environment": "production", "revision": 42,
      "flags": {
        "new-checkout": {
          "type": "boolean", "version": 7, "enabled": true, "salt": "new-checkout", "client_visible": true,
          "variations": [ {"key": "on", "value": true}, {"key": "off", "value": false} ],
          "off": "off",
          "prerequisites": [ {"flag": "payments-v2", "variations": ["on"]} ],
          "targets": [ {"variation": "on", "attribute": "targetingKey", "values": ["alice", "bob"]} ],
          "rules": [ { "id": "beta", "name": "Beta organisations",
                       "when": {"all": [ {"segment": "beta-orgs"},
                                         {"not": {"attribute": "country", "op": "in", "values": ["DE", "FR"]}} ]},
                       "serve": {"variation": "on"} } ],
          "default": {"split": {"by": "targetingKey",
                                "allocation": [ {"variation": "on", "slots": 5000}, {"variation": "off", "slots": 95000} ]}} },
        "payments-v2": {
          "type": "boolean", "enabled": true, "variations": [{"key": "on", "value": true}],
          "default": {"variation": "on"} } },
      "segments": { "beta-orgs": {
          "version": 2, "included": [ {"attribute": "org.id", "values": ["o7"]} ], "excluded": [],
          "rules": [ {"when": {"attribute": "org.plan", "op": "in", "values": ["beta"]}} ] } },
      "releases": [] })
}

fn evaluate_text(ruleset: impl AsRef<[u8]>, input: &[u8]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "ruleset.json", ruleset);
    run(&["evaluate", "--ruleset", &path], input)
}

fn evaluate(ruleset: &Value, requests: &[Value]) -> Vec<Value> {
    let input: String = requests
        .iter()
        .map(|request| format!("{request}\n"))
        .collect();
    let ran = evaluate_text(ruleset.to_string(), input.as_bytes());
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran}");
    lines(&ran)
}

fn lines(ran: &Ran) -> Vec<Value> {
    ran.stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn the_slot_table_is_reproduced() {
    let table = [
        ("new-checkout", json!("user-1"), 11929),
        ("new-checkout", json!("user-2"), 96200),
        ("new-checkout", json!("user-3"), 16757),
        ("", json!("user-1"), 97122),
        ("new-checkout", json!(""), 47115),
        ("k", json!("42"), 5592),
        ("k", json!(42), 5592),
        ("k", json!(42.0), 5592),
        ("k", json!("-7"), 18584),
        ("k", json!(-7), 18584),
        ("новый-ключ", json!("пользователь-1"), 14660),
        ("salt", json!("a"), 50981),
        ("salt", json!("ab"), 67801),
        ("salt", json!("abc"), 18501),
        ("salt", json!("abcd"), 39700),
        (
            "9f1c2b7e-8a34-4c1d-9e55-0d6f3b2a7c10",
            json!("3f2504e0-4f89-11d3-9a0c-0305e82c3301"),
            82583,
        ),
    ];
    let flags = table.iter().enumerate().map(|(row, (salt, _, slot))| {
        // Two runs that part just at the slot, so that the value depends on it too.
        let allocation = json!([{"variation": "below", "slots": slot}, {"variation": "from", "slots": 100_000 - slot}]);
        let flag = json!({"type": "string", "enabled": true, "salt": salt,
            "variations": [{"key": "below", "value": "b"}, {"key": "from", "value": "f"}],
            "default": {"split": {"allocation": allocation}}});
        (format!("row-{row}"), flag)
    });
    let ruleset = json!({"format": 1, "project": "p", "environment": "e", "revision": 1,
        "flags": flags.collect::<serde_json::Map<_, _>>()});
    let requests: Vec<_> = table
        .iter()
        .enumerate()
        .map(|(row, (_, unit, _))| json!({"flag": format!("row-{row}"), "context": {"targetingKey": unit}}))
        .collect();
    let answers = evaluate(&ruleset, &requests);
    for (row, ((_, _, slot), answer)) in table.iter().zip(&answers).enumerate() {
        let expected = json!({"flag": format!("row-{row}"), "value": "f", "variation": "from",
            "reason": "SPLIT", "slot": slot});
        assert_eq!(answer, &expected);
    }
}

#[test]
fn the_example_ruleset_decides_as_its_specification_says() {
    let requests_and_answers = [
        (
            json!({"targetingKey": "alice"}),
            json!({"value": true, "variation": "on", "reason": "TARGET_MATCH"}),
        ),
        (
            json!({"targetingKey": "u1", "org": {"id": "o7", "plan": "pro"}}),
            json!({"value": true, "variation": "on", "reason": "RULE_MATCH", "rule": "beta"}),
        ),
        (
            json!({"targetingKey": "u1", "org": {"plan": "beta"}, "country": "CH"}),
            json!({"value": true, "variation": "on", "reason": "RULE_MATCH", "rule": "beta"}),
        ),
        (
            json!({"targetingKey": "user-1", "org": {"id": "o7"}, "country": "DE"}),
            json!({"value": false, "variation": "off", "reason": "SPLIT", "slot": 11929}),
        ),
        (
            json!({"targetingKey": "user-2"}),
            json!({"value": false, "variation": "off", "reason": "SPLIT", "slot": 96200}),
        ),
        (
            json!({}),
            json!({"reason": "ERROR", "error_code": "TARGETING_KEY_MISSING"}),
        ),
    ];
    let requests: Vec<_> = requests_and_answers
        .iter()
        .map(|(context, _)| json!({"flag": "new-checkout", "context": context}))
        .collect();
    let answers = evaluate(&example(), &requests);
    for ((context, expected), answer) in requests_and_answers.iter().zip(answers) {
        let mut answer = answer;
        let members = answer.as_object_mut().unwrap();
        assert_eq!(members.remove("flag"), Some(json!("new-checkout")));
        assert_eq!(
            members.remove("error").is_some(),
            expected["reason"] == "ERROR"
        );
        assert_eq!(&answer, expected, "{context}");
    }
}

#[test]
fn the_example_without_its_prerequisite_serves_off() {
    let mut ruleset = example();
    ruleset["flags"]
        .as_object_mut()
        .unwrap()
        .remove("payments-v2");
    let request = json!({"flag": "new-checkout", "context": {"targetingKey": "alice"}});
    assert_eq!(
        evaluate(&ruleset, &[request]),
        [
            json!({"flag": "new-checkout", "value": false, "variation": "off",
            "reason": "PREREQUISITE_FAILED", "prerequisite": "payments-v2"})
        ]
    );
}

/// The conditions that section 4 and section 1 show, each as a flag of its own.
#[test]
fn the_example_conditions_decide_as_their_specification_says() {
    let context = json!({"targetingKey": "u1", "org": {"id": "o7", "plan": "pro"},
        "weird.name": {"x/y": ["v"]}, "empty": [], "nothing": null, "nulls": [null],
        "one": 1, "version": "1-rc", "at": "2026-01-01t00:00:00.5z", "ip": "10.1.2.3"});
    let leaf = |attribute: &str, op: &str, values: Value| json!({"attribute": attribute, "op": op, "values": values});
    let conditions = [
        (json!({"all": []}), true),
        (json!({"any": []}), false),
        (json!({"not": {"any": []}}), true),
        (json!({"segment": "beta-orgs"}), true),
        (json!({"flag": "payments-v2", "variations": ["on"]}), true),
        (json!({"flag": "nowhere", "variations": ["on"]}), false),
        // By name of an attribute whose reference is a path, or a pointer.
        (leaf("org.plan", "in", json!(["pro"])), true),
        (leaf("/weird.name/x~1y", "in", json!(["v"])), true),
        (leaf("/weird.name/x~1y/0", "in", json!(["v"])), true),
        (leaf("/targetingKey", "in", json!(["u1"])), true),
        (leaf("one", "in", json!([1.0])), true),
        (leaf("one", "in", json!(["1"])), false),
        (leaf("org.plan", "in", json!([])), false),
        (json!({"not": leaf("country", "in", json!(["DE"]))}), true),
        (json!({"attribute": "empty", "op": "exists"}), true),
        (json!({"attribute": "nulls", "op": "exists"}), true),
        (json!({"attribute": "nothing", "op": "exists"}), false),
        (leaf("version", "semver_lt", json!(["1.0.0"])), true),
        (leaf("version", "semver_eq", json!(["1.0.0-rc"])), true),
        (leaf("at", "after", json!(["2026-01-01T00:00:00Z"])), true),
        (leaf("ip", "in_cidr", json!(["10.9.9.9/8"])), true),
        (
            json!({"attribute": "org.plan", "op": "starts_with", "values": ["P"], "ignore_case": true}),
            true,
        ),
        (json!({"share": {"slots": 100_000, "salt": "s"}}), true),
        (json!({"share": {"slots": 0, "salt": "s"}}), false),
    ];
    let mut ruleset = example();
    let mut requests = Vec::new();
    for (index, (condition, _)) in conditions.iter().enumerate() {
        let key = format!("condition-{index}");
        requests.push(json!({"flag": key, "context": context}));
        ruleset["flags"][&key] = json!({"type": "boolean", "enabled": true,
            "variations": [{"key": "on", "value": true}, {"key": "off", "value": false}],
            "rules": [{"id": "r", "when": condition, "serve": {"variation": "on"}}],
            "default": {"variation": "off"}});
    }
    for ((condition, expected), answer) in conditions.iter().zip(evaluate(&ruleset, &requests)) {
        assert_eq!(answer["value"], *expected, "{condition}");
    }
}

#[test]
fn every_line_is_answered_in_order() {
    let requests: Vec<(&[u8], Value)> = vec![
        (
            br#"{"flag": "none", "default": [1]}"#,
            json!({"flag": "none", "value": [1], "reason": "ERROR", "error_code": "FLAG_NOT_FOUND"}),
        ),
        (
            br#"{"flag": "payments-v2", "x": 1}"#,
            json!({"flag": "payments-v2", "value": true, "variation": "on", "reason": "STATIC"}),
        ),
        (
            br#"{"flag": "payments-v2", "context": null, "default": 7}"#,
            json!({"flag": "payments-v2", "value": 7, "reason": "ERROR", "error_code": "INVALID_CONTEXT"}),
        ),
        (
            br#"{"context": [], "default": 7}"#,
            json!({"value": 7, "reason": "ERROR", "error_code": "INVALID_CONTEXT"}),
        ),
        (
            br#"{"flag": 5, "default": 7}"#,
            json!({"value": 7, "reason": "ERROR", "error_code": "GENERAL"}),
        ),
        (b"[]", json!({"reason": "ERROR", "error_code": "GENERAL"})),
        (b"", json!({"reason": "ERROR", "error_code": "GENERAL"})),
        (
            b"{\"flag\": \"\xff\"}",
            json!({"reason": "ERROR", "error_code": "GENERAL"}),
        ),
        (
            b"{\"flag\": \"payments-v2\"}\r",
            json!({"flag": "payments-v2", "value": true, "variation": "on", "reason": "STATIC"}),
        ),
    ];
    let input: Vec<_> = requests.iter().map(|(line, _)| *line).collect();
    // The last line has no line feed.
    let ran = evaluate_text(example().to_string(), &input.join(&b'\n'));
    assert_eq!(ran.code, 0);
    let answers = lines(&ran);
    assert_eq!(answers.len(), requests.len());
    for ((line, expected), mut answer) in requests.into_iter().zip(answers) {
        let error = answer.as_object_mut().unwrap().remove("error");
        assert_eq!(error.is_some(), expected["reason"] == "ERROR");
        assert_eq!(answer, expected, "{}", String::from_utf8_lossy(line));
    }
}

#[test]
fn a_flag_that_does_not_compile_is_a_warning_and_takes_nothing_down() {
    let mut ruleset = example();
    ruleset["flags"]["bad"] = json!({"type": "boolean", "enabled": true,
        "variations": [{"key": "on", "value": "no boolean"}], "default": {"variation": "on"}});
    let input = "{\"flag\": \"bad\", \"default\": false}\n{\"flag\": \"payments-v2\"}\n";
    let ran = evaluate_text(ruleset.to_string(), input.as_bytes());
    assert_eq!(ran.code, 0);
    assert_eq!(ran.stderr.lines().count(), 1, "{ran}");
    assert!(
        ran.stderr.contains("warning") && ran.stderr.contains("\"bad\""),
        "{ran}"
    );
    let answers = lines(&ran);
    assert_eq!(answers[0]["error_code"], "PARSE_ERROR");
    assert_eq!(answers[0]["value"], false);
    assert_eq!(answers[1]["value"], true);
}

#[test]
fn a_ruleset_that_is_none_is_refused_and_the_place_is_named() {
    let deep = format!(
        "{{\"format\": 1, \"flags\": {}{}}}",
        "[".repeat(128),
        "]".repeat(128)
    );
    for (text, place) in [
        (&b"{\n  \"format\": 1,\n}"[..], "line 3"),
        (b"{\"format\": 1, \"x\": 1e999}", "line 1"),
        (b"{\"format\": 1, \"x\": \"\\ud800\"}", "line 1"),
        (b"{\n\"\xff\"}", "line 2"),
        (deep.as_bytes(), "line 1"),
        (b"{\"format\": 2}", "format"),
        (b"[]", "format 1"),
        (b"{\"format\": 1, \"flags\": 7}", "flags"),
    ] {
        let ran = evaluate_text(text, b"{\"flag\": \"f\"}\n");
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran}");
        assert!(
            ran.stderr.contains("ruleset.json") && ran.stderr.contains(place),
            "{ran}"
        );
    }
}

#[test]
fn a_ruleset_that_is_not_there_is_refused() {
    let ran = run(&["evaluate", "--ruleset", "/nowhere/ruleset.json"], b"");
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("/nowhere/ruleset.json"), "{ran}");
    assert_eq!(run(&["evaluate"], b"").code, 2);
}

#[test]
fn a_program_may_ask_and_listen_in_turn() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "ruleset.json", example().to_string());
    let mut child = serin()
        .args(["evaluate", "--ruleset", &path])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    for _ in 0..3 {
        stdin.write_all(b"{\"flag\": \"payments-v2\"}\n").unwrap();
        assert!(answers.next().unwrap().unwrap().contains("STATIC"));
    }
    drop(stdin);
    assert!(answers.next().is_none());
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "ruleset.json", example().to_string());
    let mut child = serin()
        .args(["evaluate", "--ruleset", &path])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().unwrap();
    // As long as it reads: it ends at the first answer that nobody takes.
    while stdin.write_all(b"{\"flag\": \"payments-v2\"}\n").is_ok() {}
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
}
