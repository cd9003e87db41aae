//! Every state with every signal.

use super::{at, document, running, seconds};
use crate::release::{
    Blocked, Document, Effect, Hold, Observation,
    Phase::{AwaitingApproval, AwaitingEvidence, AwaitingWindow, Baking, Propagating},
    Position, Refused, Signal, State, Transition, actions, step,
};

/// What each signal makes of a draft, one that is scheduled, one that waits to be started,
/// one that bakes, one that waits for a person, one that is held and one that is paused,
/// all live ones in the first stage, a second after the last look.
///
/// `=` leaves it where it is; `-` refuses; `>` says what becomes of its site.
const TABLE: &str = "
           draft            scheduled        awaiting         baking           waiting          held             paused
tick       -NotStarted      =                running@0>0      =                =                running@0        =
start      running@0>0      running@0>0      -Starting        -Started         -Started         -Started         -Started
schedule   scheduled        =                scheduled        -Started         -Started         -Started         -Started
approve    -NotStarted      -NotStarted      -NotStarted      -NothingToApprove running@2>2     -NothingToApprove -Paused
reject     -NotStarted      -NotStarted      -NotStarted      -NothingToApprove rolled_back>before -NothingToApprove -Paused
advance    -NotStarted      -NotStarted      -NotStarted      running@1>1      running@2>2      running@1>1      -Paused
promote    -NotStarted      -NotStarted      -NotStarted      completed>candidate completed>candidate completed>candidate -Paused
pause      -NotStarted      -NotStarted      -NotStarted      paused@0         paused@1         paused@0         -Paused
resume     -NotStarted      -NotStarted      -NotStarted      -Running         -Running         -Held            running@0
retry      -NotStarted      -NotStarted      -NotStarted      running@0        running@1        running@0        -Paused
rollback   -NotStarted      -NotStarted      -NotStarted      rolled_back>before rolled_back>before rolled_back>before rolled_back>before
cancel     cancelled        cancelled        cancelled        cancelled>before cancelled>before cancelled>before cancelled>before
supersede  superseded       superseded       superseded       superseded>other superseded>other superseded>other superseded>other
edit       =                =                =                =                =                =                =
";

const SIGNALS: [Signal; 14] = [
    Signal::Tick,
    Signal::Start,
    Signal::Schedule,
    Signal::Approve,
    Signal::Reject,
    Signal::Advance,
    Signal::Promote,
    Signal::Pause,
    Signal::Resume,
    Signal::Retry,
    Signal::Rollback,
    Signal::Cancel,
    Signal::Supersede,
    Signal::Edit,
];

fn held(stage: usize, holds: &[Hold]) -> State {
    State::Held(Position {
        holds: holds.to_vec(),
        ..at(stage, Baking, 30_000)
    })
}

fn states() -> [State; 7] {
    [
        State::Draft,
        State::Scheduled,
        State::AwaitingStart {
            blocked: vec![Blocked::Limit],
        },
        running(0, Baking, 30_000),
        running(1, AwaitingApproval, 0),
        held(0, &[Hold::NoData]),
        State::Paused(at(0, Baking, 30_000)),
    ]
}

fn cell(before: &State, found: Result<Transition, Refused>) -> String {
    let transition = match found {
        Ok(transition) => transition,
        Err(refused) => return format!("-{refused:?}"),
    };
    let next = &transition.next;
    if next.same_place(before) && transition.effect == Effect::Keep {
        return "=".to_owned();
    }
    let stage = next.position().map_or_else(String::new, |position| {
        assert_eq!(position.holds, [], "{next:?}");
        format!("@{}", position.stage)
    });
    let effect = match transition.effect {
        Effect::Keep => String::new(),
        Effect::Stage(stage) => format!(">{stage}"),
        Effect::Candidate => ">candidate".to_owned(),
        Effect::Restore => ">before".to_owned(),
        Effect::HandOver => ">other".to_owned(),
    };
    format!("{}{stage}{effect}", next.name())
}

