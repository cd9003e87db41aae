//! What evidence does to a release, and what its absence does not.

use std::time::Duration;

use super::{at, document, guarded, running, seconds};
use crate::release::{
    Action, Because, Document, Effect, Hold, Observation, OnInconclusive,
    Phase::{AwaitingApproval, AwaitingEvidence, AwaitingWindow, Baking},
    Policy, Position, Signal, State, Transition, step,
};

fn tick(document: &Document, state: &State, seen: &Observation) -> Transition {
    step(document, state, Signal::Tick, seen).unwrap()
}

fn with_policy(policy: Policy) -> Document {
    Document {
        policy,
        ..guarded()
    }
}

fn on_harm(action: Action) -> Document {
    with_policy(Policy {
        on_harm: action,
        ..Policy::default()
    })
}

fn on_inconclusive(action: OnInconclusive) -> Document {
    with_policy(Policy {
        on_inconclusive: action,
        ..Policy::default()
    })
}

fn harm() -> Observation {
    Observation {
        harm: true,
        ..seconds(1)
    }
}

fn safe() -> Observation {
    Observation {
        safe: true,
        ..seconds(1)
    }
}

fn holding(holds: &[Hold]) -> Observation {
    Observation {
        holds: holds.to_vec(),
        ..seconds(1)
    }
}

fn held(holds: &[Hold]) -> State {
    State::Held(Position {
        holds: holds.to_vec(),
        ..at(0, Baking, 5000)
    })
}

#[test]
fn harm_rolls_back_whatever_it_waits_for() {
    let live = [
        running(0, Baking, 0),
        running(1, AwaitingApproval, 90_000),
        running(1, AwaitingWindow, 90_000),
        running(2, Baking, 0),
        running(9, Baking, 0),
        State::Paused(at(0, Baking, 0)),
        held(&[Hold::NoData]),
    ];
    for state in live {
        let back = tick(&guarded(), &state, &harm());
        assert_eq!(
            (back.next, back.effect),
            (State::RolledBack, Effect::Restore)
        );
        assert_eq!(back.because, Some(Because::Harm), "{state:?}");
    }
}

#[test]
fn harm_may_hold_until_a_person_decides() {
    let document = on_harm(Action::Hold);
    let state = tick(&document, &running(0, Baking, 5000), &harm()).next;
    assert_eq!(state, held(&[Hold::Harm]));
    assert_eq!(tick(&document, &state, &harm()).next, state, "it stays");
    // Somebody answers for it: the next stage is held in its turn.
    let next = step(&document, &state, Signal::Advance, &harm()).unwrap();
    assert_eq!(next.effect, Effect::Stage(1));
    assert!(matches!(
        tick(&document, &next.next, &harm()).next,
        State::Held(_)
    ));
    // A pause is a person's, and holds what it holds.
    let paused = State::Paused(at(0, Baking, 5000));
    assert_eq!(tick(&document, &paused, &harm()).next, paused);
}

#[test]
fn harm_may_only_be_told_and_is_told_once() {
    let document = on_harm(Action::Notify);
    let told = tick(&document, &running(0, Baking, 5000), &harm());
    let noted = Position {
        noted: true,
        ..at(0, Baking, 5000)
    };
    assert_eq!(told.next, State::Running(noted));
    assert_eq!(
        (told.because, told.effect),
        (Some(Because::Harm), Effect::Keep)
    );
    let on = tick(&document, &told.next, &harm());
    assert!(on.next.same_place(&told.next), "it bakes on");
    assert_eq!(on.because, None);
    // So does a guard that only tells, under any policy.
    let notice = Observation {
        notice: true,
        ..seconds(1)
    };
    let told = tick(&guarded(), &State::Paused(at(0, Baking, 5000)), &notice);
    assert_eq!(told.because, Some(Because::Harm));
    assert!(matches!(told.next, State::Paused(_)));
}

#[test]
fn holds_come_and_go_by_themselves_and_do_not_bake() {
    let document = guarded();
    let start = running(0, Baking, 5000);
    for hold in [
        Hold::NoData,
        Hold::ProviderDown,
        Hold::SampleMismatch,
        Hold::SloBurn,
        Hold::Harm,
    ] {
        let now_held = tick(&document, &start, &holding(&[hold]));
        assert_eq!(
            (&now_held.next, now_held.effect),
            (&held(&[hold]), Effect::Keep)
        );
        let still = tick(&document, &now_held.next, &holding(&[hold]));
        assert_eq!(still.next, now_held.next);
        let other = tick(
            &document,
            &now_held.next,
            &holding(&[hold, Hold::ProviderDown]),
        );
        assert!(matches!(other.next, State::Held(_)));
        let free = tick(&document, &now_held.next, &seconds(1));
        assert_eq!((free.next, free.effect), (start.clone(), Effect::Keep));
    }
}

