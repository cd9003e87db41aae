//! `serin explain`: as people read it, and as programs do.

use std::{env, fs, path::Path};

use serde_json::{Value, json};

use super::{Ran, run, write};

const DOCUMENT: &str = include_str!("../../../../engine/testdata/document.json");

fn explain(arguments: &[&str], input: &str) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "ruleset.json", DOCUMENT);
    let arguments = [&["explain", "--ruleset", &path], arguments].concat();
    run(&arguments, input.as_bytes())
}

/// The three people of the specification's example.
#[test]
fn three_people_are_told_why() {
    let requests = [
        json!({"flag": "new-checkout", "context": {"targetingKey": "alice"}}),
        json!({"flag": "new-checkout", "context": {"targetingKey": "user-2", "org": {"plan": "beta"}, "country": "DE"}}),
        json!({"flag": "new-checkout", "context": {"targetingKey": "user-1"}}),
        json!({"flag": "new-checkout", "context": {"targetingKey": "\u{1b}[31m", "country": "KP"}}),
        json!({"flag": "new-checkout", "context": {}, "default": true}),
        json!({"flag": "Checkout"}),
    ];
    let input: String = requests
        .iter()
        .map(|request| format!("{request}\n"))
        .collect();
    let ran = explain(&[], &format!("{input}not json\n"));
    assert_eq!((ran.code, &*ran.stderr), (0, ""), "{ran}");
    assert!(!ran.stdout.contains('\u{1b}'), "{ran}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/explained.txt");
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &ran.stdout).unwrap();
    }
    assert_eq!(ran.stdout, fs::read_to_string(&path).unwrap());
}

#[test]
fn programs_get_a_line_for_a_line() {
    let input = "{\"flag\": \"payments-v2\", \"context\": {\"country\": \"KP\"}}\n7\n{\"flag\": \"x\", \"default\": 1}";
    let ran = explain(&["--json"], input);
    assert_eq!((ran.code, &*ran.stderr), (0, ""), "{ran}");
    let lines: Vec<Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(
        (&lines[0]["rule"], &lines[0]["steps"][1]["outcome"]),
        (&json!("closed"), &json!("decided"))
    );
    assert_eq!(lines[1]["error_code"], "GENERAL");
    assert_eq!(
        (&lines[2]["value"], &lines[2]["steps"]),
        (&json!(1), &json!([]))
    );
}

#[test]
fn one_request_may_be_an_option() {
    let ran = explain(
        &[
            "--flag",
            "new-checkout",
            "--context",
            r#"{"targetingKey": "bob"}"#,
            "--json",
        ],
        "",
    );
    assert_eq!(
        (ran.code, &ran.json()["reason"]),
        (0, &json!("TARGET_MATCH")),
        "{ran}"
    );
    let ran = explain(&["--flag", "new-checkout", "--json"], "");
    assert_eq!(ran.json()["error_code"], "TARGETING_KEY_MISSING");
    for (context, message) in [
        ("[]", "a context is a JSON object"),
        ("{\"a\": 1e999}", "line 1 column"),
    ] {
        let ran = explain(&["--flag", "new-checkout", "--context", context], "");
        assert_eq!((ran.code, &*ran.stdout), (2, ""), "{ran}");
        assert!(
            ran.stderr.contains("--context: ") && ran.stderr.contains(message),
            "{ran}"
        );
    }
}

#[test]
fn a_file_that_is_no_ruleset_is_refused_with_the_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(
        folder.path(),
        "ruleset.json",
        "{\"format\": 1,\n \"flags\": 7}",
    );
    let ran = run(&["explain", "--ruleset", &path], b"");
    assert_eq!((ran.code, &*ran.stdout), (2, ""), "{ran}");
    assert!(
        ran.stderr.contains("ruleset.json: ") && ran.stderr.contains("/flags"),
        "{ran}"
    );
    let broken = DOCUMENT
        .replace("\"starts_with\"", "\"in\"")
        .replace("\"slots\": 5000", "\"slots\": 5001");
    let path = write(folder.path(), "broken.json", broken);
    let ran = run(
        &["explain", "--ruleset", &path, "--flag", "new-checkout"],
        b"",
    );
    assert_eq!(ran.code, 0, "{ran}");
    assert!(
        ran.stderr
            .starts_with("warning: flag \"new-checkout\" does not compile"),
        "{ran}"
    );
    assert!(
        ran.stdout
            .contains("PARSE_ERROR: /default/split/allocation"),
        "{ran}"
    );
}
