//! `serin release judge`: section 7 of the model, line by line; replays and simulations.

use serde_json::{Value, json};

use super::{Ran, run, write};

const DOCUMENT: &str = r#"
flag: new-checkout
baseline: "off"
candidate: "on"
policy: {alpha: 0.01, beta: 0.05, on_harm: rollback, on_inconclusive: hold, max_excess_events: 200}
guards:
  - {metric: checkout-errors, bad: up, margin: {relative: 0.05, absolute: 0.0005}, require_safe: 0.5}
  - {metric: checkout-latency, bad: up, margin: {relative: 0.05}}
  - {slo: checkout-availability, action: hold}
stages:
  - {weight: 1, min_bake: 10m, max_bake: 2h}
  - {weight: 100, watch: 24h, holdback: 1}
"#;

/// The example of the model, as it is written there.
const EXAMPLE: &str = r#"{"release":"r1","at":"2026-11-21T10:00:10Z","stage":1,"weight":0.01, "baseline": {"exposed": 990,"first": 400,"metrics":{"checkout-errors":{"events":5},"checkout-latency":{"histogram":{"104":12,"105":31}}}}, "candidate":{"exposed": 10, "first": 4,  "metrics":{"checkout-errors":{"events":0},"checkout-latency":{"histogram":{"104":1}}}}}"#;

fn judge_by(document: &str, lines: &[String]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "release.yaml", document);
    let input = lines.join("\n");
    run(&["release", "judge", "--release", &path], input.as_bytes())
}

