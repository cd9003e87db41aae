//! Every state with every signal.

use super::{at, document, running, seconds};
use crate::release::{
    Effect,
    Phase::{AwaitingAdvance, Baking},
    Refused, Signal, State, actions, step,
};

const SIGNALS: [Signal; 7] = [
    Signal::Tick,
    Signal::Start,
    Signal::Pause,
    Signal::Resume,
    Signal::Advance,
    Signal::Rollback,
    Signal::Cancel,
];

type Expected = Result<(State, Effect), Refused>;

/// What each signal of [`SIGNALS`] makes of a state, a second after the last look.
fn check(state: &State, expected: [Expected; 7]) {
    for (signal, expected) in SIGNALS.into_iter().zip(expected) {
        let found = step(&document(), state, signal, &seconds(1))
            .map(|transition| (transition.next, transition.effect));
        assert_eq!(found, expected, "{signal} on {state:?}");
    }
}

#[test]
fn a_draft_starts_or_is_cancelled() {
    check(
        &State::Draft,
        [
            Err(Refused::NotStarted),
            Ok((running(0, Baking, 0), Effect::Share(1000))),
            Err(Refused::NotStarted),
            Err(Refused::NotStarted),
            Err(Refused::NotStarted),
            Err(Refused::NotStarted),
            Ok((State::Cancelled, Effect::Keep)),
        ],
    );
}

#[test]
fn a_baking_stage_bakes_on() {
    check(
        &running(0, Baking, 58_999),
        [
            Ok((running(0, Baking, 59_999), Effect::Keep)),
            Err(Refused::Started),
            Ok((State::Paused(at(0, Baking, 58_999)), Effect::Keep)),
            Err(Refused::Running),
            Ok((running(1, AwaitingAdvance, 0), Effect::Share(10_000))),
            Ok((State::RolledBack, Effect::Restore)),
            Ok((State::Cancelled, Effect::Restore)),
        ],
    );
}

#[test]
fn a_baked_stage_is_left_by_the_tick() {
    check(
        &running(0, Baking, 59_000),
        [
            Ok((running(1, AwaitingAdvance, 0), Effect::Share(10_000))),
            Err(Refused::Started),
            Ok((State::Paused(at(0, Baking, 59_000)), Effect::Keep)),
            Err(Refused::Running),
            Ok((running(1, AwaitingAdvance, 0), Effect::Share(10_000))),
            Ok((State::RolledBack, Effect::Restore)),
            Ok((State::Cancelled, Effect::Restore)),
        ],
    );
}

#[test]
fn a_stage_without_bake_waits_for_a_person() {
    check(
        &running(1, AwaitingAdvance, 5000),
        [
            Ok((running(1, AwaitingAdvance, 5000), Effect::Keep)),
            Err(Refused::Started),
            Ok((State::Paused(at(1, AwaitingAdvance, 5000)), Effect::Keep)),
            Err(Refused::Running),
            Ok((running(2, Baking, 0), Effect::Share(100_000))),
            Ok((State::RolledBack, Effect::Restore)),
            Ok((State::Cancelled, Effect::Restore)),
        ],
    );
}

#[test]
fn the_last_stage_completes_when_it_baked() {
    check(
        &running(2, Baking, 59_000),
        [
            Ok((State::Completed, Effect::Candidate)),
            Err(Refused::Started),
            Ok((State::Paused(at(2, Baking, 59_000)), Effect::Keep)),
            Err(Refused::Running),
            Ok((State::Completed, Effect::Candidate)),
            Ok((State::RolledBack, Effect::Restore)),
            Ok((State::Cancelled, Effect::Restore)),
        ],
    );
}

#[test]
fn a_pause_stops_the_clock_and_leaves_the_way_back_open() {
    let position = at(0, Baking, 59_000);
    check(
        &State::Paused(position.clone()),
        [
            Ok((State::Paused(position.clone()), Effect::Keep)),
            Err(Refused::Started),
            Err(Refused::Paused),
            Ok((State::Running(position), Effect::Keep)),
            Err(Refused::Paused),
            Ok((State::RolledBack, Effect::Restore)),
            Ok((State::Cancelled, Effect::Restore)),
        ],
    );
}

#[test]
fn what_is_over_stays_over() {
    for state in [State::Completed, State::RolledBack, State::Cancelled] {
        check(&state, std::array::from_fn(|_| Err(Refused::Over)));
    }
}

#[test]
fn a_position_beyond_the_document_moves_nobody_forward() {
    let lost = Err(Refused::NoSuchStage(9));
    check(
        &running(9, Baking, 0),
        [
            lost.clone(),
            Err(Refused::Started),
            Ok((State::Paused(at(9, Baking, 0)), Effect::Keep)),
            Err(Refused::Running),
            lost,
            Ok((State::RolledBack, Effect::Restore)),
            Ok((State::Cancelled, Effect::Restore)),
        ],
    );
}

#[test]
fn actions_say_why_not() {
    let paused = State::Paused(at(0, Baking, 0));
    let refused: Vec<_> = actions(&document(), &paused)
        .into_iter()
        .map(|(signal, refused)| (signal.name(), refused.map(|refused| refused.to_string())))
        .collect();
    let first = |text: &str| Some(text.to_owned());
    assert_eq!(
        refused,
        [
            ("start", first("it has started already")),
            ("advance", first("it is paused: resume it first")),
            ("pause", first("it is paused: resume it first")),
            ("resume", None),
            ("rollback", None),
            ("cancel", None),
        ]
    );
}

#[test]
fn states_and_signals_have_their_names_on_the_wire() {
    for signal in SIGNALS {
        assert_eq!(serde_json::to_value(signal).unwrap(), signal.name());
    }
    for state in [
        State::Draft,
        running(0, Baking, 0),
        State::Paused(at(1, AwaitingAdvance, 7)),
        State::Completed,
        State::RolledBack,
        State::Cancelled,
    ] {
        let json = serde_json::to_value(&state).unwrap();
        assert_eq!(json["state"], state.name());
        assert_eq!(serde_json::from_value::<State>(json).unwrap(), state);
    }
}
