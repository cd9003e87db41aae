//! Whole lives, second by second.

use std::time::Duration;

use super::{document, running, seconds, stage};
use crate::release::{
    Document, Effect, Observation, Phase, Signal, State, is_watched, remaining, step,
};

/// Ticks once a second until something else than baking happens; how many seconds that took.
fn wait(document: &Document, state: &mut State) -> (u32, Effect) {
    for second in 1..=100_000 {
        let transition = step(document, state, Signal::Tick, &seconds(1)).unwrap();
        let moved = !transition.next.same_place(state);
        *state = transition.next;
        if moved {
            return (second, transition.effect);
        }
    }
    panic!("nothing moved {state:?}");
}

fn tell(document: &Document, state: &mut State, signal: Signal) -> Effect {
    let transition = step(document, state, signal, &Observation::default()).unwrap();
    *state = transition.next;
    transition.effect
}

#[test]
fn by_time_alone() {
    let document = Document {
        stages: vec![
            stage(1.0, Some("10m")),
            stage(50.0, Some("1h30m")),
            stage(100.0, Some("90s")),
        ],
        ..document()
    };
    let mut state = State::Draft;
    assert_eq!(tell(&document, &mut state, Signal::Start), Effect::Stage(0));
    assert_eq!(wait(&document, &mut state), (600, Effect::Stage(1)));
    assert_eq!(wait(&document, &mut state), (5400, Effect::Stage(2)));
    assert_eq!(wait(&document, &mut state), (90, Effect::Candidate));
    assert_eq!(state, State::Completed);
}

#[test]
fn by_hand_alone() {
    let document = Document {
        stages: vec![stage(1.0, None), stage(25.0, None), stage(100.0, None)],
        ..document()
    };
    let mut state = State::Draft;
    tell(&document, &mut state, Signal::Start);
    assert_eq!(state, running(0, Phase::AwaitingApproval, 0));
    assert!(!is_watched(&document, &state), "time has nothing to do");
    assert_eq!(
        tell(&document, &mut state, Signal::Advance),
        Effect::Stage(1)
    );
    // To approve is the same as to advance where nothing else is waited for.
    assert_eq!(
        tell(&document, &mut state, Signal::Approve),
        Effect::Stage(2)
    );
    // The last stage has nobody to wait for: the next look completes it.
    assert_eq!(remaining(&document, &state), Some(Duration::ZERO));
    assert!(is_watched(&document, &state));
    let look = step(&document, &state, Signal::Tick, &Observation::default()).unwrap();
    assert_eq!(look.next, State::Completed);
}

#[test]
fn a_pause_does_not_bake() {
    let document = document();
    let mut state = State::Draft;
    tell(&document, &mut state, Signal::Start);
    for _ in 0..30 {
        state = step(&document, &state, Signal::Tick, &seconds(1))
            .unwrap()
            .next;
    }
    assert_eq!(remaining(&document, &state), Some(Duration::from_secs(30)));
    assert_eq!(tell(&document, &mut state, Signal::Pause), Effect::Keep);
    assert_eq!(remaining(&document, &state), None);
    for _ in 0..1000 {
        state = step(&document, &state, Signal::Tick, &seconds(1))
            .unwrap()
            .next;
    }
    assert_eq!(tell(&document, &mut state, Signal::Resume), Effect::Keep);
    assert_eq!(wait(&document, &mut state), (30, Effect::Stage(1)));
}

#[test]
fn an_outage_does_not_bake() {
    let state = running(0, Phase::Baking, 1000);
    for gap in [6, 3600, 86_400 * 365] {
        let next = step(&document(), &state, Signal::Tick, &seconds(gap))
            .unwrap()
            .next;
        assert_eq!(next, state, "{gap} s");
    }
    let watched = step(&document(), &state, Signal::Tick, &seconds(5))
        .unwrap()
        .next;
    assert_eq!(watched, running(0, Phase::Baking, 6000));
}

#[test]
fn the_last_stage_can_be_advanced_to_the_end() {
    for signal in [Signal::Advance, Signal::Promote] {
        let mut state = running(2, Phase::Baking, 10);
        assert_eq!(tell(&document(), &mut state, signal), Effect::Candidate);
        assert_eq!(state, State::Completed);
    }
}
