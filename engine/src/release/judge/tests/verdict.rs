//! What follows, and in which order.

use serde_json::json;

use super::{enter_all, guards, judge, window};
use crate::release::{
    Policy,
    evidence::{At, Window},
    judge::{Hold, Judge, Verdict},
};

fn harmful(minute: i64) -> Window {
    window(minute, (1000.0, 5.0), (1000.0, 50.0))
}

fn healthy(minute: i64) -> Window {
    window(minute, (1000.0, 20.0), (1000.0, 20.0))
}

#[test]
fn harm_is_found_and_stays() {
    let mut judge = judge(json!({}));
    let first = judge.enter(&healthy(0)).unwrap();
    assert_eq!(first.verdict, Verdict::Continue);
    assert!(!first.guards["errors"].harm);
    let found = enter_all(&mut judge, &[harmful(1), harmful(2)]);
    assert_eq!(found.verdict, Verdict::Harm);
    assert!(found.ln_e_harm >= 100_f64.ln() && found.guards["errors"].harm);
    assert_eq!(found.culprit.as_deref(), Some("errors"));
    let all: Vec<_> = (3..3000).map(healthy).collect();
    let found = enter_all(&mut judge, &all);
    assert!(found.ln_e_harm < 0.0 && !found.guards["errors"].harm);
    assert_eq!(found.verdict, Verdict::Harm);
    let nobody = window(3001, (0.0, 0.0), (0.0, 0.0));
    assert_eq!(judge.enter(&nobody).unwrap().verdict, Verdict::Harm);
}

#[test]
fn suspicion_is_no_harm() {
    let suspicious = window(0, (1000.0, 20.0), (1000.0, 40.0));
    let found = judge(json!({})).enter(&suspicious).unwrap();
    assert!(found.ln_e_harm > 1.5 && found.ln_e_harm < 100_f64.ln());
    assert_eq!(found.verdict, Verdict::Continue);
}

#[test]
fn holds_come_before_safety_and_go_with_their_cause() {
    let mut judge = judge(json!({"require_safe": 0.5}));
    let all: Vec<_> = (0..60).map(healthy).collect();
    assert_eq!(enter_all(&mut judge, &all).verdict, Verdict::Safe);
    for (minute, baseline, candidate) in [(60, 0.0, 10.0), (61, 10.0, 0.0)] {
        let found = judge
            .enter(&window(minute, (baseline, 0.0), (candidate, 0.0)))
            .unwrap();
        assert_eq!(
            (found.verdict, found.holds),
            (Verdict::Hold, vec![Hold::NoData])
        );
    }
    assert_eq!(judge.enter(&healthy(62)).unwrap().verdict, Verdict::Safe);
    let lost = window(63, (100_000.0, 0.0), (50_000.0, 0.0));
    let found = judge.enter(&lost).unwrap();
    assert_eq!(
        (found.verdict, found.holds),
        (Verdict::Hold, vec![Hold::SampleMismatch])
    );
    assert!(found.ln_e_sample_ratio >= 1000_f64.ln());
}

#[test]
fn safety_stays_within_its_stage_only() {
    let mut judge = judge(json!({"require_safe": 0.5, "action": "notify"}));
    let all: Vec<_> = (0..60).map(healthy).collect();
    assert_eq!(enter_all(&mut judge, &all).verdict, Verdict::Safe);
    let worse: Vec<_> = (60..100)
        .map(|minute| window(minute, (1000.0, 20.0), (1000.0, 200.0)))
        .collect();
    let found = enter_all(&mut judge, &worse);
    assert!(found.guards["errors"].ln_e_safe.unwrap() < 0.0);
    assert_eq!(found.verdict, Verdict::Safe, "it was found in this stage");
    let mut next = healthy(71);
    next.stage = 1;
    assert_eq!(judge.enter(&next).unwrap().verdict, Verdict::Continue);
}

#[test]
fn every_guard_that_asks_has_to_be_safe() {
    let all: Vec<_> = (0..60).map(healthy).collect();
    let both = guards(json!([
        {"metric": "errors", "require_safe": 0.5}, {"metric": "silent", "require_safe": 0.5},
    ]));
    let found = enter_all(&mut Judge::new(&Policy::default(), &both), &all);
    assert!(found.guards["errors"].safe);
    assert_eq!(found.guards["silent"].ln_e_safe, Some(0.0));
    assert_eq!(found.verdict, Verdict::Continue);
    let found = enter_all(&mut judge(json!({})), &all);
    assert_eq!(found.verdict, Verdict::Continue, "nobody asked");
    let one = guards(json!([{"metric": "errors", "require_safe": 0.5}, {"metric": "silent"}]));
    let found = enter_all(&mut Judge::new(&Policy::default(), &one), &all);
    assert_eq!(found.verdict, Verdict::Safe, "who does not ask waits not");
}

#[test]
fn holds_are_read_as_they_are_written() {
    for hold in [
        Hold::NoData,
        Hold::SampleMismatch,
        Hold::Harm("errors".into()),
    ] {
        let written = serde_json::to_value(&hold).unwrap();
        assert_eq!(written, json!(hold.to_string()));
        assert_eq!(serde_json::from_value::<Hold>(written).unwrap(), hold);
    }
    assert!(serde_json::from_value::<Hold>(json!("harm")).is_err());
}