fn judge(lines: &[String]) -> Vec<Value> {
    let ran = judge_by(DOCUMENT, lines);
    assert_eq!(ran.code, 0, "{ran}");
    let lines = ran.stdout.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn window(
    release: Option<&str>,
    minute: usize,
    (own, events): (u32, u32),
    (other, other_events): (u32, u32),
) -> String {
    let arm = |exposed: u32, events: u32| json!({"exposed": exposed, "metrics": {"checkout-errors": {"events": events}}});
    let mut window = json!({
        "at": format!("2026-11-21T10:{minute:02}:00Z"), "stage": 0, "weight": 0.5,
        "candidate": arm(own, events), "baseline": arm(other, other_events),
    });
    if let Some(release) = release {
        window["release"] = json!(release);
    }
    window.to_string()
}

fn close(found: &Value, expected: f64) {
    let found = found
        .as_f64()
        .unwrap_or_else(|| panic!("{found} is no number"));
    assert!(
        (found - expected).abs() < 1e-9,
        "{found} where {expected} belongs"
    );
}

#[test]
fn the_example_of_the_model() {
    let [judged] = &judge(&[EXAMPLE.to_owned()])[..] else {
        panic!("one line")
    };
    assert_eq!(judged["release"], "r1");
    assert_eq!(judged["at"], "2026-11-21T10:00:10Z");
    assert_eq!(
        (&judged["verdict"], &judged["holds"]),
        (&json!("continue"), &json!([]))
    );
    // By hand: r₀ = max(1.05, 1 + 0.0005 · 1 / 0.5) = 1.05, and five events, none of them the candidate's.
    let share = 1.05 * 10.0 / (1.05 * 10.0 + 990.0);
    let shifts: Vec<f64> = (0..24)
        .map(|j| 0.1 * 40_f64.powf(f64::from(j) / 23.0))
        .collect();
    let total: f64 = shifts.iter().map(|shift| 1.0 / (1.0 + shift)).sum();
    let mixed = |share: f64, sign: f64| -> f64 {
        let one =
            |shift: &f64| (1.0 + share * (sign * shift).exp_m1()).powi(-5) / (1.0 + shift) / total;
        shifts.iter().map(one).sum()
    };
    let errors = mixed(share, 1.0) * (0.7 + 0.3 / 5.59158);
    let guard = &judged["guards"]["checkout-errors"];
    close(&guard["ln_e_harm"], errors.ln());
    close(
        &guard["ln_e_safe"],
        mixed(1.5 * 10.0 / (1.5 * 10.0 + 990.0), -1.0).ln(),
    );
    assert_eq!(
        guard["ratio"],
        json!({"estimate": 0.0, "low": 0.015625, "high": 64.0})
    );
    // The first window of values sets thresholds only, and counts as one in the mean.
    let latency = &judged["guards"]["checkout-latency"];
    assert_eq!(
        (&latency["ln_e_harm"], latency.get("ratio")),
        (&json!(0.0), None)
    );
    // Where values lie is for people, and not told with every line.
    assert_eq!(latency.get("values"), None);
    close(&judged["ln_e_harm"], f64::midpoint(errors, 1.0).ln());
    close(&judged["excess_events"], -5.0 * 10.0 / 990.0);
    assert!(judged["ln_e_sample_ratio"].as_f64().unwrap().abs() < 0.2);
    assert!(judged["guards"].get("checkout-availability").is_none());
    assert_eq!(judged["not_judged"], json!(["checkout-availability"]));
}

#[test]
fn that_objectives_are_not_judged_is_said_to_people_and_to_programs() {
    let ran = judge_by(DOCUMENT, &[window(None, 0, (10, 0), (10, 0))]);
    assert_eq!(ran.json()["not_judged"], json!(["checkout-availability"]));
    let [warning] = &ran.stderr.lines().collect::<Vec<_>>()[..] else {
        panic!("{ran}");
    };
    assert!(
        warning.contains("\"checkout-availability\" is not judged"),
        "{ran}"
    );
    let without = DOCUMENT.replace("  - {slo: checkout-availability, action: hold}\n", "");
    let ran = judge_by(&without, &[window(None, 0, (10, 0), (10, 0))]);
    assert_eq!(
        (ran.stderr.as_str(), ran.json().get("not_judged")),
        ("", None)
    );
    let windows = [window(None, 0, (10, 0), (10, 0))];
    let ran = replay_by(DOCUMENT, &["--json"], &windows);
    assert_eq!(ran.json()["not_judged"], json!(["checkout-availability"]));
    assert!(ran.stderr.contains("is not judged"), "{ran}");
}

#[test]
fn what_is_no_window_is_told_by_line_and_member() {
    let good = window(None, 0, (1000, 5), (1000, 5));
    let judged = judge(&[
        good.clone(),
        good.replace(r#""exposed":1000"#, r#""exposed":"many""#),
        good.replace(r#"{"events":5}"#, r#"{"histogram":{"05":1}}"#),
        window(Some("r"), 3, (10, 11), (1000, 5)),
        "{".to_owned(),
    ]);
    let told = |index: usize| {
        let told = &judged[index];
        (
            told["line"].as_u64().unwrap(),
            told["member"].as_str().unwrap_or_default(),
            told["error"].as_str().unwrap(),
        )
    };
    assert_eq!(
        told(1),
        (
            2,
            "baseline.exposed",
            "baseline.exposed: a number belongs here, and not a string"
        )
    );
    let (line, member, error) = told(2);
    assert_eq!(
        (line, member),
        (3, "baseline.metrics.checkout-errors.histogram.05")
    );
    assert!(error.contains("\"05\" is no bucket"), "{error}");
    let (line, member, error) = told(3);
    assert_eq!((line, member), (4, "candidate.metrics.checkout-errors"));
    assert!(error.contains("more than exposed"), "{error}");
    assert_eq!(judged[3]["release"], "r");
    assert_eq!(
        told(4),
        (5, "", "no JSON: the line ends within an object at column 1")
    );
}

#[test]
fn standard_input_may_be_named() {
    let folder = tempfile::tempdir().unwrap();
    let document = write(folder.path(), "release.yaml", DOCUMENT);
    let windows = write(folder.path(), "windows", EXAMPLE);
    let named = run(
        &["release", "judge", "--release", &document, "-"],
        EXAMPLE.as_bytes(),
    );
    assert_eq!(
        (named.code, named.stdout.lines().count()),
        (0, 1),
        "{named}"
    );
    let other = run(
        &["release", "judge", "--release", "-", &windows],
        DOCUMENT.as_bytes(),
    );
    assert_eq!(named.stdout, other.stdout);
    let both = run(&["release", "judge", "--release", "-"], DOCUMENT.as_bytes());
    assert_eq!(
        (both.code, both.stderr.contains("standard input")),
        (2, true),
        "{both}"
    );
    let replayed = run(
        &["release", "replay", "--windows", "-", "--policy", &document],
        EXAMPLE.as_bytes(),
    );
    assert_eq!(replayed.code, 0, "{replayed}");
    let scenario = SCENARIO.replace(
        "release: release.yaml",
        &format!("release: {{{FLOW_PLAN}}}"),
    );
    let simulated = run(
        &["release", "simulate", "-", "--runs", "1"],
        scenario.as_bytes(),
    );
    assert_eq!(simulated.code, 0, "{simulated}");
}

#[test]
fn every_line_gets_its_line_and_what_is_no_window_changes_nothing() {
    let good = window(None, 0, (1000, 5), (1000, 5));
    let next = window(None, 1, (1000, 6), (1000, 5));
    let lines = [
        good.clone(),
        "nonsense".to_owned(),
        String::new(),
        window(None, 2, (10, 11), (1000, 5)),
        good.replace("1000", "-1000"),
        good.replace("1000", "1e999"),
        good.replace("candidate", "other"),
        good.replace("T10", " 10"),
        good.replace("0.5", "1.5"),
        good.replace(r#""exposed":1000"#, r#""exposed":1000,"first":1001"#),
        r#"["r", "2026-11-21T10:00:10Z", 0, 0.5, {"exposed": 1}, {"exposed": 1}]"#.to_owned(),
        good.clone(),
        next.clone(),
    ];
    let judged = judge(&lines);
    assert_eq!(judged.len(), lines.len());
    for line in &judged[1..11] {
        assert!(line["error"].is_string(), "{line}");
        assert!(line.get("verdict").is_none());
    }
    assert_eq!(
        judged[11], judged[0],
        "met again, it is judged and changes nothing"
    );
    assert_eq!(judged[12], judge(&[good, next])[1]);
}

#[test]
fn releases_are_judged_apart() {
    let mut lines = Vec::new();
    for minute in 0..5 {
        lines.push(window(Some("good"), minute, (1000, 10), (1000, 10)));
        lines.push(window(Some("bad"), minute, (1000, 100), (1000, 10)));
        lines.push(window(None, minute, (0, 0), (1000, 10)));
    }
    let judged = judge(&lines);
    let verdicts: Vec<_> = judged[12..]
        .iter()
        .map(|line| line["verdict"].as_str().unwrap())
        .collect();
    assert_eq!(verdicts, ["continue", "harm", "hold"]);
    assert_eq!(judged[13]["culprit"], "checkout-errors");
    assert_eq!(judged[14]["holds"], json!(["no_data", "sample_mismatch"]));
    assert!(judged[14].get("release").is_none());
    let alone: Vec<_> = lines
        .iter()
        .filter(|line| line.contains("bad"))
        .cloned()
        .collect();
    assert_eq!(judge(&alone)[4], judged[13]);
}

#[test]
fn what_cannot_be_used_is_refused_with_two() {
    for (document, word) in [
        (
            "guards: [{metric: a, margin: {relative: -1}}]",
            "/guards/0/margin/relative",
        ),
        ("guards: [{metric: a, colour: red}]", "colour"),
        ("just words", "object"),
    ] {
        let ran = judge_by(document, &[]);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran}");
        assert!(ran.stderr.contains(word), "{ran}");
    }
    let ran = run(
        &["release", "judge", "--release", "/nowhere/release.yaml"],
        b"",
    );
    assert_eq!(ran.code, 2);
    let folder = tempfile::tempdir().unwrap();
    let document = write(folder.path(), "release.yaml", DOCUMENT);
    let ran = run(
        &[
            "release",
            "judge",
            "--release",
            &document,
            "/nowhere/windows",
        ],
        b"",
    );
    assert_eq!(ran.code, 2, "{ran}");
    let here = folder.path().display().to_string();
    let ran = run(&["release", "judge", "--release", &document, &here], b"");
    assert_eq!(ran.code, 2, "{ran}");
    assert!(ran.stderr.contains(&here), "{ran}");
    let windows = write(folder.path(), "windows", EXAMPLE);
    let ran = run(&["release", "judge", "--release", &document, &windows], b"");
    assert_eq!((ran.code, ran.stdout.lines().count()), (0, 1), "{ran}");
}

#[test]
fn a_document_that_guards_nothing_is_judged_with_a_warning() {
    let ran = judge_by("guard: []", &[window(None, 0, (10, 0), (10, 0))]);
    assert_eq!(ran.code, 0, "{ran}");
    assert_eq!(ran.stderr.lines().count(), 2, "{ran}");
    assert_eq!(ran.json()["guards"], json!({}));
}

fn replay(arguments: &[&str], windows: &[String]) -> Ran {
    let policy = "policy: {alpha: 0.01}\nguards: [{metric: checkout-errors}]";
    replay_by(policy, arguments, windows)
}

fn replay_by(policy: &str, arguments: &[&str], windows: &[String]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let windows = write(folder.path(), "windows.jsonl", windows.join("\n"));
    let policy = write(folder.path(), "policy.yaml", policy);
    let all = [
        "release",
        "replay",
        "--windows",
        &windows,
        "--policy",
        &policy,
    ];
    run(&[&all, arguments].concat(), b"")
}

#[test]
fn windows_of_a_file_are_replayed_by_release() {
    let mut lines = Vec::new();
    for minute in 0..9 {
        lines.push(window(Some("good"), minute, (1000, 10), (1000, 10)));
        lines.push(window(Some("bad"), minute, (1000, 100), (1000, 10)));
    }
    let ran = replay(&["--json"], &lines);
    assert_eq!(ran.code, 0, "{ran}");
    let found: Vec<Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        (&found[0]["release"], &found[0]["would"]),
        (&json!("good"), &json!(null))
    );
    assert_eq!(found[1]["release"], "bad");
    assert_eq!(
        (&found[1]["would"]["action"], &found[1]["would"]["minute"]),
        (&json!("rollback"), &json!(0.5))
    );
    let ran = replay(&["bad"], &lines);
    assert!(ran.stdout.contains("release bad: 9 windows"), "{ran}");
    assert!(
        ran.stdout
            .contains("would have stopped at minute 0.5 in stage 1"),
        "{ran}"
    );
    assert!(!ran.stdout.contains("good"), "{ran}");
}

#[test]
fn what_cannot_be_replayed_is_refused() {
    let ran = replay(&["another"], &[window(Some("good"), 0, (10, 1), (10, 1))]);
    assert_eq!(ran.code, 2, "{ran}");
    assert!(ran.stderr.contains("another"), "{ran}");
    let ran = replay(&[], &["nonsense".to_owned()]);
    assert_eq!(ran.code, 2, "{ran}");
    assert!(
        ran.stderr.contains("windows.jsonl: line 1 is no window"),
        "{ran}"
    );
    let list = r#"["r","2026-11-21T10:00:10Z",0,0.5,{"exposed":1},{"exposed":1}]"#;
    let good = window(None, 0, (10, 1), (10, 1));
    for wrong in [
        list.to_owned(),
        good.replace(
            r#"{"exposed":10,"metrics":{"checkout-errors":{"events":1}}}"#,
            "[10]",
        ),
    ] {
        let ran = replay(&[], &[good.clone(), wrong]);
        assert_eq!(ran.code, 2, "{ran}");
        assert!(ran.stderr.contains("line 2 is no window"), "{ran}");
        assert!(ran.stderr.contains("an object belongs here"), "{ran}");
    }
    let ran = replay(&[], &[]);
    assert_eq!(
        (ran.code, ran.stderr.contains("no windows")),
        (2, true),
        "{ran}"
    );
    let ran = run(&["release", "replay", "some-id"], b"");
    assert_eq!(ran.code, 2, "{ran}");
    let missing = "--server, --token, --project, --environment";
    assert!(ran.stderr.contains(missing), "{ran}");
    for arguments in [
        &["release", "replay"][..],
        &["release", "replay", "--windows", "w"],
    ] {
        let ran = run(arguments, b"");
        assert_eq!(ran.code, 2, "{ran}");
        assert!(ran.stderr.contains("replay <ID> --server <URL>"), "{ran}");
        assert!(ran.stderr.contains("[--policy <FILE>]"), "{ran}");
        assert!(
            ran.stderr
                .contains("replay [ID] --windows <FILE> --policy <FILE>"),
            "{ran}"
        );
    }
}

const SCENARIO: &str = r"
release: release.yaml
traffic: {units: 6000, onset: 2m}
metrics:
  checkout-errors: {rate: 0.01, ratio: 4}
runs: 20
seed: 7
";

const PLAN: &str = r#"
guards: [{metric: checkout-errors, margin: {relative: 0.1}}]
stages: [{weight: 20, min_bake: 5m}, {weight: 100, watch: 5m, holdback: 5}]
"#;

/// The same in one line.
const FLOW_PLAN: &str = "guards: [{metric: checkout-errors, margin: {relative: 0.1}}], stages: [{weight: 20, min_bake: 5m}, {weight: 100, watch: 5m, holdback: 5}]";

#[test]
fn a_scenario_is_simulated_and_the_seed_decides() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = write(folder.path(), "scenario.yaml", SCENARIO);
    write(folder.path(), "release.yaml", PLAN);
    let simulate = |arguments: &[&str]| {
        let ran = run(
            &[&["release", "simulate", &*scenario], arguments].concat(),
            b"",
        );
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran}");
        ran
    };
    let found = simulate(&["--json"]).json();
    assert_eq!(found["candidate"]["rolled_back"]["count"], 20, "{found}");
    assert!(
        found["candidate"]["minutes_to_find"].as_f64().unwrap() < 5.0,
        "{found}"
    );
    assert!(
        found["healthy"]["completed"]["count"].as_u64().unwrap() >= 19,
        "{found}"
    );
    assert_eq!(found, simulate(&["--json"]).json());
    assert_ne!(
        found["candidate"],
        simulate(&["--json", "--seed", "8"]).json()["candidate"]
    );
    let text = simulate(&["--runs", "10"]).stdout;
    assert!(text.contains("a healthy candidate, 10 runs"), "{text}");
    assert!(text.contains("time to detection"), "{text}");
}