#[test]
fn each_state_with_each_signal() {
    let mut rows = TABLE.lines().filter(|line| !line.is_empty()).skip(1);
    for signal in SIGNALS {
        let expected: Vec<&str> = rows.next().unwrap().split_whitespace().collect();
        let found =
            states().map(|state| cell(&state, step(&document(), &state, signal, &seconds(1))));
        assert_eq!(expected[0], signal.name());
        assert_eq!(found.to_vec(), expected[1..], "{signal}");
    }
    assert_eq!(rows.next(), None);
}

#[test]
fn what_is_over_stays_over() {
    for state in [
        State::Completed,
        State::RolledBack,
        State::Cancelled,
        State::Superseded,
    ] {
        for signal in SIGNALS {
            let found = step(&document(), &state, signal, &seconds(1));
            assert_eq!(found.unwrap_err(), Refused::Over, "{signal} on {state:?}");
        }
    }
}

#[test]
fn people_may_send_all_but_what_the_machine_sends_itself() {
    let of_machine = [Signal::Tick, Signal::Supersede, Signal::Edit];
    let by_people = SIGNALS.into_iter().filter(|it| !of_machine.contains(it));
    assert_eq!(by_people.collect::<Vec<_>>(), Signal::BY_PEOPLE);
}

/// What a second makes of a running stage of [`document`].
fn after(state: &State) -> (State, Effect) {
    let transition = step(&document(), state, Signal::Tick, &seconds(1)).unwrap();
    (transition.next, transition.effect)
}

#[test]
fn a_stage_bakes_and_is_left_by_the_tick() {
    assert_eq!(
        after(&running(0, Baking, 58_999)),
        (running(0, Baking, 59_999), Effect::Keep)
    );
    // The next one waits for a person from the start: nothing has to bake.
    assert_eq!(
        after(&running(0, Baking, 59_000)),
        (running(1, AwaitingApproval, 0), Effect::Stage(1))
    );
    assert_eq!(
        after(&running(2, Baking, 59_000)),
        (State::Completed, Effect::Candidate)
    );
}

#[test]
fn a_schedule_starts_when_it_is_due_and_nothing_is_in_the_way() {
    let due = Observation {
        due: true,
        ..Observation::default()
    };
    let of =
        |state: &State, seen: &Observation| step(&document(), state, Signal::Tick, seen).unwrap();
    let started = of(&State::Scheduled, &due);
    assert_eq!(
        (started.next, started.effect),
        (running(0, Baking, 0), Effect::Stage(0))
    );
    let mut closed = Observation {
        window_open: false,
        blocked: vec![Blocked::SiteTaken],
        ..due
    };
    let waiting = of(&State::Scheduled, &closed);
    let blocked = vec![Blocked::Window, Blocked::SiteTaken];
    assert_eq!(waiting.next, State::AwaitingStart { blocked });
    assert_eq!(waiting.effect, Effect::Keep);
    closed.blocked.clear();
    let blocked = vec![Blocked::Window];
    let next = of(&waiting.next, &closed).next;
    assert_eq!(next, State::AwaitingStart { blocked });
    // A person's start waits for the same.
    let by_hand = step(&document(), &State::Draft, Signal::Start, &closed).unwrap();
    assert_eq!(by_hand.next, next);
}

#[test]
fn a_retry_begins_the_stage_again() {
    let mut position = at(0, AwaitingEvidence, 90_000);
    position.approved = true;
    for state in [
        State::Running(position.clone()),
        State::Held(Position {
            holds: vec![Hold::Harm],
            ..position
        }),
    ] {
        let again = step(&document(), &state, Signal::Retry, &seconds(1)).unwrap();
        assert_eq!(again.effect, Effect::Keep);
        assert_eq!(again.next, State::Running(Position::begin(0, 2, Baking)));
    }
}

#[test]
fn an_approval_outside_the_window_waits_for_it() {
    let state = running(1, AwaitingApproval, 0);
    let closed = Observation {
        window_open: false,
        ..seconds(1)
    };
    let approved = step(&document(), &state, Signal::Approve, &closed).unwrap();
    let waiting = State::Running(Position {
        approved: true,
        ..at(1, AwaitingWindow, 0)
    });
    assert_eq!((&approved.next, approved.effect), (&waiting, Effect::Keep));
    let still = step(&document(), &waiting, Signal::Tick, &closed).unwrap();
    assert_eq!(still.next, waiting);
    let open = step(&document(), &waiting, Signal::Tick, &seconds(1)).unwrap();
    assert_eq!(open.effect, Effect::Stage(2));
}

