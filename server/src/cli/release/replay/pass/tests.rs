use serde_json::json;
use serin_engine::release::Policy;

use super::*;
use crate::cli::release::replay::{recording::Told, words};

fn standards(guard: serde_json::Value, policy: serde_json::Value) -> Standards {
    Standards {
        policy: serde_json::from_value::<Policy>(policy).unwrap(),
        guards: serde_json::from_value(json!([guard])).unwrap(),
    }
}

fn start() -> DateTime<Utc> {
    "2026-11-21T10:00:00Z".parse().unwrap()
}

fn window(tens: i64, stage: usize, events: u32) -> Window {
    let at = start() + TimeDelta::seconds(10 * tens);
    serde_json::from_value(json!({
        "at": at.to_rfc3339(), "stage": stage, "weight": 0.5,
        "baseline": {"exposed": 1000, "metrics": {"errors": {"events": 5}}},
        "candidate": {"exposed": 1000, "metrics": {"errors": {"events": events}}},
    }))
    .unwrap()
}

fn recording(windows: Vec<Window>) -> Recording {
    Recording {
        release: Some("r1".to_owned()),
        windows,
        told: None,
    }
}

#[test]
fn a_stricter_policy_would_have_stopped_later_and_a_looser_one_sooner() {
    let guard = || json!({"metric": "errors", "margin": {"relative": 0.05}});
    let recording = recording((0..120).map(|tens| window(tens, 0, 8)).collect());
    let at = |alpha: f64| {
        run(&recording, &standards(guard(), json!({"alpha": alpha})))
            .would
            .unwrap()
    };
    let (loose, strict) = (at(0.05), at(0.0001));
    assert!(loose.minute < strict.minute, "{loose:?} {strict:?}");
    assert_eq!(
        (loose.because, loose.culprit.as_deref()),
        ("evidence", Some("errors"))
    );
    // A runner knows of a window some time after its end.
    let tens = ((strict.minute * 60.0 - 30.0) / 10.0).round() as usize;
    let mut judge = new(&standards(guard(), json!({"alpha": 0.0001})));
    let verdicts: Vec<_> = recording
        .windows
        .iter()
        .map(|window| judge.enter(window).unwrap().verdict)
        .collect();
    let first = verdicts
        .iter()
        .position(|verdict| *verdict == Verdict::Harm)
        .unwrap();
    assert_eq!(first, tens);
}

#[test]
fn windows_are_entered_in_the_order_of_time() {
    let guard = || json!({"metric": "errors", "margin": {"absolute": 0.001}});
    let forward: Vec<_> = (0..60).map(|tens| window(tens, 0, 9)).collect();
    let mut backward = forward.clone();
    backward.reverse();
    let standards = standards(guard(), json!({}));
    let (forward, backward) = (
        run(&recording(forward), &standards),
        run(&recording(backward), &standards),
    );
    assert_eq!(forward.would, backward.would);
    assert_eq!(forward.judgement, backward.judgement);
}

#[test]
fn a_retry_begins_with_fresh_evidence() {
    let standards = standards(
        json!({"metric": "errors", "margin": {"relative": 0.05}}),
        json!({"alpha": 0.001}),
    );
    let windows: Vec<_> = (0..60)
        .map(|tens| window(tens, 0, if tens < 6 { 8 } else { 5 }))
        .collect();
    let mut retried = recording(windows);
    let whole = run(&retried, &standards).judgement.unwrap().ln_e_harm;
    retried.told = Some(Told {
        document: serde_json::from_value(
            json!({"flag": "f", "baseline": "off", "candidate": "on", "stages": []}),
        )
        .unwrap(),
        began: Some(start() - TimeDelta::minutes(1)),
        fresh: vec![start() + TimeDelta::seconds(60)],
        did: None,
        judged_until: None,
    });
    let replayed = run(&retried, &standards);
    assert!(replayed.judgement.as_ref().unwrap().ln_e_harm < whole);
    // Minutes count from the start that the server tells of.
    assert_eq!(replayed.stages[0].from_minute, 1.0);
}

