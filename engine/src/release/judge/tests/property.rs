//! What holds for every stream.

use proptest::prelude::*;
use serde_json::json;

use super::{close, guards, judge};
use crate::release::{
    Policy,
    evidence::{Arm, At, Histogram, Tally, Window},
    judge::{Judge, Judgement},
};

/// Counts of all sizes, and none at all.
fn count() -> impl Strategy<Value = f64> {
    let sized = (0.0..1.0_f64, 0..13).prop_map(|(part, power)| (part * 10_f64.powi(power)).floor());
    prop_oneof![1 => Just(0.0), 1 => Just(1e12), 6 => sized]
}

fn arm() -> impl Strategy<Value = Arm> {
    let histogram = prop::collection::btree_map(-3..40_i32, 0..1000_u64, 0..6).prop_map(Histogram);
    (count(), 0.0..=1.0_f64, 0.0..=1.0_f64, histogram).prop_map(
        |(exposed, part, first, histogram)| Arm {
            exposed,
            first: Some((exposed * first).floor()),
            metrics: [
                (
                    "errors".to_owned(),
                    Tally::Events((exposed * part * part).floor()),
                ),
                ("latency".to_owned(), Tally::Histogram(histogram)),
            ]
            .into(),
        },
    )
}

fn windows() -> impl Strategy<Value = Vec<Window>> {
    let window = (arm(), arm(), 0..3_usize, 0..30_i64, 0.0..=1.0_f64);
    let window = window.prop_map(|(baseline, candidate, stage, minute, weight)| Window {
        release: None,
        at: At::from_millis(minute * 10_000),
        stage,
        weight,
        baseline,
        candidate,
    });
    prop::collection::vec(window, 1..20)
}

fn full() -> Judge {
    let guards = guards(json!([
        {"metric": "errors", "margin": {"relative": 0.05, "absolute": 0.0005}, "require_safe": 0.5},
        {"metric": "latency", "margin": {"relative": 0.05}},
    ]));
    Judge::new(&Policy::default(), &guards)
}

fn is_finite(judgement: &Judgement) -> bool {
    let whole = [
        judgement.ln_e_harm,
        judgement.ln_e_sample_ratio,
        judgement.excess_events,
    ];
    let guards = judgement.guards.values().flat_map(|guard| {
        let ratio = guard.ratio.map_or([Some(0.0); 3], |ratio| {
            [ratio.estimate, Some(ratio.low), Some(ratio.high)]
        });
        [
            Some(guard.ln_e_harm),
            guard.ln_e_safe,
            ratio[0],
            ratio[1],
            ratio[2],
        ]
    });
    whole
        .into_iter()
        .chain(guards.flatten())
        .all(f64::is_finite)
}

proptest! {
    #[test]
    fn numbers_stay_numbers(windows in windows()) {
        let mut judge = full();
        for window in &windows {
            let judgement = judge.enter(window).unwrap();
            prop_assert!(is_finite(&judgement), "{judgement:?}");
            let text = serde_json::to_string(&judgement).unwrap();
            prop_assert_eq!(serde_json::from_str::<Judgement>(&text).unwrap(), judgement);
        }
    }

    #[test]
    fn a_judge_that_was_written_out_goes_on_to_the_last_bit(windows in windows(), at in 0..20_usize) {
        let mut judge = full();
        let mut copy = full();
        for (index, window) in windows.iter().enumerate() {
            if index == at % windows.len() {
                copy = serde_json::from_str(&serde_json::to_string(&copy).unwrap()).unwrap();
            }
            prop_assert_eq!(judge.enter(window).unwrap(), copy.enter(window).unwrap());
        }
        prop_assert_eq!(judge, copy);
    }

    #[test]
    fn what_comes_twice_counts_once(windows in windows(), again in prop::collection::vec(any::<prop::sample::Index>(), 0..20)) {
        let mut once = full();
        let mut twice = full();
        for (index, window) in windows.iter().enumerate() {
            once.enter(window).unwrap();
            twice.enter(window).unwrap();
            if let Some(before) = again.get(index) {
                twice.enter(&windows[before.index(index + 1)]).unwrap();
            }
        }
        prop_assert_eq!(once, twice);
    }

    #[test]
    fn the_order_of_windows_changes_no_safety(mut windows in windows()) {
        // Each its own time: of two at the same one the first is the one that counts.
        for (minute, window) in (0..).zip(&mut windows) {
            window.at = At::from_millis(minute);
            for arm in [&mut window.baseline, &mut window.candidate] {
                arm.exposed = arm.exposed.min(1e5);
                arm.first = arm.first.map(|first| first.min(arm.exposed));
                if let Some(Tally::Events(events)) = arm.metrics.get_mut("errors") {
                    *events = events.min(arm.exposed);
                }
            }
        }
        let safe = |windows: &mut dyn Iterator<Item = &Window>| {
            let mut judge = full();
            let judgements = windows.map(|window| judge.enter(window).unwrap());
            judgements.last().unwrap().guards["errors"].ln_e_safe.unwrap()
        };
        let there = safe(&mut windows.iter());
        close(safe(&mut windows.iter().rev()), there, 1e-12);
    }

    #[test]
    fn swapping_arms_and_direction_changes_nothing(windows in windows()) {
        let mut up = judge(json!({"bad": "up", "margin": {"relative": 0.1}, "require_safe": 0.3}));
        let mut down = judge(json!({"bad": "down", "margin": {"relative": 0.1}, "require_safe": 0.3}));
        for window in &windows {
            let mut swapped = window.clone();
            std::mem::swap(&mut swapped.baseline, &mut swapped.candidate);
            let (up, down) = (up.enter(window).unwrap(), down.enter(&swapped).unwrap());
            prop_assert_eq!(up.ln_e_harm, down.ln_e_harm);
            prop_assert_eq!(up.guards["errors"].ln_e_safe, down.guards["errors"].ln_e_safe);
        }
    }

    #[test]
    fn more_events_of_the_candidate_are_more_evidence(windows in windows(), extra in 1.0..50.0_f64) {
        let mut judge = judge(json!({"require_safe": 0.5}));
        for window in &windows {
            judge.enter(window).unwrap();
        }
        let last = |events: f64| {
            let mut window = super::window(99, (1e6, 1000.0), (1e6, events));
            window.stage = 9;
            judge.clone().enter(&window).unwrap().guards["errors"]
        };
        let (fewer, more) = (last(1500.0), last(1500.0 + extra));
        prop_assert!(more.ln_e_harm >= fewer.ln_e_harm);
        prop_assert!(more.ln_e_safe <= fewer.ln_e_safe);
    }
}