#[test]
fn a_position_beyond_the_document_moves_nobody_forward() {
    let lost = running(9, Baking, 0);
    for signal in [Signal::Tick, Signal::Advance, Signal::Retry] {
        let found = step(&document(), &lost, signal, &seconds(1));
        assert_eq!(found.unwrap_err(), Refused::NoSuchStage(9), "{signal}");
    }
    for signal in [Signal::Rollback, Signal::Cancel] {
        let found = step(&document(), &lost, signal, &seconds(1)).unwrap();
        assert_eq!(found.effect, Effect::Restore);
    }
}

#[test]
fn a_stage_waits_for_the_sdks_that_were_seen() {
    let document = || {
        let guards = serde_json::from_str(r#"[{"metric": "errors"}]"#).unwrap();
        Document {
            guards,
            ..document()
        }
    };
    let seen = |share, secs| Observation {
        propagated: Some(share),
        ..seconds(secs)
    };
    let entered = step(
        &document(),
        &running(0, Baking, 59_999),
        Signal::Tick,
        &seen(1.0, 1),
    );
    assert_eq!(entered.unwrap().next, running(1, Propagating, 0));
    let mut state = running(0, Propagating, 0);
    for _ in 0..3 {
        let next = step(&document(), &state, Signal::Tick, &seen(0.94, 2)).unwrap();
        assert!(next.next.same_place(&state));
        state = next.next;
    }
    assert_eq!(
        state.position().map(|at| (at.waited_ms, at.baked_ms)),
        Some((6000, 0))
    );
    let there = step(&document(), &state, Signal::Tick, &seen(0.95, 1)).unwrap();
    let position = there.next.position().cloned().unwrap();
    assert_eq!((position.phase, position.baked_ms), (Baking, 0));
    // Some instance never says so: after five minutes that were watched it goes on.
    let mut ticks = 0;
    while state.position().is_some_and(|at| at.phase == Propagating) {
        state = step(&document(), &state, Signal::Tick, &seen(0.0, 5))
            .unwrap()
            .next;
        ticks += 1;
    }
    assert_eq!(ticks, (300 - 6 + 4) / 5);
}

#[test]
fn actions_say_why_not() {
    let paused = State::Paused(at(0, Baking, 0));
    let refused: Vec<_> = actions(&document(), &paused)
        .into_iter()
        .map(|(signal, refused)| (signal.name(), refused.map(|refused| refused.to_string())))
        .collect();
    let because = |text: &str| Some(text.to_owned());
    let (started, still) = (
        because("it has started already"),
        because("it is paused: resume it first"),
    );
    assert_eq!(
        refused,
        [
            ("start", started.clone()),
            ("schedule", started),
            ("approve", still.clone()),
            ("reject", still.clone()),
            ("advance", still.clone()),
            ("promote", still.clone()),
            ("pause", still.clone()),
            ("resume", None),
            ("retry", still),
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
    let all = states().into_iter().chain([
        State::Completed,
        State::RolledBack,
        State::Cancelled,
        State::Superseded,
    ]);
    for state in all {
        let json = serde_json::to_value(&state).unwrap();
        assert_eq!(json["state"], state.name());
        assert_eq!(serde_json::from_value::<State>(json).unwrap(), state);
    }
}

#[test]
fn what_an_earlier_version_wrote_is_read() {
    let read = |text: &str| serde_json::from_str::<State>(text).unwrap();
    assert_eq!(
        read(r#"{"state":"running","stage":0,"phase":"baking","baked_ms":7}"#),
        running(0, Baking, 7)
    );
    assert_eq!(
        read(r#"{"state":"paused","stage":1,"phase":"awaiting_advance","baked_ms":0}"#),
        State::Paused(at(1, AwaitingApproval, 0))
    );
    for state in ["draft", "completed", "rolled_back", "cancelled"] {
        assert_eq!(read(&format!(r#"{{"state":"{state}"}}"#)).name(), state);
    }
}