#[test]
fn what_it_would_have_done_is_said_in_words() {
    let policy = standards(json!({"metric": "errors"}), json!({}));
    let mut harmful = recording((0..60).map(|tens| window(tens, 0, 50)).collect());
    harmful.told = Some(Told {
        document: serde_json::from_value(
            json!({"flag": "checkout", "baseline": "off", "candidate": "on", "stages": []}),
        )
        .unwrap(),
        began: Some(start()),
        fresh: Vec::new(),
        did: Some(Did {
            state: "rolled_back",
            at: start() + TimeDelta::minutes(14),
            actor: "serin".to_owned(),
            reason: None,
        }),
        judged_until: None,
    });
    let text = words::of(&run(&harmful, &policy));
    assert!(
        text.starts_with("release r1 of checkout: 60 windows, 10.3 min\n"),
        "{text}"
    );
    assert!(
        text.contains("would have stopped at minute 0.5 in stage 1 for errors (×10.00, between"),
        "{text}"
    );
    assert!(text.contains("; Serin did at minute 14\n"), "{text}");

    let lenient = standards(
        json!({"metric": "errors", "margin": {"relative": 20.0}}),
        json!({}),
    );
    let text = words::of(&run(&harmful, &lenient));
    assert!(
        text.contains("would not have stopped; Serin rolled it back at minute 14"),
        "{text}"
    );

    let cap = standards(
        json!({"metric": "errors", "margin": {"relative": 20.0}}),
        json!({"max_excess_events": 100, "on_harm": "hold"}),
    );
    let text = words::of(&run(&harmful, &cap));
    assert!(text.contains("would have been held, until a person decides, at minute 0.8 in stage 1 for errors (more events than the cap"), "{text}");
}

#[test]
fn stages_tell_when_they_were_safe_and_holds_how_long_they_took() {
    let policy = standards(json!({"metric": "errors", "require_safe": 0.5}), json!({}));
    let mut windows: Vec<_> = (0..90)
        .map(|tens| window(tens, usize::from(tens >= 60), 5))
        .collect();
    for window in &mut windows[80..85] {
        window.candidate.first = Some(100.0);
        window.candidate.exposed = 1000.0;
    }
    let replayed = run(&recording(windows), &policy);
    assert_eq!(replayed.would, None);
    let safe: Vec<_> = replayed
        .stages
        .iter()
        .map(|stage| (stage.stage, stage.safe_at_minute.is_some()))
        .collect();
    assert_eq!(safe, [(0, true), (1, true)]);
    let [held] = &replayed.holds[..] else {
        panic!("{:?}", replayed.holds);
    };
    assert_eq!(held.why, "sample_mismatch");
    assert!(held.minutes > 0.5, "{held:?}");
    let text = words::of(&replayed);
    assert!(
        text.contains("stage 2, from minute 10: safe at minute"),
        "{text}"
    );
    assert!(
        text.contains("held for sample_mismatch: from minute 13."),
        "{text}"
    );
}

/// A release of three stages: one that asks for safety, one that a person leaves, and the last.
fn told(began: DateTime<Utc>) -> Told {
    Told {
        document: serde_json::from_value(json!({
            "flag": "f", "baseline": "off", "candidate": "on",
            "stages": [{"weight": 50, "min_bake": "10m"}, {"weight": 100, "watch": "1h"}],
        }))
        .unwrap(),
        began: Some(began),
        fresh: Vec::new(),
        did: None,
        judged_until: None,
    }
}

#[test]
fn a_stage_that_is_held_may_be_safe_as_it_is_for_the_runner() {
    let policy = standards(json!({"metric": "errors", "require_safe": 0.5}), json!({}));
    let mut windows: Vec<_> = (0..90).map(|tens| window(tens, 0, 5)).collect();
    for window in &mut windows {
        // From the first window on units are missing, so that the verdict is never `safe`.
        window.candidate.first = Some(100.0);
    }
    let replayed = run(&recording(windows), &policy);
    assert_eq!(replayed.judgement.as_ref().unwrap().verdict, Verdict::Hold);
    let text = words::of(&replayed);
    assert!(
        text.contains("stage 1, from minute 0: safe at minute"),
        "{text}"
    );
    assert!(text.contains("held for sample_mismatch"), "{text}");
}