#[test]
fn a_scenario_that_makes_no_sense_is_refused_with_its_places() {
    let folder = tempfile::tempdir().unwrap();
    for (text, word) in [
        ("traffic: {units: 1}", "release"),
        (
            "release: {stages: []}\ntraffic: {units: -1}",
            "/traffic/units",
        ),
        (
            "release: {stages: []}\ntraffic: {units: 1}",
            "/release/stages",
        ),
        ("release: nowhere.yaml\ntraffic: {units: 1}", "nowhere.yaml"),
        (
            "release: {stages: [{weight: 100}]}\ntraffic: {unit: 1}",
            "unit",
        ),
    ] {
        let path = write(folder.path(), "scenario.yaml", text);
        let ran = run(&["release", "simulate", &path], b"");
        assert_eq!(ran.code, 2, "{ran}");
        assert!(ran.stderr.contains(word), "{text:?}: {ran}");
    }
}

#[test]
fn the_mistakes_of_a_scenario_are_told_all_at_once() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        "release.yaml",
        "guards: [{metric: 7}]\nstages: [{weight: 100, min_bake: 1m1h}]",
    );
    let told = |text: &str| {
        let path = write(folder.path(), "scenario.yaml", text);
        let ran = run(&["release", "simulate", &path], b"");
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran}");
        ran.stderr
    };
    let text = r"