#[test]
fn guards_that_act_alone_leave_the_mean_alone() {
    for (action, verdict, holds) in [
        ("hold", Verdict::Hold, vec![Hold::Harm("errors".into())]),
        ("notify", Verdict::Continue, vec![]),
        ("rollback", Verdict::Harm, vec![]),
    ] {
        let mut judge = judge(json!({"action": action}));
        let found = enter_all(&mut judge, &[harmful(0), harmful(1)]);
        assert_eq!((found.verdict, found.holds), (verdict, holds), "{action}");
        assert!(found.guards["errors"].harm);
        assert_eq!(found.ln_e_harm > 0.0, action == "rollback");
    }
}

#[test]
fn the_cap_is_harm_whatever_the_statistics_say() {
    let policy = Policy {
        max_excess_events: Some(10.0),
        ..Policy::default()
    };
    let both = guards(
        json!([{"metric": "errors", "margin": {"relative": 3.0}}, {"metric": "good", "bad": "down"}]),
    );
    let mut judge = Judge::new(&policy, &both);
    let more = |minute| Window {
        weight: 1.0 / 3.0,
        ..window(minute, (2000.0, 20.0), (1000.0, 15.0))
    };
    let found = enter_all(&mut judge, &[more(0), more(1)]);
    assert_eq!(
        (found.verdict, found.excess_events),
        (Verdict::Continue, 10.0)
    );
    let found = judge.enter(&more(2)).unwrap();
    assert_eq!((found.verdict, found.excess_events), (Verdict::Harm, 15.0));
    assert!(found.ln_e_harm < 1.0);
    assert_eq!(found.culprit.as_deref(), Some("errors"));
}

#[test]
fn the_culprit_is_the_largest_term() {
    let two = guards(
        json!([{"metric": "fine"}, {"metric": "errors"}, {"metric": "alone", "action": "notify"}]),
    );
    let mut judge = Judge::new(&Policy::default(), &two);
    let mut all = [harmful(0), harmful(1)];
    for window in &mut all {
        for (arm, factor) in [(&mut window.baseline, 1.0), (&mut window.candidate, 2.0)] {
            let errors = arm.metrics["errors"].clone();
            arm.metrics.insert(
                "fine".to_owned(),
                crate::release::evidence::Tally::Events(5.0),
            );
            arm.exposed *= factor;
            arm.metrics.insert("alone".to_owned(), errors);
        }
    }
    let found = enter_all(&mut judge, &all);
    assert_eq!(found.culprit.as_deref(), Some("errors"));
}

#[test]
fn what_is_no_window_changes_nothing() {
    let mut judge = judge(json!({"require_safe": 0.5}));
    let first = judge.enter(&healthy(0)).unwrap();
    let before = judge.clone();
    let mut bad = harmful(1);
    bad.candidate.exposed = -1.0;
    assert!(judge.enter(&bad).is_err());
    let mut bad = harmful(1);
    let histogram = crate::release::evidence::Tally::Histogram([(3, 1)].into_iter().collect());
    bad.candidate
        .metrics
        .insert("errors".to_owned(), histogram.clone());
    assert!(judge.enter(&bad).is_err(), "of two kinds");
    bad.baseline.metrics.insert("errors".to_owned(), histogram);
    assert!(judge.enter(&bad).is_err(), "of another kind than before");
    assert_eq!(judge, before);
    assert_eq!(judge.enter(&healthy(0)).unwrap(), first);
    let mut other = healthy(0);
    other.at = At::from_nanos(other.at.as_nanos() + 1);
    assert_ne!(judge.enter(&other).unwrap(), first);
}

#[test]
fn where_nothing_is_guarded_there_is_no_excess_and_no_less() {
    let mut judge = Judge::new(&Policy::default(), &[]);
    let judgement = judge.enter(&healthy(0)).unwrap();
    let text = serde_json::to_string(&judgement).unwrap();
    assert!(text.contains(r#""excess_events":0.0"#), "{text}");
}

#[test]
fn an_estimate_may_lie_beside_the_bounds_and_people_see_it_between() {
    // So many events that one ratio of the grid is all that is left, and it is not the estimate.
    let many = [window(0, (1e9, 1e6), (1e9, 1.06e6))];
    let ratio = enter_all(&mut judge(json!({})), &many).guards["errors"].ratio;
    let ratio = ratio.unwrap();
    assert_eq!(ratio.low, ratio.high);
    assert!((ratio.estimate.unwrap() - 1.06).abs() < 1e-9, "{ratio:?}");
    assert!(ratio.low != 1.06);
    let (low, high) = ratio.around_estimate();
    assert!(low <= 1.06 && 1.06 <= high && low < high, "{low} {high}");
    let few = [window(0, (1000.0, 5.0), (1000.0, 0.0))];
    let ratio = enter_all(&mut judge(json!({})), &few).guards["errors"].ratio;
    assert_eq!(ratio.unwrap().around_estimate().0, 0.0);
    let silent = [window(0, (1000.0, 0.0), (1000.0, 3.0))];
    let ratio = enter_all(&mut judge(json!({})), &silent).guards["errors"]
        .ratio
        .unwrap();
    assert_eq!(
        (ratio.estimate, ratio.around_estimate()),
        (None, (ratio.low, ratio.high))
    );
}