#[test]
fn minutes_count_from_the_start_and_what_came_before_it_is_left_out() {
    let policy = standards(json!({"metric": "errors", "require_safe": 0.5}), json!({}));
    let empty = |tens: i64| {
        let mut window = window(tens, 0, 0);
        for arm in [&mut window.baseline, &mut window.candidate] {
            arm.exposed = 0.0;
            arm.metrics.clear();
        }
        window
    };
    let mut windows = vec![empty(-30)];
    windows.extend((0..60).map(|tens| window(tens, 0, 5)));
    // From a file nobody knows when it started: with the first who was seen.
    let of_file = run(&recording(windows.clone()), &policy);
    assert_eq!((of_file.windows, of_file.stages[0].from_minute), (60, 0.0));
    let mut recording = recording(windows);
    recording.told = Some(told(start() + TimeDelta::seconds(4)));
    let replayed = run(&recording, &policy);
    assert_eq!(
        (replayed.windows, replayed.stages[0].from_minute),
        (60, 0.0)
    );
    let text = words::of(&replayed);
    assert!(!text.contains("minute -"), "{text}");
}

#[test]
fn stages_that_overlap_are_told_once_and_the_last_one_asks_for_nothing() {
    let policy = standards(json!({"metric": "errors", "require_safe": 0.5}), json!({}));
    let mut recording = recording(
        (0..120)
            .flat_map(|tens| {
                let later = (tens >= 60).then(|| window(tens, 1, 5));
                let stays = (tens < 63).then(|| window(tens, 0, 5));
                [later, stays].into_iter().flatten()
            })
            .collect(),
    );
    recording.told = Some(told(start()));
    let replayed = run(&recording, &policy);
    let passed: Vec<_> = replayed
        .stages
        .iter()
        .map(|pass| (pass.stage, pass.asks))
        .collect();
    assert_eq!(passed, [(0, true), (1, false)]);
    let text = words::of(&replayed);
    assert!(
        text.contains("stage 2, from minute 10: no guard has to be safe"),
        "{text}"
    );
}

#[test]
fn silence_holds_as_the_runner_has_it() {
    let policy = standards(json!({"metric": "errors"}), json!({}));
    let mut recording = recording(
        (0..30)
            .chain(90..120)
            .map(|tens| window(tens, 0, 5))
            .collect(),
    );
    recording.told = Some(told(start()));
    let held = run(&recording, &policy).holds;
    let [held] = &held[..] else {
        panic!("{held:?}")
    };
    // A quarter of ten minutes and what evidence may be late, after the window at 4:50.
    assert_eq!(held.why, "no_data");
    let from = (290.0 + 150.0 + 40.0) / 60.0;
    assert!((held.from_minute - from).abs() < 1e-9, "{held:?}");
    assert!(
        (held.from_minute + held.minutes - 930.0 / 60.0).abs() < 1e-9,
        "{held:?}"
    );
    // Where everybody has the candidate nobody is left to be missed.
    for window in &mut recording.windows {
        window.stage = 1;
    }
    assert!(run(&recording, &policy).holds.is_empty());
}

#[test]
fn what_came_when_the_release_was_over_nobody_acted_on() {
    let policy = standards(json!({"metric": "errors"}), json!({}));
    let mut recording = recording(
        (0..60)
            .map(|tens| window(tens, 0, if tens < 50 { 5 } else { 100 }))
            .collect(),
    );
    assert!(run(&recording, &policy).would.is_some());
    recording.told = Some(Told {
        judged_until: Some(start() + TimeDelta::seconds(490)),
        ..told(start())
    });
    let replayed = run(&recording, &policy);
    assert_eq!((replayed.would, replayed.windows), (None, 50));
}
