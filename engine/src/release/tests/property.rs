//! What holds for every document and every sequence of signals.

use std::time::Duration;

use proptest::{collection::vec, prelude::*};

use super::document;
use crate::release::{Document, Effect, Observation, Signal, Span, Stage, State, remaining, step};

fn documents() -> impl Strategy<Value = Document> {
    let bake = proptest::option::of(1..20_000_u64);
    (vec((1..100_000_u32, bake.clone()), 0..8), bake).prop_map(|(mut stages, last)| {
        stages.sort_by_key(|(slots, _)| *slots);
        stages.dedup_by_key(|(slots, _)| *slots);
        stages.push((100_000, last));
        let stages = stages.into_iter().map(|(slots, bake)| Stage {
            name: None,
            weight: f64::from(slots) / 1000.0,
            min_bake: bake.map(Span::from_millis),
        });
        Document {
            stages: stages.collect(),
            ..document()
        }
    })
}

/// Mostly ticks, so that lives get somewhere before they are cut short.
fn signals() -> impl Strategy<Value = Vec<(Signal, Observation)>> {
    let signal = prop_oneof![
        12 => Just(Signal::Tick),
        4 => Just(Signal::Start),
        3 => Just(Signal::Advance),
        2 => Just(Signal::Pause),
        2 => Just(Signal::Resume),
        1 => Just(Signal::Rollback),
        1 => Just(Signal::Cancel),
    ];
    let gap = prop_oneof![8 => 0..5000_u64, 1 => 5000..u64::MAX / 2];
    let observation = gap.prop_map(|gap| Observation {
        since_last: Duration::from_millis(gap),
    });
    vec((signal, observation), 0..80)
}

fn stage_of(state: &State) -> Option<usize> {
    state.position().map(|position| position.stage)
}

proptest! {
    #[test]
    fn lives_keep_the_rules(document in documents(), signals in signals()) {
        let mut state = State::Draft;
        let mut share = 0;
        let mut started = false;
        for (signal, observation) in signals {
            let Ok(transition) = step(&document, &state, signal, &observation) else {
                continue;
            };
            prop_assert!(!state.is_over(), "{signal} moved {state:?}");
            if let (Some(before), Some(after)) = (stage_of(&state), stage_of(&transition.next)) {
                prop_assert!(after == before || after == before + 1, "{before} to {after}");
            }
            match transition.effect {
                Effect::Share(slots) => {
                    prop_assert!(slots > share, "{slots} after {share}");
                    let stage = stage_of(&transition.next).and_then(|stage| document.stage(stage));
                    prop_assert_eq!(stage.map(Stage::slots), Some(slots));
                    (share, started) = (slots, true);
                }
                Effect::Candidate => prop_assert_eq!(&transition.next, &State::Completed),
                // What never took anything has nothing to give back.
                Effect::Restore => prop_assert!(started),
                Effect::Keep => prop_assert_eq!(stage_of(&state), stage_of(&transition.next)),
            }
            state = transition.next;
        }
    }

    #[test]
    fn a_stage_is_never_left_by_time_before_it_baked(document in documents(), signals in signals()) {
        let mut state = State::Draft;
        let mut baked = Duration::ZERO;
        for (signal, observation) in signals {
            let Ok(transition) = step(&document, &state, signal, &observation) else {
                continue;
            };
            if signal == Signal::Tick && matches!(state, State::Running(_)) {
                baked += observation.watched();
            }
            let left = stage_of(&transition.next) != stage_of(&state);
            if left {
                let needed = stage_of(&state)
                    .and_then(|stage| document.stage(stage))
                    .and_then(|stage| stage.min_bake);
                if let (Signal::Tick, Some(Span(needed))) = (signal, needed) {
                    prop_assert!(baked >= needed, "left after {baked:?} of {needed:?}");
                }
                baked = Duration::ZERO;
            }
            state = transition.next;
        }
    }

    #[test]
    fn looking_again_at_once_changes_nothing(document in documents(), signals in signals()) {
        let mut state = State::Draft;
        let at_once = Observation::default();
        for (signal, observation) in signals {
            if let Ok(transition) = step(&document, &state, signal, &observation) {
                state = transition.next;
            }
            let due = remaining(&document, &state) == Some(Duration::ZERO);
            if !due && let Ok(again) = step(&document, &state, Signal::Tick, &at_once) {
                prop_assert_eq!(&again.next, &state);
                prop_assert_eq!(again.effect, Effect::Keep);
            }
        }
    }

    #[test]
    fn documents_come_back_from_json(document in documents()) {
        let json = serde_json::to_string(&document).unwrap();
        prop_assert_eq!(serde_json::from_str::<Document>(&json).unwrap(), document);
    }
}