#[test]
fn the_absence_of_data_is_never_failure() {
    let document = on_inconclusive(OnInconclusive::Rollback);
    let mut state = running(0, Baking, 0);
    let silent = Observation {
        observed: Duration::ZERO,
        ..seconds(1)
    };
    for _ in 0..100_000 {
        state = tick(&document, &state, &silent).next;
    }
    assert_eq!(
        state,
        running(0, Baking, 0),
        "minutes without the candidate do not count"
    );
    for _ in 0..100_000 {
        state = tick(&document, &state, &holding(&[Hold::NoData])).next;
    }
    assert!(matches!(state, State::Held(_)));
}

#[test]
fn where_nothing_is_measured_watched_time_bakes() {
    let silent = Observation {
        observed: Duration::ZERO,
        ..seconds(1)
    };
    let next = tick(&document(), &running(0, Baking, 5000), &silent).next;
    assert_eq!(next, running(0, Baking, 6000));
}

#[test]
fn a_stage_waits_for_evidence_then_window_then_approval() {
    let document = guarded();
    let closed = Observation {
        window_open: false,
        ..safe()
    };
    let baked = running(1, Baking, 59_500);
    let waiting = tick(&document, &baked, &seconds(1)).next;
    assert_eq!(waiting, running(1, AwaitingEvidence, 60_500));
    let shut = tick(&document, &waiting, &closed).next;
    assert_eq!(shut, running(1, AwaitingWindow, 61_500));
    // What was safe once in a stage is not asked for again.
    let open = tick(&document, &shut, &seconds(1)).next;
    assert_eq!(open, running(1, AwaitingApproval, 61_500));
    let shut_again = tick(&document, &open, &closed).next;
    assert_eq!(shut_again, shut);
    let approved = step(&document, &open, Signal::Approve, &seconds(1)).unwrap();
    assert_eq!(approved.effect, Effect::Stage(2));
}

#[test]
fn a_safe_stage_is_left_with_the_end_of_its_bake_and_no_sooner() {
    let document = guarded();
    let early = tick(&document, &running(0, Baking, 58_000), &safe());
    assert_eq!(early.next, running(0, Baking, 59_000));
    let due = tick(&document, &early.next, &safe());
    assert_eq!(
        (due.next, due.effect),
        (running(1, Baking, 0), Effect::Stage(1))
    );
}

#[test]
fn at_the_longest_bake_the_policy_decides() {
    let waiting = running(0, AwaitingEvidence, 179_500);
    let held_back = tick(
        &on_inconclusive(OnInconclusive::Hold),
        &waiting,
        &seconds(1),
    );
    assert_eq!(held_back.next, running(0, AwaitingEvidence, 180_500));
    let on = tick(
        &on_inconclusive(OnInconclusive::Advance),
        &waiting,
        &seconds(1),
    );
    assert_eq!(on.effect, Effect::Stage(1));
    let back = tick(
        &on_inconclusive(OnInconclusive::Rollback),
        &waiting,
        &seconds(1),
    );
    assert_eq!(
        (back.next, back.effect),
        (State::RolledBack, Effect::Restore)
    );
    assert_eq!(back.because, Some(Because::Inconclusive));
    // Safe at the last moment is safe.
    let safe_at_last = tick(
        &on_inconclusive(OnInconclusive::Rollback),
        &waiting,
        &safe(),
    );
    assert_eq!(safe_at_last.effect, Effect::Stage(1));
    // Approval is asked for all the same.
    let waiting = running(1, AwaitingEvidence, 179_500);
    let next = tick(
        &on_inconclusive(OnInconclusive::Advance),
        &waiting,
        &seconds(1),
    )
    .next;
    assert_eq!(next, running(1, AwaitingApproval, 180_500));
}

#[test]
fn the_last_stage_is_watched_and_waits_for_no_evidence() {
    let document = guarded();
    let done = tick(&document, &running(2, Baking, 59_500), &seconds(1));
    assert_eq!(
        (done.next, done.effect),
        (State::Completed, Effect::Candidate)
    );
    // Its end still moves those who were held back: the window has to be open.
    let closed = Observation {
        window_open: false,
        ..seconds(1)
    };
    let waiting = tick(&document, &running(2, Baking, 59_500), &closed).next;
    assert_eq!(waiting, running(2, AwaitingWindow, 60_500));
    // Where nobody was held back it moves nobody.
    let mut document = document;
    document.stages[2].holdback = None;
    assert_eq!(
        tick(&document, &running(2, Baking, 59_500), &closed).next,
        State::Completed
    );
    // And nobody is left to be compared with: that is no reason to hold.
    let silent = holding(&[Hold::NoData, Hold::SampleMismatch]);
    let on = tick(&document, &running(2, Baking, 5000), &silent).next;
    assert_eq!(on, running(2, Baking, 6000));
}
