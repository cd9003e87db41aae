//! What holds for every document and every sequence of signals.

use std::time::Duration;

use proptest::{collection::vec, option, prelude::*};

use super::{document, guarded};
use crate::release::{
    Action, Approval, Approver, Because, Blocked, Document, Effect, Hold, Observation,
    OnInconclusive, Policy, Signal, Span, Stage, State, remaining, step,
};

fn spans() -> impl Strategy<Value = Option<Span>> {
    option::of((1..20_000_u64).prop_map(Span::from_millis))
}

fn policies() -> impl Strategy<Value = Policy> {
    let on_harm = prop_oneof![
        Just(Action::Rollback),
        Just(Action::Hold),
        Just(Action::Notify)
    ];
    let on_inconclusive = prop_oneof![
        Just(OnInconclusive::Hold),
        Just(OnInconclusive::Advance),
        Just(OnInconclusive::Rollback)
    ];
    (on_harm, on_inconclusive).prop_map(|(on_harm, on_inconclusive)| Policy {
        on_harm,
        on_inconclusive,
        ..Policy::default()
    })
}

fn documents() -> impl Strategy<Value = Document> {
    let approval = option::of(Just(Approval {
        role: Approver::Admin,
    }));
    let stages = vec((1..99_000_u32, spans(), spans(), approval), 0..8);
    (stages, spans(), any::<bool>(), any::<bool>(), policies()).prop_map(
        |(mut stages, last, held_back, is_guarded, policy)| {
            stages.sort_by_key(|(slots, ..)| *slots);
            stages.dedup_by_key(|(slots, ..)| *slots);
            let mut stages: Vec<Stage> = stages
                .into_iter()
                .map(|(slots, min_bake, max_bake, approval)| Stage {
                    weight: f64::from(slots) / 1000.0,
                    min_bake,
                    max_bake: max_bake.max(min_bake.and(max_bake).and(min_bake)),
                    approval,
                    ..Stage::default()
                })
                .collect();
            stages.push(Stage {
                weight: 100.0,
                watch: last,
                holdback: held_back.then_some(1.0),
                ..Stage::default()
            });
            let guards = if is_guarded {
                guarded().guards
            } else {
                Vec::new()
            };
            Document {
                stages,
                policy,
                guards,
                ..document()
            }
        },
    )
}

/// Mostly ticks, so that lives get somewhere before they are cut short.
fn signals() -> impl Strategy<Value = Vec<(Signal, Observation)>> {
    let by_people = (0..Signal::BY_PEOPLE.len()).prop_map(|index| Signal::BY_PEOPLE[index]);
    let signal = prop_oneof![
        16 => Just(Signal::Tick),
        4 => Just(Signal::Start),
        3 => Just(Signal::Advance),
        3 => Just(Signal::Resume),
        1 => Just(Signal::Edit),
        6 => by_people,
    ];
    vec((signal, observations()), 0..80)
}

fn observations() -> impl Strategy<Value = Observation> {
    let gap = prop_oneof![8 => 0..5000_u64, 1 => 5000..u64::MAX / 2];
    let rarely = || prop::bool::weighted(0.05);
    let often = || prop::bool::weighted(0.6);
    let hold = prop_oneof![
        Just(Hold::NoData),
        Just(Hold::ProviderDown),
        Just(Hold::SampleMismatch),
        Just(Hold::SloBurn),
        Just(Hold::Harm)
    ];
    let holds = prop_oneof![6 => Just(Vec::new()), 1 => vec(hold, 1..3)];
    let blocked = prop_oneof![6 => Just(Vec::new()), 1 => Just(vec![Blocked::Limit])];
    let propagated = option::weighted(0.3, 0.8..1.0);
    let flags = (rarely(), rarely(), often(), often(), often(), often());
    (gap, flags, holds, blocked, propagated).prop_map(
        |(gap, (harm, notice, safe, window_open, due, is_seen), holds, blocked, propagated)| {
            let mut seen = Observation {
                since_last: Duration::from_millis(gap),
                observed: Duration::ZERO,
                harm,
                notice,
                safe,
                holds,
                propagated,
                window_open,
                due,
                blocked,
            };
            if is_seen {
                seen.observed = seen.watched();
            }
            seen
        },
    )
}

fn stage_of(state: &State) -> Option<usize> {
    state.position().map(|position| position.stage)
}