release: release.yaml
traffic: {unit: 1, onset: 1m1h, incident: {from: 1m, for: 2m}}
metrics: {errors: {rate: 0.1, median: 3}, latency: {}, other: {rate: {from: 0, to: 1}}}
runs: -1
speed: 9
";
    let found = told(text);
    for place in [
        "release.yaml: /guards/0/metric: ",
        "release.yaml: /stages/0/min_bake: ",
        "/traffic/unit: there is no member",
        "/traffic/units: the member \"units\" is missing",
        "/traffic/onset: ",
        "/traffic/incident/times: the member \"times\" is missing",
        "/metrics/errors: either a rate",
        "/metrics/latency: either a rate",
        "/metrics/other/rate/over: the member \"over\" is missing",
        "/runs: ",
        "/speed: there is no member",
    ] {
        assert!(found.contains(place), "{place} in {found}");
    }
    // What cannot be is told beside what is wrong with the release.
    let found = told("release: {stages: [{weight: 200}]}\ntraffic: {units: -1, lost: 2}\nruns: 0");
    for place in [
        "/release/stages/0/weight: ",
        "/traffic/units: ",
        "/traffic/lost: ",
        "/runs: ",
    ] {
        assert!(found.contains(place), "{place} in {found}");
    }
    assert!(told("[1]").contains("object"));
    // What is wrong with all of a release has a place as well.
    write(folder.path(), "seven.yaml", "7");
    for (release, place) in [("7", "/release: "), ("seven.yaml", "seven.yaml: ")] {
        let found = told(&format!("release: {release}\ntraffic: {{units: 1}}"));
        let line = found.lines().find(|line| line.contains("type")).unwrap();
        assert!(line.contains(place) && !line.contains(": :"), "{found}");
    }
    let found =
        told("release: {stages: [{weight: 100}]}\ntraffic: {units: 1, onset: soon}\nruns: -1.5");
    let count = |place: &str| found.matches(place).count();
    assert_eq!((count("/runs: "), count("/onset: ")), (2, 1), "{found}");
    assert!(told("release: nowhere.yaml\ntraffic: {unit: 1}").contains("/traffic/unit: "));
}

#[test]
fn what_says_little_is_simulated_with_a_warning() {
    let scenario = SCENARIO
        .replace(
            "release: release.yaml",
            &format!("release: {{{FLOW_PLAN}}}"),
        )
        .replace("units: 6000", "units: 0");
    let ran = run(
        &["release", "simulate", "-", "--runs", "1"],
        scenario.as_bytes(),
    );
    assert_eq!(ran.code, 0, "{ran}");
    assert!(
        ran.stderr
            .contains("warning: /traffic/units: there are none"),
        "{ran}"
    );
}