/// What is served to how many, as the effects say.
fn shares(document: &Document, effect: Effect) -> Option<u32> {
    match effect {
        Effect::Stage(stage) => document.stage(stage).map(Stage::slots),
        Effect::Candidate => Some(100_000),
        Effect::Keep | Effect::Restore | Effect::HandOver => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]
    #[test]
    fn lives_keep_the_rules(document in documents(), signals in signals()) {
        let mut state = State::Draft;
        let mut share = 0;
        let mut started = false;
        for (signal, seen) in signals {
            let Ok(transition) = step(&document, &state, signal, &seen) else {
                continue;
            };
            prop_assert!(!state.is_over(), "{signal} moved {state:?}");
            if let (Some(before), Some(after)) = (stage_of(&state), stage_of(&transition.next)) {
                prop_assert!(after == before || after == before + 1, "{before} to {after}");
            }
            if let Some(slots) = shares(&document, transition.effect) {
                prop_assert!(slots > share || slots == 100_000, "{slots} after {share}");
                (share, started) = (slots, true);
            }
            match transition.effect {
                Effect::Stage(stage) => prop_assert_eq!(stage_of(&transition.next), Some(stage)),
                Effect::Candidate => prop_assert_eq!(&transition.next, &State::Completed),
                // What never took anything has nothing to give back.
                Effect::Restore | Effect::HandOver => {
                    prop_assert!(started && transition.next.is_over());
                }
                Effect::Keep => {
                    prop_assert_eq!(stage_of(&state), stage_of(&transition.next));
                    prop_assert!(!transition.next.is_over() || !state.is_live());
                }
            }
            let held = matches!(transition.next, State::Held(_));
            let holds = transition.next.position().is_some_and(|at| !at.holds.is_empty());
            prop_assert_eq!(held, holds);
            state = transition.next;
        }
    }

    #[test]
    fn a_stage_is_never_left_by_time_before_it_baked(document in documents(), signals in signals()) {
        let mut state = State::Draft;
        let mut baked = Duration::ZERO;
        for (signal, seen) in signals {
            let Ok(transition) = step(&document, &state, signal, &seen) else {
                continue;
            };
            if signal == Signal::Tick && matches!(state, State::Running(_)) {
                baked += if document.is_guarded() { seen.observed } else { seen.watched() };
            }
            let left = stage_of(&transition.next) != stage_of(&state);
            let on = !transition.next.is_over() || transition.next == State::Completed;
            if left && on {
                let of = stage_of(&state).and_then(|stage| document.stage(stage));
                let needed = of.and_then(|stage| stage.watch.or(stage.min_bake));
                if let (Signal::Tick, Some(Span(needed))) = (signal, needed) {
                    prop_assert!(baked >= needed, "left after {baked:?} of {needed:?}");
                    let held = seen.holds.iter().any(|hold| *hold == Hold::SloBurn || *hold == Hold::Harm);
                    prop_assert!(!held, "left while held");
                }
            }
            if left || signal == Signal::Retry {
                baked = Duration::ZERO;
            }
            state = transition.next;
        }
    }

    /// Whatever is missing: only harm, or evidence that was gathered and is not enough,
    /// takes the candidate back without a person.
    #[test]
    fn time_alone_never_takes_back(document in documents(), signals in signals()) {
        let mut state = State::Draft;
        for (signal, seen) in signals {
            let Ok(transition) = step(&document, &state, signal, &seen) else {
                continue;
            };
            if signal == Signal::Tick && transition.next == State::RolledBack {
                match transition.because {
                    Some(Because::Harm) => prop_assert!(seen.harm),
                    Some(Because::Inconclusive) => {
                        let position = state.position().unwrap();
                        let baked = Duration::from_millis(position.baked_ms) + seen.observed;
                        let most = document.stage(position.stage).and_then(|stage| stage.max_bake);
                        prop_assert!(most.is_some_and(|most| baked >= most.0));
                        prop_assert!(document.is_guarded() && !seen.safe && seen.holds.is_empty());
                    }
                    None => prop_assert!(false, "{state:?}"),
                }
            }
            state = transition.next;
        }
    }

    #[test]
    fn harm_always_takes_back_where_the_policy_says_so(document in documents(), signals in signals()) {
        let mut state = State::Draft;
        let harm = Observation { harm: true, ..Observation::default() };
        for (signal, seen) in signals {
            if let Ok(transition) = step(&document, &state, signal, &seen) {
                state = transition.next;
            }
            let looked = step(&document, &state, Signal::Tick, &harm);
            if state.is_live() && document.policy.on_harm == Action::Rollback {
                prop_assert_eq!(looked.unwrap().next, State::RolledBack);
            }
        }
    }

    #[test]
    fn the_way_back_is_always_open(document in documents(), signals in signals()) {
        let mut state = State::Draft;
        for (signal, seen) in signals {
            if let Ok(transition) = step(&document, &state, signal, &seen) {
                state = transition.next;
            }
            let back = step(&document, &state, Signal::Rollback, &seen);
            prop_assert_eq!(back.is_ok(), state.is_live());
            prop_assert_eq!(back.is_ok_and(|back| back.effect == Effect::Restore), state.is_live());
        }
    }

    #[test]
    fn looking_again_at_once_changes_nothing(document in documents(), signals in signals()) {
        let mut state = State::Draft;
        let at_once = Observation::default();
        for (signal, seen) in signals {
            if let Ok(transition) = step(&document, &state, signal, &seen) {
                state = transition.next;
            }
            // Twice: what was seen last time is gone, and that may still have to be said.
            for _ in 0..4 {
                let due = remaining(&document, &state) == Some(Duration::ZERO);
                if let (false, Ok(again)) = (due, step(&document, &state, Signal::Tick, &at_once)) {
                    state = again.next;
                }
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

    #[test]
    fn states_come_back_from_json(document in documents(), signals in signals()) {
        let mut state = State::Draft;
        for (signal, seen) in signals {
            if let Ok(transition) = step(&document, &state, signal, &seen) {
                state = transition.next;
            }
            let json = serde_json::to_string(&state).unwrap();
            prop_assert_eq!(&serde_json::from_str::<State>(&json).unwrap(), &state);
        }
    }
}
